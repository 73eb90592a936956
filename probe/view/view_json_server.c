/* summary: JSON of what the server says of itself: sums, digests, lock waits, notes, what the wire cannot
 * read */
#include "analysis.h"
#include "view_json.h"

#include <stddef.h>

/* Digests beyond these take no time worth a line; the run file has them all. */
#define DIGESTS_MAX 200

static void add_or_null(struct view_json *j, cJSON *o, const char *key, double value)
{
    if (value < 0)
        view_json_null(j, o, key);
    else
        view_json_double(j, o, key, value);
}

void view_json_server_sum(struct view_json *j, cJSON *parent, const char *key, const struct ana_server_sum *s)
{
    if (!s->known) {
        view_json_null(j, parent, key);
        return;
    }
    cJSON *o = view_json_object(j, parent, key);
#define SUM(field, about) add_or_null(j, o, #field, s->field);
#include "view_server_sum.def"
#undef SUM
}

static void add_digest(struct view_json *j, cJSON *o, const struct ana_server_digest *d)
{
    view_json_text(j, o, "schema", d->schema);
    view_json_text(j, o, "digest", d->digest);
    view_json_text(j, o, "text", d->text);
    view_json_bool(j, o, "on_wire", d->query != 0);
    view_json_uint(j, o, "count", d->count);
    view_json_uint(j, o, "errors", d->errors);
    view_json_ms(j, o, "server_ms", d->timer_ns);
    view_json_ms(j, o, "lock_ms", d->lock_ns);
    add_or_null(j, o, "cpu_ms", d->cpu_ns < 0 ? -1 : (double)d->cpu_ns / 1e6);
    view_json_uint(j, o, "rows_examined", d->rows_examined);
    view_json_uint(j, o, "rows_sent", d->rows_sent);
    view_json_uint(j, o, "rows_affected", d->rows_affected);
    view_json_uint(j, o, "tmp_tables", d->tmp_tables);
    view_json_uint(j, o, "tmp_disk_tables", d->tmp_disk_tables);
    view_json_uint(j, o, "no_index", d->no_index);
}

static void add_lock_wait(struct view_json *j, cJSON *o, const struct ana_lock_wait *w)
{
    view_json_text(j, o, "kind", w->kind);
    view_json_uint(j, o, "waiting_thread", w->waiting_thread);
    view_json_uint(j, o, "waiting_connection", w->waiting_conn);
    view_json_text(j, o, "waiting_text", w->waiting_text);
    view_json_uint(j, o, "blocking_thread", w->blocking_thread);
    view_json_uint(j, o, "blocking_connection", w->blocking_conn);
    view_json_text(j, o, "blocking_text", w->blocking_text);
    view_json_text(j, o, "object", w->object);
    view_json_text(j, o, "index", w->index_name);
    view_json_uint(j, o, "samples", w->samples);
    view_json_uint(j, o, "idle_samples", w->idle_samples);
    view_json_ms(j, o, "wait_at_least_ms", w->wait_max_ns);
}

void view_json_server(struct view_json *j, cJSON *root, const struct ana_report *r)
{
    const struct ana_server *v = &r->server;
    if (!v->known) {
        view_json_null(j, root, "server");
        return;
    }
    cJSON *o = view_json_object(j, root, "server");
    view_json_uint(j, o, "polls", v->polls);
    view_json_uint(j, o, "questions", v->questions);
    view_json_double(j, o, "poll_ms", v->poll_ms);
    view_json_double(j, o, "poll_max_ms", v->poll_max_ms);
    view_json_double(j, o, "poll_share", v->poll_share);
    view_json_server_sum(j, o, "total", &v->total);
    cJSON *a = view_json_array(j, o, "digests");
    for (size_t i = 0; i < v->digest_count && i < DIGESTS_MAX; i++)
        add_digest(j, view_json_object(j, a, NULL), &v->digests[i]);
    a = view_json_array(j, o, "lock_waits");
    for (size_t i = 0; i < v->lock_wait_count; i++)
        add_lock_wait(j, view_json_object(j, a, NULL), &v->lock_waits[i]);
    a = view_json_array(j, o, "notes");
    for (size_t i = 0; i < v->note_count; i++) {
        cJSON *n = view_json_object(j, a, NULL);
        view_json_time(j, n, "ts_ns", v->notes[i].ts_ns);
        view_json_text(j, n, "kind", v->notes[i].kind);
        view_json_text(j, n, "text", v->notes[i].text);
    }
}

void view_json_query_server(struct view_json *j, cJSON *parent, const struct ana_query *q)
{
    if (!q->server || q->server_count == 0) {
        view_json_null(j, parent, "server");
        return;
    }
    cJSON *o = view_json_object(j, parent, "server");
    double runs = (double)q->server_count, rows = (double)q->server_rows_sent;
    double wire_ms =
        q->latency.hist && hist_count(q->latency.hist) > 0 ? hist_mean(q->latency.hist) / 1e6 : -1;
    double server_ms = (double)q->server_ns / 1e6 / runs;
    view_json_uint(j, o, "count", q->server_count);
    view_json_double(j, o, "mean_ms", server_ms);
    view_json_double(j, o, "lock_mean_ms", (double)q->server_lock_ns / 1e6 / runs);
    view_json_uint(j, o, "rows_examined", q->server_rows_examined);
    view_json_uint(j, o, "rows_sent", q->server_rows_sent);
    add_or_null(j, o, "examined_a_row_sent", rows > 0 ? (double)q->server_rows_examined / rows : -1);
    view_json_uint(j, o, "no_index", q->server_no_index);
    if (wire_ms < 0)
        view_json_null(j, o, "outside_mean_ms");
    else
        view_json_double(j, o, "outside_mean_ms", wire_ms - server_ms);
}

void view_json_unseen(struct view_json *j, cJSON *parent, const struct ana_coverage *c)
{
    cJSON *a = view_json_array(j, parent, "unseen");
    for (size_t i = 0; i < c->unseen_count; i++) {
        const struct ana_unseen *u = &c->unseen[i];
        cJSON *o = view_json_object(j, a, NULL);
        view_json_text(j, o, "why", u->why);
        view_json_text(j, o, "user", u->user);
        view_json_text(j, o, "program_name", u->program_name);
        view_json_uint(j, o, "sessions", u->sessions);
        view_json_uint(j, o, "sessions_not_counted", u->unknown);
        view_json_uint(j, o, "statements", u->statements);
        view_json_double(j, o, "share", u->share);
    }
    view_json_uint(j, parent, "connections_compared", c->connections_compared);
    view_json_uint(j, parent, "connections_equal", c->connections_equal);
    view_json_uint(j, parent, "compared_server", c->compared_server);
    view_json_uint(j, parent, "compared_wire_low", c->compared_low);
    view_json_uint(j, parent, "compared_wire_high", c->compared_high);
}

/* summary: poller: statements by digest, what was added to each since the last answer */
#include "poll_digest.h"

#include "sql_server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_COUNTER 3

static struct poll_digest *digest_new(struct srv_poller *p, const char *key, size_t key_len,
                                      const char *schema, const char *name)
{
    size_t a = strlen(schema) + 1, b = strlen(name) + 1;
    struct poll_digest *d = calloc(1, sizeof *d + a + b);
    if (d == NULL)
        return NULL;
    d->schema = (char *)(d + 1);
    d->name = d->schema + a;
    memcpy(d->schema, schema, a);
    memcpy(d->name, name, b);
    d->id = ++p->digest_ids;
    if (map_set(p->digests, key, key_len, d) == PP_OK)
        return d;
    free(d);
    return NULL;
}

/* The key is the schema, NUL, the digest: neither holds a NUL. NULL: no memory. */
static struct poll_digest *digest_of(struct srv_poller *p, const char *schema, const char *name)
{
    char key[512];
    int n = snprintf(key, sizeof key, "%s%c%s", schema, 0, name);
    if (n < 0 || (size_t)n >= sizeof key)
        return NULL;
    struct poll_digest *d = map_get(p->digests, key, (size_t)n);
    return d != NULL ? d : digest_new(p, key, (size_t)n, schema, name);
}

static void tell_text(struct srv_poller *p, struct poll_digest *d, const char *text)
{
    struct srv_digest_text row = {.id = d->id, .schema_name = d->schema, .digest = d->name, .text = text};
    if (!d->told)
        p->s->sink.digest_text(p->s->sink.priv, &row);
    d->told = true;
}

static void tell_delta(const struct poll_round *r, const struct poll_digest *d, const uint64_t *now)
{
    int64_t delta[COUNTERS];
    for (int i = 0; i < COUNTERS; i++)
        delta[i] = now[i] >= d->base[i] ? (int64_t)(now[i] - d->base[i]) : 0;
    struct srv_statement row = {
        .poll_id = r->id,
        .digest_id = d->id,
        .count = delta[COUNT],
        .timer_ns = poll_ns_between(d->base[TIMER], now[TIMER]),
        .lock_ns = poll_ns_between(d->base[LOCK], now[LOCK]),
        .cpu_ns = r->state->variant > 0 || r->p->cpu_off ? -1 : poll_ns_between(d->base[CPU], now[CPU]),
        .errors = delta[ERRORS],
        .warnings = delta[WARNINGS],
        .rows_affected = delta[AFFECTED],
        .rows_sent = delta[SENT],
        .rows_examined = delta[EXAMINED],
        .tmp_disk_tables = delta[TMP_DISK],
        .tmp_tables = delta[TMP],
        .full_joins = delta[FULL_JOIN],
        .scans = delta[SCAN],
        .sort_rows = delta[SORT_ROWS],
        .no_index = delta[NO_INDEX],
        .no_good_index = delta[NO_GOOD_INDEX]};
    r->p->s->sink.statement(r->p->s->sink.priv, &row);
}

static void begin_at_0(struct poll_digest *d)
{
    memset(d->base, 0, sizeof d->base);
    free(d->buckets);
    d->buckets = NULL;
    d->is_new = true;
}

/* Counters of one digest never fall but by TRUNCATE, also when only some of them show it. */
static bool fell(const struct poll_digest *d, const uint64_t *now)
{
    return now[COUNT] < d->base[COUNT] || now[TIMER] < d->base[TIMER] || now[LOCK] < d->base[LOCK] ||
           now[EXAMINED] < d->base[EXAMINED];
}

static void take_digest(void *priv, MYSQL_ROW row)
{
    struct poll_round *r = priv;
    struct srv_poller *p = r->p;
    uint64_t now[COUNTERS];
    struct poll_digest *d = digest_of(p, poll_text(row[0]), poll_text(row[1]));
    if (d == NULL) {
        poll_nomem(p);
        return;
    }
    d->is_new = d->is_new || (d->poll_id == 0 && !r->first);
    for (int i = 0; i < COUNTERS; i++)
        now[i] = poll_u64(row[FIRST_COUNTER + i]);
    d->poll_id = r->id;
    if (fell(d, now)) {
        begin_at_0(d);
        r->reset = true;
    }
    if (!r->first && now[COUNT] != d->base[COUNT]) {
        tell_text(p, d, poll_text(row[2]));
        tell_delta(r, d, now);
        d->timer_since += now[TIMER] - d->base[TIMER];
        if (row[1] == NULL)
            poll_note(p, "full",
                      "the server's table of digests is full: statements of new digests are counted "
                      "together; raise performance_schema_digests_size, or empty "
                      "performance_schema.events_statements_summary_by_digest");
    }
    memcpy(d->base, now, sizeof d->base);
}

/* A digest that the server does not show any more was dropped by a TRUNCATE. */
static void see_dropped(void *priv, const void *key, size_t key_len, void *value)
{
    struct poll_round *r = priv;
    struct poll_digest *d = value;
    (void)key;
    (void)key_len;
    if (d->poll_id == r->id || d->base[COUNT] == 0)
        return;
    begin_at_0(d);
    r->reset = true;
}

enum pp_status poll_ask_digests(struct poll_round *r, struct pp_err *err)
{
    static const char *const sqls[] = {sql_ps_digests, sql_ps_digests_no_cpu, NULL};
    enum pp_status st = poll_ask(r, sqls, FIRST_COUNTER + COUNTERS, take_digest, r, err);
    if (st != PP_OK)
        return st;
    map_each(r->p->digests, see_dropped, r);
    if (r->reset)
        poll_note_again(r->p, "reset",
                        "the server's statement digests were emptied (TRUNCATE): what they counted since "
                        "the answer before is not known");
    return st;
}

static void restart(void *priv, const void *key, size_t key_len, void *value)
{
    (void)priv;
    (void)key;
    (void)key_len;
    begin_at_0(value);
}

void poll_digests_restart(struct srv_poller *p)
{
    map_each(p->digests, restart, NULL);
}

static void free_digest(void *priv, const void *key, size_t key_len, void *value)
{
    struct poll_digest *d = value;
    (void)priv;
    (void)key;
    (void)key_len;
    free(d->buckets);
    free(d);
}

void poll_digests_free(struct map **mp)
{
    if (*mp == NULL)
        return;
    map_each(*mp, free_digest, NULL);
    map_free(mp);
}

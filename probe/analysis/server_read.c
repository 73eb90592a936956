/* summary: reads what the server said of itself into arrays and into the report */
#include "server_side.h"

#include "parts.h"

#include <stdlib.h>
#include <string.h>

uint32_t ana_side_poll(const struct ana_side *s, int64_t id)
{
    size_t low = 0, high = s->poll_count;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (s->polls[mid].id < id)
            low = mid + 1;
        else
            high = mid;
    }
    return low < s->poll_count && s->polls[low].id == id ? (uint32_t)low : FACT_NONE;
}

static enum pp_status on_poll(void *priv, const struct sto_ps_poll *p)
{
    struct ana_input *in = priv;
    struct ana_side *s = &in->side;
    if (!FACT_ROOM(s->polls, s->poll_count, s->poll_cap) ||
        !FACT_ROOM(s->count_polls, s->count_poll_count, s->count_poll_cap))
        return PP_NOMEM;
    if (strcmp(p->source, "session_statements") == 0)
        s->count_polls[s->count_poll_count++] = (uint32_t)s->poll_count;
    s->polls[s->poll_count++] = (struct side_poll){.id = p->id,
                                                   .start_ns = p->start_ns,
                                                   .end_ns = p->end_ns,
                                                   .took_ns = p->took_ns > 0 ? p->took_ns : 0,
                                                   .restarted = strcmp(p->note, "restart") == 0};
    s->first_ns = s->first_ns == 0 || p->end_ns < s->first_ns ? p->end_ns : s->first_ns;
    s->last_ns = p->end_ns > s->last_ns ? p->end_ns : s->last_ns;
    if (s->session_first_ns == 0 && strcmp(p->source, "sessions") == 0)
        s->session_first_ns = p->end_ns;
    s->worked_ns += p->took_ns > 0 ? p->took_ns : 0;
    in->report->server.questions++;
    in->report->server.polls += strcmp(p->source, "status") == 0;
    in->report->server.known = true;
    return PP_OK;
}

static enum pp_status on_digest_text(void *priv, const struct sto_ps_digest_text *d)
{
    struct ana_input *in = priv;
    struct ana_server *v = &in->report->server;
    if (!FACT_ROOM(v->digests, v->digest_count, in->side.digest_cap) ||
        !FACT_ROOM(in->side.digest_ids, v->digest_count, in->side.digest_id_cap))
        return PP_NOMEM;
    in->side.digest_ids[v->digest_count] = d->id;
    struct ana_server_digest *x = &v->digests[v->digest_count++];
    *x = (struct ana_server_digest){.schema = ana_text(d->schema_name),
                                    .digest = ana_text(d->digest),
                                    .text = ana_text(d->text),
                                    .cpu_ns = -1};
    return x->schema && x->digest && x->text ? PP_OK : PP_NOMEM;
}

static uint32_t digest_at(const struct ana_input *in, int64_t id)
{
    size_t low = 0, high = in->report->server.digest_count;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (in->side.digest_ids[mid] < id)
            low = mid + 1;
        else
            high = mid;
    }
    bool found = low < in->report->server.digest_count && in->side.digest_ids[low] == id;
    return found ? (uint32_t)low : FACT_NONE;
}

static uint64_t add(uint64_t sum, int64_t more)
{
    return more > 0 ? sum + (uint64_t)more : sum;
}

static void add_digest(struct ana_server_digest *d, const struct sto_ps_statement *p)
{
    d->count = add(d->count, p->count);
    d->errors = add(d->errors, p->errors);
    d->rows_sent = add(d->rows_sent, p->rows_sent);
    d->rows_examined = add(d->rows_examined, p->rows_examined);
    d->rows_affected = add(d->rows_affected, p->rows_affected);
    d->tmp_tables = add(d->tmp_tables, p->tmp_tables);
    d->tmp_disk_tables = add(d->tmp_disk_tables, p->tmp_disk_tables);
    d->no_index = add(d->no_index, p->no_index);
    d->timer_ns += p->timer_ns > 0 ? p->timer_ns : 0;
    d->lock_ns += p->lock_ns > 0 ? p->lock_ns : 0;
    if (p->cpu_ns >= 0)
        d->cpu_ns = (d->cpu_ns < 0 ? 0 : d->cpu_ns) + p->cpu_ns;
}

/* Rows whose poll or digest is missing come of a recorder that was killed between them. */
static enum pp_status on_statement(void *priv, const struct sto_ps_statement *p)
{
    struct ana_input *in = priv;
    struct ana_side *s = &in->side;
    uint32_t poll = ana_side_poll(s, p->poll_id), digest = digest_at(in, p->digest_id);
    if (poll == FACT_NONE || digest == FACT_NONE)
        return PP_OK;
    if (!FACT_ROOM(s->statements, s->statement_count, s->statement_cap))
        return PP_NOMEM;
    s->statements[s->statement_count++] = (struct side_statement){.poll = poll,
                                                                  .digest = digest,
                                                                  .count = p->count,
                                                                  .timer_ns = p->timer_ns,
                                                                  .lock_ns = p->lock_ns,
                                                                  .cpu_ns = p->cpu_ns,
                                                                  .errors = p->errors,
                                                                  .rows_affected = p->rows_affected,
                                                                  .rows_sent = p->rows_sent,
                                                                  .rows_examined = p->rows_examined,
                                                                  .tmp_tables = p->tmp_tables,
                                                                  .tmp_disk_tables = p->tmp_disk_tables,
                                                                  .no_index = p->no_index};
    add_digest(&in->report->server.digests[digest], p);
    return PP_OK;
}

static const struct {
    const char *event, *operation;
    enum side_event_kind kind;
} event_kinds[] = {
    {"wait/io/file/innodb/innodb_log_file", "write", SIDE_REDO_WRITE},
    {"wait/io/file/innodb/innodb_log_file", "misc", SIDE_REDO_FLUSH},
    {"wait/io/file/sql/binlog", "misc", SIDE_BINLOG_FLUSH},
    {"wait/io/file/innodb/innodb_data_file", "read", SIDE_DATA_READ},
    {"wait/io/file/innodb/innodb_data_file", "write", SIDE_DATA_WRITE},
    {"wait/lock/table/sql/handler", "", SIDE_TABLE_LOCK},
    {"wait/lock/metadata/sql/mdl", "", SIDE_METADATA_LOCK},
};

static enum pp_status on_event(void *priv, const struct sto_ps_event *e)
{
    struct ana_side *s = &((struct ana_input *)priv)->side;
    uint32_t poll = ana_side_poll(s, e->poll_id);
    for (size_t i = 0; i < sizeof event_kinds / sizeof event_kinds[0] && poll != FACT_NONE; i++) {
        if (strcmp(e->event, event_kinds[i].event) != 0 ||
            strcmp(e->operation, event_kinds[i].operation) != 0)
            continue;
        if (!FACT_ROOM(s->events, s->event_count, s->event_cap))
            return PP_NOMEM;
        s->has_redo = s->has_redo || event_kinds[i].kind <= SIDE_REDO_FLUSH;
        s->events[s->event_count++] = (struct side_event){
            .poll = poll, .kind = event_kinds[i].kind, .count = e->count, .timer_ns = e->timer_ns};
    }
    return PP_OK;
}

static enum pp_status on_trx(void *priv, const struct sto_ps_trx *t)
{
    struct ana_side *s = &((struct ana_input *)priv)->side;
    uint32_t poll = ana_side_poll(s, t->poll_id);
    if (poll == FACT_NONE)
        return PP_OK;
    if (!FACT_ROOM(s->trx, s->trx_count, s->trx_cap))
        return PP_NOMEM;
    s->trx[s->trx_count++] = (struct side_trx){
        .ts_ns = s->polls[poll].end_ns, .thread_id = t->thread_id, .age_ns = t->age_ns, .idle = t->idle != 0};
    return PP_OK;
}

static enum pp_status on_thread_state(void *priv, const struct sto_ps_thread_state *t)
{
    struct ana_side *s = &((struct ana_input *)priv)->side;
    uint32_t poll = ana_side_poll(s, t->poll_id);
    if (poll == FACT_NONE || t->memory_bytes < 0 || t->count <= 0)
        return PP_OK;
    if (!FACT_ROOM(s->memory, s->memory_count, s->memory_cap))
        return PP_NOMEM;
    s->memory[s->memory_count++] =
        (struct side_memory){.ts_ns = s->polls[poll].end_ns, .count = t->count, .bytes = t->memory_bytes};
    return PP_OK;
}

static enum pp_status on_session(void *priv, const struct sto_ps_connection *c)
{
    struct ana_side *s = &((struct ana_input *)priv)->side;
    if (!FACT_ROOM(s->sessions, s->session_count, s->session_cap))
        return PP_NOMEM;
    struct side_session *x = &s->sessions[s->session_count++];
    *x = (struct side_session){.thread_id = c->thread_id,
                               .first_ns = c->first_ns,
                               .last_ns = c->last_ns,
                               .statements_first = c->statements_first,
                               .statements_last = c->statements_last,
                               .user = ana_text(c->user),
                               .client = ana_text(c->client),
                               .type = ana_text(c->type),
                               .program_name = ana_text(c->program_name)};
    return x->user && x->client && x->type && x->program_name ? PP_OK : PP_NOMEM;
}

static enum pp_status on_join(void *priv, const struct sto_ps_digest_join *j)
{
    struct ana_side *s = &((struct ana_input *)priv)->side;
    if (!FACT_ROOM(s->joins, s->join_count, s->join_cap))
        return PP_NOMEM;
    struct side_join *x = &s->joins[s->join_count++];
    *x = (struct side_join){.digest = (uint64_t)j->digest, .server_digest = ana_text(j->server_digest)};
    return x->server_digest ? PP_OK : PP_NOMEM;
}

static enum pp_status on_note(void *priv, const struct sto_ps_note *n)
{
    struct ana_input *in = priv;
    struct ana_server *v = &in->report->server;
    if (!FACT_ROOM(v->notes, v->note_count, in->side.note_cap))
        return PP_NOMEM;
    struct ana_server_note *x = &v->notes[v->note_count++];
    *x = (struct ana_server_note){.ts_ns = n->ts_ns, .kind = ana_text(n->kind), .text = ana_text(n->text)};
    v->known = true;
    in->side.began_anew =
        in->side.began_anew || strcmp(n->kind, "restart") == 0 || strcmp(n->kind, "replaced") == 0;
    return x->kind && x->text ? PP_OK : PP_NOMEM;
}

static struct ana_lock_wait *pair_of(struct ana_input *in, const struct sto_ps_lock_wait *w)
{
    struct ana_server *v = &in->report->server;
    for (size_t i = 0; i < v->lock_wait_count; i++) {
        struct ana_lock_wait *x = &v->lock_waits[i];
        if (x->waiting_thread == (uint32_t)w->waiting_thread &&
            x->blocking_thread == (uint32_t)w->blocking_thread && strcmp(x->kind, w->kind) == 0 &&
            strcmp(x->waiting_text, w->waiting_text) == 0 && strcmp(x->object, w->object) == 0)
            return x;
    }
    if (v->lock_wait_count >= ANA_LOCK_WAITS_MAX ||
        !FACT_ROOM(v->lock_waits, v->lock_wait_count, in->side.wait_cap))
        return NULL;
    struct ana_lock_wait *x = &v->lock_waits[v->lock_wait_count++];
    *x = (struct ana_lock_wait){.waiting_thread = (uint32_t)w->waiting_thread,
                                .blocking_thread = (uint32_t)w->blocking_thread,
                                .wait_max_ns = -1,
                                .blocking_age_ns = -1,
                                .kind = ana_text(w->kind),
                                .object = ana_text(w->object),
                                .index_name = ana_text(w->index_name),
                                .waiting_text = ana_text(w->waiting_text),
                                .blocking_text = ana_text(w->blocking_text)};
    return x;
}

static enum pp_status on_lock_wait(void *priv, const struct sto_ps_lock_wait *w)
{
    struct ana_input *in = priv;
    uint32_t poll = ana_side_poll(&in->side, w->poll_id);
    if (poll == FACT_NONE)
        return PP_OK;
    struct ana_lock_wait *x = pair_of(in, w);
    if (!x)
        return in->report->server.lock_wait_count >= ANA_LOCK_WAITS_MAX ? PP_OK : PP_NOMEM;
    if (!x->kind || !x->object || !x->index_name || !x->waiting_text || !x->blocking_text)
        return PP_NOMEM;
    int64_t ts_ns = in->side.polls[poll].end_ns;
    x->first_ns = x->samples == 0 ? ts_ns : x->first_ns;
    x->last_ns = ts_ns;
    x->samples++;
    x->idle_samples += w->blocking_idle != 0;
    x->wait_max_ns = w->wait_ns > x->wait_max_ns ? w->wait_ns : x->wait_max_ns;
    x->blocking_age_ns = w->blocking_age_ns > x->blocking_age_ns ? w->blocking_age_ns : x->blocking_age_ns;
    return PP_OK;
}

enum pp_status ana_side_status(struct ana_side *s, const struct sto_status *row)
{
    static const char *const names[SIDE_STATUSES] = {
#define SIDE_STATUS(NAME, name) name,
#include "server_status.def"
#undef SIDE_STATUS
    };
    for (size_t i = 0; i < SIDE_STATUSES; i++) {
        struct side_values *v = &s->status[i];
        if (strcmp(row->name, names[i]) != 0)
            continue;
        if (!FACT_ROOM(v->at, v->count, v->cap))
            return PP_NOMEM;
        v->at[v->count++] = (struct side_value){.ts_ns = row->ts_ns, .value = row->value};
        break;
    }
    return PP_OK;
}

enum pp_status ana_read_side(struct ana_input *in, struct sto_run *run, struct pp_err *err)
{
    enum pp_status st = sto_each_ps_poll(run, on_poll, in, err);
    if (st == PP_OK)
        st = sto_each_ps_digest_text(run, on_digest_text, in, err);
    if (st == PP_OK)
        st = sto_each_ps_statement(run, on_statement, in, err);
    if (st == PP_OK)
        st = sto_each_ps_event(run, on_event, in, err);
    if (st == PP_OK)
        st = sto_each_ps_trx(run, on_trx, in, err);
    if (st == PP_OK)
        st = sto_each_ps_thread_state(run, on_thread_state, in, err);
    if (st == PP_OK)
        st = sto_each_ps_connection(run, on_session, in, err);
    if (st == PP_OK)
        st = sto_each_ps_digest_join(run, on_join, in, err);
    if (st == PP_OK)
        st = sto_each_ps_lock_wait(run, on_lock_wait, in, err);
    return st == PP_OK ? sto_each_ps_note(run, on_note, in, err) : st;
}

void ana_side_fini(struct ana_side *s)
{
    for (size_t i = 0; i < SIDE_STATUSES; i++)
        free(s->status[i].at);
    for (size_t i = 0; i < s->session_count; i++) {
        free(s->sessions[i].user);
        free(s->sessions[i].client);
        free(s->sessions[i].type);
        free(s->sessions[i].program_name);
    }
    for (size_t i = 0; i < s->join_count; i++)
        free(s->joins[i].server_digest);
    free(s->polls);
    free(s->count_polls);
    free(s->statements);
    free(s->events);
    free(s->trx);
    free(s->memory);
    free(s->sessions);
    free(s->joins);
    free(s->digest_ids);
}

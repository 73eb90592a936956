/* summary: what the server counted over a span, from the deltas of its polls */
#include "server_side.h"

#include "parts.h"

#include <string.h>

/* Of an interval between two polls, the part that lies in the span. */
static double part_in(int64_t start_ns, int64_t end_ns, int64_t from_ns, int64_t to_ns)
{
    int64_t low = start_ns > from_ns ? start_ns : from_ns, high = end_ns < to_ns ? end_ns : to_ns;
    if (end_ns <= start_ns)
        return end_ns >= from_ns && end_ns < to_ns ? 1 : 0;
    return high > low ? (double)(high - low) / (double)(end_ns - start_ns) : 0;
}

struct span {
    int64_t from_ns, to_ns;
};

static double part_of_poll(const struct ana_side *s, uint32_t poll, const struct span *t)
{
    const struct side_poll *p = &s->polls[poll];
    return p->start_ns > 0 ? part_in(p->start_ns, p->end_ns, t->from_ns, t->to_ns) : 0;
}

/* The probe's own questions name their table so (sql/ps_….sql). */
static bool is_own(const struct ana_server_digest *d)
{
    return d->schema[0] == '\0' &&
           (strstr(d->text, "`poolprobe`") || strncmp(d->text, "SHOW GLOBAL", 11) == 0);
}

static void sum_statements(const struct ana_side *s, const struct ana_server *server, const struct span *t,
                           struct ana_server_sum *o)
{
    for (size_t i = 0; i < s->statement_count; i++) {
        const struct side_statement *x = &s->statements[i];
        double part = part_of_poll(s, x->poll, t);
        if (part <= 0 || is_own(&server->digests[x->digest]))
            continue;
        o->statements += part * (double)x->count;
        o->errors += part * (double)x->errors;
        o->statement_ms += part * (double)x->timer_ns / 1e6;
        o->lock_ms += part * (double)x->lock_ns / 1e6;
        if (x->cpu_ns >= 0)
            o->cpu_ms = (o->cpu_ms < 0 ? 0 : o->cpu_ms) + part * (double)x->cpu_ns / 1e6;
        o->rows_examined += part * (double)x->rows_examined;
        o->rows_sent += part * (double)x->rows_sent;
        o->rows_affected += part * (double)x->rows_affected;
        o->tmp_tables += part * (double)x->tmp_tables;
        o->tmp_disk_tables += part * (double)x->tmp_disk_tables;
        o->no_index += part * (double)x->no_index;
    }
}

static void sum_events(const struct ana_side *s, const struct span *t, struct ana_server_sum *o)
{
    double count[SIDE_EVENTS] = {0}, ms[SIDE_EVENTS] = {0};
    for (size_t i = 0; i < s->event_count; i++) {
        double part = part_of_poll(s, s->events[i].poll, t);
        count[s->events[i].kind] += part * (double)s->events[i].count;
        ms[s->events[i].kind] += part * (double)s->events[i].timer_ns / 1e6;
    }
    o->redo_writes = s->has_redo ? count[SIDE_REDO_WRITE] : -1;
    o->redo_write_ms = s->has_redo ? ms[SIDE_REDO_WRITE] : -1;
    o->redo_flushes = s->has_redo ? count[SIDE_REDO_FLUSH] : -1;
    o->redo_flush_ms = s->has_redo ? ms[SIDE_REDO_FLUSH] : -1;
    o->binlog_flushes = count[SIDE_BINLOG_FLUSH];
    o->binlog_flush_ms = ms[SIDE_BINLOG_FLUSH];
    o->data_reads = count[SIDE_DATA_READ];
    o->data_read_ms = ms[SIDE_DATA_READ];
    o->data_writes = count[SIDE_DATA_WRITE];
    o->data_write_ms = ms[SIDE_DATA_WRITE];
    o->table_lock_ms = ms[SIDE_TABLE_LOCK];
    o->metadata_lock_ms = ms[SIDE_METADATA_LOCK];
}

struct step {
    int64_t start_ns, delta;
};

/* From the value before to value i: what was added came since the poll before, not since the value before,
 * since values are stored when they change. The first answer of a server adds nothing; after its restart, and
 * when a counter fell, it began at 0. */
static struct step step_to(const struct side_values *v, size_t i, const struct side_poll *poll)
{
    struct step x = {v->at[i - 1].ts_ns, v->at[i].value - v->at[i - 1].value};
    if (poll && poll->start_ns > x.start_ns)
        x.start_ns = poll->start_ns;
    if (poll && poll->start_ns == 0)
        x.delta = 0;
    else if (x.delta < 0 || (poll && poll->restarted))
        x.delta = v->at[i].value;
    return x;
}

static double counted(const struct ana_side *s, enum side_status which, const struct span *t)
{
    const struct side_values *v = &s->status[which];
    double sum = 0;
    size_t poll = 0;
    if (v->count == 0)
        return -1;
    for (size_t i = 1; i < v->count; i++) {
        while (poll < s->poll_count && s->polls[poll].end_ns < v->at[i].ts_ns)
            poll++;
        bool at_poll = poll < s->poll_count && s->polls[poll].end_ns == v->at[i].ts_ns;
        struct step x = step_to(v, i, at_poll ? &s->polls[poll] : NULL);
        sum += part_in(x.start_ns, v->at[i].ts_ns, t->from_ns, t->to_ns) * (double)x.delta;
    }
    return sum;
}

struct level_of {
    double mean, max;
};

/* A gauge holds until its next value. The probe's own session is taken off. */
static struct level_of gauge(const struct ana_side *s, enum side_status which, const struct span *t)
{
    const struct side_values *v = &s->status[which];
    struct level_of g = {-1, -1};
    double sum = 0, ns = 0;
    for (size_t i = 0; i < v->count; i++) {
        int64_t start = v->at[i].ts_ns, end = i + 1 < v->count ? v->at[i + 1].ts_ns : s->last_ns;
        int64_t low = start > t->from_ns ? start : t->from_ns, high = end < t->to_ns ? end : t->to_ns;
        double value = v->at[i].value > 0 ? (double)(v->at[i].value - 1) : 0;
        if (high <= low)
            continue;
        sum += value * (double)(high - low);
        ns += (double)(high - low);
        g.max = value > g.max ? value : g.max;
    }
    g.mean = ns > 0 ? sum / ns : -1;
    return g;
}

static double memory_of(const struct ana_side *s, const struct span *t)
{
    double bytes = 0, sessions = 0;
    for (size_t i = 0; i < s->memory_count; i++) {
        const struct side_memory *m = &s->memory[i];
        if (m->ts_ns < t->from_ns || m->ts_ns >= t->to_ns)
            continue;
        bytes += (double)m->bytes;
        sessions += (double)m->count;
    }
    return sessions > 0 ? bytes / sessions : -1;
}

void ana_side_sum(const struct ana_side *s, const struct ana_server *server, int64_t from_ns, int64_t to_ns,
                  struct ana_server_sum *out)
{
    struct span t = {from_ns, to_ns};
    *out = (struct ana_server_sum){.cpu_ms = -1};
    if (s->poll_count == 0 || to_ns <= from_ns)
        return;
    out->covered = part_in(from_ns, to_ns, s->first_ns, s->last_ns);
    out->known = out->covered > 0;
    sum_statements(s, server, &t, out);
    sum_events(s, &t, out);
    out->row_lock_waits = counted(s, SIDE_ROW_LOCK_WAITS, &t);
    out->row_lock_ms = counted(s, SIDE_ROW_LOCK_MS, &t);
    out->fsyncs = counted(s, SIDE_DATA_FSYNCS, &t);
    out->commits = counted(s, SIDE_COM_COMMIT, &t);
    out->rollbacks = counted(s, SIDE_COM_ROLLBACK, &t);
    out->txns_read_write = counted(s, SIDE_TXN_READ_WRITE, &t);
    out->txns_read_only = counted(s, SIDE_TXN_READ_ONLY, &t);
    out->refused = counted(s, SIDE_REFUSED, &t);
    out->aborted_clients = counted(s, SIDE_ABORTED_CLIENTS, &t);
    out->aborted_connects = counted(s, SIDE_ABORTED_CONNECTS, &t);
    out->threads_created = counted(s, SIDE_THREADS_CREATED, &t);
    struct level_of running = gauge(s, SIDE_THREADS_RUNNING, &t);
    struct level_of connected = gauge(s, SIDE_THREADS_CONNECTED, &t);
    out->threads_running = running.mean;
    out->threads_running_max = running.max;
    out->threads_connected = connected.mean;
    out->threads_connected_max = connected.max;
    out->memory_a_connection_bytes = memory_of(s, &t);
}

/* summary: the server's part of a report: sums by level and in all, joins, coverage; and its end */
#include "server_side.h"

#include "parts.h"

#include <stdlib.h>

static int by_wait(const void *pa, const void *pb)
{
    const struct ana_lock_wait *a = pa, *b = pb;
    if (a->wait_max_ns != b->wait_max_ns)
        return a->wait_max_ns > b->wait_max_ns ? -1 : 1;
    return a->first_ns < b->first_ns ? -1 : a->first_ns > b->first_ns;
}

static void own_cost(struct ana_input *in)
{
    struct ana_server *v = &in->report->server;
    const struct ana_side *s = &in->side;
    double max = 0, round = 0;
    int64_t at = 0;
    for (size_t i = 0; i < s->poll_count; i++) {
        /* The questions of one round follow one another. */
        bool same = s->polls[i].end_ns - at < ANA_ROUND_NS;
        round = (same ? round : 0) + (double)s->polls[i].took_ns / 1e6;
        at = s->polls[i].end_ns + s->polls[i].took_ns;
        max = round > max ? round : max;
    }
    v->poll_max_ms = max;
    v->poll_ms = v->polls > 0 ? (double)s->worked_ns / 1e6 / (double)v->polls : 0;
    v->poll_share = s->last_ns > s->first_ns ? (double)s->worked_ns / (double)(s->last_ns - s->first_ns) : 0;
}

static void idle_trx(struct ana_input *in)
{
    struct ana_server *v = &in->report->server;
    v->idle_trx_age_ns = -1;
    for (size_t i = 0; i < in->side.trx_count; i++) {
        const struct side_trx *t = &in->side.trx[i];
        if (!t->idle || t->age_ns <= v->idle_trx_age_ns)
            continue;
        v->idle_trx_age_ns = t->age_ns;
        v->idle_trx_thread = (uint32_t)t->thread_id;
    }
    for (size_t i = 0; i < in->side.trx_count; i++)
        v->idle_trx_samples +=
            in->side.trx[i].idle && in->side.trx[i].thread_id == (int64_t)v->idle_trx_thread;
}

enum pp_status ana_side_finish(struct ana_input *in)
{
    struct ana_report *r = in->report;
    struct ana_server *v = &r->server;
    for (size_t i = 0; i < r->connection_count; i++)
        r->connections[i].server_statements = -1;
    for (size_t i = 0; i < r->level_count; i++)
        ana_side_sum(&in->side, v, r->levels[i].start_ns, r->levels[i].end_ns, &r->levels[i].server);
    ana_side_sum(&in->side, v, r->start_ns, r->end_ns, &v->total);
    if (!v->known)
        return PP_OK;
    own_cost(in);
    idle_trx(in);
    if (v->lock_wait_count > 1)
        qsort(v->lock_waits, v->lock_wait_count, sizeof *v->lock_waits, by_wait);
    enum pp_status st = ana_side_join_digests(in);
    return st == PP_OK ? ana_side_join_sessions(in) : st;
}

void ana_server_fini(struct ana_server *v)
{
    for (size_t i = 0; i < v->digest_count; i++) {
        free(v->digests[i].schema);
        free(v->digests[i].digest);
        free(v->digests[i].text);
    }
    for (size_t i = 0; i < v->lock_wait_count; i++) {
        free(v->lock_waits[i].kind);
        free(v->lock_waits[i].object);
        free(v->lock_waits[i].index_name);
        free(v->lock_waits[i].waiting_text);
        free(v->lock_waits[i].blocking_text);
    }
    for (size_t i = 0; i < v->note_count; i++) {
        free(v->notes[i].kind);
        free(v->notes[i].text);
    }
    free(v->digests);
    free(v->lock_waits);
    free(v->notes);
}

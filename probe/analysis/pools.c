/* summary: pools: which of them serve the requests, how large they were, how long connections were held and
 * dialled */
#include "events.h"
#include "parts.h"

#include <stdlib.h>
#include <string.h>

/* A pool with fewer of the checkouts than this is a tool, a health check or a cron job. */
#define APPLICATION_SHARE 0.01

/* Checkouts of each pool that lie in the time of the requests. */
static uint64_t count_checkouts(const struct ana_facts *f, uint64_t *of_pool)
{
    int64_t first = INT64_MAX, last = 0;
    uint64_t all = 0;
    for (size_t i = 0; i < f->request_count; i++) {
        const struct fact_request *r = &f->requests[i];
        if (!ana_request_known(r))
            continue;
        first = r->arrival_ns < first ? r->arrival_ns : first;
        last = r->last_ns > last ? r->last_ns : last;
    }
    for (size_t i = 0; i < f->checkout_count; i++) {
        const struct fact_checkout *c = &f->checkouts[i];
        uint32_t pool = c->conn == FACT_NONE ? FACT_NONE : f->conns[c->conn].pool;
        if (pool == FACT_NONE || (last > 0 && (c->end_ns < first || c->start_ns > last)))
            continue;
        of_pool[pool]++;
        all++;
    }
    return all;
}

static bool serves(const struct ana_facts *f, uint32_t host)
{
    for (size_t i = 0; i < f->request_count; i++)
        if (f->requests[i].host == host)
            return true;
    return f->request_count == 0;
}

/* Behind address translation no request's server has a pool's client address: then the address is left aside.
 */
enum pp_status ana_pools_choose(struct ana_facts *f)
{
    uint64_t *n = calloc(f->pool_count + 1, sizeof *n);
    if (!n)
        return PP_NOMEM;
    uint64_t all = count_checkouts(f, n);
    bool any = false;
    for (int any_host = 0; any_host < 2 && !any; any_host++)
        for (size_t i = 0; i < f->pool_count; i++) {
            struct fact_pool *p = &f->pools[i];
            bool enough = n[i] > 0 && (double)n[i] >= APPLICATION_SHARE * (double)all;
            p->application = enough && !p->tool && (any_host || serves(f, p->host));
            any = any || p->application;
        }
    free(n);
    return PP_OK;
}

static void add_connection(struct ana_input *in, size_t i)
{
    const struct fact_conn *k = &in->facts.conns[i];
    if (k->pool == FACT_NONE)
        return;
    struct ana_pool *p = &in->report->pools[k->pool];
    p->connections++;
    p->never_used += in->report->connections[i].checkouts == 0 && !k->opaque && !in->facts.has_seconds;
    if (!k->mid_stream && k->open_ns > 0 && k->ready_ns >= k->open_ns)
        hist_add(p->dial.hist, k->ready_ns - k->open_ns);
}

/* A refused handshake has no pool: it is counted at the pool of the same client, server and user. */
static void add_refused(struct ana_input *in, size_t i)
{
    const struct fact_conn *k = &in->facts.conns[i];
    struct ana_report *r = in->report;
    struct ana_pool *best = NULL;
    if (k->connect_errno == 0)
        return;
    for (size_t p = 0; p < r->pool_count; p++) {
        const struct fact_pool *f = &in->facts.pools[p];
        if (f->host != k->host || f->server != k->server)
            continue;
        bool user = strcmp(r->pools[p].user, r->connections[i].user) == 0;
        if (!best || (user && strcmp(best->user, r->connections[i].user) != 0) ||
            (user && r->pools[p].application && !best->application))
            best = &r->pools[p];
    }
    if (best)
        best->refused++;
}

enum pp_status ana_pools_finish(struct ana_input *in)
{
    const struct ana_facts *f = &in->facts;
    struct ana_report *r = in->report;
    for (size_t i = 0; i < r->pool_count; i++) {
        const struct ana_pool_stat *s = &in->sweep.pools[i];
        struct ana_pool *p = &r->pools[i];
        p->application = f->pools[i].application;
        p->open_min = s->open_min;
        p->open_max = s->open_max;
        p->busy_max = s->busy_max;
        p->dials_under_load = s->dials_under_load;
        ana_vantage_finish(p);
        p->saturated = in->sweep.load_ns > 0 ? (double)s->saturated_ns / (double)in->sweep.load_ns : 0;
    }
    for (size_t i = 0; i < f->conn_count; i++) {
        add_connection(in, i);
        add_refused(in, i);
    }
    for (size_t i = 0; i < f->checkout_count; i++) {
        const struct fact_checkout *c = &f->checkouts[i];
        uint32_t pool = c->conn == FACT_NONE ? FACT_NONE : f->conns[c->conn].pool;
        if (pool == FACT_NONE)
            continue;
        r->pools[pool].checkouts++;
        if (!c->voided && c->end_ns >= c->start_ns)
            hist_add(r->pools[pool].hold.hist, c->end_ns - c->start_ns);
    }
    return PP_OK;
}

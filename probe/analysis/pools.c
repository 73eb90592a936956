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

/* A pool that dials under its lock never has two dials in progress. A few overlaps may be two processes that
 * share an identity. */
#define OVERLAP_FEW 0.02

struct dial {
    int64_t open_ns, ready_ns;
    uint32_t pool;
};

static int by_pool(const void *pa, const void *pb)
{
    const struct dial *a = pa, *b = pb;
    if (a->pool != b->pool)
        return a->pool < b->pool ? -1 : 1;
    return (a->open_ns > b->open_ns) - (a->open_ns < b->open_ns);
}

static enum pp_status choose_dialling(struct ana_facts *f)
{
    struct dial *d = malloc((f->conn_count + 1) * sizeof *d);
    size_t n = 0;
    if (!d)
        return PP_NOMEM;
    for (size_t i = 0; i < f->conn_count; i++) {
        const struct fact_conn *c = &f->conns[i];
        if (c->pool != FACT_NONE && !c->mid_stream && c->open_ns > 0 && c->ready_ns > c->open_ns)
            d[n++] = (struct dial){c->open_ns, c->ready_ns, c->pool};
    }
    qsort(d, n, sizeof *d, by_pool);
    for (size_t i = 0, end; i < n; i = end) {
        size_t overlaps = 0;
        int64_t ready_ns = d[i].ready_ns;
        for (end = i + 1; end < n && d[end].pool == d[i].pool; end++) {
            overlaps += d[end].open_ns < ready_ns;
            ready_ns = d[end].ready_ns > ready_ns ? d[end].ready_ns : ready_ns;
        }
        f->pools[d[i].pool].parallel = (double)overlaps > OVERLAP_FEW * (double)(end - i);
    }
    free(d);
    return PP_OK;
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
    return choose_dialling(f);
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
        p->per_thread = f->pools[i].per_thread;
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

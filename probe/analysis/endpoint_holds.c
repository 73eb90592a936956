/* summary: how long each endpoint holds the application's connections, from the checkouts joined to its
 * requests */
#include "details.h"
#include "pool_wire.h"

#include <stdlib.h>

#define HOLDS_MOST 20

struct sum {
    uint64_t checkouts;
    int64_t hold_ns, flight_ns; /* flight: with a command in flight */
};

/* Commands of a checkout do not overlap on their connection. */
static int64_t in_flight_ns(const struct ana_details *d, uint32_t checkout)
{
    const struct fact_checkout *c = &d->facts.checkouts[checkout];
    int64_t ns = 0;
    for (uint32_t i = d->work.first[checkout]; i < d->work.first[checkout + 1]; i++) {
        const struct fact_statement *s = &d->facts.statements[d->work.list[i]];
        int64_t end_ns = s->last_ns < c->end_ns ? s->last_ns : c->end_ns;
        ns += end_ns > s->sent_ns ? end_ns - s->sent_ns : 0;
    }
    return ns < c->end_ns - c->start_ns ? ns : c->end_ns - c->start_ns;
}

static int by_share(const void *pa, const void *pb)
{
    const struct ana_endpoint_hold *a = pa, *b = pb;
    if (a->share != b->share)
        return a->share > b->share ? -1 : 1;
    return a->checkouts > b->checkouts ? -1 : a->checkouts < b->checkouts;
}

/* `sums` of the endpoints, and behind them of the checkouts that were not joined. */
static enum pp_status fill_pool(struct ana_pool *p, const struct ana_report *r, const struct sum *sums)
{
    int64_t all_ns = 0;
    size_t n = 0;
    for (size_t i = 0; i <= r->endpoint_count; i++)
        all_ns += sums[i].hold_ns;
    struct ana_endpoint_hold *list = calloc(r->endpoint_count + 1, sizeof *list);
    if (!list)
        return PP_NOMEM;
    for (size_t i = 0; i < r->endpoint_count && all_ns > 0; i++)
        if (sums[i].checkouts > 0)
            list[n++] = (struct ana_endpoint_hold){
                .method = r->endpoints[i].method,
                .route = r->endpoints[i].route,
                .checkouts = sums[i].checkouts,
                .share = (double)sums[i].hold_ns / (double)all_ns,
                .hold_ms = (double)sums[i].hold_ns / (double)sums[i].checkouts / 1e6,
                .idle = sums[i].hold_ns > 0 ? 1 - (double)sums[i].flight_ns / (double)sums[i].hold_ns : 0};
    if (n > 1)
        qsort(list, n, sizeof *list, by_share);
    p->wire.endpoint_holds = list;
    p->wire.endpoint_hold_count = n < HOLDS_MOST ? n : HOLDS_MOST;
    p->wire.hold_unjoined = all_ns > 0 ? (double)sums[r->endpoint_count].hold_ns / (double)all_ns : 0;
    for (size_t i = HOLDS_MOST; i < n; i++)
        p->wire.hold_other_endpoints += list[i].share;
    return PP_OK;
}

static bool add(struct ana_report *r, uint32_t checkout, struct sum *sums)
{
    const struct ana_details *d = r->details;
    const struct fact_checkout *c = &d->facts.checkouts[checkout];
    uint32_t request = d->join.links[checkout].request;
    size_t at = r->endpoint_count;
    bool ok = true;
    if (request != FACT_NONE) {
        struct ana_endpoint *e = &r->endpoints[at = d->endpoint_at[d->facts.requests[request].endpoint]];
        ok = ana_latency_add(&e->hold, c->end_ns - c->start_ns);
    }
    sums[at].checkouts++;
    sums[at].hold_ns += c->end_ns - c->start_ns;
    sums[at].flight_ns += in_flight_ns(d, checkout);
    return ok;
}

enum pp_status ana_endpoint_holds(struct ana_input *in)
{
    struct ana_report *r = in->report;
    const struct ana_facts *f = &r->details->facts;
    struct sum **pools = calloc(f->pool_count + 1, sizeof(struct sum *));
    bool ok = pools != NULL;
    for (size_t i = 0; i < f->pool_count && ok; i++)
        ok = !f->pools[i].application || (pools[i] = calloc(r->endpoint_count + 1, sizeof *pools[i]));
    for (size_t i = 0; i < f->checkout_count && ok; i++) {
        const struct fact_checkout *c = &f->checkouts[i];
        uint32_t p = c->conn == FACT_NONE ? FACT_NONE : f->conns[c->conn].pool;
        if (p != FACT_NONE && pools[p] && !c->voided && c->end_ns >= c->start_ns)
            ok = add(r, (uint32_t)i, pools[p]);
    }
    for (size_t i = 0; i < f->pool_count && ok; i++)
        if (pools[i])
            ok = fill_pool(&r->pools[i], r, pools[i]) == PP_OK;
    for (size_t i = 0; pools && i < f->pool_count; i++)
        free(pools[i]);
    free(pools);
    return ok ? PP_OK : PP_NOMEM;
}

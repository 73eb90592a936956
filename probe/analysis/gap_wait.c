/* summary: how much of the gap before a checkout was a wait for a connection
 *
 * The gap is application time and perhaps a wait. The application's part is as long as it is at that place of
 * that route when nobody waits; when its connection was already free before the application can have been
 * done, there was no wait. Both as an expectation over the lengths that were seen, given that it was not
 * longer than the gap. */
#include "details.h"
#include "join_model.h"

#include <math.h>

#define ENOUGH 8.0F /* gaps that were seen in a slot, to use it instead of the wider one */
#define TWO_SIDED_95 1.96

/* When the request of a checkout was last active before it. */
static int64_t since_ns(const struct ana_details *d, uint32_t checkout)
{
    const struct ana_link *l = &d->join.links[checkout];
    const struct fact_request *r = &d->facts.requests[l->request];
    if (l->prev != FACT_NONE)
        return d->facts.checkouts[l->prev].end_ns;
    return r->request_end_ns > r->arrival_ns && r->request_end_ns < r->last_ns ? r->request_end_ns
                                                                               : r->arrival_ns;
}

static const struct jn_slot *slot_of(const struct ana_details *d, uint32_t slot)
{
    const struct jn_model *m = d->join.model;
    const struct jn_slot *s = &m->slot[slot];
    while (s->n < ENOUGH && s->parent != JN_NONE)
        s = &m->slot[s->parent];
    return s;
}

/* The whole gap, when nothing is known of the application: the wait is anything from none to all of it. */
static struct ana_gap_wait unknown(double gap_ns)
{
    return (struct ana_gap_wait){
        .ns = gap_ns / 2, .low_ns = 0, .high_ns = gap_ns, .var_ns2 = gap_ns * gap_ns / 12};
}

/* Application time `a` below the gap; up to `free_ns` it ended in a wait. */
static struct ana_gap_wait expect(const struct jn_slot *s, double gap_ns, double free_ns)
{
    struct ana_gap_wait w = {0};
    double n = 0, sum = 0, sum2 = 0;
    for (unsigned i = 0; i < JN_BINS && s->count[i] >= 0; i++) {
        double a = jn_bin_ns(i), c = s->count[i];
        if (c <= 0)
            continue;
        if (a >= gap_ns)
            break;
        double wait = a < free_ns ? gap_ns - a : 0;
        n += c;
        sum += c * wait;
        sum2 += c * wait * wait;
    }
    if (n <= 0) /* quicker than ever seen: no room for a wait */
        return w;
    w.ns = sum / n;
    w.var_ns2 = fmax(sum2 / n - w.ns * w.ns, 0);
    double spread = TWO_SIDED_95 * sqrt(w.var_ns2);
    w.low_ns = fmax(w.ns - spread, 0);
    w.high_ns = fmin(w.ns + spread, gap_ns);
    return w;
}

/* Where connections are free a wait is no longer than the dials that the pool does under its lock: what is
 * beyond is the application's, busy or kept from running. */
static struct ana_gap_wait within_dials(const struct ana_details *d, const struct fact_checkout *c,
                                        struct ana_gap_wait w)
{
    uint32_t pool = d->facts.conns[c->conn].pool;
    double dials_ns =
        (double)ana_pool_split_of(&d->times, pool, c->start_ns - llround(w.high_ns), c->start_ns).dial_ns;
    w.dials_only = true;
    w.ns = fmin(w.ns, dials_ns);
    w.low_ns = fmin(w.low_ns, w.ns);
    w.high_ns = fmin(w.high_ns, dials_ns);
    return w;
}

struct ana_gap_wait ana_gap_wait_of(const struct ana_details *d, uint32_t checkout)
{
    const struct ana_link *l = &d->join.links[checkout];
    const struct fact_checkout *c = &d->facts.checkouts[checkout];
    struct ana_gap_wait none = {0};
    if (l->request == FACT_NONE)
        return none;
    int64_t from_ns = since_ns(d, checkout), free_ns = l->granted_ns - from_ns;
    double gap_ns = (double)(c->start_ns - from_ns);
    if (l->fresh) { /* until its own dial began it worked */
        int64_t open_ns = d->facts.conns[c->conn].open_ns;
        if (open_ns > from_ns) {
            gap_ns = (double)(c->start_ns - open_ns);
            return (struct ana_gap_wait){.ns = gap_ns, .low_ns = gap_ns, .high_ns = gap_ns};
        }
    }
    uint32_t pool = d->facts.conns[c->conn].pool;
    if (gap_ns <= 0 || l->direct || free_ns <= 0 || (pool != FACT_NONE && d->facts.pools[pool].per_thread))
        return none;
    const struct jn_slot *s = slot_of(d, l->slot);
    struct ana_gap_wait w = s->n < 1 ? unknown(gap_ns) : expect(s, gap_ns, (double)free_ns);
    return l->spare ? within_dials(d, c, w) : w;
}

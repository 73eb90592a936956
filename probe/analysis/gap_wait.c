/* summary: how much of the gap before a checkout was a wait for a connection
 *
 * The gap is application time, then perhaps a wait, then perhaps a dial of its own, which is seen. The
 * application's part is as long as it is at that place of that route when nobody waits. It ended while nobody
 * got a connection at once: before that the request would have got one, and after its connection was free it
 * did not wait. All as an expectation over the lengths that were seen. */
#include "details.h"
#include "join_model.h"

#include <math.h>
#include <stdlib.h>

#define ENOUGH 8.0F /* gaps that were seen in a slot, to use it instead of the wider one */
#define TWO_SIDED_95 1.96

/* Application time before a checkout at each place, of those that did not wait. */
struct ana_gaps {
    struct gap_slot {
        float count[JN_BINS];
        float n;
    } * slots;
    size_t count;
};

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

/* Until when it worked or waited for others: its connection was there, or its dial began. */
static int64_t until_ns(const struct ana_details *d, uint32_t checkout)
{
    int64_t dial_ns = d->times.grants[checkout].dial_ns;
    return dial_ns > 0 ? dial_ns : d->facts.checkouts[checkout].start_ns;
}

/* A connection was free when it was wanted, or a place for one: where as many are free as are wanted, only a
 * dial under the lock can hold anybody up. */
static bool is_direct(const struct ana_details *d, uint32_t checkout)
{
    const struct ana_grant *g = &d->times.grants[checkout];
    const struct ana_link *l = &d->join.links[checkout];
    return !g->held_up && (g->dial_ns > 0 || l->direct || l->spare);
}

static void learn(struct ana_details *d, uint32_t checkout)
{
    const struct ana_link *l = &d->join.links[checkout];
    int64_t gap_ns = until_ns(d, checkout) - since_ns(d, checkout);
    if (gap_ns < 0)
        return;
    unsigned bin = jn_bin(gap_ns);
    for (uint32_t s = l->slot; s != JN_NONE; s = d->join.model->slot[s].parent) {
        d->gaps->slots[s].count[bin] += l->confidence;
        d->gaps->slots[s].n += l->confidence;
    }
}

enum pp_status ana_gaps_make(struct ana_details *d)
{
    d->gaps = calloc(1, sizeof *d->gaps);
    if (!d->gaps)
        return PP_NOMEM;
    d->gaps->count = d->join.model->slot_count;
    d->gaps->slots = calloc(d->gaps->count + 1, sizeof *d->gaps->slots);
    if (!d->gaps->slots)
        return PP_NOMEM;
    for (size_t i = 0; i < d->facts.checkout_count; i++)
        if (d->join.links[i].request != FACT_NONE && is_direct(d, (uint32_t)i))
            learn(d, (uint32_t)i);
    return PP_OK;
}

void ana_gaps_free(struct ana_gaps **gp)
{
    if (!*gp)
        return;
    free((*gp)->slots);
    free(*gp);
    *gp = NULL;
}

static const struct gap_slot *slot_of(const struct ana_details *d, uint32_t slot)
{
    while (d->gaps->slots[slot].n < ENOUGH && d->join.model->slot[slot].parent != JN_NONE)
        slot = d->join.model->slot[slot].parent;
    return &d->gaps->slots[slot];
}

/* Within a gap: the wait may have begun between `closed_ns` and `granted_ns` after the gap did. */
struct range {
    double gap_ns, closed_ns, granted_ns;
};

/* When nothing is known of the application, or not what it did here: anything from none to all of it. */
static struct ana_gap_wait unknown(const struct range *r)
{
    double most = r->gap_ns - r->closed_ns;
    return (struct ana_gap_wait){.ns = most / 2, .low_ns = 0, .high_ns = most, .var_ns2 = most * most / 12};
}

static struct ana_gap_wait expect(const struct gap_slot *s, const struct range *r)
{
    double n = 0, sum = 0, sum2 = 0;
    for (unsigned i = 0; i < JN_BINS; i++) {
        double a = jn_bin_ns(i), c = (double)s->count[i];
        if (c <= 0 || a < r->closed_ns)
            continue;
        if (a >= r->gap_ns)
            break;
        double wait = a < r->granted_ns ? r->gap_ns - a : 0;
        n += c;
        sum += c * wait;
        sum2 += c * wait * wait;
    }
    if (n <= 0) /* quicker than ever seen: no room for a wait; or slower, and then it cannot be told */
        return r->closed_ns > 0 ? unknown(r) : (struct ana_gap_wait){0};
    struct ana_gap_wait w = {.ns = sum / n};
    w.var_ns2 = fmax(sum2 / n - w.ns * w.ns, 0);
    double spread = TWO_SIDED_95 * sqrt(w.var_ns2);
    w.low_ns = fmax(w.ns - spread, 0);
    w.high_ns = fmin(w.ns + spread, r->gap_ns);
    return w;
}

struct ana_gap_wait ana_gap_wait_of(const struct ana_details *d, uint32_t checkout)
{
    const struct ana_link *l = &d->join.links[checkout];
    const struct ana_grant *g = &d->times.grants[checkout];
    struct ana_gap_wait w = {0};
    if (l->request == FACT_NONE)
        return w;
    int64_t from_ns = since_ns(d, checkout), start_ns = d->facts.checkouts[checkout].start_ns;
    int64_t to_ns = until_ns(d, checkout);
    struct range r = {.gap_ns = (double)(to_ns - from_ns),
                      .closed_ns = fmax((double)(g->closed_ns - from_ns), 0),
                      .granted_ns = (double)(g->granted_ns - from_ns)};
    uint32_t pool = d->facts.conns[d->facts.checkouts[checkout].conn].pool;
    bool per_thread = pool != FACT_NONE && d->facts.pools[pool].per_thread;
    if (to_ns > from_ns && !per_thread && !is_direct(d, checkout) && r.granted_ns > 0) {
        const struct gap_slot *s = slot_of(d, l->slot);
        w = s->n < 1 ? unknown(&r) : expect(s, &r);
    }
    if (g->dial_ns > 0) { /* seen, and behind the wait for others */
        w.dial_ns = (double)(start_ns - (to_ns > from_ns ? to_ns : from_ns));
        w.dial_ns = fmax(w.dial_ns, 0);
    }
    return w;
}

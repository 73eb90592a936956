/* summary: what the wire alone shows of the application's pools: the parts in order, and the verdicts
 */
#include "pool_wire.h"

#include <stdlib.h>

#define CHOICES_FEWEST 20
/* Of the way from picking blindly to always. On a busy machine what the pool does in one order comes onto the
 * wire in another. */
#define CHOICES_CLEAR 0.4
#define CONTESTED_FEWEST 5
#define OVERLAP_RARE 0.05
#define OVERLAP_USUAL 0.3
#define GIVEN_FEWEST 50
#define TAKEN_RARE 0.6 /* of the connections given back: else as many are taken */
#define CLOSED_FEWEST 5
#define CLUSTER 0.25 /* 10th to 90th of 100, against the 50th */

const char *ana_reuse_name(enum ana_reuse r)
{
    static const char *const names[] = {"unknown", "fifo", "lifo", "other"};
    return (unsigned)r < sizeof names / sizeof names[0] ? names[r] : "unknown";
}

const char *ana_dialling_name(enum ana_dialling d)
{
    static const char *const names[] = {"unknown", "serial", "parallel", "mixed"};
    return (unsigned)d < sizeof names / sizeof names[0] ? names[d] : "unknown";
}

const char *ana_recycling_name(enum ana_recycling r)
{
    static const char *const names[] = {"none", "age", "idle", "uses", "unknown"};
    return (unsigned)r < sizeof names / sizeof names[0] ? names[r] : "unknown";
}

bool ana_latency_add(struct ana_latency *l, int64_t ns)
{
    if (!l->hist && !(l->hist = hist_new()))
        return false;
    hist_add(l->hist, ns > 0 ? ns : 0);
    return true;
}

/* How far a share lies from what picking blindly gives (0) towards always (1). */
static double beyond(uint64_t n, uint64_t of, double chance)
{
    double share = (double)n / (double)of;
    return chance < 1 ? (share - chance) / (1 - chance) : 0;
}

enum ana_reuse ana_reuse_of(const struct ana_pool_wire *w)
{
    if (w->choices < CHOICES_FEWEST)
        return ANA_REUSE_UNKNOWN;
    double longest = beyond(w->longest, w->choices, w->chance),
           shortest = beyond(w->shortest, w->choices, w->chance);
    if (longest >= CHOICES_CLEAR && shortest < 0)
        return ANA_REUSE_FIFO;
    if (shortest >= CHOICES_CLEAR && longest < 0)
        return ANA_REUSE_LIFO;
    return ANA_REUSE_OTHER;
}

/* A pool that dials under its lock gives nobody a connection meanwhile, though some are given back. */
static bool locked_by_dials(const struct ana_pool_wire *w)
{
    return w->dials_max == 1 && w->given_back >= GIVEN_FEWEST &&
           (double)w->taken <= TAKEN_RARE * (double)w->given_back;
}

enum ana_dialling ana_dialling_of(const struct ana_pool_wire *w)
{
    if (w->contested < CONTESTED_FEWEST)
        return locked_by_dials(w) ? ANA_DIALLING_SERIAL : ANA_DIALLING_UNKNOWN;
    double overlap = (double)w->overlapped / (double)w->contested;
    if (overlap <= OVERLAP_RARE)
        return ANA_DIALLING_SERIAL;
    return overlap >= OVERLAP_USUAL ? ANA_DIALLING_PARALLEL : ANA_DIALLING_MIXED;
}

static double field(const struct ana_closed *c, int which)
{
    return which == 0 ? c->age_ms : which == 1 ? c->idle_ms : c->uses;
}

#define BY(name, which)                                                                                      \
    static int name(const void *pa, const void *pb)                                                          \
    {                                                                                                        \
        double a = field(pa, which), b = field(pb, which);                                                   \
        return a < b ? -1 : a > b;                                                                           \
    }
BY(by_age, 0)
BY(by_idle, 1)
BY(by_uses, 2)

void ana_recycling_of(struct ana_pool_wire *w, struct ana_closed *list, size_t n)
{
    static int (*const order[])(const void *, const void *) = {by_age, by_idle, by_uses};
    static const enum ana_recycling kinds[] = {ANA_RECYCLING_AGE, ANA_RECYCLING_IDLE, ANA_RECYCLING_USES};
    double best = CLUSTER;
    w->closed = n;
    w->recycling = n == 0 ? ANA_RECYCLING_NONE : ANA_RECYCLING_UNKNOWN;
    for (int k = 0; k < 3 && n >= CLOSED_FEWEST; k++) {
        qsort(list, n, sizeof *list, order[k]);
        double low = field(&list[n / 10], k), mid = field(&list[n / 2], k),
               high = field(&list[n - 1 - n / 10], k);
        /* A single use, or no idle time, is what a pool that is too full does with what is given back. */
        if (!(mid > 0) || (k == 2 && mid < 2) || (high - low) / mid >= best)
            continue;
        best = (high - low) / mid;
        w->recycling = kinds[k];
        w->recycle_low = low;
        w->recycle_mid = mid;
        w->recycle_high = high;
    }
}

enum pp_status ana_pool_wire(struct ana_input *in)
{
    struct ana_init init = {0};
    if (in->facts.has_seconds)
        return PP_OK;
    enum pp_status st = ana_init_find(&init, in);
    if (st == PP_OK)
        st = ana_pool_walk(in, &init);
    if (st == PP_OK)
        st = ana_pool_life(in, &init);
    if (st == PP_OK)
        st = ana_pool_holds(in);
    ana_init_fini(&init);
    return st;
}

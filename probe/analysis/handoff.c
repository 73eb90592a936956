/* summary: how long an idle time between two checkouts may be and still be a hand-off to a waiting request */
#include "sweep.h"

#include <stdlib.h>

#define HANDOFF_FEWEST 20
/* Waking a thread takes less. An event loop comes to its next task when it has done the others, and so does a
 * thread that has to wait for a CPU: then the lengths that were seen are the limit, without a margin. */
#define HANDOFF_WAKING_NS INT64_C(2000000)

static int by_waiting(const void *pa, const void *pb)
{
    const struct ana_gap *a = pa, *b = pb;
    return a->waiting > b->waiting ? -1 : a->waiting < b->waiting;
}

static int by_length(const void *pa, const void *pb)
{
    const struct ana_gap *a = pa, *b = pb;
    return a->ns < b->ns ? -1 : a->ns > b->ns;
}

/* The gaps that began with the most requests without a connection are the surest hand-offs; in the others the
 * next checkout may as well be one that nobody waited with, so that the idle time says nothing of hand-offs.
 */
int64_t ana_handoff_limit(struct ana_gap *gaps, size_t n)
{
    if (n < HANDOFF_FEWEST)
        return ANA_HANDOFF_DEFAULT_NS;
    qsort(gaps, n, sizeof *gaps, by_waiting);
    uint32_t middle = gaps[n / 2].waiting;
    size_t sure = n / 2;
    while (sure < n && gaps[sure].waiting >= middle)
        sure++;
    qsort(gaps, sure, sizeof *gaps, by_length);
    int64_t usual_ns = gaps[sure * 95 / 100].ns, limit_ns = ANA_HANDOFF_MARGIN * usual_ns;
    if (limit_ns > HANDOFF_WAKING_NS)
        limit_ns = usual_ns > HANDOFF_WAKING_NS ? usual_ns : HANDOFF_WAKING_NS;
    if (limit_ns < ANA_HANDOFF_MIN_NS)
        return ANA_HANDOFF_MIN_NS;
    return limit_ns > ANA_HANDOFF_MAX_NS ? ANA_HANDOFF_MAX_NS : limit_ns;
}

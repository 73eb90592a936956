/* summary: header lines: level mark and traceparent */
#include "mark.h"

#include <inttypes.h>
#include <stdio.h>

void lg_mark_format(char dst[LG_MARK_BYTES], size_t index, size_t users, int64_t start_ns, int64_t end_ns)
{
    (void)snprintf(dst, LG_MARK_BYTES,
                   "Poolload-Level: index=%zu; users=%zu; start=%" PRId64 "; end=%" PRId64, index, users,
                   start_ns, end_ns);
}

void lg_mark_add_queue(char dst[LG_MARK_BYTES], const char *mark, int64_t queue_ns)
{
    if (mark[0] == 0)
        dst[0] = 0;
    else
        (void)snprintf(dst, LG_MARK_BYTES, "%s; queue=%" PRId64, mark, queue_ns > 0 ? queue_ns : 0);
}

static uint64_t nonzero(struct lg_rng *r)
{
    uint64_t v = lg_rng_next(r);
    while (v == 0)
        v = lg_rng_next(r);
    return v;
}

void lg_traceparent_format(char dst[LG_TRACEPARENT_BYTES], struct lg_rng *r)
{
    uint64_t high = nonzero(r);
    uint64_t low = lg_rng_next(r);
    (void)snprintf(dst, LG_TRACEPARENT_BYTES,
                   "traceparent: 00-%016" PRIx64 "%016" PRIx64 "-%016" PRIx64 "-01", high, low, nonzero(r));
}

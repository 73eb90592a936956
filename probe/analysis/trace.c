/* summary: which steps of a trace may serve as a reference */
#include "trace.h"

#include "base/clock.h"

#define BLOCK_NS NS_PER_S
#define DOUBTFUL_SHARE 0.2 /* of the time that is no sure reference: rarer is the tail of hand-offs */

static void settle_block(struct ana_step *steps, size_t n)
{
    double doubtful_ns = 0, other_ns = 0;
    for (size_t i = 0; i < n; i++) {
        if (steps[i].rest == 0)
            continue;
        if (steps[i].reference && steps[i].doubtful)
            doubtful_ns += (double)steps[i].dt_ns;
        else if (!steps[i].reference)
            other_ns += (double)steps[i].dt_ns;
    }
    if (doubtful_ns >= DOUBTFUL_SHARE * (doubtful_ns + other_ns))
        return;
    for (size_t i = 0; i < n; i++)
        if (steps[i].doubtful)
            steps[i].reference = false;
}

void ana_trace_settle(struct ana_trace *t)
{
    int64_t ns = 0;
    size_t from = 0;
    for (size_t i = 0; i < t->count; i++) {
        ns += t->steps[i].dt_ns;
        if (ns < BLOCK_NS && i + 1 < t->count)
            continue;
        settle_block(t->steps + from, i + 1 - from);
        from = i + 1;
        ns = 0;
    }
}

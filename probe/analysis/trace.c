/* summary: which steps of a trace may serve as a reference
 *
 * An idle connection is a free one, unless it was handed to a waiting request that is slow to take it: on a
 * machine short of CPU such a hand-off takes as long as light load leaves a connection idle. Steps that rest
 * on such a connection alone are doubtful. They hold where the application time that they show is that of the
 * sure reference. */
#include "trace.h"

#include "base/clock.h"

#define BLOCK_NS NS_PER_S
#define SURE_ENDS 50.0     /* enough to compare with */
#define MOST_TIMES 2.0     /* as long as in the sure reference: the wait of a queue makes it longer by far; */
#define MOST_TIMES_ALL 1.3 /* and over the whole run */
#define DOUBTFUL_SHARE 0.2 /* without a sure reference: of the other time; rarer is the tail of hand-offs */

struct sums {
    double rest_ns, ends; /* application time and the stretches that ended */
    double ns;
};

static void add(struct sums *s, const struct ana_step *st)
{
    s->rest_ns += (double)st->dt_ns * st->rest;
    s->ends += st->event == STEP_TAKE || st->event == STEP_END;
    s->ns += st->rest > 0 ? (double)st->dt_ns : 0;
}

static bool holds(const struct sums *doubtful, const struct sums *other, const struct sums *sure)
{
    if (sure->ends < SURE_ENDS)
        return doubtful->ns >= DOUBTFUL_SHARE * (doubtful->ns + other->ns);
    return doubtful->rest_ns * sure->ends <= MOST_TIMES * sure->rest_ns * doubtful->ends;
}

static void settle_block(struct ana_step *steps, size_t n, const struct sums *sure, bool none)
{
    struct sums doubtful = {0}, other = {0};
    for (size_t i = 0; i < n; i++) {
        if (steps[i].reference && steps[i].doubtful)
            add(&doubtful, &steps[i]);
        else if (!steps[i].reference)
            add(&other, &steps[i]);
    }
    if (!none && holds(&doubtful, &other, sure))
        return;
    for (size_t i = 0; i < n; i++)
        if (steps[i].doubtful) {
            steps[i].doubted = steps[i].reference;
            steps[i].reference = false;
        }
}

void ana_trace_settle(struct ana_trace *t)
{
    struct sums sure = {0}, all = {0};
    int64_t ns = 0;
    size_t from = 0;
    for (size_t i = 0; i < t->count; i++)
        if (t->steps[i].reference)
            add(t->steps[i].doubtful ? &all : &sure, &t->steps[i]);
    bool none = sure.ends >= SURE_ENDS && all.rest_ns * sure.ends > MOST_TIMES_ALL * sure.rest_ns * all.ends;
    for (size_t i = 0; i < t->count; i++) {
        ns += t->steps[i].dt_ns;
        if (ns < BLOCK_NS && i + 1 < t->count)
            continue;
        settle_block(t->steps + from, i + 1 - from, &sure, none);
        from = i + 1;
        ns = 0;
    }
}

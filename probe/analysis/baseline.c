/* summary: fits the mean length of the stretches of application time to the instants at which nobody waits
 *
 * The means are those at which the ends that the filter expects agree with those that are seen (expectation
 * maximisation). Only reference time counts, and whether an instant is one depends on its past alone, so that
 * choosing it favours neither long nor short stretches. */
#include "baseline.h"

#include <math.h>
#include <stdlib.h>

#define FIT_ROUNDS 12
#define FIT_CHUNKS 40
#define FIT_PRIOR_ENDS 3
#define FIT_SHORTEST_NS 100.0
#define FIT_BURST_WORTH 2 /* of the ends of BEFORE in one stretch of reference time */
#define FIT_QUIET_STRETCHES                                                                                  \
    4 /* after so many mean stretches without a wait the ages of those in flight are usual */
#define FIT_QUIET_ENDS 400 /* enough of them to do without the rest of the reference time */
#define FIT_TOLERANCE 0.002
/* What the method itself adds, from simulations (tests/unit/test_analysis_sim.c). */
#define FIT_ERROR_FEW 1.5 /* times 1 / sqrt(ends) */
#define FIT_ERROR_QUIET 0.005
#define FIT_ERROR_OTHER 0.04
#define COUNTABLE_SHARE 0.999

#define FEW_REST 2          /* requests at work beside each other: a CPU for each */
#define FEW_ENDS_FEWEST 100 /* to say how long the application takes then */
#define SLOWER_TIMES 1.5

struct fit {
    const struct ana_trace *t;
    uint32_t most_rest;
    struct ana_filter filter;
    double quiet_ns; /* reference time counts from so long after the last wait */
    int64_t since_ns;
    double seen, plain_ns; /* ends in reference time, and time a stretch without telling them apart */
    double time_ns[STRETCH_COUNT], ends[STRETCH_COUNT];
    double before_worth,
        before_here; /* ends of BEFORE that count as independent; of this stretch of reference time */
    double pot_ns;   /* time of those who are between checkouts or after their last */
    double chunk_ends, chunk_residual, residual2; /* of a chunk of reference time; over chunks */
};

static void chunk_add(struct fit *f, double ends)
{
    f->chunk_ends += ends;
    if (f->chunk_ends * FIT_CHUNKS < f->seen)
        return;
    f->residual2 += f->chunk_residual * f->chunk_residual;
    f->chunk_ends = f->chunk_residual = 0;
}

/* The step is reference time of the kind in use. */
static bool counts(struct fit *f, const struct ana_step *st)
{
    if (!st->reference) {
        f->since_ns = 0;
        return false;
    }
    f->since_ns += st->dt_ns;
    return (double)f->since_ns >= f->quiet_ns && st->rest <= f->most_rest;
}

/* Between or after: only the end tells. Each who leaves takes its share of the time that those still in
 * either have spent so far; what is left when the reference time ends goes by the odds. */
static void pot_add(struct fit *f)
{
    const struct ana_filter *x = &f->filter;
    double n = x->in[STRETCH_BETWEEN] + x->in[STRETCH_AFTER];
    f->pot_ns += x->time_ns[STRETCH_BETWEEN] + x->time_ns[STRETCH_AFTER];
    for (int k = STRETCH_BETWEEN; k <= STRETCH_AFTER; k++) {
        double ns = f->pot_ns * (n > x->ended[k] ? x->ended[k] / n : x->ended[k]);
        f->time_ns[k] += ns;
        f->pot_ns -= ns;
    }
}

static void pot_end(struct fit *f)
{
    const struct ana_filter *x = &f->filter;
    double n = x->in[STRETCH_BETWEEN] + x->in[STRETCH_AFTER];
    double share = n > 0 ? x->in[STRETCH_AFTER] / n : 0.5;
    f->time_ns[STRETCH_AFTER] += f->pot_ns * share;
    f->time_ns[STRETCH_BETWEEN] += f->pot_ns * (1 - share);
    f->pot_ns = 0;
}

static void step_add(struct fit *f)
{
    const struct ana_filter *x = &f->filter;
    double ends = 0;
    for (int k = 0; k < STRETCH_COUNT; k++) {
        f->ends[k] += x->ended[k];
        f->chunk_residual += x->time_ns[k] - x->ended[k] * x->mean_ns[k];
        ends += x->ended[k];
    }
    f->time_ns[STRETCH_BEFORE] += x->time_ns[STRETCH_BEFORE];
    if (f->before_here < FIT_BURST_WORTH) {
        f->before_here += x->ended[STRETCH_BEFORE];
        f->before_worth += x->ended[STRETCH_BEFORE];
    }
    pot_add(f);
    if (ends > 0)
        chunk_add(f, ends);
}

static void round_run(struct fit *f)
{
    ana_filter_begin(&f->filter);
    f->chunk_ends = f->chunk_residual = f->residual2 = 0;
    f->pot_ns = f->before_worth = f->before_here = 0;
    f->since_ns = 0;
    for (int k = 0; k < STRETCH_COUNT; k++)
        f->time_ns[k] = f->ends[k] = 0;
    for (size_t i = 0; i < f->t->count; i++) {
        bool in_use = counts(f, &f->t->steps[i]);
        if (!in_use) {
            f->before_here = 0;
            if (f->pot_ns > 0)
                pot_end(f);
        }
        ana_filter_step(&f->filter, &f->t->steps[i]);
        if (in_use)
            step_add(f);
    }
    pot_end(f);
}

/* The quickest first checkout after an arrival into an empty application: a floor for the stretch before it.
 */
static double floor_find(const struct ana_trace *t)
{
    double floor_ns = -1;
    int64_t now_ns = 0, start_ns = -1, requests = 0, held = 0;
    for (size_t i = 0; i < t->count; i++) {
        const struct ana_step *st = &t->steps[i];
        now_ns += st->dt_ns;
        switch ((enum ana_step_event)st->event) {
        case STEP_NONE:
            break;
        case STEP_START:
            if (requests == 0 && held == 0)
                start_ns = now_ns;
            requests++;
            break;
        case STEP_TAKE:
            if (start_ns >= 0 && st->reference && (floor_ns < 0 || (double)(now_ns - start_ns) < floor_ns))
                floor_ns = (double)(now_ns - start_ns);
            start_ns = -1;
            held++;
            break;
        case STEP_RETURN:
            held--;
            break;
        case STEP_END:
            requests--;
            start_ns = -1;
            break;
        }
    }
    return floor_ns < 0 ? 0 : floor_ns;
}

int64_t *ana_trace_starts(const struct ana_trace *t)
{
    int64_t now_ns = 0;
    size_t n = 0;
    for (size_t i = 0; i < t->count; i++)
        n += t->steps[i].event == STEP_START;
    int64_t *starts = malloc((n + 1) * sizeof *starts);
    n = 0;
    for (size_t i = 0; i < t->count && starts; i++) {
        now_ns += t->steps[i].dt_ns;
        if (t->steps[i].event == STEP_START)
            starts[n++] = now_ns;
    }
    return starts;
}

/* Ends and time of the reference steps in use. */
static void count_reference(struct fit *f)
{
    double ns = 0;
    f->seen = 0;
    f->since_ns = 0;
    for (size_t i = 0; i < f->t->count; i++) {
        const struct ana_step *st = &f->t->steps[i];
        if (!counts(f, st))
            continue;
        ns += (double)st->dt_ns * st->rest;
        f->seen += st->event == STEP_TAKE || st->event == STEP_END;
    }
    f->plain_ns = f->seen > 0 ? ns / f->seen : 0;
}

static void count(struct fit *f)
{
    double returns = 0, ends = 0;
    for (size_t i = 0; i < f->t->count; i++) {
        returns += f->t->steps[i].event == STEP_RETURN;
        ends += f->t->steps[i].event == STEP_END;
    }
    f->filter.after_share = returns > ends ? ends / returns : 1;
    f->filter.countable = f->filter.after_share > COUNTABLE_SHARE && returns > COUNTABLE_SHARE * ends;
    count_reference(f);
    f->quiet_ns = FIT_QUIET_STRETCHES * f->plain_ns;
    count_reference(f);
    if (f->seen >= FIT_QUIET_ENDS)
        return;
    f->quiet_ns = 0;
    count_reference(f);
}

/* How long a stretch is by its own ends (BEFORE: from the arrival on), and how much that is worth in ends.
 * Ends of one burst of arrivals are not independent: the first few of many, and all in the way of each other.
 */
static double own_mean(const struct fit *f, int k, double *worth)
{
    double mean = f->ends[k] > 0 ? f->time_ns[k] / f->ends[k] : 0;
    *worth = k == STRETCH_BEFORE && f->quiet_ns <= 0 ? f->before_worth : f->ends[k];
    if (k == STRETCH_BEFORE)
        mean += f->filter.floor_ns;
    return fmax(mean, FIT_SHORTEST_NS);
}

/* Few ends say little of a stretch of their own: it is then taken to be of the size of the others. */
static double update(struct fit *f)
{
    double worst = 0, sum = 0, worths = 0, own[STRETCH_COUNT], worth[STRETCH_COUNT];
    for (int k = 0; k < STRETCH_COUNT; k++) {
        own[k] = own_mean(f, k, &worth[k]);
        sum += worth[k] * log(own[k]);
        worths += worth[k];
    }
    double common = worths > 0 ? sum / worths : log(fmax(f->plain_ns, FIT_SHORTEST_NS));
    for (int k = 0; k < STRETCH_COUNT; k++) {
        double was = f->filter.mean_ns[k];
        double mean = exp((worth[k] * log(own[k]) + FIT_PRIOR_ENDS * common) / (worth[k] + FIT_PRIOR_ENDS));
        if (k == STRETCH_BEFORE)
            mean -= f->filter.floor_ns;
        mean = fmax(mean, 1);
        worst = fmax(worst, fabs(mean - was) / was);
        f->filter.mean_ns[k] = mean;
    }
    return worst;
}

enum pp_status ana_baseline_fit(struct ana_baseline *out, const struct ana_trace *t, uint32_t most_rest)
{
    struct fit f = {.t = t, .most_rest = most_rest};
    int64_t *starts = ana_trace_starts(t);
    *out = (struct ana_baseline){.relative_error = 1};
    if (!starts)
        return PP_NOMEM;
    count(&f);
    f.filter.starts = starts;
    f.filter.floor_ns = floor_find(t);
    for (int k = 0; k < STRETCH_COUNT; k++)
        f.filter.mean_ns[k] = f.plain_ns < 1 ? 1 : f.plain_ns;
    for (int i = 0; f.seen > 0 && i < FIT_ROUNDS; i++) {
        round_run(&f);
        if (update(&f) < FIT_TOLERANCE)
            break;
    }
    for (int k = 0; k < STRETCH_COUNT; k++)
        out->mean_ns[k] = f.filter.mean_ns[k];
    out->before_floor_ns = f.filter.floor_ns;
    out->countable = f.filter.countable;
    out->after_share = f.filter.after_share;
    out->observed = (uint64_t)f.seen;
    double ns = f.time_ns[0] + f.time_ns[1] + f.time_ns[2];
    if (f.seen > 0)
        out->relative_error = hypot(fmax(ns > 0 ? sqrt(f.residual2) / ns : 0, FIT_ERROR_FEW / sqrt(f.seen)),
                                    f.quiet_ns > 0 ? FIT_ERROR_QUIET : FIT_ERROR_OTHER);
    free(starts);
    return PP_OK;
}

static double stretch_ns(const struct ana_baseline *b)
{
    return b->before_floor_ns + b->mean_ns[STRETCH_BEFORE] + b->mean_ns[STRETCH_BETWEEN] +
           b->mean_ns[STRETCH_AFTER];
}

enum pp_status ana_baselines_fit(struct ana_baselines *out, const struct ana_trace *t)
{
    enum pp_status st = ana_baseline_fit(&out->all, t, UINT32_MAX);
    out->few_rest = FEW_REST;
    if (st == PP_OK)
        st = ana_baseline_fit(&out->few, t, FEW_REST);
    out->few_known = st == PP_OK && out->few.observed >= FEW_ENDS_FEWEST;
    out->slower = out->few_known && stretch_ns(&out->all) > SLOWER_TIMES * stretch_ns(&out->few);
    return st;
}

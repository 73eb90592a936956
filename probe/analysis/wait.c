/* summary: the waiting requests of each step: the filter's queue, made to agree with what each busy period
 * shows
 *
 * A period without reference begins and ends with nobody waiting, and every checkout in it takes one of the
 * queue: the wants that the filter expects are scaled to the checkouts that were seen. This makes short
 * periods, the rule under light load, independent of errors of the baseline. */
#include "wait.h"

#include "pace.h"

#include <math.h>
#include <stdlib.h>

#define TWO_SIDED_95 1.96
#define FEW_OBSERVED 20 /* fewer ends in reference time bound nothing from above */
#define MOST_ERROR 0.9  /* a bound is at most ten times the mean */

enum bound {
    LOW,
    MID,
    HIGH,
};

struct plan {
    const struct ana_trace *t;
    const struct ana_wait_rules *rules;
    size_t next_pace;
    struct ana_filter filter;
    struct ana_wait *out;
    float *wanted;    /* of each step: requests that left for the queue in it, */
    float *since;     /* how many of them had on average over it, */
    float *waiting;   /* and the filter's queue, on average */
    double memory_ns; /* for how long an expectation lasts */
    enum bound bound;
};

static void store(struct plan *p, size_t i, double waiting)
{
    double most = p->t->steps[i].rest;
    float x = (float)(waiting > most ? most : waiting);
    if (p->bound == LOW)
        p->out[i].low = x;
    else if (p->bound == MID)
        p->out[i].mid = x;
    else
        p->out[i].high = x;
}

/* Steps [from, to) are one period without reference. */
static void settle(struct plan *p, size_t from, size_t to)
{
    double wanted = 0, until = 0, takes = 0, waiting = 0, length_ns = 0;
    size_t last = from;
    for (size_t i = from; i < to; i++) {
        wanted += p->wanted[i];
        length_ns += (double)p->t->steps[i].dt_ns;
        if (p->t->steps[i].event != STEP_TAKE)
            continue;
        takes++;
        until = wanted;
        last = i;
    }
    double trust = exp(-length_ns / p->memory_ns);
    double scale = until > 0 ? takes / until : 0;
    for (size_t i = from; i < to; i++) {
        bool over = takes == 0 || i > last;
        double more = over ? 0 : scale * p->wanted[i];
        store(p, i, trust * (over ? 0 : waiting + scale * p->since[i]) + (1 - trust) * p->waiting[i]);
        waiting += more;
        if (p->t->steps[i].event == STEP_TAKE)
            waiting -= 1;
    }
}

/* What is added to a stretch at least where everything takes so many times as long. */
static double turn_of(const struct ana_pace *pace, double times)
{
    return pace && pace->mid > 1 ? pace->turn_ns * (times - 1) / (pace->mid - 1) : 0;
}

/* The means at a bound. Longer stretches of application time mean less waiting. */
static void means(struct plan *p, const struct ana_pace *pace)
{
    const struct ana_baselines *both = p->rules->baselines;
    bool paced = pace && pace->most > 0;
    const struct ana_baseline *b = paced || (both->slower && p->bound != LOW) ? &both->few : &both->all;
    double error = fmin(TWO_SIDED_95 * b->relative_error, MOST_ERROR), longest_ns = p->rules->longest_ns;
    double factor = p->bound == MID ? 1 : p->bound == LOW ? 1 / (1 - error) : 1 - error;
    double pace_of = !paced ? 1 : p->bound == MID ? pace->mid : p->bound == LOW ? pace->most : pace->least;
    double turn_ns = turn_of(pace, pace_of);
    for (int k = 0; k < STRETCH_COUNT; k++) {
        double mean = b->mean_ns[k] * factor, floor_ns = k == STRETCH_BEFORE ? b->before_floor_ns : 0;
        mean += fmax((pace_of - 1) * (mean + floor_ns), turn_ns);
        if (b->observed == 0)
            mean = p->bound == LOW ? longest_ns : p->bound == MID ? longest_ns / 2 : 1;
        else if (p->bound == LOW && b->observed < FEW_OBSERVED && isfinite(longest_ns))
            mean = fmax(mean, longest_ns);
        p->filter.mean_ns[k] = mean < 1 || !isfinite(mean) ? 1 : mean;
    }
    p->memory_ns = (p->filter.mean_ns[0] + p->filter.mean_ns[1] + p->filter.mean_ns[2]) / 3;
    p->filter.floor_ns = b->observed == 0 ? 0 : b->before_floor_ns;
}

static void pace(struct plan *p)
{
    const struct ana_wait_rules *r = p->rules;
    for (; p->next_pace < r->pace_count && r->paces[p->next_pace].from_ns <= p->filter.t_ns; p->next_pace++)
        means(p, &r->paces[p->next_pace]);
}

static void run(struct plan *p)
{
    size_t from = 0;
    bool open = false;
    ana_filter_begin(&p->filter);
    p->next_pace = 0;
    means(p, NULL);
    for (size_t i = 0; i < p->t->count; i++) {
        const struct ana_step *st = &p->t->steps[i];
        pace(p);
        ana_filter_step(&p->filter, st);
        double dt_ns = st->dt_ns > 0 ? (double)st->dt_ns : 1;
        p->wanted[i] = (float)p->filter.wanted;
        p->since[i] = (float)(p->filter.wanted_ns / dt_ns);
        p->waiting[i] = (float)(p->filter.waiting_ns / dt_ns);
        if (st->reference && st->dt_ns > 0) {
            store(p, i, 0);
            if (open)
                settle(p, from, i);
            open = false;
        } else if (!open) {
            open = true;
            from = i;
        }
    }
    if (open)
        settle(p, from, p->t->count);
}

enum pp_status ana_wait_new(struct ana_wait **out, const struct ana_trace *t,
                            const struct ana_wait_rules *rules)
{
    struct plan p = {.t = t, .rules = rules};
    int64_t *starts = ana_trace_starts(t);
    p.out = calloc(t->count + 1, sizeof *p.out);
    p.wanted = calloc(t->count + 1, sizeof *p.wanted);
    p.waiting = calloc(t->count + 1, sizeof *p.waiting);
    p.filter.starts = starts;
    p.filter.after_share = rules->baselines->all.after_share;
    p.filter.countable = rules->baselines->all.countable;
    p.since = calloc(t->count + 1, sizeof *p.since);
    bool ok = starts && p.out && p.wanted && p.waiting && p.since;
    for (int i = LOW; i <= HIGH && ok; i++) {
        p.bound = (enum bound)i;
        run(&p);
    }
    free(starts);
    free(p.wanted);
    free(p.since);
    free(p.waiting);
    if (!ok)
        free(p.out);
    *out = ok ? p.out : NULL;
    return ok ? PP_OK : PP_NOMEM;
}

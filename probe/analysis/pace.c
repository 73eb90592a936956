/* summary: how much slower the application works, over the run, than with few requests at work
 *
 * Where connections are free most of the time of a level, the level itself shows it: whoever is without one
 * works. Where a queue hides it, the CPU tells: from one sample to the next the application's threads used so
 * much of it, and were ready but had to wait for it so long. Of that the part which is its own work between
 * uses of the database is known from the time when few were at work. The tasks of an event loop wait for
 * their turn where no sample sees them, but those who have a connection take turns as the others do: how much
 * longer that takes shows between two statements of one checkout, where nobody waits for a connection. */
#include "pace.h"

#include "analysis.h"
#include "host_use.h"
#include "turns.h"

#include <math.h>
#include <stdlib.h>

#define OWN_REFERENCE 0.5 /* of a level's time without a connection, with connections free: it tells all */
#define OWN_ENDS 50.0     /* and so many stretches ended in it */
#define OWN_ERROR 0.15
#define OWN_MOST                                                                                             \
    4.0 /* times slower: then requests stand in line for something, and who waits cannot be told */
#define ONE_THREAD 0.5 /* of the CPU: an event loop, whose tasks wait where no sample sees them */

#define TURNS_FEWEST 50
#define TURNS_SLOWER                                                                                         \
    0.25             /* where the whole reference does not say so already: so much slower, or it is left */
#define TURNS_MOST 2 /* times as much more as the turns say: what a stretch does beside taking turns */

/* What one sample says of the time since the one before. */
struct span {
    int64_t from_ns, to_ns;
    double usual_ns; /* the stretches that began there, with few at work, */
    double own_ns;   /* and the least of it: what surely is CPU time */
    struct ana_pace pace;
};

struct paces {
    const struct ana_facts *f;
    const struct ana_sweep *s;
    const struct ana_baseline *few;
    bool slower; /* as of the baselines: else only what a queue hides is asked for */
    struct span *spans;
    size_t span_count;
    struct ana_turns *turns; /* of an event loop's levels, else NULL */
    struct ana_pace *out;
    size_t count, cap;
};

/* A thread that ends takes the time that it waited with it: such a sample does not tell. */
static bool tells(const struct fact_host *a, const struct fact_host *b)
{
    return a->cpu_ns >= 0 && b->cpu_ns > a->cpu_ns && a->run_delay_ns >= 0 &&
           b->run_delay_ns >= a->run_delay_ns && b->threads >= a->threads && a->top_thread_ns >= 0 &&
           (double)(b->top_thread_ns - a->top_thread_ns) < ONE_THREAD * (double)(b->cpu_ns - a->cpu_ns);
}

/* What waits for a CPU is the application's own work, or goes on with a connection, or was just given one: of
 * the time, the first has the square of its part of the use, since those who wake for an answer of the
 * database wait as long for less. At least its use, at most all of both. */
static void by_cpu(struct span *x, const struct fact_host *a, const struct fact_host *b)
{
    if (x->usual_ns <= 0 || !tells(a, b))
        return;
    double cpu_ns = (double)(b->cpu_ns - a->cpu_ns), delay_ns = (double)(b->run_delay_ns - a->run_delay_ns);
    double share = fmin(x->own_ns / cpu_ns, 1);
    x->pace.by_cpu = true;
    x->pace.least = 1;
    x->pace.mid = 1 + share * share * delay_ns / x->usual_ns;
    x->pace.most = fmax(x->pace.mid, (cpu_ns + delay_ns) / x->usual_ns);
}

struct events {
    double starts, takes, ends;
};

static void count(struct events *n, const struct ana_step *st)
{
    n->starts += st->event == STEP_START;
    n->takes += st->event == STEP_TAKE;
    n->ends += st->event == STEP_END;
}

static double usual_ns(const struct ana_baseline *few, const struct events *n)
{
    return n->starts * (few->before_floor_ns + few->mean_ns[STRETCH_BEFORE]) +
           fmax(n->takes - n->starts, 0) * few->mean_ns[STRETCH_BETWEEN] +
           n->ends * few->mean_ns[STRETCH_AFTER];
}

static bool spans_new(struct paces *p)
{
    const struct fact_hosts *h = &p->f->hosts[ANA_HOST_APP];
    const struct ana_trace *t = &p->s->trace;
    size_t step = 0;
    int64_t t_ns = p->s->start_ns;
    p->spans = calloc(h->count + 1, sizeof *p->spans);
    for (size_t i = 1; i < h->count && p->spans; i++) {
        struct span *x = &p->spans[p->span_count++];
        struct events n = {0};
        *x = (struct span){.from_ns = h->at[i - 1].ts_ns, .to_ns = h->at[i].ts_ns};
        for (; step < t->count && t_ns + t->steps[step].dt_ns < x->to_ns; step++) {
            t_ns += t->steps[step].dt_ns;
            if (t_ns >= x->from_ns)
                count(&n, &t->steps[step]);
        }
        x->usual_ns = usual_ns(p->few, &n);
        x->own_ns = n.starts * p->few->before_floor_ns +
                    fmax(n.takes - n.starts, 0) * p->few->mean_ns[STRETCH_BETWEEN];
        by_cpu(x, &h->at[i - 1], &h->at[i]);
    }
    return p->spans != NULL;
}

/* A level's time of requests without a connection: all of it, and with connections free beyond doubt. */
struct own {
    double all_ns, sure_ns;
    struct events sure;
};

/* The levels are in the order of time. */
static struct own *owns_new(const struct paces *p)
{
    const struct ana_trace *t = &p->s->trace;
    const struct fact_level *levels = p->f->levels;
    struct own *out = calloc(p->f->level_count + 1, sizeof *out);
    int64_t t_ns = p->s->start_ns;
    size_t next = 0;
    for (size_t i = 0; i < t->count && out; i++) {
        const struct ana_step *st = &t->steps[i];
        t_ns += st->dt_ns;
        while (next < p->f->level_count && levels[next].start_ns <= t_ns)
            next++;
        if (next == 0 || t_ns > levels[next - 1].end_ns)
            continue;
        struct own *x = &out[next - 1];
        x->all_ns += (double)st->dt_ns * st->rest;
        if (!st->reference || st->doubtful)
            continue;
        x->sure_ns += (double)st->dt_ns * st->rest;
        count(&x->sure, st);
    }
    return out;
}

static bool by_reference(const struct own *x, const struct ana_baseline *few, struct ana_pace *out)
{
    double usual = usual_ns(few, &x->sure);
    if (x->sure_ns < OWN_REFERENCE * x->all_ns || x->sure.takes + x->sure.ends < OWN_ENDS || usual <= 0)
        return false;
    if (x->sure_ns > OWN_MOST * usual)
        return false;
    out->mid = fmax(x->sure_ns / usual, 1);
    out->least = fmax(out->mid * (1 - OWN_ERROR), 1);
    out->most = out->mid * (1 + OWN_ERROR);
    return true;
}

/* By the samples that tell, weighted with what the application did: for the others of the level. */
static struct ana_pace mean_of(const struct paces *p, int64_t from_ns, int64_t to_ns)
{
    struct ana_pace sum = {0};
    double weight = 0;
    for (size_t i = 0; i < p->span_count; i++) {
        const struct span *x = &p->spans[i];
        if (x->to_ns <= from_ns || x->from_ns >= to_ns || x->pace.most <= 0)
            continue;
        sum.mid += x->usual_ns * x->pace.mid;
        sum.most += x->usual_ns * x->pace.most;
        weight += x->usual_ns;
    }
    if (weight > 0)
        sum =
            (struct ana_pace){.least = 1, .mid = sum.mid / weight, .most = sum.most / weight, .by_cpu = true};
    return sum;
}

/* Levels that overlap, or are not in the order of time, could ask for more. */
static void put(struct paces *p, struct ana_pace pace, int64_t from_ns)
{
    if (p->count == p->cap)
        return;
    pace.from_ns = from_ns - p->s->start_ns;
    p->out[p->count++] = pace;
}

/* An event loop: what has a connection waits for its turn as what has none does. */
static bool by_turns(const struct ana_turns *t, double least_more, struct ana_pace *out)
{
    if (t->count < TURNS_FEWEST || t->usual_ns <= 0)
        return false;
    double more = fmax(t->ns / t->usual_ns - 1, 0);
    if (more < least_more)
        return false;
    out->by_cpu = true;
    out->least = 1;
    out->mid = 1 + more;
    out->most = 1 + TURNS_MOST * more;
    out->turn_ns = fmax(t->ns - t->usual_ns, 0) / (double)t->count;
    return true;
}

/* From its start to the next one's. */
static void level(struct paces *p, size_t i, const struct own *seen)
{
    const struct ana_facts *f = p->f;
    int64_t from_ns = f->levels[i].start_ns;
    int64_t to_ns = i + 1 < f->level_count ? f->levels[i + 1].start_ns : INT64_MAX;
    struct ana_pace own = {0};
    bool hidden = seen->sure_ns < OWN_REFERENCE * seen->all_ns;
    bool known = p->slower && by_reference(seen, p->few, &own);
    if (!known && p->turns && (p->slower || hidden))
        known = by_turns(&p->turns[i], p->slower ? 0 : TURNS_SLOWER, &own);
    if (!known && p->slower)
        own = mean_of(p, from_ns, f->levels[i].end_ns);
    put(p, own, from_ns);
    for (size_t k = 0; k < p->span_count && !known && p->slower; k++) {
        const struct span *x = &p->spans[k];
        if (x->to_ns > from_ns && x->from_ns < to_ns)
            put(p, x->pace.most > 0 ? x->pace : own, x->from_ns > from_ns ? x->from_ns : from_ns);
    }
}

/* Who was given a connection takes it as much later as everything is slower. Where connections are free most
 * of the time the doubts were unfounded. */
void ana_paces_doubt(struct ana_trace *t, const struct ana_pace *paces, size_t count, int64_t handoff_ns)
{
    int64_t t_ns = 0, run_ns = 0;
    size_t pace = 0, first = 0;
    for (size_t i = 0; i < t->count; i++) {
        while (pace < count && paces[pace].from_ns <= t_ns)
            pace++;
        t_ns += t->steps[i].dt_ns;
        if (t->steps[i].doubted && pace > 0 && paces[pace - 1].most > 0 && !paces[pace - 1].by_cpu)
            t->steps[i].reference = true;
        if (!t->steps[i].reference) {
            first = i + 1;
            run_ns = 0;
            continue;
        }
        run_ns += t->steps[i].dt_ns;
        bool over = i + 1 == t->count || !t->steps[i + 1].reference;
        if (!over || pace == 0 || !paces[pace - 1].by_cpu ||
            (double)run_ns > (double)handoff_ns * (paces[pace - 1].mid - 1))
            continue;
        for (size_t k = first; k <= i; k++)
            t->steps[k].reference = false;
    }
}

enum pp_status ana_paces_new(struct ana_pace **out, size_t *count_out, const struct ana_facts *f,
                             const struct ana_sweep *s, const struct ana_baselines *b)
{
    struct paces p = {.f = f, .s = s, .few = &b->few, .slower = b->slower};
    *out = NULL;
    *count_out = 0;
    bool loop = b->few_known && ana_host_thread_share(f) >= ONE_THREAD;
    if (!b->slower && !loop)
        return PP_OK;
    if (loop)
        p.turns = ana_turns_new(f, s, b->few_rest);
    bool ok = (!loop || p.turns) && spans_new(&p);
    struct own *owns = owns_new(&p);
    p.cap = 2 * f->level_count + p.span_count + 1;
    p.out = malloc(p.cap * sizeof *p.out);
    for (size_t i = 0; i < f->level_count && ok && owns && p.out; i++)
        level(&p, i, &owns[i]);
    ok = ok && owns && p.out;
    free(owns);
    free(p.spans);
    free(p.turns);
    *out = p.out;
    *count_out = p.count;
    return ok ? PP_OK : PP_NOMEM;
}

/* summary: intervals of what changed between two runs: block bootstrap over time, the same every time it is
 * made
 *
 * Each resample draws as many blocks of a level as it has, with replacement, in both runs independently; the
 * interval is what the middle 95 % of the differences vary by, around the difference that was measured. */
#include "diff_int.h"

#include "blocks.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SEED UINT64_C(0x9e3779b97f4a7c15)
#define BLOCKS_FEWEST 5
#define REQUESTS_FEWEST 20

enum stat {
    STAT_RATE,
    STAT_MEAN,
    STAT_P50,
    STAT_P95,
    STAT_P99,
    STAT_LINES,
    STAT_COUNT = STAT_LINES + ANA_LINE_COUNT
};

struct side {
    const struct ana_blocks *b;
    const struct ana_block_level *l;
    uint32_t *times; /* that each block was drawn */
};

/* splitmix64 (public domain): any state is good, so the seed may be a small number. */
static uint64_t next(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static void draw(struct side *s, uint64_t *state)
{
    memset(s->times, 0, s->l->count * sizeof *s->times);
    for (size_t i = 0; i < s->l->count; i++)
        s->times[next(state) % s->l->count]++;
}

/* Latencies come in order: one walk finds all three quantiles. */
static void quantiles(const struct side *s, double *out)
{
    static const double points[] = {0.50, 0.95, 0.99};
    uint64_t all = 0, seen = 0;
    size_t p = 0;
    for (size_t i = 0; i < s->l->requests; i++)
        all += s->times[s->b->requests[s->l->first_request + i].block];
    for (size_t i = 0; i < s->l->requests && p < 3; i++) {
        const struct ana_block_request *q = &s->b->requests[s->l->first_request + i];
        seen += s->times[q->block];
        while (p < 3 && seen > 0 && (double)seen >= points[p] * (double)all)
            out[STAT_P50 + p++] = (double)q->latency_ns / 1e6;
    }
}

static void statistics(const struct side *s, double out[STAT_COUNT])
{
    double arrived = 0, requests = 0, total = 0, lines[ANA_LINE_COUNT] = {0};
    for (size_t i = 0; i < s->l->count; i++) {
        const struct ana_block *x = &s->b->blocks[s->l->first + i];
        double w = s->times[i];
        arrived += w * (double)x->arrived;
        requests += w * (double)x->budget.requests;
        total += w * (double)x->budget.total_ns;
        for (int k = 0; k < ANA_LINE_COUNT; k++)
            lines[k] += w * (double)x->budget.ns[k];
    }
    memset(out, 0, STAT_COUNT * sizeof *out);
    double n = requests > 0 ? requests * 1e6 : 1;
    out[STAT_RATE] = arrived * 1e9 / ((double)s->l->count * (double)s->l->block_ns);
    out[STAT_MEAN] = total / n;
    for (int k = 0; k < ANA_LINE_COUNT; k++)
        out[STAT_LINES + k] = lines[k] / n;
    quantiles(s, out);
}

static int by_value(const void *pa, const void *pb)
{
    double a = *(const double *)pa, b = *(const double *)pb;
    return a < b ? -1 : a > b;
}

static struct ana_change change_of(double a, double b)
{
    return (struct ana_change){.a = a, .b = b, .low = b - a, .high = b - a};
}

/* The spread of `values` around `centre`, put around what was measured. */
static void set_interval(struct ana_change *c, double *values, double centre)
{
    qsort(values, ANA_RESAMPLES, sizeof *values, by_value);
    double by = c->b - c->a;
    c->low = by + values[ANA_RESAMPLES * 25 / 1000] - centre;
    c->high = by + values[ANA_RESAMPLES - 1 - ANA_RESAMPLES * 25 / 1000] - centre;
    c->low = fmin(c->low, by);
    c->high = fmax(c->high, by);
    c->known = true;
}

/* An estimated line is uncertain in each run, too. */
static void widen(struct ana_change *c, const struct ana_level *a, const struct ana_level *b, int line)
{
    double na = (double)a->budget.requests * 1e6, nb = (double)b->budget.requests * 1e6;
    if (!(na > 0) || !(nb > 0))
        return;
    c->low -= (double)(b->budget.ns[line] - b->budget.low_ns[line]) / nb +
              (double)(a->budget.high_ns[line] - a->budget.ns[line]) / na;
    c->high += (double)(b->budget.high_ns[line] - b->budget.ns[line]) / nb +
               (double)(a->budget.ns[line] - a->budget.low_ns[line]) / na;
}

static double quantile_ms(const struct ana_level *l, double q)
{
    return (double)hist_quantile(l->latency.hist, q) / 1e6;
}

static struct ana_change *target(struct ana_diff_level *x, int stat)
{
    switch (stat) {
    case STAT_RATE:
        return &x->throughput;
    case STAT_MEAN:
        return &x->mean_ms;
    case STAT_P50:
        return &x->p50_ms;
    case STAT_P95:
        return &x->p95_ms;
    case STAT_P99:
        return &x->p99_ms;
    default:
        return &x->lines[stat - STAT_LINES];
    }
}

static void measured(struct ana_diff_level *x)
{
    const struct ana_level *a = x->a, *b = x->b;
    x->throughput = change_of(a->throughput, b->throughput);
    x->mean_ms = change_of(hist_mean(a->latency.hist) / 1e6, hist_mean(b->latency.hist) / 1e6);
    x->p50_ms = change_of(quantile_ms(a, 0.50), quantile_ms(b, 0.50));
    x->p95_ms = change_of(quantile_ms(a, 0.95), quantile_ms(b, 0.95));
    x->p99_ms = change_of(quantile_ms(a, 0.99), quantile_ms(b, 0.99));
    for (int i = 0; i < ANA_LINE_COUNT; i++)
        x->lines[i] = change_of(ana_line_ms(a, (enum ana_line)i), ana_line_ms(b, (enum ana_line)i));
}

static bool side_init(struct side *s, const struct ana_report *r, const struct ana_level *l)
{
    *s = (struct side){.b = r->blocks};
    if (!s->b)
        return true;
    s->l = &s->b->levels[l - r->levels];
    s->times = calloc(s->l->count + 1, sizeof *s->times);
    return s->times != NULL;
}

static bool enough(const struct side *s)
{
    return s->b && s->l->count >= BLOCKS_FEWEST && s->l->requests >= REQUESTS_FEWEST;
}

static bool resample(struct ana_diff_level *x, struct side *a, struct side *b)
{
    double *values = malloc(STAT_COUNT * ANA_RESAMPLES * sizeof *values);
    double sa[STAT_COUNT], sb[STAT_COUNT], centre[STAT_COUNT];
    uint64_t state = SEED ^ x->users;
    if (!values)
        return false;
    for (size_t i = 0; i < a->l->count; i++)
        a->times[i] = 1;
    for (size_t i = 0; i < b->l->count; i++)
        b->times[i] = 1;
    statistics(a, sa);
    statistics(b, sb);
    for (int k = 0; k < STAT_COUNT; k++)
        centre[k] = sb[k] - sa[k];
    for (size_t i = 0; i < ANA_RESAMPLES; i++) {
        draw(a, &state);
        draw(b, &state);
        statistics(a, sa);
        statistics(b, sb);
        for (int k = 0; k < STAT_COUNT; k++)
            values[(size_t)k * ANA_RESAMPLES + i] = sb[k] - sa[k];
    }
    bool lines = x->a->budget.identified && x->b->budget.identified;
    for (int k = 0; k < (lines ? STAT_COUNT : STAT_LINES); k++) {
        set_interval(target(x, k), values + (size_t)k * ANA_RESAMPLES, centre[k]);
        if (k >= STAT_LINES)
            widen(target(x, k), x->a, x->b, k - STAT_LINES);
    }
    free(values);
    return true;
}

enum pp_status ana_diff_bootstrap(struct ana_diff *d)
{
    bool ok = true;
    for (size_t i = 0; i < d->level_count && ok; i++) {
        struct ana_diff_level *x = &d->levels[i];
        struct side a = {0}, b = {0};
        if (!x->a || !x->b)
            continue;
        measured(x);
        ok = side_init(&a, d->a, x->a) && side_init(&b, d->b, x->b);
        if (ok && enough(&a) && enough(&b)) {
            x->blocks_a = (uint32_t)a.l->count;
            x->blocks_b = (uint32_t)b.l->count;
            x->block_ms = (double)a.l->block_ns / 1e6;
            ok = resample(x, &a, &b);
        }
        free(a.times);
        free(b.times);
    }
    return ok ? PP_OK : PP_NOMEM;
}

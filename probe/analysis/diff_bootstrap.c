/* summary: intervals of what changed between two runs: block bootstrap over time, the same every time it is
 * made
 *
 * Each resample draws as many blocks of a level as it has, with replacement, in both runs independently; the
 * interval is what the middle 95 % of the differences vary by, around the difference that was measured. */
#include "diff_int.h"

#include "blocks.h"
#include "diff_window.h"

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
    STAT_LINES, /* of the mean, then of each percentile */
    STAT_RATE_LINES = STAT_LINES + (1 + ANA_DIFF_PERCENTILES) * ANA_LINE_COUNT,
    STAT_COUNT = STAT_RATE_LINES + ANA_RATE_PARTS
};

struct side {
    const struct ana_blocks *b;
    const struct ana_block_level *l;
    uint32_t *times; /* that each block was drawn */
    const struct ana_request_budget *budgets;
};

static void draw(struct side *s, uint64_t *state)
{
    memset(s->times, 0, s->l->count * sizeof *s->times);
    for (size_t i = 0; i < s->l->count; i++)
        s->times[ana_random_next(state) % s->l->count]++;
}

/* The percentiles and their lines. */
static void windows(const struct side *s, double *out)
{
    struct ana_rank_window w[ANA_DIFF_PERCENTILES];
    ana_windows_of(w, &(struct ana_drawn){.requests = s->b->requests + s->l->first_request,
                                          .count = s->l->requests,
                                          .times = s->times,
                                          .budgets = s->budgets});
    for (int p = 0; p < ANA_DIFF_PERCENTILES; p++) {
        out[STAT_P50 + p] = w[p].ms;
        for (int k = 0; k < ANA_LINE_COUNT; k++)
            out[STAT_LINES + (1 + p) * ANA_LINE_COUNT + k] = w[p].lines[k];
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
    windows(s, out);
}

/* Users who send the next request after the answer make users / (latency + pause) requests a second: the
 * change of the rate is -rate_a * rate_b / users times the change of that sum, line by line. */
static void rate_parts(double out[ANA_RATE_PARTS], const double *sa, const double *sb, double users)
{
    double factor = -sa[STAT_RATE] * sb[STAT_RATE] / users, left = sb[STAT_RATE] - sa[STAT_RATE];
    for (int i = 0; i < ANA_LINE_COUNT; i++) {
        out[i] = factor * (sb[STAT_LINES + i] - sa[STAT_LINES + i]) / 1e3;
        left -= out[i];
    }
    out[ANA_LINE_COUNT] = left;
}

static void differences(double out[STAT_COUNT], const double *sa, const double *sb, uint32_t users)
{
    for (int k = 0; k < STAT_RATE_LINES; k++)
        out[k] = sb[k] - sa[k];
    memset(out + STAT_RATE_LINES, 0, ANA_RATE_PARTS * sizeof *out);
    if (users > 0)
        rate_parts(out + STAT_RATE_LINES, sa, sb, users);
}

/* An estimated line is uncertain in each run, too. */
static void widen(struct ana_change *c, const struct ana_budget *a, const struct ana_budget *b, int line)
{
    double na = (double)a->requests * 1e6, nb = (double)b->requests * 1e6;
    if (!(na > 0) || !(nb > 0))
        return;
    double less =
        (double)(b->ns[line] - b->low_ns[line]) / nb + (double)(a->high_ns[line] - a->ns[line]) / na;
    double more =
        (double)(b->high_ns[line] - b->ns[line]) / nb + (double)(a->ns[line] - a->low_ns[line]) / na;
    c->low -= less;
    c->high += more;
    c->detectable += fmax(less, more);
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
        break;
    }
    if (stat >= STAT_RATE_LINES)
        return &x->rate_parts[stat - STAT_RATE_LINES];
    int of = (stat - STAT_LINES) / ANA_LINE_COUNT, line = (stat - STAT_LINES) % ANA_LINE_COUNT;
    return of == 0 ? &x->lines[line] : &x->percentiles[of - 1].lines[line];
}

static void measured(struct ana_diff_level *x)
{
    const struct ana_level *a = x->a, *b = x->b;
    x->throughput = ana_change_of(a->throughput, b->throughput);
    x->mean_ms = ana_change_of(hist_mean(a->latency.hist) / 1e6, hist_mean(b->latency.hist) / 1e6);
    x->p50_ms = ana_change_of(quantile_ms(a, 0.50), quantile_ms(b, 0.50));
    x->p95_ms = ana_change_of(quantile_ms(a, 0.95), quantile_ms(b, 0.95));
    x->p99_ms = ana_change_of(quantile_ms(a, 0.99), quantile_ms(b, 0.99));
    for (int i = 0; i < ANA_LINE_COUNT; i++)
        x->lines[i] = ana_change_of(ana_line_ms(a, (enum ana_line)i), ana_line_ms(b, (enum ana_line)i));
    x->rate_known = x->users > 0 && a->budget.identified && b->budget.identified;
    if (!x->rate_known)
        return;
    double sa[STAT_COUNT] = {a->throughput}, sb[STAT_COUNT] = {b->throughput}, parts[ANA_RATE_PARTS];
    for (int i = 0; i < ANA_LINE_COUNT; i++) {
        sa[STAT_LINES + i] = x->lines[i].a;
        sb[STAT_LINES + i] = x->lines[i].b;
    }
    rate_parts(parts, sa, sb, x->users);
    for (int i = 0; i < ANA_RATE_PARTS; i++)
        x->rate_parts[i] = ana_change_of(0, parts[i]);
}

static bool side_init(struct side *s, const struct ana_report *r, const struct ana_level *l)
{
    *s = (struct side){.b = r->blocks};
    if (!s->b)
        return true;
    s->l = &s->b->levels[l - r->levels];
    s->budgets = r->details && l->joined.identified ? r->details->budgets : NULL;
    s->times = calloc(s->l->count + 1, sizeof *s->times);
    return s->times != NULL;
}

static bool enough(const struct side *s)
{
    return s->b && s->l->count >= BLOCKS_FEWEST && s->l->requests >= REQUESTS_FEWEST;
}

/* The lines of the mean are known where the levels' budgets are, those of a percentile with its own. */
static void set_intervals(struct ana_diff_level *x, double *values, const double *centre)
{
    bool mean = x->a->budget.identified && x->b->budget.identified;
    for (int k = 0; k < STAT_COUNT; k++) {
        bool rate = k >= STAT_RATE_LINES;
        int of = k < STAT_LINES || rate ? -1 : (k - STAT_LINES) / ANA_LINE_COUNT,
            line = (k - STAT_LINES) % ANA_LINE_COUNT;
        const struct ana_diff_percentile *p = of > 0 ? &x->percentiles[of - 1] : NULL;
        if ((of == 0 && !mean) || (p && !p->known) || (rate && !x->rate_known))
            continue;
        ana_change_interval(target(x, k), values + (size_t)k * ANA_RESAMPLES, centre[k]);
        if (of >= 0)
            widen(target(x, k), p ? &p->a : &x->a->budget, p ? &p->b : &x->b->budget, line);
    }
}

static bool resample(struct ana_diff_level *x, struct side *a, struct side *b)
{
    double *values = malloc(STAT_COUNT * ANA_RESAMPLES * sizeof *values);
    double sa[STAT_COUNT], sb[STAT_COUNT], centre[STAT_COUNT], by[STAT_COUNT];
    uint64_t state = SEED ^ x->users;
    if (!values)
        return false;
    for (size_t i = 0; i < a->l->count; i++)
        a->times[i] = 1;
    for (size_t i = 0; i < b->l->count; i++)
        b->times[i] = 1;
    statistics(a, sa);
    statistics(b, sb);
    differences(centre, sa, sb, x->users);
    for (size_t i = 0; i < ANA_RESAMPLES; i++) {
        draw(a, &state);
        draw(b, &state);
        statistics(a, sa);
        statistics(b, sb);
        differences(by, sa, sb, x->users);
        for (int k = 0; k < STAT_COUNT; k++)
            values[(size_t)k * ANA_RESAMPLES + i] = by[k];
    }
    set_intervals(x, values, centre);
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
        ok = ana_windows_measure(x, d) == PP_OK && side_init(&a, d->a, x->a) && side_init(&b, d->b, x->b);
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

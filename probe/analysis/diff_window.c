/* summary: what a percentile of the latency is made of: the mean budget of the requests whose ranks lie
 * around it, scaled to it
 *
 * That mean is the contribution of each line to the percentile: were a line stretched by a little, the
 * percentile would move by that much of it (Euler's allocation; D. Tasche, "Risk contributions and
 * performance measurement", 1999). Contributions add up to the percentile, and their differences to its
 * change. */
#include "diff_window.h"

#include "diff_int.h"

#include <math.h>
#include <stdlib.h>

#define HALF_WIDTH 0.05   /* of the ranks, on either side, */
#define TAIL_SHARE 0.5    /* but not more than this part of what lies beyond the percentile, */
#define REQUESTS_FEWEST 5 /* nor fewer requests on either side */

const double ana_percentiles[ANA_DIFF_PERCENTILES] = {0.50, 0.95, 0.99};

/* Ranks from..to around a percentile of n. */
static void bounds_of(double q, double n, double *from, double *to)
{
    double half = fmax(fmin(HALF_WIDTH, TAIL_SHARE * (1 - q)) * n, REQUESTS_FEWEST);
    *from = fmax(q * n - half, 0);
    *to = fmin(q * n + half, n);
}

static double drawn_count(const struct ana_drawn *s)
{
    double n = 0;
    for (size_t i = 0; i < s->count; i++)
        n += s->times[s->requests[i].block];
    return n;
}

static void scale(struct ana_rank_window *w)
{
    double sum = 0;
    for (int i = 0; i < ANA_LINE_COUNT; i++)
        sum += w->lines[i];
    for (int i = 0; i < ANA_LINE_COUNT && sum > 0; i++)
        w->lines[i] *= w->ms / sum;
}

void ana_windows_of(struct ana_rank_window out[ANA_DIFF_PERCENTILES], const struct ana_drawn *s)
{
    double n = drawn_count(s), seen = 0, from[ANA_DIFF_PERCENTILES], to[ANA_DIFF_PERCENTILES];
    bool found[ANA_DIFF_PERCENTILES] = {false};
    for (int p = 0; p < ANA_DIFF_PERCENTILES; p++) {
        out[p] = (struct ana_rank_window){.ms = 0};
        bounds_of(ana_percentiles[p], n, &from[p], &to[p]);
    }
    for (size_t i = 0; i < s->count && seen < n; i++) {
        const struct ana_block_request *q = &s->requests[i];
        double before = seen;
        seen += s->times[q->block];
        for (int p = 0; p < ANA_DIFF_PERCENTILES && seen > before; p++) {
            if (!found[p] && seen >= ana_percentiles[p] * n) {
                found[p] = true;
                out[p].ms = (double)q->latency_ns / 1e6;
            }
            double weight = fmin(seen, to[p]) - fmax(before, from[p]);
            for (int k = 0; k < ANA_LINE_COUNT && weight > 0 && s->budgets; k++)
                out[p].lines[k] += weight * (double)s->budgets[q->request].ns[k];
        }
    }
    for (int p = 0; p < ANA_DIFF_PERCENTILES; p++)
        scale(&out[p]);
}

static int64_t part(int64_t ns, double factor)
{
    return llround((double)ns * factor);
}

/* Of many requests into that of one with this latency; what rounding leaves goes to the largest line. */
static void scale_budget(struct ana_budget *b, int64_t latency_ns)
{
    int64_t left = latency_ns;
    int largest = 0;
    double factor = b->total_ns > 0 ? (double)latency_ns / (double)b->total_ns : 0;
    if (b->total_ns <= 0)
        b->ns[ANA_UNATTRIBUTED] = 0;
    for (int i = 0; i < ANA_LINE_COUNT; i++) {
        int64_t ns = part(b->ns[i], factor);
        b->low_ns[i] = ns - part(b->ns[i] - b->low_ns[i], factor);
        b->high_ns[i] = ns + part(b->high_ns[i] - b->ns[i], factor);
        b->ns[i] = ns;
        left -= ns;
        largest = b->ns[i] > b->ns[largest] ? i : largest;
    }
    largest = factor > 0 ? largest : (int)ANA_UNATTRIBUTED;
    b->ns[largest] += left;
    b->low_ns[largest] += left;
    b->high_ns[largest] += left;
    b->requests = 1;
    b->total_ns = latency_ns;
}

static enum pp_status measure(struct ana_budget *out, uint64_t *window, const struct ana_report *r,
                              const struct ana_level *level, double q)
{
    const struct ana_block_level *l = &r->blocks->levels[level - r->levels];
    const struct ana_block_request *list = r->blocks->requests + l->first_request;
    double from = 0, to = 0;
    bounds_of(q, (double)l->requests, &from, &to);
    size_t first = (size_t)floor(from), last = (size_t)ceil(to);
    uint32_t *at = malloc((last - first + 1) * sizeof *at);
    if (!at)
        return PP_NOMEM;
    for (size_t i = first; i < last; i++)
        at[i - first] = list[i].request;
    ana_requests_sum(out, r->details, at, last - first, NULL);
    free(at);
    *window = last - first;
    scale_budget(out, hist_quantile(level->latency.hist, q));
    return PP_OK;
}

static bool has_budgets(const struct ana_report *r, const struct ana_level *l)
{
    return r->blocks && r->details && l->joined.identified && r->blocks->levels[l - r->levels].requests > 0;
}

enum pp_status ana_windows_measure(struct ana_diff_level *x, const struct ana_diff *d)
{
    bool known = has_budgets(d->a, x->a) && has_budgets(d->b, x->b);
    enum pp_status st = PP_OK;
    for (int p = 0; p < ANA_DIFF_PERCENTILES && st == PP_OK; p++) {
        struct ana_diff_percentile *w = &x->percentiles[p];
        w->q = ana_percentiles[p];
        w->known = known;
        if (!known)
            continue;
        st = measure(&w->a, &w->window_a, d->a, x->a, w->q);
        if (st == PP_OK)
            st = measure(&w->b, &w->window_b, d->b, x->b, w->q);
        for (int i = 0; i < ANA_LINE_COUNT && st == PP_OK; i++)
            w->lines[i] = ana_change_of((double)w->a.ns[i] / 1e6, (double)w->b.ns[i] / 1e6);
    }
    return st;
}

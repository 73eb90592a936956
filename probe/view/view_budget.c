/* summary: budgets in ms a request, rounded so that the shown figures add up */
#include "view_fmt.h"

#include "base/clock.h"

#include <math.h>

double view_budget_ms(const struct ana_budget *b, int64_t ns)
{
    return b->requests ? (double)ns / (double)b->requests / (double)NS_PER_MS : 0;
}

double view_budget_mean_ns(const struct ana_budget *b)
{
    return b->requests ? (double)b->total_ns / (double)b->requests : 0;
}

bool view_line_estimated(const struct ana_budget *b, int line)
{
    return b->low_ns[line] != b->ns[line] || b->high_ns[line] != b->ns[line];
}

bool view_budget_is_mean(const struct ana_budget *b, const struct ana_latency *l)
{
    return fabs(view_budget_mean_ns(b) - view_lat_mean_ns(l)) < 1.0;
}

/* Takes values whose sum is `whole` and rounds them to integers that add up to round(whole). */
static int64_t largest_remainder(const double v[ANA_LINE_COUNT], double whole, int64_t out[ANA_LINE_COUNT])
{
    double rest[ANA_LINE_COUNT];
    int64_t sum = (int64_t)llround(whole), left = sum;
    for (int i = 0; i < ANA_LINE_COUNT; i++) {
        double floor_v = floor(v[i]);
        out[i] = (int64_t)floor_v;
        rest[i] = v[i] - floor_v;
        left -= out[i];
    }
    /* the sum of ANA_LINE_COUNT remainders is below ANA_LINE_COUNT, so one round of at most that many is
     * enough */
    for (int given = 0; left > 0 && given < ANA_LINE_COUNT; given++, left--) {
        int best = 0;
        for (int i = 1; i < ANA_LINE_COUNT; i++)
            if (rest[i] > rest[best])
                best = i;
        out[best]++;
        rest[best] = -1;
    }
    return sum;
}

void view_round_budget(const struct ana_budget *b, int decimals, int64_t units[ANA_LINE_COUNT], int64_t *sum)
{
    double v[ANA_LINE_COUNT], scale = pow(10, decimals);
    for (int i = 0; i < ANA_LINE_COUNT; i++)
        v[i] = view_budget_ms(b, b->ns[i]) * scale;
    *sum = largest_remainder(v, view_budget_ms(b, b->total_ns) * scale, units);
}

void view_round_shares(const struct ana_budget *b, int64_t tenths[ANA_LINE_COUNT])
{
    double v[ANA_LINE_COUNT];
    for (int i = 0; i < ANA_LINE_COUNT; i++)
        v[i] = b->total_ns > 0 ? (double)b->ns[i] / (double)b->total_ns * 1000.0 : 0;
    (void)largest_remainder(v, b->total_ns > 0 ? 1000.0 : 0, tenths);
}

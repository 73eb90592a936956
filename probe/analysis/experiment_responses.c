/* summary: what an experiment measures at each step of the load: throughput, latencies, errors, the budget's
 * lines */
#include "analysis.h"
#include "experiment_int.h"

#include "base/clock.h"
#include "base/obj.h"

#include <math.h>
#include <string.h>

static const struct ana_exp_response measured[] = {
    {"throughput", "throughput", "requests/s"},
    {"mean_ms", "mean latency", "ms"},
    {"p50_ms", "median latency", "ms"},
    {"p95_ms", "95th percentile", "ms"},
    {"p99_ms", "99th percentile", "ms"},
    {"errors_percent", "requests that failed", "%"},
    {"acquire_ms", "waiting for a connection", "ms"},
};

enum { THROUGHPUT, MEAN, P50, P95, P99, ERRORS, ACQUIRE, MEASURED_COUNT };
_Static_assert(MEASURED_COUNT == sizeof measured / sizeof measured[0], "a name for each");

static const struct ana_exp_response lines[ANA_LINE_COUNT] = {
#define ANA_LINE(NAME, key, title, about) {key "_ms", title, "ms"},
#include "ana_line.def"
#undef ANA_LINE
};

size_t ana_exp_response_count(void)
{
    return (size_t)MEASURED_COUNT + (size_t)ANA_LINE_COUNT;
}

const struct ana_exp_response *ana_exp_response(size_t index)
{
    OBJ_ASSERT(index < ana_exp_response_count());
    return index < MEASURED_COUNT ? &measured[index] : &lines[index - MEASURED_COUNT];
}

size_t ana_exp_response_find(const char *key)
{
    size_t i = 0;
    while (i < ana_exp_response_count() && strcmp(ana_exp_response(i)->key, key) != 0)
        i++;
    return i;
}

static double budget_ms(const struct ana_budget *b, enum ana_line first, enum ana_line last)
{
    if (!b->identified || b->requests == 0)
        return NAN;
    double ns = 0;
    for (int i = (int)first; i <= (int)last; i++)
        ns += (double)b->ns[i];
    return ns / (double)b->requests / (double)NS_PER_MS;
}

double ana_exp_value(size_t response, const struct ana_level *l)
{
    static const double quantiles[] = {[P50] = 0.50, [P95] = 0.95, [P99] = 0.99};
    bool any = l->latency.hist && hist_count(l->latency.hist) > 0;
    switch (response) {
    case THROUGHPUT:
        return l->throughput;
    case MEAN:
        return any ? hist_mean(l->latency.hist) / (double)NS_PER_MS : NAN;
    case P50:
    case P95:
    case P99:
        return any ? (double)hist_quantile(l->latency.hist, quantiles[response]) / (double)NS_PER_MS : NAN;
    case ERRORS:
        return l->requests > 0 ? 100.0 * (double)l->errors / (double)l->requests : NAN;
    case ACQUIRE:
        return budget_ms(&l->budget, ANA_ACQUIRE_EXHAUSTED, ANA_ACQUIRE_LOST_WAKEUP);
    default: {
        enum ana_line line = (enum ana_line)(response - MEASURED_COUNT);
        return budget_ms(&l->budget, line, line);
    }
    }
}

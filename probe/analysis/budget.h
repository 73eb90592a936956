/* summary: private: from the sweep's integrals and the baseline to the lines of a latency budget */
#ifndef ANA_BUDGET_H
#define ANA_BUDGET_H

#include "analysis.h"
#include "sweep.h"

struct ana_budget_rules {
    const char *why_not; /* not NULL: nothing can be said of any budget */
};

/* Bound of the mean stretch of application time from the levels themselves: where requests were without a
 * connection for so long a stretch. INFINITY when there is none. */
double ana_budget_longest(const struct ana_sweep *s, size_t level_count);
/* Fills `out`: lines that add up to f->total_ns exactly, with their bounds. */
void ana_budget_make(struct ana_budget *out, const struct ana_flow *f, const struct ana_budget_rules *rules);
/* A budget that says nothing: everything unattributed. */
void ana_budget_unknown(struct ana_budget *out, uint64_t requests, int64_t total_ns, const char *why_not);

#endif

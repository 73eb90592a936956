/* summary: private: which share of the requests without a connection waits for one, step by step of a trace
 */
#ifndef ANA_WAIT_H
#define ANA_WAIT_H

#include "baseline.h"

struct ana_pace;

/* Requests waiting in each step, on average over it: by the baseline, and with its means at their lower and
 * upper 95 % bound (longer application time means less waiting). Below 0 in a single step where the
 * expectation lags. */
struct ana_wait {
    float low, mid, high;
};

/* How long the application works: as a baseline says, at the pace of each part of the run (of ana_paces_new).
 */
struct ana_wait_rules {
    const struct ana_baselines *baselines;
    double longest_ns; /* bounds the mean stretch where the baseline knows nothing */
    const struct ana_pace *paces;
    size_t pace_count;
};

/* One entry a step; free() it. */
PP_MUST_CHECK enum pp_status ana_wait_new(struct ana_wait **out, const struct ana_trace *t,
                                          const struct ana_wait_rules *rules);

#endif

/* summary: private: percentiles of a level's latency, and the mean budget of the requests around each
 */
#ifndef ANA_DIFF_WINDOW_H
#define ANA_DIFF_WINDOW_H

#include "blocks.h"
#include "details.h"

extern const double ana_percentiles[ANA_DIFF_PERCENTILES]; /* 0.50, 0.95, 0.99 */

/* Requests of a level by latency, each counted as often as its block was drawn. */
struct ana_drawn {
    const struct ana_block_request *requests;
    size_t count;
    const uint32_t *times;                    /* by block */
    const struct ana_request_budget *budgets; /* by request of the facts; NULL: no lines are wanted */
};

struct ana_rank_window {
    double ms;                    /* the percentile, nearest rank; 0: nothing was drawn */
    double lines[ANA_LINE_COUNT]; /* ms; add up to it */
};
void ana_windows_of(struct ana_rank_window out[ANA_DIFF_PERCENTILES], const struct ana_drawn *s);

/* Budgets of the percentiles of both runs' level; x->percentiles[].known tells whether there are any.
 * PP_NOMEM. */
PP_MUST_CHECK enum pp_status ana_windows_measure(struct ana_diff_level *x, const struct ana_diff *d);

#endif

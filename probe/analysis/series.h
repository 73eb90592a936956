/* summary: private: the series over time while the sweep fills it, and round lengths for stretches of time */
#ifndef ANA_SERIES_PRIV_H
#define ANA_SERIES_PRIV_H

#include "ana_series.h"
#include "base/status.h"

#include <stdbool.h>

/* What was the case from start_ns to end_ns. */
struct ana_moment {
    int64_t start_ns, end_ns;
    int open, busy, dialling, in_flight;
    bool saturated;
};

/* The shortest of 1, 2, 5, 10, … ms with which `span_ns` needs at most `most` stretches. */
int64_t ana_round_bucket(int64_t span_ns, size_t most);
/* Index of the stretch of t_ns, the last one for its end; `count` > 0. */
size_t ana_bucket_at(int64_t t_ns, int64_t start_ns, int64_t bucket_ns, size_t count);

/* Makes room for start_ns to end_ns; nothing when there is no time between them. */
PP_MUST_CHECK enum pp_status ana_series_init(struct ana_series *s, int64_t start_ns, int64_t end_ns);
void ana_series_add(struct ana_series *s, const struct ana_moment *m);
void ana_series_fini(struct ana_series *s);

#endif

/* summary: private to loadgen: --fail-if: a figure of a level that must not be above or below a limit */
#ifndef LG_THRESHOLD_H
#define LG_THRESHOLD_H

#include "base/status.h"

#include <stddef.h>

struct lg_result;

enum lg_metric {
    LG_P50,
    LG_P95,
    LG_P99,
    LG_P999,
    LG_MEAN,
    LG_MAX,
    LG_ERROR_RATE, /* percent */
    LG_THROUGHPUT, /* successful requests a second */
};

struct lg_threshold {
    const char *text; /* as given, borrowed */
    enum lg_metric metric;
    bool corrected; /* of the latencies from the intended time on */
    bool above;     /* '>' fails, else '<' */
    bool equal;     /* so does the limit itself */
    double limit;   /* ns, percent or requests a second */
};

/* "p99>500ms", "corrected.max>=2s", "error_rate>1%", "throughput<100". PP_INVALID with err. */
PP_MUST_CHECK enum pp_status lg_threshold_parse(struct lg_threshold *t, const char *text, struct pp_err *err);

/* True when the level breaks it; a latency without any successful request does. `why` (size n) says it in one
 * line. */
bool lg_threshold_breaks(const struct lg_threshold *t, const struct lg_result *r, char *why, size_t n);

#endif

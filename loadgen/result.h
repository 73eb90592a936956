/* summary: private to loadgen: figures of one level, and their JSON object */
#ifndef LG_RESULT_H
#define LG_RESULT_H

#include "config.h"
#include "stats.h"
#include "watch.h"

#include <cjson/cJSON.h>

struct lg_result {
    size_t index;
    size_t users;
    int64_t start_ns; /* CLOCK_REALTIME; the measured time is [start, end) */
    int64_t end_ns;
    bool interrupted; /* stopped before its planned end */
    int64_t think_mean_ns;
    /* Sent in the measured time, abandoned when the run was stopped; in no other figure. */
    uint64_t unfinished;
    bool all_refused; /* every request, also of the warm-up, was refused */
    struct lg_stats *stats;
    struct lg_watch watch;
};

/* The level's object of results.json; NULL when memory is out. */
cJSON *lg_result_json(const struct lg_result *r, const struct lg_config *c);
void lg_result_fini(struct lg_result *r);

/* True when this program was so busy that its users sent late, by more than a tenth of the time from one
 * request of a user to the next: the level then shows its own limit, not the target's. */
bool lg_result_is_late(const struct lg_result *r);

/* Successful requests a second of measured time. */
double lg_result_throughput(const struct lg_result *r);

/* "12 timeout, 3 status 500"; "" without errors. Returns dst. */
const char *lg_errors_text(char *dst, size_t n, const struct lg_figures *f);

#endif

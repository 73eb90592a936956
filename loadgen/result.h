/* summary: private to loadgen: figures of one level, and their JSON object, both ways */
#ifndef LG_RESULT_H
#define LG_RESULT_H

#include "base/buf.h"
#include "config.h"
#include "stats.h"
#include "watch.h"

#include <cjson/cJSON.h>

struct lg_result {
    size_t index;
    size_t users;        /* 0 with open load */
    int64_t rate;        /* requests a second, 0 with closed load */
    int64_t connections; /* open load: at most so many */
    size_t machines;     /* that were added up, 0 or 1: this one */
    int64_t start_ns;    /* CLOCK_REALTIME; the measured time is [start, end) */
    int64_t end_ns;
    bool interrupted; /* stopped before its planned end */
    int64_t think_mean_ns;
    int64_t lookup_ns; /* of the target's name, once before the load */
    /* Sent in the measured time, abandoned when the run was stopped; in no other figure. */
    uint64_t unfinished;
    /* Open load: due in the measured time, but no connection was free until its end; in no other figure. */
    uint64_t unsent;
    bool all_refused;     /* every request, also of the warm-up, was refused */
    bool too_many_errors; /* --stop-on-errors ended it */
    struct lg_stats *stats;
    struct lg_watch watch;
};

/* The level's object of results.json; NULL when memory is out. */
cJSON *lg_result_json(const struct lg_result *r, const struct lg_config *c);
void lg_result_fini(struct lg_result *r);

/* Reads such an object. The endpoints' methods and paths go to `c`, or must be those already there.
 * PP_INVALID with err, PP_NOMEM. */
PP_MUST_CHECK enum pp_status lg_result_read(struct lg_result *r, struct lg_config *c, const cJSON *o,
                                            struct pp_err *err);

/* True when this program was so busy that it sent late: closed load by more than a tenth of the time from one
 * request of a user to the next, open load more than one request in a hundred by more than 1 ms though a
 * connection was free. The level then shows its own limit, not the target's. */
bool lg_result_is_late(const struct lg_result *r);

/* "level 2 (20 users)", "level 2 (500 requests a second)"; returns dst. */
const char *lg_result_name(char *dst, size_t n, const struct lg_result *r);

double lg_result_seconds(const struct lg_result *r);
/* Successful requests a second of measured time. */
double lg_result_throughput(const struct lg_result *r);

/* "12 timeout, 3 status 500"; "" without errors. Returns dst. */
const char *lg_errors_text(char *dst, size_t n, const struct lg_figures *f);

/* ---- parts of the JSON, shared by writing and reading ---- */

/* cJSON keeps numbers as doubles, too short for nanoseconds since 1970 and for sums; these write all digits.
 */
void lg_json_add_int64(cJSON *o, const char *name, int64_t v);
/* With count, exact sum (whole seconds and the rest), minimum, maximum and all buckets: enough to add
 * histograms up. */
void lg_json_add_hist(cJSON *o, const char *name, const struct hist *h);
/* A histogram equal to the one that was written: the same buckets, count, sum, minimum and maximum.
 * PP_INVALID. */
PP_MUST_CHECK enum pp_status lg_json_read_hist(const cJSON *o, struct hist *h);
/* Appends the text of a sample as valid UTF-8 without control characters. */
PP_MUST_CHECK enum pp_status lg_sample_text(struct buf *b, const struct lg_sample *s);

#endif

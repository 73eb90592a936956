/* summary: the truth log: one JSON object a line for the configuration, each dial, each close and each
 * request */
#ifndef TARGET_TRUTH_H
#define TARGET_TRUTH_H

#include "base/buf.h"
#include "base/status.h"
#include "trace.h"

#include <stdbool.h>
#include <stdint.h>

struct truth;

struct truth_config {
    size_t pool_min;
    size_t pool_max;
    const char *reuse;
    const char *dial;
    const char *mysql_version;
    const char *listen;
    unsigned port;
    bool prepared;
    int64_t cpu_work_us;
    int64_t pool_timeout_ns;
    const char *mode;
    int64_t recycle_ns;
    int64_t idle_timeout_ns;
    unsigned lose_wakeup_percent;
    int64_t wakeup_timer_ns;
    const char *traceparent; /* comment, attribute, NULL: not sent on */
    unsigned fan_out;
};

struct truth_dial {
    int64_t start_ns;
    int64_t end_ns;
    uint64_t thread_id; /* 0 when it failed */
    unsigned error_number;
    const char *purpose; /* "pool" or "setup" */
};

struct truth_close_line {
    int64_t at_ns;
    uint64_t thread_id;
    const char *why; /* pool_close_name() */
};

/* Creates or empties the file. PP_IO, PP_DENIED with one line in err. */
PP_MUST_CHECK enum pp_status truth_open(const char *path, struct truth **tp, struct pp_err *err);
/* Each adds one line by one write; a NULL log takes nothing. A failure is kept for truth_close. */
void truth_add_config(struct truth *t, const struct truth_config *config);
void truth_add_dial(struct truth *t, const struct truth_dial *dial);
void truth_add_close(struct truth *t, const struct truth_close_line *line);
void truth_add_request(struct truth *t, const struct trace *trace);
/* Closes and frees. PP_IO when any line was lost. */
PP_MUST_CHECK enum pp_status truth_close(struct truth **tp, struct pp_err *err);

/* The line of a request, with its line end. PP_NOMEM, PP_LIMIT. */
PP_MUST_CHECK enum pp_status truth_format_request(struct buf *b, const struct trace *trace);

#endif

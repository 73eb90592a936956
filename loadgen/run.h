/* summary: private to loadgen: runs the levels one after the other */
#ifndef LG_RUN_H
#define LG_RUN_H

#include "live.h"
#include "report.h"
#include "stop.h"

#include <stdio.h>

/* What a level needs around it. */
struct lg_run {
    const struct lg_config *config;
    struct lg_stop *stop;
    struct lg_live_line live;
    FILE *request_log; /* NULL for none */
};

/* One level, from its first user to its last answer. PP_OK with *out filled (also when it was stopped within
 * its measured time); PP_END when it was stopped before that; PP_NOMEM, PP_IO with err. */
PP_MUST_CHECK enum pp_status lg_run_level(struct lg_run *run, size_t index, struct lg_result *out,
                                          struct pp_err *err);

/* All levels; each goes into the report. Returns the exit status; what went wrong was said. */
int lg_run_all(const struct lg_config *c, struct lg_report *rep, struct lg_stop *stop);

#endif

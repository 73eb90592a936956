/* summary: private to loadgen: results.json after each level, the run file, the table at the end */
#ifndef LG_REPORT_H
#define LG_REPORT_H

#include "result.h"

struct lg_report;

/* Checks that the results can be written and that the run file is there. PP_IO, PP_NOENT, PP_NOMEM with err.
 */
PP_MUST_CHECK enum pp_status lg_report_new(struct lg_report **out, const struct lg_config *c,
                                           struct pp_err *err);
/* Adds a level and writes the files anew (a temporary file, then rename). PP_IO, PP_NOMEM with err. What goes
 * wrong with the run file is a warning and makes lg_report_run_failed true. Each threshold that the level
 * breaks is a line on stderr. */
PP_MUST_CHECK enum pp_status lg_report_add(struct lg_report *rep, const struct lg_result *r,
                                           struct pp_err *err);
/* How many were added. */
size_t lg_report_levels(const struct lg_report *rep);
bool lg_report_run_failed(const struct lg_report *rep);
/* Whether a level broke a threshold of --fail-if. */
bool lg_report_broken(const struct lg_report *rep);
/* One line a level on stdout. */
void lg_report_print(const struct lg_report *rep);
void lg_report_free(struct lg_report **rp);

#endif

/* summary: private to loadgen: --request-log: a line for each request of the measured time */
#ifndef LG_REQLOG_H
#define LG_REQLOG_H

#include "level.h"
#include "user.h"

/* Opens the file and writes the line of column names. PP_IO with err. */
PP_MUST_CHECK enum pp_status lg_reqlog_open(FILE **log, const char *path, struct pp_err *err);
/* Lines of several threads do not mix. */
void lg_reqlog_add(FILE *log, const struct lg_level *l, const struct lg_user *u, const struct lg_outcome *o);
/* Closes it; NULL is allowed. PP_IO with err when it is not whole. */
PP_MUST_CHECK enum pp_status lg_reqlog_close(FILE **log, struct pp_err *err);

#endif

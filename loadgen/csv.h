/* summary: private to loadgen: the levels as comma-separated values */
#ifndef LG_CSV_H
#define LG_CSV_H

#include "base/buf.h"
#include "result.h"

/* The line of column names. */
PP_MUST_CHECK enum pp_status lg_csv_head(struct buf *b);
/* A line for all endpoints, then one for each; times in milliseconds. */
PP_MUST_CHECK enum pp_status lg_csv_level(struct buf *b, const struct lg_result *r,
                                          const struct lg_config *c);

#endif

/* summary: private to loadgen: the table of all levels for a terminal */
#ifndef LG_TABLE_H
#define LG_TABLE_H

#include "base/buf.h"
#include "result.h"

#include <stdbool.h>

struct lg_table {
    bool open_load;
    bool watched; /* columns for CPU and memory */
    struct buf rows;
    struct buf notes; /* below the table: the kinds of errors */
};

void lg_table_init(struct lg_table *t, bool open_load, bool watched);
void lg_table_fini(struct lg_table *t);
/* PP_NOMEM, PP_LIMIT. */
PP_MUST_CHECK enum pp_status lg_table_add(struct lg_table *t, const struct lg_result *r);
/* Prints nothing when no level was added. */
void lg_table_print(const struct lg_table *t);

#endif

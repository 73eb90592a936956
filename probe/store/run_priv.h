/* summary: what the two files of the reading side share */
#ifndef RUN_PRIV_H
#define RUN_PRIV_H

#include "store_priv.h"

typedef enum pp_status sto_row_f(void *priv, sqlite3_stmt *st);

/* Runs `sql` and calls f for each row; stops at the first status that is not PP_OK and returns it. */
PP_MUST_CHECK enum pp_status sto_each(struct sto_run *run, const char *sql, sto_row_f *f, void *priv,
                                      struct pp_err *err);

/* The run has this table. */
bool sto_has_table(struct sto_run *run, const char *table);
bool sto_has_column(struct sto_run *run, const char *table, const char *column);

/* Text of a column, "" for NULL. */
const char *sto_column_text(sqlite3_stmt *st, int column);

#endif

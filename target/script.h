/* summary: an SQL script into its statements */
#ifndef TARGET_SCRIPT_H
#define TARGET_SCRIPT_H

#include "base/status.h"

typedef enum pp_status script_statement_f(void *priv, const char *sql, struct pp_err *err);

/* Calls f for each statement until one fails. A statement ends with a semicolon at the end of a line (which
 * is left out); empty lines and lines that start with "--" are left out; text after the last semicolon is a
 * statement too. The status of f, PP_NOMEM. */
PP_MUST_CHECK enum pp_status script_each(const char *script, script_statement_f *f, void *priv,
                                         struct pp_err *err);

#endif

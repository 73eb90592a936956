/* summary: command-line options of reftarget, parsed and checked */
#ifndef TARGET_OPTIONS_H
#define TARGET_OPTIONS_H

#include "base/opt.h"

struct options {
#define OPT OPT_AS_FIELD
#include "options.def"
#undef OPT
};

extern const struct opt_table options_table;

/* Parses argv and checks the values against each other. PP_INVALID with one line in err. Strings are borrowed
 * from argv. Nothing is checked when help or version was asked for. */
PP_MUST_CHECK enum pp_status options_parse(int argc, char **argv, struct options *o,
                                           struct opt_result *result, struct pp_err *err);

#endif

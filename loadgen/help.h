/* summary: private to loadgen: the --help page, in groups, on one screen */
#ifndef LG_HELP_H
#define LG_HELP_H

#include "base/opt.h"

/* Prints all options of the table to stdout, a line each, in at most 80 columns. */
void lg_help_print(const struct opt_table *t);

#endif

/* summary: private to loadgen: how the subcommands merge and ready begin */
#ifndef LG_COMMAND_H
#define LG_COMMAND_H

#include "base/opt.h"

/* Reads a subcommand's options. -1: go on, argv[*rest] is the first word behind them. Else the command is
 * over, after --help, --version or an error that was said, and this is its exit status. */
int lg_command_begin(const struct opt_table *table, int argc, char **argv, void *options, int *rest);

#endif

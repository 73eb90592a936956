/* summary: what the subcommands merge and ready begin with: options, --help, --version */
#include "command.h"

#include "base/log.h"

#include <stdio.h>

int lg_command_begin(const struct opt_table *table, int argc, char **argv, void *options, int *rest)
{
    struct opt_result result;
    struct pp_err err = {.status = PP_OK};
    enum pp_status st = opt_parse(table, argc, argv, options, &result, &err);
    if (st != PP_OK) {
        log_error("%s", err.text);
        return st == PP_INVALID ? PP_EXIT_USAGE : PP_EXIT_FAILED;
    }
    *rest = result.rest;
    if (result.help)
        opt_print_help(table);
    else if (result.version)
        puts("poolload " POOLPROBE_VERSION);
    else
        return -1;
    return PP_EXIT_OK;
}

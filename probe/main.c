/* summary: poolprobe: picks the subcommand */
#include "base/log.h"
#include "base/status.h"
#include "diff.h"
#include "doctor.h"
#include "dump.h"
#include "experiment.h"
#include "record.h"
#include "report.h"
#include "top.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

struct command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *about;
};

static const struct command commands[] = {
#define COMMAND(name, run, about) {name, run, about},
#include "command.def"
#undef COMMAND
};

static void print_help(FILE *out)
{
    fputs("Usage: poolprobe COMMAND [OPTION…]\n\n"
          "Says from outside where the time of HTTP requests goes between an application\n"
          "and its MySQL server: waiting for a pooled connection, in transactions, or in\n"
          "the application.\n\nCommands:\n",
          out);
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        fprintf(out, "  %-10s %s\n", commands[i].name, commands[i].about);
    fputs("\n'poolprobe COMMAND --help' shows the options of a command.\n", out);
}

int main(int argc, char **argv)
{
    log_set_program("poolprobe");
    /* A closed pipe is an error of the write that meets it, with a message, not a silent death. */
    signal(SIGPIPE, SIG_IGN);

    if (argc < 2) {
        print_help(stderr);
        return PP_EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0) {
        print_help(stdout);
        return PP_EXIT_OK;
    }
    if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
        puts("poolprobe " POOLPROBE_VERSION);
        return PP_EXIT_OK;
    }
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            return commands[i].run(argc - 1, argv + 1);
    log_error("no command '%s'; 'poolprobe --help' lists the commands", argv[1]);
    return PP_EXIT_USAGE;
}

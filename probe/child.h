/* summary: a command that runs beside: start, watch, stop */
#ifndef CHILD_H
#define CHILD_H

#include "base/status.h"

#include <stdbool.h>
#include <sys/types.h>

struct child {
    pid_t pid; /* 0: none was started */
    bool ended;
    int wait_status; /* as of waitpid, once ended */
    bool waiting;    /* for child_go */
    int go_fd, report_fd;
};

/* How to run a command; all borrowed until it runs. */
struct child_options {
    char **argv;
    const char *run_path;           /* value of the environment variable POOLPROBE_RUN; NULL: not set */
    const char *const *environment; /* further "NAME=VALUE", ended by NULL; NULL: none */
    int output_fd;                  /* standard output and error go there; 0: they stay */
};

/* Makes the process that will be the command, with this process's rights of now; it waits for child_go. Call
 * it before any thread is started. run_path is left aside. PP_IO with err. */
PP_MUST_CHECK enum pp_status child_prepare(struct child *c, const struct child_options *options,
                                           struct pp_err *err);
/* Runs it, with POOLPROBE_RUN set to run_path unless that is NULL. Statuses of child_start. */
PP_MUST_CHECK enum pp_status child_go(struct child *c, const char *name, const char *run_path,
                                      struct pp_err *err);

/* Both at once. PP_NOENT / PP_DENIED / PP_IO with err when the command cannot be started. */
PP_MUST_CHECK enum pp_status child_start(struct child *c, const struct child_options *options,
                                         struct pp_err *err);

/* True once the command has ended (also when none was started: false). Does not block. */
bool child_poll(struct child *c);

/* Passes a signal on. */
void child_signal(const struct child *c, int sig);

/* Kills the command if it still runs, and collects it. */
void child_end(struct child *c);

/* PP_OK when it ended with status 0; otherwise PP_IO with a line such as "COMMAND exited with status 3". */
PP_MUST_CHECK enum pp_status child_result(const struct child *c, const char *name, struct pp_err *err);

#endif

/* summary: the process that makes a run file whole where its folder is root's and the recorder is not any
 * more */
#ifndef FINISHER_H
#define FINISHER_H

#include "base/status.h"

#include <sys/types.h>

/* It does nothing but wait until the recorder has closed the file; then it folds the write-ahead log in,
 * which creates and removes files in the folder. */
struct finisher {
    pid_t pid; /* 0: none */
    int go_fd;
};

/* Call it before any thread is started and before SQLite is used. PP_IO with err. */
PP_MUST_CHECK enum pp_status finisher_start(struct finisher *f, const char *path, struct pp_err *err);
/* Has it finish the file and waits for it. PP_IO when it could not (it has said why). */
PP_MUST_CHECK enum pp_status finisher_run(struct finisher *f, struct pp_err *err);
/* Ends it without doing anything. */
void finisher_end(struct finisher *f);

#endif

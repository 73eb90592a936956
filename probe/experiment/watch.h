/* summary: private: waiting for commands while signals and the time left are watched */
#ifndef EXP_WATCH_H
#define EXP_WATCH_H

#include "base/status.h"
#include "child.h"

#include <stdint.h>

/* Embedded in its owner. */
struct exp_watch {
    int signal_fd;
    bool interrupted; /* SIGINT, SIGTERM or SIGHUP came */
    bool terminal;    /* stderr is one: the live line is drawn */
    char what[512];   /* "[3/12] pool=5-5, repeat 1" */
    int64_t start_ns; /* of this run, monotonic */
    int64_t usual_ns; /* mean length of the runs so far; 0: none yet */
    size_t runs_ended;
    size_t runs_left; /* after this one */
    int64_t drawn_ns;
};

PP_MUST_CHECK enum pp_status exp_watch_init(struct exp_watch *w, struct pp_err *err);
void exp_watch_fini(struct exp_watch *w);

/* Begins a run, and ends it: what the line shows. */
void exp_watch_begin(struct exp_watch *w, const char *what, size_t runs_left);
void exp_watch_again(struct exp_watch *w); /* the same run once more */
void exp_watch_end(struct exp_watch *w, const char *outcome);

/* Waits a moment (50 ms at most), takes signals, draws. False when the user interrupted. */
bool exp_watch_tick(struct exp_watch *w);
/* Waits until the command ends. PP_OK then; PP_AGAIN when the user interrupted first or `limit_ns` (0: none)
 * went by. */
PP_MUST_CHECK enum pp_status exp_watch_child(struct exp_watch *w, struct child *c, int64_t limit_ns);

#endif

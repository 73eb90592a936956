/* summary: private: makes one run of an experiment: server, recorder, target, load, and all of it ended again
 */
#ifndef EXP_RUNNER_H
#define EXP_RUNNER_H

#include "folder.h"
#include "watch.h"

/* Makes the run file of `slot`. PP_AGAIN when the user interrupted; PP_IO, PP_NOENT, … with one line that
 * names the log when a command failed. Nothing that it started is left running. */
PP_MUST_CHECK enum pp_status exp_run(const struct exp_spec *s, const char *dir, const struct exp_slot *slot,
                                     struct exp_watch *w, struct pp_err *err);

#endif

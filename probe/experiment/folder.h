/* summary: private: the folder of an experiment: its specification, run files and logs; what is done already
 */
#ifndef EXP_FOLDER_H
#define EXP_FOLDER_H

#include "plan.h"

#include <limits.h>

/* The files of one run. */
struct exp_files {
    char run[PATH_MAX + 64];  /* c01-r1.run.db: there once the run is whole */
    char part[PATH_MAX + 64]; /* while it is being recorded */
    char log[PATH_MAX + 64];  /* what its commands printed */
};

/* Makes the folder, or finds the same experiment in it (PP_INVALID when it holds another one), and keeps a
 * copy of the specification there, without environments, which may hold passwords. PP_DENIED, PP_IO,
 * PP_NOMEM. */
PP_MUST_CHECK enum pp_status exp_folder_open(const char *dir, const struct exp_spec *s, struct pp_err *err);

void exp_folder_files(struct exp_files *f, const char *dir, const struct exp_slot *slot);
bool exp_folder_done(const struct exp_files *f);

#endif

/* summary: private: fills the places in braces of a command: {FACTOR}, {run}, {dir}, {repeat}, {cell} */
#ifndef EXP_PLACES_H
#define EXP_PLACES_H

#include "spec.h"

/* Where and for which run a command is filled. */
struct exp_run_place {
    const char *run; /* path of the run file that is to be made */
    const char *dir; /* of the experiment */
    size_t cell;
    uint32_t repeat;
};

/* PP_INVALID with err for a place that nothing fills; `{{` and `}}` stand for braces. */
PP_MUST_CHECK enum pp_status exp_places_check(const struct exp_spec *s, const struct exp_command *c,
                                              struct pp_err *err);

/* A filled copy of the command, ended by NULL; NULL when memory is out. The command was checked before. Free
 * with exp_argv_free. */
char **exp_places_fill(const struct exp_spec *s, const struct exp_command *c, const struct exp_run_place *p);
void exp_argv_free(char ***argv);

#endif

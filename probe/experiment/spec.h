/* summary: private: the specification of an experiment, as read from its JSON file (docs/experiment.md) */
#ifndef EXP_SPEC_H
#define EXP_SPEC_H

#include "ana_experiment.h"
#include "base/status.h"

#include <cJSON.h>
#include <stddef.h>
#include <stdint.h>

#define EXP_ARGV_MAX 128
#define EXP_ENVIRONMENT_MAX 32

/* A command with places in braces, such as "--pool-max={pool_max}"; borrowed from the JSON tree. */
struct exp_command {
    const char *argv[EXP_ARGV_MAX];               /* ended by NULL */
    size_t argc;                                  /* 0: the specification has none */
    const char *environment[EXP_ENVIRONMENT_MAX]; /* NAME=VALUE, ended by NULL */
};

/* What a level of a factor puts in the place {NAME}: at least {FACTOR} itself. */
struct exp_place {
    size_t factor, level;
    const char *name, *value;
};

struct exp_spec {
    struct ana_exp_design design;
    uint64_t seed;
    int64_t pause_ns;
    /* either one command that makes the run file {run}, … */
    struct exp_command run;
    /* … or the parts, recorded by this program */
    struct exp_command server_start, server_stop, target, load, record;
    const char *ready; /* URL of the target that answers once it is ready; NULL: it is at once */
    struct exp_place *places;
    size_t place_count;
    cJSON *json; /* owner of the texts above */
};

/* Reads and checks the whole of it: unknown keys, places that no factor fills, limits. PP_NOENT, PP_DENIED,
 * PP_IO, PP_INVALID with one line that names the file and the key; PP_NOMEM. Free with exp_spec_free. */
PP_MUST_CHECK enum pp_status exp_spec_new(struct exp_spec **out, const char *path, struct pp_err *err);
void exp_spec_free(struct exp_spec **sp);

/* The same experiment: equal but for the number of repeats and for environments. */
bool exp_spec_same(const struct exp_spec *a, const struct exp_spec *b);

/* A copy of the specification without any environment, since those may hold passwords. NULL when memory is
 * out. */
cJSON *exp_spec_public(const struct exp_spec *s);

#endif

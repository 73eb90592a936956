/* summary: private: which runs an experiment makes, and in which order */
#ifndef EXP_PLAN_H
#define EXP_PLAN_H

#include "spec.h"

/* One run. */
struct exp_slot {
    size_t cell;
    uint32_t repeat; /* from 1 */
};

struct exp_plan {
    struct exp_slot *slots; /* in the order of running */
    size_t count;
};

/* Every cell once in each repeat, the cells of a repeat in random order: a machine that drifts (warms up,
 * fills its disk) then hits all cells alike. The order depends on the seed and the repeat's number alone, so
 * that an experiment can be resumed, and extended by repeats. PP_NOMEM. */
PP_MUST_CHECK enum pp_status exp_plan_init(struct exp_plan *p, const struct exp_spec *s);
void exp_plan_fini(struct exp_plan *p);

/* "pool=5-5 mysql_cpus=1": the levels of a cell, for people; cut to n. Returns dst. */
const char *exp_cell_name(char *dst, size_t n, const struct ana_exp_design *d, size_t cell);

#endif

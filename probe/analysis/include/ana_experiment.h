/* summary: effects of an experiment: factors × levels × repeats → main effects, interactions and shares, with
 * intervals
 */
#ifndef ANA_EXPERIMENT_H
#define ANA_EXPERIMENT_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Limits of a design: what a person can still read, and what keeps the tables small. */
#define ANA_EXP_FACTORS_MAX 6
#define ANA_EXP_LEVELS_MAX 16
#define ANA_EXP_CELLS_MAX 256

/* A setting under test. Its first level is the reference that the others are compared with. */
struct ana_exp_factor {
    const char *name;
    const char *levels[ANA_EXP_LEVELS_MAX]; /* as shown to people */
    size_t level_count;                     /* at least 1 */
};

struct ana_exp_design {
    const char *title;
    struct ana_exp_factor factors[ANA_EXP_FACTORS_MAX];
    size_t factor_count;
    uint32_t repeats; /* planned for each cell */
};

/* One recorded run. A cell is one combination of levels; the last factor's level changes fastest. */
struct ana_exp_run {
    const char *path;
    size_t cell;
    uint32_t repeat;
};

size_t ana_exp_cell_count(const struct ana_exp_design *d);
/* Level of factor `f` in `cell`. */
size_t ana_exp_level_of(const struct ana_exp_design *d, size_t cell, size_t f);

/* What is measured in each run at each step of the load. */
struct ana_exp_response {
    const char *key;   /* "throughput", "p95_ms", "acquire_ms", "statement_ms" */
    const char *title; /* for people */
    const char *unit;  /* "requests/s", "ms", "%" */
};
size_t ana_exp_response_count(void);
const struct ana_exp_response *ana_exp_response(size_t index);
/* Index of a key; ana_exp_response_count() when there is none. */
size_t ana_exp_response_find(const char *key);

/* The runs of one cell: mean and variance over repeats. */
struct ana_exp_cell {
    size_t n; /* runs that have a value */
    double mean;
    double variance; /* of a run, n - 1 in the denominator; 0 when n < 2 */
};

enum ana_exp_kind {
    ANA_EXP_MAIN,        /* level `to` of `factor` against its first, averaged over all other factors */
    ANA_EXP_INTERACTION, /* by how much that effect differs between the first and level `with_to` of `with` */
    ANA_EXP_TOTAL,       /* every factor from its first to its last level */
    ANA_EXP_SHARE, /* the part of that which `factor` has, averaged over all orders of changing the factors
                      (Shapley); the shares add up to the total exactly */
};

enum ana_exp_verdict {
    ANA_EXP_EFFECT,  /* the interval excludes 0 */
    ANA_EXP_NONE,    /* it does not, and an effect of a tenth of the scale would have been seen */
    ANA_EXP_UNKNOWN, /* too few runs, or too much spread, to say either */
};
const char *ana_exp_verdict_name(enum ana_exp_verdict v); /* "effect", "none", "cannot tell" */

/* A linear combination of cell means, in the response's unit. */
struct ana_exp_effect {
    enum ana_exp_kind kind;
    size_t factor, to, with, with_to;
    bool known;        /* every cell it needs has a run */
    bool has_interval; /* and at least two */
    double value;
    double reference; /* mean of the cells that it starts from; what percentages refer to */
    double scale;     /* what the verdict's tenth is of: one for a factor's main effect and its share */
    double low, high; /* 95 % interval: Welch's t, degrees of freedom after Satterthwaite */
    double dof;
    double detectable; /* size of a true effect that such an experiment finds in 4 of 5 cases */
    enum ana_exp_verdict verdict;
};

struct ana_exp_table {
    struct ana_exp_cell *cells; /* one a cell of the design */
    struct ana_exp_effect *effects;
    size_t effect_count;
};

/* One step of the load: the runs' levels with the same number of users. */
struct ana_exp_step {
    uint32_t users;               /* 0: runs without level marks, the whole run */
    struct ana_exp_table *tables; /* one a response */
};

struct ana_experiment {
    const struct ana_exp_design *design; /* borrowed */
    const struct ana_exp_run *runs;      /* borrowed */
    size_t run_count;
    struct ana_exp_step *steps; /* by users */
    size_t step_count;
    bool *lossy; /* by run: its recording lost data */
};

/* Reads every run and computes. The design and the runs must outlive the result. Errors as of ana_report_new;
 * PP_INVALID for a design beyond the limits. Free with ana_experiment_free. */
PP_MUST_CHECK enum pp_status ana_experiment_new(struct ana_experiment **out,
                                                const struct ana_exp_design *design,
                                                const struct ana_exp_run *runs, size_t run_count,
                                                struct pp_err *err);
void ana_experiment_free(struct ana_experiment **ep);

#endif

/* summary: private: parts of the experiment's evaluation: responses of a level, statistics of a contrast,
 * effects */
#ifndef ANA_EXPERIMENT_INT_H
#define ANA_EXPERIMENT_INT_H

#include "ana_experiment.h"

struct ana_level;

/* A response's value at one level of a run; NAN where the run does not tell it. */
double ana_exp_value(size_t response, const struct ana_level *level);

/* The contrast Σ weight × mean over `count` cells: fills value, interval, detectable size and verdict of `e`.
 * `reference` must be set before. Cells with weight 0 are not needed. */
void ana_exp_contrast(struct ana_exp_effect *e, const struct ana_exp_cell *cells, const double *weights,
                      size_t count);

/* Mean and variance of `n` values that are not NAN. */
struct ana_exp_cell ana_exp_cell_of(const double *values, size_t n);

/* Number of effects of a design, and all of them for one table. */
size_t ana_exp_effect_count(const struct ana_exp_design *d);
void ana_exp_effects(const struct ana_exp_design *d, struct ana_exp_table *t);

#endif

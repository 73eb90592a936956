/* summary: the effects of a design as contrasts of its cells: main effects, interactions, total and its
 * shares */
#include "experiment_int.h"

#include "base/obj.h"

#include <string.h>

/* Weights over the cells of the design, and those of the reference that percentages refer to. */
struct contrast {
    double weights[ANA_EXP_CELLS_MAX];
    double reference[ANA_EXP_CELLS_MAX];
    double scale[ANA_EXP_CELLS_MAX]; /* and those of what the verdict's tenth is of */
};

size_t ana_exp_cell_count(const struct ana_exp_design *d)
{
    size_t n = 1;
    for (size_t f = 0; f < d->factor_count; f++)
        n *= d->factors[f].level_count;
    return n;
}

size_t ana_exp_level_of(const struct ana_exp_design *d, size_t cell, size_t f)
{
    OBJ_ASSERT(f < d->factor_count);
    for (size_t i = d->factor_count - 1; i >= f; i--) {
        size_t levels = d->factors[i].level_count;
        OBJ_ASSERT(levels > 0);
        if (i == f)
            return cell % levels;
        cell /= levels;
    }
    return 0; /* not reached: f is one of the factors */
}

size_t ana_exp_effect_count(const struct ana_exp_design *d)
{
    size_t n = 1 + d->factor_count; /* total and shares */
    for (size_t f = 0; f < d->factor_count; f++) {
        n += d->factors[f].level_count - 1;
        for (size_t g = f + 1; g < d->factor_count; g++)
            n += (d->factors[f].level_count - 1) * (d->factors[g].level_count - 1);
    }
    return n;
}

/* The mean with the factor at its first level: a factor is judged by one scale, whatever is asked of it. */
static void scale_of_factor(struct contrast *c, const struct ana_exp_design *d, size_t factor)
{
    size_t cells = ana_exp_cell_count(d);
    double share = (double)d->factors[factor].level_count / (double)cells;
    for (size_t i = 0; i < cells; i++)
        c->scale[i] = ana_exp_level_of(d, i, factor) == 0 ? share : 0;
}

static void main_effect(struct contrast *c, const struct ana_exp_design *d, const struct ana_exp_effect *e)
{
    size_t cells = ana_exp_cell_count(d);
    double share = (double)d->factors[e->factor].level_count / (double)cells;
    for (size_t i = 0; i < cells; i++) {
        size_t level = ana_exp_level_of(d, i, e->factor);
        if (level == e->to)
            c->weights[i] += share;
        if (level == 0)
            c->weights[i] -= share;
    }
    scale_of_factor(c, d, e->factor);
    memcpy(c->reference, c->scale, sizeof c->reference);
}

static void interaction(struct contrast *c, const struct ana_exp_design *d, const struct ana_exp_effect *e)
{
    size_t cells = ana_exp_cell_count(d);
    double share =
        (double)(d->factors[e->factor].level_count * d->factors[e->with].level_count) / (double)cells;
    for (size_t i = 0; i < cells; i++) {
        size_t a = ana_exp_level_of(d, i, e->factor), b = ana_exp_level_of(d, i, e->with);
        if ((a != 0 && a != e->to) || (b != 0 && b != e->with_to))
            continue;
        c->weights[i] = ((a == e->to) == (b == e->with_to)) ? share : -share;
        if (a == 0 && b == 0)
            c->reference[i] = c->scale[i] = share;
    }
}

static void total(struct contrast *c, const struct ana_exp_design *d)
{
    size_t last = ana_exp_cell_count(d) - 1;
    c->weights[last] += 1;
    c->weights[0] -= 1;
    c->reference[0] = c->scale[0] = 1;
}

/* n! of at most ANA_EXP_FACTORS_MAX. */
static double factorial(size_t n)
{
    return n < 2 ? 1 : (double)n * factorial(n - 1);
}

/* The corner of the design in which the factors of `set` have their last level and the others their first. */
static size_t corner(const struct ana_exp_design *d, unsigned set)
{
    size_t cell = 0;
    for (size_t f = 0; f < d->factor_count; f++) {
        cell *= d->factors[f].level_count;
        if (set >> f & 1u)
            cell += d->factors[f].level_count - 1;
    }
    return cell;
}

/* L. S. Shapley, "A value for n-person games" (1953): the mean over all orders of what changing the factor
 * adds when its turn comes. */
static void share_of_total(struct contrast *c, const struct ana_exp_design *d, size_t factor)
{
    double all = factorial(d->factor_count);
    for (unsigned set = 0; set < 1u << d->factor_count; set++) {
        if (set >> factor & 1u)
            continue;
        size_t size = (size_t)__builtin_popcount(set);
        double weight = factorial(size) * factorial(d->factor_count - size - 1) / all;
        c->weights[corner(d, set | 1u << factor)] += weight;
        c->weights[corner(d, set)] -= weight;
    }
    c->reference[0] = 1;
    scale_of_factor(c, d, factor);
}

static void evaluate(const struct ana_exp_design *d, const struct ana_exp_table *t, struct ana_exp_effect *e)
{
    struct contrast c;
    memset(&c, 0, sizeof c);
    switch (e->kind) {
    case ANA_EXP_MAIN:
        main_effect(&c, d, e);
        break;
    case ANA_EXP_INTERACTION:
        interaction(&c, d, e);
        break;
    case ANA_EXP_TOTAL:
        total(&c, d);
        break;
    case ANA_EXP_SHARE:
        share_of_total(&c, d, e->factor);
        break;
    }
    size_t cells = ana_exp_cell_count(d);
    for (size_t i = 0; i < cells; i++) {
        e->reference += c.reference[i] * t->cells[i].mean;
        e->scale += c.scale[i] * t->cells[i].mean;
    }
    ana_exp_contrast(e, t->cells, c.weights, cells);
}

void ana_exp_effects(const struct ana_exp_design *d, struct ana_exp_table *t)
{
    struct ana_exp_effect *e = t->effects;
    for (size_t f = 0; f < d->factor_count; f++)
        for (size_t to = 1; to < d->factors[f].level_count; to++)
            *e++ = (struct ana_exp_effect){.kind = ANA_EXP_MAIN, .factor = f, .to = to};
    for (size_t f = 0; f < d->factor_count; f++)
        for (size_t g = f + 1; g < d->factor_count; g++)
            for (size_t to = 1; to < d->factors[f].level_count; to++)
                for (size_t with_to = 1; with_to < d->factors[g].level_count; with_to++)
                    *e++ = (struct ana_exp_effect){
                        .kind = ANA_EXP_INTERACTION, .factor = f, .to = to, .with = g, .with_to = with_to};
    *e++ = (struct ana_exp_effect){.kind = ANA_EXP_TOTAL};
    for (size_t f = 0; f < d->factor_count; f++)
        *e++ =
            (struct ana_exp_effect){.kind = ANA_EXP_SHARE, .factor = f, .to = d->factors[f].level_count - 1};
    t->effect_count = (size_t)(e - t->effects);
    OBJ_ASSERT(t->effect_count == ana_exp_effect_count(d));
    for (size_t i = 0; i < t->effect_count; i++)
        evaluate(d, t, &t->effects[i]);
}

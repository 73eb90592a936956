/* summary: evaluates an experiment: reads its runs one by one, gathers each response by cell, computes the
 * effects */
#include "analysis.h"
#include "experiment_int.h"

#include <stdlib.h>

/* A value of one run at one step of the load. */
struct value {
    uint32_t users;
    size_t run;
    double *responses; /* owned */
};

struct values {
    struct value *items;
    size_t count;
};

static enum pp_status check(const struct ana_exp_design *d, const struct ana_exp_run *runs, size_t n,
                            struct pp_err *err)
{
    size_t cells = 1;
    if (d->factor_count == 0 || d->factor_count > ANA_EXP_FACTORS_MAX)
        return pp_err_set(err, PP_INVALID, "an experiment has 1 to %d factors", ANA_EXP_FACTORS_MAX);
    for (size_t f = 0; f < d->factor_count; f++) {
        if (d->factors[f].level_count == 0 || d->factors[f].level_count > ANA_EXP_LEVELS_MAX)
            return pp_err_set(err, PP_INVALID, "factor \"%s\" needs 1 to %d levels", d->factors[f].name,
                              ANA_EXP_LEVELS_MAX);
        cells *= d->factors[f].level_count;
        if (cells > ANA_EXP_CELLS_MAX)
            return pp_err_set(err, PP_INVALID, "the factors' levels make more than %d combinations",
                              ANA_EXP_CELLS_MAX);
    }
    for (size_t i = 0; i < n; i++)
        if (runs[i].cell >= cells)
            return pp_err_set(err, PP_INVALID, "%s belongs to no combination of the factors", runs[i].path);
    return PP_OK;
}

/* Keeps the responses of every level of one run; the report itself is not kept. */
static enum pp_status add_run(struct values *v, struct ana_experiment *x, size_t run, struct pp_err *err)
{
    struct ana_report *r = NULL;
    enum pp_status st = ana_report_new(&r, x->runs[run].path, err);
    if (st != PP_OK)
        return st;
    x->lossy[run] = r->capture.lossy;
    struct value *items = reallocarray(v->items, v->count + r->level_count + 1, sizeof *items);
    if (items)
        v->items = items;
    for (size_t i = 0; items && i < r->level_count; i++) {
        double *responses = calloc(ana_exp_response_count(), sizeof *responses);
        if (!responses) {
            items = NULL;
            break;
        }
        for (size_t k = 0; k < ana_exp_response_count(); k++)
            responses[k] = ana_exp_value(k, &r->levels[i]);
        v->items[v->count++] = (struct value){r->levels[i].users, run, responses};
    }
    ana_report_free(&r);
    return items ? PP_OK : pp_err_set(err, PP_NOMEM, "out of memory");
}

static int by_users(const void *pa, const void *pb)
{
    const struct value *a = pa, *b = pb;
    if (a->users != b->users)
        return a->users < b->users ? -1 : 1;
    return (a->run > b->run) - (a->run < b->run);
}

/* End of the values from `i` on that are of the same run: a ramp may come to a number of users twice, which
 * is not a repeat. */
static size_t same_run(const struct value *v, size_t i, size_t n)
{
    size_t end = i + 1;
    while (end < n && v[end].run == v[i].run)
        end++;
    return end;
}

static double mean_of(const struct value *v, size_t n, size_t response)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += v[i].responses[response];
    return sum / (double)n;
}

static bool fill_cells(const struct ana_experiment *x, struct ana_exp_table *t, size_t response,
                       const struct value *first, size_t n)
{
    double *one = calloc(n + 1, sizeof *one);
    if (!one)
        return false;
    for (size_t cell = 0; cell < ana_exp_cell_count(x->design); cell++) {
        size_t count = 0;
        for (size_t i = 0, end; i < n; i = end) {
            end = same_run(first, i, n);
            if (x->runs[first[i].run].cell == cell)
                one[count++] = mean_of(first + i, end - i, response);
        }
        t->cells[cell] = ana_exp_cell_of(one, count);
    }
    free(one);
    return true;
}

/* `first` .. first + n: the values of one step of the load. */
static bool make_step(const struct ana_experiment *x, struct ana_exp_step *s, const struct value *first,
                      size_t n)
{
    s->users = first->users;
    s->tables = calloc(ana_exp_response_count(), sizeof *s->tables);
    for (size_t k = 0; s->tables && k < ana_exp_response_count(); k++) {
        struct ana_exp_table *t = &s->tables[k];
        t->cells = calloc(ana_exp_cell_count(x->design), sizeof *t->cells);
        t->effects = calloc(ana_exp_effect_count(x->design), sizeof *t->effects);
        if (!t->cells || !t->effects || !fill_cells(x, t, k, first, n))
            return false;
        ana_exp_effects(x->design, t);
    }
    return s->tables != NULL;
}

static enum pp_status make_steps(struct ana_experiment *x, struct values *v)
{
    if (v->count > 1)
        qsort(v->items, v->count, sizeof *v->items, by_users);
    x->steps = calloc(v->count + 1, sizeof *x->steps);
    if (!x->steps)
        return PP_NOMEM;
    for (size_t i = 0, end; i < v->count; i = end) {
        for (end = i + 1; end < v->count && v->items[end].users == v->items[i].users;)
            end++;
        if (!make_step(x, &x->steps[x->step_count++], &v->items[i], end - i))
            return PP_NOMEM;
    }
    return PP_OK;
}

enum pp_status ana_experiment_new(struct ana_experiment **out, const struct ana_exp_design *design,
                                  const struct ana_exp_run *runs, size_t run_count, struct pp_err *err)
{
    struct values values = {0};
    enum pp_status st = check(design, runs, run_count, err);
    if (st != PP_OK)
        return st;
    struct ana_experiment *x = calloc(1, sizeof *x);
    if (x)
        *x = (struct ana_experiment){.design = design,
                                     .runs = runs,
                                     .run_count = run_count,
                                     .lossy = calloc(run_count + 1, sizeof *x->lossy)};
    if (!x || !x->lossy) {
        free(x);
        return pp_err_set(err, PP_NOMEM, "out of memory");
    }
    for (size_t i = 0; st == PP_OK && i < run_count; i++)
        st = add_run(&values, x, i, err);
    if (st == PP_OK && (st = make_steps(x, &values)) != PP_OK)
        (void)pp_err_set(err, st, "out of memory while evaluating the experiment");
    for (size_t i = 0; i < values.count; i++)
        free(values.items[i].responses);
    free(values.items);
    if (st != PP_OK)
        ana_experiment_free(&x);
    *out = x;
    return st;
}

void ana_experiment_free(struct ana_experiment **xp)
{
    struct ana_experiment *x = *xp;
    if (!x)
        return;
    for (size_t i = 0; i < x->step_count; i++) {
        for (size_t k = 0; x->steps[i].tables && k < ana_exp_response_count(); k++) {
            free(x->steps[i].tables[k].cells);
            free(x->steps[i].tables[k].effects);
        }
        free(x->steps[i].tables);
    }
    free(x->steps);
    free(x->lossy);
    free(x);
    *xp = NULL;
}

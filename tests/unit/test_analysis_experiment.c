/* summary: tests of an experiment's evaluation: contrasts against known figures, effects, shares, runs read
 * from files */
#include "analysis.h"
#include "experiment_int.h"
#include "test_analysis_run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* cmocka compares floats only. */
static void near(double a, double b)
{
    if (!(fabs(a - b) < 1e-9))
        fail_msg("%.15g is not %.15g", a, b);
}

/* Two samples whose Welch interval two other programs (R's t.test and SciPy's ttest_ind) agree on. */
static void welch_interval(void **state)
{
    static const double a[] = {27.5, 21.0, 19.0, 23.6, 17.0, 17.9};
    static const double b[] = {27.1, 22.0, 20.8, 23.4, 23.4, 23.5, 25.8};
    const struct ana_exp_cell cells[] = {ana_exp_cell_of(a, 6), ana_exp_cell_of(b, 7)};
    const double weights[] = {-1, 1};
    struct ana_exp_effect e = {.scale = cells[0].mean};
    (void)state;
    ana_exp_contrast(&e, cells, weights, 2);
    assert_true(e.known && e.has_interval);
    near(e.value, 2.714285714285719);
    near(e.dof, 7.423433145210318);
    near(e.low, -1.5160790886967224);
    near(e.high, 6.94465051726816);
    near(e.detectable, 5.846026362245011);
    assert_int_equal(e.verdict, ANA_EXP_UNKNOWN); /* 5.8 is more than a tenth of 21 */
}

static void verdicts(void **state)
{
    static const double low[] = {99, 100, 101}, same[] = {100, 101, 99}, high[] = {149, 150, 151},
                        one[] = {150};
    static const double gap[] = {NAN, 100, NAN};
    const double weights[] = {-1, 1};
    struct {
        const double *b;
        size_t n;
        enum ana_exp_verdict verdict;
        bool interval;
    } cases[] = {{high, 3, ANA_EXP_EFFECT, true},
                 {same, 3, ANA_EXP_NONE, true},
                 {one, 1, ANA_EXP_UNKNOWN, false},
                 {gap, 3, ANA_EXP_UNKNOWN, false}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct ana_exp_cell cells[] = {ana_exp_cell_of(low, 3),
                                             ana_exp_cell_of(cases[i].b, cases[i].n)};
        struct ana_exp_effect e = {.scale = 100};
        ana_exp_contrast(&e, cells, weights, 2);
        assert_true(e.known);
        assert_int_equal(e.has_interval, cases[i].interval);
        assert_int_equal(e.verdict, cases[i].verdict);
    }
    const struct ana_exp_cell none[] = {ana_exp_cell_of(low, 3), ana_exp_cell_of(gap, 1)};
    struct ana_exp_effect e = {.scale = 100};
    ana_exp_contrast(&e, none, weights, 2);
    assert_false(e.known);
}

static struct ana_exp_design two_by_three(void)
{
    return (struct ana_exp_design){
        .title = "t",
        .factors = {{.name = "pool", .levels = {"5", "50"}, .level_count = 2},
                    {.name = "cpus", .levels = {"1", "2", "4"}, .level_count = 3}},
        .factor_count = 2,
        .repeats = 2,
    };
}

/* Cell means pool 5: 10 20 40, pool 50: 12 30 90; two repeats one below and one above. */
static void fill(struct ana_exp_table *t, const struct ana_exp_design *d)
{
    static const double means[] = {10, 20, 40, 12, 30, 90};
    t->cells = calloc(6, sizeof *t->cells);
    t->effects = calloc(ana_exp_effect_count(d), sizeof *t->effects);
    assert_non_null(t->cells);
    assert_non_null(t->effects);
    for (int i = 0; i < 6; i++)
        t->cells[i] = ana_exp_cell_of((double[]){means[i] - 1, means[i] + 1}, 2);
    ana_exp_effects(d, t);
}

static const struct ana_exp_effect *find(const struct ana_exp_table *t, enum ana_exp_kind kind, size_t factor,
                                         size_t to, size_t with_to)
{
    for (size_t i = 0; i < t->effect_count; i++) {
        const struct ana_exp_effect *e = &t->effects[i];
        if (e->kind == kind && e->factor == factor && e->to == to && e->with_to == with_to)
            return e;
    }
    fail_msg("no effect of kind %d", (int)kind);
    return NULL;
}

static void effects_of_a_design(void **state)
{
    struct ana_exp_design d = two_by_three();
    struct ana_exp_table t = {0};
    (void)state;
    fill(&t, &d);
    assert_int_equal(ana_exp_level_of(&d, 5, 0), 1);
    assert_int_equal(ana_exp_level_of(&d, 5, 1), 2);
    near(find(&t, ANA_EXP_MAIN, 0, 1, 0)->value, 132.0 / 3 - 70.0 / 3);
    near(find(&t, ANA_EXP_MAIN, 0, 1, 0)->reference, 70.0 / 3);
    near(find(&t, ANA_EXP_MAIN, 1, 1, 0)->value, 25.0 - 11.0);
    near(find(&t, ANA_EXP_MAIN, 1, 2, 0)->value, 65.0 - 11.0);
    /* the pool adds 2 with one CPU, 10 with two, 50 with four */
    near(find(&t, ANA_EXP_INTERACTION, 0, 1, 1)->value, 8);
    near(find(&t, ANA_EXP_INTERACTION, 0, 1, 2)->value, 48);
    const struct ana_exp_effect *total = find(&t, ANA_EXP_TOTAL, 0, 0, 0);
    const struct ana_exp_effect *pool = find(&t, ANA_EXP_SHARE, 0, 1, 0),
                                *cpus = find(&t, ANA_EXP_SHARE, 1, 2, 0);
    near(total->value, 80);
    near(pool->value, (2.0 + 50.0) / 2);
    near(pool->value + cpus->value, total->value);
    free(t.cells);
    free(t.effects);
}

/* With no interaction every share equals the main effect over the whole range. */
static void shares_without_interaction(void **state)
{
    struct ana_exp_design d = {.factor_count = 3, .repeats = 2};
    struct ana_exp_table t = {.cells = calloc(8, sizeof *t.cells)};
    (void)state;
    for (int f = 0; f < 3; f++)
        d.factors[f] = (struct ana_exp_factor){.name = "f", .levels = {"a", "b"}, .level_count = 2};
    t.effects = calloc(ana_exp_effect_count(&d), sizeof *t.effects);
    for (size_t c = 0; c < 8; c++) {
        double mean = 5 + (c >> 2 & 1 ? 1 : 0) + (c >> 1 & 1 ? 10 : 0) + (c & 1 ? 100 : 0);
        t.cells[c] = ana_exp_cell_of((double[]){mean, mean}, 2);
    }
    ana_exp_effects(&d, &t);
    for (size_t f = 0; f < 3; f++) {
        near(find(&t, ANA_EXP_SHARE, f, 1, 0)->value, pow(10, (double)f));
        near(find(&t, ANA_EXP_MAIN, f, 1, 0)->value, pow(10, (double)f));
        /* repeats that agree exactly leave no doubt */
        assert_int_equal(find(&t, ANA_EXP_MAIN, f, 1, 0)->verdict, ANA_EXP_EFFECT);
    }
    free(t.cells);
    free(t.effects);
}

/* The corner that the share's percentages refer to is 100, the mean that the main effect starts from 120: an
 * effect of 11 that would have been seen is a tenth of one, and not of the other. Both say the same of the
 * factor. */
static void a_factor_and_its_share_have_one_verdict(void **state)
{
    struct ana_exp_design d = {.factor_count = 2, .repeats = 3};
    static const double means[] = {100, 140, 100, 140};
    (void)state;
    for (int f = 0; f < 2; f++)
        d.factors[f] = (struct ana_exp_factor){.name = "f", .levels = {"a", "b"}, .level_count = 2};
    int unlike_by_corner = 0;
    for (double spread = 1; spread < 10; spread += 0.05) {
        struct ana_exp_table t = {.cells = calloc(4, sizeof *t.cells)};
        t.effects = calloc(ana_exp_effect_count(&d), sizeof *t.effects);
        for (int c = 0; c < 4; c++)
            t.cells[c] = ana_exp_cell_of((double[]){means[c] - spread, means[c], means[c] + spread}, 3);
        ana_exp_effects(&d, &t);
        for (size_t f = 0; f < 2; f++) {
            const struct ana_exp_effect *effect = find(&t, ANA_EXP_MAIN, f, 1, 0);
            const struct ana_exp_effect *share = find(&t, ANA_EXP_SHARE, f, 1, 0);
            near(effect->value, share->value);
            assert_int_equal(effect->verdict, share->verdict);
            near(share->reference, 100);
            unlike_by_corner += f == 0 && effect->detectable > 10 && effect->detectable <= 12;
        }
        free(t.cells);
        free(t.effects);
    }
    assert_true(unlike_by_corner > 5); /* the test has met the border */
}

#define RUN(name, level2, extra)                                                                             \
    run_make(                                                                                                \
        state, name,                                                                                         \
        RUN_META "INSERT INTO level VALUES(1,10," RUN_NS("0") "," RUN_NS(                                    \
            "1000") ");" level2                                                                              \
                    "INSERT INTO request VALUES(1,1,'10.0.0.9:1','10.0.0.1:80','GET','/a','',1," RUN_NS(     \
                        "10") "," RUN_NS("10") "," RUN_NS("20") "," RUN_NS("20") ",200,0,10,1,'');" extra)
#define AGAIN "INSERT INTO level VALUES(2,10," RUN_NS("2000") "," RUN_NS("3000") ");"
#define TWO_MORE                                                                                                               \
    "INSERT INTO request VALUES(2,1,'10.0.0.9:1','10.0.0.1:80','GET','/a','',2," RUN_NS("2010") "," RUN_NS("2010") "," RUN_NS( \
        "2020") "," RUN_NS("2020") ",200,0,10,1,'');"                                                                          \
                                   "INSERT INTO request "                                                                      \
                                   "VALUES(3,1,'10.0.0.9:1','10.0.0.1:80','GET','/"                                            \
                                   "a','',2," RUN_NS("2030") "," RUN_NS("2030") "," RUN_NS("2040") "," RUN_NS(                 \
                                       "2040") ",200,0,10,1,'');"                                                              \
                                               "INSERT INTO request "                                                          \
                                               "VALUES(4,1,'10.0.0.9:1','10.0.0.1:80','"                                       \
                                               "GET','/a','',2," RUN_NS("2050") "," RUN_NS(                                    \
                                                   "2050") "," RUN_NS("2060") "," RUN_NS("2060") ",200,0,"                     \
                                                                                                 "10,1,'');"

/* A ramp that comes to 10 users twice (1 and 3 requests a second) is one run, not two repeats. */
static void runs_from_files(void **state)
{
    struct ana_exp_design d = {.title = "t",
                               .factors = {{.name = "f", .levels = {"a", "b"}, .level_count = 2}},
                               .factor_count = 1,
                               .repeats = 1};
    const struct ana_exp_run runs[] = {{RUN("x.run.db", "", ""), 0, 1},
                                       {RUN("y.run.db", AGAIN, TWO_MORE), 1, 1}};
    struct ana_experiment *x = NULL;
    struct pp_err err = {.text = ""};
    if (ana_experiment_new(&x, &d, runs, 2, &err) != PP_OK)
        fail_msg("%s", err.text);
    assert_int_equal(x->step_count, 1);
    assert_int_equal(x->steps[0].users, 10);
    const struct ana_exp_table *t = &x->steps[0].tables[ana_exp_response_find("throughput")];
    assert_int_equal(t->cells[1].n, 1);
    near(t->cells[0].mean, 1);
    near(t->cells[1].mean, 2);
    near(t->effects[0].value, 1);
    assert_false(t->effects[0].has_interval);
    ana_experiment_free(&x);
    assert_null(x);
}

static void bad_designs(void **state)
{
    struct ana_exp_design d = two_by_three();
    const struct ana_exp_run outside = {"/nowhere.run.db", 6, 1}, nowhere = {"/nowhere.run.db", 0, 1};
    struct ana_experiment *x = NULL;
    struct pp_err err = {.text = ""};
    (void)state;
    assert_int_equal(ana_experiment_new(&x, &d, &outside, 1, &err), PP_INVALID);
    assert_int_equal(ana_experiment_new(&x, &d, &nowhere, 1, &err), PP_NOENT);
    d.factor_count = 0;
    assert_int_equal(ana_experiment_new(&x, &d, &nowhere, 1, &err), PP_INVALID);
    assert_null(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(welch_interval),
        cmocka_unit_test(verdicts),
        cmocka_unit_test(a_factor_and_its_share_have_one_verdict),
        cmocka_unit_test(effects_of_a_design),
        cmocka_unit_test(shares_without_interaction),
        cmocka_unit_test(runs_from_files),
        cmocka_unit_test(bad_designs),
    };
    return cmocka_run_group_tests(tests, run_folder_setup, run_folder_teardown);
}

/* summary: the population method against a simulation whose true waits are known, over pools, users, shapes
 * and load */
#include "test_analysis_sim_model.h"

#include "baseline.h"
#include "budget.h"
#include "parts.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MS 1e6

static const int pools[] = {1, 2, 5, 10, 20, 50};
static const int users[] = {10, 30, 50};
#define POOLS (sizeof pools / sizeof pools[0])
#define LEVELS 3

/* Connections are held for longer than the application works between: what a pool that is too small looks
 * like. */
static const struct sim_class one[] = {{1, 1, 300, 0, 200, 2000}};
static const struct sim_class sixteen[] = {{1, 16, 400, 150, 300, 1500}};
static const struct sim_class mixed[] = {{1, 16, 400, 150, 300, 1500},
                                         {1, 1, 300, 0, 200, 800},
                                         {1, 1, 200, 0, 150, 500},
                                         {1, 1, 600, 0, 500, 3000}};
/* The application works for longer than it holds connections: waits are a small difference of large numbers.
 */
static const struct sim_class light_one[] = {{1, 1, 6000, 0, 4000, 1000}};
static const struct sim_class light_sixteen[] = {{1, 16, 3000, 2000, 1500, 600}};

static const struct load {
    const char *name;
    const struct sim_class *classes;
    int count;
} heavy[] = {{"1 checkout", one, 1}, {"16 checkouts", sixteen, 1}, {"mixed", mixed, 4}},
  light[] = {{"light, 1 checkout", light_one, 1}, {"light, 16 checkouts", light_sixteen, 1}};

struct tally {
    unsigned levels, within, covered;
    double worst;
};

static struct sim_options options(const struct load *load, int pool, enum sim_shape shape)
{
    return (struct sim_options){.pool = pool,
                                .users = users,
                                .levels = LEVELS,
                                .level_s = pool >= 20 ? 0.7 : 2, /* large pools do more work in less time */
                                .warmup_s = 0.3,
                                .classes = load->classes,
                                .class_count = load->count,
                                .app_shape = shape,
                                .hold_shape = shape == SIM_FIXED ? SIM_LOGNORMAL : shape,
                                .handoff_us = 100,
                                .seed = 7 + (uint64_t)pool};
}

static double waits(const int64_t ns[ANA_LINE_COUNT])
{
    return (double)(ns[ANA_ACQUIRE_EXHAUSTED] + ns[ANA_ACQUIRE_DIAL] + ns[ANA_ACQUIRE_BLOCKED_BY_DIAL]);
}

static void assert_exact(const struct ana_budget *b)
{
    int64_t sum = 0;
    for (int i = 0; i < ANA_LINE_COUNT; i++) {
        assert_true(b->ns[i] >= 0);
        assert_true(b->low_ns[i] >= 0 && b->low_ns[i] <= b->ns[i] && b->ns[i] <= b->high_ns[i]);
        sum += b->ns[i];
    }
    assert_int_equal(sum, b->total_ns);
}

/* Mean waits of a level in ms: true, estimated, bounds. */
struct result {
    double truth, mid, low, high;
};

static struct result level_result(const struct ana_flow *flow, const struct sim_truth *truth)
{
    struct ana_budget b;
    struct ana_budget_rules rules = {0};
    ana_budget_make(&b, flow, &rules);
    assert_exact(&b);
    assert_true(b.identified);
    assert_int_equal(b.requests, truth->requests);
    double n = (double)truth->requests * MS;
    /* Held connections are measured; only at the borders of a level they are shared with the warm-up. */
    double held = (double)(b.ns[ANA_STATEMENT] + b.ns[ANA_COMMIT] + b.ns[ANA_TXN_IDLE]);
    assert_true(fabs(held - truth->hold_ns) < 0.1 * truth->hold_ns);
    return (struct result){truth->wait_ns / n, waits(b.ns) / n, waits(b.low_ns) / n, waits(b.high_ns) / n};
}

static void run(const struct sim_options *o, struct result out[LEVELS])
{
    struct ana_facts f;
    struct ana_sweep s;
    struct sim_truth truth[SIM_LEVELS_MAX];
    sim_run(o, &f, truth);
    assert_int_equal(ana_sweep_all(&s, &f), PP_OK);
    for (int i = 0; i < o->levels; i++)
        out[i] = level_result(&s.levels[i], &truth[i]);
    ana_sweep_fini(&s);
    ana_facts_fini(&f);
}

static void count(struct tally *t, const struct result *r, double tolerance)
{
    double error = fabs(r->mid - r->truth) / r->truth;
    t->levels++;
    t->within += error <= tolerance;
    t->covered += r->truth >= r->low - 0.01 && r->truth <= r->high + 0.01;
    t->worst = error > t->worst ? error : t->worst;
}

static void check_load(const struct load *load, enum sim_shape shape, struct tally *rest, struct tally *bare)
{
    for (size_t p = 0; p < POOLS; p++) {
        struct result r[LEVELS];
        struct sim_options o = options(load, pools[p], shape);
        run(&o, r);
        /* A pool smaller than the smallest level is exhausted all the time: only its first and last moments
         * tell how long the application works. */
        bool is_bare = pools[p] < users[0];
        for (int i = 0; i < LEVELS; i++) {
            if (pools[p] >= users[i]) {
                if (r[i].mid > 0.05)
                    fail_msg("%s, shape %d, pool %d, %d users: %.3f ms of waiting where nobody waits",
                             load->name, (int)shape, pools[p], users[i], r[i].mid);
            } else if (r[i].truth > 1) {
                count(is_bare ? bare : rest, &r[i], 0.05);
                if (getenv("SIM_VERBOSE"))
                    print_message(
                        "%-20s shape %d pool %2d users %2d: %9.3f ms, estimated %9.3f [%9.3f, %9.3f]\n",
                        load->name, (int)shape, pools[p], users[i], r[i].truth, r[i].mid, r[i].low,
                        r[i].high);
            }
        }
    }
}

static void test_heavy_load(void **state)
{
    struct tally rest = {0}, bare = {0};
    (void)state;
    for (size_t i = 0; i < sizeof heavy / sizeof heavy[0]; i++)
        for (int shape = SIM_FIXED; shape <= SIM_EXPONENTIAL; shape++)
            check_load(&heavy[i], (enum sim_shape)shape, &rest, &bare);
    print_message(
        "some level with free time: %u of %u levels within 5 %%, %u in their interval, worst %.1f %%\n",
        rest.within, rest.levels, rest.covered, 100 * rest.worst);
    print_message(
        "always exhausted:          %u of %u levels within 5 %%, %u in their interval, worst %.1f %%\n",
        bare.within, bare.levels, bare.covered, 100 * bare.worst);
    assert_true(rest.levels >= 30 && bare.levels >= 75);
    assert_int_equal(rest.within, rest.levels);
    assert_int_equal(rest.covered, rest.levels);
    assert_true(bare.within * 100 >= bare.levels * 95);
    assert_true(bare.covered * 100 >= bare.levels * 97);
    assert_true(bare.worst < 0.10);
}

static void test_light_load(void **state)
{
    struct tally rest = {0}, bare = {0};
    (void)state;
    for (size_t i = 0; i < sizeof light / sizeof light[0]; i++)
        check_load(&light[i], SIM_LOGNORMAL, &rest, &bare);
    print_message(
        "some level with free time: %u of %u levels within 5 %%, %u in their interval, worst %.1f %%\n",
        rest.within, rest.levels, rest.covered, 100 * rest.worst);
    print_message(
        "always exhausted:          %u of %u levels within 5 %%, %u in their interval, worst %.1f %%\n",
        bare.within, bare.levels, bare.covered, 100 * bare.worst);
    assert_int_equal(rest.within, rest.levels);
    assert_true(bare.covered * 100 >= bare.levels * 90);
}

static void test_dialling(void **state)
{
    static const int thirty[] = {30};
    (void)state;
    for (int serial = 0; serial < 2; serial++) {
        struct ana_facts f;
        struct ana_sweep s;
        struct sim_truth truth[SIM_LEVELS_MAX];
        struct sim_options o = options(&heavy[0], 45, SIM_LOGNORMAL);
        struct ana_budget b;
        struct ana_budget_rules rules = {0};
        o.users = thirty;
        o.levels = 1;
        o.level_s = 0.1;
        o.warmup_s = 0;
        o.dial_us = 8000;
        o.serial_dial = serial;
        sim_run(&o, &f, truth);
        assert_int_equal(ana_sweep_all(&s, &f), PP_OK);
        ana_budget_make(&b, &s.levels[0], &rules);
        assert_exact(&b);
        double wait = waits(b.ns), dial = (double)b.ns[ANA_ACQUIRE_DIAL];
        double blocked = (double)b.ns[ANA_ACQUIRE_BLOCKED_BY_DIAL];
        print_message("dials %s: %.3f ms, estimated %.3f (own %.3f, others %.3f)\n",
                      serial ? "one by one" : "side by side",
                      truth[0].wait_ns / (double)truth[0].requests / MS, wait / (double)b.requests / MS,
                      dial / (double)b.requests / MS, blocked / (double)b.requests / MS);
        assert_true(fabs(wait - truth[0].wait_ns) < 0.1 * truth[0].wait_ns);
        /* Dials side by side: each waits for its own. One after the other: most wait for those of others. */
        assert_true(serial ? blocked > 5 * dial : dial > 5 * blocked);
        assert_true(s.pools[0].dials_under_load == f.conn_count);
        assert_true(s.pools[0].open_max == f.conn_count);
        ana_sweep_fini(&s);
        ana_facts_fini(&f);
    }
}

/* Connections that are too old are dialled anew by whom they are given to, in a pool that is large enough and
 * in one that is not: own dials are seen, and hold others up only under the pool's lock. */
static void test_recycling(void **state)
{
    static const int few_and_many[] = {1, 8, 40};
    (void)state;
    for (int serial = 0; serial < 2; serial++) {
        struct ana_facts f;
        struct ana_sweep s;
        struct sim_truth truth[SIM_LEVELS_MAX];
        struct sim_options o = options(&heavy[0], 12, SIM_LOGNORMAL);
        o.users = few_and_many;
        o.level_s = 3;
        o.dial_us = 3000;
        o.serial_dial = serial;
        o.recycle_us = 300000;
        sim_run(&o, &f, truth);
        f.pools[0].parallel = !serial;
        assert_int_equal(ana_dials_find(&f), PP_OK);
        assert_int_equal(ana_sweep_all(&s, &f), PP_OK);
        for (int i = 1; i < o.levels; i++) {
            struct ana_budget b;
            struct ana_budget_rules rules = {0};
            ana_budget_make(&b, &s.levels[i], &rules);
            assert_exact(&b);
            double n = (double)b.requests * MS, wait = waits(b.ns), own = (double)b.ns[ANA_ACQUIRE_DIAL];
            print_message("recycled, %s, %d users: %.3f ms, estimated %.3f; own dials %.3f, found %.3f\n",
                          serial ? "serial" : "parallel", few_and_many[i], truth[i].wait_ns / n, wait / n,
                          truth[i].own_ns / n, own / n);
            assert_true(fabs(own - truth[i].own_ns) < 0.05 * truth[i].own_ns);
            assert_true(fabs(wait - truth[i].wait_ns) < 0.05 * truth[i].wait_ns + 0.05 * n);
            assert_true(truth[i].wait_ns >= waits(b.low_ns) - 0.02 * n &&
                        truth[i].wait_ns <= waits(b.high_ns) + 0.02 * n);
            if (!serial)
                assert_true(b.ns[ANA_ACQUIRE_BLOCKED_BY_DIAL] == 0);
        }
        ana_sweep_fini(&s);
        ana_facts_fini(&f);
    }
}

/* Reference time of `n` requests that each work alone or `beside` each other, 5 ms of it for each. */
static void reference(struct ana_trace *t, uint32_t beside, size_t n, int64_t ns)
{
    static const uint8_t events[] = {STEP_START, STEP_TAKE, STEP_RETURN, STEP_END};
    for (size_t i = 0; i < 4 * n; i++) {
        assert_true(FACT_ROOM(t->steps, t->count, t->cap));
        bool works = i % 4 == 1 || i % 4 == 3;
        t->steps[t->count++] = (struct ana_step){
            .dt_ns = works ? ns : 0, .rest = works ? beside : 0, .event = events[i % 4], .reference = true};
    }
}

static void test_slow_with_many(void **state)
{
    (void)state;
    for (int slower = 0; slower < 2; slower++) {
        struct ana_trace t = {0};
        struct ana_baselines b;
        reference(&t, 1, 200, 5000000);
        /* With 50 beside each other one of them ends in a 50th of the time that each takes. */
        reference(&t, 50, 200, slower ? 2000000 : 100000);
        assert_int_equal(ana_baselines_fit(&b, &t), PP_OK);
        assert_true(b.slower == (slower == 1));
        assert_true(b.few.mean_ns[STRETCH_AFTER] > 3e6 && b.few.mean_ns[STRETCH_AFTER] < 7e6);
        free(t.steps);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_heavy_load),     cmocka_unit_test(test_light_load),
        cmocka_unit_test(test_dialling),       cmocka_unit_test(test_recycling),
        cmocka_unit_test(test_slow_with_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

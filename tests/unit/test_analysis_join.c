/* summary: joining requests with checkouts against a simulation that knows whose each one was, and by trace
 * ids */
#include "test_analysis_sim_model.h"

#include "analysis.h"
#include "join.h"
#include "parts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Few requests are between two checkouts at a time: what a server with a few CPUs lets happen. */
static const struct sim_class quick[] = {
    {1, 16, 400, 60, 60, 1500}, {1, 1, 100, 0, 60, 800}, {1, 1, 100, 0, 60, 500}, {1, 1, 100, 0, 60, 3000}};
static const struct sim_class slow[] = {{1, 16, 400, 60, 60, 30000},
                                        {1, 1, 100, 0, 60, 16000},
                                        {1, 1, 100, 0, 60, 10000},
                                        {1, 1, 100, 0, 60, 60000}};

struct result {
    size_t checkouts, right, joined;
    double confidence;
    struct ana_join join;
};

/* Joins a simulated run; every traced-th request and its checkouts carry a trace id, 0: none. `cpu`: samples
 * of the application. */
static struct result run_with(const struct sim_options *options, unsigned traced, struct fact_hosts cpu)
{
    struct ana_facts f;
    struct sim_truth truth[SIM_LEVELS_MAX];
    struct sim_owners owners = {NULL, 0, 0};
    struct sim_options o = *options;
    struct result r = {.checkouts = 0};
    o.owners = &owners;
    sim_run(&o, &f, truth);
    assert_int_equal(owners.count, f.checkout_count);
    f.hosts[ANA_HOST_APP] = cpu;
    for (size_t i = 0; i < f.request_count && traced; i++)
        if (f.requests[i].id % traced == 0)
            f.requests[i].trace[1] = f.requests[i].id;
    for (size_t i = 0; i < f.checkout_count && traced; i++) {
        if (owners.ids[i] % traced != 0)
            continue;
        assert_true(FACT_ROOM(f.traces, f.trace_count, f.trace_cap));
        f.traces[f.trace_count++] = (struct fact_trace){
            .trace = {0, owners.ids[i]}, .sent_ns = f.checkouts[i].start_ns, .conn = f.checkouts[i].conn};
    }
    assert_int_equal(ana_join_make(&r.join, &f, 500000), PP_OK);
    r.checkouts = f.checkout_count;
    for (size_t i = 0; i < f.checkout_count; i++) {
        const struct ana_link *l = &r.join.links[i];
        r.joined += l->request != FACT_NONE;
        r.right += l->request != FACT_NONE && f.requests[l->request].id == owners.ids[i];
        r.confidence += (double)l->confidence;
        if (traced && owners.ids[i] % traced == 0) {
            assert_int_equal(l->how, ANA_JOIN_TRACE);
            assert_int_equal(f.requests[l->request].id, owners.ids[i]);
        }
    }
    /* The chains hold every joined checkout once, in order. */
    size_t chained = 0;
    for (size_t i = 0; i < f.request_count; i++) {
        uint32_t n = 0, prev = FACT_NONE;
        for (uint32_t k = r.join.chains[i].first; k != FACT_NONE; k = r.join.links[k].next, n++) {
            assert_int_equal(r.join.links[k].request, i);
            assert_int_equal(r.join.links[k].prev, prev);
            assert_true(prev == FACT_NONE || f.checkouts[prev].start_ns <= f.checkouts[k].start_ns);
            prev = k;
        }
        assert_int_equal(n, r.join.chains[i].count);
        chained += n;
    }
    assert_int_equal(chained, r.joined);
    free(owners.ids);
    f.hosts[ANA_HOST_APP] = (struct fact_hosts){.at = NULL};
    ana_facts_fini(&f);
    return r;
}

static struct result run(const struct sim_options *options, unsigned traced)
{
    return run_with(options, traced, (struct fact_hosts){.at = NULL});
}

struct kase {
    int pool;
    const int *users;
    const struct sim_class *classes;
    enum sim_waiters waiters;
    double dial_us;
    bool serial;
    double least; /* share of right joins */
};

/* The most that the confidence may be above the share that is right: of one run, and over several. */
#define TOO_SURE 0.17
#define TOO_SURE_MEAN 0.13
/* And below it. */
#define TOO_SHY 0.22
#define TOO_SHY_MEAN 0.1

/* The confidence less the share that is right. */
static double check(const struct kase *k)
{
    static const char *const names[] = {"first come", "last come", "any"};
    struct sim_options o = {.pool = k->pool,
                            .users = k->users,
                            .levels = 2,
                            .level_s = 2,
                            .warmup_s = 0.1,
                            .classes = k->classes,
                            .class_count = 4,
                            .app_shape = SIM_LOGNORMAL,
                            .hold_shape = SIM_LOGNORMAL,
                            .handoff_us = 60,
                            .dial_us = k->dial_us,
                            .serial_dial = k->serial,
                            .waiters = k->waiters,
                            .seed = 11};
    struct result r = run(&o, 0);
    double right = (double)r.right / (double)r.checkouts;
    double confidence = r.confidence / (double)r.checkouts;
    print_message("pool %d, %d users, %s served first: %.1f %% of %zu checkouts right, confidence %.2f\n",
                  k->pool, k->users[1], names[k->waiters], 100 * right, r.checkouts, confidence);
    assert_true(right >= k->least);
    assert_true(confidence <= right + TOO_SURE && confidence >= right - TOO_SHY);
    ana_join_fini(&r.join);
    return confidence - right;
}

static void check_all(const struct kase *cases, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += check(&cases[i]);
    assert_true(sum / (double)n <= TOO_SURE_MEAN && sum / (double)n >= -TOO_SHY_MEAN);
}

static const int ten[] = {1, 10}, hundred[] = {1, 100};

static void by_order(void **state)
{
    static const struct kase cases[] = {
        {2, ten, quick, SIM_FIRST_COME, 0, false, 0.92},
        {5, ten, slow, SIM_FIRST_COME, 0, false, 0.97},
        {20, ten, slow, SIM_FIRST_COME, 0, false, 0.97},
        {2, hundred, quick, SIM_FIRST_COME, 0, false, 0.86},
        {5, hundred, slow, SIM_FIRST_COME, 0, false, 0.94},
        {20, hundred, slow, SIM_FIRST_COME, 0, false, 0.80},
        {5, hundred, slow, SIM_FIRST_COME, 3000, false, 0.94},
        {5, hundred, slow, SIM_FIRST_COME, 3000, true, 0.95},
    };
    (void)state;
    check_all(cases, sizeof cases / sizeof cases[0]);
}

static void by_other_orders(void **state)
{
    static const struct kase cases[] = {
        {5, ten, slow, SIM_LAST_COME, 0, false, 0.3},
        {5, hundred, slow, SIM_LAST_COME, 0, false, 0.1},
        {5, ten, slow, SIM_ANY, 0, false, 0.3},
        {5, hundred, slow, SIM_ANY, 0, false, 0.1},
    };
    (void)state;
    check_all(cases, sizeof cases / sizeof cases[0]);
}

/* An event loop that is short of CPU: requests wait for their turn of it, and want a connection in the order
 * in which they came. Long work before the first checkout says nothing of that order. */
static void by_turn_of_a_loop(void **state)
{
    static const struct sim_class busy[] = {
        {1, 16, 6000, 100, 200, 6000}, {3, 1, 6000, 0, 200, 9000}, {1, 1, 6000, 0, 200, 2000}};
    struct sim_options o = {.pool = 2,
                            .users = ten,
                            .levels = 2,
                            .level_s = 4,
                            .warmup_s = 0.1,
                            .classes = busy,
                            .class_count = 3,
                            .app_shape = SIM_LOGNORMAL,
                            .hold_shape = SIM_LOGNORMAL,
                            .handoff_us = 60,
                            .one_thread = true,
                            .seed = 11};
    struct fact_host samples[] = {{.ts_ns = 1}, {.ts_ns = 2, .cpu_ns = 1000, .top_thread_ns = 990}};
    double right[2];
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct result r =
            run_with(&o, 0, (struct fact_hosts){.at = i == 0 ? samples : NULL, .count = i == 0 ? 2 : 0});
        right[i] = (double)r.right / (double)r.checkouts;
        ana_join_fini(&r.join);
    }
    print_message("event loop: %.1f %% right, without samples of the CPU %.1f %%\n", 100 * right[0],
                  100 * right[1]);
    assert_true(right[0] >= 0.97 && right[0] > right[1]);
}

/* One thread that gives each request the time it takes, beside the others: their own pace orders the queue.
 */
static void by_own_pace_of_a_loop(void **state)
{
    static const struct sim_class paced[] = {
        {1, 16, 9000, 60, 60, 6000}, {3, 1, 9000, 0, 60, 9000}, {1, 1, 9000, 0, 60, 2000}};
    struct sim_options o = {.pool = 2,
                            .users = ten,
                            .levels = 2,
                            .level_s = 4,
                            .warmup_s = 0.1,
                            .classes = paced,
                            .class_count = 3,
                            .app_shape = SIM_FIXED,
                            .hold_shape = SIM_LOGNORMAL,
                            .handoff_us = 60,
                            .seed = 11};
    struct fact_host samples[] = {{.ts_ns = 1}, {.ts_ns = 2, .cpu_ns = 1000, .top_thread_ns = 990}};
    (void)state;
    struct result r = run_with(&o, 0, (struct fact_hosts){.at = samples, .count = 2});
    print_message("event loop, own pace: %zu of %zu right\n", r.right, r.checkouts);
    assert_true((double)r.right >= 0.97 * (double)r.checkouts);
    ana_join_fini(&r.join);
}

#define SHARED 7

static uint64_t own_trace(uint64_t id)
{
    return id;
}

/* One of fifty has an id of its own. */
static uint64_t shared_trace(uint64_t id)
{
    return id % 50 == 0 ? id : SHARED;
}

/* How many checkouts are joined by the trace ids that trace_of gives to requests and what they send. With
 * `early` every answer begins at once, as a streamed one does. None of them is wrong. */
static size_t exact_joins(uint64_t (*trace_of)(uint64_t), bool early, size_t *checkouts)
{
    static const int users[] = {10};
    struct sim_owners owners = {NULL, 0, 0};
    struct sim_options o = {.pool = 5,
                            .users = users,
                            .levels = 1,
                            .level_s = 0.5,
                            .warmup_s = 0.1,
                            .classes = quick,
                            .class_count = 4,
                            .app_shape = SIM_EXPONENTIAL,
                            .hold_shape = SIM_EXPONENTIAL,
                            .handoff_us = 60,
                            .seed = 5,
                            .owners = &owners};
    struct sim_truth truth[SIM_LEVELS_MAX];
    struct ana_facts f;
    struct ana_join j;
    sim_run(&o, &f, truth);
    for (size_t i = 0; i < f.request_count; i++) {
        f.requests[i].trace[1] = trace_of(f.requests[i].id);
        f.requests[i].first_ns = early ? f.requests[i].arrival_ns : f.requests[i].first_ns;
    }
    for (size_t i = 0; i < f.checkout_count; i++) {
        assert_true(FACT_ROOM(f.traces, f.trace_count, f.trace_cap));
        f.traces[f.trace_count++] = (struct fact_trace){.trace = {0, trace_of(owners.ids[i])},
                                                        .sent_ns = f.checkouts[i].start_ns,
                                                        .conn = f.checkouts[i].conn};
    }
    assert_int_equal(ana_join_make(&j, &f, 500000), PP_OK);
    for (size_t i = 0; i < f.checkout_count; i++) {
        const struct ana_link *l = &j.links[i];
        if (l->how == ANA_JOIN_TRACE)
            assert_int_equal(f.requests[l->request].id, owners.ids[i]);
        else
            assert_int_equal(trace_of(owners.ids[i]), SHARED);
    }
    size_t exact = j.exact;
    *checkouts = f.checkout_count;
    free(owners.ids);
    ana_join_fini(&j);
    ana_facts_fini(&f);
    return exact;
}

/* Of several requests in flight with one trace id the id tells nothing; one alone with its own is told. */
static void by_shared_trace(void **state)
{
    size_t checkouts;
    (void)state;
    size_t exact = exact_joins(shared_trace, false, &checkouts);
    assert_true(exact > 0 && exact < checkouts / 4);
}

static void by_trace_while_it_answers(void **state)
{
    size_t checkouts;
    (void)state;
    size_t exact = exact_joins(own_trace, true, &checkouts);
    assert_int_equal(exact, checkouts);
}

static void by_trace(void **state)
{
    static const int users[] = {30};
    struct sim_options o = {.pool = 5,
                            .users = users,
                            .levels = 1,
                            .level_s = 1,
                            .warmup_s = 0.1,
                            .classes = quick,
                            .class_count = 4,
                            .app_shape = SIM_EXPONENTIAL,
                            .hold_shape = SIM_EXPONENTIAL,
                            .handoff_us = 60,
                            .seed = 5};
    (void)state;
    struct result r = run(&o, 1);
    assert_int_equal(r.right, r.checkouts);
    assert_int_equal(r.join.exact, r.checkouts);
    ana_join_fini(&r.join);
    r = run(&o, 2); /* half of the requests */
    assert_true(r.join.exact > r.checkouts / 4 && r.join.inferred > r.checkouts / 4);
    ana_join_fini(&r.join);
}

/* The same run gives the same joins. */
static void is_deterministic(void **state)
{
    static const int users[] = {20};
    struct sim_options o = {.pool = 4,
                            .users = users,
                            .levels = 1,
                            .level_s = 0.5,
                            .classes = quick,
                            .class_count = 4,
                            .app_shape = SIM_EXPONENTIAL,
                            .hold_shape = SIM_LOGNORMAL,
                            .handoff_us = 60,
                            .seed = 3};
    (void)state;
    struct result a = run(&o, 0), b = run(&o, 0);
    assert_int_equal(a.checkouts, b.checkouts);
    for (size_t i = 0; i < a.checkouts; i++)
        assert_int_equal(a.join.links[i].request, b.join.links[i].request);
    ana_join_fini(&a.join);
    ana_join_fini(&b.join);
}

static void nothing_to_join(void **state)
{
    struct ana_facts f = {0};
    struct ana_join j;
    (void)state;
    assert_int_equal(ana_join_make(&j, &f, 200000), PP_OK);
    assert_true(j.exact == 0 && j.inferred == 0 && j.none == 0);
    ana_join_fini(&j);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_order),
        cmocka_unit_test(by_turn_of_a_loop),
        cmocka_unit_test(by_own_pace_of_a_loop),
        cmocka_unit_test(by_other_orders),
        cmocka_unit_test(by_trace),
        cmocka_unit_test(by_shared_trace),
        cmocka_unit_test(by_trace_while_it_answers),
        cmocka_unit_test(is_deterministic),
        cmocka_unit_test(nothing_to_join),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

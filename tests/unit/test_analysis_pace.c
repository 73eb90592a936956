/* summary: how much slower the application works: by a level's own reference, by its CPU, or not to be told
 */
#include "pace.h"

#include "analysis.h"
#include "wait.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MS INT64_C(1000000)
#define S INT64_C(1000000000)
#define BEGIN (1000 * S)

struct made {
    struct ana_facts f;
    struct ana_sweep s;
    struct ana_baselines b;
};

/* With few at work: 10 ms before the only checkout, hardly anything after it. */
static void begin(struct made *m)
{
    memset(m, 0, sizeof *m);
    m->s.start_ns = BEGIN;
    m->b.slower = m->b.few_known = true;
    m->b.few_rest = 2;
    m->b.few = (struct ana_baseline){.mean_ns = {1, 1, 1}, .before_floor_ns = 10 * MS, .observed = 1000};
    m->b.all = m->b.few;
    m->b.all.mean_ns[STRETCH_BEFORE] = 90 * MS;
    m->b.few.after_share = m->b.all.after_share = 1;
}

static void end(struct made *m)
{
    free(m->f.levels);
    free(m->f.hosts[ANA_HOST_APP].at);
    free(m->f.statements);
    free(m->f.checkouts);
    free(m->s.trace.steps);
}

static void add_level(struct made *m, int64_t from_ns, int64_t to_ns)
{
    assert_true(FACT_ROOM(m->f.levels, m->f.level_count, m->f.level_cap));
    m->f.levels[m->f.level_count++] =
        (struct fact_level){.users = 10, .start_ns = BEGIN + from_ns, .end_ns = BEGIN + to_ns};
}

static void add_sample(struct made *m, int64_t at_ns, int64_t cpu_ns, int64_t delay_ns, int64_t threads)
{
    struct fact_hosts *h = &m->f.hosts[ANA_HOST_APP];
    assert_true(FACT_ROOM(h->at, h->count, h->cap));
    h->at[h->count++] = (struct fact_host){.ts_ns = BEGIN + at_ns,
                                           .cpu_ns = cpu_ns,
                                           .run_delay_ns = delay_ns,
                                           .top_thread_ns = cpu_ns / 10,
                                           .threads = threads};
}

static void step(struct made *m, int64_t dt_ns, uint32_t rest, enum ana_step_event event, bool reference)
{
    struct ana_trace *t = &m->s.trace;
    assert_true(FACT_ROOM(t->steps, t->count, t->cap));
    t->steps[t->count++] =
        (struct ana_step){.dt_ns = dt_ns, .rest = rest, .event = (uint8_t)event, .reference = reference};
}

/* `n` requests in a second, one each so often; all the time `rest` of them are without a connection. */
static void second(struct made *m, int n, uint32_t rest, bool reference)
{
    for (int i = 0; i < n; i++) {
        step(m, S / n / 2, rest, STEP_START, reference);
        step(m, S / n / 4, rest, STEP_TAKE, reference);
        step(m, S / n / 8, rest, STEP_RETURN, reference);
        step(m, S / n - S / n / 2 - S / n / 4 - S / n / 8, rest, STEP_END, reference);
    }
}

static struct ana_pace *paces(struct made *m, size_t *n)
{
    struct ana_pace *out = NULL;
    assert_int_equal(ana_paces_new(&out, n, &m->f, &m->s, &m->b), PP_OK);
    return out;
}

/* 80 requests a second use 0.8 CPUs and nothing else does: all that waits for a CPU is their own work. */
static void test_by_cpu(void **state)
{
    struct made m;
    size_t n;
    (void)state;
    begin(&m);
    add_level(&m, 0, 2 * S);
    second(&m, 80, 9, false);
    second(&m, 80, 9, false);
    add_sample(&m, 0, 0, 0, 10);
    add_sample(&m, S, 800 * MS, 1600 * MS, 10);
    add_sample(&m, 2 * S, 1600 * MS, 1600 * MS, 3); /* seven threads ended, and what they waited is gone */
    struct ana_pace *p = paces(&m, &n);
    assert_int_equal(n, 3);
    for (size_t i = 0; i < n; i++) {
        assert_true(p[i].by_cpu && p[i].least <= 1);
        assert_true(p[i].mid > 2.9 && p[i].mid < 3.1);
        assert_true(p[i].most >= p[i].mid && p[i].most < 3.2);
    }
    assert_int_equal(p[0].from_ns, 0);
    assert_int_equal(p[2].from_ns, S);
    free(p);
    end(&m);
}

/* The same time waits for a CPU, but half of the use is not the requests' own work. */
static void test_partly_own(void **state)
{
    struct made m;
    size_t n;
    (void)state;
    begin(&m);
    add_level(&m, 0, S);
    second(&m, 40, 9, false);
    add_sample(&m, 0, 0, 0, 10);
    add_sample(&m, S, 800 * MS, 1600 * MS, 10);
    struct ana_pace *p = paces(&m, &n);
    assert_int_equal(n, 2);
    assert_true(p[1].mid > 1.9 && p[1].mid < 2.1); /* a quarter of 1.6 s, to 0.4 s */
    assert_true(p[1].most > 5.9 && p[1].most < 6.1);
    free(p);
    end(&m);
}

static void test_by_own_reference(void **state)
{
    struct made m;
    size_t n;
    (void)state;
    begin(&m);
    add_level(&m, 0, S);
    second(&m, 100, 2, true); /* 20 ms for each, with connections free */
    add_sample(&m, 0, 0, 0, 10);
    add_sample(&m, S, 800 * MS, 9 * S, 10);
    struct ana_pace *p = paces(&m, &n);
    assert_int_equal(n, 1);
    assert_true(!p[0].by_cpu && p[0].mid > 1.9 && p[0].mid < 2.1);
    assert_true(p[0].least < p[0].mid && p[0].mid < p[0].most);
    free(p);
    end(&m);
}

/* No samples; one thread does it all (who waits for its turn waits where no sample sees it); not slower. */
static void test_not_known(void **state)
{
    struct made m;
    size_t n;
    (void)state;
    for (int i = 0; i < 3; i++) {
        begin(&m);
        add_level(&m, 0, S);
        second(&m, 80, 9, false);
        if (i > 0) {
            add_sample(&m, 0, 0, 0, 10);
            add_sample(&m, S, 800 * MS, 1600 * MS, 10);
        }
        if (i == 1)
            m.f.hosts[ANA_HOST_APP].at[1].top_thread_ns = 790 * MS;
        m.b.slower = i < 2;
        struct ana_pace *p = paces(&m, &n);
        assert_true(i < 2 || n == 0);
        for (size_t k = 0; k < n; k++)
            assert_true(p[k].most <= 0);
        free(p);
        end(&m);
    }
}

static void add_statement(struct made *m, int64_t at_ns, uint32_t query)
{
    assert_true(FACT_ROOM(m->f.statements, m->f.statement_count, m->f.statement_cap));
    m->f.statements[m->f.statement_count++] = (struct fact_statement){
        .sent_ns = BEGIN + at_ns, .last_ns = BEGIN + at_ns + MS, .query = query, .complete = true};
}

/* A checkout of the only connection: two statements of 1 ms, so long apart. */
static void add_checkout(struct made *m, int64_t at_ns, int64_t turn_ns)
{
    assert_true(FACT_ROOM(m->f.checkouts, m->f.checkout_count, m->f.checkout_cap));
    m->f.checkouts[m->f.checkout_count++] = (struct fact_checkout){
        .start_ns = BEGIN + at_ns, .end_ns = BEGIN + at_ns + turn_ns + 2 * MS, .statements = 2};
    add_statement(m, at_ns, 1);
    add_statement(m, at_ns + MS + turn_ns, 2);
}

/* A second with one request at work, then a level with nine and nobody to tell from the queue: what has a
 * connection takes 3 ms for a turn of 1 ms. */
static void make_loop(struct made *m, struct fact_conn *conn, struct fact_pool *pool)
{
    begin(m);
    *conn = (struct fact_conn){.id = 1};
    *pool = (struct fact_pool){.id = 1, .application = true};
    m->f.conns = conn;
    m->f.pools = pool;
    m->f.conn_count = m->f.pool_count = 1;
    add_level(m, S, 2 * S);
    second(m, 80, 1, true);
    second(m, 80, 9, false);
    for (int i = 0; i < 100; i++)
        add_checkout(m, i * 10 * MS, MS);
    for (int i = 0; i < 90; i++)
        add_checkout(m, S + i * 10 * MS, 3 * MS);
    add_sample(m, 0, 0, 0, 1);
    add_sample(m, 2 * S, 1600 * MS, 1600 * MS, 1);
    m->f.hosts[ANA_HOST_APP].at[1].top_thread_ns = 1500 * MS;
}

static void test_by_turns(void **state)
{
    struct made m;
    struct fact_conn conn;
    struct fact_pool pool;
    (void)state;
    for (int slower = 0; slower < 2; slower++) {
        size_t n;
        make_loop(&m, &conn, &pool);
        m.b.slower = slower == 1;
        struct ana_pace *p = paces(&m, &n);
        assert_int_equal(n, 1);
        assert_true(p[0].by_cpu && p[0].least <= 1);
        assert_true(p[0].mid > 2.9 && p[0].mid < 3.1 && p[0].most > 4.8 && p[0].most < 5.2);
        assert_true(p[0].turn_ns > 1.9 * MS && p[0].turn_ns < 2.1 * MS);
        free(p);
        end(&m);
    }
}

/* Threads wait for no turn; and a tenth longer says nothing where the whole reference is no slower. */
static void test_no_turns(void **state)
{
    struct made m;
    struct fact_conn conn;
    struct fact_pool pool;
    (void)state;
    for (int threads = 0; threads < 2; threads++) {
        size_t n;
        make_loop(&m, &conn, &pool);
        m.b.slower = false;
        if (threads)
            m.f.hosts[ANA_HOST_APP].at[1].top_thread_ns = 160 * MS;
        for (size_t i = 200; i < m.f.statement_count; i += 2)
            m.f.statements[i].last_ns += threads ? 0 : 1900000;
        struct ana_pace *p = paces(&m, &n);
        assert_int_equal(n, threads ? 0 : 1);
        assert_true(threads || p[0].most <= 0);
        free(p);
        end(&m);
    }
}

/* A short time with a connection free is a hand-over where everything is slow, and a doubt is unfounded where
 * connections are free most of the time. */
static void test_doubts(void **state)
{
    struct made m;
    (void)state;
    begin(&m);
    const struct ana_pace all[] = {{.from_ns = 0, .least = 1, .mid = 5, .most = 6, .by_cpu = true},
                                   {.from_ns = S, .least = 1, .mid = 5, .most = 6}};
    step(&m, 10 * MS, 9, STEP_NONE, false);
    step(&m, 3 * MS, 9, STEP_NONE, true); /* 1: within four times a hand-over of 1 ms */
    step(&m, 10 * MS, 9, STEP_NONE, false);
    step(&m, 5 * MS, 9, STEP_NONE, true); /* 3: longer */
    step(&m, S, 9, STEP_NONE, false);
    step(&m, 3 * MS, 9, STEP_NONE, true); /* 5: in the second level */
    step(&m, 3 * MS, 9, STEP_NONE, false);
    m.s.trace.steps[6].doubted = true;
    ana_paces_doubt(&m.s.trace, all, 2, MS);
    const bool wanted[] = {false, false, false, true, false, true, true};
    for (size_t i = 0; i < m.s.trace.count; i++)
        assert_true(m.s.trace.steps[i].reference == wanted[i]);
    end(&m);
}

/* Five times as slow: less of the same time without a connection is a wait, and the bounds say between what.
 */
static void test_waits(void **state)
{
    struct made m;
    double sum[2] = {0, 0};
    (void)state;
    begin(&m);
    step(&m, MS, 0, STEP_NONE, true);
    for (int i = 0; i < 50; i++)
        step(&m, MS, 50, STEP_START, false);
    for (int i = 0; i < 200; i++) {
        step(&m, 5 * MS, 50, STEP_TAKE, false);
        step(&m, 5 * MS, 50, STEP_RETURN, false);
        step(&m, 0, 50, STEP_END, false);
        step(&m, 0, 50, STEP_START, false);
    }
    const struct ana_pace pace = {.from_ns = 0, .least = 1, .mid = 5, .most = 8, .by_cpu = true};
    for (size_t paced = 0; paced < 2; paced++) {
        struct ana_wait *w = NULL;
        struct ana_wait_rules rules = {
            .baselines = &m.b, .longest_ns = 1e9, .paces = &pace, .pace_count = paced};
        assert_int_equal(ana_wait_new(&w, &m.s.trace, &rules), PP_OK);
        for (size_t i = 0; i < m.s.trace.count; i++) {
            double ns = (double)m.s.trace.steps[i].dt_ns;
            sum[paced] += ns * (double)w[i].mid;
            assert_true(!paced || m.s.trace.steps[i].dt_ns == 0 || i < 100 ||
                        (w[i].low <= w[i].mid && w[i].mid <= w[i].high));
        }
        free(w);
    }
    /* 100 arrivals a second: one at work with few, five at this pace. */
    double less = (sum[0] - sum[1]) / (2050 * (double)MS);
    assert_true(less > 3 && less < 5);
    end(&m);
}

/* Few took no time at all: times that is nothing, and yet each stretch waits for its turn. */
static void test_waits_by_turns(void **state)
{
    struct made m;
    double sum[2] = {0, 0};
    (void)state;
    begin(&m);
    m.b.few.before_floor_ns = 0;
    step(&m, MS, 0, STEP_NONE, true);
    for (int i = 0; i < 50; i++)
        step(&m, MS, 50, STEP_START, false);
    for (int i = 0; i < 200; i++) {
        step(&m, 5 * MS, 50, STEP_TAKE, false);
        step(&m, 5 * MS, 50, STEP_RETURN, false);
        step(&m, 0, 50, STEP_END, false);
        step(&m, 0, 50, STEP_START, false);
    }
    for (int turns = 0; turns < 2; turns++) {
        const struct ana_pace pace = {
            .least = 1, .mid = 2, .most = 3, .by_cpu = true, .turn_ns = turns ? 20.0 * MS : 0};
        struct ana_wait *w = NULL;
        struct ana_wait_rules rules = {.baselines = &m.b, .longest_ns = 1e9, .paces = &pace, .pace_count = 1};
        assert_int_equal(ana_wait_new(&w, &m.s.trace, &rules), PP_OK);
        for (size_t i = 0; i < m.s.trace.count; i++)
            sum[turns] += (double)m.s.trace.steps[i].dt_ns * (double)w[i].mid;
        free(w);
    }
    /* 100 arrivals a second, 20 ms before the checkout of each and after it. */
    double less = (sum[0] - sum[1]) / (2050 * (double)MS);
    assert_true(less > 3.2 && less < 4.4);
    end(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_cpu),           cmocka_unit_test(test_partly_own),
        cmocka_unit_test(test_by_own_reference), cmocka_unit_test(test_not_known),
        cmocka_unit_test(test_doubts),           cmocka_unit_test(test_waits),
        cmocka_unit_test(test_by_turns),         cmocka_unit_test(test_no_turns),
        cmocka_unit_test(test_waits_by_turns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

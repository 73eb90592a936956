/* summary: unit tests of reftarget's pool with a dialler whose dials the test lets end */
#include "pool.h"

#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define CONNS 64

/* Connections are addresses in `conns`. A gated dialler's dials end one by one, as permits are given. */
struct fake {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool gated;
    int permits;
    int failures; /* so many of the next dials to end fail */
    int dials;    /* ended well */
    int hang_ups;
    char conns[CONNS];
};

static void *fake_dial(void *priv, struct pp_err *err)
{
    struct fake *f = priv;
    void *conn = NULL;
    pthread_mutex_lock(&f->lock);
    while (f->gated && f->permits == 0)
        pthread_cond_wait(&f->changed, &f->lock);
    if (f->gated)
        f->permits--;
    if (f->failures > 0) {
        f->failures--;
        (void)pp_err_set(err, PP_IO, "too many connections");
    } else {
        conn = &f->conns[f->dials++];
    }
    pthread_mutex_unlock(&f->lock);
    return conn;
}

static void fake_hang_up(void *priv, void *conn, enum pool_close why)
{
    struct fake *f = priv;
    (void)conn;
    (void)why;
    pthread_mutex_lock(&f->lock);
    f->hang_ups++;
    pthread_mutex_unlock(&f->lock);
}

static void permit(struct fake *f, int failures)
{
    pthread_mutex_lock(&f->lock);
    f->permits++;
    f->failures += failures;
    pthread_cond_broadcast(&f->changed);
    pthread_mutex_unlock(&f->lock);
}

static struct pool *make_pool(struct fake *f, const struct pool_config *config)
{
    struct pool_dialler d = {.dial = fake_dial, .hang_up = fake_hang_up, .priv = f};
    memset(f, 0, sizeof *f);
    pthread_mutex_init(&f->lock, NULL);
    pthread_cond_init(&f->changed, NULL);
    struct pool *p = pool_new(config, &d);
    assert_non_null(p);
    assert_int_equal(pool_fill(p, NULL), PP_OK);
    return p;
}

/* A thread that acquires, says so, and releases when told. */
struct client {
    struct pool_lease lease;
    struct pp_err err;
    enum pp_status status;
    int turn;
    atomic_bool got;
    atomic_bool may_release;
    atomic_int *turns; /* counts who got one when */
    pthread_t thread;
    struct pool *pool;
};

static void *client_main(void *priv)
{
    struct client *c = priv;
    c->status = pool_acquire(c->pool, &c->lease, &c->err);
    if (c->turns != NULL)
        c->turn = atomic_fetch_add(c->turns, 1);
    atomic_store(&c->got, true);
    while (!atomic_load(&c->may_release))
        sched_yield();
    if (c->status == PP_OK)
        pool_release(c->pool, c->lease.conn);
    return NULL;
}

static void start(struct client *c, struct pool *p)
{
    memset(c, 0, sizeof *c);
    c->pool = p;
    assert_int_equal(pthread_create(&c->thread, NULL, client_main, c), 0);
}

static void await_got(struct client *c)
{
    while (!atomic_load(&c->got))
        sched_yield();
}

static void finish(struct client *c)
{
    atomic_store(&c->may_release, true);
    pthread_join(c->thread, NULL);
}

static struct pool_stats stats_of(struct pool *p)
{
    struct pool_stats s;
    pool_get_stats(p, &s);
    return s;
}

static void await_stats(struct pool *p, size_t waiting, size_t dialling)
{
    for (;;) {
        struct pool_stats s = stats_of(p);
        if (s.waiting == waiting && s.dialling == dialling)
            return;
        sched_yield();
    }
}

static void assert_sums(const struct pool_lease *l)
{
    int64_t sum = 0;
    for (int i = 0; i < POOL_CAUSES; i++)
        sum += l->part_ns[i];
    assert_true(l->got_ns >= l->want_ns);
    assert_int_equal(sum, l->got_ns - l->want_ns);
}

static void test_fill_dials_min(void **state)
{
    struct fake f;
    struct pool_lease l;
    (void)state;
    struct pool *p = make_pool(&f, &(struct pool_config){.min = 3, .max = 5});
    assert_int_equal(f.dials, 3);
    assert_int_equal(stats_of(p).idle, 3);
    assert_int_equal(pool_acquire(p, &l, NULL), PP_OK);
    assert_int_equal(l.cause, POOL_NONE);
    assert_int_equal(f.dials, 3);
    assert_sums(&l);
    pool_release(p, l.conn);
    pool_free(&p);
    assert_null(p);
    assert_int_equal(f.hang_ups, 3);
}

static void test_fill_reports_failure(void **state)
{
    struct fake f = {.failures = 0};
    struct pp_err err = {PP_OK, ""};
    struct pool_dialler d = {.dial = fake_dial, .hang_up = fake_hang_up, .priv = &f};
    struct pool_config config = {.min = 2, .max = 2};
    (void)state;
    pthread_mutex_init(&f.lock, NULL);
    pthread_cond_init(&f.changed, NULL);
    f.failures = 1;
    struct pool *p = pool_new(&config, &d);
    assert_int_equal(pool_fill(p, &err), PP_IO);
    assert_string_equal(err.text, "too many connections");
    assert_int_equal(stats_of(p).open, 0);
    pool_free(&p);
}

static void test_grows_to_max_only(void **state)
{
    struct fake f;
    struct pool_lease a;
    struct pool_lease b;
    struct pool_lease c;
    struct pp_err err = {PP_OK, ""};
    (void)state;
    struct pool *p = make_pool(&f, &(struct pool_config){.min = 1, .max = 2, .timeout_ns = 1});
    assert_int_equal(pool_acquire(p, &a, &err), PP_OK);
    assert_int_equal(pool_acquire(p, &b, &err), PP_OK);
    assert_int_equal(b.cause, POOL_DIAL);
    assert_int_equal(pool_acquire(p, &c, &err), PP_LIMIT);
    assert_int_equal(err.status, PP_LIMIT);
    assert_int_equal(c.cause, POOL_EXHAUSTED);
    assert_null(c.conn);
    assert_sums(&c);
    assert_int_equal(f.dials, 2);
    assert_int_equal(stats_of(p).waiting, 0);
    pool_release(p, a.conn);
    pool_release(p, b.conn);
    pool_free(&p);
}

static void check_reuse(bool lifo, int first_out)
{
    struct fake f;
    struct pool_lease l[3];
    struct pool_lease again;
    struct pool *p = make_pool(&f, &(struct pool_config){.min = 3, .max = 3, .lifo = lifo});
    for (int i = 0; i < 3; i++)
        assert_int_equal(pool_acquire(p, &l[i], NULL), PP_OK);
    /* goes back in the order 1, 2, 0 */
    pool_release(p, l[1].conn);
    pool_release(p, l[2].conn);
    pool_release(p, l[0].conn);
    assert_int_equal(pool_acquire(p, &again, NULL), PP_OK);
    assert_ptr_equal(again.conn, l[first_out].conn);
    pool_release(p, again.conn);
    pool_free(&p);
}

static void test_reuse_order(void **state)
{
    (void)state;
    check_reuse(false, 1);
    check_reuse(true, 0);
}

static void test_waiters_in_order(void **state)
{
    enum { N = 5 };
    struct fake f;
    struct client c[N];
    struct pool_lease l;
    atomic_int turns = 0;
    (void)state;
    struct pool *p = make_pool(&f, &(struct pool_config){.min = 1, .max = 1});
    assert_int_equal(pool_acquire(p, &l, NULL), PP_OK);
    for (size_t i = 0; i < N; i++) {
        memset(&c[i], 0, sizeof c[i]);
        c[i].pool = p;
        c[i].turns = &turns;
        atomic_store(&c[i].may_release, true);
        assert_int_equal(pthread_create(&c[i].thread, NULL, client_main, &c[i]), 0);
        await_stats(p, i + 1, 0);
    }
    pool_release(p, l.conn);
    for (int i = 0; i < N; i++) {
        pthread_join(c[i].thread, NULL);
        assert_int_equal(c[i].turn, i);
        assert_int_equal(c[i].lease.cause, POOL_EXHAUSTED);
        assert_sums(&c[i].lease);
    }
    assert_int_equal(f.dials, 1);
    pool_free(&p);
}

/* A released connection belongs to the first waiter at once: it is never idle, so nobody can overtake. */
static void test_hand_over(void **state)
{
    struct fake f;
    struct client first;
    struct client second;
    struct pool_lease l;
    (void)state;
    struct pool *p = make_pool(&f, &(struct pool_config){.min = 1, .max = 1});
    assert_int_equal(pool_acquire(p, &l, NULL), PP_OK);
    start(&first, p);
    await_stats(p, 1, 0);
    pool_release(p, l.conn);
    assert_int_equal(stats_of(p).idle, 0);
    start(&second, p);
    await_got(&first);
    await_stats(p, 1, 0);
    assert_false(atomic_load(&second.got));
    finish(&first);
    await_got(&second);
    finish(&second);
    pool_free(&p);
}

static void test_parallel_dials(void **state)
{
    struct fake f;
    struct client c[3];
    (void)state;
    struct pool *p = make_pool(&f, &(struct pool_config){.min = 0, .max = 2});
    f.gated = true;
    start(&c[0], p);
    start(&c[1], p);
    await_stats(p, 0, 2);
    start(&c[2], p);
    await_stats(p, 1, 2);
    permit(&f, 0);
    permit(&f, 0);
    await_got(&c[0]);
    await_got(&c[1]);
    assert_int_equal(c[0].lease.cause, POOL_DIAL);
    assert_int_equal(c[1].lease.cause, POOL_DIAL);
    finish(&c[0]);
    await_got(&c[2]);
    assert_int_equal(c[2].lease.cause, POOL_EXHAUSTED);
    assert_int_equal(c[2].lease.part_ns[POOL_BLOCKED_BY_DIAL], 0);
    finish(&c[1]);
    finish(&c[2]);
    pool_free(&p);
}

static void test_serial_dials_one_by_one(void **state)
{
    struct fake f;
    struct client c[2];
    (void)state;
    struct pool *p = make_pool(&f, &(struct pool_config){.min = 0, .max = 4, .serial = true});
    f.gated = true;
    start(&c[0], p);
    await_stats(p, 0, 1);
    start(&c[1], p);
    await_stats(p, 1, 1);
    permit(&f, 0);
    await_got(&c[0]);
    assert_int_equal(c[0].lease.cause, POOL_DIAL);
    await_stats(p, 0, 1); /* now the second dials */
    permit(&f, 0);
    await_got(&c[1]);
    assert_true(c[1].lease.part_ns[POOL_BLOCKED_BY_DIAL] > 0);
    assert_true(c[1].lease.part_ns[POOL_DIAL] > 0);
    assert_int_equal(c[1].lease.part_ns[POOL_EXHAUSTED], 0);
    assert_sums(&c[1].lease);
    finish(&c[0]);
    finish(&c[1]);
    pool_free(&p);
}

/* A connection that comes back during somebody's dial stays idle until the dial ends, then goes to the
 * waiter. */
static void test_serial_dial_blocks_hand_over(void **state)
{
    struct fake f;
    struct client c[2];
    struct pool_lease l;
    (void)state;
    struct pool *p = make_pool(&f, &(struct pool_config){.min = 1, .max = 3, .serial = true});
    f.gated = true;
    assert_int_equal(pool_acquire(p, &l, NULL), PP_OK);
    start(&c[0], p);
    await_stats(p, 0, 1);
    start(&c[1], p);
    await_stats(p, 1, 1);
    pool_release(p, l.conn);
    assert_int_equal(stats_of(p).idle, 1);
    assert_int_equal(stats_of(p).waiting, 1);
    permit(&f, 0);
    await_got(&c[0]);
    await_got(&c[1]);
    assert_ptr_equal(c[1].lease.conn, l.conn);
    assert_int_equal(c[1].lease.cause, POOL_BLOCKED_BY_DIAL);
    assert_int_equal(c[1].lease.part_ns[POOL_DIAL], 0);
    assert_int_equal(f.dials, 2);
    finish(&c[0]);
    finish(&c[1]);
    pool_free(&p);
}

/* The last place is being dialled: who comes then waits for a release, not for that dial. */
static void test_serial_at_max_is_exhausted(void **state)
{
    struct fake f;
    struct client c[2];
    struct pool_lease l;
    (void)state;
    struct pool *p = make_pool(&f, &(struct pool_config){.min = 1, .max = 2, .serial = true});
    f.gated = true;
    assert_int_equal(pool_acquire(p, &l, NULL), PP_OK);
    start(&c[0], p);
    await_stats(p, 0, 1);
    start(&c[1], p);
    await_stats(p, 1, 1);
    permit(&f, 0);
    await_got(&c[0]);
    await_stats(p, 1, 0);
    pool_release(p, l.conn);
    await_got(&c[1]);
    assert_int_equal(c[1].lease.cause, POOL_EXHAUSTED);
    assert_int_equal(c[1].lease.part_ns[POOL_BLOCKED_BY_DIAL], 0);
    finish(&c[0]);
    finish(&c[1]);
    pool_free(&p);
}

static void check_failed_dial(bool serial)
{
    struct fake f;
    struct client c[2];
    struct pool *p = make_pool(&f, &(struct pool_config){.min = 0, .max = 1, .serial = serial});
    f.gated = true;
    start(&c[0], p);
    await_stats(p, 0, 1);
    start(&c[1], p);
    await_stats(p, 1, 1);
    permit(&f, 1);
    await_got(&c[0]);
    assert_int_equal(c[0].status, PP_IO);
    assert_string_equal(c[0].err.text, "too many connections");
    assert_null(c[0].lease.conn);
    assert_int_equal(c[0].lease.cause, POOL_DIAL);
    await_stats(p, 0, 1); /* the waiter has taken the place and dials */
    permit(&f, 0);
    await_got(&c[1]);
    assert_int_equal(c[1].status, PP_OK);
    assert_sums(&c[1].lease);
    finish(&c[0]);
    finish(&c[1]);
    assert_int_equal(stats_of(p).open, 1);
    pool_free(&p);
}

static void test_failed_dial_wakes_waiter(void **state)
{
    (void)state;
    check_failed_dial(false);
    check_failed_dial(true);
}

static void test_discard_lets_waiter_dial(void **state)
{
    struct fake f;
    struct client c;
    struct pool_lease l;
    (void)state;
    struct pool *p = make_pool(&f, &(struct pool_config){.min = 1, .max = 1});
    assert_int_equal(pool_acquire(p, &l, NULL), PP_OK);
    start(&c, p);
    await_stats(p, 1, 0);
    pool_discard(p, l.conn);
    await_got(&c);
    assert_int_equal(c.status, PP_OK);
    assert_ptr_not_equal(c.lease.conn, l.conn);
    finish(&c);
    assert_int_equal(f.dials, 2);
    assert_int_equal(f.hang_ups, 1);
    pool_free(&p);
}

/* A waiter that gives up leaves the queue whole. */
static void test_timeout_within_queue(void **state)
{
    struct fake f;
    struct client c[3];
    struct pool_lease l;
    (void)state;
    struct pool *p = make_pool(&f, &(struct pool_config){.min = 1, .max = 1, .timeout_ns = 1000000});
    assert_int_equal(pool_acquire(p, &l, NULL), PP_OK);
    for (int i = 0; i < 3; i++)
        start(&c[i], p);
    for (int i = 0; i < 3; i++) {
        await_got(&c[i]);
        assert_int_equal(c[i].status, PP_LIMIT);
        assert_sums(&c[i].lease);
        finish(&c[i]);
    }
    assert_int_equal(stats_of(p).waiting, 0);
    pool_release(p, l.conn);
    assert_int_equal(stats_of(p).idle, 1);
    assert_int_equal(pool_acquire(p, &l, NULL), PP_OK);
    pool_release(p, l.conn);
    pool_free(&p);
}

struct storm {
    struct pool *pool;
    struct fake *fake;
    atomic_int held[CONNS];
    atomic_int twice;
    atomic_int wrong_sums;
};

static void *storm_main(void *priv)
{
    struct storm *s = priv;
    for (int i = 0; i < 400; i++) {
        struct pool_lease l;
        if (pool_acquire(s->pool, &l, NULL) != PP_OK)
            continue;
        int64_t sum = l.part_ns[0] + l.part_ns[1] + l.part_ns[2] + l.part_ns[3];
        if (sum != l.got_ns - l.want_ns)
            atomic_fetch_add(&s->wrong_sums, 1);
        size_t at = (size_t)((char *)l.conn - s->fake->conns);
        if (atomic_fetch_add(&s->held[at], 1) != 0)
            atomic_fetch_add(&s->twice, 1);
        if (i % 7 == 0)
            sched_yield();
        atomic_fetch_sub(&s->held[at], 1);
        pool_release(s->pool, l.conn);
    }
    return NULL;
}

static void check_storm(const struct pool_config *config)
{
    enum { N = 8 };
    struct fake f;
    struct storm s;
    pthread_t t[N];
    memset(&s, 0, sizeof s);
    s.pool = make_pool(&f, config);
    s.fake = &f;
    for (int i = 0; i < N; i++)
        assert_int_equal(pthread_create(&t[i], NULL, storm_main, &s), 0);
    for (int i = 0; i < N; i++)
        pthread_join(t[i], NULL);
    assert_int_equal(atomic_load(&s.twice), 0);
    assert_int_equal(atomic_load(&s.wrong_sums), 0);
    struct pool_stats st = stats_of(s.pool);
    assert_true(st.open >= config->min && st.open <= config->max);
    assert_int_equal(st.idle, st.open);
    pool_free(&s.pool);
    assert_int_equal(f.hang_ups, f.dials);
}

static void test_storm(void **state)
{
    (void)state;
    check_storm(&(struct pool_config){.min = 0, .max = 3});
    check_storm(&(struct pool_config){.min = 1, .max = 3, .serial = true});
    check_storm(&(struct pool_config){.min = 2, .max = 8, .serial = true, .lifo = true, .timeout_ns = 50000});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fill_dials_min),
        cmocka_unit_test(test_fill_reports_failure),
        cmocka_unit_test(test_grows_to_max_only),
        cmocka_unit_test(test_reuse_order),
        cmocka_unit_test(test_waiters_in_order),
        cmocka_unit_test(test_hand_over),
        cmocka_unit_test(test_parallel_dials),
        cmocka_unit_test(test_serial_dials_one_by_one),
        cmocka_unit_test(test_serial_dial_blocks_hand_over),
        cmocka_unit_test(test_serial_at_max_is_exhausted),
        cmocka_unit_test(test_failed_dial_wakes_waiter),
        cmocka_unit_test(test_discard_lets_waiter_dial),
        cmocka_unit_test(test_timeout_within_queue),
        cmocka_unit_test(test_storm),
    };
    return cmocka_run_group_tests_name("target_pool", tests, NULL, NULL);
}

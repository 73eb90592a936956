/* summary: unit tests of reftarget's pool: recycling by age, closing idle connections, lost wake-ups */
#include "pool.h"

#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct fake {
    int dials;
    int closes[4]; /* by why */
    int64_t age_ns;
    bool fails;
    char conns[64];
};

static void *fake_dial(void *priv, struct pp_err *err)
{
    struct fake *f = priv;
    if (f->fails) {
        (void)pp_err_set(err, PP_IO, "refused");
        return NULL;
    }
    return &f->conns[f->dials++];
}

static void fake_hang_up(void *priv, void *conn, enum pool_close why)
{
    struct fake *f = priv;
    (void)conn;
    f->closes[why]++;
}

static int64_t fake_age(void *priv, const void *conn)
{
    const struct fake *f = priv;
    (void)conn;
    return f->age_ns;
}

static struct pool *make_pool(struct fake *f, const struct pool_config *config)
{
    struct pool_dialler d = {.dial = fake_dial, .hang_up = fake_hang_up, .age_ns = fake_age, .priv = f};
    memset(f, 0, sizeof *f);
    struct pool *p = pool_new(config, &d);
    assert_non_null(p);
    assert_int_equal(pool_fill(p, NULL), PP_OK);
    return p;
}

static struct pool_stats stats_of(struct pool *p)
{
    struct pool_stats s;
    pool_get_stats(p, &s);
    return s;
}

static void test_old_is_replaced(void **state)
{
    struct fake f;
    struct pool_lease l;
    (void)state;
    struct pool *p = make_pool(&f, &(struct pool_config){.min = 1, .max = 2, .recycle_ns = 100});
    f.age_ns = 99;
    assert_int_equal(pool_acquire(p, &l, NULL), PP_OK);
    assert_ptr_equal(l.conn, &f.conns[0]);
    pool_release(p, l.conn);
    f.age_ns = 100;
    assert_int_equal(pool_acquire(p, &l, NULL), PP_OK);
    assert_ptr_equal(l.conn, &f.conns[1]);
    assert_int_equal(l.cause, POOL_DIAL);
    assert_int_equal(f.closes[POOL_CLOSE_OLD], 1);
    assert_int_equal(stats_of(p).open, 1);
    pool_release(p, l.conn);
    pool_free(&p);
    assert_int_equal(f.closes[POOL_CLOSE_END], 1);
}

/* The old connection is gone and no new one came: its place is free again. */
static void test_failed_replacement(void **state)
{
    struct fake f;
    struct pool_lease l;
    (void)state;
    struct pool *p = make_pool(&f, &(struct pool_config){.min = 1, .max = 1, .recycle_ns = 100});
    f.age_ns = 100;
    f.fails = true;
    assert_int_equal(pool_acquire(p, &l, NULL), PP_IO);
    assert_int_equal(stats_of(p).open, 0);
    f.fails = false;
    assert_int_equal(pool_acquire(p, &l, NULL), PP_OK);
    pool_release(p, l.conn);
    pool_free(&p);
}

static void test_idle_ones_are_closed(void **state)
{
    struct fake f;
    struct pool_lease l[3];
    (void)state;
    struct pool *p =
        make_pool(&f, &(struct pool_config){.min = 1, .max = 3, .lifo = true, .idle_timeout_ns = 1});
    for (int i = 0; i < 3; i++)
        assert_int_equal(pool_acquire(p, &l[i], NULL), PP_OK);
    for (int i = 0; i < 3; i++)
        pool_release(p, l[i].conn);
    /* each release closes one at most, and never below the minimum */
    for (int i = 0; i < 5; i++) {
        assert_int_equal(pool_acquire(p, &l[0], NULL), PP_OK);
        pool_release(p, l[0].conn);
    }
    assert_int_equal(stats_of(p).open, 1);
    assert_int_equal(f.closes[POOL_CLOSE_IDLE], 2);
    pool_free(&p);
}

static void test_minimum_stays(void **state)
{
    struct fake f;
    struct pool_lease l;
    (void)state;
    struct pool *p = make_pool(&f, &(struct pool_config){.min = 3, .max = 3, .idle_timeout_ns = 1});
    for (int i = 0; i < 6; i++) {
        assert_int_equal(pool_acquire(p, &l, NULL), PP_OK);
        pool_release(p, l.conn);
    }
    assert_int_equal(stats_of(p).open, 3);
    pool_free(&p);
}

struct client {
    struct pool *pool;
    struct pool_lease lease;
    enum pp_status status;
};

static void *client_main(void *priv)
{
    struct client *c = priv;
    c->status = pool_acquire(c->pool, &c->lease, NULL);
    if (c->status == PP_OK)
        pool_release(c->pool, c->lease.conn);
    return NULL;
}

static void check_lost(bool serial)
{
    struct fake f;
    struct pool_lease l;
    pthread_t thread;
    struct pool *p = make_pool(
        &f,
        &(struct pool_config){
            .min = 1, .max = 1, .serial = serial, .lose_wakeup_percent = 100, .wakeup_timer_ns = 3000000});
    struct client c = {.pool = p};
    assert_int_equal(pool_acquire(p, &l, NULL), PP_OK);
    assert_int_equal(pthread_create(&thread, NULL, client_main, &c), 0);
    while (stats_of(p).waiting == 0)
        sched_yield();
    pool_release(p, l.conn);
    pthread_join(thread, NULL);
    assert_int_equal(c.status, PP_OK);
    assert_true(c.lease.part_ns[POOL_LOST_WAKEUP] > 0);
    assert_int_equal(c.lease.part_ns[POOL_BLOCKED_BY_DIAL], 0);
    int64_t sum = 0;
    for (int i = 0; i < POOL_CAUSES; i++)
        sum += c.lease.part_ns[i];
    assert_int_equal(sum, c.lease.got_ns - c.lease.want_ns);
    pool_free(&p);
}

static void test_lost_wakeup(void **state)
{
    (void)state;
    check_lost(false);
    check_lost(true);
}

/* A wake-up that nobody needs cannot be lost, and one that comes is never lost at 0 percent. */
static void test_nothing_to_lose(void **state)
{
    struct fake f;
    struct pool_lease l;
    (void)state;
    struct pool *p = make_pool(
        &f, &(struct pool_config){.min = 1, .max = 1, .lose_wakeup_percent = 100, .wakeup_timer_ns = 1});
    for (int i = 0; i < 3; i++) {
        assert_int_equal(pool_acquire(p, &l, NULL), PP_OK);
        assert_int_equal(l.cause, POOL_NONE);
        pool_release(p, l.conn);
    }
    pool_free(&p);
}

static void test_names(void **state)
{
    (void)state;
    assert_string_equal(pool_cause_name(POOL_LOST_WAKEUP), "lost_wakeup");
    assert_string_equal(pool_close_name(POOL_CLOSE_IDLE), "idle");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_old_is_replaced),
        cmocka_unit_test(test_failed_replacement),
        cmocka_unit_test(test_idle_ones_are_closed),
        cmocka_unit_test(test_minimum_stays),
        cmocka_unit_test(test_lost_wakeup),
        cmocka_unit_test(test_nothing_to_lose),
        cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests_name("target_pool_aging", tests, NULL, NULL);
}

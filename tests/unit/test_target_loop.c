/* summary: unit tests of reftarget's event loop: order of tasks, timers, descriptors, forks, the pool's
 * waiters */
#include "loop.h"
#include "park.h"
#include "pool.h"

#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cmocka.h>

/* What tasks leave: letters in the order in which they ran. */
struct bench {
    struct loop *loop;
    int fd; /* the source, silent */
    char text[64];
    struct task *sleeper;
    struct pool *pool;
    char conns[4];
    int dials;
};

static void note(struct bench *b, char c)
{
    size_t n = strlen(b->text);
    assert_true(n + 1 < sizeof b->text);
    b->text[n] = c;
}

static void no_run(void *priv)
{
    (void)priv;
}

static int64_t no_timeout(void *priv)
{
    (void)priv;
    return -1;
}

static void init(struct bench *b)
{
    struct pp_err err = {PP_OK, ""};
    memset(b, 0, sizeof *b);
    b->loop = loop_new(&err);
    assert_non_null(b->loop);
    b->fd = eventfd(0, EFD_CLOEXEC);
    assert_true(b->fd >= 0);
}

static void run(struct bench *b)
{
    struct loop_source s = {.fd = b->fd, .run = no_run, .timeout_ns = no_timeout, .priv = b};
    loop_stop(b->loop); /* ends when the tasks have ended */
    loop_run(b->loop, &s);
    loop_free(&b->loop);
    (void)close(b->fd);
}

static void spawn(struct bench *b, fiber_f *f)
{
    assert_int_equal(loop_spawn(b->loop, f, b), PP_OK);
}

static void late(void *priv)
{
    struct bench *b = priv;
    assert_false(loop_park(b->loop, clock_mono_ns() + 4 * NS_PER_MS));
    note(b, 'l');
}

static void early(void *priv)
{
    struct bench *b = priv;
    assert_false(loop_park(b->loop, clock_mono_ns() + NS_PER_MS));
    note(b, 'e');
}

static void at_once(void *priv)
{
    note(priv, 'a');
}

static void test_order(void **state)
{
    struct bench b;
    (void)state;
    init(&b);
    assert_null(loop_current(b.loop));
    assert_null(loop_current(NULL));
    spawn(&b, late);
    spawn(&b, early);
    spawn(&b, at_once);
    run(&b);
    assert_string_equal(b.text, "ael");
    assert_null(b.loop);
}

static void sleeper(void *priv)
{
    struct bench *b = priv;
    b->sleeper = loop_current(b->loop);
    assert_true(loop_park(b->loop, clock_mono_ns() + 60 * NS_PER_S));
    note(b, 's');
}

static void waker(void *priv)
{
    struct bench *b = priv;
    note(b, 'w');
    loop_wake(b->loop, b->sleeper);
    loop_wake(b->loop, b->sleeper); /* it is awake: nothing happens */
    note(b, 'W');
}

static void test_wake(void **state)
{
    struct bench b;
    (void)state;
    init(&b);
    spawn(&b, sleeper);
    spawn(&b, waker);
    run(&b);
    assert_string_equal(b.text, "wWs");
}

static void reader(void *priv)
{
    struct bench *b = priv;
    int fds[2];
    assert_int_equal(pipe(fds), 0);
    assert_int_equal(loop_wait_fd(b->loop, fds[0], EPOLLIN, clock_mono_ns() + NS_PER_MS), 0);
    note(b, '0');
    assert_int_equal(write(fds[1], "x", 1), 1);
    assert_int_equal(loop_wait_fd(b->loop, fds[0], EPOLLIN, 0), EPOLLIN);
    note(b, '1');
    (void)close(fds[0]);
    (void)close(fds[1]);
    /* a descriptor that is none: the caller's next call tells */
    assert_int_equal(loop_wait_fd(b->loop, fds[0], EPOLLOUT, 0), EPOLLOUT);
}

static void test_descriptors(void **state)
{
    struct bench b;
    (void)state;
    init(&b);
    spawn(&b, reader);
    run(&b);
    assert_string_equal(b.text, "01");
}

struct leg {
    struct bench *bench;
    char letter;
};

static void run_leg(void *priv)
{
    const struct leg *l = priv;
    note(l->bench, l->letter);
    park_sleep(l->bench->loop, NS_PER_MS);
    note(l->bench, (char)(l->letter - 'a' + 'A'));
}

static void forker(void *priv)
{
    struct bench *b = priv;
    struct leg legs[3] = {{b, 'x'}, {b, 'y'}, {b, 'z'}};
    park_run_all(b->loop, run_leg, legs, sizeof legs[0], 3);
    note(b, '.');
}

static void test_fork(void **state)
{
    struct bench b;
    (void)state;
    init(&b);
    spawn(&b, forker);
    run(&b);
    assert_string_equal(b.text, "xyzXYZ.");
}

struct count {
    pthread_mutex_t lock;
    int ran;
};

static void count_one(void *priv)
{
    struct count **c = priv;
    pthread_mutex_lock(&(*c)->lock);
    (*c)->ran++;
    pthread_mutex_unlock(&(*c)->lock);
}

static void test_fork_threads(void **state)
{
    struct count c = {.lock = PTHREAD_MUTEX_INITIALIZER};
    struct count *legs[5] = {&c, &c, &c, &c, &c};
    (void)state;
    park_run_all(NULL, count_one, legs, sizeof legs[0], 5);
    assert_int_equal(c.ran, 5);
}

static void *bench_dial(void *priv, struct pp_err *err)
{
    struct bench *b = priv;
    (void)err;
    park_sleep(b->loop, NS_PER_MS);
    return &b->conns[b->dials++];
}

static void bench_hang_up(void *priv, void *conn, enum pool_close why)
{
    (void)priv;
    (void)conn;
    (void)why;
}

static void pool_user(void *priv)
{
    struct bench *b = priv;
    struct pool_lease l;
    assert_int_equal(pool_acquire(b->pool, &l, NULL), PP_OK);
    note(b, l.cause == POOL_DIAL ? 'd' : 'x');
    park_sleep(b->loop, NS_PER_MS);
    pool_release(b->pool, l.conn);
    note(b, 'r');
}

/* One dials, the others are handed the connection in turn; nothing blocks the one thread. */
static void test_pool(void **state)
{
    struct bench b;
    (void)state;
    init(&b);
    struct pool_dialler d = {.dial = bench_dial, .hang_up = bench_hang_up, .priv = &b};
    struct pool_config c = {.min = 0, .max = 1, .loop = b.loop};
    b.pool = pool_new(&c, &d);
    for (int i = 0; i < 3; i++)
        spawn(&b, pool_user);
    run(&b);
    assert_string_equal(b.text, "drxrxr");
    assert_int_equal(b.dials, 1);
    pool_free(&b.pool);
}

static void test_pool_timeout(void **state)
{
    struct bench b;
    (void)state;
    init(&b);
    struct pool_dialler d = {.dial = bench_dial, .hang_up = bench_hang_up, .priv = &b};
    struct pool_config c = {.min = 1, .max = 1, .timeout_ns = NS_PER_MS, .loop = b.loop};
    struct pool_lease held;
    struct pool_lease l;
    b.pool = pool_new(&c, &d);
    assert_int_equal(pool_fill(b.pool, NULL), PP_OK);
    assert_int_equal(pool_acquire(b.pool, &held, NULL), PP_OK);
    assert_int_equal(pool_acquire(b.pool, &l, NULL),
                     PP_LIMIT); /* outside of the loop it is a thread's wait */
    pool_release(b.pool, held.conn);
    pool_free(&b.pool);
    run(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order),        cmocka_unit_test(test_wake),
        cmocka_unit_test(test_descriptors),  cmocka_unit_test(test_fork),
        cmocka_unit_test(test_fork_threads), cmocka_unit_test(test_pool),
        cmocka_unit_test(test_pool_timeout),
    };
    return cmocka_run_group_tests_name("target_loop", tests, NULL, NULL);
}

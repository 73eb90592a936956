/* summary: tests of poolload's reading of /proc/PID/stat */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "watch.h"

#include "base/clock.h"

#include <math.h>
#include <unistd.h>

static void parses(void **state)
{
    (void)state;
    int64_t cpu_ns = 0;
    int64_t rss_bytes = 0;
    int64_t tick_ns = NS_PER_S / sysconf(_SC_CLK_TCK);
    assert_true(
        lg_watch_parse("42 (a) b) (c) S 1 42 42 0 -1 4194304 100 0 0 0 7 5 0 0 20 0 1 0 123 999999 250 "
                       "18446744073709551615 1 1",
                       &cpu_ns, &rss_bytes));
    assert_true(cpu_ns == 12 * tick_ns);
    assert_true(rss_bytes == 250 * sysconf(_SC_PAGESIZE));
    static const char *const bad[] = {
        "", "42", "42 (x", "42 (x)", "42 (x) S 1 42", "42 (x) S 1 42 42 0 -1 1 1 0 0 0 7 5 "};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(lg_watch_parse(bad[i], &cpu_ns, &rss_bytes));
}

static void samples_this_process(void **state)
{
    (void)state;
    struct lg_watch w;
    double v = 0;
    double max = 0;
    lg_watch_init(&w, getpid());
    assert_false(lg_watch_cpu_percent(&w, &v));
    assert_false(lg_watch_memory_mb(&w, &v, &max));
    assert_true(lg_watch_sample(&w));
    assert_false(lg_watch_cpu_percent(&w, &v));
    assert_true(lg_watch_sample(&w));
    assert_true(lg_watch_memory_mb(&w, &v, &max));
    assert_true(v > 0.1 && max >= v);
    lg_watch_init(&w, INT32_MAX);
    assert_false(lg_watch_sample(&w));
    assert_int_equal(w.samples, 0);
}

static void computes(void **state)
{
    (void)state;
    struct lg_watch w = {.pid = 1,
                         .first_ns = 0,
                         .last_ns = 2 * NS_PER_S,
                         .first_cpu_ns = NS_PER_S,
                         .last_cpu_ns = 4 * NS_PER_S,
                         .rss_sum_bytes = 3 << 20,
                         .rss_max_bytes = 2 << 20,
                         .samples = 2};
    double v = 0;
    double max = 0;
    assert_true(lg_watch_cpu_percent(&w, &v));
    assert_true(fabs(v - 150.0) < 1e-9);
    assert_true(lg_watch_memory_mb(&w, &v, &max));
    assert_true(fabs(v - 1.5) < 1e-9 && fabs(max - 2.0) < 1e-9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parses),
        cmocka_unit_test(samples_this_process),
        cmocka_unit_test(computes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

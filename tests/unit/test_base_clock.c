/* summary: tests of base/clock: durations as text, both ways */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"

#include <string.h>

static void parses(void **state)
{
    (void)state;
    assert_true(clock_parse_duration_ns("10s") == 10 * NS_PER_S);
    assert_true(clock_parse_duration_ns("2") == 2 * NS_PER_S);
    assert_true(clock_parse_duration_ns("1ms") == NS_PER_MS);
    assert_true(clock_parse_duration_ns("250us") == 250 * NS_PER_US);
    assert_true(clock_parse_duration_ns("7ns") == 7);
    assert_true(clock_parse_duration_ns("5m") == 300 * NS_PER_S);
    assert_true(clock_parse_duration_ns("2h") == 7200 * NS_PER_S);
    assert_true(clock_parse_duration_ns("0") == 0);
    assert_true(clock_parse_duration_ns("0.25") == 250 * NS_PER_MS);
    assert_true(clock_parse_duration_ns("1.5ms") == 1500 * NS_PER_US);
    assert_true(clock_parse_duration_ns(".5s") == 500 * NS_PER_MS);
    assert_true(clock_parse_duration_ns("0.0000000019s") == 1);
    assert_true(clock_parse_duration_ns("9223372036854775807ns") == INT64_MAX);
}

static void refuses(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "s",
                                      "-1s",
                                      "+1s",
                                      "1 s",
                                      "1x",
                                      "1s2",
                                      " 1",
                                      "1e3",
                                      "0x1",
                                      ".",
                                      ".ms",
                                      "1..2s",
                                      "9223372036854775808ns",
                                      "9223372037s",
                                      "99999999999999999999",
                                      "2562048h"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (clock_parse_duration_ns(bad[i]) != -1)
            fail_msg("\"%s\" was taken", bad[i]);
}

static void formats(void **state)
{
    (void)state;
    static const struct {
        int64_t ns;
        const char *text;
    } cases[] = {{0, "0 ns"},
                 {999, "999 ns"},
                 {1000, "1 us"},
                 {830 * NS_PER_US, "830 us"},
                 {999499, "999 us"},
                 {999999, "1 ms"},
                 {1250 * NS_PER_MS, "1.25 s"},
                 {12345 * NS_PER_US, "12.3 ms"},
                 {10 * NS_PER_S, "10 s"},
                 {100 * NS_PER_S, "100 s"},
                 {3600 * NS_PER_S, "3600 s"},
                 {-1500 * NS_PER_US, "-1.5 ms"}};
    char text[32];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_string_equal(clock_format_ns(text, sizeof text, cases[i].ns), cases[i].text);
    (void)clock_format_ns(text, sizeof text, INT64_MIN);
    char small[3];
    assert_string_equal(clock_format_ns(small, sizeof small, NS_PER_S), "1 ");
}

static void timespecs(void **state)
{
    (void)state;
    struct timespec ts = clock_timespec(1500 * NS_PER_MS);
    assert_int_equal(ts.tv_sec, 1);
    assert_int_equal(ts.tv_nsec, 500000000);
    ts = clock_timespec(-1);
    assert_int_equal(ts.tv_sec, -1);
    assert_int_equal(ts.tv_nsec, 999999999);
}

static void monotonic_does_not_go_back(void **state)
{
    (void)state;
    int64_t last = clock_mono_ns();
    for (int i = 0; i < 1000; i++) {
        int64_t now = clock_mono_ns();
        assert_true(now >= last);
        last = now;
    }
    assert_true(clock_real_ns() > INT64_C(1600000000) * NS_PER_S);
    assert_true(clock_cpu_ns() > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parses),
        cmocka_unit_test(refuses),
        cmocka_unit_test(formats),
        cmocka_unit_test(timespecs),
        cmocka_unit_test(monotonic_does_not_go_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

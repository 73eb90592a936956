/* summary: tests of poolload's schedule, wake heap and header lines */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mark.h"
#include "schedule.h"
#include "wake.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void rng_is_seeded_and_even(void **state)
{
    (void)state;
    struct lg_rng a;
    struct lg_rng b;
    lg_rng_init(&a, 1);
    lg_rng_init(&b, 1);
    for (int i = 0; i < 100; i++)
        assert_true(lg_rng_next(&a) == lg_rng_next(&b));
    lg_rng_init(&b, 2);
    assert_true(lg_rng_next(&a) != lg_rng_next(&b));
    unsigned seen[7] = {0};
    for (int i = 0; i < 70000; i++) {
        uint64_t v = lg_rng_below(&a, 7);
        assert_true(v < 7);
        seen[v]++;
    }
    for (int i = 0; i < 7; i++)
        assert_in_range(seen[i], 9500, 10500);
}

static void between_keeps_its_bounds(void **state)
{
    (void)state;
    struct lg_rng r;
    lg_rng_init(&r, 3);
    int64_t low = INT64_MAX;
    int64_t high = -1;
    for (int i = 0; i < 10000; i++) {
        int64_t v = lg_rng_between(&r, 1000, 1010);
        low = v < low ? v : low;
        high = v > high ? v : high;
    }
    assert_true(low == 1000 && high == 1010);
    assert_true(lg_rng_between(&r, 0, 0) == 0);
    assert_true(lg_rng_between(&r, 5, 5) == 5);
}

static void cycle_repeats_by_weight(void **state)
{
    (void)state;
    static const uint32_t weights[] = {3, 1, 2};
    struct lg_cycle c;
    struct lg_rng r;
    lg_rng_init(&r, 4);
    assert_int_equal(lg_cycle_init(&c, weights, 3), PP_OK);
    unsigned differs = 0;
    size_t last[6] = {0};
    for (int cycle = 0; cycle < 1000; cycle++) {
        size_t order[6];
        unsigned seen[3] = {0};
        for (int i = 0; i < 6; i++) {
            order[i] = lg_cycle_next(&c, &r);
            assert_true(order[i] < 3);
            seen[order[i]]++;
        }
        assert_true(seen[0] == 3 && seen[1] == 1 && seen[2] == 2);
        differs += memcmp(order, last, sizeof order) != 0;
        memcpy(last, order, sizeof last);
    }
    /* 60 different orders are possible. */
    assert_true(differs > 900);
    lg_cycle_fini(&c);
}

static void every_place_is_equally_likely(void **state)
{
    (void)state;
    static const uint32_t weights[] = {1, 1, 1, 1};
    struct lg_cycle c;
    struct lg_rng r;
    unsigned at[4][4] = {{0}};
    lg_rng_init(&r, 5);
    assert_int_equal(lg_cycle_init(&c, weights, 4), PP_OK);
    for (int cycle = 0; cycle < 40000; cycle++)
        for (int i = 0; i < 4; i++)
            at[i][lg_cycle_next(&c, &r)]++;
    for (int i = 0; i < 4; i++)
        for (int e = 0; e < 4; e++)
            assert_in_range(at[i][e], 9600, 10400);
    lg_cycle_fini(&c);
}

static void ramp(void **state)
{
    (void)state;
    static const struct lg_ramp whole = {10, 100, 10};
    static const struct lg_ramp ragged = {1, 10, 4};
    static const struct lg_ramp one = {50, 50, 1};
    assert_int_equal(lg_ramp_levels(&whole), 10);
    assert_int_equal(lg_ramp_users(&whole, 0), 10);
    assert_int_equal(lg_ramp_users(&whole, 9), 100);
    assert_int_equal(lg_ramp_levels(&ragged), 3);
    assert_int_equal(lg_ramp_most_users(&ragged), 9);
    assert_int_equal(lg_ramp_levels(&one), 1);
    assert_int_equal(lg_ramp_most_users(&one), 50);
}

static void stagger(void **state)
{
    (void)state;
    assert_true(lg_stagger_ns(1000, 0, 4) == 0);
    assert_true(lg_stagger_ns(1000, 3, 4) == 750);
    assert_true(lg_stagger_ns(0, 3, 4) == 0);
    assert_true(lg_stagger_ns(INT64_C(86400000000000), 999999, 1000000) == INT64_C(86399913600000));
}

static void arrivals_do_not_slip(void **state)
{
    (void)state;
    /* 3 a second does not divide a second: after an hour the schedule is still exact. */
    assert_true(lg_arrival_ns(3, 3 * 3600, 0, 1) == INT64_C(3600000000000));
    assert_true(lg_arrival_ns(3, 1, 0, 1) == 333333333);
    assert_true(lg_arrival_ns(1000000, UINT64_C(86400000000), 0, 1) == INT64_C(86400000000000));
    /* The threads take turns in the one sequence. */
    for (size_t n = 1; n <= 4; n++)
        for (uint64_t k = 0; k < 40; k++)
            assert_true(lg_arrival_ns(7, k / n, k % n, n) == lg_arrival_ns(7, k, 0, 1));
    static const int64_t rates[] = {1, 3, 7, 1000, 999983};
    static const int64_t ends[] = {0, 1, 333333333, 333333334, 1000000000, 2500000001};
    for (size_t r = 0; r < 5; r++)
        for (size_t e = 0; e < 6; e++)
            for (size_t t = 0; t < 3; t++) {
                uint64_t count = lg_arrivals_before(rates[r], ends[e], t, 3);
                assert_true(lg_arrival_ns(rates[r], count, t, 3) >= ends[e]);
                assert_true(count == 0 || lg_arrival_ns(rates[r], count - 1, t, 3) < ends[e]);
            }
}

static void users_are_split_whole(void **state)
{
    (void)state;
    for (size_t users = 1; users < 40; users++)
        for (size_t n = 1; n <= users; n++) {
            size_t next = 0;
            for (size_t t = 0; t < n; t++) {
                size_t first = 0;
                size_t count = 0;
                lg_split_users(users, n, t, &first, &count);
                assert_int_equal(first, next);
                assert_in_range(count, users / n, users / n + 1);
                next = first + count;
            }
            assert_int_equal(next, users);
        }
}

static void heap_gives_the_earliest(void **state)
{
    (void)state;
    struct lg_wake w;
    struct lg_rng r;
    lg_rng_init(&r, 6);
    assert_int_equal(lg_wake_init(&w, 1000), PP_OK);
    assert_true(lg_wake_next_ns(&w) == INT64_MAX);
    int64_t due[1000];
    for (uint32_t i = 0; i < 1000; i++) {
        due[i] = lg_rng_between(&r, 0, 300);
        lg_wake_add(&w, due[i], i);
    }
    int64_t last = -1;
    bool taken[1000] = {false};
    for (int i = 0; i < 1000; i++) {
        int64_t next = lg_wake_next_ns(&w);
        struct lg_wake_item item = lg_wake_take(&w);
        assert_true(item.due_ns == next && item.due_ns >= last);
        assert_true(due[item.user] == item.due_ns && !taken[item.user]);
        taken[item.user] = true;
        last = item.due_ns;
    }
    assert_int_equal(w.count, 0);
    lg_wake_add(&w, 5, 1);
    lg_wake_clear(&w);
    assert_true(lg_wake_next_ns(&w) == INT64_MAX);
    lg_wake_fini(&w);
}

static void level_mark(void **state)
{
    (void)state;
    char text[LG_MARK_BYTES];
    lg_mark_format(text, 2, 30, INT64_C(1700000000000000000), INT64_C(1700000005000000000));
    assert_string_equal(
        text, "Poolload-Level: index=2; users=30; start=1700000000000000000; end=1700000005000000000");
    lg_mark_format(text, SIZE_MAX, SIZE_MAX, INT64_MAX, INT64_MAX);
    assert_non_null(strstr(text, "; end=9223372036854775807"));
}

static void queue_in_mark(void **state)
{
    (void)state;
    char mark[LG_MARK_BYTES], text[LG_MARK_BYTES];
    lg_mark_format(mark, SIZE_MAX, SIZE_MAX, INT64_MAX, INT64_MAX);
    lg_mark_add_queue(text, mark, INT64_MAX);
    assert_non_null(strstr(text, "; end=9223372036854775807; queue=9223372036854775807"));
    lg_mark_add_queue(text, "Poolload-Level: x", -5);
    assert_string_equal(text, "Poolload-Level: x; queue=0");
    lg_mark_add_queue(text, "", 7);
    assert_string_equal(text, "");
}

static void traceparent(void **state)
{
    (void)state;
    struct lg_rng r;
    char text[LG_TRACEPARENT_BYTES];
    char before[LG_TRACEPARENT_BYTES] = "";
    lg_rng_init(&r, 7);
    for (int i = 0; i < 1000; i++) {
        lg_traceparent_format(text, &r);
        assert_int_equal(strlen(text), strlen("traceparent: ") + 55);
        assert_memory_equal(text, "traceparent: 00-", 16);
        assert_int_equal(strspn(text + 16, "0123456789abcdef"), 32);
        assert_int_equal(text[48], '-');
        assert_int_equal(strspn(text + 49, "0123456789abcdef"), 16);
        assert_string_equal(text + 65, "-01");
        assert_string_not_equal(text, before);
        memcpy(before, text, sizeof before);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rng_is_seeded_and_even),
        cmocka_unit_test(between_keeps_its_bounds),
        cmocka_unit_test(cycle_repeats_by_weight),
        cmocka_unit_test(every_place_is_equally_likely),
        cmocka_unit_test(ramp),
        cmocka_unit_test(stagger),
        cmocka_unit_test(arrivals_do_not_slip),
        cmocka_unit_test(users_are_split_whole),
        cmocka_unit_test(heap_gives_the_earliest),
        cmocka_unit_test(level_mark),
        cmocka_unit_test(queue_in_mark),
        cmocka_unit_test(traceparent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

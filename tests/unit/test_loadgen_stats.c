/* summary: tests of poolload's counts: what is an error, merge over threads */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "stats.h"

#include <string.h>

static void add(struct lg_stats *s, size_t endpoint, enum lg_error error, int status, int64_t latency_ns)
{
    struct lg_outcome o = {.endpoint = endpoint, .error = error, .status = status, .latency_ns = latency_ns};
    lg_stats_add(s, &o);
}

static void success_is_2xx_and_3xx(void **state)
{
    (void)state;
    static const int good[] = {200, 204, 299, 301, 399};
    static const int bad[] = {100, 199, 400, 404, 500, 599, 999, 0, 12345, -1};
    struct lg_stats *s = lg_stats_new(1);
    for (size_t i = 0; i < 5; i++)
        add(s, 0, LG_OK, good[i], 10);
    for (size_t i = 0; i < 10; i++)
        add(s, 0, LG_OK, bad[i], 1000000);
    const struct lg_figures *f = lg_stats_all(s);
    assert_int_equal(f->total, 15);
    assert_int_equal(lg_figures_ok(f), 5);
    assert_int_equal(lg_figures_errors(f), 10);
    assert_int_equal(f->errors[LG_STATUS], 10);
    assert_int_equal(f->status[404], 1);
    assert_int_equal(f->status[0], 3); /* not a status at all */
    assert_int_equal(hist_count(f->latency), 5);
    assert_int_equal(hist_max(f->latency), 10);
    lg_stats_free(&s);
    assert_null(s);
}

static void endpoints_add_up(void **state)
{
    (void)state;
    struct lg_stats *s = lg_stats_new(3);
    add(s, 0, LG_OK, 200, 5);
    add(s, 2, LG_OK, 200, 7);
    add(s, 2, LG_TIMEOUT, 0, 100);
    add(s, 1, LG_REFUSED, 0, 1);
    assert_int_equal(lg_stats_endpoints(s), 3);
    assert_int_equal(lg_stats_endpoint(s, 0)->total, 1);
    assert_int_equal(lg_stats_endpoint(s, 2)->total, 2);
    assert_int_equal(lg_stats_endpoint(s, 2)->errors[LG_TIMEOUT], 1);
    assert_int_equal(hist_count(lg_stats_endpoint(s, 1)->latency), 0);
    assert_int_equal(lg_stats_all(s)->total, 4);
    assert_int_equal(lg_stats_all(s)->errors[LG_REFUSED], 1);
    assert_int_equal(hist_sum(lg_stats_all(s)->latency), 12);
    lg_stats_free(&s);
}

static void merge_equals_one(void **state)
{
    (void)state;
    struct lg_stats *parts[2] = {lg_stats_new(2), lg_stats_new(2)};
    struct lg_stats *joint = lg_stats_new(2);
    struct lg_stats *merged = lg_stats_new(2);
    for (int i = 0; i < 3000; i++) {
        struct lg_outcome o = {.endpoint = (size_t)(i % 2),
                               .error = i % 5 == 0 ? LG_OTHER : LG_OK,
                               .status = i % 7 == 0 ? 503 : 200,
                               .code = 60,
                               .latency_ns = i * 12345,
                               .late_ns = i};
        lg_stats_add(parts[i % 3 == 0], &o);
        lg_stats_add(joint, &o);
    }
    lg_stats_merge(merged, parts[0]);
    lg_stats_merge(merged, parts[1]);
    for (int i = 0; i < 3; i++) {
        const struct lg_figures *a = i < 2 ? lg_stats_endpoint(joint, (size_t)i) : lg_stats_all(joint);
        const struct lg_figures *b = i < 2 ? lg_stats_endpoint(merged, (size_t)i) : lg_stats_all(merged);
        assert_true(a->total == b->total && a->total > 0);
        assert_memory_equal(a->errors, b->errors, sizeof a->errors);
        assert_memory_equal(a->status, b->status, sizeof a->status);
        assert_int_equal(b->last_other, 60);
        assert_true(hist_sum(a->latency) == hist_sum(b->latency));
        assert_true(hist_quantile(a->latency, 0.95) == hist_quantile(b->latency, 0.95));
        assert_true(hist_sum(a->late) == hist_sum(b->late) && hist_count(b->late) == b->total);
    }
    for (int i = 0; i < 2; i++)
        lg_stats_free(&parts[i]);
    lg_stats_free(&joint);
    lg_stats_free(&merged);
}

static void corrected_counts_from_the_intended_time(void **state)
{
    (void)state;
    struct lg_stats *s = lg_stats_new(1);
    struct lg_outcome o = {.status = 200, .latency_ns = 100, .late_ns = 900000, .phase_ns = {-1, -1, -1, 40}};
    lg_stats_add(s, &o);
    o.late_ns = 1000001;
    o.queued = true;
    lg_stats_add(s, &o);
    o.error = LG_TIMEOUT;
    lg_stats_add(s, &o);
    const struct lg_figures *f = lg_stats_all(s);
    assert_int_equal(hist_max(f->latency), 100);
    assert_int_equal(hist_min(f->corrected), 900100);
    assert_int_equal(hist_max(f->corrected), 1000101);
    assert_int_equal(hist_count(f->corrected), 2);
    assert_int_equal(hist_count(f->late), 3);
    assert_int_equal(f->late_1ms, 2);
    assert_int_equal(f->queued, 2);
    assert_int_equal(hist_count(f->phases[LG_FIRST_BYTE]), 2);
    assert_int_equal(hist_count(f->phases[LG_CONNECT]), 0);
    lg_stats_free(&s);
}

static void by_second(void **state)
{
    (void)state;
    struct lg_stats *s = lg_stats_new(1);
    struct lg_outcome o = {.status = 200, .latency_ns = 600000000, .sent_ns = 1500000000};
    lg_stats_add(s, &o); /* sent in second 1, answered in second 2 */
    o.status = 500;
    o.sent_ns = 999999999;
    o.latency_ns = 1;
    lg_stats_add(s, &o);
    const struct lg_seconds *sec = lg_stats_seconds(s);
    assert_int_equal(sec->count, 3);
    assert_true(sec->items[0].sent == 1 && sec->items[0].ok == 0 && sec->items[0].errors == 0);
    assert_true(sec->items[1].sent == 1 && sec->items[1].ok == 0 && sec->items[1].errors == 1);
    assert_true(sec->items[2].sent == 0 && sec->items[2].ok == 1 && sec->items[2].max_ns == 600000000);
    struct lg_seconds sum = {.items = NULL};
    lg_seconds_merge(&sum, sec);
    lg_seconds_merge(&sum, sec);
    assert_true(sum.count == 3 && sum.items[2].ok == 2 && sum.items[2].max_ns == 600000000);
    assert_null(lg_seconds_at(&sum, -1));
    assert_null(lg_seconds_at(&sum, INT64_MAX));
    lg_seconds_fini(&sum);
    lg_stats_free(&s);
}

static void a_few_samples_of_each_kind(void **state)
{
    (void)state;
    struct lg_stats *s = lg_stats_new(1);
    struct lg_outcome o = {.status = 500, .text = "boom", .text_bytes = 4};
    char longer[LG_SAMPLE_BYTES + 50] = {0};
    for (int i = 0; i < 10; i++)
        lg_stats_add(s, &o);
    o.status = 404;
    o.text = longer;
    o.text_bytes = sizeof longer;
    lg_stats_add(s, &o);
    o.error = LG_RESET;
    lg_stats_add(s, &o);
    o.error = LG_OK;
    o.status = 200;
    lg_stats_add(s, &o);
    const struct lg_samples *samples = lg_stats_samples(s);
    assert_int_equal(samples->count, LG_SAMPLES_A_KIND + 2);
    assert_int_equal(samples->items[0].status, 500);
    assert_memory_equal(samples->items[0].text, "boom", 4);
    assert_int_equal(samples->items[LG_SAMPLES_A_KIND].text_bytes, LG_SAMPLE_BYTES);
    assert_int_equal(samples->items[LG_SAMPLES_A_KIND + 1].kind, LG_RESET);
    /* Never more than there is room for. */
    o.error = LG_OK;
    for (o.status = 400; o.status < 600; o.status++)
        for (int i = 0; i < 5; i++)
            lg_stats_add(s, &o);
    assert_int_equal(samples->count, LG_SAMPLES_MAX);
    lg_stats_free(&s);
}

static void kinds_have_names(void **state)
{
    (void)state;
    for (int a = LG_REFUSED; a < LG_ERROR_KINDS; a++) {
        assert_true(strlen(lg_error_name((enum lg_error)a)) > 0);
        for (int b = LG_REFUSED; b < a; b++)
            assert_string_not_equal(lg_error_name((enum lg_error)a), lg_error_name((enum lg_error)b));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(success_is_2xx_and_3xx),
        cmocka_unit_test(endpoints_add_up),
        cmocka_unit_test(merge_equals_one),
        cmocka_unit_test(corrected_counts_from_the_intended_time),
        cmocka_unit_test(by_second),
        cmocka_unit_test(a_few_samples_of_each_kind),
        cmocka_unit_test(kinds_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* summary: tests of base/hist: bucket edges, error bound over random values, quantiles against a sorted
 * array, merge */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/hist.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define N 20000
#define LAST_BUCKET 3711

/* xorshift64*: the tests are the same on every machine. */
static uint64_t next_random(uint64_t *s)
{
    *s ^= *s >> 12;
    *s ^= *s << 25;
    *s ^= *s >> 27;
    return *s * UINT64_C(2685821657736338717);
}

/* Spread over all magnitudes. */
static int64_t random_value(uint64_t *s)
{
    uint64_t r = next_random(s);
    return (int64_t)((r >> 1) >> (next_random(s) % 63));
}

static void only_bucket(void *priv, uint32_t index, uint64_t count)
{
    assert_int_equal(count, 1);
    *(uint32_t *)priv = index;
}

static uint32_t bucket_of(struct hist *h, int64_t v)
{
    uint32_t index = UINT32_MAX;
    hist_reset(h);
    hist_add(h, v);
    hist_each(h, only_bucket, &index);
    return index;
}

static void buckets_tile_the_range(void **state)
{
    (void)state;
    struct hist *h = hist_new();
    assert_true(hist_bucket_low(0) == 0);
    for (uint32_t i = 0; i <= LAST_BUCKET; i++) {
        assert_true(hist_bucket_low(i) <= hist_bucket_high(i));
        if (i > 0)
            assert_true(hist_bucket_low(i) == hist_bucket_high(i - 1) + 1);
        assert_int_equal(bucket_of(h, hist_bucket_low(i)), i);
        assert_int_equal(bucket_of(h, hist_bucket_high(i)), i);
    }
    assert_true(hist_bucket_high(LAST_BUCKET) == INT64_MAX);
    hist_free(&h);
    assert_null(h);
}

static void error_bound(void **state)
{
    (void)state;
    struct hist *h = hist_new();
    uint64_t seed = 42;
    for (int i = 0; i < N; i++) {
        int64_t v = random_value(&seed);
        uint32_t b = bucket_of(h, v);
        int64_t low = hist_bucket_low(b);
        int64_t high = hist_bucket_high(b);
        assert_true(low <= v && v <= high);
        int64_t mid = low + (high - low) / 2;
        if (v < 128)
            assert_true(mid == v);
        else
            assert_true(fabs((double)mid - (double)v) <= (double)v / 128.0);
    }
    hist_free(&h);
}

static int by_value(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

static void quantiles_near_the_sorted_array(void **state)
{
    (void)state;
    static int64_t v[N];
    static const double qs[] = {0, 0.01, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 0.9999, 1};
    struct hist *h = hist_new();
    for (uint64_t seed = 1; seed < 20; seed++) {
        uint64_t s = seed;
        size_t n = 1 + next_random(&s) % N;
        hist_reset(h);
        for (size_t i = 0; i < n; i++) {
            v[i] = random_value(&s);
            hist_add(h, v[i]);
        }
        qsort(v, n, sizeof v[0], by_value);
        for (size_t i = 0; i < sizeof qs / sizeof qs[0]; i++) {
            size_t rank = (size_t)ceil(qs[i] * (double)n);
            double exact = (double)v[rank > 0 ? rank - 1 : 0];
            assert_true(fabs((double)hist_quantile(h, qs[i]) - exact) <= exact / 128.0);
        }
        assert_true(hist_min(h) == v[0]);
        assert_true(hist_max(h) == v[n - 1]);
        assert_true(hist_count(h) == n);
    }
    hist_free(&h);
}

static void nearest_rank(void **state)
{
    (void)state;
    struct hist *h = hist_new();
    assert_true(hist_quantile(h, 0.5) == 0);
    assert_true(hist_min(h) == 0 && hist_max(h) == 0);
    assert_true(hist_mean(h) == 0.0);
    for (int i = 1; i <= 100; i++)
        hist_add(h, i);
    for (int i = 1; i <= 100; i++)
        assert_int_equal(hist_quantile(h, i / 100.0), i);
    assert_int_equal(hist_quantile(h, 0.501), 51);
    assert_int_equal(hist_quantile(h, 0), 1);
    assert_true(hist_mean(h) == 50.5);
    assert_true(hist_sum(h) == 5050);
    hist_free(&h);
}

static void clamped_into_min_and_max(void **state)
{
    (void)state;
    struct hist *h = hist_new();
    hist_add(h, 1000003);
    assert_true(hist_quantile(h, 0) == 1000003);
    assert_true(hist_quantile(h, 0.99) == 1000003);
    hist_add(h, INT64_MAX);
    assert_true(hist_quantile(h, 1) <= INT64_MAX && hist_quantile(h, 1) > INT64_MAX / 128 * 126);
    hist_add_n(h, INT64_MAX, 1000);
    assert_true(hist_sum(h) == INT64_MAX);
    assert_true(fabs(hist_mean(h) / (double)INT64_MAX - 1001.0 / 1002.0) < 1e-9);
    hist_free(&h);
}

struct pairs {
    uint64_t sum;
    uint64_t n;
};

static void fold(void *priv, uint32_t index, uint64_t count)
{
    struct pairs *p = priv;
    p->sum = p->sum * 31 + index * UINT64_C(1000003) + count;
    p->n++;
}

static void merge_equals_joint_recording(void **state)
{
    (void)state;
    struct hist *parts[3] = {hist_new(), hist_new(), hist_new()};
    struct hist *joint = hist_new();
    struct hist *merged = hist_new();
    uint64_t s = 7;
    for (int i = 0; i < N; i++) {
        int64_t v = random_value(&s);
        uint64_t n = next_random(&s) % 4;
        hist_add_n(parts[next_random(&s) % 2], v, n); /* the third part stays empty */
        for (uint64_t k = 0; k < n; k++)
            hist_add(joint, v);
    }
    for (int i = 2; i >= 0; i--)
        hist_merge(merged, parts[i]);
    struct pairs a = {0, 0};
    struct pairs b = {0, 0};
    hist_each(joint, fold, &a);
    hist_each(merged, fold, &b);
    assert_true(a.sum == b.sum && a.n == b.n);
    assert_true(hist_count(joint) == hist_count(merged));
    assert_true(hist_sum(joint) == hist_sum(merged));
    assert_true(hist_min(joint) == hist_min(merged));
    assert_true(hist_max(joint) == hist_max(merged));
    assert_true(hist_mean(joint) == hist_mean(merged));
    assert_true(hist_quantile(joint, 0.99) == hist_quantile(merged, 0.99));
    for (int i = 0; i < 3; i++)
        hist_free(&parts[i]);
    hist_free(&joint);
    hist_free(&merged);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(buckets_tile_the_range),          cmocka_unit_test(error_bound),
        cmocka_unit_test(quantiles_near_the_sorted_array), cmocka_unit_test(nearest_rank),
        cmocka_unit_test(clamped_into_min_and_max),        cmocka_unit_test(merge_equals_joint_recording),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

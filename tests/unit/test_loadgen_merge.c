/* summary: tests of reading results back: histograms come out exactly, sums equal one run, bad files are
 * refused */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hdr.h"
#include "merge.h"
#include "result.h"
#include "schedule.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct lg_config config;

static int set_up(void **state)
{
    (void)state;
    config = (struct lg_config){.endpoint_count = 2};
    config.opt.framework = "f";
    config.endpoints[0] = (struct lg_endpoint){.method = "GET", .path = (char *)"/a"};
    config.endpoints[1] = (struct lg_endpoint){.method = "POST", .path = (char *)"/b"};
    return 0;
}

static void same_hist(const struct hist *a, const struct hist *b)
{
    assert_true(hist_count(a) == hist_count(b));
    assert_true(hist_sum(a) == hist_sum(b));
    assert_true(hist_min(a) == hist_min(b));
    assert_true(hist_max(a) == hist_max(b));
    for (int q = 0; q <= 1000; q++)
        assert_true(hist_quantile(a, q / 1000.0) == hist_quantile(b, q / 1000.0));
}

/* Through text, as a file holds it. */
static enum pp_status again(const struct hist *h, struct hist *out)
{
    cJSON *o = cJSON_CreateObject();
    lg_json_add_hist(o, "h", h);
    char *text = cJSON_Print(o);
    cJSON_Delete(o);
    o = cJSON_Parse(text);
    cJSON_free(text);
    enum pp_status st = lg_json_read_hist(cJSON_GetObjectItemCaseSensitive(o, "h"), out);
    cJSON_Delete(o);
    return st;
}

static void histograms_come_back_exactly(void **state)
{
    (void)state;
    struct lg_rng r;
    lg_rng_init(&r, 11);
    static const int64_t ranges[] = {1, 2, 100, 5000, 1000000, INT64_C(60000000000), INT64_C(86400000000000)};
    for (size_t k = 0; k < sizeof ranges / sizeof ranges[0]; k++)
        for (int n = 0; n < 400; n = n < 6 ? n + 1 : n * 3) {
            struct hist *h = hist_new();
            struct hist *back = hist_new();
            for (int i = 0; i < n; i++)
                hist_add(h, lg_rng_between(&r, 0, ranges[k]));
            assert_int_equal(again(h, back), PP_OK);
            same_hist(h, back);
            hist_free(&h);
            hist_free(&back);
        }
}

static void hostile_histograms_are_refused(void **state)
{
    (void)state;
    static const char head[] = "{\"scheme\":\"log-linear-64\",";
    static const char *const bad[] = {
        "\"count\":1,\"sum_seconds\":0,\"sum_rest\":5,\"min\":5,\"max\":5}",
        "\"count\":2,\"sum_seconds\":0,\"sum_rest\":5,\"min\":5,\"max\":5,\"buckets\":[[5,1]]}",
        "\"count\":1,\"sum_seconds\":0,\"sum_rest\":6,\"min\":5,\"max\":5,\"buckets\":[[5,1]]}",
        "\"count\":1,\"sum_seconds\":9,\"sum_rest\":5,\"min\":5,\"max\":5,\"buckets\":[[5,1]]}",
        "\"count\":1,\"sum_seconds\":0,\"sum_rest\":5,\"min\":4,\"max\":5,\"buckets\":[[5,1]]}",
        "\"count\":1,\"sum_seconds\":0,\"sum_rest\":5,\"min\":6,\"max\":5,\"buckets\":[[5,1]]}",
        "\"count\":2,\"sum_seconds\":0,\"sum_rest\":9,\"min\":4,\"max\":5,\"buckets\":[[5,1],[4,1]]}",
        "\"count\":1,\"sum_seconds\":0,\"sum_rest\":5,\"min\":5,\"max\":5,\"buckets\":[[99999999,1]]}",
        "\"count\":1,\"sum_seconds\":0,\"sum_rest\":5,\"min\":5,\"max\":5,\"buckets\":[[-1,1]]}",
        "\"count\":1,\"sum_seconds\":0,\"sum_rest\":5,\"min\":5,\"max\":5,\"buckets\":[[5,1.5]]}",
        "\"count\":1,\"sum_seconds\":0,\"sum_rest\":5,\"min\":5,\"max\":5,\"buckets\":[5,1]}",
        "\"count\":1,\"sum_seconds\":0,\"sum_rest\":5,\"min\":5,\"max\":5,\"buckets\":[[5,1e300]]}",
        "\"count\":0,\"sum_seconds\":0,\"sum_rest\":5,\"min\":0,\"max\":0,\"buckets\":[]}"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char text[512];
        (void)snprintf(text, sizeof text, "%s%s", head, bad[i]);
        cJSON *o = cJSON_Parse(text);
        struct hist *h = hist_new();
        assert_non_null(o);
        if (lg_json_read_hist(o, h) != PP_INVALID)
            fail_msg("%s was read", text);
        hist_free(&h);
        cJSON_Delete(o);
    }
    struct hist *h = hist_new();
    assert_int_equal(lg_json_read_hist(NULL, h), PP_INVALID);
    hist_free(&h);
}

static void fill(struct lg_stats *s, uint64_t seed, int n)
{
    struct lg_rng r;
    lg_rng_init(&r, seed);
    for (int i = 0; i < n; i++) {
        struct lg_outcome o = {.endpoint = (size_t)lg_rng_below(&r, 2),
                               .error = lg_rng_below(&r, 20) == 0 ? LG_TIMEOUT : LG_OK,
                               .status = lg_rng_below(&r, 10) == 0 ? 503 : 200,
                               .latency_ns = lg_rng_between(&r, 20000, 900000000),
                               .late_ns = lg_rng_between(&r, 0, 3000000),
                               .sent_ns = lg_rng_between(&r, 0, INT64_C(9999999999)),
                               .opened = i % 3 == 0,
                               .text = "x\x01\xff",
                               .text_bytes = 3};
        o.phase_ns[LG_TLS_SETUP] = o.opened ? o.latency_ns / 9 : -1;
        lg_stats_add(s, &o);
    }
}

static struct lg_result make(size_t users)
{
    return (struct lg_result){.index = 1,
                              .users = users,
                              .start_ns = INT64_C(1700000000123456789),
                              .end_ns = INT64_C(1700000010123456789),
                              .stats = lg_stats_new(2)};
}

static char *text_of(const struct lg_result *r)
{
    cJSON *o = lg_result_json(r, &config);
    char *text = cJSON_Print(o);
    cJSON_Delete(o);
    assert_non_null(text);
    return text;
}

static char path_a[] = "/tmp/poolload-a-XXXXXX";
static char path_b[] = "/tmp/poolload-b-XXXXXX";
static char path_c[] = "/tmp/poolload-c-XXXXXX";

static void write_level(char *path, const struct lg_result *r)
{
    char *text = text_of(r);
    FILE *f = fopen(path, "we");
    assert_non_null(f);
    (void)fprintf(f, "[%s]", text);
    (void)fclose(f);
    cJSON_free(text);
}

static cJSON *read_level(const char *path)
{
    static char text[1 << 22];
    FILE *f = fopen(path, "re");
    assert_non_null(f);
    text[fread(text, 1, sizeof text - 1, f)] = 0;
    (void)fclose(f);
    cJSON *all = cJSON_Parse(text);
    assert_int_equal(cJSON_GetArraySize(all), 1);
    cJSON *level = cJSON_DetachItemFromArray(all, 0);
    cJSON_Delete(all);
    return level;
}

/* The sum of two files equals, field by field, the file of one run that had the requests of both. */
static void merge_equals_one_run(void **state)
{
    (void)state;
    assert_true(close(mkstemp(path_a)) == 0 && close(mkstemp(path_b)) == 0 && close(mkstemp(path_c)) == 0);
    struct lg_result a = make(10);
    struct lg_result b = make(15);
    struct lg_result joint = make(25);
    fill(a.stats, 1, 3000);
    fill(b.stats, 2, 5000);
    fill(joint.stats, 1, 3000);
    fill(joint.stats, 2, 5000);
    write_level(path_a, &a);
    write_level(path_b, &b);
    char *argv[] = {(char *)"merge", path_a, path_b, (char *)"-o", path_c, NULL};
    assert_int_equal(lg_merge_main(5, argv), PP_EXIT_OK);
    cJSON *merged = read_level(path_c);
    assert_int_equal((int)cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(merged, "machines")), 2);
    cJSON_DeleteItemFromObjectCaseSensitive(merged, "machines");
    char *text = text_of(&joint);
    cJSON *expected = cJSON_Parse(text);
    /* Nanoseconds since 1970 are beyond a double's 53 bits. */
    static const char *const inexact[] = {"start_ns", "end_ns"};
    for (size_t i = 0; i < 2; i++) {
        cJSON_DeleteItemFromObjectCaseSensitive(merged, inexact[i]);
        cJSON_DeleteItemFromObjectCaseSensitive(expected, inexact[i]);
    }
    /* Only the histogram's own inner sum tells them apart, if anything does; so compare everything. */
    char *left = cJSON_Print(merged);
    char *right = cJSON_Print(expected);
    assert_string_equal(left, right);
    cJSON_free(left);
    cJSON_free(right);
    cJSON_free(text);
    cJSON_Delete(merged);
    cJSON_Delete(expected);
    lg_result_fini(&a);
    lg_result_fini(&b);
    lg_result_fini(&joint);
}

static int merge_with(const char *text)
{
    FILE *f = fopen(path_b, "we");
    assert_non_null(f);
    (void)fputs(text, f);
    (void)fclose(f);
    char *argv[] = {(char *)"merge", path_a, path_b, (char *)"-o", path_c, NULL};
    return lg_merge_main(5, argv);
}

static void bad_files_are_refused(void **state)
{
    (void)state;
    static const char empty_levels[] =
        "[{\"endpoints\":[{\"method\":\"GET\",\"path\":\"/a\"},{\"method\":\"POST\",\"path\":\"/b\"}]}]";
    static const char *const bad[] = {"",
                                      "{",
                                      "{}",
                                      "[1]",
                                      "[{}]",
                                      "[{\"endpoints\":[]}]",
                                      "[{\"endpoints\":[{}]}]",
                                      empty_levels,
                                      "[{\"endpoints\":[{\"method\":\"GET\",\"path\":\"/other\"},{}]}]"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(merge_with(bad[i]), PP_EXIT_FAILED);
    struct lg_result open = make(0);
    open.rate = 100;
    write_level(path_b, &open);
    char *argv[] = {(char *)"merge", path_a, path_b, (char *)"-o", path_c, NULL};
    assert_int_equal(lg_merge_main(5, argv), PP_EXIT_FAILED);
    lg_result_fini(&open);
    char *one[] = {(char *)"merge", path_a, NULL};
    assert_int_equal(lg_merge_main(2, one), PP_EXIT_USAGE);
    char *gone[] = {(char *)"merge", path_a, (char *)"/no/such.json", NULL};
    assert_int_equal(lg_merge_main(3, gone), PP_EXIT_FAILED);
    (void)unlink(path_a);
    (void)unlink(path_b);
    (void)unlink(path_c);
}

/* The encoding of a histogram that holds one value, byte by byte out of the format's description. */
static void hdr_encoding_begins_as_described(void **state)
{
    (void)state;
    struct buf b;
    struct hist *h = hist_new();
    buf_init(&b, 1 << 20);
    hist_add_n(h, 5, 3);
    assert_int_equal(lg_hdr_encode(&b, h), PP_OK);
    assert_memory_equal(b.data, "HISTFA", 6); /* 0x1c849314 in base64 */
    assert_int_equal(b.len % 4, 0);
    buf_fini(&b);
    hist_free(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(histograms_come_back_exactly),
        cmocka_unit_test(hostile_histograms_are_refused),
        cmocka_unit_test(merge_equals_one_run),
        cmocka_unit_test(bad_files_are_refused),
        cmocka_unit_test(hdr_encoding_begins_as_described),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}

/* summary: tests of results.json: fields, units, exact times, atomic writing, and the run file */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "report.h"

#include "store.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char dir[] = "/tmp/poolload-test-XXXXXX";
static char out_path[128];
static char run_path[128];
static struct lg_config config;

static int set_up(void **state)
{
    (void)state;
    if (mkdtemp(dir) == NULL)
        return -1;
    (void)snprintf(out_path, sizeof out_path, "%s/results.json", dir);
    (void)snprintf(run_path, sizeof run_path, "%s/x.run.db", dir);
    config = (struct lg_config){.endpoint_count = 2};
    config.opt.framework = "fast \"api\"";
    config.opt.output = out_path;
    config.endpoints[0] = (struct lg_endpoint){.method = "GET", .path = (char *)"/a"};
    config.endpoints[1] = (struct lg_endpoint){.method = "POST", .path = (char *)"/b"};
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    (void)unlink(out_path);
    (void)unlink(run_path);
    return rmdir(dir);
}

static void add(struct lg_stats *s, size_t endpoint, enum lg_error error, int status, int64_t latency_ns)
{
    struct lg_outcome o = {.endpoint = endpoint, .error = error, .status = status, .latency_ns = latency_ns};
    lg_stats_add(s, &o);
}

/* 100 successes of 1..100 ms, 20 status 500, 5 timeouts in 10 s. */
static struct lg_result make_result(size_t index)
{
    struct lg_result r = {.index = index,
                          .users = 10 * (index + 1),
                          .start_ns = INT64_C(1700000000123456789),
                          .end_ns = INT64_C(1700000010123456789),
                          .stats = lg_stats_new(2)};
    for (int i = 1; i <= 100; i++)
        add(r.stats, 0, LG_OK, 200, i * INT64_C(1000000));
    for (int i = 0; i < 20; i++)
        add(r.stats, 1, LG_OK, 500, 1);
    for (int i = 0; i < 5; i++)
        add(r.stats, 1, LG_TIMEOUT, 0, 1);
    return r;
}

static double number(const cJSON *o, const char *name)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(o, name);
    if (!cJSON_IsNumber(item))
        fail_msg("no number %s", name);
    return cJSON_GetNumberValue(item);
}

static void near(double a, double b)
{
    if (fabs(a - b) > fabs(b) / 128 + 1e-9)
        fail_msg("%g is not near %g", a, b);
}

static void is_null(const cJSON *o, const char *name)
{
    if (!cJSON_IsNull(cJSON_GetObjectItemCaseSensitive(o, name)))
        fail_msg("%s is not null", name);
}

/* The level as a reader of the file gets it. */
static cJSON *as_read(const struct lg_result *r, char **text)
{
    cJSON *o = lg_result_json(r, &config);
    assert_non_null(o);
    *text = cJSON_PrintUnformatted(o);
    cJSON_Delete(o);
    o = cJSON_Parse(*text);
    assert_non_null(o);
    return o;
}

static void fields_and_units(void **state)
{
    (void)state;
    struct lg_result r = make_result(2);
    assert_int_equal(lg_watch_add_process(&r.watch, "1"), PP_OK);
    struct lg_usage usage = {.cpu_percent = -1, .memory_bytes = 1 << 20};
    assert_int_equal(lg_watched_push(&r.watch.items[0], &usage), PP_OK);
    usage = (struct lg_usage){.at_ns = 100, .length_ns = 100, .cpu_percent = 50, .memory_bytes = 3 << 20};
    assert_int_equal(lg_watched_push(&r.watch.items[0], &usage), PP_OK);
    char *text = NULL;
    cJSON *o = as_read(&r, &text);
    assert_string_equal(cJSON_GetObjectItemCaseSensitive(o, "framework")->valuestring, "fast \"api\"");
    assert_true(number(o, "concurrent_users") == 30);
    assert_true(number(o, "level_id") == 3);
    assert_true(number(o, "duration") == 10);
    assert_true(number(o, "total_requests") == 125);
    assert_true(number(o, "successful_requests") == 100);
    assert_true(number(o, "error_requests") == 25);
    assert_true(number(o, "error_rate") == 20);
    assert_true(number(o, "throughput") == 10);
    assert_true(number(o, "avg_response_time") == 50.5);
    near(number(o, "p50_response_time"), 50);
    near(number(o, "p95_response_time"), 95);
    near(number(o, "p99_response_time"), 99);
    near(number(o, "p999_response_time"), 100);
    assert_true(number(o, "min_response_time") == 1);
    assert_true(number(o, "max_response_time") == 100);
    assert_true(number(o, "avg_cpu_percent") == 50);
    assert_true(number(o, "avg_memory_mb") == 2);
    assert_true(number(o, "max_memory_mb") == 3);
    const cJSON *errors = cJSON_GetObjectItemCaseSensitive(o, "errors");
    assert_int_equal(cJSON_GetArraySize(errors), 2);
    assert_true(number(errors, "status 500") == 20);
    assert_true(number(errors, "timeout") == 5);
    /* Nanoseconds are too long for a double: the digits count. */
    assert_non_null(strstr(text, "\"start_ns\":1700000000123456789,"));
    assert_non_null(strstr(text, "\"end_ns\":1700000010123456789,"));
    assert_null(cJSON_GetObjectItemCaseSensitive(o, "interrupted"));
    cJSON_Delete(o);
    cJSON_free(text);
    lg_result_fini(&r);
}

static void endpoints_and_histogram(void **state)
{
    (void)state;
    struct lg_result r = make_result(0);
    char *text = NULL;
    cJSON *o = as_read(&r, &text);
    const cJSON *endpoints = cJSON_GetObjectItemCaseSensitive(o, "endpoints");
    assert_int_equal(cJSON_GetArraySize(endpoints), 2);
    const cJSON *a = cJSON_GetArrayItem(endpoints, 0);
    const cJSON *b = cJSON_GetArrayItem(endpoints, 1);
    assert_string_equal(cJSON_GetObjectItemCaseSensitive(a, "path")->valuestring, "/a");
    assert_string_equal(cJSON_GetObjectItemCaseSensitive(b, "method")->valuestring, "POST");
    assert_true(number(a, "total_requests") == 100 && number(a, "error_rate") == 0);
    assert_true(number(b, "total_requests") == 25 && number(b, "error_rate") == 100);
    is_null(b, "avg_response_time");
    is_null(b, "p99_response_time");
    is_null(b, "max_response_time");
    is_null(o, "avg_cpu_percent");
    is_null(o, "max_memory_mb");
    const cJSON *h = cJSON_GetObjectItemCaseSensitive(o, "histogram");
    assert_string_equal(cJSON_GetObjectItemCaseSensitive(h, "scheme")->valuestring, "log-linear-64");
    /* A histogram rebuilt from the file gives the same quantiles up to its error. */
    struct hist *again = hist_new();
    const cJSON *pair = NULL;
    cJSON_ArrayForEach(pair, cJSON_GetObjectItemCaseSensitive(h, "buckets"))
    {
        uint32_t index = (uint32_t)cJSON_GetArrayItem(pair, 0)->valueint;
        hist_add_n(again, hist_bucket_low(index), (uint64_t)cJSON_GetArrayItem(pair, 1)->valueint);
    }
    assert_int_equal(hist_count(again), 100);
    near((double)hist_quantile(again, 0.95) / 1e6, number(o, "p95_response_time"));
    hist_free(&again);
    cJSON_Delete(o);
    cJSON_free(text);
    lg_result_fini(&r);
}

static void empty_and_interrupted(void **state)
{
    (void)state;
    struct lg_result r = {.users = 1,
                          .start_ns = 5,
                          .end_ns = 5,
                          .interrupted = true,
                          .unfinished = 3,
                          .stats = lg_stats_new(2)};
    char *text = NULL;
    cJSON *o = as_read(&r, &text);
    assert_true(number(o, "error_rate") == 0 && number(o, "throughput") == 0);
    is_null(o, "avg_response_time");
    assert_true(cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(o, "interrupted")));
    assert_true(number(o, "unfinished_requests") == 3);
    cJSON_Delete(o);
    cJSON_free(text);
    lg_result_fini(&r);
}

static void errors_in_words(void **state)
{
    (void)state;
    char text[256];
    struct lg_result r = make_result(0);
    assert_string_equal(lg_errors_text(text, sizeof text, lg_stats_all(r.stats)), "5 timeout, 20 status 500");
    assert_string_equal(lg_errors_text(text, sizeof text, lg_stats_endpoint(r.stats, 0)), "");
    char small[8];
    assert_string_equal(lg_errors_text(small, sizeof small, lg_stats_all(r.stats)), "5 timeo");
    lg_result_fini(&r);
}

static void own_limit_is_noticed(void **state)
{
    (void)state;
    struct lg_result r = {.users = 1, .end_ns = 1, .stats = lg_stats_new(1)};
    struct lg_outcome o = {.status = 200, .latency_ns = 10000000, .late_ns = 900000};
    assert_false(lg_result_is_late(&r));
    lg_stats_add(r.stats, &o);
    assert_false(lg_result_is_late(&r));
    o.late_ns = 2000000;
    lg_stats_add(r.stats, &o);
    assert_true(lg_result_is_late(&r));
    r.think_mean_ns = 10000000;
    assert_false(lg_result_is_late(&r));
    lg_result_fini(&r);
}

static cJSON *read_results(void)
{
    static char text[1 << 20];
    FILE *f = fopen(out_path, "re");
    assert_non_null(f);
    size_t len = fread(text, 1, sizeof text - 1, f);
    (void)fclose(f);
    text[len] = 0;
    assert_int_equal(text[len - 1], '\n');
    return cJSON_Parse(text);
}

struct found {
    struct sto_load_result row;
    char json[1 << 16];
    int count;
};

static enum pp_status find(void *priv, const struct sto_load_result *row)
{
    struct found *f = priv;
    f->row = *row;
    f->count++;
    (void)snprintf(f->json, sizeof f->json, "%s", row->json);
    return PP_OK;
}

static void make_run(void)
{
    struct sto_writer *w = NULL;
    struct pp_err err = {.status = PP_OK};
    struct sto_writer_options options = {.path = run_path, .statements = true};
    assert_int_equal(sto_writer_new(&w, &options, &err), PP_OK);
    assert_int_equal(sto_writer_free(&w, &err), PP_OK);
}

static void file_after_each_level_and_run(void **state)
{
    (void)state;
    struct lg_report *rep = NULL;
    struct pp_err err = {.status = PP_OK};
    make_run();
    config.run_path = run_path;
    assert_int_equal(lg_report_new(&rep, &config, &err), PP_OK);
    assert_int_not_equal(access(out_path, F_OK), 0);
    for (int i = 0; i < 2; i++) {
        struct lg_result r = make_result((size_t)i);
        assert_int_equal(lg_report_add(rep, &r, &err), PP_OK);
        lg_result_fini(&r);
        cJSON *levels = read_results();
        assert_int_equal(cJSON_GetArraySize(levels), i + 1);
        assert_true(number(cJSON_GetArrayItem(levels, i), "level_id") == i + 1);
        cJSON_Delete(levels);
    }
    assert_false(lg_report_run_failed(rep));
    static struct found f;
    struct sto_run *run = NULL;
    assert_int_equal(sto_run_open(&run, run_path, &err), PP_OK);
    assert_int_equal(sto_each_load_result(run, find, &f, &err), PP_OK);
    sto_run_free(&run);
    assert_int_equal(f.count, 2);
    assert_int_equal(f.row.users, 20);
    assert_true(f.row.end_ns > f.row.start_ns);
    cJSON *o = cJSON_Parse(f.json);
    assert_true(number(o, "start_ns") == (double)f.row.start_ns);
    assert_true(number(o, "concurrent_users") == 20);
    cJSON_Delete(o);
    /* A run that goes away is a warning; the results are still written. */
    (void)unlink(run_path);
    struct lg_result r = make_result(2);
    assert_int_equal(lg_report_add(rep, &r, &err), PP_OK);
    lg_result_fini(&r);
    assert_true(lg_report_run_failed(rep));
    cJSON *levels = read_results();
    assert_int_equal(cJSON_GetArraySize(levels), 3);
    cJSON_Delete(levels);
    lg_report_free(&rep);
    assert_null(rep);
    config.run_path = NULL;
}

static void impossible_places(void **state)
{
    (void)state;
    struct lg_report *rep = NULL;
    struct pp_err err = {.status = PP_OK};
    config.opt.output = "/no/such/folder/results.json";
    assert_int_equal(lg_report_new(&rep, &config, &err), PP_IO);
    assert_non_null(strstr(err.text, "/no/such/folder/results.json"));
    config.opt.output = out_path;
    config.run_path = "/no/such.run.db";
    assert_int_equal(lg_report_new(&rep, &config, &err), PP_NOENT);
    assert_non_null(strstr(err.text, "poolprobe record"));
    config.run_path = NULL;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_and_units),
        cmocka_unit_test(endpoints_and_histogram),
        cmocka_unit_test(empty_and_interrupted),
        cmocka_unit_test(errors_in_words),
        cmocka_unit_test(own_limit_is_noticed),
        cmocka_unit_test(impossible_places),
        cmocka_unit_test(file_after_each_level_and_run),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}

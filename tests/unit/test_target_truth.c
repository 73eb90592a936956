/* summary: unit tests of reftarget's truth log: JSON that parses, hostile text, limits */
#include "truth.h"

#include "base/text.h"

#include <cJSON.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static cJSON *line_of(const struct trace *t)
{
    struct buf b;
    buf_init(&b, 1024 * 1024);
    assert_int_equal(truth_format_request(&b, t), PP_OK);
    assert_int_equal(b.data[b.len - 1], '\n');
    assert_null(memchr(b.data, '\n', b.len - 1));
    assert_true(text_is_utf8(b.data, b.len));
    cJSON *json = cJSON_ParseWithLength((const char *)b.data, b.len);
    assert_non_null(json);
    buf_fini(&b);
    return json;
}

static const char *string_of(const cJSON *o, const char *key)
{
    const char *s = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(o, key));
    assert_non_null(s);
    return s;
}

static double number_of(const cJSON *o, const char *key)
{
    const cJSON *n = cJSON_GetObjectItemCaseSensitive(o, key);
    assert_true(cJSON_IsNumber(n));
    return n->valuedouble;
}

static struct trace *new_trace(void)
{
    struct trace *t = calloc(1, sizeof *t);
    assert_non_null(t);
    t->id = 7;
    (void)strcpy(t->method, "GET");
    (void)strcpy(t->route, "/users");
    return t;
}

static void test_request_fields(void **state)
{
    struct trace *t = new_trace();
    (void)state;
    t->status = 200;
    t->arrival_ns = 1000;
    t->end_ns = 9000;
    t->client_port = 65535;
    char conn = 0;
    struct pool_lease lease = {.conn = &conn, .want_ns = 100, .got_ns = 600, .cause = POOL_BLOCKED_BY_DIAL};
    lease.part_ns[POOL_BLOCKED_BY_DIAL] = 400;
    lease.part_ns[POOL_NONE] = 100;
    trace_add_acquire(t, &lease, 42);
    trace_add_command(
        t, &(struct trace_command){.kind = "query", .text = "select users", .start_ns = 601, .end_ns = 700});
    trace_released(t);
    trace_add_acquire(t, &lease, 43);
    trace_add_command(t, &(struct trace_command){.kind = "execute", .text = "count", .error_number = 1213});
    trace_add_txn(t, &(struct trace_txn){.start_ns = 1, .end_ns = 2, .committed = false});
    cJSON *json = line_of(t);
    assert_string_equal(string_of(json, "type"), "request");
    assert_int_equal(number_of(json, "client_port"), 65535);
    assert_true(cJSON_IsNull(cJSON_GetObjectItem(json, "error")));
    assert_null(cJSON_GetObjectItem(json, "dropped"));
    const cJSON *a = cJSON_GetArrayItem(cJSON_GetObjectItem(json, "acquires"), 0);
    assert_int_equal(number_of(a, "wait_ns"), 500);
    assert_string_equal(string_of(a, "cause"), "blocked_by_dial");
    assert_int_equal(number_of(a, "exhausted_ns") + number_of(a, "dial_ns") +
                         number_of(a, "blocked_by_dial_ns") + number_of(a, "other_ns"),
                     500);
    assert_true(number_of(a, "released_ns") > 0);
    const cJSON *c = cJSON_GetArrayItem(cJSON_GetObjectItem(json, "commands"), 1);
    assert_int_equal(number_of(c, "acquire"), 1);
    assert_true(cJSON_IsFalse(cJSON_GetObjectItem(c, "ok")));
    assert_int_equal(number_of(c, "errno"), 1213);
    const cJSON *x = cJSON_GetArrayItem(cJSON_GetObjectItem(json, "transactions"), 0);
    assert_string_equal(string_of(x, "outcome"), "rollback");
    cJSON_Delete(json);
    free(t);
}

static void test_hostile_text(void **state)
{
    struct trace *t = new_trace();
    (void)state;
    (void)strcpy(t->route, "/\"\\\n\r\t\x01\x7f\xff\xc3(\xe2\x80\xae");
    (void)strcpy(t->method, "\"},{\"");
    trace_error(t, "quote \" and \xed\xa0\x80");
    trace_error(t, "later");
    cJSON *json = line_of(t);
    assert_string_equal(string_of(json, "method"), "\"},{\"");
    assert_non_null(strstr(string_of(json, "route"), "\"\\\n\r\t\x01"));
    assert_non_null(strstr(string_of(json, "error"), "quote \""));
    assert_null(strstr(string_of(json, "error"), "later"));
    cJSON_Delete(json);
    free(t);
}

static void test_limits_are_counted(void **state)
{
    struct trace *t = new_trace();
    struct pool_lease lease = {.want_ns = INT64_MAX - 1, .got_ns = INT64_MAX};
    (void)state;
    for (int i = 0; i < TRACE_ACQUIRES + 1; i++)
        trace_add_acquire(t, &lease, UINT64_MAX);
    for (int i = 0; i < TRACE_COMMANDS + 2; i++)
        trace_add_command(t, &(struct trace_command){.kind = "query",
                                                     .text = "x",
                                                     .start_ns = INT64_MAX,
                                                     .end_ns = INT64_MAX,
                                                     .error_number = 65535});
    for (int i = 0; i < TRACE_TXNS + 3; i++)
        trace_add_txn(t, &(struct trace_txn){.start_ns = INT64_MAX, .end_ns = INT64_MAX});
    cJSON *json = line_of(t);
    assert_int_equal(number_of(json, "dropped"), 6);
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(json, "commands")), TRACE_COMMANDS);
    cJSON_Delete(json);
    free(t);
}

static void test_parent(void **state)
{
    static const char good[] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    static const char *const bad[] = {"",
                                      "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0",
                                      "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-012",
                                      "00-0AF7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                                      "00-0af7651916cd43dd8448eb211c80319c*/b7ad6b7169203331-01",
                                      "00-0af7651916cd43dd8448eb211c80319c-b7ad6b716920333'-01"};
    (void)state;
    struct trace *t = new_trace();
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        trace_set_parent(t, bad[i]);
        assert_string_equal(t->traceparent, "");
    }
    trace_set_parent(t, NULL);
    trace_set_parent(t, good);
    cJSON *json = line_of(t);
    assert_string_equal(string_of(json, "traceparent"), good);
    cJSON_Delete(json);
    free(t);
}

static void test_branches(void **state)
{
    struct pool_lease lease = {.want_ns = 1, .got_ns = 2};
    (void)state;
    struct trace *t = new_trace();
    struct trace *part = new_trace();
    trace_add_acquire(t, &lease, 5);
    trace_add_acquire(part, &lease, 6);
    trace_add_command(part, &(struct trace_command){.kind = "query", .text = "x"});
    trace_error(part, "it broke");
    trace_merge(t, part, 1);
    trace_merge(t, part, 2);
    assert_int_equal(t->acquire_count, 3);
    assert_int_equal(t->acquires[2].branch, 2);
    assert_int_equal(t->commands[0].acquire, 1);
    assert_int_equal(t->commands[1].acquire, 2);
    assert_string_equal(t->error, "it broke");
    /* what does not fit is counted, and no command points to an acquisition that is not there */
    while (t->acquire_count < TRACE_ACQUIRES)
        trace_add_acquire(t, &lease, 5);
    trace_merge(t, part, 3);
    assert_int_equal(t->dropped, 2);
    assert_int_equal(t->command_count, 2);
    free(part);
    free(t);
}

static void test_too_small_buffer(void **state)
{
    struct trace *t = new_trace();
    (void)state;
    for (size_t limit = 0; limit < 150; limit += 9) {
        struct buf b;
        buf_init(&b, limit);
        assert_int_equal(truth_format_request(&b, t), PP_LIMIT);
        buf_fini(&b);
    }
    free(t);
}

static void test_file(void **state)
{
    char path[] = "/tmp/test_target_truth.XXXXXX";
    struct pp_err err = {PP_OK, ""};
    struct truth *log = NULL;
    char line[4096];
    (void)state;
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    (void)close(fd);
    assert_int_equal(truth_open(path, &log, &err), PP_OK);
    truth_add_config(log, &(struct truth_config){.pool_min = 1,
                                                 .pool_max = 10000,
                                                 .reuse = "fifo",
                                                 .mode = "loop",
                                                 .dial = "serial",
                                                 .mysql_version = "9.7 \"x\"",
                                                 .listen = "127.0.0.1",
                                                 .port = 1});
    truth_add_dial(log,
                   &(struct truth_dial){.start_ns = 1, .end_ns = 2, .error_number = 1040, .purpose = "pool"});
    struct trace *t = new_trace();
    truth_add_request(log, t);
    truth_add_request(NULL, t);
    free(t);
    assert_int_equal(truth_close(&log, &err), PP_OK);
    assert_null(log);
    static const char *const types[] = {"config", "dial", "request"};
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    for (int i = 0; i < 3; i++) {
        assert_non_null(fgets(line, sizeof line, f));
        cJSON *json = cJSON_Parse(line);
        assert_string_equal(string_of(json, "type"), types[i]);
        if (i == 1)
            assert_true(cJSON_IsFalse(cJSON_GetObjectItem(json, "ok")));
        cJSON_Delete(json);
    }
    assert_null(fgets(line, sizeof line, f));
    (void)fclose(f);
    (void)unlink(path);
}

static void test_file_failures(void **state)
{
    struct pp_err err = {PP_OK, ""};
    struct truth *log = NULL;
    (void)state;
    assert_int_not_equal(truth_open("/nonexistent/truth", &log, &err), PP_OK);
    assert_null(log);
    assert_non_null(strstr(err.text, "/nonexistent/truth"));
    assert_int_equal(truth_close(&log, &err), PP_OK);
    assert_int_equal(truth_open("/dev/full", &log, &err), PP_OK);
    truth_add_dial(log, &(struct truth_dial){.purpose = "pool"});
    assert_int_equal(truth_close(&log, &err), PP_IO);
    assert_non_null(strstr(err.text, "lost 1 line"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_request_fields),
        cmocka_unit_test(test_hostile_text),
        cmocka_unit_test(test_limits_are_counted),
        cmocka_unit_test(test_parent),
        cmocka_unit_test(test_branches),
        cmocka_unit_test(test_too_small_buffer),
        cmocka_unit_test(test_file),
        cmocka_unit_test(test_file_failures),
    };
    return cmocka_run_group_tests_name("target_truth", tests, NULL, NULL);
}

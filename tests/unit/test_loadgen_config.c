/* summary: tests of poolload's command line */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "config.h"

#include "base/clock.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct lg_config c;
static struct pp_err err;

static enum pp_status parse(const char *const *args)
{
    static char *argv[64];
    int argc = 0;
    argv[argc++] = (char *)"poolload";
    for (; *args != NULL; args++)
        argv[argc++] = (char *)*args;
    memset(&err, 0, sizeof err);
    return lg_config_init(&c, argc, argv, &err);
}

#define PARSE(...) parse((const char *const[]){__VA_ARGS__, NULL})
#define OPEN "--url", "http://h:1", "--endpoint", "GET /"
#define GOOD "--url", "http://h:1", "--endpoint", "GET /", "--users", "1"

static void fails_with(enum pp_status st, const char *says)
{
    assert_int_equal(st, PP_INVALID);
    if (strstr(err.text, says) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", err.text, says);
}

static void defaults(void **state)
{
    (void)state;
    (void)unsetenv("POOLPROBE_RUN");
    assert_int_equal(PARSE(GOOD), PP_OK);
    assert_int_equal(c.opt.duration_ns, 10 * NS_PER_S);
    assert_int_equal(c.opt.warmup_ns, 2 * NS_PER_S);
    assert_int_equal(c.opt.pause_ns, 5 * NS_PER_S);
    assert_int_equal(c.opt.timeout_ns, 60 * NS_PER_S);
    assert_int_equal(c.opt.threads, 1);
    assert_true(c.think_min_ns == 0 && c.think_max_ns == 0);
    assert_string_equal(c.opt.framework, "unknown");
    assert_string_equal(c.opt.output, "results.json");
    assert_null(c.run_path);
    assert_int_equal(c.weights[0], 1);
    lg_config_fini(&c);
}

static void run_from_the_environment(void **state)
{
    (void)state;
    (void)setenv("POOLPROBE_RUN", "/from/env", 1);
    assert_int_equal(PARSE(GOOD), PP_OK);
    assert_string_equal(c.run_path, "/from/env");
    lg_config_fini(&c);
    assert_int_equal(PARSE(GOOD, "--run", "/given"), PP_OK);
    assert_string_equal(c.run_path, "/given");
    lg_config_fini(&c);
    assert_int_equal(PARSE(GOOD, "--run="), PP_OK);
    assert_null(c.run_path);
    lg_config_fini(&c);
    (void)setenv("POOLPROBE_RUN", "", 1);
    assert_int_equal(PARSE(GOOD), PP_OK);
    assert_null(c.run_path);
    lg_config_fini(&c);
}

static void whole_line(void **state)
{
    (void)state;
    assert_int_equal(PARSE("--url", "127.0.0.1:8000/api//", "--endpoint", "POST /io-intensive",
                           "--endpoint=GET  /u?a=1", "--weights", "2,7", "--users", "10:100:10", "--think",
                           "1ms:10ms", "--trace-context"),
                     PP_OK);
    assert_int_equal(c.endpoint_count, 2);
    assert_string_equal(c.endpoints[0].method, "POST");
    assert_int_equal(c.endpoints[0].body, LG_BODY_POST);
    assert_string_equal(c.endpoints[0].url, "http://127.0.0.1:8000/api/io-intensive");
    assert_string_equal(c.endpoints[1].path, "/u?a=1");
    assert_int_equal(c.endpoints[1].body, LG_BODY_NONE);
    assert_true(c.weights[0] == 2 && c.weights[1] == 7);
    assert_true(c.ramp.start == 10 && c.ramp.stop == 100 && c.ramp.step == 10);
    assert_true(c.think_min_ns == NS_PER_MS && c.think_max_ns == 10 * NS_PER_MS);
    assert_true(c.opt.trace_context);
    lg_config_fini(&c);
}

static void refusals(void **state)
{
    (void)state;
    fails_with(PARSE(GOOD, "--rate", "5"), "exclude each other");
    fails_with(PARSE(OPEN, "--rate", "5:4"), "--rate: \"5:4\" is not");
    fails_with(PARSE(OPEN, "--rate", "0"), "--rate: \"0\" is not");
    fails_with(PARSE(OPEN, "--rate", "1000001"), "--rate: at most");
    fails_with(PARSE(OPEN, "--rate", "5", "--think", "1ms"), "--think belongs to closed load");
    fails_with(PARSE(OPEN, "--rate", "5", "--stagger", "1ms"), "--stagger belongs to closed load");
    fails_with(PARSE(OPEN, "--rate", "5", "--connections", "0"), "--connections must be");
    fails_with(PARSE(GOOD, "--stop-on-errors", "0%"), "--stop-on-errors");
    fails_with(PARSE(GOOD, "--stop-on-errors", "101"), "--stop-on-errors");
    fails_with(PARSE(GOOD, "--stop-on-errors", "half"), "--stop-on-errors");
    fails_with(PARSE(GOOD, "--start-at", "yesterday"), "neither like");
    fails_with(PARSE(GOOD, "--start-at", "2001-01-01T00:00:00Z"), "in the past");
    fails_with(PARSE(GOOD, "--start-at", "9000000000"), "more than a day ahead");
    fails_with(PARSE(GOOD, "--watch-pid", "0"), "--watch-pid");
    fails_with(PARSE(GOOD, "--watch-pid="), "--watch-pid");
    fails_with(PARSE(GOOD, "--body", "/no/such.json"), "no --endpoint is a POST");
    fails_with(PARSE(GOOD, "--endpoint", "POST /", "--body", "/no/such.json"),
               "cannot read the request body");
    fails_with(PARSE(GOOD, "--header-file", "/no/such.txt"), "cannot read /no/such.txt");
    fails_with(PARSE("--endpoint", "GET /", "--users", "1"), "--url is missing");
    fails_with(PARSE("--url", "http://h", "--users", "1"), "--endpoint is missing");
    fails_with(PARSE("--url", "http://h", "--endpoint", "GET /"), "--users is missing");
    fails_with(PARSE(GOOD, "--url", "ftp://h"), "not an http or https address");
    fails_with(PARSE(GOOD, "--url", "http://"), "not an http or https address");
    fails_with(PARSE(GOOD, "--url", "http://h/?q=1"), "not an http or https address");
    fails_with(PARSE(GOOD, "--users", "0"), "--users");
    fails_with(PARSE(GOOD, "--users", "1:1000001:5"), "at most");
    fails_with(PARSE(GOOD, "--duration", "0"), "--duration must be");
    fails_with(PARSE(GOOD, "--timeout", "0"), "--timeout must be");
    fails_with(PARSE(GOOD, "--pause", "25h"), "--pause must be");
    fails_with(PARSE(GOOD, "--stagger", "1m"), "--stagger is longer");
    fails_with(PARSE(GOOD, "--threads", "0"), "--threads must be");
    fails_with(PARSE(GOOD, "--threads", "257"), "--threads must be");
    fails_with(PARSE(GOOD, "--watch-pid", "-4"), "--watch-pid");
    fails_with(PARSE(GOOD, "--think", "5ms:1ms"), "--think");
    fails_with(PARSE(GOOD, "--output="), "--output");
    fails_with(PARSE(GOOD, "rest"), "\"rest\"");
}

static void endpoints(void **state)
{
    (void)state;
    struct lg_endpoint e;
    static const struct {
        const char *text;
        const char *says;
    } bad[] = {{"/x", "no method"},
               {"", "no method"},
               {" /x", "no method"},
               {"GET", "no method"},
               {"GET x", "start with /"},
               {"GET ", "start with /"},
               {"get /x", "not one of"},
               {"TRACE /x", "not one of"},
               {"GET /a b", "%-encoded"},
               {"GET /a\nB: c", "%-encoded"},
               {"GET /a#b", "%-encoded"},
               {"GET /a @f", "has no body"},
               {"POST /a @/no/such", "cannot read the request body /no/such"}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        fails_with(lg_endpoint_parse(&e, "http://h", bad[i].text, &err), bad[i].says);
    assert_int_equal(lg_endpoint_parse(&e, "http://h", "HEAD /%20", &err), PP_OK);
    assert_int_equal(e.body, LG_BODY_HEAD);
    assert_string_equal(e.url, "http://h/%20");
    lg_endpoint_fini(&e);
    assert_null(e.path);
}

static void bodies(void **state)
{
    (void)state;
    char path[] = "/tmp/poolload-body-XXXXXX.json";
    int fd = mkstemps(path, 5);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "{\"a\":\0}", 7), 7);
    assert_int_equal(close(fd), 0);
    char text[128];
    (void)snprintf(text, sizeof text, "POST /x  @%s", path);
    assert_int_equal(PARSE(OPEN, "--users", "1", "--endpoint", text, "--endpoint", "PUT /y", "--endpoint",
                           "DELETE /z", "--body", path),
                     PP_OK);
    assert_string_equal(c.endpoints[1].path, "/x");
    for (size_t i = 1; i <= 2; i++) {
        assert_int_equal(c.endpoints[i].data_bytes, 7);
        assert_memory_equal(c.endpoints[i].data, "{\"a\":\0}", 7);
        assert_string_equal(c.endpoints[i].type, "Content-Type: application/json");
    }
    assert_null(c.endpoints[3].data);
    assert_int_equal(c.endpoints[3].body, LG_BODY_NONE);
    lg_config_fini(&c);
    (void)snprintf(text, sizeof text, "DELETE /x @%s", path);
    assert_int_equal(PARSE(OPEN, "--users", "1", "--endpoint", text), PP_OK);
    assert_int_equal(c.endpoints[1].body, LG_BODY_POST);
    assert_string_equal(c.endpoints[1].method, "DELETE");
    lg_config_fini(&c);
    (void)unlink(path);
}

static void headers(void **state)
{
    (void)state;
    char path[] = "/tmp/poolload-headers-XXXXXX";
    int fd = mkstemp(path);
    static const char lines[] = "# comment\r\nX-One: 1\r\n\nContent-type: a/b\nX-Empty:\n";
    assert_int_equal(write(fd, lines, sizeof lines - 1), sizeof lines - 1);
    assert_int_equal(close(fd), 0);
    assert_int_equal(PARSE(GOOD, "--header", "Authorization: Bearer x", "--header-file", path), PP_OK);
    const struct curl_slist *h = c.headers;
    static const char *const expected[] = {"Authorization: Bearer x", "X-One: 1", "Content-type: a/b",
                                           "X-Empty;"};
    for (size_t i = 0; i < 4; i++, h = h->next)
        assert_string_equal(h->data, expected[i]);
    assert_null(h);
    assert_true(c.own_type);
    lg_config_fini(&c);
    (void)unlink(path);
    static const char *const bad[] = {"", "X", "X 1", ": v", "X : v", "X: a\nB: c", "X: \x7f"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(PARSE(GOOD, "--header", bad[i]), PP_INVALID);
    fails_with(PARSE(GOOD, "--header", "content-length: 5"), "poolload itself sets");
    fails_with(PARSE(GOOD, "--header", "Traceparent: x", "--trace-context"), "poolload itself sets");
    assert_int_equal(PARSE(GOOD, "--header", "Traceparent: x"), PP_OK);
    lg_config_fini(&c);
}

static void open_load(void **state)
{
    (void)state;
    assert_int_equal(PARSE(OPEN, "--rate", "100:1000:100", "--connections", "7", "--fail-if", "p99>500ms",
                           "--fail-if=error_rate>=1%", "--stop-on-errors", "50%"),
                     PP_OK);
    assert_true(c.open_load && c.ramp.stop == 1000 && lg_config_slots(&c, 3) == 7);
    assert_true(c.threshold_count == 2 && c.stop_error_percent == 50);
    lg_config_fini(&c);
    assert_int_equal(PARSE(GOOD), PP_OK);
    assert_true(!c.open_load && lg_config_slots(&c, 0) == 1);
    lg_config_fini(&c);
}

static void points_in_time(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t ns;
    } good[] = {{"0", 0},
                {"1700000000.25", INT64_C(1700000000250000000)},
                {"2023-11-14T22:13:20Z", INT64_C(1700000000000000000)},
                {"2023-11-14t22:13:20.5z", INT64_C(1700000000500000000)},
                {"2023-11-14 23:13:20+01:00", INT64_C(1700000000000000000)},
                {"2023-11-14T16:43:20-0530", INT64_C(1700000000000000000)},
                {"2024-02-29T00:00:00Z", INT64_C(1709164800000000000)}};
    static const char *const bad[] = {"",
                                      "x",
                                      "1700000000x",
                                      "1.",
                                      "99999999999999999999",
                                      "2023-11-14",
                                      "2023-11-14T22:13:20",
                                      "2023-11-14T22:13:20+1",
                                      "2023-11-14T22:13:20+25:00",
                                      "2023-02-30T00:00:00Z",
                                      "2023-13-01T00:00:00Z",
                                      "2023-11-14T22:13Z",
                                      "2023-11-14T22:13:20ZZ",
                                      "-5"};
    int64_t ns = -1;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_int_equal(lg_time_parse(good[i].text, &ns), PP_OK);
        assert_true(ns == good[i].ns);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (lg_time_parse(bad[i], &ns) != PP_INVALID)
            fail_msg("\"%s\" was read", bad[i]);
}

static void thresholds(void **state)
{
    (void)state;
    struct lg_threshold t;
    assert_int_equal(lg_threshold_parse(&t, "corrected.p999 >= 1.5s", &err), PP_OK);
    assert_true(t.corrected && t.above && t.equal && t.metric == LG_P999 && t.limit == 1.5e9);
    assert_int_equal(lg_threshold_parse(&t, "throughput<100", &err), PP_OK);
    assert_true(!t.corrected && !t.above && !t.equal && t.metric == LG_THROUGHPUT && t.limit == 100);
    assert_int_equal(lg_threshold_parse(&t, "error_rate>0.5%", &err), PP_OK);
    assert_true(t.metric == LG_ERROR_RATE && t.limit == 0.5);
    static const char *const bad[] = {
        "",          "p99",      "p99>",       "p99>500",        "p98>1ms",
        "p99=1ms",   "p99>1ms>", "p99>-1ms",   "error_rate>101", "error_rate>1ms",
        "mean>1xs",  ">1ms",     "corrected.", "throughput<x",   "corrected.error_rate>1",
        "p99>1ms 2", "P99>1ms"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (lg_threshold_parse(&t, bad[i], &err) != PP_INVALID)
            fail_msg("\"%s\" was read", bad[i]);
    fails_with(lg_threshold_parse(&t, "p99>500", &err), "with its unit");
}

static void weights(void **state)
{
    (void)state;
    uint32_t w[3];
    static const char *const bad[] = {"",
                                      "1",
                                      "1,2",
                                      "1,2,3,4",
                                      "1,2,0",
                                      "1,2,-3",
                                      "1,,3",
                                      "1,2,3,",
                                      "a,b,c",
                                      "1;2;3",
                                      "1,2,99999999999999999999",
                                      "10000,1,1"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        fails_with(lg_weights_parse(bad[i], w, 3, &err), "--weights");
    assert_int_equal(lg_weights_parse("1,20,300", w, 3, &err), PP_OK);
    assert_true(w[0] == 1 && w[1] == 20 && w[2] == 300);
}

static void names_are_looked_up_once(void **state)
{
    (void)state;
    assert_int_equal(PARSE("--url", "http://localhost:8080", "--endpoint", "GET /", "--users", "1"), PP_OK);
    assert_int_equal(lg_config_resolve(&c, &err), PP_OK);
    assert_memory_equal(c.resolve, "localhost:8080:", 15);
    lg_config_fini(&c);
    assert_int_equal(PARSE("--url", "http://127.0.0.1", "--endpoint", "GET /", "--users", "1"), PP_OK);
    assert_int_equal(lg_config_resolve(&c, &err), PP_OK);
    assert_null(c.resolve);
    lg_config_fini(&c);
    assert_int_equal(PARSE("--url", "http://[::1]:99", "--endpoint", "GET /", "--users", "1"), PP_OK);
    assert_int_equal(lg_config_resolve(&c, &err), PP_OK);
    assert_null(c.resolve);
    lg_config_fini(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults),       cmocka_unit_test(run_from_the_environment),
        cmocka_unit_test(whole_line),     cmocka_unit_test(refusals),
        cmocka_unit_test(endpoints),      cmocka_unit_test(bodies),
        cmocka_unit_test(headers),        cmocka_unit_test(open_load),
        cmocka_unit_test(points_in_time), cmocka_unit_test(thresholds),
        cmocka_unit_test(weights),        cmocka_unit_test(names_are_looked_up_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

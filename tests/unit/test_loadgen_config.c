/* summary: tests of poolload's command line */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "config.h"

#include "base/clock.h"

#include <stdlib.h>
#include <string.h>

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
    assert_int_equal(c.endpoints[0].body, LG_BODY_EMPTY);
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
    fails_with(PARSE(GOOD, "--rate", "5"), "--rate");
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
    } bad[] = {{"/x", "no method"},           {"", "no method"},          {" /x", "no method"},
               {"GET", "no method"},          {"GET x", "start with /"},  {"GET ", "start with /"},
               {"get /x", "not one of"},      {"TRACE /x", "not one of"}, {"GET /a b", "%-encoded"},
               {"GET /a\nB: c", "%-encoded"}, {"GET /a#b", "%-encoded"}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        fails_with(lg_endpoint_parse(&e, "http://h", bad[i].text, &err), bad[i].says);
    assert_int_equal(lg_endpoint_parse(&e, "http://h", "HEAD /%20", &err), PP_OK);
    assert_int_equal(e.body, LG_BODY_HEAD);
    assert_string_equal(e.url, "http://h/%20");
    free(e.path);
    free(e.url);
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
        cmocka_unit_test(defaults),
        cmocka_unit_test(run_from_the_environment),
        cmocka_unit_test(whole_line),
        cmocka_unit_test(refusals),
        cmocka_unit_test(endpoints),
        cmocka_unit_test(weights),
        cmocka_unit_test(names_are_looked_up_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

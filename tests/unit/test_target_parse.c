/* summary: unit tests of what reftarget parses: mysql:// URIs, options, SQL scripts */
#include "options.h"
#include "script.h"
#include "uri.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void test_uri_good(void **state)
{
    struct uri u;
    (void)state;
    assert_int_equal(uri_parse("mysql://app@127.0.0.1:3307/shop", &u, NULL), PP_OK);
    assert_string_equal(u.user, "app");
    assert_string_equal(u.host, "127.0.0.1");
    assert_int_equal(u.port, 3307);
    assert_string_equal(u.database, "shop");
    assert_int_equal(uri_parse("mysql://a%40b@db/x%2fy", &u, NULL), PP_OK);
    assert_string_equal(u.user, "a@b");
    assert_int_equal(u.port, 3306);
    assert_string_equal(u.database, "x/y");
    assert_int_equal(uri_parse("mysql://a@[::1]:65535/d", &u, NULL), PP_OK);
    assert_string_equal(u.host, "::1");
    assert_int_equal(u.port, 65535);
    assert_int_equal(uri_parse("mysql://a@[::1]/d", &u, NULL), PP_OK);
    assert_int_equal(u.port, 3306);
}

static void test_uri_bad(void **state)
{
    static const char *const bad[] = {
        "",
        "http://a@b/c",
        "mysql://",
        "mysql://host/db",
        "mysql://@host/db",
        "mysql://a@/db",
        "mysql://a@h",
        "mysql://a@h/",
        "mysql://a@h:/d",
        "mysql://a@h:0/d",
        "mysql://a@h:65536/d",
        "mysql://a@h:99999999999/d",
        "mysql://a@h:1x/d",
        "mysql://a@[::1/d",
        "mysql://a@[::1]x/d",
        "mysql://a@[]/d",
        "mysql://a%4@h/d",
        "mysql://a%zz@h/d",
        "mysql://a%00@h/d",
        "mysql://a@h/d%",
    };
    struct uri u;
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct pp_err err = {PP_OK, ""};
        if (uri_parse(bad[i], &u, &err) != PP_INVALID)
            fail_msg("accepted: %s", bad[i]);
        assert_true(strlen(err.text) > 0);
    }
}

static void test_uri_password_and_length(void **state)
{
    struct uri u;
    struct pp_err err = {PP_OK, ""};
    char text[1024];
    (void)state;
    assert_int_equal(uri_parse("mysql://a:secret@h/d", &u, &err), PP_INVALID);
    assert_non_null(strstr(err.text, "MYSQL_PWD"));
    assert_null(strstr(err.text, "secret"));
    for (size_t n = 1; n < 400; n++) {
        (void)snprintf(text, sizeof text, "mysql://%.*s@h/d", (int)n,
                       (const char *)memset(text + 512, 'u', 500));
        assert_int_equal(uri_parse(text, &u, NULL), n < sizeof u.user ? PP_OK : PP_INVALID);
    }
}

static enum pp_status parse_options(struct options *o, struct pp_err *err, const char *a, const char *b)
{
    char program[] = "reftarget";
    char first[64];
    char second[64];
    char *argv[] = {program, first, second, NULL};
    struct opt_result result;
    (void)snprintf(first, sizeof first, "%s", a);
    (void)snprintf(second, sizeof second, "%s", b);
    memset(o, 0, sizeof *o);
    return options_parse(b[0] != 0 ? 3 : 2, argv, o, &result, err);
}

static void test_options(void **state)
{
    static const char *const bad[][2] = {
        {"--pool-max=0", ""},     {"--pool-min=5", "--pool-max=4"},
        {"--reuse=random", ""},   {"--dial=both", ""},
        {"--port=65536", ""},     {"--pool-max=20001", ""},
        {"--pool-min=-1", ""},    {"--cpu-work=-1", ""},
        {"--pool-timeout=x", ""}, {"operand", ""},
    };
    struct options o;
    struct pp_err err = {PP_OK, ""};
    (void)state;
    assert_int_equal(parse_options(&o, &err, "--pool-min=100", "--pool-max=10000"), PP_OK);
    assert_int_equal(o.pool_min, 100);
    assert_int_equal(o.pool_max, 10000);
    assert_string_equal(o.reuse, "fifo");
    assert_int_equal(o.pool_timeout_ns, INT64_C(30000000000));
    assert_int_equal(parse_options(&o, &err, "--dial=serial", "--pool-timeout=250ms"), PP_OK);
    assert_int_equal(o.pool_timeout_ns, 250000000);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (parse_options(&o, &err, bad[i][0], bad[i][1]) != PP_INVALID)
            fail_msg("accepted: %s %s", bad[i][0], bad[i][1]);
}

struct seen {
    char all[512];
    int count;
    int fail_at;
};

static enum pp_status see(void *priv, const char *sql, struct pp_err *err)
{
    struct seen *s = priv;
    (void)snprintf(s->all + strlen(s->all), sizeof s->all - strlen(s->all), "[%s]", sql);
    if (++s->count == s->fail_at)
        return pp_err_set(err, PP_IO, "statement %d", s->count);
    return PP_OK;
}

static void test_script(void **state)
{
    struct seen s = {.count = 0};
    struct pp_err err = {PP_OK, ""};
    (void)state;
    assert_int_equal(script_each("-- c;\n\nA 'x;y'\n  B;\n-- d\nC;\n \nlast", see, &s, &err), PP_OK);
    assert_string_equal(s.all, "[A 'x;y'\n  B][C][last]");
    s = (struct seen){.fail_at = 2};
    assert_int_equal(script_each("A;\nB;\nC;\n", see, &s, &err), PP_IO);
    assert_int_equal(s.count, 2);
    s = (struct seen){.count = 0};
    assert_int_equal(script_each("", see, &s, &err), PP_OK);
    assert_int_equal(script_each("-- only a comment\n", see, &s, &err), PP_OK);
    assert_int_equal(s.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_uri_good),
        cmocka_unit_test(test_uri_bad),
        cmocka_unit_test(test_uri_password_and_length),
        cmocka_unit_test(test_options),
        cmocka_unit_test(test_script),
    };
    return cmocka_run_group_tests_name("target_parse", tests, NULL, NULL);
}

/* summary: the server's URI: what is taken, what is refused, and that a refusal never repeats a password */
#include "server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "srv_priv.h"

#include <stdio.h>
#include <string.h>

static void accepts(const char *text, const char *user, const char *host, uint16_t port, bool loopback)
{
    struct srv_uri u;
    struct pp_err err = {.status = PP_OK};
    if (srv_uri_parse(&u, text, &err) != PP_OK)
        fail_msg("%s: %s", text, err.text);
    assert_string_equal(u.user, user);
    assert_string_equal(u.host, host);
    assert_int_equal(u.port, port);
    assert_int_equal(u.loopback, loopback);
}

static void good_uris(void **state)
{
    (void)state;
    accepts("mysql://app@127.0.0.1:3307", "app", "127.0.0.1", 3307, true);
    accepts("mysql://app@localhost", "app", "127.0.0.1", 3306, true);
    accepts("mysql://app@LocalHost:1", "app", "127.0.0.1", 1, true);
    accepts("mysql://app@db-1.example_net:65535", "app", "db-1.example_net", 65535, false);
    accepts("mysql://app@[::1]:3306", "app", "::1", 3306, true);
    accepts("mysql://app@[fe80::1]", "app", "fe80::1", 3306, false);
    accepts("mysql://a%40b%3Ac%25%2f@h:9", "a@b:c%/", "h", 9, false);
    accepts("mysql://%C3%A9@h:9", "\xc3\xa9", "h", 9, false);
    accepts("mysql://a%41@h", "aA", "h", 3306, false);
    accepts("mysql://%41@h", "A", "h", 3306, false);
}

static void bad_uris(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "mysql:/",
        "mysql://",
        "mysql://host:3306",
        "mysql://@host:3306",
        "MYSQL://a@h",
        "postgres://a@h",
        "http://a@h:3306",
        " mysql://a@h",
        "mysql://a@",
        "mysql://a@:3306",
        "mysql://a@h:",
        "mysql://a@h:0",
        "mysql://a@h:65536",
        "mysql://a@h:99999999999999999999",
        "mysql://a@h:-1",
        "mysql://a@h:+1",
        "mysql://a@h: 1",
        "mysql://a@h:3306/",
        "mysql://a@h:3306/db",
        "mysql://a@h/db",
        "mysql://a@h?x=1",
        "mysql://a@h:1:2",
        "mysql://a@h h",
        "mysql://a@[::1",
        "mysql://a@[]:1",
        "mysql://a@[::1]x",
        "mysql://a@[::1]:",
        "mysql://a@::1",
        "mysql://a@b@h",
        "mysql://a%@h",
        "mysql://a%4@h",
        "mysql://a%zz@h",
        "mysql://a%00b@h",
        "mysql://a b@h",
        "mysql://a/b@h",
        "mysql://a\nb@h",
        "mysql://\xc3\xa9@h",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct srv_uri u;
        struct pp_err err = {.status = PP_OK};
        if (srv_uri_parse(&u, bad[i], &err) != PP_INVALID)
            fail_msg("taken: %s", bad[i]);
        assert_true(strlen(err.text) > 0);
    }
}

static void a_password_is_refused_and_not_repeated(void **state)
{
    (void)state;
    static const char *const texts[] = {"mysql://app:s3cret@h:3306", "mysql://app:s3cret@x@h",
                                        "mysql://app:s3:cret@h", "mysql://:s3cret@h", "mysql//app:s3cret@h"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct srv *s = NULL;
        struct pp_err err = {.status = PP_OK};
        const struct srv_sink sink = {.priv = NULL};
        assert_int_equal(srv_open(&s, texts[i], &sink, &err), PP_INVALID);
        assert_null(s);
        assert_null(strstr(err.text, "s3"));
        if (i < 4)
            assert_non_null(strstr(err.text, "put the password in MYSQL_PWD or an option file"));
    }
}

static void long_parts(void **state)
{
    (void)state;
    char text[1024];
    struct srv_uri u;
    for (int n = 250; n < 260; n++) {
        snprintf(text, sizeof text, "mysql://%0*d@h:1", n, 0);
        assert_int_equal(srv_uri_parse(&u, text, NULL), n < SRV_USER_MAX ? PP_OK : PP_INVALID);
        snprintf(text, sizeof text, "mysql://u@%0*d:1", n, 0);
        assert_int_equal(srv_uri_parse(&u, text, NULL), n < SRV_HOST_MAX ? PP_OK : PP_INVALID);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_uris),
        cmocka_unit_test(bad_uris),
        cmocka_unit_test(a_password_is_refused_and_not_repeated),
        cmocka_unit_test(long_parts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

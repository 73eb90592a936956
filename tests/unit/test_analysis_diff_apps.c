/* summary: unit test: applications of two runs are matched by what stays the same, or told to be unknown
 */
#include "diff_int.h"
#include "test_analysis_run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

/* Two applications of one recording, on hosts of their own, loaded one after the other. */
struct app {
    const char *host, *port, *program, *user, *route, *target;
};

static char sql[2][300000];

static const char *run_of(int which, const struct app *apps, int count)
{
    char *s = sql[which];
    size_t n = (size_t)snprintf(s, sizeof sql[0], "%s", RUN_META "INSERT INTO digest VALUES(9,'SELECT ?');");
    for (int i = 0; i < count; i++) {
        const struct app *a = &apps[i];
        int id = i + 1, base_ms = 1000 + i * 4000;
        n += (size_t)snprintf(s + n, sizeof sql[0] - n,
                              "INSERT INTO pool VALUES(%d,'%s','10.9.9.9:3306','%s','shop','%d','%s');"
                              "INSERT INTO connection "
                              "VALUES(%d,%d,'%s:50001','10.9.9.9:3306','%s','shop','1','','','8','x',%"
                              "d," RUN_NS("0") "," RUN_NS("0") "," RUN_NS("1") "," RUN_NS(
                                  "1") ",0,-1,0,'plain','',0,0,0,-1);"
                                       "INSERT INTO level VALUES(%d,10," RUN_NS("%d") "," RUN_NS(
                                           "%d") ");"
                                                 "INSERT INTO load_result VALUES(NULL,10," RUN_NS(
                                                     "%d") "," RUN_NS("%d") ",'%s','{}');",
                              id, a->host, a->user, id, a->program, id, id, a->host, a->user, id, id, base_ms,
                              base_ms + 2000, base_ms, base_ms + 2000, a->target);
        for (int k = 0; k < 40; k++) {
            int t = base_ms + 10 + k * 40;
            n += (size_t)snprintf(
                s + n, sizeof sql[0] - n,
                "INSERT INTO request "
                "VALUES(NULL,%d,'10.0.0.9:1','%s:%s','GET','%s','',NULL," RUN_NS("%d") "," RUN_NS(
                    "%d") "," RUN_NS("%d") "," RUN_NS("%d") ",200,0,10,1,'');"
                                                            "INSERT INTO statement "
                                                            "VALUES(NULL,%d,9,'QUERY'"
                                                            "," RUN_NS("%d") "," RUN_NS(
                                                                "%"
                                                                "d") "," RUN_NS("%d") ",1,0,0,0,'',2,100,"
                                                                                      "200,NULL,0,1,1,0,"
                                                                                      "NULL);"
                                                                                      "INSERT INTO "
                                                                                      "checkout "
                                                                                      "VALUES(%d,%"
                                                                                      "d," RUN_NS("%d") "," RUN_NS(
                                                                                          "%d") ",1,0,0);",
                id, a->host, a->port, a->route, t, t, t + 10, t + 10, id, t + 2, t + 7, t + 7, id, id, t + 2,
                t + 7);
        }
        assert_true(n < sizeof sql[0]);
    }
    return s;
}

static struct ana_diff *diff_of(void **state, const struct app *a, int count_a, const struct app *b,
                                int count_b)
{
    struct ana_diff *d = NULL;
    struct pp_err err = {.text = ""};
    const char *path_a = run_make(state, "a.run.db", run_of(0, a, count_a));
    const char *path_b = run_make(state, "b.run.db", run_of(1, b, count_b));
    if (ana_diff_new(&d, path_a, path_b, &err) != PP_OK)
        fail_msg("no comparison: %s", err.text);
    assert_int_equal(d->a->app_count, count_a);
    assert_int_equal(d->b->app_count, count_b);
    return d;
}

static bool is_at(const struct ana_app *app, const char *host)
{
    return app && strncmp(app->http_server, host, strlen(host)) == 0;
}

/* The application at host_a is the one at host_b, by that sign; and their levels are compared. */
static void expect(const struct ana_diff *d, const char *host_a, const char *host_b, enum ana_app_key by)
{
    const struct ana_diff_app *x = NULL;
    bool levels = false;
    for (size_t i = 0; i < d->app_count; i++)
        if (is_at(d->apps[i].a, host_a) && is_at(d->apps[i].b, host_b))
            x = &d->apps[i];
    assert_non_null(x);
    assert_string_equal(ana_app_key_name(x->by), ana_app_key_name(by));
    for (size_t i = 0; i < d->level_count; i++)
        levels = levels || (d->levels[i].a && d->levels[i].b && d->levels[i].a->app == x->a->app &&
                            d->levels[i].b->app == x->b->app);
    assert_true(levels);
}

/* Hosts and ports changed places: each sign in turn is the first that tells. */
static void by_each_sign(void **state)
{
    const struct app a[] = {{"10.0.0.1", "80", "", "app", "/a", ""}, {"10.0.0.2", "81", "", "app", "/b", ""}};
    const struct app b[] = {{"10.0.0.1", "81", "", "app", "/b", ""}, {"10.0.0.2", "80", "", "app", "/a", ""}};
    struct app x[2], y[2];
    for (int by = ANA_APP_TARGET; by <= ANA_APP_PORT; by++) {
        memcpy(x, a, sizeof x);
        memcpy(y, b, sizeof y);
        if (by == ANA_APP_TARGET) {
            x[0].target = y[1].target = "shop";
            x[1].target = y[0].target = "admin";
            x[0].user = y[0].user = "other"; /* says the contrary, and is less telling */
        } else if (by == ANA_APP_LOGIN) {
            x[0].program = y[1].program = "shop.py";
            x[0].route = x[1].route = y[0].route = y[1].route = "/same";
        } else if (by == ANA_APP_PORT) {
            x[0].route = x[1].route = y[0].route = y[1].route = "/same";
        }
        struct ana_diff *d = diff_of(state, x, 2, y, 2);
        assert_int_equal(d->app_count, 2);
        expect(d, "10.0.0.1", "10.0.0.2", (enum ana_app_key)by);
        expect(d, "10.0.0.2", "10.0.0.1", (enum ana_app_key)by);
        assert_int_equal(d->level_count, 2);
        ana_diff_free(&d);
    }
}

/* Nothing tells: no application is compared with another, and each stands there without a partner. */
static void that_cannot_be_told(void **state)
{
    const struct app a[] = {{"10.0.0.1", "80", "", "app", "/a", ""}, {"10.0.0.2", "80", "", "app", "/a", ""}};
    struct ana_diff *d = diff_of(state, a, 2, a, 2);
    assert_int_equal(d->app_count, 4);
    for (size_t i = 0; i < d->app_count; i++)
        assert_true(!d->apps[i].a || !d->apps[i].b);
    assert_int_equal(d->level_count, 4);
    ana_diff_free(&d);
}

/* One application before, two of them now: the one that was there is compared, the new one with nothing. */
static void one_more_than_before(void **state)
{
    const struct app a[] = {{"10.0.0.7", "8000", "", "app", "/a", ""}};
    const struct app b[] = {{"10.0.0.1", "80", "", "app", "/b", ""}, {"10.0.0.2", "81", "", "app", "/a", ""}};
    struct ana_diff *d = diff_of(state, a, 1, b, 2);
    assert_int_equal(d->app_count, 2);
    expect(d, "10.0.0.7", "10.0.0.2", ANA_APP_ROUTES);
    assert_null(d->apps[1].a);
    assert_true(is_at(d->apps[1].b, "10.0.0.1"));
    ana_diff_free(&d);
}

/* One each: they are compared whatever they are called, as ever. */
static void single_applications_need_no_sign(void **state)
{
    const struct app a[] = {{"10.0.0.7", "8000", "", "app", "/a", "x"}};
    const struct app b[] = {{"10.0.0.1", "80", "", "other", "/b", "y"}};
    struct ana_diff *d = diff_of(state, a, 1, b, 1);
    assert_int_equal(d->app_count, 0);
    assert_int_equal(d->level_count, 1);
    assert_non_null(d->levels[0].b);
    ana_diff_free(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(by_each_sign, run_folder_setup, run_folder_teardown),
        cmocka_unit_test_setup_teardown(that_cannot_be_told, run_folder_setup, run_folder_teardown),
        cmocka_unit_test_setup_teardown(one_more_than_before, run_folder_setup, run_folder_teardown),
        cmocka_unit_test_setup_teardown(single_applications_need_no_sign, run_folder_setup,
                                        run_folder_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

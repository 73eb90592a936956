/* summary: unit test: what load generators measured: ramps one after the other, at once, without marks, cut
 * short
 */
#include "test_analysis_run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#define LEVEL(id, users, from, to)                                                                           \
    "INSERT INTO level VALUES(" id "," users "," RUN_NS(from) "," RUN_NS(to) ");"
#define LOAD(users, from, to, name)                                                                          \
    "INSERT INTO load_result VALUES(NULL," users "," RUN_NS(from) "," RUN_NS(to) ",'','" name "');"
/* At `server`, with the mark of a level or NULL. */
#define REQUEST(server, mark, at)                                                                            \
    "INSERT INTO request VALUES(NULL,1,'10.0.0.9:1','" server "','GET','/a',''," mark                        \
    "," RUN_NS(at) "," RUN_NS(at) "," RUN_NS(at "+10") "," RUN_NS(at "+10") ",200,0,10,1,'');"
#define APP RUN_META RUN_POOL("1", "app", "shop") RUN_CONN("1", "1", "app", "plain")

static const struct ana_level *level(const struct ana_report *r, size_t i, uint32_t users, const char *load)
{
    const struct ana_level *l = &r->levels[i];
    assert_true(i < r->level_count);
    assert_int_equal(l->users, users);
    assert_string_equal(l->load_json ? l->load_json : "none", load);
    return l;
}

/* The recorder gives the levels of a second ramp other numbers than the generator. */
static void one_ramp_after_another(void **state)
{
    struct ana_report *r =
        run_report(state, APP LEVEL("1", "10", "1000", "2000") LEVEL("2", "20", "2000", "3000")
                              LEVEL("3", "10", "5000", "6000") REQUEST("10.0.0.1:80", "1", "1100")
                                  REQUEST("10.0.0.1:80", "3", "5100") REQUEST("10.0.0.1:80", "3", "5300")
                                      LOAD("10", "1000", "2000", "first") LOAD("20", "2000", "3000", "second")
                                          LOAD("10", "5000", "6000", "again"));
    assert_int_equal(r->level_count, 3);
    assert_int_equal(level(r, 0, 10, "first")->requests, 1);
    assert_int_equal(level(r, 0, 10, "first")->nth, 1);
    assert_int_equal(level(r, 1, 20, "second")->requests, 0);
    assert_int_equal(level(r, 2, 10, "again")->requests, 2);
    assert_int_equal(level(r, 2, 10, "again")->nth, 2);
    ana_report_free(&r);
}

/* Nobody saw marks: the results themselves are the levels, beside those of marks. */
static void ramps_without_marks(void **state)
{
    struct ana_report *r =
        run_report(state, APP LEVEL("1", "7", "8000", "9000") REQUEST("10.0.0.1:80", "NULL", "1100")
                              REQUEST("10.0.0.1:80", "NULL", "5100") REQUEST("10.0.0.1:80", "1", "8100")
                                  LOAD("10", "1000", "2000", "first") LOAD("10", "5000", "6000", "again")
                                      LOAD("5", "0-1700000000000", "1", "timeless"));
    assert_int_equal(r->level_count, 3);
    assert_int_equal(level(r, 0, 7, "none")->requests, 1);
    assert_int_equal(level(r, 1, 10, "first")->requests, 1);
    assert_int_equal(level(r, 2, 10, "again")->requests, 1);
    assert_int_equal(r->levels[1].id, 2);
    assert_int_equal(r->levels[2].id, 3);
    ana_report_free(&r);
}

/* Two applications, loaded at once by a generator each: both have levels 1, and results of their own. */
static void two_applications_at_once(void **state)
{
    struct ana_report *r =
        run_report(state, APP LEVEL("1", "10", "1000", "2000") LEVEL("2", "10", "1001", "2001")
                              REQUEST("10.0.0.1:80", "1", "1100") REQUEST("10.0.0.3:80", "2", "1100")
                                  REQUEST("10.0.0.3:80", "2", "1200") LOAD("10", "1001", "2001", "of .3")
                                      LOAD("10", "1000", "2000", "of .1"));
    assert_int_equal(r->level_count, 2);
    assert_int_equal(level(r, 0, 10, "of .1")->requests, 1);
    assert_int_equal(level(r, 1, 10, "of .3")->requests, 2);
    ana_report_free(&r);
}

/* --start-at: generators that began at one instant made one level; a result of neither time is a level of its
 * own. */
static void several_generators_of_one_level(void **state)
{
    struct ana_report *r =
        run_report(state, APP LEVEL("1", "10", "1000", "2000") REQUEST("10.0.0.1:80", "1", "1100")
                              LOAD("10", "1000", "2000", "a") LOAD("30", "1000", "2000", "b")
                                  LOAD("2", "1000", "2000", "c"));
    assert_int_equal(r->level_count, 1);
    const struct ana_level *l = level(r, 0, 42, "a");
    assert_int_equal(l->more_load_count, 2);
    assert_string_equal(l->more_loads[0], "b");
    assert_string_equal(l->more_loads[1], "c");
    ana_report_free(&r);
}

/* Marks tell what was planned. */
static void an_interrupted_level_ends_early(void **state)
{
    struct ana_report *r =
        run_report(state, APP LEVEL("1", "10", "1000", "9000") REQUEST("10.0.0.1:80", "1", "1100")
                              REQUEST("10.0.0.1:80", "1", "1200") LOAD("10", "1000", "3000", "cut"));
    const struct ana_level *l = level(r, 0, 10, "cut");
    assert_true(l->end_ns - l->start_ns == INT64_C(2000000000));
    assert_float_equal(l->throughput, 1.0, 1e-9);
    ana_report_free(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_ramp_after_another, run_folder_setup, run_folder_teardown),
        cmocka_unit_test_setup_teardown(ramps_without_marks, run_folder_setup, run_folder_teardown),
        cmocka_unit_test_setup_teardown(two_applications_at_once, run_folder_setup, run_folder_teardown),
        cmocka_unit_test_setup_teardown(several_generators_of_one_level, run_folder_setup,
                                        run_folder_teardown),
        cmocka_unit_test_setup_teardown(an_interrupted_level_ends_early, run_folder_setup,
                                        run_folder_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

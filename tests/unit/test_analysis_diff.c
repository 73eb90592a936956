/* summary: tests of the comparison: matching, settings that differ, and the verdict on each suspected cause
 */
#include "diff_int.h"
#include "test_analysis_run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define N 1000

/* Figures of a level in ms a request; the rest is the application's. */
struct figures {
    double latency, wait, low, high, server, rate;
};

struct pair {
    struct ana_level a, b;
    struct ana_diff_level level;
    struct ana_diff d;
    struct ana_shift shift;
};

static int64_t ns(double ms)
{
    return (int64_t)(ms * N * 1e6);
}

static struct ana_level level_of(const struct figures *f)
{
    struct ana_level l = {.id = 1, .users = 30, .throughput = f->rate};
    l.budget = (struct ana_budget){.requests = N, .identified = true, .total_ns = ns(f->latency)};
    l.budget.ns[ANA_ACQUIRE_EXHAUSTED] = ns(f->wait);
    l.budget.ns[ANA_STATEMENT] = ns(f->server);
    l.budget.ns[ANA_APP] = ns(f->latency - f->wait - f->server);
    memcpy(l.budget.low_ns, l.budget.ns, sizeof l.budget.ns);
    memcpy(l.budget.high_ns, l.budget.ns, sizeof l.budget.ns);
    l.budget.low_ns[ANA_ACQUIRE_EXHAUSTED] = ns(f->low);
    l.budget.high_ns[ANA_ACQUIRE_EXHAUSTED] = ns(f->high);
    return l;
}

static void make(struct pair *p, struct figures a, struct figures b)
{
    memset(p, 0, sizeof *p);
    p->a = level_of(&a);
    p->b = level_of(&b);
    p->level = (struct ana_diff_level){.users = 30, .a = &p->a, .b = &p->b};
    p->d = (struct ana_diff){.levels = &p->level, .level_count = 1};
    assert_true(ana_shift_find(&p->shift, &p->d));
}

static void expect(struct ana_judgement j, enum ana_verdict verdict, const char *words)
{
    assert_non_null(j.evidence);
    assert_non_null(j.against);
    if (j.verdict != verdict)
        fail_msg("%s instead of %s: %s | %s", ana_verdict_name(j.verdict), ana_verdict_name(verdict),
                 j.evidence, j.against);
    if (!strstr(j.evidence, words) && !strstr(j.against, words))
        fail_msg("\"%s\" and \"%s\" do not say \"%s\"", j.evidence, j.against, words);
    free(j.evidence);
    free(j.against);
}

static const char other[] = "mysql.max_connections 151 → 500";

static void the_pool_did_it(void **state)
{
    struct pair p;
    (void)state;
    make(&p, (struct figures){180, 120, 115, 125, 40, 160}, (struct figures){65, 0, 0, 0, 45, 450});
    expect(ana_judge_pool(&p.shift, ""), ANA_SUPPORTED,
           "from 180.0 to 65.0 ms and the throughput from 160.0 to 450.0 requests/s; waiting for a "
           "connection went from "
           "120.0 to 0.0 ms (change -120.0 ms, between -125.0 and -115.0): 104 % of the change");
    expect(ana_judge_pool(&p.shift, other), ANA_NOT_IDENTIFIABLE, other);
}

static void the_smaller_pool_is_as_well_the_cause(void **state)
{
    struct pair p;
    (void)state;
    make(&p, (struct figures){65, 0, 0, 0, 45, 450}, (struct figures){180, 120, 115, 125, 40, 160});
    expect(ana_judge_pool(&p.shift, ""), ANA_SUPPORTED, "change +120.0 ms");
}

static void the_limit_moved_to_the_server(void **state)
{
    struct pair p;
    (void)state;
    make(&p, (struct figures){180, 120, 115, 125, 40, 160}, (struct figures){190, 0, 0, 0, 170, 152});
    expect(ana_judge_pool(&p.shift, ""), ANA_REFUTED,
           "waiting fell by 120.0 ms but statements and commits grew by 130.0 ms: the limit moved to the "
           "server; the pool "
           "was not what limited throughput (160.0 → 152.0 requests/s)");
    expect(ana_judge_pool(&p.shift, other), ANA_NOT_IDENTIFIABLE, other);
    make(&p, (struct figures){180, 120, 115, 125, 40, 160}, (struct figures){180, 0, 0, 0, 160, 160});
    expect(ana_judge_pool(&p.shift, ""), ANA_REFUTED, "limit moved to the server"); /* the same latency */
    make(&p, (struct figures){180, 120, 115, 125, 40, 160}, (struct figures){130, 0, 0, 0, 105, 220});
    expect(ana_judge_pool(&p.shift, ""), ANA_SUPPORTED, "-120.0 ms"); /* slower statements, and yet a gain */
}

static void the_pool_was_not_used_up(void **state)
{
    struct pair p;
    (void)state;
    make(&p, (struct figures){100, 0, 0, 0, 60, 300}, (struct figures){60, 0, 0, 0, 20, 500});
    expect(ana_judge_pool(&p.shift, ""), ANA_REFUTED, "from 0.0 to 0.0 ms");
    expect(ana_judge_pool(&p.shift, other), ANA_REFUTED, "-40.0 ms");
    make(&p, (struct figures){100, 0, 0, 0, 60, 300}, (struct figures){100, 0, 0, 0, 60, 300});
    expect(ana_judge_pool(&p.shift, ""), ANA_REFUTED, "Neither latency nor waiting changed");
}

static void intervals_that_overlap(void **state)
{
    struct pair p;
    (void)state;
    make(&p, (struct figures){100, 10, 9, 11, 60, 300}, (struct figures){60, 9.5, 8.5, 10.5, 20, 500});
    expect(ana_judge_pool(&p.shift, ""), ANA_REFUTED, "between -2.5 and +1.5");
    make(&p, (struct figures){100, 30, 0, 60, 40, 300}, (struct figures){60, 5, 0, 20, 40, 500});
    expect(ana_judge_pool(&p.shift, ""), ANA_NOT_IDENTIFIABLE, "too wide to tell");
}

static void a_small_part(void **state)
{
    struct pair p;
    (void)state;
    make(&p, (struct figures){200, 5, 5, 5, 150, 100}, (struct figures){100, 0, 0, 0, 55, 200});
    expect(ana_judge_pool(&p.shift, ""), ANA_REFUTED, "5 % of the change");
    make(&p, (struct figures){200, 30, 30, 30, 130, 100}, (struct figures){100, 0, 0, 0, 60, 200});
    expect(ana_judge_pool(&p.shift, ""), ANA_NOT_IDENTIFIABLE, "30 % of the change");
}

static void other_settings(void **state)
{
    struct pair p;
    (void)state;
    make(&p, (struct figures){100, 0, 0, 0, 60, 300}, (struct figures){60, 0, 0, 0, 20, 500});
    expect(ana_judge_setting(&p.shift, ""), ANA_SUPPORTED, "-40.0 ms (60.0 to 20.0)");
    expect(ana_judge_setting(&p.shift, other), ANA_NOT_IDENTIFIABLE, other);
    make(&p, (struct figures){100, 0, 0, 0, 60, 300}, (struct figures){101, 0, 0, 0, 61, 299});
    expect(ana_judge_setting(&p.shift, ""), ANA_REFUTED, "nothing changed");
    expect(ana_judge_setting(&p.shift, other), ANA_NOT_IDENTIFIABLE, "cancel out");
}

static void the_level_that_changed_most(void **state)
{
    struct ana_level l[4];
    struct ana_diff_level levels[3];
    struct figures f = {100, 0, 0, 0, 60, 300};
    struct ana_shift s;
    (void)state;
    for (int i = 0; i < 4; i++)
        l[i] = level_of(&f);
    f = (struct figures){90, 0, 0, 0, 50, 300};
    l[3] = level_of(&f);
    l[3].users = 40;
    levels[0] = (struct ana_diff_level){.users = 30, .a = &l[0], .b = &l[1]};
    levels[1] = (struct ana_diff_level){.users = 40, .a = &l[2], .b = &l[3]};
    levels[2] = (struct ana_diff_level){.users = 50, .a = &l[2]};
    struct ana_diff d = {.levels = levels, .level_count = 3};
    assert_true(ana_shift_find(&s, &d));
    assert_ptr_equal(s.level, &levels[1]);
    l[1].budget.identified = l[3].budget.identified = false;
    assert_false(ana_shift_find(&s, &d));
}

/* ---- from run files ---- */

#define CONFIG(scope, name, value)                                                                           \
    "INSERT INTO config VALUES('" scope "','" name "','" value "'," RUN_NS("0") ");"
/* Requests and what they did: 20 a level, one at a time, each 10 ms with a statement of 5. */
#define LEVELS                                                                                               \
    "INSERT INTO level VALUES(1,10," RUN_NS("1000") "," RUN_NS("2000") "),(2,20," RUN_NS("3000") "," RUN_NS( \
        "4000") ");"
#define REQUESTS(id0, at, took)                                                                                 \
    "INSERT INTO request WITH RECURSIVE i(k) AS (SELECT 0 UNION ALL SELECT k+1 FROM i WHERE k<19) "             \
    "SELECT " id0                                                                                               \
    "+k,1,'10.0.0.9:1','10.0.0.1:80','GET','/a','',NULL," RUN_NS(at "+k*40") "," RUN_NS(at "+k*40") "," RUN_NS( \
        at                                                                                                      \
        "+k*40+" took) "," RUN_NS(at                                                                            \
                                  "+k*40+" took) ",200,0,10,1,'' FROM i;"                                       \
                                                 "INSERT INTO statement WITH RECURSIVE i(k) AS (SELECT 0 "      \
                                                 "UNION ALL SELECT k+1 FROM i WHERE k<19) SELECT " id0          \
                                                 "+k,1,9,'QUERY'," RUN_NS(at "+k*40+2") "," RUN_NS(             \
                                                     at                                                         \
                                                     "+k*"                                                      \
                                                     "40+"                                                      \
                                                     "7") "," RUN_NS(at                                         \
                                                                     "+k*40+7") ",1,0,0,0,'',2,100,200,"        \
                                                                                "NULL,0,1,1,0,NULL "            \
                                                                                "FROM i;"                       \
                                                                                "INSERT INTO checkout "         \
                                                                                "WITH RECURSIVE i(k) "          \
                                                                                "AS (SELECT 0 UNION ALL "       \
                                                                                "SELECT k+1 FROM i "            \
                                                                                "WHERE k<19) SELECT "           \
                                                                                "1,1," RUN_NS(                  \
                                                                                    at                          \
                                                                                    "+k*40+"                    \
                                                                                    "2") "," RUN_NS(at          \
                                                                                                    "+k*40+"    \
                                                                                                    "7") ","    \
                                                                                                         "1"    \
                                                                                                         ","    \
                                                                                                         "0"    \
                                                                                                         ","    \
                                                                                                         "0"    \
                                                                                                         " "    \
                                                                                                         "F"    \
                                                                                                         "R"    \
                                                                                                         "O"    \
                                                                                                         "M"    \
                                                                                                         " "    \
                                                                                                         "i"    \
                                                                                                         ";"
#define APP                                                                                                  \
    RUN_META RUN_POOL("1", "app", "shop")                                                                    \
        RUN_CONN("1", "1", "app", "plain") "INSERT INTO digest VALUES(9,'SELECT ?');"

static struct ana_diff *diff_of(void **state, const char *a, const char *b)
{
    struct ana_diff *d = NULL;
    struct pp_err err = {.text = ""};
    const char *path_a = run_make(state, "a.run.db", a), *path_b = run_make(state, "b.run.db", b);
    if (ana_diff_new(&d, path_a, path_b, &err) != PP_OK)
        fail_msg("no comparison: %s", err.text);
    return d;
}

static const struct ana_diff_setting *setting(const struct ana_diff *d, const char *name)
{
    for (size_t i = 0; i < d->setting_count; i++)
        if (strcmp(d->settings[i].name, name) == 0)
            return &d->settings[i];
    return NULL;
}

static void settings_and_levels(void **state)
{
    struct ana_diff *d =
        diff_of(state,
                APP LEVELS REQUESTS("1", "1010", "10") REQUESTS("101", "3010", "10")
                    CONFIG("mysql", "sync_binlog", "1") CONFIG("mysql", "same", "x")
                        CONFIG("mysql", "server_uuid", "1") CONFIG("mysql", "only_a", "y")
                            CONFIG("app", "pool_max", "5") CONFIG("host", "cpus", "2"),
                APP "INSERT INTO level VALUES(7,20," RUN_NS("3000") "," RUN_NS("4000") "),(8,30," RUN_NS(
                    "5000") "," RUN_NS("6000") ");" REQUESTS("101", "3010", "30")
                    CONFIG("mysql", "sync_binlog", "0") CONFIG("mysql", "same", "x")
                        CONFIG("mysql", "server_uuid", "2") CONFIG("app", "pool_max", "100"));
    assert_int_equal(d->level_count, 3);
    assert_int_equal(d->levels[0].users, 10);
    assert_null(d->levels[0].b);
    assert_int_equal(d->levels[1].users, 20);
    assert_int_equal(d->levels[1].a->id, 2);
    assert_int_equal(d->levels[1].b->id, 7);
    assert_int_equal(d->levels[2].users, 30);
    assert_null(d->levels[2].a);
    assert_string_equal(setting(d, "sync_binlog")->b, "0");
    assert_string_equal(setting(d, "pool_max")->a, "5");
    assert_null(setting(d, "only_a")->b);
    assert_null(setting(d, "same"));
    assert_null(setting(d, "server_uuid"));
    assert_null(setting(d, "cpus")); /* nobody recorded the machine of B */
    assert_int_equal(d->query_count, 1);
    assert_ptr_equal(d->queries[0].a, &d->a->queries[0]);
    assert_ptr_equal(d->queries[0].b, &d->b->queries[0]);
    assert_non_null(strstr(d->causes[0].cause, "the pool's size limits throughput: app.pool_max 5 → 100"));
    assert_int_equal(d->cause_count, 4); /* pool, only_a, sync_binlog, the machine */
    for (size_t i = 0; i < d->cause_count; i++)
        assert_true(d->causes[i].verdict != ANA_SUPPORTED);
    assert_int_equal(d->causes[2].verdict, ANA_NOT_IDENTIFIABLE);
    assert_non_null(strstr(d->causes[2].against, "mysql.only_a y → (not set)"));
    assert_non_null(strstr(d->causes[3].cause, "not recorded in run B"));
    assert_int_equal(d->causes[3].verdict, ANA_NOT_IDENTIFIABLE);
    assert_non_null(strstr(d->causes[3].evidence, "is not known"));
    ana_diff_free(&d);
    assert_null(d);
}

static void a_run_and_itself(void **state)
{
    static const char run[] =
        APP LEVELS REQUESTS("1", "1010", "10") REQUESTS("101", "3010", "10") CONFIG("app", "pool_max", "5");
    struct ana_diff *d = diff_of(state, run, run);
    assert_int_equal(d->setting_count, 0);
    assert_int_equal(d->cause_count, 0);
    assert_int_equal(d->level_count, 2);
    ana_diff_free(&d);
}

/* How many connections were open follows the load where the pool's size is told and equal. */
static void the_observed_size_of_the_pool(void **state)
{
    struct ana_diff *d = diff_of(state, APP LEVELS REQUESTS("1", "1010", "10") CONFIG("app", "pool_max", "5"),
                                 APP LEVELS RUN_CONN("2", "1", "app", "plain") REQUESTS("1", "1010", "10")
                                     CONFIG("app", "pool_max", "5"));
    assert_string_equal(setting(d, "pool_open_max")->a, "1");
    assert_string_equal(setting(d, "pool_open_max")->b, "2");
    assert_int_equal(d->cause_count, 0);
    ana_diff_free(&d);
    d = diff_of(state, APP LEVELS REQUESTS("1", "1010", "10"),
                APP LEVELS RUN_CONN("2", "1", "app", "plain") REQUESTS("1", "1010", "10"));
    assert_int_equal(d->cause_count, 1);
    assert_non_null(strstr(d->causes[0].cause, "observed.pool_open_max 1 → 2"));
    assert_int_equal(d->causes[0].verdict, ANA_REFUTED); /* nobody waited in either */
    ana_diff_free(&d);
}

static void runs_without_levels_in_common(void **state)
{
    struct ana_diff *d = diff_of(state, APP LEVELS REQUESTS("1", "1010", "10") CONFIG("app", "pool_max", "5"),
                                 RUN_META CONFIG("app", "pool_max", "9"));
    assert_int_equal(d->cause_count, 1);
    assert_int_equal(d->causes[0].verdict, ANA_NOT_IDENTIFIABLE);
    assert_non_null(strstr(d->causes[0].evidence, "no level"));
    ana_diff_free(&d);
}

/* What --config declares and what the probe sees of it are one change; where they disagree, two. */
static void declared_and_seen(void **state)
{
    struct ana_diff *d =
        diff_of(state,
                CONFIG("app", "mysql_cpus", "1") CONFIG("host", "server_cpu_limit", "1.00")
                    CONFIG("app", "app_memory", "1G") CONFIG("host", "app_memory_limit_bytes", "1073741824")
                        CONFIG("app", "app_cpus", "1") CONFIG("host", "app_cpu_limit", "1.00"),
                CONFIG("app", "mysql_cpus", "none") CONFIG("host", "server_cpu_limit", "2.00")
                    CONFIG("app", "app_memory", "2g") CONFIG("host", "app_memory_limit_bytes", "2147483648")
                        CONFIG("app", "app_cpus", "2") CONFIG("host", "app_cpu_limit", "1.50"));
    assert_int_equal(d->setting_count, 6);
    assert_int_equal(d->cause_count, 4);
    assert_string_equal(d->causes[0].cause, "app.app_cpus 1 → 2");
    assert_string_equal(d->causes[1].cause,
                        "app.app_memory 1G → 2g (seen: host.app_memory_limit_bytes 1073741824 → 2147483648)");
    assert_string_equal(d->causes[2].cause,
                        "app.mysql_cpus 1 → none (seen: host.server_cpu_limit 1.00 → 2.00)");
    assert_string_equal(d->causes[3].cause, "host.app_cpu_limit 1.00 → 1.50");
    ana_diff_free(&d);
}

static void many_settings(void **state)
{
    struct ana_diff *d = diff_of(state,
                                 "INSERT INTO config WITH RECURSIVE i(k) AS (SELECT 100 UNION ALL SELECT k+1 "
                                 "FROM i WHERE k<299) SELECT "
                                 "'mysql','v'||k,'a',1 FROM i;",
                                 "INSERT INTO config WITH RECURSIVE i(k) AS (SELECT 100 UNION ALL SELECT k+1 "
                                 "FROM i WHERE k<299) SELECT "
                                 "'mysql','v'||k,'b',1 FROM i;");
    assert_int_equal(d->setting_count, 200);
    assert_int_equal(d->cause_count, 33);
    assert_string_equal(d->causes[32].cause, "168 more settings, from mysql.v132 on");
    for (size_t i = 0; i < d->cause_count; i++)
        assert_true(strlen(d->causes[i].against) < 1200);
    ana_diff_free(&d);
}

static void a_missing_file(void **state)
{
    struct ana_diff *d = NULL;
    struct pp_err err;
    assert_int_equal(ana_diff_new(&d, run_make(state, "a.run.db", RUN_META), "/nonexistent/b.run.db", &err),
                     PP_NOENT);
    assert_null(d);
    assert_non_null(strstr(err.text, "b.run.db"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_pool_did_it),
        cmocka_unit_test(the_smaller_pool_is_as_well_the_cause),
        cmocka_unit_test(the_limit_moved_to_the_server),
        cmocka_unit_test(the_pool_was_not_used_up),
        cmocka_unit_test(intervals_that_overlap),
        cmocka_unit_test(a_small_part),
        cmocka_unit_test(other_settings),
        cmocka_unit_test(the_level_that_changed_most),
        cmocka_unit_test(settings_and_levels),
        cmocka_unit_test(a_run_and_itself),
        cmocka_unit_test(the_observed_size_of_the_pool),
        cmocka_unit_test(runs_without_levels_in_common),
        cmocka_unit_test(declared_and_seen),
        cmocka_unit_test(many_settings),
        cmocka_unit_test(a_missing_file),
    };
    return cmocka_run_group_tests(tests, run_folder_setup, run_folder_teardown);
}

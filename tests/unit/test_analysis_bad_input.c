/* summary: unit test: runs that lack or mix something are answered from what is there, saying what is missing
 */
#include "findings.h"
#include "test_analysis_run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char sql[400000];
static size_t used;

static void put(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static void put(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    used += (size_t)vsnprintf(sql + used, sizeof sql - used, fmt, ap);
    va_end(ap);
    assert_true(used < sizeof sql);
}

#define NS "((" RUN_T0_MS "*1000+%d)*1000)" /* of µs */

/* `level` 0: without a mark. */
static void request_of(int level, int from, int to, const char *server)
{
    put("INSERT INTO request VALUES(NULL,1,'10.0.0.9:1','%s','GET','/x','',nullif(%d,0)," NS "," NS "," NS
        "," NS ",200,0,1,1,'');",
        server, level, from, from, to, to);
}

static void request(int from, int to, const char *server)
{
    request_of(0, from, to, server);
}

static void work(int conn, int from, int to)
{
    put("INSERT INTO statement(conn_id,digest,cmd,sent_ns,first_ns,last_ns,rows,affected_rows,warnings,errno,"
        "sqlstate,status,req_bytes,resp_bytes,txn_id,ends_txn,ok,complete,notes) VALUES(%d,7,'QUERY'," NS
        "," NS "," NS ",0,0,0,0,'',2,10,10,NULL,0,1,1,0);",
        conn, from, to, to);
    put("INSERT INTO checkout VALUES(%d,1," NS "," NS ",1,0,0);", conn, from, to);
}

static int begin(void **state)
{
    used = 0;
    put("%s%s%s", RUN_META, RUN_POOL("1", "app", ""), RUN_CONN("1", "1", "app", "plain"));
    return run_folder_setup(state);
}

/* 60 requests of 10 ms with a statement of 4 ms in each. */
static void load(const char *server)
{
    for (int t = 10000; t < 1210000; t += 20000) {
        request(t, t + 10000, server);
        work(1, t + 3000, t + 7000);
    }
}

static bool says(const struct ana_finding *f, const char *what)
{
    return f && (strstr(f->text, what) || (f->evidence && strstr(f->evidence, what)) ||
                 (f->against && strstr(f->against, what)));
}

static void without_http(void **state)
{
    for (int t = 10000; t < 500000; t += 20000)
        work(1, t, t + 4000);
    struct ana_report *r = run_report(state, sql);
    assert_true(says(run_finding(r, "no_requests"), "--http-port"));
    assert_int_equal(r->level_count, 0);
    assert_true(r->pools[0].wire.point_count > 0); /* and the pool is described all the same */
    assert_int_equal(r->pools[0].wire.hold_count, 1);
    assert_non_null(strstr(r->verdict[0], "cannot be told without HTTP requests"));
    assert_null(run_finding(r, "work_outside_requests"));
    ana_report_free(&r);
}

static void without_server_and_host_samples(void **state)
{
    load("10.0.0.1:80");
    struct ana_report *r = run_report(state, sql);
    assert_int_equal(r->level_count, 1);
    assert_int_equal(r->levels[0].limit_count, 1);
    assert_string_equal(r->levels[0].limits[0].rule, "load");
    assert_non_null(strstr(r->levels[0].limits[0].against, "not sampled"));
    ana_report_free(&r);
}

static void without_level_marks(void **state)
{
    load("10.0.0.1:80");
    struct ana_report *r = run_report(state, sql);
    assert_int_equal(r->levels[0].id, 0);
    assert_true(says(run_finding(r, "no_levels"), "no level marks"));
    assert_non_null(strstr(r->levels[0].limits[0].text, "Over the whole run"));
    ana_report_free(&r);
    put("INSERT INTO level VALUES(1,4," NS "," NS ");", 0, 1300000);
    r = run_report(state, sql);
    assert_null(run_finding(r, "no_levels"));
    ana_report_free(&r);
}

static void with_gaps(void **state)
{
    load("10.0.0.1:80");
    put("INSERT INTO gap VALUES(1," NS ",1460,1,'mysql');UPDATE checkout SET voided=1 WHERE rowid=30;",
        600000);
    struct ana_report *r = run_report(state, sql);
    assert_true(says(run_finding(r, "data_lost"), "gap"));
    assert_true(r->levels[0].budget.ns[ANA_UNATTRIBUTED] > 0);
    assert_int_equal(r->levels[0].limit_count, 1);
    ana_report_free(&r);
}

static void with_several_applications(void **state)
{
    load("10.0.0.1:80");
    struct ana_report *r = run_report(state, sql);
    assert_null(run_finding(r, "several_applications"));
    ana_report_free(&r);
    load("10.0.0.1:81");
    put("INSERT INTO pool VALUES(2,'10.0.0.1','10.0.0.3:3306','app','shop','2','');%s",
        RUN_CONN("2", "2", "app", "plain"));
    for (int t = 10000; t < 1210000; t += 20000)
        work(2, t + 3000, t + 7000);
    r = run_report(state, sql);
    assert_true(says(run_finding(r, "several_applications"), "2 HTTP servers and 2 MySQL servers"));
    assert_non_null(run_finding(r, "several_pools"));
    assert_true(r->levels[0].limit_count > 0);
    ana_report_free(&r);
}

/* At port 80 two requests come at a time and share one connection; at port 81, in between and over them, one
 * at a time finds two. On one host, to one MySQL server, as the same user. */
static void two_loads(void)
{
    put("INSERT INTO pool VALUES(2,'10.0.0.1','10.0.0.2:3306','app','shop','2','');%s%s",
        RUN_CONN("2", "2", "app", "plain"), RUN_CONN("3", "2", "app", "plain"));
    for (int t = 10000, i = 0; t < 3010000; t += 20000, i++) {
        request_of(1, t, t + 6000, "10.0.0.1:80");
        request_of(1, t, t + 10000, "10.0.0.1:80");
        work(1, t + 1000, t + 5000);
        work(1, t + 5000, t + 9000);
        request_of(2, t + 3000 + 777 * (i % 9), t + 8000 + 777 * (i % 9), "10.0.0.1:81");
        work(2 + i % 2, t + 4000 + 777 * (i % 9), t + 7500 + 777 * (i % 9));
    }
}

static int64_t sum_of(const struct ana_budget *b)
{
    int64_t ns = 0;
    for (int i = 0; i < ANA_LINE_COUNT; i++)
        ns += b->ns[i];
    return ns;
}

/* What one application's pool does is no other one's wait. */
static void applications_are_told_apart(void **state)
{
    two_loads();
    put("INSERT INTO level VALUES(1,2," NS "," NS ");INSERT INTO level VALUES(2,1," NS "," NS ");", 5000,
        3100000, 5000, 3100000);
    struct ana_report *r = run_report(state, sql);
    assert_int_equal(r->app_count, 2);
    assert_string_equal(r->pools[0].http_server, "10.0.0.1:80");
    assert_string_equal(r->pools[1].http_server, "10.0.0.1:81");
    assert_string_equal(r->levels[0].http_server, "10.0.0.1:80");
    assert_string_equal(r->levels[1].http_server, "10.0.0.1:81");
    double waits = ana_wait_of(&r->levels[0], ana_wait_lines, ANA_WAIT_LINES).ms; /* 0 and 4 ms */
    assert_true(waits > 1.5 && waits < 2.5);
    assert_true(ana_wait_of(&r->levels[1], ana_wait_lines, ANA_WAIT_LINES).ms < 0.01);
    assert_true(r->levels[0].saturated > 0.3 && r->levels[1].saturated == 0);
    assert_int_equal(r->levels[0].statements, 300);
    assert_int_equal(r->levels[1].statements, 150);
    for (int i = 0; i < 2; i++)
        assert_int_equal(sum_of(&r->levels[i].budget), hist_sum(r->levels[i].latency.hist));
    for (size_t i = 0; i < ana_checkout_count(r); i++) {
        struct ana_checkout_row c;
        ana_checkout_get(r, i, &c);
        assert_int_equal(c.request_id == 0, 0);
        for (size_t k = 0; k < ana_request_count(r); k++) {
            struct ana_request_row q;
            ana_request_get(r, k, &q);
            if (q.id == c.request_id)
                assert_int_equal(q.level_id == 1, c.conn_id == 1);
        }
    }
    assert_true(
        says(run_finding(r, "several_applications"), "10.0.0.1:80 with 1 pool, 10.0.0.1:81 with 1 pool"));
    assert_true(says(run_finding(r, "pool_too_small"), "of 10.0.0.1:80"));
    assert_true(says(run_finding(r, "pool_too_small"), "pool 1 (at most 1 connection, pid 1) saturated"));
    assert_null(run_finding(r, "several_pools"));
    ana_report_free(&r);
}

/* A pool that serves both cannot be given to one: all stay together, and the report says so. */
static void shared_pools_stay_together(void **state)
{
    two_loads();
    for (int t = 3100000; t < 4000000; t += 20000) { /* each on the other one's pool */
        request(t, t + 6000, "10.0.0.1:80");
        work(2, t + 1000, t + 5000);
        request(t + 8000, t + 14000, "10.0.0.1:81");
        work(1, t + 9000, t + 13000);
    }
    struct ana_report *r = run_report(state, sql);
    assert_int_equal(r->app_count, 1);
    assert_null(r->pools[0].http_server);
    assert_true(says(run_finding(r, "several_applications"), "of all of them together"));
    ana_report_free(&r);
}

static void with_a_clock_set_back(void **state)
{
    load("10.0.0.1:80");
    struct ana_report *r = run_report(state, sql);
    assert_true(r->clock_back_ns == 0);
    assert_null(run_finding(r, "clock_stepped"));
    ana_report_free(&r);
    for (int t = 200000; t < 700000; t += 20000) /* one second earlier, once more, and stored later */
        request(t + 5000, t + 9000, "10.0.0.1:80");
    r = run_report(state, sql);
    assert_true(r->clock_back_ns > 900000000 && r->clock_back_ns < 1100000000);
    assert_true(says(run_finding(r, "clock_stepped"), "set back by at least 1.0 s"));
    ana_report_free(&r);
}

/* Levels without a request, or without an end, are compared in bounded time and memory. */
static void comparing_with_next_to_nothing(void **state)
{
    static const char *const runs[] = {
        RUN_META "INSERT INTO level VALUES(1,10," RUN_NS("1000") "," RUN_NS("3000") ");",
        RUN_META "INSERT INTO level VALUES(1,10," RUN_NS("1000") ",9223372036854775807);",
        RUN_META,
    };
    load("10.0.0.1:80");
    for (size_t i = 0; i < sizeof runs / sizeof runs[0]; i++) {
        struct ana_diff *d = NULL;
        struct pp_err err = {.text = ""};
        const char *a = run_make(state, "a.run.db", sql), *b = run_make(state, "b.run.db", runs[i]);
        assert_int_equal(ana_diff_new(&d, a, b, &err), PP_OK);
        assert_true(d->level_count > 0);
        ana_diff_free(&d);
    }
}

/* Marks tell the level's time by another clock: half of the level's requests come long after it was over. */
static void with_a_clock_set_forward(void **state)
{
    put("INSERT INTO level VALUES(1,4," NS "," NS ");", 5000, 1300000);
    for (int t = 10000; t < 1210000; t += 20000)
        request_of(1, t + (t < 600000 ? 0 : 5000000), t + 10000 + (t < 600000 ? 0 : 5000000), "10.0.0.1:80");
    struct ana_report *r = run_report(state, sql);
    assert_int_equal(r->marks, 60);
    assert_int_equal(r->marks_late, 30);
    assert_true(says(run_finding(r, "clocks_disagree"), "30 of 60 requests"));
    assert_null(strstr(r->verdict[0], "mark of a level"));
    ana_report_free(&r);
    load("10.0.0.1:80"); /* without marks nothing is said of them */
    r = run_report(state, sql);
    assert_int_equal(r->marks, 60);
    ana_report_free(&r);
}

int main(void)
{
#define RUN(f) cmocka_unit_test_setup_teardown(f, begin, run_folder_teardown)
    const struct CMUnitTest tests[] = {
        RUN(without_http),
        RUN(comparing_with_next_to_nothing),
        RUN(without_server_and_host_samples),
        RUN(without_level_marks),
        RUN(with_gaps),
        RUN(with_several_applications),
        RUN(with_a_clock_set_back),
        RUN(with_a_clock_set_forward),
        RUN(applications_are_told_apart),
        RUN(shared_pools_stay_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

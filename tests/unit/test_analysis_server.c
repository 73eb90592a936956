/* summary: tests of the server's side of a report: sums by level, counters that fall, joins of digests and
 * sessions, findings */
#include "test_analysis_run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#define APP RUN_META RUN_POOL("1", "app", "shop") RUN_CONN("1", "1", "app", "plain")
#define POLL(id, source, start, end)                                                                         \
    "INSERT INTO ps_poll VALUES(" id ",'" source "'," start "," RUN_NS(end) ",1000000,1,'');"
#define TEXT(id, schema, digest, text)                                                                       \
    "INSERT INTO ps_digest_text VALUES(" id ",'" schema "','" digest "','" text "');"
/* COUNT runs of 1 ms with 0.25 ms LOCK_TIME, EXAMINED rows read and COUNT sent. */
#define STATEMENT(poll, digest, count, examined)                                                             \
    "INSERT INTO ps_statement VALUES(" poll "," digest "," count "," count "*1000000," count                 \
    "*250000,-1,0,0,0," count "," examined ",0,0,0,0,0," count ",0);"
#define LEVEL(id, start, end) "INSERT INTO level VALUES(" id ",10," RUN_NS(start) "," RUN_NS(end) ");"
#define QUERY(digest, text)                                                                                  \
    "INSERT INTO digest VALUES(" digest ",'" text                                                            \
    "');INSERT INTO statement SELECT coalesce(max(id),0)+1,1," digest ",'QUERY'," RUN_NS("100") "," RUN_NS(  \
        "101") "," RUN_NS("102") ",1,0,0,0,'',2,5,5,NULL,0,1,1,0,NULL FROM statement;"
#define STATUS(at, name, value) "INSERT INTO status_sample VALUES(" RUN_NS(at) ",'" name "'," value ");"

static void sums_by_level(void **state)
{
    /* 100 statements between 1 s and 3 s: half of them in the level that ends at 2 s. */
    struct ana_report *r =
        run_report(state, APP LEVEL("1", "0", "2000") LEVEL("2", "2000", "4000")
                              POLL("1", "digests", "0", "1000") POLL("2", "digests", RUN_NS("1000"), "3000")
                                  TEXT("1", "shop", "d", "SELECT ?") STATEMENT("2", "1", "100", "100"));
    assert_true(r->server.known);
    assert_int_equal(r->level_count, 2);
    assert_float_equal(r->levels[0].server.statements, 50, 1e-9);
    assert_float_equal(r->levels[1].server.statements, 50, 1e-9);
    assert_float_equal(r->server.total.statements, 100, 1e-9);
    assert_float_equal(r->server.total.lock_ms, 25, 1e-9);
    assert_true(r->server.total.cpu_ms < 0);
    ana_report_free(&r);
}

static void counters_that_fall(void **state)
{
    struct ana_report *r =
        run_report(state, APP POLL("1", "status", "0", "1000") POLL("2", "status", RUN_NS("1000"), "2000")
                              POLL("3", "status", RUN_NS("2000"), "3000") STATUS("1000", "Com_commit", "500")
                                  STATUS("2000", "Com_commit", "510") STATUS("3000", "Com_commit", "4"));
    assert_float_equal(r->server.total.commits, 14, 1e-9);
    ana_report_free(&r);
}

/* A restarted server may have counted more than before by the next answer; another server's first answer says
 * nothing of this recording. */
static void counters_that_begin_anew(void **state)
{
    static const char polls[] =
        APP POLL("1", "status", "0", "1000") POLL("2", "status", RUN_NS("1000"), "2000")
            POLL("3", "status", RUN_NS("2000"), "3000") STATUS("1000", "Com_commit", "500")
                STATUS("2000", "Com_commit", "510") STATUS("3000", "Com_commit", "513");
    char sql[4096];
    snprintf(sql, sizeof sql, "%sUPDATE ps_poll SET note = 'restart' WHERE id = 2;", polls);
    struct ana_report *r = run_report(state, sql);
    assert_float_equal(r->server.total.commits, 513, 1e-9);
    ana_report_free(&r);
    snprintf(sql, sizeof sql, "%sUPDATE ps_poll SET start_ns = 0 WHERE id = 2;", polls);
    r = run_report(state, sql);
    assert_float_equal(r->server.total.commits, 3, 1e-9);
    ana_report_free(&r);
}

/* The recorder's clock was set back between two polls: what was counted is at the later one, once. */
static void a_clock_set_back(void **state)
{
    struct ana_report *r =
        run_report(state, APP POLL("1", "digests", "0", "3000") POLL("2", "digests", RUN_NS("3000"), "1000")
                              POLL("3", "digests", RUN_NS("1000"), "2000") TEXT("1", "shop", "d", "SELECT ?")
                                  STATEMENT("2", "1", "100", "100") STATEMENT("3", "1", "7", "7")
                                      STATUS("3000", "Com_commit", "10") STATUS("1000", "Com_commit", "12"));
    assert_float_equal(r->server.total.statements, 107, 1e-9);
    assert_float_equal(r->server.total.commits, 2, 1e-9);
    assert_true(r->server.poll_share >= 0);
    ana_report_free(&r);
}

static void digests_are_joined(void **state)
{
    struct ana_report *r = run_report(
        state,
        APP POLL("1", "digests", "0", "10") POLL("2", "digests", RUN_NS("10"),
                                                 "2000") QUERY("11", "SELECT `v` FROM `a` WHERE `id` = ?")
            QUERY("12", "SELECT `same`") QUERY("13", "SELECT `SAME`") QUERY("14", "UPDATE `t`")
                TEXT("1", "shop", "d1", "SELECT `v` FROM `a` WHERE ID = ? ") TEXT(
                    "2", "other", "d1", "EXECUTE SELECT `v` FROM `a` WHERE `id` = ?") TEXT("3", "shop", "d3",
                                                                                           "select same")
                    TEXT("4", "shop", "d4",
                         "something else") "INSERT INTO ps_digest_join VALUES(14,'d4');" STATEMENT("2", "1",
                                                                                                   "3", "30")
                        STATEMENT("2", "2", "4", "40") STATEMENT("2", "3", "5", "50")
                            STATEMENT("2", "4", "6", "60"));
    const struct ana_query *q = run_query(r, "SELECT `v` FROM `a` WHERE `id` = ?");
    assert_non_null(q);
    assert_int_equal(q->server_count, 7);
    assert_int_equal(q->server_rows_examined, 70);
    assert_int_equal(q->server_ns, 7000000);
    assert_int_equal(run_query(r, "SELECT `same`")->server_count, 0);
    assert_int_equal(run_query(r, "SELECT `SAME`")->server_count, 0);
    assert_int_equal(run_query(r, "UPDATE `t`")->server_count, 6);
    ana_report_free(&r);
}

static void a_missing_index(void **state)
{
    struct ana_report *r =
        run_report(state, APP POLL("1", "digests", "0", "10") POLL("2", "digests", RUN_NS("10"), "2000")
                              TEXT("1", "shop", "d", "SELECT ?") STATEMENT("2", "1", "10", "200000")
                                  TEXT("2", "shop", "e", "SELECT `x`") STATEMENT("2", "2", "10", "20"));
    const struct ana_finding *f = run_finding(r, "missing_index");
    assert_non_null(f);
    assert_non_null(strstr(f->text, "20000 rows each time"));
    assert_non_null(strstr(f->evidence, "not seen on the wire"));
    ana_report_free(&r);
}

static void sessions_that_nobody_sees(void **state)
{
    struct ana_report *r = run_report(
        state,
        APP POLL("1", "sessions", "0", "10")
            POLL("2", "sessions", RUN_NS("10"), "2000") "INSERT INTO ps_connection VALUES(77," RUN_NS(
                "10") "," RUN_NS("2000") ",100,130,'cron','localhost','localhost','shop','Socket','9','"
                                         "backup'),(1," RUN_NS("500") "," RUN_NS("2000") ",3,7,'app','10.0.0."
                                                                                         "1','10.0.0.1:50001'"
                                                                                         ",'shop','TCP/"
                                                                                         "IP','','');");
    assert_int_equal(r->coverage.unseen_count, 1);
    assert_string_equal(r->coverage.unseen[0].why, "local socket");
    assert_string_equal(r->coverage.unseen[0].program_name, "backup");
    assert_int_equal(r->coverage.unseen[0].statements, 30);
    assert_int_equal(r->connections[0].server_statements, 7);
    ana_report_free(&r);
}

#define SAMPLED(id, at)                                                                                      \
    "INSERT INTO ps_poll VALUES(" id ",'session_statements',0," RUN_NS(at) ",2000000,1,'');"
#define SESSION(thread, from, to, first, last)                                                               \
    "INSERT INTO ps_connection VALUES(" thread                                                               \
    "," RUN_NS(from) "," RUN_NS(to) "," first "," last ",'app','10.0.0.1','10.0.0.1:'||(50000+" thread       \
                                    "),'shop','TCP/IP','','');"
#define COMMAND(conn, sent, last)                                                                            \
    "INSERT INTO statement SELECT coalesce(max(id),0)+1," conn ",NULL,'PING'," RUN_NS(sent) "," RUN_NS(      \
        last) "," RUN_NS(last) ",1,0,0,0,'',2,5,5,NULL,0,1,1,0,NULL FROM statement;"

/* Closed before the end, and sampled at 1 s (taking 2 ms): two commands before it, one that ended right
 * before it, one in flight, one afterwards. */
static void counts_at_the_last_sample(void **state)
{
    static const struct {
        const char *count;
        bool equal;
    } cases[] = {{"1", false}, {"2", true}, {"3", true}, {"4", true}, {"5", false}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char sql[4096];
        snprintf(sql, sizeof sql,
                 APP POLL("1", "sessions", "0", "10") SAMPLED("2", "1000") "%s%s%s" COMMAND("1", "100", "101")
                     COMMAND("1", "200", "201") COMMAND("1", "990", "999") COMMAND("1", "1001", "1100")
                         COMMAND("1", "1200", "1201") "UPDATE connection SET close_ns = " RUN_NS("3000") ";",
                 "INSERT INTO ps_connection VALUES(1," RUN_NS("500") "," RUN_NS("1500") ",2,", cases[i].count,
                 ",'app','10.0.0.1','10.0.0.1:50001','shop','TCP/IP','','');");
        struct ana_report *r = run_report(state, sql);
        assert_int_equal(r->coverage.connections_compared, 1);
        assert_int_equal(r->coverage.connections_equal, cases[i].equal);
        assert_int_equal(r->connections[0].compared_low, 2);
        assert_int_equal(r->connections[0].compared_high, 4);
        ana_report_free(&r);
    }
}

/* Open before the recording: between its two samples, 20 by the server, one command on the wire. */
static void counts_since_the_first_sample(void **state)
{
    struct ana_report *r =
        run_report(state, APP POLL("1", "sessions", "0", "10") SAMPLED("2", "10") SAMPLED("3", "1000")
                              SAMPLED("4", "2000") SESSION("1", "10", "1500", "100", "120")
                                  COMMAND("1", "5", "6") COMMAND("1", "500", "501")
                                      COMMAND("1", "1200", "1201") "UPDATE connection SET mid_stream = 1;");
    assert_true(r->connections[0].compared);
    assert_int_equal(r->connections[0].compared_server, 20);
    assert_int_equal(r->connections[0].compared_low, 1);
    assert_int_equal(r->connections[0].compared_high, 2);
    assert_int_equal(r->coverage.connections_equal, 0);
    ana_report_free(&r);
}

/* Of before a restart, or a proxy's thread id: its count is not this connection's. */
static void another_session_of_that_id(void **state)
{
    static const struct {
        const char *session;
        bool joined;
    } cases[] = {{RUN_NS("500") "," RUN_NS("2000") ",3,7,'app','10.0.0.1','10.0.0.1:50001'", true},
                 {RUN_NS("500") "," RUN_NS("2000") ",3,7,'app','10.9.9.9','10.9.9.9:7'", true},
                 {RUN_NS("500") "," RUN_NS("2000") ",3,7,'other','10.0.0.1','10.0.0.1:50001'", true},
                 {RUN_NS("500") "," RUN_NS("2000") ",3,7,'other','10.9.9.9','10.9.9.9:7'", false},
                 {RUN_NS("-9000") "," RUN_NS("-5000") ",3,7,'app','10.0.0.1','10.0.0.1:50001'", false},
                 {RUN_NS("9000") "," RUN_NS("9500") ",3,7,'app','10.0.0.1','10.0.0.1:50001'", false}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char sql[4096];
        snprintf(sql, sizeof sql,
                 APP POLL("1", "sessions", "0",
                          "10") "INSERT INTO ps_connection VALUES(1,%s,'shop','TCP/IP','','');"
                                "UPDATE connection SET close_ns = " RUN_NS("3000") ";",
                 cases[i].session);
        struct ana_report *r = run_report(state, sql);
        if (r->connections[0].server_statements != (cases[i].joined ? 7 : -1))
            fail_msg("case %zu: %lld", i, (long long)r->connections[0].server_statements);
        ana_report_free(&r);
    }
}

static void not_polled(void **state)
{
    struct ana_report *r = run_report(state, APP QUERY("11", "SELECT ?"));
    assert_false(r->server.known);
    assert_false(r->server.total.known);
    assert_null(run_finding(r, "missing_index"));
    assert_null(run_finding(r, "row_lock_waits"));
    ana_report_free(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_by_level),
        cmocka_unit_test(counters_that_fall),
        cmocka_unit_test(counters_that_begin_anew),
        cmocka_unit_test(a_clock_set_back),
        cmocka_unit_test(digests_are_joined),
        cmocka_unit_test(a_missing_index),
        cmocka_unit_test(sessions_that_nobody_sees),
        cmocka_unit_test(counts_at_the_last_sample),
        cmocka_unit_test(counts_since_the_first_sample),
        cmocka_unit_test(another_session_of_that_id),
        cmocka_unit_test(not_polled),
    };
    return cmocka_run_group_tests(tests, run_folder_setup, run_folder_teardown);
}

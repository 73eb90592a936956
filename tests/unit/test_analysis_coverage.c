/* summary: tests of the coverage: statements on the wire against the server's own count */
#include "test_analysis_run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

/* `n` commands on a connection, one a ms from `at` on. */
#define STMTS(conn, at, n)                                                                                   \
    "INSERT INTO statement WITH RECURSIVE i(k) AS (SELECT 0 UNION ALL SELECT k+1 FROM i WHERE k+1<" n        \
    ") SELECT "                                                                                              \
    "(SELECT coalesce(max(id),0) FROM statement)+k+1," conn                                                  \
    ",NULL,'PING'," RUN_NS(at "+k") ",0," RUN_NS(at "+k") "+1000,0,0,0,0,'',2,5,5,NULL,0,1,1,0,NULL FROM i;"
#define SAMPLE(at, account, value)                                                                           \
    "INSERT INTO status_sample VALUES(" RUN_NS(at) ",'statements.by_account." account "'," value ");"
#define APP RUN_META RUN_POOL("1", "app", "shop") RUN_CONN("1", "1", "app", "plain")

static void all_seen(void **state)
{
    /* The probe's own account, one that nobody uses and one that appears later. */
    struct ana_report *r = run_report(
        state,
        APP RUN_POOL("2", "probe", "poolprobe") RUN_CONN("2", "2", "probe", "plain") STMTS("1", "100", "40")
            STMTS("2", "200", "7") SAMPLE("10", "app@10.0.0.1", "1000") SAMPLE("10", "probe@localhost", "4")
                SAMPLE("10", "idle@localhost", "77") SAMPLE("9000", "app@10.0.0.1", "1030")
                    SAMPLE("9000", "app@10.0.0.7", "10") SAMPLE("9000", "probe@localhost", "11")
                        SAMPLE("9000", "idle@localhost", "99"));
    assert_true(r->coverage.server_known);
    assert_int_equal(r->coverage.wire_statements, 40);
    assert_int_equal(r->coverage.server_statements, 40);
    assert_float_equal(r->coverage.ratio, 1, 1e-12);
    assert_null(r->coverage.why_not);
    assert_int_equal(r->coverage.plain, 2);
    assert_null(run_finding(r, "coverage_incomplete"));
    ana_report_free(&r);
}

static void part_seen(void **state)
{
    struct ana_report *r = run_report(state, APP STMTS("1", "100", "60") SAMPLE("10", "app@h", "0")
                                                 SAMPLE("9000", "app@h", "80"));
    assert_float_equal(r->coverage.ratio, 0.75, 1e-12);
    const struct ana_finding *f = run_finding(r, "coverage_incomplete");
    assert_non_null(f);
    assert_non_null(strstr(f->text, "75.0 %"));
    ana_report_free(&r);
}

/* Counters without a lock lose updates: what was answered on the wire was run all the same. */
static void missed_by_the_server(void **state)
{
    struct ana_report *r = run_report(state, APP STMTS("1", "100", "1000") SAMPLE("10", "app@h", "0")
                                                 SAMPLE("9000", "app@h", "997"));
    assert_int_equal(r->coverage.wire_statements, 1000);
    assert_int_equal(r->coverage.server_statements, 997);
    assert_int_equal(r->coverage.server_missed, 3);
    assert_float_equal(r->coverage.ratio, 1, 1e-12);
    assert_null(run_finding(r, "coverage_incomplete"));
    ana_report_free(&r);
    r = run_report(state,
                   APP STMTS("1", "100", "1000") SAMPLE("10", "app@h", "0") SAMPLE("9000", "app@h", "900"));
    assert_int_equal(r->coverage.server_missed, 100);
    assert_string_equal(run_finding(r, "coverage_incomplete")->text,
                        "The server counted 90.0 % of the statements that the wire shows.");
    ana_report_free(&r);
}

/* One command a ms: those that ended up to 100 ms before a sample or while it was read may be on either side,
 * no others. */
static void around_a_sample(void **state)
{
    static const struct {
        const char *counted;
        uint64_t wire, missed;
        bool whole;
    } cases[] = {{"500", 500, 0, true},
                 {"410", 410, 0, true},
                 {"551", 551, 0, true},
                 {"553", 551, 0, false},
                 {"399", 400, 1, true}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char sql[4096];
        (void)snprintf(sql, sizeof sql,
                       APP STMTS("1", "500", "2000") SAMPLE("10", "app@h", "0")
                           SAMPLE("1000", "app@h", "%s") "INSERT INTO status_sample VALUES(" RUN_NS(
                               "1000") ",'statements.read_ns',51000000);",
                       cases[i].counted);
        struct ana_report *r = run_report(state, sql);
        assert_int_equal(r->coverage.wire_statements, cases[i].wire);
        assert_int_equal(r->coverage.server_missed, cases[i].missed);
        assert_int_equal(r->coverage.around_samples, 151);
        assert_int_equal(r->coverage.ratio >= 1, cases[i].whole);
        ana_report_free(&r);
    }
}

#define OWN(at, account, value)                                                                              \
    "INSERT INTO status_sample VALUES(" RUN_NS(at) ",'statements.own." account "'," value ");"

/* The application uses the probe's account: the probe's own 70 commands are no part of its count. */
static void one_account_for_both(void **state)
{
    struct ana_report *r =
        run_report(state, APP STMTS("1", "100", "40") SAMPLE("10", "app@h", "1000") OWN("10", "app@h", "5")
                              SAMPLE("9000", "app@h", "1110") OWN("9000", "app@h", "75"));
    assert_true(r->coverage.server_known);
    assert_int_equal(r->coverage.server_statements, 40);
    assert_int_equal(r->coverage.wire_statements, 40);
    ana_report_free(&r);
}

/* The server moves a session's whole count to its new account. */
static void a_user_that_changed(void **state)
{
    struct ana_report *r =
        run_report(state, APP STMTS("1", "100", "39") SAMPLE("10", "app@h", "20") SAMPLE("10", "new@h", "1")
                              SAMPLE("9000", "app@h", "0")
                                  SAMPLE("9000", "new@h", "61") "UPDATE statement SET cmd = 'CHANGE_USER' "
                                                                "WHERE id = 39;");
    assert_true(r->coverage.server_known);
    assert_int_equal(r->coverage.server_statements, 40);
    assert_int_equal(r->coverage.wire_statements, 39);
    assert_non_null(strstr(r->coverage.why_not, "changed its user"));
    ana_report_free(&r);
}

static void a_user_with_an_at_sign(void **state)
{
    struct ana_report *r = run_report(
        state, RUN_META RUN_POOL("1", "a@b", "shop") RUN_CONN("1", "1", "a@b", "plain") STMTS("1", "100", "5")
                   SAMPLE("10", "a@b@10.0.0.1", "0") SAMPLE("9000", "a@b@10.0.0.1", "5"));
    assert_true(r->coverage.server_known);
    assert_int_equal(r->coverage.server_statements, 5);
    ana_report_free(&r);
}

static void outside_of_the_samples(void **state)
{
    struct ana_report *r =
        run_report(state, APP STMTS("1", "5", "3") STMTS("1", "100", "20") STMTS("1", "9500", "4")
                              SAMPLE("10", "app@h", "3") SAMPLE("9000", "app@h", "23"));
    assert_int_equal(r->coverage.wire_statements, 20);
    assert_int_equal(r->coverage.server_statements, 20);
    ana_report_free(&r);
}

static void unknown(void **state, const char *sql, uint64_t wire, const char *why)
{
    struct ana_report *r = run_report(state, sql);
    assert_false(r->coverage.server_known);
    assert_int_equal(r->coverage.server_statements, 0);
    assert_int_equal(r->coverage.wire_statements, wire);
    assert_non_null(r->coverage.why_not);
    if (!strstr(r->coverage.why_not, why))
        fail_msg("\"%s\" does not say \"%s\"", r->coverage.why_not, why);
    assert_null(run_finding(r, "coverage_incomplete"));
    ana_report_free(&r);
}

static void not_known(void **state)
{
    unknown(state, APP STMTS("1", "100", "6"), 6, "--server");
    unknown(state, APP STMTS("1", "100", "6") SAMPLE("10", "app@h", "0"), 6, "once");
    unknown(state, APP STMTS("1", "100", "6") SAMPLE("10", "app@h", "500") SAMPLE("9000", "app@h", "6"), 6,
            "restarted");
    /* More since the restart than before the recording: the counters alone do not show it. */
    unknown(state,
            APP STMTS("1", "100", "6") SAMPLE("10", "app@h", "3")
                SAMPLE("9000", "app@h", "6") "INSERT INTO ps_note VALUES(" RUN_NS("5000") ",'restart','x');",
            6, "restarted");
    unknown(state,
            APP STMTS("1", "100", "6") SAMPLE("10", "app@h", "3")
                SAMPLE("9000", "app@h", "6") "INSERT INTO ps_note VALUES(" RUN_NS("5000") ",'replaced','x');",
            6, "replaced");
    /* Emptied, and more than before since; but not even what the probe itself sent. */
    unknown(state,
            APP STMTS("1", "100", "6") SAMPLE("10", "app@h", "3") SAMPLE("9000", "app@h", "6")
                SAMPLE("10", "probe@h", "3") SAMPLE("9000", "probe@h", "50") OWN("10", "probe@h", "3")
                    OWN("9000", "probe@h", "70"),
            6, "truncated");
    unknown(state, APP STMTS("1", "100", "6") SAMPLE("10", "app@h", "500") SAMPLE("9000", "other@h", "6"), 6,
            "restarted");
    unknown(state, APP STMTS("1", "100", "6") SAMPLE("10", "x@h", "0") SAMPLE("9000", "x@h", "6"), 6,
            "no account");
    unknown(state,
            APP STMTS("1", "100", "6") SAMPLE("10", "app@h", "0")
                SAMPLE("9000", "app@h", "6") "INSERT INTO status_sample VALUES(" RUN_NS(
                    "10") ",'Performance_schema_accounts_lost',0),(" RUN_NS("9000") ",'Performance_schema_"
                                                                                    "accounts_lost',2);",
            6, "accounts");
}

/* Connections that were open before the recording have no user. */
static void picked_up_in_mid_stream(void **state)
{
    struct ana_report *r = run_report(
        state, RUN_META RUN_POOL("1", "", "") RUN_CONN("1", "1", "", "plain")
                   STMTS("1", "100", "50") "INSERT INTO checkout VALUES(1,1," RUN_NS("100") "," RUN_NS(
                       "101") ",1,0,0);" SAMPLE("10", "app@h", "0") SAMPLE("9000", "app@h", "50"));
    assert_true(r->coverage.server_known);
    assert_int_equal(r->coverage.wire_statements, 50);
    assert_int_equal(r->coverage.server_statements, 50);
    assert_non_null(r->coverage.why_not);
    ana_report_free(&r);
}

static void encrypted(void **state)
{
    struct ana_report *r = run_report(state, APP RUN_CONN("2", "NULL", "", "tls") STMTS("1", "100", "50")
                                                 SAMPLE("10", "app@h", "0") SAMPLE("9000", "app@h", "100"));
    assert_int_equal(r->coverage.tls, 1);
    assert_float_equal(r->coverage.ratio, 0.5, 1e-12);
    assert_non_null(r->coverage.why_not);
    assert_non_null(run_finding(r, "unreadable_connections"));
    ana_report_free(&r);
}

/* What a limit or the wire did to the recording comes from the run file's counters. */
static void counters(void **state)
{
    struct ana_report *r =
        run_report(state, APP RUN_CONN("2", "NULL", "", "x_protocol")
                              STMTS("1", "100", "50") "INSERT INTO meta VALUES('mysql.text_limits','3'),('"
                                                      "flow.mid_stream','2'),('mysql.inflate_limits','1');");
    char text[ANA_COUNTERS_TEXT_MAX];
    assert_int_equal(r->coverage.x_protocol, 1);
    assert_int_equal(r->capture.x_connections, 1);
    assert_int_equal(ana_counters_text(text, sizeof text, &r->capture, ANA_LIMIT), 2);
    assert_string_equal(text, "3 SQL texts cut, 1 compressed packets beyond a limit");
    assert_int_equal(ana_counters_text(text, sizeof text, &r->capture, ANA_WIRE), 1);
    assert_int_equal(ana_counters_text(text, 8, &r->capture, ANA_LIMIT), 2);
    assert_string_equal(text, "3 SQL t");
    const struct ana_finding *f = run_finding(r, "limits_reached");
    assert_non_null(f);
    assert_non_null(strstr(f->evidence, "3 SQL texts cut"));
    ana_report_free(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_seen),
        cmocka_unit_test(part_seen),
        cmocka_unit_test(missed_by_the_server),
        cmocka_unit_test(around_a_sample),
        cmocka_unit_test(one_account_for_both),
        cmocka_unit_test(a_user_that_changed),
        cmocka_unit_test(a_user_with_an_at_sign),
        cmocka_unit_test(outside_of_the_samples),
        cmocka_unit_test(not_known),
        cmocka_unit_test(picked_up_in_mid_stream),
        cmocka_unit_test(encrypted),
        cmocka_unit_test(counters),
    };
    return cmocka_run_group_tests(tests, run_folder_setup, run_folder_teardown);
}

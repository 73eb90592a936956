/* summary: tests of the query and transaction tables, from statements and from aggregates a second */
#include "test_analysis_run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#define HEAD RUN_META RUN_POOL("1", "app", "shop") RUN_CONN("1", "1", "app", "plain")

/* Statement ID of digest (or NULL) and CMD, sent at `at` ms, answered `took` ms later, with ERRNO and
 * COMPLETE. */
#define STMT(id, digest, cmd, at, took, number, complete)                                                    \
    "INSERT INTO statement VALUES(" id ",1," digest ",'" cmd                                                 \
    "'," RUN_NS(at) "," RUN_NS(at "+" took) "," RUN_NS(at "+" took) ",2,0,0," number                         \
                                                                    ",'',2,100,200,NULL,0," number           \
                                                                    "=0," complete ",0,NULL);"
#define SILENT(id, cmd, at)                                                                                  \
    "INSERT INTO statement VALUES(" id ",1,NULL,'" cmd                                                       \
    "'," RUN_NS(at) ",0,0,0,0,0,0,'',0,5,0,NULL,0,1,1,0,NULL);"

static void digests_and_commands(void **state)
{
    struct ana_report *r = run_report(
        state, HEAD "INSERT INTO digest VALUES(-7,'SELECT ?');" STMT("1", "-7", "QUERY", "10", "3", "0", "1")
                   STMT("2", "-7", "STMT_EXECUTE", "20", "5", "0", "1")
                       STMT("3", "-7", "STMT_PREPARE", "30", "1", "0", "1")
                           STMT("4", "NULL", "PING", "40", "1", "0", "1") SILENT("5", "STMT_CLOSE", "50")
                               STMT("6", "-7", "QUERY", "60", "90", "1213", "1")
                                   STMT("7", "-7", "QUERY", "160", "9", "0", "0"));
    assert_int_equal(r->query_count, 4);
    const struct ana_query *q = run_query(r, "SELECT ?");
    assert_ptr_equal(q, &r->queries[0]);
    assert_true(q->digest == (uint64_t)-7);
    assert_int_equal(q->count, 4);
    assert_int_equal(q->errors, 1);
    assert_int_equal(q->voided, 1);
    assert_int_equal(q->rows, 8);
    assert_int_equal(q->req_bytes, 400);
    assert_int_equal(q->resp_bytes, 800);
    assert_int_equal(hist_count(q->latency.hist), 3); /* the voided one's time is no fact */
    assert_true(hist_sum(q->latency.hist) == INT64_C(98000000));
    assert_float_equal(q->share, 98.0 / 100, 1e-9);
    q = run_query(r, "[PREPARE] SELECT ?");
    assert_non_null(q);
    assert_int_equal(q->count, 1);
    assert_float_equal(q->share, 0.01, 1e-9);
    assert_non_null(run_query(r, "[PING]"));
    q = run_query(r, "[STMT_CLOSE]");
    assert_non_null(q);
    assert_int_equal(q->count, 1);
    assert_int_equal(q->errors, 0);
    assert_int_equal(hist_count(q->latency.hist), 0);
    ana_report_free(&r);
    assert_null(r);
}

static void aggregates(void **state)
{
    /* Bucket 5 is the value 5; 128 holds 128 and 129. */
    struct ana_report *r = run_report(
        state, "INSERT INTO meta VALUES('complete','1'),('statements_stored','0');"
               "INSERT INTO digest VALUES(9,'SELECT ?');"
               "INSERT INTO statement_second VALUES(9,'QUERY',1700000001,4,1,1,30,143,'5:2 128:1'),"
               "(9,'QUERY',1700000002,2,0,0,0,10,'5:2'),(0,'PING',1700000002,1,0,0,0,5,'5:1');");
    const struct ana_query *q = run_query(r, "SELECT ?");
    assert_non_null(q);
    assert_int_equal(q->count, 6);
    assert_int_equal(q->errors, 1);
    assert_int_equal(q->voided, 1);
    assert_int_equal(q->rows, 30);
    assert_int_equal(hist_count(q->latency.hist), 5);
    assert_true(hist_quantile(q->latency.hist, 0.5) == 5);
    assert_true(hist_max(q->latency.hist) >= 128 && hist_max(q->latency.hist) <= 129);
    assert_non_null(run_query(r, "[PING]"));
    assert_int_equal(r->capture.statements, 7);
    ana_report_free(&r);
    r = run_report(state, "INSERT INTO meta VALUES('statements_stored','0');" RUN_CONN(
                              "1", "NULL", "", "plain") "UPDATE connection SET statements=42;");
    assert_int_equal(r->connections[0].statements, 42);
    ana_report_free(&r);
}

static void aggregates_have_no_budget(void **state)
{
    struct ana_report *r = run_report(
        state, "INSERT INTO meta VALUES('complete','1'),('statements_stored','0');"
               "INSERT INTO request VALUES(1,1,'10.0.0.9:1','10.0.0.1:80','GET','/a','',NULL," RUN_NS(
                   "5") "," RUN_NS("5") "," RUN_NS("9") "," RUN_NS("9") ",200,0,10,1,'');");
    assert_int_equal(r->level_count, 1);
    assert_int_equal(r->levels[0].requests, 1);
    assert_false(r->levels[0].budget.identified);
    assert_non_null(r->levels[0].budget.why_not);
    assert_true(r->levels[0].budget.ns[ANA_UNATTRIBUTED] == 4000000);
    assert_false(r->endpoints[0].budget.identified);
    ana_report_free(&r);
}

static void damaged_histograms(void **state)
{
    static const char *const texts[] = {"999999:1", "-1:1", "5", "5:", "x", "5:1 3712:1"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        char sql[256];
        struct ana_report *r = NULL;
        struct pp_err err;
        snprintf(sql, sizeof sql, "INSERT INTO statement_second VALUES(0,'PING',1700000001,1,0,0,0,5,'%s');",
                 texts[i]);
        enum pp_status st = ana_report_new(&r, run_make(state, "damaged.run.db", sql), &err);
        if (st != PP_IO)
            fail_msg("\"%s\" was taken for a histogram", texts[i]);
        assert_null(r);
    }
}

static void a_text_that_is_not_stored(void **state)
{
    struct ana_report *r = run_report(state, HEAD STMT("1", "5", "QUERY", "10", "3", "0", "1"));
    assert_int_equal(r->query_count, 1);
    assert_true(r->queries[0].text && r->queries[0].text[0]);
    ana_report_free(&r);
}

#define TXN(id, at, took, busy, commit, errors, end)                                                         \
    "INSERT INTO txn VALUES(" id ",1," RUN_NS(at) "," RUN_NS(at "+" took) "," busy "*1000000," commit        \
                                                                          "*1000000,3," errors ",'" end      \
                                                                          "',0);"

static void transactions(void **state)
{
    struct ana_report *r = run_report(
        state,
        HEAD TXN("1", "10", "20", "15", "4", "0", "commit") TXN("2", "40", "10", "10", "2", "1", "rollback")
            TXN("3", "60", "10", "3", "1", "0", "implicit") TXN("4", "80", "500", "3", "0", "0", "closed")
                TXN("5", "600", "900", "3", "1", "0", "void")
                    TXN("6", "1600", "30", "30", "0", "1", "error"));
    const struct ana_txn_summary *t = &r->txns;
    assert_int_equal(t->count, 6);
    assert_int_equal(t->commits, 1);
    assert_int_equal(t->rollbacks, 1);
    assert_int_equal(t->implicit, 1);
    assert_int_equal(t->closed, 1);
    assert_int_equal(t->voided, 1);
    assert_int_equal(t->errors, 2);
    assert_int_equal(t->statements, 18);
    assert_int_equal(hist_count(t->duration.hist),
                     4); /* neither the voided one nor the one that the end cut short */
    assert_true(hist_sum(t->duration.hist) == 70000000);
    assert_true(hist_sum(t->idle.hist) == 12000000);
    assert_int_equal(hist_count(t->commit.hist), 3);
    assert_true(hist_sum(t->commit.hist) == 7000000);
    assert_int_equal(r->connections[0].txns, 6);
    ana_report_free(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(digests_and_commands),      cmocka_unit_test(aggregates),
        cmocka_unit_test(aggregates_have_no_budget), cmocka_unit_test(damaged_histograms),
        cmocka_unit_test(a_text_that_is_not_stored), cmocka_unit_test(transactions),
    };
    return cmocka_run_group_tests(tests, run_folder_setup, run_folder_teardown);
}

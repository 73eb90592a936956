/* summary: tests of the report: levels, endpoints, connections, pools, settings and the recording's own
 * figures */
#include "test_analysis_run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Request ID of ROUTE, with a mark (or NULL) at `at` ms, answered `took` ms later with STATUS. */
#define REQUEST(id, route, mark, at, took, status)                                                           \
    "INSERT INTO request VALUES(" id ",1,'10.0.0.9:1','10.0.0.1:80','GET','" route "',''," mark              \
    "," RUN_NS(at) "," RUN_NS(at) "," RUN_NS(at "+" took) "," RUN_NS(at "+" took) "," status ",0,10,1,'');"
#define LOST_REQUEST(id, route, at)                                                                          \
    "INSERT INTO request VALUES(" id ",1,'10.0.0.9:1','10.0.0.1:80','GET','" route                           \
    "','',NULL," RUN_NS(at) "," RUN_NS(at) ",0,0,0,0,0,0,'gap');"
#define LEVEL(id, users, from, to)                                                                           \
    "INSERT INTO level VALUES(" id "," users "," RUN_NS(from) "," RUN_NS(to) ");"
#define STATEMENT(id, conn, at, took)                                                                        \
    "INSERT INTO statement VALUES(" id "," conn ",9,'QUERY'," RUN_NS(at) "," RUN_NS(at "+" took) "," RUN_NS( \
        at "+" took) ",1,0,0,0,'',2,100,200,NULL,0,1,1,0,NULL);"                                             \
                     "INSERT INTO checkout VALUES(" conn ",1," RUN_NS(at) "," RUN_NS(at "+" took) ",1,0,0);"
#define APP                                                                                                  \
    RUN_META RUN_POOL("1", "app", "shop")                                                                    \
        RUN_CONN("1", "1", "app", "plain") "INSERT INTO digest VALUES(9,'SELECT ?');"

static int64_t at_ns(int64_t ms)
{
    return (INT64_C(1700000000000) + ms) * 1000000;
}

static void levels_and_marks(void **state)
{
    /* 5: before the levels; 2999: just inside; 3000 is the end; a mark of another level puts a request into
     * none. */
    struct ana_report *r = run_report(
        state,
        APP LEVEL("1", "10", "1000", "3000") LEVEL("2", "20", "4000", "5000")
            REQUEST("1", "/a", "NULL", "5", "5", "200") REQUEST("2", "/a", "1", "1000", "10", "200")
                REQUEST("3", "/a", "NULL", "2999", "20", "404") REQUEST("4", "/a", "NULL", "3000", "5", "200")
                    REQUEST("5", "/a", "2", "2000", "5", "200") LOST_REQUEST("6", "/a", "1500")
                        REQUEST("7", "/a", "2", "4500", "30", "500") STATEMENT("1", "1", "1002", "3")
                            STATEMENT("2", "1", "4502",
                                      "4") "INSERT INTO load_result VALUES(NULL,20,1700000004000000000,"
                                           "1700000005000000000,'','{\"throughput\":1}');");
    assert_int_equal(r->level_count, 2);
    const struct ana_level *l = &r->levels[0];
    assert_int_equal(l->users, 10);
    assert_int_equal(l->requests, 2);
    assert_int_equal(l->incomplete, 1);
    assert_int_equal(l->errors, 1);
    assert_float_equal(l->throughput, 1.5, 1e-9); /* three arrived in two seconds */
    assert_int_equal(hist_count(l->latency.hist), 2);
    assert_true(hist_sum(l->latency.hist) == 30000000);
    assert_int_equal(l->statements, 1);
    assert_null(l->load_json);
    l = &r->levels[1];
    assert_int_equal(l->requests, 1);
    assert_int_equal(l->errors, 1);
    assert_string_equal(l->load_json, "{\"throughput\":1}");
    assert_float_equal(l->mean_in_flight, 0.03, 1e-9);
    assert_float_equal(l->mean_busy, 0.004, 1e-9);
    for (size_t i = 0; i < r->level_count; i++) {
        const struct ana_budget *b = &r->levels[i].budget;
        int64_t sum = 0;
        for (int k = 0; k < ANA_LINE_COUNT; k++) {
            sum += b->ns[k];
            assert_true(b->ns[k] >= 0 && b->low_ns[k] <= b->ns[k] && b->ns[k] <= b->high_ns[k]);
        }
        assert_true(sum == b->total_ns);
        assert_true(b->total_ns == hist_sum(r->levels[i].latency.hist));
        assert_int_equal(b->requests, hist_count(r->levels[i].latency.hist));
    }
    assert_true(r->levels[1].budget.ns[ANA_STATEMENT] == 4000000);
    ana_report_free(&r);
}

/* Two thirds of a statement before the first byte of its result, a third after it; what ends a transaction is
 * no statement of the line. */
static void parts_of_statements(void **state)
{
    const char *rows = APP LEVEL("1", "10", "1000", "3000") REQUEST("1", "/a", "1", "1100", "50", "200")
        STATEMENT("1", "1", "1110",
                  "9") "UPDATE statement SET first_ns = sent_ns + 6000000;"
                       "INSERT INTO statement SELECT 2,conn_id,digest,cmd,sent_ns+20000000,"
                       "sent_ns+20000001,last_ns+20000000,rows,affected_rows,warnings,errno,"
                       "sqlstate,status,req_bytes,resp_bytes,txn_id,1,ok,complete,notes,sample "
                       "FROM statement;";
    struct ana_report *r = run_report(state, rows);
    const struct ana_level *l = &r->levels[0];
    assert_true(l->budget.ns[ANA_STATEMENT] == 9000000 && l->parts.known && !l->parts.lock_known);
    assert_true(l->parts.execution_ns == 6000000 && l->parts.transfer_ns == 3000000 && l->parts.lock_ns == 0);
    ana_report_free(&r);
    r = run_report(state, APP REQUEST("1", "/a", "NULL", "100", "50", "200"));
    assert_false(r->levels[0].parts.known);
    ana_report_free(&r);
}

static void budget_of_queue(const struct ana_budget *b, int64_t total_ns, int64_t queue_ns)
{
    int64_t sum = 0;
    for (int k = 0; k < ANA_LINE_COUNT; k++)
        sum += b->ns[k];
    assert_true(b->total_ns == total_ns && sum == total_ns);
    assert_true(b->ns[ANA_CLIENT_QUEUE] == queue_ns);
    assert_true(b->low_ns[ANA_CLIENT_QUEUE] == queue_ns && b->high_ns[ANA_CLIENT_QUEUE] == queue_ns);
}

/* Open load that falls behind: what a request waits at its client is part of its latency, and of no other
 * line. */
static void a_queue_at_the_client(void **state)
{
    struct ana_report *r = run_report(
        state,
        APP LEVEL("1", "10", "1000", "3000") REQUEST("1", "/a", "1", "1100", "10", "200")
            REQUEST("2", "/a", "1", "2000", "20", "200") REQUEST("3", "/a", "1", "2500", "30", "200")
                STATEMENT("1", "1", "1102", "4") STATEMENT("2", "1", "2002", "4")
                    STATEMENT("3", "1", "2502", "4") "INSERT INTO request_queue VALUES(1,100000000);"
                                                     "INSERT INTO request_queue VALUES(3,3600000000001);");
    const struct ana_level *l = &r->levels[0];
    assert_true(hist_sum(l->latency.hist) == 160000000); /* the hour of the third is none */
    budget_of_queue(&l->budget, 160000000, 100000000);
    budget_of_queue(&l->joined, 160000000, 100000000);
    budget_of_queue(&l->slowest, 110000000, 100000000);
    budget_of_queue(&r->endpoints[0].budget, 160000000, 100000000);
    assert_true(l->budget.ns[ANA_STATEMENT] == 12000000);
    assert_float_equal(l->mean_in_flight, 0.03, 1e-9); /* at the application */
    const struct ana_slow_request *s = &r->slowest[0];
    assert_true(s->row.latency_ns == 110000000 && s->row.ns[ANA_CLIENT_QUEUE] == 100000000);
    assert_int_equal(s->pieces[0].line, ANA_CLIENT_QUEUE);
    assert_true(s->pieces[0].start_ns == at_ns(1000) && s->pieces[0].end_ns == at_ns(1100));
    assert_true(s->pieces[s->piece_count - 1].end_ns == at_ns(1110));
    ana_report_free(&r);
}

static void a_run_without_levels(void **state)
{
    struct ana_report *r = run_report(state, APP REQUEST("1", "/a", "NULL", "100", "50", "200")
                                                 REQUEST("2", "/a", "NULL", "1100", "10", "200"));
    assert_int_equal(r->level_count, 1);
    assert_int_equal(r->levels[0].id, 0);
    assert_int_equal(r->levels[0].requests, 2);
    assert_true(r->levels[0].start_ns == at_ns(100));
    assert_true(r->levels[0].end_ns >= at_ns(1110) && r->levels[0].end_ns <= at_ns(1111));
    ana_report_free(&r);
    r = run_report(state, APP STATEMENT("1", "1", "10", "5"));
    assert_int_equal(r->level_count, 0);
    assert_non_null(run_finding(r, "no_requests"));
    ana_report_free(&r);
}

static void endpoints(void **state)
{
    struct ana_report *r =
        run_report(state, APP REQUEST("1", "/quick", "NULL", "100", "1", "200")
                              REQUEST("2", "/slow", "NULL", "200", "90", "503")
                                  REQUEST("3", "/slow", "NULL", "400", "10", "404")
                                      LOST_REQUEST("4", "/slow", "500") STATEMENT("1", "1", "205", "5"));
    assert_int_equal(r->endpoint_count, 2);
    const struct ana_endpoint *e = &r->endpoints[0];
    assert_string_equal(e->route, "/slow");
    assert_int_equal(e->requests, 2);
    assert_int_equal(e->errors, 2);
    assert_int_equal(e->incomplete, 1);
    assert_true(hist_sum(e->latency.hist) == 100000000);
    assert_true(e->budget.identified); /* only its request was in flight around the statement */
    assert_true(e->budget.ns[ANA_STATEMENT] == 5000000);
    assert_true(e->budget.total_ns == 100000000);
    assert_true(r->endpoints[1].budget.ns[ANA_STATEMENT] == 0);
    assert_true(r->joins.inferred == 1 && r->joins.exact == 0 && r->joins.none == 0);
    assert_int_equal(r->capture.incomplete_requests, 1);
    ana_report_free(&r);
    r = run_report(state, APP REQUEST("1", "/a", "NULL", "200", "90", "200") STATEMENT("1", "1", "205", "5"));
    assert_true(r->endpoints[0].budget.identified);
    assert_true(r->endpoints[0].budget.ns[ANA_STATEMENT] == 5000000);
    ana_report_free(&r);
}

#define REFUSED(id, client, user, number)                                                                    \
    "INSERT INTO connection VALUES(" id ",NULL,'" client "','10.0.0.2:3306','" user                          \
    "','','','','','8',''," id                                                                               \
    "," RUN_NS("50") "," RUN_NS("51") ",0,0," RUN_NS("52") ",1000," number ",'plain','server',0,0,0,-1);"

static void pools_and_connections(void **state)
{
    struct ana_report *r = run_report(
        state, APP RUN_POOL("2", "root", "mysql") RUN_CONN("2", "1", "app", "plain")
                   RUN_CONN("3", "2", "root", "plain") REQUEST("1", "/a", "NULL", "100", "50", "200")
                       STATEMENT("1", "1", "105", "5") STATEMENT("2", "1", "120", "7")
                           REFUSED("4", "10.0.0.1:7", "", "1040") REFUSED("5", "10.0.0.1:8", "root", "1045")
                               REFUSED("6", "10.9.9.9:8", "app", "1040"));
    assert_int_equal(r->pool_count, 2);
    const struct ana_pool *p = &r->pools[0];
    assert_true(p->application);
    assert_int_equal(p->connections, 2);
    assert_int_equal(p->checkouts, 2);
    assert_int_equal(p->never_used, 1);
    assert_int_equal(p->open_max, 2);
    assert_int_equal(p->busy_max, 1);
    assert_int_equal(p->refused, 1);
    assert_int_equal(hist_count(p->dial.hist), 2);
    assert_true(hist_max(p->dial.hist) == 1000000);
    assert_true(hist_sum(p->hold.hist) == 12000000);
    assert_false(r->pools[1].application);
    assert_int_equal(r->pools[1].refused, 1);
    assert_int_equal(r->connection_count, 6);
    const struct ana_connection *c = &r->connections[0];
    assert_int_equal(c->checkouts, 2);
    assert_int_equal(c->statements, 2);
    assert_true(c->busy_ns == 12000000);
    assert_true(c->auth_ns == 1000000);
    assert_int_equal(c->tcp_ns, -1);
    assert_int_equal(r->connections[3].connect_errno, 1040);
    assert_int_equal(r->connections[3].tcp_ns, 1000);
    assert_non_null(strstr(run_finding(r, "connections_refused")->text, "refused 3 connections"));
    ana_report_free(&r);
}

static void the_latest_setting(void **state)
{
    struct ana_report *r =
        run_report(state, RUN_META
                   "INSERT INTO config "
                   "VALUES('mysql','b','1',5),('mysql','b','3',7),('mysql','a','x',5),('app','b','y',5);");
    assert_int_equal(r->setting_count, 3);
    assert_string_equal(r->settings[0].scope, "app");
    assert_string_equal(r->settings[1].name, "a");
    assert_string_equal(r->settings[2].value, "3");
    ana_report_free(&r);
}

static void the_recording(void **state)
{
    struct ana_report *r = run_report(
        state, RUN_META
        "INSERT INTO meta VALUES('capture.packets','77'),('capture.kernel_drops','0'),('self.cpu_ns',"
        "'2500000000'),('command','poolprobe record');");
    assert_true(r->capture.complete);
    assert_false(r->capture.lossy);
    assert_int_equal(r->capture.packets, 77);
    assert_float_equal(r->capture.cpu_seconds, 2.5, 1e-9);
    assert_string_equal(r->capture.source, "live lo");
    assert_string_equal(r->command, "poolprobe record");
    assert_true(r->start_ns == at_ns(0) && r->end_ns == at_ns(10000));
    ana_report_free(&r);
}

static void lossy(void **state, const char *sql)
{
    char text[2048];
    snprintf(text, sizeof text, "%s%s", RUN_META, sql);
    struct ana_report *r = run_report(state, text);
    if (!r->capture.lossy)
        fail_msg("not lossy: %s", sql);
    assert_true(run_finding(r, "data_lost") || run_finding(r, "not_ended_cleanly"));
    ana_report_free(&r);
}

static void losses(void **state)
{
    lossy(state, "INSERT INTO meta VALUES('capture.kernel_drops','3');");
    lossy(state, "INSERT INTO meta VALUES('capture.cut_off','1');");
    lossy(state, "INSERT INTO meta VALUES('flow.gaps','1');");
    lossy(state, "INSERT INTO meta VALUES('store.dropped_statements','1');");
    lossy(state, "INSERT INTO gap VALUES(1,5,100,0,'mysql');");
    lossy(state, "DELETE FROM meta WHERE key='complete';");
}

/* Nothing but rows: a recorder that was killed wrote no counters. */
static void a_killed_recorder(void **state)
{
    struct ana_report *r = run_report(
        state, RUN_POOL("1", "app", "shop") RUN_CONN("1", "1", "app", "plain") STATEMENT("1", "1", "10", "5")
                   STATEMENT("2", "1", "30", "5") "UPDATE statement SET complete=0 WHERE id=2;");
    assert_true(r->capture.lossy);
    assert_false(r->capture.complete);
    assert_true(r->capture.cpu_seconds < 0);
    assert_int_equal(r->capture.statements, 2);
    assert_int_equal(r->capture.voided_statements, 1);
    assert_int_equal(r->connections[0].statements, 2);
    assert_true(r->start_ns > 0 && r->end_ns >= at_ns(35));
    ana_report_free(&r);
}

static void nothing_at_all(void **state)
{
    struct ana_report *r = run_report(state, "");
    assert_int_equal(r->level_count, 0);
    assert_int_equal(r->query_count, 0);
    assert_non_null(r->txns.duration.hist);
    ana_report_free(&r);
    ana_report_free(&r); /* nothing to free is fine */
}

static void rows_that_make_no_sense(void **state)
{
    static const char rows[] = APP
        "INSERT INTO request VALUES(1,99,'x','y','','','',77,-5,-9,-1,-2,65535,0,0,1,"
        "'');INSERT INTO request VALUES(2,99,'','','','','',NULL,9223372036854775807,0,0,1,0,0,0,1,'');"
        "INSERT INTO statement "
        "VALUES(1,55,123,'',9223372036854775807,0,-5,0,0,0,0,'',0,0,0,NULL,0,1,1,0,NULL);"
        "INSERT INTO txn VALUES(1,55,500,-500,9,9,0,0,'',0);INSERT INTO checkout VALUES(55,66,10,-10,0,0,0);"
        "INSERT INTO connection "
        "VALUES(2,88,'','','','','','','','','',0,-5,-4,-3,-2,-1,-1,0,'','',0,0,0,-7);";
    char sql[sizeof rows + 200];
    for (int i = 0; i < 2; i++) {
        snprintf(sql, sizeof sql, "%s%s", rows, i ? LEVEL("1", "10", "2000", "1000") : "");
        struct ana_report *r = run_report(state, sql);
        assert_int_equal(r->level_count, i);
        ana_report_free(&r);
    }
}

static void names_of_lines(void **state)
{
    (void)state;
    assert_string_equal(ana_line_key(ANA_ACQUIRE_EXHAUSTED), "acquire_exhausted");
    assert_string_equal(ana_line_key(ANA_UNATTRIBUTED), "unattributed");
    for (int i = 0; i < ANA_LINE_COUNT; i++)
        assert_true(ana_line_title((enum ana_line)i)[0] && ana_line_about((enum ana_line)i)[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(levels_and_marks),
        cmocka_unit_test(a_queue_at_the_client),
        cmocka_unit_test(parts_of_statements),
        cmocka_unit_test(a_run_without_levels),
        cmocka_unit_test(endpoints),
        cmocka_unit_test(pools_and_connections),
        cmocka_unit_test(the_latest_setting),
        cmocka_unit_test(the_recording),
        cmocka_unit_test(losses),
        cmocka_unit_test(a_killed_recorder),
        cmocka_unit_test(nothing_at_all),
        cmocka_unit_test(rows_that_make_no_sense),
        cmocka_unit_test(names_of_lines),
    };
    return cmocka_run_group_tests(tests, run_folder_setup, run_folder_teardown);
}

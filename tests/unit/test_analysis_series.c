/* summary: tests of what pictures are drawn from: series, heat map, lanes and the verdict's two sentences */
#include "test_analysis_run.h"

#include "series.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MS INT64_C(1000000)

/* Request ID at `at` ms, answered `took` ms later with STATUS. */
#define REQUEST(id, at, took, status)                                                                        \
    "INSERT INTO request VALUES(" id ",1,'10.0.0.9:1','10.0.0.1:80','GET','/a','',NULL," RUN_NS(             \
        at) "," RUN_NS(at) "," RUN_NS(at "+" took) "," RUN_NS(at "+" took) "," status ",0,10,1,'');"
/* A statement that is its connection's checkout. */
#define STATEMENT(id, conn, at, took)                                                                        \
    "INSERT INTO statement VALUES(" id "," conn ",9,'QUERY'," RUN_NS(at) "," RUN_NS(at "+" took) "," RUN_NS( \
        at "+" took) ",1,0,0,0,'',2,100,200,NULL,0,1,1,0,NULL);"                                             \
                     "INSERT INTO checkout VALUES(" conn ",1," RUN_NS(at) "," RUN_NS(at "+" took) ",1,0,0);"
#define LEVEL(id, users, from, to)                                                                           \
    "INSERT INTO level VALUES(" id "," users "," RUN_NS(from) "," RUN_NS(to) ");"
#define APP                                                                                                  \
    RUN_META RUN_POOL("1", "app", "shop") RUN_CONN("1", "1", "app", "plain")                                 \
        RUN_CONN("2", "1", "app", "plain") "INSERT INTO digest VALUES(9,'SELECT ?');"

static void series_integrates(void **state)
{
    struct ana_report *r =
        run_report(state, APP REQUEST("1", "100", "400", "200") REQUEST("2", "200", "100", "500")
                              STATEMENT("1", "1", "150", "250") STATEMENT("2", "2", "210", "40"));
    const struct ana_series *s = &r->series;
    double in_flight_ns = 0, busy_ns = 0;
    uint64_t requests = 0, errors = 0, statements = 0;
    assert_true(s->count > 0 && s->count <= ANA_SERIES_POINTS_MAX);
    for (size_t i = 0; i < s->count; i++) {
        const struct ana_series_point *p = &s->points[i];
        in_flight_ns += p->in_flight * (double)s->bucket_ns;
        busy_ns += p->busy * (double)s->bucket_ns;
        requests += p->requests;
        errors += p->errors;
        statements += p->statements;
        assert_true(p->busy_max <= p->open_max && p->in_flight_max <= 2);
        assert_true(p->in_flight <= p->in_flight_max + 1e-9 && p->saturated <= 1 + 1e-9);
    }
    assert_float_equal(in_flight_ns, 500e6, 1);
    assert_float_equal(busy_ns, 290e6, 1);
    assert_int_equal(requests, 2);
    assert_int_equal(errors, 1);
    assert_int_equal(statements, 2);
    ana_report_free(&r);
}

static void heatmap_counts_every_request(void **state)
{
    struct ana_report *r =
        run_report(state, APP REQUEST("1", "100", "1", "200") REQUEST("2", "200", "1", "200")
                              REQUEST("3", "300", "900", "200") STATEMENT("1", "1", "150", "2"));
    const struct ana_heatmap *h = &r->heatmap;
    uint64_t all = 0;
    assert_true(h->rows > 1 && h->rows <= ANA_HEAT_ROWS_MAX);
    assert_true(h->columns > 1 && h->columns <= ANA_HEAT_COLUMNS_MAX);
    for (size_t c = 0; c < h->columns; c++)
        for (size_t k = 0; k < h->rows; k++)
            all += h->counts[c * h->rows + k];
    assert_int_equal(all, 3);
    assert_int_equal(h->counts[0], 1); /* the first arrival, the shortest latency */
    assert_int_equal(h->counts[h->columns * h->rows - 1], 1);
    for (size_t k = 0; k < h->rows; k++)
        assert_true(h->edge_ns[k] < h->edge_ns[k + 1]);
    assert_true(h->edge_ns[0] <= MS && h->edge_ns[1] > MS);
    assert_true(h->edge_ns[h->rows] > 900 * MS);
    ana_report_free(&r);
}

static void lanes_show_the_slowest_moment(void **state)
{
    struct ana_report *r =
        run_report(state, APP LEVEL("1", "10", "0", "3000") LEVEL("2", "20", "4000", "9000")
                              REQUEST("1", "100", "2000", "200") REQUEST("2", "5000", "300", "200")
                                  STATEMENT("1", "1", "500", "100") STATEMENT("2", "1", "5100", "100")
                                      STATEMENT("3", "2", "5150", "20"));
    const struct ana_lanes *l = &r->lanes;
    assert_int_equal(l->count, 2);
    assert_int_equal(l->left_out, 0);
    assert_int_equal(l->level_id, 2);
    assert_true(l->window_end_ns - l->window_start_ns == INT64_C(1000000000));
    assert_int_equal(l->lanes[0].connection_id, 1);
    assert_int_equal(l->lanes[0].count, 2); /* held and its statement; the one at 500 ms is outside */
    assert_int_equal(l->lanes[1].count, 2);
    const struct ana_lane_segment *s = &l->segments[l->lanes[0].first];
    assert_int_equal(s[0].kind, ANA_LANE_HELD);
    assert_int_equal(s[1].kind, ANA_LANE_STATEMENT);
    assert_true(s[1].end_ns - s[1].start_ns == 100 * MS);
    double used_ms = 0;
    for (size_t k = 0; k < l->columns; k++)
        used_ms += l->lanes[0].use[k] * (double)l->column_ns / 1e8;
    assert_float_equal(used_ms, 200, 2);
    ana_report_free(&r);
}

/* More connections and segments than are shown: the most used stay, the rest is counted. */
static void lanes_are_bounded(void **state)
{
    const size_t conns = ANA_LANES_MAX + 7, cap = 4u << 20;
    char *sql = malloc(cap);
    assert_non_null(sql);
    size_t n = (size_t)snprintf(sql, cap, "%s", APP REQUEST("1", "1000", "100", "200"));
    for (size_t i = 3; i <= conns; i++)
        n +=
            (size_t)snprintf(sql + n, cap - n,
                             "CREATE TEMP TABLE c AS SELECT * FROM connection WHERE id=1;UPDATE c SET id=%zu;"
                             "INSERT INTO connection SELECT * FROM c;DROP TABLE c;",
                             i);
    for (size_t i = 1; i <= conns; i++)
        n += (size_t)snprintf(sql + n, cap - n,
                              "WITH RECURSIVE k(x) AS (VALUES(0) UNION ALL SELECT x+1 FROM k WHERE x<%zu) "
                              "INSERT INTO checkout SELECT %zu,1," RUN_NS("1000") "+x*500000," RUN_NS(
                                  "1000") "+x*500000+100000,1,0,0 FROM k;",
                              200 + i, i);
    struct ana_report *r = run_report(state, sql);
    const struct ana_lanes *l = &r->lanes;
    assert_int_equal(l->count, ANA_LANES_MAX);
    assert_int_equal(l->left_out, 7);
    assert_int_equal(l->lanes[0].connection_id, 8); /* the less used ones are not shown */
    assert_true(l->segment_count <= ANA_LANE_SEGMENTS_MAX && l->segment_count > 0);
    ana_report_free(&r);
    free(sql);
}

/* Pieces follow each other without holes and cover the latency; the budget has the same sum. */
static void slowest_requests_are_covered(void **state)
{
    struct ana_report *r =
        run_report(state, APP LEVEL("1", "2", "0", "3000") REQUEST("1", "100", "40", "200")
                              REQUEST("2", "300", "90", "200") STATEMENT("1", "1", "110", "10")
                                  STATEMENT("2", "1", "320", "50"));
    assert_int_equal(r->slowest_count, 2);
    assert_int_equal(r->slowest[0].row.id, 2);
    for (size_t i = 0; i < r->slowest_count; i++) {
        const struct ana_slow_request *q = &r->slowest[i];
        int64_t at_ns = q->row.arrival_ns, sum_ns = 0;
        for (size_t k = 0; k < q->piece_count; k++) {
            assert_true(q->pieces[k].start_ns == at_ns && q->pieces[k].end_ns >= at_ns);
            at_ns = q->pieces[k].end_ns;
        }
        for (int k = 0; k < ANA_LINE_COUNT; k++)
            sum_ns += q->row.ns[k];
        assert_true(at_ns == q->row.arrival_ns + q->row.latency_ns);
        assert_true(sum_ns == q->row.latency_ns);
    }
    assert_true(r->slowest[0].row.ns[ANA_STATEMENT] == 50 * MS);
    ana_report_free(&r);
}

static void no_facts_no_pictures(void **state)
{
    struct ana_report *r = run_report(state, RUN_META);
    assert_int_equal(r->series.count, 0);
    assert_int_equal(r->heatmap.columns, 0);
    assert_int_equal(r->lanes.count, 0);
    assert_non_null(r->verdict[0]);
    assert_non_null(strstr(r->verdict[1], "no complete HTTP request"));
    ana_report_free(&r);
}

static void buckets_are_round(void **state)
{
    (void)state;
    assert_true(ana_round_bucket(1, 600) == MS);
    assert_true(ana_round_bucket(600 * MS, 600) == 2 * MS);
    assert_true(ana_round_bucket(INT64_C(600) * 1000 * MS, 600) == 2000 * MS);
    assert_true(ana_round_bucket(INT64_MAX, 600) > 0);
    assert_int_equal(ana_bucket_at(5, 10, 1, 3), 0);
    assert_int_equal(ana_bucket_at(100, 10, 1, 3), 2);
}

static void verdict_of_a_ramp(void **state)
{
    struct ana_report *r =
        run_report(state, APP LEVEL("1", "1", "0", "1000") LEVEL("2", "2", "1000", "2000")
                              REQUEST("1", "100", "10", "200") REQUEST("2", "1100", "20", "200")
                                  STATEMENT("1", "1", "101", "8") STATEMENT("2", "1", "1101", "18"));
    assert_non_null(strstr(r->verdict[0], "At 2 users"));
    assert_non_null(strstr(r->verdict[1], "From 1 to 2 users throughput went from 1.0 to 1.0"));
    ana_report_free(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(series_integrates),
        cmocka_unit_test(heatmap_counts_every_request),
        cmocka_unit_test(lanes_show_the_slowest_moment),
        cmocka_unit_test(slowest_requests_are_covered),
        cmocka_unit_test(lanes_are_bounded),
        cmocka_unit_test(no_facts_no_pictures),
        cmocka_unit_test(buckets_are_round),
        cmocka_unit_test(verdict_of_a_ramp),
    };
    return cmocka_run_group_tests(tests, run_folder_setup, run_folder_teardown);
}

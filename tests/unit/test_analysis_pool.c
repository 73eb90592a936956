/* summary: unit test: what the wire shows of a pool: reuse order, dialling, recycling, first commands, holds
 */
#include "pool_wire.h"
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

static int begin(void **state)
{
    used = 0;
    put("%s%s", RUN_META, RUN_POOL("1", "app", ""));
    return run_folder_setup(state);
}

#define NS "((" RUN_T0_MS "*1000+%d)*1000)" /* of µs */

/* Connection: open, ready, close in µs; close 0: never. */
static void conn(int id, int open, int ready, int close)
{
    put("INSERT INTO connection "
        "VALUES(%d,1,'10.0.0.1:%d','10.0.0.2:3306','app','shop','1','','','8','x',%d," NS "," NS "," NS "," NS
        ",CASE %d WHEN 0 THEN 0 ELSE " NS " END,100000,0,'plain','fin',0,0,0,20000);",
        id, 50000 + id, id, open, open + (ready - open) / 2, ready, ready, close, close);
}

static void work(int conn_id, int digest, int from, int to)
{
    put("INSERT INTO statement VALUES(NULL,%d,%d,'QUERY'," NS "," NS "," NS
        ",0,0,0,0,'',2,10,10,NULL,0,1,1,0,NULL);",
        conn_id, digest, from, to, to);
    put("INSERT INTO checkout VALUES(%d,1," NS "," NS ",1,0,0);", conn_id, from, to);
}

static void request_of(const char *route, int from, int to)
{
    put("INSERT INTO request VALUES(NULL,1,'10.0.0.9:1','10.0.0.1:80','GET','%s','',NULL," NS "," NS "," NS
        "," NS ",200,0,1,1,'');",
        route, from, from, to, to);
}

static void request(int from, int to)
{
    request_of("/x", from, to);
}

static const struct ana_pool_wire *wire(const struct ana_report *r)
{
    assert_int_equal(r->pool_count, 1);
    assert_true(r->pools[0].application);
    return &r->pools[0].wire;
}

/* Four connections, one request at a time: which one takes it? */
static struct ana_report *reuse_run(void **state, bool fifo)
{
    for (int i = 1; i <= 4; i++)
        conn(i, 10 * i, 10 * i + 5, 0);
    for (int i = 0; i < 60; i++) {
        int t = 1000 + i * 1000;
        request(t, t + 500);
        work(fifo ? i % 4 + 1 : 4, 7, t + 100, t + 300);
    }
    return run_report(state, sql);
}

static void reuse_order(void **state)
{
    struct ana_report *r = reuse_run(state, true);
    assert_int_equal(wire(r)->reuse, ANA_REUSE_FIFO);
    assert_int_equal(wire(r)->choices, 60);
    assert_int_equal(wire(r)->longest, 60);
    assert_true(wire(r)->chance > 0.24 && wire(r)->chance < 0.26);
    assert_int_equal(r->pools[0].never_used, 0);
    ana_report_free(&r);
}

static void reuse_lifo_leaves_some_unused(void **state)
{
    struct ana_report *r = reuse_run(state, false);
    assert_int_equal(wire(r)->reuse, ANA_REUSE_LIFO);
    assert_int_equal(r->pools[0].never_used, 3);
    ana_report_free(&r);
}

static void blind_choice_is_no_order(void **state)
{
    (void)state;
    struct ana_pool_wire w = {.choices = 1000, .longest = 260, .shortest = 240, .chance = 0.25};
    assert_int_equal(ana_reuse_of(&w), ANA_REUSE_OTHER);
    w.choices = 19;
    assert_int_equal(ana_reuse_of(&w), ANA_REUSE_UNKNOWN);
}

/* Ten requests come at once; connections are dialled one after the other, or all together. */
static struct ana_report *dial_run(void **state, bool serial)
{
    for (int i = 1; i <= 10; i++) {
        int open = serial ? i * 1000 : 1000 + i, ready = open + 900;
        conn(i, open, ready, 0);
        request(500 + i, 30000);
        work(i, 7, ready + 10, 20000 + i);
    }
    return run_report(state, sql);
}

static void serial_dials(void **state)
{
    struct ana_report *r = dial_run(state, true);
    assert_int_equal(wire(r)->dialling, ANA_DIALLING_SERIAL);
    assert_int_equal(wire(r)->contested, 9); /* nobody else is left when the last one is dialled */
    assert_int_equal(wire(r)->overlapped, 0);
    assert_int_equal(wire(r)->dials_max, 1);
    ana_report_free(&r);
}

static void parallel_dials(void **state)
{
    struct ana_report *r = dial_run(state, false);
    assert_int_equal(wire(r)->dialling, ANA_DIALLING_PARALLEL);
    assert_int_equal(wire(r)->dials_max, 10);
    ana_report_free(&r);
}

/* Dials that nobody else waits beside say nothing. */
static void lonely_dials(void **state)
{
    for (int i = 1; i <= 10; i++) {
        conn(i, i * 1000, i * 1000 + 500, 0);
        request(i * 1000 - 100, i * 1000 + 900);
        work(i, 7, i * 1000 + 510, i * 1000 + 800);
    }
    struct ana_report *r = run_report(state, sql);
    assert_int_equal(wire(r)->dialling, ANA_DIALLING_UNKNOWN);
    assert_int_equal(wire(r)->contested, 0);
    ana_report_free(&r);
}

/* A pool that dials under its lock leaves what is given back meanwhile alone. */
static void locked_pool_is_serial(void **state)
{
    (void)state;
    struct ana_pool_wire w = {.contested = 1, .dials_max = 1, .given_back = 60, .taken = 20};
    assert_int_equal(ana_dialling_of(&w), ANA_DIALLING_SERIAL);
    w.taken = 55;
    assert_int_equal(ana_dialling_of(&w), ANA_DIALLING_UNKNOWN);
    w.taken = 20;
    w.dials_max = 2;
    assert_int_equal(ana_dialling_of(&w), ANA_DIALLING_UNKNOWN);
}

static void first_commands(void **state)
{
    put("INSERT INTO digest VALUES(5,'SET NAMES ?'),(7,'SELECT ?');");
    for (int i = 1; i <= 3; i++) {
        conn(i, i * 1000, i * 1000 + 500, 0);
        work(i, 5, i * 1000 + 600, i * 1000 + 800);
    }
    for (int i = 0; i < 40; i++) { /* the third is dialled and never used */
        request(10000 + i * 1000, 10500 + i * 1000);
        work(i % 2 + 1, 7, 10100 + i * 1000, 10300 + i * 1000);
    }
    struct ana_report *r = run_report(state, sql);
    assert_non_null(wire(r)->init_commands);
    assert_string_equal(wire(r)->init_commands, "SET NAMES ?");
    assert_int_equal(hist_count(wire(r)->init.hist), 3);
    assert_in_range(hist_quantile(wire(r)->init.hist, 0.5), 297000, 303000);
    assert_int_equal(r->pools[0].never_used, 1);
    assert_string_equal(wire(r)->holds[0].text, "SELECT ?");
    assert_int_equal(wire(r)->holds[0].statements, 40);
    assert_int_equal(wire(r)->holds[0].checkouts, 40);
    assert_true(wire(r)->holds[0].hold_ms > 0.199 && wire(r)->holds[0].hold_ms < 0.201);
    ana_report_free(&r);
}

/* Lives of 10 ms each, one after the other, at different numbers of uses. */
static void recycled_by_age(void **state)
{
    for (int i = 0; i < 12; i++) {
        int t = 1000 + i * 10000;
        conn(i + 1, t, t + 100, t + 10100);
        for (int k = 0; k < 2 + i % 5; k++) {
            request(t + 200 + k * 1000, t + 900 + k * 1000);
            work(i + 1, 7, t + 300 + k * 1000, t + 800 + k * 1000);
        }
    }
    struct ana_report *r = run_report(state, sql);
    assert_int_equal(wire(r)->recycling, ANA_RECYCLING_AGE);
    assert_int_equal(wire(r)->closed, 11); /* the last one ends with its pool */
    assert_true(wire(r)->recycle_low > 9.9 && wire(r)->recycle_high < 10.1);
    ana_report_free(&r);
}

static void recycling_verdicts(void **state)
{
    (void)state;
    struct ana_pool_wire w = {0};
    struct ana_closed list[8];
    ana_recycling_of(&w, NULL, 0);
    assert_int_equal(w.recycling, ANA_RECYCLING_NONE);
    for (int i = 0; i < 8; i++)
        list[i] = (struct ana_closed){.age_ms = 100 * (i + 1), .idle_ms = 60 + i, .uses = 1 + i};
    ana_recycling_of(&w, list, 8);
    assert_int_equal(w.recycling, ANA_RECYCLING_IDLE);
    ana_recycling_of(&w, list, 4);
    assert_int_equal(w.recycling, ANA_RECYCLING_UNKNOWN);
    for (int i = 0; i < 8; i++)
        list[i] = (struct ana_closed){.age_ms = 100 * (i + 1), .idle_ms = 5 * i + 1, .uses = 50};
    ana_recycling_of(&w, list, 8);
    assert_int_equal(w.recycling, ANA_RECYCLING_USES);
    assert_true(w.recycle_mid == 50);
}

static void size_over_time(void **state)
{
    conn(1, 0, 100, 0);
    conn(2, 2500000, 2500100, 0);
    for (int i = 0; i < 40; i++) { /* busy without a break for 4 s on the first */
        request(1000 + i * 100000, 100900 + i * 100000);
        work(1, 7, 1000 + i * 100000, 101000 + i * 100000);
        if (i >= 26)
            work(2, 7, 1000 + i * 100000, 101000 + i * 100000);
    }
    struct ana_report *r = run_report(state, sql);
    const struct ana_pool_wire *w = wire(r);
    assert_int_equal(w->point_ns, 1000000000);
    assert_int_equal(w->point_count, 5);
    assert_int_equal(w->points[0].open_max, 1);
    assert_int_equal(w->points[3].open_max, 2);
    assert_int_equal(w->points[2].dials, 1);
    assert_true(w->points[1].busy > 0.99 && w->points[1].busy < 1.01);
    assert_true(w->points[3].busy > 1.99 && w->points[3].saturated > 0.99);
    assert_true(w->points[1].saturated < 0.01); /* it could still grow */
    ana_report_free(&r);
}

/* Requests of /long hold a connection for 300 us, half of it idle, those of /short for 100 us; a job of
 * nobody for as long as ten of /short. */
static void holds_by_endpoint(void **state)
{
    conn(1, 10, 15, 0);
    for (int i = 0; i < 40; i++) {
        int t = 1000 + i * 1000;
        request_of(i % 2 ? "/long" : "/short", t, t + 500);
        if (i % 2 == 0) {
            work(1, 7, t + 100, t + 200);
            continue;
        }
        put("INSERT INTO statement VALUES(NULL,1,7,'QUERY'," NS "," NS "," NS
            ",0,0,0,0,'',2,10,10,NULL,0,1,1,0,NULL);",
            t + 100, t + 250, t + 250);
        put("INSERT INTO checkout VALUES(1,1," NS "," NS ",1,0,0);", t + 100, t + 400);
    }
    work(1, 7, 43000, 44000);
    request_of("/short", 50000, 50500);
    struct ana_report *r = run_report(state, sql);
    const struct ana_pool_wire *w = wire(r);
    assert_int_equal(w->endpoint_hold_count, 2);
    const struct ana_endpoint_hold *l = &w->endpoint_holds[0], *s = &w->endpoint_holds[1];
    assert_string_equal(l->route, "/long");
    assert_int_equal(l->checkouts, 20);
    assert_true(l->hold_ms > 0.299 && l->hold_ms < 0.301);
    assert_true(l->idle > 0.499 && l->idle < 0.501);
    assert_string_equal(s->route, "/short");
    assert_true(s->idle == 0 && s->hold_ms > 0.099 && s->hold_ms < 0.101);
    assert_true(w->hold_unjoined > 0.11 && w->hold_unjoined < 0.112); /* 1 of 9 ms */
    double sum = l->share + s->share + w->hold_unjoined + w->hold_other_endpoints;
    assert_true(sum > 1 - 1e-12 && sum < 1 + 1e-12);
    for (size_t i = 0; i < r->endpoint_count; i++)
        assert_int_equal(hist_count(r->endpoints[i].hold.hist), 20);
    ana_report_free(&r);
}

int main(void)
{
#define RUN(f) cmocka_unit_test_setup_teardown(f, begin, run_folder_teardown)
    const struct CMUnitTest tests[] = {
        RUN(reuse_order),
        RUN(reuse_lifo_leaves_some_unused),
        RUN(serial_dials),
        cmocka_unit_test(blind_choice_is_no_order),
        RUN(parallel_dials),
        RUN(lonely_dials),
        RUN(first_commands),
        RUN(holds_by_endpoint),
        RUN(recycled_by_age),
        RUN(size_over_time),
        cmocka_unit_test(recycling_verdicts),
        cmocka_unit_test(locked_pool_is_serial),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

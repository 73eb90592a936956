/* summary: unit test: intervals of the comparison: noise is called noise, a true change lies inside and is
 * told
 */
#include "test_analysis_run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char sql[1000000];
static size_t used;
static uint32_t seed;

static void put(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static void put(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    used += (size_t)vsnprintf(sql + used, sizeof sql - used, fmt, ap);
    va_end(ap);
    assert_true(used < sizeof sql);
}

static int below(int n)
{
    seed = seed * 1664525u + 1013904223u;
    return (int)((seed >> 8) % (uint32_t)n);
}

#define NS "((" RUN_T0_MS "*1000+%d)*1000)" /* of µs */

/* One level of `seconds`, a request every 10 ms at most: 1 to 9 ms of application, then `statement_us` at the
 * database. */
static const char *make(void **state, const char *name, int seconds, int statement_us, uint32_t from)
{
    used = 0;
    seed = from;
    put("%s%s", RUN_META, RUN_POOL("1", "app", ""));
    put("%s%s", RUN_CONN("1", "1", "app", "plain"), RUN_CONN("2", "1", "app", "plain"));
    put("INSERT INTO level VALUES(1,4," NS "," NS ");", 10000, 10000 + seconds * 1000000);
    for (int t = 20000; t < seconds * 1000000; t += 20000 + below(10000)) {
        int app = 1000 + below(8000), end = t + app + statement_us;
        put("INSERT INTO request VALUES(NULL,1,'10.0.0.9:1','10.0.0.1:80','GET','/x','',1," NS "," NS "," NS
            "," NS ",200,0,1,1,'');",
            t, t, end, end);
        put("INSERT INTO "
            "statement(conn_id,digest,cmd,sent_ns,first_ns,last_ns,rows,affected_rows,warnings,errno,"
            "sqlstate,status,req_bytes,resp_bytes,txn_id,ends_txn,ok,complete,notes) VALUES(1,7,'QUERY'," NS
            "," NS "," NS ",0,0,0,0,'',2,10,10,NULL,0,1,1,0);",
            t + app, end, end);
        put("INSERT INTO checkout VALUES(1,1," NS "," NS ",1,0,0);", t + app, end);
    }
    return run_make(state, name, sql);
}

static struct ana_diff *diff(void **state, int seconds, int us_a, int us_b)
{
    struct ana_diff *d = NULL;
    struct pp_err err = {.text = ""};
    const char *a = make(state, "a.run.db", seconds, us_a, 1),
               *b = make(state, "b.run.db", seconds, us_b, 77);
    if (ana_diff_new(&d, a, b, &err) != PP_OK)
        fail_msg("no comparison: %s", err.text);
    assert_int_equal(d->level_count, 1);
    return d;
}

static bool holds(const struct ana_change *c, double value)
{
    return c->known && c->low <= value && value <= c->high;
}

static void equal_runs_are_noise(void **state)
{
    struct ana_diff *d = diff(state, 9, 2000, 2000);
    const struct ana_diff_level *l = &d->levels[0];
    assert_int_equal(l->blocks_a, 9);
    assert_true(holds(&l->mean_ms, 0));
    assert_true(holds(&l->throughput, 0));
    assert_true(holds(&l->p50_ms, 0));
    assert_true(holds(&l->p95_ms, 0));
    assert_true(l->mean_ms.high - l->mean_ms.low < 2); /* and not so wide that it says nothing */
    assert_true(l->mean_ms.high - l->mean_ms.low > 0.05);
    ana_diff_free(&d);
}

static void true_change_is_found(void **state)
{
    struct ana_diff *d = diff(state, 9, 2000, 6000);
    const struct ana_diff_level *l = &d->levels[0];
    assert_true(holds(&l->mean_ms, 4));
    assert_true(l->mean_ms.low > 3);
    assert_true(holds(&l->p50_ms, 4));
    assert_true(l->p50_ms.low > 0);
    assert_true(holds(&l->lines[ANA_STATEMENT], 4)); /* of this line, and of no other */
    assert_true(l->lines[ANA_STATEMENT].low > 3.9);
    assert_true(holds(&l->lines[ANA_APP], 0));
    ana_diff_free(&d);
}

static void same_every_time(void **state)
{
    struct ana_diff *d = diff(state, 8, 2000, 3000), *e = diff(state, 8, 2000, 3000);
    assert_memory_equal(&d->levels[0].mean_ms, &e->levels[0].mean_ms, sizeof d->levels[0].mean_ms);
    assert_memory_equal(&d->levels[0].p99_ms, &e->levels[0].p99_ms, sizeof d->levels[0].p99_ms);
    ana_diff_free(&d);
    ana_diff_free(&e);
}

static void too_short_has_no_interval(void **state)
{
    struct ana_diff *d = diff(state, 1, 2000, 6000);
    const struct ana_diff_level *l = &d->levels[0];
    assert_int_equal(l->blocks_a, 0);
    assert_false(l->mean_ms.known);
    assert_true(l->mean_ms.b > l->mean_ms.a); /* the figures themselves stand */
    ana_diff_free(&d);
}

static void endpoints_side_by_side(void **state)
{
    struct ana_diff *d = diff(state, 8, 2000, 6000);
    assert_int_equal(d->endpoint_count, 1);
    assert_string_equal(d->endpoints[0].route, "/x");
    assert_non_null(d->endpoints[0].a);
    assert_non_null(d->endpoints[0].b);
    assert_true(hist_mean(d->endpoints[0].b->latency.hist) > hist_mean(d->endpoints[0].a->latency.hist));
    ana_diff_free(&d);
}

int main(void)
{
#define RUN(f) cmocka_unit_test_setup_teardown(f, run_folder_setup, run_folder_teardown)
    const struct CMUnitTest tests[] = {
        RUN(equal_runs_are_noise),      RUN(true_change_is_found),   RUN(same_every_time),
        RUN(too_short_has_no_interval), RUN(endpoints_side_by_side),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

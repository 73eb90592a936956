/* summary: unit test: intervals of the comparison: noise is called noise, a true change lies inside and is
 * told
 */
#include "test_analysis_run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
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

static int64_t sum_of(const struct ana_budget *b)
{
    int64_t sum = 0;
    for (int i = 0; i < ANA_LINE_COUNT; i++) {
        sum += b->ns[i];
        assert_true(b->low_ns[i] <= b->ns[i] && b->ns[i] <= b->high_ns[i]);
    }
    return sum;
}

/* To the nanosecond, and the changes of the lines to the change of the percentile. */
static void percentiles_add_up(void **state)
{
    struct ana_diff *d = diff(state, 9, 2000, 6000);
    const struct ana_diff_level *l = &d->levels[0];
    const struct ana_change *all[] = {&l->p50_ms, &l->p95_ms, &l->p99_ms};
    for (int i = 0; i < ANA_DIFF_PERCENTILES; i++) {
        const struct ana_diff_percentile *p = &l->percentiles[i];
        double by = 0;
        assert_true(p->known);
        assert_int_equal(sum_of(&p->a), hist_quantile(l->a->latency.hist, p->q));
        assert_int_equal(sum_of(&p->b), hist_quantile(l->b->latency.hist, p->q));
        for (int k = 0; k < ANA_LINE_COUNT; k++)
            by += p->lines[k].b - p->lines[k].a;
        assert_true(fabs(by - (all[i]->b - all[i]->a)) < 1e-9);
        assert_true(p->window_a >= 5 && p->window_a < l->a->requests / 5);
    }
    ana_diff_free(&d);
}

/* The statement is 4 ms longer in every request of B: at every percentile, and nothing else is. */
static void percentiles_name_the_line(void **state)
{
    struct ana_diff *d = diff(state, 9, 2000, 6000);
    const struct ana_diff_level *l = &d->levels[0];
    for (int i = 0; i < ANA_DIFF_PERCENTILES; i++) {
        const struct ana_diff_percentile *p = &l->percentiles[i];
        const struct ana_change *c = &p->lines[ANA_STATEMENT];
        assert_true(c->known &&
                    fabs(c->b - c->a - 4) < 0.01 * (c->a + c->b)); /* percentiles are within 1 % */
        assert_true(c->low > 3.5 && c->high < 4.5);
        assert_true(holds(&p->lines[ANA_APP], 0));
        assert_true(p->lines[ANA_COMMIT].low == 0 && p->lines[ANA_COMMIT].high == 0);
    }
    ana_diff_free(&d);
    d = diff(state, 9, 2000, 2000);
    for (int i = 0; i < ANA_DIFF_PERCENTILES; i++)
        for (int k = 0; k < ANA_LINE_COUNT; k++)
            assert_true(holds(&d->levels[0].percentiles[i].lines[k], 0));
    ana_diff_free(&d);
}

/* Requests of B are longer by their statements; the users of this load do not wait for them. */
static void throughput_splits(void **state)
{
    struct ana_diff *d = diff(state, 9, 2000, 6000);
    const struct ana_diff_level *l = &d->levels[0];
    double sum = 0;
    assert_true(l->rate_known);
    for (int i = 0; i < ANA_RATE_PARTS; i++)
        sum += l->rate_parts[i].b - l->rate_parts[i].a;
    assert_true(fabs(sum - (l->throughput.b - l->throughput.a)) < 1e-9);
    double expected = -l->throughput.a * l->throughput.b / 4 * 0.004; /* 4 users */
    assert_true(fabs(l->rate_parts[ANA_STATEMENT].b - expected) < 0.02 * -expected);
    assert_true(l->rate_parts[ANA_STATEMENT].known && l->rate_parts[ANA_STATEMENT].high < 0);
    assert_true(l->rate_parts[ANA_LINE_COUNT].b > 0); /* the pause was shorter by as much */
    ana_diff_free(&d);
}

static const struct ana_diff_query *query(const struct ana_diff *d)
{
    for (size_t i = 0; i < d->query_count; i++)
        if (d->queries[i].a && d->queries[i].b && d->queries[i].a->count > 10)
            return &d->queries[i];
    fail_msg("no query of both runs");
    return NULL;
}

static void items_have_intervals(void **state)
{
    struct ana_diff *d = diff(state, 9, 2000, 6000);
    const struct ana_diff_endpoint *e = &d->endpoints[0];
    assert_true(holds(&e->mean_ms, 4) && e->mean_ms.low > 3);
    assert_true(holds(&e->p95_ms, 4) && e->p95_ms.low > 0);
    assert_true(holds(&query(d)->mean_ms, 4) && query(d)->mean_ms.low > 3.9);
    ana_diff_free(&d);
}

/* Where no difference is seen, what would have been: about as much as the interval is wide. */
static void items_without_difference(void **state)
{
    struct ana_diff *d = diff(state, 9, 2000, 2000);
    const struct ana_change *c = &d->endpoints[0].mean_ms;
    assert_true(holds(c, 0));
    assert_true(c->detectable > 0.5 * (c->high - c->low) && c->detectable < (c->high - c->low));
    assert_true(holds(&d->endpoints[0].p95_ms, 0));
    assert_true(query(d)->mean_ms.known && query(d)->mean_ms.detectable < 0.01);
    ana_diff_free(&d);
}

static void items_too_few(void **state)
{
    struct ana_diff *d = diff(state, 1, 2000, 6000);
    assert_false(d->endpoints[0].mean_ms.known);
    assert_true(d->endpoints[0].mean_ms.b > d->endpoints[0].mean_ms.a);
    ana_diff_free(&d);
}

int main(void)
{
#define RUN(f) cmocka_unit_test_setup_teardown(f, run_folder_setup, run_folder_teardown)
    const struct CMUnitTest tests[] = {
        RUN(equal_runs_are_noise),      RUN(true_change_is_found),   RUN(same_every_time),
        RUN(too_short_has_no_interval), RUN(endpoints_side_by_side), RUN(percentiles_add_up),
        RUN(percentiles_name_the_line), RUN(throughput_splits),      RUN(items_have_intervals),
        RUN(items_without_difference),  RUN(items_too_few),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

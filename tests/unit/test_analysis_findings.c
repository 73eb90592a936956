/* summary: tests of the findings: each rule on made-up figures that have its trouble, and on some that have
 * not */
#include "findings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MS INT64_C(1000000)
#define REQUESTS 1000

/* A report on the stack: two levels, a pool of 10, a query, an endpoint, all well. */
struct sample {
    struct ana_report r;
    struct ana_level levels[2];
    struct ana_pool pools[2];
    struct ana_connection connections[4];
    struct ana_query queries[2];
    struct ana_endpoint endpoints[1];
    struct ana_setting settings[1];
    struct hist *hist;
    double outside;
};

/* `ms` of a request to a line, from the application's, so that the sum stays. */
static void give(struct ana_level *l, enum ana_line line, double ms, double low_ms, double high_ms)
{
    struct ana_budget *b = &l->budget;
    double n = REQUESTS * (double)MS;
    b->ns[ANA_APP] -= (int64_t)(ms * n) - b->ns[line];
    b->ns[line] = (int64_t)(ms * n);
    b->low_ns[line] = (int64_t)(low_ms * n);
    b->high_ns[line] = (int64_t)(high_ms * n);
    b->low_ns[ANA_APP] = b->high_ns[ANA_APP] = b->ns[ANA_APP];
}

static void level_init(struct ana_level *l, uint32_t id, uint32_t users, double latency_ms)
{
    *l = (struct ana_level){.id = id,
                            .users = users,
                            .requests = REQUESTS,
                            .throughput = 100,
                            .mean_in_flight = users,
                            .mean_busy = 3.5,
                            .mean_open = 10,
                            .budget = {.requests = REQUESTS, .identified = true}};
    l->budget.total_ns = (int64_t)(latency_ms * REQUESTS * (double)MS);
    l->budget.ns[ANA_APP] = l->budget.total_ns;
}

static void init(struct sample *s)
{
    memset(s, 0, sizeof *s);
    s->hist = hist_new();
    assert_non_null(s->hist);
    hist_add(s->hist, 2 * MS);
    level_init(&s->levels[0], 1, 10, 40);
    level_init(&s->levels[1], 2, 30, 40);
    for (int i = 0; i < 2;
         i++) { /* nothing dominates: 15 of 40 ms at the server, 10 at HTTP, 15 the application */
        give(&s->levels[i], ANA_STATEMENT, 2.7, 2.7, 2.7);
        give(&s->levels[i], ANA_COMMIT, 2.6, 2.6, 2.6);
        give(&s->levels[i], ANA_TXN_IDLE, 2.5, 2.5, 2.5);
        give(&s->levels[i], ANA_HTTP_NETWORK, 17, 17, 17);
    }
    s->pools[0] = (struct ana_pool){.id = 1,
                                    .application = true,
                                    .checkouts = 2000,
                                    .connections = 10,
                                    .open_min = 10,
                                    .open_max = 10,
                                    .busy_max = 10,
                                    .hold.hist = s->hist,
                                    .dial.hist = s->hist};
    s->pools[1] = (struct ana_pool){.id = 2, .open_max = 1, .hold.hist = s->hist, .dial.hist = s->hist};
    s->queries[0] =
        (struct ana_query){.text = "COMMIT", .count = 1000, .share = 0.6, .latency.hist = s->hist};
    s->queries[1] = (struct ana_query){
        .text = "SELECT `a` FROM `t`", .count = 500, .share = 0.4, .latency.hist = s->hist};
    s->endpoints[0] = (struct ana_endpoint){.method = "GET", .route = "/a", .requests = 2000};
    s->settings[0] = (struct ana_setting){.scope = "mysql", .name = "max_connections", .value = "151"};
    s->r = (struct ana_report){
        .levels = s->levels,
        .level_count = 2,
        .pools = s->pools,
        .pool_count = 2,
        .queries = s->queries,
        .query_count = 2,
        .endpoints = s->endpoints,
        .endpoint_count = 1,
        .connections = s->connections,
        .connection_count = 4,
        .settings = s->settings,
        .setting_count = 1,
        .txns = {.count = 1000, .duration.hist = s->hist, .commit.hist = s->hist, .idle.hist = s->hist},
        .capture = {.statements = 3000, .packets = 9000, .complete = true},
        .coverage = {.plain = 4}};
}

static void check_text(const struct ana_finding *f, const char *text)
{
    if (text && strchr(text, '%') == NULL && strstr(text, "nan"))
        fail_msg("%s: %s", f->rule, text);
    assert_true(!text || (strstr(text, "nan") == NULL && strstr(text, "inf ") == NULL &&
                          strstr(text, "(null)") == NULL));
}

static void run(struct sample *s)
{
    assert_int_equal(ana_findings_of(&s->r, s->outside), PP_OK);
    for (size_t i = 0; i < s->r.finding_count; i++) {
        const struct ana_finding *f = &s->r.findings[i];
        assert_true(f->rule && f->text && f->text[0]);
        check_text(f, f->text);
        check_text(f, f->evidence);
        check_text(f, f->against);
    }
}

static void fini(struct sample *s)
{
    for (size_t i = 0; i < s->r.finding_count; i++) {
        free(s->r.findings[i].text);
        free(s->r.findings[i].evidence);
        free(s->r.findings[i].against);
    }
    free(s->r.findings);
    hist_free(&s->hist);
}

static const struct ana_finding *found(const struct sample *s, const char *rule)
{
    for (size_t i = 0; i < s->r.finding_count; i++)
        if (strcmp(s->r.findings[i].rule, rule) == 0)
            return &s->r.findings[i];
    return NULL;
}

static void expect(const struct sample *s, const char *rule, uint32_t level, const char *words)
{
    const struct ana_finding *f = found(s, rule);
    if (!f) {
        fail_msg("no finding %s", rule);
        return;
    }
    assert_int_equal(f->level_id, level);
    if (!strstr(f->text, words))
        fail_msg("%s: \"%s\" does not say \"%s\"", rule, f->text, words);
}

static void nothing_is_wrong(void **state)
{
    struct sample s;
    (void)state;
    init(&s);
    run(&s);
    if (s.r.finding_count != 0)
        fail_msg("%s: %s", s.r.findings[0].rule, s.r.findings[0].text);
    fini(&s);
}

static void losses(void **state)
{
    struct sample s;
    (void)state;
    init(&s);
    s.r.capture.kernel_drops = 12;
    s.r.capture.gaps = 2;
    s.r.capture.gap_bytes = 3000;
    s.r.capture.voided_statements = 30;
    s.r.capture.complete = false;
    s.r.capture.tls_connections = 2;
    s.r.capture.x_connections = 1;
    s.r.capture.inflate_limits = 4;
    s.r.capture.mid_stream_connections = 9;
    give(&s.levels[1], ANA_ACQUIRE_EXHAUSTED, 12, 11, 13);
    run(&s);
    expect(&s, "data_lost", 0, "30 of 3000 statements (1.0 %)");
    expect(&s, "not_ended_cleanly", 0, "did not end cleanly");
    expect(&s, "unreadable_connections", 0, "3 MySQL connections");
    expect(&s, "limits_reached", 0, "limits of its own");
    assert_string_equal(s.r.findings[0].rule, "data_lost"); /* before what it makes uncertain */
    assert_string_equal(s.r.findings[1].rule, "not_ended_cleanly");
    assert_string_equal(s.r.findings[2].rule, "unreadable_connections");
    assert_string_equal(s.r.findings[3].rule, "limits_reached");
    assert_string_equal(s.r.findings[4].rule, "pool_too_small");
    fini(&s);
}

static void small_pool(void **state)
{
    struct sample s;
    (void)state;
    init(&s);
    give(&s.levels[1], ANA_ACQUIRE_EXHAUSTED, 12.34, 11.8, 12.61);
    give(&s.levels[1], ANA_STATEMENT, 6, 6, 6);
    s.levels[1].saturated = 0.97;
    run(&s);
    expect(&s, "pool_too_small", 2,
           "At 30 users a request waits 12.3 ms (11.8 to 12.6) of its 40.0 ms for a connection: the pool of "
           "10 was "
           "saturated 97 % of the time.");
    const struct ana_finding *f = found(&s, "pool_too_small");
    assert_non_null(strstr(f->evidence, "at 10 users 0.0 ms, at 30 users 12.3 ms"));
    assert_non_null(strstr(f->against, "8.6 ms")); /* the server takes longer than with few users */
    assert_non_null(strstr(f->against, "5.3 ms with 10 users"));
    assert_null(found(&s, "pool_never_exhausted"));
    assert_null(found(&s, "wide_interval"));
    fini(&s);
}

static void little_waiting(void **state)
{
    struct sample s;
    (void)state;
    init(&s);
    give(&s.levels[1], ANA_ACQUIRE_EXHAUSTED, 0.9, 0.8, 1.0); /* below 1 ms and below 5 % of 40 ms */
    run(&s);
    assert_null(found(&s, "pool_too_small"));
    fini(&s);
}

static void short_latencies(void **state)
{
    struct sample s;
    (void)state;
    init(&s);
    level_init(&s.levels[1], 2, 30, 4);
    give(&s.levels[1], ANA_ACQUIRE_EXHAUSTED, 0.3, 0.3, 0.3); /* 7.5 % */
    run(&s);
    expect(&s, "pool_too_small", 2, "0.3 ms of its 4.0 ms");
    fini(&s);
}

static void large_pool(void **state)
{
    struct sample s;
    (void)state;
    init(&s);
    s.pools[0].open_max = 100;
    s.pools[0].busy_max = 50;
    run(&s);
    expect(&s, "pool_never_exhausted", 0,
           "Nobody waited for a connection: of the pool's 100 connections at most 50 were busy at once.");
    fini(&s);
    init(&s); /* waiting for dials is waiting too */
    s.pools[0].open_max = 100;
    s.pools[0].busy_max = 50;
    give(&s.levels[0], ANA_ACQUIRE_DIAL, 3, 3, 3);
    run(&s);
    assert_null(found(&s, "pool_never_exhausted"));
    fini(&s);
}

static void dials(void **state)
{
    struct sample s;
    (void)state;
    init(&s);
    give(&s.levels[1], ANA_ACQUIRE_DIAL, 3, 2.9, 3.1);
    give(&s.levels[1], ANA_ACQUIRE_BLOCKED_BY_DIAL, 4, 3.9, 4.1);
    s.pools[0].dials_under_load = 90;
    run(&s);
    expect(&s, "dialling", 2, "7.0 ms (6.8 to 7.2) of its 40.0 ms");
    assert_non_null(
        strstr(found(&s, "dialling")->evidence, "90 connections opened while requests were in flight"));
    assert_null(found(&s, "pool_too_small"));
    fini(&s);
}

static void refusals(void **state)
{
    struct sample s;
    (void)state;
    init(&s);
    s.connections[0].connect_errno = 1045;
    s.connections[1].connect_errno = 1040;
    s.connections[3].connect_errno = 1040;
    give(&s.levels[1], ANA_ACQUIRE_EXHAUSTED, 20, 19, 21);
    run(&s);
    expect(&s, "connections_refused", 0, "refused 3 connections, most with error 1040: too many connections");
    assert_string_equal(found(&s, "connections_refused")->evidence, "error 1040 × 2, error 1045 × 1");
    assert_non_null(strstr(found(&s, "connections_refused")->against, "151"));
    fini(&s);
}

static void what_the_time_goes_to(void **state)
{
    static const struct {
        enum ana_line line;
        const char *rule;
    } cases[] = {{ANA_COMMIT, "commit_dominates"},
                 {ANA_TXN_IDLE, "txn_idle_dominates"},
                 {ANA_STATEMENT, "statements_dominate"}};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct sample s;
        init(&s);
        give(&s.levels[1], ANA_HTTP_NETWORK, 1, 1, 1);
        give(&s.levels[1], cases[i].line, 20, 20, 20);
        run(&s);
        expect(&s, cases[i].rule, 2, "20.0 ms");
        for (size_t k = 0; k < 3; k++)
            assert_true(k == i || !found(&s, cases[k].rule));
        assert_null(found(&s, "application_dominates"));
        fini(&s);
    }
}

static void the_largest_statement_is_not_the_commit(void **state)
{
    struct sample s;
    (void)state;
    init(&s);
    give(&s.levels[1], ANA_STATEMENT, 20, 20, 20);
    run(&s);
    assert_non_null(strstr(found(&s, "statements_dominate")->evidence, "SELECT `a`"));
    fini(&s);
}

static void the_application(void **state)
{
    struct sample s;
    (void)state;
    init(&s);
    give(&s.levels[1], ANA_HTTP_NETWORK, 1, 1, 1);
    run(&s);
    expect(&s, "application_dominates", 2, "31.2 ms of a request's 40.0 ms (78 %)");
    fini(&s);
}

static void others(void **state)
{
    struct sample s;
    (void)state;
    init(&s);
    s.outside = 0.31;
    s.pools[1].application = true;
    s.endpoints[0].errors = 500;
    run(&s);
    expect(&s, "work_outside_requests", 0, "31 %");
    expect(&s, "several_pools", 0, "2 pools");
    expect(&s, "request_errors", 0, "25.0 %");
    fini(&s);
}

static void cannot_tell(void **state)
{
    struct sample s;
    (void)state;
    init(&s);
    give(&s.levels[1], ANA_ACQUIRE_EXHAUSTED, 10, 4, 16);
    run(&s);
    expect(&s, "wide_interval", 2, "between 4.0 and 16.0 ms");
    fini(&s);
    init(&s);
    give(&s.levels[1], ANA_ACQUIRE_EXHAUSTED, 10, 8, 12); /* 20 % either way */
    run(&s);
    assert_null(found(&s, "wide_interval"));
    fini(&s);
    init(&s);
    give(&s.levels[1], ANA_ACQUIRE_EXHAUSTED, 0.1, 0, 0.4); /* wide, but of nothing */
    run(&s);
    assert_null(found(&s, "wide_interval"));
    fini(&s);
}

static void nothing_recorded(void **state)
{
    struct ana_report r = {.capture.complete = true};
    (void)state;
    assert_int_equal(ana_findings_of(&r, 0), PP_OK);
    assert_int_equal(r.finding_count, 2);
    assert_string_equal(r.findings[0].rule, "no_requests");
    assert_string_equal(r.findings[1].rule, "no_statements");
    struct sample s = {.r = r};
    fini(&s);
}

static void budgets_that_say_nothing(void **state)
{
    struct sample s;
    (void)state;
    init(&s);
    give(&s.levels[1], ANA_ACQUIRE_EXHAUSTED, 20, 1, 30);
    s.levels[0].budget.identified = s.levels[1].budget.identified = false;
    run(&s);
    assert_int_equal(s.r.finding_count, 0);
    fini(&s);
}

static void the_largest_wait_first(void **state)
{
    struct sample s;
    (void)state;
    init(&s);
    give(&s.levels[1], ANA_ACQUIRE_DIAL, 14, 14, 14);
    give(&s.levels[1], ANA_ACQUIRE_EXHAUSTED, 3, 3, 3);
    s.outside = 0.5;
    run(&s);
    assert_string_equal(s.r.findings[0].rule, "dialling");
    assert_string_equal(s.r.findings[1].rule, "pool_too_small");
    assert_string_equal(s.r.findings[s.r.finding_count - 1].rule, "work_outside_requests");
    fini(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_wrong),
        cmocka_unit_test(losses),
        cmocka_unit_test(small_pool),
        cmocka_unit_test(little_waiting),
        cmocka_unit_test(short_latencies),
        cmocka_unit_test(large_pool),
        cmocka_unit_test(dials),
        cmocka_unit_test(refusals),
        cmocka_unit_test(what_the_time_goes_to),
        cmocka_unit_test(the_largest_statement_is_not_the_commit),
        cmocka_unit_test(the_application),
        cmocka_unit_test(others),
        cmocka_unit_test(cannot_tell),
        cmocka_unit_test(nothing_recorded),
        cmocka_unit_test(budgets_that_say_nothing),
        cmocka_unit_test(the_largest_wait_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

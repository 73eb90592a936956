/* summary: unit test: each rule of the explanation speaks on facts with exactly its trouble, and is silent
 * without it
 */
#include "explain.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void line(struct exp_facts *f, enum ana_line which, double ms)
{
    f->mean_ms += ms - f->line[which].ms;
    f->line[which] = (struct exp_line){ms * 0.95, ms, ms * 1.05};
}

static struct exp_cpu cpu(double used, double limit)
{
    return (struct exp_cpu){
        .known = true, .used = used, .limit = limit, .top_thread = -1, .delay = -1, .throttled = -1};
}

/* 20 users, a pool of 10, 10 ms of application and 10 ms of statements, nothing exhausted, and the same with
 * 2 users. */
static struct exp_facts healthy(void)
{
    struct exp_facts f = {.at = "At 20 users",
                          .users = 20,
                          .rate = 400,
                          .in_flight = 8,
                          .busy = 4.4,
                          .open = 10,
                          .open_max = 10,
                          .pools = 1,
                          .app = cpu(0.5, 2),
                          .server = cpu(0.6, 2),
                          .machine = cpu(1.2, 4),
                          .row_lock_ms = 0,
                          .flush = "1",
                          .sync = "1",
                          .rtt_ms = 0.05,
                          .statements = 4,
                          .dial_ms = 1,
                          .query = "SELECT `a` FROM `t`",
                          .query_reads = true,
                          .query_ms = 3,
                          .query_count = 1,
                          .query_mean_ms = 3,
                          .query_low_mean_ms = 3,
                          .low_users = 2,
                          .low_mean_ms = 20,
                          .low_server_ms = 11,
                          .low_app_ms = 9};
    line(&f, ANA_APP, 9);
    line(&f, ANA_STATEMENT, 10);
    line(&f, ANA_COMMIT, 1);
    return f;
}

/* The verdict's rule; the texts are whole, and free of what printf leaves where an argument is missing. */
static const char *verdict(const struct exp_facts *f, struct ana_limit *copy)
{
    static char rule[64];
    struct ana_limit *list = NULL;
    size_t n = 0;
    assert_int_equal(exp_rank(&list, &n, f), PP_OK);
    assert_true(n > 0);
    snprintf(rule, sizeof rule, "%s", list[0].rule);
    if (copy)
        *copy = list[0];
    for (size_t i = 0; i < n; i++) {
        const char *texts[] = {list[i].text, list[i].evidence, list[i].against, list[i].would_move};
        for (size_t k = 0; k < 4; k++) {
            assert_non_null(texts[k]);
            assert_true(strlen(texts[k]) > 20 && strlen(texts[k]) < 400);
            assert_null(strstr(texts[k], "nan"));
            assert_null(strstr(texts[k], "inf"));
            assert_null(strstr(texts[k], "(null)"));
        }
        free(list[i].text);
        free(list[i].evidence);
        free(list[i].against);
        free(list[i].would_move);
    }
    free(list);
    return rule;
}

static bool speaks(exp_rule_f *rule, const struct exp_facts *f)
{
    struct exp_limit x = {.limit = {.rule = NULL}};
    bool does = rule(f, &x);
    free(x.limit.text);
    free(x.limit.evidence);
    free(x.limit.against);
    free(x.limit.would_move);
    return does;
}

/* 282 ms of waiting with less than one of three connections busy: a larger pool is not what it wants. */
static void lost_wakeups(void **state)
{
    (void)state;
    struct exp_facts f = healthy();
    struct ana_limit l;
    f.busy = 0.8;
    f.open = f.open_max = 3;
    f.saturated = 0.44;
    f.lost_ms = 27;
    f.rate = 25; /* 7 of the 20 users wait on average */
    line(&f, ANA_ACQUIRE_EXHAUSTED, 282);
    assert_string_equal(verdict(&f, &l), "lost_wakeup");
    assert_int_equal(l.kind, ANA_LIMITED);
    f.app.known = false;
    assert_string_equal(verdict(&f, &l), "lost_wakeup");
    assert_int_equal(l.kind, ANA_CANNOT_TELL);
    f.app = cpu(1.9, 2); /* who has no CPU takes a connection late */
    assert_false(speaks(exp_rule_lost_wakeup, &f));
    f.app = cpu(0.5, 2);
    f.busy = 1.3; /* as many as its saturation means */
    assert_string_equal(verdict(&f, NULL), "pool_too_small");
    f.busy = 1.0; /* a quarter less: that alone may be a slow hand-over */
    assert_string_equal(verdict(&f, NULL), "lost_wakeup");
    f.lost_ms = 0.5;
    assert_string_equal(verdict(&f, NULL), "pool_too_small");
    f.busy = 0.8;
    assert_string_equal(verdict(&f, NULL), "lost_wakeup");
}

/* More wait than could while none was free, and connections lie idle: it is not said which of the two it is,
 * and neither the pool's size nor a query is blamed for the queue. */
static void waiting_while_the_pool_has_room(void **state)
{
    (void)state;
    struct exp_facts f = healthy();
    struct ana_limit l;
    f.busy = 1;
    f.open = f.open_max = 10;
    f.saturated = 0.05;
    f.rate = 60;
    f.query_ms = f.query_mean_ms = f.query_low_mean_ms = 9.5;
    line(&f, ANA_ACQUIRE_EXHAUSTED, 100); /* 6 of 20 users */
    assert_string_equal(verdict(&f, &l), "lost_wakeup");
    assert_int_equal(l.kind, ANA_CANNOT_TELL);
    assert_false(speaks(exp_rule_pool_too_small, &f));
    assert_false(speaks(exp_rule_slow_query, &f));
    f.busy = 8; /* a pool as good as full */
    assert_true(speaks(exp_rule_pool_too_small, &f));
    assert_false(speaks(exp_rule_lost_wakeup, &f));
}

/* Every rule but the load is silent on the healthy level. */
static void healthy_is_the_load(void **state)
{
    (void)state;
    struct exp_facts f = healthy();
#define EXPLAIN_RULE(name, title)                                                                            \
    if (exp_rule_##name != exp_rule_load)                                                                    \
        assert_false(speaks(exp_rule_##name, &f));
#include "explain_rule.def"
#undef EXPLAIN_RULE
    struct ana_limit l;
    assert_string_equal(verdict(&f, &l), "load");
    assert_int_equal(l.kind, ANA_NOT_LIMITED);
}

static void pool_too_small(void **state)
{
    (void)state;
    struct exp_facts f = healthy();
    struct ana_limit l;
    f.busy = 9.9;
    f.saturated = 0.97;
    line(&f, ANA_ACQUIRE_EXHAUSTED, 25);
    assert_string_equal(verdict(&f, &l), "pool_too_small");
    assert_int_equal(l.kind, ANA_LIMITED);
    assert_true(l.weight_ms > 24.9 && l.weight_ms < 25.1);
    f.line[ANA_ACQUIRE_EXHAUSTED] = (struct exp_line){0.5, 25, 60}; /* the bounds are too wide to say so */
    assert_string_equal(verdict(&f, &l), "pool_too_small");
    assert_int_equal(l.kind, ANA_CANNOT_TELL);
}

/* A queue in front of what is used up is its symptom. */
static void cpu_outranks_the_queue_in_front_of_it(void **state)
{
    (void)state;
    struct exp_facts f = healthy();
    struct ana_limit l;
    f.saturated = 0.97;
    f.busy = 9.8;
    f.rate = 150;
    line(&f, ANA_ACQUIRE_EXHAUSTED, 100);
    f.server = cpu(1.9, 2);
    assert_string_equal(verdict(&f, &l), "server_cpu");
    assert_true(l.weight_ms > 110);
    f.server = cpu(1.0, 2);
    assert_string_equal(verdict(&f, NULL), "pool_too_small");
    f.app = cpu(1.95, 2);
    assert_string_equal(verdict(&f, NULL), "application_cpu");
    f.app = cpu(1.0, 2);
    f.machine = cpu(3.9, 4);
    f.app.delay = f.server.delay = 3; /* 6 threads without a CPU at 150 requests/s: 40 ms each */
    assert_string_equal(verdict(&f, NULL), "machine_cpu");
    f.app.delay = f.server.delay = 0.05; /* others use the machine up, but these do not wait for it */
    assert_string_equal(verdict(&f, NULL), "pool_too_small");
}

/* What would move it never asks for a larger pool where that cannot help. */
static void no_larger_pool(void **state)
{
    static const char *const texts[] = {"A larger pool", "the server's CPU", "the application's CPU",
                                        "the machine's CPUs", "row locks"};
    (void)state;
    for (int i = 0; i < 5; i++) {
        struct exp_facts f = healthy();
        struct exp_limit x = {.limit = {.rule = NULL}};
        f.saturated = 0.97;
        f.busy = 9.8;
        f.rate = 150;
        line(&f, ANA_ACQUIRE_EXHAUSTED, 100);
        f.server = cpu(i == 1 ? 1.9 : 1, 2);
        f.app = cpu(i == 2 ? 1.9 : 1, 2);
        f.machine = cpu(i == 3 ? 3.9 : 2, 4);
        f.row_lock_ms = i == 4 ? 9 : 0;
        assert_true(exp_rule_pool_too_small(&f, &x));
        assert_non_null(strstr(x.limit.would_move, texts[i]));
        assert_true((strstr(x.limit.would_move, "Not a larger pool") != NULL) == (i > 0));
        free(x.limit.text);
        free(x.limit.evidence);
        free(x.limit.against);
        free(x.limit.would_move);
    }
}

/* A CPU that others use up is not what limits requests which hardly need it. */
static void a_full_cpu_beside_the_requests(void **state)
{
    (void)state;
    struct exp_facts f = healthy();
    f.server = cpu(1.95, 2);
    line(&f, ANA_ACQUIRE_EXHAUSTED, 100);
    line(&f, ANA_TXN_IDLE, 150);
    f.saturated = 0.97;
    f.busy = 9.8;
    f.rate = 60;
    assert_string_equal(verdict(&f, NULL), "idle_in_transaction");
    f = healthy();
    f.app.top_thread = 0.97; /* a thread in the background */
    line(&f, ANA_STATEMENT, 300);
    f.query_ms = f.query_mean_ms = f.query_low_mean_ms = 290;
    f.low_server_ms = 300;
    assert_string_equal(verdict(&f, NULL), "slow_query");
    f = healthy();
    f.server.throttled = 0.06; /* now and then */
    line(&f, ANA_TXN_IDLE, 150);
    assert_string_equal(verdict(&f, NULL), "idle_in_transaction");
    f.server.throttled = 0.6;
    line(&f, ANA_STATEMENT, 150);
    assert_string_equal(verdict(&f, NULL), "server_cpu");
}

static void application_cpu(void **state)
{
    (void)state;
    struct exp_facts f = healthy();
    line(&f, ANA_APP, 80);
    f.app = cpu(1.9, 2);
    f.app.delay = 3.2;
    assert_true(speaks(exp_rule_application_cpu, &f));
    assert_string_equal(verdict(&f, NULL), "application_cpu");
    f.app = cpu(1.0, 4); /* an event loop: one thread that never sleeps */
    f.app.top_thread = 0.97;
    assert_true(speaks(exp_rule_application_cpu, &f));
    f.app.top_thread = 0.5;
    f.app.throttled = 0.3;
    assert_true(speaks(exp_rule_application_cpu, &f));
    f.app = cpu(1.0, 4);
    assert_false(speaks(exp_rule_application_cpu, &f));
    assert_string_equal(verdict(&f, NULL), "application_slows");
    f.app.known = false;
    assert_false(speaks(exp_rule_application_cpu, &f));
    struct ana_limit l;
    assert_string_equal(verdict(&f, &l), "application_slows");
    assert_int_equal(l.kind, ANA_CANNOT_TELL);
}

static void server_cpu(void **state)
{
    (void)state;
    struct exp_facts f = healthy();
    line(&f, ANA_STATEMENT, 70);
    f.server = cpu(1.9, 2);
    assert_string_equal(verdict(&f, NULL), "server_cpu");
    f.server = cpu(0.7, 2);
    assert_string_equal(verdict(&f, NULL), "server_slows");
}

static void serial_dialling(void **state)
{
    (void)state;
    struct exp_facts f = healthy();
    line(&f, ANA_ACQUIRE_BLOCKED_BY_DIAL, 30);
    line(&f, ANA_ACQUIRE_DIAL, 5);
    f.dialling = ANA_DIALLING_SERIAL;
    f.contested = 40;
    assert_string_equal(verdict(&f, NULL), "serial_dialling");
    assert_false(speaks(exp_rule_dialling, &f));
    f.dialling = ANA_DIALLING_PARALLEL;
    assert_string_equal(verdict(&f, NULL), "dialling");
    assert_false(speaks(exp_rule_serial_dialling, &f));
}

static void max_connections(void **state)
{
    (void)state;
    struct exp_facts f = healthy();
    f.refused = 3;
    line(&f, ANA_ACQUIRE_EXHAUSTED, 50);
    assert_string_equal(verdict(&f, NULL), "max_connections");
}

static void row_locks(void **state)
{
    (void)state;
    struct exp_facts f = healthy();
    line(&f, ANA_STATEMENT, 60);
    f.row_lock_ms = 52;
    f.query_ms = 55;
    f.query_mean_ms = 55;
    f.query_low_mean_ms = 50;
    line(&f, ANA_ACQUIRE_EXHAUSTED, 30);
    assert_string_equal(verdict(&f, NULL), "row_locks"); /* neither the pool nor a slow query */
    f.users = 1;                                         /* who waits for nobody */
    assert_false(speaks(exp_rule_row_locks, &f));
    f.users = 20;
    f.row_lock_ms = 0.2;
    assert_false(speaks(exp_rule_row_locks, &f));
    f.row_lock_ms = -1;
    assert_false(speaks(exp_rule_row_locks, &f));
}

static void commit_flush(void **state)
{
    (void)state;
    struct exp_facts f = healthy();
    line(&f, ANA_COMMIT, 18);
    f.low_server_ms = 27;
    assert_string_equal(verdict(&f, NULL), "commit_flush");
    line(&f, ANA_COMMIT, 2);
    assert_false(speaks(exp_rule_commit_flush, &f));
}

static void idle_in_transaction(void **state)
{
    (void)state;
    struct exp_facts f = healthy();
    line(&f, ANA_TXN_IDLE, 60);
    line(&f, ANA_ACQUIRE_EXHAUSTED, 40);
    assert_string_equal(verdict(&f, NULL), "idle_in_transaction");
    line(&f, ANA_TXN_IDLE, 1);
    assert_false(speaks(exp_rule_idle_in_transaction, &f));
}

static void n_plus_one(void **state)
{
    (void)state;
    struct exp_facts f = healthy();
    line(&f, ANA_STATEMENT, 30);
    f.low_server_ms = 30;
    f.query_ms = 28;
    f.query_count = 56;
    f.query_mean_ms = f.query_low_mean_ms = 0.5;
    f.statements = 58;
    assert_string_equal(verdict(&f, NULL), "n_plus_one");
    assert_false(speaks(exp_rule_slow_query, &f));
    f.query_reads = false; /* writes row by row are no N+1 */
    assert_false(speaks(exp_rule_n_plus_one, &f));
    f.query_reads = true;
    f.query_count = 2;
    assert_false(speaks(exp_rule_n_plus_one, &f));
}

static void slow_query(void **state)
{
    (void)state;
    struct exp_facts f = healthy();
    line(&f, ANA_STATEMENT, 90);
    f.low_server_ms = 88;
    f.query_ms = f.query_mean_ms = 85;
    f.query_low_mean_ms = 80;
    assert_string_equal(verdict(&f, NULL), "slow_query");
    assert_false(speaks(exp_rule_n_plus_one, &f));
    f.query_low_mean_ms = 3; /* quick where there is no load: not the query's fault */
    f.low_server_ms = 8;
    assert_false(speaks(exp_rule_slow_query, &f));
    assert_string_equal(verdict(&f, NULL), "server_slows");
}

static void network(void **state)
{
    (void)state;
    struct exp_facts f = healthy();
    f.rtt_ms = 2;
    f.statements = 4;
    assert_string_equal(verdict(&f, NULL), "network");
    f.rtt_ms = 0.05;
    assert_false(speaks(exp_rule_network, &f));
    line(&f, ANA_HTTP_NETWORK, 40);
    assert_true(speaks(exp_rule_network, &f));
}

static void think_time(void **state)
{
    (void)state;
    struct exp_facts f = healthy();
    struct ana_limit *list = NULL;
    size_t n = 0;
    f.rate = 100; /* a cycle of 200 ms, 20 of them latency */
    assert_int_equal(exp_rank(&list, &n, &f), PP_OK);
    assert_int_equal(n, 1);
    assert_non_null(strstr(list[0].text, "pauses for 180 ms"));
    for (size_t i = 0; i < n; i++) {
        free(list[i].text);
        free(list[i].evidence);
        free(list[i].against);
        free(list[i].would_move);
    }
    free(list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lost_wakeups),
        cmocka_unit_test(no_larger_pool),
        cmocka_unit_test(a_full_cpu_beside_the_requests),
        cmocka_unit_test(waiting_while_the_pool_has_room),
        cmocka_unit_test(healthy_is_the_load),
        cmocka_unit_test(pool_too_small),
        cmocka_unit_test(cpu_outranks_the_queue_in_front_of_it),
        cmocka_unit_test(application_cpu),
        cmocka_unit_test(server_cpu),
        cmocka_unit_test(serial_dialling),
        cmocka_unit_test(max_connections),
        cmocka_unit_test(row_locks),
        cmocka_unit_test(commit_flush),
        cmocka_unit_test(idle_in_transaction),
        cmocka_unit_test(n_plus_one),
        cmocka_unit_test(slow_query),
        cmocka_unit_test(network),
        cmocka_unit_test(think_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* summary: unit test: on whole runs with exactly one trouble each the explanation names that one and no other
 */
#include "test_analysis_run.h"
#include "test_analysis_trouble_model.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LEVEL_S 5

/* Users who pause, 6 ms of the application, a transaction of 4 ms; everything has room. */
static const struct trouble calm = {.users = {1, 12},
                                    .think_ms = 60,
                                    .app_ms = 6,
                                    .pool_min = 20,
                                    .pool_max = 20,
                                    .dial_ms = 3,
                                    .queries = 2,
                                    .query_ms = 1.2,
                                    .update_ms = 1,
                                    .idle_ms = 0.1,
                                    .commit_ms = 0.8,
                                    .txn = true};

static void nothing(struct trouble *t)
{
    (void)t;
}

static void application_cpu(struct trouble *t)
{
    t->app_cpus = 2;
    t->app_ms = 30;
    t->think_ms = 10;
}

static void pool_too_small(struct trouble *t)
{
    t->pool_min = t->pool_max = 2;
    t->think_ms = 5;
}

static void serial_dialling(struct trouble *t)
{
    t->pool_min = 1;
    t->dial_ms = 12;
    t->recycle_ms = 60;
    t->think_ms = 30;
}

static void server_cpu(struct trouble *t)
{
    t->server_cpus = 1;
    t->query_ms = t->update_ms = 4;
    t->think_ms = 5;
}

static void row_locks(struct trouble *t)
{
    t->hot_row = true;
    t->query_ms = 2;
    t->update_ms = 6;
    t->commit_ms = 3;
    t->think_ms = 20;
}

static void commit_flush(struct trouble *t)
{
    t->commit_ms = 20;
}

static void max_connections(struct trouble *t)
{
    t->pool_min = 1;
    t->server_max = 3;
    t->think_ms = 20;
}

static void idle_in_transaction(struct trouble *t)
{
    t->idle_ms = 15;
}

static void n_plus_one(struct trouble *t)
{
    t->queries = 25;
    t->query_ms = 0.8;
    t->txn = false;
    t->idle_ms = 0;
}

static void slow_query(struct trouble *t)
{
    t->queries = 1;
    t->query_ms = 60;
}

static void lost_wakeup(struct trouble *t)
{
    t->pool_min = t->pool_max = 2;
    t->lost = 0.85;
    t->think_ms = 30;
}

static const struct {
    const char *rule;
    void (*make)(struct trouble *t);
    const char *moves; /* what would move it has to say so */
} troubles[] = {
    {"load", nothing, "More users"},
    {"application_cpu", application_cpu, "more CPUs"},
    {"pool_too_small", pool_too_small, "A larger pool"},
    {"serial_dialling", serial_dialling, "outside of its lock"},
    {"server_cpu", server_cpu, "More CPUs for the server"},
    {"row_locks", row_locks, "Shorter transactions"},
    {"commit_flush", commit_flush, "Fewer transactions"},
    {"max_connections", max_connections, "larger max_connections"},
    {"idle_in_transaction", idle_in_transaction, "ending it sooner"},
    {"n_plus_one", n_plus_one, "One query for all"},
    {"slow_query", slow_query, "Making that query faster"},
    {"lost_wakeup", lost_wakeup, "wakes who waits"},
};
#define TROUBLES (sizeof troubles / sizeof troubles[0])

static const struct ana_level *top(const struct ana_report *r)
{
    assert_int_equal(r->level_count, 2);
    return &r->levels[1];
}

static bool has_digit(const char *s)
{
    while (*s && !isdigit((unsigned char)*s))
        s++;
    return *s != '\0';
}

static void texts_are_whole(const struct ana_limit *l, const char *moves)
{
    assert_true(has_digit(l->text) && has_digit(l->evidence));
    assert_true(strlen(l->against) > 20 && strlen(l->would_move) > 20);
    if (!strstr(l->would_move, moves))
        fail_msg("%s: '%s' does not say '%s'", l->rule, l->would_move, moves);
}

/* One row of the matrix: the rule of this trouble speaks, all others are silent. */
static void row(void **state, size_t i, unsigned seed)
{
    struct trouble t = calm;
    troubles[i].make(&t);
    char *sql = trouble_run(&t, LEVEL_S, seed), said[400] = "";
    struct ana_report *r = run_report(state, sql);
    const struct ana_level *l = top(r);
    for (size_t k = 0; k < l->limit_count; k++)
        snprintf(said + strlen(said), sizeof said - strlen(said), "%s%s", k ? " " : "", l->limits[k].rule);
    if (strcmp(said, troubles[i].rule) != 0)
        fail_msg("trouble %s, seed %u: it says '%s': %s | %s", troubles[i].rule, seed, said,
                 l->limits[0].text, l->limits[0].evidence);
    texts_are_whole(&l->limits[0], troubles[i].moves);
    assert_int_equal(l->limits[0].kind, i == 0 ? ANA_NOT_LIMITED : ANA_LIMITED);
    /* Where the load was least there is this trouble too, or none. */
    for (size_t k = 0; k < r->levels[0].limit_count; k++)
        if (strcmp(r->levels[0].limits[k].rule, troubles[i].rule) != 0 &&
            strcmp(r->levels[0].limits[k].rule, "load") != 0)
            fail_msg("trouble %s: with one user it says %s", troubles[i].rule, r->levels[0].limits[k].text);
    ana_report_free(&r);
    free(sql);
}

static void matrix(void **state)
{
    for (size_t i = 0; i < TROUBLES; i++)
        for (unsigned seed = 1; seed <= 3; seed++)
            row(state, i, seed);
}

int main(void)
{
#define RUN(f) cmocka_unit_test_setup_teardown(f, run_folder_setup, run_folder_teardown)
    const struct CMUnitTest tests[] = {
        RUN(matrix),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

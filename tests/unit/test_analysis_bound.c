/* summary: unit test: threads' connections and a starved application are told from a saturated pool
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

#define USERS 12
#define CONNECTIONS 4
#define STEP_US 50
#define END_US 1000000
#define NS "((" RUN_T0_MS "*1000+%d)*1000)" /* of µs */

enum phase { WAITS, BUSY, THINKS };

struct user {
    enum phase phase;
    int arrival, since, until, conn, done; /* µs; connection from 1, 0: none; checkouts of this request */
};

struct model {
    bool threads; /* a connection for each thread, else a pool that is first come first served */
    int checkouts, user_count;
    bool starved; /* the application takes long, but for a quarter of the time at the beginning */
    struct user users[USERS];
    bool taken[CONNECTIONS + 1];
    unsigned random;
    char *sql;
    size_t used, size;
};

static void put(struct model *m, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void put(struct model *m, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    m->used += (size_t)vsnprintf(m->sql + m->used, m->size - m->used, fmt, ap);
    va_end(ap);
    assert_true(m->used < m->size);
}

static int between(struct model *m, int low, int high)
{
    m->random = m->random * 1103515245U + 12345U;
    return low + (int)((m->random >> 16) % (unsigned)(high - low));
}

static void begin_work(struct model *m, struct user *u, int t)
{
    u->phase = BUSY;
    u->since = t;
    u->until = t + between(m, 3000, 7000);
}

static void give_back(struct model *m, struct user *u)
{
    m->taken[u->conn] = false;
    u->conn = 0;
}

static void end_work(struct model *m, struct user *u, int t)
{
    put(m,
        "INSERT INTO statement VALUES(NULL,%d,%d,'QUERY'," NS "," NS "," NS
        ",0,0,0,0,'',2,10,10,NULL,0,1,1,0,NULL);",
        u->conn, 7 + u->done, u->since, t, t);
    put(m, "INSERT INTO checkout VALUES(%d,1," NS "," NS ",1,0,0);", u->conn, u->since, t);
    if (!m->threads)
        give_back(m, u);
    u->done++;
    u->phase = THINKS;
    u->until = t + between(m, 500, 2500) + (m->starved && t > END_US / 4 ? 30000 : 0);
}

static void end_thinking(struct model *m, struct user *u, int t)
{
    u->phase = WAITS;
    u->since = t;
    if (u->done < m->checkouts) {
        if (m->threads)
            begin_work(m, u, t);
        return;
    }
    put(m,
        "INSERT INTO request VALUES(NULL,%d,'10.0.0.9:%d','10.0.0.1:80','GET','/x','',NULL," NS "," NS "," NS
        "," NS ",200,0,1,1,'');",
        (int)(u - m->users) + 1, (int)(u - m->users) + 1, u->arrival, u->arrival, t, t);
    if (m->threads)
        give_back(m, u);
    u->done = 0;
    u->arrival = t;
}

static struct user *first_waiting(struct model *m)
{
    struct user *first = NULL;
    for (int i = 0; i < m->user_count; i++)
        if (m->users[i].phase == WAITS && (!first || m->users[i].since < first->since))
            first = &m->users[i];
    return first;
}

static struct ana_report *run(void **state, struct model m)
{
    m.random = 1;
    m.size = 2000000;
    m.sql = malloc(m.size);
    assert_non_null(m.sql);
    put(&m, "%s%s", RUN_META, RUN_POOL("1", "app", ""));
    for (int i = 1; i <= CONNECTIONS; i++)
        put(&m,
            "INSERT INTO connection "
            "VALUES(%d,1,'10.0.0.1:%d','10.0.0.2:3306','app','shop','1','','','8','x',%d," NS "," NS "," NS
            "," NS ",0,100000,0,'plain','',0,0,0,20000);",
            i, 50000 + i, i, -1000, -900, -800, -700);
    for (int t = 0; t < END_US; t += STEP_US) {
        for (struct user *u = m.users; u < m.users + m.user_count; u++) {
            if (u->phase == BUSY && t >= u->until)
                end_work(&m, u, t);
            else if (u->phase == THINKS && t >= u->until)
                end_thinking(&m, u, t);
        }
        for (int c = 1; c <= CONNECTIONS; c++) {
            struct user *u = m.taken[c] ? NULL : first_waiting(&m);
            if (!u)
                continue;
            m.taken[c] = true;
            u->conn = c;
            begin_work(&m, u, t);
        }
    }
    struct ana_report *r = run_report(state, m.sql);
    free(m.sql);
    assert_int_equal(r->pool_count, 1);
    assert_true(r->pools[0].application);
    return r;
}

static void nobody_waits(const struct ana_report *r)
{
    assert_true(ana_request_count(r) > 50);
    for (size_t i = 0; i < ana_request_count(r); i++) {
        struct ana_request_row row;
        ana_request_get(r, i, &row);
        for (int line = ANA_ACQUIRE_EXHAUSTED; line <= ANA_ACQUIRE_LOST_WAKEUP; line++)
            assert_int_equal(row.ns[line], 0);
    }
}

static void threads_with_connections(void **state)
{
    struct ana_report *r = run(state, (struct model){.threads = true, .checkouts = 2, .user_count = USERS});
    assert_true(r->pools[0].per_thread);
    assert_true(r->pools[0].saturated < 0.001);
    assert_non_null(run_finding(r, "connection_per_thread"));
    assert_null(run_finding(r, "pool_too_small"));
    nobody_waits(r);
    ana_report_free(&r);
}

static void saturated_pool(void **state)
{
    struct ana_report *r = run(state, (struct model){.checkouts = 2, .user_count = USERS});
    assert_false(r->pools[0].per_thread);
    assert_true(r->pools[0].saturated > 0.8);
    assert_null(run_finding(r, "connection_per_thread"));
    ana_report_free(&r);
}

/* One checkout a request: threads and a pool look alike, and a pool is what is said. */
static void cannot_be_told(void **state)
{
    struct ana_report *r = run(state, (struct model){.threads = true, .checkouts = 1, .user_count = USERS});
    assert_false(r->pools[0].per_thread);
    ana_report_free(&r);
}

/* As many connections as requests: however long the application takes, nobody waits for one. */
static void starved_application(void **state)
{
    struct ana_report *r =
        run(state, (struct model){.checkouts = 3, .starved = true, .user_count = CONNECTIONS});
    nobody_waits(r);
    ana_report_free(&r);
}

int main(void)
{
#define RUN(f) cmocka_unit_test_setup_teardown(f, run_folder_setup, run_folder_teardown)
    const struct CMUnitTest tests[] = {
        RUN(threads_with_connections),
        RUN(saturated_pool),
        RUN(cannot_be_told),
        RUN(starved_application),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

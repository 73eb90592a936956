/* summary: the sweep and the budget on small runs made by hand, where every nanosecond is known */
#include "budget.h"
#include "parts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define T0 INT64_C(1700000000000000000)
#define US(x) (T0 + INT64_C(1000) * (x))
#define NS_US(x) (INT64_C(1000) * (x))

enum { APP_HOST, DB_SERVER, OTHER_HOST };

static struct ana_facts facts;

static int clear(void **state)
{
    (void)state;
    ana_facts_fini(&facts);
    return 0;
}

static void pool(bool application)
{
    assert_true(FACT_ROOM(facts.pools, facts.pool_count, facts.pool_cap));
    facts.pools[facts.pool_count] = (struct fact_pool){
        .id = facts.pool_count + 1, .host = APP_HOST, .server = DB_SERVER, .application = application};
    facts.pool_count++;
}

/* Ready from before the run, or dialled from open_us to ready_us. */
static void conn(int64_t open_us, int64_t ready_us)
{
    assert_true(FACT_ROOM(facts.conns, facts.conn_count, facts.conn_cap));
    facts.conns[facts.conn_count] = (struct fact_conn){.id = facts.conn_count + 1,
                                                       .open_ns = US(open_us),
                                                       .ready_ns = US(ready_us),
                                                       .host = APP_HOST,
                                                       .server = DB_SERVER};
    facts.conn_count++;
}

static void request(int64_t from_us, int64_t to_us)
{
    assert_true(FACT_ROOM(facts.requests, facts.request_count, facts.request_cap));
    facts.requests[facts.request_count++] = (struct fact_request){.arrival_ns = US(from_us),
                                                                  .request_end_ns = US(from_us),
                                                                  .first_ns = US(to_us),
                                                                  .last_ns = US(to_us),
                                                                  .level = facts.level_count ? 0 : FACT_NONE,
                                                                  .host = APP_HOST,
                                                                  .status = 200,
                                                                  .complete = true};
}

static void statement(uint32_t c, int64_t from_us, int64_t to_us, bool ends)
{
    assert_true(FACT_ROOM(facts.statements, facts.statement_count, facts.statement_cap));
    facts.statements[facts.statement_count++] = (struct fact_statement){
        .sent_ns = US(from_us), .last_ns = US(to_us), .conn = c, .ends_txn = ends, .complete = true};
}

static void checkout(uint32_t c, int64_t from_us, int64_t to_us, bool voided)
{
    assert_true(FACT_ROOM(facts.checkouts, facts.checkout_count, facts.checkout_cap));
    facts.checkouts[facts.checkout_count++] =
        (struct fact_checkout){.start_ns = US(from_us), .end_ns = US(to_us), .conn = c, .voided = voided};
}

static void level(int64_t from_us, int64_t to_us)
{
    assert_true(FACT_ROOM(facts.levels, facts.level_count, facts.level_cap));
    facts.levels[facts.level_count] = (struct fact_level){
        .id = (uint32_t)facts.level_count + 1, .start_ns = US(from_us), .end_ns = US(to_us)};
    facts.level_count++;
}

static struct ana_budget whole_budget(struct ana_sweep *s)
{
    struct ana_budget b;
    struct ana_budget_rules rules = {0};
    assert_int_equal(ana_sweep_all(s, &facts), PP_OK);
    ana_budget_make(&b, &s->whole, &rules);
    int64_t sum = 0;
    for (int i = 0; i < ANA_LINE_COUNT; i++)
        sum += b.ns[i];
    assert_int_equal(sum, b.total_ns);
    return b;
}

static void test_one_request(void **state)
{
    struct ana_sweep s;
    (void)state;
    pool(true);
    conn(-2000, -1000);
    conn(-2000, -1000);
    request(0, 1000);
    facts.requests[0].request_end_ns = US(50);
    facts.requests[0].first_ns = US(900);
    checkout(0, 200, 600, false);
    statement(0, 200, 300, false);
    statement(0, 350, 600, true);
    struct ana_budget b = whole_budget(&s);
    assert_int_equal(b.requests, 1);
    assert_int_equal(b.total_ns, NS_US(1000));
    assert_int_equal(b.ns[ANA_HTTP_NETWORK], NS_US(150));
    assert_int_equal(b.ns[ANA_STATEMENT], NS_US(100));
    assert_int_equal(b.ns[ANA_TXN_IDLE], NS_US(50));
    assert_int_equal(b.ns[ANA_COMMIT], NS_US(250));
    assert_int_equal(b.ns[ANA_APP], NS_US(450));
    assert_int_equal(b.ns[ANA_ACQUIRE_EXHAUSTED], 0);
    assert_int_equal(s.free_min, 1);
    assert_int_equal(s.pools[0].busy_max, 1);
    assert_int_equal(s.pools[0].open_max, 2);
    assert_int_equal(s.pools[0].open_min, 2);
    ana_sweep_fini(&s);
}

/* A request that asks whether the application is up is in flight while the pool fills itself: the fewest open
 * connections are those after it is full, not one. */
static void test_least_size_is_after_filling(void **state)
{
    struct ana_sweep s;
    (void)state;
    pool(true);
    for (int k = 0; k < 4; k++)
        conn(k * 3000, k * 3000 + 1000);
    request(-500, 15000);
    request(400000, 401000);
    conn(400200, 400300); /* later, one more */
    request(500000, 501000);
    checkout(0, 400100, 400800, false);
    checkout(4, 400400, 400600, false);
    (void)whole_budget(&s);
    assert_int_equal(s.pools[0].open_min, 4);
    assert_int_equal(s.pools[0].open_max, 5);
    ana_sweep_fini(&s);
}

/* One connection, a second request arrives while it is held and gets it 100 us after its release. */
static void test_wait_is_seen(void **state)
{
    struct ana_sweep s;
    (void)state;
    pool(true);
    conn(-2000, -1000);
    for (int64_t i = 0; i < 40; i++) { /* the reference: alone, 100 us before and 100 us after its checkout */
        request(i * 5000, i * 5000 + 1200);
        checkout(0, i * 5000 + 100, i * 5000 + 1100, false);
        statement(0, i * 5000 + 100, i * 5000 + 1100, true);
    }
    request(300000, 301200);
    checkout(0, 300100, 301100, false);
    statement(0, 300100, 301100, true);
    request(300200, 302300); /* wants at 300300, waits until 301200 */
    checkout(0, 301200, 302200, false);
    statement(0, 301200, 302200, true);
    struct ana_budget b = whole_budget(&s);
    int64_t wait_ns = b.ns[ANA_ACQUIRE_EXHAUSTED];
    assert_in_range(wait_ns, NS_US(900 - 100), NS_US(900 + 100));
    assert_int_equal(b.ns[ANA_COMMIT], NS_US(42 * 1000));
    assert_true(b.low_ns[ANA_ACQUIRE_EXHAUSTED] <= wait_ns && wait_ns <= b.high_ns[ANA_ACQUIRE_EXHAUSTED]);
    assert_true(s.pools[0].saturated_ns > NS_US(1900));
    ana_sweep_fini(&s);
}

/* Requests that share a level's border: the instant's work is theirs in proportion, and both totals are
 * exact. */
static void test_two_levels(void **state)
{
    struct ana_sweep s;
    struct ana_budget a, b;
    struct ana_budget_rules rules = {0};
    (void)state;
    pool(true);
    conn(-2000, -1000);
    conn(-2000, -1000);
    conn(-2000, -1000);
    level(0, 500);
    level(500, 2000);
    request(0, 1000);
    request(500, 1500);
    facts.requests[1].level = 1;
    checkout(0, 600, 800, false);
    statement(0, 600, 800, false);
    assert_int_equal(ana_sweep_all(&s, &facts), PP_OK);
    ana_budget_make(&a, &s.levels[0], &rules);
    ana_budget_make(&b, &s.levels[1], &rules);
    assert_int_equal(a.total_ns, NS_US(1000));
    assert_int_equal(b.total_ns, NS_US(1000));
    assert_int_equal(a.ns[ANA_STATEMENT], NS_US(100));
    assert_int_equal(b.ns[ANA_STATEMENT], NS_US(100));
    assert_int_equal(a.ns[ANA_APP], NS_US(900));
    assert_int_equal(s.windows[0].ns, NS_US(500));
    assert_true(s.windows[1].busy_ns == (double)NS_US(200));
    assert_true(s.windows[1].in_flight_ns == (double)NS_US(500 + 1000));
    ana_sweep_fini(&s);
}

static void test_outside_work(void **state)
{
    struct ana_sweep s;
    (void)state;
    pool(true);
    conn(-2000, -1000);
    conn(-2000, -1000);
    checkout(0, -500, -100, false); /* before the first request: not counted */
    request(0, 100);
    checkout(0, 10, 90, false);
    checkout(1, 50, 300, false);
    request(400, 500);
    struct ana_budget b = whole_budget(&s);
    assert_int_equal(b.ns[ANA_TXN_IDLE], NS_US(90));
    assert_true(s.busy_ns == (double)NS_US(80 + 250));
    assert_true(s.outside_ns == (double)NS_US(40 + 200));
    ana_sweep_fini(&s);
}

static void test_loss_is_unattributed(void **state)
{
    struct ana_sweep s;
    (void)state;
    pool(true);
    conn(-2000, -1000);
    conn(-2000, -1000);
    request(0, 1000);
    checkout(0, 200, 500, true);
    statement(0, 200, 400, false);
    struct ana_budget b = whole_budget(&s);
    assert_int_equal(b.ns[ANA_UNATTRIBUTED], NS_US(300));
    assert_int_equal(b.ns[ANA_STATEMENT], 0);
    assert_int_equal(b.ns[ANA_APP], NS_US(700));
    ana_sweep_fini(&s);
}

static void test_opaque_connection(void **state)
{
    struct ana_sweep s;
    (void)state;
    pool(true);
    conn(-2000, -1000);
    conn(300, 400);
    facts.conns[0].pool = 0;
    facts.conns[1].pool = FACT_NONE;
    facts.conns[1].ready_ns = 0;
    facts.conns[1].opaque = true;
    request(0, 1000);
    checkout(0, 100, 200, false);
    struct ana_budget b = whole_budget(&s);
    assert_int_equal(b.ns[ANA_UNATTRIBUTED], NS_US(700));
    assert_int_equal(b.ns[ANA_APP], NS_US(200));
    assert_int_equal(b.ns[ANA_TXN_IDLE], NS_US(100));
    ana_sweep_fini(&s);
    facts.conns[1].host = OTHER_HOST; /* somebody else's: no matter */
    b = whole_budget(&s);
    assert_int_equal(b.ns[ANA_UNATTRIBUTED], 0);
    ana_sweep_fini(&s);
}

/* Other requests' times and ends around one that took no time, one without an end and one that was cut. */
static void test_odd_requests(void **state)
{
    struct ana_sweep s;
    (void)state;
    pool(true);
    conn(-2000, -1000);
    request(0, 100);
    request(50, 50);
    request(60, 60);
    facts.requests[2].last_ns = 0;
    facts.requests[2].complete = false;
    request(70, 200);
    facts.requests[3].complete = false;
    checkout(0, 20, 20, false);
    checkout(FACT_NONE, 20, 30, false);
    statement(0, 30, 30, false);
    struct ana_budget b = whole_budget(&s);
    assert_int_equal(b.requests, 1);
    assert_int_equal(b.ns[ANA_APP], NS_US(100));
    ana_sweep_fini(&s);
}

static void test_nothing(void **state)
{
    struct ana_sweep s;
    (void)state;
    struct ana_budget b = whole_budget(&s);
    assert_false(b.identified);
    assert_non_null(b.why_not);
    ana_sweep_fini(&s);
}

/* Three users share one connection: it changes hands within 100 us all the time. */
static void test_handoff_under_saturation(void **state)
{
    struct ana_sweep s;
    const int64_t n = 300;
    (void)state;
    pool(true);
    conn(-2000, -1000);
    level(0, n * 1100);
    for (int64_t i = 0; i < n; i++) {
        request(i < 3 ? 0 : (i - 3) * 1100 + 1050, i * 1100 + 1050);
        checkout(0, i * 1100, i * 1100 + 1000, false);
        statement(0, i * 1100, i * 1100 + 1000, true);
    }
    assert_int_equal(ana_sweep_all(&s, &facts), PP_OK);
    assert_true(s.windows[0].saturated_ns > s.windows[0].ns * 98 / 100);
    ana_sweep_fini(&s);
}

/* Two users, four connections taken in turn: each idles only 1.2 ms at a time, yet two are always free. */
static void test_no_handoff_under_light_load(void **state)
{
    struct ana_sweep s;
    const int64_t n = 400;
    (void)state;
    pool(true);
    for (int i = 0; i < 4; i++)
        conn(-2000, -1000);
    level(0, n * 300);
    for (int64_t i = 0; i < n; i++) {
        request(i * 300, i * 300 + 590);
        checkout((uint32_t)(i % 4), i * 300 + 20, i * 300 + 560, false);
        statement((uint32_t)(i % 4), i * 300 + 20, i * 300 + 560, true);
    }
    struct ana_budget b;
    struct ana_budget_rules rules = {0};
    assert_int_equal(ana_sweep_all(&s, &facts), PP_OK);
    ana_budget_make(&b, &s.levels[0], &rules);
    assert_int_equal(s.windows[0].saturated_ns, 0);
    assert_int_equal(b.ns[ANA_ACQUIRE_EXHAUSTED], 0);
    assert_int_equal(s.gap_count, 0);
    assert_int_equal(s.free_min, 2);
    ana_sweep_fini(&s);
}

static void test_handoff_limit(void **state)
{
    struct ana_gap gaps[200];
    (void)state;
    for (size_t i = 0; i < 200; i++)
        gaps[i] = (struct ana_gap){.ns = 30000 + (int64_t)i * 500, .waiting = 40};
    assert_int_equal(ana_handoff_limit(gaps, 19), ANA_HANDOFF_DEFAULT_NS);
    int64_t limit_ns = ana_handoff_limit(gaps, 200);
    assert_in_range(limit_ns, 130000, 700000);
    /* Long idle times with hardly anybody without a connection are no hand-offs. */
    for (size_t i = 0; i < 90; i++)
        gaps[i] = (struct ana_gap){.ns = 50000000, .waiting = 2};
    for (size_t i = 90; i < 200; i++)
        gaps[i] = (struct ana_gap){.ns = 30000, .waiting = 40};
    assert_in_range(ana_handoff_limit(gaps, 200), 50000, 200000);
    for (size_t i = 0; i < 200; i++)
        gaps[i] = (struct ana_gap){.ns = 50000000, .waiting = 2};
    assert_int_equal(ana_handoff_limit(gaps, 200), ANA_HANDOFF_MAX_NS);
    /* A busy event loop is slow to hand over: its own lengths are the limit, without a margin. */
    for (size_t i = 0; i < 200; i++)
        gaps[i] = (struct ana_gap){.ns = 6000000, .waiting = 40};
    assert_int_equal(ana_handoff_limit(gaps, 200), 6000000);
    for (size_t i = 0; i < 200; i++)
        gaps[i].ns = 1000000;
    assert_int_equal(ana_handoff_limit(gaps, 200), 2000000);
}

/* The application's pool is the one of its host with the work; a tool and a trickle are not. */
static void test_choose_pools(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        pool(false);
        conn(-2000, -1000);
        facts.conns[i].pool = (uint32_t)i;
    }
    facts.pools[1].tool = true;
    facts.pools[2].host = OTHER_HOST;
    request(0, 1000000);
    for (int64_t i = 0; i < 1000; i++) {
        checkout(0, i * 900, i * 900 + 100, false);
        checkout(1, i * 900, i * 900 + 100, false);
        checkout(2, i * 900, i * 900 + 100, false);
    }
    checkout(3, 500, 600, false);
    assert_int_equal(ana_pools_choose(&facts), PP_OK);
    assert_true(facts.pools[0].application);
    assert_false(facts.pools[1].application);
    assert_false(facts.pools[2].application);
    assert_false(facts.pools[3].application);
    facts.requests[0].host = 77; /* behind address translation: every pool with work, but for tools */
    assert_int_equal(ana_pools_choose(&facts), PP_OK);
    assert_true(facts.pools[0].application);
    assert_false(facts.pools[1].application);
    assert_true(facts.pools[2].application);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, clear, clear)
    const struct CMUnitTest tests[] = {
        T(test_one_request),       T(test_least_size_is_after_filling),
        T(test_wait_is_seen),      T(test_two_levels),
        T(test_outside_work),      T(test_loss_is_unattributed),
        T(test_opaque_connection), T(test_odd_requests),
        T(test_nothing),           T(test_handoff_under_saturation),
        T(test_handoff_limit),     T(test_no_handoff_under_light_load),
        T(test_choose_pools),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

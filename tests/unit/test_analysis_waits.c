/* summary: unit tests of what a pool was doing over time and of the wait in a gap: sums, edges, empty input,
 * times that go back */
#include "details.h"
#include "join_model.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define US INT64_C(1000)
#define HANDOFF (50 * US)
#define MOST 400

/* A pool with its connections and checkouts, all in us. */
struct world {
    struct ana_facts f;
    struct fact_pool pool;
    struct fact_conn conns[8];
    struct fact_checkout checkouts[MOST];
    struct fact_request requests[MOST];
    struct ana_pool_times times;
};

static struct world *world_new(bool parallel)
{
    struct world *w = calloc(1, sizeof *w);
    assert_non_null(w);
    w->pool = (struct fact_pool){.id = 1, .application = true, .parallel = parallel};
    w->f = (struct ana_facts){.pools = &w->pool,
                              .pool_count = 1,
                              .conns = w->conns,
                              .checkouts = w->checkouts,
                              .requests = w->requests};
    return w;
}

static uint32_t conn(struct world *w, int64_t open, int64_t ready)
{
    w->conns[w->f.conn_count] =
        (struct fact_conn){.id = w->f.conn_count + 1, .open_ns = open * US, .ready_ns = ready * US};
    return (uint32_t)w->f.conn_count++;
}

static uint32_t take(struct world *w, uint32_t on, int64_t from, int64_t to)
{
    assert_true(w->f.checkout_count < MOST);
    w->checkouts[w->f.checkout_count] =
        (struct fact_checkout){.start_ns = from * US, .end_ns = to * US, .conn = on, .statements = 1};
    return (uint32_t)w->f.checkout_count++;
}

static uint32_t request(struct world *w, int64_t from, int64_t to)
{
    assert_true(w->f.request_count < MOST);
    w->requests[w->f.request_count] = (struct fact_request){.id = w->f.request_count + 1,
                                                            .arrival_ns = from * US,
                                                            .request_end_ns = from * US,
                                                            .first_ns = to * US,
                                                            .last_ns = to * US,
                                                            .level = FACT_NONE,
                                                            .complete = true};
    return (uint32_t)w->f.request_count++;
}

static void walk(struct world *w)
{
    assert_int_equal(ana_pool_times_make(&w->times, &w->f, HANDOFF), PP_OK);
}

static void world_free(struct world **wp)
{
    ana_pool_times_fini(&(*wp)->times);
    free(*wp);
    *wp = NULL;
}

/* The split in us; its parts have to add up. */
static struct ana_pool_split split(const struct world *w, int64_t from, int64_t to)
{
    struct ana_pool_split x = ana_pool_split_of(&w->times, 0, from * US, to * US);
    int64_t ns = to > from ? (to - from) * US : 0;
    assert_true(x.exhausted_ns >= 0 && x.gated_ns >= 0 && x.idle_ns >= 0);
    assert_int_equal(x.exhausted_ns + x.gated_ns + x.idle_ns, ns);
    return (struct ana_pool_split){x.exhausted_ns / US, x.gated_ns / US, x.idle_ns / US};
}

static void nothing_recorded(void **state)
{
    (void)state;
    struct ana_facts none = {.conn_count = 0};
    struct ana_pool_times t;
    assert_int_equal(ana_pool_times_make(&t, &none, HANDOFF), PP_OK);
    struct ana_pool_split x = ana_pool_split_of(&t, 0, 5, 10); /* of a pool that is not there */
    assert_int_equal(x.exhausted_ns, 5);
    x = ana_pool_split_of(&t, 0, 10, 5);
    assert_int_equal(x.exhausted_ns + x.gated_ns + x.idle_ns, 0);
    ana_pool_times_fini(&t);
    ana_pool_times_fini(&t);            /* once more is nothing */
    struct world *w = world_new(false); /* a pool without connections */
    walk(w);
    assert_int_equal(split(w, 0, 100).exhausted_ns, 100);
    world_free(&w);
}

/* One connection from hand to hand. */
static void exhausted(void **state)
{
    (void)state;
    struct world *w = world_new(false);
    uint32_t c = conn(w, 100, 200);
    take(w, c, 1000, 2000);
    uint32_t second = take(w, c, 2010, 3000);
    walk(w);
    struct ana_pool_split x = split(w, 1200, 2010);
    assert_int_equal(x.exhausted_ns, 810);
    assert_int_equal(split(w, 1500, 1500).exhausted_ns, 0);
    assert_int_equal(split(w, 2010, 1500).exhausted_ns, 0);
    const struct ana_grant *g = &w->times.grants[second];
    assert_int_equal(g->granted_ns / US, 2000);
    assert_int_equal(g->closed_ns / US, 1000);
    assert_int_equal(g->dial_ns, 0);
    assert_false(g->held_up);
    world_free(&w);
}

/* Free for longer than a hand-over: whoever waited then, waited for no connection. */
static void lost_wakeup(void **state)
{
    (void)state;
    struct world *w = world_new(false);
    uint32_t c = conn(w, 100, 200);
    take(w, c, 1000, 2000);
    take(w, c, 2400, 3000);
    walk(w);
    struct ana_pool_split x = split(w, 1500, 2400);
    assert_int_equal(x.exhausted_ns, 500);
    assert_int_equal(x.idle_ns, 400);
    assert_int_equal(x.gated_ns, 0);
    world_free(&w);
}

/* One connection is idle while another is dialled: under the lock nobody gets it, else it is just idle. */
static void gated_by_a_dial(void **state)
{
    (void)state;
    for (int parallel = 0; parallel < 2; parallel++) {
        struct world *w = world_new(parallel);
        uint32_t a = conn(w, 100, 200), b = conn(w, 2000, 5000);
        take(w, a, 1000, 2100);
        uint32_t after = take(w, a, 5020, 6000);
        take(w, b, 5030, 6000);
        walk(w);
        struct ana_pool_split x = split(w, 2100, 5020);
        assert_int_equal(x.gated_ns, parallel ? 0 : 2900);
        assert_int_equal(x.idle_ns, parallel ? 2920 : 20);
        assert_int_equal(x.exhausted_ns, 0);
        const struct ana_grant *g = &w->times.grants[after];
        assert_int_equal(g->held_up, !parallel);
        assert_int_equal(g->granted_ns / US, parallel ? 2100 : 5000); /* until the dial was over */
        world_free(&w);
    }
}

/* With one connection idle, only the first of a queue waits for the dial; the others would wait without it,
 * too. */
static void only_as_many_as_are_free(void **state)
{
    (void)state;
    struct world *w = world_new(false);
    uint32_t a = conn(w, 100, 200), b = conn(w, 2000, 5000);
    take(w, a, 1000, 2100);
    take(w, a, 5020, 6000);
    take(w, b, 5030, 7000);
    take(w, a, 6010, 7000); /* third in the queue */
    walk(w);
    struct ana_pool_split x = split(w, 2100, 6010);
    assert_int_equal(x.gated_ns, 0);
    assert_int_equal(x.exhausted_ns + x.idle_ns, 3910);
    world_free(&w);
}

/* A connection that was dialled for a request: its dial is its own, not a wait for others. */
static void own_dial(void **state)
{
    (void)state;
    struct world *w = world_new(true);
    uint32_t a = conn(w, 1000, 1800);
    w->conns[a].dial_ns = 1000 * US;
    uint32_t t = take(w, a, 1810, 3000);
    walk(w);
    assert_int_equal(w->times.grants[t].dial_ns / US, 1000);
    assert_int_equal(w->times.grants[t].granted_ns / US, 1000);
    assert_false(w->times.grants[t].held_up);
    world_free(&w);
}

static uint32_t seed = 1;
static int64_t below(int64_t n)
{
    seed = seed * 1664525u + 1013904223u;
    return (int64_t)((seed >> 8) % (uint64_t)n);
}

/* Whatever order the times have (a clock that was set back): parts are never negative and add up. */
static void any_times_add_up(void **state)
{
    (void)state;
    for (int round = 0; round < 40; round++) {
        struct world *w = world_new(round % 2);
        for (int i = 0; i < 6; i++) {
            uint32_t c = conn(w, 1 + below(5000), 1 + below(5000));
            w->conns[c].close_ns = below(3) ? 0 : below(9000) * US;
            w->conns[c].mid_stream = below(5) == 0;
            w->conns[c].pool = below(6) == 0 ? FACT_NONE : 0;
            w->conns[c].dial_ns = below(3) ? 0 : w->conns[c].open_ns;
        }
        for (int i = 0; i < 60; i++) {
            int64_t from = below(8000);
            uint32_t k = take(w, (uint32_t)below(6), from, from + below(600) - 100);
            (void)request(w, below(8000), below(8000));
            w->checkouts[k].voided = below(10) == 0;
        }
        walk(w);
        for (int i = 0; i < 200; i++)
            (void)split(w, below(9000) - 500, below(9000) - 500);
        world_free(&w);
    }
}

/* ---- the wait in a gap ---- */

/* One route of one checkout. The model has one slot; what the application takes is learned from direct gaps.
 */
struct gaps {
    struct world *w;
    struct ana_details d;
    struct jn_model model;
    struct jn_slot slot;
    struct ana_link links[MOST];
    struct ana_chain chains[MOST];
};

static struct gaps *gaps_new(bool parallel)
{
    struct gaps *g = calloc(1, sizeof *g);
    assert_non_null(g);
    g->w = world_new(parallel);
    g->slot.parent = JN_NONE;
    g->model = (struct jn_model){.slot = &g->slot, .slot_count = 1};
    return g;
}

static void join(struct gaps *g, uint32_t checkout, uint32_t request_at, bool direct)
{
    g->links[checkout] = (struct ana_link){.request = request_at,
                                           .prev = FACT_NONE,
                                           .next = FACT_NONE,
                                           .confidence = 1,
                                           .how = ANA_JOIN_INFERRED,
                                           .direct = direct,
                                           .spare = direct};
}

static void gaps_learn(struct gaps *g)
{
    walk(g->w);
    g->d = (struct ana_details){.facts = g->w->f,
                                .join = {.links = g->links, .chains = g->chains, .model = &g->model},
                                .times = g->w->times};
    assert_int_equal(ana_gaps_make(&g->d), PP_OK);
}

static void gaps_free(struct gaps **gp)
{
    ana_gaps_free(&(*gp)->d.gaps);
    ana_gaps_free(&(*gp)->d.gaps);
    world_free(&(*gp)->w);
    free(*gp);
    *gp = NULL;
}

/* `n` requests one by one, each a checkout `app` us after its arrival. */
static int64_t alone(struct gaps *g, uint32_t c, int n, int64_t app)
{
    int64_t t = 10000;
    for (int i = 0; i < n; i++, t += 10000) {
        uint32_t r = request(g->w, t, t + app + 1500);
        join(g, take(g->w, c, t + app, t + app + 1000), r, true);
    }
    return t;
}

static struct ana_gap_wait wait_of(const struct gaps *g, uint32_t checkout, int64_t gap_us)
{
    struct ana_gap_wait w = ana_gap_wait_of(&g->d, checkout);
    assert_true(w.ns >= 0 && w.low_ns >= 0 && w.var_ns2 >= 0 && w.dial_ns >= 0);
    assert_true(w.low_ns <= w.ns && w.ns <= w.high_ns);
    assert_true(w.high_ns + w.dial_ns <= (double)(gap_us * US) + 1);
    return w;
}

/* Who got a connection at once did not wait, however long the application took. */
static void free_connections(void **state)
{
    (void)state;
    struct gaps *g = gaps_new(false);
    alone(g, conn(g->w, 100, 200), 30, 300);
    uint32_t c = conn(g->w, 110, 210), r = request(g->w, 900000, 990000);
    uint32_t slow = take(g->w, c, 980000, 985000), nobody = take(g->w, c, 995000, 996000);
    join(g, slow, r, true);
    join(g, nobody, FACT_NONE, true);
    gaps_learn(g);
    assert_true(wait_of(g, 0, 300).ns == 0);
    assert_true(wait_of(g, slow, 80000).ns == 0);
    struct ana_gap_wait none = ana_gap_wait_of(&g->d, nobody); /* of no request */
    assert_true(none.ns == 0 && none.high_ns == 0 && none.dial_ns == 0);
    gaps_free(&g);
}

/* Two come to one connection, one a little later: it waits while the first has it. */
static void behind_another(void **state)
{
    (void)state;
    struct gaps *g = gaps_new(false);
    uint32_t c = conn(g->w, 100, 200);
    int64_t t = alone(g, c, 30, 300);
    uint32_t first = request(g->w, t, t + 5000), second = request(g->w, t + 100, t + 9000);
    join(g, take(g->w, c, t + 300, t + 4300), first, true);
    uint32_t late = take(g->w, c, t + 4310, t + 8310);
    join(g, late, second, false);
    gaps_learn(g);
    struct ana_gap_wait w = wait_of(g, late, 4210);
    assert_true(fabs(w.ns / 1e3 - 3910) < 50); /* bins are an eighth wide */
    assert_true(w.low_ns <= 3910e3 + 50e3 && w.high_ns >= 3910e3 - 50e3);
    gaps_free(&g);
}

/* Its own dial was seen: it is no estimate, and what is before it is none either. */
static void behind_its_own_dial(void **state)
{
    (void)state;
    struct gaps *g = gaps_new(true);
    int64_t t = alone(g, conn(g->w, 100, 200), 30, 300);
    uint32_t c = conn(g->w, t + 300, t + 2300), r = request(g->w, t, t + 9000);
    g->w->conns[c].dial_ns = (t + 300) * US;
    uint32_t k = take(g->w, c, t + 2310, t + 5000);
    join(g, k, r, false);
    gaps_learn(g);
    struct ana_gap_wait w = wait_of(g, k, 2310);
    assert_true(w.dial_ns == (double)(2010 * US));
    assert_true(w.ns == 0);
    gaps_free(&g);
}

/* Nothing is known of the application: anything from none to all of the time that could be a wait. */
static void nothing_learned(void **state)
{
    (void)state;
    struct gaps *g = gaps_new(false);
    uint32_t c = conn(g->w, 100, 200);
    take(g->w, c, 10000, 14000);
    join(g, 0, FACT_NONE, true);
    uint32_t r = request(g->w, 10500, 19000), k = take(g->w, c, 14010, 18000);
    join(g, k, r, false);
    gaps_learn(g);
    struct ana_gap_wait w = wait_of(g, k, 3510);
    assert_true(w.low_ns == 0 && w.high_ns == (double)(3510 * US));
    assert_true(w.ns == w.high_ns / 2);
    gaps_free(&g);
}

/* Connections of threads: nobody waits for one but during its dial. */
static void threads_do_not_wait(void **state)
{
    (void)state;
    struct gaps *g = gaps_new(false);
    uint32_t c = conn(g->w, 100, 200);
    int64_t t = alone(g, c, 30, 300);
    uint32_t first = request(g->w, t, t + 5000), second = request(g->w, t, t + 9000);
    join(g, take(g->w, c, t + 300, t + 4300), first, true);
    uint32_t late = take(g->w, c, t + 4310, t + 8310);
    join(g, late, second, false);
    g->w->pool.per_thread = true;
    gaps_learn(g);
    assert_true(wait_of(g, late, 4310).ns == 0);
    gaps_free(&g);
}

/* A checkout before its request's arrival, as after a step of the clock, has no gap. */
static void gaps_that_go_back(void **state)
{
    (void)state;
    struct gaps *g = gaps_new(false);
    uint32_t c = conn(g->w, 100, 200);
    alone(g, c, 30, 300);
    uint32_t r = request(g->w, 700000, 701000), k = take(g->w, c, 690000, 691000);
    join(g, k, r, false);
    gaps_learn(g);
    struct ana_gap_wait w = wait_of(g, k, 0);
    assert_true(w.ns == 0 && w.high_ns == 0);
    gaps_free(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_recorded),
        cmocka_unit_test(exhausted),
        cmocka_unit_test(lost_wakeup),
        cmocka_unit_test(gated_by_a_dial),
        cmocka_unit_test(only_as_many_as_are_free),
        cmocka_unit_test(own_dial),
        cmocka_unit_test(any_times_add_up),
        cmocka_unit_test(free_connections),
        cmocka_unit_test(behind_another),
        cmocka_unit_test(behind_its_own_dial),
        cmocka_unit_test(nothing_learned),
        cmocka_unit_test(threads_do_not_wait),
        cmocka_unit_test(gaps_that_go_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

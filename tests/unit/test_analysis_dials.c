/* summary: tests of dials: for which requests a connection was opened, and since when they waited for just
 * that */
#include "parts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define US 1000

enum { CONNS_MAX = 4 };

struct dialled {
    int64_t open_us, ready_us, close_us; /* close_us 0: stays open */
    int64_t first_us;                    /* of its first checkout, 0: none */
    int64_t since_us;                    /* wanted: since when a request waited for its dial, 0: none did */
};

static void find(const struct dialled *d, size_t n)
{
    struct fact_pool pool = {.id = 1, .application = true};
    struct fact_conn conns[CONNS_MAX] = {{0}};
    struct fact_checkout checkouts[CONNS_MAX] = {{0}};
    struct ana_facts f = {
        .conns = conns, .conn_count = n, .checkouts = checkouts, .pools = &pool, .pool_count = 1};
    for (size_t i = 0; i < n; i++) {
        conns[i] = (struct fact_conn){.open_ns = d[i].open_us * US,
                                      .ready_ns = d[i].ready_us * US,
                                      .close_ns = d[i].close_us * US,
                                      .dial_ns = 77};
        if (d[i].first_us > 0)
            checkouts[f.checkout_count++] = (struct fact_checkout){
                .conn = (uint32_t)i, .start_ns = d[i].first_us * US, .end_ns = d[i].first_us * US + 1};
    }
    assert_int_equal(ana_dials_find(&f), PP_OK);
    for (size_t i = 0; i < n; i++)
        assert_int_equal((conns[i].dial_ns + US - 1) / US, d[i].since_us);
}
#define FIND(...)                                                                                            \
    do {                                                                                                     \
        const struct dialled d[] = {__VA_ARGS__};                                                            \
        find(d, sizeof d / sizeof d[0]);                                                                     \
    } while (0)

/* A connection that is taken when it is there was waited for; one that lies about was not. */
static void own_and_spare(void **state)
{
    (void)state;
    FIND({100, 900, 0, 950, 100}, {20000, 20800, 0, 90000, 0}, {30000, 30800, 0, 0, 0});
}

/* One that was too old was closed first. */
static void in_the_place_of_a_closed_one(void **state)
{
    (void)state;
    FIND({100, 900, 50000, 950, 100}, {50200, 51000, 0, 51050, 50000});
    FIND({100, 900, 50000, 950, 100},
         {55200, 56000, 0, 56050, 55200}); /* closed long before: no part of it */
}

/* Under the pool's lock: closed while somebody else's connection was dialled, whether that was taken at once
 * or not. Its own dial begins when that one is there. */
static void after_the_dial_before(void **state)
{
    (void)state;
    FIND({100, 900, 50000, 950, 100}, {49900, 50700, 0, 50750, 49900}, {50900, 51700, 0, 51750, 50701});
    FIND({100, 900, 50000, 950, 100}, {49900, 50700, 0, 90000, 0}, {50900, 51700, 0, 51750, 50701});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(own_and_spare),
        cmocka_unit_test(in_the_place_of_a_closed_one),
        cmocka_unit_test(after_the_dial_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

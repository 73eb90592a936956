/* summary: where the recorder stood, from made-up handshakes */
#include "parts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

static enum ana_place place(const char *client, const char *server, int64_t synack_us, int64_t rtt_us,
                            int count)
{
    char c[32];
    char s[32];
    strcpy(c, client);
    strcpy(s, server);
    struct ana_pool p = {.client_host = c, .server = s};
    struct sto_connection k = {.synack_ns = synack_us * 1000, .rtt_ns = rtt_us * 1000};
    for (int i = 0; i < count; i++)
        assert_int_equal(ana_vantage_add(&p, &k), PP_OK);
    /* of no use: mid-stream, not seen, contradicting itself */
    k.mid_stream = true;
    assert_int_equal(ana_vantage_add(&p, &k), PP_OK);
    k = (struct sto_connection){.synack_ns = -1, .rtt_ns = 50};
    assert_int_equal(ana_vantage_add(&p, &k), PP_OK);
    k = (struct sto_connection){.synack_ns = 60, .rtt_ns = 50};
    assert_int_equal(ana_vantage_add(&p, &k), PP_OK);
    ana_vantage_finish(&p);
    if (count > 0)
        assert_int_equal(hist_count(p.vantage.to_server.hist), count);
    hist_free(&p.vantage.to_server.hist);
    hist_free(&p.vantage.to_client.hist);
    return p.vantage.place;
}

static void places(void **state)
{
    (void)state;
    assert_int_equal(place("10.0.0.1", "10.0.0.2:3306", 30, 1030, 5), ANA_PLACE_SERVER);
    assert_int_equal(place("10.0.0.1", "10.0.0.2:3306", 1000, 1030, 5), ANA_PLACE_CLIENT);
    assert_int_equal(place("10.0.0.1", "10.0.0.2:3306", 500, 1000, 5), ANA_PLACE_BETWEEN);
    assert_int_equal(place("10.0.0.1", "10.0.0.2:3306", 30, 1030, 2), ANA_PLACE_UNKNOWN);
    /* One way is ten times the other, but both go over a network. */
    assert_int_equal(place("10.0.0.1", "10.0.0.2:3306", 40000, 44400, 5), ANA_PLACE_BETWEEN);
    assert_int_equal(place("10.0.0.1", "10.0.0.2:3306", 4400, 44400, 5), ANA_PLACE_BETWEEN);
    assert_int_equal(place("10.0.0.1", "10.0.0.2:3306", 20, 120, 9), ANA_PLACE_UNKNOWN);
    assert_int_equal(place("10.0.0.1", "10.0.0.2:3306", 0, 0, 0), ANA_PLACE_UNKNOWN);
    assert_int_equal(place("127.0.0.1", "127.0.0.1:3306", 20, 60, 5), ANA_PLACE_SAME);
    assert_int_equal(place("10.0.0.2", "10.0.0.2:3306", 20, 60, 5), ANA_PLACE_SAME);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(places)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

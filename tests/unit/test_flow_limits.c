/* summary: flow: limits on connections and buffers, tombstones, memory of many connections */
#include "test_flow_util.h"

#include <malloc.h>

static void send_text(struct journal *j, uint16_t port, char from, const char *flags, uint32_t seq,
                      const char *data)
{
    const struct step st = {from, flags, seq, 1, data, 0, 0};
    send_from(j, 0x0a000001, port, &st);
}

static void test_evicts_the_idle(void **state)
{
    (void)state;
    const struct flow_options o = {.max_conns = 2};
    struct journal j;
    struct flow_counters n;
    journal_init(&j, &o);
    send_text(&j, 5001, 'C', "S", 1, NULL);
    send_text(&j, 5002, 'C', "S", 1, NULL);
    send_text(&j, 5001, 'C', "AP", 2, "a"); /* now 5002 is the idle one */
    send_text(&j, 5002, 'C', "AP", 4, "z"); /* and now 5001, with 5002 holding bytes behind a hole */
    send_text(&j, 5003, 'C', "S", 1, NULL);
    assert_string_equal(j.text, "O O >a X:evicted O");
    send_text(&j, 5004, 'C', "S", 1, NULL);
    assert_string_equal(j.text, "O O >a X:evicted O >[2] >z X:evicted O");
    flow_get_counters(j.flow, &n);
    assert_int_equal(n.evicted, 2);
    flow_free(&j.flow);
}

static void test_one_connections_buffer(void **state)
{
    (void)state;
    const struct flow_options o = {.max_conn_bytes = 150};
    struct journal j;
    journal_init(&j, &o);
    send_text(&j, 5001, 'C', "S", 0, NULL);
    for (uint32_t i = 0; i < 4; i++)
        send_text(&j, 5001, 'C', "AP", 11 + 20 * i, "0123456789");
    /* The hole that is given up is the first; the others stay open. */
    assert_memory_equal(j.text, "O >[10] >0123456789", 19);
    send_text(&j, 5001, 'C', "AP", 1, "late bytes"); /* too late */
    flow_finish(j.flow, 0);
    struct flow_counters n;
    flow_get_counters(j.flow, &n);
    assert_int_equal(n.late_segments, 1);
    assert_int_equal(n.gap_bytes, 40);
    assert_int_equal(n.buffer_limits, 1);
    assert_true(n.buffered_peak_bytes <= 150);
    flow_free(&j.flow);
}

/* What lies around bytes that wait already costs more than its length: each piece has a head of its own. */
static void test_pieces_around_others(void **state)
{
    (void)state;
    const struct flow_options alone = {.max_conn_bytes = 350}, all = {.max_total_bytes = 350};
    const struct flow_options *const limits[] = {&alone, &all};
    for (size_t k = 0; k < 2; k++) {
        struct journal j;
        struct flow_counters n;
        journal_init(&j, limits[k]);
        send_text(&j, 5001, 'C', "S", 0, NULL);
        for (uint32_t i = 0; i < 5; i++)
            send_text(&j, 5001, 'C', "AP", 11 + 4 * i, "x");
        send_text(&j, 5001, 'C', "AP", 10, "abcdefghijklmnopqrstuvwx");
        send_text(&j, 5001, 'C', "AP", 12, "cdef"); /* nothing new, and no reason to give anything up */
        flow_get_counters(j.flow, &n);
        assert_true(n.buffered_peak_bytes <= 350);
        assert_int_equal(n.buffer_limits, 1);
        assert_string_equal(j.text, "O >[9] >a >x >cde >x >ghi >x >klm >x >opq >x >stuvwx");
        flow_free(&j.flow);
    }
}

static void test_a_segment_larger_than_the_buffer(void **state)
{
    (void)state;
    const struct flow_options o = {.max_conn_bytes = 20};
    struct journal j;
    journal_init(&j, &o);
    send_text(&j, 5001, 'C', "S", 0, NULL);
    send_text(&j, 5001, 'C', "AP", 4, "a text longer than twenty bytes");
    assert_string_equal(j.text, "O >[3] >a text longer than twenty bytes");
    flow_free(&j.flow);
}

/* Very small pieces cost little memory each, and a walk over all of them: their number is limited too. */
static void test_number_of_pieces(void **state)
{
    (void)state;
    struct journal j;
    struct flow_counters n;
    journal_init(&j, NULL);
    send_text(&j, 5001, 'C', "S", 0, NULL);
    for (uint32_t i = 0; i < 5000; i++)
        send_text(&j, 5001, 'C', "AP", 2 + 2 * i, "x");
    flow_get_counters(j.flow, &n);
    assert_in_range(n.gaps, 900, 910);
    assert_int_equal(n.buffer_limits, n.gaps);
    flow_free(&j.flow);
}

static void test_buffer_of_all(void **state)
{
    (void)state;
    const struct flow_options o = {.max_total_bytes = 200};
    struct journal j;
    journal_init(&j, &o);
    for (uint16_t port = 1; port <= 4; port++) {
        char data[3] = {'c', (char)('0' + port), '\0'};
        send_text(&j, port, 'C', "S", 0, NULL);
        send_text(&j, port, 'C', "AP", 4, data);
    }
    send_text(&j, 9, 'C', "S", 0, NULL);
    send_text(&j, 9, 'C', "AP", 4, "0123456789012345678901234567890123456789012345678901234567890123456789");
    /* The oldest holes go first. */
    assert_non_null(strstr(j.text, "O >[3] >c1"));
    assert_non_null(strstr(j.text, ">c1 >[3] >c2"));
    assert_null(strstr(j.text, "0123"));
    struct flow_counters n;
    flow_get_counters(j.flow, &n);
    assert_true(n.buffered_peak_bytes <= 200);
    flow_free(&j.flow);
}

/* More closed connections than are remembered: memory stays bounded, each 4-tuple can be used again. */
static void test_many_short_connections(void **state)
{
    (void)state;
    struct journal j;
    struct flow_counters n;
    journal_init(&j, NULL);
    for (uint32_t i = 0; i < 100000; i++) {
        uint16_t port = (uint16_t)(1024 + i % 30000);
        j.len = 0;
        send_text(&j, port, 'C', "S", i * 1000, NULL);
        send_text(&j, port, 'C', "AP", i * 1000 + 1, "q");
        send_text(&j, port, 'C', "RA", i * 1000 + 2, NULL);
        send_text(&j, port, 'C', "A", i * 1000 + 2, NULL);
        assert_string_equal(j.text, "O >q X:rst");
    }
    flow_get_counters(j.flow, &n);
    assert_int_equal(n.opened, 100000);
    assert_int_equal(n.closed, 100000);
    flow_finish(j.flow, 0);
    flow_free(&j.flow);
}

static void test_memory_of_ten_thousand(void **state)
{
    (void)state;
    struct journal j;
    size_t before = mallinfo2().uordblks + mallinfo2().hblkhd;
    journal_init(&j, NULL);
    for (uint32_t i = 0; i < 10000; i++) {
        uint16_t port = (uint16_t)(1024 + i);
        j.len = 0;
        send_text(&j, port, 'C', "S", 0, NULL);
        send_text(&j, port, 'S', "SA", 0, NULL);
        send_text(&j, port, 'C', "AP", 1, "select 1");
        assert_string_equal(j.text, "O >select 1");
    }
    size_t used = mallinfo2().uordblks + mallinfo2().hblkhd - before;
    print_message("10000 connections: %zu bytes\n", used); /* 0 where a sanitizer replaces malloc */
    assert_true(used < (size_t)16 << 20);
    assert_int_equal(j.live, 10000);
    flow_finish(j.flow, 0);
    assert_int_equal(j.live, 0);
    flow_free(&j.flow);
}

static void test_same_end_twice(void **state)
{
    (void)state;
    struct journal j;
    journal_init(&j, NULL);
    struct cap_endpoint e = end_at(0x7f000001, SERVER_PORT);
    struct cap_segment seg = {.src = e, .dst = e, .flags = CAP_SYN, .seq = 9};
    flow_on_segment(j.flow, &seg);
    seg = (struct cap_segment){.src = e,
                               .dst = e,
                               .flags = CAP_ACK,
                               .seq = 10,
                               .ack = 10,
                               .payload = (const uint8_t *)"x",
                               .payload_bytes = 1,
                               .wire_bytes = 1};
    flow_on_segment(j.flow, &seg);
    flow_finish(j.flow, 0);
    assert_int_equal(j.live, 0);
    flow_free(&j.flow);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_evicts_the_idle),
        cmocka_unit_test(test_one_connections_buffer),
        cmocka_unit_test(test_pieces_around_others),
        cmocka_unit_test(test_a_segment_larger_than_the_buffer),
        cmocka_unit_test(test_number_of_pieces),
        cmocka_unit_test(test_buffer_of_all),
        cmocka_unit_test(test_many_short_connections),
        cmocka_unit_test(test_memory_of_ten_thousand),
        cmocka_unit_test(test_same_end_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

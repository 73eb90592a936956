/* summary: flow: each rule of reassembly as a short table of segments and the events that must come out */
#include "test_flow_util.h"

/* After it the client is at 100 and the server at 500. */
#define SHAKE                                                                                                \
    {'C', "S", 99, 0, NULL, 0, 0}, {'S', "SA", 499, 100, NULL, 0, 0},                                        \
    {                                                                                                        \
        'C', "A", 100, 500, NULL, 0, 0                                                                       \
    }
#define MAX_STEPS 16

struct rule {
    const char *name;
    struct step steps[MAX_STEPS];
    const char *before_finish;
    const char *at_finish; /* what flow_finish adds */
};

static const struct rule order_rules[] = {
    {"request and response",
     {SHAKE, {'C', "AP", 100, 500, "req", 0, 0}, {'S', "AP", 500, 103, "resp", 0, 0}},
     "O >req <resp",
     "X:end"},
    {"orderly end",
     {SHAKE,
      {'C', "AF", 100, 500, NULL, 0, 0},
      {'S', "AF", 500, 101, NULL, 0, 0},
      {'C', "A", 101, 501, NULL, 0, 0}},
     "O X:fin",
     NULL},
    {"out of order within a hole",
     {SHAKE,
      {'C', "AP", 103, 500, "def", 0, 0},
      {'C', "AP", 106, 500, "ghi", 0, 0},
      {'C', "AP", 100, 500, "abc", 0, 0}},
     "O >abc >def >ghi",
     "X:end"},
    {"whole repeat",
     {SHAKE, {'C', "AP", 100, 500, "abc", 0, 0}, {'C', "AP", 100, 500, "abc", 0, 0}},
     "O >abc",
     "X:end"},
    {"partial repeat brings only what is new",
     {SHAKE, {'C', "AP", 100, 500, "abc", 0, 0}, {'C', "AP", 101, 500, "XXd", 0, 0}},
     "O >abc >d",
     "X:end"},
    {"overlap keeps what was seen first",
     {SHAKE, {'C', "AP", 102, 500, "CD", 0, 0}, {'C', "AP", 100, 500, "abcdef", 0, 0}},
     "O >ab >CD >ef",
     "X:end"},
    {"overlap of waiting bytes keeps what was seen first",
     {SHAKE,
      {'C', "AP", 103, 500, "3", 0, 0},
      {'C', "AP", 105, 500, "5", 0, 0},
      {'C', "AP", 102, 500, "bcdef", 0, 0},
      {'C', "AP", 100, 500, "01", 0, 0}},
     "O >01 >b >3 >d >5 >f",
     "X:end"},
    {"repeat of waiting bytes",
     {SHAKE,
      {'C', "AP", 103, 500, "def", 0, 0},
      {'C', "AP", 103, 500, "def", 0, 0},
      {'C', "AP", 100, 500, "abc", 0, 0}},
     "O >abc >def",
     "X:end"},
    {"sequence wrap",
     {{'C', "S", 0xfffffffe, 0, NULL, 0, 0},
      {'S', "SA", 0xffffffff, 0xffffffff, NULL, 0, 0},
      {'C', "AP", 0xffffffff, 0, "ab", 0, 0},
      {'C', "AP", 4, 0, "fg", 0, 0},
      {'C', "AP", 1, 0, "cde", 0, 0},
      {'S', "AP", 0, 6, "x", 0, 0}},
     "O >ab >cde >fg <x",
     "X:end"},
    {"keep-alive probes are ignored",
     {SHAKE,
      {'C', "AP", 100, 500, "abc", 0, 0},
      {'S', "A", 500, 103, NULL, 0, 0},
      {'C', "A", 102, 500, "\x01", 0, 0},
      {'C', "A", 102, 500, NULL, 0, 0},
      {'S', "A", 500, 103, NULL, 0, 0},
      {'C', "AP", 103, 500, "d", 0, 0}},
     "O >abc >d",
     "X:end"},
    {"zero-window probe with the next byte",
     {SHAKE,
      {'C', "A", 100, 500, "a", 0, 0},
      {'S', "A", 500, 100, NULL, 0, 0},
      {'C', "AP", 100, 500, "abc", 0, 0}},
     "O >a >bc",
     "X:end"},
    {"half-close: the other side goes on",
     {SHAKE,
      {'C', "AFP", 100, 500, "abc", 0, 0},
      {'S', "AP", 500, 104, "one", 0, 0},
      {'S', "AP", 503, 104, "two", 0, 0},
      {'S', "AF", 506, 104, NULL, 0, 0}},
     "O >abc <one <two X:fin",
     NULL},
    {"FIN before the bytes in front of it",
     {SHAKE,
      {'C', "AF", 103, 500, NULL, 0, 0},
      {'S', "AF", 500, 100, NULL, 0, 0},
      {'C', "AP", 100, 500, "abc", 0, 0}},
     "O >abc X:fin",
     NULL},
};

static const struct rule gap_rules[] = {
    {"a hole is declared before the answer that acknowledges it",
     {SHAKE, {'C', "AP", 103, 500, "def", 0, 0}, {'S', "AP", 500, 106, "resp", 0, 0}},
     "O >[3] >def <resp",
     "X:end"},
    {"a lost tail is declared before the answer",
     {SHAKE, {'C', "AP", 100, 500, "abc", 0, 0}, {'S', "AP", 500, 110, "resp", 0, 0}},
     "O >abc >[7] <resp",
     "X:end"},
    {"an acknowledgement inside the hole gives up only so much",
     {SHAKE,
      {'C', "AP", 106, 500, "ghi", 0, 0},
      {'S', "A", 500, 102, NULL, 0, 0},
      {'C', "AP", 102, 500, "cdef", 0, 0}},
     "O >[2] >cdef >ghi",
     "X:end"},
    {"two holes, one acknowledgement",
     {SHAKE,
      {'C', "AP", 102, 500, "c", 0, 0},
      {'C', "AP", 105, 500, "f", 0, 0},
      {'S', "A", 500, 108, NULL, 0, 0}},
     "O >[2] >c >[2] >f >[2]",
     "X:end"},
    {"an acknowledgement before the hole changes nothing",
     {SHAKE,
      {'C', "AP", 103, 500, "def", 0, 0},
      {'S', "A", 500, 100, NULL, 0, 0},
      {'C', "AP", 100, 500, "abc", 0, 0}},
     "O >abc >def",
     "X:end"},
    {"a late segment is dropped",
     {SHAKE,
      {'C', "AP", 103, 500, "def", 0, 0},
      {'S', "A", 500, 106, NULL, 0, 0},
      {'C', "AP", 100, 500, "abc", 0, 0}},
     "O >[3] >def",
     "X:end"},
    {"the end delivers what waits",
     {SHAKE, {'C', "AP", 103, 500, "def", 0, 0}, {'S', "AP", 504, 100, "x", 0, 0}},
     "O",
     ">[3] >def <[4] <x X:end"},
    {"bytes missing before a FIN",
     {SHAKE, {'C', "AP", 100, 500, "abc", 0, 0}, {'C', "AF", 110, 500, NULL, 0, 0}},
     "O >abc",
     ">[7] X:end"},
    {"the acknowledged FIN is no byte",
     {SHAKE,
      {'C', "AF", 105, 500, NULL, 0, 0},
      {'S', "A", 500, 106, NULL, 0, 0},
      {'S', "AF", 500, 106, NULL, 0, 0}},
     "O >[5] X:fin",
     NULL},
    {"a FIN that only its acknowledgement shows",
     {SHAKE, {'C', "AP", 100, 500, "abc", 0, 0}, {'S', "AF", 500, 104, NULL, 0, 0}},
     "O >abc X:fin",
     NULL},
    {"one lost byte that looked like a FIN",
     {SHAKE,
      {'C', "AP", 100, 500, "abc", 0, 0},
      {'S', "A", 500, 104, NULL, 0, 0},
      {'C', "AP", 104, 500, "def", 0, 0}},
     "O >abc >[1] >def",
     "X:end"},
    {"one lost byte that is answered later, and no FIN",
     {SHAKE,
      {'C', "AP", 100, 500, "abc", 0, 0},
      {'S', "A", 500, 104, NULL, 0, 0},
      {'S', "AP", 500, 104, "x", 0, 0},
      {'S', "AF", 501, 104, NULL, 0, 0}},
     "O >abc >[1] <x",
     "X:end"},
    {"one lost byte that is answered",
     {SHAKE, {'C', "AP", 100, 500, "abc", 0, 0}, {'S', "AP", 500, 104, "x", 0, 0}},
     "O >abc >[1] <x",
     "X:end"},
    {"cut by the snaplen",
     {SHAKE,
      {'C', "AP", 100, 500, "abc", 7, 0},
      {'C', "AP", 110, 500, "def", 0, 0},
      {'C', "AP", 113, 500, NULL, 4, 0}},
     "O >abc >{7} >def >{4}",
     "X:end"},
    {"cut by the snaplen, out of order and overlapping",
     {SHAKE, {'C', "AP", 102, 500, "c", 2, 0}, {'C', "AP", 100, 500, "abcdefg", 0, 0}},
     "O >ab >c >{2} >fg",
     "X:end"},
    {"an implausible acknowledgement starts over",
     {SHAKE,
      {'C', "AP", 100, 500, "abc", 0, 0},
      {'S', "A", 500, 0x60000000, NULL, 0, 0},
      {'C', "AP", 0x60000000, 500, "new", 0, 0}},
     "O >abc >[?] >new",
     "X:end"},
    {"an implausible sequence number starts over and comes back",
     {SHAKE, {'C', "AP", 0x60000000, 500, "far", 0, 0}, {'C', "AP", 100, 500, "abc", 0, 0}},
     "O >[?] >far >[?] >abc",
     "X:end"},
};

static const struct rule open_rules[] = {
    {"SYN with data",
     {{'C', "S", 99, 0, "early", 0, 0}, {'S', "SA", 499, 105, NULL, 0, 0}, {'C', "AP", 105, 500, "x", 0, 0}},
     "O >early >x",
     "X:end"},
    {"SYN with data that the server did not take",
     {{'C', "S", 99, 0, "early", 0, 0},
      {'S', "SA", 499, 100, NULL, 0, 0},
      {'C', "AP", 100, 500, "early!", 0, 0}},
     "O >early >!",
     "X:end"},
    {"repeated SYN and SYN-ACK",
     {{'C', "S", 99, 0, NULL, 0, 0},
      {'C', "S", 99, 0, NULL, 0, 0},
      {'S', "SA", 499, 100, NULL, 0, 0},
      {'S', "SA", 499, 100, NULL, 0, 0},
      {'C', "AP", 100, 500, "x", 0, 0}},
     "O >x",
     "X:end"},
    {"another SYN is another connection",
     {SHAKE,
      {'C', "AP", 103, 500, "def", 0, 0},
      {'C', "S", 7000, 0, NULL, 0, 0},
      {'S', "SA", 8000, 7001, NULL, 0, 0},
      {'C', "AP", 7001, 8001, "new", 0, 0}},
     "O >[3] >def X:reused O >new",
     "X:end"},
    {"another SYN-ACK, its SYN lost",
     {SHAKE,
      {'C', "AP", 100, 500, "a", 0, 0},
      {'S', "SA", 8000, 7001, NULL, 0, 0},
      {'C', "AP", 7001, 8001, "new", 0, 0}},
     "O >a X:reused O >new",
     "X:end"},
    {"SYN-ACK lost: the acknowledgement tells where the server begins",
     {{'C', "S", 99, 0, NULL, 0, 0},
      {'C', "A", 100, 500, NULL, 0, 0},
      {'S', "AP", 503, 100, "x", 0, 0},
      {'C', "A", 100, 504, NULL, 0, 0}},
     "O <[3] <x",
     "X:end"},
    {"SYN-ACK captured before SYN",
     {{'S', "SA", 499, 100, NULL, 0, 0}, {'C', "S", 99, 0, NULL, 0, 0}, {'C', "AP", 100, 500, "a", 0, 0}},
     "O >a",
     "X:end"},
    {"mid-stream: both directions begin where they are seen",
     {{'S', "AP", 900, 300, "resp", 0, 0},
      {'C', "AP", 300, 904, "req", 0, 0},
      {'S', "AP", 904, 303, "more", 0, 0}},
     "O <resp >req <more",
     "X:end"},
    {"mid-stream: a hole before the other direction's first segment",
     {{'S', "AP", 900, 300, "resp", 0, 0},
      {'C', "AP", 305, 904, "req", 0, 0},
      {'S', "AP", 904, 308, "more", 0, 0}},
     "O <resp >[5] >req <more",
     "X:end"},
    {"nothing but payload or SYN opens",
     {{'C', "A", 100, 500, NULL, 0, 0},
      {'S', "AF", 500, 100, NULL, 0, 0},
      {'C', "R", 100, 0, NULL, 0, 0},
      {'C', "A", 99, 500, "\x01", 0, 0}},
     "",
     NULL},
};

static const struct rule close_rules[] = {
    {"nothing follows a FIN",
     {SHAKE,
      {'C', "AF", 100, 500, "abc", 0, 0},
      {'C', "AP", 103, 500, "x", 0, 0},
      {'C', "AP", 104, 500, "y", 0, 0}},
     "O >abc",
     "X:end"},
    {"nothing follows a FIN that came before the data",
     {SHAKE, {'C', "AF", 106, 500, NULL, 0, 0}, {'C', "AP", 100, 500, "abcdefGH", 0, 0}},
     "O >abcdef",
     "X:end"},
    {"a SYN on a connection met in mid-stream",
     {{'S', "AP", 1, 101, "hi", 0, 0}, {'C', "S", 5000, 0, NULL, 0, 0}},
     "O <hi X:reused O",
     "X:end"},
    {"a SYN that fits a connection met in mid-stream",
     {{'S', "AP", 1, 101, "hi", 0, 0}, {'C', "S", 100, 0, NULL, 0, 0}, {'C', "AP", 101, 3, "yo", 0, 0}},
     "O <hi >yo",
     "X:end"},
    {"reset", {SHAKE, {'S', "RA", 500, 100, NULL, 0, 0}}, "O X:rst", NULL},
    {"reset out of the window",
     {SHAKE, {'S', "R", 499, 0, NULL, 0, 0}, {'S', "R", 0x80000000, 0, NULL, 0, 0}},
     "O",
     "X:end"},
    {"reset at what the other end has acknowledged",
     {SHAKE,
      {'S', "AP", 500, 100, "abc", 0, 0},
      {'C', "AP", 100, 501, "x", 0, 0},
      {'S', "R", 501, 0, NULL, 0, 0}},
     "O <abc >x X:rst",
     NULL},
    {"refused", {{'C', "S", 99, 0, NULL, 0, 0}, {'S', "RA", 0, 100, NULL, 0, 0}}, "O X:rst", NULL},
    {"a reset shows lost bytes",
     {SHAKE, {'C', "AP", 102, 500, "c", 0, 0}, {'C', "RA", 110, 505, NULL, 0, 0}},
     "O <[5] >[2] >c >[7] X:rst",
     NULL},
    {"late segments after FIN open nothing",
     {SHAKE,
      {'C', "AF", 100, 500, NULL, 0, 0},
      {'S', "AFP", 500, 101, "bye", 0, 0},
      {'C', "A", 101, 504, NULL, 0, 0},
      {'S', "AFP", 500, 101, "bye", 0, 0},
      {'C', "R", 101, 0, NULL, 0, 0}},
     "O <bye X:fin",
     NULL},
    {"late segments after RST open nothing",
     {SHAKE,
      {'C', "RA", 100, 500, NULL, 0, 0},
      {'S', "AP", 500, 100, "data", 0, 0},
      {'S', "AP", 504, 100, "more", 0, 0}},
     "O X:rst",
     NULL},
    {"a new SYN after the close opens",
     {SHAKE,
      {'C', "RA", 100, 500, NULL, 0, 0},
      {'C', "S", 7000, 0, NULL, 0, 0},
      {'C', "AP", 7001, 1, "x", 0, 0}},
     "O X:rst O >x",
     "X:end"},
    {"payload far beyond a FIN is a new connection whose SYN was lost",
     {SHAKE,
      {'C', "AF", 100, 500, NULL, 0, 0},
      {'S', "AF", 500, 101, NULL, 0, 0},
      {'C', "AP", 90000, 70000, "new", 0, 0}},
     "O X:fin O >new",
     "X:end"},
    {"the 4-tuple is free again after TIME-WAIT",
     {SHAKE, {'C', "RA", 100, 500, NULL, 0, 0}, {'C', "AP", 101, 500, "new", 0, INT64_C(70000000000)}},
     "O X:rst O >new",
     "X:end"},
};

static void run_rules(const struct rule *rules, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct rule *r = &rules[i];
        struct journal j;
        journal_init(&j, NULL);
        for (size_t k = 0; k < MAX_STEPS && r->steps[k].from != 0; k++)
            send_step(&j, &r->steps[k]);
        if (strcmp(j.text, r->before_finish) != 0)
            fail_msg("%s: got \"%s\", want \"%s\"", r->name, j.text, r->before_finish);
        size_t before = j.len;
        flow_finish(j.flow, j.now_ns);
        const char *added = j.text + before;
        if (strcmp(*added == ' ' ? added + 1 : added, r->at_finish != NULL ? r->at_finish : "") != 0)
            fail_msg("%s: at the end got \"%s\", want \"%s\"", r->name, added, r->at_finish);
        assert_int_equal(j.live, 0);
        assert_false(j.times_went_back);
        flow_free(&j.flow);
        assert_null(j.flow);
    }
}

#define RUN(rules) run_rules((rules), sizeof(rules) / sizeof((rules)[0]))

static void test_order(void **state)
{
    (void)state;
    RUN(order_rules);
}

static void test_gaps(void **state)
{
    (void)state;
    RUN(gap_rules);
}

static void test_opens(void **state)
{
    (void)state;
    RUN(open_rules);
}

static void test_closes(void **state)
{
    (void)state;
    RUN(close_rules);
}

/* Every rule holds with roles of high and low address swapped and with sequence numbers that wrap inside it.
 */
static void test_rules_shifted(void **state)
{
    (void)state;
    static const uint32_t shifts[] = {0xffffff98, 0xffffff00, 0xfffffff0, 0x7fffff98, 0x80000000};
    for (size_t s = 0; s < sizeof shifts / sizeof shifts[0]; s++) {
        for (size_t i = 0; i < sizeof order_rules / sizeof order_rules[0]; i++) {
            struct journal j;
            journal_init(&j, NULL);
            for (size_t k = 0; k < MAX_STEPS && order_rules[i].steps[k].from != 0; k++) {
                struct step st = order_rules[i].steps[k];
                st.seq += shifts[s];
                st.ack += shifts[s];
                send_from(&j, 0x0a000009, CLIENT_PORT, &st);
            }
            assert_string_equal(j.text, order_rules[i].before_finish);
            flow_free(&j.flow);
        }
    }
}

static void test_counters(void **state)
{
    (void)state;
    static const struct step steps[] = {
        SHAKE,
        {'C', "AP", 103, 500, "def", 0, 0}, /* out of order */
        {'C', "AP", 103, 500, "def", 0, 0}, /* repeat of waiting bytes */
        {'S', "A", 500, 106, NULL, 0, 0},   /* gap of 3 */
        {'C', "AP", 100, 500, "abc", 0, 0}, /* late */
        {'C', "AP", 103, 500, "def", 0, 0}, /* repeat */
        {'C', "AP", 106, 500, "g", 9, 0},   /* gap of 9, truncated */
        {'C', "A", 115, 500, "k", 0, 0},    /* keep-alive: no repeat */
    };
    struct journal j;
    struct flow_counters n;
    journal_init(&j, NULL);
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
        send_step(&j, &steps[i]);
    flow_finish(j.flow, 0);
    flow_get_counters(j.flow, &n);
    assert_int_equal(n.opened, 1);
    assert_int_equal(n.closed, 1);
    assert_int_equal(n.mid_stream, 0);
    assert_int_equal(n.out_of_order_segments, 1);
    assert_int_equal(n.retransmitted_segments, 2);
    assert_int_equal(n.late_segments, 1);
    assert_int_equal(n.gaps, 2);
    assert_int_equal(n.gap_bytes, 12);
    assert_true(n.buffered_peak_bytes >= 3);
    flow_free(&j.flow);
}

/* What of the other side had not arrived when a segment was sent. */
static void test_unacknowledged(void **state)
{
    (void)state;
    static const struct step steps[] = {SHAKE,
                                        {'C', "AP", 100, 500, "request", 0, 0},
                                        {'S', "AP", 500, 100, "crossed", 0, 0},
                                        {'S', "AP", 507, 105, "half", 0, 0},
                                        {'S', "AP", 511, 107, "answer", 0, 0}};
    static const uint32_t unacked[] = {0, 0, 0, 0, 7, 2, 0};
    struct journal j;
    journal_init(&j, NULL);
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        send_step(&j, &steps[i]);
        assert_int_equal(j.unacked, unacked[i]);
    }
    flow_free(&j.flow);
}

static void test_what_is_known(void **state)
{
    (void)state;
    static const struct step shake[] = {{'C', "S", 99, 0, NULL, 0, 1000},
                                        {'C', "S", 99, 0, NULL, 0, 3000},
                                        {'S', "SA", 499, 100, NULL, 0, 4000},
                                        {'C', "A", 100, 500, NULL, 0, 5500},
                                        {'C', "AP", 100, 500, "x", 0, 9000}};
    struct journal j;
    char text[80];
    journal_init(&j, NULL);
    for (size_t i = 0; i < 5; i++)
        send_step(&j, &shake[i]);
    assert_int_equal(j.last.id, 1);
    assert_int_equal(j.last.open_ns, 1000);
    assert_int_equal(j.last.rtt_ns, 4500);
    assert_int_equal(j.last.synack_ns, -1); /* the SYN was sent twice: which one was answered? */
    assert_false(j.last.mid_stream);
    assert_false(j.last.server_from_port);
    assert_string_equal(flow_addr_text(text, sizeof text, &j.last.client), "10.0.0.1:50000");
    assert_string_equal(flow_host_text(text, sizeof text, &j.last.server), "10.0.0.2");
    const struct step mid = {'S', "AP", 1, 1, "hi", 0, 0};
    send_from(&j, 0x0a000001, 3, &mid); /* the client's port is lower: the list decides */
    assert_int_equal(j.last.id, 2);
    assert_true(j.last.mid_stream);
    assert_true(j.last.server_from_port);
    assert_int_equal(j.last.rtt_ns, -1);
    assert_int_equal(j.last.server.port, SERVER_PORT);
    flow_free(&j.flow);
    journal_init(&j, NULL);
    for (size_t i = 1; i < 5; i++)
        send_step(&j, &shake[i]);
    assert_int_equal(j.last.synack_ns, 1000);
    assert_int_equal(j.last.rtt_ns, 2500);
    flow_free(&j.flow);

    /* The handshake's last segment and the data behind it were lost. */
    const struct step later = {'C', "AP", 110, 500, "x", 0, 9000};
    journal_init(&j, NULL);
    send_step(&j, &shake[1]);
    send_step(&j, &shake[2]);
    send_step(&j, &later);
    flow_finish(j.flow, 0);
    assert_int_equal(j.last.rtt_ns, -1);
    flow_free(&j.flow);

    struct flow_options no_ports = {0};
    journal_init(&j, &no_ports);
    send_from(&j, 0x0a000001, 3, &mid);
    assert_int_equal(j.last.server.port, 3);
    flow_free(&j.flow);

    struct flow_addr six = {.addr = {0x20, 0x01, 0x0d, 0xb8, [15] = 1}, .port = 80};
    assert_string_equal(flow_addr_text(text, sizeof text, &six), "[2001:db8::1]:80");
    assert_string_equal(flow_host_text(text, sizeof text, &six), "2001:db8::1");
    assert_string_equal(flow_addr_text(text, 6, &six), "[2001");
}

/* A hole's bytes keep their own time; a filled hole delivers what waited no earlier than what filled it. */
static void test_times(void **state)
{
    (void)state;
    struct journal j;
    journal_init(&j, NULL);
    const struct step lost[] = {SHAKE,
                                {'C', "AP", 103, 500, "def", 0, 10000},
                                {'C', "AP", 100, 500, "abc", 0, 20000},
                                {'S', "AP", 503, 106, "x", 0, 30000},
                                {'C', "A", 106, 504, NULL, 0, 90000}};
    for (size_t i = 0; i < sizeof lost / sizeof lost[0]; i++)
        send_step(&j, &lost[i]);
    assert_string_equal(j.text, "O >abc >def <[3] <x");
    assert_int_equal(j.last_ns[FLOW_TO_SERVER], 20000);
    assert_int_equal(j.last_ns[FLOW_TO_CLIENT], 30000);
    const struct step back = {'C', "AP", 106, 504, "g", 0, 5};
    send_step(&j, &back);
    assert_int_equal(j.last_ns[FLOW_TO_SERVER], 20000);
    assert_false(j.times_went_back);
    flow_free(&j.flow);
}

/* Connections with the same two ports, which the table tells apart by their addresses, in turns; one of them
 * has the server's port at both ends. */
static void test_same_ports(void **state)
{
    (void)state;
    static const uint16_t client_ports[] = {CLIENT_PORT, SERVER_PORT};
    struct journal j;
    for (size_t k = 0; k < 2; k++) {
        uint16_t port = client_ports[k];
        journal_init(&j, NULL);
        const struct step shake[] = {SHAKE};
        for (size_t i = 0; i < sizeof shake / sizeof shake[0]; i++)
            for (uint32_t client = 1; client <= 3; client++)
                send_from(&j, 0x0a000010 + client, port, &shake[i]);
        for (uint32_t client = 1; client <= 3; client++) {
            const struct step ask = {'C', "AP", 100, 500, client == 1 ? "a" : client == 2 ? "b" : "c", 0, 0};
            send_from(&j, 0x0a000010 + client, port, &ask);
        }
        for (uint32_t client = 3; client >= 1; client--) {
            const struct step reply = {'S', "AP", 500, 101, client == 1 ? "A" : client == 2 ? "B" : "C",
                                       0,   0};
            send_from(&j, 0x0a000010 + client, port, &reply);
        }
        const struct step reset = {'S', "RA", 501, 101, NULL, 0, 0};
        send_from(&j, 0x0a000010 + 2, port, &reset);
        const struct step more = {'C', "AP", 101, 501, "d", 0, 0};
        send_from(&j, 0x0a000010 + 2, port, &more); /* late: its connection is gone */
        send_from(&j, 0x0a000010 + 3, port, &more);
        assert_string_equal(j.text, "O O O >a >b >c <C <B <A X:rst >d");
        flow_free(&j.flow);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order),          cmocka_unit_test(test_gaps),
        cmocka_unit_test(test_opens),          cmocka_unit_test(test_closes),
        cmocka_unit_test(test_rules_shifted),  cmocka_unit_test(test_counters),
        cmocka_unit_test(test_unacknowledged), cmocka_unit_test(test_what_is_known),
        cmocka_unit_test(test_times),          cmocka_unit_test(test_same_ports),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

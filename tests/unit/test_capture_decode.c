/* summary: capture decoding: hand-built frames of every link type, headers in every state, every truncation
 */
#include "test_capture_util.h"

#include "decode.h"

struct kind {
    const char *name;
    int link_type;
    bool six;
    void (*build)(struct frame *f);
};

static const uint8_t hop_routing_destination[] = {43, 0, 1, 4, 0, 0, 0, 0, /* hop-by-hop, 8 bytes */
                                                  60, 1, 0, 0, 0, 0, 0, 0, /* routing, 16 bytes */
                                                  0,  0, 0, 0, 0, 0, 0, 0,
                                                  6,  0, 1, 4, 0, 0, 0, 0}; /* destination */
static const uint8_t authentication[] = {6, 4, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1,
                                         9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9};
static const uint8_t atomic_fragment[] = {6, 0, 0, 0, 0, 0, 0, 7};

static void ether4(struct frame *f)
{
    put_ethernet(f, 0x0800);
    put_ip4(f, 0, -1, "payload");
}

static void ether4_options(struct frame *f)
{
    put_ethernet(f, 0x0800);
    put_ip4(f, 10, -1, "payload");
}

static void ether4_offloaded(struct frame *f)
{
    put_ethernet(f, 0x0800);
    put_ip4(f, 1, 0, "payload");
}

static void ether6(struct frame *f)
{
    put_ethernet(f, 0x86dd);
    put_ip6(f, 6, NULL, 0, "payload");
}

static void ether6_offloaded(struct frame *f)
{
    put_ethernet(f, 0x86dd);
    put_ip6(f, 6, NULL, 0, "payload");
    f->bytes[14 + 4] = f->bytes[14 + 5] = 0;
}

static void ether6_extensions(struct frame *f)
{
    put_ethernet(f, 0x86dd);
    put_ip6(f, 0, hop_routing_destination, sizeof hop_routing_destination, "payload");
}

static void ether6_authentication(struct frame *f)
{
    put_ethernet(f, 0x86dd);
    put_ip6(f, 51, authentication, sizeof authentication, "payload");
}

static void ether6_atomic(struct frame *f)
{
    put_ethernet(f, 0x86dd);
    put_ip6(f, 44, atomic_fragment, sizeof atomic_fragment, "payload");
}

static void vlan4(struct frame *f)
{
    put_ethernet(f, 0x8100);
    put_tag(f, 0x2007, 0x0800);
    put_ip4(f, 0, -1, "payload");
}

static void qinq6(struct frame *f)
{
    put_ethernet(f, 0x88a8);
    put_tag(f, 7, 0x8100);
    put_tag(f, 8, 0x86dd);
    put_ip6(f, 6, NULL, 0, "payload");
}

static void four_tags4(struct frame *f)
{
    put_ethernet(f, 0x9100);
    put_tag(f, 7, 0x9200);
    put_tag(f, 8, 0x88a8);
    put_tag(f, 9, 0x8100);
    put_tag(f, 10, 0x0800);
    put_ip4(f, 0, -1, "payload");
}

static void snap4(struct frame *f)
{
    put_ethernet(f, 0x0100);
    PUT(f, 0xaa, 0xaa, 3, 0, 0, 0, 0x08, 0x00);
    put_ip4(f, 0, -1, "payload");
}

static void sll4(struct frame *f)
{
    PUT(f, 0, 0, 0, 1, 0, 6, 1, 2, 3, 4, 5, 6, 0, 0, 0x08, 0x00);
    put_ip4(f, 0, -1, "payload");
}

static void sll_vlan6(struct frame *f)
{
    PUT(f, 0, 4, 0, 1, 0, 6, 1, 2, 3, 4, 5, 6, 0, 0, 0x81, 0x00);
    put_tag(f, 5, 0x86dd);
    put_ip6(f, 6, NULL, 0, "payload");
}

static void sll2_4(struct frame *f)
{
    PUT(f, 0x08, 0x00, 0, 0, 0, 0, 0, 3, 0, 1, 0, 6, 1, 2, 3, 4, 5, 6, 0, 0);
    put_ip4(f, 0, -1, "payload");
}

static void sll2_6(struct frame *f)
{
    PUT(f, 0x86, 0xdd, 0, 0, 0, 0, 0, 3, 0, 1, 0, 6, 1, 2, 3, 4, 5, 6, 0, 0);
    put_ip6(f, 6, NULL, 0, "payload");
}

static void null_little4(struct frame *f)
{
    PUT(f, 2, 0, 0, 0);
    put_ip4(f, 0, -1, "payload");
}

static void null_little6(struct frame *f)
{
    PUT(f, 30, 0, 0, 0);
    put_ip6(f, 6, NULL, 0, "payload");
}

static void null_big4(struct frame *f)
{
    PUT(f, 0, 0, 0, 2);
    put_ip4(f, 0, -1, "payload");
}

static void null_big6(struct frame *f)
{
    PUT(f, 0, 0, 0, 24);
    put_ip6(f, 6, NULL, 0, "payload");
}

static void bare4(struct frame *f)
{
    put_ip4(f, 0, -1, "payload");
}

static void bare6(struct frame *f)
{
    put_ip6(f, 6, NULL, 0, "payload");
}

static const struct kind kinds[] = {
    {"Ethernet IPv4", LINK_ETHERNET, false, ether4},
    {"Ethernet IPv4 with options", LINK_ETHERNET, false, ether4_options},
    {"Ethernet IPv4 total length 0", LINK_ETHERNET, false, ether4_offloaded},
    {"Ethernet IPv6", LINK_ETHERNET, true, ether6},
    {"Ethernet IPv6 payload length 0", LINK_ETHERNET, true, ether6_offloaded},
    {"IPv6 hop-by-hop, routing, destination", LINK_ETHERNET, true, ether6_extensions},
    {"IPv6 authentication header", LINK_ETHERNET, true, ether6_authentication},
    {"IPv6 atomic fragment", LINK_ETHERNET, true, ether6_atomic},
    {"VLAN", LINK_ETHERNET, false, vlan4},
    {"QinQ", LINK_ETHERNET, true, qinq6},
    {"four tags", LINK_ETHERNET, false, four_tags4},
    {"LLC and SNAP", LINK_ETHERNET, false, snap4},
    {"cooked", LINK_SLL, false, sll4},
    {"cooked with VLAN", LINK_SLL, true, sll_vlan6},
    {"cooked v2 IPv4", LINK_SLL2, false, sll2_4},
    {"cooked v2 IPv6", LINK_SLL2, true, sll2_6},
    {"NULL little-endian IPv4", LINK_NULL, false, null_little4},
    {"NULL little-endian IPv6", LINK_NULL, true, null_little6},
    {"NULL big-endian IPv4", LINK_NULL, false, null_big4},
    {"LOOP IPv6", LINK_LOOP, true, null_big6},
    {"raw, file number", LINK_RAW, false, bare4},
    {"raw, library number", 12, true, bare6},
    {"raw, OpenBSD number", 14, false, bare4},
    {"IPv4", LINK_IPV4, false, bare4},
    {"IPv6", LINK_IPV6, true, bare6},
};

#define KINDS (sizeof kinds / sizeof kinds[0])

static void decode(int link_type, const struct frame *f, uint32_t captured, uint32_t wire, uint16_t port,
                   struct seen *seen, struct cap_counters *n)
{
    static struct cap_decoder d;
    memset(seen, 0, sizeof *seen);
    memset(n, 0, sizeof *n);
    cap_decoder_init(&d, &port, port != 0, n, see, seen);
    /* Exactly as long as it claims to be, so that the sanitizer sees one byte too many. */
    uint8_t *copy = malloc(captured > 0 ? captured : 1);
    assert_non_null(copy);
    memcpy(copy, f->bytes, captured);
    const struct cap_packet p = {link_type, 1234567890123456789, copy, captured, wire};
    cap_decode(&d, &p);
    free(copy);
}

static uint64_t outcomes(const struct cap_counters *n)
{
    return n->segments + n->not_tcp + n->fragments + n->malformed + n->unknown_link;
}

static void check_segment(const struct kind *k, const struct seen *s)
{
    static const uint8_t src4[16] = {[10] = 0xff, 0xff, 10, 1, 2, 3};
    static const uint8_t dst6[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 2};
    if (s->count != 1)
        fail_msg("%s: %u segments", k->name, s->count);
    assert_int_equal(s->last.ts_ns, 1234567890123456789);
    assert_int_equal(s->last.src.port, 50000);
    assert_int_equal(s->last.dst.port, 3306);
    assert_int_equal(s->last.seq, 0x01020304);
    assert_int_equal(s->last.ack, 0x0a0b0c0d);
    assert_int_equal(s->last.flags, CAP_PSH | CAP_ACK);
    assert_int_equal(s->last.window, 0x1234);
    if (k->six)
        assert_memory_equal(s->last.dst.addr, dst6, 16);
    else
        assert_memory_equal(s->last.src.addr, src4, 16);
}

static void test_every_link_type(void **state)
{
    (void)state;
    for (size_t i = 0; i < KINDS; i++) {
        struct frame f = {0};
        struct seen s;
        struct cap_counters n;
        kinds[i].build(&f);
        assert_true(cap_link_known(kinds[i].link_type));
        decode(kinds[i].link_type, &f, f.len, f.len, 3306, &s, &n);
        check_segment(&kinds[i], &s);
        assert_int_equal(s.last.payload_bytes, 7);
        assert_int_equal(s.last.wire_bytes, 7);
        assert_memory_equal(s.payload, "payload", 7);
        assert_int_equal(n.segments, 1);
        assert_int_equal(outcomes(&n), 1);
    }
}

/* Cut by the snaplen at every length: a segment as soon as its header is whole, and the wire length stays
 * right. */
static void test_every_snaplen(void **state)
{
    (void)state;
    for (size_t i = 0; i < KINDS; i++) {
        struct frame f = {0};
        kinds[i].build(&f);
        for (uint32_t cut = 1; cut <= f.len; cut++) {
            struct seen s;
            struct cap_counters n;
            decode(kinds[i].link_type, &f, f.len - cut, f.len, 3306, &s, &n);
            assert_int_equal(n.truncated, 1);
            assert_int_equal(n.malformed, 0);
            if (cut <= 7 + 12) { /* payload and TCP options */
                check_segment(&kinds[i], &s);
                assert_int_equal(s.last.wire_bytes, 7);
                assert_int_equal(s.last.payload_bytes, cut < 7 ? 7 - cut : 0);
                assert_memory_equal(s.payload, "payload", s.last.payload_bytes);
            } else {
                assert_int_equal(s.count, 0);
            }
        }
    }
}

/* Short on the wire too: no segment of such a packet has a header that is not there. */
static void test_every_short_packet(void **state)
{
    (void)state;
    for (size_t i = 0; i < KINDS; i++) {
        struct frame f = {0};
        kinds[i].build(&f);
        for (uint32_t len = 0; len < f.len; len++) {
            struct seen s;
            struct cap_counters n;
            decode(kinds[i].link_type, &f, len, len, 3306, &s, &n);
            assert_true(n.malformed + n.truncated + n.segments >= 1);
            if (len < f.len - 7 - 12)
                assert_int_equal(s.count, 0);
        }
    }
}

/* Any single byte changed to anything: never a crash, always exactly one outcome. */
static void test_every_byte_changed(void **state)
{
    (void)state;
    for (size_t i = 0; i < KINDS; i++) {
        struct frame f = {0};
        kinds[i].build(&f);
        for (uint32_t at = 0; at < f.len; at++) {
            uint8_t was = f.bytes[at];
            for (unsigned v = 0; v < 256; v++) {
                struct seen s;
                struct cap_counters n;
                f.bytes[at] = (uint8_t)v;
                decode(kinds[i].link_type, &f, f.len, f.len, 0, &s, &n);
                assert_true(outcomes(&n) == 1 || (outcomes(&n) == 0 && n.truncated == 1));
                assert_int_equal(n.segments, s.count);
            }
            f.bytes[at] = was;
        }
    }
}

static bool same_segment(const struct seen *a, const struct seen *b)
{
    const struct cap_segment *x = &a->last;
    const struct cap_segment *y = &b->last;
    return a->count == b->count && x->ts_ns == y->ts_ns && x->src.port == y->src.port &&
           x->dst.port == y->dst.port && memcmp(x->src.addr, y->src.addr, 16) == 0 &&
           memcmp(x->dst.addr, y->dst.addr, 16) == 0 && x->flags == y->flags && x->window == y->window &&
           x->seq == y->seq && x->ack == y->ack && x->payload == y->payload &&
           x->payload_bytes == y->payload_bytes && x->wire_bytes == y->wire_bytes;
}

static void compare_ways(const struct frame *f, uint32_t captured, uint32_t wire, unsigned *plain)
{
    static struct cap_decoder d;
    static const uint16_t port = 3306;
    struct seen seen[2];
    struct cap_counters n[2];
    const struct cap_packet p = {LINK_ETHERNET, 1, f->bytes, captured, wire};
    memset(seen, 0, sizeof seen);
    memset(n, 0, sizeof n);
    cap_decoder_init(&d, &port, 1, &n[0], see, &seen[0]);
    if (!cap_decode_plain(&d, &p)) {
        assert_int_equal(outcomes(&n[0]), 0);
        return;
    }
    cap_decoder_init(&d, &port, 1, &n[1], see, &seen[1]);
    cap_decode_any(&d, &p);
    assert_memory_equal(&n[0], &n[1], sizeof n[0]);
    assert_true(same_segment(&seen[0], &seen[1]));
    ++*plain;
}

/* The short way gives what the long one gives: each byte changed to anything, cut short, with padding. */
static void test_short_way(void **state)
{
    (void)state;
    unsigned plain = 0;
    struct frame f = {0};
    ether4(&f);
    PUT(&f, 0, 0, 0, 0, 0, 0);
    for (uint32_t at = 0; at < f.len; at++) {
        uint8_t was = f.bytes[at];
        for (unsigned v = 0; v < 256; v++) {
            f.bytes[at] = (uint8_t)v;
            for (uint32_t cut = 0; cut < 12; cut++)
                compare_ways(&f, f.len - cut, f.len, &plain);
        }
        f.bytes[at] = was;
    }
    for (uint32_t captured = 0; captured <= f.len; captured++)
        compare_ways(&f, captured, captured, &plain);
    assert_true(plain > 1000);
}

static void test_padding_is_no_payload(void **state)
{
    (void)state;
    struct frame f = {0};
    struct seen s;
    struct cap_counters n;
    put_ethernet(&f, 0x0800);
    put_ip4(&f, 0, -1, "");
    PUT(&f, 1, 2, 3, 4, 5, 6, 7, 8);
    decode(LINK_ETHERNET, &f, f.len, f.len, 3306, &s, &n);
    assert_int_equal(s.count, 1);
    assert_int_equal(s.last.wire_bytes, 0);
    assert_int_equal(s.last.payload_bytes, 0);
    decode(LINK_ETHERNET, &f, f.len - 6, f.len, 3306, &s, &n); /* the snaplen cut the padding only */
    assert_int_equal(s.last.wire_bytes, 0);
    assert_int_equal(n.truncated, 0);

    f = (struct frame){0};
    put_ethernet(&f, 0x86dd);
    put_ip6(&f, 6, NULL, 0, "abc");
    PUT(&f, 1, 2, 3);
    decode(LINK_ETHERNET, &f, f.len, f.len, 3306, &s, &n);
    assert_int_equal(s.last.wire_bytes, 3);
    assert_memory_equal(s.payload, "abc", 3);
}

static void test_ports(void **state)
{
    (void)state;
    struct frame f = {0};
    struct seen s;
    struct cap_counters n;
    ether4(&f);
    decode(LINK_ETHERNET, &f, f.len, f.len, 50000, &s, &n);
    assert_int_equal(s.count, 1);
    decode(LINK_ETHERNET, &f, f.len, f.len, 3307, &s, &n);
    assert_int_equal(s.count, 0);
    assert_int_equal(n.not_tcp, 1);
    decode(LINK_ETHERNET, &f, f.len, f.len, 0, &s, &n);
    assert_int_equal(s.count, 1);
}

static void test_fragments(void **state)
{
    (void)state;
    static const uint8_t first[] = {6, 0, 0, 1, 0, 0, 0, 7};
    static const uint8_t later[] = {6, 0, 0, 8, 0, 0, 0, 7};
    struct frame f = {0};
    struct seen s;
    struct cap_counters n;
    ether4(&f);
    f.bytes[14 + 6] = 0x20; /* more fragments */
    decode(LINK_ETHERNET, &f, f.len, f.len, 3306, &s, &n);
    assert_int_equal(s.count, 0);
    assert_int_equal(n.fragments, 1);
    decode(LINK_ETHERNET, &f, f.len, f.len, 99, &s, &n); /* somebody else's */
    assert_int_equal(n.fragments, 0);
    assert_int_equal(n.not_tcp, 1);
    f.bytes[14 + 6] = 0;
    f.bytes[14 + 7] = 1; /* an offset */
    decode(LINK_ETHERNET, &f, f.len, f.len, 99, &s, &n);
    assert_int_equal(n.fragments, 1);
    for (int i = 0; i < 2; i++) {
        f = (struct frame){0};
        put_ip6(&f, 44, i == 0 ? first : later, 8, "abc");
        decode(LINK_IPV6, &f, f.len, f.len, 3306, &s, &n);
        assert_int_equal(s.count, 0);
        assert_int_equal(n.fragments, 1);
    }
}

/* Each field that can contradict the packet, and what counts it. */
static void test_contradictions(void **state)
{
    (void)state;
    static const struct {
        size_t at; /* in an Ethernet frame with IPv4 */
        uint8_t value;
        uint64_t malformed, not_tcp, truncated;
    } cases[] = {
        {14, 0x44, 1, 0, 0},      /* header length 16 */
        {14, 0x65, 1, 0, 0},      /* version 6 */
        {14 + 3, 19, 1, 0, 0},    /* total length below the header's */
        {14 + 3, 39, 1, 0, 0},    /* total length ends inside the TCP header */
        {14 + 2, 1, 0, 0, 1},     /* total length beyond the packet: bytes are missing */
        {14 + 9, 17, 0, 1, 0},    /* UDP */
        {34 + 12, 0x40, 1, 0, 0}, /* TCP header length 16 */
        {34 + 12, 0xf0, 1, 0, 0}, /* TCP header longer than the packet */
        {13, 0x06, 0, 1, 0},      /* ARP */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct frame f = {0};
        struct seen s;
        struct cap_counters n;
        ether4(&f);
        f.bytes[cases[i].at] = cases[i].value;
        decode(LINK_ETHERNET, &f, f.len, f.len, 3306, &s, &n);
        if (n.malformed != cases[i].malformed || n.not_tcp != cases[i].not_tcp ||
            n.truncated != cases[i].truncated)
            fail_msg("case %zu: malformed %d, not_tcp %d, truncated %d", i, (int)n.malformed, (int)n.not_tcp,
                     (int)n.truncated);
    }
}

/* An offloaded packet beyond 64 KiB of which the snaplen kept little. */
static void test_large_offloaded(void **state)
{
    (void)state;
    struct frame f = {0};
    struct seen s;
    struct cap_counters n;
    ether4_offloaded(&f);
    decode(LINK_ETHERNET, &f, f.len, f.len + 100000, 3306, &s, &n);
    assert_int_equal(s.count, 1);
    assert_int_equal(s.last.payload_bytes, 7);
    assert_int_equal(s.last.wire_bytes, 100007);
    decode(LINK_ETHERNET, &f, f.len, UINT32_MAX, 3306, &s, &n); /* absurd */
    assert_int_equal(n.malformed, 1);
    decode(LINK_ETHERNET, &f, f.len, 3, 3306, &s, &n); /* more captured than there was */
    assert_int_equal(s.last.wire_bytes, 7);
}

static void test_unknown_link(void **state)
{
    (void)state;
    struct frame f = {0};
    struct seen s;
    struct cap_counters n;
    ether4(&f);
    assert_false(cap_link_known(127));
    decode(127, &f, f.len, f.len, 3306, &s, &n);
    assert_int_equal(n.unknown_link, 1);
    assert_int_equal(s.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_link_type),
        cmocka_unit_test(test_every_snaplen),
        cmocka_unit_test(test_every_short_packet),
        cmocka_unit_test(test_every_byte_changed),
        cmocka_unit_test(test_short_way),
        cmocka_unit_test(test_padding_is_no_payload),
        cmocka_unit_test(test_ports),
        cmocka_unit_test(test_fragments),
        cmocka_unit_test(test_contradictions),
        cmocka_unit_test(test_large_offloaded),
        cmocka_unit_test(test_unknown_link),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

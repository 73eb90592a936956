/* summary: kernel filter: compiled by libpcap, it passes exactly the frames that matter, tagged or not */
#include "test_capture_util.h"

#include "filter.h"

#include <pcap/pcap.h>

static const uint8_t extension[] = {6, 0, 1, 4, 0, 0, 0, 0};
static const uint8_t later_fragment[] = {6, 0, 0, 8, 0, 0, 0, 7};

static struct bpf_program compile_ports(int link_type, const struct cap_filter_ports *ports)
{
    struct buf b;
    struct bpf_program prog;
    pcap_t *dead = pcap_open_dead(link_type, 262144);
    buf_init(&b, 65536);
    assert_non_null(dead);
    assert_int_equal(cap_filter_text(&b, link_type, ports), PP_OK);
    if (pcap_compile(dead, &prog, (const char *)b.data, 1, PCAP_NETMASK_UNKNOWN) != 0)
        fail_msg("link type %d: %s in %s", link_type, pcap_geterr(dead), (const char *)b.data);
    pcap_close(dead);
    buf_fini(&b);
    return prog;
}

static struct bpf_program compile(int link_type, const uint16_t *ports, size_t count)
{
    struct cap_filter_ports list = {.ports = ports, .count = count};
    return compile_ports(link_type, &list);
}

static bool passes(struct bpf_program *prog, const struct frame *f)
{
    struct pcap_pkthdr h = {.caplen = f->len, .len = f->len};
    return pcap_offline_filter(prog, &h, f->bytes) != 0;
}

/* What comes behind the link layer. */
enum inner {
    INNER_TCP4,
    INNER_TCP4_OPTIONS,
    INNER_TCP4_LATER_FRAGMENT,
    INNER_UDP4,
    INNER_TCP6,
    INNER_TCP6_EXTENSION,
    INNER_TCP6_FRAGMENT,
    INNER_UDP6,
    INNER_COUNT
};

static unsigned type_of(enum inner what)
{
    return what >= INNER_TCP6 ? 0x86dd : 0x0800;
}

static void put_inner(struct frame *f, enum inner what)
{
    uint32_t at = f->len;
    switch (what) {
    case INNER_TCP6:
        put_ip6(f, 6, NULL, 0, "abc");
        break;
    case INNER_TCP6_EXTENSION:
        put_ip6(f, 60, extension, sizeof extension, "abc");
        break;
    case INNER_TCP6_FRAGMENT:
        put_ip6(f, 44, later_fragment, sizeof later_fragment, "abc");
        break;
    case INNER_UDP6:
        put_ip6(f, 17, NULL, 0, "abc");
        break;
    default:
        put_ip4(f, what == INNER_TCP4_OPTIONS ? 3 : 0, -1, "abc");
        if (what == INNER_UDP4)
            f->bytes[at + 9] = 17;
        if (what == INNER_TCP4_LATER_FRAGMENT)
            f->bytes[at + 7] = 9;
        break;
    }
}

static void build(struct frame *f, int link_type, unsigned tags, enum inner what)
{
    unsigned type = type_of(what);
    f->len = 0;
    if (link_type == LINK_SLL) {
        PUT(f, 0, 0, 0, 1, 0, 6, 1, 2, 3, 4, 5, 6, 0, 0, BE16(type));
    } else if (link_type == LINK_NULL) {
        PUT(f, type == 0x0800 ? 2 : 10, 0, 0, 0);
    } else if (link_type == LINK_ETHERNET) {
        put_ethernet(f, tags == 0 ? type : tags == 1 ? 0x8100 : 0x88a8);
        for (unsigned i = 1; i <= tags; i++)
            put_tag(f, i, i < tags ? 0x8100 : type);
    }
    put_inner(f, what);
}

static void check_link(int link_type, int dlt, unsigned max_tags)
{
    static const uint16_t ours[] = {80, 3306};
    static const uint16_t others[] = {80, 3307};
    struct bpf_program mine = compile(dlt, ours, 2);
    struct bpf_program theirs = compile(dlt, others, 2);
    struct bpf_program all = compile(dlt, NULL, 0);
    for (unsigned tags = 0; tags <= max_tags; tags++) {
        for (int what = 0; what < INNER_COUNT; what++) {
            struct frame f;
            build(&f, link_type, tags, (enum inner)what);
            bool tcp = what != INNER_UDP4 && what != INNER_UDP6;
            bool has_ports = what == INNER_TCP4 || what == INNER_TCP4_OPTIONS || what == INNER_TCP6;
            if (passes(&mine, &f) != tcp || passes(&all, &f) != tcp ||
                passes(&theirs, &f) != (tcp && !has_ports))
                fail_msg("link type %d, %u tags, inner %d: ours %d, all %d, others' %d", link_type, tags,
                         what, passes(&mine, &f), passes(&all, &f), passes(&theirs, &f));
        }
    }
    pcap_freecode(&mine);
    pcap_freecode(&theirs);
    pcap_freecode(&all);
}

static void test_every_link(void **state)
{
    (void)state;
    check_link(LINK_ETHERNET, DLT_EN10MB, 2);
    check_link(LINK_SLL, DLT_LINUX_SLL, 0);
    check_link(LINK_NULL, DLT_NULL, 0);
    check_link(LINK_RAW, DLT_RAW, 0);
}

/* Both directions of a connection. */
static void test_source_port(void **state)
{
    (void)state;
    static const uint16_t port = 50000; /* the sender's in the frames */
    struct bpf_program prog = compile(DLT_EN10MB, &port, 1);
    for (unsigned tags = 0; tags <= 2; tags++) {
        struct frame f;
        build(&f, LINK_ETHERNET, tags, INNER_TCP4);
        assert_true(passes(&prog, &f));
        build(&f, LINK_ETHERNET, tags, INNER_TCP6);
        assert_true(passes(&prog, &f));
    }
    pcap_freecode(&prog);
}

/* The probe's own connection stays out, whatever end has the excluded port; everything else passes as before.
 */
static void test_exclude(void **state)
{
    (void)state;
    static const uint16_t port = 3306;
    struct cap_filter_ports without_sender = {.ports = &port, .count = 1, .exclude = 50000};
    struct cap_filter_ports without_other = {.ports = &port, .count = 1, .exclude = 50001};
    struct bpf_program sender = compile_ports(DLT_EN10MB, &without_sender);
    struct bpf_program other = compile_ports(DLT_EN10MB, &without_other);
    for (unsigned tags = 0; tags <= 2; tags++) {
        struct frame f;
        build(&f, LINK_ETHERNET, tags, INNER_TCP4);
        assert_false(passes(&sender, &f));
        assert_true(passes(&other, &f));
        build(&f, LINK_ETHERNET, tags, INNER_TCP6);
        assert_false(passes(&sender, &f));
        assert_true(passes(&other, &f));
        build(&f, LINK_ETHERNET, tags, INNER_TCP4_LATER_FRAGMENT);
        assert_true(passes(&sender, &f));
    }
    pcap_freecode(&sender);
    pcap_freecode(&other);
}

/* With an address: another machine's connection from the same port is not the probe's. */
static void test_exclude_address(void **state)
{
    (void)state;
    static const uint16_t port = 3306;
    static const struct {
        const char *host;
        bool passes4, passes6;
    } cases[] = {{"10.1.2.3", false, true},
                 {"10.4.5.6", true, true},
                 {"2001:db8::1", true, false},
                 {"2001:db8::2", true, true}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct cap_filter_ports without = {
            .ports = &port, .count = 1, .exclude = 50000, .exclude_host = cases[i].host};
        struct bpf_program prog = compile_ports(DLT_EN10MB, &without);
        for (unsigned tags = 0; tags <= 2; tags++) {
            struct frame f;
            build(&f, LINK_ETHERNET, tags, INNER_TCP4);
            assert_int_equal(passes(&prog, &f), cases[i].passes4);
            build(&f, LINK_ETHERNET, tags, INNER_TCP6);
            assert_int_equal(passes(&prog, &f), cases[i].passes6);
            build(&f, LINK_ETHERNET, tags, INNER_TCP4_LATER_FRAGMENT);
            assert_true(passes(&prog, &f));
        }
        pcap_freecode(&prog);
    }
}

/* The kernel takes at most 4096 instructions; beyond our limit of ports the decoder selects alone. */
static void test_size(void **state)
{
    (void)state;
    uint16_t ports[CAP_FILTER_PORTS_MAX + 1];
    for (size_t i = 0; i <= CAP_FILTER_PORTS_MAX; i++)
        ports[i] = (uint16_t)(1000 + 13 * i);
    struct bpf_program many = compile(DLT_EN10MB, ports, CAP_FILTER_PORTS_MAX);
    assert_in_range(many.bf_len, 1, 4096);
    pcap_freecode(&many);
    struct bpf_program too_many = compile(DLT_EN10MB, ports, CAP_FILTER_PORTS_MAX + 1);
    struct frame f;
    build(&f, LINK_ETHERNET, 1, INNER_TCP4);
    assert_true(passes(&too_many, &f));
    pcap_freecode(&too_many);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_link), cmocka_unit_test(test_source_port),
        cmocka_unit_test(test_exclude),    cmocka_unit_test(test_exclude_address),
        cmocka_unit_test(test_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

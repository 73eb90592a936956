/* summary: link layers: Ethernet with VLAN tags, Linux cooked, loopback, raw IP; and what the layers share */
#include "decode.h"

#include "base/rare.h"

#include <pcap/dlt.h>
#include <string.h>

/* The names are not in every libpcap's dlt.h, or stand for another value on another system. */
#define LINK_RAW_LINKTYPE 101 /* LINKTYPE_RAW, what a file carries where the API says DLT_RAW */
#define LINK_RAW_BSD 12
#define LINK_RAW_OPENBSD 14
#define LINK_SLL2 276

#define ETHERTYPE_IP4 0x0800
#define ETHERTYPE_IP6 0x86dd
#define ETHERNET_LENGTH_MAX 1500 /* IEEE 802.3: up to here the type field is a length */

void cap_decoder_init(struct cap_decoder *d, const uint16_t *ports, size_t port_count,
                      struct cap_counters *counters, cap_segment_f *sink, void *priv)
{
    memset(d, 0, sizeof *d);
    d->all_ports = port_count == 0;
    for (size_t i = 0; i < port_count; i++)
        d->port_bits[ports[i] >> 3] |= (uint8_t)(1U << (ports[i] & 7));
    d->counters = counters;
    d->sink = sink;
    d->priv = priv;
}

uint32_t cap_rest_wire(const struct cap_rest *rest)
{
    return (uint32_t)rd_left(&rest->rd) + rest->cut_bytes;
}

void cap_rest_limit(struct cap_rest *rest, uint32_t claimed_bytes)
{
    size_t left = rd_left(&rest->rd);
    if (claimed_bytes <= left) {
        rest->rd.end = rest->rd.p + claimed_bytes;
        rest->cut_bytes = 0;
    } else {
        rest->cut_bytes = claimed_bytes - (uint32_t)left;
    }
}

void cap_count_short(const struct cap_decoder *d, const struct cap_rest *rest)
{
    if (rest->cut_bytes > 0)
        d->counters->truncated++;
    else
        d->counters->malformed++;
}

static bool is_vlan_tag(uint16_t type)
{
    /* 802.1Q, 802.1ad, and the values that were used for stacked tags before 802.1ad. */
    return type == 0x8100 || type == 0x88a8 || type == 0x9100 || type == 0x9200;
}

/* `rest` is what follows a field with an Ethernet type. */
static void by_ethertype(const struct cap_decoder *d, struct cap_segment *seg, struct cap_rest rest,
                         uint16_t type)
{
    while (is_vlan_tag(type)) {
        rd_skip(&rest.rd, 2); /* priority and VLAN id */
        type = rd_u16_be(&rest.rd);
        if (!rd_ok(&rest.rd)) {
            cap_count_short(d, &rest);
            return;
        }
    }
    if (type <= ETHERNET_LENGTH_MAX) {
        const uint8_t *llc = rd_bytes(&rest.rd, 6);
        uint16_t inner = rd_u16_be(&rest.rd);
        if (!rd_ok(&rest.rd)) {
            cap_count_short(d, &rest);
            return;
        }
        if (memcmp(llc, "\xaa\xaa\x03\0\0\0", 6) == 0) /* LLC with SNAP, RFC 1042 */
            type = inner;
    }
    if (type == ETHERTYPE_IP4)
        cap_decode_ip4(d, seg, rest);
    else if (type == ETHERTYPE_IP6)
        cap_decode_ip6(d, seg, rest);
    else
        d->counters->not_tcp++;
}

/* A header of `skip_before` bytes, the Ethernet type, and `skip_after` bytes. */
static void with_type_at(const struct cap_decoder *d, struct cap_segment *seg, struct cap_rest rest,
                         size_t skip_before, size_t skip_after)
{
    rd_skip(&rest.rd, skip_before);
    uint16_t type = rd_u16_be(&rest.rd);
    rd_skip(&rest.rd, skip_after);
    if (rd_ok(&rest.rd))
        by_ethertype(d, seg, rest, type);
    else
        cap_count_short(d, &rest);
}

/* BSD loopback: an address family in the byte order of the machine that captured (DLT_NULL) or of the network
 * (DLT_LOOP). The number for IPv6 differs: 10 Linux, 24 NetBSD, 28 FreeBSD, 30 macOS. */
static void loopback(const struct cap_decoder *d, struct cap_segment *seg, struct cap_rest rest)
{
    uint32_t family = rd_u32_be(&rest.rd);
    if (!rd_ok(&rest.rd)) {
        cap_count_short(d, &rest);
        return;
    }
    if (family > 0xffff)
        family = __builtin_bswap32(family);
    if (family == 2)
        cap_decode_ip4(d, seg, rest);
    else if (family == 10 || family == 24 || family == 28 || family == 30)
        cap_decode_ip6(d, seg, rest);
    else
        d->counters->not_tcp++;
}

static void raw_ip(const struct cap_decoder *d, struct cap_segment *seg, struct cap_rest rest)
{
    struct rd peek = rest.rd;
    uint8_t first = rd_u8(&peek);
    if (!rd_ok(&peek))
        cap_count_short(d, &rest);
    else if (first >> 4 == 4)
        cap_decode_ip4(d, seg, rest);
    else if (first >> 4 == 6)
        cap_decode_ip6(d, seg, rest);
    else
        d->counters->malformed++;
}

bool cap_link_known(int link_type)
{
    switch (link_type) {
    case DLT_EN10MB:
    case DLT_LINUX_SLL:
    case LINK_SLL2:
    case DLT_NULL:
    case DLT_LOOP:
    case LINK_RAW_BSD:
    case LINK_RAW_OPENBSD:
    case LINK_RAW_LINKTYPE:
    case DLT_IPV4:
    case DLT_IPV6:
        return true;
    default:
        return false;
    }
}

void cap_decode(const struct cap_decoder *d, const struct cap_packet *p)
{
    if (p->link_type != DLT_EN10MB || !cap_decode_plain(d, p))
        cap_decode_any(d, p);
}

PP_APART void cap_decode_any(const struct cap_decoder *d, const struct cap_packet *p)
{
    struct cap_segment seg = {.ts_ns = p->ts_ns};
    struct cap_rest rest = {0};
    rd_init(&rest.rd, p->data, p->captured_bytes);
    if (p->wire_bytes > p->captured_bytes)
        rest.cut_bytes = p->wire_bytes - p->captured_bytes;
    switch (p->link_type) {
    case DLT_EN10MB:
        with_type_at(d, &seg, rest, 12, 0);
        return;
    case DLT_LINUX_SLL: /* packet type, ARPHRD, address length, address (8), protocol */
        with_type_at(d, &seg, rest, 14, 0);
        return;
    case LINK_SLL2: /* protocol, reserved, interface (4), ARPHRD, packet type, address length, address (8) */
        with_type_at(d, &seg, rest, 0, 18);
        return;
    case DLT_NULL:
    case DLT_LOOP:
        loopback(d, &seg, rest);
        return;
    case LINK_RAW_BSD:
    case LINK_RAW_OPENBSD:
    case LINK_RAW_LINKTYPE:
        raw_ip(d, &seg, rest);
        return;
    case DLT_IPV4:
        cap_decode_ip4(d, &seg, rest);
        return;
    case DLT_IPV6:
        cap_decode_ip6(d, &seg, rest);
        return;
    default:
        d->counters->unknown_link++;
    }
}

/* summary: IPv4 with options and IPv6 with extension headers, down to the TCP header */
#include "decode.h"

#include <string.h>

#define IP_PROTO_TCP 6

/* IPv4 as an IPv4-mapped IPv6 address. */
static void map_ip4(uint8_t *dst, const uint8_t *addr)
{
    memset(dst, 0, 10);
    dst[10] = 0xff;
    dst[11] = 0xff;
    memcpy(dst + 12, addr, 4);
}

/* A fragment of a TCP packet; the first one carries the ports, so that foreign traffic is not taken for a
 * loss. */
static void count_fragment(const struct cap_decoder *d, struct rd after, bool first)
{
    if (first) {
        uint16_t src = rd_u16_be(&after);
        uint16_t dst = rd_u16_be(&after);
        if (rd_ok(&after) && !cap_port_kept(d, src) && !cap_port_kept(d, dst)) {
            d->counters->not_tcp++;
            return;
        }
    }
    d->counters->fragments++;
}

void cap_decode_ip4(const struct cap_decoder *d, struct cap_segment *seg, struct cap_rest rest)
{
    struct cap_rest whole = rest;
    uint8_t version_ihl = rd_u8(&rest.rd);
    rd_skip(&rest.rd, 1);
    uint32_t total_bytes = rd_u16_be(&rest.rd);
    rd_skip(&rest.rd, 2);
    uint16_t fragment = rd_u16_be(&rest.rd);
    rd_skip(&rest.rd, 1);
    uint8_t proto = rd_u8(&rest.rd);
    rd_skip(&rest.rd, 2);
    const uint8_t *addr = rd_bytes(&rest.rd, 8);
    if (addr == NULL) {
        cap_count_short(d, &whole);
        return;
    }
    uint32_t header_bytes = 4U * (version_ihl & 0x0f);
    /* 0 is what an offloading driver leaves for a packet of 64 KiB and more that it will cut up itself. */
    if (total_bytes == 0)
        total_bytes = cap_rest_wire(&whole);
    if (version_ihl >> 4 != 4 || header_bytes < 20 || total_bytes < header_bytes) {
        d->counters->malformed++;
        return;
    }
    cap_rest_limit(&whole, total_bytes);
    rd_skip(&whole.rd, header_bytes);
    if (!rd_ok(&whole.rd)) {
        cap_count_short(d, &whole);
    } else if (proto != IP_PROTO_TCP) {
        d->counters->not_tcp++;
    } else if ((fragment & 0x3fff) != 0) { /* more fragments, or an offset */
        count_fragment(d, whole.rd, (fragment & 0x1fff) == 0);
    } else {
        map_ip4(seg->src.addr, addr);
        map_ip4(seg->dst.addr, addr + 4);
        cap_decode_tcp(d, seg, whole);
    }
}

enum ip6_next {
    IP6_HOP_BY_HOP = 0,
    IP6_ROUTING = 43,
    IP6_FRAGMENT = 44,
    IP6_AUTHENTICATION = 51,
    IP6_DESTINATION = 60,
    IP6_MOBILITY = 135,
    IP6_HIP = 139,
    IP6_SHIM6 = 140,
};

enum walk {
    WALK_ON,
    WALK_DONE, /* *next is no extension header */
    WALK_FRAGMENT_FIRST,
    WALK_FRAGMENT_LATER,
};

/* Passes one extension header (RFC 8200, section 4). */
static enum walk walk_extension(struct rd *r, uint8_t *next)
{
    uint8_t type = *next;
    switch (type) {
    case IP6_HOP_BY_HOP:
    case IP6_ROUTING:
    case IP6_DESTINATION:
    case IP6_MOBILITY:
    case IP6_HIP:
    case IP6_SHIM6:
    case IP6_AUTHENTICATION: {
        *next = rd_u8(r);
        size_t units = rd_u8(r);
        /* RFC 4302, section 2.2: the authentication header counts words of 4 bytes, minus 2. */
        rd_skip(r, type == IP6_AUTHENTICATION ? 4 * units + 6 : 8 * units + 6);
        return WALK_ON;
    }
    case IP6_FRAGMENT: {
        *next = rd_u8(r);
        rd_skip(r, 1);
        uint16_t offset = rd_u16_be(r);
        rd_skip(r, 4);
        if ((offset & 0xfff8) != 0)
            return WALK_FRAGMENT_LATER;
        /* RFC 6946: offset 0 and nothing more to come is a whole packet. */
        return (offset & 1) != 0 ? WALK_FRAGMENT_FIRST : WALK_ON;
    }
    default:
        return WALK_DONE;
    }
}

void cap_decode_ip6(const struct cap_decoder *d, struct cap_segment *seg, struct cap_rest rest)
{
    uint8_t version = rd_u8(&rest.rd);
    rd_skip(&rest.rd, 3);
    uint32_t payload_bytes = rd_u16_be(&rest.rd);
    uint8_t next = rd_u8(&rest.rd);
    rd_skip(&rest.rd, 1);
    const uint8_t *addr = rd_bytes(&rest.rd, 32);
    if (addr == NULL) {
        cap_count_short(d, &rest);
        return;
    }
    if (version >> 4 != 6) {
        d->counters->malformed++;
        return;
    }
    /* 0 stands for a jumbogram (RFC 2675) or an offloaded packet beyond 64 KiB: the packet's own length
     * counts. */
    if (payload_bytes != 0)
        cap_rest_limit(&rest, payload_bytes);
    enum walk walk = WALK_ON;
    while (walk == WALK_ON && rd_ok(&rest.rd))
        walk = walk_extension(&rest.rd, &next);
    if (!rd_ok(&rest.rd)) {
        cap_count_short(d, &rest);
    } else if (next != IP_PROTO_TCP) {
        d->counters->not_tcp++;
    } else if (walk != WALK_DONE) {
        count_fragment(d, rest.rd, walk == WALK_FRAGMENT_FIRST);
    } else {
        memcpy(seg->src.addr, addr, 16);
        memcpy(seg->dst.addr, addr + 16, 16);
        cap_decode_tcp(d, seg, rest);
    }
}

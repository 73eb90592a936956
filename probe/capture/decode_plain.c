/* summary: the common packet on a short way: Ethernet, IPv4 without options or fragments, TCP, all captured
 *
 * Gives exactly what the layers in decode_link.c, decode_ip.c and decode_tcp.c give, or nothing. */
#include "decode.h"

#include <string.h>

#define ETHERNET_BYTES 14
#define IP4_BYTES 20
#define TCP_MIN_BYTES 20
#define TCP_FLAGS (CAP_FIN | CAP_SYN | CAP_RST | CAP_PSH | CAP_ACK)

static inline uint16_t be16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | (uint32_t)p[3];
}

/* In two stores of 8 bytes, as addresses are compared: bytes written one by one have to reach the cache
 * before they can be read together. */
static inline void map_ip4(uint8_t *dst, const uint8_t *addr)
{
    const uint64_t zeros = 0;
    uint32_t ip;
    memcpy(&ip, addr, sizeof ip);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    const uint64_t mapped = (uint64_t)ip << 32 | 0xffff0000U;
#else
    const uint64_t mapped = UINT64_C(0xffff) << 32 | ip;
#endif
    memcpy(dst, &zeros, sizeof zeros);
    memcpy(dst + sizeof zeros, &mapped, sizeof mapped);
}

bool cap_decode_plain(const struct cap_decoder *d, const struct cap_packet *p)
{
    const uint8_t *ip = p->data + ETHERNET_BYTES;
    const uint8_t *tcp = ip + IP4_BYTES;
    if (p->captured_bytes < ETHERNET_BYTES + IP4_BYTES + TCP_MIN_BYTES || p->wire_bytes < p->captured_bytes)
        return false;
    uint32_t total = be16(ip + 2);
    uint32_t header = 4U * (uint32_t)(tcp[12] >> 4);
    /* IPv4's type, version 4 with 5 words of header, neither offset nor more fragments, protocol TCP. */
    if (be16(p->data + 12) != 0x0800 || ip[0] != 0x45 || (be16(ip + 6) & 0x3fff) != 0 || ip[9] != 6)
        return false;
    if (total > p->captured_bytes - ETHERNET_BYTES || header < TCP_MIN_BYTES || total < IP4_BYTES + header)
        return false;
    struct cap_segment seg;
    seg.ts_ns = p->ts_ns;
    seg.src.port = be16(tcp);
    seg.dst.port = be16(tcp + 2);
    if (!cap_port_kept(d, seg.src.port) && !cap_port_kept(d, seg.dst.port)) {
        d->counters->not_tcp++;
        return true;
    }
    map_ip4(seg.src.addr, ip + 12);
    map_ip4(seg.dst.addr, ip + 16);
    seg.seq = be32(tcp + 4);
    seg.ack = be32(tcp + 8);
    seg.flags = tcp[13] & TCP_FLAGS;
    seg.window = be16(tcp + 14);
    seg.payload = tcp + header;
    seg.payload_bytes = total - IP4_BYTES - header;
    seg.wire_bytes = seg.payload_bytes;
    d->counters->segments++;
    d->sink(d->priv, &seg);
    return true;
}

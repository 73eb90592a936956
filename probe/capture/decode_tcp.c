/* summary: the TCP header (RFC 9293, section 3.1) and the port filter */
#include "decode.h"

#define TCP_HEADER_MIN_BYTES 20
/* No packet is longer: offloaded ones end at 512 KiB. Guards the later stages against absurd lengths in a
 * file. */
#define TCP_WIRE_MAX_BYTES (64U << 20)
#define TCP_FLAGS (CAP_FIN | CAP_SYN | CAP_RST | CAP_PSH | CAP_ACK)

void cap_decode_tcp(const struct cap_decoder *d, struct cap_segment *seg, struct cap_rest rest)
{
    struct cap_rest whole = rest;
    seg->src.port = rd_u16_be(&rest.rd);
    seg->dst.port = rd_u16_be(&rest.rd);
    if (rd_ok(&rest.rd) && !cap_port_kept(d, seg->src.port) && !cap_port_kept(d, seg->dst.port)) {
        d->counters->not_tcp++;
        return;
    }
    seg->seq = rd_u32_be(&rest.rd);
    seg->ack = rd_u32_be(&rest.rd);
    uint32_t header_bytes = 4U * (uint32_t)(rd_u8(&rest.rd) >> 4);
    seg->flags = rd_u8(&rest.rd) & TCP_FLAGS;
    seg->window = rd_u16_be(&rest.rd);
    rd_skip(&rest.rd, 4); /* checksum (often not filled in yet by offloading hardware) and urgent pointer */
    if (!rd_ok(&rest.rd)) {
        cap_count_short(d, &whole);
        return;
    }
    if (header_bytes < TCP_HEADER_MIN_BYTES || header_bytes > cap_rest_wire(&whole) ||
        cap_rest_wire(&whole) > TCP_WIRE_MAX_BYTES) {
        d->counters->malformed++;
        return;
    }
    seg->wire_bytes = cap_rest_wire(&whole) - header_bytes;
    size_t captured = rd_left(&whole.rd);
    seg->payload_bytes = captured > header_bytes ? (uint32_t)(captured - header_bytes) : 0;
    rd_skip(&whole.rd, captured > header_bytes ? header_bytes : captured);
    seg->payload = whole.rd.p;
    if (seg->payload_bytes < seg->wire_bytes)
        d->counters->truncated++;
    d->counters->segments++;
    d->sink(d->priv, seg);
}

/* summary: from a packet to a TCP segment: shared by the decoders of the three layers */
#ifndef CAPTURE_DECODE_H
#define CAPTURE_DECODE_H

#include "base/rd.h"
#include "capture.h"
#include "packet.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cap_decoder {
    bool all_ports; /* no port list was given */
    uint8_t port_bits[65536 / 8];
    struct cap_counters *counters;
    cap_segment_f *sink;
    void *priv;
};

/* What is left of a packet at some layer: the captured bytes, and how many more the wire had behind them. */
struct cap_rest {
    struct rd rd;
    uint32_t cut_bytes;
};

/* `counters` is borrowed for the decoder's life; a port_count of 0 keeps all ports. */
void cap_decoder_init(struct cap_decoder *d, const uint16_t *ports, size_t port_count,
                      struct cap_counters *counters, cap_segment_f *sink, void *priv);

/* True when packets of this link type can be decoded. */
bool cap_link_known(int link_type);

/* Decodes one packet: at most one segment for the sink, or one counter more. */
void cap_decode(const struct cap_decoder *d, const struct cap_packet *p);

/* Decodes a common Ethernet packet on a short way; false, and nothing done, for one that is not so common. */
bool cap_decode_plain(const struct cap_decoder *d, const struct cap_packet *p);
/* The long way, for all. */
void cap_decode_any(const struct cap_decoder *d, const struct cap_packet *p);

/* The layers, called in this order. `seg` carries what is known so far. */
void cap_decode_ip4(const struct cap_decoder *d, struct cap_segment *seg, struct cap_rest rest);
void cap_decode_ip6(const struct cap_decoder *d, struct cap_segment *seg, struct cap_rest rest);
void cap_decode_tcp(const struct cap_decoder *d, struct cap_segment *seg, struct cap_rest rest);

/* Limits the rest to what a length field claims, which removes link-layer padding. A claim beyond the
 * packet's own length is believed: the bytes were on the wire and are missing here. */
void cap_rest_limit(struct cap_rest *rest, uint32_t claimed_bytes);

/* Length on the wire of what is left. */
uint32_t cap_rest_wire(const struct cap_rest *rest);

/* A header was not whole: counted as cut by the snaplen when the wire had enough bytes, else as malformed. */
void cap_count_short(const struct cap_decoder *d, const struct cap_rest *rest);

static inline bool cap_port_kept(const struct cap_decoder *d, uint16_t port)
{
    return d->all_ports || (d->port_bits[port >> 3] >> (port & 7) & 1) != 0;
}

#endif

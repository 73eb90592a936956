/* summary: one packet as a source hands it on, before any decoding */
#ifndef CAPTURE_PACKET_H
#define CAPTURE_PACKET_H

#include <stdint.h>

/* Borrowed, valid during the callback only. */
struct cap_packet {
    int link_type; /* DLT_ or LINKTYPE_ value; they are equal for every type that is decoded but raw IP */
    int64_t ts_ns;
    const uint8_t *data;
    uint32_t captured_bytes;
    uint32_t wire_bytes;
};

typedef void cap_packet_f(void *priv, const struct cap_packet *p);

#endif

/* summary: stage 1: packets from an interface or a file, decoded down to TCP segments */
#ifndef CAPTURE_H
#define CAPTURE_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* TCP flags as in RFC 9293, section 3.1. */
enum cap_tcp_flag {
    CAP_FIN = 0x01,
    CAP_SYN = 0x02,
    CAP_RST = 0x04,
    CAP_PSH = 0x08,
    CAP_ACK = 0x10,
};

/* One end of a TCP connection; IPv4 as an IPv4-mapped IPv6 address (RFC 4291, 2.5.5.2). Network byte order in
 * `addr`, host order in `port`. */
struct cap_endpoint {
    uint8_t addr[16];
    uint16_t port;
};

/* One TCP segment. Everything is borrowed and valid during the callback only. */
struct cap_segment {
    int64_t ts_ns; /* CLOCK_REALTIME of the capture */
    struct cap_endpoint src;
    struct cap_endpoint dst;
    uint8_t flags; /* enum cap_tcp_flag */
    uint16_t window;
    uint32_t seq;
    uint32_t ack;
    const uint8_t *payload;
    uint32_t payload_bytes; /* captured */
    uint32_t wire_bytes; /* payload length on the wire; larger than payload_bytes when the snaplen cut it */
};

typedef void cap_segment_f(void *priv, const struct cap_segment *seg);

struct cap_options {
    const char *interface;  /* live: name, "any" allowed; NULL for a file */
    const char *read_file;  /* pcap or pcapng, "-" is standard input; NULL for live */
    const char *write_file; /* also write every packet taken to this pcap file (nanosecond); NULL for none */
    const uint16_t *ports;  /* TCP ports to keep; both the kernel filter and the decoder use them */
    size_t port_count;
    uint16_t exclude_port;    /* segments from or to this port are left out of a live capture; 0: none */
    const char *exclude_host; /* only those of this numeric address too; NULL: of any */
    uint32_t snaplen;         /* bytes a packet; 0 means whole packets */
    uint32_t buffer_bytes;    /* kernel ring; 0 means the default of 64 MiB */
};

/* Counters from the start; all are exact except where the platform says otherwise. */
struct cap_counters {
    uint64_t packets;      /* taken from the source */
    uint64_t bytes;        /* their length on the wire */
    uint64_t segments;     /* TCP segments given to the sink */
    uint64_t kernel_drops; /* pcap_stats: ps_drop + ps_ifdrop; pcapng: its statistics blocks */
    uint64_t not_tcp;      /* other protocols or ports that got through */
    uint64_t fragments;    /* IP fragments, not reassembled: their bytes show as gaps */
    uint64_t malformed;    /* headers that contradict themselves */
    uint64_t truncated;    /* segments whose payload the snaplen cut */
    uint64_t unknown_link; /* packets of an interface whose link type is not decoded */
    int64_t first_ns;      /* time of the first packet, 0 when none */
    int64_t last_ns;
    bool cut_off; /* the file ended inside a packet */
};

struct cap;

/* Opens the source and, for an interface, applies the filter. Errors name the remedy: PP_DENIED (needs
 * CAP_NET_RAW), PP_NOENT (no such interface, with the ones there are; no such file), PP_INVALID (not a
 * capture file), PP_IO. `sink` gets every segment. Free with cap_free. */
PP_MUST_CHECK enum pp_status cap_open(struct cap **out, const struct cap_options *options,
                                      cap_segment_f *sink, void *priv, struct pp_err *err);

/* Takes what is there: at most `max_packets` packets, waiting at most about 100 ms when live. PP_OK when
 * packets were handled, PP_AGAIN when none came (live), PP_END at the end of the file (also when it is cut
 * off, see counters), PP_IO with err on a read error. A full disk under write_file is PP_IO and names the
 * file. */
PP_MUST_CHECK enum pp_status cap_step(struct cap *c, int max_packets, struct pp_err *err);

/* Makes a concurrent or later cap_step return soon, PP_AGAIN when nothing was taken; safe in a signal
 * handler. A wait for more of a pipe cannot be taken up again: it ends in PP_END. */
void cap_break(struct cap *c);

void cap_get_counters(struct cap *c, struct cap_counters *out);

/* Closes and flushes; PP_IO when the written file could not be completed (err says so). Nulls *cp. */
PP_MUST_CHECK enum pp_status cap_free(struct cap **cp, struct pp_err *err);

#endif

/* summary: stage 2: TCP connections with in-order bytes, gaps and closes */
#ifndef FLOW_H
#define FLOW_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cap_segment;

enum flow_dir {
    FLOW_TO_SERVER = 0,
    FLOW_TO_CLIENT = 1,
};

enum flow_event_type {
    FLOW_OPEN,  /* first event of a connection */
    FLOW_DATA,  /* in-order bytes of one direction */
    FLOW_GAP,   /* gap_bytes of one direction were lost here */
    FLOW_CLOSE, /* last event of a connection */
};

enum flow_close_why {
    FLOW_CLOSE_FIN,     /* both sides finished */
    FLOW_CLOSE_RST,     /* reset by either side */
    FLOW_CLOSE_REUSED,  /* a new SYN on the same 4-tuple */
    FLOW_CLOSE_EVICTED, /* the limit on connections or memory was reached */
    FLOW_CLOSE_END,     /* the capture ended */
};

struct flow_addr {
    uint8_t addr[16]; /* IPv4 as IPv4-mapped IPv6 */
    uint16_t port;
};

/* What is known of a connection; borrowed, valid until its FLOW_CLOSE returns. */
struct flow_conn {
    uint64_t id;           /* 1, 2, 3 … in order of appearance */
    void *app;             /* for the consumer: NULL at FLOW_OPEN, never touched by this stage */
    int64_t rtt_ns;        /* SYN to the handshake's last ACK as captured, -1 when not seen */
    bool mid_stream;       /* no SYN was seen */
    bool server_from_port; /* which end is the server was told by the port list, not by the SYN */
    struct flow_addr server;
    struct flow_addr client;
    int64_t open_ns;   /* first SYN, or the first segment when picked up in mid-stream */
    int64_t synack_ns; /* SYN to SYN/ACK as captured, -1 when not seen or when either was sent again */
};

struct flow_event {
    enum flow_event_type type;
    enum flow_dir dir; /* DATA, GAP */
    struct flow_conn *conn;
    int64_t ts_ns;       /* never goes back within one connection and direction */
    const uint8_t *data; /* DATA: borrowed during the callback */
    size_t data_bytes;
    uint32_t unacked_bytes; /* DATA: delivered of the other direction, and not acknowledged by the sender when
                               it sent this; 0 also where that is not known */
    uint64_t gap_bytes;     /* GAP: 0 when the amount is not known */
    bool truncated;         /* GAP: the bytes were cut by the snaplen rather than lost */
    enum flow_close_why why; /* CLOSE */
};

typedef void flow_event_f(void *priv, const struct flow_event *ev);

struct flow_options {
    const uint16_t *server_ports; /* tell the server's end where no SYN was seen */
    size_t server_port_count;
    size_t max_conns;       /* 0: 65536 */
    size_t max_conn_bytes;  /* buffered out-of-order bytes of one connection; 0: 1 MiB */
    size_t max_total_bytes; /* of all; 0: 64 MiB */
};

struct flow_counters {
    uint64_t opened, closed, mid_stream, evicted;
    uint64_t retransmitted_segments; /* whole or partial repeats of delivered bytes */
    uint64_t out_of_order_segments;
    uint64_t late_segments; /* came after their bytes had been declared lost */
    uint64_t gaps, gap_bytes;
    uint64_t buffered_peak_bytes;
    uint64_t buffer_limits; /* holes given up before their time because too much waited behind them */
    uint64_t no_memory;     /* connections that could not be opened, segments that could not be kept */
};

struct flow;

/* NULL-free: PP_NOMEM only. */
PP_MUST_CHECK enum pp_status flow_new(struct flow **out, const struct flow_options *options,
                                      flow_event_f *sink, void *priv);

/* Takes one segment. A hole is declared a gap as soon as the other end acknowledges bytes past it (so that a
 * response is never delivered before a hole in its request is known), or when a limit is reached, or at the
 * close. */
void flow_on_segment(struct flow *f, const struct cap_segment *seg);

/* Ends all connections with FLOW_CLOSE_END (buffered bytes behind holes are delivered after their gap). */
void flow_finish(struct flow *f, int64_t now_ns);

void flow_get_counters(const struct flow *f, struct flow_counters *out);
void flow_free(struct flow **fp);

/* "127.0.0.1:3306" or "[::1]:3306"; returns dst. */
const char *flow_addr_text(char *dst, size_t n, const struct flow_addr *a);
/* The address without the port. */
const char *flow_host_text(char *dst, size_t n, const struct flow_addr *a);

#endif

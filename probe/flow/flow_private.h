/* summary: what the files of the flow stage share: connection, stream, table */
#ifndef FLOW_PRIVATE_H
#define FLOW_PRIVATE_H

#include "capture.h"
#include "flow.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define FLOW_MAGIC 0x666c6f57U
#define FLOW_CONN_MAGIC 0x666c6343U

/* Nothing legitimate lies further from what is expected: it is the largest TCP window (RFC 7323, 2.3). */
#define FLOW_PLAUSIBLE_BYTES (1 << 30)

/* The 4-tuple, the lower end first. */
struct flow_key {
    struct cap_endpoint low;
    struct cap_endpoint high;
};

/* An entry of the table, first in what it stands for. */
struct flow_entry {
    struct flow_entry *chain;
    uint64_t hash;
    struct flow_key key;
    bool is_tomb;
};

#define FLOW_SEEDS 3
/* Entries found by their ports, without a hash of the addresses. */
#define FLOW_RECENT 1024

struct flow_recent {
    struct flow_entry *entry; /* NULL, or borrowed from the buckets */
    uint32_t ports;           /* of its two ends, in the order of the segment that it was found for */
    bool swapped;             /* that segment came from the key's high end */
};

struct flow_table {
    struct flow_entry **buckets;
    size_t bucket_count; /* a power of two */
    size_t count;
    uint64_t seed[FLOW_SEEDS];
    struct flow_recent recent[FLOW_RECENT];
};

/* Captured bytes that wait for a hole before them to be filled; `cut_bytes` more were not captured. */
struct flow_chunk {
    struct flow_chunk *next;
    int64_t ts_ns;
    uint32_t seq;
    uint32_t data_bytes;
    uint32_t cut_bytes;
    uint8_t data[];
};

/* A run of sequence numbers from a segment, data as far as captured. */
struct flow_span {
    int64_t ts_ns;
    uint32_t seq;
    uint32_t wire_bytes;
    uint32_t data_bytes; /* at most wire_bytes */
    const uint8_t *data;
};

#define FLOW_LOST_RANGES 4

/* One direction of a connection; what every segment needs comes first. 128 bytes: a power of two spares
 * multiplications where one of the two is chosen. */
struct flow_stream {
    enum flow_dir dir;
    bool synced;     /* `next` is known */
    bool syn_seen;   /* `isn` is known */
    bool fin_seen;   /* `fin_seq` is known */
    bool ack_seen;   /* `acked` is known */
    bool fin_hinted; /* one number beyond `next` was acknowledged: a FIN that was not captured, or a byte */
    bool listed;     /* among the streams that buffer */
    uint32_t next;   /* first sequence number not yet delivered or given up */
    uint32_t acked;  /* highest acknowledgement by the other end */
    int64_t last_ts_ns;
    struct flow_chunk *head; /* sorted, without overlap, all beyond `next` */
    struct flow_chunk *tail;
    uint32_t isn;
    uint32_t fin_seq;
    int64_t fin_ts_ns;
    size_t buffered_bytes;
    uint32_t chunk_count;
    unsigned lost_next; /* ring of the ranges given up last, to tell late segments from repeated ones */
    struct {
        uint32_t seq, bytes;
    } lost[FLOW_LOST_RANGES];
    struct flow_stream *older; /* list of the streams that buffer, the longest waiting first */
    struct flow_stream *newer;
};

struct flow_conn_private {
    struct flow_entry entry; /* first */
    uint32_t magic;
    bool client_low;   /* the client is the key's low end */
    bool shakes_again; /* a SYN or SYN/ACK came twice */
    int64_t lru_ns;    /* when it came to its place in the list of ages */
    struct flow_conn pub;
    struct flow_stream stream[2]; /* by enum flow_dir */
    struct flow_conn_private *lru_prev;
    struct flow_conn_private *lru_next;
};

/* What stays of a closed connection, so that its late segments do not open a new one. */
struct flow_tomb {
    struct flow_entry entry; /* first */
    int64_t closed_ns;
    bool reset;
    bool known[2]; /* `next` holds, by order of the ends in the key */
    uint32_t next[2];
    struct flow_tomb *newer;
};

struct flow {
    uint32_t magic;
    struct flow_options options; /* with the defaults filled in; ports copied */
    uint16_t *ports;
    flow_event_f *sink;
    void *priv;
    struct flow_counters counters;
    struct flow_table table;
    struct flow_conn_private *lru_head; /* longest without a segment */
    struct flow_conn_private *lru_tail;
    size_t conn_count;
    struct flow_tomb *tomb_oldest;
    struct flow_tomb *tomb_newest;
    size_t tomb_count;
    struct flow_stream *waiting_oldest; /* streams that buffer */
    struct flow_stream *waiting_newest;
    size_t total_buffered_bytes;
    uint64_t next_id;
};

/* a - b in sequence space (RFC 1982): negative when a lies before b. */
static inline int32_t flow_seq_diff(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b);
}

/* 0 when the addresses are equal. */
static inline uint64_t flow_addr_differs(const struct cap_endpoint *a, const struct cap_endpoint *b)
{
    uint64_t x[2], y[2];
    memcpy(x, a->addr, sizeof x);
    memcpy(y, b->addr, sizeof y);
    return (x[0] ^ y[0]) | (x[1] ^ y[1]);
}

static inline bool flow_end_equal(const struct cap_endpoint *a, const struct cap_endpoint *b)
{
    return (flow_addr_differs(a, b) | (uint64_t)(a->port ^ b->port)) == 0;
}

/* Any total order. */
static inline bool flow_end_less(const struct cap_endpoint *a, const struct cap_endpoint *b)
{
    uint64_t x[2], y[2];
    memcpy(x, a->addr, sizeof x);
    memcpy(y, b->addr, sizeof y);
    if (x[1] != y[1]) /* where IPv4 addresses differ */
        return x[1] < y[1];
    return x[0] != y[0] ? x[0] < y[0] : a->port < b->port;
}

/* Fills the key; returns true when src is its low end. */
static inline bool flow_key_of(struct flow_key *key, const struct cap_endpoint *src,
                               const struct cap_endpoint *dst)
{
    bool src_low = !flow_end_less(dst, src);
    key->low = src_low ? *src : *dst;
    key->high = src_low ? *dst : *src;
    return src_low;
}

/* table.c */
enum pp_status flow_table_init(struct flow_table *t);
void flow_table_fini(struct flow_table *t);
/* In either direction; NULL when there is none. *a_low: a is the key's low end. */
struct flow_entry *flow_table_get(struct flow_table *t, const struct cap_endpoint *a,
                                  const struct cap_endpoint *b, bool *a_low);
/* The entry's key must be set and absent from the table. */
void flow_table_add(struct flow_table *t, struct flow_entry *e);
void flow_table_remove(struct flow_table *t, struct flow_entry *e);

/* tomb.c */
void flow_tomb_add(struct flow *f, const struct flow_conn_private *c, int64_t now_ns, bool reset);
/* True when the segment belongs to the closed connection; else the tombstone does not speak against a new
 * one. */
bool flow_tomb_covers(const struct flow_tomb *t, const struct cap_segment *seg);
void flow_tomb_remove(struct flow *f, struct flow_tomb *t);
void flow_tomb_remove_all(struct flow *f);

/* conn.c */
/* NULL when memory is out. Emits FLOW_OPEN; evicts the connection idle for longest when there are too many.
 */
struct flow_conn_private *flow_conn_open(struct flow *f, const struct cap_segment *seg);
void flow_conn_close(struct flow *f, struct flow_conn_private *c, enum flow_close_why why, int64_t now_ns);
/* The connection has a segment: it goes to the end of the list of ages. */
void flow_conn_touch(struct flow *f, struct flow_conn_private *c, int64_t now_ns);
void flow_conn_segment(struct flow *f, struct flow_conn_private *c, enum flow_dir dir,
                       const struct cap_segment *seg);
/* Which way a segment of the connection goes whose sender is, or is not, the key's low end. */
static inline enum flow_dir flow_conn_dir(const struct flow_conn_private *c, bool src_low)
{
    return src_low == c->client_low ? FLOW_TO_SERVER : FLOW_TO_CLIENT;
}
struct flow_conn_private *flow_conn_of(struct flow_stream *s);

/* stream.c */
void flow_stream_init(struct flow_stream *s, enum flow_dir dir);
/* Delivers a span that begins at `next`; what the snaplen cut off its end is a gap. */
void flow_stream_deliver(struct flow *f, struct flow_stream *s, const struct flow_span *span);
/* Takes new bytes: delivers, buffers or drops them. */
void flow_stream_data(struct flow *f, struct flow_stream *s, struct flow_span span);
/* The other end acknowledges everything before `ack`. `with_data` when the acknowledging segment carries
 * payload. */
void flow_stream_ack(struct flow *f, struct flow_stream *s, uint32_t ack, int64_t ts_ns, bool with_data);
/* Delivers everything that is buffered, holes as gaps. */
void flow_stream_flush(struct flow *f, struct flow_stream *s);
/* All bytes up to the FIN are delivered or given up. */
bool flow_stream_finished(const struct flow_stream *s);
/* Sets where the direction starts, unless that is known. */
void flow_stream_sync(struct flow_stream *s, uint32_t next);
/* Gives up the place in the sequence (a gap of unknown size) and goes on at `next`. */
void flow_stream_resync(struct flow *f, struct flow_stream *s, uint32_t next, int64_t ts_ns);

/* Delivers bytes of `own`, which is one of the connection's two directions, `other` the other one. */
static inline void flow_emit_own(struct flow *f, struct flow_conn_private *c, struct flow_stream *own,
                                 const struct flow_stream *other, const struct flow_span *span)
{
    int32_t unacked = other->ack_seen ? flow_seq_diff(other->next, other->acked) : 0;
    if (span->ts_ns > own->last_ts_ns)
        own->last_ts_ns = span->ts_ns;
    struct flow_event ev = {.type = FLOW_DATA,
                            .dir = own->dir,
                            .conn = &c->pub,
                            .ts_ns = own->last_ts_ns,
                            .data = span->data,
                            .data_bytes = span->data_bytes,
                            .unacked_bytes = unacked > 0 ? (uint32_t)unacked : 0};
    f->sink(f->priv, &ev);
}

/* emit.c */
void flow_emit_data(struct flow *f, struct flow_stream *s, const struct flow_span *span);
void flow_emit_gap(struct flow *f, struct flow_stream *s, int64_t ts_ns, uint32_t n, bool truncated);
void flow_emit_life(struct flow *f, struct flow_conn_private *c, enum flow_event_type type, int64_t ts_ns,
                    enum flow_close_why why);

/* chunk.c: the bytes that wait */
void flow_span_drop(struct flow_span *span, uint32_t n);
struct flow_span flow_span_first(const struct flow_span *span, uint32_t n);
/* What flow_chunks_add would take of the limits for it. */
size_t flow_chunks_cost(struct flow_stream *s, struct flow_span span);
/* Keeps those parts of the span (all of it beyond `next`) that are not there yet. Returns false when nothing
 * was new. Where memory or a limit is reached, holes are given up as gaps. */
bool flow_chunks_add(struct flow *f, struct flow_stream *s, struct flow_span span);
/* Takes the first chunk off; free() it. */
struct flow_chunk *flow_chunks_pop(struct flow *f, struct flow_stream *s);
void flow_chunks_clear(struct flow *f, struct flow_stream *s);

#endif

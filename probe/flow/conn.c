/* summary: a connection's life: opening, which end is the server, SYN, FIN, RST, closing, age list */
#include "flow_private.h"

#include "base/obj.h"
#include "base/rare.h"

#include <stdlib.h>
#include <string.h>

#define LRU_EXACT_NS 10000000

struct flow_conn_private *flow_conn_of(struct flow_stream *s)
{
    char *first = (char *)(s - (size_t)s->dir);
    return (struct flow_conn_private *)(void *)(first - offsetof(struct flow_conn_private, stream));
}

static bool is_server_port(const struct flow *f, uint16_t port)
{
    for (size_t i = 0; i < f->options.server_port_count; i++)
        if (f->ports[i] == port)
            return true;
    return false;
}

/* For a segment that is no part of a handshake: the port list decides, else the lower port is the server's.
 */
static bool to_server(const struct flow *f, const struct cap_segment *seg)
{
    bool dst_listed = is_server_port(f, seg->dst.port);
    if (dst_listed != is_server_port(f, seg->src.port))
        return dst_listed;
    return seg->dst.port <= seg->src.port;
}

static struct flow_addr addr_of(const struct cap_endpoint *e)
{
    struct flow_addr a;
    memcpy(a.addr, e->addr, sizeof a.addr);
    a.port = e->port;
    return a;
}

static void lru_remove(struct flow *f, struct flow_conn_private *c)
{
    if (c->lru_prev != NULL)
        c->lru_prev->lru_next = c->lru_next;
    else
        f->lru_head = c->lru_next;
    if (c->lru_next != NULL)
        c->lru_next->lru_prev = c->lru_prev;
    else
        f->lru_tail = c->lru_prev;
}

static void lru_append(struct flow *f, struct flow_conn_private *c)
{
    c->lru_next = NULL;
    c->lru_prev = f->lru_tail;
    if (c->lru_prev != NULL)
        c->lru_prev->lru_next = c;
    else
        f->lru_head = c;
    f->lru_tail = c;
}

void flow_conn_touch(struct flow *f, struct flow_conn_private *c, int64_t now_ns)
{
    OBJ_CHECK(c, FLOW_CONN_MAGIC);
    /* Exact to this much is enough to tell who has been idle for longest, and spares busy connections most of
     * their moves. A clock that stepped back moves them too. */
    if (f->lru_tail == c || (uint64_t)(now_ns - c->lru_ns) < LRU_EXACT_NS)
        return;
    c->lru_ns = now_ns;
    lru_remove(f, c);
    lru_append(f, c);
}

PP_RARE struct flow_conn_private *flow_conn_open(struct flow *f, const struct cap_segment *seg)
{
    if (f->conn_count >= f->options.max_conns)
        flow_conn_close(f, f->lru_head, FLOW_CLOSE_EVICTED, seg->ts_ns);
    struct flow_conn_private *c = calloc(1, sizeof *c);
    if (c == NULL) {
        f->counters.no_memory++;
        return NULL;
    }
    bool syn = (seg->flags & CAP_SYN) != 0;
    bool from_client = syn ? (seg->flags & CAP_ACK) == 0 : to_server(f, seg);
    c->magic = FLOW_CONN_MAGIC;
    c->client_low = flow_key_of(&c->entry.key, &seg->src, &seg->dst) == from_client;
    c->pub.id = f->next_id++;
    c->pub.client = addr_of(from_client ? &seg->src : &seg->dst);
    c->pub.server = addr_of(from_client ? &seg->dst : &seg->src);
    c->pub.open_ns = seg->ts_ns;
    c->pub.rtt_ns = -1;
    c->pub.synack_ns = -1;
    c->pub.mid_stream = !syn;
    c->pub.server_from_port = !syn;
    flow_stream_init(&c->stream[FLOW_TO_SERVER], FLOW_TO_SERVER);
    flow_stream_init(&c->stream[FLOW_TO_CLIENT], FLOW_TO_CLIENT);
    flow_table_add(&f->table, &c->entry);
    c->lru_ns = seg->ts_ns;
    lru_append(f, c);
    f->conn_count++;
    f->counters.opened++;
    f->counters.mid_stream += !syn;
    flow_emit_life(f, c, FLOW_OPEN, seg->ts_ns, FLOW_CLOSE_END);
    return c;
}

PP_RARE void flow_conn_close(struct flow *f, struct flow_conn_private *c, enum flow_close_why why,
                             int64_t now_ns)
{
    OBJ_CHECK(c, FLOW_CONN_MAGIC);
    flow_stream_flush(f, &c->stream[FLOW_TO_SERVER]);
    flow_stream_flush(f, &c->stream[FLOW_TO_CLIENT]);
    f->counters.closed++;
    f->counters.evicted += why == FLOW_CLOSE_EVICTED;
    flow_emit_life(f, c, FLOW_CLOSE, now_ns, why);
    lru_remove(f, c);
    flow_table_remove(&f->table, &c->entry);
    f->conn_count--;
    if (why == FLOW_CLOSE_FIN || why == FLOW_CLOSE_RST)
        flow_tomb_add(f, c, now_ns, why == FLOW_CLOSE_RST);
    OBJ_FREE(c);
}

/* A SYN that begins another connection on the 4-tuple rather than repeating this one's. */
static bool is_reuse(const struct flow_stream *s, const struct cap_segment *seg)
{
    if ((seg->flags & (CAP_SYN | CAP_RST)) != CAP_SYN)
        return false;
    if (s->syn_seen)
        return s->isn != seg->seq;
    return s->synced && s->next != seg->seq + 1; /* known so far from an acknowledgement, or in mid-stream */
}

/* RFC 5961, section 3.2: a reset counts only where it lies in the receiver's window. That begins at what the
 * receiver has acknowledged; its size is not known here, so its largest is taken. */
static bool reset_counts(const struct flow_stream *s, const struct cap_segment *seg)
{
    if (!s->synced)
        return true;
    uint32_t from = s->next;
    if (s->ack_seen && flow_seq_diff(s->acked, from) < 0)
        from = s->acked;
    int32_t ahead = flow_seq_diff(seg->seq, from);
    return ahead >= 0 && ahead <= FLOW_PLAUSIBLE_BYTES;
}

static PP_RARE void take_reset(struct flow *f, struct flow_conn_private *c, enum flow_dir dir,
                               const struct cap_segment *seg)
{
    struct flow_stream *own = &c->stream[dir];
    struct flow_stream *other = &c->stream[!dir];
    if (!reset_counts(own, seg))
        return;
    /* Everything before its number was sent, and everything before its acknowledgement arrived, captured or
     * not. */
    if ((seg->flags & CAP_ACK) != 0 && other->synced) {
        int32_t ahead = flow_seq_diff(seg->ack, other->next);
        if (ahead > 0 && ahead <= FLOW_PLAUSIBLE_BYTES)
            flow_stream_ack(f, other, seg->ack, seg->ts_ns, false);
    }
    if (own->synced)
        flow_stream_ack(f, own, seg->seq, seg->ts_ns, false);
    flow_conn_close(f, c, FLOW_CLOSE_RST, seg->ts_ns);
}

static PP_RARE void take_syn(struct flow_stream *s, uint32_t seq)
{
    flow_stream_sync(s, seq + 1);
    s->syn_seen = true;
    s->isn = seq;
}

static PP_RARE void take_fin(struct flow *f, struct flow_stream *s, uint32_t fin_seq, int64_t ts_ns)
{
    flow_stream_sync(s, fin_seq);
    int32_t ahead = flow_seq_diff(fin_seq, s->next);
    if (s->fin_seen || ahead < 0 || ahead > FLOW_PLAUSIBLE_BYTES)
        return;
    s->fin_seen = true;
    s->fin_seq = fin_seq;
    s->fin_hinted = false;
    s->fin_ts_ns = ts_ns;
    if (s->ack_seen && flow_seq_diff(s->acked, s->next) > 0)
        flow_stream_ack(f, s, s->acked, ts_ns, true);
}

/* Both ends have sent everything; of one end's FIN only the acknowledgement may have been captured. */
static bool all_finished(const struct flow_conn_private *c)
{
    const struct flow_stream *a = &c->stream[0];
    const struct flow_stream *b = &c->stream[1];
    bool a_done = flow_stream_finished(a);
    bool b_done = flow_stream_finished(b);
    return (a_done && b_done) || (a_done && b->fin_hinted) || (b_done && a->fin_hinted);
}

static PP_RARE void take_handshake_end(struct flow_conn_private *c, const struct cap_segment *seg)
{
    const struct flow_stream *client = &c->stream[FLOW_TO_SERVER];
    if (c->pub.rtt_ns < 0 && client->syn_seen && !c->pub.mid_stream && seg->seq == client->isn + 1 &&
        (seg->flags & (CAP_SYN | CAP_ACK)) == CAP_ACK && seg->ts_ns >= c->pub.open_ns)
        c->pub.rtt_ns = seg->ts_ns - c->pub.open_ns;
}

/* The handshake's first half. Of one that was repeated it is not known which answer belongs to which. */
static PP_RARE void take_synack(struct flow_conn_private *c, enum flow_dir dir, const struct cap_segment *seg)
{
    const struct flow_stream *client = &c->stream[FLOW_TO_SERVER];
    c->shakes_again = c->shakes_again || c->stream[dir].syn_seen;
    if (c->shakes_again)
        c->pub.synack_ns = -1;
    else if (dir == FLOW_TO_CLIENT && (seg->flags & CAP_ACK) != 0 && client->syn_seen &&
             seg->ack == client->isn + 1 && seg->ts_ns >= c->pub.open_ns)
        c->pub.synack_ns = seg->ts_ns - c->pub.open_ns;
}

/* The segment that nearly all are, on a short way: in order, on a connection that is open both ways, and it
 * acknowledges nothing that was not seen. Does what take_other would, or nothing. */
static inline bool take_plain(struct flow *f, struct flow_conn_private *c, enum flow_dir dir,
                              const struct cap_segment *seg)
{
    struct flow_stream *own = &c->stream[dir];
    struct flow_stream *other = &c->stream[!dir];
    if ((seg->flags & (CAP_SYN | CAP_FIN | CAP_RST | CAP_ACK)) != CAP_ACK || !own->synced || !other->synced ||
        own->fin_seen || other->fin_seen)
        return false;
    if (c->pub.rtt_ns < 0 && !c->pub.mid_stream) /* it may end the handshake */
        return false;
    if (other->next - seg->ack > FLOW_PLAUSIBLE_BYTES ||
        (seg->wire_bytes > 0 && (seg->seq != own->next || own->head != NULL)))
        return false;
    if (!other->ack_seen || flow_seq_diff(seg->ack, other->acked) > 0)
        other->acked = seg->ack;
    other->ack_seen = true;
    if (seg->wire_bytes == 0)
        return true;
    own->fin_hinted = false;
    own->next += seg->wire_bytes;
    const struct flow_span span = {
        .ts_ns = seg->ts_ns, .data = seg->payload, .data_bytes = seg->payload_bytes};
    if (seg->payload_bytes > 0)
        flow_emit_own(f, c, own, other, &span);
    if (seg->payload_bytes < seg->wire_bytes)
        flow_emit_gap(f, own, seg->ts_ns, seg->wire_bytes - seg->payload_bytes, true);
    return true;
}

static PP_APART void take_other(struct flow *f, struct flow_conn_private *c, enum flow_dir dir,
                                const struct cap_segment *seg)
{
    struct flow_stream *s = &c->stream[dir];
    if (is_reuse(s, seg)) {
        flow_conn_close(f, c, FLOW_CLOSE_REUSED, seg->ts_ns);
        c = flow_conn_open(f, seg);
        if (c == NULL)
            return;
        dir = flow_conn_dir(c, flow_end_equal(&seg->src, &c->entry.key.low));
        s = &c->stream[dir];
    }
    if ((seg->flags & CAP_RST) != 0) {
        take_reset(f, c, dir, seg);
        return;
    }
    struct flow_span span = {.ts_ns = seg->ts_ns,
                             .seq = seg->seq,
                             .wire_bytes = seg->wire_bytes,
                             .data_bytes = seg->payload_bytes,
                             .data = seg->payload};
    bool syn = (seg->flags & CAP_SYN) != 0;
    if (syn) {
        take_synack(c, dir, seg);
        take_syn(s, seg->seq);
        span.seq++; /* the SYN has a number of its own */
    } else if (dir == FLOW_TO_SERVER) {
        take_handshake_end(c, seg);
    }
    if ((seg->flags & CAP_ACK) != 0)
        flow_stream_ack(f, &c->stream[!dir], seg->ack, seg->ts_ns, seg->wire_bytes > 0);
    if (span.wire_bytes > 0)
        flow_stream_data(f, s, span);
    if ((seg->flags & CAP_FIN) != 0 && !syn)
        take_fin(f, s, seg->seq + seg->wire_bytes, seg->ts_ns);
    if (all_finished(c))
        flow_conn_close(f, c, FLOW_CLOSE_FIN, seg->ts_ns);
}

void flow_conn_segment(struct flow *f, struct flow_conn_private *c, enum flow_dir dir,
                       const struct cap_segment *seg)
{
    OBJ_CHECK(c, FLOW_CONN_MAGIC);
    if (!take_plain(f, c, dir, seg))
        take_other(f, c, dir, seg);
}

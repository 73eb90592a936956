/* summary: one direction of a connection: order, repeats, holes, acknowledgements */
#include "flow_private.h"

#include "base/rare.h"

#include <stdlib.h>
#include <string.h>

/* Bounds the walk over a list of very small segments. */
#define STREAM_CHUNKS_MAX 4096

void flow_stream_init(struct flow_stream *s, enum flow_dir dir)
{
    memset(s, 0, sizeof *s);
    s->dir = dir;
}

void flow_stream_sync(struct flow_stream *s, uint32_t next)
{
    if (s->synced)
        return;
    s->synced = true;
    s->next = next;
}

static bool implausible(int32_t ahead)
{
    return ahead > FLOW_PLAUSIBLE_BYTES || ahead < -FLOW_PLAUSIBLE_BYTES;
}

void flow_stream_deliver(struct flow *f, struct flow_stream *s, const struct flow_span *span)
{
    uint32_t cut = span->wire_bytes - span->data_bytes;
    s->next += span->wire_bytes;
    if (span->data_bytes > 0)
        flow_emit_data(f, s, span);
    if (cut > 0)
        flow_emit_gap(f, s, span->ts_ns, cut, true);
}

static PP_RARE void deliver_head(struct flow *f, struct flow_stream *s)
{
    struct flow_chunk *c = flow_chunks_pop(f, s);
    struct flow_span span = {.ts_ns = c->ts_ns,
                             .seq = c->seq,
                             .wire_bytes = c->data_bytes + c->cut_bytes,
                             .data_bytes = c->data_bytes,
                             .data = c->data};
    flow_stream_deliver(f, s, &span);
    free(c);
}

static void drain(struct flow *f, struct flow_stream *s)
{
    while (s->head != NULL && s->head->seq == s->next)
        deliver_head(f, s);
}

/* Delivers a span that begins at `next`, around what is buffered already, and what can follow it. */
static PP_RARE void deliver_in_order(struct flow *f, struct flow_stream *s, struct flow_span span)
{
    while (span.wire_bytes > 0) {
        uint32_t n = span.wire_bytes;
        if (s->head != NULL && s->head->seq - s->next < n)
            n = s->head->seq - s->next;
        if (n > 0) {
            struct flow_span part = flow_span_first(&span, n);
            flow_stream_deliver(f, s, &part);
        } else {
            n = s->next;
            deliver_head(f, s);
            n = s->next - n;
        }
        flow_span_drop(&span, n < span.wire_bytes ? n : span.wire_bytes);
    }
    drain(f, s);
}

/* Declares everything up to `end` lost and delivers what was waiting behind it. */
static PP_RARE void give_up(struct flow *f, struct flow_stream *s, uint32_t end, int64_t ts_ns)
{
    uint32_t n = end - s->next;
    s->lost[s->lost_next].seq = s->next;
    s->lost[s->lost_next].bytes = n;
    s->lost_next = (s->lost_next + 1) % FLOW_LOST_RANGES;
    s->next = end;
    s->fin_hinted = false;
    flow_emit_gap(f, s, ts_ns, n, false);
    drain(f, s);
}

static void give_up_first_hole(struct flow *f, struct flow_stream *s)
{
    give_up(f, s, s->head->seq, s->head->ts_ns);
}

/* Counts a segment of which the first `n` bytes lie before `next`. */
static PP_RARE void count_old(struct flow *f, const struct flow_stream *s, const struct flow_span *span,
                              uint32_t n)
{
    for (size_t i = 0; i < FLOW_LOST_RANGES; i++) {
        uint32_t bytes = s->lost[i].bytes;
        if (bytes > 0 && flow_seq_diff(s->lost[i].seq + bytes, span->seq) > 0 &&
            flow_seq_diff(span->seq + n, s->lost[i].seq) > 0) {
            f->counters.late_segments++;
            return;
        }
    }
    f->counters.retransmitted_segments++;
}

/* Drops from the span what lies before `next`. */
static void trim_old(const struct flow_stream *s, struct flow_span *span)
{
    int32_t old = flow_seq_diff(s->next, span->seq);
    if (old > 0)
        flow_span_drop(span, (uint32_t)old < span->wire_bytes ? (uint32_t)old : span->wire_bytes);
}

/* The stream whose first hole is to be given up before the span may be kept, NULL when there is room. */
static struct flow_stream *over_limit(struct flow *f, struct flow_stream *s, const struct flow_span *span)
{
    size_t cost = flow_chunks_cost(s, *span);
    if (cost == 0)
        return NULL;
    if (s->buffered_bytes + cost > f->options.max_conn_bytes || s->chunk_count >= STREAM_CHUNKS_MAX)
        return s;
    if (f->total_buffered_bytes + cost > f->options.max_total_bytes)
        /* A hole that has been open for longest is the least likely to be filled. */
        return f->waiting_oldest != NULL ? f->waiting_oldest : s;
    return NULL;
}

/* Keeps a span that lies beyond a hole. */
static PP_RARE void wait_in_order(struct flow *f, struct flow_stream *s, struct flow_span span)
{
    struct flow_stream *full = over_limit(f, s, &span);
    while (full != NULL) {
        f->counters.buffer_limits++;
        bool own_hole = full == s && (s->head == NULL || flow_seq_diff(span.seq, s->head->seq) <= 0);
        if (own_hole)
            give_up(f, s, span.seq, span.ts_ns);
        else
            give_up_first_hole(f, full);
        trim_old(s, &span);
        if (flow_seq_diff(span.seq, s->next) <= 0) {
            deliver_in_order(f, s, span);
            return;
        }
        full = over_limit(f, s, &span);
    }
    if (flow_chunks_add(f, s, span))
        f->counters.out_of_order_segments++;
    else
        f->counters.retransmitted_segments++;
    if (s->ack_seen && flow_seq_diff(s->acked, s->next) > 0) /* what looked like an unseen FIN was a byte */
        flow_stream_ack(f, s, s->acked, span.ts_ns, true);
}

void flow_stream_data(struct flow *f, struct flow_stream *s, struct flow_span span)
{
    flow_stream_sync(s, span.seq);
    if (span.seq == s->next && s->head == NULL && !s->fin_seen) { /* as nearly always */
        s->fin_hinted = false;
        flow_stream_deliver(f, s, &span);
        return;
    }
    int32_t ahead = flow_seq_diff(span.seq, s->next);
    if (implausible(ahead)) {
        flow_stream_resync(f, s, span.seq, span.ts_ns);
        ahead = 0;
    }
    if (s->fin_seen) { /* nothing follows a FIN */
        int32_t room = flow_seq_diff(s->fin_seq, span.seq);
        if (room <= 0)
            return;
        span = flow_span_first(&span, (uint32_t)room);
    }
    if (ahead == -1 && span.wire_bytes <= 1) /* keep-alive probe: an old byte, or garbage in its place */
        return;
    if (ahead < 0) {
        uint32_t old = (uint32_t)-ahead;
        count_old(f, s, &span, old < span.wire_bytes ? old : span.wire_bytes);
        trim_old(s, &span);
    }
    if (span.wire_bytes == 0)
        return;
    s->fin_hinted = false;
    if (ahead <= 0)
        deliver_in_order(f, s, span);
    else
        wait_in_order(f, s, span);
}

void flow_stream_ack(struct flow *f, struct flow_stream *s, uint32_t ack, int64_t ts_ns, bool with_data)
{
    flow_stream_sync(s, ack);
    if (implausible(flow_seq_diff(ack, s->next))) {
        flow_stream_resync(f, s, ack, ts_ns);
        return;
    }
    if (!s->ack_seen || flow_seq_diff(ack, s->acked) > 0)
        s->acked = ack;
    s->ack_seen = true;
    if (s->fin_seen && flow_seq_diff(ack, s->fin_seq) > 0) /* the FIN has a number of its own */
        ack = s->fin_seq;
    int32_t missing = flow_seq_diff(ack, s->next);
    if (missing <= 0)
        return;
    if (missing == 1 && s->head == NULL && !s->fin_seen && !with_data) {
        s->fin_hinted = true;
        return;
    }
    while (flow_seq_diff(ack, s->next) > 0) {
        uint32_t end = ack;
        /* Captured bytes behind the hole tell better when the lost ones passed than the acknowledgement does.
         */
        int64_t when_ns = s->head != NULL && s->head->ts_ns < ts_ns ? s->head->ts_ns : ts_ns;
        if (s->head != NULL && flow_seq_diff(s->head->seq, end) < 0)
            end = s->head->seq;
        give_up(f, s, end, when_ns);
    }
}

void flow_stream_flush(struct flow *f, struct flow_stream *s)
{
    while (s->head != NULL)
        give_up_first_hole(f, s);
    if (s->fin_seen && flow_seq_diff(s->fin_seq, s->next) > 0)
        give_up(f, s, s->fin_seq, s->fin_ts_ns);
}

bool flow_stream_finished(const struct flow_stream *s)
{
    return s->fin_seen && flow_seq_diff(s->next, s->fin_seq) >= 0;
}

PP_RARE void flow_stream_resync(struct flow *f, struct flow_stream *s, uint32_t next, int64_t ts_ns)
{
    s->fin_seen = false;
    flow_stream_flush(f, s);
    s->fin_hinted = false;
    s->ack_seen = false;
    memset(s->lost, 0, sizeof s->lost);
    s->next = next;
    flow_emit_gap(f, s, ts_ns, 0, false);
}

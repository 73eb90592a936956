/* summary: out-of-order bytes: sorted chunks without overlap, what came first is kept */
#include "flow_private.h"

#include "base/obj.h"

#include <stdlib.h>
#include <string.h>

void flow_span_drop(struct flow_span *span, uint32_t n)
{
    uint32_t data = n < span->data_bytes ? n : span->data_bytes;
    span->seq += n;
    span->wire_bytes -= n;
    if (data > 0)
        span->data += data;
    span->data_bytes -= data;
}

struct flow_span flow_span_first(const struct flow_span *span, uint32_t n)
{
    struct flow_span first = *span;
    if (first.wire_bytes > n)
        first.wire_bytes = n;
    if (first.data_bytes > n)
        first.data_bytes = n;
    return first;
}

static size_t cost_of(const struct flow_chunk *c)
{
    return sizeof *c + c->data_bytes;
}

static uint32_t end_of(const struct flow_chunk *c)
{
    return c->seq + c->data_bytes + c->cut_bytes;
}

static void list_add(struct flow *f, struct flow_stream *s)
{
    if (s->listed)
        return;
    s->listed = true;
    s->newer = NULL;
    s->older = f->waiting_newest;
    if (s->older != NULL)
        s->older->newer = s;
    else
        f->waiting_oldest = s;
    f->waiting_newest = s;
}

static void list_remove(struct flow *f, struct flow_stream *s)
{
    if (!s->listed)
        return;
    s->listed = false;
    if (s->older != NULL)
        s->older->newer = s->newer;
    else
        f->waiting_oldest = s->newer;
    if (s->newer != NULL)
        s->newer->older = s->older;
    else
        f->waiting_newest = s->older;
}

/* Copies a span that overlaps nothing in front of *at. */
static bool insert(struct flow *f, struct flow_stream *s, struct flow_chunk **at,
                   const struct flow_span *span)
{
    struct flow_chunk *c = malloc(sizeof *c + span->data_bytes);
    if (c == NULL)
        return false;
    c->ts_ns = span->ts_ns;
    c->seq = span->seq;
    c->data_bytes = span->data_bytes;
    c->cut_bytes = span->wire_bytes - span->data_bytes;
    if (span->data_bytes > 0)
        memcpy(c->data, span->data, span->data_bytes);
    c->next = *at;
    *at = c;
    if (c->next == NULL)
        s->tail = c;
    s->chunk_count++;
    s->buffered_bytes += cost_of(c);
    f->total_buffered_bytes += cost_of(c);
    if (f->total_buffered_bytes > f->counters.buffered_peak_bytes)
        f->counters.buffered_peak_bytes = f->total_buffered_bytes;
    list_add(f, s);
    return true;
}

/* Where the walk begins. The usual case goes to the end; without this, a long hole would cost a walk a
 * segment.
 */
static struct flow_chunk **walk_from(struct flow_stream *s, uint32_t seq)
{
    bool behind = s->tail != NULL && flow_seq_diff(seq, end_of(s->tail)) >= 0;
    return behind ? &s->tail->next : &s->head;
}

/* Takes off the span its next piece that is not there yet; it belongs before **at. False at the span's end.
 */
static bool next_piece(struct flow_chunk ***at, struct flow_span *span, struct flow_span *piece)
{
    while (span->wire_bytes > 0) {
        while (**at != NULL && flow_seq_diff(end_of(**at), span->seq) <= 0)
            *at = &(**at)->next;
        const struct flow_chunk *c = **at;
        uint32_t n = span->wire_bytes;
        if (c != NULL && flow_seq_diff(c->seq, span->seq) <= 0) { /* already there: the first seen is kept */
            uint32_t have = end_of(c) - span->seq;
            flow_span_drop(span, have < n ? have : n);
            continue;
        }
        if (c != NULL && c->seq - span->seq < n)
            n = c->seq - span->seq;
        *piece = flow_span_first(span, n);
        flow_span_drop(span, n);
        return true;
    }
    return false;
}

size_t flow_chunks_cost(struct flow_stream *s, struct flow_span span)
{
    struct flow_chunk **at = walk_from(s, span.seq);
    struct flow_span piece;
    size_t cost = 0;
    while (next_piece(&at, &span, &piece))
        cost += sizeof(struct flow_chunk) + piece.data_bytes;
    return cost;
}

bool flow_chunks_add(struct flow *f, struct flow_stream *s, struct flow_span span)
{
    struct flow_chunk **at = walk_from(s, span.seq);
    struct flow_span piece;
    bool something_new = false;
    while (next_piece(&at, &span, &piece)) {
        if (insert(f, s, at, &piece))
            something_new = true;
        else
            f->counters.no_memory++; /* the piece is lost; it shows as a gap later */
    }
    return something_new;
}

struct flow_chunk *flow_chunks_pop(struct flow *f, struct flow_stream *s)
{
    struct flow_chunk *c = s->head;
    OBJ_ASSERT(c != NULL);
    s->head = c->next;
    s->chunk_count--;
    s->buffered_bytes -= cost_of(c);
    f->total_buffered_bytes -= cost_of(c);
    if (s->head == NULL) {
        s->tail = NULL;
        list_remove(f, s);
    }
    return c;
}

void flow_chunks_clear(struct flow *f, struct flow_stream *s)
{
    while (s->head != NULL)
        free(flow_chunks_pop(f, s));
}

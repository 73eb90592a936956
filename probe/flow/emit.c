/* summary: events to the sink: times that never go back, counters of gaps and closes */
#include "flow_private.h"

#include "base/obj.h"
#include "base/rare.h"

static int64_t forward(struct flow_stream *s, int64_t ts_ns)
{
    if (ts_ns > s->last_ts_ns)
        s->last_ts_ns = ts_ns;
    return s->last_ts_ns;
}

void flow_emit_data(struct flow *f, struct flow_stream *s, const struct flow_span *span)
{
    struct flow_conn_private *c = flow_conn_of(s);
    flow_emit_own(f, c, s, &c->stream[!s->dir], span);
}

PP_RARE void flow_emit_gap(struct flow *f, struct flow_stream *s, int64_t ts_ns, uint32_t n, bool truncated)
{
    struct flow_event ev = {.type = FLOW_GAP,
                            .dir = s->dir,
                            .conn = &flow_conn_of(s)->pub,
                            .ts_ns = forward(s, ts_ns),
                            .gap_bytes = n,
                            .truncated = truncated};
    f->counters.gaps++;
    f->counters.gap_bytes += n;
    f->sink(f->priv, &ev);
}

PP_RARE void flow_emit_life(struct flow *f, struct flow_conn_private *c, enum flow_event_type type,
                            int64_t ts_ns, enum flow_close_why why)
{
    struct flow_event ev = {.type = type, .conn = &c->pub, .ts_ns = ts_ns, .why = why};
    OBJ_ASSERT(type == FLOW_OPEN || type == FLOW_CLOSE);
    /* A close comes after everything else of both directions. */
    for (int i = 0; i < 2 && type == FLOW_CLOSE; i++)
        if (c->stream[i].last_ts_ns > ev.ts_ns)
            ev.ts_ns = c->stream[i].last_ts_ns;
    f->sink(f->priv, &ev);
}

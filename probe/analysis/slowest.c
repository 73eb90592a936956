/* summary: the slowest requests, each with the pieces that its time was made of */
#include "details.h"
#include "parts.h"

#include <stdlib.h>

static int64_t latency_at(const struct ana_details *d, uint32_t known)
{
    return fact_latency_ns(&d->facts.requests[d->known[known]]);
}

/* Places in d->known of the slowest, slowest first; of equals the earliest. Returns how many. */
static size_t find(const struct ana_details *d, uint32_t top[ANA_SLOWEST_MAX])
{
    size_t n = 0;
    for (uint32_t i = 0; i < d->known_count; i++) {
        if (n == ANA_SLOWEST_MAX && latency_at(d, i) <= latency_at(d, top[n - 1]))
            continue;
        size_t at = n < ANA_SLOWEST_MAX ? n++ : n - 1;
        for (; at > 0 && latency_at(d, i) > latency_at(d, top[at - 1]); at--)
            top[at] = top[at - 1];
        top[at] = i;
    }
    return n;
}

struct collector {
    const struct ana_details *d;
    struct ana_slow_request *to;
    bool nomem;
};

static void add_piece(void *priv, const struct ana_piece *p)
{
    struct collector *c = priv;
    struct ana_slow_request *to = c->to;
    if (to->piece_count == ANA_SLOW_PIECES_MAX) {
        to->pieces_left_out++;
        return;
    }
    if (!to->pieces)
        to->pieces = calloc(ANA_SLOW_PIECES_MAX, sizeof *to->pieces);
    if (!to->pieces) {
        c->nomem = true;
        return;
    }
    uint32_t conn = p->checkout == FACT_NONE ? FACT_NONE : c->d->facts.checkouts[p->checkout].conn;
    to->pieces[to->piece_count++] =
        (struct ana_slow_piece){.start_ns = p->start_ns,
                                .end_ns = p->end_ns,
                                .line = p->line,
                                .conn_id = conn == FACT_NONE ? 0 : c->d->facts.conns[conn].id};
}

enum pp_status ana_slowest_make(struct ana_report *r)
{
    const struct ana_details *d = r->details;
    uint32_t top[ANA_SLOWEST_MAX];
    if (!d)
        return PP_OK;
    size_t n = find(d, top);
    r->slowest = calloc(n + 1, sizeof *r->slowest);
    if (!r->slowest)
        return PP_NOMEM;
    for (size_t i = 0; i < n; i++) {
        struct collector c = {.d = d, .to = &r->slowest[r->slowest_count++]};
        ana_request_get(r, top[i], &c.to->row);
        enum pp_status st = ana_request_pieces(d, d->known[top[i]], add_piece, &c);
        if (st != PP_OK || c.nomem)
            return st == PP_OK ? PP_NOMEM : st;
    }
    return PP_OK;
}

/* summary: each request's latency by line, to the nanosecond, from its checkouts, statements and waits */
#include "details.h"

#include <math.h>
#include <stdlib.h>

/* Where several things go on at once, the instant is given to the first in this order. */
static const enum ana_line order[] = {ANA_STATEMENT,           ANA_COMMIT,
                                      ANA_ACQUIRE_DIAL,        ANA_ACQUIRE_BLOCKED_BY_DIAL,
                                      ANA_ACQUIRE_LOST_WAKEUP, ANA_ACQUIRE_EXHAUSTED,
                                      ANA_UNATTRIBUTED,        ANA_TXN_IDLE,
                                      ANA_HTTP_NETWORK,        ANA_APP,
                                      ANA_CLIENT_QUEUE};
#define ORDERS (sizeof order / sizeof order[0])
#define MOVES_MOST 64 /* of an edge, on average */

struct edge {
    int64_t t_ns;
    uint32_t checkout;
    uint8_t rank; /* in order */
    int8_t by;
};

struct timeline {
    const struct ana_details *d;
    const struct fact_request *r;
    struct edge *edges;
    size_t count, cap;
    bool nomem;
};

static uint8_t rank_of(enum ana_line line)
{
    uint8_t i = 0;
    while (order[i] != line)
        i++;
    return i;
}

/* [from, to) within the request, with what it waited at its client. */
static void add(struct timeline *t, enum ana_line line, int64_t from_ns, int64_t to_ns, uint32_t checkout)
{
    int64_t first_ns = line == ANA_CLIENT_QUEUE ? t->r->arrival_ns - t->r->queue_ns : t->r->arrival_ns;
    if (from_ns < first_ns)
        from_ns = first_ns;
    if (to_ns > t->r->last_ns)
        to_ns = t->r->last_ns;
    if (to_ns <= from_ns)
        return;
    for (int i = 0; i < 2; i++) {
        if (!FACT_ROOM(t->edges, t->count, t->cap)) {
            t->nomem = true;
            return;
        }
        t->edges[t->count++] = (struct edge){
            .t_ns = i ? to_ns : from_ns, .checkout = checkout, .rank = rank_of(line), .by = i ? -1 : 1};
    }
}

/* The wait lies just before the checkout, and before its dial; its causes are what the pool was doing then.
 */
static void add_wait(struct timeline *t, uint32_t checkout, struct ana_request_budget *b)
{
    const struct ana_details *d = t->d;
    const struct fact_checkout *c = &d->facts.checkouts[checkout];
    struct ana_gap_wait w = ana_gap_wait_of(d, checkout);
    int64_t dial_ns = llround(w.dial_ns), wait_ns = llround(w.ns);
    int64_t to_ns = c->start_ns - dial_ns, at_ns = to_ns - wait_ns;
    b->wait_low_ns += llround(w.low_ns) + dial_ns;
    b->wait_high_ns += llround(w.high_ns) + dial_ns;
    b->wait_var += (float)(w.var_ns2 / 1e12);
    add(t, ANA_ACQUIRE_DIAL, to_ns, c->start_ns, checkout);
    if (wait_ns <= 0)
        return;
    struct ana_pool_split x = ana_pool_split_of(&d->times, d->facts.conns[c->conn].pool, at_ns, to_ns);
    add(t, ANA_ACQUIRE_BLOCKED_BY_DIAL, at_ns, at_ns + x.gated_ns, checkout);
    at_ns += x.gated_ns;
    add(t, ANA_ACQUIRE_LOST_WAKEUP, at_ns, at_ns + x.idle_ns, checkout);
    add(t, ANA_ACQUIRE_EXHAUSTED, at_ns + x.idle_ns, to_ns, checkout);
}

static void add_checkout(struct timeline *t, uint32_t checkout, struct ana_request_budget *b)
{
    const struct ana_details *d = t->d;
    const struct fact_checkout *c = &d->facts.checkouts[checkout];
    add_wait(t, checkout, b);
    add(t, c->voided ? ANA_UNATTRIBUTED : ANA_TXN_IDLE, c->start_ns, c->end_ns, checkout);
    if (c->voided)
        return;
    for (uint32_t i = d->work.first[checkout]; i < d->work.first[checkout + 1]; i++) {
        const struct fact_statement *s = &d->facts.statements[d->work.list[i]];
        add(t, s->ends_txn ? ANA_COMMIT : ANA_STATEMENT, s->sent_ns, s->last_ns, checkout);
    }
}

static int by_time(const void *pa, const void *pb)
{
    const struct edge *a = pa, *b = pb;
    if (a->t_ns != b->t_ns)
        return a->t_ns < b->t_ns ? -1 : 1;
    if (a->by != b->by)
        return a->by - b->by;
    return a->rank != b->rank          ? a->rank - b->rank
           : a->checkout < b->checkout ? -1
                                       : a->checkout > b->checkout;
}

/* Edges come nearly in order: each is moved to its place, unless that takes too many steps after all. */
static void sort(struct timeline *t)
{
    size_t left = MOVES_MOST * t->count;
    for (size_t i = 1; i < t->count; i++) {
        struct edge e = t->edges[i];
        size_t to = i;
        for (; to > 0 && left > 0 && by_time(&t->edges[to - 1], &e) > 0; to--, left--)
            t->edges[to] = t->edges[to - 1];
        t->edges[to] = e;
        if (left == 0) {
            qsort(t->edges, t->count, sizeof *t->edges, by_time);
            return;
        }
    }
}

static void fill(struct timeline *t, uint32_t request, struct ana_request_budget *b)
{
    const struct fact_request *r = &t->d->facts.requests[request];
    t->r = r;
    t->count = 0;
    add(t, ANA_CLIENT_QUEUE, r->arrival_ns - r->queue_ns, r->arrival_ns, FACT_NONE);
    add(t, ANA_APP, r->arrival_ns, r->last_ns, FACT_NONE);
    if (r->request_end_ns > r->arrival_ns && r->request_end_ns < r->last_ns)
        add(t, ANA_HTTP_NETWORK, r->arrival_ns, r->request_end_ns, FACT_NONE);
    if (r->first_ns >= r->arrival_ns)
        add(t, ANA_HTTP_NETWORK, r->first_ns, r->last_ns, FACT_NONE);
    for (uint32_t k = t->d->join.chains[request].first; k != FACT_NONE; k = t->d->join.links[k].next)
        add_checkout(t, k, b);
    sort(t);
}

static void pieces(const struct timeline *t, ana_piece_f *f, void *priv)
{
    int open[ORDERS] = {0};
    uint32_t checkout[ORDERS];
    int64_t begin_ns = t->r->arrival_ns - t->r->queue_ns;
    struct ana_piece last = {.start_ns = begin_ns, .end_ns = begin_ns, .checkout = FACT_NONE};
    for (size_t i = 0; i < ORDERS; i++)
        checkout[i] = FACT_NONE;
    for (size_t i = 0; i < t->count; i++) {
        const struct edge *e = &t->edges[i];
        size_t rank = 0;
        while (rank + 1 < ORDERS && open[rank] <= 0)
            rank++;
        if (e->t_ns > last.end_ns) {
            bool same =
                last.line == order[rank] && last.checkout == checkout[rank] && last.end_ns > last.start_ns;
            if (!same) {
                if (last.end_ns > last.start_ns)
                    f(priv, &last);
                last = (struct ana_piece){
                    .start_ns = last.end_ns, .line = order[rank], .checkout = checkout[rank]};
            }
            last.end_ns = e->t_ns;
        }
        open[e->rank] += e->by;
        checkout[e->rank] = e->by > 0 ? e->checkout : open[e->rank] > 0 ? checkout[e->rank] : FACT_NONE;
    }
    if (last.end_ns > last.start_ns)
        f(priv, &last);
}

enum pp_status ana_request_pieces(const struct ana_details *d, uint32_t request, ana_piece_f *f, void *priv)
{
    struct timeline t = {.d = d};
    struct ana_request_budget unused = {0};
    fill(&t, request, &unused);
    if (!t.nomem)
        pieces(&t, f, priv);
    free(t.edges);
    return t.nomem ? PP_NOMEM : PP_OK;
}

static void add_piece(void *priv, const struct ana_piece *piece)
{
    struct ana_request_budget *b = priv;
    b->ns[piece->line] += piece->end_ns - piece->start_ns;
}

enum pp_status ana_request_budgets(struct ana_details *d, bool known)
{
    struct timeline t = {.d = d};
    d->budgets = calloc(d->facts.request_count + 1, sizeof *d->budgets);
    if (!d->budgets)
        return PP_NOMEM;
    for (size_t i = 0; i < d->known_count && !known; i++) {
        const struct fact_request *r = &d->facts.requests[d->known[i]];
        d->budgets[d->known[i]].ns[ANA_UNATTRIBUTED] = fact_latency_ns(r);
    }
    if (!known)
        return PP_OK;
    for (size_t i = 0; i < d->known_count && !t.nomem; i++) {
        struct ana_request_budget *b = &d->budgets[d->known[i]];
        fill(&t, d->known[i], b);
        pieces(&t, add_piece, b);
        int64_t wait_ns = 0;
        for (int line = ANA_ACQUIRE_EXHAUSTED; line <= ANA_ACQUIRE_LOST_WAKEUP; line++)
            wait_ns += b->ns[line];
        b->wait_low_ns = b->wait_low_ns < wait_ns ? b->wait_low_ns : wait_ns;
        b->wait_high_ns = b->wait_high_ns > wait_ns ? b->wait_high_ns : wait_ns;
    }
    free(t.edges);
    return t.nomem ? PP_NOMEM : PP_OK;
}

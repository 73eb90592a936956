/* summary: which connections were dialled for a request that waited for just that, and since when
 *
 * Whoever dials takes the new connection at once: then the dial, seen packet by packet, is its wait. A
 * connection that is closed just before it was too old and is replaced; closing it is part of the dial. */
#include "parts.h"

#include <stdlib.h>

#define SOON_NS INT64_C(2000000)

/* A thread that waits for a CPU takes its connection later; a dial on the same machine tells how slow that
 * is.
 */
static bool taken_at_once(const struct fact_conn *c, int64_t first_ns)
{
    int64_t dial_ns = c->ready_ns - c->open_ns, idle_ns = first_ns - c->ready_ns;
    return idle_ns >= 0 && idle_ns <= (dial_ns > SOON_NS ? dial_ns : SOON_NS);
}

static int64_t *first_uses(const struct ana_facts *f)
{
    int64_t *first = calloc(f->conn_count + 1, sizeof *first);
    for (size_t i = 0; i < f->checkout_count && first; i++) {
        uint32_t conn = f->checkouts[i].conn;
        if (conn != FACT_NONE && first[conn] == 0)
            first[conn] = f->checkouts[i].start_ns;
    }
    return first;
}

/* Ends of connections and dials of one pool, in the order of time. */
struct change {
    int64_t t_ns;
    uint32_t pool, conn;
    bool opens;
    bool own; /* of a dial: for a request that waited for it */
};

static int by_pool_and_time(const void *pa, const void *pb)
{
    const struct change *a = pa, *b = pb;
    if (a->pool != b->pool)
        return a->pool < b->pool ? -1 : 1;
    if (a->t_ns != b->t_ns)
        return a->t_ns < b->t_ns ? -1 : 1;
    if (a->opens != b->opens)
        return a->opens ? 1 : -1;
    return a->conn < b->conn ? -1 : a->conn > b->conn;
}

/* Each end counts for one dial only, the first for the first. Up to the end of a dial before, it was that one
 * that was waited for. */
static void pair(struct ana_facts *f, const struct change *list, size_t n)
{
    size_t end = 0;
    int64_t ready_ns = 0; /* end of the pool's last dial */
    for (size_t i = 0; i < n; i++) {
        const struct change *x = &list[i];
        if (i == 0 || x->pool != list[i - 1].pool)
            ready_ns = 0;
        if (!x->opens)
            continue;
        while (end < i &&
               (list[end].opens || list[end].pool != x->pool || x->t_ns - list[end].t_ns > SOON_NS))
            end++;
        if (x->own && end < i) {
            int64_t end_ns = list[end++].t_ns;
            f->conns[x->conn].dial_ns = ready_ns >= end_ns && ready_ns < x->t_ns ? ready_ns + 1 : end_ns;
        }
        ready_ns = f->conns[x->conn].ready_ns;
    }
}

enum pp_status ana_dials_find(struct ana_facts *f)
{
    int64_t *first = first_uses(f);
    struct change *list = malloc((2 * f->conn_count + 1) * sizeof *list);
    size_t n = 0;
    for (size_t i = 0; i < f->conn_count && first && list; i++) {
        struct fact_conn *c = &f->conns[i];
        c->dial_ns = 0;
        if (c->pool == FACT_NONE || !f->pools[c->pool].application)
            continue;
        if (c->close_ns > 0)
            list[n++] = (struct change){.t_ns = c->close_ns, .pool = c->pool, .conn = (uint32_t)i};
        if (c->mid_stream || c->open_ns <= 0 || c->ready_ns < c->open_ns)
            continue;
        bool own = first[i] > 0 && taken_at_once(c, first[i]);
        c->dial_ns = own ? c->open_ns : 0;
        list[n++] = (struct change){
            .t_ns = c->open_ns, .pool = c->pool, .conn = (uint32_t)i, .opens = true, .own = own};
    }
    bool ok = first && list;
    if (ok) {
        qsort(list, n, sizeof *list, by_pool_and_time);
        pair(f, list, n);
    }
    free(first);
    free(list);
    return ok ? PP_OK : PP_NOMEM;
}

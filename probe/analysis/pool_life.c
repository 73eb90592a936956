/* summary: lifetimes of the application's connections, when and why pools close them, and the phases of a
 * dial
 */
#include "pool_wire.h"

#include <stdlib.h>
#include <string.h>

/* Per pool: the last checkout's beginning, while which the pool was alive. */
static int64_t *last_uses(const struct ana_facts *f)
{
    int64_t *last = calloc(f->pool_count + 1, sizeof *last);
    for (size_t i = 0; last && i < f->checkout_count; i++) {
        const struct fact_checkout *c = &f->checkouts[i];
        uint32_t p = c->conn == FACT_NONE ? FACT_NONE : f->conns[c->conn].pool;
        if (p != FACT_NONE && c->start_ns > last[p])
            last[p] = c->start_ns;
    }
    return last;
}

/* Per connection: the last checkout's end. */
static int64_t *last_ends(const struct ana_facts *f)
{
    int64_t *end = calloc(f->conn_count + 1, sizeof *end);
    for (size_t i = 0; end && i < f->checkout_count; i++) {
        const struct fact_checkout *c = &f->checkouts[i];
        if (c->conn != FACT_NONE && c->end_ns > end[c->conn])
            end[c->conn] = c->end_ns;
    }
    return end;
}

/* A dial is over with its first commands. */
static bool add_phases(struct ana_pool_wire *w, const struct ana_connection *c, const struct ana_init *init,
                       size_t i)
{
    bool ok = c->tcp_ns < 0 || ana_latency_add(&w->tcp, c->tcp_ns);
    ok = ok && (c->greeting_ns < 0 || ana_latency_add(&w->greeting, c->greeting_ns));
    ok = ok && (c->auth_ns < 0 || ana_latency_add(&w->auth, c->auth_ns));
    return ok && (init->end_ns[i] <= c->ready_ns || ana_latency_add(&w->init, init->end_ns[i] - c->ready_ns));
}

/* The connection's end is its own, not the capture's, and its pool went on. What is opened and closed before
 * the first request serves the application's start. */
static bool closed_alone(const struct ana_connection *c, const struct fact_conn *k, int64_t pool_last_ns,
                         int64_t first_ns)
{
    return k->close_ns >= first_ns && k->close_ns < pool_last_ns && k->ready_ns > 0 && !k->mid_stream &&
           strcmp(c->close_why, "end") != 0 && strcmp(c->close_why, "evicted") != 0;
}

static enum pp_status one_pool(struct ana_input *in, const struct ana_init *init, uint32_t pool,
                               const int64_t *end_ns, int64_t pool_last_ns)
{
    const struct ana_facts *f = &in->facts;
    struct ana_pool *p = &in->report->pools[pool];
    struct ana_closed *list = NULL;
    int64_t first_ns = f->request_count ? f->requests[0].arrival_ns : 1;
    size_t n = 0, cap = 0;
    bool ok = true;
    for (size_t i = 0; i < f->conn_count && ok; i++) {
        const struct fact_conn *k = &f->conns[i];
        const struct ana_connection *c = &in->report->connections[i];
        if (k->pool != pool)
            continue;
        ok = add_phases(&p->wire, c, init, i);
        p->never_used += init->checkouts[i] > 0 && c->checkouts == init->checkouts[i];
        if (!ok || !closed_alone(c, k, pool_last_ns, first_ns))
            continue;
        int64_t used_ns = end_ns[i] > k->ready_ns ? end_ns[i] : k->ready_ns;
        ok = FACT_ROOM(list, n, cap) && ana_latency_add(&p->wire.lifetime, k->close_ns - k->ready_ns);
        if (ok)
            list[n++] = (struct ana_closed){.age_ms = (double)(k->close_ns - k->ready_ns) / 1e6,
                                            .idle_ms = (double)(k->close_ns - used_ns) / 1e6,
                                            .uses = (double)(c->checkouts - init->checkouts[i])};
    }
    if (ok)
        ana_recycling_of(&p->wire, list, n);
    free(list);
    return ok ? PP_OK : PP_NOMEM;
}

enum pp_status ana_pool_life(struct ana_input *in, const struct ana_init *init)
{
    const struct ana_facts *f = &in->facts;
    int64_t *uses = last_uses(f), *ends = last_ends(f);
    enum pp_status st = uses && ends ? PP_OK : PP_NOMEM;
    for (uint32_t i = 0; i < f->pool_count && st == PP_OK; i++)
        if (f->pools[i].application)
            st = one_pool(in, init, i, ends, uses[i]);
    free(uses);
    free(ends);
    return st;
}

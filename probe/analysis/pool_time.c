/* summary: what each pool was doing over time: exhausted, dialling, or with a connection free */
#include "pool_time.h"

#include "events.h"

#include <stdlib.h>

enum state {
    EXHAUSTED,
    DIALLING,
    IDLE,
};

struct pool_walk {
    int ready, held, dials, most; /* most: ready at once, over the whole run */
    int64_t last_use_ns;          /* the last connection became free or was taken */
    size_t cap;
};

struct conn_walk {
    int held;
    bool ready, dialling;
};

struct times_walk {
    struct ana_pool_times *out;
    const struct ana_facts *f;
    struct pool_walk *pools;
    struct conn_walk *conns;
    int64_t handoff_ns;
    bool measuring; /* first pass: only the largest sizes */
    bool nomem;
};

/* State from t_ns on; the sums go on from the entry before. */
static void put(struct times_walk *w, uint32_t pool, int64_t t_ns, enum state state)
{
    struct ana_pool_times *o = w->out;
    size_t n = o->counts[pool];
    struct ana_pool_time *last = n > 0 ? &o->times[pool][n - 1] : NULL;
    if (w->measuring || (last && last->state == (uint8_t)state))
        return;
    if (!FACT_ROOM(o->times[pool], n, w->pools[pool].cap)) {
        w->nomem = true;
        return;
    }
    last = n > 0 ? &o->times[pool][n - 1] : NULL;
    struct ana_pool_time x = {.t_ns = t_ns, .state = (uint8_t)state};
    if (last) {
        int64_t ns = t_ns - last->t_ns;
        x.dial_ns = last->dial_ns + (last->state == DIALLING ? ns : 0);
        x.idle_ns = last->idle_ns + (last->state == IDLE ? ns : 0);
    }
    o->times[pool][o->counts[pool]++] = x;
}

static void update(struct times_walk *w, uint32_t pool, int64_t t_ns)
{
    struct pool_walk *p = &w->pools[pool];
    bool free = p->ready > p->held;
    if (p->ready > p->most)
        p->most = p->ready;
    if (p->dials > 0 && !w->f->pools[pool].parallel && (free || p->ready + p->dials < p->most))
        put(w, pool, t_ns, DIALLING);
    else if (free) /* free for longer than a hand-off only if nothing happens until then: settled below */
        put(w, pool, t_ns, IDLE);
    else
        put(w, pool, t_ns, EXHAUSTED);
}

static void on_event(struct times_walk *w, const struct ana_event *e)
{
    const struct ana_facts *f = w->f;
    bool checkout = e->kind == EV_CHECKOUT_START || e->kind == EV_CHECKOUT_END;
    uint32_t conn = checkout ? f->checkouts[e->index].conn : e->index;
    uint32_t pool = conn < f->conn_count ? f->conns[conn].pool : FACT_NONE;
    if (pool == FACT_NONE || e->kind == EV_LEVEL_START || e->kind == EV_LEVEL_END)
        return;
    struct pool_walk *p = &w->pools[pool];
    struct conn_walk *c = &w->conns[conn];
    switch ((enum ana_event_kind)e->kind) {
    case EV_OPEN:
        c->dialling = !f->conns[conn].mid_stream;
        p->dials += c->dialling;
        break;
    case EV_READY:
        p->dials -= c->dialling;
        c->dialling = false;
        c->ready = true;
        p->ready++;
        p->held += c->held > 0;
        break;
    case EV_CLOSE:
        p->dials -= c->dialling;
        p->ready -= c->ready;
        p->held -= c->ready && c->held > 0;
        c->dialling = c->ready = false;
        break;
    case EV_CHECKOUT_START:
        p->held += c->held++ == 0 && c->ready;
        break;
    case EV_CHECKOUT_END:
        p->held -= --c->held == 0 && c->ready;
        break;
    default:
        return;
    }
    update(w, pool, e->t_ns);
}

/* A connection that is free for no longer than a hand-off is not idle. */
static void settle(struct ana_pool_time *t, size_t *count, int64_t handoff_ns)
{
    size_t n = 0;
    for (size_t i = 0; i < *count; i++) {
        struct ana_pool_time x = t[i];
        bool brief = i + 1 < *count && t[i + 1].t_ns - x.t_ns <= handoff_ns;
        if (x.state == IDLE && brief)
            x.state = EXHAUSTED;
        if (n > 0 && t[n - 1].state == x.state)
            continue;
        if (n > 0) {
            int64_t ns = x.t_ns - t[n - 1].t_ns;
            x.dial_ns = t[n - 1].dial_ns + (t[n - 1].state == DIALLING ? ns : 0);
            x.idle_ns = t[n - 1].idle_ns + (t[n - 1].state == IDLE ? ns : 0);
        } else {
            x.dial_ns = x.idle_ns = 0;
        }
        t[n++] = x;
    }
    *count = n;
}

static void walk(struct times_walk *w, const struct ana_event *events, size_t count)
{
    for (size_t i = 0; i < w->f->pool_count; i++)
        w->pools[i].ready = w->pools[i].held = w->pools[i].dials = 0;
    for (size_t i = 0; i < w->f->conn_count; i++)
        w->conns[i] = (struct conn_walk){0};
    for (size_t i = 0; i < count && !w->nomem; i++)
        on_event(w, &events[i]);
}

enum pp_status ana_pool_times_make(struct ana_pool_times *out, const struct ana_facts *f, int64_t handoff_ns)
{
    struct ana_facts shown = *f;
    struct times_walk w = {.out = out, .f = f, .handoff_ns = handoff_ns};
    struct ana_event *events = NULL;
    size_t count = 0;
    shown.request_count = shown.statement_count = shown.level_count = 0;
    *out = (struct ana_pool_times){.pool_count = f->pool_count};
    out->times = calloc(f->pool_count + 1, sizeof(struct ana_pool_time *));
    out->counts = calloc(f->pool_count + 1, sizeof *out->counts);
    w.pools = calloc(f->pool_count + 1, sizeof *w.pools);
    w.conns = calloc(f->conn_count + 1, sizeof *w.conns);
    w.nomem = !out->times || !out->counts || !w.pools || !w.conns ||
              ana_events_new(&events, &count, &shown) != PP_OK;
    for (int pass = 0; pass < 2 && !w.nomem; pass++) {
        w.measuring = pass == 0;
        walk(&w, events, count);
    }
    for (size_t i = 0; i < f->pool_count && !w.nomem; i++)
        settle(out->times[i], &out->counts[i], handoff_ns);
    free(events);
    free(w.pools);
    free(w.conns);
    if (w.nomem)
        ana_pool_times_fini(out);
    return w.nomem ? PP_NOMEM : PP_OK;
}

/* Sums up to t_ns. */
static struct ana_pool_split until(const struct ana_pool_times *p, uint32_t pool, int64_t t_ns)
{
    const struct ana_pool_time *t = p->times[pool];
    size_t lo = 0, hi = p->counts[pool];
    while (lo < hi) { /* the first entry after t_ns */
        size_t mid = lo + (hi - lo) / 2;
        if (t[mid].t_ns <= t_ns)
            lo = mid + 1;
        else
            hi = mid;
    }
    if (lo == 0)
        return (struct ana_pool_split){0};
    const struct ana_pool_time *x = &t[lo - 1];
    int64_t ns = t_ns - x->t_ns;
    return (struct ana_pool_split){.dial_ns = x->dial_ns + (x->state == DIALLING ? ns : 0),
                                   .idle_ns = x->idle_ns + (x->state == IDLE ? ns : 0)};
}

struct ana_pool_split ana_pool_split_of(const struct ana_pool_times *p, uint32_t pool, int64_t from_ns,
                                        int64_t to_ns)
{
    struct ana_pool_split x = {.exhausted_ns = to_ns > from_ns ? to_ns - from_ns : 0};
    if (pool >= p->pool_count || x.exhausted_ns == 0)
        return x;
    struct ana_pool_split a = until(p, pool, from_ns), b = until(p, pool, to_ns);
    x.dial_ns = b.dial_ns - a.dial_ns;
    x.idle_ns = b.idle_ns - a.idle_ns;
    x.exhausted_ns -= x.dial_ns + x.idle_ns;
    return x;
}

void ana_pool_times_fini(struct ana_pool_times *p)
{
    for (size_t i = 0; p->times && i < p->pool_count; i++)
        free(p->times[i]);
    free(p->times);
    free(p->counts);
    *p = (struct ana_pool_times){0};
}

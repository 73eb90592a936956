/* summary: what each pool was doing over time: exhausted, dialling under its lock, or with a connection free;
 * and since when each checkout's request can have waited
 *
 * A connection that is taken again within the time of a hand-over was not free in between: it was handed to
 * somebody who waited, or somebody came by chance while it was. */
#include "pool_time.h"

#include "events.h"

#include <stdlib.h>
#include <string.h>

#define STEPS_MOST 4096     /* entries looked at for one wait */
#define SLOWEST_HANDOFFS 10 /* of the longest one */

struct pool_walk {
    int ready, held, dials, most; /* most: ready at once, over the whole run */
    int free;                     /* idle for longer than a hand-off */
    uint32_t takes;
    bool closed;
    int64_t closed_ns; /* since when nobody got a connection at once, or the time before */
    int64_t opened_ns; /* the end of that; a hand-over that is slower than others looks like one, too */
    bool surely;       /* nobody can have waited then: there were as many free ones as requests without one */
    int64_t gate_end_ns;
    int64_t handed_ns;    /* since when the connection was free that a dial replaces, */
    int64_t handed_at_ns; /* closed at this instant */
    size_t cap;
};

struct conn_walk {
    int held;
    bool ready, dialling, free, used;
    int64_t free_ns;
    struct ana_grant dial; /* of the first use */
};

struct times_walk {
    struct ana_pool_times *out;
    const struct ana_facts *f;
    struct pool_walk *pools;
    struct conn_walk *conns;
    int64_t *idle_until; /* of each checkout: when its connection is taken again, or ends */
    int64_t handoff_ns;
    int *outside;   /* of each application: requests in flight less its connections that are held */
    bool measuring; /* first pass: only the largest sizes */
    bool nomem;
};

static bool gated(const struct times_walk *w, uint32_t pool)
{
    return w->pools[pool].dials > 0 && !w->f->pools[pool].parallel;
}

static bool is_closed(const struct times_walk *w, uint32_t pool)
{
    const struct pool_walk *p = &w->pools[pool];
    bool place = w->f->pools[pool].parallel && p->ready + p->dials < p->most;
    return gated(w, pool) || (p->free <= 0 && !place);
}

static void put(struct times_walk *w, uint32_t pool, int64_t t_ns)
{
    struct ana_pool_times *o = w->out;
    struct pool_walk *p = &w->pools[pool];
    int idle = p->ready - p->held, places = p->most - p->ready - p->dials;
    struct ana_pool_time x = {.t_ns = t_ns, .takes = p->takes, .state = POOL_EXHAUSTED};
    if (gated(w, pool)) {
        x.state = POOL_GATED;
        x.reach = (uint32_t)((idle > 0 ? idle : 0) + (places > 0 ? places : 0));
    } else if (p->free > 0) {
        x.state = POOL_IDLE;
        x.reach = (uint32_t)p->free;
    }
    size_t n = o->counts[pool];
    if (n > 0 && o->times[pool][n - 1].t_ns == t_ns) {
        o->times[pool][n - 1] = x;
        return;
    }
    if (!FACT_ROOM(o->times[pool], n, p->cap)) {
        w->nomem = true;
        return;
    }
    o->times[pool][o->counts[pool]++] = x;
}

static void update(struct times_walk *w, uint32_t pool, int64_t t_ns, bool was_gated)
{
    struct pool_walk *p = &w->pools[pool];
    if (p->ready > p->most)
        p->most = p->ready;
    if (w->measuring)
        return;
    bool closed = is_closed(w, pool);
    if (was_gated && !gated(w, pool))
        p->gate_end_ns = t_ns;
    if (closed && !p->closed && (p->surely || t_ns - p->opened_ns > SLOWEST_HANDOFFS * w->handoff_ns))
        p->closed_ns = t_ns;
    if (!closed && p->closed) {
        p->opened_ns = t_ns;
        p->surely = false;
    }
    p->surely = p->surely || (!closed && w->outside[w->f->pools[pool].app] <= p->free);
    p->closed = closed;
    put(w, pool, t_ns);
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* Those whom a dial under the lock held up are served when it ends. */
static bool gate_just_ended(const struct times_walk *w, const struct pool_walk *p, int64_t t_ns)
{
    return p->gate_end_ns > 0 && t_ns - p->gate_end_ns <= w->handoff_ns;
}

static struct ana_grant grant_of(const struct times_walk *w, uint32_t pool, const struct conn_walk *c,
                                 int64_t t_ns)
{
    const struct pool_walk *p = &w->pools[pool];
    struct ana_grant g = {.granted_ns = c->free_ns, .closed_ns = p->closed_ns};
    g.held_up = gate_just_ended(w, p, t_ns);
    if (g.held_up)
        g.granted_ns = later(c->free_ns, p->gate_end_ns);
    return g;
}

static struct ana_grant grant_of_dial(const struct times_walk *w, uint32_t pool, int64_t t_ns)
{
    const struct pool_walk *p = &w->pools[pool];
    struct ana_grant g = {.granted_ns = t_ns, .closed_ns = p->closed_ns, .dial_ns = t_ns};
    bool handed = p->handed_at_ns == t_ns && t_ns > 0;
    g.held_up = handed || gate_just_ended(w, p, t_ns);
    if (g.held_up)
        g.granted_ns = handed ? p->handed_ns : p->gate_end_ns;
    return g;
}

static void on_open(struct times_walk *w, uint32_t pool, uint32_t conn, int64_t t_ns)
{
    struct conn_walk *c = &w->conns[conn];
    struct pool_walk *p = &w->pools[pool];
    c->dialling = !w->f->conns[conn].mid_stream;
    if (w->f->conns[conn].dial_ns > 0) {
        c->dial = grant_of_dial(w, pool, t_ns);
        p->takes++;
    }
    p->dials += c->dialling;
}

static void on_close(struct times_walk *w, uint32_t pool, uint32_t conn, int64_t t_ns)
{
    struct conn_walk *c = &w->conns[conn];
    struct pool_walk *p = &w->pools[pool];
    if (c->ready && c->held == 0 && p->closed && !c->free) {
        p->handed_ns = c->free_ns;
        p->handed_at_ns = t_ns;
    }
    p->dials -= c->dialling;
    p->ready -= c->ready;
    p->held -= c->ready && c->held > 0;
    p->free -= c->free;
    c->dialling = c->ready = c->free = false;
}

static void on_ready(struct times_walk *w, uint32_t pool, uint32_t conn, int64_t t_ns)
{
    struct conn_walk *c = &w->conns[conn];
    struct pool_walk *p = &w->pools[pool];
    p->dials -= c->dialling;
    c->dialling = false;
    c->ready = true;
    c->free_ns = t_ns;
    p->ready++;
    p->held += c->held > 0;
    c->free = c->held == 0 && w->f->conns[conn].dial_ns == 0;
    p->free += c->free;
}

static void on_take(struct times_walk *w, uint32_t pool, uint32_t take, int64_t t_ns)
{
    uint32_t conn = w->f->checkouts[take].conn;
    struct conn_walk *c = &w->conns[conn];
    struct pool_walk *p = &w->pools[pool];
    bool dialled = !c->used && c->dial.dial_ns > 0;
    if (!w->measuring)
        w->out->grants[take] = dialled ? c->dial : grant_of(w, pool, c, t_ns);
    p->takes += !dialled;
    c->used = true;
    p->held += c->held++ == 0 && c->ready;
    p->free -= c->free;
    c->free = false;
}

static void on_return(struct times_walk *w, uint32_t pool, uint32_t take, int64_t t_ns)
{
    struct conn_walk *c = &w->conns[w->f->checkouts[take].conn];
    struct pool_walk *p = &w->pools[pool];
    if (--c->held > 0 || !c->ready)
        return;
    p->held--;
    c->free_ns = t_ns;
    c->free = w->idle_until[take] - t_ns > w->handoff_ns;
    p->free += c->free;
}

static bool is_request(const struct ana_event *e)
{
    return e->kind == EV_ARRIVAL || e->kind == EV_UPLOADED || e->kind == EV_ANSWER ||
           e->kind == EV_REQUEST_END;
}

static void on_event(struct times_walk *w, const struct ana_event *e)
{
    const struct ana_facts *f = w->f;
    bool checkout = e->kind == EV_CHECKOUT_START || e->kind == EV_CHECKOUT_END;
    if (is_request(e)) {
        w->outside[f->requests[e->index].app] += (e->kind == EV_ARRIVAL) - (e->kind == EV_ANSWER);
        return;
    }
    uint32_t conn = checkout ? f->checkouts[e->index].conn : e->index;
    uint32_t pool = conn < f->conn_count ? f->conns[conn].pool : FACT_NONE;
    if (pool == FACT_NONE)
        return;
    bool was_gated = gated(w, pool);
    if (f->pools[pool].application)
        w->outside[f->pools[pool].app] += (e->kind == EV_CHECKOUT_END) - (e->kind == EV_CHECKOUT_START);
    switch ((enum ana_event_kind)e->kind) {
    case EV_OPEN:
        on_open(w, pool, conn, e->t_ns);
        break;
    case EV_READY:
        on_ready(w, pool, conn, e->t_ns);
        break;
    case EV_CLOSE:
        on_close(w, pool, conn, e->t_ns);
        break;
    case EV_CHECKOUT_START:
        on_take(w, pool, e->index, e->t_ns);
        break;
    case EV_CHECKOUT_END:
        on_return(w, pool, e->index, e->t_ns);
        break;
    default:
        return;
    }
    update(w, pool, e->t_ns, was_gated);
}

static void walk(struct times_walk *w, const struct ana_event *events, size_t count)
{
    for (size_t i = 0; i < w->f->pool_count; i++)
        w->pools[i] = (struct pool_walk){.most = w->pools[i].most, .cap = w->pools[i].cap};
    for (size_t i = 0; i < w->f->conn_count; i++)
        w->conns[i] = (struct conn_walk){0};
    memset(w->outside, 0, ((size_t)ana_app_count(w->f) + 1) * sizeof *w->outside);
    for (size_t i = 0; i < count && !w->nomem; i++)
        on_event(w, &events[i]);
}

/* When each checkout's connection is taken again or closed. */
static int64_t *idle_ends(const struct ana_facts *f)
{
    int64_t *until = malloc((f->checkout_count + 1) * sizeof *until);
    int64_t *next = malloc((f->conn_count + 1) * sizeof *next);
    for (size_t i = 0; i < f->conn_count && next; i++)
        next[i] = f->conns[i].close_ns > 0 ? f->conns[i].close_ns : INT64_MAX;
    for (size_t i = f->checkout_count; i-- > 0 && next && until;) {
        const struct fact_checkout *c = &f->checkouts[i];
        if (c->conn == FACT_NONE)
            continue;
        until[i] = next[c->conn];
        next[c->conn] = c->start_ns;
    }
    free(next);
    if (!next) {
        free(until);
        return NULL;
    }
    return until;
}

enum pp_status ana_pool_times_make(struct ana_pool_times *out, const struct ana_facts *f, int64_t handoff_ns)
{
    struct ana_facts shown = *f;
    struct times_walk w = {.out = out, .f = f, .handoff_ns = handoff_ns};
    struct ana_event *events = NULL;
    size_t count = 0;
    shown.statement_count = shown.level_count = 0;
    *out = (struct ana_pool_times){.pool_count = f->pool_count};
    out->times = calloc(f->pool_count + 1, sizeof(struct ana_pool_time *));
    out->counts = calloc(f->pool_count + 1, sizeof *out->counts);
    out->grants = calloc(f->checkout_count + 1, sizeof *out->grants);
    w.idle_until = idle_ends(f);
    w.pools = calloc(f->pool_count + 1, sizeof *w.pools);
    w.conns = calloc(f->conn_count + 1, sizeof *w.conns);
    w.outside = calloc((size_t)ana_app_count(f) + 1, sizeof *w.outside);
    w.nomem = !w.outside || !out->times || !out->counts || !out->grants || !w.idle_until || !w.pools ||
              !w.conns || ana_events_new(&events, &count, &shown) != PP_OK;
    for (int pass = 0; pass < 2 && !w.nomem; pass++) {
        w.measuring = pass == 0;
        walk(&w, events, count);
    }
    free(events);
    free(w.idle_until);
    free(w.outside);
    free(w.pools);
    free(w.conns);
    if (w.nomem)
        ana_pool_times_fini(out);
    return w.nomem ? PP_NOMEM : PP_OK;
}

/* The first entry at or after t_ns. */
static size_t entry_at(const struct ana_pool_times *p, uint32_t pool, int64_t t_ns)
{
    size_t lo = 0, hi = p->counts[pool];
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (p->times[pool][mid].t_ns < t_ns)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

struct ana_pool_split ana_pool_split_of(const struct ana_pool_times *p, uint32_t pool, int64_t from_ns,
                                        int64_t to_ns)
{
    struct ana_pool_split x = {.exhausted_ns = to_ns > from_ns ? to_ns - from_ns : 0};
    if (pool >= p->pool_count || x.exhausted_ns == 0)
        return x;
    const struct ana_pool_time *t = p->times[pool];
    size_t i = entry_at(p, pool, to_ns), steps = 0;
    int64_t end_ns = to_ns;
    uint32_t takes = i > 0 ? t[i - 1].takes : 0;
    while (i-- > 0 && end_ns > from_ns && steps++ < STEPS_MOST) {
        int64_t ns = end_ns - later(t[i].t_ns, from_ns);
        if (ns > 0 && takes - t[i].takes < t[i].reach) {
            if (t[i].state == POOL_GATED)
                x.gated_ns += ns;
            else
                x.idle_ns += ns;
        }
        end_ns = t[i].t_ns;
    }
    x.exhausted_ns -= x.gated_ns + x.idle_ns;
    return x;
}

void ana_pool_times_fini(struct ana_pool_times *p)
{
    for (size_t i = 0; p->times && i < p->pool_count; i++)
        free(p->times[i]);
    free(p->times);
    free(p->counts);
    free(p->grants);
    *p = (struct ana_pool_times){0};
}

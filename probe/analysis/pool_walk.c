/* summary: walks the events of the application's pools: size and saturation over time, order of reuse,
 * dialling
 */
#include "events.h"
#include "pool_wire.h"

#include <stdlib.h>

#define POINTS_MAX 60
#define POINT_MIN_NS INT64_C(1000000000)
#define LARGE_PART 0.5 /* of a dial */
#define SMALL_PART 0.1

/* Free connections stand in a list, the one idle longest first. */
struct walk_conn {
    bool ready, dialling, closed;
    int held;
    uint32_t prev, next; /* in the list, FACT_NONE: end */
    bool free;
    uint64_t arrivals; /* when it became free */
    int64_t dial_ns;   /* when its dial began, and the pool's clocks then: */
    int64_t contested_ns, overlapped_ns;
};

struct walk_pool {
    bool used;
    int ready, busy, dials;
    uint32_t limit;
    uint32_t longest, shortest; /* ends of the list */
    uint32_t free;
    int64_t t_ns;                        /* settled up to */
    int64_t contested_ns, overlapped_ns; /* clocks */
    int64_t left_ns;                     /* when it was saturated last, 0: never */
    bool saturated;
    int64_t start_ns, end_ns;
};

struct walk {
    struct ana_input *in;
    const struct ana_init *init;
    struct walk_conn *conns;
    struct walk_pool *pools;
    int in_flight, busy, dials; /* requests; connections of the application's pools */
    uint64_t arrivals;
};

static struct walk_pool *pool_of(const struct walk *w, uint32_t conn)
{
    uint32_t p = w->in->facts.conns[conn].pool;
    return p != FACT_NONE && w->pools[p].used ? &w->pools[p] : NULL;
}

static struct ana_pool_wire *wire_of(const struct walk *w, const struct walk_pool *p)
{
    return &w->in->report->pools[p - w->pools].wire;
}

/* Shares a stretch of time over the points that it touches. */
static void spread(struct ana_pool_wire *x, int64_t from_ns, int64_t to_ns, double busy, bool saturated)
{
    if (x->point_count == 0 || to_ns <= from_ns)
        return;
    size_t i = (size_t)((from_ns - x->points[0].start_ns) / x->point_ns);
    for (; i < x->point_count && from_ns < to_ns; i++) {
        int64_t end_ns = x->points[i].start_ns + x->point_ns;
        int64_t until_ns = end_ns < to_ns ? end_ns : to_ns;
        x->points[i].busy += (double)(until_ns - from_ns) * busy;
        if (saturated)
            x->points[i].saturated += (double)(until_ns - from_ns);
        from_ns = until_ns;
    }
}

static struct ana_pool_point *point_at(struct ana_pool_wire *x, int64_t t_ns)
{
    if (x->point_count == 0 || t_ns < x->points[0].start_ns)
        return NULL;
    size_t i = (size_t)((t_ns - x->points[0].start_ns) / x->point_ns);
    return i < x->point_count ? &x->points[i] : NULL;
}

/* A dial is contested while another request is in flight without a connection and none is free. */
static void settle(struct walk *w, struct walk_pool *p, int64_t t_ns)
{
    int64_t dt_ns = t_ns - p->t_ns;
    if (dt_ns > 0 && p->t_ns > 0) {
        spread(wire_of(w, p), p->t_ns, t_ns, p->busy, p->saturated);
        if (p->dials > 0 && p->free == 0 && w->in_flight - w->busy >= 2)
            p->contested_ns += dt_ns;
        if (p->dials > 1)
            p->overlapped_ns += dt_ns;
    }
    p->t_ns = t_ns;
}

/* After a change: is every connection busy, and was it only for a hand-over that one was not? */
static void judge(struct walk *w, struct walk_pool *p, int64_t t_ns)
{
    bool now = p->ready > 0 && p->free == 0 && p->dials == 0 && (uint32_t)p->ready >= p->limit;
    struct ana_pool_wire *x = wire_of(w, p);
    if (now && !p->saturated && p->left_ns > 0 && t_ns - p->left_ns <= w->in->sweep.handoff_ns)
        spread(x, p->left_ns, t_ns, 0, true);
    if (!now && p->saturated)
        p->left_ns = t_ns;
    p->saturated = now;
    struct ana_pool_point *at = point_at(x, t_ns);
    if (at && p->ready > (int)at->open_max)
        at->open_max = (uint32_t)p->ready;
}

static void list_add(struct walk *w, struct walk_pool *p, uint32_t conn)
{
    struct walk_conn *c = &w->conns[conn];
    c->free = true;
    c->next = FACT_NONE;
    c->prev = p->shortest;
    c->arrivals = w->arrivals;
    if (p->shortest != FACT_NONE)
        w->conns[p->shortest].next = conn;
    else
        p->longest = conn;
    p->shortest = conn;
    p->free++;
}

static void list_remove(struct walk *w, struct walk_pool *p, uint32_t conn)
{
    struct walk_conn *c = &w->conns[conn];
    if (!c->free)
        return;
    if (c->prev != FACT_NONE)
        w->conns[c->prev].next = c->next;
    else
        p->longest = c->next;
    if (c->next != FACT_NONE)
        w->conns[c->next].prev = c->prev;
    else
        p->shortest = c->prev;
    c->free = false;
    p->free--;
}

/* Without an arrival since it became free, the request that had it may simply go on. The first commands of a
 * dial are nobody's choice. */
static void choose(const struct walk *w, const struct walk_pool *p, uint32_t conn, int64_t t_ns)
{
    const struct walk_conn *c = &w->conns[conn];
    struct ana_pool_wire *x = wire_of(w, p);
    bool http = w->in->facts.request_count > 0;
    if (!c->free || p->free < 2 || t_ns <= w->init->end_ns[conn] ||
        (http && (c->arrivals == w->arrivals || w->in_flight == 0)))
        return;
    x->choices++;
    x->longest += conn == p->longest;
    x->shortest += conn == p->shortest;
    x->chance += 1.0 / p->free;
}

static void on_checkout(struct walk *w, uint32_t conn, int64_t t_ns, bool begins)
{
    struct walk_conn *c = &w->conns[conn];
    struct walk_pool *p = pool_of(w, conn);
    if (!p)
        return;
    settle(w, p, t_ns);
    if (begins && c->held++ == 0 && c->ready) {
        choose(w, p, conn, t_ns);
        wire_of(w, p)->taken += p->dials > 0 && w->in_flight > 0;
        list_remove(w, p, conn);
        p->busy++;
        w->busy++;
    } else if (!begins && --c->held == 0 && c->ready) {
        wire_of(w, p)->given_back += p->dials > 0 && w->in_flight > 0;
        list_add(w, p, conn);
        p->busy--;
        w->busy--;
    }
    judge(w, p, t_ns);
}

static void on_open(struct walk *w, uint32_t conn, int64_t t_ns)
{
    struct walk_conn *c = &w->conns[conn];
    struct walk_pool *p = pool_of(w, conn);
    if (!p || c->closed || w->in->facts.conns[conn].mid_stream)
        return;
    settle(w, p, t_ns);
    struct ana_pool_wire *x = wire_of(w, p);
    struct ana_pool_point *at = point_at(x, t_ns);
    c->dialling = true;
    c->dial_ns = t_ns;
    c->contested_ns = p->contested_ns;
    c->overlapped_ns = p->overlapped_ns;
    p->dials++;
    w->dials++;
    if ((uint32_t)p->dials > x->dials_max)
        x->dials_max = (uint32_t)p->dials;
    if (at)
        at->dials++;
    judge(w, p, t_ns);
}

static void dial_end(struct walk *w, struct walk_pool *p, struct walk_conn *c, int64_t t_ns)
{
    struct ana_pool_wire *x = wire_of(w, p);
    double ns = (double)(t_ns - c->dial_ns);
    if (!c->dialling)
        return;
    if (ns > 0 && (double)(p->contested_ns - c->contested_ns) >= LARGE_PART * ns) {
        x->contested++;
        x->overlapped += (double)(p->overlapped_ns - c->overlapped_ns) >= SMALL_PART * ns;
    }
    c->dialling = false;
    p->dials--;
    w->dials--;
}

static void on_ready(struct walk *w, uint32_t conn, int64_t t_ns)
{
    struct walk_conn *c = &w->conns[conn];
    struct walk_pool *p = pool_of(w, conn);
    if (!p || c->closed || c->ready)
        return;
    settle(w, p, t_ns);
    dial_end(w, p, c, t_ns);
    c->ready = true;
    p->ready++;
    if (c->held > 0) {
        p->busy++;
        w->busy++;
    } else {
        list_add(w, p, conn);
    }
    judge(w, p, t_ns);
}

static void on_close(struct walk *w, uint32_t conn, int64_t t_ns)
{
    struct walk_conn *c = &w->conns[conn];
    struct walk_pool *p = pool_of(w, conn);
    c->closed = true;
    if (!p)
        return;
    settle(w, p, t_ns);
    dial_end(w, p, c, t_ns);
    if (c->ready) {
        list_remove(w, p, conn);
        p->ready--;
        p->busy -= c->held > 0;
        w->busy -= c->held > 0;
    }
    c->ready = false;
    judge(w, p, t_ns);
}

/* Requests in flight decide what is contested: the time before has to be settled with the old number. */
static void on_request(struct walk *w, int64_t t_ns, int by)
{
    for (size_t i = 0; w->dials > 0 && i < w->in->facts.pool_count; i++)
        if (w->pools[i].dials > 0)
            settle(w, &w->pools[i], t_ns);
    w->in_flight += by;
    w->arrivals += by > 0;
}

static void take(struct walk *w, const struct ana_event *e)
{
    const struct ana_facts *f = &w->in->facts;
    switch ((enum ana_event_kind)e->kind) {
    case EV_ARRIVAL:
        on_request(w, e->t_ns, 1);
        break;
    case EV_REQUEST_END:
        on_request(w, e->t_ns, -1);
        break;
    case EV_OPEN:
        on_open(w, e->index, e->t_ns);
        break;
    case EV_READY:
        on_ready(w, e->index, e->t_ns);
        break;
    case EV_CLOSE:
        on_close(w, e->index, e->t_ns);
        break;
    case EV_CHECKOUT_START:
    case EV_CHECKOUT_END:
        on_checkout(w, f->checkouts[e->index].conn, e->t_ns, e->kind == EV_CHECKOUT_START);
        break;
    case EV_STATEMENT_END:
    case EV_STATEMENT_START:
    case EV_ANSWER:
    case EV_UPLOADED:
    case EV_LEVEL_END:
    case EV_LEVEL_START:
        break;
    }
}

static void widen(struct walk_pool *p, int64_t t_ns)
{
    if (t_ns <= 0 || t_ns == INT64_MAX)
        return;
    if (p->start_ns == 0 || t_ns < p->start_ns)
        p->start_ns = t_ns;
    p->end_ns = t_ns > p->end_ns ? t_ns : p->end_ns;
}

static void find_spans(struct walk *w)
{
    const struct ana_facts *f = &w->in->facts;
    for (uint32_t i = 0; i < f->conn_count; i++) {
        struct walk_pool *p = pool_of(w, i);
        if (!p)
            continue;
        widen(p, f->conns[i].open_ns);
        widen(p, f->conns[i].ready_ns);
        widen(p, f->conns[i].close_ns);
    }
    for (size_t i = 0; i < f->checkout_count; i++) {
        struct walk_pool *p = f->checkouts[i].conn == FACT_NONE ? NULL : pool_of(w, f->checkouts[i].conn);
        if (!p)
            continue;
        widen(p, f->checkouts[i].start_ns);
        widen(p, f->checkouts[i].end_ns);
    }
}

static bool make_points(struct walk *w)
{
    for (size_t i = 0; i < w->in->facts.pool_count; i++) {
        struct walk_pool *p = &w->pools[i];
        int64_t ns = p->end_ns - p->start_ns;
        if (!p->used || p->start_ns == 0 || ns <= 0)
            continue;
        struct ana_pool_wire *x = wire_of(w, p);
        x->point_ns = (ns / POINTS_MAX / POINT_MIN_NS + 1) * POINT_MIN_NS;
        size_t n = (size_t)(ns / x->point_ns) + 1;
        x->points = calloc(n, sizeof *x->points);
        if (!x->points)
            return false;
        x->point_count = n;
        for (size_t k = 0; k < n; k++)
            x->points[k].start_ns = p->start_ns + (int64_t)k * x->point_ns;
    }
    return true;
}

static bool begin(struct walk *w)
{
    struct ana_input *in = w->in;
    w->conns = calloc(in->facts.conn_count + 1, sizeof *w->conns);
    w->pools = calloc(in->facts.pool_count + 1, sizeof *w->pools);
    if (!w->conns || !w->pools)
        return false;
    for (size_t i = 0; i < in->facts.pool_count; i++)
        w->pools[i] = (struct walk_pool){.used = in->facts.pools[i].application,
                                         .limit = in->sweep.pools[i].open_max,
                                         .longest = FACT_NONE,
                                         .shortest = FACT_NONE};
    find_spans(w);
    return make_points(w);
}

/* Integrals become means; a stretch in which nothing changed kept the size of the one before. */
static void finish(struct walk *w)
{
    for (size_t i = 0; i < w->in->facts.pool_count; i++) {
        struct walk_pool *p = &w->pools[i];
        struct ana_pool_wire *x = wire_of(w, p);
        if (!p->used)
            continue;
        for (size_t k = 0; k < x->point_count; k++) {
            int64_t left_ns = p->end_ns - x->points[k].start_ns;
            double ns = (double)(left_ns < x->point_ns ? left_ns : x->point_ns);
            x->points[k].busy = ns > 0 ? x->points[k].busy / ns : 0;
            x->points[k].saturated = ns > 0 ? x->points[k].saturated / ns : 0;
            if (x->points[k].saturated > 1)
                x->points[k].saturated = 1;
            if (k > 0 && x->points[k].open_max == 0)
                x->points[k].open_max = x->points[k - 1].open_max;
        }
        x->chance = x->choices ? x->chance / (double)x->choices : 0;
        x->reuse = ana_reuse_of(x);
        x->dialling = ana_dialling_of(x);
    }
}

enum pp_status ana_pool_walk(struct ana_input *in, const struct ana_init *init)
{
    struct walk w = {.in = in, .init = init};
    struct ana_facts view = in->facts;
    struct ana_event *events = NULL;
    size_t n = 0;
    view.statement_count = view.level_count = 0;
    enum pp_status st = begin(&w) ? ana_events_new(&events, &n, &view) : PP_NOMEM;
    for (size_t i = 0; i < n && st == PP_OK; i++)
        take(&w, &events[i]);
    if (st == PP_OK)
        finish(&w);
    free(events);
    free(w.conns);
    free(w.pools);
    return st;
}

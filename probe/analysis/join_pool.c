/* summary: for each checkout: since when its connection was free, and whether another one was too */
#include "join_int.h"

#include "events.h"

#include <stdlib.h>

struct conn_state {
    int64_t free_ns;     /* since when nobody holds it */
    uint32_t prev, next; /* in its pool's idle connections, FACT_NONE */
    int held;
    bool ready, used, idle;
    bool wanted; /* when it became free there were more requests without a connection than free ones */
};

/* Ready connections that nobody holds, the one idle longest first. */
struct pool_state {
    uint32_t first, last; /* FACT_NONE */
};

struct walk {
    struct jn *j;
    struct conn_state *conns;
    struct pool_state *pools;
    struct app_state *apps;
};

struct app_state {
    int outside;    /* requests in flight that hold no connection, as far as counts tell */
    int idle_count; /* connections that nobody holds */
};

static struct app_state *app_of_conn(const struct walk *w, uint32_t conn)
{
    uint32_t p = w->j->f->conns[conn].pool;
    return p == FACT_NONE ? NULL : &w->apps[w->j->f->pools[p].app];
}

static struct app_state *app_of_request(const struct walk *w, uint32_t request)
{
    return &w->apps[w->j->f->requests[request].app];
}

/* More of its application's requests are without a connection than there are free ones. */
static bool is_wanted(const struct walk *w, uint32_t conn)
{
    const struct app_state *a = app_of_conn(w, conn);
    return a && a->outside > a->idle_count;
}

static void idle_add(struct walk *w, uint32_t conn, int64_t t_ns)
{
    uint32_t p = w->j->f->conns[conn].pool;
    struct conn_state *c = &w->conns[conn];
    c->free_ns = t_ns;
    if (p == FACT_NONE || !c->ready || c->held > 0 || c->idle)
        return;
    struct pool_state *s = &w->pools[p];
    c->idle = true;
    c->prev = s->last;
    c->next = FACT_NONE;
    *(s->last == FACT_NONE ? &s->first : &w->conns[s->last].next) = conn;
    s->last = conn;
    w->apps[w->j->f->pools[p].app].idle_count += w->j->f->pools[p].application;
}

static void idle_remove(struct walk *w, uint32_t conn)
{
    uint32_t p = w->j->f->conns[conn].pool;
    struct conn_state *c = &w->conns[conn];
    if (p == FACT_NONE || !c->idle)
        return;
    struct pool_state *s = &w->pools[p];
    c->idle = false;
    w->apps[w->j->f->pools[p].app].idle_count -= w->j->f->pools[p].application;
    *(c->prev == FACT_NONE ? &s->first : &w->conns[c->prev].next) = c->next;
    *(c->next == FACT_NONE ? &s->last : &w->conns[c->next].prev) = c->prev;
}

/* The one idle longest tells. */
static bool another_free(const struct walk *w, uint32_t conn, int64_t t_ns)
{
    uint32_t at = w->pools[w->j->f->conns[conn].pool].first;
    if (at == conn)
        at = w->conns[conn].next;
    return at != FACT_NONE && t_ns - w->conns[at].free_ns > w->j->handoff_ns;
}

static void start(struct walk *w, uint32_t take)
{
    uint32_t conn = w->j->f->checkouts[take].conn;
    struct conn_state *c = &w->conns[conn];
    struct jn_take *t = &w->j->takes[take];
    int64_t now_ns = w->j->f->checkouts[take].start_ns;
    if (t->shape != 0) {
        t->granted_ns = c->free_ns > 0 ? c->free_ns : now_ns;
        t->fresh = !c->used && w->j->f->conns[conn].open_ns > 0 && !w->j->f->conns[conn].mid_stream;
        if (t->fresh && now_ns - c->free_ns <= w->j->handoff_ns) /* it was dialled for this */
            t->at_ns = w->j->f->conns[conn].open_ns;
        t->spare = t->direct = !c->wanted || another_free(w, conn, now_ns);
        if (!c->used)
            w->j->conns++;
    }
    if (c->held++ == 0)
        idle_remove(w, conn);
    if (t->shape != 0)
        app_of_conn(w, conn)->outside--;
    c->used = true;
}

static void take_event(struct walk *w, const struct ana_event *e)
{
    switch ((enum ana_event_kind)e->kind) {
    case EV_ARRIVAL:
        app_of_request(w, e->index)->outside++;
        break;
    case EV_REQUEST_END:
        app_of_request(w, e->index)->outside--;
        break;
    case EV_READY:
        w->conns[e->index].ready = true;
        w->conns[e->index].wanted = is_wanted(w, e->index);
        idle_add(w, e->index, e->t_ns);
        break;
    case EV_CLOSE:
        idle_remove(w, e->index);
        w->conns[e->index].ready = false;
        break;
    case EV_CHECKOUT_START:
        start(w, e->index);
        break;
    case EV_CHECKOUT_END: {
        uint32_t conn = w->j->f->checkouts[e->index].conn;
        w->conns[conn].held--;
        w->conns[conn].wanted = is_wanted(w, conn);
        if (w->j->takes[e->index].shape != 0)
            app_of_conn(w, conn)->outside++;
        idle_add(w, conn, e->t_ns);
        break;
    }
    default:
        break;
    }
}

void jn_pools(struct jn *j)
{
    struct ana_facts shown = *j->f; /* events of statements and levels are not needed */
    struct walk w = {.j = j};
    struct ana_event *events = NULL;
    size_t count = 0;
    shown.statement_count = shown.level_count = 0;
    w.conns = calloc(j->f->conn_count + 1, sizeof *w.conns);
    w.pools = calloc(j->f->pool_count + 1, sizeof *w.pools);
    w.apps = calloc((size_t)ana_app_count(j->f) + 1, sizeof *w.apps);
    if (!w.conns || !w.pools || !w.apps || ana_events_new(&events, &count, &shown) != PP_OK)
        j->nomem = true;
    for (size_t i = 0; w.pools && i < j->f->pool_count; i++)
        w.pools[i] = (struct pool_state){FACT_NONE, FACT_NONE};
    for (size_t i = 0; i < count && !j->nomem; i++)
        take_event(&w, &events[i]);
    free(events);
    free(w.conns);
    free(w.pools);
    free(w.apps);
}

/* summary: the sweep's connections and pools: busy, idle, handed over, dialled */
#include "sweep_int.h"

#include "base/clock.h"

#include <stdlib.h>

/* A pool that fills itself dials one connection after the other, or all at once: what follows after less than
 * this belongs to the same burst. Longer than the pause of an event loop with other work, shorter than any
 * time from an application's start to its load. */
#define BURST_GAP_NS (100 * NS_PER_MS)

bool sw_in_load(const struct sw *s)
{
    return s->has_requests ? s->n > 0 : s->t_ns >= s->span_start_ns && s->t_ns < s->span_end_ns;
}

static struct sw_pool *pool_of(struct sw *s, uint32_t conn)
{
    uint32_t p = s->f->conns[conn].pool;
    return p == FACT_NONE ? NULL : &s->pools[p];
}

/* Settles a pool's figures for the time since its last change. */
static void settle(struct sw *s, struct sw_pool *p)
{
    struct ana_pool_stat *st = &s->out->pools[p - s->pools];
    int64_t load_ns = s->out->load_ns - p->touched_load_ns;
    p->touched_load_ns = s->out->load_ns;
    if (load_ns <= 0)
        return;
    if (p->state == STATE_SATURATED)
        st->saturated_ns += load_ns;
    if (!p->armed && p->dials == 0 && p->ready > 0) {
        p->armed = true;
        st->open_min = (uint32_t)p->ready;
    }
    if (p->armed && (uint32_t)p->ready < st->open_min)
        st->open_min = (uint32_t)p->ready;
}

/* Nobody waits for the dials of others in a pool that dials in parallel: with a place left one dials too. */
static uint8_t state_of(const struct sw_pool *p)
{
    int free = p->ready - p->busy - p->soft;
    if (p->per_thread)
        return p->dials > p->own ? STATE_DIALLING : STATE_FREE;
    if (p->parallel) {
        bool place = p->ready + p->dials < p->limit && !p->gate;
        if (free > 0 || place || p->ready + p->dials == 0)
            return STATE_FREE;
        return p->dials > p->own ? STATE_GROWING : STATE_SATURATED;
    }
    if (p->dials > 0 || p->gate)
        return free > 0 ? STATE_DIALLING : STATE_GROWING;
    return p->ready > 0 && p->ready >= p->limit && free <= 0 ? STATE_SATURATED : STATE_FREE;
}

struct delta {
    int ready, busy, soft, dials, own, doubtful;
};

static bool unsure(const struct sw_pool *p)
{
    int free = p->ready - p->busy - p->soft;
    return free > 0 && p->doubtful >= free;
}

/* A dial begins while none is in progress: the first burst goes on, and has no least size yet, or is over. */
static void note_burst(struct sw *s, struct sw_pool *p, struct delta d)
{
    if (p->filled || d.dials <= 0 || p->dials > 0 || !p->armed)
        return;
    if (s->t_ns - p->calm_ns < BURST_GAP_NS)
        p->armed = false;
    else
        p->filled = true;
}

static void change(struct sw *s, struct sw_pool *p, struct delta d)
{
    struct ana_pool_stat *st = &s->out->pools[p - s->pools];
    bool was_unsure = unsure(p);
    settle(s, p);
    note_burst(s, p, d);
    p->ready += d.ready;
    p->busy += d.busy;
    p->soft += d.soft;
    p->dials += d.dials;
    if (d.dials < 0 && p->dials == 0)
        p->calm_ns = s->t_ns;
    p->own += d.own;
    p->doubtful += d.doubtful;
    if (p->ready > 0 && (uint32_t)p->ready > st->open_max)
        st->open_max = (uint32_t)p->ready;
    if (p->busy > 0 && (uint32_t)p->busy > st->busy_max)
        st->busy_max = (uint32_t)p->busy;
    uint8_t state = state_of(p);
    if (p->application) {
        s->ready += d.ready;
        s->free += d.ready - d.busy - d.soft;
        s->dials += d.dials;
        s->own += d.own;
        s->unsure += (int)unsure(p) - (int)was_unsure;
        s->states[p->state]--;
        s->states[state]++;
    }
    p->state = state;
}

/* In order of time: a gate is open for less than a hand-over may take, and goes in front of some. */
static void timer_push(struct sw *s, struct sw_soft timer)
{
    if (!FACT_ROOM(s->soft, s->soft_head + s->soft_count, s->soft_cap)) {
        s->nomem = true;
        return;
    }
    size_t at = s->soft_head + s->soft_count++;
    for (; at > s->soft_head && s->soft[at - 1].since_ns > timer.since_ns; at--)
        s->soft[at] = s->soft[at - 1];
    s->soft[at] = timer;
}

static void soft_push(struct sw *s, uint32_t conn)
{
    timer_push(s, (struct sw_soft){.conn = conn, .since_ns = s->conns[conn].idle_ns});
    s->conns[conn].soft = !s->nomem;
}

static bool soft_live(const struct sw *s, const struct sw_soft *x)
{
    if (x->conn == FACT_NONE)
        return s->pools[x->pool].gate && s->pools[x->pool].gate_ns == x->since_ns;
    const struct sw_conn *c = &s->conns[x->conn];
    return c->soft && c->idle_ns == x->since_ns;
}

/* Those that a dial under the lock held up are served when it ends: for the time of a hand-over some of them
 * wait still. The same where a connection was closed: its place is for somebody who will dial. */
static void gate_begin(struct sw *s, struct sw_pool *p)
{
    if (!p->application || !sw_in_load(s))
        return;
    p->gate = true;
    p->gate_ns = s->t_ns;
    if (!p->parallel) /* its timer ends after the time of a usual hand-over, not of the longest */
        p->gate_ns -= s->o.handoff_ns - s->o.handoff_ns / ANA_HANDOFF_MARGIN;
    timer_push(s,
               (struct sw_soft){.conn = FACT_NONE, .pool = (uint32_t)(p - s->pools), .since_ns = p->gate_ns});
    change(s, p, (struct delta){0});
}

static void dial_end(struct sw *s, struct sw_pool *p)
{
    if (!p->parallel && p->dials == 0)
        gate_begin(s, p);
}

static void gate_end(struct sw *s, struct sw_pool *p)
{
    p->gate = false;
    change(s, p, (struct delta){0});
}

int64_t sw_soft_next(struct sw *s, int64_t t_ns)
{
    while (s->soft_count > 0 && !soft_live(s, &s->soft[s->soft_head])) {
        s->soft_head++;
        s->soft_count--;
    }
    if (s->soft_count == 0) {
        s->soft_head = 0;
        return INT64_MAX;
    }
    if (s->soft_head > 4096 && s->soft_head > s->soft_count) {
        for (size_t i = 0; i < s->soft_count; i++)
            s->soft[i] = s->soft[s->soft_head + i];
        s->soft_head = 0;
    }
    int64_t end_ns = s->soft[s->soft_head].since_ns + s->o.handoff_ns;
    return end_ns <= t_ns ? end_ns : INT64_MAX;
}

/* The connection is no longer in a hand-off: it was taken, closed, or left idle too long. */
static void soft_end(struct sw *s, uint32_t conn)
{
    struct sw_conn *c = &s->conns[conn];
    struct sw_pool *p = pool_of(s, conn);
    if (!c->soft || !p)
        return;
    bool was_fresh = c->fresh;
    change(s, p, (struct delta){.soft = -1, .dials = c->fresh ? -1 : 0, .own = c->own ? -1 : 0});
    c->soft = c->fresh = c->own = false;
    if (was_fresh)
        dial_end(s, p);
}

void sw_soft_expire(struct sw *s)
{
    struct sw_soft x = s->soft[s->soft_head];
    s->soft_head++;
    s->soft_count--;
    if (x.conn == FACT_NONE) {
        gate_end(s, &s->pools[x.pool]);
        return;
    }
    uint32_t conn = x.conn;
    struct sw_pool *p = pool_of(s, conn);
    soft_end(s, conn);
    s->conns[conn].doubtful = true;
    change(s, p, (struct delta){.doubtful = 1});
}

/* It is free no longer. */
static void doubt_end(struct sw *s, uint32_t conn)
{
    if (!s->conns[conn].doubtful)
        return;
    s->conns[conn].doubtful = false;
    change(s, pool_of(s, conn), (struct delta){.doubtful = -1});
}

/* A connection of the application became idle: may a waiting request be about to take it? */
static void idle_begin(struct sw *s, uint32_t conn, struct sw_pool *p)
{
    struct sw_conn *c = &s->conns[conn];
    int rest = sw_rest(s);
    bool served = p->dials == 0 || p->parallel;
    c->idle_ns = s->t_ns;
    c->eligible = served && p->ready - p->busy - p->soft <= 1 && rest >= 2;
    c->waiting = rest > 0 ? (uint32_t)rest : 0;
    if (!c->eligible && served && rest >= 2 && p->doubtful > 0) {
        c->doubtful = true;
        change(s, p, (struct delta){.doubtful = 1});
    }
    if (!c->eligible)
        return;
    soft_push(s, conn);
    if (c->soft)
        change(s, p, (struct delta){.soft = 1});
}

static void idle_end(struct sw *s, uint32_t conn)
{
    struct sw_conn *c = &s->conns[conn];
    struct ana_sweep *o = s->out;
    if (c->eligible) {
        if (FACT_ROOM(o->gaps, o->gap_count, o->gap_cap))
            o->gaps[o->gap_count++] = (struct ana_gap){.ns = s->t_ns - c->idle_ns, .waiting = c->waiting};
        else
            s->nomem = true;
    }
    c->eligible = false;
    soft_end(s, conn);
    doubt_end(s, conn);
}

static enum sw_work work_of(const struct sw_conn *c)
{
    if (c->voided > 0)
        return WORK_VOIDED;
    if (c->running > 0)
        return WORK_STATEMENT;
    if (c->ending > 0)
        return WORK_COMMIT;
    return c->held > 0 ? WORK_TXN_IDLE : WORK_NONE;
}

void sw_conn_update(struct sw *s, uint32_t conn)
{
    struct sw_conn *c = &s->conns[conn];
    struct sw_pool *p = pool_of(s, conn);
    enum sw_work was = c->work, is = work_of(c);
    if (was == is || !p)
        return;
    c->work = (uint8_t)is;
    if (p->application) {
        s->work[was]--;
        s->work[is]++;
    }
    if (!c->ready)
        return;
    if (was == WORK_NONE) {
        if (p->application)
            idle_end(s, conn);
        change(s, p, (struct delta){.busy = 1});
    } else if (is == WORK_NONE) {
        change(s, p, (struct delta){.busy = -1});
        if (p->application)
            idle_begin(s, conn, p);
    }
}

/* Where a dial is counted: its pool, or the application's main one when it never came so far as to name its
 * own. */
static struct sw_pool *dial_pool(struct sw *s, uint32_t conn)
{
    const struct fact_conn *k = &s->f->conns[conn];
    struct sw_pool *p = pool_of(s, conn);
    if (p || s->main_pool == FACT_NONE)
        return p;
    const struct fact_pool *m = &s->f->pools[s->main_pool];
    bool same = k->host == m->host && k->server == m->server && !k->opaque && !k->mid_stream;
    return same ? &s->pools[s->main_pool] : NULL;
}

static bool opaque_here(const struct sw *s, uint32_t conn)
{
    const struct fact_conn *k = &s->f->conns[conn];
    return k->opaque && k->host < s->host_count && s->host_serves[k->host];
}

void sw_pool_open(struct sw *s, uint32_t conn)
{
    struct sw_conn *c = &s->conns[conn];
    struct sw_pool *p = dial_pool(s, conn);
    if (c->closed)
        return;
    c->open = true;
    if (opaque_here(s, conn))
        s->opaque++;
    if (!p || s->f->conns[conn].mid_stream)
        return;
    c->dialling = true;
    c->own = p->application && s->f->conns[conn].dial_ns > 0 && sw_rest(s) > 0;
    if (c->own)
        sw_take(s);
    if (sw_in_load(s))
        s->out->pools[p - s->pools].dials_under_load++;
    p->gate = p->gate && p->parallel;
    change(s, p, (struct delta){.dials = 1, .own = c->own});
}

void sw_pool_ready(struct sw *s, uint32_t conn)
{
    struct sw_conn *c = &s->conns[conn];
    struct sw_pool *p = pool_of(s, conn);
    if (c->closed || !p)
        return;
    c->ready = true;
    c->idle_ns = s->t_ns;
    bool taken = c->work != WORK_NONE;
    /* Whoever dialled takes it at once: until then the dial goes on. */
    if (c->own && !taken)
        c->soft = true;
    else if (c->dialling && !taken && p->application && sw_rest(s) > 0)
        soft_push(s, conn);
    c->fresh = c->soft;
    bool over = c->dialling && !c->fresh;
    change(s, p,
           (struct delta){.ready = 1,
                          .busy = taken,
                          .soft = c->soft,
                          .dials = over ? -1 : 0,
                          .own = c->own && over ? -1 : 0});
    c->own = c->own && !over;
    c->dialling = false;
    if (over)
        dial_end(s, p);
}

void sw_pool_close(struct sw *s, uint32_t conn)
{
    struct sw_conn *c = &s->conns[conn];
    struct sw_pool *p = dial_pool(s, conn);
    if (c->open && !c->closed && opaque_here(s, conn))
        s->opaque--;
    if (p && c->dialling) {
        change(s, p, (struct delta){.dials = -1, .own = c->own ? -1 : 0});
        c->own = false;
        dial_end(s, p);
    }
    if (p && c->ready) {
        soft_end(s, conn);
        doubt_end(s, conn);
        change(s, p, (struct delta){.ready = -1, .busy = c->work != WORK_NONE ? -1 : 0});
        if (p->parallel)
            gate_begin(s, p);
    }
    c->dialling = c->ready = c->eligible = false;
    c->closed = true;
}

void sw_pool_finish(struct sw *s)
{
    for (size_t i = 0; i < s->f->pool_count; i++)
        settle(s, &s->pools[i]);
}

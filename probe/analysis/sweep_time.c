/* summary: the sweep's passing of time: every instant's requests in flight are given to what the pools were
 * doing */
#include "series.h"
#include "sweep_int.h"

enum ana_state sw_state(const struct sw *s)
{
    if (s->states[STATE_GROWING] > 0)
        return STATE_GROWING;
    if (s->states[STATE_SATURATED] > 0)
        return STATE_SATURATED;
    return s->states[STATE_DIALLING] > 0 ? STATE_DIALLING : STATE_FREE;
}

static int positive(int x)
{
    return x > 0 ? x : 0;
}

static int least(int a, int b)
{
    return a < b ? a : b;
}

int sw_outside(const struct sw *s)
{
    int busy = s->work[WORK_STATEMENT] + s->work[WORK_COMMIT] + s->work[WORK_TXN_IDLE] + s->work[WORK_VOIDED];
    return positive(s->n - busy - s->own);
}

int sw_rest(const struct sw *s)
{
    return positive(sw_outside(s) - positive(s->uploading + s->answering));
}

/* Nobody waits for a connection. */
static bool reference(const struct sw *s)
{
    return sw_state(s) == STATE_FREE && s->opaque == 0;
}

static void trace_push(struct sw *s, struct ana_step step)
{
    struct ana_trace *t = &s->out->trace;
    s->steps++;
    if (!s->o.trace)
        return;
    if (FACT_ROOM(t->steps, t->count, t->cap))
        t->steps[t->count++] = step;
    else
        s->nomem = true;
}

void sw_trace_event(struct sw *s, enum ana_step_event event)
{
    if (event != STEP_NONE || s->step.dt_ns > 0) {
        if (s->step.dt_ns == 0) {
            s->step.reference = reference(s);
            s->step.doubtful = s->unsure > 0;
        }
        s->step.event = (uint8_t)event;
        trace_push(s, s->step);
    }
    s->step.dt_ns = 0;
}

static void trace_time(struct sw *s, int64_t dt_ns, int rest)
{
    bool is_reference = reference(s);
    if (s->step.dt_ns > 0 && (s->step.rest != (uint32_t)rest || s->step.reference != is_reference ||
                              s->step.doubtful != (s->unsure > 0)))
        sw_trace_event(s, STEP_NONE);
    s->step.rest = (uint32_t)rest;
    s->step.reference = is_reference;
    s->step.doubtful = s->unsure > 0;
    s->step.dt_ns += dt_ns;
}

/* An instant's requests by line, as counts. */
struct shares {
    int work[WORK_COUNT];
    int own_dials, http, rest, dials, held_up;
    struct ana_wait wait;
};

/* While a pool dials under its lock, so many wait for that only: those for whom a connection is free, or a
 * place. The others wait for a connection to be given back in any case. */
static int held_up(const struct sw_pool *p)
{
    if (p->parallel || p->per_thread || (p->dials == 0 && !p->gate))
        return 0;
    return positive(p->ready - p->busy - p->soft) + positive(p->limit - p->ready - p->dials);
}

/* Dials for nobody that is known. */
static int others_dials(const struct sw_pool *p)
{
    return positive(p->dials - p->own);
}

static struct shares divide(const struct sw *s)
{
    struct shares x = {0};
    int left = s->n;
    for (int w = WORK_STATEMENT; w < WORK_NONE; w++) {
        x.work[w] = least(positive(s->work[w]), left);
        left -= x.work[w];
    }
    x.own_dials = least(left, s->own);
    left -= x.own_dials;
    x.http = least(left, positive(s->uploading + s->answering));
    x.rest = left - x.http;
    for (size_t i = 0; i < s->f->pool_count && s->states[STATE_GROWING] + s->states[STATE_DIALLING] > 0; i++)
        if (s->pools[i].application) {
            x.dials += others_dials(&s->pools[i]);
            x.held_up += held_up(&s->pools[i]);
        }
    if (s->steps < s->o.wait_count)
        x.wait = s->o.wait[s->steps];
    if (s->main_pool != FACT_NONE && s->pools[s->main_pool].per_thread)
        x.wait.low = x.wait.mid = x.wait.high = (float)least(x.rest, x.dials);
    return x;
}

static int held_of(const struct shares *x)
{
    return x->work[WORK_STATEMENT] + x->work[WORK_COMMIT] + x->work[WORK_TXN_IDLE];
}

/* fmin and fmax are calls where not-a-number matters. */
static double smaller(double a, double b)
{
    return a < b ? a : b;
}

static double beyond(double a, double b)
{
    return a > b ? a - b : 0;
}

static void flow_add(struct ana_flow *f, const struct shares *x, double ns, const struct sw *s)
{
    f->statement_ns += ns * x->work[WORK_STATEMENT];
    f->commit_ns += ns * x->work[WORK_COMMIT];
    f->txn_idle_ns += ns * x->work[WORK_TXN_IDLE];
    f->voided_ns += ns * x->work[WORK_VOIDED];
    f->http_ns += ns * x->http;
    f->dial_ns += ns * x->own_dials;
    if (s->opaque > 0) {
        f->opaque_ns += ns * x->rest;
        return;
    }
    struct ana_rest *r = &f->rest[sw_state(s)];
    r->ns += ns * x->rest;
    r->low_ns += ns * x->wait.low;
    r->wait_ns += ns * x->wait.mid;
    r->high_ns += ns * x->wait.high;
    double low = x->wait.low, mid = x->wait.mid, high = x->wait.high, dials = x->dials;
    r->dial_low_ns += ns * smaller(low, dials);
    r->dial_wait_ns += ns * smaller(mid, dials);
    r->dial_high_ns += ns * smaller(high, dials);
    r->blocked_low_ns += ns * smaller(beyond(low, dials), x->held_up);
    r->blocked_wait_ns += ns * smaller(beyond(mid, dials), x->held_up);
    r->blocked_high_ns += ns * smaller(beyond(high, dials), x->held_up);
}

static void windows_add(struct sw *s, int64_t dt_ns, int busy)
{
    enum ana_state state = sw_state(s);
    for (size_t i = 0; i < s->window_count; i++) {
        struct ana_window *w = &s->out->windows[s->window_open[i]];
        double ns = (double)dt_ns;
        w->ns += dt_ns;
        w->in_flight_ns += ns * s->n;
        w->busy_ns += ns * busy;
        w->open_ns += ns * s->ready;
        if (state == STATE_SATURATED)
            w->saturated_ns += dt_ns;
        if (s->dials > 0)
            w->dialling_ns += dt_ns;
    }
}

static void series_add(struct sw *s, int64_t dt_ns, int busy)
{
    struct ana_moment m = {.start_ns = s->t_ns,
                           .end_ns = s->t_ns + dt_ns,
                           .open = positive(s->ready),
                           .busy = positive(busy),
                           .in_flight = positive(s->n),
                           .dialling = positive(s->dials),
                           .saturated = sw_state(s) == STATE_SATURATED};
    ana_series_add(&s->out->series, &m);
}

static void pass(struct sw *s, int64_t t_ns)
{
    int64_t dt_ns = t_ns - s->t_ns;
    if (dt_ns <= 0)
        return;
    struct ana_sweep *o = s->out;
    int busy = s->work[WORK_STATEMENT] + s->work[WORK_COMMIT] + s->work[WORK_TXN_IDLE] + s->work[WORK_VOIDED];
    trace_time(s, dt_ns, sw_rest(s));
    if (sw_in_load(s))
        o->load_ns += dt_ns;
    if (s->t_ns >= s->span_start_ns && s->t_ns < s->span_end_ns) {
        o->busy_ns += (double)dt_ns * busy;
        o->outside_ns += (double)dt_ns * positive(busy - s->n);
    }
    if (s->n > 0 && !s->o.gaps_only) {
        struct shares x = divide(s);
        double ns = (double)dt_ns / s->n;
        flow_add(&o->whole, &x, ns * s->n_complete, s);
        for (size_t i = 0; i < s->active_count; i++) {
            struct ana_flow *f = &o->levels[s->active[i].level];
            flow_add(f, &x, ns * s->active[i].n, s);
            if ((int)s->active[i].n < s->n)
                f->shared_ns += ns * s->active[i].n * held_of(&x);
        }
        int free = s->ready - busy;
        if (s->ready > 0 && (uint32_t)positive(free) < o->free_min)
            o->free_min = (uint32_t)positive(free);
    }
    windows_add(s, dt_ns, busy);
    if (o->series.count)
        series_add(s, dt_ns, busy);
    s->t_ns = t_ns;
}

void sw_advance(struct sw *s, int64_t t_ns)
{
    for (int64_t end_ns; !s->nomem && (end_ns = sw_soft_next(s, t_ns)) != INT64_MAX;) {
        pass(s, end_ns);
        sw_soft_expire(s);
    }
    pass(s, t_ns);
    s->t_ns = t_ns > s->t_ns ? t_ns : s->t_ns;
}

void sw_take(struct sw *s)
{
    enum ana_state state = sw_state(s);
    sw_trace_event(s, STEP_TAKE);
    if (s->n <= 0)
        return;
    s->out->whole.rest[state].takes += (double)s->n_complete / s->n;
    for (size_t i = 0; i < s->active_count; i++)
        s->out->levels[s->active[i].level].rest[state].takes += (double)s->active[i].n / s->n;
}

/* summary: the sweep: integrates requests in flight over what connections and pools were doing (Little's law)
 */
#include "series.h"
#include "sweep_int.h"

#include <stdlib.h>

static void span_find(struct sw *s)
{
    const struct ana_facts *f = s->f;
    for (size_t i = 0; i < f->request_count; i++) {
        const struct fact_request *r = &f->requests[i];
        if (!ana_request_known(r))
            continue;
        if (!s->has_requests || r->arrival_ns < s->span_start_ns)
            s->span_start_ns = r->arrival_ns;
        if (!s->has_requests || r->last_ns > s->span_end_ns)
            s->span_end_ns = r->last_ns;
        s->has_requests = true;
    }
    if (s->has_requests || f->checkout_count == 0)
        return;
    s->span_start_ns = f->checkouts[0].start_ns;
    for (size_t i = 0; i < f->checkout_count; i++)
        if (f->checkouts[i].end_ns > s->span_end_ns)
            s->span_end_ns = f->checkouts[i].end_ns;
}

static void pools_begin(struct sw *s)
{
    s->main_pool = FACT_NONE;
    for (size_t i = 0; i < s->f->pool_count; i++) {
        s->pools[i].application = s->f->pools[i].application;
        s->pools[i].per_thread = s->f->pools[i].per_thread;
        s->pools[i].parallel = s->f->pools[i].parallel;
        s->pools[i].state = STATE_FREE;
        s->pools[i].limit = s->o.pool_limits ? (int)s->o.pool_limits[i] : 0;
        if (!s->pools[i].application)
            continue;
        s->states[STATE_FREE]++;
        if (s->main_pool == FACT_NONE)
            s->main_pool = (uint32_t)i;
    }
    for (size_t i = 0; i < s->f->conn_count; i++) {
        uint32_t p = s->f->conns[i].pool;
        s->conns[i].work = WORK_NONE;
        if (p != FACT_NONE && s->pools[p].application)
            s->work[WORK_NONE]++;
    }
}

static bool hosts_begin(struct sw *s)
{
    const struct ana_facts *f = s->f;
    for (size_t i = 0; i < f->request_count; i++)
        if (f->requests[i].host >= s->host_count)
            s->host_count = f->requests[i].host + 1;
    s->host_serves = calloc((size_t)s->host_count + 1, sizeof *s->host_serves);
    for (size_t i = 0; i < f->request_count && s->host_serves; i++)
        s->host_serves[f->requests[i].host] = true;
    return s->host_serves != NULL;
}

static void in_flight(struct sw *s, const struct fact_request *r, int by)
{
    s->n += by;
    if (r->complete)
        s->n_complete += by;
    if (!r->complete || r->level == FACT_NONE)
        return;
    uint32_t at = s->active_at[r->level];
    if (at == FACT_NONE) {
        at = (uint32_t)s->active_count++;
        s->active_at[r->level] = at;
        s->active[at] = (struct sw_active){.level = r->level};
    }
    s->active[at].n = (uint32_t)((int)s->active[at].n + by);
    if (s->active[at].n > 0)
        return;
    s->active_at[r->level] = FACT_NONE;
    s->active[at] = s->active[--s->active_count];
    if (at < s->active_count)
        s->active_at[s->active[at].level] = at;
}

static void count_request(struct ana_flow *f, const struct fact_request *r)
{
    f->requests++;
    f->total_ns += fact_latency_ns(r);
    f->queue_ns += r->queue_ns;
}

static void arrival(struct sw *s, const struct fact_request *r)
{
    s->uploading++;
    in_flight(s, r, 1);
    if (!r->complete)
        return;
    count_request(&s->out->whole, r);
    if (r->level != FACT_NONE)
        count_request(&s->out->levels[r->level], r);
}

/* Starts and ends are counted for the request's own population, in the state at that moment. */
static void uploaded(struct sw *s, const struct fact_request *r)
{
    enum ana_state state = sw_state(s);
    s->uploading--;
    if (r->complete) {
        s->out->whole.rest[state].starts += 1;
        if (r->level != FACT_NONE)
            s->out->levels[r->level].rest[state].starts += 1;
    }
    sw_trace_event(s, STEP_START);
}

static void answer(struct sw *s, const struct fact_request *r)
{
    enum ana_state state = sw_state(s);
    s->answering++;
    if (r->complete) {
        s->out->whole.rest[state].ends += 1;
        if (r->level != FACT_NONE)
            s->out->levels[r->level].rest[state].ends += 1;
    }
    sw_trace_event(s, STEP_END);
}

static void checkout(struct sw *s, const struct fact_checkout *x, int by)
{
    struct sw_conn *c = &s->conns[x->conn];
    uint32_t p = s->f->conns[x->conn].pool;
    bool counts = p != FACT_NONE && s->pools[p].application;
    if (counts && by > 0 && !c->own)
        sw_take(s);
    if (counts && by < 0)
        sw_trace_event(s, STEP_RETURN);
    c->held += by;
    if (x->voided)
        c->voided += by;
    sw_conn_update(s, x->conn);
}

static void statement(struct sw *s, const struct fact_statement *x, int by)
{
    struct sw_conn *c = &s->conns[x->conn];
    if (x->ends_txn)
        c->ending += by;
    else
        c->running += by;
    sw_conn_update(s, x->conn);
}

static void window(struct sw *s, uint32_t level, bool open)
{
    if (open) {
        s->window_open[s->window_count++] = level;
        return;
    }
    for (size_t i = 0; i < s->window_count; i++)
        if (s->window_open[i] == level) {
            s->window_open[i] = s->window_open[--s->window_count];
            return;
        }
}

static void take(struct sw *s, const struct ana_event *e)
{
    const struct ana_facts *f = s->f;
    switch ((enum ana_event_kind)e->kind) {
    case EV_CLOSE:
        sw_pool_close(s, e->index);
        break;
    case EV_STATEMENT_START:
    case EV_STATEMENT_END:
        statement(s, &f->statements[e->index], e->kind == EV_STATEMENT_START ? 1 : -1);
        break;
    case EV_CHECKOUT_START:
    case EV_CHECKOUT_END:
        checkout(s, &f->checkouts[e->index], e->kind == EV_CHECKOUT_START ? 1 : -1);
        break;
    case EV_REQUEST_END:
        in_flight(s, &f->requests[e->index], -1);
        s->answering--;
        break;
    case EV_ANSWER:
        answer(s, &f->requests[e->index]);
        break;
    case EV_LEVEL_START:
    case EV_LEVEL_END:
        window(s, e->index, e->kind == EV_LEVEL_START);
        break;
    case EV_ARRIVAL:
        arrival(s, &f->requests[e->index]);
        break;
    case EV_UPLOADED:
        uploaded(s, &f->requests[e->index]);
        break;
    case EV_OPEN:
        sw_pool_open(s, e->index);
        break;
    case EV_READY:
        sw_pool_ready(s, e->index);
        break;
    }
}

static bool begin(struct sw *s, struct ana_sweep *out)
{
    const struct ana_facts *f = s->f;
    size_t levels = f->level_count + 1;
    out->levels = calloc(levels, sizeof *out->levels);
    out->windows = calloc(levels, sizeof *out->windows);
    out->pools = calloc(f->pool_count + 1, sizeof *out->pools);
    s->conns = calloc(f->conn_count + 1, sizeof *s->conns);
    s->pools = calloc(f->pool_count + 1, sizeof *s->pools);
    s->active = calloc(levels, sizeof *s->active);
    s->active_at = malloc(levels * sizeof *s->active_at);
    s->window_open = calloc(levels, sizeof *s->window_open);
    if (!out->levels || !out->windows || !out->pools || !s->conns || !s->pools || !s->active ||
        !s->active_at || !s->window_open || !hosts_begin(s))
        return false;
    for (size_t i = 0; i < levels; i++)
        s->active_at[i] = FACT_NONE;
    out->free_min = UINT32_MAX;
    span_find(s);
    pools_begin(s);
    return true;
}

enum pp_status ana_sweep_run(struct ana_sweep *out, const struct ana_facts *f,
                             const struct ana_sweep_options *options)
{
    struct sw s = {.f = f, .out = out, .o = *options};
    struct ana_event *made = NULL;
    const struct ana_event *events = options->events;
    size_t n = options->event_count;
    *out = (struct ana_sweep){.handoff_ns = options->handoff_ns};
    s.nomem = !begin(&s, out);
    if (!s.nomem && !events) {
        s.nomem = ana_events_new(&made, &n, f) != PP_OK;
        events = made;
    }
    if (!s.nomem && n > 0)
        s.t_ns = out->start_ns = events[0].t_ns;
    if (!s.nomem && n > 0 && options->series)
        s.nomem = ana_series_init(&out->series, events[0].t_ns, events[n - 1].t_ns) != PP_OK;
    for (size_t i = 0; i < n && !s.nomem; i++) {
        sw_advance(&s, events[i].t_ns);
        take(&s, &events[i]);
    }
    if (!s.nomem) {
        sw_trace_event(&s, STEP_NONE);
        sw_pool_finish(&s);
    }
    free(made);
    free(s.conns);
    free(s.pools);
    free(s.active);
    free(s.active_at);
    free(s.window_open);
    free(s.soft);
    free(s.host_serves);
    return s.nomem ? PP_NOMEM : PP_OK;
}

void ana_sweep_fini(struct ana_sweep *s)
{
    free(s->levels);
    free(s->windows);
    free(s->pools);
    free(s->gaps);
    free(s->trace.steps);
    ana_series_fini(&s->series);
    *s = (struct ana_sweep){0};
}

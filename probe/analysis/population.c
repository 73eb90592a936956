/* summary: the population method from end to end: hand-off limit, baseline, waits, and the sweep that adds
 * them up */
#include "budget.h"
#include "events.h"
#include "pace.h"
#include "parts.h"

#include <stdlib.h>

/* The longest hand-off and the pools' largest sizes, from a sweep that takes every short idle time for one.
 */
static enum pp_status find_handoff(const struct ana_facts *f, struct ana_sweep_options *o, uint32_t *limits)
{
    struct ana_sweep s;
    o->handoff_ns = ANA_HANDOFF_MAX_NS;
    o->gaps_only = true;
    enum pp_status st = ana_sweep_run(&s, f, o);
    if (st == PP_OK) {
        o->handoff_ns = ana_handoff_limit(s.gaps, s.gap_count);
        for (size_t i = 0; i < f->pool_count; i++)
            limits[i] = s.pools[i].open_max;
        o->pool_limits = limits;
    }
    ana_sweep_fini(&s);
    return st;
}

static enum pp_status find_waits(const struct ana_facts *f, struct ana_sweep_options *o,
                                 struct ana_wait **out, bool *slower)
{
    struct ana_sweep s;
    struct ana_baselines b;
    struct ana_pace *paces = NULL;
    struct ana_wait_rules rules = {.baselines = &b};
    o->gaps_only = false;
    o->trace = true;
    enum pp_status st = ana_sweep_run(&s, f, o);
    ana_trace_settle(&s.trace);
    if (st == PP_OK)
        st = ana_baselines_fit(&b, &s.trace);
    if (st == PP_OK)
        st = ana_paces_new(&paces, &rules.pace_count, f, &s, &b);
    if (paces)
        ana_paces_doubt(&s.trace, paces, rules.pace_count, o->handoff_ns);
    rules.paces = paces;
    rules.longest_ns = ana_budget_longest(&s, f->level_count);
    if (st == PP_OK)
        st = ana_wait_new(out, &s.trace, &rules);
    *slower = st == PP_OK && b.slower;
    free(paces);
    o->wait = *out;
    o->wait_count = s.trace.count;
    o->trace = false;
    ana_sweep_fini(&s);
    return st;
}

/* Everything that the facts hold, as one application. */
static enum pp_status sweep_one(struct ana_sweep *out, const struct ana_facts *f)
{
    struct ana_wait *wait = NULL;
    bool slower = false;
    struct ana_event *events = NULL;
    struct ana_sweep_options o = {.handoff_ns = ANA_HANDOFF_DEFAULT_NS};
    enum pp_status st = ana_events_new(&events, &o.event_count, f);
    o.events = events;
    uint32_t *limits = calloc(f->pool_count + 1, sizeof *limits);
    if (st == PP_OK)
        st = limits ? find_handoff(f, &o, limits) : PP_NOMEM;
    if (st == PP_OK)
        st = find_waits(f, &o, &wait, &slower);
    o.series = true;
    if (st == PP_OK)
        st = ana_sweep_run(out, f, &o);
    for (size_t i = 0; i <= f->level_count && st == PP_OK; i++)
        out->levels[i].slower = slower;
    out->whole.slower = slower;
    out->handoff_ns = o.handoff_ns;
    free(limits);
    free(events);
    free(wait);
    return st;
}

static void add_flow(struct ana_flow *to, const struct ana_flow *from)
{
    to->requests += from->requests;
    to->total_ns += from->total_ns;
    to->queue_ns += from->queue_ns;
    to->statement_ns += from->statement_ns;
    to->commit_ns += from->commit_ns;
    to->txn_idle_ns += from->txn_idle_ns;
    to->http_ns += from->http_ns;
    to->dial_ns += from->dial_ns;
    to->voided_ns += from->voided_ns;
    to->opaque_ns += from->opaque_ns;
    to->shared_ns += from->shared_ns;
    for (int i = 0; i < STATE_COUNT; i++) {
        struct ana_rest *a = &to->rest[i];
        const struct ana_rest *b = &from->rest[i];
        a->ns += b->ns;
        a->low_ns += b->low_ns;
        a->wait_ns += b->wait_ns;
        a->high_ns += b->high_ns;
        a->dial_low_ns += b->dial_low_ns;
        a->dial_wait_ns += b->dial_wait_ns;
        a->dial_high_ns += b->dial_high_ns;
        a->blocked_low_ns += b->blocked_low_ns;
        a->blocked_wait_ns += b->blocked_wait_ns;
        a->blocked_high_ns += b->blocked_high_ns;
        a->starts += b->starts;
        a->takes += b->takes;
        a->ends += b->ends;
    }
}

/* Of the application that serves a level's requests; of several, their sum, and the one that waits most. */
static void add_window(struct ana_window *to, const struct ana_window *from)
{
    to->ns = from->ns;
    to->in_flight_ns += from->in_flight_ns;
    to->busy_ns += from->busy_ns;
    to->open_ns += from->open_ns;
    to->saturated_ns = from->saturated_ns > to->saturated_ns ? from->saturated_ns : to->saturated_ns;
    to->dialling_ns = from->dialling_ns > to->dialling_ns ? from->dialling_ns : to->dialling_ns;
}

static void add_sweep(struct ana_sweep *out, const struct ana_sweep *s, const struct ana_facts *f,
                      uint32_t app)
{
    for (size_t i = 0; i < f->level_count; i++) {
        if (s->levels[i].requests == 0)
            continue;
        if (out->levels[i].requests == 0)
            out->windows[i] = (struct ana_window){0}; /* of all together */
        add_flow(&out->levels[i], &s->levels[i]);
        add_window(&out->windows[i], &s->windows[i]);
    }
    for (size_t i = 0; i < f->pool_count; i++)
        if (f->pools[i].application && f->pools[i].app == app)
            out->pools[i] = s->pools[i];
    add_flow(&out->whole, &s->whole);
    out->handoff_ns = s->handoff_ns > out->handoff_ns ? s->handoff_ns : out->handoff_ns;
    out->busy_ns += s->busy_ns;
    out->outside_ns += s->outside_ns;
}

/* One application's requests and pools among the facts; its `requests` and `pools` are free()d. */
static enum pp_status only(struct ana_facts *out, const struct ana_facts *f, uint32_t app)
{
    *out = *f;
    out->requests = malloc((f->request_count + 1) * sizeof *out->requests);
    out->pools = malloc((f->pool_count + 1) * sizeof *out->pools);
    if (!out->requests || !out->pools)
        return PP_NOMEM;
    out->request_count = 0;
    for (size_t i = 0; i < f->request_count; i++)
        if (f->requests[i].app == app)
            out->requests[out->request_count++] = f->requests[i];
    for (size_t i = 0; i < f->pool_count; i++) {
        out->pools[i] = f->pools[i];
        out->pools[i].application = f->pools[i].application && f->pools[i].app == app;
    }
    return PP_OK;
}

static enum pp_status sweep_app(struct ana_sweep *out, const struct ana_facts *f, uint32_t app)
{
    struct ana_facts own;
    struct ana_sweep s = {0};
    enum pp_status st = only(&own, f, app);
    if (st == PP_OK)
        st = sweep_one(&s, &own);
    if (st == PP_OK)
        add_sweep(out, &s, f, app);
    ana_sweep_fini(&s);
    free(own.requests);
    free(own.pools);
    return st;
}

/* Requests of each application wait at its own pools: its budget is made from these alone, and the sums hold.
 * What is told over time, and of levels without requests, is of all together. */
static enum pp_status sweep_apps(struct ana_sweep *out, const struct ana_facts *f, const bool *has)
{
    enum pp_status st = sweep_one(out, f);
    if (st != PP_OK)
        return st;
    for (size_t i = 0; i < f->level_count; i++)
        out->levels[i] = (struct ana_flow){0};
    out->whole = (struct ana_flow){0};
    out->busy_ns = out->outside_ns = 0;
    out->handoff_ns = 0;
    for (uint32_t app = 0; app < ana_app_count(f) && st == PP_OK; app++)
        if (has[app])
            st = sweep_app(out, f, app);
    return st;
}

enum pp_status ana_sweep_all(struct ana_sweep *out, const struct ana_facts *f)
{
    bool *has = calloc((size_t)ana_app_count(f) + 1, sizeof *has);
    size_t apps = 0;
    *out = (struct ana_sweep){0};
    if (!has)
        return PP_NOMEM;
    for (size_t i = 0; i < f->request_count; i++) {
        apps += !has[f->requests[i].app];
        has[f->requests[i].app] = true;
    }
    enum pp_status st = apps > 1 ? sweep_apps(out, f, has) : sweep_one(out, f);
    free(has);
    return st;
}

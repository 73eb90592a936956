/* summary: the population method from end to end: hand-off limit, baseline, waits, and the sweep that adds
 * them up */
#include "budget.h"
#include "events.h"
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
                                 struct ana_wait **out)
{
    struct ana_sweep s;
    struct ana_baselines b;
    o->gaps_only = false;
    o->trace = true;
    enum pp_status st = ana_sweep_run(&s, f, o);
    ana_trace_settle(&s.trace);
    if (st == PP_OK)
        st = ana_baselines_fit(&b, &s.trace);
    if (st == PP_OK)
        st = ana_wait_new(out, &s.trace, &b, ana_budget_longest(&s, f->level_count));
    o->wait = *out;
    o->wait_count = s.trace.count;
    o->trace = false;
    ana_sweep_fini(&s);
    return st;
}

enum pp_status ana_sweep_all(struct ana_sweep *out, const struct ana_facts *f)
{
    struct ana_wait *wait = NULL;
    struct ana_event *events = NULL;
    struct ana_sweep_options o = {.handoff_ns = ANA_HANDOFF_DEFAULT_NS};
    *out = (struct ana_sweep){0};
    enum pp_status st = ana_events_new(&events, &o.event_count, f);
    o.events = events;
    uint32_t *limits = calloc(f->pool_count + 1, sizeof *limits);
    if (st == PP_OK)
        st = limits ? find_handoff(f, &o, limits) : PP_NOMEM;
    if (st == PP_OK)
        st = find_waits(f, &o, &wait);
    o.series = true;
    if (st == PP_OK)
        st = ana_sweep_run(out, f, &o);
    out->handoff_ns = o.handoff_ns;
    free(limits);
    free(events);
    free(wait);
    return st;
}

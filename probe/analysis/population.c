/* summary: the population method from end to end: hand-off limit, baseline, waits, and the sweep that adds them up */
#include "budget.h"
#include "parts.h"

#include <stdlib.h>

/* The longest hand-off, from a sweep that takes every short idle time for one. */
static enum pp_status find_handoff(const struct ana_facts *f, int64_t *handoff_ns)
{
    struct ana_sweep s;
    struct ana_sweep_options o = {.handoff_ns = ANA_HANDOFF_MAX_NS};
    enum pp_status st = ana_sweep_run(&s, f, &o);
    if (st == PP_OK)
        *handoff_ns = ana_handoff_limit(s.gaps, s.gap_count);
    ana_sweep_fini(&s);
    return st;
}

static enum pp_status find_waits(const struct ana_facts *f, int64_t handoff_ns, struct ana_wait **out, size_t *count)
{
    struct ana_sweep s;
    struct ana_baseline b;
    struct ana_sweep_options o = {.handoff_ns = handoff_ns, .trace = true};
    enum pp_status st = ana_sweep_run(&s, f, &o);
    if (st == PP_OK)
        st = ana_baseline_fit(&b, &s.trace);
    if (st == PP_OK)
        st = ana_wait_new(out, &s.trace, &b, ana_budget_longest(&s, f->level_count));
    *count = s.trace.count;
    ana_sweep_fini(&s);
    return st;
}

enum pp_status ana_sweep_all(struct ana_sweep *out, const struct ana_facts *f)
{
    struct ana_wait *wait = NULL;
    struct ana_sweep_options o = {.handoff_ns = ANA_HANDOFF_DEFAULT_NS};
    enum pp_status st = find_handoff(f, &o.handoff_ns);
    *out = (struct ana_sweep){0};
    if (st == PP_OK)
        st = find_waits(f, o.handoff_ns, &wait, &o.wait_count);
    o.wait = wait;
    if (st == PP_OK)
        st = ana_sweep_run(out, f, &o);
    free(wait);
    return st;
}

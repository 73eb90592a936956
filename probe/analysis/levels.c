/* summary: levels of the load: which request belongs to which, their figures and their latency budgets */
#include "budget.h"
#include "host_use.h"
#include "parts.h"

#include <stdlib.h>

static void whole_run(struct ana_facts *f)
{
    struct fact_level *l = &f->levels[f->level_count];
    int64_t first = INT64_MAX, last = 0;
    for (size_t i = 0; i < f->request_count; i++) {
        const struct fact_request *r = &f->requests[i];
        if (r->arrival_ns <= 0 || r->arrival_ns == INT64_MAX || r->last_ns == INT64_MAX)
            continue; /* a damaged file */
        first = r->arrival_ns < first ? r->arrival_ns : first;
        last = r->last_ns > last ? r->last_ns : last;
        last = r->arrival_ns > last ? r->arrival_ns : last;
    }
    if (first == INT64_MAX)
        return;
    *l = (struct fact_level){.start_ns = first, .end_ns = last + 1};
    f->level_count++;
}

static bool within(const struct fact_level *l, int64_t t_ns)
{
    return t_ns >= l->start_ns && t_ns < l->end_ns;
}

/* Levels rarely overlap and come in order: the search starts at the one found last. Levels of other
 * applications than `app` are left out (`r` NULL: none is). */
static uint32_t level_of_app(const struct ana_report *r, const struct ana_facts *f, int64_t t_ns,
                             uint32_t mark, uint32_t app, uint32_t hint)
{
    for (size_t i = 0; i < f->level_count; i++) {
        uint32_t at = (uint32_t)((hint + i) % f->level_count);
        const struct fact_level *l = &f->levels[at];
        bool other = r && r->levels[at].app != 0 && r->levels[at].app != app;
        if (!other && within(l, t_ns) && (mark == 0 || l->id == 0 || mark == l->id))
            return at;
    }
    return FACT_NONE;
}

static uint32_t level_at(const struct ana_facts *f, int64_t t_ns, uint32_t mark, uint32_t hint)
{
    return level_of_app(NULL, f, t_ns, mark, 0, hint);
}

/* Where levels of several applications lie at one time, work of a connection counts in its own one's. */
static uint32_t level_of_work(const struct ana_input *in, uint32_t conn, int64_t t_ns, uint32_t hint)
{
    const struct ana_facts *f = &in->facts;
    uint32_t pool = conn == FACT_NONE ? FACT_NONE : f->conns[conn].pool;
    uint32_t app = pool == FACT_NONE ? 0 : in->report->pools[pool].app;
    return level_of_app(in->report->app_count > 1 ? in->report : NULL, f, t_ns, 0, app, hint);
}

enum pp_status ana_levels_assign(struct ana_input *in)
{
    struct ana_facts *f = &in->facts;
    struct ana_report *r = in->report;
    if (!FACT_ROOM(f->levels, f->level_count, f->level_cap))
        return PP_NOMEM;
    if (f->level_count == 0)
        whole_run(f);
    r->levels = calloc(f->level_count + 1, sizeof *r->levels);
    if (!r->levels)
        return PP_NOMEM;
    for (size_t i = 0; i < f->level_count; i++) {
        struct ana_level *l = &r->levels[r->level_count++];
        *l = (struct ana_level){.id = f->levels[i].id,
                                .users = f->levels[i].users,
                                .start_ns = f->levels[i].start_ns,
                                .end_ns = f->levels[i].end_ns,
                                .latency.hist = hist_new()};
        if (!l->latency.hist)
            return PP_NOMEM;
    }
    uint32_t hint = 0;
    for (size_t i = 0; i < f->request_count && f->level_count > 0; i++) {
        struct fact_request *q = &f->requests[i];
        q->level = level_at(f, q->arrival_ns, q->level_mark, hint);
        hint = q->level == FACT_NONE ? hint : q->level;
    }
    return PP_OK;
}

static bool is_application(const struct ana_facts *f, uint32_t conn)
{
    uint32_t pool = conn == FACT_NONE ? FACT_NONE : f->conns[conn].pool;
    return pool != FACT_NONE && f->pools[pool].application;
}

static void count_work(struct ana_input *in)
{
    struct ana_facts *f = &in->facts;
    struct ana_report *r = in->report;
    uint32_t hint = 0, at;
    if (f->level_count == 0)
        return;
    for (size_t i = 0; i < f->request_count; i++) {
        const struct fact_request *q = &f->requests[i];
        if (q->level == FACT_NONE)
            continue;
        struct ana_level *l = &r->levels[q->level];
        if (!q->complete) {
            l->incomplete++;
            continue;
        }
        l->requests++;
        l->errors += q->status >= 400;
        hist_add(l->latency.hist, fact_latency_ns(q));
    }
    for (size_t i = 0; i < f->statement_count; i++)
        if ((at = level_of_work(in, f->statements[i].conn, f->statements[i].sent_ns, hint)) != FACT_NONE) {
            r->levels[hint = at].statements++;
            if (is_application(f, f->statements[i].conn))
                ana_statement_parts_add(&r->levels[at], &f->statements[i]);
        }
    hint = 0;
    for (size_t i = 0; i < f->txn_count; i++)
        if ((at = level_of_work(in, f->txns[i].conn, f->txns[i].start_ns, hint)) != FACT_NONE)
            r->levels[hint = at].txns++;
}

static void fill_window(struct ana_level *l, const struct ana_window *w)
{
    double ns = (double)(l->end_ns - l->start_ns);
    if (ns <= 0)
        return;
    l->throughput = (double)(l->requests + l->incomplete) * 1e9 / ns;
    l->saturated = (double)w->saturated_ns / ns;
    l->dialling = (double)w->dialling_ns / ns;
    l->mean_in_flight = w->in_flight_ns / ns;
    l->mean_busy = w->busy_ns / ns;
    l->mean_open = w->open_ns / ns;
}

/* A second ramp has the users of the first: its levels need a name of their own. */
static void number_ramps(struct ana_report *r)
{
    for (size_t i = 0; i < r->level_count; i++) {
        struct ana_level *l = &r->levels[i];
        l->nth = 1;
        for (size_t k = 0; k < r->level_count && l->users; k++) {
            const struct ana_level *x = &r->levels[k];
            l->nth += k != i && x->users == l->users && x->app == l->app && x->start_ns < l->start_ns;
        }
    }
}

enum pp_status ana_levels_finish(struct ana_input *in)
{
    struct ana_report *r = in->report;
    struct ana_budget_rules rules = {.why_not = in->why_not};
    count_work(in);
    number_ramps(r);
    for (size_t i = 0; i < r->level_count; i++) {
        struct ana_level *l = &r->levels[i];
        fill_window(l, &in->sweep.windows[i]);
        ana_budget_make(&l->budget, &in->sweep.levels[i], &rules);
        for (int role = 0; role < ANA_HOST_ROLES; role++)
            ana_host_use(&in->facts, (enum ana_host_role)role, l->start_ns, l->end_ns, &l->host[role]);
        /* Requests that took no time at all are no part of the sweep. */
        l->budget.requests = hist_count(l->latency.hist);
    }
    return ana_loads_give(in);
}

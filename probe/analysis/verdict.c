/* summary: a run, and a comparison, in two sentences: what limits, and what the ramp did
 *
 * The first sentence is what limits the level with the most users; without a budget, the most important
 * finding that is about the application (how good the recording is stands elsewhere). The second says how
 * throughput and latency went with the load. */
#include "diff_int.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool about_recording(const struct ana_finding *f)
{
    static const char *const rules[] = {
        "data_lost",     "not_ended_cleanly", "unreadable_connections", "coverage_incomplete", "no_requests",
        "no_statements", "clock_stepped",     "several_applications",   "clocks_disagree"};
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
        if (strcmp(f->rule, rules[i]) == 0)
            return true;
    return false;
}

/* The level with requests that has the most users, and that with the fewest of the same application; false
 * when there is none. */
static bool ends_of(const struct ana_report *r, const struct ana_level **first, const struct ana_level **last)
{
    *first = *last = NULL;
    for (size_t i = 0; i < r->level_count; i++) {
        const struct ana_level *l = &r->levels[i];
        if (l->requests == 0)
            continue;
        if (!*last || l->users >= (*last)->users)
            *last = l;
    }
    for (size_t i = 0; i < r->level_count; i++) {
        const struct ana_level *l = &r->levels[i];
        if (l->requests > 0 && l->app == (*last)->app && (!*first || l->users < (*first)->users))
            *first = l;
    }
    return *first != NULL;
}

static double p95_ns(const struct ana_level *l)
{
    return (double)hist_quantile(l->latency.hist, 0.95);
}

static char *ramp_sentence(const struct ana_report *r)
{
    const struct ana_level *a, *b;
    char from[32], to[32];
    if (!ends_of(r, &a, &b))
        return ana_text("There is no complete HTTP request, so there is no latency to explain.");
    ana_ms(from, p95_ns(a));
    ana_ms(to, p95_ns(b));
    if (a == b && b->users)
        return ana_textf("At %u user%s there are %.1f requests a second, 95 %% of them answered within %s.",
                         b->users, ana_plural(b->users), b->throughput, to);
    if (a == b)
        return ana_textf("There are %.1f requests a second, 95 %% of them answered within %s.", b->throughput,
                         to);
    if (a->users == 0)
        return ana_textf(
            "From level %u to level %u throughput went from %.1f to %.1f requests a second, and the "
            "time within which 95 %% are answered from %s to %s.",
            a->id, b->id, a->throughput, b->throughput, from, to);
    return ana_textf("From %u to %u users throughput went from %.1f to %.1f requests a second, and the time "
                     "within which 95 %% are answered from %s to %s.",
                     a->users, b->users, a->throughput, b->throughput, from, to);
}

/* Without requests the pool's connections tell how busy they were, and not whether anybody waited. */
static char *without_requests(const struct ana_report *r)
{
    const struct ana_pool *p = ana_main_pool(r);
    char hold[32];
    if (!p || !p->hold.hist || hist_count(p->hold.hist) == 0)
        return ana_text("The recording holds too little to say what limits the application.");
    ana_ms(hold, hist_mean(p->hold.hist));
    return ana_textf(
        "Whether anybody waits for a connection cannot be told without HTTP requests: all of the "
        "pool's connections (at most %u) were busy %.0f %% of the time, each use of one took %s.",
        p->open_max, 100 * p->saturated, hold);
}

/* The largest line of the level with the most users, where no finding says more. */
static char *largest_line(const struct ana_report *r)
{
    const struct ana_level *first, *l;
    char took[32], part[32], when[32] = "On average";
    if (!ends_of(r, &first, &l))
        return without_requests(r);
    int most = 0;
    for (int i = 1; i < ANA_LINE_COUNT; i++)
        if (l->budget.ns[i] > l->budget.ns[most])
            most = i;
    double n = l->budget.requests ? (double)l->budget.requests : 1;
    ana_ms(took, (double)l->budget.total_ns / n);
    ana_ms(part, (double)l->budget.ns[most] / n);
    if (l->users)
        (void)snprintf(when, sizeof when, "At %u users", l->users);
    if (!l->budget.identified)
        return ana_textf("%s a request takes %s; where that time goes cannot be told: %s.", when, took,
                         l->budget.why_not ? l->budget.why_not : "there is too little to judge by");
    return ana_textf("%s a request takes %s, and the largest part of it is \"%s\" with %s.", when, took,
                     ana_line_title((enum ana_line)most), part);
}

/* What limits the level with the most users, where that could be worked out. */
static const struct ana_limit *limit_of(const struct ana_report *r)
{
    const struct ana_level *first, *last;
    return ends_of(r, &first, &last) && last->limit_count > 0 ? &last->limits[0] : NULL;
}

enum pp_status ana_verdict_make(struct ana_report *r)
{
    const struct ana_limit *limit = limit_of(r);
    const struct ana_finding *top = NULL;
    for (size_t i = 0; i < r->finding_count && !top; i++)
        if (!about_recording(&r->findings[i]) && r->findings[i].severity > ANA_INFO)
            top = &r->findings[i];
    r->verdict[0] = limit ? ana_text(limit->text) : top ? ana_text(top->text) : largest_line(r);
    r->verdict[1] = ramp_sentence(r);
    return r->verdict[0] && r->verdict[1] ? PP_OK : PP_NOMEM;
}

static char *cause_sentence(const struct ana_diff *d)
{
    static const char *const words[] = {"Supported: ", "Refuted: ", "Cannot be told: whether "};
    const struct ana_diff_cause *top = NULL;
    for (size_t i = 0; i < d->cause_count; i++) {
        const struct ana_diff_cause *c = &d->causes[i];
        if (!top || (top->verdict == ANA_NOT_IDENTIFIABLE && c->verdict != ANA_NOT_IDENTIFIABLE))
            top = c;
    }
    if (!top)
        return ana_text("No recorded setting that may matter differs between the runs.");
    return ana_textf("%s%s.",
                     words[top->verdict <= ANA_NOT_IDENTIFIABLE ? top->verdict : ANA_NOT_IDENTIFIABLE],
                     top->cause);
}

static char *change_sentence(const struct ana_diff *d)
{
    struct ana_shift s;
    char from[32], to[32];
    if (!ana_shift_find(&s, d))
        return ana_text("The runs have no level in common whose latency could be compared.");
    ana_ms(from, s.latency_a * 1e6);
    ana_ms(to, s.latency_b * 1e6);
    return ana_textf(
        "%s throughput went from %.1f to %.1f requests a second and the mean latency from %s to %s: "
        "%+.1f ms waiting for connections, %+.1f ms statements and commits, %+.1f ms everything else.",
        ana_level_at_name(s.level->a).s, s.rate_a, s.rate_b, from, to, s.wait_b.ms - s.wait_a.ms,
        s.server_b - s.server_a, s.rest_b - s.rest_a);
}

enum pp_status ana_verdict_make_diff(struct ana_diff *d)
{
    d->verdict[0] = cause_sentence(d);
    d->verdict[1] = change_sentence(d);
    return d->verdict[0] && d->verdict[1] ? PP_OK : PP_NOMEM;
}

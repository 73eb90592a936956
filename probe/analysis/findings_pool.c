/* summary: findings about waiting for a connection: the pool is too small, large enough, or it cannot be told
 */
#include "findings.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define EVIDENCE_LEVELS 10
#define GROWTH 1.2 /* the server takes so many times as long for the same work: it is slowing */
#define FULL 0.85  /* of the server's CPUs */
#define WIDE 0.25  /* half the interval, as a share of the estimate */

static const enum ana_line exhausted_line[] = {ANA_ACQUIRE_EXHAUSTED};

static struct ana_wait_sum exhausted_of(const struct ana_level *l)
{
    return ana_wait_of(l, exhausted_line, 1);
}

/* "(118.0 to 126.1)" or nothing where it is measured. */
static struct ana_find_name interval(const struct ana_wait_sum *w)
{
    struct ana_find_name n = {""};
    if (w->high_ms - w->low_ms >= 0.05)
        snprintf(n.s, sizeof n.s, " (%.1f to %.1f)", w->low_ms, w->high_ms);
    return n;
}

/* "the pool of 5", "one or more of 3 pools of together 12": those that the level's requests may use. */
static struct ana_find_name pools_name(const struct ana_report *r, const struct ana_level *l)
{
    struct ana_find_name n = {"the pool"};
    size_t pools = 0;
    const struct ana_pool *p = ana_level_main_pool(r, l);
    uint64_t open = 0;
    for (size_t i = 0; i < r->pool_count; i++) {
        bool used = ana_level_uses(l, &r->pools[i]);
        pools += used;
        open += used ? r->pools[i].open_max : 0;
    }
    if (pools == 1)
        snprintf(n.s, sizeof n.s, "the pool of %" PRIu32, p->open_max);
    else if (pools > 1)
        snprintf(n.s, sizeof n.s, "one or more of %zu pools of together %" PRIu64, pools, open);
    return n;
}

/* The highest level of an application at which requests wait because the pool is exhausted. */
static const struct ana_level *exhausted_level(const struct ana_report *r, uint32_t app)
{
    const struct ana_level *top = NULL;
    for (size_t i = 0; i < r->level_count; i++) {
        const struct ana_level *l = &r->levels[i];
        if (l->app == app && ana_level_known(l) && ana_wait_matters(l, exhausted_of(l).ms) &&
            (!top || l->users >= top->users))
            top = l;
    }
    return top;
}

/* How long a request uses the database itself. */
static double server_ms(const struct ana_level *l)
{
    return ana_line_ms(l, ANA_STATEMENT) + ana_line_ms(l, ANA_COMMIT);
}

/* Each level's wait: "10 users 0.0, 20 users 12.3, …". */
static char *levels_text(struct ana_finder *f, const struct ana_level *at)
{
    const struct ana_report *r = f->r;
    char *pools = ana_pools_text(r, at);
    char *s = ana_find_text(f, "%.1f of %.1f connections busy on average; %s", at->mean_busy, at->mean_open,
                            pools ? pools : "");
    free(pools);
    size_t told = 0, skip = r->level_count > EVIDENCE_LEVELS ? r->level_count - EVIDENCE_LEVELS : 0;
    for (size_t i = skip; i < r->level_count && r->level_count > 1 && s; i++) {
        const struct ana_level *l = &r->levels[i];
        if (l->app != at->app)
            continue;
        char *longer =
            ana_find_text(f, "%s%s%s %.1f ms", s, told++ == 0 ? "; the wait level by level: " : ", ",
                          ana_level_in_name(l).s, exhausted_of(l).ms);
        free(s);
        s = longer;
    }
    return s;
}

/* A server that slows down as more come at once would only take over the waiting. */
static char *server_text(struct ana_finder *f, const struct ana_level *at)
{
    const struct ana_report *r = f->r;
    const struct ana_level *low = NULL;
    const struct ana_host_use *cpu = &at->host[ANA_HOST_SERVER];
    if (cpu->known && cpu->limit > 0 && cpu->use >= FULL)
        return ana_find_text(
            f,
            "The server's CPU is used up (%.2f of %.2f): more connections would only move the "
            "wait there.",
            cpu->cpu, cpu->limit);
    for (size_t i = 0; i < r->level_count && !low; i++)
        if (r->levels[i].app == at->app && ana_level_known(&r->levels[i]) && r->levels[i].users < at->users)
            low = &r->levels[i];
    if (low && server_ms(low) > 0 && server_ms(at) > GROWTH * server_ms(low))
        return ana_find_text(
            f,
            "The server itself becomes slower: statements and commits take %.1f ms of a request, "
            "against %.1f ms with %" PRIu32 " user%s. More connections may only move the wait "
            "there; a run with a larger pool tells (poolprobe diff).",
            server_ms(at), server_ms(low), low->users, ana_plural(low->users));
    return ana_find_text(
        f,
        "More connections help only while the server and the CPUs can take more at once: statements "
        "and commits take %.1f ms of a request now; a run with a larger pool tells whether "
        "they grow (poolprobe diff).",
        server_ms(at));
}

static void pool_of_app_too_small(struct ana_finder *f, uint32_t app)
{
    const struct ana_level *l = exhausted_level(f->r, app);
    if (!l)
        return;
    struct ana_wait_sum w = exhausted_of(l);
    ana_find_add(f,
                 &(struct ana_find){.rule = "pool_too_small",
                                    .severity = ANA_PROBLEM,
                                    .class = FIND_LIMIT,
                                    .weight = w.ms,
                                    .level_id = l->id},
                 ana_find_text(
                     f,
                     "%s a request waits %.1f ms%s of its %.1f ms for a connection: %s was saturated %.0f %% "
                     "of the time.",
                     ana_level_at_name(l).s, w.ms, interval(&w).s, ana_level_ms(l), pools_name(f->r, l).s,
                     100 * l->saturated),
                 levels_text(f, l), server_text(f, l));
}

/* Once for each application whose levels there are. */
static void pool_too_small(struct ana_finder *f)
{
    const struct ana_report *r = f->r;
    for (size_t i = 0; i < r->level_count; i++) {
        size_t k = 0;
        while (k < i && r->levels[k].app != r->levels[i].app)
            k++;
        if (k == i)
            pool_of_app_too_small(f, r->levels[i].app);
    }
}

static bool anybody_waits(const struct ana_report *r)
{
    for (size_t i = 0; i < r->level_count; i++) {
        const struct ana_level *l = &r->levels[i];
        if (ana_level_known(l) && ana_wait_matters(l, ana_wait_of(l, ana_wait_lines, ANA_WAIT_LINES).high_ms))
            return true;
    }
    return false;
}

static void pool_never_exhausted(struct ana_finder *f)
{
    const struct ana_report *r = f->r;
    const struct ana_level *l = ana_top_level(r);
    const struct ana_pool *p = ana_main_pool(r);
    if (!l || !p || p->per_thread || p->busy_max == 0 || p->busy_max >= p->open_max || anybody_waits(r))
        return;
    size_t pools = ana_application_pools(r);
    ana_find_add(
        f,
        &(struct ana_find){
            .rule = "pool_never_exhausted", .severity = ANA_INFO, .class = FIND_REST, .weight = 5},
        ana_find_text(f,
                      "Nobody waited for a connection: of the %s's %" PRIu32 " connections at most %" PRIu32
                      " were busy at once.",
                      pools > 1 ? "largest pool" : "pool", p->open_max, p->busy_max),
        ana_find_text(
            f,
            "%s a request waits %.1f ms of its %.1f ms for a connection; %.1f of %.1f connections busy "
            "on average",
            ana_level_at_name(l).s, ana_wait_of(l, ana_wait_lines, ANA_WAIT_LINES).ms, ana_level_ms(l),
            l->mean_busy, l->mean_open),
        ana_find_text(
            f,
            "This holds for the load of this run (%.1f requests in flight on average at its highest); "
            "more users may still exhaust the pool.",
            l->mean_in_flight));
}

/* The widest estimate that could matter. */
static const struct ana_level *wide_level(const struct ana_report *r)
{
    const struct ana_level *found = NULL;
    double widest = 0;
    for (size_t i = 0; i < r->level_count; i++) {
        const struct ana_level *l = &r->levels[i];
        struct ana_wait_sum w = ana_wait_of(l, ana_wait_lines, ANA_WAIT_LINES);
        double half = (w.high_ms - w.low_ms) / 2;
        if (!ana_level_known(l) || !ana_wait_matters(l, w.high_ms) || half <= WIDE * w.ms || half <= widest)
            continue;
        widest = half;
        found = l;
    }
    return found;
}

static void wide_interval(struct ana_finder *f)
{
    const struct ana_level *l = wide_level(f->r);
    if (!l)
        return;
    struct ana_wait_sum w = ana_wait_of(l, ana_wait_lines, ANA_WAIT_LINES);
    ana_find_add(
        f,
        &(struct ana_find){.rule = "wide_interval",
                           .severity = ANA_NOTICE,
                           .class = FIND_LIMIT,
                           .weight = (w.high_ms - w.low_ms) / 2,
                           .level_id = l->id},
        ana_find_text(f,
                      "%s %s a request waits for a connection: between %.1f and "
                      "%.1f ms of its %.1f ms (best estimate %.1f ms).",
                      ana_level_at_name(l).s,
                      w.low_ms > w.ms / 2 ? "it is known only roughly how long"
                                          : "it cannot be told how long",
                      w.low_ms, w.high_ms, ana_level_ms(l), w.ms),
        ana_find_text(f,
                      "application and waiting share %.1f ms of a request, and the wire shows only their "
                      "sum; the pool was saturated %.0f %% of the time",
                      w.ms + ana_line_ms(l, ANA_APP), 100 * l->saturated),
        ana_find_text(f, "What would tell: a level with so few users in the same run that nobody waits; "
                         "from it the application's own time is learned. Or a run with a larger pool."));
}

void ana_find_pool(struct ana_finder *f)
{
    pool_too_small(f);
    pool_never_exhausted(f);
    wide_interval(f);
}

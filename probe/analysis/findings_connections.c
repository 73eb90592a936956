/* summary: findings about connections: opening new ones, refused ones, several pools, work outside of
 * requests */
#include "findings.h"

#include "facts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define OUTSIDE_SHARE 0.05

static const enum ana_line dial_lines[] = {ANA_ACQUIRE_DIAL, ANA_ACQUIRE_BLOCKED_BY_DIAL};

/* The level at which a request waits longest for dials. */
static const struct ana_level *dial_level(const struct ana_report *r)
{
    const struct ana_level *found = NULL;
    double most = 0;
    for (size_t i = 0; i < r->level_count; i++) {
        const struct ana_level *l = &r->levels[i];
        double ms = ana_wait_of(l, dial_lines, 2).ms;
        if (!ana_level_known(l) || !ana_wait_matters(l, ms) || ms <= most)
            continue;
        most = ms;
        found = l;
    }
    return found;
}

static char *dials_text(struct ana_finder *f)
{
    const struct ana_report *r = f->r;
    uint64_t under_load = 0, dials = 0;
    double sum_ms = 0, max_ms = 0;
    for (size_t i = 0; i < r->pool_count; i++) {
        const struct ana_pool *p = &r->pools[i];
        if (!p->application || !p->dial.hist)
            continue;
        under_load += p->dials_under_load;
        dials += hist_count(p->dial.hist);
        sum_ms += (double)hist_sum(p->dial.hist) / 1e6;
        max_ms =
            (double)hist_max(p->dial.hist) / 1e6 > max_ms ? (double)hist_max(p->dial.hist) / 1e6 : max_ms;
    }
    return ana_find_text(f,
                         "%" PRIu64
                         " connection%s opened while requests were in flight; opening one took %.1f ms on "
                         "average, at most %.1f ms",
                         under_load, ana_plural(under_load), dials ? sum_ms / (double)dials : 0, max_ms);
}

static void dialling(struct ana_finder *f)
{
    const struct ana_level *l = dial_level(f->r);
    if (!l)
        return;
    const struct ana_pool *p = ana_level_main_pool(f->r, l);
    struct ana_wait_sum w = ana_wait_of(l, dial_lines, 2);
    ana_find_add(
        f,
        &(struct ana_find){.rule = "dialling",
                           .severity = ANA_PROBLEM,
                           .class = FIND_LIMIT,
                           .weight = w.ms,
                           .level_id = l->id},
        ana_find_text(f,
                      "%s a request waits %.1f ms (%.1f to %.1f) of its %.1f ms for new connections to be "
                      "opened: %.1f ms for its own, %.1f ms while the pool opens one for somebody else.",
                      ana_level_at_name(l).s, w.ms, w.low_ms, w.high_ms, ana_level_ms(l),
                      ana_line_ms(l, ANA_ACQUIRE_DIAL), ana_line_ms(l, ANA_ACQUIRE_BLOCKED_BY_DIAL)),
        dials_text(f),
        p ? ana_find_text(f,
                          "The pool held between %" PRIu32 " and %" PRIu32 " connections. With a minimum as "
                          "large as its maximum, nothing is opened under load after the start.",
                          p->open_min, p->open_max)
          : NULL);
}

static const char *refused_name(uint16_t number)
{
    switch (number) {
#define REFUSED(n, text)                                                                                     \
    case n:                                                                                                  \
        return text;
#include "refused.def"
#undef REFUSED
    default:
        return "see the server's list of errors";
    }
}

struct refusal {
    uint16_t number;
    uint64_t count;
};

static int by_count(const void *pa, const void *pb)
{
    const struct refusal *a = pa, *b = pb;
    if (a->count != b->count)
        return a->count > b->count ? -1 : 1;
    return (int)a->number - (int)b->number;
}

/* Refused handshakes by error number, most first; NULL when there are none or memory is out. */
static struct refusal *count_refusals(struct ana_finder *f, size_t *n, uint64_t *all)
{
    struct refusal *list = NULL;
    size_t cap = 0;
    for (size_t i = 0; i < f->r->connection_count; i++) {
        uint16_t number = f->r->connections[i].connect_errno;
        size_t at = 0;
        if (number == 0)
            continue;
        ++*all;
        while (at < *n && list[at].number != number)
            at++;
        if (at == *n) {
            if (!FACT_ROOM(list, *n, cap)) {
                f->nomem = true;
                break;
            }
            list[(*n)++] = (struct refusal){.number = number};
        }
        list[at].count++;
    }
    if (*n > 1)
        qsort(list, *n, sizeof *list, by_count);
    return list;
}

static void connections_refused(struct ana_finder *f)
{
    size_t n = 0;
    uint64_t all = 0;
    struct refusal *list = count_refusals(f, &n, &all);
    if (n == 0 || f->nomem) {
        free(list);
        return;
    }
    const char *max = ana_setting_value(f->r, "mysql", "max_connections");
    char *evidence = NULL;
    for (size_t i = 0; i < n && i < 5; i++) {
        char *longer = ana_find_text(f, "%s%serror %u × %" PRIu64, evidence ? evidence : "",
                                     evidence ? ", " : "", list[i].number, list[i].count);
        free(evidence);
        evidence = longer;
    }
    char *against = NULL;
    if (list[0].number == 1040)
        against = ana_find_text(f,
                                "max_connections is %s; every pool of every application process has to fit "
                                "into it.",
                                max ? max : "not known (record with --server)");
    ana_find_add(f,
                 &(struct ana_find){.rule = "connections_refused",
                                    .severity = ANA_PROBLEM,
                                    .class = FIND_LIMIT,
                                    .weight = 1e9, /* a request without a connection does not end at all */
                                    .level_id = 0},
                 ana_find_text(f, "The server refused %" PRIu64 " connection%s, most with error %u: %s.", all,
                               ana_plural(all), list[0].number, refused_name(list[0].number)),
                 evidence, against);
    free(list);
}

/* The application with the most pools; how many. */
static size_t largest_set(const struct ana_report *r, uint32_t *app)
{
    size_t most = 0;
    for (size_t i = 0; i < r->pool_count; i++) {
        size_t n = 0;
        for (size_t k = 0; k < r->pool_count; k++)
            n += r->pools[k].application && r->pools[k].app == r->pools[i].app;
        if (!r->pools[i].application || n <= most)
            continue;
        most = n;
        *app = r->pools[i].app;
    }
    return most;
}

static void several_pools(struct ana_finder *f)
{
    const struct ana_report *r = f->r;
    uint32_t least = UINT32_MAX, most = 0, app = 0;
    size_t n = largest_set(r, &app);
    if (n < 2)
        return;
    for (size_t i = 0; i < r->pool_count; i++) {
        const struct ana_pool *p = &r->pools[i];
        if (!p->application || p->app != app)
            continue;
        least = p->open_max < least ? p->open_max : least;
        most = p->open_max > most ? p->open_max : most;
    }
    ana_find_add(
        f, &(struct ana_find){.rule = "several_pools", .severity = ANA_INFO, .class = FIND_REST, .weight = 1},
        ana_find_text(f,
                      "The application has %zu pools (one a process, user or schema) of at most %" PRIu32
                      " to %" PRIu32 " connections: a request can wait at one while another has free "
                      "ones.",
                      n, least, most),
        NULL,
        ana_find_text(f, "Which pool a request uses is not known, so its wait is worked out over all of them "
                         "together: that makes the interval wider."));
}

static void work_outside_requests(struct ana_finder *f)
{
    if (f->outside_share < OUTSIDE_SHARE || f->r->level_count == 0)
        return; /* without any request that is no news */
    ana_find_add(
        f,
        &(struct ana_find){
            .rule = "work_outside_requests", .severity = ANA_NOTICE, .class = FIND_REST, .weight = 3},
        ana_find_text(f,
                      "At least %.0f %% of the time in which the application's connections were busy belongs "
                      "to no request that was seen.",
                      100 * f->outside_share),
        ana_find_text(f, "more connections were busy than requests in flight"),
        ana_find_text(f, "Background jobs use the same pool, or requests came over a port that was not "
                         "recorded; the budgets take some of that work for the requests' own."));
}

static void connection_per_thread(struct ana_finder *f)
{
    const struct ana_report *r = f->r;
    const struct ana_pool *p = ana_main_pool(r);
    const struct ana_level *top = NULL;
    if (!p || !p->per_thread)
        return;
    for (size_t i = 0; i < r->level_count; i++)
        if (!top || r->levels[i].mean_in_flight > top->mean_in_flight)
            top = &r->levels[i];
    ana_find_add(f,
                 &(struct ana_find){.rule = "connection_per_thread",
                                    .severity = ANA_NOTICE,
                                    .class = FIND_LIMIT,
                                    .weight = top && ana_level_known(top) ? ana_line_ms(top, ANA_APP) : 0,
                                    .level_id = top ? top->id : 0},
                 ana_find_text(
                     f,
                     "Each of the %" PRIu32 " connections belongs to one thread of the application: requests "
                     "beyond their number wait for a thread, not for a connection. That time is in the "
                     "application's line; more threads, or processes, would move it.",
                     p->open_max),
                 ana_find_text(
                     f, "a request goes on with the connection that it began with though others wait, and no "
                        "answer comes while every connection is busy"),
                 NULL);
}

void ana_find_connections(struct ana_finder *f)
{
    connections_refused(f);
    dialling(f);
    several_pools(f);
    connection_per_thread(f);
    work_outside_requests(f);
}

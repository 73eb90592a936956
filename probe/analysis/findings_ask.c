/* summary: what the rules of the findings and of the comparison ask of a report: levels, lines, pools,
 * settings */
#include "findings.h"
#include "parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MATTERS_MS 1.0
#define MATTERS_SHARE 0.05
#define POOLS_NAMED 6

const enum ana_line ana_wait_lines[ANA_WAIT_LINES] = {ANA_ACQUIRE_EXHAUSTED, ANA_ACQUIRE_DIAL,
                                                      ANA_ACQUIRE_BLOCKED_BY_DIAL, ANA_ACQUIRE_LOST_WAKEUP};

struct ana_find_name ana_level_at_name(const struct ana_level *l)
{
    struct ana_find_name n = {"Over the whole run"};
    const char *of = l->http_server ? " of " : "", *server = l->http_server ? l->http_server : "";
    char nth[16] = "";
    if (l->nth > 1)
        snprintf(nth, sizeof nth, " (%" PRIu32 ")", l->nth);
    if (l->users > 0)
        snprintf(n.s, sizeof n.s, "At %" PRIu32 " user%s%s%s%s", l->users, ana_plural(l->users), nth, of,
                 server);
    else if (l->id > 0)
        snprintf(n.s, sizeof n.s, "In level %" PRIu32 "%s%s", l->id, of, server);
    return n;
}

struct ana_find_name ana_level_in_name(const struct ana_level *l)
{
    struct ana_find_name n = ana_level_at_name(l);
    n.s[0] = (char)(n.s[0] | 0x20);
    return n;
}

static double ms_a_request(const struct ana_level *l, int64_t ns)
{
    return l->budget.requests > 0 ? (double)ns / (double)l->budget.requests / 1e6 : 0;
}

double ana_line_ms(const struct ana_level *l, enum ana_line line)
{
    return ms_a_request(l, l->budget.ns[line]);
}

double ana_level_ms(const struct ana_level *l)
{
    return ms_a_request(l, l->budget.total_ns);
}

struct ana_wait_sum ana_wait_of(const struct ana_level *l, const enum ana_line *lines, size_t n)
{
    struct ana_wait_sum w = {0};
    for (size_t i = 0; i < n; i++) {
        w.low_ms += ms_a_request(l, l->budget.low_ns[lines[i]]);
        w.ms += ms_a_request(l, l->budget.ns[lines[i]]);
        w.high_ms += ms_a_request(l, l->budget.high_ns[lines[i]]);
    }
    return w;
}

bool ana_wait_matters(const struct ana_level *l, double ms)
{
    return ms >= MATTERS_MS || (ms > 0 && ms >= MATTERS_SHARE * ana_level_ms(l));
}

bool ana_level_known(const struct ana_level *l)
{
    return l->budget.identified && l->budget.requests > 0 && l->budget.total_ns > 0;
}

const struct ana_level *ana_top_level(const struct ana_report *r)
{
    const struct ana_level *top = NULL;
    for (size_t i = 0; i < r->level_count; i++)
        if (ana_level_known(&r->levels[i]) && (!top || r->levels[i].users >= top->users))
            top = &r->levels[i];
    return top;
}

bool ana_level_uses(const struct ana_level *l, const struct ana_pool *p)
{
    return p->application && (!l || l->app == 0 || p->app == l->app);
}

const struct ana_pool *ana_main_pool(const struct ana_report *r)
{
    return ana_level_main_pool(r, NULL);
}

const struct ana_pool *ana_level_main_pool(const struct ana_report *r, const struct ana_level *l)
{
    const struct ana_pool *found = NULL;
    for (size_t i = 0; i < r->pool_count; i++)
        if (ana_level_uses(l, &r->pools[i]) && (!found || r->pools[i].checkouts > found->checkouts))
            found = &r->pools[i];
    return found;
}

double ana_pool_saturated(const struct ana_pool *p, int64_t start_ns, int64_t end_ns)
{
    double ns = 0, saturated_ns = 0;
    for (size_t i = 0; i < p->wire.point_count; i++) {
        const struct ana_pool_point *x = &p->wire.points[i];
        int64_t from_ns = x->start_ns > start_ns ? x->start_ns : start_ns;
        int64_t to_ns = x->start_ns + p->wire.point_ns;
        to_ns = to_ns < end_ns ? to_ns : end_ns;
        if (to_ns <= from_ns)
            continue;
        ns += (double)(to_ns - from_ns);
        saturated_ns += x->saturated * (double)(to_ns - from_ns);
    }
    return ns > 0 ? saturated_ns / ns : 0;
}

/* "pool 2 (of at most 5 connections, app, pid 7)". */
static char *pool_name(const struct ana_pool *p)
{
    bool pid = p->pid && *p->pid, program = p->program_name && *p->program_name;
    return ana_textf("pool %" PRIu64 " (at most %" PRIu32 " connection%s%s%.40s%s%.20s)", p->id, p->open_max,
                     ana_plural(p->open_max), program ? ", " : "", program ? p->program_name : "",
                     pid ? ", pid " : "", pid ? p->pid : "");
}

char *ana_pools_text(const struct ana_report *r, const struct ana_level *l)
{
    char *text = NULL;
    size_t n = 0;
    for (size_t i = 0; i < r->pool_count; i++) {
        const struct ana_pool *p = &r->pools[i];
        if (!ana_level_uses(l, p))
            continue;
        char *name = pool_name(p), *longer = NULL;
        if (name && n < POOLS_NAMED)
            longer = ana_textf("%s%s%s saturated %.0f %% of the time", text ? text : "", text ? ", " : "",
                               name, 100 * ana_pool_saturated(p, l->start_ns, l->end_ns));
        else if (name)
            longer = ana_textf("%s%s", text ? text : "", n == POOLS_NAMED ? " and more (--by pool)" : "");
        n++;
        free(name);
        free(text);
        text = longer;
        if (!text)
            return NULL;
    }
    return text ? text : ana_text("");
}

size_t ana_application_pools(const struct ana_report *r)
{
    size_t n = 0;
    for (size_t i = 0; i < r->pool_count; i++)
        n += r->pools[i].application;
    return n;
}

const char *ana_setting_value(const struct ana_report *r, const char *scope, const char *name)
{
    for (size_t i = 0; i < r->setting_count; i++)
        if (strcmp(r->settings[i].scope, scope) == 0 && strcmp(r->settings[i].name, name) == 0)
            return r->settings[i].value;
    return NULL;
}

const char *ana_plural(uint64_t n)
{
    return n == 1 ? "" : "s";
}

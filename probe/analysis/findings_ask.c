/* summary: what the rules of the findings and of the comparison ask of a report: levels, lines, pools,
 * settings */
#include "findings.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define MATTERS_MS 1.0
#define MATTERS_SHARE 0.05

const enum ana_line ana_wait_lines[ANA_WAIT_LINES] = {ANA_ACQUIRE_EXHAUSTED, ANA_ACQUIRE_DIAL,
                                                      ANA_ACQUIRE_BLOCKED_BY_DIAL, ANA_ACQUIRE_LOST_WAKEUP};

struct ana_find_name ana_level_at_name(const struct ana_level *l)
{
    struct ana_find_name n = {"Over the whole run"};
    if (l->users > 0)
        snprintf(n.s, sizeof n.s, "At %" PRIu32 " user%s", l->users, ana_plural(l->users));
    else if (l->id > 0)
        snprintf(n.s, sizeof n.s, "In level %" PRIu32, l->id);
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

const struct ana_pool *ana_main_pool(const struct ana_report *r)
{
    const struct ana_pool *found = NULL;
    for (size_t i = 0; i < r->pool_count; i++)
        if (r->pools[i].application && (!found || r->pools[i].checkouts > found->checkouts))
            found = &r->pools[i];
    return found;
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

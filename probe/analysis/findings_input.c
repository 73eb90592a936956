/* summary: findings about what the recording mixes or misses: a clock that was set back, several
 * applications, no level marks
 */
#include "findings.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define APPLICATIONS_NAMED 6

static void clock_stepped(struct ana_finder *f)
{
    const struct ana_report *r = f->r;
    if (r->clock_back_ns <= 0)
        return;
    ana_find_add(
        f,
        &(struct ana_find){
            .rule = "clock_stepped", .severity = ANA_PROBLEM, .class = FIND_QUALITY, .weight = 0.9},
        ana_find_text(f,
                      "The recorder's clock was set back by at least %.1f s during the run: figures over "
                      "time are wrong "
                      "around that moment, and levels may overlap.",
                      (double)r->clock_back_ns / 1e9),
        ana_find_text(f, "requests that ended later have earlier times"),
        ana_find_text(
            f, "Latencies that do not span that moment hold. Record again with a clock that is slewed, not "
               "stepped; a step forward looks like a pause and cannot be told from one."));
}

/* A step forward, or two clocks that do not agree: levels are then without their requests. */
static void clocks_disagree(struct ana_finder *f)
{
    const struct ana_report *r = f->r;
    if (r->marks_late == 0)
        return;
    ana_find_add(
        f,
        &(struct ana_find){
            .rule = "clocks_disagree", .severity = ANA_PROBLEM, .class = FIND_QUALITY, .weight = 0.95},
        ana_find_text(f,
                      "%" PRIu64 " of %" PRIu64
                      " requests carry the mark of a level that by the recorder's clock was "
                      "over when they arrived, by up to %.1f s: they are missing in its figures.",
                      r->marks_late, r->marks, (double)r->marks_late_ns / 1e9),
        ana_find_text(f,
                      "a request's mark tells when its level began and ended by the load generator's clock"),
        ana_find_text(f,
                      "Either clock was stepped during the run, or the load came from a machine with another "
                      "time: set both by one source, and record again."));
}

static uint32_t mysql_servers(const struct ana_report *r)
{
    uint32_t n = 0;
    for (size_t i = 0; i < r->pool_count; i++) {
        bool seen = !r->pools[i].application || !r->pools[i].server;
        for (size_t k = 0; k < i && !seen; k++)
            seen = r->pools[k].application && r->pools[k].server &&
                   strcmp(r->pools[k].server, r->pools[i].server) == 0;
        n += !seen;
    }
    return n;
}

/* "127.0.0.1:8081 with 1 pool, 127.0.0.1:8082 with 2 pools". */
static char *applications_text(struct ana_finder *f)
{
    const struct ana_report *r = f->r;
    char *text = NULL;
    size_t told = 0;
    for (size_t i = 0; i < r->pool_count && told <= APPLICATIONS_NAMED; i++) {
        size_t pools = 0;
        bool first = r->pools[i].application && r->pools[i].http_server;
        for (size_t k = 0; k < r->pool_count && first; k++) {
            bool same = r->pools[k].application && r->pools[k].app == r->pools[i].app;
            first = !same || k >= i;
            pools += same;
        }
        if (!first)
            continue;
        char *longer = told++ == APPLICATIONS_NAMED
                           ? ana_find_text(f, "%s and more", text)
                           : ana_find_text(f, "%s%s%s with %zu pool%s", text ? text : "", text ? ", " : "",
                                           r->pools[i].http_server, pools, ana_plural(pools));
        free(text);
        text = longer;
        if (!text)
            break;
    }
    return text;
}

static void applications_apart(struct ana_finder *f)
{
    const struct ana_report *r = f->r;
    ana_find_add(
        f,
        &(struct ana_find){
            .rule = "several_applications", .severity = ANA_INFO, .class = FIND_REST, .weight = 2},
        ana_find_text(f,
                      "The recording holds %" PRIu32
                      " applications. Each request's time was worked out with its "
                      "own application's pools alone.",
                      r->app_count),
        applications_text(f),
        ana_find_text(
            f, "Endpoints of one name and statements of one text are added up over all of them, and they "
               "share the machine's CPUs and the MySQL server."));
}

static void several_applications(struct ana_finder *f)
{
    const struct ana_report *r = f->r;
    uint32_t servers = mysql_servers(r);
    if (r->http_servers < 2 && servers < 2)
        return;
    if (r->app_count > 1) {
        applications_apart(f);
        return;
    }
    ana_find_add(
        f,
        &(struct ana_find){
            .rule = "several_applications", .severity = ANA_NOTICE, .class = FIND_QUALITY, .weight = 0.6},
        ana_find_text(f,
                      "The recording holds %" PRIu32 " HTTP server%s and %" PRIu32
                      " MySQL server%s in use: each level's figures are of all of them together.",
                      r->http_servers, ana_plural(r->http_servers), servers, ana_plural(servers)),
        ana_find_text(f, "addresses that answered requests; servers of the pools that serve them"),
        ana_find_text(f, "What limits one can hide behind another: record one at a time (--http-port, "
                         "--mysql-port), or look at the pools one by one (--by pool)."));
}

/* One level is made of all requests where none is marked: what limits it is that of a mixture of loads. */
static void no_levels(struct ana_finder *f)
{
    const struct ana_report *r = f->r;
    if (r->level_count != 1 || r->levels[0].id != 0 || r->levels[0].requests == 0)
        return;
    ana_find_add(
        f, &(struct ana_find){.rule = "no_levels", .severity = ANA_INFO, .class = FIND_REST, .weight = 0.5},
        ana_find_text(f, "The run has no level marks: all requests are taken together, and how many users "
                         "there were is not "
                         "known."),
        NULL,
        ana_find_text(
            f, "Load that changed during the run is averaged, and no level with few users shows how fast the "
               "application is alone. poolload --run marks levels."));
}

void ana_find_input(struct ana_finder *f)
{
    clock_stepped(f);
    clocks_disagree(f);
    several_applications(f);
    no_levels(f);
}

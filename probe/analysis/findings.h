/* summary: private: rules that look at a finished report and say what they find, with figures for and against
 */
#ifndef ANA_FINDINGS_H
#define ANA_FINDINGS_H

#include "analysis.h"

/* In the order in which findings are shown. */
enum ana_finding_class {
    FIND_QUALITY, /* the recording itself: what is said below holds only as far as it is good */
    FIND_LIMIT,   /* what limits the requests; by its time, falling */
    FIND_REST,
};

struct ana_finder {
    struct ana_report *r;
    /* Of the busy time of the application's connections, what the requests in flight cannot explain; 0..1. */
    double outside_share;
    /* Of each finding so far, in their order: how they are sorted. */
    struct ana_finding_rank {
        enum ana_finding_class class;
        double weight; /* ms a request, or any number: larger comes first */
        size_t index;
    } * ranks;
    size_t cap, rank_cap;
    bool nomem;
};

/* A finding but for its texts. */
struct ana_find {
    const char *rule; /* static */
    enum ana_severity severity;
    enum ana_finding_class class;
    double weight;
    uint32_t level_id;
};

/* Takes over the texts, of which evidence and against may be NULL. */
void ana_find_add(struct ana_finder *f, const struct ana_find *what, char *text, char *evidence,
                  char *against);
/* printf into a new text; f->nomem is set when there is no memory. */
char *ana_find_text(struct ana_finder *f, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* One group of rules each. */
void ana_find_quality(struct ana_finder *f);
void ana_find_input(struct ana_finder *f);
void ana_find_pool(struct ana_finder *f);
void ana_find_connections(struct ana_finder *f);
void ana_find_time(struct ana_finder *f);
void ana_find_server(struct ana_finder *f);

/* Adds the findings to a report that is whole but for them. PP_NOMEM. */
PP_MUST_CHECK enum pp_status ana_findings_of(struct ana_report *r, double outside_share);

/* ---- what the rules ask ---- */

#define FIND_NAME_MAX 96
struct ana_find_name {
    char s[FIND_NAME_MAX];
};
/* "At 30 users", "In level 2", "Over the whole run". */
struct ana_find_name ana_level_at_name(const struct ana_level *l);
/* The same inside of a sentence: "at 30 users". */
struct ana_find_name ana_level_in_name(const struct ana_level *l);
/* A line of a level's budget in ms a request. */
double ana_line_ms(const struct ana_level *l, enum ana_line line);
double ana_level_ms(const struct ana_level *l); /* its mean latency, in ms */
/* The four lines of waiting for a connection, in ns of all requests. */
struct ana_wait_sum {
    double low_ms, ms, high_ms; /* a request */
};
struct ana_wait_sum ana_wait_of(const struct ana_level *l, const enum ana_line *lines, size_t n);
#define ANA_WAIT_LINES 4
extern const enum ana_line ana_wait_lines[ANA_WAIT_LINES];
/* So much waiting is worth a finding: at least 1 ms, or 5 % of the latency. */
bool ana_wait_matters(const struct ana_level *l, double ms);
/* A level for which a budget could be made. */
bool ana_level_known(const struct ana_level *l);
/* The level with the most users (the last of them) for which there is a budget; NULL: none. */
const struct ana_level *ana_top_level(const struct ana_report *r);
/* The application's pool with the most checkouts, NULL: none; and the number of its pools. */
const struct ana_pool *ana_main_pool(const struct ana_report *r);
size_t ana_application_pools(const struct ana_report *r);
/* Requests of the level (NULL: of any) may use the pool; the main one of these pools. */
bool ana_level_uses(const struct ana_level *l, const struct ana_pool *p);
const struct ana_pool *ana_level_main_pool(const struct ana_report *r, const struct ana_level *l);
/* Share of a time in which the pool was saturated, from its points (so that short times are rough). */
double ana_pool_saturated(const struct ana_pool *p, int64_t start_ns, int64_t end_ns);
/* "pool 1 (at most 5 connections, app, pid 7) saturated 98 % of the time, pool 2 …": those that the level's
 * requests may use. NULL when memory is out; free() it. */
char *ana_pools_text(const struct ana_report *r, const struct ana_level *l);
/* Value of a setting, NULL when the run does not have it. */
const char *ana_setting_value(const struct ana_report *r, const char *scope, const char *name);
/* "s" unless n is 1. */
const char *ana_plural(uint64_t n);

#endif

/* summary: private: the comparison's parts */
#ifndef ANA_DIFF_INT_H
#define ANA_DIFF_INT_H

#include "findings.h"
#include "parts.h"

/* Fills d->apps (diff_apps.c). */
PP_MUST_CHECK enum pp_status ana_diff_apps(struct ana_diff *d);
/* The two levels are of the same application, as far as that can be told. */
bool ana_diff_same_app(const struct ana_diff *d, const struct ana_level *a, const struct ana_level *b);
/* Fills d->settings with those that differ, the observed size of the pool among them. */
PP_MUST_CHECK enum pp_status ana_diff_settings(struct ana_diff *d);
/* The run has at least one setting of the scope. */
bool ana_scope_recorded(const struct ana_report *r, const char *scope);
/* The differing setting in which the probe saw what `s` declares ("mysql_cpus" is the server's CPU limit);
 * NULL where there is none, or where it says something else than was declared. */
const struct ana_diff_setting *ana_diff_seen_as(const struct ana_diff *d, const struct ana_diff_setting *s);
/* Fills the changes of d->levels with their intervals; d->endpoints. */
PP_MUST_CHECK enum pp_status ana_diff_bootstrap(struct ana_diff *d);
PP_MUST_CHECK enum pp_status ana_diff_endpoints(struct ana_diff *d);
/* Fills mean_ms and p95_ms of d->endpoints and of the first of d->queries. */
PP_MUST_CHECK enum pp_status ana_diff_items(struct ana_diff *d);

/* A number of 64 random bits; any state is good. */
uint64_t ana_random_next(uint64_t *state);
struct ana_change ana_change_of(double a, double b);
/* The spread of ANA_RESAMPLES resampled changes around `centre`, put around the change that was measured.
 * Sorts `values`. */
void ana_change_interval(struct ana_change *c, double *values, double centre);
/* Fills d->causes. */
PP_MUST_CHECK enum pp_status ana_diff_causes(struct ana_diff *d);

/* What changed at one level, in ms a request and requests a second; B minus A is the change. */
struct ana_shift {
    const struct ana_diff_level *level;
    double latency_a, latency_b;
    struct ana_wait_sum wait_a, wait_b; /* for a connection */
    double server_a, server_b;          /* statements and commits */
    double rest_a, rest_b;              /* idle transactions, the application and all other lines */
    double rate_a, rate_b;
};

/* A verdict with its texts; NULL where memory is out. */
struct ana_judgement {
    enum ana_verdict verdict;
    char *evidence, *against;
};

/* The level at which latency, or the waiting for connections, changed most. False: no two budgets can be
 * compared. */
PP_MUST_CHECK bool ana_shift_find(struct ana_shift *out, const struct ana_diff *d);
/* `others`: what else differs, in words ("" when nothing does). */
struct ana_judgement ana_judge_pool(const struct ana_shift *s, const char *others);
/* A setting other than the pool's size. */
struct ana_judgement ana_judge_setting(const struct ana_shift *s, const char *others);

#endif

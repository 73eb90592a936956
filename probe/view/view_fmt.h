/* summary: figures as text: milliseconds, counts, shares, times; budgets rounded so that they still add up */
#ifndef VIEW_FMT_H
#define VIEW_FMT_H

#include "analysis.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A short text returned by value, so that several can stand in one call. */
struct view_str {
    char s[48];
};

/* Digits after the point with which all figures of a table are shown whose largest is `max_ns`. */
int view_ms_decimals(double max_ns);
/* Milliseconds without unit. */
struct view_str view_ms(double ns, int decimals);
/* `units` of 10^-decimals, such as view_round_budget gives. */
struct view_str view_fixed(int64_t units, int decimals);
/* As view_fixed, with a sign: "+1.20", "-0.30", "0.00". */
struct view_str view_fixed_signed(int64_t units, int decimals);
/* 1234567 → "1,234,567"; from 10^9 on shortened, such as "12.3 G". */
struct view_str view_count(uint64_t n);
/* An identifier: every digit, no separators. */
struct view_str view_id(uint64_t id);
/* 0.681 → "68.1 %"; a part never shows as nothing (0.0 %) or as all (100.0 %). */
struct view_str view_percent(double share);
/* Change from a to b in percent with sign: "+12.3 %"; "" when a is 0. */
struct view_str view_change(double a, double b);
/* Events a second or connections: enough digits for comparing. */
struct view_str view_rate(double v);
struct view_str view_bytes(uint64_t bytes);
/* "2 min 10 s", "1.25 s". */
struct view_str view_duration(int64_t ns);
/* "2025-11-23 07:09:12 UTC"; "unknown" when it is not a time of this clock. */
struct view_str view_time(int64_t ns);

/* ---- populations ---- */

uint64_t view_lat_count(const struct ana_latency *l);
double view_lat_mean_ns(const struct ana_latency *l);
double view_lat_quantile_ns(const struct ana_latency *l, double q);
double view_lat_max_ns(const struct ana_latency *l);
/* The quantile q, or the mean where q is negative, in milliseconds; "-" where nothing was measured. */
struct view_str view_lat_ms(const struct ana_latency *l, double q, int decimals);

/* ---- budgets ---- */

/* One line in ms a request, exact as a double. */
double view_budget_ms(const struct ana_budget *b, int64_t ns);
/* Mean of all lines in ns a request. */
double view_budget_mean_ns(const struct ana_budget *b);
/* Each line in units of 10^-decimals ms a request, rounded so that they add up to `*sum`, the rounded whole
 * (largest remainder: no line is off by a unit or more). */
void view_round_budget(const struct ana_budget *b, int decimals, int64_t units[ANA_LINE_COUNT], int64_t *sum);
/* The same for shares of the whole in tenths of a percent; they add up to 1000 (to 0 for an empty budget). */
void view_round_shares(const struct ana_budget *b, int64_t tenths[ANA_LINE_COUNT]);
/* True when the line is an estimate. */
bool view_line_estimated(const struct ana_budget *b, int line);
/* True when the budget's lines add up to the mean of the latencies beside it (to 1 ns a request). */
bool view_budget_is_mean(const struct ana_budget *b, const struct ana_latency *l);

/* "100 users", "100 users (2)" in a second ramp, "level 3", "whole run". */
struct view_str view_level_name(const struct ana_level *l);

/* ---- figures of the load generator's JSON ---- */

struct view_load {
    bool known;
    double throughput; /* a second; negative: not there */
    double mean_ms, p95_ms, p99_ms;
    double cpu_percent, memory_mb; /* of the application, as it measured them */
};
struct view_load view_load_parse(const char *json);
/* Of all generators that made the level. */
struct view_load view_load_of(const struct ana_level *level);

#endif

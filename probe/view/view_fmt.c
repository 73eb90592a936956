/* summary: figures as text: milliseconds, counts, shares, times */
#include "view_fmt.h"

#include "base/clock.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

int view_ms_decimals(double max_ns)
{
    if (max_ns < 10.0 * (double)NS_PER_MS)
        return 3;
    return max_ns < 10.0 * (double)NS_PER_S ? 2 : 1;
}

struct view_str view_ms(double ns, int decimals)
{
    struct view_str r;
    double ms = ns / (double)NS_PER_MS;
    /* twelve digits before the point are thirty years */
    if (!isfinite(ms) || fabs(ms) >= 1e12)
        (void)snprintf(r.s, sizeof r.s, "%.3g", ms);
    else
        (void)snprintf(r.s, sizeof r.s, "%.*f", decimals, ms);
    return r;
}

static int64_t power_of_ten(int n)
{
    int64_t p = 1;
    while (n-- > 0)
        p *= 10;
    return p;
}

/* At most nine decimals. */
struct view_str view_fixed(int64_t units, int decimals)
{
    struct view_str r;
    int64_t p = power_of_ten(decimals);
    uint64_t magnitude = units < 0 ? (uint64_t)0 - (uint64_t)units : (uint64_t)units;
    const char *sign = units < 0 ? "-" : "";
    char digits[24];
    (void)snprintf(digits, sizeof digits, "%09" PRIu64, magnitude % (uint64_t)p);
    if (decimals > 0)
        (void)snprintf(r.s, sizeof r.s, "%s%" PRIu64 ".%s", sign, magnitude / (uint64_t)p,
                       digits + strlen(digits) - decimals);
    else
        (void)snprintf(r.s, sizeof r.s, "%s%" PRIu64, sign, magnitude);
    return r;
}

struct view_str view_fixed_signed(int64_t units, int decimals)
{
    struct view_str f = view_fixed(units, decimals), r;
    (void)snprintf(r.s, sizeof r.s, "%s%.40s", units > 0 ? "+" : "", f.s);
    return r;
}

struct view_str view_count(uint64_t n)
{
    struct view_str r;
    if (n < 1000)
        (void)snprintf(r.s, sizeof r.s, "%" PRIu64, n);
    else if (n < 1000000)
        (void)snprintf(r.s, sizeof r.s, "%" PRIu64 ",%03" PRIu64, n / 1000, n % 1000);
    else if (n < 1000000000)
        (void)snprintf(r.s, sizeof r.s, "%" PRIu64 ",%03" PRIu64 ",%03" PRIu64, n / 1000000, n / 1000 % 1000,
                       n % 1000);
    else if (n < UINT64_C(1000000000000))
        (void)snprintf(r.s, sizeof r.s, "%.1f G", (double)n / 1e9);
    else
        (void)snprintf(r.s, sizeof r.s, "%.3g", (double)n);
    return r;
}

struct view_str view_id(uint64_t id)
{
    struct view_str r;
    (void)snprintf(r.s, sizeof r.s, "%" PRIu64, id);
    return r;
}

struct view_str view_percent(double share)
{
    struct view_str r;
    if (!isfinite(share))
        (void)snprintf(r.s, sizeof r.s, "-");
    else if (share > 0 && share < 0.0005)
        (void)snprintf(r.s, sizeof r.s, "<0.1 %%");
    else if (share < 1 && share >= 0.9995)
        (void)snprintf(r.s, sizeof r.s, ">99.9 %%");
    else
        (void)snprintf(r.s, sizeof r.s, "%.1f %%", share * 100.0);
    return r;
}

struct view_str view_change(double a, double b)
{
    struct view_str r = {""};
    if (!(fabs(a) > 0) || !isfinite(a) || !isfinite(b))
        return r;
    double change = (b - a) / fabs(a);
    if (change >= 9.995)
        (void)snprintf(r.s, sizeof r.s, "x %.3g", b / a);
    else
        (void)snprintf(r.s, sizeof r.s, "%+.1f %%", change * 100.0);
    return r;
}

struct view_str view_rate(double v)
{
    struct view_str r;
    if (!isfinite(v))
        (void)snprintf(r.s, sizeof r.s, "-");
    else if (v < 0.05)
        (void)snprintf(r.s, sizeof r.s, "%.*f", v > 0 ? 3 : 1, v);
    else if (v < 100000)
        (void)snprintf(r.s, sizeof r.s, "%.1f", v);
    else
        (void)snprintf(r.s, sizeof r.s, v < 1e9 ? "%.0f" : "%.3g", v);
    return r;
}

struct view_str view_bytes(uint64_t bytes)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    struct view_str r;
    size_t u = 0;
    double v = (double)bytes;
    while (v >= 1024 && u + 1 < sizeof units / sizeof units[0]) {
        v /= 1024;
        u++;
    }
    (void)snprintf(r.s, sizeof r.s, u ? "%.1f %s" : "%.0f %s", v, units[u]);
    return r;
}

struct view_str view_duration(int64_t ns)
{
    struct view_str r;
    int64_t s = ns / NS_PER_S;
    if (ns < 0)
        (void)snprintf(r.s, sizeof r.s, "unknown");
    else if (ns < NS_PER_S)
        (void)snprintf(r.s, sizeof r.s, "%.3g ms", (double)ns / (double)NS_PER_MS);
    else if (s < 60)
        (void)snprintf(r.s, sizeof r.s, "%.2f s", (double)ns / (double)NS_PER_S);
    else if (s < 3600)
        (void)snprintf(r.s, sizeof r.s, "%" PRId64 " min %" PRId64 " s", s / 60, s % 60);
    else
        (void)snprintf(r.s, sizeof r.s, "%" PRId64 " h %" PRId64 " min", s / 3600, s / 60 % 60);
    return r;
}

struct view_str view_time(int64_t ns)
{
    struct view_str r = {"unknown"};
    time_t t = (time_t)(ns / NS_PER_S);
    struct tm tm;
    if (ns > 0 && gmtime_r(&t, &tm))
        (void)strftime(r.s, sizeof r.s, "%Y-%m-%d %H:%M:%S UTC", &tm);
    return r;
}

uint64_t view_lat_count(const struct ana_latency *l)
{
    return l->hist ? hist_count(l->hist) : 0;
}

double view_lat_mean_ns(const struct ana_latency *l)
{
    return view_lat_count(l) ? hist_mean(l->hist) : 0;
}

double view_lat_quantile_ns(const struct ana_latency *l, double q)
{
    return view_lat_count(l) ? (double)hist_quantile(l->hist, q) : 0;
}

double view_lat_max_ns(const struct ana_latency *l)
{
    return view_lat_count(l) ? (double)hist_max(l->hist) : 0;
}

struct view_str view_lat_ms(const struct ana_latency *l, double q, int decimals)
{
    if (view_lat_count(l) == 0)
        return (struct view_str){"-"};
    return view_ms(q < 0 ? view_lat_mean_ns(l) : view_lat_quantile_ns(l, q), decimals);
}

struct view_str view_level_name(const struct ana_level *l)
{
    struct view_str r;
    const char *port = l->http_server ? strrchr(l->http_server, ':') : NULL;
    const char *of = l->http_server ? ", " : "", *server = port ? port : l->http_server ? l->http_server : "";
    char nth[16] = "";
    if (l->nth > 1)
        (void)snprintf(nth, sizeof nth, " (%" PRIu32 ")", l->nth);
    if (l->users)
        (void)snprintf(r.s, sizeof r.s, "%" PRIu32 " %s%s%s%s", l->users, l->users == 1 ? "user" : "users",
                       nth, of, server);
    else if (l->id)
        (void)snprintf(r.s, sizeof r.s, "level %" PRIu32 "%s%s", l->id, of, server);
    else
        (void)snprintf(r.s, sizeof r.s, "whole run");
    return r;
}

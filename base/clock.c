/* summary: clocks in nanoseconds; durations as text, both ways */
#include "base/clock.h"

#include "base/obj.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static int64_t read_clock(clockid_t id)
{
    struct timespec ts;
    OBJ_ASSERT(clock_gettime(id, &ts) == 0);
    return (int64_t)ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

int64_t clock_real_ns(void)
{
    return read_clock(CLOCK_REALTIME);
}

int64_t clock_mono_ns(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

int64_t clock_cpu_ns(void)
{
    return read_clock(CLOCK_PROCESS_CPUTIME_ID);
}

struct timespec clock_timespec(int64_t ns)
{
    int64_t sec = ns / NS_PER_S;
    int64_t rest = ns % NS_PER_S;
    if (rest < 0) {
        rest += NS_PER_S;
        sec--;
    }
    return (struct timespec){.tv_sec = (time_t)sec, .tv_nsec = (long)rest};
}

/* Nanoseconds in a unit's name, 0 for an unknown one. */
static int64_t unit_ns(const char *name)
{
    static const struct {
        const char *name;
        int64_t ns;
    } units[] = {
        {"", NS_PER_S}, {"s", NS_PER_S},      {"ms", NS_PER_MS},      {"us", NS_PER_US},
        {"ns", 1},      {"m", 60 * NS_PER_S}, {"min", 60 * NS_PER_S}, {"h", 3600 * NS_PER_S},
    };
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (strcmp(name, units[i].name) == 0)
            return units[i].ns;
    return 0;
}

int64_t clock_parse_duration_ns(const char *text)
{
    const char *p = text;
    int64_t whole = 0;
    int64_t part = 0;
    int64_t scale = 1;
    bool digits = false;
    for (; *p >= '0' && *p <= '9'; p++) {
        digits = true;
        if (__builtin_mul_overflow(whole, 10, &whole) || __builtin_add_overflow(whole, *p - '0', &whole))
            return -1;
    }
    if (*p == '.') {
        for (p++; *p >= '0' && *p <= '9'; p++) {
            digits = true;
            if (scale < NS_PER_S) {
                part = part * 10 + (*p - '0');
                scale *= 10;
            }
        }
    }
    int64_t unit = unit_ns(p);
    if (!digits || unit == 0)
        return -1;
    int64_t fraction = (int64_t)((__int128)part * unit / scale);
    int64_t ns = 0;
    if (__builtin_mul_overflow(whole, unit, &ns) || __builtin_add_overflow(ns, fraction, &ns))
        return -1;
    return ns;
}

/* Three significant digits without trailing zeros after the point. */
static void format_number(char *dst, size_t n, double v)
{
    int decimals = v < 9.995 ? 2 : v < 99.95 ? 1 : 0;
    int len = snprintf(dst, n, "%.*f", decimals, v);
    if (decimals == 0 || len < 0 || (size_t)len >= n)
        return;
    while (dst[len - 1] == '0')
        dst[--len] = 0;
    if (dst[len - 1] == '.')
        dst[--len] = 0;
}

const char *clock_format_ns(char *dst, size_t n, int64_t ns)
{
    static const char *const units[] = {"ns", "us", "ms", "s"};
    double v = (double)ns;
    const char *sign = "";
    if (ns < 0) {
        v = -v;
        sign = "-";
    }
    size_t u = 0;
    while (v >= 999.5 && u < 3) {
        v /= 1000.0;
        u++;
    }
    char number[32];
    format_number(number, sizeof number, v);
    (void)snprintf(dst, n, "%s%s %s", sign, number, units[u]);
    return dst;
}

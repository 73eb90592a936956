/* summary: a point in time out of text, for --start-at */
#include "config.h"

#include "base/clock.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ".25" into nanoseconds; nothing is 0. Digits past the ninth are dropped. False when a point has no digit.
 */
static bool read_fraction(const char **p, int64_t *ns)
{
    int64_t unit = NS_PER_S / 10;
    *ns = 0;
    if (**p != '.')
        return true;
    (*p)++;
    if (**p < '0' || **p > '9')
        return false;
    for (; **p >= '0' && **p <= '9'; (*p)++) {
        *ns += (**p - '0') * unit;
        unit /= 10;
    }
    return true;
}

static enum pp_status read_epoch(const char *text, int64_t *real_ns)
{
    int64_t s = 0;
    int64_t rest = 0;
    const char *p = text;
    for (; *p >= '0' && *p <= '9'; p++) {
        if (s > INT64_MAX / NS_PER_S / 10 - 1)
            return PP_INVALID;
        s = s * 10 + (*p - '0');
    }
    if (p == text || !read_fraction(&p, &rest) || *p != 0)
        return PP_INVALID;
    *real_ns = s * NS_PER_S + rest;
    return PP_OK;
}

/* "Z", "+01:00", "-0530" into seconds east of UTC. */
static bool read_zone(const char *p, long *east_s)
{
    *east_s = 0;
    if ((*p == 'Z' || *p == 'z') && p[1] == 0)
        return true;
    long sign = *p == '+' ? 1 : *p == '-' ? -1 : 0;
    size_t len = strlen(p);
    bool colon = len == 6 && p[3] == ':';
    if (sign == 0 || (len != 5 && !colon))
        return false;
    char digits[5] = {p[1], p[2], p[colon ? 4 : 3], p[colon ? 5 : 4], 0};
    if (strspn(digits, "0123456789") != 4)
        return false;
    long hhmm = strtol(digits, NULL, 10);
    *east_s = sign * (hhmm / 100 * 3600 + hhmm % 100 * 60);
    return hhmm / 100 < 24 && hhmm % 100 < 60;
}

enum pp_status lg_time_parse(const char *text, int64_t *real_ns)
{
    struct tm tm = {.tm_isdst = 0};
    int64_t rest = 0;
    long east_s = 0;
    if (strchr(text, '-') == NULL)
        return read_epoch(text, real_ns);
    const char *p = strptime(text, "%Y-%m-%d", &tm);
    if (p == NULL || p != text + 10 || (*p != 'T' && *p != 't' && *p != ' '))
        return PP_INVALID;
    const char *time_of_day = p + 1;
    p = strptime(time_of_day, "%H:%M:%S", &tm);
    if (p == NULL || p != time_of_day + 8 || !read_fraction(&p, &rest) || !read_zone(p, &east_s))
        return PP_INVALID;
    int day = tm.tm_mday;
    time_t s = timegm(&tm);
    /* timegm turns the 31st of a month of 30 days into the next month's first. */
    if (s < 0 || tm.tm_mday != day)
        return PP_INVALID;
    *real_ns = ((int64_t)s - east_s) * NS_PER_S + rest;
    return PP_OK;
}

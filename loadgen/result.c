/* summary: what is computed out of a level's figures */
#include "result.h"

#include "base/clock.h"

#include <curl/curl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

double lg_result_seconds(const struct lg_result *r)
{
    return (double)(r->end_ns - r->start_ns) / (double)NS_PER_S;
}

double lg_result_throughput(const struct lg_result *r)
{
    double seconds = lg_result_seconds(r);
    return seconds > 0 ? (double)lg_figures_ok(lg_stats_all(r->stats)) / seconds : 0;
}

bool lg_result_is_late(const struct lg_result *r)
{
    const struct lg_figures *f = lg_stats_all(r->stats);
    if (r->rate > 0)
        return f->total > 0 && f->late_1ms > f->queued && (f->late_1ms - f->queued) * 100 > f->total;
    double late_ns = hist_mean(f->late);
    return hist_count(f->latency) > 0 && late_ns > 100.0 * NS_PER_US &&
           late_ns > (hist_mean(f->latency) + (double)r->think_mean_ns) / 10;
}

const char *lg_result_name(char *dst, size_t n, const struct lg_result *r)
{
    if (r->rate > 0)
        (void)snprintf(dst, n, "level %zu (%" PRId64 " requests a second)", r->index + 1, r->rate);
    else
        (void)snprintf(dst, n, "level %zu (%zu user%s)", r->index + 1, r->users, r->users == 1 ? "" : "s");
    return dst;
}

void lg_result_fini(struct lg_result *r)
{
    lg_stats_free(&r->stats);
    lg_watch_fini(&r->watch);
}

/* Appends one part; what does not fit is cut. */
static void add_part(char *dst, size_t n, uint64_t count, const char *what)
{
    size_t len = strlen(dst);
    (void)snprintf(dst + len, n - len, "%s%" PRIu64 " %s", len > 0 ? ", " : "", count, what);
}

const char *lg_errors_text(char *dst, size_t n, const struct lg_figures *f)
{
    dst[0] = 0;
    for (int e = LG_REFUSED; e < LG_ERROR_KINDS; e++) {
        char what[128];
        (void)snprintf(what, sizeof what, "%s", lg_error_name((enum lg_error)e));
        if (e == LG_OTHER && f->last_other != 0)
            (void)snprintf(what, sizeof what, "other (%s)", curl_easy_strerror((CURLcode)f->last_other));
        if (f->errors[e] > 0)
            add_part(dst, n, f->errors[e], what);
    }
    for (int s = 0; s < LG_STATUS_MAX; s++) {
        char what[24];
        (void)snprintf(what, sizeof what, "status %d", s);
        if (f->status[s] > 0)
            add_part(dst, n, f->status[s], what);
    }
    return dst;
}

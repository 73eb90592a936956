/* summary: the JSON object of one level; published field names and units first, then ours */
#include "result.h"

#include "base/clock.h"

#include <curl/curl.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* cJSON keeps numbers as doubles, which are too short for nanoseconds since 1970. */
static void add_int64(cJSON *o, const char *name, int64_t v)
{
    char text[24];
    (void)snprintf(text, sizeof text, "%" PRId64, v);
    cJSON_AddRawToObject(o, name, text);
}

/* Milliseconds, to the nanosecond. */
static void add_ms(cJSON *o, const char *name, double ns)
{
    cJSON_AddNumberToObject(o, name, round(ns) / 1e6);
}

/* Three digits after the point are more than these figures carry. */
static void add_rounded(cJSON *o, const char *name, double v)
{
    cJSON_AddNumberToObject(o, name, round(v * 1000.0) / 1000.0);
}

static double seconds_of(const struct lg_result *r)
{
    return (double)(r->end_ns - r->start_ns) / (double)NS_PER_S;
}

static double per_second(uint64_t n, double seconds)
{
    return seconds > 0 ? (double)n / seconds : 0;
}

double lg_result_throughput(const struct lg_result *r)
{
    return per_second(lg_figures_ok(lg_stats_all(r->stats)), seconds_of(r));
}

bool lg_result_is_late(const struct lg_result *r)
{
    const struct lg_figures *f = lg_stats_all(r->stats);
    double late_ns = hist_mean(f->late);
    return hist_count(f->latency) > 0 && late_ns > 100.0 * NS_PER_US &&
           late_ns > (hist_mean(f->latency) + (double)r->think_mean_ns) / 10;
}

static void add_counts(cJSON *o, const struct lg_figures *f, double seconds)
{
    uint64_t errors = lg_figures_errors(f);
    cJSON_AddNumberToObject(o, "total_requests", (double)f->total);
    cJSON_AddNumberToObject(o, "successful_requests", (double)lg_figures_ok(f));
    cJSON_AddNumberToObject(o, "error_requests", (double)errors);
    add_rounded(o, "error_rate", f->total > 0 ? 100.0 * (double)errors / (double)f->total : 0);
    add_rounded(o, "throughput", per_second(lg_figures_ok(f), seconds));
}

/* null where no request succeeded: 0 ms would read as very fast. */
static void add_times(cJSON *o, const struct hist *h)
{
    static const struct {
        const char *name;
        double q;
    } quantiles[] = {{"p50_response_time", 0.5},
                     {"p95_response_time", 0.95},
                     {"p99_response_time", 0.99},
                     {"p999_response_time", 0.999}};
    bool any = hist_count(h) > 0;
    if (any)
        add_ms(o, "avg_response_time", hist_mean(h));
    else
        cJSON_AddNullToObject(o, "avg_response_time");
    for (size_t i = 0; i < sizeof quantiles / sizeof quantiles[0]; i++) {
        if (any)
            add_ms(o, quantiles[i].name, (double)hist_quantile(h, quantiles[i].q));
        else
            cJSON_AddNullToObject(o, quantiles[i].name);
    }
    if (any) {
        add_ms(o, "min_response_time", (double)hist_min(h));
        add_ms(o, "max_response_time", (double)hist_max(h));
    } else {
        cJSON_AddNullToObject(o, "min_response_time");
        cJSON_AddNullToObject(o, "max_response_time");
    }
}

static void add_watch(cJSON *o, const struct lg_watch *w)
{
    double v = 0;
    double max = 0;
    if (lg_watch_cpu_percent(w, &v))
        add_rounded(o, "avg_cpu_percent", v);
    else
        cJSON_AddNullToObject(o, "avg_cpu_percent");
    if (lg_watch_memory_mb(w, &v, &max)) {
        add_rounded(o, "avg_memory_mb", v);
        add_rounded(o, "max_memory_mb", max);
    } else {
        cJSON_AddNullToObject(o, "avg_memory_mb");
        cJSON_AddNullToObject(o, "max_memory_mb");
    }
}

static void add_errors(cJSON *o, const struct lg_figures *f)
{
    cJSON *errors = cJSON_AddObjectToObject(o, "errors");
    for (int e = LG_REFUSED; e < LG_ERROR_KINDS; e++)
        if (f->errors[e] > 0)
            cJSON_AddNumberToObject(errors, lg_error_name((enum lg_error)e), (double)f->errors[e]);
    for (int s = 0; s < LG_STATUS_MAX; s++) {
        char name[24];
        (void)snprintf(name, sizeof name, "status %d", s);
        if (f->status[s] > 0)
            cJSON_AddNumberToObject(errors, name, (double)f->status[s]);
    }
}

static void add_bucket(void *priv, uint32_t index, uint64_t count)
{
    cJSON *pair = cJSON_CreateArray();
    cJSON_AddItemToArray(pair, cJSON_CreateNumber(index));
    cJSON_AddItemToArray(pair, cJSON_CreateNumber((double)count));
    cJSON_AddItemToArray(priv, pair);
}

static void add_histogram(cJSON *o, const struct hist *h)
{
    cJSON *histogram = cJSON_AddObjectToObject(o, "histogram");
    cJSON_AddStringToObject(histogram, "unit", "ns");
    cJSON_AddStringToObject(histogram, "scheme", "log-linear-64");
    hist_each(h, add_bucket, cJSON_AddArrayToObject(histogram, "buckets"));
}

static cJSON *endpoint_json(const struct lg_endpoint *e, const struct lg_figures *f, double seconds)
{
    cJSON *o = cJSON_CreateObject();
    cJSON_AddStringToObject(o, "method", e->method);
    cJSON_AddStringToObject(o, "path", e->path);
    add_counts(o, f, seconds);
    add_times(o, f->latency);
    add_errors(o, f);
    add_histogram(o, f->latency);
    return o;
}

cJSON *lg_result_json(const struct lg_result *r, const struct lg_config *c)
{
    const struct lg_figures *all = lg_stats_all(r->stats);
    double seconds = seconds_of(r);
    cJSON *o = cJSON_CreateObject();
    cJSON_AddStringToObject(o, "framework", c->opt.framework);
    cJSON_AddNumberToObject(o, "concurrent_users", (double)r->users);
    add_rounded(o, "duration", seconds);
    add_counts(o, all, seconds);
    add_times(o, all->latency);
    add_watch(o, &r->watch);
    add_errors(o, all);
    cJSON_AddNumberToObject(o, "level_id", (double)(r->index + 1));
    add_ms(o, "avg_start_delay", hist_mean(all->late));
    add_ms(o, "max_start_delay", (double)hist_max(all->late));
    add_int64(o, "start_ns", r->start_ns);
    add_int64(o, "end_ns", r->end_ns);
    if (r->interrupted)
        cJSON_AddTrueToObject(o, "interrupted");
    if (r->unfinished > 0)
        cJSON_AddNumberToObject(o, "unfinished_requests", (double)r->unfinished);
    cJSON *endpoints = cJSON_AddArrayToObject(o, "endpoints");
    for (size_t i = 0; i < c->endpoint_count; i++)
        cJSON_AddItemToArray(endpoints,
                             endpoint_json(&c->endpoints[i], lg_stats_endpoint(r->stats, i), seconds));
    add_histogram(o, all->latency);
    /* The last item is missing when memory ran out on the way. */
    if (cJSON_GetObjectItemCaseSensitive(o, "histogram") == NULL) {
        cJSON_Delete(o);
        return NULL;
    }
    return o;
}

void lg_result_fini(struct lg_result *r)
{
    lg_stats_free(&r->stats);
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
        if (e == LG_OTHER)
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

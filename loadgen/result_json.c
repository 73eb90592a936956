/* summary: the JSON object of one level; published field names and units first, then ours */
#include "result.h"

#include "base/clock.h"
#include "base/text.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

void lg_json_add_int64(cJSON *o, const char *name, int64_t v)
{
    char text[24];
    (void)snprintf(text, sizeof text, "%" PRId64, v);
    cJSON_AddRawToObject(o, name, text);
}

static void add_count(cJSON *o, const char *name, uint64_t v)
{
    lg_json_add_int64(o, name, (int64_t)v);
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

static void add_counts(cJSON *o, const struct lg_figures *f, double seconds)
{
    uint64_t errors = lg_figures_errors(f);
    add_count(o, "total_requests", f->total);
    add_count(o, "successful_requests", lg_figures_ok(f));
    add_count(o, "error_requests", errors);
    add_rounded(o, "error_rate", f->total > 0 ? 100.0 * (double)errors / (double)f->total : 0);
    add_rounded(o, "throughput", seconds > 0 ? (double)lg_figures_ok(f) / seconds : 0);
}

/* null where no request succeeded: 0 ms would read as very fast. */
static void add_ms_or_null(cJSON *o, const char *name, const struct hist *h, double ns)
{
    if (hist_count(h) > 0)
        add_ms(o, name, ns);
    else
        cJSON_AddNullToObject(o, name);
}

/* Mean, quantiles, extremes, named PREFIX + avg… + SUFFIX. */
static void add_times(cJSON *o, const char *prefix, const char *suffix, const struct hist *h)
{
    static const struct {
        const char *name;
        double q;
    } quantiles[] = {{"p50", 0.5}, {"p95", 0.95}, {"p99", 0.99}, {"p999", 0.999}};
    char name[64];
    (void)snprintf(name, sizeof name, "%savg%s", prefix, suffix);
    add_ms_or_null(o, name, h, hist_mean(h));
    for (size_t i = 0; i < sizeof quantiles / sizeof quantiles[0]; i++) {
        (void)snprintf(name, sizeof name, "%s%s%s", prefix, quantiles[i].name, suffix);
        add_ms_or_null(o, name, h, (double)hist_quantile(h, quantiles[i].q));
    }
    (void)snprintf(name, sizeof name, "%smin%s", prefix, suffix);
    add_ms_or_null(o, name, h, (double)hist_min(h));
    (void)snprintf(name, sizeof name, "%smax%s", prefix, suffix);
    add_ms_or_null(o, name, h, (double)hist_max(h));
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

static void add_usage(cJSON *list, const struct lg_usage *u)
{
    cJSON *o = cJSON_CreateObject();
    add_rounded(o, "second", (double)u->at_ns / (double)NS_PER_S);
    add_rounded(o, "length", (double)u->length_ns / (double)NS_PER_S);
    if (u->cpu_percent >= 0)
        add_rounded(o, "cpu_percent", u->cpu_percent);
    else
        cJSON_AddNullToObject(o, "cpu_percent");
    if (u->memory_bytes >= 0)
        add_rounded(o, "memory_mb", (double)u->memory_bytes / 1024.0 / 1024.0);
    else
        cJSON_AddNullToObject(o, "memory_mb");
    cJSON_AddItemToArray(list, o);
}

static void add_watched(cJSON *o, const struct lg_watch *w)
{
    static const char *const kinds[] = {"pid", "name", "cgroup"};
    if (w->count == 0)
        return;
    cJSON *list = cJSON_AddArrayToObject(o, "watched");
    for (size_t i = 0; i < w->count; i++) {
        const struct lg_watched *d = &w->items[i];
        cJSON *item = cJSON_CreateObject();
        double mean = 0;
        double max = 0;
        cJSON_AddStringToObject(item, "kind", kinds[d->kind]);
        cJSON_AddStringToObject(item, "name", d->name);
        if (lg_watched_cpu_percent(d, &mean, &max)) {
            add_rounded(item, "avg_cpu_percent", mean);
            add_rounded(item, "max_cpu_percent", max);
        }
        if (lg_watched_memory_mb(d, &mean, &max)) {
            add_rounded(item, "avg_memory_mb", mean);
            add_rounded(item, "max_memory_mb", max);
        }
        cJSON *series = cJSON_AddArrayToObject(item, "seconds");
        for (size_t k = 0; k < d->count; k++)
            add_usage(series, &d->series[k]);
        cJSON_AddItemToArray(list, item);
    }
}

static void add_errors(cJSON *o, const struct lg_figures *f)
{
    cJSON *errors = cJSON_AddObjectToObject(o, "errors");
    uint64_t classes[LG_STATUS_MAX / 100] = {0};
    for (int e = LG_REFUSED; e < LG_ERROR_KINDS; e++)
        if (f->errors[e] > 0)
            add_count(errors, lg_error_name((enum lg_error)e), f->errors[e]);
    for (int s = 0; s < LG_STATUS_MAX; s++) {
        char name[24];
        (void)snprintf(name, sizeof name, "status %d", s);
        if (f->status[s] > 0)
            add_count(errors, name, f->status[s]);
        classes[s / 100] += f->status[s];
    }
    cJSON *by_class = cJSON_AddObjectToObject(o, "error_classes");
    for (int k = 0; k < LG_STATUS_MAX / 100; k++) {
        char name[8];
        (void)snprintf(name, sizeof name, "%dxx", k);
        if (classes[k] > 0)
            add_count(by_class, name, classes[k]);
    }
}

static void add_bucket(void *priv, uint32_t index, uint64_t count)
{
    cJSON *pair = cJSON_CreateArray();
    cJSON_AddItemToArray(pair, cJSON_CreateNumber(index));
    cJSON_AddItemToArray(pair, cJSON_CreateNumber((double)count));
    cJSON_AddItemToArray(priv, pair);
}

void lg_json_add_hist(cJSON *o, const char *name, const struct hist *h)
{
    cJSON *histogram = cJSON_AddObjectToObject(o, name);
    cJSON_AddStringToObject(histogram, "unit", "ns");
    cJSON_AddStringToObject(histogram, "scheme", "log-linear-64");
    add_count(histogram, "count", hist_count(h));
    lg_json_add_int64(histogram, "sum_seconds", hist_sum(h) / NS_PER_S);
    lg_json_add_int64(histogram, "sum_rest", hist_sum(h) % NS_PER_S);
    lg_json_add_int64(histogram, "min", hist_min(h));
    lg_json_add_int64(histogram, "max", hist_max(h));
    hist_each(h, add_bucket, cJSON_AddArrayToObject(histogram, "buckets"));
}

static void add_phases(cJSON *o, const struct lg_figures *f)
{
    cJSON *phases = cJSON_AddObjectToObject(o, "phases");
    for (int p = 0; p < LG_PHASES; p++) {
        const struct hist *h = f->phases[p];
        cJSON *item = cJSON_AddObjectToObject(phases, lg_phase_name((enum lg_phase)p));
        add_count(item, "count", hist_count(h));
        add_times(item, "", "", h);
        lg_json_add_hist(item, "histogram", h);
    }
}

/* What a level and an endpoint have in common. */
static void add_details(cJSON *o, const struct lg_figures *f)
{
    add_times(o, "corrected_", "_response_time", f->corrected);
    add_times(o, "", "_start_delay", f->late);
    add_count(o, "late_requests", f->late_1ms);
    if (f->total > 0)
        cJSON_AddNumberToObject(o, "on_time_percent",
                                100.0 * (double)(f->total - f->late_1ms) / (double)f->total);
    else
        cJSON_AddNullToObject(o, "on_time_percent");
    add_count(o, "queued_requests", f->queued);
    add_count(o, "connections_opened", f->opened);
    add_phases(o, f);
    lg_json_add_hist(o, "start_delay_histogram", f->late);
    lg_json_add_hist(o, "corrected_histogram", f->corrected);
    lg_json_add_hist(o, "histogram", f->latency);
}

enum pp_status lg_sample_text(struct buf *b, const struct lg_sample *s)
{
    char plain[LG_SAMPLE_BYTES];
    for (size_t i = 0; i < s->text_bytes; i++) {
        unsigned char c = (unsigned char)s->text[i];
        plain[i] = (c < ' ' && c != '\n' && c != '\t') || c == 0x7f ? '.' : (char)c;
    }
    return text_add_utf8(b, plain, s->text_bytes);
}

static void add_samples(cJSON *o, const struct lg_samples *s, const struct lg_config *c)
{
    cJSON *list = cJSON_AddArrayToObject(o, "error_samples");
    for (size_t i = 0; i < s->count; i++) {
        const struct lg_sample *sample = &s->items[i];
        const struct lg_endpoint *e = &c->endpoints[sample->endpoint];
        cJSON *item = cJSON_CreateObject();
        char error[24];
        struct buf text;
        buf_init(&text, 4 * LG_SAMPLE_BYTES + 1);
        (void)snprintf(error, sizeof error, "status %d", sample->status);
        cJSON_AddStringToObject(
            item, "error", sample->kind == LG_STATUS ? error : lg_error_name((enum lg_error)sample->kind));
        cJSON_AddStringToObject(item, "method", e->method);
        cJSON_AddStringToObject(item, "path", e->path);
        lg_json_add_int64(item, "time_ns", sample->real_ns);
        add_ms(item, "response_time", (double)sample->latency_ns);
        if (lg_sample_text(&text, sample) == PP_OK && text.data != NULL && buf_add_byte(&text, 0) == PP_OK)
            cJSON_AddStringToObject(item, "text", (const char *)text.data);
        buf_fini(&text);
        cJSON_AddItemToArray(list, item);
    }
}

static void add_seconds(cJSON *o, const struct lg_seconds *s)
{
    cJSON *list = cJSON_AddArrayToObject(o, "seconds");
    for (size_t i = 0; i < s->count; i++) {
        const struct lg_second *second = &s->items[i];
        cJSON *item = cJSON_CreateObject();
        add_count(item, "second", i);
        add_count(item, "sent", second->sent);
        add_count(item, "successful", second->ok);
        add_count(item, "errors", second->errors);
        if (second->ok > 0)
            add_ms(item, "max_response_time", (double)second->max_ns);
        else
            cJSON_AddNullToObject(item, "max_response_time");
        cJSON_AddItemToArray(list, item);
    }
}

static cJSON *endpoint_json(const struct lg_endpoint *e, const struct lg_figures *f, double seconds)
{
    cJSON *o = cJSON_CreateObject();
    cJSON_AddStringToObject(o, "method", e->method);
    cJSON_AddStringToObject(o, "path", e->path);
    add_counts(o, f, seconds);
    add_times(o, "", "_response_time", f->latency);
    add_errors(o, f);
    add_details(o, f);
    return o;
}

static void add_load(cJSON *o, const struct lg_result *r)
{
    cJSON_AddStringToObject(o, "load", r->rate > 0 ? "open" : "closed");
    if (r->rate > 0) {
        lg_json_add_int64(o, "rate", r->rate);
        lg_json_add_int64(o, "connections", r->connections);
        add_count(o, "unsent_requests", r->unsent);
    }
    if (r->machines > 1)
        cJSON_AddNumberToObject(o, "machines", (double)r->machines);
    lg_json_add_int64(o, "start_ns", r->start_ns);
    lg_json_add_int64(o, "end_ns", r->end_ns);
    if (r->interrupted)
        cJSON_AddTrueToObject(o, "interrupted");
    if (r->too_many_errors)
        cJSON_AddTrueToObject(o, "stopped_on_errors");
    if (r->unfinished > 0)
        add_count(o, "unfinished_requests", r->unfinished);
    add_ms(o, "dns_lookup", (double)r->lookup_ns);
    add_ms(o, "avg_think_time", (double)r->think_mean_ns);
}

cJSON *lg_result_json(const struct lg_result *r, const struct lg_config *c)
{
    const struct lg_figures *all = lg_stats_all(r->stats);
    double seconds = lg_result_seconds(r);
    cJSON *o = cJSON_CreateObject();
    cJSON_AddStringToObject(o, "framework", c->opt.framework);
    add_count(o, "concurrent_users", r->users);
    add_rounded(o, "duration", seconds);
    add_counts(o, all, seconds);
    add_times(o, "", "_response_time", all->latency);
    add_watch(o, &r->watch);
    add_errors(o, all);
    cJSON_AddNumberToObject(o, "level_id", (double)(r->index + 1));
    add_load(o, r);
    add_seconds(o, lg_stats_seconds(r->stats));
    add_samples(o, lg_stats_samples(r->stats), c);
    add_watched(o, &r->watch);
    cJSON *endpoints = cJSON_AddArrayToObject(o, "endpoints");
    for (size_t i = 0; i < c->endpoint_count; i++)
        cJSON_AddItemToArray(endpoints,
                             endpoint_json(&c->endpoints[i], lg_stats_endpoint(r->stats, i), seconds));
    add_details(o, all);
    /* The last item is missing when memory ran out on the way. */
    if (cJSON_GetObjectItemCaseSensitive(o, "histogram") == NULL) {
        cJSON_Delete(o);
        return NULL;
    }
    return o;
}

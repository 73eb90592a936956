/* summary: the figures of the load generators that are shown beside the probe's
 *
 * Where several made a level together: rates add up, percentiles come from their histograms together. */
#include "view_fmt.h"

#include "base/hist.h"

#include <cJSON.h>
#include <math.h>
#include <string.h>

static double number(const cJSON *o, const char *key)
{
    const cJSON *n = cJSON_GetObjectItemCaseSensitive(o, key);
    return cJSON_IsNumber(n) ? n->valuedouble : -1;
}

/* The probe's latencies of open load count from the intended time on, as do poolload's corrected ones. */
static bool is_open(const cJSON *o)
{
    const char *load = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(o, "load"));
    return load && strcmp(load, "open") == 0;
}

struct view_load view_load_parse(const char *json)
{
    struct view_load l = {.known = false,
                          .throughput = -1,
                          .mean_ms = -1,
                          .p95_ms = -1,
                          .p99_ms = -1,
                          .cpu_percent = -1,
                          .memory_mb = -1};
    cJSON *o = json ? cJSON_Parse(json) : NULL;
    if (cJSON_IsObject(o)) {
        bool open = is_open(o);
        l.known = true;
        l.throughput = number(o, "throughput");
        l.mean_ms = number(o, open ? "corrected_avg_response_time" : "avg_response_time");
        l.p95_ms = number(o, open ? "corrected_p95_response_time" : "p95_response_time");
        l.p99_ms = number(o, open ? "corrected_p99_response_time" : "p99_response_time");
        l.cpu_percent = number(o, "avg_cpu_percent");
        l.memory_mb = number(o, "avg_memory_mb");
    }
    cJSON_Delete(o);
    return l;
}

/* Buckets of poolload's histogram of successful requests, whose scheme is that of base/hist.h; false: there
 * is none. */
static bool add_hist(struct hist *h, const char *json)
{
    cJSON *o = cJSON_Parse(json);
    const cJSON *histogram =
        cJSON_GetObjectItemCaseSensitive(o, is_open(o) ? "corrected_histogram" : "histogram");
    const cJSON *buckets = cJSON_GetObjectItemCaseSensitive(histogram, "buckets"), *pair;
    const char *scheme = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(histogram, "scheme"));
    uint32_t last = hist_bucket_of(INT64_MAX);
    bool ok = cJSON_IsArray(buckets) && scheme && strcmp(scheme, "log-linear-64") == 0;
    if (!ok)
        buckets = NULL;
    cJSON_ArrayForEach(pair, buckets)
    {
        double index = cJSON_GetNumberValue(cJSON_GetArrayItem(pair, 0));
        double count = cJSON_GetNumberValue(cJSON_GetArrayItem(pair, 1));
        ok = ok && index >= 0 && index <= last && count >= 0 && count < 1e15;
        if (!ok)
            break;
        int64_t low = hist_bucket_low((uint32_t)index), high = hist_bucket_high((uint32_t)index);
        hist_add_n(h, low + (high - low) / 2, (uint64_t)count);
    }
    cJSON_Delete(o);
    return ok;
}

static void add(struct view_load *sum, const struct view_load *l)
{
    bool rates = sum->throughput >= 0 && l->throughput >= 0;
    double n = sum->throughput + l->throughput;
    bool means = rates && n > 0 && sum->mean_ms >= 0 && l->mean_ms >= 0;
    sum->mean_ms = means ? (sum->mean_ms * sum->throughput + l->mean_ms * l->throughput) / n : -1;
    sum->throughput = rates ? n : -1;
    sum->cpu_percent = fmax(sum->cpu_percent, l->cpu_percent); /* of the same application, as a rule */
    sum->memory_mb = fmax(sum->memory_mb, l->memory_mb);
}

struct view_load view_load_of(const struct ana_level *level)
{
    struct view_load sum = view_load_parse(level->load_json);
    struct hist *h = level->more_load_count > 0 ? hist_new() : NULL;
    bool all = h && sum.known && add_hist(h, level->load_json);
    for (size_t i = 0; i < level->more_load_count; i++) {
        struct view_load l = view_load_parse(level->more_loads[i]);
        if (!l.known)
            continue;
        if (sum.known)
            add(&sum, &l);
        else
            sum = l;
        all = all && add_hist(h, level->more_loads[i]);
    }
    if (level->more_load_count > 0) {
        sum.p95_ms = all ? (double)hist_quantile(h, 0.95) / 1e6 : -1;
        sum.p99_ms = all ? (double)hist_quantile(h, 0.99) / 1e6 : -1;
    }
    hist_free(&h);
    return sum;
}

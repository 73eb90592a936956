/* summary: reads a level's object of results.json back */
#include "result.h"

#include "base/clock.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const cJSON *get(const cJSON *o, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(o, name);
}

/* Nothing below 0, 0 where it is missing. */
static double number(const cJSON *o, const char *name)
{
    const cJSON *item = get(o, name);
    double v = cJSON_IsNumber(item) ? cJSON_GetNumberValue(item) : 0;
    return v > 0 ? v : 0;
}

static int64_t whole(const cJSON *o, const char *name)
{
    double v = number(o, name);
    return v < 9.2e18 ? (int64_t)v : 0;
}

/* The kind of a name in "errors"; `status` is set for "status N". */
static bool kind_of(const char *name, enum lg_error *kind, int *status)
{
    char *end = NULL;
    *status = 0;
    if (strncmp(name, "status ", 7) == 0) {
        long v = strtol(name + 7, &end, 10);
        *kind = LG_STATUS;
        *status = (int)v;
        return end != name + 7 && *end == 0 && v >= 0 && v < LG_STATUS_MAX;
    }
    for (int e = LG_REFUSED; e < LG_ERROR_KINDS; e++) {
        *kind = (enum lg_error)e;
        if (strcmp(name, lg_error_name(*kind)) == 0)
            return true;
    }
    return false;
}

static bool read_errors(struct lg_figures *f, const cJSON *o)
{
    const cJSON *item = NULL;
    uint64_t errors = 0;
    cJSON_ArrayForEach(item, get(o, "errors"))
    {
        enum lg_error kind = LG_OTHER;
        int status = 0;
        double v = cJSON_IsNumber(item) ? cJSON_GetNumberValue(item) : -1;
        if (!kind_of(item->string, &kind, &status) || !(v >= 0 && v < 9e15))
            return false;
        f->errors[kind] += (uint64_t)v;
        if (kind == LG_STATUS)
            f->status[status] += (uint64_t)v;
        errors += (uint64_t)v;
    }
    f->total = (uint64_t)whole(o, "total_requests");
    f->errors[LG_OK] = f->total - errors;
    return errors <= f->total;
}

static enum pp_status read_figures(struct lg_figures *f, const cJSON *o)
{
    const cJSON *phases = get(o, "phases");
    enum pp_status st = read_errors(f, o) ? PP_OK : PP_INVALID;
    if (st == PP_OK)
        st = lg_json_read_hist(get(o, "histogram"), f->latency);
    if (st == PP_OK)
        st = lg_json_read_hist(get(o, "corrected_histogram"), f->corrected);
    if (st == PP_OK)
        st = lg_json_read_hist(get(o, "start_delay_histogram"), f->late);
    for (int p = 0; st == PP_OK && p < LG_PHASES; p++)
        st = lg_json_read_hist(get(get(phases, lg_phase_name((enum lg_phase)p)), "histogram"), f->phases[p]);
    f->late_1ms = (uint64_t)whole(o, "late_requests");
    f->queued = (uint64_t)whole(o, "queued_requests");
    f->opened = (uint64_t)whole(o, "connections_opened");
    if (st == PP_OK && (hist_count(f->latency) != f->errors[LG_OK] || hist_count(f->late) != f->total))
        st = PP_INVALID;
    return st;
}

static enum pp_status read_seconds(struct lg_seconds *s, const cJSON *list)
{
    const cJSON *item = NULL;
    cJSON_ArrayForEach(item, list)
    {
        int64_t i = whole(item, "second");
        struct lg_second *to = i < LG_SECONDS_MAX ? lg_seconds_at(s, i * NS_PER_S) : NULL;
        if (to == NULL)
            return PP_INVALID;
        to->sent += (uint64_t)whole(item, "sent");
        to->ok += (uint64_t)whole(item, "successful");
        to->errors += (uint64_t)whole(item, "errors");
        int64_t max_ns = (int64_t)round(fmin(number(item, "max_response_time"), 1e12) * 1e6);
        to->max_ns = max_ns > to->max_ns ? max_ns : to->max_ns;
    }
    return PP_OK;
}

static const char *text_of(const cJSON *o, const char *name)
{
    const char *text = cJSON_GetStringValue(get(o, name));
    return text != NULL ? text : "";
}

static bool find_endpoint(const struct lg_config *c, const cJSON *o, size_t *i)
{
    for (*i = 0; *i < c->endpoint_count; (*i)++)
        if (strcmp(c->endpoints[*i].method, text_of(o, "method")) == 0 &&
            strcmp(c->endpoints[*i].path, text_of(o, "path")) == 0)
            return true;
    return false;
}

static void read_samples(struct lg_samples *s, const cJSON *list, const struct lg_config *c)
{
    const cJSON *item = NULL;
    cJSON_ArrayForEach(item, list)
    {
        struct lg_sample sample = {.real_ns = whole(item, "time_ns")};
        enum lg_error kind = LG_OTHER;
        if (!kind_of(text_of(item, "error"), &kind, &sample.status) ||
            !find_endpoint(c, item, &sample.endpoint))
            continue;
        sample.kind = (int)kind;
        sample.latency_ns = (int64_t)(fmin(number(item, "response_time"), 1e12) * 1e6);
        const char *text = text_of(item, "text");
        lg_samples_add(s, &sample, text, strlen(text));
    }
}

static enum pp_status read_series(struct lg_watched *d, const cJSON *list)
{
    const cJSON *item = NULL;
    cJSON_ArrayForEach(item, list)
    {
        struct lg_usage u = {.at_ns = (int64_t)(fmin(number(item, "second"), 1e6) * 1e9),
                             .length_ns = (int64_t)(fmin(number(item, "length"), 1e6) * 1e9),
                             .cpu_percent = -1,
                             .memory_bytes = -1};
        if (cJSON_IsNumber(get(item, "cpu_percent")))
            u.cpu_percent = number(item, "cpu_percent");
        if (cJSON_IsNumber(get(item, "memory_mb")))
            u.memory_bytes = (int64_t)(fmin(number(item, "memory_mb"), 1e9) * 1024 * 1024);
        if (lg_watched_push(d, &u) != PP_OK)
            return PP_NOMEM;
    }
    return PP_OK;
}

static enum pp_status read_watched(struct lg_watch *w, const cJSON *list)
{
    const cJSON *item = NULL;
    enum pp_status st = PP_OK;
    cJSON_ArrayForEach(item, list)
    {
        const char *kind = text_of(item, "kind");
        st = strcmp(kind, "cgroup") == 0 ? lg_watch_add_cgroup(w, text_of(item, "name"))
                                         : lg_watch_add_process(w, text_of(item, "name"));
        if (st == PP_OK)
            st = read_series(&w->items[w->count - 1], get(item, "seconds"));
        if (st != PP_OK)
            break;
    }
    return st;
}

/* The first level names the endpoints, the others must have the same. */
static enum pp_status read_endpoint_names(struct lg_config *c, const cJSON *list, struct pp_err *err)
{
    size_t n = (size_t)cJSON_GetArraySize(list);
    bool first = c->endpoint_count == 0;
    if (n == 0 || n > OPT_LIST_MAX || (!first && n != c->endpoint_count))
        return pp_err_set(err, PP_INVALID, "it has %zu endpoints, the one before %zu", n, c->endpoint_count);
    for (size_t i = 0; i < n; i++) {
        const cJSON *o = cJSON_GetArrayItem(list, (int)i);
        const char *method = text_of(o, "method");
        struct lg_endpoint *e = &c->endpoints[i];
        if (first) {
            (void)snprintf(e->method, sizeof e->method, "%s", method);
            e->path = strdup(text_of(o, "path"));
            if (e->path == NULL)
                return pp_err_set(err, PP_NOMEM, "out of memory");
            c->endpoint_count++;
        } else if (strcmp(e->method, method) != 0 || strcmp(e->path, text_of(o, "path")) != 0) {
            return pp_err_set(err, PP_INVALID, "its endpoint %zu is \"%s %s\", not \"%s %s\"", i + 1, method,
                              text_of(o, "path"), e->method, e->path);
        }
    }
    return PP_OK;
}

static void read_head(struct lg_result *r, const cJSON *o)
{
    int64_t id = whole(o, "level_id");
    *r = (struct lg_result){.index = id > 0 ? (size_t)id - 1 : 0,
                            .users = (size_t)whole(o, "concurrent_users"),
                            .rate = whole(o, "rate"),
                            .connections = whole(o, "connections"),
                            .machines = (size_t)whole(o, "machines"),
                            .start_ns = whole(o, "start_ns"),
                            .end_ns = whole(o, "end_ns"),
                            .interrupted = cJSON_IsTrue(get(o, "interrupted")),
                            .too_many_errors = cJSON_IsTrue(get(o, "stopped_on_errors")),
                            .unfinished = (uint64_t)whole(o, "unfinished_requests"),
                            .unsent = (uint64_t)whole(o, "unsent_requests")};
    r->lookup_ns = (int64_t)(fmin(number(o, "dns_lookup"), 1e9) * 1e6);
    r->think_mean_ns = (int64_t)(fmin(number(o, "avg_think_time"), 1e9) * 1e6);
    if (r->end_ns < r->start_ns)
        r->end_ns = r->start_ns;
    /* Of the two times a double holds the 256 ns next to them, of a round duration all. */
    int64_t length_ns = (int64_t)(fmin(number(o, "duration"), 1e6) * 1e9);
    if (llabs(r->end_ns - r->start_ns - length_ns) < NS_PER_US)
        r->end_ns = r->start_ns + length_ns;
}

enum pp_status lg_result_read(struct lg_result *r, struct lg_config *c, const cJSON *o, struct pp_err *err)
{
    *r = (struct lg_result){.stats = NULL};
    if (!cJSON_IsObject(o) || !cJSON_IsArray(get(o, "endpoints")))
        return pp_err_set(err, PP_INVALID, "it is not a level of poolload's results");
    enum pp_status st = read_endpoint_names(c, get(o, "endpoints"), err);
    if (st != PP_OK)
        return st;
    read_head(r, o);
    r->stats = lg_stats_new(c->endpoint_count);
    if (r->stats == NULL)
        return pp_err_set(err, PP_NOMEM, "out of memory");
    st = read_figures(lg_stats_edit(r->stats, c->endpoint_count), o);
    for (size_t i = 0; st == PP_OK && i < c->endpoint_count; i++)
        st = read_figures(lg_stats_edit(r->stats, i), cJSON_GetArrayItem(get(o, "endpoints"), (int)i));
    if (st == PP_OK)
        st = read_seconds(lg_stats_edit_seconds(r->stats), get(o, "seconds"));
    if (st == PP_OK)
        st = read_watched(&r->watch, get(o, "watched"));
    read_samples(lg_stats_edit_samples(r->stats), get(o, "error_samples"), c);
    if (st == PP_OK)
        return PP_OK;
    lg_result_fini(r);
    return pp_err_set(err, st,
                      st == PP_NOMEM
                          ? "out of memory"
                          : "its counts and histograms are missing or do not agree; was it written by "
                            "this version of poolload?");
}

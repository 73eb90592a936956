/* summary: the comparison as JSON, schema "poolprobe.diff/1" (docs/report-schema.md) */
#include "analysis.h"
#include "base/clock.h"
#include "view_fmt.h"
#include "view_json.h"
#include "view_parts.h"

static void add_change(struct view_json *j, cJSON *o, const struct ana_level *a, const struct ana_level *b)
{
    static const struct {
        const char *key;
        double q;
    } points[] = {{"p50_ms", 0.50}, {"p95_ms", 0.95}, {"p99_ms", 0.99}};
    cJSON *c = view_json_object(j, o, "change");
    view_json_double(j, c, "throughput", b->throughput - a->throughput);
    view_json_double(j, c, "mean_ms",
                     (view_lat_mean_ns(&b->latency) - view_lat_mean_ns(&a->latency)) / (double)NS_PER_MS);
    for (size_t i = 0; i < sizeof points / sizeof points[0]; i++)
        view_json_double(j, c, points[i].key,
                         (view_lat_quantile_ns(&b->latency, points[i].q) -
                          view_lat_quantile_ns(&a->latency, points[i].q)) /
                             (double)NS_PER_MS);
    cJSON *budget = view_json_object(j, c, "budget");
    for (int i = 0; i < ANA_LINE_COUNT; i++)
        view_json_double(j, budget, ana_line_key((enum ana_line)i),
                         view_budget_ms(&b->budget, b->budget.ns[i]) -
                             view_budget_ms(&a->budget, a->budget.ns[i]));
}

static void add_interval(struct view_json *j, cJSON *parent, const char *key, const struct ana_change *c)
{
    cJSON *o = view_json_object(j, parent, key);
    view_json_double(j, o, "low", c->low);
    view_json_double(j, o, "high", c->high);
    view_json_double(j, o, "detectable", c->detectable);
}

static void add_lines(struct view_json *j, cJSON *parent, const char *key, const struct ana_budget *b)
{
    cJSON *o = view_json_object(j, parent, key);
    for (int i = 0; i < ANA_LINE_COUNT; i++)
        view_json_ms(j, o, ana_line_key((enum ana_line)i), b->ns[i]);
}

/* Changes of the lines, and their intervals where there are any. */
static void add_line_changes(struct view_json *j, cJSON *parent, const struct ana_change *lines)
{
    cJSON *by = view_json_object(j, parent, "change");
    for (int i = 0; i < ANA_LINE_COUNT; i++)
        view_json_double(j, by, ana_line_key((enum ana_line)i), lines[i].b - lines[i].a);
    if (!lines[0].known) {
        view_json_null(j, parent, "change_interval");
        return;
    }
    cJSON *o = view_json_object(j, parent, "change_interval");
    for (int i = 0; i < ANA_LINE_COUNT; i++)
        add_interval(j, o, ana_line_key((enum ana_line)i), &lines[i]);
}

static void add_percentiles(struct view_json *j, cJSON *parent, const struct ana_diff_level *l)
{
    cJSON *list = view_json_array(j, parent, "percentiles");
    for (int i = 0; i < ANA_DIFF_PERCENTILES; i++) {
        const struct ana_diff_percentile *p = &l->percentiles[i];
        if (!p->known)
            continue;
        cJSON *o = view_json_object(j, list, NULL);
        view_json_double(j, o, "quantile", p->q);
        view_json_uint(j, o, "requests_a", p->window_a);
        view_json_uint(j, o, "requests_b", p->window_b);
        add_lines(j, o, "a", &p->a);
        add_lines(j, o, "b", &p->b);
        add_line_changes(j, o, p->lines);
    }
}

/* The change of the throughput in parts; null where it does not follow from the latency. */
static void add_throughput(struct view_json *j, cJSON *parent, const struct ana_diff_level *l)
{
    if (!l->rate_known) {
        view_json_null(j, parent, "throughput_change");
        return;
    }
    cJSON *o = view_json_object(j, parent, "throughput_change");
    add_line_changes(j, o, l->rate_parts);
    const struct ana_change *rest = &l->rate_parts[ANA_LINE_COUNT];
    view_json_double(j, o, "between_requests", rest->b - rest->a);
    if (rest->known)
        add_interval(j, o, "between_requests_interval", rest);
    else
        view_json_null(j, o, "between_requests_interval");
}

/* change and change_interval of an endpoint's or a query's latency. */
static void add_item_change(struct view_json *j, cJSON *parent, bool both, const struct ana_change *mean_ms,
                            const struct ana_change *p95_ms)
{
    if (!both) {
        view_json_null(j, parent, "change");
        view_json_null(j, parent, "change_interval");
        return;
    }
    cJSON *by = view_json_object(j, parent, "change");
    view_json_double(j, by, "mean_ms", mean_ms->b - mean_ms->a);
    view_json_double(j, by, "p95_ms", p95_ms->b - p95_ms->a);
    if (!mean_ms->known) {
        view_json_null(j, parent, "change_interval");
        return;
    }
    cJSON *o = view_json_object(j, parent, "change_interval");
    add_interval(j, o, "mean_ms", mean_ms);
    add_interval(j, o, "p95_ms", p95_ms);
}

/* What the change lies between, null where a level is too short to tell. */
static void add_intervals(struct view_json *j, cJSON *parent, const struct ana_diff_level *l)
{
    if (l->blocks_a == 0) {
        view_json_null(j, parent, "change_interval");
        return;
    }
    cJSON *o = view_json_object(j, parent, "change_interval");
    view_json_uint(j, o, "resamples", ANA_RESAMPLES);
    view_json_uint(j, o, "blocks_a", l->blocks_a);
    view_json_uint(j, o, "blocks_b", l->blocks_b);
    view_json_double(j, o, "block_ms", l->block_ms);
    add_interval(j, o, "throughput", &l->throughput);
    add_interval(j, o, "mean_ms", &l->mean_ms);
    add_interval(j, o, "p50_ms", &l->p50_ms);
    add_interval(j, o, "p95_ms", &l->p95_ms);
    add_interval(j, o, "p99_ms", &l->p99_ms);
    if (!l->lines[0].known) {
        view_json_null(j, o, "budget");
        return;
    }
    cJSON *budget = view_json_object(j, o, "budget");
    for (int i = 0; i < ANA_LINE_COUNT; i++)
        add_interval(j, budget, ana_line_key((enum ana_line)i), &l->lines[i]);
}

static void add_levels(struct view_json *j, cJSON *root, const struct ana_diff *d)
{
    cJSON *levels = view_json_array(j, root, "levels");
    for (size_t i = 0; i < d->level_count; i++) {
        const struct ana_diff_level *l = &d->levels[i];
        cJSON *o = view_json_object(j, levels, NULL);
        if (l->users)
            view_json_uint(j, o, "users", l->users);
        else
            view_json_null(j, o, "users");
        if (l->a)
            view_json_level(j, view_json_object(j, o, "a"), l->a);
        else
            view_json_null(j, o, "a");
        if (l->b)
            view_json_level(j, view_json_object(j, o, "b"), l->b);
        else
            view_json_null(j, o, "b");
        if (l->a && l->b)
            add_change(j, o, l->a, l->b);
        else
            view_json_null(j, o, "change");
        add_intervals(j, o, l);
        add_percentiles(j, o, l);
        add_throughput(j, o, l);
    }
}

static void add_apps(struct view_json *j, cJSON *root, const struct ana_diff *d)
{
    cJSON *apps = view_json_array(j, root, "applications");
    for (size_t i = 0; i < d->app_count; i++) {
        const struct ana_diff_app *x = &d->apps[i];
        bool both = x->a && x->b;
        cJSON *o = view_json_object(j, apps, NULL);
        view_json_text(j, o, "a", x->a ? x->a->http_server : NULL);
        view_json_text(j, o, "b", x->b ? x->b->http_server : NULL);
        view_json_text(j, o, "matched_by", both ? ana_app_key_name(x->by) : NULL);
        view_json_text(j, o, "sign", both ? x->a->known_by[x->by] : NULL);
    }
}

static void add_causes(struct view_json *j, cJSON *root, const struct ana_diff *d)
{
    cJSON *causes = view_json_array(j, root, "causes");
    for (size_t i = 0; i < d->cause_count; i++) {
        cJSON *o = view_json_object(j, causes, NULL);
        view_json_text(j, o, "cause", d->causes[i].cause);
        view_json_text(j, o, "verdict", ana_verdict_name(d->causes[i].verdict));
        view_json_text(j, o, "evidence", d->causes[i].evidence);
        view_json_text(j, o, "against", d->causes[i].against);
    }
}

static void add_settings(struct view_json *j, cJSON *root, const struct ana_diff *d)
{
    cJSON *settings = view_json_array(j, root, "settings");
    for (size_t i = 0; i < d->setting_count; i++) {
        cJSON *o = view_json_object(j, settings, NULL);
        view_json_text(j, o, "scope", d->settings[i].scope);
        view_json_text(j, o, "name", d->settings[i].name);
        view_json_text(j, o, "a", d->settings[i].a);
        view_json_text(j, o, "b", d->settings[i].b);
    }
}

static void add_side(struct view_json *j, cJSON *o, const char *key, const struct ana_query *q)
{
    if (q)
        view_json_query(j, view_json_object(j, o, key), q);
    else
        view_json_null(j, o, key);
}

static void add_endpoint(struct view_json *j, cJSON *parent, const char *key, const struct ana_endpoint *e)
{
    if (!e) {
        view_json_null(j, parent, key);
        return;
    }
    cJSON *o = view_json_object(j, parent, key);
    view_json_uint(j, o, "requests", e->requests);
    view_json_uint(j, o, "errors", e->errors);
    view_json_uint(j, o, "incomplete", e->incomplete);
    view_json_latency(j, o, "latency", &e->latency);
}

static void add_endpoints(struct view_json *j, cJSON *root, const struct ana_diff *d)
{
    cJSON *endpoints = view_json_array(j, root, "endpoints");
    for (size_t i = 0; i < d->endpoint_count; i++) {
        cJSON *o = view_json_object(j, endpoints, NULL);
        view_json_text(j, o, "method", d->endpoints[i].method);
        view_json_text(j, o, "route", d->endpoints[i].route);
        add_endpoint(j, o, "a", d->endpoints[i].a);
        add_endpoint(j, o, "b", d->endpoints[i].b);
        add_item_change(j, o, d->endpoints[i].a && d->endpoints[i].b, &d->endpoints[i].mean_ms,
                        &d->endpoints[i].p95_ms);
    }
}

static void add_queries(struct view_json *j, cJSON *root, const struct ana_diff *d)
{
    cJSON *queries = view_json_array(j, root, "queries");
    for (size_t i = 0; i < d->query_count; i++) {
        cJSON *o = view_json_object(j, queries, NULL);
        view_json_text(j, o, "text", d->queries[i].text);
        add_side(j, o, "a", d->queries[i].a);
        add_side(j, o, "b", d->queries[i].b);
        add_item_change(j, o, d->queries[i].a && d->queries[i].b, &d->queries[i].mean_ms,
                        &d->queries[i].p95_ms);
    }
}

void view_json_diff(struct view_out *out, const struct ana_diff *d)
{
    struct view_json j = {out};
    cJSON *root = cJSON_CreateObject();
    view_json_text(&j, root, "schema", "poolprobe.diff/1");
    view_json_run(&j, root, "run_a", d->a);
    view_json_run(&j, root, "run_b", d->b);
    view_json_capture(&j, root, "capture_a", d->a);
    view_json_capture(&j, root, "capture_b", d->b);
    view_json_verdict(&j, root, d->verdict);
    add_apps(&j, root, d);
    add_causes(&j, root, d);
    add_levels(&j, root, d);
    add_settings(&j, root, d);
    add_endpoints(&j, root, d);
    add_queries(&j, root, d);
    view_json_print(&j, root);
}

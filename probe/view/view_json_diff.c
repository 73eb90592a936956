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

static void add_queries(struct view_json *j, cJSON *root, const struct ana_diff *d)
{
    cJSON *queries = view_json_array(j, root, "queries");
    for (size_t i = 0; i < d->query_count; i++) {
        cJSON *o = view_json_object(j, queries, NULL);
        view_json_text(j, o, "text", d->queries[i].text);
        add_side(j, o, "a", d->queries[i].a);
        add_side(j, o, "b", d->queries[i].b);
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
    add_causes(&j, root, d);
    add_levels(&j, root, d);
    add_settings(&j, root, d);
    add_queries(&j, root, d);
    view_json_print(&j, root);
}

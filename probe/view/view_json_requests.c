/* summary: JSON of the joined requests: waits, budgets of the slowest, how joins were made */
#include "analysis.h"
#include "base/clock.h"
#include "view_fmt.h"
#include "view_json.h"

void view_json_waiting(struct view_json *j, cJSON *parent, const struct ana_waiting *w)
{
    view_json_latency(j, parent, "wait", &w->latency);
    cJSON *o = view_json_object(j, parent, "wait_interval");
    view_json_double(j, o, "low", w->mean_low_ns / (double)NS_PER_MS);
    view_json_double(j, o, "high", w->mean_high_ns / (double)NS_PER_MS);
}

void view_json_budget_object(struct view_json *j, cJSON *parent, const char *key, const struct ana_budget *b)
{
    cJSON *o = view_json_object(j, parent, key);
    view_json_uint(j, o, "requests", b->requests);
    view_json_double(j, o, "mean_ms", view_budget_ms(b, b->total_ns));
    view_json_budget(j, o, b);
}

void view_json_joins(struct view_json *j, cJSON *parent, const struct ana_report *r)
{
    const struct ana_joins *x = &r->joins;
    double all = (double)(x->exact + x->inferred + x->none);
    cJSON *o = view_json_object(j, parent, "joins");
    view_json_uint(j, o, "checkouts", x->exact + x->inferred + x->none);
    view_json_double(j, o, "exact", all > 0 ? (double)x->exact / all : 0);
    view_json_double(j, o, "inferred", all > 0 ? (double)x->inferred / all : 0);
    view_json_double(j, o, "none", all > 0 ? (double)x->none / all : 0);
    view_json_double(j, o, "confidence", x->confidence);
}

/* summary: what the wire alone shows of a pool as JSON (docs/report-schema.md, pools[].wire)
 */
#include "analysis.h"
#include "base/clock.h"
#include "view_json.h"

static void add_points(struct view_json *j, cJSON *o, const struct ana_pool_wire *w)
{
    cJSON *a = view_json_array(j, o, "points");
    for (size_t i = 0; i < w->point_count; i++) {
        const struct ana_pool_point *x = &w->points[i];
        cJSON *p = view_json_object(j, a, NULL);
        view_json_time(j, p, "start_ns", x->start_ns);
        view_json_uint(j, p, "open_max", x->open_max);
        view_json_double(j, p, "busy", x->busy);
        view_json_double(j, p, "saturated", x->saturated);
        view_json_uint(j, p, "dials", x->dials);
    }
    view_json_ms(j, o, "point_ms", w->point_ns);
}

static void add_reuse(struct view_json *j, cJSON *parent, const struct ana_pool_wire *w)
{
    cJSON *o = view_json_object(j, parent, "reuse");
    view_json_text(j, o, "order", ana_reuse_name(w->reuse));
    view_json_uint(j, o, "choices", w->choices);
    view_json_uint(j, o, "longest_idle", w->longest);
    view_json_uint(j, o, "shortest_idle", w->shortest);
    view_json_double(j, o, "chance", w->chance);
}

static void add_dialling(struct view_json *j, cJSON *parent, const struct ana_pool_wire *w)
{
    cJSON *o = view_json_object(j, parent, "dialling");
    view_json_text(j, o, "order", ana_dialling_name(w->dialling));
    view_json_uint(j, o, "contested", w->contested);
    view_json_uint(j, o, "overlapped", w->overlapped);
    view_json_uint(j, o, "at_once_max", w->dials_max);
    view_json_uint(j, o, "given_back", w->given_back);
    view_json_uint(j, o, "taken", w->taken);
    view_json_latency(j, o, "tcp", &w->tcp);
    view_json_latency(j, o, "greeting", &w->greeting);
    view_json_latency(j, o, "auth", &w->auth);
    view_json_latency(j, o, "init", &w->init);
    view_json_text(j, o, "init_commands", w->init_commands);
}

static void add_recycling(struct view_json *j, cJSON *parent, const struct ana_pool_wire *w)
{
    cJSON *o = view_json_object(j, parent, "recycling");
    bool known = w->recycling == ANA_RECYCLING_AGE || w->recycling == ANA_RECYCLING_IDLE ||
                 w->recycling == ANA_RECYCLING_USES;
    view_json_text(j, o, "by", ana_recycling_name(w->recycling));
    view_json_uint(j, o, "closed", w->closed);
    if (known) {
        view_json_double(j, o, "low", w->recycle_low);
        view_json_double(j, o, "mid", w->recycle_mid);
        view_json_double(j, o, "high", w->recycle_high);
    } else {
        view_json_null(j, o, "low");
        view_json_null(j, o, "mid");
        view_json_null(j, o, "high");
    }
    view_json_latency(j, o, "lifetime", &w->lifetime);
}

static void add_holds(struct view_json *j, cJSON *o, const struct ana_pool_wire *w)
{
    cJSON *a = view_json_array(j, o, "holds");
    for (size_t i = 0; i < w->hold_count; i++) {
        const struct ana_pool_hold *x = &w->holds[i];
        cJSON *h = view_json_object(j, a, NULL);
        view_json_text(j, h, "text", x->text);
        view_json_uint(j, h, "statements", x->statements);
        view_json_uint(j, h, "checkouts", x->checkouts);
        view_json_double(j, h, "share", x->share);
        view_json_double(j, h, "hold_ms", x->hold_ms);
    }
    view_json_double(j, o, "hold_idle", w->hold_idle);
    cJSON *list = view_json_array(j, o, "endpoint_holds");
    for (size_t i = 0; i < w->endpoint_hold_count; i++) {
        const struct ana_endpoint_hold *x = &w->endpoint_holds[i];
        cJSON *h = view_json_object(j, list, NULL);
        view_json_text(j, h, "method", x->method);
        view_json_text(j, h, "route", x->route);
        view_json_uint(j, h, "checkouts", x->checkouts);
        view_json_double(j, h, "share", x->share);
        view_json_double(j, h, "hold_ms", x->hold_ms);
        view_json_double(j, h, "idle", x->idle);
    }
    view_json_double(j, o, "hold_other_endpoints", w->hold_other_endpoints);
    view_json_double(j, o, "hold_unjoined", w->hold_unjoined);
}

void view_json_pool_wire(struct view_json *j, cJSON *parent, const struct ana_pool *p)
{
    if (p->wire.point_count == 0) {
        view_json_null(j, parent, "wire");
        return;
    }
    cJSON *o = view_json_object(j, parent, "wire");
    add_reuse(j, o, &p->wire);
    add_dialling(j, o, &p->wire);
    add_recycling(j, o, &p->wire);
    add_holds(j, o, &p->wire);
    add_points(j, o, &p->wire);
}

void view_json_pool_vantage(struct view_json *j, cJSON *parent, const struct ana_pool *p)
{
    cJSON *o = view_json_object(j, parent, "vantage");
    view_json_text(j, o, "place", ana_place_name(p->vantage.place));
    view_json_latency(j, o, "to_server", &p->vantage.to_server);
    view_json_latency(j, o, "to_client", &p->vantage.to_client);
}

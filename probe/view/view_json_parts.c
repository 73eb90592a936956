/* summary: JSON parts that the report and the comparison share: latency, budget, level, query, run, capture
 */
#include "analysis.h"
#include "base/clock.h"
#include "base/text.h"
#include "view_fmt.h"
#include "view_json.h"

#include <inttypes.h>
#include <string.h>

void view_json_latency(struct view_json *j, cJSON *parent, const char *key, const struct ana_latency *l)
{
    static const struct {
        const char *key;
        double q;
    } points[] = {{"p50_ms", 0.50}, {"p95_ms", 0.95}, {"p99_ms", 0.99}, {"p999_ms", 0.999}};
    cJSON *o = view_json_object(j, parent, key);
    bool any = view_lat_count(l) > 0;
    view_json_uint(j, o, "count", view_lat_count(l));
    view_json_ms(j, o, "sum_ms", any ? hist_sum(l->hist) : 0);
    view_json_double(j, o, "mean_ms", view_lat_mean_ns(l) / (double)NS_PER_MS);
    view_json_ms(j, o, "min_ms", any ? hist_min(l->hist) : 0);
    for (size_t i = 0; i < sizeof points / sizeof points[0]; i++)
        view_json_ms(j, o, points[i].key, any ? hist_quantile(l->hist, points[i].q) : 0);
    view_json_ms(j, o, "max_ms", any ? hist_max(l->hist) : 0);
}

void view_json_budget(struct view_json *j, cJSON *parent, const struct ana_budget *b)
{
    cJSON *o = view_json_object(j, parent, "budget");
    cJSON *intervals = view_json_object(j, parent, "budget_interval");
    for (int i = 0; i < ANA_LINE_COUNT; i++) {
        const char *key = ana_line_key((enum ana_line)i);
        view_json_double(j, o, key, view_budget_ms(b, b->ns[i]));
        cJSON *interval = view_json_object(j, intervals, key);
        view_json_double(j, interval, "low", view_budget_ms(b, b->low_ns[i]));
        view_json_double(j, interval, "high", view_budget_ms(b, b->high_ns[i]));
    }
    view_json_bool(j, parent, "budget_identified", b->identified);
    view_json_text(j, parent, "budget_why_not", b->why_not);
}

/* What a load generator wrote, as it is; NULL where it is no JSON. */
static cJSON *load_of(struct view_json *j, const char *json)
{
    struct buf b;
    cJSON *load = NULL;
    buf_init(&b, SIZE_MAX / 4);
    if (json) { /* cJSON lets bytes through that are no UTF-8 */
        enum pp_status st = text_add_utf8(&b, json, strlen(json));
        if (st == PP_OK)
            st = buf_add_byte(&b, 0);
        if (st == PP_OK)
            load = cJSON_Parse((const char *)b.data);
        view_out_fail(j->out, st);
    }
    buf_fini(&b);
    return load;
}

static void add_load(struct view_json *j, cJSON *object, const struct ana_level *l)
{
    cJSON *load = load_of(j, l->load_json);
    if (load == NULL)
        view_json_null(j, object, "load");
    else if (!cJSON_AddItemToObject(object, "load", load))
        cJSON_Delete(load);
    cJSON *more = view_json_array(j, object, "more_loads");
    for (size_t i = 0; i < l->more_load_count; i++) {
        load = load_of(j, l->more_loads[i]);
        if (load != NULL && !cJSON_AddItemToArray(more, load))
            cJSON_Delete(load);
    }
}

static void add_statement_parts(struct view_json *j, cJSON *object, const struct ana_level *l)
{
    const struct ana_statement_parts *p = &l->parts;
    if (!p->known) {
        view_json_null(j, object, "statement_parts");
        return;
    }
    cJSON *o = view_json_object(j, object, "statement_parts");
    view_json_double(j, o, "server_execution", view_budget_ms(&l->budget, p->execution_ns));
    if (p->lock_known)
        view_json_double(j, o, "row_lock_wait", view_budget_ms(&l->budget, p->lock_ns));
    else
        view_json_null(j, o, "row_lock_wait");
    view_json_double(j, o, "result_transfer", view_budget_ms(&l->budget, p->transfer_ns));
}

void view_json_level(struct view_json *j, cJSON *o, const struct ana_level *l)
{
    view_json_uint(j, o, "id", l->id);
    if (l->users)
        view_json_uint(j, o, "users", l->users);
    else
        view_json_null(j, o, "users");
    view_json_text(j, o, "http_server", l->http_server);
    view_json_time(j, o, "start_ns", l->start_ns);
    view_json_time(j, o, "end_ns", l->end_ns);
    view_json_uint(j, o, "requests", l->requests);
    view_json_uint(j, o, "errors", l->errors);
    view_json_uint(j, o, "incomplete", l->incomplete);
    view_json_double(j, o, "throughput", l->throughput);
    view_json_latency(j, o, "latency", &l->latency);
    view_json_budget(j, o, &l->budget);
    add_statement_parts(j, o, l);
    view_json_waiting(j, o, &l->wait);
    view_json_budget_object(j, o, "joined", &l->joined);
    view_json_budget_object(j, o, "slowest", &l->slowest);
    view_json_double(j, o, "saturated", l->saturated);
    view_json_double(j, o, "dialling", l->dialling);
    view_json_double(j, o, "mean_in_flight", l->mean_in_flight);
    view_json_double(j, o, "mean_busy", l->mean_busy);
    view_json_double(j, o, "mean_open", l->mean_open);
    view_json_uint(j, o, "statements", l->statements);
    view_json_uint(j, o, "transactions", l->txns);
    view_json_host(j, o, l);
    view_json_limits(j, o, l);
    add_load(j, o, l);
    view_json_server_sum(j, o, "server", &l->server);
}

void view_json_query(struct view_json *j, cJSON *o, const struct ana_query *q)
{
    char digest[20];
    (void)snprintf(digest, sizeof digest, "%016" PRIx64, q->digest);
    view_json_text(j, o, "digest", digest);
    view_json_text(j, o, "text", q->text);
    view_json_uint(j, o, "count", q->count);
    view_json_uint(j, o, "errors", q->errors);
    view_json_uint(j, o, "voided", q->voided);
    view_json_uint(j, o, "rows", q->rows);
    view_json_uint(j, o, "request_bytes", q->req_bytes);
    view_json_uint(j, o, "response_bytes", q->resp_bytes);
    view_json_double(j, o, "share", q->share);
    view_json_latency(j, o, "latency", &q->latency);
    view_json_query_server(j, o, q);
}

void view_json_run(struct view_json *j, cJSON *parent, const char *key, const struct ana_report *r)
{
    cJSON *o = view_json_object(j, parent, key);
    view_json_text(j, o, "path", r->path);
    view_json_text(j, o, "version", r->version);
    view_json_text(j, o, "command", r->command);
    view_json_time(j, o, "start_ns", r->start_ns);
    view_json_time(j, o, "end_ns", r->end_ns);
    view_json_double(j, o, "duration_s", (double)(r->end_ns - r->start_ns) / (double)NS_PER_S);
}

static void counters_json(struct view_json *j, cJSON *parent, const char *key, const struct ana_capture *c,
                          enum ana_counter_group group)
{
    struct ana_counter all[ANA_COUNTER_COUNT];
    cJSON *o = view_json_object(j, parent, key);
    ana_counters(c, all);
    for (size_t i = 0; i < ANA_COUNTER_COUNT; i++)
        if (all[i].group == group)
            view_json_uint(j, o, all[i].name, all[i].count);
}

void view_json_capture(struct view_json *j, cJSON *parent, const char *key, const struct ana_report *r)
{
    const struct ana_capture *c = &r->capture;
    cJSON *o = view_json_object(j, parent, key);
    view_json_text(j, o, "source", c->source);
    view_json_uint(j, o, "packets", c->packets);
    view_json_uint(j, o, "bytes", c->bytes);
    view_json_uint(j, o, "kernel_drops", c->kernel_drops);
    view_json_uint(j, o, "gaps", c->gaps);
    view_json_uint(j, o, "gap_bytes", c->gap_bytes);
    view_json_uint(j, o, "statements", c->statements);
    view_json_uint(j, o, "voided_statements", c->voided_statements);
    view_json_uint(j, o, "voided_transactions", c->voided_txns);
    view_json_uint(j, o, "incomplete_requests", c->incomplete_requests);
    view_json_uint(j, o, "store_drops", c->store_drops);
    view_json_uint(j, o, "tls_connections", c->tls_connections);
    view_json_uint(j, o, "compressed_connections", c->compressed_connections);
    view_json_uint(j, o, "x_connections", c->x_connections);
    counters_json(j, o, "limits", c, ANA_LIMIT);
    counters_json(j, o, "wire", c, ANA_WIRE);
    if (c->cpu_seconds >= 0)
        view_json_double(j, o, "cpu_seconds", c->cpu_seconds);
    else
        view_json_null(j, o, "cpu_seconds");
    if (c->cpu_seconds >= 0 && c->packets > 0)
        view_json_double(j, o, "cpu_us_per_packet", c->cpu_seconds * 1e6 / (double)c->packets);
    else
        view_json_null(j, o, "cpu_us_per_packet");
    view_json_bool(j, o, "complete", c->complete);
    view_json_bool(j, o, "cut_off", c->cut_off);
    view_json_bool(j, o, "lossy", c->lossy);
}

/* summary: the JSON report, schema "poolprobe.report/1" (docs/report-schema.md) */
#include "analysis.h"
#include "view_fmt.h"
#include "view_json.h"
#include "view_parts.h"

static void add_coverage(struct view_json *j, cJSON *root, const struct ana_report *r)
{
    const struct ana_coverage *c = &r->coverage;
    cJSON *o = view_json_object(j, root, "coverage");
    view_json_uint(j, o, "wire_statements", c->wire_statements);
    if (c->server_known) {
        view_json_uint(j, o, "server_statements", c->server_statements);
        view_json_double(j, o, "ratio", c->ratio);
        view_json_uint(j, o, "server_missed", c->server_missed);
        view_json_uint(j, o, "around_samples", c->around_samples);
    } else {
        view_json_null(j, o, "server_statements");
        view_json_null(j, o, "ratio");
        view_json_null(j, o, "server_missed");
        view_json_null(j, o, "around_samples");
    }
    cJSON *v = view_json_object(j, o, "connections_by_visibility");
    view_json_uint(j, v, "plain", c->plain);
    view_json_uint(j, v, "tls", c->tls);
    view_json_uint(j, v, "x_protocol", c->x_protocol);
    view_json_uint(j, v, "compressed", c->compressed);
    view_json_text(j, o, "why_not", c->why_not);
    view_json_unseen(j, o, c);
}

static void add_config(struct view_json *j, cJSON *root, const struct ana_report *r)
{
    cJSON *a = view_json_array(j, root, "config");
    for (size_t i = 0; i < r->setting_count; i++) {
        cJSON *o = view_json_object(j, a, NULL);
        view_json_text(j, o, "scope", r->settings[i].scope);
        view_json_text(j, o, "name", r->settings[i].name);
        view_json_text(j, o, "value", r->settings[i].value);
    }
}

/* A phase of a dial: null when it was not seen. */
static void add_compared(struct view_json *j, cJSON *parent, const struct ana_connection *c)
{
    if (!c->compared) {
        view_json_null(j, parent, "compared");
        return;
    }
    cJSON *o = view_json_object(j, parent, "compared");
    view_json_uint(j, o, "server", c->compared_server);
    view_json_uint(j, o, "wire_low", c->compared_low);
    view_json_uint(j, o, "wire_high", c->compared_high);
}

static void add_phase(struct view_json *j, cJSON *o, const char *key, int64_t ns)
{
    if (ns < 0)
        view_json_null(j, o, key);
    else
        view_json_ms(j, o, key, ns);
}

static void add_connections(struct view_json *j, cJSON *root, const struct ana_report *r)
{
    cJSON *a = view_json_array(j, root, "connections");
    for (size_t i = 0; i < r->connection_count; i++) {
        const struct ana_connection *c = &r->connections[i];
        cJSON *o = view_json_object(j, a, NULL);
        view_json_uint(j, o, "id", c->id);
        view_json_uint(j, o, "pool_id", c->pool_id);
        view_json_text(j, o, "client", c->client);
        view_json_text(j, o, "server", c->server);
        view_json_text(j, o, "user", c->user);
        view_json_text(j, o, "db", c->db);
        view_json_text(j, o, "visibility", c->visibility);
        view_json_text(j, o, "close_why", c->close_why);
        view_json_uint(j, o, "thread_id", c->thread_id);
        view_json_uint(j, o, "connect_errno", c->connect_errno);
        view_json_time(j, o, "open_ns", c->open_ns);
        view_json_time(j, o, "ready_ns", c->ready_ns);
        view_json_time(j, o, "close_ns", c->close_ns);
        add_phase(j, o, "tcp_ms", c->tcp_ns);
        add_phase(j, o, "greeting_ms", c->greeting_ns);
        add_phase(j, o, "auth_ms", c->auth_ns);
        view_json_ms(j, o, "busy_ms", c->busy_ns);
        view_json_uint(j, o, "statements", c->statements);
        view_json_uint(j, o, "transactions", c->txns);
        view_json_uint(j, o, "checkouts", c->checkouts);
        view_json_uint(j, o, "voided", c->voided);
        if (c->server_statements < 0)
            view_json_null(j, o, "server_statements");
        else
            view_json_uint(j, o, "server_statements", (uint64_t)c->server_statements);
        add_compared(j, o, c);
    }
}

static void add_pools(struct view_json *j, cJSON *root, const struct ana_report *r)
{
    cJSON *a = view_json_array(j, root, "pools");
    for (size_t i = 0; i < r->pool_count; i++) {
        const struct ana_pool *p = &r->pools[i];
        cJSON *o = view_json_object(j, a, NULL);
        view_json_uint(j, o, "id", p->id);
        view_json_text(j, o, "client_host", p->client_host);
        view_json_text(j, o, "server", p->server);
        view_json_text(j, o, "user", p->user);
        view_json_text(j, o, "db", p->db);
        view_json_text(j, o, "pid", p->pid);
        view_json_text(j, o, "program_name", p->program_name);
        view_json_bool(j, o, "application", p->application);
        view_json_text(j, o, "http_server", p->http_server);
        view_json_bool(j, o, "per_thread", p->per_thread);
        view_json_uint(j, o, "connections", p->connections);
        view_json_uint(j, o, "checkouts", p->checkouts);
        view_json_uint(j, o, "open_min", p->open_min);
        view_json_uint(j, o, "open_max", p->open_max);
        view_json_uint(j, o, "busy_max", p->busy_max);
        view_json_uint(j, o, "dials_under_load", p->dials_under_load);
        view_json_uint(j, o, "never_used", p->never_used);
        view_json_uint(j, o, "refused", p->refused);
        view_json_double(j, o, "saturated", p->saturated);
        view_json_latency(j, o, "hold", &p->hold);
        view_json_latency(j, o, "dial", &p->dial);
        view_json_pool_vantage(j, o, p);
        view_json_pool_wire(j, o, p);
    }
}

static void add_queries(struct view_json *j, cJSON *root, const struct ana_report *r)
{
    cJSON *a = view_json_array(j, root, "queries");
    for (size_t i = 0; i < r->query_count; i++)
        view_json_query(j, view_json_object(j, a, NULL), &r->queries[i]);
}

static void add_transactions(struct view_json *j, cJSON *root, const struct ana_report *r)
{
    const struct ana_txn_summary *x = &r->txns;
    cJSON *o = view_json_object(j, root, "transactions");
    view_json_uint(j, o, "count", x->count);
    view_json_uint(j, o, "commits", x->commits);
    view_json_uint(j, o, "rollbacks", x->rollbacks);
    view_json_uint(j, o, "implicit", x->implicit);
    view_json_uint(j, o, "errors", x->errors);
    view_json_uint(j, o, "closed", x->closed);
    view_json_uint(j, o, "voided", x->voided);
    view_json_uint(j, o, "statements", x->statements);
    view_json_latency(j, o, "duration", &x->duration);
    view_json_latency(j, o, "commit", &x->commit);
    view_json_latency(j, o, "idle", &x->idle);
}

static void add_endpoints(struct view_json *j, cJSON *root, const struct ana_report *r)
{
    cJSON *a = view_json_array(j, root, "endpoints");
    for (size_t i = 0; i < r->endpoint_count; i++) {
        const struct ana_endpoint *e = &r->endpoints[i];
        cJSON *o = view_json_object(j, a, NULL);
        view_json_text(j, o, "method", e->method);
        view_json_text(j, o, "route", e->route);
        view_json_uint(j, o, "requests", e->requests);
        view_json_uint(j, o, "errors", e->errors);
        view_json_uint(j, o, "incomplete", e->incomplete);
        view_json_latency(j, o, "latency", &e->latency);
        view_json_budget(j, o, &e->budget);
        view_json_waiting(j, o, &e->wait);
        view_json_latency(j, o, "hold", &e->hold);
    }
}

static void add_levels(struct view_json *j, cJSON *root, const struct ana_report *r)
{
    cJSON *a = view_json_array(j, root, "levels");
    for (size_t i = 0; i < r->level_count; i++)
        view_json_level(j, view_json_object(j, a, NULL), &r->levels[i]);
}

static void add_findings(struct view_json *j, cJSON *root, const struct ana_report *r)
{
    static const char *const severities[] = {"info", "notice", "problem"};
    cJSON *a = view_json_array(j, root, "findings");
    for (size_t i = 0; i < r->finding_count; i++) {
        const struct ana_finding *f = &r->findings[i];
        cJSON *o = view_json_object(j, a, NULL);
        view_json_text(j, o, "rule", f->rule);
        view_json_text(j, o, "severity", severities[f->severity <= ANA_PROBLEM ? f->severity : ANA_INFO]);
        view_json_uint(j, o, "level_id", f->level_id);
        view_json_text(j, o, "text", f->text);
        view_json_text(j, o, "evidence", f->evidence);
        view_json_text(j, o, "against", f->against);
    }
}

static void add_capture(struct view_json *j, cJSON *root, const struct ana_report *r)
{
    view_json_capture(j, root, "capture", r);
}

static void add_verdict(struct view_json *j, cJSON *root, const struct ana_report *r)
{
    view_json_verdict(j, root, r->verdict);
}

static void add_slowest(struct view_json *j, cJSON *root, const struct ana_report *r)
{
    view_json_slowest(j, root, r);
}

static void add_series(struct view_json *j, cJSON *root, const struct ana_report *r)
{
    view_json_series(j, root, &r->series);
}

static void add_heatmap(struct view_json *j, cJSON *root, const struct ana_report *r)
{
    view_json_heatmap(j, root, &r->heatmap);
}

static void add_lanes(struct view_json *j, cJSON *root, const struct ana_report *r)
{
    view_json_lanes(j, root, &r->lanes);
}

static void add_slowest_budget(struct view_json *j, cJSON *root, const struct ana_report *r)
{
    view_json_budget_object(j, root, "slowest", &r->slowest_budget);
}

void view_json_report(struct view_out *out, const struct ana_report *r, const struct view_options *options)
{
    static const struct {
        const char *key;
        enum view_by by; /* VIEW_BY_ALL: only in the whole report */
        void (*add)(struct view_json *, cJSON *, const struct ana_report *);
    } parts[] = {
        {"capture", VIEW_BY_ALL, add_capture},
        {"coverage", VIEW_BY_ALL, add_coverage},
        {"config", VIEW_BY_ALL, add_config},
        {"connections", VIEW_BY_CONNECTION, add_connections},
        {"pools", VIEW_BY_POOL, add_pools},
        {"queries", VIEW_BY_QUERY, add_queries},
        {"transactions", VIEW_BY_TRANSACTION, add_transactions},
        {"endpoints", VIEW_BY_ENDPOINT, add_endpoints},
        {"levels", VIEW_BY_LEVEL, add_levels},
        {"server", VIEW_BY_ALL, view_json_server},
        {"tls", VIEW_BY_ALL, view_json_tls},
        {"joins", VIEW_BY_ALL, view_json_joins},
        {"slowest", VIEW_BY_ALL, add_slowest_budget},
        {"findings", VIEW_BY_ALL, add_findings},
        {"verdict", VIEW_BY_ALL, add_verdict},
        {"slowest_requests", VIEW_BY_REQUEST, add_slowest},
        {"series", VIEW_BY_ALL, add_series},
        {"heatmap", VIEW_BY_ALL, add_heatmap},
        {"lanes", VIEW_BY_ALL, add_lanes},
    };
    struct view_json j = {out};
    cJSON *root = cJSON_CreateObject();
    view_json_text(&j, root, "schema", "poolprobe.report/1");
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (options->by != VIEW_BY_ALL && parts[i].by == options->by)
            view_json_text(&j, root, "part", parts[i].key);
    view_json_run(&j, root, "run", r);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (options->by == VIEW_BY_ALL || parts[i].by == options->by)
            parts[i].add(&j, root, r);
    view_json_print(&j, root);
}

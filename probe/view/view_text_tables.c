/* summary: tables of the text report: pools, transactions, endpoints, queries */
#include "analysis.h"
#include "view_fmt.h"
#include "view_parts.h"
#include "view_table.h"
#include "view_text.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TOP_QUERIES ((size_t)10)
#define TOP_ENDPOINTS ((size_t)10)

static const char *or_unknown(const char *s)
{
    return s && *s ? s : "?";
}

static void pool_note(const struct view_text *t, struct view_table *tab, const struct ana_pool *p)
{
    char *note = NULL;
    int n =
        asprintf(&note, "%s %s %s, %s@%s%s%s%s%s; %s%s%s; dials under load: %s; never used: %s; refused: %s",
                 or_unknown(p->client_host), view_arrow(t), or_unknown(p->server), or_unknown(p->user),
                 or_unknown(p->db), p->pid && *p->pid ? ", pid " : "", p->pid ? p->pid : "",
                 p->program_name && *p->program_name ? ", " : "", p->program_name ? p->program_name : "",
                 !p->application ? "does not serve the requests"
                 : p->per_thread ? "serves the requests, a connection a thread"
                                 : "serves the requests",
                 p->http_server ? " of " : "", p->http_server ? p->http_server : "",
                 view_count(p->dials_under_load).s, view_count(p->never_used).s, view_count(p->refused).s);
    if (n < 0) {
        view_out_fail(t->out, PP_NOMEM);
        return;
    }
    view_table_note(tab, note, VIEW_WRAP);
    free(note);
}

void view_text_pools(const struct view_text *t, const struct ana_report *r)
{
    static const struct view_col cols[] = {
        {"pool", VIEW_RIGHT},     {"open", VIEW_RIGHT},      {"dialled", VIEW_RIGHT},
        {"busy max", VIEW_RIGHT}, {"saturated", VIEW_RIGHT}, {"checkouts", VIEW_RIGHT},
        {"hold ms", VIEW_RIGHT},  {"p95 ms", VIEW_RIGHT},    {"dial ms", VIEW_RIGHT},
    };
    view_text_heading(t, "Connection pools");
    if (r->pool_count == 0) {
        view_text_paraf(t, "  ", "No pools: %s", view_why_no_statements(r));
        return;
    }
    double max = 0;
    for (size_t i = 0; i < r->pool_count; i++) {
        double v = view_lat_quantile_ns(&r->pools[i].hold, 0.95);
        max = v > max ? v : max;
    }
    int d = view_ms_decimals(max);
    struct view_table *tab = view_table_new(t, cols, sizeof cols / sizeof cols[0]);
    for (size_t i = 0; i < r->pool_count; i++) {
        const struct ana_pool *p = &r->pools[i];
        char open[32];
        (void)snprintf(open, sizeof open, "%" PRIu32 "%s%" PRIu32, p->open_min, view_dash(t), p->open_max);
        view_table_cell(tab, view_id(p->id).s);
        view_table_cell(tab, open);
        view_table_cell(tab, view_count(p->connections).s);
        view_table_cell(tab, view_count(p->busy_max).s);
        view_table_cell(tab, view_percent(p->saturated).s);
        view_table_cell(tab, view_count(p->checkouts).s);
        view_table_cell(tab, view_lat_count(&p->hold) ? view_ms(view_lat_mean_ns(&p->hold), d).s : "-");
        view_table_cell(tab,
                        view_lat_count(&p->hold) ? view_ms(view_lat_quantile_ns(&p->hold, 0.95), d).s : "-");
        view_table_cell(tab, view_lat_count(&p->dial) ? view_ms(view_lat_mean_ns(&p->dial), d).s : "-");
        pool_note(t, tab, p);
    }
    view_table_print(&tab);
}

static void latency_row(struct view_table *tab, const char *name, const struct ana_latency *l, int d)
{
    view_table_cell(tab, name);
    view_table_cell(tab, view_count(view_lat_count(l)).s);
    view_table_cell(tab, view_lat_ms(l, -1, d).s);
    view_table_cell(tab, view_lat_ms(l, 0.50, d).s);
    view_table_cell(tab, view_lat_ms(l, 0.95, d).s);
    view_table_cell(tab, view_lat_ms(l, 0.99, d).s);
    view_table_cell(tab, view_lat_count(l) ? view_ms(view_lat_max_ns(l), d).s : "-");
}

void view_text_transactions(const struct view_text *t, const struct ana_report *r)
{
    static const struct view_col cols[] = {
        {"ms", VIEW_LEFT},   {"count", VIEW_RIGHT}, {"mean", VIEW_RIGHT}, {"p50", VIEW_RIGHT},
        {"p95", VIEW_RIGHT}, {"p99", VIEW_RIGHT},   {"max", VIEW_RIGHT},
    };
    const struct ana_txn_summary *x = &r->txns;
    view_text_heading(t, "Transactions");
    if (x->count == 0 && x->voided == 0) {
        view_text_paraf(t, "  ", "%s",
                        r->capture.statements
                            ? "No transaction of more than one statement: every statement was its own "
                              "(autocommit)."
                            : "No transactions: no statement was seen.");
        return;
    }
    view_text_paraf(t, "  ",
                    "%s transactions, %s statements in them: %s committed, %s rolled back, %s ended "
                    "implicitly, %s by the "
                    "connection's end; %s with an error; %s voided for lost data.",
                    view_count(x->count).s, view_count(x->statements).s, view_count(x->commits).s,
                    view_count(x->rollbacks).s, view_count(x->implicit).s, view_count(x->closed).s,
                    view_count(x->errors).s, view_count(x->voided).s);
    int d = view_ms_decimals(view_lat_quantile_ns(&x->duration, 0.99));
    struct view_table *tab = view_table_new(t, cols, sizeof cols / sizeof cols[0]);
    latency_row(tab, "duration", &x->duration, d);
    latency_row(tab, "commit", &x->commit, d);
    latency_row(tab, "idle in between", &x->idle, d);
    view_table_print(&tab);
}

static void endpoint_row(struct view_table *tab, const struct ana_endpoint *e, int d)
{
    view_table_endpoint(tab, or_unknown(e->method), or_unknown(e->route));
    view_table_cell(tab, view_count(e->requests).s);
    view_table_cell(tab, view_count(e->errors).s);
    view_table_cell(tab, view_lat_ms(&e->latency, -1, d).s);
    view_table_cell(tab, view_lat_ms(&e->latency, 0.50, d).s);
    view_table_cell(tab, view_lat_ms(&e->latency, 0.95, d).s);
    view_table_cell(tab, view_lat_ms(&e->latency, 0.99, d).s);
}

static const struct ana_budget *endpoint_budget(const void *priv, size_t i)
{
    const struct ana_report *r = priv;
    return &r->endpoints[i].budget;
}

static void endpoint_budgets(const struct view_text *t, const struct ana_report *r)
{
    struct view_budget_layout layout;
    view_budget_lay_out(t, &layout, endpoint_budget, r, r->endpoint_count);
    for (size_t i = 0; i < r->endpoint_count; i++) {
        const struct ana_endpoint *e = &r->endpoints[i];
        char *name = NULL;
        if (asprintf(&name, "%s %s", or_unknown(e->method), or_unknown(e->route)) < 0) {
            view_out_fail(t->out, PP_NOMEM);
            return;
        }
        view_put(t->out, "\n");
        view_text_style(t, VIEW_BOLD);
        view_text_para(t, "  ", "  ", name);
        view_text_style(t, VIEW_PLAIN);
        free(name);
        if (e->incomplete)
            view_text_paraf(t, "    ", "and %s incomplete, in none of these figures",
                            view_count(e->incomplete).s);
        view_text_budget(t, &layout, &e->budget, &e->latency);
    }
}

/* How long each endpoint holds connections; nothing where no checkout was joined. */
static void endpoint_holds(const struct view_text *t, const struct ana_report *r, size_t shown)
{
    static const struct view_col cols[] = {
        {"endpoint", VIEW_FLEX},    {"checkouts", VIEW_RIGHT}, {"a request", VIEW_RIGHT},
        {"ms: mean", VIEW_RIGHT},   {"p95", VIEW_RIGHT},       {"max", VIEW_RIGHT},
        {"in all, ms", VIEW_RIGHT},
    };
    double max = 0;
    for (size_t i = 0; i < shown; i++)
        max = fmax(max, view_lat_max_ns(&r->endpoints[i].hold));
    if (max <= 0)
        return;
    int dec = view_ms_decimals(max);
    struct view_table *tab = view_table_new(t, cols, sizeof cols / sizeof cols[0]);
    view_put(t->out, "\n");
    view_text_para(t, "  ", "  ",
                   "How long each holds a connection: checkout by checkout, and in all a request:");
    for (size_t i = 0; i < shown; i++) {
        const struct ana_endpoint *e = &r->endpoints[i];
        const struct ana_latency *h = &e->hold;
        double n = e->requests > 0 ? (double)e->requests : 1, held = (double)view_lat_count(h);
        char each[32];
        if (view_lat_count(h) == 0)
            continue;
        (void)snprintf(each, sizeof each, "%.2f", held / n);
        view_table_endpoint(tab, or_unknown(e->method), or_unknown(e->route));
        view_table_cell(tab, view_count(view_lat_count(h)).s);
        view_table_cell(tab, each);
        view_table_cell(tab, view_ms(view_lat_mean_ns(h), dec).s);
        view_table_cell(tab, view_ms(view_lat_quantile_ns(h, 0.95), dec).s);
        view_table_cell(tab, view_ms(view_lat_max_ns(h), dec).s);
        view_table_cell(tab, view_ms(view_lat_mean_ns(h) * held / n, dec).s);
    }
    view_table_print(&tab);
}

void view_text_endpoints(const struct view_text *t, const struct ana_report *r, bool full)
{
    static const struct view_col cols[] = {
        {"endpoint", VIEW_FLEX}, {"requests", VIEW_RIGHT}, {"errors", VIEW_RIGHT}, {"mean ms", VIEW_RIGHT},
        {"p50", VIEW_RIGHT},     {"p95", VIEW_RIGHT},      {"p99", VIEW_RIGHT},
    };
    view_text_heading(t, "Endpoints");
    if (r->endpoint_count == 0) {
        view_text_paraf(t, "  ", "No requests: %s", view_why_no_requests(r));
        return;
    }
    size_t shown = full || r->endpoint_count <= TOP_ENDPOINTS ? r->endpoint_count : TOP_ENDPOINTS;
    double max = 0;
    for (size_t i = 0; i < shown; i++) {
        double v = view_lat_quantile_ns(&r->endpoints[i].latency, 0.99);
        max = v > max ? v : max;
    }
    struct view_table *tab = view_table_new(t, cols, sizeof cols / sizeof cols[0]);
    for (size_t i = 0; i < shown; i++)
        endpoint_row(tab, &r->endpoints[i], view_ms_decimals(max));
    view_table_print(&tab);
    if (shown < r->endpoint_count)
        view_text_paraf(t, "  ", "and %zu more: --by endpoint", r->endpoint_count - shown);
    endpoint_holds(t, r, shown);
    if (full)
        endpoint_budgets(t, r);
}

static void query_row(struct view_table *tab, const struct ana_query *q, int d, bool full)
{
    view_table_cell(tab, view_percent(q->share).s);
    view_table_cell(tab, view_count(q->count).s);
    view_table_cell(tab, view_count(q->errors).s);
    view_table_cell(tab, view_count(q->rows).s);
    view_table_cell(tab, view_lat_ms(&q->latency, -1, d).s);
    view_table_cell(tab, view_lat_ms(&q->latency, 0.50, d).s);
    view_table_cell(tab, view_lat_ms(&q->latency, 0.95, d).s);
    view_table_cell(tab, view_lat_ms(&q->latency, 0.99, d).s);
    view_table_note(tab, or_unknown(q->text), full ? VIEW_WRAP : VIEW_CUT);
}

/* Wire and server side by side, where the server's digest was joined. */
static void server_row(struct view_table *tab, const struct ana_query *q)
{
    double runs = (double)q->server_count, wire_ns = view_lat_mean_ns(&q->latency);
    double server_ns = (double)q->server_ns / runs, sent = (double)q->server_rows_sent;
    char ratio[32] = "-";
    if (q->server_rows_sent > 0)
        (void)snprintf(ratio, sizeof ratio, "%.1f", (double)q->server_rows_examined / sent);
    view_table_cell(tab, view_count(q->server_count).s);
    view_table_cell(tab, view_ms(wire_ns, 3).s);
    view_table_cell(tab, view_ms(server_ns, 3).s);
    view_table_cell(tab, view_ms((double)q->server_lock_ns / runs, 3).s);
    view_table_cell(tab, view_ms(wire_ns - server_ns, 3).s);
    view_table_cell(tab, ratio);
    view_table_cell(tab, view_count(q->server_no_index).s);
    view_table_note(tab, or_unknown(q->text), VIEW_CUT);
}

static void server_queries(const struct view_text *t, const struct ana_report *r)
{
    static const struct view_col cols[] = {
        {"server count", VIEW_RIGHT}, {"wire ms", VIEW_RIGHT},    {"server ms", VIEW_RIGHT},
        {"lock ms", VIEW_RIGHT},      {"outside ms", VIEW_RIGHT}, {"examined/sent", VIEW_RIGHT},
        {"no index", VIEW_RIGHT},
    };
    size_t joined = 0;
    for (size_t i = 0; i < r->query_count; i++)
        joined += r->queries[i].server_count > 0 && view_lat_count(&r->queries[i].latency) > 0;
    if (joined == 0)
        return;
    view_text_heading(t, "The same queries as the server saw them");
    view_text_para(t, "  ", "  ",
                   "Means; outside: what the wire has beyond the server's own time, network and client.");
    struct view_table *tab = view_table_new(t, cols, sizeof cols / sizeof cols[0]);
    for (size_t i = 0; i < r->query_count; i++)
        if (r->queries[i].server_count > 0 && view_lat_count(&r->queries[i].latency) > 0)
            server_row(tab, &r->queries[i]);
    view_table_print(&tab);
}

void view_text_queries(const struct view_text *t, const struct ana_report *r, bool full)
{
    static const struct view_col cols[] = {
        {"share", VIEW_RIGHT},   {"count", VIEW_RIGHT},  {"errors", VIEW_RIGHT}, {"rows", VIEW_RIGHT},
        {"mean ms", VIEW_RIGHT}, {"p50 ms", VIEW_RIGHT}, {"p95 ms", VIEW_RIGHT}, {"p99 ms", VIEW_RIGHT},
    };
    view_text_heading(t, "Queries by their share of the time in statements");
    if (r->query_count == 0) {
        view_text_paraf(t, "  ", "No statements: %s", view_why_no_statements(r));
        return;
    }
    size_t shown = full || r->query_count <= TOP_QUERIES ? r->query_count : TOP_QUERIES;
    double max = 0, rest = 0;
    for (size_t i = 0; i < r->query_count; i++) {
        double v = view_lat_quantile_ns(&r->queries[i].latency, 0.99);
        if (i >= shown)
            rest += r->queries[i].share;
        else
            max = v > max ? v : max;
    }
    struct view_table *tab = view_table_new(t, cols, sizeof cols / sizeof cols[0]);
    for (size_t i = 0; i < shown; i++)
        query_row(tab, &r->queries[i], view_ms_decimals(max), full);
    view_table_print(&tab);
    if (shown < r->query_count)
        view_text_paraf(t, "  ", "and %zu more with %s of the time: --by query", r->query_count - shown,
                        view_percent(rest).s);
    if (full)
        server_queries(t, r);
}

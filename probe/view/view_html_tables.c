/* summary: HTML tables: pools, transactions, endpoints, queries, connections, configuration */
#include "analysis.h"
#include "base/clock.h"
#include "view_fmt.h"
#include "view_html.h"
#include "view_parts.h"

#include <inttypes.h>
#include <stdlib.h>

/* A table with more rows than this starts folded; of one with more than ROWS_MAX, the rest is left out: a
 * page of ten thousand connections is for nobody, and would be too large to send. */
#define FOLD_ROWS ((size_t)40)
#define ROWS_MAX ((size_t)400)

static void missing(struct view_out *o, const char *what, const char *why)
{
    view_putf(o, "<p>%s: ", what);
    view_put_html(o, why);
    view_put(o, "</p>\n");
}

static void fold(struct view_out *o, size_t rows)
{
    if (rows > FOLD_ROWS)
        view_putf(o, "<details><summary>%zu rows</summary>\n", rows);
}

static size_t shown(size_t rows)
{
    return rows < ROWS_MAX ? rows : ROWS_MAX;
}

static void left_out(struct view_out *o, size_t rows, const char *what)
{
    if (rows > ROWS_MAX)
        view_putf(o, "<p class=\"note\">The first %zu of %zu %s; --format json has all.</p>\n", ROWS_MAX,
                  rows, what);
}

static void fold_end(struct view_out *o, size_t rows)
{
    if (rows > FOLD_ROWS)
        view_put(o, "</details>\n");
}

static void pool_row(struct view_out *o, const struct ana_pool *p)
{
    view_html_row(o);
    view_html_num(o, view_id(p->id).s);
    view_put(o, "<td class=\"t\">");
    view_put_html(o, p->client_host);
    view_put(o, " &rarr; ");
    view_put_html(o, p->server);
    view_put(o, "<br>");
    view_put_html(o, p->user);
    view_put(o, "@");
    view_put_html(o, p->db);
    if (p->pid && *p->pid) {
        view_put(o, ", pid ");
        view_put_html(o, p->pid);
    }
    if (p->program_name && *p->program_name) {
        view_put(o, ", ");
        view_put_html(o, p->program_name);
    }
    view_put(o, !p->application ? "<br>does not serve the requests"
                : p->per_thread ? "<br>serves the requests, a connection a thread"
                                : "<br>serves the requests");
    if (p->http_server) {
        view_put(o, " of ");
        view_put_html(o, p->http_server);
    }
    view_put(o, "</td>");
    view_putf(o, "<td>%" PRIu32 "&ndash;%" PRIu32 "</td>", p->open_min, p->open_max);
    view_html_num(o, view_count(p->connections).s);
    view_html_num(o, view_count(p->busy_max).s);
    view_html_num(o, view_percent(p->saturated).s);
    view_html_num(o, view_count(p->dials_under_load).s);
    view_html_num(o, view_count(p->never_used).s);
    view_html_num(o, view_count(p->refused).s);
    view_html_num(o, view_count(p->checkouts).s);
    view_html_latency(o, &p->hold);
    view_html_num(o, view_lat_count(&p->dial) ? view_ms(view_lat_mean_ns(&p->dial), 2).s : "-");
    view_html_row_end(o);
}

void view_html_pools(struct view_out *o, const struct ana_report *r)
{
    view_html_section(o, "pools", "Connection pools");
    if (r->pool_count == 0) {
        missing(o, "No pools", view_why_no_statements(r));
    } else {
        view_html_table(o, "Connection pools",
                        "pool|<of|open|dialled|busy max|"
                        "saturated|dials under load|never used|refused|checkouts|hold ms: "
                        "mean|p50|p95|p99|dial ms: mean");
        for (size_t i = 0; i < r->pool_count; i++)
            pool_row(o, &r->pools[i]);
        view_html_table_end(o);
        view_html_pool_details(o, r);
    }
    view_html_section_end(o);
}

static void latency_row(struct view_out *o, const char *name, const struct ana_latency *l)
{
    view_html_row(o);
    view_html_text(o, name);
    view_html_num(o, view_count(view_lat_count(l)).s);
    view_html_latency(o, l);
    view_html_num(o, view_lat_count(l) ? view_ms(view_lat_max_ns(l), 2).s : "-");
    view_html_row_end(o);
}

void view_html_transactions(struct view_out *o, const struct ana_report *r)
{
    const struct ana_txn_summary *x = &r->txns;
    view_html_section(o, "transactions", "Transactions");
    if (x->count == 0 && x->voided == 0) {
        missing(o, "No transactions",
                r->capture.statements ? "every statement was its own (autocommit)."
                                      : view_why_no_statements(r));
    } else {
        view_html_table(
            o, "Transactions",
            "count|statements|committed|rolled back|implicit end|connection closed|with errors|voided");
        view_html_row(o);
        view_html_num(o, view_count(x->count).s);
        view_html_num(o, view_count(x->statements).s);
        view_html_num(o, view_count(x->commits).s);
        view_html_num(o, view_count(x->rollbacks).s);
        view_html_num(o, view_count(x->implicit).s);
        view_html_num(o, view_count(x->closed).s);
        view_html_num(o, view_count(x->errors).s);
        view_html_num(o, view_count(x->voided).s);
        view_html_row_end(o);
        view_html_table_end(o);
        view_html_table(o, "Times of transactions", "<ms|count|mean|p50|p95|p99|max");
        latency_row(o, "duration", &x->duration);
        latency_row(o, "commit", &x->commit);
        latency_row(o, "idle in between", &x->idle);
        view_html_table_end(o);
    }
    view_html_section_end(o);
}

static void endpoint_bars(struct view_out *o, const struct ana_report *r)
{
    double longest = 0;
    unsigned used = 0;
    for (size_t i = 0; i < shown(r->endpoint_count); i++) {
        double mean = view_budget_mean_ns(&r->endpoints[i].budget);
        longest = mean > longest ? mean : longest;
        used |= view_budget_mask(&r->endpoints[i].budget);
    }
    view_html_legend(o, used);
    for (size_t i = 0; i < shown(r->endpoint_count); i++) {
        const struct ana_endpoint *e = &r->endpoints[i];
        double mean = view_budget_mean_ns(&e->budget);
        view_put(o, "<div class=\"row\"><span class=\"name\">");
        view_put_html(o, e->method);
        view_put(o, " ");
        view_put_html(o, e->route);
        view_put(o, "</span>");
        view_html_bar(o, &e->budget, longest > 0 ? mean / longest : 0);
        view_putf(o, "<span class=\"n\">%s ms</span></div>\n", view_ms(mean, view_ms_decimals(mean)).s);
    }
}

void view_html_endpoints(struct view_out *o, const struct ana_report *r)
{
    view_html_section(o, "endpoints", "Endpoints");
    if (r->endpoint_count == 0) {
        missing(o, "No requests", view_why_no_requests(r));
    } else {
        fold(o, r->endpoint_count);
        endpoint_bars(o, r);
        view_html_table_sorted(o, "Endpoints",
                               "<method|<route|requests|errors|incomplete|mean ms|p50|p95|p99|holds of a "
                               "connection|hold ms: mean|p50|p95|p99");
        for (size_t i = 0; i < shown(r->endpoint_count); i++) {
            const struct ana_endpoint *e = &r->endpoints[i];
            view_html_row(o);
            view_html_text(o, e->method);
            view_html_code(o, e->route);
            view_html_num(o, view_count(e->requests).s);
            view_html_num(o, view_count(e->errors).s);
            view_html_num(o, view_count(e->incomplete).s);
            view_html_latency(o, &e->latency);
            view_html_num(o, view_count(view_lat_count(&e->hold)).s);
            view_html_latency(o, &e->hold);
            view_html_row_end(o);
        }
        view_html_table_end(o);
        left_out(o, r->endpoint_count, "endpoints");
        fold_end(o, r->endpoint_count);
    }
    view_html_section_end(o);
}

static double mean_ns(int64_t sum_ns, uint64_t count)
{
    return count ? (double)sum_ns / (double)count : 0;
}

/* What the server itself counted for the statement; dashes where it has no such digest. */
static void server_side(struct view_out *o, const struct ana_query *q)
{
    bool known = q->server_count > 0;
    double took = mean_ns(q->server_ns, q->server_count), lock = mean_ns(q->server_lock_ns, q->server_count);
    int d = view_ms_decimals(took);
    view_html_num(o, known ? view_count(q->server_count).s : "-");
    view_html_num(o, known ? view_ms(took, d).s : "-");
    view_html_num(o, known ? view_ms(lock, d).s : "-");
    view_html_num(o, known ? view_count(q->server_rows_examined).s : "-");
    view_html_num(o, known ? view_count(q->server_no_index).s : "-");
}

void view_html_queries(struct view_out *o, const struct ana_report *r)
{
    bool server = r->server.known;
    view_html_section(o, "queries", "Queries by their share of the time in statements");
    if (r->query_count == 0) {
        missing(o, "No statements", view_why_no_statements(r));
    } else {
        fold(o, r->query_count);
        if (!server)
            view_html_para(o, "note",
                           "The server's own side is not in this recording: record with --server.");
        view_html_table_sorted(o, "Queries",
                               server
                                   ? "share|count|errors|voided|rows|mean ms|p50|p95|p99|server: count|mean "
                                     "ms|lock ms|rows examined|without index|<statement"
                                   : "share|count|errors|voided|rows|mean ms|p50|p95|p99|<statement");
        for (size_t i = 0; i < shown(r->query_count); i++) {
            const struct ana_query *q = &r->queries[i];
            view_html_row(o);
            view_html_num(o, view_percent(q->share).s);
            view_html_num(o, view_count(q->count).s);
            view_html_num(o, view_count(q->errors).s);
            view_html_num(o, view_count(q->voided).s);
            view_html_num(o, view_count(q->rows).s);
            view_html_latency(o, &q->latency);
            if (server)
                server_side(o, q);
            view_html_code(o, q->text);
            view_html_row_end(o);
        }
        view_html_table_end(o);
        left_out(o, r->query_count, "queries");
        fold_end(o, r->query_count);
    }
    view_html_section_end(o);
}

static void phase(struct view_out *o, int64_t ns)
{
    view_html_num(o, ns < 0 ? "-" : view_ms((double)ns, 3).s);
}

static void connection_row(struct view_out *o, const struct ana_connection *c, int64_t run_start_ns)
{
    view_html_row(o);
    view_html_num(o, view_id(c->id).s);
    view_html_num(o, view_id(c->pool_id).s);
    view_put(o, "<td class=\"t\">");
    view_put_html(o, c->client);
    view_put(o, "<br>");
    view_put_html(o, c->user);
    view_put(o, "@");
    view_put_html(o, c->db);
    view_put(o, "</td>");
    view_html_num(o, view_id(c->thread_id).s);
    view_html_text(o, c->visibility);
    if (c->open_ns > 0)
        view_html_num(o, view_ms((double)(c->open_ns - run_start_ns) / 1e3, 3).s);
    else
        view_html_num(o, "before");
    phase(o, c->tcp_ns);
    phase(o, c->greeting_ns);
    phase(o, c->auth_ns);
    view_html_num(o, view_ms((double)c->busy_ns, 1).s);
    view_html_num(o, view_count(c->statements).s);
    view_html_num(o, view_count(c->txns).s);
    view_html_num(o, view_count(c->checkouts).s);
    view_html_num(o, view_count(c->voided).s);
    view_html_text(o, c->close_ns > 0 ? c->close_why : "left open");
    view_html_num(o, c->connect_errno ? view_id(c->connect_errno).s : "");
    view_html_row_end(o);
}

void view_html_connections(struct view_out *o, const struct ana_report *r)
{
    view_html_section(o, "connections", "Connections");
    if (r->connection_count == 0) {
        missing(o, "No connections", view_why_no_statements(r));
    } else {
        if (r->lanes.count) {
            view_html_figure(o, "lanes", "A lane for each connection of the application's pools.");
            view_html_figure_end(o);
        }
        view_html_data(o, "All connections");
        view_html_table_sorted(o, "Connections",
                               "connection|pool|<client|thread|<visibility|opened at s|TCP ms|greeting ms|"
                               "auth ms|busy ms|statements|transactions|checkouts|voided|<end|error");
        for (size_t i = 0; i < shown(r->connection_count); i++)
            connection_row(o, &r->connections[i], r->start_ns);
        view_html_table_end(o);
        left_out(o, r->connection_count, "connections");
        view_html_data_end(o);
    }
    view_html_section_end(o);
}

void view_html_config(struct view_out *o, const struct ana_report *r)
{
    view_html_section(o, "config", "Configuration in force");
    if (r->setting_count == 0) {
        view_html_para(
            o, "", "None recorded: use --server and --app-pid when recording, so that runs can be compared.");
    } else {
        view_html_data(o, "All settings");
        view_html_table_sorted(o, "Configuration", "<of|<setting|<value");
        for (size_t i = 0; i < shown(r->setting_count); i++) {
            view_html_row(o);
            view_html_text(o, r->settings[i].scope);
            view_html_text(o, r->settings[i].name);
            view_html_code(o, r->settings[i].value);
            view_html_row_end(o);
        }
        view_html_table_end(o);
        left_out(o, r->setting_count, "settings");
        view_html_data_end(o);
    }
    view_html_section_end(o);
}

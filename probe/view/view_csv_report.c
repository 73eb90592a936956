/* summary: the parts of a report as comma-separated values, one row each with a row of names above */
#include "analysis.h"
#include "view_csv.h"
#include "view_fmt.h"
#include "view_parts.h"

#include <inttypes.h>
#include <stdio.h>

static const char latency_names[] = "count,sum_ms,mean_ms,min_ms,p50_ms,p95_ms,p99_ms,p999_ms,max_ms";

static void put_latency(struct view_csv *c, const struct ana_latency *l)
{
    static const double points[] = {0.50, 0.95, 0.99, 0.999};
    bool any = view_lat_count(l) > 0;
    view_csv_uint(c, view_lat_count(l));
    view_csv_ms(c, any ? hist_sum(l->hist) : 0);
    view_csv_double(c, view_lat_mean_ns(l) / 1e6);
    view_csv_ms(c, any ? hist_min(l->hist) : 0);
    for (size_t i = 0; i < sizeof points / sizeof points[0]; i++)
        view_csv_ms(c, any ? hist_quantile(l->hist, points[i]) : 0);
    view_csv_ms(c, any ? hist_max(l->hist) : 0);
}

static void line_names(struct view_csv *c, const char *suffix)
{
    char name[64];
    for (int i = 0; i < ANA_LINE_COUNT; i++) {
        (void)snprintf(name, sizeof name, "%s%s", ana_line_key((enum ana_line)i), suffix);
        view_csv_name(c, name);
    }
}

static void put_budget(struct view_csv *c, const struct ana_budget *b)
{
    for (int i = 0; i < ANA_LINE_COUNT; i++)
        view_csv_double(c, view_budget_ms(b, b->ns[i]));
}

static void put_queries(struct view_csv *c, const struct ana_report *r)
{
    view_csv_head(c, "digest,text,errors,voided,rows,request_bytes,response_bytes,share");
    view_csv_head(c, latency_names);
    view_csv_end(c);
    for (size_t i = 0; i < r->query_count; i++) {
        const struct ana_query *q = &r->queries[i];
        char digest[20];
        (void)snprintf(digest, sizeof digest, "%016" PRIx64, q->digest);
        view_csv_text(c, digest);
        view_csv_text(c, q->text);
        view_csv_uint(c, q->errors);
        view_csv_uint(c, q->voided);
        view_csv_uint(c, q->rows);
        view_csv_uint(c, q->req_bytes);
        view_csv_uint(c, q->resp_bytes);
        view_csv_double(c, q->share);
        put_latency(c, &q->latency);
        view_csv_end(c);
    }
}

static void put_transactions(struct view_csv *c, const struct ana_report *r)
{
    const struct ana_txn_summary *x = &r->txns;
    const struct {
        const char *name;
        const struct ana_latency *latency;
    } rows[] = {{"duration", &x->duration}, {"commit", &x->commit}, {"idle", &x->idle}};
    view_csv_head(c, "part,transactions,commits,rollbacks,implicit,errors,closed,voided,statements");
    view_csv_head(c, latency_names);
    view_csv_end(c);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        view_csv_text(c, rows[i].name);
        view_csv_uint(c, x->count);
        view_csv_uint(c, x->commits);
        view_csv_uint(c, x->rollbacks);
        view_csv_uint(c, x->implicit);
        view_csv_uint(c, x->errors);
        view_csv_uint(c, x->closed);
        view_csv_uint(c, x->voided);
        view_csv_uint(c, x->statements);
        put_latency(c, rows[i].latency);
        view_csv_end(c);
    }
}

static void put_phase(struct view_csv *c, int64_t ns)
{
    if (ns < 0)
        view_csv_empty(c);
    else
        view_csv_ms(c, ns);
}

static void put_connections(struct view_csv *c, const struct ana_report *r)
{
    view_csv_head(c, "id,pool_id,client,server,user,db,visibility,close_why,thread_id,connect_errno,open_ns,"
                     "ready_ns,close_ns,tcp_ms,greeting_ms,auth_ms,busy_ms,statements,transactions,checkouts,"
                     "voided");
    view_csv_end(c);
    for (size_t i = 0; i < r->connection_count; i++) {
        const struct ana_connection *k = &r->connections[i];
        view_csv_uint(c, k->id);
        view_csv_uint(c, k->pool_id);
        view_csv_text(c, k->client);
        view_csv_text(c, k->server);
        view_csv_text(c, k->user);
        view_csv_text(c, k->db);
        view_csv_text(c, k->visibility);
        view_csv_text(c, k->close_why);
        view_csv_uint(c, k->thread_id);
        view_csv_uint(c, k->connect_errno);
        view_csv_int(c, k->open_ns);
        view_csv_int(c, k->ready_ns);
        view_csv_int(c, k->close_ns);
        put_phase(c, k->tcp_ns);
        put_phase(c, k->greeting_ns);
        put_phase(c, k->auth_ns);
        view_csv_ms(c, k->busy_ns);
        view_csv_uint(c, k->statements);
        view_csv_uint(c, k->txns);
        view_csv_uint(c, k->checkouts);
        view_csv_uint(c, k->voided);
        view_csv_end(c);
    }
}

static void put_pools(struct view_csv *c, const struct ana_report *r)
{
    view_csv_head(c,
                  "id,client_host,server,user,db,pid,program_name,application,connections,checkouts,open_min,"
                  "open_max,busy_max,dials_under_load,never_used,refused,saturated,hold_mean_ms,hold_p95_ms,"
                  "dial_mean_ms,dial_p95_ms");
    view_csv_end(c);
    for (size_t i = 0; i < r->pool_count; i++) {
        const struct ana_pool *p = &r->pools[i];
        view_csv_uint(c, p->id);
        view_csv_text(c, p->client_host);
        view_csv_text(c, p->server);
        view_csv_text(c, p->user);
        view_csv_text(c, p->db);
        view_csv_text(c, p->pid);
        view_csv_text(c, p->program_name);
        view_csv_uint(c, p->application);
        view_csv_uint(c, p->connections);
        view_csv_uint(c, p->checkouts);
        view_csv_uint(c, p->open_min);
        view_csv_uint(c, p->open_max);
        view_csv_uint(c, p->busy_max);
        view_csv_uint(c, p->dials_under_load);
        view_csv_uint(c, p->never_used);
        view_csv_uint(c, p->refused);
        view_csv_double(c, p->saturated);
        view_csv_double(c, view_lat_mean_ns(&p->hold) / 1e6);
        view_csv_double(c, view_lat_quantile_ns(&p->hold, 0.95) / 1e6);
        view_csv_double(c, view_lat_mean_ns(&p->dial) / 1e6);
        view_csv_double(c, view_lat_quantile_ns(&p->dial, 0.95) / 1e6);
        view_csv_end(c);
    }
}

static void put_endpoints(struct view_csv *c, const struct ana_report *r)
{
    view_csv_head(c, "method,route,requests,errors,incomplete");
    view_csv_head(c, latency_names);
    line_names(c, "_ms");
    view_csv_end(c);
    for (size_t i = 0; i < r->endpoint_count; i++) {
        const struct ana_endpoint *e = &r->endpoints[i];
        view_csv_text(c, e->method);
        view_csv_text(c, e->route);
        view_csv_uint(c, e->requests);
        view_csv_uint(c, e->errors);
        view_csv_uint(c, e->incomplete);
        put_latency(c, &e->latency);
        put_budget(c, &e->budget);
        view_csv_end(c);
    }
}

static void put_levels(struct view_csv *c, const struct ana_report *r)
{
    view_csv_head(c, "id,users,start_ns,end_ns,requests,errors,incomplete,throughput,saturated,dialling,"
                     "mean_in_flight,mean_busy,mean_open,statements,transactions");
    view_csv_head(c, latency_names);
    line_names(c, "_ms");
    view_csv_end(c);
    for (size_t i = 0; i < r->level_count; i++) {
        const struct ana_level *l = &r->levels[i];
        view_csv_uint(c, l->id);
        view_csv_uint(c, l->users);
        view_csv_int(c, l->start_ns);
        view_csv_int(c, l->end_ns);
        view_csv_uint(c, l->requests);
        view_csv_uint(c, l->errors);
        view_csv_uint(c, l->incomplete);
        view_csv_double(c, l->throughput);
        view_csv_double(c, l->saturated);
        view_csv_double(c, l->dialling);
        view_csv_double(c, l->mean_in_flight);
        view_csv_double(c, l->mean_busy);
        view_csv_double(c, l->mean_open);
        view_csv_uint(c, l->statements);
        view_csv_uint(c, l->txns);
        put_latency(c, &l->latency);
        put_budget(c, &l->budget);
        view_csv_end(c);
    }
}

static void put_requests(struct view_csv *c, const struct ana_report *r)
{
    view_csv_head(c,
                  "request_id,client_port,method,route,status,level_id,arrival_ns,latency_ns,join,confidence,"
                  "checkouts,statements");
    line_names(c, "_ns");
    view_csv_head(c, "wait_low_ns,wait_high_ns");
    view_csv_end(c);
    for (size_t i = 0; i < ana_request_count(r); i++) {
        struct ana_request_row q;
        ana_request_get(r, i, &q);
        view_csv_uint(c, q.id);
        view_csv_uint(c, q.client_port);
        view_csv_text(c, q.method);
        view_csv_text(c, q.route);
        view_csv_uint(c, q.status);
        view_csv_uint(c, q.level_id);
        view_csv_int(c, q.arrival_ns);
        view_csv_int(c, q.latency_ns);
        view_csv_name(c, ana_join_name(q.how));
        view_csv_double(c, q.confidence);
        view_csv_uint(c, q.checkouts);
        view_csv_uint(c, q.statements);
        for (int line = 0; line < ANA_LINE_COUNT; line++)
            view_csv_int(c, q.ns[line]);
        view_csv_int(c, q.wait_low_ns);
        view_csv_int(c, q.wait_high_ns);
        view_csv_end(c);
    }
}

static void put_checkouts(struct view_csv *c, const struct ana_report *r)
{
    view_csv_head(c, "conn_id,thread_id,client_port,start_ns,end_ns,statements,join,confidence,request_id,"
                     "request_client_port,request_arrival_ns");
    view_csv_end(c);
    for (size_t i = 0; i < ana_checkout_count(r); i++) {
        struct ana_checkout_row k;
        ana_checkout_get(r, i, &k);
        view_csv_uint(c, k.conn_id);
        view_csv_uint(c, k.thread_id);
        view_csv_uint(c, k.client_port);
        view_csv_int(c, k.start_ns);
        view_csv_int(c, k.end_ns);
        view_csv_uint(c, k.statements);
        view_csv_name(c, ana_join_name(k.how));
        view_csv_double(c, k.confidence);
        if (k.request_id != 0) {
            view_csv_uint(c, k.request_id);
            view_csv_uint(c, k.request_client_port);
            view_csv_int(c, k.request_arrival_ns);
        } else {
            view_csv_empty(c);
            view_csv_empty(c);
            view_csv_empty(c);
        }
        view_csv_end(c);
    }
}

void view_csv_report(struct view_out *out, const struct ana_report *r, const struct view_options *options)
{
    struct view_csv c = {.out = out};
    switch (options->by) {
    case VIEW_BY_QUERY:
        put_queries(&c, r);
        break;
    case VIEW_BY_TRANSACTION:
        put_transactions(&c, r);
        break;
    case VIEW_BY_CONNECTION:
        put_connections(&c, r);
        break;
    case VIEW_BY_POOL:
        put_pools(&c, r);
        break;
    case VIEW_BY_ENDPOINT:
        put_endpoints(&c, r);
        break;
    case VIEW_BY_ALL: /* the caller asks for a part */
    case VIEW_BY_LEVEL:
        put_levels(&c, r);
        break;
    case VIEW_BY_REQUEST:
        put_requests(&c, r);
        break;
    case VIEW_BY_CHECKOUT:
        put_checkouts(&c, r);
        break;
    }
}

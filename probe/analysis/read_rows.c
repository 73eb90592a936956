/* summary: rows of pools, connections, checkouts, requests, levels, settings and gaps into facts and report
 */
#include "parts.h"

#include <stdlib.h>
#include <string.h>

#define LONGEST_QUEUE_NS (INT64_C(3600) * 1000000000) /* at the client: more is a damaged file */

static const char *const tools[] = {"poolprobe",  "mysql",       "mysqldump",
                                    "mysqladmin", "mysqlimport", "mysqlslap"};

static bool is_tool(const char *program_name)
{
    for (size_t i = 0; i < sizeof tools / sizeof tools[0]; i++)
        if (strcmp(program_name, tools[i]) == 0)
            return true;
    return false;
}

static enum pp_status on_pool(void *priv, const struct sto_pool *p)
{
    struct ana_input *in = priv;
    struct ana_facts *f = &in->facts;
    struct ana_report *r = in->report;
    if (!FACT_ROOM(f->pools, f->pool_count, f->pool_cap) || !FACT_ROOM(r->pools, r->pool_count, in->pool_cap))
        return PP_NOMEM;
    struct ana_pool *x = &r->pools[r->pool_count++];
    *x = (struct ana_pool){.id = p->id,
                           .client_host = ana_text(p->client_host),
                           .server = ana_text(p->server),
                           .user = ana_text(p->user),
                           .db = ana_text(p->db),
                           .pid = ana_text(p->pid),
                           .program_name = ana_text(p->program_name),
                           .hold.hist = hist_new(),
                           .dial.hist = hist_new()};
    struct fact_pool *y = &f->pools[f->pool_count++];
    *y = (struct fact_pool){.id = p->id,
                            .host = ana_name(in, p->client_host, strlen(p->client_host)),
                            .server = ana_name(in, p->server, strlen(p->server)),
                            .tool = is_tool(p->program_name)};
    bool ok = x->client_host && x->server && x->user && x->db && x->pid && x->program_name && x->hold.hist &&
              x->dial.hist && y->host != FACT_NONE && y->server != FACT_NONE;
    return ok ? PP_OK : PP_NOMEM;
}

static bool fill_connection(struct ana_connection *x, const struct sto_connection *c)
{
    int64_t tcp_ns = c->rtt_ns >= 0 && !c->mid_stream ? c->rtt_ns : -1;
    int64_t since_ns = c->open_ns + (tcp_ns > 0 ? tcp_ns : 0);
    bool dial = !c->mid_stream && c->open_ns > 0;
    *x = (struct ana_connection){.id = c->id,
                                 .pool_id = c->pool_id,
                                 .client = ana_text(c->client),
                                 .server = ana_text(c->server),
                                 .user = ana_text(c->user),
                                 .db = ana_text(c->db),
                                 .visibility = ana_text(c->visibility),
                                 .close_why = ana_text(c->close_why),
                                 .thread_id = c->thread_id,
                                 .connect_errno = c->connect_errno,
                                 .open_ns = c->open_ns,
                                 .ready_ns = c->ready_ns,
                                 .close_ns = c->close_ns,
                                 .tcp_ns = tcp_ns,
                                 .greeting_ns = -1,
                                 .auth_ns = -1,
                                 .voided = c->voided};
    if (dial && c->greeting_ns >= since_ns)
        x->greeting_ns = c->greeting_ns - since_ns;
    if (dial && c->greeting_ns > 0 && c->auth_ns >= c->greeting_ns)
        x->auth_ns = c->auth_ns - c->greeting_ns;
    return x->client && x->server && x->user && x->db && x->visibility && x->close_why;
}

static enum pp_status on_connection(void *priv, const struct sto_connection *c)
{
    struct ana_input *in = priv;
    struct ana_facts *f = &in->facts;
    struct ana_report *r = in->report;
    if (!FACT_ROOM(f->conns, f->conn_count, f->conn_cap) ||
        !FACT_ROOM(r->connections, r->connection_count, in->connection_cap))
        return PP_NOMEM;
    bool ok = fill_connection(&r->connections[r->connection_count++], c);
    if (f->has_seconds) /* else the rows are counted: the recorder's own count is missing where it was killed
                         */
        r->connections[r->connection_count - 1].statements = c->statements;
    bool tls = strcmp(c->visibility, "tls") == 0, compressed = strcmp(c->visibility, "compressed") == 0;
    bool x = strcmp(c->visibility, "x_protocol") == 0, opaque = tls || compressed || x;
    uint32_t pool = c->pool_id ? ana_facts_pool(f, c->pool_id) : FACT_NONE;
    if (pool != FACT_NONE && ana_vantage_add(&r->pools[pool], c) != PP_OK)
        return PP_NOMEM;
    r->coverage.tls += tls;
    r->coverage.compressed += compressed;
    r->coverage.x_protocol += x;
    r->coverage.plain += !opaque;
    in->watched_mysql = true;
    struct fact_conn *k = &f->conns[f->conn_count++];
    *k = (struct fact_conn){.id = c->id,
                            .open_ns = c->open_ns,
                            .ready_ns = c->ready_ns,
                            .close_ns = c->close_ns,
                            .pool = pool,
                            .host = ana_name(in, c->client, ana_host_bytes(c->client)),
                            .server = ana_name(in, c->server, strlen(c->server)),
                            .user = ana_name(in, c->user, strlen(c->user)),
                            .connect_errno = c->connect_errno,
                            .mid_stream = c->mid_stream,
                            .opaque = opaque};
    return ok && k->host != FACT_NONE && k->server != FACT_NONE && k->user != FACT_NONE ? PP_OK : PP_NOMEM;
}

static enum pp_status on_checkout(void *priv, const struct sto_checkout *c)
{
    struct ana_input *in = priv;
    struct ana_facts *f = &in->facts;
    if (!FACT_ROOM(f->checkouts, f->checkout_count, f->checkout_cap))
        return PP_NOMEM;
    f->checkouts[f->checkout_count++] = (struct fact_checkout){.start_ns = c->start_ns,
                                                               .end_ns = c->end_ns,
                                                               .conn = ana_facts_conn(f, c->conn_id),
                                                               .statements = c->statements,
                                                               .voided = c->voided};
    return PP_OK;
}

static uint32_t endpoint_of(struct ana_input *in, const struct sto_request *q)
{
    struct ana_report *r = in->report;
    char *key = ana_textf("%s %s", q->method, q->route);
    if (!key)
        return FACT_NONE;
    uintptr_t known = (uintptr_t)map_get(in->endpoint_map, key, strlen(key));
    uint32_t index = (uint32_t)(known - 1);
    if (!known) {
        index = FACT_NONE;
        if (FACT_ROOM(r->endpoints, r->endpoint_count, in->endpoint_cap) &&
            map_set(in->endpoint_map, key, strlen(key), (void *)((uintptr_t)r->endpoint_count + 1)) ==
                PP_OK) {
            index = (uint32_t)r->endpoint_count++;
            r->endpoints[index] = (struct ana_endpoint){.id = index,
                                                        .method = ana_text(q->method),
                                                        .route = ana_text(q->route),
                                                        .latency.hist = hist_new()};
            const struct ana_endpoint *e = &r->endpoints[index];
            if (!e->method || !e->route || !e->latency.hist)
                index = FACT_NONE;
        }
    }
    free(key);
    return index;
}

static enum pp_status on_request(void *priv, const struct sto_request *q)
{
    struct ana_input *in = priv;
    struct ana_facts *f = &in->facts;
    if (!FACT_ROOM(f->requests, f->request_count, f->request_cap))
        return PP_NOMEM;
    struct fact_request *x = &f->requests[f->request_count];
    *x = (struct fact_request){.id = q->id,
                               .client_port = ana_port(q->client),
                               .server = ana_name(in, q->server, strlen(q->server)),
                               .arrival_ns = q->arrival_ns,
                               .request_end_ns = q->request_end_ns,
                               .first_ns = q->first_ns,
                               .last_ns = q->last_ns,
                               .queue_ns =
                                   q->queue_ns > 0 && q->queue_ns <= LONGEST_QUEUE_NS ? q->queue_ns : 0,
                               .endpoint = endpoint_of(in, q),
                               .level_mark = q->level_id,
                               .level = FACT_NONE,
                               .host = ana_name(in, q->server, ana_host_bytes(q->server)),
                               .status = q->status,
                               .complete = q->complete && q->arrival_ns > 0 && q->last_ns >= q->arrival_ns};
    if (x->endpoint == FACT_NONE || x->host == FACT_NONE || x->server == FACT_NONE)
        return PP_NOMEM;
    (void)ana_trace_parse(x->trace, q->trace_id);
    f->request_count++;
    struct ana_endpoint *e = &in->report->endpoints[x->endpoint];
    e->incomplete += !x->complete;
    if (!x->complete)
        return PP_OK;
    e->requests++;
    e->errors += x->status >= 400;
    hist_add(e->latency.hist, fact_latency_ns(x));
    return PP_OK;
}

static enum pp_status on_trace(void *priv, const struct sto_trace *t)
{
    struct ana_facts *f = &((struct ana_input *)priv)->facts;
    struct fact_trace x = {.sent_ns = t->sent_ns, .conn = ana_facts_conn(f, t->conn_id)};
    if (x.conn == FACT_NONE || !ana_trace_parse(x.trace, t->trace_id))
        return PP_OK;
    if (!FACT_ROOM(f->traces, f->trace_count, f->trace_cap))
        return PP_NOMEM;
    f->traces[f->trace_count++] = x;
    return PP_OK;
}

static enum pp_status on_level(void *priv, const struct sto_level *l)
{
    struct ana_facts *f = &((struct ana_input *)priv)->facts;
    if (!FACT_ROOM(f->levels, f->level_count, f->level_cap))
        return PP_NOMEM;
    f->levels[f->level_count++] =
        (struct fact_level){.id = l->id, .users = l->users, .start_ns = l->start_ns, .end_ns = l->end_ns};
    return PP_OK;
}

static enum pp_status on_load(void *priv, const struct sto_load_result *l)
{
    struct ana_input *in = priv;
    if (!FACT_ROOM(in->loads, in->load_count, in->load_cap))
        return PP_NOMEM;
    struct ana_load *x = &in->loads[in->load_count++];
    *x = (struct ana_load){.users = l->users,
                           .start_ns = l->start_ns,
                           .end_ns = l->end_ns,
                           .json = ana_text(l->json),
                           .target = ana_text(l->target)};
    return x->json && x->target ? PP_OK : PP_NOMEM;
}

/* Rows come by scope, name, time: the last of a name is the one in force at the end. */
static enum pp_status on_config(void *priv, const struct sto_config *c)
{
    struct ana_input *in = priv;
    struct ana_report *r = in->report;
    struct ana_setting *last = r->setting_count ? &r->settings[r->setting_count - 1] : NULL;
    if (last && strcmp(last->scope, c->scope) == 0 && strcmp(last->name, c->name) == 0) {
        char *value = ana_text(c->value);
        if (!value)
            return PP_NOMEM;
        free(last->value);
        last->value = value;
        return PP_OK;
    }
    if (!FACT_ROOM(r->settings, r->setting_count, in->setting_cap))
        return PP_NOMEM;
    struct ana_setting *s = &r->settings[r->setting_count++];
    *s = (struct ana_setting){
        .scope = ana_text(c->scope), .name = ana_text(c->name), .value = ana_text(c->value)};
    return s->scope && s->name && s->value ? PP_OK : PP_NOMEM;
}

static enum pp_status on_gap(void *priv, const struct sto_gap *g)
{
    struct ana_input *in = priv;
    in->gap_rows++;
    in->gap_bytes += g->bytes;
    return PP_OK;
}

enum pp_status ana_read_rows(struct ana_input *in, struct sto_run *run, struct pp_err *err)
{
    enum pp_status st = sto_each_pool(run, on_pool, in, err);
    if (st == PP_OK)
        st = sto_each_connection(run, on_connection, in, err);
    if (st == PP_OK)
        st = sto_each_checkout(run, on_checkout, in, err);
    if (st == PP_OK)
        st = sto_each_request(run, on_request, in, err);
    if (st == PP_OK)
        st = sto_each_trace(run, on_trace, in, err);
    if (st == PP_OK)
        st = sto_each_level(run, on_level, in, err);
    if (st == PP_OK)
        st = sto_each_load_result(run, on_load, in, err);
    if (st == PP_OK)
        st = ana_loads_read(in);
    if (st == PP_OK)
        st = sto_each_config(run, on_config, in, err);
    return st == PP_OK ? sto_each_gap(run, on_gap, in, err) : st;
}

/* summary: connects the stages: capture → flow → mysql/http → session → store; no stage knows a later one */
#include "pipeline.h"

#include "base/obj.h"
#include "base/opt.h"
#include "base/rare.h"
#include "flow.h"
#include "http.h"
#include "myw.h"
#include "session.h"
#include "store.h"

#include <string.h>

#define PIPELINE_MAGIC 0x70695065U

enum port_role {
    ROLE_NONE = 0,
    ROLE_MYSQL,
    ROLE_HTTP,
};

struct pipeline {
    uint32_t magic;
    struct flow *flow;
    struct myw *myw;
    struct http *http;
    struct ses *ses;
    struct sto_writer *writer;
    pipeline_digest_f *on_digest;
    void *on_digest_priv;
    uint8_t role[UINT16_MAX + 1]; /* enum port_role of each server port */
};

static PP_APART void on_http(struct pipeline *p, const struct flow_event *ev)
{
    http_on_event(p->http, ev);
}

static void on_flow(void *priv, const struct flow_event *ev)
{
    struct pipeline *p = priv;

    switch (p->role[ev->conn->server.port]) {
    case ROLE_MYSQL:
        myw_on_event(p->myw, ev);
        break;
    case ROLE_HTTP:
        on_http(p, ev);
        break;
    default:
        break;
    }
}

static void on_exchange(void *priv, const struct myw_exchange *x)
{
    ses_on_exchange(priv, x);
}

static void on_lifecycle(void *priv, const struct myw_lifecycle *l)
{
    ses_on_lifecycle(priv, l);
}

static void on_tls_exchange(void *priv, const struct myw_tls_exchange *x)
{
    ses_on_tls_exchange(priv, x);
}

static void on_request(void *priv, const struct http_exchange *x)
{
    ses_on_request(priv, x);
}

static void put_pool(void *priv, const struct ses_pool *f)
{
    sto_put_pool(((struct pipeline *)priv)->writer, f);
}

static void put_connection(void *priv, const struct ses_connection *f)
{
    sto_put_connection(((struct pipeline *)priv)->writer, f);
}

static void put_statement(void *priv, const struct ses_statement *f)
{
    struct pipeline *p = priv;

    if (p->on_digest != NULL && f->digest_is_new && f->digest != 0)
        p->on_digest(p->on_digest_priv, f->digest, f->digest_text);
    sto_put_statement(p->writer, f);
}

static void put_txn(void *priv, const struct ses_txn *f)
{
    sto_put_txn(((struct pipeline *)priv)->writer, f);
}

static void put_checkout(void *priv, const struct ses_checkout *f)
{
    sto_put_checkout(((struct pipeline *)priv)->writer, f);
}

static void put_request(void *priv, const struct ses_request *f)
{
    sto_put_request(((struct pipeline *)priv)->writer, f);
}

static void put_level(void *priv, const struct ses_level *f)
{
    sto_put_level(((struct pipeline *)priv)->writer, f);
}

static void put_gap(void *priv, const struct ses_gap *f)
{
    sto_put_gap(((struct pipeline *)priv)->writer, f);
}

static void put_tls_exchange(void *priv, const struct ses_tls_exchange *f)
{
    sto_put_tls_exchange(((struct pipeline *)priv)->writer, f);
}

static bool add_port(struct pipeline_ports *ports, uint16_t port)
{
    for (size_t i = 0; i < ports->all_count; i++)
        if (ports->all[i] == port)
            return false;
    ports->all[ports->all_count++] = port;
    return true;
}

enum pp_status pipeline_parse_ports(struct pipeline_ports *out, const char *mysql, const char *http,
                                    struct pp_err *err)
{
    memset(out, 0, sizeof *out);
    if (opt_parse_ports(mysql, out->mysql, PIPELINE_PORTS_MAX, &out->mysql_count) != PP_OK)
        return pp_err_set(err, PP_INVALID, "--mysql-port takes TCP ports such as 3306,3307, not '%s'", mysql);
    if (opt_parse_ports(http, out->http, PIPELINE_PORTS_MAX, &out->http_count) != PP_OK)
        return pp_err_set(err, PP_INVALID, "--http-port takes TCP ports such as 8000,8080, not '%s'", http);
    for (size_t i = 0; i < out->mysql_count; i++)
        add_port(out, out->mysql[i]);
    size_t mysql_ports = out->all_count;
    for (size_t i = 0; i < out->http_count; i++) {
        for (size_t k = 0; k < mysql_ports; k++)
            if (out->all[k] == out->http[i])
                return pp_err_set(err, PP_INVALID, "port %u cannot be both --mysql-port and --http-port",
                                  (unsigned)out->http[i]);
        add_port(out, out->http[i]);
    }
    return PP_OK;
}

static enum pp_status make_stages(struct pipeline *p, const struct pipeline_options *options)
{
    struct ses_sink facts = {
        .pool = put_pool,
        .connection = put_connection,
        .statement = put_statement,
        .txn = put_txn,
        .checkout = put_checkout,
        .request = put_request,
        .level = put_level,
        .gap = put_gap,
        .tls_exchange = put_tls_exchange,
        .priv = p,
    };
    struct ses_options ses_options = {.samples = options->samples};
    enum pp_status st = ses_new(&p->ses, &ses_options, options->facts != NULL ? options->facts : &facts);
    if (st != PP_OK)
        return st;

    struct myw_sink exchanges = {
        .exchange = on_exchange, .lifecycle = on_lifecycle, .tls_exchange = on_tls_exchange, .priv = p->ses};
    struct myw_options myw_options = {.keep_params = false};
    st = myw_new(&p->myw, &myw_options, &exchanges);
    if (st != PP_OK)
        return st;

    st = http_new(&p->http, on_request, p->ses);
    if (st != PP_OK)
        return st;

    struct flow_options flow_options = {
        .server_ports = options->ports->all,
        .server_port_count = options->ports->all_count,
    };
    return flow_new(&p->flow, &flow_options, on_flow, p);
}

enum pp_status pipeline_new(struct pipeline **out, const struct pipeline_options *options)
{
    struct pipeline *p;

    if (OBJ_NEW(p, PIPELINE_MAGIC) == NULL)
        return PP_NOMEM;
    for (size_t i = 0; i < options->ports->mysql_count; i++)
        p->role[options->ports->mysql[i]] = ROLE_MYSQL;
    for (size_t i = 0; i < options->ports->http_count; i++)
        p->role[options->ports->http[i]] = ROLE_HTTP;
    p->writer = options->writer;
    p->on_digest = options->on_digest;
    p->on_digest_priv = options->on_digest_priv;
    enum pp_status st = make_stages(p, options);
    if (st != PP_OK) {
        pipeline_free(&p);
        return st;
    }
    *out = p;
    return PP_OK;
}

void pipeline_on_segment(void *priv, const struct cap_segment *seg)
{
    struct pipeline *p = priv;

    OBJ_CHECK(p, PIPELINE_MAGIC);
    flow_on_segment(p->flow, seg);
}

void pipeline_finish(struct pipeline *p, int64_t now_ns)
{
    OBJ_CHECK(p, PIPELINE_MAGIC);
    flow_finish(p->flow, now_ns);
    ses_finish(p->ses, now_ns);
}

void pipeline_get_progress(const struct pipeline *p, struct pipeline_progress *out)
{
    struct ses_counters ses;
    struct flow_counters flow;
    struct myw_counters myw;

    OBJ_CHECK(p, PIPELINE_MAGIC);
    ses_get_counters(p->ses, &ses);
    flow_get_counters(p->flow, &flow);
    myw_get_counters(p->myw, &myw);
    out->statements = ses.statements;
    out->requests = ses.requests;
    out->gaps = flow.gaps;
    out->voided_statements = ses.voided_statements;
    out->tls_connections = myw.tls_connections;
    out->connections = myw.connections;
}

void pipeline_get_in_flight(const struct pipeline *p, myw_in_flight_f *f, void *priv,
                            struct http_in_flight *requests)
{
    OBJ_CHECK(p, PIPELINE_MAGIC);
    if (f != NULL)
        myw_each_in_flight(p->myw, f, priv);
    http_get_in_flight(p->http, requests);
}

static void put_count(struct sto_writer *w, const char *key, uint64_t value)
{
    sto_put_meta_int(w, key, (int64_t)value);
}

static void put_flow(const struct pipeline *p, struct sto_writer *w)
{
    struct flow_counters n;

    flow_get_counters(p->flow, &n);
    put_count(w, STO_META_FLOW_GAPS, n.gaps);
    put_count(w, STO_META_FLOW_GAP_BYTES, n.gap_bytes);
    put_count(w, STO_META_FLOW_EVICTED, n.evicted);
    put_count(w, STO_META_FLOW_MID_STREAM, n.mid_stream);
    put_count(w, STO_META_FLOW_REPEATED, n.retransmitted_segments);
    put_count(w, STO_META_FLOW_REORDERED, n.out_of_order_segments);
    put_count(w, STO_META_FLOW_LATE, n.late_segments);
    put_count(w, STO_META_FLOW_BUFFER_LIMITS, n.buffer_limits);
    put_count(w, STO_META_FLOW_NO_MEMORY, n.no_memory);
}

static void put_mysql(const struct pipeline *p, struct sto_writer *w)
{
    struct myw_counters n;

    myw_get_counters(p->myw, &n);
    put_count(w, STO_META_MYSQL_CONNECTIONS, n.connections);
    put_count(w, STO_META_MYSQL_EXCHANGES, n.exchanges);
    put_count(w, STO_META_MYSQL_VOIDED, n.voided_commands);
    put_count(w, STO_META_MYSQL_DESYNCS, n.desyncs);
    put_count(w, STO_META_MYSQL_TLS, n.tls_connections);
    put_count(w, STO_META_MYSQL_COMPRESSED, n.compressed_connections);
    put_count(w, STO_META_MYSQL_INFLATED, n.inflated_connections);
    put_count(w, STO_META_MYSQL_X, n.x_connections);
    put_count(w, STO_META_MYSQL_UNSOLICITED, n.unsolicited);
    put_count(w, STO_META_MYSQL_RESYNCS, n.resyncs);
    put_count(w, STO_META_MYSQL_FORGOTTEN, n.forgotten_statements);
    put_count(w, STO_META_MYSQL_INFLATE_LIMITS, n.inflate_limits);
    put_count(w, STO_META_MYSQL_TEXT_LIMITS, n.text_limits);
    put_count(w, STO_META_MYSQL_QUEUE_LIMITS, n.queue_limits);
    put_count(w, STO_META_MYSQL_NO_MEMORY, n.no_memory);
}

static void put_http(const struct pipeline *p, struct sto_writer *w)
{
    struct http_counters n;

    http_get_counters(p->http, &n);
    put_count(w, STO_META_HTTP_CONNECTIONS, n.connections);
    put_count(w, STO_META_HTTP_REQUESTS, n.requests);
    put_count(w, STO_META_HTTP_INCOMPLETE, n.incomplete);
    put_count(w, STO_META_HTTP_MALFORMED, n.malformed);
    put_count(w, STO_META_HTTP_NOT_HTTP, n.not_http);
}

static void put_session(const struct pipeline *p, struct sto_writer *w)
{
    struct ses_counters n;

    ses_get_counters(p->ses, &n);
    put_count(w, STO_META_SES_STATEMENTS, n.statements);
    put_count(w, STO_META_SES_VOIDED_STATEMENTS, n.voided_statements);
    put_count(w, STO_META_SES_VOIDED_TXNS, n.voided_txns);
    put_count(w, STO_META_SES_DIGESTS_LOST, n.digests_lost);
    put_count(w, STO_META_SES_POOLS_LOST, n.pools_lost);
    put_count(w, STO_META_SES_LEVELS_LOST, n.levels_lost);
}

void pipeline_put_counters(const struct pipeline *p, struct sto_writer *writer)
{
    OBJ_CHECK(p, PIPELINE_MAGIC);
    put_flow(p, writer);
    put_mysql(p, writer);
    put_http(p, writer);
    put_session(p, writer);
}

void pipeline_free(struct pipeline **pp)
{
    struct pipeline *p = *pp;

    if (p == NULL)
        return;
    OBJ_CHECK(p, PIPELINE_MAGIC);
    flow_free(&p->flow);
    myw_free(&p->myw);
    http_free(&p->http);
    ses_free(&p->ses);
    OBJ_FREE(p);
    *pp = NULL;
}

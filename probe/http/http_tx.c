/* summary: exchanges in flight on one connection: begin, emission in order, giving up */
#include "http_private.h"

#include "base/obj.h"

#include <string.h>

static void drop_parser(struct http_conn *c)
{
    if (c->parser)
        htp_connp_destroy_all(c->parser);
    c->parser = NULL;
    c->parser_txs = 0;
}

static bool make_parser(struct http_conn *c)
{
    if (c->parser)
        return true;
    c->parser = htp_connp_create(c->http->cfg);
    if (!c->parser)
        return false;
    htp_connp_set_user_data(c->parser, c);
    htp_connp_open(c->parser, NULL, 0, NULL, 0, NULL);
    return true;
}

bool http_tx_begin(struct http_conn *c, int64_t arrival_ns)
{
    struct http_tx *x;

    if (c->in_flight >= HTTP_MAX_IN_FLIGHT || !make_parser(c) || !OBJ_NEW(x, HTTP_TX_MAGIC))
        return false;
    x->arrival_ns = arrival_ns;
    if (c->tail)
        c->tail->next = x;
    else
        c->head = x;
    c->tail = x;
    c->in_flight++;
    c->parser_txs++;
    if (c->in_flight > 1)
        c->pipelined = true;
    return true;
}

static void emit(struct http_conn *c, const struct http_tx *x, const char *note)
{
    const struct http_exchange out = {
        .conn_id = c->id,
        .client = c->client,
        .server = c->server,
        .method = x->method,
        .route = x->route,
        .trace_id = x->trace_id,
        .level = x->level,
        .arrival_ns = x->arrival_ns,
        .request_end_ns = x->request_end_ns,
        .first_ns = x->first_ns,
        .last_ns = x->last_ns,
        .status = x->status,
        .req_body_bytes = x->req_body_bytes,
        .resp_body_bytes = x->resp_body_bytes,
        .complete = note[0] == '\0',
        .note = note,
    };

    if (!out.complete)
        c->http->counters.incomplete++;
    if (!x->line_seen) /* nothing could be said of it but that it was there */
        return;
    c->http->counters.requests++;
    if (c->http->sink)
        c->http->sink(c->http->priv, &out);
}

static void pop(struct http_conn *c)
{
    struct http_tx *x = c->head;

    c->head = x->next;
    if (!c->head)
        c->tail = NULL;
    c->in_flight--;
    c->heads_bytes -= x->head_bytes;
    OBJ_FREE(x);
}

void http_tx_settle(struct http_conn *c)
{
    bool restart = false;

    while (c->head && c->head->request_done && c->head->response_done) {
        /* After CONNECT libhtp waits for a second look at client bytes that were consumed already. */
        restart = restart || c->head->connect;
        emit(c, c->head, c->head->gap ? "gap" : "");
        pop(c);
    }
    if (!c->head && !c->in_request && !c->in_response && (restart || c->parser_txs >= HTTP_PARSER_TXS))
        drop_parser(c);
}

void http_tx_void(struct http_conn *c, const char *note)
{
    /* Whose response comes next is not known when several requests were on their way. */
    bool hopeless = c->pipelined && strcmp(note, "closed") != 0;

    while (c->head) {
        emit(c, c->head, note);
        pop(c);
    }
    drop_parser(c);
    c->in_request = c->in_response = c->in_interim = c->opens_tunnel = c->resync_response = c->bad = false;
    c->req_peek.len = c->res_peek.len = 0;
    c->lost = hopeless;
    c->state = hopeless ? HTTP_OFF : HTTP_WAIT;
}

void http_tx_reject(struct http_conn *c)
{
    if (c->spoke_http) {
        c->http->counters.malformed++;
        http_tx_void(c, "malformed");
        return;
    }
    c->http->counters.not_http++;
    while (c->head)
        pop(c);
    drop_parser(c);
    c->state = HTTP_OFF;
}

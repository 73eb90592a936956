/* summary: one HTTP connection: its life, its data, gaps and end */
#include "http_private.h"

#include "base/obj.h"

struct http_conn *http_conn_new(struct http *h, const struct flow_conn *fc)
{
    struct http_conn *c = OBJ_NEW(c, HTTP_CONN_MAGIC);

    if (!c)
        return NULL;
    c->http = h;
    c->id = fc->id;
    flow_addr_text(c->client, sizeof c->client, &fc->client);
    flow_addr_text(c->server, sizeof c->server, &fc->server);
    c->state = fc->mid_stream ? HTTP_WAIT : HTTP_FRESH;
    c->next = h->conns;
    if (c->next)
        c->next->prev = c;
    h->conns = c;
    return c;
}

void http_conn_free(struct http_conn **cp)
{
    struct http_conn *c = *cp;

    if (!c)
        return;
    OBJ_CHECK(c, HTTP_CONN_MAGIC);
    if (c->parser)
        htp_connp_destroy_all(c->parser);
    while (c->head) {
        struct http_tx *x = c->head;

        c->head = x->next;
        OBJ_FREE(x);
    }
    if (c->prev)
        c->prev->next = c->next;
    else
        c->http->conns = c->next;
    if (c->next)
        c->next->prev = c->prev;
    OBJ_FREE(c);
    *cp = NULL;
}

void http_conn_data(struct http_conn *c, const struct flow_event *ev)
{
    c->now_ns = ev->ts_ns;
    if (c->state == HTTP_OFF) {
        if (c->lost && ev->dir == FLOW_TO_SERVER && http_feed_is_request(ev->data, ev->data_bytes))
            c->http->counters.incomplete++;
        return;
    }
    if (ev->dir == FLOW_TO_SERVER) {
        http_feed_request(c, ev->data, ev->data_bytes);
    } else {
        http_feed_response(c, ev->data, ev->data_bytes);
    }
}

void http_conn_gap(struct http_conn *c, const struct flow_event *ev)
{
    c->now_ns = ev->ts_ns;
    if (c->state == HTTP_OFF)
        return;
    if (!http_feed_gap(c, ev))
        http_tx_void(c, "gap");
}

void http_conn_close(struct http_conn *c, const struct flow_event *ev)
{
    struct http_tx *x = c->head;

    /* RFC 9112, 6.3: without a length a response ends with the connection, and only an orderly end is an end.
     */
    if (c->state == HTTP_ON && x && ev->why == FLOW_CLOSE_FIN && http_feed_until_close(c)) {
        x->last_ns = c->last_response_ns;
        x->response_done = true;
        http_tx_settle(c);
    }
    if (c->state != HTTP_OFF)
        http_tx_void(c, "closed");
    c->state = HTTP_OFF;
}

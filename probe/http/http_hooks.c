/* summary: libhtp's configuration and callbacks: what the parser found, into the exchange in flight */
#include "http_private.h"

#include "base/obj.h"

#include <string.h>

static struct http_conn *conn_of(const htp_tx_t *tx)
{
    struct http_conn *c = htp_connp_get_user_data(tx->connp);

    OBJ_CHECK(c, HTTP_CONN_MAGIC);
    return c;
}

/* The exchange, or NULL when libhtp made a transaction of its own accord. */
static struct http_tx *tx_of(const htp_tx_t *tx)
{
    struct http_tx *x = htp_tx_get_user_data(tx);

    if (x)
        OBJ_CHECK(x, HTTP_TX_MAGIC);
    return x;
}

static int refuse(const htp_tx_t *tx)
{
    conn_of(tx)->bad = true;
    return HTP_ERROR;
}

static int on_request_start(htp_tx_t *tx)
{
    struct http_conn *c = conn_of(tx);

    if (!c->tail || c->tail->request_done)
        return refuse(tx);
    htp_tx_set_user_data(tx, c->tail);
    return HTP_OK;
}

static void copy_method(char dst[HTTP_METHOD_MAX + 1], const bstr *method)
{
    size_t n = bstr_len(method);

    if (n > HTTP_METHOD_MAX)
        n = HTTP_METHOD_MAX;
    memcpy(dst, bstr_ptr(method), n);
    dst[n] = '\0';
}

static int on_request_line(htp_tx_t *tx)
{
    struct http_conn *c = conn_of(tx);
    struct http_tx *x = tx_of(tx);

    if (!x || !tx->request_method || !tx->request_uri || tx->is_protocol_0_9 ||
        (tx->request_protocol_number != HTP_PROTOCOL_1_0 && tx->request_protocol_number != HTP_PROTOCOL_1_1))
        return refuse(tx);
    copy_method(x->method, tx->request_method);
    http_route_of(x->route, bstr_ptr(tx->request_uri), bstr_len(tx->request_uri));
    x->connect = tx->request_method_number == HTP_M_CONNECT;
    x->line_seen = true;
    c->spoke_http = true;
    return HTP_OK;
}

static void end_request(struct http_conn *c, struct http_tx *x)
{
    x->request_done = true;
    x->request_end_ns = c->now_ns;
    c->in_request = false;
}

static int on_request_headers(htp_tx_t *tx)
{
    struct http_tx *x = tx_of(tx);
    const htp_header_t *h;

    if (!x)
        return refuse(tx);
    h = htp_table_get_c(tx->request_headers, "traceparent");
    if (h)
        http_trace_id_of(x->trace_id, bstr_ptr(h->value), bstr_len(h->value));
    h = htp_table_get_c(tx->request_headers, "poolload-level");
    if (h)
        http_level_mark_of(&x->level, bstr_ptr(h->value), bstr_len(h->value));
    if (x->connect)
        end_request(conn_of(tx), x);
    return HTP_OK;
}

static int on_request_body(htp_tx_data_t *d)
{
    struct http_tx *x = tx_of(d->tx);

    if (x)
        x->req_body_bytes += d->len;
    return HTP_OK;
}

static int on_request_complete(htp_tx_t *tx)
{
    struct http_tx *x = tx_of(tx);

    if (!x)
        return refuse(tx);
    if (!x->request_done)
        end_request(conn_of(tx), x);
    return HTP_OK;
}

static int on_response_start(htp_tx_t *tx)
{
    struct http_conn *c = conn_of(tx);
    struct http_tx *x = tx_of(tx);

    return x && x == c->head ? HTP_OK : refuse(tx);
}

/* RFC 9110, 6.4.1: 204 and 304 have no content, whatever their fields say. libhtp believes the fields, except
 * after HEAD. */
static int on_response_line(htp_tx_t *tx)
{
    if (tx->response_status_number == 204 || tx->response_status_number == 304)
        tx->request_method_number = HTP_M_HEAD;
    return HTP_OK;
}

static int on_response_headers(htp_tx_t *tx)
{
    struct http_tx *x = tx_of(tx);

    if (!x)
        return refuse(tx);
    x->chunked = tx->response_transfer_coding == HTP_CODING_CHUNKED;
    return HTP_OK;
}

static int on_response_body(htp_tx_data_t *d)
{
    struct http_tx *x = tx_of(d->tx);

    if (x)
        x->resp_body_bytes += d->len;
    return HTP_OK;
}

static int on_response_complete(htp_tx_t *tx)
{
    struct http_conn *c = conn_of(tx);
    struct http_tx *x = tx_of(tx);

    if (!x)
        return refuse(tx);
    x->response_done = true;
    x->last_ns = c->now_ns;
    c->in_response = false;
    return HTP_OK;
}

htp_cfg_t *http_hooks_config(void)
{
    htp_cfg_t *cfg = htp_config_create();

    if (!cfg)
        return NULL;
    htp_config_set_server_personality(cfg, HTP_SERVER_MINIMAL);
    /* Messages would pile up on the connection. */
    htp_config_set_log_level(cfg, HTP_LOG_NONE);
    htp_config_set_tx_auto_destroy(cfg, 1);
    htp_config_set_field_limits(cfg, HTTP_MAX_LINE_BYTES, HTTP_MAX_LINE_BYTES);
    htp_config_set_number_headers_limit(cfg, HTTP_MAX_HEADERS);
    htp_config_set_response_decompression(cfg, 0);
    htp_config_set_request_decompression(cfg, 0);
    htp_config_set_parse_request_cookies(cfg, 0);
    htp_config_set_parse_request_auth(cfg, 0);
    htp_config_register_request_start(cfg, on_request_start);
    htp_config_register_request_line(cfg, on_request_line);
    htp_config_register_request_headers(cfg, on_request_headers);
    htp_config_register_request_body_data(cfg, on_request_body);
    htp_config_register_request_complete(cfg, on_request_complete);
    htp_config_register_response_start(cfg, on_response_start);
    htp_config_register_response_line(cfg, on_response_line);
    htp_config_register_response_headers(cfg, on_response_headers);
    htp_config_register_response_body_data(cfg, on_response_body);
    htp_config_register_response_complete(cfg, on_response_complete);
    return cfg;
}

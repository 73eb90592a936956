/* summary: bytes into libhtp, cut so that a message's end is always the end of a piece
 *
 * libhtp looks past the end of a message when the same chunk goes on, and then tells of the end late. A piece
 * ends at a line end, or at the end of a body whose length is known, so that its callbacks come with the time
 * of the byte that caused them. Interim responses never reach libhtp: it knows only 100. */
#include "http_private.h"

#include <string.h>

enum verdict {
    VERDICT_MORE,
    VERDICT_YES,
    VERDICT_NO,
};

static size_t line_piece(const uint8_t *data, size_t len)
{
    const uint8_t *lf = memchr(data, '\n', len);

    return lf ? (size_t)(lf - data) + 1 : len;
}

/* Bytes of the request body that are still to come; -1 when not inside a body of known length. */
static int64_t request_left(const struct http_conn *c)
{
    const htp_tx_t *tx = c->parser ? htp_connp_get_in_tx(c->parser) : NULL;

    if (!tx || tx->request_progress != HTP_REQUEST_BODY || tx->request_transfer_coding != HTP_CODING_IDENTITY)
        return -1;
    return tx->request_content_length - tx->request_message_len;
}

static int64_t response_left(const struct http_conn *c)
{
    const htp_tx_t *tx = c->parser ? htp_connp_get_out_tx(c->parser) : NULL;

    if (!tx || tx->response_progress != HTP_RESPONSE_BODY ||
        tx->response_transfer_coding != HTP_CODING_IDENTITY || tx->response_content_length < 0)
        return -1;
    return tx->response_content_length - tx->response_message_len;
}

bool http_feed_until_close(const struct http_conn *c)
{
    const htp_tx_t *tx = c->parser && c->in_response ? htp_connp_get_out_tx(c->parser) : NULL;

    return tx && tx->response_progress == HTP_RESPONSE_BODY &&
           tx->response_transfer_coding == HTP_CODING_IDENTITY && tx->response_content_length < 0;
}

static bool failed(const struct http_conn *c, int rc)
{
    return c->bad || rc == HTP_STREAM_ERROR || rc == HTP_STREAM_CLOSED || rc == HTP_STREAM_STOP;
}

/* Counts header bytes of the newest request or the oldest response; false past the limits. */
static bool within_limits(struct http_conn *c, struct http_tx *x, size_t n)
{
    x->head_bytes += n;
    c->heads_bytes += n;
    return x->head_bytes <= HTTP_MAX_HEAD_BYTES && c->heads_bytes <= HTTP_MAX_HEADS_BYTES;
}

static void give_request(struct http_conn *c, const uint8_t *data, size_t n)
{
    const htp_tx_t *tx = htp_connp_get_in_tx(c->parser);

    if (!(tx && tx->request_progress == HTP_REQUEST_BODY) && !within_limits(c, c->tail, n)) {
        http_tx_reject(c);
        return;
    }
    if (failed(c, htp_connp_req_data(c->parser, NULL, data, n)))
        http_tx_reject(c);
    else
        http_tx_settle(c);
}

/* libhtp reads a broken chunk length as a body until the connection's end. No client does. */
static bool lost_chunks(const struct http_conn *c)
{
    return c->head->chunked && !c->head->response_done && http_feed_until_close(c);
}

static void give_response(struct http_conn *c, const uint8_t *data, size_t n)
{
    const htp_tx_t *tx = htp_connp_get_out_tx(c->parser);

    if (!(tx && tx->response_progress == HTP_RESPONSE_BODY) && !within_limits(c, c->head, n)) {
        http_tx_reject(c);
        return;
    }
    if (failed(c, htp_connp_res_data(c->parser, NULL, data, n)) || lost_chunks(c))
        http_tx_reject(c);
    else
        http_tx_settle(c);
}

/* Out of step, only what surely is a request counts as one. */
static bool known_method(const uint8_t *p, size_t n)
{
    static const char *const methods[] = {"GET",     "POST",    "PUT",   "DELETE", "HEAD",
                                          "OPTIONS", "CONNECT", "PATCH", "TRACE"};

    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++)
        if (strlen(methods[i]) == n && memcmp(methods[i], p, n) == 0)
            return true;
    return false;
}

/* Does it begin a request: a method, a space, and the first byte of the target? */
static enum verdict judge_request(const struct http_peek *k, bool strict)
{
    size_t n = 0;

    while (n < k->len && ((k->bytes[n] >= 'A' && k->bytes[n] <= 'Z') || (n > 0 && k->bytes[n] == '-')))
        n++;
    if (n > HTTP_METHOD_MAX - 1)
        return VERDICT_NO;
    if (n == k->len)
        return VERDICT_MORE;
    if (n < 3 || k->bytes[n] != ' ')
        return VERDICT_NO;
    if (n + 1 == k->len)
        return VERDICT_MORE;
    if (k->bytes[n + 1] <= ' ' || k->bytes[n + 1] >= 0x7f)
        return VERDICT_NO;
    if (n == 3 && memcmp(k->bytes, "PRI", 3) == 0) /* HTTP/2's preface (RFC 9113, 3.4) */
        return VERDICT_NO;
    return !strict || known_method(k->bytes, n) ? VERDICT_YES : VERDICT_NO;
}

bool http_feed_is_request(const uint8_t *data, size_t len)
{
    struct http_peek k = {.len = 0};
    enum verdict v = VERDICT_MORE;

    while (v == VERDICT_MORE && k.len < len) {
        k.bytes[k.len] = data[k.len];
        k.len++;
        v = judge_request(&k, true);
    }
    return v == VERDICT_YES;
}

static enum verdict judge_response(const struct http_peek *k)
{
    static const char lowest[] = "HTTP/1.0 100";
    static const char highest[] = "HTTP/1.9 999";

    for (size_t i = 0; i < k->len; i++)
        if (k->bytes[i] < (uint8_t)lowest[i] || k->bytes[i] > (uint8_t)highest[i])
            return VERDICT_NO;
    return k->len == HTTP_RES_PEEK ? VERDICT_YES : VERDICT_MORE;
}

static void begin_request(struct http_conn *c)
{
    struct http_peek k = c->req_peek;

    c->req_peek.len = 0;
    if (c->state == HTTP_WAIT)
        c->resync_response = true;
    if (!http_tx_begin(c, k.start_ns)) {
        c->spoke_http = true; /* a limit of ours, not a foreign protocol */
        http_tx_reject(c);
        return;
    }
    c->state = HTTP_ON;
    c->in_request = true;
    give_request(c, k.bytes, k.len);
}

static void refuse_request(struct http_conn *c)
{
    c->req_peek.len = 0;
    if (c->state != HTTP_WAIT)
        http_tx_reject(c);
}

/* Between requests: takes bytes until it is clear whether they begin one. Returns the number taken. */
static size_t peek_request(struct http_conn *c, const uint8_t *data, size_t len)
{
    struct http_peek *k = &c->req_peek;
    size_t i = 0;

    if (!k->len) /* RFC 9112, 2.2: empty lines before a request line are to be ignored */
        while (i < len && (data[i] == '\r' || data[i] == '\n'))
            i++;
    for (; i < len; i++) {
        enum verdict v;

        if (!k->len)
            k->start_ns = c->now_ns;
        k->bytes[k->len++] = data[i];
        v = judge_request(k, c->state == HTTP_WAIT);
        if (v == VERDICT_YES) {
            begin_request(c);
            return i + 1;
        }
        if (v == VERDICT_NO) {
            refuse_request(c);
            return len; /* out of step: only the start of a segment is looked at */
        }
    }
    return len;
}

void http_feed_request(struct http_conn *c, const uint8_t *data, size_t len)
{
    while (len && c->state != HTTP_OFF) {
        bool waiting = c->state == HTTP_WAIT;
        size_t n;

        if (!c->in_request && c->tail && c->tail->connect)
            return; /* what belongs to the tunnel, sent before it is there */
        if (c->in_request) {
            int64_t left = request_left(c);

            n = left > 0 && (uint64_t)left < len ? (size_t)left : left > 0 ? len : line_piece(data, len);
            give_request(c, data, n);
        } else {
            n = peek_request(c, data, len);
        }
        if (!waiting && c->state == HTTP_WAIT)
            return; /* fell out of step: the rest of this segment is no beginning */
        data += n;
        len -= n;
    }
}

/* Status of a peeked response. */
static uint16_t peeked_status(const struct http_peek *k)
{
    return (uint16_t)((k->bytes[9] - '0') * 100 + (k->bytes[10] - '0') * 10 + (k->bytes[11] - '0'));
}

static void begin_response(struct http_conn *c)
{
    struct http_peek k = c->res_peek;
    struct http_tx *x = c->head;
    uint16_t status = peeked_status(&k);

    c->res_peek.len = 0;
    c->resync_response = false;
    c->opens_tunnel = status == 101 || (x->connect && status >= 200 && status <= 299);
    if (c->opens_tunnel || (status >= 100 && status <= 199)) {
        c->in_interim = true;
        c->interim_line = k.len;
        if (!c->opens_tunnel)
            return;
    }
    x->first_ns = k.start_ns;
    x->status = status;
    if (c->opens_tunnel)
        return;
    c->in_response = true;
    give_response(c, k.bytes, k.len);
}

static void refuse_response(struct http_conn *c)
{
    c->res_peek.len = 0;
    if (!c->resync_response)
        http_tx_reject(c);
}

static size_t peek_response(struct http_conn *c, const uint8_t *data, size_t len)
{
    struct http_peek *k = &c->res_peek;

    for (size_t i = 0; i < len; i++) {
        enum verdict v;

        if (!k->len)
            k->start_ns = c->now_ns;
        k->bytes[k->len++] = data[i];
        v = judge_response(k);
        if (v == VERDICT_YES) {
            begin_response(c);
            return i + 1;
        }
        if (v == VERDICT_NO) {
            refuse_response(c);
            return len;
        }
    }
    return len;
}

static void end_interim(struct http_conn *c)
{
    c->in_interim = false;
    if (!c->opens_tunnel)
        return;
    c->head->last_ns = c->now_ns;
    c->head->response_done = true;
    http_tx_settle(c);
    http_tx_void(c, "closed"); /* nothing else can be answered in a tunnel */
    c->state = HTTP_OFF;
}

/* Skips the head of an interim response up to its empty line. Returns the number of bytes taken. */
static size_t skip_interim(struct http_conn *c, const uint8_t *data, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (data[i] == '\n') {
            bool empty = c->interim_line == 0;

            c->interim_line = 0;
            if (empty) {
                end_interim(c);
                return i + 1;
            }
        } else if (data[i] != '\r') {
            c->interim_line++;
        }
    }
    return len;
}

/* True when no response can begin now; the bytes are skipped, or the exchange is given up. */
static bool no_response_due(struct http_conn *c)
{
    if (c->state != HTTP_ON || !c->head)
        return true; /* a timeout's answer (408) before any request, or bytes of an exchange given up */
    if (c->head->line_seen && !c->head->response_done)
        return false;
    http_tx_reject(c); /* answered before it was asked, or twice */
    return true;
}

void http_feed_response(struct http_conn *c, const uint8_t *data, size_t len)
{
    while (len && c->state != HTTP_OFF) {
        size_t n;

        if (c->in_response) {
            int64_t left = response_left(c);
            bool whole = http_feed_until_close(c);

            n = left > 0 && (uint64_t)left < len ? (size_t)left
                : left > 0 || whole              ? len
                                                 : line_piece(data, len);
            c->last_response_ns = c->now_ns;
            give_response(c, data, n);
        } else if (c->in_interim) {
            n = skip_interim(c, data, len);
        } else {
            if (no_response_due(c))
                return;
            n = peek_response(c, data, len);
        }
        if (c->state == HTTP_WAIT)
            return;
        data += n;
        len -= n;
    }
}

/* One body byte of no meaning: the parser only counts them. */
static const uint8_t filler[1] = {0};

/* libhtp refuses a gap that reaches a body's end: the last byte is filled in. */
static int give_request_gap(struct http_conn *c, uint64_t bytes, int64_t left)
{
    bool to_end = bytes == (uint64_t)left;
    size_t n = (size_t)bytes - (to_end ? 1 : 0);
    int rc = n ? htp_connp_req_data(c->parser, NULL, NULL, n) : HTP_STREAM_DATA;

    return to_end && !failed(c, rc) ? htp_connp_req_data(c->parser, NULL, filler, 1) : rc;
}

static int give_response_gap(struct http_conn *c, uint64_t bytes, int64_t left)
{
    bool to_end = bytes == (uint64_t)left;
    size_t n = (size_t)bytes - (to_end ? 1 : 0);
    int rc = n ? htp_connp_res_data(c->parser, NULL, NULL, n) : HTP_STREAM_DATA;

    return to_end && !failed(c, rc) ? htp_connp_res_data(c->parser, NULL, filler, 1) : rc;
}

static bool gap_in_request(struct http_conn *c, const struct flow_event *ev)
{
    int64_t left = request_left(c);
    struct http_tx *x = c->tail;

    if (!c->in_request || left <= 0 || ev->gap_bytes > (uint64_t)left)
        return false;
    if (failed(c, give_request_gap(c, ev->gap_bytes, left)))
        return false;
    if (!ev->truncated)
        x->gap = true;
    if (x->request_done && !ev->truncated)
        x->request_end_ns = 0; /* its last byte was among those lost */
    return true;
}

static bool gap_in_response(struct http_conn *c, const struct flow_event *ev)
{
    int64_t left = response_left(c);
    struct http_tx *x = c->head;

    if (!c->in_response || (!http_feed_until_close(c) && (left <= 0 || ev->gap_bytes > (uint64_t)left)))
        return false;
    if (failed(c, give_response_gap(c, ev->gap_bytes, left)))
        return false;
    c->last_response_ns = c->now_ns;
    if (!ev->truncated)
        x->gap = true;
    if (x->response_done && !ev->truncated)
        x->last_ns = 0;
    return true;
}

bool http_feed_gap(struct http_conn *c, const struct flow_event *ev)
{
    bool stepped;

    if (c->state != HTTP_ON || ev->gap_bytes == 0 || ev->gap_bytes > SIZE_MAX)
        return false;
    stepped = ev->dir == FLOW_TO_SERVER ? gap_in_request(c, ev) : gap_in_response(c, ev);
    if (stepped)
        http_tx_settle(c);
    return stepped;
}

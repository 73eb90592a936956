/* summary: what the files of the HTTP stage share: connection, exchange in flight, header parsing */
#ifndef HTTP_PRIVATE_H
#define HTTP_PRIVATE_H

#include "flow.h"
#include "http.h"

#include <htp/htp.h>

#define HTTP_MAGIC 0x68747470u
#define HTTP_CONN_MAGIC 0x6874636fu
#define HTTP_TX_MAGIC 0x68747478u

#define HTTP_METHOD_MAX 24
#define HTTP_ROUTE_MAX 256
#define HTTP_TRACE_ID_CHARS 32
#define HTTP_ADDR_MAX 64

/* Requests without a response yet on one connection. Real clients pipeline a handful. */
#define HTTP_MAX_IN_FLIGHT 1000
/* One header line (a large cookie is 8 KiB), all header lines of one message, of all requests in flight. */
#define HTTP_MAX_LINE_BYTES 32768
#define HTTP_MAX_HEAD_BYTES 131072
#define HTTP_MAX_HEADS_BYTES 1048576
#define HTTP_MAX_HEADERS 256
/* libhtp keeps a slot for every transaction of a parser; after this many a quiet connection gets a new
 * parser. */
#define HTTP_PARSER_TXS 1000

/* "HTTP/1.1 200": enough to tell a response and whether it is an interim one. */
#define HTTP_RES_PEEK 12

/* One request on its way, and its response. */
struct http_tx {
    uint32_t magic;
    struct http_tx *next;
    char method[HTTP_METHOD_MAX + 1];
    char route[HTTP_ROUTE_MAX + 1];
    char trace_id[HTTP_TRACE_ID_CHARS + 1];
    struct http_level_mark level;
    int64_t arrival_ns, request_end_ns, first_ns, last_ns;
    uint16_t status;
    uint64_t req_body_bytes, resp_body_bytes;
    size_t head_bytes;
    bool line_seen;
    bool connect; /* the CONNECT method: no request body, and a tunnel after 2xx */
    bool request_done, response_done;
    bool chunked; /* the response's transfer coding */
    bool gap;     /* body bytes were lost */
};

enum http_conn_state {
    HTTP_FRESH, /* nothing recognised yet; what comes must be a request */
    HTTP_ON,    /* in step */
    HTTP_WAIT,  /* out of step: waits for a client segment that begins with a request */
    HTTP_OFF,   /* not HTTP, a tunnel, or beyond repair: ignored to its end */
};

/* The bytes of one direction before it is clear what they begin. */
struct http_peek {
    uint8_t bytes[HTTP_METHOD_MAX + 2];
    size_t len;
    int64_t start_ns; /* of bytes[0] */
};

struct http_conn {
    uint32_t magic;
    struct http *http;
    struct http_conn *prev, *next;
    uint64_t id;
    char client[HTTP_ADDR_MAX];
    char server[HTTP_ADDR_MAX];
    enum http_conn_state state;
    htp_connp_t *parser; /* NULL until a request begins */
    unsigned parser_txs;
    struct http_tx *head, *tail; /* in flight, oldest first */
    unsigned in_flight;
    size_t heads_bytes;
    bool pipelined;  /* ever had two in flight */
    bool spoke_http; /* a whole request line was seen */
    bool in_request; /* inside a request: its bytes go to the parser */
    bool in_response;
    bool in_interim;      /* inside the head of a 1xx response, or of the one that opens a tunnel */
    bool opens_tunnel;    /* in_interim: everything after it is a tunnel */
    bool resync_response; /* after a resynchronisation: skip server segments until one begins a response */
    bool bad;             /* a hook refused what it saw */
    bool lost;            /* off because nobody can say which response belongs to which request */
    size_t interim_line;  /* bytes of its current line, without CR */
    struct http_peek req_peek, res_peek;
    int64_t now_ns;           /* of the bytes being fed */
    int64_t last_response_ns; /* of the latest response bytes */
};

struct http {
    uint32_t magic;
    http_exchange_f *sink;
    void *priv;
    htp_cfg_t *cfg;
    struct http_conn *conns;
    struct http_counters counters;
};

/* --- http_conn.c --- */

struct http_conn *http_conn_new(struct http *h, const struct flow_conn *fc);
/* Frees it without a word about what is in flight. */
void http_conn_free(struct http_conn **cp);
void http_conn_data(struct http_conn *c, const struct flow_event *ev);
void http_conn_gap(struct http_conn *c, const struct flow_event *ev);
void http_conn_close(struct http_conn *c, const struct flow_event *ev);

/* --- http_feed.c: bytes into the parser, cut so that no message ends inside a piece --- */

void http_feed_request(struct http_conn *c, const uint8_t *data, size_t len);
void http_feed_response(struct http_conn *c, const uint8_t *data, size_t len);
/* A client segment that begins with a well-known method and a target. */
bool http_feed_is_request(const uint8_t *data, size_t len);
/* Bytes were lost; false unless they all belong to one body, so that the parser can step over them. */
bool http_feed_gap(struct http_conn *c, const struct flow_event *ev);
/* True when the response being read lasts until the connection's end. */
bool http_feed_until_close(const struct http_conn *c);

/* --- http_tx.c: the queue of exchanges in flight --- */

/* A new request begins; false when it cannot be taken (limits, memory). */
bool http_tx_begin(struct http_conn *c, int64_t arrival_ns);
/* Emits the exchanges at the front that are whole. */
void http_tx_settle(struct http_conn *c);
/* Gives up everything in flight for the reason `note` and drops the parser; the connection gets out of step.
 */
void http_tx_void(struct http_conn *c, const char *note);
/* The bytes were no HTTP: as http_tx_void, or the whole connection is none. */
void http_tx_reject(struct http_conn *c);

/* --- http_hooks.c --- */

/* Configuration with hooks and limits, NULL when memory is out. */
htp_cfg_t *http_hooks_config(void);

/* --- http_route.c, http_mark.c: pure --- */

/* Route of a request target, NUL-terminated, at most HTTP_ROUTE_MAX bytes, only printable ASCII. */
void http_route_of(char dst[HTTP_ROUTE_MAX + 1], const void *target, size_t len);
/* Trace id of a W3C traceparent (https://www.w3.org/TR/trace-context/, section 3.2); "" unless it is valid.
 */
void http_trace_id_of(char dst[HTTP_TRACE_ID_CHARS + 1], const void *value, size_t len);
/* The level mark of a Poolload-Level header; `present` only when all of it is valid. */
void http_level_mark_of(struct http_level_mark *mark, const void *value, size_t len);

#endif

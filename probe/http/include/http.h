/* summary: stage 3b: HTTP/1.1 requests with their responses, seen on the wire */
#ifndef HTTP_H
#define HTTP_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct flow_event;

/* A step of a load ramp as the generator announced it in the request's header
 *     Poolload-Level: index=2; users=30; start=1700000000000000000; end=1700000005000000000
 * (times CLOCK_REALTIME ns, the figures of one level cover [start, end)). */
struct http_level_mark {
    bool present;
    uint32_t index;
    uint32_t users;
    int64_t start_ns;
    int64_t end_ns;
    int64_t
        queue_ns; /* "; queue=NS" behind it: sent so long after it was intended (open load), 0: not said */
};

/* One request with its response. Borrowed during the callback; texts NUL-terminated, never NULL. */
struct http_exchange {
    uint64_t conn_id; /* flow_conn.id */
    const char *client;
    const char *server;
    const char *method;
    const char *route;    /* path without query; segments that are numbers, UUIDs or long hex become {id} */
    const char *trace_id; /* 32 hex digits of a W3C traceparent, "" when none */
    struct http_level_mark level;
    int64_t arrival_ns;     /* first byte of the request */
    int64_t request_end_ns; /* last byte of the request */
    int64_t first_ns;       /* first byte of the response, 0 when none was seen */
    int64_t last_ns;        /* last byte of the response, 0 when its end was not seen */
    uint16_t status;        /* 0 when none */
    uint64_t req_body_bytes;
    uint64_t resp_body_bytes;
    bool
        complete; /* request and response were seen whole; body bytes that only the snaplen cut are no loss */
    const char *note; /* "", or why not complete: "gap", "closed", "malformed", "mid_stream", "tls" */
};

typedef void http_exchange_f(void *priv, const struct http_exchange *x);

struct http_counters {
    uint64_t connections, requests, incomplete, malformed, not_http;
};

struct http;

PP_MUST_CHECK enum pp_status http_new(struct http **out, http_exchange_f *sink, void *priv);
/* Takes every event of a connection whose server speaks HTTP; uses ev->conn->app. */
void http_on_event(struct http *h, const struct flow_event *ev);
void http_get_counters(const struct http *h, struct http_counters *out);

/* Requests of which not all, or not all of the answer, was seen yet. */
struct http_in_flight {
    uint64_t requests;
    uint64_t transferring; /* of these: the request, or its answer, has begun and not ended */
};
void http_get_in_flight(const struct http *h, struct http_in_flight *out);
void http_free(struct http **hp);

#endif

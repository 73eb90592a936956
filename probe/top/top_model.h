/* summary: poolprobe top's statistics: facts and samples in, one frame an interval out; no I/O */
#ifndef TOP_MODEL_H
#define TOP_MODEL_H

#include "base/status.h"
#include "session.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TOP_POOLS_MAX 32
#define TOP_QUERIES_MAX 256
#define TOP_NAME_MAX 160
#define TOP_TEXT_MAX 256
/* Connections that are followed; further ones are counted as lost. */
#define TOP_CONNECTIONS_MAX 65536

/* What a request in flight is in. Each instant the requests are given to these in the order transfer,
 * statement, commit, transaction idle, rest: the lines add up to the requests exactly. */
enum top_line {
    TOP_STATEMENT,
    TOP_COMMIT,
    TOP_TXN_IDLE, /* a transaction is open, no command in flight */
    TOP_TRANSFER, /* the request, or its response, is on its way over HTTP */
    TOP_REST,     /* waits for a connection or is in the application */
    TOP_LINES,
};

/* Averages over the interval. Texts are as they were on the wire: hostile. */
struct top_pool {
    char name[TOP_NAME_MAX];
    double open;
    double busy;      /* a command in flight or a transaction open */
    double idle;      /* of these: a transaction open, no command in flight */
    double waiting;   /* estimate, see top_model_end_sample() */
    double saturated; /* share of the interval in which every open connection was busy */
    uint64_t now_open;
};

struct top_query {
    char text[TOP_TEXT_MAX];
    uint64_t digest; /* 0: those for which there was no room */
    uint64_t count;
    uint64_t errors;
    int64_t sum_ns;
    int64_t p95_ns;
};

/* One interval. */
struct top_frame {
    int64_t at_ns;   /* its end, CLOCK_REALTIME */
    int64_t span_ns; /* its length */
    uint64_t statements, statement_errors;
    uint64_t requests, request_errors; /* answered with 5xx */
    uint64_t gaps;
    int64_t statement_p50_ns, statement_p95_ns;
    int64_t request_p50_ns, request_p95_ns;
    int64_t in_flight_ns;       /* requests in flight, summed over the interval: divide by span_ns */
    int64_t line_ns[TOP_LINES]; /* adds up to in_flight_ns */
    double waiting;             /* of the rest: estimate for all pools together */
    double dialling;            /* connections being opened */
    uint64_t connections_lost;  /* since the start: not followed */
    size_t pool_count, query_count;
    uint64_t pools_left_out;
    struct top_pool pools[TOP_POOLS_MAX];
    struct top_query queries[TOP_QUERIES_MAX + 1];
};

enum top_sort {
    TOP_BY_TIME,
    TOP_BY_COUNT,
    TOP_BY_P95,
    TOP_BY_ERRORS,
};

struct top_model;

/* PP_NOMEM. The first interval begins at `start_ns`. */
PP_MUST_CHECK enum pp_status top_model_new(struct top_model **out, int64_t start_ns);
void top_model_free(struct top_model **mp);

/* The functions through which facts come; `priv` of them is the model. */
struct ses_sink top_model_sink(struct top_model *m);

/* A look at what is in flight at `at_ns`: begin, one call for each command, end. It stands for the time since
 * the look before it, so looks must be close together (or nothing happened between). `transferring` of the
 * `requests` are moving over HTTP. */
void top_model_begin_sample(struct top_model *m, int64_t at_ns, uint64_t requests, uint64_t transferring);
enum top_command {
    TOP_COMMAND_PLAIN,
    TOP_COMMAND_COMMIT,
    TOP_COMMAND_CONNECT, /* a connection being opened */
};
void top_model_command(struct top_model *m, uint64_t conn_id, enum top_command what);
/* Requests beyond those in transfer and all busy connections are taken to wait, at pools of which every open
 * connection is busy, in proportion to their size: an upper bound where the application itself computes. */
void top_model_end_sample(struct top_model *m);

/* Ends the interval at the last sample's time, fills `out`, begins the next one. */
void top_model_take(struct top_model *m, struct top_frame *out);

/* Fills `order` (query_count long) with the queries' indices, first is first. */
void top_frame_sort(const struct top_frame *f, enum top_sort by, uint16_t *order);
const char *top_sort_name(enum top_sort by); /* "time", "calls", "p95", "errors" */

#endif

/* summary: private: the facts of a run as compact arrays, the common input of every part of analysis */
#ifndef ANA_FACTS_H
#define ANA_FACTS_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FACT_NONE UINT32_MAX

/* A connection; the index in `conns` is its name in the other arrays. Times as in the store, 0: not seen. */
struct fact_conn {
    uint64_t id;
    int64_t open_ns, ready_ns, close_ns;
    int64_t dial_ns; /* since when the request waited that the connection was dialled for; 0: for none, as far
                        as is known; set by ana_dials_find */
    uint32_t pool;   /* index in pools, FACT_NONE */
    uint32_t host;   /* of the client, a number for its text */
    uint32_t server;
    uint32_t user;
    uint16_t connect_errno;
    bool mid_stream;
    bool opaque; /* TLS or compressed: its statements cannot be seen */
};

struct fact_pool {
    uint64_t id;
    uint32_t host, server;
    uint32_t app;     /* whose requests use it: the same number as of these; set by ana_apps_find */
    bool tool;        /* program_name of a tool, never the application's */
    bool application; /* set by ana_pools_choose, as is the next */
    bool parallel;    /* dials run beside each other: nobody waits for somebody else's */
    bool per_thread;  /* each connection is a thread's own: nobody waits for one but during its own dial; set
                         by ana_pools_bind */
};

struct fact_request {
    uint64_t id;
    uint64_t trace[2]; /* trace id, both 0: none */
    int64_t arrival_ns, request_end_ns, first_ns, last_ns;
    int64_t queue_ns; /* before the arrival, at the client: intended until sent (open load), else 0 */
    uint32_t endpoint;
    uint32_t level_mark; /* 0: none */
    uint32_t level;      /* index in levels, FACT_NONE: none; set by ana_levels_assign */
    uint32_t host;       /* of the server: the application */
    uint32_t server;     /* the same with its port */
    uint32_t app; /* the application: requests use the pools of the same number; set by ana_apps_find */
    uint16_t status;
    uint16_t client_port;
    bool complete;
};

/* As its client saw it: from when it meant to send (open load; else from the first byte) to the last byte. */
static inline int64_t fact_latency_ns(const struct fact_request *q)
{
    return q->queue_ns + (q->last_ns - q->arrival_ns);
}

struct fact_statement {
    int64_t sent_ns, last_ns; /* of a complete one, or bounds; last_ns 0: no response */
    uint32_t conn;
    uint32_t query;       /* index in the report's queries */
    uint32_t transfer_us; /* from the first byte of the response to the last */
    bool ends_txn;
    bool complete;
};

/* A statement that carried a trace id. */
struct fact_trace {
    uint64_t trace[2];
    int64_t sent_ns;
    uint32_t conn;
};

struct fact_checkout {
    int64_t start_ns, end_ns;
    uint32_t conn;
    uint32_t statements;
    bool voided;
};

struct fact_txn {
    int64_t start_ns;
    uint32_t conn;
};

struct fact_level {
    uint32_t id, users;
    int64_t start_ns, end_ns;
};

/* A sample of one role; counters from the recording's beginning, -1: not read. */
struct fact_host {
    int64_t ts_ns;
    int64_t cpu_ns, run_delay_ns, top_process_ns, top_thread_ns, throttled_ns, steal_ns;
    int64_t pressure_cpu_ns, pressure_io_ns, pressure_memory_ns;
    int64_t rss_bytes, memory_limit_bytes, cpu_limit_milli, processes, threads;
};

struct fact_hosts {
    struct fact_host *at; /* by time */
    size_t count, cap;
};

struct ana_facts {
    struct fact_conn *conns; /* by id */
    size_t conn_count, conn_cap;
    struct fact_pool *pools; /* by id */
    size_t pool_count, pool_cap;
    struct fact_request *requests; /* by arrival */
    size_t request_count, request_cap;
    struct fact_statement *statements; /* by sent */
    size_t statement_count, statement_cap;
    bool *query_works; /* by query: it runs SQL of the application, it is no prepare, ping or reset */
    size_t query_count;
    struct fact_trace *traces; /* by sent */
    size_t trace_count, trace_cap;
    struct fact_checkout *checkouts; /* by start */
    size_t checkout_count, checkout_cap;
    struct fact_txn *txns; /* by start */
    size_t txn_count, txn_cap;
    struct fact_level *levels;
    size_t level_count, level_cap;
    struct fact_hosts hosts[3]; /* by enum ana_host_role; ana_host_use (host_use.h) reads them */
    size_t endpoint_count;
    bool has_seconds; /* recorded with --no-statements: no statements, checkouts and transactions */
};

/* Makes room for one more element in an array; the array's three fields are passed. */
#define FACT_ROOM(array, count, cap) ana_room((void **)&(array), (count), &(cap), sizeof *(array))
PP_MUST_CHECK bool ana_room(void **array, size_t count, size_t *cap, size_t size);

void ana_facts_fini(struct ana_facts *f);
/* Above the number of every application (apps.c). */
uint32_t ana_app_count(const struct ana_facts *f);
/* Index of a connection or pool by id, FACT_NONE when there is none. */
uint32_t ana_facts_conn(const struct ana_facts *f, uint64_t id);
uint32_t ana_facts_pool(const struct ana_facts *f, uint64_t id);

#endif

/* summary: stage 6: reads a run, computes latencies, budgets, pools, findings, and the comparison of two runs
 */
#ifndef ANALYSIS_H
#define ANALYSIS_H

#include "ana_series.h"
#include "base/hist.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The lines of a latency budget, in the order in which they are shown (docs/attribution.md). Their sum is the
 * latency. */
enum ana_line {
#define ANA_LINE(NAME, key, title, about) ANA_##NAME,
#include "ana_line.def"
#undef ANA_LINE
    ANA_LINE_COUNT
};
const char *ana_line_key(enum ana_line line);   /* "acquire_exhausted" */
const char *ana_line_title(enum ana_line line); /* for people */
const char *ana_line_about(enum ana_line line); /* one sentence */

/* How a checkout was joined to a request. */
enum ana_join_how {
    ANA_JOIN_NONE,
    ANA_JOIN_INFERRED, /* by likelihood */
    ANA_JOIN_TRACE,    /* its statements carried the request's trace id */
};
const char *ana_join_name(enum ana_join_how how); /* "none", "inferred", "trace" */

/* Latencies of one population; `hist` holds ns. */
struct ana_latency {
    struct hist *hist; /* owned by the report */
};

/* Time of all requests of a population over the lines: adds up exactly to total_ns. low/high bound each
 * line's share that is an estimate (equal to ns where the line is measured). */
struct ana_budget {
    uint64_t requests;
    int64_t total_ns;
    int64_t ns[ANA_LINE_COUNT];
    int64_t low_ns[ANA_LINE_COUNT];
    int64_t high_ns[ANA_LINE_COUNT];
    bool identified;     /* false: nothing but `unattributed` could be said, `why_not` tells why */
    const char *why_not; /* static text or NULL */
};

/* What the server counted over a span, from the deltas of its polls (docs/server.md). An interval between two
 * polls that lies partly in the span counts with that part. Figures that the server does not tell are -1. */
struct ana_server_sum {
    bool known;     /* the server was polled in the span */
    double covered; /* share of the span that lies between two polls, 0..1 */
    /* Statements of all sessions but the probe's own. lock_ms: LOCK_TIME, see docs/server.md for what it
     * includes. */
    double statements, errors, statement_ms, lock_ms, cpu_ms;
    double rows_examined, rows_sent, rows_affected, tmp_tables, tmp_disk_tables, no_index;
    double row_lock_waits, row_lock_ms; /* InnoDB's own count of waits for row locks, and their time */
    double table_lock_ms,
        metadata_lock_ms; /* waits for table and metadata locks, with those of row locks nowhere */
    double redo_writes, redo_write_ms;  /* of the redo log's files; -1: not instrumented */
    double redo_flushes, redo_flush_ms; /* fsync of them */
    double fsyncs; /* of InnoDB by its own counter; on MariaDB those of the redo log too */
    double binlog_flushes, binlog_flush_ms; /* fsync of the binary log */
    double data_reads, data_read_ms;        /* of InnoDB's data files */
    double data_writes, data_write_ms;
    double commits, rollbacks;              /* statements COMMIT and ROLLBACK */
    double txns_read_write, txns_read_only; /* transactions that ended, autocommit ones too */
    double refused;                         /* connections refused because max_connections was reached */
    double aborted_clients, aborted_connects;
    double threads_created;
    double threads_running, threads_connected; /* means of the samples */
    double threads_running_max, threads_connected_max;
    double memory_a_connection_bytes; /* mean of the samples */
};

/* A digest of the server, over the whole run. */
struct ana_server_digest {
    char *schema, *digest, *text; /* owned; "" for NULL */
    uint64_t query;               /* ana_query.digest that it was joined to, 0: none on the wire */
    uint64_t count, errors, rows_sent, rows_examined, rows_affected, tmp_tables, tmp_disk_tables, no_index;
    int64_t timer_ns, lock_ns, cpu_ns; /* cpu_ns -1: the server does not tell */
};

/* A session that waits for a lock and the one that holds it, over the samples that saw the pair. Thread ids
 * are those of the greeting; *_conn are ids of connections on the wire, 0: none. */
struct ana_lock_wait {
    uint32_t waiting_thread, blocking_thread;
    uint64_t waiting_conn, blocking_conn;
    uint32_t samples, idle_samples;       /* those in which the blocker ran no statement */
    int64_t first_ns, last_ns;            /* of the samples */
    int64_t wait_max_ns, blocking_age_ns; /* at most */
    char *kind, *object, *index_name, *waiting_text,
        *blocking_text; /* owned; texts are digests, not statements */
};

struct ana_server_note {
    int64_t ts_ns;
    char *kind, *text; /* owned; "missing", "restart", "replaced", "reset", … */
};

struct ana_server {
    bool known; /* the server was polled */
    uint64_t polls, questions;
    double poll_ms, poll_max_ms; /* of one poll: from its first question to its last row */
    double poll_share;           /* of the recording's time that the server worked for the probe, 0..1 */
    struct ana_server_sum total;
    /* The oldest transaction that a sample showed without a statement: its age in whole seconds (-1: none),
     * its session, and in how many samples that was so. */
    int64_t idle_trx_age_ns;
    uint32_t idle_trx_thread, idle_trx_samples;
    struct ana_server_digest *digests; /* by timer, falling */
    size_t digest_count;
    struct ana_lock_wait *lock_waits; /* by wait_max_ns, falling */
    size_t lock_wait_count;
    struct ana_server_note *notes; /* by time */
    size_t note_count;
};

/* Whose CPU and memory. */
enum ana_host_role {
    ANA_HOST_APP,     /* the processes behind the HTTP ports */
    ANA_HOST_SERVER,  /* those behind the MySQL ports */
    ANA_HOST_MACHINE, /* the machine of the recorder */
    ANA_HOST_ROLES
};
const char *ana_host_role_key(enum ana_host_role role); /* "app", "server", "machine" */

/* What a role used in a span of time; CPUs are means over it unless stated. -1: not known. */
struct ana_host_use {
    bool known;                    /* false: not sampled, and all below says nothing */
    double cpu;                    /* CPUs in use */
    double cpu_low, cpu_high;      /* what the samples allow */
    double cpu_max;                /* highest mean between two samples */
    double limit;                  /* CPUs that it may use (affinity, quota); 0: not known */
    double use, use_low, use_high; /* cpu / limit, 0..1 */
    double top_process; /* CPUs that the busiest process used: 1 is all a GIL or a single thread can */
    double top_thread;  /* likewise of a thread; 1 is all that one can */
    double run_delay;   /* threads that were runnable and had no CPU */
    double throttled;   /* share of the time in which the quota held it back; above 1 over several CPUs */
    double steal;       /* machine: CPUs taken by the hypervisor */
    double pressure_cpu, pressure_io, pressure_memory; /* machine: share of the time (PSI, "some") */
    int64_t rss_mean_bytes, rss_max_bytes;             /* machine: memory that is not available */
    int64_t memory_limit_bytes;                        /* 0: none */
    int64_t processes, threads;                        /* most at once */
};

enum ana_limit_kind {
    ANA_LIMITED,     /* this is what limits it */
    ANA_NOT_LIMITED, /* nothing is exhausted: the load itself asks for no more */
    ANA_CANNOT_TELL, /* something shows, but the figures do not suffice: would_move says what would tell */
};
const char *ana_limit_kind_name(enum ana_limit_kind k); /* "limited", "not limited", "cannot tell" */

/* A candidate for what limits a level. Texts are one or two sentences each, with figures. */
struct ana_limit {
    const char *rule;  /* static: explain_rule.def */
    const char *title; /* static, for tables: "pool too small" */
    enum ana_limit_kind kind;
    double weight_ms; /* of a request's mean latency: what it takes, with the queue in front of it */
    char *text, *evidence, *against, *would_move; /* owned */
};

/* Waits for a connection, summed a request: their distribution, and the bounds of its mean. */
struct ana_waiting {
    struct ana_latency latency;
    double mean_low_ns, mean_high_ns;
};

/* What a level's statements are made of; the three add up to its budget's line. */
struct ana_statement_parts {
    bool known;
    bool lock_known;                            /* else row-lock waits are in execution_ns */
    int64_t execution_ns, lock_ns, transfer_ns; /* of all requests */
    double until_first_ns,
        transfer_sum_ns; /* of all statements: until the first byte of the response, after it */
};

struct ana_level {
    uint32_t id;       /* 0: the whole run (no level marks) */
    uint32_t users;    /* of all generators; 0: unknown */
    uint32_t nth;      /* of the levels with these users (and this application), by time: 1, 2, … */
    uint32_t app;      /* of all its requests, as ana_pool.app; 0: of several, or there is only one */
    char *http_server; /* as ana_pool.http_server; owned */
    int64_t start_ns, end_ns;
    uint64_t requests, errors, incomplete;
    double throughput; /* requests a second that arrived in the level */
    struct ana_latency latency;
    struct ana_budget budget;         /* by the population method */
    struct ana_statement_parts parts; /* of its line of statements */
    struct ana_budget joined;         /* by requests joined to their checkouts; should agree with it */
    struct ana_budget slowest;        /* of the slowest 1 % of its requests, by joining */
    struct ana_waiting wait;
    double saturated; /* share of the level's time in which the pool was saturated, 0..1 */
    double dialling;  /* share with a dial in progress */
    double mean_in_flight, mean_busy, mean_open; /* requests; connections of the application's pools */
    uint64_t statements, txns;
    struct ana_host_use host[ANA_HOST_ROLES];
    struct ana_limit *limits; /* ranked: the first is the verdict; none without a budget; owned */
    size_t limit_count;
    char *load_json;   /* what the load generator measured for it, NULL when it is not in the run; owned */
    char **more_loads; /* of generators that made the level together with that one; owned */
    size_t more_load_count;
    struct ana_server_sum server;
};

/* By what an application is known again in another run, most telling first. */
enum ana_app_key {
    ANA_APP_TARGET, /* the name that poolload --framework or record --config target=NAME declared */
    ANA_APP_LOGIN,  /* program, user and schema of its pools */
    ANA_APP_ROUTES, /* method and route, of those with at least 1 % of its requests */
    ANA_APP_PORT,
    ANA_APP_KEYS
};
const char *ana_app_key_name(enum ana_app_key by);

struct ana_app {
    uint32_t app;                 /* as ana_level.app; 0 for a run's only one */
    char *http_server;            /* one of its addresses; owned */
    char *known_by[ANA_APP_KEYS]; /* "": not known by that; owned */
};

struct ana_query {
    uint64_t digest;
    char *text; /* normalised; a command's name in brackets where there is no SQL, such as "[PING]"; owned */
    uint64_t count, errors, voided, rows;
    uint64_t req_bytes, resp_bytes;
    double share;               /* of the summed latency of all statements, 0..1 */
    struct ana_latency latency; /* complete ones: command sent to last byte of the response */
    const struct ana_server_digest
        *server; /* the server's digest of the same text (all schemas together are in
                    the sums below), NULL: not joined; borrowed from the report */
    uint64_t server_count, server_rows_sent, server_rows_examined, server_no_index;
    int64_t server_ns, server_lock_ns; /* SUM_TIMER_WAIT, SUM_LOCK_TIME; 0 when not joined */
};

struct ana_txn_summary {
    uint64_t count, commits, rollbacks, implicit, errors, closed, voided;
    uint64_t statements;
    struct ana_latency duration, commit, idle;
};

struct ana_connection {
    uint64_t id, pool_id;
    char *client, *server, *user, *db; /* owned */
    char *visibility, *close_why;
    uint32_t thread_id;
    uint16_t connect_errno;
    int64_t open_ns, ready_ns, close_ns;
    int64_t tcp_ns, greeting_ns, auth_ns; /* phases of the dial, -1 when not seen */
    int64_t busy_ns;
    uint64_t statements, txns, checkouts, voided;
    int64_t server_statements; /* that the server counted for its session, -1: not known */
    /* At the last sample of its session (of one that began before the recording: since the first): what the
     * server counted, and between what bounds the wire's commands lie then. */
    bool compared;
    uint64_t compared_server, compared_low, compared_high;
};

/* In which order a pool hands out its free connections. */
enum ana_reuse {
    ANA_REUSE_UNKNOWN, /* too few choices were seen */
    ANA_REUSE_FIFO,    /* the one idle longest */
    ANA_REUSE_LIFO,    /* the one idle shortest */
    ANA_REUSE_OTHER,
};
const char *ana_reuse_name(enum ana_reuse r); /* "fifo", "lifo", "other", "unknown" */

enum ana_dialling {
    ANA_DIALLING_UNKNOWN, /* too few dials while several requests wanted one */
    ANA_DIALLING_SERIAL,  /* one after the other */
    ANA_DIALLING_PARALLEL,
    ANA_DIALLING_MIXED,
};
const char *ana_dialling_name(enum ana_dialling d); /* "serial", "parallel", "mixed", "unknown" */

/* What the connections that a living pool closed have in common. */
enum ana_recycling {
    ANA_RECYCLING_NONE,    /* none was closed while the pool went on */
    ANA_RECYCLING_AGE,     /* so long after they were opened */
    ANA_RECYCLING_IDLE,    /* so long after their last use */
    ANA_RECYCLING_USES,    /* after so many checkouts */
    ANA_RECYCLING_UNKNOWN, /* closed, but nothing that they have in common */
};
const char *ana_recycling_name(enum ana_recycling r); /* "none", "age", "idle", "uses", "unknown" */

/* A stretch of the pool's time. */
struct ana_pool_point {
    int64_t start_ns;
    uint32_t open_max; /* ready connections at once, at most */
    double busy;       /* connections, mean */
    double saturated;  /* share of the stretch, 0..1: every connection busy, none being dialled */
    uint32_t dials;    /* begun */
};

/* Connection time by what it was held for. */
struct ana_pool_hold {
    const char *text;    /* of the query, borrowed from the report */
    uint64_t statements; /* on the pool's connections */
    uint64_t checkouts;  /* that ran it */
    double share;        /* of the pool's summed hold time in which it was in flight, 0..1 */
    double hold_ms;      /* mean length of the checkouts that ran it */
};

/* The same by the endpoint of the request that held it. */
struct ana_endpoint_hold {
    const char *method, *route; /* borrowed from the report */
    uint64_t checkouts;         /* joined to its requests */
    double share;               /* of the pool's summed hold time, 0..1 */
    double hold_ms;             /* mean length of these checkouts */
    double idle;                /* share of their time with no command in flight */
};

/* What the wire alone shows of how a pool behaves. */
struct ana_pool_wire {
    struct ana_pool_point *points; /* from the pool's first event to its last; owned */
    size_t point_count;
    int64_t point_ns; /* length of a stretch */
    enum ana_reuse reuse;
    uint64_t choices;           /* checkouts that began with two or more connections free */
    uint64_t longest, shortest; /* of these, took the one idle longest, shortest */
    double chance;              /* share of `longest` that picking blindly would give, 0..1 */
    enum ana_dialling dialling;
    uint64_t contested;         /* dials during most of which another request had no connection either */
    uint64_t overlapped;        /* of these, ran beside another dial of the pool */
    uint32_t dials_max;         /* at once */
    uint64_t given_back, taken; /* connections, while another was being dialled with requests in flight */
    enum ana_recycling recycling;
    uint64_t closed; /* while the pool went on */
    double recycle_low, recycle_mid,
        recycle_high;            /* ms of age or idle time, or uses: 10th, 50th, 90th of 100 */
    struct ana_latency lifetime; /* ready until closed, of the connections closed while the pool went on */
    struct ana_latency tcp, greeting, auth, init; /* phases of a dial; init: until the last first command */
    char *init_commands;                          /* "SET NAMES ?; SET AUTOCOMMIT = ?", NULL: none; owned */
    struct ana_pool_hold *holds;                  /* largest share first; owned */
    size_t hold_count;
    double hold_idle;                         /* share of the hold time with no command in flight */
    struct ana_endpoint_hold *endpoint_holds; /* largest share first; owned; none in a run without requests */
    size_t endpoint_hold_count;
    /* With the shares above they add up to 1: further endpoints, and checkouts of no known request. */
    double hold_other_endpoints, hold_unjoined;
};

/* Where the recorder stood, from the TCP handshakes: SYN to SYN/ACK is the way to the server and back,
 * SYN/ACK to ACK the one to the client. */
enum ana_place {
    ANA_PLACE_UNKNOWN,
    ANA_PLACE_SAME,    /* client and server are one machine */
    ANA_PLACE_CLIENT,  /* at the client */
    ANA_PLACE_SERVER,  /* at the server */
    ANA_PLACE_BETWEEN, /* on the way */
};
const char *ana_place_name(enum ana_place place); /* "unknown", "same_machine", "client", … */

struct ana_vantage {
    enum ana_place place;
    struct ana_latency to_server, to_client; /* whole handshakes; NULL histograms where there is none */
};

struct ana_pool {
    uint64_t id;
    char *client_host, *server, *user, *db, *pid, *program_name; /* owned */
    uint32_t app;      /* whose requests it serves, where the recording holds several applications; else 0 */
    char *http_server; /* of it: the address, or the host; NULL; owned */
    bool application;  /* serves the requests (has checkouts while requests were in flight) */
    bool per_thread;   /* each connection is a thread's own: requests wait for threads, not for these */
    uint64_t connections, checkouts;
    uint32_t open_min, open_max; /* ready connections at once, after the first dial burst / at most */
    uint32_t busy_max;
    uint64_t dials_under_load; /* while requests were in flight */
    uint64_t never_used;       /* but for the first commands of a dial */
    uint64_t refused;          /* handshakes that ended in an error, such as 1040 */
    double saturated;          /* of the time with requests in flight */
    struct ana_latency hold, dial;
    struct ana_pool_wire wire;
    struct ana_vantage vantage;
};

struct ana_endpoint {
    uint32_t id;          /* in order of first appearance */
    char *method, *route; /* owned */
    uint64_t requests, errors, incomplete;
    struct ana_latency latency;
    struct ana_budget budget; /* by requests joined to their checkouts */
    struct ana_waiting wait;
    struct ana_latency hold; /* of each checkout joined to its requests; NULL histogram: there is none */
};

struct ana_setting {
    char *scope, *name, *value; /* owned */
};

enum ana_severity {
    ANA_INFO,
    ANA_NOTICE,
    ANA_PROBLEM,
};

/* One statement about the run with the figures for and against it. */
struct ana_finding {
    const char *rule; /* static: "pool_too_small", "pool_never_saturated", "data_lost", … */
    enum ana_severity severity;
    uint32_t level_id; /* 0: about the whole run */
    char *text;        /* what it says, one or two sentences; owned */
    char *evidence;    /* figures for; owned, may be NULL */
    char *against;     /* figures against, or what would tell; owned, may be NULL */
};

enum ana_counter_group {
    ANA_LIMIT, /* left out because a limit of the recorder was reached */
    ANA_WIRE,  /* odd on the wire or in the capture */
};

struct ana_counter {
    const char *name, *label; /* a JSON key; what is counted */
    enum ana_counter_group group;
    uint64_t count;
};

enum {
#define ANA_COUNTER(name, KEY, group, label) ANA_COUNTER_OF_##KEY,
#include "ana_counter.def"
#undef ANA_COUNTER
    ANA_COUNTER_COUNT
};

#define ANA_COUNTERS_TEXT_MAX 2048 /* all of one group with numbers of 20 digits */

struct ana_capture {
    char *source; /* "live lo", "file x.pcap"; owned */
    uint64_t packets, bytes, kernel_drops, gaps, gap_bytes;
    uint64_t statements, voided_statements, voided_txns, incomplete_requests;
    uint64_t store_drops;
    uint64_t tls_connections, compressed_connections, x_connections; /* not readable */
#define ANA_COUNTER(name, KEY, group, label) uint64_t name;
#include "ana_counter.def"
#undef ANA_COUNTER
    double cpu_seconds; /* of the recorder; negative when not known */
    bool complete;      /* the recorder ended cleanly */
    bool cut_off;       /* the file read ended inside a packet */
    bool lossy;         /* any of the above lost something */
};

/* Sessions that the wire cannot read, of one user and program. */
struct ana_unseen {
    const char *why;           /* static: "local socket", "encrypted or compressed", … */
    char *user, *program_name; /* owned */
    uint64_t sessions, statements;
    uint64_t unknown; /* of the sessions, those whose statements are not known */
    double share;     /* of the statements of the wire and of these, 0..1 */
};

struct ana_coverage {
    uint64_t wire_statements;
    bool server_known;
    uint64_t server_statements;
    double ratio;            /* wire / server, when known; never above 1 */
    uint64_t server_missed;  /* on the wire, but not in the server's count */
    uint64_t around_samples; /* of the wire's: ended around a sample, counted on the side that agrees */
    uint64_t plain, tls, compressed, x_protocol; /* connections */
    char *why_not;             /* when the server's count is not known or not comparable; owned */
    struct ana_unseen *unseen; /* by statements, falling */
    size_t unseen_count;
    /* Readable connections whose sessions the server counted, and those of them for which the server's count
     * lies within the wire's bounds; the sums of both. */
    uint64_t connections_compared, connections_equal;
    uint64_t compared_server, compared_low, compared_high;
};

/* Statements of encrypted connections with one digest of the server's, of those that performance_schema
 * remembered at the polls: a sample. */
struct ana_tls_query {
    char *digest, *text; /* owned; text "" where the server did not tell it */
    uint64_t count, errors, rows_sent, rows_examined;
    int64_t server_ns, lock_ns; /* of all of them */
    int64_t paired_server_ns;   /* of those whose exchange on the wire is certain: */
    struct ana_latency latency; /* of these exchanges, command sent to last byte */
};

/* What the wire and performance_schema together tell of encrypted connections. */
struct ana_tls {
    bool known; /* the server told statements of such sessions */
    uint64_t connections;
    uint64_t exchanges;         /* the client's bytes and the server's after them, authentication included */
    struct ana_latency latency; /* of exchanges */
    /* Statements that the server remembered, and what became of them; the next six add up to it. */
    uint64_t statements;
    uint64_t paired;    /* certain which exchange it was */
    uint64_t edge;      /* certain, but not when its exchange began or ended */
    uint64_t ambiguous; /* it may have been one of several */
    uint64_t disagree;  /* exchanges and statements of its session do not fit: nothing was paired */
    uint64_t unseen;    /* its session is not on the wire */
    uint64_t untimed;   /* the poll did not tell the server's clock, or not every statement */
    uint64_t left_out;  /* of all, those whose digest is not in queries */
    int64_t clock_ns;   /* widest bounds of the server's timer at a poll; -1: none */
    struct ana_tls_query *queries; /* by count, falling */
    size_t query_count;
};

struct ana_blocks; /* private to the stage */
/* What part of the checkouts of the application's pools could be given to requests, and how. */
struct ana_joins {
    uint64_t exact, inferred, none; /* checkouts that overlap requests in flight */
    double confidence;              /* mean of the inferred ones, 0..1 */
};

/* One request with its budget. */
struct ana_request_row {
    uint64_t id;
    uint16_t client_port;
    uint16_t status;
    uint32_t level_id;          /* 0: in none */
    const char *method, *route; /* borrowed from the report */
    int64_t arrival_ns, latency_ns;
    double confidence;     /* that its checkouts are its own, 0..1 */
    enum ana_join_how how; /* inferred where any of its checkouts is */
    uint32_t checkouts, statements;
    int64_t ns[ANA_LINE_COUNT];        /* adds up to latency_ns */
    int64_t wait_low_ns, wait_high_ns; /* of the four lines of waiting together */
};

/* One checkout with the request that it was joined to. */
struct ana_checkout_row {
    uint64_t conn_id;
    uint32_t thread_id;
    uint16_t client_port; /* of the connection to the server */
    int64_t start_ns, end_ns;
    uint32_t statements;
    enum ana_join_how how;
    double confidence;
    uint64_t request_id; /* 0: of none; then the two below are 0 too */
    uint16_t request_client_port;
    int64_t request_arrival_ns;
};

/* A piece of a request's time; the pieces of one request follow each other and cover its latency. */
struct ana_slow_piece {
    int64_t start_ns, end_ns;
    enum ana_line line;
    uint64_t conn_id; /* that it belongs to (a wait: the one waited for), 0: none */
};
struct ana_slow_request {
    struct ana_request_row row;
    struct ana_slow_piece *pieces; /* by time, owned */
    size_t piece_count, pieces_left_out;
};
#define ANA_SLOWEST_MAX ((size_t)10)
#define ANA_SLOW_PIECES_MAX ((size_t)400) /* of one request: more cannot be told apart on a screen */

struct ana_details;

struct ana_report {
    char *path, *version, *command; /* owned */
    int64_t start_ns, end_ns;
    int64_t clock_back_ns; /* furthest that the recorder's clock was seen to be set back, 0: never */
    uint64_t marks,
        marks_late;        /* requests with the mark of a level; those that arrived well after its end, */
    int64_t marks_late_ns; /* the last of them by so much */
    uint32_t http_servers; /* that answered requests */
    uint32_t app_count;    /* applications that were told apart: their requests use no pool in common */
    struct ana_app *apps;  /* they themselves; owned */
    struct ana_capture capture;
    struct ana_coverage coverage;
    struct ana_tls tls;
    struct ana_setting *settings;
    size_t setting_count;
    struct ana_connection *connections;
    size_t connection_count;
    struct ana_pool *pools;
    size_t pool_count;
    struct ana_query *queries; /* by share, falling */
    size_t query_count;
    struct ana_txn_summary txns;
    struct ana_endpoint *endpoints; /* by total latency, falling */
    size_t endpoint_count;
    struct ana_level *levels;
    size_t level_count;
    struct ana_server server;
    struct ana_finding *findings; /* most important first */
    size_t finding_count;
    char *verdict[2];                 /* the run in two sentences; owned */
    struct ana_slow_request *slowest; /* slowest first */
    size_t slowest_count;
    struct ana_series series;
    struct ana_heatmap heatmap;
    struct ana_lanes lanes;
    struct ana_blocks *blocks; /* what the comparison resamples; NULL in a report alone */
    struct ana_joins joins;
    struct ana_budget slowest_budget; /* of the slowest 1 % of all requests */
    struct ana_details *details;      /* owned; what the rows below are made of, NULL: there are none */
};

/* Reads and computes everything. Errors as of sto_run_open; PP_NOMEM. Free with ana_report_free. */
PP_MUST_CHECK enum pp_status ana_report_new(struct ana_report **out, const char *path, struct pp_err *err);
void ana_report_free(struct ana_report **rp);

/* Requests whose latency is known, by arrival; checkouts of every pool, by start. `i` is below the count. */
size_t ana_request_count(const struct ana_report *r);
void ana_request_get(const struct ana_report *r, size_t i, struct ana_request_row *out);
size_t ana_checkout_count(const struct ana_report *r);
void ana_checkout_get(const struct ana_report *r, size_t i, struct ana_checkout_row *out);

/* ---- two runs ---- */

struct ana_diff_setting {
    const char *scope, *name; /* borrowed from the reports */
    const char *a, *b;        /* NULL: not set there */
};

/* A figure of both runs. low and high bound b - a: 95 % of ANA_RESAMPLES block bootstrap samples, and for a
 * line of the budget its estimates' bounds on top. */
struct ana_change {
    bool known; /* of the interval; else low and high are b - a */
    double a, b, low, high;
    double detectable; /* a true change of this size is found in 4 of 5 such comparisons; 0: not known */
};
#define ANA_RESAMPLES ((size_t)1000)

/* A percentile of the latency split over the lines: the mean budget of the requests whose ranks lie around
 * it, scaled so that it adds up to the percentile to the nanosecond (docs/attribution.md). */
struct ana_diff_percentile {
    double q;                                /* 0.95 */
    bool known;                              /* false: a run has no budgets of single requests */
    struct ana_budget a, b;                  /* as of one request, whose latency is the percentile */
    uint64_t window_a, window_b;             /* requests that the budget is the mean of */
    struct ana_change lines[ANA_LINE_COUNT]; /* ms; `known` as of the level's figures */
};
#define ANA_DIFF_PERCENTILES 3

struct ana_diff_level {
    uint32_t users;
    const struct ana_level *a, *b; /* NULL where one run does not have it; then nothing below is set */
    struct ana_change throughput, mean_ms, p50_ms, p95_ms, p99_ms;
    struct ana_change lines[ANA_LINE_COUNT];                      /* ms a request */
    struct ana_diff_percentile percentiles[ANA_DIFF_PERCENTILES]; /* p50, p95, p99 */
    /* The change of the throughput by line, and last by what the users do between an answer and their next
     * request; a is 0, b the part. Where users send the next request after the answer (poolload --users). */
#define ANA_RATE_PARTS (ANA_LINE_COUNT + 1)
    bool rate_known;
    struct ana_change rate_parts[ANA_RATE_PARTS];
    uint32_t blocks_a, blocks_b; /* that were resampled; 0: too few for an interval */
    double block_ms;             /* their length in run A */
};

struct ana_diff_endpoint {
    const char *method, *route; /* borrowed from the reports */
    const struct ana_endpoint *a, *b;
    struct ana_change mean_ms, p95_ms; /* of the latency; set where both have it */
};

struct ana_diff_query {
    const char *text;
    const struct ana_query *a, *b;
    struct ana_change mean_ms, p95_ms; /* of the latency; set where both have it */
};

enum ana_verdict {
    ANA_SUPPORTED,
    ANA_REFUTED,
    ANA_NOT_IDENTIFIABLE,
};
const char *ana_verdict_name(enum ana_verdict v); /* "supported", "refuted", "not identifiable" */

/* A suspected cause of the change with its verdict. */
struct ana_diff_cause {
    char *cause; /* owned: "pool size 5-5 → 100-100" */
    enum ana_verdict verdict;
    char *evidence; /* owned */
    char *against;  /* owned: what speaks against it, or what would tell */
};

/* An application of both runs, or of one. */
struct ana_diff_app {
    const struct ana_app *a,
        *b;              /* borrowed from the reports; NULL: none of that run could be told to be it */
    enum ana_app_key by; /* what told that they are the same; ANA_APP_KEYS where nothing did */
};

struct ana_diff {
    struct ana_report *a, *b;  /* owned */
    struct ana_diff_app *apps; /* none where both runs have a single one */
    size_t app_count;
    struct ana_diff_level *levels; /* matched by users (by id where users are unknown) and application */
    size_t level_count;
    struct ana_diff_setting *settings; /* those that differ */
    size_t setting_count;
    struct ana_diff_query *queries; /* matched by digest, largest change of summed latency a request first */
    size_t query_count;
    struct ana_diff_endpoint *endpoints; /* largest change of their part in a request's mean latency first */
    size_t endpoint_count;
    struct ana_diff_cause *causes;
    size_t cause_count;
    char *verdict[2]; /* the comparison in two sentences; owned */
};

PP_MUST_CHECK enum pp_status ana_diff_new(struct ana_diff **out, const char *path_a, const char *path_b,
                                          struct pp_err *err);
void ana_diff_free(struct ana_diff **dp);

/* Every counter of ana_counter.def. */
void ana_counters(const struct ana_capture *c, struct ana_counter out[ANA_COUNTER_COUNT]);
/* "3 SQL texts cut, 1 …" of the group's counters above zero; returns how many there are. */
size_t ana_counters_text(char *dst, size_t n, const struct ana_capture *c, enum ana_counter_group group);

#endif

/* summary: stage 5: one SQLite file a run: written while recording, read by analysis */
#ifndef STORE_H
#define STORE_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ses_pool;
struct ses_connection;
struct ses_statement;
struct ses_txn;
struct ses_checkout;
struct ses_request;
struct ses_level;
struct ses_gap;
struct ses_tls_exchange;

/* PRAGMA user_version of the files this program writes, and the oldest that it reads. */
#define STO_VERSION 3
#define STO_VERSION_OLDEST                                                                                   \
    2 /* load results by the number of their level: a later ramp took the earlier one's place */
/* PRAGMA application_id: "Plpr". */
#define STO_APPLICATION_ID 0x506c7072

/* Keys of the meta table; numbers in decimal. `record` writes them, analysis reads them. Counters are those
 * of the public headers of the stages; absent: not known. */
#define STO_META_VERSION "version"   /* program version that recorded */
#define STO_META_COMMAND "command"   /* command line, without passwords */
#define STO_META_SOURCE "source"     /* "live lo", "file x.pcap" */
#define STO_META_START_NS "start_ns" /* recording started (file: first packet) */
#define STO_META_END_NS "end_ns"     /* recording ended (file: last packet) */
#define STO_META_COMPLETE "complete" /* 1: the recorder ended cleanly; absent: it did not */
#define STO_META_CAP_PACKETS "capture.packets"
#define STO_META_CAP_BYTES "capture.bytes"
#define STO_META_CAP_KERNEL_DROPS "capture.kernel_drops"
#define STO_META_CAP_TRUNCATED "capture.truncated"
#define STO_META_CAP_FRAGMENTS "capture.fragments"
#define STO_META_CAP_MALFORMED "capture.malformed"
#define STO_META_CAP_UNKNOWN_LINK "capture.unknown_link"
#define STO_META_CAP_CUT_OFF "capture.cut_off" /* 1: the file ended inside a packet */
#define STO_META_FLOW_GAPS "flow.gaps"
#define STO_META_FLOW_GAP_BYTES "flow.gap_bytes"
#define STO_META_FLOW_EVICTED "flow.evicted"
#define STO_META_FLOW_MID_STREAM "flow.mid_stream"
#define STO_META_FLOW_REPEATED "flow.retransmitted_segments"
#define STO_META_FLOW_REORDERED "flow.out_of_order_segments"
#define STO_META_FLOW_LATE "flow.late_segments"
#define STO_META_FLOW_BUFFER_LIMITS "flow.buffer_limits"
#define STO_META_FLOW_NO_MEMORY "flow.no_memory"
#define STO_META_MYSQL_CONNECTIONS "mysql.connections"
#define STO_META_MYSQL_EXCHANGES "mysql.exchanges"
#define STO_META_MYSQL_VOIDED "mysql.voided" /* voided_commands */
#define STO_META_MYSQL_DESYNCS "mysql.desyncs"
#define STO_META_MYSQL_TLS "mysql.tls_connections"
#define STO_META_MYSQL_COMPRESSED "mysql.compressed_connections" /* those not decoded */
#define STO_META_MYSQL_INFLATED "mysql.inflated_connections"     /* those decoded */
#define STO_META_MYSQL_X "mysql.x_connections"
#define STO_META_MYSQL_UNSOLICITED "mysql.unsolicited"
#define STO_META_MYSQL_RESYNCS "mysql.resyncs"
#define STO_META_MYSQL_FORGOTTEN "mysql.forgotten_statements"
#define STO_META_MYSQL_INFLATE_LIMITS "mysql.inflate_limits"
#define STO_META_MYSQL_TEXT_LIMITS "mysql.text_limits"
#define STO_META_MYSQL_QUEUE_LIMITS "mysql.queue_limits"
#define STO_META_MYSQL_NO_MEMORY "mysql.no_memory"
#define STO_META_HTTP_CONNECTIONS "http.connections"
#define STO_META_HTTP_REQUESTS "http.requests"
#define STO_META_HTTP_INCOMPLETE "http.incomplete"
#define STO_META_HTTP_MALFORMED "http.malformed"
#define STO_META_HTTP_NOT_HTTP "http.not_http"
#define STO_META_SES_STATEMENTS "session.statements"
#define STO_META_SES_VOIDED_STATEMENTS "session.voided_statements"
#define STO_META_SES_VOIDED_TXNS "session.voided_txns"
#define STO_META_SES_DIGESTS_LOST "session.digests_lost"
#define STO_META_SES_POOLS_LOST "session.pools_lost"
#define STO_META_SES_LEVELS_LOST "session.levels_lost"
#define STO_META_STORE_DROPPED_STATEMENTS "store.dropped_statements"
#define STO_META_STORE_DROPPED_CONNECTIONS "store.dropped_connections"
#define STO_META_SERVER_VERSION "server.version"       /* of the server that was polled */
#define STO_META_SELF_CPU_NS "self.cpu_ns"             /* user + system time of the recorder */
#define STO_META_STATEMENTS_STORED "statements_stored" /* 0: --no-statements, aggregates only */

/* Rows of the ps_ tables: sto_ps_poll, sto_ps_digest_text, sto_ps_statement, … with the columns of
 * base/ps_rows.def: integers are int64_t, texts are borrowed and never NULL. */
#define STO_PS_INT(column) int64_t column;
#define STO_PS_TEXT(column) const char *column; /* NOLINT(bugprone-macro-parentheses) */
#define PS_ROW(name, NAME, order)                                                                            \
    struct sto_ps_##name {                                                                                   \
        PS_COLUMNS_##name(STO_PS_INT, STO_PS_INT, STO_PS_TEXT)                                               \
    };
#include "base/ps_rows.def"
#undef PS_ROW

/* ---- writing ---- */

struct sto_writer;

struct sto_writer_options {
    const char *path;   /* of the run file; one that is already a run file is renamed to PATH.old first; any
                           other   existing file is refused (PP_INVALID) */
    bool statements;    /* false: aggregates in statement_second; no statement, txn and checkout rows */
    bool may_drop;      /* live: when the queue is full, drop by whole connections and count; false: wait */
    size_t queue_items; /* 0: 65536 */
    bool leave_wal;     /* at the end the file stays in WAL mode, for sto_make_whole by somebody who may write
                           its folder */
    int64_t batch_ns;   /* a transaction is committed at least this often; 0: 200 ms */
    size_t
        gather_items; /* from so many queued items on their rows are gathered and written at once; 0: 1024 */
};

struct sto_writer_counters {
    uint64_t written;             /* rows */
    uint64_t dropped_statements;  /* for want of room in the queue */
    uint64_t dropped_connections; /* connections whose statements are dropped from then on */
    uint64_t queue_peak;
    uint64_t dropped_txns; /* with the statements of their connections */
    uint64_t dropped_checkouts;
    uint64_t discarded; /* rows lost after a failure of the file (sto_writer_check) */
};

/* Creates the file and starts the writer thread. PP_DENIED, PP_IO, PP_INVALID, PP_NOMEM with err. */
PP_MUST_CHECK enum pp_status sto_writer_new(struct sto_writer **out, const struct sto_writer_options *options,
                                            struct pp_err *err);

/* Facts; called from one thread; everything is copied. Failures of the file are kept and told by
 * sto_writer_check and sto_writer_free. */
void sto_put_pool(struct sto_writer *w, const struct ses_pool *p);
void sto_put_connection(struct sto_writer *w, const struct ses_connection *c); /* inserts or replaces by id */
void sto_put_statement(struct sto_writer *w, const struct ses_statement *s);
void sto_put_txn(struct sto_writer *w, const struct ses_txn *t);
void sto_put_checkout(struct sto_writer *w, const struct ses_checkout *c);
void sto_put_request(struct sto_writer *w, const struct ses_request *r);
void sto_put_level(struct sto_writer *w, const struct ses_level *l);
void sto_put_gap(struct sto_writer *w, const struct ses_gap *g);
void sto_put_tls_exchange(struct sto_writer *w, const struct ses_tls_exchange *x);

/* The CPU, memory and limits of one role at a moment; the columns are explained in sql/store.sql. Defined
 * here because it is also what sto_put_host takes. */
struct sto_host {
    int64_t ts_ns;
    const char *role;
    int64_t pid, cpu_ns, run_delay_ns, rss_bytes, processes, threads, top_process_ns, top_thread_ns;
    int64_t cpu_limit_milli, memory_limit_bytes, group_memory_bytes, throttled_periods, throttled_ns;
    int64_t steal_ns, pressure_cpu_ns, pressure_io_ns, pressure_memory_ns;
};

/* These may be called from any thread. */
void sto_put_meta(struct sto_writer *w, const char *key, const char *value);
void sto_put_meta_int(struct sto_writer *w, const char *key, int64_t value);
void sto_put_config(struct sto_writer *w, const char *scope, const char *name, const char *value,
                    int64_t ts_ns);
void sto_put_status(struct sto_writer *w, const char *name, int64_t value, int64_t ts_ns);
void sto_put_host(struct sto_writer *w, const struct sto_host *sample);

/* Rows of what the server says of itself (see base/ps_rows.def); from any thread, copied. */
#define PS_ROW(name, NAME, order)                                                                            \
    void sto_put_ps_##name(struct sto_writer *w, const struct sto_ps_##name *row);
#include "base/ps_rows.def"
#undef PS_ROW

/* The first failure of the file so far (disk full, …), PP_OK when none; what was committed before stays
 * readable. Called now and then by the thread that puts facts, it also hands on the aggregates of seconds
 * that are over. */
PP_MUST_CHECK enum pp_status sto_writer_check(struct sto_writer *w, struct pp_err *err);
void sto_writer_get_counters(struct sto_writer *w, struct sto_writer_counters *out);

/* Writes what is queued, makes the file whole without its WAL, ends the thread, nulls *wp. Returns the first
 * failure. */
PP_MUST_CHECK enum pp_status sto_writer_free(struct sto_writer **wp, struct pp_err *err);

/* Folds a WAL that sto_writer_free left into the file. A file that somebody else has open stays in WAL mode.
 * Statuses of sto_run_open. */
PP_MUST_CHECK enum pp_status sto_make_whole(const char *path, struct pp_err *err);

/* ---- adding a load generator's results to a run, also while it is being recorded ---- */

/* What one generator measured in one level. */
struct sto_load_result {
    uint32_t users;
    int64_t start_ns, end_ns; /* as in the marks; the end as it came. 0 in an old run that does not tell */
    const char *target;       /* the application's name, "" where nobody said it */
    const char *json;         /* its object of results.json */
};

/* Adds to what is there, never replaces. PP_NOENT, PP_DENIED, PP_INVALID (not a run file), PP_VERSION (also
 * of an older run), PP_IO (also: locked for more than 10 s). */
PP_MUST_CHECK enum pp_status sto_add_load_result(const char *path, const struct sto_load_result *result,
                                                 struct pp_err *err);

/* ---- reading ---- */

struct sto_run;

/* Opens read-only, also a run whose recorder was killed (recovers its WAL; a directory that cannot be written
 * is fine when no WAL is left: the file is then read as one that nobody changes; with a WAL the error says to
 * copy both). Every row read shows the moment of opening, also while the run is being recorded; close it soon
 * then: the WAL grows meanwhile. Must not outlive a sto_writer_free of the same file, or the run stays in WAL
 * mode. PP_NOENT, PP_DENIED, PP_INVALID (not a run file), PP_VERSION (names both versions), PP_IO. */
PP_MUST_CHECK enum pp_status sto_run_open(struct sto_run **out, const char *path, struct pp_err *err);
void sto_run_free(struct sto_run **rp);

/* Rows, in the stated order. Texts are borrowed during the callback. Every sto_each_ function returns PP_OK,
 * PP_IO with err (also for a damaged file), or what the callback returned when it was not PP_OK (which ends
 * the iteration). */

struct sto_meta {
    const char *key;
    const char *value;
};
struct sto_config {
    const char *scope, *name, *value;
    int64_t ts_ns;
};
struct sto_level {
    uint32_t id, users;
    int64_t start_ns, end_ns;
};
struct sto_pool {
    uint64_t id;
    const char *client_host, *server, *user, *db, *pid, *program_name;
};
struct sto_connection {
    uint64_t id, pool_id;
    const char *client, *server, *user, *db, *pid, *program_name, *client_name, *server_version, *auth_plugin;
    uint32_t thread_id;
    int64_t open_ns, greeting_ns, auth_ns, ready_ns, close_ns, rtt_ns, synack_ns;
    uint16_t connect_errno;
    const char *visibility, *close_why;
    bool mid_stream;
    uint64_t statements, voided;
};
struct sto_digest {
    uint64_t id;
    const char *text;
};
struct sto_statement {
    uint64_t id, conn_id, digest, txn_id;
    const char *cmd, *sqlstate;
    int64_t sent_ns, first_ns, last_ns;
    uint64_t rows, affected_rows, req_bytes, resp_bytes;
    uint32_t warnings, notes;
    uint16_t errnum, status;
    bool ends_txn, ok, complete;
};
/* What an analysis needs of a statement: a million of them are read in a second. */
struct sto_statement_brief {
    uint64_t conn_id, digest;
    const char *cmd;
    int64_t sent_ns, first_ns, last_ns;
    uint64_t rows, req_bytes, resp_bytes;
    uint16_t errnum;
    bool ends_txn, complete;
};
struct sto_trace {
    uint64_t conn_id;
    int64_t sent_ns; /* of the statement that carried it */
    const char *trace_id;
};
struct sto_statement_second {
    uint64_t digest;
    const char *cmd;
    int64_t second;
    uint64_t count, errors, voided, rows;
    int64_t sum_ns;
    const char *hist; /* "bucket:count …" */
};
struct sto_txn {
    uint64_t id, conn_id;
    int64_t start_ns, end_ns, busy_ns, commit_ns;
    uint32_t statements, errors;
    const char *end;
    bool read_only;
};
struct sto_checkout {
    uint64_t conn_id, pool_id;
    int64_t start_ns, end_ns;
    uint32_t statements, txns;
    bool voided;
};
struct sto_request {
    uint64_t id, conn_id;
    const char *client, *server, *method, *route, *trace_id, *note;
    uint32_t level_id;
    int64_t arrival_ns, request_end_ns, first_ns, last_ns;
    int64_t queue_ns; /* of open load: sent so long after it was intended */
    uint16_t status;
    uint64_t req_body_bytes, resp_body_bytes;
    bool complete;
};
struct sto_gap {
    uint64_t conn_id;
    int64_t ts_ns;
    uint64_t bytes;
    bool to_server;
    const char *protocol;
};
struct sto_tls_exchange {
    uint64_t conn_id;
    int64_t sent_ns, first_ns, last_ns;
    uint64_t req_bytes, resp_bytes;
    bool complete;
};
struct sto_status {
    int64_t ts_ns;
    const char *name;
    int64_t value;
};
#define STO_READER(name, row)                                                                                \
    typedef enum pp_status sto_##name##_f(void *priv, const struct row *r);                                  \
    PP_MUST_CHECK enum pp_status sto_each_##name(struct sto_run *run, sto_##name##_f *f, void *priv,         \
                                                 struct pp_err *err)

STO_READER(meta, sto_meta);                         /* by key */
STO_READER(config, sto_config);                     /* by scope, name, time */
STO_READER(level, sto_level);                       /* by id */
STO_READER(pool, sto_pool);                         /* by id */
STO_READER(connection, sto_connection);             /* by id */
STO_READER(digest, sto_digest);                     /* by id */
STO_READER(statement, sto_statement);               /* by sent_ns, id */
STO_READER(statement_brief, sto_statement_brief);   /* by id: without the cost of a sort */
STO_READER(statement_second, sto_statement_second); /* by second, digest */
STO_READER(trace, sto_trace);                       /* by sent_ns, conn_id; none in older runs */
STO_READER(txn, sto_txn);                           /* by start_ns, id */
STO_READER(checkout, sto_checkout);                 /* by start_ns, conn_id */
STO_READER(request, sto_request);                   /* by arrival_ns, id */
STO_READER(gap, sto_gap);                           /* by ts_ns */
STO_READER(tls_exchange, sto_tls_exchange);         /* by conn_id, sent_ns; none in older runs */
STO_READER(status, sto_status);                     /* by ts_ns, name */
STO_READER(host, sto_host);                         /* by ts_ns */
STO_READER(load_result, sto_load_result);           /* by start_ns, in the order in which they were added */

/* sto_each_ps_poll, …, in the order of base/ps_rows.def; no rows where the run is older than the tables. */
#define PS_ROW(name, NAME, order) STO_READER(ps_##name, sto_ps_##name);
#include "base/ps_rows.def"
#undef PS_ROW

/* One value of meta copied into dst ("" and false when it is absent or does not fit). */
bool sto_get_meta(struct sto_run *run, const char *key, char *dst, size_t n);
/* An integer of meta, `fallback` when absent. */
int64_t sto_get_meta_int(struct sto_run *run, const char *key, int64_t fallback);

#endif

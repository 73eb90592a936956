/* summary: private: what the server said of itself, as arrays: polls, deltas, counters, samples, sessions */
#ifndef ANA_SERVER_SIDE_H
#define ANA_SERVER_SIDE_H

#include "analysis.h"
#include "base/map.h"
#include "store.h"

/* Pairs of waiting and blocking sessions that a report keeps. */
#define ANA_LOCK_WAITS_MAX 1000
/* A command whose answer came this short before a question may not be in the count that it got: the server
 * counts after it has answered, and its thread can be kept from running in between, by a busy machine for a
 * few scheduler slices. */
#define ANA_COUNTED_WITHIN_NS INT64_C(100000000)
/* Questions closer than this are of one round. */
#define ANA_ROUND_NS 5000000

/* Counters and gauges of status_sample that the analysis asks for. */
enum side_status {
#define SIDE_STATUS(NAME, name) SIDE_##NAME,
#include "server_status.def"
#undef SIDE_STATUS
    SIDE_STATUSES
};

struct side_value {
    int64_t ts_ns, value;
};
struct side_values {
    struct side_value *at; /* by time */
    size_t count, cap;
};

struct side_poll {
    int64_t id, start_ns, end_ns, took_ns;
    bool restarted; /* its counters began at 0 since start_ns */
};

struct side_statement {
    uint32_t poll;   /* index in polls */
    uint32_t digest; /* index in the report's digests before they are sorted */
    int64_t count, timer_ns, lock_ns, cpu_ns, errors, rows_affected, rows_sent, rows_examined, tmp_tables,
        tmp_disk_tables, no_index;
};

enum side_event_kind {
    SIDE_REDO_WRITE,
    SIDE_REDO_FLUSH,
    SIDE_BINLOG_FLUSH,
    SIDE_DATA_READ,
    SIDE_DATA_WRITE,
    SIDE_TABLE_LOCK,
    SIDE_METADATA_LOCK,
    SIDE_EVENTS
};
struct side_event {
    uint32_t poll;
    enum side_event_kind kind;
    int64_t count, timer_ns;
};

struct side_trx {
    int64_t ts_ns, thread_id, age_ns;
    bool idle;
};

struct side_memory { /* sessions at one poll */
    int64_t ts_ns, count, bytes;
};

struct side_session {
    int64_t thread_id, first_ns, last_ns, statements_first, statements_last;
    char *user, *client, *type, *program_name; /* owned */
    bool on_wire, opaque;                      /* a connection was joined to it; that cannot be read */
};

struct side_join {
    uint64_t digest;
    char *server_digest; /* owned */
};

struct ana_side {
    struct side_poll *polls; /* by id */
    size_t poll_count, poll_cap;
    uint32_t *count_polls; /* of polls, those about statements by session */
    size_t count_poll_count, count_poll_cap;
    struct side_statement *statements;
    size_t statement_count, statement_cap;
    struct side_event *events;
    size_t event_count, event_cap;
    bool began_anew; /* the server was restarted, or another one answered */
    bool has_redo;   /* an event of the redo log's files was seen */
    struct side_values status[SIDE_STATUSES];
    struct side_trx *trx; /* by time */
    size_t trx_count, trx_cap;
    struct side_memory *memory;
    size_t memory_count, memory_cap;
    struct side_session *sessions; /* by thread id */
    size_t session_count, session_cap;
    struct side_join *joins; /* by digest */
    size_t join_count, join_cap;
    int64_t *digest_ids; /* of the report's digests before they are sorted, rising */
    size_t digest_cap, digest_id_cap, note_cap, wait_cap;
    int64_t first_ns, last_ns; /* of the polls */
    int64_t session_first_ns;  /* of the first list of sessions */
    int64_t worked_ns;
};

struct ana_input;

/* Reads the ps_ tables. PP_NOMEM, PP_IO. */
PP_MUST_CHECK enum pp_status ana_read_side(struct ana_input *in, struct sto_run *run, struct pp_err *err);
/* A row of status_sample. PP_NOMEM. */
PP_MUST_CHECK enum pp_status ana_side_status(struct ana_side *s, const struct sto_status *row);
void ana_side_fini(struct ana_side *s);

/* Whether a command that ended then is in what was counted when the server was asked at `asked_ns`. */
bool ana_side_surely_counted(int64_t end_ns, int64_t asked_ns);
/* Index of a poll by id, FACT_NONE when there is none. */
uint32_t ana_side_poll(const struct ana_side *s, int64_t id);
/* What the server counted in [from_ns, to_ns). */
void ana_side_sum(const struct ana_side *s, const struct ana_server *server, int64_t from_ns, int64_t to_ns,
                  struct ana_server_sum *out);
/* Joins the server's digests to the queries and sorts them. PP_NOMEM. */
PP_MUST_CHECK enum pp_status ana_side_join_digests(struct ana_input *in);
/* Joins sessions and connections, by thread id, else by the client's address. PP_NOMEM. */
PP_MUST_CHECK enum pp_status ana_side_join_sessions(struct ana_input *in);
/* Compares the commands of each connection with its session's count. PP_NOMEM. */
PP_MUST_CHECK enum pp_status ana_side_compare(struct ana_input *in);
/* Fills the coverage by session. PP_NOMEM. */
PP_MUST_CHECK enum pp_status ana_side_coverage(struct ana_input *in);
/* Everything of the server's side that needs queries, connections and levels. PP_NOMEM. */
PP_MUST_CHECK enum pp_status ana_side_finish(struct ana_input *in);
/* Frees the report's part. */
void ana_server_fini(struct ana_server *v);

#endif

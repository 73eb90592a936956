/* summary: stage 4: connections, statements with digest, transactions, checkouts, pools, requests */
#ifndef SESSION_H
#define SESSION_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct myw_exchange;
struct myw_lifecycle;
struct myw_tls_exchange;
struct http_exchange;

/* Facts as they leave this stage. All are borrowed during the callback; texts are NUL-terminated and never
 * NULL. Ids start at 1; 0 stands for none. Times are CLOCK_REALTIME ns; 0 stands for "not seen". */

/* A pool: connections of one client process to one server and schema. */
struct ses_pool {
    uint64_t id;
    const char *client_host;
    const char *server; /* host:port */
    const char *user;
    const char *db;
    const char *pid;          /* connection attribute _pid, "" when not sent */
    const char *program_name; /* connection attribute */
};

/* A connection, emitted when it becomes ready (or opaque, or fails) and again with its end filled in; `final`
 * tells. */
struct ses_connection {
    uint64_t id;      /* flow_conn.id */
    uint64_t pool_id; /* 0 when authentication was not seen to succeed */
    const char *client;
    const char *server;
    const char *user;
    const char *db;
    const char *pid;
    const char *program_name;
    const char *client_name;
    const char *server_version;
    const char *auth_plugin;
    uint32_t thread_id;
    int64_t open_ns;
    int64_t greeting_ns;
    int64_t auth_ns;   /* authentication done */
    int64_t ready_ns;  /* end of the dial: authentication done (initial commands are counted as statements) */
    int64_t close_ns;  /* 0 while open; COM_QUIT where the client said it: from then on its pool has one less,
                          while server and kernel may take longer */
    int64_t rtt_ns;    /* -1 when not seen */
    int64_t synack_ns; /* of it: SYN to SYN/ACK, the way between recorder and server; -1 likewise */
    uint16_t connect_errno; /* error number of a refused handshake */
    const char *visibility; /* "plain", "tls", "compressed", "x_protocol" */
    const char *close_why;  /* "" while open */
    bool mid_stream;
    bool final;
    uint64_t statements; /* so far */
    uint64_t voided;     /* commands or transactions voided by loss, so far */
};

/* How a transaction ended. Boundaries come from the server's status flags; the statement that cleared them is
 * its last, and only names the end. */
enum ses_txn_end {
    SES_TXN_COMMIT,
    SES_TXN_ROLLBACK,
    SES_TXN_IMPLICIT, /* another statement ended it (DDL, START TRANSACTION, …) */
    SES_TXN_ERROR,    /* the server rolled it back (deadlock) */
    SES_TXN_CLOSED,   /* the connection ended with it open */
    SES_TXN_VOID,     /* bytes were lost inside: nothing is said of it */
};

/* One command with its response. */
struct ses_statement {
    uint64_t id;
    uint64_t conn_id;
    uint64_t digest;         /* hash; 0 for commands without SQL */
    const char *digest_text; /* "" likewise; the same for equal digests, except hash collisions */
    bool digest_is_new;      /* first statement of this digest in the run */
    const char *cmd;         /* protocol name without COM_; static */
    const char *sample;      /* SQL as sent when samples are on, "" otherwise */
    size_t sample_bytes;
    const char *trace_id; /* 32 hex digits of the traceparent in a comment or query attribute, "" when none */
    int64_t sent_ns;
    int64_t first_ns;
    int64_t last_ns;
    uint64_t rows;
    uint64_t affected_rows;
    uint32_t warnings;
    uint16_t errnum;
    char sqlstate[6];
    uint16_t status;
    uint64_t req_bytes;
    uint64_t resp_bytes;
    uint64_t txn_id; /* 0 when outside */
    bool ends_txn; /* its response cleared IN_TRANS, or it ended one and started the next (START TRANSACTION,
                      … AND CHAIN): the budget's line `commit`. Not set where a deadlock ended the
                      transaction. */
    bool ok;
    bool complete;
    uint32_t notes; /* enum myw_note */
};

struct ses_txn {
    uint64_t id;
    uint64_t conn_id;
    int64_t start_ns;  /* sending of the statement whose response first showed IN_TRANS */
    int64_t end_ns;    /* last byte of the response that cleared it */
    int64_t busy_ns;   /* of it with a command in flight */
    int64_t commit_ns; /* of it in the statement that ended it */
    uint32_t statements;
    uint32_t errors;
    enum ses_txn_end end;
    bool read_only;
};

/* A maximal run of busy time on one connection: a command in flight or a transaction open. */
struct ses_checkout {
    uint64_t conn_id;
    uint64_t pool_id;
    int64_t start_ns;
    int64_t end_ns;
    uint32_t statements;
    uint32_t txns;
    bool voided; /* bytes were lost inside; its end is a bound, not a fact */
};

struct ses_request {
    uint64_t id;
    uint64_t conn_id;
    const char *client;
    const char *server;
    const char *method;
    const char *route;
    const char *trace_id;
    uint32_t level;   /* ses_level.id of its mark, 0 when none */
    int64_t queue_ns; /* of its mark: sent so long after it was intended, 0: not said */
    int64_t arrival_ns;
    int64_t request_end_ns;
    int64_t first_ns;
    int64_t last_ns;
    uint16_t status;
    uint64_t req_body_bytes;
    uint64_t resp_body_bytes;
    bool complete;
    const char *note;
};

/* A step of the load, emitted at the first request that announces it. */
struct ses_level {
    uint32_t id; /* index + 1; where another ramp of the run took that: the next id not used */
    uint32_t users;
    int64_t start_ns;
    int64_t end_ns;
};

/* Lost bytes on one connection. */
struct ses_gap {
    uint64_t conn_id;
    int64_t ts_ns;
    uint64_t bytes;
    bool to_server;
    const char *protocol; /* "mysql" */
};

/* What the wire shows of an encrypted connection: bytes of the client, and the server's after them; one
 * command with its response where the client sends one at a time. */
struct ses_tls_exchange {
    uint64_t conn_id;
    int64_t sent_ns;
    int64_t first_ns, last_ns; /* 0: the server sent nothing */
    uint64_t req_bytes, resp_bytes;
    bool complete; /* nothing was lost, and the client went on afterwards */
};

struct ses_sink {
    void (*pool)(void *priv, const struct ses_pool *p); /* once a pool, before its first connection */
    void (*connection)(void *priv, const struct ses_connection *c);
    void (*statement)(void *priv, const struct ses_statement *s);
    void (*txn)(void *priv, const struct ses_txn *t);
    void (*checkout)(void *priv, const struct ses_checkout *c);
    void (*request)(void *priv, const struct ses_request *r);
    void (*level)(void *priv, const struct ses_level *l);
    void (*gap)(void *priv, const struct ses_gap *g);
    void (*tls_exchange)(void *priv, const struct ses_tls_exchange *x);
    void *priv;
};

struct ses_options {
    bool samples; /* keep SQL as sent */
    size_t
        max_digests; /* 0: 10000; further ones share one digest named "(other statements)" and are counted */
};

struct ses_counters {
    uint64_t statements, voided_statements, txns, voided_txns, checkouts, requests, digests, digests_lost,
        pools;
    uint64_t pools_lost;  /* connections that share a pool because there are too many */
    uint64_t levels_lost; /* requests without a level because there are too many */
};

struct ses;

PP_MUST_CHECK enum pp_status ses_new(struct ses **out, const struct ses_options *options,
                                     const struct ses_sink *sink);
void ses_on_exchange(struct ses *s, const struct myw_exchange *x);
void ses_on_lifecycle(struct ses *s, const struct myw_lifecycle *l);
void ses_on_tls_exchange(struct ses *s, const struct myw_tls_exchange *x);
void ses_on_request(struct ses *s, const struct http_exchange *x);
/* Closes what is open (checkouts, transactions) as SES_TXN_CLOSED at `now_ns`; connections were closed by
 * their lifecycle events before. */
void ses_finish(struct ses *s, int64_t now_ns);
void ses_get_counters(const struct ses *s, struct ses_counters *out);
void ses_free(struct ses **sp);

const char *ses_txn_end_name(enum ses_txn_end end); /* "commit", "rollback", … */

#endif

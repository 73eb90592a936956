/* summary: side stage: what the MySQL server says of itself: variables, statement counts, and the poller's
 * deltas and samples */
#ifndef SERVER_H
#define SERVER_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Rows of base/ps_rows.def: struct srv_poll, srv_digest_text, srv_statement, … */
#define SRV_INT(column) int64_t column;
#define SRV_TEXT(column) const char *column; /* NOLINT(bugprone-macro-parentheses) */
#define PS_ROW(name, NAME, order)                                                                            \
    struct srv_##name {                                                                                      \
        PS_COLUMNS_##name(SRV_INT, SRV_INT, SRV_TEXT)                                                        \
    };
#include "base/ps_rows.def"
#undef PS_ROW

/* Where samples go. Texts are borrowed during the call. */
struct srv_sink {
    /* One global variable in force. */
    void (*variable)(void *priv, const char *name, const char *value, int64_t ts_ns);
    /* A counter or gauge: "statements.by_account.USER@HOST" (statements finished since the server's start, of
     * the kinds that the wire shows as one exchange each), "statements.own.USER@HOST" (of them, those that
     * the probe sent since it began), or a status variable's name. */
    void (*status)(void *priv, const char *name, int64_t value, int64_t ts_ns);
    /* One callback a row of base/ps_rows.def; only the poller calls them, from its thread. */
/* NOLINTNEXTLINE(bugprone-macro-parentheses) */
#define PS_ROW(name, NAME, order) void (*name)(void *priv, const struct srv_##name *row);
#include "base/ps_rows.def"
#undef PS_ROW
    void *priv;
};

struct srv;

/* Connects. `uri` is mysql://user@host:port; the password comes from MYSQL_PWD or an option file ([client]),
 * never from the URI: one with a password is refused (PP_INVALID). PP_IO (unreachable), PP_DENIED (wrong
 * password, missing grants), each with the remedy. */
PP_MUST_CHECK enum pp_status srv_open(struct srv **out, const char *uri, const struct srv_sink *sink,
                                      struct pp_err *err);

/* Server's version text, borrowed until srv_free. */
const char *srv_version(const struct srv *s);
/* Thread id of the probe's own connection. */
uint64_t srv_thread_id(const struct srv *s);
/* Host and port of the URI. */
uint16_t srv_port(const struct srv *s);

/* TCP port of the probe's own end of the connection, so that a capture on this machine can leave it out; 0
 * when it is not known. */
uint16_t srv_local_port(const struct srv *s);

/* Emits all global variables. */
PP_MUST_CHECK enum pp_status srv_read_variables(struct srv *s, struct pp_err *err);
/* Emits statement counts by account (nothing, and PP_NOENT with err, when performance_schema is off) and
 * status counters: Questions, Threads_connected, Threads_running, Connections, Max_used_connections,
 * Aborted_connects. */
PP_MUST_CHECK enum pp_status srv_read_counts(struct srv *s, struct pp_err *err);

#define SRV_KINDS_MAX 8

/* What a server is and lets the probe see; for `poolprobe doctor`. */
struct srv_facts {
    char version[128];
    char account[300]; /* 'user'@'host', as GRANT takes it */
    bool performance_schema;
    bool may_read;         /* SELECT on performance_schema */
    bool may_process;      /* PROCESS */
    bool only_tls;         /* require_secure_transport */
    int64_t digests;       /* performance_schema_digests_size */
    int64_t ahead_ns;      /* the server's clock minus this machine's */
    int64_t round_trip_ns; /* of the question about it: ahead_ns is uncertain by half of that */
    struct {
        char name[64]; /* a consumer that is off */
    } consumers[SRV_KINDS_MAX];
    size_t consumer_count;
    struct {
        char pattern[64]; /* of instruments */
        int64_t all, off;
    } instruments[SRV_KINDS_MAX];
    size_t instrument_count;
    int64_t tcp, tls, socket, other; /* sessions of others; only with may_read */
};
/* Asks for all of it; what a missing right or performance_schema=OFF hides stays 0. PP_IO, PP_DENIED with err
 * when the connection is lost or nothing at all may be asked. */
PP_MUST_CHECK enum pp_status srv_read_facts(struct srv *s, struct srv_facts *out, struct pp_err *err);
/* sql/probe_grants.sql. */
const char *srv_grants_text(void);
/* The address the connection goes to and this end's, as text; false when it is not known. */
bool srv_addresses(const struct srv *s, char *local, char *remote, size_t n);

void srv_free(struct srv **sp);

/* ---- the poller: a thread that asks again and again, on this connection ---- */

struct srv_poller;

/* Starts the thread; from now until srv_poller_stop the connection is the poller's, and nothing else may be
 * called with `s`. Every callback of the sink has to be set; they are called from the thread. `interval_ns`:
 * between two rounds of questions; a question that costs the server more is asked less often, so that all of
 * them together stay below 1 % of one core. What the server does not tell, or this user may not ask, is named
 * once (a note) and is no error; a lost connection is opened again, with a growing pause. PP_NOMEM, PP_IO. */
PP_MUST_CHECK enum pp_status srv_poller_start(struct srv_poller **out, struct srv *s, int64_t interval_ns,
                                              struct pp_err *err);
/* Asks everything a last time, ends the thread, nulls *pp. The connection is the caller's again. */
void srv_poller_stop(struct srv_poller **pp);
/* From any thread: a digest of the wire whose name on the server is wanted (STATEMENT_DIGEST(), where there
 * is one). `text` is the normalised text, without a literal; copied. Dropped when too many wait. */
void srv_poller_ask(struct srv_poller *p, uint64_t digest, const char *text);

#endif

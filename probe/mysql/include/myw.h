/* summary: stage 3a: MySQL client/server protocol: one command with its whole response */
#ifndef MYW_H
#define MYW_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct flow_event;
struct myw_digest_mode;

/* Server status flags (MySQL documentation, "Protocol Basics / Status Flags"). */
enum myw_status_flag {
    MYW_STATUS_IN_TRANS = 0x0001,
    MYW_STATUS_AUTOCOMMIT = 0x0002,
    MYW_STATUS_MORE_RESULTS = 0x0008,
    MYW_STATUS_NO_GOOD_INDEX_USED = 0x0010,
    MYW_STATUS_NO_INDEX_USED = 0x0020,
    MYW_STATUS_CURSOR_EXISTS = 0x0040,
    MYW_STATUS_LAST_ROW_SENT = 0x0080,
    MYW_STATUS_DB_DROPPED = 0x0100,
    MYW_STATUS_NO_BACKSLASH_ESCAPES = 0x0200,
    MYW_STATUS_METADATA_CHANGED = 0x0400,
    MYW_STATUS_QUERY_WAS_SLOW = 0x0800,
    MYW_STATUS_PS_OUT_PARAMS = 0x1000,
    MYW_STATUS_IN_TRANS_READONLY = 0x2000,
    MYW_STATUS_SESSION_STATE_CHANGED = 0x4000,
};

/* Commands by their protocol number (COM_xxx); MYW_CMD_CONNECT is ours and stands for the handshake. */
enum myw_cmd {
#define MYW_CMD(NAME, code, answer) MYW_CMD_##NAME = (code),
#include "myw_cmd.def"
#undef MYW_CMD
    MYW_CMD_CONNECT = 0x100,
};

/* Why an exchange is not complete, or what else is worth knowing of it; bits. */
enum myw_note {
    MYW_NOTE_GAP = 1 << 0, /* bytes of it were lost */
    MYW_NOTE_MID_STREAM =
        1 << 1, /* the connection was picked up after its start and something it needs was missed */
    MYW_NOTE_TLS = 1 << 2,       /* the connection went on encrypted */
    MYW_NOTE_TRUNCATED = 1 << 3, /* cut by the snaplen, or a text longer than the limit kept */
    MYW_NOTE_COMPRESSED =
        1 << 4, /* compressed, and a limit on decompression was reached: not decoded from there */
    MYW_NOTE_CLOSED = 1 << 5, /* the connection ended before the response did */
    MYW_NOTE_DESYNC = 1 << 6, /* bytes contradicted the protocol; decoding starts again at a safe point */
    MYW_NOTE_UNKNOWN_STMT = 1 << 7, /* executes a statement whose prepare was not seen */
    MYW_NOTE_STREAM = 1 << 8,       /* an endless stream (binlog dump): no latency */
    MYW_NOTE_UNSOLICITED = 1 << 9,  /* an error that the server sent without a command */
    MYW_NOTE_X_PROTOCOL = 1 << 11,  /* the connection speaks the X protocol (mysqlx), which is not decoded */
    MYW_NOTE_PIPELINED = 1 << 10,   /* sent before the response of the command before it had ended */
};

/* Session facts at the time of the event; all texts are borrowed, NUL-terminated, never NULL (may be empty).
 */
struct myw_session {
    uint64_t conn_id;   /* flow_conn.id */
    const char *client; /* "127.0.0.1:51234" */
    const char *server;
    uint32_t thread_id; /* of the greeting, 0 when not seen */
    const char *user;
    const char *db;
    const char *auth_plugin;
    const char *server_version;
    const char *attr_pid;          /* connection attribute _pid */
    const char *attr_program_name; /* program_name */
    const char *attr_client_name;  /* _client_name */
    uint32_t capabilities;         /* client's */
    int64_t open_ns;               /* TCP open */
    int64_t greeting_ns;           /* server greeting complete, 0 when not seen */
    int64_t ready_ns;              /* authentication done, 0 when not seen */
    int64_t rtt_ns;                /* TCP handshake, -1 when not seen */
    int64_t synack_ns;             /* its first half, as flow_conn.synack_ns */
    bool mid_stream;
};

/* One command with its whole response. Borrowed during the callback. */
struct myw_exchange {
    const struct myw_session *session;
    uint64_t seq; /* 1, 2, 3 … of this connection, in order of sending */
    enum myw_cmd cmd;
    const char *sql; /* text of QUERY, of PREPARE, of the statement an EXECUTE runs; schema of INIT_DB; may
                        hold NULs; NULL when there is none or it is not known */
    size_t sql_bytes;
    uint32_t stmt_id;        /* 0 when none */
    const char *params_json; /* EXECUTE: bound values as a JSON array, NULL when none or not kept */
    int64_t sent_ns;         /* first byte of the command */
    int64_t first_ns;        /* first byte of the response; 0 when the command has none or none was seen */
    int64_t last_ns;         /* last byte of the response; 0 as above */
    bool ok;                 /* false after ERR, and where the end of the response is not known */
    uint64_t rows;           /* result rows, over all result sets */
    uint64_t affected_rows;
    uint64_t insert_id;
    uint32_t warnings;
    uint32_t result_sets;
    uint16_t errnum;
    char sqlstate[6];  /* "" when none */
    const char *error; /* message of ERR, NULL when none */
    size_t error_bytes;
    bool has_status;       /* the response carried status flags */
    uint16_t status;       /* the last ones, enum myw_status_flag */
    const char *txn_state; /* the last transaction state that session tracking told: eight letters, the first
                              one 'T' explicit, 'I' implicit, '_' none; NULL when it told none */
    uint64_t req_bytes;    /* MySQL payloads with their 4-byte headers */
    uint64_t resp_bytes;
    bool complete;
    uint32_t notes; /* enum myw_note */
    const struct myw_digest_mode
        *digest_mode; /* how the session reads its text; NULL where nobody decoded it */
    const char
        *traceparent; /* W3C trace context from a query attribute of that name, NULL when there is none */
};

enum myw_lifecycle_type {
    MYW_LIFE_OPEN,   /* a connection to a MySQL port appeared */
    MYW_LIFE_READY,  /* authenticated, may take commands (also: picked up in mid-stream and in step) */
    MYW_LIFE_RESET,  /* RESET_CONNECTION or CHANGE_USER succeeded: session state starts over */
    MYW_LIFE_OPAQUE, /* went on in TLS or compressed beyond a limit, or is X protocol: nothing can be read
                        (notes) */
    MYW_LIFE_GAP,    /* bytes were lost, or (MYW_NOTE_DESYNC) contradicted the protocol; what they touched is
                        voided */
    MYW_LIFE_CLOSE,  /* closed */
};

struct myw_lifecycle {
    const struct myw_session *session;
    enum myw_lifecycle_type type;
    int64_t ts_ns;
    uint32_t notes;     /* enum myw_note */
    uint64_t gap_bytes; /* GAP */
    bool gap_to_server; /* GAP: direction */
    const char *why;    /* CLOSE: "quit", "fin", "rst", "reused", "evicted", "end" */
    uint16_t errnum;    /* CLOSE: of the last error that the server sent without a command, 0 when none */
};

/* On an encrypted connection: what its client sent in one go and what the server answered to it, as TLS
 * records; usually one command with its response. The first ones of a connection are its authentication. */
struct myw_tls_exchange {
    const struct myw_session *session;
    int64_t sent_ns;                /* first byte of the client */
    int64_t first_ns, last_ns;      /* of the server's bytes; 0: there were none */
    uint64_t req_bytes, resp_bytes; /* of TLS */
    bool complete; /* no byte was lost, and the client went on after the answer: that it was over is known */
};

struct myw_sink {
    void (*exchange)(void *priv, const struct myw_exchange *x);
    void (*lifecycle)(void *priv, const struct myw_lifecycle *l);
    void (*tls_exchange)(void *priv, const struct myw_tls_exchange *x); /* may be NULL */
    void *priv;
};

struct myw_options {
    size_t max_sql_bytes; /* kept of one text; 0: 65536 */
    bool keep_params;     /* decode bound values into params_json (dump; record --samples) */
};

struct myw_counters {
    uint64_t connections, exchanges, incomplete, voided_commands, desyncs, tls_connections,
        compressed_connections, gaps, unsolicited, handshakes, resyncs, forgotten_statements;
    uint64_t inflated_connections; /* compressed ones that are decoded; compressed_connections are not */
    uint64_t x_connections;        /* of the X protocol */
    uint64_t inflate_limits;       /* compressed packets that would have passed a limit (ratio, memory) */
    uint64_t text_limits;          /* statement texts of which not all was kept */
    uint64_t queue_limits;         /* commands for which there was no place in flight */
    uint64_t no_memory;            /* connections and commands that could not be followed */
};

struct myw;

PP_MUST_CHECK enum pp_status myw_new(struct myw **out, const struct myw_options *options,
                                     const struct myw_sink *sink);
/* Takes every event of a connection whose server is MySQL; uses ev->conn->app for its own state, which ends
 * at FLOW_CLOSE. Exchanges leave in the order in which they end. */
void myw_on_event(struct myw *m, const struct flow_event *ev);
void myw_get_counters(const struct myw *m, struct myw_counters *out);

/* A command whose response has not ended; borrowed during the callback. */
struct myw_in_flight {
    uint64_t conn_id;
    enum myw_cmd cmd;
    const char *sql; /* of QUERY and EXECUTE, not NUL-terminated; NULL where it is not known */
    size_t sql_bytes;
    int64_t sent_ns;
};
typedef void myw_in_flight_f(void *priv, const struct myw_in_flight *c);
/* Calls f for each connection that has a command in flight, with the one that is answered first. Endless
 * streams are left out. */
void myw_each_in_flight(const struct myw *m, myw_in_flight_f *f, void *priv);
void myw_free(struct myw **mp);

/* The protocol's name without COM_ ("QUERY", "STMT_EXECUTE", …; "CONNECT"), "UNKNOWN" for another value. */
const char *myw_cmd_name(enum myw_cmd cmd);
/* Name of one status flag bit without SERVER_STATUS_ ("IN_TRANS", "AUTOCOMMIT", …); NULL for an unknown bit.
 */
const char *myw_status_flag_name(uint16_t bit);
/* Name of one note bit ("gap", "mid_stream", "tls", …); NULL for an unknown bit. */
const char *myw_note_name(uint32_t bit);

/* --- SQL digests --- */

#define MYW_DIGEST_TEXT_MAX 4096
#define MYW_DIGEST_NEWEST_VERSION 90704 /* of the server whose digests these are (docs/digest.md) */

/* A normalised text: no literal, comments dropped, white space folded, lists collapsed. */
struct myw_digest {
    uint64_t hash; /* XXH3 of the tokens: equal exactly where the server's STATEMENT_DIGEST() is
                      (docs/digest.md) */
    size_t text_bytes;
    bool cut; /* tokens were left out as the server does with a long statement, or text for want of room */
    char text[MYW_DIGEST_TEXT_MAX]; /* NUL-terminated UTF-8 without control characters, whatever the statement
                                       held */
};

/* What of the session decides how a statement is read: words of sql_mode; bits. */
enum myw_digest_flag {
    MYW_DIGEST_NO_BACKSLASH_ESCAPES = 1 << 0,
    MYW_DIGEST_ANSI_QUOTES = 1 << 1,
    MYW_DIGEST_IGNORE_SPACE = 1 << 2,
    MYW_DIGEST_PIPES_AS_CONCAT = 1 << 3,
    MYW_DIGEST_HIGH_NOT_PRECEDENCE = 1 << 4,
};

/* Character sets of a connection (character_set_client) as far as they are read differently. */
enum myw_digest_charset {
    MYW_DIGEST_UTF8, /* utf8mb4, utf8mb3, ascii, binary */
    MYW_DIGEST_LATIN1,
    MYW_DIGEST_OTHER, /* bytes below 128 are ASCII everywhere */
    /* A second byte of a character may look like a backslash, a quote or a letter: */
    MYW_DIGEST_GBK,
    MYW_DIGEST_GB18030,
    MYW_DIGEST_BIG5,
    MYW_DIGEST_SJIS,
    MYW_DIGEST_CP932,
};

struct myw_digest_mode {
    uint32_t flags; /* enum myw_digest_flag */
    enum myw_digest_charset charset;
    uint32_t server_version; /* 80036 for 8.0.36: which version comments are code; 0: the newest known */
};

/* Normalises `sql` in one pass, without allocation unless a name in another character set than UTF-8 has to
 * be converted. Never fails: an unfinished literal ends as '?'. `mode` is what stands on the session. */
void myw_digest_sql_mode(struct myw_digest *out, const char *sql, size_t sql_bytes,
                         const struct myw_digest_mode *mode);
/* The same for a UTF-8 session of which only the status flags are known (NO_BACKSLASH_ESCAPES). */
void myw_digest_sql(struct myw_digest *out, const char *sql, size_t sql_bytes, uint16_t status);

/* For the fields of a mode: flags of a value of sql_mode ("ANSI_QUOTES,STRICT_TRANS_TABLES"), character set
 * of a collation's number (the login's) and of its name (SET NAMES), version of the greeting's text (0 when
 * unreadable). */
uint32_t myw_digest_flags_of(const char *sql_mode, size_t bytes);
enum myw_digest_charset myw_digest_charset_of(unsigned collation);
enum myw_digest_charset myw_digest_charset_named(const char *name, size_t bytes);
uint32_t myw_digest_version_of(const char *text);

#endif

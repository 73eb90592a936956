/* summary: types of the MySQL stage: a connection, its two packet framers, commands in flight, statements */
#ifndef MYW_CONN_H
#define MYW_CONN_H

#include "base/buf.h"
#include "base/map.h"
#include "base/rd.h"
#include "flow.h"
#include "limits.h"
#include "myw.h"

enum myw_answer {
    ANSWER_OK,
    ANSWER_RESULT,
    ANSWER_PREPARE,
    ANSWER_FETCH,
    ANSWER_FIELDS,
    ANSWER_TEXT,
    ANSWER_NONE,
    ANSWER_AUTH,
    ANSWER_STREAM,
};

/* What the connection is in. Only myw_set_state() changes it. */
enum myw_state {
    ST_GREETING,    /* nothing seen yet; the server speaks first */
    ST_LOGIN,       /* greeting seen, the client's login comes */
    ST_AUTH,        /* login or CHANGE_USER sent; rounds of both sides until OK or ERR */
    ST_IDLE,        /* no command in flight */
    ST_FIRST,       /* a command is in flight; the first packet of a result comes */
    ST_COLUMNS,     /* `left` column definitions come */
    ST_COLUMNS_END, /* after them: EOF, or (CLIENT_DEPRECATE_EOF) at once rows */
    ST_ROWS,        /* rows until EOF, OK or ERR; also the definitions of FIELD_LIST */
    ST_PREP_DEFS,   /* `left` definitions of a prepared statement come, then a block of `left_next` */
    ST_PREP_END, /* after a block: an EOF closes it, or, while the EOF style is unknown, perhaps nothing does
                  */
    ST_INFILE,   /* the client sends a file until an empty packet */
    ST_INFILE_END, /* file sent; OK or ERR comes */
    ST_STREAM,     /* packets without an end (binlog) */
    ST_OPAQUE,     /* encrypted, compressed beyond a limit, X protocol: not read any more */
    ST_LOST,       /* out of step: looking for a safe command boundary */
    ST_CLOSED,
};

enum myw_eof_style { EOF_UNKNOWN, EOF_CLASSIC, EOF_DEPRECATED };

/* A refcounted SQL text, one copy for all connections that prepare it. */
struct myw_text {
    uint32_t magic;
    uint32_t refs;
    uint64_t key[2]; /* XXH3-128 of the text */
    size_t bytes;
    char data[];
};

/* A prepared statement of one connection. */
struct myw_stmt {
    uint32_t magic;
    uint32_t id;
    struct myw_text *sql;
    size_t cost_bytes;
    uint16_t params;
    bool cut;                     /* `sql` is only the text's beginning */
    bool lost;                    /* because the rest was not captured */
    uint16_t *types;              /* of the last execution that bound types; NULL before */
    uint8_t *long_data;           /* bitmap of parameters sent by SEND_LONG_DATA; NULL when none */
    struct myw_stmt *prev, *next; /* by last use, newest first */
};

struct myw_stmts {
    struct map *by_id;
    struct myw_stmt *newest, *oldest;
    size_t bytes;
};

/* One command from its first byte to the end of its response. */
struct myw_cmd_run {
    uint32_t magic;
    struct myw_cmd_run *next;
    enum myw_cmd code;
    enum myw_answer answer;
    bool sent_all;         /* its last byte was seen */
    bool resolved;         /* EXECUTE: statement found, parameters decoded */
    bool loss;             /* something it depends on was lost: never complete */
    bool known;            /* QUERY: the place of the SQL text in the payload is known */
    uint8_t resp_seq;      /* sequence id of the first response packet */
    size_t reserved_bytes; /* of the stage's budget for texts in flight */
    uint64_t payload_bytes;
    uint64_t first_at;           /* the connection's client_bytes before the delivery that it began in */
    uint64_t end_at;             /* and when it was complete */
    struct myw_digest_mode mode; /* of the session when its turn came */
    struct buf text;             /* payload after the command byte, as much as is kept */
    size_t sql_off;
    bool several; /* results: the text holds several statements, or a CALL */
    struct myw_text *stmt_text;
    struct buf params;
    struct buf error;
    char *new_user, *new_db, *new_plugin; /* CHANGE_USER, until it succeeds */
    uint16_t new_collation;
    char *held_user, *held_db; /* as they were when it ended, while it is held back */
    char traceparent[64];
    char txn_state[MYW_TXN_STATE_BYTES + 1]; /* "" when not told */
    struct myw_exchange x;
};

/* Assembles one direction's packets; only the head of a packet is kept. */
struct myw_frame {
    uint8_t hdr[4];
    uint8_t hdr_have;
    uint8_t seq;
    bool in_body;
    bool more;    /* this physical packet is 0xffffff long: the payload goes on in the next one */
    bool opened;  /* first payload byte seen, `keep` chosen */
    bool command; /* client: a command, not part of a dialogue such as authentication */
    bool skip;    /* client: the command was answered before its end */
    bool stray;   /* sequence id of an error sent without a command */
    bool aligned; /* begins where a compressed packet does, whose id is `outer` */
    uint8_t outer;
    uint32_t left;
    uint32_t keep;
    uint64_t bytes; /* payload so far */
    int64_t first_ns;
    uint64_t first_at; /* client: as myw_cmd_run.first_at */
    struct buf head;
};

enum myw_algorithm { ALGORITHM_NONE, ALGORITHM_ZLIB, ALGORITHM_ZSTD };
struct myw_inflater;

/* One direction's compressed packets. */
struct myw_zip_dir {
    uint8_t hdr[7];
    uint8_t hdr_have;
    uint8_t seq; /* id of the packet under way, or of the last one */
    bool begun;  /* `seq` is known */
    bool in_body;
    bool stored;     /* not compressed */
    bool fresh;      /* none of its inner bytes was read yet */
    bool holds_last; /* its last inner byte waits in `last_byte` for the rest of the packet */
    uint8_t last_byte;
    uint32_t left;                 /* to come on the wire */
    uint32_t out_left;             /* to come out of the inflater */
    int64_t first_ns;              /* of its first byte on the wire */
    struct myw_inflater *inflater; /* while a packet is under way */
};

/* What a connection that went on compressed needs besides. */
struct myw_zip {
    uint32_t magic;
    struct myw_zip_dir in[2];
};

struct myw_packet {
    const uint8_t *head;
    size_t head_bytes;
    uint64_t bytes; /* of the whole payload */
    int64_t ts_ns;  /* of its last byte */
};

struct myw_conn {
    uint32_t magic;
    enum myw_state state;
    struct myw *m;
    struct flow_conn *flow;
    struct myw_conn *prev, *next;
    struct myw_session s;
    char client[56], server[56];
    struct myw_frame in[2]; /* by enum flow_dir */
    struct myw_zip *zip;    /* NULL unless it is compressed */

    uint64_t next_cmd;
    struct myw_cmd_run *head, *tail; /* commands in flight, answered in order */
    unsigned queued;
    struct myw_cmd_run *receiving; /* its bytes are arriving; in the queue too unless it has no answer */
    uint8_t seq;                   /* sequence id that the next packet of the dialogue must have */

    enum myw_eof_style eof;
    bool caps_known;
    uint32_t caps; /* in force: of both sides */
    uint32_t server_caps, server_ext, ext;
    uint32_t left, left_next;

    struct myw_stmts stmts;
    uint32_t last_stmt_id;

    struct myw_digest_mode mode;
    enum myw_digest_charset login_charset;

    bool ready; /* MYW_LIFE_READY was emitted */
    bool quit;
    bool proxied;     /* a PROXY header was skipped */
    bool attrs_seen;  /* query attributes were inferred */
    bool pipelines;   /* was seen to send before the answer ended */
    uint8_t lockstep; /* answers in step so far, up to MYW_LOCKSTEP_SURE */
    bool unsolicited;
    uint16_t unsolicited_errnum;

    /* Getting back into step; see sync.c. */
    bool unconfirmed;
    bool plain;        /* was in step without compression */
    bool await_server; /* client bytes were lost: nothing may start before the server spoke */
    uint8_t contradictions;
    uint8_t pending_header; /* a segment held nothing but so many bytes of hdr_pending */
    uint8_t hdr_pending[7];
    uint8_t tls_like[2];
    bool is_tls;
    bool tls_open;    /* an exchange is under way */
    uint8_t tls_lost; /* bytes of so many exchanges may be missing, this one's first */
    struct myw_tls_exchange tls;
    uint64_t client_bytes; /* delivered so far */
    uint64_t delivery_at;  /* before the delivery under way */
    uint32_t unacked;      /* of these by the sender of the server's bytes under way */
    unsigned held_answers;
    unsigned held_count;
    struct myw_cmd_run *held, *held_tail; /* answered, not yet emitted */
    int64_t hdr_pending_ns;
    int64_t last_ns; /* of any byte */
    uint32_t lost_notes;
    uint64_t lost_bytes; /* of the last gap in the client's bytes */
};

struct myw {
    uint32_t magic;
    struct myw_sink sink;
    struct myw_options options;
    struct myw_counters counters;
    struct map *texts; /* XXH3-128 → struct myw_text */
    struct myw_conn *conns;
    size_t stmt_bytes;
    size_t flight_bytes;
    size_t run_count;           /* commands in flight or held back */
    struct myw_cmd_run *spares; /* ended commands, to be used again */
    unsigned spare_count;
    size_t inflate_bytes;             /* reserved by inflaters in use */
    struct myw_inflater *inflater[3]; /* by algorithm: one that is not in use, or NULL */
    uint8_t *inflate_out;             /* what comes out of them; made on need */
};

#define MYW_MAGIC 0x4d595731u
#define MYW_CONN_MAGIC 0x4d595732u
#define MYW_CMD_MAGIC 0x4d595733u
#define MYW_STMT_MAGIC 0x4d595734u
#define MYW_TEXT_MAGIC 0x4d595735u

#endif

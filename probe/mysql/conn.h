/* summary: private types of the MySQL stage: a connection, its two packet framers, commands in flight,
 * statements */
#ifndef MYW_CONN_H
#define MYW_CONN_H

#include "base/buf.h"
#include "base/map.h"
#include "base/rd.h"
#include "flow.h"
#include "myw.h"

/* Client capability flags (MySQL documentation, "Capabilities Flags"). */
#define CAP_MYSQL 0x00000001u /* unset in a MariaDB greeting, which then has extended capabilities */
#define CAP_WITH_DB 0x00000008u
#define CAP_COMPRESS 0x00000020u
#define CAP_PROTOCOL_41 0x00000200u
#define CAP_SSL 0x00000800u
#define CAP_SECURE 0x00008000u
#define CAP_PLUGIN_AUTH 0x00080000u
#define CAP_CONNECT_ATTRS 0x00100000u
#define CAP_LENENC_AUTH 0x00200000u
#define CAP_SESSION_TRACK 0x00800000u
#define CAP_DEPRECATE_EOF 0x01000000u
#define CAP_OPTIONAL_META 0x02000000u
#define CAP_ZSTD 0x04000000u
#define CAP_QUERY_ATTRS 0x08000000u
/* MariaDB's extended capabilities, bits 32 and up of its documentation. */
#define EXT_CACHE_META 0x00000010u

/* Limits, with the reason for each value. */
#define MYW_HEAD_MAX 4096u /* kept of a packet that is read whole: an OK with session tracking, a login */
#define MYW_QUEUE_MAX 64u  /* commands in flight: far above what drivers pipeline */
#define MYW_STMTS_MAX                                                                                        \
    4096u /* remembered statements of a connection: a quarter of the server's default limit */
#define MYW_STMT_BYTES_MAX (8u << 20)       /* their texts and types on one connection */
#define MYW_ALL_STMT_BYTES_MAX (512u << 20) /* and over all connections */
#define MYW_FLIGHT_BYTES_MAX (256u << 20)   /* command texts in flight over all connections */
#define MYW_BUF_MAX ((size_t)1 << 30)       /* of any buffer; what is kept is chosen before */
#define MYW_INFLATE_BYTES_MAX (128u << 20)  /* inflaters of compressed packets under way, all connections */
#define MYW_INFLATE_RATIO_MAX 2048u         /* deflate ends at 1032; longer is worth nobody's time */
#define MYW_LOCKSTEP_SURE 4u /* commands, one after another, that show a driver which does not pipeline */
#define MYW_NAME_MAX 255u    /* user, schema and attribute texts: longer than any legal identifier in UTF-8 */
#define MYW_ERROR_MAX 512u   /* MYSQL_ERRMSG_SIZE of the server */

/* Commands kept to be used again, as many as are in flight at a time in usual traffic, with texts up to this
 * size. None where a sanitizer is to see each use after its end. */
#if defined(__SANITIZE_ADDRESS__)
#define MYW_SPARES_MAX 0u
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define MYW_SPARES_MAX 0u
#endif
#endif
#ifndef MYW_SPARES_MAX
#define MYW_SPARES_MAX 64u
#endif
#define MYW_SPARE_TEXT_MAX 1024u

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
    uint64_t end_at;             /* the connection's client_bytes when it was complete */
    struct myw_digest_mode mode; /* of the session when its turn came */
    struct buf text;             /* payload after the command byte, as much as is kept */
    size_t sql_off;
    struct myw_text *stmt_text;
    struct buf params;
    struct buf error;
    char *new_user, *new_db, *new_plugin; /* CHANGE_USER, until it succeeds */
    uint16_t new_collation;
    char *held_user, *held_db; /* as they were when it ended, while it is held back */
    char traceparent[64];
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
    uint64_t client_bytes; /* delivered so far */
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

/* --- state.c --- */
/* The only function that changes the state. */
void myw_set_state(struct myw_conn *c, enum myw_state s);
/* After the head of the queue changed: waits for the next command's response, or is idle. */
void myw_next_response(struct myw_conn *c);
/* Voids everything in flight with `notes` and goes out of step. */
void myw_lose(struct myw_conn *c, uint32_t notes);
/* Bytes contradicted the protocol: counts, loses, tells. */
void myw_desync(struct myw_conn *c, int64_t ts_ns);
void myw_go_opaque(struct myw_conn *c, uint32_t note, int64_t ts_ns);
/* Emits MYW_LIFE_READY once. */
void myw_become_ready(struct myw_conn *c, int64_t ts_ns);
void myw_lifecycle_emit(struct myw_conn *c, struct myw_lifecycle *l);
/* Replaces a text of the session; cut at MYW_NAME_MAX and at a NUL; empty when memory is out. */
void myw_session_set(const char **field, const void *text, size_t bytes);
void myw_forget_schema(struct myw_conn *c);
/* The client sent something that is not known: so is what it did. `bytes` 0: any number of them. */
void myw_forget_session(struct myw_conn *c, uint64_t bytes);

/* --- run.c: commands in flight --- */
struct myw_cmd_run *myw_run_new(struct myw_conn *c, enum myw_cmd code, int64_t sent_ns);
void myw_run_free(struct myw_conn *c, struct myw_cmd_run **rp);
void myw_spares_free(struct myw *m);
enum myw_answer myw_answer_of(enum myw_cmd code);
bool myw_cmd_known(unsigned code);
/* A command that is sent while another waits for its answer. */
void myw_note_pipelined(struct myw_conn *c, struct myw_cmd_run *r);
/* Appends to the queue; false when it is full. */
bool myw_queue_push(struct myw_conn *c, struct myw_cmd_run *r);
/* The head's response ended at ts_ns: emits or holds it, and turns to the next. */
void myw_head_done(struct myw_conn *c, int64_t ts_ns);
/* A command without a response ended. */
void myw_run_done(struct myw_conn *c, struct myw_cmd_run *r);
/* Emits everything in flight, also what was held, as incomplete. */
void myw_void_all(struct myw_conn *c, uint32_t notes);
/* Emits what was held as it is. */
void myw_release_held(struct myw_conn *c);

/* --- frame.c --- */
void myw_frame_init(struct myw_frame *f);
void myw_frame_reset(struct myw_frame *f);
/* Reads packets; returns how many bytes it took: all, but where the stream goes on compressed. */
size_t myw_frame_feed(struct myw_conn *c, enum flow_dir dir, const uint8_t *data, size_t n, int64_t ts_ns);
/* Bytes are missing inside a packet of known length, and nothing that is needed of it; false: step is lost.
 */
bool myw_frame_gap(struct myw_conn *c, const struct flow_event *ev);
/* Stands between two packets. */
bool myw_frame_between(const struct myw_frame *f);
/* Bytes are read as packets in this state. */
bool myw_reads(enum myw_state s);
/* Bytes of a stream, compressed or not. */
void myw_feed(struct myw_conn *c, enum flow_dir dir, const uint8_t *data, size_t n, int64_t ts_ns);

/* --- inflate.c --- */
/* Told by a compressed payload's first byte. */
enum myw_algorithm myw_algorithm_of(uint8_t first);
/* NULL when memory or the budget is out. `out_bytes` is what shall come out. */
struct myw_inflater *myw_inflater_get(struct myw *m, enum myw_algorithm algorithm, uint32_t out_bytes);
void myw_inflater_put(struct myw *m, struct myw_inflater **ip);
/* Takes from `in`, fills at most `room` bytes; false for bytes that are no stream of the algorithm, or that
 * follow its end. */
bool myw_inflate(struct myw_inflater *i, struct rd *in, uint8_t *out, size_t room, size_t *made);
bool myw_inflate_ended(const struct myw_inflater *i);
void myw_inflaters_fini(struct myw *m);

/* --- compressed.c --- */
/* From here on both directions are compressed; false when memory is out. */
bool myw_zip_start(struct myw_conn *c);
/* Out of step: what is under way is dropped. */
void myw_zip_reset(struct myw_conn *c);
void myw_zip_stop(struct myw_conn *c);
void myw_zip_feed(struct myw_conn *c, enum flow_dir dir, const uint8_t *data, size_t n, int64_t ts_ns);
/* A delivery of whole compressed packets that starts a dialogue: what they hold, in `out` (to be ended by the
 * caller when true). */
bool myw_zip_unpack(struct myw *m, const uint8_t *data, size_t n, struct buf *out);

/* --- handshake.c --- */
void myw_on_greeting(struct myw_conn *c, const struct myw_packet *p);
void myw_on_login(struct myw_conn *c, const struct myw_packet *p);
void myw_on_auth_reply(struct myw_conn *c, const struct myw_packet *p);
void myw_parse_change_user(struct myw_conn *c, struct myw_cmd_run *r);
void myw_connect_begin(struct myw_conn *c);
/* After CHANGE_USER or RESET_CONNECTION succeeded. */
void myw_session_reset(struct myw_conn *c, struct myw_cmd_run *r, int64_t ts_ns);

/* --- x_protocol.c --- */
/* The connection's first bytes of one side are X protocol. */
bool myw_x_detect(struct myw_conn *c, enum flow_dir dir, const uint8_t *data, size_t n);
/* What the client began with may become the first message of the X protocol. */
bool myw_x_may_open(const struct myw_conn *c, const uint8_t *data, size_t n);
/* The notice that X servers begin with: its type and message; the classic framing gives the same packet. */
bool myw_x_hello(const uint8_t *payload, size_t n);
void myw_x_found(struct myw_conn *c, int64_t ts_ns);

/* --- request.c: packets of the client in the command phase --- */
/* A packet with sequence id 0 starts; false when it contradicts (the connection is out of step then). */
bool myw_request_begin(struct myw_conn *c);
/* Its first byte: makes the command. Returns how many payload bytes to keep. */
uint32_t myw_request_open(struct myw_conn *c, uint8_t code, uint32_t len);
void myw_request_end(struct myw_conn *c, const struct myw_packet *p);
/* Finds the statement of an EXECUTE and decodes its parameters; waits for a PREPARE in flight unless `final`.
 */
void myw_resolve_execute(struct myw_conn *c, struct myw_cmd_run *r, bool final);

/* --- query.c --- */
/* Finds the SQL in a COM_QUERY payload (query attributes stand before it). */
void myw_locate_sql(struct myw_conn *c, struct myw_cmd_run *r);
/* Schema named by a "USE x" text; false when it is none. */
bool myw_parse_use(const char *sql, size_t n, char *db, size_t db_size);

/* --- params.c: the parameter block of COM_QUERY and COM_STMT_EXECUTE --- */
struct myw_params {
    uint64_t count, at;
    const uint8_t *nulls;
    bool bound;      /* types are in the block */
    bool names;      /* each type is followed by a name (query attributes) */
    struct rd types; /* read up to `at` */
    struct rd values;
};
struct myw_param {
    uint16_t type; /* 0xffff when the block has no types */
    bool null;
    const uint8_t *name; /* NULL when there are no names */
    size_t name_bytes;
};
/* Reads the null bitmap and finds the values; r stands at the bitmap. */
bool myw_params_open(struct rd *r, uint64_t count, bool names, struct myw_params *out);
/* The next parameter; its value, unless null, is then the next thing in ps->values. */
bool myw_params_next(struct myw_params *ps, struct myw_param *out);
/* Keeps the value when the attribute is a traceparent; always skips it. False when cut. */
bool myw_take_attribute(struct myw_cmd_run *r, struct myw_params *ps, const struct myw_param *p);

/* --- execute.c --- */
/* `st` may be NULL: not known. */
void myw_decode_execute(struct myw_conn *c, struct myw_cmd_run *r, struct myw_stmt *st);
void myw_decode_bulk(struct myw_conn *c, struct myw_cmd_run *r, struct myw_stmt *st);

/* --- value.c: binary values --- */
/* Reads one value and appends it to `out` as JSON; `out` NULL skips it. False past the end or for an unknown
 * type. */
bool myw_value(struct rd *r, uint16_t type, struct buf *out);

/* --- response.c, result.c --- */
void myw_on_response(struct myw_conn *c, const struct myw_packet *p);
void myw_on_err(struct myw_conn *c, const struct myw_packet *p);
/* Reads an OK (header 0x00 or 0xFE) into the head command. */
bool myw_take_ok(struct myw_conn *c, const struct myw_packet *p);
/* Reads the status of an EOF, and its warnings when it ends a result. */
void myw_take_eof(struct myw_conn *c, const struct myw_packet *p, bool final);
/* A result ended; more may follow. */
void myw_result_end(struct myw_conn *c, int64_t ts_ns);
void myw_on_result_packet(struct myw_conn *c, const struct myw_packet *p);
/* Takes whole column counts, definitions and rows from the front of what the server sent, as far as nothing
 * but their first byte has to be looked at; returns the bytes taken. */
size_t myw_pass_rows(struct myw_conn *c, const uint8_t *data, size_t n, int64_t ts_ns);
void myw_on_prepare_packet(struct myw_conn *c, const struct myw_packet *p);
void myw_prepare_ok(struct myw_conn *c, const struct myw_packet *p);
void myw_result_header(struct myw_conn *c, const struct myw_packet *p);

/* --- packet.c: reading packets, without state --- */
enum myw_end { END_NONE, END_EOF, END_OK };
/* What ends a result: header 0xFE; see docs: EOF has 1 or 5 bytes, OK at least 7. */
enum myw_end myw_end_kind(const struct myw_packet *p);
bool myw_is_err(const struct myw_packet *p);
bool myw_is_progress(const struct myw_packet *p);
uint64_t myw_rd_lenenc(struct rd *r);
/* Length-encoded string; NULL and bad when cut. */
const uint8_t *myw_rd_lenstr(struct rd *r, size_t *len);
struct myw_ok {
    uint64_t affected_rows, insert_id;
    bool has_status;
    uint16_t status, warnings;
    const uint8_t *schema; /* changed to, NULL when not tracked */
    size_t schema_bytes;
    const uint8_t *track; /* entries of the session tracking, NULL when there are none */
    size_t track_bytes;
};
bool myw_parse_ok(const struct myw_packet *p, uint32_t caps, bool caps_known, struct myw_ok *ok);

/* --- session_vars.c: what a digest must know of the session --- */
void myw_vars_login(struct myw_conn *c, unsigned collation);
/* A text that succeeded: a SET changes something, others nothing. */
void myw_vars_set(struct myw_conn *c, const char *sql, size_t n);
void myw_vars_tracked(struct myw_conn *c, const struct myw_ok *ok);
void myw_vars_status(struct myw_conn *c, uint16_t status);

/* --- stmt.c --- */
struct myw_text *myw_text_get(struct myw *m, const void *sql, size_t bytes);
struct myw_text *myw_text_ref(struct myw_text *t);
void myw_text_put(struct myw *m, struct myw_text **tp);
struct myw_stmt *myw_stmt_find(struct myw_conn *c, uint32_t id);
/* NULL when memory or the budget is out. */
struct myw_stmt *myw_stmt_add(struct myw_conn *c, uint32_t id, struct myw_text *sql, uint16_t params);
void myw_stmt_remove(struct myw_conn *c, uint32_t id);
void myw_stmts_forget(struct myw_conn *c);
/* Room for `params` types, zeroed; NULL when memory or the budget is out. */
uint16_t *myw_stmt_types(struct myw_conn *c, struct myw_stmt *st);
/* The types of the last execution are not known any more. */
void myw_stmt_forget_types(struct myw_conn *c, struct myw_stmt *st);
void myw_stmt_mark_long(struct myw_conn *c, struct myw_stmt *st, uint16_t param);
void myw_stmt_clear_long(struct myw_conn *c, struct myw_stmt *st);

/* --- sync.c --- */
/* A delivery of the client while out of step or not begun; true when its bytes shall be read as packets. */
bool myw_sync_client(struct myw_conn *c, const uint8_t *data, size_t n, int64_t ts_ns);
void myw_sync_server(struct myw_conn *c, const uint8_t *data, size_t n, int64_t ts_ns);
/* Bytes of the client were lost; called before what is in flight is voided. */
void myw_sync_client_gap(struct myw_conn *c, uint64_t bytes);
/* Called where a command starts in an idle connection: what was held is now known to be right. */
void myw_sync_confirm(struct myw_conn *c);
/* Enough exchanges in lockstep for the pairing to be believed. */
bool myw_sync_enough(const struct myw_conn *c);
bool myw_greeting_plausible(const uint8_t *data, size_t n);
#define MYW_PROXY_MAX 4096u
enum myw_proxy { PROXY_NONE, PROXY_MORE, PROXY_WHOLE };
/* An optional PROXY protocol header in front of the client's stream (n > 0). */
enum myw_proxy myw_proxy_header(const uint8_t *data, size_t n, size_t *header_bytes);

#endif

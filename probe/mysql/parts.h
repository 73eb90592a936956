/* summary: what the files of the MySQL stage offer each other, file by file; the types are in conn.h */
#ifndef MYW_PARTS_H
#define MYW_PARTS_H

#include "conn.h"

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

/* --- tls.c: an encrypted connection --- */
void myw_tls_data(struct myw_conn *c, const struct flow_event *ev);
void myw_tls_gap(struct myw_conn *c);
void myw_tls_close(struct myw_conn *c);

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
/* What the client sent is one whole command on an idle connection in step, as nearly always: it does what the
 * frames of frame.c would, without them. False, and nothing done, for anything else. */
bool myw_plain_command(struct myw_conn *c, const uint8_t *data, size_t n, int64_t ts_ns);
/* Finds the statement of an EXECUTE and decodes its parameters; waits for a PREPARE in flight unless `final`.
 */
void myw_resolve_execute(struct myw_conn *c, struct myw_cmd_run *r, bool final);

/* --- query.c --- */
/* Finds the SQL in a COM_QUERY payload (query attributes stand before it). */
void myw_locate_sql(struct myw_conn *c, struct myw_cmd_run *r);
/* The bare or quoted name that the text begins with, cut to `room`; how many bytes it takes, 0 for none. */
size_t myw_take_name(const char *sql, size_t n, char *name, size_t room);

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
/* Takes whole column counts, definitions, rows and a plain end of them from the front of what the server
 * sent; returns the bytes taken. What has to be looked at more closely is left to frame.c. */
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
    const uint8_t *txn_state; /* MYW_TXN_STATE_BYTES letters, NULL when not tracked */
    const uint8_t *track;     /* entries of the session tracking, NULL when there are none */
    size_t track_bytes;
};
bool myw_parse_ok(const struct myw_packet *p, uint32_t caps, bool caps_known, struct myw_ok *ok);

/* --- session_vars.c: what a digest must know of the session --- */
void myw_vars_login(struct myw_conn *c, unsigned collation);
/* A text that succeeded, of one statement or several: SET and USE change something, others nothing. */
void myw_text_applied(struct myw_conn *c, const char *sql, size_t n, bool several);
/* One of several statements failed, or the text is not all known. */
void myw_text_in_doubt(struct myw_conn *c, const char *sql, size_t n);
/* Cheap: nearly no text that is neither SET nor USE gets past this. */
static inline bool myw_text_may_apply(const char *sql, size_t n)
{
    if (n < 4 || (sql[0] | 0x20) == 's')
        return n >= 4 && (sql[1] | 0x20) == 'e' && (sql[2] | 0x20) == 't';
    return (sql[0] | 0x20) == 'u' || sql[0] <= '/'; /* "up" of UPDATE is told soon; blanks and comments */
}
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

/* summary: what the files of the store share: queue items, the bounded queue, row writing, error texts */
#ifndef STORE_PRIV_H
#define STORE_PRIV_H

#include "session.h"
#include "store.h"

#include <pthread.h>
#include <sqlite3.h>

/* ---- items: one fact on its way to the writer thread ---- */

enum sto_kind {
    STO_POOL,
    STO_CONNECTION,
    STO_DIGEST,
    STO_STATEMENT,
    STO_TXN,
    STO_CHECKOUT,
    STO_REQUEST,
    STO_REQUEST_QUEUE,
    STO_LEVEL,
    STO_GAP,
    STO_TLS_EXCHANGE,
    STO_META,
    STO_CONFIG,
    STO_STATUS,
    STO_HOST,
    STO_TRACE,  /* trace id of a statement */
    STO_SECOND, /* an aggregate of --no-statements */
#define PS_ROW(name, NAME, order) STO_PS_##NAME,
#include "base/ps_rows.def"
#undef PS_ROW
    STO_VOID, /* adds to a connection's `voided`, because statements of it were dropped */
    STO_KIND_COUNT
};

struct sto_request_queue {
    uint64_t request_id;
    int64_t queue_ns;
};

struct sto_void {
    uint64_t conn_id;
    uint64_t add;
};

/* Short texts lie in the item itself, so that a usual statement ("QUERY", no sample) needs no allocation. */
#define STO_INLINE_BYTES 48

struct sto_item {
    enum sto_kind kind;
    char *text;        /* heap block of the texts, NULL when they are inline */
    size_t text_bytes; /* size of that block */
    union {
        struct ses_pool pool;
        struct ses_connection connection;
        struct sto_digest digest;
        struct ses_statement statement;
        struct ses_txn txn;
        struct ses_checkout checkout;
        struct ses_request request;
        struct sto_request_queue request_queue;
        struct ses_level level;
        struct ses_gap gap;
        struct ses_tls_exchange tls_exchange;
        struct sto_meta meta;
        struct sto_config config;
        struct sto_status status;
        struct sto_host host;
        struct sto_trace trace;
        struct sto_statement_second second;
        struct sto_void voided;
#define PS_ROW(name, NAME, order) struct sto_ps_##name ps_##name;
#include "base/ps_rows.def"
#undef PS_ROW
    } u;
    char inline_text[STO_INLINE_BYTES];
};

/* Copies `from` into `to`; its texts go to to->inline_text or to one heap block. PP_NOMEM. */
PP_MUST_CHECK enum pp_status sto_item_copy(struct sto_item *to, const struct sto_item *from);
/* Frees the heap block, if any. */
void sto_item_clear(struct sto_item *item);

/* ---- the bounded queue: any number of threads put, one takes ---- */

/* What a put may do when there is no room. */
enum sto_full {
    STO_FULL_FAIL,        /* the item is droppable: return PP_LIMIT */
    STO_FULL_WAIT,        /* droppable in principle, but this writer waits */
    STO_FULL_TRY_RESERVE, /* a control item that may come later: PP_LIMIT when the reserve is full */
    STO_FULL_RESERVE,     /* a control item: uses the reserve kept for these, waits when that is full too */
};

struct sto_queue;

/* Room for `items` droppable ones; the reserve comes on top. NULL when memory is out. */
struct sto_queue *sto_queue_new(size_t items);
void sto_queue_free(struct sto_queue **qp);
/* PP_OK, PP_LIMIT (where `full` allows it), PP_NOMEM. */
PP_MUST_CHECK enum pp_status sto_queue_put(struct sto_queue *q, const struct sto_item *item,
                                           enum sto_full full);
/* Waits until there is a good batch, `deadline_ns` (CLOCK_MONOTONIC) has passed or the queue was closed;
 * returns the number of items ready, which stay in their slots until sto_queue_done. */
size_t sto_queue_wait(struct sto_queue *q, int64_t deadline_ns, bool *closed);
/* The i-th ready item. */
struct sto_item *sto_queue_at(struct sto_queue *q, size_t i);
/* Gives the first n slots (cleared by the caller) back. */
void sto_queue_done(struct sto_queue *q, size_t n, size_t text_bytes);
void sto_queue_close(struct sto_queue *q);
size_t sto_queue_peak(struct sto_queue *q);

/* ---- rows ---- */

struct sto_rows;

/* Prepares every insert. PP_IO, PP_NOMEM with err. The database stays the caller's. */
PP_MUST_CHECK enum pp_status sto_rows_new(struct sto_rows **out, sqlite3 *db, const char *path,
                                          struct pp_err *err);
void sto_rows_free(struct sto_rows **rp);
/* Writes one item, or keeps it (borrowed) to be written together with others; false when SQLite refused
 * (sqlite3_errcode tells). */
PP_MUST_CHECK bool sto_rows_write(struct sto_rows *r, const struct sto_item *item);
/* Writes what was kept; false likewise, and nothing is kept either way. */
PP_MUST_CHECK bool sto_rows_flush(struct sto_rows *r);
/* From here on rows of the many kinds are gathered (copied), where that is possible, for
 * sto_rows_write_gathered. */
void sto_rows_gather(struct sto_rows *r);
/* It is time for sto_rows_write_gathered. */
bool sto_rows_are_many(const struct sto_rows *r);
/* Writes what was gathered and ends the gathering; an SQLite code. At most once in a transaction. */
PP_MUST_CHECK int sto_rows_write_gathered(struct sto_rows *r);

/* ---- aggregates of --no-statements ---- */

struct sto_seconds;

/* At most this many (digest, command, second) live at once; each holds a histogram of about 30 kB. When a
 * stream of ever new digests fills it, everything is flushed early: several rows of one key then exist, and
 * add up. */
#define STO_SECONDS_MAX 512

typedef void sto_second_f(void *priv, const struct sto_statement_second *row);

/* `sink` gets each row; its texts are borrowed during the call. */
struct sto_seconds *sto_seconds_new(sto_second_f *sink, void *priv);
void sto_seconds_free(struct sto_seconds **sp);
/* Adds a statement; may flush. False: memory is out. */
PP_MUST_CHECK bool sto_seconds_add(struct sto_seconds *s, const struct ses_statement *st);
/* Flushes aggregates of seconds that ended at least 2 s before the newest statement, and those started more
 * than 3 s of real time before `mono_ns` (idle traffic); INT64_MAX flushes all. False: memory is out. */
PP_MUST_CHECK bool sto_seconds_flush(struct sto_seconds *s, int64_t mono_ns);

/* ---- the file ---- */

/* One line for a failed SQLite call, with its remedy. Returns its status. */
enum pp_status sto_sql_error(struct pp_err *err, sqlite3 *db, int rc, const char *path, const char *doing);

/* A path that SQLite takes literally (no URI, no ":memory:"). PP_NOMEM. Free with free(). */
PP_MUST_CHECK enum pp_status sto_plain_path(char **out, const char *path);

/* Opens an existing run and checks what it is. flags: SQLITE_OPEN_READONLY or _READWRITE. PP_NOENT,
 * PP_DENIED, PP_INVALID (not a run file), PP_VERSION, PP_IO, PP_NOMEM. On failure *out is NULL. */
/* The first column of the only row; SQLite's status. */
int sto_get_int(sqlite3 *db, const char *sql, int64_t *value);
PP_MUST_CHECK enum pp_status sto_file_open(sqlite3 **out, const char *path, int flags, struct pp_err *err);

/* Creates a new run file with its schema, in WAL mode; renames an older run first. */
PP_MUST_CHECK enum pp_status sto_file_create(sqlite3 **out, const char *path, struct pp_err *err);

#endif

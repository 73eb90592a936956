/* summary: prepared INSERTs for one row and for many, the gathering of very many, and the columns of each
 * fact */
#include "image_priv.h"

#include "base/buf.h"
#include "base/obj.h"
#include "base/text.h"

#include <string.h>

#define ROWS_MAGIC 0x53747221u

/* The many rows go in this many at a time: an INSERT costs as much as a row does, whatever it inserts. */
#define BATCH_ROWS 16
#define BATCH_SQL_MAX 2048

/* Items of one kind on their way into a table. */
struct batch {
    sqlite3_stmt *insert; /* of BATCH_ROWS rows; NULL for kinds that are rare */
    const struct sto_item *items[BATCH_ROWS];
    size_t count;
};

struct sto_rows {
    uint32_t magic;
    sqlite3 *db;
    sqlite3_stmt *insert[STO_KIND_COUNT];
    struct batch batch[STO_KIND_COUNT];
    struct sto_image *image; /* NULL until rows are gathered */
    bool no_image;           /* it could not be made */
    bool gathers;
    struct rec rec;
};

#define P5 "?,?,?,?,?"
#define P10 P5 "," P5

/* Ids are the session stage's; a row that comes again replaces itself instead of ending the recording. */
static const char *const insert_sql[STO_KIND_COUNT] = {
    [STO_POOL] = "INSERT OR REPLACE INTO pool VALUES(" P5 ",?,?)",
    [STO_CONNECTION] = "INSERT OR REPLACE INTO connection VALUES(" P10 "," P10 "," P5 ")",
    [STO_DIGEST] = "INSERT OR IGNORE INTO digest VALUES(?,?)",
    [STO_STATEMENT] = "INSERT OR REPLACE INTO statement VALUES(" P10 "," P10 ",?)",
    [STO_TXN] = "INSERT OR REPLACE INTO txn VALUES(" P10 ")",
    [STO_CHECKOUT] = "INSERT INTO checkout VALUES(" P5 ",?,?)",
    [STO_REQUEST] = "INSERT OR REPLACE INTO request VALUES(" P10 "," P5 ",?,?)",
    [STO_REQUEST_QUEUE] = "INSERT OR REPLACE INTO request_queue VALUES(?,?)",
    [STO_LEVEL] = "INSERT OR REPLACE INTO level VALUES(?,?,?,?)",
    [STO_GAP] = "INSERT INTO gap VALUES(" P5 ")",
    [STO_TLS_EXCHANGE] = "INSERT INTO tls_exchange VALUES(" P5 ",?,?)",
    [STO_META] = "INSERT OR REPLACE INTO meta VALUES(?,?)",
    [STO_CONFIG] = "INSERT OR REPLACE INTO config VALUES(?,?,?,?)",
    [STO_STATUS] = "INSERT INTO status_sample VALUES(?,?,?)",
    [STO_HOST] = "INSERT INTO host_sample VALUES(" P10 "," P5 ",?,?,?,?)",
    [STO_TRACE] = "INSERT INTO statement_trace VALUES(?,?,?)",
    [STO_VOID] = "UPDATE connection SET voided = voided + ?2 WHERE id = ?1",
    [STO_SECOND] = "INSERT INTO statement_second VALUES(" P5 ",?,?,?,?)",
#define FIRST(column) "?"
#define MORE(column) ",?"
#define PS_ROW(name, NAME, order)                                                                            \
    [STO_PS_##NAME] = "INSERT OR REPLACE INTO ps_" #name " VALUES(" PS_COLUMNS_##name(FIRST, MORE, MORE) ")",
#include "base/ps_rows.def"
#undef PS_ROW
};

/* Gives one column after the other to an INSERT, or to a record. */
struct bind {
    sqlite3_stmt *st;
    struct rec *rec; /* NULL: to the INSERT */
    int at;
};

static inline void put_int(struct bind *b, int64_t value)
{
    if (b->rec != NULL)
        rec_int(b->rec, value);
    else
        sqlite3_bind_int64(b->st, ++b->at, value);
}

static inline void put_u64(struct bind *b, uint64_t value)
{
    put_int(b, (int64_t)value);
}

static inline void put_null(struct bind *b)
{
    if (b->rec != NULL)
        rec_null(b->rec);
    else
        sqlite3_bind_null(b->st, ++b->at);
}

/* An id whose 0 stands for none. */
static inline void put_id(struct bind *b, uint64_t id)
{
    if (id == 0)
        put_null(b);
    else
        put_u64(b, id);
}

/* Borrowed until the step: the item lives longer. */
static inline void put_text(struct bind *b, const char *text)
{
    if (b->rec != NULL)
        rec_bytes(b->rec, text, strlen(text), true);
    else
        sqlite3_bind_text(b->st, ++b->at, text, -1, SQLITE_STATIC);
}

/* SQL as sent may hold anything; a TEXT with a NUL or broken UTF-8 inside would show cut in other tools. */
static void put_sample(struct bind *b, const char *data, size_t bytes)
{
    if (bytes == 0) {
        put_null(b);
        return;
    }
    bool is_text = memchr(data, 0, bytes) == NULL && text_is_utf8(data, bytes);
    if (b->rec != NULL)
        rec_bytes(b->rec, data, bytes, is_text);
    else if (is_text)
        sqlite3_bind_text64(b->st, ++b->at, data, bytes, SQLITE_STATIC, SQLITE_UTF8);
    else
        sqlite3_bind_blob64(b->st, ++b->at, data, bytes, SQLITE_STATIC);
}

static void bind_pool(struct bind *b, const struct ses_pool *p)
{
    put_u64(b, p->id);
    put_text(b, p->client_host);
    put_text(b, p->server);
    put_text(b, p->user);
    put_text(b, p->db);
    put_text(b, p->pid);
    put_text(b, p->program_name);
}

static void bind_connection(struct bind *b, const struct ses_connection *c)
{
    put_u64(b, c->id);
    put_id(b, c->pool_id);
    put_text(b, c->client);
    put_text(b, c->server);
    put_text(b, c->user);
    put_text(b, c->db);
    put_text(b, c->pid);
    put_text(b, c->program_name);
    put_text(b, c->client_name);
    put_text(b, c->server_version);
    put_text(b, c->auth_plugin);
    put_int(b, c->thread_id);
    put_int(b, c->open_ns);
    put_int(b, c->greeting_ns);
    put_int(b, c->auth_ns);
    put_int(b, c->ready_ns);
    put_int(b, c->close_ns);
    put_int(b, c->rtt_ns);
    put_int(b, c->connect_errno);
    put_text(b, c->visibility);
    put_text(b, c->close_why);
    put_int(b, c->mid_stream);
    put_u64(b, c->statements);
    put_u64(b, c->voided);
    put_int(b, c->synack_ns);
}

static void bind_statement(struct bind *b, const struct ses_statement *s)
{
    put_u64(b, s->id);
    put_u64(b, s->conn_id);
    put_id(b, s->digest);
    put_text(b, s->cmd);
    put_int(b, s->sent_ns);
    put_int(b, s->first_ns);
    put_int(b, s->last_ns);
    put_u64(b, s->rows);
    put_u64(b, s->affected_rows);
    put_int(b, s->warnings);
    put_int(b, s->errnum);
    put_text(b, s->sqlstate);
    put_int(b, s->status);
    put_u64(b, s->req_bytes);
    put_u64(b, s->resp_bytes);
    put_id(b, s->txn_id);
    put_int(b, s->ends_txn);
    put_int(b, s->ok);
    put_int(b, s->complete);
    put_int(b, s->notes);
    put_sample(b, s->sample, s->sample_bytes);
}

static void bind_txn(struct bind *b, const struct ses_txn *t)
{
    put_u64(b, t->id);
    put_u64(b, t->conn_id);
    put_int(b, t->start_ns);
    put_int(b, t->end_ns);
    put_int(b, t->busy_ns);
    put_int(b, t->commit_ns);
    put_int(b, t->statements);
    put_int(b, t->errors);
    put_text(b, ses_txn_end_name(t->end));
    put_int(b, t->read_only);
}

static void bind_checkout(struct bind *b, const struct ses_checkout *c)
{
    put_u64(b, c->conn_id);
    put_id(b, c->pool_id);
    put_int(b, c->start_ns);
    put_int(b, c->end_ns);
    put_int(b, c->statements);
    put_int(b, c->txns);
    put_int(b, c->voided);
}

static void bind_request(struct bind *b, const struct ses_request *r)
{
    put_u64(b, r->id);
    put_u64(b, r->conn_id);
    put_text(b, r->client);
    put_text(b, r->server);
    put_text(b, r->method);
    put_text(b, r->route);
    put_text(b, r->trace_id);
    put_id(b, r->level);
    put_int(b, r->arrival_ns);
    put_int(b, r->request_end_ns);
    put_int(b, r->first_ns);
    put_int(b, r->last_ns);
    put_int(b, r->status);
    put_u64(b, r->req_body_bytes);
    put_u64(b, r->resp_body_bytes);
    put_int(b, r->complete);
    put_text(b, r->note);
}

static void bind_level(struct bind *b, const struct ses_level *l)
{
    put_int(b, l->id);
    put_int(b, l->users);
    put_int(b, l->start_ns);
    put_int(b, l->end_ns);
}

static void bind_gap(struct bind *b, const struct ses_gap *g)
{
    put_u64(b, g->conn_id);
    put_int(b, g->ts_ns);
    put_u64(b, g->bytes);
    put_int(b, g->to_server);
    put_text(b, g->protocol);
}

static void bind_tls_exchange(struct bind *b, const struct ses_tls_exchange *x)
{
    put_u64(b, x->conn_id);
    put_int(b, x->sent_ns);
    put_int(b, x->first_ns);
    put_int(b, x->last_ns);
    put_u64(b, x->req_bytes);
    put_u64(b, x->resp_bytes);
    put_int(b, x->complete);
}

static void bind_config(struct bind *b, const struct sto_config *c)
{
    put_text(b, c->scope);
    put_text(b, c->name);
    put_text(b, c->value);
    put_int(b, c->ts_ns);
}

static void bind_host(struct bind *b, const struct sto_host *h)
{
    put_int(b, h->ts_ns);
    put_text(b, h->role);
    put_int(b, h->pid);
    put_int(b, h->cpu_ns);
    put_int(b, h->run_delay_ns);
    put_int(b, h->rss_bytes);
    put_int(b, h->processes);
    put_int(b, h->threads);
    put_int(b, h->top_process_ns);
    put_int(b, h->top_thread_ns);
    put_int(b, h->cpu_limit_milli);
    put_int(b, h->memory_limit_bytes);
    put_int(b, h->group_memory_bytes);
    put_int(b, h->throttled_periods);
    put_int(b, h->throttled_ns);
    put_int(b, h->steal_ns);
    put_int(b, h->pressure_cpu_ns);
    put_int(b, h->pressure_io_ns);
    put_int(b, h->pressure_memory_ns);
}

static void bind_second(struct bind *b, const struct sto_statement_second *s)
{
    put_u64(b, s->digest);
    put_text(b, s->cmd);
    put_int(b, s->second);
    put_u64(b, s->count);
    put_u64(b, s->errors);
    put_u64(b, s->voided);
    put_u64(b, s->rows);
    put_int(b, s->sum_ns);
    put_text(b, s->hist);
}

#define BIND_INT(column) put_int(b, r->column);
#define BIND_TEXT(column) put_text(b, r->column);
#define PS_ROW(name, NAME, order)                                                                            \
    static void bind_ps_##name(struct bind *b, const struct sto_ps_##name *r)                                \
    {                                                                                                        \
        PS_COLUMNS_##name(BIND_INT, BIND_INT, BIND_TEXT)                                                     \
    }
#include "base/ps_rows.def"
#undef PS_ROW

static void bind_item(struct bind *b, const struct sto_item *item)
{
    switch (item->kind) {
    case STO_POOL:
        bind_pool(b, &item->u.pool);
        break;
    case STO_CONNECTION:
        bind_connection(b, &item->u.connection);
        break;
    case STO_DIGEST:
        put_u64(b, item->u.digest.id);
        put_text(b, item->u.digest.text);
        break;
    case STO_STATEMENT:
        bind_statement(b, &item->u.statement);
        break;
    case STO_TXN:
        bind_txn(b, &item->u.txn);
        break;
    case STO_CHECKOUT:
        bind_checkout(b, &item->u.checkout);
        break;
    case STO_REQUEST:
        bind_request(b, &item->u.request);
        break;
    case STO_LEVEL:
        bind_level(b, &item->u.level);
        break;
    case STO_GAP:
        bind_gap(b, &item->u.gap);
        break;
    case STO_TLS_EXCHANGE:
        bind_tls_exchange(b, &item->u.tls_exchange);
        break;
    case STO_META:
        put_text(b, item->u.meta.key);
        put_text(b, item->u.meta.value);
        break;
    case STO_CONFIG:
        bind_config(b, &item->u.config);
        break;
    case STO_STATUS:
        put_int(b, item->u.status.ts_ns);
        put_text(b, item->u.status.name);
        put_int(b, item->u.status.value);
        break;
    case STO_HOST:
        bind_host(b, &item->u.host);
        break;
    case STO_TRACE:
        put_u64(b, item->u.trace.conn_id);
        put_int(b, item->u.trace.sent_ns);
        put_text(b, item->u.trace.trace_id);
        break;
    case STO_REQUEST_QUEUE:
        put_u64(b, item->u.request_queue.request_id);
        put_int(b, item->u.request_queue.queue_ns);
        break;
    case STO_SECOND:
        bind_second(b, &item->u.second);
        break;
    case STO_VOID:
        put_u64(b, item->u.voided.conn_id);
        put_u64(b, item->u.voided.add);
        break;
#define PS_ROW(name, NAME, order)                                                                            \
    case STO_PS_##NAME:                                                                                      \
        bind_ps_##name(b, &item->u.ps_##name);                                                               \
        break;
#include "base/ps_rows.def"
#undef PS_ROW
    case STO_KIND_COUNT:
        break; /* no kind; checked by the caller */
    }
}

/* INSERT … VALUES(…),(…),… from the statement for one row. */
static int prepare_batch(sqlite3 *db, const char *sql, sqlite3_stmt **out)
{
    struct buf b;
    const char *values = strstr(sql, "VALUES") + strlen("VALUES");
    buf_init(&b, BATCH_SQL_MAX);
    enum pp_status st = buf_addf(&b, "%s", sql);
    for (size_t i = 1; st == PP_OK && i < BATCH_ROWS; i++)
        st = buf_addf(&b, ",%s", values);
    int rc = SQLITE_NOMEM;
    if (st == PP_OK)
        rc = sqlite3_prepare_v3(db, (const char *)b.data, -1, SQLITE_PREPARE_PERSISTENT, out, NULL);
    buf_fini(&b);
    return rc;
}

static int prepare(struct sto_rows *r, sqlite3 *db)
{
    static const enum sto_kind many[] = {STO_STATEMENT, STO_TXN, STO_CHECKOUT, STO_TRACE, STO_TLS_EXCHANGE};
    int rc = SQLITE_OK;
    for (size_t i = 0; rc == SQLITE_OK && i < STO_KIND_COUNT; i++)
        rc = sqlite3_prepare_v3(db, insert_sql[i], -1, SQLITE_PREPARE_PERSISTENT, &r->insert[i], NULL);
    for (size_t i = 0; rc == SQLITE_OK && i < sizeof many / sizeof many[0]; i++)
        rc = prepare_batch(db, insert_sql[many[i]], &r->batch[many[i]].insert);
    return rc;
}

enum pp_status sto_rows_new(struct sto_rows **out, sqlite3 *db, const char *path, struct pp_err *err)
{
    struct sto_rows *r = NULL;
    *out = NULL;
    if (OBJ_NEW(r, ROWS_MAGIC) == NULL)
        return pp_err_set(err, PP_NOMEM, "out of memory");
    r->db = db;
    int rc = prepare(r, db);
    if (rc != SQLITE_OK) {
        enum pp_status status = sto_sql_error(err, db, rc, path, "preparing to write");
        sto_rows_free(&r);
        return status;
    }
    *out = r;
    return PP_OK;
}

void sto_rows_free(struct sto_rows **rp)
{
    struct sto_rows *r = *rp;
    if (r == NULL)
        return;
    OBJ_CHECK(r, ROWS_MAGIC);
    for (size_t i = 0; i < STO_KIND_COUNT; i++) {
        sqlite3_finalize(r->insert[i]);
        sqlite3_finalize(r->batch[i].insert);
    }
    sto_image_free(&r->image);
    OBJ_FREE(*rp);
}

/* A failed bind (memory) leaves NULL, which NOT NULL columns refuse: the step tells. */
static bool run(sqlite3_stmt *st)
{
    int rc = sqlite3_step(st);
    return sqlite3_reset(st) == SQLITE_OK && rc == SQLITE_DONE;
}

static bool write_one(struct sto_rows *r, const struct sto_item *item)
{
    struct bind b = {.st = r->insert[item->kind], .at = 0};
    bind_item(&b, item);
    return run(b.st);
}

static bool write_batch(struct batch *many)
{
    struct bind b = {.st = many->insert, .at = 0};
    for (size_t i = 0; i < BATCH_ROWS; i++)
        bind_item(&b, many->items[i]);
    many->count = 0;
    return run(b.st);
}

void sto_rows_gather(struct sto_rows *r)
{
    OBJ_CHECK(r, ROWS_MAGIC);
    if (r->image == NULL && !r->no_image)
        r->no_image = sto_image_new(&r->image, r->db) != SQLITE_OK;
    r->gathers = r->image != NULL;
}

bool sto_rows_are_many(const struct sto_rows *r)
{
    OBJ_CHECK(r, ROWS_MAGIC);
    return r->gathers && sto_image_is_full(r->image);
}

int sto_rows_write_gathered(struct sto_rows *r)
{
    OBJ_CHECK(r, ROWS_MAGIC);
    int rc = r->gathers ? sto_image_write(r->image) : SQLITE_OK;
    r->gathers = false;
    return rc;
}

/* False: it has to go on its own, being too large, or for want of memory. */
static bool gather(struct sto_rows *r, const struct sto_item *item)
{
    struct bind b = {.rec = &r->rec};
    rec_begin(&r->rec, sto_image_is_keyed(item->kind));
    bind_item(&b, item);
    return !r->rec.too_large && sto_image_add(r->image, item->kind, &r->rec);
}

bool sto_rows_write(struct sto_rows *r, const struct sto_item *item)
{
    OBJ_CHECK(r, ROWS_MAGIC);
    OBJ_ASSERT(item->kind < STO_KIND_COUNT);
    struct batch *many = &r->batch[item->kind];
    if (r->gathers && sto_image_takes(item->kind))
        return gather(r, item) || write_one(r, item);
    if (many->insert == NULL)
        return write_one(r, item);
    many->items[many->count++] = item;
    return many->count < BATCH_ROWS || write_batch(many);
}

bool sto_rows_flush(struct sto_rows *r)
{
    bool good = true;
    OBJ_CHECK(r, ROWS_MAGIC);
    for (size_t kind = 0; kind < STO_KIND_COUNT; kind++) {
        struct batch *many = &r->batch[kind];
        for (size_t i = 0; good && i < many->count; i++)
            good = write_one(r, many->items[i]);
        many->count = 0;
    }
    return good;
}

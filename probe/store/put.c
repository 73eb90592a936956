/* summary: facts into the writer's queue, and what is dropped when it is full: whole connections, counted and
 * marked */
#include "writer_priv.h"

#include "base/obj.h"
#include "base/rare.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static PP_RARE void say_nomem(struct sto_writer *w)
{
    struct pp_err err = {.status = PP_OK};
    pp_err_set(&err, PP_NOMEM, "out of memory while recording to %s: facts are missing in it", w->path);
    sto_keep_failure(w, &err);
}

static void put(struct sto_writer *w, const struct sto_item *item, enum sto_full full)
{
    OBJ_CHECK(w, WRITER_MAGIC);
    if (sto_queue_put(w->queue, item, full) != PP_OK)
        say_nomem(w);
}

static void put_control(struct sto_writer *w, const struct sto_item *item)
{
    put(w, item, STO_FULL_RESERVE);
}

/* A connection whose statements are dropped. */
struct dropped {
    uint64_t count;
    uint64_t told; /* how many of them are in its row */
};

static PP_RARE void count_dropped(struct sto_writer *w, const struct sto_item *item)
{
    pthread_mutex_lock(&w->lock);
    w->counters.dropped_statements += item->kind == STO_STATEMENT || item->kind == STO_TLS_EXCHANGE;
    w->counters.dropped_txns += item->kind == STO_TXN;
    w->counters.dropped_checkouts += item->kind == STO_CHECKOUT;
    pthread_mutex_unlock(&w->lock);
}

/* Stops recording a connection, and marks its row at once so that also a killed run tells. False: no memory.
 */
static PP_RARE bool drop_connection(struct sto_writer *w, uint64_t conn_id)
{
    struct dropped *d = malloc(sizeof *d);
    if (d == NULL)
        return false;
    if (map_set(w->dropped, &conn_id, sizeof conn_id, d) != PP_OK) {
        free(d);
        return false;
    }
    pthread_mutex_lock(&w->lock);
    w->counters.dropped_connections++;
    pthread_mutex_unlock(&w->lock);
    struct sto_item item = {.kind = STO_VOID, .u.voided = {.conn_id = conn_id, .add = 1}};
    d->count = 1;
    d->told = sto_queue_put(w->queue, &item, STO_FULL_TRY_RESERVE) == PP_OK ? 1 : 0;
    return true;
}

/* A statement, transaction or checkout. */
static void put_droppable(struct sto_writer *w, const struct sto_item *item, uint64_t conn_id)
{
    if (!w->may_drop) {
        put(w, item, STO_FULL_WAIT);
        return;
    }
    struct dropped *dropped = map_get(w->dropped, &conn_id, sizeof conn_id);
    if (dropped != NULL) {
        dropped->count++;
        count_dropped(w, item);
        return;
    }
    enum pp_status status = sto_queue_put(w->queue, item, STO_FULL_FAIL);
    if (status == PP_OK)
        return;
    if (drop_connection(w, conn_id))
        count_dropped(w, item);
    else
        put(w, item, STO_FULL_WAIT);
}

static PP_RARE void put_trace(struct sto_writer *w, const struct ses_statement *s)
{
    struct sto_item item;
    item.kind = STO_TRACE;
    item.u.trace = (struct sto_trace){.conn_id = s->conn_id, .sent_ns = s->sent_ns, .trace_id = s->trace_id};
    put_droppable(w, &item, s->conn_id);
}

void sto_put_statement(struct sto_writer *w, const struct ses_statement *s)
{
    OBJ_CHECK(w, WRITER_MAGIC);
    /* On its own, because other connections go on using the digest when this statement is dropped. */
    if (s->digest_is_new && s->digest != 0) {
        struct sto_item digest = {.kind = STO_DIGEST, .u.digest = {.id = s->digest, .text = s->digest_text}};
        put_control(w, &digest);
    }
    if (!w->statements) {
        if (!sto_seconds_add(w->seconds, s))
            say_nomem(w);
        return;
    }
    struct sto_item item;
    item.kind = STO_STATEMENT;
    item.u.statement = *s;
    put_droppable(w, &item, s->conn_id);
    if (s->trace_id != NULL && s->trace_id[0] != '\0')
        put_trace(w, s);
}

void sto_put_second(void *priv, const struct sto_statement_second *row)
{
    struct sto_writer *w = priv;
    struct sto_item item;
    item.kind = STO_SECOND;
    item.u.second = *row;
    put_control(w, &item);
}

void sto_flush_seconds(struct sto_writer *w, int64_t mono_ns)
{
    if (!w->statements && !sto_seconds_flush(w->seconds, mono_ns))
        say_nomem(w);
}

void sto_put_txn(struct sto_writer *w, const struct ses_txn *t)
{
    OBJ_CHECK(w, WRITER_MAGIC);
    if (!w->statements)
        return;
    struct sto_item item;
    item.kind = STO_TXN;
    item.u.txn = *t;
    put_droppable(w, &item, t->conn_id);
}

void sto_put_checkout(struct sto_writer *w, const struct ses_checkout *c)
{
    OBJ_CHECK(w, WRITER_MAGIC);
    if (!w->statements)
        return;
    struct sto_item item;
    item.kind = STO_CHECKOUT;
    item.u.checkout = *c;
    put_droppable(w, &item, c->conn_id);
}

void sto_put_tls_exchange(struct sto_writer *w, const struct ses_tls_exchange *x)
{
    OBJ_CHECK(w, WRITER_MAGIC);
    if (!w->statements)
        return;
    struct sto_item item;
    item.kind = STO_TLS_EXCHANGE;
    item.u.tls_exchange = *x;
    put_droppable(w, &item, x->conn_id);
}

void sto_put_connection(struct sto_writer *w, const struct ses_connection *c)
{
    OBJ_CHECK(w, WRITER_MAGIC);
    struct sto_item item;
    item.kind = STO_CONNECTION;
    item.u.connection = *c;
    struct dropped *dropped = map_get(w->dropped, &c->id, sizeof c->id);
    if (dropped != NULL) {
        item.u.connection.voided += dropped->count;
        dropped->told = dropped->count;
        if (c->final) {
            map_remove(w->dropped, &c->id, sizeof c->id);
            free(dropped);
        }
    }
    put_control(w, &item);
}

#define PUT_CONTROL(name, KIND)                                                                              \
    void sto_put_##name(struct sto_writer *w, const struct ses_##name *fact)                                 \
    {                                                                                                        \
        struct sto_item item;                                                                                \
        item.kind = KIND;                                                                                    \
        item.u.name = *fact;                                                                                 \
        put_control(w, &item);                                                                               \
    }

PUT_CONTROL(pool, STO_POOL)
PUT_CONTROL(level, STO_LEVEL)
PUT_CONTROL(gap, STO_GAP)

void sto_put_request(struct sto_writer *w, const struct ses_request *r)
{
    struct sto_item item;
    item.kind = STO_REQUEST;
    item.u.request = *r;
    put_control(w, &item);
    if (r->queue_ns <= 0)
        return;
    item.kind = STO_REQUEST_QUEUE;
    item.u.request_queue = (struct sto_request_queue){.request_id = r->id, .queue_ns = r->queue_ns};
    put_control(w, &item);
}

#define PS_ROW(name, NAME, order)                                                                            \
    void sto_put_ps_##name(struct sto_writer *w, const struct sto_ps_##name *row)                            \
    {                                                                                                        \
        struct sto_item item;                                                                                \
        item.kind = STO_PS_##NAME;                                                                           \
        item.u.ps_##name = *row;                                                                             \
        put_control(w, &item);                                                                               \
    }
#include "base/ps_rows.def"
#include "base/rare.h"
#undef PS_ROW

void sto_put_meta(struct sto_writer *w, const char *key, const char *value)
{
    struct sto_item item = {.kind = STO_META, .u.meta = {.key = key, .value = value}};
    put_control(w, &item);
}

void sto_put_meta_int(struct sto_writer *w, const char *key, int64_t value)
{
    char text[24];
    snprintf(text, sizeof text, "%lld", (long long)value);
    sto_put_meta(w, key, text);
}

void sto_put_config(struct sto_writer *w, const char *scope, const char *name, const char *value,
                    int64_t ts_ns)
{
    struct sto_item item = {.kind = STO_CONFIG,
                            .u.config = {.scope = scope, .name = name, .value = value, .ts_ns = ts_ns}};
    put_control(w, &item);
}

void sto_put_status(struct sto_writer *w, const char *name, int64_t value, int64_t ts_ns)
{
    struct sto_item item = {.kind = STO_STATUS, .u.status = {.ts_ns = ts_ns, .name = name, .value = value}};
    put_control(w, &item);
}

void sto_put_host(struct sto_writer *w, const struct sto_host *sample)
{
    struct sto_item item = {.kind = STO_HOST, .u.host = *sample};
    put_control(w, &item);
}

static void void_rest(void *priv, const void *key, size_t key_len, void *value)
{
    struct sto_writer *w = priv;
    struct dropped *d = value;
    struct sto_item item = {.kind = STO_VOID, .u.voided = {.conn_id = 0, .add = d->count - d->told}};
    memcpy(&item.u.voided.conn_id, key, key_len);
    if (item.u.voided.add > 0)
        put_control(w, &item);
    free(d);
}

void sto_void_rest(struct sto_writer *w)
{
    map_each(w->dropped, void_rest, w);
    map_free(&w->dropped);
}

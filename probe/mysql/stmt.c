/* summary: prepared statements of a connection (least recently used forgotten) and their shared texts */
#include "base/obj.h"
#include "parts.h"

#include <string.h>
#include <xxhash.h>

struct myw_text *myw_text_get(struct myw *m, const void *sql, size_t bytes)
{
    XXH128_hash_t h = XXH3_128bits(sql, bytes);
    uint64_t key[2] = {h.low64, h.high64};
    struct myw_text *t = map_get(m->texts, key, sizeof key);
    if (t != NULL)
        return myw_text_ref(t);
    t = malloc(sizeof *t + bytes + 1);
    if (t == NULL)
        return NULL;
    *t = (struct myw_text){.magic = MYW_TEXT_MAGIC, .refs = 1, .key = {key[0], key[1]}, .bytes = bytes};
    if (bytes > 0)
        memcpy(t->data, sql, bytes);
    t->data[bytes] = 0;
    if (map_set(m->texts, key, sizeof key, t) != PP_OK) {
        free(t);
        return NULL;
    }
    m->stmt_bytes += sizeof *t + bytes;
    return t;
}

struct myw_text *myw_text_ref(struct myw_text *t)
{
    OBJ_CHECK(t, MYW_TEXT_MAGIC);
    t->refs++;
    return t;
}

void myw_text_put(struct myw *m, struct myw_text **tp)
{
    struct myw_text *t = *tp;
    *tp = NULL;
    if (t == NULL)
        return;
    OBJ_CHECK(t, MYW_TEXT_MAGIC);
    if (--t->refs > 0)
        return;
    (void)map_remove(m->texts, t->key, sizeof t->key);
    m->stmt_bytes -= sizeof *t + t->bytes;
    OBJ_FREE(t);
}

static void list_unlink(struct myw_stmts *s, struct myw_stmt *st)
{
    if (st->prev != NULL)
        st->prev->next = st->next;
    else
        s->newest = st->next;
    if (st->next != NULL)
        st->next->prev = st->prev;
    else
        s->oldest = st->prev;
    st->prev = st->next = NULL;
}

static void list_push(struct myw_stmts *s, struct myw_stmt *st)
{
    st->prev = NULL;
    st->next = s->newest;
    if (s->newest != NULL)
        s->newest->prev = st;
    else
        s->oldest = st;
    s->newest = st;
}

static void charge(struct myw_conn *c, struct myw_stmt *st, size_t bytes)
{
    st->cost_bytes += bytes;
    c->stmts.bytes += bytes;
    c->m->stmt_bytes += bytes;
}

static void stmt_free(struct myw_conn *c, struct myw_stmt *st)
{
    OBJ_CHECK(st, MYW_STMT_MAGIC);
    c->stmts.bytes -= st->cost_bytes;
    c->m->stmt_bytes -= st->cost_bytes;
    myw_text_put(c->m, &st->sql);
    free(st->types);
    free(st->long_data);
    OBJ_FREE(st);
}

struct myw_stmt *myw_stmt_find(struct myw_conn *c, uint32_t id)
{
    if (c->stmts.newest != NULL && c->stmts.newest->id == id)
        return c->stmts.newest;
    struct myw_stmt *st = c->stmts.by_id != NULL ? map_get(c->stmts.by_id, &id, sizeof id) : NULL;
    if (st != NULL) {
        list_unlink(&c->stmts, st);
        list_push(&c->stmts, st);
    }
    return st;
}

void myw_stmt_remove(struct myw_conn *c, uint32_t id)
{
    struct myw_stmt *st = c->stmts.by_id != NULL ? map_remove(c->stmts.by_id, &id, sizeof id) : NULL;
    if (st == NULL)
        return;
    list_unlink(&c->stmts, st);
    stmt_free(c, st);
    if (c->stmts.newest == NULL)
        map_free(&c->stmts.by_id);
}

void myw_stmts_forget(struct myw_conn *c)
{
    while (c->stmts.newest != NULL)
        myw_stmt_remove(c, c->stmts.newest->id);
    map_free(&c->stmts.by_id);
}

static bool over(const struct myw_conn *c, size_t more)
{
    return map_count(c->stmts.by_id) >= MYW_STMTS_MAX || c->stmts.bytes + more > MYW_STMT_BYTES_MAX ||
           c->m->stmt_bytes + more > MYW_ALL_STMT_BYTES_MAX;
}

struct myw_stmt *myw_stmt_add(struct myw_conn *c, uint32_t id, struct myw_text *sql, uint16_t params)
{
    struct myw_stmt *st;
    myw_stmt_remove(c, id);
    size_t bytes = sizeof *st + (sql != NULL ? sql->bytes : 0);
    while (c->stmts.oldest != NULL && over(c, bytes)) {
        myw_stmt_remove(c, c->stmts.oldest->id);
        c->m->counters.forgotten_statements++;
    }
    if (c->stmts.by_id == NULL && (c->stmts.by_id = map_new(0)) == NULL)
        return NULL;
    if (over(c, bytes) || OBJ_NEW(st, MYW_STMT_MAGIC) == NULL) {
        c->m->counters.forgotten_statements++;
        return NULL;
    }
    st->id = id;
    st->params = params;
    if (map_set(c->stmts.by_id, &id, sizeof id, st) != PP_OK) {
        OBJ_FREE(st);
        return NULL;
    }
    st->sql = sql != NULL ? myw_text_ref(sql) : NULL;
    list_push(&c->stmts, st);
    charge(c, st, bytes);
    return st;
}

uint16_t *myw_stmt_types(struct myw_conn *c, struct myw_stmt *st)
{
    size_t bytes = (size_t)st->params * sizeof *st->types;
    if (st->types != NULL || bytes == 0)
        return st->types;
    if (c->m->stmt_bytes + bytes > MYW_ALL_STMT_BYTES_MAX || c->stmts.bytes + bytes > MYW_STMT_BYTES_MAX)
        return NULL;
    st->types = calloc(1, bytes);
    if (st->types != NULL)
        charge(c, st, bytes);
    return st->types;
}

void myw_stmt_forget_types(struct myw_conn *c, struct myw_stmt *st)
{
    size_t bytes = (size_t)st->params * sizeof *st->types;
    if (st->types == NULL)
        return;
    free(st->types);
    st->types = NULL;
    st->cost_bytes -= bytes;
    c->stmts.bytes -= bytes;
    c->m->stmt_bytes -= bytes;
}

void myw_stmt_mark_long(struct myw_conn *c, struct myw_stmt *st, uint16_t param)
{
    size_t bytes = ((size_t)st->params + 7) / 8;
    if (param >= st->params)
        return;
    if (st->long_data == NULL) {
        if (c->m->stmt_bytes + bytes > MYW_ALL_STMT_BYTES_MAX || (st->long_data = calloc(1, bytes)) == NULL)
            return;
        charge(c, st, bytes);
    }
    st->long_data[param / 8] |= (uint8_t)(1u << (param % 8));
}

void myw_stmt_clear_long(struct myw_conn *c, struct myw_stmt *st)
{
    size_t bytes = ((size_t)st->params + 7) / 8;
    if (st->long_data == NULL)
        return;
    free(st->long_data);
    st->long_data = NULL;
    st->cost_bytes -= bytes;
    c->stmts.bytes -= bytes;
    c->m->stmt_bytes -= bytes;
}

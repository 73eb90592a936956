/* summary: a database file made in memory: leaf pages of gathered records, their root pages, and the copying
 * of them
 *
 * The format: sqlite.org/fileformat2.html, "B-tree Pages". Each table is a root page and its leaves, or one
 * leaf that is the root. */
#include "image_priv.h"

#include "base/buf.h"
#include "base/obj.h"
#include "base/sort.h"

#include <stdio.h>

#define IMAGE_MAGIC 0x53747269u

#define PAGE_BYTES 16384
#define LEAF_HEADER 8
#define INTERIOR_HEADER 12
#define LEAF_TABLE 0x0d
#define INTERIOR_TABLE 0x05
/* A page is left when the next row does not fit: with rows of at most REC_BODY_MAX and a bit it is three
 * quarters full. So this many bytes of rows are below 700 leaves, and a root page has room for 1,091. */
#define ROWS_BYTES_FULL ((size_t)7 << 20)
#define ROWS_BYTES_LIMIT ((size_t)8 << 20)
#define ROWS_FULL 60000

static const struct {
    enum sto_kind kind;
    bool keyed;
    const char *name;
} tables[] = {{STO_STATEMENT, true, "statement"},
              {STO_TXN, true, "txn"},
              {STO_CHECKOUT, false, "checkout"},
              {STO_TRACE, false, "statement_trace"},
              {STO_TLS_EXCHANGE, false, "tls_exchange"}};
#define TABLES (sizeof tables / sizeof tables[0])
#define FIRST_LEAF (TABLES + 2) /* page 1 is the schema, then come the roots */

/* What sort_items sorts by its key. */
struct row {
    int64_t key;
    uint32_t at; /* in `cells` */
    uint32_t len;
};
_Static_assert(sizeof(struct row) == sizeof(struct sort_item), "rows are sorted as sort items");

struct table {
    struct buf cells;
    struct row *rows;
    size_t count, room;
    bool ordered;
    size_t leaves; /* 0: the root is the only one */
};

struct sto_image {
    uint32_t magic;
    sqlite3 *db;     /* the run's */
    uint8_t *schema; /* page 1 */
    size_t bytes;    /* of all rows */
    size_t count;
    struct table table[TABLES];
};

static size_t index_of(enum sto_kind kind)
{
    size_t i = 0;
    while (i < TABLES && tables[i].kind != kind)
        i++;
    return i;
}

bool sto_image_takes(enum sto_kind kind)
{
    return index_of(kind) < TABLES;
}

bool sto_image_is_keyed(enum sto_kind kind)
{
    return tables[index_of(kind)].keyed;
}

/* ---- gathering ---- */

static bool make_room(struct table *t)
{
    if (t->count < t->room)
        return true;
    size_t room = t->room == 0 ? 1024 : 2 * t->room;
    struct row *rows = realloc(t->rows, room * sizeof *rows);
    if (rows == NULL)
        return false;
    t->rows = rows;
    t->room = room;
    return true;
}

/* A cell of a leaf: length of the record, key, record. */
bool sto_image_add(struct sto_image *im, enum sto_kind kind, const struct rec *row)
{
    uint8_t head[2 * REC_VARINT_MAX + 1 + sizeof row->types];
    OBJ_CHECK(im, IMAGE_MAGIC);
    struct table *t = &im->table[index_of(kind)];
    size_t before = t->cells.len;
    int64_t key = tables[t - im->table].keyed ? row->key : (int64_t)t->count + 1;
    size_t n = rec_varint(head, 1 + row->types_len + row->body_len);
    n += rec_varint(head + n, (uint64_t)key);
    head[n++] = (uint8_t)(1 + row->types_len);
    memcpy(head + n, row->types, row->types_len);
    n += row->types_len;
    if (!make_room(t) || buf_add(&t->cells, head, n) != PP_OK)
        return false;
    if (buf_add(&t->cells, row->body, row->body_len) != PP_OK) {
        t->cells.len = before;
        return false;
    }
    if (t->count > 0 && t->rows[t->count - 1].key >= key)
        t->ordered = false;
    n += row->body_len;
    t->rows[t->count++] = (struct row){.key = key, .at = (uint32_t)before, .len = (uint32_t)n};
    im->bytes += n;
    im->count++;
    return true;
}

bool sto_image_is_full(const struct sto_image *im)
{
    return im->bytes >= ROWS_BYTES_FULL || im->count >= ROWS_FULL;
}

static void forget_rows(struct sto_image *im)
{
    for (size_t i = 0; i < TABLES; i++) {
        struct table *t = &im->table[i];
        buf_clear(&t->cells);
        t->count = 0;
        t->ordered = true;
    }
    im->bytes = 0;
    im->count = 0;
}

/* ---- pages ---- */

static void put_u16(uint8_t *to, size_t value)
{
    to[0] = (uint8_t)(value >> 8);
    to[1] = (uint8_t)value;
}

static void put_u32(uint8_t *to, size_t value)
{
    put_u16(to, value >> 16);
    put_u16(to + 2, value & 0xffff);
}

/* How many rows from `from` on fit into one leaf. */
static size_t rows_of_leaf(const struct table *t, size_t from)
{
    size_t used = LEAF_HEADER;
    size_t i = from;
    while (i < t->count && used + t->rows[i].len + 2 <= PAGE_BYTES)
        used += t->rows[i++].len + 2;
    return i - from;
}

static void plan(struct table *t)
{
    size_t leaves = 0;
    for (size_t at = 0; at < t->count; at += rows_of_leaf(t, at))
        leaves++;
    t->leaves = leaves > 1 ? leaves : 0;
}

static void fill_header(uint8_t *page, uint8_t kind, size_t cells, size_t content)
{
    page[0] = kind;
    put_u16(page + 1, 0); /* no free block */
    put_u16(page + 3, cells);
    put_u16(page + 5, content);
    page[7] = 0; /* no fragments */
}

/* Cells from the end of the page, their places from its beginning. */
static void fill_leaf(uint8_t *page, const struct table *t, size_t from, size_t count)
{
    size_t content = PAGE_BYTES;
    for (size_t i = 0; i < count; i++) {
        const struct row *row = &t->rows[from + i];
        content -= row->len;
        memcpy(page + content, t->cells.data + row->at, row->len);
        put_u16(page + LEAF_HEADER + 2 * i, content);
    }
    fill_header(page, LEAF_TABLE, count, content);
}

/* The root page names each leaf with its largest key, the last leaf without. */
static void fill_tree(uint8_t *image, size_t root, size_t first_leaf, const struct table *t)
{
    uint8_t *page = image + (root - 1) * PAGE_BYTES;
    size_t content = PAGE_BYTES;
    size_t at = 0;
    for (size_t i = 0; i < t->leaves; i++) {
        size_t count = rows_of_leaf(t, at);
        fill_leaf(image + (first_leaf + i - 1) * PAGE_BYTES, t, at, count);
        at += count;
        if (i + 1 == t->leaves)
            break;
        uint8_t cell[4 + REC_VARINT_MAX];
        put_u32(cell, first_leaf + i);
        size_t n = 4 + rec_varint(cell + 4, (uint64_t)t->rows[at - 1].key);
        content -= n;
        OBJ_ASSERT(INTERIOR_HEADER + 2 * (i + 1) <= content);
        memcpy(page + content, cell, n);
        put_u16(page + INTERIOR_HEADER + 2 * i, content);
    }
    fill_header(page, INTERIOR_TABLE, t->leaves - 1, content);
    put_u32(page + 8, first_leaf + t->leaves - 1);
}

/* Of rows with one key the one that came last stays; sorting leaves them as they came. */
static void drop_replaced(struct table *t)
{
    size_t kept = 0;
    for (size_t i = 0; i < t->count; i++) {
        if (i + 1 == t->count || t->rows[i].key != t->rows[i + 1].key)
            t->rows[kept++] = t->rows[i];
    }
    t->count = kept;
}

/* Ascending keys, each of them once: as it has to be in a table. */
static int order(struct sto_image *im)
{
    for (size_t i = 0; i < TABLES; i++) {
        struct table *t = &im->table[i];
        if (t->ordered)
            continue;
        if (sort_items(t->rows, t->count) != PP_OK)
            return SQLITE_NOMEM;
        drop_replaced(t);
        t->ordered = true;
    }
    return SQLITE_OK;
}

/* The image, of sqlite3_malloc64; NULL: memory is out. */
static uint8_t *make_pages(struct sto_image *im, size_t *bytes)
{
    size_t pages = FIRST_LEAF - 1;
    for (size_t i = 0; i < TABLES; i++) {
        plan(&im->table[i]);
        pages += im->table[i].leaves;
    }
    *bytes = pages * PAGE_BYTES;
    uint8_t *image = sqlite3_malloc64(*bytes);
    if (image == NULL)
        return NULL;
    memcpy(image, im->schema, PAGE_BYTES);
    put_u32(image + 28, pages);
    size_t leaf = FIRST_LEAF;
    for (size_t i = 0; i < TABLES; i++) {
        const struct table *t = &im->table[i];
        if (t->leaves == 0)
            fill_leaf(image + (i + 1) * PAGE_BYTES, t, 0, t->count);
        else
            fill_tree(image, i + 2, leaf, t);
        leaf += t->leaves;
    }
    return image;
}

/* ---- copying ---- */

static int copy_by(struct sto_image *im, const char *verb, size_t table)
{
    char sql[128];
    sqlite3_stmt *st = NULL;
    snprintf(sql, sizeof sql, "%s INTO main.%s SELECT * FROM batch.%s", verb, tables[table].name,
             tables[table].name);
    int rc = sqlite3_prepare_v2(im->db, sql, -1, &st, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(st);
    int end = sqlite3_finalize(st);
    if (rc == SQLITE_DONE)
        rc = end;
    return rc;
}

/* Records are copied whole only by an INSERT that gives up at a key which is there. */
static int copy_table(struct sto_image *im, size_t table)
{
    if (im->table[table].count == 0)
        return SQLITE_OK;
    int rc = copy_by(im, "INSERT", table);
    if ((rc & 0xff) == SQLITE_CONSTRAINT)
        rc = copy_by(im, "INSERT OR REPLACE", table);
    return rc;
}

static int write_rows(struct sto_image *im)
{
    size_t bytes = 0;
    int rc = order(im);
    if (rc != SQLITE_OK)
        return rc;
    uint8_t *image = make_pages(im, &bytes);
    if (image == NULL)
        return SQLITE_NOMEM;
    /* SQLite frees it when the next one takes its place, and also when this fails. */
    rc = sqlite3_deserialize(im->db, "batch", image, (sqlite3_int64)bytes, (sqlite3_int64)bytes,
                             SQLITE_DESERIALIZE_FREEONCLOSE);
    for (size_t i = 0; rc == SQLITE_OK && i < TABLES; i++)
        rc = copy_table(im, i);
    return rc;
}

int sto_image_write(struct sto_image *im)
{
    OBJ_CHECK(im, IMAGE_MAGIC);
    int rc = im->count > 0 ? write_rows(im) : SQLITE_OK;
    forget_rows(im);
    return rc;
}

/* ---- making it ---- */

/* The run's definition of a table, executed in `into`. */
static int define_table(sqlite3 *db, sqlite3 *into, const char *name)
{
    sqlite3_stmt *st = NULL;
    int rc = sqlite3_prepare_v2(db, "SELECT sql FROM main.sqlite_schema WHERE type = 'table' AND name = ?",
                                -1, &st, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_bind_text(st, 1, name, -1, SQLITE_STATIC);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(st);
    const char *sql = rc == SQLITE_ROW ? (const char *)sqlite3_column_text(st, 0) : NULL;
    if (rc == SQLITE_ROW)
        rc = sql != NULL ? sqlite3_exec(into, sql, NULL, NULL, NULL) : SQLITE_NOMEM;
    else if (rc == SQLITE_DONE)
        rc = SQLITE_INTERNAL;
    sqlite3_finalize(st);
    return rc;
}

/* Page 1 is what SQLite itself makes of the tables' definitions. */
static int make_schema(struct sto_image *im, sqlite3 *empty)
{
    sqlite3_int64 bytes = 0;
    char pragmas[80];
    snprintf(pragmas, sizeof pragmas, "PRAGMA page_size=%d; PRAGMA auto_vacuum=NONE", PAGE_BYTES);
    int rc = sqlite3_exec(empty, pragmas, NULL, NULL, NULL);
    for (size_t i = 0; rc == SQLITE_OK && i < TABLES; i++)
        rc = define_table(im->db, empty, tables[i].name);
    if (rc != SQLITE_OK)
        return rc;
    im->schema = sqlite3_serialize(empty, "main", &bytes, 0);
    if (im->schema == NULL)
        return SQLITE_NOMEM;
    return bytes == (sqlite3_int64)(FIRST_LEAF - 1) * PAGE_BYTES ? SQLITE_OK : SQLITE_INTERNAL;
}

int sto_image_new(struct sto_image **out, sqlite3 *db)
{
    struct sto_image *im = NULL;
    sqlite3 *empty = NULL;
    *out = NULL;
    if (OBJ_NEW(im, IMAGE_MAGIC) == NULL)
        return SQLITE_NOMEM;
    im->db = db;
    for (size_t i = 0; i < TABLES; i++)
        buf_init(&im->table[i].cells, ROWS_BYTES_LIMIT);
    forget_rows(im);
    int rc = sqlite3_open_v2(":memory:", &empty, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    if (rc == SQLITE_OK)
        rc = make_schema(im, empty);
    sqlite3_close(empty);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(db, "ATTACH ':memory:' AS batch", NULL, NULL, NULL);
    if (rc == SQLITE_OK)
        *out = im;
    else
        sto_image_free(&im);
    return rc;
}

void sto_image_free(struct sto_image **ip)
{
    struct sto_image *im = *ip;
    if (im == NULL)
        return;
    OBJ_CHECK(im, IMAGE_MAGIC);
    for (size_t i = 0; i < TABLES; i++) {
        buf_fini(&im->table[i].cells);
        free(im->table[i].rows);
    }
    sqlite3_free(im->schema);
    OBJ_FREE(*ip);
}

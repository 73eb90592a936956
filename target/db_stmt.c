/* summary: the same by prepared statements, each prepared once a connection */
#include "db_private.h"

#include "base/clock.h"
#include "base/obj.h"

#include <errmsg.h>
#include <string.h>

/* The schema's longest column is email VARCHAR(255) of up to 4 bytes a character. */
#define COLUMN_BYTES 1024

#ifdef MARIADB_PACKAGE_VERSION
typedef my_bool db_bool;
#else
typedef bool db_bool;
#endif

#define DB_STMT_MAGIC 0xdb577a7eu

struct db_stmt {
    uint32_t magic;
    const char *sql;
    MYSQL_STMT *stmt;
    MYSQL_RES *metadata;
    size_t column_count;
    MYSQL_BIND binds[DB_COLUMNS];
    unsigned long lengths[DB_COLUMNS];
    db_bool nulls[DB_COLUMNS];
    char cells[DB_COLUMNS][COLUMN_BYTES];
};

static void close_stmt(struct db_stmt *s)
{
    OBJ_CHECK(s, DB_STMT_MAGIC);
    mysql_free_result(s->metadata);
    (void)mysql_stmt_close(s->stmt);
    OBJ_FREE(s);
}

void db_stmt_close_all(struct db *d)
{
    while (d->stmt_count > 0)
        close_stmt(d->stmts[--d->stmt_count]);
}

/* Every column is fetched as text, as the text protocol gives it. */
static bool bind_columns(struct db_stmt *s)
{
    s->metadata = mysql_stmt_result_metadata(s->stmt);
    if (s->metadata == NULL)
        return false;
    s->column_count = mysql_num_fields(s->metadata);
    if (s->column_count > DB_COLUMNS)
        return false;
    for (size_t i = 0; i < s->column_count; i++) {
        s->binds[i].buffer_type = MYSQL_TYPE_STRING;
        s->binds[i].buffer = s->cells[i];
        s->binds[i].buffer_length = COLUMN_BYTES - 1;
        s->binds[i].length = &s->lengths[i];
        s->binds[i].is_null = &s->nulls[i];
    }
    return mysql_stmt_bind_result(s->stmt, s->binds) == 0;
}

/* Prepares and keeps the statement; NULL with err. */
static struct db_stmt *prepare(struct db *d, struct trace *t, const struct db_query *q, struct pp_err *err)
{
    struct trace_command c = {.kind = "prepare", .text = q->name};
    struct db_stmt *s;
    OBJ_ASSERT(d->stmt_count < DB_STMTS); /* the workload's queries are fewer */
    if (!OBJ_NEW(s, DB_STMT_MAGIC) || (s->stmt = mysql_stmt_init(d->mysql)) == NULL) {
        free(s);
        (void)pp_err_set(err, PP_NOMEM, "out of memory");
        return NULL;
    }
    s->sql = q->sql;
    c.start_ns = clock_real_ns();
    (void)db_io_prepare(d, s->stmt, q->sql);
    enum pp_status st = db_command_done(d, t, &c, mysql_stmt_errno(s->stmt), mysql_stmt_error(s->stmt), err);
    if (st == PP_OK && !bind_columns(s))
        st = pp_err_set(err, PP_IO, "%s: its result cannot be bound: %s", q->name, mysql_stmt_error(s->stmt));
    if (st != PP_OK) {
        close_stmt(s);
        return NULL;
    }
    d->stmts[d->stmt_count++] = s;
    return s;
}

static struct db_stmt *find(const struct db *d, const char *sql)
{
    for (size_t i = 0; i < d->stmt_count; i++)
        if (d->stmts[i]->sql == sql)
            return d->stmts[i];
    return NULL;
}

static void deliver_rows(struct db_stmt *s, const struct db_query *q)
{
    struct db_value values[DB_COLUMNS];
    const MYSQL_FIELD *fields = mysql_fetch_fields(s->metadata);
    for (;;) {
        int rc = mysql_stmt_fetch(s->stmt);
        if (rc != 0 && rc != MYSQL_DATA_TRUNCATED)
            return;
        for (size_t i = 0; i < s->column_count; i++) {
            size_t len = s->lengths[i] < COLUMN_BYTES ? s->lengths[i] : COLUMN_BYTES - 1;
            s->cells[i][len] = 0;
            values[i] = (struct db_value){.name = fields[i].name,
                                          .text = s->nulls[i] ? NULL : s->cells[i],
                                          .len = len,
                                          .is_number = db_type_is_number(fields[i].type)};
        }
        if (!q->row(q->priv, values, s->column_count))
            return;
    }
}

enum pp_status db_stmt_select(struct db *d, struct trace *t, const struct db_query *q, struct pp_err *err)
{
    struct trace_command c = {.kind = "execute", .text = q->name};
    OBJ_CHECK(d, DB_MAGIC);
    struct db_stmt *s = find(d, q->sql);
    if (s == NULL && (s = prepare(d, t, q, err)) == NULL)
        return PP_IO;
    c.start_ns = clock_real_ns();
    if (db_io_execute(d, s->stmt) == 0)
        (void)db_io_store_stmt(d, s->stmt);
    enum pp_status st = db_command_done(d, t, &c, mysql_stmt_errno(s->stmt), mysql_stmt_error(s->stmt), err);
    if (st == PP_OK) {
        deliver_rows(s, q);
        (void)mysql_stmt_free_result(s->stmt);
    }
    return st;
}

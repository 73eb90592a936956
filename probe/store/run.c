/* summary: opening a run for reading, stepping through its rows, single values of meta */
#include "run_priv.h"

#include "base/obj.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define RUN_MAGIC 0x53747211u

/* Sorting runs in memory of this size, beyond it in SQLite's temporary files. */
#define CACHE_PRAGMA "PRAGMA cache_size=-32000"

struct sto_run {
    uint32_t magic;
    sqlite3 *db;
    char *path;
};

/* One read transaction for the whole life of the run: all tables show the same moment, also while it is
 * recorded. */
static int begin_snapshot(sqlite3 *db)
{
    return sqlite3_exec(db, CACHE_PRAGMA "; BEGIN; SELECT count(*) FROM level", NULL, NULL, NULL);
}

enum pp_status sto_run_open(struct sto_run **out, const char *path, struct pp_err *err)
{
    struct sto_run *run = NULL;
    *out = NULL;
    if (OBJ_NEW(run, RUN_MAGIC) == NULL)
        return pp_err_set(err, PP_NOMEM, "out of memory");
    run->path = strdup(path);
    enum pp_status status = run->path == NULL ? pp_err_set(err, PP_NOMEM, "out of memory")
                                              : sto_file_open(&run->db, path, SQLITE_OPEN_READONLY, err);
    if (status == PP_OK) {
        int rc = begin_snapshot(run->db);
        if (rc != SQLITE_OK)
            status = sto_sql_error(err, run->db, rc, path, "reading it");
    }
    if (status != PP_OK) {
        sto_run_free(&run);
        return status;
    }
    *out = run;
    return PP_OK;
}

void sto_run_free(struct sto_run **rp)
{
    struct sto_run *run = *rp;
    if (run == NULL)
        return;
    OBJ_CHECK(run, RUN_MAGIC);
    sqlite3_close(run->db);
    free(run->path);
    OBJ_FREE(*rp);
}

enum pp_status sto_each(struct sto_run *run, const char *sql, sto_row_f *f, void *priv, struct pp_err *err)
{
    OBJ_CHECK(run, RUN_MAGIC);
    sqlite3_stmt *st = NULL;
    enum pp_status status = PP_OK;
    int rc = sqlite3_prepare_v2(run->db, sql, -1, &st, NULL);
    while (rc == SQLITE_OK || rc == SQLITE_ROW) {
        rc = sqlite3_step(st);
        if (rc != SQLITE_ROW)
            break;
        status = f(priv, st);
        if (status != PP_OK)
            break;
    }
    if (status == PP_OK && rc != SQLITE_DONE) {
        status = sto_sql_error(err, run->db, rc, run->path, "reading it");
        /* Whatever the library calls it, a row that cannot be read is a damaged or unreadable file. */
        if (status != PP_NOMEM)
            status = pp_err_set(err, PP_IO, "%s cannot be read (%s): restore it from a copy or record again",
                                run->path, sqlite3_errmsg(run->db));
    }
    sqlite3_finalize(st);
    return status;
}

/* Whether `sql` has a row; `b` NULL: it has one parameter only. */
static bool has_row(struct sto_run *run, const char *sql, const char *a, const char *b)
{
    OBJ_CHECK(run, RUN_MAGIC);
    sqlite3_stmt *st = NULL;
    bool has = sqlite3_prepare_v2(run->db, sql, -1, &st, NULL) == SQLITE_OK &&
               sqlite3_bind_text(st, 1, a, -1, SQLITE_STATIC) == SQLITE_OK &&
               (!b || sqlite3_bind_text(st, 2, b, -1, SQLITE_STATIC) == SQLITE_OK) &&
               sqlite3_step(st) == SQLITE_ROW;
    sqlite3_finalize(st);
    return has;
}

bool sto_has_table(struct sto_run *run, const char *table)
{
    return has_row(run, "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", table, NULL);
}

bool sto_has_column(struct sto_run *run, const char *table, const char *column)
{
    return has_row(run, "SELECT 1 FROM pragma_table_info(?) WHERE name = ?", table, column);
}

const char *sto_column_text(sqlite3_stmt *st, int column)
{
    const char *text = (const char *)sqlite3_column_text(st, column);
    return text != NULL ? text : "";
}

bool sto_get_meta(struct sto_run *run, const char *key, char *dst, size_t n)
{
    OBJ_CHECK(run, RUN_MAGIC);
    sqlite3_stmt *st = NULL;
    bool found = false;
    if (n > 0)
        dst[0] = '\0';
    if (sqlite3_prepare_v2(run->db, "SELECT value FROM meta WHERE key = ?", -1, &st, NULL) == SQLITE_OK &&
        sqlite3_bind_text(st, 1, key, -1, SQLITE_STATIC) == SQLITE_OK && sqlite3_step(st) == SQLITE_ROW) {
        const char *text = sto_column_text(st, 0);
        size_t bytes = strlen(text) + 1;
        found = bytes <= n;
        if (found)
            memcpy(dst, text, bytes);
    }
    sqlite3_finalize(st);
    return found;
}

int64_t sto_get_meta_int(struct sto_run *run, const char *key, int64_t fallback)
{
    char text[32];
    char *end = NULL;
    if (!sto_get_meta(run, key, text, sizeof text) || text[0] == '\0')
        return fallback;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    return errno == 0 && *end == '\0' ? (int64_t)value : fallback;
}

/* summary: the run file itself: creating, opening, checking, and one clear line for each way in which that
 * fails */
#include "store_priv.h"

#include "sql_store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Twice SQLite's 4096: half the system calls for rows that are only ever added. */
#define PAGE_BYTES "8192"
/* More than SQLite's 4 MB, so that a page that changes often is copied back less often; 32 MB of WAL at
 * most while nobody holds a read transaction. */
#define WAL_CHECKPOINT_PAGES "4000"

/* errno behind a failure. SQLite hands it on from most places, but not from a commit that cannot write the
 * WAL: there the file itself remembers it. */
static int system_errno(sqlite3 *db, int rc)
{
    int e = sqlite3_system_errno(db);
    if (e != 0 || (rc & 0xff) != SQLITE_IOERR)
        return e;
    sqlite3_file *wal = NULL;
    if (sqlite3_file_control(db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &wal) == SQLITE_OK && wal != NULL &&
        wal->pMethods != NULL)
        wal->pMethods->xFileControl(wal, SQLITE_FCNTL_LAST_ERRNO, &e);
    if (e == 0)
        sqlite3_file_control(db, "main", SQLITE_FCNTL_LAST_ERRNO, &e);
    return e;
}

enum pp_status sto_sql_error(struct pp_err *err, sqlite3 *db, int rc, const char *path, const char *doing)
{
    int e = system_errno(db, rc);
    bool full = (rc & 0xff) == SQLITE_FULL;
    if ((rc & 0xff) == SQLITE_IOERR)
        full = e == ENOSPC || e == EDQUOT || e == EFBIG;
    if (full)
        return pp_err_set(err, PP_IO, "disk full at %s: free space", path);
    switch (rc & 0xff) {
    case SQLITE_NOMEM:
        return pp_err_set(err, PP_NOMEM, "%s: out of memory while %s", path, doing);
    case SQLITE_NOTADB:
        return pp_err_set(err, PP_INVALID, "%s is not a run file", path);
    case SQLITE_CORRUPT:
        return pp_err_set(err, PP_IO, "%s is damaged (%s): record again, or restore it from a copy", path,
                          sqlite3_errmsg(db));
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return pp_err_set(err, PP_IO, "%s is locked by another process: try again when that has ended", path);
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_READONLY:
        return pp_err_set(err, PP_DENIED, "no permission to write %s: run as its owner", path);
    case SQLITE_CANTOPEN:
        return pp_err_set(err, e == EACCES || e == EPERM || e == EROFS ? PP_DENIED : PP_IO,
                          "cannot open %s (%s): check the permissions of the file and its folder", path,
                          e != 0 ? strerror(e) : sqlite3_errmsg(db));
    default:
        return pp_err_set(err, PP_IO, "%s: %s while %s%s%s", path, sqlite3_errmsg(db), doing,
                          e != 0 ? ": " : "", e != 0 ? strerror(e) : "");
    }
}

enum pp_status sto_plain_path(char **out, const char *path)
{
    size_t n = strlen(path) + 3;
    *out = malloc(n);
    if (*out == NULL)
        return PP_NOMEM;
    snprintf(*out, n, "%s%s", path[0] == '/' ? "" : "./", path);
    return PP_OK;
}

/* ---- opening what is there ---- */

/* For files that may come from anywhere: no views or triggers, nothing that changes the file's structure,
 * strict checks of page contents, no mmap (a file cut while it is read must not end in SIGBUS). */
static void harden(sqlite3 *db)
{
    sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
    sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
    sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_exec(db, "PRAGMA cell_size_check=ON; PRAGMA mmap_size=0", NULL, NULL, NULL);
}

int sto_get_int(sqlite3 *db, const char *sql, int64_t *value)
{
    sqlite3_stmt *st = NULL;
    int rc = sqlite3_prepare_v2(db, sql, -1, &st, NULL);
    if (rc == SQLITE_OK) {
        rc = sqlite3_step(st);
        if (rc == SQLITE_ROW)
            *value = sqlite3_column_int64(st, 0);
    }
    sqlite3_finalize(st);
    return rc == SQLITE_ROW ? SQLITE_OK : rc;
}

/* SQLite notices missing pages, but takes a last page that was cut as filled up with zeros. */
static enum pp_status check_whole(sqlite3 *db, const char *path, struct pp_err *err)
{
    struct stat st;
    int64_t page_bytes = 0;
    if (sto_get_int(db, "PRAGMA page_size", &page_bytes) == SQLITE_OK && page_bytes > 0 &&
        stat(path, &st) == 0 && st.st_size % page_bytes != 0)
        return pp_err_set(
            err, PP_IO, "%s is damaged (its end was cut off): restore it from a copy or record again", path);
    return PP_OK;
}

static enum pp_status check_identity(sqlite3 *db, const char *path, int *rcp, struct pp_err *err)
{
    int64_t application = 0;
    int64_t version = 0;
    int64_t tables = 0;
    int rc = sto_get_int(db, "PRAGMA application_id", &application);
    if (rc == SQLITE_OK)
        rc = sto_get_int(db, "PRAGMA user_version", &version);
    if (rc == SQLITE_OK)
        rc = sto_get_int(
            db, "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name IN ('meta', 'statement')",
            &tables);
    *rcp = rc;
    if (rc != SQLITE_OK)
        return sto_sql_error(err, db, rc, path, "opening it");
    if (application != STO_APPLICATION_ID)
        return pp_err_set(err, PP_INVALID, "%s is not a run file: it is a database of another program", path);
    if (version < STO_VERSION_OLDEST || version > STO_VERSION)
        return pp_err_set(
            err, PP_VERSION,
            "%s is a run file of version %lld, this program reads versions %d to %d: use the poolprobe that "
            "recorded it, or record again",
            path, (long long)version, STO_VERSION_OLDEST, STO_VERSION);
    if (tables != 2)
        return pp_err_set(err, PP_INVALID, "%s is not a run file: it has no facts in it", path);
    return check_whole(db, path, err);
}

static enum pp_status check_file(const char *path, int flags, struct pp_err *err)
{
    struct stat st;
    if (stat(path, &st) != 0) {
        if (errno == ENOENT || errno == ENOTDIR)
            return pp_err_set(err, PP_NOENT, "%s does not exist: check the path", path);
        return pp_err_set(err, errno == EACCES ? PP_DENIED : PP_IO, "cannot open %s: %s", path,
                          strerror(errno));
    }
    if (!S_ISREG(st.st_mode))
        return pp_err_set(err, PP_INVALID, "%s is not a run file: it is no regular file", path);
    if (st.st_size == 0)
        return pp_err_set(err, PP_INVALID, "%s is not a run file: it is empty", path);
    int mode = (flags & SQLITE_OPEN_READWRITE) != 0 ? R_OK | W_OK : R_OK;
    if (eaccess(path, mode) != 0)
        return pp_err_set(err, errno == EACCES || errno == EROFS ? PP_DENIED : PP_IO,
                          "cannot open %s: %s: run as its owner or change its permissions", path,
                          strerror(errno));
    return PP_OK;
}

static enum pp_status open_checked(sqlite3 **out, const char *name, int flags, const char *path, int *rc,
                                   struct pp_err *err)
{
    sqlite3 *db = NULL;
    enum pp_status status;
    *out = NULL;
    *rc = sqlite3_open_v2(name, &db, flags | SQLITE_OPEN_NOMUTEX, NULL);
    if (db == NULL)
        return pp_err_set(err, PP_NOMEM, "out of memory");
    if (*rc != SQLITE_OK) {
        status = sto_sql_error(err, db, *rc, path, "opening it");
    } else {
        sqlite3_extended_result_codes(db, 1);
        sqlite3_busy_timeout(db, 10000);
        harden(db);
        status = check_identity(db, path, rc, err);
    }
    if (status == PP_OK)
        *out = db;
    else
        sqlite3_close(db);
    return status;
}

static bool has_wal(const char *path)
{
    struct stat st;
    size_t n = strlen(path) + sizeof "-wal";
    char *wal = malloc(n);
    if (wal == NULL)
        return true;
    snprintf(wal, n, "%s-wal", path);
    bool has = stat(wal, &st) == 0 && st.st_size > 0;
    free(wal);
    return has;
}

/* A file in WAL mode in a folder that cannot be written: SQLite needs its index of the WAL there. Without a
 * WAL the file is whole and can be read as one that nobody changes; with one, reading so would silently miss
 * its end. */
static enum pp_status open_immutable(sqlite3 **out, const char *plain, const char *path, struct pp_err *err)
{
    if (has_wal(plain))
        return pp_err_set(
            err, PP_DENIED,
            "%s has a write-ahead log that cannot be read in a folder without write permission: copy "
            "the file and its -wal to a folder of yours",
            path);
    char *uri = sqlite3_mprintf("file:");
    for (const char *p = plain; uri != NULL && *p != '\0'; p++) {
        bool plain_char = *p != '%' && *p != '?' && *p != '#';
        char *longer = plain_char ? sqlite3_mprintf("%s%c", uri, *p)
                                  : sqlite3_mprintf("%s%%%02X", uri, (unsigned)(unsigned char)*p);
        sqlite3_free(uri);
        uri = longer;
    }
    char *full = uri == NULL ? NULL : sqlite3_mprintf("%s?immutable=1", uri);
    sqlite3_free(uri);
    if (full == NULL)
        return pp_err_set(err, PP_NOMEM, "out of memory");
    int rc = SQLITE_OK;
    enum pp_status status = open_checked(out, full, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, path, &rc, err);
    sqlite3_free(full);
    return status;
}

/* The failures that a missing index of the WAL (its -shm file) shows itself as. */
static bool may_be_immutable(int rc)
{
    int primary = rc & 0xff;
    return primary == SQLITE_CANTOPEN || primary == SQLITE_READONLY || primary == SQLITE_PERM ||
           rc == SQLITE_IOERR_SHMOPEN || rc == SQLITE_IOERR_SHMSIZE || rc == SQLITE_IOERR_SHMMAP;
}

enum pp_status sto_file_open(sqlite3 **out, const char *path, int flags, struct pp_err *err)
{
    char *plain = NULL;
    int rc = SQLITE_OK;
    *out = NULL;
    enum pp_status status = check_file(path, flags, err);
    if (status != PP_OK)
        return status;
    if (sto_plain_path(&plain, path) != PP_OK)
        return pp_err_set(err, PP_NOMEM, "out of memory");
    status = open_checked(out, plain, flags, path, &rc, err);
    if (status != PP_OK && (flags & SQLITE_OPEN_READONLY) != 0 && may_be_immutable(rc))
        status = open_immutable(out, plain, path, err);
    free(plain);
    return status;
}

/* ---- creating ---- */

static enum pp_status rename_pair(const char *plain, const char *suffix)
{
    size_t n = strlen(plain) + 16;
    char *from = malloc(n);
    char *to = malloc(n);
    enum pp_status status = PP_NOMEM;
    if (from != NULL && to != NULL) {
        snprintf(from, n, "%s%s", plain, suffix);
        snprintf(to, n, "%s.old%s", plain, suffix);
        status = PP_OK;
        if (rename(from, to) != 0)
            status = errno == ENOENT ? PP_NOENT : PP_IO;
        /* A WAL of a still older run would be replayed into this one. */
        if (status == PP_NOENT)
            unlink(to);
    }
    free(from);
    free(to);
    return status;
}

/* PATH.old is overwritten only when it is a run (or what is left of one) too. */
static enum pp_status check_old(const char *path, struct pp_err *err)
{
    sqlite3 *db = NULL;
    size_t n = strlen(path) + sizeof ".old";
    char *old = malloc(n);
    if (old == NULL)
        return pp_err_set(err, PP_NOMEM, "out of memory");
    snprintf(old, n, "%s.old", path);
    enum pp_status status = sto_file_open(&db, old, SQLITE_OPEN_READONLY, NULL);
    sqlite3_close(db);
    free(old);
    if (status == PP_INVALID)
        return pp_err_set(err, PP_INVALID,
                          "%s is to become %s.old, but that is no run file: choose another name", path, path);
    return PP_OK;
}

/* Moves an older run (also of another version) to PATH.old. Leaving WAL mode succeeds only when nobody else
 * has the file open. */
static enum pp_status move_older(const char *path, const char *plain, struct pp_err *err)
{
    sqlite3 *db = NULL;
    struct pp_err why = {.status = PP_OK};
    enum pp_status status = sto_file_open(&db, path, SQLITE_OPEN_READWRITE, &why);
    if (status == PP_DENIED || status == PP_NOMEM)
        return pp_err_set(err, status, "%s", why.text);
    if (status != PP_OK && status != PP_VERSION)
        return pp_err_set(err, PP_INVALID, "%s exists and is not overwritten: choose another name (%s)", path,
                          why.text);
    if (db != NULL) {
        sqlite3_busy_timeout(db, 0);
        int rc = sqlite3_exec(db, "PRAGMA journal_mode=DELETE", NULL, NULL, NULL);
        sqlite3_close(db);
        if (rc == SQLITE_BUSY)
            return pp_err_set(err, PP_INVALID, "%s is in use by another process: choose another name", path);
    }
    status = check_old(path, err);
    if (status != PP_OK)
        return status;
    if (rename_pair(plain, "") != PP_OK)
        return pp_err_set(err, PP_IO, "cannot rename %s to %s.old: %s", path, path, strerror(errno));
    if (rename_pair(plain, "-wal") == PP_IO || rename_pair(plain, "-shm") == PP_IO)
        return pp_err_set(err, PP_IO, "cannot rename the write-ahead log of %s: remove it", path);
    return PP_OK;
}

static enum pp_status create_empty(const char *path, const char *plain, struct pp_err *err)
{
    int fd = open(plain, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd >= 0) {
        close(fd);
        return PP_OK;
    }
    int e = errno;
    if (e == ENOENT || e == ENOTDIR)
        return pp_err_set(err, PP_IO, "cannot create %s: its folder does not exist: create it first", path);
    if (e == EACCES || e == EPERM || e == EROFS)
        return pp_err_set(err, PP_DENIED, "cannot create %s: %s: choose a folder you can write", path,
                          strerror(e));
    if (e == ENOSPC || e == EDQUOT)
        return pp_err_set(err, PP_IO, "disk full at %s: free space", path);
    return pp_err_set(err, PP_IO, "cannot create %s: %s", path, strerror(e));
}

/* The identity is in the main file before WAL mode begins: a recorder killed at any later moment leaves a
 * run. */
static int fill_new(sqlite3 *db)
{
    char identity[96];
    snprintf(identity, sizeof identity, "PRAGMA application_id=%d; PRAGMA user_version=%d",
             STO_APPLICATION_ID, STO_VERSION);
    int rc = sqlite3_exec(db, "PRAGMA page_size=" PAGE_BYTES "; BEGIN IMMEDIATE", NULL, NULL, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(db, identity, NULL, NULL, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(db, sql_store, NULL, NULL, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(db,
                          "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-16000;"
                          "PRAGMA wal_autocheckpoint=" WAL_CHECKPOINT_PAGES,
                          NULL, NULL, NULL);
    /* A write opens the log now: later the folder may be one that the recorder, no longer root, cannot enter.
     */
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(db, identity, NULL, NULL, NULL);
    return rc;
}

static enum pp_status create_at(sqlite3 **out, const char *path, const char *plain, struct pp_err *err)
{
    struct stat st;
    enum pp_status status = PP_OK;
    if (lstat(plain, &st) == 0)
        status = move_older(path, plain, err);
    if (status == PP_OK)
        status = create_empty(path, plain, err);
    if (status != PP_OK)
        return status;
    sqlite3 *db = NULL;
    /* Statistics of memory that nobody reads take a lock at every allocation. Refused, and that is all, where
     * this process has used SQLite before. */
    (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    int rc = sqlite3_open_v2(plain, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    if (rc == SQLITE_OK) {
        sqlite3_extended_result_codes(db, 1);
        sqlite3_busy_timeout(db, 10000);
        rc = fill_new(db);
    }
    if (rc == SQLITE_OK) {
        *out = db;
        return PP_OK;
    }
    status = db == NULL ? pp_err_set(err, PP_NOMEM, "out of memory")
                        : sto_sql_error(err, db, rc, path, "creating it");
    sqlite3_close(db);
    unlink(plain);
    return status;
}

enum pp_status sto_file_create(sqlite3 **out, const char *path, struct pp_err *err)
{
    char *plain = NULL;
    *out = NULL;
    if (sto_plain_path(&plain, path) != PP_OK)
        return pp_err_set(err, PP_NOMEM, "out of memory");
    enum pp_status status = create_at(out, path, plain, err);
    free(plain);
    return status;
}

enum pp_status sto_make_whole(const char *path, struct pp_err *err)
{
    sqlite3 *db = NULL;
    enum pp_status status = sto_file_open(&db, path, SQLITE_OPEN_READWRITE, err);
    if (status != PP_OK)
        return status;
    sqlite3_busy_timeout(db, 500);
    int rc = sqlite3_exec(db, "PRAGMA journal_mode=DELETE", NULL, NULL, NULL);
    if (rc != SQLITE_OK && (rc & 0xff) != SQLITE_BUSY && (rc & 0xff) != SQLITE_LOCKED)
        status = sto_sql_error(err, db, rc, path, "finishing it");
    sqlite3_close(db);
    return status;
}

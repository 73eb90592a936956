/* summary: adds a load generator's figures to a run, also while another process records it */
#include "store_priv.h"

#include "base/clock.h"

#include <string.h>
#include <time.h>

#define POLL_NS NS_PER_MS
#define GIVE_UP_NS (10 * NS_PER_S)

/* Polls at a steady, short pace: SQLite's own handler waits up to 100 ms between tries, and the recorder's
 * pauses are far shorter. */
static int poll_lock(void *priv, int tries)
{
    int64_t *start_ns = priv;
    if (tries == 0)
        *start_ns = clock_mono_ns();
    if (clock_mono_ns() - *start_ns > GIVE_UP_NS)
        return 0;
    struct timespec pause = clock_timespec(POLL_NS);
    nanosleep(&pause, NULL);
    return 1;
}

/* One statement, and so one transaction. */
static int insert(sqlite3 *db, const struct sto_load_result *l)
{
    sqlite3_stmt *st = NULL;
    int rc = sqlite3_exec(db, "PRAGMA synchronous=NORMAL", NULL, NULL, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_prepare_v2(
            db, "INSERT INTO load_result(users, start_ns, end_ns, target, json) VALUES(?,?,?,?,?)", -1, &st,
            NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_bind_int64(st, 1, l->users);
    if (rc == SQLITE_OK)
        rc = sqlite3_bind_int64(st, 2, l->start_ns);
    if (rc == SQLITE_OK)
        rc = sqlite3_bind_int64(st, 3, l->end_ns);
    if (rc == SQLITE_OK)
        rc = sqlite3_bind_text(st, 4, l->target, -1, SQLITE_STATIC);
    if (rc == SQLITE_OK)
        rc = sqlite3_bind_text(st, 5, l->json, -1, SQLITE_STATIC);
    if (rc == SQLITE_OK) {
        rc = sqlite3_step(st);
        rc = rc == SQLITE_DONE ? SQLITE_OK : rc;
    }
    sqlite3_finalize(st);
    return rc;
}

enum pp_status sto_add_load_result(const char *path, const struct sto_load_result *result, struct pp_err *err)
{
    sqlite3 *db = NULL;
    int64_t poll_start_ns = 0;
    enum pp_status status = sto_file_open(&db, path, SQLITE_OPEN_READWRITE, err);
    if (status != PP_OK)
        return status;
    sqlite3_busy_handler(db, poll_lock, &poll_start_ns);
    int64_t version = 0;
    int rc = sto_get_int(db, "PRAGMA user_version", &version);
    if (rc == SQLITE_OK && version < STO_VERSION)
        status = pp_err_set(err, PP_VERSION,
                            "%s is being recorded by an older poolprobe (run file version %lld, this is "
                            "%d): use programs of one version",
                            path, (long long)version, STO_VERSION);
    else if (rc == SQLITE_OK)
        rc = insert(db, result);
    if (rc != SQLITE_OK)
        status = sto_sql_error(err, db, rc, path, "adding a load result");
    sqlite3_close(db);
    return status;
}

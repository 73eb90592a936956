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

static int exec_bound(sqlite3 *db, const char *sql, const int64_t *ints, int count, const char *text)
{
    sqlite3_stmt *st = NULL;
    int rc = sqlite3_prepare_v2(db, sql, -1, &st, NULL);
    for (int i = 0; rc == SQLITE_OK && i < count; i++)
        rc = sqlite3_bind_int64(st, i + 1, ints[i]);
    if (rc == SQLITE_OK && text != NULL)
        rc = sqlite3_bind_text(st, count + 1, text, -1, SQLITE_STATIC);
    if (rc == SQLITE_OK) {
        rc = sqlite3_step(st);
        rc = rc == SQLITE_DONE ? SQLITE_OK : rc;
    }
    sqlite3_finalize(st);
    return rc;
}

static int add(sqlite3 *db, const int64_t level[4], const char *json)
{
    int rc = sqlite3_exec(db, "PRAGMA synchronous=NORMAL; BEGIN IMMEDIATE", NULL, NULL, NULL);
    if (rc != SQLITE_OK)
        return rc;
    rc = exec_bound(db, "INSERT OR IGNORE INTO level(id, users, start_ns, end_ns) VALUES(?,?,?,?)", level, 4,
                    NULL);
    if (rc == SQLITE_OK)
        rc = exec_bound(db, "INSERT OR REPLACE INTO load_result(level_id, json) VALUES(?,?)", level, 1, json);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
    return rc;
}

enum pp_status sto_add_load_result(const char *path, uint32_t level_id, uint32_t users, int64_t start_ns,
                                   int64_t end_ns, const char *json, struct pp_err *err)
{
    sqlite3 *db = NULL;
    int64_t poll_start_ns = 0;
    const int64_t level[4] = {level_id, users, start_ns, end_ns};
    enum pp_status status = sto_file_open(&db, path, SQLITE_OPEN_READWRITE, err);
    if (status != PP_OK)
        return status;
    sqlite3_busy_handler(db, poll_lock, &poll_start_ns);
    int rc = add(db, level, json);
    if (rc != SQLITE_OK)
        status = sto_sql_error(err, db, rc, path, "adding a load result");
    sqlite3_close(db);
    return status;
}

/* summary: builds run files from SQL for the tests of the analysis stage */
#include "test_analysis_run.h"

#include "sql_store.h"
#include "store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ftw.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int run_folder_setup(void **state)
{
    char name[] = "/tmp/pp-analysis-XXXXXX";
    char *folder = mkdtemp(name);
    if (!folder)
        return -1;
    *state = strdup(folder);
    return *state ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

int run_folder_teardown(void **state)
{
    nftw(*state, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    free(*state);
    return 0;
}

static void execute(sqlite3 *db, const char *sql)
{
    char *message = NULL;
    if (sqlite3_exec(db, sql, NULL, NULL, &message) != SQLITE_OK)
        fail_msg("%s in: %.300s", message, sql);
}

const char *run_make(void **state, const char *name, const char *sql)
{
    static char paths[8][256];
    static unsigned next;
    char *path = paths[next++ % 8], head[128];
    sqlite3 *db = NULL;
    snprintf(path, sizeof paths[0], "%s/%s", (const char *)*state, name);
    remove(path);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    snprintf(head, sizeof head, "PRAGMA application_id=%d; PRAGMA user_version=%d;", STO_APPLICATION_ID,
             STO_VERSION);
    execute(db, head);
    execute(db, sql_store);
    execute(db, "BEGIN");
    execute(db, sql);
    execute(db, "COMMIT");
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    return path;
}

struct ana_report *run_report(void **state, const char *sql)
{
    struct ana_report *r = NULL;
    struct pp_err err = {.text = ""};
    if (ana_report_new(&r, run_make(state, "a.run.db", sql), &err) != PP_OK)
        fail_msg("no report: %s", err.text);
    return r;
}

const struct ana_query *run_query(const struct ana_report *r, const char *text)
{
    for (size_t i = 0; i < r->query_count; i++)
        if (strcmp(r->queries[i].text, text) == 0)
            return &r->queries[i];
    return NULL;
}

const struct ana_finding *run_finding(const struct ana_report *r, const char *rule)
{
    for (size_t i = 0; i < r->finding_count; i++)
        if (strcmp(r->findings[i].rule, rule) == 0)
            return &r->findings[i];
    return NULL;
}

/* summary: builds run files from SQL for the tests of the analysis stage */
#include "test_analysis_run.h"

#include "sql_store.h"
#include "store.h"
#include "test_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int run_folder_setup(void **state)
{
    return folder_setup(state);
}

int run_folder_teardown(void **state)
{
    return folder_teardown(state);
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

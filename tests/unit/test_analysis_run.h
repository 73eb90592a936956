/* summary: what the analysis tests share: a folder, a run file built from SQL, a report of it */
#ifndef TEST_ANALYSIS_RUN_H
#define TEST_ANALYSIS_RUN_H

#include "analysis.h"

/* Folder of the test in *state. */
int run_folder_setup(void **state);
int run_folder_teardown(void **state);

/* Makes the run file NAME in the folder with the store's schema and the rows that `sql` inserts. The path is
 * valid until the next 8 calls. */
const char *run_make(void **state, const char *name, const char *sql);
/* The same and its report; fails the test when there is none. */
struct ana_report *run_report(void **state, const char *sql);

const struct ana_query *run_query(const struct ana_report *r, const char *text);
const struct ana_finding *run_finding(const struct ana_report *r, const char *rule);

/* Rows, for the SQL above. Times in ms after a fixed moment. */
#define RUN_T0_MS "1700000000000"
#define RUN_NS(ms) "((" RUN_T0_MS "+" ms ")*1000000)"
/* A complete meta table, as a recorder that ended cleanly leaves it. */
#define RUN_META                                                                                             \
    "INSERT INTO meta VALUES('version','0.1.0'),('source','live lo'),('complete','1'),('statements_stored'," \
    "'1'),('start_ns',''||" RUN_NS("0") "),('end_ns',''||" RUN_NS("10000") ");"
/* Pool ID of USER and PROGRAM, from 10.0.0.1 to the server 10.0.0.2:3306. */
#define RUN_POOL(id, user, program)                                                                          \
    "INSERT INTO pool VALUES(" id ",'10.0.0.1','10.0.0.2:3306','" user "','shop','1','" program "');"
/* Connection ID of POOL, ready from ms 1 on, never closed. */
#define RUN_CONN(id, pool, user, visibility)                                                                 \
    "INSERT INTO connection VALUES(" id "," pool ",'10.0.0.1:'||(50000+" id "),'10.0.0.2:3306','" user       \
    "','shop','1','','','8','caching_sha2_password'," id                                                     \
    "," RUN_NS("0") "," RUN_NS("0") "," RUN_NS("1") "," RUN_NS("1") ",0,-1,0,'" visibility "','',0,0,0,-1);"

#endif

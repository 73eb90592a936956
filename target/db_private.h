/* summary: what db.c and db_stmt.c share */
#ifndef TARGET_DB_PRIVATE_H
#define TARGET_DB_PRIVATE_H

#include "db.h"

#include <mysql.h>

#define DB_MAGIC 0xdbc0441fu
#define DB_STMTS 8
/* The longest statement of the workload is below 16 KiB. */
#define DB_TEXT_LIMIT_BYTES (64u * 1024u)
/* The widest workload query has six columns. */
#define DB_COLUMNS 16

struct db_stmt;
struct db;

struct db {
    uint32_t magic;
    MYSQL *mysql;
    uint64_t thread_id;
    bool dead;
    struct loop *loop;
    int64_t since_mono_ns;
    const char *traceparent; /* borrowed from the request, NULL without one */
    bool attributes;         /* it goes as a query attribute, not as a comment */
    struct db_stmt *stmts[DB_STMTS];
    size_t stmt_count;
};

/* Notes the command in the trace, and the connection's death; returns PP_OK or PP_IO with the error's text.
 */
enum pp_status db_command_done(struct db *d, struct trace *t, struct trace_command *c, unsigned error_number,
                               const char *error_text, struct pp_err *err);
/* The client library's calls that wait for the server; within a task of the connection's loop they give up
 * the thread meanwhile. */
bool db_io_connect(struct db *d, const struct uri *uri, const char *password);
int db_io_query(struct db *d, const char *sql, size_t len);
MYSQL_RES *db_io_store_result(struct db *d);
int db_io_prepare(struct db *d, MYSQL_STMT *stmt, const char *sql);
int db_io_execute(struct db *d, MYSQL_STMT *stmt);
int db_io_store_stmt(struct db *d, MYSQL_STMT *stmt);
void db_io_allow_loop(MYSQL *m);

/* Before the connection is made; after it, whether the server has them; a statement with the request's
 * traceparent as its attribute, where there is one. PP_NOMEM. */
void db_attributes_want(MYSQL *m);
bool db_attributes_agreed(const MYSQL *m);
PP_MUST_CHECK enum pp_status db_attributes_query(struct db *d, const char *sql, int *rc);

bool db_type_is_number(enum enum_field_types type);

/* The prepared form of db_select. */
enum pp_status db_stmt_select(struct db *d, struct trace *t, const struct db_query *query,
                              struct pp_err *err);
void db_stmt_close_all(struct db *d);

#endif

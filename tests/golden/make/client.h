/* summary: C client of the golden captures: what the scenarios share */
#ifndef CLIENT_H
#define CLIENT_H

#include "truth.h"

#include <stdbool.h>

struct place {
    const char *host;
    unsigned port;
    const char *file; /* the scenario's operand, may be NULL */
};

struct login {
    const char *user, *password, *db;
    unsigned long flags;
    void (*options)(MYSQL *my); /* may be NULL */
    const char *auth;           /* plugin that ends the login */
    const char *lost;           /* note when the connection goes on unreadable ("tls"), else NULL */
    bool compressed;            /* its bytes on the wire are not those of its packets */
};

typedef void scenario_f(const struct place *at);

/* Connects and writes a line; the handle is closed and NULL returned when the server refuses. */
MYSQL *c_connect(const struct place *at, const struct login *as);
MYSQL *c_connect_app(const struct place *at); /* user app, schema golden, multiple statements */
void c_quit(MYSQL **mp);
/* Closes the handle and ends the line that is open. */
void c_close(MYSQL **mp);

/* What the schema of the queries that follow must be, NULL when they do not say. */
extern const char *c_schema;

/* One COM_QUERY with all its results. */
void c_query(MYSQL *my, const char *sql);
void c_queryf(MYSQL *my, const char *format, ...) __attribute__((format(printf, 2, 3)));

MYSQL_STMT *c_prepare(MYSQL *my, const char *sql);
/* One execution with all its results; `params` is what the dump should say of them. */
void c_execute(MYSQL *my, MYSQL_STMT *st, const char *sql, const char *params);
void c_stmt_close(MYSQL *my, MYSQL_STMT **stp);

/* Fields of an answer that is an OK or ERR. */
void c_ok_fields(MYSQL *my, int failed);

/* The scenarios. */
scenario_f s_login, s_login_mysql, s_tls, s_zlib, s_zstd, s_zlib_huge, s_text, s_txn, s_prepared, s_cursor,
    s_session, s_infile, s_proc, s_kill, s_attributes, s_bulk, s_progress, s_large, s_pipeline, s_full_house,
    s_old_commands;

#endif

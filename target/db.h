/* summary: one MySQL connection of reftarget; every command is timed into the request's trace */
#ifndef TARGET_DB_H
#define TARGET_DB_H

#include "base/status.h"
#include "trace.h"
#include "uri.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct db;
struct loop;

struct db_value {
    const char *name; /* of the column */
    const char *text; /* NULL for SQL NULL; ends in NUL */
    size_t len;
    bool is_number;
};

/* One row; the values live until it returns. False stops delivery (the rest of the result is still read). */
typedef bool db_row_f(void *priv, const struct db_value *values, size_t count);

/* A statement of the workload. `name` and `sql` are static: `sql` is also the key of the prepared statements.
 */
struct db_query {
    const char *name;
    const char *sql;
    bool prepared;
    db_row_f *row;
    void *priv;
};

/* Once before any thread starts, once after all ended. */
PP_MUST_CHECK enum pp_status db_library_init(struct pp_err *err);
void db_library_end(void);

/* Whether this client library can work in an event loop. */
bool db_can_loop(void);
struct db_login {
    const struct uri *uri;
    const char *password; /* NULL without one */
    struct loop *loop; /* the commands that its tasks run give up the thread while they wait; may be NULL */
    bool attributes;   /* a traceparent goes as a query attribute, not as a comment */
};

/* Plain TCP without TLS, utf8mb4, connection attribute program_name=reftarget. NULL with one line in err;
 * `*error_number` is MySQL's, 0 on success and where the server has no query attributes. Any thread. */
struct db *db_dial(const struct db_login *login, unsigned *error_number, struct pp_err *err);
/* Says COM_QUIT, closes, frees. */
void db_hang_up(struct db **dp);

uint64_t db_thread_id(const struct db *d);
/* Since the dial. */
int64_t db_age_ns(const struct db *d);
/* The connection serves this request, whose traceparent goes with its statements; NULL ends that. */
void db_set_traceparent(struct db *d, const char *traceparent);
/* As the server's greeting says. */
const char *db_server_version(const struct db *d);
/* The connection broke: it can only be hung up. */
bool db_is_dead(const struct db *d);
/* For statements without a result that depend on the request; `name` is static, `insert_id` may be NULL. The
 * text protocol. PP_IO with MySQL's error in err. */
PP_MUST_CHECK enum pp_status db_exec(struct db *d, struct trace *t, const char *name, const char *sql,
                                     uint64_t *insert_id, struct pp_err *err);
/* Runs a statement with a result; the whole result is read before the first row is delivered. */
PP_MUST_CHECK enum pp_status db_select(struct db *d, struct trace *t, const struct db_query *query,
                                       struct pp_err *err);

#endif

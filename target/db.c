/* summary: dialling a MySQL server and running statements by the text protocol */
#include "db_private.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/obj.h"

#include <errmsg.h>
#include <pthread.h>
#include <string.h>

#define CONNECT_TIMEOUT_S 10

/* Oracle's library keeps memory for each thread; MariaDB's functions do nothing here. The key's destructor
 * frees it when a thread ends, which the HTTP library does not tell us. */
static pthread_key_t thread_key;

static void end_thread(void *value)
{
    (void)value;
    mysql_thread_end();
}

static void attach_thread(void)
{
    if (pthread_getspecific(thread_key) != NULL)
        return;
    (void)mysql_thread_init();
    (void)pthread_setspecific(thread_key, &thread_key);
}

enum pp_status db_library_init(struct pp_err *err)
{
    if (mysql_library_init(0, NULL, NULL) != 0 || pthread_key_create(&thread_key, end_thread) != 0)
        return pp_err_set(err, PP_NOMEM, "the MySQL client library does not start");
    return PP_OK;
}

void db_library_end(void)
{
    (void)pthread_key_delete(thread_key);
    mysql_library_end();
}

/* Plain TCP is what the probe can read. */
static void set_options(MYSQL *m)
{
    unsigned timeout = CONNECT_TIMEOUT_S;
    unsigned protocol = MYSQL_PROTOCOL_TCP;
    (void)mysql_options(m, MYSQL_OPT_CONNECT_TIMEOUT, &timeout);
    (void)mysql_options(m, MYSQL_OPT_PROTOCOL, &protocol);
    (void)mysql_options(m, MYSQL_SET_CHARSET_NAME, "utf8mb4");
    (void)mysql_options4(m, MYSQL_OPT_CONNECT_ATTR_ADD, "program_name", "reftarget");
#ifdef MARIADB_PACKAGE_VERSION
    my_bool off = 0;
    (void)mysql_options(m, MYSQL_OPT_SSL_ENFORCE, &off);
    (void)mysql_options(m, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &off);
#else
    unsigned mode = SSL_MODE_DISABLED;
    bool on = true;
    (void)mysql_options(m, MYSQL_OPT_SSL_MODE, &mode);
    /* caching_sha2_password without TLS encrypts the password with the server's key */
    (void)mysql_options(m, MYSQL_OPT_GET_SERVER_PUBLIC_KEY, &on);
#endif
}

static bool connect_to(struct db *d, const struct db_login *login, unsigned *error_number, struct pp_err *err)
{
    const struct uri *uri = login->uri;
    if (!db_io_connect(d, uri, login->password)) {
        *error_number = mysql_errno(d->mysql);
        (void)pp_err_set(err, PP_IO, "cannot connect to MySQL at %s:%u as %s: %s (%u)", uri->host, uri->port,
                         uri->user, mysql_error(d->mysql), *error_number);
        return false;
    }
    *error_number = 0;
    if (d->attributes && !db_attributes_agreed(d->mysql)) {
        (void)pp_err_set(err, PP_IO,
                         "--traceparent attribute: the server at %s:%u has no query attributes (MySQL 8.0.23 "
                         "and later have)",
                         uri->host, uri->port);
        return false;
    }
    return true;
}

struct db *db_dial(const struct db_login *login, unsigned *error_number, struct pp_err *err)
{
    struct db *d;
    attach_thread();
    *error_number = CR_OUT_OF_MEMORY;
    if (!OBJ_NEW(d, DB_MAGIC) || (d->mysql = mysql_init(NULL)) == NULL) {
        free(d);
        (void)pp_err_set(err, PP_NOMEM, "out of memory");
        return NULL;
    }
    set_options(d->mysql);
    d->loop = login->loop;
    d->attributes = login->attributes;
    if (d->loop != NULL)
        db_io_allow_loop(d->mysql);
    if (d->attributes)
        db_attributes_want(d->mysql);
    if (!connect_to(d, login, error_number, err)) {
        mysql_close(d->mysql);
        OBJ_FREE(d);
        return NULL;
    }
    d->thread_id = mysql_thread_id(d->mysql);
    d->since_mono_ns = clock_mono_ns();
    return d;
}

void db_hang_up(struct db **dp)
{
    struct db *d = *dp;
    if (d == NULL)
        return;
    *dp = NULL;
    OBJ_CHECK(d, DB_MAGIC);
    db_stmt_close_all(d);
    mysql_close(d->mysql);
    OBJ_FREE(d);
}

uint64_t db_thread_id(const struct db *d)
{
    OBJ_CHECK(d, DB_MAGIC);
    return d->thread_id;
}

int64_t db_age_ns(const struct db *d)
{
    OBJ_CHECK(d, DB_MAGIC);
    return clock_mono_ns() - d->since_mono_ns;
}

void db_set_traceparent(struct db *d, const char *traceparent)
{
    OBJ_CHECK(d, DB_MAGIC);
    d->traceparent = traceparent;
}

const char *db_server_version(const struct db *d)
{
    OBJ_CHECK(d, DB_MAGIC);
    return mysql_get_server_info(d->mysql);
}

bool db_is_dead(const struct db *d)
{
    OBJ_CHECK(d, DB_MAGIC);
    return d->dead;
}

bool db_type_is_number(enum enum_field_types type)
{
    switch (type) {
    case MYSQL_TYPE_TINY:
    case MYSQL_TYPE_SHORT:
    case MYSQL_TYPE_INT24:
    case MYSQL_TYPE_LONG:
    case MYSQL_TYPE_LONGLONG:
    case MYSQL_TYPE_FLOAT:
    case MYSQL_TYPE_DOUBLE:
    case MYSQL_TYPE_DECIMAL:
    case MYSQL_TYPE_NEWDECIMAL:
        return true;
    default:
        return false;
    }
}

enum pp_status db_command_done(struct db *d, struct trace *t, struct trace_command *c, unsigned error_number,
                               const char *error_text, struct pp_err *err)
{
    c->end_ns = clock_real_ns();
    c->error_number = error_number;
    trace_add_command(t, c);
    if (error_number == 0)
        return PP_OK;
    /* an error of the client library (2000 to 2999) leaves the protocol in an unknown state */
    if (error_number >= CR_MIN_ERROR && error_number <= CR_MAX_ERROR)
        d->dead = true;
    return pp_err_set(err, PP_IO, "%s: %s (%u)", c->text, error_text, error_number);
}

/* The statement with the comment that sqlcommenter appends (its keys and values are URL-encoded and quoted: a
 * traceparent has only characters that stay as they are). */
static enum pp_status send_text(struct db *d, const char *sql, int *rc)
{
    struct buf b;
    if (d->attributes)
        return db_attributes_query(d, sql, rc);
    if (d->traceparent == NULL) {
        *rc = db_io_query(d, sql, strlen(sql));
        return PP_OK;
    }
    buf_init(&b, DB_TEXT_LIMIT_BYTES);
    enum pp_status st = buf_addf(&b, "%s /*traceparent='%s'*/", sql, d->traceparent);
    if (st == PP_OK)
        *rc = db_io_query(d, (const char *)b.data, b.len);
    buf_fini(&b);
    return st;
}

/* Sends the statement and reads its whole result into `*result` (NULL when it has none). */
static enum pp_status run_text(struct db *d, struct trace *t, const struct db_query *q, MYSQL_RES **result,
                               struct pp_err *err)
{
    struct trace_command c = {.kind = "query", .text = q->name};
    OBJ_CHECK(d, DB_MAGIC);
    attach_thread();
    *result = NULL;
    c.start_ns = clock_real_ns();
    int rc = 0;
    if (send_text(d, q->sql, &rc) != PP_OK)
        return pp_err_set(err, PP_NOMEM, "out of memory");
    if (rc == 0)
        *result = db_io_store_result(d);
    return db_command_done(d, t, &c, mysql_errno(d->mysql), mysql_error(d->mysql), err);
}

enum pp_status db_exec(struct db *d, struct trace *t, const char *name, const char *sql, uint64_t *insert_id,
                       struct pp_err *err)
{
    MYSQL_RES *result = NULL;
    struct db_query q = {.name = name, .sql = sql};
    enum pp_status st = run_text(d, t, &q, &result, err);
    mysql_free_result(result);
    if (st == PP_OK && insert_id != NULL)
        *insert_id = mysql_insert_id(d->mysql);
    return st;
}

static void deliver_rows(MYSQL_RES *result, const struct db_query *q)
{
    struct db_value values[DB_COLUMNS];
    const MYSQL_FIELD *fields = mysql_fetch_fields(result);
    size_t count = mysql_num_fields(result);
    MYSQL_ROW row;
    if (count > DB_COLUMNS)
        count = DB_COLUMNS;
    while ((row = mysql_fetch_row(result)) != NULL) {
        const unsigned long *lengths = mysql_fetch_lengths(result);
        for (size_t i = 0; i < count; i++)
            values[i] = (struct db_value){.name = fields[i].name,
                                          .text = row[i],
                                          .len = lengths[i],
                                          .is_number = db_type_is_number(fields[i].type)};
        if (!q->row(q->priv, values, count))
            return;
    }
}

enum pp_status db_select(struct db *d, struct trace *t, const struct db_query *query, struct pp_err *err)
{
    MYSQL_RES *result = NULL;
    if (query->prepared)
        return db_stmt_select(d, t, query, err);
    enum pp_status st = run_text(d, t, query, &result, err);
    if (st == PP_OK && result != NULL)
        deliver_rows(result, query);
    mysql_free_result(result);
    return st;
}

/* summary: connecting to the server, running a query, one clear line for each way in which that fails */
#include "srv_priv.h"

#include "base/obj.h"

#include "sql_server.h"

#include <stdlib.h>
#include <string.h>

#include <errmsg.h>
#include <mysqld_error.h>

#define CONNECT_TIMEOUT_S 5
#define IO_TIMEOUT_S 10
#define PACKET_MAX_BYTES (16UL << 20) /* no row that is asked for comes near it */

#if defined(MARIADB_PACKAGE_VERSION) || defined(LIBMARIADB)
#define IS_MARIADB_CLIENT 1
#else
#define IS_MARIADB_CLIENT 0
#endif

#define SECURE_TRANSPORT_REQUIRED 3159 /* ER_SECURE_TRANSPORT_REQUIRED: not in every client's header */

/* On loopback nobody listens who could not read the server's memory: no TLS unless the server insists, and
 * the server's own word for its public key (caching_sha2_password). Elsewhere the library's defaults and the
 * option file's ssl-… settings hold. */
static void set_loopback_options(MYSQL *db, bool tls)
{
#if IS_MARIADB_CLIENT
    my_bool enforce = tls, off = 0;
    mysql_options(db, MYSQL_OPT_SSL_ENFORCE, &enforce);
    mysql_options(db, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &off);
#else
    unsigned mode = tls ? SSL_MODE_REQUIRED : SSL_MODE_DISABLED;
    bool get_key = true;
    mysql_options(db, MYSQL_OPT_SSL_MODE, &mode);
    mysql_options(db, MYSQL_OPT_GET_SERVER_PUBLIC_KEY, &get_key);
#endif
}

static void set_options(MYSQL *db, const struct srv_uri *uri, bool tls)
{
    unsigned protocol = MYSQL_PROTOCOL_TCP;
    unsigned connect_s = CONNECT_TIMEOUT_S;
    unsigned io_s = IO_TIMEOUT_S;
    unsigned no_local_files = 0; /* a hostile server must not fetch files of this machine */
    unsigned long packet = PACKET_MAX_BYTES;
    mysql_options(db, MYSQL_READ_DEFAULT_GROUP, "client");
    mysql_options(db, MYSQL_OPT_PROTOCOL, &protocol);
    mysql_options(db, MYSQL_OPT_CONNECT_TIMEOUT, &connect_s);
    mysql_options(db, MYSQL_OPT_READ_TIMEOUT, &io_s);
    mysql_options(db, MYSQL_OPT_WRITE_TIMEOUT, &io_s);
    mysql_options(db, MYSQL_OPT_LOCAL_INFILE, &no_local_files);
    mysql_options(db, MYSQL_OPT_MAX_ALLOWED_PACKET, &packet);
    mysql_options(db, MYSQL_SET_CHARSET_NAME, "utf8mb4");
    mysql_options4(db, MYSQL_OPT_CONNECT_ATTR_ADD, "program_name", "poolprobe");
    if (uri->loopback)
        set_loopback_options(db, tls);
}

static enum pp_status unreachable(const struct srv_uri *u, const char *what, struct pp_err *err)
{
    return pp_err_set(err, PP_IO,
                      "cannot reach a MySQL server at %s:%u (%s): is the server running at %s:%u?", u->host,
                      u->port, what, u->host, u->port);
}

static void drop(struct srv *s, MYSQL *db)
{
    mysql_close(db);
    if (s->db == db)
        s->db = NULL;
}

enum pp_status srv_error(struct srv *s, MYSQL *db, struct pp_err *err)
{
    const struct srv_uri *u = &s->uri;
    enum pp_status status;
    bool lost = false;
    const char *says = mysql_error(db);
    unsigned number = mysql_errno(db);
    s->last_errno = number;
    switch (number) {
    case ER_ACCESS_DENIED_ERROR:
    case ER_DBACCESS_DENIED_ERROR:
    case ER_HOST_NOT_PRIVILEGED:
    case 1698: /* ER_ACCESS_DENIED_NO_PASSWORD_ERROR: not in every client's header */
        status = pp_err_set(
            err, PP_DENIED,
            "the server at %s:%u refused user %s (%s): put the right password in MYSQL_PWD or an option "
            "file, or create the user as in sql/probe_grants.sql",
            u->host, u->port, u->user, says);
        break;
    case ER_TABLEACCESS_DENIED_ERROR:
    case ER_COLUMNACCESS_DENIED_ERROR:
    case ER_SPECIFIC_ACCESS_DENIED_ERROR:
        status = pp_err_set(err, PP_DENIED,
                            "user %s lacks a right (%s): run sql/probe_grants.sql as an administrator",
                            u->user, says);
        break;
    case SECURE_TRANSPORT_REQUIRED:
        status =
            pp_err_set(err, PP_DENIED,
                       "the server at %s:%u takes encrypted connections only (%s): set ssl-mode=REQUIRED in "
                       "the [client] part of an option file",
                       u->host, u->port, says);
        break;
    case ER_CON_COUNT_ERROR:
    case ER_TOO_MANY_USER_CONNECTIONS:
        status = pp_err_set(err, PP_IO, "no connection left for user %s at %s:%u (%s): raise max_connections",
                            u->user, u->host, u->port, says);
        break;
    case CR_CONNECTION_ERROR:
    case CR_CONN_HOST_ERROR:
    case CR_UNKNOWN_HOST:
        status = unreachable(u, says, err);
        lost = true;
        break;
    case CR_SERVER_GONE_ERROR:
    case CR_SERVER_LOST:
        status = pp_err_set(err, PP_IO, "lost the connection to the server at %s:%u (%s): see its error log",
                            u->host, u->port, says);
        lost = true;
        break;
    case CR_OUT_OF_MEMORY:
        status = pp_err_set(err, PP_NOMEM, "out of memory");
        break;
    default:
        status = pp_err_set(err, PP_IO, "the server at %s:%u said %u: %s", u->host, u->port, number, says);
    }
    if (lost) {
        s->commands--; /* it may not have come so far */
        drop(s, db);
    }
    return status;
}

static enum pp_status connect_once(struct srv *s, bool tls, struct pp_err *err)
{
    MYSQL *db = mysql_init(NULL);
    if (db == NULL)
        return pp_err_set(err, PP_NOMEM, "out of memory");
    set_options(db, &s->uri, tls);
    /* NULL lets the library take the option file's. */
    const char *password = getenv("MYSQL_PWD");
    s->db = db;
    if (mysql_real_connect(db, s->uri.host, s->uri.user, password, NULL, s->uri.port, NULL, 0) == NULL) {
        s->last_errno = mysql_errno(db);
        enum pp_status status = s->last_errno == CR_SERVER_LOST
                                    ? unreachable(&s->uri, "it takes connections, but sends no greeting", err)
                                    : srv_error(s, db, err);
        if (s->db != NULL)
            drop(s, db);
        return status;
    }
    return PP_OK;
}

enum pp_status srv_connect(struct srv *s, struct pp_err *err)
{
    OBJ_CHECK(s, SRV_MAGIC);
    struct pp_err why = {.status = PP_OK};
    enum pp_status first = connect_once(s, s->tls, err);
    /* MariaDB, and every server about an account with REQUIRE SSL, says that the password is wrong. */
    bool insists = s->last_errno == SECURE_TRANSPORT_REQUIRED || s->last_errno == ER_ACCESS_DENIED_ERROR;
    if (first != PP_OK && (s->tls || !s->uri.loopback || !insists || connect_once(s, true, &why) != PP_OK))
        return first;
    s->tls = s->tls || first != PP_OK;
    MYSQL *db = s->db;
    const char *version = mysql_get_server_info(db);
    strncpy(s->version, version != NULL ? version : "", sizeof s->version - 1);
    s->thread_id = mysql_thread_id(db);
    s->counts_checked = false;
    /* Odd, but no reason to ask nothing. */
    s->session = (struct pp_err){.status = PP_OK};
    enum pp_status status = srv_execute(s, sql_session_init, &s->session);
    if (status != PP_OK && s->db == NULL)
        return pp_err_set(err, status, "%s", s->session.text);
    return PP_OK;
}

enum pp_status srv_execute(struct srv *s, const char *sql, struct pp_err *err)
{
    OBJ_CHECK(s, SRV_MAGIC);
    if (s->db == NULL)
        return pp_err_set(err, PP_IO, "not connected to the server at %s:%u", s->uri.host, s->uri.port);
    s->commands++;
    return mysql_real_query(s->db, sql, (unsigned long)strlen(sql)) == 0 ? PP_OK : srv_error(s, s->db, err);
}

enum pp_status srv_query(struct srv *s, const char *sql, unsigned columns, srv_row_f *f, void *priv,
                         struct pp_err *err)
{
    OBJ_CHECK(s, SRV_MAGIC);
    if (s->db == NULL) {
        enum pp_status status = srv_connect(s, err);
        if (status != PP_OK)
            return status;
    }
    s->commands++;
    if (mysql_real_query(s->db, sql, (unsigned long)strlen(sql)) != 0)
        return srv_error(s, s->db, err);
    /* Row by row: what a server sends is never kept whole. */
    MYSQL_RES *result = mysql_use_result(s->db);
    if (result == NULL)
        return mysql_errno(s->db) != 0
                   ? srv_error(s, s->db, err)
                   : pp_err_set(err, PP_IO, "the server at %s:%u sent no result: is it MySQL?", s->uri.host,
                                s->uri.port);
    MYSQL_ROW row;
    bool wide_enough = mysql_num_fields(result) >= columns;
    while ((row = mysql_fetch_row(result)) != NULL) {
        if (wide_enough)
            f(priv, row);
    }
    unsigned number = mysql_errno(s->db);
    mysql_free_result(result);
    return number == 0 ? PP_OK : srv_error(s, s->db, err);
}

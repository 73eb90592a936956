/* summary: what the files of the server stage share: the URI, the connection, queries, error lines */
#ifndef SRV_PRIV_H
#define SRV_PRIV_H

#include "server.h"

#include <stdbool.h>
#include <stddef.h>

#include <mysql.h>

#define SRV_USER_MAX 256
#define SRV_HOST_MAX 256

/* mysql://user@host:port taken apart. */
struct srv_uri {
    char user[SRV_USER_MAX]; /* percent-decoded */
    char host[SRV_HOST_MAX]; /* IPv6 without its brackets; "localhost" became 127.0.0.1: always TCP */
    uint16_t port;           /* 3306 when the URI names none */
    bool loopback;
};

/* PP_INVALID with a line that never repeats the text (it may hold a password). */
PP_MUST_CHECK enum pp_status srv_uri_parse(struct srv_uri *out, const char *text, struct pp_err *err);

struct srv {
    uint32_t magic;
    struct srv_uri uri;
    struct srv_sink sink;
    MYSQL *db; /* NULL after the connection was lost: the next call connects again */
    bool tls;  /* this loopback server takes encrypted connections only, or this account does */
    bool counts_checked;
    struct pp_err session; /* why the session's settings could not be set; PP_OK: they are */
    char version[128];
    uint64_t thread_id;
    unsigned last_errno; /* of the last call that failed */
    int64_t commands;    /* that the probe sent, as the server counts them */
};

#define SRV_MAGIC 0x53727621u

/* Connects s->db. */
PP_MUST_CHECK enum pp_status srv_connect(struct srv *s, struct pp_err *err);

/* One line for a failed call of the client library, with its remedy; drops a lost connection. */
enum pp_status srv_error(struct srv *s, MYSQL *db, struct pp_err *err);

/* A row of a result; NULL fields are NULL. */
typedef void srv_row_f(void *priv, MYSQL_ROW row);

/* Runs `sql` and calls f for each row with at least `columns` columns, connecting again first when the
 * connection was lost. */
PP_MUST_CHECK enum pp_status srv_query(struct srv *s, const char *sql, unsigned columns, srv_row_f *f,
                                       void *priv, struct pp_err *err);

/* Runs a statement without a result. */
PP_MUST_CHECK enum pp_status srv_execute(struct srv *s, const char *sql, struct pp_err *err);

#endif

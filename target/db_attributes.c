/* summary: a traceparent as a query attribute of a statement (MySQL 8.0.23 and later) */
#include "db_private.h"

#include "base/buf.h"

#include <string.h>

/* https://dev.mysql.com/doc/dev/mysql-server/latest/group__group__cs__capabilities__flags.html */
#define QUERY_ATTRIBUTES (1UL << 27)

static const char name[] = "traceparent";

#ifdef MARIADB_PACKAGE_VERSION

/* The library knows nothing of them, but passes the capability on, and what a query sends is the command's
 * payload. */
void db_attributes_want(MYSQL *m)
{
    m->options.client_flag |= QUERY_ATTRIBUTES;
}

/* https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_query.html: number of attributes, of
 * their sets (1), the bitmap of NULLs, the types, and for each of them type, sign, name and value. */
enum pp_status db_attributes_query(struct db *d, const char *sql, int *rc)
{
    const uint8_t none[] = {0, 1}, one[] = {1, 1, 0, 1, MYSQL_TYPE_STRING, 0, sizeof name - 1};
    const char *value = d->traceparent;
    struct buf b;
    buf_init(&b, DB_TEXT_LIMIT_BYTES);
    enum pp_status st = value == NULL ? buf_add(&b, none, sizeof none) : buf_add(&b, one, sizeof one);
    if (st == PP_OK && value != NULL) /* a traceparent is shorter than 251 bytes: its length is one byte */
        st = buf_addf(&b, "%s%c%s", name, (int)strlen(value), value);
    if (st == PP_OK)
        st = buf_add(&b, sql, strlen(sql));
    if (st == PP_OK)
        *rc = db_io_query(d, (const char *)b.data, b.len);
    buf_fini(&b);
    return st;
}

#else

void db_attributes_want(MYSQL *m)
{
    (void)m; /* always agreed on where the server has them */
}

enum pp_status db_attributes_query(struct db *d, const char *sql, int *rc)
{
    const char *names[] = {name};
    unsigned long length = d->traceparent != NULL ? strlen(d->traceparent) : 0;
    MYSQL_BIND value = {.buffer_type = MYSQL_TYPE_STRING,
                        .buffer = (void *)(uintptr_t)d->traceparent,
                        .buffer_length = length,
                        .length = &length};
    if (d->traceparent != NULL && mysql_bind_param(d->mysql, 1, &value, names))
        return PP_NOMEM;
    *rc = db_io_query(d, sql, strlen(sql));
    return PP_OK;
}

#endif

bool db_attributes_agreed(const MYSQL *m)
{
    return (m->server_capabilities & QUERY_ATTRIBUTES) != 0;
}

/* summary: the MySQL library's waiting calls: blocking in threads, start and continue in the event loop */
#include "db_private.h"

#include "loop.h"

#include "base/clock.h"

#include <string.h>
#include <sys/epoll.h>

#ifdef MARIADB_PACKAGE_VERSION

bool db_can_loop(void)
{
    return true;
}

void db_io_allow_loop(MYSQL *m)
{
    (void)mysql_options(m, MYSQL_OPT_NONBLOCK, NULL);
}

/* Waits for what the library asked for; what came. */
static int await(struct db *d, int wanted)
{
    uint32_t events = ((wanted & MYSQL_WAIT_READ) != 0 ? EPOLLIN : 0u) |
                      ((wanted & MYSQL_WAIT_WRITE) != 0 ? EPOLLOUT : 0u) |
                      ((wanted & MYSQL_WAIT_EXCEPT) != 0 ? EPOLLPRI : 0u);
    int64_t until_ns = 0;
    if ((wanted & MYSQL_WAIT_TIMEOUT) != 0)
        until_ns = clock_mono_ns() + (int64_t)mysql_get_timeout_value_ms(d->mysql) * NS_PER_MS;
    uint32_t came = loop_wait_fd(d->loop, mysql_get_socket(d->mysql), events, until_ns);
    if (came == 0)
        return MYSQL_WAIT_TIMEOUT;
    /* A broken connection wakes both sides: the call that follows finds out. */
    if ((came & (EPOLLERR | EPOLLHUP)) != 0)
        came |= events;
    return ((came & EPOLLIN) != 0 ? MYSQL_WAIT_READ : 0) | ((came & EPOLLOUT) != 0 ? MYSQL_WAIT_WRITE : 0) |
           ((came & EPOLLPRI) != 0 ? MYSQL_WAIT_EXCEPT : 0);
}

/* https://mariadb.com/kb/en/using-the-non-blocking-library/: start, then continue with what came until 0. */
#define RUN_IN_LOOP(d, name, ret, object, ...)                                                               \
    do {                                                                                                     \
        int wanted_ = name##_start(__VA_ARGS__);                                                             \
        while (wanted_ != 0)                                                                                 \
            wanted_ = name##_cont(ret, object, await(d, wanted_));                                           \
    } while (0)

static bool in_loop(const struct db *d)
{
    return loop_current(d->loop) != NULL;
}

bool db_io_connect(struct db *d, const struct uri *uri, const char *password)
{
    MYSQL *connected = NULL;
    if (!in_loop(d))
        return mysql_real_connect(d->mysql, uri->host, uri->user, password, uri->database, uri->port, NULL,
                                  0) != NULL;
    RUN_IN_LOOP(d, mysql_real_connect, &connected, d->mysql, &connected, d->mysql, uri->host, uri->user,
                password, uri->database, uri->port, NULL, 0);
    return connected != NULL;
}

int db_io_query(struct db *d, const char *sql, size_t len)
{
    int rc = 1;
    if (!in_loop(d))
        return mysql_real_query(d->mysql, sql, (unsigned long)len);
    RUN_IN_LOOP(d, mysql_real_query, &rc, d->mysql, &rc, d->mysql, sql, (unsigned long)len);
    return rc;
}

MYSQL_RES *db_io_store_result(struct db *d)
{
    MYSQL_RES *result = NULL;
    if (!in_loop(d))
        return mysql_store_result(d->mysql);
    RUN_IN_LOOP(d, mysql_store_result, &result, d->mysql, &result, d->mysql);
    return result;
}

int db_io_prepare(struct db *d, MYSQL_STMT *stmt, const char *sql)
{
    int rc = 1;
    if (!in_loop(d))
        return mysql_stmt_prepare(stmt, sql, (unsigned long)strlen(sql));
    RUN_IN_LOOP(d, mysql_stmt_prepare, &rc, stmt, &rc, stmt, sql, (unsigned long)strlen(sql));
    return rc;
}

int db_io_execute(struct db *d, MYSQL_STMT *stmt)
{
    int rc = 1;
    if (!in_loop(d))
        return mysql_stmt_execute(stmt);
    RUN_IN_LOOP(d, mysql_stmt_execute, &rc, stmt, &rc, stmt);
    return rc;
}

int db_io_store_stmt(struct db *d, MYSQL_STMT *stmt)
{
    int rc = 1;
    if (!in_loop(d))
        return mysql_stmt_store_result(stmt);
    RUN_IN_LOOP(d, mysql_stmt_store_result, &rc, stmt, &rc, stmt);
    return rc;
}

#else /* Oracle's library has no such calls for prepared statements: threads only */

bool db_can_loop(void)
{
    return false;
}

void db_io_allow_loop(MYSQL *m)
{
    (void)m;
}

bool db_io_connect(struct db *d, const struct uri *uri, const char *password)
{
    return mysql_real_connect(d->mysql, uri->host, uri->user, password, uri->database, uri->port, NULL, 0) !=
           NULL;
}

int db_io_query(struct db *d, const char *sql, size_t len)
{
    return mysql_real_query(d->mysql, sql, (unsigned long)len);
}

MYSQL_RES *db_io_store_result(struct db *d)
{
    return mysql_store_result(d->mysql);
}

int db_io_prepare(struct db *d, MYSQL_STMT *stmt, const char *sql)
{
    (void)d;
    return mysql_stmt_prepare(stmt, sql, (unsigned long)strlen(sql));
}

int db_io_execute(struct db *d, MYSQL_STMT *stmt)
{
    (void)d;
    return mysql_stmt_execute(stmt);
}

int db_io_store_stmt(struct db *d, MYSQL_STMT *stmt)
{
    (void)d;
    return mysql_stmt_store_result(stmt);
}

#endif

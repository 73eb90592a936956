/* summary: C client of the golden captures: connecting, queries and executions, each with its line of truth
 */
#include "client.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *c_schema;

static void plain(MYSQL *my)
{
#if FROM_MARIADB
    (void)my;
#else
    unsigned mode = SSL_MODE_DISABLED;
    bool ask_key = true;
    mysql_options(my, MYSQL_OPT_SSL_MODE, &mode);
    mysql_options(my, MYSQL_OPT_GET_SERVER_PUBLIC_KEY, &ask_key);
#endif
}

MYSQL *c_connect(const struct place *at, const struct login *as)
{
    MYSQL *my = mysql_init(NULL);
    plain(my);
    if (as->options != NULL)
        as->options(my);
    t_open("CONNECT");
    bool good =
        mysql_real_connect(my, at->host, as->user, as->password, as->db, at->port, NULL, as->flags) != NULL;
    if (as->lost == NULL) {
        t_error(good ? 0 : mysql_errno(my), mysql_sqlstate(my), mysql_error(my));
        if (as->auth != NULL)
            t_string("auth", as->auth);
        if (as->user != NULL)
            t_string("user", as->user);
        if (good)
            t_string("db", as->db);
    } else {
        t_string("note", as->lost);
        t_bool("ok", false);
    }
    if (as->compressed)
        t_bool("compressed", true);
    if (good)
        t_number("thread_id", mysql_thread_id(my));
    t_close(my);
    if (!good) {
        if (as->lost != NULL)
            fprintf(stderr, "client: %s\n", mysql_error(my));
        t_forget(my);
        mysql_close(my);
        return NULL;
    }
    return my;
}

MYSQL *c_connect_app(const struct place *at)
{
    struct login as = {
        .user = "app", .password = "app_pass", .db = "golden", .flags = CLIENT_MULTI_STATEMENTS};
    MYSQL *my = c_connect(at, &as);
    if (my == NULL)
        exit(1);
    return my;
}

void c_close(MYSQL **mp)
{
    MYSQL *my = *mp;
    t_address(my);
    mysql_close(my);
    t_close(my);
    t_forget(my);
    *mp = NULL;
}

void c_quit(MYSQL **mp)
{
    t_open("QUIT");
    c_close(mp);
}

void c_ok_fields(MYSQL *my, int failed)
{
    t_error(failed ? mysql_errno(my) : 0, mysql_sqlstate(my), mysql_error(my));
}

struct sum {
    unsigned long long rows, affected, insert_id, warnings, sets;
};

static void write_sum(const struct sum *s)
{
    t_number("rows", s->rows);
    t_number("affected_rows", s->affected);
    t_number("insert_id", s->insert_id);
    t_number("warnings", s->warnings);
    t_number("result_sets", s->sets);
}

static void add_result(MYSQL *my, struct sum *s)
{
    MYSQL_RES *res = mysql_store_result(my);
    if (res != NULL) {
        s->rows += mysql_num_rows(res);
        s->sets++;
        mysql_free_result(res);
    } else if (mysql_field_count(my) == 0) {
        s->affected += mysql_affected_rows(my);
        if (mysql_insert_id(my) != 0)
            s->insert_id = mysql_insert_id(my);
    }
    s->warnings += mysql_warning_count(my);
}

void c_query(MYSQL *my, const char *sql)
{
    struct sum s = {0};
    t_open("QUERY");
    t_string("sql", sql);
    if (c_schema != NULL)
        t_string("db", c_schema);
    int failed = mysql_real_query(my, sql, strlen(sql));
    while (!failed) {
        add_result(my, &s);
        failed = mysql_errno(my) != 0;
        if (failed || !mysql_more_results(my))
            break;
        failed = mysql_next_result(my) > 0;
    }
    c_ok_fields(my, failed);
    write_sum(&s);
    if (!failed)
        t_number("status_bits", my->server_status);
    t_close(my);
}

void c_queryf(MYSQL *my, const char *format, ...)
{
    char *sql = NULL;
    va_list ap;
    va_start(ap, format);
    if (vasprintf(&sql, format, ap) < 0)
        exit(1);
    va_end(ap);
    c_query(my, sql);
    free(sql);
}

MYSQL_STMT *c_prepare(MYSQL *my, const char *sql)
{
    MYSQL_STMT *st = mysql_stmt_init(my);
    t_open("STMT_PREPARE");
    t_string("sql", sql);
    int failed = mysql_stmt_prepare(st, sql, strlen(sql));
    t_error(failed ? mysql_stmt_errno(st) : 0, mysql_stmt_sqlstate(st), mysql_stmt_error(st));
    if (!failed)
        t_number("stmt_id", st->stmt_id);
    t_close(my);
    return st;
}

static void add_stmt_result(MYSQL *my, MYSQL_STMT *st, struct sum *s)
{
    if (mysql_stmt_field_count(st) > 0) {
        s->sets++;
        unsigned long type = CURSOR_TYPE_NO_CURSOR;
        mysql_stmt_attr_get(st, STMT_ATTR_CURSOR_TYPE, &type);
        if (type == CURSOR_TYPE_NO_CURSOR && mysql_stmt_store_result(st) == 0)
            s->rows += mysql_stmt_num_rows(st);
    } else {
        s->affected += mysql_affected_rows(my); /* of the statement, Oracle's library keeps an old value */
        if (mysql_stmt_insert_id(st) != 0)
            s->insert_id = mysql_stmt_insert_id(st);
    }
    s->warnings += mysql_warning_count(my);
}

void c_execute(MYSQL *my, MYSQL_STMT *st, const char *sql, const char *params)
{
    struct sum s = {0};
    t_open("STMT_EXECUTE");
    t_string("sql", sql);
    t_raw("params", params != NULL ? params : "null");
    t_number("stmt_id", st->stmt_id);
    int failed = mysql_stmt_execute(st);
    while (!failed) {
        add_stmt_result(my, st, &s);
        failed = mysql_stmt_errno(st) != 0;
        if (failed || !mysql_more_results(my))
            break;
        failed = mysql_stmt_next_result(st) > 0;
    }
    t_error(failed ? mysql_stmt_errno(st) : 0, mysql_stmt_sqlstate(st), mysql_stmt_error(st));
    write_sum(&s);
    if (!failed)
        t_number("status_bits", my->server_status);
    t_close(my);
}

void c_stmt_close(MYSQL *my, MYSQL_STMT **stp)
{
    bool prepared = (*stp)->stmt_id != 0; /* else the preparation failed and there is nothing to close */
    if (prepared) {
        t_open("STMT_CLOSE");
        t_number("stmt_id", (unsigned)(*stp)->stmt_id);
    }
    mysql_stmt_close(*stp);
    if (prepared)
        t_close(my);
    *stp = NULL;
}

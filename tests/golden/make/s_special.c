/* summary: scenarios of one server or library: query attributes, bulk execution, progress reports, pipelining
 */
#include "client.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void __attribute__((noreturn, unused)) not_here(void)
{
    fputs("client: this library cannot do that\n", stderr);
    exit(1);
}

#if FROM_MARIADB

void s_attributes(const struct place *at)
{
    (void)at;
    not_here();
}

/* Rows of one execution in arrays: COM_STMT_BULK_EXECUTE. */
void s_bulk(const struct place *at)
{
    static const char sql[] = "INSERT INTO bulk (id, s, d) VALUES (?, ?, ?)";
    int id[] = {1, 2, 3};
    char *s[] = {"one", "two", "three"};
    unsigned long bytes[] = {3, 3, 5};
    double d[] = {0.5, 1.5, 2.5};
    char plain[] = {STMT_INDICATOR_NONE, STMT_INDICATOR_NONE, STMT_INDICATOR_NONE};
    char with_null[] = {STMT_INDICATOR_NONE, STMT_INDICATOR_NULL, STMT_INDICATOR_DEFAULT};
    unsigned rows = 3;
    MYSQL_BIND b[3];
    MYSQL *my = c_connect_app(at);
    c_query(my, "CREATE TABLE bulk (id INT PRIMARY KEY, s VARCHAR(20) DEFAULT 'none', d DOUBLE)");
    MYSQL_STMT *st = c_prepare(my, sql);
    memset(b, 0, sizeof b);
    b[0].buffer_type = MYSQL_TYPE_LONG;
    b[0].buffer = id;
    b[0].u.indicator = plain;
    b[1].buffer_type = MYSQL_TYPE_STRING;
    b[1].buffer = s;
    b[1].length = bytes;
    b[1].u.indicator = with_null;
    b[2].buffer_type = MYSQL_TYPE_DOUBLE;
    b[2].buffer = d;
    b[2].u.indicator = plain;
    mysql_stmt_attr_set(st, STMT_ATTR_ARRAY_SIZE, &rows);
    mysql_stmt_bind_param(st, b);
    for (int i = 0; i < 2; i++) { /* the second time the keys are there already */
        t_open("STMT_BULK_EXECUTE");
        t_string("sql", sql);
        t_number("stmt_id", st->stmt_id);
        t_raw("params", "[[1,\"one\",0.5],[2,null,1.5],[3,{\"default\":true},2.5]]");
        int failed = mysql_stmt_execute(st);
        t_error(failed ? mysql_stmt_errno(st) : 0, mysql_stmt_sqlstate(st), mysql_stmt_error(st));
        t_number("affected_rows", failed ? 0 : mysql_stmt_affected_rows(st));
        t_close(my);
    }
    c_stmt_close(my, &st);
    c_query(my, "SELECT * FROM bulk");
    c_query(my, "DROP TABLE bulk");
    c_quit(&my);
}

static unsigned progress_count;

static void on_progress(const MYSQL *my, unsigned stage, unsigned stages, double progress, const char *info,
                        unsigned n)
{
    (void)my, (void)stage, (void)stages, (void)progress, (void)info, (void)n;
    progress_count++;
}

static void with_progress(MYSQL *my)
{
    mysql_optionsv(my, MYSQL_PROGRESS_CALLBACK, (void *)on_progress);
}

void s_progress(const struct place *at)
{
    struct login as = {.user = "app",
                       .password = "app_pass",
                       .db = "golden",
                       .flags = CLIENT_PROGRESS,
                       .options = with_progress,
                       .auth = "mysql_native_password"};
    MYSQL *my = c_connect(at, &as);
    if (my == NULL)
        exit(1);
    c_query(my, "SET progress_report_time = 1");
    c_query(my, "CREATE TABLE slow (id INT, s CHAR(200)) ENGINE=Aria");
    c_query(my, "INSERT INTO slow SELECT seq, MD5(seq) FROM seq_1_to_2000000");
    c_query(my, "ALTER TABLE slow ADD COLUMN t CHAR(100) DEFAULT 'x', ALGORITHM=COPY");
    c_query(my, "DROP TABLE slow");
    c_quit(&my);
    if (progress_count == 0) {
        fputs("client: the server sent no progress report\n", stderr);
        exit(1);
    }
}

/* PREPARE and EXECUTE of statement -1 in one go. */
void s_pipeline(const struct place *at)
{
    static const char *const texts[] = {"SELECT 1 UNION SELECT 2", "DO 1", "SELECT * FROM no_such_table"};
    MYSQL *my = c_connect_app(at);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        MYSQL_STMT *st = mysql_stmt_init(my);
        t_open("STMT_PREPARE");
        t_string("sql", texts[i]);
        int failed = mariadb_stmt_execute_direct(st, texts[i], strlen(texts[i]));
        if (!failed && mysql_stmt_field_count(st) > 0)
            mysql_stmt_store_result(st);
        t_error(failed ? mysql_stmt_errno(st) : 0, mysql_stmt_sqlstate(st), mysql_stmt_error(st));
        t_close(my);
        t_open("STMT_EXECUTE");
        t_bool("ok", !failed);
        t_number("rows", failed || mysql_stmt_field_count(st) == 0 ? 0 : mysql_stmt_num_rows(st));
        t_string("note", failed ? "pipelined,unknown_stmt" : "pipelined");
        t_raw("earlier", "true"); /* sent before this line was opened */
        t_close(my);
        c_stmt_close(my, &st);
    }
    c_query(my, "SELECT 'in step'");
    c_quit(&my);
}

#else

static void attribute(MYSQL_BIND *b, enum enum_field_types type, const void *value, unsigned long bytes)
{
    memset(b, 0, sizeof *b);
    b->buffer_type = type;
    b->buffer = (void *)(uintptr_t)value;
    b->buffer_length = bytes;
    b->length = &b->buffer_length;
}

void s_attributes(const struct place *at)
{
    static const char sql[] = "SELECT ?, mysql_query_attribute_string('who')";
    static const char trace[] = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    const char *names[] = {"traceparent", "who", "number", "nothing"};
    int number = 42, value = 5;
    MYSQL_BIND b[4], p;
    MYSQL *my = c_connect_app(at);
    attribute(&b[0], MYSQL_TYPE_STRING, trace, sizeof trace - 1);
    attribute(&b[1], MYSQL_TYPE_STRING, "me", 2);
    attribute(&b[2], MYSQL_TYPE_LONG, &number, sizeof number);
    attribute(&b[3], MYSQL_TYPE_NULL, NULL, 0);
    mysql_bind_param(my, 4, b, names);
    c_query(my, "SELECT mysql_query_attribute_string('who'), mysql_query_attribute_string('number')");
    c_query(my, "SELECT 'none the second time'");
    mysql_bind_param(my, 1, b + 1, names + 1);
    c_query(my, "SELECT 1; SELECT 2");
    MYSQL_STMT *st = c_prepare(my, sql);
    const char *all_names[] = {NULL, "who", "traceparent"};
    MYSQL_BIND all[3];
    attribute(&p, MYSQL_TYPE_LONG, &value, sizeof value);
    all[0] = p;
    all[1] = b[1];
    all[2] = b[0];
    all[1].length = &all[1].buffer_length;
    all[2].length = &all[2].buffer_length;
    if (mysql_stmt_bind_named_param(st, all, 3, all_names))
        fprintf(stderr, "client: %s\n", mysql_stmt_error(st));
    c_execute(my, st, sql, "[5]");
    value = 6;
    c_execute(my, st, sql, "[6]");
    c_stmt_close(my, &st);
    static const char bare[] = "SELECT mysql_query_attribute_string('who')";
    st = c_prepare(my, bare);
    if (mysql_stmt_bind_named_param(st, b + 1, 1, names + 1))
        fprintf(stderr, "client: %s\n", mysql_stmt_error(st));
    c_execute(my, st, bare, NULL);
    c_stmt_close(my, &st);
    c_quit(&my);
}

void s_bulk(const struct place *at)
{
    (void)at;
    not_here();
}

void s_progress(const struct place *at)
{
    (void)at;
    not_here();
}

void s_pipeline(const struct place *at)
{
    (void)at;
    not_here();
}

#endif

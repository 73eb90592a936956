/* summary: scenarios: prepared statements with values of every type, cursors, long data */
#include "client.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void set(MYSQL_BIND *b, enum enum_field_types type, void *value, unsigned long bytes, bool is_unsigned)
{
    memset(b, 0, sizeof *b);
    b->buffer_type = type;
    b->buffer = value;
    b->buffer_length = bytes;
    b->is_unsigned = is_unsigned;
}

static void set_text(MYSQL_BIND *b, enum enum_field_types type, const char *text)
{
    set(b, type, (void *)(uintptr_t)text, strlen(text), false);
}

static MYSQL_TIME time_of(enum enum_mysql_timestamp_type type, const char *text, unsigned long micros)
{
    MYSQL_TIME t = {.second_part = micros, .time_type = type};
    if (type == MYSQL_TIMESTAMP_TIME)
        (void)sscanf(text, "%u %u:%u:%u", &t.day, &t.hour, &t.minute, &t.second);
    else
        (void)sscanf(text, "%u-%u-%u %u:%u:%u", &t.year, &t.month, &t.day, &t.hour, &t.minute, &t.second);
    return t;
}

static void numbers(MYSQL *my)
{
    static const char sql[] = "INSERT INTO num VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    signed char i8 = -128;
    unsigned char u8 = 255;
    short i16 = -32768;
    unsigned short u16 = 65535;
    int i32 = -2147483647 - 1;
    unsigned u32 = 4294967295u;
    long long i64 = -9223372036854775807LL - 1;
    unsigned long long u64 = 18446744073709551615ULL;
    float f = 0.1F;
    double d = -1.0 / 3.0;
    MYSQL_BIND b[11];
    MYSQL_STMT *st = c_prepare(my, sql);
    set(&b[0], MYSQL_TYPE_TINY, &i8, 0, false);
    set(&b[1], MYSQL_TYPE_TINY, &u8, 0, true);
    set(&b[2], MYSQL_TYPE_SHORT, &i16, 0, false);
    set(&b[3], MYSQL_TYPE_SHORT, &u16, 0, true);
    set(&b[4], MYSQL_TYPE_LONG, &i32, 0, false);
    set(&b[5], MYSQL_TYPE_LONG, &u32, 0, true);
    set(&b[6], MYSQL_TYPE_LONGLONG, &i64, 0, false);
    set(&b[7], MYSQL_TYPE_LONGLONG, &u64, 0, true);
    set(&b[8], MYSQL_TYPE_FLOAT, &f, 0, false);
    set(&b[9], MYSQL_TYPE_DOUBLE, &d, 0, false);
    set_text(&b[10], MYSQL_TYPE_NEWDECIMAL, "-12345678.901");
    mysql_stmt_bind_param(st, b);
    c_execute(my, st, sql,
              "[-128,255,-32768,65535,-2147483648,4294967295,-9223372036854775808,18446744073709551615,0.1,"
              "-0.3333333333333333,\"-12345678.901\"]");
    i8 = 7, u8 = 0, i16 = 1, u16 = 2, i32 = -1, u32 = 0, i64 = -1, u64 = 1, f = 1.5F, d = 1e300;
    c_execute(my, st, sql,
              "[7,0,1,2,-1,0,-1,1,1.5,1e300,\"-12345678.901\"]"); /* the types are not sent again */
    bind_bool yes = 1;
    b[3].is_null = &yes;
    b[10].is_null = &yes;
    mysql_stmt_bind_param(st, b);
    c_execute(my, st, sql, "[7,0,1,null,-1,0,-1,1,1.5,1e300,null]");
    set(&b[9], MYSQL_TYPE_NULL, NULL, 0, false);
    mysql_stmt_bind_param(st, b);
    c_execute(my, st, sql, "[7,0,1,null,-1,0,-1,1,1.5,null,null]");
    c_stmt_close(my, &st);
}

static void times(MYSQL *my)
{
    static const char sql[] = "INSERT INTO moment VALUES (?, ?, ?, ?)";
    MYSQL_TIME d = time_of(MYSQL_TIMESTAMP_DATE, "2024-02-29 0:0:0", 0);
    MYSQL_TIME t = time_of(MYSQL_TIMESTAMP_TIME, "2 03:04:05", 600007);
    MYSQL_TIME dt = time_of(MYSQL_TIMESTAMP_DATETIME, "2024-02-29 13:14:15", 16);
    MYSQL_TIME ts = time_of(MYSQL_TIMESTAMP_DATETIME, "2001-12-31 23:59:59", 0);
    MYSQL_BIND b[4];
    MYSQL_STMT *st = c_prepare(my, sql);
    set(&b[0], MYSQL_TYPE_DATE, &d, sizeof d, false);
    set(&b[1], MYSQL_TYPE_TIME, &t, sizeof t, false);
    set(&b[2], MYSQL_TYPE_DATETIME, &dt, sizeof dt, false);
    set(&b[3], MYSQL_TYPE_TIMESTAMP, &ts, sizeof ts, false);
    mysql_stmt_bind_param(st, b);
    c_execute(my, st, sql,
              "[\"2024-02-29\",\"51:04:05.600007\",\"2024-02-29 13:14:15.000016\",\"2001-12-31 23:59:59\"]");
    t.neg = 1;
    t.second_part = 0;
    dt = time_of(MYSQL_TIMESTAMP_DATETIME, "1999-01-02 0:0:0", 0);
    c_execute(my, st, sql, "[\"2024-02-29\",\"-51:04:05\",\"1999-01-02 00:00:00\",\"2001-12-31 23:59:59\"]");
    c_stmt_close(my, &st);
}

static void send_long(MYSQL *my, MYSQL_STMT *st, unsigned param, const char *data)
{
    t_open("STMT_SEND_LONG_DATA");
    t_number("stmt_id", st->stmt_id);
    mysql_stmt_send_long_data(st, param, data, strlen(data));
    t_close(my);
}

static void texts(MYSQL *my)
{
    static const char sql[] = "INSERT INTO word (s, b) VALUES (?, ?)";
    MYSQL_BIND b[2];
    MYSQL_STMT *st = c_prepare(my, sql);
    set_text(&b[0], MYSQL_TYPE_STRING, "quote \" back \\ line\n\xc3\xa9");
    set(&b[1], MYSQL_TYPE_BLOB, "\x00\x01\xff", 3, false);
    mysql_stmt_bind_param(st, b);
    c_execute(my, st, sql, "[\"quote \\\" back \\\\ line\\n\\u00e9\",\"\\u0000\\u0001\\ufffd\"]");
    set_text(&b[0], MYSQL_TYPE_VAR_STRING, "");
    set_text(&b[1], MYSQL_TYPE_LONG_BLOB, "");
    mysql_stmt_bind_param(st, b);
    send_long(my, st, 1, "first piece, ");
    send_long(my, st, 1, "second piece");
    c_execute(my, st, sql, "[\"\",{\"long_data\":true}]");
    send_long(my, st, 1, "dropped by the reset");
    t_open("STMT_RESET");
    t_number("stmt_id", st->stmt_id);
    c_ok_fields(my, mysql_stmt_reset(st));
    t_close(my);
    c_execute(my, st, sql, "[\"\",\"\"]");
    static char big[70000];
    memset(big, 'z', sizeof big);
    static char want[sizeof big + 16];
    (void)snprintf(want, sizeof want, "[\"%.66000s\",null]", big);
    set(&b[0], MYSQL_TYPE_STRING, big, 66000, false);
    set(&b[1], MYSQL_TYPE_NULL, NULL, 0, false);
    mysql_stmt_bind_param(st, b);
    c_execute(my, st, sql, want);
    c_stmt_close(my, &st);
}

static void selects(MYSQL *my)
{
    static const char by_id[] = "SELECT * FROM word WHERE id < ?";
    static const char none[] = "SELECT i8, u64, f, d, dec1 FROM num";
    int id = 0;
    MYSQL_BIND b;
    MYSQL_STMT *st = c_prepare(my, by_id), *plain = c_prepare(my, none);
    set(&b, MYSQL_TYPE_LONG, &id, 0, false);
    mysql_stmt_bind_param(st, &b);
    c_execute(my, st, by_id, "[0]");
    id = 3;
    c_execute(my, st, by_id, "[3]");
    c_execute(my, plain, none, NULL);
    c_execute(my, plain, none, NULL);
    c_stmt_close(my, &st);
    MYSQL_STMT *moments = c_prepare(my, "SELECT * FROM moment");
    c_execute(my, moments, "SELECT * FROM moment", NULL);
    c_stmt_close(my, &moments);
    c_stmt_close(my, &plain);
}

static void failures(MYSQL *my)
{
    static const char sql[] = "INSERT INTO word (id, s) VALUES (?, 'same')";
    int id = 1;
    MYSQL_BIND b;
    MYSQL_STMT *bad = c_prepare(my, "SELECT FROM WHERE"), *st = c_prepare(my, sql);
    set(&b, MYSQL_TYPE_LONG, &id, 0, false);
    mysql_stmt_bind_param(st, &b);
    c_execute(my, st, sql, "[1]");
    id = 1000;
    c_execute(my, st, sql, "[1000]");
    c_stmt_close(my, &bad);
    c_stmt_close(my, &st);
}

void s_prepared(const struct place *at)
{
    MYSQL *my = c_connect_app(at);
    c_query(
        my,
        "CREATE TABLE num (i8 TINYINT, u8 TINYINT UNSIGNED, i16 SMALLINT, u16 SMALLINT UNSIGNED, i32 INT, "
        "u32 INT UNSIGNED, i64 BIGINT, u64 BIGINT UNSIGNED, f FLOAT, d DOUBLE, dec1 DECIMAL(20,3))");
    c_query(my, "CREATE TABLE moment (d DATE, t TIME(6), dt DATETIME(6), ts TIMESTAMP NULL)");
    c_query(my, "CREATE TABLE word (id INT AUTO_INCREMENT PRIMARY KEY, s TEXT, b BLOB)");
    c_query(my, "ALTER TABLE word MODIFY s LONGTEXT");
    numbers(my);
    times(my);
    texts(my);
    selects(my);
    failures(my);
    c_query(my, "DROP TABLE num, moment, word");
    c_quit(&my);
}

static void fetch_all(MYSQL *my, MYSQL_STMT *st, unsigned rows, unsigned at_once)
{
    long number = 0;
    bind_bool is_null = 0;
    MYSQL_BIND b;
    set(&b, MYSQL_TYPE_LONG, &number, 0, false);
    b.is_null = &is_null;
    mysql_stmt_bind_result(st, &b);
    for (unsigned i = 0; i < rows; i++) {
        bool asks = i % at_once == 0;
        if (asks) {
            t_open("STMT_FETCH");
            t_number("stmt_id", st->stmt_id);
        }
        int rc = mysql_stmt_fetch(st);
        if (asks) {
            t_bool("ok", rc == 0);
            t_number("rows", rows - i < at_once ? rows - i : at_once);
            t_close(my);
        }
    }
}

/* Rows that a cursor keeps on the server: the execution brings the columns, each FETCH some rows. */
void s_cursor(const struct place *at)
{
    static const char sql[] = "SELECT id FROM line WHERE id > ? ORDER BY id";
    unsigned long type = CURSOR_TYPE_READ_ONLY, at_once = 3;
    int from = 0;
    MYSQL_BIND b;
    MYSQL *my = c_connect_app(at);
    c_query(my, "CREATE TABLE line (id INT PRIMARY KEY)");
    c_query(my, "INSERT INTO line VALUES (1),(2),(3),(4),(5),(6),(7),(8)");
    MYSQL_STMT *st = c_prepare(my, sql);
    mysql_stmt_attr_set(st, STMT_ATTR_CURSOR_TYPE, &type);
    mysql_stmt_attr_set(st, STMT_ATTR_PREFETCH_ROWS, &at_once);
    set(&b, MYSQL_TYPE_LONG, &from, 0, false);
    mysql_stmt_bind_param(st, &b);
    c_execute(my, st, sql, "[0]");
    fetch_all(my, st, 8, 3);
    t_open("STMT_RESET");
    t_number("stmt_id", st->stmt_id);
    c_ok_fields(my, mysql_stmt_reset(st));
    t_close(my);
    from = 6;
    c_execute(my, st, sql, "[6]");
    fetch_all(my, st, 2, 3);
    c_stmt_close(my, &st);
    c_query(my, "DROP TABLE line");
    c_quit(&my);
}

/* summary: scenarios: compressed connections: short and long packets, several in one, a file, prepared
 * statements */
#include "client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void with_zlib(MYSQL *my)
{
#if FROM_MARIADB
    mysql_options(my, MYSQL_OPT_COMPRESS, NULL);
#else
    mysql_options(my, MYSQL_OPT_COMPRESSION_ALGORITHMS, "zlib");
#endif
}

static MYSQL *connect_with(const struct place *at, void (*options)(MYSQL *))
{
    struct login as = {.user = "app",
                       .password = "app_pass",
                       .db = "golden",
                       .flags = CLIENT_MULTI_STATEMENTS,
                       .options = options,
                       .compressed = true};
    MYSQL *my = c_connect(at, &as);
    if (my == NULL)
        exit(1);
    return my;
}

static void prepared(MYSQL *my)
{
    static const char sql[] = "INSERT INTO packed (s) VALUES (?)";
    static char text[9000];
    static char want[sizeof text + 8];
    for (size_t i = 0; i + 1 < sizeof text; i++)
        text[i] = (char)('a' + i * i % 23);
    (void)snprintf(want, sizeof want, "[\"%s\"]", text);
    unsigned long bytes = (unsigned long)strlen(text);
    MYSQL_BIND b = {
        .buffer_type = MYSQL_TYPE_STRING, .buffer = text, .buffer_length = bytes, .length = &bytes};
    MYSQL_STMT *st = c_prepare(my, sql);
    mysql_stmt_bind_param(st, &b);
    c_execute(my, st, sql, want);
    c_execute(my, st, sql, want);
    c_stmt_close(my, &st);
}

static void everything(const struct place *at, void (*options)(MYSQL *))
{
    static const char *const all[] = {
        "SELECT 1",
        "CREATE TABLE packed (id INT AUTO_INCREMENT PRIMARY KEY, s TEXT)",
        "INSERT INTO packed (s) VALUES (REPEAT('one ', 100)), (REPEAT('two ', 1000)), (NULL)",
        "SELECT * FROM packed",
        "SELECT id FROM packed; UPDATE packed SET s = 'x' WHERE id = 3; SELECT * FROM packed; SELECT 1 FROM "
        "nowhere",
        "SELEC 1",
        "WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 900) "
        "SELECT i, MD5(i), SHA2(i, 256) FROM n",
        "SELECT REPEAT('y', 70000)",
        "BEGIN",
        "DELETE FROM packed",
        "ROLLBACK",
    };
    MYSQL *my = connect_with(at, options);
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        c_query(my, all[i]);
    prepared(my);
    c_query(my, "DROP TABLE packed");
    c_quit(&my);
}

void s_zlib(const struct place *at)
{
    everything(at, with_zlib);
}

/* A row that goes on in a second packet beyond 16 MiB, small on the wire. */
void s_zlib_huge(const struct place *at)
{
    MYSQL *my = connect_with(at, with_zlib);
    c_query(my, "SELECT 'before'");
    c_query(my, "SELECT REPEAT('0123456789abcdef', 1100000)");
    c_query(my, "SELECT 'after'");
    c_quit(&my);
}

#if FROM_MARIADB
void s_zstd(const struct place *at)
{
    (void)at;
    fputs("client: this library has no zstd\n", stderr);
    exit(1);
}
#else
static void with_zstd(MYSQL *my)
{
    mysql_options(my, MYSQL_OPT_COMPRESSION_ALGORITHMS, "zstd");
}

void s_zstd(const struct place *at)
{
    everything(at, with_zstd);
}
#endif

/* summary: scenarios: text queries, several statements in one, errors, warnings, transactions, big results */
#include "client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void expect_null_byte(MYSQL *my)
{
    static const char sql[] = "SELECT 'a\0b', '\xc3\xa9\xe2\x82\xac'";
    t_open("QUERY");
    t_text("sql", sql, sizeof sql - 1);
    int failed = mysql_real_query(my, sql, sizeof sql - 1);
    MYSQL_RES *res = failed ? NULL : mysql_store_result(my);
    c_ok_fields(my, failed);
    t_number("rows", res != NULL ? mysql_num_rows(res) : 0);
    mysql_free_result(res);
    t_close(my);
}

static void long_text(MYSQL *my)
{
    char sql[20000];
    size_t n = (size_t)snprintf(sql, sizeof sql, "SELECT LENGTH('");
    memset(sql + n, 'x', 9000);
    memcpy(sql + n + 9000, "')", 3);
    c_query(my, sql);
}

void s_text(const struct place *at)
{
    static const char *const all[] = {
        "CREATE TABLE item (id INT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(40) NOT NULL UNIQUE, price "
        "DECIMAL(9,2), "
        "made DATETIME(6), note TEXT)",
        "INSERT INTO item (name, price) VALUES ('one', 1.50)",
        "INSERT INTO item (name, price, made) VALUES ('two', 2.50, NOW(6)), ('three', NULL, NULL), ('four', "
        "4, NULL)",
        "SELECT * FROM item WHERE id < 0",
        "SELECT name FROM item WHERE id = 1",
        "SELECT * FROM item ORDER BY id",
        "UPDATE item SET price = price + 1 WHERE price IS NOT NULL",
        "UPDATE item SET price = price WHERE id = 1",
        "DELETE FROM item WHERE name = 'four'",
        "SELECT NULL, '', 'text', 1, 1.5, NOW(), CAST(NULL AS CHAR)",
        "SELECT 1; INSERT INTO item (name) VALUES ('five'); SELECT id FROM item; UPDATE item SET note = 'n'",
        "SELECT 1 WHERE 1 = 0; SELECT 2 UNION SELECT 3",
        "SELECT 1; SELECT * FROM no_such_table; SELECT 3",
        "SELEC 1",
        "SELECT * FROM no_such_table",
        "INSERT INTO item (name) VALUES ('one')",
        "DO 1/0",
        "DROP TABLE IF EXISTS no_such_table",
        "INSERT IGNORE INTO item (name) VALUES ('one'), ('six')",
        "SHOW WARNINGS",
        "SELECT CAST('12x' AS UNSIGNED), CAST('y' AS UNSIGNED)",
        "EXPLAIN SELECT * FROM item",
        "CHECK TABLE item",
        "/* a comment */ SELECT 'it''s' -- the end",
        "SET @a = 5",
        "SELECT @a, SLEEP(0.02)",
        "",
        "DROP TABLE item",
        "USE benchmark_reftarget",
    };
    MYSQL *my = c_connect_app(at);
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        c_query(my, all[i]);
    c_schema = "benchmark_reftarget";
    c_query(my, "SELECT DATABASE()");
    expect_null_byte(my);
    long_text(my);
    c_quit(&my);
}

void s_txn(const struct place *at)
{
    static const char *const all[] = {
        "CREATE TABLE account (id INT PRIMARY KEY, balance INT NOT NULL) ENGINE=InnoDB",
        "INSERT INTO account VALUES (1, 100), (2, 100)",
        "BEGIN",
        "UPDATE account SET balance = balance - 10 WHERE id = 1",
        "UPDATE account SET balance = balance + 10 WHERE id = 2",
        "COMMIT",
        "START TRANSACTION",
        "DELETE FROM account",
        "ROLLBACK",
        "START TRANSACTION READ ONLY",
        "SELECT SUM(balance) FROM account",
        "UPDATE account SET balance = 0",
        "COMMIT",
        "SET autocommit = 0",
        "SELECT * FROM account WHERE id = 1 FOR UPDATE",
        "SAVEPOINT a",
        "UPDATE account SET balance = 5 WHERE id = 1",
        "ROLLBACK TO SAVEPOINT a",
        "COMMIT",
        "INSERT INTO account VALUES (3, 1)",
        "CREATE TABLE account_two (id INT)",
        "SELECT COUNT(*) FROM account",
        "SET autocommit = 1",
        "BEGIN; UPDATE account SET balance = 7 WHERE id = 3; COMMIT",
        "BEGIN",
        "INSERT INTO account VALUES (3, 1)",
        "INSERT INTO account VALUES (4, 1)",
        "COMMIT AND CHAIN",
        "ROLLBACK RELEASE",
    };
    MYSQL *my = c_connect_app(at), *other = c_connect_app(at);
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        c_query(my, all[i]);
    c_quit(&my); /* too late: the server has closed */
    c_query(other, "DROP TABLE account, account_two");
    c_quit(&other);
}

/* Rows of more than a segment, a result of more than 64 KiB, a long row. */
void s_large(const struct place *at)
{
    MYSQL *my = c_connect_app(at);
    c_query(my, "SELECT REPEAT('r', 40000), REPEAT('s', 250), REPEAT('t', 251), 1");
    c_query(my, "WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 600) "
                "SELECT i, REPEAT('x', 100), NULL FROM n");
    c_query(my, "SELECT REPEAT('y', 66000) AS more_than_two_bytes_of_length");
    c_query(my, "SELECT 1");
    c_quit(&my);
}

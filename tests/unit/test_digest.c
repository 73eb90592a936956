/* summary: SQL digests: statement pairs in the server's DIGEST_TEXT form, equal hashes, no literal kept,
 * limits */
#include "myw.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct pair {
    const char *sql;
    const char *text;
};

static const struct pair pairs[] = {
    /* plain statements */
    {"select 1", "SELECT ?"},
    {"SELECT * FROM t WHERE id = 42", "SELECT * FROM `t` WHERE `id` = ?"},
    {"select a,b from s.t", "SELECT `a` , `b` FROM `s` . `t`"},
    {"SELECT `a`, `b``c` FROM `my table`", "SELECT `a` , `b`c` FROM `my table`"},
    {"SELECT t.* FROM t", "SELECT `t` . * FROM `t`"},
    {"select t . select from t", "SELECT `t` . SELECT FROM `t`"},
    {"select t.select, t.from.where from t", "SELECT `t` . `select` , `t` . `from` . `where` FROM `t`"},
    {"INSERT INTO t VALUES (1)", "INSERT INTO `t` VALUES (?)"},
    {"INSERT INTO t VALUES (1),(2)", "INSERT INTO `t` VALUES (?) /* , ... */"},
    {"INSERT INTO t VALUES (1,2)", "INSERT INTO `t` VALUES (...)"},
    {"INSERT INTO t (a,b) VALUES (1,'x'),(2,'y'),(3,'z')",
     "INSERT INTO `t` ( `a` , `b` ) VALUES (...) /* , ... */"},
    {"insert into t values (1,2),(3)", "INSERT INTO `t` VALUES (...) , (?)"},
    {"INSERT INTO t VALUES (DEFAULT, 1)", "INSERT INTO `t` VALUES ( DEFAULT , ? )"},
    {"INSERT INTO t VALUES (now(), 1, 2)", "INSERT INTO `t` VALUES ( NOW ( ) , ?, ... )"},
    {"UPDATE t SET a = a + 1 WHERE id = 5", "UPDATE `t` SET `a` = `a` + ? WHERE `id` = ?"},
    {"DELETE FROM t WHERE a='x' LIMIT 10", "DELETE FROM `t` WHERE `a` = ? LIMIT ?"},
    {"REPLACE INTO t SET a=1", "REPLACE INTO `t` SET `a` = ?"},
    {"SELECT * FROM t LIMIT 10, 20", "SELECT * FROM `t` LIMIT ?, ..."},
    {"SELECT * FROM t LIMIT 10 OFFSET 20", "SELECT * FROM `t` LIMIT ? OFFSET ?"},
    {"BEGIN", "BEGIN"},
    {"start transaction read only", "START TRANSACTION READ ONLY"},
    {"Commit", "COMMIT"},
    {"rollback to savepoint sp1", "ROLLBACK TO SAVEPOINT `sp1`"},
    {"SET autocommit=0", "SET `autocommit` = ?"},
    {"SET NAMES utf8mb4", "SET NAMES `utf8mb4`"},
    {"SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
     "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED"},
    {"CALL p(1, 'a')", "CALL `p` (...)"},
    /* IN lists */
    {"SELECT * FROM t WHERE id IN (1)", "SELECT * FROM `t` WHERE `id` IN (...)"},
    {"SELECT * FROM t WHERE id in (1,2, 3)", "SELECT * FROM `t` WHERE `id` IN (...)"},
    {"SELECT * FROM t WHERE id NOT IN ('a','b')", "SELECT * FROM `t` WHERE `id` NOT IN (...)"},
    {"SELECT * FROM t WHERE id IN (?,?)", "SELECT * FROM `t` WHERE `id` IN (...)"},
    {"SELECT * FROM t WHERE id IN (a, 1)", "SELECT * FROM `t` WHERE `id` IN ( `a` , ? )"},
    {"SELECT * FROM t WHERE (a,b) IN ((1,2),(3,4))",
     "SELECT * FROM `t` WHERE ( `a` , `b` ) IN ( (...) /* , ... */ )"},
    /* literals */
    {"select 'a'", "SELECT ?"},
    {"select \"a\"", "SELECT ?"},
    {"select 'it''s', \"say \"\"x\"\"\"", "SELECT ?, ..."},
    {"select 'a\\'b', 'c'", "SELECT ?, ..."},
    {"select 'a' 'b'", "SELECT ? ?"},
    {"select x'1F', X'1f'", "SELECT ?, ..."},
    {"select 0x1F, 0b101", "SELECT ?, ..."},
    {"select b'01', B'1'", "SELECT ?, ..."},
    {"select n'a', N'b'", "SELECT ?, ..."},
    {"select _utf8mb4'a'", "SELECT (_charset) ?"},
    {"select _latin1 0x41", "SELECT (_charset) ?"},
    {"select _nosuch 'a'", "SELECT `_nosuch` ?"},
    {"select 1.5, .5, 1., 1e3, 1e-3, 1.5E+3, 2e5", "SELECT ?, ..."},
    {"select 0x, 0xzz, 1a, 0b12", "SELECT `0x` , `0xzz` , `1a` , `0b12`"},
    {"select 18446744073709551616", "SELECT ?"},
    {"select date '2020-01-01'", "SELECT DATE ?"},
    {"select true, FALSE", "SELECT TRUE , FALSE"},
    {"select ?", "SELECT ?"},
    /* signs */
    {"select -1", "SELECT ?"},
    {"select - - +1", "SELECT ?"},
    {"select 1 - 2", "SELECT ? - ?"},
    {"select a-1", "SELECT `a` - ?"},
    {"select (-1)", "SELECT (?)"},
    {"insert into t values (-1, +2.5)", "INSERT INTO `t` VALUES (...)"},
    {"select * from t where a = -1", "SELECT * FROM `t` WHERE `a` = - ?"},
    {"select * from t where a between -1 and -2", "SELECT * FROM `t` WHERE `a` BETWEEN ? AND ?"},
    {"select 2 * -3", "SELECT ? * ?"},
    {"select -'a'", "SELECT - ?"},
    /* NULL */
    {"select NULL", "SELECT ?"},
    {"insert into t values (NULL)", "INSERT INTO `t` VALUES (?)"},
    {"insert into t values (null, 1, NULL)", "INSERT INTO `t` VALUES (...)"},
    {"update t set a=null where b is null", "UPDATE `t` SET `a` = ? WHERE `b` IS NULL"},
    {"select * from t where a is not null", "SELECT * FROM `t` WHERE `a` IS NOT NULL"},
    {"create table t (a int not null, b varchar(10) null default null)",
     "CREATE TABLE `t` ( `a` INTEGER NOT NULL , `b` VARCHARACTER (?) NULL DEFAULT ? )"},
    {"select case when a then null else null end from t", "SELECT CASE WHEN `a` THEN ? ELSE ? END FROM `t`"},
    {"select ifnull(a, null) from t", "SELECT `ifnull` ( `a` , ? ) FROM `t`"},
    /* words with another name */
    {"show databases", "SHOW SCHEMAS"},
    {"select database()", "SELECT SCHEMA ( )"},
    {"select distinct a from t", "SELECT DISTINCTROW `a` FROM `t`"},
    {"select current_timestamp", "SELECT NOW"},
    {"select now() - interval 1 day", "SELECT NOW ( ) - INTERVAL ? SQL_TSI_DAY"},
    {"select a regexp 'x'", "SELECT `a` RLIKE ?"},
    {"show full columns from t", "SHOW FULL FIELDS FROM `t`"},
    {"explain select 1", "EXPLAIN SELECT ?"},
    /* functions are known only right before a parenthesis */
    {"select count(*) from t", "SELECT COUNT ( * ) FROM `t`"},
    {"select count (*) from t", "SELECT `count` ( * ) FROM `t`"},
    {"select max from t", "SELECT `max` FROM `t`"},
    {"select substr(a,1,2), my_func(3)", "SELECT SUBSTRING ( `a` , ?, ... ) , `my_func` (?)"},
    /* operators */
    {"select a<>b, a!=b, a<=>b", "SELECT `a` != `b` , `a` != `b` , `a` <=> `b`"},
    {"select a>=1&&b<=2||!c", "SELECT `a` >= ? && `b` <= ? || ! `c`"},
    {"select a<<1, b>>2, ~c, d^e", "SELECT `a` << ? , `b` >> ? , ~ `c` , `d` ^ `e`"},
    {"select j->'$.a', j->>\"$.b\"", "SELECT `j` -> ? , `j` ->> ?"},
    {"select @a := 1", "SELECT @? := ?"},
    {"select 5%2, 5 div 2, 5 mod 2, 6/3", "SELECT ? % ?, ... DIV ?, ... MOD ?, ... / ?"},
    /* variables and accounts */
    {"select @a, @`b c`, @'d'", "SELECT @? , @`b c` , @?"},
    {"select @@version", "SELECT @@`version`"},
    {"SELECT @@session.autocommit", "SELECT @@SESSION . `autocommit`"},
    {"set @@global.max_connections = 10", "SET @@GLOBAL . `max_connections` = ?"},
    {"create user 'a'@'localhost' identified by 'secret'", "CREATE SYSTEM_USER ? @? IDENTIFIED BY ?"},
    {"grant all on *.* to a@localhost", "GRANT ALL ON * . * TO `a` @?"},
    /* comments and white space */
    {"  select\t1\r\n;  ", "SELECT ?"},
    {"select 1 -- 'secret'\n+ 2", "SELECT ? + ?"},
    {"select 1 # it's\n, 2", "SELECT ?, ..."},
    {"/* app: it's me */ select 1 /* x */", "SELECT ?"},
    {"select 1--1", "SELECT ? - ?"},
    {"select 1 --", "SELECT ?"},
    {"select 1 /* open", "SELECT ?"},
    {"select /*!40001 SQL_NO_CACHE */ * from t", "SELECT SQL_NO_CACHE * FROM `t`"},
    {"select /*! 1 */ + 1", "SELECT ? + ?"},
    {"select /*!99999 'secret' */ 1", "SELECT ?"},
    {"select /*!080000 a */ from t", "SELECT `a` FROM `t`"},
    {"select 1 /*traceparent='00-abc-01'*/", "SELECT ?"},
    /* optimizer hints */
    {"select /*+ MAX_EXECUTION_TIME(1000) */ 1", "SELECT /*+ MAX_EXECUTION_TIME (?) */ ?"},
    {"select /*+ no_index_merge(t1@qb1 idx) */ * from t1",
     "SELECT /*+ NO_INDEX_MERGE ( `t1`@`qb1` `idx` ) */ * FROM `t1`"},
    {"select/*+ SET_VAR(sort_buffer_size = 16M) QB_NAME(`q`) */1",
     "SELECT /*+ SET_VAR ( `sort_buffer_size` = ? ) QB_NAME ( `q` ) */ ?"},
    {"select /*+ */ 1", "SELECT ?"},
    {"select 1 /*+ MAX_EXECUTION_TIME(1) */", "SELECT ?"},
    /* unfinished and odd */
    {"select 'never closed", "SELECT ?"},
    {"select \"never closed\\\"", "SELECT ?"},
    {"select `never closed", "SELECT"},
    {"", ""},
    {";;", ""},
    {"select 1; select 'x'", "SELECT ? ; SELECT ?"},
    {"select caf\xc3\xa9 from t", "SELECT `caf\xc3\xa9` FROM `t`"},
    {"select `a\x01` from t", "SELECT `a?` FROM `t`"},
    {"select $a, a$b from t", "SELECT `$a` , `a$b` FROM `t`"},
};

static void check(const char *sql, const char *text, uint16_t status)
{
    static struct myw_digest d;
    size_t n = strlen(sql);
    char *copy = malloc(n ? n : 1); /* exact size: a read past the end is seen */

    assert_non_null(copy);
    memcpy(copy, sql, n); /* NOLINT(bugprone-not-null-terminated-result): on purpose */
    memset(&d, 0xee, sizeof d);
    myw_digest_sql(&d, copy, n, status);
    free(copy);
    if (strcmp(d.text, text) != 0)
        print_error("for: %s\n", sql);
    assert_string_equal(d.text, text);
    assert_int_equal(d.text_bytes, strlen(text));
    assert_false(d.cut);
}

static void test_pairs(void **state)
{
    (void)state;
    assert_true(sizeof pairs / sizeof pairs[0] >= 80);
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
        check(pairs[i].sql, pairs[i].text, 0);
}

static void test_no_backslash_escapes(void **state)
{
    (void)state;
    check("select 'a\\', b, 'c'", "SELECT ? , `b` , ?", MYW_STATUS_NO_BACKSLASH_ESCAPES);
    check("select 'a\\', b, 'c'", "SELECT ? `c` ?", 0);
}

static uint64_t hash_of(const char *sql)
{
    static struct myw_digest d;

    myw_digest_sql(&d, sql, strlen(sql), 0);
    return d.hash;
}

static void test_hashes(void **state)
{
    (void)state;
    assert_true(hash_of("select 1") == hash_of("SELECT  'x' -- y"));
    assert_true(hash_of("select * from t where id in (1)") == hash_of("select * from t where id in (1,2,3)"));
    assert_true(hash_of("select a from t") != hash_of("select b from t"));
    assert_true(hash_of("select A from t") != hash_of("select a from t"));
    assert_true(hash_of("select 1") != hash_of("select a"));
}

/* The hash counts also what does not fit; the text is cut, not inside a character. */
static void test_long(void **state)
{
    static struct myw_digest a, b, c;
    static char one[40000], two[40000];
    size_t n = (size_t)snprintf(one, sizeof one, "select ");

    (void)state;
    while (n < sizeof one - 100)
        n += (size_t)snprintf(one + n, sizeof one - n, "caf\xc3\xa9,");
    snprintf(one + n, sizeof one - n, "x from t where a='secret'");
    memcpy(two, one, sizeof two);
    *strstr(two, "x from") = 'y';
    myw_digest_sql(&a, one, strlen(one), 0);
    myw_digest_sql(&b, one, strlen(one), 0);
    myw_digest_sql(&c, two, strlen(two), 0);
    assert_true(a.cut);
    assert_true(a.text_bytes < MYW_DIGEST_TEXT_MAX && a.text_bytes >= MYW_DIGEST_TEXT_MAX - 4);
    assert_int_equal(strlen(a.text), a.text_bytes);
    assert_true(a.hash == b.hash);
    assert_true(a.hash != c.hash);
    assert_string_equal(a.text, c.text);
}

/* Every prefix of every statement, as a snaplen leaves it, and with a hint about to begin. */
static void test_prefixes(void **state)
{
    static struct myw_digest d;

    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        size_t n = strlen(pairs[i].sql);

        for (size_t k = 0; k <= n; k++) {
            char *copy = malloc(k ? k : 1);

            assert_non_null(copy);
            memcpy(copy, pairs[i].sql, k);
            myw_digest_sql(&d, copy, k, 0);
            free(copy);
            assert_null(strstr(d.text, "secret"));
            assert_int_equal(strlen(d.text), d.text_bytes);
        }
    }
}

/* No byte of a literal reaches the text, whatever stands around it. */
static void test_no_literal(void **state)
{
    static const char *const forms[] = {
        "select '%s'",
        "select \"%s\"",
        "select 'a\\'%s'",
        "select 'a''%s'",
        "select n'%s'",
        "select _utf8'%s'",
        "select * from t where a='%s' or b=\"%s\"",
        "/* %s */ select 1",
        "select 1 -- %s",
        "select 1 # %s",
        "select '%s",
        "set password = '%s'",
        "select 1 /*!99999 %s */",
        "load data infile '%s' into table t",
        "insert into t values ('%s', -1, '%s')",
        "select j->'%s'",
        "select @'%s'",
        "select @%s",
    };
    static struct myw_digest d;

    (void)state;
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        char sql[256];
        size_t n = 0;

        for (const char *p = forms[i]; *p; p++) {
            if (p[0] == '%' && p[1] == 's') {
                n += (size_t)snprintf(sql + n, sizeof sql - n, "hunter2");
                p++;
            } else {
                sql[n++] = *p;
            }
        }
        myw_digest_sql(&d, sql, n, 0);
        assert_null(strstr(d.text, "hunter2"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pairs),    cmocka_unit_test(test_no_backslash_escapes),
        cmocka_unit_test(test_hashes),   cmocka_unit_test(test_long),
        cmocka_unit_test(test_prefixes), cmocka_unit_test(test_no_literal),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* summary: rows that are written many at once are those that are written one by one, to the last byte */
#include "test_store_facts.h"

#include <sqlite3.h>

#define STATEMENTS 12000

/* Around every length that an integer has in a record. */
static const int64_t edges[] = {0,
                                1,
                                2,
                                127,
                                128,
                                -1,
                                -128,
                                -129,
                                32767,
                                32768,
                                -32768,
                                -32769,
                                8388607,
                                8388608,
                                -8388608,
                                -8388609,
                                T0,
                                2147483647,
                                1LL << 31,
                                -(1LL << 31),
                                (1LL << 47) - 1,
                                1LL << 47,
                                -(1LL << 47),
                                INT64_MAX,
                                INT64_MIN};
#define EDGES (sizeof edges / sizeof edges[0])

static int64_t edge(uint64_t i)
{
    return edges[i % EDGES];
}

static struct sto_writer *writer_of(const char *path, size_t gather_items)
{
    struct sto_writer *w = NULL;
    const struct sto_writer_options o = {.path = path, .statements = true, .gather_items = gather_items};
    assert_int_equal(sto_writer_new(&w, &o, NULL), PP_OK);
    return w;
}

/* Text, or with every fifth one bytes that are none, of a length around those where a record changes. */
static void set_sample(struct ses_statement *s, uint64_t i)
{
    static char text[5000];
    static char bytes[5000];
    static const size_t lengths[] = {1, 57, 58, 59, 300, 3900, 4000, 4080, 4096, 4097, 4999};
    memset(text, 's', sizeof text);
    memset(bytes, 0xff, sizeof bytes);
    if (i % 20 != 0)
        return;
    s->sample = i % 100 == 0 ? bytes : text;
    s->sample_bytes = lengths[i / 20 % (sizeof lengths / sizeof lengths[0])];
}

/* Every number of 12,000 once, in no order, and above them some of the largest. */
static uint64_t shuffled(uint64_t i)
{
    uint64_t id = i * 7919 % 12007;
    return i % 500 == 499 ? (uint64_t)INT64_MAX - id : id + 1;
}

static void put_statement(struct sto_writer *w, uint64_t i, uint64_t id)
{
    static const char *const cmds[] = {"QUERY", "STMT_EXECUTE", "", "PING"};
    struct ses_statement s = a_statement(i, (uint64_t)edge(i));
    s.id = id;
    s.digest_is_new = false;
    s.digest = (uint64_t)edge(i / 3);
    s.cmd = cmds[i % 4];
    s.sent_ns = T0 + (int64_t)i;
    s.first_ns = edge(i / 2);
    s.last_ns = edge(i + 5);
    s.rows = (uint64_t)edge(i / 7);
    s.affected_rows = (uint64_t)edge(i + 9);
    s.warnings = (uint32_t)edge(i + 1);
    s.errnum = (uint16_t)edge(i + 2);
    memcpy(s.sqlstate, i % 2 == 0 ? "" : "42000", i % 2 == 0 ? 1 : 6);
    s.req_bytes = (uint64_t)edge(i + 3);
    s.txn_id = i % 3 == 0 ? 0 : i;
    s.trace_id = i % 11 == 0 ? "4bf92f3577b34da6a3ce929d0e0e4736" : "";
    set_sample(&s, i);
    sto_put_statement(w, &s);
}

static void put_others(struct sto_writer *w, uint64_t i)
{
    const struct ses_checkout c = {(uint64_t)edge(i), i % 4,     edge(i + 1), edge(i + 2), 1,
                                   (uint32_t)i,       i % 2 == 0};
    sto_put_checkout(w, &c);
    if (i % 3 == 0) {
        const struct ses_txn t = {shuffled(i), i, edge(i), edge(i + 1),    edge(i + 2),
                                  5,           2, 1,       SES_TXN_COMMIT, i % 2 == 0};
        sto_put_txn(w, &t);
    }
    if (i % 5 == 0) {
        const struct ses_tls_exchange x = {
            .conn_id = i, .sent_ns = edge(i), .req_bytes = i, .complete = true};
        sto_put_tls_exchange(w, &x);
    }
    if (i % 1000 == 0) {
        const struct ses_connection conn = a_connection(i + 1);
        sto_put_connection(w, &conn);
    }
}

static void write_run(const char *path, size_t gather_items)
{
    struct sto_writer *w = writer_of(path, gather_items);
    for (uint64_t i = 0; i < STATEMENTS; i++) {
        put_statement(w, i, shuffled(i));
        put_others(w, i);
    }
    finish(&w);
}

static void same_value(sqlite3_stmt *a, sqlite3_stmt *b, int column)
{
    assert_int_equal(sqlite3_column_type(a, column), sqlite3_column_type(b, column));
    if (sqlite3_column_type(a, column) == SQLITE_INTEGER) {
        assert_int_equal(sqlite3_column_int64(a, column), sqlite3_column_int64(b, column));
        return;
    }
    int bytes = sqlite3_column_bytes(a, column);
    assert_int_equal(bytes, sqlite3_column_bytes(b, column));
    if (bytes > 0)
        assert_memory_equal(sqlite3_column_blob(a, column), sqlite3_column_blob(b, column), (size_t)bytes);
}

static uint64_t same_rows(sqlite3 *a, sqlite3 *b, const char *table)
{
    char sql[80];
    sqlite3_stmt *sa = NULL;
    sqlite3_stmt *sb = NULL;
    uint64_t rows = 0;
    snprintf(sql, sizeof sql, "SELECT rowid, * FROM %s ORDER BY rowid", table);
    assert_int_equal(sqlite3_prepare_v2(a, sql, -1, &sa, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(b, sql, -1, &sb, NULL), SQLITE_OK);
    while (sqlite3_step(sa) == SQLITE_ROW) {
        assert_int_equal(sqlite3_step(sb), SQLITE_ROW);
        for (int i = 0; i < sqlite3_column_count(sa); i++)
            same_value(sa, sb, i);
        rows++;
    }
    assert_int_equal(sqlite3_step(sb), SQLITE_DONE);
    sqlite3_finalize(sa);
    sqlite3_finalize(sb);
    return rows;
}

static sqlite3 *checked_file(const char *path)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *st = NULL;
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, "PRAGMA integrity_check", -1, &st, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(st), SQLITE_ROW);
    assert_string_equal((const char *)sqlite3_column_text(st, 0), "ok");
    sqlite3_finalize(st);
    return db;
}

static void the_same_rows(void **state)
{
    const char *one = in_folder(state, "one.run.db");
    const char *many = in_folder(state, "many.run.db");
    write_run(one, SIZE_MAX);
    write_run(many, 1);
    sqlite3 *a = checked_file(one);
    sqlite3 *b = checked_file(many);
    assert_int_equal(same_rows(a, b, "statement"), STATEMENTS);
    assert_int_equal(same_rows(a, b, "checkout"), STATEMENTS);
    assert_int_equal(same_rows(a, b, "txn"), (STATEMENTS + 2) / 3);
    assert_int_equal(same_rows(a, b, "statement_trace"), (STATEMENTS + 10) / 11);
    assert_int_equal(same_rows(a, b, "tls_exchange"), STATEMENTS / 5);
    assert_int_equal(same_rows(a, b, "connection"), STATEMENTS / 1000);
    sqlite3_close(a);
    sqlite3_close(b);
}

static enum pp_status see_second_time(void *priv, const struct sto_statement_brief *s)
{
    uint64_t *n = priv;
    ++*n;
    assert_int_equal(s->conn_id, *n <= 100 ? 3 : 2); /* the last one put */
    return PP_OK;
}

static void a_row_that_comes_again_replaces_itself(void **state)
{
    const char *path = in_folder(state, "a.run.db");
    struct sto_writer *w = writer_of(path, 1);
    for (uint64_t time = 1; time <= 3; time++) {
        for (uint64_t id = 1; id <= (time == 3 ? 100 : 3000); id++) {
            struct ses_statement s = a_statement(id, time);
            sto_put_statement(w, &s);
        }
    }
    finish(&w);
    sqlite3_close(checked_file(path));
    uint64_t n = 0;
    struct sto_run *run = run_at(path);
    assert_int_equal(sto_each_statement_brief(run, see_second_time, &n, NULL), PP_OK);
    assert_int_equal(n, 3000);
    sto_run_free(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_same_rows, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(a_row_that_comes_again_replaces_itself, folder_setup,
                                        folder_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* summary: checkouts: maximal runs of busy time, merged, bounded, voided */
#include "test_session_util.h"

static void expect(const struct ses_checkout *c, int64_t start_ns, int64_t end_ns, uint32_t statements,
                   uint32_t txns)
{
    assert_int_equal(c->start_ns, start_ns);
    assert_int_equal(c->end_ns, end_ns);
    assert_int_equal(c->statements, statements);
    assert_int_equal(c->txns, txns);
}

static void test_single_statements(void **state)
{
    struct out *o = fresh(NULL);

    (void)state;
    ready(o);
    query(o, "select 1", 10, 15, AUTO);
    query(o, "select 2", 20, 22, AUTO);
    query(o, "select 3", 22, 24, AUTO); /* sent at the same tick: the connection was free in between */
    life(o, MYW_LIFE_CLOSE, 50, 0);
    assert_int_equal(o->co_count, 3);
    expect(&o->co[0], 10, 15, 1, 0);
    expect(&o->co[1], 20, 22, 1, 0);
    expect(&o->co[2], 22, 24, 1, 0);
    assert_int_equal(o->co[0].conn_id, 1);
    assert_int_equal(o->co[0].pool_id, 1);
    assert_false(o->co[0].voided);
    done(o);
}

static void test_transaction_is_one(void **state)
{
    struct out *o = fresh(NULL);

    (void)state;
    ready(o);
    query(o, "begin", 10, 11, IN);
    query(o, "insert into t values (1)", 20, 21, IN);
    query(o, "commit", 30, 35, AUTO);
    query(o, "begin", 40, 41, IN);
    query(o, "begin", 42, 43, IN); /* ends one, starts one: the run goes on */
    query(o, "commit", 50, 51, AUTO);
    life(o, MYW_LIFE_CLOSE, 60, 0);
    assert_int_equal(o->co_count, 2);
    expect(&o->co[0], 10, 35, 3, 1);
    expect(&o->co[1], 40, 51, 3, 2);
    done(o);
}

static void test_pipelined(void **state)
{
    struct out *o = fresh(NULL);

    (void)state;
    ready(o);
    query(o, "select 1", 10, 20, AUTO);
    query(o, "select 2", 12, 30, AUTO);
    query(o, "select 3", 25, 40, AUTO);
    query(o, "select 4", 41, 42, AUTO);
    life(o, MYW_LIFE_CLOSE, 60, 0);
    assert_int_equal(o->co_count, 2);
    expect(&o->co[0], 10, 40, 3, 0);
    expect(&o->co[1], 41, 42, 1, 0);
    done(o);
}

static void test_ping_counts(void **state)
{
    struct out *o = fresh(NULL);
    struct myw_exchange x;

    (void)state;
    ready(o);
    x = exchange_of(o, MYW_CMD_PING, NULL, 10, 11);
    x.has_status = true;
    x.status = AUTO;
    ses_on_exchange(o->ses, &x);
    life(o, MYW_LIFE_CLOSE, 60, 0);
    assert_int_equal(o->st_count, 1);
    assert_string_equal(o->st[0].cmd, "PING");
    assert_int_equal(o->co_count, 1);
    expect(&o->co[0], 10, 11, 1, 0);
    done(o);
}

static void test_silent_commands(void **state)
{
    static const enum myw_cmd cmds[] = {MYW_CMD_STMT_CLOSE, MYW_CMD_STMT_SEND_LONG_DATA, MYW_CMD_QUIT};
    struct out *o = fresh(NULL);

    (void)state;
    ready(o);
    for (size_t i = 0; i < 3; i++)
        silent(o, cmds[i], 10 + (int64_t)i);
    assert_int_equal(o->st_count, 3);
    assert_int_equal(o->st[0].last_ns, 0);
    assert_true(o->st[0].complete);
    query(o, "begin", 20, 21, IN);
    silent(o, MYW_CMD_STMT_CLOSE, 25);
    query(o, "commit", 30, 31, AUTO);
    silent(o, MYW_CMD_STMT_CLOSE, 32);
    silent(o, MYW_CMD_QUIT, 40);
    life(o, MYW_LIFE_CLOSE, 60, 0);
    assert_int_equal(o->co_count, 1);
    expect(&o->co[0], 20, 31, 3, 1);
    assert_int_equal(o->txn[0].statements, 3);
    done(o);
}

static void test_stream_is_none(void **state)
{
    struct out *o = fresh(NULL);
    struct myw_exchange x;

    (void)state;
    ready(o);
    x = exchange_of(o, MYW_CMD_BINLOG_DUMP, NULL, 10, 500);
    x.notes = MYW_NOTE_STREAM;
    ses_on_exchange(o->ses, &x);
    x = exchange_of(o, MYW_CMD_QUERY, NULL, 510, 510);
    x.notes = MYW_NOTE_UNSOLICITED;
    x.ok = false;
    x.errnum = 4031;
    ses_on_exchange(o->ses, &x);
    life(o, MYW_LIFE_CLOSE, 600, 0);
    assert_int_equal(o->st_count, 2);
    assert_int_equal(o->co_count, 0);
    done(o);
}

static void test_connect_is_none(void **state)
{
    struct out *o = fresh(NULL);
    struct myw_exchange x = exchange_of(o, MYW_CMD_CONNECT, NULL, 1, 3);

    (void)state;
    ses_on_exchange(o->ses, &x);
    life(o, MYW_LIFE_CLOSE, 60, 0);
    assert_int_equal(o->st_count, 0);
    assert_int_equal(o->co_count, 0);
    done(o);
}

static void test_close_ends_busy_one(void **state)
{
    struct out *o = fresh(NULL);

    (void)state;
    ready(o);
    query(o, "begin", 10, 11, IN);
    life(o, MYW_LIFE_CLOSE, 60, 0);
    assert_int_equal(o->co_count, 1);
    expect(&o->co[0], 10, 60, 1, 1);
    assert_false(o->co[0].voided);
    done(o);

    o = fresh(NULL);
    ready(o);
    lost_query(o, "select sleep(9)", 10, MYW_NOTE_CLOSED);
    life(o, MYW_LIFE_CLOSE, 60, 0);
    assert_int_equal(o->co_count, 1);
    expect(&o->co[0], 10, 60, 1, 0);
    assert_false(o->co[0].voided);
    done(o);
}

static void test_finish_ends_all(void **state)
{
    struct out *o = fresh(NULL);

    (void)state;
    query(o, "select 1", 10, 11, AUTO);
    o->session = session_of(2);
    query(o, "begin", 12, 13, IN);
    ses_finish(o->ses, 99);
    assert_int_equal(o->co_count, 2);
    expect(&o->co[0], 10, 11, 1, 0);
    expect(&o->co[1], 12, 99, 1, 1);
    done(o);
}

static void test_loss(void **state)
{
    struct out *o = fresh(NULL);

    (void)state;
    ready(o);
    query(o, "select 1", 10, 11, AUTO);
    life(o, MYW_LIFE_GAP, 15, MYW_NOTE_GAP); /* while idle: the run before it is whole */
    query(o, "select 2", 20, 21, AUTO);
    query(o, "begin", 30, 31, IN);
    life(o, MYW_LIFE_GAP, 35, MYW_NOTE_GAP); /* inside */
    query(o, "commit", 40, 41, AUTO);
    lost_query(o, "select 3", 50, MYW_NOTE_GAP);
    query(o, "select 4", 60, 61, AUTO);
    life(o, MYW_LIFE_CLOSE, 70, 0);
    assert_int_equal(o->co_count, 5);
    expect(&o->co[0], 10, 11, 1, 0);
    assert_false(o->co[0].voided);
    expect(&o->co[1], 20, 21, 1, 0);
    assert_false(o->co[1].voided);
    expect(&o->co[2], 30, 41, 2, 1);
    assert_true(o->co[2].voided);
    expect(&o->co[3], 50, 60, 1, 0); /* the lost response came before the next command was sent */
    assert_true(o->co[3].voided);
    expect(&o->co[4], 60, 61, 1, 0);
    assert_false(o->co[4].voided);
    done(o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_single_statements), cmocka_unit_test(test_transaction_is_one),
        cmocka_unit_test(test_pipelined),         cmocka_unit_test(test_ping_counts),
        cmocka_unit_test(test_silent_commands),   cmocka_unit_test(test_stream_is_none),
        cmocka_unit_test(test_connect_is_none),   cmocka_unit_test(test_close_ends_busy_one),
        cmocka_unit_test(test_finish_ends_all),   cmocka_unit_test(test_loss),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

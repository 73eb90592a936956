/* summary: transactions: where status flags start and end them, what names their end, what voids them */
#include "test_session_util.h"

static void expect(const struct ses_txn *t, enum ses_txn_end end, int64_t start_ns, int64_t end_ns,
                   uint32_t n)
{
    assert_string_equal(ses_txn_end_name(t->end), ses_txn_end_name(end));
    assert_int_equal(t->start_ns, start_ns);
    assert_int_equal(t->end_ns, end_ns);
    assert_int_equal(t->statements, n);
}

static void test_commit(void **state)
{
    struct out *o = fresh(NULL);

    (void)state;
    ready(o);
    query(o, "select 1", 10, 11, AUTO);
    query(o, "begin", 20, 22, IN);
    query(o, "insert into t values (1)", 30, 33, IN);
    query(o, "commit", 40, 47, AUTO);
    query(o, "select 1", 50, 51, AUTO);
    assert_int_equal(o->txn_count, 1);
    expect(&o->txn[0], SES_TXN_COMMIT, 20, 47, 3);
    assert_int_equal(o->txn[0].id, 1);
    assert_int_equal(o->txn[0].conn_id, 1);
    assert_int_equal(o->txn[0].busy_ns, 2 + 3 + 7);
    assert_int_equal(o->txn[0].commit_ns, 7);
    assert_int_equal(o->txn[0].errors, 0);
    assert_int_equal(o->st[0].txn_id, 0);
    assert_int_equal(o->st[1].txn_id, 1);
    assert_int_equal(o->st[2].txn_id, 1);
    assert_int_equal(o->st[3].txn_id, 1);
    assert_false(o->st[2].ends_txn);
    assert_true(o->st[3].ends_txn);
    assert_int_equal(o->st[4].txn_id, 0);
    assert_false(o->st[4].ends_txn);
    done(o);
}

/* autocommit=0: the first statement that touches a table starts it. */
static void test_ends_by_keyword(void **state)
{
    static const struct {
        const char *sql;
        enum ses_txn_end end;
    } rows[] = {
        {"COMMIT", SES_TXN_COMMIT},
        {"/* x */ commit work", SES_TXN_COMMIT},
        {"commit;", SES_TXN_COMMIT},
        {"rollback", SES_TXN_ROLLBACK},
        {"ROLLBACK WORK", SES_TXN_ROLLBACK},
        {"xa commit 'a'", SES_TXN_COMMIT},
        {"xa rollback 'a'", SES_TXN_ROLLBACK},
        {"create table t (a int)", SES_TXN_IMPLICIT},
        {"set autocommit=1", SES_TXN_IMPLICIT},
        {"insert into commit_log values (1)", SES_TXN_IMPLICIT},
        {"commitments()", SES_TXN_IMPLICIT},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct out *o = fresh(NULL);

        ready(o);
        query(o, "insert into t values (1)", 10, 12, MYW_STATUS_IN_TRANS);
        query(o, rows[i].sql, 20, 25, 0);
        assert_int_equal(o->txn_count, 1);
        expect(&o->txn[0], rows[i].end, 10, 25, 2);
        assert_true(o->st[1].ends_txn);
        done(o);
    }
}

static void test_errors_keep_state(void **state)
{
    struct out *o = fresh(NULL);

    (void)state;
    ready(o);
    failed_query(o, "begin of nothing", 5, 6, 1064);
    assert_int_equal(o->st[0].txn_id, 0);
    query(o, "begin", 10, 11, IN);
    failed_query(o, "insert into t values (1)", 20, 21, 1062);
    failed_query(o, "update t set a=1", 30, 81, 1205);
    query(o, "rollback", 90, 91, AUTO);
    assert_int_equal(o->txn_count, 1);
    expect(&o->txn[0], SES_TXN_ROLLBACK, 10, 91, 4);
    assert_int_equal(o->txn[0].errors, 2);
    assert_int_equal(o->st[2].txn_id, 1);
    done(o);
}

static void test_deadlock(void **state)
{
    static const uint16_t errors[] = {1213, 1613, 1614, 3101};

    (void)state;
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        struct out *o = fresh(NULL);

        ready(o);
        query(o, "begin", 10, 11, IN);
        failed_query(o, "update t set a=1", 20, 29, errors[i]);
        query(o, "select 1", 30, 31, AUTO);
        assert_int_equal(o->txn_count, 1);
        expect(&o->txn[0], SES_TXN_ERROR, 10, 29, 2);
        assert_int_equal(o->st[1].txn_id, 1);
        assert_int_equal(o->st[2].txn_id, 0);
        failed_query(o, "select 2", 40, 41, errors[i]); /* outside there is nothing to end */
        assert_int_equal(o->txn_count, 1);
        done(o);
    }
}

static void test_start_in_transaction(void **state)
{
    static const char *const starts[] = {"start transaction", "BEGIN", "/* */ begin work"};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct out *o = fresh(NULL);

        ready(o);
        query(o, "begin", 10, 11, IN);
        query(o, "insert into t values (1)", 20, 21, IN);
        query(o, starts[i], 30, 35, IN);
        query(o, "insert into t values (2)", 40, 41, IN);
        query(o, "commit", 50, 52, AUTO);
        assert_int_equal(o->txn_count, 2);
        expect(&o->txn[0], SES_TXN_IMPLICIT, 10, 35, 3);
        assert_int_equal(o->txn[0].commit_ns, 5);
        expect(&o->txn[1], SES_TXN_COMMIT, 30, 52, 3);
        assert_true(o->st[2].ends_txn);
        assert_int_equal(o->st[2].txn_id, 2);
        done(o);
    }
}

/* A prepare only names a statement: it neither starts nor ends anything. */
static void test_prepare_is_not_run(void **state)
{
    struct out *o = fresh(NULL);
    struct myw_exchange x;

    (void)state;
    ready(o);
    query(o, "begin", 10, 11, IN);
    x = exchange_of(o, MYW_CMD_STMT_PREPARE, "start transaction", 20, 21);
    x.has_status = true;
    x.status = IN;
    ses_on_exchange(o->ses, &x);
    assert_int_equal(o->txn_count, 0);
    x = exchange_of(o, MYW_CMD_STMT_EXECUTE, "rollback", 30, 31);
    x.has_status = true;
    x.status = AUTO;
    ses_on_exchange(o->ses, &x);
    assert_int_equal(o->txn_count, 1);
    expect(&o->txn[0], SES_TXN_ROLLBACK, 10, 31, 3);
    done(o);
}

static void test_chain_and_savepoint(void **state)
{
    struct out *o = fresh(NULL);

    (void)state;
    ready(o);
    query(o, "begin", 10, 11, IN);
    query(o, "savepoint a", 12, 13, IN);
    query(o, "rollback to savepoint a", 14, 15, IN);
    query(o, "rollback work to a", 16, 17, IN);
    assert_int_equal(o->txn_count, 0);
    query(o, "commit and chain", 20, 24, IN);
    query(o, "insert into t values (1)", 30, 31, IN);
    query(o, "rollback and chain", 40, 41, IN);
    query(o, "commit", 50, 52, AUTO);
    assert_int_equal(o->txn_count, 3);
    expect(&o->txn[0], SES_TXN_COMMIT, 10, 24, 5);
    expect(&o->txn[1], SES_TXN_ROLLBACK, 24, 41, 2);
    expect(&o->txn[2], SES_TXN_COMMIT, 41, 52, 1);
    done(o);
}

static void test_read_only(void **state)
{
    struct out *o = fresh(NULL);

    (void)state;
    ready(o);
    query(o, "start transaction read only", 10, 11, IN | MYW_STATUS_IN_TRANS_READONLY);
    query(o, "select 1", 20, 21, IN | MYW_STATUS_IN_TRANS_READONLY);
    query(o, "commit", 30, 31, AUTO);
    query(o, "begin", 40, 41, IN);
    query(o, "commit", 50, 51, AUTO);
    assert_int_equal(o->txn_count, 2);
    assert_true(o->txn[0].read_only);
    assert_false(o->txn[1].read_only);
    done(o);
}

static void test_pipelined_time_counts_once(void **state)
{
    struct out *o = fresh(NULL);

    (void)state;
    ready(o);
    query(o, "begin", 10, 20, IN);
    query(o, "insert into t values (1)", 12, 30, IN);
    query(o, "commit", 14, 45, AUTO);
    assert_int_equal(o->txn_count, 1);
    expect(&o->txn[0], SES_TXN_COMMIT, 10, 45, 3);
    assert_int_equal(o->txn[0].busy_ns, 35);
    done(o);
}

static void test_close(void **state)
{
    struct out *o = fresh(NULL);

    (void)state;
    ready(o);
    query(o, "begin", 10, 11, IN);
    silent(o, MYW_CMD_QUIT, 15);
    life(o, MYW_LIFE_CLOSE, 20, 0);
    assert_int_equal(o->txn_count, 1);
    expect(&o->txn[0], SES_TXN_CLOSED, 10, 20, 2);
    assert_int_equal(o->txn[0].commit_ns, 0);
    done(o);

    /* the response did not come before the connection ended: that is no loss */
    o = fresh(NULL);
    ready(o);
    query(o, "begin", 10, 11, IN);
    lost_query(o, "update t set a=1", 15, MYW_NOTE_CLOSED);
    life(o, MYW_LIFE_CLOSE, 20, 0);
    expect(&o->txn[0], SES_TXN_CLOSED, 10, 20, 2);
    done(o);
}

static void test_finish(void **state)
{
    struct out *o = fresh(NULL);

    (void)state;
    ready(o);
    query(o, "begin", 10, 11, IN);
    ses_finish(o->ses, 99);
    assert_int_equal(o->txn_count, 1);
    expect(&o->txn[0], SES_TXN_CLOSED, 10, 99, 1);
    ses_finish(o->ses, 100);
    assert_int_equal(o->txn_count, 1);
    assert_int_equal(o->co_count, 1);
    done(o);
}

static void test_reset(void **state)
{
    static const enum myw_cmd cmds[] = {MYW_CMD_RESET_CONNECTION, MYW_CMD_CHANGE_USER};

    (void)state;
    /* the event may come before or after its exchange, and the exchange may carry flags or not */
    for (unsigned i = 0; i < 8; i++) {
        struct out *o = fresh(NULL);
        struct myw_exchange x;

        ready(o);
        query(o, "begin", 10, 11, IN);
        if (i & 1)
            life(o, MYW_LIFE_RESET, 25, 0);
        x = exchange_of(o, cmds[i >> 2], NULL, 20, 25);
        x.has_status = (i & 2) != 0;
        x.status = AUTO;
        ses_on_exchange(o->ses, &x);
        if (!(i & 1))
            life(o, MYW_LIFE_RESET, 25, 0);
        query(o, "begin", 30, 31, IN);
        query(o, "commit", 40, 41, AUTO);
        assert_int_equal(o->txn_count, 2);
        expect(&o->txn[0], SES_TXN_IMPLICIT, 10, 25, 2);
        expect(&o->txn[1], SES_TXN_COMMIT, 30, 41, 2);
        done(o);
    }
}

/* The event alone, its exchange was not seen. */
static void test_reset_without_exchange(void **state)
{
    struct out *o = fresh(NULL);

    (void)state;
    ready(o);
    query(o, "begin", 10, 11, IN);
    life(o, MYW_LIFE_RESET, 25, 0);
    query(o, "select 1", 30, 31, AUTO);
    assert_int_equal(o->txn_count, 1);
    expect(&o->txn[0], SES_TXN_IMPLICIT, 10, 25, 1);
    assert_int_equal(o->st[1].txn_id, 0);
    assert_false(o->st[1].ends_txn);
    done(o);
}

static void test_gap_voids(void **state)
{
    struct out *o = fresh(NULL);
    struct ses_counters n;

    (void)state;
    ready(o);
    query(o, "begin", 10, 11, IN);
    life(o, MYW_LIFE_GAP, 15, MYW_NOTE_GAP);
    lost_query(o, "insert into t values (1)", 14, MYW_NOTE_GAP);
    query(o, "insert into t values (2)", 20, 21, IN); /* goes on, but what happened inside is not known */
    query(o, "commit", 30, 31, AUTO);
    query(o, "begin", 40, 41, IN);
    query(o, "commit", 50, 51, AUTO);
    assert_int_equal(o->txn_count, 2);
    expect(&o->txn[0], SES_TXN_VOID, 10, 31, 4);
    expect(&o->txn[1], SES_TXN_COMMIT, 40, 51, 2);
    assert_int_equal(o->gap_count, 1);
    assert_int_equal(o->gap[0].bytes, 9);
    assert_string_equal(o->gap[0].protocol, "mysql");
    ses_get_counters(o->ses, &n);
    assert_int_equal(n.txns, 2);
    assert_int_equal(n.voided_txns, 1);
    assert_int_equal(n.voided_statements, 1);
    life(o, MYW_LIFE_CLOSE, 60, 0);
    assert_int_equal(o->conn[1].voided, 2);
    done(o);
}

/* After the gap none is open: it ended somewhere in what was lost. */
static void test_gap_hides_end(void **state)
{
    struct out *o = fresh(NULL);

    (void)state;
    ready(o);
    query(o, "begin", 10, 11, IN);
    life(o, MYW_LIFE_GAP, 15, MYW_NOTE_GAP);
    query(o, "select 1", 20, 21, AUTO);
    assert_int_equal(o->txn_count, 1);
    expect(&o->txn[0], SES_TXN_VOID, 10, 11, 1);
    assert_int_equal(o->st[1].txn_id, 0);
    assert_false(o->st[1].ends_txn);
    done(o);
}

/* Nothing was open before the gap, something is after it: its start is not known. */
static void test_gap_hides_start(void **state)
{
    struct out *o = fresh(NULL);

    (void)state;
    ready(o);
    life(o, MYW_LIFE_GAP, 15, MYW_NOTE_GAP);
    failed_query(o, "bad", 16, 17, 1064); /* tells nothing */
    query(o, "select 1", 20, 21, IN);
    query(o, "commit", 30, 31, AUTO);
    assert_int_equal(o->txn_count, 1);
    expect(&o->txn[0], SES_TXN_VOID, 20, 31, 2);

    /* unless the statement itself is the start */
    life(o, MYW_LIFE_GAP, 35, MYW_NOTE_GAP);
    query(o, "begin", 40, 41, IN);
    query(o, "commit", 50, 51, AUTO);
    expect(&o->txn[1], SES_TXN_COMMIT, 40, 51, 2);
    done(o);
}

static void test_mid_stream(void **state)
{
    struct out *o = fresh(NULL);

    (void)state;
    o->session.mid_stream = true;
    ready(o);
    query(o, "select 1", 20, 21, IN);
    query(o, "commit", 30, 31, AUTO);
    query(o, "insert into t values (1)", 40, 41, IN);
    query(o, "commit", 50, 51, AUTO);
    assert_int_equal(o->txn_count, 2);
    expect(&o->txn[0], SES_TXN_VOID, 20, 31, 2);
    expect(&o->txn[1], SES_TXN_COMMIT, 40, 51, 2);
    done(o);
}

/* An execute whose prepare was not seen has no text, but its response and flags are whole. */
static void test_unknown_statement_voids_nothing(void **state)
{
    struct out *o = fresh(NULL);
    struct myw_exchange x;

    (void)state;
    ready(o);
    query(o, "begin", 10, 11, IN);
    x = exchange_of(o, MYW_CMD_STMT_EXECUTE, NULL, 20, 21);
    x.complete = false;
    x.notes = MYW_NOTE_UNKNOWN_STMT | MYW_NOTE_MID_STREAM;
    x.has_status = true;
    x.status = IN;
    ses_on_exchange(o->ses, &x);
    query(o, "commit", 30, 31, AUTO);
    assert_int_equal(o->txn_count, 1);
    expect(&o->txn[0], SES_TXN_COMMIT, 10, 31, 3);
    done(o);
}

static void test_connections_apart(void **state)
{
    struct out *o = fresh(NULL);
    struct myw_session one = session_of(1);
    struct myw_session two = session_of(2);

    (void)state;
    o->session = one;
    query(o, "begin", 10, 11, IN);
    o->session = two;
    query(o, "begin", 12, 13, IN);
    o->session = one;
    query(o, "commit", 20, 21, AUTO);
    o->session = two;
    query(o, "rollback", 30, 31, AUTO);
    assert_int_equal(o->txn_count, 2);
    expect(&o->txn[0], SES_TXN_COMMIT, 10, 21, 2);
    assert_int_equal(o->txn[0].conn_id, 1);
    expect(&o->txn[1], SES_TXN_ROLLBACK, 12, 31, 2);
    assert_int_equal(o->txn[1].conn_id, 2);
    done(o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_commit),
        cmocka_unit_test(test_ends_by_keyword),
        cmocka_unit_test(test_errors_keep_state),
        cmocka_unit_test(test_deadlock),
        cmocka_unit_test(test_start_in_transaction),
        cmocka_unit_test(test_prepare_is_not_run),
        cmocka_unit_test(test_chain_and_savepoint),
        cmocka_unit_test(test_read_only),
        cmocka_unit_test(test_pipelined_time_counts_once),
        cmocka_unit_test(test_close),
        cmocka_unit_test(test_finish),
        cmocka_unit_test(test_reset),
        cmocka_unit_test(test_reset_without_exchange),
        cmocka_unit_test(test_gap_voids),
        cmocka_unit_test(test_gap_hides_end),
        cmocka_unit_test(test_gap_hides_start),
        cmocka_unit_test(test_mid_stream),
        cmocka_unit_test(test_unknown_statement_voids_nothing),
        cmocka_unit_test(test_connections_apart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

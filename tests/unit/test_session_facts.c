/* summary: connections, pools, statements with digests, requests, levels, and the limits of each */
#include "test_session_util.h"

static void test_connection_life(void **state)
{
    struct out *o = fresh(NULL);
    struct myw_exchange x = exchange_of(o, MYW_CMD_CONNECT, NULL, 1, 3);

    (void)state;
    life(o, MYW_LIFE_OPEN, 1, 0);
    assert_int_equal(o->conn_count, 0);
    ses_on_exchange(o->ses, &x);
    life(o, MYW_LIFE_READY, 3, 0);
    life(o, MYW_LIFE_READY, 4, 0); /* in step again later: told once */
    assert_int_equal(o->conn_count, 1);
    query(o, "select 1", 10, 11, AUTO);
    o->session.db = "other"; /* USE other: the connection stays what it was at login */
    query(o, "select 1", 12, 13, AUTO);
    life(o, MYW_LIFE_CLOSE, 60, 0);
    assert_int_equal(o->conn_count, 2);
    assert_string_equal(o->conn_text[0], "app/shop/plain/");
    assert_int_equal(o->conn[0].id, 1);
    assert_int_equal(o->conn[0].pool_id, 1);
    assert_int_equal(o->conn[0].thread_id, 101);
    assert_int_equal(o->conn[0].greeting_ns, 2);
    assert_int_equal(o->conn[0].ready_ns, 3);
    assert_int_equal(o->conn[0].close_ns, 0);
    assert_false(o->conn[0].final);
    assert_string_equal(o->conn_text[1], "app/shop/plain/fin");
    assert_int_equal(o->conn[1].close_ns, 60);
    assert_int_equal(o->conn[1].statements, 2);
    assert_int_equal(o->conn[1].voided, 0);
    assert_true(o->conn[1].final);
    assert_int_equal(o->st_count, 2);
    assert_int_equal(o->pool_count, 1);
    done(o);
}

/* From COM_QUIT on the pool has one connection less, however long the server takes to close it. */
static void test_quit(void **state)
{
    struct out *o = fresh(NULL);
    struct myw_exchange x = exchange_of(o, MYW_CMD_CONNECT, NULL, 1, 3);

    (void)state;
    life(o, MYW_LIFE_OPEN, 1, 0);
    ses_on_exchange(o->ses, &x);
    life(o, MYW_LIFE_READY, 3, 0);
    silent(o, MYW_CMD_QUIT, 50);
    life(o, MYW_LIFE_CLOSE, 60, 0);
    assert_int_equal(o->conn_count, 2);
    assert_int_equal(o->conn[1].close_ns, 50);
    done(o);
}

static void test_refused(void **state)
{
    struct out *o = fresh(NULL);
    struct myw_exchange x = exchange_of(o, MYW_CMD_CONNECT, NULL, 1, 3);
    struct ses_counters n;

    (void)state;
    o->session.ready_ns = 0;
    x.ok = false;
    x.errnum = 1040;
    life(o, MYW_LIFE_OPEN, 1, 0);
    ses_on_exchange(o->ses, &x);
    assert_int_equal(o->conn_count, 1);
    life(o, MYW_LIFE_CLOSE, 5, 0);
    assert_int_equal(o->conn_count, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(o->conn[i].connect_errno, 1040);
        assert_int_equal(o->conn[i].pool_id, 0);
    }
    assert_int_equal(o->pool_count, 0);
    assert_int_equal(o->st_count, 0);
    ses_get_counters(o->ses, &n);
    assert_int_equal(n.statements, 0);
    done(o);
}

static void test_opaque(void **state)
{
    struct out *o = fresh(NULL);

    (void)state;
    o->session.ready_ns = 0;
    o->session.user = "";
    life(o, MYW_LIFE_OPEN, 1, 0);
    life(o, MYW_LIFE_OPAQUE, 3, MYW_NOTE_TLS);
    life(o, MYW_LIFE_CLOSE, 60, 0);
    assert_int_equal(o->conn_count, 2);
    assert_string_equal(o->conn_text[1], "/shop/tls/fin");
    assert_int_equal(o->conn[1].pool_id, 0);
    done(o);

    o = fresh(NULL);
    life(o, MYW_LIFE_OPEN, 1, 0);
    life(o, MYW_LIFE_OPAQUE, 3, MYW_NOTE_X_PROTOCOL);
    assert_non_null(strstr(o->conn_text[0], "/x_protocol/"));
    done(o);

    o = fresh(NULL);
    life(o, MYW_LIFE_OPEN, 1, 0);
    life(o, MYW_LIFE_OPAQUE, 3, MYW_NOTE_COMPRESSED);
    assert_string_equal(o->conn_text[0], "app/shop/compressed/");
    assert_int_equal(o->conn[0].pool_id, 1);
    done(o);
}

static void test_pools(void **state)
{
    static const struct {
        const char *client, *server, *user, *db, *pid, *program;
        uint64_t pool;
        const char *text;
    } rows[] = {
        {"10.0.0.1:1", "10.0.0.2:3306", "app", "shop", "7", "web", 1,
         "10.0.0.1|10.0.0.2:3306|app|shop|7|web"},
        {"10.0.0.1:2", "10.0.0.2:3306", "app", "shop", "7", "web", 1, NULL},
        {"10.0.0.3:1", "10.0.0.2:3306", "app", "shop", "7", "web", 2,
         "10.0.0.3|10.0.0.2:3306|app|shop|7|web"},
        {"10.0.0.1:3", "10.0.0.2:3307", "app", "shop", "7", "web", 3,
         "10.0.0.1|10.0.0.2:3307|app|shop|7|web"},
        {"10.0.0.1:4", "10.0.0.2:3306", "ap", "pshop", "7", "web", 4,
         "10.0.0.1|10.0.0.2:3306|ap|pshop|7|web"},
        {"10.0.0.1:5", "10.0.0.2:3306", "app", "", "7", "web", 5, "10.0.0.1|10.0.0.2:3306|app||7|web"},
        {"10.0.0.1:6", "10.0.0.2:3306", "app", "shop", "8", "web", 6,
         "10.0.0.1|10.0.0.2:3306|app|shop|8|web"},
        {"10.0.0.1:7", "10.0.0.2:3306", "app", "shop", "7", "", 7, "10.0.0.1|10.0.0.2:3306|app|shop|7|"},
        {"[fe80::1]:8", "[::1]:3306", "app", "shop", "7", "web", 8, "fe80::1|[::1]:3306|app|shop|7|web"},
        {"10.0.0.1:9", "10.0.0.2:3306", "app", "shop", "7", "web", 1, NULL},
    };
    struct out *o = fresh(NULL);
    size_t pools = 0;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        o->session = session_of(i + 1);
        o->session.client = rows[i].client;
        o->session.server = rows[i].server;
        o->session.user = rows[i].user;
        o->session.db = rows[i].db;
        o->session.attr_pid = rows[i].pid;
        o->session.attr_program_name = rows[i].program;
        ready(o);
        assert_int_equal(o->conn[i].pool_id, rows[i].pool);
        if (rows[i].text) {
            assert_string_equal(o->pool_text[pools], rows[i].text);
            assert_int_equal(o->pool[pools].id, rows[i].pool);
            pools++;
        }
        assert_int_equal(o->pool_count, pools);
    }
    done(o);
}

static void test_too_many_pools(void **state)
{
    struct out *o = fresh(NULL);
    struct ses_counters n;

    (void)state;
    for (unsigned i = 0; i < 4100; i++) {
        char pid[16];

        o->session = session_of(i + 1);
        snprintf(pid, sizeof pid, "%u", i);
        o->session.attr_pid = pid;
        ready(o);
        life(o, MYW_LIFE_CLOSE, 4, 0);
    }
    ses_get_counters(o->ses, &n);
    assert_int_equal(n.pools, 4097); /* and one for all the others */
    assert_int_equal(o->pool_count, 4097);
    done(o);
}

static void test_statement_fields(void **state)
{
    struct out *o = fresh(NULL);
    struct myw_exchange x;

    (void)state;
    ready(o);
    x = exchange_of(o, MYW_CMD_QUERY, "select * from t where a='secret'", 10, 20);
    x.first_ns = 15;
    x.rows = 5;
    x.affected_rows = 6;
    x.warnings = 7;
    x.req_bytes = 8;
    x.resp_bytes = 9;
    x.has_status = true;
    x.status = AUTO;
    x.notes = MYW_NOTE_PIPELINED;
    ses_on_exchange(o->ses, &x);
    failed_query(o, "nonsense", 30, 31, 1064);
    assert_int_equal(o->st[0].id, 1);
    assert_int_equal(o->st[0].conn_id, 1);
    assert_string_equal(o->st[0].cmd, "QUERY");
    assert_string_equal(o->digest_text[0], "SELECT * FROM `t` WHERE `a` = ?");
    assert_string_equal(o->sample[0], ""); /* literals don't leave unless samples are on */
    assert_int_equal(o->st[0].sent_ns, 10);
    assert_int_equal(o->st[0].first_ns, 15);
    assert_int_equal(o->st[0].last_ns, 20);
    assert_int_equal(o->st[0].rows, 5);
    assert_int_equal(o->st[0].affected_rows, 6);
    assert_int_equal(o->st[0].warnings, 7);
    assert_int_equal(o->st[0].req_bytes, 8);
    assert_int_equal(o->st[0].resp_bytes, 9);
    assert_int_equal(o->st[0].status, AUTO);
    assert_int_equal(o->st[0].notes, MYW_NOTE_PIPELINED);
    assert_true(o->st[0].ok);
    assert_int_equal(o->st[1].id, 2);
    assert_int_equal(o->st[1].errnum, 1064);
    assert_string_equal(o->st[1].sqlstate, "HY000");
    assert_false(o->st[1].ok);
    done(o);
}

static void test_digests(void **state)
{
    struct out *o = fresh(NULL);
    struct myw_exchange x;
    struct ses_counters n;

    (void)state;
    ready(o);
    query(o, "select 1", 10, 11, AUTO);
    query(o, "SELECT 'x'", 20, 21, AUTO);
    x = exchange_of(o, MYW_CMD_STMT_PREPARE, "select ?", 30, 31);
    ses_on_exchange(o->ses, &x);
    x = exchange_of(o, MYW_CMD_STMT_EXECUTE, "select ?", 40, 41);
    ses_on_exchange(o->ses, &x);
    x = exchange_of(o, MYW_CMD_INIT_DB, "shop", 50, 51);
    ses_on_exchange(o->ses, &x);
    x = exchange_of(o, MYW_CMD_STMT_EXECUTE, NULL, 60, 61);
    ses_on_exchange(o->ses, &x);
    query(o, "select a from t", 70, 71, AUTO);
    assert_true(o->st[0].digest != 0);
    assert_true(o->st[0].digest_is_new);
    for (size_t i = 1; i < 4; i++) {
        assert_true(o->st[i].digest == o->st[0].digest);
        assert_false(o->st[i].digest_is_new);
        assert_string_equal(o->digest_text[i], "SELECT ?");
    }
    for (size_t i = 4; i < 6; i++) {
        assert_int_equal(o->st[i].digest, 0);
        assert_string_equal(o->digest_text[i], "");
        assert_false(o->st[i].digest_is_new);
    }
    assert_true(o->st[6].digest_is_new);
    assert_true(o->st[6].digest != o->st[0].digest);
    ses_get_counters(o->ses, &n);
    assert_int_equal(n.digests, 2);
    done(o);
}

/* The flags in force when a text is read are those of the response before it. */
static void test_no_backslash_escapes(void **state)
{
    struct out *o = fresh(NULL);

    (void)state;
    ready(o);
    query(o, "set sql_mode='NO_BACKSLASH_ESCAPES'", 10, 11, AUTO | MYW_STATUS_NO_BACKSLASH_ESCAPES);
    query(o, "select 'a\\', b, 'c'", 20, 21, AUTO | MYW_STATUS_NO_BACKSLASH_ESCAPES);
    failed_query(o, "select 'a\\', d, 'c'", 30, 31, 1054);
    assert_string_equal(o->digest_text[1], "SELECT ? , `b` , ?");
    assert_string_equal(o->digest_text[2], "SELECT ? , `d` , ?");
    done(o);
}

static void test_samples(void **state)
{
    const struct ses_options options = {.samples = true};
    struct out *o = fresh(&options);
    struct myw_exchange x;

    (void)state;
    ready(o);
    query(o, "select 'x'", 10, 11, AUTO);
    x = exchange_of(o, MYW_CMD_PING, NULL, 20, 21);
    ses_on_exchange(o->ses, &x);
    assert_string_equal(o->sample[0], "select 'x'");
    assert_string_equal(o->sample[1], "");
    done(o);
}

static void test_too_many_digests(void **state)
{
    const struct ses_options options = {.max_digests = 2};
    struct out *o = fresh(&options);
    struct ses_counters n;

    (void)state;
    ready(o);
    query(o, "select a", 10, 11, AUTO);
    query(o, "select b", 20, 21, AUTO);
    query(o, "select c", 30, 31, AUTO);
    query(o, "select d", 40, 41, AUTO);
    query(o, "select b", 50, 51, AUTO);
    assert_string_equal(o->digest_text[2], "(other statements)");
    assert_string_equal(o->digest_text[3], "(other statements)");
    assert_true(o->st[2].digest_is_new);
    assert_false(o->st[3].digest_is_new);
    assert_true(o->st[2].digest == o->st[3].digest);
    assert_true(o->st[4].digest == o->st[1].digest);
    ses_get_counters(o->ses, &n);
    assert_int_equal(n.digests, 2);
    assert_int_equal(n.digests_lost, 2);
    done(o);
}

/* A desynchronisation voids as a gap does, but no bytes were lost. */
static void test_desync(void **state)
{
    struct out *o = fresh(NULL);

    (void)state;
    ready(o);
    query(o, "begin", 10, 11, IN);
    life(o, MYW_LIFE_GAP, 12, MYW_NOTE_DESYNC);
    query(o, "commit", 20, 21, AUTO);
    assert_int_equal(o->gap_count, 0);
    assert_int_equal(o->txn[0].end, SES_TXN_VOID);
    done(o);
}

static struct http_exchange request_of(uint32_t index, int64_t start_ns, int64_t arrival_ns)
{
    return (struct http_exchange){
        .conn_id = 9,
        .client = "c",
        .server = "s",
        .method = "GET",
        .route = "/a",
        .trace_id = "",
        .level = {.present = start_ns != 0,
                  .index = index,
                  .users = 10 * (index + 1),
                  .start_ns = start_ns,
                  .end_ns = start_ns + 100},
        .arrival_ns = arrival_ns,
        .request_end_ns = arrival_ns + 1,
        .first_ns = arrival_ns + 2,
        .last_ns = arrival_ns + 3,
        .status = 200,
        .req_body_bytes = 4,
        .resp_body_bytes = 5,
        .complete = true,
        .note = "",
    };
}

static void test_requests_and_levels(void **state)
{
    static const struct {
        int64_t start_ns;
        uint32_t index;
        uint32_t level;
    } rows[] = {
        {0, 0, 0},    {1000, 0, 1}, {1000, 0, 1}, {2000, 1, 2},  {1000, 0, 1},           {5000, 0, 3},
        {6000, 1, 4}, {7000, 2, 5}, {5000, 0, 3}, {8000, 9, 10}, {9000, UINT32_MAX, 11},
    };
    struct out *o = fresh(NULL);
    struct ses_counters n;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct http_exchange x = request_of(rows[i].index, rows[i].start_ns, 100 + (int64_t)i);

        ses_on_request(o->ses, &x);
        assert_int_equal(o->req[i].level, rows[i].level);
        assert_int_equal(o->req[i].id, i + 1);
    }
    assert_int_equal(o->level_count, 7);
    assert_int_equal(o->level[0].id, 1);
    assert_int_equal(o->level[0].users, 10);
    assert_int_equal(o->level[0].start_ns, 1000);
    assert_int_equal(o->level[0].end_ns, 1100);
    assert_int_equal(o->level[1].id, 2);
    assert_int_equal(o->level[2].id, 3);
    assert_int_equal(o->req[0].arrival_ns, 100);
    assert_int_equal(o->req[0].request_end_ns, 101);
    assert_int_equal(o->req[0].first_ns, 102);
    assert_int_equal(o->req[0].last_ns, 103);
    assert_int_equal(o->req[0].status, 200);
    assert_int_equal(o->req[0].req_body_bytes, 4);
    assert_int_equal(o->req[0].resp_body_bytes, 5);
    assert_true(o->req[0].complete);
    ses_get_counters(o->ses, &n);
    assert_int_equal(n.requests, 11);
    done(o);
}

static void test_too_many_levels(void **state)
{
    struct out *o = fresh(NULL);

    (void)state;
    for (uint32_t i = 0; i < 10010; i++) {
        struct http_exchange x = request_of(i, 1 + i, 100);

        ses_on_request(o->ses, &x);
    }
    assert_int_equal(o->level_count, 10000);
    assert_int_equal(o->req_count, 10010);
    done(o);
}

/* Nothing asks for the facts: no callback, no crash. */
static void test_empty_sink(void **state)
{
    const struct ses_sink none = {.priv = NULL};
    struct out *o = fresh(NULL);
    struct http_exchange r = request_of(0, 1000, 1);

    (void)state;
    ses_free(&o->ses);
    assert_int_equal(ses_new(&o->ses, NULL, &none), PP_OK);
    ready(o);
    query(o, "begin", 10, 11, IN);
    query(o, "commit", 20, 21, AUTO);
    ses_on_request(o->ses, &r);
    life(o, MYW_LIFE_GAP, 30, MYW_NOTE_GAP);
    life(o, MYW_LIFE_CLOSE, 40, 0);
    ses_finish(o->ses, 50);
    assert_int_equal(o->st_count, 0);
    done(o);
}

static void test_trace_id(void **state)
{
#define ID "4bf92f3577b34da6a3ce929d0e0e4736"
#define PARENT "00-" ID "-00f067aa0ba902b7-01"
    static const struct {
        const char *sql, *attribute;
        enum myw_cmd cmd;
        const char *id;
    } rows[] = {
        {"select 1 /*action='x',traceparent='" PARENT "',z='1'*/", NULL, MYW_CMD_QUERY, ID},
        {"select 1 /*traceparent='" PARENT "'*/ ;\n", NULL, MYW_CMD_QUERY, ID},
        {" /* traceparent=" PARENT " */ select 1", NULL, MYW_CMD_QUERY, ID},
        {"select 1 /*traceparent=%27" PARENT "%27*/", NULL, MYW_CMD_STMT_PREPARE, ID},
        {"select 1", PARENT, MYW_CMD_QUERY, ID},
        {"select ? /*traceparent='" PARENT "'*/", NULL, MYW_CMD_STMT_EXECUTE, ""}, /* of the PREPARE */
        {"select ?", PARENT, MYW_CMD_STMT_EXECUTE, ID},
        {"select '/*traceparent=''" PARENT "''*/'", NULL, MYW_CMD_QUERY, ""}, /* a literal */
        {"select 1 /*traceparent='00-00000000000000000000000000000000-00f067aa0ba902b7-01'*/", NULL,
         MYW_CMD_QUERY, ""},
        {"select 1 /*traceparent='" PARENT, NULL, MYW_CMD_QUERY, ""},
        {"select 1 /*traceparent='00-4bf92f3577*/", NULL, MYW_CMD_QUERY, ""},
        {"/*traceparent='00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0*/", NULL, MYW_CMD_QUERY, ""},
        {"/**/", NULL, MYW_CMD_QUERY, ""},
        {"select 1", "00-zz", MYW_CMD_QUERY, ""},
    };
    struct out *o = fresh(NULL);

    (void)state;
    ready(o);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct myw_exchange x =
            exchange_of(o, rows[i].cmd, rows[i].sql, 10 + 2 * (int64_t)i, 11 + 2 * (int64_t)i);
        x.traceparent = rows[i].attribute;
        ses_on_exchange(o->ses, &x);
        assert_string_equal(o->trace_id[i], rows[i].id);
    }
    done(o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_connection_life),
        cmocka_unit_test(test_quit),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_opaque),
        cmocka_unit_test(test_pools),
        cmocka_unit_test(test_too_many_pools),
        cmocka_unit_test(test_statement_fields),
        cmocka_unit_test(test_digests),
        cmocka_unit_test(test_no_backslash_escapes),
        cmocka_unit_test(test_samples),
        cmocka_unit_test(test_too_many_digests),
        cmocka_unit_test(test_desync),
        cmocka_unit_test(test_requests_and_levels),
        cmocka_unit_test(test_too_many_levels),
        cmocka_unit_test(test_empty_sink),
        cmocka_unit_test(test_trace_id),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

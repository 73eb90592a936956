/* summary: bounds: payloads of 16 MiB and more, statements remembered, commands in flight, memory when idle
 */
#include "mysql_dialogues.h"
#include "mysql_replay.h"

#include <malloc.h>

static void run(const struct wire *w, struct out *o)
{
    struct replay how = {.drop = -1, .why = FLOW_CLOSE_FIN};
    replay(w, &how, o);
}

static void fill(struct wire *w, size_t n)
{
    char block[4096];
    memset(block, 'x', sizeof block);
    while (n > 0) {
        size_t part = n < sizeof block ? n : sizeof block;
        put(w, block, part);
        n -= part;
    }
}

/* A payload of exactly 16 MiB - 1 is followed by an empty packet, a longer one by its rest. */
static void huge_payloads(void **state)
{
    (void)state;
    static const size_t sizes[] = {0xffffff, 0xffffff + 1, 2 * 0xffffff, 2 * 0xffffff + 77};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct wire w;
        struct out o;
        wire_init(&w);
        connect_classic(&w);
        command(&w, 3);
        str(&w, "insert ");
        fill(&w, sizes[i] - 8);
        packet(&w, C);
        ok_with(&w, 0, 1, 0, 2, 0);
        query(&w, "select big");
        lenenc(&w, 1);
        packet(&w, S);
        definitions(&w, 1, 2);
        u8(&w, 0xfe); /* a row whose value has 16 MiB begins like an EOF */
        le(&w, sizes[i] - 9, 8);
        fill(&w, sizes[i] - 9);
        packet(&w, S);
        eof(&w, 2);
        query(&w, "select 1");
        text_result(&w, 1, 1, 2);
        run(&w, &o);
        assert_int_equal(o.count, 4);
        assert_non_null(strstr(o.seen[1].line, "QUERY ok aff=1"));
        assert_non_null(strstr(o.seen[1].rest, "truncated"));
        assert_int_equal(o.counters.text_limits, 1);
        assert_non_null(strstr(o.seen[2].line, "QUERY ok rows=1 sets=1"));
        assert_non_null(strstr(o.seen[3].line, "QUERY ok rows=1 sets=1"));
        assert_int_equal(o.counters.desyncs, 0);
        out_fini(&o);
        wire_fini(&w);
    }
}

struct live {
    struct myw *m;
    struct flow_conn conn;
    struct out o;
    struct wire w;
};

static void live_event(struct live *l, enum flow_event_type type, enum flow_dir dir, const void *data,
                       size_t n)
{
    struct flow_event ev = {
        .type = type, .dir = dir, .conn = &l->conn, .ts_ns = 5, .data = data, .data_bytes = n};
    ev.why = FLOW_CLOSE_END;
    myw_on_event(l->m, &ev);
}

static void live_flush(struct live *l)
{
    for (size_t i = 0; i < l->w.count; i++)
        live_event(l, FLOW_DATA, l->w.seg[i].dir, l->w.bytes.data + l->w.seg[i].at, l->w.seg[i].len);
    l->w.count = 0;
    buf_clear(&l->w.bytes);
    for (size_t i = 0; i < l->o.count; i++) {
        free(l->o.seen[i].line);
        free(l->o.seen[i].rest);
    }
    l->o.count = 0;
}

static struct live *live_new(void)
{
    struct live *l = calloc(1, sizeof *l);
    struct myw_options options = {.keep_params = true};
    assert_non_null(l);
    struct myw_sink sink = {.exchange = note_exchange, .lifecycle = note_life, .priv = &l->o};
    assert_int_equal(myw_new(&l->m, &options, &sink), PP_OK);
    wire_init(&l->w);
    live_event(l, FLOW_OPEN, C, NULL, 0);
    connect_classic(&l->w);
    live_flush(l);
    return l;
}

static void live_free(struct live *l)
{
    struct myw_counters counters;
    live_event(l, FLOW_CLOSE, C, NULL, 0);
    myw_get_counters(l->m, &counters);
    myw_free(&l->m);
    wire_fini(&l->w);
    out_fini(&l->o);
    free(l);
}

/* The least recently used is forgotten; executing it is then an unknown statement, not a wrong one. */
static void many_statements(void **state)
{
    (void)state;
    struct live *l = live_new();
    struct myw_counters counters;
    for (unsigned id = 1; id <= 5000; id++) {
        prepare(&l->w, "select 1", id, 0, 0);
        live_flush(l);
    }
    myw_get_counters(l->m, &counters);
    assert_int_equal(counters.forgotten_statements, 5000 - 4096);
    static const struct {
        unsigned id;
        bool known;
    } cases[] = {{1, false}, {904, false}, {905, true}, {5000, true}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        execute_head(&l->w, cases[i].id, 0);
        packet(&l->w, C);
        ok(&l->w, 2);
        for (size_t k = 0; k < l->w.count; k++)
            live_event(l, FLOW_DATA, l->w.seg[k].dir, l->w.bytes.data + l->w.seg[k].at, l->w.seg[k].len);
        assert_int_equal(l->o.count, 1);
        assert_int_equal(strstr(l->o.seen[0].rest, "unknown_stmt") == NULL, cases[i].known);
        l->w.count = 0;
        buf_clear(&l->w.bytes);
        live_flush(l);
    }
    live_free(l);
}

/* The texts of long statements are bounded on their own. */
static void long_statements(void **state)
{
    (void)state;
    struct live *l = live_new();
    struct myw_counters counters;
    char *sql = malloc(60001);
    assert_non_null(sql);
    memset(sql, 'x', 60000);
    sql[60000] = 0;
    for (unsigned id = 1; id <= 300; id++) {
        (void)snprintf(sql, 12, "select %04u", id);
        sql[11] = 'x';
        prepare(&l->w, sql, id, 0, 0);
        live_flush(l);
    }
    myw_get_counters(l->m, &counters);
    assert_in_range(counters.forgotten_statements, 300 - (8 << 20) / 60000, 299);
    free(sql);
    live_free(l);
}

/* A connection out of step that sends nothing but commands without an answer: none of them can be confirmed.
 */
static void endless_without_answer(void **state)
{
    (void)state;
    static const uint8_t close_one[] = {5, 0, 0, 0, MYW_CMD_STMT_CLOSE, 1, 0, 0, 0};
    struct live *l = live_new();
    struct myw_counters counters;
    struct flow_event gap = {.type = FLOW_GAP, .dir = S, .conn = &l->conn, .ts_ns = 5, .gap_bytes = 100};
    size_t before = mallinfo2().uordblks;
    myw_on_event(l->m, &gap);
    for (size_t i = 0; i < 5000; i++) {
        live_event(l, FLOW_DATA, C, close_one, sizeof close_one);
        live_flush(l);
    }
    myw_get_counters(l->m, &counters);
    assert_int_equal(counters.queue_limits, 5000 - 256);
    assert_true(mallinfo2().uordblks < before + (1 << 20));
    live_free(l);
}

/* Connectors send a batch at once: Java's 100 commands, Node's what it was given. */
static void batch(void **state)
{
    (void)state;
    struct live *l = live_new();
    struct myw_counters counters;
    for (unsigned i = 0; i < 1000; i++)
        query(&l->w, "insert into t values (1)");
    for (unsigned i = 0; i < 1000; i++) {
        l->w.seq = 1;
        ok(&l->w, 2);
    }
    live_flush(l);
    myw_get_counters(l->m, &counters);
    assert_int_equal(counters.exchanges, 1001);
    assert_int_equal(counters.incomplete, 0);
    assert_int_equal(counters.queue_limits, 0);
    live_free(l);
}

static void endless_pipeline(void **state)
{
    (void)state;
    struct live *l = live_new();
    struct myw_counters counters;
    for (unsigned i = 0; i < 1025; i++)
        query(&l->w, "select 1");
    live_flush(l);
    myw_get_counters(l->m, &counters);
    assert_int_equal(counters.desyncs, 1);
    assert_int_equal(counters.voided_commands, 1024);
    live_free(l);
}

static void note_nothing(void *priv, const struct myw_exchange *x)
{
    (void)priv;
    (void)x;
}

/* 10,000 connections that have worked and now wait fit into 64 MiB. */
static void idle_memory(void **state)
{
    (void)state;
    enum { CONNECTIONS = 10000 };
    struct myw *m = NULL;
    struct myw_options options = {.keep_params = true};
    struct myw_sink sink = {.exchange = note_nothing};
    struct flow_conn *conns = calloc(CONNECTIONS, sizeof *conns);
    struct wire w;
    assert_non_null(conns);
    wire_init(&w);
    connect_classic(&w);
    query(&w, "select id, name from t");
    text_result(&w, 2, 3, 2);
    assert_int_equal(myw_new(&m, &options, &sink), PP_OK);
    size_t before = mallinfo2().uordblks;
    for (size_t i = 0; i < CONNECTIONS; i++) {
        struct flow_event ev = {.type = FLOW_OPEN, .conn = &conns[i], .ts_ns = 1};
        myw_on_event(m, &ev);
        for (size_t k = 0; k < w.count; k++) {
            ev = (struct flow_event){.type = FLOW_DATA, .dir = w.seg[k].dir, .conn = &conns[i], .ts_ns = 2};
            ev.data = w.bytes.data + w.seg[k].at;
            ev.data_bytes = w.seg[k].len;
            myw_on_event(m, &ev);
        }
    }
    size_t used = mallinfo2().uordblks - before;
    print_message("%zu bytes a connection\n", used / CONNECTIONS);
    assert_true(used / CONNECTIONS < 2048); /* sanitizers report 0 here */
    myw_free(&m);
    wire_fini(&w);
    free(conns);
}

/* Nothing stays allocated for the response of a command that is over. */
static void counters_of_a_session(void **state)
{
    (void)state;
    struct live *l = live_new();
    struct myw_counters k;
    query(&l->w, "select 1");
    text_result(&l->w, 1, 1, 2);
    l->w.seq = 0;
    err(&l->w, 1927, "70100", "Connection was killed");
    live_flush(l);
    myw_get_counters(l->m, &k);
    assert_int_equal(k.connections, 1);
    assert_int_equal(k.handshakes, 1);
    assert_int_equal(k.exchanges, 2);
    assert_int_equal(k.unsolicited, 1);
    assert_int_equal(k.incomplete + k.voided_commands + k.desyncs + k.gaps, 0);
    live_free(l);
}

static void names(void **state)
{
    (void)state;
    assert_string_equal(myw_cmd_name(MYW_CMD_QUERY), "QUERY");
    assert_string_equal(myw_cmd_name(MYW_CMD_CONNECT), "CONNECT");
    assert_string_equal(myw_cmd_name(MYW_CMD_STMT_BULK_EXECUTE), "STMT_BULK_EXECUTE");
    assert_string_equal(myw_cmd_name((enum myw_cmd)99), "UNKNOWN");
    assert_string_equal(myw_status_flag_name(MYW_STATUS_IN_TRANS), "IN_TRANS");
    assert_null(myw_status_flag_name(0x8000));
    assert_string_equal(myw_note_name(MYW_NOTE_UNKNOWN_STMT), "unknown_stmt");
    assert_null(myw_note_name(1u << 30));
}

/* Texts in flight: what a command says of its length is reserved, and what there is no room for is not kept.
 */
static void texts_in_flight(void **state)
{
    (void)state;
    enum { CONNS = 20 };
    static const uint8_t head[] = {0xfe, 0xff, 0xff, 0, 3, 'i', 'n', 's', 'e', 'r', 't'};
    static struct flow_conn conn[CONNS];
    struct out o = {0};
    struct myw *m;
    struct myw_options options = {.max_sql_bytes = 32u << 20};
    struct myw_sink sink = {.exchange = note_exchange, .priv = &o};
    struct wire w;
    assert_int_equal(myw_new(&m, &options, &sink), PP_OK);
    wire_init(&w);
    connect_classic(&w);
    wire_raw(&w, C, head, sizeof head);
    for (size_t i = 0; i < CONNS; i++) {
        struct flow_event ev = {.type = FLOW_OPEN, .conn = &conn[i], .ts_ns = 1};
        conn[i].id = i + 1;
        myw_on_event(m, &ev);
        for (size_t s = 0; s < w.count; s++) {
            ev = (struct flow_event){.type = FLOW_DATA, .dir = w.seg[s].dir, .conn = &conn[i], .ts_ns = 2};
            ev.data = w.bytes.data + w.seg[s].at;
            ev.data_bytes = w.seg[s].len;
            myw_on_event(m, &ev);
        }
    }
    unsigned kept = 0;
    for (size_t i = 0; i < CONNS; i++) {
        struct flow_event ev = {.type = FLOW_CLOSE, .conn = &conn[i], .ts_ns = 3, .why = FLOW_CLOSE_END};
        myw_on_event(m, &ev);
    }
    assert_int_equal(o.count, 2 * CONNS);
    for (size_t i = 0; i < o.count; i++)
        kept += strstr(o.seen[i].rest, "sql=insert") != NULL;
    assert_int_equal(kept, 16); /* 256 MiB of 16 MiB each */
    myw_free(&m);
    out_fini(&o);
    wire_fini(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_in_flight),
        cmocka_unit_test(huge_payloads),
        cmocka_unit_test(many_statements),
        cmocka_unit_test(long_statements),
        cmocka_unit_test(batch),
        cmocka_unit_test(endless_pipeline),
        cmocka_unit_test(endless_without_answer),
        cmocka_unit_test(idle_memory),
        cmocka_unit_test(counters_of_a_session),
        cmocka_unit_test(names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

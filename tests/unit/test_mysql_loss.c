/* summary: losses, contradictions and late starts: never a wrong pairing, and soon back in step */
#include "mysql_dialogues.h"
#include "mysql_numbered.h"

static void run(const struct wire *w, const struct replay *how, struct out *o)
{
    replay(w, how, o);
}

static void response_lost(void **state)
{
    (void)state;
    struct wire w;
    struct out o;
    lockstep(&w, 5);
    struct replay how = {.drop = 6,
                         .why = FLOW_CLOSE_FIN}; /* 0-2 handshake, 3 q1, 4 its answer, 5 q2, 6 its answer */
    run(&w, &how, &o);
    assert_int_equal(o.count, 6);
    assert_string_equal(o.seen[2].line, "QUERY void req=7");
    assert_non_null(strstr(o.seen[2].rest, "sql=q2 app@shop gap incomplete"));
    assert_int_equal(count_complete(&o), 5);
    assert_string_equal(o.life, "open ready gap close:fin");
    assert_int_equal(o.counters.voided_commands, 1);
    assert_int_equal(o.counters.gaps, 1);
    assert_int_equal(o.counters.resyncs, 1);
    out_fini(&o);
    wire_fini(&w);
}

static void command_lost(void **state)
{
    (void)state;
    struct wire w;
    struct out o;
    lockstep(&w, 5);
    struct replay how = {.drop = 5, .why = FLOW_CLOSE_FIN};
    run(&w, &how, &o);
    assert_int_equal(o.count, 5); /* q2 was never seen */
    assert_int_equal(count_complete(&o), 5);
    out_fini(&o);
    wire_fini(&w);
}

/* A lost greeting still leaves the login readable, but not complete. */
static void greeting_lost(void **state)
{
    (void)state;
    struct wire w;
    struct out o;
    lockstep(&w, 3);
    struct replay how = {.drop = 0, .why = FLOW_CLOSE_FIN};
    run(&w, &how, &o);
    assert_int_equal(o.count, 4);
    assert_non_null(strstr(o.seen[0].rest, "app@shop gap incomplete"));
    assert_int_equal(count_complete(&o), 3);
    out_fini(&o);
    wire_fini(&w);
}

/* The answer of a lost command must not go to the one pipelined behind it. */
static void pipelined_command_lost(void **state)
{
    (void)state;
    for (int drop = 3; drop <= 8; drop++) {
        struct wire w;
        struct out o;
        wire_init(&w);
        connect_classic(&w);
        for (unsigned i = 1; i <= 3; i++) {
            wire_cut(&w);
            numbered(&w, i);
        }
        for (unsigned i = 1; i <= 3; i++) {
            wire_cut(&w);
            answer(&w, i);
        }
        numbered(&w, 4);
        answer(&w, 4);
        struct replay how = {.drop = drop, .why = FLOW_CLOSE_FIN};
        run(&w, &how, &o);
        for (size_t i = 1; i < o.count; i++)
            assert_true(!o.seen[i].complete || strstr(o.seen[i].rest, "sql=q4") != NULL || drop > 5);
        out_fini(&o);
        wire_fini(&w);
    }
}

/* Always two commands in flight: once out of step, nothing but silence could tell whose an answer is. */
static void steady_pipeline(void **state)
{
    (void)state;
    struct wire w;
    wire_init(&w);
    connect_classic(&w);
    numbered(&w, 1);
    wire_cut(&w);
    for (unsigned i = 2; i <= 12; i++) {
        numbered(&w, i);
        answer(&w, i - 1);
    }
    answer(&w, 12);
    for (size_t drop = 0; drop < w.count; drop++) {
        struct out o;
        struct replay how = {.drop = (int)drop, .why = FLOW_CLOSE_FIN};
        run(&w, &how, &o);
        check_numbers(&o, drop);
        out_fini(&o);
    }
    wire_fini(&w);
}

/* A lost STMT_CLOSE is no sign of a pipeline: the query behind it is given up, the next one is not. */
static void close_lost(void **state)
{
    (void)state;
    struct wire w;
    struct out o;
    wire_init(&w);
    connect_classic(&w);
    command(&w, 0x19);
    le(&w, 7, 4);
    packet(&w, C);
    wire_cut(&w);
    for (unsigned i = 1; i <= 3; i++) {
        numbered(&w, i);
        answer(&w, i);
    }
    struct replay how = {.drop = 3, .why = FLOW_CLOSE_FIN};
    run(&w, &how, &o);
    assert_int_equal(o.count, 4);
    assert_non_null(strstr(o.seen[1].rest, "sql=q1 app@ gap incomplete"));
    assert_int_equal(count_complete(&o), 3);
    out_fini(&o);
    wire_fini(&w);
}

/* What was half received when step was lost is not continued by what comes after. */
static void contradiction_in_a_command(void **state)
{
    (void)state;
    static const uint8_t half[] = {40, 0, 0, 0, 3, 'i', 'n', 's', 'e', 'r', 't'},
                         row[] = {2, 0, 0, 9, 1, '1'};
    struct wire w;
    struct out o;
    wire_init(&w);
    connect_classic(&w);
    wire_raw(&w, C, half, sizeof half);
    wire_raw(&w, S, row, sizeof row);
    for (unsigned i = 1; i <= 3; i++) {
        numbered(&w, i);
        answer(&w, i);
    }
    struct replay how = {.drop = -1, .why = FLOW_CLOSE_FIN};
    run(&w, &how, &o);
    assert_int_equal(o.count, 5);
    assert_non_null(strstr(o.seen[1].rest, "sql=insert app@shop truncated desync incomplete"));
    assert_int_equal(count_complete(&o), 4);
    check_numbers(&o, 0);
    out_fini(&o);
    wire_fini(&w);
}

static unsigned next_random(uint64_t *s)
{
    *s = *s * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(*s >> 33);
}

/* Bursts of 1 to 3 commands, each burst answered before the next, cut into segments at random. */
static void random_dialogue(struct wire *w, uint64_t *s)
{
    unsigned n = 0, bursts = 4 + next_random(s) % 8;
    wire_init(w);
    connect_with(w, next_random(s) % 2 ? W_BASE | W_DB | W_NOEOF : W_BASE | W_DB);
    for (unsigned b = 0; b < bursts; b++) {
        unsigned size = next_random(s) % 4 == 0 ? 1 + next_random(s) % 3 : 1;
        for (unsigned i = 0; i < size; i++) {
            if (next_random(s) % 4 == 0) { /* a command without an answer in between */
                command(w, 0x19);
                le(w, 77, 4);
                packet(w, C);
            }
            w->cut = next_random(s) % 2;
            numbered(w, n + i + 1);
        }
        for (unsigned i = 0; i < size; i++) {
            w->cut = next_random(s) % 2;
            answer(w, n + i + 1);
        }
        n += size;
    }
}

static void random_losses(void **state)
{
    (void)state;
    uint64_t complete = 0, all = 0;
    for (uint64_t seed = 1; seed <= 6000; seed++) {
        uint64_t s = seed * 7919;
        struct wire w;
        struct out o;
        bool lost[WIRE_SEGMENTS_MAX] = {false};
        random_dialogue(&w, &s);
        unsigned losses = next_random(&s) % 4;
        for (unsigned i = 0; i < losses; i++)
            lost[next_random(&s) % w.count] = true;
        struct replay how = {.drop = -1, .lost = lost, .why = FLOW_CLOSE_FIN};
        how.skip = next_random(&s) % 4 == 0 ? next_random(&s) % w.count : 0;
        how.piece = next_random(&s) % 4 == 0 ? 1 + next_random(&s) % 40 : 0;
        run(&w, &how, &o);
        check_numbers(&o, seed);
        complete += count_complete(&o);
        all += o.count;
        out_fini(&o);
        wire_fini(&w);
    }
    assert_true(complete * 10 > all * 6); /* and it does not give up either */
}

/* A wrong sequence id makes the answer nobody's. */
static void wrong_sequence(void **state)
{
    (void)state;
    struct wire w;
    struct out o;
    struct replay how = {.drop = -1, .why = FLOW_CLOSE_FIN};
    wire_init(&w);
    connect_classic(&w);
    numbered(&w, 1);
    w.seq = 2;
    ok_with(&w, 0, 1, 0, 2, 0);
    run(&w, &how, &o);
    assert_int_equal(o.counters.desyncs, 1);
    assert_non_null(strstr(o.seen[1].rest, "desync incomplete"));
    out_fini(&o);
    wire_fini(&w);
}

/* An answer that is too much shows that the one before was paired wrongly: nothing of it gets out as
 * complete. */
static void one_answer_too_many(void **state)
{
    (void)state;
    struct wire w;
    struct out o;
    struct replay how = {.drop = -1, .skip = 1, .why = FLOW_CLOSE_FIN};
    wire_init(&w);
    connect_classic(&w);
    w.count = 0; /* starts late: q1 was sent before */
    buf_clear(&w.bytes);
    numbered(&w, 1);
    numbered(&w, 2);
    w.seg[0].len = 7; /* q1 alone is skipped */
    w.seg[1] = (struct wire_segment){.dir = C, .at = 7, .len = 7, .ts_ns = 2000};
    w.count = 2;
    answer(&w, 1);
    wire_cut(&w);
    answer(&w, 2);
    numbered(&w, 4);
    answer(&w, 4);
    numbered(&w, 5);
    answer(&w, 5);
    run(&w, &how, &o);
    check_numbers(&o, 0);
    assert_int_equal(o.counters.desyncs, 1);
    out_fini(&o);
    wire_fini(&w);
}

/* Out of step, a driver that writes the header apart is understood as well. */
static void header_apart(void **state)
{
    (void)state;
    struct wire w;
    struct out o;
    lockstep(&w, 4);
    size_t n = w.count;
    for (size_t i = n; i > 5; i--)
        w.seg[i] = w.seg[i - 1];
    w.count++;
    w.seg[5].len = 4;
    w.seg[6].at += 4;
    w.seg[6].len -= 4;
    struct replay how = {.drop = -1, .skip = 5, .why = FLOW_CLOSE_FIN};
    run(&w, &how, &o);
    assert_int_equal(count_complete(&o), 3); /* q2 to q4 */
    out_fini(&o);
    wire_fini(&w);
}

/* Captured in the wrong order, the times of a pairing mean nothing. */
static void answer_before_command(void **state)
{
    (void)state;
    struct wire w;
    struct out o;
    lockstep(&w, 2);
    w.seg[4].ts_ns = w.seg[3].ts_ns - 500;
    struct replay how = {.drop = -1, .why = FLOW_CLOSE_FIN};
    run(&w, &how, &o);
    assert_non_null(strstr(o.seen[1].rest, "desync incomplete"));
    assert_true(o.seen[2].complete);
    out_fini(&o);
    wire_fini(&w);
}

static void long_text(struct wire *w, const char *head, size_t n)
{
    char text[2048];
    memset(text, 'x', sizeof text);
    memcpy(text, head, strlen(head));
    text[n] = 0;
    query(w, text);
}

static void long_row(struct wire *w)
{
    static char value[9001];
    memset(value, 'v', sizeof value - 1);
    lenenc(w, 1);
    packet(w, S);
    definitions(w, 1, 2);
    wire_cut(w);
    lenstr(w, value);
    packet(w, S);
    wire_cut(w);
    rows_end(w, 2);
}

/* What the snaplen cuts off a packet of known length takes along only the line that needs it, and not the
 * step. */
static void cut_by_snaplen(void **state)
{
    (void)state;
    struct wire w;
    struct out o;
    wire_init(&w);
    connect_classic(&w);
    long_text(&w, "update t set a = '", 600);
    ok_with(&w, 0, 4, 0, 3, 0);
    query(&w, "select blob");
    long_row(&w);
    query(&w, "select from nowhere");
    err(&w, 1146, "42S02",
        "a message that is longer than what is captured of each segment, by far, so that it is cut "
        "somewhere in the middle, and a little more than that");
    long_text(&w, "use ", 300);
    ok(&w, 2);
    query(&w, "select 1");
    ok(&w, 2);
    struct replay how = {.drop = -1, .snap = 120, .why = FLOW_CLOSE_FIN};
    run(&w, &how, &o);
    assert_int_equal(o.count, 6);
    assert_string_equal(o.seen[1].line, "QUERY ok aff=4 st=3 req=605 resp=11");
    assert_non_null(strstr(o.seen[1].rest, "truncated incomplete"));
    assert_non_null(strstr(o.seen[2].line, "QUERY ok rows=1 sets=1"));
    assert_true(o.seen[2].complete);
    assert_non_null(strstr(o.seen[3].line, "err=1146/42S02"));
    assert_non_null(strstr(o.seen[3].rest, "truncated incomplete"));
    assert_false(o.seen[4].complete);
    assert_string_equal(o.seen[5].rest, " sql=select 1 app@");
    assert_string_equal(o.life, "open ready close:fin");
    assert_int_equal(o.counters.gaps, 4);
    assert_int_equal(o.counters.voided_commands, 0);
    out_fini(&o);
    wire_fini(&w);
}

/* Types that an execution bound in its missing part are not those of an earlier one. */
static void cut_types(void **state)
{
    (void)state;
    struct wire w;
    struct out o;
    wire_init(&w);
    connect_classic(&w);
    prepare(&w, "select ?", 9, 1, 1);
    for (unsigned i = 0; i < 3; i++) {
        command(&w, 0x17);
        le(&w, 9, 4);
        u8(&w, 0);
        le(&w, 1, 4);
        u8(&w, 0);
        u8(&w, i < 2);
        if (i < 2)
            le(&w, i == 0 ? 3 : 0xfd, 2);
        if (i == 0)
            le(&w, 7, 4);
        else
            lenstr(
                &w,
                i == 1
                    ? "a long text, a long text, a long text, a long text, a long text, a long text, a long "
                      "text, a long text, a long text"
                    : "abc");
        packet(&w, C);
        ok(&w, 2);
    }
    /* Handshake 0-2, prepare 3-4, executions 5, 7 and 9: the second is cut right before its types. */
    struct replay how = {.drop = -1, .snap = 16, .snap_only = 7, .why = FLOW_CLOSE_FIN};
    run(&w, &how, &o);
    assert_int_equal(o.count, 5);
    assert_non_null(strstr(o.seen[2].line, "params=[7]"));
    assert_false(o.seen[3].complete);
    assert_null(strstr(o.seen[4].line, "params="));
    out_fini(&o);
    wire_fini(&w);
}

static void tls_in_mid_stream(void **state)
{
    (void)state;
    static const uint8_t record[] = {0x17, 3, 3, 0, 3, 1, 2, 3};
    struct wire w;
    struct out o;
    wire_init(&w);
    for (unsigned i = 0; i < 6; i++)
        wire_raw(&w, i % 2 ? S : C, record, sizeof record);
    struct replay how = {.drop = -1, .skip = 1, .why = FLOW_CLOSE_FIN};
    run(&w, &how, &o);
    assert_string_equal(o.life, "open opaque close:fin");
    assert_int_equal(o.count, 0);
    assert_int_equal(o.counters.tls_connections, 1);
    out_fini(&o);
    wire_fini(&w);
}

/* What is seen of commands without their bytes: when, how many, and what a loss makes uncertain. */
static void tls_exchanges(void **state)
{
    (void)state;
    static const uint8_t data[] = {0x17, 3, 3, 0, 3, 1, 2, 3}, alert[] = {0x15, 3, 3, 0, 2, 1, 0};
    static const enum flow_dir dirs[] = {C, S, C, S, C, S, S, C, C, S, C, S, C, S, C};
    struct wire w;
    struct out o;
    wire_init(&w);
    for (size_t i = 0; i < sizeof dirs / sizeof dirs[0]; i++)
        wire_raw(&w, dirs[i], data, sizeof data);
    wire_raw(&w, C, alert, sizeof alert);
    wire_raw(&w, S, alert, sizeof alert);
    struct replay how = {.drop = -1, .skip = 1, .why = FLOW_CLOSE_FIN};
    run(&w, &how, &o);
    char want[256];
    const struct wire_segment *s = w.seg;
#define AT(i) s[i].ts_ns
    /* Encrypted for sure with segment 5; the last command has no answer yet when the client says good-bye. */
    (void)snprintf(want, sizeof want,
                   "%" PRId64 "-%" PRId64 "-%" PRId64 ":16/8 %" PRId64 "-%" PRId64 "-%" PRId64 ":8/8 %" PRId64
                   "-%" PRId64 "-%" PRId64 ":8/8 %" PRId64 "-%" PRId64 "-%" PRId64 ":15/7?",
                   AT(6), AT(7), AT(7), AT(8), AT(9), AT(9), AT(10), AT(11), AT(11), AT(12), AT(13), AT(13));
    assert_string_equal(o.tls, want);
    out_fini(&o);

    /* The answer to the command in segment 8 is lost: neither it nor the next one is told as whole. */
    how.drop = 9;
    run(&w, &how, &o);
    (void)snprintf(want, sizeof want, "%" PRId64 "-%" PRId64 "-%" PRId64 ":16/8 %" PRId64 "-", AT(6), AT(7),
                   AT(7), AT(8));
    assert_memory_equal(o.tls, want, strlen(want));
    assert_non_null(strstr(o.tls, "? "));
    out_fini(&o);

    how.drop = 7; /* three: its own, the next one, the last of the connection */
    run(&w, &how, &o);
    unsigned doubtful = 0;
    for (const char *at = o.tls; *at != 0; at++)
        doubtful += *at == '?';
    assert_int_equal(doubtful, 3);
    out_fini(&o);
    wire_fini(&w);
}

/* Not MySQL at all: nothing comes out, nothing breaks. */
static void another_protocol(void **state)
{
    (void)state;
    struct wire w;
    struct out o;
    wire_init(&w);
    for (unsigned i = 0; i < 4; i++) {
        wire_raw(&w, C, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", 27);
        wire_raw(&w, S, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 38);
    }
    struct replay how = {.drop = -1, .why = FLOW_CLOSE_FIN};
    run(&w, &how, &o);
    assert_int_equal(o.count, 0);
    out_fini(&o);
    wire_fini(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(response_lost),
        cmocka_unit_test(command_lost),
        cmocka_unit_test(greeting_lost),
        cmocka_unit_test(pipelined_command_lost),
        cmocka_unit_test(steady_pipeline),
        cmocka_unit_test(close_lost),
        cmocka_unit_test(contradiction_in_a_command),
        cmocka_unit_test(random_losses),
        cmocka_unit_test(wrong_sequence),
        cmocka_unit_test(one_answer_too_many),
        cmocka_unit_test(header_apart),
        cmocka_unit_test(answer_before_command),
        cmocka_unit_test(cut_by_snaplen),
        cmocka_unit_test(cut_types),
        cmocka_unit_test(tls_in_mid_stream),
        cmocka_unit_test(tls_exchanges),
        cmocka_unit_test(another_protocol),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

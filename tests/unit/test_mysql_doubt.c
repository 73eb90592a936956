/* summary: where a pairing is in doubt, or a rule of the protocol has an exception: a short dialogue for each
 */
#include "mysql_dialogues.h"
#include "mysql_numbered.h"

/* A dialogue under way; `how` may be changed before it is played. */
struct play {
    struct wire w;
    struct replay how;
    struct out o;
};

static void begin_with(struct play *p, uint32_t caps)
{
    *p = (struct play){.how = {.drop = -1, .why = FLOW_CLOSE_FIN}};
    wire_init(&p->w);
    connect_with(&p->w, caps);
}

static void begin(struct play *p)
{
    begin_with(p, W_BASE | W_DB);
}

/* What comes from here on is all that is captured; returns how many segments are not. */
static void late(struct play *p)
{
    wire_cut(&p->w);
    p->how.skip = p->w.count;
}

/* The segment sent last is lost. */
static void lose(struct play *p)
{
    p->how.drop = (int)p->w.count - 1;
    wire_cut(&p->w);
}

/* The segment sent last was two, the first one of n bytes. */
static void split_last(struct play *p, size_t n)
{
    struct wire_segment *s = &p->w.seg[p->w.count - 1];
    assert_true(n < s->len && p->w.count < WIRE_SEGMENTS_MAX);
    s[1] = *s;
    s->len = n;
    s[1].at += n;
    s[1].len -= n;
    s[1].ts_ns += WIRE_STEP_NS / 2;
    p->w.count++;
}

static void end(struct play *p)
{
    replay(&p->w, &p->how, &p->o);
    check_numbers(&p->o, 0);
}

static void fini(struct play *p)
{
    out_fini(&p->o);
    wire_fini(&p->w);
}

static void pairs(struct play *p, unsigned from, unsigned to)
{
    for (unsigned i = from; i <= to; i++) {
        numbered(&p->w, i);
        answer(&p->w, i);
    }
}

/* The text of an exchange; "" where it has none. */
static const char *rest_of(const struct play *p, size_t i)
{
    assert_true(i < p->o.count);
    return p->o.seen[i].rest;
}

static const char *line_of(const struct play *p, size_t i)
{
    assert_true(i < p->o.count);
    return p->o.seen[i].line;
}

static bool told(const struct play *p, const char *sql)
{
    for (size_t i = 0; i < p->o.count; i++)
        if (strstr(p->o.seen[i].rest, sql) != NULL)
            return true;
    return false;
}

/* An answer is under way when the capture begins: one exchange in step proves nothing. */
static void answer_in_flight_at_the_start(void **state)
{
    (void)state;
    struct play p;
    begin(&p);
    numbered(&p.w, 1);
    late(&p);
    numbered(&p.w, 2);
    answer(&p.w, 1);
    numbered(&p.w, 3);
    answer(&p.w, 2);
    wire_cut(&p.w);
    answer(&p.w, 3);
    pairs(&p, 4, 7);
    end(&p);
    assert_int_equal(p.o.counters.desyncs, 1);
    assert_int_equal(count_complete(&p.o), 4);
    fini(&p);
}

/* Each contradiction doubles what is asked for: a pipeline of two that falls back into step now and then. */
static void contradictions(void **state)
{
    (void)state;
    struct play p;
    begin(&p);
    numbered(&p.w, 1);
    late(&p);
    unsigned n = 1;
    static const unsigned shifted[] = {1, 1, 3};
    for (size_t round = 0; round < 3; round++) {
        for (unsigned i = 0; i < shifted[round]; i++, n++) {
            numbered(&p.w, n + 1);
            answer(&p.w, n);
        }
        wire_cut(&p.w);
        answer(&p.w, n++);
        numbered(&p.w, n + 1); /* void: its answer comes behind that of the one sent in the same moment */
        wire_cut(&p.w);
        answer(&p.w, n);
        n++;
    }
    end(&p);
    assert_true(p.o.counters.desyncs >= 2);
    fini(&p);
}

/* By its acknowledgement the server had not the command when it spoke. */
static void answers_sent_before(void **state)
{
    (void)state;
    struct play p;
    begin(&p);
    numbered(&p.w, 1);
    late(&p);
    for (unsigned i = 2; i <= 8; i++) {
        numbered(&p.w, i);
        answer(&p.w, i - 1);
        wire_crossed(&p.w);
    }
    end(&p);
    assert_int_equal(count_complete(&p.o), 0);
    fini(&p);
}

/* The rest of a command, whose beginning was lost, looks like the beginning of one. */
static void looks_like_a_command(void **state)
{
    (void)state;
    static const uint8_t head[] = {60, 0, 0, 0, 3, 'i', 'n', 's', 'e', 'r', 't'},
                         rest[] = {80, 0, 0, 0, 3, 'n', 'o', 't', ' ', 'o', 'n', 'e'};
    struct play p;
    begin(&p);
    wire_raw(&p.w, C, head, sizeof head);
    lose(&p);
    wire_raw(&p.w, C, rest, sizeof rest);
    answer(&p.w, 1);
    pairs(&p, 2, 4);
    end(&p);
    assert_false(told(&p, "not one"));
    assert_int_equal(count_complete(&p.o), 4);
    fini(&p);
}

/* When the end of an answer came is not known where its last bytes were lost. */
static void end_of_an_answer_lost(void **state)
{
    (void)state;
    struct play p;
    begin(&p);
    numbered(&p.w, 1);
    p.w.seq = 1;
    u8(&p.w, 0);
    u8(&p.w, 1);
    u8(&p.w, 0);
    le(&p.w, 2, 4);
    for (unsigned i = 0; i < 300; i++)
        str(&p.w, "i");
    packet(&p.w, S);
    split_last(&p, 200);
    lose(&p);
    pairs(&p, 2, 3);
    end(&p);
    assert_non_null(strstr(rest_of(&p, 1), "sql=q1 app@shop gap incomplete"));
    assert_int_equal(count_complete(&p.o), 3);
    fini(&p);
}

/* The second piece of a payload of 16 MiB must have the next id. */
static void wrong_piece(void **state)
{
    (void)state;
    struct play p;
    begin(&p);
    command(&p.w, 3);
    for (size_t i = 0; i < 0xffffff; i += 15)
        str(&p.w, "fifteen bytes..");
    packet(&p.w, C);
    size_t second = p.w.seg[3].at + 4 + 0xffffff;
    assert_int_equal(p.w.bytes.data[second + 3], 1);
    p.w.bytes.data[second + 3] = 7;
    answer(&p.w, 1);
    pairs(&p, 2, 3);
    end(&p);
    assert_int_equal(p.o.counters.desyncs, 1);
    assert_int_equal(count_complete(&p.o), 3);
    fini(&p);
}

/* Of a response that did not end, the status flags say nothing of the session. */
static void status_of_a_voided_one(void **state)
{
    (void)state;
    struct play p;
    begin(&p);
    query(&p.w, "begin; select 1");
    ok(&p.w, 0x0b);
    wire_cut(&p.w);
    text_result(&p.w, 1, 1, 3);
    lose(&p);
    pairs(&p, 2, 3);
    end(&p);
    assert_string_equal(line_of(&p, 1), "QUERY void req=20 resp=11");
    fini(&p);
}

/* Whether the statements are gone is not known where the answer was lost. */
static void answer_of_a_reset_lost(void **state)
{
    (void)state;
    struct play p;
    begin(&p);
    prepare(&p.w, "delete from t", 5, 0, 0);
    command(&p.w, 31);
    packet(&p.w, C);
    ok(&p.w, 2);
    lose(&p);
    execute_head(&p.w, 5, 0);
    packet(&p.w, C);
    ok_with(&p.w, 0, 1, 0, 2, 0);
    pairs(&p, 2, 3);
    end(&p);
    assert_non_null(strstr(line_of(&p, 3), "STMT_EXECUTE ok aff=1"));
    assert_string_equal(rest_of(&p, 3), " app@shop unknown_stmt");
    fini(&p);
}

/* An exchange that was held back has the schema that was in use at its time. */
static void schema_of_a_held_one(void **state)
{
    (void)state;
    struct play p;
    begin(&p);
    late(&p);
    query(&p.w, "use a");
    ok(&p.w, 2);
    query(&p.w, "use b");
    ok(&p.w, 2);
    pairs(&p, 1, 2);
    end(&p);
    assert_string_equal(rest_of(&p, 0), " sql=use a @a mid_stream");
    assert_string_equal(rest_of(&p, 1), " sql=use b @b mid_stream");
    fini(&p);
}

/* MariaDB's statement -1 is not the one prepared before the one whose answer was lost. */
static void last_statement_lost(void **state)
{
    (void)state;
    struct play p;
    begin_with(&p, W_BASE | W_DB | W_NOEOF);
    prepare(&p.w, "delete from a", 1, 0, 0);
    prepare(&p.w, "delete from b", 2, 0, 0);
    lose(&p);
    execute_head(&p.w, UINT32_MAX, 0);
    packet(&p.w, C);
    ok_with(&p.w, 0, 1, 0, 2, 0);
    pairs(&p, 2, 3);
    end(&p);
    assert_non_null(strstr(line_of(&p, 3), "STMT_EXECUTE ok aff=1"));
    assert_null(strstr(rest_of(&p, 3), "sql="));
    fini(&p);
}

/* A header that came alone is not put before what follows lost bytes. */
static void header_before_a_gap(void **state)
{
    (void)state;
    static const uint8_t head[] = {9, 0, 0, 0};
    struct play p;
    bool lost[WIRE_SEGMENTS_MAX] = {false};
    begin(&p);
    numbered(&p.w, 1);
    answer(&p.w, 1);
    lost[p.w.count - 1] = true;
    wire_raw(&p.w, C, head, sizeof head);
    wire_cut(&p.w);
    wire_raw(&p.w, C, "\3select x", 9);
    lost[p.w.count - 1] = true;
    answer(&p.w, 9);
    pairs(&p, 2, 5);
    p.how.lost = lost;
    end(&p);
    assert_int_equal(count_complete(&p.o), 5);
    fini(&p);
}

/* The id of a statement is guessed before its prepare has been answered. */
static void guessed_id(void **state)
{
    (void)state;
    struct play p;
    begin_with(&p, W_BASE | W_DB | W_NOEOF);
    command(&p.w, 0x16);
    str(&p.w, "delete from t where id = ?");
    packet(&p.w, C);
    execute_head(&p.w, 9, 0);
    u8(&p.w, 0);
    u8(&p.w, 1);
    le(&p.w, 3, 2);
    le(&p.w, 5, 4);
    packet(&p.w, C);
    p.w.seq = 1;
    u8(&p.w, 0);
    le(&p.w, 9, 4);
    le(&p.w, 0, 2);
    le(&p.w, 1, 2);
    le(&p.w, 0, 3);
    packet(&p.w, S);
    definition(&p.w, "?");
    p.w.seq = 1;
    ok_with(&p.w, 0, 1, 0, 2, 0);
    end(&p);
    assert_non_null(strstr(line_of(&p, 2), "STMT_EXECUTE ok aff=1 st=2 stmt=9 params=[5]"));
    assert_string_equal(rest_of(&p, 2), " sql=delete from t where id = ? app@shop pipelined");
    fini(&p);
}

/* Where query attributes were not agreed on, the flag of an execution means something else. */
static void flag_without_attributes(void **state)
{
    (void)state;
    struct play p;
    begin(&p);
    prepare(&p.w, "delete from t where id = ?", 9, 1, 0);
    execute_head(&p.w, 9, 8);
    u8(&p.w, 0);
    u8(&p.w, 1);
    le(&p.w, 3, 2);
    le(&p.w, 7, 4);
    packet(&p.w, C);
    ok_with(&p.w, 0, 1, 0, 2, 0);
    end(&p);
    assert_non_null(strstr(line_of(&p, 2), "params=[7]"));
    fini(&p);
}

/* A command sent behind LOAD DATA LOCAL is file to the server: whose the answers are is not known. */
static void command_behind_infile(void **state)
{
    (void)state;
    struct play p;
    begin(&p);
    query(&p.w, "load data local infile 'f' into table t");
    query(&p.w, "select 2");
    p.w.seq = 1;
    u8(&p.w, 0xfb);
    str(&p.w, "f");
    packet(&p.w, S);
    packet(&p.w, C);
    ok_with(&p.w, 0, 1, 0, 2, 0);
    end(&p);
    assert_int_equal(p.o.counters.desyncs, 1);
    assert_int_equal(count_complete(&p.o), 1);
    fini(&p);
}

/* In doubt, an ERR without SQLSTATE whose number no server has is none. */
static void no_error(void **state)
{
    (void)state;
    static const uint8_t bytes[] = {5, 0, 0, 1, 0xff, 0x10, 0, 'x', 'y'};
    struct play p;
    begin(&p);
    late(&p);
    numbered(&p.w, 1);
    wire_raw(&p.w, S, bytes, sizeof bytes);
    end(&p);
    assert_int_equal(p.o.counters.desyncs, 1);
    assert_string_equal(line_of(&p, 0), "QUERY void req=7 resp=9");
    fini(&p);
}

/* SERVER_STATUS_CURSOR_EXISTS ends the response of an execution only. */
static void cursor_status_of_a_query(void **state)
{
    (void)state;
    struct play p;
    begin(&p);
    query(&p.w, "call with_a_cursor()");
    text_result(&p.w, 1, 2, 0x42);
    pairs(&p, 2, 3);
    end(&p);
    assert_non_null(strstr(line_of(&p, 1), "QUERY ok rows=2 sets=1 st=42"));
    assert_int_equal(p.o.counters.desyncs, 0);
    fini(&p);
}

/* The EOF that was agreed on is missing; a row has the wrong id; an unexpected server's offer. */
static void broken_results(void **state)
{
    (void)state;
    for (int kind = 0; kind < 2; kind++) {
        struct play p;
        begin(&p);
        query(&p.w, "select 1");
        lenenc(&p.w, 1);
        packet(&p.w, S);
        definition(&p.w, "id");
        if (kind == 1)
            eof(&p.w, 2);
        for (unsigned i = 0; i < 3; i++) {
            lenstr(&p.w, "1");
            packet(&p.w, S);
            p.w.seq = (uint8_t)(p.w.seq + kind);
        }
        eof(&p.w, 2);
        pairs(&p, 2, 3);
        end(&p);
        assert_int_equal(p.o.counters.desyncs, 1);
        assert_int_equal(count_complete(&p.o), 3);
        assert_non_null(strstr(rest_of(&p, 1), "desync incomplete"));
        fini(&p);
    }
}

/* A client may offer more than the server has: only what both have counts. */
static void offered_too_much(void **state)
{
    (void)state;
    struct play p;
    begin(&p);
    p.w.count = 0;
    buf_clear(&p.w.bytes);
    greeting(&p.w, "5.7.44", W_BASE | W_DB, 0, "mysql_native_password");
    login(&p.w, W_BASE | W_DB | W_NOEOF | W_TRACK | W_QATTR | W_COMPRESS | W_ZSTD, 0, "app", "shop");
    ok(&p.w, 2);
    query(&p.w, "select 1");
    text_result(&p.w, 1, 2, 2);
    end(&p);
    assert_string_equal(line_of(&p, 1), "QUERY ok rows=2 sets=1 st=2 req=13 resp=71");
    assert_string_equal(rest_of(&p, 1), " sql=select 1 app@shop");
    fini(&p);
}

/* Some clients set CLIENT_SSL and go on in the clear: only a login without a user asks for TLS. */
static void ssl_flag_alone(void **state)
{
    (void)state;
    struct play p;
    begin(&p);
    p.w.count = 0;
    buf_clear(&p.w.bytes);
    greeting(&p.w, "8.0.36", W_BASE | W_DB | W_SSL, 0, "mysql_native_password");
    login(&p.w, W_BASE | W_DB | W_SSL, 0, "app", "shop");
    ok(&p.w, 2);
    pairs(&p, 1, 2);
    end(&p);
    assert_int_equal(count_complete(&p.o), 3);
    assert_string_equal(p.o.life, "open ready close:fin");
    fini(&p);
}

/* At the end of a connection that has contradicted itself, what is in doubt stays in doubt. */
static void doubt_at_the_end(void **state)
{
    (void)state;
    struct play p;
    begin(&p);
    numbered(&p.w, 1);
    late(&p);
    numbered(&p.w, 2);
    answer(&p.w, 1);
    wire_cut(&p.w);
    answer(&p.w, 2);
    pairs(&p, 3, 3);
    end(&p);
    assert_int_equal(p.o.counters.desyncs, 1);
    assert_int_equal(count_complete(&p.o), 0);
    fini(&p);
}

/* Each of the two EOFs has the count of warnings, which is one. */
static void warnings_of_a_result(void **state)
{
    (void)state;
    struct play p;
    begin(&p);
    query(&p.w, "select 1/0");
    lenenc(&p.w, 1);
    packet(&p.w, S);
    definition(&p.w, "id");
    for (unsigned i = 0; i < 2; i++) {
        u8(&p.w, 0xfe);
        le(&p.w, 3, 2);
        le(&p.w, 2, 2);
        packet(&p.w, S);
    }
    end(&p);
    assert_non_null(strstr(line_of(&p, 1), "QUERY ok sets=1 warn=3 st=2"));
    fini(&p);
}

/* In doubt, what follows the answer belongs to another: a piece of a packet, an error, no definition. */
static void more_than_an_answer(void **state)
{
    (void)state;
    for (int kind = 0; kind < 3; kind++) {
        struct play p;
        begin(&p);
        numbered(&p.w, 1);
        late(&p);
        numbered(&p.w, 2);
        if (kind == 2) {
            p.w.seq = 1;
            u8(&p.w, 1);
            packet(&p.w, S);
            str(&p.w, "no definition");
            packet(&p.w, S);
            eof(&p.w, 2);
            eof(&p.w, 2);
        } else {
            answer(&p.w, 1);
        }
        wire_cut(&p.w);
        if (kind == 0) {
            wire_raw(&p.w, S, "\7\0", 2);
        } else if (kind == 1) {
            p.w.seq = 1;
            err(&p.w, 1146, "42S02", "No such table");
        }
        pairs(&p, 3, 8);
        end(&p);
        assert_true(p.o.counters.desyncs >= 1);
        assert_non_null(strstr(rest_of(&p, 0), "sql=q2"));
        assert_false(p.o.seen[0].complete);
        assert_int_equal(count_complete(&p.o), kind == 0 ? 5 : 6);
        fini(&p);
    }
}

/* The rest of a command that was refused before its end belongs to nothing. */
static void rest_of_a_refused_one(void **state)
{
    (void)state;
    static const uint8_t head[] = {20, 0, 0, 0, 3, 'i', 'n', 's', 'e', 'r', 't'},
                         rest[] = {'i', 'n', 't', 'o', ' ', 't', ' ', 'v', 'a', 'l', 'u', 'e', 's'};
    struct play p;
    begin(&p);
    wire_raw(&p.w, C, head, sizeof head);
    p.w.seq = 1;
    err(&p.w, 1153, "08S01", "Got a packet bigger than 'max_allowed_packet' bytes");
    wire_raw(&p.w, C, rest, sizeof rest);
    wire_cut(&p.w);
    pairs(&p, 2, 3);
    end(&p);
    assert_non_null(strstr(line_of(&p, 1), "QUERY err=1153/08S01"));
    assert_int_equal(p.o.counters.desyncs, 0);
    assert_int_equal(p.o.count, 4);
    assert_true(p.o.seen[2].complete && p.o.seen[3].complete);
    fini(&p);
}

/* An error that the server sends while a long command is still on its way is that command's. */
static void refused_on_its_way(void **state)
{
    (void)state;
    struct play p;
    begin(&p);
    command(&p.w, 3);
    for (unsigned i = 0; i < 300; i++)
        str(&p.w, "insert ");
    packet(&p.w, C);
    split_last(&p, 700);
    p.w.seq = 1;
    err(&p.w, 1153, "08S01", "Got a packet bigger than 'max_allowed_packet' bytes");
    wire_crossed(&p.w); /* only the second piece */
    end(&p);
    assert_non_null(strstr(line_of(&p, 1), "QUERY err=1153/08S01"));
    assert_true(p.o.seen[1].complete);
    assert_int_equal(p.o.counters.unsolicited, 0);
    fini(&p);
}

/* A command begins with id 0. What a server says after QUIT is nobody's. */
static void ids_and_last_words(void **state)
{
    (void)state;
    for (int kind = 0; kind < 2; kind++) {
        struct play p;
        begin(&p);
        command(&p.w, kind == 0 ? 14 : 1);
        p.w.seq = kind == 0 ? 5 : 0;
        packet(&p.w, C);
        ok(&p.w, 2);
        end(&p);
        assert_int_equal(p.o.counters.desyncs, kind == 0);
        assert_int_equal(count_complete(&p.o), 1 + kind);
        fini(&p);
    }
}

/* Where the login was seen, the connection is known from its start, SYN or not. */
static void late_but_greeted(void **state)
{
    (void)state;
    struct play p;
    begin(&p);
    pairs(&p, 1, 1);
    struct play q = {.how = {.drop = -1, .skip = 1, .why = FLOW_CLOSE_FIN}};
    wire_init(&q.w);
    wire_raw(&q.w, C, "", 0);
    wire_cut(&q.w);
    for (size_t i = 0; i < p.w.count; i++)
        wire_raw(&q.w, p.w.seg[i].dir, p.w.bytes.data + p.w.seg[i].at, p.w.seg[i].len);
    end(&q);
    assert_string_equal(rest_of(&q, 0), " app@shop");
    assert_string_equal(rest_of(&q, 1), " sql=q1 app@shop");
    fini(&p);
    fini(&q);
}

/* Control characters in a traceparent, an unknown indicator in a bulk execution. */
static void bad_values(void **state)
{
    (void)state;
    struct play p;
    begin_with(&p, W_BASE | W_DB | W_NOEOF | W_QATTR);
    command(&p.w, 3);
    lenenc(&p.w, 1);
    lenenc(&p.w, 1);
    u8(&p.w, 0);
    u8(&p.w, 1);
    le(&p.w, 0xfe, 2);
    lenstr(&p.w, "traceparent");
    lenstr(&p.w, "00-aa\033[31m-bb-01");
    str(&p.w, "q1");
    packet(&p.w, C);
    answer(&p.w, 1);
    prepare(&p.w, "insert into t values (?)", 2, 1, 0);
    command(&p.w, 0xfa);
    le(&p.w, 2, 4);
    le(&p.w, 128, 2);
    le(&p.w, 3, 2);
    u8(&p.w, 200);
    le(&p.w, 1, 4);
    packet(&p.w, C);
    ok_with(&p.w, 0, 1, 0, 2, 0);
    end(&p);
    assert_null(strstr(line_of(&p, 1), "trace="));
    assert_non_null(strstr(rest_of(&p, 1), "sql=q1"));
    assert_null(strstr(line_of(&p, 3), "params="));
    assert_non_null(strstr(rest_of(&p, 3), "truncated"));
    fini(&p);
}

/* An id that is prepared again without a close: the statement is the later one. */
static void prepared_again(void **state)
{
    (void)state;
    struct play p;
    begin(&p);
    prepare(&p.w, "delete from a", 5, 0, 0);
    prepare(&p.w, "delete from b", 5, 0, 0);
    execute_head(&p.w, 5, 0);
    packet(&p.w, C);
    ok_with(&p.w, 0, 1, 0, 2, 0);
    end(&p);
    assert_string_equal(rest_of(&p, 3), " sql=delete from b app@shop");
    fini(&p);
}

/* Both protocols have messages that look like the other's: of port 3306 they are the classic one's. */
static void classic_not_x(void **state)
{
    (void)state;
    struct play p;
    begin(&p);
    late(&p);
    command(&p.w, 12); /* PROCESS_KILL; Expect.Open in the X protocol */
    le(&p.w, 42, 4);
    packet(&p.w, C);
    ok(&p.w, 2);
    pairs(&p, 1, 4);
    end(&p);
    assert_null(strstr(p.o.life, "opaque"));
    assert_int_equal(count_complete(&p.o), 4);
    fini(&p);
}

/* What the snaplen cuts off: the schema of session tracking, the text of a statement that is executed later.
 */
static void cut_session(void **state)
{
    (void)state;
    struct play p;
    begin_with(&p, W_BASE | W_DB | W_TRACK);
    command(&p.w, 0x16);
    for (unsigned i = 0; i < 30; i++)
        str(&p.w, "select 1 + ");
    str(&p.w, "1");
    packet(&p.w, C);
    u8(&p.w, 0);
    le(&p.w, 9, 4);
    le(&p.w, 0, 7);
    packet(&p.w, S);
    execute_head(&p.w, 9, 0);
    packet(&p.w, C);
    ok(&p.w, 2);
    query(&p.w, "call change_schema()");
    u8(&p.w, 0);
    le(&p.w, 0, 2);
    le(&p.w, 0x4002, 2);
    le(&p.w, 0, 2);
    for (unsigned i = 0; i < 30; i++)
        str(&p.w, "info, info");
    packet(&p.w, S);
    query(&p.w, "select 2");
    ok(&p.w, 2);
    p.how.snap = 100;
    end(&p);
    assert_int_equal(p.o.count, 5);
    assert_non_null(strstr(line_of(&p, 2), "STMT_EXECUTE ok st=2 stmt=9"));
    assert_false(p.o.seen[2].complete);
    assert_string_equal(rest_of(&p, 4), " sql=select 2 app@");
    fini(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answer_in_flight_at_the_start),
        cmocka_unit_test(contradictions),
        cmocka_unit_test(answers_sent_before),
        cmocka_unit_test(looks_like_a_command),
        cmocka_unit_test(end_of_an_answer_lost),
        cmocka_unit_test(wrong_piece),
        cmocka_unit_test(status_of_a_voided_one),
        cmocka_unit_test(answer_of_a_reset_lost),
        cmocka_unit_test(schema_of_a_held_one),
        cmocka_unit_test(last_statement_lost),
        cmocka_unit_test(header_before_a_gap),
        cmocka_unit_test(guessed_id),
        cmocka_unit_test(flag_without_attributes),
        cmocka_unit_test(command_behind_infile),
        cmocka_unit_test(no_error),
        cmocka_unit_test(cursor_status_of_a_query),
        cmocka_unit_test(broken_results),
        cmocka_unit_test(offered_too_much),
        cmocka_unit_test(ssl_flag_alone),
        cmocka_unit_test(doubt_at_the_end),
        cmocka_unit_test(warnings_of_a_result),
        cmocka_unit_test(more_than_an_answer),
        cmocka_unit_test(rest_of_a_refused_one),
        cmocka_unit_test(refused_on_its_way),
        cmocka_unit_test(ids_and_last_words),
        cmocka_unit_test(late_but_greeted),
        cmocka_unit_test(bad_values),
        cmocka_unit_test(prepared_again),
        cmocka_unit_test(classic_not_x),
        cmocka_unit_test(cut_session),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* summary: compressed connections: the same exchanges as plain ones, bombs, bad streams, memory of idle ones
 */
#include "mysql_dialogues.h"
#include "mysql_replay.h"
#include "mysql_zip_wire.h"

#include <malloc.h>

static void same_exchanges(const struct out *plain, const struct out *packed, const char *name)
{
    if (plain->count != packed->count)
        print_message("in %s\n", name);
    assert_int_equal(plain->count, packed->count);
    for (size_t i = 0; i < plain->count; i++) {
        if (strcmp(plain->seen[i].line, packed->seen[i].line) != 0)
            print_message("in %s\n", name);
        assert_string_equal(plain->seen[i].line, packed->seen[i].line);
        assert_string_equal(plain->seen[i].rest, packed->seen[i].rest);
        assert_int_equal(plain->seen[i].sent_ns, packed->seen[i].sent_ns);
    }
    assert_string_equal(plain->life, packed->life);
}

static void every_dialogue(void **state)
{
    (void)state;
    size_t done = 0;
    for (size_t i = 0; i < dialogue_count; i++) {
        const struct dialogue *d = &dialogues[i];
        struct replay how = {.max_sql = d->max_sql, .drop = -1, .why = FLOW_CLOSE_FIN};
        struct wire w, packed;
        struct out plain, o;
        wire_init(&w);
        d->build(&w);
        replay(&w, &how, &plain);
        for (enum zip_kind kind = ZIP_STORED; kind <= ZIP_ZSTD; kind++) {
            if (!wire_compress(&packed, &w, kind))
                continue;
            replay(&packed, &how, &o);
            same_exchanges(&plain, &o, d->name);
            assert_int_equal(o.counters.inflated_connections, 1);
            out_fini(&o);
            wire_fini(&packed);
            done++;
        }
        out_fini(&plain);
        wire_fini(&w);
    }
    assert_true(done >= 3 * 20);
}

/* A compressed connection up to its login's OK. */
static void begin(struct wire *w)
{
    wire_init(w);
    connect_with(w, W_BASE | W_DB | W_COMPRESS);
}

static void inner_query(struct buf *b, const char *sql, size_t pad)
{
    size_t n = 1 + strlen(sql) + pad;
    uint8_t head[5] = {(uint8_t)n, (uint8_t)(n >> 8), (uint8_t)(n >> 16), 0, 3};
    buf_init(b, 1u << 25);
    assert_int_equal(buf_add(b, head, 5), PP_OK);
    assert_int_equal(buf_add(b, sql, strlen(sql)), PP_OK);
    for (size_t i = 0; i < pad; i++)
        assert_int_equal(buf_add_byte(b, ' '), PP_OK);
}

static void stored_ok(struct wire *w)
{
    static const uint8_t bytes[] = {7, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0};
    zip_packet(w, S, ZIP_STORED, 1, bytes, sizeof bytes);
}

static void run(const struct wire *w, struct out *o, size_t piece)
{
    struct replay how = {.drop = -1, .why = FLOW_CLOSE_FIN, .piece = piece};
    replay(w, &how, o);
}

/* MariaDB's client library numbers all packets inside of compressed ones 0, also the rest of a long one; the
 * server answers by the compressed packets' count. */
static void long_command_all_ids_0(void **state)
{
    (void)state;
    static const size_t rests[] = {0, 1, 70000};
    for (size_t i = 0; i < sizeof rests / sizeof rests[0]; i++) {
        struct wire w;
        struct out o;
        struct buf inner;
        size_t n = 0xffffff + rests[i];
        begin(&w);
        buf_init(&inner, 1u << 30);
        char *sql = malloc(n);
        assert_non_null(sql);
        memset(sql, 'x', n);
        memcpy(sql, "\3insert", 7);
        uint8_t first[4] = {0xff, 0xff, 0xff, 0};
        uint8_t second[4] = {(uint8_t)rests[i], (uint8_t)(rests[i] >> 8), (uint8_t)(rests[i] >> 16), 0};
        assert_int_equal(buf_add(&inner, first, 4), PP_OK);
        assert_int_equal(buf_add(&inner, sql, 0xffffff), PP_OK);
        assert_int_equal(buf_add(&inner, second, 4), PP_OK);
        assert_int_equal(buf_add(&inner, sql + 0xffffff, rests[i]), PP_OK);
        zip_packet(&w, C, ZIP_ZLIB, 0, inner.data, 16384);
        zip_packet(&w, C, ZIP_ZLIB, 1, inner.data + 16384, 0xffffff - 16380);
        zip_packet(&w, C, ZIP_ZLIB, 2, inner.data + 0x1000003, inner.len - 0x1000003);
        static const uint8_t ok3[] = {7, 0, 0, 3, 0, 1, 0, 2, 0, 0, 0};
        zip_packet(&w, S, ZIP_STORED, 3, ok3, sizeof ok3);
        buf_fini(&inner);
        inner_query(&inner, "select 1", 0);
        zip_packet(&w, C, ZIP_STORED, 0, inner.data, inner.len);
        stored_ok(&w);
        run(&w, &o, 0);
        assert_int_equal(o.count, 3);
        assert_non_null(strstr(o.seen[1].line, "QUERY ok aff=1"));
        assert_non_null(strstr(o.seen[2].line, "QUERY ok"));
        assert_int_equal(o.counters.desyncs, 0);
        out_fini(&o);
        buf_fini(&inner);
        free(sql);
        wire_fini(&w);
    }
}

/* 8 MiB of spaces: zlib stays below the ratio that is read, zstd does not. */
static void bombs(void **state)
{
    (void)state;
    struct buf inner, second;
    inner_query(&inner, "select 1", 8u << 20);
    for (enum zip_kind kind = ZIP_ZLIB; kind <= ZIP_ZSTD; kind++) {
        struct wire w;
        struct out o;
        begin(&w);
        zip_packet(&w, C, kind, 0, inner.data, inner.len);
        stored_ok(&w);
        inner_query(&second, "select 2", 0);
        zip_packet(&w, C, ZIP_STORED, 0, second.data, second.len);
        buf_fini(&second);
        stored_ok(&w);
        run(&w, &o, 0);
        bool read = kind == ZIP_ZLIB;
        assert_string_equal(o.life, read ? "open ready close:fin" : "open ready opaque close:fin");
        assert_int_equal(o.count, read ? 3 : 1);
        assert_int_equal(o.counters.inflate_limits, !read);
        assert_int_equal(o.counters.compressed_connections, !read);
        out_fini(&o);
        wire_fini(&w);
    }
    buf_fini(&inner);
}

/* A packet that holds more than it says, less, garbage, or something behind its end. */
static void bad_streams(void **state)
{
    (void)state;
    struct buf inner;
    inner_query(&inner, "select 'a text long enough to be worth compressing, compressing, compressing'", 64);
    for (enum zip_kind kind = ZIP_ZLIB; kind <= ZIP_ZSTD; kind++)
        for (unsigned damage = 0; damage < 6; damage++)
            for (size_t piece = 0; piece < 40; piece += 13) {
                struct wire w;
                struct out o;
                begin(&w);
                zip_packet(&w, C, kind, 0, inner.data, inner.len);
                uint8_t *p = w.bytes.data + w.seg[3].at;
                if (damage == 0)
                    p[4]--;
                else if (damage == 1)
                    p[4]++;
                else if (damage == 2)
                    p[7] = 'w';
                else if (damage == 3)
                    p[0]--; /* its last byte begins the next one */
                else if (damage == 4)
                    p[3] = 9;
                else
                    memset(p + 12, 0xee, 8);
                stored_ok(&w);
                run(&w, &o, piece);
                for (size_t i = 1; i < o.count; i++) {
                    if (o.seen[i].complete)
                        print_message("kind %d damage %u piece %zu: %s\n", kind, damage, piece,
                                      o.seen[i].line);
                    assert_false(o.seen[i].complete);
                }
                assert_true(o.counters.desyncs >= 1);
                out_fini(&o);
                wire_fini(&w);
            }
    buf_fini(&inner);
}

/* The times of a packet that came in several segments are those of its first and last byte on the wire. */
static void times(void **state)
{
    (void)state;
    struct buf inner;
    inner_query(&inner, "select 'a text long enough to be worth compressing, compressing, compressing'", 900);
    for (enum zip_kind kind = ZIP_STORED; kind <= ZIP_ZSTD; kind++) {
        struct wire w;
        struct out o;
        begin(&w);
        zip_packet(&w, C, kind, 0, inner.data, inner.len);
        struct wire_segment *s = &w.seg[w.count - 1];
        size_t all = s->len;
        for (size_t at = 0; at < all; at += 9) { /* the header is cut, too */
            s->at += at > 0 ? 9 : 0;
            s->len = all - at < 9 ? all - at : 9;
            s->ts_ns = (int64_t)w.count * WIRE_STEP_NS;
            if (at + 9 < all) {
                assert_true(w.count < WIRE_SEGMENTS_MAX);
                s[1] = *s;
                s++;
                w.count++;
            }
        }
        int64_t last_ns = s->ts_ns;
        stored_ok(&w);
        run(&w, &o, 0);
        assert_int_equal(o.count, 2);
        assert_true(o.seen[1].complete);
        assert_int_equal(o.seen[1].sent_ns, 4 * WIRE_STEP_NS);
        assert_true(last_ns > o.seen[1].sent_ns);
        out_fini(&o);
        wire_fini(&w);
    }
    buf_fini(&inner);
}

/* The checksum of zlib in a segment of its own gives no byte, but is what the end waited for. */
static void end_apart(void **state)
{
    (void)state;
    struct buf inner;
    struct wire w;
    struct out o;
    begin(&w);
    inner_query(&inner, "select 1", 900);
    zip_packet(&w, C, ZIP_STORED, 0, inner.data, inner.len);
    buf_fini(&inner);
    static const uint8_t answer[] = {7, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0};
    zip_packet(&w, S, ZIP_ZLIB, 1, answer, sizeof answer);
    struct wire_segment *s = &w.seg[w.count - 1];
    s[1] = *s;
    s->len -= 4;
    s[1].at += s->len;
    s[1].len = 4;
    s[1].ts_ns += 77;
    w.count++;
    run(&w, &o, 0);
    assert_int_equal(o.count, 2);
    assert_true(o.seen[1].complete);
    assert_int_equal(o.seen[1].last_ns, s[1].ts_ns);
    out_fini(&o);
    wire_fini(&w);
}

/* Met in mid-stream, with each command's header in a segment of its own. */
static void header_apart(void **state)
{
    (void)state;
    struct wire w;
    struct out o;
    struct replay how = {.drop = -1, .skip = 3, .why = FLOW_CLOSE_FIN};
    begin(&w);
    for (unsigned i = 0; i < 5; i++) {
        struct buf inner;
        inner_query(&inner, "select 1", 90);
        zip_packet(&w, C, ZIP_ZLIB, 0, inner.data, inner.len);
        buf_fini(&inner);
        struct wire_segment *s = &w.seg[w.count - 1];
        s[1] = *s;
        s->len = 7;
        s[1].at += 7;
        s[1].len -= 7;
        w.count++;
        stored_ok(&w);
    }
    replay(&w, &how, &o);
    assert_int_equal(o.count, 5);
    for (size_t i = 0; i < 5; i++)
        assert_true(o.seen[i].complete);
    out_fini(&o);
    wire_fini(&w);
}

/* Not one byte more than a packet says is read, however well it reads. */
static void more_than_it_says(void **state)
{
    (void)state;
    struct buf inner, second;
    struct wire w;
    struct out o;
    begin(&w);
    inner_query(&inner, "select 1", 60);
    size_t says = inner.len;
    inner_query(&second, "select 'hidden'", 60);
    assert_int_equal(buf_add(&inner, second.data, second.len), PP_OK);
    zip_packet(&w, C, ZIP_ZLIB, 0, inner.data, inner.len);
    uint8_t *p = w.bytes.data + w.seg[3].at;
    p[4] = (uint8_t)says;
    p[5] = p[6] = 0;
    run(&w, &o, 0);
    for (size_t i = 0; i < o.count; i++)
        assert_null(strstr(o.seen[i].rest, "hidden"));
    assert_int_equal(o.counters.desyncs, 1);
    buf_fini(&inner);
    buf_fini(&second);
    out_fini(&o);
    wire_fini(&w);
}

/* A compressed command that was captured before the OK which begins compression is not read as a plain one.
 */
static void captured_before_the_ok(void **state)
{
    (void)state;
    struct buf inner;
    struct wire w;
    struct out o;
    begin(&w);
    inner_query(&inner, "select 1", 270 - 5 - 8);
    assert_int_equal(inner.len, 270); /* whose low byte is that of PING */
    zip_packet(&w, C, ZIP_ZLIB, 0, inner.data, inner.len);
    struct wire_segment s = w.seg[2];
    w.seg[2] = w.seg[3];
    w.seg[3] = s;
    stored_ok(&w);
    run(&w, &o, 0);
    for (size_t i = 1; i < o.count; i++)
        assert_false(o.seen[i].complete);
    assert_true(o.counters.desyncs >= 1);
    buf_fini(&inner);
    out_fini(&o);
    wire_fini(&w);
}

/* Many connections in the middle of a compressed packet each: bounded; idle ones: next to nothing. */
static void memory(void **state)
{
    (void)state;
    enum { CONNS = 4000 };
    struct myw *m;
    struct myw_options options = {0};
    struct myw_sink sink = {0};
    struct myw_counters k;
    static struct flow_conn conn[CONNS];
    struct wire w;
    struct buf inner;
    begin(&w);
    inner_query(&inner, "select 'a text long enough to be worth compressing, compressing, compressing'", 900);
    zip_packet(&w, C, ZIP_ZLIB, 0, inner.data, inner.len);
    assert_int_equal(myw_new(&m, &options, &sink), PP_OK);
    size_t before = mallinfo2().uordblks;
    for (size_t half = 0; half < 2; half++) {
        for (size_t i = 0; i < CONNS; i++) {
            struct flow_event ev = {.type = FLOW_OPEN, .conn = &conn[i], .ts_ns = 1};
            conn[i].id = i + 1;
            if (half == 0)
                myw_on_event(m, &ev);
            for (size_t s = half == 0 ? 0 : 3; s < 4; s++) {
                size_t n = w.seg[s].len, at = w.seg[s].at;
                if (s == 3) {
                    at += half * (n / 2);
                    n = half == 0 ? n / 2 : n - n / 2;
                }
                ev =
                    (struct flow_event){.type = FLOW_DATA, .dir = w.seg[s].dir, .conn = &conn[i], .ts_ns = 2};
                ev.data = w.bytes.data + at;
                ev.data_bytes = n;
                myw_on_event(m, &ev);
            }
        }
        size_t used = mallinfo2().uordblks - before;
        myw_get_counters(m, &k);
        if (half == 0) {
            assert_true(k.inflate_limits > 0 && k.inflate_limits < CONNS);
            assert_true(used < (160u << 20));
        } else {
            assert_true(used / CONNS < 4096);
        }
    }
    for (size_t i = 0; i < CONNS; i++) {
        struct flow_event ev = {.type = FLOW_CLOSE, .conn = &conn[i], .ts_ns = 3, .why = FLOW_CLOSE_END};
        myw_on_event(m, &ev);
    }
    myw_free(&m);
    buf_fini(&inner);
    wire_fini(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_dialogue),
        cmocka_unit_test(long_command_all_ids_0),
        cmocka_unit_test(bombs),
        cmocka_unit_test(bad_streams),
        cmocka_unit_test(times),
        cmocka_unit_test(end_apart),
        cmocka_unit_test(header_apart),
        cmocka_unit_test(more_than_it_says),
        cmocka_unit_test(captured_before_the_ok),
        cmocka_unit_test(memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

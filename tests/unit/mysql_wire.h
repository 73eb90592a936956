/* summary: builds MySQL dialogues packet by packet for the tests of the MySQL stage */
#ifndef MYSQL_WIRE_H
#define MYSQL_WIRE_H

#include "base/buf.h"
#include "flow.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define C FLOW_TO_SERVER
#define S FLOW_TO_CLIENT
#define WIRE_SEGMENTS_MAX 256
#define WIRE_STEP_NS 1000

/* Capabilities used by the dialogues. */
#define W_CAPS 0x00aaa20du /* long password, 4.1, secure, multi-*, plugin, attributes off; session track */
#define W_41 0x0200u
#define W_SECURE 0x8000u
#define W_DB 0x8u
#define W_PLUGIN 0x80000u
#define W_ATTRS 0x100000u
#define W_LENENC 0x200000u
#define W_TRACK 0x800000u
#define W_NOEOF 0x1000000u
#define W_META 0x2000000u
#define W_ZSTD 0x4000000u
#define W_QATTR 0x8000000u
#define W_SSL 0x800u
#define W_COMPRESS 0x20u
#define W_MYSQL 0x1u
#define W_BASE (W_MYSQL | W_41 | W_SECURE | W_PLUGIN)

struct wire_segment {
    enum flow_dir dir;
    size_t at, len; /* in bytes */
    int64_t ts_ns;
    size_t unacked; /* the last so many bytes of the other side had not arrived when this was sent */
};

struct wire {
    struct buf bytes;
    struct wire_segment seg[WIRE_SEGMENTS_MAX];
    size_t count;
    bool cut;          /* the next packet starts a segment */
    struct buf p;      /* payload being built */
    uint8_t seq;       /* of the next packet */
    bool noeof, qattr; /* what the helpers below follow */
};

static inline void wire_init(struct wire *w)
{
    *w = (struct wire){0};
    buf_init(&w->bytes, 1u << 30);
    buf_init(&w->p, 1u << 30);
}

static inline void wire_fini(struct wire *w)
{
    buf_fini(&w->bytes);
    buf_fini(&w->p);
}

/* The next packet starts a new segment even in the same direction. */
static inline void wire_cut(struct wire *w)
{
    w->cut = true;
}

/* What was sent last crossed the other side's segment before it: it answers nothing of that. */
static inline void wire_crossed(struct wire *w)
{
    assert_true(w->count >= 2);
    w->seg[w->count - 1].unacked = w->seg[w->count - 2].len;
}

static inline void put(struct wire *w, const void *data, size_t n)
{
    assert_int_equal(buf_add(&w->p, data, n), PP_OK);
}

static inline void u8(struct wire *w, unsigned v)
{
    uint8_t b = (uint8_t)v;
    put(w, &b, 1);
}

static inline void le(struct wire *w, uint64_t v, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        u8(w, (unsigned)(v >> (8 * i) & 0xff));
}

static inline void str(struct wire *w, const char *s)
{
    put(w, s, strlen(s));
}

static inline void cstr(struct wire *w, const char *s)
{
    put(w, s, strlen(s) + 1);
}

static inline void lenenc(struct wire *w, uint64_t v)
{
    if (v < 251) {
        u8(w, (unsigned)v);
    } else if (v < 65536) {
        u8(w, 0xfc);
        le(w, v, 2);
    } else {
        u8(w, 0xfd);
        le(w, v, 3);
    }
}

static inline void lenstr(struct wire *w, const char *s)
{
    lenenc(w, strlen(s));
    str(w, s);
}

static inline void wire_raw(struct wire *w, enum flow_dir dir, const void *data, size_t n)
{
    if (w->count == 0 || w->cut || w->seg[w->count - 1].dir != dir) {
        assert_true(w->count < WIRE_SEGMENTS_MAX);
        w->seg[w->count] = (struct wire_segment){.dir = dir, .at = w->bytes.len};
        w->seg[w->count].ts_ns = (int64_t)(w->count + 1) * WIRE_STEP_NS;
        w->count++;
        w->cut = false;
    }
    w->seg[w->count - 1].len += n;
    assert_int_equal(buf_add(&w->bytes, data, n), PP_OK);
}

/* Sends what was built, in as many packets as its length needs; counts the sequence id on. */
static inline void packet(struct wire *w, enum flow_dir dir)
{
    size_t at = 0;
    for (;;) {
        size_t n = w->p.len - at < 0xffffff ? w->p.len - at : 0xffffff;
        uint8_t h[4] = {(uint8_t)n, (uint8_t)(n >> 8), (uint8_t)(n >> 16), w->seq++};
        wire_raw(w, dir, h, 4);
        if (n > 0)
            wire_raw(w, dir, w->p.data + at, n);
        at += n;
        if (n < 0xffffff)
            break;
    }
    buf_clear(&w->p);
}

/* A command of the client. */
static inline void command(struct wire *w, unsigned code)
{
    w->seq = 0;
    u8(w, code);
}

static inline void ok_with(struct wire *w, unsigned header, unsigned affected, unsigned id, unsigned status,
                           unsigned warnings)
{
    u8(w, header);
    lenenc(w, affected);
    lenenc(w, id);
    le(w, status, 2);
    le(w, warnings, 2);
    packet(w, S);
}

static inline void ok(struct wire *w, unsigned status)
{
    ok_with(w, 0, 0, 0, status, 0);
}

static inline void eof(struct wire *w, unsigned status)
{
    u8(w, 0xfe);
    le(w, 0, 2);
    le(w, status, 2);
    packet(w, S);
}

/* What ends rows in the style agreed on. */
static inline void rows_end(struct wire *w, unsigned status)
{
    if (w->noeof)
        ok_with(w, 0xfe, 0, 0, status, 0);
    else
        eof(w, status);
}

static inline void err(struct wire *w, unsigned number, const char *state, const char *text)
{
    u8(w, 0xff);
    le(w, number, 2);
    if (state != NULL) {
        u8(w, '#');
        str(w, state);
    }
    str(w, text);
    packet(w, S);
}

static inline void definition(struct wire *w, const char *name)
{
    lenstr(w, "def");
    lenstr(w, "shop");
    lenstr(w, "t");
    lenstr(w, "t");
    lenstr(w, name);
    lenstr(w, name);
    u8(w, 0x0c);
    le(w, 0x21, 2);
    le(w, 255, 4);
    u8(w, 0xfd);
    le(w, 0, 5);
    packet(w, S);
}

static inline void definitions(struct wire *w, unsigned n, unsigned status)
{
    for (unsigned i = 0; i < n; i++)
        definition(w, i == 0 ? "id" : "name");
    if (!w->noeof)
        eof(w, status);
}

/* Column count, definitions, as many text rows, end. */
static inline void text_result(struct wire *w, unsigned columns, unsigned rows, unsigned status)
{
    lenenc(w, columns);
    packet(w, S);
    definitions(w, columns, status);
    for (unsigned r = 0; r < rows; r++) {
        for (unsigned i = 0; i < columns; i++)
            lenstr(w, i == 0 ? "1" : "a value");
        packet(w, S);
    }
    rows_end(w, status);
}

static inline void binary_rows(struct wire *w, unsigned rows)
{
    for (unsigned r = 0; r < rows; r++) {
        u8(w, 0);
        u8(w, 0);
        le(w, r, 4);
        packet(w, S);
    }
}

static inline void query(struct wire *w, const char *sql)
{
    command(w, 3);
    if (w->qattr) {
        u8(w, 0);
        u8(w, 1);
    }
    str(w, sql);
    packet(w, C);
}

static inline void greeting(struct wire *w, const char *version, uint32_t caps, uint32_t ext,
                            const char *plugin)
{
    w->seq = 0;
    u8(w, 10);
    cstr(w, version);
    le(w, 42, 4);
    str(w, "abcdefgh");
    u8(w, 0);
    le(w, caps & 0xffff, 2);
    u8(w, 0xff);
    le(w, 2, 2);
    le(w, caps >> 16, 2);
    u8(w, 21);
    le(w, 0, 6);
    le(w, ext, 4);
    cstr(w, "ijklmnopqrst");
    if (plugin != NULL)
        cstr(w, plugin);
    packet(w, S);
}

static inline void login_head(struct wire *w, uint32_t caps, uint32_t ext)
{
    le(w, caps, 4);
    le(w, 1u << 24, 4);
    u8(w, 0x21);
    for (unsigned i = 0; i < 19; i++)
        u8(w, 0);
    le(w, ext, 4);
}

/* A login with 20 bytes of scrambled password ("SECRETSECRETSECRETSE"). */
static inline void login(struct wire *w, uint32_t caps, uint32_t ext, const char *user, const char *db)
{
    login_head(w, caps, ext);
    cstr(w, user);
    if (caps & (W_SECURE | W_LENENC))
        u8(w, 20);
    str(w, "SECRETSECRETSECRETSE");
    if (!(caps & (W_SECURE | W_LENENC)))
        u8(w, 0);
    if (caps & W_DB)
        cstr(w, db);
    if (caps & W_PLUGIN)
        cstr(w, "mysql_native_password");
    packet(w, C);
}

/* Greeting to OK with these capabilities on both sides. */
static inline void connect_with(struct wire *w, uint32_t caps)
{
    w->noeof = (caps & W_NOEOF) != 0;
    w->qattr = (caps & W_QATTR) != 0;
    greeting(w, "8.0.36", caps, 0, "caching_sha2_password");
    login(w, caps | W_DB, 0, "app", "shop");
    ok(w, 2);
}

static inline void connect_classic(struct wire *w)
{
    connect_with(w, W_BASE | W_DB);
}

static inline void prepare(struct wire *w, const char *sql, unsigned id, unsigned params, unsigned columns)
{
    command(w, 0x16);
    str(w, sql);
    packet(w, C);
    u8(w, 0);
    le(w, id, 4);
    le(w, columns, 2);
    le(w, params, 2);
    u8(w, 0);
    le(w, 0, 2);
    packet(w, S);
    if (params > 0)
        definitions(w, params, 2);
    if (columns > 0)
        definitions(w, columns, 2);
}

/* Fixed part of COM_STMT_EXECUTE. */
static inline void execute_head(struct wire *w, uint32_t id, unsigned flags)
{
    command(w, 0x17);
    le(w, id, 4);
    u8(w, flags);
    le(w, 1, 4);
}

#endif

/* summary: turns a dialogue into the same one over a compressed connection */
#ifndef MYSQL_ZIP_WIRE_H
#define MYSQL_ZIP_WIRE_H

#include "mysql_wire.h"

#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>

enum zip_kind { ZIP_STORED, ZIP_ZLIB, ZIP_ZSTD };

/* One compressed packet. */
static inline void zip_packet(struct wire *w, enum flow_dir dir, enum zip_kind kind, uint8_t id,
                              const uint8_t *data, size_t n)
{
    size_t room = compressBound(n) + ZSTD_compressBound(n), len = n;
    uint8_t *body = malloc(room);
    assert_non_null(body);
    if (kind == ZIP_ZLIB) {
        uLongf made = room;
        assert_int_equal(compress(body, &made, data, n), Z_OK);
        len = made;
    } else if (kind == ZIP_ZSTD) {
        len = ZSTD_compress(body, room, data, n, 3);
        assert_false(ZSTD_isError(len));
    } else {
        memcpy(body, data, n);
    }
    size_t before = kind == ZIP_STORED ? 0 : n;
    uint8_t head[7] = {(uint8_t)len,    (uint8_t)(len >> 8),    (uint8_t)(len >> 16),   id,
                       (uint8_t)before, (uint8_t)(before >> 8), (uint8_t)(before >> 16)};
    wire_raw(w, dir, head, sizeof head);
    wire_raw(w, dir, body, len);
    free(body);
}

/* Whether the inner packet at `p` starts a command or its answer, where compressed packets start anew. */
static inline bool zip_starts(enum flow_dir dir, const uint8_t *p, size_t n)
{
    return n >= 5 && p[3] == (dir == C ? 0 : 1);
}

/* Bytes up to the next command or answer. */
static inline size_t zip_unit(enum flow_dir dir, const uint8_t *p, size_t n)
{
    size_t at = 0;
    while (at + 4 <= n) {
        if (at > 0 && zip_starts(dir, p + at, n - at))
            return at;
        at += 4 + ((size_t)p[at] | (size_t)p[at + 1] << 8 | (size_t)p[at + 2] << 16);
    }
    return n;
}

/* A segment's packets; many of the server's units are cut where they like, as when its buffer is full. */
static inline void zip_segment(struct wire *out, const struct wire *in, size_t i, enum zip_kind kind,
                               uint8_t *id)
{
    const struct wire_segment *s = &in->seg[i];
    const uint8_t *p = in->bytes.data + s->at, *end = p + s->len;
    out->cut = true;
    while (p < end) {
        size_t n = zip_unit(s->dir, p, (size_t)(end - p));
        size_t first = s->dir == S && n > 20 && i % 3 != 0 ? n * 2 / 3 : n;
        if (zip_starts(s->dir, p, n))
            *id = s->dir == C ? 0 : 1;
        zip_packet(out, s->dir, kind, (*id)++, p, first);
        if (first < n)
            zip_packet(out, s->dir, kind, (*id)++, p + first, n - first);
        p += n;
    }
    out->seg[out->count - 1].ts_ns = s->ts_ns;
    if (s->unacked > 0)
        wire_crossed(out);
}

/* Sets the capability in the greeting and in the login. */
static inline void zip_agree(struct wire *w, enum zip_kind kind)
{
    uint32_t cap = kind == ZIP_ZSTD ? W_ZSTD : W_COMPRESS;
    uint8_t *low = w->bytes.data + w->seg[0].at + 5;
    uint8_t *caps = w->bytes.data + w->seg[1].at + 4;
    low += strlen((char *)low) + 1 + 4 + 8 + 1;
    low[0] |= (uint8_t)cap;
    low[6] |= (uint8_t)(cap >> 24);
    caps[0] |= (uint8_t)cap;
    caps[3] |= (uint8_t)(cap >> 24);
}

/* False for a dialogue that does not begin with a greeting, a login (4.1) and an OK in a segment each. */
static inline bool wire_compress(struct wire *out, const struct wire *in, enum zip_kind kind)
{
    const uint8_t *b = in->bytes.data;
    if (in->count < 4 || in->seg[0].dir != S || in->seg[1].dir != C || in->seg[2].dir != S ||
        b[in->seg[1].at + 3] != 1 || (b[in->seg[1].at + 5] & 0x02) == 0 ||
        (b[in->seg[1].at + 5] & 0x08) != 0 || (b[in->seg[1].at + 4] & W_COMPRESS) != 0 ||
        (b[in->seg[1].at + 7] & 0x04) != 0 || b[in->seg[2].at + 4] != 0 || in->seg[2].len != 11)
        return false;
    uint8_t id = 0;
    wire_init(out);
    for (size_t i = 0; i < in->count; i++) {
        const struct wire_segment *s = &in->seg[i];
        if (i < 3) {
            wire_raw(out, s->dir, b + s->at, s->len);
            out->seg[i].ts_ns = s->ts_ns;
        } else {
            zip_segment(out, in, i, kind, &id);
        }
    }
    zip_agree(out, kind);
    return true;
}

#endif

/* summary: one row in SQLite's record format (sqlite.org/fileformat2.html, "Record Format"), built column by
 * column */
#ifndef RECORD_PRIV_H
#define RECORD_PRIV_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define REC_COLUMNS_MAX 32
/* Longer rows (samples of SQL) go another way. A text of this length takes two bytes of the header. */
#define REC_BODY_MAX 4096
#define REC_VARINT_MAX 9

struct rec {
    int64_t key;       /* of the row, once its first column is there */
    bool key_is_first; /* the next column is the INTEGER PRIMARY KEY, whose place in a record stays NULL */
    bool too_large;
    size_t types_len;
    size_t body_len;
    uint8_t types[2 * REC_COLUMNS_MAX];
    uint8_t body[REC_BODY_MAX + 8]; /* integers are written as 8 bytes, of which the first ones count */
};

/* A big-endian number of 7 bits a byte; returns its length, at most REC_VARINT_MAX. */
static inline size_t rec_varint(uint8_t *to, uint64_t value)
{
    if (value < 0x80) {
        to[0] = (uint8_t)value;
        return 1;
    }
    uint8_t last_first[REC_VARINT_MAX]; /* groups of 7 bits; of 9 bytes the last has 8 */
    size_t n = 0;
    if (value >> 56 != 0) {
        last_first[n++] = (uint8_t)value;
        value >>= 8;
        for (; n < REC_VARINT_MAX; value >>= 7)
            last_first[n++] = (uint8_t)(value | 0x80);
    } else {
        for (; n == 0 || value != 0; value >>= 7)
            last_first[n++] = (uint8_t)(value | 0x80);
        last_first[0] &= 0x7f;
    }
    for (size_t i = 0; i < n; i++)
        to[i] = last_first[n - 1 - i];
    return n;
}

/* `keyed`: its first column is the table's INTEGER PRIMARY KEY. */
static inline void rec_begin(struct rec *r, bool keyed)
{
    r->key = 0;
    r->key_is_first = keyed;
    r->too_large = false;
    r->types_len = 0;
    r->body_len = 0;
}

static inline void rec_null(struct rec *r)
{
    r->types[r->types_len++] = 0;
}

static inline void rec_int(struct rec *r, int64_t value)
{
    /* By the number of bits of a positive number, or of the complement of a negative one. */
    static const uint8_t bytes_of[65] = {[0 ... 7] = 1,   [8 ... 15] = 2,  [16 ... 23] = 3,
                                         [24 ... 31] = 4, [32 ... 47] = 6, [48 ... 64] = 8};
    static const uint8_t type_of[9] = {[1] = 1, [2] = 2, [3] = 3, [4] = 4, [6] = 5, [8] = 6};
    if (r->key_is_first) {
        r->key_is_first = false;
        r->key = value;
        rec_null(r);
        return;
    }
    if (value == 0 || value == 1) {
        r->types[r->types_len++] = (uint8_t)(8 + value);
        return;
    }
    uint64_t magnitude = value < 0 ? ~(uint64_t)value : (uint64_t)value;
    size_t bytes = bytes_of[64 - __builtin_clzll(magnitude | 1)];
    if (r->body_len + bytes > REC_BODY_MAX) {
        r->too_large = true;
        return;
    }
    uint64_t big_endian = htobe64((uint64_t)value << (64 - 8 * bytes));
    memcpy(r->body + r->body_len, &big_endian, sizeof big_endian);
    r->body_len += bytes;
    r->types[r->types_len++] = type_of[bytes];
}

static inline void rec_bytes(struct rec *r, const void *data, size_t len, bool is_text)
{
    if (len > REC_BODY_MAX - r->body_len) {
        r->too_large = true;
        return;
    }
    memcpy(r->body + r->body_len, data, len);
    r->body_len += len;
    r->types_len += rec_varint(r->types + r->types_len, 2 * len + (is_text ? 13 : 12));
}

#endif

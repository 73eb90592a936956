/* summary: bounded read cursor, the only way in which wire bytes are read */
#ifndef BASE_RD_H
#define BASE_RD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A cursor over borrowed bytes. A read past the end sets `bad`, leaves the position at the end and returns
 * zeros; later reads do the same, so that a parser checks `rd_ok` once after a group of reads. Little-endian
 * functions carry no suffix (MySQL's order), big-endian ones end in _be. Inline, for there are dozens of
 * reads a packet. */
struct rd {
    const uint8_t *p;
    const uint8_t *end;
    bool bad;
};

void rd_init(struct rd *r, const void *data, size_t len);

static inline bool rd_ok(const struct rd *r)
{
    return !r->bad;
}

static inline size_t rd_left(const struct rd *r)
{
    return (size_t)(r->end - r->p);
}

/* `n` borrowed bytes, NULL (and bad) when fewer are left; n == 0 gives a non-NULL pointer. Lengths are
 * compared by subtraction, so no pointer runs past the end. */
static inline const uint8_t *rd_bytes(struct rd *r, size_t n)
{
    if (r->bad || n > rd_left(r)) {
        r->bad = true;
        r->p = r->end;
        return NULL;
    }
    const uint8_t *at = r->p;
    r->p += n;
    return at;
}

/* Skips n bytes. */
static inline void rd_skip(struct rd *r, size_t n)
{
    (void)rd_bytes(r, n);
}

static inline uint8_t rd_u8(struct rd *r)
{
    const uint8_t *p = rd_bytes(r, 1);
    return p != NULL ? p[0] : 0;
}

static inline uint16_t rd_u16(struct rd *r)
{
    const uint8_t *p = rd_bytes(r, 2);
    return p != NULL ? (uint16_t)((unsigned)p[0] | (unsigned)p[1] << 8) : 0;
}

static inline uint32_t rd_u32(struct rd *r)
{
    const uint8_t *p = rd_bytes(r, 4);
    return p != NULL ? (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24 : 0;
}

static inline uint16_t rd_u16_be(struct rd *r)
{
    const uint8_t *p = rd_bytes(r, 2);
    return p != NULL ? (uint16_t)((unsigned)p[0] << 8 | (unsigned)p[1]) : 0;
}

static inline uint32_t rd_u32_be(struct rd *r)
{
    const uint8_t *p = rd_bytes(r, 4);
    return p != NULL ? (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | (uint32_t)p[3] : 0;
}

uint32_t rd_u24(struct rd *r);
uint64_t rd_u48(struct rd *r);
uint64_t rd_u64(struct rd *r);

/* Bytes up to a NUL, which is consumed too; `*len` excludes it. NULL and bad without a NUL. */
const uint8_t *rd_cstr(struct rd *r, size_t *len);

#endif

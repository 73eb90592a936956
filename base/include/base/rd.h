/* summary: bounded read cursor, the only way in which wire bytes are read */
#ifndef BASE_RD_H
#define BASE_RD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A cursor over borrowed bytes. A read past the end sets `bad`, leaves the position at the end and returns
 * zeros; later reads do the same, so that a parser checks `rd_ok` once after a group of reads. Little-endian
 * functions carry no suffix (MySQL's order), big-endian ones end in _be. */
struct rd {
    const uint8_t *p;
    const uint8_t *end;
    bool bad;
};

void rd_init(struct rd *r, const void *data, size_t len);
bool rd_ok(const struct rd *r);
size_t rd_left(const struct rd *r);

uint8_t rd_u8(struct rd *r);
uint16_t rd_u16(struct rd *r);
uint32_t rd_u24(struct rd *r);
uint32_t rd_u32(struct rd *r);
uint64_t rd_u48(struct rd *r);
uint64_t rd_u64(struct rd *r);
uint16_t rd_u16_be(struct rd *r);
uint32_t rd_u32_be(struct rd *r);

/* `n` borrowed bytes, NULL (and bad) when fewer are left; n == 0 gives a non-NULL pointer. */
const uint8_t *rd_bytes(struct rd *r, size_t n);

/* Skips n bytes. */
void rd_skip(struct rd *r, size_t n);

/* Bytes up to a NUL, which is consumed too; `*len` excludes it. NULL and bad without a NUL. */
const uint8_t *rd_cstr(struct rd *r, size_t *len);

#endif

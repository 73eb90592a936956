/* summary: bounded read cursor; lengths are compared by subtraction, so no pointer runs past the end */
#include "base/rd.h"

#include "base/obj.h"

#include <string.h>

void rd_init(struct rd *r, const void *data, size_t len)
{
    static const uint8_t nothing[1];
    OBJ_ASSERT(data != NULL || len == 0);
    r->p = data != NULL ? data : nothing;
    r->end = r->p + len;
    r->bad = false;
}

bool rd_ok(const struct rd *r)
{
    return !r->bad;
}

size_t rd_left(const struct rd *r)
{
    return (size_t)(r->end - r->p);
}

const uint8_t *rd_bytes(struct rd *r, size_t n)
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

void rd_skip(struct rd *r, size_t n)
{
    (void)rd_bytes(r, n);
}

/* `n` bytes, least significant first. */
static uint64_t little(struct rd *r, size_t n)
{
    const uint8_t *p = rd_bytes(r, n);
    uint64_t v = 0;
    if (p != NULL)
        for (size_t i = n; i > 0; i--)
            v = v << 8 | p[i - 1];
    return v;
}

static uint64_t big(struct rd *r, size_t n)
{
    const uint8_t *p = rd_bytes(r, n);
    uint64_t v = 0;
    if (p != NULL)
        for (size_t i = 0; i < n; i++)
            v = v << 8 | p[i];
    return v;
}

uint8_t rd_u8(struct rd *r)
{
    return (uint8_t)little(r, 1);
}

uint16_t rd_u16(struct rd *r)
{
    return (uint16_t)little(r, 2);
}

uint32_t rd_u24(struct rd *r)
{
    return (uint32_t)little(r, 3);
}

uint32_t rd_u32(struct rd *r)
{
    return (uint32_t)little(r, 4);
}

uint64_t rd_u48(struct rd *r)
{
    return little(r, 6);
}

uint64_t rd_u64(struct rd *r)
{
    return little(r, 8);
}

uint16_t rd_u16_be(struct rd *r)
{
    return (uint16_t)big(r, 2);
}

uint32_t rd_u32_be(struct rd *r)
{
    return (uint32_t)big(r, 4);
}

const uint8_t *rd_cstr(struct rd *r, size_t *len)
{
    *len = 0;
    const uint8_t *nul = r->bad || r->p == r->end ? NULL : memchr(r->p, 0, rd_left(r));
    if (nul == NULL) {
        r->bad = true;
        r->p = r->end;
        return NULL;
    }
    const uint8_t *at = r->p;
    *len = (size_t)(nul - at);
    r->p = nul + 1;
    return at;
}

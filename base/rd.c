/* summary: bounded read cursor: what is not inline in its header */
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

uint32_t rd_u24(struct rd *r)
{
    return (uint32_t)little(r, 3);
}

uint64_t rd_u48(struct rd *r)
{
    return little(r, 6);
}

uint64_t rd_u64(struct rd *r)
{
    return little(r, 8);
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

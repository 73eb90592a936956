/* summary: the parameter block of COM_QUERY and COM_STMT_EXECUTE: null bitmap, types, names, values */
#include "parts.h"

#include <string.h>

bool myw_params_open(struct rd *r, uint64_t count, bool names, struct myw_params *out)
{
    *out = (struct myw_params){.count = count, .names = names};
    if (count == 0 || count > UINT16_MAX)
        return false;
    out->nulls = rd_bytes(r, (size_t)(count + 7) / 8);
    uint8_t bound = rd_u8(r);
    if (!rd_ok(r) || bound > 1)
        return false;
    out->bound = bound == 1;
    out->types = *r;
    for (uint64_t i = 0; out->bound && i < count && rd_ok(r); i++) {
        size_t n = 0;
        rd_skip(r, 2);
        if (names)
            (void)myw_rd_lenstr(r, &n);
    }
    out->values = *r;
    return rd_ok(r);
}

bool myw_params_next(struct myw_params *ps, struct myw_param *out)
{
    if (ps->at >= ps->count)
        return false;
    *out = (struct myw_param){.type = 0xffff};
    out->null = (ps->nulls[ps->at / 8] >> (ps->at % 8) & 1) != 0;
    if (ps->bound) {
        out->type = rd_u16(&ps->types);
        if (ps->names)
            out->name = myw_rd_lenstr(&ps->types, &out->name_bytes);
    }
    ps->at++;
    return true;
}

bool myw_take_attribute(struct myw_cmd_run *r, struct myw_params *ps, const struct myw_param *p)
{
    static const char name[] = "traceparent";
    if (p->null)
        return true;
    struct rd value = ps->values;
    if (!myw_value(&ps->values, p->type, NULL))
        return false;
    if (p->name == NULL || p->name_bytes != sizeof name - 1 || memcmp(p->name, name, p->name_bytes) != 0)
        return true;
    size_t n = 0;
    const uint8_t *text =
        (p->type & 0xff) >= 0xf5 || (p->type & 0xff) == 0x0f ? myw_rd_lenstr(&value, &n) : NULL;
    if (text == NULL || n >= sizeof r->traceparent)
        return true;
    for (size_t i = 0; i < n; i++)
        if (text[i] <= 0x20 || text[i] > 0x7e)
            return true;
    memcpy(r->traceparent, text, n);
    r->traceparent[n] = 0;
    return true;
}

/* summary: values of the binary protocol as JSON ("Binary Protocol Value") */
#include "parts.h"

#include "base/text.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TYPE_UNSIGNED 0x8000u /* flag beside the type */

enum field_type {
    FT_DECIMAL = 0x00,
    FT_TINY = 0x01,
    FT_SHORT = 0x02,
    FT_LONG = 0x03,
    FT_FLOAT = 0x04,
    FT_DOUBLE = 0x05,
    FT_NULL = 0x06,
    FT_TIMESTAMP = 0x07,
    FT_LONGLONG = 0x08,
    FT_INT24 = 0x09,
    FT_DATE = 0x0a,
    FT_TIME = 0x0b,
    FT_DATETIME = 0x0c,
    FT_YEAR = 0x0d,
    FT_NEWDATE = 0x0e,
    FT_VARCHAR = 0x0f,
    FT_BIT = 0x10,
    FT_VECTOR = 0xf2,
    FT_BOOL = 0xf4,
    FT_JSON = 0xf5,
};

static bool put(struct buf *out, const char *text)
{
    return out == NULL || buf_add(out, text, strlen(text)) == PP_OK;
}

/* The shortest form that reads back as the same number. */
static bool put_real(struct buf *out, double v, bool single)
{
    char text[40];
    if (!isfinite(v))
        return put(out, isnan(v) ? "\"NaN\"" : v > 0 ? "\"Infinity\"" : "\"-Infinity\"");
    for (int digits = single ? 6 : 15; digits <= (single ? 9 : 17); digits++) {
        (void)snprintf(text, sizeof text, "%.*g", digits, v);
        double back = strtod(text, NULL);
        if (single ? (float)back == (float)v : back == v)
            break;
    }
    return put(out, text);
}

static bool put_int(struct rd *r, size_t bytes, bool is_unsigned, struct buf *out)
{
    uint64_t v = 0;
    switch (bytes) {
    case 1:
        v = rd_u8(r);
        v = is_unsigned ? v : (uint64_t)(int8_t)v;
        break;
    case 2:
        v = rd_u16(r);
        v = is_unsigned ? v : (uint64_t)(int16_t)v;
        break;
    case 4:
        v = rd_u32(r);
        v = is_unsigned ? v : (uint64_t)(int32_t)v;
        break;
    default:
        v = rd_u64(r);
        break;
    }
    if (!rd_ok(r))
        return false;
    char text[24];
    if (is_unsigned)
        (void)snprintf(text, sizeof text, "%" PRIu64, v);
    else
        (void)snprintf(text, sizeof text, "%" PRId64, (int64_t)v);
    return put(out, text);
}

/* Length 0 (all zero), 4 (date), 7 (and time), 11 (and microseconds). */
static bool put_datetime(struct rd *r, bool date_only, struct buf *out)
{
    char text[64];
    uint8_t len = rd_u8(r);
    struct rd v;
    const uint8_t *data = rd_bytes(r, len);
    if (data == NULL)
        return false;
    rd_init(&v, data, len);
    unsigned year = len >= 4 ? rd_u16(&v) : 0, month = len >= 4 ? rd_u8(&v) : 0,
             day = len >= 4 ? rd_u8(&v) : 0;
    unsigned h = len >= 7 ? rd_u8(&v) : 0, min = len >= 7 ? rd_u8(&v) : 0, sec = len >= 7 ? rd_u8(&v) : 0;
    if (len >= 11)
        (void)snprintf(text, sizeof text, "\"%04u-%02u-%02u %02u:%02u:%02u.%06" PRIu32 "\"", year, month, day,
                       h, min, sec, rd_u32(&v));
    else if (date_only && len < 7)
        (void)snprintf(text, sizeof text, "\"%04u-%02u-%02u\"", year, month, day);
    else
        (void)snprintf(text, sizeof text, "\"%04u-%02u-%02u %02u:%02u:%02u\"", year, month, day, h, min, sec);
    return put(out, text);
}

/* Length 0, 8 (sign, days, time) or 12 (and microseconds). */
static bool put_time(struct rd *r, struct buf *out)
{
    char text[64];
    uint8_t len = rd_u8(r);
    const uint8_t *data = rd_bytes(r, len);
    if (data == NULL)
        return false;
    struct rd v;
    rd_init(&v, data, len);
    bool negative = len >= 8 && rd_u8(&v) != 0;
    uint64_t hours = len >= 8 ? (uint64_t)rd_u32(&v) * 24 : 0;
    hours += len >= 8 ? rd_u8(&v) : 0;
    unsigned min = len >= 8 ? rd_u8(&v) : 0, sec = len >= 8 ? rd_u8(&v) : 0;
    const char *sign = negative ? "-" : "";
    if (len >= 12)
        (void)snprintf(text, sizeof text, "\"%s%02" PRIu64 ":%02u:%02u.%06" PRIu32 "\"", sign, hours, min,
                       sec, rd_u32(&v));
    else
        (void)snprintf(text, sizeof text, "\"%s%02" PRIu64 ":%02u:%02u\"", sign, hours, min, sec);
    return put(out, text);
}

static bool put_string(struct rd *r, struct buf *out)
{
    size_t n = 0;
    const uint8_t *data = myw_rd_lenstr(r, &n);
    return data != NULL && (out == NULL || text_add_json(out, data, n) == PP_OK);
}

static bool put_float(struct rd *r, struct buf *out)
{
    uint32_t bits = rd_u32(r);
    float f;
    memcpy(&f, &bits, sizeof f);
    return rd_ok(r) && put_real(out, (double)f, true);
}

static bool put_double(struct rd *r, struct buf *out)
{
    uint64_t bits = rd_u64(r);
    double d;
    memcpy(&d, &bits, sizeof d);
    return rd_ok(r) && put_real(out, d, false);
}

bool myw_value(struct rd *r, uint16_t type, struct buf *out)
{
    bool is_unsigned = (type & TYPE_UNSIGNED) != 0;
    switch (type & 0xff) {
    case FT_TINY:
    case FT_BOOL:
        return put_int(r, 1, is_unsigned, out);
    case FT_SHORT:
    case FT_YEAR:
        return put_int(r, 2, is_unsigned, out);
    case FT_LONG:
    case FT_INT24:
        return put_int(r, 4, is_unsigned, out);
    case FT_LONGLONG:
        return put_int(r, 8, is_unsigned, out);
    case FT_FLOAT:
        return put_float(r, out);
    case FT_DOUBLE:
        return put_double(r, out);
    case FT_NULL:
        return put(out, "null");
    case FT_DATE:
    case FT_NEWDATE:
        return put_datetime(r, true, out);
    case FT_TIMESTAMP:
    case FT_DATETIME:
        return put_datetime(r, false, out);
    case FT_TIME:
        return put_time(r, out);
    case FT_DECIMAL:
    case FT_VARCHAR:
    case FT_BIT:
    case FT_VECTOR:
        return put_string(r, out);
    default: /* decimal, enum, set, blobs, strings, JSON, geometry are length-encoded */
        return (type & 0xff) >= FT_JSON && put_string(r, out);
    }
}

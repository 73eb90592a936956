/* summary: the route of a request target: path without query, with identifiers folded to {id} */
#include "http_private.h"

#include <string.h>

/* A segment of this many hexadecimal digits is an identifier: words that long made of a-f only do not occur.
 */
#define LONG_HEX 16

static bool is_digit(uint8_t b)
{
    return b >= '0' && b <= '9';
}

static bool is_hex(uint8_t b)
{
    return is_digit(b) || (b >= 'a' && b <= 'f') || (b >= 'A' && b <= 'F');
}

static bool is_number(const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!is_digit(p[i]))
            return false;
    return n > 0;
}

static bool is_long_hex(const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!is_hex(p[i]))
            return false;
    return n >= LONG_HEX;
}

/* 8-4-4-4-12 hexadecimal digits (RFC 9562). */
static bool is_uuid(const uint8_t *p, size_t n)
{
    if (n != 36)
        return false;
    for (size_t i = 0; i < n; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;

        if (dash ? p[i] != '-' : !is_hex(p[i]))
            return false;
    }
    return true;
}

/* Appends what fits whole; false when it did not. */
static bool put(char *dst, size_t *len, const char *text, size_t n)
{
    if (*len + n > HTTP_ROUTE_MAX)
        return false;
    memcpy(dst + *len, text, n);
    *len += n;
    return true;
}

static bool put_byte(char *dst, size_t *len, uint8_t b)
{
    static const char hex[] = "0123456789ABCDEF";
    const char plain = (char)b;
    const char escaped[3] = {'%', hex[b >> 4], hex[b & 15]};

    if (b > 0x20 && b < 0x7f)
        return put(dst, len, &plain, 1);
    return put(dst, len, escaped, sizeof escaped);
}

static bool put_segment(char *dst, size_t *len, const uint8_t *p, size_t n)
{
    if (is_number(p, n) || is_uuid(p, n) || is_long_hex(p, n))
        return put(dst, len, "{id}", 4);
    for (size_t i = 0; i < n; i++)
        if (!put_byte(dst, len, p[i]))
            return false;
    return true;
}

/* Start of the path in an absolute-form target ("http://host/path"), else `p` (RFC 9112, 3.2). */
static const uint8_t *skip_authority(const uint8_t *p, const uint8_t *end)
{
    const uint8_t *q = p;

    while (q < end && *q != ':' && *q != '/')
        q++;
    if (end - q < 3 || q == p || memcmp(q, "://", 3) != 0)
        return p;
    q += 3;
    while (q < end && *q != '/' && *q != '?' && *q != '#')
        q++;
    return q;
}

void http_route_of(char dst[HTTP_ROUTE_MAX + 1], const void *target, size_t n)
{
    const uint8_t *end = (const uint8_t *)target + n;
    const uint8_t *p = skip_authority(target, end);
    const uint8_t *stop = p;
    size_t len = 0;
    bool room = true;

    while (stop < end && *stop != '?' && *stop != '#')
        stop++;
    if (p == stop) /* an empty path is "/" */
        room = put(dst, &len, "/", 1);
    while (room && p < stop) {
        const uint8_t *slash = memchr(p, '/', (size_t)(stop - p));
        const uint8_t *segment_end = slash ? slash : stop;

        room = put_segment(dst, &len, p, (size_t)(segment_end - p));
        if (room && slash)
            room = put(dst, &len, "/", 1);
        p = slash ? slash + 1 : stop;
    }
    dst[len] = '\0';
}

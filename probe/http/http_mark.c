/* summary: the two request headers that are read: traceparent and Poolload-Level */
#include "http_private.h"

#include "base/rd.h"

#include <string.h>

static bool is_lower_hex(uint8_t b)
{
    return (b >= '0' && b <= '9') || (b >= 'a' && b <= 'f');
}

/* n lower-case hexadecimal digits, not all of them '0' unless `zero_ok`. */
static bool hex_field(const uint8_t *p, size_t n, bool zero_ok)
{
    bool zero = true;

    for (size_t i = 0; i < n; i++) {
        if (!is_lower_hex(p[i]))
            return false;
        zero = zero && p[i] == '0';
    }
    return zero_ok || !zero;
}

void http_trace_id_of(char dst[HTTP_TRACE_ID_CHARS + 1], const void *value, size_t len)
{
    const uint8_t *p = value;

    /* version "-" trace-id "-" parent-id "-" flags: 2, 32, 16 and 2 digits */
    dst[0] = '\0';
    if (len < 55 || p[2] != '-' || p[35] != '-' || p[52] != '-')
        return;
    if (!hex_field(p, 2, true) || !hex_field(p + 3, 32, false) || !hex_field(p + 36, 16, false) ||
        !hex_field(p + 53, 2, true))
        return;
    if (memcmp(p, "ff", 2) == 0)
        return;
    /* Version 00 ends here; a later one may go on after another dash. */
    if (len > 55 && (memcmp(p, "00", 2) == 0 || p[55] != '-'))
        return;
    memcpy(dst, p + 3, HTTP_TRACE_ID_CHARS);
    dst[HTTP_TRACE_ID_CHARS] = '\0';
}

static void skip_spaces(struct rd *r)
{
    while (rd_left(r) && (*r->p == ' ' || *r->p == '\t'))
        rd_skip(r, 1);
}

/* A decimal number of at most `max`, without sign. */
static bool read_number(struct rd *r, uint64_t max, uint64_t *out)
{
    uint64_t v = 0;
    bool any = false;

    while (rd_left(r) && *r->p >= '0' && *r->p <= '9') {
        uint64_t digit = (uint64_t)(rd_u8(r) - '0');

        if (v > (max - digit) / 10)
            return false;
        v = v * 10 + digit;
        any = true;
    }
    *out = v;
    return any;
}

enum { MARK_INDEX, MARK_USERS, MARK_START, MARK_END, MARK_QUEUE, MARK_KEYS };
#define QUEUE_MAX_NS (UINT64_C(3600) * 1000000000) /* more is nonsense, and sums of it might not fit */
#define MARK_FEWEST MARK_QUEUE                     /* that one is there in open load only */
static const char *const mark_keys[MARK_KEYS] = {"index", "users", "start", "end", "queue"};
static const uint64_t mark_max[MARK_KEYS] = {UINT32_MAX, UINT32_MAX, INT64_MAX, INT64_MAX, QUEUE_MAX_NS};

/* One "key=number"; each key may come once. */
static bool read_pair(struct rd *r, uint64_t values[MARK_KEYS], bool seen[MARK_KEYS])
{
    for (size_t i = 0; i < MARK_KEYS; i++) {
        size_t n = strlen(mark_keys[i]);

        if (rd_left(r) <= n || memcmp(r->p, mark_keys[i], n) != 0 || r->p[n] != '=')
            continue;
        if (seen[i])
            return false;
        seen[i] = true;
        rd_skip(r, n + 1);
        return read_number(r, mark_max[i], &values[i]);
    }
    return false;
}

void http_level_mark_of(struct http_level_mark *mark, const void *value, size_t len)
{
    uint64_t values[MARK_KEYS] = {0};
    bool seen[MARK_KEYS] = {false};
    struct rd r;

    memset(mark, 0, sizeof *mark);
    rd_init(&r, value, len);
    for (size_t i = 0; i < MARK_KEYS; i++) {
        skip_spaces(&r);
        if (i >= MARK_FEWEST && !rd_left(&r))
            break;
        if (i > 0 && rd_u8(&r) != ';')
            return;
        skip_spaces(&r);
        if (!read_pair(&r, values, seen))
            return;
    }
    skip_spaces(&r);
    for (size_t i = 0; i < MARK_FEWEST; i++)
        if (!seen[i])
            return;
    if (rd_left(&r) || values[MARK_START] >= values[MARK_END])
        return;
    mark->present = true;
    mark->index = (uint32_t)values[MARK_INDEX];
    mark->users = (uint32_t)values[MARK_USERS];
    mark->start_ns = (int64_t)values[MARK_START];
    mark->end_ns = (int64_t)values[MARK_END];
    mark->queue_ns = (int64_t)values[MARK_QUEUE];
}

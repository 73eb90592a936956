/* summary: growable byte buffer with a hard limit */
#include "base/buf.h"

#include "base/obj.h"

#include <stdio.h>
#include <string.h>

#define FIRST_CAP 64

void buf_init(struct buf *b, size_t limit_bytes)
{
    /* One byte beyond the limit is kept for buf_addf's NUL. */
    OBJ_ASSERT(limit_bytes < SIZE_MAX / 2);
    *b = (struct buf){.limit = limit_bytes};
}

void buf_fini(struct buf *b)
{
    if (b->data == NULL) /* nearly always, on the decoder's hot path: spares the call */
        return;
    free(b->data);
    *b = (struct buf){.limit = b->limit};
}

void buf_clear(struct buf *b)
{
    b->len = 0;
}

/* Room for `len` bytes in all and one more. */
static enum pp_status reserve(struct buf *b, size_t len)
{
    if (len < b->cap)
        return PP_OK;
    size_t cap = b->cap != 0 ? b->cap : FIRST_CAP;
    while (cap <= len)
        cap *= 2;
    if (cap > b->limit + 1)
        cap = b->limit + 1;
    uint8_t *data = realloc(b->data, cap);
    if (data == NULL)
        return PP_NOMEM;
    b->data = data;
    b->cap = cap;
    return PP_OK;
}

enum pp_status buf_add(struct buf *b, const void *data, size_t len)
{
    if (len > b->limit - b->len)
        return PP_LIMIT;
    if (len == 0)
        return PP_OK;
    enum pp_status st = reserve(b, b->len + len);
    if (st != PP_OK)
        return st;
    memcpy(b->data + b->len, data, len);
    b->len += len;
    return PP_OK;
}

enum pp_status buf_add_byte(struct buf *b, uint8_t byte)
{
    return buf_add(b, &byte, 1);
}

__attribute__((format(printf, 2, 0))) static enum pp_status add_formatted(struct buf *b, const char *fmt,
                                                                          va_list ap, va_list again)
{
    size_t room = b->cap - b->len;
    int n = vsnprintf(room > 0 ? (char *)b->data + b->len : NULL, room, fmt, ap);
    if (n < 0)
        return PP_INVALID;
    if ((size_t)n > b->limit - b->len)
        return PP_LIMIT;
    if ((size_t)n >= room) {
        enum pp_status st = reserve(b, b->len + (size_t)n);
        if (st != PP_OK)
            return st;
        (void)vsnprintf((char *)b->data + b->len, b->cap - b->len, fmt, again);
    }
    b->len += (size_t)n;
    return PP_OK;
}

enum pp_status buf_addf(struct buf *b, const char *fmt, ...)
{
    va_list ap;
    va_list again;
    va_start(ap, fmt);
    va_copy(again, ap);
    enum pp_status st = add_formatted(b, fmt, ap, again);
    va_end(again);
    va_end(ap);
    if (st != PP_OK && b->len < b->cap)
        b->data[b->len] = 0;
    return st;
}

size_t buf_add_some(struct buf *b, const void *data, size_t len)
{
    size_t room = b->limit - b->len;
    size_t n = len < room ? len : room;
    return buf_add(b, data, n) == PP_OK ? n : 0;
}

void buf_drop_front(struct buf *b, size_t n)
{
    OBJ_ASSERT(n <= b->len);
    if (n == 0)
        return;
    memmove(b->data, b->data + n, b->len - n);
    b->len -= n;
}

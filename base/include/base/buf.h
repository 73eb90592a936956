/* summary: growable byte buffer with a hard limit */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

/* Embedded in its owner. `limit` bounds `len` for good; capacity grows by doubling. */
struct buf {
    uint8_t *data;
    size_t len;
    size_t cap;
    size_t limit;
};

void buf_init(struct buf *b, size_t limit_bytes);
/* Frees the memory; the buffer may be used again with the same limit. */
void buf_fini(struct buf *b);
/* len = 0, memory kept. */
void buf_clear(struct buf *b);
/* Appends; PP_LIMIT (nothing appended) past the limit, PP_NOMEM. */
PP_MUST_CHECK enum pp_status buf_add(struct buf *b, const void *data, size_t len);
PP_MUST_CHECK enum pp_status buf_add_byte(struct buf *b, uint8_t byte);
/* printf form; no NUL is counted in len, though one always follows the text. */
PP_MUST_CHECK enum pp_status buf_addf(struct buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Appends as much as the limit allows; returns the number of bytes taken (0 also when memory is out). */
size_t buf_add_some(struct buf *b, const void *data, size_t len);
/* Removes n bytes (at most len) from the front. */
void buf_drop_front(struct buf *b, size_t n);

#endif

/* summary: buffered output to a stream with a sticky first failure, so that rendering code needs no checks */
#ifndef VIEW_OUT_H
#define VIEW_OUT_H

#include "base/buf.h"
#include "base/status.h"

#include <stdio.h>

struct view_out {
    FILE *file; /* borrowed */
    struct buf buf;
    enum pp_status status; /* the first failure; nothing is written after it */
    int errnum;            /* errno of it, 0 when it was none of the system's */
};

void view_out_init(struct view_out *o, FILE *file);
/* Writes what is buffered, flushes the stream and frees the buffer. PP_IO, PP_NOMEM with err. */
PP_MUST_CHECK enum pp_status view_out_fini(struct view_out *o, struct pp_err *err);
/* Records a failure of the caller (first one wins). */
void view_out_fail(struct view_out *o, enum pp_status status);

void view_put(struct view_out *o, const char *text);
void view_put_bytes(struct view_out *o, const void *data, size_t len);
void view_putf(struct view_out *o, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Escapes for HTML; NULL writes nothing. */
void view_put_html(struct view_out *o, const char *text);
void view_put_html_bytes(struct view_out *o, const char *text, size_t len);
/* `text` n times. */
void view_put_times(struct view_out *o, const char *text, int n);

#endif

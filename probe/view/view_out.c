/* summary: buffered output to a stream with a sticky first failure */
#include "view_out.h"

#include "base/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

/* One write call for about this much. */
#define FLUSH_BYTES ((size_t)65536)

void view_out_init(struct view_out *o, FILE *file)
{
    *o = (struct view_out){.file = file, .status = PP_OK};
    /* no limit of its own: the buffer holds FLUSH_BYTES and one text of the report, which is in memory anyway
     */
    buf_init(&o->buf, SIZE_MAX / 4);
}

void view_out_fail(struct view_out *o, enum pp_status status)
{
    if (o->status == PP_OK && status != PP_OK)
        o->status = status;
}

static void flush_buffer(struct view_out *o)
{
    if (o->status == PP_OK && o->buf.len > 0) {
        errno = 0;
        if (fwrite(o->buf.data, 1, o->buf.len, o->file) != o->buf.len) {
            o->errnum = errno;
            o->status = PP_IO;
        }
    }
    buf_clear(&o->buf);
}

static void after_add(struct view_out *o, enum pp_status status)
{
    view_out_fail(o, status);
    if (o->buf.len >= FLUSH_BYTES)
        flush_buffer(o);
}

static enum pp_status explain(const struct view_out *o, struct pp_err *err)
{
    if (o->status == PP_NOMEM)
        return pp_err_set(err, PP_NOMEM, "out of memory while writing the report");
    if (o->errnum == EPIPE)
        return pp_err_set(err, PP_IO, "cannot write the report: its reader closed the pipe");
    if (o->errnum == ENOSPC || o->errnum == EDQUOT)
        return pp_err_set(err, PP_IO,
                          "cannot write the report: %s; free some space or choose another place with -o",
                          strerror(o->errnum));
    return pp_err_set(err, o->status, "cannot write the report: %s",
                      o->errnum ? strerror(o->errnum) : pp_status_name(o->status));
}

enum pp_status view_out_fini(struct view_out *o, struct pp_err *err)
{
    flush_buffer(o);
    buf_fini(&o->buf);
    if (o->status == PP_OK && fflush(o->file) != 0) {
        o->errnum = errno;
        o->status = PP_IO;
    }
    return o->status == PP_OK ? PP_OK : explain(o, err);
}

void view_put_bytes(struct view_out *o, const void *data, size_t len)
{
    if (o->status == PP_OK && len > 0)
        after_add(o, buf_add(&o->buf, data, len));
}

void view_put(struct view_out *o, const char *text)
{
    view_put_bytes(o, text, strlen(text));
}

void view_putf(struct view_out *o, const char *fmt, ...)
{
    char tmp[1024];
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(tmp, sizeof tmp, fmt, ap);
    va_end(ap);
    /* used for figures and fixed words only, so that nothing is ever cut here */
    if (n > 0)
        view_put_bytes(o, tmp, (size_t)n < sizeof tmp ? (size_t)n : sizeof tmp - 1);
}

void view_put_html_bytes(struct view_out *o, const char *text, size_t len)
{
    if (o->status == PP_OK && len > 0)
        after_add(o, text_add_html(&o->buf, text, len));
}

void view_put_html(struct view_out *o, const char *text)
{
    if (text)
        view_put_html_bytes(o, text, strlen(text));
}

void view_put_times(struct view_out *o, const char *text, int n)
{
    for (int i = 0; i < n; i++)
        view_put(o, text);
}

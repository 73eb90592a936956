/* summary: names of status codes, and error texts of one line */
#include "base/status.h"

#include "clean.h"

#include <stdio.h>

void base_clean(char *text)
{
    for (unsigned char *p = (unsigned char *)text; *p != 0; p++) {
        if (*p < 0x20 || *p == 0x7f) {
            *p = '?';
        } else if (*p == 0xc2 && p[1] >= 0x80 && p[1] <= 0x9f) {
            *p = '?';
            p[1] = '?';
        }
    }
}

enum pp_status pp_err_set(struct pp_err *err, enum pp_status status, const char *fmt, ...)
{
    if (err == NULL)
        return status;
    va_list ap;
    va_start(ap, fmt);
    if (vsnprintf(err->text, sizeof err->text, fmt, ap) < 0)
        err->text[0] = 0;
    va_end(ap);
    base_clean(err->text);
    err->status = status;
    return status;
}

const char *pp_status_name(enum pp_status status)
{
    switch (status) {
    case PP_OK:
        return "ok";
    case PP_AGAIN:
        return "nothing to do now";
    case PP_END:
        return "end of input";
    case PP_NOMEM:
        return "out of memory";
    case PP_LIMIT:
        return "limit reached";
    case PP_INVALID:
        return "invalid input";
    case PP_DENIED:
        return "permission denied";
    case PP_NOENT:
        return "not found";
    case PP_IO:
        return "input/output error";
    case PP_VERSION:
        return "other version";
    }
    return "unknown status";
}

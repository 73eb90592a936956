/* summary: texts of a report: copies, printf, addresses, times for people */
#include "parts.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *ana_textf(const char *fmt, ...)
{
    va_list ap;
    char *s = NULL;
    va_start(ap, fmt);
    int n = vasprintf(&s, fmt, ap);
    va_end(ap);
    return n < 0 ? NULL : s;
}

char *ana_text(const char *s)
{
    return strdup(s ? s : "");
}

size_t ana_host_bytes(const char *address)
{
    const char *colon = strrchr(address, ':');
    return colon ? (size_t)(colon - address) : strlen(address);
}

const char *ana_ms(char dst[32], double ns)
{
    double ms = ns / 1e6;
    snprintf(dst, 32,
             ms >= 99.95   ? "%.0f ms"
             : ms >= 9.995 ? "%.1f ms"
             : ms >= 0.01  ? "%.2f ms"
                           : "%.4f ms",
             ms);
    return dst;
}

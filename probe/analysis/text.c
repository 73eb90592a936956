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

uint16_t ana_port(const char *address)
{
    const char *colon = strrchr(address, ':');
    unsigned long port = colon ? strtoul(colon + 1, NULL, 10) : 0;
    return port <= UINT16_MAX ? (uint16_t)port : 0;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool ana_trace_parse(uint64_t trace[2], const char *text)
{
    trace[0] = trace[1] = 0;
    if (strlen(text) != 32)
        return false;
    for (int i = 0; i < 32; i++) {
        int digit = hex_digit(text[i]);
        if (digit < 0) {
            trace[0] = trace[1] = 0;
            return false;
        }
        trace[i / 16] = trace[i / 16] << 4 | (uint64_t)digit;
    }
    return trace[0] != 0 || trace[1] != 0;
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

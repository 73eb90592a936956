/* summary: messages for people on stderr, each written at once so that threads do not mix their lines */
#include "base/log.h"

#include "clean.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define LINE_MAX_BYTES 2048

/* Set once in main before any thread starts. */
static const char *program = "poolprobe";

void log_set_program(const char *name)
{
    program = name;
}

__attribute__((format(printf, 2, 0))) static void write_line(const char *kind, const char *fmt, va_list ap)
{
    char line[LINE_MAX_BYTES];
    int head = snprintf(line, sizeof line, "%s: %s", program, kind);
    if (head < 0 || (size_t)head >= sizeof line - 2)
        head = 0;
    /* One byte is kept for the line end. */
    (void)vsnprintf(line + head, sizeof line - 1 - (size_t)head, fmt, ap);
    base_clean(line);
    size_t len = strlen(line);
    line[len] = '\n';
    (void)fwrite(line, 1, len + 1, stderr);
}

void log_error(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    write_line("", fmt, ap);
    va_end(ap);
}

void log_warn(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    write_line("warning: ", fmt, ap);
    va_end(ap);
}

void log_info(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    write_line("", fmt, ap);
    va_end(ap);
}

/* summary: parser of mysql:// URIs */
#include "uri.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define SCHEME "mysql://"
#define SHAPE "wants mysql://user@host:port/database"

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Percent-decodes [from, to) into dst of n bytes; false when it does not fit, is malformed or holds a NUL. */
static bool decode(char *dst, size_t n, const char *from, const char *to)
{
    size_t used = 0;
    while (from < to) {
        int c = (unsigned char)*from++;
        if (c == '%') {
            int high = to - from >= 2 ? hex_value(from[0]) : -1;
            int low = high >= 0 ? hex_value(from[1]) : -1;
            if (low < 0)
                return false;
            c = high * 16 + low;
            from += 2;
        }
        if (c == 0 || used + 1 >= n)
            return false;
        dst[used++] = (char)c;
    }
    dst[used] = 0;
    return true;
}

static bool parse_port(const char *from, const char *to, uint16_t *port)
{
    uint32_t v = 0;
    if (from == to || to - from > 5)
        return false;
    for (; from < to; from++) {
        if (*from < '0' || *from > '9')
            return false;
        v = v * 10 + (uint32_t)(*from - '0');
    }
    *port = (uint16_t)v;
    return v >= 1 && v <= 65535;
}

/* host, host:port, [v6], [v6]:port */
static bool parse_address(const char *from, const char *to, struct uri *u)
{
    const char *host = from;
    const char *host_end = memchr(from, ':', (size_t)(to - from));
    const char *rest = host_end;
    if (from < to && *from == '[') {
        host = from + 1;
        host_end = memchr(from, ']', (size_t)(to - from));
        if (host_end == NULL)
            return false;
        rest = host_end + 1;
    }
    if (host_end == NULL)
        host_end = rest = to;
    if (host == host_end || !decode(u->host, sizeof u->host, host, host_end))
        return false;
    u->port = 3306;
    return rest == to || (*rest == ':' && parse_port(rest + 1, to, &u->port));
}

enum pp_status uri_parse(const char *text, struct uri *u, struct pp_err *err)
{
    memset(u, 0, sizeof *u);
    if (strncmp(text, SCHEME, strlen(SCHEME)) != 0)
        return pp_err_set(err, PP_INVALID, "--mysql " SHAPE);
    const char *p = text + strlen(SCHEME);
    const char *slash = strchr(p, '/');
    const char *end = slash != NULL ? slash : p + strlen(p);
    const char *at = memchr(p, '@', (size_t)(end - p));
    if (at == NULL || at == p)
        return pp_err_set(err, PP_INVALID, "--mysql " SHAPE ": the user is missing");
    if (memchr(p, ':', (size_t)(at - p)) != NULL)
        return pp_err_set(err, PP_INVALID, "--mysql takes no password: put it into MYSQL_PWD");
    if (slash == NULL || slash[1] == 0)
        return pp_err_set(err, PP_INVALID, "--mysql " SHAPE ": the database is missing");
    if (!decode(u->user, sizeof u->user, p, at) || !parse_address(at + 1, end, u) ||
        !decode(u->database, sizeof u->database, slash + 1, slash + strlen(slash)))
        return pp_err_set(err, PP_INVALID, "--mysql " SHAPE ", not \"%s\"", text);
    return PP_OK;
}

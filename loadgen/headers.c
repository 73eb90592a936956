/* summary: header lines of every request, from --header and --header-file */
#include "config.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define LINE_BYTES 65536

/* A field name is a token (RFC 9110, section 5.6.2). */
static size_t name_bytes(const char *line)
{
    return strspn(line, "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
}

static bool is_named(const char *line, size_t len, const char *name)
{
    return strlen(name) == len && strncasecmp(line, name, len) == 0;
}

/* What frames a message or belongs to poolload itself. */
static bool is_reserved(const struct lg_config *c, const char *line, size_t len)
{
    return is_named(line, len, "Content-Length") || is_named(line, len, "Transfer-Encoding") ||
           is_named(line, len, "Poolload-Level") || is_named(line, len, "Expect") ||
           (c->opt.trace_context && is_named(line, len, "traceparent"));
}

static enum pp_status add(struct lg_config *c, const char *line)
{
    struct curl_slist *list = curl_slist_append(c->headers, line);
    if (list == NULL)
        return PP_NOMEM;
    c->headers = list;
    return PP_OK;
}

/* curl sends a header without a value only when it is written with a semicolon. */
static enum pp_status add_empty(struct lg_config *c, const char *line, size_t len)
{
    char *text = NULL;
    if (asprintf(&text, "%.*s;", (int)len, line) < 0)
        return PP_NOMEM;
    enum pp_status st = add(c, text);
    free(text);
    return st;
}

static enum pp_status add_line(struct lg_config *c, const char *where, const char *line, struct pp_err *err)
{
    size_t len = name_bytes(line);
    if (len == 0 || line[len] != ':')
        return pp_err_set(err, PP_INVALID, "%s: \"%s\" is not NAME: VALUE", where, line);
    for (const unsigned char *p = (const unsigned char *)line; *p != 0; p++)
        if ((*p < ' ' && *p != '\t') || *p == 0x7f)
            return pp_err_set(err, PP_INVALID, "%s: \"%s\" has a control character", where, line);
    if (is_reserved(c, line, len))
        return pp_err_set(err, PP_INVALID, "%s: poolload itself sets %.*s", where, (int)len, line);
    c->own_type = c->own_type || is_named(line, len, "Content-Type");
    bool empty = line[len + 1 + strspn(line + len + 1, " \t")] == 0;
    enum pp_status st = empty ? add_empty(c, line, len) : add(c, line);
    return st == PP_OK ? PP_OK : pp_err_set(err, st, "out of memory");
}

static enum pp_status read_lines(struct lg_config *c, const char *path, FILE *f, struct pp_err *err)
{
    char *line = NULL;
    size_t cap = 0;
    ssize_t n = 0;
    enum pp_status st = PP_OK;
    while (st == PP_OK && (n = getline(&line, &cap, f)) >= 0) {
        while (n > 0 && (line[n - 1] == '\n' || line[n - 1] == '\r'))
            line[--n] = 0;
        if (n > LINE_BYTES || strlen(line) != (size_t)n)
            st = pp_err_set(err, PP_INVALID, "--header-file: %s is not a text file of header lines", path);
        else if (n > 0 && line[0] != '#')
            st = add_line(c, path, line, err);
    }
    if (st == PP_OK && ferror(f))
        st = pp_err_set(err, PP_INVALID, "--header-file: cannot read %s: %s", path, strerror(errno));
    free(line);
    return st;
}

enum pp_status lg_config_headers(struct lg_config *c, struct pp_err *err)
{
    enum pp_status st = PP_OK;
    for (size_t i = 0; st == PP_OK && i < c->opt.headers.count; i++)
        st = add_line(c, "--header", c->opt.headers.items[i], err);
    for (size_t i = 0; st == PP_OK && i < c->opt.header_files.count; i++) {
        const char *path = c->opt.header_files.items[i];
        FILE *f = fopen(path, "re");
        if (f == NULL)
            return pp_err_set(err, PP_INVALID, "--header-file: cannot read %s: %s", path, strerror(errno));
        st = read_lines(c, path, f, err);
        (void)fclose(f);
    }
    return st;
}

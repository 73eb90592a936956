/* summary: what to request: base address, endpoints, weights, bodies out of files */
#include "config.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool method_body(const char *method, enum lg_body *body)
{
    static const struct {
        const char *method;
        enum lg_body body;
    } methods[] = {{"GET", LG_BODY_NONE},   {"POST", LG_BODY_POST},   {"PUT", LG_BODY_POST},
                   {"PATCH", LG_BODY_POST}, {"DELETE", LG_BODY_NONE}, {"OPTIONS", LG_BODY_NONE},
                   {"HEAD", LG_BODY_HEAD}};
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        if (strcmp(method, methods[i].method) == 0) {
            *body = methods[i].body;
            return true;
        }
    }
    return false;
}

/* By the file's ending; --header 'Content-Type: …' has the last word. */
static const char *type_of(const char *path)
{
    static const struct {
        const char *ending;
        const char *type;
    } types[] = {{".json", "Content-Type: application/json"},
                 {".xml", "Content-Type: application/xml"},
                 {".txt", "Content-Type: text/plain; charset=utf-8"},
                 {".form", "Content-Type: application/x-www-form-urlencoded"}};
    size_t len = strlen(path);
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        size_t n = strlen(types[i].ending);
        if (len > n && strcmp(path + len - n, types[i].ending) == 0)
            return types[i].type;
    }
    return "Content-Type: application/octet-stream";
}

/* Reads to the end, so that pipes work too. */
static enum pp_status read_file(FILE *f, char **data, size_t *bytes)
{
    size_t cap = 4096;
    *data = malloc(cap);
    *bytes = 0;
    while (*data != NULL) {
        *bytes += fread(*data + *bytes, 1, cap - *bytes, f);
        if (ferror(f))
            return PP_IO;
        if (feof(f))
            return PP_OK;
        if (*bytes > LG_BODY_MAX_BYTES)
            return PP_LIMIT;
        if (*bytes == cap) {
            char *more = realloc(*data, cap *= 2);
            if (more == NULL)
                return PP_NOMEM;
            *data = more;
        }
    }
    return PP_NOMEM;
}

static enum pp_status read_body(struct lg_endpoint *e, const char *path, struct pp_err *err)
{
    FILE *f = fopen(path, "re");
    if (f == NULL)
        return pp_err_set(err, PP_INVALID, "cannot read the request body %s: %s", path, strerror(errno));
    enum pp_status st = read_file(f, &e->data, &e->data_bytes);
    int error = errno;
    (void)fclose(f);
    e->type = type_of(path);
    if (st == PP_OK)
        return PP_OK;
    free(e->data);
    e->data = NULL;
    if (st == PP_LIMIT)
        return pp_err_set(err, PP_INVALID, "the request body %s is larger than %u MiB", path,
                          LG_BODY_MAX_BYTES >> 20);
    return pp_err_set(err, st == PP_IO ? PP_INVALID : st, "cannot read the request body %s: %s", path,
                      st == PP_IO ? strerror(error) : "out of memory");
}

/* The path is what stands before " @". */
static enum pp_status check_path(const char *path, size_t len, struct pp_err *err)
{
    if (path[0] != '/')
        return pp_err_set(
            err, PP_INVALID,
            "--endpoint: the path in \"%s\" does not start with /; write it like 'POST /io-intensive'", path);
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)path[i];
        if (c <= ' ' || c == 0x7f || c == '#')
            return pp_err_set(err, PP_INVALID,
                              "--endpoint: the path in \"%s\" has a character that must be %%-encoded", path);
    }
    return PP_OK;
}

enum pp_status lg_endpoint_parse(struct lg_endpoint *e, const char *base, const char *text,
                                 struct pp_err *err)
{
    const char *space = strchr(text, ' ');
    size_t len = space != NULL ? (size_t)(space - text) : 0;
    *e = (struct lg_endpoint){.path = NULL};
    if (len == 0 || len >= sizeof e->method)
        return pp_err_set(err, PP_INVALID,
                          "--endpoint: \"%s\" has no method; write it like 'POST /io-intensive'", text);
    memcpy(e->method, text, len);
    if (!method_body(e->method, &e->body))
        return pp_err_set(err, PP_INVALID,
                          "--endpoint: \"%s\" is not one of GET, POST, PUT, PATCH, DELETE, OPTIONS, HEAD",
                          e->method);
    const char *path = space + strspn(space, " ");
    const char *file = strstr(path, " @");
    size_t path_len = file != NULL ? (size_t)(file - path) : strlen(path);
    while (file != NULL && path_len > 0 && path[path_len - 1] == ' ')
        path_len--;
    enum pp_status st = check_path(path, path_len, err);
    if (st != PP_OK)
        return st;
    if (file != NULL && e->body != LG_BODY_POST && strcmp(e->method, "DELETE") != 0)
        return pp_err_set(err, PP_INVALID, "--endpoint: a %s request has no body", e->method);
    if (file != NULL)
        e->body = LG_BODY_POST;
    e->path = strndup(path, path_len);
    if (e->path == NULL || asprintf(&e->url, "%s%s", base, e->path) < 0) {
        e->url = NULL;
        st = pp_err_set(err, PP_NOMEM, "out of memory");
    }
    if (st == PP_OK && file != NULL)
        st = read_body(e, file + 2, err);
    if (st != PP_OK)
        lg_endpoint_fini(e);
    return st;
}

void lg_endpoint_fini(struct lg_endpoint *e)
{
    free(e->path);
    free(e->url);
    free(e->data);
    *e = (struct lg_endpoint){.path = NULL};
}

enum pp_status lg_weights_parse(const char *text, uint32_t *weights, size_t n, struct pp_err *err)
{
    uint64_t sum = 0;
    const char *p = text;
    for (size_t i = 0; i < n; i++) {
        char *end = NULL;
        unsigned long v = *p >= '0' && *p <= '9' ? strtoul(p, &end, 10) : 0;
        if (v == 0 || v > LG_WEIGHTS_MAX)
            return pp_err_set(
                err, PP_INVALID,
                "--weights: \"%s\" must be %zu numbers from 1, one for each --endpoint, such as 3,1", text,
                n);
        weights[i] = (uint32_t)v;
        sum += v;
        p = end;
        if (i + 1 < n && *p == ',')
            p++;
    }
    if (*p != 0)
        return pp_err_set(err, PP_INVALID,
                          "--weights: \"%s\" must be %zu numbers from 1, one for each --endpoint", text, n);
    if (sum > LG_WEIGHTS_MAX)
        return pp_err_set(err, PP_INVALID, "--weights: the sum must not be above %d; divide them all",
                          LG_WEIGHTS_MAX);
    return PP_OK;
}

/* Base address without a slash at its end; "http://" is added where no scheme is given. */
static enum pp_status read_base(struct lg_config *c, struct pp_err *err)
{
    static const char form[] = "give the target's address, such as --url http://127.0.0.1:8000";
    const char *url = c->opt.url;
    if (url == NULL || *url == 0)
        return pp_err_set(err, PP_INVALID, "--url is missing; %s", form);
    if (asprintf(&c->base, "%s%s", strstr(url, "://") != NULL ? "" : "http://", url) < 0) {
        c->base = NULL;
        return pp_err_set(err, PP_NOMEM, "out of memory");
    }
    size_t len = strlen(c->base);
    while (len > 0 && c->base[len - 1] == '/')
        c->base[--len] = 0;
    CURLU *u = curl_url();
    if (u == NULL)
        return pp_err_set(err, PP_NOMEM, "out of memory");
    bool plain = strpbrk(c->base, " ?#") == NULL;
    CURLUcode code = plain ? curl_url_set(u, CURLUPART_URL, c->base, 0) : CURLUE_MALFORMED_INPUT;
    char *scheme = NULL;
    if (code == CURLUE_OK)
        code = curl_url_get(u, CURLUPART_SCHEME, &scheme, 0);
    bool http = code == CURLUE_OK && (strcmp(scheme, "http") == 0 || strcmp(scheme, "https") == 0);
    curl_free(scheme);
    curl_url_cleanup(u);
    if (!http)
        return pp_err_set(err, PP_INVALID, "--url: \"%s\" is not an http or https address; %s", url, form);
    return PP_OK;
}

static enum pp_status read_endpoints(struct lg_config *c, struct pp_err *err)
{
    const struct opt_list *list = &c->opt.endpoints;
    bool used = false;
    for (size_t i = 0; i < list->count; i++) {
        struct lg_endpoint *e = &c->endpoints[i];
        enum pp_status st = lg_endpoint_parse(e, c->base, list->items[i], err);
        if (st != PP_OK)
            return st;
        c->endpoint_count++;
        c->weights[i] = 1;
        bool takes = c->opt.body != NULL && e->body == LG_BODY_POST && e->data == NULL;
        if (takes && (st = read_body(e, c->opt.body, err)) != PP_OK)
            return st;
        used = used || takes;
    }
    if (c->opt.body != NULL && !used)
        return pp_err_set(err, PP_INVALID,
                          "--body: no --endpoint is a POST, PUT or PATCH without a body of its own");
    return PP_OK;
}

enum pp_status lg_config_requests(struct lg_config *c, struct pp_err *err)
{
    enum pp_status st = read_base(c, err);
    if (st != PP_OK)
        return st;
    if (c->opt.endpoints.count == 0)
        return pp_err_set(err, PP_INVALID,
                          "--endpoint is missing; say what to request, such as --endpoint 'GET /'");
    st = read_endpoints(c, err);
    if (st == PP_OK && c->opt.weights != NULL)
        st = lg_weights_parse(c->opt.weights, c->weights, c->opt.endpoints.count, err);
    return st;
}

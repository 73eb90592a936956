/* summary: the command line of poolload, checked */
#include "config.h"

#include "base/clock.h"

#include <curl/curl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct opt_def defs[] = {
#define OPT(field, ...) OPT_AS_ROW(struct lg_options, field, __VA_ARGS__)
#include "options.def"
#undef OPT
};

static const struct opt_table table = {
    .program = "poolload",
    .usage = "--url BASE --endpoint 'METHOD /PATH' … --users START:STOP:STEP [OPTION …]",
    .about =
        "Drives an HTTP load ramp and writes one object a level to a JSON file. Each user cycles through the "
        "endpoints in an order drawn anew for each cycle, on a connection of its own, with think time "
        "between "
        "two requests. Response times are those of successful requests (2xx and 3xx).",
    .defs = defs,
    .count = sizeof defs / sizeof defs[0],
};

static bool method_body(const char *method, enum lg_body *body)
{
    static const struct {
        const char *method;
        enum lg_body body;
    } methods[] = {{"GET", LG_BODY_NONE},    {"POST", LG_BODY_EMPTY},  {"PUT", LG_BODY_EMPTY},
                   {"PATCH", LG_BODY_EMPTY}, {"DELETE", LG_BODY_NONE}, {"OPTIONS", LG_BODY_NONE},
                   {"HEAD", LG_BODY_HEAD}};
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        if (strcmp(method, methods[i].method) == 0) {
            *body = methods[i].body;
            return true;
        }
    }
    return false;
}

enum pp_status lg_endpoint_parse(struct lg_endpoint *e, const char *base, const char *text,
                                 struct pp_err *err)
{
    static const char form[] = "write it like 'POST /io-intensive'";
    const char *space = strchr(text, ' ');
    size_t len = space != NULL ? (size_t)(space - text) : 0;
    if (len == 0 || len >= sizeof e->method)
        return pp_err_set(err, PP_INVALID, "--endpoint: \"%s\" has no method; %s", text, form);
    *e = (struct lg_endpoint){.path = NULL};
    memcpy(e->method, text, len);
    if (!method_body(e->method, &e->body))
        return pp_err_set(err, PP_INVALID,
                          "--endpoint: \"%s\" is not one of GET, POST, PUT, PATCH, DELETE, OPTIONS, HEAD",
                          e->method);
    const char *path = space + strspn(space, " ");
    if (path[0] != '/')
        return pp_err_set(err, PP_INVALID, "--endpoint: the path in \"%s\" does not start with /; %s", text,
                          form);
    for (const unsigned char *p = (const unsigned char *)path; *p != 0; p++)
        if (*p <= ' ' || *p == 0x7f || *p == '#')
            return pp_err_set(err, PP_INVALID,
                              "--endpoint: the path in \"%s\" has a character that must be %%-encoded", text);
    e->path = strdup(path);
    if (e->path == NULL || asprintf(&e->url, "%s%s", base, path) < 0) {
        e->url = NULL;
        free(e->path);
        e->path = NULL;
        return pp_err_set(err, PP_NOMEM, "out of memory");
    }
    return PP_OK;
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

enum pp_status lg_think_parse(const char *text, int64_t *min_ns, int64_t *max_ns)
{
    char low[32];
    const char *colon = strchr(text, ':');
    size_t len = colon != NULL ? (size_t)(colon - text) : strlen(text);
    if (len >= sizeof low)
        return PP_INVALID;
    memcpy(low, text, len);
    low[len] = 0;
    int64_t min = clock_parse_duration_ns(low);
    int64_t max = colon != NULL ? clock_parse_duration_ns(colon + 1) : min;
    if (min < 0 || max < min)
        return PP_INVALID;
    *min_ns = min;
    *max_ns = max;
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
    if (list->count == 0)
        return pp_err_set(err, PP_INVALID,
                          "--endpoint is missing; say what to request, such as --endpoint 'GET /'");
    for (size_t i = 0; i < list->count; i++) {
        enum pp_status st = lg_endpoint_parse(&c->endpoints[i], c->base, list->items[i], err);
        if (st != PP_OK)
            return st;
        c->endpoint_count++;
        c->weights[i] = 1;
    }
    return c->opt.weights != NULL ? lg_weights_parse(c->opt.weights, c->weights, list->count, err) : PP_OK;
}

static enum pp_status read_load(struct lg_config *c, struct pp_err *err)
{
    if (c->opt.rate != NULL)
        return pp_err_set(err, PP_INVALID,
                          "--rate (open load) is not part of this version; use --users (closed load)");
    if (c->opt.users == NULL)
        return pp_err_set(err, PP_INVALID, "--users is missing; give the ramp, such as --users 10:100:10");
    struct lg_ramp *r = &c->ramp;
    if (opt_parse_range(c->opt.users, &r->start, &r->stop, &r->step) != PP_OK)
        return pp_err_set(err, PP_INVALID, "--users: \"%s\" is not START:STOP:STEP, such as 10:100:10",
                          c->opt.users);
    if (r->stop > LG_USERS_MAX)
        return pp_err_set(err, PP_INVALID, "--users: at most %d", LG_USERS_MAX);
    if (lg_think_parse(c->opt.think, &c->think_min_ns, &c->think_max_ns) != PP_OK)
        return pp_err_set(err, PP_INVALID, "--think: \"%s\" is not TIME or TIME:TIME, such as 1ms:10ms",
                          c->opt.think);
    return PP_OK;
}

/* A day bounds each time, so that no sum of times can overflow. */
static enum pp_status check_times(const struct lg_config *c, struct pp_err *err)
{
    const struct {
        const char *name;
        int64_t ns;
        int64_t least_ns;
    } times[] = {{"duration", c->opt.duration_ns, NS_PER_MS},
                 {"warmup", c->opt.warmup_ns, 0},
                 {"pause", c->opt.pause_ns, 0},
                 {"stagger", c->opt.stagger_ns, 0},
                 {"timeout", c->opt.timeout_ns, NS_PER_MS},
                 {"think", c->think_max_ns, 0}};
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++)
        if (times[i].ns < times[i].least_ns || times[i].ns > 86400 * NS_PER_S)
            return pp_err_set(err, PP_INVALID, "--%s must be between %s and 24h", times[i].name,
                              times[i].least_ns > 0 ? "1ms" : "0");
    if (c->opt.stagger_ns > c->opt.warmup_ns + c->opt.duration_ns)
        return pp_err_set(err, PP_INVALID, "--stagger is longer than --warmup and --duration together");
    return PP_OK;
}

static enum pp_status read_rest(struct lg_config *c, struct pp_err *err)
{
    if (c->opt.threads < 1 || c->opt.threads > LG_THREADS_MAX)
        return pp_err_set(err, PP_INVALID, "--threads must be between 1 and %d", LG_THREADS_MAX);
    if (c->opt.watch_pid < 0 || c->opt.watch_pid > INT32_MAX)
        return pp_err_set(err, PP_INVALID, "--watch-pid: %" PRId64 " is not a process id", c->opt.watch_pid);
    if (c->opt.output[0] == 0)
        return pp_err_set(err, PP_INVALID, "--output needs a file name");
    c->run_path = c->opt.run != NULL ? c->opt.run : getenv("POOLPROBE_RUN");
    if (c->run_path != NULL && c->run_path[0] == 0)
        c->run_path = NULL;
    return PP_OK;
}

enum pp_status lg_config_init(struct lg_config *c, int argc, char **argv, struct pp_err *err)
{
    struct opt_result result;
    *c = (struct lg_config){.base = NULL};
    enum pp_status st = opt_parse(&table, argc, argv, &c->opt, &result, err);
    if (st != PP_OK)
        return st;
    if (result.help) {
        opt_print_help(&table);
        return PP_END;
    }
    if (result.version) {
        puts("poolload " POOLPROBE_VERSION);
        return PP_END;
    }
    if (result.rest < argc)
        return pp_err_set(err, PP_INVALID,
                          "\"%s\" belongs to no option; \"poolload --help\" lists all options",
                          argv[result.rest]);
    if ((st = read_load(c, err)) != PP_OK || (st = read_base(c, err)) != PP_OK ||
        (st = read_endpoints(c, err)) != PP_OK || (st = check_times(c, err)) != PP_OK ||
        (st = read_rest(c, err)) != PP_OK)
        lg_config_fini(c);
    return st;
}

void lg_config_fini(struct lg_config *c)
{
    for (size_t i = 0; i < c->endpoint_count; i++) {
        free(c->endpoints[i].path);
        free(c->endpoints[i].url);
    }
    free(c->base);
    free(c->resolve);
    *c = (struct lg_config){.base = NULL};
}

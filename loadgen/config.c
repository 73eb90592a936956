/* summary: the command line of poolload, checked */
#include "config.h"

#include "base/clock.h"
#include "base/log.h"
#include "help.h"

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
    .usage = "--url BASE --endpoint REQUEST --users RAMP | --rate RAMP …\n"
             "poolload merge A.json B.json … [-o FILE]\n"
             "poolload ready URL [--timeout TIME]",
    .defs = defs,
    .count = sizeof defs / sizeof defs[0],
};

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

enum pp_status lg_percent_parse(const char *text, double *percent)
{
    char *end = NULL;
    double v = *text >= '0' && *text <= '9' ? strtod(text, &end) : 0;
    if (end == NULL || (*end != 0 && strcmp(end, "%") != 0) || !(v > 0 && v <= 100))
        return PP_INVALID;
    *percent = v;
    return PP_OK;
}

/* --users or --rate, whichever the load is. */
static enum pp_status read_ramp(struct lg_config *c, struct pp_err *err)
{
    const char *name = c->open_load ? "--rate" : "--users";
    const char *text = c->open_load ? c->opt.rate : c->opt.users;
    struct lg_ramp *r = &c->ramp;
    if (opt_parse_range(text, &r->start, &r->stop, &r->step) != PP_OK)
        return pp_err_set(err, PP_INVALID, "%s: \"%s\" is not START:STOP:STEP, such as 10:100:10", name,
                          text);
    if (r->stop > LG_RAMP_MAX)
        return pp_err_set(err, PP_INVALID, "%s: at most %d", name, LG_RAMP_MAX);
    return PP_OK;
}

static enum pp_status read_load(struct lg_config *c, struct pp_err *err)
{
    const struct lg_options *o = &c->opt;
    c->open_load = o->rate != NULL;
    if (o->users == NULL && o->rate == NULL)
        return pp_err_set(
            err, PP_INVALID,
            "--users is missing; give the ramp, such as --users 10:100:10 (or --rate for open load)");
    if (o->users != NULL && o->rate != NULL)
        return pp_err_set(err, PP_INVALID,
                          "--users (closed load) and --rate (open load) exclude each other; give one");
    enum pp_status st = read_ramp(c, err);
    if (st != PP_OK)
        return st;
    if (o->connections < 1 || o->connections > LG_RAMP_MAX)
        return pp_err_set(err, PP_INVALID, "--connections must be between 1 and %d", LG_RAMP_MAX);
    if (lg_think_parse(o->think, &c->think_min_ns, &c->think_max_ns) != PP_OK)
        return pp_err_set(err, PP_INVALID, "--think: \"%s\" is not TIME or TIME:TIME, such as 1ms:10ms",
                          o->think);
    if (c->open_load && (c->think_max_ns > 0 || o->stagger_ns > 0))
        return pp_err_set(err, PP_INVALID,
                          "--%s belongs to closed load (--users); with --rate the rate says when",
                          c->think_max_ns > 0 ? "think" : "stagger");
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

/* --start-at lies at most a day ahead; a second of the past is forgiven to clocks that differ a little. */
static enum pp_status read_start(struct lg_config *c, struct pp_err *err)
{
    if (c->opt.start_at == NULL)
        return PP_OK;
    if (lg_time_parse(c->opt.start_at, &c->start_at_ns) != PP_OK)
        return pp_err_set(err, PP_INVALID,
                          "--start-at: \"%s\" is neither like 2026-01-31T12:00:00Z nor seconds since 1970",
                          c->opt.start_at);
    int64_t ahead_ns = c->start_at_ns - clock_real_ns();
    if (ahead_ns < -NS_PER_S || ahead_ns > 86400 * NS_PER_S)
        return pp_err_set(err, PP_INVALID, "--start-at: %s is %s", c->opt.start_at,
                          ahead_ns < 0 ? "in the past; give a time that all machines still reach"
                                       : "more than a day ahead");
    return PP_OK;
}

static enum pp_status read_limits(struct lg_config *c, struct pp_err *err)
{
    if (c->opt.stop_on_errors != NULL &&
        lg_percent_parse(c->opt.stop_on_errors, &c->stop_error_percent) != PP_OK)
        return pp_err_set(err, PP_INVALID,
                          "--stop-on-errors: \"%s\" is not a percentage above 0, such as 50%%",
                          c->opt.stop_on_errors);
    for (size_t i = 0; i < c->opt.fail_if.count; i++) {
        enum pp_status st = lg_threshold_parse(&c->thresholds[i], c->opt.fail_if.items[i], err);
        if (st != PP_OK)
            return st;
        c->threshold_count++;
    }
    return PP_OK;
}

/* A process id, or a name as ps shows it. */
static enum pp_status check_watched(const struct lg_config *c, struct pp_err *err)
{
    for (size_t i = 0; i < c->opt.watch_pids.count; i++) {
        const char *text = c->opt.watch_pids.items[i];
        bool number = text[0] == '-' || text[strspn(text, "0123456789")] == 0;
        long v = number ? strtol(text, NULL, 10) : 1;
        if (text[0] == 0 || v < 1 || v > INT32_MAX)
            return pp_err_set(err, PP_INVALID, "--watch-pid: \"%s\" is not a process id or name", text);
    }
    for (size_t i = 0; i < c->opt.watch_cgroups.count; i++)
        if (c->opt.watch_cgroups.items[i][0] == 0)
            return pp_err_set(err, PP_INVALID, "--watch-cgroup needs a path below /sys/fs/cgroup");
    return PP_OK;
}

/* libcurl 7.88 fails every second request on an HTTP/2 connection without TLS (curl issue 10634). */
static void choose_connections(struct lg_config *c)
{
    unsigned version = curl_version_info(CURLVERSION_NOW)->version_num >> 8;
    bool plain_http2 = c->opt.http2 && strncmp(c->base, "http:", 5) == 0;
    c->fresh_connections = c->opt.no_keepalive;
    if (!plain_http2 || version != 0x0758 || c->opt.no_keepalive)
        return;
    log_warn("libcurl 7.88 cannot use an HTTP/2 connection without TLS twice; each request opens its own");
    c->fresh_connections = true;
}

static enum pp_status read_rest(struct lg_config *c, struct pp_err *err)
{
    if (c->opt.threads < 1 || c->opt.threads > LG_THREADS_MAX)
        return pp_err_set(err, PP_INVALID, "--threads must be between 1 and %d", LG_THREADS_MAX);
    if (c->opt.output[0] == 0)
        return pp_err_set(err, PP_INVALID, "--output needs a file name");
    c->run_path = c->opt.run != NULL ? c->opt.run : getenv("POOLPROBE_RUN");
    if (c->run_path != NULL && c->run_path[0] == 0)
        c->run_path = NULL;
    choose_connections(c);
    return PP_OK;
}

static enum pp_status read_all(struct lg_config *c, struct pp_err *err)
{
    static enum pp_status (*const parts[])(struct lg_config *, struct pp_err *) = {
        read_load, lg_config_requests, lg_config_headers, read_start, read_limits, read_rest};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        enum pp_status st = parts[i](c, err);
        if (st != PP_OK)
            return st;
    }
    enum pp_status st = check_times(c, err);
    return st == PP_OK ? check_watched(c, err) : st;
}

enum pp_status lg_config_init(struct lg_config *c, int argc, char **argv, struct pp_err *err)
{
    struct opt_result result;
    *c = (struct lg_config){.base = NULL};
    enum pp_status st = opt_parse(&table, argc, argv, &c->opt, &result, err);
    if (st != PP_OK)
        return st;
    if (result.help) {
        lg_help_print(&table);
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
    st = read_all(c, err);
    if (st != PP_OK)
        lg_config_fini(c);
    return st;
}

void lg_config_fini(struct lg_config *c)
{
    for (size_t i = 0; i < c->endpoint_count; i++)
        lg_endpoint_fini(&c->endpoints[i]);
    curl_slist_free_all(c->headers);
    free(c->base);
    free(c->resolve);
    *c = (struct lg_config){.base = NULL};
}

size_t lg_config_slots(const struct lg_config *c, size_t level)
{
    return c->open_load ? (size_t)c->opt.connections : (size_t)lg_ramp_users(&c->ramp, level);
}

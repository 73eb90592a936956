/* summary: poolprobe doctor: what this machine and server let the probe see, and how to fix the rest */
#include "doctor.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/opt.h"
#include "gather.h"
#include "pipeline.h"
#include "print.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct doctor_options {
#define OPT OPT_AS_FIELD
#include "doctor_options.def"
#undef OPT
};

static const struct opt_def doctor_defs[] = {
#define OPT(field, ...) OPT_AS_ROW(struct doctor_options, field, __VA_ARGS__)
#include "doctor_options.def"
#undef OPT
};

static const struct opt_table doctor_table = {
    .program = "poolprobe doctor",
    .usage = "[OPTION…]",
    .about = "Says what this machine and a server let the probe see, and how to fix the rest.\n"
             "Exit status 0: all ok or warnings only; 1: something fails.",
    .defs = doctor_defs,
    .count = sizeof doctor_defs / sizeof doctor_defs[0],
};

static void ignore_variable(void *priv, const char *name, const char *value, int64_t ts_ns)
{
    (void)priv, (void)name, (void)value, (void)ts_ns;
}

static void ignore_status(void *priv, const char *name, int64_t value, int64_t ts_ns)
{
    (void)priv, (void)name, (void)value, (void)ts_ns;
}

static void check_server(const struct doctor_options *o, const struct doc_gather *g, struct doc_list *l)
{
    struct srv *s = NULL;
    struct srv_facts facts;
    struct doc_route_facts route;
    char local[64];
    char remote[64];
    struct pp_err err = {.text = ""};
    const struct srv_sink sink = {.variable = ignore_variable, .status = ignore_status};
    if (o->server == NULL) {
        doc_add(l, "server", DOC_OK,
                "not asked: with --server mysql://user@host:port its rights and switches are "
                "looked at too");
        return;
    }
    enum pp_status st = srv_open(&s, o->server, &sink, &err);
    if (st == PP_OK)
        st = srv_read_facts(s, &facts, &err);
    if (st != PP_OK) {
        doc_add(l, "server", DOC_FAIL, "%s", err.text);
        srv_free(&s);
        return;
    }
    doc_add(l, "server", DOC_OK, "%s on port %u answers", facts.version, (unsigned)srv_port(s));
    bool listed = false;
    for (size_t i = 0; i < g->mysql_count; i++)
        listed = listed || g->mysql_ports[i] == srv_port(s);
    if (!listed) {
        doc_add(l, "server", DOC_WARN, "port %u is not among those that would be recorded",
                (unsigned)srv_port(s));
        doc_remedy(l, "add --mysql-port %u, here and to record", (unsigned)srv_port(s));
    }
    doc_judge_server(l, &facts);
    if (srv_addresses(s, local, remote, sizeof local)) {
        doc_gather_route(g, local, remote, &route);
        doc_judge_route(l, &route);
    }
    srv_free(&s);
}

static void check_all(const struct doctor_options *o, const struct doc_gather *g, struct doc_list *l)
{
    struct doc_capture_facts capture;
    struct doc_clock_facts clock;
    struct doc_limit_facts limits;
    int64_t real_ns = clock_real_ns();
    int64_t mono_ns = clock_mono_ns();
    doc_gather_capture(g, &capture);
    doc_judge_capture(l, &capture);
    check_server(o, g, l);
    doc_check_processes(g, l);
    doc_gather_limits(g, &limits);
    doc_judge_limits(l, &limits);
    doc_gather_clock(real_ns, mono_ns, &clock);
    doc_judge_clock(l, &clock);
}

static bool wants_colour(void)
{
    const char *no_color = getenv("NO_COLOR"); /* any value that is not empty counts (no-color.org) */
    const char *term = getenv("TERM");
    return (no_color == NULL || no_color[0] == '\0') && isatty(STDOUT_FILENO) == 1 &&
           (term == NULL || strcmp(term, "dumb") != 0);
}

static int run(const struct doctor_options *o, const struct pipeline_ports *ports)
{
    struct doc_list *l = calloc(1, sizeof *l);
    struct doc_gather g = {.interface = o->interface,
                           .ring_bytes = o->buffer_mb << 20,
                           .http_ports = ports->http,
                           .mysql_ports = ports->mysql,
                           .http_count = ports->http_count,
                           .mysql_count = ports->mysql_count};
    if (l == NULL) {
        log_error("doctor: out of memory");
        return PP_EXIT_FAILED;
    }
    check_all(o, &g, l);
    enum pp_status st = strcmp(o->format, "json") == 0 ? doc_print_json(stdout, l)
                                                       : doc_print_text(stdout, l, wants_colour());
    if (st != PP_OK)
        log_error("doctor: cannot write: %s", pp_status_name(st));
    bool failed = st != PP_OK || doc_worst(l) == DOC_FAIL;
    free(l);
    return failed ? PP_EXIT_FAILED : PP_EXIT_OK;
}

static enum pp_status check_options(const struct doctor_options *o, struct pipeline_ports *ports,
                                    struct pp_err *err)
{
    if (strcmp(o->format, "text") != 0 && strcmp(o->format, "json") != 0)
        return pp_err_set(err, PP_INVALID, "no format '%s'; it is text or json", o->format);
    if (o->buffer_mb < 1 || o->buffer_mb > 1024)
        return pp_err_set(err, PP_INVALID, "--buffer-mb takes 1 to 1024");
    return pipeline_parse_ports(ports, o->mysql_port, o->http_port, err);
}

int doctor_main(int argc, char **argv)
{
    struct doctor_options o;
    struct pipeline_ports ports = {.all_count = 0};
    struct opt_result parsed;
    struct pp_err err;
    if (opt_parse(&doctor_table, argc, argv, &o, &parsed, &err) != PP_OK) {
        log_error("doctor: %s", err.text);
        return PP_EXIT_USAGE;
    }
    if (parsed.help) {
        opt_print_help(&doctor_table);
        return PP_EXIT_OK;
    }
    if (parsed.version) {
        puts("poolprobe " POOLPROBE_VERSION);
        return PP_EXIT_OK;
    }
    if (parsed.rest < argc) {
        log_error("doctor: takes no '%s'; see poolprobe doctor --help", argv[parsed.rest]);
        return PP_EXIT_USAGE;
    }
    if (check_options(&o, &ports, &err) != PP_OK) {
        log_error("doctor: %s", err.text);
        return PP_EXIT_USAGE;
    }
    if (o.grants) {
        fputs(srv_grants_text(), stdout);
        return PP_EXIT_OK;
    }
    return run(&o, &ports);
}

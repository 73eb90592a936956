/* summary: `poolprobe dump`: capture or file in, one line of JSON for every MySQL exchange out */
#include "dump.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/opt.h"
#include "capture.h"
#include "dump_line.h"
#include "flow.h"
#include "myw.h"
#include "privilege.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#define PORTS_MAX 64
#define STEP_PACKETS 1024
#define LINE_MAX_BYTES ((size_t)16 << 20) /* a text, its values and escapes stay far below */

struct dump_options {
#define OPT(field, kind, short_name, long_name, arg, fallback, help) kind##_FIELD(field)
#define OPT_STRING_FIELD(field) const char *field;
#define OPT_FLAG_FIELD(field) bool field;
#include "dump_options.def"
#undef OPT
};

static const struct opt_def option_defs[] = {
#define OPT(field, kind, short_name, long_name, arg, fallback, help)                                         \
    {kind, short_name, long_name, arg, fallback, help, offsetof(struct dump_options, field)},
#include "dump_options.def"
#undef OPT
};

static const struct opt_table table = {
    .program = "poolprobe dump",
    .usage = "[-i IFACE | -r FILE] [--mysql-port N,…] [--redact]",
    .about = "Prints one JSON object a line for every MySQL exchange.",
    .defs = option_defs,
    .count = sizeof option_defs / sizeof option_defs[0],
};

struct dump {
    struct dump_options options;
    uint16_t ports[PORTS_MAX];
    size_t port_count;
    struct cap *cap;
    struct flow *flow;
    struct myw *myw;
    struct buf line;
    int64_t last_ns;
    enum pp_status written; /* first failure of a line or of a write to stdout */
    int write_errno;
};

/* The one global: a signal handler has no argument. */
static struct cap *volatile breakable;
static volatile sig_atomic_t interrupted;

static void on_signal(int sig)
{
    (void)sig;
    interrupted = 1;
    if (breakable != NULL)
        cap_break(breakable);
}

static void on_exchange(void *priv, const struct myw_exchange *x)
{
    struct dump *d = priv;
    if (d->written != PP_OK)
        return;
    d->written = dump_line(&d->line, x, d->options.redact);
    if (d->written == PP_OK && fwrite(d->line.data, 1, d->line.len, stdout) != d->line.len) {
        d->write_errno = errno;
        d->written = PP_IO;
    }
}

static void on_event(void *priv, const struct flow_event *ev)
{
    struct dump *d = priv;
    myw_on_event(d->myw, ev);
}

static void on_segment(void *priv, const struct cap_segment *seg)
{
    struct dump *d = priv;
    d->last_ns = seg->ts_ns;
    flow_on_segment(d->flow, seg);
}

static enum pp_status open_all(struct dump *d, struct pp_err *err)
{
    struct flow_options fo = {.server_ports = d->ports, .server_port_count = d->port_count};
    struct myw_options mo = {.keep_params = !d->options.redact};
    struct myw_sink sink = {.exchange = on_exchange, .priv = d};
    struct cap_options co = {
        .read_file = d->options.read_file, .ports = d->ports, .port_count = d->port_count};
    if (co.read_file == NULL)
        co.interface = d->options.interface != NULL ? d->options.interface : "any";
    buf_init(&d->line, LINE_MAX_BYTES);
    if (myw_new(&d->myw, &mo, &sink) != PP_OK || flow_new(&d->flow, &fo, on_event, d) != PP_OK)
        return pp_err_set(err, PP_NOMEM, "out of memory");
    struct privilege privilege;
    enum pp_status st = co.interface != NULL ? privilege_plan(&privilege, d->options.user, err) : PP_OK;
    if (st == PP_OK)
        st = cap_open(&d->cap, &co, on_segment, d, err);
    return st == PP_OK && co.interface != NULL ? privilege_drop(&privilege, PRIVILEGE_NOTHING, err) : st;
}

static enum pp_status write_failed(const struct dump *d, struct pp_err *err)
{
    if (d->written == PP_IO)
        return pp_err_set(err, PP_IO, "cannot write to standard output: %s", strerror(d->write_errno));
    return pp_err_set(err, d->written, "cannot write an exchange: %s", pp_status_name(d->written));
}

/* Runs to the end of the file, or live until a signal. */
static enum pp_status run(struct dump *d, struct pp_err *err)
{
    enum pp_status st = PP_OK;
    while (d->written == PP_OK && !interrupted && (st == PP_OK || st == PP_AGAIN)) {
        st = cap_step(d->cap, STEP_PACKETS, err);
        if (d->options.read_file == NULL && fflush(stdout) != 0 && d->written == PP_OK) {
            d->write_errno = errno;
            d->written = PP_IO;
        }
    }
    flow_finish(d->flow, d->last_ns);
    if (fflush(stdout) != 0 && d->written == PP_OK) {
        d->write_errno = errno;
        d->written = PP_IO;
    }
    if (d->written != PP_OK)
        return write_failed(d, err);
    return st == PP_END || st == PP_AGAIN ? PP_OK : st;
}

/* One line on stderr when not everything on the wire was seen. */
static int tell_loss(struct dump *d)
{
    struct cap_counters cc;
    struct flow_counters fc;
    struct myw_counters mc;
    cap_get_counters(d->cap, &cc);
    flow_get_counters(d->flow, &fc);
    myw_get_counters(d->myw, &mc);
    if (cc.segments == 0 && d->options.read_file != NULL)
        log_warn(
            "no TCP segment from or to port %s in %s; name the port of the MySQL server with --mysql-port",
            d->options.mysql_port, d->options.read_file);
    if (fc.gaps == 0 && cc.kernel_drops == 0 && !cc.cut_off && cc.truncated == 0)
        return PP_EXIT_OK;
    log_warn("data was lost: %" PRIu64 " gaps (%" PRIu64 " bytes), %" PRIu64
             " packets dropped by the kernel, %" PRIu64 " cut by the snap length%s; %" PRIu64
             " commands voided",
             fc.gaps, fc.gap_bytes, cc.kernel_drops, cc.truncated,
             cc.cut_off ? ", the file ends inside a packet" : "", mc.voided_commands);
    return PP_EXIT_LOSS;
}

static void catch_signals(struct dump *d)
{
    struct sigaction sa = {.sa_handler = on_signal};
    breakable = d->cap;
    (void)sigemptyset(&sa.sa_mask);
    (void)sigaction(SIGINT, &sa, NULL);
    (void)sigaction(SIGTERM, &sa, NULL);
}

static int dump_run(struct dump *d)
{
    struct pp_err err = {0};
    int exit_status = PP_EXIT_FAILED;
    enum pp_status st = open_all(d, &err);
    if (st == PP_OK) {
        catch_signals(d);
        st = run(d, &err);
        if (st == PP_OK)
            exit_status = tell_loss(d);
    }
    if (st != PP_OK)
        log_error("%s", err.text);
    breakable = NULL;
    if (d->cap != NULL && cap_free(&d->cap, &err) != PP_OK) {
        log_error("%s", err.text);
        exit_status = PP_EXIT_FAILED;
    }
    flow_free(&d->flow);
    myw_free(&d->myw);
    buf_fini(&d->line);
    return exit_status;
}

int dump_main(int argc, char **argv)
{
    struct dump d = {.written = PP_OK};
    struct opt_result result;
    struct pp_err err;
    if (opt_parse(&table, argc, argv, &d.options, &result, &err) != PP_OK) {
        log_error("%s", err.text);
        return PP_EXIT_USAGE;
    }
    if (result.help) {
        opt_print_help(&table);
        return PP_EXIT_OK;
    }
    if (result.version) {
        printf("poolprobe %s\n", POOLPROBE_VERSION);
        return PP_EXIT_OK;
    }
    if (result.rest < argc) {
        log_error("dump takes no operand: \"%s\"; a file is given with -r", argv[result.rest]);
        return PP_EXIT_USAGE;
    }
    if (d.options.read_file != NULL && d.options.interface != NULL) {
        log_error("-i and -r exclude each other");
        return PP_EXIT_USAGE;
    }
    if (opt_parse_ports(d.options.mysql_port, d.ports, PORTS_MAX, &d.port_count) != PP_OK) {
        log_error("--mysql-port: \"%s\" is not a list of ports such as 3306,3307", d.options.mysql_port);
        return PP_EXIT_USAGE;
    }
    return dump_run(&d);
}

/* summary: poolprobe record: options, set-up and tear-down; the loop is in record_loop.c */
#include "record.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/opt.h"
#include "record_run.h"
#include "record_server.h"
#include "server.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define MAX_SNAPLEN 262144
#define MAX_BUFFER_MIB 1024
/* Below it the kernel's clock ticks of 10 ms are all that is seen. */
#define MIN_HOST_INTERVAL_NS (100 * NS_PER_MS)
#define MAX_HOST_INTERVAL_NS (3600 * NS_PER_S)

static const struct opt_def record_defs[] = {
#define OPT(field, ...) OPT_AS_ROW(struct record_options, field, __VA_ARGS__)
#include "record_options.def"
#undef OPT
};

static const struct opt_table record_table = {
    .program = "poolprobe record",
    .usage = "[OPTION…] [-- COMMAND ARG…]",
    .about = "Captures MySQL and HTTP traffic into a run file, until COMMAND ends, the time is\n"
             "up or Ctrl-C; or reads a capture file.",
    .defs = record_defs,
    .count = sizeof record_defs / sizeof record_defs[0],
};

static enum pp_status check_options(struct recording *r, bool has_command, struct pp_err *err)
{
    const struct record_options *o = &r->opt;

    if (o->read_file != NULL && o->interface != NULL)
        return pp_err_set(err, PP_INVALID, "-i and -r exclude each other");
    if (o->read_file != NULL && (has_command || o->duration != 0 || o->write_file != NULL || o->app_pid != 0))
        return pp_err_set(err, PP_INVALID,
                          "-w, --duration, --app-pid and a COMMAND go with live capture, not with -r");
    if (o->read_file != NULL && o->server != NULL)
        return pp_err_set(err, PP_INVALID, "--server asks a server about now and cannot go with -r");
    if (o->duration < 0 || o->app_pid < 0)
        return pp_err_set(err, PP_INVALID, "--duration and --app-pid take positive numbers");
    if (o->host_interval < MIN_HOST_INTERVAL_NS || o->host_interval > MAX_HOST_INTERVAL_NS)
        return pp_err_set(err, PP_INVALID, "--host-interval takes 100ms to 1h");
    if (o->snaplen < 0 || o->snaplen > MAX_SNAPLEN)
        return pp_err_set(err, PP_INVALID, "--snaplen takes 0 to %d", MAX_SNAPLEN);
    if (o->buffer_mb < 1 || o->buffer_mb > MAX_BUFFER_MIB)
        return pp_err_set(err, PP_INVALID, "--buffer-mb takes 1 to %d", MAX_BUFFER_MIB);
    if (o->poll_interval < 10 * NS_PER_MS || o->poll_interval > 3600 * NS_PER_S)
        return pp_err_set(err, PP_INVALID, "--poll-interval takes 10ms to 1h");
    for (size_t i = 0; i < o->config.count; i++)
        if (strchr(o->config.items[i], '=') == NULL || o->config.items[i][0] == '=')
            return pp_err_set(err, PP_INVALID, "--config takes NAME=VALUE, not '%s'", o->config.items[i]);
    return pipeline_parse_ports(&r->ports, o->mysql_port, o->http_port, err);
}

static void on_segment(void *priv, const struct cap_segment *seg)
{
    struct recording *r = priv;

    pipeline_on_segment(r->pipeline, seg);
}

static enum pp_status open_capture(struct recording *r, struct pp_err *err)
{
    char local[64];
    char remote[64];
    bool known = r->server != NULL && srv_addresses(r->server, local, remote, sizeof local);
    struct cap_options co = {
        .interface = r->live ? (r->opt.interface != NULL ? r->opt.interface : "lo") : NULL,
        .read_file = r->opt.read_file,
        .write_file = r->opt.write_file,
        .ports = r->ports.all,
        .port_count = r->ports.all_count,
        .exclude_port = known ? srv_local_port(r->server) : 0,
        .exclude_host = known ? local : NULL,
        .snaplen = (uint32_t)r->opt.snaplen,
        .buffer_bytes = (uint32_t)(r->opt.buffer_mb << 20),
    };
    if (r->live)
        snprintf(r->source, sizeof r->source, "live %s", co.interface);
    else
        snprintf(r->source, sizeof r->source, "file %s", co.read_file);
    return cap_open(&r->cap, &co, on_segment, r, err);
}

static enum pp_status open_run(struct recording *r, struct pp_err *err)
{
    struct sto_writer_options wo = {
        .path = r->opt.output,
        .statements = !r->opt.no_statements,
        .may_drop = r->live,
        .leave_wal = r->finisher.pid != 0,
    };
    enum pp_status st = sto_writer_new(&r->writer, &wo, err);
    if (st != PP_OK)
        return st;
    if (realpath(r->opt.output, r->run_path) == NULL)
        return pp_err_set(err, PP_IO, "%s: %s", r->opt.output, strerror(errno));
    struct pipeline_options po = {.ports = &r->ports,
                                  .writer = r->writer,
                                  .samples = r->opt.samples,
                                  .on_digest = r->server != NULL ? record_server_ask : NULL,
                                  .on_digest_priv = r};
    st = pipeline_new(&r->pipeline, &po);
    return st == PP_OK ? PP_OK : pp_err_set(err, st, "out of memory");
}

static void put_host_fact(void *priv, const char *name, const char *value)
{
    struct recording *r = priv;

    sto_put_config(r->writer, "host", name, value, r->start_ns);
}

static void put_config(struct recording *r)
{
    sto_put_meta(r->writer, STO_META_VERSION, POOLPROBE_VERSION);
    sto_put_meta(r->writer, STO_META_COMMAND, r->command);
    sto_put_meta(r->writer, STO_META_SOURCE, r->source);
    sto_put_meta_int(r->writer, STO_META_STATEMENTS_STORED, r->opt.no_statements ? 0 : 1);
    sto_put_meta_int(r->writer, STO_META_START_NS, r->start_ns);
    if (r->live)
        host_each_fact(put_host_fact, r);
    for (size_t i = 0; i < r->opt.config.count; i++) {
        const char *item = r->opt.config.items[i];
        const char *eq = strchr(item, '=');
        char name[128];
        snprintf(name, sizeof name, "%.*s", (int)(eq - item), item);
        sto_put_config(r->writer, "app", name, eq + 1, r->start_ns);
    }
}

static enum pp_status block_signals(struct recording *r, struct pp_err *err)
{
    sigset_t set;

    /* A read from a pipe cannot be interrupted cleanly: there a signal ends the program, and the run stays
     * readable. */
    if (!r->live)
        return PP_OK;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    sigprocmask(SIG_BLOCK, &set, NULL);
    r->signal_fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    if (r->signal_fd < 0)
        return pp_err_set(err, PP_IO, "cannot watch for signals: %s", strerror(errno));
    return PP_OK;
}

static enum pp_status start_sampler(struct recording *r, struct pp_err *err)
{
    struct host_watch_options o = {
        .ports = {[HOST_APP] = r->ports.http, [HOST_SERVER] = r->ports.mysql},
        .port_counts = {[HOST_APP] = r->ports.http_count, [HOST_SERVER] = r->ports.mysql_count},
        .app_pid = (pid_t)r->opt.app_pid,
    };

    return r->live ? sampler_start(&r->sampler, &o, &r->privilege, r->opt.host_interval, err) : PP_OK;
}

/* Processes that keep rights which the recorder gives up: the command is the caller's own. */
static enum pp_status start_helpers(struct recording *r, char **command, struct pp_err *err)
{
    enum pp_status st =
        command != NULL ? child_prepare(&r->child, &(struct child_options){.argv = command}, err) : PP_OK;

    if (st == PP_OK && r->live && r->privilege.change && !r->privilege.keep)
        st = finisher_start(&r->finisher, r->opt.output, err);
    return st == PP_OK ? start_sampler(r, err) : st;
}

/* Root goes as soon as the files are open, capabilities as soon as the capture is: before threads start,
 * which would keep them. */
static enum pp_status open_all(struct recording *r, struct pp_err *err)
{
    bool live_root = r->live && r->privilege.change;
    enum pp_status st = r->live ? privilege_seal(&r->privilege, err) : PP_OK;

    if (st == PP_OK)
        st = record_server_open(r, err);
    if (st == PP_OK)
        st = open_capture(r, err);
    if (st == PP_OK && r->live && !live_root)
        st = privilege_drop(&r->privilege, PRIVILEGE_NOTHING, err);
    if (st == PP_OK)
        st = open_run(r, err);
    if (st != PP_OK || !live_root)
        return st;
    privilege_give_file(&r->privilege, r->opt.output);
    if (r->opt.write_file != NULL)
        privilege_give_file(&r->privilege, r->opt.write_file);
    return privilege_drop(&r->privilege, r->child.pid != 0 ? PRIVILEGE_SIGNAL : PRIVILEGE_NOTHING, err);
}

static enum pp_status set_up(struct recording *r, char **command, struct pp_err *err)
{
    enum pp_status st = r->live ? privilege_plan(&r->privilege, r->opt.user, err) : PP_OK;

    if (st == PP_OK)
        st = block_signals(r, err);
    if (st == PP_OK)
        st = start_helpers(r, command, err);
    if (st == PP_OK)
        st = open_all(r, err);
    if (st != PP_OK)
        return st;
    put_config(r);
    return record_server_start(r, err);
}

static enum pp_status start_command(struct recording *r, char **command, struct pp_err *err)
{
    return command == NULL ? PP_OK : child_go(&r->child, command[0], r->run_path, err);
}

static void tear_down(struct recording *r)
{
    struct pp_err err;

    child_end(&r->child);
    sampler_stop(&r->sampler, NULL);
    record_server_stop(r, false);
    finisher_end(&r->finisher);
    pipeline_free(&r->pipeline);
    if (r->cap != NULL && cap_free(&r->cap, &err) != PP_OK)
        log_error("%s", err.text);
    if (r->writer != NULL && sto_writer_free(&r->writer, &err) != PP_OK)
        log_error("%s", err.text);
    srv_free(&r->server);
    if (r->signal_fd >= 0)
        close(r->signal_fd);
}

/* The command line for the run file: our own options (--server refuses a URI with a password) and the name of
 * what ran beside us, without its arguments, which may hold a secret. */
static void join_command(struct recording *r, int argc, char **argv)
{
    size_t used = (size_t)snprintf(r->command, sizeof r->command, "poolprobe");
    bool beside = false;

    for (int i = 0; i < argc && used < sizeof r->command; i++) {
        used += (size_t)snprintf(r->command + used, sizeof r->command - used, " %s", argv[i]);
        if (beside)
            break;
        beside = strcmp(argv[i], "--") == 0;
    }
}

static int run_recording(struct recording *r, char **command)
{
    struct pp_err err = {.status = PP_OK};
    enum pp_status st = set_up(r, command, &err);

    if (st == PP_OK)
        st = start_command(r, command, &err);
    if (st == PP_OK)
        st = record_loop(r, &err);
    if (r->pipeline != NULL) {
        record_server_stop(r, st == PP_OK);
        st = record_finish(r, st, command != NULL ? command[0] : NULL, &err);
    }
    tear_down(r);
    if (st != PP_OK) {
        log_error("%s", err.text);
        return PP_EXIT_FAILED;
    }
    return r->lossy ? PP_EXIT_LOSS : PP_EXIT_OK;
}

int record_main(int argc, char **argv)
{
    struct recording r = {.signal_fd = -1, .sampler = {.note_fd = -1, .stop_fd = -1}};
    struct opt_result parsed;
    struct pp_err err;

    join_command(&r, argc, argv);
    if (opt_parse(&record_table, argc, argv, &r.opt, &parsed, &err) != PP_OK) {
        log_error("record: %s", err.text);
        return PP_EXIT_USAGE;
    }
    if (parsed.help) {
        opt_print_help(&record_table);
        return PP_EXIT_OK;
    }
    if (parsed.version) {
        puts("poolprobe " POOLPROBE_VERSION);
        return PP_EXIT_OK;
    }
    char **command = parsed.rest < argc ? argv + parsed.rest : NULL;
    if (command != NULL && !parsed.after_dashes) {
        log_error("record: put '--' in front of the command: poolprobe record … -- %s", command[0]);
        return PP_EXIT_USAGE;
    }
    r.live = r.opt.read_file == NULL;
    r.start_ns = clock_real_ns();
    if (check_options(&r, command != NULL, &err) != PP_OK) {
        log_error("record: %s", err.text);
        return PP_EXIT_USAGE;
    }
    return run_recording(&r, command);
}

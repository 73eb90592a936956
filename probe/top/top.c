/* summary: poolprobe top: options, set-up and tear-down */
#include "top.h"

#include "base/clock.h"
#include "base/log.h"
#include "top_run.h"
#include "top_screen.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define MAX_BUFFER_MIB 1024
#define MAX_SPEED 1000000
#define PAGE_MAX_BYTES ((size_t)4 << 20)

static const struct opt_def top_defs[] = {
#define OPT(field, ...) OPT_AS_ROW(struct top_options, field, __VA_ARGS__)
#include "top_options.def"
#undef OPT
};

static const struct opt_table top_table = {
    .program = "poolprobe top",
    .usage = "[OPTION…]",
    .about = "Shows pools, requests in flight and the top queries as they are now.\n"
             "Keys: q quit, space pause, t c p e sort, w write the frame to a file, ? help.",
    .defs = top_defs,
    .count = sizeof top_defs / sizeof top_defs[0],
};

static bool parse_sort(const char *name, enum top_sort *out)
{
    for (int i = TOP_BY_TIME; i <= TOP_BY_ERRORS; i++)
        if (strcmp(name, top_sort_name((enum top_sort)i)) == 0) {
            *out = (enum top_sort)i;
            return true;
        }
    return false;
}

static enum pp_status check_options(struct top *t, struct pp_err *err)
{
    const struct top_options *o = &t->opt;

    if (o->read_file != NULL && (o->interface != NULL || o->user != NULL))
        return pp_err_set(err, PP_INVALID, "-i and -Z go with live capture, not with -r");
    if (o->interval < 100 * NS_PER_MS || o->interval > 3600 * NS_PER_S)
        return pp_err_set(err, PP_INVALID, "--interval takes 100ms to 1h");
    if (o->speed < 0 || o->speed > MAX_SPEED)
        return pp_err_set(err, PP_INVALID, "--speed takes 0 to %d", MAX_SPEED);
    if (o->count < 0)
        return pp_err_set(err, PP_INVALID, "--count takes a positive number");
    if (o->buffer_mb < 1 || o->buffer_mb > MAX_BUFFER_MIB)
        return pp_err_set(err, PP_INVALID, "--buffer-mb takes 1 to %d", MAX_BUFFER_MIB);
    if (!parse_sort(o->sort, &t->look.sort))
        return pp_err_set(err, PP_INVALID, "--sort takes time, calls, p95 or errors, not '%s'", o->sort);
    return pipeline_parse_ports(&t->ports, o->mysql_port, o->http_port, err);
}

static enum pp_status watch_signals(struct top *t, struct pp_err *err)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGQUIT);
    sigprocmask(SIG_BLOCK, &set, NULL);
    t->signal_fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    if (t->signal_fd < 0)
        return pp_err_set(err, PP_IO, "cannot watch for signals: %s", strerror(errno));
    return PP_OK;
}

static enum pp_status set_up(struct top *t, struct pp_err *err)
{
    buf_init(&t->page, PAGE_MAX_BYTES);
    buf_init(&t->held, PAGE_MAX_BYTES);
    t->frame = calloc(1, sizeof *t->frame);
    t->fresh = calloc(1, sizeof *t->fresh);
    if (t->frame == NULL || t->fresh == NULL)
        return pp_err_set(err, PP_NOMEM, "out of memory");
    enum pp_status st = watch_signals(t, err);
    if (st == PP_OK)
        st = top_feed_open(t, err);
    if (st == PP_OK && !t->opt.batch && isatty(STDOUT_FILENO))
        st = top_screen_new(&t->screen, err);
    if (st != PP_OK)
        return st;
    t->frame->at_ns = t->live ? clock_real_ns() : 0;
    return top_show_again(t, err);
}

static int run(struct top *t)
{
    struct pp_err err = {.status = PP_OK};
    enum pp_status st = set_up(t, &err);

    if (st == PP_OK)
        st = top_feed_run(t, &err);
    bool lossy = top_feed_lossy(t);
    top_screen_free(&t->screen);
    top_feed_close(t);
    buf_fini(&t->page);
    buf_fini(&t->held);
    free(t->kept);
    free(t->frame);
    free(t->fresh);
    if (t->signal_fd >= 0)
        close(t->signal_fd);
    if (st != PP_OK) {
        log_error("%s", err.text);
        return PP_EXIT_FAILED;
    }
    if (lossy)
        log_warn("data was lost: packets were dropped or bytes are missing");
    return lossy ? PP_EXIT_LOSS : PP_EXIT_OK;
}

int top_main(int argc, char **argv)
{
    struct top t = {.signal_fd = -1, .look = {.message = "", .source = "", .columns = 80}};
    struct opt_result parsed;
    struct pp_err err;

    if (opt_parse(&top_table, argc, argv, &t.opt, &parsed, &err) != PP_OK) {
        log_error("top: %s", err.text);
        return PP_EXIT_USAGE;
    }
    if (parsed.help) {
        opt_print_help(&top_table);
        return PP_EXIT_OK;
    }
    if (parsed.version) {
        puts("poolprobe " POOLPROBE_VERSION);
        return PP_EXIT_OK;
    }
    if (parsed.rest < argc) {
        log_error("top: takes no operand: '%s'; a file is given with -r", argv[parsed.rest]);
        return PP_EXIT_USAGE;
    }
    t.live = t.opt.read_file == NULL;
    if (check_options(&t, &err) != PP_OK) {
        log_error("top: %s", err.text);
        return PP_EXIT_USAGE;
    }
    return run(&t);
}

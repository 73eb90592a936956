/* summary: makes one run of an experiment: server, recorder, target, load, and all of it ended again */
#include "runner.h"

#include "base/clock.h"
#include "places.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define READY_LIMIT "120s"
#define RECORDER_LIMIT_NS (30 * NS_PER_S) /* until it captures */
#define STOP_LIMIT_NS (75 * NS_PER_S)     /* a target may finish the requests in flight */
#define RECORD_ARGV_MAX (EXP_ARGV_MAX + 2 * ANA_EXP_FACTORS_MAX + 8)

/* One run while it is made. */
struct run {
    const struct exp_spec *spec;
    struct exp_watch *watch;
    const struct exp_slot *slot;
    struct exp_files files;
    struct exp_run_place place;
    char full_part[PATH_MAX + 64]; /* absolute, for commands that change folders */
    int log_fd;
    struct child recorder, target;
};

/* `argv`: the command's words, filled. */
static enum pp_status start(struct run *r, const struct exp_command *command, char **argv, struct child *c,
                            struct pp_err *err)
{
    const struct child_options o = {
        .argv = argv, .run_path = r->full_part, .environment = command->environment, .output_fd = r->log_fd};
    return child_start(c, &o, err);
}

static enum pp_status start_filled(struct run *r, const struct exp_command *command, struct child *c,
                                   struct pp_err *err)
{
    char **argv = exp_places_fill(r->spec, command, &r->place);
    if (!argv)
        return pp_err_set(err, PP_NOMEM, "out of memory");
    enum pp_status st = start(r, command, argv, c, err);
    exp_argv_free(&argv);
    return st;
}

/* Ends a command that still runs: asks, waits, kills. */
static void end(struct run *r, struct child *c, int sig)
{
    child_signal(c, sig);
    int64_t start_ns = clock_mono_ns();
    while (c->pid != 0 && !child_poll(c) && clock_mono_ns() - start_ns < STOP_LIMIT_NS)
        (void)exp_watch_tick(r->watch);
    child_end(c);
}

/* Status 3 of our own programs: done, but data was lost; the report of the run says so. */
static bool ended_well(const struct child *c)
{
    return WIFEXITED(c->wait_status) &&
           (WEXITSTATUS(c->wait_status) == 0 || WEXITSTATUS(c->wait_status) == 3);
}

static enum pp_status result(const struct child *c, const char *name, struct pp_err *err)
{
    return ended_well(c) ? PP_OK : child_result(c, name, err);
}

/* Runs a command of the specification to its end; none is fine. */
static enum pp_status run_to_end(struct run *r, const struct exp_command *command, struct pp_err *err)
{
    struct child c = {0};
    if (command->argc == 0)
        return PP_OK;
    enum pp_status st = start_filled(r, command, &c, err);
    if (st != PP_OK)
        return st;
    if (exp_watch_child(r->watch, &c, 0) != PP_OK) {
        end(r, &c, SIGTERM);
        return pp_err_set(err, PP_AGAIN, "interrupted");
    }
    return result(&c, command->argv[0], err);
}

/* record OPTIONS… --config FACTOR=LEVEL… -o PART, by this very program. */
static enum pp_status start_recorder(struct run *r, struct pp_err *err)
{
    char *argv[RECORD_ARGV_MAX];
    char config[ANA_EXP_FACTORS_MAX][512];
    const struct ana_exp_design *d = &r->spec->design;
    size_t n = 0;
    char **options = exp_places_fill(r->spec, &r->spec->record, &r->place);
    if (!options)
        return pp_err_set(err, PP_NOMEM, "out of memory");
    argv[n++] = "/proc/self/exe";
    argv[n++] = "record";
    for (size_t i = 0; options[i]; i++)
        argv[n++] = options[i];
    for (size_t f = 0; f < d->factor_count; f++) {
        (void)snprintf(config[f], sizeof config[f], "%s=%s", d->factors[f].name,
                       d->factors[f].levels[ana_exp_level_of(d, r->slot->cell, f)]);
        argv[n++] = "--config";
        argv[n++] = config[f];
    }
    argv[n++] = "-o";
    argv[n++] = r->full_part;
    argv[n] = NULL;
    enum pp_status st = start(r, &r->spec->record, argv, &r->recorder, err);
    exp_argv_free(&options);
    return st;
}

/* The recorder makes the run file once it captures. */
static enum pp_status wait_recorder(struct run *r, struct pp_err *err)
{
    int64_t start_ns = clock_mono_ns();
    while (access(r->full_part, F_OK) != 0) {
        if (child_poll(&r->recorder))
            return pp_err_set(err, PP_IO, "the recorder ended at once");
        if (clock_mono_ns() - start_ns > RECORDER_LIMIT_NS)
            return pp_err_set(err, PP_IO, "the recorder did not start");
        if (!exp_watch_tick(r->watch))
            return pp_err_set(err, PP_AGAIN, "interrupted");
    }
    return PP_OK;
}

/* poolload, which lies beside this program. */
static enum pp_status find_poolload(char *dst, size_t n, struct pp_err *err)
{
    char self[PATH_MAX];
    ssize_t len = readlink("/proc/self/exe", self, sizeof self - 1);
    self[len > 0 ? len : 0] = '\0';
    char *slash = strrchr(self, '/');
    if (!slash)
        return pp_err_set(err, PP_IO, "cannot find this program's folder: is /proc mounted?");
    *slash = '\0';
    (void)snprintf(dst, n, "%s/poolload", self);
    return PP_OK;
}

static enum pp_status watch_ready(struct run *r, struct child *waiter, struct pp_err *err)
{
    while (!child_poll(waiter)) {
        if (child_poll(&r->target))
            return pp_err_set(err, PP_IO, "the target ended before it was ready");
        if (!exp_watch_tick(r->watch))
            return pp_err_set(err, PP_AGAIN, "interrupted");
    }
    return ended_well(waiter) ? PP_OK
                              : pp_err_set(err, PP_IO, "the target did not answer at %s within %s",
                                           r->spec->ready, READY_LIMIT);
}

/* poolload ready URL: libcurl is poolload's, and no other command of this program needs it. */
static enum pp_status wait_target(struct run *r, struct pp_err *err)
{
    char poolload[PATH_MAX + 16], limit[] = "--timeout=" READY_LIMIT;
    char *argv[] = {poolload, "ready", limit, (char *)(uintptr_t)r->spec->ready, NULL};
    const struct child_options o = {.argv = argv, .output_fd = r->log_fd};
    struct child waiter = {0};
    enum pp_status st = find_poolload(poolload, sizeof poolload, err);
    if (st == PP_OK)
        st = child_start(&waiter, &o, err);
    if (st == PP_OK)
        st = watch_ready(r, &waiter, err);
    child_end(&waiter);
    return st;
}

static enum pp_status start_target(struct run *r, struct pp_err *err)
{
    if (r->spec->target.argc == 0)
        return PP_OK;
    enum pp_status st = start_filled(r, &r->spec->target, &r->target, err);
    return st == PP_OK && r->spec->ready ? wait_target(r, err) : st;
}

/* Everything is ended also after a failure; the first failure is the one that is told. */
static enum pp_status record_load(struct run *r, struct pp_err *err)
{
    enum pp_status st = start_recorder(r, err);
    if (st == PP_OK)
        st = wait_recorder(r, err);
    if (st == PP_OK)
        st = start_target(r, err);
    if (st == PP_OK)
        st = run_to_end(r, &r->spec->load, err);
    end(r, &r->target, SIGTERM);
    end(r, &r->recorder, SIGINT);
    return st == PP_OK ? result(&r->recorder, "poolprobe record", err) : st;
}

static enum pp_status run_parts(struct run *r, struct pp_err *err)
{
    struct pp_err stop_err;
    enum pp_status st = run_to_end(r, &r->spec->server_start, err);
    if (st == PP_OK)
        st = record_load(r, err);
    bool interrupted = r->watch->interrupted;
    r->watch->interrupted = false; /* the server is stopped all the same */
    enum pp_status stopped = run_to_end(r, &r->spec->server_stop, &stop_err);
    r->watch->interrupted = r->watch->interrupted || interrupted;
    if (st == PP_OK && stopped != PP_OK) {
        *err = stop_err;
        st = stopped;
    }
    return st;
}

static enum pp_status open_files(struct run *r, const char *dir, struct pp_err *err)
{
    char full_dir[PATH_MAX];
    if (!realpath(dir, full_dir))
        return pp_err_set(err, PP_IO, "%s: %s", dir, strerror(errno));
    exp_folder_files(&r->files, full_dir, r->slot);
    (void)snprintf(r->full_part, sizeof r->full_part, "%s", r->files.part);
    (void)unlink(r->full_part); /* of a try that failed or was interrupted */
    r->log_fd = open(r->files.log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (r->log_fd < 0)
        return pp_err_set(err, PP_IO, "cannot write %s: %s", r->files.log, strerror(errno));
    return PP_OK;
}

static enum pp_status keep(const struct run *r, struct pp_err *err)
{
    if (access(r->full_part, F_OK) != 0)
        return pp_err_set(err, PP_IO, "the command made no run file; it has to write %s (the place {run})",
                          r->full_part);
    if (rename(r->full_part, r->files.run) != 0)
        return pp_err_set(err, PP_IO, "cannot rename %s: %s", r->full_part, strerror(errno));
    return PP_OK;
}

enum pp_status exp_run(const struct exp_spec *s, const char *dir, const struct exp_slot *slot,
                       struct exp_watch *w, struct pp_err *err)
{
    struct run r = {.spec = s, .watch = w, .slot = slot};
    struct pp_err why;
    enum pp_status st = open_files(&r, dir, err);
    if (st != PP_OK)
        return st;
    r.place =
        (struct exp_run_place){.run = r.full_part, .dir = dir, .cell = slot->cell, .repeat = slot->repeat};
    st = s->run.argc > 0 ? run_to_end(&r, &s->run, &why) : run_parts(&r, &why);
    if (st == PP_OK)
        st = keep(&r, &why);
    close(r.log_fd);
    if (st == PP_OK)
        return PP_OK;
    if (w->interrupted)
        st = PP_AGAIN;
    return pp_err_set(err, st, "%s; what the commands printed is in %s", why.text, r.files.log);
}

/* summary: one level: makes the workers, sets the times, waits, collects */
#include "level.h"

#include "base/clock.h"
#include "base/log.h"
#include "run.h"
#include "worker.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define LIVE_NS (250 * NS_PER_MS)
#define SAMPLE_NS NS_PER_S
#define CHECK_NS NS_PER_S
#define CHECK_LEAST 10 /* requests: fewer say nothing of a share */
/* What requests in flight get to end after a first Ctrl-C. */
#define GRACE_NS (2 * NS_PER_S)

/* A level with its workers. */
struct crew {
    struct lg_run *run;
    struct lg_level level;
    struct lg_worker *workers[LG_THREADS_MAX];
    size_t count;
    struct lg_watch watch;
    int64_t next_sample_ns; /* INT64_MAX: no more */
    int64_t next_check_ns;  /* of the share of errors; INT64_MAX: none is asked for */
    struct lg_live checked; /* the figures at the check before */
    bool too_many_errors;
    int64_t give_up_ns; /* when requests in flight are abandoned */
    bool stopped;
};

static enum pp_status hire(struct crew *c, struct pp_err *err)
{
    const struct lg_config *config = c->run->config;
    size_t threads = (size_t)config->opt.threads;
    c->level.threads = threads < c->level.slots ? threads : c->level.slots;
    for (size_t t = 0; t < c->level.threads; t++) {
        enum pp_status st = lg_worker_new(&c->workers[t], config, &c->level, t, err);
        if (st != PP_OK)
            return st;
        c->count++;
    }
    return PP_OK;
}

static enum pp_status set_watch(struct crew *c, struct pp_err *err)
{
    const struct lg_options *opt = &c->run->config->opt;
    enum pp_status st = PP_OK;
    lg_watch_init(&c->watch);
    for (size_t i = 0; st == PP_OK && i < opt->watch_pids.count; i++)
        st = lg_watch_add_process(&c->watch, opt->watch_pids.items[i]);
    for (size_t i = 0; st == PP_OK && i < opt->watch_cgroups.count; i++)
        st = lg_watch_add_cgroup(&c->watch, opt->watch_cgroups.items[i]);
    return st == PP_OK ? PP_OK : pp_err_set(err, st, "out of memory");
}

/* With --start-at the level's own place in the common timetable, unless this machine is late already. */
static int64_t planned_begin_ns(const struct crew *c, int64_t real, int64_t mono)
{
    const struct lg_config *config = c->run->config;
    const struct lg_options *opt = &config->opt;
    if (config->start_at_ns == 0)
        return mono;
    int64_t each_ns = opt->warmup_ns + opt->duration_ns + opt->pause_ns;
    int64_t ahead_ns = config->start_at_ns + (int64_t)c->level.index * each_ns - real;
    return ahead_ns > 0 ? mono + ahead_ns : mono;
}

static void set_times(struct crew *c)
{
    const struct lg_options *opt = &c->run->config->opt;
    struct lg_level *l = &c->level;
    int64_t real = clock_real_ns();
    int64_t mono = clock_mono_ns();
    l->begin_ns = planned_begin_ns(c, real, mono);
    l->start_ns = l->begin_ns + opt->warmup_ns;
    l->start_real_ns = real + (l->start_ns - mono);
    l->end_real_ns = l->start_real_ns + opt->duration_ns;
    atomic_store(&l->end_ns, l->start_ns + opt->duration_ns);
    if (opt->no_level_mark)
        l->mark[0] = '\0';
    else
        lg_mark_format(l->mark, l->index, l->users, l->start_real_ns, l->end_real_ns);
    c->next_sample_ns = c->watch.count > 0 ? l->start_ns : INT64_MAX;
    c->next_check_ns = c->run->config->stop_error_percent > 0 ? l->begin_ns + CHECK_NS : INT64_MAX;
    c->give_up_ns = INT64_MAX;
}

static enum pp_status start(struct crew *c, struct pp_err *err)
{
    atomic_store(&c->level.workers_running, (int64_t)c->count);
    for (size_t t = 0; t < c->count; t++) {
        enum pp_status st = lg_worker_start(c->workers[t], err);
        if (st != PP_OK)
            return st;
    }
    return PP_OK;
}

static void wake_all(struct crew *c)
{
    for (size_t t = 0; t < c->count; t++)
        lg_worker_wake(c->workers[t]);
}

/* The first time ends the level now, the second time does not wait for answers either. */
static void stop(struct crew *c, int64_t now)
{
    struct lg_level *l = &c->level;
    if (!c->stopped && now < atomic_load(&l->end_ns))
        atomic_store(&l->end_ns, now);
    if (!c->stopped)
        c->give_up_ns = now + GRACE_NS;
    if (c->run->stop->asked > 1 || now >= c->give_up_ns)
        atomic_store(&l->abandon, true);
    c->stopped = true;
    wake_all(c);
}

static void sample(struct crew *c, int64_t now)
{
    if (now < c->next_sample_ns)
        return;
    lg_watch_sample(&c->watch);
    /* The last sample is taken at the end of the measured time. */
    int64_t end = atomic_load(&c->level.end_ns);
    int64_t next = c->next_sample_ns + SAMPLE_NS;
    c->next_sample_ns = now >= end ? INT64_MAX : next < end ? next : end;
}

static void add_up(const struct crew *c, struct lg_live *figures)
{
    *figures = (struct lg_live){.done = 0};
    for (size_t t = 0; t < c->count; t++)
        lg_worker_add_live(c->workers[t], figures);
}

/* --stop-on-errors: the share of one second's ends. */
static void check_errors(struct crew *c, int64_t now)
{
    if (now < c->next_check_ns || c->stopped)
        return;
    struct lg_live figures;
    add_up(c, &figures);
    uint64_t done = figures.done - c->checked.done;
    uint64_t errors = figures.errors - c->checked.errors;
    if (done >= CHECK_LEAST && (double)errors * 100 >= c->run->config->stop_error_percent * (double)done) {
        c->too_many_errors = true;
        stop(c, now);
    }
    c->checked = figures;
    c->next_check_ns = now + CHECK_NS;
}

static void show(struct crew *c, int64_t now)
{
    const struct lg_level *l = &c->level;
    const struct lg_options *opt = &c->run->config->opt;
    struct lg_live figures;
    add_up(c, &figures);
    struct lg_live_state state = {.index = l->index, .users = l->users, .rate = l->rate};
    int64_t end = atomic_load(&l->end_ns);
    int64_t until = now < l->begin_ns ? l->begin_ns : now < l->start_ns ? l->start_ns : end;
    state.phase = now < l->begin_ns   ? "waiting for --start-at"
                  : now < l->start_ns ? "warm-up"
                  : now < end         ? "measuring"
                                      : "waiting for the last answers";
    state.left_ns = now < end ? until - now : -1;
    int64_t each_ns = opt->pause_ns + opt->warmup_ns + opt->duration_ns;
    int64_t later = (int64_t)(c->run->live.levels - l->index - 1);
    state.run_left_ns = c->stopped || now >= end ? -1 : end - now + later * each_ns;
    lg_live_show(&c->run->live, &state, &figures);
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static void wait_for_end(struct crew *c)
{
    struct lg_stop *s = c->run->stop;
    int64_t next_show_ns = c->run->live.on ? 0 : INT64_MAX;
    while (atomic_load(&c->level.workers_running) > 0) {
        int64_t until = least(least(next_show_ns, c->next_sample_ns), least(c->next_check_ns, c->give_up_ns));
        int asked = s->asked;
        lg_stop_wait(s, c->level.done_fd, until);
        int64_t now = clock_mono_ns();
        if (s->asked > asked || now >= c->give_up_ns)
            stop(c, now);
        if (atomic_load(&c->level.abandon))
            c->give_up_ns = INT64_MAX;
        sample(c, now);
        check_errors(c, now);
        if (now >= next_show_ns) {
            show(c, now);
            next_show_ns = now + LIVE_NS;
        }
    }
    if (c->next_sample_ns != INT64_MAX && clock_mono_ns() >= c->level.start_ns)
        lg_watch_sample(&c->watch);
}

static void dismiss(struct crew *c)
{
    atomic_store(&c->level.abandon, true);
    wake_all(c);
    for (size_t t = 0; t < c->count; t++)
        lg_worker_join(c->workers[t]);
}

static enum pp_status collect(struct crew *c, struct lg_result *out, struct pp_err *err)
{
    const struct lg_level *l = &c->level;
    const struct lg_config *config = c->run->config;
    int64_t end = atomic_load(&l->end_ns);
    *out = (struct lg_result){.index = l->index,
                              .users = l->users,
                              .rate = l->rate,
                              .connections = l->rate > 0 ? (int64_t)l->slots : 0,
                              .start_ns = l->start_real_ns,
                              .lookup_ns = config->lookup_ns,
                              .too_many_errors = c->too_many_errors};
    out->end_ns = l->start_real_ns + (end - l->start_ns);
    out->think_mean_ns = (config->think_min_ns + config->think_max_ns) / 2;
    out->interrupted = out->end_ns < l->end_real_ns;
    if (end <= l->start_ns)
        return PP_END;
    out->stats = lg_stats_new(config->endpoint_count);
    if (out->stats == NULL)
        return pp_err_set(err, PP_NOMEM, "out of memory");
    struct lg_live live;
    add_up(c, &live);
    for (size_t t = 0; t < c->count; t++) {
        lg_stats_merge(out->stats, lg_worker_stats(c->workers[t]));
        out->unfinished += lg_worker_unfinished(c->workers[t]);
        out->unsent += lg_worker_unsent(c->workers[t]);
    }
    out->all_refused = live.done > 0 && live.refused == live.done;
    out->watch = c->watch;
    lg_watch_init(&c->watch);
    return PP_OK;
}

static enum pp_status work(struct crew *c, struct lg_result *out, struct pp_err *err)
{
    enum pp_status st = hire(c, err);
    if (st == PP_OK)
        st = set_watch(c, err);
    if (st != PP_OK)
        return st;
    set_times(c);
    st = start(c, err);
    if (st == PP_OK)
        wait_for_end(c);
    dismiss(c);
    return st == PP_OK ? collect(c, out, err) : st;
}

enum pp_status lg_run_level(struct lg_run *run, size_t index, struct lg_result *out, struct pp_err *err)
{
    struct crew *c = calloc(1, sizeof *c);
    if (c == NULL)
        return pp_err_set(err, PP_NOMEM, "out of memory");
    c->run = run;
    c->level.index = index;
    c->level.request_log = run->request_log;
    c->level.slots = lg_config_slots(run->config, index);
    if (run->config->open_load)
        c->level.rate = lg_ramp_users(&run->config->ramp, index);
    else
        c->level.users = c->level.slots;
    c->level.done_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    enum pp_status st = PP_OK;
    if (c->level.done_fd < 0)
        st = pp_err_set(err, PP_IO, "cannot make an eventfd: %s", strerror(errno));
    else
        st = work(c, out, err);
    for (size_t t = 0; t < c->count; t++)
        lg_worker_free(&c->workers[t]);
    if (c->level.done_fd >= 0)
        (void)close(c->level.done_fd);
    lg_watch_fini(&c->watch);
    free(c);
    return st;
}

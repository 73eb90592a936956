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
/* What requests in flight get to end after a first Ctrl-C. */
#define GRACE_NS (2 * NS_PER_S)

/* A level with its workers. */
struct crew {
    struct lg_run *run;
    struct lg_level level;
    struct lg_worker *workers[LG_THREADS_MAX];
    size_t count;
    struct lg_watch watch;
    bool watch_lost;
    int64_t next_sample_ns; /* INT64_MAX: no more */
    int64_t give_up_ns;     /* when requests in flight are abandoned */
    bool stopped;
};

static enum pp_status hire(struct crew *c, struct pp_err *err)
{
    const struct lg_config *config = c->run->config;
    size_t threads = (size_t)config->opt.threads;
    if (threads > c->level.users)
        threads = c->level.users;
    for (size_t t = 0; t < threads; t++) {
        size_t first = 0;
        size_t count = 0;
        lg_split_users(c->level.users, threads, t, &first, &count);
        enum pp_status st = lg_worker_new(&c->workers[t], config, &c->level, first, count, err);
        if (st != PP_OK)
            return st;
        c->count++;
    }
    return PP_OK;
}

static void set_times(struct crew *c)
{
    const struct lg_options *opt = &c->run->config->opt;
    struct lg_level *l = &c->level;
    int64_t real = clock_real_ns();
    l->begin_ns = clock_mono_ns();
    l->start_ns = l->begin_ns + opt->warmup_ns;
    l->start_real_ns = real + opt->warmup_ns;
    l->end_real_ns = l->start_real_ns + opt->duration_ns;
    atomic_store(&l->end_ns, l->start_ns + opt->duration_ns);
    lg_mark_format(l->mark, l->index, l->users, l->start_real_ns, l->end_real_ns);
    lg_watch_init(&c->watch, opt->watch_pid);
    c->next_sample_ns = opt->watch_pid > 0 ? l->start_ns : INT64_MAX;
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
    if (!lg_watch_sample(&c->watch) && !c->watch_lost) {
        c->watch_lost = true;
        log_warn("process %lld (--watch-pid) is gone", (long long)c->watch.pid);
    }
    /* The last sample is taken at the end of the measured time. */
    int64_t end = atomic_load(&c->level.end_ns);
    int64_t next = c->next_sample_ns + SAMPLE_NS;
    c->next_sample_ns = now >= end ? INT64_MAX : next < end ? next : end;
}

static void show(struct crew *c, int64_t now)
{
    const struct lg_level *l = &c->level;
    struct lg_live figures = {.done = 0};
    for (size_t t = 0; t < c->count; t++)
        lg_worker_add_live(c->workers[t], &figures);
    struct lg_live_state state = {.index = l->index, .users = l->users};
    int64_t end = atomic_load(&l->end_ns);
    state.phase = now < l->start_ns ? "warm-up" : now < end ? "measuring" : "waiting for the last answers";
    state.left_ns = now < l->start_ns ? l->start_ns - now : now < end ? end - now : -1;
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
        int64_t until = least(least(next_show_ns, c->next_sample_ns), c->give_up_ns);
        int asked = s->asked;
        lg_stop_wait(s, c->level.done_fd, until);
        int64_t now = clock_mono_ns();
        if (s->asked > asked || now >= c->give_up_ns)
            stop(c, now);
        if (atomic_load(&c->level.abandon))
            c->give_up_ns = INT64_MAX;
        sample(c, now);
        if (now >= next_show_ns) {
            show(c, now);
            next_show_ns = now + LIVE_NS;
        }
    }
    if (c->next_sample_ns != INT64_MAX && clock_mono_ns() >= c->level.start_ns)
        (void)lg_watch_sample(&c->watch);
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
    int64_t end = atomic_load(&l->end_ns);
    *out = (struct lg_result){
        .index = l->index, .users = l->users, .start_ns = l->start_real_ns, .watch = c->watch};
    out->end_ns = l->start_real_ns + (end - l->start_ns);
    out->think_mean_ns = (c->run->config->think_min_ns + c->run->config->think_max_ns) / 2;
    out->interrupted = out->end_ns < l->end_real_ns;
    if (end <= l->start_ns)
        return PP_END;
    out->stats = lg_stats_new(c->run->config->endpoint_count);
    if (out->stats == NULL)
        return pp_err_set(err, PP_NOMEM, "out of memory");
    struct lg_live live = {.done = 0};
    for (size_t t = 0; t < c->count; t++) {
        lg_stats_merge(out->stats, lg_worker_stats(c->workers[t]));
        out->unfinished += lg_worker_unfinished(c->workers[t]);
        lg_worker_add_live(c->workers[t], &live);
    }
    out->all_refused = live.done > 0 && live.refused == live.done;
    return PP_OK;
}

static enum pp_status work(struct crew *c, struct lg_result *out, struct pp_err *err)
{
    enum pp_status st = hire(c, err);
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
    c->level.users = (size_t)lg_ramp_users(&run->config->ramp, index);
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
    free(c);
    return st;
}

/* summary: the process beside a recording that samples application, server and machine into a pipe */
#include "sampler.h"

#include "base/clock.h"
#include "store.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* What goes through the pipe: below PIPE_BUF, so that each comes whole. */
struct note {
    bool is_sample;
    struct host_sample sample; /* is_sample */
    int64_t cpu_ns;
    char why_not[HOST_MACHINE][160]; /* otherwise */
};

/* ---- in the sampler ---- */

struct sampling {
    struct host_watch *watch;
    int fd;
    bool failed; /* nobody reads any more */
};

static void send_note(struct sampling *g, struct note *n)
{
    n->cpu_ns = clock_cpu_ns();
    ssize_t done;
    do {
        done = write(g->fd, n, sizeof *n);
    } while (done < 0 && errno == EINTR);
    g->failed = g->failed || done != (ssize_t)sizeof *n;
}

static void send_sample(void *priv, const struct host_sample *s)
{
    struct note n = {.is_sample = true, .sample = *s};
    send_note(priv, &n);
}

static void send_reasons(struct sampling *g)
{
    struct note n = {.is_sample = false};
    for (int role = 0; role < HOST_MACHINE; role++)
        snprintf(n.why_not[role], sizeof n.why_not[role], "%s",
                 host_watch_why_not(g->watch, (enum host_role)role));
    send_note(g, &n);
}

/* True when the recorder closed its end, or is gone, before the time was up. */
static bool wait_until(int stop_fd, int64_t mono_ns)
{
    for (;;) {
        int64_t left_ns = mono_ns - clock_mono_ns();
        struct pollfd fd = {.fd = stop_fd, .events = POLLIN};
        int n = poll(&fd, 1, left_ns > 0 ? (int)((left_ns + NS_PER_MS - 1) / NS_PER_MS) : 0);
        if (n > 0)
            return true;
        if (n == 0 && clock_mono_ns() >= mono_ns)
            return false;
    }
}

_Noreturn static void run(struct sampling *g, int stop_fd, int64_t interval_ns)
{
    int64_t next_ns = clock_mono_ns();
    prctl(PR_SET_NAME, "poolprobe-host");
    for (bool stop = false; !g->failed;) {
        host_watch_sample(g->watch, send_sample, g);
        if (stop)
            break;
        int64_t now_ns = clock_mono_ns();
        next_ns = next_ns + interval_ns > now_ns ? next_ns + interval_ns : now_ns + interval_ns;
        stop = wait_until(stop_fd, next_ns);
    }
    send_reasons(g);
    _exit(0);
}

/* ---- in the recorder ---- */

static enum pp_status cannot_start(struct pp_err *err)
{
    return pp_err_set(err, PP_IO, "cannot start the sampler of processes: %s", strerror(errno));
}

enum pp_status sampler_start(struct sampler *s, const struct host_watch_options *options,
                             const struct privilege *privilege, int64_t interval_ns, struct pp_err *err)
{
    struct sampling g = {.watch = NULL};
    int notes[2];
    int stop[2];
    *s = (struct sampler){.note_fd = -1, .stop_fd = -1};
    enum pp_status status = host_watch_new(&g.watch, options, err);
    if (status != PP_OK)
        return status;
    if (pipe2(notes, O_CLOEXEC) != 0) {
        host_watch_free(&g.watch);
        return cannot_start(err);
    }
    if (pipe2(stop, O_CLOEXEC) != 0) {
        status = cannot_start(err);
        close(notes[0]);
        close(notes[1]);
        host_watch_free(&g.watch);
        return status;
    }
    pid_t pid = fork();
    if (pid == 0) {
        close(notes[0]);
        close(stop[1]);
        g.fd = notes[1];
        if (privilege_drop(privilege, PRIVILEGE_SEE_PROCESSES, NULL) != PP_OK)
            _exit(1);
        run(&g, stop[0], interval_ns);
    }
    close(notes[1]);
    close(stop[0]);
    host_watch_free(&g.watch);
    s->note_fd = notes[0];
    s->stop_fd = stop[1];
    if (pid < 0) {
        status = cannot_start(err);
        sampler_stop(s, NULL);
        return status;
    }
    s->pid = pid;
    (void)fcntl(s->note_fd, F_SETFL, O_NONBLOCK);
    return PP_OK;
}

static void put_fact(struct sto_writer *w, const struct host_sample *s, const char *name, const char *value)
{
    char full[64];
    snprintf(full, sizeof full, "%s_%s", host_role_name(s->role), name);
    sto_put_config(w, "host", full, value, s->ts_ns);
}

/* The limits in force, again whenever they change. */
static void put_limits(const struct sampler *s, struct sto_writer *w, const struct host_sample *now)
{
    const struct host_sample *last = &s->last[now->role];
    bool first = !s->seen[now->role];
    char text[32];
    if (now->role == HOST_MACHINE)
        return; /* facts of the machine are there already */
    if (now->cpu_limit_milli > 0 && (first || now->cpu_limit_milli != last->cpu_limit_milli)) {
        snprintf(text, sizeof text, "%" PRId64 ".%02d", now->cpu_limit_milli / 1000,
                 (int)(now->cpu_limit_milli % 1000 / 10));
        put_fact(w, now, "cpu_limit", text);
    }
    if (now->memory_limit_bytes > 0 && (first || now->memory_limit_bytes != last->memory_limit_bytes)) {
        snprintf(text, sizeof text, "%" PRId64, now->memory_limit_bytes);
        put_fact(w, now, "memory_limit_bytes", text);
    }
}

static void take_sample(struct sampler *s, struct sto_writer *w, const struct host_sample *h)
{
    if ((unsigned)h->role >= HOST_ROLE_COUNT)
        return;
    if (w != NULL) {
        struct sto_host row = {.ts_ns = h->ts_ns,
                               .role = host_role_name(h->role),
                               .pid = h->pid,
                               .cpu_ns = h->cpu_ns,
                               .run_delay_ns = h->run_delay_ns,
                               .rss_bytes = h->rss_bytes,
                               .processes = h->processes,
                               .threads = h->threads,
                               .top_process_ns = h->top_process_ns,
                               .top_thread_ns = h->top_thread_ns,
                               .cpu_limit_milli = h->cpu_limit_milli,
                               .memory_limit_bytes = h->memory_limit_bytes,
                               .group_memory_bytes = h->group_memory_bytes,
                               .throttled_periods = h->throttled_periods,
                               .throttled_ns = h->throttled_ns,
                               .steal_ns = h->steal_ns,
                               .pressure_cpu_ns = h->pressure_cpu_ns,
                               .pressure_io_ns = h->pressure_io_ns,
                               .pressure_memory_ns = h->pressure_memory_ns};
        sto_put_host(w, &row);
        put_limits(s, w, h);
    }
    s->seen[h->role] = true;
    s->last[h->role] = *h;
}

/* False at the end of the notes, or when there are none now. */
static bool take_note(struct sampler *s, struct sto_writer *w)
{
    struct note n;
    ssize_t got = read(s->note_fd, &n, sizeof n);
    if (got < 0 && errno == EINTR)
        return true;
    if (got != (ssize_t)sizeof n)
        return false;
    s->cpu_ns = n.cpu_ns;
    if (n.is_sample)
        take_sample(s, w, &n.sample);
    else
        memcpy(s->why_not, n.why_not, sizeof s->why_not);
    return true;
}

void sampler_drain(struct sampler *s, struct sto_writer *w)
{
    while (s->pid != 0 && take_note(s, w))
        ;
}

void sampler_stop(struct sampler *s, struct sto_writer *w)
{
    if (s->stop_fd >= 0)
        close(s->stop_fd);
    if (s->note_fd >= 0) {
        (void)fcntl(s->note_fd, F_SETFL, 0);
        while (s->pid != 0 && take_note(s, w))
            ;
        close(s->note_fd);
    }
    if (s->pid != 0)
        waitpid(s->pid, NULL, 0);
    for (int role = 0; s->pid != 0 && w != NULL && role < HOST_MACHINE; role++)
        if (!s->seen[role] && s->why_not[role][0] != '\0') {
            char name[64];
            snprintf(name, sizeof name, "%s_not_sampled", host_role_name((enum host_role)role));
            sto_put_config(w, "host", name, s->why_not[role], clock_real_ns());
        }
    s->pid = 0;
    s->note_fd = s->stop_fd = -1;
}

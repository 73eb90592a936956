/* summary: waiting for commands while signals and the time left are watched */
#include "watch.h"

#include "base/clock.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define TICK_MS 50

enum pp_status exp_watch_init(struct exp_watch *w, struct pp_err *err)
{
    sigset_t set;
    *w = (struct exp_watch){.terminal = isatty(STDERR_FILENO) != 0};
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    sigprocmask(SIG_BLOCK, &set, NULL);
    w->signal_fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    return w->signal_fd >= 0 ? PP_OK
                             : pp_err_set(err, PP_IO, "cannot watch for signals: %s", strerror(errno));
}

void exp_watch_fini(struct exp_watch *w)
{
    if (w->signal_fd >= 0)
        close(w->signal_fd);
    w->signal_fd = -1;
}

/* ", about 5 min left" once a run has shown how long one takes. */
static void time_left(const struct exp_watch *w, int64_t now, char *dst, size_t n)
{
    dst[0] = '\0';
    if (w->usual_ns == 0)
        return;
    int64_t rest = w->usual_ns - (now - w->start_ns);
    int64_t left = (rest > 0 ? rest : 0) + w->usual_ns * (int64_t)w->runs_left;
    if (left >= 120 * NS_PER_S)
        (void)snprintf(dst, n, ", about %lld min left",
                       (long long)((left + 30 * NS_PER_S) / (60 * NS_PER_S)));
    else
        (void)snprintf(dst, n, ", about %lld s left", (long long)((left + NS_PER_S / 2) / NS_PER_S));
}

static void draw(struct exp_watch *w)
{
    char left[48];
    int64_t now = clock_mono_ns();
    if (!w->terminal || now - w->drawn_ns < NS_PER_S)
        return;
    w->drawn_ns = now;
    time_left(w, now, left, sizeof left);
    fprintf(stderr, "\r\033[K%s: %lld s%s", w->what, (long long)((now - w->start_ns) / NS_PER_S), left);
}

void exp_watch_begin(struct exp_watch *w, const char *what, size_t runs_left)
{
    (void)snprintf(w->what, sizeof w->what, "%s", what);
    w->runs_left = runs_left;
    exp_watch_again(w);
}

void exp_watch_again(struct exp_watch *w)
{
    char left[48];
    w->start_ns = clock_mono_ns();
    w->drawn_ns = 0;
    time_left(w, w->start_ns, left, sizeof left);
    if (!w->terminal)
        fprintf(stderr, "%s%s\n", w->what, left);
}

void exp_watch_end(struct exp_watch *w, const char *outcome)
{
    int64_t took_ns = clock_mono_ns() - w->start_ns;
    w->runs_ended++;
    w->usual_ns += (took_ns - w->usual_ns) / (int64_t)w->runs_ended;
    fprintf(stderr, "%s%s: %s after %lld s\n", w->terminal ? "\r\033[K" : "", w->what, outcome,
            (long long)(took_ns / NS_PER_S));
}

bool exp_watch_tick(struct exp_watch *w)
{
    struct pollfd p = {.fd = w->signal_fd, .events = POLLIN};
    struct signalfd_siginfo info;
    (void)poll(&p, 1, TICK_MS);
    while (read(w->signal_fd, &info, sizeof info) == (ssize_t)sizeof info)
        w->interrupted = true;
    draw(w);
    return !w->interrupted;
}

enum pp_status exp_watch_child(struct exp_watch *w, struct child *c, int64_t limit_ns)
{
    int64_t start = clock_mono_ns();
    while (!child_poll(c))
        if (!exp_watch_tick(w) || (limit_ns > 0 && clock_mono_ns() - start > limit_ns))
            return PP_AGAIN;
    return PP_OK;
}

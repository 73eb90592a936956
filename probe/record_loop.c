/* summary: poolprobe record while it runs: packets, signals, samples, the live line */
#include "record_run.h"

#include "base/clock.h"

#include <signal.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <unistd.h>

/* Packets of one step: small enough that signals and the end of the command are seen at once. */
#define STEP_PACKETS 2048
/* How long packets are still taken after the command's end while they keep coming. */
#define TAIL_NS (2 * NS_PER_S)
/* The kernel hands packets over in blocks: its last ones come up to this much after the command has ended. */
#define SETTLE_NS (300 * NS_PER_MS)
/* How long an interrupted command may take to end by itself. */
#define GRACE_NS (10 * NS_PER_S)

struct ticks {
    bool terminal;
    int64_t start_ns; /* monotonic, as all below */
    int64_t next_ns;
    int64_t stop_ns; /* 0: no end is set yet */
    int64_t gone_ns; /* the command was seen to have ended; 0: not yet */
    uint64_t last_statements;
};

static void show_progress(struct recording *r, struct ticks *t, int64_t now)
{
    struct cap_counters cap;
    struct pipeline_progress p;
    char left[48] = "";

    cap_get_counters(r->cap, &cap);
    pipeline_get_progress(r->pipeline, &p);
    if (r->opt.duration > 0)
        snprintf(left, sizeof left, ", %.0f s left", (double)(r->opt.duration - (now - t->start_ns)) / 1e9);
    fprintf(stderr, "\r\033[K%.0f s%s  %llu packets  %llu dropped  %llu requests  %llu statements/s",
            (double)(now - t->start_ns) / 1e9, left, (unsigned long long)cap.packets,
            (unsigned long long)cap.kernel_drops, (unsigned long long)p.requests,
            (unsigned long long)(p.statements - t->last_statements));
    t->last_statements = p.statements;
}

/* Once a second. */
static void tick(struct recording *r, struct ticks *t)
{
    int64_t now = clock_mono_ns();

    if (now < t->next_ns)
        return;
    t->next_ns = now + NS_PER_S;
    sampler_drain(&r->sampler, r->writer);
    if (t->terminal)
        show_progress(r, t, now);
}

static void take_signals(struct recording *r, struct ticks *t)
{
    struct signalfd_siginfo info;

    while (read(r->signal_fd, &info, sizeof info) == (ssize_t)sizeof info) {
        if (r->interrupted)
            child_signal(&r->child, SIGKILL);
        r->interrupted = true;
        /* A terminal sends Ctrl-C to the command by itself; a second SIGINT could look like an impatient
         * user's. */
        if ((int)info.ssi_signo != SIGINT || !isatty(STDIN_FILENO))
            child_signal(&r->child, (int)info.ssi_signo);
        t->stop_ns = clock_mono_ns() + (r->child.pid != 0 && !r->child.ended ? GRACE_NS : 0);
    }
}

/* Sets the end once the command has ended or the time is up; true when it is reached. */
static bool is_over(struct recording *r, struct ticks *t, bool idle)
{
    int64_t now = clock_mono_ns();
    bool had_ended = r->child.ended;

    if (child_poll(&r->child) && !had_ended) {
        t->gone_ns = now;
        t->stop_ns = now + TAIL_NS;
    }
    if (t->stop_ns == 0 && r->opt.duration > 0 && now - t->start_ns >= r->opt.duration) {
        child_signal(&r->child, SIGTERM);
        t->stop_ns = now + (r->child.pid != 0 ? GRACE_NS : 0);
    }
    if (t->stop_ns == 0)
        return false;
    bool child_gone = r->child.pid == 0 || r->child.ended;
    return now >= t->stop_ns || (idle && child_gone && now >= t->gone_ns + SETTLE_NS);
}

enum pp_status record_loop(struct recording *r, struct pp_err *err)
{
    struct ticks t = {.terminal = isatty(STDERR_FILENO) == 1, .start_ns = clock_mono_ns()};
    enum pp_status st;

    for (;;) {
        st = cap_step(r->cap, STEP_PACKETS, err);
        if (st != PP_OK && st != PP_AGAIN)
            break;
        bool idle = st == PP_AGAIN;
        st = sto_writer_check(r->writer, err);
        if (st != PP_OK)
            break;
        tick(r, &t);
        take_signals(r, &t);
        if (is_over(r, &t, idle))
            break;
    }
    if (t.terminal)
        fputs("\r\033[K", stderr);
    return st == PP_END || st == PP_AGAIN ? PP_OK : st;
}

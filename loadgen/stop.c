/* summary: Ctrl-C and its like through a signalfd */
#include "stop.h"

#include "base/clock.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum pp_status lg_stop_init(struct lg_stop *s, struct pp_err *err)
{
    sigset_t set;
    *s = (struct lg_stop){.fd = -1};
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGINT);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGHUP);
    /* A shell starts background jobs with SIGINT ignored, and an ignored signal never reaches a signalfd.
     * SIGHUP stays as it is, for nohup's sake. */
    (void)signal(SIGINT, SIG_DFL);
    (void)signal(SIGTERM, SIG_DFL);
    (void)pthread_sigmask(SIG_BLOCK, &set, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
    s->fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    return s->fd >= 0 ? PP_OK : pp_err_set(err, PP_IO, "cannot wait for signals: %s", strerror(errno));
}

void lg_stop_fini(struct lg_stop *s)
{
    if (s->fd >= 0)
        (void)close(s->fd);
    s->fd = -1;
}

void lg_stop_wait(struct lg_stop *s, int other_fd, int64_t until_ns)
{
    struct pollfd fds[2] = {{.fd = s->fd, .events = POLLIN}, {.fd = other_fd, .events = POLLIN}};
    int64_t left_ns = until_ns - clock_mono_ns();
    struct timespec timeout = clock_timespec(left_ns > 0 ? left_ns : 0);
    if (ppoll(fds, other_fd >= 0 ? 2 : 1, &timeout, NULL) <= 0)
        return;
    struct signalfd_siginfo info;
    while (read(s->fd, &info, sizeof info) == (ssize_t)sizeof info)
        s->asked++;
    if (other_fd >= 0 && (fds[1].revents & POLLIN) != 0) {
        uint64_t n = 0;
        ssize_t got = read(other_fd, &n, sizeof n);
        (void)got;
    }
}

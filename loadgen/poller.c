/* summary: epoll and one timerfd under curl's multi_socket interface */
#include "poller.h"

#include "base/clock.h"
#include "base/obj.h"

#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

struct lg_poller_fd {
    uint32_t wanted;
    uint32_t registered; /* with epoll; 0: not in it */
    bool ours;
};

static enum pp_status watch_own(struct lg_poller *p, int fd)
{
    struct epoll_event ev = {.events = EPOLLIN, .data.fd = fd};
    return fd >= 0 && epoll_ctl(p->epoll_fd, EPOLL_CTL_ADD, fd, &ev) == 0 ? PP_OK : PP_IO;
}

enum pp_status lg_poller_init(struct lg_poller *p, struct pp_err *err)
{
    *p = (struct lg_poller){.armed_ns = INT64_MAX};
    p->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    p->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    p->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (p->epoll_fd < 0 || watch_own(p, p->timer_fd) != PP_OK || watch_own(p, p->wake_fd) != PP_OK) {
        int e = errno;
        lg_poller_fini(p);
        return pp_err_set(err, PP_IO, "cannot set up epoll: %s", strerror(e));
    }
    return PP_OK;
}

void lg_poller_fini(struct lg_poller *p)
{
    if (p->epoll_fd >= 0)
        (void)close(p->epoll_fd);
    if (p->timer_fd >= 0)
        (void)close(p->timer_fd);
    if (p->wake_fd >= 0)
        (void)close(p->wake_fd);
    free(p->fds);
    *p = (struct lg_poller){.epoll_fd = -1, .timer_fd = -1, .wake_fd = -1};
}

/* The entry of a descriptor, made when missing; NULL when memory is out. */
static struct lg_poller_fd *entry_of(struct lg_poller *p, int fd)
{
    OBJ_ASSERT(fd >= 0);
    size_t i = (size_t)fd;
    if (i >= p->fd_cap) {
        size_t cap = p->fd_cap > 0 ? p->fd_cap : 64;
        while (cap <= i)
            cap *= 2;
        struct lg_poller_fd *fds = realloc(p->fds, cap * sizeof *fds);
        if (fds == NULL)
            return NULL;
        memset(fds + p->fd_cap, 0, (cap - p->fd_cap) * sizeof *fds);
        p->fds = fds;
        p->fd_cap = cap;
    }
    return &p->fds[i];
}

enum pp_status lg_poller_adopt(struct lg_poller *p, int fd)
{
    struct lg_poller_fd *e = entry_of(p, fd);
    if (e == NULL)
        return PP_NOMEM;
    *e = (struct lg_poller_fd){.ours = true};
    return PP_OK;
}

void lg_poller_forget(struct lg_poller *p, int fd)
{
    /* The kernel takes a closed descriptor out of epoll by itself. */
    if (fd >= 0 && (size_t)fd < p->fd_cap)
        p->fds[fd] = (struct lg_poller_fd){.wanted = 0};
}

static void leave(struct lg_poller *p, int fd, struct lg_poller_fd *e)
{
    if (e->registered != 0)
        (void)epoll_ctl(p->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
    e->registered = 0;
}

enum pp_status lg_poller_want(struct lg_poller *p, int fd, uint32_t events)
{
    struct lg_poller_fd *e = entry_of(p, fd);
    if (e == NULL)
        return PP_NOMEM;
    e->wanted = events;
    if (events == 0) {
        if (!e->ours)
            leave(p, fd, e);
        return PP_OK;
    }
    if (e->registered == events)
        return PP_OK;
    struct epoll_event ev = {.events = events, .data.fd = fd};
    int op = e->registered != 0 ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
    if (epoll_ctl(p->epoll_fd, op, fd, &ev) != 0)
        return PP_IO;
    e->registered = events;
    return PP_OK;
}

/* Sets the timer only when it would ring too late; one that rings early costs less than setting it each time.
 */
static void arm(struct lg_poller *p, int64_t until_ns)
{
    if (until_ns >= p->armed_ns)
        return;
    struct itimerspec at = {.it_value = clock_timespec(until_ns > 0 ? until_ns : 1)};
    if (timerfd_settime(p->timer_fd, TFD_TIMER_ABSTIME, &at, NULL) == 0)
        p->armed_ns = until_ns;
}

static void drain(int fd)
{
    uint64_t n = 0;
    ssize_t got = read(fd, &n, sizeof n);
    (void)got;
}

size_t lg_poller_wait(struct lg_poller *p, int64_t until_ns, struct epoll_event *events, size_t n)
{
    int timeout_ms = -1;
    if (until_ns <= clock_mono_ns())
        timeout_ms = 0;
    else if (until_ns != INT64_MAX)
        arm(p, until_ns);
    int got = epoll_wait(p->epoll_fd, events, (int)n, timeout_ms);
    size_t kept = 0;
    for (int i = 0; i < got; i++) {
        int fd = events[i].data.fd;
        if (fd == p->timer_fd) {
            p->armed_ns = INT64_MAX;
            drain(fd);
        } else if (fd == p->wake_fd) {
            drain(fd);
        } else if ((size_t)fd < p->fd_cap && p->fds[fd].wanted == 0) {
            /* An idle connection that the server closed: curl finds out when it next uses it. */
            leave(p, fd, &p->fds[fd]);
        } else {
            events[kept++] = events[i];
        }
    }
    return kept;
}

void lg_poller_wake(struct lg_poller *p)
{
    uint64_t one = 1;
    ssize_t done = write(p->wake_fd, &one, sizeof one);
    (void)done;
}

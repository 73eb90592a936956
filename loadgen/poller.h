/* summary: private to loadgen: epoll and one timerfd under curl's multi_socket interface */
#ifndef LG_POLLER_H
#define LG_POLLER_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>

struct lg_poller_fd;

struct lg_poller {
    int epoll_fd;
    int timer_fd;
    int wake_fd;      /* eventfd: another thread has something to say */
    int64_t armed_ns; /* what the timer is set to, CLOCK_MONOTONIC; INT64_MAX: off */
    struct lg_poller_fd *fds;
    size_t fd_cap;
};

PP_MUST_CHECK enum pp_status lg_poller_init(struct lg_poller *p, struct pp_err *err);
void lg_poller_fini(struct lg_poller *p);

/* The descriptor is a socket of ours: its closing is told by lg_poller_forget. Sockets not told here (curl's
 * resolver has some) may be closed behind our back, so that they leave epoll at once when nothing is wanted.
 */
PP_MUST_CHECK enum pp_status lg_poller_adopt(struct lg_poller *p, int fd);
/* To be called just before the socket is closed. */
void lg_poller_forget(struct lg_poller *p, int fd);
/* EPOLLIN, EPOLLOUT, both or 0. A socket of ours stays in epoll at 0, which saves two calls a request. */
PP_MUST_CHECK enum pp_status lg_poller_want(struct lg_poller *p, int fd, uint32_t events);

/* Waits until `until_ns` (CLOCK_MONOTONIC; INT64_MAX: without end) or an event. Returns the number of sockets
 * in `events` (data.fd) of which something is wanted; fewer than 0 never. */
size_t lg_poller_wait(struct lg_poller *p, int64_t until_ns, struct epoll_event *events, size_t n);

/* Ends a wait; from any thread. */
void lg_poller_wake(struct lg_poller *p);

#endif

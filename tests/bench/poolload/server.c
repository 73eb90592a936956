/* summary: the bench's HTTP server: epoll, one thread, keep-alive, answers of a fixed size, almost no CPU
 *
 * server PORT [DELAY_US]: answers every request on 127.0.0.1:PORT with 200 and a body of 13 bytes, after
 * DELAY_US (default at once). Pipelined requests are answered each. Bodies of requests are skipped by
 * Content-Length. Writes "ready" once it listens, and at SIGTERM the number of requests and its CPU time. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define IN_BYTES 4096
#define CONNECTIONS 65536
#define EVENTS 512

static const char answer[] = "HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nContent-Type: "
                             "text/plain\r\nContent-Length: 13\r\n\r\nHello, world!";
#define ANSWER_BYTES (sizeof answer - 1)

struct connection {
    char *in; /* IN_BYTES, kept for the next connection with this descriptor */
    size_t len;
    size_t skip; /* bytes of a request body still to come */
};

/* An answer that is due later; the queue is in order of time, because the delay is the same for all. */
struct waiting {
    int64_t due_ns;
    int fd;
    uint32_t generation;
};

struct server {
    int epoll_fd;
    int listen_fd;
    int signal_fd;
    int timer_fd;
    int64_t delay_ns;
    uint64_t requests;
    struct connection connections[CONNECTIONS];
    uint32_t generations[CONNECTIONS];
    struct waiting queue[CONNECTIONS];
    size_t head;
    size_t waiting;
};

static int64_t now_ns(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void fail(const char *what)
{
    (void)fprintf(stderr, "server: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void watch(const struct server *s, int fd)
{
    struct epoll_event ev = {.events = EPOLLIN, .data.fd = fd};
    if (fd < 0 || epoll_ctl(s->epoll_fd, EPOLL_CTL_ADD, fd, &ev) != 0)
        fail("epoll");
}

static void listen_on(struct server *s, const char *port)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((uint16_t)strtoul(port, NULL, 10))};
    int one = 1;
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    s->listen_fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    (void)setsockopt(s->listen_fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(s->listen_fd, (struct sockaddr *)&a, sizeof a) != 0 || listen(s->listen_fd, 16384) != 0)
        fail("listen");
    watch(s, s->listen_fd);
}

static void drop(struct server *s, int fd)
{
    s->generations[fd]++;
    s->connections[fd].len = 0;
    s->connections[fd].skip = 0;
    (void)close(fd);
}

static void accept_all(struct server *s)
{
    for (;;) {
        int one = 1;
        int fd = accept4(s->listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0)
            return;
        if (fd >= CONNECTIONS ||
            (s->connections[fd].in == NULL && (s->connections[fd].in = malloc(IN_BYTES)) == NULL)) {
            (void)close(fd);
            continue;
        }
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        watch(s, fd);
    }
}

static void send_answer(struct server *s, int fd)
{
    if (send(fd, answer, ANSWER_BYTES, MSG_NOSIGNAL | MSG_DONTWAIT) != (ssize_t)ANSWER_BYTES)
        drop(s, fd);
}

static void answer_later(struct server *s, int fd)
{
    if (s->waiting == CONNECTIONS)
        return;
    int64_t due = now_ns() + s->delay_ns;
    s->queue[(s->head + s->waiting++) % CONNECTIONS] = (struct waiting){due, fd, s->generations[fd]};
    if (s->waiting == 1) {
        struct itimerspec at = {.it_value = {due / 1000000000, due % 1000000000}};
        (void)timerfd_settime(s->timer_fd, TFD_TIMER_ABSTIME, &at, NULL);
    }
}

static void answer_due(struct server *s)
{
    uint64_t n = 0;
    if (read(s->timer_fd, &n, sizeof n) < 0 && errno != EAGAIN)
        return;
    while (s->waiting > 0 && s->queue[s->head].due_ns <= now_ns()) {
        struct waiting w = s->queue[s->head];
        s->head = (s->head + 1) % CONNECTIONS;
        s->waiting--;
        if (s->generations[w.fd] == w.generation)
            send_answer(s, w.fd);
    }
    if (s->waiting > 0) {
        int64_t due = s->queue[s->head].due_ns;
        struct itimerspec at = {.it_value = {due / 1000000000, due % 1000000000}};
        (void)timerfd_settime(s->timer_fd, TFD_TIMER_ABSTIME, &at, NULL);
    }
}

/* Length of the body that a header block announces. */
static size_t body_bytes(const char *head, size_t len)
{
    static const char name[] = "\r\ncontent-length:";
    for (size_t i = 0; i + sizeof name - 1 < len; i++)
        if (head[i] == '\r' && strncasecmp(head + i, name, sizeof name - 1) == 0)
            return strtoul(head + i + sizeof name - 1, NULL, 10);
    return 0;
}

/* Answers each whole request in the buffer; keeps the rest. */
static void take_requests(struct server *s, int fd)
{
    struct connection *c = &s->connections[fd];
    uint32_t generation = s->generations[fd];
    size_t at = 0;
    for (;;) {
        size_t skip = c->skip < c->len - at ? c->skip : c->len - at;
        at += skip;
        c->skip -= skip;
        const char *end = c->skip == 0 ? memmem(c->in + at, c->len - at, "\r\n\r\n", 4) : NULL;
        if (end == NULL)
            break;
        size_t head = (size_t)(end - (c->in + at)) + 4;
        c->skip = body_bytes(c->in + at, head);
        at += head;
        s->requests++;
        if (s->delay_ns > 0)
            answer_later(s, fd);
        else
            send_answer(s, fd);
        if (s->generations[fd] != generation)
            return;
    }
    memmove(c->in, c->in + at, c->len - at);
    c->len -= at;
    if (c->len == IN_BYTES)
        drop(s, fd);
}

static void on_readable(struct server *s, int fd)
{
    struct connection *c = &s->connections[fd];
    ssize_t n = recv(fd, c->in + c->len, IN_BYTES - c->len, MSG_DONTWAIT);
    if (n <= 0) {
        if (n == 0 || errno != EAGAIN)
            drop(s, fd);
        return;
    }
    c->len += (size_t)n;
    take_requests(s, fd);
}

static void serve(struct server *s)
{
    static struct epoll_event events[EVENTS];
    for (;;) {
        int n = epoll_wait(s->epoll_fd, events, EVENTS, -1);
        for (int i = 0; i < n; i++) {
            int fd = events[i].data.fd;
            if (fd == s->signal_fd)
                return;
            if (fd == s->listen_fd)
                accept_all(s);
            else if (fd == s->timer_fd)
                answer_due(s);
            else
                on_readable(s, fd);
        }
    }
}

int main(int argc, char **argv)
{
    static struct server s;
    if (argc < 2) {
        (void)fprintf(stderr, "usage: server PORT [DELAY_US]\n");
        return 2;
    }
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
    s.delay_ns = argc > 2 ? strtoll(argv[2], NULL, 10) * 1000 : 0;
    sigset_t set;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGINT);
    (void)sigprocmask(SIG_BLOCK, &set, NULL);
    s.epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    s.signal_fd = signalfd(-1, &set, SFD_CLOEXEC);
    s.timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    watch(&s, s.signal_fd);
    watch(&s, s.timer_fd);
    listen_on(&s, argv[1]);
    (void)puts("ready");
    (void)fflush(stdout);
    serve(&s);
    struct rusage u;
    (void)getrusage(RUSAGE_SELF, &u);
    (void)printf("requests %llu cpu_seconds %.3f\n", (unsigned long long)s.requests,
                 (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
                     (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6);
    return 0;
}

/* summary: turns of the event loop: epoll, timers in order of time, ready tasks */
#include "loop.h"

#include "base/clock.h"
#include "base/obj.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define LOOP_MAGIC 0x100b0001u
#define TASK_MAGIC 0x7a5c0001u
#define EVENTS_A_TURN 128

struct task {
    uint32_t magic;
    struct fiber *fiber;
    fiber_f *run;
    void *priv;
    struct task *next_ready;
    struct task *later; /* list of timers, by time */
    struct task *earlier;
    int64_t until_ns; /* 0: not in the list */
    bool parked;
    bool timed_out;
    uint32_t events;
};

struct loop {
    uint32_t magic;
    int epoll_fd;
    int stop_fd;
    bool stopping;
    struct task *current;
    struct task *first_ready;
    struct task **last_ready;
    struct task *earliest;
    struct task *latest;
    size_t tasks;
};

static bool add_fd(const struct loop *l, int fd, uint32_t events, void *ptr)
{
    struct epoll_event e = {.events = events, .data.ptr = ptr};
    return epoll_ctl(l->epoll_fd, EPOLL_CTL_ADD, fd, &e) == 0;
}

struct loop *loop_new(struct pp_err *err)
{
    struct loop *l;
    if (!OBJ_NEW(l, LOOP_MAGIC)) {
        (void)pp_err_set(err, PP_NOMEM, "out of memory");
        return NULL;
    }
    l->last_ready = &l->first_ready;
    l->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    l->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (l->epoll_fd < 0 || l->stop_fd < 0 || !add_fd(l, l->stop_fd, EPOLLIN, l)) {
        (void)pp_err_set(err, PP_IO, "the event loop does not start: %s", strerrordesc_np(errno));
        loop_free(&l);
        return NULL;
    }
    return l;
}

void loop_free(struct loop **lp)
{
    struct loop *l = *lp;
    if (l == NULL)
        return;
    *lp = NULL;
    OBJ_CHECK(l, LOOP_MAGIC);
    OBJ_ASSERT(l->tasks == 0);
    if (l->epoll_fd >= 0)
        (void)close(l->epoll_fd);
    if (l->stop_fd >= 0)
        (void)close(l->stop_fd);
    OBJ_FREE(l);
}

static void make_ready(struct loop *l, struct task *t)
{
    t->next_ready = NULL;
    *l->last_ready = t;
    l->last_ready = &t->next_ready;
}

static void task_main(void *priv)
{
    const struct task *t = priv;
    t->run(t->priv);
}

enum pp_status loop_spawn(struct loop *l, fiber_f *f, void *priv)
{
    struct task *t;
    OBJ_CHECK(l, LOOP_MAGIC);
    if (!OBJ_NEW(t, TASK_MAGIC))
        return PP_NOMEM;
    t->run = f;
    t->priv = priv;
    t->fiber = fiber_new(task_main, t);
    if (t->fiber == NULL) {
        OBJ_FREE(t);
        return PP_NOMEM;
    }
    l->tasks++;
    make_ready(l, t);
    return PP_OK;
}

struct task *loop_current(const struct loop *l)
{
    return l != NULL ? l->current : NULL;
}

/* Most times are the latest so far: the search starts there. */
static void add_timer(struct loop *l, struct task *t, int64_t until_ns)
{
    struct task *before = l->latest;
    while (before != NULL && before->until_ns > until_ns)
        before = before->earlier;
    t->until_ns = until_ns;
    t->earlier = before;
    t->later = before != NULL ? before->later : l->earliest;
    *(t->later != NULL ? &t->later->earlier : &l->latest) = t;
    *(before != NULL ? &before->later : &l->earliest) = t;
}

static void remove_timer(struct loop *l, struct task *t)
{
    if (t->until_ns == 0)
        return;
    *(t->earlier != NULL ? &t->earlier->later : &l->earliest) = t->later;
    *(t->later != NULL ? &t->later->earlier : &l->latest) = t->earlier;
    t->until_ns = 0;
}

static void unpark(struct loop *l, struct task *t, bool timed_out)
{
    t->parked = false;
    t->timed_out = timed_out;
    remove_timer(l, t);
    make_ready(l, t);
}

bool loop_park(struct loop *l, int64_t until_mono_ns)
{
    OBJ_CHECK(l, LOOP_MAGIC);
    struct task *t = l->current;
    OBJ_CHECK(t, TASK_MAGIC);
    t->parked = true;
    if (until_mono_ns > 0)
        add_timer(l, t, until_mono_ns);
    fiber_leave(t->fiber);
    return !t->timed_out;
}

void loop_wake(struct loop *l, struct task *t)
{
    OBJ_CHECK(t, TASK_MAGIC);
    if (t->parked)
        unpark(l, t, false);
}

/* Each wait is for one event: a descriptor that nobody waits for stays silent. A closed one has left the
 * epoll set by itself, so that its number may be new to it. */
uint32_t loop_wait_fd(struct loop *l, int fd, uint32_t events, int64_t until_mono_ns)
{
    struct task *t = l->current;
    struct epoll_event e = {.events = events | EPOLLONESHOT, .data.ptr = t};
    OBJ_CHECK(t, TASK_MAGIC);
    t->events = 0;
    if (epoll_ctl(l->epoll_fd, EPOLL_CTL_MOD, fd, &e) != 0 &&
        (errno != ENOENT || epoll_ctl(l->epoll_fd, EPOLL_CTL_ADD, fd, &e) != 0))
        return events; /* the call that follows tells the error */
    if (!loop_park(l, until_mono_ns)) {
        e.events = 0;
        (void)epoll_ctl(l->epoll_fd, EPOLL_CTL_MOD, fd, &e);
    }
    return t->events;
}

static void run_task(struct loop *l, struct task *t)
{
    OBJ_CHECK(t, TASK_MAGIC);
    l->current = t;
    bool ended = fiber_enter(t->fiber);
    l->current = NULL;
    if (!ended)
        return;
    fiber_free(&t->fiber);
    OBJ_FREE(t);
    l->tasks--;
}

static void run_ready(struct loop *l)
{
    struct task *t = l->first_ready;
    l->first_ready = NULL;
    l->last_ready = &l->first_ready;
    while (t != NULL) {
        struct task *next = t->next_ready;
        run_task(l, t);
        t = next;
    }
}

static void expire_timers(struct loop *l)
{
    int64_t now = clock_mono_ns();
    while (l->earliest != NULL && l->earliest->until_ns <= now)
        unpark(l, l->earliest, true);
}

/* Milliseconds for epoll, rounded up so that the loop does not spin before a timer. */
static int turn_timeout_ms(const struct loop *l, const struct loop_source *s)
{
    int64_t ns = s->timeout_ns(s->priv);
    if (l->first_ready != NULL)
        return 0;
    if (l->earliest != NULL) {
        int64_t left = l->earliest->until_ns - clock_mono_ns();
        left = left > 0 ? left : 0;
        ns = ns < 0 || left < ns ? left : ns;
    }
    if (ns < 0)
        return -1;
    int64_t ms = (ns + NS_PER_MS - 1) / NS_PER_MS;
    return ms < 60000 ? (int)ms : 60000;
}

static void take_event(struct loop *l, const struct epoll_event *e)
{
    if (e->data.ptr == l) {
        uint64_t count;
        (void)!read(l->stop_fd, &count, sizeof count);
        l->stopping = true;
        return;
    }
    struct task *t = e->data.ptr;
    if (t == NULL) /* the source: it runs at every turn */
        return;
    OBJ_CHECK(t, TASK_MAGIC);
    t->events = e->events;
    loop_wake(l, t);
}

void loop_run(struct loop *l, const struct loop_source *source)
{
    struct epoll_event events[EVENTS_A_TURN];
    OBJ_CHECK(l, LOOP_MAGIC);
    OBJ_ASSERT(add_fd(l, source->fd, EPOLLIN, NULL));
    while (!l->stopping || l->tasks > 0) {
        int n = epoll_wait(l->epoll_fd, events, EVENTS_A_TURN, turn_timeout_ms(l, source));
        OBJ_ASSERT(n >= 0 || errno == EINTR);
        for (int i = 0; i < n; i++)
            take_event(l, &events[i]);
        source->run(source->priv);
        expire_timers(l);
        run_ready(l);
    }
}

void loop_stop(struct loop *l)
{
    uint64_t one = 1;
    OBJ_CHECK(l, LOOP_MAGIC);
    OBJ_ASSERT(write(l->stop_fd, &one, sizeof one) == (ssize_t)sizeof one);
}

/* summary: waiting, sleeping and forking in threads and in the event loop alike */
#include "park.h"

#include "loop.h"

#include "base/clock.h"
#include "base/obj.h"

#include <errno.h>

static void init_cond(pthread_cond_t *cond)
{
    pthread_condattr_t attr;
    OBJ_ASSERT(pthread_condattr_init(&attr) == 0);
    OBJ_ASSERT(pthread_condattr_setclock(&attr, CLOCK_MONOTONIC) == 0);
    OBJ_ASSERT(pthread_cond_init(cond, &attr) == 0);
    (void)pthread_condattr_destroy(&attr);
}

void park_init(struct park *k, struct loop *loop)
{
    k->task = loop_current(loop);
    k->loop = k->task != NULL ? loop : NULL;
    init_cond(&k->cond);
}

void park_fini(struct park *k)
{
    (void)pthread_cond_destroy(&k->cond);
}

bool park_wait(struct park *k, pthread_mutex_t *lock, int64_t until_mono_ns)
{
    if (k->loop != NULL) {
        OBJ_ASSERT(pthread_mutex_unlock(lock) == 0);
        bool woken = loop_park(k->loop, until_mono_ns);
        OBJ_ASSERT(pthread_mutex_lock(lock) == 0);
        return woken;
    }
    struct timespec until = clock_timespec(until_mono_ns);
    int rc = until_mono_ns > 0 ? pthread_cond_timedwait(&k->cond, lock, &until)
                               : pthread_cond_wait(&k->cond, lock);
    OBJ_ASSERT(rc == 0 || rc == ETIMEDOUT);
    return rc == 0;
}

void park_wake(struct park *k)
{
    if (k->loop != NULL)
        loop_wake(k->loop, k->task);
    else
        OBJ_ASSERT(pthread_cond_signal(&k->cond) == 0);
}

void park_sleep(struct loop *loop, int64_t ns)
{
    int64_t until_ns = clock_mono_ns() + ns;
    if (loop_current(loop) != NULL) {
        (void)loop_park(loop, until_ns);
        return;
    }
    struct timespec until = clock_timespec(until_ns);
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
        ;
}

struct branch {
    void (*f)(void *branch);
    void *priv;
    struct loop *loop;
    struct task *parent;
    size_t *running;
    pthread_t thread;
    bool started;
};

static void branch_task(void *priv)
{
    const struct branch *b = priv;
    b->f(b->priv);
    if (--*b->running == 0)
        loop_wake(b->loop, b->parent);
}

static void *branch_thread(void *priv)
{
    const struct branch *b = priv;
    b->f(b->priv);
    return NULL;
}

static void start_branch(struct branch *b)
{
    if (b->parent == NULL) {
        b->started = pthread_create(&b->thread, NULL, branch_thread, b) == 0;
        return;
    }
    b->started = loop_spawn(b->loop, branch_task, b) == PP_OK;
    *b->running += b->started ? 1 : 0;
}

static void join_all(struct loop *loop, struct branch *all, size_t count, const size_t *running)
{
    if (loop_current(loop) == NULL) {
        for (size_t i = 0; i < count; i++)
            if (all[i].started)
                OBJ_ASSERT(pthread_join(all[i].thread, NULL) == 0);
        return;
    }
    while (*running > 0)
        (void)loop_park(loop, 0);
}

void park_run_all(struct loop *loop, void (*f)(void *branch), void *branches, size_t branch_bytes,
                  size_t count)
{
    size_t running = 0;
    struct branch all[PARK_BRANCHES];
    OBJ_ASSERT(count <= PARK_BRANCHES);
    for (size_t i = 0; i < count; i++) {
        all[i] = (struct branch){.f = f,
                                 .priv = (char *)branches + i * branch_bytes,
                                 .loop = loop,
                                 .parent = loop_current(loop),
                                 .running = &running};
        start_branch(&all[i]);
    }
    for (size_t i = 0; i < count; i++)
        if (!all[i].started)
            f(all[i].priv);
    join_all(loop, all, count, &running);
}

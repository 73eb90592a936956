/* summary: a place to wait in: a thread's condition variable, or a task of the event loop */
#ifndef TARGET_PARK_H
#define TARGET_PARK_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct loop;
struct task;

/* Embedded in the waiter. One waits, others wake it, all under the same mutex. */
struct park {
    struct loop *loop; /* NULL: a thread waits */
    struct task *task;
    pthread_cond_t cond;
};

/* `loop` is NULL where requests have threads. */
void park_init(struct park *k, struct loop *loop);
void park_fini(struct park *k);
/* Gives up the mutex while it waits. May return without reason; false when the time (of CLOCK_MONOTONIC, 0
 * for none) came. */
bool park_wait(struct park *k, pthread_mutex_t *lock, int64_t until_mono_ns);
void park_wake(struct park *k);

/* Sleeps so long, without holding up other requests. */
void park_sleep(struct loop *loop, int64_t ns);

#define PARK_BRANCHES 32
/* Runs f for each of `count` branches (at most PARK_BRANCHES, of `branch_bytes` each) at the same time, by a
 * thread or a task each; returns when all ended. The branches that could not be started are run one after the
 * other. */
void park_run_all(struct loop *loop, void (*f)(void *branch), void *branches, size_t branch_bytes,
                  size_t count);

#endif

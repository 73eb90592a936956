/* summary: event loop of reftarget: one thread runs all fibers, as an asyncio application does */
#ifndef TARGET_LOOP_H
#define TARGET_LOOP_H

#include "fiber.h"

#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

struct loop;
/* A fiber that runs in the loop. */
struct task;

/* What the loop drives beside its fibers: a descriptor that becomes readable when there is something to do.
 */
struct loop_source {
    int fd;
    void (*run)(void *priv);
    /* Time until `run` has to be called in any case, -1 for never. */
    int64_t (*timeout_ns)(void *priv);
    void *priv;
};

/* NULL with one line in err. */
struct loop *loop_new(struct pp_err *err);
/* No task may be left. */
void loop_free(struct loop **lp);

/* Runs the source and the tasks in this thread until loop_stop() was called and every task has ended. Each
 * task that was ready when a turn began runs once in it; what it does between two waits blocks all others. */
void loop_run(struct loop *l, const struct loop_source *source);
/* Any thread. */
void loop_stop(struct loop *l);

/* The rest is called in the loop's thread. */

/* The task starts at the next turn and is freed at its end. PP_NOMEM. */
PP_MUST_CHECK enum pp_status loop_spawn(struct loop *l, fiber_f *f, void *priv);
/* The task that runs now; NULL outside of tasks, and for a NULL loop. */
struct task *loop_current(const struct loop *l);
/* Waits for loop_wake or the time (of CLOCK_MONOTONIC, 0 for none); false when the time came first. */
bool loop_park(struct loop *l, int64_t until_mono_ns);
void loop_wake(struct loop *l, struct task *t);
/* Waits for EPOLLIN, EPOLLOUT, EPOLLPRI on a descriptor; the events that came, 0 when the time came first. */
uint32_t loop_wait_fd(struct loop *l, int fd, uint32_t events, int64_t until_mono_ns);

#endif

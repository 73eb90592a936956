/* summary: fibers: functions with a stack of their own that give up the thread where they wait */
#ifndef TARGET_FIBER_H
#define TARGET_FIBER_H

#include <stdbool.h>
#include <stdint.h>

struct fiber;
typedef void fiber_f(void *priv);

/* NULL when memory is out. It runs at the first fiber_enter. */
struct fiber *fiber_new(fiber_f *f, void *priv);
/* Runs the fiber until it leaves or ends; true when it ended. By the thread that owns it, from outside of any
 * fiber. */
bool fiber_enter(struct fiber *f);
/* Within the fiber: back to fiber_enter's caller. */
void fiber_leave(struct fiber *f);
/* Only of a fiber that never ran or that ended. */
void fiber_free(struct fiber **fp);

#endif

/* summary: counts allocations and makes chosen ones fail (the linker's --wrap leads them here) */
#ifndef OOM_WRAP_H
#define OOM_WRAP_H

#include <stdbool.h>
#include <stdint.h>

/* From here on the allocation number `nth` (1, 2, …) fails, with `all_after` every later one as well; 0:
 * none. */
void oom_arm(uint64_t nth, bool all_after);
/* Stops counting; returns how many there were since oom_arm. */
uint64_t oom_disarm(void);
/* Counting stands still while the test itself works inside a callback. */
void oom_pause(bool paused);
/* Blocks allocated and not freed. */
int64_t oom_live(void);

#endif

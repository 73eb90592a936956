/* summary: asks the scheduler for early wake-ups */
#include "punctual.h"

#include <linux/sched/types.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The shortest slice that the kernel takes (kernel/sched/syscalls.c, __setparam_fair). */
#define SLICE_NS 100000u

void lg_punctual(void)
{
    struct sched_attr attr = {.size = sizeof attr};
    (void)prctl(PR_SET_TIMERSLACK, 1UL);
    /* Read first: nice and the rest stay as they are. */
    if (syscall(SYS_sched_getattr, 0, &attr, sizeof attr, 0) != 0 || attr.sched_policy != 0)
        return;
    attr.size = sizeof attr;
    attr.sched_runtime = SLICE_NS;
    (void)syscall(SYS_sched_setattr, 0, &attr, 0);
}

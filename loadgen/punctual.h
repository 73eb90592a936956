/* summary: private to loadgen: a thread that must wake up on time */
#ifndef LG_PUNCTUAL_H
#define LG_PUNCTUAL_H

/* Asks the kernel to let this thread run soon after it wakes up: a short slice (Linux 6.12 and later) and no
 * timer slack. It gives no more CPU than before and needs no privilege; where the kernel knows nothing of it,
 * nothing changes. */
void lg_punctual(void);

#endif

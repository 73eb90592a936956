/* summary: private to loadgen: Ctrl-C and its like, as something that poll() waits for */
#ifndef LG_STOP_H
#define LG_STOP_H

#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

struct lg_stop {
    int fd;    /* signalfd of SIGINT, SIGTERM and SIGHUP */
    int asked; /* how often */
};

/* Blocks the signals; to be called before any thread starts. PP_IO with err. */
PP_MUST_CHECK enum pp_status lg_stop_init(struct lg_stop *s, struct pp_err *err);
void lg_stop_fini(struct lg_stop *s);
/* Waits until `until_ns` (CLOCK_MONOTONIC), until `other_fd` (-1: none) can be read (it is then read) or
 * until a stop is asked for, which counts up `asked`. */
void lg_stop_wait(struct lg_stop *s, int other_fd, int64_t until_ns);

#endif

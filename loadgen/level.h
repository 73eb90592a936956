/* summary: private to loadgen: one level while it runs: its times and who must stop when */
#ifndef LG_LEVEL_H
#define LG_LEVEL_H

#include "mark.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>

/* Shared by the main thread and the workers of the level. All but the atomics is set before the workers
 * start. */
struct lg_level {
    size_t index;
    size_t users;           /* 0 with open load */
    int64_t rate;           /* requests a second, 0 with closed load */
    size_t slots;           /* users, or connections at most */
    size_t threads;         /* that share them */
    int64_t begin_ns;       /* CLOCK_MONOTONIC: warm-up starts */
    int64_t start_ns;       /* CLOCK_MONOTONIC: measured time starts */
    int64_t start_real_ns;  /* the same instant, CLOCK_REALTIME */
    int64_t end_real_ns;    /* planned */
    _Atomic int64_t end_ns; /* CLOCK_MONOTONIC: no request starts from here on; a stop moves it ahead */
    atomic_bool abandon;    /* do not wait for requests in flight */
    _Atomic int64_t workers_running;
    FILE *request_log; /* of --request-log, NULL for none; shared with other levels */
    int done_fd;       /* eventfd, written by each worker that ends */
    char mark[LG_MARK_BYTES];
};

#endif

/* summary: private to loadgen: figures that the main thread reads while the workers run, and the line on a
 * terminal that shows them */
#ifndef LG_LIVE_H
#define LG_LIVE_H

#include "stats.h"

#include <stdatomic.h>

/* Sixteen buckets a power of two: p50 and p99 of the live line are within 4 %. */
#define LG_LIVE_BUCKETS 1024

/* Written by one worker, read by the main thread at any time. */
struct lg_live_shared {
    _Atomic uint64_t sent;
    _Atomic uint64_t done; /* since the level began, warm-up included */
    _Atomic uint64_t errors;
    _Atomic uint64_t refused;
    _Atomic uint32_t latency[LG_LIVE_BUCKETS]; /* of successes; wraps */
};

/* The sum over the workers. */
struct lg_live {
    uint64_t sent;
    uint64_t done;
    uint64_t errors;
    uint64_t refused;
    uint32_t latency[LG_LIVE_BUCKETS];
};

void lg_live_sent(struct lg_live_shared *s);
void lg_live_count(struct lg_live_shared *s, enum lg_error error, int64_t latency_ns);
void lg_live_add(struct lg_live *sum, const struct lg_live_shared *s);
/* Quantile q of what came after `before`, in ns; below 0 when nothing did. */
double lg_live_quantile(const struct lg_live *now, const struct lg_live *before, double q);

struct lg_live_line {
    bool on; /* stderr is a terminal */
    bool shown;
    size_t levels;
    int64_t last_ns;
    struct lg_live last;
};

void lg_live_init(struct lg_live_line *l, size_t levels);
/* `phase` says what the level is doing; `left_ns` until it does something else, below 0 when that is not
 * known. */
struct lg_live_state {
    size_t index;
    size_t users;
    int64_t rate; /* 0: closed load */
    const char *phase;
    int64_t left_ns;
    int64_t run_left_ns; /* until the last level ends; below 0: not known */
};
/* `figures` NULL: there are none in this phase. */
void lg_live_show(struct lg_live_line *l, const struct lg_live_state *state, const struct lg_live *figures);
/* Takes the line away. */
void lg_live_clear(struct lg_live_line *l);

#endif

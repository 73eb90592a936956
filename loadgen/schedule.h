/* summary: private to loadgen: who sends what when; pure, everything random comes from a seeded generator */
#ifndef LG_SCHEDULE_H
#define LG_SCHEDULE_H

#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

/* xoshiro256**; not for secrets. */
struct lg_rng {
    uint64_t s[4];
};

void lg_rng_init(struct lg_rng *r, uint64_t seed);
uint64_t lg_rng_next(struct lg_rng *r);
/* Even over 0..n-1; n > 0. */
uint64_t lg_rng_below(struct lg_rng *r, uint64_t n);
/* Even over [min, max]. */
int64_t lg_rng_between(struct lg_rng *r, int64_t min, int64_t max);

/* One user's way through the endpoints: each as often as its weight says, in an order drawn anew for each
 * cycle. */
struct lg_cycle {
    uint16_t *order;
    size_t count;
    size_t at;
};

PP_MUST_CHECK enum pp_status lg_cycle_init(struct lg_cycle *c, const uint32_t *weights,
                                           size_t endpoint_count);
void lg_cycle_fini(struct lg_cycle *c);
/* Index of the next endpoint. */
size_t lg_cycle_next(struct lg_cycle *c, struct lg_rng *r);

/* The levels start, start + step, … up to stop. */
struct lg_ramp {
    int64_t start;
    int64_t stop;
    int64_t step;
};

size_t lg_ramp_levels(const struct lg_ramp *r);
int64_t lg_ramp_users(const struct lg_ramp *r, size_t level);
int64_t lg_ramp_most_users(const struct lg_ramp *r);

/* When user i of n starts, counted from the level's begin. */
int64_t lg_stagger_ns(int64_t over_ns, size_t i, size_t n);

/* When arrival k of thread t of n is due, counted from the level's begin: the threads take turns in one
 * sequence of `rate` evenly spaced arrivals a second. Computed from k, never from the one before, so that
 * nothing adds up. */
int64_t lg_arrival_ns(int64_t rate, uint64_t k, size_t t, size_t n);
/* How many of these are due before `until_ns` (counted from the level's begin). */
uint64_t lg_arrivals_before(int64_t rate, int64_t until_ns, size_t t, size_t n);

/* Users first .. first + count - 1 belong to thread t of n; the counts differ by one at most. */
void lg_split_users(size_t users, size_t n, size_t t, size_t *first, size_t *count);

#endif

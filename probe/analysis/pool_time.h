/* summary: private: what each pool was doing over time, for the causes of single waits */
#ifndef ANA_POOL_TIME_H
#define ANA_POOL_TIME_H

#include "facts.h"

/* From t_ns on; the sums are of the time before it. */
struct ana_pool_time {
    int64_t t_ns;
    int64_t
        dial_ns; /* a dial under the lock and the pool below its largest size, or with a connection free */
    int64_t idle_ns; /* no dial in progress, and a connection free for longer than a hand-off */
    uint8_t state;   /* of the time from t_ns on: 0 exhausted, 1 dialling, 2 idle */
};

struct ana_pool_times {
    struct ana_pool_time **times; /* one array a pool */
    size_t *counts;
    size_t pool_count;
};

/* How a stretch of time splits. The parts add up to its length. */
struct ana_pool_split {
    int64_t exhausted_ns, dial_ns, idle_ns;
};

PP_MUST_CHECK enum pp_status ana_pool_times_make(struct ana_pool_times *out, const struct ana_facts *f,
                                                 int64_t handoff_ns);
struct ana_pool_split ana_pool_split_of(const struct ana_pool_times *p, uint32_t pool, int64_t from_ns,
                                        int64_t to_ns);
void ana_pool_times_fini(struct ana_pool_times *p);

#endif

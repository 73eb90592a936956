/* summary: private: what each pool was doing over time, and what each checkout's request may have waited for
 */
#ifndef ANA_POOL_TIME_H
#define ANA_POOL_TIME_H

#include "facts.h"

/* From t_ns until the next entry. */
struct ana_pool_time {
    int64_t t_ns;
    uint32_t takes; /* checkouts and dials begun before */
    uint32_t reach; /* so many of those who wait would not but for the state */
    uint8_t state;  /* enum ana_pool_state */
};

enum ana_pool_state {
    POOL_EXHAUSTED,
    POOL_GATED, /* a dial under the pool's lock */
    POOL_IDLE,  /* no such dial, and a connection free for longer than a hand-off */
};

/* How a checkout's connection came to it. */
struct ana_grant {
    int64_t granted_ns; /* who wanted it before, waited until then */
    int64_t closed_ns;  /* who wanted one before this got it at once, and not this one */
    int64_t dial_ns;    /* since then it was dialled for the request; 0: it was not */
    bool held_up;       /* it may have been wanted while a dial under the lock or another checkout was in the
                           way, whatever else was free */
};

struct ana_pool_times {
    struct ana_pool_time **times; /* one array a pool */
    size_t *counts;
    size_t pool_count;
    struct ana_grant *grants; /* one a checkout of the facts */
};

/* How a stretch of time splits. The parts add up to its length. */
struct ana_pool_split {
    int64_t exhausted_ns, gated_ns, idle_ns;
};

PP_MUST_CHECK enum pp_status ana_pool_times_make(struct ana_pool_times *out, const struct ana_facts *f,
                                                 int64_t handoff_ns);
/* Of a wait that ended with the take at to_ns, in the order of a queue. */
struct ana_pool_split ana_pool_split_of(const struct ana_pool_times *p, uint32_t pool, int64_t from_ns,
                                        int64_t to_ns);
void ana_pool_times_fini(struct ana_pool_times *p);

#endif

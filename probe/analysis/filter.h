/* summary: private: carries the expected number of requests in each stretch of application time along a trace
 *
 * The wire shows how many requests are without a connection, not whether they work or wait. Each stretch ends
 * at a rate of 1/mean (before its first checkout a request is not at risk for `floor_ns`). In reference time
 * nobody waits: ends are seen as checkouts and answers. In other time requests leave unseen for the queue,
 * and a checkout takes one of the queue. */
#ifndef ANA_FILTER_H
#define ANA_FILTER_H

#include "trace.h"

/* The stretches of application time in a request. */
enum ana_stretch {
    STRETCH_BEFORE,  /* arrival to its first checkout */
    STRETCH_BETWEEN, /* one checkout to the next */
    STRETCH_AFTER,   /* last checkout to the answer */
    STRETCH_COUNT
};

struct ana_filter {
    const int64_t *starts; /* times of STEP_START since the trace began */
    double after_share;    /* of the ends of checkouts, those that are a request's last */
    bool countable;        /* one checkout a request: each is before it or after it, and events tell which */
    double floor_ns, mean_ns[STRETCH_COUNT]; /* mean_ns[BEFORE] is beyond the floor */
    /* State. A request without a connection is in each stretch with the probability in[] / sum of in[]; what
     * ends leaves these odds to the others. `in`: expected requests in each stretch, BEFORE without the
     * `started - matured` below the floor. `waiting` may be below 0 for a while: then more were taken than
     * were expected to want it. */
    double in[STRETCH_COUNT], waiting;
    size_t started, matured;
    int64_t t_ns;
    /* Of the last step. */
    double time_ns[STRETCH_COUNT]; /* request time in each stretch */
    double wanted;                 /* requests that left for the queue, in other time, */
    double wanted_ns,
        waiting_ns; /* and integrals over the step: of those that left in it, and of all that wait */
    double ended[STRETCH_COUNT]; /* stretches that its event ended, in reference time */
};

void ana_filter_begin(struct ana_filter *f);
/* Takes a step: its time, then its event. */
void ana_filter_step(struct ana_filter *f, const struct ana_step *step);

#endif

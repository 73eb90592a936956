/* summary: private: how long the application works between two uses of the database, when nobody waits */
#ifndef ANA_BASELINE_H
#define ANA_BASELINE_H

#include "filter.h"

struct ana_baseline {
    double mean_ns[STRETCH_COUNT]; /* BEFORE: beyond the floor */
    double before_floor_ns;        /* no request came to its first checkout faster */
    bool countable;                /* one checkout a request */
    double after_share;            /* of the ends of checkouts, those that are a request's last */
    uint64_t observed;             /* stretches that ended in reference time; 0: nothing is known */
    double relative_error;         /* standard error of the means, as a share of them */
};

/* Times of the STEP_STARTs of a trace since it began, for the filter; free() them. NULL: memory is out. */
int64_t *ana_trace_starts(const struct ana_trace *t);

/* From the reference time of a trace (nobody waited) with at most `most_rest` requests that hold no
 * connection. PP_NOMEM. */
PP_MUST_CHECK enum pp_status ana_baseline_fit(struct ana_baseline *out, const struct ana_trace *t,
                                              uint32_t most_rest);

/* What a trace tells of the application, with few requests at work and with however many there were. */
struct ana_baselines {
    struct ana_baseline all;
    struct ana_baseline few;
    uint32_t few_rest; /* at most so many without a connection are few */
    bool few_known;    /* `few` has enough to say how long it takes then */
    bool slower; /* it takes much longer with many (short of CPU, mostly): how long it takes while a queue
                    holds most of them back lies between the two, and nearer to few */
};
PP_MUST_CHECK enum pp_status ana_baselines_fit(struct ana_baselines *out, const struct ana_trace *t);

#endif

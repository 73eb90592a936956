/* summary: private: the run as seen by the baseline: requests without a connection, step by step */
#ifndef ANA_TRACE_H
#define ANA_TRACE_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ana_step_event {
    STEP_NONE,
    STEP_START,  /* a request arrived (its upload ended) */
    STEP_TAKE,   /* a checkout began */
    STEP_RETURN, /* a checkout ended */
    STEP_END,    /* a request began to answer */
};

/* dt_ns with `rest` requests outside of connections and transfers, then the event. */
struct ana_step {
    int64_t dt_ns;
    uint32_t rest;
    uint8_t event;  /* enum ana_step_event */
    bool reference; /* nobody waited for a connection in dt_ns: `rest` is application time */
    bool doubtful;  /* … unless a request to which a connection was handed over was very slow to take it: */
    bool doubted;   /* that is what it was taken for */
};

struct ana_trace {
    struct ana_step *steps;
    size_t count, cap;
};

/* Takes doubtful steps out of the reference where they do not hold (trace.c). */
void ana_trace_settle(struct ana_trace *t);

#endif

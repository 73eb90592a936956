/* summary: private: the population method's sweep over time: who was in flight, what the pools were doing */
#ifndef ANA_SWEEP_H
#define ANA_SWEEP_H

#include "ana_series.h"
#include "facts.h"
#include "wait.h"

/* What the application's pools were doing at an instant; over several pools: growing before saturated before
 * dialling. A dial in a pool that dials in parallel holds up nobody but the one it is for. */
enum ana_state {
    STATE_FREE,      /* every pool has a free connection, or a place for one: nobody waits for others */
    STATE_DIALLING,  /* a dial in progress under the pool's lock though a connection is free */
    STATE_SATURATED, /* no dial under the lock, every ready connection busy or being handed over */
    STATE_GROWING,   /* a dial in progress, every ready connection busy or being handed over */
    STATE_COUNT
};

/* Request time in one state that is not database work: the application's own, or a wait. */
struct ana_rest {
    double ns;                       /* of requests in flight without a connection and not in HTTP transfer */
    double low_ns, wait_ns, high_ns; /* of it, waiting, with its bounds */
    double dial_low_ns, dial_wait_ns, dial_high_ns; /* of that, at most as many as dials were in progress, */
    double blocked_low_ns, blocked_wait_ns,
        blocked_high_ns; /* and as many more as somebody's dial holds up */
    double starts;       /* requests that arrived (upload ended), */
    double takes;        /* checkouts that began, */
    double ends;         /* requests that began to answer: each ends one stretch of application time */
};

/* Exact integrals over the requests of one population (a level, or the whole run): the sum of the line_ns and
 * of rest[].ns and queue_ns is total_ns but for the rounding of a double. */
struct ana_flow {
    uint64_t requests;
    int64_t total_ns; /* sum of latencies */
    int64_t queue_ns; /* of it, before the arrival: at the client */
    double statement_ns, commit_ns, txn_idle_ns, http_ns;
    double dial_ns;   /* waiting for connections that were dialled for them */
    double voided_ns; /* checkouts with lost bytes */
    double opaque_ns; /* connections that cannot be read were open */
    double shared_ns; /* of the database's lines, with requests of another population in flight too: whose it
                         was is not seen */
    struct ana_rest rest[STATE_COUNT];
    bool slower; /* the application works slower with many requests: who got a connection may take it late */
};

/* A level's own stretch of time, whatever was in flight. */
struct ana_window {
    int64_t ns;
    double in_flight_ns, busy_ns, open_ns; /* integrals of counts */
    int64_t saturated_ns;                  /* in STATE_SATURATED */
    int64_t dialling_ns;                   /* any dial in progress */
};

struct ana_pool_stat {
    uint32_t open_min, open_max, busy_max;
    uint64_t dials_under_load;
    int64_t saturated_ns; /* while requests were in flight */
};

struct ana_event;

struct ana_sweep_options {
    int64_t handoff_ns;          /* the longest hand-off gap */
    const uint32_t *pool_limits; /* most connections that each pool of the facts ever had: below, it can still
                                    grow and nobody waits for others to be given back; NULL: not known */
    bool gaps_only;              /* for the gaps and the pools' sizes: no levels, nothing of the whole */
    bool series;                 /* keep the series over time */
    bool trace;                  /* keep the trace (for the baseline) */
    const struct ana_wait *wait; /* one a step of a trace made with the same options; NULL: nobody waits */
    size_t wait_count;
    const struct ana_event *events; /* of ana_events_new, borrowed; NULL: made and freed by the sweep */
    size_t event_count;
};

struct ana_sweep {
    struct ana_flow *levels; /* one a level of the facts */
    struct ana_window *windows;
    struct ana_pool_stat *pools;
    struct ana_flow whole; /* every complete request */
    int64_t start_ns;      /* of the first event */
    int64_t handoff_ns;    /* the longest hand-off gap that was taken for one */
    int64_t load_ns;       /* with requests in flight */
    double busy_ns;        /* connection time of the application's pools while requests could be in flight */
    double outside_ns;     /* of it, more than the requests in flight explain */
    uint32_t free_min;     /* fewest free connections with requests in flight */
    struct ana_gap *gaps;  /* idle times that may be hand-offs, for ana_handoff_limit */
    size_t gap_count, gap_cap;
    struct ana_trace trace;
    struct ana_series
        series; /* with options.series: times and means; the counts of events are not filled in */
};

/* An idle time of a connection that began with every other one busy and at least two requests without a
 * connection. */
struct ana_gap {
    int64_t ns;
    uint32_t waiting; /* requests without a connection just after it began */
};

/* PP_NOMEM. `out` is initialised here; ana_sweep_fini also after a failure. */
PP_MUST_CHECK enum pp_status ana_sweep_run(struct ana_sweep *out, const struct ana_facts *f,
                                           const struct ana_sweep_options *options);
void ana_sweep_fini(struct ana_sweep *s);

#define ANA_HANDOFF_MIN_NS INT64_C(50000)
#define ANA_HANDOFF_MAX_NS INT64_C(20000000)
/* The longest that counts, to a usual one. The rare slow hand-off beyond the limit would count a whole queue
 * as application time; an idle connection that is taken for a hand-off only costs some reference time. */
#define ANA_HANDOFF_MARGIN 5
#define ANA_HANDOFF_DEFAULT_NS INT64_C(200000) /* too few gaps to tell */
/* The longest gap that counts as a hand-off, from the gaps of a sweep made with ANA_HANDOFF_MAX_NS. Sorts
 * `gaps`. */
int64_t ana_handoff_limit(struct ana_gap *gaps, size_t n);

#endif

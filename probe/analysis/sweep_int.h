/* summary: private to the sweep: its state while it walks the events */
#ifndef ANA_SWEEP_INT_H
#define ANA_SWEEP_INT_H

#include "events.h"
#include "sweep.h"

/* What a connection is doing, in the order in which the budget takes it. */
enum sw_work {
    WORK_STATEMENT,
    WORK_COMMIT,
    WORK_TXN_IDLE,
    WORK_VOIDED, /* inside a checkout with lost bytes */
    WORK_NONE,
    WORK_COUNT
};

struct sw_conn {
    int running, ending; /* statements in flight, transaction-ending ones */
    int held, voided;    /* checkouts open, with lost bytes */
    uint8_t work;        /* enum sw_work */
    bool open, dialling, ready, closed;
    bool own;   /* dialled for a request, which has not used it yet */
    bool soft;  /* idle, but perhaps being handed over */
    bool fresh; /* ready, not used yet: still counted as a dial until it is, or the hand-off time is over */
    bool doubtful; /* idle for longer than a hand-off, or since somebody else was: free, if no hand-off is so
                      slow */
    bool eligible; /* its idle time may be a hand-off */
    uint32_t waiting;
    int64_t idle_ns; /* since when, if not busy */
};

struct sw_pool {
    bool application, parallel, per_thread;
    bool armed;      /* open_min has been begun */
    bool filled;     /* the first burst of dials is over for sure */
    int64_t calm_ns; /* when the last dial was over */
    bool gate;       /* a dial under the lock has just ended: those it held up have not been served yet */
    int64_t gate_ns;
    int ready, busy, soft, dials;
    int own;      /* dials, and connections just dialled, each with a request that waits for it */
    int limit;    /* of ready connections */
    int doubtful; /* of the free ones */
    uint8_t state;
    int64_t touched_load_ns; /* of the load clock, at the last change */
};

struct sw_soft {
    uint32_t conn; /* FACT_NONE: a pool's gate */
    uint32_t pool;
    int64_t since_ns;
};

/* A population in flight. */
struct sw_active {
    uint32_t level;
    uint32_t n;
};

struct sw {
    const struct ana_facts *f;
    struct ana_sweep *out;
    struct ana_sweep_options o;
    struct sw_conn *conns;
    struct sw_pool *pools;
    uint32_t main_pool;      /* the first application pool: dials that never became ready are counted there */
    int work[WORK_COUNT];    /* application connections by work */
    int states[STATE_COUNT]; /* application pools by state */
    int unsure;              /* application pools whose free connections are all doubtful */
    int opaque;              /* connections of the application's host that cannot be read */
    int ready, free;         /* of the application's pools; free: neither busy nor soft */
    int dials, own;          /* as in sw_pool, of the application's pools */
    int n, n_complete, uploading, answering;
    struct sw_active *active; /* levels with requests in flight */
    size_t active_count;
    uint32_t *active_at;   /* index in `active` by level */
    uint32_t *window_open; /* levels whose time it is */
    size_t window_count;
    struct sw_soft *soft; /* oldest first */
    size_t soft_head, soft_count, soft_cap;
    int64_t t_ns, span_start_ns, span_end_ns;
    bool has_requests;
    bool *host_serves; /* by host: it answered requests */
    uint32_t host_count;
    bool nomem;
    struct ana_step step; /* being collected */
    size_t steps;         /* collected so far: the number of `step` */
};

enum ana_state sw_state(const struct sw *s);
/* Requests outside of connections, and of these the ones outside of HTTP transfer. */
int sw_outside(const struct sw *s);
int sw_rest(const struct sw *s);
/* Lets time pass up to t_ns, adding up. */
void sw_advance(struct sw *s, int64_t t_ns);
void sw_trace_event(struct sw *s, enum ana_step_event event);
/* A request that had no connection takes one, or begins to dial one: an event, and a count that is shared
 * over the populations in flight. */
void sw_take(struct sw *s);

/* Connections and pools (sweep_pool.c). */
bool sw_in_load(const struct sw *s);
void sw_pool_open(struct sw *s, uint32_t conn);
void sw_pool_ready(struct sw *s, uint32_t conn);
void sw_pool_close(struct sw *s, uint32_t conn);
void sw_conn_update(struct sw *s, uint32_t conn);
/* The oldest hand-off time that ends by t_ns: its end, or INT64_MAX. */
int64_t sw_soft_next(struct sw *s, int64_t t_ns);
void sw_soft_expire(struct sw *s);
void sw_pool_finish(struct sw *s);

#endif

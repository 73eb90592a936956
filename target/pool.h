/* summary: connection pool of reftarget: first come first served, and it knows why each request waited */
#ifndef TARGET_POOL_H
#define TARGET_POOL_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct loop;

enum pool_close {
    POOL_CLOSE_END,    /* the pool ends */
    POOL_CLOSE_BROKEN, /* pool_discard */
    POOL_CLOSE_OLD,    /* older than recycle_ns */
    POOL_CLOSE_IDLE,   /* idle for longer than idle_timeout_ns */
};

/* The pool knows nothing of MySQL: it opens and closes connections through these. `dial` returns NULL with
 * `err` set. Both are called without the pool's mutex held, `dial` by several threads at a time unless the
 * pool is serial. `age_ns` may be NULL where connections are not recycled. */
struct pool_dialler {
    void *(*dial)(void *priv, struct pp_err *err);
    void (*hang_up)(void *priv, void *conn, enum pool_close why);
    int64_t (*age_ns)(void *priv, const void *conn); /* time since the dial ended */
    void *priv;
};

struct pool_config {
    size_t min; /* dialled by pool_fill */
    size_t max;
    bool lifo;   /* take the connection that became idle last, not the one that has been idle longest */
    bool serial; /* one dial at a time, and nobody gets a connection while it lasts */
    int64_t timeout_ns; /* longest wait in the queue, 0 for no limit */
    /* An older connection is closed when it would be handed out, and whom it was for dials another in its
     * place. 0: never. */
    int64_t recycle_ns;
    /* Each release closes the connection that is idle longest, when it is so for longer than this and more
     * than `min` are open. 0: never. */
    int64_t idle_timeout_ns;
    /* Of a hundred releases that somebody waits for, so many put the connection back without waking anybody:
     * the queue moves at the next other event, or when a waiter's timer wakes it. */
    unsigned lose_wakeup_percent;
    int64_t wakeup_timer_ns; /* a waiter looks again after each such time; only when wake-ups are lost */
    struct loop *loop;       /* of the requests, NULL when they have threads */
};

/* docs/attribution.md: the causes of an acquisition wait. */
enum pool_cause {
    POOL_NONE,            /* a connection was free at once */
    POOL_EXHAUSTED,       /* all busy, and no more may be opened */
    POOL_DIAL,            /* it opened its own */
    POOL_BLOCKED_BY_DIAL, /* serial pool: would have got or opened one, but somebody else's dial held the pool
                           */
    POOL_LOST_WAKEUP,     /* a connection lay idle for it, and nobody woke it */
};
#define POOL_CAUSES 5

/* A wait may have several parts; they add up to got_ns - want_ns, all but the nanoseconds of a wait without
 * cause. `cause` is the longest part's. Times are CLOCK_REALTIME. */
struct pool_lease {
    void *conn;
    int64_t want_ns;
    int64_t got_ns;
    int64_t part_ns[POOL_CAUSES]; /* [POOL_NONE]: bookkeeping of the pool itself */
    enum pool_cause cause;
};

struct pool_stats {
    size_t open; /* idle, leased or being dialled */
    size_t idle;
    size_t waiting;
    size_t dialling;
};

struct pool;

/* NULL when memory is out. 1 <= max, min <= max; the dialler's members are copied. */
struct pool *pool_new(const struct pool_config *config, const struct pool_dialler *dialler);
/* Dials until `min` connections are open, one after the other; to be called before anybody acquires. The
 * dialler's status on a failure. */
PP_MUST_CHECK enum pp_status pool_fill(struct pool *p, struct pp_err *err);
/* Gets a connection; waiters are served in the order in which they asked, by handing the connection over, so
 * that nobody overtakes. PP_LIMIT when the time-out ran out, else the dialler's status. The lease's times and
 * parts are set in every case, its conn is NULL on failure. */
PP_MUST_CHECK enum pp_status pool_acquire(struct pool *p, struct pool_lease *lease, struct pp_err *err);
void pool_release(struct pool *p, void *conn);
/* Gives back a broken connection: it is hung up, and the first waiter may open another in its place. */
void pool_discard(struct pool *p, void *conn);
void pool_get_stats(struct pool *p, struct pool_stats *stats);
/* Hangs up all connections; none may be leased and nobody may wait. */
void pool_free(struct pool **pp);

const char *pool_cause_name(enum pool_cause cause);
const char *pool_close_name(enum pool_close why);

#endif

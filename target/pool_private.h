/* summary: what the pool's files share: idle connections, the queue of waiters */
#ifndef TARGET_POOL_PRIVATE_H
#define TARGET_POOL_PRIVATE_H

#include "park.h"
#include "pool.h"

#define POOL_MAGIC 0x9001f00du

enum waiter_state {
    WAITER_QUEUED,
    WAITER_HAS_CONN, /* conn is set: the pool handed one over */
    WAITER_MAY_DIAL, /* a place was counted for it in `open`; in a serial pool it also holds the gate. conn is
                        the recycled one whose place it is, NULL for a new place */
};

/* Lives on the waiting request's stack; linked while queued. */
struct waiter {
    struct waiter *next;
    struct park park;
    enum waiter_state state;
    void *conn;
    int64_t queued_ns;
    int64_t *part_ns;
};

struct idle_conn {
    void *conn;
    int64_t since_mono_ns;
};

struct pool {
    uint32_t magic;
    struct pool_config config;
    struct pool_dialler dialler;
    pthread_mutex_t lock;
    struct idle_conn *idle; /* ring of `max` places, in the order in which they became idle */
    size_t idle_first;
    size_t idle_count;
    size_t open;
    size_t dialling;
    struct waiter *head;
    struct waiter **tail;
    size_t waiting;
    int64_t settled_ns; /* time of the last event; with per-waiter causes each waiter's time has one up to
                           here */
    unsigned short random[3];
};

/* All of these need the mutex. */

void pool_push_idle(struct pool *p, void *conn);
/* The next one to be handed out. */
void *pool_take_idle(struct pool *p);
/* The one that is idle longest, when it is so for too long and may go; its place is given up. NULL else. */
void *pool_take_unneeded(struct pool *p);
bool pool_is_old(const struct pool *p, const void *conn);

/* In a serial pool a dial holds the gate: until it ends, the queue does not move. */
bool pool_gate_held(const struct pool *p);
/* Gives the time since the last call its cause. To be called before anything changes that the causes depend
 * on.
 */
void pool_settle(struct pool *p);
void pool_enqueue(struct pool *p, struct waiter *w);
/* Takes a waiter that gives up out of the queue; needs pool_settle() before. */
void pool_leave_queue(struct pool *p, struct waiter *w);
/* The only place where a waiter is served. Needs pool_settle() before. */
void pool_serve_queue(struct pool *p);

#endif

/* summary: connection pool: idle ring, queue of waiters with direct hand-over, parallel or serial dialling */
#include "pool.h"

#include "base/clock.h"
#include "base/obj.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

#define POOL_MAGIC 0x9001f00du

enum waiter_state {
    WAITER_QUEUED,
    WAITER_HAS_CONN, /* conn is set: the pool handed one over */
    WAITER_MAY_DIAL, /* a place was counted for it in `open`; in a serial pool it also holds the gate */
};

/* Lives on the waiting thread's stack; linked while queued. */
struct waiter {
    struct waiter *next;
    pthread_cond_t wake;
    enum waiter_state state;
    void *conn;
    int64_t queued_ns;
    int64_t *part_ns;
};

struct pool {
    uint32_t magic;
    struct pool_config config;
    struct pool_dialler dialler;
    pthread_mutex_t lock;
    void **idle; /* ring of `max` places */
    size_t idle_first;
    size_t idle_count;
    size_t open;
    size_t dialling;
    struct waiter *head;
    struct waiter **tail;
    size_t waiting;
    int64_t
        settled_ns; /* time of the last event; in a serial pool each waiter's time has a cause up to here */
};

struct pool *pool_new(const struct pool_config *config, const struct pool_dialler *dialler)
{
    OBJ_ASSERT(config->max >= 1 && config->min <= config->max);
    struct pool *p;
    if (!OBJ_NEW(p, POOL_MAGIC))
        return NULL;
    p->idle = calloc(config->max, sizeof *p->idle);
    if (p->idle == NULL) {
        OBJ_FREE(p);
        return NULL;
    }
    p->config = *config;
    p->dialler = *dialler;
    p->tail = &p->head;
    OBJ_ASSERT(pthread_mutex_init(&p->lock, NULL) == 0);
    return p;
}

static void lock_pool(struct pool *p)
{
    OBJ_CHECK(p, POOL_MAGIC);
    OBJ_ASSERT(pthread_mutex_lock(&p->lock) == 0);
}

static void unlock_pool(struct pool *p)
{
    OBJ_ASSERT(pthread_mutex_unlock(&p->lock) == 0);
}

static void push_idle(struct pool *p, void *conn)
{
    OBJ_ASSERT(p->idle_count < p->config.max);
    p->idle[(p->idle_first + p->idle_count) % p->config.max] = conn;
    p->idle_count++;
}

static void *take_idle(struct pool *p)
{
    OBJ_ASSERT(p->idle_count > 0);
    p->idle_count--;
    if (p->config.lifo)
        return p->idle[(p->idle_first + p->idle_count) % p->config.max];
    void *conn = p->idle[p->idle_first];
    p->idle_first = (p->idle_first + 1) % p->config.max;
    return conn;
}

/* In a serial pool a dial holds the gate: until it ends, the queue does not move. */
static bool gate_held(const struct pool *p)
{
    return p->config.serial && p->dialling > 0;
}

/* Serial pool: gives the time since the last call its cause, for each waiter by its place in the queue: with
 * k connections free or still to be opened, the first k waiters would not wait but for the dial that holds
 * the gate; the others wait for a release in any case. To be called before anything changes that this depends
 * on. In a parallel pool everybody in the queue waits for a release, which account_wait() adds up at the end.
 */
static void settle(struct pool *p)
{
    int64_t now = clock_real_ns();
    int64_t passed = now - p->settled_ns;
    p->settled_ns = now;
    if (!p->config.serial)
        return;
    size_t within_reach = gate_held(p) ? p->idle_count + (p->config.max - p->open) : 0;
    for (struct waiter *w = p->head; w != NULL; w = w->next) {
        w->part_ns[within_reach > 0 ? POOL_BLOCKED_BY_DIAL : POOL_EXHAUSTED] += passed;
        if (within_reach > 0)
            within_reach--;
    }
}

static void account_wait(const struct pool *p, struct waiter *w)
{
    if (!p->config.serial)
        w->part_ns[POOL_EXHAUSTED] += p->settled_ns - w->queued_ns;
}

static void enqueue(struct pool *p, struct waiter *w)
{
    w->next = NULL;
    w->queued_ns = p->settled_ns;
    *p->tail = w;
    p->tail = &w->next;
    p->waiting++;
}

static void unlink_waiter(struct pool *p, struct waiter *w)
{
    struct waiter **at = &p->head;
    while (*at != w)
        at = &(*at)->next;
    *at = w->next;
    if (p->tail == &w->next)
        p->tail = at;
    p->waiting--;
}

static void wake_head(struct pool *p, enum waiter_state state, void *conn)
{
    struct waiter *w = p->head;
    unlink_waiter(p, w);
    account_wait(p, w);
    w->state = state;
    w->conn = conn;
    OBJ_ASSERT(pthread_cond_signal(&w->wake) == 0);
}

/* The only place where a waiter is served. Needs settle() before. */
static void serve_queue(struct pool *p)
{
    while (p->head != NULL && !gate_held(p)) {
        if (p->idle_count > 0) {
            wake_head(p, WAITER_HAS_CONN, take_idle(p));
        } else if (p->open < p->config.max) {
            p->open++;
            p->dialling++;
            wake_head(p, WAITER_MAY_DIAL, NULL);
        } else {
            return;
        }
    }
}

/* Dials with the mutex released. The caller has counted the connection in `open` and `dialling`. The mutex is
 * held at entry and at return. */
static enum pp_status dial(struct pool *p, struct pool_lease *lease, struct pp_err *err)
{
    struct pp_err own = {PP_OK, ""};
    unlock_pool(p);
    int64_t start_ns = clock_real_ns();
    void *conn = p->dialler.dial(p->dialler.priv, &own);
    int64_t end_ns = clock_real_ns();
    lock_pool(p);
    lease->conn = conn;
    lease->part_ns[POOL_DIAL] += end_ns - start_ns;
    settle(p);
    p->dialling--;
    if (conn == NULL)
        p->open--;
    serve_queue(p);
    if (conn != NULL)
        return PP_OK;
    if (err != NULL)
        *err = own;
    return own.status == PP_OK ? PP_IO : own.status;
}

static void init_waiter(struct waiter *w, struct pool_lease *lease)
{
    pthread_condattr_t attr;
    memset(w, 0, sizeof *w);
    w->part_ns = lease->part_ns;
    OBJ_ASSERT(pthread_condattr_init(&attr) == 0);
    OBJ_ASSERT(pthread_condattr_setclock(&attr, CLOCK_MONOTONIC) == 0);
    OBJ_ASSERT(pthread_cond_init(&w->wake, &attr) == 0);
    (void)pthread_condattr_destroy(&attr);
}

/* Waits in the queue until served; false when the time-out ran out first. */
static bool wait_in_queue(struct pool *p, struct waiter *w)
{
    struct timespec until = clock_timespec(clock_mono_ns() + p->config.timeout_ns);
    while (w->state == WAITER_QUEUED) {
        int rc = p->config.timeout_ns > 0 ? pthread_cond_timedwait(&w->wake, &p->lock, &until)
                                          : pthread_cond_wait(&w->wake, &p->lock);
        OBJ_ASSERT(rc == 0 || rc == ETIMEDOUT);
        if (rc == ETIMEDOUT && w->state == WAITER_QUEUED) {
            settle(p);
            unlink_waiter(p, w);
            account_wait(p, w);
            return false;
        }
    }
    return true;
}

static enum pp_status acquire_queued(struct pool *p, struct pool_lease *lease, struct pp_err *err)
{
    struct waiter w;
    init_waiter(&w, lease);
    settle(p);
    enqueue(p, &w);
    bool served = wait_in_queue(p, &w);
    (void)pthread_cond_destroy(&w.wake);
    if (!served)
        return pp_err_set(err, PP_LIMIT, "no connection became free in time");
    if (w.state == WAITER_MAY_DIAL)
        return dial(p, lease, err);
    lease->conn = w.conn;
    return PP_OK;
}

/* Gives the rest of the wait its place and finds the longest part. */
static void close_lease(struct pool_lease *lease)
{
    lease->got_ns = clock_real_ns();
    int64_t rest = lease->got_ns - lease->want_ns;
    int64_t longest = 0;
    for (int c = POOL_NONE + 1; c < POOL_CAUSES; c++) {
        rest -= lease->part_ns[c];
        if (lease->part_ns[c] > longest) {
            longest = lease->part_ns[c];
            lease->cause = (enum pool_cause)c;
        }
    }
    lease->part_ns[POOL_NONE] = rest;
}

enum pp_status pool_acquire(struct pool *p, struct pool_lease *lease, struct pp_err *err)
{
    memset(lease, 0, sizeof *lease);
    lease->want_ns = clock_real_ns();
    enum pp_status st = PP_OK;
    lock_pool(p);
    bool may_move = p->head == NULL && !gate_held(p);
    if (may_move && p->idle_count > 0) {
        lease->conn = take_idle(p);
    } else if (may_move && p->open < p->config.max) {
        p->open++;
        p->dialling++;
        st = dial(p, lease, err);
    } else {
        st = acquire_queued(p, lease, err);
    }
    unlock_pool(p);
    close_lease(lease);
    return st;
}

void pool_release(struct pool *p, void *conn)
{
    OBJ_ASSERT(conn != NULL);
    lock_pool(p);
    settle(p);
    push_idle(p, conn);
    serve_queue(p);
    unlock_pool(p);
}

void pool_discard(struct pool *p, void *conn)
{
    OBJ_CHECK(p, POOL_MAGIC);
    OBJ_ASSERT(conn != NULL);
    p->dialler.hang_up(p->dialler.priv, conn);
    lock_pool(p);
    settle(p);
    OBJ_ASSERT(p->open > 0);
    p->open--;
    serve_queue(p);
    unlock_pool(p);
}

enum pp_status pool_fill(struct pool *p, struct pp_err *err)
{
    enum pp_status st = PP_OK;
    lock_pool(p);
    while (st == PP_OK && p->open < p->config.min) {
        struct pool_lease lease = {.conn = NULL};
        settle(p);
        p->open++;
        p->dialling++;
        st = dial(p, &lease, err);
        if (st == PP_OK) {
            push_idle(p, lease.conn);
            serve_queue(p);
        }
    }
    unlock_pool(p);
    return st;
}

void pool_get_stats(struct pool *p, struct pool_stats *stats)
{
    lock_pool(p);
    *stats = (struct pool_stats){
        .open = p->open, .idle = p->idle_count, .waiting = p->waiting, .dialling = p->dialling};
    unlock_pool(p);
}

void pool_free(struct pool **pp)
{
    struct pool *p = *pp;
    if (p == NULL)
        return;
    *pp = NULL;
    OBJ_CHECK(p, POOL_MAGIC);
    OBJ_ASSERT(p->head == NULL && p->dialling == 0 && p->open == p->idle_count);
    while (p->idle_count > 0)
        p->dialler.hang_up(p->dialler.priv, take_idle(p));
    (void)pthread_mutex_destroy(&p->lock);
    free(p->idle);
    OBJ_FREE(p);
}

const char *pool_cause_name(enum pool_cause cause)
{
    static const char *const names[POOL_CAUSES] = {"none", "exhausted", "dial", "blocked_by_dial"};
    OBJ_ASSERT((unsigned)cause < POOL_CAUSES);
    return names[cause];
}

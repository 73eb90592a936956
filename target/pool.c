/* summary: connection pool: acquire and release, with direct hand-over, parallel or serial dialling */
#include "pool_private.h"

#include "base/clock.h"
#include "base/obj.h"

#include <string.h>

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

/* Dials with the mutex released, after closing the recycled connection whose place it takes (NULL: a new
 * place). The caller has counted the connection in `open` and `dialling`. The mutex is held at entry and at
 * return. */
static enum pp_status dial(struct pool *p, struct pool_lease *lease, void *old, struct pp_err *err)
{
    struct pp_err own = {PP_OK, ""};
    unlock_pool(p);
    int64_t start_ns = clock_real_ns();
    if (old != NULL)
        p->dialler.hang_up(p->dialler.priv, old, POOL_CLOSE_OLD);
    void *conn = p->dialler.dial(p->dialler.priv, &own);
    int64_t end_ns = clock_real_ns();
    lock_pool(p);
    lease->conn = conn;
    lease->part_ns[POOL_DIAL] += end_ns - start_ns;
    pool_settle(p);
    p->dialling--;
    if (conn == NULL)
        p->open--;
    pool_serve_queue(p);
    if (conn != NULL)
        return PP_OK;
    if (err != NULL)
        *err = own;
    return own.status == PP_OK ? PP_IO : own.status;
}

/* Waits in the queue until served; false when the time-out ran out first. */
static bool wait_in_queue(struct pool *p, struct waiter *w)
{
    const struct pool_config *c = &p->config;
    int64_t until_ns = c->timeout_ns > 0 ? clock_mono_ns() + c->timeout_ns : 0;
    while (w->state == WAITER_QUEUED) {
        int64_t wake_ns = until_ns;
        if (c->lose_wakeup_percent > 0) {
            int64_t look_ns = clock_mono_ns() + c->wakeup_timer_ns;
            wake_ns = until_ns == 0 || look_ns < until_ns ? look_ns : until_ns;
        }
        if (park_wait(&w->park, &p->lock, wake_ns) || w->state != WAITER_QUEUED)
            continue;
        pool_settle(p);
        if (wake_ns == until_ns) {
            pool_leave_queue(p, w);
            return false;
        }
        pool_serve_queue(p);
    }
    return true;
}

static enum pp_status acquire_queued(struct pool *p, struct pool_lease *lease, struct pp_err *err)
{
    struct waiter w = {.part_ns = lease->part_ns};
    park_init(&w.park, p->config.loop);
    pool_settle(p);
    pool_enqueue(p, &w);
    bool served = wait_in_queue(p, &w);
    park_fini(&w.park);
    if (!served)
        return pp_err_set(err, PP_LIMIT, "no connection became free in time");
    if (w.state == WAITER_MAY_DIAL)
        return dial(p, lease, w.conn, err);
    lease->conn = w.conn;
    return PP_OK;
}

/* Nobody is in front and nobody holds the gate. */
static enum pp_status acquire_at_once(struct pool *p, struct pool_lease *lease, struct pp_err *err)
{
    void *conn = p->idle_count > 0 ? pool_take_idle(p) : NULL;
    if (conn != NULL && !pool_is_old(p, conn)) {
        lease->conn = conn;
        return PP_OK;
    }
    p->open += conn == NULL ? 1 : 0;
    p->dialling++;
    return dial(p, lease, conn, err);
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
    bool may_move = p->head == NULL && !pool_gate_held(p);
    if (may_move && (p->idle_count > 0 || p->open < p->config.max))
        st = acquire_at_once(p, lease, err);
    else
        st = acquire_queued(p, lease, err);
    unlock_pool(p);
    close_lease(lease);
    return st;
}

/* A wake-up can only be lost where somebody waits for one. */
static bool loses_wakeup(struct pool *p)
{
    return p->config.lose_wakeup_percent > 0 && p->head != NULL && !pool_gate_held(p) &&
           nrand48(p->random) % 100 < (long)p->config.lose_wakeup_percent;
}

void pool_release(struct pool *p, void *conn)
{
    OBJ_ASSERT(conn != NULL);
    lock_pool(p);
    pool_settle(p);
    pool_push_idle(p, conn);
    if (!loses_wakeup(p))
        pool_serve_queue(p);
    void *unneeded = pool_take_unneeded(p);
    unlock_pool(p);
    if (unneeded != NULL)
        p->dialler.hang_up(p->dialler.priv, unneeded, POOL_CLOSE_IDLE);
}

void pool_discard(struct pool *p, void *conn)
{
    OBJ_CHECK(p, POOL_MAGIC);
    OBJ_ASSERT(conn != NULL);
    p->dialler.hang_up(p->dialler.priv, conn, POOL_CLOSE_BROKEN);
    lock_pool(p);
    pool_settle(p);
    OBJ_ASSERT(p->open > 0);
    p->open--;
    pool_serve_queue(p);
    unlock_pool(p);
}

enum pp_status pool_fill(struct pool *p, struct pp_err *err)
{
    enum pp_status st = PP_OK;
    lock_pool(p);
    while (st == PP_OK && p->open < p->config.min) {
        struct pool_lease lease = {.conn = NULL};
        pool_settle(p);
        p->open++;
        p->dialling++;
        st = dial(p, &lease, NULL, err);
        if (st == PP_OK) {
            pool_push_idle(p, lease.conn);
            pool_serve_queue(p);
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
        p->dialler.hang_up(p->dialler.priv, pool_take_idle(p), POOL_CLOSE_END);
    (void)pthread_mutex_destroy(&p->lock);
    free(p->idle);
    OBJ_FREE(p);
}

const char *pool_cause_name(enum pool_cause cause)
{
    static const char *const names[POOL_CAUSES] = {"none", "exhausted", "dial", "blocked_by_dial",
                                                   "lost_wakeup"};
    OBJ_ASSERT((unsigned)cause < POOL_CAUSES);
    return names[cause];
}

const char *pool_close_name(enum pool_close why)
{
    static const char *const names[] = {"end", "broken", "old", "idle"};
    OBJ_ASSERT((unsigned)why < sizeof names / sizeof names[0]);
    return names[why];
}

/* summary: the pool's queue: who is served when, and the cause of every nanosecond of a wait */
#include "pool_private.h"

#include "base/clock.h"
#include "base/obj.h"

bool pool_gate_held(const struct pool *p)
{
    return p->config.serial && p->dialling > 0;
}

/* Elsewhere everybody in the queue waits for a release, which account_wait() adds up at the end. */
static bool causes_vary(const struct pool *p)
{
    return p->config.serial || p->config.lose_wakeup_percent > 0;
}

/* Each waiter's cause follows from its place in the queue. With k connections free or still to be opened, the
 * first k waiters would not wait but for the dial that holds the gate. Without such a dial, connections that
 * lie idle are those whose wake-up was lost, each one's waiter the next of the queue. The others wait for a
 * release in any case. */
void pool_settle(struct pool *p)
{
    int64_t now = clock_real_ns();
    int64_t passed = now - p->settled_ns;
    p->settled_ns = now;
    if (!causes_vary(p))
        return;
    bool held = pool_gate_held(p);
    size_t within_reach = p->idle_count + (held ? p->config.max - p->open : 0);
    enum pool_cause within = held ? POOL_BLOCKED_BY_DIAL : POOL_LOST_WAKEUP;
    for (struct waiter *w = p->head; w != NULL; w = w->next) {
        w->part_ns[within_reach > 0 ? within : POOL_EXHAUSTED] += passed;
        if (within_reach > 0)
            within_reach--;
    }
}

static void account_wait(const struct pool *p, struct waiter *w)
{
    if (!causes_vary(p))
        w->part_ns[POOL_EXHAUSTED] += p->settled_ns - w->queued_ns;
}

void pool_enqueue(struct pool *p, struct waiter *w)
{
    w->next = NULL;
    w->queued_ns = p->settled_ns;
    *p->tail = w;
    p->tail = &w->next;
    p->waiting++;
}

void pool_leave_queue(struct pool *p, struct waiter *w)
{
    struct waiter **at = &p->head;
    while (*at != w)
        at = &(*at)->next;
    *at = w->next;
    if (p->tail == &w->next)
        p->tail = at;
    p->waiting--;
    account_wait(p, w);
}

static void wake_head(struct pool *p, enum waiter_state state, void *conn)
{
    struct waiter *w = p->head;
    pool_leave_queue(p, w);
    w->state = state;
    w->conn = conn;
    park_wake(&w->park);
}

void pool_serve_queue(struct pool *p)
{
    while (p->head != NULL && !pool_gate_held(p)) {
        if (p->idle_count > 0) {
            void *conn = pool_take_idle(p);
            bool old = pool_is_old(p, conn);
            p->dialling += old ? 1 : 0;
            wake_head(p, old ? WAITER_MAY_DIAL : WAITER_HAS_CONN, conn);
        } else if (p->open < p->config.max) {
            p->open++;
            p->dialling++;
            wake_head(p, WAITER_MAY_DIAL, NULL);
        } else {
            return;
        }
    }
}

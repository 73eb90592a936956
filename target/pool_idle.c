/* summary: the pool's idle connections: order of reuse, age, time idle */
#include "pool_private.h"

#include "base/clock.h"
#include "base/obj.h"

void pool_push_idle(struct pool *p, void *conn)
{
    OBJ_ASSERT(p->idle_count < p->config.max);
    p->idle[(p->idle_first + p->idle_count) % p->config.max] = (struct idle_conn){conn, clock_mono_ns()};
    p->idle_count++;
}

static void *take_longest_idle(struct pool *p)
{
    void *conn = p->idle[p->idle_first].conn;
    p->idle_first = (p->idle_first + 1) % p->config.max;
    p->idle_count--;
    return conn;
}

void *pool_take_idle(struct pool *p)
{
    OBJ_ASSERT(p->idle_count > 0);
    if (!p->config.lifo)
        return take_longest_idle(p);
    p->idle_count--;
    return p->idle[(p->idle_first + p->idle_count) % p->config.max].conn;
}

void *pool_take_unneeded(struct pool *p)
{
    if (p->config.idle_timeout_ns == 0 || p->idle_count == 0 || p->open <= p->config.min ||
        clock_mono_ns() - p->idle[p->idle_first].since_mono_ns < p->config.idle_timeout_ns)
        return NULL;
    p->open--;
    return take_longest_idle(p);
}

bool pool_is_old(const struct pool *p, const void *conn)
{
    return p->config.recycle_ns > 0 && p->dialler.age_ns != NULL &&
           p->dialler.age_ns(p->dialler.priv, conn) >= p->config.recycle_ns;
}

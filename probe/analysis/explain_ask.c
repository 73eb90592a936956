/* summary: what the rules of the explanation ask of the facts
 */
#include "explain.h"

#include <stdio.h>

#define MATTERS_MS 1.0
#define MATTERS_SHARE 0.05
#define MATTERS_LEAST 0.01
#define HOLD_SHARE 0.3
/* Of the connections that a saturated pool has busy, idle after all: at most 0.18 in 167 recorded levels of
 * pools that lose no wake-up. */
#define IDLE 0.3
#define IDLE_SEEN 0.2      /* where joined requests waited beside one */
#define BEYOND 2.0         /* times as many waiting as could be */
#define REFUSED_SHARE 0.01 /* of the requests */
#define LOCKS 0.6          /* of the hold time: more requests at once would wait for the same locks */

struct exp_line exp_sum(const struct exp_facts *f, const enum ana_line *lines, size_t n)
{
    struct exp_line x = {0};
    for (size_t i = 0; i < n; i++) {
        x.low += f->line[lines[i]].low;
        x.ms += f->line[lines[i]].ms;
        x.high += f->line[lines[i]].high;
    }
    return x;
}

double exp_server_ms(const struct exp_facts *f)
{
    return f->line[ANA_STATEMENT].ms + f->line[ANA_COMMIT].ms;
}

double exp_hold_ms(const struct exp_facts *f)
{
    return exp_server_ms(f) + f->line[ANA_TXN_IDLE].ms;
}

double exp_exhausted_ms(const struct exp_facts *f)
{
    return f->line[ANA_ACQUIRE_EXHAUSTED].ms;
}

bool exp_matters(const struct exp_facts *f, double ms)
{
    return ms >= MATTERS_LEAST * f->mean_ms && (ms >= MATTERS_MS || ms >= MATTERS_SHARE * f->mean_ms) &&
           ms > 0;
}

double exp_queue_ms(const struct exp_facts *f)
{
    return exp_idle_of(f) == EXP_IDLE_NOT ? exp_exhausted_ms(f) : 0;
}

bool exp_hold_matters(const struct exp_facts *f)
{
    return exp_hold_ms(f) >= HOLD_SHARE * f->mean_ms ||
           exp_hold_ms(f) + exp_queue_ms(f) >= 2 * HOLD_SHARE * f->mean_ms;
}

bool exp_is_full(const struct exp_cpu *c)
{
    return c->known && c->limit > 0 && c->used >= EXP_FULL * c->limit;
}

bool exp_app_has_no_cpu(const struct exp_facts *f)
{
    return exp_is_full(&f->app) || exp_is_full(&f->machine) ||
           (f->app.known && f->app.top_thread >= EXP_ONE_THREAD);
}

double exp_waiting(const struct exp_facts *f)
{
    return f->rate * exp_exhausted_ms(f) / 1e3;
}

double exp_waiting_most(const struct exp_facts *f)
{
    return f->saturated * f->users;
}

enum exp_idle exp_idle_of(const struct exp_facts *f)
{
    double full = f->saturated * f->open, idle = full > 0 ? (full - f->busy) / full : 0;
    if (f->pools != 1 || exp_is_refused(f) || exp_app_has_no_cpu(f) || !exp_matters(f, exp_exhausted_ms(f)))
        return EXP_IDLE_NOT;
    if (idle >= IDLE || (idle >= IDLE_SEEN && exp_matters(f, f->lost_ms)))
        return EXP_IDLE_SEEN;
    bool too_long = f->users > 0 && exp_matters(f, f->line[ANA_ACQUIRE_EXHAUSTED].low) &&
                    f->busy <= (1 - IDLE) * f->open && exp_waiting(f) > BEYOND * exp_waiting_most(f);
    return too_long ? EXP_IDLE_TOO_LONG : EXP_IDLE_NOT;
}

bool exp_is_refused(const struct exp_facts *f)
{
    return f->app_id == 0 && f->refused > 0 && f->refused_share >= REFUSED_SHARE;
}

const char *exp_no_larger_pool(const struct exp_facts *f)
{
    if (exp_is_full(&f->server))
        return "the server's CPU is used up";
    if (exp_is_full(&f->app) || (f->app.known && f->app.top_thread >= EXP_ONE_THREAD))
        return "the application's CPU is used up";
    if (exp_is_full(&f->machine))
        return "the machine's CPUs are used up";
    if (f->users != 1 && f->row_lock_ms > 0 && f->row_lock_ms >= LOCKS * exp_hold_ms(f))
        return "what holds the connections is waiting for row locks";
    return NULL;
}

struct exp_text exp_ms(double ms)
{
    struct exp_text t;
    snprintf(t.s, sizeof t.s, ms >= 99.95 ? "%.0f ms" : ms >= 0.995 ? "%.1f ms" : "%.2f ms", ms);
    return t;
}

struct exp_text exp_interval(const struct exp_line *l)
{
    struct exp_text t = {""};
    if (l->high - l->low >= 0.05)
        snprintf(t.s, sizeof t.s, l->high >= 99.95 ? " (%.0f to %.0f)" : " (%.1f to %.1f)", l->low, l->high);
    return t;
}

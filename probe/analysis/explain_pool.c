/* summary: rules: waiting for connections: too few, dialled one at a time, refused by the server
 */
#include "explain.h"
#include "parts.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#define SURE 0.5   /* of the estimate, its lower bound: there is such a wait */
#define SLOWER 1.3 /* times as long as with the least load */

static const enum ana_line dial_lines[] = {ANA_ACQUIRE_DIAL, ANA_ACQUIRE_BLOCKED_BY_DIAL};

bool exp_rule_max_connections(const struct exp_facts *f, struct exp_limit *out)
{
    if (f->refused == 0)
        return false;
    struct ana_limit *l = &out->limit;
    out->class = EXP_REFUSED;
    l->weight_ms = f->mean_ms;
    l->text = ana_textf("%s the server refused %" PRIu64 " connections: its limit on connections is reached.",
                        f->at, f->refused);
    l->evidence = ana_textf(
        "handshakes that ended in error 1040, 1203 or 1226; max_connections is %s; the pool had at most "
        "%" PRIu32 " connections",
        f->max_connections ? f->max_connections : "not known (record with --server)", f->open_max);
    l->against = ana_textf("Waiting for a connection takes %s of a request that was answered.",
                           exp_ms(exp_exhausted_ms(f)).s);
    l->would_move =
        ana_textf("Pools that fit, of all application processes together, or a larger max_connections.");
    return true;
}

/* The evidence that the server would take more, or that it is not known. */
static char *pool_against(const struct exp_facts *f)
{
    double server = exp_server_ms(f);
    bool slower = f->low_mean_ms > 0 && f->low_server_ms > 0 && server > SLOWER * f->low_server_ms;
    if (slower)
        return ana_textf(
            "The server slows down: statements and commits take %s of a request, with the least load %s. "
            "More connections may only move the wait there.",
            exp_ms(server).s, exp_ms(f->low_server_ms).s);
    if (f->server.known)
        return ana_textf(
            "The server uses %.2f of its %.2f CPUs; more connections help only while it can do more at "
            "once.",
            f->server.used, f->server.limit);
    return ana_textf("Whether the server can do more at once is not known: its CPU was not sampled.");
}

static void idle_seen(const struct exp_facts *f, struct ana_limit *l)
{
    l->kind = f->app.known ? ANA_LIMITED : ANA_CANNOT_TELL;
    l->text = ana_textf(
        "%s connections lie idle while requests wait for one (lost wake-ups): a request waits %s of "
        "its %s, and only %.1f of %.1f connections are busy.",
        f->at, exp_ms(exp_exhausted_ms(f)).s, exp_ms(f->mean_ms).s, f->busy, f->open);
    l->evidence =
        ana_textf("none was free for others %.0f %% of the time, in which %.1f would have been busy on "
                  "average, were each taken up when it is given back; of the joined requests' waiting, %s a "
                  "request passed beside an idle one",
                  100 * f->saturated, f->saturated * f->open, exp_ms(f->lost_ms).s);
}

static void idle_too_long(const struct exp_facts *f, struct ana_limit *l)
{
    l->kind = ANA_CANNOT_TELL;
    l->text = ana_textf("%s requests wait %s of their %s, but mostly while connections lie idle: either the "
                        "pool does not wake "
                        "who waits (lost wake-ups), or the application is held up by something else.",
                        f->at, exp_ms(exp_exhausted_ms(f)).s, exp_ms(f->mean_ms).s);
    l->evidence = ana_textf(
        "%.1f requests wait on average (Little's law); with no connection free %.0f %% of the time it could "
        "be %.1f at most; %.1f of %.1f connections busy",
        exp_waiting(f), 100 * f->saturated, exp_waiting_most(f), f->busy, f->open);
}

/* The connections that the pool's saturation would have busy, and the ones that were; or more requests
 * waiting than its saturation allows. */
bool exp_rule_lost_wakeup(const struct exp_facts *f, struct exp_limit *out)
{
    enum exp_idle idle = exp_idle_of(f);
    if (idle == EXP_IDLE_NOT)
        return false;
    struct ana_limit *l = &out->limit;
    out->class = EXP_PART;
    l->weight_ms = exp_exhausted_ms(f); /* it holds up whoever stands behind, too */
    if (idle == EXP_IDLE_SEEN)
        idle_seen(f, l);
    else
        idle_too_long(f, l);
    l->against =
        f->app.known
            ? ana_textf("An application that takes up a connection late looks the same; its CPU is not used "
                        "up (%.2f of %.2f).",
                        f->app.used, f->app.limit)
            : ana_textf("An application short of CPU takes up a connection late, which looks the same; its "
                        "CPU was not sampled.");
    if (!f->app.known)
        l->would_move =
            ana_textf("The application's CPU would tell: record on its machine, or with --app-pid.");
    else if (idle == EXP_IDLE_SEEN)
        l->would_move = ana_textf("Mending how the pool wakes who waits when a connection is given back. A "
                                  "larger pool only hides it.");
    else
        l->would_move = ana_textf("The pool's own count of who waits would tell, or a profile of the "
                                  "application. More connections are not what is wanted.");
    return true;
}

bool exp_rule_pool_too_small(const struct exp_facts *f, struct exp_limit *out)
{
    const struct exp_line w = f->line[ANA_ACQUIRE_EXHAUSTED];
    bool sure = exp_matters(f, w.low) && w.low >= SURE * w.ms;
    if (exp_is_refused(f) || exp_idle_of(f) != EXP_IDLE_NOT)
        return false;
    if (!exp_matters(f, w.ms) &&
        !(exp_matters(f, w.high) && w.high >= 0.25 * f->mean_ms && f->saturated > 0.05))
        return false;
    struct ana_limit *l = &out->limit;
    out->class = EXP_PART;
    l->weight_ms = w.ms;
    double wanted = f->busy + w.ms * f->rate / 1e3;
    struct exp_text pool;
    if (f->pools > 1)
        snprintf(pool.s, sizeof pool.s, "set of %zu pools of %" PRIu32 " together", f->pools, f->open_max);
    else
        snprintf(pool.s, sizeof pool.s, "pool of %" PRIu32, f->open_max);
    l->evidence =
        ana_textf("%.1f of %.1f connections busy on average, %s %.0f %% of the time; a request holds one "
                  "for %s%s%s",
                  f->busy, f->open, f->pools > 1 ? "all of one pool" : "all of them", 100 * f->saturated,
                  exp_ms(exp_hold_ms(f)).s, f->pool_names && *f->pool_names ? "; " : "",
                  f->pool_names ? f->pool_names : "");
    if (!sure) {
        l->kind = ANA_CANNOT_TELL;
        l->text = ana_textf(
            "%s it cannot be told how long a request waits for a connection of the %s: %s to %s of its %s.",
            f->at, pool.s, exp_ms(w.low).s, exp_ms(w.high).s, exp_ms(f->mean_ms).s);
        l->against = ana_textf("The application's own work looks the same: together they take %s.",
                               exp_ms(w.ms + f->line[ANA_APP].ms).s);
        l->would_move = ana_textf(
            "A level with so few users in the same run that nobody waits would tell, or a run with a larger "
            "pool.");
        return true;
    }
    l->text = ana_textf("%s the %s is too small: a request waits %s%s of its %s for a connection.", f->at,
                        pool.s, exp_ms(w.ms).s, exp_interval(&w).s, exp_ms(f->mean_ms).s);
    l->against = pool_against(f);
    const char *in_the_way = exp_no_larger_pool(f);
    l->would_move =
        in_the_way
            ? ana_textf("Not a larger pool while %s: that comes first. A shorter hold time.", in_the_way)
            : ana_textf("A larger pool: at this rate and hold time %.0f connections would be wanted on "
                        "average (Little's law). Or a shorter hold time.",
                        ceil(wanted));
    return true;
}

static void dial_texts(const struct exp_facts *f, struct ana_limit *l, const struct exp_line *w)
{
    l->weight_ms = w->ms;
    l->evidence = ana_textf(
        "%s for its own dial, %s while the pool dials for somebody else; half of the dials took less "
        "than %s",
        exp_ms(f->line[ANA_ACQUIRE_DIAL].ms).s, exp_ms(f->line[ANA_ACQUIRE_BLOCKED_BY_DIAL].ms).s,
        exp_ms(f->dial_ms > 0 ? f->dial_ms : 0).s);
}

bool exp_rule_serial_dialling(const struct exp_facts *f, struct exp_limit *out)
{
    struct exp_line w = exp_sum(f, dial_lines, 2);
    if (f->dialling != ANA_DIALLING_SERIAL || exp_is_refused(f) || !exp_matters(f, w.ms))
        return false;
    struct ana_limit *l = &out->limit;
    out->class = EXP_PART;
    dial_texts(f, l, &w);
    l->text =
        ana_textf("%s requests wait while the pool opens connections one at a time: %s%s of a request's %s.",
                  f->at, exp_ms(w.ms).s, exp_interval(&w).s, exp_ms(f->mean_ms).s);
    l->against =
        ana_textf("Of %" PRIu64 " dials during which another request had no connection either, %" PRIu64
                  " ran beside another. It ends when the pool has grown.",
                  f->contested, f->overlapped);
    l->would_move =
        ana_textf("A minimum as large as the maximum, so that nothing is dialled under load; or a pool that "
                  "dials outside of its lock.");
    return true;
}

bool exp_rule_dialling(const struct exp_facts *f, struct exp_limit *out)
{
    struct exp_line w = exp_sum(f, dial_lines, 2);
    if (f->dialling == ANA_DIALLING_SERIAL || exp_is_refused(f) || !exp_matters(f, w.ms))
        return false;
    struct ana_limit *l = &out->limit;
    out->class = EXP_PART;
    dial_texts(f, l, &w);
    l->text = ana_textf("%s requests wait for new connections to be opened: %s%s of a request's %s.", f->at,
                        exp_ms(w.ms).s, exp_interval(&w).s, exp_ms(f->mean_ms).s);
    l->against =
        f->dialling == ANA_DIALLING_PARALLEL
            ? ana_textf(
                  "The pool dials several at a time. It ends when the pool has grown, unless connections are "
                  "closed again.")
            : ana_textf("It ends when the pool has grown, unless connections are closed again.");
    l->would_move = ana_textf("A minimum as large as the maximum, or connections that live longer.");
    return true;
}

/* summary: the lines of a latency budget from the sweep's integrals and the application's baseline */
#include "budget.h"

#include <math.h>

/* What the method adds to a wait's error beside the baseline's, from simulations. */
#define MODEL_ERROR 0.05
/* Of a dial that was seen: the thread runs before its first packet and after its last. */
#define DIAL_ERROR 0.1
#define LONGEST_FEWEST_ENDS 20 /* fewer give no bound worth the name */

struct estimate {
    double low, mid, high;
};

/* The waits and application time of one population. */
struct split {
    struct estimate exhausted, dial, blocked, app;
};

static double clamp(double x, double most)
{
    if (!(x > 0))
        return 0;
    return x < most ? x : most;
}

double ana_budget_longest(const struct ana_sweep *s, size_t level_count)
{
    double longest = INFINITY;
    for (size_t i = 0; i <= level_count; i++) {
        const struct ana_flow *f = i < level_count ? &s->levels[i] : &s->whole;
        double ns = 0, ends = 0;
        for (int k = 0; k < STATE_COUNT; k++) {
            ns += f->rest[k].ns;
            ends += f->rest[k].takes + f->rest[k].ends;
        }
        if (ends >= LONGEST_FEWEST_ENDS && ns / ends < longest)
            longest = ns / ends;
    }
    return longest;
}

static void add(struct estimate *to, double low, double mid, double high)
{
    to->low += low;
    to->mid += mid;
    to->high += high;
}

static struct split split_rest(const struct ana_flow *f)
{
    struct split x = {0};
    for (int k = 0; k < STATE_COUNT; k++) {
        const struct ana_rest *r = &f->rest[k];
        double mid = clamp(r->wait_ns, r->ns), model = MODEL_ERROR * mid;
        double low = clamp(r->low_ns - model, mid), high = fmax(clamp(r->high_ns + model, r->ns), mid);
        add(&x.app, r->ns - high, r->ns - mid, r->ns - low);
        if (k == STATE_SATURATED || k == STATE_FREE) {
            add(&x.exhausted, low, mid, high);
            continue;
        }
        /* As many as dials were in progress wait for their own. */
        double dial = clamp(r->dial_wait_ns, mid), dial_low = clamp(r->dial_low_ns, fmin(low, dial)),
               dial_high = fmax(clamp(r->dial_high_ns, high), dial);
        add(&x.dial, dial_low, dial, dial_high);
        /* Somebody's dial holds up as many as would have a connection or a place but for it. */
        double blocked = clamp(r->blocked_wait_ns, mid - dial),
               blocked_low = clamp(r->blocked_low_ns, fmin(blocked, clamp(low - dial_low, blocked))),
               blocked_high = fmax(clamp(r->blocked_high_ns, high - dial_high), blocked);
        add(&x.blocked, blocked_low, blocked, blocked_high);
        double rest = mid - dial - blocked;
        add(&x.exhausted, clamp(low - dial_low - blocked_low, rest), rest,
            fmax(high - dial_high - blocked_high, rest));
    }
    /* A connection that was handed over and is taken late looks free meanwhile. */
    if (f->slower)
        x.exhausted.high += MODEL_ERROR * x.exhausted.mid;
    /* The last of the level before are in front of the first of this one. */
    if (x.exhausted.mid > 0)
        x.exhausted.high += MODEL_ERROR * f->shared_ns;
    add(&x.dial, (1 - DIAL_ERROR) * f->dial_ns, f->dial_ns, (1 + DIAL_ERROR) * f->dial_ns);
    return x;
}

static void measured(struct ana_budget *b, enum ana_line line, double ns)
{
    b->ns[line] = llround(ns);
    b->low_ns[line] = b->high_ns[line] = b->ns[line];
}

static void estimated(struct ana_budget *b, enum ana_line line, struct estimate e)
{
    b->ns[line] = llround(e.mid);
    b->low_ns[line] = llround(e.low);
    b->high_ns[line] = llround(e.high);
}

/* Roundings of the integrals: a few ns, given to the application (or taken from the largest line). */
static void settle(struct ana_budget *b, enum ana_line line)
{
    int64_t sum = 0;
    int largest = 0;
    for (int i = 0; i < ANA_LINE_COUNT; i++) {
        sum += b->ns[i];
        if (b->ns[i] > b->ns[largest])
            largest = i;
    }
    int to = b->ns[line] + (b->total_ns - sum) >= 0 ? (int)line : largest;
    b->ns[to] += b->total_ns - sum;
    for (int i = 0; i < ANA_LINE_COUNT; i++) {
        if (b->low_ns[i] > b->ns[i] || (i == to && b->low_ns[i] == b->high_ns[i]))
            b->low_ns[i] = b->ns[i];
        if (b->high_ns[i] < b->ns[i])
            b->high_ns[i] = b->ns[i];
    }
}

void ana_budget_unknown(struct ana_budget *out, uint64_t requests, int64_t total_ns, const char *why_not)
{
    *out = (struct ana_budget){.requests = requests, .total_ns = total_ns, .why_not = why_not};
    measured(out, ANA_UNATTRIBUTED, 0);
    out->ns[ANA_UNATTRIBUTED] = out->low_ns[ANA_UNATTRIBUTED] = out->high_ns[ANA_UNATTRIBUTED] = total_ns;
}

void ana_budget_make(struct ana_budget *out, const struct ana_flow *f, const struct ana_budget_rules *rules)
{
    if (rules->why_not || f->requests == 0) {
        ana_budget_unknown(out, f->requests, f->total_ns,
                           rules->why_not ? rules->why_not : "no complete request was seen");
        return;
    }
    struct split x = split_rest(f);
    *out = (struct ana_budget){.requests = f->requests, .total_ns = f->total_ns, .identified = true};
    measured(out, ANA_CLIENT_QUEUE, (double)f->queue_ns);
    measured(out, ANA_HTTP_NETWORK, f->http_ns);
    measured(out, ANA_STATEMENT, f->statement_ns);
    measured(out, ANA_COMMIT, f->commit_ns);
    measured(out, ANA_TXN_IDLE, f->txn_idle_ns);
    measured(out, ANA_UNATTRIBUTED, f->voided_ns + f->opaque_ns);
    estimated(out, ANA_ACQUIRE_EXHAUSTED, x.exhausted);
    estimated(out, ANA_ACQUIRE_DIAL, x.dial);
    estimated(out, ANA_ACQUIRE_BLOCKED_BY_DIAL, x.blocked);
    estimated(out, ANA_APP, x.app);
    settle(out, ANA_APP);
}

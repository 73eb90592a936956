/* summary: what the rules of the explanation ask of the facts
 */
#include "explain.h"

#include <stdio.h>

#define MATTERS_MS 1.0
#define MATTERS_SHARE 0.05
#define MATTERS_LEAST 0.01
#define HOLD_SHARE 0.3

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

bool exp_hold_matters(const struct exp_facts *f)
{
    return exp_hold_ms(f) >= HOLD_SHARE * f->mean_ms ||
           exp_hold_ms(f) + exp_exhausted_ms(f) >= 2 * HOLD_SHARE * f->mean_ms;
}

bool exp_is_full(const struct exp_cpu *c)
{
    return c->known && c->limit > 0 && c->used >= EXP_FULL * c->limit;
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

/* summary: findings about pools: too small, dialling, never exhausted, refused, several of them, other users of them */
#include "findings.h"

#include <inttypes.h>
#include <stdlib.h>

#define WAIT_SHARE 0.10     /* of the latency: a wait worth a finding */
#define SATURATED_SHARE 0.05
#define OUTSIDE_SHARE 0.05
#define ER_CON_COUNT_ERROR 1040 /* "Too many connections" */

static uint32_t pool_size(const struct ana_report *r)
{
    uint32_t n = 0;
    for (size_t i = 0; i < r->pool_count; i++)
        n += r->pools[i].application ? r->pools[i].open_max : 0;
    return n;
}

static double of_latency(const struct ana_budget *b, enum ana_line line)
{
    return b->total_ns > 0 ? (double)b->ns[line] / (double)b->total_ns : 0;
}

static void too_small(struct ana_findings *f, const struct ana_level *l)
{
    const struct ana_budget *b = &l->budget;
    char where[48], wait[32], low[32], high[32], all[32], work[32];
    double n = (double)b->requests;
    ana_level_name(where, l);
    where[0] = where[0] == 'a' ? 'A' : 'I';
    ana_ms(wait, ana_line_mean(b, ANA_ACQUIRE_EXHAUSTED));
    ana_ms(low, (double)b->low_ns[ANA_ACQUIRE_EXHAUSTED] / n);
    ana_ms(high, (double)b->high_ns[ANA_ACQUIRE_EXHAUSTED] / n);
    ana_ms(all, (double)b->total_ns / n);
    ana_ms(work, ana_line_mean(b, ANA_STATEMENT) + ana_line_mean(b, ANA_COMMIT));
    ana_find(f, &(struct ana_finding){
                    .rule = "pool_too_small",
                    .severity = ANA_PROBLEM,
                    .level_id = l->id,
                    .text = ana_textf("%s each request waits %s (95 %% interval %s to %s) of %s for a connection; the "
                                      "pool of %" PRIu32 " was saturated %.0f %% of the time.",
                                      where, wait, low, high, all, pool_size(f->r), 100 * l->saturated),
                    .evidence = ana_textf("on average %.1f requests were in flight, %.1f of %.1f connections busy",
                                          l->mean_in_flight, l->mean_busy, l->mean_open),
                    .against = ana_textf("statements and commits take %s of each request: a larger pool helps only as "
                                         "far as they do not become slower with it",
                                         work)});
}

void ana_rule_pool_too_small(struct ana_findings *f)
{
    for (size_t i = 0; i < f->r->level_count; i++) {
        const struct ana_level *l = &f->r->levels[i];
        const struct ana_budget *b = &l->budget;
        if (b->identified && b->requests > 0 && of_latency(b, ANA_ACQUIRE_EXHAUSTED) >= WAIT_SHARE &&
            b->low_ns[ANA_ACQUIRE_EXHAUSTED] > 0 && l->saturated >= SATURATED_SHARE)
            too_small(f, l);
    }
}

void ana_rule_pool_dialling(struct ana_findings *f)
{
    for (size_t i = 0; i < f->r->level_count; i++) {
        const struct ana_level *l = &f->r->levels[i];
        const struct ana_budget *b = &l->budget;
        char where[48], own[32], others[32], all[32];
        double share = of_latency(b, ANA_ACQUIRE_DIAL) + of_latency(b, ANA_ACQUIRE_BLOCKED_BY_DIAL);
        if (!b->identified || b->requests == 0 || share < WAIT_SHARE)
            continue;
        ana_level_name(where, l);
        where[0] = where[0] == 'a' ? 'A' : 'I';
        ana_ms(own, ana_line_mean(b, ANA_ACQUIRE_DIAL));
        ana_ms(others, ana_line_mean(b, ANA_ACQUIRE_BLOCKED_BY_DIAL));
        ana_ms(all, (double)b->total_ns / (double)b->requests);
        ana_find(f, &(struct ana_finding){
                        .rule = "pool_dialling",
                        .severity = ANA_PROBLEM,
                        .level_id = l->id,
                        .text = ana_textf("%s each request waits %s for a new connection and %s while the pool dials "
                                          "for others, of %s.",
                                          where, own, others, all),
                        .evidence = ana_textf("a dial was in progress %.0f %% of the time", 100 * l->dialling),
                        .against = ana_text("which request waited for which dial is not known without a join")});
    }
}

void ana_rule_pool_never_saturated(struct ana_findings *f)
{
    uint32_t busy = 0, pools = 0;
    bool budget = false;
    for (size_t i = 0; i < f->r->pool_count; i++) {
        const struct ana_pool *p = &f->r->pools[i];
        if (!p->application)
            continue;
        pools++;
        busy += p->busy_max;
        if (p->saturated > 0.001)
            return;
    }
    for (size_t i = 0; i < f->r->level_count; i++)
        budget = budget || f->r->levels[i].budget.identified;
    if (pools == 0 || !budget)
        return;
    uint32_t free = f->in->sweep.free_min == UINT32_MAX ? 0 : f->in->sweep.free_min;
    ana_find(f, &(struct ana_finding){
                    .rule = "pool_never_saturated",
                    .severity = ANA_INFO,
                    .text = ana_textf("The pool was never exhausted while requests were in flight: a larger one would "
                                      "not have saved them any wait."),
                    .evidence = ana_textf("at most %" PRIu32 " connections were busy of up to %" PRIu32
                                          " open; the fewest free at any moment were %" PRIu32,
                                          busy, pool_size(f->r), free),
                    .against = ana_text("a request that waited though a connection was free (a lost wake-up) cannot be "
                                        "told from application time without a join")});
}

void ana_rule_refused(struct ana_findings *f)
{
    uint64_t n = 0, other = 0;
    for (size_t i = 0; i < f->r->connection_count; i++) {
        n += f->r->connections[i].connect_errno == ER_CON_COUNT_ERROR;
        other += f->r->connections[i].connect_errno != 0;
    }
    if (n == 0)
        return;
    ana_find(f, &(struct ana_finding){
                    .rule = "connections_refused",
                    .severity = ANA_PROBLEM,
                    .text = ana_textf("The server refused %" PRIu64 " connections with error 1040, too many connections.",
                                      n),
                    .evidence = ana_textf("%zu connections were seen, %" PRIu64 " were refused for any reason",
                                          f->r->connection_count, other),
                    .against = ana_text("max_connections holds for all clients together; only those on the recorded "
                                        "interface are counted here")});
}

void ana_rule_several_pools(struct ana_findings *f)
{
    uint32_t n = 0;
    for (size_t i = 0; i < f->r->pool_count; i++)
        n += f->r->pools[i].application;
    if (n < 2)
        return;
    ana_find(f, &(struct ana_finding){
                    .rule = "several_pools",
                    .severity = ANA_INFO,
                    .text = ana_textf("The application uses %" PRIu32 " pools: time counts as a possible wait while any "
                                      "of them is exhausted.",
                                      n),
                    .against = ana_text("which pool a request needed is not known without a join")});
}

void ana_rule_outside(struct ana_findings *f)
{
    const struct ana_sweep *s = &f->in->sweep;
    char time[32];
    if (f->in->facts.request_count == 0 || f->in->why_not || s->busy_ns <= 0 || s->outside_ns < OUTSIDE_SHARE * s->busy_ns)
        return;
    ana_find(f, &(struct ana_finding){
                    .rule = "work_outside_requests",
                    .severity = ANA_NOTICE,
                    .text = ana_textf("%.0f %% of the application's connection time had no request in flight to belong "
                                      "to and is in no budget.",
                                      100 * s->outside_ns / s->busy_ns),
                    .evidence = ana_textf("%s of connection time between the first request and the last answer",
                                          ana_ms(time, s->outside_ns)),
                    .against = ana_text("background jobs, work after the answer, a request that uses several "
                                        "connections at once, or requests that were not recorded look the same")});
}

/* summary: what the joined requests add up to: waits and budgets of levels and endpoints, the slowest
 * requests */
#include "details.h"
#include "parts.h"

#include <math.h>
#include <stdlib.h>

#define TWO_SIDED_95 1.96
/* What the estimate of a gap's wait adds to its spread, as a share: the same as the population method's. */
#define MODEL_ERROR 0.05

static const enum ana_line waits[] = {ANA_ACQUIRE_EXHAUSTED, ANA_ACQUIRE_DIAL, ANA_ACQUIRE_BLOCKED_BY_DIAL,
                                      ANA_ACQUIRE_LOST_WAKEUP};
#define WAITS (sizeof waits / sizeof waits[0])

/* Sums over a population of requests. */
struct tally {
    struct ana_budget budget;
    double var_ms2; /* of the waits */
};

static int64_t wait_of(const struct ana_request_budget *b)
{
    int64_t ns = 0;
    for (size_t i = 0; i < WAITS; i++)
        ns += b->ns[waits[i]];
    return ns;
}

static void tally_add(struct tally *t, const struct fact_request *q, const struct ana_request_budget *b)
{
    t->budget.requests++;
    t->budget.total_ns += fact_latency_ns(q);
    for (int i = 0; i < ANA_LINE_COUNT; i++)
        t->budget.ns[i] += b->ns[i];
    t->var_ms2 += (double)b->wait_var;
}

/* Bounds of the waits and, the other way round, of the application's time. */
static void bounds(struct tally *t)
{
    struct ana_budget *b = &t->budget;
    int64_t wait_ns = 0;
    for (int i = 0; i < ANA_LINE_COUNT; i++)
        b->low_ns[i] = b->high_ns[i] = b->ns[i];
    for (size_t i = 0; i < WAITS; i++)
        wait_ns += b->ns[waits[i]];
    double spread_ns = TWO_SIDED_95 * sqrt(t->var_ms2) * 1e6 + MODEL_ERROR * (double)wait_ns;
    double more_ns = fmin(spread_ns, (double)b->ns[ANA_APP]), less_ns = fmin(spread_ns, (double)wait_ns);
    for (size_t i = 0; i < WAITS; i++) {
        double share = wait_ns > 0 ? (double)b->ns[waits[i]] / (double)wait_ns : i == 0 ? 1.0 : 0.0;
        b->low_ns[waits[i]] -= llround(fmin(less_ns * share, (double)b->ns[waits[i]]));
        b->high_ns[waits[i]] += llround(more_ns * share);
    }
    b->low_ns[ANA_APP] -= llround(more_ns);
    b->high_ns[ANA_APP] += llround(less_ns);
}

static void tally_finish(struct ana_budget *out, struct tally *t, const char *why_not)
{
    bounds(t);
    *out = t->budget;
    out->identified = !why_not && out->requests > 0;
    out->why_not = why_not ? why_not : out->requests > 0 ? NULL : "no complete request was seen";
}

void ana_requests_sum(struct ana_budget *out, const struct ana_details *d, const uint32_t *requests, size_t n,
                      const char *why_not)
{
    struct tally t = {.var_ms2 = 0};
    for (size_t i = 0; i < n; i++)
        tally_add(&t, &d->facts.requests[requests[i]], &d->budgets[requests[i]]);
    tally_finish(out, &t, why_not);
}

static void waiting_finish(struct ana_waiting *w, const struct ana_budget *b)
{
    int64_t low_ns = 0, high_ns = 0;
    for (size_t i = 0; i < WAITS; i++) {
        low_ns += b->low_ns[waits[i]];
        high_ns += b->high_ns[waits[i]];
    }
    double n = b->requests > 0 ? (double)b->requests : 1;
    w->mean_low_ns = (double)low_ns / n;
    w->mean_high_ns = (double)high_ns / n;
}

struct tallies {
    struct ana_details *d;
    struct tally *levels, *endpoints, whole;
};

static enum pp_status begin(struct tallies *t, struct ana_input *in)
{
    struct ana_report *r = in->report;
    t->d = r->details;
    t->levels = calloc(r->level_count + 1, sizeof *t->levels);
    t->endpoints = calloc(r->endpoint_count + 1, sizeof *t->endpoints);
    bool ok = t->levels && t->endpoints;
    for (size_t i = 0; i < r->level_count; i++)
        ok = (r->levels[i].wait.latency.hist = hist_new()) && ok;
    for (size_t i = 0; i < r->endpoint_count; i++)
        ok = (r->endpoints[i].wait.latency.hist = hist_new()) && ok;
    return ok ? PP_OK : PP_NOMEM;
}

static void add_all(struct tallies *t, struct ana_report *r)
{
    const struct ana_details *d = t->d;
    for (size_t i = 0; i < d->known_count; i++) {
        const struct fact_request *q = &d->facts.requests[d->known[i]];
        const struct ana_request_budget *b = &d->budgets[d->known[i]];
        uint32_t e = d->endpoint_at[q->endpoint];
        int64_t wait_ns = wait_of(b);
        tally_add(&t->whole, q, b);
        tally_add(&t->endpoints[e], q, b);
        hist_add(r->endpoints[e].wait.latency.hist, wait_ns);
        if (q->level == FACT_NONE)
            continue;
        tally_add(&t->levels[q->level], q, b);
        hist_add(r->levels[q->level].wait.latency.hist, wait_ns);
    }
}

/* ---- the slowest ---- */

struct slow {
    int64_t latency_ns;
    uint32_t level, request;
};

static int slower(const void *pa, const void *pb)
{
    const struct slow *a = pa, *b = pb;
    if (a->level != b->level)
        return a->level < b->level ? -1 : 1;
    if (a->latency_ns != b->latency_ns)
        return a->latency_ns > b->latency_ns ? -1 : 1;
    return a->request < b->request ? -1 : a->request > b->request;
}

static size_t one_percent(size_t n)
{
    return n == 0 ? 0 : (n + 99) / 100;
}

/* Slowest 1 % of s[0 .. n). */
static void slowest_of(struct ana_budget *out, const struct ana_details *d, const struct slow *s, size_t n,
                       const char *why_not)
{
    struct tally t = {.var_ms2 = 0};
    for (size_t i = 0; i < one_percent(n); i++)
        tally_add(&t, &d->facts.requests[s[i].request], &d->budgets[s[i].request]);
    tally_finish(out, &t, why_not);
}

static enum pp_status find_slowest(struct ana_report *r, const char *why_not)
{
    const struct ana_details *d = r->details;
    struct slow *s = malloc((d->known_count + 1) * sizeof *s);
    if (!s)
        return PP_NOMEM;
    for (size_t i = 0; i < d->known_count; i++) {
        const struct fact_request *q = &d->facts.requests[d->known[i]];
        s[i] = (struct slow){.latency_ns = fact_latency_ns(q), .level = q->level, .request = d->known[i]};
    }
    if (d->known_count > 1)
        qsort(s, d->known_count, sizeof *s, slower);
    for (size_t i = 0, k = 0; i < r->level_count; i++) {
        size_t from = k;
        while (k < d->known_count && s[k].level == i)
            k++;
        slowest_of(&r->levels[i].slowest, d, s + from, k - from, why_not);
    }
    for (size_t i = 0; i < d->known_count; i++)
        s[i].level = 0;
    if (d->known_count > 1)
        qsort(s, d->known_count, sizeof *s, slower);
    slowest_of(&r->slowest_budget, d, s, d->known_count, why_not);
    free(s);
    return PP_OK;
}

enum pp_status ana_requests_finish(struct ana_input *in)
{
    struct ana_report *r = in->report;
    struct tallies t = {0};
    enum pp_status st = begin(&t, in);
    if (st == PP_OK) {
        add_all(&t, r);
        for (size_t i = 0; i < r->endpoint_count; i++) {
            tally_finish(&r->endpoints[i].budget, &t.endpoints[i], in->why_not);
            waiting_finish(&r->endpoints[i].wait, &r->endpoints[i].budget);
        }
        for (size_t i = 0; i < r->level_count; i++) {
            tally_finish(&r->levels[i].joined, &t.levels[i], in->why_not);
            waiting_finish(&r->levels[i].wait, &r->levels[i].joined);
        }
        st = find_slowest(r, in->why_not);
    }
    free(t.levels);
    free(t.endpoints);
    return st;
}

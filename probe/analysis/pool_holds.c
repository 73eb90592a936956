/* summary: what the application's connections were held for: by query, and idle in between
 */
#include "pool_wire.h"

#include <stdlib.h>

#define HOLDS_MOST 10

/* Checkouts of each connection one after the other, and where the walk stands in each. */
struct shelf {
    size_t *of_conn; /* first in `order`, one more entry at the end */
    uint32_t *order;
    size_t *at;
};

struct sum {
    double ns, hold_ns;
    uint64_t statements, checkouts;
    uint32_t last; /* checkout that ran it last, + 1 */
};

static bool shelf_init(struct shelf *s, const struct ana_facts *f)
{
    *s = (struct shelf){.of_conn = calloc(f->conn_count + 2, sizeof *s->of_conn),
                        .order = malloc((f->checkout_count + 1) * sizeof *s->order),
                        .at = calloc(f->conn_count + 1, sizeof *s->at)};
    if (!s->of_conn || !s->order || !s->at)
        return false;
    for (size_t i = 0; i < f->checkout_count; i++)
        if (f->checkouts[i].conn != FACT_NONE)
            s->of_conn[f->checkouts[i].conn + 1]++;
    for (size_t i = 0; i < f->conn_count; i++) {
        s->of_conn[i + 1] += s->of_conn[i];
        s->at[i] = s->of_conn[i];
    }
    for (size_t i = 0; i < f->checkout_count; i++)
        if (f->checkouts[i].conn != FACT_NONE)
            s->order[s->at[f->checkouts[i].conn]++] = (uint32_t)i;
    for (size_t i = 0; i < f->conn_count; i++)
        s->at[i] = s->of_conn[i];
    return true;
}

static void shelf_fini(struct shelf *s)
{
    free(s->of_conn);
    free(s->order);
    free(s->at);
}

/* The checkout that a statement belongs to, FACT_NONE: none. Statements of a connection come in time. */
static uint32_t checkout_of(struct shelf *s, const struct ana_facts *f, const struct fact_statement *x)
{
    size_t end = s->of_conn[x->conn + 1];
    while (s->at[x->conn] < end && f->checkouts[s->order[s->at[x->conn]]].end_ns <= x->sent_ns)
        s->at[x->conn]++;
    if (s->at[x->conn] == end)
        return FACT_NONE;
    uint32_t c = s->order[s->at[x->conn]];
    return f->checkouts[c].start_ns <= x->sent_ns ? c : FACT_NONE;
}

static void add(struct sum *q, const struct ana_facts *f, const struct fact_statement *x, uint32_t checkout)
{
    q->ns += (double)(x->last_ns - x->sent_ns);
    q->statements++;
    if (checkout == FACT_NONE || q->last == checkout + 1)
        return;
    q->last = checkout + 1;
    q->checkouts++;
    q->hold_ns += (double)(f->checkouts[checkout].end_ns - f->checkouts[checkout].start_ns);
}

static int by_share(const void *pa, const void *pb)
{
    const struct ana_pool_hold *a = pa, *b = pb;
    if (a->share != b->share)
        return a->share > b->share ? -1 : 1;
    return a->statements > b->statements ? -1 : a->statements < b->statements;
}

static enum pp_status fill(struct ana_pool *p, const struct ana_query *queries, const struct sum *sums,
                           size_t count)
{
    double hold_ns = p->hold.hist ? (double)hist_sum(p->hold.hist) : 0, used = 0;
    struct ana_pool_hold *all = calloc(count + 1, sizeof *all);
    size_t n = 0;
    if (!all)
        return PP_NOMEM;
    for (size_t i = 0; i < count && hold_ns > 0; i++) {
        if (sums[i].statements == 0)
            continue;
        used += sums[i].ns;
        all[n++] = (struct ana_pool_hold){
            .text = queries[i].text,
            .statements = sums[i].statements,
            .checkouts = sums[i].checkouts,
            .share = sums[i].ns / hold_ns,
            .hold_ms = sums[i].checkouts ? sums[i].hold_ns / (double)sums[i].checkouts / 1e6 : 0};
    }
    qsort(all, n, sizeof *all, by_share);
    p->wire.holds = all;
    p->wire.hold_count = n < HOLDS_MOST ? n : HOLDS_MOST;
    p->wire.hold_idle = hold_ns > used ? 1 - used / hold_ns : 0;
    return PP_OK;
}

enum pp_status ana_pool_holds(struct ana_input *in)
{
    const struct ana_facts *f = &in->facts;
    size_t queries = in->report->query_count;
    struct sum **pools = calloc(f->pool_count + 1, sizeof(struct sum *));
    struct shelf shelf = {0};
    enum pp_status st = pools && shelf_init(&shelf, f) ? PP_OK : PP_NOMEM;
    for (size_t i = 0; i < f->pool_count && st == PP_OK; i++)
        if (f->pools[i].application && !(pools[i] = calloc(queries + 1, sizeof *pools[i])))
            st = PP_NOMEM;
    for (size_t i = 0; i < f->statement_count && st == PP_OK; i++) {
        const struct fact_statement *x = &f->statements[i];
        uint32_t p = x->conn == FACT_NONE ? FACT_NONE : f->conns[x->conn].pool;
        if (p == FACT_NONE || !pools[p] || !x->complete || x->last_ns < x->sent_ns)
            continue;
        add(&pools[p][x->query], f, x, checkout_of(&shelf, f, x));
    }
    for (size_t i = 0; i < f->pool_count && st == PP_OK; i++)
        if (pools[i])
            st = fill(&in->report->pools[i], in->report->queries, pools[i], queries);
    for (size_t i = 0; pools && i < f->pool_count; i++)
        free(pools[i]);
    free(pools);
    shelf_fini(&shelf);
    return st;
}

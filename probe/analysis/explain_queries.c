/* summary: the query with the most time in each level, for the explanation
 */
#include "explain_facts.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct sum {
    uint64_t n;
    int64_t ns;
};

/* Statements of the level's application that began in the level, but for those that ended a
 * transaction. They come by time, `from` is the first that may lie in it. */
static void add_up(struct sum *sums, const struct ana_input *in, const struct ana_level *l)
{
    const struct ana_facts *f = &in->facts;
    size_t low = 0, high = f->statement_count;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (f->statements[mid].sent_ns < l->start_ns)
            low = mid + 1;
        else
            high = mid;
    }
    for (size_t i = low; i < f->statement_count && f->statements[i].sent_ns < l->end_ns; i++) {
        const struct fact_statement *s = &f->statements[i];
        uint32_t pool = s->conn == FACT_NONE ? FACT_NONE : f->conns[s->conn].pool;
        if (pool == FACT_NONE || !ana_level_uses(l, &in->report->pools[pool]) || !s->complete ||
            s->ends_txn || s->last_ns < s->sent_ns)
            continue;
        sums[s->query].n++;
        sums[s->query].ns += s->last_ns - s->sent_ns;
    }
}

static double mean_ms(const struct sum *s)
{
    return s->n ? (double)s->ns / (double)s->n / 1e6 : 0;
}

static void fill(struct exp_facts *f, const struct ana_report *r, const struct ana_level *l,
                 const struct sum *sums)
{
    size_t most = 0;
    for (size_t i = 1; i < r->query_count; i++)
        if (sums[i].ns > sums[most].ns)
            most = i;
    if (r->query_count == 0 || sums[most].n == 0 || l->requests == 0)
        return;
    f->query = r->queries[most].text;
    f->query_reads = strncasecmp(f->query, "SELECT", 6) == 0;
    f->query_ms = (double)sums[most].ns / (double)l->requests / 1e6;
    f->query_count = (double)sums[most].n / (double)l->requests;
    f->query_mean_ms = mean_ms(&sums[most]);
    f->query_low_mean_ms = f->query_mean_ms;
}

/* How long the same query took where the application's load was lowest. */
static void fill_low(struct exp_all *all, const struct ana_report *r, size_t lowest, const struct sum *sums)
{
    for (size_t i = 0; i < r->level_count; i++) {
        struct exp_facts *f = &all->facts[i];
        if (i == lowest || f->app_id != all->facts[lowest].app_id || !f->query || f->low_mean_ms <= 0)
            continue;
        for (size_t q = 0; q < r->query_count; q++)
            if (r->queries[q].text == f->query && sums[q].n > 0)
                f->query_low_mean_ms = mean_ms(&sums[q]);
    }
}

/* No known level of its application has fewer users, nor as many and comes before. */
static bool is_lowest(const struct exp_all *all, size_t at)
{
    for (size_t i = 0; i < all->count; i++)
        if (all->known[i] && i != at && all->facts[i].app_id == all->facts[at].app_id &&
            (all->facts[i].users < all->facts[at].users ||
             (all->facts[i].users == all->facts[at].users && i < at)))
            return false;
    return all->known[at];
}

enum pp_status exp_add_queries(struct exp_all *all, const struct ana_input *in)
{
    const struct ana_report *r = in->report;
    struct sum *sums = calloc(r->query_count + 1, sizeof *sums);
    if (!sums)
        return PP_NOMEM;
    for (size_t i = 0; i < r->level_count; i++) {
        if (!all->known[i])
            continue;
        memset(sums, 0, (r->query_count + 1) * sizeof *sums);
        add_up(sums, in, &r->levels[i]);
        fill(&all->facts[i], r, &r->levels[i], sums);
    }
    for (size_t i = 0; i < r->level_count; i++) {
        if (!is_lowest(all, i))
            continue;
        memset(sums, 0, (r->query_count + 1) * sizeof *sums);
        add_up(sums, in, &r->levels[i]);
        fill_low(all, r, i, sums);
    }
    free(sums);
    return PP_OK;
}

/* summary: cuts levels into blocks of time, each with its requests' latencies and its budget
 *
 * Requests that follow each other are not independent: they share queues, connections and the server's state.
 * Whole blocks of time, longer than such a dependence, are. */
#include "blocks.h"

#include "budget.h"
#include "parts.h"

#include <stdlib.h>

#define BLOCK_NS INT64_C(1000000000)
#define BLOCK_MIN_NS INT64_C(250000000)
#define BLOCKS_WANTED 8 /* in a level: fewer say little of how much it varies */

int64_t ana_block_length_ns(int64_t level_ns)
{
    int64_t ns = level_ns / BLOCKS_WANTED;
    ns = ns > BLOCK_NS ? BLOCK_NS : ns < BLOCK_MIN_NS ? BLOCK_MIN_NS : ns;
    if (level_ns / ns > ANA_BLOCKS_MOST)
        ns = level_ns / ANA_BLOCKS_MOST; /* a damaged file, or a clock that was set */
    int64_t n = level_ns / ns;           /* whole blocks of one length */
    return n > 0 ? level_ns / n : level_ns;
}

/* Lays the blocks of every level out, as levels of their own for the sweep. */
static struct fact_level *lay_out(struct ana_blocks *b, const struct ana_facts *f)
{
    b->levels = calloc(f->level_count + 1, sizeof *b->levels);
    for (size_t i = 0; i < f->level_count && b->levels; i++) {
        struct ana_block_level *l = &b->levels[i];
        int64_t ns = f->levels[i].end_ns - f->levels[i].start_ns;
        l->first = b->block_count;
        if (ns <= 0)
            continue;
        l->block_ns = ana_block_length_ns(ns);
        l->count = (size_t)(ns / l->block_ns);
        b->block_count += l->count;
    }
    struct fact_level *cut = calloc(b->block_count + 1, sizeof *cut);
    b->blocks = calloc(b->block_count + 1, sizeof *b->blocks);
    for (size_t i = 0; i < f->level_count && b->levels && cut; i++)
        for (size_t k = 0; k < b->levels[i].count; k++) {
            int64_t start_ns = f->levels[i].start_ns + (int64_t)k * b->levels[i].block_ns;
            bool last = k + 1 == b->levels[i].count;
            cut[b->levels[i].first + k] =
                (struct fact_level){.id = (uint32_t)(b->levels[i].first + k + 1),
                                    .start_ns = start_ns,
                                    .end_ns = last ? f->levels[i].end_ns : start_ns + b->levels[i].block_ns};
        }
    if (b->levels && b->blocks)
        return cut;
    free(cut);
    return NULL;
}

static uint32_t block_of(const struct ana_blocks *b, const struct ana_facts *f, const struct fact_request *q)
{
    const struct ana_block_level *l = &b->levels[q->level];
    if (l->count == 0)
        return FACT_NONE;
    int64_t at = (q->arrival_ns - f->levels[q->level].start_ns) / l->block_ns;
    size_t k = at < 0 ? 0 : (size_t)at;
    return (uint32_t)(l->first + (k < l->count ? k : l->count - 1));
}

struct keyed {
    uint32_t level;
    struct ana_block_request q;
};

static int by_level_and_latency(const void *pa, const void *pb)
{
    const struct keyed *a = pa, *b = pb;
    if (a->level != b->level)
        return a->level < b->level ? -1 : 1;
    return a->q.latency_ns < b->q.latency_ns ? -1 : a->q.latency_ns > b->q.latency_ns;
}

/* Gives each request its block, and each level its latencies in order. */
static enum pp_status sort_requests(struct ana_blocks *b, const struct ana_facts *f, struct fact_request *of)
{
    struct keyed *list = malloc((f->request_count + 1) * sizeof *list);
    b->requests = malloc((f->request_count + 1) * sizeof *b->requests);
    if (!list || !b->requests) {
        free(list);
        return PP_NOMEM;
    }
    size_t n = 0;
    for (size_t i = 0; i < f->request_count; i++) {
        const struct fact_request *q = &f->requests[i];
        of[i] = *q;
        if (q->level == FACT_NONE)
            continue;
        uint32_t block = block_of(b, f, q);
        of[i].level = block;
        of[i].level_mark = 0;
        if (block == FACT_NONE)
            continue;
        b->blocks[block].arrived++;
        if (q->complete)
            list[n++] = (struct keyed){q->level,
                                       {.latency_ns = fact_latency_ns(q),
                                        .block = block - (uint32_t)b->levels[q->level].first,
                                        .request = (uint32_t)i}};
    }
    qsort(list, n, sizeof *list, by_level_and_latency);
    for (size_t i = 0; i < n; i++) {
        struct ana_block_level *l = &b->levels[list[i].level];
        if (l->requests++ == 0)
            l->first_request = i;
        b->requests[i] = list[i].q;
    }
    b->request_count = n;
    free(list);
    return PP_OK;
}

enum pp_status ana_blocks_make(struct ana_input *in)
{
    struct ana_blocks *b = calloc(1, sizeof *b);
    struct ana_facts cut = in->facts;
    struct ana_budget_rules rules = {.why_not = in->why_not};
    struct ana_sweep s = {0};
    if (!b)
        return PP_NOMEM;
    in->report->blocks = b;
    cut.levels = lay_out(b, &in->facts);
    cut.level_count = b->block_count;
    cut.requests = malloc((in->facts.request_count + 1) * sizeof *cut.requests);
    enum pp_status st = cut.levels && cut.requests ? sort_requests(b, &in->facts, cut.requests) : PP_NOMEM;
    if (st == PP_OK && !in->why_not)
        st = ana_sweep_all(&s, &cut);
    for (size_t i = 0; i < b->block_count && st == PP_OK; i++) {
        if (s.levels)
            ana_budget_make(&b->blocks[i].budget, &s.levels[i], &rules);
        else
            ana_budget_unknown(&b->blocks[i].budget, 0, 0, in->why_not);
    }
    ana_sweep_fini(&s);
    free(cut.levels);
    free(cut.requests);
    return st;
}

void ana_blocks_free(struct ana_blocks **bp)
{
    struct ana_blocks *b = *bp;
    if (!b)
        return;
    free(b->blocks);
    free(b->requests);
    free(b->levels);
    free(b);
    *bp = NULL;
}

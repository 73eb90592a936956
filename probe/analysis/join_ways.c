/* summary: the join walks several times, in several ways, and keeps of each part of the run what adds up best
 *
 * Three things cannot be known beforehand. An application that is one thread may take things up in the order
 * in which they come, or take turns between its requests for so long that their own pace orders them. What
 * comes next of a request may be asked of its position, or rather of its last checkout alone, which one
 * confusion does not make wrong. And learning does not get better with each round: a walk that lost its way
 * teaches the next one. What can be seen of each walk is which requests do not add up. Between moments
 * without any request in flight the parts of a run do not depend on each other, so that each keeps the walk
 * that leaves fewest there. */
#include "join_int.h"

#include <stdlib.h>
#include <string.h>

#define ROUNDS 4
#define ROUNDS_LEAST 3
#define LARGE_ROUNDS 4
#define LARGE_TRIALS 2
#define WALKS_MOST 24 /* that are compared */
#define LAST_ROUNDS 2 /* from the best of all */
#define LEARN_FROM ((size_t)30000)
#define ENOUGH ((size_t)120000) /* checkouts that are walked over in all, where a few rounds are not more */
/* Links that mending may look at: for each checkout, but in a large run. */
#define WORK_EACH ((uint64_t)400)
#define WORK_LEAST ((uint64_t)15)
#define WORK_ENOUGH ((uint64_t)4000000)

/* Share of what comes next that is told without the position. */
static const float unplaced[] = {JN_UNPLACED, 0.2F};
#define UNPLACED_COUNT (sizeof unplaced / sizeof unplaced[0])

struct ways {
    struct jn *j;
    struct jn_take *takes; /* of the best walk of their block */
    struct jn_token *tokens;
    uint32_t *block_of_take, *block_of_request;
    uint32_t *wrong, *least; /* of each block: what does not add up */
    uint32_t blocks;
    size_t walked;    /* checkouts */
    uint32_t *labels; /* requests of the takes, by walk */
    size_t walks;
};

static uint64_t work_for(size_t takes)
{
    uint64_t work = WORK_EACH * takes;
    work = work < WORK_ENOUGH ? work : WORK_ENOUGH;
    return work > WORK_LEAST * takes ? work : WORK_LEAST * takes;
}

static void restart(struct jn *j, bool in_line, float share)
{
    j->in_line = in_line;
    j->unplaced = share;
    jn_model_reset(j->m);
    jn_seed(j);
}

static void round_of(struct jn *j, size_t takes)
{
    jn_track(j, takes);
    jn_mend(j, work_for(takes));
    jn_label(j);
    jn_learn(j);
}

static bool goes_on(const struct jn *j)
{
    return !j->nomem && !j->m->nomem;
}

/* ---- a large run is learnt from its first part ---- */

static size_t try_order(struct jn *j, bool in_line)
{
    size_t n = 0;
    restart(j, in_line, unplaced[0]);
    for (int i = 0; i < LARGE_TRIALS && goes_on(j); i++)
        round_of(j, LEARN_FROM);
    for (size_t i = 0; i < j->f->request_count; i++)
        n += j->tokens[i].walked && j->tokens[i].doubtful;
    return n;
}

static void large(struct jn *j, bool one_thread)
{
    bool in_line = false;
    if (one_thread) {
        size_t own = try_order(j, false);
        in_line = try_order(j, true) <= own;
    }
    restart(j, in_line, unplaced[0]);
    for (int i = 0; i < LARGE_ROUNDS && goes_on(j); i++)
        round_of(j, i + 1 < LARGE_ROUNDS ? LEARN_FROM : j->f->checkout_count);
}

/* ---- others are walked over in all ways ---- */

static void find_blocks(struct ways *w)
{
    const struct ana_facts *f = w->j->f;
    int64_t busy_ns = INT64_MIN;
    size_t k = 0;
    for (size_t i = 0; i < f->request_count; i++) {
        if (i > 0 && f->requests[i].arrival_ns > busy_ns) {
            for (; k < f->checkout_count && f->checkouts[k].start_ns < f->requests[i].arrival_ns; k++)
                w->block_of_take[k] = w->blocks;
            w->blocks++;
        }
        w->block_of_request[i] = w->blocks;
        busy_ns = f->requests[i].last_ns > busy_ns ? f->requests[i].last_ns : busy_ns;
    }
    for (; k < f->checkout_count; k++)
        w->block_of_take[k] = w->blocks;
    w->blocks++;
}

static void count_wrong(struct ways *w)
{
    struct jn *j = w->j;
    memset(w->wrong, 0, w->blocks * sizeof *w->wrong);
    for (size_t i = 0; i < j->f->request_count; i++)
        if (j->tokens[i].walked && j->tokens[i].doubtful)
            w->wrong[w->block_of_request[i]] += 1 + j->tokens[i].count;
    for (size_t i = 0; i < j->f->checkout_count; i++)
        w->wrong[w->block_of_take[i]] += j->takes[i].shape != 0 && j->takes[i].request == FACT_NONE;
}

static void keep_better(struct ways *w)
{
    struct jn *j = w->j;
    count_wrong(w);
    for (size_t i = 0; i < j->f->checkout_count; i++)
        if (w->wrong[w->block_of_take[i]] < w->least[w->block_of_take[i]])
            w->takes[i] = j->takes[i];
    for (size_t i = 0; i < j->f->request_count; i++)
        if (w->wrong[w->block_of_request[i]] < w->least[w->block_of_request[i]])
            w->tokens[i] = j->tokens[i];
    for (uint32_t b = 0; b < w->blocks; b++)
        w->least[b] = w->wrong[b] < w->least[b] ? w->wrong[b] : w->least[b];
}

static void take_best(struct ways *w)
{
    struct jn *j = w->j;
    memcpy(j->takes, w->takes, j->f->checkout_count * sizeof *w->takes);
    memcpy(j->tokens, w->tokens, j->f->request_count * sizeof *w->tokens);
    jn_learn(j);
}

static void note_labels(struct ways *w)
{
    uint32_t *at = w->labels + w->walks * w->j->f->checkout_count;
    if (w->walks == WALKS_MOST)
        return;
    for (size_t i = 0; i < w->j->f->checkout_count; i++)
        at[i] = w->j->takes[i].request;
    w->walks++;
}

/* What is a matter of chance comes out now so and now otherwise. */
static void set_agreed(struct ways *w)
{
    struct jn *j = w->j;
    size_t takes = j->f->checkout_count;
    j->compared = true;
    for (size_t i = 0; i < takes; i++) {
        size_t n = 0;
        for (size_t k = 0; k < w->walks; k++)
            n += w->labels[k * takes + i] == j->takes[i].request;
        j->takes[i].agreed = w->walks > 0 ? (float)n / (float)w->walks : 1;
    }
}

static void walk(struct ways *w, int rounds)
{
    struct jn *j = w->j;
    for (int i = 0; i < rounds && goes_on(j); i++) {
        round_of(j, j->f->checkout_count);
        keep_better(w);
        if (i > 0) /* the first knows too little */
            note_labels(w);
        w->walked += j->f->checkout_count;
    }
}

static void all_ways(struct ways *w, bool one_thread)
{
    struct jn *j = w->j;
    size_t most = ENOUGH / (j->f->checkout_count + 1) / (one_thread ? 2 : 1);
    int rounds = most > ROUNDS ? ROUNDS : most > ROUNDS_LEAST ? (int)most : ROUNDS_LEAST;
    for (size_t i = 0; i < UNPLACED_COUNT; i++)
        for (int line = one_thread; line >= 0; line--) {
            if (w->walked >= ENOUGH && i > 0)
                continue;
            restart(j, line, unplaced[i]);
            walk(w, rounds);
        }
    for (int line = one_thread; line >= 0 && goes_on(j); line--) {
        take_best(w);
        j->in_line = line;
        j->unplaced = unplaced[0];
        walk(w, LAST_ROUNDS);
    }
    if (!goes_on(j))
        return;
    take_best(w);
    set_agreed(w);
}

static bool begin(struct ways *w)
{
    size_t takes = w->j->f->checkout_count + 1, requests = w->j->f->request_count + 1;
    w->takes = calloc(takes, sizeof *w->takes);
    w->tokens = calloc(requests, sizeof *w->tokens);
    w->block_of_take = calloc(takes, sizeof *w->block_of_take);
    w->block_of_request = calloc(requests, sizeof *w->block_of_request);
    w->labels = calloc(takes * WALKS_MOST, sizeof *w->labels);
    w->wrong = calloc(requests, sizeof *w->wrong);
    w->least = malloc(requests * sizeof *w->least);
    if (!w->takes || !w->tokens || !w->block_of_take || !w->block_of_request || !w->labels || !w->wrong ||
        !w->least)
        return false;
    memset(w->least, 0xff, requests * sizeof *w->least);
    find_blocks(w);
    return true;
}

void jn_ways(struct jn *j, bool one_thread)
{
    struct ways w = {.j = j};
    if (j->f->checkout_count > LEARN_FROM) {
        large(j, one_thread);
        return;
    }
    if (begin(&w))
        all_ways(&w, one_thread);
    else
        j->nomem = true;
    free(w.takes);
    free(w.tokens);
    free(w.block_of_take);
    free(w.block_of_request);
    free(w.labels);
    free(w.wrong);
    free(w.least);
}

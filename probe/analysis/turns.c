/* summary: how long the application takes between two statements of one checkout, with few requests at work
 * and in each level
 *
 * Whoever has a connection does not wait for one: from an answer of the database to the next statement the
 * application works, and waits for its turn. An event loop gives each task its turn in order, so that this
 * time tells how long a turn takes, also where a queue for connections hides what happens before them. */
#include "turns.h"

#include <stdlib.h>

#define KIND_FEWEST 10 /* turns with few at work, to say how long one of this kind takes */

/* Two statements in a row. */
struct turn {
    int64_t ns;
    uint32_t query, next;
    uint32_t level; /* FACT_NONE: none */
    bool few;
};

struct turns {
    const struct ana_facts *f;
    const struct ana_trace *t;
    uint32_t few_rest;
    uint32_t *checkout; /* of each connection: the current one, FACT_NONE */
    uint32_t *last;     /* its last statement, FACT_NONE: none yet in it */
    size_t step;
    int64_t step_end_ns;
    size_t level;
    struct turn *all;
    size_t count;
};

/* Times of statements ascend, but that of the answer before one does not: the state is that at the end of the
 * turn, which is as good for what lasts much longer than one. */
static bool few_at(struct turns *x, int64_t t_ns)
{
    while (x->step < x->t->count && x->step_end_ns < t_ns) {
        x->step_end_ns += x->t->steps[x->step].dt_ns;
        x->step++;
    }
    if (x->step == 0)
        return false;
    const struct ana_step *st = &x->t->steps[x->step - 1];
    return st->rest + (st->reference ? 0 : 1) <=
           x->few_rest; /* it may be its own connection that is missing */
}

/* The levels are in the order of time. */
static uint32_t level_at(struct turns *x, int64_t t_ns)
{
    const struct ana_facts *f = x->f;
    while (x->level < f->level_count && f->levels[x->level].end_ns <= t_ns)
        x->level++;
    return x->level < f->level_count && f->levels[x->level].start_ns <= t_ns ? (uint32_t)x->level : FACT_NONE;
}

static void add(struct turns *x, const struct fact_statement *before, const struct fact_statement *s)
{
    bool few = few_at(x, s->sent_ns);
    uint32_t level = level_at(x, s->sent_ns);
    if (!before->complete || before->last_ns <= 0 || s->sent_ns < before->last_ns)
        return;
    x->all[x->count++] = (struct turn){.ns = s->sent_ns - before->last_ns,
                                       .query = before->query,
                                       .next = s->query,
                                       .level = level,
                                       .few = few};
}

static void walk(struct turns *x)
{
    const struct ana_facts *f = x->f;
    size_t next = 0;
    for (size_t i = 0; i < f->conn_count; i++)
        x->checkout[i] = x->last[i] = FACT_NONE;
    for (size_t i = 0; i < f->statement_count; i++) {
        const struct fact_statement *s = &f->statements[i];
        for (; next < f->checkout_count && f->checkouts[next].start_ns <= s->sent_ns; next++) {
            uint32_t conn = f->checkouts[next].conn;
            if (conn == FACT_NONE)
                continue;
            x->checkout[conn] = (uint32_t)next;
            x->last[conn] = FACT_NONE;
        }
        if (s->conn == FACT_NONE || x->checkout[s->conn] == FACT_NONE)
            continue;
        uint32_t pool = f->conns[s->conn].pool;
        bool inside = s->sent_ns <= f->checkouts[x->checkout[s->conn]].end_ns;
        if (!inside || pool == FACT_NONE || !f->pools[pool].application)
            continue;
        if (x->last[s->conn] != FACT_NONE)
            add(x, &f->statements[x->last[s->conn]], s);
        x->last[s->conn] = (uint32_t)i;
    }
}

static int by_kind(const void *pa, const void *pb)
{
    const struct turn *a = pa, *b = pb;
    if (a->query != b->query)
        return a->query < b->query ? -1 : 1;
    return a->next < b->next ? -1 : a->next > b->next;
}

/* `n` turns of one kind. */
static void kind_add(struct ana_turns *levels, const struct turn *t, size_t n)
{
    double few_ns = 0, few = 0;
    for (size_t i = 0; i < n; i++) {
        few += t[i].few;
        few_ns += t[i].few ? (double)t[i].ns : 0;
    }
    for (size_t i = 0; i < n && few >= KIND_FEWEST; i++) {
        if (t[i].level == FACT_NONE)
            continue;
        levels[t[i].level].ns += (double)t[i].ns;
        levels[t[i].level].usual_ns += few_ns / few;
        levels[t[i].level].count++;
    }
}

struct ana_turns *ana_turns_new(const struct ana_facts *f, const struct ana_sweep *s, uint32_t few_rest)
{
    struct turns x = {.f = f, .t = &s->trace, .few_rest = few_rest, .step_end_ns = s->start_ns};
    struct ana_turns *out = calloc(f->level_count + 1, sizeof *out);
    x.checkout = malloc((f->conn_count + 1) * sizeof *x.checkout);
    x.last = malloc((f->conn_count + 1) * sizeof *x.last);
    x.all = malloc((f->statement_count + 1) * sizeof *x.all);
    bool ok = out && x.checkout && x.last && x.all;
    if (ok) {
        walk(&x);
        qsort(x.all, x.count, sizeof *x.all, by_kind);
    }
    for (size_t from = 0, to; ok && from < x.count; from = to) {
        for (to = from + 1; to < x.count && by_kind(&x.all[from], &x.all[to]) == 0; to++)
            ;
        kind_add(out, &x.all[from], to - from);
    }
    free(x.checkout);
    free(x.last);
    free(x.all);
    if (!ok) {
        free(out);
        return NULL;
    }
    return out;
}

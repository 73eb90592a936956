/* summary: the join's first model: requests that were alone, and which shapes come beside which routes
 *
 * A request that was alone did all that was done. For the rest the rates are estimated at which each route
 * begins checkouts of each shape (expectation maximisation over samples of checkouts and the requests in
 * flight around them): that needs no order and no gaps. */
#include "join_int.h"

#include <stdlib.h>

#define SAMPLES 20000
#define ROUTES_BESIDE 8 /* of a sample; more of them add nothing that others don't tell */
#define ROUNDS 12
#define ALONE_WEIGHT 4.0F

struct beside {
    uint32_t route;
    float weight; /* sum of 1 / latency of its requests in flight */
};

struct sample {
    uint32_t shape, count;
    struct beside beside[ROUTES_BESIDE];
};

struct seed {
    struct jn *j;
    struct sample *samples;
    size_t count, every;
    uint32_t *root; /* context of each route */
    float *requests;
};

static void add_beside(struct sample *s, uint32_t route, float weight)
{
    for (uint32_t i = 0; i < s->count; i++)
        if (s->beside[i].route == route) {
            s->beside[i].weight += weight;
            return;
        }
    if (s->count < ROUTES_BESIDE)
        s->beside[s->count++] = (struct beside){.route = route, .weight = weight};
}

static void take_sample(struct seed *s, uint32_t take)
{
    struct jn *j = s->j;
    struct sample *x = &s->samples[s->count];
    *x = (struct sample){.shape = j->takes[take].shape};
    for (size_t i = 0; i < j->active_count; i++) {
        const struct fact_request *r = &j->f->requests[j->active[i]];
        if (jn_may(j, j->active[i], take))
            add_beside(x, j->tokens[j->active[i]].route, 1e6F / (float)(r->last_ns - r->arrival_ns + 1));
    }
    s->count += x->count > 0;
}

/* Samples checkouts with the requests in flight around them. */
static void walk(struct seed *s)
{
    struct jn *j = s->j;
    const struct ana_facts *f = j->f;
    size_t a = 0, d = 0, seen = 0;
    for (size_t k = 0; k < f->checkout_count; k++) {
        int64_t now_ns = f->checkouts[k].start_ns;
        while (a < f->request_count && f->requests[a].arrival_ns <= now_ns) {
            if (jn_answer_ns(&f->requests[a]) > now_ns) {
                j->tokens[a].active_at = (uint32_t)j->active_count;
                j->active[j->active_count++] = (uint32_t)a;
            }
            a++;
        }
        while (d < f->request_count && jn_answer_ns(&f->requests[j->by_answer[d]]) <= now_ns) {
            struct jn_token *t = &j->tokens[j->by_answer[d++]];
            if (t->active_at == FACT_NONE)
                continue;
            uint32_t moved = j->active[--j->active_count];
            j->active[t->active_at] = moved;
            j->tokens[moved].active_at = t->active_at;
            t->active_at = FACT_NONE;
        }
        if (j->takes[k].shape != 0 && seen++ % s->every == 0 && s->count < SAMPLES)
            take_sample(s, (uint32_t)k);
    }
}

static void estimate(struct seed *s)
{
    struct jn_model *m = s->j->m;
    struct jn_table rate = {0}, next = {0};
    for (int round = 0; round < ROUNDS; round++) {
        for (size_t i = 0; i < s->count; i++) {
            const struct sample *x = &s->samples[i];
            double share[ROUTES_BESIDE], sum = 0;
            for (uint32_t b = 0; b < x->count; b++) {
                uint64_t key = ((uint64_t)x->beside[b].route + 1) << 32 | x->shape;
                const struct jn_entry *e = round > 0 ? jn_table_get(&rate, key) : NULL;
                share[b] = (double)x->beside[b].weight * (round > 0 ? (double)(e ? e->value : 0) : 1.0);
                sum += share[b];
            }
            for (uint32_t b = 0; b < x->count && sum > 0; b++) {
                struct jn_entry *e = jn_table_put(&next, ((uint64_t)x->beside[b].route + 1) << 32 | x->shape);
                if (!e) {
                    m->nomem = true;
                    break;
                }
                e->value += (float)(share[b] / sum);
            }
        }
        for (size_t i = 0; i < next.cap; i++)
            if (next.entries[i].key != 0)
                next.entries[i].value /= s->requests[(next.entries[i].key >> 32) - 1] + 1;
        jn_table_fini(&rate);
        rate = next;
        next = (struct jn_table){0};
    }
    for (size_t i = 0; i < rate.cap; i++) {
        const struct jn_entry *e = &rate.entries[i];
        if (e->key == 0)
            continue;
        uint32_t route = (uint32_t)(e->key >> 32) - 1;
        jn_count_shape(m, s->root[route], (uint32_t)e->key, e->value * (float)s->every * s->requests[route]);
    }
    jn_table_fini(&rate);
}

/* Gives a request that was alone all that was done from its arrival to its answer, and learns from it. */
static void learn_alone(struct jn *j, uint32_t request, size_t *take)
{
    const struct ana_facts *f = j->f;
    const struct fact_request *r = &f->requests[request];
    struct jn_token *t = &j->tokens[request];
    uint32_t last = FACT_NONE;
    t->first = FACT_NONE;
    while (*take < f->checkout_count && f->checkouts[*take].start_ns < r->arrival_ns)
        ++*take;
    for (; *take < f->checkout_count && f->checkouts[*take].start_ns < r->last_ns; ++*take) {
        struct jn_take *k = &j->takes[*take];
        if (k->shape == 0 || !jn_may(j, request, (uint32_t)*take))
            continue;
        k->prev = last;
        k->next = FACT_NONE;
        if (last == FACT_NONE)
            t->first = (uint32_t)*take;
        else
            j->takes[last].next = (uint32_t)*take;
        last = (uint32_t)*take;
    }
    jn_learn_request(j, request, ALONE_WEIGHT);
}

static void alone(struct jn *j)
{
    const struct ana_facts *f = j->f;
    int64_t busy_ns = 0;
    size_t take = 0;
    for (size_t i = 0; i < f->request_count; i++) {
        const struct fact_request *r = &f->requests[i];
        bool last = i + 1 == f->request_count || f->requests[i + 1].arrival_ns > r->last_ns;
        if (jn_answer_ns(r) > r->arrival_ns && r->arrival_ns >= busy_ns && last)
            learn_alone(j, (uint32_t)i, &take);
        busy_ns = r->last_ns > busy_ns ? r->last_ns : busy_ns;
    }
}

/* The quickest use of a connection after any activity of a request that may have begun it: what gaps look
 * like before any is known. */
static void first_gaps(struct jn *j)
{
    uint32_t before = jn_slot_of(j->m, 0, 0, JN_GAP_BEFORE), between = jn_slot_of(j->m, 0, 1, JN_GAP_BETWEEN);
    const struct ana_facts *f = j->f;
    size_t a = 0, e = 0;
    for (size_t k = 0; k < f->checkout_count; k++) {
        int64_t now_ns = f->checkouts[k].start_ns;
        while (a < f->request_count && f->requests[a].arrival_ns <= now_ns)
            a++;
        while (e < f->checkout_count && f->checkouts[j->by_end[e]].end_ns <= now_ns)
            e++;
        if (j->takes[k].shape == 0 || !j->takes[k].direct || a == 0)
            continue;
        int64_t arrived_ns = f->requests[a - 1].arrival_ns,
                ended_ns = e > 0 ? f->checkouts[j->by_end[e - 1]].end_ns : 0;
        if (arrived_ns > ended_ns)
            jn_count_gap(j->m, before, now_ns - arrived_ns, 0.01F);
        else
            jn_count_gap(j->m, between, now_ns - ended_ns, 0.01F);
    }
}

void jn_seed(struct jn *j)
{
    struct seed s = {.j = j, .every = 1 + j->take_count / SAMPLES};
    s.samples = calloc(SAMPLES + 1, sizeof *s.samples);
    s.root = calloc(j->route_count + 1, sizeof *s.root);
    s.requests = calloc(j->route_count + 1, sizeof *s.requests);
    if (!s.samples || !s.root || !s.requests) {
        j->nomem = true;
    } else {
        for (size_t i = 0; i < j->f->request_count; i++)
            s.requests[j->tokens[i].route] += 1;
        for (uint32_t r = 0; r < j->route_count; r++)
            s.root[r] = jn_context_top(j->m, r);
        j->active_count = 0;
        walk(&s);
        estimate(&s);
        for (uint32_t r = 0; r < j->route_count && !j->m->nomem; r++)
            jn_count_shape(j->m, s.root[r], JN_SHAPE_END, s.requests[r]);
        first_gaps(j);
        alone(j);
        jn_model_learn(j->m, j->conns);
    }
    free(s.samples);
    free(s.root);
    free(s.requests);
}

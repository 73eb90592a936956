/* summary: counts what the joined requests did into the join's model */
#include "join_int.h"

#include <math.h>

#define DOUBTED 0.02F /* weight of what a doubtful request did */

void jn_learn_request(struct jn *j, uint32_t request, float weight)
{
    struct jn_token *t = &j->tokens[request];
    const struct fact_request *r = &j->f->requests[request];
    const struct fact_checkout *all = j->f->checkouts;
    int64_t since_ns = jn_ready_ns(r);
    uint32_t context = jn_context_of(j->m, t->route, 0, JN_NONE), pos = 0;
    for (uint32_t k = t->first; k != FACT_NONE; k = j->takes[k].next, pos++) {
        const struct jn_take *x = &j->takes[k];
        uint32_t slot = jn_slot_of(j->m, t->route, pos, pos == 0 ? JN_GAP_BEFORE : JN_GAP_BETWEEN);
        bool parallel = x->prev != FACT_NONE && all[x->prev].end_ns > all[k].start_ns;
        jn_count_shape(j->m, context, x->shape, weight);
        if (x->direct && !parallel)
            jn_count_gap(j->m, slot, jn_gap(j, since_ns, k), weight);
        if (x->prev != FACT_NONE && x->direct)
            jn_count_take(j->m, slot, all[x->prev].conn == all[k].conn, parallel);
        since_ns = all[k].end_ns;
        context = jn_context_of(j->m, t->route, pos + 1, x->shape);
    }
    int64_t answer_ns = jn_answer_ns(r);
    jn_count_shape(j->m, context, JN_SHAPE_END, weight);
    if (answer_ns >= since_ns)
        jn_count_gap(j->m, jn_slot_of(j->m, t->route, pos, JN_GAP_AFTER), answer_ns - since_ns, weight);
}

/* A request learns as much as it is sure that nothing was confused in it. */
static float trust(const struct jn *j, uint32_t request)
{
    const struct jn_token *t = &j->tokens[request];
    double odds = t->doubtful ? DOUBTED : 1;
    for (uint32_t k = t->first; k != FACT_NONE; k = j->takes[k].next)
        odds /= j->takes[k].fixed ? 1 : 1 + exp(-(double)j->takes[k].margin);
    return (float)(odds * odds) + 0.001F;
}

void jn_learn(struct jn *j)
{
    jn_model_reset(j->m);
    for (size_t i = 0; i < j->f->request_count && !j->m->nomem; i++) {
        if (j->tokens[i].walked)
            jn_learn_request(j, (uint32_t)i, trust(j, (uint32_t)i));
    }
    jn_model_learn(j->m, j->conns);
}

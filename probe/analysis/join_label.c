/* summary: gives the takes of each chain to a request, and makes lists of what each request did */
#include "join_int.h"

#include <math.h>

/* The chain from a request's arrival ends at another one's answer: up to its most doubtful link it is the
 * one's, from there on the other one's. */
static uint32_t cut_of(const struct jn *j, uint32_t head, uint32_t tail)
{
    const struct ana_facts *f = j->f;
    uint32_t takes = (uint32_t)f->checkout_count, cut = FACT_NONE;
    int64_t until_ns = jn_answer_ns(&f->requests[head]), from_ns = f->requests[tail].arrival_ns;
    float least = INFINITY;
    for (uint32_t k = j->after[takes + head]; k < takes; k = j->after[k]) {
        if (f->checkouts[k].start_ns < from_ns)
            continue;
        if (j->takes[k].margin < least) {
            least = j->takes[k].margin;
            cut = k;
        }
        if (f->checkouts[k].start_ns > until_ns)
            break;
    }
    return cut;
}

static void label_chain(struct jn *j, uint32_t head)
{
    const struct ana_facts *f = j->f;
    uint32_t takes = (uint32_t)f->checkout_count, tail = FACT_NONE, cut = FACT_NONE, k;
    for (k = j->after[takes + head]; k < takes; k = j->after[k])
        ;
    if (k != FACT_NONE)
        tail = k - takes;
    j->tokens[head].doubtful = j->tokens[head].doubtful || tail != head;
    if (tail != FACT_NONE && tail != head)
        cut = cut_of(j, head, tail);
    uint32_t request = head;
    for (k = j->after[takes + head]; k < takes; k = j->after[k]) {
        if (k == cut)
            request = tail;
        if (j->takes[k].fixed)
            continue;
        const struct fact_request *r = &f->requests[request];
        bool in = f->checkouts[k].start_ns >= r->arrival_ns && f->checkouts[k].start_ns <= jn_answer_ns(r);
        j->takes[k].request = in ? request : FACT_NONE;
    }
}

void jn_label(struct jn *j)
{
    const struct ana_facts *f = j->f;
    for (size_t i = 0; i < f->request_count; i++) {
        struct jn_token *t = &j->tokens[i];
        t->first = t->last = FACT_NONE;
        t->count = 0;
    }
    for (size_t i = 0; i < f->request_count; i++)
        label_chain(j, (uint32_t)i);
    for (size_t i = 0; i < f->checkout_count; i++) {
        struct jn_take *k = &j->takes[i];
        k->prev = k->next = FACT_NONE;
        if (k->request == FACT_NONE || k->shape == 0)
            continue;
        struct jn_token *t = &j->tokens[k->request];
        k->prev = t->last;
        *(t->last == FACT_NONE ? &t->first : &j->takes[t->last].next) = (uint32_t)i;
        t->last = (uint32_t)i;
        k->slot = jn_slot_of(j->m, t->route, t->count, t->count == 0 ? JN_GAP_BEFORE : JN_GAP_BETWEEN);
        t->count++;
    }
}

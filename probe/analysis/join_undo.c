/* summary: the walk finds by an answer that two requests were confused: undoes it at the likeliest moment
 *
 * The answer's last checkout was given to another request, so that the one that is answered still seems to
 * wait where the other one does. Left so, everybody behind would be served one turn early. */
#include "join_int.h"

#define COST_MAX 2.5F /* of an exchange that is made */
#define UNPLACED_HERE 0.05F

/* What comes after `own` and what comes after `other` is exchanged. */
struct moment {
    uint32_t own, other;
    uint32_t count; /* of the answered request's checkouts then */
};

static bool is_take(const struct jn *j, uint32_t node)
{
    return node < j->f->checkout_count;
}

static int64_t since_ns(const struct jn *j, uint32_t node)
{
    return is_take(j, node) ? j->f->checkouts[node].end_ns
                            : jn_ready_ns(&j->f->requests[node - j->f->checkout_count]);
}

static uint32_t count_after(const struct jn *j, uint32_t node)
{
    return is_take(j, node) ? j->takes[node].pos + 1U : 0;
}

static uint32_t shape_of(const struct jn *j, uint32_t node)
{
    return is_take(j, node) ? j->takes[node].shape : JN_NONE;
}

static float grammar(struct jn *j, uint32_t route, uint32_t count, uint32_t prev, uint32_t shape)
{
    return -jn_log_shape(j->m, jn_context_of(j->m, route, count, prev), shape);
}

static const struct jn_slot *slot_after(struct jn *j, uint32_t route, uint32_t node)
{
    uint32_t count = count_after(j, node);
    return &j->m->slot[jn_slot_of(j->m, route, count, count == 0 ? JN_GAP_BEFORE : JN_GAP_BETWEEN)];
}

/* That the answered one began `take` after `own`, and not the other one after `other`. */
static float time_cost(struct jn *j, uint32_t route, uint32_t own, uint32_t other, uint32_t take)
{
    const struct jn_slot *s = slot_after(j, route, own);
    if (j->takes[take].direct)
        return s->log_density[jn_bin(jn_gap(j, since_ns(j, other), take))] -
               s->log_density[jn_bin(jn_gap(j, since_ns(j, own), take))];
    int64_t late_ns = since_ns(j, own) - since_ns(j, other);
    return late_ns > 0 ? -jn_overtake(j, s, late_ns) : 0;
}

/* The moment at which the other one was given its last checkout: earlier ones tell too little. */
static bool find_moment(struct jn *j, uint32_t request, uint32_t ends, struct moment *out)
{
    const struct jn_token *x = &j->tokens[request], *y = &j->tokens[ends];
    uint32_t last = y->last, own = x->last;
    if (last == FACT_NONE)
        return false;
    if (own == FACT_NONE)
        own = (uint32_t)j->f->checkout_count + request;
    while (is_take(j, own) && j->takes[own].at_ns > j->takes[last].at_ns)
        own = j->before[own];
    uint32_t next = j->after[own], other = j->before[last], count = count_after(j, own);
    if (since_ns(j, own) > j->takes[last].at_ns ||
        (next != FACT_NONE && since_ns(j, other) > j->takes[next].at_ns))
        return false;
    float cost = grammar(j, x->as_route, count, shape_of(j, own), y->last_shape) +
                 grammar(j, x->as_route, count + 1, y->last_shape, JN_SHAPE_END) +
                 time_cost(j, x->as_route, own, other, last);
    if (next != FACT_NONE)
        cost += grammar(j, y->as_route, count_after(j, other), shape_of(j, other), j->takes[next].shape);
    *out = (struct moment){.own = own, .other = other, .count = count};
    return cost < COST_MAX;
}

/* Gives a chain's takes from `node` on to a request. */
static uint32_t relabel(struct jn *j, uint32_t node, uint32_t request, uint32_t pos)
{
    for (; node != FACT_NONE; node = j->after[node], pos++) {
        j->takes[node].request = request;
        j->takes[node].pos = (uint16_t)(pos < UINT16_MAX ? pos : UINT16_MAX);
    }
    return pos;
}

/* The state of a token that has just done what a node stands for. */
static void set_state(struct jn *j, struct jn_token *t, uint32_t node)
{
    t->since_ns = since_ns(j, node);
    t->running = 0;
    t->last = is_take(j, node) ? node : FACT_NONE;
    t->last_conn = is_take(j, node) ? j->f->checkouts[node].conn : FACT_NONE;
    t->last_shape = shape_of(j, node);
}

static void take_state(struct jn_token *t, const struct jn_token *from)
{
    t->since_ns = from->since_ns;
    t->running = from->running;
    t->last = from->last;
    t->last_conn = from->last_conn;
    t->last_shape = from->last_shape;
}

bool jn_undo(struct jn *j, uint32_t request, uint32_t ends)
{
    struct jn_token *x = &j->tokens[request], *y = &j->tokens[ends];
    const struct jn_token was = *x;
    float unplaced = j->m->unplaced;
    j->m->unplaced = UNPLACED_HERE;
    struct moment at;
    bool found = find_moment(j, request, ends, &at);
    j->m->unplaced = unplaced;
    if (!found)
        return false;
    uint32_t mine = j->after[at.other], theirs = j->after[at.own];
    j->after[at.own] = mine;
    j->before[mine] = at.own;
    j->after[at.other] = theirs;
    if (theirs != FACT_NONE)
        j->before[theirs] = at.other;
    take_state(x, y);
    x->count = relabel(j, mine, request, at.count);
    if (theirs == FACT_NONE) {
        set_state(j, y, at.other);
        y->count = count_after(j, at.other);
    } else {
        take_state(y, &was);
        y->count = relabel(j, theirs, ends, count_after(j, at.other));
    }
    return true;
}

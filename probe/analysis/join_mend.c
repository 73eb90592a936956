/* summary: the join's mending: links are exchanged until what lies between a request's arrival and its answer
 * is one chain of checkouts that its route does
 *
 * The walk links each checkout with what was before it as far as that moment tells. Two requests that came to
 * the queue at nearly the same time may have been confused; then both have the other one's rest, and end at
 * the other one's answer or after too many or too few checkouts. Exchanging what comes after two such moments
 * mends that. For each request that is not what its route does, the cheapest way from its arrival to its
 * answer is looked for, along links and over exchanges (Viterbi's algorithm: the states are checkouts by how
 * many the request has had). It is taken where all requests it touches are likelier with it. */
#include "join_int.h"

#include <math.h>
#include <stdlib.h>

#define DEPTH_MAX 160 /* checkouts of one request; longer ones are left as they are */
#define WIDTH_MAX 64  /* states at one depth */
#define NEAR_MAX 48   /* nodes looked at on each side of one, for an exchange */
#define NEAR_NS 20000000
#define COST_MAX 14.0F   /* of one exchange */
#define COST_ALIEN 12.0F /* of a chain that ends at another one's answer */
#define SERVED 1.5F
#define COST_FIXED 100.0F
#define COST_TOUCH 1.5F /* guess of what an exchange costs the other one, if that was whole */
#define COST_WHOLE 1.5F /* of what a route may do */
#define COST_DOUBT 3.0F
#define LEAST_GAIN 0.5F
#define TOUCHED_MAX 64
#define PASSES 2
#define WORK_AHEAD 500000
#define WORK_TRY 6000

struct state {
    uint32_t node; /* what the request did last */
    uint32_t with; /* the exchange was with what comes after this, FACT_NONE: none */
    uint32_t back; /* state before */
    float cost;
};

struct mending {
    struct jn *j;
    uint32_t takes;          /* number of them: the nodes from there on are requests */
    uint32_t *order, *place; /* nodes by the time from which on something may come after them */
    uint32_t count;
    uint32_t request;
    float limit; /* a way that costs more is of no use */
    struct state *states;
    uint32_t *known;               /* by node: the state it was last in */
    uint32_t first[DEPTH_MAX + 2]; /* state of each depth */
    uint32_t best;                 /* state before the answer, FACT_NONE */
    float best_cost;
    uint32_t best_with;
    uint64_t work;
};

static int64_t since_ns(const struct mending *m, uint32_t node)
{
    const struct ana_facts *f = m->j->f;
    return node < m->takes ? f->checkouts[node].end_ns : jn_ready_ns(&f->requests[node - m->takes]);
}

static int64_t at_ns(const struct mending *m, uint32_t node)
{
    return node < m->takes ? m->j->takes[node].at_ns : jn_answer_ns(&m->j->f->requests[node - m->takes]);
}

/* Whose chain it is in, by the chain's arrival. */
static uint32_t head_of(const struct mending *m, uint32_t node)
{
    return node < m->takes ? m->j->takes[node].request : node - m->takes;
}

static uint32_t pos_after(const struct mending *m, uint32_t node)
{
    return node < m->takes ? m->j->takes[node].pos + 1U : 0;
}

static uint32_t shape_of(const struct mending *m, uint32_t node)
{
    return node < m->takes ? m->j->takes[node].shape : JN_NONE;
}

static const struct jn_slot *slot_after(const struct mending *m, uint32_t node)
{
    struct jn *j = m->j;
    uint32_t pos = pos_after(m, node);
    return &j->m->slot[jn_slot_of(j->m, j->tokens[head_of(m, node)].route, pos,
                                  pos == 0 ? JN_GAP_BEFORE : JN_GAP_BETWEEN)];
}

/* Its request waited, or had to wait for its turn of an event loop. */
static bool is_queued(const struct mending *m, uint32_t node)
{
    return node < m->takes && (m->j->in_line || !m->j->takes[node].direct);
}

/* Cost of what comes after a node, by the time between. */
static float cost_of(struct mending *m, uint32_t node, const struct jn_slot *s, uint32_t next)
{
    struct jn *j = m->j;
    int64_t gap_ns = at_ns(m, next) - since_ns(m, node);
    unsigned bin = jn_bin(gap_ns);
    m->work -= m->work > 0;
    if (next >= m->takes) {
        uint32_t route = j->tokens[next - m->takes].route;
        return -j->m->slot[jn_slot_of(j->m, route, 0, JN_GAP_AFTER)].log_density[bin];
    }
    if (is_queued(m, next))
        return -s->log_reach[bin];
    float x = s->log_density[bin];
    if (node < m->takes)
        x += j->f->checkouts[node].conn == j->f->checkouts[next].conn ? s->log_same : s->log_other;
    return -x;
}

/* Waiters are served in the order in which they came: cost of the contrary. Either they came at nearly the
 * same time, or what they got was handed out at nearly the same time. */
static float order_cost(const struct mending *m, uint32_t a, const struct jn_slot *sa, uint32_t next_a,
                        uint32_t b, const struct jn_slot *sb, uint32_t next_b)
{
    if (!is_queued(m, next_a) || !is_queued(m, next_b))
        return 0;
    int64_t came_ns = jn_wanted_ns(m->j, since_ns(m, a), sa) - jn_wanted_ns(m->j, since_ns(m, b), sb);
    int64_t served_ns = at_ns(m, next_a) - at_ns(m, next_b);
    if ((came_ns <= 0) == (served_ns <= 0))
        return 0;
    came_ns = came_ns < 0 ? -came_ns : came_ns;
    served_ns = served_ns < 0 ? -served_ns : served_ns;
    return fminf(-jn_overtake(m->j, sa, came_ns), SERVED - jn_overtake(m->j, sa, 2 * served_ns));
}

/* Of the next thing that a node's request does; what the position says counts for `m->j->m->unplaced`. */
static float grammar(struct mending *m, uint32_t route, uint32_t pos, uint32_t shape, uint32_t next)
{
    struct jn *j = m->j;
    return -jn_log_shape(j->m, jn_context_of(j->m, route, pos, shape),
                         next < m->takes ? j->takes[next].shape : JN_SHAPE_END);
}

/* What an exchange of what comes after two nodes costs; INFINITY: not possible. */
static float exchange_cost(struct mending *m, uint32_t a, uint32_t b)
{
    struct jn *j = m->j;
    uint32_t next_a = j->after[a], next_b = j->after[b];
    if (next_b == FACT_NONE || at_ns(m, next_a) < since_ns(m, a) || at_ns(m, next_b) < since_ns(m, b) ||
        at_ns(m, next_b) < since_ns(m, a) || at_ns(m, next_a) < since_ns(m, b))
        return INFINITY;
    if ((next_a < m->takes && !jn_here(j, head_of(m, b), next_a)) ||
        (next_b < m->takes && !jn_here(j, head_of(m, a), next_b)))
        return INFINITY;
    uint32_t route_b = j->tokens[head_of(m, b)].route;
    j->m->unplaced = 1;
    float g = grammar(m, route_b, pos_after(m, b), shape_of(m, b), next_a);
    if (g > COST_MAX)
        return INFINITY;
    const struct jn_slot *sa = slot_after(m, a), *sb = slot_after(m, b);
    float x = cost_of(m, a, sa, next_b) + cost_of(m, b, sb, next_a) +
              order_cost(m, a, sa, next_b, b, sb, next_a) - cost_of(m, a, sa, next_a) -
              cost_of(m, b, sb, next_b) - order_cost(m, a, sa, next_a, b, sb, next_b);
    return x;
}

static bool is_whole_end(const struct mending *m, uint32_t head, uint32_t tail)
{
    return tail == m->takes + head;
}

/* Follows a chain; what it costs by its route. `end`: the answer it ends at, FACT_NONE. */
static float chain_cost(struct mending *m, uint32_t head, uint32_t *end)
{
    struct jn *j = m->j;
    uint32_t route = j->tokens[head].route, pos = 0, shape = JN_NONE, k = j->after[m->takes + head];
    float x = 0;
    j->m->unplaced = 0;
    for (; k < m->takes; k = j->after[k], pos++) {
        x += grammar(m, route, pos, shape, k);
        x += j->takes[k].fixed && j->takes[k].request != head ? COST_FIXED : 0;
        shape = j->takes[k].shape;
        m->work -= m->work > 0;
    }
    *end = k;
    if (k == FACT_NONE)
        return x;
    x += grammar(m, route, pos, shape, k);
    return x + (is_whole_end(m, head, k) ? 0 : COST_ALIEN);
}

/* ---- the way through ---- */

/* State of a node among those from `first` to `end`, `end`: none. */
static uint32_t state_of(const struct mending *m, uint32_t node, uint32_t first, uint32_t end)
{
    uint32_t i = m->known[node]; /* may be of another depth or request */
    return i >= first && i < end && m->states[i].node == node ? i : end;
}

static void put_state(struct mending *m, uint32_t i, const struct state *s)
{
    m->states[i] = *s;
    m->known[s->node] = i;
}

static void add_state(struct mending *m, uint32_t depth, const struct state *s)
{
    uint32_t first = m->first[depth], end = m->first[depth + 1], worst = first;
    uint32_t same = state_of(m, s->node, first, end);
    if (same != end) {
        if (s->cost < m->states[same].cost)
            m->states[same] = *s;
        return;
    }
    if (end - first < WIDTH_MAX) {
        put_state(m, m->first[depth + 1]++, s);
        return;
    }
    for (uint32_t i = first; i < end; i++)
        if (m->states[i].cost > m->states[worst].cost)
            worst = i;
    if (s->cost < m->states[worst].cost)
        put_state(m, worst, s);
}

/* The request goes on with `next`, after an exchange that costs so much. */
static void step(struct mending *m, uint32_t depth, uint32_t from, uint32_t next, uint32_t with, float cost)
{
    struct jn *j = m->j;
    const struct state *s = &m->states[from];
    uint32_t route = j->tokens[m->request].route;
    cost += s->cost;
    m->work -= m->work > 0;
    if (cost >= m->limit || (next >= m->takes && next != m->takes + m->request))
        return;
    if (next < m->takes && ((j->takes[next].fixed && j->takes[next].request != m->request) ||
                            j->f->checkouts[next].end_ns > jn_answer_ns(&j->f->requests[m->request])))
        return;
    j->m->unplaced = 0;
    cost += grammar(m, route, depth, shape_of(m, s->node), next);
    if (cost >= m->limit)
        return;
    if (next < m->takes) {
        add_state(m, depth + 1, &(struct state){.node = next, .with = with, .back = from, .cost = cost});
    } else {
        m->limit = m->best_cost = cost;
        m->best = from;
        m->best_with = with;
    }
}

static void try_exchange(struct mending *m, uint32_t depth, uint32_t from, uint32_t with)
{
    uint32_t node = m->states[from].node;
    if (m->j->after[with] == FACT_NONE || with == node)
        return;
    m->work -= m->work > 0;
    float cost = exchange_cost(m, node, with);
    if (cost < COST_MAX)
        step(m, depth, from, m->j->after[with], with, (cost < -COST_MAX ? -COST_MAX : cost) + COST_TOUCH);
}

static void steps_from(struct mending *m, uint32_t depth, uint32_t from)
{
    uint32_t node = m->states[from].node, place = m->place[node];
    int64_t at = since_ns(m, node);
    if (m->j->after[node] == FACT_NONE)
        return;
    step(m, depth, from, m->j->after[node], FACT_NONE, 0);
    for (uint32_t i = 1; i <= NEAR_MAX && place >= i; i++) {
        if (at - since_ns(m, m->order[place - i]) > NEAR_NS)
            break;
        try_exchange(m, depth, from, m->order[place - i]);
    }
    for (uint32_t i = 1; i <= NEAR_MAX && place + i < m->count; i++) {
        if (since_ns(m, m->order[place + i]) - at > NEAR_NS)
            break;
        try_exchange(m, depth, from, m->order[place + i]);
    }
}

static void find_way(struct mending *m)
{
    m->best = FACT_NONE;
    m->first[0] = 0;
    m->first[1] = 1;
    m->states[0] = (struct state){.node = m->takes + m->request, .with = FACT_NONE, .back = FACT_NONE};
    for (uint32_t depth = 0; depth < DEPTH_MAX && m->work > 0; depth++) {
        m->first[depth + 2] = m->first[depth + 1];
        for (uint32_t i = m->first[depth]; i < m->first[depth + 1]; i++)
            if (m->states[i].cost < m->limit)
                steps_from(m, depth, i);
        if (m->first[depth + 2] == m->first[depth + 1])
            break;
    }
}

/* ---- taking it ---- */

struct touched {
    uint32_t heads[TOUCHED_MAX];
    uint32_t a[DEPTH_MAX + 1], b[DEPTH_MAX + 1]; /* exchanges */
    uint32_t head_count, count;
};

static bool touch(struct touched *t, uint32_t head)
{
    for (uint32_t i = 0; i < t->head_count; i++)
        if (t->heads[i] == head)
            return true;
    if (t->head_count == TOUCHED_MAX)
        return false;
    t->heads[t->head_count++] = head;
    return true;
}

static bool add_exchange(struct mending *m, struct touched *t, uint32_t a, uint32_t b)
{
    t->a[t->count] = a;
    t->b[t->count++] = b;
    return touch(t, head_of(m, a)) && touch(t, head_of(m, b));
}

static float all_costs(struct mending *m, const struct touched *t)
{
    float x = 0;
    uint32_t end;
    for (uint32_t i = 0; i < t->head_count; i++)
        x += chain_cost(m, t->heads[i], &end);
    return x;
}

static void exchange(struct jn *j, uint32_t a, uint32_t b)
{
    uint32_t next = j->after[a];
    j->after[a] = j->after[b];
    j->after[b] = next;
    j->before[j->after[a]] = a;
    j->before[j->after[b]] = b;
}

static void set_heads(struct mending *m, uint32_t head)
{
    struct jn *j = m->j;
    uint32_t pos = 0;
    for (uint32_t k = j->after[m->takes + head]; k < m->takes; k = j->after[k], pos++) {
        if (!j->takes[k].fixed)
            j->takes[k].request = head;
        j->takes[k].pos = (uint16_t)(pos < UINT16_MAX ? pos : UINT16_MAX);
    }
}

static bool take_way(struct mending *m)
{
    struct jn *j = m->j;
    struct touched t = {.count = 0};
    bool ok = true;
    float times = 0;
    if (m->best_with != FACT_NONE)
        ok = add_exchange(m, &t, m->states[m->best].node, m->best_with);
    for (uint32_t s = m->best; s != FACT_NONE && ok; s = m->states[s].back)
        if (m->states[s].with != FACT_NONE)
            ok = add_exchange(m, &t, m->states[m->states[s].back].node, m->states[s].with);
    if (!ok || t.count == 0)
        return false;
    float was = all_costs(m, &t);
    uint32_t done = 0;
    for (; done < t.count; done++) {
        float x = j->after[t.b[done]] == FACT_NONE ? INFINITY : exchange_cost(m, t.a[done], t.b[done]);
        if (isinf(x))
            break;
        times += x;
        exchange(j, t.a[done], t.b[done]);
    }
    float gain = done == t.count ? was - times - all_costs(m, &t) : -1;
    if (gain < LEAST_GAIN) {
        while (done-- > 0)
            exchange(j, t.a[done], t.b[done]);
        return false;
    }
    for (uint32_t i = 0; i < t.head_count; i++)
        set_heads(m, t.heads[i]);
    return true;
}

static bool mend(struct mending *m, uint32_t request)
{
    uint32_t end;
    float is = chain_cost(m, request, &end);
    if (is < COST_WHOLE || m->j->after[m->takes + request] == FACT_NONE)
        return false;
    m->request = request;
    m->limit = is + COST_MAX;
    find_way(m);
    return m->best != FACT_NONE && take_way(m);
}

static bool begin(struct mending *m, struct jn *j)
{
    const struct ana_facts *f = j->f;
    size_t n = f->checkout_count + f->request_count;
    m->j = j;
    m->takes = (uint32_t)f->checkout_count;
    m->order = malloc((n + 1) * sizeof *m->order);
    m->place = malloc((n + 1) * sizeof *m->place);
    m->states = malloc((size_t)(DEPTH_MAX + 2) * WIDTH_MAX * sizeof *m->states);
    m->known = calloc(n + 1, sizeof *m->known);
    if (!m->order || !m->place || !m->states || !m->known)
        return false;
    size_t r = 0, e = 0;
    while (r < f->request_count || e < f->checkout_count) {
        bool take = r == f->request_count || (e < f->checkout_count && f->checkouts[j->by_end[e]].end_ns <
                                                                           jn_ready_ns(&f->requests[r]));
        uint32_t node = take ? j->by_end[e++] : m->takes + (uint32_t)r++;
        m->place[node] = m->count;
        m->order[m->count++] = node;
    }
    return true;
}

/* The work is given out evenly over the run, with some in advance for what is hard. A large run gets too
 * little for each of its requests: those are left out for which nothing was put by. */
static void mend_all(struct mending *m, uint64_t work)
{
    struct jn *j = m->j;
    uint64_t each = work / (j->f->request_count + 1) + 1;
    m->work = WORK_AHEAD;
    for (size_t i = 0; i < j->f->request_count && !j->m->nomem; i++) {
        m->work += each;
        for (int again = 0; again < 3 && m->work > WORK_TRY && mend(m, j->by_answer[i]); again++)
            ;
    }
}

void jn_mend(struct jn *j, uint64_t work)
{
    struct mending *m = calloc(1, sizeof *m);
    if (!m || !begin(m, j)) {
        j->nomem = true;
    } else {
        for (int pass = 0; pass < PASSES; pass++)
            mend_all(m, work / PASSES);
        for (uint32_t i = 0; i < j->f->request_count; i++) {
            uint32_t end;
            j->tokens[i].doubtful = chain_cost(m, i, &end) > COST_DOUBT;
        }
        j->m->unplaced = j->unplaced;
    }
    if (m) {
        free(m->order);
        free(m->place);
        free(m->states);
        free(m->known);
    }
    free(m);
}

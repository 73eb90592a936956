/* summary: the join's repair: who ends at the wrong place of its route exchanged its checkouts with another
 *
 * A request's answer tells which checkout was its last. When the route does not end there, it was confused
 * with another request at some moment at which both were about to begin a checkout. All such moments with all
 * requests in flight are tried; the exchange that makes what both did likeliest is made. */
#include "join_int.h"

#define SURPRISE 3.0F /* log odds of an end that is looked into */
#define BACK 48       /* moments looked back at, for one pair of requests */
/* Two requests of which each has the other's place are rare: who is whole by its position is so. */
#define UNPLACED_END 0.03F
#define LOG_WHOLE (-2.0F)
#define SURE 1.0F /* log odds by which another fits an answer better */
#define LOG_NEVER (-1e6F)

/* The last takes of a request, oldest first, and what comes before them. */
struct history {
    uint32_t request;
    uint32_t takes[BACK];
    uint32_t n;
    uint32_t before; /* number of takes of the request before takes[0] */
};

static struct history history_of(const struct jn *j, uint32_t request)
{
    const struct jn_token *t = &j->tokens[request];
    struct history h = {.request = request, .n = t->count < BACK ? t->count : BACK};
    uint32_t k = t->last;
    h.before = t->count - h.n;
    for (uint32_t i = h.n; i-- > 0; k = j->takes[k].prev)
        h.takes[i] = k;
    return h;
}

static uint32_t take_before(const struct jn *j, const struct history *h, uint32_t at)
{
    if (at > 0)
        return h->takes[at - 1];
    return h->n > 0 ? j->takes[h->takes[0]].prev : FACT_NONE;
}

/* When the request was ready for its take number `at` of the history. */
static int64_t ready_ns(const struct jn *j, const struct history *h, uint32_t at)
{
    uint32_t k = take_before(j, h, at);
    return k == FACT_NONE ? jn_ready_ns(&j->f->requests[h->request]) : j->f->checkouts[k].end_ns;
}

static int64_t start_ns(const struct jn *j, const struct history *h, uint32_t at)
{
    return at < h->n ? j->f->checkouts[h->takes[at]].start_ns : INT64_MAX;
}

static struct jn_token state_before(struct jn *j, const struct history *h, uint32_t at)
{
    uint32_t k = take_before(j, h, at), pos = h->before + at;
    struct jn_token t = j->tokens[h->request];
    t.count = pos;
    t.running = 0;
    t.since_ns = ready_ns(j, h, at);
    t.last_conn = k == FACT_NONE ? FACT_NONE : j->f->checkouts[k].conn;
    t.context = jn_context_of(j->m, t.route, pos, k == FACT_NONE ? JN_NONE : j->takes[k].shape);
    t.slot = jn_slot_of(j->m, t.route, pos, pos == 0 ? JN_GAP_BEFORE : JN_GAP_BETWEEN);
    return t;
}

static void advance(struct jn *j, struct jn_token *t, uint32_t take)
{
    t->count++;
    t->since_ns = j->f->checkouts[take].end_ns;
    t->last_conn = j->f->checkouts[take].conn;
    t->running = t->since_ns > j->now_ns;
    t->context = jn_context_of(j->m, t->route, t->count, j->takes[take].shape);
    t->slot = jn_slot_of(j->m, t->route, t->count, JN_GAP_BETWEEN);
}

/* What a request did from its state on, with the takes from `at` of a history; advances the state. */
static float tail_score(struct jn *j, struct jn_token *t, const struct history *h, uint32_t at)
{
    float x = 0;
    for (uint32_t i = at; i < h->n; i++) {
        x += jn_log_take(j, t, h->takes[i]);
        advance(j, t, h->takes[i]);
    }
    return x;
}

/* Two that waited for a connection are served in the order in which they came. */
static float order_score(const struct jn *j, const struct jn_token *a, uint32_t take_a,
                         const struct jn_token *b, uint32_t take_b)
{
    const struct jn_take *x = &j->takes[take_a], *y = &j->takes[take_b];
    if (x->direct || y->direct || x->fresh || y->fresh)
        return 0;
    int64_t early_ns = a->since_ns + j->m->slot[a->slot].median_ns;
    int64_t late_ns = b->since_ns + j->m->slot[b->slot].median_ns;
    bool in_order = (early_ns <= late_ns) == (take_a < take_b);
    return in_order ? 0
                    : jn_log_overtake(&j->m->slot[a->slot],
                                      early_ns < late_ns ? late_ns - early_ns : early_ns - late_ns);
}

struct exchange {
    uint32_t a_at, b_at;
    uint32_t partner;
    float gain;
};

static bool may_all(const struct jn *j, uint32_t request, const struct history *h, uint32_t at)
{
    for (uint32_t i = at; i < h->n; i++)
        if (j->takes[h->takes[i]].fixed || !jn_here(j, request, h->takes[i]))
            return false;
    return true;
}

/* What is gained when a, which ends now, goes on with b's takes from b_at on, and b with a's from a_at on. */
static float gain_of(struct jn *j, const struct history *a, const struct history *b, const struct exchange *x)
{
    int64_t end_ns = jn_answer_ns(&j->f->requests[a->request]);
    if (!may_all(j, a->request, b, x->b_at) || !may_all(j, b->request, a, x->a_at))
        return LOG_NEVER;
    const struct jn_token a0 = state_before(j, a, x->a_at), b0 = state_before(j, b, x->b_at);
    struct jn_token a_old = a0, b_old = b0, a_new = a0, b_new = b0;
    float was = tail_score(j, &a_old, a, x->a_at) + tail_score(j, &b_old, b, x->b_at);
    float is = tail_score(j, &a_new, b, x->b_at) + tail_score(j, &b_new, a, x->a_at);
    was += jn_log_end(j, &a_old, end_ns);
    is += jn_log_end(j, &a_new, end_ns);
    if (x->a_at < a->n && x->b_at < b->n) {
        was += order_score(j, &a0, a->takes[x->a_at], &b0, b->takes[x->b_at]);
        is += order_score(j, &a0, b->takes[x->b_at], &b0, a->takes[x->a_at]);
    }
    return is - was;
}

/* Every moment at which both were about to begin a checkout, backwards. */
static void try_partner(struct jn *j, const struct history *a, uint32_t partner, struct exchange *best)
{
    struct history b = history_of(j, partner);
    struct exchange x = {.a_at = a->n, .b_at = b.n, .partner = partner};
    for (;;) {
        bool meet = start_ns(j, a, x.a_at) >= ready_ns(j, &b, x.b_at) &&
                    start_ns(j, &b, x.b_at) >= ready_ns(j, a, x.a_at);
        bool whole = x.b_at < b.n && (x.a_at < a->n || j->tokens[a->request].running == 0);
        if (meet && whole) {
            x.gain = gain_of(j, a, &b, &x);
            if (x.gain > best->gain)
                *best = x;
        }
        if (ready_ns(j, a, x.a_at) >= ready_ns(j, &b, x.b_at)) {
            if (x.a_at == 0)
                return;
            x.a_at--;
        } else {
            if (x.b_at == 0)
                return;
            x.b_at--;
        }
    }
}

/* Appends the takes of h from `at` on to the request, whose last one before is `prev`, number `pos` - 1. */
static void relink(struct jn *j, uint32_t request, uint32_t prev, uint32_t pos, const struct history *h,
                   uint32_t at)
{
    struct jn_token *t = &j->tokens[request];
    uint32_t first = at < h->n ? h->takes[at] : FACT_NONE;
    if (prev == FACT_NONE)
        t->first = first;
    else
        j->takes[prev].next = first;
    for (uint32_t i = at; i < h->n; i++, pos++) {
        struct jn_take *k = &j->takes[h->takes[i]];
        k->prev = prev;
        k->next = i + 1 < h->n ? h->takes[i + 1] : FACT_NONE;
        jn_place(j, request, h->takes[i], pos);
        prev = h->takes[i];
    }
    jn_token_after(j, request, prev, pos);
    if (prev != FACT_NONE && t->first == FACT_NONE)
        t->first = first;
}

/* What it is doing, whatever it did before. */
static void set_doing(struct jn *j, uint32_t request, const struct jn_token *as)
{
    struct jn_token *t = &j->tokens[request];
    t->since_ns = as->since_ns;
    t->running = as->running;
    t->last_conn = as->last_conn;
    t->last_shape = as->last_shape;
    t->context = jn_context_of(j->m, t->route, t->count, t->last_shape);
}

/* What both did from the moment on changes hands, and with it what they are doing now. */
static void make_exchange(struct jn *j, const struct history *a, const struct exchange *x)
{
    struct history b = history_of(j, x->partner);
    const struct jn_token was_a = j->tokens[a->request], was_b = j->tokens[x->partner];
    uint32_t a_prev = take_before(j, a, x->a_at), b_prev = take_before(j, &b, x->b_at);
    relink(j, a->request, a_prev, a->before + x->a_at, &b, x->b_at);
    relink(j, x->partner, b_prev, b.before + x->b_at, a, x->a_at);
    set_doing(j, a->request, &was_b);
    set_doing(j, x->partner, &was_a);
    if (x->a_at < a->n)
        j->takes[a->takes[x->a_at]].margin = x->gain;
    if (x->b_at < b.n)
        j->takes[b.takes[x->b_at]].margin = x->gain;
    j->repairs++;
}

/* How far the end is from the likeliest one. */
static float surprise(struct jn *j, uint32_t request)
{
    const struct jn_token *t = &j->tokens[request];
    const struct jn_slot *s = &j->m->slot[jn_slot_of(j->m, t->route, t->count, JN_GAP_AFTER)];
    float best = s->log_density[jn_bin(s->median_ns)];
    return best - jn_log_end(j, t, jn_answer_ns(&j->f->requests[request]));
}

/* How likely the request ends now as what the token is. */
static float log_end_as(struct jn *j, uint32_t request, const struct jn_token *t)
{
    uint32_t route = j->tokens[request].route, prev = t->last_shape;
    const struct jn_slot *s = &j->m->slot[jn_slot_of(j->m, route, 0, JN_GAP_AFTER)];
    int64_t gap_ns = j->now_ns - t->since_ns;
    if (t->running > 0 || gap_ns < 0)
        return LOG_NEVER;
    return jn_log_shape(j->m, jn_context_of(j->m, route, t->count, prev), JN_SHAPE_END) +
           s->log_density[jn_bin(gap_ns)];
}

/* Where the last checkout that fits the answer is another request's, the two have been confused, even if it
 * does not show when. */
static void follow_end(struct jn *j, uint32_t request)
{
    const struct jn_slot *s = &j->m->slot[jn_slot_of(j->m, j->tokens[request].route, 0, JN_GAP_AFTER)];
    const struct jn_token *t = &j->tokens[request];
    bool soon = t->running == 0 && j->now_ns - t->since_ns <= s->late_ns;
    j->m->unplaced = UNPLACED_END;
    if (soon && jn_log_shape(j->m, t->context, JN_SHAPE_END) > LOG_WHOLE)
        return;
    float own = log_end_as(j, request, &j->tokens[request]), best = own + SURE;
    uint32_t partner = FACT_NONE;
    for (size_t i = 0; i < j->active_count; i++) {
        uint32_t other = j->active[i];
        float x = other == request ? LOG_NEVER : log_end_as(j, request, &j->tokens[other]);
        if (x > best) {
            best = x;
            partner = other;
        }
    }
    if (partner == FACT_NONE)
        return;
    struct history a = history_of(j, request);
    j->m->unplaced = 0; /* the moment tells by the positions */
    struct exchange e = {.partner = partner, .gain = LOG_NEVER};
    try_partner(j, &a, partner, &e);
    if (e.gain > LOG_NEVER)
        make_exchange(j, &a, &e);
    j->m->unplaced = UNPLACED;
}

void jn_repair(struct jn *j, uint32_t request)
{
    follow_end(j, request);
    j->m->unplaced = 0;
    j->tokens[request].doubtful = surprise(j, request) > SURPRISE;
    j->m->unplaced = UNPLACED;
}

/* summary: the join's walk over time: every checkout goes to the request that is likeliest to begin it */
#include "join_int.h"

#include <math.h>

#define LEAST (-1e30F)
#define LOG_TINY (-80.0F)
#define LOG_NIL 25.0F /* so far below the best nothing counts */
/* A connection that was free when more wanted one than there were: taken within the usual hand-off time, in a
 * few times that, later. */
#define QUEUE_QUICK 0.97F
#define QUEUE_SLOW 0.8F
#define QUEUE_IDLE 0.4F
#define RIVAL 2.5F      /* log odds below the best, from where on a request is no rival in the queue */
#define QUEUE_EACH 1.0F /* halvings of the doubt by each that waits */
#define ENOUGH 6.0F
#define LOG_EARLY (-3.0F)
#define MARGIN_MAX 20.0F
/* At an answer: that the token is another one's, or that it even came as another route. */
#define LOG_OTHER (-4.0F)
#define LOG_ROUTE (-3.0F)
#define UNPLACED_END 0.3F
#define LOG_RATHER (-0.7F)
/* What an event loop does later by so much overtakes with a log odds of 1 less; beyond LINE_LEAST it is some
 * confusion and not the length that tells. */
#define LINE_NS 1e6F
#define LINE_LEAST (-12.0F)
#define LINE_FAR_NS 1e7F

int64_t jn_ready_ns(const struct fact_request *r)
{
    return r->request_end_ns > r->arrival_ns && r->request_end_ns < r->last_ns ? r->request_end_ns
                                                                               : r->arrival_ns;
}

int64_t jn_answer_ns(const struct fact_request *r)
{
    return r->first_ns >= jn_ready_ns(r) && r->first_ns <= r->last_ns ? r->first_ns : r->last_ns;
}

bool jn_here(const struct jn *j, uint32_t request, uint32_t take)
{
    const struct ana_facts *f = j->f;
    return j->any_host || f->pools[f->conns[f->checkouts[take].conn].pool].app == f->requests[request].app;
}

bool jn_may(const struct jn *j, uint32_t request, uint32_t take)
{
    const struct fact_checkout *c = &j->f->checkouts[take];
    return (c->voided || jn_answer_ns(&j->f->requests[request]) >= c->end_ns) && jn_here(j, request, take);
}

int64_t jn_gap(const struct jn *j, int64_t since_ns, uint32_t take)
{
    int64_t at_ns = j->takes[take].at_ns;
    return at_ns > since_ns ? at_ns - since_ns : 0;
}

static float log_take(struct jn *j, const struct jn_token *t, uint32_t take, bool queue)
{
    const struct jn_take *k = &j->takes[take];
    const struct jn_slot *s = &j->m->slot[t->slot];
    float x = jn_log_shape(j->m, t->context, k->shape);
    unsigned bin = jn_bin(jn_gap(j, t->since_ns, take));
    if (t->running > 0)
        x += s->log_parallel;
    /* Which one it gets of those that are free is the pool's way; who waits gets what comes. */
    if (!queue && t->last_conn != FACT_NONE && t->running == 0)
        x += t->last_conn == j->f->checkouts[take].conn ? s->log_same : s->log_other;
    return queue ? x + s->log_reach[bin] : x + s->log_density[bin] - s->log_survive[bin];
}

/* What comes next, after a change of what it did. */
static void set_place(struct jn *j, struct jn_token *t)
{
    t->context = jn_context_of(j->m, t->as_route, t->count, t->last_shape);
    t->slot = jn_slot_of(j->m, t->as_route, t->count, t->count == 0 ? JN_GAP_BEFORE : JN_GAP_BETWEEN);
    t->ends = jn_log_shape(j->m, t->context, JN_SHAPE_END) > LOG_RATHER;
}

static void give(struct jn *j, uint32_t request, uint32_t take)
{
    struct jn_token *t = &j->tokens[request];
    struct jn_take *k = &j->takes[take];
    uint32_t node = t->last == FACT_NONE ? (uint32_t)j->f->checkout_count + request : t->last;
    j->after[node] = take;
    j->before[take] = node;
    k->request = request;
    k->pos = (uint16_t)(t->count < UINT16_MAX ? t->count : UINT16_MAX);
    k->context = t->context;
    k->slot = t->slot;
    t->last = take;
    t->count++;
    t->running++;
    t->since_ns = j->now_ns;
    t->last_conn = j->f->checkouts[take].conn;
    t->last_shape = k->shape;
    t->anchored = t->anchored || k->fixed;
    set_place(j, t);
}

int64_t jn_wanted_ns(const struct jn *j, int64_t since_ns, const struct jn_slot *s)
{
    return since_ns + (j->in_line ? 0 : s->median_ns);
}

float jn_overtake(const struct jn *j, const struct jn_slot *s, int64_t d_ns)
{
    if (j->in_line)
        return fmaxf(-(float)d_ns / LINE_NS, LINE_LEAST - (float)d_ns / LINE_FAR_NS);
    return jn_log_overtake(s, d_ns);
}

/* When it is expected to have wanted a connection. */
static int64_t wanted_ns(const struct jn *j, const struct jn_token *t)
{
    return jn_wanted_ns(j, t->since_ns, &j->m->slot[t->slot]);
}

/* Scores of the requests in flight, as shares of one. Waiters are served in the order in which they came: who
 * is expected later overtook. */
static void score(struct jn *j, uint32_t take, bool queue, float *out)
{
    int64_t first_ns = INT64_MAX;
    float best = LEAST;
    double sum = 0;
    for (size_t i = 0; i < j->active_count; i++) {
        const struct jn_token *t = &j->tokens[j->active[i]];
        out[i] = jn_here(j, j->active[i], take) ? log_take(j, t, take, queue) : LEAST;
        best = fmaxf(best, out[i]);
    }
    for (size_t i = 0; i < j->active_count && queue; i++)
        if (out[i] > best - RIVAL && wanted_ns(j, &j->tokens[j->active[i]]) < first_ns)
            first_ns = wanted_ns(j, &j->tokens[j->active[i]]);
    for (size_t i = 0; i < j->active_count; i++) {
        const struct jn_token *t = &j->tokens[j->active[i]];
        int64_t late_ns = queue ? wanted_ns(j, t) - first_ns : 0;
        if (out[i] < best - LOG_NIL) {
            out[i] = 0;
            continue;
        }
        if (late_ns > 0)
            out[i] += jn_overtake(j, &j->m->slot[t->slot], late_ns);
        out[i] = expf(fmaxf(out[i] - best, LOG_TINY));
        sum += (double)out[i];
    }
    for (size_t i = 0; i < j->active_count; i++)
        out[i] = (float)((double)out[i] / sum);
}

/* Requests that are expected to want a connection, beside the one that gets it. Where connections are free
 * there is none: who wants one has it. */
static float others_waiting(const struct jn *j)
{
    float n = -1;
    for (size_t i = 0; i < j->active_count && n < ENOUGH; i++) {
        const struct jn_token *t = &j->tokens[j->active[i]];
        float reach = j->m->slot[t->slot].log_reach[jn_bin(j->now_ns - t->since_ns)];
        n += t->running == 0 && !t->ends && reach > LOG_EARLY ? expf(reach) : 0;
    }
    return fmaxf(n, 0);
}

/* How likely the connection was handed to somebody who waited: by who is known to wait, and by how soon it
 * was taken after it became free. */
static float queue_share(const struct jn *j, uint32_t take)
{
    const struct jn_take *k = &j->takes[take];
    int64_t idle_ns = j->f->checkouts[take].start_ns - k->granted_ns;
    float x = 1 - QUEUE_QUICK + (2 * QUEUE_QUICK - 1) * (1 - exp2f(-QUEUE_EACH * others_waiting(j)));
    if (k->spare || k->fresh)
        return x;
    return fmaxf(x, idle_ns <= j->handoff_ns       ? QUEUE_QUICK
                    : idle_ns <= 4 * j->handoff_ns ? QUEUE_SLOW
                                                   : QUEUE_IDLE);
}

/* The likeliest request; `margin`: its log odds. */
static uint32_t choose(struct jn *j, uint32_t take, float *margin)
{
    float queue = queue_share(j, take), best = 0;
    uint32_t request = FACT_NONE;
    if (j->active_count == 0)
        return FACT_NONE;
    if (queue > 0)
        score(j, take, true, j->scores);
    if (queue < 1)
        score(j, take, false, j->scores + j->active_count);
    for (size_t i = 0; i < j->active_count; i++) {
        float x = (queue > 0 ? queue * j->scores[i] : 0) +
                  (queue < 1 ? (1 - queue) * j->scores[j->active_count + i] : 0);
        if (x > best) {
            best = x;
            request = j->active[i];
        }
    }
    j->takes[take].direct = j->takes[take].spare && queue < 0.5F;
    *margin = best < 1 ? logf(best / (1 - best)) : MARGIN_MAX;
    return request;
}

static void start(struct jn *j, uint32_t take)
{
    struct jn_take *k = &j->takes[take];
    k->begun = true;
    if (k->shape == 0)
        return;
    if (k->fixed) {
        if (j->tokens[k->request].active_at != FACT_NONE)
            give(j, k->request, take);
        return;
    }
    uint32_t request = choose(j, take, &k->margin);
    k->request = FACT_NONE;
    if (request != FACT_NONE)
        give(j, request, take);
}

static void end(struct jn *j, uint32_t take)
{
    uint32_t request = j->takes[take].request;
    if (request == FACT_NONE || j->takes[take].shape == 0)
        return;
    struct jn_token *t = &j->tokens[request];
    if (t->active_at == FACT_NONE)
        return;
    t->running -= t->running > 0;
    t->since_ns = j->now_ns;
}

static void arrive(struct jn *j, uint32_t request)
{
    struct jn_token *t = &j->tokens[request];
    *t = (struct jn_token){.since_ns = jn_ready_ns(&j->f->requests[request]),
                           .route = t->route,
                           .as_route = t->route,
                           .first = FACT_NONE,
                           .last = FACT_NONE,
                           .last_conn = FACT_NONE,
                           .last_shape = JN_NONE,
                           .active_at = (uint32_t)j->active_count};
    set_place(j, t);
    j->active[j->active_count++] = request;
}

/* A token that came as another route: how likely its last checkout was this route's all the same. */
static float log_alien(struct jn *j, uint32_t route, const struct jn_token *t)
{
    if (route == t->as_route)
        return 0;
    if (t->last_shape == JN_NONE)
        return LOG_ROUTE;
    return LOG_ROUTE + fminf(jn_log_shape(j->m, jn_context_top(j->m, route), t->last_shape) -
                                 jn_log_shape(j->m, jn_context_top(j->m, t->as_route), t->last_shape),
                             0);
}

/* How likely the answer of a request is what comes next of a token. */
static float log_end(struct jn *j, uint32_t request, uint32_t token)
{
    const struct jn_token *t = &j->tokens[token];
    uint32_t route = j->tokens[request].route;
    int64_t gap_ns = j->now_ns - t->since_ns;
    if (t->running > 0 || gap_ns < 0 || (token != request && t->anchored))
        return LEAST;
    uint32_t context =
        route == t->as_route ? t->context : jn_context_of(j->m, route, t->count, t->last_shape);
    float x = jn_log_shape(j->m, context, JN_SHAPE_END) + log_alien(j, route, t) +
              (token == request ? 0 : LOG_OTHER);
    return x + j->m->slot[jn_slot_of(j->m, route, 0, JN_GAP_AFTER)].log_density[jn_bin(gap_ns)];
}

/* Whose chain an answer ends. What a request did may have gone to another one's name since they were
 * confused; what came last fits the answer all the same. */
static uint32_t who_ends(struct jn *j, uint32_t request)
{
    uint32_t found = FACT_NONE;
    float best = LEAST;
    if (j->tokens[request].active_at != FACT_NONE) {
        found = request;
        best = log_end(j, request, request);
        if (j->tokens[request].anchored)
            return request;
    }
    for (size_t i = 0; i < j->active_count; i++) {
        uint32_t other = j->active[i];
        if (j->f->requests[other].server != j->f->requests[request].server)
            continue;
        float x = log_end(j, request, other);
        if (x > best) {
            best = x;
            found = other;
        }
    }
    return found;
}

static void answer(struct jn *j, uint32_t request)
{
    j->m->unplaced = UNPLACED_END;
    uint32_t ends = who_ends(j, request);
    j->m->unplaced = j->unplaced;
    if (ends == FACT_NONE)
        return;
    struct jn_token *own = &j->tokens[request];
    if (ends != request && own->active_at != FACT_NONE && jn_undo(j, request, ends)) {
        set_place(j, &j->tokens[ends]);
        ends = request;
    }
    struct jn_token *t = &j->tokens[ends];
    uint32_t node = t->last == FACT_NONE ? (uint32_t)j->f->checkout_count + ends : t->last;
    j->after[node] = (uint32_t)j->f->checkout_count + request;
    j->before[j->f->checkout_count + request] = node;
    own->walked = true;
    if (ends != request && own->active_at != FACT_NONE && own->as_route != t->as_route) {
        own->as_route = t->as_route; /* the other one still goes on under this name */
        set_place(j, own);
    }
    uint32_t moved = j->active[--j->active_count];
    j->active[t->active_at] = moved;
    j->tokens[moved].active_at = t->active_at;
    t->active_at = FACT_NONE;
}

static void begin_walk(struct jn *j)
{
    const struct ana_facts *f = j->f;
    j->active_count = 0;
    j->m->unplaced = j->unplaced;
    for (size_t i = 0; i < f->request_count; i++)
        j->tokens[i] = (struct jn_token){
            .route = j->tokens[i].route, .active_at = FACT_NONE, .first = FACT_NONE, .last = FACT_NONE};
    for (size_t i = 0; i < f->checkout_count; i++) {
        j->takes[i].begun = false;
        if (!j->takes[i].fixed)
            j->takes[i].request = FACT_NONE;
    }
    for (size_t i = 0; i < f->checkout_count + f->request_count; i++)
        j->after[i] = j->before[i] = FACT_NONE;
}

void jn_track(struct jn *j, size_t takes)
{
    const struct ana_facts *f = j->f;
    size_t a = 0, s = 0, e = 0, d = 0;
    begin_walk(j);
    while (!j->nomem && !j->m->nomem) {
        int64_t end_ns = e < f->checkout_count ? f->checkouts[j->by_end[e]].end_ns : INT64_MAX;
        int64_t done_ns = d < f->request_count ? jn_answer_ns(&f->requests[j->by_answer[d]]) : INT64_MAX;
        int64_t here_ns = a < f->request_count ? f->requests[a].arrival_ns : INT64_MAX;
        int64_t take_ns = s < f->checkout_count ? j->takes[j->by_at[s]].at_ns : INT64_MAX;
        if ((s >= takes && takes < f->checkout_count) || (s == f->checkout_count && d == f->request_count))
            break;
        if (end_ns <= done_ns && end_ns <= here_ns && end_ns <= take_ns && j->takes[j->by_end[e]].begun) {
            j->now_ns = end_ns;
            end(j, j->by_end[e++]);
        } else if (done_ns <= here_ns && done_ns <= take_ns) {
            j->now_ns = done_ns;
            answer(j, j->by_answer[d++]);
        } else if (here_ns <= take_ns) {
            j->now_ns = here_ns;
            if (jn_answer_ns(&f->requests[a]) > here_ns)
                arrive(j, (uint32_t)a);
            a++;
        } else {
            j->now_ns = take_ns;
            start(j, j->by_at[s++]);
        }
    }
}

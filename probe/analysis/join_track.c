/* summary: the join's walk over time: every checkout goes to the request that is likeliest to begin it */
#include "join_int.h"

#include <math.h>

#define LEAST (-1e30F)
#define LOG_TINY (-80.0F)
/* A connection that was free when more wanted one than there were: taken within the usual hand-off time, in a
 * few times that, later. */
#define QUEUE_QUICK 0.97F
#define QUEUE_SLOW 0.8F
#define QUEUE_IDLE 0.4F
#define RIVAL 2.5F /* log odds below the best, from where on a request is no rival in the queue */
#define MARGIN_MAX 20.0F
#define LOG_BUSY (-15.0F) /* ends while one of its checkouts goes on */

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
    return j->any_host || f->pools[f->conns[f->checkouts[take].conn].pool].host == f->requests[request].host;
}

bool jn_may(const struct jn *j, uint32_t request, uint32_t take)
{
    const struct fact_checkout *c = &j->f->checkouts[take];
    return (c->voided || jn_answer_ns(&j->f->requests[request]) >= c->end_ns) && jn_here(j, request, take);
}

int64_t jn_gap(const struct jn *j, int64_t since_ns, uint32_t take)
{
    const struct jn_take *t = &j->takes[take];
    int64_t at_ns = j->f->checkouts[take].start_ns;
    if (t->fresh && !t->fixed) { /* it was wanted when the dial began, if that was for it */
        int64_t open_ns = j->f->conns[j->f->checkouts[take].conn].open_ns;
        if (open_ns > since_ns)
            at_ns = open_ns;
    }
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

float jn_log_take(struct jn *j, const struct jn_token *t, uint32_t take)
{
    return log_take(j, t, take, !j->takes[take].direct && !j->takes[take].fresh);
}

float jn_log_end(struct jn *j, const struct jn_token *t, int64_t answer_ns)
{
    uint32_t slot = jn_slot_of(j->m, t->route, t->count, JN_GAP_AFTER);
    int64_t gap_ns = answer_ns > t->since_ns ? answer_ns - t->since_ns : 0;
    return jn_log_shape(j->m, t->context, JN_SHAPE_END) + j->m->slot[slot].log_density[jn_bin(gap_ns)] +
           (t->running > 0 ? LOG_BUSY : 0);
}

void jn_place(struct jn *j, uint32_t request, uint32_t take, uint32_t pos)
{
    struct jn_take *k = &j->takes[take];
    const struct jn_token *t = &j->tokens[request];
    k->request = request;
    k->pos = (uint16_t)(pos < UINT16_MAX ? pos : UINT16_MAX);
    k->context = jn_context_of(j->m, t->route, pos, k->prev == FACT_NONE ? JN_NONE : j->takes[k->prev].shape);
    k->slot = jn_slot_of(j->m, t->route, pos, pos == 0 ? JN_GAP_BEFORE : JN_GAP_BETWEEN);
}

void jn_token_after(struct jn *j, uint32_t request, uint32_t last_take, uint32_t count)
{
    struct jn_token *t = &j->tokens[request];
    t->last = last_take;
    t->count = count;
    t->running = 0;
    t->since_ns = jn_ready_ns(&j->f->requests[request]);
    t->last_conn = FACT_NONE;
    t->last_shape = JN_NONE;
    if (last_take == FACT_NONE) {
        t->first = FACT_NONE;
        t->context = jn_context_of(j->m, t->route, 0, JN_NONE);
        t->slot = jn_slot_of(j->m, t->route, 0, JN_GAP_BEFORE);
        return;
    }
    const struct fact_checkout *c = &j->f->checkouts[last_take];
    for (uint32_t k = last_take; k != FACT_NONE; k = j->takes[k].prev) {
        bool over = j->f->checkouts[k].end_ns <= j->now_ns;
        t->running += !over;
        if (over && k != last_take) /* earlier ones that go on are rare */
            break;
    }
    t->since_ns = c->end_ns <= j->now_ns ? c->end_ns : c->start_ns;
    t->last_conn = c->conn;
    t->last_shape = j->takes[last_take].shape;
    t->context = jn_context_of(j->m, t->route, count, j->takes[last_take].shape);
    t->slot = jn_slot_of(j->m, t->route, count, JN_GAP_BETWEEN);
}

static void give(struct jn *j, uint32_t request, uint32_t take)
{
    struct jn_token *t = &j->tokens[request];
    struct jn_take *k = &j->takes[take];
    k->prev = t->last;
    k->next = FACT_NONE;
    jn_place(j, request, take, t->count);
    if (t->last == FACT_NONE)
        t->first = take;
    else
        j->takes[t->last].next = take;
    t->last = take;
    t->count++;
    t->running++;
    t->since_ns = j->now_ns;
    t->last_conn = j->f->checkouts[take].conn;
    t->last_shape = k->shape;
    t->context = jn_context_of(j->m, t->route, t->count, k->shape);
    t->slot = jn_slot_of(j->m, t->route, t->count, JN_GAP_BETWEEN);
}

/* When it is expected to have wanted a connection. */
static int64_t wanted_ns(const struct jn *j, const struct jn_token *t)
{
    return t->since_ns + j->m->slot[t->slot].median_ns;
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
        if (out[i] > best + RIVAL || (out[i] > best - RIVAL && wanted_ns(j, t) < first_ns))
            first_ns = wanted_ns(j, t);
        best = fmaxf(best, out[i]);
    }
    for (size_t i = 0; i < j->active_count; i++) {
        const struct jn_token *t = &j->tokens[j->active[i]];
        int64_t late_ns = queue ? wanted_ns(j, t) - first_ns : 0;
        if (late_ns > 0)
            out[i] += jn_log_overtake(&j->m->slot[t->slot], late_ns);
        out[i] = expf(fmaxf(out[i] - best, LOG_TINY));
        sum += (double)out[i];
    }
    for (size_t i = 0; i < j->active_count; i++)
        out[i] = (float)((double)out[i] / sum);
}

/* How likely the connection was handed to somebody who waited. */
static float queue_share(const struct jn *j, uint32_t take)
{
    const struct jn_take *k = &j->takes[take];
    if (k->direct || k->fresh)
        return 0;
    int64_t idle_ns = j->f->checkouts[take].start_ns - k->granted_ns;
    return idle_ns <= j->handoff_ns ? QUEUE_QUICK : idle_ns <= 4 * j->handoff_ns ? QUEUE_SLOW : QUEUE_IDLE;
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
    *margin = best < 1 ? logf(best / (1 - best)) : MARGIN_MAX;
    return request;
}

static void start(struct jn *j, uint32_t take)
{
    struct jn_take *k = &j->takes[take];
    if (k->shape == 0)
        return;
    if (k->fixed) {
        if (j->tokens[k->request].active_at != FACT_NONE)
            give(j, k->request, take);
        else
            k->fixed = false;
        return;
    }
    k->prev = k->next = FACT_NONE;
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
    jn_token_after(j, request, FACT_NONE, 0);
    t->active_at = (uint32_t)j->active_count;
    t->doubtful = false;
    j->active[j->active_count++] = request;
}

static void answer(struct jn *j, uint32_t request)
{
    struct jn_token *t = &j->tokens[request];
    if (t->active_at == FACT_NONE)
        return;
    jn_repair(j, request);
    uint32_t moved = j->active[--j->active_count];
    j->active[t->active_at] = moved;
    j->tokens[moved].active_at = t->active_at;
    t->active_at = FACT_NONE;
}

void jn_track(struct jn *j)
{
    const struct ana_facts *f = j->f;
    size_t a = 0, s = 0, e = 0, d = 0;
    j->active_count = 0;
    j->repairs = 0;
    j->m->unplaced = UNPLACED;
    for (size_t i = 0; i < f->request_count; i++)
        j->tokens[i].active_at = j->tokens[i].first = FACT_NONE;
    for (size_t i = 0; i < f->checkout_count; i++)
        if (!j->takes[i].fixed)
            j->takes[i].request = FACT_NONE;
    while (!j->nomem && !j->m->nomem) {
        int64_t end_ns = e < f->checkout_count ? f->checkouts[j->by_end[e]].end_ns : INT64_MAX;
        int64_t done_ns = d < f->request_count ? jn_answer_ns(&f->requests[j->by_answer[d]]) : INT64_MAX;
        int64_t here_ns = a < f->request_count ? f->requests[a].arrival_ns : INT64_MAX;
        int64_t take_ns = s < f->checkout_count ? f->checkouts[s].start_ns : INT64_MAX;
        if (s == f->checkout_count && d == f->request_count)
            break;
        if (end_ns <= done_ns && end_ns <= here_ns && end_ns <= take_ns && j->by_end[e] < s) {
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
            start(j, (uint32_t)s++);
        }
    }
}

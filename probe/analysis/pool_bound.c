/* summary: tells connections of threads from connections of a pool: does a request keep its connection until
 * it is answered, though others wait?
 *
 * With a thread for each request and a connection for each thread (Django, PHP, many others) a full set of
 * busy connections looks as a saturated pool does. Two things tell, at moments with more requests than
 * connections:
 * - What follows on a connection. In a pool it is whatever the next of those who wait does; a thread's
 * connection goes on with the same request, so that one checkout foretells the next. The measure is Goodman
 * and Kruskal's lambda: the share of the errors in guessing the next shape that knowing the last one takes
 * away.
 * - Answers. Whoever is answered has its connection still, idle: with threads no answer comes while every
 * connection is busy. In a pool the next one has it by then. (An event loop that answers before it wakes the
 * next one does the same as threads here, and a pool that lets a request take its connection again at once
 * does so above: both are wanted.) Where every request is one checkout the first cannot tell, and it stays a
 * pool. */
#include "events.h"
#include "parts.h"

#include <stdlib.h>

#define BEYOND 2 /* requests more than connections: somebody waits for something */
#define PAIRS_FEWEST 50
#define FORETOLD 0.3       /* simulated and real pools stay below 0.2, Django's threads are near 0.5 */
#define EXPECTED_FEWEST 20 /* answers that would come while all are busy, if they came at any time */
#define ANSWERS_FEW 0.1    /* of these */

struct pair {
    uint64_t last, next; /* shapes */
};

struct bound_walk {
    const struct ana_facts *f;
    uint64_t *shape; /* of each checkout */
    uint64_t *last;  /* of each connection: the shape of its last checkout, 0: not at such a moment */
    int *held;       /* checkouts open, of each connection */
    bool *ready;     /* of each connection */
    int connections, busy, requests;
    int64_t t_ns, beyond_ns, all_busy_ns;
    uint64_t answers, answers_all_busy;
    struct pair *pairs;
    size_t pair_count;
};

static bool counts(const struct ana_facts *f, uint32_t conn)
{
    return conn != FACT_NONE && f->conns[conn].pool != FACT_NONE && f->pools[f->conns[conn].pool].application;
}

static uint64_t mix(uint64_t hash, uint64_t x)
{
    hash = (hash ^ x) * UINT64_C(0xff51afd7ed558ccd);
    return hash ^ (hash >> 32);
}

/* A checkout's shape: its statements' kinds in order, repeats once. Never 0. */
static bool find_shapes(struct bound_walk *w)
{
    const struct ana_facts *f = w->f;
    uint32_t *current = malloc((f->conn_count + 1) * sizeof *current);
    uint32_t *query = malloc((f->conn_count + 1) * sizeof *query);
    size_t next = 0;
    for (size_t i = 0; i < f->conn_count && current && query; i++)
        current[i] = query[i] = FACT_NONE;
    for (size_t i = 0; i < f->statement_count && current && query; i++) {
        const struct fact_statement *s = &f->statements[i];
        for (; next < f->checkout_count && f->checkouts[next].start_ns <= s->sent_ns; next++) {
            w->shape[next] = 1;
            if (f->checkouts[next].conn == FACT_NONE)
                continue;
            current[f->checkouts[next].conn] = (uint32_t)next;
            query[f->checkouts[next].conn] = FACT_NONE;
        }
        if (s->conn == FACT_NONE || current[s->conn] == FACT_NONE || query[s->conn] == s->query)
            continue;
        query[s->conn] = s->query;
        w->shape[current[s->conn]] = mix(w->shape[current[s->conn]], (uint64_t)s->query + 1) | 1;
    }
    bool done = current && query;
    free(current);
    free(query);
    return done;
}

static bool beyond(const struct bound_walk *w)
{
    return w->connections > 0 && w->requests >= w->connections + BEYOND;
}

static void pass(struct bound_walk *w, int64_t t_ns)
{
    if (beyond(w)) {
        w->beyond_ns += t_ns - w->t_ns;
        w->all_busy_ns += w->busy >= w->connections ? t_ns - w->t_ns : 0;
    }
    w->t_ns = t_ns;
}

static void answer(struct bound_walk *w)
{
    if (beyond(w)) {
        w->answers++;
        w->answers_all_busy += w->busy >= w->connections;
    }
    w->requests--;
}

static void checkout(struct bound_walk *w, uint32_t checkout, bool begins)
{
    uint32_t conn = w->f->checkouts[checkout].conn;
    if (!counts(w->f, conn))
        return;
    if (begins) {
        if (w->last[conn])
            w->pairs[w->pair_count++] = (struct pair){w->last[conn], w->shape[checkout]};
        w->last[conn] = 0;
        w->busy += w->held[conn]++ == 0 && w->ready[conn];
        return;
    }
    w->busy -= --w->held[conn] == 0 && w->ready[conn];
    /* Two others without a connection at least: in a pool one of them is likely to be the next. */
    w->last[conn] = w->busy >= w->connections - 1 && beyond(w) ? w->shape[checkout] : 0;
}

static void connection(struct bound_walk *w, uint32_t conn, bool ready)
{
    if (!counts(w->f, conn) || w->ready[conn] == ready)
        return;
    w->ready[conn] = ready;
    w->connections += ready ? 1 : -1;
    if (w->held[conn] > 0)
        w->busy += ready ? 1 : -1;
}

static void event(struct bound_walk *w, const struct ana_event *e)
{
    pass(w, e->t_ns);
    switch ((enum ana_event_kind)e->kind) {
    case EV_ARRIVAL:
        w->requests++;
        break;
    case EV_ANSWER:
        answer(w);
        break;
    case EV_CHECKOUT_START:
    case EV_CHECKOUT_END:
        checkout(w, e->index, e->kind == EV_CHECKOUT_START);
        break;
    case EV_READY:
    case EV_CLOSE:
        connection(w, e->index, e->kind == EV_READY);
        break;
    default:
        break;
    }
}

static int by_next(const void *pa, const void *pb)
{
    const struct pair *a = pa, *b = pb;
    return (a->next > b->next) - (a->next < b->next);
}

static int by_last(const void *pa, const void *pb)
{
    const struct pair *a = pa, *b = pb;
    return a->last != b->last ? (a->last > b->last) - (a->last < b->last) : by_next(pa, pb);
}

/* The longest run of one shape that comes next. The pairs are in order of it. */
static size_t most(const struct pair *pairs, size_t n)
{
    size_t best = 0, run = 0;
    for (size_t i = 0; i < n; i++) {
        run = i > 0 && pairs[i].next == pairs[i - 1].next ? run + 1 : 1;
        best = run > best ? run : best;
    }
    return best;
}

/* 0: the last shape says nothing of the next; 1: everything. */
static double foretold(struct pair *pairs, size_t n)
{
    size_t knowing = 0;
    qsort(pairs, n, sizeof *pairs, by_next);
    size_t blind = most(pairs, n);
    qsort(pairs, n, sizeof *pairs, by_last);
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && pairs[end].last == pairs[i].last; end++)
            ;
        knowing += most(pairs + i, end - i);
    }
    return n > blind ? (double)(knowing - blind) / (double)(n - blind) : 0;
}

static bool is_bound(struct bound_walk *w)
{
    if (w->pair_count < PAIRS_FEWEST || w->beyond_ns <= 0)
        return false;
    double expected = (double)w->answers * (double)w->all_busy_ns / (double)w->beyond_ns;
    return expected >= EXPECTED_FEWEST && (double)w->answers_all_busy < ANSWERS_FEW * expected &&
           foretold(w->pairs, w->pair_count) >= FORETOLD;
}

enum pp_status ana_pools_bind(struct ana_facts *f)
{
    struct ana_facts shown = *f;
    struct bound_walk w = {.f = f};
    struct ana_event *events = NULL;
    size_t count = 0;
    shown.statement_count = shown.level_count = 0;
    w.shape = calloc(f->checkout_count + 1, sizeof *w.shape);
    w.pairs = malloc((f->checkout_count + 1) * sizeof *w.pairs);
    w.last = calloc(f->conn_count + 1, sizeof *w.last);
    w.held = calloc(f->conn_count + 1, sizeof *w.held);
    w.ready = calloc(f->conn_count + 1, sizeof *w.ready);
    bool nomem = !w.shape || !w.pairs || !w.last || !w.held || !w.ready || !find_shapes(&w) ||
                 ana_events_new(&events, &count, &shown) != PP_OK;
    for (size_t i = 0; i < count && !nomem; i++)
        event(&w, &events[i]);
    bool bound = !nomem && is_bound(&w);
    for (size_t i = 0; i < f->pool_count; i++)
        f->pools[i].per_thread = bound && f->pools[i].application;
    free(events);
    free(w.shape);
    free(w.pairs);
    free(w.last);
    free(w.held);
    free(w.ready);
    return nomem ? PP_NOMEM : PP_OK;
}

/* summary: the simulation behind test_analysis_sim: closed load, FIFO queue for a pool, hand-off latency,
 * dials */
#include "test_analysis_sim_model.h"

#include "base/obj.h"

#include <math.h>
#include <stdlib.h>

#define SIM_START_NS INT64_C(1700000000000000000)

enum sim_event_kind {
    SIM_WANT,   /* the user's request wants a connection */
    SIM_TAKEN,  /* a handed-over connection sends its first command */
    SIM_RETURN, /* a checkout ends */
    SIM_ANSWER, /* a request ends */
    SIM_ARRIVE, /* a request is sent */
    SIM_DIALLED,
    SIM_REPLACED, /* a user's own dial in the place of an old connection ends */
};

struct sim_event {
    int64_t t_ns;
    uint64_t order;
    int kind, who;
};

struct sim_user {
    int64_t arrival_ns, want_ns, take_ns;
    double wait_ns, dial_ns, own_ns, app_ns, hold_ns;
    int level, class, left, conn;
    uint64_t id;
};

struct sim {
    const struct sim_options *o;
    struct ana_facts *f;
    struct sim_truth *truth;
    struct sim_event *heap;
    size_t heap_count, heap_cap;
    uint64_t order, random;
    struct sim_user *users;
    int *waiting;
    size_t waiting_head, waiting_count, waiting_cap;
    int *idle;
    int idle_count, open, dialling, in_flight;
    int64_t now_ns;
    int64_t thread_ns;    /* with one_thread: until when it has work */
    double dial_clock_ns; /* time with a dial in progress so far */
    int64_t dial_since_ns;
    int level;
    int64_t level_end_ns;
    uint64_t next_id;
};

static double uniform(struct sim *s)
{
    uint64_t x = s->random += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return ((double)((x ^ (x >> 31)) >> 11) + 0.5) / 9007199254740992.0;
}

static int64_t draw(struct sim *s, enum sim_shape shape, double mean_us)
{
    double us = mean_us;
    if (shape == SIM_EXPONENTIAL)
        us = -mean_us * log(uniform(s));
    else if (shape == SIM_LOGNORMAL)
        us = mean_us * exp(0.5 * sqrt(-2 * log(uniform(s))) * cos(6.283185307179586 * uniform(s)) - 0.125);
    return (int64_t)(us * 1000) + 1;
}

static void put(struct sim *s, int64_t t_ns, int kind, int who)
{
    OBJ_ASSERT(FACT_ROOM(s->heap, s->heap_count, s->heap_cap));
    size_t i = s->heap_count++;
    struct sim_event e = {.t_ns = t_ns, .order = s->order++, .kind = kind, .who = who};
    for (; i > 0; i = (i - 1) / 2) {
        struct sim_event *up = &s->heap[(i - 1) / 2];
        if (up->t_ns < e.t_ns || (up->t_ns == e.t_ns && up->order < e.order))
            break;
        s->heap[i] = *up;
    }
    s->heap[i] = e;
}

static bool before(const struct sim_event *a, const struct sim_event *b)
{
    return a->t_ns != b->t_ns ? a->t_ns < b->t_ns : a->order < b->order;
}

static struct sim_event get(struct sim *s)
{
    struct sim_event top = s->heap[0], last = s->heap[--s->heap_count];
    size_t i = 0;
    for (size_t c; (c = 2 * i + 1) < s->heap_count; i = c) {
        if (c + 1 < s->heap_count && before(&s->heap[c + 1], &s->heap[c]))
            c++;
        if (!before(&s->heap[c], &last))
            break;
        s->heap[i] = s->heap[c];
    }
    s->heap[i] = last;
    return top;
}

static void dial_clock(struct sim *s)
{
    if (s->dialling > 0)
        s->dial_clock_ns += (double)(s->now_ns - s->dial_since_ns);
    s->dial_since_ns = s->now_ns;
}

static void conn_new(struct sim *s, int64_t open_ns, int64_t ready_ns)
{
    struct ana_facts *f = s->f;
    OBJ_ASSERT(FACT_ROOM(f->conns, f->conn_count, f->conn_cap));
    f->conns[f->conn_count] = (struct fact_conn){
        .id = f->conn_count + 1, .open_ns = open_ns, .ready_ns = ready_ns, .pool = 0, .host = 0, .server = 1};
    f->conn_count++;
}

/* Each class of requests has statements of its own. */
static void statement(struct sim *s, int conn, int64_t from_ns, int64_t to_ns, bool ends, int query)
{
    struct ana_facts *f = s->f;
    OBJ_ASSERT(FACT_ROOM(f->statements, f->statement_count, f->statement_cap));
    f->statements[f->statement_count++] = (struct fact_statement){.sent_ns = from_ns,
                                                                  .last_ns = to_ns,
                                                                  .conn = (uint32_t)conn,
                                                                  .query = (uint32_t)query,
                                                                  .ends_txn = ends,
                                                                  .complete = true};
}

/* The connection's first command goes out now. */
static void taken(struct sim *s, int who)
{
    struct sim_user *u = &s->users[who];
    struct ana_facts *f = s->f;
    int64_t hold_ns = draw(s, s->o->hold_shape, s->o->classes[u->class].hold_us),
            end_ns = s->now_ns + hold_ns;
    u->wait_ns += (double)(s->now_ns - u->want_ns);
    u->dial_ns += s->dial_clock_ns;
    u->hold_ns += (double)hold_ns;
    struct sim_owners *o = s->o->owners;
    if (o) {
        OBJ_ASSERT(FACT_ROOM(o->ids, o->count, o->cap));
        o->ids[o->count++] = u->id;
    }
    OBJ_ASSERT(FACT_ROOM(f->checkouts, f->checkout_count, f->checkout_cap));
    f->checkouts[f->checkout_count++] =
        (struct fact_checkout){.start_ns = s->now_ns, .end_ns = end_ns, .conn = (uint32_t)u->conn};
    statement(s, u->conn, s->now_ns, s->now_ns + hold_ns * 6 / 10, false, u->class);
    statement(s, u->conn, s->now_ns + hold_ns * 7 / 10, end_ns, true, u->class);
    put(s, end_ns, SIM_RETURN, who);
}

static bool gate_held(const struct sim *s)
{
    return s->o->serial_dial && s->dialling > 0;
}

/* Dials in the place of a connection that is too old; false when it is not. */
static bool replaced(struct sim *s, int who, int conn)
{
    struct fact_conn *old = &s->f->conns[conn];
    if (s->o->recycle_us <= 0 || (double)(s->now_ns - old->ready_ns) < s->o->recycle_us * 1000)
        return false;
    old->close_ns = s->now_ns;
    dial_clock(s);
    s->dialling++;
    s->open--;
    int64_t ns = draw(s, SIM_LOGNORMAL, s->o->dial_us);
    conn_new(s, s->now_ns + 20000, s->now_ns + 20000 + ns);
    s->users[who].conn = (int)s->f->conn_count - 1;
    s->users[who].own_ns += (double)(ns + 20000);
    put(s, s->now_ns + 20000 + ns, SIM_REPLACED, who);
    return true;
}

static void hand_over(struct sim *s, int conn)
{
    size_t at = s->o->waiters == SIM_FIRST_COME  ? 0
                : s->o->waiters == SIM_LAST_COME ? s->waiting_count - 1
                                                 : (size_t)(uniform(s) * (double)s->waiting_count);
    int who = s->waiting[s->waiting_head + at];
    for (; at > 0; at--)
        s->waiting[s->waiting_head + at] = s->waiting[s->waiting_head + at - 1];
    s->waiting_head++;
    s->waiting_count--;
    if (s->waiting_count == 0)
        s->waiting_head = 0;
    if (replaced(s, who, conn))
        return;
    s->users[who].conn = conn;
    put(s, s->now_ns + draw(s, SIM_LOGNORMAL, s->o->handoff_us), SIM_TAKEN, who);
}

static int take_idle(struct sim *s)
{
    int conn = s->idle[0];
    s->idle_count--;
    for (int i = 0; i < s->idle_count; i++)
        s->idle[i] = s->idle[i + 1];
    return conn;
}

static void dial(struct sim *s)
{
    if (s->o->dial_us <= 0 || s->open + s->dialling >= s->o->pool || (s->o->serial_dial && s->dialling > 0) ||
        (size_t)s->dialling >= s->waiting_count)
        return;
    dial_clock(s);
    s->dialling++;
    int64_t ready_ns = s->now_ns + draw(s, SIM_LOGNORMAL, s->o->dial_us);
    conn_new(s, s->now_ns, ready_ns);
    put(s, ready_ns, SIM_DIALLED, (int)s->f->conn_count - 1);
}

static void want(struct sim *s, int who)
{
    struct sim_user *u = &s->users[who];
    dial_clock(s);
    u->want_ns = s->now_ns;
    u->dial_ns -= s->dial_clock_ns;
    if (s->idle_count > 0 && s->waiting_count == 0 && !gate_held(s)) {
        int conn = take_idle(s);
        if (replaced(s, who, conn))
            return;
        u->conn = conn;
        taken(s, who);
        return;
    }
    OBJ_ASSERT(FACT_ROOM(s->waiting, s->waiting_head + s->waiting_count, s->waiting_cap));
    s->waiting[s->waiting_head + s->waiting_count++] = who;
    dial(s);
}

static void give(struct sim *s, int conn)
{
    if (s->waiting_count > 0 && !gate_held(s))
        hand_over(s, conn);
    else
        s->idle[s->idle_count++] = conn;
}

/* Its own dial is over: whom it held up is served. */
static void own_dial_end(struct sim *s, int who)
{
    dial_clock(s);
    s->dialling--;
    s->open++;
    taken(s, who);
    while (s->waiting_count > 0 && s->idle_count > 0 && !gate_held(s))
        hand_over(s, take_idle(s));
    if (s->waiting_count > 0)
        dial(s);
}

static void app(struct sim *s, int who, double mean_us, int then)
{
    int64_t ns = draw(s, s->o->app_shape, mean_us);
    if (s->o->one_thread) {
        int64_t from_ns = s->thread_ns > s->now_ns ? s->thread_ns : s->now_ns;
        s->thread_ns = from_ns + ns;
        ns = s->thread_ns - s->now_ns;
    }
    s->users[who].app_ns += (double)ns;
    put(s, s->now_ns + ns, then, who);
}

static void arrive(struct sim *s, int who)
{
    struct sim_user *u = &s->users[who];
    if (s->now_ns >= s->level_end_ns)
        return;
    double total = 0, x;
    for (int i = 0; i < s->o->class_count; i++)
        total += s->o->classes[i].weight;
    x = uniform(s) * total;
    *u = (struct sim_user){.arrival_ns = s->now_ns, .level = s->level, .id = ++s->next_id};
    while (u->class < s->o->class_count - 1 && x >= s->o->classes[u->class].weight)
        x -= s->o->classes[u->class ++].weight;
    u->left = s->o->classes[u->class].checkouts;
    s->in_flight++;
    app(s, who, s->o->classes[u->class].before_us, SIM_WANT);
}

static void returned(struct sim *s, int who)
{
    struct sim_user *u = &s->users[who];
    const struct sim_class *c = &s->o->classes[u->class];
    dial_clock(s);
    give(s, u->conn);
    u->left--;
    app(s, who, u->left > 0 ? c->between_us : c->after_us, u->left > 0 ? SIM_WANT : SIM_ANSWER);
}

static void answer(struct sim *s, int who)
{
    struct sim_user *u = &s->users[who];
    struct ana_facts *f = s->f;
    const struct fact_level *l = &f->levels[u->level];
    bool in = u->arrival_ns >= l->start_ns && u->arrival_ns < l->end_ns;
    OBJ_ASSERT(FACT_ROOM(f->requests, f->request_count, f->request_cap));
    f->requests[f->request_count++] = (struct fact_request){.id = u->id,
                                                            .arrival_ns = u->arrival_ns,
                                                            .request_end_ns = u->arrival_ns,
                                                            .first_ns = s->now_ns,
                                                            .last_ns = s->now_ns,
                                                            .endpoint = (uint32_t)u->class,
                                                            .level_mark = l->id,
                                                            .level = in ? (uint32_t)u->level : FACT_NONE,
                                                            .complete = true,
                                                            .status = 200};
    if (in) {
        struct sim_truth *t = &s->truth[u->level];
        t->requests++;
        t->wait_ns += u->wait_ns;
        t->dial_ns += u->dial_ns;
        t->own_ns += u->own_ns;
        t->app_ns += u->app_ns;
        t->hold_ns += u->hold_ns;
    }
    s->in_flight--;
    arrive(s, who);
}

static void dialled(struct sim *s, int conn)
{
    dial_clock(s);
    s->dialling--;
    s->open++;
    give(s, conn);
    if (s->waiting_count > 0)
        dial(s);
}

static void step(struct sim *s)
{
    struct sim_event e = get(s);
    s->now_ns = e.t_ns;
    if (e.kind == SIM_WANT)
        want(s, e.who);
    else if (e.kind == SIM_TAKEN) {
        dial_clock(s);
        taken(s, e.who);
    } else if (e.kind == SIM_RETURN)
        returned(s, e.who);
    else if (e.kind == SIM_ANSWER)
        answer(s, e.who);
    else if (e.kind == SIM_ARRIVE)
        arrive(s, e.who);
    else if (e.kind == SIM_REPLACED)
        own_dial_end(s, e.who);
    else
        dialled(s, e.who);
}

static void level_run(struct sim *s, int level)
{
    const struct sim_options *o = s->o;
    struct ana_facts *f = s->f;
    int64_t start_ns = s->now_ns + (int64_t)(o->warmup_s * 1e9);
    s->level = level;
    s->level_end_ns = start_ns + (int64_t)(o->level_s * 1e9);
    OBJ_ASSERT(FACT_ROOM(f->levels, f->level_count, f->level_cap));
    f->levels[f->level_count++] = (struct fact_level){.id = (uint32_t)level + 1,
                                                      .users = (uint32_t)o->users[level],
                                                      .start_ns = start_ns,
                                                      .end_ns = s->level_end_ns};
    for (int i = 0; i < o->users[level]; i++)
        put(s, s->now_ns + (int64_t)(uniform(s) * 100000), SIM_ARRIVE, i);
    while (s->heap_count > 0)
        step(s);
    s->now_ns += INT64_C(50000000);
}

static int by_arrival(const void *pa, const void *pb)
{
    const struct fact_request *a = pa, *b = pb;
    if (a->arrival_ns != b->arrival_ns)
        return a->arrival_ns < b->arrival_ns ? -1 : 1;
    return a->id < b->id ? -1 : a->id > b->id;
}

void sim_run(const struct sim_options *o, struct ana_facts *f, struct sim_truth truth[SIM_LEVELS_MAX])
{
    struct sim s = {.o = o, .f = f, .truth = truth, .random = o->seed, .now_ns = SIM_START_NS};
    int most = 0;
    *f = (struct ana_facts){0};
    for (int i = 0; i < o->levels; i++) {
        most = o->users[i] > most ? o->users[i] : most;
        truth[i] = (struct sim_truth){0};
    }
    s.users = calloc((size_t)most + 1, sizeof *s.users);
    s.idle = calloc((size_t)o->pool + 1, sizeof *s.idle);
    OBJ_ASSERT(s.users && s.idle && FACT_ROOM(f->pools, f->pool_count, f->pool_cap));
    f->pools[f->pool_count++] = (struct fact_pool){.id = 1, .host = 0, .server = 1, .application = true};
    f->endpoint_count = (size_t)o->class_count;
    for (int i = 0; o->dial_us <= 0 && i < o->pool; i++) {
        conn_new(&s, s.now_ns - 2000000, s.now_ns - 1000000);
        s.idle[s.idle_count++] = i;
        s.open++;
    }
    for (int i = 0; i < o->levels; i++)
        level_run(&s, i);
    if (o->owners)
        qsort(f->requests, f->request_count, sizeof *f->requests, by_arrival);
    free(s.heap);
    free(s.users);
    free(s.idle);
    free(s.waiting);
}

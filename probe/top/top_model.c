/* summary: poolprobe top's statistics: connections, pools and queries of the running interval */
#include "top_model.h"

#include "base/hist.h"
#include "base/map.h"
#include "base/obj.h"

#include <stdio.h>
#include <string.h>

#define MODEL_MAGIC 0x746f704dU
#define CONN_MAGIC 0x746f7043U

struct pool {
    uint64_t id;
    char name[TOP_NAME_MAX];
    uint64_t open;
    uint64_t in_txn; /* connections with an open transaction */
    /* At the sample that is being taken. */
    uint64_t commands;
    uint64_t commands_in_txn;
    /* Of the interval. */
    double open_ns, busy_ns, idle_ns, waiting_ns, saturated_ns;
};

struct conn {
    uint32_t magic;
    struct pool *pool;
    uint64_t txn_id;       /* open now, 0: none */
    uint64_t ended_txn_id; /* the last that ended */
};

struct query {
    uint64_t digest;
    char text[TOP_TEXT_MAX];
    struct hist *times; /* NULL until it is needed */
    uint64_t count, errors;
    int64_t sum_ns;
};

struct top_model {
    uint32_t magic;
    int64_t start_ns; /* of the interval */
    int64_t held_ns;  /* of the last sample */
    struct map *conns;
    struct map *by_digest; /* digest → its struct query */
    struct query queries[TOP_QUERIES_MAX + 1];
    size_t query_count;
    struct pool pools[TOP_POOLS_MAX];
    size_t pool_count;
    struct hist *statement_times, *request_times;
    uint64_t statements, statement_errors, requests, request_errors, gaps;
    uint64_t connections_lost, pools_left_out;
    /* The sample that is being taken. */
    int64_t sample_ns;
    uint64_t now_requests, now_transferring, now_commands, now_commits, now_dialling;
    /* Of the interval. */
    int64_t in_flight_ns;
    int64_t line_ns[TOP_LINES];
    double waiting_ns, dialling_ns;
};

static struct query *find_query(struct top_model *m, uint64_t digest, const char *text)
{
    struct query *q = map_get(m->by_digest, &digest, sizeof digest);

    if (q != NULL)
        return q;
    q = &m->queries[TOP_QUERIES_MAX]; /* the one for the rest */
    if (m->query_count >= TOP_QUERIES_MAX)
        return q;
    if (map_set(m->by_digest, &digest, sizeof digest, &m->queries[m->query_count]) != PP_OK)
        return q;
    q = &m->queries[m->query_count++];
    q->digest = digest;
    snprintf(q->text, sizeof q->text, "%s", text);
    return q;
}

static void count_query(struct top_model *m, const struct ses_statement *s, int64_t ns)
{
    struct query *q = find_query(m, s->digest, s->digest_text);

    q->count++;
    q->errors += !s->ok;
    q->sum_ns += ns;
    if (q->times == NULL)
        q->times = hist_new();
    if (q->times != NULL)
        hist_add(q->times, ns);
}

static void set_txn(struct conn *c, uint64_t txn_id)
{
    if (c->pool != NULL)
        c->pool->in_txn += (uint64_t)(txn_id != 0) - (uint64_t)(c->txn_id != 0);
    c->txn_id = txn_id;
}

static struct conn *get_conn(const struct top_model *m, uint64_t id)
{
    struct conn *c = map_get(m->conns, &id, sizeof id);

    if (c != NULL)
        OBJ_CHECK(c, CONN_MAGIC);
    return c;
}

static void on_statement(void *priv, const struct ses_statement *s)
{
    struct top_model *m = priv;
    struct conn *c = get_conn(m, s->conn_id);

    if (c != NULL && s->txn_id != 0 && s->txn_id != c->ended_txn_id)
        set_txn(c, s->txn_id);
    if (!s->complete || s->last_ns == 0)
        return;
    int64_t ns = s->last_ns > s->sent_ns ? s->last_ns - s->sent_ns : 0;
    m->statements++;
    m->statement_errors += !s->ok;
    hist_add(m->statement_times, ns);
    if (s->digest != 0)
        count_query(m, s, ns);
}

static void on_txn(void *priv, const struct ses_txn *t)
{
    struct conn *c = get_conn(priv, t->conn_id);

    if (c == NULL)
        return;
    c->ended_txn_id = t->id;
    if (c->txn_id == t->id)
        set_txn(c, 0);
}

/* A place for a pool, at need that of one which has no connection any more. */
static struct pool *new_pool(struct top_model *m)
{
    struct pool *p = m->pool_count < TOP_POOLS_MAX ? &m->pools[m->pool_count++] : NULL;

    for (size_t i = 0; p == NULL && i < TOP_POOLS_MAX; i++)
        if (m->pools[i].open == 0)
            p = &m->pools[i];
    if (p != NULL)
        memset(p, 0, sizeof *p);
    return p;
}

static void on_pool(void *priv, const struct ses_pool *f)
{
    struct top_model *m = priv;

    struct pool *p = new_pool(m);
    if (p == NULL) {
        m->pools_left_out++;
        return;
    }
    p->id = f->id;
    if (f->user[0] == 0)
        snprintf(p->name, sizeof p->name, "%s > %s (login not seen)", f->client_host, f->server);
    else
        snprintf(p->name, sizeof p->name, "%s@%s/%s%s%s%s%s", f->user, f->server, f->db,
                 f->program_name[0] != 0 ? " " : "", f->program_name, f->pid[0] != 0 ? " pid " : "", f->pid);
}

static struct pool *find_pool(struct top_model *m, uint64_t id)
{
    for (size_t i = 0; i < m->pool_count; i++)
        if (m->pools[i].id == id)
            return &m->pools[i];
    return NULL;
}

static void move_conn(struct conn *c, struct pool *to)
{
    if (c->pool == to)
        return;
    if (c->pool != NULL) {
        c->pool->open--;
        c->pool->in_txn -= c->txn_id != 0;
    }
    c->pool = to;
    if (to != NULL) {
        to->open++;
        to->in_txn += c->txn_id != 0;
    }
}

static void end_conn(struct top_model *m, uint64_t id)
{
    struct conn *c = map_remove(m->conns, &id, sizeof id);

    if (c == NULL)
        return;
    OBJ_CHECK(c, CONN_MAGIC);
    move_conn(c, NULL);
    OBJ_FREE(c);
}

static void on_connection(void *priv, const struct ses_connection *f)
{
    struct top_model *m = priv;
    struct conn *c = get_conn(m, f->id);

    if (f->final) {
        end_conn(m, f->id);
        return;
    }
    if (f->pool_id == 0)
        return;
    if (c == NULL) {
        if (OBJ_NEW(c, CONN_MAGIC) == NULL || map_set(m->conns, &f->id, sizeof f->id, c) != PP_OK) {
            if (c != NULL)
                OBJ_FREE(c);
            m->connections_lost++;
            return;
        }
    }
    move_conn(c, find_pool(m, f->pool_id));
}

static void on_request(void *priv, const struct ses_request *r)
{
    struct top_model *m = priv;

    if (!r->complete)
        return;
    m->requests++;
    m->request_errors += r->status >= 500;
    hist_add(m->request_times, r->last_ns > r->arrival_ns ? r->last_ns - r->arrival_ns : 0);
}

static void on_gap(void *priv, const struct ses_gap *g)
{
    (void)g;
    ((struct top_model *)priv)->gaps++;
}

struct ses_sink top_model_sink(struct top_model *m)
{
    OBJ_CHECK(m, MODEL_MAGIC);
    return (struct ses_sink){
        .pool = on_pool,
        .connection = on_connection,
        .statement = on_statement,
        .txn = on_txn,
        .request = on_request,
        .gap = on_gap,
        .priv = m,
    };
}

enum pp_status top_model_new(struct top_model **out, int64_t start_ns)
{
    struct top_model *m;

    *out = NULL;
    if (OBJ_NEW(m, MODEL_MAGIC) == NULL)
        return PP_NOMEM;
    m->start_ns = m->held_ns = start_ns;
    m->conns = map_new(TOP_CONNECTIONS_MAX);
    m->by_digest = map_new(TOP_QUERIES_MAX);
    m->statement_times = hist_new();
    m->request_times = hist_new();
    snprintf(m->queries[TOP_QUERIES_MAX].text, TOP_TEXT_MAX, "(other statements)");
    if (m->conns == NULL || m->by_digest == NULL || m->statement_times == NULL || m->request_times == NULL) {
        top_model_free(&m);
        return PP_NOMEM;
    }
    *out = m;
    return PP_OK;
}

static void free_conn(void *priv, const void *key, size_t key_len, void *value)
{
    struct conn *c = value;

    (void)priv;
    (void)key;
    (void)key_len;
    OBJ_CHECK(c, CONN_MAGIC);
    OBJ_FREE(c);
}

void top_model_free(struct top_model **mp)
{
    struct top_model *m = *mp;

    if (m == NULL)
        return;
    OBJ_CHECK(m, MODEL_MAGIC);
    if (m->conns != NULL)
        map_each(m->conns, free_conn, NULL);
    map_free(&m->conns);
    map_free(&m->by_digest);
    for (size_t i = 0; i <= TOP_QUERIES_MAX; i++)
        hist_free(&m->queries[i].times);
    hist_free(&m->statement_times);
    hist_free(&m->request_times);
    OBJ_FREE(m);
    *mp = NULL;
}

void top_model_begin_sample(struct top_model *m, int64_t at_ns, uint64_t requests, uint64_t transferring)
{
    OBJ_CHECK(m, MODEL_MAGIC);
    m->sample_ns = at_ns > m->held_ns ? at_ns : m->held_ns;
    m->now_requests = requests;
    m->now_transferring = transferring < requests ? transferring : requests;
    m->now_commands = m->now_commits = m->now_dialling = 0;
    for (size_t i = 0; i < m->pool_count; i++)
        m->pools[i].commands = m->pools[i].commands_in_txn = 0;
}

void top_model_command(struct top_model *m, uint64_t conn_id, enum top_command what)
{
    struct conn *c = get_conn(m, conn_id);

    if (what == TOP_COMMAND_CONNECT) {
        m->now_dialling++;
        return;
    }
    m->now_commands += what == TOP_COMMAND_PLAIN;
    m->now_commits += what == TOP_COMMAND_COMMIT;
    if (c == NULL || c->pool == NULL)
        return;
    c->pool->commands++;
    c->pool->commands_in_txn += c->txn_id != 0;
}

/* Gives at most `n` of what is left of the requests to a line. */
static uint64_t give(struct top_model *m, enum top_line line, uint64_t left, uint64_t n, int64_t span_ns)
{
    uint64_t taken = n < left ? n : left;

    m->line_ns[line] += (int64_t)taken * span_ns;
    return left - taken;
}

static void split_requests(struct top_model *m, uint64_t idle, int64_t span_ns)
{
    uint64_t left = m->now_requests;

    m->in_flight_ns += (int64_t)left * span_ns;
    left = give(m, TOP_TRANSFER, left, m->now_transferring, span_ns);
    left = give(m, TOP_STATEMENT, left, m->now_commands, span_ns);
    left = give(m, TOP_COMMIT, left, m->now_commits, span_ns);
    left = give(m, TOP_TXN_IDLE, left, idle, span_ns);
    (void)give(m, TOP_REST, left, left, span_ns);
}

static uint64_t pool_idle(const struct pool *p)
{
    return p->in_txn > p->commands_in_txn ? p->in_txn - p->commands_in_txn : 0;
}

static uint64_t pool_busy(const struct pool *p)
{
    return p->commands + pool_idle(p);
}

static bool is_saturated(const struct pool *p)
{
    return p->open > 0 && pool_busy(p) >= p->open;
}

static void share_waiting(struct top_model *m, uint64_t busy, uint64_t saturated_open, double span_ns)
{
    uint64_t served = m->now_transferring + busy;

    if (saturated_open == 0 || m->now_requests <= served)
        return;
    double waiting = (double)(m->now_requests - served) * span_ns;
    m->waiting_ns += waiting;
    for (size_t i = 0; i < m->pool_count; i++)
        if (is_saturated(&m->pools[i]))
            m->pools[i].waiting_ns += waiting * (double)m->pools[i].open / (double)saturated_open;
}

void top_model_end_sample(struct top_model *m)
{
    int64_t span_ns = m->sample_ns - m->held_ns;
    double span = (double)span_ns;
    uint64_t idle = 0;
    uint64_t saturated_open = 0;

    OBJ_CHECK(m, MODEL_MAGIC);
    m->held_ns = m->sample_ns;
    for (size_t i = 0; i < m->pool_count; i++) {
        struct pool *p = &m->pools[i];
        idle += pool_idle(p);
        p->open_ns += (double)p->open * span;
        p->busy_ns += (double)pool_busy(p) * span;
        p->idle_ns += (double)pool_idle(p) * span;
        p->saturated_ns += is_saturated(p) ? span : 0;
        saturated_open += is_saturated(p) ? p->open : 0;
    }
    split_requests(m, idle, span_ns);
    share_waiting(m, m->now_commands + m->now_commits + idle, saturated_open, span);
    m->dialling_ns += (double)m->now_dialling * span;
}

static void take_pools(struct top_model *m, struct top_frame *out, double span)
{
    out->pool_count = 0;
    for (size_t i = 0; i < m->pool_count; i++) {
        struct pool *p = &m->pools[i];
        if (p->open > 0 || p->open_ns > 0) {
            struct top_pool *to = &out->pools[out->pool_count++];
            *to = (struct top_pool){.open = p->open_ns / span,
                                    .busy = p->busy_ns / span,
                                    .idle = p->idle_ns / span,
                                    .waiting = p->waiting_ns / span,
                                    .saturated = p->saturated_ns / span,
                                    .now_open = p->open};
            memcpy(to->name, p->name, sizeof to->name);
        }
        p->open_ns = p->busy_ns = p->idle_ns = p->waiting_ns = p->saturated_ns = 0;
    }
}

static void take_query(struct query *q, struct top_frame *out)
{
    struct top_query *to = &out->queries[out->query_count];

    if (q->count == 0)
        return;
    out->query_count++;
    memcpy(to->text, q->text, sizeof to->text);
    to->digest = q->digest;
    to->count = q->count;
    to->errors = q->errors;
    to->sum_ns = q->sum_ns;
    to->p95_ns = q->times != NULL ? hist_quantile(q->times, 0.95) : 0;
    q->count = q->errors = 0;
    q->sum_ns = 0;
    if (q->times != NULL)
        hist_reset(q->times);
}

/* A full table starts over, so that queries of now find room. */
static void take_queries(struct top_model *m, struct top_frame *out)
{
    out->query_count = 0;
    for (size_t i = 0; i < m->query_count; i++)
        take_query(&m->queries[i], out);
    take_query(&m->queries[TOP_QUERIES_MAX], out);
    if (m->query_count < TOP_QUERIES_MAX)
        return;
    for (size_t i = 0; i < m->query_count; i++)
        (void)map_remove(m->by_digest, &m->queries[i].digest, sizeof m->queries[i].digest);
    m->query_count = 0;
}

static void take_counts(struct top_model *m, struct top_frame *out)
{
    out->statements = m->statements;
    out->statement_errors = m->statement_errors;
    out->requests = m->requests;
    out->request_errors = m->request_errors;
    out->gaps = m->gaps;
    out->statement_p50_ns = hist_quantile(m->statement_times, 0.5);
    out->statement_p95_ns = hist_quantile(m->statement_times, 0.95);
    out->request_p50_ns = hist_quantile(m->request_times, 0.5);
    out->request_p95_ns = hist_quantile(m->request_times, 0.95);
    m->statements = m->statement_errors = m->requests = m->request_errors = m->gaps = 0;
    hist_reset(m->statement_times);
    hist_reset(m->request_times);
}

void top_model_take(struct top_model *m, struct top_frame *out)
{
    OBJ_CHECK(m, MODEL_MAGIC);
    out->at_ns = m->held_ns;
    out->span_ns = m->held_ns - m->start_ns;
    double span = out->span_ns > 0 ? (double)out->span_ns : 1;

    take_counts(m, out);
    out->in_flight_ns = m->in_flight_ns;
    memcpy(out->line_ns, m->line_ns, sizeof out->line_ns);
    out->waiting = m->waiting_ns / span;
    out->dialling = m->dialling_ns / span;
    out->connections_lost = m->connections_lost;
    out->pools_left_out = m->pools_left_out;
    take_pools(m, out, span);
    take_queries(m, out);
    m->in_flight_ns = 0;
    memset(m->line_ns, 0, sizeof m->line_ns);
    m->waiting_ns = m->dialling_ns = 0;
    m->start_ns = m->held_ns;
}

static int64_t sort_value(const struct top_query *q, enum top_sort by)
{
    switch (by) {
    case TOP_BY_COUNT:
        return (int64_t)q->count;
    case TOP_BY_P95:
        return q->p95_ns;
    case TOP_BY_ERRORS:
        return (int64_t)q->errors;
    case TOP_BY_TIME:
        break;
    }
    return q->sum_ns;
}

/* Insertion into a sorted row of a few hundred. Equal ones: the more time first, then as they came. */
void top_frame_sort(const struct top_frame *f, enum top_sort by, uint16_t *order)
{
    for (size_t i = 0; i < f->query_count; i++) {
        const struct top_query *q = &f->queries[i];
        size_t at = i;
        for (; at > 0; at--) {
            const struct top_query *before = &f->queries[order[at - 1]];
            int64_t a = sort_value(q, by);
            int64_t b = sort_value(before, by);
            if (a < b || (a == b && q->sum_ns <= before->sum_ns))
                break;
            order[at] = order[at - 1];
        }
        order[at] = (uint16_t)i;
    }
}

const char *top_sort_name(enum top_sort by)
{
    static const char *const names[] = {"time", "calls", "p95", "errors"};

    return names[by];
}

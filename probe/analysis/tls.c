/* summary: encrypted connections: their exchanges, and the statements that performance_schema knows of them
 */
#include "tls.h"

#include "parts.h"

#include <stdlib.h>
#include <string.h>

/* Each has a histogram of 30 kB. */
#define TLS_QUERIES_MAX 500

/* ---- reading ---- */

static enum pp_status on_exchange(void *priv, const struct sto_tls_exchange *x)
{
    struct ana_input *in = priv;
    struct ana_tls_facts *f = &in->tls;
    struct ana_tls *t = &in->report->tls;
    uint32_t conn = ana_facts_conn(&in->facts, x->conn_id);
    if (conn == FACT_NONE || x->first_ns == 0 || x->last_ns < x->first_ns || x->first_ns < x->sent_ns)
        return PP_OK;
    if (!FACT_ROOM(f->exchanges, f->exchange_count, f->exchange_cap))
        return PP_NOMEM;
    f->exchanges[f->exchange_count++] = (struct tls_exchange){.sent_ns = x->sent_ns,
                                                              .first_ns = x->first_ns,
                                                              .last_ns = x->last_ns,
                                                              .conn = conn,
                                                              .complete = x->complete};
    t->exchanges++;
    if (x->complete)
        hist_add(t->latency.hist, x->last_ns - x->sent_ns);
    return PP_OK;
}

static enum tls_event event_of(const char *name)
{
    static const char *const silent[] = {"statement/com/Close stmt", "statement/com/Long Data",
                                         "statement/com/Quit"};
    for (size_t i = 0; i < sizeof silent / sizeof silent[0]; i++)
        if (strcmp(name, silent[i]) == 0)
            return TLS_SILENT;
    return strcmp(name, "statement/sql/load") == 0 ? TLS_SEVERAL : TLS_COMMAND;
}

static enum pp_status on_statement(void *priv, const struct sto_ps_tls_statement *p)
{
    struct ana_tls_facts *f = &((struct ana_input *)priv)->tls;
    if (!FACT_ROOM(f->statements, f->statement_count, f->statement_cap))
        return PP_NOMEM;
    struct tls_statement *s = &f->statements[f->statement_count++];
    *s = (struct tls_statement){.poll_id = p->poll_id,
                                .thread_id = p->thread_id,
                                .event_id = p->event_id,
                                .start_ns = p->start_ns,
                                .timer_ns = p->timer_ns > 0 ? p->timer_ns : 0,
                                .lock_ns = p->lock_ns > 0 ? p->lock_ns : 0,
                                .rows_sent = p->rows_sent,
                                .rows_examined = p->rows_examined,
                                .errors = p->errors,
                                .digest = ana_text(p->digest),
                                .event = event_of(p->event),
                                .exchange = FACT_NONE};
    return s->digest ? PP_OK : PP_NOMEM;
}

static enum pp_status on_clock(void *priv, const struct sto_ps_clock *c)
{
    struct ana_tls_facts *f = &((struct ana_input *)priv)->tls;
    if (!FACT_ROOM(f->clocks, f->clock_count, f->clock_cap))
        return PP_NOMEM;
    f->clocks[f->clock_count++] =
        (struct tls_clock){.poll_id = c->poll_id, .low_ns = c->low_ns, .high_ns = c->high_ns};
    return PP_OK;
}

static enum pp_status on_poll(void *priv, const struct sto_ps_poll *p)
{
    struct ana_tls_facts *f = &((struct ana_input *)priv)->tls;
    if (strcmp(p->source, "tls_statements") != 0 || strcmp(p->note, "cut") != 0)
        return PP_OK;
    if (!FACT_ROOM(f->cut, f->cut_count, f->cut_cap))
        return PP_NOMEM;
    f->cut[f->cut_count++] = p->id;
    return PP_OK;
}

enum pp_status ana_read_tls(struct ana_input *in, struct sto_run *run, struct pp_err *err)
{
    struct ana_tls *t = &in->report->tls;
    t->latency.hist = hist_new();
    if (!t->latency.hist)
        return PP_NOMEM;
    enum pp_status st = sto_each_tls_exchange(run, on_exchange, in, err);
    if (st == PP_OK)
        st = sto_each_ps_tls_statement(run, on_statement, in, err);
    if (st == PP_OK)
        st = sto_each_ps_clock(run, on_clock, in, err);
    return st == PP_OK ? sto_each_ps_poll(run, on_poll, in, err) : st;
}

/* ---- groups ---- */

static int by_poll(const void *pa, const void *pb)
{
    const struct tls_statement *a = pa, *b = pb;
    if (a->poll_id != b->poll_id)
        return a->poll_id < b->poll_id ? -1 : 1;
    if (a->thread_id != b->thread_id)
        return a->thread_id < b->thread_id ? -1 : 1;
    return a->event_id < b->event_id ? -1 : a->event_id > b->event_id;
}

/* Of the encrypted connections, by their session's thread; one that two share leads nowhere: ids began again.
 */
#define SHARED UINTPTR_MAX
static bool index_threads(struct ana_input *in)
{
    struct map *m = in->tls.threads = map_new(0);
    for (size_t i = 0; m && i < in->report->connection_count; i++) {
        int64_t id = in->report->connections[i].thread_id;
        if (!in->facts.conns[i].opaque || id == 0)
            continue;
        uintptr_t conn = map_get(m, &id, sizeof id) ? SHARED : i + 1;
        if (map_set(m, &id, sizeof id, (void *)conn) != PP_OK)
            return false;
    }
    return m != NULL;
}

/* The first exchange of the connection or of a later one. */
static size_t exchange_from(const struct ana_tls_facts *f, uint32_t conn)
{
    size_t low = 0, high = f->exchange_count;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (f->exchanges[mid].conn < conn)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

static void exchanges_of(const struct ana_tls_facts *f, int64_t thread_id, struct tls_group *g)
{
    uintptr_t conn = (uintptr_t)map_get(f->threads, &thread_id, sizeof thread_id);
    if (conn == 0 || conn == SHARED)
        return;
    g->exchange = exchange_from(f, (uint32_t)(conn - 1));
    g->ends = exchange_from(f, (uint32_t)conn);
}

static bool is_cut(const struct ana_tls_facts *f, int64_t poll_id)
{
    for (size_t i = 0; i < f->cut_count; i++)
        if (f->cut[i] == poll_id)
            return true;
    return false;
}

static int by_clock(const void *key, const void *element)
{
    const int64_t *id = key;
    const struct tls_clock *c = element;
    return *id < c->poll_id ? -1 : *id > c->poll_id;
}

static const struct tls_clock *clock_of(const struct ana_tls_facts *f, int64_t poll_id)
{
    return f->clock_count == 0 ? NULL
                               : bsearch(&poll_id, f->clocks, f->clock_count, sizeof *f->clocks, by_clock);
}

/* Makes the groups of one poll out of statements [from, to), which are sorted. */
static enum pp_status align_poll(struct ana_input *in, size_t from, size_t to)
{
    struct ana_tls_facts *f = &in->tls;
    struct ana_tls *t = &in->report->tls;
    const struct tls_clock *known = clock_of(f, f->statements[from].poll_id);
    if (!known || is_cut(f, known->poll_id))
        return PP_OK;
    struct tls_group *groups = calloc(to - from, sizeof *groups);
    struct tls_clock clock = *known;
    size_t n = 0;
    if (!groups)
        return PP_NOMEM;
    for (size_t i = from; i < to; i += groups[n - 1].count) {
        struct tls_group *g = &groups[n++];
        g->first = i;
        while (i + g->count < to && f->statements[i + g->count].thread_id == f->statements[i].thread_id)
            g->count++;
        exchanges_of(f, f->statements[i].thread_id, g);
        g->state = g->exchange == g->ends ? TLS_UNSEEN : TLS_OPEN;
    }
    bool good = ana_tls_align(f, groups, n, &clock);
    for (size_t i = 0; i < n; i++) {
        enum tls_state state = groups[i].state;
        if (!good && state != TLS_UNSEEN)
            state = TLS_IMPOSSIBLE;
        for (size_t k = 0; k < groups[i].count; k++)
            f->statements[groups[i].first + k].state = state;
    }
    if (good && (t->clock_ns < 0 || clock.high_ns - clock.low_ns > t->clock_ns))
        t->clock_ns = clock.high_ns - clock.low_ns;
    free(groups);
    return PP_OK;
}

/* ---- by digest ---- */

struct adding {
    struct map *last;    /* thread → its newest statement so far + 1 */
    struct map *queries; /* digest → number + 1 */
    size_t cap;
};

static struct ana_tls_query *new_query(struct ana_input *in, const char *digest, struct adding *a)
{
    const struct ana_server *v = &in->report->server;
    struct ana_tls *t = &in->report->tls;
    const char *text = "";
    if (!FACT_ROOM(t->queries, t->query_count, a->cap) ||
        map_set(a->queries, digest, strlen(digest), (void *)(uintptr_t)(t->query_count + 1)) != PP_OK)
        return NULL;
    for (size_t i = 0; i < v->digest_count && !*text; i++)
        if (strcmp(v->digests[i].digest, digest) == 0)
            text = v->digests[i].text;
    struct ana_tls_query *q = &t->queries[t->query_count++];
    *q = (struct ana_tls_query){
        .digest = ana_text(digest), .text = ana_text(text), .latency.hist = hist_new()};
    return q->digest && q->text && q->latency.hist ? q : NULL;
}

/* A statement that one poll told comes once more in the next. */
static bool told_before(const struct ana_tls_facts *f, struct adding *a, const struct tls_statement *s)
{
    uintptr_t known = (uintptr_t)map_get(a->last, &s->thread_id, sizeof s->thread_id);
    if (known && f->statements[known - 1].event_id >= s->event_id)
        return true;
    (void)!map_set(a->last, &s->thread_id, sizeof s->thread_id, (void *)(uintptr_t)(s - f->statements + 1));
    return false;
}

static void count(struct ana_tls *t, const struct tls_statement *s)
{
    uint64_t *sums[] = {[TLS_UNTIMED] = &t->untimed,
                        [TLS_OPEN] = &t->ambiguous,
                        [TLS_CERTAIN] = s->exchange == FACT_NONE ? &t->edge : &t->paired,
                        [TLS_IMPOSSIBLE] = &t->disagree,
                        [TLS_UNSEEN] = &t->unseen};
    t->statements++;
    ++*sums[s->state];
}

static enum pp_status add(struct ana_input *in, const struct tls_statement *s, struct adding *a)
{
    struct ana_tls *t = &in->report->tls;
    uintptr_t known = (uintptr_t)map_get(a->queries, s->digest, strlen(s->digest));
    count(t, s);
    if (!known && t->query_count >= TLS_QUERIES_MAX) {
        t->left_out++;
        return PP_OK;
    }
    struct ana_tls_query *q = known ? &t->queries[known - 1] : new_query(in, s->digest, a);
    if (!q)
        return PP_NOMEM;
    q->count++;
    q->errors += s->errors != 0;
    q->server_ns += s->timer_ns;
    q->lock_ns += s->lock_ns;
    q->rows_sent += s->rows_sent > 0 ? (uint64_t)s->rows_sent : 0;
    q->rows_examined += s->rows_examined > 0 ? (uint64_t)s->rows_examined : 0;
    if (s->exchange == FACT_NONE)
        return PP_OK;
    const struct tls_exchange *x = &in->tls.exchanges[s->exchange];
    q->paired_server_ns += s->timer_ns;
    hist_add(q->latency.hist, x->last_ns - x->sent_ns);
    return PP_OK;
}

static enum pp_status sum_up(struct ana_input *in)
{
    const struct ana_tls_facts *f = &in->tls;
    struct adding a = {.last = map_new(0), .queries = map_new(0)};
    enum pp_status st = a.last && a.queries ? PP_OK : PP_NOMEM;
    for (size_t i = 0; i < f->statement_count && st == PP_OK; i++) {
        const struct tls_statement *s = &f->statements[i];
        if (!told_before(f, &a, s) && *s->digest)
            st = add(in, s, &a);
    }
    if (a.last)
        map_free(&a.last);
    if (a.queries)
        map_free(&a.queries);
    return st;
}

static int by_count(const void *pa, const void *pb)
{
    const struct ana_tls_query *a = pa, *b = pb;
    if (a->count != b->count)
        return a->count > b->count ? -1 : 1;
    return strcmp(a->digest, b->digest);
}

enum pp_status ana_tls_finish(struct ana_input *in)
{
    struct ana_tls_facts *f = &in->tls;
    struct ana_tls *t = &in->report->tls;
    enum pp_status st = index_threads(in) ? PP_OK : PP_NOMEM;
    t->clock_ns = -1;
    t->connections = in->report->coverage.tls;
    t->known = f->statement_count > 0;
    if (f->statement_count > 1)
        qsort(f->statements, f->statement_count, sizeof *f->statements, by_poll);
    for (size_t i = 0, end; i < f->statement_count && st == PP_OK; i = end) {
        for (end = i; end < f->statement_count && f->statements[end].poll_id == f->statements[i].poll_id;)
            end++;
        st = align_poll(in, i, end);
    }
    if (st == PP_OK)
        st = sum_up(in);
    if (t->query_count > 1)
        qsort(t->queries, t->query_count, sizeof *t->queries, by_count);
    return st;
}

void ana_tls_facts_fini(struct ana_tls_facts *f)
{
    for (size_t i = 0; i < f->statement_count; i++)
        free(f->statements[i].digest);
    free(f->exchanges);
    free(f->statements);
    free(f->clocks);
    free(f->cut);
    if (f->threads)
        map_free(&f->threads);
}

void ana_tls_fini(struct ana_tls *t)
{
    for (size_t i = 0; i < t->query_count; i++) {
        free(t->queries[i].digest);
        free(t->queries[i].text);
        hist_free(&t->queries[i].latency.hist);
    }
    free(t->queries);
    hist_free(&t->latency.hist);
}

/* summary: poller: the statements of encrypted sessions that the server remembers, and its timer against this
 * machine's clock */
#include "poll_priv.h"

#include "base/clock.h"

#include "sql_server.h"

#include <stdlib.h>
#include <string.h>

/* The server makes each row out of its text and plan, at some 8 us: with more sessions or a longer history
 * than this, a question would cost it too much. The LIMIT of ps_tls_statements.sql. */
#define ROWS_MAX 5000
/* The shortest of a few questions bounds the clocks best. */
#define CLOCK_QUESTIONS 3

/* A session whose statements were read. */
struct remembered {
    int64_t ts_ns;      /* of the answer */
    int64_t last, next; /* newest event before this answer, and in it; 0: none */
};

static struct remembered *remembered(struct srv_poller *p, int64_t thread_id)
{
    struct remembered *m = map_get(p->tls, &thread_id, sizeof thread_id);
    if (m != NULL)
        return m;
    m = calloc(1, sizeof *m);
    if (m == NULL || map_set(p->tls, &thread_id, sizeof thread_id, m) != PP_OK) {
        free(m);
        poll_nomem(p);
        return NULL;
    }
    return m;
}

/* The last one that is known already comes too: it tells that none is missing in between. */
static void take_statement(void *priv, MYSQL_ROW row)
{
    const struct poll_round *r = priv;
    int64_t thread_id = poll_i64(row[0], 0), event_id = poll_i64(row[1], 0);
    struct remembered *m = remembered(r->p, thread_id);
    if (m == NULL)
        return;
    m->ts_ns = r->ts_ns;
    if (event_id > m->next)
        m->next = event_id;
    if (event_id < m->last)
        return;
    struct srv_tls_statement out = {.poll_id = r->id,
                                    .thread_id = thread_id,
                                    .event_id = event_id,
                                    .start_ns = poll_i64(row[2], 0),
                                    .timer_ns = poll_i64(row[3], 0),
                                    .lock_ns = poll_i64(row[4], 0),
                                    .errors = poll_i64(row[5], 0),
                                    .rows_sent = poll_i64(row[6], 0),
                                    .rows_examined = poll_i64(row[7], 0),
                                    .event = poll_text(row[8]),
                                    .digest = poll_text(row[9])};
    r->p->s->sink.tls_statement(r->p->s->sink.priv, &out);
}

struct ageing {
    const struct poll_round *r;
    size_t gone;
    int64_t ids[256];
};

static void age(void *priv, const void *key, size_t key_len, void *value)
{
    struct ageing *a = priv;
    struct remembered *m = value;
    m->last = m->next;
    if (m->ts_ns != a->r->ts_ns && a->gone < sizeof a->ids / sizeof a->ids[0])
        memcpy(&a->ids[a->gone++], key, key_len);
}

static void age_all(const struct poll_round *r)
{
    struct ageing a = {.r = r};
    map_each(r->p->tls, age, &a);
    for (size_t i = 0; i < a.gone; i++)
        free(map_remove(r->p->tls, &a.ids[i], sizeof a.ids[i]));
}

static void take_start(void *priv, MYSQL_ROW row)
{
    *(int64_t *)priv = poll_i64(row[0], -1);
}

/* The question began at the server after it was sent and before it was answered. */
static enum pp_status ask_clock(struct poll_round *r, struct pp_err *err)
{
    struct srv_clock out = {.poll_id = r->id};
    for (int i = 0; i < CLOCK_QUESTIONS; i++) {
        int64_t start = -1, before = clock_real_ns();
        enum pp_status st = srv_query(r->p->s, sql_ps_clock, 1, take_start, &start, err);
        int64_t after = clock_real_ns();
        if (st != PP_OK)
            return st;
        if (start < 0)
            continue;
        bool first = out.high_ns == 0 && out.low_ns == 0;
        out.low_ns = first || before - start > out.low_ns ? before - start : out.low_ns;
        out.high_ns = first || after - start < out.high_ns ? after - start : out.high_ns;
    }
    /* A clock that was set in between bounds nothing. */
    if (out.low_ns != 0 && out.low_ns <= out.high_ns)
        r->p->s->sink.clock(r->p->s->sink.priv, &out);
    return PP_OK;
}

static void take_off(void *priv, MYSQL_ROW row)
{
    const struct poll_round *r = priv;
    poll_note(
        r->p, "missing",
        "the statements of encrypted sessions: the consumer %s of performance_schema is off; turn it on with "
        "UPDATE performance_schema.setup_consumers SET ENABLED='YES' WHERE NAME='%s'",
        row[0], row[0]);
}

enum pp_status poll_ask_tls_statements(struct poll_round *r, struct pp_err *err)
{
    static const char *const sqls[] = {sql_ps_tls_statements, NULL};
    if (r->p->tls_sessions == 0)
        return PP_AGAIN;
    enum pp_status st = PP_OK;
    if (!r->p->asked_history) {
        st = srv_query(r->p->s, sql_ps_history_off, 1, take_off, r, err);
        r->p->asked_history = st == PP_OK;
    }
    if (st == PP_OK)
        st = poll_ask(r, sqls, 10, take_statement, r, err);
    if (st == PP_OK)
        st = ask_clock(r, err);
    r->cut = r->rows >= ROWS_MAX;
    if (r->cut)
        poll_note(r->p, "missing",
                  "the statements of encrypted sessions: the server remembers more than %d of them, which "
                  "would cost it "
                  "too much to tell",
                  ROWS_MAX);
    age_all(r);
    return st;
}

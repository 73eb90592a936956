/* summary: session stage: its life, and the ways in for exchanges and lifecycle events */
#include "ses_private.h"

#include "base/obj.h"
#include "base/rare.h"

#include <string.h>
#include <sys/random.h>

enum pp_status ses_new(struct ses **out, const struct ses_options *options, const struct ses_sink *sink)
{
    struct ses *s = OBJ_NEW(s, SES_MAGIC);

    *out = NULL;
    if (!s)
        return PP_NOMEM;
    if (options)
        s->options = *options;
    if (!s->options.max_digests)
        s->options.max_digests = SES_MAX_DIGESTS;
    if (sink)
        s->sink = *sink;
    s->text = "";
    /* So that nobody can choose texts whose shapes collide. */
    if (getrandom(&s->shape_seed, sizeof s->shape_seed, GRND_NONBLOCK) != (ssize_t)sizeof s->shape_seed)
        s->shape_seed = (uint64_t)(uintptr_t)s;
    s->conns = map_new(0);
    s->digests = map_new(0);
    s->pools = map_new(0);
    s->levels = map_new(0);
    s->level_ids = map_new(0);
    if (!s->conns || !s->digests || !s->pools || !s->levels || !s->level_ids) {
        ses_free(&s);
        return PP_NOMEM;
    }
    *out = s;
    return PP_OK;
}

static void free_conn(void *priv, const void *key, size_t key_len, void *value)
{
    struct ses_conn *c = value;

    (void)priv;
    (void)key;
    (void)key_len;
    ses_conn_free(&c);
}

void ses_free(struct ses **sp)
{
    struct ses *s = *sp;

    if (!s)
        return;
    OBJ_CHECK(s, SES_MAGIC);
    if (s->conns)
        map_each(s->conns, free_conn, NULL);
    if (s->digests)
        ses_digest_free_all(s);
    if (s->pools)
        ses_pool_free_all(s);
    if (s->levels)
        ses_level_free_all(s);
    map_free(&s->conns);
    map_free(&s->digests);
    map_free(&s->pools);
    map_free(&s->levels);
    map_free(&s->level_ids);
    OBJ_FREE(s);
    *sp = NULL;
}

bool ses_has_answer(const struct myw_exchange *x)
{
    enum { NONE, OK, RESULT, PREPARE, FETCH, FIELDS, TEXT, AUTH, STREAM };
    static const uint8_t answers[256] = {
#define MYW_CMD(NAME, code, answer) [code] = (answer) + 1,
#include "myw_cmd.def"
#undef MYW_CMD
    };

    return (unsigned)x->cmd > 255 || answers[x->cmd] != NONE + 1;
}

bool ses_is_lost(const struct myw_exchange *x)
{
    if (x->complete || !ses_has_answer(x))
        return false;
    /* A response that ended with the connection was not lost: there was none. */
    if ((x->notes & MYW_NOTE_CLOSED) && !(x->notes & (MYW_NOTE_GAP | MYW_NOTE_DESYNC)))
        return false;
    /* Status flags that were seen are good even where the text of the command is not known. */
    return !x->has_status || (x->notes & (MYW_NOTE_GAP | MYW_NOTE_DESYNC));
}

static void fill_statement(struct ses *s, const struct myw_exchange *x, uint16_t status,
                           struct ses_statement *st)
{
    /* Field by field: clearing the whole first costs as much again. */
    st->id = ++s->next_statement;
    st->conn_id = x->session->conn_id;
    st->digest = 0;
    st->digest_is_new = false;
    st->cmd = myw_cmd_name(x->cmd);
    st->sample = "";
    st->sample_bytes = 0;
    ses_trace_id_of(s->trace_id, x);
    st->trace_id = s->trace_id;
    st->sent_ns = x->sent_ns;
    st->first_ns = x->first_ns;
    st->last_ns = x->last_ns;
    st->rows = x->rows;
    st->affected_rows = x->affected_rows;
    st->warnings = x->warnings;
    st->errnum = x->errnum;
    memcpy(st->sqlstate, x->sqlstate, sizeof st->sqlstate);
    st->sqlstate[sizeof st->sqlstate - 1] = '\0';
    st->status = x->status;
    st->req_bytes = x->req_bytes;
    st->resp_bytes = x->resp_bytes;
    st->txn_id = 0;
    st->ends_txn = false;
    st->ok = x->ok;
    st->complete = x->complete;
    st->notes = x->notes;
    ses_digest_of(s, x, status, st);
    if (s->options.samples && st->digest) {
        st->sample = x->sql;
        st->sample_bytes = x->sql_bytes;
    }
}

void ses_on_exchange(struct ses *s, const struct myw_exchange *x)
{
    struct ses_statement st;
    struct ses_conn *c;

    OBJ_CHECK(s, SES_MAGIC);
    c = ses_conn_get(s, x->session);
    if (x->cmd == MYW_CMD_CONNECT) {
        if (c)
            ses_conn_on_connect(s, c, x);
        return;
    }
    fill_statement(s, x, c ? c->status : x->status, &st);
    s->counters.statements++;
    if (!x->complete)
        s->counters.voided_statements++;
    if (c) {
        c->statements++;
        if (x->cmd == MYW_CMD_QUIT)
            c->quit_ns = x->sent_ns;
        if (!x->complete)
            c->voided++;
        ses_txn_on_exchange(s, c, x, &st);
        ses_checkout_on_exchange(s, c, x, st.txn_id);
        if (x->has_status)
            c->status = x->status;
    }
    if (s->sink.statement)
        s->sink.statement(s->sink.priv, &st);
}

static PP_RARE void on_gap(struct ses *s, struct ses_conn *c, const struct myw_lifecycle *l)
{
    const struct ses_gap g = {
        .conn_id = c->id,
        .ts_ns = l->ts_ns,
        .bytes = l->gap_bytes,
        .to_server = l->gap_to_server,
        .protocol = "mysql",
    };

    ses_txn_lose(c);
    ses_checkout_lose(c);
    /* Bytes that contradict the protocol are there: nothing was lost, though what they touched is void all
     * the same. */
    if (s->sink.gap && !(l->notes & MYW_NOTE_DESYNC))
        s->sink.gap(s->sink.priv, &g);
}

void ses_on_lifecycle(struct ses *s, const struct myw_lifecycle *l)
{
    struct ses_conn *c;

    OBJ_CHECK(s, SES_MAGIC);
    c = ses_conn_get(s, l->session);
    if (!c)
        return;
    switch (l->type) {
    case MYW_LIFE_OPEN:
        break;
    case MYW_LIFE_READY:
        ses_conn_on_ready(s, c, l);
        break;
    case MYW_LIFE_RESET:
        c->reset_pending = true;
        c->reset_ns = l->ts_ns;
        break;
    case MYW_LIFE_OPAQUE:
        ses_conn_on_opaque(s, c, l);
        break;
    case MYW_LIFE_GAP:
        on_gap(s, c, l);
        break;
    case MYW_LIFE_CLOSE:
        ses_conn_on_close(s, c, l);
        break;
    }
}

void ses_on_tls_exchange(struct ses *s, const struct myw_tls_exchange *x)
{
    OBJ_CHECK(s, SES_MAGIC);
    const struct ses_tls_exchange out = {.conn_id = x->session->conn_id,
                                         .sent_ns = x->sent_ns,
                                         .first_ns = x->first_ns,
                                         .last_ns = x->last_ns,
                                         .req_bytes = x->req_bytes,
                                         .resp_bytes = x->resp_bytes,
                                         .complete = x->complete};
    if (s->sink.tls_exchange)
        s->sink.tls_exchange(s->sink.priv, &out);
}

struct finish {
    struct ses *s;
    int64_t now_ns;
};

static void finish_conn(void *priv, const void *key, size_t key_len, void *value)
{
    const struct finish *f = priv;
    struct ses_conn *c = value;

    (void)key;
    (void)key_len;
    if (c->txn.id)
        ses_txn_end(f->s, c, SES_TXN_CLOSED, f->now_ns, 0);
    ses_checkout_close(f->s, c, f->now_ns);
    c->state = SES_STATE_UNKNOWN;
}

void ses_finish(struct ses *s, int64_t now_ns)
{
    struct finish f = {.s = s, .now_ns = now_ns};

    OBJ_CHECK(s, SES_MAGIC);
    map_each(s->conns, finish_conn, &f);
}

void ses_get_counters(const struct ses *s, struct ses_counters *out)
{
    OBJ_CHECK(s, SES_MAGIC);
    *out = s->counters;
}

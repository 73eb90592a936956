/* summary: transactions from the server's status flags: where they start, how they end, what voids them */
#include "ses_private.h"

#include <string.h>

/* Errors after which the server has rolled the whole transaction back (MySQL error reference):
 * ER_LOCK_DEADLOCK, ER_XA_RBTIMEOUT, ER_XA_RBDEADLOCK, ER_TRANSACTION_ROLLBACK_DURING_COMMIT. A lock wait
 * timeout (1205) only undoes its statement. */
static bool rolls_back(uint16_t errnum)
{
    return errnum == 1213 || errnum == 1613 || errnum == 1614 || errnum == 3101;
}

enum keyword {
    KW_OTHER,
    KW_START,    /* START TRANSACTION, BEGIN */
    KW_COMMIT,   /* COMMIT, XA COMMIT */
    KW_ROLLBACK, /* ROLLBACK, XA ROLLBACK; not ROLLBACK TO SAVEPOINT */
};

/* True when the normalised text begins with these words. */
static bool begins(const char *text, const char *words)
{
    size_t n = strlen(words);

    return strncmp(text, words, n) == 0 && (text[n] == '\0' || text[n] == ' ');
}

/* What the statement says of transactions; a PREPARE says nothing, it does not run. */
static enum keyword keyword_of(const struct ses *s, const struct myw_exchange *x)
{
    const char *t = s->text;

    if (x->cmd == MYW_CMD_STMT_PREPARE)
        return KW_OTHER;
    if (begins(t, "START TRANSACTION") || begins(t, "BEGIN"))
        return KW_START;
    if (begins(t, "COMMIT") || begins(t, "XA COMMIT"))
        return KW_COMMIT;
    if (begins(t, "ROLLBACK TO") || begins(t, "ROLLBACK WORK TO"))
        return KW_OTHER;
    if (begins(t, "ROLLBACK") || begins(t, "XA ROLLBACK"))
        return KW_ROLLBACK;
    return KW_OTHER;
}

static enum ses_txn_end end_of(enum keyword kw)
{
    if (kw == KW_COMMIT)
        return SES_TXN_COMMIT;
    return kw == KW_ROLLBACK ? SES_TXN_ROLLBACK : SES_TXN_IMPLICIT;
}

const char *ses_txn_end_name(enum ses_txn_end end)
{
    switch (end) {
    case SES_TXN_COMMIT:
        return "commit";
    case SES_TXN_ROLLBACK:
        return "rollback";
    case SES_TXN_IMPLICIT:
        return "implicit";
    case SES_TXN_ERROR:
        return "error";
    case SES_TXN_CLOSED:
        return "closed";
    case SES_TXN_VOID:
        return "void";
    }
    return "unknown";
}

static int64_t in_flight_ns(const struct myw_exchange *x)
{
    return x->last_ns > x->sent_ns ? x->last_ns - x->sent_ns : 0;
}

static void start(struct ses *s, struct ses_conn *c, int64_t start_ns, bool voided)
{
    c->txn = (struct ses_open_txn){
        .id = ++s->next_txn,
        .start_ns = start_ns,
        .seen_ns = start_ns,
        .busy_until_ns = start_ns,
        .voided = voided,
    };
    c->state = SES_STATE_IN;
}

/* Counts the exchange as one of the open transaction. Pipelined commands overlap: time is counted once. */
static void join(struct ses_conn *c, const struct myw_exchange *x, struct ses_statement *st)
{
    struct ses_open_txn *t = &c->txn;
    int64_t from = x->sent_ns > t->busy_until_ns ? x->sent_ns : t->busy_until_ns;

    st->txn_id = t->id;
    t->statements++;
    if (x->errnum)
        t->errors++;
    if (x->last_ns > from) {
        t->busy_ns += x->last_ns - from;
        t->busy_until_ns = x->last_ns;
    }
    if (x->sent_ns > t->seen_ns)
        t->seen_ns = x->sent_ns;
    if (x->last_ns > t->seen_ns)
        t->seen_ns = x->last_ns;
    if (x->has_status && (x->status & MYW_STATUS_IN_TRANS_READONLY))
        t->read_only = true;
}

void ses_txn_end(struct ses *s, struct ses_conn *c, enum ses_txn_end end, int64_t ts_ns, int64_t commit_ns)
{
    const struct ses_open_txn *t = &c->txn;
    const struct ses_txn out = {
        .id = t->id,
        .conn_id = c->id,
        .start_ns = t->start_ns,
        .end_ns = ts_ns > t->start_ns ? ts_ns : t->start_ns,
        .busy_ns = t->busy_ns,
        .commit_ns = commit_ns,
        .statements = t->statements,
        .errors = t->errors,
        .end = t->voided ? SES_TXN_VOID : end,
        .read_only = t->read_only,
    };

    s->counters.txns++;
    if (t->voided) {
        s->counters.voided_txns++;
        c->voided++;
    }
    /* An open transaction has an open checkout around it. */
    if (c->checkout.open)
        c->checkout.txns++;
    if (s->sink.txn)
        s->sink.txn(s->sink.priv, &out);
    memset(&c->txn, 0, sizeof c->txn);
    c->state = SES_STATE_OUT;
}

void ses_txn_lose(struct ses_conn *c)
{
    if (c->txn.id)
        c->txn.voided = true;
    c->state = SES_STATE_UNKNOWN;
}

static bool is_reset(const struct myw_exchange *x)
{
    return x->cmd == MYW_CMD_RESET_CONNECTION || x->cmd == MYW_CMD_CHANGE_USER;
}

/* A reset whose own exchange did not come: what was open ended with it. */
static void settle_reset(struct ses *s, struct ses_conn *c, const struct myw_exchange *x)
{
    if (!c->reset_pending)
        return;
    c->reset_pending = false;
    if (is_reset(x))
        return;
    if (c->txn.id)
        ses_txn_end(s, c, SES_TXN_IMPLICIT, c->reset_ns, 0);
    c->state = SES_STATE_OUT;
}

/* Status flags were seen while no transaction was known. */
static void flags_outside(struct ses *s, struct ses_conn *c, const struct myw_exchange *x,
                          struct ses_statement *st)
{
    if (!(x->status & MYW_STATUS_IN_TRANS)) {
        c->state = SES_STATE_OUT;
        return;
    }
    /* After a loss its start is unknown, unless this statement is the start. */
    start(s, c, x->sent_ns, c->state == SES_STATE_UNKNOWN && keyword_of(s, x) != KW_START);
    join(c, x, st);
}

/* Status flags were seen while one was open, and they say that it is over. */
static void flags_cleared(struct ses *s, struct ses_conn *c, const struct myw_exchange *x,
                          struct ses_statement *st)
{
    enum keyword kw = keyword_of(s, x);

    if (c->state == SES_STATE_UNKNOWN && kw == KW_OTHER) {
        /* It ended somewhere in what was lost; this statement has no part in it. */
        ses_txn_end(s, c, SES_TXN_VOID, c->txn.seen_ns, 0);
        return;
    }
    join(c, x, st);
    st->ends_txn = true;
    ses_txn_end(s, c, end_of(kw), x->last_ns, in_flight_ns(x));
}

/* Status flags say that one is open, and one was. Usually the same one; START TRANSACTION, and COMMIT or
 * ROLLBACK with CHAIN, end it and start the next in one statement. */
static void flags_still_set(struct ses *s, struct ses_conn *c, const struct myw_exchange *x,
                            struct ses_statement *st)
{
    enum keyword kw = keyword_of(s, x);

    c->state = SES_STATE_IN;
    join(c, x, st);
    if (kw == KW_OTHER)
        return;
    st->ends_txn = true;
    ses_txn_end(s, c, end_of(kw), x->last_ns, in_flight_ns(x));
    if (kw == KW_START) {
        start(s, c, x->sent_ns, false);
        join(c, x, st);
    } else {
        start(s, c, x->last_ns, false);
    }
}

void ses_txn_on_exchange(struct ses *s, struct ses_conn *c, const struct myw_exchange *x,
                         struct ses_statement *st)
{
    bool reset = is_reset(x) && x->ok && x->complete;

    settle_reset(s, c, x);
    if (ses_is_lost(x)) {
        if (c->txn.id)
            join(c, x, st);
        ses_txn_lose(c);
        return;
    }
    if (c->txn.id && rolls_back(x->errnum)) {
        join(c, x, st);
        ses_txn_end(s, c, SES_TXN_ERROR, x->last_ns, 0);
        return;
    }
    if (reset || (x->has_status && c->txn.id && !(x->status & MYW_STATUS_IN_TRANS))) {
        if (c->txn.id)
            flags_cleared(s, c, x, st);
        c->state = SES_STATE_OUT;
        return;
    }
    if (!x->has_status) { /* ERR, a command without an answer: the state stays as it was */
        if (c->txn.id)
            join(c, x, st);
        return;
    }
    if (c->txn.id)
        flags_still_set(s, c, x, st);
    else
        flags_outside(s, c, x, st);
}

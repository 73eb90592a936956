/* summary: checkouts: maximal runs of (command in flight or transaction open) on one connection
 *
 * Exchanges come when they end, so a run is known to be over only with the next command, or with the
 * connection's end: a pipelined command sent before the last response may still come. A finished run is
 * therefore held until then. */
#include "ses_private.h"

#include <string.h>

static void emit(struct ses *s, struct ses_conn *c)
{
    struct ses_open_checkout *k = &c->checkout;
    const struct ses_checkout out = {
        .conn_id = c->id,
        .pool_id = c->pool_id,
        .start_ns = k->start_ns,
        .end_ns = k->end_ns,
        .statements = k->statements,
        .txns = k->txns,
        .voided = k->voided,
    };

    s->counters.checkouts++;
    if (s->sink.checkout)
        s->sink.checkout(s->sink.priv, &out);
    memset(k, 0, sizeof *k);
}

/* A stream has no latency, and an error without a command is nobody's use of the connection. */
static bool counts(const struct myw_exchange *x)
{
    return ses_has_answer(x) && x->sent_ns && !(x->notes & (MYW_NOTE_STREAM | MYW_NOTE_UNSOLICITED));
}

static int64_t end_bound(const struct myw_exchange *x)
{
    int64_t end = x->last_ns ? x->last_ns : x->first_ns;

    return end > x->sent_ns ? end : x->sent_ns;
}

/* True when the open run was over before the exchange began. A lost response ended, at the latest, when the
 * next command was sent, unless that one was sent without waiting for it. */
static bool is_over(struct ses_open_checkout *k, const struct myw_exchange *x, uint64_t txn_id)
{
    if (k->holds_txn && txn_id)
        return false;
    if (k->unanswered) {
        if (x->notes & MYW_NOTE_PIPELINED)
            return false;
        if (x->sent_ns > k->end_ns)
            k->end_ns = x->sent_ns;
    }
    return x->sent_ns >= k->end_ns;
}

void ses_checkout_on_exchange(struct ses *s, struct ses_conn *c, const struct myw_exchange *x,
                              uint64_t txn_id)
{
    struct ses_open_checkout *k = &c->checkout;
    int64_t end_ns = end_bound(x);

    if (!counts(x)) {
        if (k->open && txn_id)
            k->statements++;
        return;
    }
    if (k->open && is_over(k, x, txn_id))
        emit(s, c);
    if (!k->open) {
        k->open = true;
        k->start_ns = x->sent_ns;
        k->end_ns = x->sent_ns;
    }
    if (end_ns > k->end_ns)
        k->end_ns = end_ns;
    k->statements++;
    k->holds_txn = c->txn.id != 0;
    k->unanswered = x->last_ns == 0;
    if (ses_is_lost(x) || c->txn.voided)
        k->voided = true;
}

void ses_checkout_lose(struct ses_conn *c)
{
    if (c->checkout.open && (c->checkout.holds_txn || c->checkout.unanswered))
        c->checkout.voided = true;
}

void ses_checkout_close(struct ses *s, struct ses_conn *c, int64_t ts_ns)
{
    struct ses_open_checkout *k = &c->checkout;

    if (!k->open)
        return;
    if ((k->holds_txn || k->unanswered) && ts_ns > k->end_ns)
        k->end_ns = ts_ns;
    emit(s, c);
}

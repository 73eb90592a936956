/* summary: exchanges of an encrypted connection: when its client spoke and when the server answered, and how
 * much */
#include "parts.h"

/* First byte of a TLS record that carries data of the application (RFC 8446, 5.1); handshakes and alerts are
 * no exchanges. What a client sends after the server spoke begins with a record. */
#define TLS_APPLICATION_DATA 23

static void emit(struct myw_conn *c, bool complete)
{
    struct myw_tls_exchange *x = &c->tls;
    if (!c->tls_open)
        return;
    c->tls_open = false;
    x->session = &c->s;
    x->complete = complete && c->tls_lost == 0;
    if (c->m->sink.tls_exchange != NULL)
        c->m->sink.tls_exchange(c->m->sink.priv, x);
}

static void on_client(struct myw_conn *c, const struct flow_event *ev)
{
    struct myw_tls_exchange *x = &c->tls;
    if (c->tls_open && x->first_ns == 0) { /* it goes on */
        x->req_bytes += ev->data_bytes;
        return;
    }
    emit(c, true);
    if (ev->data[0] != TLS_APPLICATION_DATA)
        return;
    *x = (struct myw_tls_exchange){.sent_ns = ev->ts_ns, .req_bytes = ev->data_bytes};
    c->tls_open = true;
    c->tls_lost = c->tls_lost > 1;
}

void myw_tls_data(struct myw_conn *c, const struct flow_event *ev)
{
    struct myw_tls_exchange *x = &c->tls;
    if (!c->is_tls)
        return;
    if (ev->dir == FLOW_TO_SERVER) {
        on_client(c, ev);
        return;
    }
    if (!c->tls_open)
        return;
    if (x->first_ns == 0)
        x->first_ns = ev->ts_ns;
    x->last_ns = ev->ts_ns;
    x->resp_bytes += ev->data_bytes;
}

/* What was lost may have been the end of this exchange and the start of the next. */
void myw_tls_gap(struct myw_conn *c)
{
    c->tls_lost = 2;
}

/* Nobody knows whether the answer was over. */
void myw_tls_close(struct myw_conn *c)
{
    emit(c, false);
}

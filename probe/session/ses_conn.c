/* summary: connections: when they are emitted, with what, and what their end closes */
#include "ses_private.h"

#include "base/obj.h"

#include <string.h>

struct ses_conn *ses_conn_get(struct ses *s, const struct myw_session *session)
{
    struct ses_conn **recent = &s->recent[session->conn_id % SES_RECENT];
    struct ses_conn *c = *recent;

    if (!c || c->id != session->conn_id)
        c = map_get(s->conns, &session->conn_id, sizeof session->conn_id);
    if (c) {
        OBJ_CHECK(c, SES_CONN_MAGIC);
        *recent = c;
        return c;
    }
    if (!OBJ_NEW(c, SES_CONN_MAGIC))
        return NULL;
    c->id = session->conn_id;
    c->visibility = "plain";
    c->state = session->mid_stream ? SES_STATE_UNKNOWN : SES_STATE_OUT;
    if (map_set(s->conns, &c->id, sizeof c->id, c) != PP_OK)
        ses_conn_free(&c);
    return c;
}

void ses_conn_free(struct ses_conn **cp)
{
    struct ses_conn *c = *cp;

    if (!c)
        return;
    OBJ_CHECK(c, SES_CONN_MAGIC);
    free(c->user);
    free(c->db);
    OBJ_FREE(c);
    *cp = NULL;
}

static void emit(struct ses *s, struct ses_conn *c, const struct myw_session *m,
                 const struct myw_lifecycle *end)
{
    const struct ses_connection out = {
        .id = c->id,
        .pool_id = c->pool_id,
        .client = m->client,
        .server = m->server,
        .user = c->user ? c->user : m->user,
        .db = c->db ? c->db : m->db,
        .pid = m->attr_pid,
        .program_name = m->attr_program_name,
        .client_name = m->attr_client_name,
        .server_version = m->server_version,
        .auth_plugin = m->auth_plugin,
        .thread_id = m->thread_id,
        .open_ns = m->open_ns,
        .greeting_ns = m->greeting_ns,
        .auth_ns = m->ready_ns,
        .ready_ns = m->ready_ns,
        .close_ns = !end         ? 0
                    : c->quit_ns ? c->quit_ns
                                 : end->ts_ns,
        .rtt_ns = m->rtt_ns,
        .synack_ns = m->synack_ns,
        .connect_errno = c->connect_errno,
        .visibility = c->visibility,
        .close_why = end && end->why ? end->why : "",
        .mid_stream = m->mid_stream,
        .final = end != NULL,
        .statements = c->statements,
        .voided = c->voided,
    };

    c->told = true;
    if (s->sink.connection)
        s->sink.connection(s->sink.priv, &out);
}

/* Keeps user and schema as they were at login: INIT_DB and CHANGE_USER don't move a connection to another
 * pool. */
static void keep_login(struct ses *s, struct ses_conn *c, const struct myw_session *m)
{
    if (c->pool_id)
        return;
    free(c->user);
    free(c->db);
    c->user = strdup(m->user);
    c->db = strdup(m->db);
    c->pool_id = ses_pool_of(s, m, m->user, m->db);
}

void ses_conn_on_connect(struct ses *s, struct ses_conn *c, const struct myw_exchange *x)
{
    if (x->has_status)
        c->status = x->status;
    if (x->errnum && !x->ok) {
        c->connect_errno = x->errnum;
        emit(s, c, x->session, NULL);
        return;
    }
    if (x->complete && x->ok)
        keep_login(s, c, x->session);
}

void ses_conn_on_ready(struct ses *s, struct ses_conn *c, const struct myw_lifecycle *l)
{
    if (c->told_ready)
        return;
    c->told_ready = true;
    keep_login(s, c, l->session);
    emit(s, c, l->session, NULL);
}

void ses_conn_on_opaque(struct ses *s, struct ses_conn *c, const struct myw_lifecycle *l)
{
    c->visibility = l->notes & MYW_NOTE_COMPRESSED   ? "compressed"
                    : l->notes & MYW_NOTE_X_PROTOCOL ? "x_protocol"
                                                     : "tls";
    ses_txn_lose(c);
    ses_checkout_lose(c);
    if (l->session->ready_ns)
        keep_login(s, c, l->session);
    emit(s, c, l->session, NULL);
}

void ses_conn_on_close(struct ses *s, struct ses_conn *c, const struct myw_lifecycle *l)
{
    if (c->txn.id)
        ses_txn_end(s, c, SES_TXN_CLOSED, l->ts_ns, 0);
    ses_checkout_close(s, c, l->ts_ns);
    emit(s, c, l->session, l);
    if (s->recent[c->id % SES_RECENT] == c)
        s->recent[c->id % SES_RECENT] = NULL;
    (void)map_remove(s->conns, &c->id, sizeof c->id);
    ses_conn_free(&c);
}

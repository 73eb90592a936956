/* summary: HTTP stage: its life, and flow events to connections */
#include "http_private.h"

#include "base/obj.h"

enum pp_status http_new(struct http **out, http_exchange_f *sink, void *priv)
{
    struct http *h = OBJ_NEW(h, HTTP_MAGIC);

    *out = NULL;
    if (!h)
        return PP_NOMEM;
    h->sink = sink;
    h->priv = priv;
    h->cfg = http_hooks_config();
    if (!h->cfg) {
        OBJ_FREE(h);
        return PP_NOMEM;
    }
    *out = h;
    return PP_OK;
}

static struct http_conn *conn_of(struct http *h, struct flow_conn *fc)
{
    if (!fc->app)
        fc->app = http_conn_new(h, fc);
    return fc->app;
}

void http_on_event(struct http *h, const struct flow_event *ev)
{
    struct http_conn *c;

    OBJ_CHECK(h, HTTP_MAGIC);
    if (ev->type == FLOW_OPEN)
        h->counters.connections++;
    c = conn_of(h, ev->conn);
    if (!c)
        return;
    OBJ_CHECK(c, HTTP_CONN_MAGIC);
    switch (ev->type) {
    case FLOW_OPEN:
        break;
    case FLOW_DATA:
        http_conn_data(c, ev);
        break;
    case FLOW_GAP:
        http_conn_gap(c, ev);
        break;
    case FLOW_CLOSE:
        http_conn_close(c, ev);
        http_conn_free(&c);
        ev->conn->app = NULL;
        break;
    }
}

void http_get_counters(const struct http *h, struct http_counters *out)
{
    OBJ_CHECK(h, HTTP_MAGIC);
    *out = h->counters;
}

void http_get_in_flight(const struct http *h, struct http_in_flight *out)
{
    OBJ_CHECK(h, HTTP_MAGIC);
    *out = (struct http_in_flight){.requests = 0};
    for (const struct http_conn *c = h->conns; c; c = c->next)
        for (const struct http_tx *x = c->head; x; x = x->next) {
            if (x->response_done)
                continue;
            out->requests++;
            out->transferring += !x->request_done || x->first_ns != 0;
        }
}

void http_free(struct http **hp)
{
    struct http *h = *hp;

    if (!h)
        return;
    OBJ_CHECK(h, HTTP_MAGIC);
    while (h->conns) {
        struct http_conn *c = h->conns;

        http_conn_free(&c);
    }
    htp_config_destroy(h->cfg);
    OBJ_FREE(h);
    *hp = NULL;
}

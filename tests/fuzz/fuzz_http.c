/* summary: fuzz target of the HTTP stage: a script of data, gaps and a close on one connection
 *
 * The input is a list of operations: a byte whose low bits are the kind, then for data and gaps a length byte
 * (data follows it), so that a corpus file reads almost like the dialogue. */
#include "base/obj.h"
#include "flow.h"
#include "http.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct watch {
    uint64_t seen;
};

static void on_exchange(void *priv, const struct http_exchange *x)
{
    struct watch *w = priv;

    w->seen++;
    OBJ_ASSERT(x->method[0] != '\0');
    OBJ_ASSERT(strlen(x->method) < 32 && strlen(x->route) <= 256);
    OBJ_ASSERT(strlen(x->trace_id) == 0 || strlen(x->trace_id) == 32);
    OBJ_ASSERT(x->arrival_ns != 0);
    OBJ_ASSERT(x->complete == (x->note[0] == '\0'));
    OBJ_ASSERT(!x->request_end_ns || x->request_end_ns >= x->arrival_ns);
    OBJ_ASSERT(!x->last_ns || x->last_ns >= x->first_ns);
    if (x->complete)
        OBJ_ASSERT(x->request_end_ns && x->first_ns && x->last_ns && x->status);
}

/* One operation; returns the bytes that it took. */
static size_t step(struct http *h, struct flow_conn *conn, int64_t ts_ns, const uint8_t *p, size_t left)
{
    struct flow_event ev = {.conn = conn, .ts_ns = ts_ns};
    size_t n = left > 1 ? p[1] : 0;

    ev.dir = p[0] & 1 ? FLOW_TO_CLIENT : FLOW_TO_SERVER;
    if (p[0] & 2) {
        ev.type = FLOW_GAP;
        ev.gap_bytes = p[0] & 4 ? (uint64_t)n << 20 : n;
        ev.truncated = (p[0] & 8) != 0;
        http_on_event(h, &ev);
        return left > 1 ? 2 : 1;
    }
    if (left < 2)
        return left;
    if (n > left - 2)
        n = left - 2;
    ev.type = FLOW_DATA;
    ev.data = p + 2;
    ev.data_bytes = n;
    http_on_event(h, &ev);
    return n + 2;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct flow_conn conn = {.id = 1, .rtt_ns = -1};
    struct watch w = {0};
    struct http_counters n;
    struct http *h;
    int64_t ts_ns = 1000;
    size_t i = 1;

    if (size < 1 || http_new(&h, on_exchange, &w) != PP_OK)
        return 0;
    conn.mid_stream = data[0] & 1;
    http_on_event(h, &(struct flow_event){.type = FLOW_OPEN, .conn = &conn, .ts_ns = ts_ns});
    while (i < size)
        i += step(h, &conn, ++ts_ns, data + i, size - i);
    http_on_event(h, &(struct flow_event){.type = FLOW_CLOSE,
                                          .conn = &conn,
                                          .ts_ns = ++ts_ns,
                                          .why = data[0] & 2 ? FLOW_CLOSE_FIN : FLOW_CLOSE_RST});
    OBJ_ASSERT(conn.app == NULL);
    http_get_counters(h, &n);
    OBJ_ASSERT(n.requests == w.seen && n.connections == 1);
    http_free(&h);
    return 0;
}

/* summary: fuzzing of the flow stage: segments with any flags, numbers, acknowledgements and times
 *
 * The first byte chooses the limits. A record is: flags, where (3 bits of the client, direction, cut), two
 * bytes of distance in sequence space, two of the acknowledgement's, one of length, that many bytes of
 * payload. What flow.h promises its consumer is checked: an open before all, a close after all, times that
 * never go back, no empty data, buffers within their limits, and as many opens as closes in the end. */
#include "base/obj.h"
#include "base/rd.h"
#include "capture.h"
#include "flow.h"

#include <string.h>

enum where {
    WHERE_CLIENT = 0x07,
    WHERE_TO_CLIENT = 0x08,
    WHERE_CUT = 0x10,  /* by the snap length: half of it */
    WHERE_FAR = 0x20,  /* the distance counts 64 KiB */
    WHERE_BACK = 0x40, /* the clock steps back */
    WHERE_LATER = 0x80,
};

#define CLIENTS 8
#define TOTAL_BYTES_MAX 4096

struct client {
    struct flow_conn *conn; /* NULL: not open */
    uint32_t seq[2];
    int64_t last_ns[2];
};

struct fuzz {
    struct flow *flow;
    struct client clients[CLIENTS];
    uint64_t opened, closed, gaps;
    int64_t now_ns;
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct client *client_of(struct fuzz *f, const struct flow_conn *c)
{
    uint16_t port = c->client.port == 3306 ? c->server.port : c->client.port;
    OBJ_ASSERT(port >= 50000 && port < 50000 + CLIENTS);
    return &f->clients[port - 50000];
}

static void on_event(void *priv, const struct flow_event *ev)
{
    struct fuzz *f = priv;
    struct client *c = client_of(f, ev->conn);
    OBJ_ASSERT(ev->conn->id > 0);
    if (ev->type == FLOW_OPEN) {
        OBJ_ASSERT(c->conn == NULL && ev->conn->app == NULL);
        c->conn = ev->conn;
        c->conn->app = c;
        c->last_ns[0] = c->last_ns[1] = INT64_MIN;
        f->opened++;
        return;
    }
    OBJ_ASSERT(c->conn == ev->conn && ev->conn->app == c);
    if (ev->type == FLOW_CLOSE) {
        c->conn = NULL;
        f->closed++;
        return;
    }
    OBJ_ASSERT(ev->ts_ns >= c->last_ns[ev->dir]);
    c->last_ns[ev->dir] = ev->ts_ns;
    if (ev->type == FLOW_GAP) {
        f->gaps++;
        return;
    }
    volatile uint8_t sum = 0;
    OBJ_ASSERT(ev->data_bytes > 0);
    for (size_t i = 0; i < ev->data_bytes; i++) /* each byte must be there to read */
        sum = (uint8_t)(sum + ev->data[i]);
}

static struct cap_endpoint endpoint(uint16_t port)
{
    struct cap_endpoint e = {.addr = {[10] = 0xff, [11] = 0xff, [12] = 127, [15] = 1}, .port = port};
    return e;
}

static bool one_record(struct fuzz *f, struct rd *r)
{
    if (rd_left(r) < 2)
        return false;
    uint8_t flags = rd_u8(r), where = rd_u8(r);
    struct client *c = &f->clients[where & WHERE_CLIENT];
    unsigned dir = (where & WHERE_TO_CLIENT) != 0;
    int32_t shift = (int16_t)rd_u16(r), ack = (int16_t)rd_u16(r);
    size_t n = rd_u8(r);
    n = n < rd_left(r) ? n : rd_left(r);
    if (where & WHERE_FAR)
        shift *= 65536;
    f->now_ns += where & WHERE_BACK ? -500 : where & WHERE_LATER ? 90 * INT64_C(1000000000) : 1000;
    struct cap_segment seg = {.ts_ns = f->now_ns,
                              .src = endpoint((uint16_t)(50000 + (where & WHERE_CLIENT))),
                              .dst = endpoint(3306),
                              .flags = flags & (CAP_FIN | CAP_SYN | CAP_RST | CAP_PSH | CAP_ACK),
                              .seq = c->seq[dir] + (uint32_t)shift,
                              .ack = c->seq[!dir] + (uint32_t)ack,
                              .payload = rd_bytes(r, n),
                              .payload_bytes = (uint32_t)(where & WHERE_CUT ? n / 2 : n),
                              .wire_bytes = (uint32_t)n};
    if (dir == 1) {
        struct cap_endpoint e = seg.src;
        seg.src = seg.dst;
        seg.dst = e;
    }
    flow_on_segment(f->flow, &seg);
    if (shift >= 0)
        c->seq[dir] = seg.seq + seg.wire_bytes + ((seg.flags & (CAP_SYN | CAP_FIN)) != 0);
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint16_t port = 3306;
    struct fuzz f = {.now_ns = 1000000};
    struct flow_counters n;
    struct rd r;
    rd_init(&r, data, size);
    uint8_t limits = rd_u8(&r);
    struct flow_options o = {.server_ports = &port,
                             .server_port_count = 1,
                             .max_conns = limits & 1 ? 3 : 0,
                             .max_conn_bytes = limits & 2 ? 300 : 0,
                             .max_total_bytes = TOTAL_BYTES_MAX};
    OBJ_ASSERT(flow_new(&f.flow, &o, on_event, &f) == PP_OK);
    while (one_record(&f, &r))
        ;
    flow_finish(f.flow, f.now_ns);
    flow_get_counters(f.flow, &n);
    OBJ_ASSERT(f.opened == f.closed && n.opened == f.opened && n.closed == f.closed && n.gaps == f.gaps);
    OBJ_ASSERT(n.buffered_peak_bytes <= TOTAL_BYTES_MAX);
    flow_free(&f.flow);
    return 0;
}

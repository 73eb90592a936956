/* summary: fails each allocation of flow, mysql, http and session in turn over captures: no crash, no leak,
 * no wrong line
 *
 * oom PORT CAPTURE [PORT CAPTURE …]. Each capture is run with a dialogue of HTTP requests beside it; the Nth
 * allocation fails alone, and in a second round with all that follow it. */
#include "capture.h"
#include "flow.h"
#include "http.h"
#include "myw.h"
#include "session.h"
#include "wrap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HTTP_PORT 8000
#define SEGMENTS_MAX 8192
#define LINES_MAX 4096
#define ROUNDS_MAX                                                                                           \
    3000u /* failing allocations tried a capture and mode; spread evenly where there are more */

struct line {
    int64_t sent_ns, first_ns, last_ns;
    enum myw_cmd cmd;
    bool ok;
    uint64_t rows, affected_rows, req_bytes, resp_bytes;
    uint16_t errnum, status;
};

struct test {
    struct cap_segment segs[SEGMENTS_MAX];
    size_t seg_count;
    struct line reference[LINES_MAX];
    size_t reference_count;
    bool is_reference;
    uint16_t port;
    struct flow *flow;
    struct myw *myw;
    struct http *http;
    struct ses *ses;
    unsigned failures;
    uint64_t nth, requests;
    const char *name;
};

static struct test t;

static void fail(const char *what)
{
    if (t.failures++ < 10)
        printf("FAILED %s, allocation %llu: %s\n", t.name, (unsigned long long)t.nth, what);
}

static struct line line_of(const struct myw_exchange *x)
{
    return (struct line){.sent_ns = x->sent_ns,
                         .first_ns = x->first_ns,
                         .last_ns = x->last_ns,
                         .cmd = x->cmd,
                         .ok = x->ok,
                         .rows = x->rows,
                         .affected_rows = x->affected_rows,
                         .req_bytes = x->req_bytes,
                         .resp_bytes = x->resp_bytes,
                         .errnum = x->errnum,
                         .status = x->status};
}

static bool same(const struct line *a, const struct line *b)
{
    return a->sent_ns == b->sent_ns && a->first_ns == b->first_ns && a->last_ns == b->last_ns &&
           a->cmd == b->cmd && a->ok == b->ok && a->rows == b->rows && a->affected_rows == b->affected_rows &&
           a->req_bytes == b->req_bytes && a->resp_bytes == b->resp_bytes && a->errnum == b->errnum &&
           a->status == b->status;
}

static void check_line(const struct myw_exchange *x)
{
    struct line l = line_of(x);
    if (!x->complete)
        return;
    if (t.is_reference) {
        if (t.reference_count < LINES_MAX)
            t.reference[t.reference_count++] = l;
        return;
    }
    for (size_t i = 0; i < t.reference_count; i++)
        if (same(&t.reference[i], &l))
            return;
    fail("a complete line that the undisturbed run does not have");
}

static void on_exchange(void *priv, const struct myw_exchange *x)
{
    (void)priv;
    oom_pause(true);
    check_line(x);
    oom_pause(false);
    ses_on_exchange(t.ses, x);
}

static void on_lifecycle(void *priv, const struct myw_lifecycle *l)
{
    (void)priv;
    ses_on_lifecycle(t.ses, l);
}

static void on_request(void *priv, const struct http_exchange *x)
{
    (void)priv;
    t.requests++;
    ses_on_request(t.ses, x);
}

static void on_event(void *priv, const struct flow_event *ev)
{
    (void)priv;
    if (ev->conn->server.port == HTTP_PORT)
        http_on_event(t.http, ev);
    else
        myw_on_event(t.myw, ev);
}

/* False when the stages could not be made, which is PP_NOMEM and nothing else. */
static bool make_stages(void)
{
    static uint16_t ports[2] = {0, HTTP_PORT};
    ports[0] = t.port;
    struct flow_options fo = {.server_ports = ports, .server_port_count = 2};
    struct myw_options mo = {.keep_params = true};
    struct myw_sink ms = {.exchange = on_exchange, .lifecycle = on_lifecycle};
    struct ses_options so = {.samples = true};
    struct ses_sink ss = {0};
    enum pp_status st = ses_new(&t.ses, &so, &ss);
    if (st == PP_OK)
        st = myw_new(&t.myw, &mo, &ms);
    if (st == PP_OK)
        st = http_new(&t.http, on_request, NULL);
    if (st == PP_OK)
        st = flow_new(&t.flow, &fo, on_event, NULL);
    if (st != PP_OK && st != PP_NOMEM)
        fail("a stage failed otherwise than with PP_NOMEM");
    return st == PP_OK;
}

/* Returns the number of allocations. */
static uint64_t run(uint64_t nth, bool all_after)
{
    int64_t live = oom_live(), last_ns = 0;
    t.nth = nth;
    t.requests = 0;
    oom_arm(nth, all_after);
    if (make_stages()) {
        for (size_t i = 0; i < t.seg_count; i++) {
            flow_on_segment(t.flow, &t.segs[i]);
            last_ns = t.segs[i].ts_ns;
        }
        flow_finish(t.flow, last_ns);
        ses_finish(t.ses, last_ns);
    }
    flow_free(&t.flow);
    myw_free(&t.myw);
    http_free(&t.http);
    ses_free(&t.ses);
    uint64_t n = oom_disarm();
    if (oom_live() != live)
        fail("memory was not freed");
    return n;
}

static void add_segment(void *priv, const struct cap_segment *seg)
{
    (void)priv;
    if (t.seg_count >= SEGMENTS_MAX)
        return;
    uint8_t *data = malloc(seg->payload_bytes + 1);
    if (data == NULL)
        exit(1);
    if (seg->payload_bytes > 0)
        memcpy(data, seg->payload, seg->payload_bytes);
    t.segs[t.seg_count] = *seg;
    t.segs[t.seg_count++].payload = data;
}

static void http_segment(bool to_server, uint8_t flags, const char *text)
{
    static uint32_t seq[2] = {1000, 5000};
    struct cap_segment s = {.ts_ns = 1000 + (int64_t)t.seg_count, .flags = flags, .seq = seq[to_server]};
    struct cap_endpoint *client = to_server ? &s.src : &s.dst, *server = to_server ? &s.dst : &s.src;
    client->addr[15] = server->addr[15] = 1;
    client->port = 40000;
    server->port = HTTP_PORT;
    s.ack = seq[!to_server];
    s.payload = (const uint8_t *)text;
    s.payload_bytes = s.wire_bytes = (uint32_t)strlen(text);
    seq[to_server] += s.wire_bytes + ((flags & (CAP_SYN | CAP_FIN)) != 0);
    add_segment(NULL, &s);
}

static void http_dialogue(void)
{
    http_segment(true, CAP_SYN, "");
    http_segment(false, CAP_SYN | CAP_ACK, "");
    for (unsigned i = 0; i < 4; i++) {
        http_segment(true, CAP_ACK,
                     "POST /orders/17?a=b HTTP/1.1\r\nHost: app\r\ntraceparent: "
                     "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\nContent-Length: 5\r\n\r\n");
        http_segment(true, CAP_ACK, "12345");
        http_segment(false, CAP_ACK,
                     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
    }
    http_segment(true, CAP_ACK | CAP_FIN, "");
    http_segment(false, CAP_ACK | CAP_FIN, "");
}

static void load(const char *port, const char *path)
{
    struct pp_err err = {0};
    struct cap *cap = NULL;
    t.name = path;
    t.port = (uint16_t)strtoul(port, NULL, 10);
    t.seg_count = 0;
    struct cap_options o = {.read_file = path, .ports = &t.port, .port_count = 1};
    enum pp_status st = cap_open(&cap, &o, add_segment, NULL, &err);
    while (st == PP_OK)
        st = cap_step(cap, 4096, &err);
    if (st != PP_END || cap_free(&cap, &err) != PP_OK) {
        fprintf(stderr, "oom: %s\n", err.text);
        exit(1);
    }
    http_dialogue();
}

static uint64_t one_capture(void)
{
    uint64_t tried = 0;
    t.is_reference = true;
    t.reference_count = 0;
    uint64_t all = run(0, false);
    t.is_reference = false;
    if (t.reference_count < 2 || t.requests < 4)
        fail("the capture and the HTTP dialogue are not understood");
    uint64_t step = all / ROUNDS_MAX + 1;
    for (uint64_t n = 1; n <= all; n += step) {
        (void)run(n, false);
        (void)run(n, true);
        tried += 2;
    }
    printf("%s: %llu allocations, %llu runs with failing ones\n", t.name, (unsigned long long)all,
           (unsigned long long)tried);
    for (size_t i = 0; i < t.seg_count; i++)
        free((void *)(uintptr_t)t.segs[i].payload);
    return tried;
}

int main(int argc, char **argv)
{
    uint64_t tried = 0;
    if (argc < 3 || argc % 2 == 0) {
        fputs("usage: oom PORT CAPTURE [PORT CAPTURE …]\n", stderr);
        return 2;
    }
    for (int i = 1; i + 1 < argc; i += 2) {
        load(argv[i], argv[i + 1]);
        tried += one_capture();
    }
    return t.failures > 0 || tried == 0;
}

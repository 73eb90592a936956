/* summary: helpers of the flow tests: segments from short tables, events as one line of text */
#ifndef TEST_FLOW_UTIL_H
#define TEST_FLOW_UTIL_H

#include "capture.h"
#include "flow.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define CLIENT_PORT 50000
#define SERVER_PORT 3306

/* One segment: from 'C'lient or 'S'erver; flags from "SAFRP"; `cut` more bytes on the wire than captured. */
struct step {
    char from;
    const char *flags;
    uint32_t seq;
    uint32_t ack;
    const char *data;
    uint32_t cut;
    int64_t at_ns; /* 0: 1000 after the one before */
};

/* What happened, as text: "O" open, ">abc" data to the server, "<abc" to the client, ">[3]" three bytes lost,
 * ">{3}" cut by the snaplen, ">[?]" unknown, "X:why" close. */
struct journal {
    char text[100000];
    size_t len;
    struct flow *flow;
    int64_t now_ns;
    int64_t last_ns[2];
    struct flow_conn last; /* copy of the last connection that had an event */
    uint64_t live;         /* opens without a close */
    uint32_t unacked;      /* of the last data */
    bool times_went_back;
};

static inline void journal_add(struct journal *j, const char *text, size_t n)
{
    assert_true(j->len + n < sizeof j->text);
    memcpy(j->text + j->len, text, n);
    j->len += n;
    j->text[j->len] = '\0';
}

static inline const char *why_text(enum flow_close_why why)
{
    switch (why) {
    case FLOW_CLOSE_FIN:
        return "fin";
    case FLOW_CLOSE_RST:
        return "rst";
    case FLOW_CLOSE_REUSED:
        return "reused";
    case FLOW_CLOSE_EVICTED:
        return "evicted";
    case FLOW_CLOSE_END:
        return "end";
    }
    return "?";
}

static inline void journal_event(void *priv, const struct flow_event *ev)
{
    struct journal *j = priv;
    char text[64];
    int n = 0;
    const char *arrow = ev->dir == FLOW_TO_SERVER ? ">" : "<";
    if (j->len > 0)
        journal_add(j, " ", 1);
    switch (ev->type) {
    case FLOW_OPEN:
        assert_null(ev->conn->app);
        j->live++;
        n = snprintf(text, sizeof text, "O");
        break;
    case FLOW_DATA:
        assert_true(ev->data_bytes > 0);
        journal_add(j, arrow, 1);
        journal_add(j, (const char *)ev->data, ev->data_bytes);
        j->unacked = ev->unacked_bytes;
        break;
    case FLOW_GAP:
        if (ev->gap_bytes == 0)
            n = snprintf(text, sizeof text, "%s[?]", arrow);
        else
            n = snprintf(text, sizeof text, ev->truncated ? "%s{%llu}" : "%s[%llu]", arrow,
                         (unsigned long long)ev->gap_bytes);
        break;
    case FLOW_CLOSE:
        j->live--;
        n = snprintf(text, sizeof text, "X:%s", why_text(ev->why));
        break;
    }
    journal_add(j, text, (size_t)n);
    if (ev->type == FLOW_DATA || ev->type == FLOW_GAP) {
        j->times_went_back = j->times_went_back || ev->ts_ns < j->last_ns[ev->dir];
        j->last_ns[ev->dir] = ev->ts_ns;
    } else {
        j->last_ns[0] = j->last_ns[1] = 0;
    }
    j->last = *ev->conn;
}

static inline void journal_init(struct journal *j, const struct flow_options *options)
{
    static const uint16_t ports[] = {SERVER_PORT};
    struct flow_options o = {.server_ports = ports, .server_port_count = 1};
    memset(j, 0, sizeof *j);
    assert_int_equal(flow_new(&j->flow, options != NULL ? options : &o, journal_event, j), PP_OK);
}

static inline struct cap_endpoint end_at(uint32_t ip4, uint16_t port)
{
    struct cap_endpoint e = {.addr = {[10] = 0xff, [11] = 0xff}, .port = port};
    for (int i = 0; i < 4; i++)
        e.addr[12 + i] = (uint8_t)(ip4 >> (24 - 8 * i));
    return e;
}

static inline uint8_t flags_of(const char *text)
{
    uint8_t flags = 0;
    for (; *text != '\0'; text++)
        flags |= *text == 'S'   ? CAP_SYN
                 : *text == 'A' ? CAP_ACK
                 : *text == 'F' ? CAP_FIN
                 : *text == 'R' ? CAP_RST
                                : CAP_PSH;
    return flags;
}

/* Sends a step of the connection whose client has this address and port. */
static inline void send_from(struct journal *j, uint32_t client_ip, uint16_t client_port,
                             const struct step *st)
{
    struct cap_endpoint client = end_at(client_ip, client_port);
    struct cap_endpoint server = end_at(0x0a000002, SERVER_PORT);
    uint32_t n = st->data != NULL ? (uint32_t)strlen(st->data) : 0;
    j->now_ns = st->at_ns != 0 ? st->at_ns : j->now_ns + 1000;
    struct cap_segment seg = {.ts_ns = j->now_ns,
                              .src = st->from == 'C' ? client : server,
                              .dst = st->from == 'C' ? server : client,
                              .flags = flags_of(st->flags),
                              .seq = st->seq,
                              .ack = st->ack,
                              .payload = (const uint8_t *)st->data,
                              .payload_bytes = n,
                              .wire_bytes = n + st->cut};
    flow_on_segment(j->flow, &seg);
}

static inline void send_step(struct journal *j, const struct step *st)
{
    send_from(j, 0x0a000001, CLIENT_PORT, st);
}

#endif

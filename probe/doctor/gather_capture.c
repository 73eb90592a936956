/* summary: opens the capture, and proves on loopback that what is sent is seen */
#include "gather.h"

#include "base/clock.h"
#include "capture.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Enough to show loss and to measure the cost of a packet; sent in well below a second. */
#define TEST_MESSAGES 5000
#define TEST_STEPS_MAX 200 /* of at most 100 ms, and empty ones end the wait */

struct seen {
    uint16_t port;
    int64_t messages;
};

static void on_segment(void *priv, const struct cap_segment *seg)
{
    struct seen *s = priv;
    if (seg->dst.port == s->port && seg->wire_bytes > 0)
        s->messages++;
}

/* A connection of this process to itself: ends[0] sends to ends[1]. */
static bool connect_to_self(int ends[2], uint16_t *port)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof a;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ends[0] = ends[1] = -1;
    if (listener < 0)
        return false;
    ends[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool ok = ends[0] >= 0 && bind(listener, (struct sockaddr *)&a, sizeof a) == 0 &&
              listen(listener, 1) == 0 && getsockname(listener, (struct sockaddr *)&a, &len) == 0;
    *port = ntohs(a.sin_port);
    ok = ok && connect(ends[0], (struct sockaddr *)&a, sizeof a) == 0;
    ends[1] = ok ? accept4(listener, NULL, NULL, SOCK_CLOEXEC) : -1;
    close(listener);
    return ends[1] >= 0;
}

/* One message is read before the next is sent, so that each is a segment of its own. */
static int64_t send_messages(const int ends[2])
{
    char message[64] = "poolprobe doctor";
    int64_t sent = 0;
    for (; sent < TEST_MESSAGES; sent++) {
        if (send(ends[0], message, sizeof message, MSG_NOSIGNAL) != (ssize_t)sizeof message)
            break;
        size_t got = 0;
        while (got < sizeof message) {
            ssize_t n = recv(ends[1], message, sizeof message - got, 0);
            if (n <= 0)
                return sent;
            got += (size_t)n;
        }
    }
    return sent;
}

static void test_loopback(const struct doc_gather *g, struct doc_capture_facts *out)
{
    int ends[2];
    struct cap *cap = NULL;
    struct seen seen = {.port = 0};
    struct cap_counters n = {.packets = 0};
    struct pp_err err = {.text = ""};
    out->tested = true;
    bool ok = connect_to_self(ends, &seen.port);
    struct cap_options o = {.interface = g->interface,
                            .ports = &seen.port,
                            .port_count = 1,
                            .buffer_bytes = (uint32_t)g->ring_bytes};
    if (ok && cap_open(&cap, &o, on_segment, &seen, &err) == PP_OK) {
        out->sent = send_messages(ends);
        int64_t cpu_ns = clock_cpu_ns();
        for (int i = 0, idle = 0; i < TEST_STEPS_MAX && idle < 3 && seen.messages < out->sent; i++)
            idle = cap_step(cap, 0, &err) == PP_OK ? 0 : idle + 1;
        cpu_ns = clock_cpu_ns() - cpu_ns;
        cap_get_counters(cap, &n);
        out->us_per_packet = n.packets > 0 ? (double)cpu_ns / 1000 / (double)n.packets : 0;
        (void)!cap_free(&cap, &err);
    }
    out->seen = seen.messages;
    out->drops = (int64_t)n.kernel_drops;
    out->packets = (int64_t)n.packets;
    snprintf(out->problem, sizeof out->problem, "%s", err.text);
    for (int i = 0; i < 2; i++)
        if (ends[i] >= 0)
            close(ends[i]);
}

void doc_gather_capture(const struct doc_gather *g, struct doc_capture_facts *out)
{
    struct cap *cap = NULL;
    struct pp_err err = {.text = ""};
    const uint16_t port = 3306;
    struct cap_options o = {
        .interface = g->interface, .ports = &port, .port_count = 1, .buffer_bytes = (uint32_t)g->ring_bytes};
    *out = (struct doc_capture_facts){.interface = g->interface, .ring_bytes = g->ring_bytes};
    struct seen seen = {.port = 0};
    out->opened = cap_open(&cap, &o, on_segment, &seen, &err) == PP_OK;
    if (!out->opened) {
        snprintf(out->problem, sizeof out->problem, "%s", err.text);
        return;
    }
    (void)!cap_free(&cap, &err);
    if (strcmp(g->interface, "lo") == 0)
        test_loopback(g, out);
}

static bool has_address(const struct ifaddrs *i, const char *address)
{
    char text[INET6_ADDRSTRLEN];
    const void *raw = NULL;
    if (i->ifa_addr == NULL)
        return false;
    if (i->ifa_addr->sa_family == AF_INET)
        raw = &((const struct sockaddr_in *)(const void *)i->ifa_addr)->sin_addr;
    else if (i->ifa_addr->sa_family == AF_INET6)
        raw = &((const struct sockaddr_in6 *)(const void *)i->ifa_addr)->sin6_addr;
    return raw != NULL && inet_ntop(i->ifa_addr->sa_family, raw, text, sizeof text) != NULL &&
           strcmp(text, address) == 0;
}

void doc_gather_route(const struct doc_gather *g, const char *local, const char *remote,
                      struct doc_route_facts *out)
{
    struct ifaddrs *all = NULL;
    *out = (struct doc_route_facts){.interface = g->interface};
    snprintf(out->local, sizeof out->local, "%s", local);
    snprintf(out->remote, sizeof out->remote, "%s", remote);
    /* A machine talks to itself over loopback, whichever of its addresses it uses. */
    if (strcmp(local, remote) == 0) {
        snprintf(out->best, sizeof out->best, "lo");
        return;
    }
    if (getifaddrs(&all) != 0)
        return;
    for (const struct ifaddrs *i = all; i != NULL && out->best[0] == '\0'; i = i->ifa_next)
        if (has_address(i, local))
            snprintf(out->best, sizeof out->best, "%s", i->ifa_name);
    freeifaddrs(all);
}

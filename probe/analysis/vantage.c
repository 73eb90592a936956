/* summary: where the recorder stood between a pool's client and its server, from the TCP handshakes */
#include "parts.h"

#include "base/obj.h"

#include <string.h>

/* One half of the handshake is this many times the other: the recorder is at the end with the short one. */
#define ONE_SIDED 4.0
/* A longer half is a way over a network, not the kernel of the machine that the recorder is on or beside. */
#define AT_END_NS 1000000.0
/* Below it both halves are the two kernels' own time, and say nothing of a network. */
#define NOISE_NS 200000.0
/* Fewer handshakes are left to chance. */
#define HANDSHAKES_MIN 3

const char *ana_place_name(enum ana_place place)
{
    static const char *const names[] = {"unknown", "same_machine", "client", "server", "between"};
    OBJ_ASSERT((unsigned)place < sizeof names / sizeof names[0]);
    return names[place];
}

enum pp_status ana_vantage_add(struct ana_pool *p, const struct sto_connection *c)
{
    struct ana_vantage *v = &p->vantage;
    if (c->mid_stream || c->synack_ns < 0 || c->rtt_ns < c->synack_ns)
        return PP_OK;
    if (!v->to_server.hist)
        v->to_server.hist = hist_new();
    if (!v->to_client.hist)
        v->to_client.hist = hist_new();
    if (!v->to_server.hist || !v->to_client.hist)
        return PP_NOMEM;
    hist_add(v->to_server.hist, c->synack_ns);
    hist_add(v->to_client.hist, c->rtt_ns - c->synack_ns);
    return PP_OK;
}

static bool is_loopback(const char *host)
{
    return strncmp(host, "127.", 4) == 0 || strcmp(host, "::1") == 0 || strncmp(host, "[::1]", 5) == 0;
}

static bool one_machine(const struct ana_pool *p)
{
    size_t n = ana_host_bytes(p->server);
    return is_loopback(p->client_host) ||
           (strlen(p->client_host) == n && strncmp(p->client_host, p->server, n) == 0);
}

void ana_vantage_finish(struct ana_pool *p)
{
    struct ana_vantage *v = &p->vantage;
    if (one_machine(p)) {
        v->place = ANA_PLACE_SAME;
        return;
    }
    if (!v->to_server.hist || !v->to_client.hist || hist_count(v->to_server.hist) < HANDSHAKES_MIN)
        return;
    double server_ns = (double)hist_quantile(v->to_server.hist, 0.5);
    double client_ns = (double)hist_quantile(v->to_client.hist, 0.5);
    if (server_ns + client_ns < NOISE_NS)
        v->place = ANA_PLACE_UNKNOWN;
    else if (server_ns < AT_END_NS && client_ns >= ONE_SIDED * server_ns)
        v->place = ANA_PLACE_SERVER;
    else if (client_ns < AT_END_NS && server_ns >= ONE_SIDED * client_ns)
        v->place = ANA_PLACE_CLIENT;
    else
        v->place = ANA_PLACE_BETWEEN;
}

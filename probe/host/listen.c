/* summary: listening sockets of this network namespace by sock_diag(7), without a walk over all connections
 */
#include "host_priv.h"

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define STATE_LISTEN 10 /* TCP_LISTEN, include/net/tcp_states.h */
#define ANSWER_BYTES 16384

struct diag {
    int fd;
    const struct host_watch_options *o;
    struct host_sockets *out;
    unsigned *found;
};

static bool ask(const struct diag *d, uint8_t family)
{
    struct {
        struct nlmsghdr head;
        struct inet_diag_req_v2 body;
    } q = {
        .head = {.nlmsg_len = sizeof q,
                 .nlmsg_type = SOCK_DIAG_BY_FAMILY,
                 .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
        .body = {.sdiag_family = family, .sdiag_protocol = IPPROTO_TCP, .idiag_states = 1U << STATE_LISTEN}};
    return send(d->fd, &q, sizeof q, 0) == (ssize_t)sizeof q;
}

static void take_socket(const struct diag *d, const struct nlmsghdr *h)
{
    struct inet_diag_msg m;
    if (h->nlmsg_len < NLMSG_LENGTH(sizeof m))
        return;
    memcpy(&m, NLMSG_DATA(h), sizeof m);
    enum host_role role = host_role_of_port(d->o, ntohs(m.id.idiag_sport));
    if (role == HOST_ROLE_COUNT || d->out->count == HOST_SOCKETS_MAX)
        return;
    d->out->at[d->out->count].inode = m.idiag_inode;
    d->out->at[d->out->count++].role = role;
    *d->found |= 1U << role;
}

/* The messages of one datagram; *done at the list's end. False when the kernel refuses. */
static bool take_answer(const struct diag *d, const char *text, size_t n, bool *done)
{
    while (n >= sizeof(struct nlmsghdr)) {
        struct nlmsghdr h;
        memcpy(&h, text, sizeof h);
        if (h.nlmsg_len < sizeof h || h.nlmsg_len > n || h.nlmsg_type == NLMSG_ERROR)
            return false;
        *done = h.nlmsg_type == NLMSG_DONE;
        if (*done)
            return true;
        if (h.nlmsg_type == SOCK_DIAG_BY_FAMILY)
            take_socket(d, (const struct nlmsghdr *)(const void *)text);
        size_t step = NLMSG_ALIGN(h.nlmsg_len);
        text += step < n ? step : n;
        n -= step < n ? step : n;
    }
    return true;
}

static bool list(const struct diag *d, uint8_t family)
{
    _Alignas(struct nlmsghdr) char text[ANSWER_BYTES];
    bool done = false;
    if (!ask(d, family))
        return false;
    while (!done) {
        ssize_t n = recv(d->fd, text, sizeof text, 0);
        if (n <= 0 || !take_answer(d, text, (size_t)n, &done))
            return false;
    }
    return true;
}

bool host_sockets_diag(const struct host_watch_options *o, struct host_sockets *out, unsigned *found)
{
    /* A kernel that does not answer at all must not hold up the samples. */
    static const struct timeval patience = {.tv_sec = 1};
    struct diag d = {.o = o, .out = out, .found = found};
    d.fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    if (d.fd < 0)
        return false;
    (void)setsockopt(d.fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    bool ok = list(&d, AF_INET) && list(&d, AF_INET6);
    close(d.fd);
    if (!ok)
        out->count = 0;
    return ok;
}

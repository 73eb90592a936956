/* summary: addresses as text */
#include "flow.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

static bool is_ip4(const uint8_t addr[16])
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    return memcmp(addr, mapped, sizeof mapped) == 0;
}

const char *flow_host_text(char *dst, size_t n, const struct flow_addr *a)
{
    char text[INET6_ADDRSTRLEN] = "";
    if (is_ip4(a->addr))
        (void)inet_ntop(AF_INET, a->addr + 12, text, sizeof text);
    else
        (void)inet_ntop(AF_INET6, a->addr, text, sizeof text);
    (void)snprintf(dst, n, "%s", text);
    return dst;
}

const char *flow_addr_text(char *dst, size_t n, const struct flow_addr *a)
{
    char host[INET6_ADDRSTRLEN];
    (void)flow_host_text(host, sizeof host, a);
    (void)snprintf(dst, n, is_ip4(a->addr) ? "%s:%u" : "[%s]:%u", host, a->port);
    return dst;
}

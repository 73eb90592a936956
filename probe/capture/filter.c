/* summary: builds the kernel filter for the ports, also behind VLAN tags, IPv6 extension headers, in
 * fragments */
#include "filter.h"

#include <pcap/dlt.h>

/* One layer without regard to VLAN tags. `tcp port` sees neither later fragments nor TCP behind an extension
 * header: both are let through, so that the decoder can count or decode them. */
static enum pp_status add_kept(struct buf *b, const struct cap_filter_ports *ports)
{
    enum pp_status st =
        buf_addf(b, "(ip proto 6 and ip[6:2] & 0x1fff != 0) or (ip6 and (ip6[6] = 0 or ip6[6] = 43 or "
                    "ip6[6] = 44 or ip6[6] = 51 or ip6[6] = 60 or ip6[6] = 135))");
    if (ports->count == 0 || ports->count > CAP_FILTER_PORTS_MAX)
        return st == PP_OK ? buf_addf(b, " or tcp") : st;
    for (size_t i = 0; st == PP_OK && i < ports->count; i++)
        st = buf_addf(b, " or tcp port %u", ports->ports[i]);
    return st;
}

static enum pp_status add_layer(struct buf *b, const struct cap_filter_ports *ports)
{
    if (ports->exclude == 0)
        return add_kept(b, ports);
    /* Other machines use the same ports: with the address, nobody else's connection is left out. */
    enum pp_status st =
        ports->exclude_host != NULL
            ? buf_addf(b,
                       "not (tcp src port %u and src host %s) and not (tcp dst port %u and dst "
                       "host %s) and (",
                       ports->exclude, ports->exclude_host, ports->exclude, ports->exclude_host)
            : buf_addf(b, "not tcp port %u and (", ports->exclude);
    if (st == PP_OK)
        st = add_kept(b, ports);
    return st == PP_OK ? buf_addf(b, ")") : st;
}

enum pp_status cap_filter_text(struct buf *b, int link_type, const struct cap_filter_ports *ports)
{
    enum pp_status st = buf_addf(b, "(");
    if (st == PP_OK)
        st = add_layer(b, ports);
    if (st == PP_OK)
        st = buf_addf(b, ")");
    /* The word vlan moves the offsets of everything to its right, brackets or not: so the untagged layer has
     * to come first, and each `vlan` once more reaches one tag deeper. Other link types refuse the word;
     * there the kernel hands the tag over beside the packet. */
    for (int tags = 0; st == PP_OK && link_type == DLT_EN10MB && tags < 2; tags++) {
        st = buf_addf(b, " or (vlan and ((");
        if (st == PP_OK)
            st = add_layer(b, ports);
        if (st == PP_OK)
            st = buf_addf(b, ")");
    }
    if (st == PP_OK && link_type == DLT_EN10MB)
        st = buf_addf(b, "))))");
    return st;
}

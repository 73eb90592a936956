/* summary: builds the kernel filter for the ports, also behind VLAN tags, IPv6 extension headers, in
 * fragments */
#include "filter.h"

#include <pcap/dlt.h>

/* One layer without regard to VLAN tags. `tcp port` sees neither later fragments nor TCP behind an extension
 * header: both are let through, so that the decoder can count or decode them. */
static enum pp_status add_layer(struct buf *b, const uint16_t *ports, size_t port_count)
{
    enum pp_status st =
        buf_addf(b, "(ip proto 6 and ip[6:2] & 0x1fff != 0) or (ip6 and (ip6[6] = 0 or ip6[6] = 43 or "
                    "ip6[6] = 44 or ip6[6] = 51 or ip6[6] = 60 or ip6[6] = 135))");
    if (port_count == 0 || port_count > CAP_FILTER_PORTS_MAX)
        return st == PP_OK ? buf_addf(b, " or tcp") : st;
    for (size_t i = 0; st == PP_OK && i < port_count; i++)
        st = buf_addf(b, " or tcp port %u", ports[i]);
    return st;
}

enum pp_status cap_filter_text(struct buf *b, int link_type, const uint16_t *ports, size_t port_count)
{
    enum pp_status st = buf_addf(b, "(");
    if (st == PP_OK)
        st = add_layer(b, ports, port_count);
    if (st == PP_OK)
        st = buf_addf(b, ")");
    /* The word vlan moves the offsets of everything to its right, brackets or not: so the untagged layer has
     * to come first, and each `vlan` once more reaches one tag deeper. Other link types refuse the word;
     * there the kernel hands the tag over beside the packet. */
    for (int tags = 0; st == PP_OK && link_type == DLT_EN10MB && tags < 2; tags++) {
        st = buf_addf(b, " or (vlan and ((");
        if (st == PP_OK)
            st = add_layer(b, ports, port_count);
        if (st == PP_OK)
            st = buf_addf(b, ")");
    }
    if (st == PP_OK && link_type == DLT_EN10MB)
        st = buf_addf(b, "))))");
    return st;
}

/* summary: the text of the kernel filter */
#ifndef CAPTURE_FILTER_H
#define CAPTURE_FILTER_H

#include "base/buf.h"

#include <stddef.h>
#include <stdint.h>

/* More ports than this make a filter that the kernel might refuse (4096 instructions); the decoder selects
 * then. */
#define CAP_FILTER_PORTS_MAX 64

/* Appends a filter expression (pcap-filter(7)) that passes every packet that the decoder could turn into a
 * segment of one of the ports, and few others. PP_NOMEM, PP_LIMIT from the buffer. */
struct cap_filter_ports {
    const uint16_t *ports; /* to keep; none: all */
    size_t count;
    uint16_t exclude;         /* 0: none */
    const char *exclude_host; /* numeric address of its end; NULL: any */
};

PP_MUST_CHECK enum pp_status cap_filter_text(struct buf *b, int link_type,
                                             const struct cap_filter_ports *ports);

#endif

/* summary: what every source of packets offers: interface, pcap file, pcapng file */
#ifndef CAPTURE_SOURCE_H
#define CAPTURE_SOURCE_H

#include "capture.h"
#include "input.h"
#include "packet.h"

#include <stdbool.h>
#include <stdint.h>

/* Where packets of one step go. */
struct cap_taker {
    cap_packet_f *take;
    void *priv;
};

struct cap_source;

struct cap_source_ops {
    /* As cap_step; *cut_off is set (never cleared) when the input ended inside a packet. */
    enum pp_status (*step)(struct cap_source *s, int max_packets, const struct cap_taker *to,
                           struct pp_err *err);
    /* Makes a running step return soon; async-signal-safe. NULL when the wake descriptor alone does it. */
    void (*interrupt)(struct cap_source *s);
    /* Packets that were lost before they came here, from the start. NULL when it cannot be known. */
    uint64_t (*drops)(struct cap_source *s);
    void (*free)(struct cap_source **sp);
};

/* The common part, first in every source. */
struct cap_source {
    uint32_t magic;
    const struct cap_source_ops *ops;
    int link_type; /* of the first packet at least; as LINKTYPE_ or DLT_ */
    uint32_t snaplen;
    bool cut_off;
};

#define CAP_SOURCE_MAGIC 0x63617053U

/* Each opens its kind. `wake_fd` is borrowed: when it becomes readable, a waiting step returns. */
PP_MUST_CHECK enum pp_status cap_live_open(struct cap_source **out, const struct cap_options *options,
                                           int wake_fd, struct pp_err *err);
/* Looks at the first bytes and opens a pcap or a pcapng source. */
PP_MUST_CHECK enum pp_status cap_file_open(struct cap_source **out, const char *path, int wake_fd,
                                           struct pp_err *err);
/* True for the pcap files of today, which cap_pcap_open reads; others are left to libpcap. */
bool cap_pcap_plain(const uint8_t *head, size_t bytes);
/* All take over the input, also on failure. */
PP_MUST_CHECK enum pp_status cap_pcap_open(struct cap_source **out, struct cap_input **in,
                                           struct pp_err *err);
PP_MUST_CHECK enum pp_status cap_libpcap_open(struct cap_source **out, struct cap_input **in,
                                              struct pp_err *err);
PP_MUST_CHECK enum pp_status cap_pcapng_open(struct cap_source **out, struct cap_input **in,
                                             struct pp_err *err);

#endif

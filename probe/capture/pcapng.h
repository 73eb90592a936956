/* summary: reading pcapng blocks: byte order, interfaces with their link type and clock, packets */
#ifndef CAPTURE_PCAPNG_H
#define CAPTURE_PCAPNG_H

#include "base/rd.h"
#include "packet.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Block types and fields: draft-ietf-opsawg-pcapng, section 4. */
enum ng_block {
    NG_SECTION = 0x0a0d0d0a,
    NG_INTERFACE = 1,
    NG_PACKET_OLD = 2,
    NG_PACKET_SIMPLE = 3,
    NG_STATISTICS = 5,
    NG_PACKET = 6,
};

struct ng_interface {
    int link_type;
    uint32_t snaplen;     /* 0 for no limit */
    uint64_t units_per_s; /* resolution of its times */
    int64_t offset_s;     /* added to its times */
    uint64_t drops;       /* as its last statistics block says */
};

/* State of one section. */
struct ng_section {
    bool big_endian;
    struct ng_interface *interfaces;
    size_t count;
    int64_t last_ts_ns; /* for simple packets, which have no time */
};

void ng_section_init(struct ng_section *s, bool big_endian);
void ng_section_fini(struct ng_section *s);

/* Each takes a block's body (without the type and the two lengths). False when it contradicts itself (or, for
 * an interface, when memory or the limit of interfaces is reached): *why says so. */
bool ng_take_interface(struct ng_section *s, struct rd body, const char **why);
bool ng_take_packet(struct ng_section *s, enum ng_block type, struct rd body, struct cap_packet *out,
                    const char **why);
void ng_take_statistics(struct ng_section *s, struct rd body);

uint16_t ng_u16(struct rd *r, bool big_endian);
uint32_t ng_u32(struct rd *r, bool big_endian);

#endif

/* summary: the bodies of pcapng blocks: interface, packet, statistics */
#include "pcapng.h"

#include "base/clock.h"

#include <stdlib.h>
#include <string.h>

#define NG_INTERFACES_MAX 65536
#define NG_SPB_NO_LIMIT UINT32_MAX

enum ng_option {
    NG_OPT_END = 0,
    NG_OPT_IF_TSRESOL = 9,
    NG_OPT_IF_TSOFFSET = 14,
    NG_OPT_ISB_IFDROP = 5,
    NG_OPT_ISB_OSDROP = 7,
};

uint16_t ng_u16(struct rd *r, bool big_endian)
{
    return big_endian ? rd_u16_be(r) : rd_u16(r);
}

uint32_t ng_u32(struct rd *r, bool big_endian)
{
    return big_endian ? rd_u32_be(r) : rd_u32(r);
}

static uint64_t ng_u64(struct rd *r, bool big_endian)
{
    uint64_t a = ng_u32(r, big_endian);
    uint64_t b = ng_u32(r, big_endian);
    return big_endian ? a << 32 | b : b << 32 | a;
}

void ng_section_init(struct ng_section *s, bool big_endian)
{
    memset(s, 0, sizeof *s);
    s->big_endian = big_endian;
}

void ng_section_fini(struct ng_section *s)
{
    free(s->interfaces);
    s->interfaces = NULL;
    s->count = 0;
}

/* The next option's code and value; false at the end of the list. */
static bool next_option(struct rd *r, bool big_endian, uint16_t *code, struct rd *value)
{
    *code = ng_u16(r, big_endian);
    size_t len = ng_u16(r, big_endian);
    const uint8_t *data = rd_bytes(r, len);
    if (data == NULL || *code == NG_OPT_END)
        return false;
    rd_init(value, data, len);
    size_t pad = (4 - len % 4) % 4;
    if (pad <= rd_left(r))
        rd_skip(r, pad);
    return true;
}

/* if_tsresol: a power of ten, or of two when the highest bit is set. 0 for one that 64 bits cannot hold. */
static uint64_t resolution(uint8_t code)
{
    unsigned power = code & 0x7f;
    if ((code & 0x80) != 0)
        return power < 64 ? UINT64_C(1) << power : 0;
    uint64_t units = 1;
    if (power > 19)
        return 0;
    while (power-- > 0)
        units *= 10;
    return units;
}

static bool grow(struct ng_section *s)
{
    if ((s->count & (s->count - 1)) != 0) /* room up to the next power of two */
        return true;
    size_t room = s->count == 0 ? 1 : s->count * 2;
    if (room > NG_INTERFACES_MAX)
        return false;
    struct ng_interface *more = realloc(s->interfaces, room * sizeof *more);
    if (more == NULL)
        return false;
    s->interfaces = more;
    return true;
}

bool ng_take_interface(struct ng_section *s, struct rd body, const char **why)
{
    struct ng_interface i = {.units_per_s = 1000000};
    uint16_t code;
    struct rd value;
    i.link_type = ng_u16(&body, s->big_endian);
    rd_skip(&body, 2);
    i.snaplen = ng_u32(&body, s->big_endian);
    if (!rd_ok(&body)) {
        *why = "an interface block is too short";
        return false;
    }
    while (next_option(&body, s->big_endian, &code, &value)) {
        if (code == NG_OPT_IF_TSRESOL && rd_left(&value) >= 1)
            i.units_per_s = resolution(rd_u8(&value));
        else if (code == NG_OPT_IF_TSOFFSET && rd_left(&value) >= 8)
            i.offset_s = (int64_t)ng_u64(&value, s->big_endian);
    }
    if (i.units_per_s == 0) {
        *why = "an interface has times of an impossible resolution";
        return false;
    }
    if (!grow(s)) {
        *why = "too many interfaces";
        return false;
    }
    s->interfaces[s->count++] = i;
    return true;
}

static int64_t to_ns(const struct ng_interface *i, uint64_t ts)
{
    uint64_t seconds = ts / i->units_per_s;
    uint64_t ns = (uint64_t)((unsigned __int128)(ts % i->units_per_s) * (uint64_t)NS_PER_S / i->units_per_s);
    int64_t limit = INT64_MAX / NS_PER_S - 1;
    __int128 whole = (__int128)seconds + i->offset_s;
    if (whole < 0)
        return 0;
    return whole > limit ? limit * NS_PER_S : (int64_t)whole * NS_PER_S + (int64_t)ns;
}

bool ng_take_packet(struct ng_section *s, enum ng_block type, struct rd body, struct cap_packet *out,
                    const char **why)
{
    uint32_t id = 0;
    uint64_t ts = 0;
    if (type == NG_PACKET) {
        id = ng_u32(&body, s->big_endian);
    } else if (type == NG_PACKET_OLD) {
        id = ng_u16(&body, s->big_endian);
        rd_skip(&body, 2); /* drops */
    }
    if (type != NG_PACKET_SIMPLE) {
        ts = (uint64_t)ng_u32(&body, s->big_endian) << 32;
        ts |= ng_u32(&body, s->big_endian);
        out->captured_bytes = ng_u32(&body, s->big_endian);
    }
    out->wire_bytes = ng_u32(&body, s->big_endian);
    if (id >= s->count) {
        *why = "a packet names an interface that is not described";
        return false;
    }
    const struct ng_interface *i = &s->interfaces[id];
    if (type == NG_PACKET_SIMPLE) {
        uint32_t limit = i->snaplen != 0 ? i->snaplen : NG_SPB_NO_LIMIT;
        out->captured_bytes = out->wire_bytes < limit ? out->wire_bytes : limit;
    } else {
        s->last_ts_ns = to_ns(i, ts);
    }
    out->ts_ns = s->last_ts_ns;
    out->link_type = i->link_type;
    out->data = rd_bytes(&body, out->captured_bytes);
    if (out->data == NULL) {
        *why = "a packet is longer than its block";
        return false;
    }
    return true;
}

void ng_take_statistics(struct ng_section *s, struct rd body)
{
    uint16_t code;
    struct rd value;
    uint64_t drops = 0;
    uint32_t id = ng_u32(&body, s->big_endian);
    rd_skip(&body, 8); /* time */
    if (!rd_ok(&body) || id >= s->count)
        return;
    while (next_option(&body, s->big_endian, &code, &value))
        if ((code == NG_OPT_ISB_IFDROP || code == NG_OPT_ISB_OSDROP) && rd_left(&value) >= 8)
            drops += ng_u64(&value, s->big_endian);
    s->interfaces[id].drops = drops;
}

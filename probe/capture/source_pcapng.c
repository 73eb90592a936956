/* summary: the pcapng source: blocks from a stream; unlike libpcap's it takes interfaces of different link
 * types */
#include "pcapng.h"
#include "source.h"

#include "base/obj.h"

#include <pcap/dlt.h>
#include <signal.h>
#include <string.h>

#define NG_BLOCK_MIN_BYTES 12
#define NG_BLOCK_MAX_BYTES (16U << 20) /* libpcap's and Wireshark's limit too */
#define NG_BYTE_ORDER 0x1a2b3c4dU

struct ng_file {
    struct cap_source base;
    struct cap_input *in;
    struct ng_section section;
    uint8_t *block;
    size_t block_room;
    uint64_t earlier_drops; /* of the sections before */
    bool ended;
    volatile sig_atomic_t interrupted;
};

static struct ng_file *ng_of(struct cap_source *s)
{
    OBJ_CHECK(s, CAP_SOURCE_MAGIC);
    return (struct ng_file *)s;
}

static enum pp_status corrupt(const struct ng_file *f, const char *why, struct pp_err *err)
{
    return pp_err_set(err, PP_IO, "cannot read on in %s: %s", cap_input_name(f->in), why);
}

/* Reads n bytes. PP_END at the end of the file, where cut_off is set unless nothing was read and `may_end`.
 */
static enum pp_status read_exact(struct ng_file *f, void *dst, size_t n, bool may_end, struct pp_err *err)
{
    FILE *file = cap_input_file(f->in);
    size_t got = fread(dst, 1, n, file);
    if (got == n)
        return PP_OK;
    f->ended = true;
    if (cap_input_interrupted(f->in))
        return PP_END;
    if (ferror(file) != 0)
        return corrupt(f, "read error", err);
    f->base.cut_off = f->base.cut_off || got > 0 || !may_end;
    return PP_END;
}

static enum pp_status make_room(struct ng_file *f, size_t n, struct pp_err *err)
{
    if (n <= f->block_room)
        return PP_OK;
    size_t room = n < 65536 ? 65536 : n;
    uint8_t *more = realloc(f->block, room);
    if (more == NULL)
        return pp_err_set(err, PP_NOMEM, "out of memory for a block of %zu bytes", n);
    f->block = more;
    f->block_room = room;
    return PP_OK;
}

static uint64_t section_drops(const struct ng_section *s)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < s->count; i++)
        sum += s->interfaces[i].drops;
    return sum;
}

/* A new section: its byte order has to be known before its length can be read. */
static enum pp_status begin_section(struct ng_file *f, const uint8_t head[12], struct pp_err *err)
{
    struct rd r;
    rd_init(&r, head + 8, 4);
    uint32_t order = rd_u32(&r);
    if (order != NG_BYTE_ORDER && order != __builtin_bswap32(NG_BYTE_ORDER))
        return corrupt(f, "a section has no byte order mark", err);
    f->earlier_drops += section_drops(&f->section);
    ng_section_fini(&f->section);
    ng_section_init(&f->section, order != NG_BYTE_ORDER);
    return PP_OK;
}

/* The next block: its type, and its body in `body`. */
static enum pp_status next_block(struct ng_file *f, uint32_t *type, struct rd *body, struct pp_err *err)
{
    uint8_t head[12];
    struct rd r;
    enum pp_status st = read_exact(f, head, 8, true, err);
    size_t have = 8;
    if (st == PP_OK && memcmp(head, "\x0a\x0d\x0d\x0a", 4) == 0) {
        st = read_exact(f, head + 8, 4, false, err);
        have = 12;
        if (st == PP_OK)
            st = begin_section(f, head, err);
    }
    if (st != PP_OK)
        return st;
    rd_init(&r, head, 8);
    *type = ng_u32(&r, f->section.big_endian);
    uint32_t total = ng_u32(&r, f->section.big_endian);
    if (total < NG_BLOCK_MIN_BYTES || total < have + 4 || total > NG_BLOCK_MAX_BYTES)
        return corrupt(f, "a block has an impossible length", err);
    total += (4 - total % 4) % 4; /* some writers leave the padding out of the length */
    st = make_room(f, total - have, err);
    if (st == PP_OK)
        st = read_exact(f, f->block, total - have, false, err);
    if (st == PP_OK)
        rd_init(body, f->block, total - have - 4);
    return st;
}

/* Handles one block; *taken is true when it was a packet. */
static enum pp_status take_block(struct ng_file *f, const struct cap_taker *to, uint32_t *type,
                                 struct pp_err *err)
{
    struct rd body = {0};
    struct cap_packet p = {0};
    const char *why = "";
    enum pp_status st = next_block(f, type, &body, err);
    if (st != PP_OK)
        return st;
    bool good = true;
    switch (*type) {
    case NG_INTERFACE:
        good = ng_take_interface(&f->section, body, &why);
        break;
    case NG_STATISTICS:
        ng_take_statistics(&f->section, body);
        break;
    case NG_PACKET:
    case NG_PACKET_OLD:
    case NG_PACKET_SIMPLE:
        good = ng_take_packet(&f->section, (enum ng_block) * type, body, &p, &why);
        if (good && to != NULL)
            to->take(to->priv, &p);
        break;
    default: /* names, secrets, comments, custom blocks */
        break;
    }
    return good ? PP_OK : corrupt(f, why, err);
}

static enum pp_status ng_step(struct cap_source *s, int max_packets, const struct cap_taker *to,
                              struct pp_err *err)
{
    struct ng_file *f = ng_of(s);
    int taken = 0;
    while (max_packets <= 0 || taken < max_packets) {
        uint32_t type = 0;
        if (f->interrupted) {
            f->interrupted = 0;
            return taken > 0 ? PP_OK : PP_AGAIN;
        }
        enum pp_status st = f->ended ? PP_END : take_block(f, to, &type, err);
        if (st == PP_END && taken > 0)
            return PP_OK;
        if (st != PP_OK) {
            f->ended = true;
            return st;
        }
        if (type == NG_PACKET || type == NG_PACKET_OLD || type == NG_PACKET_SIMPLE)
            taken++;
    }
    return PP_OK;
}

static void ng_interrupt(struct cap_source *s)
{
    ng_of(s)->interrupted = 1;
}

static uint64_t ng_drops(struct cap_source *s)
{
    const struct ng_file *f = ng_of(s);
    return f->earlier_drops + section_drops(&f->section);
}

static void ng_free(struct cap_source **sp)
{
    struct ng_file *f = ng_of(*sp);
    *sp = NULL;
    ng_section_fini(&f->section);
    cap_input_free(&f->in);
    free(f->block);
    f->base.magic = 0;
    free(f);
}

static const struct cap_source_ops ng_ops = {ng_step, ng_interrupt, ng_drops, ng_free};

/* Reads on to the first interface, so that the link type is known. */
static enum pp_status first_interface(struct ng_file *f, struct pp_err *err)
{
    f->base.link_type = DLT_EN10MB;
    while (f->section.count == 0) {
        uint32_t type;
        enum pp_status st = take_block(f, NULL, &type, err);
        if (st == PP_END && f->base.cut_off)
            return pp_err_set(err, PP_INVALID, "%s is cut off before its first packet: not a capture file",
                              cap_input_name(f->in));
        if (st == PP_END)
            return PP_OK;
        if (st == PP_IO && err != NULL)
            return err->status = PP_INVALID;
        if (st != PP_OK)
            return st == PP_IO ? PP_INVALID : st;
    }
    f->base.link_type = f->section.interfaces[0].link_type;
    f->base.snaplen = f->section.interfaces[0].snaplen;
    return PP_OK;
}

enum pp_status cap_pcapng_open(struct cap_source **out, struct cap_input **in, struct pp_err *err)
{
    struct ng_file *f = calloc(1, sizeof *f);
    *out = NULL;
    if (f == NULL) {
        cap_input_free(in);
        return pp_err_set(err, PP_NOMEM, "out of memory");
    }
    f->base.magic = CAP_SOURCE_MAGIC;
    f->base.ops = &ng_ops;
    f->in = *in;
    *in = NULL;
    enum pp_status st = cap_input_open_file(f->in) != NULL ? first_interface(f, err)
                                                           : pp_err_set(err, PP_NOMEM, "out of memory");
    struct cap_source *s = &f->base;
    if (st != PP_OK)
        ng_free(&s);
    *out = s;
    return st;
}

/* summary: the pcap source: packets are parsed where they lie in a large read buffer, without a copy */
#include "source.h"

#include "base/clock.h"
#include "base/obj.h"

#include <errno.h>
#include <pcap/dlt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define PCAP_RECORD_BYTES 16
/* libpcap refuses more too (its MAXIMUM_SNAPLEN). */
#define PCAP_PACKET_MAX_BYTES 262144u
/* Two of the largest packets. */
#define PCAP_BUFFER_BYTES (2u * (PCAP_PACKET_MAX_BYTES + PCAP_RECORD_BYTES))
/* Read at a time: what was just copied is still in the nearest caches when it is parsed. */
#define PCAP_READ_BYTES ((size_t)128 << 10)

struct pcap_reader {
    struct cap_source base;
    struct cap_input *in;
    uint8_t *buffer;
    size_t at, have; /* what is unread lies from `at` to `have` */
    uint32_t unit_ns;
    bool swapped;
    bool ended;
    volatile sig_atomic_t interrupted;
};

static struct pcap_reader *reader_of(struct cap_source *s)
{
    OBJ_CHECK(s, CAP_SOURCE_MAGIC);
    return (struct pcap_reader *)s;
}

static inline uint32_t word(const uint8_t *p, bool swapped)
{
    uint32_t v;
    memcpy(&v, p, sizeof v);
    return swapped ? __builtin_bswap32(v) : v;
}

/* Reads on until n bytes are there. PP_END where the input ends before; cut_off tells whether inside a
 * packet. */
static enum pp_status fill(struct pcap_reader *f, size_t n, struct pp_err *err)
{
    memmove(f->buffer, f->buffer + f->at, f->have - f->at);
    f->have -= f->at;
    f->at = 0;
    while (f->have < n) {
        size_t room = PCAP_BUFFER_BYTES - f->have;
        ssize_t got =
            cap_input_read(f->in, f->buffer + f->have, room < PCAP_READ_BYTES ? room : PCAP_READ_BYTES);
        if (got > 0) {
            f->have += (size_t)got;
            continue;
        }
        f->ended = true;
        if (got < 0 && !cap_input_interrupted(f->in))
            return pp_err_set(err, PP_IO, "cannot read on in %s: %s", cap_input_name(f->in), strerror(errno));
        f->base.cut_off = f->base.cut_off || (got == 0 && f->have > 0);
        return PP_END;
    }
    return PP_OK;
}

/* Length of the packet at hand with its record, as far as its header is there; 0 when it is not. */
static size_t record_bytes(const struct pcap_reader *f)
{
    if (f->have - f->at < PCAP_RECORD_BYTES)
        return 0;
    return PCAP_RECORD_BYTES + (size_t)word(f->buffer + f->at + 8, f->swapped);
}

/* Makes sure that a whole packet lies at `at`; *bytes is its length with the record's header. */
static enum pp_status next_record(struct pcap_reader *f, size_t *bytes, struct pp_err *err)
{
    enum pp_status st = PP_OK;
    if (f->ended)
        return PP_END;
    if ((*bytes = record_bytes(f)) == 0)
        st = fill(f, PCAP_RECORD_BYTES, err);
    if (st == PP_OK && (*bytes = record_bytes(f)) > PCAP_RECORD_BYTES + PCAP_PACKET_MAX_BYTES) {
        f->ended = true;
        return pp_err_set(err, PP_IO, "cannot read on in %s: a packet of %zu bytes is impossible",
                          cap_input_name(f->in), *bytes - PCAP_RECORD_BYTES);
    }
    if (st == PP_OK && f->have - f->at < *bytes)
        st = fill(f, *bytes, err);
    return st;
}

static void take_record(struct pcap_reader *f, const struct cap_taker *to, size_t bytes)
{
    const uint8_t *r = f->buffer + f->at;
    size_t captured = bytes - PCAP_RECORD_BYTES;
    struct cap_packet p = {
        .link_type = f->base.link_type,
        .ts_ns = (int64_t)word(r, f->swapped) * NS_PER_S + (int64_t)word(r + 4, f->swapped) * f->unit_ns,
        .data = r + PCAP_RECORD_BYTES,
        /* Some writers put more into a packet than they say is the most. */
        .captured_bytes = captured < f->base.snaplen ? (uint32_t)captured : f->base.snaplen,
        .wire_bytes = word(r + 12, f->swapped)};
    f->at += bytes;
    to->take(to->priv, &p);
}

/* Takes what is there. Reads on in a file, but not in a pipe once there was something: its packets are not to
 * wait for later ones. */
static enum pp_status reader_step(struct cap_source *s, int max_packets, const struct cap_taker *to,
                                  struct pp_err *err)
{
    struct pcap_reader *f = reader_of(s);
    size_t bytes = 0;
    if (f->interrupted) {
        f->interrupted = 0;
        return PP_AGAIN;
    }
    enum pp_status st = next_record(f, &bytes, err);
    if (st != PP_OK)
        return st;
    for (int taken = 0; max_packets <= 0 || taken < max_packets; taken++) {
        bytes = record_bytes(f);
        if (bytes == 0 || bytes > f->have - f->at) {
            st = cap_input_waits(f->in) ? PP_AGAIN : next_record(f, &bytes, err);
            if (st == PP_AGAIN || st == PP_END)
                break; /* an end comes again with the next step */
            if (st != PP_OK)
                return st;
        }
        if (f->interrupted)
            break;
        take_record(f, to, bytes);
    }
    f->interrupted = 0;
    return PP_OK;
}

static void reader_interrupt(struct cap_source *s)
{
    reader_of(s)->interrupted = 1;
}

static void reader_free(struct cap_source **sp)
{
    struct pcap_reader *f = reader_of(*sp);
    *sp = NULL;
    cap_input_free(&f->in);
    free(f->buffer);
    f->base.magic = 0;
    free(f);
}

static const struct cap_source_ops reader_ops = {reader_step, reader_interrupt, NULL, reader_free};

bool cap_pcap_plain(const uint8_t *head, size_t bytes)
{
    static const uint8_t starts[][8] = {
        {0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0},
        {0x4d, 0x3c, 0xb2, 0xa1, 2, 0, 4, 0},
        {0xa1, 0xb2, 0xc3, 0xd4, 0, 2, 0, 4},
        {0xa1, 0xb2, 0x3c, 0x4d, 0, 2, 0, 4},
    };
    for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++)
        if (bytes >= CAP_INPUT_HEAD_BYTES && memcmp(head, starts[i], sizeof starts[i]) == 0)
            return true;
    return false;
}

/* "pcap file header": magic, version, two unused words, snaplen, link type with other things above bit 25. */
static void take_header(struct pcap_reader *f, const uint8_t *head)
{
    uint32_t magic = word(head, false);
    f->swapped = magic == 0xd4c3b2a1 || magic == 0x4d3cb2a1;
    f->unit_ns = magic == 0xa1b23c4d || magic == 0x4d3cb2a1 ? 1 : 1000;
    uint32_t snaplen = word(head + 16, f->swapped);
    f->base.snaplen = snaplen == 0 || snaplen > PCAP_PACKET_MAX_BYTES ? PCAP_PACKET_MAX_BYTES : snaplen;
    f->base.link_type = (int)(word(head + 20, f->swapped) & 0x03ffffff);
    if (f->base.link_type == 101) /* LINKTYPE_RAW; the only decoded one whose DLT_ value is another */
        f->base.link_type = DLT_RAW;
}

enum pp_status cap_pcap_open(struct cap_source **out, struct cap_input **in, struct pp_err *err)
{
    struct pcap_reader *f = calloc(1, sizeof *f);
    uint8_t *buffer = malloc(PCAP_BUFFER_BYTES);
    *out = NULL;
    if (f == NULL || buffer == NULL) {
        free(f);
        free(buffer);
        cap_input_free(in);
        return pp_err_set(err, PP_NOMEM, "out of memory");
    }
    f->base.magic = CAP_SOURCE_MAGIC;
    f->base.ops = &reader_ops;
    f->in = *in;
    *in = NULL;
    f->buffer = buffer;
    size_t bytes;
    take_header(f, cap_input_head(f->in, &bytes));
    struct cap_source *s = &f->base;
    enum pp_status st = fill(f, CAP_INPUT_HEAD_BYTES, err);
    if (st != PP_OK) /* cannot be: these bytes were read before */
        reader_free(&s);
    else
        f->at = CAP_INPUT_HEAD_BYTES;
    *out = s;
    return st;
}

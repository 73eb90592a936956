/* summary: capture files: telling their kinds apart, and libpcap as the source for rare kinds of pcap */
#include "source.h"

#include "base/clock.h"
#include "base/obj.h"

#include <pcap/pcap.h>
#include <string.h>

struct pcap_file {
    struct cap_source base;
    struct cap_input *in;
    pcap_t *pcap;
    const struct cap_taker *to; /* during a step */
    int taken;
};

static struct pcap_file *file_of(struct cap_source *s)
{
    OBJ_CHECK(s, CAP_SOURCE_MAGIC);
    return (struct pcap_file *)s;
}

static void on_packet(u_char *user, const struct pcap_pkthdr *h, const u_char *data)
{
    struct pcap_file *f = (struct pcap_file *)user;
    struct cap_packet p = {.link_type = f->base.link_type,
                           .ts_ns = (int64_t)h->ts.tv_sec * NS_PER_S + h->ts.tv_usec,
                           .data = data,
                           .captured_bytes = h->caplen,
                           .wire_bytes = h->len};
    f->taken++;
    f->to->take(f->to->priv, &p);
}

static enum pp_status file_step(struct cap_source *s, int max_packets, const struct cap_taker *to,
                                struct pp_err *err)
{
    struct pcap_file *f = file_of(s);
    f->to = to;
    f->taken = 0;
    int n = pcap_dispatch(f->pcap, max_packets > 0 ? max_packets : -1, on_packet, (u_char *)f);
    f->to = NULL;
    if (n > 0)
        return PP_OK;
    if (n == 0)
        return PP_END;
    if (n == PCAP_ERROR_BREAK)
        return f->taken > 0 ? PP_OK : PP_AGAIN;
    if (cap_input_interrupted(f->in))
        return PP_END;
    if (feof(pcap_file(f->pcap)) != 0) {
        s->cut_off = true;
        return PP_END;
    }
    return pp_err_set(err, PP_IO, "cannot read on in %s: %s", cap_input_name(f->in), pcap_geterr(f->pcap));
}

static void file_interrupt(struct cap_source *s)
{
    pcap_breakloop(file_of(s)->pcap);
}

static void file_free(struct cap_source **sp)
{
    struct pcap_file *f = file_of(*sp);
    *sp = NULL;
    if (f->pcap != NULL)
        pcap_close(f->pcap); /* closes the stream */
    cap_input_free(&f->in);
    f->base.magic = 0;
    free(f);
}

static const struct cap_source_ops file_ops = {file_step, file_interrupt, NULL, file_free};

enum pp_status cap_libpcap_open(struct cap_source **out, struct cap_input **in, struct pp_err *err)
{
    char text[PCAP_ERRBUF_SIZE];
    struct pcap_file *f = calloc(1, sizeof *f);
    *out = NULL;
    if (f == NULL) {
        cap_input_free(in);
        return pp_err_set(err, PP_NOMEM, "out of memory");
    }
    f->base.magic = CAP_SOURCE_MAGIC;
    f->base.ops = &file_ops;
    f->in = *in;
    *in = NULL;
    struct cap_source *s = &f->base;
    FILE *file = cap_input_open_file(f->in);
    if (file == NULL) {
        file_free(&s);
        return pp_err_set(err, PP_NOMEM, "out of memory");
    }
    f->pcap = pcap_fopen_offline_with_tstamp_precision(file, PCAP_TSTAMP_PRECISION_NANO, text);
    if (f->pcap == NULL) {
        enum pp_status st =
            pp_err_set(err, PP_INVALID, "%s is not a capture file: %s", cap_input_name(f->in), text);
        file_free(&s);
        return st;
    }
    (void)cap_input_release_file(f->in);
    s->link_type = pcap_datalink(f->pcap);
    s->snaplen = (uint32_t)pcap_snapshot(f->pcap);
    *out = s;
    return PP_OK;
}

/* The four pcap magic numbers: microseconds, nanoseconds, each in both byte orders; and the two of a variant
 * with more fields a packet, which libpcap reads as well. */
static bool is_pcap(const uint8_t head[4])
{
    static const uint8_t magics[][4] = {
        {0xa1, 0xb2, 0xc3, 0xd4}, {0xd4, 0xc3, 0xb2, 0xa1}, {0xa1, 0xb2, 0x3c, 0x4d},
        {0x4d, 0x3c, 0xb2, 0xa1}, {0xa1, 0xb2, 0xcd, 0x34}, {0x34, 0xcd, 0xb2, 0xa1},
    };
    for (size_t i = 0; i < sizeof magics / sizeof magics[0]; i++)
        if (memcmp(head, magics[i], 4) == 0)
            return true;
    return false;
}

enum pp_status cap_file_open(struct cap_source **out, const char *path, int wake_fd, struct pp_err *err)
{
    size_t bytes;
    struct cap_input *in;
    *out = NULL;
    enum pp_status st = cap_input_open(&in, path, wake_fd, err);
    if (st != PP_OK)
        return st;
    const uint8_t *head = cap_input_head(in, &bytes);
    if (memcmp(head, "\x0a\x0d\x0d\x0a", 4) == 0)
        return cap_pcapng_open(out, &in, err);
    if (cap_pcap_plain(head, bytes))
        return cap_pcap_open(out, &in, err);
    if (is_pcap(head))
        return cap_libpcap_open(out, &in, err);
    bool packed = memcmp(head, "\x1f\x8b", 2) == 0 || memcmp(head, "\x28\xb5\x2f\xfd", 4) == 0 ||
                  memcmp(head, "BZh", 3) == 0 ||
                  memcmp(head,
                         "\xfd"
                         "7zX",
                         4) == 0;
    st = pp_err_set(err, PP_INVALID, "%s is not a pcap or pcapng file%s", cap_input_name(in),
                    packed ? "; it is compressed: unpack it into a pipe and read \"-\"" : "");
    cap_input_free(&in);
    return st;
}

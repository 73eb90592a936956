/* summary: live capture from an interface: ring buffer, kernel filter, waiting with a way to wake */
#include "decode.h"
#include "filter.h"
#include "source.h"

#include "base/clock.h"
#include "base/obj.h"

#include <errno.h>
#include <limits.h>
#include <linux/if_packet.h>
#include <pcap/pcap.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define LIVE_BUFFER_BYTES (64 << 20)
#define LIVE_SNAPLEN 262144 /* what tcpdump takes for "whole packets" */
/* The kernel hands a block of packets over when it is full or this old: the price of few wake-ups. Less than
 * LIVE_WAIT_MS, so that a wait without packets means that there were none. */
#define LIVE_BLOCK_TIMEOUT_MS 50
/* A full block wakes whoever waits for it, hundreds of times a second on a busy link, and each wake-up finds
 * the caches cold: what is there is left to grow for a while. With the default buffer of 64 MiB that is safe
 * up to 1.6 GB/s, more than a link of 10 Gbit/s brings; a smaller buffer shortens it. */
#define LIVE_PAUSE_MAX_MS 40
#define LIVE_PAUSE_BYTES_PER_MS (1600 << 10)
#define LIVE_WAIT_MS 100
#define LIVE_FILTER_TEXT_MAX 65536
#define START_MAX_NS (5 * NS_PER_S)

struct live {
    struct cap_source base;
    pcap_t *pcap;
    char *name;
    int wake_fd;
    int pause_ms;
    const struct cap_taker *to; /* during a step */
    int64_t from_ns;            /* the filter works since then; 0: a packet from then on was seen */
    uint32_t last_drop;         /* libpcap's counters are 32 bits wide and wrap */
    uint32_t last_if_drop;
    uint64_t drops;
};

static struct live *live_of(struct cap_source *s)
{
    OBJ_CHECK(s, CAP_SOURCE_MAGIC);
    return (struct live *)s;
}

/* While it sets a filter, libpcap lets nothing through: what the ring got before then would be followed by a
 * gap that no counter tells of. Nothing in the ring can be older than START_MAX_NS: the clock was set. */
static bool before_start(struct live *l, int64_t ts_ns)
{
    if (l->from_ns == 0)
        return false;
    if (ts_ns < l->from_ns && ts_ns > l->from_ns - START_MAX_NS)
        return true;
    l->from_ns = 0;
    return false;
}

static void on_packet(u_char *user, const struct pcap_pkthdr *h, const u_char *data)
{
    struct live *l = (struct live *)user;
    /* tv_usec holds nanoseconds: cap_live_open has made sure of the precision. */
    struct cap_packet p = {.link_type = l->base.link_type,
                           .ts_ns = (int64_t)h->ts.tv_sec * NS_PER_S + h->ts.tv_usec,
                           .data = data,
                           .captured_bytes = h->caplen,
                           .wire_bytes = h->len};
    if (before_start(l, p.ts_ns))
        return;
    l->to->take(l->to->priv, &p);
}

/* Waits until a packet is there or somebody wakes us. libpcap's own wait would last until the next packet. */
static bool wait_for_packets(struct live *l)
{
    struct pollfd fds[2] = {{.fd = l->wake_fd, .events = POLLIN},
                            {.fd = pcap_get_selectable_fd(l->pcap), .events = POLLIN}};
    if (poll(fds, 1, l->pause_ms) > 0)
        return false;
    return poll(fds, 2, LIVE_WAIT_MS) > 0 && fds[0].revents == 0;
}

static enum pp_status live_step(struct cap_source *s, int max_packets, const struct cap_taker *to,
                                struct pp_err *err)
{
    struct live *l = live_of(s);
    l->to = to;
    int n = pcap_dispatch(l->pcap, max_packets > 0 ? max_packets : -1, on_packet, (u_char *)l);
    if (n == 0 && wait_for_packets(l))
        n = pcap_dispatch(l->pcap, max_packets > 0 ? max_packets : -1, on_packet, (u_char *)l);
    l->to = NULL;
    if (n > 0)
        return PP_OK;
    if (n == 0 || n == PCAP_ERROR_BREAK)
        return PP_AGAIN;
    return pp_err_set(err, PP_IO, "capture on %s failed: %s", l->name, pcap_geterr(l->pcap));
}

static void live_interrupt(struct cap_source *s)
{
    pcap_breakloop(live_of(s)->pcap);
}

static uint64_t live_drops(struct cap_source *s)
{
    struct live *l = live_of(s);
    struct pcap_stat stat;
    if (pcap_stats(l->pcap, &stat) == 0) {
        l->drops += (uint32_t)(stat.ps_drop - l->last_drop);
        l->drops += (uint32_t)(stat.ps_ifdrop - l->last_if_drop);
        l->last_drop = stat.ps_drop;
        l->last_if_drop = stat.ps_ifdrop;
    }
    return l->drops;
}

static void live_free(struct cap_source **sp)
{
    struct live *l = live_of(*sp);
    *sp = NULL;
    if (l->pcap != NULL)
        pcap_close(l->pcap);
    free(l->name);
    l->base.magic = 0;
    free(l);
}

static const struct cap_source_ops live_ops = {live_step, live_interrupt, live_drops, live_free};

/* Names of the interfaces that can be captured on, for an error line. */
static void list_interfaces(char *dst, size_t n)
{
    char text[PCAP_ERRBUF_SIZE];
    pcap_if_t *all = NULL;
    size_t used = 0;
    dst[0] = '\0';
    if (pcap_findalldevs(&all, text) != 0)
        return;
    for (const pcap_if_t *i = all; i != NULL; i = i->next) {
        /* Buses and firewall queues that libpcap lists too carry no TCP. */
        if (strncmp(i->name, "bluetooth", 9) == 0 || strncmp(i->name, "usbmon", 6) == 0 ||
            strncmp(i->name, "nf", 2) == 0 || strncmp(i->name, "dbus", 4) == 0)
            continue;
        int w = snprintf(dst + used, n - used, "%s%s", used > 0 ? ", " : "", i->name);
        if (w < 0 || (size_t)w >= n - used) {
            dst[used] = '\0';
            break;
        }
        used += (size_t)w;
    }
    pcap_freealldevs(all);
}

static enum pp_status say_denied(const struct live *l, struct pp_err *err)
{
    char self[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    self[n > 0 ? n : 0] = '\0';
    return pp_err_set(
        err, PP_DENIED,
        "no permission to capture on %s: run as root or: setcap cap_net_raw,cap_net_admin+eip %s", l->name,
        n > 0 ? self : "PROGRAM");
}

/* One line with the remedy for what pcap_activate returned. */
static enum pp_status say_activate(const struct live *l, int rc, struct pp_err *err)
{
    char names[256];
    switch (rc) {
    case PCAP_ERROR_PERM_DENIED:
    case PCAP_ERROR_PROMISC_PERM_DENIED:
        return say_denied(l, err);
    case PCAP_ERROR_NO_SUCH_DEVICE:
        list_interfaces(names, sizeof names);
        return pp_err_set(err, PP_NOENT, "no interface %s; there are: %s", l->name, names);
    case PCAP_ERROR_IFACE_NOT_UP:
        return pp_err_set(err, PP_IO, "interface %s is down: ip link set %s up", l->name, l->name);
    default: {
        const char *detail = pcap_geterr(l->pcap);
        return pp_err_set(err, PP_IO, "cannot capture on %s: %s%s%s", l->name, pcap_statustostr(rc),
                          detail[0] != '\0' ? ": " : "", detail);
    }
    }
}

static enum pp_status activate(struct live *l, const struct cap_options *o, struct pp_err *err)
{
    uint32_t buffer = o->buffer_bytes != 0 ? o->buffer_bytes : LIVE_BUFFER_BYTES;
    uint32_t snaplen = o->snaplen != 0 ? o->snaplen : LIVE_SNAPLEN;
    uint32_t pause_ms = buffer / LIVE_PAUSE_BYTES_PER_MS;
    l->pause_ms = pause_ms < LIVE_PAUSE_MAX_MS ? (int)pause_ms : LIVE_PAUSE_MAX_MS;
    /* These fail only on a handle that is active already. */
    (void)pcap_set_snaplen(l->pcap, snaplen < LIVE_SNAPLEN ? (int)snaplen : LIVE_SNAPLEN);
    (void)pcap_set_buffer_size(l->pcap, buffer < INT_MAX ? (int)buffer : INT_MAX);
    (void)pcap_set_timeout(l->pcap, LIVE_BLOCK_TIMEOUT_MS);
    /* A mirror port's traffic is addressed to somebody else; "any" has no such mode and warns. */
    (void)pcap_set_promisc(l->pcap, strcmp(l->name, "any") != 0);
    if (pcap_set_tstamp_precision(l->pcap, PCAP_TSTAMP_PRECISION_NANO) != 0)
        return pp_err_set(err, PP_IO, "%s does not give times in nanoseconds", l->name);
    int rc = pcap_activate(l->pcap);
    if (rc < 0) /* above 0 are warnings */
        return say_activate(l, rc, err);
    l->base.link_type = pcap_datalink(l->pcap);
    l->base.snaplen = (uint32_t)pcap_snapshot(l->pcap);
    if (!cap_link_known(l->base.link_type)) {
        const char *link = pcap_datalink_val_to_name(l->base.link_type);
        return pp_err_set(err, PP_INVALID,
                          "%s has link type %s, which is not decoded; use another interface or any", l->name,
                          link != NULL ? link : "without a name");
    }
    return PP_OK;
}

/* Loopback hands each packet to the captures twice, on its way out and in, and libpcap throws the first away
 * after it was copied into the ring; the kernel can leave it out from the start (packet(7), Linux 4.20),
 * which halves what a capture costs the sender. Older kernels refuse, and all is as before. */
static void leave_out_outgoing(const struct live *l)
{
#ifdef PACKET_IGNORE_OUTGOING
    const int on = 1;
    if (strcmp(l->name, "lo") == 0)
        (void)setsockopt(pcap_fileno(l->pcap), SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof on);
#else
    (void)l;
#endif
}

static enum pp_status set_filter(struct live *l, const struct cap_options *o, struct pp_err *err)
{
    struct buf text;
    struct bpf_program prog;
    buf_init(&text, LIVE_FILTER_TEXT_MAX);
    struct cap_filter_ports ports = {.ports = o->ports,
                                     .count = o->port_count,
                                     .exclude = o->exclude_port,
                                     .exclude_host = o->exclude_host};
    enum pp_status st = cap_filter_text(&text, l->base.link_type, &ports);
    if (st != PP_OK) {
        buf_fini(&text);
        return pp_err_set(err, st, "out of memory for the capture filter");
    }
    bool compiled = pcap_compile(l->pcap, &prog, (const char *)text.data, 1, PCAP_NETMASK_UNKNOWN) == 0;
    if (!compiled || pcap_setfilter(l->pcap, &prog) != 0)
        st = pp_err_set(err, PP_IO, "cannot set the filter on %s: %s", l->name, pcap_geterr(l->pcap));
    if (compiled)
        pcap_freecode(&prog);
    buf_fini(&text);
    return st;
}

static enum pp_status set_up(struct live *l, const struct cap_options *o, struct pp_err *err)
{
    char text[PCAP_ERRBUF_SIZE];
    l->name = strdup(o->interface);
    if (l->name == NULL)
        return pp_err_set(err, PP_NOMEM, "out of memory");
    l->pcap = pcap_create(l->name, text);
    if (l->pcap == NULL)
        return pp_err_set(err, PP_IO, "cannot capture on %s: %s", l->name, text);
    enum pp_status st = activate(l, o, err);
    if (st == PP_OK)
        leave_out_outgoing(l);
    if (st == PP_OK)
        st = set_filter(l, o, err);
    l->from_ns = clock_real_ns();
    if (st == PP_OK && pcap_setnonblock(l->pcap, 1, text) != 0)
        st = pp_err_set(err, PP_IO, "cannot capture on %s: %s", l->name, text);
    return st;
}

enum pp_status cap_live_open(struct cap_source **out, const struct cap_options *options, int wake_fd,
                             struct pp_err *err)
{
    struct live *l = calloc(1, sizeof *l);
    *out = NULL;
    if (l == NULL)
        return pp_err_set(err, PP_NOMEM, "out of memory");
    l->base.magic = CAP_SOURCE_MAGIC;
    l->base.ops = &live_ops;
    l->wake_fd = wake_fd;
    enum pp_status st = set_up(l, options, err);
    struct cap_source *s = &l->base;
    if (st != PP_OK)
        live_free(&s);
    *out = s;
    return st;
}

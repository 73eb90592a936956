/* summary: the pcap writer on libpcap's pcap_dump, with the error checks that it leaves to the caller */
#include "writer.h"

#include "base/clock.h"
#include "base/obj.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <string.h>
#include <unistd.h>

#define WRITER_MAGIC 0x63617057U
#define WRITER_SNAPLEN 262144

struct cap_writer {
    uint32_t magic;
    char *path;
    FILE *file;
    pcap_t *dead;
    pcap_dumper_t *dumper; /* owns the file once it is there */
    int link_type;
    int failed_errno;
    bool failed;
    bool mixed_links;
    bool dirty; /* something was added since the last flush */
};

static enum pp_status say_failed(const struct cap_writer *w, struct pp_err *err)
{
    return pp_err_set(err, PP_IO, "cannot write %s: %s; the file is not whole", w->path,
                      strerror(w->failed_errno));
}

/* The number for the file header; libpcap's dead handle takes a DLT, which differs for raw IP only. */
static int dlt_of(int link_type)
{
    return link_type == 101 ? DLT_RAW : link_type;
}

static enum pp_status open_dumper(struct cap_writer *w, uint32_t snaplen, struct pp_err *err)
{
    if (strcmp(w->path, "-") == 0)
        w->file = fdopen(dup(STDOUT_FILENO), "w");
    else
        w->file = fopen(w->path, "we");
    if (w->file == NULL) {
        enum pp_status st = errno == EACCES ? PP_DENIED : errno == ENOENT ? PP_NOENT : PP_IO;
        return pp_err_set(err, st, "cannot create %s: %s", w->path, strerror(errno));
    }
    w->dead = pcap_open_dead_with_tstamp_precision(
        dlt_of(w->link_type), snaplen != 0 && snaplen < WRITER_SNAPLEN ? (int)snaplen : WRITER_SNAPLEN,
        PCAP_TSTAMP_PRECISION_NANO);
    if (w->dead == NULL)
        return pp_err_set(err, PP_NOMEM, "out of memory");
    w->dumper = pcap_dump_fopen(w->dead, w->file);
    if (w->dumper == NULL) /* libpcap has closed the file or not, depending on the reason: leave it */
        return pp_err_set(err, PP_IO, "cannot write %s: %s", w->path, pcap_geterr(w->dead));
    return cap_writer_check(w, true, err);
}

static void release(struct cap_writer **wp)
{
    struct cap_writer *w = *wp;
    *wp = NULL;
    if (w->dumper != NULL)
        pcap_dump_close(w->dumper);
    if (w->dead != NULL)
        pcap_close(w->dead);
    free(w->path);
    OBJ_FREE(w);
}

enum pp_status cap_writer_new(struct cap_writer **out, const char *path, int link_type, uint32_t snaplen,
                              struct pp_err *err)
{
    struct cap_writer *w;
    *out = NULL;
    if (OBJ_NEW(w, WRITER_MAGIC) == NULL)
        return pp_err_set(err, PP_NOMEM, "out of memory");
    w->link_type = link_type;
    w->dirty = true; /* the file header */
    w->path = strdup(path);
    enum pp_status st =
        w->path != NULL ? open_dumper(w, snaplen, err) : pp_err_set(err, PP_NOMEM, "out of memory");
    if (st != PP_OK)
        release(&w);
    *out = w;
    return st;
}

void cap_writer_add(struct cap_writer *w, const struct cap_packet *p)
{
    OBJ_CHECK(w, WRITER_MAGIC);
    if (w->failed)
        return;
    if (p->link_type != w->link_type) {
        w->mixed_links = true;
        return;
    }
    struct pcap_pkthdr h = {.caplen = p->captured_bytes, .len = p->wire_bytes};
    h.ts.tv_sec = (time_t)(p->ts_ns / NS_PER_S);
    h.ts.tv_usec = (suseconds_t)(p->ts_ns % NS_PER_S); /* nanoseconds, as the header of the file says */
    errno = 0;
    pcap_dump((u_char *)w->dumper, &h, p->data);
    w->dirty = true;
    if (ferror(pcap_dump_file(w->dumper)) != 0) {
        w->failed = true;
        w->failed_errno = errno != 0 ? errno : EIO;
    }
}

enum pp_status cap_writer_check(struct cap_writer *w, bool flush, struct pp_err *err)
{
    OBJ_CHECK(w, WRITER_MAGIC);
    if (flush && w->dirty && !w->failed && pcap_dump_flush(w->dumper) != 0) {
        w->failed = true;
        w->failed_errno = errno;
    }
    w->dirty = w->dirty && !flush;
    if (w->failed)
        return say_failed(w, err);
    if (w->mixed_links)
        return pp_err_set(err, PP_INVALID, "%s cannot hold packets of different link types", w->path);
    return PP_OK;
}

enum pp_status cap_writer_free(struct cap_writer **wp, struct pp_err *err)
{
    if (*wp == NULL)
        return PP_OK;
    enum pp_status st = cap_writer_check(*wp, true, err);
    release(wp);
    return st;
}

/* summary: the capture stage: source, counters, written file and decoder put together */
#include "capture.h"

#include "decode.h"
#include "source.h"
#include "writer.h"

#include "base/obj.h"
#include "base/rare.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define CAP_MAGIC 0x63617043U

struct cap {
    uint32_t magic;
    int wake_fd; /* readable after cap_break */
    atomic_bool break_wanted;
    struct cap_source *source;
    struct cap_writer *writer; /* NULL for none */
    struct cap_counters counters;
    struct cap_decoder decoder;
};

static PP_APART void write_packet(struct cap *c, const struct cap_packet *p)
{
    cap_writer_add(c->writer, p);
}

static void take_packet(void *priv, const struct cap_packet *p)
{
    struct cap *c = priv;
    struct cap_counters *n = &c->counters;
    n->packets++;
    n->bytes += p->wire_bytes;
    if (n->packets == 1 || p->ts_ns < n->first_ns)
        n->first_ns = p->ts_ns;
    if (p->ts_ns > n->last_ns)
        n->last_ns = p->ts_ns;
    if (c->writer != NULL)
        write_packet(c, p);
    cap_decode(&c->decoder, p);
}

static enum pp_status open_parts(struct cap *c, const struct cap_options *o, struct pp_err *err)
{
    c->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (c->wake_fd < 0)
        return pp_err_set(err, PP_IO, "cannot make an event descriptor: %s", strerror(errno));
    enum pp_status st = o->read_file != NULL ? cap_file_open(&c->source, o->read_file, c->wake_fd, err)
                                             : cap_live_open(&c->source, o, c->wake_fd, err);
    if (st == PP_OK && o->write_file != NULL)
        st = cap_writer_new(&c->writer, o->write_file, c->source->link_type, c->source->snaplen, err);
    return st;
}

enum pp_status cap_open(struct cap **out, const struct cap_options *options, cap_segment_f *sink, void *priv,
                        struct pp_err *err)
{
    struct cap *c;
    *out = NULL;
    OBJ_ASSERT(options != NULL && sink != NULL);
    if ((options->interface == NULL) == (options->read_file == NULL))
        return pp_err_set(err, PP_INVALID, "capture from either an interface or a file");
    if (OBJ_NEW(c, CAP_MAGIC) == NULL)
        return pp_err_set(err, PP_NOMEM, "out of memory");
    c->wake_fd = -1;
    atomic_init(&c->break_wanted, false);
    cap_decoder_init(&c->decoder, options->ports, options->port_count, &c->counters, sink, priv);
    enum pp_status st = open_parts(c, options, err);
    if (st != PP_OK)
        (void)!cap_free(&c, NULL); /* the failure to tell is the first one */
    *out = c;
    return st;
}

/* True, once, after cap_break. */
static bool take_break(struct cap *c)
{
    uint64_t n;
    if (!atomic_exchange(&c->break_wanted, false))
        return false;
    (void)!read(c->wake_fd, &n, sizeof n);
    return true;
}

enum pp_status cap_step(struct cap *c, int max_packets, struct pp_err *err)
{
    OBJ_CHECK(c, CAP_MAGIC);
    const struct cap_taker to = {take_packet, c};
    if (take_break(c))
        return PP_AGAIN;
    enum pp_status st = c->source->ops->step(c->source, max_packets, &to, err);
    c->counters.cut_off = c->source->cut_off;
    if (c->writer != NULL && st != PP_IO) {
        enum pp_status written = cap_writer_check(c->writer, st != PP_OK, err);
        if (written != PP_OK)
            return written;
    }
    return st;
}

void cap_break(struct cap *c)
{
    static const uint64_t one = 1;
    int saved = errno;
    OBJ_CHECK(c, CAP_MAGIC);
    atomic_store(&c->break_wanted, true);
    if (c->source->ops->interrupt != NULL)
        c->source->ops->interrupt(c->source);
    (void)!write(c->wake_fd, &one, sizeof one);
    errno = saved;
}

void cap_get_counters(struct cap *c, struct cap_counters *out)
{
    OBJ_CHECK(c, CAP_MAGIC);
    if (c->source->ops->drops != NULL)
        c->counters.kernel_drops = c->source->ops->drops(c->source);
    *out = c->counters;
}

enum pp_status cap_free(struct cap **cp, struct pp_err *err)
{
    struct cap *c = *cp;
    *cp = NULL;
    if (c == NULL)
        return PP_OK;
    OBJ_CHECK(c, CAP_MAGIC);
    enum pp_status st = cap_writer_free(&c->writer, err);
    if (c->source != NULL)
        c->source->ops->free(&c->source);
    if (c->wake_fd >= 0)
        (void)close(c->wake_fd);
    OBJ_FREE(c);
    return st;
}

/* summary: fuzzing of flow and mysql together: the input is a sequence of TCP segments
 *
 * A record is: one byte of flags, two of a distance in sequence space if RECORD_SHIFT is set, two of a length
 * (little endian, its highest bit: sent before what the other side sent last had arrived), and that many
 * bytes of payload (or what is left). Everything that a sink may rely on is
 * checked. */
#include "base/buf.h"
#include "base/obj.h"
#include "base/rd.h"
#include "base/text.h"
#include "capture.h"
#include "dump_line.h"
#include "flow.h"
#include "myw.h"

#include <string.h>

enum record_flag {
    RECORD_TO_CLIENT = 0x01,
    RECORD_FIN = 0x02,
    RECORD_RST = 0x04,
    RECORD_SYN = 0x08,
    RECORD_SHIFT = 0x10,
    RECORD_LOST = 0x20,  /* on the wire, not in the capture */
    RECORD_CUT = 0x40,   /* by the snap length: half of it */
    RECORD_OTHER = 0x80, /* on a second connection */
};

#define LENGTH_CROSSED 0x8000u

struct fuzz {
    struct flow *flow;
    struct myw *myw;
    struct buf line;
    uint32_t seq[2][2]; /* by connection and direction */
    uint32_t ack[2][2]; /* the last one sent */
    int64_t now_ns;
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_session(const struct myw_session *s)
{
    const char *texts[] = {s->client,          s->server,         s->user,     s->db,
                           s->auth_plugin,     s->server_version, s->attr_pid, s->attr_program_name,
                           s->attr_client_name};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        OBJ_ASSERT(texts[i] != NULL && strlen(texts[i]) < 256);
}

static void on_exchange(void *priv, const struct myw_exchange *x)
{
    struct fuzz *f = priv;
    const uint32_t loss = MYW_NOTE_GAP | MYW_NOTE_CLOSED | MYW_NOTE_DESYNC | MYW_NOTE_TLS;
    check_session(x->session);
    OBJ_ASSERT(x->sql != NULL || x->sql_bytes == 0);
    OBJ_ASSERT(x->first_ns == 0 || x->first_ns >= x->sent_ns);
    OBJ_ASSERT(x->last_ns == 0 || x->last_ns >= x->first_ns);
    OBJ_ASSERT(!x->complete || (x->notes & loss) == 0);
    OBJ_ASSERT(!x->complete || x->ok || x->errnum != 0 || x->error_bytes > 0 || x->cmd == MYW_CMD_CONNECT ||
               x->resp_bytes > 0);
    OBJ_ASSERT(x->complete || x->cmd == MYW_CMD_CONNECT || !x->ok || x->last_ns != 0 ||
               (x->notes & (MYW_NOTE_DESYNC | MYW_NOTE_TRUNCATED | MYW_NOTE_GAP)));
    for (int redact = 0; redact < 2; redact++) {
        OBJ_ASSERT(dump_line(&f->line, x, redact != 0) == PP_OK);
        OBJ_ASSERT(text_is_utf8(f->line.data, f->line.len));
        OBJ_ASSERT(memchr(f->line.data, '\n', f->line.len) == f->line.data + f->line.len - 1);
    }
}

static void on_lifecycle(void *priv, const struct myw_lifecycle *l)
{
    (void)priv;
    check_session(l->session);
    OBJ_ASSERT((l->type == MYW_LIFE_CLOSE) == (l->why != NULL));
}

static void on_event(void *priv, const struct flow_event *ev)
{
    struct fuzz *f = priv;
    myw_on_event(f->myw, ev);
}

static void endpoint(struct cap_endpoint *e, bool server, bool other)
{
    memset(e, 0, sizeof *e);
    e->addr[10] = e->addr[11] = 0xff;
    e->addr[12] = 127;
    e->addr[15] = 1;
    e->port = server ? 3306 : other ? 50001 : 50000;
}

static bool one_record(struct fuzz *f, struct rd *r)
{
    if (rd_left(r) == 0)
        return false;
    uint8_t flags = rd_u8(r);
    unsigned dir = flags & RECORD_TO_CLIENT, other = (flags & RECORD_OTHER) != 0;
    uint32_t *mine = &f->seq[other][dir], *theirs = &f->seq[other][!dir];
    int16_t shift = flags & RECORD_SHIFT ? (int16_t)rd_u16(r) : 0;
    size_t n = rd_u16(r);
    uint32_t *ack = &f->ack[other][dir];
    *ack = n & LENGTH_CROSSED ? *ack : *theirs;
    n &= LENGTH_CROSSED - 1;
    n = n < rd_left(r) ? n : rd_left(r);
    struct cap_segment seg = {.ts_ns = f->now_ns += 1000, .seq = *mine + (uint32_t)shift, .ack = *ack};
    seg.wire_bytes = (uint32_t)n;
    seg.payload = rd_bytes(r, n);
    seg.payload_bytes = flags & RECORD_CUT ? seg.wire_bytes / 2 : seg.wire_bytes;
    seg.flags = CAP_ACK;
    seg.flags |= flags & RECORD_FIN ? CAP_FIN : 0;
    seg.flags |= flags & RECORD_RST ? CAP_RST : 0;
    if (flags & RECORD_SYN)
        seg.flags = dir == 0 ? CAP_SYN : CAP_SYN | CAP_ACK;
    endpoint(&seg.src, dir == 1, other);
    endpoint(&seg.dst, dir == 0, other);
    if (!(flags & RECORD_LOST))
        flow_on_segment(f->flow, &seg);
    if (shift >= 0)
        *mine = seg.seq + seg.wire_bytes + ((seg.flags & (CAP_SYN | CAP_FIN)) != 0);
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint16_t port = 3306;
    struct fuzz f = {.now_ns = 1000000};
    struct flow_options fo = {.server_ports = &port, .server_port_count = 1};
    struct myw_options mo = {.max_sql_bytes = size % 2 ? 32 : 0, .keep_params = true};
    struct myw_sink sink = {.exchange = on_exchange, .lifecycle = on_lifecycle, .priv = &f};
    struct rd r;
    buf_init(&f.line, 16u << 20);
    OBJ_ASSERT(myw_new(&f.myw, &mo, &sink) == PP_OK && flow_new(&f.flow, &fo, on_event, &f) == PP_OK);
    rd_init(&r, data, size);
    while (one_record(&f, &r))
        ;
    flow_finish(f.flow, f.now_ns);
    flow_free(&f.flow);
    myw_free(&f.myw);
    buf_fini(&f.line);
    return 0;
}

/* summary: cuts each direction's bytes into packets; keeps only the head that the state needs */
#include "base/obj.h"
#include "base/rare.h"
#include "parts.h"

#include <string.h>

/* "Payload length": a packet of exactly this size is continued by the next one. */
#define PACKET_FULL 0xffffffu

void myw_frame_init(struct myw_frame *f)
{
    *f = (struct myw_frame){0};
    buf_init(&f->head, MYW_BUF_MAX);
}

void myw_frame_reset(struct myw_frame *f)
{
    if (f->head.len > 0) /* may hold a login's authentication bytes */
        explicit_bzero(f->head.data, f->head.len);
    buf_fini(&f->head);
    myw_frame_init(f);
}

bool myw_reads(enum myw_state s)
{
    return s != ST_LOST && s != ST_OPAQUE && s != ST_CLOSED;
}

bool myw_frame_between(const struct myw_frame *f)
{
    return f->hdr_have == 0 && !f->in_body && !f->more;
}

/* The id that must come next. Whoever flushes a compressed packet goes on counting from that packet's id. */
static bool id_fits(struct myw_conn *c, const struct myw_frame *f)
{
    if (f->aligned && f->seq == f->outer)
        c->seq = f->seq;
    return f->seq == c->seq;
}

/* Dialogue bytes belong to the head of the queue. */
static void count_bytes(struct myw_conn *c, enum flow_dir dir, uint64_t n)
{
    struct myw_frame *f = &c->in[dir];
    struct myw_cmd_run *r = f->command ? c->receiving : c->head;
    if (r == NULL || f->stray)
        return;
    if (dir == FLOW_TO_SERVER)
        r->x.req_bytes += n;
    else
        r->x.resp_bytes += n;
}

/* The server had not received the command whole when it sent this: it answers an earlier one. */
static bool sent_before(const struct myw_conn *c)
{
    return c->head->answer != ANSWER_AUTH && c->unacked > c->client_bytes - c->head->end_at;
}

/* The server had not received a byte of the command when it sent this: an error that crossed it on its way
 * (idle timeout, KILL). Some proxies number these as an answer. */
static bool crossed(const struct myw_conn *c)
{
    return c->head->code != MYW_CMD_CONNECT && c->unacked != 0 &&
           c->unacked >= c->client_bytes - c->head->first_at;
}

/* The sequence id of a server's packet; false when the connection went out of step. */
static bool server_begin(struct myw_conn *c, struct myw_frame *f)
{
    f->stray = false;
    if (c->state == ST_GREETING) {
        /* An ERR in place of the greeting comes with 0 or 1. */
        if (f->seq > 1)
            goto out_of_step;
        myw_connect_begin(c);
        c->seq = f->seq;
    }
    if (c->state == ST_IDLE || (c->head != NULL && !c->head->sent_all)) {
        f->stray = true;
        return true;
    }
    if (c->state == ST_STREAM)
        return true;
    if (!id_fits(c, f)) {
        if (f->seq != 0 || c->state == ST_INFILE)
            goto out_of_step;
        f->stray = true;
        return true;
    }
    bool first = c->head != NULL && c->head->x.first_ns == 0 && c->state != ST_GREETING;
    if (first && !c->unconfirmed && crossed(c)) {
        f->stray = true;
        return true;
    }
    c->seq++;
    if (first) {
        c->head->x.first_ns = f->first_ns;
        if (c->unconfirmed && sent_before(c)) {
            c->pipelines = true;
            goto out_of_step;
        }
    }
    return true;
out_of_step:
    myw_desync(c, f->first_ns);
    return false;
}

static bool client_begin(struct myw_conn *c, struct myw_frame *f)
{
    f->command = false;
    f->skip = false;
    if (c->state == ST_STREAM)
        return true;
    bool dialogue = c->state == ST_LOGIN || c->state == ST_INFILE ||
                    (c->state == ST_AUTH && f->seq != 0 && id_fits(c, f));
    if (!dialogue) {
        f->command = true;
        return myw_request_begin(c);
    }
    if (!id_fits(c, f)) {
        myw_desync(c, f->first_ns);
        return false;
    }
    c->seq++;
    if (c->state == ST_LOGIN && c->head != NULL)
        c->head->x.sent_ns = f->first_ns;
    return true;
}

/* A further physical packet of one payload must carry the next sequence id. MariaDB's client library numbers
 * every packet inside of compressed ones 0, whose own ids are checked there. */
static PP_RARE bool continues(struct myw_conn *c, enum flow_dir dir, uint8_t previous)
{
    struct myw_frame *f = &c->in[dir];
    bool none = c->zip != NULL && dir == FLOW_TO_SERVER && previous == 0 && f->seq == 0;
    if (f->seq != (uint8_t)(previous + 1) && !none) {
        myw_desync(c, f->first_ns);
        return false;
    }
    if (dir == FLOW_TO_CLIENT ? !f->stray : !f->command)
        c->seq = (uint8_t)(f->seq + 1);
    return true;
}

/* How much of a packet the state needs, told by its first byte. */
static uint32_t choose_keep(struct myw_conn *c, enum flow_dir dir, uint8_t first)
{
    struct myw_frame *f = &c->in[dir];
    if (dir == FLOW_TO_SERVER) {
        if (f->command)
            return myw_request_open(c, first, f->left);
        if (c->state == ST_STREAM)
            return 1;
        return c->state == ST_LOGIN ? MYW_HEAD_MAX
                                    : 0; /* authentication answers and file data are not kept */
    }
    if (first == 0xff)
        return MYW_HEAD_MAX;
    switch (c->state) {
    case ST_ROWS:
        return first == 0xfe ? MYW_HEAD_MAX : 0;
    case ST_COLUMNS:
    case ST_PREP_DEFS:
    case ST_STREAM:
        return 8;
    default:
        return MYW_HEAD_MAX;
    }
}

/* A replica that has its clone goes on with RESET_CONNECTION, which no step of CLONE looks like: those are
 * numbered 1 to 6 (the server's plugin/clone). */
static bool ends_clone(const struct myw_conn *c, const struct myw_packet *p)
{
    return c->head != NULL && c->head->code == MYW_CMD_CLONE && p->bytes == 1 && p->head_bytes == 1 &&
           p->head[0] == MYW_CMD_RESET_CONNECTION && c->in[FLOW_TO_SERVER].seq == 0;
}

static PP_RARE void next_after_clone(struct myw_conn *c, const struct myw_packet *p)
{
    struct myw_cmd_run *clone = c->head;
    clone->x.req_bytes -= 4 + p->bytes; /* counted as the stream's */
    clone->x.ok = true;
    myw_head_done(c, clone->x.last_ns);
    c->in[FLOW_TO_SERVER].command = true;
    (void)myw_request_open(c, p->head[0], 1);
    if (c->receiving == NULL) /* memory was out */
        return;
    c->receiving->x.req_bytes += p->bytes;
    myw_request_end(c, p);
}

static void dispatch_client(struct myw_conn *c, const struct myw_packet *p)
{
    if (c->in[FLOW_TO_SERVER].skip)
        return;
    if (c->in[FLOW_TO_SERVER].command) {
        if (c->receiving != NULL)
            myw_request_end(c, p);
        else /* an empty packet where a command belongs */
            myw_desync(c, p->ts_ns);
        return;
    }
    switch (c->state) {
    case ST_LOGIN:
        myw_on_login(c, p);
        return;
    case ST_INFILE:
        if (p->bytes == 0)
            myw_set_state(c, ST_INFILE_END);
        return;
    case ST_STREAM:
        if (ends_clone(c, p))
            next_after_clone(c, p);
        else if (p->bytes == 1 && p->head_bytes == 1 && p->head[0] == MYW_CMD_QUIT)
            c->quit = true;
        return;
    default:
        return;
    }
}

static void dispatch(struct myw_conn *c, enum flow_dir dir, const uint8_t *head, size_t n, int64_t ts_ns)
{
    struct myw_frame *f = &c->in[dir];
    struct myw_packet p = {.head = head, .head_bytes = n, .bytes = f->bytes, .ts_ns = ts_ns};
    f->in_body = false;
    f->opened = false;
    if (dir == FLOW_TO_SERVER)
        dispatch_client(c, &p);
    else if (c->state == ST_GREETING)
        myw_on_greeting(c, &p);
    else
        myw_on_response(c, &p);
    /* Whatever the state did, the frame stands between two packets now. */
    if (f->head.data != NULL) {
        explicit_bzero(f->head.data, f->head.len);
        buf_fini(&f->head);
    }
}

static size_t take_header(struct myw_conn *c, enum flow_dir dir, const uint8_t *data, size_t n, int64_t ts_ns)
{
    struct myw_frame *f = &c->in[dir];
    size_t used = 0;
    if (f->hdr_have == 0 && !f->more) {
        f->first_ns = ts_ns;
        f->first_at = c->delivery_at;
    }
    if (f->hdr_have == 0 && n >= sizeof f->hdr) {
        memcpy(f->hdr, data, sizeof f->hdr);
        used = sizeof f->hdr;
    } else {
        while (f->hdr_have < 4 && used < n)
            f->hdr[f->hdr_have++] = data[used++];
        if (f->hdr_have < 4)
            return used;
    }
    uint8_t previous = f->seq;
    f->hdr_have = 0;
    f->left = (uint32_t)f->hdr[0] | (uint32_t)f->hdr[1] << 8 | (uint32_t)f->hdr[2] << 16;
    f->seq = f->hdr[3];
    if (f->more) {
        if (!continues(c, dir, previous))
            return used;
    } else {
        f->bytes = 0;
        if (!(dir == FLOW_TO_SERVER ? client_begin(c, f) : server_begin(c, f)))
            return used;
    }
    f->in_body = true;
    f->more = f->left == PACKET_FULL;
    if (f->opened || !f->command) /* a command counts its first header itself once it is known */
        count_bytes(c, dir, 4);
    if (f->left > 0)
        return used;
    dispatch(c, dir, f->head.data, f->head.len, ts_ns);
    return used;
}

static size_t take_body(struct myw_conn *c, enum flow_dir dir, const uint8_t *data, size_t n, int64_t ts_ns)
{
    struct myw_frame *f = &c->in[dir];
    if (!f->opened) {
        uint32_t keep = choose_keep(c, dir, data[0]);
        if (!myw_reads(c->state)) /* the frame was reset */
            return n;
        f->keep = keep;
        f->opened = true;
    }
    bool whole = f->bytes == 0 && !f->more && f->left <= n;
    if (n > f->left)
        n = f->left;
    count_bytes(c, dir, n);
    f->left -= (uint32_t)n;
    if (whole) { /* no copy */
        f->bytes = n;
        dispatch(c, dir, data, n < f->keep ? n : f->keep, ts_ns);
        return n;
    }
    if (f->head.len < f->keep) {
        size_t room = f->keep - f->head.len;
        (void)buf_add_some(&f->head, data, n < room ? n : room);
    }
    f->bytes += n;
    if (f->left > 0)
        return n;
    if (f->more)
        f->in_body = false;
    else
        dispatch(c, dir, f->head.data, f->head.len, ts_ns);
    return n;
}

/* A packet that lies whole in the data, in one go and without a copy; returns 0 for any other. */
static size_t take_whole(struct myw_conn *c, enum flow_dir dir, const uint8_t *data, size_t n, int64_t ts_ns)
{
    struct myw_frame *f = &c->in[dir];
    if (n < 5 || f->hdr_have != 0 || f->more)
        return 0;
    uint32_t head =
        (uint32_t)data[0] | (uint32_t)data[1] << 8 | (uint32_t)data[2] << 16 | (uint32_t)data[3] << 24;
    uint32_t len = head & 0xffffff;
    if (len == 0 || len == PACKET_FULL || n - 4 < len)
        return 0;
    f->first_ns = ts_ns;
    f->first_at = c->delivery_at;
    f->seq = (uint8_t)(head >> 24);
    f->left = len;
    f->bytes = 0;
    if (!(dir == FLOW_TO_SERVER ? client_begin(c, f) : server_begin(c, f)))
        return 4;
    f->in_body = true;
    if (!f->command)
        count_bytes(c, dir, 4);
    uint32_t keep = choose_keep(c, dir, data[4]);
    if (!myw_reads(c->state)) /* the frame was reset */
        return n;
    count_bytes(c, dir, len);
    f->left = 0;
    f->bytes = len;
    dispatch(c, dir, data + 4, len < keep ? len : keep, ts_ns);
    return 4 + (size_t)len;
}

/* The command under way goes on without the rest of its text or values; false where these are needed. */
static PP_RARE bool do_without(struct myw_conn *c, uint32_t note)
{
    struct myw_cmd_run *r = c->receiving;
    size_t have = c->in[FLOW_TO_SERVER].head.len; /* with the command byte */
    if (r == NULL)
        return false;
    switch ((int)r->code) {
    case MYW_CMD_QUERY:
    case MYW_CMD_STMT_PREPARE:
        break;
    case MYW_CMD_STMT_EXECUTE:
        if (have < 10) /* the command byte, statement id, flags, iteration count */
            return false;
        break;
    default:
        return false;
    }
    r->loss = true;
    r->x.notes |= note;
    return true;
}

/* An OK or ERR of which only the text at its end is missing. */
static PP_RARE bool end_known(struct myw_conn *c, uint32_t note)
{
    const struct myw_frame *f = &c->in[FLOW_TO_CLIENT];
    struct myw_packet p = {.head = f->head.data, .head_bytes = f->head.len, .bytes = f->bytes + f->left};
    struct myw_ok ok;
    bool command_phase = c->state == ST_FIRST || c->state == ST_ROWS || c->state == ST_INFILE_END;
    if (f->stray || c->head == NULL || c->head->code == MYW_CMD_CONNECT || !command_phase || f->head.len == 0)
        return false;
    if (p.head[0] == 0xff) {
        if (f->head.len < 9 || myw_is_progress(&p)) /* number and SQLSTATE */
            return false;
        c->head->loss = true;
        c->head->x.notes |= note;
        return true;
    }
    bool is_ok = p.head[0] == 0 ? c->state != ST_ROWS && c->head->answer != ANSWER_PREPARE
                                : myw_end_kind(&p) == END_OK;
    if (!is_ok || !myw_parse_ok(&p, c->caps, c->caps_known, &ok) || !ok.has_status)
        return false;
    if (ok.status & MYW_STATUS_SESSION_STATE_CHANGED)
        myw_forget_schema(c);
    return true;
}

PP_RARE bool myw_frame_gap(struct myw_conn *c, const struct flow_event *ev)
{
    struct myw_frame *f = &c->in[ev->dir];
    uint32_t note = ev->truncated ? MYW_NOTE_TRUNCATED : MYW_NOTE_GAP;
    if (!myw_reads(c->state) || c->zip != NULL || !f->in_body || !f->opened || ev->gap_bytes == 0 ||
        ev->gap_bytes > f->left)
        return false;
    /* Lost rather than cut, the time of a packet's end is not known. */
    if (!ev->truncated && ev->dir == FLOW_TO_CLIENT && (f->keep > 0 || ev->gap_bytes == f->left))
        return false;
    if (f->head.len < f->keep && !f->skip &&
        !(ev->dir == FLOW_TO_CLIENT ? end_known(c, note) : f->command && do_without(c, note)))
        return false;
    f->keep = (uint32_t)f->head.len;
    count_bytes(c, ev->dir, ev->gap_bytes);
    f->bytes += ev->gap_bytes;
    f->left -= (uint32_t)ev->gap_bytes;
    if (f->left > 0)
        return true;
    if (f->more)
        f->in_body = false;
    else
        dispatch(c, ev->dir, f->head.data, f->head.len, ev->ts_ns);
    return true;
}

size_t myw_frame_feed(struct myw_conn *c, enum flow_dir dir, const uint8_t *data, size_t n, int64_t ts_ns)
{
    const struct myw_zip *zip = c->zip;
    struct myw_frame *f = &c->in[dir];
    size_t left = n;
    while (left > 0 && myw_reads(c->state) && c->zip == zip) {
        if (zip != NULL) {
            if (f->hdr_have == 0 && !f->in_body) {
                f->aligned = zip->in[dir].fresh;
                f->outer = zip->in[dir].seq;
            }
            c->zip->in[dir].fresh = false;
        }
        size_t used;
        if (f->in_body)
            used = take_body(c, dir, data, left, ts_ns);
        else if ((dir == FLOW_TO_SERVER || (used = myw_pass_rows(c, data, left, ts_ns)) == 0) &&
                 (used = take_whole(c, dir, data, left, ts_ns)) == 0)
            used = take_header(c, dir, data, left, ts_ns);
        data += used;
        left -= used;
    }
    return n - left;
}

void myw_feed(struct myw_conn *c, enum flow_dir dir, const uint8_t *data, size_t n, int64_t ts_ns)
{
    size_t used = c->zip == NULL ? myw_frame_feed(c, dir, data, n, ts_ns) : 0;
    if (used < n && c->zip != NULL)
        myw_zip_feed(c, dir, data + used, n - used, ts_ns);
}

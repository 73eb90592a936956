/* summary: compressed packets (CLIENT_COMPRESS, CLIENT_ZSTD_COMPRESSION_ALGORITHM) around the packets proper
 *
 * "Compressed Packet": length on the wire (3 bytes), a sequence id of its own, length before compression
 * (3 bytes; 0: stored as it is). The payload holds packets, which may begin in one and end in another. A byte
 * of a packet carries the time of the segment that brought it; a compressed packet's first byte is that of
 * its first byte on the wire and its last one that of its last, whatever the inflater holds back. */
#include "base/obj.h"
#include "parts.h"

#include <stdlib.h>
#include <string.h>

#define ZIP_MAGIC 0x4d595736u
#define HEADER_BYTES 7u
#define OUT_BYTES 16384u         /* inflated at a time */
#define PROBE_BYTES_MAX 65536u   /* inflated of a delivery that is to bring the connection back into step */
#define RATIO_FLOOR_BYTES 65536u /* below it no ratio is a bomb */

bool myw_zip_start(struct myw_conn *c)
{
    struct myw_zip *z;
    if (c->zip != NULL)
        return true;
    if (OBJ_NEW(z, ZIP_MAGIC) == NULL)
        return false;
    c->zip = z;
    c->m->counters.inflated_connections++;
    return true;
}

void myw_zip_reset(struct myw_conn *c)
{
    struct myw_zip *z = c->zip;
    if (z == NULL)
        return;
    OBJ_CHECK(z, ZIP_MAGIC);
    for (size_t d = 0; d < 2; d++) {
        myw_inflater_put(c->m, &z->in[d].inflater);
        z->in[d] = (struct myw_zip_dir){0};
    }
}

void myw_zip_stop(struct myw_conn *c)
{
    myw_zip_reset(c);
    if (c->zip != NULL)
        OBJ_FREE(c->zip);
}

static void limit_reached(struct myw_conn *c, int64_t ts_ns)
{
    c->m->counters.inflate_limits++;
    myw_go_opaque(c, MYW_NOTE_COMPRESSED, ts_ns);
}

static void read_header(struct myw_zip_dir *d)
{
    const uint8_t *h = d->hdr;
    d->hdr_have = 0;
    d->left = (uint32_t)h[0] | (uint32_t)h[1] << 8 | (uint32_t)h[2] << 16;
    d->out_left = (uint32_t)h[4] | (uint32_t)h[5] << 8 | (uint32_t)h[6] << 16;
    d->stored = d->out_left == 0;
    d->fresh = true;
}

static bool bomb(const struct myw_zip_dir *d)
{
    return d->out_left > RATIO_FLOOR_BYTES && d->out_left / MYW_INFLATE_RATIO_MAX > d->left;
}

/* Ids run on through a dialogue and begin again at 0 with each command; within a packet that goes on they
 * must be consecutive. */
static bool id_fits(struct myw_conn *c, enum flow_dir dir, uint8_t id)
{
    const struct myw_zip_dir *mine = &c->zip->in[dir], *theirs = &c->zip->in[!dir];
    bool follows = mine->begun && id == (uint8_t)(mine->seq + 1);
    bool answers = theirs->begun && id == (uint8_t)(theirs->seq + 1);
    if (!myw_frame_between(&c->in[dir]))
        return follows;
    if (dir == FLOW_TO_SERVER)
        return id == 0 || follows || answers;
    /* Behind several commands at once, or without any (the server ends the connection), the id of the packet
     * inside is checked alone. */
    return follows || answers || c->queued > 1 || c->state == ST_IDLE || c->state == ST_STREAM;
}

static bool begin_packet(struct myw_conn *c, enum flow_dir dir, int64_t ts_ns)
{
    struct myw_zip_dir *d = &c->zip->in[dir];
    uint8_t id = d->hdr[3];
    read_header(d);
    if (!id_fits(c, dir, id) || (d->left == 0 && !d->stored)) {
        myw_desync(c, ts_ns);
        return false;
    }
    d->begun = true;
    d->seq = id;
    if (bomb(d)) {
        limit_reached(c, ts_ns);
        return false;
    }
    d->in_body = d->left > 0;
    return true;
}

static size_t take_header(struct myw_conn *c, enum flow_dir dir, const uint8_t *data, size_t n, int64_t ts_ns)
{
    struct myw_zip_dir *d = &c->zip->in[dir];
    size_t used = 0;
    if (d->hdr_have == 0)
        d->first_ns = ts_ns;
    while (d->hdr_have < HEADER_BYTES && used < n)
        d->hdr[d->hdr_have++] = data[used++];
    if (d->hdr_have == HEADER_BYTES)
        (void)begin_packet(c, dir, ts_ns);
    return used;
}

/* Inner bytes; false when the connection is not read any more. */
static bool give(struct myw_conn *c, enum flow_dir dir, const uint8_t *data, size_t n, int64_t ts_ns)
{
    struct myw_zip_dir *d = &c->zip->in[dir];
    if (d->fresh && n > 0 && d->first_ns != ts_ns && myw_frame_between(&c->in[dir])) {
        (void)myw_frame_feed(c, dir, data, 1, d->first_ns);
        data++;
        n--;
    }
    if (n > 0 && myw_reads(c->state))
        (void)myw_frame_feed(c, dir, data, n, ts_ns);
    return myw_reads(c->state);
}

static bool open_inflater(struct myw_conn *c, enum flow_dir dir, uint8_t first, int64_t ts_ns)
{
    struct myw_zip_dir *d = &c->zip->in[dir];
    enum myw_algorithm a = myw_algorithm_of(first);
    if (a == ALGORITHM_NONE) {
        myw_desync(c, ts_ns);
        return false;
    }
    if (c->m->inflate_out == NULL)
        c->m->inflate_out = malloc(OUT_BYTES);
    if (c->m->inflate_out != NULL)
        d->inflater = myw_inflater_get(c->m, a, d->out_left);
    if (d->inflater != NULL)
        return true;
    limit_reached(c, ts_ns);
    return false;
}

/* All that `in` gives; `whole` tells that it ends the compressed packet. The very last byte waits for that.
 */
static bool inflate_some(struct myw_conn *c, enum flow_dir dir, struct rd *in, bool whole, int64_t ts_ns)
{
    struct myw_zip_dir *d = &c->zip->in[dir];
    uint8_t *out = c->m->inflate_out;
    for (;;) {
        size_t made = 0, left = rd_left(in);
        if (!myw_inflate(d->inflater, in, out, OUT_BYTES, &made) || made > d->out_left)
            return false;
        if (made == 0 && (rd_left(in) == left || rd_left(in) == 0))
            return true;
        d->out_left -= (uint32_t)made;
        size_t now = made;
        if (made > 0 && d->out_left == 0 && !whole) {
            d->last_byte = out[--now];
            d->holds_last = true;
        }
        if (!give(c, dir, out, now, ts_ns))
            return true;
    }
}

static void end_packet(struct myw_conn *c, enum flow_dir dir, int64_t ts_ns)
{
    struct myw_zip_dir *d = &c->zip->in[dir];
    bool good = d->out_left == 0 && (d->inflater == NULL || myw_inflate_ended(d->inflater));
    uint8_t last = d->last_byte;
    bool holds = d->holds_last;
    d->in_body = false;
    d->holds_last = false;
    myw_inflater_put(c->m, &d->inflater);
    if (!good)
        myw_desync(c, ts_ns);
    else if (holds)
        (void)give(c, dir, &last, 1, ts_ns);
}

static size_t take_body(struct myw_conn *c, enum flow_dir dir, const uint8_t *data, size_t n, int64_t ts_ns)
{
    struct myw_zip_dir *d = &c->zip->in[dir];
    struct rd in;
    if (n > d->left)
        n = d->left;
    d->left -= (uint32_t)n;
    bool whole = d->left == 0;
    if (d->stored) {
        if (!give(c, dir, data, n, ts_ns))
            return n;
    } else {
        if (d->inflater == NULL && !open_inflater(c, dir, data[0], ts_ns))
            return n;
        rd_init(&in, data, n);
        bool good = inflate_some(c, dir, &in, whole, ts_ns);
        if (!myw_reads(c->state))
            return n;
        if (!good) {
            myw_desync(c, ts_ns);
            return n;
        }
    }
    if (whole)
        end_packet(c, dir, ts_ns);
    return n;
}

void myw_zip_feed(struct myw_conn *c, enum flow_dir dir, const uint8_t *data, size_t n, int64_t ts_ns)
{
    while (n > 0 && myw_reads(c->state)) {
        OBJ_CHECK(c->zip, ZIP_MAGIC);
        size_t used =
            c->zip->in[dir].in_body ? take_body(c, dir, data, n, ts_ns) : take_header(c, dir, data, n, ts_ns);
        data += used;
        n -= used;
    }
}

/* One whole compressed packet into `out`. */
static bool unpack(struct myw *m, struct rd *body, const struct myw_zip_dir *d, struct buf *out)
{
    if (d->stored)
        return buf_add(out, body->p, rd_left(body)) == PP_OK;
    enum myw_algorithm a = rd_left(body) > 0 ? myw_algorithm_of(body->p[0]) : ALGORITHM_NONE;
    if (m->inflate_out == NULL && (m->inflate_out = malloc(OUT_BYTES)) == NULL)
        return false;
    struct myw_inflater *i = a != ALGORITHM_NONE ? myw_inflater_get(m, a, d->out_left) : NULL;
    size_t before = out->len, made = 0;
    bool good = i != NULL;
    do {
        size_t left = good ? rd_left(body) : 0;
        good = good && myw_inflate(i, body, m->inflate_out, OUT_BYTES, &made) &&
               buf_add(out, m->inflate_out, made) == PP_OK;
        if (good && made == 0 && rd_left(body) == left)
            break;
    } while (good && (made > 0 || rd_left(body) > 0));
    good = good && out->len - before == d->out_left && rd_left(body) == 0 && myw_inflate_ended(i);
    myw_inflater_put(m, &i);
    return good;
}

bool myw_zip_unpack(struct myw *m, const uint8_t *data, size_t n, struct buf *out)
{
    struct rd r;
    buf_init(out, PROBE_BYTES_MAX);
    rd_init(&r, data, n);
    for (uint8_t id = 0; rd_left(&r) > 0; id++) {
        struct myw_zip_dir d = {0};
        const uint8_t *h = rd_bytes(&r, HEADER_BYTES);
        if (h == NULL)
            break;
        memcpy(d.hdr, h, HEADER_BYTES);
        read_header(&d);
        const uint8_t *p = rd_bytes(&r, d.left);
        /* Each command begins again at 0. */
        if (p == NULL || d.left == 0 || (h[3] != 0 && h[3] != id) || d.out_left > PROBE_BYTES_MAX)
            break;
        id = h[3];
        struct rd body;
        rd_init(&body, p, d.left);
        if (!unpack(m, &body, &d, out))
            break;
        if (rd_left(&r) == 0)
            return true;
    }
    buf_fini(out);
    return false;
}

/* summary: HdrHistogram's V2 encoding and its log, version 1.3 */
#include "hdr.h"

#include "base/clock.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zlib.h>

/* The layout of HdrHistogram with three digits: 2048 values in the first bucket, then 1024 for each power of
 * two. The format is described by the reference implementation, AbstractHistogram.encodeIntoByteBuffer. */
#define SUB_BUCKETS 2048
#define HALF_BUCKETS 1024
#define HALF_BITS 10
#define COOKIE 0x1c849313u /* V2, words of ZigZag LEB128 */
#define COOKIE_COMPRESSED 0x1c849314u
#define BYTES_MAX (1u << 20) /* 53 powers of 1024 values of at most 9 bytes are half of it */

static uint32_t slot_of(int64_t value)
{
    uint32_t power = 63u - (uint32_t)__builtin_clzll((uint64_t)value | (SUB_BUCKETS - 1));
    uint32_t shift = power - HALF_BITS;
    uint32_t sub = (uint32_t)(value >> shift);
    return ((shift + 1) << HALF_BITS) + sub - HALF_BUCKETS;
}

static enum pp_status add_be(struct buf *b, uint64_t v, int bytes)
{
    uint8_t text[8];
    for (int i = 0; i < bytes; i++)
        text[i] = (uint8_t)(v >> (8 * (bytes - 1 - i)));
    return buf_add(b, text, (size_t)bytes);
}

/* Seven bits a byte, the lowest first; a ninth byte has all of its eight. */
static enum pp_status add_zigzag(struct buf *b, int64_t value)
{
    uint64_t v = (uint64_t)value << 1 ^ (uint64_t)(value >> 63);
    enum pp_status st = PP_OK;
    for (int i = 0; i < 8 && st == PP_OK; i++) {
        if (v < 0x80)
            return buf_add_byte(b, (uint8_t)v);
        st = buf_add_byte(b, (uint8_t)((v & 0x7f) | 0x80));
        v >>= 7;
    }
    return st == PP_OK ? buf_add_byte(b, (uint8_t)v) : st;
}

struct words {
    struct buf *b;
    uint32_t next; /* first slot that is not written yet */
    uint32_t slot; /* collected, not written */
    uint64_t count;
    enum pp_status st;
};

/* A run of empty slots is one negative number. */
static void flush(struct words *w)
{
    if (w->count == 0 || w->st != PP_OK)
        return;
    if (w->slot > w->next)
        w->st = add_zigzag(w->b, -(int64_t)(w->slot - w->next));
    if (w->st == PP_OK)
        w->st = add_zigzag(w->b, (int64_t)w->count);
    w->next = w->slot + 1;
    w->count = 0;
}

static void add_bucket(void *priv, uint32_t index, uint64_t count)
{
    struct words *w = priv;
    int64_t low = hist_bucket_low(index);
    uint32_t slot = slot_of(low + (hist_bucket_high(index) - low) / 2);
    if (w->count > 0 && slot != w->slot)
        flush(w);
    w->slot = slot;
    w->count += count;
}

/* Header of 40 bytes, then the counts. */
static enum pp_status encode_plain(struct buf *b, const struct hist *h)
{
    struct buf counts;
    buf_init(&counts, BYTES_MAX);
    struct words w = {.b = &counts};
    hist_each(h, add_bucket, &w);
    flush(&w);
    double ratio = 1.0;
    uint64_t ratio_bits = 0;
    memcpy(&ratio_bits, &ratio, sizeof ratio_bits);
    /* Not below any value: the middle of a bucket may lie a little above the maximum. */
    int64_t highest = hist_max(h) < INT64_MAX / 4 ? 2 * (hist_max(h) | (SUB_BUCKETS - 1)) : INT64_MAX / 2;
    enum pp_status st = w.st;
    if (st == PP_OK && (st = add_be(b, COOKIE, 4)) == PP_OK && (st = add_be(b, counts.len, 4)) == PP_OK &&
        (st = add_be(b, 0, 4)) == PP_OK && (st = add_be(b, LG_HDR_DIGITS, 4)) == PP_OK &&
        (st = add_be(b, 1, 8)) == PP_OK && (st = add_be(b, (uint64_t)highest, 8)) == PP_OK &&
        (st = add_be(b, ratio_bits, 8)) == PP_OK && counts.len > 0)
        st = buf_add(b, counts.data, counts.len);
    buf_fini(&counts);
    return st;
}

static enum pp_status compress_it(struct buf *b, const struct buf *plain)
{
    uLongf len = compressBound(plain->len);
    Bytef *bytes = malloc(len);
    enum pp_status st = PP_NOMEM;
    if (bytes != NULL && compress(bytes, &len, plain->data, plain->len) == Z_OK &&
        (st = add_be(b, COOKIE_COMPRESSED, 4)) == PP_OK && (st = add_be(b, len, 4)) == PP_OK)
        st = buf_add(b, bytes, len);
    free(bytes);
    return st;
}

static enum pp_status add_base64(struct buf *b, const uint8_t *data, size_t len)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    enum pp_status st = PP_OK;
    for (size_t i = 0; i < len && st == PP_OK; i += 3) {
        size_t n = len - i < 3 ? len - i : 3;
        uint32_t v = (uint32_t)data[i] << 16;
        v |= n > 1 ? (uint32_t)data[i + 1] << 8 : 0;
        v |= n > 2 ? data[i + 2] : 0;
        char text[4] = {digits[v >> 18], digits[v >> 12 & 63], n > 1 ? digits[v >> 6 & 63] : '=',
                        n > 2 ? digits[v & 63] : '='};
        st = buf_add(b, text, sizeof text);
    }
    return st;
}

enum pp_status lg_hdr_encode(struct buf *b, const struct hist *h)
{
    struct buf plain;
    struct buf packed;
    buf_init(&plain, BYTES_MAX + 64);
    buf_init(&packed, 2 * BYTES_MAX);
    enum pp_status st = encode_plain(&plain, h);
    if (st == PP_OK)
        st = compress_it(&packed, &plain);
    if (st == PP_OK)
        st = add_base64(b, packed.data, packed.len);
    buf_fini(&plain);
    buf_fini(&packed);
    return st;
}

enum pp_status lg_hdr_log_head(struct buf *b, int64_t start_ns)
{
    char date[64] = "";
    struct tm tm;
    time_t s = (time_t)(start_ns / NS_PER_S);
    if (gmtime_r(&s, &tm) != NULL)
        (void)strftime(date, sizeof date, "%a %b %d %H:%M:%S UTC %Y", &tm);
    return buf_addf(
        b,
        "#[poolload " POOLPROBE_VERSION ", latencies in nanoseconds; Tag=corrected: from the intended "
        "time on]\n#[Histogram log format version 1.3]\n"
        "#[StartTime: %.3f (seconds since epoch), %s]\n"
        "\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\",\"Interval_Compressed_Histogram\"\n",
        (double)start_ns / 1e9, date);
}

static enum pp_status add_line(struct buf *b, const char *tag, const struct lg_result *r,
                               const struct hist *h, int64_t log_start_ns)
{
    /* The maximum stands in milliseconds there, as the format's own writer has it for nanoseconds. */
    enum pp_status st = buf_addf(b, "%s%.3f,%.3f,%.3f,", tag, (double)(r->start_ns - log_start_ns) / 1e9,
                                 lg_result_seconds(r), (double)hist_max(h) / 1e6);
    if (st == PP_OK)
        st = lg_hdr_encode(b, h);
    return st == PP_OK ? buf_add_byte(b, '\n') : st;
}

enum pp_status lg_hdr_log_level(struct buf *b, const struct lg_result *r, int64_t log_start_ns)
{
    const struct lg_figures *f = lg_stats_all(r->stats);
    enum pp_status st = add_line(b, "", r, f->latency, log_start_ns);
    return st == PP_OK ? add_line(b, "Tag=corrected,", r, f->corrected, log_start_ns) : st;
}

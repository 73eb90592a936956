/* summary: streaming inflaters (zlib, zstd) for compressed packets: one for each packet under way, few kept
 *
 * A connection has an inflater only while one of its compressed packets is under way, so that idle ones cost
 * nothing. Each packet is a stream of its own in both algorithms. */
#include "base/obj.h"
#include "parts.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#define INFLATER_MAGIC 0x4d595737u
#define ZLIB_STATE_BYTES 49152u  /* window of 32 KiB and zlib's own state */
#define ZSTD_STATE_BYTES 524288u /* tables and block buffers; the window comes on top */
#define ZSTD_KEEP_BYTES 1048576u /* a kept decoder with a larger window is freed */
#define ZSTD_WINDOW_LOG 24       /* no packet is longer than 2^24 - 1 */

struct myw_inflater {
    uint32_t magic;
    enum myw_algorithm algorithm;
    size_t reserved_bytes;
    bool ended; /* the stream came to its end */
    z_stream z;
    ZSTD_DStream *zstd;
};

static void inflater_free(struct myw_inflater *i)
{
    if (i == NULL)
        return;
    OBJ_CHECK(i, INFLATER_MAGIC);
    if (i->algorithm == ALGORITHM_ZLIB)
        (void)inflateEnd(&i->z);
    (void)ZSTD_freeDStream(i->zstd);
    OBJ_FREE(i);
}

static struct myw_inflater *inflater_new(enum myw_algorithm algorithm)
{
    struct myw_inflater *i;
    if (OBJ_NEW(i, INFLATER_MAGIC) == NULL)
        return NULL;
    i->algorithm = algorithm;
    bool good =
        algorithm == ALGORITHM_ZLIB
            ? inflateInit(&i->z) == Z_OK
            : (i->zstd = ZSTD_createDStream()) != NULL &&
                  !ZSTD_isError(ZSTD_DCtx_setParameter(i->zstd, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG));
    if (good)
        return i;
    i->algorithm = ALGORITHM_NONE; /* nothing of zlib to end */
    inflater_free(i);
    return NULL;
}

static bool inflater_reset(struct myw_inflater *i)
{
    i->ended = false;
    if (i->algorithm == ALGORITHM_ZLIB)
        return inflateReset(&i->z) == Z_OK;
    return !ZSTD_isError(ZSTD_DCtx_reset(i->zstd, ZSTD_reset_session_only));
}

enum myw_algorithm myw_algorithm_of(uint8_t first)
{
    /* RFC 1950: the low nibble of the first byte is 8. RFC 8878: a frame begins with 28 B5 2F FD. */
    if (first == 0x28)
        return ALGORITHM_ZSTD;
    return (first & 0x0f) == 8 && first <= 0x78 ? ALGORITHM_ZLIB : ALGORITHM_NONE;
}

struct myw_inflater *myw_inflater_get(struct myw *m, enum myw_algorithm algorithm, uint32_t out_bytes)
{
    size_t want = algorithm == ALGORITHM_ZLIB ? ZLIB_STATE_BYTES : ZSTD_STATE_BYTES + out_bytes;
    if (m->inflate_bytes + want > MYW_INFLATE_BYTES_MAX)
        return NULL;
    struct myw_inflater **kept = &m->inflater[algorithm];
    struct myw_inflater *i = *kept != NULL ? *kept : inflater_new(algorithm);
    *kept = NULL;
    if (i == NULL)
        return NULL;
    if (!inflater_reset(i)) {
        inflater_free(i);
        return NULL;
    }
    i->reserved_bytes = want;
    m->inflate_bytes += want;
    return i;
}

void myw_inflater_put(struct myw *m, struct myw_inflater **ip)
{
    struct myw_inflater *i = *ip;
    *ip = NULL;
    if (i == NULL)
        return;
    OBJ_CHECK(i, INFLATER_MAGIC);
    m->inflate_bytes -= i->reserved_bytes;
    i->reserved_bytes = 0;
    if (m->inflater[i->algorithm] == NULL &&
        (i->algorithm == ALGORITHM_ZLIB || ZSTD_sizeof_DStream(i->zstd) <= ZSTD_KEEP_BYTES))
        m->inflater[i->algorithm] = i;
    else
        inflater_free(i);
}

void myw_inflaters_fini(struct myw *m)
{
    for (size_t i = 0; i < sizeof m->inflater / sizeof m->inflater[0]; i++) {
        inflater_free(m->inflater[i]);
        m->inflater[i] = NULL;
    }
    free(m->inflate_out);
    m->inflate_out = NULL;
}

static bool run_zlib(struct myw_inflater *i, struct rd *in, uint8_t *out, size_t room, size_t *made)
{
    /* zlib takes a pointer to const where ZLIB_CONST is set; it never writes through next_in. */
    i->z.next_in = (Bytef *)(uintptr_t)in->p;
    i->z.avail_in = (uInt)rd_left(in);
    i->z.next_out = out;
    i->z.avail_out = (uInt)room;
    int rc = inflate(&i->z, Z_NO_FLUSH);
    in->p = in->end - i->z.avail_in;
    *made = room - i->z.avail_out;
    i->ended = rc == Z_STREAM_END;
    return rc == Z_OK || rc == Z_STREAM_END || rc == Z_BUF_ERROR;
}

static bool run_zstd(struct myw_inflater *i, struct rd *in, uint8_t *out, size_t room, size_t *made)
{
    ZSTD_inBuffer from = {.src = in->p, .size = rd_left(in)};
    ZSTD_outBuffer to = {.dst = out, .size = room};
    size_t rc = ZSTD_decompressStream(i->zstd, &to, &from);
    in->p += from.pos;
    *made = to.pos;
    i->ended = rc == 0;
    return !ZSTD_isError(rc);
}

bool myw_inflate(struct myw_inflater *i, struct rd *in, uint8_t *out, size_t room, size_t *made)
{
    OBJ_CHECK(i, INFLATER_MAGIC);
    *made = 0;
    if (i->ended)
        return rd_left(in) == 0;
    return i->algorithm == ALGORITHM_ZLIB ? run_zlib(i, in, out, room, made)
                                          : run_zstd(i, in, out, room, made);
}

bool myw_inflate_ended(const struct myw_inflater *i)
{
    OBJ_CHECK(i, INFLATER_MAGIC);
    return i->ended;
}

/* summary: reading MySQL packets without any state: length-encoded values, OK, EOF, ERR */
#include "parts.h"

/* "Length-encoded integers": 0xfb (NULL) and 0xff are no numbers. */
uint64_t myw_rd_lenenc(struct rd *r)
{
    uint8_t b = rd_u8(r);
    switch (b) {
    case 0xfc:
        return rd_u16(r);
    case 0xfd:
        return rd_u24(r);
    case 0xfe:
        return rd_u64(r);
    case 0xfb:
    case 0xff:
        rd_skip(r, rd_left(r));
        r->bad = true;
        return 0;
    default:
        return b;
    }
}

const uint8_t *myw_rd_lenstr(struct rd *r, size_t *len)
{
    uint64_t n = myw_rd_lenenc(r);
    if (!rd_ok(r) || n > rd_left(r)) {
        rd_skip(r, rd_left(r));
        r->bad = true;
        *len = 0;
        return NULL;
    }
    *len = (size_t)n;
    return rd_bytes(r, (size_t)n);
}

/* A text row begins with 0xfe only when its first value has 16 MiB or more, so the length tells them apart.
 * EOF has a header, two counts (CLIENT_PROTOCOL_41) or nothing more; OK has at least two numbers, status and
 * warnings. */
enum myw_end myw_end_kind(const struct myw_packet *p)
{
    if (p->head_bytes == 0 || p->head[0] != 0xfe)
        return END_NONE;
    if (p->bytes == 1 || p->bytes == 5)
        return END_EOF;
    return p->bytes >= 7 && p->bytes < 0xffffff ? END_OK : END_NONE;
}

bool myw_is_err(const struct myw_packet *p)
{
    return p->bytes >= 3 && p->head_bytes >= 3 && p->head[0] == 0xff;
}

/* MariaDB: a progress report is an ERR with error number 0xffff; the response goes on after it. */
bool myw_is_progress(const struct myw_packet *p)
{
    return myw_is_err(p) && p->head[1] == 0xff && p->head[2] == 0xff;
}

/* Eight letters, or '_' where nothing is to be told; anything else is NULL. */
static const uint8_t *take_txn_state(struct rd *r)
{
    size_t n = 0;
    const uint8_t *text = myw_rd_lenstr(r, &n);
    if (text == NULL || n != MYW_TXN_STATE_BYTES)
        return NULL;
    for (size_t i = 0; i < n; i++)
        if (text[i] != '_' && ((text[i] | 0x20) < 'a' || (text[i] | 0x20) > 'z'))
            return NULL;
    return text;
}

/* "SERVER_SESSION_STATE_CHANGED": entries of a type and a length-encoded block; type 1 is the schema, type 5
 * the transaction's state. */
static void parse_session_track(struct rd *r, struct myw_ok *ok)
{
    size_t n = 0;
    const uint8_t *block = myw_rd_lenstr(r, &n);
    if (block == NULL)
        return;
    struct rd e;
    ok->track = block;
    ok->track_bytes = n;
    rd_init(&e, block, n);
    while (rd_left(&e) > 0) {
        uint8_t type = rd_u8(&e);
        size_t len = 0;
        const uint8_t *data = myw_rd_lenstr(&e, &len);
        if (data == NULL)
            return;
        struct rd s;
        rd_init(&s, data, len);
        if (type == 1)
            ok->schema = myw_rd_lenstr(&s, &ok->schema_bytes);
        else if (type == 5)
            ok->txn_state = take_txn_state(&s);
    }
}

/* "OK_Packet". Before CLIENT_PROTOCOL_41 there is no warning count. */
bool myw_parse_ok(const struct myw_packet *p, uint32_t caps, bool caps_known, struct myw_ok *ok)
{
    *ok = (struct myw_ok){0};
    struct rd r;
    rd_init(&r, p->head, p->head_bytes);
    rd_skip(&r, 1);
    ok->affected_rows = myw_rd_lenenc(&r);
    ok->insert_id = myw_rd_lenenc(&r);
    if (!rd_ok(&r))
        return false;
    bool v41 = !caps_known || (caps & CAP_PROTOCOL_41) != 0;
    if (rd_left(&r) >= 2) {
        ok->has_status = true;
        ok->status = rd_u16(&r);
    }
    if (v41)
        ok->warnings = rd_u16(&r);
    if (!rd_ok(&r))
        return false;
    if (rd_left(&r) > 0 && (ok->status & MYW_STATUS_SESSION_STATE_CHANGED) != 0 &&
        (!caps_known || (caps & CAP_SESSION_TRACK) != 0)) {
        size_t n = 0;
        if (myw_rd_lenstr(&r, &n) != NULL)
            parse_session_track(&r, ok);
    }
    return true;
}

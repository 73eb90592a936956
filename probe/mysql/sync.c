/* summary: getting into step: mid-stream starts, loss, and when a pairing may be believed
 *
 * Out of step, only a delivery of the client that begins with a whole, known command of sequence id 0 starts
 * a dialogue again, and the server's next delivery must then begin with the answer (id 1, of the right shape,
 * ids consecutive, sent after the server had the whole command by its TCP acknowledgement). An exchange found
 * that way is held until the client starts its next command in an idle connection: had the answer belonged to
 * a lost command, the server would have spoken once more in between. A connection met in mid-stream must show
 * that twice. One that was seen to pipeline is believed only after a silence, and after more exchanges in
 * lockstep. */
#include "base/clock.h"
#include "parts.h"

#include <string.h>

#define QUIET_NS NS_PER_S      /* silence after which nothing of a pipeline can still be on its way */
#define STMT_CLOSE_BYTES 9u    /* lost, it is no sign of a pipeline: it has no answer */
#define PARTIAL_MIN_BYTES 512u /* a command that goes on in the next segment fills its own */

/* Text as SQL or a name begins: no control characters but white space. */
static bool text_plausible(const uint8_t *p, size_t n)
{
    if (n > 64)
        n = 64;
    for (size_t i = 0; i < n; i++)
        if (p[i] < 0x20 && !(p[i] >= '\t' && p[i] <= '\r'))
            return false;
    return true;
}

static bool query_plausible(const uint8_t *p, size_t n)
{
    if (n >= 2 && p[1] == 1 && p[0] < 0x20) /* query attributes */
        return p[0] != 0 || text_plausible(p + 2, n - 2);
    return n > 0 && text_plausible(p, n);
}

static bool execute_plausible(const uint8_t *p, size_t n, uint32_t len)
{
    static const uint8_t once[] = {1, 0, 0, 0};
    return len >= 10 && n >= 9 && p[4] < 0x40 && memcmp(p + 5, once, sizeof once) == 0;
}

/* `p` stands behind the command byte, n bytes of the `len - 1` are there. */
static bool command_plausible(uint8_t code, const uint8_t *p, size_t n, uint32_t len)
{
    switch (code) {
    case MYW_CMD_QUIT:
    case MYW_CMD_STATISTICS:
    case MYW_CMD_PROCESS_INFO:
    case MYW_CMD_DEBUG:
    case MYW_CMD_PING:
    case MYW_CMD_RESET_CONNECTION:
        return len == 1;
    case MYW_CMD_STMT_CLOSE:
    case MYW_CMD_STMT_RESET:
        return len == 5;
    case MYW_CMD_SET_OPTION:
        return len == 3 && n == 2 && p[1] == 0;
    case MYW_CMD_STMT_FETCH:
        return len == 9;
    case MYW_CMD_STMT_SEND_LONG_DATA:
        return len >= 7;
    case MYW_CMD_QUERY:
        return query_plausible(p, n);
    case MYW_CMD_STMT_PREPARE:
    case MYW_CMD_INIT_DB:
        return n > 0 && text_plausible(p, n);
    case MYW_CMD_FIELD_LIST:
        return n > 0 && memchr(p, 0, n) != NULL;
    case MYW_CMD_CHANGE_USER:
        return n > 4 && memchr(p, 0, n) != NULL;
    case MYW_CMD_STMT_EXECUTE:
        return execute_plausible(p, n, len);
    case MYW_CMD_STMT_BULK_EXECUTE:
        return len >= 7;
    default:
        return false;
    }
}

static bool may_continue(uint8_t code)
{
    return code == MYW_CMD_QUERY || code == MYW_CMD_STMT_PREPARE || code == MYW_CMD_STMT_EXECUTE;
}

/* Whole commands up to the end of the delivery, of which the last may go on in the next. */
static bool commands_plausible(const uint8_t *data, size_t n)
{
    if (n == 0)
        return false;
    while (n > 0) {
        if (n < 5)
            return false;
        uint32_t len = (uint32_t)data[0] | (uint32_t)data[1] << 8 | (uint32_t)data[2] << 16;
        size_t have = n - 4 < len ? n - 4 : len;
        if (len == 0 || data[3] != 0 || !command_plausible(data[4], data + 5, have - 1, len))
            return false;
        if (have < len)
            return may_continue(data[4]) && have >= PARTIAL_MIN_BYTES;
        data += 4 + have;
        n -= 4 + have;
    }
    return true;
}

/* A login whose greeting was missed: sequence id 1, CLIENT_PROTOCOL_41, 19 zero bytes of filler. */
static bool login_plausible(const uint8_t *data, size_t n)
{
    static const uint8_t zero[19] = {0};
    if (n < 4 + 32 || n > 4096 || data[3] != 1)
        return false;
    size_t len = (size_t)data[0] | (size_t)data[1] << 8 | (size_t)data[2] << 16;
    uint32_t caps = (uint32_t)data[4] | (uint32_t)data[5] << 8;
    return len == n - 4 && (caps & CAP_PROTOCOL_41) && memcmp(data + 4 + 9, zero, sizeof zero) == 0;
}

/* TLS records: type 20 to 23, version 3.0 to 3.4, at most 2^14 + 2048 bytes (RFC 8446, 5.2). */
static void watch_tls(struct myw_conn *c, enum flow_dir dir, const uint8_t *data, size_t n, int64_t ts_ns)
{
    if (n < 5 || data[0] < 20 || data[0] > 23 || data[1] != 3 || data[2] > 4 ||
        (data[3] << 8 | data[4]) > 18432 || c->ready)
        return;
    if (c->tls_like[dir] < 2)
        c->tls_like[dir]++;
    if (c->tls_like[0] == 2 && c->tls_like[1] == 2)
        myw_go_opaque(c, MYW_NOTE_TLS, ts_ns);
}

bool myw_sync_enough(const struct myw_conn *c)
{
    unsigned n = c->contradictions < 5 ? 1u << c->contradictions : 32;
    bool unknown = c->s.greeting_ns == 0 && c->lockstep < MYW_LOCKSTEP_SURE;
    unsigned least = c->pipelines ? 4 : unknown ? 2 : 1;
    return c->held_answers >= (n < least ? least : n);
}

static void begin_again(struct myw_conn *c)
{
    c->unconfirmed = true;
    c->m->counters.resyncs++;
    myw_set_state(c, ST_IDLE);
}

static bool sync_login(struct myw_conn *c)
{
    myw_connect_begin(c);
    if (c->head == NULL)
        return false;
    c->head->loss = true; /* its greeting */
    c->head->x.notes |= c->lost_notes != 0 ? c->lost_notes : MYW_NOTE_MID_STREAM;
    c->seq = 1;
    c->unconfirmed = false;
    myw_set_state(c, ST_LOGIN);
    return true;
}

/* Bytes behind a command whose answer was not seen to end: a pipeline, or that answer was lost as well, which
 * is not known yet. What the connection did so far tells which. */
static void suspect_pipeline(struct myw_conn *c)
{
    if (c->lockstep < MYW_LOCKSTEP_SURE)
        c->pipelines = true;
}

void myw_sync_client_gap(struct myw_conn *c, uint64_t bytes)
{
    bool command_phase = c->state >= ST_FIRST && c->state <= ST_PREP_END;
    if (command_phase && c->head != NULL && c->head->sent_all && bytes != STMT_CLOSE_BYTES)
        suspect_pipeline(c);
    c->await_server = true;
    c->lost_bytes = bytes;
}

/* A command that cannot be paired safely is told all the same. */
static void refuse(struct myw_conn *c, const uint8_t *data, size_t n, int64_t ts_ns)
{
    begin_again(c);
    c->m->counters.resyncs--;
    myw_feed(c, FLOW_TO_SERVER, data, n, ts_ns);
    myw_lose(c, c->lost_notes);
    myw_stmts_forget(c); /* their answers are not known */
    myw_forget_schema(c);
}

/* The delivery holds whole commands: as they are or, where that was agreed on or nothing is known of the
 * login, in whole compressed packets. */
static bool delivery_plausible(struct myw_conn *c, const uint8_t *data, size_t n)
{
    struct buf inner;
    bool agreed = c->zip != NULL || (c->caps_known && (c->caps & (CAP_COMPRESS | CAP_ZSTD)) != 0);
    if (!agreed && commands_plausible(data, n))
        return true;
    if (!agreed && (c->caps_known || c->plain))
        return false;
    if (!myw_zip_unpack(c->m, data, n, &inner))
        return false;
    bool plausible = commands_plausible(inner.data, inner.len);
    buf_fini(&inner);
    return plausible && myw_zip_start(c);
}

bool myw_sync_client(struct myw_conn *c, const uint8_t *data, size_t n, int64_t ts_ns)
{
    bool quiet = c->last_ns == 0 || ts_ns - c->last_ns >= QUIET_NS;
    watch_tls(c, FLOW_TO_SERVER, data, n, ts_ns);
    if (c->state != ST_LOST)
        return false;
    if (!c->caps_known && !c->ready && login_plausible(data, n))
        return sync_login(c);
    if (!delivery_plausible(c, data, n)) {
        myw_forget_session(c, 0);
        return false;
    }
    if (c->await_server && c->lost_bytes != STMT_CLOSE_BYTES)
        suspect_pipeline(c); /* sent behind lost bytes without waiting for their answer */
    if (c->await_server || (c->pipelines && !quiet)) {
        refuse(c, data, n, ts_ns);
        return false;
    }
    begin_again(c);
    return true;
}

void myw_sync_server(struct myw_conn *c, const uint8_t *data, size_t n, int64_t ts_ns)
{
    c->await_server = false;
    watch_tls(c, FLOW_TO_CLIENT, data, n, ts_ns);
}

void myw_sync_confirm(struct myw_conn *c)
{
    if (!c->unconfirmed)
        return;
    if (!myw_frame_between(&c->in[FLOW_TO_CLIENT])) { /* the answer was not what it seemed to be */
        myw_desync(c, c->last_ns);
        return;
    }
    if (!myw_sync_enough(c))
        return;
    c->unconfirmed = false;
    c->plain = c->zip == NULL;
    c->contradictions = 0;
    c->lost_notes = 0;
    if (c->held != NULL)
        myw_become_ready(c, c->held->x.sent_ns);
    myw_release_held(c);
}

/* In mid-stream the server's first bytes are seldom a greeting: id 0, a version 9 or 10, a short packet. */
bool myw_greeting_plausible(const uint8_t *data, size_t n)
{
    return n >= 5 && data[2] == 0 && data[1] < 4 && data[3] == 0 && (data[4] == 9 || data[4] == 10);
}

/* HAProxy's PROXY protocol, versions 1 and 2 (its specification, sections 2.1 and 2.2). */
enum myw_proxy myw_proxy_header(const uint8_t *data, size_t n, size_t *header_bytes)
{
    static const uint8_t v2[12] = {0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a};
    static const char v1[] = "PROXY ";
    if (memcmp(data, v2, n < sizeof v2 ? n : sizeof v2) == 0) {
        *header_bytes = n < 16 ? 16 : 16u + ((size_t)data[14] << 8 | data[15]);
        if (*header_bytes > MYW_PROXY_MAX)
            return PROXY_NONE;
        return n < *header_bytes ? PROXY_MORE : PROXY_WHOLE;
    }
    if (memcmp(data, v1, n < 6 ? n : 6) != 0)
        return PROXY_NONE;
    for (size_t i = 6; i + 1 < n && i < 107; i++)
        if (data[i] == '\r' && data[i + 1] == '\n') {
            *header_bytes = i + 2;
            return PROXY_WHOLE;
        }
    return n < 107 ? PROXY_MORE : PROXY_NONE;
}

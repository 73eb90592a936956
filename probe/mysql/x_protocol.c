/* summary: recognises the X protocol (mysqlx, port 33060), which is named and not decoded
 *
 * A frame has a length (4 bytes, little endian, type included), a type and a protobuf message. Source: the X
 * plugin's ngs_common and mysqlx.proto (ClientMessages.Type, ServerMessages.Type). */
#include "parts.h"

#include "base/rare.h"

#include <string.h>

#define X_PORT 33060u
#define X_FRAME_MAX (1u << 24) /* so that the fourth byte, a sequence id in the classic protocol, is 0 */

static bool client_type(uint8_t t)
{
    return (t >= 1 && t <= 7) || t == 12 || (t >= 17 && t <= 20) || t == 24 || t == 25 ||
           (t >= 30 && t <= 32) || (t >= 40 && t <= 47);
}

static bool server_type(uint8_t t)
{
    return t <= 4 || (t >= 11 && t <= 19);
}

/* The delivery is whole frames of types that this side sends. */
static bool frames(const uint8_t *data, size_t n, enum flow_dir dir)
{
    struct rd r;
    rd_init(&r, data, n);
    if (n == 0)
        return false;
    while (rd_left(&r) > 0) {
        uint32_t len = rd_u32(&r);
        uint8_t type = rd_u8(&r);
        if (!rd_ok(&r) || len == 0 || len >= X_FRAME_MAX ||
            !(dir == FLOW_TO_SERVER ? client_type(type) : server_type(type)))
            return false;
        rd_skip(&r, len - 1);
    }
    return rd_ok(&r);
}

/* What a client can begin with: CapabilitiesGet (empty), CapabilitiesSet and AuthenticateStart, whose first
 * field is number 1 and has a length. A classic client says nothing before the greeting. */
static bool opens(const uint8_t *data, size_t n)
{
    if (!frames(data, n, FLOW_TO_SERVER))
        return false;
    return (data[4] == 1 && data[0] == 1) || ((data[4] == 2 || data[4] == 4) && n > 5 && data[5] == 0x0a);
}

bool myw_x_may_open(const struct myw_conn *c, const uint8_t *data, size_t n)
{
    static const uint8_t types[] = {1, 2, 4};
    if (c->flow->mid_stream || c->proxied || (n > 2 && data[2] != 0) || (n > 3 && data[3] != 0))
        return false;
    if (n < 5)
        return true;
    size_t len = (size_t)data[0] | (size_t)data[1] << 8;
    return memchr(types, data[4], sizeof types) != NULL && len < MYW_PROXY_MAX && n < 4 + len;
}

bool myw_x_hello(const uint8_t *payload, size_t n)
{
    /* A notice (11) of type 5, SERVER_HELLO, since 8.0.16. */
    static const uint8_t hello[] = {11, 8, 5, 26, 0};
    return n == sizeof hello && memcmp(payload, hello, sizeof hello) == 0;
}

bool myw_x_detect(struct myw_conn *c, enum flow_dir dir, const uint8_t *data, size_t n)
{
    static const uint8_t length_5[4] = {5, 0, 0, 0};
    if (c->state != ST_GREETING || c->head != NULL)
        return false;
    if (dir == FLOW_TO_CLIENT && n >= 9 && memcmp(data, length_5, 4) == 0 && myw_x_hello(data + 4, 5))
        return true;
    if (!c->flow->mid_stream)
        return dir == FLOW_TO_SERVER && !c->proxied && opens(data, n);
    if (c->flow->server.port != X_PORT || !frames(data, n, dir))
        return false;
    /* Commands of both protocols begin alike; these types are those of none or of rare ones. */
    return dir == FLOW_TO_CLIENT || data[4] == 12 || data[4] >= 40;
}

PP_RARE void myw_x_found(struct myw_conn *c, int64_t ts_ns)
{
    myw_connect_begin(c);
    if (c->head != NULL) {
        c->head->x.first_ns = 0;
        c->head->x.resp_bytes = 0; /* they are no classic packets */
        if (c->flow->mid_stream)
            c->head->x.sent_ns = ts_ns;
    }
    myw_go_opaque(c, MYW_NOTE_X_PROTOCOL, ts_ns);
}

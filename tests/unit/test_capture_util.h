/* summary: helpers of the capture tests: frames of every link type, and a sink that keeps the last segment */
#ifndef TEST_CAPTURE_UTIL_H
#define TEST_CAPTURE_UTIL_H

#include "capture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LINK_NULL 0
#define LINK_ETHERNET 1
#define LINK_RAW 101
#define LINK_LOOP 108
#define LINK_SLL 113
#define LINK_IPV4 228
#define LINK_IPV6 229
#define LINK_SLL2 276

struct frame {
    uint8_t bytes[512];
    uint32_t len;
};

static inline void put(struct frame *f, const void *data, size_t n)
{
    assert_true(f->len + n <= sizeof f->bytes);
    memcpy(f->bytes + f->len, data, n);
    f->len += (uint32_t)n;
}

#define PUT(f, ...) put(f, (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))
#define BE16(v) (uint8_t)((v) >> 8), (uint8_t)(v)

/* Ports 50000 → 3306, seq 0x01020304, ack 0x0a0b0c0d, PSH and ACK, window 0x1234, 12 bytes of options. */
static inline void put_tcp(struct frame *f, const char *payload)
{
    PUT(f, BE16(50000), BE16(3306), 1, 2, 3, 4, 0xa, 0xb, 0xc, 0xd, 0x80, 0x18, 0x12, 0x34, 0, 0, 0, 0, 1, 1,
        8, 10, 0, 0, 0, 1, 0, 0, 0, 2);
    put(f, payload, strlen(payload));
}

#define TCP_BYTES 32U

/* 10.1.2.3 → 10.4.5.6; `options` words of options; total length as given, or right when it is negative. */
static inline void put_ip4(struct frame *f, unsigned options, int total, const char *payload)
{
    unsigned header = 20 + 4 * options;
    unsigned right = header + TCP_BYTES + (unsigned)strlen(payload);
    unsigned claim = total < 0 ? right : (unsigned)total;
    PUT(f, (uint8_t)(0x40 | (header / 4)), 0, BE16(claim), 0, 1, 0x40, 0, 64, 6, 0, 0, 10, 1, 2, 3, 10, 4, 5,
        6);
    for (unsigned i = 0; i < options; i++)
        PUT(f, 1, 1, 1, 1);
    put_tcp(f, payload);
}

/* 2001:db8::1 → 2001:db8::2; `extensions` are put in front of TCP, `next` names the first. */
static inline void put_ip6(struct frame *f, uint8_t next, const uint8_t *extensions, size_t n,
                           const char *payload)
{
    unsigned length = (unsigned)n + TCP_BYTES + (unsigned)strlen(payload);
    PUT(f, 0x60, 0, 0, 0, BE16(length), next, 64);
    PUT(f, 0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1);
    PUT(f, 0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2);
    if (n > 0)
        put(f, extensions, n);
    put_tcp(f, payload);
}

static inline void put_ethernet(struct frame *f, unsigned type)
{
    PUT(f, 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, BE16(type));
}

/* A tag with what follows it. */
static inline void put_tag(struct frame *f, unsigned vlan, unsigned type)
{
    PUT(f, BE16(vlan), BE16(type));
}

struct seen {
    unsigned count;
    struct cap_segment last;
    uint8_t payload[256];
    uint64_t payload_bytes; /* of all */
};

static inline void see(void *priv, const struct cap_segment *seg)
{
    struct seen *s = priv;
    s->count++;
    s->last = *seg;
    s->payload_bytes += seg->payload_bytes;
    assert_true(seg->payload_bytes <= seg->wire_bytes);
    memcpy(s->payload, seg->payload,
           seg->payload_bytes < sizeof s->payload ? seg->payload_bytes : sizeof s->payload);
}

#endif

/* summary: capture generator: the pcap stream and its Ethernet, IPv4 and TCP headers, as loopback traffic has
 * them */
#include "gen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEADER_BYTES 66 /* Ethernet, IPv4, TCP with the timestamps option */
#define SERVER_PORT 3306
#define PORTS 28000u /* of one client address */

struct pcap_record {
    uint32_t seconds, microseconds, captured, length;
};

static void put16(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

static void put32(uint8_t *p, uint32_t v)
{
    put16(p, v >> 16);
    put16(p + 2, v);
}

uint32_t gen_random(struct gen_out *o)
{
    o->random = o->random * 1664525u + 1013904223u;
    return o->random >> 8;
}

void gen_begin(struct gen_out *o)
{
    static const struct {
        uint32_t magic;
        uint16_t major, minor;
        uint32_t zone, accuracy, snaplen, link;
    } head = {0xa1b2c3d4, 2, 4, 0, 0, 262144, 1};
    static char buffer[1 << 20];
    setvbuf(stdout, buffer, _IOFBF, sizeof buffer);
    fwrite(&head, sizeof head, 1, stdout);
    *o = (struct gen_out){.now_ns = UINT64_C(1700000000000000000), .random = 1};
}

static void put_headers(uint8_t *h, const struct gen_out *o, const struct gen_conn *c, bool from_client,
                        size_t n)
{
    uint32_t client_addr = 0x0a000001 + c->number / PORTS;
    uint32_t client_port = 32768 + c->number % PORTS;
    memset(h, 0, HEADER_BYTES);
    put16(h + 12, 0x0800);
    h[14] = 0x45;
    put16(h + 16, (uint32_t)(HEADER_BYTES - 14 + n));
    put16(h + 20, 0x4000); /* don't fragment */
    h[22] = 64;
    h[23] = 6;
    put32(h + 26, from_client ? client_addr : 0x7f000001);
    put32(h + 30, from_client ? 0x7f000001 : client_addr);
    put16(h + 34, from_client ? client_port : SERVER_PORT);
    put16(h + 36, from_client ? SERVER_PORT : client_port);
    put32(h + 38, from_client ? c->client_seq : c->server_seq);
    put32(h + 42, from_client ? c->server_seq : c->client_seq);
    h[46] = 0x80; /* 32 bytes of header */
    put16(h + 48, 512);
    h[54] = h[55] = 1; /* no operation, twice; then timestamps */
    h[56] = 8;
    h[57] = 10;
    put32(h + 58, (uint32_t)(o->now_ns / 1000000));
    put32(h + 62, (uint32_t)(o->now_ns / 1000000));
}

void gen_segment(struct gen_out *o, struct gen_conn *c, bool from_client, unsigned flags, const void *data,
                 size_t n, uint64_t step_ns)
{
    uint8_t head[HEADER_BYTES];
    o->now_ns += step_ns;
    o->packets++;
    put_headers(head, o, c, from_client, n);
    head[47] = (uint8_t)flags;
    if ((flags & GEN_ACK) == 0)
        memset(head + 42, 0, 4);
    struct pcap_record r = {.seconds = (uint32_t)(o->now_ns / 1000000000),
                            .microseconds = (uint32_t)(o->now_ns % 1000000000 / 1000),
                            .captured = (uint32_t)(HEADER_BYTES + n),
                            .length = (uint32_t)(HEADER_BYTES + n)};
    fwrite(&r, sizeof r, 1, stdout);
    fwrite(head, sizeof head, 1, stdout);
    if (n > 0)
        fwrite(data, n, 1, stdout);
    uint32_t used = (uint32_t)n + ((flags & (GEN_SYN | GEN_FIN)) != 0);
    if (from_client)
        c->client_seq += used;
    else
        c->server_seq += used;
}

void gen_end(void)
{
    if (fflush(stdout) != 0 || ferror(stdout)) {
        perror("gen: cannot write the capture");
        exit(1);
    }
}

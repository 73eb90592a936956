/* summary: writes every dialogue of the unit tests as a capture (pcap) and as a seed of fuzz_mysql
 *
 * captures PCAP_DIR [SEED_DIR]: one file NAME.pcap for each dialogue: Ethernet, IPv4, TCP with handshake, one
 * FIN each way, microseconds. Only needed when the dialogues change; the captures are part of the tests. */
#include "../unit/mysql_dialogues.h"

#include <stdio.h>
#include <stdlib.h>

#define T0_S 1700000000u
#define MSS 1400u

struct side {
    uint16_t port;
    uint32_t seq;
    uint8_t host;
};

static void be(struct buf *b, uint32_t v, unsigned bytes)
{
    for (unsigned i = bytes; i > 0; i--)
        if (buf_add_byte(b, (uint8_t)(v >> (8 * (i - 1)))) != PP_OK)
            exit(1);
}

static void le32(struct buf *b, uint32_t v)
{
    for (unsigned i = 0; i < 4; i++)
        if (buf_add_byte(b, (uint8_t)(v >> (8 * i))) != PP_OK)
            exit(1);
}

/* One frame; checksums are left 0, as captures on the sending host have them. */
static void frame(struct buf *b, int64_t us, struct side *from, const struct side *to, uint8_t flags,
                  const uint8_t *data, size_t n)
{
    uint32_t len = (uint32_t)(14 + 20 + 20 + n);
    le32(b, T0_S + (uint32_t)(us / 1000000));
    le32(b, (uint32_t)(us % 1000000));
    le32(b, len);
    le32(b, len);
    be(b, 0, 4);
    be(b, 0, 4);
    be(b, 0, 4);
    be(b, 0x0800, 2);
    be(b, 0x4500, 2);
    be(b, len - 14, 2);
    be(b, 0, 4);
    be(b, 0x4006, 2);
    be(b, 0, 2);
    be(b, 0xc0000200u | from->host, 4);
    be(b, 0xc0000200u | to->host, 4);
    be(b, from->port, 2);
    be(b, to->port, 2);
    be(b, from->seq, 4);
    be(b, flags & 0x10 ? to->seq : 0, 4);
    be(b, 0x5000u | flags, 2);
    be(b, 0xffff, 2);
    be(b, 0, 4);
    if (n > 0 && buf_add(b, data, n) != PP_OK)
        exit(1);
    from->seq += (uint32_t)n + ((flags & 0x03) != 0);
}

static void to_pcap(const struct wire *w, struct buf *b)
{
    struct side side[2] = {{.port = 50000, .seq = 1000, .host = 1}, {.port = 3306, .seq = 2000, .host = 2}};
    int64_t us = 0;
    le32(b, 0xa1b2c3d4u);
    le32(b, 0x00040002u);
    le32(b, 0);
    le32(b, 0);
    le32(b, 262144);
    le32(b, 1);
    frame(b, us += 100, &side[0], &side[1], 0x02, NULL, 0);
    frame(b, us += 100, &side[1], &side[0], 0x12, NULL, 0);
    frame(b, us += 100, &side[0], &side[1], 0x10, NULL, 0);
    for (size_t i = 0; i < w->count; i++) {
        const struct wire_segment *s = &w->seg[i];
        for (size_t at = 0; at < s->len; at += MSS) {
            size_t n = s->len - at < MSS ? s->len - at : MSS;
            struct side known = side[!s->dir];
            known.seq -= (uint32_t)s->unacked;
            frame(b, us += 100, &side[s->dir], &known, 0x18, w->bytes.data + s->at + at, n);
        }
    }
    frame(b, us += 100, &side[0], &side[1], 0x11, NULL, 0);
    frame(b, us += 100, &side[1], &side[0], 0x11, NULL, 0);
    frame(b, us + 100, &side[0], &side[1], 0x10, NULL, 0);
}

/* See fuzz_mysql.c for the records. */
static void to_seed(const struct wire *w, struct buf *b)
{
    static const uint8_t syn[] = {0x08, 0, 0, 0x09, 0, 0};
    if (buf_add(b, syn, sizeof syn) != PP_OK)
        exit(1);
    for (size_t i = 0; i < w->count; i++) {
        const struct wire_segment *s = &w->seg[i];
        uint8_t head[3] = {(uint8_t)s->dir, (uint8_t)s->len, (uint8_t)(s->len >> 8)};
        if (buf_add(b, head, 3) != PP_OK || buf_add(b, w->bytes.data + s->at, s->len) != PP_OK)
            exit(1);
    }
}

static void save(const char *dir, const char *name, const char *ending, const struct buf *b)
{
    char path[512];
    (void)snprintf(path, sizeof path, "%s/%s%s", dir, name, ending);
    FILE *f = fopen(path, "wb");
    if (f == NULL || fwrite(b->data, 1, b->len, f) != b->len || fclose(f) != 0) {
        perror(path);
        exit(1);
    }
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fputs("usage: captures PCAP_DIR [SEED_DIR]\n", stderr);
        return 2;
    }
    for (size_t i = 0; i < dialogue_count; i++) {
        struct wire w;
        struct buf pcap, seed;
        buf_init(&pcap, 1u << 30);
        buf_init(&seed, 1u << 30);
        wire_init(&w);
        dialogues[i].build(&w);
        to_pcap(&w, &pcap);
        to_seed(&w, &seed);
        save(argv[1], dialogues[i].name, ".pcap", &pcap);
        if (argc > 2)
            save(argv[2], dialogues[i].name, "", &seed);
        buf_fini(&pcap);
        buf_fini(&seed);
        wire_fini(&w);
    }
    return 0;
}

/* summary: shared by the capture generator's files: packets of Ethernet, IPv4 and TCP into a pcap stream */
#ifndef BENCH_GEN_H
#define BENCH_GEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum gen_flag { GEN_FIN = 0x01, GEN_SYN = 0x02, GEN_PSH = 0x08, GEN_ACK = 0x10 };

/* One TCP connection of the capture; `number` gives its addresses and ports, so that up to 2^32 are distinct.
 */
struct gen_conn {
    uint32_t number;
    uint32_t client_seq;
    uint32_t server_seq;
    uint32_t stmt_id;
};

struct gen_out {
    uint64_t now_ns;
    uint64_t packets;
    uint32_t random;
};

/* Starts the pcap stream on standard output. */
void gen_begin(struct gen_out *o);
/* One segment; the clock goes on by `step_ns` before it. */
void gen_segment(struct gen_out *o, struct gen_conn *c, bool from_client, unsigned flags, const void *data,
                 size_t n, uint64_t step_ns);
/* Ends the stream; exits when writing failed. */
void gen_end(void);
uint32_t gen_random(struct gen_out *o);

/* dialogue.c: each appends its packets to the stream. */
void gen_open(struct gen_out *o, struct gen_conn *c, bool prepared);
void gen_select(struct gen_out *o, struct gen_conn *c, bool prepared);
void gen_close(struct gen_out *o, struct gen_conn *c);

#endif

/* summary: writes a synthetic capture of MySQL point selects to standard output, the same one every time */
#include "gen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "Usage: bench_wire_gen points|prepared CONNECTIONS PACKETS   selects over that many open connections in "
    "turn\n"
    "       bench_wire_gen open CONNECTIONS                      that many at once, 4 selects on each\n"
    "       bench_wire_gen churn CONNECTIONS                     one after the other, 1 select on each\n";

static uint64_t number(const char *text)
{
    char *end;
    unsigned long long n = strtoull(text, &end, 10);
    if (*text == '\0' || *end != '\0' || n == 0 || n > 4000000000u) {
        fprintf(stderr, "bench_wire_gen: '%s' is no number from 1 to 4000000000\n%s", text, usage);
        exit(2);
    }
    return n;
}

static struct gen_conn *conns_new(uint64_t count)
{
    struct gen_conn *conns = calloc(count, sizeof *conns);
    if (conns == NULL) {
        fputs("bench_wire_gen: out of memory\n", stderr);
        exit(1);
    }
    for (uint64_t i = 0; i < count; i++)
        conns[i].number = (uint32_t)i;
    return conns;
}

/* Connections in an order that is not the one in which they were opened, as threads take turns. */
static void selects(struct gen_out *o, uint64_t count, bool prepared, uint64_t packets, unsigned rounds)
{
    struct gen_conn *conns = conns_new(count);
    for (uint64_t i = 0; i < count; i++)
        gen_open(o, &conns[i], prepared);
    for (uint64_t i = 0; rounds > 0 ? i < rounds * count : o->packets + 4 * count < packets; i++)
        gen_select(o, &conns[rounds > 0 ? i % count : gen_random(o) % count], prepared);
    for (uint64_t i = 0; i < count; i++)
        gen_close(o, &conns[i]);
    free(conns);
}

static void churn(struct gen_out *o, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        struct gen_conn c = {.number = (uint32_t)i};
        gen_open(o, &c, false);
        gen_select(o, &c, false);
        gen_close(o, &c);
    }
}

int main(int argc, char **argv)
{
    struct gen_out o;
    bool points = argc == 4 && (strcmp(argv[1], "points") == 0 || strcmp(argv[1], "prepared") == 0);
    bool open = argc == 3 && strcmp(argv[1], "open") == 0;
    if (!points && !open && !(argc == 3 && strcmp(argv[1], "churn") == 0)) {
        fputs(usage, stderr);
        return 2;
    }
    gen_begin(&o);
    if (points)
        selects(&o, number(argv[2]), argv[1][1] == 'r', number(argv[3]), 0);
    else if (open)
        selects(&o, number(argv[2]), false, 0, 4);
    else
        churn(&o, number(argv[2]));
    gen_end();
    return 0;
}

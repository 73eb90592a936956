/* summary: replays every capture of TESTLIST disturbed in many ways: never a wrong pairing, all that is
 * voided counted
 *
 * replay [--all] [--one NAME] GOLDEN_DIR SHARED_DIR. Each connection of each capture is replayed whole, with
 * each of its first 200 segments split (at every byte with --all, else at all bytes of short segments and at
 * some of long ones), with each segment dropped, repeated, and put behind the next one of its direction, and
 * cut to snaplens. A line that is complete must be a complete line of the undisturbed run. */
#include "replay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SPLIT_SEGMENTS 200u /* the number */
#define TIMED_SEGMENTS 600u /* of long connections, one at a time: this many */
#define HEADERS_BYTES 66u   /* Ethernet, IPv4, TCP with timestamps: what a snaplen holds before the payload */

struct state {
    const struct rp_capture *capture;
    const struct rp_conn *conn;
    size_t conn_index;
    struct cap_segment *segs; /* the disturbed copy */
    struct rp_run reference, run;
    bool all;
    unsigned failures;
    uint64_t replays, complete, voided;
};

enum how { SAME, LOSSY, REORDERED };

static void fail(struct state *s, const char *what, size_t at, const char *why, const struct rp_line *l)
{
    if (s->failures++ < 60)
        printf("FAILED %s connection %zu, %s %zu: %s%s%s (%s)\n", s->capture != NULL ? s->capture->name : "",
               s->conn_index, what, at, why, l != NULL ? ": " : "", l != NULL ? myw_cmd_name(l->cmd) : "",
               l != NULL ? l->head : "");
}

/* Unknown (0) in either run: the undisturbed one may be of a capture that lacks packets. */
static bool same_name(uint64_t want, uint64_t have)
{
    return want == have || want == 0 || have == 0;
}

/* What a loss elsewhere takes away from a line, and nothing else. */
static bool same_texts(const struct rp_line *want, const struct rp_line *have)
{
    bool unknown = (have->notes & MYW_NOTE_UNKNOWN_STMT) != 0;
    return (have->sql == want->sql || (unknown && have->sql == 0)) &&
           (have->params == want->params || have->params == 0) && same_name(want->db, have->db) &&
           same_name(want->user, have->user);
}

static bool same_line(const struct rp_line *want, const struct rp_line *have, bool times)
{
    if (want->fact != have->fact || !want->complete || !same_texts(want, have))
        return false;
    /* A connection refused before its login was "sent" when it was opened, by the first segment seen. */
    if (want->cmd == MYW_CMD_CONNECT && want->first_ns == have->first_ns && want->last_ns == have->last_ns)
        return true;
    return !times || (want->sent_ns == have->sent_ns && want->first_ns == have->first_ns &&
                      want->last_ns == have->last_ns);
}

/* What tells the line from the one of the reference that was sent at the same time. */
static const char *difference(const struct state *s, const struct rp_line *l)
{
    for (size_t i = 0; i < s->reference.count; i++) {
        const struct rp_line *want = &s->reference.lines[i];
        if (want->sent_ns != l->sent_ns || want->cmd != l->cmd)
            continue;
        if (!want->complete)
            return "complete, and not so in the undisturbed run";
        if (want->fact != l->fact)
            return "another answer than in the undisturbed run";
        if (want->first_ns != l->first_ns || want->last_ns != l->last_ns)
            return "other times than in the undisturbed run";
        return want->user != l->user && l->user != 0 ? "another user"
               : want->db != l->db && l->db != 0     ? "another schema"
                                                     : "another text or other values";
    }
    return "a line that the undisturbed run does not have";
}

/* Complete lines must be those of the reference, in its order where times cannot tell them apart. */
static void check_pairing(struct state *s, const char *what, size_t at, bool times)
{
    size_t next = 0;
    for (size_t i = 0; i < s->run.count; i++) {
        const struct rp_line *l = &s->run.lines[i];
        size_t k = times ? 0 : next;
        if (!l->complete)
            continue;
        while (k < s->reference.count && !same_line(&s->reference.lines[k], l, times))
            k++;
        if (k == s->reference.count) {
            fail(s, what, at, difference(s, l), l);
            return;
        }
        next = k + 1;
    }
}

static void check_same(struct state *s, const char *what, size_t at)
{
    if (s->run.count != s->reference.count) {
        fail(s, what, at, "another number of lines", NULL);
        return;
    }
    for (size_t i = 0; i < s->run.count; i++) {
        struct rp_line a = s->reference.lines[i], b = s->run.lines[i];
        if (a.fact != b.fact || a.complete != b.complete || a.notes != b.notes || a.sql != b.sql ||
            a.params != b.params || a.sent_ns != b.sent_ns || a.first_ns != b.first_ns ||
            a.last_ns != b.last_ns) {
            fail(s, what, at, "another line", &b);
            return;
        }
    }
}

/* The last segment of a client to a server that has closed: nothing else on the wire tells of it. */
static bool only_quit_is_missing(const struct state *s)
{
    const struct rp_run *ref = &s->reference;
    return ref->count > 0 && ref->lines[ref->count - 1].cmd == MYW_CMD_QUIT &&
           s->run.complete + 1 == ref->complete;
}

static void replay(struct state *s, size_t count, enum how how, const char *what, size_t at)
{
    struct rp_run *r = &s->run;
    rp_run(s->capture, s->segs, count, r);
    s->replays++;
    s->complete += r->complete;
    s->voided += r->mc.voided_commands;
    if (r->wrong != NULL)
        fail(s, what, at, r->wrong, NULL);
    /* Out of step, where a delivery begins decides what may be believed. */
    bool in_step =
        s->reference.mc.gaps == 0 && s->reference.mc.desyncs == 0 && s->reference.fc.mid_stream == 0;
    if (how == SAME && in_step)
        check_same(s, what, at);
    else
        check_pairing(s, what, at, how != REORDERED && s->reference.fc.retransmitted_segments == 0);
    bool counted = r->mc.gaps + r->mc.desyncs + r->mc.voided_commands + r->fc.gaps + r->fc.mid_stream +
                       s->reference.fc.mid_stream + r->mc.tls_connections + r->mc.compressed_connections >
                   0;
    if (r->complete < s->reference.complete && !counted && !only_quit_is_missing(s))
        fail(s, what, at, "lines are missing and nothing was counted", NULL);
}

/* The positions at which a segment of n bytes is split. */
static bool split_here(const struct state *s, size_t n, size_t at)
{
    return s->all || n <= 96 || at < 48 || at + 16 > n || at % 97 == 0;
}

static void splits(struct state *s)
{
    const struct rp_conn *c = s->conn;
    for (size_t i = 0; i < c->count && i < SPLIT_SEGMENTS; i++) {
        memcpy(s->segs, c->segs, (i + 1) * sizeof *s->segs);
        memcpy(s->segs + i + 2, c->segs + i + 1, (c->count - i - 1) * sizeof *s->segs);
        for (uint32_t at = 1; at < c->segs[i].payload_bytes; at++) {
            if (!split_here(s, c->segs[i].payload_bytes, at))
                continue;
            struct cap_segment *a = &s->segs[i], *b = a + 1;
            *a = *b = c->segs[i];
            a->payload_bytes = a->wire_bytes = at;
            a->flags &= (uint8_t)~CAP_FIN;
            b->payload += at;
            b->payload_bytes -= at;
            b->wire_bytes -= at;
            b->seq += at;
            if (b->flags & CAP_SYN) { /* data on a SYN: the SYN has a number of its own */
                b->flags &= (uint8_t)~CAP_SYN;
                b->seq++;
            }
            replay(s, c->count + 1, SAME, "split of segment", i * 100000 + at);
        }
    }
}

static void drops_and_repeats(struct state *s)
{
    const struct rp_conn *c = s->conn;
    for (size_t i = 0; i < c->count && i < TIMED_SEGMENTS; i++) {
        memcpy(s->segs, c->segs, i * sizeof *s->segs);
        memcpy(s->segs + i, c->segs + i + 1, (c->count - i - 1) * sizeof *s->segs);
        replay(s, c->count - 1, LOSSY, "drop of segment", i);
        memcpy(s->segs, c->segs, (i + 1) * sizeof *s->segs);
        memcpy(s->segs + i + 1, c->segs + i, (c->count - i) * sizeof *s->segs);
        replay(s, c->count + 1, SAME, "repeat of segment", i);
    }
}

/* The segment arrives behind the next one of its direction; each place keeps its time. */
static void reorders(struct state *s)
{
    const struct rp_conn *c = s->conn;
    for (size_t i = 0; i < c->count && i < TIMED_SEGMENTS; i++) {
        size_t k = i + 1;
        while (k < c->count && k < i + 16 &&
               (c->segs[k].src.port != c->segs[i].src.port || c->segs[k].wire_bytes == 0))
            k++;
        if (c->segs[i].wire_bytes == 0 || k >= c->count || k >= i + 16)
            continue;
        memcpy(s->segs, c->segs, c->count * sizeof *s->segs);
        s->segs[i] = c->segs[k];
        s->segs[k] = c->segs[i];
        s->segs[i].ts_ns = c->segs[i].ts_ns;
        s->segs[k].ts_ns = c->segs[k].ts_ns;
        replay(s, c->count, REORDERED, "reorder of segment", i);
    }
}

static void snaplens(struct state *s)
{
    static const uint32_t lens[] = {64, 96, 128, 256};
    const struct rp_conn *c = s->conn;
    for (size_t n = 0; n < sizeof lens / sizeof lens[0]; n++)
        for (uint32_t headers = HEADERS_BYTES - 26; headers <= HEADERS_BYTES + 20; headers += 2) {
            uint32_t room = lens[n] > headers ? lens[n] - headers : 0;
            for (size_t i = 0; i < c->count; i++) {
                s->segs[i] = c->segs[i];
                if (s->segs[i].payload_bytes > room)
                    s->segs[i].payload_bytes = room;
            }
            replay(s, c->count, LOSSY, "snaplen", lens[n]);
        }
}

static void each_connection(struct state *s)
{
    for (size_t i = 0; i < s->capture->conn_count; i++) {
        s->conn = &s->capture->conns[i];
        s->conn_index = i;
        s->segs = malloc((s->conn->count + 2) * sizeof *s->segs);
        if (s->segs == NULL)
            exit(1);
        rp_run(s->capture, s->conn->segs, s->conn->count, &s->reference);
        if (s->reference.wrong != NULL)
            fail(s, "whole", 0, s->reference.wrong, NULL);
        splits(s);
        drops_and_repeats(s);
        reorders(s);
        snaplens(s);
        free(s->segs);
    }
}

/* "--mysql-port N" among the options of a line; the default else. */
static void set_ports(struct rp_capture *c, const char *options)
{
    const char *port = strstr(options, "--mysql-port ");
    c->port_count = 1;
    c->ports[0] = (uint16_t)(port != NULL ? strtoul(port + 13, NULL, 10) : 3306);
}

static bool run_line(struct state *s, char *line, const char *golden, const char *shared)
{
    char name[128], file[256], path[1024];
    int used = 0;
    if (line[0] == '#' || sscanf(line, "%127s %255s%n", name, file, &used) != 2)
        return true;
    struct rp_capture c = {.name = name};
    bool others = strncmp(file, "shared/", 7) == 0;
    (void)snprintf(path, sizeof path, "%s/%s", others ? shared : golden, others ? file + 7 : file);
    set_ports(&c, line + used);
    if (!rp_load(&c, path)) {
        if (!others)
            fail(s, path, 0, "no such capture", NULL);
        return false;
    }
    s->capture = &c;
    uint64_t before = s->replays;
    each_connection(s);
    if (getenv("REPLAY_VERBOSE") != NULL)
        printf("%s: %llu replays\n", name, (unsigned long long)(s->replays - before));
    s->capture = NULL;
    rp_unload(&c);
    return true;
}

int main(int argc, char **argv)
{
    static struct state s;
    const char *one = NULL;
    int i = 1;
    for (; i < argc && argv[i][0] == '-'; i++) {
        if (strcmp(argv[i], "--all") == 0)
            s.all = true;
        else if (strcmp(argv[i], "--one") == 0 && i + 1 < argc)
            one = argv[++i];
    }
    if (argc - i != 2) {
        fputs("usage: replay [--all] [--one NAME] GOLDEN_DIR SHARED_DIR\n", stderr);
        return 2;
    }
    char path[1024], line[1024];
    (void)snprintf(path, sizeof path, "%s/TESTLIST", argv[i]);
    FILE *list = fopen(path, "r");
    if (list == NULL) {
        perror(path);
        return 1;
    }
    unsigned captures = 0, skipped = 0;
    while (fgets(line, sizeof line, list) != NULL) {
        size_t n = one != NULL ? strlen(one) : 0;
        if (line[0] == '#' || line[0] == '\n' ||
            (one != NULL && (strncmp(line, one, n) != 0 || line[n] != ' ')))
            continue;
        bool there = run_line(&s, line, argv[i], argv[i + 1]);
        captures += there;
        skipped += !there;
    }
    (void)fclose(list);
    if (skipped > 0)
        printf("skipped %u: their captures are not in %s\n", skipped, argv[i + 1]);
    printf("%u captures, %llu replays, %llu complete lines, %llu commands voided, %u failures\n", captures,
           (unsigned long long)s.replays, (unsigned long long)s.complete, (unsigned long long)s.voided,
           s.failures);
    rp_run_fini(&s.reference);
    rp_run_fini(&s.run);
    return s.failures > 0 || captures == 0;
}

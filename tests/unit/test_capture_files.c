/* summary: capture files: pcap and pcapng built byte by byte, cut at every length, not captures at all,
 * pipes, writing */
#include "test_capture_util.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

struct file {
    uint8_t bytes[4096];
    size_t len;
    size_t ends[16]; /* where a block or packet ends */
    size_t ends_count;
    bool big;
};

static void add(struct file *f, const void *data, size_t n)
{
    assert_true(f->len + n <= sizeof f->bytes);
    memcpy(f->bytes + f->len, data, n);
    f->len += n;
}

static void add_u(struct file *f, uint64_t v, unsigned bytes)
{
    uint8_t b[8];
    for (unsigned i = 0; i < bytes; i++)
        b[i] = (uint8_t)(v >> 8 * (f->big ? bytes - 1 - i : i));
    add(f, b, bytes);
}

static void mark(struct file *f)
{
    f->ends[f->ends_count++] = f->len;
}

static void pcap_header(struct file *f, uint32_t magic, uint32_t link_type)
{
    add_u(f, magic, 4);
    add_u(f, 2, 2);
    add_u(f, 4, 2);
    add_u(f, 0, 8);
    add_u(f, 262144, 4);
    add_u(f, link_type, 4);
    mark(f);
}

static void pcap_packet(struct file *f, uint32_t s, uint32_t sub, const struct frame *p)
{
    add_u(f, s, 4);
    add_u(f, sub, 4);
    add_u(f, p->len, 4);
    add_u(f, p->len, 4);
    add(f, p->bytes, p->len);
    mark(f);
}

static void ng_block(struct file *f, uint32_t type, const struct file *body)
{
    uint32_t total = (uint32_t)(12 + (body->len + 3) / 4 * 4);
    add_u(f, type, 4);
    add_u(f, total, 4);
    add(f, body->bytes, body->len);
    add(f, "\0\0\0", (4 - body->len % 4) % 4);
    add_u(f, total, 4);
    mark(f);
}

static void ng_section(struct file *f, bool big)
{
    struct file b = {.big = big};
    f->big = big;
    add_u(&b, 0x1a2b3c4d, 4);
    add_u(&b, 1, 2);
    add_u(&b, 0, 2);
    add_u(&b, UINT64_MAX, 8);
    ng_block(f, 0x0a0d0d0a, &b);
}

static void ng_interface(struct file *f, unsigned link_type, uint32_t snaplen, int tsresol, int64_t offset_s)
{
    struct file b = {.big = f->big};
    add_u(&b, link_type, 2);
    add_u(&b, 0, 2);
    add_u(&b, snaplen, 4);
    add_u(&b, 2, 2); /* if_name */
    add_u(&b, 3, 2);
    add(&b, "lo0\0", 4);
    if (tsresol >= 0) {
        add_u(&b, 9, 2);
        add_u(&b, 1, 2);
        add_u(&b, (uint64_t)tsresol, 1);
        add(&b, "\0\0\0", 3);
    }
    if (offset_s != 0) {
        add_u(&b, 14, 2);
        add_u(&b, 8, 2);
        add_u(&b, (uint64_t)offset_s, 8);
    }
    add_u(&b, 0, 4);
    ng_block(f, 1, &b);
}

static void ng_packet(struct file *f, uint32_t interface, uint64_t ts, const struct frame *p)
{
    struct file b = {.big = f->big};
    add_u(&b, interface, 4);
    add_u(&b, ts >> 32, 4);
    add_u(&b, ts & 0xffffffff, 4);
    add_u(&b, p->len, 4);
    add_u(&b, p->len, 4);
    add(&b, p->bytes, p->len);
    ng_block(f, 6, &b);
}

static void ng_statistics(struct file *f, uint32_t interface, uint64_t ifdrop, uint64_t osdrop)
{
    struct file b = {.big = f->big};
    add_u(&b, interface, 4);
    add_u(&b, 0, 8);
    add_u(&b, 5, 2);
    add_u(&b, 8, 2);
    add_u(&b, ifdrop, 8);
    add_u(&b, 7, 2);
    add_u(&b, 8, 2);
    add_u(&b, osdrop, 8);
    ng_block(f, 5, &b);
}

static struct frame ethernet(const char *payload)
{
    struct frame f = {0};
    put_ethernet(&f, 0x0800);
    put_ip4(&f, 0, -1, payload);
    return f;
}

static struct frame bare(const char *payload)
{
    struct frame f = {0};
    put_ip4(&f, 0, -1, payload);
    return f;
}

static char dir_name[64];

static const char *save(const struct file *f, size_t n)
{
    static char path[96];
    (void)snprintf(path, sizeof path, "%s/in.cap", dir_name);
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    assert_int_equal(fwrite(f->bytes, 1, n, out), n);
    assert_int_equal(fclose(out), 0);
    return path;
}

struct result {
    enum pp_status opened, ended;
    struct seen seen;
    struct cap_counters n;
    struct pp_err err;
};

/* Opens, reads to the end `max` packets a step, and closes. */
static void read_with(struct result *r, const struct cap_options *o, int max)
{
    struct cap *c;
    memset(r, 0, sizeof *r);
    r->opened = cap_open(&c, o, see, &r->seen, &r->err);
    if (r->opened != PP_OK) {
        assert_null(c);
        assert_int_equal(r->err.status, r->opened);
        assert_true(r->err.text[0] != '\0');
        return;
    }
    do
        r->ended = cap_step(c, max, &r->err);
    while (r->ended == PP_OK);
    cap_get_counters(c, &r->n);
    struct pp_err err = {0};
    enum pp_status freed = cap_free(&c, &err);
    if (freed != PP_OK && r->ended == PP_END) {
        r->ended = freed;
        r->err = err;
    }
    assert_null(c);
}

static void read_path(struct result *r, const char *path)
{
    const struct cap_options o = {.read_file = path};
    read_with(r, &o, 0);
}

static void test_pcap_kinds(void **state)
{
    (void)state;
    static const struct {
        uint32_t magic, sub;
        bool big;
    } kinds[] = {{0xa1b2c3d4, 123456, false},
                 {0xa1b2c3d4, 123456, true},
                 {0xa1b23c4d, 123456789, false},
                 {0xa1b23c4d, 123456789, true}};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        struct file f = {.big = kinds[i].big};
        struct frame p = ethernet("abc");
        struct result r;
        pcap_header(&f, kinds[i].magic, LINK_ETHERNET);
        pcap_packet(&f, 1700000000, kinds[i].sub, &p);
        pcap_packet(&f, 1700000001, kinds[i].sub, &p);
        read_path(&r, save(&f, f.len));
        assert_int_equal(r.opened, PP_OK);
        assert_int_equal(r.ended, PP_END);
        assert_int_equal(r.seen.count, 2);
        assert_int_equal(r.n.packets, 2);
        assert_int_equal(r.n.bytes, 2 * p.len);
        assert_int_equal(r.n.first_ns, INT64_C(1700000000123456000) + (i >= 2 ? 789 : 0));
        assert_int_equal(r.n.last_ns, r.n.first_ns + 1000000000);
        assert_false(r.n.cut_off);
    }
}

static bool at_an_end(const struct file *f, size_t n)
{
    for (size_t i = 0; i < f->ends_count; i++)
        if (f->ends[i] == n)
            return true;
    return false;
}

/* Every length: what was whole is kept, and cut_off says whether something was not. */
static void check_cuts(const struct file *f, size_t first_end, const size_t *packet_ends, size_t packets)
{
    for (size_t n = 0; n < f->len; n++) {
        struct result r;
        size_t whole = 0;
        for (size_t i = 0; i < packets; i++)
            whole += packet_ends[i] <= n;
        read_path(&r, save(f, n));
        if (n < first_end) { /* at the end of a section without an interface it is an empty capture */
            assert_int_equal(r.opened, at_an_end(f, n) ? PP_OK : PP_INVALID);
            continue;
        }
        assert_int_equal(r.opened, PP_OK);
        assert_int_equal(r.ended, PP_END);
        assert_int_equal(r.seen.count, whole);
        if (r.n.cut_off == at_an_end(f, n))
            fail_msg("cut at %zu of %zu: cut_off %d", n, f->len, r.n.cut_off);
    }
}

static void test_pcap_cut_anywhere(void **state)
{
    (void)state;
    struct file f = {0};
    struct frame p = ethernet("abc");
    pcap_header(&f, 0xa1b2c3d4, LINK_ETHERNET);
    pcap_packet(&f, 1, 1, &p);
    pcap_packet(&f, 2, 1, &p);
    check_cuts(&f, f.ends[0], &f.ends[1], 2);
}

/* Two sections of different byte order, interfaces of different link types and clocks, blocks nobody needs.
 */
static void build_ng(struct file *f, size_t *packet_ends)
{
    struct frame e = ethernet("abc");
    struct frame b = bare("defg");
    struct file body = {0};
    ng_section(f, false);
    ng_interface(f, LINK_ETHERNET, 262144, -1, 0);
    ng_interface(f, LINK_RAW, 65535, 9, 5);
    ng_packet(f, 0, UINT64_C(1700000000123456), &e);
    packet_ends[0] = f->len;
    add_u(&body, 1, 4);
    ng_block(f, 0x0bad, &body);
    ng_packet(f, 1, UINT64_C(1700000000123456789), &b);
    packet_ends[1] = f->len;
    ng_statistics(f, 0, 3, 4);
    ng_section(f, true);
    ng_interface(f, LINK_RAW, 0, 0x8a, -1); /* units of 1/1024 s */
    ng_packet(f, 0, UINT64_C(1700000002) * 1024 + 512, &b);
    packet_ends[2] = f->len;
    body = (struct file){.big = true}; /* a simple packet */
    add_u(&body, b.len, 4);
    add(&body, b.bytes, b.len);
    ng_block(f, 3, &body);
    packet_ends[3] = f->len;
    ng_statistics(f, 0, 10, 0);
}

static int64_t times[8];

static void keep_time(void *priv, const struct cap_segment *seg)
{
    struct seen *s = priv;
    times[s->count % 8] = seg->ts_ns;
    see(priv, seg);
}

static void test_pcapng(void **state)
{
    (void)state;
    struct file f = {0};
    size_t packet_ends[4];
    struct seen seen = {0};
    struct cap *c;
    struct pp_err err;
    struct cap_counters n;
    build_ng(&f, packet_ends);
    const struct cap_options o = {.read_file = save(&f, f.len)};
    assert_int_equal(cap_open(&c, &o, keep_time, &seen, &err), PP_OK);
    assert_int_equal(cap_step(c, 1, &err), PP_OK);
    assert_int_equal(seen.count, 1);
    cap_break(c);
    assert_int_equal(cap_step(c, 100, &err), PP_AGAIN);
    while (cap_step(c, 3, &err) != PP_END)
        ;
    assert_int_equal(seen.count, 4);
    assert_int_equal(times[0], INT64_C(1700000000123456000));
    assert_int_equal(times[1], INT64_C(1700000005123456789));
    assert_int_equal(times[2], INT64_C(1700000001500000000));
    assert_int_equal(times[3], times[2]);
    assert_int_equal(seen.payload_bytes, 3 + 4 + 4 + 4);
    cap_get_counters(c, &n);
    assert_int_equal(n.kernel_drops, 17);
    assert_int_equal(n.last_ns, times[1]);
    assert_int_equal(cap_free(&c, &err), PP_OK);
}

static void test_pcapng_cut_anywhere(void **state)
{
    (void)state;
    struct file f = {0};
    size_t packet_ends[4];
    build_ng(&f, packet_ends);
    check_cuts(&f, f.ends[1], packet_ends, 4);
}

/* Contradictions inside a pcapng file: an error that names the file, after what could be read. */
static void test_pcapng_corrupt(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        struct file f = {0};
        struct frame e = ethernet("abc");
        struct result r;
        ng_section(&f, false);
        ng_interface(&f, LINK_ETHERNET, 0, 6, 0);
        ng_packet(&f, 0, 1, &e);
        size_t at = f.len;
        if (i == 0)
            ng_packet(&f, 7, 1, &e); /* no such interface */
        if (i == 1) {
            ng_packet(&f, 0, 1, &e);
            f.bytes[at + 4] = 4; /* shorter than a block can be */
        }
        if (i == 2) {
            ng_packet(&f, 0, 1, &e);
            f.bytes[at + 20] = 0xff; /* captured length beyond the block */
        }
        if (i == 3)
            ng_interface(&f, LINK_ETHERNET, 0, 20, 0); /* 10^-20 s */
        read_path(&r, save(&f, f.len));
        assert_int_equal(r.opened, PP_OK);
        assert_int_equal(r.ended, PP_IO);
        assert_int_equal(r.seen.count, 1);
        assert_non_null(strstr(r.err.text, "in.cap"));
    }
}

/* Any byte changed: an orderly end in every case. */
static void test_pcapng_every_byte_changed(void **state)
{
    (void)state;
    struct file f = {0};
    size_t packet_ends[4];
    static const uint8_t values[] = {0, 1, 0x7f, 0x80, 0xff};
    build_ng(&f, packet_ends);
    for (size_t at = 0; at < f.len; at++) {
        uint8_t was = f.bytes[at];
        for (size_t v = 0; v < sizeof values; v++) {
            struct result r;
            f.bytes[at] = values[v];
            read_path(&r, save(&f, f.len));
            assert_true(r.opened == PP_OK || r.opened == PP_INVALID);
            assert_true(r.opened != PP_OK || r.ended == PP_END || r.ended == PP_IO);
        }
        f.bytes[at] = was;
    }
}

static void test_not_a_capture(void **state)
{
    (void)state;
    static const struct {
        const char *content;
        size_t n;
        const char *says;
    } cases[] = {{"", 0, "empty"},
                 {"abc", 3, "shorter"},
                 {"#!/bin/sh\necho not a capture\n", 29, "not a pcap or pcapng file"},
                 {"\x1f\x8b\x08\0\0\0\0\0\0\0", 10, "compressed"},
                 {"\xd4\xc3\xb2\xa1", 4, "not a capture file"}};
    struct result r;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct file f = {0};
        add(&f, cases[i].content, cases[i].n);
        read_path(&r, save(&f, f.len));
        assert_int_equal(r.opened, PP_INVALID);
        if (strstr(r.err.text, cases[i].says) == NULL || strstr(r.err.text, "in.cap") == NULL)
            fail_msg("case %zu says: %s", i, r.err.text);
    }
    read_path(&r, dir_name);
    assert_int_equal(r.opened, PP_INVALID);
    read_path(&r, "/nonexistent/file.pcap");
    assert_int_equal(r.opened, PP_NOENT);
    const struct cap_options none = {0};
    read_with(&r, &none, 0);
    assert_int_equal(r.opened, PP_INVALID);
    const struct cap_options both = {.interface = "lo", .read_file = "x"};
    read_with(&r, &both, 0);
    assert_int_equal(r.opened, PP_INVALID);
}

static void test_unknown_link(void **state)
{
    (void)state;
    struct file f = {0};
    struct frame p = ethernet("abc");
    struct result r;
    pcap_header(&f, 0xa1b2c3d4, 127);
    pcap_packet(&f, 1, 1, &p);
    read_path(&r, save(&f, f.len));
    assert_int_equal(r.ended, PP_END);
    assert_int_equal(r.n.unknown_link, 1);
    assert_int_equal(r.seen.count, 0);
}

static void test_writing(void **state)
{
    (void)state;
    struct file f = {0};
    struct frame p = ethernet("abc");
    struct result r;
    char copy[96];
    struct stat sb;
    (void)snprintf(copy, sizeof copy, "%s/out.pcap", dir_name);
    pcap_header(&f, 0xa1b23c4d, LINK_ETHERNET);
    for (uint32_t i = 0; i < 3; i++)
        pcap_packet(&f, 1700000000 + i, 999999999 - i, &p);
    const struct cap_options o = {.read_file = save(&f, f.len), .write_file = copy};
    read_with(&r, &o, 1);
    assert_int_equal(r.ended, PP_END);
    assert_int_equal(stat(copy, &sb), 0);
    assert_int_equal(sb.st_size, f.len);
    struct result again;
    read_path(&again, copy);
    assert_int_equal(again.seen.count, 3);
    assert_int_equal(again.n.first_ns, INT64_C(1700000000999999999));
    assert_int_equal(again.n.last_ns, INT64_C(1700000002999999997));
}

static void test_writing_fails(void **state)
{
    (void)state;
    struct file f = {0};
    struct frame p = ethernet("abc");
    struct result r;
    pcap_header(&f, 0xa1b23c4d, LINK_ETHERNET);
    pcap_packet(&f, 1, 1, &p);
    struct cap_options o = {.read_file = save(&f, f.len), .write_file = "/nonexistent/out.pcap"};
    read_with(&r, &o, 0);
    assert_int_equal(r.opened, PP_NOENT);
    assert_non_null(strstr(r.err.text, "/nonexistent/out.pcap"));
    o.write_file = "/dev/full";
    read_with(&r, &o, 0);
    assert_int_equal(r.opened, PP_IO);
    assert_non_null(strstr(r.err.text, "/dev/full"));
    struct file mixed = {0};
    size_t packet_ends[4];
    char copy[96];
    (void)snprintf(copy, sizeof copy, "%s/out.pcap", dir_name);
    build_ng(&mixed, packet_ends);
    o.read_file = save(&mixed, mixed.len);
    o.write_file = copy;
    read_with(&r, &o, 0);
    assert_int_equal(r.ended, PP_INVALID);
    assert_non_null(strstr(r.err.text, "link types"));
}

struct reader {
    struct cap *c;
    enum pp_status ended;
};

static void *read_all(void *arg)
{
    struct reader *r = arg;
    do
        r->ended = cap_step(r->c, 10, NULL);
    while (r->ended == PP_OK || r->ended == PP_AGAIN);
    return NULL;
}

/* A pipe that is still open: what is there comes at once, and cap_break ends the wait for more. */
static void test_pipe(void **state)
{
    (void)state;
    int fds[2];
    char path[32];
    struct file f = {0};
    struct frame p = ethernet("abc");
    struct seen seen = {0};
    struct reader r = {0};
    pthread_t thread;
    pcap_header(&f, 0xa1b23c4d, LINK_ETHERNET);
    pcap_packet(&f, 1, 1, &p);
    assert_int_equal(pipe(fds), 0);
    assert_int_equal(write(fds[1], f.bytes, f.len), f.len);
    (void)snprintf(path, sizeof path, "/dev/fd/%d", fds[0]);
    const struct cap_options o = {.read_file = path};
    assert_int_equal(cap_open(&r.c, &o, see, &seen, NULL), PP_OK);
    assert_int_equal(cap_step(r.c, 1, NULL), PP_OK);
    assert_int_equal(seen.count, 1);
    assert_int_equal(pthread_create(&thread, NULL, read_all, &r), 0);
    while (pthread_tryjoin_np(thread, NULL) != 0) {
        cap_break(r.c);
        (void)sched_yield();
    }
    assert_int_equal(r.ended, PP_END);
    struct cap_counters n;
    cap_get_counters(r.c, &n);
    assert_false(n.cut_off);
    assert_int_equal(cap_free(&r.c, NULL), PP_OK);
    (void)close(fds[0]);
    (void)close(fds[1]);
}

static void test_standard_input(void **state)
{
    (void)state;
    struct file f = {0};
    size_t packet_ends[4];
    struct result r;
    int saved = dup(STDIN_FILENO);
    build_ng(&f, packet_ends);
    FILE *in = fopen(save(&f, f.len), "r");
    assert_non_null(in);
    assert_int_equal(dup2(fileno(in), STDIN_FILENO), STDIN_FILENO);
    read_path(&r, "-");
    if (saved >= 0)
        (void)dup2(saved, STDIN_FILENO);
    (void)fclose(in);
    assert_int_equal(r.seen.count, 4);
}

static int make_dir(void **state)
{
    (void)state;
    (void)snprintf(dir_name, sizeof dir_name, "/tmp/test_capture_XXXXXX");
    return mkdtemp(dir_name) != NULL ? 0 : -1;
}

static int remove_dir(void **state)
{
    (void)state;
    char path[96];
    (void)snprintf(path, sizeof path, "%s/in.cap", dir_name);
    (void)unlink(path);
    (void)snprintf(path, sizeof path, "%s/out.pcap", dir_name);
    (void)unlink(path);
    return rmdir(dir_name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pcap_kinds),     cmocka_unit_test(test_pcap_cut_anywhere),
        cmocka_unit_test(test_pcapng),         cmocka_unit_test(test_pcapng_cut_anywhere),
        cmocka_unit_test(test_pcapng_corrupt), cmocka_unit_test(test_pcapng_every_byte_changed),
        cmocka_unit_test(test_not_a_capture),  cmocka_unit_test(test_unknown_link),
        cmocka_unit_test(test_writing),        cmocka_unit_test(test_writing_fails),
        cmocka_unit_test(test_pipe),           cmocka_unit_test(test_standard_input),
    };
    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}

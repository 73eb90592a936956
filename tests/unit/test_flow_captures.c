/* summary: capture and flow over real captures, where there are any: nothing crashes, counts agree with
 * libpcap */
#include "capture.h"
#include "flow.h"

#include <ftw.h>
#include <pcap/pcap.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define FILES_MAX 1000

static char *files[FILES_MAX];
static size_t file_count;

static int keep_capture(const char *path, const struct stat *sb, int kind, struct FTW *at)
{
    (void)sb;
    (void)at;
    const char *ending = strrchr(path, '.');
    if (kind == FTW_F && ending != NULL && strncmp(ending, ".pcap", 5) == 0 && file_count < FILES_MAX)
        files[file_count++] = strdup(path);
    return 0;
}

struct totals {
    struct flow *flow;
    uint64_t payload_bytes; /* of all segments, repeats too */
    uint64_t delivered;
    uint64_t gap_bytes;
    uint64_t opens, closes;
    int64_t last_ns;
};

static void on_event(void *priv, const struct flow_event *ev)
{
    struct totals *t = priv;
    t->opens += ev->type == FLOW_OPEN;
    t->closes += ev->type == FLOW_CLOSE;
    if (ev->type == FLOW_DATA)
        t->delivered += ev->data_bytes;
    if (ev->type == FLOW_GAP)
        t->gap_bytes += ev->gap_bytes;
}

static void on_segment(void *priv, const struct cap_segment *seg)
{
    struct totals *t = priv;
    t->payload_bytes += seg->payload_bytes;
    t->last_ns = seg->ts_ns;
    flow_on_segment(t->flow, seg);
}

/* Packets and bytes by libpcap alone; false where it gives up (interfaces that differ). */
static bool count_by_libpcap(const char *path, uint64_t *packets, uint64_t *bytes)
{
    char text[PCAP_ERRBUF_SIZE];
    struct pcap_pkthdr *h;
    const u_char *data;
    int rc = 1;
    *packets = *bytes = 0;
    pcap_t *p = pcap_open_offline_with_tstamp_precision(path, PCAP_TSTAMP_PRECISION_NANO, text);
    if (p == NULL)
        return false;
    while ((rc = pcap_next_ex(p, &h, &data)) == 1) {
        (*packets)++;
        *bytes += h->len;
    }
    pcap_close(p);
    return rc == PCAP_ERROR_BREAK; /* what it returns at the end of a file */
}

static void check_file(const char *path)
{
    struct totals t = {0};
    struct cap *c;
    struct pp_err err;
    struct cap_counters n;
    struct flow_counters fn;
    const struct cap_options co = {.read_file = path};
    const uint16_t ports[] = {3306, 3307, 13001, 33066, 5432};
    const struct flow_options fo = {.server_ports = ports, .server_port_count = 5};
    assert_int_equal(flow_new(&t.flow, &fo, on_event, &t), PP_OK);
    if (cap_open(&c, &co, on_segment, &t, &err) != PP_OK)
        fail_msg("%s", err.text);
    enum pp_status st;
    while ((st = cap_step(c, 100, &err)) == PP_OK)
        ;
    if (st != PP_END)
        fail_msg("%s", err.text);
    flow_finish(t.flow, t.last_ns);
    cap_get_counters(c, &n);
    flow_get_counters(t.flow, &fn);
    uint64_t packets;
    uint64_t bytes;
    if (count_by_libpcap(path, &packets, &bytes)) {
        assert_int_equal(n.packets, packets);
        assert_int_equal(n.bytes, bytes);
    }
    print_message("%s: %llu packets, %llu segments, %llu connections, %llu bytes, gaps %llu (%llu bytes), "
                  "repeats %llu, "
                  "late %llu, malformed %llu\n",
                  path, (unsigned long long)n.packets, (unsigned long long)n.segments,
                  (unsigned long long)fn.opened, (unsigned long long)t.delivered, (unsigned long long)fn.gaps,
                  (unsigned long long)fn.gap_bytes, (unsigned long long)fn.retransmitted_segments,
                  (unsigned long long)fn.late_segments, (unsigned long long)n.malformed);
    assert_true(n.segments > 0);
    assert_int_equal(n.segments + n.not_tcp + n.fragments + n.malformed + n.unknown_link, n.packets);
    assert_true(t.opens > 0);
    assert_int_equal(t.opens, t.closes);
    assert_true(t.delivered <= t.payload_bytes);
    assert_true(t.delivered > 0);
    assert_int_equal(t.gap_bytes, fn.gap_bytes);
    assert_int_equal(cap_free(&c, &err), PP_OK);
    flow_free(&t.flow);
}

static void test_all(void **state)
{
    (void)state;
    const char *dir = getenv("POOLPROBE_CAPTURES");
    if (dir == NULL)
        dir = CAPTURES_DIR;
    if (nftw(dir, keep_capture, 16, FTW_PHYS) != 0 || file_count == 0) {
        print_message("skipped: no captures in %s (set POOLPROBE_CAPTURES)\n", dir);
        skip();
    }
    for (size_t i = 0; i < file_count; i++) {
        check_file(files[i]);
        free(files[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_all)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

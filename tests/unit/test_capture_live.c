/* summary: live capture on the loopback interface: every byte once, IPv4 and IPv6, waking, remedies in errors
 */
#include "capture.h"
#include "flow.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define SENT_BYTES 300000
/* Each step waits 0.1 s at most: this bounds a test that would otherwise hang. */
#define STEPS_MAX 100

struct live {
    struct cap *cap;
    struct flow *flow;
    uint64_t data[2];
    uint64_t gaps;
    unsigned closes;
    enum flow_close_why why;
    int64_t rtt_ns;
    bool content_wrong;
};

static void on_event(void *priv, const struct flow_event *ev)
{
    struct live *l = priv;
    if (ev->type == FLOW_GAP)
        l->gaps++;
    if (ev->type == FLOW_DATA) {
        for (size_t i = 0; i < ev->data_bytes; i++)
            if (ev->data[i] != (uint8_t)((l->data[ev->dir] + i) * 31))
                l->content_wrong = true;
        l->data[ev->dir] += ev->data_bytes;
    }
    if (ev->type == FLOW_CLOSE) {
        l->closes++;
        l->why = ev->why;
        l->rtt_ns = ev->conn->rtt_ns;
    }
}

static void on_segment(void *priv, const struct cap_segment *seg)
{
    flow_on_segment(((struct live *)priv)->flow, seg);
}

struct talk {
    int listener;
    int family;
    struct sockaddr_storage at;
    socklen_t at_bytes;
    uint16_t port;
};

static bool listen_on(struct talk *t, int family)
{
    memset(t, 0, sizeof *t);
    t->family = family;
    struct sockaddr_in *v4 = (struct sockaddr_in *)&t->at;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&t->at;
    t->at.ss_family = (sa_family_t)family;
    if (family == AF_INET)
        v4->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    else
        v6->sin6_addr = in6addr_loopback;
    t->at_bytes = family == AF_INET ? sizeof *v4 : sizeof *v6;
    t->listener = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (t->listener < 0 || bind(t->listener, (struct sockaddr *)&t->at, t->at_bytes) != 0 ||
        listen(t->listener, 1) != 0)
        return false;
    socklen_t n = sizeof t->at;
    assert_int_equal(getsockname(t->listener, (struct sockaddr *)&t->at, &n), 0);
    t->port = ntohs(family == AF_INET ? v4->sin_port : v6->sin6_port);
    return true;
}

/* One connection that carries SENT_BYTES to the server, read there, then an orderly end. */
static void *hold_talk(void *arg)
{
    const struct talk *t = arg;
    static uint8_t bytes[SENT_BYTES];
    static uint8_t sink[SENT_BYTES];
    int client = socket(t->family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(client, (const struct sockaddr *)&t->at, t->at_bytes) != 0)
        return NULL;
    int server = accept(t->listener, NULL, NULL);
    for (size_t i = 0; i < SENT_BYTES; i++)
        bytes[i] = (uint8_t)(i * 31);
    size_t sent = 0;
    size_t got = 0;
    while (got < SENT_BYTES) {
        ssize_t n = send(client, bytes + sent, SENT_BYTES - sent, MSG_DONTWAIT);
        sent += n > 0 ? (size_t)n : 0;
        n = recv(server, sink, sizeof sink, MSG_DONTWAIT);
        got += n > 0 ? (size_t)n : 0;
    }
    (void)!write(server, bytes, 10);
    (void)shutdown(client, SHUT_WR);
    (void)shutdown(server, SHUT_WR);
    while (read(client, sink, sizeof sink) > 0)
        ;
    (void)close(client);
    (void)close(server);
    return NULL;
}

static enum pp_status open_live(struct live *l, const char *interface, const uint16_t *port,
                                struct pp_err *err)
{
    const struct cap_options co = {.interface = interface, .ports = port, .port_count = 1};
    const struct flow_options fo = {.server_ports = port, .server_port_count = 1};
    memset(l, 0, sizeof *l);
    assert_int_equal(flow_new(&l->flow, &fo, on_event, l), PP_OK);
    enum pp_status st = cap_open(&l->cap, &co, on_segment, l, err);
    if (st != PP_OK)
        flow_free(&l->flow);
    return st;
}

static void close_live(struct live *l)
{
    assert_int_equal(cap_free(&l->cap, NULL), PP_OK);
    flow_free(&l->flow);
}

static void capture_talk(const char *interface, int family)
{
    struct talk t;
    struct live l;
    struct pp_err err;
    pthread_t thread;
    if (!listen_on(&t, family)) {
        print_message("skipped: no such loopback address\n");
        skip();
    }
    enum pp_status st = open_live(&l, interface, &t.port, &err);
    if (st == PP_DENIED) {
        print_message("skipped: %s\n", err.text);
        (void)close(t.listener);
        skip();
    }
    assert_int_equal(st, PP_OK);
    assert_int_equal(pthread_create(&thread, NULL, hold_talk, &t), 0);
    for (int i = 0; i < STEPS_MAX && l.closes == 0; i++) {
        st = cap_step(l.cap, 1000, &err);
        assert_true(st == PP_OK || st == PP_AGAIN);
    }
    assert_int_equal(pthread_join(thread, NULL), 0);
    struct flow_counters n;
    struct cap_counters cn;
    flow_get_counters(l.flow, &n);
    cap_get_counters(l.cap, &cn);
    assert_int_equal(l.closes, 1);
    assert_int_equal(l.why, FLOW_CLOSE_FIN);
    assert_int_equal(l.data[FLOW_TO_SERVER], SENT_BYTES);
    assert_int_equal(l.data[FLOW_TO_CLIENT], 10);
    assert_false(l.content_wrong);
    assert_int_equal(l.gaps, 0);
    assert_true(l.rtt_ns > 0);
    /* Each packet came once, not also when it left. A loaded machine's TCP may repeat a segment of its own
     * accord. */
    assert_true(n.retransmitted_segments * 10 < cn.segments);
    assert_int_equal(cn.kernel_drops, 0);
    assert_int_equal(cn.not_tcp, 0);
    assert_int_equal(cn.segments, cn.packets);
    close_live(&l);
    (void)close(t.listener);
}

static void test_loopback4(void **state)
{
    (void)state;
    capture_talk("lo", AF_INET);
}

static void test_loopback6(void **state)
{
    (void)state;
    capture_talk("lo", AF_INET6);
}

static void test_any(void **state)
{
    (void)state;
    capture_talk("any", AF_INET);
}

/* Bytes go to and fro in a connection until `stop`. */
struct chatter {
    struct talk talk;
    atomic_bool stop, talks;
};

static void *chat(void *arg)
{
    struct chatter *c = arg;
    int client = socket(c->talk.family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(client, (const struct sockaddr *)&c->talk.at, c->talk.at_bytes) != 0)
        return NULL;
    int server = accept(c->talk.listener, NULL, NULL);
    char byte = 0;
    const int on = 1;
    (void)setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    (void)setsockopt(server, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    while (!atomic_load(&c->stop) && write(client, &byte, 1) == 1 && read(server, &byte, 1) == 1 &&
           write(server, &byte, 1) == 1 && read(client, &byte, 1) == 1)
        atomic_store(&c->talks, true);
    (void)close(client);
    (void)close(server);
    return NULL;
}

/* A capture that begins while a connection talks has all of it from its first packet on. */
static void test_no_gap_at_start(void **state)
{
    (void)state;
    struct chatter c = {0};
    struct live l;
    struct pp_err err;
    pthread_t thread;
    assert_true(listen_on(&c.talk, AF_INET));
    if (open_live(&l, "lo", &c.talk.port, &err) == PP_DENIED) {
        (void)close(c.talk.listener);
        skip();
    }
    close_live(&l);
    assert_int_equal(pthread_create(&thread, NULL, chat, &c), 0);
    while (!atomic_load(&c.talks))
        (void)sched_yield();
    uint64_t gaps = 0, bytes = 0, drops = 0;
    for (int i = 0; i < 20; i++) {
        struct cap_counters cn;
        assert_int_equal(open_live(&l, "lo", &c.talk.port, &err), PP_OK);
        for (int step = 0; step < STEPS_MAX && l.data[FLOW_TO_SERVER] < 50; step++)
            (void)!cap_step(l.cap, 1000, &err);
        cap_get_counters(l.cap, &cn);
        gaps += l.gaps;
        bytes += l.data[FLOW_TO_SERVER];
        drops += cn.kernel_drops;
        close_live(&l);
    }
    atomic_store(&c.stop, true);
    assert_int_equal(pthread_join(thread, NULL), 0);
    (void)close(c.talk.listener);
    assert_true(bytes >= 20 * 50);
    assert_int_equal(drops, 0);
    assert_int_equal(gaps, 0);
}

struct waiter {
    struct live *live;
    unsigned returned;
};

static void *wait_once(void *arg)
{
    struct waiter *w = arg;
    enum pp_status st = cap_step(w->live->cap, 10, NULL);
    w->returned = st == PP_AGAIN || st == PP_OK;
    return NULL;
}

static void test_break_and_silence(void **state)
{
    (void)state;
    static const uint16_t port = 1; /* nobody talks there */
    struct live l;
    struct pp_err err;
    pthread_t thread;
    enum pp_status st = open_live(&l, "lo", &port, &err);
    if (st == PP_DENIED)
        skip();
    assert_int_equal(st, PP_OK);
    struct waiter w = {&l, 0};
    assert_int_equal(pthread_create(&thread, NULL, wait_once, &w), 0);
    while (pthread_tryjoin_np(thread, NULL) != 0) {
        cap_break(l.cap);
        (void)sched_yield();
    }
    assert_int_equal(w.returned, 1);
    (void)!cap_step(l.cap, 10, NULL);
    assert_int_equal(cap_step(l.cap, 10, NULL), PP_AGAIN); /* returns although nothing comes */
    close_live(&l);
}

static void test_no_such_interface(void **state)
{
    (void)state;
    static const uint16_t port = 3306;
    struct live l;
    struct pp_err err;
    enum pp_status st = open_live(&l, "nonexistent0", &port, &err);
    if (st == PP_DENIED)
        skip();
    assert_int_equal(st, PP_NOENT);
    assert_non_null(strstr(err.text, "nonexistent0"));
    assert_non_null(strstr(err.text, "lo"));
}

/* In a child without privileges. */
static void test_denied(void **state)
{
    (void)state;
    static const uint16_t port = 3306;
    if (geteuid() != 0)
        skip();
    pid_t pid = fork();
    if (pid == 0) {
        struct cap *c;
        struct pp_err err = {0};
        const struct cap_options o = {.interface = "lo", .ports = &port, .port_count = 1};
        if (setgid(65534) != 0 || setuid(65534) != 0)
            _exit(3);
        enum pp_status st = cap_open(&c, &o, on_segment, NULL, &err);
        _exit(st == PP_DENIED && strstr(err.text, "setcap cap_net_raw,cap_net_admin+eip /") != NULL ? 0 : 1);
    }
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_loopback4),
        cmocka_unit_test(test_loopback6),
        cmocka_unit_test(test_any),
        cmocka_unit_test(test_no_gap_at_start),
        cmocka_unit_test(test_break_and_silence),
        cmocka_unit_test(test_no_such_interface),
        cmocka_unit_test(test_denied),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* summary: flow against a model: random streams cut, shuffled, repeated, overlapped, dropped, snapped */
#include "test_flow_util.h"

#include <stdlib.h>

#define STREAM_MAX 6000
#define SEGS_MAX 4000
#define WINDOW 12

/* A small generator of our own: the same cases on every machine. */
struct dice {
    uint64_t state;
};

static uint32_t roll(struct dice *d, uint32_t below)
{
    d->state = d->state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return below == 0 ? 0 : (uint32_t)((d->state >> 33) % below);
}

/* The truth of one direction, and what has come out of flow so far. */
struct side {
    uint8_t bytes[STREAM_MAX];
    uint32_t total;
    uint32_t isn;
    uint64_t at; /* offset reached: delivered plus gaps */
    uint64_t delivered;
    uint64_t lost;
    uint64_t cut;
    bool wrong;
    int64_t last_ns;
};

struct world {
    struct side side[2];
    struct flow *flow;
    int64_t now_ns;
    unsigned opens, closes;
    enum flow_close_why why;
};

struct seg {
    enum flow_dir dir;
    uint32_t from, n; /* offsets in the stream */
    uint32_t ack;     /* offset in the other stream */
    bool drop;
    bool fin;
};

struct plan {
    struct seg segs[SEGS_MAX];
    size_t count;
};

static void on_event(void *priv, const struct flow_event *ev)
{
    struct world *w = priv;
    struct side *s = &w->side[ev->dir];
    if (ev->type == FLOW_OPEN) {
        w->opens++;
        return;
    }
    if (ev->type == FLOW_CLOSE) {
        w->closes++;
        w->why = ev->why;
        return;
    }
    s->wrong = s->wrong || ev->ts_ns < s->last_ns;
    s->last_ns = ev->ts_ns;
    if (ev->type == FLOW_DATA) {
        s->wrong = s->wrong || s->at + ev->data_bytes > s->total ||
                   memcmp(s->bytes + s->at, ev->data, ev->data_bytes) != 0;
        s->at += ev->data_bytes;
        s->delivered += ev->data_bytes;
    } else {
        s->wrong = s->wrong || ev->gap_bytes == 0;
        s->at += ev->gap_bytes;
        *(ev->truncated ? &s->cut : &s->lost) += ev->gap_bytes;
    }
}

static void feed(struct world *w, const struct seg *g, uint32_t snap)
{
    const struct side *s = &w->side[g->dir];
    struct cap_endpoint client = end_at(0x0a000001, CLIENT_PORT);
    struct cap_endpoint server = end_at(0x0a000002, SERVER_PORT);
    /* A copy of its own, so that the sanitizer sees every read beyond it. */
    uint32_t got = g->n > snap ? snap : g->n;
    uint8_t *payload = malloc((size_t)got + 1);
    assert_non_null(payload);
    memcpy(payload, s->bytes + g->from, got);
    struct cap_segment seg = {.ts_ns = w->now_ns += 10,
                              .src = g->dir == FLOW_TO_SERVER ? client : server,
                              .dst = g->dir == FLOW_TO_SERVER ? server : client,
                              .flags = CAP_ACK | CAP_PSH,
                              .seq = s->isn + 1 + g->from,
                              .ack = w->side[!g->dir].isn + 1 + g->ack,
                              .payload = payload,
                              .payload_bytes = got,
                              .wire_bytes = g->n};
    if (g->fin)
        seg.flags |= CAP_FIN;
    flow_on_segment(w->flow, &seg);
    free(payload);
}

static void shake_hands(struct world *w)
{
    struct cap_endpoint client = end_at(0x0a000001, CLIENT_PORT);
    struct cap_endpoint server = end_at(0x0a000002, SERVER_PORT);
    struct cap_segment syn = {
        .ts_ns = 1, .src = client, .dst = server, .flags = CAP_SYN, .seq = w->side[0].isn};
    struct cap_segment ack = {.ts_ns = 2,
                              .src = server,
                              .dst = client,
                              .flags = CAP_SYN | CAP_ACK,
                              .seq = w->side[1].isn,
                              .ack = w->side[0].isn + 1};
    w->now_ns = 10;
    flow_on_segment(w->flow, &syn);
    flow_on_segment(w->flow, &ack);
}

static void make_world(struct world *w, struct dice *d, const struct flow_options *o)
{
    memset(w, 0, sizeof *w);
    for (int i = 0; i < 2; i++) {
        struct side *s = &w->side[i];
        s->total = 1 + roll(d, STREAM_MAX);
        /* Every second stream wraps somewhere inside. */
        s->isn = roll(d, 2) != 0 ? 0U - roll(d, s->total) : roll(d, 0x7fffffff);
        for (uint32_t k = 0; k < s->total; k++)
            s->bytes[k] = (uint8_t)roll(d, 256);
    }
    assert_int_equal(flow_new(&w->flow, o, on_event, w), PP_OK);
    shake_hands(w);
}

/* Cuts both streams into segments in turn. Acknowledgements name what the other side has sent up to there,
 * less what a shuffle can bring later, so that nothing that still comes is given up. */
static void make_plan(struct plan *p, const struct world *w, struct dice *d)
{
    uint32_t sent[2] = {0, 0};
    p->count = 0;
    while (sent[0] < w->side[0].total || sent[1] < w->side[1].total) {
        enum flow_dir dir = roll(d, 2) != 0 ? FLOW_TO_CLIENT : FLOW_TO_SERVER;
        uint32_t left = w->side[dir].total - sent[dir];
        if (left == 0)
            continue;
        uint32_t n = 1 + roll(d, 64);
        n = n < left ? n : left;
        assert_true(p->count < SEGS_MAX);
        p->segs[p->count++] = (struct seg){.dir = dir, .from = sent[dir], .n = n};
        sent[dir] += n;
    }
}

/* Repeats and overlaps: more segments over bytes that were sent before. */
static void add_repeats(struct plan *p, struct dice *d)
{
    for (unsigned i = 0; i < 40 && p->count < SEGS_MAX; i++) {
        struct seg s = p->segs[roll(d, (uint32_t)p->count)];
        uint32_t back = s.from < 50 ? roll(d, s.from + 1) : roll(d, 50);
        s.from -= back;
        s.n += roll(d, back + 1);
        size_t at = 1 + roll(d, (uint32_t)p->count);
        memmove(&p->segs[at], &p->segs[at - 1], (p->count - at + 1) * sizeof s);
        p->segs[at - 1] = s;
        p->count++;
    }
}

static void shuffle(struct plan *p, struct dice *d)
{
    for (size_t i = 0; i < p->count; i++) {
        size_t j = i + roll(d, WINDOW);
        if (j >= p->count)
            continue;
        struct seg t = p->segs[i];
        p->segs[i] = p->segs[j];
        p->segs[j] = t;
    }
}

/* Acknowledges what the receiver has without a hole when the segments arrive in this order (drops reach it
 * too). */
static void fill_acks(struct plan *p)
{
    static uint8_t have[2][STREAM_MAX];
    uint32_t upto[2] = {0, 0};
    memset(have, 0, sizeof have);
    for (size_t i = 0; i < p->count; i++) {
        struct seg *s = &p->segs[i];
        s->ack = upto[!s->dir];
        memset(have[s->dir] + s->from, 1, s->n);
        while (upto[s->dir] < STREAM_MAX && have[s->dir][upto[s->dir]] != 0)
            upto[s->dir]++;
    }
}

/* Both ends say goodbye: whatever is missing is known now. */
static void say_goodbye(struct world *w)
{
    struct seg fin[2];
    for (int dir = 0; dir < 2; dir++) {
        fin[dir] = (struct seg){.dir = (enum flow_dir)dir, .from = w->side[dir].total, .fin = true};
        feed(w, &fin[dir], 0);
    }
}

static void check_whole(struct world *w, uint32_t number)
{
    for (int dir = 0; dir < 2; dir++) {
        const struct side *s = &w->side[dir];
        if (s->wrong || s->at != s->total || s->delivered + s->lost + s->cut != s->total)
            fail_msg("case %u direction %d: wrong %d, delivered %llu + lost %llu + cut %llu of %u", number,
                     dir, s->wrong, (unsigned long long)s->delivered, (unsigned long long)s->lost,
                     (unsigned long long)s->cut, s->total);
    }
    assert_int_equal(w->opens, 1);
    assert_int_equal(w->closes, 1);
}

struct setup {
    bool drops;
    uint32_t snap;
    struct flow_options options;
};

static void run_case(const struct setup *setup, uint32_t number, uint64_t *lost)
{
    static struct world w;
    static struct plan p;
    struct dice d = {.state = number * UINT64_C(7919) + 1};
    make_world(&w, &d, &setup->options);
    make_plan(&p, &w, &d);
    add_repeats(&p, &d);
    shuffle(&p, &d);
    fill_acks(&p);
    for (size_t i = 0; i < p.count; i++)
        if (!setup->drops || roll(&d, 10) != 0)
            feed(&w, &p.segs[i], setup->snap);
    say_goodbye(&w);
    flow_finish(w.flow, w.now_ns);
    check_whole(&w, number);
    *lost += w.side[0].lost + w.side[1].lost;
    flow_free(&w.flow);
}

static uint64_t run_cases(const struct setup *setup, uint32_t count)
{
    uint64_t lost = 0;
    for (uint32_t i = 0; i < count; i++)
        run_case(setup, i, &lost);
    return lost;
}

static void test_everything_arrives(void **state)
{
    (void)state;
    const struct setup setup = {.snap = UINT32_MAX};
    assert_int_equal(run_cases(&setup, 400), 0);
}

static void test_losses_add_up(void **state)
{
    (void)state;
    const struct setup setup = {.snap = UINT32_MAX, .drops = true};
    assert_true(run_cases(&setup, 400) > 0);
}

static void test_short_snaplen_adds_up(void **state)
{
    (void)state;
    const struct setup setup = {.snap = 20, .drops = true};
    assert_true(run_cases(&setup, 200) > 0);
}

/* So little room that waiting bytes are given up all the time: the sums hold all the same. */
static void test_tight_limits_add_up(void **state)
{
    (void)state;
    const struct setup one = {.snap = UINT32_MAX, .drops = true, .options = {.max_conn_bytes = 300}};
    const struct setup all = {.snap = UINT32_MAX, .drops = true, .options = {.max_total_bytes = 500}};
    const struct setup none = {.snap = UINT32_MAX, .drops = false, .options = {.max_conn_bytes = 1}};
    assert_true(run_cases(&one, 200) > 0);
    assert_true(run_cases(&all, 200) > 0);
    assert_true(run_cases(&none, 200) > 0);
}

/* Nonsense: any segment on a few 4-tuples. Only the sums of opens and closes are known. */
static void test_garbage(void **state)
{
    (void)state;
    static struct world w;
    struct dice d = {.state = 42};
    static const uint8_t bytes[64] = {0};
    const struct flow_options o = {.max_conns = 3, .max_conn_bytes = 2000, .max_total_bytes = 3000};
    memset(&w, 0, sizeof w);
    w.side[0].total = w.side[1].total = 0;
    assert_int_equal(flow_new(&w.flow, &o, on_event, &w), PP_OK);
    for (unsigned i = 0; i < 200000; i++) {
        struct cap_segment seg = {.ts_ns = roll(&d, 1000),
                                  .src = end_at(1, (uint16_t)roll(&d, 3)),
                                  .dst = end_at(roll(&d, 2), (uint16_t)roll(&d, 3)),
                                  .flags = (uint8_t)(roll(&d, 3) != 0 ? CAP_ACK : roll(&d, 32)),
                                  .seq = roll(&d, 4) != 0 ? roll(&d, 300) : roll(&d, 0x7fffffff) * 2,
                                  .ack = roll(&d, 4) != 0 ? roll(&d, 300) : roll(&d, 0x7fffffff) * 2,
                                  .payload = bytes,
                                  .payload_bytes = roll(&d, 2) * roll(&d, 60)};
        seg.wire_bytes = seg.payload_bytes + (roll(&d, 8) == 0 ? roll(&d, 100) : 0);
        flow_on_segment(w.flow, &seg);
        for (int s = 0; s < 2; s++) /* content and order are not to be judged here */
            w.side[s] = (struct side){.last_ns = INT64_MIN};
    }
    struct flow_counters n;
    flow_finish(w.flow, 0);
    flow_get_counters(w.flow, &n);
    assert_true(n.buffered_peak_bytes <= 3000);
    assert_int_equal(n.opened, n.closed);
    assert_int_equal(w.opens, n.opened);
    assert_int_equal(w.closes, n.closed);
    assert_true(n.opened > 100);
    flow_free(&w.flow);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_everything_arrives),
        cmocka_unit_test(test_losses_add_up),
        cmocka_unit_test(test_short_snaplen_adds_up),
        cmocka_unit_test(test_tight_limits_add_up),
        cmocka_unit_test(test_garbage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

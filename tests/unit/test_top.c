/* summary: poolprobe top: averages from samples, the split of requests, queries, sorting, pages within their
 * size, hostile texts */
#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"
#include "test_view_hostile.h"
#include "top_draw.h"
#include "top_model.h"
#include "view_width.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define T0 (INT64_C(1700000000) * NS_PER_S)
#define MS(n) (T0 + (n)*NS_PER_MS)

struct rig {
    struct top_model *m;
    struct ses_sink s;
    struct top_frame f;
};

static int set_up(void **state)
{
    struct rig *r = calloc(1, sizeof *r);

    if (r == NULL || top_model_new(&r->m, T0) != PP_OK)
        return -1;
    r->s = top_model_sink(r->m);
    *state = r;
    return 0;
}

static int tear_down(void **state)
{
    struct rig *r = *state;

    top_model_free(&r->m);
    free(r);
    return 0;
}

static bool is_near(double a, double b)
{
    return fabs(a - b) < 1e-9;
}

static void add_pool(struct rig *r, uint64_t id, const char *user)
{
    r->s.pool(r->s.priv, &(struct ses_pool){.id = id,
                                            .client_host = "10.0.0.1",
                                            .server = "10.0.0.2:3306",
                                            .user = user,
                                            .db = "shop",
                                            .pid = "",
                                            .program_name = ""});
}

static void connection(struct rig *r, uint64_t id, uint64_t pool_id, bool final)
{
    r->s.connection(r->s.priv, &(struct ses_connection){.id = id, .pool_id = pool_id, .final = final});
}

static void statement(struct rig *r, uint64_t conn_id, uint64_t digest, const char *text, int64_t ns)
{
    r->s.statement(r->s.priv, &(struct ses_statement){.conn_id = conn_id,
                                                      .digest = digest,
                                                      .digest_text = text,
                                                      .sent_ns = T0,
                                                      .last_ns = T0 + ns,
                                                      .ok = digest != 13,
                                                      .complete = true});
}

static void in_txn(struct rig *r, uint64_t conn_id, uint64_t txn_id)
{
    r->s.statement(r->s.priv, &(struct ses_statement){.conn_id = conn_id,
                                                      .digest_text = "",
                                                      .txn_id = txn_id,
                                                      .sent_ns = T0,
                                                      .last_ns = T0 + 1,
                                                      .ok = true,
                                                      .complete = true});
}

static void sample(struct rig *r, int64_t at_ns, uint64_t requests, uint64_t transferring)
{
    top_model_begin_sample(r->m, at_ns, requests, transferring);
    top_model_end_sample(r->m);
}

static void assert_adds_up(const struct top_frame *f)
{
    int64_t sum = 0;

    for (int i = 0; i < TOP_LINES; i++)
        sum += f->line_ns[i];
    assert_true(sum == f->in_flight_ns);
}

static void nothing_seen(void **state)
{
    struct rig *r = *state;

    sample(r, MS(1000), 0, 0);
    top_model_take(r->m, &r->f);
    assert_int_equal(r->f.span_ns, NS_PER_S);
    assert_int_equal(r->f.pool_count + r->f.query_count + r->f.requests + r->f.statements, 0);
    assert_adds_up(&r->f);
    top_model_take(r->m, &r->f); /* an interval without length */
    assert_int_equal(r->f.span_ns, 0);
}

/* Two connections of one pool: one in a transaction and thinking, one with a command; five requests. */
static void split_and_waiting(void **state)
{
    struct rig *r = *state;

    add_pool(r, 1, "app");
    connection(r, 10, 1, false);
    connection(r, 11, 1, false);
    in_txn(r, 10, 7);
    top_model_begin_sample(r->m, MS(500), 5, 1);
    top_model_command(r->m, 11, TOP_COMMAND_PLAIN);
    top_model_end_sample(r->m);
    /* Then the transaction commits, and for the other half of the second nothing runs. */
    top_model_begin_sample(r->m, MS(600), 5, 1);
    top_model_command(r->m, 10, TOP_COMMAND_COMMIT);
    top_model_end_sample(r->m);
    r->s.txn(r->s.priv, &(struct ses_txn){.id = 7, .conn_id = 10});
    in_txn(r, 10, 7); /* its last statement names it too: it stays ended */
    sample(r, MS(1000), 0, 0);
    top_model_take(r->m, &r->f);
    assert_adds_up(&r->f);
    assert_int_equal(r->f.in_flight_ns, 5 * 600 * NS_PER_MS);
    assert_int_equal(r->f.line_ns[TOP_TRANSFER], 600 * NS_PER_MS);
    assert_int_equal(r->f.line_ns[TOP_STATEMENT], 500 * NS_PER_MS);
    assert_int_equal(r->f.line_ns[TOP_COMMIT], 100 * NS_PER_MS);
    assert_int_equal(r->f.line_ns[TOP_TXN_IDLE], 500 * NS_PER_MS);
    assert_int_equal(r->f.line_ns[TOP_REST], (2 * 500 + 3 * 100) * NS_PER_MS);
    assert_int_equal(r->f.pool_count, 1);
    const struct top_pool *p = &r->f.pools[0];
    assert_string_equal(p->name, "app@10.0.0.2:3306/shop");
    assert_true(is_near(p->open, 2));
    assert_true(is_near(p->busy, 2 * 0.5 + 0.1));
    assert_true(is_near(p->idle, 0.5));
    assert_true(is_near(p->saturated, 0.5));
    /* Of five: one in transfer, two served. In the 100 ms a connection was free: nobody waited for one. */
    assert_true(is_near(p->waiting, 2 * 0.5));
    assert_true(is_near(r->f.waiting, 1));
}

/* More commands than requests (a fan-out): no line goes beyond what is in flight. */
static void more_commands_than_requests(void **state)
{
    struct rig *r = *state;

    add_pool(r, 1, "app");
    for (uint64_t id = 1; id <= 4; id++)
        connection(r, id, 1, false);
    top_model_begin_sample(r->m, MS(100), 2, 0);
    for (uint64_t id = 1; id <= 4; id++)
        top_model_command(r->m, id, id == 4 ? TOP_COMMAND_COMMIT : TOP_COMMAND_PLAIN);
    top_model_command(r->m, 99, TOP_COMMAND_CONNECT);
    top_model_end_sample(r->m);
    top_model_take(r->m, &r->f);
    assert_adds_up(&r->f);
    assert_int_equal(r->f.line_ns[TOP_STATEMENT], 200 * NS_PER_MS);
    assert_int_equal(r->f.line_ns[TOP_COMMIT] + r->f.line_ns[TOP_REST], 0);
    assert_true(is_near(r->f.pools[0].waiting, 0));
    assert_true(is_near(r->f.dialling, 1));
}

static void connections_come_and_go(void **state)
{
    struct rig *r = *state;

    add_pool(r, 1, "app");
    connection(r, 1, 1, false);
    connection(r, 1, 1, false); /* told twice: the same one */
    connection(r, 2, 1, false);
    connection(r, 3, 0, false); /* never authenticated */
    in_txn(r, 2, 5);
    connection(r, 2, 1, true);
    connection(r, 2, 1, true);
    sample(r, MS(1000), 0, 0);
    top_model_take(r->m, &r->f);
    assert_int_equal(r->f.pools[0].now_open, 1);
    assert_true(is_near(r->f.pools[0].busy, 0));
    connection(r, 1, 1, true);
    sample(r, MS(2000), 0, 0);
    top_model_take(r->m, &r->f);
    assert_int_equal(r->f.pool_count, 0);
    /* More pools than there is room for: those without a connection make room. */
    for (uint64_t id = 2; id < 2 + TOP_POOLS_MAX; id++) {
        add_pool(r, id, "other");
        connection(r, 100 + id, id, false);
    }
    add_pool(r, 1000, "late");
    connection(r, 1000, 1000, false);
    sample(r, MS(3000), 0, 0);
    top_model_take(r->m, &r->f);
    assert_int_equal(r->f.pool_count, TOP_POOLS_MAX);
    assert_int_equal(r->f.pools_left_out, 1);
}

static void queries_and_sorting(void **state)
{
    struct rig *r = *state;
    uint16_t order[TOP_QUERIES_MAX + 1];

    for (int i = 0; i < 100; i++)
        statement(r, 1, 11, "select a", NS_PER_MS);
    for (int i = 0; i < 10; i++)
        statement(r, 1, 12, "select b", 30 * NS_PER_MS);
    statement(r, 1, 13, "select c", 50 * NS_PER_MS);
    sample(r, MS(1000), 0, 0);
    top_model_take(r->m, &r->f);
    assert_int_equal(r->f.statements, 111);
    assert_int_equal(r->f.statement_errors, 1);
    assert_int_equal(r->f.query_count, 3);
    top_frame_sort(&r->f, TOP_BY_TIME, order);
    assert_string_equal(r->f.queries[order[0]].text, "select b");
    assert_string_equal(r->f.queries[order[1]].text, "select a");
    top_frame_sort(&r->f, TOP_BY_COUNT, order);
    assert_string_equal(r->f.queries[order[0]].text, "select a");
    top_frame_sort(&r->f, TOP_BY_P95, order);
    assert_string_equal(r->f.queries[order[0]].text, "select c");
    assert_string_equal(r->f.queries[order[2]].text, "select a");
    top_frame_sort(&r->f, TOP_BY_ERRORS, order);
    assert_string_equal(r->f.queries[order[0]].text, "select c");
    assert_string_equal(r->f.queries[order[1]].text, "select b"); /* no errors: by time */
    assert_in_range(r->f.queries[order[1]].p95_ns, 29 * NS_PER_MS, 31 * NS_PER_MS);
    /* The next interval knows nothing of it. */
    sample(r, MS(2000), 0, 0);
    top_model_take(r->m, &r->f);
    assert_int_equal(r->f.query_count, 0);
}

static void more_queries_than_room(void **state)
{
    struct rig *r = *state;
    char text[32];
    uint64_t counted = 0;

    for (uint64_t d = 1; d <= TOP_QUERIES_MAX + 50; d++) {
        (void)snprintf(text, sizeof text, "select %u", (unsigned)d);
        statement(r, 1, d + 100, text, NS_PER_MS);
    }
    sample(r, MS(1000), 0, 0);
    top_model_take(r->m, &r->f);
    assert_int_equal(r->f.query_count, TOP_QUERIES_MAX + 1);
    assert_string_equal(r->f.queries[TOP_QUERIES_MAX].text, "(other statements)");
    for (size_t i = 0; i < r->f.query_count; i++)
        counted += r->f.queries[i].count;
    assert_int_equal(counted, TOP_QUERIES_MAX + 50);
    /* The table was full and started over. */
    statement(r, 1, 9999, "select new", NS_PER_MS);
    sample(r, MS(2000), 0, 0);
    top_model_take(r->m, &r->f);
    assert_int_equal(r->f.query_count, 1);
    assert_string_equal(r->f.queries[0].text, "select new");
}

static void requests_and_gaps(void **state)
{
    struct rig *r = *state;
    struct ses_request q = {.arrival_ns = T0, .last_ns = MS(20), .status = 200, .complete = true};

    r->s.request(r->s.priv, &q);
    q.status = 503;
    r->s.request(r->s.priv, &q);
    q.complete = false; /* no latency is known */
    r->s.request(r->s.priv, &q);
    r->s.gap(r->s.priv, &(struct ses_gap){.bytes = 10});
    sample(r, MS(1000), 0, 0);
    top_model_take(r->m, &r->f);
    assert_int_equal(r->f.requests, 2);
    assert_int_equal(r->f.request_errors, 1);
    assert_int_equal(r->f.gaps, 1);
    assert_in_range(r->f.request_p50_ns, 19 * NS_PER_MS, 21 * NS_PER_MS);
}

static void busy_frame(struct rig *r)
{
    for (uint64_t id = 1; id <= 12; id++) {
        char *name = hostile_new((int)(id % HOSTILE_COUNT));
        add_pool(r, id, name);
        connection(r, id, id, false);
        statement(r, id, id, name, NS_PER_MS * (int64_t)id);
        free(name);
    }
    sample(r, MS(500), 3, 1);
    sample(r, MS(1000), 4, 0);
    top_model_take(r->m, &r->f);
}

/* Each line valid UTF-8 without controls, none wider and no more than asked for. */
static void assert_page(const struct buf *page, int columns, int rows)
{
    int n = 0;
    const char *at = (const char *)page->data;
    const char *end = at + page->len;

    assert_true(text_is_utf8(page->data, page->len));
    while (at < end) {
        char line[4096];
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        assert_non_null(stop);
        if (*at == TOP_DRAW_TITLE)
            at++;
        assert_in_range(stop - at, 0, sizeof line - 1);
        memcpy(line, at, (size_t)(stop - at));
        line[stop - at] = 0;
        for (const char *p = line; *p != 0; p++)
            assert_true((unsigned char)*p >= 0x20 && *p != 0x7f);
        assert_null(strstr(line, "\xc2\x9b"));     /* CSI */
        assert_null(strstr(line, "\xe2\x80\xae")); /* right-to-left override */
        assert_in_range(view_width(line), 0, columns);
        at = stop + 1;
        n++;
    }
    if (rows > 0)
        assert_in_range(n, 1, rows);
}

static void pages_fit(void **state)
{
    struct rig *r = *state;
    static const int sizes[][2] = {{80, 24}, {80, 1}, {20, 5}, {132, 50}, {300, 200}, {160, 0}};

    busy_frame(r);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        for (int help = 0; help < 2; help++) {
            struct buf page;
            struct top_look look = {.source = "file \033[2J\xe2\x80\xae.pcap",
                                    .message = "",
                                    .columns = sizes[i][0],
                                    .rows = sizes[i][1],
                                    .help = help != 0,
                                    .keys = sizes[i][1] > 0};
            buf_init(&page, (size_t)1 << 20);
            assert_int_equal(top_draw(&page, &r->f, &look), PP_OK);
            assert_page(&page, look.columns, look.rows);
            buf_fini(&page);
        }
}

static void at_80x24_all_parts_are_there(void **state)
{
    struct rig *r = *state;
    static const char *const parts[] = {"requests ",      "p95",         "statements ",   "dropped",
                                        "in flight",      "waiting/app", "share",         "~WAITING",
                                        "more; w writes", "CALLS/S",     "QUERY by time", "q quit"};
    struct buf page;
    struct top_look look = {.source = "x", .message = "", .columns = 80, .rows = 24, .keys = true};

    busy_frame(r);
    buf_init(&page, (size_t)1 << 20);
    assert_int_equal(top_draw(&page, &r->f, &look), PP_OK);
    assert_int_equal(buf_add_byte(&page, 0), PP_OK);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (strstr((const char *)page.data, parts[i]) == NULL)
            fail_msg("no '%s' in\n%s", parts[i], (const char *)page.data);
    buf_fini(&page);
}

static void times_have_units(void **state)
{
    (void)state;
    assert_string_equal(top_draw_time(0).s, "0 us");
    assert_string_equal(top_draw_time(850 * NS_PER_US).s, "850 us");
    assert_string_equal(top_draw_time(1234 * NS_PER_US).s, "1.23 ms");
    assert_string_equal(top_draw_time(45600 * NS_PER_US).s, "45.6 ms");
    assert_string_equal(top_draw_time(2 * NS_PER_S).s, "2.00 s");
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(nothing_seen),
        T(split_and_waiting),
        T(more_commands_than_requests),
        T(connections_come_and_go),
        T(queries_and_sorting),
        T(more_queries_than_room),
        T(requests_and_gaps),
        T(pages_fit),
        T(at_80x24_all_parts_are_there),
        T(times_have_units),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* summary: hand-made reports for the tests of the view stage */
#include "test_view_sample.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MS INT64_C(1000000)
#define S INT64_C(1000000000)
#define START (INT64_C(1763881752) * S + 123456789)

static struct hist *new_hist(struct sample *s)
{
    struct hist *h = hist_new();
    assert_non_null(h);
    assert_true(s->hist_count < sizeof s->hists / sizeof s->hists[0]);
    s->hists[s->hist_count++] = h;
    return h;
}

/* `n` values spread around mean_ns, the slowest three times as slow. */
static struct hist *spread(struct sample *s, uint64_t n, int64_t mean_ns)
{
    struct hist *h = new_hist(s);
    for (uint64_t i = 0; i < n; i++)
        hist_add(h,
                 mean_ns / 2 + mean_ns * (int64_t)(i % 97) / 120 + (i % 50 == 0 ? mean_ns : 0) + (int64_t)i);
    return h;
}

/* Splits what the histogram sums up to over the lines, the wait as an estimate. */
static void budget(struct ana_budget *b, const struct hist *h, int64_t wait_percent)
{
    b->requests = hist_count(h);
    b->total_ns = hist_sum(h);
    b->identified = true;
    b->ns[ANA_ACQUIRE_EXHAUSTED] = b->total_ns / 100 * wait_percent;
    b->ns[ANA_HTTP_NETWORK] = b->total_ns / 300;
    b->ns[ANA_STATEMENT] = (b->total_ns - b->ns[ANA_ACQUIRE_EXHAUSTED]) / 2;
    b->ns[ANA_COMMIT] = (b->total_ns - b->ns[ANA_ACQUIRE_EXHAUSTED]) / 7;
    b->ns[ANA_TXN_IDLE] = b->total_ns / 900;
    b->ns[ANA_APP] = (b->total_ns - b->ns[ANA_ACQUIRE_EXHAUSTED]) / 9;
    int64_t rest = b->total_ns;
    for (int i = 0; i < ANA_LINE_COUNT; i++)
        rest -= b->ns[i];
    b->ns[ANA_UNATTRIBUTED] = rest;
    for (int i = 0; i < ANA_LINE_COUNT; i++)
        b->low_ns[i] = b->high_ns[i] = b->ns[i];
    b->low_ns[ANA_ACQUIRE_EXHAUSTED] = b->ns[ANA_ACQUIRE_EXHAUSTED] / 100 * 96;
    b->high_ns[ANA_ACQUIRE_EXHAUSTED] = b->ns[ANA_ACQUIRE_EXHAUSTED] / 100 * 103;
}

static void fill_levels(struct sample *s, size_t count)
{
    static char load[] = "{\"concurrent_users\":10,\"throughput\":512.25,\"avg_response_time\":19.5,"
                         "\"p95_response_time\":26.125,\"p99_response_time\":40.5,\"big\":1e2}";
    for (size_t i = 0; i < count; i++) {
        struct ana_level *l = &s->levels[i];
        int64_t mean = (int64_t)(i + 1) * 18 * MS;
        l->id = (uint32_t)i + 1;
        l->users = (uint32_t)(i + 1) * 10;
        l->start_ns = START + (int64_t)i * 15 * S;
        l->end_ns = l->start_ns + 10 * S;
        l->requests = 5000 + i * 11;
        l->errors = i;
        l->incomplete = i == 2 ? 7 : 0;
        l->throughput = (double)l->requests / 10;
        l->latency.hist = spread(s, l->requests, mean);
        budget(&l->budget, l->latency.hist, i == 0 ? 5 : i < 11 ? 50 + (int64_t)i * 4 : 92);
        l->saturated = i ? 0.931 : 0.0002;
        l->mean_in_flight = 9.6 * (double)(i + 1);
        l->mean_busy = i ? 5 : 3.2;
        l->mean_open = 5;
        l->host[ANA_HOST_APP] = (struct ana_host_use){.known = true,
                                                      .cpu = 1.25,
                                                      .cpu_low = 1.2,
                                                      .cpu_high = 1.3,
                                                      .cpu_max = 1.5,
                                                      .limit = 2,
                                                      .use = 0.625,
                                                      .use_low = 0.6,
                                                      .use_high = 0.65,
                                                      .top_process = 0.9,
                                                      .top_thread = -1,
                                                      .run_delay = 0.3,
                                                      .throttled = 0.1,
                                                      .steal = -1,
                                                      .rss_mean_bytes = 5000000,
                                                      .rss_max_bytes = 6000000,
                                                      .processes = 4,
                                                      .threads = 9};
        l->statements = l->requests * 4;
        l->txns = l->requests;
        l->load_json = load;
    }
    s->report.levels = s->levels;
    s->report.level_count = count;
}

static void fill_pools(struct sample *s)
{
    s->pools[0] = (struct ana_pool){.id = 1,
                                    .client_host = "127.0.0.1",
                                    .server = "127.0.0.1:3306",
                                    .user = "app",
                                    .db = "shop",
                                    .pid = "4711",
                                    .program_name = "uvicorn",
                                    .application = true,
                                    .connections = 5,
                                    .checkouts = 20044,
                                    .open_min = 5,
                                    .open_max = 5,
                                    .busy_max = 5,
                                    .saturated = 0.884};
    s->pools[0].hold.hist = spread(s, 4000, 4 * MS);
    s->pools[0].dial.hist = spread(s, 5, 3 * MS);
    s->pools[1] = (struct ana_pool){.id = 2,
                                    .client_host = "127.0.0.1",
                                    .server = "127.0.0.1:3306",
                                    .user = "probe",
                                    .connections = 1,
                                    .open_min = 1,
                                    .open_max = 1};
    s->pools[1].hold.hist = new_hist(s);
    s->report.pools = s->pools;
    s->report.pool_count = 2;
}

static void fill_queries(struct sample *s)
{
    static char *const texts[] = {
        ("SELECT `id`, `name`, `email`, `created_at` FROM `users` WHERE `tenant_id` = ? AND `deleted_at` IS "
         "NULL ORDER BY `created_at` DESC LIMIT ?"),
        "INSERT INTO `orders` (`user_id`, `total`, `state`) VALUES (?, ?, ?)",
        "SELECT SLEEP ( ? )",
        "COMMIT",
        "[PING]",
    };
    for (size_t i = 0; i < 14; i++) {
        struct ana_query *q = &s->queries[i];
        *q = (struct ana_query){.digest = UINT64_MAX - i,
                                .text = texts[i % 5],
                                .count = 20044 >> i,
                                .rows = 200440 >> i,
                                .errors = i == 1 ? 3 : 0,
                                .share = 0.52 / (double)(1u << i),
                                .req_bytes = 1 << 20};
        q->latency.hist = i == 13 ? NULL : spread(s, 500, (int64_t)(20 - i) * MS / 8);
    }
    s->report.queries = s->queries;
    s->report.query_count = 14;
}

static void fill_rest(struct sample *s)
{
    struct ana_report *r = &s->report;
    s->endpoints[0] =
        (struct ana_endpoint){.method = "POST", .route = "/io-intensive", .requests = 4000, .errors = 2};
    s->endpoints[0].latency.hist = spread(s, 4000, 30 * MS);
    budget(&s->endpoints[0].budget, s->endpoints[0].latency.hist, 61);
    s->endpoints[1] =
        (struct ana_endpoint){.method = "GET", .route = "/users/{id}", .requests = 900, .incomplete = 1};
    s->endpoints[1].latency.hist = spread(s, 900, 3 * MS);
    budget(&s->endpoints[1].budget, s->endpoints[1].latency.hist, 22);
    r->endpoints = s->endpoints;
    r->endpoint_count = 2;
    for (size_t i = 0; i < 3; i++)
        s->connections[i] = (struct ana_connection){.id = i + 1,
                                                    .pool_id = 1,
                                                    .client = "127.0.0.1:51234",
                                                    .server = "127.0.0.1:3306",
                                                    .user = "app",
                                                    .db = "shop",
                                                    .visibility = "plain",
                                                    .close_why = "fin",
                                                    .thread_id = 42 + (uint32_t)i,
                                                    .open_ns = START + 5 * MS,
                                                    .ready_ns = START + 8 * MS,
                                                    .close_ns = i ? START + 20 * S : 0,
                                                    .tcp_ns = 40000,
                                                    .greeting_ns = 90000,
                                                    .auth_ns = i == 2 ? -1 : 2100000,
                                                    .busy_ns = 9 * S,
                                                    .statements = 4012,
                                                    .txns = 1003,
                                                    .checkouts = 1003};
    s->connections[3] = (struct ana_connection){.id = UINT64_MAX,
                                                .pool_id = 2,
                                                .connect_errno = 1040,
                                                .tcp_ns = -1,
                                                .greeting_ns = -1,
                                                .auth_ns = -1};
    r->connections = s->connections;
    r->connection_count = 4;
    static const char *const settings[][3] = {{"pool", "max", "5"},
                                              {"pool", "min", "5"},
                                              {"mysql", "max_connections", "151"},
                                              {"mysql", "init_connect", ""}};
    for (size_t i = 0; i < 4; i++)
        s->settings[i] =
            (struct ana_setting){(char *)(uintptr_t)settings[i][0], (char *)(uintptr_t)settings[i][1],
                                 (char *)(uintptr_t)settings[i][2]};
    r->settings = s->settings;
    r->setting_count = 4;
    r->txns = (struct ana_txn_summary){.count = 20000,
                                       .commits = 19800,
                                       .rollbacks = 150,
                                       .implicit = 40,
                                       .closed = 10,
                                       .errors = 3,
                                       .statements = 60100};
    r->txns.duration.hist = spread(s, 1000, 9 * MS);
    r->txns.commit.hist = spread(s, 1000, 2 * MS);
    r->txns.idle.hist = spread(s, 1000, MS / 5);
}

static void fill_findings(struct sample *s)
{
    s->findings[0] = (struct ana_finding){
        .rule = "pool_too_small",
        .severity = ANA_PROBLEM,
        .level_id = 2,
        .text = "At 20 users and more, the pool of 5 connections is the limit: a request waits 19.4 ms of "
                "its 36.0 ms for "
                "a connection.",
        .evidence =
            "every connection was busy 93.1 % of the time; 5.0 of 5.0 connections busy on average; no dial "
            "was in progress; MySQL answered a statement in 1.2 ms as with 10 users",
        .against =
            "with more connections the server may become slower: try 10 (poolprobe predict RUN --pool 10)"};
    s->findings[1] = (struct ana_finding){.rule = "errors",
                                          .severity = ANA_NOTICE,
                                          .text = "3 statements ended in an error.",
                                          .evidence = "1062 × 3 in INSERT INTO `orders` …"};
    s->findings[2] =
        (struct ana_finding){.rule = "coverage",
                             .severity = ANA_INFO,
                             .text = "The wire shows 99.9 % of the statements that the server counted."};
    s->report.findings = s->findings;
    s->report.finding_count = 3;
}

/* Waves that are the same in every run of the tests. */
static void fill_pictures(struct sample *s)
{
    struct ana_report *r = &s->report;
    int64_t span = r->end_ns - r->start_ns;
    if (span <= 0)
        return;
    for (size_t i = 0; i < SAMPLE_POINTS; i++)
        s->points[i] = (struct ana_series_point){.open = 5,
                                                 .busy = i % 30 < 20 ? 5 : 1.5,
                                                 .in_flight = (double)(i / 30 + 1) * 10 + (double)(i % 3),
                                                 .open_max = 5,
                                                 .busy_max = 5,
                                                 .in_flight_max = 33,
                                                 .saturated = i % 30 < 20 ? 0.9 : 0,
                                                 .requests = 50};
    r->series = (struct ana_series){START, span / SAMPLE_POINTS, s->points, SAMPLE_POINTS};
    for (size_t k = 0; k <= SAMPLE_ROWS; k++)
        s->edges[k] = (INT64_C(1) << k) * MS;
    for (size_t i = 0; i < SAMPLE_COLUMNS * SAMPLE_ROWS; i++)
        s->cells[i] = (uint32_t)(i % 7 * (i % 5));
    r->heatmap =
        (struct ana_heatmap){START, span / SAMPLE_COLUMNS, SAMPLE_COLUMNS, SAMPLE_ROWS, s->edges, s->cells};
    for (size_t i = 0; i < SAMPLE_LANES; i++) {
        memset(s->use[i], (int)(20 * i), SAMPLE_COLUMNS);
        s->lanes[i] = (struct ana_lane){i + 1, START, 0, i * 10, 10, s->use[i]};
        for (size_t k = 0; k < 10; k++)
            s->segments[i * 10 + k] =
                (struct ana_lane_segment){START + S + (int64_t)(k * 80 + i * 7) * MS,
                                          START + S + (int64_t)(k * 80 + i * 7 + 60 - 40 * (k % 2)) * MS,
                                          k % 2 ? ANA_LANE_STATEMENT : ANA_LANE_HELD};
    }
    r->lanes = (struct ana_lanes){.lanes = s->lanes,
                                  .count = SAMPLE_LANES,
                                  .left_out = 3,
                                  .column_start_ns = START,
                                  .column_ns = span / SAMPLE_COLUMNS,
                                  .columns = SAMPLE_COLUMNS,
                                  .window_start_ns = START + S,
                                  .window_end_ns = START + 2 * S,
                                  .level_id = 1,
                                  .segments = s->segments,
                                  .segment_count = SAMPLE_LANES * 10};
    static const enum ana_line parts[] = {ANA_ACQUIRE_EXHAUSTED, ANA_STATEMENT, ANA_TXN_IDLE, ANA_COMMIT};
    for (size_t i = 0; i < 3; i++) {
        struct ana_slow_request *q = &s->slow[i];
        int64_t step = (int64_t)(100 - 20 * i) * MS;
        *q = (struct ana_slow_request){.pieces = s->pieces + 4 * i, .piece_count = 4};
        q->row = (struct ana_request_row){.id = i + 1,
                                          .status = 200,
                                          .method = s->endpoints[0].method,
                                          .route = s->endpoints[0].route,
                                          .level_id = 1,
                                          .arrival_ns = START + S,
                                          .latency_ns = 4 * step,
                                          .how = ANA_JOIN_INFERRED,
                                          .confidence = 0.9,
                                          .checkouts = 1,
                                          .statements = 3};
        for (size_t k = 0; k < 4; k++) {
            q->row.ns[parts[k]] = step;
            q->pieces[k] = (struct ana_slow_piece){START + S + (int64_t)k * step,
                                                   START + S + (int64_t)(k + 1) * step, parts[k], 2};
        }
    }
    r->slowest = s->slow;
    r->slowest_count = 3;
    r->verdict[0] = "At 30 users a request waits for a connection most of its time.";
    r->verdict[1] = "From 10 to 30 users throughput went from 500 to 502 requests a second.";
}

void sample_init(struct sample *s, size_t levels)
{
    memset(s, 0, sizeof *s);
    struct ana_report *r = &s->report;
    r->path = "results/pool-5.run.db";
    r->version = "poolprobe 0.1.0";
    r->command = "poolload --url http://127.0.0.1:8000 --endpoint 'POST /io-intensive' --users 10:100:10";
    r->start_ns = START;
    r->end_ns = START + (int64_t)levels * 15 * S;
    r->capture = (struct ana_capture){.source = "live lo",
                                      .packets = 1234567,
                                      .bytes = 345678901,
                                      .statements = 80176,
                                      .cpu_seconds = 3.21,
                                      .complete = true};
    r->coverage = (struct ana_coverage){.wire_statements = 80176,
                                        .server_known = true,
                                        .server_statements = 80190,
                                        .ratio = 80176.0 / 80190,
                                        .plain = 6};
    fill_levels(s, levels);
    fill_pools(s);
    fill_queries(s);
    fill_rest(s);
    fill_findings(s);
    fill_pictures(s);
}

void sample_init_empty(struct sample *s)
{
    memset(s, 0, sizeof *s);
    s->report.path = "empty.run.db";
    s->report.capture.cpu_seconds = -1;
    s->report.capture.complete = true;
}

void sample_set_texts(struct sample *s, char *text)
{
    struct ana_report *r = &s->report;
    r->path = r->version = r->command = r->capture.source = r->coverage.why_not = text;
    r->verdict[0] = r->verdict[1] = text;
    for (size_t i = 0; i < r->level_count; i++) {
        s->levels[i].load_json = text;
        s->levels[i].budget.identified = false;
        s->levels[i].budget.why_not = text;
    }
    for (size_t i = 0; i < r->pool_count; i++)
        s->pools[i].client_host = s->pools[i].server = s->pools[i].user = s->pools[i].db = s->pools[i].pid =
            s->pools[i].program_name = text;
    for (size_t i = 0; i < r->query_count; i++)
        s->queries[i].text = text;
    for (size_t i = 0; i < r->endpoint_count; i++)
        s->endpoints[i].method = s->endpoints[i].route = text;
    for (size_t i = 0; i < r->slowest_count; i++)
        s->slow[i].row.method = s->slow[i].row.route = text;
    for (size_t i = 0; i < r->connection_count; i++)
        s->connections[i].client = s->connections[i].server = s->connections[i].user = s->connections[i].db =
            s->connections[i].visibility = s->connections[i].close_why = text;
    for (size_t i = 0; i < r->setting_count; i++)
        s->settings[i] = (struct ana_setting){text, text, text};
    for (size_t i = 0; i < r->finding_count; i++)
        s->findings[i].text = s->findings[i].evidence = s->findings[i].against = text;
}

void sample_fini(struct sample *s)
{
    for (size_t i = 0; i < s->hist_count; i++)
        hist_free(&s->hists[i]);
}

/* Of one request: a third of the latency in statements, the rest in the application. */
static struct ana_budget one_request(int64_t latency_ns)
{
    struct ana_budget b = {.requests = 1, .total_ns = latency_ns, .identified = true};
    b.ns[ANA_STATEMENT] = latency_ns / 3;
    b.ns[ANA_APP] = latency_ns - b.ns[ANA_STATEMENT];
    for (int i = 0; i < ANA_LINE_COUNT; i++)
        b.low_ns[i] = b.high_ns[i] = b.ns[i];
    return b;
}

static void split_level(struct ana_diff_level *l)
{
    static const double quantiles[ANA_DIFF_PERCENTILES] = {0.50, 0.95, 0.99};
    for (int i = 0; i < ANA_DIFF_PERCENTILES; i++) {
        struct ana_diff_percentile *p = &l->percentiles[i];
        *p = (struct ana_diff_percentile){.q = quantiles[i],
                                          .known = true,
                                          .a = one_request(hist_quantile(l->a->latency.hist, quantiles[i])),
                                          .b = one_request(hist_quantile(l->b->latency.hist, quantiles[i])),
                                          .window_a = 10,
                                          .window_b = 12};
        for (int k = 0; k < ANA_LINE_COUNT; k++)
            p->lines[k] =
                (struct ana_change){true, (double)p->a.ns[k] / 1e6, (double)p->b.ns[k] / 1e6, -1, 2, 3};
    }
    l->throughput = (struct ana_change){true, l->a->throughput, l->b->throughput, -1, 300, 5};
    l->rate_known = true;
    l->rate_parts[ANA_APP] = (struct ana_change){true, 0, l->throughput.b - l->throughput.a, -2, 301, 5};
}

void sample_diff_init(struct sample_diff *d, struct sample *a, struct sample *b)
{
    memset(d, 0, sizeof *d);
    size_t n = a->report.level_count > b->report.level_count ? a->report.level_count : b->report.level_count;
    for (size_t i = 0; i < n; i++) {
        const struct ana_level *la = i < a->report.level_count ? &a->levels[i] : NULL;
        const struct ana_level *lb = i < b->report.level_count ? &b->levels[i] : NULL;
        d->levels[i] = (struct ana_diff_level){.users = la ? la->users : lb->users, .a = la, .b = lb};
        if (la && lb)
            split_level(&d->levels[i]);
    }
    d->settings[0] =
        (struct ana_diff_setting){a->settings[0].scope, a->settings[0].name, a->settings[0].value, "100"};
    d->settings[1] =
        (struct ana_diff_setting){a->settings[2].scope, a->settings[2].name, NULL, a->settings[2].value};
    for (size_t i = 0; i < 3; i++)
        d->queries[i] = (struct ana_diff_query){
            .text = a->queries[i].text, .a = &a->queries[i], .b = i < 2 ? &b->queries[i + 1] : NULL};
    d->queries[0].mean_ms = (struct ana_change){true, 1, 3, 1.5, 2.5, 0.7};
    d->queries[0].p95_ms = (struct ana_change){true, 4, 3, -2.5, 0.5, 2.1};
    d->endpoints[0] = (struct ana_diff_endpoint){.method = a->endpoints[0].method,
                                                 .route = a->endpoints[0].route,
                                                 .a = &a->endpoints[0],
                                                 .b = &b->endpoints[0]};
    d->causes[0] =
        (struct ana_diff_cause){"pool size 5-5 → 100-100", ANA_SUPPORTED,
                                "the wait for a connection went from 123.4 ms to 0.1 ms a request", NULL};
    d->causes[1] = (struct ana_diff_cause){"max_connections 151 → 10000", ANA_REFUTED, NULL,
                                           "no connection was refused in A: 5 of 151 were open"};
    d->causes[2] =
        (struct ana_diff_cause){"CPU limit of the server 1 → 8", ANA_NOT_IDENTIFIABLE, NULL,
                                "it changed together with the pool size; one run with each alone would tell"};
    d->diff = (struct ana_diff){.a = &a->report,
                                .b = &b->report,
                                .levels = d->levels,
                                .level_count = n,
                                .settings = d->settings,
                                .setting_count = 2,
                                .queries = d->queries,
                                .query_count = 3,
                                .endpoints = d->endpoints,
                                .endpoint_count = 1,
                                .causes = d->causes,
                                .cause_count = 3};
}

char *sample_render(const struct ana_report *r, const struct view_options *options)
{
    char *text = NULL;
    size_t n = 0;
    struct pp_err err;
    FILE *f = open_memstream(&text, &n);
    assert_non_null(f);
    assert_int_equal(view_report(f, r, options, &err), PP_OK);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(strlen(text), n);
    return text;
}

char *sample_render_diff(const struct ana_diff *d, const struct view_options *options)
{
    char *text = NULL;
    size_t n = 0;
    struct pp_err err;
    FILE *f = open_memstream(&text, &n);
    assert_non_null(f);
    assert_int_equal(view_diff(f, d, options, &err), PP_OK);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(strlen(text), n);
    return text;
}

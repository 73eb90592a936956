/* summary: the text report: within 80 columns, safe on a terminal, sums that can be checked by hand, nothing
 * unsaid */
#include "base/text.h"
#include "test_view_hostile.h"
#include "test_view_sample.h"
#include "view_width.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include <cmocka.h>

/* Columns of n bytes by the C library, independently of the code under test. */
static int columns_of(const char *p, size_t n)
{
    int columns = 0;
    mbstate_t mb = {0};
    while (n > 0) {
        wchar_t w = 0;
        size_t used = mbrtowc(&w, p, n, &mb);
        assert_true(used > 0 && used <= n);
        int c = wcwidth(w);
        columns += c > 0 ? c : 0;
        p += used;
        n -= used;
    }
    return columns;
}

static void check_lines(const char *text, int width, bool ascii)
{
    assert_true(text_is_utf8(text, strlen(text)));
    for (const char *p = text; *p;) {
        size_t n = strcspn(p, "\n");
        for (size_t i = 0; i < n; i++) {
            assert_true((unsigned char)p[i] >= 0x20 && p[i] != 0x7f);
            assert_true(!ascii || (unsigned char)p[i] < 0x80);
        }
        if (columns_of(p, n) > width)
            fail_msg("%d columns: %.*s", columns_of(p, n), (int)n, p);
        assert_int_equal(p[n], '\n');
        p += n + 1;
    }
    for (const char *p = text; *p;) {
        uint32_t cp = 0;
        p += view_cp_next(p, &cp);
        assert_false(text_is_hidden(cp));
    }
}

static void check_all_modes(const struct ana_report *r)
{
    for (int by = VIEW_BY_ALL; by <= VIEW_BY_CHECKOUT; by++)
        for (int charset = VIEW_CHARSET_ASCII; charset <= VIEW_CHARSET_UTF8; charset++) {
            struct view_options o = {.by = (enum view_by)by, .charset = (enum view_charset)charset};
            char *text = sample_render(r, &o);
            check_lines(text, 80, charset == VIEW_CHARSET_ASCII);
            free(text);
        }
}

static void fits_80_columns(void **state)
{
    (void)state;
    static const size_t levels[] = {0, 1, 3, 5, 10, 40};
    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++) {
        struct sample s;
        sample_init(&s, levels[i]);
        check_all_modes(&s.report);
        sample_fini(&s);
    }
}

/* Figures as large as their types allow must not push a line over the edge. */
static void huge_figures_fit(void **state)
{
    (void)state;
    struct sample s;
    sample_init(&s, 6);
    for (size_t i = 0; i < 6; i++) {
        struct ana_level *l = &s.levels[i];
        l->id = l->users = UINT32_MAX;
        l->requests = l->errors = l->incomplete = l->statements = l->txns = UINT64_MAX;
        l->throughput = l->mean_in_flight = l->mean_busy = l->mean_open = 1.7e300;
        hist_add(l->latency.hist, INT64_MAX / 4);
        l->budget.total_ns = l->budget.ns[ANA_APP] = l->budget.high_ns[ANA_APP] = INT64_MAX / 4;
        l->budget.requests = 1;
    }
    s.pools[0].connections = s.pools[0].checkouts = s.pools[0].id = UINT64_MAX;
    s.pools[0].open_min = s.pools[0].open_max = s.pools[0].busy_max = UINT32_MAX;
    s.connections[0].statements = s.connections[0].txns = s.connections[0].checkouts = UINT64_MAX;
    s.connections[0].busy_ns = INT64_MAX;
    s.queries[0].count = s.queries[0].errors = s.queries[0].rows = UINT64_MAX;
    s.report.capture.kernel_drops = s.report.capture.gaps = s.report.capture.packets = UINT64_MAX;
    s.report.capture.lossy = true;
    check_all_modes(&s.report);
    sample_fini(&s);
}

static void hostile_texts_are_safe(void **state)
{
    (void)state;
    for (int i = 0; i < HOSTILE_COUNT; i++) {
        struct sample s, b;
        struct sample_diff d;
        char *text = hostile_new(i);
        sample_init(&s, 3);
        sample_init(&b, 6);
        sample_set_texts(&s, text);
        check_all_modes(&s.report);
        sample_diff_init(&d, &s, &b);
        for (int c = 0; c < 3; c++)
            d.causes[c].cause = d.causes[c].evidence = d.causes[c].against = text;
        struct view_options o = {.charset = VIEW_CHARSET_UTF8};
        char *out = sample_render_diff(&d.diff, &o);
        check_lines(out, 80, false);
        free(out);
        sample_fini(&s);
        sample_fini(&b);
        free(text);
    }
}

static void other_widths(void **state)
{
    (void)state;
    static const int widths[] = {60, 100, 132, 200};
    struct sample s;
    sample_init(&s, 10);
    for (size_t i = 0; i < sizeof widths / sizeof widths[0]; i++) {
        struct view_options o = {.width = widths[i], .charset = VIEW_CHARSET_UTF8};
        char *text = sample_render(&s.report, &o);
        check_lines(text, widths[i], false);
        free(text);
    }
    sample_fini(&s);
}

/* Adds the ms column of the first block after `from` and compares with its closing line, in units of the last
 * digit. */
static void check_block_sum(const char *from)
{
    long long added = 0;
    int lines = 0;
    for (const char *p = strchr(from, '\n') + 1;; p = strchr(p, '\n') + 1) {
        char *end = NULL;
        assert_int_equal(strncmp(p, "    ", 4), 0);
        long long units = strtoll(p + 26, &end, 10) * 100;
        assert_int_equal(*end, '.');
        units += strtoll(end + 1, &end, 10);
        assert_int_equal(strncmp(end, " ms", 3), 0);
        if (strncmp(p + 4, "= mean latency", 14) == 0) {
            assert_int_equal(added, units);
            assert_true(lines >= 6);
            return;
        }
        added += units;
        lines++;
    }
}

static void shown_lines_add_up(void **state)
{
    (void)state;
    struct sample s;
    struct view_options o = {.by = VIEW_BY_LEVEL, .charset = VIEW_CHARSET_ASCII};
    sample_init(&s, 9);
    char *text = sample_render(&s.report, &o);
    for (int users = 10; users <= 90; users += 10) {
        char head[32];
        (void)snprintf(head, sizeof head, "  %d users: ", users);
        const char *block = strstr(text, head);
        assert_non_null(block);
        check_block_sum(block);
    }
    assert_non_null(
        strstr(text, "no time in: client queue, wait: own dial, wait: pool dialling, wait: lost\n"));
    assert_null(strstr(text, "    client queue"));
    free(text);
    sample_fini(&s);
}

static void interval_and_bar_stand_beside_an_estimate(void **state)
{
    (void)state;
    struct sample s;
    struct view_options o = {.charset = VIEW_CHARSET_UTF8};
    sample_init(&s, 2);
    char *text = sample_render(&s.report, &o);
    const char *line = strstr(strstr(text, "20 users: "), "wait: pool exhausted");
    assert_non_null(line);
    size_t n = strcspn(line, "\n");
    assert_non_null(memmem(line, n, "\u2013", 3));
    assert_non_null(memmem(line, n, "54.0 %", 6));
    assert_non_null(memmem(line, n, "\u2588\u2588\u2588\u2588", 12));
    const char *measured = strstr(line, "commit");
    assert_null(memmem(measured, strcspn(measured, "\n"), "(", 1));
    free(text);
    sample_fini(&s);
}

static void empty_run_says_why(void **state)
{
    (void)state;
    struct sample s;
    struct view_options o = {.charset = VIEW_CHARSET_ASCII};
    sample_init_empty(&s);
    check_all_modes(&s.report);
    char *text = sample_render(&s.report, &o);
    assert_non_null(strstr(text, "No requests: the recording holds no packets."));
    assert_null(strstr(text, "p99"));
    free(text);
    s.report.capture.packets = 10;
    s.report.capture.tls_connections = 3;
    text = sample_render(&s.report, &o);
    assert_non_null(strstr(text, "was encrypted (TLS)"));
    free(text);
    s.report.capture.statements = 5;
    text = sample_render(&s.report, &o);
    assert_non_null(strstr(text, "--http-port"));
    free(text);
}

static void lossy_run_says_so_first(void **state)
{
    (void)state;
    struct sample s;
    sample_init(&s, 1);
    s.report.capture.lossy = true;
    s.report.capture.kernel_drops = 12;
    for (int by = VIEW_BY_ALL; by <= VIEW_BY_CHECKOUT; by++) {
        struct view_options o = {.by = (enum view_by)by, .charset = VIEW_CHARSET_ASCII};
        char *text = sample_render(&s.report, &o);
        const char *loss = strstr(text, "DATA LOST  12 packets dropped by the kernel");
        assert_non_null(loss);
        assert_true(loss < strstr(text, "-- "));
        free(text);
    }
    sample_fini(&s);
}

/* Removes what wrapping put in. */
static void join_lines(char *text)
{
    char *to = text;
    for (const char *p = text; *p; p++)
        if (*p != '\n' && *p != ' ')
            *to++ = *p;
    *to = '\0';
}

static void queries_are_cut_or_whole(void **state)
{
    (void)state;
    struct sample s;
    struct view_options o = {.charset = VIEW_CHARSET_UTF8};
    char *sql = hostile_new(7);
    sample_init(&s, 1);
    s.queries[0].text = sql;
    char *text = sample_render(&s.report, &o);
    assert_non_null(strstr(text, "\u2026\n"));
    assert_non_null(strstr(text, "and 4 more with"));
    free(text);
    o.by = VIEW_BY_QUERY;
    text = sample_render(&s.report, &o);
    assert_null(strstr(text, "more with"));
    join_lines(text);
    assert_non_null(strstr(text, sql));
    free(text);
    free(sql);
    sample_fini(&s);
}

static void colour_only_when_asked(void **state)
{
    (void)state;
    struct sample s;
    struct view_options o = {.charset = VIEW_CHARSET_ASCII};
    sample_init(&s, 2);
    char *text = sample_render(&s.report, &o);
    assert_null(strchr(text, '\033'));
    free(text);
    o.colour = true;
    text = sample_render(&s.report, &o);
    assert_non_null(strstr(text, "\033[1;31m"));
    free(text);
    sample_fini(&s);
}

/* Which share was exact, inferred and not joined; both methods' figures; the slowest requests. */
static void joins_beside_the_levels(void **state)
{
    (void)state;
    struct sample s;
    struct view_options o = {.charset = VIEW_CHARSET_ASCII};
    sample_init(&s, 2);
    char *text = sample_render(&s.report, &o);
    assert_null(strstr(text, "Requests joined"));
    free(text);
    s.report.joins = (struct ana_joins){.exact = 250, .inferred = 700, .none = 50, .confidence = 0.873};
    s.levels[1].joined = s.levels[1].budget;
    s.levels[1].joined.ns[ANA_APP] -= s.levels[1].joined.ns[ANA_APP];
    s.levels[1].slowest =
        (struct ana_budget){.requests = 7, .total_ns = INT64_C(7) * 1234000000, .identified = true};
    s.levels[1].slowest.ns[ANA_ACQUIRE_LOST_WAKEUP] = INT64_C(7) * 1000000000;
    s.levels[1].slowest.ns[ANA_COMMIT] = INT64_C(7) * 234000000;
    text = sample_render(&s.report, &o);
    assert_non_null(strstr(text, "Requests joined to their database work"));
    assert_non_null(
        strstr(text, "25.0 % exact by trace id, 70.0 % inferred (mean confidence\n  0.87), 5.0 % not"));
    const char *agreement = strstr(text, "application ms  joined\n"), *slow = strstr(text, "The slowest 1 %");
    assert_non_null(agreement);
    assert_non_null(strstr(agreement, "  20 users"));
    assert_null(strstr(agreement, "  10 users      ")); /* of it nothing was joined */
    assert_true(strstr(agreement, "  0.00\n") && strstr(agreement, "  0.00\n") < slow);
    assert_non_null(strstr(slow, "1234.0"));
    assert_non_null(strstr(slow, "1000.0"));
    assert_non_null(strstr(slow, "234.0"));
    free(text);
    sample_fini(&s);
}

static void budget_that_is_not_the_mean_says_so(void **state)
{
    (void)state;
    struct sample s;
    struct view_options o = {.charset = VIEW_CHARSET_ASCII};
    sample_init(&s, 1);
    hist_add_n(s.levels[0].latency.hist, INT64_C(900000000), 1000);
    s.levels[0].budget.identified = false;
    s.levels[0].budget.why_not = "no request could be joined";
    char *text = sample_render(&s.report, &o);
    assert_null(strstr(text, "= mean latency"));
    assert_non_null(strstr(text, "= sum of the lines"));
    assert_non_null(strstr(text, "The lines cover 5,000 of 6,000 requests"));
    assert_non_null(strstr(text, "not identified: no request could be joined"));
    free(text);
    sample_fini(&s);
}

static void diff_shows_causes_and_levels(void **state)
{
    (void)state;
    struct sample a, b;
    struct sample_diff d;
    struct view_options o = {.charset = VIEW_CHARSET_ASCII};
    sample_init(&a, 2);
    sample_init(&b, 3);
    b.levels[0].throughput = 750;
    sample_diff_init(&d, &a, &b);
    char *text = sample_render_diff(&d.diff, &o);
    check_lines(text, 80, true);
    assert_non_null(strstr(text, "supported           pool size 5-5 -> 100-100"));
    assert_non_null(strstr(text, "refuted             max_connections"));
    assert_non_null(strstr(text, "not identifiable    CPU limit"));
    assert_non_null(strstr(text, "10 users: 500.0 -> 750.0 requests/s"));
    assert_non_null(strstr(text, "+50.0 %"));
    assert_non_null(strstr(text, "30 users: only in B"));
    assert_non_null(strstr(text, "mysql max_connections: (not set) -> 151"));
    assert_non_null(strstr(text, "= p50"));
    assert_non_null(strstr(text, "= p99"));
    assert_non_null(strstr(text, "change of +250.0 a second"));
    assert_non_null(strstr(text, "mean +2.0"));
    assert_non_null(strstr(text, "no difference seen"));
    assert_non_null(strstr(text, "to tell a change from noise"));
    free(text);
    d.diff.level_count = d.diff.cause_count = d.diff.setting_count = d.diff.query_count = 0;
    text = sample_render_diff(&d.diff, &o);
    check_lines(text, 80, true);
    assert_non_null(strstr(text, "Neither run has a level with requests"));
    free(text);
    sample_fini(&a);
    sample_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fits_80_columns),
        cmocka_unit_test(huge_figures_fit),
        cmocka_unit_test(hostile_texts_are_safe),
        cmocka_unit_test(other_widths),
        cmocka_unit_test(shown_lines_add_up),
        cmocka_unit_test(interval_and_bar_stand_beside_an_estimate),
        cmocka_unit_test(empty_run_says_why),
        cmocka_unit_test(lossy_run_says_so_first),
        cmocka_unit_test(queries_are_cut_or_whole),
        cmocka_unit_test(colour_only_when_asked),
        cmocka_unit_test(joins_beside_the_levels),
        cmocka_unit_test(budget_that_is_not_the_mean_says_so),
        cmocka_unit_test(diff_shows_causes_and_levels),
    };
    if (setlocale(LC_CTYPE, "C.UTF-8") == NULL) {
        print_message("no C.UTF-8 locale: widths cannot be checked, skipped\n");
        return 0;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}

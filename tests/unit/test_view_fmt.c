/* summary: figures, rounding that adds up, widths against the C library's, and the file a report goes to */
#include "test_view_sample.h"
#include "view_fmt.h"
#include "view_width.h"

#include <fcntl.h>
#include <locale.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <wchar.h>

#include <cmocka.h>

static void figures(void **state)
{
    (void)state;
    assert_string_equal(view_ms(1234567, 3).s, "1.235");
    assert_string_equal(view_fixed(12345, 2).s, "123.45");
    assert_string_equal(view_fixed(-5, 3).s, "-0.005");
    assert_string_equal(view_fixed(7, 0).s, "7");
    assert_string_equal(view_fixed_signed(120, 2).s, "+1.20");
    assert_string_equal(view_count(999).s, "999");
    assert_string_equal(view_count(1000).s, "1,000");
    assert_string_equal(view_count(12034005).s, "12,034,005");
    assert_string_equal(view_count(UINT64_MAX).s, "1.84e+19");
    assert_string_equal(view_id(UINT64_MAX).s, "18446744073709551615");
    assert_string_equal(view_percent(0.681).s, "68.1 %");
    assert_string_equal(view_percent(0.0001).s, "<0.1 %");
    assert_string_equal(view_percent(0.99999).s, ">99.9 %");
    assert_string_equal(view_percent(1).s, "100.0 %");
    assert_string_equal(view_change(100, 50).s, "-50.0 %");
    assert_string_equal(view_change(0, 50).s, "");
    assert_string_equal(view_change(1, 20).s, "x 20");
    assert_string_equal(view_bytes(4096).s, "4.0 KiB");
    assert_string_equal(view_duration(130 * INT64_C(1000000000)).s, "2 min 10 s");
    assert_string_equal(view_time(INT64_C(1763881752123456789)).s, "2025-11-23 07:09:12 UTC");
    assert_string_equal(view_time(0).s, "unknown");
}

/* Shown figures add up to the shown whole for any split, and none is off by a unit or more. */
static void rounding_adds_up(void **state)
{
    (void)state;
    unsigned seed = 7;
    for (int round = 0; round < 20000; round++) {
        struct ana_budget b = {.requests = 1 + (uint64_t)rand_r(&seed) % 9000, .identified = true};
        for (int i = 0; i < ANA_LINE_COUNT; i++) {
            b.ns[i] = rand_r(&seed) % 3 == 0 ? 0 : (int64_t)rand_r(&seed) * (1 + rand_r(&seed) % 3000);
            b.total_ns += b.ns[i];
        }
        int64_t units[ANA_LINE_COUNT], tenths[ANA_LINE_COUNT], sum = 0, added = 0, shares = 0;
        view_round_budget(&b, 2, units, &sum);
        view_round_shares(&b, tenths);
        for (int i = 0; i < ANA_LINE_COUNT; i++) {
            double exact = view_budget_ms(&b, b.ns[i]) * 100;
            assert_true((double)units[i] > exact - 1 && (double)units[i] < exact + 1);
            assert_true(b.ns[i] != 0 || (units[i] == 0 && tenths[i] == 0));
            added += units[i];
            shares += tenths[i];
        }
        assert_int_equal(added, sum);
        assert_int_equal(shares, b.total_ns ? 1000 : 0);
    }
}

static void empty_budget_is_zero(void **state)
{
    (void)state;
    struct ana_budget b = {.requests = 0};
    int64_t units[ANA_LINE_COUNT], sum = 1;
    view_round_budget(&b, 2, units, &sum);
    assert_int_equal(sum, 0);
    view_round_shares(&b, units);
    assert_int_equal(units[ANA_APP], 0);
}

/* Never narrower than what the C library thinks, or lines would run over the edge. */
static void width_is_no_less_than_wcwidth(void **state)
{
    (void)state;
    locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    if (utf8 == (locale_t)0)
        skip();
    locale_t old = uselocale(utf8);
    int checked = 0;
    for (uint32_t cp = 0x20; cp < 0x110000; cp++) {
        int w = wcwidth((wchar_t)cp);
        if (w > view_cp_width(cp))
            fail_msg("U+%04X takes %d columns, counted as %d", cp, w, view_cp_width(cp));
        checked += w == 2;
    }
    (void)uselocale(old);
    freelocale(utf8);
    assert_true(checked > 100000); /* the comparison saw wide signs at all */
}

static void fit_stops_before_the_edge(void **state)
{
    (void)state;
    int used = 0;
    assert_int_equal(view_width("a\u6f22b"), 4);
    assert_int_equal(view_fit("a\u6f22b", 2, &used), 1);
    assert_int_equal(used, 1);
    assert_int_equal(view_fit("a\u6f22b", 3, &used), 4);
    assert_int_equal(used, 3);
}

static void load_figures(void **state)
{
    (void)state;
    struct view_load l =
        view_load_parse("{\"throughput\":12.5,\"p95_response_time\":null,\"p99_response_time\":9}");
    assert_true(l.known);
    assert_true(l.throughput > 12.4 && l.throughput < 12.6);
    assert_true(l.p95_ms < 0);
    assert_true(l.p99_ms > 8.9);
    l = view_load_parse("{\"load\":\"open\",\"p99_response_time\":9,\"corrected_p99_response_time\":90}");
    assert_true(l.p99_ms > 89.9);
    l = view_load_parse("{\"load\":\"closed\",\"p99_response_time\":9,\"corrected_p99_response_time\":90}");
    assert_true(l.p99_ms < 9.1);
    assert_false(view_load_parse("{broken").known);
    assert_false(view_load_parse("[1]").known);
    assert_false(view_load_parse(NULL).known);
}

/* Rates add up; percentiles are those of both histograms together, here 10 of 1 ms and 90 of 8 ms. */
static void load_figures_of_two_generators(void **state)
{
    (void)state;
    char first[256], second[256], *more[2] = {second, NULL};
    (void)snprintf(
        first, sizeof first,
        "{\"throughput\":10,\"avg_response_time\":1,\"p95_response_time\":1,\"avg_cpu_percent\":40,"
        "\"histogram\":{\"scheme\":\"log-linear-64\",\"buckets\":[[%u,10]]}}",
        hist_bucket_of(1000000));
    (void)snprintf(second, sizeof second,
                   "{\"throughput\":90,\"avg_response_time\":8,\"histogram\":{\"scheme\":\"log-linear-64\","
                   "\"buckets\":[[%u,90]]}}",
                   hist_bucket_of(8000000));
    struct ana_level level = {.load_json = first, .more_loads = more, .more_load_count = 1};
    struct view_load l = view_load_of(&level);
    assert_float_equal(l.throughput, 100, 1e-9);
    assert_float_equal(l.mean_ms, 7.3, 1e-9);
    assert_float_equal(l.p95_ms, 8, 0.08);
    assert_float_equal(l.cpu_percent, 40, 1e-9);
    char hostile[] =
        "{\"throughput\":1,\"histogram\":{\"scheme\":\"log-linear-64\",\"buckets\":[[1e99,-1]]}}";
    more[1] = hostile;
    level.more_load_count = 2;
    l = view_load_of(&level);
    assert_float_equal(l.throughput, 101, 1e-9);
    assert_true(l.p95_ms < 0 && l.mean_ms < 0);
}

static void loss_line_names_everything(void **state)
{
    (void)state;
    char line[512];
    struct ana_capture c = {.complete = true};
    assert_false(view_loss_line(&c, line, sizeof line));
    assert_string_equal(line, "");
    c = (struct ana_capture){.lossy = true,
                             .kernel_drops = 12,
                             .gaps = 1,
                             .gap_bytes = 100,
                             .store_drops = 2,
                             .statements = 10,
                             .voided_statements = 5,
                             .cut_off = true};
    assert_true(view_loss_line(&c, line, sizeof line));
    assert_string_equal(
        line, "12 packets dropped by the kernel; 1 gap in TCP streams (100 B); 2 statements dropped "
              "because the run file could not keep up; 5 of 10 statements voided; the capture file "
              "ends inside a packet; the recorder did not end cleanly");
    assert_true(view_loss_line(&c, line, 20)); /* cut, not overrun */
    assert_int_equal(strlen(line), 19);
}

static void words(void **state)
{
    (void)state;
    enum view_format f;
    enum view_by by;
    assert_true(view_parse_format("html", &f) && f == VIEW_HTML);
    assert_false(view_parse_format("HTML", &f));
    assert_true(view_parse_by("level", &by) && by == VIEW_BY_LEVEL);
    assert_true(view_parse_by("query", &by) && by == VIEW_BY_QUERY);
    assert_false(view_parse_by("all", &by));
}

static void read_back(const char *path, char *dst, size_t n)
{
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    size_t got = fread(dst, 1, n - 1, f);
    dst[got] = '\0';
    assert_int_equal(fclose(f), 0);
}

/* A failed report leaves the older one alone and no temporary file behind. */
static void file_appears_whole_or_not(void **state)
{
    (void)state;
    char dir[] = "/tmp/view-test-XXXXXX", path[64], text[16];
    struct view_file *f = NULL;
    struct pp_err err;
    assert_non_null(mkdtemp(dir));
    (void)snprintf(path, sizeof path, "%s/report", dir);
    assert_int_equal(view_file_new(&f, path, &err), PP_OK);
    assert_int_not_equal(access(path, F_OK), 0);
    assert_true(fputs("first", view_file_stream(f)) >= 0);
    assert_int_equal(view_file_free(&f, PP_OK, &err), PP_OK);
    assert_null(f);
    read_back(path, text, sizeof text);
    assert_string_equal(text, "first");

    assert_int_equal(chmod(path, 0640), 0);
    assert_int_equal(view_file_new(&f, path, &err), PP_OK);
    assert_true(fputs("second", view_file_stream(f)) >= 0);
    assert_int_equal(view_file_free(&f, PP_NOMEM, &err), PP_NOMEM);
    read_back(path, text, sizeof text);
    assert_string_equal(text, "first");

    assert_true(view_file_is_input(path, path));
    assert_false(view_file_is_input(dir, path));
    assert_false(view_file_is_input(NULL, path));

    struct stat st;
    assert_int_equal(view_file_new(&f, path, &err), PP_OK);
    assert_int_equal(view_file_free(&f, PP_OK, &err), PP_OK);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0640);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(dir), 0); /* empty: nothing was left behind */
}

static void file_errors_are_one_line(void **state)
{
    (void)state;
    struct view_file *f = NULL;
    struct pp_err err;
    struct sample s;
    struct view_options o = {.format = VIEW_JSON};
    assert_int_equal(view_file_new(&f, "/nonexistent-dir/report", &err), PP_NOENT);
    assert_null(f);
    assert_non_null(strstr(err.text, "/nonexistent-dir/report"));

    sample_init(&s, 2);
    assert_int_equal(view_file_new(&f, "/dev/full", &err), PP_OK); /* written in place, never replaced */
    assert_int_equal(view_report(view_file_stream(f), &s.report, &o, &err), PP_IO);
    assert_non_null(strstr(err.text, "No space left"));
    assert_int_equal(view_file_free(&f, PP_NOMEM, &err), PP_NOMEM);
    struct stat st;
    assert_int_equal(stat("/dev/full", &st), 0);
    assert_true(S_ISCHR(st.st_mode));

    int ends[2];
    void (*old)(int) = signal(SIGPIPE, SIG_IGN);
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(close(ends[0]), 0);
    FILE *p = fdopen(ends[1], "w");
    assert_non_null(p);
    assert_int_equal(view_report(p, &s.report, &o, &err), PP_IO);
    assert_non_null(strstr(err.text, "closed the pipe"));
    (void)fclose(p);
    (void)signal(SIGPIPE, old);
    sample_fini(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(figures),
        cmocka_unit_test(rounding_adds_up),
        cmocka_unit_test(empty_budget_is_zero),
        cmocka_unit_test(width_is_no_less_than_wcwidth),
        cmocka_unit_test(fit_stops_before_the_edge),
        cmocka_unit_test(load_figures),
        cmocka_unit_test(load_figures_of_two_generators),
        cmocka_unit_test(loss_line_names_everything),
        cmocka_unit_test(words),
        cmocka_unit_test(file_appears_whole_or_not),
        cmocka_unit_test(file_errors_are_one_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

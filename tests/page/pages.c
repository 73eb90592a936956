/* summary: writes the pages that the page tests open: whole, small, empty, hostile, huge, two runs */
#include "test_view_hostile.h"
#include "test_view_sample.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

/* What runs when a text of a recording reaches the page as markup or script. */
#define BREAKOUT                                                                                             \
    "</script><script>window.hostile=1</script></code></td><img src=x onerror=\"window.hostile=1\">"         \
    "<svg onload=window.hostile=1><!-- \xe2\x80\xa8 ' \" ${window.hostile=1} javascript:window.hostile=1"
#define BIG_CONNECTIONS ((size_t)10000)
#define BIG_QUERIES ((size_t)5000)

static const char *folder;

static void write_page(const char *name, char *text)
{
    char path[512];
    (void)snprintf(path, sizeof path, "%s/%s.html", folder, name);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_int_equal(fwrite(text, 1, strlen(text), f), strlen(text));
    assert_int_equal(fclose(f), 0);
    free(text);
}

static void write_report(const char *name, const struct ana_report *r)
{
    struct view_options o = {.format = VIEW_HTML};
    write_page(name, sample_render(r, &o));
}

static void write_diff(const char *name, struct sample *a, struct sample *b, char *text)
{
    struct view_options o = {.format = VIEW_HTML};
    struct sample_diff d;
    sample_diff_init(&d, a, b);
    if (text)
        d.causes[0].cause = d.causes[0].evidence = d.causes[0].against = text;
    d.diff.verdict[0] = d.diff.verdict[1] = text ? text : "One sentence of the comparison.";
    write_page(name, sample_render_diff(&d.diff, &o));
}

static void ordinary(void **state)
{
    (void)state;
    struct sample s, b;
    sample_init(&s, 3);
    write_report("report", &s.report);
    sample_init(&b, 4);
    write_diff("diff", &s, &b, NULL);
    sample_fini(&s);
    sample_fini(&b);
}

static void small(void **state)
{
    (void)state;
    struct sample s;
    sample_init_empty(&s);
    write_report("empty", &s.report);
    sample_init(&s, 1);
    write_report("one_level", &s.report);
    s.levels[0].requests = 1;
    hist_reset(s.levels[0].latency.hist);
    hist_add(s.levels[0].latency.hist, 5000000);
    s.report.heatmap.columns = s.report.heatmap.rows = 1;
    s.report.series.count = 1;
    write_report("one_request", &s.report);
    sample_fini(&s);
    /* parts are missing: no pictures, no pools, no load generator */
    sample_init(&s, 2);
    s.report.series.count = s.report.heatmap.rows = s.report.heatmap.columns = s.report.lanes.count = 0;
    s.report.slowest_count = 0;
    s.report.pool_count = s.report.connection_count = s.report.endpoint_count = s.report.setting_count = 0;
    for (size_t i = 0; i < 2; i++) {
        s.levels[i].load_json = NULL;
        memset(s.levels[i].host, 0, sizeof s.levels[i].host);
    }
    write_report("missing", &s.report);
    sample_fini(&s);
}

static void hostile(void **state)
{
    (void)state;
    char text[] = BREAKOUT;
    struct sample s, b;
    sample_init(&s, 2);
    sample_init(&b, 2);
    sample_set_texts(&s, text);
    write_report("hostile", &s.report);
    write_diff("hostile_diff", &s, &b, text);
    sample_fini(&s);
    sample_fini(&b);
}

/* What a million statements over ten thousand connections come to: every list as long as it gets. */
static void huge(void **state)
{
    (void)state;
    struct sample s;
    sample_init(&s, 60);
    struct ana_connection *c = calloc(BIG_CONNECTIONS, sizeof *c);
    struct ana_query *q = calloc(BIG_QUERIES, sizeof *q);
    char *text = hostile_new(8);
    assert_true(c && q && text);
    for (size_t i = 0; i < BIG_CONNECTIONS; i++)
        c[i] = s.connections[i % 3];
    for (size_t i = 0; i < BIG_QUERIES; i++) {
        q[i] = s.queries[i % 5];
        q[i].text = text;
        q[i].count = 200;
    }
    s.report.connections = c;
    s.report.connection_count = BIG_CONNECTIONS;
    s.report.queries = q;
    s.report.query_count = BIG_QUERIES;
    write_report("huge", &s.report);
    free(text);
    free(c);
    free(q);
    sample_fini(&s);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ordinary),
        cmocka_unit_test(small),
        cmocka_unit_test(hostile),
        cmocka_unit_test(huge),
    };
    if (argc != 2) {
        fprintf(stderr, "Usage: %s FOLDER\n", argv[0]);
        return 2;
    }
    folder = argv[1];
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* summary: writes the pages that the page tests open: whole, small, empty, hostile, huge, two runs, an
 * experiment */
#include "ana_experiment.h"
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

/* Means of four combinations at 10 and 50 users, with an effect, none, and one that cannot be told. */
static void fill_step(struct ana_exp_step *s, uint32_t users, size_t responses)
{
    s->users = users;
    s->tables = calloc(responses, sizeof *s->tables);
    assert_non_null(s->tables);
    for (size_t k = 0; k < responses; k++) {
        struct ana_exp_table *t = &s->tables[k];
        t->cells = calloc(4, sizeof *t->cells);
        t->effects = calloc(2, sizeof *t->effects);
        assert_true(t->cells && t->effects);
        for (size_t c = 0; c < 4; c++)
            t->cells[c] = (struct ana_exp_cell){3, (double)(100 + 40 * c + users), 4};
        t->effect_count = 2;
        t->effects[0] = (struct ana_exp_effect){.kind = ANA_EXP_MAIN,
                                                .factor = 0,
                                                .to = 1,
                                                .known = true,
                                                .has_interval = true,
                                                .value = 80,
                                                .reference = 120,
                                                .low = 70,
                                                .high = 90,
                                                .dof = 4,
                                                .detectable = 12,
                                                .verdict = ANA_EXP_EFFECT};
        t->effects[1] = t->effects[0];
        t->effects[1].factor = 1;
        t->effects[1].value = -3;
        t->effects[1].low = -20;
        t->effects[1].high = 14;
        t->effects[1].verdict = k % 2 ? ANA_EXP_NONE : ANA_EXP_UNKNOWN;
    }
}

static void experiment(void **state)
{
    (void)state;
    static const struct ana_exp_design design = {
        .title = BREAKOUT,
        .factors = {{.name = "pool", .levels = {"5-5", "100-100"}, .level_count = 2},
                    {.name = BREAKOUT, .levels = {"1", "2"}, .level_count = 2}},
        .factor_count = 2,
        .repeats = 3,
    };
    struct ana_exp_step steps[2];
    struct ana_exp_run runs[12] = {{.path = "c01-r1.run.db", .cell = 0, .repeat = 1}};
    bool lossy[12] = {false};
    size_t responses = ana_exp_response_count();
    fill_step(&steps[0], 10, responses);
    fill_step(&steps[1], 50, responses);
    struct ana_experiment x = {
        .design = &design, .runs = runs, .run_count = 12, .steps = steps, .step_count = 2, .lossy = lossy};
    const struct view_options o = {.format = VIEW_HTML};
    struct pp_err err;
    char path[512];
    (void)snprintf(path, sizeof path, "%s/experiment.html", folder);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_int_equal(view_experiment(f, &x, &o, &err), PP_OK);
    assert_int_equal(fclose(f), 0);
    for (size_t i = 0; i < 2; i++) {
        for (size_t k = 0; k < responses; k++) {
            free(steps[i].tables[k].cells);
            free(steps[i].tables[k].effects);
        }
        free(steps[i].tables);
    }
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
        cmocka_unit_test(ordinary), cmocka_unit_test(small),      cmocka_unit_test(hostile),
        cmocka_unit_test(huge),     cmocka_unit_test(experiment),
    };
    if (argc != 2) {
        fprintf(stderr, "Usage: %s FOLDER\n", argv[0]);
        return 2;
    }
    folder = argv[1];
    return cmocka_run_group_tests(tests, NULL, NULL);
}

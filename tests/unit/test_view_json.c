/* summary: the JSON report: keys, exact sums, whole digits, valid UTF-8, and its schema */
#include "base/text.h"
#include "test_view_hostile.h"
#include "test_view_sample.h"
#include "view_width.h"

#include <cJSON.h>
#include <math.h>
#include <setjmp.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

extern char **environ;

static cJSON *parse(const char *text)
{
    assert_true(text_is_utf8(text, strlen(text)));
    for (const char *p = text; *p;) {
        uint32_t cp = 0;
        p += view_cp_next(p, &cp);
        assert_false(text_is_hidden(cp)); /* a terminal obeys nothing of it */
    }
    cJSON *root = cJSON_ParseWithOpts(text, NULL, 0);
    assert_non_null(root);
    return root;
}

static cJSON *render(const struct ana_report *r, enum view_by by)
{
    struct view_options o = {.format = VIEW_JSON, .by = by};
    char *text = sample_render(r, &o);
    cJSON *root = parse(text);
    free(text);
    return root;
}

static cJSON *get(const cJSON *o, const char *key)
{
    cJSON *item = cJSON_GetObjectItemCaseSensitive(o, key);
    if (item == NULL)
        fail_msg("no key %s", key);
    return item;
}

static void has_the_contract_keys(void **state)
{
    (void)state;
    static const char *const keys[] = {
        "schema",  "run",          "capture",   "coverage",         "config",   "connections", "pools",
        "queries", "transactions", "endpoints", "levels",           "findings", "verdict",     "series",
        "heatmap", "lanes",        "server",    "slowest_requests", "joins",    "slowest",     "tls"};
    struct sample s;
    sample_init(&s, 3);
    cJSON *root = render(&s.report, VIEW_BY_ALL);
    assert_int_equal(cJSON_GetArraySize(root), sizeof keys / sizeof keys[0]);
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        (void)get(root, keys[i]);
    assert_string_equal(get(root, "schema")->valuestring, "poolprobe.report/1");
    assert_int_equal(cJSON_GetArraySize(get(root, "levels")), 3);
    assert_int_equal(cJSON_GetArraySize(get(root, "queries")), 14);
    cJSON_Delete(root);
    sample_fini(&s);
}

/* budget adds up to latency.mean_ms for every member of an array. */
static void check_sums(const cJSON *members)
{
    const cJSON *m = NULL;
    int count = 0;
    cJSON_ArrayForEach(m, members)
    {
        double sum = 0;
        const cJSON *line = NULL, *budget = get(m, "budget");
        assert_int_equal(cJSON_GetArraySize(budget), ANA_LINE_COUNT);
        cJSON_ArrayForEach(line, budget)
        {
            sum += line->valuedouble;
            const cJSON *interval = get(get(m, "budget_interval"), line->string);
            assert_true(get(interval, "low")->valuedouble <= line->valuedouble);
            assert_true(get(interval, "high")->valuedouble >= line->valuedouble);
        }
        double mean = get(get(m, "latency"), "mean_ms")->valuedouble;
        assert_true(mean > 0);
        assert_true(fabs(sum - mean) < 1e-6);
        count++;
    }
    assert_true(count >= 2);
}

static void budgets_add_up(void **state)
{
    (void)state;
    struct sample s;
    sample_init(&s, 10);
    cJSON *root = render(&s.report, VIEW_BY_ALL);
    check_sums(get(root, "levels"));
    check_sums(get(root, "endpoints"));
    cJSON_Delete(root);
    sample_fini(&s);
}

static void digits_are_kept(void **state)
{
    (void)state;
    struct sample s;
    struct view_options o = {.format = VIEW_JSON};
    sample_init(&s, 1);
    struct hist *h = hist_new();
    hist_add(h, 1234567890123456789);
    s.queries[0].latency.hist = h;
    char *text = sample_render(&s.report, &o);
    assert_non_null(strstr(text, "\"start_ns\":\t1763881752123456789"));
    assert_non_null(strstr(text, "\"id\":\t18446744073709551615"));
    assert_non_null(strstr(text, "\"digest\":\t\"ffffffffffffffff\""));
    assert_non_null(strstr(text, "\"sum_ms\":\t1234567890123.456789"));
    assert_non_null(strstr(text, "\"max_ms\":\t1234567890123.456789"));
    free(text);
    hist_free(&h);
    sample_fini(&s);
}

static void unknown_is_null(void **state)
{
    (void)state;
    struct sample s;
    sample_init(&s, 1);
    s.report.coverage.server_known = false;
    s.report.capture.cpu_seconds = -1;
    s.levels[0].users = 0;
    s.levels[0].throughput = NAN;
    s.levels[0].load_json = "{not json";
    cJSON *root = render(&s.report, VIEW_BY_ALL);
    assert_true(cJSON_IsNull(get(get(root, "coverage"), "server_statements")));
    assert_true(cJSON_IsNull(get(get(root, "coverage"), "ratio")));
    assert_true(cJSON_IsNull(get(get(root, "capture"), "cpu_seconds")));
    const cJSON *level = cJSON_GetArrayItem(get(root, "levels"), 0);
    assert_true(cJSON_IsNull(get(level, "users")));
    assert_true(cJSON_IsNull(get(level, "throughput")));
    assert_true(cJSON_IsNull(get(level, "load")));
    assert_true(cJSON_IsNull(get(cJSON_GetArrayItem(get(root, "connections"), 2), "auth_ms")));
    cJSON_Delete(root);
    sample_fini(&s);
}

static void parts_alone(void **state)
{
    (void)state;
    static const char *const parts[] = {"queries", "transactions", "connections",
                                        "pools",   "endpoints",    "levels"};
    struct sample s;
    sample_init(&s, 2);
    for (int i = 0; i < 6; i++) {
        cJSON *root = render(&s.report, (enum view_by)(VIEW_BY_QUERY + i));
        assert_int_equal(cJSON_GetArraySize(root), 4);
        assert_string_equal(get(root, "part")->valuestring, parts[i]);
        (void)get(root, parts[i]);
        cJSON_Delete(root);
    }
    sample_fini(&s);
}

static void hostile_texts_survive(void **state)
{
    (void)state;
    for (int i = 0; i < HOSTILE_COUNT; i++) {
        struct sample s;
        char *text = hostile_new(i);
        sample_init(&s, 2);
        sample_set_texts(&s, text);
        cJSON *root = render(&s.report, VIEW_BY_ALL);
        const char *sql = get(cJSON_GetArrayItem(get(root, "queries"), 0), "text")->valuestring;
        if (text_is_utf8(text, strlen(text)))
            assert_string_equal(sql, text);
        else
            assert_non_null(strstr(sql, "\xef\xbf\xbd"));
        cJSON_Delete(root);
        free(text);
        sample_fini(&s);
    }
}

/* A load result that is JSON but not UTF-8 must not spoil the document. */
static void load_is_repaired(void **state)
{
    (void)state;
    struct sample s;
    sample_init(&s, 1);
    s.levels[0].load_json = "{\"framework\":\"\xff\xfe\",\"throughput\":1.5}";
    cJSON *root = render(&s.report, VIEW_BY_LEVEL);
    const cJSON *load = get(cJSON_GetArrayItem(get(root, "levels"), 0), "load");
    assert_string_equal(get(load, "framework")->valuestring, "\xef\xbf\xbd\xef\xbf\xbd");
    cJSON_Delete(root);
    sample_fini(&s);
}

static void diff_document(void **state)
{
    (void)state;
    struct sample a, b;
    struct sample_diff d;
    struct view_options o = {.format = VIEW_JSON};
    sample_init(&a, 2);
    sample_init(&b, 3);
    b.levels[0].budget.ns[ANA_APP] += 5000 * INT64_C(1000000); /* 1 ms a request */
    sample_diff_init(&d, &a, &b);
    char *text = sample_render_diff(&d.diff, &o);
    cJSON *root = parse(text);
    assert_string_equal(get(root, "schema")->valuestring, "poolprobe.diff/1");
    const cJSON *level = cJSON_GetArrayItem(get(root, "levels"), 0);
    assert_true(fabs(get(get(get(level, "change"), "budget"), "app")->valuedouble - 1.0) < 1e-9);
    const cJSON *p95 = cJSON_GetArrayItem(get(level, "percentiles"), 1), *line = NULL;
    double sum = 0;
    cJSON_ArrayForEach(line, get(p95, "a")) sum += line->valuedouble;
    assert_true(fabs(sum - get(get(get(level, "a"), "latency"), "p95_ms")->valuedouble) < 1e-9);
    assert_true(get(get(get(p95, "change_interval"), "app"), "detectable")->valuedouble == 3);
    assert_false(cJSON_IsNull(get(level, "throughput_change")));
    const cJSON *query = cJSON_GetArrayItem(get(root, "queries"), 0);
    assert_true(get(get(query, "change"), "mean_ms")->valuedouble == 2);
    assert_true(cJSON_IsNull(get(cJSON_GetArrayItem(get(root, "queries"), 2), "change")));
    assert_true(cJSON_IsNull(get(cJSON_GetArrayItem(get(root, "endpoints"), 0), "change_interval")));
    level = cJSON_GetArrayItem(get(root, "levels"), 2);
    assert_int_equal(cJSON_GetArraySize(get(level, "percentiles")), 0);
    assert_true(cJSON_IsNull(get(level, "a")) && cJSON_IsNull(get(level, "change")));
    assert_string_equal(get(cJSON_GetArrayItem(get(root, "causes"), 2), "verdict")->valuestring,
                        "not identifiable");
    assert_true(cJSON_IsNull(get(cJSON_GetArrayItem(get(root, "settings"), 1), "a")));
    cJSON_Delete(root);
    free(text);
    sample_fini(&a);
    sample_fini(&b);
}

static void write_file(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

/* Exit status of the validator; -1 when python3 cannot be started. */
static int validate(char *schema, char **files, size_t count)
{
    char script[] = VIEW_TEST_DIR "/test_view_schema.py", python[] = "python3";
    char *argv[16] = {python, script, schema};
    pid_t pid = 0;
    int status = 0;
    for (size_t i = 0; i < count; i++)
        argv[3 + i] = files[i];
    if (posix_spawnp(&pid, "python3", NULL, NULL, argv, environ) != 0)
        return -1;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

#define DOCUMENTS 8

/* Whole, empty, lossy, hostile, parts and a comparison all pass the published schema, and a damaged one does
 * not. */
static void documents_match_the_schema(void **state)
{
    (void)state;
    char dir[] = "/tmp/view-schema-XXXXXX", schema[] = VIEW_SCHEMA_DIR "/report.schema.json";
    char names[DOCUMENTS + 1][64], *files[DOCUMENTS + 1], *texts[DOCUMENTS], *hostile = hostile_new(2);
    struct view_options all = {.format = VIEW_JSON}, part = {.format = VIEW_JSON, .by = VIEW_BY_LEVEL};
    struct sample s[4];
    struct sample_diff d;
    assert_non_null(mkdtemp(dir));
    sample_init(&s[0], 10);
    sample_init_empty(&s[1]);
    sample_init(&s[2], 1);
    s[2].report.capture.lossy = true;
    s[2].report.coverage.server_known = false;
    s[2].levels[0].users = 0;
    sample_init(&s[3], 2);
    sample_set_texts(&s[3], hostile);
    for (int i = 0; i < 4; i++)
        texts[i] = sample_render(&s[i].report, &all);
    texts[4] = sample_render(&s[0].report, &part);
    part.by = VIEW_BY_QUERY;
    texts[5] = sample_render(&s[0].report, &part);
    sample_diff_init(&d, &s[0], &s[2]);
    texts[6] = sample_render_diff(&d.diff, &all);
    sample_diff_init(&d, &s[3], &s[0]);
    texts[7] = sample_render_diff(&d.diff, &all);
    for (int i = 0; i <= DOCUMENTS; i++) {
        (void)snprintf(names[i], sizeof names[i], "%s/%d.json", dir, i);
        files[i] = names[i];
    }
    for (int i = 0; i < DOCUMENTS; i++)
        write_file(names[i], texts[i]);
    *strstr(texts[0], "p99_ms") = 'q';
    write_file(names[DOCUMENTS], texts[0]);
    int good = validate(schema, files, DOCUMENTS),
        bad = good == 0 ? validate(schema, files + DOCUMENTS, 1) : 1;
    for (int i = 0; i <= DOCUMENTS; i++)
        (void)unlink(names[i]);
    for (int i = 0; i < DOCUMENTS; i++)
        free(texts[i]);
    (void)rmdir(dir);
    free(hostile);
    for (int i = 0; i < 4; i++)
        sample_fini(&s[i]);
    if (good == 77 || good == -1 || good == 127) {
        print_message("python3 with jsonschema is missing: the schema was not checked\n");
        skip();
    }
    assert_int_equal(good, 0);
    assert_int_equal(bad, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(has_the_contract_keys),
        cmocka_unit_test(budgets_add_up),
        cmocka_unit_test(digits_are_kept),
        cmocka_unit_test(unknown_is_null),
        cmocka_unit_test(parts_alone),
        cmocka_unit_test(hostile_texts_survive),
        cmocka_unit_test(load_is_repaired),
        cmocka_unit_test(diff_document),
        cmocka_unit_test(documents_match_the_schema),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

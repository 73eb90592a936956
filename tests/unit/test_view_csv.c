/* summary: comma-separated values: every part reads back as RFC 4180 says, hostile texts included */
#include "base/text.h"
#include "test_view_hostile.h"
#include "test_view_sample.h"
#include "view_width.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Reads the field at p into dst (n bytes, cut); returns what follows it: a comma, a line end or the end. */
static const char *read_field(const char *p, char *dst, size_t n)
{
    size_t len = 0;
    bool quoted = *p == '"';
    if (quoted)
        p++;
    while (*p != '\0') {
        if (quoted && *p == '"') {
            if (p[1] != '"')
                break;
            p++;
        } else if (!quoted && (*p == ',' || *p == '\r')) {
            break;
        }
        assert_true(quoted || (*p != '"' && *p != '\n'));
        if (len + 1 < n)
            dst[len++] = *p;
        p++;
    }
    dst[len] = '\0';
    if (quoted)
        assert_int_equal(*p++, '"');
    return p;
}

/* Counts the rows below the head; each has as many fields as the head. `wanted`, when not NULL, must be one.
 */
static size_t check_table(const char *csv, const char *wanted)
{
    static char field[2 * HOSTILE_LONG];
    size_t columns = 0, rows = 0;
    bool found = wanted == NULL;
    for (const char *p = csv; *p; rows++) {
        size_t fields = 0;
        for (;;) {
            p = read_field(p, field, sizeof field);
            fields++;
            found = found || strcmp(field, wanted) == 0;
            if (*p != ',')
                break;
            p++;
        }
        assert_int_equal(p[0], '\r');
        assert_int_equal(p[1], '\n');
        p += 2;
        if (rows == 0)
            columns = fields;
        assert_int_equal(fields, columns);
    }
    assert_true(rows > 0);
    if (!found)
        fail_msg("no field is %.60s", wanted);
    return rows - 1;
}

static char *render(const struct ana_report *r, int by)
{
    struct view_options o = {.format = VIEW_CSV, .by = (enum view_by)by};
    char *csv = sample_render(r, &o);
    assert_true(text_is_utf8(csv, strlen(csv)));
    return csv;
}

static void every_part_is_a_table(void **state)
{
    (void)state;
    struct sample s;
    sample_init(&s, 4);
    const size_t rows[] = {
        [VIEW_BY_QUERY] = s.report.query_count,
        [VIEW_BY_TRANSACTION] = 3,
        [VIEW_BY_CONNECTION] = s.report.connection_count,
        [VIEW_BY_POOL] = s.report.pool_count,
        [VIEW_BY_ENDPOINT] = s.report.endpoint_count,
        [VIEW_BY_LEVEL] = s.report.level_count,
        [VIEW_BY_REQUEST] = 0,
        [VIEW_BY_CHECKOUT] = 0,
    };
    for (int by = VIEW_BY_QUERY; by <= VIEW_BY_CHECKOUT; by++) {
        char *csv = render(&s.report, by);
        assert_int_equal(check_table(csv, NULL), rows[by]);
        free(csv);
    }
    sample_fini(&s);
    sample_init_empty(&s);
    for (int by = VIEW_BY_QUERY; by <= VIEW_BY_CHECKOUT; by++) {
        char *csv = render(&s.report, by);
        assert_int_equal(check_table(csv, NULL), by == VIEW_BY_TRANSACTION ? 3 : 0);
        free(csv);
    }
    sample_fini(&s);
}

static void texts_read_back(void **state)
{
    (void)state;
    static const char *const kept[] = {"a,b", "\"", "\"\"", "a\"b\"", "two\r\nlines", "\n"};
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++) {
        struct sample s;
        char *text = strdup(kept[i]);
        sample_init(&s, 2);
        sample_set_texts(&s, text);
        char *csv = render(&s.report, VIEW_BY_QUERY);
        assert_int_equal(check_table(csv, kept[i]), s.report.query_count);
        free(csv);
        free(text);
        sample_fini(&s);
    }
}

/* Spreadsheets would take these for formulas. */
static void formulas_are_texts(void **state)
{
    (void)state;
    static const char *const formulas[] = {"=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"};
    for (size_t i = 0; i < sizeof formulas / sizeof formulas[0]; i++) {
        struct sample s;
        char text[32], shown[32];
        (void)snprintf(text, sizeof text, "%s", formulas[i]);
        (void)snprintf(shown, sizeof shown, "'%s", formulas[i]);
        sample_init(&s, 1);
        sample_set_texts(&s, text);
        char *csv = render(&s.report, VIEW_BY_POOL);
        (void)check_table(csv, shown);
        free(csv);
        sample_fini(&s);
    }
}

static void nothing_hidden_gets_in(void **state)
{
    (void)state;
    for (int i = 0; i < HOSTILE_COUNT; i++) {
        struct sample s;
        char *text = hostile_new(i);
        sample_init(&s, 2);
        sample_set_texts(&s, text);
        for (int by = VIEW_BY_QUERY; by <= VIEW_BY_CHECKOUT; by++) {
            char *csv = render(&s.report, by);
            (void)check_table(csv, NULL);
            for (const char *p = csv; *p;) {
                uint32_t cp = 0;
                p += view_cp_next(p, &cp);
                assert_false(text_is_hidden(cp));
            }
            free(csv);
        }
        free(text);
        sample_fini(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_part_is_a_table),
        cmocka_unit_test(texts_read_back),
        cmocka_unit_test(formulas_are_texts),
        cmocka_unit_test(nothing_hidden_gets_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

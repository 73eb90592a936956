/* summary: the HTML report: self-contained, escaped, balanced, findings first */
#include "base/text.h"
#include "test_view_hostile.h"
#include "test_view_sample.h"
#include "view_width.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static bool is_void(const char *name)
{
    return strcmp(name, "meta") == 0 || strcmp(name, "br") == 0 || strcmp(name, "!doctype") == 0;
}

/* Reads the name of the tag at p ("<…") in lower case; returns where its attributes begin. */
static const char *tag_name(const char *p, char *name, size_t n)
{
    size_t len = 0;
    while (*p && !isspace((unsigned char)*p) && *p != '>') {
        assert_true(len + 1 < n);
        name[len++] = (char)tolower((unsigned char)*p++);
    }
    name[len] = '\0';
    return p;
}

/* Without what stands between <script> and </script>: the data may hold no tag, the rest is the project's own
 * and the library's (its hash stands in the policy). */
static char *without_scripts(const char *page)
{
    char *copy = strdup(page), *to = copy;
    assert_non_null(copy);
    for (const char *p = page; *p;) {
        const char *begin = strstr(p, "<script");
        if (begin == NULL) {
            strcpy(to, p);
            break;
        }
        const char *text = strchr(begin, '>'), *end = strstr(begin, "</script>");
        assert_non_null(text);
        assert_non_null(end);
        if (strncmp(begin, "<script type=\"application/json\"", 31) == 0) {
            for (const char *c = text + 1; c < end; c++)
                assert_true(*c != '<' && *c != '>' && *c != '&');
        } else {
            assert_true(text == begin + strlen("<script"));
        }
        memcpy(to, p, (size_t)(begin - p));
        to += begin - p;
        p = end + strlen("</script>");
        *to = '\0';
    }
    return copy;
}

/* Every tag is one that the pages use, is closed in order, and has no attribute that runs or fetches. */
static void check_markup(const char *page)
{
    static const char *const known[] = {
        "html",  "head",   "title",  "style",  "body",       "main",    "h1",       "h2",      "h3",
        "dl",    "dt",     "dd",     "p",      "b",          "div",     "span",     "i",       "section",
        "table", "thead",  "tbody",  "tr",     "th",         "td",      "code",     "details", "summary",
        "a",     "header", "footer", "figure", "figcaption", "caption", "noscript", "pre"};
    char stack[64][16];
    int depth = 0;
    for (const char *p = page; (p = strchr(p, '<')) != NULL;) {
        char name[16];
        bool closing = p[1] == '/';
        const char *end = strchr(p, '>');
        assert_non_null(end);
        const char *attributes = tag_name(p + (closing ? 2 : 1), name, sizeof name);
        for (const char *a = attributes; a < end; a++)
            if (strncmp(a, " on", 3) == 0 || strncmp(a, "src=", 4) == 0 ||
                (strncmp(a, "href=", 5) == 0 && strncmp(a, "href=\"#", 7) != 0))
                fail_msg("attribute in %.60s", p);
        p = end;
        if (is_void(name))
            continue;
        bool ok = false;
        for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
            ok = ok || strcmp(name, known[i]) == 0;
        if (!ok)
            fail_msg("tag %s", name);
        if (!closing) {
            assert_true(depth < 64);
            (void)snprintf(stack[depth++], sizeof stack[0], "%s", name);
        } else {
            assert_true(depth > 0);
            assert_string_equal(stack[--depth], name);
        }
    }
    assert_int_equal(depth, 0);
    assert_null(strstr(page, "url("));
    assert_null(strstr(page, "@import"));
    assert_non_null(strstr(page, "prefers-color-scheme"));
}

static void check_page(const char *page)
{
    char *markup = without_scripts(page);
    assert_true(text_is_utf8(page, strlen(page)));
    assert_non_null(strstr(page, "default-src 'none'"));
    assert_null(strstr(page, "script-src 'unsafe"));
    check_markup(markup);
    free(markup);
    for (const char *p = page; *p;) {
        uint32_t cp = 0;
        p += view_cp_next(p, &cp);
        assert_false(text_is_hidden(cp)); /* in the charts' data neither */
    }
}

static char *render(const struct ana_report *r, enum view_by by)
{
    struct view_options o = {.format = VIEW_HTML, .by = by};
    return sample_render(r, &o);
}

static void pages_are_self_contained(void **state)
{
    (void)state;
    static const size_t levels[] = {0, 1, 10, 60};
    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++)
        for (int by = VIEW_BY_ALL; by <= VIEW_BY_LEVEL; by++) {
            struct sample s;
            sample_init(&s, levels[i]);
            char *page = render(&s.report, (enum view_by)by);
            check_page(page);
            free(page);
            sample_fini(&s);
        }
}

static void findings_come_first(void **state)
{
    (void)state;
    struct sample s;
    sample_init(&s, 2);
    char *page = render(&s.report, VIEW_BY_ALL);
    const char *order[] = {"id=\"verdict\"", "id=\"budget\"",  "id=\"findings\"", "id=\"levels\"",
                           "id=\"pools\"",   "id=\"queries\"", "id=\"config\""};
    const char *at = page;
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
        at = strstr(at, order[i]);
        assert_non_null(at);
    }
    assert_non_null(strstr(page, "17.85"));
    assert_null(strstr(page, "Data lost"));
    free(page);
    s.report.capture.lossy = true;
    s.report.capture.gaps = 2;
    page = render(&s.report, VIEW_BY_QUERY);
    assert_non_null(strstr(page, "<b>Data lost:</b> 2 gaps in TCP streams"));
    free(page);
    sample_fini(&s);
}

static void hostile_texts_are_escaped(void **state)
{
    (void)state;
    for (int i = 0; i < HOSTILE_COUNT; i++) {
        struct sample s, b;
        struct sample_diff d;
        struct view_options o = {.format = VIEW_HTML};
        char *text = hostile_new(i);
        sample_init(&s, 2);
        sample_init(&b, 1);
        sample_set_texts(&s, text);
        char *page = render(&s.report, VIEW_BY_ALL);
        check_page(page);
        assert_null(strchr(page, '\033'));
        if (i == 1)
            assert_non_null(strstr(page, "&lt;script&gt;alert(&#39;x&#39;)"));
        free(page);
        sample_diff_init(&d, &s, &b);
        d.causes[0].cause = d.causes[0].evidence = d.causes[0].against = text;
        page = sample_render_diff(&d.diff, &o);
        check_page(page);
        free(page);
        free(text);
        sample_fini(&s);
        sample_fini(&b);
    }
}

static void empty_page_says_why(void **state)
{
    (void)state;
    struct sample s;
    sample_init_empty(&s);
    char *page = render(&s.report, VIEW_BY_ALL);
    check_page(page);
    assert_non_null(strstr(page, "No requests: the recording holds no packets."));
    free(page);
}

static void diff_page(void **state)
{
    (void)state;
    struct sample a, b;
    struct sample_diff d;
    struct view_options o = {.format = VIEW_HTML};
    sample_init(&a, 2);
    sample_init(&b, 3);
    sample_diff_init(&d, &a, &b);
    char *page = sample_render_diff(&d.diff, &o);
    check_page(page);
    assert_non_null(strstr(page, "<b>not identifiable</b>"));
    assert_non_null(strstr(page, "30 users: only in B"));
    free(page);
    d.diff.level_count = d.diff.cause_count = d.diff.setting_count = d.diff.query_count = 0;
    page = sample_render_diff(&d.diff, &o);
    check_page(page);
    free(page);
    sample_fini(&a);
    sample_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pages_are_self_contained),
        cmocka_unit_test(findings_come_first),
        cmocka_unit_test(hostile_texts_are_escaped),
        cmocka_unit_test(empty_page_says_why),
        cmocka_unit_test(diff_page),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

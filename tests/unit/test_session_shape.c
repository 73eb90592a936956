/* summary: shapes: texts of one shape have one digest, whatever literals, comments and quotes they are made
 * of */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ses_private.h"

#include <stdio.h>
#include <string.h>

#define TEXT_MAX 256

static size_t shape_of(uint8_t *out, const char *sql)
{
    return ses_shape(out, sql, strlen(sql));
}

static void one_shape(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        {"SELECT c FROM sbtest1 WHERE id=1", "SELECT c FROM sbtest1 WHERE id=987654321"},
        {"select * from t where a = 1.5 and b=-2", "select * from t where a = 17.25 and b=-333"},
        {"insert into t values (1,'x',2)", "insert into t values (22,'another text; with -- and 7',3)"},
        {"SELECT `a 1`.`b` FROM t WHERE x IN (1,2)", "SELECT `a 1`.`b` FROM t WHERE x IN (3,44)"},
        {"select 'a' 'b', x from a_long_enough_name_to_fill_blocks where y=1",
         "select 'aaaaaaaaaaaaaaaaaaaaaaaaa' '', x from a_long_enough_name_to_fill_blocks where y=2"},
    };
    uint8_t a[TEXT_MAX + SES_SHAPE_SPARE], b[TEXT_MAX + SES_SHAPE_SPARE];
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        size_t n = shape_of(a, pairs[i][0]);
        assert_true(n > 0);
        assert_int_equal(n, shape_of(b, pairs[i][1]));
        assert_memory_equal(a, b, n);
    }
}

static void another_shape(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        {"select a1", "select a2"},     {"select 1a", "select 2a"},
        {"select `1`", "select `2`"},   {"select 0x10", "select 0x11"},
        {"select 1e5", "select 1e6"},   {"select @1", "select @2"},
        {"select t.1", "select t.2"},   {"select 1", "select '1'"},
        {"select 1", "select -1"},      {"select 1 from t1", "select 1 from t"},
        {"select 1.5.5", "select 1.5"},
    };
    uint8_t a[TEXT_MAX + SES_SHAPE_SPARE], b[TEXT_MAX + SES_SHAPE_SPARE];
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        size_t n = shape_of(a, pairs[i][0]);
        size_t m = shape_of(b, pairs[i][1]);
        if (n > 0 && n == m && memcmp(a, b, n) == 0)
            fail_msg("one shape: %s and %s", pairs[i][0], pairs[i][1]);
    }
}

static void no_shape(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "select /*! 1 */ 2", "select 1 -- x", "select 1 # x",    "select \"a\"",      "select 'a\\'b'",
        "select 'a''b'",     "select x'41'",  "select b'01'",    "select _utf8'a'",   "select n'a'",
        "select 'open",      "select `open",  "select \xc3\xa4", "select '\xc3\xa4'", "select \x01",
        "select \x02",       "select 1 \x7f", "select \\N",      "/*+ x */ select 1", "",
    };
    uint8_t out[TEXT_MAX + SES_SHAPE_SPARE];
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (shape_of(out, texts[i]) != 0)
            fail_msg("has a shape: %s", texts[i]);
}

/* ---- any text made of awkward pieces ---- */

static const char *const pieces[] = {
    "select ",
    "1",
    "22",
    "0",
    "1.5",
    ".5",
    "7.",
    "1e3",
    "0x1f",
    "x'41'",
    "b'01'",
    "'a'",
    "'b c 1'",
    "''",
    "`q1`",
    "`",
    "'",
    "\"",
    "-",
    "--",
    "-- ",
    "#",
    "/*",
    "*/",
    "/*!",
    "/*!50000 ",
    "/*+ ",
    "+",
    "t1",
    "t",
    ".",
    ",",
    "(",
    ")",
    " ",
    "@",
    "@@",
    ":",
    "?",
    "=",
    " in ",
    "null",
    "\\",
    "_utf8",
    "n",
    ";",
    "\n",
    "\t",
    "e",
    "$1",
    "\x01",
    "\x7f",
    "\xc3\xa4",
    "abcdefghijklmnop",
    " values (1,2),(3,4)",
    " limit 10",
    "99999999999999999999",
    "interval 1 day",
    "{d '2020-01-01'}",
    "a-1",
    "5-3",
};
#define PIECES (sizeof pieces / sizeof pieces[0])

static uint32_t seed = 12345;

static uint32_t draw(uint32_t n)
{
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 8) % n;
}

static void make(char *text)
{
    uint32_t count = 1 + draw(9);
    text[0] = '\0';
    while (count-- > 0) {
        const char *piece = pieces[draw(PIECES)];
        if (strlen(text) + strlen(piece) < TEXT_MAX - 1)
            strcat(text, piece);
    }
}

/* Other digits in each run of digits, of another number, and other text in strings; not all of them are
 * literals. */
static void vary(char *dst, const char *src)
{
    size_t n = 0;
    for (const char *p = src; *p != '\0' && n < TEXT_MAX - 8;) {
        bool digit = *p >= '0' && *p <= '9';
        for (uint32_t more = digit ? draw(3) : 0; more > 0; more--)
            dst[n++] = (char)('0' + draw(10));
        dst[n++] = digit ? (char)('0' + draw(10)) : *p == 'c' && draw(2) ? 'd' : *p;
        p++;
    }
    dst[n] = '\0';
}

static void equal_shapes_have_equal_digests(void **state)
{
    (void)state;
    static struct myw_digest da, db;
    unsigned checked = 0;
    for (int i = 0; i < 300000; i++) {
        char a[TEXT_MAX], b[TEXT_MAX];
        uint8_t sa[TEXT_MAX + SES_SHAPE_SPARE], sb[TEXT_MAX + SES_SHAPE_SPARE];
        make(a);
        vary(b, a);
        size_t n = shape_of(sa, a);
        if (n == 0 || n != shape_of(sb, b) || memcmp(sa, sb, n) != 0 || strcmp(a, b) == 0)
            continue;
        struct myw_digest_mode mode = {.flags = draw(32), .charset = (enum myw_digest_charset)draw(8)};
        mode.server_version = draw(2) ? 80036 : 0;
        myw_digest_sql_mode(&da, a, strlen(a), &mode);
        myw_digest_sql_mode(&db, b, strlen(b), &mode);
        if (da.hash != db.hash)
            fail_msg("one shape, two digests: %s | %s | %s | %s", a, b, da.text, db.text);
        checked++;
    }
    assert_true(checked > 10000);
}

/* ---- patterns: the texts that fit one are those of its shape ---- */

static struct ses_patterns patterns;

/* A text fits the pattern learned from another; digests are not looked into. */
static bool fits(const char *learned, const char *sql)
{
    static int digest;
    uint8_t shape[TEXT_MAX + SES_SHAPE_SPARE];
    struct ses_pattern_facts f = {
        .shape = shape, .shape_bytes = shape_of(shape, learned), .way = 3, .digest = (void *)&digest};
    assert_true(f.shape_bytes > 0);
    memset(&patterns, 0, sizeof patterns);
    ses_pattern_learn(&patterns, learned, strlen(learned), &f);
    return ses_pattern_find(&patterns, sql, strlen(sql), 3) != NULL;
}

static void texts_of_a_shape_fit(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        {"SELECT c FROM sbtest1 WHERE id=1", "SELECT c FROM sbtest1 WHERE id=987654321"},
        {"insert into the_t values (1,'x',2)", "insert into the_t values (22,'another text',3)"},
        {"SELECT c FROM a_table WHERE id=?", "SELECT c FROM a_table WHERE id=?"},
    };
    static const char *const others[][2] = {
        {"SELECT c FROM sbtest1 WHERE id=1", "SELECT c FROM sbtest1 WHERE id="},
        {"SELECT c FROM sbtest1 WHERE id=1", "SELECT c FROM sbtest1 WHERE id=1e5"},
        {"SELECT c FROM sbtest1 WHERE id=1", "SELECT c FROM sbtest1 WHERE id=1 "},
        {"SELECT c FROM sbtest1 WHERE id=1", "SELECT c FROM sbtest1 WHERE id='1'"},
        {"SELECT c FROM sbtest1 WHERE id='1'", "SELECT c FROM sbtest1 WHERE id='a''b'"},
        {"SELECT c FROM sbtest1 WHERE id='1'", "SELECT c FROM sbtest1 WHERE id='open"},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
        if (!fits(pairs[i][0], pairs[i][1]))
            fail_msg("does not fit: %s", pairs[i][1]);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (fits(others[i][0], others[i][1]))
            fail_msg("fits: %s", others[i][1]);
    assert_null(ses_pattern_find(&patterns, others[5][0], strlen(others[5][0]), 4)); /* read in another way */
}

static void patterns_and_shapes_agree(void **state)
{
    (void)state;
    unsigned fitting = 0;
    for (int i = 0; i < 150000; i++) {
        char tail[TEXT_MAX], a[TEXT_MAX], b[TEXT_MAX];
        uint8_t sa[TEXT_MAX + SES_SHAPE_SPARE], sb[TEXT_MAX + SES_SHAPE_SPARE];
        make(tail); /* behind a beginning that is long enough for a pattern */
        snprintf(a, sizeof a, "select x from tt%.*s", TEXT_MAX - 20, tail);
        vary(b, a);
        size_t n = shape_of(sa, a), m = shape_of(sb, b), literals = 0;
        if (n == 0 || n > SES_PATTERN_MAX)
            continue;
        for (size_t k = 0; k < n; k++)
            literals += ses_shape_is_literal(sa[k]);
        bool same = n == m && memcmp(sa, sb, n) == 0;
        if (fits(a, b) != (same && literals <= SES_PATTERN_LITERALS))
            fail_msg("%s its shape and %s it: %s | %s", same ? "has" : "has not",
                     same ? "does not fit" : "fits", a, b);
        fitting += same;
    }
    assert_true(fitting > 5000);
}

/* More patterns that begin alike than there is room for: the oldest goes, the others stay. */
static void patterns_are_replaced(void **state)
{
    (void)state;
    static int digests[SES_PATTERN_WAYS + 1];
    char text[TEXT_MAX];
    uint8_t shape[TEXT_MAX + SES_SHAPE_SPARE];
    memset(&patterns, 0, sizeof patterns);
    for (int i = 0; i <= SES_PATTERN_WAYS; i++) {
        snprintf(text, sizeof text, "select a, b, c, d from t%c where x = 1", 'a' + i);
        struct ses_pattern_facts f = {
            .shape = shape, .shape_bytes = shape_of(shape, text), .digest = (void *)&digests[i]};
        ses_pattern_learn(&patterns, text, strlen(text), &f);
    }
    for (int i = 0; i <= SES_PATTERN_WAYS; i++) {
        snprintf(text, sizeof text, "select a, b, c, d from t%c where x = 4711", 'a' + i);
        const void *found = ses_pattern_find(&patterns, text, strlen(text), 0);
        assert_ptr_equal(found, i == 0 ? NULL : &digests[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_shape),
        cmocka_unit_test(another_shape),
        cmocka_unit_test(no_shape),
        cmocka_unit_test(equal_shapes_have_equal_digests),
        cmocka_unit_test(texts_of_a_shape_fit),
        cmocka_unit_test(patterns_and_shapes_agree),
        cmocka_unit_test(patterns_are_replaced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

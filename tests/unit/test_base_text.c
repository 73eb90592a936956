/* summary: tests of base/text: UTF-8 edges, JSON read back by cJSON, terminal and HTML escapes */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/text.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#define R "\xef\xbf\xbd"

typedef enum pp_status add_f(struct buf *b, const void *data, size_t len);

static void expect(add_f *add, const char *in, size_t len, const char *out)
{
    struct buf b;
    buf_init(&b, 1000);
    /* A copy of the exact size, so that a sanitizer sees a read beyond it. */
    char *copy = malloc(len > 0 ? len : 1);
    assert_non_null(copy);
    memcpy(copy, in, len);
    assert_int_equal(add(&b, copy, len), PP_OK);
    free(copy);
    assert_int_equal(b.len, strlen(out));
    if (b.len > 0)
        assert_memory_equal(b.data, out, b.len);
    buf_fini(&b);
}

#define EXPECT(add, in, out) expect(add, in, sizeof(in) - 1, out)

static void valid_utf8(void **state)
{
    (void)state;
    static const char *const good[] = {"",
                                       "a",
                                       "\x7f",
                                       "\xc2\x80",
                                       "\xdf\xbf",
                                       "\xe0\xa0\x80",
                                       "\xed\x9f\xbf",
                                       "\xee\x80\x80",
                                       "\xef\xbf\xbf",
                                       "\xf0\x90\x80\x80",
                                       "\xf4\x8f\xbf\xbf"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_true(text_is_utf8(good[i], strlen(good[i])));
        expect(text_add_utf8, good[i], strlen(good[i]), good[i]);
    }
    assert_true(text_is_utf8("a\0b", 3));
}

static void invalid_utf8(void **state)
{
    (void)state;
    static const char *const bad[] = {"\x80",
                                      "\xbf",
                                      "\xc0\x80",
                                      "\xc1\xbf",
                                      "\xc2",
                                      "\xe0\x80\x80",
                                      "\xe0\x9f\xbf",
                                      "\xed\xa0\x80",
                                      "\xed\xbf\xbf",
                                      "\xe1\x80",
                                      "\xf0\x80\x80\x80",
                                      "\xf0\x8f\xbf\xbf",
                                      "\xf4\x90\x80\x80",
                                      "\xf5\x80\x80\x80",
                                      "\xf0\x90\x80",
                                      "\xfe",
                                      "\xff"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        size_t len = strlen(bad[i]);
        assert_false(text_is_utf8(bad[i], len));
        char out[64] = "";
        for (size_t k = 0; k < len; k++)
            memcpy(out + 3 * k, R, 4);
        expect(text_add_utf8, bad[i], len, out);
    }
    EXPECT(text_add_utf8, "a\xe2\x82z", "a" R R "z");
    EXPECT(text_add_utf8, "\xc3\xa4\xc3", "\xc3\xa4" R);
    EXPECT(text_add_utf8, "\xff\xe2\x82\xac\xff", R "\xe2\x82\xac" R);
}

static uint64_t next_random(uint64_t *s)
{
    *s ^= *s << 13;
    *s ^= *s >> 7;
    *s ^= *s << 17;
    return *s;
}

/* Whatever comes in: valid UTF-8 comes out, and valid JSON that cJSON reads back as the repaired text. */
static void random_bytes(void **state)
{
    (void)state;
    static const uint8_t likely[] = {0,   1,    9,    10,   13,   31,   '"',  '\\', '/', 'u',
                                     127, 0x80, 0xbf, 0xc2, 0xe2, 0xed, 0xf0, 0xf4, 0xff};
    uint64_t s = 88172645463325252u;
    struct buf out;
    struct buf plain;
    buf_init(&out, 10000);
    buf_init(&plain, 10000);
    for (int round = 0; round < 5000; round++) {
        uint8_t in[40];
        size_t len = next_random(&s) % sizeof in;
        for (size_t i = 0; i < len; i++)
            in[i] = next_random(&s) % 2 ? likely[next_random(&s) % sizeof likely] : (uint8_t)next_random(&s);
        for (size_t i = 0; i < len; i++)
            in[i] = in[i] != 0 ? in[i] : 1; /* cJSON keeps texts as C strings */
        buf_clear(&out);
        buf_clear(&plain);
        assert_int_equal(text_add_utf8(&plain, in, len), PP_OK);
        assert_true(text_is_utf8(plain.data, plain.len));
        assert_int_equal(text_add_json(&out, in, len), PP_OK);
        assert_int_equal(buf_add_byte(&plain, 0), PP_OK);
        cJSON *json = cJSON_ParseWithLength((char *)out.data, out.len);
        assert_true(cJSON_IsString(json));
        assert_string_equal(json->valuestring, (char *)plain.data);
        cJSON_Delete(json);
        for (size_t i = 0; i < out.len; i++)
            assert_true(out.data[i] >= 0x20);
        buf_clear(&out);
        assert_int_equal(text_add_terminal(&out, in, len), PP_OK);
        assert_true(text_is_utf8(out.data, out.len));
        for (size_t i = 0; i < out.len; i++)
            assert_true(out.data[i] >= 0x20 && out.data[i] != 0x7f);
        buf_clear(&out);
        assert_int_equal(text_add_html(&out, in, len), PP_OK);
        assert_true(text_is_utf8(out.data, out.len));
        assert_null(memchr(out.data != NULL ? out.data : in, '<', out.len));
    }
    buf_fini(&out);
    buf_fini(&plain);
}

static void json(void **state)
{
    (void)state;
    EXPECT(text_add_json, "", "\"\"");
    EXPECT(text_add_json, "a\"b\\c", "\"a\\\"b\\\\c\"");
    EXPECT(text_add_json, "\0\x01\x1f\n\r\t\b\f\x7f", "\"\\u0000\\u0001\\u001f\\n\\r\\t\\b\\f\\u007f\"");
    EXPECT(text_add_json, "\xff\xc3\xa4", "\"" R "\xc3\xa4\"");
    EXPECT(text_add_json, "\xe2\x80\xae\xc2\x9b\xd8\x9c", "\"\\u202e\\u009b\\u061c\"");
}

static void terminal(void **state)
{
    (void)state;
    EXPECT(text_add_terminal, "\x1b[2J", "?[2J");
    EXPECT(text_add_terminal, "a\tb\nc\rd\r\ne", "a b c d e");
    EXPECT(text_add_terminal, "\r\r\n\r", "   ");
    EXPECT(text_add_terminal, "\r\n", " ");
    EXPECT(text_add_terminal, "\x7f\xc2\x9b\xc2\x85", "???");
    EXPECT(text_add_terminal,
           "\xe2\x80\xae"
           "x\xe2\x81\xa6\xe2\x80\x8f",
           "?x??");
    EXPECT(text_add_terminal,
           "\x9b"
           "1m\xe2\x80\xa6",
           R "1m\xe2\x80\xa6");
    EXPECT(text_add_terminal, "", "");
}

static void html(void **state)
{
    (void)state;
    EXPECT(text_add_html, "<a href=\"x\">'&'</a>", "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;");
    EXPECT(text_add_html, "a\tb\nc", "a\tb\nc");
    EXPECT(text_add_html, "\0\x1b\x7f\xc2\x80\xff", R R R R R);
    EXPECT(text_add_html, "\xe2\x80\xaa\xe2\x80\xae\xe2\x81\xa6\xe2\x81\xa9\xe2\x80\x8e\xd8\x9c",
           R R R R R R);
    EXPECT(text_add_html, "\xe2\x80\xa6\xd7\xa9\xd8\xa7",
           "\xe2\x80\xa6\xd7\xa9\xd8\xa7"); /* text itself stays */
}

static void plain(void **state)
{
    (void)state;
    EXPECT(text_add_plain, "<a>&\"\t\r\n", "<a>&\"\t\r\n");
    EXPECT(text_add_plain, "\x1b[2J\xc2\x9b\xe2\x80\xae\xff", R "[2J" R R R);
}

static void all_or_nothing(void **state)
{
    (void)state;
    struct buf b;
    add_f *const adds[] = {text_add_utf8, text_add_json, text_add_terminal, text_add_html, text_add_plain};
    for (size_t i = 0; i < sizeof adds / sizeof adds[0]; i++)
        for (size_t limit = 2; limit < 9; limit++) {
            buf_init(&b, limit);
            assert_int_equal(buf_add(&b, "xy", 2), PP_OK);
            assert_int_equal(adds[i](&b, "ab\x1b\r\n\"<cdef", 11), PP_LIMIT);
            assert_int_equal(b.len, 2);
            buf_fini(&b);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(valid_utf8),     cmocka_unit_test(invalid_utf8), cmocka_unit_test(random_bytes),
        cmocka_unit_test(json),           cmocka_unit_test(terminal),     cmocka_unit_test(html),
        cmocka_unit_test(all_or_nothing), cmocka_unit_test(plain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

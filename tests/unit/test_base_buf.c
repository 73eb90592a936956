/* summary: tests of base/buf: growth, the hard limit, formatted text, dropping from the front */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"

#include <stdio.h>
#include <string.h>

static void grows_and_keeps_bytes(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, 100000);
    for (unsigned i = 0; i < 100000; i++)
        assert_int_equal(buf_add_byte(&b, (uint8_t)(i * 7)), PP_OK);
    for (unsigned i = 0; i < 100000; i++)
        assert_int_equal(b.data[i], (uint8_t)(i * 7));
    assert_int_equal(buf_add_byte(&b, 1), PP_LIMIT);
    assert_int_equal(b.len, 100000);
    assert_true(b.cap <= 100001);
    buf_fini(&b);
    assert_null(b.data);
    assert_int_equal(buf_add(&b, "again", 5), PP_OK);
    buf_fini(&b);
}

static void limit_appends_nothing(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, 5);
    assert_int_equal(buf_add(&b, "abc", 3), PP_OK);
    assert_int_equal(buf_add(&b, "xyz", 3), PP_LIMIT);
    assert_int_equal(buf_add(&b, "x", SIZE_MAX), PP_LIMIT);
    assert_int_equal(b.len, 3);
    assert_int_equal(buf_addf(&b, "%d", 123), PP_LIMIT);
    assert_int_equal(b.len, 3);
    assert_string_equal((char *)b.data, "abc");
    assert_int_equal(buf_add_some(&b, "wxyz", 4), 2);
    assert_memory_equal(b.data, "abcwx", 5);
    assert_int_equal(buf_add_some(&b, "q", 1), 0);
    assert_int_equal(buf_add(&b, NULL, 0), PP_OK);
    buf_fini(&b);
    buf_init(&b, 0);
    assert_int_equal(buf_add_byte(&b, 1), PP_LIMIT);
    assert_int_equal(buf_addf(&b, "%s", ""), PP_OK);
    buf_fini(&b);
}

static void formatted(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, 10000);
    char expected[10000] = "";
    for (int i = 0; i < 500; i++) {
        assert_int_equal(buf_addf(&b, "%d,", i), PP_OK);
        (void)snprintf(expected + strlen(expected), 16, "%d,", i);
        assert_int_equal(b.len, strlen(expected));
        assert_string_equal((char *)b.data, expected);
    }
    buf_clear(&b);
    assert_int_equal(buf_addf(&b, "%*s", 10000, "end"), PP_OK);
    assert_int_equal(b.len, 10000);
    assert_int_equal(b.data[10000], 0);
    buf_fini(&b);
}

static void drops_front(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, 16);
    buf_drop_front(&b, 0);
    assert_int_equal(buf_add(&b, "abcdef", 6), PP_OK);
    buf_drop_front(&b, 2);
    assert_int_equal(b.len, 4);
    assert_memory_equal(b.data, "cdef", 4);
    buf_drop_front(&b, 4);
    assert_int_equal(b.len, 0);
    buf_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grows_and_keeps_bytes),
        cmocka_unit_test(limit_appends_nothing),
        cmocka_unit_test(formatted),
        cmocka_unit_test(drops_front),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

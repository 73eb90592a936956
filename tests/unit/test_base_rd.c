/* summary: tests of base/rd: every width, both orders, and reads past the end */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/rd.h"

#include <string.h>

static void widths_and_orders(void **state)
{
    (void)state;
    static const uint8_t bytes[] = {1, 2, 3, 4, 5, 6, 7, 8};
    struct rd r;
    rd_init(&r, bytes, 8);
    assert_int_equal(rd_u8(&r), 1);
    assert_int_equal(rd_u16(&r), 0x0302);
    assert_int_equal(rd_u24(&r), 0x060504);
    assert_int_equal(rd_left(&r), 2);
    assert_int_equal(rd_u16_be(&r), 0x0708);
    assert_true(rd_ok(&r));
    rd_init(&r, bytes, 8);
    assert_true(rd_u32(&r) == 0x04030201u);
    assert_true(rd_u32_be(&r) == 0x05060708u);
    rd_init(&r, bytes, 8);
    assert_true(rd_u48(&r) == UINT64_C(0x060504030201));
    rd_init(&r, bytes, 8);
    assert_true(rd_u64(&r) == UINT64_C(0x0807060504030201));
    static const uint8_t high[] = {0xff, 0xfe, 0xfd, 0xfc, 0xfb, 0xfa, 0xf9, 0xf8};
    rd_init(&r, high, 8);
    assert_true(rd_u64(&r) == UINT64_C(0xf8f9fafbfcfdfeff));
    rd_init(&r, high, 8);
    assert_true(rd_u32_be(&r) == 0xfffefdfcu);
}

/* Each width read from each shorter length: zero, bad, at the end, and bad for good. */
static void past_the_end(void **state)
{
    (void)state;
    static const uint8_t bytes[] = {9, 9, 9, 9, 9, 9, 9, 9};
    static const size_t widths[] = {1, 2, 3, 4, 6, 8, 12, 14};
    for (size_t w = 0; w < sizeof widths / sizeof widths[0]; w++) {
        size_t need = widths[w] > 8 ? widths[w] - 10 : widths[w]; /* 12 and 14: the big-endian ones */
        for (size_t len = 0; len < need; len++) {
            struct rd r;
            rd_init(&r, bytes, len);
            uint64_t v = 1;
            switch (widths[w]) {
            case 1:
                v = rd_u8(&r);
                break;
            case 2:
                v = rd_u16(&r);
                break;
            case 3:
                v = rd_u24(&r);
                break;
            case 4:
                v = rd_u32(&r);
                break;
            case 6:
                v = rd_u48(&r);
                break;
            case 8:
                v = rd_u64(&r);
                break;
            case 12:
                v = rd_u16_be(&r);
                break;
            default:
                v = rd_u32_be(&r);
                break;
            }
            assert_true(v == 0);
            assert_false(rd_ok(&r));
            assert_int_equal(rd_left(&r), 0);
            assert_int_equal(rd_u8(&r), 0);
            assert_null(rd_bytes(&r, 0));
            assert_false(rd_ok(&r));
        }
    }
}

static void bytes_and_skip(void **state)
{
    (void)state;
    static const uint8_t bytes[] = {1, 2, 3};
    struct rd r;
    rd_init(&r, bytes, 3);
    assert_ptr_equal(rd_bytes(&r, 0), bytes);
    assert_ptr_equal(rd_bytes(&r, 2), bytes);
    rd_skip(&r, 1);
    assert_true(rd_ok(&r));
    assert_non_null(rd_bytes(&r, 0));
    assert_true(rd_ok(&r));
    rd_skip(&r, 1);
    assert_false(rd_ok(&r));
    rd_init(&r, bytes, 3);
    assert_null(rd_bytes(&r, SIZE_MAX));
    assert_false(rd_ok(&r));
    rd_init(&r, NULL, 0);
    assert_non_null(rd_bytes(&r, 0));
    assert_true(rd_ok(&r));
}

static void c_strings(void **state)
{
    (void)state;
    struct rd r;
    size_t len = 99;
    rd_init(&r, "ab\0\0c", 5);
    assert_memory_equal(rd_cstr(&r, &len), "ab", 2);
    assert_int_equal(len, 2);
    assert_non_null(rd_cstr(&r, &len));
    assert_int_equal(len, 0);
    assert_null(rd_cstr(&r, &len));
    assert_int_equal(len, 0);
    assert_false(rd_ok(&r));
    assert_int_equal(rd_left(&r), 0);
    rd_init(&r, NULL, 0);
    assert_null(rd_cstr(&r, &len));
    assert_false(rd_ok(&r));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(widths_and_orders),
        cmocka_unit_test(past_the_end),
        cmocka_unit_test(bytes_and_skip),
        cmocka_unit_test(c_strings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

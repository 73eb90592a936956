/* summary: tests of base/sort: against qsort over sizes, ranges and signs, and that equal keys keep their
 * order */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/sort.h"

#include <stdlib.h>
#include <string.h>

#define MOST 20000

static uint64_t draw(uint64_t *random)
{
    *random ^= *random << 13;
    *random ^= *random >> 7;
    *random ^= *random << 17;
    return *random;
}

static int compare(const void *pa, const void *pb)
{
    const struct sort_item *a = pa, *b = pb;
    if (a->key != b->key)
        return a->key < b->key ? -1 : 1;
    return a->index < b->index ? -1 : a->index > b->index;
}

static void check(struct sort_item *items, size_t n)
{
    struct sort_item *want = malloc((n + 1) * sizeof *want);
    assert_non_null(want);
    for (size_t i = 0; i < n; i++)
        items[i].index = (uint32_t)i;
    memcpy(want, items, n * sizeof *want);
    qsort(want, n, sizeof *want, compare);
    assert_int_equal(sort_items(items, n), PP_OK);
    for (size_t i = 0; i < n; i++) {
        assert_true(items[i].key == want[i].key);
        assert_int_equal(items[i].index, want[i].index);
    }
    free(want);
}

static void sorts_as_qsort_does(void **state)
{
    static const size_t sizes[] = {0, 1, 2, 47, 48, 49, 1000, MOST};
    static const unsigned bits[] = {1, 3, 10, 11, 12, 22, 36, 63, 64};
    struct sort_item *items = calloc(MOST + 1, sizeof *items);
    uint64_t random = 88172645463325252;
    (void)state;
    assert_non_null(items);
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++)
        for (size_t b = 0; b < sizeof bits / sizeof bits[0]; b++) {
            for (size_t i = 0; i < sizes[s]; i++)
                items[i].key = (int64_t)(draw(&random) >> (64 - bits[b])) - (b % 2 ? 1000 : 0);
            check(items, sizes[s]);
            check(items, sizes[s]); /* in order already */
        }
    free(items);
}

static void sorts_the_extremes(void **state)
{
    struct sort_item items[100] = {0};
    (void)state;
    for (size_t i = 0; i < 100; i++)
        items[i].key = i % 3 == 0 ? INT64_MAX : i % 3 == 1 ? INT64_MIN : 0;
    check(items, 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sorts_as_qsort_does),
        cmocka_unit_test(sorts_the_extremes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* summary: tests of base/map: set, replace, remove, limit, insertion order, binary keys, many keys */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/map.h"

#include <stdio.h>
#include <string.h>

static int values[20000];

static void set_get_remove(void **state)
{
    (void)state;
    struct map *m = map_new(0);
    assert_null(map_get(m, "a", 1));
    assert_int_equal(map_set(m, "a", 1, &values[1]), PP_OK);
    assert_int_equal(map_set(m, "a\0b", 3, &values[2]), PP_OK);
    assert_int_equal(map_set(m, NULL, 0, &values[3]), PP_OK);
    assert_ptr_equal(map_get(m, "a", 1), &values[1]);
    assert_ptr_equal(map_get(m, "a\0b", 3), &values[2]);
    assert_null(map_get(m, "a\0", 2));
    assert_ptr_equal(map_get(m, "", 0), &values[3]);
    assert_int_equal(map_set(m, "a", 1, &values[4]), PP_OK);
    assert_ptr_equal(map_get(m, "a", 1), &values[4]);
    assert_int_equal(map_count(m), 3);
    assert_ptr_equal(map_remove(m, "a", 1), &values[4]);
    assert_null(map_remove(m, "a", 1));
    assert_null(map_get(m, "a", 1));
    assert_ptr_equal(map_remove(m, NULL, 0), &values[3]);
    assert_int_equal(map_count(m), 1);
    map_free(&m);
    assert_null(m);
    map_free(&m);
}

static void keys_are_copied(void **state)
{
    (void)state;
    struct map *m = map_new(0);
    char key[4] = "key";
    assert_int_equal(map_set(m, key, 3, &values[0]), PP_OK);
    memset(key, 'x', 3);
    assert_ptr_equal(map_get(m, "key", 3), &values[0]);
    assert_null(map_get(m, "xxx", 3));
    map_free(&m);
}

static void limit(void **state)
{
    (void)state;
    struct map *m = map_new(2);
    assert_int_equal(map_set(m, "a", 1, &values[0]), PP_OK);
    assert_int_equal(map_set(m, "b", 1, &values[1]), PP_OK);
    assert_int_equal(map_set(m, "c", 1, &values[2]), PP_LIMIT);
    assert_null(map_get(m, "c", 1));
    assert_int_equal(map_set(m, "b", 1, &values[3]), PP_OK);
    assert_non_null(map_remove(m, "a", 1));
    assert_int_equal(map_set(m, "c", 1, &values[2]), PP_OK);
    map_free(&m);
}

struct order {
    int last;
    int seen;
};

static void check_order(void *priv, const void *key, size_t key_len, void *value)
{
    struct order *o = priv;
    int n = 0;
    memcpy(&n, key, sizeof n);
    assert_int_equal(key_len, sizeof n);
    assert_ptr_equal(value, &values[n]);
    assert_true(n > o->last);
    o->last = n;
    o->seen++;
}

static void many_in_insertion_order(void **state)
{
    (void)state;
    struct map *m = map_new(0);
    for (int i = 0; i < 20000; i++)
        assert_int_equal(map_set(m, &i, sizeof i, &values[i]), PP_OK);
    for (int i = 0; i < 20000; i += 3)
        assert_ptr_equal(map_remove(m, &i, sizeof i), &values[i]);
    for (int i = 0; i < 20000; i++)
        assert_ptr_equal(map_get(m, &i, sizeof i), i % 3 != 0 ? &values[i] : NULL);
    /* Replacing keeps the place. */
    int one = 1;
    assert_int_equal(map_set(m, &one, sizeof one, &values[1]), PP_OK);
    struct order o = {-1, 0};
    map_each(m, check_order, &o);
    assert_int_equal(o.seen, map_count(m));
    assert_int_equal(o.seen, 20000 - 6667);
    map_free(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(set_get_remove),
        cmocka_unit_test(keys_are_copied),
        cmocka_unit_test(limit),
        cmocka_unit_test(many_in_insertion_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

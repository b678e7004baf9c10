/* pool_test.c: memory that is zeroed, aligned, and released in the reverse order of its acquisition. */
#include "veha/pool.h"

#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* cmocka.h needs those above. */
#include <cmocka.h>

static void test_memory_is_zeroed_and_aligned(void **state)
{
    (void)state;
    struct pool *pool = pool_new();
    for (size_t size = 0; size < 20000; size = size * 2 + 1) {
        unsigned char *bytes = pool_alloc(pool, size);
        assert_int_equal((uintptr_t)bytes % alignof(max_align_t), 0);
        for (size_t i = 0; i < size; i++)
            assert_int_equal(bytes[i], 0);
        memset(bytes, 0xA5, size);
    }
    pool_free(pool);
}

static void test_small_things_around_a_large_one_do_not_overlap(void **state)
{
    (void)state;
    struct pool *pool = pool_new();
    char *before = pool_copy(pool, "before");
    char *large = pool_alloc(pool, 100000);
    char *after = pool_copy(pool, "after");
    memset(large, 'x', 100000);
    assert_string_equal(before, "before");
    assert_string_equal(after, "after");
    pool_free(pool);
}

static void test_copies(void **state)
{
    (void)state;
    struct pool *pool = pool_new();
    assert_null(pool_copy(pool, NULL));
    assert_string_equal(pool_copy(pool, ""), "");
    assert_string_equal(pool_copy(pool, "веха"), "веха");
    char *copy = pool_copy_length(pool, "a\0b", 3);
    assert_memory_equal(copy, "a\0b\0", 4);
    assert_string_equal(pool_copy_length(pool, NULL, 0), "");
    assert_string_equal(pool_print(pool, "%s-%d", "x", 7), "x-7");
    assert_int_equal(strlen(pool_print(pool, "%5000d", 1)), 5000);
    pool_free(pool);
}

static char order[8];

static void note(void *thing)
{
    size_t length = strlen(order);
    order[length] = *(char *)thing;
}

static void test_adopted_things_die_in_reverse_order(void **state)
{
    (void)state;
    memset(order, 0, sizeof order);
    struct pool *pool = pool_new();
    assert_string_equal(pool_adopt(pool, pool_copy(pool, "1"), note), "1");
    assert_null(pool_adopt(pool, NULL, note));
    pool_adopt(pool, pool_copy(pool, "2"), note);
    pool_alloc(pool, 50000);
    pool_adopt(pool, pool_copy(pool, "3"), note);
    assert_string_equal(order, "");
    pool_free(pool);
    assert_string_equal(order, "321");
}

static void test_nothing_is_freed(void **state)
{
    (void)state;
    pool_free(NULL);
    struct pool *pool = pool_new();
    assert_non_null(pool);
    pool_free(pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_memory_is_zeroed_and_aligned),
        cmocka_unit_test(test_small_things_around_a_large_one_do_not_overlap),
        cmocka_unit_test(test_copies),
        cmocka_unit_test(test_adopted_things_die_in_reverse_order),
        cmocka_unit_test(test_nothing_is_freed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

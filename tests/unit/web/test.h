/* test.h: what every unit test of web needs of cmocka, and a pool a test. */
#ifndef VEHA_TESTS_UNIT_WEB_TEST_H
#define VEHA_TESTS_UNIT_WEB_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* cmocka.h needs those above. */
#include "veha/pool.h"

#include <cmocka.h>

static struct pool *pool;

static int set_up(void **state)
{
    (void)state;
    pool = pool_new();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    pool_free(pool);
    return 0;
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

#endif

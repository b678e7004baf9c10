/* migrate_test.c: migrations are applied once, in order, whole or not at all, and never silently changed. */
#include "veha/migrate.h"

#include "database.h"

#include <sys/wait.h>

/* The program's own migrations are not linked in: these take their place, and tests change them. */
struct migration table[3] = {
    {"0001_one", "create table one (id int);\ninsert into one values (1);", "checksum-1"},
    {"0002_two", "-- ends without a semicolon\ncreate table two (id int)", "checksum-2"},
    {"0003_three", "insert into one values (3); select 1 / 0", "checksum-3"},
};
extern const struct migration migration_table[3] __attribute__((alias("table")));
const size_t migration_count = 3;

static struct database database;
static struct pool *pool;

static int set_up(void **state)
{
    (void)state;
    pool = pool_new();
    database_open(&database, false);
    table[0].checksum = "checksum-1";
    table[2].text = "insert into one values (3)";
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    database_close(&database);
    pool_free(pool);
    return 0;
}

static void test_applies_each_once(void **state)
{
    (void)state;
    assert_null(migrate_run(pool, database.url));
    assert_null(migrate_run(pool, database.url));
    assert_string_equal(database_ask(&database, pool, "select string_agg(id::text, ',' order by id) from veha.one"),
                        "1,3");
    assert_string_equal(database_ask(&database, pool, "select string_agg(name, ',' order by name) from veha.migration"),
                        "0001_one,0002_two,0003_three");
}

static void test_failing_file_leaves_nothing_of_itself(void **state)
{
    (void)state;
    table[2].text = "insert into one values (3); select 1 / 0";
    const struct fault *fault = migrate_run(pool, database.url);
    assert_non_null(fault);
    assert_non_null(strstr(fault->detail, "0003_three"));
    assert_non_null(strstr(fault->detail, "division by zero"));
    assert_string_equal(database_ask(&database, pool, "select string_agg(id::text, ',') from veha.one"), "1");
    assert_string_equal(database_ask(&database, pool, "select max(name) from veha.migration"), "0002_two");
    /* Mended, it goes on where it stopped. */
    table[2].text = "insert into one values (3)";
    assert_null(migrate_run(pool, database.url));
    assert_string_equal(database_ask(&database, pool, "select string_agg(id::text, ',' order by id) from veha.one"),
                        "1,3");
}

static void test_changed_file_is_refused(void **state)
{
    (void)state;
    assert_null(migrate_run(pool, database.url));
    table[0].checksum = "another";
    const struct fault *fault = migrate_run(pool, database.url);
    assert_non_null(fault);
    assert_string_equal(fault->code, "migration_changed");
    assert_non_null(strstr(fault->detail, "0001_one"));
}

static void test_newer_database_is_refused(void **state)
{
    (void)state;
    assert_null(migrate_run(pool, database.url));
    database_execute(&database, "insert into veha.migration (name, checksum) values ('0009_later', 'x')");
    const struct fault *fault = migrate_run(pool, database.url);
    assert_non_null(fault);
    assert_string_equal(fault->code, "database_newer");
    assert_non_null(strstr(fault->detail, "0009_later"));
}

static void test_two_at_once_do_not_meet(void **state)
{
    (void)state;
    pid_t pids[2];
    for (size_t i = 0; i < 2; i++) {
        pids[i] = fork();
        if (pids[i] == 0) {
            struct pool *own = pool_new();
            bool failed = migrate_run(own, database.url) != NULL;
            pool_free(own);
            _exit(failed);
        }
    }
    for (size_t i = 0; i < 2; i++) {
        int status;
        assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
        assert_int_equal(status, 0);
    }
    assert_string_equal(database_ask(&database, pool, "select count(*) from veha.one"), "2");
}

static void test_no_database(void **state)
{
    (void)state;
    const struct fault *fault = migrate_run(pool, "host=/nonexistent");
    assert_non_null(fault);
    assert_int_equal(fault->kind, FAULT_UNAVAILABLE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_applies_each_once),       TEST(test_failing_file_leaves_nothing_of_itself),
        TEST(test_changed_file_is_refused), TEST(test_newer_database_is_refused),
        TEST(test_two_at_once_do_not_meet), TEST(test_no_database),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

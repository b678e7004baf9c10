/* lane_test.c: lanes whose server is missing, goes away and comes back. */
#include "veha/clock.h"
#include "veha/unit.h"

#include "database.h"
#include "statements.h"

static struct database database;
static struct db *db;
static struct pool *pool;

static int open_database(void **state)
{
    (void)state;
    database_open(&database, true);
    database_execute(&database, schema);
    return 0;
}

static int close_database(void **state)
{
    (void)state;
    database_close(&database);
    return 0;
}

static int set_up(void **state)
{
    (void)state;
    pool = pool_new();
    const struct db_options options = {
        .url = database.url, .read_lanes = 1, .write_lanes = 2, .slow_lanes = 1, .waiting_most = 10};
    db = db_new(&options);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    db_free(db);
    pool_free(pool);
    return 0;
}

static const struct fault *show(enum lane_kind lane)
{
    const char *values[] = {"1"};
    const struct unit_statement statement = {query_find("thing_show"), values};
    const struct unit_request request = {.lane = lane, .statements = &statement, .statement_count = 1};
    const struct fault *fault = NULL;
    const char *document = unit_wait(db, pool, &request, &fault);
    assert_true((document == NULL) == (fault != NULL));
    return fault;
}

static void stop_server(void)
{
    PQfinish(database.connection);
    database_tool(&database, "stop");
}

static void start_server(void)
{
    database_tool(&database, "start --fast");
    database_connect(&database);
}

static void test_opens_when_stepped(void **state)
{
    (void)state;
    assert_int_equal(db_lane_count(db), 4);
    assert_false(db_ready(db));
    assert_int_equal(lane_descriptor(db_lane(db, 0)), -1);
    assert_int_equal(lane_timeout(db_lane(db, 0)), 0);
    while (!db_ready(db))
        db_wait(db, -1);
    for (size_t i = 0; i < db_lane_count(db); i++) {
        assert_true(lane_descriptor(db_lane(db, i)) >= 0);
        assert_true(lane_generation(db_lane(db, i)) > 0);
        assert_int_equal(lane_timeout(db_lane(db, i)), -1);
    }
}

static void test_limits_of_each_kind_of_lane(void **state)
{
    (void)state;
    static const struct {
        enum lane_kind lane;
        const char *limits;
    } kinds[] = {{LANE_READ, "\"5s 1s\""}, {LANE_WRITE, "\"10s 200ms\""}, {LANE_SLOW, "\"1min 1s\""}};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        const struct unit_statement statement = {query_find("limits_show"), NULL};
        const struct unit_request request = {.lane = kinds[i].lane, .statements = &statement, .statement_count = 1};
        const struct fault *fault = NULL;
        assert_string_equal(unit_wait(db, pool, &request, &fault), kinds[i].limits);
    }
}

static void test_server_that_stops_and_returns(void **state)
{
    (void)state;
    assert_null(show(LANE_READ));
    assert_null(show(LANE_WRITE));
    unsigned generation = lane_generation(db_lane(db, 0));
    stop_server();

    int64_t asked = clock_monotonic_ms();
    const struct fault *fault = show(LANE_READ);
    assert_int_equal(fault->kind, FAULT_UNAVAILABLE);
    assert_string_equal(fault->code, "database_unavailable");
    assert_true(clock_monotonic_ms() - asked < 10000);
    assert_false(db_ready(db));

    start_server();
    while (!db_ready(db))
        db_wait(db, -1);
    assert_true(lane_generation(db_lane(db, 0)) > generation);
    assert_null(show(LANE_READ));
    assert_null(show(LANE_WRITE));
    assert_null(show(LANE_SLOW));
}

static void test_unit_waits_out_a_restart(void **state)
{
    (void)state;
    assert_null(show(LANE_READ));
    stop_server();
    start_server();
    /* Nobody has stepped the lanes since: they find out now that their connections are dead. */
    assert_null(show(LANE_READ));
}

static void test_server_that_is_not_there(void **state)
{
    (void)state;
    struct db *real = db;
    const struct db_options options = {.url = "host=/nonexistent dbname=veha", .read_lanes = 1, .waiting_most = 10};
    db = db_new(&options);
    const struct fault *fault = show(LANE_READ);
    assert_int_equal(fault->kind, FAULT_UNAVAILABLE);
    assert_non_null(strstr(fault->detail, "/nonexistent"));
    db_free(db);
    db = real;
}

static void test_unit_without_a_lane_for_it(void **state)
{
    (void)state;
    struct db *real = db;
    const struct db_options options = {.url = database.url, .read_lanes = 1, .waiting_most = 10};
    db = db_new(&options);
    assert_null(show(LANE_SLOW));
    assert_int_equal(show(LANE_WRITE)->kind, FAULT_INTERNAL);
    db_free(db);
    db = real;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_opens_when_stepped),
        TEST(test_limits_of_each_kind_of_lane),
        TEST(test_server_that_stops_and_returns),
        TEST(test_unit_waits_out_a_restart),
        TEST(test_server_that_is_not_there),
        TEST(test_unit_without_a_lane_for_it),
    };
    return cmocka_run_group_tests(tests, open_database, close_database);
}

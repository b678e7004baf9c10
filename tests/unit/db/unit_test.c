/* unit_test.c: units on a real PostgreSQL: scope, failures, Idempotency-Keys, abandonment, lost connections. */
#include "veha/clock.h"
#include "veha/text.h"
#include "veha/unit.h"

#include "database.h"
#include "statements.h"

static struct database database;
static struct db *db;
static struct pool *pool;

/* What a callback was told, copied. */
struct answer {
    unsigned calls;
    bool faulty;
    enum fault_kind kind;
    const char *code;
    const char *document;
    const char *documents[4];
    bool replayed;
};

static void on_answer(void *data, const struct unit_result *result)
{
    struct answer *answer = data;
    answer->calls++;
    answer->faulty = result->fault != NULL;
    if (answer->faulty) {
        answer->kind = result->fault->kind;
        answer->code = pool_copy(pool, result->fault->code);
    }
    answer->document = pool_copy(pool, result->document);
    if (answer->document != NULL)
        assert_int_equal(strlen(answer->document), result->document_length);
    answer->replayed = result->replayed;
}

static void on_two_documents(void *data, const struct unit_result *result)
{
    struct answer *answer = data;
    on_answer(data, result);
    for (size_t i = 0; i < 2; i++)
        answer->documents[i] = pool_copy(pool, result->documents[i]);
}

/* A request of one statement with up to two values. */
struct simple {
    struct unit_request request;
    struct unit_statement statement;
    const char *values[2];
};

static struct unit_request *ask(struct simple *simple, enum lane_kind lane, const char *person, const char *query,
                                const char *one, const char *two)
{
    *simple = (struct simple){.values = {one, two}};
    simple->statement = (struct unit_statement){.query = query_find(query), .values = simple->values};
    assert_non_null(simple->statement.query);
    simple->request = (struct unit_request){.lane = lane,
                                            .caller = {.person = person, .request_id = "r", .address = "127.0.0.1"},
                                            .statements = &simple->statement,
                                            .statement_count = 1};
    return &simple->request;
}

static void wait_for(const struct answer *answer)
{
    while (answer->calls == 0)
        db_wait(db, -1);
}

static struct answer run(enum lane_kind lane, const char *query, const char *one, const char *two)
{
    struct simple simple;
    struct answer answer = {0};
    unit_run(db, ask(&simple, lane, "7", query, one, two), on_answer, &answer);
    wait_for(&answer);
    return answer;
}

static struct db *open_db(const char *url, unsigned read, unsigned write, unsigned waiting_most)
{
    const struct db_options options = {
        .url = url, .application = "unit_test", .read_lanes = read, .write_lanes = write, .waiting_most = waiting_most};
    return db_new(&options);
}

static int open_database(void **state)
{
    (void)state;
    database_open(&database, false);
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
    db = open_db(database.url, 1, 2, 100);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    db_free(db);
    pool_free(pool);
    return 0;
}

static void test_document_of_a_read(void **state)
{
    (void)state;
    struct answer answer = run(LANE_READ, "thing_show", "1", NULL);
    assert_false(answer.faulty);
    assert_string_equal(answer.document, "{\"id\": 1, \"name\": \"first\"}");
    answer = run(LANE_READ, "thing_show", "99", NULL);
    assert_false(answer.faulty);
    assert_null(answer.document);
}

static void test_interleaved_callers_see_only_their_own_settings(void **state)
{
    (void)state;
    enum { UNITS = 100 };
    struct answer answers[UNITS] = {{0}};
    for (size_t i = 0; i < UNITS; i++) {
        struct simple simple;
        unit_run(
            db,
            ask(&simple, LANE_READ, pool_print(pool, "%zu", i + 1), "caller_show", pool_print(pool, "v%zu", i), NULL),
            on_answer, &answers[i]);
    }
    for (size_t i = 0; i < UNITS; i++)
        wait_for(&answers[i]);
    for (size_t i = 0; i < UNITS; i++)
        assert_string_equal(answers[i].document,
                            pool_print(pool,
                                       "{\"now\": \"\", \"value\": \"v%zu\", \"person\": \"%zu\", \"request\": \"r\"}",
                                       i, i + 1));
    /* Nobody signed in after somebody was: nothing of the earlier caller is left. */
    struct simple simple;
    struct answer nobody = {0};
    unit_run(db, ask(&simple, LANE_READ, NULL, "caller_show", NULL, NULL), on_answer, &nobody);
    wait_for(&nobody);
    assert_string_equal(nobody.document, "{\"now\": \"\", \"value\": null, \"person\": \"\", \"request\": \"r\"}");
}

static void test_failing_unit_leaves_the_next_clean(void **state)
{
    (void)state;
    struct simple simple;
    struct answer answers[3] = {{0}};
    unit_run(db, ask(&simple, LANE_READ, "1", "caller_show", "a", NULL), on_answer, &answers[0]);
    unit_run(db, ask(&simple, LANE_READ, "2", "thing_divide", "0", NULL), on_answer, &answers[1]);
    unit_run(db, ask(&simple, LANE_READ, "3", "thing_divide", "1", NULL), on_answer, &answers[2]);
    wait_for(&answers[2]);
    assert_false(answers[0].faulty);
    assert_true(answers[1].faulty);
    assert_int_equal(answers[1].kind, FAULT_INVALID);
    assert_false(answers[2].faulty);
    assert_string_equal(answers[2].document, "1");
}

static void test_statement_that_cannot_be_prepared_spoils_no_other(void **state)
{
    (void)state;
    struct simple simple;
    struct answer answers[4] = {{0}};
    unit_run(db, ask(&simple, LANE_READ, "1", "caller_show", "a", NULL), on_answer, &answers[0]);
    unit_run(db, ask(&simple, LANE_READ, "2", "broken_parse", NULL, NULL), on_answer, &answers[1]);
    unit_run(db, ask(&simple, LANE_READ, "3", "thing_show", "2", NULL), on_answer, &answers[2]);
    unit_run(db, ask(&simple, LANE_READ, "2", "broken_parse", NULL, NULL), on_answer, &answers[3]);
    wait_for(&answers[3]);
    assert_false(answers[0].faulty);
    assert_int_equal(answers[1].kind, FAULT_INTERNAL);
    assert_string_equal(answers[2].document, "{\"id\": 2, \"name\": \"second\"}");
    assert_int_equal(answers[3].kind, FAULT_INTERNAL);
}

static void test_deferred_constraint_speaks_at_sync(void **state)
{
    (void)state;
    struct answer answer = run(LANE_WRITE, "thing_add", "50", "first");
    assert_true(answer.faulty);
    assert_int_equal(answer.kind, FAULT_CONFLICT);
    assert_string_equal(answer.code, "already_exists");
    assert_null(answer.document);
    assert_null(run(LANE_READ, "thing_show", "50", NULL).document);
    assert_false(run(LANE_WRITE, "thing_add", "51", "fifty-first").faulty);
}

static void test_read_unit_cannot_write(void **state)
{
    (void)state;
    struct answer answer = run(LANE_READ, "thing_add", "60", "sixty");
    assert_int_equal(answer.kind, FAULT_INTERNAL);
    assert_string_equal(answer.code, "write_in_read_unit");
    assert_null(run(LANE_READ, "thing_show", "60", NULL).document);
    /* Also where it runs on a lane for writes. */
    struct db *writing = db;
    db = open_db(database.url, 0, 1, 10);
    answer = run(LANE_READ, "thing_add", "60", "sixty");
    assert_string_equal(answer.code, "write_in_read_unit");
    assert_false(run(LANE_WRITE, "thing_add", "61", "sixty-first").faulty);
    db_free(db);
    db = writing;
}

/* change and show in one unit */
static struct answer run_two(const char *id, const char *name, const char *shown)
{
    const char *change[] = {id, name}, *show[] = {shown};
    const struct unit_statement statements[] = {{query_find("thing_rename"), change}, {query_find("thing_show"), show}};
    const struct unit_request request = {.lane = LANE_WRITE, .statements = statements, .statement_count = 2};
    struct answer answer = {0};
    unit_run(db, &request, on_two_documents, &answer);
    wait_for(&answer);
    return answer;
}

static void test_change_is_seen_by_show(void **state)
{
    (void)state;
    struct answer answer = run_two("2", "renamed", "2");
    assert_false(answer.faulty);
    assert_string_equal(answer.documents[0], "{\"id\": 2}");
    assert_string_equal(answer.documents[1], "{\"id\": 2, \"name\": \"renamed\"}");
    assert_string_equal(answer.document, answer.documents[1]);
}

static void test_change_of_nothing_is_not_found_and_undone(void **state)
{
    (void)state;
    struct answer answer = run_two("999", "nobody", "1");
    assert_int_equal(answer.kind, FAULT_NOT_FOUND);
    assert_null(answer.document);

    const char *added[] = {"70", "seventy"}, *missing[] = {"999", "x"}, *shown[] = {"1"};
    const struct unit_statement statements[] = {
        {query_find("thing_add"), added}, {query_find("thing_rename"), missing}, {query_find("thing_show"), shown}};
    const struct unit_request request = {.lane = LANE_WRITE, .statements = statements, .statement_count = 3};
    answer = (struct answer){0};
    unit_run(db, &request, on_answer, &answer);
    wait_for(&answer);
    assert_int_equal(answer.kind, FAULT_NOT_FOUND);
    assert_null(run(LANE_READ, "thing_show", "70", NULL).document);
}

static void test_change_that_cannot_be_shown_is_undone(void **state)
{
    (void)state;
    struct answer answer = run_two("2", "never", "999");
    assert_int_equal(answer.kind, FAULT_NOT_FOUND);
    assert_null(answer.document);
    assert_null(strstr(run(LANE_READ, "thing_show", "2", NULL).document, "never"));
}

static struct answer run_keyed(const char *key, const char *use, const char *id, const char *name)
{
    struct simple simple;
    struct answer answer = {0};
    struct unit_request *request = ask(&simple, LANE_WRITE, "7", "thing_add", id, name);
    request->idempotency_key = key;
    request->idempotency_use = use;
    unit_run(db, request, on_answer, &answer);
    wait_for(&answer);
    return answer;
}

static void test_key_answers_again_with_the_same_bytes(void **state)
{
    (void)state;
    struct answer first = run_keyed("k1", "thing_add:1", "80", "eighty");
    assert_false(first.faulty);
    assert_false(first.replayed);
    struct answer again = run_keyed("k1", "thing_add:1", "80", "eighty");
    assert_false(again.faulty);
    assert_true(again.replayed);
    assert_string_equal(again.document, first.document);

    struct answer other = run_keyed("k1", "thing_add:2", "81", "eighty-first");
    assert_int_equal(other.kind, FAULT_CONFLICT);
    assert_string_equal(other.code, "idempotency_key_reused");
    assert_null(run(LANE_READ, "thing_show", "81", NULL).document);
}

static void test_key_of_a_failed_unit_is_free(void **state)
{
    (void)state;
    assert_string_equal(run_keyed("k2", "thing_add", "1", "taken").code, "already_exists");  /* at the statement */
    assert_string_equal(run_keyed("k2", "thing_add", "82", "first").code, "already_exists"); /* at Sync */
    struct answer answer = run_keyed("k2", "thing_add", "82", "eighty-second");
    assert_false(answer.faulty);
    assert_false(answer.replayed);
}

static void test_same_key_at_once_runs_once(void **state)
{
    (void)state;
    struct answer answers[2] = {{0}};
    for (size_t i = 0; i < 2; i++) {
        struct simple simple;
        struct unit_request *request = ask(&simple, LANE_WRITE, "7", "thing_add", "90", "ninety");
        request->idempotency_key = "k3";
        request->idempotency_use = "thing_add";
        unit_run(db, request, on_answer, &answers[i]);
    }
    wait_for(&answers[0]);
    wait_for(&answers[1]);
    assert_false(answers[0].faulty);
    assert_false(answers[1].faulty);
    assert_int_equal(answers[0].replayed + answers[1].replayed, 1);
    assert_string_equal(answers[0].document, answers[1].document);
}

static void test_locked_row_is_busy(void **state)
{
    (void)state;
    database_execute(&database, "begin; update thing set name = name where id = 1");
    struct answer answer = run(LANE_WRITE, "thing_rename", "1", "mine");
    database_execute(&database, "rollback");
    assert_int_equal(answer.kind, FAULT_UNAVAILABLE);
    assert_string_equal(answer.code, "busy");
    assert_false(run(LANE_WRITE, "thing_rename", "1", "first").faulty);
}

/* Two clicks on one button: the second waits for the first, longer than a lane waits for a lock. */
static void test_row_held_for_a_moment_is_waited_for(void **state)
{
    (void)state;
    struct simple simple;
    struct answer answer = {0};
    database_execute(&database, "begin; update thing set name = name where id = 1");
    int64_t held_until = clock_monotonic_ms() + 700;
    unit_run(db, ask(&simple, LANE_WRITE, "1", "thing_rename", "1", "patient"), on_answer, &answer);
    while (clock_monotonic_ms() < held_until)
        db_wait(db, 50);
    database_execute(&database, "rollback");
    wait_for(&answer);
    assert_false(answer.faulty);
    assert_false(run(LANE_WRITE, "thing_rename", "1", "first").faulty);
}

static void fail_when_called(void *data, const struct unit_result *result)
{
    (void)data, (void)result;
    fail_msg("an abandoned unit called back");
}

/* Waits until a backend of ours waits for an advisory lock; answers its process id. */
static const char *wait_for_waiter(void)
{
    const char *pid = "";
    while (*pid == '\0') {
        db_wait(db, 5);
        pid = database_ask(&database, pool, "select pid from pg_locks where locktype = 'advisory' and not granted");
    }
    return pid;
}

static void test_abandoned_in_flight(void **state)
{
    (void)state;
    struct simple simple;
    struct answer next = {0};
    database_execute(&database, "select pg_advisory_lock(1)");
    struct unit *unit = unit_run(db, ask(&simple, LANE_READ, "1", "lock_take", "1", NULL), fail_when_called, NULL);
    wait_for_waiter();
    unit_abandon(unit);
    unit_run(db, ask(&simple, LANE_READ, "1", "caller_show", "after", NULL), on_answer, &next);
    database_execute(&database, "select pg_advisory_unlock(1)");
    wait_for(&next);
    assert_false(next.faulty);
}

static void test_abandoned_before_it_was_sent(void **state)
{
    (void)state;
    struct simple simple;
    unit_abandon(unit_run(db, ask(&simple, LANE_WRITE, "1", "thing_add", "100", "hundred"), fail_when_called, NULL));
    assert_false(run(LANE_WRITE, "thing_add", "101", "hundred-first").faulty);
    assert_null(run(LANE_READ, "thing_show", "100", NULL).document);
}

static struct unit *neighbours[3];

static void abandon_all(void *data, const struct unit_result *result)
{
    on_answer(data, result);
    for (size_t i = 0; i < 3; i++)
        unit_abandon(neighbours[i]);
}

static void test_abandoning_oneself_and_others_inside_a_callback(void **state)
{
    (void)state;
    struct simple simple;
    struct answer answer = {0};
    neighbours[0] = unit_run(db, ask(&simple, LANE_READ, "1", "caller_show", "a", NULL), abandon_all, &answer);
    neighbours[1] = unit_run(db, ask(&simple, LANE_READ, "1", "caller_show", "b", NULL), fail_when_called, NULL);
    neighbours[2] = unit_run(db, ask(&simple, LANE_READ, "1", "thing_divide", "0", NULL), fail_when_called, NULL);
    wait_for(&answer);
    assert_int_equal(answer.calls, 1);
    assert_false(run(LANE_READ, "thing_show", "1", NULL).faulty);
}

static void run_another(void *data, const struct unit_result *result)
{
    (void)result;
    struct simple simple;
    unit_run(db, ask(&simple, LANE_READ, "1", "caller_show", "second", NULL), on_answer, data);
}

static void test_unit_run_inside_a_callback(void **state)
{
    (void)state;
    struct simple simple;
    struct answer answer = {0};
    unit_run(db, ask(&simple, LANE_READ, "1", "caller_show", "first", NULL), run_another, &answer);
    wait_for(&answer);
    assert_false(answer.faulty);
    assert_non_null(strstr(answer.document, "second"));
}

static void test_too_many_waiting_are_refused_but_not_at_once(void **state)
{
    (void)state;
    struct db *wide = db;
    db = open_db(database.url, 1, 0, 2);
    struct simple simple;
    struct answer answers[3] = {{0}};
    for (size_t i = 0; i < 3; i++)
        unit_run(db, ask(&simple, LANE_READ, "1", "caller_show", "x", NULL), on_answer, &answers[i]);
    assert_int_equal(answers[2].calls, 0);
    wait_for(&answers[2]);
    assert_int_equal(answers[2].kind, FAULT_UNAVAILABLE);
    assert_string_equal(answers[2].code, "busy");
    wait_for(&answers[1]);
    assert_false(answers[0].faulty);
    assert_false(answers[1].faulty);
    db_free(db);
    db = wide;
}

static void test_read_survives_the_death_of_its_connection(void **state)
{
    (void)state;
    struct simple simple;
    struct answer answers[2] = {{0}};
    database_execute(&database, "select pg_advisory_lock(1)");
    unit_run(db, ask(&simple, LANE_READ, "1", "lock_take", "1", NULL), on_answer, &answers[0]);
    unit_run(db, ask(&simple, LANE_READ, "2", "caller_show", "x", NULL), on_answer, &answers[1]);
    const char *pid = wait_for_waiter();
    database_ask(&database, pool, pool_print(pool, "select pg_terminate_backend(%s, 5000)", pid));
    database_execute(&database, "select pg_advisory_unlock(1)");
    wait_for(&answers[0]);
    wait_for(&answers[1]);
    assert_false(answers[0].faulty);
    assert_string_equal(answers[0].document, "\"taken\"");
    assert_false(answers[1].faulty);
}

static void test_read_that_kills_its_connection_is_not_tried_for_ever(void **state)
{
    (void)state;
    struct answer answer = run(LANE_READ, "backend_kill", NULL, NULL);
    assert_int_equal(answer.kind, FAULT_UNAVAILABLE);
    assert_false(run(LANE_READ, "thing_show", "1", NULL).faulty);
}

static void test_write_whose_connection_died_is_unsure(void **state)
{
    (void)state;
    struct answer answer = run(LANE_WRITE, "backend_kill", NULL, NULL);
    assert_int_equal(answer.kind, FAULT_UNSURE);
    assert_string_equal(answer.code, "unsure");
    assert_false(run(LANE_WRITE, "thing_rename", "1", "first").faulty);
}

static void test_keyed_write_whose_sync_never_left_did_nothing(void **state)
{
    (void)state;
    struct simple simple;
    struct answer answer = {0};
    struct unit_request *request = ask(&simple, LANE_WRITE, "7", "backend_kill", NULL, NULL);
    request->idempotency_key = "k4";
    request->idempotency_use = "backend_kill";
    unit_run(db, request, on_answer, &answer);
    wait_for(&answer);
    assert_int_equal(answer.kind, FAULT_UNAVAILABLE);
    assert_string_equal(database_ask(&database, pool, "select count(*) from veha.idempotency where key = 'k4'"), "0");
}

static void test_set_clock_reaches_the_unit(void **state)
{
    (void)state;
    char path[] = "/tmp/veha-clock-XXXXXX";
    int file = mkstemp(path);
    assert_true(write(file, "2030-02-03T04:05:06Z\n", 21) == 21);
    close(file);
    setenv("VEHA_CLOCK_FILE", path, 1);
    struct answer answer = run(LANE_READ, "caller_show", "x", NULL);
    unsetenv("VEHA_CLOCK_FILE");
    unlink(path);
    assert_non_null(strstr(answer.document, "2030-02-03 04:05:06+00"));
}

static void test_unit_wait(void **state)
{
    (void)state;
    struct simple simple;
    const struct fault *fault = NULL;
    const char *document = unit_wait(db, pool, ask(&simple, LANE_READ, "1", "thing_divide", "1", NULL), &fault);
    assert_null(fault);
    assert_string_equal(document, "1");
    assert_null(unit_wait(db, pool, ask(&simple, LANE_READ, "1", "thing_show", "999", NULL), &fault));
    assert_null(fault);
    assert_null(unit_wait(db, pool, ask(&simple, LANE_READ, "1", "thing_divide", "0", NULL), &fault));
    assert_int_equal(fault->kind, FAULT_INVALID);
}

static void test_db_free_ends_what_is_outstanding(void **state)
{
    (void)state;
    struct db *other = db;
    struct simple simple;
    struct answer answers[3] = {{0}};
    db = open_db(database.url, 1, 1, 10);
    database_execute(&database, "select pg_advisory_lock(1)");
    unit_run(db, ask(&simple, LANE_READ, "1", "lock_take", "1", NULL), on_answer, &answers[0]);
    wait_for_waiter();
    unit_run(db, ask(&simple, LANE_WRITE, "1", "thing_rename", "1", "first"), on_answer, &answers[1]);
    while (!db_ready(db))
        db_wait(db, -1);
    unit_run(db, ask(&simple, LANE_WRITE, "1", "thing_rename", "1", "first"), on_answer, &answers[2]);
    db_free(db);
    db = other;
    database_execute(&database, "select pg_advisory_unlock(1)");
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(answers[i].calls, 1);
    assert_int_equal(answers[0].kind, FAULT_UNAVAILABLE);
    assert_int_equal(answers[2].kind, FAULT_UNAVAILABLE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_document_of_a_read),
        TEST(test_interleaved_callers_see_only_their_own_settings),
        TEST(test_failing_unit_leaves_the_next_clean),
        TEST(test_statement_that_cannot_be_prepared_spoils_no_other),
        TEST(test_deferred_constraint_speaks_at_sync),
        TEST(test_read_unit_cannot_write),
        TEST(test_change_is_seen_by_show),
        TEST(test_change_of_nothing_is_not_found_and_undone),
        TEST(test_change_that_cannot_be_shown_is_undone),
        TEST(test_key_answers_again_with_the_same_bytes),
        TEST(test_key_of_a_failed_unit_is_free),
        TEST(test_same_key_at_once_runs_once),
        TEST(test_locked_row_is_busy),
        TEST(test_row_held_for_a_moment_is_waited_for),
        TEST(test_abandoned_in_flight),
        TEST(test_abandoned_before_it_was_sent),
        TEST(test_abandoning_oneself_and_others_inside_a_callback),
        TEST(test_unit_run_inside_a_callback),
        TEST(test_too_many_waiting_are_refused_but_not_at_once),
        TEST(test_read_survives_the_death_of_its_connection),
        TEST(test_read_that_kills_its_connection_is_not_tried_for_ever),
        TEST(test_write_whose_connection_died_is_unsure),
        TEST(test_keyed_write_whose_sync_never_left_did_nothing),
        TEST(test_set_clock_reaches_the_unit),
        TEST(test_unit_wait),
        TEST(test_db_free_ends_what_is_outstanding),
    };
    return cmocka_run_group_tests(tests, open_database, close_database);
}

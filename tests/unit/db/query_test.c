/* query_test.c: what deploy/embed-queries makes of query files, and finding them by name. */
#include "veha/query.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* cmocka.h needs those above. */
#include <cmocka.h>

static char folder[] = "/tmp/veha-queries-XXXXXX";
static char output[16384];

static void write_file(const char *name, const char *text)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

/* Runs a tool over the folder; answers its exit status, and what it printed in `output`. */
static int embed(const char *tool)
{
    char command[256];
    snprintf(command, sizeof command, "deploy/%s %s 2>&1", tool, folder);
    FILE *tool_output = popen(command, "r");
    assert_non_null(tool_output);
    output[fread(output, 1, sizeof output - 1, tool_output)] = '\0';
    return WEXITSTATUS(pclose(tool_output));
}

static void embed_one(const char *sql)
{
    write_file("thing_show.sql", sql);
    assert_int_equal(embed("embed-queries"), 0);
}

static int set_up(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/veha-queries-XXXXXX");
    return mkdtemp(folder) == NULL;
}

static int tear_down(void **state)
{
    (void)state;
    DIR *directory = opendir(folder);
    for (struct dirent *entry = readdir(directory); entry != NULL; entry = readdir(directory))
        if (entry->d_name[0] != '.')
            unlinkat(dirfd(directory), entry->d_name, 0);
    closedir(directory);
    return rmdir(folder);
}

static void test_parameters_are_numbered(void **state)
{
    (void)state;
    static const struct {
        const char *sql;
        const char *text;
        const char *names;
    } cases[] = {
        {"select :a, :b, :a", "select $1, $2, $1", "{\"a\", \"b\", NULL}"},
        {"select :a::int::text", "select $1::int::text", "{\"a\", NULL}"},
        {"select 'x:y', ':no', 'it''s :no', :yes", "select 'x:y', ':no', 'it''s :no', $1", "{\"yes\", NULL}"},
        {"select E'\\':no' || :yes", "select E'\\\\':no' || $1", "{\"yes\", NULL}"},
        {"select \":no\", \"a\"\":no\", :yes", "select \\\":no\\\", \\\"a\\\"\\\":no\\\", $1", "{\"yes\", NULL}"},
        {"select $$ :no $$, $t$ $$ :no $t$, :yes", "select $$ :no $$, $t$ $$ :no $t$, $1", "{\"yes\", NULL}"},
        {"select /* :no /* :no */ :no */ :yes -- :no", "select   $1", "{\"yes\", NULL}"},
        {"select x[1:2], f(a := 1)", "select x[1:2], f(a := 1)", "{NULL}"},
        {"select 1;\n", "select 1", "{NULL}"},
        {"select '\?\?(' \?\? :a", "select '\?\\?(' \?\\? $1", "{\"a\", NULL}"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        embed_one(cases[i].sql);
        char text[256], names[256];
        snprintf(text, sizeof text, "\"%s\",", cases[i].text);
        snprintf(names, sizeof names, "parameters_thing_show[] = %s;", cases[i].names);
        if (strstr(output, text) == NULL || strstr(output, names) == NULL)
            fail_msg("%s became:\n%s", cases[i].sql, output);
    }
}

static void test_mistakes_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *sql;
        const char *reason;
    } cases[] = {
        {"thing_show.sql", "select 'open", "a quote ' is not closed"},
        {"thing_show.sql", "select /* open", "a comment is not closed"},
        {"thing_show.sql", "-- only a comment\n", "there is no statement"},
        {"Thing.sql", "select 1", "named noun_verb.sql"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        write_file(cases[i].name, cases[i].sql);
        assert_int_not_equal(embed("embed-queries"), 0);
        if (strstr(output, cases[i].reason) == NULL || strstr(output, cases[i].name) == NULL)
            fail_msg("%s: %s", cases[i].sql, output);
    }
}

static void test_empty_folder_gives_a_valid_table(void **state)
{
    (void)state;
    assert_int_equal(embed("embed-queries"), 0);
    assert_non_null(strstr(output, "query_count = 0;"));
    assert_non_null(strstr(output, "{NULL, NULL, NULL, 0},"));
    assert_int_equal(embed("embed-migrations"), 0);
    assert_non_null(strstr(output, "migration_count = 0;"));
}

static void test_migrations_are_in_order_with_checksums(void **state)
{
    (void)state;
    write_file("0002_two.sql", "select \"2\";\n");
    write_file("0001_one.sql", "select 1;\n");
    assert_int_equal(embed("embed-migrations"), 0);
    assert_true(strstr(output, "\"0001_one\"") < strstr(output, "\"0002_two\""));
    assert_non_null(strstr(output, "\"select \\\"2\\\";\\n\""));
    assert_non_null(strstr(output, "\"66a6165c"));
    write_file("0002_again.sql", "select 1;\n");
    assert_int_not_equal(embed("embed-migrations"), 0);
    assert_non_null(strstr(output, "the number 0002 is taken"));
}

static void test_every_query_of_the_program_is_found(void **state)
{
    (void)state;
    assert_true(query_count > 0);
    for (size_t i = 0; i < query_count; i++) {
        assert_ptr_equal(query_find(query_table[i].name), &query_table[i]);
        for (size_t named = 0; named < query_table[i].parameter_count; named++)
            assert_non_null(query_table[i].parameters[named]);
        assert_null(query_table[i].parameters[query_table[i].parameter_count]);
        assert_true(query_table[i].parameter_count <= QUERY_PARAMETERS_MAX);
    }
    assert_null(query_find("no_such_query"));
    assert_null(query_find(""));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_parameters_are_numbered),
        TEST(test_mistakes_are_refused),
        TEST(test_empty_folder_gives_a_valid_table),
        TEST(test_migrations_are_in_order_with_checksums),
        TEST(test_every_query_of_the_program_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* document_test.c: JSON files, and the line of everything wrong in them. */
#include "veha/document.h"

#include "scratch.h"

static struct pool *pool;

static int set_up(void **state)
{
    pool = pool_new();
    return scratch_make(state);
}

static int tear_down(void **state)
{
    pool_free(pool);
    return scratch_remove(state);
}

static struct document *parse(const char *text)
{
    return document_parse(pool, "file.json", text, strlen(text));
}

/* The line at which a mistake at this pointer is told. */
static unsigned line_at(struct document *document, const char *pointer)
{
    document_mistake(document, pool, pointer, "at %s", pointer);
    return document->mistakes[document->mistake_count - 1].line;
}

static void test_lines_of_pointers(void **state)
{
    (void)state;
    struct document *document = parse("\n"
                                      "{\n"
                                      "  \"a/b\": 1, \"m~n\": 2,\n"
                                      "  \"text\": \"a \\\" } ] , \\\\\",\n"
                                      "  \"steps\": [\n"
                                      "    {\"key\": \"one\"},\n"
                                      "    {\n"
                                      "      \"key\": \"two\",\n"
                                      "      \"list\": [[], {}, [1, 2,\n"
                                      "        3]]\n"
                                      "    }\n"
                                      "  ],\n"
                                      "  \"\\u043a\\u043b\\u044e\\u0447\": true,\n"
                                      "  \"\": null\n"
                                      "}\n");
    assert_non_null(document->root);
    static const struct {
        const char *pointer;
        unsigned line;
    } cases[] = {
        {"", 2},
        {"/a~1b", 3},
        {"/m~0n", 3},
        {"/text", 4},
        {"/steps", 5},
        {"/steps/0", 6},
        {"/steps/0/key", 6},
        {"/steps/1", 7},
        {"/steps/1/key", 8},
        {"/steps/1/list/2/2", 10},
        {"/ключ", 13},
        {"/", 14},
        /* What is not there is told at its nearest ancestor. */
        {"/steps/1/offset", 7},
        {"/steps/9", 5},
        {"/steps/x", 5},
        {"/nothing/at/all", 2},
        {"/text/below/a/string", 4},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (line_at(document, cases[i].pointer) != cases[i].line)
            fail_msg("%s: line %u", cases[i].pointer, document->mistakes[i].line);
    assert_int_equal(document->mistake_count, sizeof cases / sizeof cases[0]);
    assert_string_equal(document->mistakes[0].reason, "at ");
}

static void test_text_that_is_no_document(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        unsigned line;
    } cases[] = {
        {"", 1},   {"{", 1},    {"{\n\"a\": 1,\n}", 3},   {"{\n\"a\": 1,\n\"a\": 2}", 3},
        {"[]", 1}, {"{} x", 1}, {"{\"a\": \"\xFF\"}", 1}, {"{\"a\": \"\\u0000\"}", 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct document *document = parse(cases[i].text);
        assert_null(document->root);
        assert_int_equal(document->mistake_count, 1);
        assert_int_equal(document->mistakes[0].line, cases[i].line);
        assert_true(strlen(document->mistakes[0].reason) > 0);
    }
    assert_null(document_parse(pool, "nul.json", "{}\0", 3)->root);
}

static const struct document_member members[] = {
    {"key", 's', true},
    {"offset", 'i', true},
    {"weight", 'n', false},
    {"mandatory", 'b', false},
    {"list", 'a', false},
    {"more", 'o', false},
    {0},
};

static void test_members(void **state)
{
    (void)state;
    struct document *document =
        parse("{\"steps\": [\n"
              "{\"key\": \"one\", \"offset\": -3, \"weight\": 1.5, \"mandatory\": true, \"list\": [], \"more\": {}},\n"
              "{\"kye\": \"one\",\n"
              " \"offset\": 1.5,\n"
              " \"weight\": \"heavy\", \"mandatory\": 1,\n"
              " \"list\": {}, \"more\": null},\n"
              "7\n"
              "]}");
    assert_non_null(document_object(document, pool, "/steps/0", members));
    assert_int_equal(document->mistake_count, 0);
    assert_non_null(document_object(document, pool, "/steps/1", members));
    assert_null(document_object(document, pool, "/steps/2", members));
    assert_null(document_object(document, pool, "/steps/3", members));
    scratch_listen();
    bool sound = document_sound(document);
    assert_string_equal(scratch_printed(), "file.json:3: unknown member \"kye\"\n"
                                           "file.json:4: \"offset\" must be an integer\n"
                                           "file.json:5: \"weight\" must be a number\n"
                                           "file.json:5: \"mandatory\" must be true or false\n"
                                           "file.json:6: \"list\" must be an array\n"
                                           "file.json:6: \"more\" must be an object\n"
                                           "file.json:3: \"key\" is missing\n"
                                           "file.json:7: /steps/2 must be an object\n"
                                           "file.json:1: /steps/3 must be an object\n");
    assert_false(sound);
}

static void test_unknown_member_with_a_slash_has_its_line(void **state)
{
    (void)state;
    struct document *document = parse("{\"key\": \"x\", \"offset\": 1,\n\"a/b~c\": 1}");
    document_object(document, pool, "", members);
    assert_int_equal(document->mistake_count, 1);
    assert_int_equal(document->mistakes[0].line, 2);
}

static void test_files(void **state)
{
    (void)state;
    char path[256];
    snprintf(path, sizeof path, "%s", scratch_write("good.json", "{\"name\": \"веха\"}\n"));
    struct document *document = document_read(pool, path);
    assert_non_null(document->root);
    assert_string_equal(json_string_value(json_object_get(document->root, "name")), "веха");
    assert_string_equal(document->path, path);
    assert_true(document_sound(document));

    document = document_read(pool, pool_print(pool, "%s/missing.json", scratch_folder));
    assert_null(document->root);
    assert_string_equal(document->mistakes[0].reason, "cannot be read: No such file or directory");
    /* Of a document that is not there nothing more can be told. */
    assert_null(document_object(document, pool, "", members));
    assert_int_equal(document->mistake_count, 1);
    document = document_read(pool, scratch_folder);
    assert_null(document->root);
    assert_string_equal(document->mistakes[0].reason, "cannot be read: Is a directory");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_lines_of_pointers),
        TEST(test_text_that_is_no_document),
        TEST(test_members),
        TEST(test_unknown_member_with_a_slash_has_its_line),
        TEST(test_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

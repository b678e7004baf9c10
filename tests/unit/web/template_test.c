/* template_test.c runs the official Mustache specification and what the project adds to it. */
#include "veha/template.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* cmocka.h needs those above. */
#include <cmocka.h>

static const struct locale *locale; /* without any catalogue: sentences stay as they are */

static char *expand(struct pool *pool, const char *text, const char *data, const char **reason)
{
    json_t *values = json_loads(data, JSON_DECODE_ANY, NULL);
    assert_non_null(values);
    char *expanded = template_expand(pool, text, NULL, values, locale, false, reason);
    json_decref(values);
    return expanded;
}

static void assert_expands(const char *text, const char *data, const char *expected)
{
    struct pool *pool = pool_new();
    const char *reason = NULL;
    const char *expanded = expand(pool, text, data, &reason);
    if (!expanded)
        fail_msg("%s: %s", text, reason);
    assert_string_equal(expanded, expected);
    pool_free(pool);
}

static void assert_refused(const char *text, const char *expected)
{
    struct pool *pool = pool_new();
    const char *reason = NULL;
    assert_null(expand(pool, text, "{}", &reason));
    assert_string_equal(reason, expected);
    pool_free(pool);
}

static size_t run_specification(const char *path)
{
    json_t *file = json_load_file(path, 0, NULL);
    if (!file)
        fail_msg("%s cannot be read", path);
    size_t i;
    json_t *test;
    json_array_foreach(json_object_get(file, "tests"), i, test)
    {
        struct pool *pool = pool_new();
        const char *reason = NULL;
        const char *expected = json_string_value(json_object_get(test, "expected"));
        const char *expanded =
            template_expand(pool, json_string_value(json_object_get(test, "template")),
                            json_object_get(test, "partials"), json_object_get(test, "data"), locale, true, &reason);
        if (!expanded || strcmp(expanded, expected) != 0)
            fail_msg("%s, \"%s\": expected [%s], not [%s]%s", path, json_string_value(json_object_get(test, "name")),
                     expected, expanded ? expanded : "", reason ? reason : "");
        pool_free(pool);
    }
    json_decref(file);
    return i;
}

static void all_136_cases_of_the_specification_pass(void **state)
{
    (void)state;
    static const char *const files[] = {"comments", "delimiters", "interpolation", "inverted", "partials", "sections"};
    const char *corpus = getenv("VEHA_CORPUS");
    char path[4096];
    size_t cases = 0;
    snprintf(path, sizeof path, "%s/mustache_spec", corpus ? corpus : "../shared/data");
    if (access(path, R_OK) != 0)
        skip();
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        snprintf(path, sizeof path, "%s/mustache_spec/%s.json", corpus ? corpus : "../shared/data", files[i]);
        cases += run_specification(path);
    }
    assert_int_equal(cases, 136);
}

static void values_cannot_leave_their_attribute(void **state)
{
    (void)state;
    assert_expands("<a title=\"{{x}}\" title='{{x}}'>", "{\"x\":\"<b>\\\"'&\"}",
                   "<a title=\"&lt;b&gt;&quot;&#39;&amp;\" title='&lt;b&gt;&quot;&#39;&amp;'>");
    assert_expands("{{@t Hello {name}}}!", "{\"name\":\"<b>\"}", "Hello &lt;b&gt;!");
}

static void unescaped_tags_are_refused(void **state)
{
    (void)state;
    assert_refused("{{{x}}}", "this name may not be shown unescaped");
    assert_refused("{{&x}}", "this name may not be shown unescaped");
}

static void empty_text_and_zero_are_false(void **state)
{
    (void)state;
    assert_expands("{{^note}}none{{/note}}{{#note}}some{{/note}}", "{\"note\":\"\"}", "none");
    assert_expands("{{^count}}none{{/count}}", "{\"count\":0}", "none");
    assert_expands("{{#count}}{{.}} left{{/count}}", "{\"count\":3}", "3 left");
}

static void mistakes_have_reasons(void **state)
{
    (void)state;
    assert_refused("{{x", "the tag is never closed");
    assert_refused("{{#x}}", "the section is never closed");
    assert_refused("{{/x}}", "this closes a section that was never opened");
    assert_refused("{{#x}}{{#y}}{{/x}}{{/y}}", "this closes another section than the one opened last");
    assert_refused("{{a b}}", "this is not a name");
    assert_refused("{{a..b}}", "this is not a name");
    assert_refused("{{}}", "this is not a name");
    assert_refused("{{>}}", "the partial has no name");
    assert_refused("{{=<% =}}", "delimiters are two words without spaces and =");
    assert_refused("{{@shout x}}", "there is no such formatter");
    assert_refused("{{@date}}", "the formatter lacks an argument");
    assert_refused("{{@date a b}}", "the formatter takes fewer arguments");
}

static void formatters_speak(void **state)
{
    (void)state;
    assert_expands("{{@when status verified selected}}|{{@when status claimed selected}}", "{\"status\":\"verified\"}",
                   "selected|");
    assert_expands("{{@when n 3 yes, indeed}}", "{\"n\":3}", "yes, indeed");
    assert_expands("{{#all}}{{.}}{{@same . chosen *}} {{/all}}", "{\"all\":[\"a\",\"b\"],\"chosen\":\"b\"}", "a b* ");
    assert_expands("{{@same a b x}}", "{}", "");
    assert_expands("{{#e}}{{@when field note {why}!}}{{/e}}",
                   "{\"e\":[{\"field\":\"note\",\"why\":\"empty\"},{\"field\":\"link\"}]}", "empty!");
    assert_expands("?q={{@url q}}", "{\"q\":\"a&b é\"}", "?q=a%26b%20%C3%A9");
    assert_expands("[{{@link a}}][{{@link b}}]", "{\"a\":\"https://a.example/?a&b\",\"b\":\"javascript:alert(1)\"}",
                   "[https://a.example/?a&amp;b][]");
    assert_expands("{{@date on}}, {{@number n}}, {{@percent s}}", "{\"on\":\"2022-12-01\",\"n\":12345,\"s\":0.534}",
                   "1\u00a0December 2022, 12,345, 53.4%");
    assert_expands("{{@size a}}, {{@size b}}, {{@size c}}, {{@size d}}{{@size missing}}",
                   "{\"a\":1,\"b\":1048575,\"c\":1572864,\"d\":10485760}",
                   "1\u00a0kilobyte, 1,024\u00a0kilobyte, 1.5\u00a0megabyte, 10\u00a0megabyte");
    assert_expands("{{@date missing}}{{@number missing}}{{@percent missing}}{{@code a missing}}", "{}", "");
    assert_expands("{{@code status missing_from_catalogue}}", "{\"missing_from_catalogue\":\"odd\"}", "odd");
    assert_expands("{{@t Due on {due_on:date}, {a.b} of {a.c}.}}",
                   "{\"due_on\":\"2022-12-01\",\"a\":{\"b\":1,\"c\":2}}", "Due on 1\u00a0December 2022, 1 of 2.");
    assert_expands("{{#reason}}{{@t Reason: {.}}}{{/reason}}", "{\"reason\":\"late\"}", "Reason: late");
    assert_expands("{{@t Now {status@step.status}}}", "{\"status\":\"{x}\",\"x\":1}", "Now {x}");
    assert_expands("{{@t An odd {name:percents} or {brace}}}", "{\"name\":1}", "An odd  or ");
    assert_expands("{{@count n %d tenant|%d tenants of {all}}}", "{\"n\":1,\"all\":5}", "1 tenant");
    assert_expands("{{@count n %d tenant|%d tenants of {all}}}", "{\"n\":12000,\"all\":5}", "12,000 tenants of 5");
    assert_expands("{{@count n %d tenant|%d tenants}}", "{\"n\":1e80}", ""); /* nothing can be counted 1e80 times */
    assert_expands("{{@asset site.css}}", "{}", "/assets/site.css");
}

/* Sections within sections find nothing of each other by accident: what an inner one lacks comes from the outer ones.
 */
static void names_are_found_outwards(void **state)
{
    (void)state;
    assert_expands("{{#a}}{{#b}}{{x}}{{y}}{{/b}}{{/a}}", "{\"x\":1,\"y\":2,\"a\":{\"x\":3,\"b\":{\"z\":0}}}", "32");
}

static void partials_that_never_end_are_ended(void **state)
{
    (void)state;
    struct pool *pool = pool_new();
    const char *reason = NULL;
    json_t *data = json_object();
    json_t *once = json_pack("{s:s}", "p", "x{{>p}}");
    assert_null(template_expand(pool, "{{>p}}", once, data, locale, false, &reason));
    assert_string_equal(reason, "sections and partials stand too deep within each other");
    json_t *numbers = json_array();
    for (int i = 0; i < 1000; i++)
        json_array_append_new(numbers, json_integer(1));
    json_object_set_new(data, "n", numbers);
    assert_null(
        template_expand(pool, "{{#n}}{{#n}}{{#n}}{{#n}}{{/n}}{{/n}}{{/n}}{{/n}}", NULL, data, locale, false, &reason));
    assert_string_equal(reason, "the page does not end");
    json_object_set_new(once, "p", json_string("\n                {{>p}}\n"));
    assert_null(template_expand(pool, "{{>p}}", once, data, locale, false, &reason));
    assert_string_equal(reason, "partials are indented too far");
    json_decref(once);
    json_decref(data);
    pool_free(pool);
}

static void too_many_sections_are_refused(void **state)
{
    (void)state;
    char text[33 * 6 + 1] = "";
    for (int i = 0; i < 33; i++)
        strcat(text, "{{#a}}");
    assert_refused(text, "too many sections within each other");
}

/* A folder of templates that goes away with the test. */
struct folder {
    char path[64];
    char *files[8];
    size_t count;
};

static void folder_open(struct folder *folder)
{
    *folder = (struct folder){.path = "/tmp/template_test.XXXXXX"};
    assert_non_null(mkdtemp(folder->path));
}

static void folder_add(struct folder *folder, const char *name, const char *text)
{
    char *path = NULL;
    assert_true(asprintf(&path, "%s/%s", folder->path, name) > 0);
    folder->files[folder->count++] = path;
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void folder_close(struct folder *folder)
{
    while (folder->count > 0) {
        assert_int_equal(unlink(folder->files[--folder->count]), 0);
        free(folder->files[folder->count]);
    }
    char inner[96];
    snprintf(inner, sizeof inner, "%s/parts", folder->path);
    rmdir(inner);
    assert_int_equal(rmdir(folder->path), 0);
}

static void folder_add_inner(struct folder *folder)
{
    char inner[96];
    snprintf(inner, sizeof inner, "%s/parts", folder->path);
    assert_int_equal(mkdir(inner, 0700), 0);
}

static void pages_and_partials_are_found_by_path(void **state)
{
    (void)state;
    struct folder folder;
    struct buffer out = {0};
    folder_open(&folder);
    folder_add_inner(&folder);
    folder_add(&folder, "page.html", "<p>{{>parts/name}}</p>{{{trusted}}}<link href=\"{{@asset site.css}}\">");
    folder_add(&folder, "parts/name.html", "{{name}}");
    folder_add(&folder, "notes.md", "{{# this is no template");
    static const char *const unescaped[] = {"trusted", NULL};
    struct template_set *set = template_load(folder.path, unescaped);
    assert_non_null(set);
    json_t *data = json_pack("{s:s,s:s}", "name", "<b>", "trusted", "<i>");
    json_t *manifest = json_pack("{s:{s:s}}", "site.css", "file", "site-1.css");
    assert_true(template_use_assets(set, manifest));
    assert_true(template_render(set, "page", data, locale, &out));
    assert_string_equal(out.bytes, "<p>&lt;b&gt;</p><i><link href=\"/assets/site-1.css\">");
    assert_false(template_render(set, "notes", data, locale, &out));
    json_object_clear(manifest);
    assert_false(template_use_assets(set, manifest));
    json_decref(manifest);
    json_decref(data);
    buffer_free(&out);
    template_free(set);
    folder_close(&folder);
}

/* Runs template_load with standard error in a file, and returns what it said. */
static void load_and_listen(const char *directory, char *said, size_t size)
{
    FILE *file = tmpfile();
    assert_non_null(file);
    int kept = dup(STDERR_FILENO);
    fflush(stderr);
    dup2(fileno(file), STDERR_FILENO);
    struct template_set *set = template_load(directory, NULL);
    fflush(stderr);
    dup2(kept, STDERR_FILENO);
    close(kept);
    assert_null(set);
    rewind(file);
    said[fread(said, 1, size - 1, file)] = '\0';
    fclose(file);
}

static void mistakes_are_told_with_file_and_line(void **state)
{
    (void)state;
    struct folder folder;
    char said[1024], expected[256];
    folder_open(&folder);
    folder_add(&folder, "one.html", "<p>\n{{! a comment\nof two lines }}\n{{{name}}}\n");
    folder_add(&folder, "two.html", "{{#open}}\n<p>\n");
    load_and_listen(folder.path, said, sizeof said);
    snprintf(expected, sizeof expected, "%s/one.html:4: this name may not be shown unescaped\n", folder.path);
    assert_non_null(strstr(said, expected));
    snprintf(expected, sizeof expected, "%s/two.html:1: the section is never closed\n", folder.path);
    assert_non_null(strstr(said, expected));
    folder_close(&folder);
}

static void a_missing_partial_is_told(void **state)
{
    (void)state;
    struct folder folder;
    char said[1024], expected[256];
    folder_open(&folder);
    folder_add(&folder, "one.html", "\n\n{{>nowhere}}");
    load_and_listen(folder.path, said, sizeof said);
    snprintf(expected, sizeof expected, "%s/one.html:3: there is no such partial\n", folder.path);
    assert_string_equal(said, expected);
    folder_close(&folder);
    load_and_listen("/nonexistent/templates", said, sizeof said);
    assert_string_equal(said, "/nonexistent/templates:1: No such file or directory\n");
}

static void no_line_ends_after_a_number_sign(void **state)
{
    (void)state;
    assert_expands("{{name}}", "{\"name\":\"№ 1, <b> № 2, №3, №\"}", "№\u00a01, &lt;b&gt; №\u00a02, №3, №");
}

static void plain_text_is_not_escaped(void **state)
{
    (void)state;
    struct folder folder;
    struct buffer out = {0};
    folder_open(&folder);
    folder_add(&folder, "letter.txt", "{{name}} & {{@url name}} {{@when name <b> {name}}}\n");
    folder_add(&folder, "page.html", "{{name}}");
    struct template_set *set = template_load(folder.path, NULL);
    assert_non_null(set);
    json_t *data = json_pack("{s:s}", "name", "<b>");
    assert_true(template_render(set, "letter", data, locale, &out));
    assert_string_equal(out.bytes, "<b> & %3Cb%3E <b>\n");
    buffer_clear(&out);
    assert_true(template_render(set, "page", data, locale, &out));
    assert_string_equal(out.bytes, "&lt;b&gt;");
    json_decref(data);
    buffer_free(&out);
    template_free(set);
    folder_close(&folder);
}

static void every_letter_of_the_product_compiles(void **state)
{
    (void)state;
    struct template_set *set = template_load("templates/messages", NULL);
    assert_non_null(set);
    template_free(set);
}

static void every_page_of_the_product_compiles(void **state)
{
    (void)state;
    struct template_set *set = template_load("templates/pages", (const char *const[]){"sheet", NULL});
    assert_non_null(set);
    template_free(set);
}

static int find_no_locale(void **state)
{
    (void)state;
    locale = locale_find(NULL, "en");
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_136_cases_of_the_specification_pass),
        cmocka_unit_test(values_cannot_leave_their_attribute),
        cmocka_unit_test(unescaped_tags_are_refused),
        cmocka_unit_test(empty_text_and_zero_are_false),
        cmocka_unit_test(mistakes_have_reasons),
        cmocka_unit_test(formatters_speak),
        cmocka_unit_test(names_are_found_outwards),
        cmocka_unit_test(partials_that_never_end_are_ended),
        cmocka_unit_test(too_many_sections_are_refused),
        cmocka_unit_test(pages_and_partials_are_found_by_path),
        cmocka_unit_test(mistakes_are_told_with_file_and_line),
        cmocka_unit_test(a_missing_partial_is_told),
        cmocka_unit_test(no_line_ends_after_a_number_sign),
        cmocka_unit_test(plain_text_is_not_escaped),
        cmocka_unit_test(every_letter_of_the_product_compiles),
        cmocka_unit_test(every_page_of_the_product_compiles),
    };
    return cmocka_run_group_tests(tests, find_no_locale, NULL);
}

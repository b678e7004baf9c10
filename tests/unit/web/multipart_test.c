/* multipart_test.c: forms with files as browsers write them, and what only some readers would take for one. */
#include "server/web/multipart.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

static const char type[] = "multipart/form-data; boundary=b";

static bool read_as(const char *content_type, const char *body, struct multipart *form)
{
    return multipart_read(pool, content_type, body, strlen(body), form);
}

static bool is_read(const char *body)
{
    struct multipart form;
    return read_as(type, body, &form);
}

#define FIELD "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n"

static void fields_and_files_are_read_in_order(void **state)
{
    (void)state;
    static const char body[] = FIELD "--b\r\nContent-Type: image/png\r\nCONTENT-DISPOSITION:form-data;name=file; "
                                     "filename=\"\xD1\x8F %22\\\"%0D%0A.png\"\r\n\r\n\x89PNG\r\n\r\n--c\r\n--b--\r\n";
    struct multipart form;

    assert_true(read_as(type, body, &form));
    assert_int_equal(form.count, 2);
    assert_string_equal(form.parts[0].name, "a");
    assert_null(form.parts[0].file);
    assert_int_equal(form.parts[0].value_length, 1);
    assert_memory_equal(form.parts[0].value, "1", 1);
    assert_string_equal(form.parts[1].name, "file");
    assert_string_equal(form.parts[1].file, "\xD1\x8F \"\"\r\n.png");
    assert_int_equal(form.parts[1].value_length, strlen("\x89PNG\r\n\r\n--c"));
    assert_ptr_equal(form.parts[1].value, strstr(body, "\x89PNG"));
}

static void bytes_may_be_anything(void **state)
{
    (void)state;
    static const char body[] =
        "--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"\"\r\n\r\n\0\xFF\r\n-\0\r\n--b--";
    struct multipart form;

    assert_true(multipart_read(pool, type, body, sizeof body - 1, &form));
    assert_int_equal(form.parts[0].value_length, 6);
    assert_memory_equal(form.parts[0].value, "\0\xFF\r\n-\0", 6);
    assert_string_equal(form.parts[0].file, "");
}

static void values_may_be_empty(void **state)
{
    (void)state;
    struct multipart form;

    assert_true(read_as(type, "--b\r\nContent-Disposition: form-data; name=\"\"\r\n\r\n\r\n--b--\r\n", &form));
    assert_int_equal(form.parts[0].value_length, 0);
    assert_int_equal(form.parts[0].name_length, 0);
    assert_true(read_as(type, "--b--", &form));
    assert_int_equal(form.count, 0);
}

static void boundaries_are_named_as_they_are(void **state)
{
    (void)state;
    static const char body[] = "--a b'()+_,-./:=?z\r\nContent-Disposition: form-data; name=x\r\n\r\n1\r\n"
                               "--a b'()+_,-./:=?z--\r\n";
    static const char *const wrong[] = {
        "multipart/form-data",
        "multipart/form-data;",
        "multipart/form-data; boundary",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=\"\"",
        "multipart/form-data; boundary=\"b",
        "multipart/form-data; boundary=\"b \"",
        "multipart/form-data; boundary=\"b\x01\"",
        "multipart/form-data; boundary=\"\xD1\x8F\"",
        "multipart/form-data; boundary=b; boundary=b",
        "multipart/form-data; boundary=b x",
        "multipart/form-data; boundary=c",
        "multipart/form-data; boundary=bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",
    };
    struct multipart form;

    assert_true(read_as("multipart/form-data; charset=utf-8; BOUNDARY=\"a b'()+_,-./:=?z\"", body, &form));
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        if (read_as(wrong[i], FIELD "--b--\r\n", &form))
            fail_msg("%s is taken", wrong[i]);
}

static void types_are_known(void **state)
{
    (void)state;
    assert_true(multipart_is("multipart/form-data"));
    assert_true(multipart_is("Multipart/Form-Data ;x"));
    assert_false(multipart_is("multipart/form-data2"));
    assert_false(multipart_is("multipart/mixed"));
    assert_false(multipart_is(""));
}

static void what_is_no_whole_form_is_refused(void **state)
{
    (void)state;
    static const char *const broken[] = {
        "",
        "--",
        "--b",
        "--b\r\n",
        "--b-",
        "--b--\r",
        "--b--\r\nx",
        "--bb--",
        "x\r\n" FIELD "--b--",
        "\r\n" FIELD "--b--",
        FIELD,
        FIELD "--b",
        FIELD "--b-",
        FIELD "--b \r\n",
        FIELD "--bx--",
        FIELD "--c--",
        "--b\nContent-Disposition: form-data; name=\"a\"\n\n1\n--b--",
        "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n1\r\n--b--",
        "--b\r\n\r\n1\r\n--b--",
        "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1--b--",
    };

    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++)
        if (is_read(broken[i]))
            fail_msg("%zu is taken: %s", i, broken[i]);
}

static void heads_say_one_thing(void **state)
{
    (void)state;
    static const char *const heads[] = {
        "Content-Type: text/plain",
        "Content-Disposition: form-data",
        "Content-Disposition: attachment; name=\"a\"",
        "Content-Disposition: form-data; filename=\"a\"",
        "Content-Disposition: form-data; name=\"a\"; name=\"b\"",
        "Content-Disposition: form-data; name=\"a\"; filename=\"b\"; filename=\"c\"",
        "Content-Disposition: form-data; name=\"a\"; filename*=UTF-8''b",
        "Content-Disposition: form-data; name=\"a\" x",
        "Content-Disposition: form-data; name=\"a",
        "Content-Disposition: form-data; name=\"a\\\"",
        "Content-Disposition: form-data; name=",
        "Content-Disposition: form-data; =a",
        "Content-Disposition: form-data; name=\"a\"\r\nContent-Disposition: form-data; name=\"b\"",
        "Content-Disposition : form-data; name=\"a\"",
        "Content-Disposition: form-data;\r\n name=\"a\"",
        "Content-Disposition: form-data; name=\"a\nb\"",
        "Content-Disposition: form-data; name=\"a\"\r\nContent-Transfer-Encoding: base64",
        "Content-Disposition: form-data; name=\"a\"\r\n: x",
    };

    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
        if (is_read(pool_print(pool, "--b\r\n%s\r\n\r\n1\r\n--b--\r\n", heads[i])))
            fail_msg("%s is taken", heads[i]);
    assert_true(is_read("--b\r\nContent-Disposition: form-data; name=\"a\"\r\nContent-Transfer-Encoding: "
                        "Binary\r\nX-Other: \tb\r\n\r\n1\r\n--b--\r\n"));
}

static void there_is_an_end_to_parts_and_heads(void **state)
{
    (void)state;
    char *body = pool_alloc(pool, (MULTIPART_PARTS_MAX + 2) * sizeof FIELD);
    char *at = body;

    for (int i = 0; i < MULTIPART_PARTS_MAX; i++)
        at = stpcpy(at, FIELD);
    strcpy(at, "--b--");
    assert_true(is_read(body));
    strcpy(at, FIELD "--b--");
    assert_false(is_read(body));

    char *long_name = pool_alloc(pool, MULTIPART_HEAD_MAX + 1);
    memset(long_name, 'n', MULTIPART_HEAD_MAX);
    assert_false(
        is_read(pool_print(pool, "--b\r\nContent-Disposition: form-data; name=\"%s\"\r\n\r\n1\r\n--b--", long_name)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(fields_and_files_are_read_in_order),
        TEST(bytes_may_be_anything),
        TEST(values_may_be_empty),
        TEST(boundaries_are_named_as_they_are),
        TEST(types_are_known),
        TEST(what_is_no_whole_form_is_refused),
        TEST(heads_say_one_thing),
        TEST(there_is_an_end_to_parts_and_heads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

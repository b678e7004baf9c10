/* args_test.c: everything a client may send wrong, and the one spelling that right values get. */
#include "veha/text.h"

#include "server/web/args.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *read_colour(struct pool *in, const char *text, const char **canonical)
{
    (void)in;
    *canonical = text;
    return text_equal(text, "red") || text_equal(text, "blue") ? NULL : "not_a_colour";
}

static const struct field_type colour = {"colour", "{\"type\": \"string\", \"enum\": [\"red\", \"blue\"]}",
                                         read_colour};

static const struct field fields[] = {
    {"id", FIELD_PATH, &field_id, 0, 0, NULL},
    {"page", FIELD_QUERY, &field_limit, FIELD_OPTIONAL, 0, NULL},
    {"name", FIELD_BODY, &field_text, 0, 10, NULL},
    {"note", FIELD_BODY, &field_prose, FIELD_OPTIONAL, 0, NULL},
    {"parent", FIELD_BODY, &field_id, FIELD_OPTIONAL, 0, NULL},
    {"closed", FIELD_BODY, &field_flag_, FIELD_OPTIONAL, 0, NULL},
    {"colours", FIELD_BODY, &colour, FIELD_OPTIONAL | FIELD_MANY, 0, NULL},
    {"years", FIELD_BODY, &field_id, FIELD_OPTIONAL | FIELD_MANY, 0, NULL},
    {"password", FIELD_BODY, &field_secret, FIELD_OPTIONAL | FIELD_SECRET, 0, NULL},
    {"made", FIELD_MADE, &field_text, 0, 0, NULL},
    {0},
};
static const struct resource change = {
    .name = "thing_change", .method = METHOD_POST, .path = "/things/{id}", .fields = fields};
static const struct resource show = {
    .name = "thing_show", .method = METHOD_GET, .path = "/things/{id}", .fields = fields};

static const char json[] = "application/json; charset=utf-8";
static const char form[] = "application/x-www-form-urlencoded";

static struct args args;

static struct fault *read_as(const struct resource *resource, struct args_source source)
{
    static const struct route route = {.outcome = ROUTE_FOUND, .values = {{"id}", 2, "7"}}, .value_count = 1};

    if (source.route == NULL)
        source.route = &route;
    if (source.body != NULL && source.body_length == 0)
        source.body_length = strlen(source.body);
    if (source.query != NULL)
        source.query_length = strlen(source.query);
    return args_read(pool, resource, &source, &args);
}

static struct fault *read_body(const char *type, const char *body)
{
    return read_as(&change, (struct args_source){.content_type = type, .body = body});
}

/* "field: code" of every field fault, one a line, behind the fault's own code. */
static const char *told(const struct fault *fault)
{
    const char *text = fault == NULL ? "none" : fault->code;

    for (size_t i = 0; fault != NULL && i < fault->field_count; i++)
        text = pool_print(pool, "%s\n%s: %s", text, fault->fields[i].field, fault->fields[i].code);
    return text;
}

static void values_get_one_spelling(void **state)
{
    (void)state;
    const struct {
        const char *type, *body;
    } cases[] = {
        {json, "{\"name\": \" Дом  7 \", \"parent\": 12, \"closed\": true, \"colours\": [\"red\", \"blue\"], "
               "\"years\": [2, 3]}"},
        {form, "name=+%D0%94%D0%BE%D0%BC%20%C2%A07+&parent=0012&closed=on&colours=red&colours=blue&years=02&years=3"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_string_equal(told(read_body(cases[i].type, cases[i].body)), "none");
        assert_string_equal(args_value(&args, "id"), "7");
        assert_string_equal(args_value(&args, "name"), "Дом 7");
        assert_string_equal(args_value(&args, "parent"), "12");
        assert_string_equal(args_value(&args, "closed"), "true");
        assert_string_equal(args_value(&args, "colours"), "[\"red\",\"blue\"]");
        assert_string_equal(args_value(&args, "years"), "[2,3]");
        assert_null(args_value(&args, "note"));
        assert_null(args_value(&args, "made"));
        assert_int_equal(args.form, i == 1);
    }
}

static void all_field_faults_come_at_once(void **state)
{
    (void)state;
    assert_string_equal(
        told(read_body(
            json,
            "{\"parent\": \"12\", \"closed\": 1, \"colours\": [\"red\", \"green\"], \"years\": 5, \"extra\": null}")),
        "invalid_fields\nextra: unknown_field\nname: required\nparent: wrong_type\nclosed: wrong_type\n"
        "colours: not_a_colour\nyears: wrong_type");
    assert_string_equal(
        told(read_body(form, "parent=x&name=12345678901&closed=perhaps&colours=green&note=a&note=b&extra=1")),
        "invalid_fields\nextra: unknown_field\nname: too_long\nnote: repeated\nparent: not_an_id\n"
        "closed: not_a_flag\ncolours: not_a_colour");
}

static void length_counts_code_points(void **state)
{
    (void)state;
    assert_string_equal(told(read_body(json, "{\"name\": \"1234567890\"}")), "none");
    assert_string_equal(told(read_body(json, "{\"name\": \"йцукенгшщз\"}")), "none");
    assert_string_equal(told(read_body(json, "{\"name\": \"йцукенгшщзх\"}")), "invalid_fields\nname: too_long");
}

static void nothing_is_not_something(void **state)
{
    (void)state;
    static const char *const nothing[] = {"{}", "{\"name\": null}", "{\"name\": \"\"}",
                                          "{\"name\": \"  \\t\\u00a0 \"}"};

    for (size_t i = 0; i < sizeof nothing / sizeof *nothing; i++)
        assert_string_equal(told(read_body(json, nothing[i])), "invalid_fields\nname: required");
    assert_string_equal(told(read_body(form, "name=&note=")), "invalid_fields\nname: required");
    assert_string_equal(told(read_body(form, "name=a&note=&parent=")), "none");
    assert_string_equal(told(read_body(json, "{\"name\": \"a\", \"note\": \" \"}")), "none");
    assert_null(args_value(&args, "note"));
    assert_string_equal(told(read_body(NULL, NULL)), "invalid_fields\nname: required");
    assert_string_equal(told(read_body(json, "{\"name\": \"a\", \"years\": []}")), "none");
    assert_string_equal(args_value(&args, "years"), "[]");
}

static void bodies_that_are_no_json_object_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *body, *code;
    } cases[] = {
        {"{", "bad_json"},
        {"{\"name\": \"a\"} x", "bad_json"},
        {"[]", "not_an_object"},
        {"\"name\"", "not_an_object"},
        {"null", "not_an_object"},
        {"{\"name\": \"a\", \"name\": \"b\"}", "repeated_member"},
        {"{\"name\": \"a\\u0000b\"}", "nul_character"},
        {"{\"na\\u0000me\": \"a\"}", "nul_character"},
        {"{\"name\": \"\xff\"}", "not_utf8"},
        {"{\"name\": \"\\ud800\"}", "bad_json"},
        {"{\"parent\": 1e400}", "number_out_of_range"},
        {"{\"parent\": 9223372036854775808}", "number_out_of_range"},
        {"{'name': 'a'}", "bad_json"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(told(read_body(json, cases[i].body)), cases[i].code);
}

static void the_ends_of_numbers(void **state)
{
    (void)state;
    assert_string_equal(told(read_body(json, "{\"name\": \"a\", \"parent\": 9223372036854775807}")), "none");
    assert_string_equal(args_value(&args, "parent"), "9223372036854775807");
    static const char *const wrong[] = {"0", "-1", "-9223372036854775808"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_string_equal(told(read_body(json, pool_print(pool, "{\"name\": \"a\", \"parent\": %s}", wrong[i]))),
                            "invalid_fields\nparent: not_an_id");
    assert_string_equal(told(read_body(json, "{\"name\": \"a\", \"parent\": 1.5}")),
                        "invalid_fields\nparent: wrong_type");
    assert_string_equal(told(read_body(form, "name=a&parent=9223372036854775808")),
                        "invalid_fields\nparent: not_an_id");
    assert_string_equal(told(read_body(form, "name=a&parent=%EF%BC%91")), "invalid_fields\nparent: not_an_id");
}

static void depth_is_counted_before_parsing(void **state)
{
    (void)state;
    char deep[2 * ARGS_DEPTH_MAX + 200] = "{\"name\": ";
    size_t length = strlen(deep);

    memset(deep + length, '[', ARGS_DEPTH_MAX - 1);
    assert_string_equal(told(read_body(json, deep)), "bad_json");
    memset(deep + length, '[', ARGS_DEPTH_MAX + 50);
    assert_string_equal(told(read_body(json, deep)), "too_deep");
    assert_string_equal(told(read_body(json, "{\"name\": \"[[[[[[[[\"}")), "none");
    assert_string_equal(told(read_body(json, "{\"name\": {\"a\": 1}}")), "invalid_fields\nname: wrong_type");
}

static void forms_that_are_no_forms_are_refused(void **state)
{
    (void)state;
    assert_string_equal(told(read_body(form, "name=%")), "bad_form");
    assert_string_equal(told(read_body(form, "name=%4")), "bad_form");
    assert_string_equal(told(read_body(form, "na%zzme=a")), "bad_form");
    assert_string_equal(told(read_body(form, "name=a%00b")), "invalid_fields\nname: nul_character");
    assert_string_equal(told(read_body(form, "name=%ff")), "invalid_fields\nname: not_utf8");
    assert_string_equal(told(read_body(form, "name=%ED%A0%80")), "invalid_fields\nname: not_utf8");
    assert_string_equal(told(read_body(form, "&&name=a&&")), "none");
    assert_string_equal(told(read_body(form, "name")), "invalid_fields\nname: required");
    assert_string_equal(told(read_body(form, "=a&name=b")), "invalid_fields\n: unknown_field");
    assert_string_equal(told(read_body(form, "%ff=a&name=b")), "invalid_fields\n?: unknown_field");
}

static void a_flood_of_members_is_cut_short(void **state)
{
    (void)state;
    struct buffer body = {0};

    buffer_text(&body, "{\"name\": \"a\"");
    for (int i = 0; i < 50000; i++)
        buffer_print(&body, ", \"m%d\": 0", i);
    buffer_text(&body, "}");
    assert_int_equal(read_body(json, body.bytes)->field_count, 20);
    buffer_clear(&body);
    for (int i = 0; i <= 1000; i++)
        buffer_text(&body, "name=a&");
    assert_string_equal(told(read_body(form, body.bytes)), "bad_form");
    buffer_free(&body);
}

static void other_media_types_are_refused(void **state)
{
    (void)state;
    assert_int_equal(read_body("text/plain", "{}")->kind, FAULT_MEDIA_TYPE);
    assert_int_equal(read_body("application/jsonp", "{}")->kind, FAULT_MEDIA_TYPE);
    assert_int_equal(read_body(NULL, "{}")->kind, FAULT_MEDIA_TYPE);
    assert_int_equal(read_body("multipart/form-data; boundary=x", "--x--")->kind, FAULT_MEDIA_TYPE);
    assert_string_equal(told(read_body("APPLICATION/JSON", "{\"name\": \"a\"}")), "none");
}

static void large_bodies_are_refused(void **state)
{
    (void)state;
    char *body = calloc(1, ARGS_BODY_MAX + 1);
    struct args_source source = {.content_type = json, .body = body, .body_length = ARGS_BODY_MAX + 1};

    assert_int_equal(read_as(&change, source)->kind, FAULT_TOO_LARGE);
    free(body);
}

static void reading_takes_no_body(void **state)
{
    (void)state;
    struct args_source source = {.content_type = json, .body = "{}"};
    assert_string_equal(told(read_as(&show, source)), "body_not_expected");
}

static void the_query_is_read_apart_from_the_body(void **state)
{
    (void)state;
    struct args_source source = {.content_type = json, .body = "{\"name\": \"a\"}", .query = "page=50"};
    assert_string_equal(told(read_as(&change, source)), "none");
    assert_string_equal(args_value(&args, "page"), "50");
    source.query = "page=201&name=b&id=9";
    assert_string_equal(told(read_as(&change, source)),
                        "invalid_fields\nname: unknown_field\nid: unknown_field\npage: limit_out_of_range");
    source.query = "page=%";
    assert_string_equal(told(read_as(&change, source)), "bad_query");
    source.query = NULL;
    source.body = "{\"name\": \"a\", \"page\": 5, \"id\": 9, \"made\": \"x\"}";
    assert_string_equal(told(read_as(&change, source)),
                        "invalid_fields\npage: unknown_field\nid: unknown_field\nmade: unknown_field");
}

static void links_to_what_everybody_may_read_carry_marks_of_who_shares_them(void **state)
{
    (void)state;
    static const struct field shown[] = {{"page", FIELD_QUERY, &field_limit, FIELD_OPTIONAL, 0, NULL}, {0}};
    struct resource open = {.name = "open_show", .method = METHOD_GET, .path = "/things", .fields = shown};
    struct args_source source = {.query = "utm_source=max&page=50&yclid=1"};
    assert_string_equal(told(read_as(&open, source)),
                        "invalid_fields\nutm_source: unknown_field\nyclid: unknown_field");
    open.flags = RESOURCE_PUBLIC;
    assert_string_equal(told(read_as(&open, source)), "none");
    assert_string_equal(args_value(&args, "page"), "50");
    source.query = "utm_source=max&page=201&pgae=1&utm=1";
    assert_string_equal(told(read_as(&open, source)),
                        "invalid_fields\npgae: unknown_field\nutm: unknown_field\npage: limit_out_of_range");
}

static void a_path_that_can_name_nothing_is_not_found(void **state)
{
    (void)state;
    static const struct route route = {.outcome = ROUTE_FOUND, .values = {{"id}", 2, "seven"}}, .value_count = 1};
    assert_int_equal(read_as(&show, (struct args_source){.route = &route})->kind, FAULT_NOT_FOUND);
}

static void changes_take_a_version_and_a_key(void **state)
{
    (void)state;
    struct args_source source = {.content_type = form, .body = "name=a&version=3&idempotency_key=k1&csrf=c"};
    assert_string_equal(told(read_as(&change, source)), "none");
    assert_string_equal(args_value(&args, "version"), "3");
    assert_string_equal(args_value(&args, "idempotency_key"), "k1");
    assert_string_equal(args_value(&args, "csrf"), "c");
    assert_string_equal(told(read_body(json, "{\"name\": \"a\", \"csrf\": \"c\"}")),
                        "invalid_fields\ncsrf: unknown_field");

    source = (struct args_source){.content_type = json,
                                  .body = "{\"name\": \"a\"}",
                                  .if_match = "\"17.0123456789abcdef-j\"",
                                  .idempotency_key = "k2"};
    assert_string_equal(told(read_as(&change, source)), "none");
    assert_string_equal(args_value(&args, "version"), "17");
    assert_string_equal(args_value(&args, "idempotency_key"), "k2");
    source.if_match = "*";
    assert_string_equal(told(read_as(&change, source)), "none");
    assert_null(args_value(&args, "version"));
}

static void tags_that_match_nothing_are_stale(void **state)
{
    (void)state;
    static const char *const tags[] = {"",
                                       "17",
                                       "\"\"",
                                       "\".abc-j\"",
                                       "\"x17.a-j\"",
                                       "\"17\"",
                                       "\"17-j\"",
                                       "W/\"17.a-j\"",
                                       "\"17.a-j\", \"18.b-j\"",
                                       "\"99999999999999999999.a-j\""};
    for (size_t i = 0; i < sizeof tags / sizeof *tags; i++) {
        struct args_source source = {.content_type = json, .body = "{\"name\": \"a\"}", .if_match = tags[i]};
        assert_int_equal(read_as(&change, source)->kind, FAULT_STALE);
    }
}

static void keys_have_a_length_and_are_text(void **state)
{
    (void)state;
    const char *const longest = pool_print(pool, "%0100d", 0);
    const char *const keys[] = {"", pool_print(pool, "%0101d", 0), "\xff"};
    struct args_source source = {.content_type = json, .body = "{\"name\": \"a\"}", .idempotency_key = longest};
    assert_string_equal(told(read_as(&change, source)), "none");
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        source.idempotency_key = keys[i];
        assert_string_equal(told(read_as(&change, source)), "idempotency_key_malformed");
    }
}

static const char *typed(const char *name)
{
    for (size_t i = 0; i < args.count; i++)
        if (text_equal(args.list[i].name, name))
            return args.list[i].typed;
    return NULL;
}

static void a_form_remembers_what_was_typed_but_no_secret(void **state)
{
    (void)state;
    assert_non_null(read_body(form, "name=12345678901+&parent=x&password=hush&note=%ff"));
    assert_string_equal(typed("name"), "12345678901 ");
    assert_string_equal(typed("parent"), "x");
    assert_null(typed("password"));
    assert_null(typed("note"));
}

static void the_use_of_a_key_is_its_resource_and_arguments(void **state)
{
    (void)state;
    assert_null(read_body(json, "{\"name\": \"a\", \"parent\": 5, \"idempotency_key\": \"k1\"}"));
    const char *one = args_use(pool, &change, &args);
    assert_null(read_body(form, "parent=05&name=+a&idempotency_key=k2&csrf=c"));
    assert_string_equal(args_use(pool, &change, &args), one);
    assert_null(read_body(form, "parent=05&name=b"));
    assert_string_not_equal(args_use(pool, &change, &args), one);
    assert_true(text_starts(one, "thing_change "));
    /* What a handle made of them may have come out otherwise at another time. */
    assert_null(read_body(json, "{\"name\": \"a\", \"parent\": 5}"));
    args_set(pool, &args, "made", "later");
    assert_string_equal(args_use(pool, &change, &args), one);
}

static const struct field upload_fields[] = {
    {"id", FIELD_PATH, &field_id, 0, 0, NULL},
    {"picture", FIELD_BODY, &field_upload, 0, 5, NULL},
    {"note", FIELD_BODY, &field_prose, FIELD_OPTIONAL, 0, NULL},
    {0},
};
static const struct resource upload = {
    .name = "picture_add", .method = METHOD_POST, .path = "/things/{id}", .fields = upload_fields};
static const char parts[] = "multipart/form-data; boundary=b";

static struct fault *read_parts(const char *body)
{
    return read_as(&upload, (struct args_source){.content_type = parts, .body = body});
}

#define PART(head, value) "--b\r\nContent-Disposition: form-data; " head "\r\n\r\n" value "\r\n"
#define PICTURE(value) PART("name=picture; filename=\"a b.png\"", value)

static void a_file_stays_where_it_is_and_is_known_by_its_hash(void **state)
{
    (void)state;
    assert_null(read_parts(PICTURE("12345") PART("name=note", "a\r\nb") PART("name=csrf", "token") "--b--"));
    assert_true(args.form);
    assert_string_equal(args.upload.field, "picture");
    assert_string_equal(args.upload.name, "a b.png");
    assert_int_equal(args.upload.length, 5);
    assert_memory_equal(args.upload.bytes, "12345", 5);
    assert_string_equal(args_value(&args, "note"), "a\nb");
    assert_string_equal(args_value(&args, "csrf"), "token");
    args_hash_upload(pool, &args);
    assert_string_equal(args_value(&args, "picture"),
                        "5994471abb01112afcc18159f6cc74b4f511b99806da59b3caf5a9c173cacfc5");
    const char *use = args_use(pool, &upload, &args);
    assert_null(read_parts(PICTURE("1234!") PART("name=note", "a\r\nb") "--b--"));
    args_hash_upload(pool, &args);
    assert_string_not_equal(args_use(pool, &upload, &args), use);
}

static void assert_picture(const char *body, enum fault_kind kind, const char *code)
{
    const struct fault *fault = read_parts(body);

    assert_non_null(fault);
    assert_int_equal(fault->kind, kind);
    assert_int_equal(fault->field_count, 1);
    assert_string_equal(fault->fields[0].field, "picture");
    assert_string_equal(fault->fields[0].code, code);
}

static void what_is_wrong_with_a_file_is_told(void **state)
{
    (void)state;
    char long_name[ARGS_FILE_NAME_MAX + 2] = {0};

    memset(long_name, 'n', ARGS_FILE_NAME_MAX + 1);
    assert_picture(PICTURE("123456") "--b--", FAULT_TOO_LARGE, "file_too_large");
    assert_picture(PICTURE("") "--b--", FAULT_INVALID, "file_empty");
    assert_picture(PART("name=picture; filename=\"\"", "") "--b--", FAULT_INVALID, "required");
    assert_picture(PART("name=picture; filename=\"\"", "1") "--b--", FAULT_INVALID, "file_name_unreadable");
    assert_picture(PART("name=picture; filename=\"\xff\"", "1") "--b--", FAULT_INVALID, "file_name_unreadable");
    assert_picture(PART("name=picture", "1") "--b--", FAULT_INVALID, "wrong_type");
    assert_picture(PICTURE("1") PICTURE("2") "--b--", FAULT_INVALID, "repeated");
    assert_picture("--b--", FAULT_INVALID, "required");
    assert_picture(pool_print(pool, PART("name=picture; filename=\"%s\"", "1") "--b--", long_name), FAULT_INVALID,
                   "file_name_long");
    assert_int_equal(read_parts(PICTURE("1") "--b")->kind, FAULT_BAD_REQUEST);
}

static void a_file_comes_in_no_other_way(void **state)
{
    (void)state;
    struct fault *fault = read_as(&upload, (struct args_source){.content_type = json, .body = "{\"picture\":\"x\"}"});
    assert_int_equal(fault->kind, FAULT_MEDIA_TYPE);
    fault = read_as(&upload, (struct args_source){.content_type = form, .body = "picture=x"});
    assert_int_equal(fault->kind, FAULT_MEDIA_TYPE);
    assert_false(args.form);
    fault = read_as(&change, (struct args_source){.content_type = parts, .body = PART("name=name", "x") "--b--"});
    assert_int_equal(fault->kind, FAULT_MEDIA_TYPE);
    char *note = pool_alloc(pool, ARGS_VALUE_MAX + 2);
    memset(note, 'n', ARGS_VALUE_MAX + 1);
    assert_int_equal(read_parts(pool_print(pool, PART("name=note", "%s") "--b--", note))->kind, FAULT_TOO_LARGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(values_get_one_spelling),
        TEST(all_field_faults_come_at_once),
        TEST(length_counts_code_points),
        TEST(nothing_is_not_something),
        TEST(bodies_that_are_no_json_object_are_refused),
        TEST(the_ends_of_numbers),
        TEST(depth_is_counted_before_parsing),
        TEST(forms_that_are_no_forms_are_refused),
        TEST(a_flood_of_members_is_cut_short),
        TEST(other_media_types_are_refused),
        TEST(large_bodies_are_refused),
        TEST(reading_takes_no_body),
        TEST(the_query_is_read_apart_from_the_body),
        TEST(links_to_what_everybody_may_read_carry_marks_of_who_shares_them),
        TEST(a_path_that_can_name_nothing_is_not_found),
        TEST(changes_take_a_version_and_a_key),
        TEST(tags_that_match_nothing_are_stale),
        TEST(keys_have_a_length_and_are_text),
        TEST(a_form_remembers_what_was_typed_but_no_secret),
        TEST(the_use_of_a_key_is_its_resource_and_arguments),
        TEST(a_file_stays_where_it_is_and_is_known_by_its_hash),
        TEST(what_is_wrong_with_a_file_is_told),
        TEST(a_file_comes_in_no_other_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

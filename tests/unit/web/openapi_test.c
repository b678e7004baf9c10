/* openapi_test.c: fields, flags and capabilities as the description tells them; that the whole is valid, a linter says
 * (tests/http). */
#include "server/web/openapi.h"
#include "test.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static const struct field fields[] = {
    {"id", FIELD_PATH, &field_id, 0, 0, "The thing"},
    {"search", FIELD_QUERY, &field_text, FIELD_OPTIONAL, 50, NULL},
    {"name", FIELD_BODY, &field_text, 0, 0, NULL},
    {"years", FIELD_BODY, &field_id, FIELD_OPTIONAL | FIELD_MANY, 0, NULL},
    {"made", FIELD_MADE, &field_text, 0, 0, NULL},
    {0},
};
static const struct resource resources[] = {
    {.name = "thing_show",
     .method = METHOD_GET,
     .path = "/things/{id}",
     .capability = CAPABILITY_ANYONE,
     .summary = "Shows",
     .page = "thing",
     .flags = RESOURCE_TABLE},
    {.name = "thing_change",
     .method = METHOD_POST,
     .path = "/things/{id}",
     .capability = "thing_change",
     .summary = "Changes",
     .fields = fields,
     .see_other = "/things/{id}",
     .created = "/things/{.id}"},
};

static const struct field upload_fields[] = {
    {"picture", FIELD_BODY, &field_upload, 0, 0, NULL},
    {0},
};
static const struct resource upload = {.name = "picture_add",
                                       .method = METHOD_POST,
                                       .path = "/pictures",
                                       .capability = "thing_change",
                                       .summary = "Adds",
                                       .fields = upload_fields};

static json_t *described(const char *path)
{
    static const struct resource_table table = {.resources = resources, .count = 2, .title = "Things", .version = "1"};
    static const struct resource_table beside = {.resources = &upload, .count = 1};
    const struct resource_table *const tables[] = {&table, &beside};
    json_t *root =
        json_loads(openapi_write(pool, router_new(pool, tables, 2), &table, "https://things.example"), 0, NULL);
    json_t *part = root;

    assert_non_null(root);
    for (const char *at = path; part != NULL && *at != '\0'; at += at[0] == ' ') {
        char name[64] = {0};
        size_t length = strcspn(at, " ");
        memcpy(name, at, length);
        part = json_is_array(part) ? json_array_get(part, (size_t)atoi(name)) : json_object_get(part, name);
        at += length;
    }
    json_incref(part);
    json_decref(root);
    return part;
}

static void assert_described(const char *path, const char *expected)
{
    json_t *part = described(path);
    char *text = part == NULL ? NULL : json_dumps(part, JSON_COMPACT | JSON_ENCODE_ANY | JSON_SORT_KEYS);

    if (text == NULL || strcmp(text, expected) != 0)
        fail_msg("%s: %s", path, text == NULL ? "is not there" : text);
    free(text);
    json_decref(part);
}

static void fields_become_parameters_and_properties(void **state)
{
    (void)state;
    assert_described("paths /things/{id} post parameters 0 name", "\"id\"");
    assert_described("paths /things/{id} post parameters 0 required", "true");
    assert_described("paths /things/{id} post parameters 1 schema",
                     "{\"maxLength\":50,\"minLength\":1,\"type\":\"string\"}");
    assert_described("paths /things/{id} post parameters 1 in", "\"query\"");
    assert_described("paths /things/{id} post requestBody required", "true");
    assert_described("paths /things/{id} post requestBody content application/json schema required", "[\"name\"]");
    assert_described(
        "paths /things/{id} post requestBody content application/json schema properties years items maximum",
        "9223372036854775807");
    json_t *made = described("paths /things/{id} post requestBody content application/json schema properties made");
    assert_null(made);
}

static void answers_and_capabilities_are_told(void **state)
{
    (void)state;
    assert_described("openapi", "\"3.1.0\"");
    assert_described("paths /things/{id} post operationId", "\"thing_change\"");
    assert_described("paths /things/{id} post x-capability", "\"thing_change\"");
    assert_described("paths /things/{id} post responses 303 description",
                     "\"A form goes on to the page of the outcome\"");
    assert_described("paths /things/{id} get security", "[]");
    assert_described("paths /things/{id} get responses 200 content text/csv schema type", "\"string\"");
    assert_described("paths /things/{id} post security 0", "{\"bearer\":[]}");
    json_t *created = described("paths /things/{id} post responses 201");
    assert_non_null(created);
    json_decref(created);
}

static void files_are_parts_of_a_form(void **state)
{
    (void)state;
    assert_described("paths /pictures post requestBody content",
                     "{\"multipart/form-data\":{\"schema\":{\"additionalProperties\":false,\"properties\":{\"picture\":"
                     "{\"contentMediaType\":\"application/octet-stream\",\"type\":\"string\"}},\"required\":["
                     "\"picture\"],\"type\":\"object\"}}}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(fields_become_parameters_and_properties),
        TEST(answers_and_capabilities_are_told),
        TEST(files_are_parts_of_a_form),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

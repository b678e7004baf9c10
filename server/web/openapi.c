/* openapi.c: turns the resource tables into OpenAPI 3.1. */
#include "openapi.h"

#include "veha/request.h"
#include "veha/text.h"

#include "args.h"
#include "field.h"

#include <ctype.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *description; /* what openapi_write made, set before the workers are forked */

static void on_openapi(struct request *request)
{
    request_set_header(request, "cache-control", "no-cache");
    request_reply(request, 200, description, strlen(description));
}

static const struct resource resources[] = {
    {.name = "openapi_show",
     .method = METHOD_GET,
     .path = "/openapi.json",
     .capability = CAPABILITY_ANYONE,
     .summary = "This description",
     .handle = on_openapi,
     .flags = RESOURCE_DATA_ONLY},
};

const struct resource_table openapi_table = {.resources = resources, .count = 1};

static json_t *object_of(const char *name, json_t *value)
{
    json_t *object = json_object();
    json_object_set_new(object, name, value);
    return object;
}

static json_t *reference(const char *kind, const char *name)
{
    char path[100];
    snprintf(path, sizeof path, "#/components/%s/%s", kind, name);
    return object_of("$ref", json_string(path));
}

static json_t *schema_of(const struct field *field)
{
    json_t *schema = json_loads(field->type->schema, 0, NULL);

    if (schema == NULL) {
        fprintf(stderr, "veha: the schema of the field type %s is no JSON\n", field->type->name);
        exit(1);
    }
    if (field_kind(field->type) == FIELD_STRING && field->type != &field_upload) /* that is no text */
        json_object_set_new(schema, "maxLength", json_integer((json_int_t)field_longest(field)));
    if ((field->flags & FIELD_MANY) == 0)
        return schema;
    json_t *list = object_of("type", json_string("array"));
    json_object_set_new(list, "items", schema);
    return list;
}

static bool is_required(const struct field *field)
{
    return field->place == FIELD_PATH || (field->flags & FIELD_OPTIONAL) == 0;
}

static json_t *parameter_of(const struct field *field)
{
    json_t *parameter = json_object();

    json_object_set_new(parameter, "name", json_string(field->name));
    json_object_set_new(parameter, "in", json_string(field->place == FIELD_PATH ? "path" : "query"));
    json_object_set_new(parameter, "required", json_boolean(is_required(field)));
    if (field->summary != NULL)
        json_object_set_new(parameter, "description", json_string(field->summary));
    json_object_set_new(parameter, "schema", schema_of(field));
    return parameter;
}

static const struct field format = {"format",       FIELD_QUERY, &field_format,
                                    FIELD_OPTIONAL, 0,           "The whole list as a file, whatever Accept says"};

static json_t *parameters_of(const struct resource *resource)
{
    json_t *parameters = json_array();

    for (const struct field *field = resource->fields; field != NULL && field->name != NULL; field++)
        if (field->place == FIELD_PATH || field->place == FIELD_QUERY)
            json_array_append_new(parameters, parameter_of(field));
    if ((resource->flags & RESOURCE_TABLE) != 0)
        json_array_append_new(parameters, parameter_of(&format));
    if (resource->method != METHOD_GET && (resource->flags & RESOURCE_NO_KEY) == 0) {
        json_array_append_new(parameters, reference("parameters", "IdempotencyKey"));
        json_array_append_new(parameters, reference("parameters", "IfMatch"));
    }
    return parameters;
}

static json_t *body_schema(const struct resource *resource)
{
    json_t *properties = json_object(), *required = json_array(), *schema = object_of("type", json_string("object"));

    for (const struct field *field = resource->fields; field != NULL && field->name != NULL; field++) {
        if (field->place != FIELD_BODY)
            continue;
        json_t *property = schema_of(field);
        if (field->summary != NULL)
            json_object_set_new(property, "description", json_string(field->summary));
        json_object_set_new(properties, field->name, property);
        if (is_required(field))
            json_array_append_new(required, json_string(field->name));
    }
    json_object_set_new(schema, "properties", properties);
    if (json_array_size(required) > 0)
        json_object_set(schema, "required", required);
    json_decref(required);
    json_object_set_new(schema, "additionalProperties", json_false());
    return schema;
}

static bool has_body(const struct resource *resource)
{
    for (const struct field *field = resource->fields; field != NULL && field->name != NULL; field++)
        if (field->place == FIELD_BODY)
            return true;
    return false;
}

static json_t *body_of(const struct resource *resource)
{
    json_t *schema = body_schema(resource), *content = json_object(), *body = json_object();
    bool required = json_object_get(schema, "required") != NULL;

    if (args_take_upload(resource)) {
        json_object_set_new(content, "multipart/form-data", object_of("schema", schema));
    } else {
        json_object_set_new(content, "application/json", object_of("schema", schema));
        json_object_set_new(content, "application/x-www-form-urlencoded", object_of("schema", json_incref(schema)));
    }
    json_object_set_new(body, "required", json_boolean(required));
    json_object_set_new(body, "content", content);
    return body;
}

static json_t *content_of(const struct resource *resource)
{
    json_t *content = json_object();
    bool only = resource->media != NULL && (resource->page != NULL || (resource->flags & RESOURCE_TABLE) != 0);

    if ((resource->flags & RESOURCE_PAGE_ONLY) == 0)
        json_object_set_new(content, resource->media != NULL ? resource->media : "application/json",
                            object_of("schema", json_object()));
    if (only)
        return content;
    if ((resource->flags & RESOURCE_DATA_ONLY) == 0 && resource->page != NULL)
        json_object_set_new(content, "text/html", object_of("schema", object_of("type", json_string("string"))));
    if ((resource->flags & RESOURCE_LIVE) != 0)
        json_object_set_new(content, "text/event-stream",
                            object_of("schema", object_of("type", json_string("string"))));
    if ((resource->flags & RESOURCE_TABLE) != 0) {
        json_object_set_new(content, "text/csv", object_of("schema", object_of("type", json_string("string"))));
        json_object_set_new(content, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                            object_of("schema", json_object()));
    }
    return content;
}

static json_t *response_of(const char *text, json_t *content)
{
    json_t *response = object_of("description", json_string(text));
    if (json_object_size(content) > 0)
        json_object_set(response, "content", content);
    json_decref(content);
    return response;
}

static json_t *responses_of(const struct resource *resource)
{
    json_t *responses = json_object();
    bool changes = resource->method != METHOD_GET;

    bool later = (resource->flags & RESOURCE_LATER) != 0;

    json_object_set_new(responses,
                        resource->created == NULL ? "200"
                        : later                   ? "202"
                                                  : "201",
                        response_of(resource->created == NULL ? "The document"
                                    : later                   ? "Begun; Location tells where it can be followed"
                                                              : "Made",
                                    content_of(resource)));
    if (changes && resource->see_other != NULL)
        json_object_set_new(responses, "303", response_of("A form goes on to the page of the outcome", json_object()));
    if (!changes)
        json_object_set_new(responses, "304", response_of("Unchanged", json_object()));
    json_object_set_new(responses, "4XX", reference("responses", "Problem"));
    json_object_set_new(responses, "5XX", reference("responses", "Problem"));
    return responses;
}

static json_t *security_of(const struct resource *resource)
{
    json_t *security = json_array();

    if (strcmp(resource->capability, CAPABILITY_ANYONE) == 0)
        return security;
    json_array_append_new(security, object_of("bearer", json_array()));
    json_array_append_new(security, object_of("cookie", json_array()));
    return security;
}

/* The noun of noun_verb groups the operations. */
static char *tag_of(struct pool *pool, const struct resource *resource)
{
    return pool_copy_length(pool, resource->name, strcspn(resource->name, "_"));
}

static json_t *operation_of(struct pool *pool, const struct resource *resource)
{
    json_t *operation = json_object(), *tags = json_array(), *parameters = parameters_of(resource);

    json_array_append_new(tags, json_string(tag_of(pool, resource)));
    json_object_set_new(operation, "operationId", json_string(resource->name));
    json_object_set_new(operation, "summary", json_string(resource->summary));
    json_object_set_new(operation, "tags", tags);
    if (json_array_size(parameters) > 0)
        json_object_set(operation, "parameters", parameters);
    json_decref(parameters);
    if (has_body(resource))
        json_object_set_new(operation, "requestBody", body_of(resource));
    json_object_set_new(operation, "responses", responses_of(resource));
    json_object_set_new(operation, "security", security_of(resource));
    json_object_set_new(operation, "x-capability", json_string(resource->capability));
    return operation;
}

static json_t *paths_of(struct pool *pool, const struct router *router)
{
    json_t *paths = json_object();

    for (size_t i = 0; i < router_count(router); i++) {
        const struct resource *resource = router_resource(router, i);
        json_t *path = json_object_get(paths, resource->path);
        char *method = pool_copy(pool, method_name(resource->method));

        if (path == NULL) {
            json_object_set_new(paths, resource->path, json_object());
            path = json_object_get(paths, resource->path);
        }
        for (char *at = method; *at != '\0'; at++)
            *at = (char)tolower((unsigned char)*at);
        json_object_set_new(path, method, operation_of(pool, resource));
    }
    return paths;
}

static json_t *tags_of(struct pool *pool, const struct router *router)
{
    json_t *tags = json_array(), *seen = json_object();

    for (size_t i = 0; i < router_count(router); i++) {
        const char *tag = tag_of(pool, router_resource(router, i));
        if (json_object_get(seen, tag) != NULL)
            continue;
        json_object_set_new(seen, tag, json_true());
        json_array_append_new(tags, object_of("name", json_string(tag)));
    }
    json_decref(seen);
    return tags;
}

/* What does not depend on the tables. */
static const char components[] =
    "{\"securitySchemes\": {"
    "  \"bearer\": {\"type\": \"http\", \"scheme\": \"bearer\", \"bearerFormat\": \"JWT\"},"
    "  \"cookie\": {\"type\": \"apiKey\", \"in\": \"cookie\", \"name\": \"__Host-access\"}},"
    " \"parameters\": {"
    "  \"IdempotencyKey\": {\"name\": \"Idempotency-Key\", \"in\": \"header\", \"required\": false,"
    "   \"description\": \"A repeated request with the same key and arguments gets the first answer again\","
    "   \"schema\": {\"type\": \"string\", \"minLength\": 1, \"maxLength\": 100}},"
    "  \"IfMatch\": {\"name\": \"If-Match\", \"in\": \"header\", \"required\": false,"
    "   \"description\": \"The entity tag of the document the change is based on\", \"schema\": {\"type\": "
    "\"string\"}}},"
    " \"responses\": {\"Problem\": {\"description\": \"A problem (RFC 9457)\", \"content\": "
    "{\"application/problem+json\":"
    "  {\"schema\": {\"$ref\": \"#/components/schemas/Problem\"}}}}},"
    " \"schemas\": {\"Problem\": {\"type\": \"object\", \"required\": [\"type\", \"title\", \"status\", \"detail\", "
    "\"code\","
    "   \"request_id\"], \"properties\": {"
    "   \"type\": {\"type\": \"string\", \"format\": \"uri-reference\"}, \"title\": {\"type\": \"string\"},"
    "   \"status\": {\"type\": \"integer\"}, \"detail\": {\"type\": \"string\"}, \"code\": {\"type\": \"string\"},"
    "   \"request_id\": {\"type\": \"string\"}, \"errors\": {\"type\": \"array\", \"items\": {\"type\": \"object\","
    "    \"required\": [\"field\", \"code\", \"detail\"], \"properties\": {\"field\": {\"type\": \"string\"},"
    "    \"code\": {\"type\": \"string\"}, \"detail\": {\"type\": \"string\"}}}}}}}}";

static json_t *info_of(const struct resource_table *table)
{
    json_t *info = json_object();

    json_object_set_new(info, "title", json_string(table->title));
    json_object_set_new(info, "version", json_string(table->version));
    json_object_set_new(info, "description",
                        json_string("The same addresses serve people (text/html) and programs (application/json)."));
    return info;
}

const char *openapi_write(struct pool *pool, const struct router *router, const struct resource_table *table,
                          const char *server)
{
    json_t *root = json_object(), *servers = json_array();

    json_array_append_new(servers, object_of("url", json_string(server)));
    json_object_set_new(root, "openapi", json_string("3.1.0"));
    json_object_set_new(root, "info", info_of(table));
    json_object_set_new(root, "servers", servers);
    json_object_set_new(root, "tags", tags_of(pool, router));
    json_object_set_new(root, "paths", paths_of(pool, router));
    json_object_set_new(root, "components", json_loads(components, 0, NULL));
    description = pool_adopt(pool, json_dumps(root, JSON_COMPACT), free);
    json_decref(root);
    return description;
}

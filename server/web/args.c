/* args.c: checks what a client sent against the fields of a resource and collects every mistake. */
#include "args.h"

#include "veha/text.h"

#include "field.h"
#include "form.h"
#include "multipart.h"

#include <jansson.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* What may come beside a resource's fields: of any change, of a form, of a list that is a table. */
static const struct extra {
    struct field field;
    enum { OF_CHANGE, OF_FORM, OF_TABLE } of;
} extras[] = {
    {{"version", FIELD_BODY, &field_version, FIELD_OPTIONAL, 0, "The version the change is based on"}, OF_CHANGE},
    {{"idempotency_key", FIELD_BODY, &field_text, FIELD_OPTIONAL, 100, "Makes a repeated request harmless"}, OF_CHANGE},
    {{"csrf", FIELD_BODY, &field_secret, FIELD_OPTIONAL | FIELD_SECRET, 200, "Proves that the form is ours"}, OF_FORM},
    {{"format", FIELD_QUERY, &field_format, FIELD_OPTIONAL, 0, "The whole list as a file"}, OF_TABLE},
};
static const char form_media[] = "application/x-www-form-urlencoded";

enum { EXTRAS = sizeof extras / sizeof *extras };

/* One value as it came, before its field's type has read it. */
struct raw {
    const char *text;
    size_t length;
    enum { RAW_TEXT, RAW_JSON, RAW_FILE } from;
    const json_t *json;
    const char *file; /* of RAW_FILE: its name, not terminated */
    size_t file_length;
};

struct slot {
    const struct field *field;
    struct raw *values;
    size_t count;
    bool list; /* the JSON value was an array */
};

struct reading {
    struct pool *pool;
    const struct resource *resource;
    struct slot *slots;
    size_t slot_count;
    bool form;
    bool uploads;        /* takes a file */
    bool nowhere;        /* a path value that can name nothing */
    bool too_large;      /* is the file */
    struct fault *fault; /* of fields */
};

static size_t field_count(const struct resource *resource)
{
    size_t count = 0;
    if (resource->fields != NULL)
        while (resource->fields[count].name != NULL)
            count++;
    return count;
}

static void lay_slots(struct reading *reading)
{
    size_t own = field_count(reading->resource);

    reading->slots = pool_alloc(reading->pool, (own + EXTRAS) * sizeof *reading->slots);
    for (size_t i = 0; i < own; i++)
        reading->slots[reading->slot_count++].field = &reading->resource->fields[i];
    for (size_t i = 0; i < EXTRAS; i++)
        reading->slots[reading->slot_count++].field = &extras[i].field;
}

static bool is_taken(const struct reading *reading, const struct extra *extra)
{
    if (extra->of == OF_TABLE)
        return (reading->resource->flags & RESOURCE_TABLE) != 0;
    return extra->of == OF_CHANGE || reading->form;
}

static struct slot *find_slot(struct reading *reading, enum field_place place, const char *name, size_t length)
{
    for (size_t i = 0; i < reading->slot_count; i++) {
        struct slot *slot = &reading->slots[i];
        if (slot->field->place != place || strlen(slot->field->name) != length ||
            memcmp(slot->field->name, name, length) != 0)
            continue;
        if (i + EXTRAS >= reading->slot_count && !is_taken(reading, &extras[i + EXTRAS - reading->slot_count]))
            return NULL;
        return slot;
    }
    return NULL;
}

/* A single value is known to be repeated from its second on; lists grow by doubling, at each power of two. */
static void slot_add(struct reading *reading, struct slot *slot, struct raw raw)
{
    if ((slot->field->flags & FIELD_MANY) == 0 && slot->count == 2)
        return;
    if ((slot->count & (slot->count - 1)) == 0) {
        struct raw *values = pool_alloc(reading->pool, 2 * (slot->count + 1) * sizeof *values);
        if (slot->count > 0)
            memcpy(values, slot->values, slot->count * sizeof *values);
        slot->values = values;
    }
    slot->values[slot->count++] = raw;
}

/* Networks and mailings mark the links that are shared through them: on what everybody may read, such a mark is passed
 * over. */
static bool is_mark(const struct reading *reading, enum field_place place, const char *name, size_t length)
{
    static const char *const marks[] = {"utm_", "yclid", "ysclid", "ymclid", "gclid", "fbclid", "_openstat", "from"};

    if (place != FIELD_QUERY || (reading->resource->flags & RESOURCE_PUBLIC) == 0)
        return false;
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        if (length >= strlen(marks[i]) && memcmp(name, marks[i], strlen(marks[i])) == 0)
            return true;
    return false;
}

/* The name of a foreign member goes back to its sender, so it must be short and clean, and there must not be too many.
 */
static void note_unknown(struct reading *reading, enum field_place place, const char *name, size_t length)
{
    enum { SHOWN = 64, MOST = 20 };

    if (is_mark(reading, place, name, length))
        return;
    if (reading->fault != NULL && reading->fault->field_count == MOST)
        return;
    const char *shown = "?";
    if (length <= SHOWN && text_is_utf8(name, length))
        shown = text_tidy(reading->pool, pool_copy_length(reading->pool, name, length));
    fault_add(reading->pool, &reading->fault, shown, "unknown_field");
}

static void take_path(struct reading *reading, const struct route *route)
{
    for (size_t i = 0; i < route->value_count; i++) {
        const struct route_value *value = &route->values[i];
        struct slot *slot = find_slot(reading, FIELD_PATH, value->name, value->name_length);
        if (slot != NULL)
            slot_add(reading, slot, (struct raw){.text = value->value, .length = strlen(value->value)});
    }
}

static struct fault *take_pairs(struct reading *reading, enum field_place place, const char *text, size_t length)
{
    struct form form;

    if (!form_read(reading->pool, text, length, &form))
        return place == FIELD_QUERY ? fault_new(reading->pool, FAULT_BAD_REQUEST, "bad_query")
                                    : fault_new(reading->pool, FAULT_BAD_REQUEST, "bad_form");
    for (size_t i = 0; i < form.count; i++) {
        const struct form_pair *pair = &form.pairs[i];
        struct slot *slot = find_slot(reading, place, pair->name, pair->name_length);
        if (slot == NULL)
            note_unknown(reading, place, pair->name, pair->name_length);
        else if (pair->value_length > 0) /* an empty input of a form means that nothing was given */
            slot_add(reading, slot, (struct raw){.text = pair->value, .length = pair->value_length});
    }
    return NULL;
}

/* Depth is counted before parsing, so that a bomb of brackets never reaches the recursive parser. */
static bool too_deep(const char *text, size_t length)
{
    unsigned depth = 0;
    bool quoted = false;

    for (size_t i = 0; i < length; i++) {
        if (quoted && text[i] == '\\')
            i++;
        else if (text[i] == '"')
            quoted = !quoted;
        else if (!quoted && (text[i] == '[' || text[i] == '{') && ++depth > ARGS_DEPTH_MAX)
            return true;
        else if (!quoted && (text[i] == ']' || text[i] == '}') && depth > 0)
            depth--;
    }
    return false;
}

static struct fault *json_mistake(struct pool *pool, const json_error_t *error)
{
    switch (json_error_code(error)) {
    case json_error_duplicate_key:
        return fault_new(pool, FAULT_BAD_REQUEST, "repeated_member");
    case json_error_null_character:
    case json_error_null_byte_in_key:
        return fault_new(pool, FAULT_BAD_REQUEST, "nul_character");
    case json_error_invalid_utf8:
        return fault_new(pool, FAULT_BAD_REQUEST, "not_utf8");
    case json_error_numeric_overflow:
        return fault_new(pool, FAULT_BAD_REQUEST, "number_out_of_range");
    default:
        return fault_new(pool, FAULT_BAD_REQUEST, "bad_json");
    }
}

static void take_member(struct reading *reading, const char *name, const json_t *value)
{
    struct slot *slot = find_slot(reading, FIELD_BODY, name, strlen(name));
    size_t number;
    const json_t *part;

    if (slot == NULL) {
        note_unknown(reading, FIELD_BODY, name, strlen(name));
        return;
    }
    if (json_is_null(value))
        return;
    slot->list = json_is_array(value);
    if (!slot->list || (slot->field->flags & FIELD_MANY) == 0) {
        slot_add(reading, slot, (struct raw){.from = RAW_JSON, .json = value});
        return;
    }
    slot->values = pool_alloc(reading->pool, json_array_size(value) * sizeof *slot->values + 1);
    json_array_foreach(value, number, part) slot->values[slot->count++] = (struct raw){.from = RAW_JSON, .json = part};
}

static struct fault *take_json(struct reading *reading, const char *text, size_t length)
{
    json_error_t error;
    const char *name;
    json_t *value;

    if (too_deep(text, length))
        return fault_new(reading->pool, FAULT_BAD_REQUEST, "too_deep");
    json_t *root = json_loadb(text, length, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
    pool_adopt(reading->pool, root, pool_release_json);
    if (root == NULL)
        return json_mistake(reading->pool, &error);
    if (!json_is_object(root))
        return fault_new(reading->pool, FAULT_BAD_REQUEST, "not_an_object");
    json_object_foreach(root, name, value) take_member(reading, name, value);
    return NULL;
}

static bool media_is(const char *content_type, const char *media)
{
    size_t length = strcspn(content_type, "; \t");
    return strlen(media) == length && strncasecmp(content_type, media, length) == 0;
}

bool args_take_upload(const struct resource *resource)
{
    for (const struct field *field = resource->fields; field != NULL && field->name != NULL; field++)
        if (field->type == &field_upload)
            return true;
    return false;
}

/* An input of a form in which no file was chosen sends one without name and bytes. */
static void take_part(struct reading *reading, const struct multipart_part *part)
{
    struct slot *slot = find_slot(reading, FIELD_BODY, part->name, part->name_length);
    bool file = part->file != NULL;

    if (slot == NULL)
        note_unknown(reading, FIELD_BODY, part->name, part->name_length);
    else if (file && (part->value_length > 0 || part->file_length > 0))
        slot_add(reading, slot,
                 (struct raw){part->value, part->value_length, RAW_FILE, NULL, part->file, part->file_length});
    else if (!file && part->value_length > 0)
        slot_add(reading, slot,
                 (struct raw){.text = pool_copy_length(reading->pool, part->value, part->value_length),
                              .length = part->value_length});
}

static struct fault *take_parts(struct reading *reading, const struct args_source *source)
{
    struct multipart form;

    if (!multipart_read(reading->pool, source->content_type, source->body, source->body_length, &form))
        return fault_new(reading->pool, FAULT_BAD_REQUEST, "bad_form");
    for (size_t i = 0; i < form.count; i++)
        if (form.parts[i].file == NULL && form.parts[i].value_length > ARGS_VALUE_MAX)
            return fault_new(reading->pool, FAULT_TOO_LARGE, "body_too_large");
    for (size_t i = 0; i < form.count; i++)
        take_part(reading, &form.parts[i]);
    return NULL;
}

static struct fault *take_body(struct reading *reading, const struct args_source *source)
{
    bool parts = reading->uploads && reading->form;

    if (source->body_length > ARGS_BODY_MAX && !parts)
        return fault_new(reading->pool, FAULT_TOO_LARGE, "body_too_large");
    if (source->body_length == 0)
        return NULL;
    if (reading->resource->method == METHOD_GET)
        return fault_new(reading->pool, FAULT_BAD_REQUEST, "body_not_expected");
    if (parts)
        return take_parts(reading, source);
    if (reading->form)
        return take_pairs(reading, FIELD_BODY, source->body, source->body_length);
    if (!reading->uploads && source->content_type != NULL && media_is(source->content_type, "application/json"))
        return take_json(reading, source->body, source->body_length);
    return fault_new(reading->pool, FAULT_MEDIA_TYPE, "media_type");
}

static const char *json_text(struct pool *pool, const json_t *json)
{
    char *text = json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(17));
    return pool_adopt(pool, text, free);
}

/* A JSON value as the text its field's type reads; NULL when it is of another JSON type. */
static const char *json_value(struct pool *pool, enum field_kind kind, const json_t *json)
{
    static const struct {
        json_type type;
        enum field_kind kind;
    } fits[] = {{JSON_STRING, FIELD_STRING}, {JSON_INTEGER, FIELD_INTEGER}, {JSON_INTEGER, FIELD_NUMBER},
                {JSON_REAL, FIELD_NUMBER},   {JSON_TRUE, FIELD_BOOLEAN},    {JSON_FALSE, FIELD_BOOLEAN},
                {JSON_OBJECT, FIELD_OBJECT}};

    for (size_t i = 0; i < sizeof fits / sizeof *fits; i++)
        if (json_typeof(json) == fits[i].type && kind == fits[i].kind)
            return json_is_string(json) ? json_string_value(json) : json_text(pool, json);
    return NULL;
}

/* One value through every check; a fault code, or NULL with *canonical. */
static const char *read_value(struct reading *reading, const struct field *field, const struct raw *raw,
                              const char **canonical)
{
    const char *text = raw->text;

    if (raw->from == RAW_FILE)
        return "wrong_type";
    if (raw->from == RAW_JSON) {
        text = json_value(reading->pool, field_kind(field->type), raw->json);
        if (text == NULL)
            return "wrong_type";
        if (*text == '\0')
            return "required";
    } else if (memchr(raw->text, '\0', raw->length) != NULL) {
        return "nul_character";
    } else if (!text_is_utf8(raw->text, raw->length)) {
        return "not_utf8";
    }
    if (field_kind(field->type) != FIELD_OBJECT && text_length(text) > field_longest(field))
        return "too_long";
    return field->type->read(reading->pool, text, canonical);
}

/* A list goes to SQL as one JSON array. */
static const char *read_list(struct reading *reading, const struct slot *slot, const char **canonical)
{
    bool quoted = field_kind(slot->field->type) == FIELD_STRING;
    struct buffer list = {0};
    const char *code = NULL;

    buffer_text(&list, "[");
    for (size_t i = 0; i < slot->count && code == NULL; i++) {
        const char *value = NULL;
        code = read_value(reading, slot->field, &slot->values[i], &value);
        if (code != NULL)
            break;
        buffer_text(&list, i == 0 ? "" : ",");
        if (quoted)
            buffer_json(&list, value, strlen(value));
        else
            buffer_text(&list, value);
    }
    buffer_text(&list, "]");
    *canonical = pool_copy(reading->pool, list.bytes);
    buffer_free(&list);
    return code;
}

/* What is wrong with a file but for what it holds. */
static const char *read_upload(struct reading *reading, const struct field *field, const struct raw *raw,
                               struct upload *upload)
{
    if (raw->from != RAW_FILE)
        return "wrong_type";
    if (raw->length == 0)
        return "file_empty";
    if (raw->file_length == 0 || memchr(raw->file, '\0', raw->file_length) != NULL ||
        !text_is_utf8(raw->file, raw->file_length))
        return "file_name_unreadable";
    const char *name = pool_copy_length(reading->pool, raw->file, raw->file_length);
    if (text_length(name) > ARGS_FILE_NAME_MAX)
        return "file_name_long";
    if (raw->length > field_longest(field)) {
        reading->too_large = true;
        return "file_too_large";
    }
    *upload = (struct upload){field->name, name, raw->text, raw->length};
    return NULL;
}

static const char *read_slot(struct reading *reading, const struct slot *slot, const char **canonical)
{
    bool many = (slot->field->flags & FIELD_MANY) != 0;

    if (slot->count == 0 && (slot->field->flags & FIELD_OPTIONAL) == 0)
        return many ? "none_chosen" : "required";
    if (slot->count == 0 && !(many && slot->list))
        return NULL;
    if (many)
        return slot->count == 1 && slot->values[0].from == RAW_JSON && !slot->list
                   ? "wrong_type"
                   : read_list(reading, slot, canonical);
    if (slot->count > 1)
        return "repeated";
    const char *code = read_value(reading, slot->field, &slot->values[0], canonical);
    if (text_equal(code, "required") && (slot->field->flags & FIELD_OPTIONAL) != 0) {
        *canonical = NULL;
        return NULL;
    }
    return code;
}

static const char *read_upload_slot(struct reading *reading, const struct slot *slot, struct upload *upload)
{
    if (slot->count == 0)
        return (slot->field->flags & FIELD_OPTIONAL) != 0 ? NULL : "required";
    return slot->count > 1 ? "repeated" : read_upload(reading, slot->field, &slot->values[0], upload);
}

static const char *typed_text(struct reading *reading, const struct slot *slot)
{
    if (slot->count != 1 || (slot->field->flags & FIELD_SECRET) != 0 || slot->values[0].from != RAW_TEXT)
        return NULL;
    const struct raw *raw = &slot->values[0];
    return text_is_utf8(raw->text, raw->length) ? pool_copy_length(reading->pool, raw->text, raw->length) : NULL;
}

static void read_slots(struct reading *reading, struct args *args)
{
    args->list = pool_alloc(reading->pool, reading->slot_count * sizeof *args->list);
    for (size_t i = 0; i < reading->slot_count; i++) {
        const struct slot *slot = &reading->slots[i];
        struct arg *arg = &args->list[args->count++];

        arg->name = slot->field->name;
        if (slot->field->place == FIELD_MADE)
            continue;
        arg->typed = typed_text(reading, slot);
        const char *code = slot->field->type == &field_upload ? read_upload_slot(reading, slot, &args->upload)
                                                              : read_slot(reading, slot, &arg->value);
        if (code == NULL)
            continue;
        arg->value = NULL;
        if (slot->field->place == FIELD_PATH)
            reading->nowhere = true;
        else
            fault_add(reading->pool, &reading->fault, arg->name, code);
    }
}

/* If-Match names the version the client saw: an entity tag of ours starts with it. Anything else can match no document.
 */
static struct fault *take_if_match(struct pool *pool, struct args *args, const char *header)
{
    if (header == NULL || text_equal(header, "*"))
        return NULL;
    size_t digits = header[0] == '"' ? strspn(header + 1, "0123456789") : 0;
    const char *canonical = NULL;

    if (digits == 0 || header[1 + digits] != '.' || strchr(header, ',') != NULL ||
        field_version.read(pool, pool_copy_length(pool, header + 1, digits), &canonical) != NULL)
        return fault_new(pool, FAULT_STALE, "stale");
    args_set(pool, args, "version", canonical);
    return NULL;
}

static struct fault *take_key(struct pool *pool, struct args *args, const char *header)
{
    enum { KEY_MAX = 100 };

    if (header == NULL)
        return NULL;
    if (*header == '\0' || strlen(header) > KEY_MAX || !text_is_utf8(header, strlen(header)))
        return fault_new(pool, FAULT_BAD_REQUEST, "idempotency_key_malformed");
    args_set(pool, args, "idempotency_key", header);
    return NULL;
}

struct fault *args_read(struct pool *pool, const struct resource *resource, const struct args_source *source,
                        struct args *args)
{
    struct reading reading = {.pool = pool, .resource = resource};

    *args = (struct args){0};
    reading.uploads = args_take_upload(resource);
    args->form = reading.form =
        source->content_type != NULL &&
        (reading.uploads ? multipart_is(source->content_type) : media_is(source->content_type, form_media));
    lay_slots(&reading);
    take_path(&reading, source->route);
    struct fault *fault =
        take_pairs(&reading, FIELD_QUERY, source->query, source->query == NULL ? 0 : source->query_length);
    if (fault == NULL)
        fault = take_body(&reading, source);
    read_slots(&reading, args);
    if (reading.nowhere)
        return fault_new(pool, FAULT_NOT_FOUND, "not_found");
    if (reading.too_large) {
        reading.fault->kind = FAULT_TOO_LARGE;
        reading.fault->code = "file_too_large";
    }
    if (fault == NULL)
        fault = reading.fault;
    if (fault == NULL)
        fault = take_if_match(pool, args, source->if_match);
    if (fault == NULL)
        fault = take_key(pool, args, source->idempotency_key);
    return fault;
}

const char *args_value(const struct args *args, const char *name)
{
    for (size_t i = 0; i < args->count; i++)
        if (text_equal(args->list[i].name, name))
            return args->list[i].value;
    return NULL;
}

void args_set(struct pool *pool, struct args *args, const char *name, const char *value)
{
    for (size_t i = 0; i < args->count; i++)
        if (text_equal(args->list[i].name, name)) {
            args->list[i].value = value;
            return;
        }
    struct arg *list = pool_alloc(pool, (args->count + 1) * sizeof *list);
    if (args->count > 0)
        memcpy(list, args->list, args->count * sizeof *list);
    list[args->count++] = (struct arg){.name = name, .value = value};
    args->list = list;
}

void args_hash_upload(struct pool *pool, struct args *args)
{
    unsigned char digest[crypto_hash_sha256_BYTES];
    char *text = pool_alloc(pool, 2 * sizeof digest + 1);

    crypto_hash_sha256(digest, (const unsigned char *)args->upload.bytes, args->upload.length);
    args_set(pool, args, args->upload.field, sodium_bin2hex(text, 2 * sizeof digest + 1, digest, sizeof digest));
}

static bool is_ceremony(const char *name)
{
    return text_equal(name, "csrf") || text_equal(name, "idempotency_key");
}

/* What a handle makes follows from what was asked, and may follow from the time as well. */
static bool is_made(const struct resource *resource, const char *name)
{
    for (const struct field *field = resource->fields; field != NULL && field->name != NULL; field++)
        if (text_equal(field->name, name))
            return field->place == FIELD_MADE;
    return false;
}

const char *args_use(struct pool *pool, const struct resource *resource, const struct args *args)
{
    struct buffer all = {0};
    char hash[33];

    for (size_t i = 0; i < args->count; i++) {
        const struct arg *arg = &args->list[i];
        if (arg->value == NULL || is_ceremony(arg->name) || is_made(resource, arg->name))
            continue;
        buffer_json(&all, arg->name, strlen(arg->name));
        buffer_json(&all, arg->value, strlen(arg->value));
    }
    text_hash(all.bytes == NULL ? "" : all.bytes, all.length, hash);
    buffer_free(&all);
    return pool_print(pool, "%s %s", resource->name, hash);
}

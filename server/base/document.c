/* document.c: JSON files of people, and where in their text a mistake stands. */
#include "veha/document.h"

#include "veha/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void note(struct document *document, struct pool *pool, const struct document_mistake *mistake)
{
    size_t count = document->mistake_count;
    if ((count & (count - 1)) == 0) { /* full at each power of two */
        struct document_mistake *grown = pool_alloc(pool, (count == 0 ? 1 : count * 2) * sizeof *grown);
        if (count > 0)
            memcpy(grown, document->mistakes, count * sizeof *grown);
        document->mistakes = grown;
    }
    document->mistakes[document->mistake_count++] = *mistake;
}

struct document *document_parse(struct pool *pool, const char *path, const char *text, size_t length)
{
    struct document *document = pool_alloc(pool, sizeof *document);
    document->path = pool_copy(pool, path);
    document->text = pool_copy_length(pool, text, length);
    json_error_t error;
    json_t *root = pool_adopt(pool, json_loadb(text, length, JSON_REJECT_DUPLICATES, &error), pool_release_json);
    if (root == NULL)
        note(document, pool,
             &(struct document_mistake){error.line > 0 ? (unsigned)error.line : 1, "", "bad_json",
                                        pool_copy(pool, error.text)});
    else if (!json_is_object(root))
        note(document, pool, &(struct document_mistake){1, "", "not_an_object", "the root must be an object"});
    else
        document->root = root;
    return document;
}

static void release_file(void *file)
{
    fclose(file);
}

struct document *document_read(struct pool *pool, const char *path)
{
    struct buffer text = {0};
    char piece[8192];
    struct pool *reading = pool_new();
    FILE *file = pool_adopt(reading, fopen(path, "re"), release_file);
    while (file != NULL) {
        size_t length = fread(piece, 1, sizeof piece, file);
        if (length == 0)
            break;
        buffer_add(&text, piece, length);
    }
    struct document *document;
    if (file == NULL || ferror(file)) {
        document = pool_alloc(pool, sizeof *document);
        document->path = pool_copy(pool, path);
        document->text = "";
        const char *reason = pool_print(pool, "cannot be read: %s", strerror(errno));
        note(document, pool, &(struct document_mistake){1, "", "mistake", reason});
    } else {
        document = document_parse(pool, path, text.bytes == NULL ? "" : text.bytes, text.length);
    }
    pool_free(reading);
    buffer_free(&text);
    return document;
}

/*
 * The scanner below runs only over text that jansson has accepted, so it does not check what it skips.
 */
static const char *skip_blank(const char *at)
{
    return at + strspn(at, " \t\r\n");
}

static const char *skip_string(const char *at)
{
    for (at++; *at != '"'; at++)
        if (*at == '\\')
            at++;
    return at + 1;
}

static const char *skip_value(const char *at)
{
    if (*at != '{' && *at != '[')
        return *at == '"' ? skip_string(at) : at + strcspn(at, ",]} \t\r\n");
    size_t depth = 0;
    do {
        if (*at == '"') {
            at = skip_string(at);
            continue;
        }
        depth += *at == '{' || *at == '[';
        depth -= *at == '}' || *at == ']';
        at++;
    } while (depth > 0);
    return at;
}

/* Does the quoted text at `at`, escapes and all, spell name? */
static bool is_named(const char *at, const char *name)
{
    json_t *text = json_loadb(at, (size_t)(skip_string(at) - at), JSON_DECODE_ANY, NULL);
    bool equal = text_equal(json_string_value(text), name);
    json_decref(text);
    return equal;
}

/* The value of the member or element `name` of the container at `at`; NULL when there is none. */
static const char *find_child(const char *at, const char *name)
{
    bool object = *at == '{';
    if (!object && *at != '[')
        return NULL;
    size_t wanted = object || !text_is_digits(name) ? SIZE_MAX : strtoul(name, NULL, 10);
    at = skip_blank(at + 1);
    for (size_t index = 0; *at != '}' && *at != ']'; index++) {
        bool found = index == wanted;
        if (object) {
            found = is_named(at, name);
            at = skip_blank(skip_blank(skip_string(at)) + 1);
        }
        if (found)
            return at;
        at = skip_blank(skip_value(at));
        if (*at == ',')
            at = skip_blank(at + 1);
    }
    return NULL;
}

/* Takes "/name" off *pointer, with ~1 and ~0 undone; NULL at its end. */
static char *take_name(struct pool *pool, const char **pointer)
{
    if (**pointer != '/')
        return NULL;
    size_t length = strcspn(*pointer + 1, "/");
    char *name = pool_copy_length(pool, *pointer + 1, length);
    *pointer += length + 1;
    char *to = name;
    for (const char *from = name; *from != '\0'; from++) {
        char letter = *from;
        if (letter == '~' && (from[1] == '0' || from[1] == '1'))
            letter = "~/"[*++from - '0'];
        *to++ = letter;
    }
    *to = '\0';
    return name;
}

static unsigned line_of(const struct document *document, struct pool *pool, const char *pointer)
{
    if (document->root == NULL)
        return 1;
    const char *at = skip_blank(document->text);
    for (const char *name; (name = take_name(pool, &pointer)) != NULL;) {
        const char *child = find_child(at, name);
        if (child == NULL)
            break;
        at = child;
    }
    unsigned line = 1;
    for (const char *before = document->text; before < at; before++)
        line += *before == '\n';
    return line;
}

static void note_at(struct document *document, struct pool *pool, const char *pointer, const char *code,
                    const char *reason)
{
    note(document, pool,
         &(struct document_mistake){line_of(document, pool, pointer), pool_copy(pool, pointer), code, reason});
}

void document_mistake(struct document *document, struct pool *pool, const char *pointer, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const char *reason = pool_print_list(pool, format, arguments);
    va_end(arguments);
    note_at(document, pool, pointer, "mistake", reason);
}

void document_fault(struct document *document, struct pool *pool, const char *pointer, const char *code,
                    const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const char *reason = pool_print_list(pool, format, arguments);
    va_end(arguments);
    note_at(document, pool, pointer, code, reason);
}

static json_t *value_at(const struct document *document, struct pool *pool, const char *pointer)
{
    json_t *value = document->root;
    for (const char *name; value != NULL && (name = take_name(pool, &pointer)) != NULL;) {
        if (json_is_array(value))
            value = text_is_digits(name) ? json_array_get(value, strtoul(name, NULL, 10)) : NULL;
        else
            value = json_object_get(value, name);
    }
    return value;
}

static const struct {
    char letter;
    const char *words;
} type_words[] = {{'s', "a string"},      {'i', "an integer"}, {'n', "a number"},
                  {'b', "true or false"}, {'a', "an array"},   {'o', "an object"}};

static const char *words_of(char type)
{
    for (size_t i = 0; i < sizeof type_words / sizeof type_words[0]; i++)
        if (type_words[i].letter == type)
            return type_words[i].words;
    return "of a known type";
}

static bool is_of_type(const json_t *value, char type)
{
    switch (type) {
    case 's':
        return json_is_string(value);
    case 'i':
        return json_is_integer(value);
    case 'n':
        return json_is_number(value);
    case 'b':
        return json_is_boolean(value);
    case 'a':
        return json_is_array(value);
    default:
        return json_is_object(value);
    }
}

static const struct document_member *find_member(const struct document_member *members, const char *name)
{
    for (; members->name != NULL; members++)
        if (strcmp(members->name, name) == 0)
            return members;
    return NULL;
}

/* The pointer of a member, escaped as RFC 6901 wants it. */
static const char *pointer_of(struct pool *pool, const char *parent, const char *name)
{
    char *escaped = pool_alloc(pool, strlen(name) * 2 + 1), *to = escaped;
    for (; *name != '\0'; name++) {
        if (*name != '~' && *name != '/') {
            *to++ = *name;
            continue;
        }
        *to++ = '~';
        *to++ = *name == '~' ? '0' : '1';
    }
    return pool_print(pool, "%s/%s", parent, escaped);
}

const json_t *document_object(struct document *document, struct pool *pool, const char *pointer,
                              const struct document_member *members)
{
    json_t *object = value_at(document, pool, pointer);
    if (document->root == NULL)
        return NULL;
    if (!json_is_object(object)) {
        document_fault(document, pool, pointer, "not_an_object", "%s must be an object",
                       *pointer == '\0' ? "the root" : pointer);
        return NULL;
    }
    const char *name;
    json_t *value;
    json_object_foreach(object, name, value)
    {
        const struct document_member *member = find_member(members, name);
        const char *place = pointer_of(pool, pointer, name);
        if (member == NULL)
            document_fault(document, pool, place, "unknown_field", "unknown member \"%s\"", name);
        else if (!is_of_type(value, member->type))
            document_fault(document, pool, place, "wrong_type", "\"%s\" must be %s", name, words_of(member->type));
    }
    for (; members->name != NULL; members++)
        if (members->required && json_object_get(object, members->name) == NULL)
            document_fault(document, pool, pointer_of(pool, pointer, members->name), "required", "\"%s\" is missing",
                           members->name);
    return object;
}

bool document_sound(const struct document *document)
{
    for (size_t i = 0; i < document->mistake_count; i++)
        fprintf(stderr, "%s:%u: %s\n", document->path, document->mistakes[i].line, document->mistakes[i].reason);
    return document->mistake_count == 0;
}

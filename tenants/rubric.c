/* rubric.c: reads the rubrics and checks them against their schema. */
#include "veha/rubric.h"

#include "veha/document.h"
#include "veha/text.h"

#include "check.h"

#include <glob.h>
#include <stdio.h>
#include <string.h>

static const struct document_member file_members[] = {
    {"code", 's', true},  {"version", 'i', true},    {"title", 's', true}, {"networks", 'a', true},
    {"zones", 'a', true}, {"parameters", 'o', true}, {"parts", 'a', true}, {0},
};
static const struct document_member zone_members[] = {{"zone", 's', true}, {"from", 'i', true}, {0}};
static const struct document_member part_members[] = {
    {"part", 's', true},
    {"points", 'i', true},
    {"check", 's', false},
    {"fact", 's', false},
    {"proves_only", 'b', false},
    {"steps", 'a', false},
    {0},
};
static const struct document_member step_members[] = {{"over", 'n', true}, {"points", 'i', true}, {0}};

struct rubric {
    struct document *document;
    json_int_t version;
};

/* What every step of the checking needs. */
struct checking {
    struct document *document;
    struct pool *pool;
};

static json_int_t number_of(const json_t *object, const char *member)
{
    return json_integer_value(json_object_get(object, member));
}

static void mistake(const struct checking *checking, const char *pointer, const char *reason)
{
    document_mistake(checking->document, checking->pool, pointer, "%s", reason);
}

/* From the highest down, each below the one before, the last at nothing: so every share has its zone. */
static void check_zones(const struct checking *checking, const json_t *zones)
{
    json_int_t above = 101;
    for (size_t i = 0; i < json_array_size(zones); i++) {
        const char *pointer = pool_print(checking->pool, "/zones/%zu", i);
        const json_t *zone = document_object(checking->document, checking->pool, pointer, zone_members);
        if (zone != NULL && number_of(zone, "from") >= above)
            mistake(checking, pointer, "a zone must begin below the one before it");
        above = number_of(zone, "from");
    }
    if (above != 0)
        mistake(checking, "/zones", "the last zone must begin at 0");
}

/* Each step lower and worth less than the one before, none worth more than the part. */
static void check_steps(const struct checking *checking, const char *part, const json_t *steps, json_int_t most)
{
    const json_t *before = NULL;
    for (size_t i = 0; i < json_array_size(steps); i++) {
        const char *pointer = pool_print(checking->pool, "%s/steps/%zu", part, i);
        const json_t *step = document_object(checking->document, checking->pool, pointer, step_members);
        json_int_t points = number_of(step, "points");
        if (step != NULL && (points < 1 || points > most))
            mistake(checking, pointer, "points must be between 1 and those of the part");
        if (step != NULL && before != NULL &&
            (points >= number_of(before, "points") ||
             json_number_value(json_object_get(step, "over")) >= json_number_value(json_object_get(before, "over"))))
            mistake(checking, pointer, "a step must be lower than the one before it, and worth less");
        before = step;
    }
}

static void check_part(const struct checking *checking, const json_t *parts, size_t number)
{
    const char *pointer = pool_print(checking->pool, "/parts/%zu", number);
    const json_t *part = document_object(checking->document, checking->pool, pointer, part_members);
    const char *name = json_string_value(json_object_get(part, "part"));
    const char *check = json_string_value(json_object_get(part, "check"));
    const struct check_rule *rule = check == NULL ? NULL : check_find(check);
    json_int_t most = number_of(part, "points");
    bool counted = json_object_get(part, "steps") != NULL;
    bool by_fact = json_object_get(part, "fact") != NULL;
    if (part == NULL)
        return;
    if (most < 1 || most > 100)
        mistake(checking, pointer, "points must be between 1 and 100");
    if (check != NULL && (rule == NULL || rule->by_person))
        mistake(checking, pointer, "there is no such check that a look can tell");
    if (counted && !by_fact)
        mistake(checking, pointer, "steps need a fact whose number they divide");
    if (check != NULL && by_fact && !counted)
        mistake(checking, pointer, "a number within a verdict needs steps");
    for (size_t i = 0; i < number; i++)
        if (text_equal(json_string_value(json_object_get(json_array_get(parts, i), "part")), name))
            mistake(checking, pointer, "this part stands here twice");
    check_steps(checking, pointer, json_object_get(part, "steps"), most);
}

static void check_parts(const struct checking *checking, const json_t *parts)
{
    json_int_t sum = 0;
    for (size_t i = 0; i < json_array_size(parts); i++) {
        check_part(checking, parts, i);
        sum += number_of(json_array_get(parts, i), "points");
    }
    if (sum != 100)
        document_mistake(checking->document, checking->pool, "/parts", "the points of all parts make %d, not 100",
                         (int)sum);
}

static void check_parameters(const struct checking *checking, json_t *parameters)
{
    const char *code;
    json_t *given;
    json_object_foreach(parameters, code, given)
    {
        const char *name;
        json_t *value;
        const struct check_rule *rule = check_find(code);
        const char *place = pool_print(checking->pool, "/parameters/%s", code);
        if (rule == NULL)
            mistake(checking, place, "there is no such check");
        json_object_foreach(given, name, value)
        {
            const struct check_parameter *parameter = rule == NULL ? NULL : check_parameter(rule, name);
            if (parameter == NULL || !json_is_integer(value) || json_integer_value(value) < parameter->least ||
                json_integer_value(value) > parameter->most)
                mistake(checking, pool_print(checking->pool, "%s/%s", place, name),
                        "the check has no such parameter, or not with this number");
        }
    }
}

/* NULL after printing the mistakes. */
static const struct rubric *read_file(struct pool *pool, const char *path)
{
    struct rubric *rubric = pool_alloc(pool, sizeof *rubric);
    struct checking checking = {.document = document_read(pool, path), .pool = pool};
    rubric->document = checking.document;
    const json_t *root = checking.document->root;
    if (root != NULL) {
        document_object(checking.document, pool, "", file_members);
        check_zones(&checking, json_object_get(root, "zones"));
        check_parts(&checking, json_object_get(root, "parts"));
        check_parameters(&checking, json_object_get(root, "parameters"));
        rubric->version = number_of(root, "version");
    }
    return document_sound(checking.document) ? rubric : NULL;
}

const struct rubric *rubric_load(struct pool *pool, const char *directory)
{
    const struct rubric *newest = NULL;
    bool sound = true;
    glob_t found;
    if (glob(pool_print(pool, "%s/*.json", directory), 0, NULL, &found) != 0) {
        fprintf(stderr, "%s: holds no rubric\n", directory);
        return NULL;
    }
    for (size_t i = 0; i < found.gl_pathc; i++) {
        const struct rubric *rubric = read_file(pool, found.gl_pathv[i]);
        sound = sound && rubric != NULL;
        if (rubric != NULL && (newest == NULL || rubric->version > newest->version))
            newest = rubric;
    }
    globfree(&found);
    return sound ? newest : NULL;
}

const json_t *rubric_document(const struct rubric *rubric)
{
    return rubric->document->root;
}

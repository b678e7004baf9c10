/* roadmap.c: reads roadmap templates and says every mistake in them with its line. */
#include "veha/roadmap.h"

#include "veha/text.h"

#include "../field.h"
#include "tenants/check.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    TITLE_LONGEST = 120,
    TEXT_LONGEST = 1500, /* code points: one screen */
    OFFSET_EARLIEST = -730,
    WEIGHT_MOST = 10
};

static const char *const branches[] = {"open", "keep", "exempt"};

static const struct document_member roadmap_members[] = {{"branch", 's', true}, {"version", 'i', true},
                                                         {"title", 's', true},  {"title_en", 's', false},
                                                         {"steps", 'a', true},  {0}};

static const struct document_member step_members[] = {{"key", 's', true},
                                                      {"title", 's', true},
                                                      {"title_en", 's', false},
                                                      {"why", 's', true},
                                                      {"how", 's', true},
                                                      {"evidence", 's', true},
                                                      {"checks", 'a', true},
                                                      {"offset", 'i', true},
                                                      {"weight", 'i', true},
                                                      {"mandatory", 'b', true},
                                                      {"network", 's', false},
                                                      {"depends_on", 'a', false},
                                                      {0}};

static const struct {
    const char *name;
    size_t longest;
} texts[] = {{"title", TITLE_LONGEST},
             {"title_en", TITLE_LONGEST},
             {"why", TEXT_LONGEST},
             {"how", TEXT_LONGEST},
             {"evidence", TEXT_LONGEST}};

/* What the checks of one file share. */
struct reading {
    struct document *document;
    struct pool *pool;
    const struct network_set *networks;
    const json_t *steps;
    json_t *parameters; /* check → its parameters where they were first said */
};

#define mistake(reading, pointer, code, ...)                                                                           \
    document_fault((reading)->document, (reading)->pool, pointer, code, __VA_ARGS__)

static const char *step_key(const struct reading *reading, size_t number)
{
    return json_string_value(json_object_get(json_array_get(reading->steps, number), "key"));
}

/* The number of the step of that key; the count of steps when there is none. */
static size_t step_number(const struct reading *reading, const char *key)
{
    size_t number = 0;
    while (number < json_array_size(reading->steps) && !text_equal(step_key(reading, number), key)) {
        number++;
    }
    return number;
}

static void check_key(struct reading *reading, size_t number, const char *at)
{
    const char *key = step_key(reading, number);
    const char *canonical;
    if (key == NULL) {
        return;
    }
    const char *pointer = pool_print(reading->pool, "%s/key", at);
    if (field_step_key.read(reading->pool, key, &canonical) != NULL || strcmp(key, canonical) != 0) {
        mistake(reading, pointer, "step_key_unreadable", "\"%s\" is no step key: small Latin letters, digits and _",
                key);
    }
    if (step_number(reading, key) < number) {
        mistake(reading, pointer, "step_key_repeated", "the key \"%s\" is used twice", key);
    }
}

static void check_texts(struct reading *reading, const json_t *step, const char *at)
{
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        const char *text = json_string_value(json_object_get(step, texts[i].name));
        if (text == NULL) {
            continue;
        }
        const char *pointer = pool_print(reading->pool, "%s/%s", at, texts[i].name);
        if (*text_tidy(reading->pool, text) == '\0') {
            mistake(reading, pointer, "required", "%s is empty", texts[i].name);
        } else if (text_length(text) > texts[i].longest) {
            mistake(reading, pointer, "too_long", "%s is longer than %zu characters", texts[i].name, texts[i].longest);
        }
    }
}

/* Steps stand in the order of their days, so that the number people see is the order of work. */
static void check_numbers(struct reading *reading, size_t number, const char *at)
{
    const json_t *step = json_array_get(reading->steps, number);
    const json_t *offset = json_object_get(step, "offset");
    const json_t *weight = json_object_get(step, "weight");
    const json_t *before = number == 0 ? NULL : json_object_get(json_array_get(reading->steps, number - 1), "offset");
    json_int_t days = json_integer_value(offset);
    if (json_is_integer(offset) && (days > 0 || days < OFFSET_EARLIEST)) {
        mistake(reading, pool_print(reading->pool, "%s/offset", at), "offset_out_of_range",
                "offset must be between %d and 0 days", OFFSET_EARLIEST);
    }
    if (json_is_integer(offset) && json_is_integer(before) && days < json_integer_value(before)) {
        mistake(reading, pool_print(reading->pool, "%s/offset", at), "offset_before_step_above",
                "offset %d is before that of the step above, %d", (int)days, (int)json_integer_value(before));
    }
    if (json_is_integer(weight) && (json_integer_value(weight) < 1 || json_integer_value(weight) > WEIGHT_MOST)) {
        mistake(reading, pool_print(reading->pool, "%s/weight", at), "weight_out_of_range",
                "weight must be between 1 and %d", WEIGHT_MOST);
    }
}

static void check_parameters(struct reading *reading, const struct check_rule *rule, json_t *check, const char *at)
{
    const char *name;
    json_t *value;
    json_t *said = json_object();
    json_object_foreach(check, name, value)
    {
        if (strcmp(name, "check") == 0) {
            continue;
        }
        const struct check_parameter *parameter = check_parameter(rule, name);
        const char *pointer = pool_print(reading->pool, "%s/%s", at, name);
        if (parameter == NULL) {
            mistake(reading, pointer, "check_parameter_unknown", "%s has no parameter \"%s\"", rule->code, name);
        } else if (!json_is_integer(value)) {
            mistake(reading, pointer, "wrong_type", "%s must be an integer", name);
        } else if (json_integer_value(value) < parameter->least || json_integer_value(value) > parameter->most) {
            mistake(reading, pointer, "check_parameter_out_of_range", "%s must be between %d and %d", name,
                    parameter->least, parameter->most);
        }
        json_object_set(said, name, value);
    }
    /* An account is judged once for all steps of a roadmap, so a check has one set of parameters in it. */
    const json_t *earlier = json_object_get(reading->parameters, rule->code);
    if (json_object_size(said) > 0 && earlier != NULL && !json_equal(earlier, said)) {
        mistake(reading, at, "check_parameters_differ", "%s has other parameters in a step above", rule->code);
    } else if (json_object_size(said) > 0) {
        json_object_set(reading->parameters, rule->code, said);
    }
    json_decref(said);
}

static void check_checks(struct reading *reading, const json_t *step, const char *at)
{
    const json_t *checks = json_object_get(step, "checks");
    if (json_is_array(checks) && json_array_size(checks) == 0) {
        mistake(reading, pool_print(reading->pool, "%s/checks", at), "step_without_checks",
                "a step without checks; MAN is what a person confirms");
    }
    for (size_t i = 0; i < json_array_size(checks); i++) {
        json_t *check = json_array_get(checks, i);
        const char *code = json_string_value(json_object_get(check, "check"));
        const char *pointer = pool_print(reading->pool, "%s/checks/%zu", at, i);
        if (code == NULL) {
            mistake(reading, pointer, "wrong_type", "a check must be an object with the member \"check\"");
            continue;
        }
        const struct check_rule *rule = check_find(code);
        if (rule == NULL) {
            mistake(reading, pointer, "check_unknown", "there is no check \"%s\"", code);
            continue;
        }
        for (size_t before = 0; before < i; before++) {
            if (text_equal(json_string_value(json_object_get(json_array_get(checks, before), "check")), code)) {
                mistake(reading, pointer, "check_repeated", "the check %s stands here twice", code);
            }
        }
        check_parameters(reading, rule, check, pointer);
    }
}

static void check_network(struct reading *reading, const json_t *step, const char *at)
{
    const char *code = json_string_value(json_object_get(step, "network"));
    if (code != NULL && network_find(reading->networks, code) == NULL) {
        mistake(reading, pool_print(reading->pool, "%s/network", at), "network_unknown", "there is no network \"%s\"",
                code);
    }
}

static void check_dependencies(struct reading *reading, const json_t *step, const char *at)
{
    const json_t *needs = json_object_get(step, "depends_on");
    json_int_t due = json_integer_value(json_object_get(step, "offset"));
    for (size_t i = 0; i < json_array_size(needs); i++) {
        const char *pointer = pool_print(reading->pool, "%s/depends_on/%zu", at, i);
        const char *key = json_string_value(json_array_get(needs, i));
        if (key == NULL) {
            mistake(reading, pointer, "wrong_type", "a dependency must be the key of a step");
            continue;
        }
        const json_t *need = json_array_get(reading->steps, step_number(reading, key));
        if (need == NULL) {
            mistake(reading, pointer, "step_unknown", "there is no step \"%s\"", key);
        } else if (json_integer_value(json_object_get(need, "offset")) > due) {
            mistake(reading, pointer, "dependency_due_later", "the step \"%s\" is due later than this one", key);
        }
    }
}

/* ---- loops: a step is open while its dependencies are walked; meeting an open one again closes a loop. ---- */

enum walk { WALK_NEW, WALK_OPEN, WALK_DONE };

static void walk_step(struct reading *reading, enum walk *walks, size_t number)
{
    walks[number] = WALK_OPEN;
    const json_t *needs = json_object_get(json_array_get(reading->steps, number), "depends_on");
    for (size_t i = 0; i < json_array_size(needs); i++) {
        const char *key = json_string_value(json_array_get(needs, i));
        size_t need = key == NULL ? json_array_size(reading->steps) : step_number(reading, key);
        if (need == json_array_size(reading->steps)) {
            continue;
        }
        if (walks[need] == WALK_OPEN) {
            mistake(reading, pool_print(reading->pool, "/steps/%zu/depends_on/%zu", number, i), "dependency_loop",
                    "the steps \"%s\" and \"%s\" wait for each other in a loop", step_key(reading, number), key);
        } else if (walks[need] == WALK_NEW) {
            walk_step(reading, walks, need);
        }
    }
    walks[number] = WALK_DONE;
}

static void check_loops(struct reading *reading)
{
    size_t count = json_array_size(reading->steps);
    enum walk *walks = pool_alloc(reading->pool, (count + 1) * sizeof *walks);
    for (size_t number = 0; number < count; number++) {
        if (walks[number] == WALK_NEW) {
            walk_step(reading, walks, number);
        }
    }
}

static void check_head(struct reading *reading, const json_t *root)
{
    const char *branch = json_string_value(json_object_get(root, "branch"));
    bool known = branch == NULL;
    for (size_t i = 0; i < sizeof branches / sizeof branches[0]; i++) {
        known = known || strcmp(branches[i], branch) == 0;
    }
    if (!known) {
        mistake(reading, "/branch", "branch_unknown", "there is no branch \"%s\": it is open, keep or exempt", branch);
    }
    const json_t *version = json_object_get(root, "version");
    if (json_is_integer(version) && (json_integer_value(version) < 1 || json_integer_value(version) > INT32_MAX)) {
        mistake(reading, "/version", "version_out_of_range", "version must be 1 or more");
    }
    if (json_is_array(reading->steps) && json_array_size(reading->steps) == 0) {
        mistake(reading, "/steps", "roadmap_without_steps", "a roadmap without steps");
    }
}

void roadmap_check(struct document *document, struct pool *pool, const struct network_set *networks)
{
    const json_t *root = document_object(document, pool, "", roadmap_members);
    if (root == NULL) {
        return;
    }
    struct reading reading = {.document = document,
                              .pool = pool,
                              .networks = networks,
                              .steps = json_object_get(root, "steps"),
                              .parameters = pool_adopt(pool, json_object(), pool_release_json)};
    check_head(&reading, root);
    check_texts(&reading, root, "");
    for (size_t number = 0; number < json_array_size(reading.steps); number++) {
        const char *at = pool_print(pool, "/steps/%zu", number);
        const json_t *step = document_object(document, pool, at, step_members);
        if (step == NULL) {
            continue;
        }
        check_key(&reading, number, at);
        check_texts(&reading, step, at);
        check_numbers(&reading, number, at);
        check_checks(&reading, step, at);
        check_network(&reading, step, at);
        check_dependencies(&reading, step, at);
    }
    check_loops(&reading);
}

/* ---- a directory of them ---- */

static int is_json(const struct dirent *entry)
{
    size_t length = strlen(entry->d_name);
    return entry->d_name[0] != '.' && length > 5 && strcmp(entry->d_name + length - 5, ".json") == 0;
}

static void load_file(struct pool *pool, const char *path, const struct network_set *networks, struct roadmap_set *set,
                      struct roadmap *roadmap)
{
    struct document *document = document_read(pool, path);
    roadmap_check(document, pool, networks);
    roadmap->document = document;
    roadmap->branch = json_string_value(json_object_get(document->root, "branch"));
    roadmap->version = (int)json_integer_value(json_object_get(document->root, "version"));
    roadmap->title = json_string_value(json_object_get(document->root, "title"));
    for (size_t i = 0; i < set->count; i++) {
        if (text_equal(set->roadmaps[i].branch, roadmap->branch) && set->roadmaps[i].version == roadmap->version) {
            document_mistake(document, pool, "/version", "%s says the same branch and version",
                             set->roadmaps[i].document->path);
        }
    }
}

const struct roadmap_set *roadmap_load(struct pool *pool, const char *directory, const struct network_set *networks)
{
    struct dirent **entries;
    int count = scandir(directory, &entries, is_json, alphasort);
    if (count <= 0) {
        fprintf(stderr, "%s: %s\n", directory, count < 0 ? strerror(errno) : "no roadmap files");
        if (count == 0) {
            free(entries);
        }
        return NULL;
    }
    struct roadmap_set *set = pool_alloc(pool, sizeof *set);
    struct roadmap *roadmaps = pool_alloc(pool, (size_t)count * sizeof *roadmaps);
    set->roadmaps = roadmaps;
    bool sound = true;
    for (int i = 0; i < count; i++) {
        load_file(pool, pool_print(pool, "%s/%s", directory, entries[i]->d_name), networks, set, &roadmaps[set->count]);
        sound = document_sound(roadmaps[set->count].document) && sound;
        set->count++;
        free(entries[i]);
    }
    free(entries);
    return sound ? set : NULL;
}

/* told.c: checks a reading of somebody else, member by member. */
#include "told.h"

#include "veha/clock.h"
#include "veha/text.h"

#include <string.h>

enum {
    MISTAKES_MOST = 100,
    POSTS_MOST = 500,
    LINKS_MOST = 2000,
    LIST_MOST = 500,
    REQUESTS_MOST = 20,
    TEXT_LONGEST = 20000, /* bytes */
    CODE_LONGEST = 40,
    ORIGIN_LONGEST = 500,
    URL_LONGEST = 2000,
    AHEAD_MOST = 86400, /* seconds: whoever looked may live by another clock */
};

struct checking {
    struct pool *pool;
    const struct told *told;
    const char *field; /* of the request's body */
    struct fault *fault;
};

static void note(struct checking *checking, const char *pointer, const char *code)
{
    if (checking->fault == NULL || checking->fault->field_count < MISTAKES_MOST)
        fault_point(checking->pool, &checking->fault, checking->field,
                    pool_print(checking->pool, "/%s%s", checking->field, pointer), code);
}

/* Says what is wrong with the value at pointer. */
typedef void check(struct checking *checking, const char *pointer, const json_t *value);

struct member {
    const char *name;
    check *check;
    bool required;
};

/* RFC 6901 */
static const char *pointer_to(struct pool *pool, const char *parent, const char *name)
{
    struct buffer pointer = {0};
    buffer_print(&pointer, "%s/", parent);
    for (; *name != '\0'; name++) {
        if (*name == '~' || *name == '/')
            buffer_text(&pointer, *name == '~' ? "~0" : "~1");
        else
            buffer_add(&pointer, name, 1);
    }
    const char *text = pool_copy(pool, pointer.bytes);
    buffer_free(&pointer);
    return text;
}

static const struct member *find_member(const struct member *members, const char *name)
{
    while (members->name != NULL && strcmp(members->name, name) != 0)
        members++;
    return members->name == NULL ? NULL : members;
}

static void check_members(struct checking *checking, const char *pointer, const json_t *value,
                          const struct member *members)
{
    const char *name;
    json_t *part;
    if (!json_is_object(value)) {
        note(checking, pointer, "not_an_object");
        return;
    }
    json_object_foreach((json_t *)(uintptr_t)value, name, part)
    {
        const struct member *member = find_member(members, name);
        const char *place = pointer_to(checking->pool, pointer, name);
        if (member == NULL)
            note(checking, place, "unknown_field");
        else
            member->check(checking, place, part);
    }
    for (; members->name != NULL; members++)
        if (members->required && json_object_get(value, members->name) == NULL)
            note(checking, pointer_to(checking->pool, pointer, members->name), "required");
}

static void check_list(struct checking *checking, const char *pointer, const json_t *value, size_t most, check *of_each)
{
    if (!json_is_array(value)) {
        note(checking, pointer, "wrong_type");
        return;
    }
    if (json_array_size(value) > most) {
        note(checking, pointer, "too_many");
        return;
    }
    for (size_t i = 0; i < json_array_size(value); i++)
        of_each(checking, pool_print(checking->pool, "%s/%zu", pointer, i), json_array_get(value, i));
}

/* ---- small values ---- */

static void check_text(struct checking *checking, const char *pointer, const json_t *value, size_t longest)
{
    if (!json_is_string(value))
        note(checking, pointer, "wrong_type");
    else if (json_string_length(value) > longest)
        note(checking, pointer, "too_long");
}

static void is_text(struct checking *checking, const char *pointer, const json_t *value)
{
    check_text(checking, pointer, value, TEXT_LONGEST);
}

static void is_origin(struct checking *checking, const char *pointer, const json_t *value)
{
    check_text(checking, pointer, value, ORIGIN_LONGEST);
}

static void is_flag(struct checking *checking, const char *pointer, const json_t *value)
{
    if (!json_is_boolean(value))
        note(checking, pointer, "wrong_type");
}

static void is_count(struct checking *checking, const char *pointer, const json_t *value)
{
    if (!json_is_integer(value))
        note(checking, pointer, "wrong_type");
    else if (json_integer_value(value) < 0)
        note(checking, pointer, "out_of_range");
}

/* What may become the reason of a verdict. */
static void is_code(struct checking *checking, const char *pointer, const json_t *value)
{
    const char *text = json_string_value(value);
    if (text == NULL)
        note(checking, pointer, "wrong_type");
    else if (*text == '\0' || strlen(text) > CODE_LONGEST ||
             text[strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_")] != '\0')
        note(checking, pointer, "code_unreadable");
}

static void is_code_or_none(struct checking *checking, const char *pointer, const json_t *value)
{
    if (!json_is_null(value))
        is_code(checking, pointer, value);
}

static void is_moment(struct checking *checking, const char *pointer, const json_t *value)
{
    int64_t at;
    const char *text = json_string_value(value);
    if (text == NULL)
        note(checking, pointer, "wrong_type");
    else if (!clock_read(text, &at))
        note(checking, pointer, "time_unreadable");
    else if (at > checking->told->now + AHEAD_MOST)
        note(checking, pointer, "time_ahead");
}

static void is_state(struct checking *checking, const char *pointer, const json_t *value)
{
    if (!json_is_string(value))
        note(checking, pointer, "wrong_type");
    else if (!network_state_known(json_string_value(value)))
        note(checking, pointer, "state_unknown");
}

static void is_source(struct checking *checking, const char *pointer, const json_t *value)
{
    if (!text_equal(json_string_value(value), "page") && !text_equal(json_string_value(value), "api"))
        note(checking, pointer, "source_unknown");
}

static void is_network(struct checking *checking, const char *pointer, const json_t *value)
{
    const char *code = json_string_value(value);
    if (code == NULL || network_find(checking->told->networks, code) == NULL)
        note(checking, pointer, "network_unknown");
}

static void is_url(struct checking *checking, const char *pointer, const json_t *value)
{
    const char *text = json_string_value(value);
    if (text == NULL)
        note(checking, pointer, "wrong_type");
    else if (strlen(text) > URL_LONGEST)
        note(checking, pointer, "too_long");
    else if (!text_starts(text, "https://") && !text_starts(text, "http://"))
        note(checking, pointer, "not_a_url");
}

/* ---- posts, links, questions, contacts ---- */

static void is_post(struct checking *checking, const char *pointer, const json_t *value)
{
    static const struct member members[] = {
        {"at", is_moment, true}, {"own", is_flag, true}, {"pinned", is_flag, false}, {"comments", is_flag, false}, {0}};
    check_members(checking, pointer, value, members);
}

static void is_link(struct checking *checking, const char *pointer, const json_t *value)
{
    static const struct member members[] = {{"network", is_network, true}, {"key", is_origin, true}, {0}};
    check_members(checking, pointer, value, members);
}

static void is_question(struct checking *checking, const char *pointer, const json_t *value)
{
    static const struct member members[] = {{"at", is_moment, true}, {"answered", is_moment, false}, {0}};
    check_members(checking, pointer, value, members);
}

static void is_part(struct checking *checking, const char *pointer, const json_t *value)
{
    const char *name;
    json_t *part;
    if (!json_is_object(value)) {
        is_text(checking, pointer, value);
        return;
    }
    json_object_foreach((json_t *)(uintptr_t)value, name, part) if (!json_is_number(part) && !json_is_boolean(part))
        is_text(checking, pointer_to(checking->pool, pointer, name), part);
}

static void are_posts(struct checking *checking, const char *pointer, const json_t *value)
{
    check_list(checking, pointer, value, POSTS_MOST, is_post);
}

static void are_links(struct checking *checking, const char *pointer, const json_t *value)
{
    check_list(checking, pointer, value, LINKS_MOST, is_link);
}

static void are_questions(struct checking *checking, const char *pointer, const json_t *value)
{
    check_list(checking, pointer, value, POSTS_MOST, is_question);
}

static void is_list(struct checking *checking, const char *pointer, const json_t *value)
{
    check_list(checking, pointer, value, LIST_MOST, is_part);
}

/* ---- facts ---- */

/* What a fact's value is by the kind ("as") that the network's file gives it, on a page or in an API. */
static const struct {
    const char *kind;
    check *check;
} kinds[] = {
    {"text", is_text},           {"prose", is_text},        {"id", is_text},
    {"link", is_text},           {"feed", is_text},         {"moment", is_moment},
    {"milliseconds", is_moment}, {"count", is_count},       {"number", is_count},
    {"flag", is_flag},           {"flag_if_true", is_flag}, {"filled", is_flag},
    {"list", is_list},           {"links", is_list},
};

static check *kind_check(const struct network *network, const char *part, const char *fact)
{
    const json_t *facts = json_object_get(json_object_get(network_document(network), part), "facts");
    const char *kind = json_string_value(json_object_get(json_object_get(facts, fact), "as"));
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (text_equal(kinds[i].kind, kind))
            return kinds[i].check;
    return NULL;
}

/* The adapters find out by themselves what citizens asked; no file says where. */
static check *adapter_check(const struct network *network, const char *fact)
{
    const char *tells = network_tells(network, "ANSW");
    bool may = tells != NULL && strcmp(tells, "cannot") != 0;
    return may && strcmp(fact, "questions") == 0 ? are_questions : NULL;
}

/* A page and an API may tell one fact in two kinds: a value of either will do. */
static void check_value(struct checking *checking, const char *pointer, const char *fact, const json_t *value)
{
    const struct network *network = checking->told->network;
    check *const ways[] = {kind_check(network, "html", fact), kind_check(network, "api", fact),
                           adapter_check(network, fact)};
    struct checking best = {.pool = checking->pool, .told = checking->told, .field = checking->field};
    bool known = false;
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        struct checking one = {.pool = checking->pool, .told = checking->told, .field = checking->field};
        if (ways[i] == NULL)
            continue;
        known = true;
        ways[i](&one, pointer, value);
        if (one.fault == NULL)
            return;
        best = one;
    }
    if (!known)
        note(checking, pointer, "fact_unknown");
    for (size_t i = 0; known && i < best.fault->field_count; i++)
        if (checking->fault == NULL || checking->fault->field_count < MISTAKES_MOST)
            fault_point(checking->pool, &checking->fault, checking->field, best.fault->fields[i].pointer,
                        best.fault->fields[i].code);
}

static void is_anything(struct checking *checking, const char *pointer, const json_t *value)
{
    (void)checking;
    (void)pointer;
    (void)value;
}

static void are_facts(struct checking *checking, const char *pointer, const json_t *value)
{
    static const struct member members[] = {{"value", is_anything, true}, {"origin", is_origin, true}, {0}};
    const char *name;
    json_t *fact;
    if (!json_is_object(value)) {
        note(checking, pointer, "not_an_object");
        return;
    }
    json_object_foreach((json_t *)(uintptr_t)value, name, fact)
    {
        const char *place = pointer_to(checking->pool, pointer, name);
        const json_t *told = json_object_get(fact, "value");
        check_members(checking, place, fact, members);
        if (told != NULL)
            check_value(checking, pool_print(checking->pool, "%s/value", place), name, told);
    }
}

/* ---- the whole ---- */

static const struct member reading_members[] = {
    {"state", is_state, true},       {"reason", is_code_or_none, false}, {"source", is_source, true},
    {"facts", are_facts, true},      {"posts", are_posts, false},        {"posts_whole", is_flag, false},
    {"posts_part", is_flag, false},  {"posts_reason", is_code, false},   {"links", are_links, false},
    {"links_whole", is_flag, false}, {"mentions", are_links, false},     {0},
};

static void is_request(struct checking *checking, const char *pointer, const json_t *value)
{
    static const struct member members[] = {{"url", is_url, true},      {"status", is_count, false},
                                            {"bytes", is_count, false}, {"ms", is_count, false},
                                            {"fault", is_code, false},  {0}};
    check_members(checking, pointer, value, members);
}

struct fault *told_check(struct pool *pool, const struct told *told)
{
    struct checking checking = {.pool = pool, .told = told, .field = "reading"};
    check_members(&checking, "", told->reading, reading_members);
    checking.field = "requests";
    if (told->requests != NULL)
        check_list(&checking, "", told->requests, REQUESTS_MOST, is_request);
    return checking.fault;
}

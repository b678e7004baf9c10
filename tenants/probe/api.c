/* api.c: walks the tables of errors, states and facts of a network file over the JSON that came. */
#include "api.h"

#include "veha/clock.h"
#include "veha/text.h"

#include <curl/curl.h>
#include <regex.h>
#include <string.h>

static const int64_t LAST_SECOND = 253402300799; /* of the year 9999 */

const json_t *api_of(const struct probe_look *look)
{
    return json_object_get(network_document(look->network), "api");
}

json_t *api_load(struct probe_look *look, const struct answer *answer)
{
    if (answer->fault != NULL)
        return NULL;
    return pool_adopt(look->pool, json_loadb(answer->bytes, answer->length, 0, NULL), pool_release_json);
}

void api_set_reading(struct probe_look *look, json_t *reading)
{
    json_decref(look->reading);
    look->reading = reading;
    json_object_set_new(reading, "source", json_string("api"));
}

const char *api_escape(struct pool *pool, const char *text)
{
    return pool_adopt(pool, curl_easy_escape(NULL, text, 0), curl_free);
}

/* ---- errors ---- */

static bool matches(const char *pattern, const char *text, int flags)
{
    regex_t regex;
    if (pattern == NULL || regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB | flags) != 0)
        return false;
    bool matched = regexec(&regex, text, 0, NULL, 0) == 0;
    regfree(&regex);
    return matched;
}

static bool has_code(const json_t *line, json_int_t code)
{
    const json_t *codes = json_object_get(line, "codes");
    for (size_t i = 0; i < json_array_size(codes); i++)
        if (json_integer_value(json_array_get(codes, i)) == code)
            return true;
    return false;
}

/* The line of the table of errors that fits; NULL for an error we do not know. */
static const json_t *find_error(const json_t *api, json_int_t code, const char *message)
{
    const json_t *lines = json_object_get(api, "errors");
    for (size_t i = 0; i < json_array_size(lines); i++) {
        const json_t *line = json_array_get(lines, i);
        const char *pattern = json_string_value(json_object_get(line, "text"));
        if (has_code(line, code) && (pattern == NULL || matches(pattern, message == NULL ? "" : message, REG_ICASE)))
            return line;
    }
    return NULL;
}

/* What an error asks of us, whatever it says of the account. */
static const json_t *heed(struct probe_look *look, json_int_t code, const char *message)
{
    const json_t *line = find_error(api_of(look), code, message);
    look->pause = (int)json_integer_value(json_object_get(line, "pause"));
    look->alarm = look->alarm || json_is_true(json_object_get(line, "alarm"));
    return line;
}

void api_heed(struct probe_look *look, json_int_t code, const char *message)
{
    heed(look, code, message);
}

void api_error(struct probe_look *look, json_int_t code, const char *message, bool posts)
{
    const json_t *line = heed(look, code, message);
    const char *state = json_string_value(json_object_get(line, "state"));
    const char *reason = line == NULL ? "unknown_error" : json_string_value(json_object_get(line, "reason"));
    bool lasting = state != NULL && (strcmp(state, "closed") == 0 || strcmp(state, "blocked") == 0);
    if (posts && !lasting) {
        if (line != NULL)
            json_object_set_new(look->reading, "posts_reason", json_string(reason));
        return;
    }
    if (json_is_true(json_object_get(line, "page")))
        return;
    if (!posts) {
        api_set_reading(look, reading_new(state == NULL ? "unfamiliar" : state, reason));
        return;
    }
    json_object_set_new(look->reading, "state", json_string(state));
    json_object_set_new(look->reading, "reason", json_string(reason));
}

void api_strange(struct probe_look *look, const struct answer *answer, bool posts)
{
    const char *fault = answer->fault;
    if (posts)
        json_object_set_new(look->reading, "posts_reason", json_string(fault != NULL ? fault : "layout"));
    else if (fault != NULL || answer->status >= 500)
        api_set_reading(look, reading_new("unreachable", fault != NULL ? fault : "server_error"));
    else
        api_set_reading(look, reading_new("unfamiliar", "layout"));
}

/* ---- facts ---- */

/* A JSON pointer of plain names. */
static json_t *follow(const json_t *root, struct pool *pool, const char *pointer)
{
    const json_t *at = root;
    char *rest = pool_copy(pool, pointer + 1);
    for (char *name; at != NULL && (name = strsep(&rest, "/")) != NULL;)
        at = json_object_get(at, name);
    return (json_t *)(uintptr_t)at;
}

/* Old answers hold <br>, &amp; and the like. */
static const char *plain_text(struct pool *pool, const char *text)
{
    static const struct {
        const char *written;
        const char *meant;
    } marks[] = {{"<br>", "\n"}, {"<br/>", "\n"},  {"&amp;", "&"}, {"&lt;", "<"},
                 {"&gt;", ">"},  {"&quot;", "\""}, {"&#39;", "'"}};
    struct buffer plain = {0};
    while (*text != '\0') {
        size_t i = 0;
        while (i < sizeof marks / sizeof *marks && !text_starts(text, marks[i].written))
            i++;
        bool found = i < sizeof marks / sizeof *marks;
        buffer_add(&plain, found ? marks[i].meant : text, found ? strlen(marks[i].meant) : 1);
        text += found ? strlen(marks[i].written) : 1;
    }
    char *copy = pool_copy(pool, plain.bytes == NULL ? "" : plain.bytes);
    buffer_free(&plain);
    return copy;
}

const char *api_id(struct pool *pool, const json_t *value)
{
    const char *text = json_string_value(value);
    if (json_is_integer(value))
        return pool_print(pool, "%lld", (long long)json_integer_value(value));
    return text != NULL && text_is_digits(text + (*text == '-')) && strlen(text) <= 20 ? text : NULL;
}

static const char *print_second(struct pool *pool, json_int_t at)
{
    return at <= 0 || at > LAST_SECOND ? NULL : clock_print(pool, (int64_t)at);
}

const char *api_moment(struct pool *pool, const json_t *milliseconds)
{
    return print_second(pool, json_integer_value(milliseconds) / 1000);
}

const char *api_second(struct pool *pool, const json_t *seconds)
{
    return print_second(pool, json_integer_value(seconds));
}

/* What is neither yes nor no was not told. */
static json_t *read_flag(struct pool *pool, json_t *value, const char *member)
{
    (void)pool;
    (void)member;
    if (json_is_object(value)) /* trust_mark: being there is the flag */
        return json_true();
    if (json_is_boolean(value))
        return json_incref(value);
    return json_is_integer(value) ? json_boolean(json_integer_value(value) != 0) : NULL;
}

/* A picture or the like. That nothing is there proves nothing. */
static json_t *read_filled(struct pool *pool, json_t *value, const char *member)
{
    (void)pool;
    (void)member;
    return json_object_size(value) > 0 || json_string_length(value) > 0 ? json_true() : NULL;
}

static json_t *read_list(struct pool *pool, json_t *value, const char *member)
{
    (void)pool;
    if (!json_is_array(value) || member == NULL)
        return json_is_array(value) ? json_incref(value) : NULL;
    json_t *list = json_array();
    for (size_t i = 0; i < json_array_size(value); i++) {
        json_t *part = json_object_get(json_array_get(value, i), member);
        if (part != NULL)
            json_array_append(list, part);
    }
    return list;
}

static json_t *read_number(struct pool *pool, json_t *value, const char *member)
{
    (void)pool;
    (void)member;
    double number = json_real_value(value);
    if (json_is_integer(value))
        return json_incref(value);
    return json_is_real(value) && number > -1e15 && number < 1e15 ? json_integer((json_int_t)number) : NULL;
}

static json_t *read_id(struct pool *pool, json_t *value, const char *member)
{
    (void)member;
    const char *id = api_id(pool, value);
    return id == NULL ? NULL : json_string(id);
}

static json_t *read_moment(struct pool *pool, json_t *value, const char *member)
{
    (void)member;
    const char *moment = api_moment(pool, value);
    return moment == NULL ? NULL : json_string(moment);
}

static json_t *read_lines(struct pool *pool, json_t *value, const char *member)
{
    (void)member;
    return json_is_string(value) ? read_prose(pool, plain_text(pool, json_string_value(value))) : NULL;
}

static json_t *read_text(struct pool *pool, json_t *value, const char *member)
{
    (void)member;
    return json_is_string(value) ? json_string(text_tidy(pool, plain_text(pool, json_string_value(value)))) : NULL;
}

/* The kinds network.c lets a fact be; NULL from one: this value tells nothing. */
static const struct {
    const char *kind;
    json_t *(*read)(struct pool *pool, json_t *value, const char *member);
} kinds[] = {
    {"flag", read_flag}, {"filled", read_filled},       {"list", read_list},   {"number", read_number},
    {"id", read_id},     {"milliseconds", read_moment}, {"prose", read_lines}, {"text", read_text},
};

static json_t *convert(struct pool *pool, json_t *value, const json_t *rule)
{
    const char *kind = json_string_value(json_object_get(rule, "as"));
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (text_equal(kinds[i].kind, kind))
            return kinds[i].read(pool, value, json_string_value(json_object_get(rule, "member")));
    return NULL;
}

static void add_fact(struct probe_look *look, const json_t *object, const char *origin, const char *name,
                     const json_t *rule)
{
    const json_t *pointers = json_object_get(rule, "pointers");
    const char *other = json_string_value(json_object_get(rule, "else_pointer"));
    for (size_t i = 0; i < json_array_size(pointers); i++) {
        const char *pointer = json_string_value(json_array_get(pointers, i));
        json_t *value = follow(object, look->pool, pointer);
        if (value == NULL || json_is_null(value))
            continue;
        reading_fact(look->reading, name, convert(look->pool, value, rule),
                     pool_print(look->pool, "%s%s", origin, pointer));
        return;
    }
    const char *text = other == NULL ? NULL : json_string_value(follow(object, look->pool, other));
    if (text != NULL)
        reading_fact(look->reading, name,
                     json_boolean(!matches(json_string_value(json_object_get(rule, "else_not")), text, 0)),
                     pool_print(look->pool, "%s%s", origin, other));
}

/* ---- states ---- */

/* What a pattern is held against; NULL: nothing. */
static const char *plain_value(struct pool *pool, const json_t *value)
{
    static const char *const words[] = {"false", "true"};
    if (json_is_integer(value))
        return pool_print(pool, "%lld", (long long)json_integer_value(value));
    return json_is_boolean(value) ? words[json_is_true(value)] : json_string_value(value);
}

const json_t *api_line(const struct probe_look *look, const char *table, const json_t *object)
{
    const json_t *lines = json_object_get(api_of(look), table);
    for (size_t i = 0; i < json_array_size(lines); i++) {
        const json_t *line = json_array_get(lines, i);
        const json_t *value = follow(object, look->pool, json_string_value(json_object_get(line, "pointer")));
        const char *text = plain_value(look->pool, value);
        if (text != NULL && matches(json_string_value(json_object_get(line, "match")), text, 0))
            return line;
    }
    return NULL;
}

void api_object(struct probe_look *look, const json_t *object, const char *origin)
{
    const json_t *line = api_line(look, "states", object);
    json_t *rules = json_object_get(api_of(look), "facts");
    const char *name;
    json_t *rule;
    api_set_reading(look, line == NULL ? reading_new("present", NULL)
                                       : reading_new(json_string_value(json_object_get(line, "state")),
                                                     json_string_value(json_object_get(line, "reason"))));
    json_object_foreach(rules, name, rule) add_fact(look, object, origin, name, rule);
}

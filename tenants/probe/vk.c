/* vk.c: the ВКонтакте API: two methods, their errors by the table of vk.json, their facts by its pointers. */
#include "vk.h"

#include "veha/clock.h"
#include "veha/text.h"

#include <curl/curl.h>
#include <regex.h>
#include <string.h>

static const json_t *api_of(const struct probe_look *look)
{
    return json_object_get(network_document(look->network), "api");
}

/* The number of a community whose key is "club123"; NULL when the key is a name. */
static const char *club_number(const char *key)
{
    return text_starts(key, "club") && text_is_digits(key + strlen("club")) ? key + strlen("club") : NULL;
}

static const char *escape(struct pool *pool, const char *text)
{
    return pool_adopt(pool, curl_easy_escape(NULL, text, 0), curl_free);
}

static bool ask_vk(struct probe_look *look, const char *method, struct look_request *request)
{
    const json_t *api = api_of(look);
    const char *version = json_string_value(json_object_get(api, "version"));
    if (look->tools->vk_token == NULL || *look->tools->vk_token == '\0')
        return false;
    request->url = pool_print(look->pool, "%s/%s", look->tools->vk_api, method);
    const char *token = escape(look->pool, look->tools->vk_token);
    if (strcmp(method, "groups.getById") == 0) {
        const char *number = club_number(look->key);
        request->form = pool_print(look->pool, "group_ids=%s&fields=%s&v=%s&access_token=%s",
                                   number != NULL ? number : escape(look->pool, look->key),
                                   json_string_value(json_object_get(api, "fields")), version, token);
        return true;
    }
    const json_t *id = reading_value(look->reading, "id");
    if (id == NULL || look->pause > 0)
        return false;
    const char *form;
    if (strcmp(method, "wall.getComments") == 0) {
        if (!vk_ask_comments(look, &form))
            return false;
        request->form = pool_print(look->pool, "%s&v=%s&access_token=%s", form, version, token);
        return true;
    }
    request->form =
        pool_print(look->pool, "owner_id=-%lld&count=%d&v=%s&access_token=%s", (long long)json_integer_value(id),
                   (int)json_integer_value(json_object_get(api, "posts_count")), version, token);
    return true;
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
static const json_t *find_error(const json_t *api, const json_t *error)
{
    json_int_t code = json_integer_value(json_object_get(error, "error_code"));
    const char *message = json_string_value(json_object_get(error, "error_msg"));
    const json_t *lines = json_object_get(api, "errors");
    for (size_t i = 0; i < json_array_size(lines); i++) {
        const json_t *line = json_array_get(lines, i);
        const char *pattern = json_string_value(json_object_get(line, "text"));
        if (has_code(line, code) && (pattern == NULL || matches(pattern, message == NULL ? "" : message, REG_ICASE)))
            return line;
    }
    return NULL;
}

static void set_reading(struct probe_look *look, json_t *reading)
{
    json_decref(look->reading);
    look->reading = reading;
    if (reading != NULL)
        json_object_set_new(reading, "source", json_string("api"));
}

/* What an error asks of us, whatever it says of the account. */
static void heed_error(struct probe_look *look, const json_t *line)
{
    look->pause = (int)json_integer_value(json_object_get(line, "pause"));
    look->alarm = look->alarm || json_is_true(json_object_get(line, "alarm"));
}

/*
 * An error may end the account (deleted), the look (throttled, our token), or only say that the wall is not to be seen;
 * asked for the wall, whatever is no fact of the account leaves what is known of it.
 */
static void read_error(struct probe_look *look, const json_t *error, bool wall)
{
    const json_t *line = find_error(api_of(look), error);
    const char *state = json_string_value(json_object_get(line, "state"));
    const char *reason = line == NULL ? "unknown_error" : json_string_value(json_object_get(line, "reason"));
    heed_error(look, line);
    bool lasting = state != NULL && (strcmp(state, "closed") == 0 || strcmp(state, "blocked") == 0);
    if (wall && !lasting) {
        if (line != NULL)
            json_object_set_new(look->reading, "posts_reason", json_string(reason));
        return;
    }
    if (json_is_true(json_object_get(line, "page"))) {
        set_reading(look, NULL); /* the page may tell what the token cannot */
        return;
    }
    if (!wall) {
        set_reading(look, reading_new(state == NULL ? "unfamiliar" : state, reason));
        return;
    }
    json_object_set_new(look->reading, "state", json_string(state));
    json_object_set_new(look->reading, "reason", json_string(reason));
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

static json_t *flag_of(const json_t *value)
{
    if (json_is_object(value)) /* trust_mark: being there is the flag */
        return json_true();
    return json_boolean(json_is_true(value) || json_integer_value(value) != 0);
}

static json_t *list_of(json_t *value, const char *member)
{
    if (member == NULL)
        return json_incref(value);
    json_t *list = json_array();
    for (size_t i = 0; i < json_array_size(value); i++) {
        json_t *part = json_object_get(json_array_get(value, i), member);
        if (part != NULL)
            json_array_append(list, part);
    }
    return list;
}

static json_t *convert(struct pool *pool, json_t *value, const char *kind, const char *member)
{
    const char *text = json_string_value(value);
    if (strcmp(kind, "flag") == 0)
        return flag_of(value);
    if (strcmp(kind, "list") == 0)
        return json_is_array(value) ? list_of(value, member) : NULL;
    if (strcmp(kind, "number") == 0)
        return json_is_number(value) ? json_integer((json_int_t)json_number_value(value)) : NULL;
    if (text == NULL)
        return NULL;
    return strcmp(kind, "prose") == 0 ? read_prose(pool, plain_text(pool, text))
                                      : json_string(text_tidy(pool, plain_text(pool, text)));
}

static void add_fact(struct probe_look *look, const json_t *group, const char *name, const json_t *rule)
{
    const json_t *pointers = json_object_get(rule, "pointers");
    const char *kind = json_string_value(json_object_get(rule, "as"));
    const char *other = json_string_value(json_object_get(rule, "else_pointer"));
    for (size_t i = 0; i < json_array_size(pointers); i++) {
        const char *pointer = json_string_value(json_array_get(pointers, i));
        json_t *value = follow(group, look->pool, pointer);
        if (value == NULL || json_is_null(value))
            continue;
        json_t *converted = convert(look->pool, value, kind, json_string_value(json_object_get(rule, "member")));
        reading_fact(look->reading, name, converted, pool_print(look->pool, "groups.getById%s", pointer));
        return;
    }
    const char *text = other == NULL ? NULL : json_string_value(follow(group, look->pool, other));
    if (text != NULL)
        reading_fact(look->reading, name,
                     json_boolean(!matches(json_string_value(json_object_get(rule, "else_not")), text, 0)),
                     pool_print(look->pool, "groups.getById%s", other));
}

static json_t *state_of(const struct probe_look *look, const json_t *group)
{
    const json_t *lines = json_object_get(api_of(look), "states");
    for (size_t i = 0; i < json_array_size(lines); i++) {
        const json_t *line = json_array_get(lines, i);
        const json_t *value = follow(group, look->pool, json_string_value(json_object_get(line, "pointer")));
        const char *text = json_is_integer(value) ? pool_print(look->pool, "%lld", (long long)json_integer_value(value))
                                                  : json_string_value(value);
        if (text != NULL && matches(json_string_value(json_object_get(line, "match")), text, 0))
            return reading_new(json_string_value(json_object_get(line, "state")),
                               json_string_value(json_object_get(line, "reason")));
    }
    return reading_new("present", NULL);
}

/* Up to 5.131 an array of groups, from 5.199 on an object with one inside. */
static void read_group(struct probe_look *look, const json_t *response)
{
    const json_t *groups = json_is_array(response) ? response : json_object_get(response, "groups");
    const json_t *group = json_array_get(groups, 0);
    if (!json_is_array(groups)) {
        set_reading(look, reading_new("unfamiliar", "layout"));
        return;
    }
    if (group == NULL) {
        set_reading(look, reading_new("missing", "no_such"));
        return;
    }
    set_reading(look, state_of(look, group));
    json_t *rules = json_object_get(api_of(look), "facts");
    const char *name;
    json_t *rule;
    json_object_foreach(rules, name, rule) add_fact(look, group, name, rule);
}

/* ---- the wall ---- */

static json_t *read_post(struct pool *pool, const json_t *item)
{
    json_int_t from = json_integer_value(json_object_get(item, "from_id"));
    json_int_t owner = json_integer_value(json_object_get(item, "owner_id"));
    bool forwarded = json_array_size(json_object_get(item, "copy_history")) > 0;
    const char *at = clock_print(pool, (int64_t)json_integer_value(json_object_get(item, "date")));
    bool comments = json_integer_value(json_object_get(json_object_get(item, "comments"), "can_post")) == 1;
    bool pinned = json_integer_value(json_object_get(item, "is_pinned")) == 1;
    return json_pack("{s:s, s:b, s:b, s:b, s:I, s:I}", "at", at, "own", from == owner && !forwarded, "pinned", pinned,
                     "comments", comments, "id", json_integer_value(json_object_get(item, "id")), "replies",
                     json_integer_value(json_object_get(json_object_get(item, "comments"), "count")));
}

static void read_wall(struct probe_look *look, const json_t *response)
{
    const json_t *items = json_object_get(response, "items");
    if (!json_is_array(items))
        return;
    json_t *posts = json_array();
    for (size_t i = 0; i < json_array_size(items); i++)
        json_array_append_new(posts, read_post(look->pool, json_array_get(items, i)));
    json_int_t count = json_integer_value(json_object_get(response, "count"));
    json_object_set_new(look->reading, "posts_whole", json_boolean(count <= (json_int_t)json_array_size(items)));
    json_object_set_new(look->reading, "posts", posts);
    if (!vk_has_comments(posts)) /* so nobody asked */
        reading_fact(look->reading, "questions", json_array(), "wall.get");
}

static void release_json(void *json)
{
    json_decref(json);
}

/* Whatever hides the comments, it is no fact of the account. */
static void read_comments(struct probe_look *look, const json_t *error, const json_t *response)
{
    if (error != NULL)
        heed_error(look, find_error(api_of(look), error));
    else
        vk_read_comments(look, response);
}

static void read_vk(struct probe_look *look, const char *method, const struct answer *answer)
{
    bool wall = strcmp(method, "wall.get") == 0;
    json_t *root = answer->fault != NULL
                       ? NULL
                       : pool_adopt(look->pool, json_loadb(answer->bytes, answer->length, 0, NULL), release_json);
    const json_t *error = json_object_get(root, "error");
    const json_t *response = json_object_get(root, "response");
    if (error == NULL) /* execute answers so */
        error = json_array_get(json_object_get(root, "execute_errors"), 0);
    if (strcmp(method, "wall.getComments") == 0)
        read_comments(look, error, response);
    else if (error != NULL)
        read_error(look, error, wall);
    else if (response != NULL && wall)
        read_wall(look, response);
    else if (response != NULL)
        read_group(look, response);
    else if (wall)
        json_object_set_new(look->reading, "posts_reason",
                            json_string(answer->fault != NULL ? answer->fault : "layout"));
    else if (answer->fault != NULL || answer->status >= 500)
        set_reading(look, reading_new("unreachable", answer->fault != NULL ? answer->fault : "server_error"));
    else
        set_reading(look, reading_new("unfamiliar", "layout"));
}

const struct probe probe_vk = {.network = "vk", .ask = ask_vk, .read = read_vk};

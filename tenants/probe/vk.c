/* vk.c: the ВКонтакте API: its methods, their errors by the table of vk.json, their facts by its pointers. */
#include "vk.h"

#include "veha/text.h"

#include "api.h"
#include "vk_share.h"

#include <string.h>

static const char *const settings[] = {"token", "api", NULL};
static const char *const methods[] = {"groups.getById", "utils.resolveScreenName", "wall.get", "wall.getComments",
                                      NULL};
static const struct document_member members[] = {
    {"kind", 's', true},   {"version", 's', true}, {"fields", 's', true}, {"posts_count", 'i', true},
    {"errors", 'a', true}, {"states", 'a', true},  {"facts", 'o', true},  {0},
};

/* The number of a community whose key is "club123"; NULL when the key is a name. */
static const char *club_number(const char *key)
{
    return text_starts(key, "club") && text_is_digits(key + strlen("club")) ? key + strlen("club") : NULL;
}

static bool ask_vk(struct probe_look *look, const char *method, struct look_request *request)
{
    const json_t *api = api_of(look);
    const char *version = json_string_value(json_object_get(api, "version"));
    const char *token = api_escape(look->pool, probe_setting(look, "token"));
    if (*token == '\0')
        return false;
    request->url = pool_print(look->pool, "%s/%s", probe_setting(look, "api"), method);
    request->token = "access_token";
    request->refuses = vk_refuses;
    if (strcmp(method, "groups.getById") == 0) {
        const char *number = club_number(look->key);
        request->form =
            pool_print(look->pool, "fields=%s&v=%s", json_string_value(json_object_get(api, "fields")), version);
        request->join = "group_ids";
        request->id = number != NULL ? number : api_escape(look->pool, look->key);
        request->split = vk_split;
        return true;
    }
    if (strcmp(method, "utils.resolveScreenName") == 0) {
        request->form = pool_print(look->pool, "screen_name=%s&v=%s", api_escape(look->pool, look->key), version);
        return club_number(look->key) == NULL && look->pause == 0;
    }
    const json_t *id = reading_value(look->reading, "id");
    if (id == NULL || look->pause > 0)
        return false;
    const char *form;
    if (strcmp(method, "wall.getComments") == 0) {
        if (!vk_ask_comments(look, &form))
            return false;
        request->form = pool_print(look->pool, "%s&v=%s", form, version);
        return true;
    }
    request->form = pool_print(look->pool, "owner_id=-%lld&count=%d&v=%s", (long long)json_integer_value(id),
                               (int)json_integer_value(json_object_get(api, "posts_count")), version);
    return true;
}

/* Up to 5.131 an array of groups, from 5.199 on an object with one inside. */
static void read_group(struct probe_look *look, const json_t *response)
{
    const json_t *groups = json_is_array(response) ? response : json_object_get(response, "groups");
    const json_t *group = json_array_get(groups, 0);
    const char *number = club_number(look->key);
    if (!json_is_array(groups)) {
        api_set_reading(look, reading_new("unfamiliar", "layout"));
        return;
    }
    if (group == NULL) {
        api_set_reading(look, reading_new("missing", "no_such"));
        return;
    }
    if (!vk_is_group(look->pool, group, number != NULL ? number : look->key)) { /* of somebody else it proves nothing */
        api_set_reading(look, reading_new("unfamiliar", "layout"));
        return;
    }
    api_object(look, group, "groups.getById");
}

/* Asked of a community, VK calls a person's name as unknown as nobody's. */
static void read_whose(struct probe_look *look, const json_t *response)
{
    const char *type = json_string_value(json_object_get(response, "type"));
    if (text_equal(type, "user"))
        api_set_reading(look, reading_new("not_community", "person"));
    else if (type != NULL && !text_equal(type, "application"))
        api_set_reading(look,
                        reading_new("unfamiliar", "layout")); /* a community, of which we just heard there is none */
}

/* ---- the wall ---- */

/* NULL when its time or its author is not told. A comment that somebody wrote proves that one may. */
static json_t *read_post(struct pool *pool, const json_t *item)
{
    json_int_t from = json_integer_value(json_object_get(item, "from_id"));
    json_int_t owner = json_integer_value(json_object_get(item, "owner_id"));
    bool forwarded = json_array_size(json_object_get(item, "copy_history")) > 0;
    const char *at = api_second(pool, json_object_get(item, "date"));
    const json_t *talk = json_object_get(item, "comments");
    json_int_t replies = json_integer_value(json_object_get(talk, "count"));
    bool comments = json_integer_value(json_object_get(talk, "can_post")) == 1 || replies > 0;
    bool pinned = json_integer_value(json_object_get(item, "is_pinned")) == 1;
    if (at == NULL || from == 0 || owner == 0)
        return NULL;
    return json_pack("{s:s, s:b, s:b, s:b, s:I, s:I}", "at", at, "own", from == owner && !forwarded, "pinned", pinned,
                     "comments", comments, "id", json_integer_value(json_object_get(item, "id")), "replies", replies);
}

static void read_wall(struct probe_look *look, const json_t *response)
{
    const json_t *items = json_object_get(response, "items");
    if (!json_is_array(items))
        return;
    json_t *posts = json_array();
    for (size_t i = 0; i < json_array_size(items); i++) {
        json_t *post = read_post(look->pool, json_array_get(items, i));
        if (post != NULL)
            json_array_append_new(posts, post);
    }
    const json_t *count = json_object_get(response, "count");
    bool all_read = json_array_size(posts) == json_array_size(items);
    bool whole = json_is_integer(count) && json_integer_value(count) <= (json_int_t)json_array_size(items);
    json_object_set_new(look->reading, "posts_whole", json_boolean(whole));
    json_object_set_new(look->reading, "posts", posts);
    if (!all_read) /* the others may be of today */
        json_object_set_new(look->reading, "posts_reason", json_string("layout"));
    if (all_read && !vk_has_comments(posts)) /* so nobody asked */
        reading_fact(look->reading, "questions", json_array(), "wall.get");
}

static void read_vk(struct probe_look *look, const char *method, const struct answer *answer)
{
    bool wall = strcmp(method, "wall.get") == 0;
    const json_t *root = api_load(look, answer);
    const json_t *error = json_object_get(root, "error");
    const json_t *response = json_object_get(root, "response");
    if (error == NULL) /* execute answers so */
        error = json_array_get(json_object_get(root, "execute_errors"), 0);
    json_int_t code = json_integer_value(json_object_get(error, "error_code"));
    const char *message = json_string_value(json_object_get(error, "error_msg"));
    bool comments = strcmp(method, "wall.getComments") == 0;
    bool whose = strcmp(method, "utils.resolveScreenName") == 0;
    if ((comments || whose) && error != NULL)
        api_heed(look, code, message);
    else if (comments)
        vk_read_comments(look, response);
    else if (whose)
        read_whose(look, response);
    else if (error != NULL)
        api_error(look, code, message, wall);
    else if (response != NULL && wall)
        read_wall(look, response);
    else if (response != NULL)
        read_group(look, response);
    else
        api_strange(look, answer, wall);
}

const struct probe probe_vk = {
    .kind = "vk",
    .settings = settings,
    .tokens = "token",
    .methods = methods,
    .members = members,
    .ask = ask_vk,
    .read = read_vk,
};

/* max.c: the bot API of MAX: one chat and its messages, by the number that the channel's page holds. */
#include "veha/text.h"

#include "api.h"

#include <string.h>

enum { ID_MOST = 19 };

static const char *const settings[] = {"token", "api", NULL};
static const char *const methods[] = {"chats", "messages", NULL};
static const struct document_member members[] = {
    {"kind", 's', true},   {"posts_count", 'i', true}, {"errors", 'a', true},
    {"states", 'a', true}, {"facts", 'o', true},       {0},
};

/* The chat's number is the channel's below zero; NULL when the page held none. */
static const char *chat_of(const struct probe_look *look)
{
    const char *channel = json_string_value(reading_value(look->reading, "channel"));
    if (channel == NULL || !text_is_digits(channel) || *channel == '0' || strlen(channel) > ID_MOST)
        return NULL;
    return pool_print(look->pool, "-%s", channel);
}

static bool ask_max(struct probe_look *look, const char *method, struct look_request *request)
{
    const char *token = probe_setting(look, "token");
    const char *api = probe_setting(look, "api");
    if (look->id == NULL)
        look->id = chat_of(look);
    if (*token == '\0' || look->id == NULL)
        return false;
    request->authorization = token;
    if (strcmp(method, "chats") == 0)
        request->url = pool_print(look->pool, "%s/chats/%s", api, look->id);
    else
        request->url = pool_print(look->pool, "%s/messages?chat_id=%s&count=%d", api, look->id,
                                  (int)json_integer_value(json_object_get(api_of(look), "posts_count")));
    return true;
}

/* ---- what came ---- */

/* A page may hold the number of another channel: the chat's own link says whose it is. */
static bool is_other(const struct probe_look *look, const json_t *chat)
{
    struct network_address address;
    const char *link = json_string_value(json_object_get(chat, "link"));
    return link != NULL &&
           network_address_read(look->tools->networks, look->network, look->pool, link, &address) == NULL &&
           strcmp(address.key, look->key) != 0;
}

static void read_chat(struct probe_look *look, const json_t *root)
{
    if (!text_equal(api_id(look->pool, json_object_get(root, "chat_id")), look->id))
        api_set_reading(look, reading_new("unfamiliar", "layout"));
    else if (is_other(look, root))
        api_set_reading(look, reading_new("unfamiliar", "other_account"));
    else
        api_object(look, root, "chats");
}

/* In a channel only its own people write; NULL when the time is not told. */
static json_t *read_message(const struct probe_look *look, const json_t *message)
{
    const char *at = api_moment(look->pool, json_object_get(message, "timestamp"));
    const char *kind = json_string_value(json_object_get(json_object_get(message, "link"), "type"));
    if (at == NULL)
        return NULL;
    return json_pack("{s:s, s:b, s:b}", "at", at, "own", !text_equal(kind, "forward"), "pinned", false);
}

/* One post that cannot be read may be of today: then nothing is said of any. */
static void read_messages(struct probe_look *look, const json_t *root)
{
    const json_t *messages = json_object_get(root, "messages");
    size_t count = json_array_size(messages);
    json_t *posts = json_array();
    bool sound = json_is_array(messages);
    for (size_t i = 0; i < count && sound; i++) {
        json_t *post = read_message(look, json_array_get(messages, i));
        sound = post != NULL;
        if (sound)
            json_array_append_new(posts, post);
    }
    if (!sound) {
        json_decref(posts);
        json_object_set_new(look->reading, "posts_reason", json_string("layout"));
        return;
    }
    json_int_t most = json_integer_value(json_object_get(api_of(look), "posts_count"));
    json_object_set_new(look->reading, "posts", posts);
    json_object_set_new(look->reading, "posts_whole", json_boolean((json_int_t)count < most));
}

/* Errors have the status of their kind, and a word in the body. */
static void read_max(struct probe_look *look, const char *method, const struct answer *answer)
{
    bool posts = strcmp(method, "messages") == 0;
    const json_t *root = api_load(look, answer);
    if (answer->fault == NULL && answer->status != 200)
        api_error(look, answer->status, json_string_value(json_object_get(root, "code")), posts);
    else if (!json_is_object(root))
        api_strange(look, answer, posts);
    else if (posts)
        read_messages(look, root);
    else
        read_chat(look, root);
}

const struct probe probe_max = {
    .kind = "max",
    .settings = settings,
    .tokens = "token",
    .methods = methods,
    .members = members,
    .ask = ask_max,
    .read = read_max,
};

/* ok.c: the API of Одноклассники: signed forms to one address, errors in the body of a 200. */
#include "ok.h"

#include "veha/text.h"

#include "api.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

enum { PARAMETERS_MOST = 8 };

static const char *const settings[] = {
    "application_key", "access_token", "session_secret", "application_secret", "api", NULL,
};
static const char *const methods[] = {"url.getInfo", "group.getInfo", "mediatopic.getTopics", NULL};
static const struct document_member members[] = {
    {"kind", 's', true},        {"fields", 's', true}, {"post_fields", 's', true},
    {"posts_count", 'i', true}, {"errors", 'a', true}, {"names", 'a', true},
    {"states", 'a', true},      {"facts", 'o', true},  {0},
};

/* ---- the signature ---- */

static const char *md5(struct pool *pool, const char *text, size_t length)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    struct buffer hex = {0};
    if (EVP_Digest(text, length, digest, &size, EVP_md5(), NULL) != 1)
        abort();
    for (unsigned i = 0; i < size; i++)
        buffer_print(&hex, "%02x", digest[i]);
    const char *copy = pool_copy(pool, hex.bytes);
    buffer_free(&hex);
    return copy;
}

const char *ok_secret(struct pool *pool, const char *access_token, const char *application_secret)
{
    const char *both = pool_print(pool, "%s%s", access_token, application_secret);
    return md5(pool, both, strlen(both));
}

static int compare_names(const void *one, const void *two)
{
    return strcmp(((const struct ok_parameter *)one)->name, ((const struct ok_parameter *)two)->name);
}

const char *ok_signature(struct pool *pool, struct ok_parameter *parameters, size_t count, const char *secret)
{
    struct buffer text = {0};
    qsort(parameters, count, sizeof *parameters, compare_names);
    for (size_t i = 0; i < count; i++)
        buffer_print(&text, "%s=%s", parameters[i].name, parameters[i].value);
    buffer_text(&text, secret);
    const char *signature = md5(pool, text.bytes, text.length);
    buffer_free(&text);
    return signature;
}

/* ---- asking ---- */

/* NULL when the configuration holds no whole set of keys. */
static const char *secret_of(const struct probe_look *look)
{
    const char *token = probe_setting(look, "access_token");
    const char *session = probe_setting(look, "session_secret");
    const char *application = probe_setting(look, "application_secret");
    if (*probe_setting(look, "application_key") == '\0' || *token == '\0')
        return NULL;
    if (*session != '\0')
        return session;
    return *application == '\0' ? NULL : ok_secret(look->pool, token, application);
}

/* The number of a group whose key is "group/123"; NULL when the key is a name. */
static const char *group_number(const char *key)
{
    return text_starts(key, "group/") && text_is_digits(key + strlen("group/")) ? key + strlen("group/") : NULL;
}

static const char *form_of(const struct probe_look *look, const struct ok_parameter *parameters, size_t count,
                           const char *signature)
{
    struct buffer form = {0};
    for (size_t i = 0; i < count; i++)
        buffer_print(&form, "%s=%s&", parameters[i].name, api_escape(look->pool, parameters[i].value));
    buffer_print(&form, "sig=%s&access_token=%s", signature,
                 api_escape(look->pool, probe_setting(look, "access_token")));
    const char *copy = pool_copy(look->pool, form.bytes);
    buffer_free(&form);
    return copy;
}

static const char *text_of(const json_t *api, const char *member)
{
    return json_string_value(json_object_get(api, member));
}

static bool ask_ok(struct probe_look *look, const char *method, struct look_request *request)
{
    const json_t *api = api_of(look);
    const char *secret = secret_of(look);
    if (look->id == NULL)
        look->id = group_number(look->key);
    bool named = strcmp(method, "url.getInfo") == 0;
    if (secret == NULL || named != (look->id == NULL))
        return false;
    struct ok_parameter parameters[PARAMETERS_MOST] = {
        {"application_key", probe_setting(look, "application_key")}, {"format", "json"}, {"method", method}};
    size_t count = 3;
    if (named) {
        parameters[count++] = (struct ok_parameter){"url", pool_print(look->pool, "https://ok.ru/%s", look->key)};
    } else if (strcmp(method, "group.getInfo") == 0) {
        parameters[count++] = (struct ok_parameter){"uids", look->id};
        parameters[count++] = (struct ok_parameter){"fields", text_of(api, "fields")};
    } else {
        json_int_t most = json_integer_value(json_object_get(api, "posts_count"));
        parameters[count++] = (struct ok_parameter){"gid", look->id};
        parameters[count++] = (struct ok_parameter){"count", pool_print(look->pool, "%lld", (long long)most)};
        parameters[count++] = (struct ok_parameter){"fields", text_of(api, "post_fields")};
    }
    const char *signature = ok_signature(look->pool, parameters, count, secret);
    request->url = probe_setting(look, "api");
    request->form = form_of(look, parameters, count, signature);
    return true;
}

/* ---- what came ---- */

/* What a name stands for. Of what the table does not know, the page decides. */
static void read_name(struct probe_look *look, const json_t *root)
{
    const char *type = text_of(root, "type");
    const json_t *number = json_object_get(root, "objectIdStr");
    const json_t *line = api_line(look, "names", root);
    if (text_equal(type, "GROUP"))
        look->id = api_id(look->pool, number != NULL ? number : json_object_get(root, "objectId"));
    else if (line != NULL)
        api_set_reading(look, reading_new(text_of(line, "state"), text_of(line, "reason")));
}

/* A list of groups, or an object with one inside. One that holds no group proves nothing: the page decides. */
static void read_group(struct probe_look *look, const json_t *root)
{
    const json_t *groups = json_is_array(root) ? root : json_object_get(root, "groups");
    const json_t *group = json_array_get(groups, 0);
    const char *id = api_id(look->pool, json_object_get(group, "uid"));
    if (json_is_array(groups) && group == NULL)
        return;
    if (!json_is_object(group) || (id != NULL && strcmp(id, look->id) != 0)) {
        api_set_reading(look, reading_new("unfamiliar", "layout"));
        return;
    }
    api_object(look, group, "group.getInfo");
}

static bool is_true(const json_t *object, const char *member)
{
    return json_is_true(json_object_get(object, member));
}

static bool is_reshared(const json_t *topic)
{
    const json_t *media = json_object_get(topic, "media");
    for (size_t i = 0; i < json_array_size(media); i++)
        if (is_true(json_array_get(media, i), "reshare"))
            return true;
    return false;
}

/* NULL when its time or its author is not told. A comment that somebody wrote proves that one may. */
static json_t *read_topic(const struct probe_look *look, const json_t *topic)
{
    const json_t *published = json_object_get(topic, "publication_date_ms");
    const char *at =
        api_moment(look->pool, json_is_integer(published) ? published : json_object_get(topic, "created_ms"));
    const char *author = text_of(topic, "author_ref");
    const char *group = pool_print(look->pool, "group:%s", look->id);
    const json_t *talk = json_object_get(topic, "discussion_summary");
    bool own = is_true(topic, "is_on_behalf_of_group") || text_equal(author, group);
    bool comments = json_is_false(json_object_get(topic, "is_commenting_denied")) ||
                    json_integer_value(json_object_get(talk, "comments_count")) > 0;
    if (at == NULL || (author == NULL && !own))
        return NULL;
    return json_pack("{s:s, s:b, s:b, s:b}", "at", at, "own", own && !is_reshared(topic), "pinned",
                     is_true(topic, "is_sticky"), "comments", comments);
}

/* One post that cannot be read may be of today: then nothing is said of any. */
static void read_topics(struct probe_look *look, const json_t *root)
{
    const json_t *topics = json_object_get(root, "media_topics");
    json_t *posts = json_array();
    bool sound = json_is_array(topics);
    for (size_t i = 0; i < json_array_size(topics) && sound; i++) {
        const json_t *topic = json_array_get(topics, i);
        if (is_true(topic, "is_unpublished_post") || is_true(topic, "on_moderation"))
            continue; /* nobody sees it yet */
        json_t *post = read_topic(look, topic);
        sound = post != NULL;
        if (sound)
            json_array_append_new(posts, post);
    }
    if (!sound) {
        json_decref(posts);
        json_object_set_new(look->reading, "posts_reason", json_string("layout"));
        return;
    }
    json_object_set_new(look->reading, "posts", posts);
    json_object_set_new(look->reading, "posts_whole", json_boolean(json_is_false(json_object_get(root, "has_more"))));
}

static void read_ok(struct probe_look *look, const char *method, const struct answer *answer)
{
    static const struct {
        const char *method;
        void (*read)(struct probe_look *look, const json_t *root);
    } readers[] = {{"url.getInfo", read_name}, {"group.getInfo", read_group}, {"mediatopic.getTopics", read_topics}};
    bool posts = strcmp(method, "mediatopic.getTopics") == 0;
    const json_t *root = api_load(look, answer);
    const json_t *code = json_object_get(root, "error_code");
    if (code != NULL) {
        api_error(look, json_integer_value(code), text_of(root, "error_msg"), posts);
        return;
    }
    if (root == NULL || answer->status != 200) {
        api_strange(look, answer, posts);
        return;
    }
    for (size_t i = 0; i < sizeof readers / sizeof *readers; i++)
        if (strcmp(readers[i].method, method) == 0)
            readers[i].read(look, root);
}

const struct probe probe_ok = {
    .kind = "ok",
    .settings = settings,
    .tokens = "access_token",
    .methods = methods,
    .members = members,
    .ask = ask_ok,
    .read = read_ok,
};

/* vk_share.c: parts an answer for many communities, and sees when a token is refused. */
#include "vk_share.h"

#include "veha/text.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* One of many ids is not known, VK does not say which. */
static const json_int_t unknown_codes[] = {40, 100, 104, 125, 0};
/* The token, its application or its signature is not accepted. */
static const json_int_t refused_codes[] = {5, 27, 28, 0};

static json_t *load(struct pool *pool, const struct answer *answer)
{
    return answer->fault != NULL
               ? NULL
               : pool_adopt(pool, json_loadb(answer->bytes, answer->length, 0, NULL), pool_release_json);
}

static bool is_among(const json_t *root, const json_int_t *codes)
{
    const json_t *error = json_object_get(root, "error");
    if (error == NULL) /* execute answers so */
        error = json_array_get(json_object_get(root, "execute_errors"), 0);
    json_int_t code = json_integer_value(json_object_get(error, "error_code"));
    for (; *codes != 0; codes++)
        if (*codes == code)
            return true;
    return false;
}

bool vk_is_group(struct pool *pool, const json_t *group, const char *id)
{
    json_int_t number = json_integer_value(json_object_get(group, "id"));
    const char *name = json_string_value(json_object_get(group, "screen_name"));
    if (text_is_digits(id))
        return strcmp(pool_print(pool, "%" JSON_INTEGER_FORMAT, number), id) == 0;
    return name != NULL && strcasecmp(name, id) == 0;
}

static const char *own_answer(struct pool *pool, const json_t *groups, const char *id)
{
    for (size_t i = 0; i < json_array_size(groups); i++) {
        json_t *group = json_array_get(groups, i);
        if (!vk_is_group(pool, group, id))
            continue;
        json_t *own = json_pack("{s:{s:[O], s:[]}}", "response", "groups", group, "profiles");
        const char *text = pool_adopt(pool, json_dumps(own, JSON_COMPACT), free);
        json_decref(own);
        return text;
    }
    return NULL;
}

bool vk_split(struct pool *pool, const struct answer *answer, const char *const *ids, size_t count, const char **own)
{
    const json_t *root = load(pool, answer);
    const json_t *response = json_object_get(root, "response");
    const json_t *groups = json_is_array(response) ? response : json_object_get(response, "groups");
    bool unknown = is_among(root, unknown_codes);
    if (!unknown && !json_is_array(groups))
        return false;
    for (size_t i = 0; i < count; i++)
        own[i] = unknown ? NULL : own_answer(pool, groups, ids[i]);
    return true;
}

bool vk_refuses(const struct answer *answer)
{
    struct pool *pool = pool_new();
    bool refused = is_among(load(pool, answer), refused_codes);
    pool_free(pool);
    return refused;
}

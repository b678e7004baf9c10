/* read_feed.c: turns the feed of a site into posts of its reading. */
#include "charset.h"
#include "read.h"

/* "" when the feed was read; otherwise why not. */
static const char *add_posts(struct pool *pool, const json_t *rules, const struct answer *answer, const json_t *raw,
                             json_t *reading)
{
    const char *fault = json_string_value(json_object_get(raw, "fault"));
    const json_t *listed = json_object_get(raw, "posts");
    bool unread; /* of a feed, which may hold a part of the posts, that says nothing new */
    json_t *posts = listed == NULL ? NULL : read_posts(pool, answer, rules, listed, &unread);
    if (fault != NULL)
        return fault;
    if (posts == NULL)
        return "layout";
    json_object_set_new(reading, "posts", posts);
    json_object_set_new(reading, "posts_whole", json_false());
    json_object_set_new(reading, "posts_part", json_true());
    return "";
}

static const char *read_answer(struct pool *pool, struct reader *reader, const struct network *network,
                               const struct answer *answer, json_t *reading)
{
    size_t length;
    const char *charset;
    const char *xml = charset_convert(pool, answer->bytes, answer->length, answer->content_type, &length, &charset);
    const json_t *rules = json_object_get(network_document(network), "feed");
    const json_t *raw = pool_adopt(pool, reader_extract_feed(reader, network, xml, length), pool_release_json);
    return add_posts(pool, rules, answer, raw, reading);
}

void read_feed(struct reader *reader, const struct network *network, const struct answer *answer, json_t *reading)
{
    struct pool *pool = pool_new();
    const char *reason = answer->fault;
    if (reason == NULL && answer->status != 200)
        reason = "refused";
    if (reason == NULL && !read_same_site(pool, answer->url, json_string_value(reading_value(reading, "feed"))))
        reason = "leads_elsewhere";
    if (reason == NULL)
        reason = read_answer(pool, reader, network, answer, reading);
    if (*reason != '\0')
        json_object_set_new(reading, "posts_reason", json_string(reason));
    pool_free(pool);
}

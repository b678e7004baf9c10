/* vk_comments.c: what citizens asked below the posts of a community, and when it replied. */
#include "veha/clock.h"

#include "tenants/verify/question.h"
#include "vk.h"

enum { COMMENTS_MOST = 100, THREAD_MOST = 10, ALL_MOST = COMMENTS_MOST * (THREAD_MOST + 1) };

struct comment {
    json_int_t id, from, at;
    json_int_t to_comment, to_user; /* 0: to nobody by name */
    json_int_t thread;              /* id of the comment it stands below; its own for one below the post */
    const char *text;
    bool whole; /* its thread was shown to the end */
};

struct comments {
    json_int_t page; /* owner_id */
    size_t count;
    struct comment list[ALL_MOST];
};

static json_int_t number(const json_t *object, const char *member)
{
    return json_integer_value(json_object_get(object, member));
}

/* ---- which post ---- */

/* Is the post `one` asked before `two`? Those that drew most comments first, then the newest, which stand first. */
static bool goes_before(const json_t *posts, size_t one, size_t two)
{
    json_int_t first = number(json_array_get(posts, one), "replies");
    json_int_t second = number(json_array_get(posts, two), "replies");
    return first > second || (first == second && one < two);
}

static bool has_replies(const json_t *post)
{
    return json_is_true(json_object_get(post, "own")) && number(post, "replies") > 0;
}

bool vk_has_comments(const json_t *posts)
{
    for (size_t i = 0; i < json_array_size(posts); i++)
        if (has_replies(json_array_get(posts, i)))
            return true;
    return false;
}

bool vk_ask_comments(const struct probe_look *look, const char **form)
{
    const json_t *posts = json_object_get(look->reading, "posts");
    json_int_t group = json_integer_value(reading_value(look->reading, "id"));
    for (size_t i = 0; i < json_array_size(posts); i++) {
        const json_t *post = json_array_get(posts, i);
        int before = 0;
        for (size_t j = 0; has_replies(post) && j < json_array_size(posts); j++)
            before += j != i && has_replies(json_array_get(posts, j)) && goes_before(posts, j, i);
        if (!has_replies(post) || before != look->turn)
            continue;
        *form = pool_print(look->pool, "owner_id=-%lld&post_id=%lld&count=%d&sort=desc&thread_items_count=%d",
                           (long long)group, (long long)number(post, "id"), COMMENTS_MOST, THREAD_MOST);
        return true;
    }
    return false;
}

/* ---- questions and replies ---- */

static void add_comment(struct comments *all, const json_t *item, json_int_t thread, bool whole)
{
    const char *text = json_string_value(json_object_get(item, "text"));
    if (all->count == ALL_MOST || number(item, "id") == 0)
        return;
    all->list[all->count++] = (struct comment){
        .id = number(item, "id"),
        .from = number(item, "from_id"),
        .at = number(item, "date"),
        .to_comment = number(item, "reply_to_comment"),
        .to_user = number(item, "reply_to_user"),
        .thread = thread == 0 ? number(item, "id") : thread,
        .text = text == NULL || json_is_true(json_object_get(item, "deleted")) ? "" : text,
        .whole = whole,
    };
}

static void collect(struct comments *all, const json_t *items)
{
    for (size_t i = 0; i < json_array_size(items) && i < COMMENTS_MOST; i++) {
        const json_t *item = json_array_get(items, i);
        const json_t *thread = json_object_get(item, "thread");
        const json_t *below = json_object_get(thread, "items");
        bool whole = number(thread, "count") <= (json_int_t)json_array_size(below);
        add_comment(all, item, 0, whole);
        for (size_t j = 0; j < json_array_size(below) && j < THREAD_MOST; j++)
            add_comment(all, json_array_get(below, j), number(item, "id"), whole);
    }
}

/* What the page writes to somebody else answers nobody but whoever began the thread. */
static bool answers(const struct comment *reply, const struct comment *question)
{
    if (reply->at < question->at)
        return false;
    if (reply->to_comment == question->id || reply->to_user == question->from)
        return true;
    if (reply->thread == question->thread && question->id == question->thread)
        return true;
    bool to_nobody = reply->to_comment == 0 && reply->to_user == 0;
    return to_nobody && (reply->thread == question->thread || reply->id == reply->thread);
}

/* 0: no reply was seen. */
static json_int_t answered_at(const struct comments *all, const struct comment *question)
{
    json_int_t first = 0;
    for (size_t i = 0; i < all->count; i++) {
        const struct comment *reply = &all->list[i];
        if (reply->from == all->page && answers(reply, question) && (first == 0 || reply->at < first))
            first = reply->at;
    }
    return first;
}

/* What citizens ask each other is no question to the page. Who answers a comment without a name answers its author. */
static bool asks_page(const struct comments *all, const struct comment *comment)
{
    json_int_t asked = comment->to_user;
    for (size_t i = 0; i < all->count && asked == 0; i++)
        if (comment->to_comment != 0 && all->list[i].id == comment->to_comment)
            asked = all->list[i].from;
    return asked == 0 || asked == all->page;
}

static void add_question(struct probe_look *look, json_t *questions, const struct comments *all,
                         const struct comment *comment)
{
    if (comment->from <= 0 || comment->at <= 0 || !asks_page(all, comment) ||
        !question_asked(look->pool, comment->text))
        return;
    json_int_t answered = answered_at(all, comment);
    if (answered == 0 && !comment->whole)
        return;
    json_t *question = json_pack("{s:s}", "at", clock_print(look->pool, (int64_t)comment->at));
    if (answered != 0)
        json_object_set_new(question, "answered", json_string(clock_print(look->pool, (int64_t)answered)));
    json_array_append_new(questions, question);
}

void vk_read_comments(struct probe_look *look, const json_t *response)
{
    const json_t *items = json_object_get(response, "items");
    const json_t *known = reading_value(look->reading, "questions");
    if (!json_is_array(items))
        return;
    struct comments *all = pool_alloc(look->pool, sizeof *all);
    all->count = 0;
    all->page = -json_integer_value(reading_value(look->reading, "id"));
    collect(all, items);
    json_t *questions = known == NULL ? json_array() : json_copy((json_t *)(uintptr_t)known);
    for (size_t i = 0; i < all->count; i++)
        add_question(look, questions, all, &all->list[i]);
    reading_fact(look->reading, "questions", questions, "wall.getComments");
}

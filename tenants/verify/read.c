/* read.c: turns an HTML answer into a reading, by the tables of the network's file. */
#include "read.h"

#include "veha/clock.h"
#include "veha/text.h"

#include "charset.h"
#include "moment.h"

#include <ctype.h>
#include <curl/curl.h>
#include <math.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

enum { ACCOUNT_LINKS_MOST = 300 };

/* What the steps of one reading share. */
struct reading_of {
    struct pool *pool;
    const struct network_set *networks;
    const struct network *network;
    const struct answer *answer;
    json_t *html;       /* the network file's part */
    json_t *raw;        /* what the confined child saw; NULL: nothing */
    const json_t *line; /* of the table of states, the one that decided; NULL: none */
};

json_t *reading_new(const char *state, const char *reason)
{
    return json_pack("{s:s, s:s?, s:{}, s:[]}", "state", state, "reason", reason, "facts", "links");
}

void reading_fact(json_t *reading, const char *name, json_t *value, const char *origin)
{
    if (value != NULL)
        json_object_set_new(json_object_get(reading, "facts"), name,
                            json_pack("{s:o, s:s}", "value", value, "origin", origin));
}

const char *reading_state(const json_t *reading)
{
    return json_string_value(json_object_get(reading, "state"));
}

const json_t *reading_value(const json_t *reading, const char *fact)
{
    return json_object_get(json_object_get(json_object_get(reading, "facts"), fact), "value");
}

/* ---- values ---- */

json_t *read_prose(struct pool *pool, const char *text)
{
    struct buffer lines = {0};
    char *rest = pool_copy(pool, text);
    for (char *line; (line = strsep(&rest, "\r\n")) != NULL;) {
        line = text_tidy(pool, line);
        if (*line == '\0')
            continue;
        if (lines.length > 0)
            buffer_add(&lines, "\n", 1);
        buffer_text(&lines, line);
    }
    json_t *value = json_string(lines.bytes == NULL ? "" : lines.bytes);
    buffer_free(&lines);
    return value;
}

/* Blanks part the digits of a number, also those that do not break and those that are thin. */
static size_t blank_size(const char *at)
{
    static const char *const blanks[] = {" ", "\u00a0", "\u2009", "\u202f", NULL};
    for (const char *const *blank = blanks; *blank != NULL; blank++)
        if (text_starts(at, *blank))
            return strlen(*blank);
    return 0;
}

/* What the word after a number multiplies it by. */
static double times_of(const char *at)
{
    static const struct {
        const char *word;
        double times;
    } words[] = {{"тыс", 1e3}, {"млн", 1e6}, {"K", 1e3}, {"M", 1e6}, {"К", 1e3}, {"М", 1e6}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (text_starts(at, words[i].word))
            return words[i].times;
    return 1;
}

struct count {
    double number;
    double place; /* 0: before the point */
};

static void add_digit(struct count *count, int digit)
{
    count->number = count->place == 0 ? count->number * 10 + digit : count->number + digit * count->place;
    count->place /= 10;
}

/* A full stop is a decimal point; a comma is one where the number is multiplied (2,5 тыс.), and parts thousands where
 * it is not (12,345). */
json_t *read_count(const char *text)
{
    struct count grouped = {0};
    struct count pointed = {0};
    const char *at = text + strcspn(text, "0123456789");
    bool any = *at != '\0';
    for (size_t size; *at != '\0'; at += size) {
        size = blank_size(at) > 0 ? blank_size(at) : 1;
        if (isdigit((unsigned char)*at)) {
            add_digit(&grouped, *at - '0');
            add_digit(&pointed, *at - '0');
        } else if (*at == '.' && grouped.place == 0 && isdigit((unsigned char)at[1])) {
            grouped.place = pointed.place = 0.1;
        } else if (*at == ',') {
            pointed.place = 0.1;
        } else if (blank_size(at) == 0) {
            break;
        }
    }
    double times = times_of(at);
    double number = times > 1 ? pointed.number * times : grouped.number;
    return any && grouped.number <= 1e12 ? json_integer((json_int_t)llround(number)) : NULL;
}

/* What the reader of strangers' pages tells is believed no more than the page: what should be a text and is none is an
 * empty one. */
static const char *item_text(const json_t *list, size_t at)
{
    const char *text = json_string_value(json_array_get(list, at));
    return text == NULL ? "" : text;
}

static void release_url(void *url)
{
    curl_url_cleanup(url);
}

static bool is_relative(const char *href)
{
    return strncmp(href, "//", 2) != 0 && href[strcspn(href, ":/?#")] != ':';
}

const char *read_resolved(struct pool *pool, const char *base, const char *href)
{
    if (!is_relative(href))
        return href;
    char *text = NULL;
    CURLU *url = pool_adopt(pool, curl_url(), release_url);
    if (url == NULL || base == NULL || curl_url_set(url, CURLUPART_URL, base, 0) != CURLUE_OK ||
        curl_url_set(url, CURLUPART_URL, href, CURLU_URLENCODE) != CURLUE_OK ||
        curl_url_get(url, CURLUPART_URL, &text, 0) != CURLUE_OK)
        return NULL;
    return pool_adopt(pool, text, curl_free);
}

/* The host of an address of the web, without www. */
static const char *host_of(struct pool *pool, const char *address)
{
    char *host = NULL;
    CURLU *url = pool_adopt(pool, curl_url(), release_url);
    if (url == NULL || address == NULL || !text_starts(address, "http") ||
        curl_url_set(url, CURLUPART_URL, address, 0) != CURLUE_OK ||
        curl_url_get(url, CURLUPART_HOST, &host, 0) != CURLUE_OK)
        return NULL;
    const char *folded = text_fold(pool, pool_adopt(pool, host, curl_free));
    return folded + (text_starts(folded, "www.") ? strlen("www.") : 0);
}

bool read_same_site(struct pool *pool, const char *one, const char *two)
{
    const char *host = host_of(pool, one);
    return host != NULL && text_equal(host, host_of(pool, two));
}

/* A link of the page in one spelling, or NULL. A relative one is the network's own. */
static const char *follow_link(const struct reading_of *reading, const char *href, struct network_address *address)
{
    const char *link = text_tidy(reading->pool, href);
    if (link[0] == '/' && link[1] != '/') {
        const char *host = json_string_value(json_array_get(
            json_object_get(json_object_get(network_document(reading->network), "address"), "hosts"), 0));
        if (host == NULL)
            return NULL;
        link = pool_print(reading->pool, "https://%s%s", host, link);
    }
    return network_link_read(reading->networks, reading->pool, link, address) == NULL ? address->url : NULL;
}

static json_t *read_links_value(const struct reading_of *reading, const json_t *hrefs)
{
    json_t *urls = json_array();
    for (size_t i = 0; i < json_array_size(hrefs); i++) {
        struct network_address address;
        const char *url = follow_link(reading, item_text(hrefs, i), &address);
        if (url != NULL)
            json_array_append_new(urls, json_string(url));
    }
    return urls;
}

static json_t *read_moment(const struct reading_of *reading, const char *text)
{
    int64_t at;
    bool read = moment_read(reading->pool, text, reading->answer->at, reading->answer->zone, &at);
    return read ? json_string(clock_print(reading->pool, at)) : NULL;
}

/* Somebody else's feed tells nothing of this site. */
static json_t *read_feed_address(const struct reading_of *reading, const char *href)
{
    const char *url = read_resolved(reading->pool, reading->answer->url, text_tidy(reading->pool, href));
    if (url != NULL && text_starts(url, "//"))
        url = pool_print(reading->pool, "https:%s", url);
    return read_same_site(reading->pool, url, reading->answer->url) ? json_string(url) : NULL;
}

/* What a fact of this kind is worth; NULL: nothing was told. */
static json_t *read_value(const struct reading_of *reading, const char *kind, json_t *raw)
{
    const char *text = json_string_value(raw);
    struct network_address address;
    if (json_is_boolean(raw))
        return json_incref(raw);
    if (json_is_array(raw))
        return read_links_value(reading, raw);
    if (text == NULL)
        return NULL;
    if (strcmp(kind, "prose") == 0)
        return read_prose(reading->pool, text);
    if (strcmp(kind, "count") == 0)
        return read_count(text);
    if (strcmp(kind, "link") == 0) {
        const char *url = follow_link(reading, text, &address);
        return url == NULL ? NULL : json_string(url);
    }
    if (strcmp(kind, "moment") == 0)
        return read_moment(reading, text);
    if (strcmp(kind, "feed") == 0)
        return read_feed_address(reading, text);
    return json_string(text_tidy(reading->pool, text));
}

/* ---- state ---- */

static bool has_status(const json_t *list, long status)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        if (json_integer_value(json_array_get(list, i)) == status)
            return true;
    return false;
}

static bool matches(const char *pattern, const char *text)
{
    regex_t regex;
    if (regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB) != 0)
        return false;
    bool matched = regexec(&regex, text, 0, NULL, 0) == 0;
    regfree(&regex);
    return matched;
}

/* Does the name the page gives itself fit? Capitals and blanks do not matter. */
static bool fits_name(const struct reading_of *reading, const char *pattern)
{
    const char *name = json_string_value(json_object_get(json_object_get(reading->raw, "facts"), "name"));
    return name != NULL && matches(pattern, text_fold(reading->pool, text_tidy(reading->pool, name)));
}

/* Does line `number` of the network's table of states fit? *untold is set when it asks about a page that could not be
 * read. */
static bool fits_state(const struct reading_of *reading, size_t number, bool *untold)
{
    const json_t *line = json_array_get(json_object_get(reading->html, "states"), number);
    const json_t *statuses = json_object_get(line, "status");
    const char *pattern = json_string_value(json_object_get(line, "url"));
    if (statuses != NULL && !has_status(statuses, reading->answer->status))
        return false;
    if (pattern != NULL && (reading->answer->url == NULL || !matches(pattern, reading->answer->url)))
        return false;
    const char *name = json_string_value(json_object_get(line, "name"));
    if (name != NULL && !fits_name(reading, name)) {
        *untold = json_object_get(reading->raw, "facts") == NULL;
        return false;
    }
    if (json_object_get(line, "xpath") == NULL)
        return true;
    const json_t *seen = json_object_get(reading->raw, "states");
    *untold = seen == NULL;
    return json_is_true(json_array_get(seen, number));
}

static json_t *decide_state(struct reading_of *reading)
{
    json_t *states = json_object_get(reading->html, "states");
    const char *fault = json_string_value(json_object_get(reading->raw, "fault"));
    for (size_t i = 0; i < json_array_size(states); i++) {
        bool untold = false;
        const json_t *line = json_array_get(states, i);
        if (fits_state(reading, i, &untold)) {
            reading->line = line;
            return reading_new(json_string_value(json_object_get(line, "state")),
                               json_string_value(json_object_get(line, "reason")));
        }
        if (untold && fault != NULL)
            return reading_new("unfamiliar", fault);
    }
    if (reading->answer->status >= 500)
        return reading_new("unreachable", "server_error");
    return reading_new("unfamiliar", reading->raw == NULL ? "not_html" : "layout");
}

/* ---- facts, posts, links ---- */

/* "https://t.me/s/name //h1": the page, and where on it. */
static const char *origin_of(const struct reading_of *reading, const json_t *rule)
{
    const char *path = json_string_value(json_object_get(rule, "xpath"));
    return path == NULL ? reading->answer->url : pool_print(reading->pool, "%s %s", reading->answer->url, path);
}

/* What a page lacks that does not show the account proves nothing. */
static void add_facts(const struct reading_of *reading, json_t *result)
{
    bool shown = strcmp(reading_state(result), "present") == 0;
    json_t *rules = json_object_get(reading->html, "facts");
    json_t *raw = json_object_get(reading->raw, "facts");
    const char *name;
    json_t *rule;
    json_object_foreach(rules, name, rule)
    {
        const char *kind = json_string_value(json_object_get(rule, "as"));
        json_t *told = json_object_get(raw, name);
        if (told != NULL && (shown || !json_is_false(told)))
            reading_fact(result, name, read_value(reading, kind, told), origin_of(reading, rule));
    }
}

static bool read_time(struct pool *pool, const struct answer *answer, const json_t *rules, const char *text,
                      int64_t *at)
{
    if (text == NULL)
        return false;
    return json_object_get(rules, "as") == NULL ? clock_read(text, at)
                                                : moment_read(pool, text, answer->at, answer->zone, at);
}

json_t *read_posts(struct pool *pool, const struct answer *answer, const json_t *rules, const json_t *raw, bool *unread)
{
    json_t *posts = json_array();
    *unread = false;
    for (size_t i = 0; i < json_array_size(raw); i++) {
        json_t *post = json_array_get(raw, i);
        int64_t at;
        if (!read_time(pool, answer, rules, json_string_value(json_object_get(post, "at")), &at)) {
            *unread = *unread || json_is_true(json_object_get(post, "own"));
            continue;
        }
        json_object_set_new(post, "at", json_string(clock_print(pool, at)));
        json_array_append(posts, post);
    }
    if (json_array_size(posts) > 0 || json_array_size(raw) == 0)
        return posts;
    json_decref(posts);
    return NULL;
}

static void add_posts(const struct reading_of *reading, json_t *result)
{
    const json_t *raw = json_object_get(reading->raw, "posts");
    if (raw == NULL)
        return;
    bool unread;
    json_t *posts = read_posts(reading->pool, reading->answer, json_object_get(reading->html, "posts"), raw, &unread);
    if (posts == NULL || unread) /* they may be of today */
        json_object_set_new(result, "posts_reason", json_string("layout"));
    if (posts == NULL)
        return;
    json_object_set_new(result, "posts", posts);
    json_object_set_new(result, "posts_whole",
                        json_boolean(json_is_true(json_object_get(reading->raw, "posts_whole"))));
}

static bool is_listed(const json_t *links, const struct network_address *address)
{
    for (size_t i = 0; i < json_array_size(links); i++) {
        const json_t *link = json_array_get(links, i);
        if (text_equal(json_string_value(json_object_get(link, "network")), network_code(address->network)) &&
            text_equal(json_string_value(json_object_get(link, "key")), address->key))
            return true;
    }
    return false;
}

/* "/go?https://vk.com/a", "/redirect?url=https%3A%2F%2Fvk.com%2Fa": the address within an address; NULL when it holds
 * none. */
static const char *held_address(struct pool *pool, const char *url)
{
    const char *at = url + strcspn(url, ":");
    while ((at = strcasestr(at, "http")) != NULL) {
        size_t length = strcspn(at, "&#");
        const char *held = pool_adopt(pool, curl_easy_unescape(NULL, at, (int)length, NULL), curl_free);
        if (held != NULL && (strncasecmp(held, "http://", 7) == 0 || strncasecmp(held, "https://", 8) == 0))
            return held;
        at += strlen("http");
    }
    return NULL;
}

/* The host whose links lead to the site's own pages; NULL where the network is no site, or has led elsewhere. */
static const char *own_host(const struct reading_of *reading)
{
    struct network_address address;
    const char *url = reading->answer->url;
    bool own = url != NULL && json_is_true(json_object_get(reading->html, "links_within")) &&
               network_link_read(reading->networks, reading->pool, url, &address) == NULL &&
               address.network == reading->network;
    return own ? host_of(reading->pool, url) : NULL;
}

/* Where a link leads; NULL: nowhere of interest. A page of the site's own that holds an address leads there. */
static const char *target_of(const struct reading_of *reading, const char *host, const char *href)
{
    const char *url = read_resolved(reading->pool, reading->answer->url, href);
    if (url == NULL || host == NULL || (!is_relative(href) && !text_equal(host, host_of(reading->pool, url))))
        return url;
    return held_address(reading->pool, url);
}

static void add_links(const struct reading_of *reading, json_t *result)
{
    json_t *links = json_object_get(result, "links");
    const json_t *hrefs = json_object_get(reading->raw, "links");
    const char *host = own_host(reading);
    bool whole = !json_is_false(json_object_get(reading->raw, "links_whole"));
    for (size_t i = 0; i < json_array_size(hrefs); i++) {
        struct network_address address;
        const char *href = text_tidy(reading->pool, item_text(hrefs, i));
        const char *url = target_of(reading, host, href);
        const char *code = url == NULL ? "" : network_link_read(reading->networks, reading->pool, url, &address);
        if (network_address_is_short(code))
            json_object_set_new(result, "short_links", json_true());
        if (code != NULL || is_listed(links, &address))
            continue;
        if (host == NULL && is_relative(href) && address.network == reading->network)
            continue; /* a page of its own */
        if (json_array_size(links) < ACCOUNT_LINKS_MOST)
            json_array_append_new(
                links, json_pack("{s:s, s:s}", "network", network_code(address.network), "key", address.key));
        else
            whole = false;
    }
    if (!whole)
        json_object_set_new(result, "links_whole", json_false());
}

/* Addresses in scripts are no links, but they may become some. */
static void add_mentions(const struct reading_of *reading, json_t *result)
{
    const json_t *urls = json_object_get(reading->raw, "mentions");
    json_t *mentions = json_array();
    const char *host = own_host(reading);
    for (size_t i = 0; i < json_array_size(urls) && json_array_size(mentions) < ACCOUNT_LINKS_MOST; i++) {
        struct network_address address;
        const char *url = item_text(urls, i);
        if (host != NULL && text_equal(host, host_of(reading->pool, url)))
            continue;
        if (network_link_read(reading->networks, reading->pool, url, &address) == NULL &&
            address.network != reading->network && !is_listed(mentions, &address))
            json_array_append_new(
                mentions, json_pack("{s:s, s:s}", "network", network_code(address.network), "key", address.key));
    }
    if (json_array_size(mentions) > 0)
        json_object_set(result, "mentions", mentions);
    json_decref(mentions);
}

static bool is_html(const char *content_type)
{
    return content_type == NULL || *content_type == '\0' || strcasestr(content_type, "html") != NULL ||
           strncasecmp(content_type, "text/plain", 10) == 0;
}

/* Of a page that does not show the account only the facts count for which the table asks. */
static bool is_told(const struct reading_of *reading, const char *state)
{
    return strcmp(state, "present") == 0 || strcmp(state, "closed") == 0 || strcmp(state, "withheld") == 0 ||
           json_is_true(json_object_get(reading->line, "facts"));
}

json_t *read_page(struct reader *reader, const struct network_set *networks, const struct network *network,
                  const struct answer *answer)
{
    if (answer->fault != NULL)
        return reading_new("unreachable", answer->fault);
    struct pool *pool = pool_new();
    struct reading_of reading = {
        .pool = pool,
        .networks = networks,
        .network = network,
        .answer = answer,
        .html = json_object_get(network_document(network), "html"),
    };
    const char *charset = NULL;
    if (is_html(answer->content_type)) {
        size_t length;
        const char *html =
            charset_convert(pool, answer->bytes, answer->length, answer->content_type, &length, &charset);
        reading.raw = pool_adopt(pool, reader_extract(reader, network, html, length), pool_release_json);
    }
    json_t *result = decide_state(&reading);
    if (is_told(&reading, reading_state(result))) {
        add_facts(&reading, result);
        add_posts(&reading, result);
        add_links(&reading, result);
        add_mentions(&reading, result);
    }
    pool_free(pool);
    return result;
}

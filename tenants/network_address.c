/* network_address.c: reads an address in whatever spelling people use, and says which account it names or why it names
 * none. */
#include "veha/text.h"

#include "network_rules.h"

#include <ctype.h>
#include <curl/curl.h>
#include <idn2.h>
#include <stddef.h>
#include <string.h>

enum { ADDRESS_LONGEST = 2000, GROUPS = 4 };

static const char unreadable[] = "address_unreadable";

/* An address taken apart. */
struct parts {
    const char *host;  /* ASCII, lower case, without a trailing dot */
    const char *path;  /* as a rule sees it: decoded, folded, tidied */
    const char *raw;   /* as the server must see it */
    const char *query; /* "" when there is none */
};

/* ---- spelling ---- */

static size_t point_length(unsigned char lead)
{
    return lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
}

/* Points that are seen as nothing: soft hyphen, zero-width characters, direction marks, byte order mark. */
static bool is_invisible(const char *at)
{
    static const char *const invisible[] = {"\u00ad", "\u200b", "\u200c", "\u200d", "\u200e", "\u200f",
                                            "\u2060", "\ufeff", "\u202a", "\u202c", "\u202d", "\u202e"};
    for (size_t i = 0; i < sizeof invisible / sizeof *invisible; i++)
        if (text_starts(at, invisible[i]))
            return true;
    return false;
}

/* Full-width forms and ideographic dots become ASCII; what cannot be seen is left out; white space is tidied. */
static char *plain_spelling(struct pool *pool, const char *text)
{
    struct buffer plain = {0};
    for (size_t length; *text != '\0'; text += length) {
        length = point_length((unsigned char)*text);
        const unsigned char *at = (const unsigned char *)text;
        if (is_invisible(text))
            continue;
        if (at[0] == 0xEF && (at[1] == 0xBC || at[1] == 0xBD) && length == 3) {
            unsigned point = 0xF000u + (at[1] & 0x3Fu) * 64u + (at[2] & 0x3Fu); /* U+FF01–FF5E */
            char ascii = (char)(point - 0xFEE0u);
            if (point >= 0xFF01 && point <= 0xFF5E) {
                buffer_add(&plain, &ascii, 1);
                continue;
            }
        }
        if (text_starts(text, "\u3002") || text_starts(text, "\uff61"))
            buffer_add(&plain, ".", 1);
        else
            buffer_add(&plain, text, length);
    }
    char *tidy = text_tidy(pool, plain.bytes == NULL ? "" : plain.bytes);
    buffer_free(&plain);
    return tidy;
}

static bool follows_word(const char *text, const char *at, const char *word)
{
    size_t length = strlen(word);
    size_t before = (size_t)(at - text);
    return before >= length && strncasecmp(at - length, word, length) == 0 &&
           (before == length || !isalnum((unsigned char)at[-(ptrdiff_t)length - 1]));
}

/* "school.ru/ vk.com/club1" are two: behind a path, a word with a dot is an address of its own. */
static bool goes_on_behind_path(const char *text, const char *at)
{
    bool scheme = at - text >= 2 && at[-2] == '/';
    return scheme || strcspn(at + 1, ".") >= strcspn(at + 1, " ");
}

/* May the blank at `at` stand inside one address? After "www" and "http:", and beside the punctuation of addresses. */
static bool is_joint(const char *text, const char *at)
{
    if (follows_word(text, at, "www") || follows_word(text, at, "http:") || follows_word(text, at, "https:"))
        return true;
    if (at[-1] == '/')
        return goes_on_behind_path(text, at);
    if (strchr("/.:", at[1]) != NULL)
        return true;
    return at[-1] == '.' && at - text >= 2 && isalnum((unsigned char)at[-2]) && isalnum((unsigned char)at[1]);
}

/* Closes the blanks that people leave inside an address: "WWW school.ru", "https: //vk.com/ school1". */
static char *join_blanks(struct pool *pool, const char *text)
{
    char *joined = pool_alloc(pool, strlen(text) + 1);
    char *to = joined;
    for (const char *at = text; *at != '\0'; at++) {
        if (*at != ' ' || at == text || !is_joint(text, at))
            *to++ = *at;
        else if (follows_word(text, at, "www") && at[1] != '.' && at[1] != '/')
            *to++ = '.';
    }
    return joined;
}

static bool looks_like_address(const char *word)
{
    const char *dot = strchr(word, '.');
    return *word == '@' || strstr(word, "//") != NULL || (dot != NULL && dot > word && dot[1] != '\0');
}

/* Cuts what people put around an address: quotes, brackets, commas. */
static char *trim(struct pool *pool, const char *text)
{
    static const char *const around[] = {"\"", "'", "<", ">", "(", ")", "[", "]",
                                         ",",  ";", "«", "»", "“", "”", "„", "`"};
    size_t length = strlen(text);
    bool cut = true;
    while (cut && length > 0) {
        cut = false;
        for (size_t i = 0; i < sizeof around / sizeof *around; i++) {
            size_t size = strlen(around[i]);
            if (size <= length && memcmp(text, around[i], size) == 0) {
                text += size, length -= size, cut = true;
            } else if (size <= length && memcmp(text + length - size, around[i], size) == 0) {
                length -= size, cut = true;
            }
        }
    }
    return pool_copy_length(pool, text, length);
}

/* The one word of the text that can be an address; NULL when there are several, or none. */
static char *choose_word(struct pool *pool, char *text)
{
    if (strchr(text, ' ') == NULL)
        return trim(pool, text);
    char *chosen = NULL;
    char *rest = text;
    for (char *word; (word = strsep(&rest, " ")) != NULL;) {
        word = trim(pool, word);
        if (!looks_like_address(word))
            continue;
        if (chosen != NULL)
            return NULL;
        chosen = word;
    }
    return chosen;
}

/* "someone@school.ru", "mailto:…": text before an @, a dot after it, and no path before it. */
static bool is_email(const char *word)
{
    if (strncasecmp(word, "mailto:", 7) == 0)
        return true;
    const char *at = strchr(word, '@');
    return at != NULL && at > word && strchr(at, '.') != NULL && strcspn(word, "/:?#") > (size_t)(at - word);
}

/* ---- taking apart ---- */

/* Repairs "https//vk.com", "http:/vk.com", "htpp://vk.com"; adds the scheme where there is none. */
static const char *with_scheme(struct pool *pool, const char *word)
{
    static const char *const schemes[] = {"https", "http", "htpps", "htpp",  "htttps",
                                          "htttp", "ttps", "ttp",   "hhtps", "hhtp"};
    if (text_starts(word, "//"))
        return pool_print(pool, "https:%s", word);
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        size_t length = strlen(schemes[i]);
        if (strncasecmp(word, schemes[i], length) != 0)
            continue;
        const char *rest = word + length;
        size_t marks = strspn(rest, ":;/\\");
        if (marks > 0 && rest[marks] != '\0')
            return pool_print(pool, "https://%s", rest + marks);
    }
    const char *colon = strstr(word, "://");
    bool has_scheme = colon != NULL && strcspn(word, "./?#@") > (size_t)(colon - word);
    return has_scheme ? word : pool_print(pool, "https://%s", word);
}

/* Two addresses run together: a second scheme before any query. */
static bool is_glued(const char *url)
{
    const char *first = strstr(url, "://");
    if (first == NULL)
        return false;
    const char *second = strstr(first + 3, "://");
    return second != NULL && strcspn(url, "?#") > (size_t)(second - url);
}

static const char *url_part(struct pool *pool, CURLU *url, CURLUPart part, unsigned flags)
{
    char *text = NULL;
    if (curl_url_get(url, part, &text, flags) != CURLUE_OK)
        return NULL;
    return pool_adopt(pool, text, curl_free);
}

/* Latin and Cyrillic in one label is a typing mistake or a trick, never a name. */
static bool is_mixed(const char *host)
{
    bool latin = false;
    bool cyrillic = false;
    for (const unsigned char *at = (const unsigned char *)host; *at != '\0'; at++) {
        if (*at == '.')
            latin = cyrillic = false;
        latin = latin || (isalpha(*at) && *at < 0x80);
        cyrillic = cyrillic || (*at >= 0xD0 && *at <= 0xD3);
        if (latin && cyrillic)
            return true;
    }
    return false;
}

/* Labels of letters, digits and hyphens, at least two of them, the last not a number: no spelling of an IP address
 * passes. */
static bool is_host_name(const char *host)
{
    const char *last = strrchr(host, '.');
    if (last == NULL || strlen(host) > 253 || strstr(host, "..") != NULL)
        return false;
    if (strspn(host, "abcdefghijklmnopqrstuvwxyz0123456789-_.") != strlen(host) || host[0] == '.' || host[0] == '-')
        return false;
    return isalpha((unsigned char)last[1]) && last[2] != '\0';
}

/* Mapping may bring Latin among Cyrillic that the spelling did not show: "ŀф" becomes "l·ф". */
static bool is_mixed_when_mapped(const char *ascii)
{
    char *letters = NULL;
    bool mixed = idn2_to_unicode_8z8z(ascii, &letters, 0) == IDN2_OK && is_mixed(letters);
    idn2_free(letters);
    return mixed;
}

static const char *ascii_host(struct pool *pool, const char *host)
{
    if (host == NULL || *host == '[' || is_mixed(host))
        return NULL;
    char *ascii = NULL;
    int flags = IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL;
    if (idn2_to_ascii_8z(host, &ascii, flags) != IDN2_OK)
        return NULL;
    char *name = pool_copy(pool, ascii);
    idn2_free(ascii);
    for (char *at = name; *at != '\0'; at++)
        *at = (char)tolower((unsigned char)*at);
    size_t length = strlen(name);
    if (length > 0 && name[length - 1] == '.')
        name[length - 1] = '\0';
    return is_host_name(name) && !is_mixed_when_mapped(name) ? name : NULL;
}

/* Cuts the full stops and brackets of the sentence around the address, keeping at least `least` characters. */
static size_t tidy_end(const char *text, size_t length, size_t least)
{
    while (length > least && strchr("/.,;:!)'\"* ", text[length - 1]) != NULL)
        length--;
    return length;
}

/* Doubled slashes, and the full stops and brackets of the sentence around the address, are not part of a path. */
static char *tidy_path(struct pool *pool, const char *path)
{
    char *tidy = pool_alloc(pool, strlen(path) + 2);
    size_t length = 0;
    for (; *path != '\0'; path++)
        if (*path != '/' || length == 0 || tidy[length - 1] != '/')
            tidy[length++] = *path;
    length = tidy_end(tidy, length, 1);
    tidy[length] = '\0';
    return length == 0 ? pool_copy(pool, "/") : tidy;
}

static bool is_plain_port(const char *port)
{
    return port == NULL || strcmp(port, "80") == 0 || strcmp(port, "443") == 0;
}

static void release_url(void *url)
{
    curl_url_cleanup(url);
}

/* False when the text is no address of the web. */
static bool take_apart(struct pool *pool, const char *text, struct parts *parts)
{
    CURLU *url = pool_adopt(pool, curl_url(), release_url);
    if (url == NULL || curl_url_set(url, CURLUPART_URL, text, CURLU_DISALLOW_USER | CURLU_URLENCODE) != CURLUE_OK)
        return false;
    const char *scheme = url_part(pool, url, CURLUPART_SCHEME, 0);
    bool web = scheme != NULL && (strcmp(scheme, "https") == 0 || strcmp(scheme, "http") == 0);
    const char *path = url_part(pool, url, CURLUPART_PATH, 0);
    const char *decoded = url_part(pool, url, CURLUPART_PATH, CURLU_URLDECODE);
    const char *query = url_part(pool, url, CURLUPART_QUERY, 0);
    if (!web || path == NULL || !is_plain_port(url_part(pool, url, CURLUPART_PORT, 0)))
        return false;
    decoded = decoded != NULL && text_is_utf8(decoded, strlen(decoded)) ? decoded : path;
    *parts = (struct parts){
        .host = ascii_host(pool, url_part(pool, url, CURLUPART_HOST, CURLU_URLDECODE)),
        .path = tidy_path(pool, text_fold(pool, decoded)),
        .raw = tidy_path(pool, path),
        .query = query == NULL ? "" : pool_copy_length(pool, query, tidy_end(query, strlen(query), 0)),
    };
    return parts->host != NULL;
}

/* ---- rules ---- */

/* host itself, or something below it. */
static bool is_below(const char *host, const char *parent)
{
    size_t length = strlen(host);
    size_t tail = strlen(parent);
    if (length < tail || strcmp(host + length - tail, parent) != 0)
        return false;
    return length == tail || host[length - tail - 1] == '.';
}

/* host without the network's subdomains ("www.", "m."), of which "WWW WWW school.ru" has two. */
static const char *without_subdomains(const struct network *network, const char *host)
{
    const char *const *name = network->subdomains;
    while (*name != NULL) {
        size_t length = strlen(*name);
        bool found = strncmp(host, *name, length) == 0 && host[length] == '.' && strchr(host + length + 1, '.') != NULL;
        host = found ? host + length + 1 : host;
        name = found ? network->subdomains : name + 1;
    }
    return host;
}

static bool is_listed(const char *const *list, const char *word)
{
    for (; *list != NULL; list++)
        if (strcmp(*list, word) == 0)
            return true;
    return false;
}

/* Fills the template of a key: $1 … $3 are what the groups of the pattern caught, {host} the host, {query} the query.
 */
static const char *fill_key(struct pool *pool, const char *key, const struct parts *parts, const char *text,
                            const regmatch_t *groups)
{
    struct buffer filled = {0};
    while (*key != '\0') {
        if (text_starts(key, "{host}")) {
            buffer_text(&filled, parts->host);
            key += strlen("{host}");
        } else if (text_starts(key, "{query}")) {
            buffer_text(&filled, parts->query);
            key += strlen("{query}");
        } else if (key[0] == '$' && key[1] >= '0' && key[1] < '0' + GROUPS) {
            const regmatch_t *group = &groups[key[1] - '0'];
            if (group->rm_so >= 0)
                buffer_add(&filled, text + group->rm_so, (size_t)(group->rm_eo - group->rm_so));
            key += 2;
        } else {
            buffer_add(&filled, key++, 1);
        }
    }
    char *copy = pool_copy(pool, filled.bytes == NULL ? "" : filled.bytes);
    buffer_free(&filled);
    return copy;
}

/* The address a person should see and follow: the host in its own letters. */
static const char *fill_url(struct pool *pool, const struct network *network, const char *key)
{
    const char *place = strstr(network->url, "{key}");
    const char *shown = key;
    if (network->any_host) {
        size_t length = strcspn(key, "/");
        char *letters = NULL;
        if (idn2_to_unicode_8z8z(pool_copy_length(pool, key, length), &letters, 0) == IDN2_OK)
            shown = pool_print(pool, "%s%s", letters, key + length);
        idn2_free(letters);
    }
    return pool_print(pool, "%.*s%s%s", (int)(place - network->url), network->url, shown, place + strlen("{key}"));
}

static void accept_key(struct pool *pool, const struct network *network, const char *key,
                       struct network_address *address)
{
    *address = (struct network_address){.network = network, .key = key, .url = fill_url(pool, network, key)};
}

/* The first rule that fits; NULL: none. */
static const struct address_rule *find_rule(const struct network *network, const char *path, const char *query,
                                            regmatch_t groups[GROUPS])
{
    for (size_t i = 0; i < network->rule_count; i++) {
        const struct address_rule *rule = &network->rules[i];
        if (regexec(rule->path, path, GROUPS, groups, 0) == 0 &&
            (rule->query == NULL || regexec(rule->query, query, 0, NULL, 0) == 0))
            return rule;
    }
    return NULL;
}

/* Why the canonical address itself names nobody: "/@feed" looks like a name, but "/feed" is the network's own page. */
static const char *refuse_canonical(const struct network *network, const char *url)
{
    regmatch_t groups[GROUPS];
    const char *host = strstr(url, "://");
    const char *path = host == NULL ? NULL : strchr(host + strlen("://"), '/');
    const struct address_rule *rule = find_rule(network, path == NULL ? "/" : path, "", groups);
    return rule == NULL ? unreadable : rule->refuse;
}

static const char *walk_rules(struct pool *pool, const struct network *network, const struct parts *parts,
                              struct network_address *address)
{
    const char *path = network->any_host ? parts->raw : parts->path;
    regmatch_t groups[GROUPS];
    const struct address_rule *rule = find_rule(network, path, parts->query, groups);
    if (rule == NULL || rule->refuse != NULL)
        return rule == NULL ? unreadable : rule->refuse;
    accept_key(pool, network, fill_key(pool, rule->key, parts, path, groups), address);
    return network->any_host ? NULL : refuse_canonical(network, address->url);
}

/* Does the host belong to this network, and with what outcome? *code is set when it does. */
static bool claim_host(struct pool *pool, const struct network *network, struct parts *parts,
                       struct network_address *address, const char **code)
{
    for (size_t i = 0; i < network->refused_count; i++) {
        if (is_below(parts->host, network->refused[i].host)) {
            *code = network->refused[i].code;
            return true;
        }
    }
    regmatch_t groups[GROUPS];
    const char *host = without_subdomains(network, parts->host);
    if (network->any_host || is_listed(network->hosts, host)) {
        parts->host = host;
        *code = walk_rules(pool, network, parts, address);
        return true;
    }
    if (network->subdomain_key != NULL && regexec(network->subdomain_key, parts->host, GROUPS, groups, 0) == 0) {
        parts->path = parts->raw = fill_key(pool, "/$1", parts, parts->host, groups);
        *code = walk_rules(pool, network, parts, address);
        return true;
    }
    for (const char *const *own = network->hosts; *own != NULL; own++) {
        if (is_below(parts->host, *own)) {
            *code = "address_service";
            return true;
        }
    }
    return false;
}

/* The network that claims the host; those that take any host come last. */
static const struct network *find_owner(const struct network_set *set, struct pool *pool, struct parts *parts,
                                        struct network_address *address, const char **code)
{
    for (int last = 0; last < 2; last++)
        for (size_t i = 0; i < set->count; i++)
            if (set->networks[i]->any_host == (last == 1) && claim_host(pool, set->networks[i], parts, address, code))
                return set->networks[i];
    return NULL;
}

bool network_address_is_short(const char *code)
{
    return text_equal(code, "address_short_link");
}

static const char *read_web(const struct network_set *set, const struct network *wanted, struct pool *pool,
                            const char *url, struct network_address *address)
{
    struct parts parts;
    const char *code = NULL;
    if (is_glued(url) || !take_apart(pool, url, &parts))
        return unreadable;
    const struct network *owner = find_owner(set, pool, &parts, address, &code);
    if (owner == NULL)
        return unreadable;
    if (wanted != NULL && owner != wanted && !network_address_is_short(code))
        return "address_other_network";
    return code;
}

/* ---- texts without a host ---- */

/* "@name", "name", "club1", a bare number: only where the network is known. NULL in *code and true when it was one. */
static bool read_bare(const struct network *wanted, struct pool *pool, const char *word,
                      struct network_address *address, const char **code)
{
    if (*word != '@' && strpbrk(word, ".:/\\?") != NULL)
        return false;
    if (wanted == NULL || wanted->any_host) {
        *code = unreadable;
        return true;
    }
    regmatch_t groups[GROUPS];
    for (size_t i = 0; i < wanted->bare_count; i++) {
        if (regexec(wanted->bare[i].path, word, GROUPS, groups, 0) == 0) {
            const struct parts none = {.host = "", .query = ""};
            accept_key(pool, wanted, fill_key(pool, wanted->bare[i].key, &none, word, groups), address);
            return true;
        }
    }
    const char *path = pool_print(pool, "/%s", word + strspn(word, "@"));
    struct parts parts = {.host = "", .path = tidy_path(pool, text_fold(pool, path)), .raw = path, .query = ""};
    *code = walk_rules(pool, wanted, &parts, address);
    return true;
}

/* tg://resolve?domain=name → https://t.me/name */
static const char *resolve_scheme(const struct network_set *set, struct pool *pool, const char *word)
{
    for (size_t i = 0; i < set->count; i++) {
        const struct network *network = set->networks[i];
        if (network->scheme == NULL)
            continue;
        const char *start = pool_print(pool, "%s://%s?", network->scheme, network->scheme_host);
        const char *parameter = pool_print(pool, "%s=", network->scheme_parameter);
        if (strncasecmp(word, start, strlen(start)) != 0)
            continue;
        const char *value = strcasestr(word + strlen(start) - 1, parameter);
        if (value == NULL)
            return word;
        value += strlen(parameter);
        return pool_print(pool, "https://%s/%.*s", network->hosts[0], (int)strcspn(value, "&#"), value);
    }
    return word;
}

const char *network_address_read(const struct network_set *set, const struct network *wanted, struct pool *pool,
                                 const char *text, struct network_address *address)
{
    *address = (struct network_address){0};
    if (strlen(text) > ADDRESS_LONGEST || !text_is_utf8(text, strlen(text)))
        return unreadable;
    const char *word = choose_word(pool, join_blanks(pool, plain_spelling(pool, text)));
    if (word == NULL || *word == '\0')
        return unreadable;
    if (is_email(word))
        return "address_email";
    const char *code = NULL;
    if (read_bare(wanted, pool, word, address, &code))
        return code;
    return read_web(set, wanted, pool, with_scheme(pool, resolve_scheme(set, pool, word)), address);
}

/* ---- links ---- */

/* The value of a parameter of a query, decoded; NULL when it is not there. */
static const char *query_value(struct pool *pool, const char *query, const char *name)
{
    size_t length = strlen(name);
    for (const char *at = query; *at != '\0'; at += strcspn(at, "&"), at += *at == '&') {
        if (strncmp(at, name, length) != 0 || at[length] != '=')
            continue;
        int decoded_length = 0;
        const char *value = at + length + 1;
        char *decoded =
            pool_adopt(pool, curl_easy_unescape(NULL, value, (int)strcspn(value, "&#"), &decoded_length), curl_free);
        if (decoded == NULL || strlen(decoded) != (size_t)decoded_length || !text_is_utf8(decoded, strlen(decoded)))
            return NULL;
        return decoded;
    }
    return NULL;
}

/* Where a link through a network's redirector leads; the link itself when it goes through none. */
static const char *unwrap(const struct network_set *set, struct pool *pool, const char *href)
{
    struct parts parts;
    if (!take_apart(pool, href, &parts))
        return href;
    for (size_t i = 0; i < set->count; i++) {
        const struct network *network = set->networks[i];
        bool own = network->any_host || is_listed(network->hosts, without_subdomains(network, parts.host));
        if (network->redirect == NULL || !own || regexec(network->redirect, parts.path, 0, NULL, 0) != 0)
            continue;
        const char *target = query_value(pool, parts.query, network->redirect_parameter);
        return target == NULL ? href : target;
    }
    return href;
}

const char *network_link_target(const struct network_set *set, struct pool *pool, const char *href)
{
    if (strlen(href) > ADDRESS_LONGEST || !text_is_utf8(href, strlen(href)))
        return NULL;
    const char *link = resolve_scheme(set, pool, text_tidy(pool, href));
    if (text_starts(link, "//"))
        link = pool_print(pool, "https:%s", link);
    bool web = strncasecmp(link, "http://", 7) == 0 || strncasecmp(link, "https://", 8) == 0;
    return web ? unwrap(set, pool, link) : NULL;
}

const char *network_link_read(const struct network_set *set, struct pool *pool, const char *href,
                              struct network_address *address)
{
    *address = (struct network_address){0};
    const char *target = network_link_target(set, pool, href);
    return target == NULL ? unreadable : read_web(set, NULL, pool, target, address);
}

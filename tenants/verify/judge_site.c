/* judge_site.c: the checks of how accounts and the official site name each other, and of «Решаем вместе». */
#include "veha/text.h"

#include "judge_bench.h"
#include "read.h"

#include <stdint.h>
#include <string.h>

enum { POS_LEGS = 3 };

/* ---- SITE ---- */

/* A port says nothing of whose site it is: "http://school.ru:8080/" is "http://school.ru/". */
static const char *without_port(struct pool *pool, const char *text)
{
    const char *scheme = strstr(text, "://");
    const char *host = scheme == NULL ? text : scheme + strlen("://");
    const char *colon = host + strcspn(host, ":/?#");
    size_t digits = *colon == ':' ? strspn(colon + 1, "0123456789") : 0;
    bool port = digits > 0 && strchr("/?#", colon[1 + digits]) != NULL;
    return port ? pool_print(pool, "%.*s%s", (int)(colon - text), text, colon + 1 + digits) : text;
}

/* The host of an address of the official site in any spelling; NULL when it is none. *shortened is set for a link that
 * leads nobody knows where. */
static const char *site_host(struct bench *bench, const char *text, bool *shortened)
{
    struct network_address address;
    const struct network *site = network_find(bench->judged->networks, "site");
    if (site == NULL || text == NULL)
        return NULL;
    const char *code =
        network_address_read(bench->judged->networks, site, bench->pool, without_port(bench->pool, text), &address);
    *shortened = *shortened || network_address_is_short(code);
    return code != NULL ? NULL : pool_copy_length(bench->pool, address.key, strcspn(address.key, "/"));
}

/* "school.ru", and "Сайт:school.ru". */
static bool is_of_host(struct bench *bench, const char *word, const char *host, bool *shortened)
{
    const char *colon = strchr(word, ':');
    if (text_equal(site_host(bench, word, shortened), host))
        return true;
    return colon != NULL && !text_starts(colon, "://") && text_equal(site_host(bench, colon + 1, shortened), host);
}

/* The site fact is a text of one or more addresses, or a list of links. */
static bool names_host(struct bench *bench, const json_t *value, const char *host, bool *shortened)
{
    if (json_is_array(value)) {
        for (size_t i = 0; i < json_array_size(value); i++)
            if (text_equal(site_host(bench, json_string_value(json_array_get(value, i)), shortened), host))
                return true;
        return false;
    }
    char *rest = pool_copy(bench->pool, json_string_value(value));
    if (is_of_host(bench, rest, host, shortened))
        return true;
    for (char *word; (word = strsep(&rest, " ,;|\t\r\n")) != NULL;)
        if (*word != '\0' && is_of_host(bench, word, host, shortened))
            return true;
    return false;
}

struct verdict judge_site(struct bench *bench)
{
    const json_t *value = bench_value(bench, "site");
    const char *registered = bench_subject(bench, "site_host");
    bool shortened = false;
    const char *host = site_host(bench, registered, &shortened);
    if (value == NULL)
        return bench_untold(bench);
    if (host == NULL)
        return verdict_of(UNKNOWN, "site_not_registered");
    bool empty = json_is_string(value) && *json_string_value(value) == '\0';
    struct verdict verdict = names_host(bench, value, host, &shortened) ? verdict_of(PASSED, "as_required")
                             : json_is_array(value)
                                 ? verdict_of(UNKNOWN, "no_field") /* only the words of the description */
                             : empty     ? verdict_of(FAILED, "site_missing")
                             : shortened ? verdict_of(UNKNOWN, "short_link")
                                         : verdict_of(FAILED, "site_differs");
    json_object_set(verdict.facts, "site", (json_t *)(uintptr_t)value);
    verdict_text(&verdict, "registered", host);
    return verdict;
}

/* ---- LINK ---- */

/* "" when the site links to the account, otherwise why not. */
static const char *missing_link(const struct network_set *networks, const json_t *links, const char *network,
                                const char *key)
{
    const char *reason = "missing";
    const struct network *known = network_find(networks, network);
    for (size_t i = 0; i < json_array_size(links); i++) {
        const json_t *link = json_array_get(links, i);
        const char *linked = json_string_value(json_object_get(link, "key"));
        if (!text_equal(json_string_value(json_object_get(link, "network")), network))
            continue;
        if (text_equal(linked, key))
            return "";
        if (known != NULL && network_may_be_same(known, linked, key))
            reason = "other_form";
    }
    return reason;
}

/* What is not found may be there nevertheless, unless the page was seen whole. */
static struct verdict judge_missing(const struct bench *bench)
{
    const json_t *reading = bench->judged->reading;
    return json_is_false(json_object_get(reading, "links_whole"))  ? verdict_of(UNKNOWN, "links_not_all_read")
           : json_is_true(json_object_get(reading, "short_links")) ? verdict_of(UNKNOWN, "short_link")
           : json_is_true(bench_value(bench, "entry"))             ? verdict_of(UNKNOWN, "site_entry_page")
                                                                   : verdict_of(FAILED, "link_missing");
}

/* Which of the registered accounts the site does not link to. */
struct linking {
    size_t wanted;
    json_t *missing;  /* these are not there */
    json_t *doubtful; /* these may be: a person must compare */
    bool by_script;   /* of the doubtful, some are named for scripts */
};

static struct linking compare_links(const struct bench *bench)
{
    const struct network_set *networks = bench->judged->networks;
    const json_t *links = json_object_get(bench->judged->reading, "links");
    const json_t *mentions = json_object_get(bench->judged->reading, "mentions");
    const json_t *accounts = json_object_get(bench->judged->subject, "accounts");
    struct linking found = {.missing = json_array(), .doubtful = json_array()};
    for (size_t i = 0; i < json_array_size(accounts); i++) {
        const json_t *account = json_array_get(accounts, i);
        const char *network = json_string_value(json_object_get(account, "network"));
        const char *key = json_string_value(json_object_get(account, "address"));
        if (network == NULL || key == NULL || text_equal(network, network_code(bench->judged->network)))
            continue;
        found.wanted++;
        const char *why = missing_link(networks, links, network, key);
        if (*why == '\0')
            continue;
        const char *named = missing_link(networks, mentions, network, key);
        bool doubtful = strcmp(why, "other_form") == 0 || strcmp(named, "missing") != 0;
        found.by_script = found.by_script || strcmp(named, "missing") != 0;
        json_array_append_new(doubtful ? found.doubtful : found.missing,
                              json_pack("{s:s, s:s}", "network", network, "address", key));
    }
    return found;
}

/* A wrong accusation is worse than none: what may be there is not said to be missing. */
struct verdict judge_link(struct bench *bench)
{
    if (strcmp(reading_state(bench->judged->reading), "present") != 0)
        return bench_untold(bench);
    struct linking found = compare_links(bench);
    struct verdict verdict = json_array_size(found.missing) > 0     ? judge_missing(bench)
                             : found.wanted == 0                    ? verdict_of(UNKNOWN, "no_accounts_registered")
                             : json_array_size(found.doubtful) == 0 ? verdict_of(PASSED, "as_required")
                             : found.by_script                      ? verdict_of(UNKNOWN, "link_in_script")
                                                                    : verdict_of(UNKNOWN, "link_in_other_form");
    if (verdict.result != FAILED) {
        json_array_extend(found.doubtful, found.missing);
        json_array_clear(found.missing);
    }
    json_object_set_new(verdict.facts, "missing", found.missing);
    json_object_set_new(verdict.facts, "doubtful", found.doubtful);
    verdict_number(&verdict, "links", (json_int_t)json_array_size(json_object_get(bench->judged->reading, "links")));
    return verdict;
}

/* ---- POSW ---- */

/* What is wrong with a link to «Госуслуги. Решаем вместе»; NULL when nothing is. */
static const char *pos_defect(struct bench *bench, const char *url)
{
    const char *ogrn = bench_subject(bench, "ogrn");
    const char *campaign = strstr(url, "utm_campaign=");
    if (strstr(url, "%20") != NULL || strchr(url, ' ') != NULL)
        return "pos_link_blanks";
    if (bench_fits(bench, url, "(reg-code|mun-code|=ogrn|=id(&|$)|\\{|\\})"))
        return "pos_link_template_words";
    if (bench_fits(bench, url, "/form") && !bench_fits(bench, url, "[?&]opaid=[0-9]+"))
        return "pos_link_without_body";
    if (bench_fits(bench, url, "/org-activities") && !bench_fits(bench, url, "[?&](reg_code|mun_code|opaid)=[0-9]+"))
        return "pos_link_without_body";
    if (ogrn != NULL && campaign != NULL && strncmp(campaign + strlen("utm_campaign="), ogrn, strlen(ogrn)) != 0)
        return "pos_link_other_ogrn";
    return NULL;
}

/* Where a line of the menu leads, if need be through the network's redirector; *shortened is set where nobody knows. */
static const char *menu_target(struct bench *bench, const char *url, bool *shortened)
{
    struct network_address address;
    if (url == NULL)
        return NULL;
    const char *target = network_link_target(bench->judged->networks, bench->pool, url);
    const char *code = network_link_read(bench->judged->networks, bench->pool, url, &address);
    *shortened = *shortened || network_address_is_short(code);
    return target == NULL ? url : target;
}

/* The menu of a community. */
static struct verdict judge_pos_links(struct bench *bench, const json_t *urls)
{
    int least = bench_parameter(bench, "POSW", "links_least");
    int sound = 0;
    const char *defect = NULL;
    bool shortened = false;
    json_t *spoiled = json_array();
    for (size_t i = 0; i < json_array_size(urls); i++) {
        const char *url = menu_target(bench, json_string_value(json_array_get(urls, i)), &shortened);
        if (url == NULL || strstr(url, "pos.gosuslugi.ru/") == NULL)
            continue;
        const char *wrong = pos_defect(bench, url);
        sound += wrong == NULL;
        if (wrong == NULL)
            continue;
        defect = defect == NULL ? wrong : defect;
        json_array_append_new(spoiled, json_pack("{s:s, s:s}", "url", url, "why", wrong));
    }
    struct verdict verdict = sound >= least   ? verdict_of(PASSED, "as_required")
                             : shortened      ? verdict_of(UNKNOWN, "short_link")
                             : defect != NULL ? verdict_of(FAILED, defect)
                             : sound > 0      ? verdict_of(FAILED, "pos_links_few")
                                              : verdict_of(FAILED, "pos_links_missing");
    verdict_number(&verdict, "links", sound);
    verdict_number(&verdict, "links_least", least);
    json_object_set_new(verdict.facts, "spoiled", spoiled);
    return verdict;
}

/* Two legs of three speak of a script that brings the rest, and behind an entry page may be all of them. */
static struct verdict judge_legs(const struct bench *bench, int standing)
{
    bool entry = json_is_true(bench_value(bench, "entry"));
    return standing == POS_LEGS       ? verdict_of(PASSED, "as_required")
           : standing == POS_LEGS - 1 ? verdict_of(UNKNOWN, "pos_widget_partly_seen")
           : standing > 0             ? verdict_of(FAILED, "pos_widget_incomplete")
           : entry                    ? verdict_of(UNKNOWN, "site_entry_page")
                                      : verdict_of(FAILED, "pos_widget_missing");
}

/* The widget of a site stands on three legs. */
struct verdict judge_posw(struct bench *bench)
{
    static const char *const legs[POS_LEGS] = {"pos_script", "pos_frame", "pos_call"};
    const json_t *urls = bench_value(bench, "menu_links");
    if (urls != NULL)
        return judge_pos_links(bench, urls);
    if (bench_value(bench, legs[0]) == NULL)
        return bench_untold(bench);
    int standing = 0;
    for (size_t i = 0; i < POS_LEGS; i++)
        standing += json_is_true(bench_value(bench, legs[i]));
    struct verdict verdict = judge_legs(bench, standing);
    for (size_t i = 0; i < POS_LEGS; i++)
        json_object_set_new(verdict.facts, legs[i], json_boolean(json_is_true(bench_value(bench, legs[i]))));
    return verdict;
}

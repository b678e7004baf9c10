/* judge_site.c: the checks of how accounts and the official site name each other, and of «Решаем вместе». */
#include "veha/text.h"

#include "judge_bench.h"
#include "read.h"

#include <stdint.h>
#include <string.h>

/* ---- SITE ---- */

/* The host of an address of the official site in any spelling; NULL when it is none. */
static const char *site_host(struct bench *bench, const char *text)
{
    struct network_address address;
    const struct network *site = network_find(bench->judged->networks, "site");
    if (site == NULL || text == NULL ||
        network_address_read(bench->judged->networks, site, bench->pool, text, &address) != NULL)
        return NULL;
    return pool_copy_length(bench->pool, address.key, strcspn(address.key, "/"));
}

/* The site fact is a text of one or more addresses, or a list of links. */
static bool names_host(struct bench *bench, const json_t *value, const char *host)
{
    if (json_is_array(value)) {
        for (size_t i = 0; i < json_array_size(value); i++)
            if (text_equal(site_host(bench, json_string_value(json_array_get(value, i))), host))
                return true;
        return false;
    }
    char *rest = pool_copy(bench->pool, json_string_value(value));
    if (text_equal(site_host(bench, rest), host))
        return true;
    for (char *word; (word = strsep(&rest, " ,;\n")) != NULL;)
        if (*word != '\0' && text_equal(site_host(bench, word), host))
            return true;
    return false;
}

struct verdict judge_site(struct bench *bench)
{
    const json_t *value = bench_value(bench, "site");
    const char *registered = bench_subject(bench, "site_host");
    const char *host = site_host(bench, registered);
    if (value == NULL)
        return bench_untold(bench);
    if (host == NULL)
        return verdict_of(UNKNOWN, "site_not_registered");
    bool empty = json_is_string(value) && *json_string_value(value) == '\0';
    struct verdict verdict = names_host(bench, value, host) ? verdict_of(PASSED, "as_required")
                             : json_is_array(value) ? verdict_of(UNKNOWN, "network_cannot_tell") /* has no such field */
                             : empty                ? verdict_of(FAILED, "site_missing")
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

struct verdict judge_link(struct bench *bench)
{
    const json_t *links = json_object_get(bench->judged->reading, "links");
    const json_t *mentions = json_object_get(bench->judged->reading, "mentions");
    const json_t *accounts = json_object_get(bench->judged->subject, "accounts");
    if (strcmp(reading_state(bench->judged->reading), "present") != 0)
        return bench_untold(bench);
    struct verdict verdict = verdict_of(PASSED, "as_required");
    json_t *missing = json_array();
    size_t wanted = 0;
    bool doubtful = true;
    bool by_script = false;
    for (size_t i = 0; i < json_array_size(accounts); i++) {
        const json_t *account = json_array_get(accounts, i);
        const char *network = json_string_value(json_object_get(account, "network"));
        const char *key = json_string_value(json_object_get(account, "address"));
        if (network == NULL || key == NULL || text_equal(network, network_code(bench->judged->network)))
            continue;
        wanted++;
        const char *why = missing_link(bench->judged->networks, links, network, key);
        if (*why == '\0')
            continue;
        bool mentioned = *missing_link(bench->judged->networks, mentions, network, key) == '\0';
        by_script = by_script || mentioned;
        doubtful = doubtful && (mentioned || strcmp(why, "other_form") == 0);
        json_array_append_new(missing, json_pack("{s:s, s:s}", "network", network, "address", key));
    }
    if (json_array_size(missing) > 0) {
        bool whole = !json_is_false(json_object_get(bench->judged->reading, "links_whole"));
        verdict.result = doubtful || !whole ? UNKNOWN : FAILED;
        verdict.reason = doubtful && by_script ? "link_in_script"
                         : doubtful            ? "link_in_other_form"
                         : whole               ? "link_missing"
                                               : "links_not_all_read";
    } else if (wanted == 0) {
        verdict.result = UNKNOWN;
        verdict.reason = "no_accounts_registered";
    }
    json_object_set_new(verdict.facts, "missing", missing);
    verdict_number(&verdict, "links", (json_int_t)json_array_size(links));
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

/* The menu of a community. */
static struct verdict judge_pos_links(struct bench *bench, const json_t *urls)
{
    int least = bench_parameter(bench, "POSW", "links_least");
    int sound = 0;
    const char *defect = NULL;
    json_t *spoiled = json_array();
    for (size_t i = 0; i < json_array_size(urls); i++) {
        const char *url = json_string_value(json_array_get(urls, i));
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
                             : defect != NULL ? verdict_of(FAILED, defect)
                             : sound > 0      ? verdict_of(FAILED, "pos_links_few")
                                              : verdict_of(FAILED, "pos_links_missing");
    verdict_number(&verdict, "links", sound);
    verdict_number(&verdict, "links_least", least);
    json_object_set_new(verdict.facts, "spoiled", spoiled);
    return verdict;
}

/* The widget of a site stands on three legs. */
struct verdict judge_posw(struct bench *bench)
{
    static const char *const legs[] = {"pos_script", "pos_frame", "pos_call"};
    const json_t *urls = bench_value(bench, "menu_links");
    if (urls != NULL)
        return judge_pos_links(bench, urls);
    if (bench_value(bench, legs[0]) == NULL)
        return bench_untold(bench);
    struct verdict verdict = verdict_of(PASSED, "as_required");
    int standing = 0;
    for (size_t i = 0; i < sizeof legs / sizeof *legs; i++) {
        const json_t *leg = bench_value(bench, legs[i]);
        standing += json_is_true(leg);
        json_object_set_new(verdict.facts, legs[i], json_boolean(json_is_true(leg)));
    }
    if (standing < (int)(sizeof legs / sizeof *legs)) {
        verdict.result = FAILED;
        verdict.reason = standing == 0 ? "pos_widget_missing" : "pos_widget_incomplete";
    }
    return verdict;
}

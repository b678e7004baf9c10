/* judge.c: the checks, each a pure function from a reading to a verdict. */
#include "judge.h"

#include "veha/clock.h"
#include "veha/text.h"

#include "name.h"
#include "read.h"

#include <ctype.h>
#include <regex.h>
#include <string.h>

enum result { PASSED, FAILED, UNKNOWN };
static const char *const result_names[] = {"passed", "failed", "unknown"};

struct verdict {
    enum result result;
    const char *reason;
    json_t *facts;
};

/* One judging under way. */
struct bench {
    const struct judge_case *judged;
    struct pool *pool;
};

static const struct {
    const char *check;
    const char *parameter;
    int value;
} defaults[] = {
    {"NAME", "share_least", 60}, {"DESC", "length_least", 200}, {"FRESH", "days_most", 7}, {"FREQ", "posts_least", 3},
    {"FREQ", "days", 7},         {"FREQ", "weeks", 1},          {"COMM", "posts", 5},      {"POSW", "links_least", 1},
};

/* ---- small helpers ---- */

static int parameter(const struct bench *bench, const char *check, const char *name)
{
    const json_t *given = json_object_get(json_object_get(bench->judged->parameters, check), name);
    if (json_is_integer(given))
        return (int)json_integer_value(given);
    for (size_t i = 0; i < sizeof defaults / sizeof *defaults; i++)
        if (strcmp(defaults[i].check, check) == 0 && strcmp(defaults[i].parameter, name) == 0)
            return defaults[i].value;
    return 0;
}

static struct verdict verdict_of(enum result result, const char *reason)
{
    return (struct verdict){.result = result, .reason = reason, .facts = json_object()};
}

/* Nothing to judge by: the account's state says why, or the network did not tell. */
static struct verdict untold(const struct bench *bench)
{
    const char *state = reading_state(bench->judged->reading);
    return verdict_of(UNKNOWN,
                      strcmp(state, "present") == 0 ? "not_told" : pool_print(bench->pool, "account_%s", state));
}

static const json_t *value_of(const struct bench *bench, const char *fact)
{
    return reading_value(bench->judged->reading, fact);
}

static const char *text_of(const struct bench *bench, const char *fact)
{
    return json_string_value(value_of(bench, fact));
}

static const char *subject_text(const struct bench *bench, const char *member)
{
    const char *text = json_string_value(json_object_get(bench->judged->subject, member));
    return text == NULL || *text == '\0' ? NULL : text;
}

static void add_text(struct verdict *verdict, const char *name, const char *text)
{
    if (text != NULL)
        json_object_set_new(verdict->facts, name, json_string(text));
}

static void add_number(struct verdict *verdict, const char *name, json_int_t number)
{
    json_object_set_new(verdict->facts, name, json_integer(number));
}

static bool contains(struct bench *bench, const char *text, const char *pattern)
{
    regex_t regex;
    if (text == NULL || regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB) != 0)
        return false;
    bool found = regexec(&regex, text_fold(bench->pool, text), 0, NULL, 0) == 0;
    regfree(&regex);
    return found;
}

/* Has the network a place of its own for this fact? */
static bool network_has(const struct network *network, const char *fact)
{
    const json_t *root = network_document(network);
    return json_object_get(json_object_get(json_object_get(root, "api"), "facts"), fact) != NULL ||
           json_object_get(json_object_get(json_object_get(root, "html"), "facts"), fact) != NULL;
}

/* Is the character of several bytes before `at` no Cyrillic letter (a quote, a dash, a picture)? */
static bool is_mark(const char *text, const char *at)
{
    const char *lead = at - 1;
    while (lead > text && ((unsigned char)*lead & 0xC0) == 0x80)
        lead--;
    return (unsigned char)*lead >= 0x80 && ((unsigned char)*lead < 0xD0 || (unsigned char)*lead > 0xD3);
}

/* Does a word of the text begin with one of the stems? (Ranges of Cyrillic in a POSIX pattern depend on the locale.) */
static bool has_word(struct bench *bench, const char *text, const char *const *stems)
{
    const char *folded = text == NULL ? "" : text_fold(bench->pool, text);
    for (; *stems != NULL; stems++)
        for (const char *at = folded; (at = strstr(at, *stems)) != NULL; at++)
            if (at == folded || ((unsigned char)at[-1] < 0x80 && !isalpha((unsigned char)at[-1])) ||
                is_mark(folded, at))
                return true;
    return false;
}

/* ---- EXIST ---- */

static const struct {
    const char *state;
    enum result result;
    const char *reason;
} existence[] = {
    {"present", PASSED, "as_required"},
    {"withheld", PASSED, "preview_withheld"},
    {"missing", FAILED, "account_missing"},
    {"closed", FAILED, "account_closed"},
    {"blocked", FAILED, "account_blocked"},
    {"not_community", FAILED, "account_not_community"},
    {"throttled", UNKNOWN, "account_throttled"},
    {"challenged", UNKNOWN, "account_challenged"},
    {"unfamiliar", UNKNOWN, "account_unfamiliar"},
    {"unreachable", UNKNOWN, "account_unreachable"},
};

static struct verdict judge_exist(struct bench *bench)
{
    const char *state = reading_state(bench->judged->reading);
    struct verdict verdict = {0};
    for (size_t i = 0; i < sizeof existence / sizeof *existence; i++)
        if (strcmp(existence[i].state, state) == 0)
            verdict = verdict_of(existence[i].result, existence[i].reason);
    add_text(&verdict, "state", state);
    add_text(&verdict, "why", json_string_value(json_object_get(bench->judged->reading, "reason")));
    return verdict;
}

/* ---- NAME, DESC ---- */

static struct verdict judge_name(struct bench *bench)
{
    const char *shown = text_of(bench, "name");
    const char *name = subject_text(bench, "name");
    const char *short_name = subject_text(bench, "short_name");
    if (shown == NULL)
        return untold(bench);
    if (name == NULL && short_name == NULL)
        return verdict_of(UNKNOWN, "name_not_registered");
    struct name_match match;
    name_compare(bench->pool, shown, name == NULL ? short_name : name, short_name, &match);
    int least = parameter(bench, "NAME", "share_least");
    struct verdict verdict;
    if (match.number_differs)
        verdict = verdict_of(FAILED, "name_number_differs");
    else if (match.share >= least)
        verdict = verdict_of(PASSED, "as_required");
    else if (short_name == NULL &&
             match.proper_name_said) /* it may well be the short name, which the register does not hold */
        verdict = verdict_of(UNKNOWN, "short_name_not_registered");
    else
        verdict = verdict_of(FAILED, "name_differs");
    add_text(&verdict, "name", shown);
    add_text(&verdict, "registered", match.form);
    add_number(&verdict, "share", match.share);
    add_number(&verdict, "share_least", least);
    json_object_set(verdict.facts, "missing", match.missing);
    return verdict;
}

/* The words of the law for what a body does, and what for; «целый» and «целебный» are none of them. */
static const char *const aim_stems[] = {"деятельност", "цель", "цели", "целью", "целей", "целя", "задач", NULL};

static struct verdict judge_desc(struct bench *bench)
{
    const char *description = text_of(bench, "description");
    if (description == NULL)
        return untold(bench);
    int least = parameter(bench, "DESC", "length_least");
    json_int_t length = (json_int_t)text_length(description);
    bool aims = has_word(bench, description, aim_stems);
    struct verdict verdict = verdict_of(length >= least && aims ? PASSED : FAILED, "as_required");
    if (length == 0)
        verdict.reason = "description_empty";
    else if (length < least)
        verdict.reason = "description_short";
    else if (!aims)
        verdict.reason = "description_without_aims";
    add_number(&verdict, "length", length);
    add_number(&verdict, "length_least", least);
    json_object_set_new(verdict.facts, "aims", json_boolean(aims));
    return verdict;
}

/* ---- CONT ---- */

static const char *const street_stems[] = {"ул.",   "улиц", "просп",   "пр-т",  "пер.", "переул",     "площад",  "пл.",
                                           "шоссе", "наб.", "набереж", "адрес", "мкр",  "микрорайон", "бульвар", NULL};

static bool has_contact(const json_t *contacts, const char *member)
{
    for (size_t i = 0; i < json_array_size(contacts); i++) {
        const char *text = json_string_value(json_object_get(json_array_get(contacts, i), member));
        if (text != NULL && *text != '\0')
            return true;
    }
    return false;
}

static struct verdict judge_cont(struct bench *bench)
{
    const char *description = text_of(bench, "description");
    const json_t *contacts = value_of(bench, "contacts");
    const char *address = text_of(bench, "address");
    if (description == NULL && contacts == NULL)
        return untold(bench);
    const struct {
        const char *name;
        bool said;
    } parts[] = {
        {"phone",
         has_contact(contacts, "phone") ||
             contains(bench, description, "(\\+7|8)?[ (-]*[0-9]{3,5}[ )-]+[0-9]{1,3}[ -]?[0-9]{2}[ -]?[0-9]{2}")},
        {"email",
         has_contact(contacts, "email") || contains(bench, description, "[a-z0-9._-]+@[a-z0-9.-]+\\.[a-z]{2,}")},
        {"address", (address != NULL && *address != '\0') || has_word(bench, description, street_stems)},
    };
    json_t *missing = json_array();
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (!parts[i].said)
            json_array_append_new(missing, json_string(parts[i].name));
    bool whole = json_array_size(missing) == 0;
    struct verdict verdict =
        whole              ? verdict_of(PASSED, "as_required")
        : contacts != NULL ? verdict_of(FAILED, "contacts_missing")
        : network_has(bench->judged->network, "contacts")
            ? verdict_of(UNKNOWN, "not_told")
            : verdict_of(UNKNOWN, "network_cannot_tell"); /* no place for them but a description of 255 characters */
    json_object_set_new(verdict.facts, "missing", missing);
    return verdict;
}

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

static struct verdict judge_site(struct bench *bench)
{
    const json_t *value = value_of(bench, "site");
    const char *registered = subject_text(bench, "site_host");
    const char *host = site_host(bench, registered);
    if (value == NULL)
        return untold(bench);
    if (host == NULL)
        return verdict_of(UNKNOWN, "site_not_registered");
    bool empty = json_is_string(value) && *json_string_value(value) == '\0';
    struct verdict verdict = names_host(bench, value, host) ? verdict_of(PASSED, "as_required")
                             : json_is_array(value) ? verdict_of(UNKNOWN, "network_cannot_tell") /* has no such field */
                             : empty                ? verdict_of(FAILED, "site_missing")
                                                    : verdict_of(FAILED, "site_differs");
    json_object_set(verdict.facts, "site", (json_t *)(uintptr_t)value);
    add_text(&verdict, "registered", host);
    return verdict;
}

/* ---- LOOK, GOS, MSG ---- */

static struct verdict judge_look(struct bench *bench)
{
    static const char *const parts[] = {"avatar", "cover"};
    static const char *const missing[] = {"avatar_missing", "cover_missing"};
    struct verdict verdict = verdict_of(PASSED, "as_required");
    bool told = network_has(bench->judged->network, parts[0]);
    for (size_t i = 0; i < 2; i++) {
        const json_t *value = value_of(bench, parts[i]);
        if (!network_has(bench->judged->network, parts[i]))
            continue;
        told = told && value != NULL;
        if (value == NULL)
            continue;
        json_object_set(verdict.facts, parts[i], (json_t *)(uintptr_t)value);
        if (verdict.result == PASSED && !json_is_true(value)) {
            verdict.result = FAILED;
            verdict.reason = missing[i];
        }
    }
    if (told || verdict.result == FAILED)
        return verdict;
    json_decref(verdict.facts);
    return untold(bench);
}

static struct verdict judge_gos(struct bench *bench)
{
    const json_t *value = value_of(bench, "government");
    if (value == NULL)
        return untold(bench);
    struct verdict verdict =
        json_is_true(value) ? verdict_of(PASSED, "as_required") : verdict_of(FAILED, "mark_missing");
    json_object_set(verdict.facts, "government", (json_t *)(uintptr_t)value);
    return verdict;
}

/* can_message speaks of our token's user: its "no" is not everybody's. */
static struct verdict judge_msg(struct bench *bench)
{
    const json_t *value = value_of(bench, "messages");
    if (value == NULL)
        return untold(bench);
    return json_is_true(value) ? verdict_of(PASSED, "as_required") : verdict_of(UNKNOWN, "told_of_reader_only");
}

/* ---- FRESH, FREQ, COMM ---- */

static int64_t post_time(const json_t *post)
{
    int64_t at = 0;
    const char *text = json_string_value(json_object_get(post, "at"));
    return text != NULL && clock_read(text, &at) ? at : 0;
}

static bool is_own(const json_t *post)
{
    return json_is_true(json_object_get(post, "own"));
}

/* The network withholds older posts: may there be own posts after `since` that were not shown? */
static bool may_hide_posts(const struct bench *bench, const json_t *posts, int64_t since)
{
    if (json_array_size(posts) == 0 || json_is_true(json_object_get(bench->judged->reading, "posts_whole")))
        return false;
    for (size_t i = 0; i < json_array_size(posts); i++) {
        const json_t *post = json_array_get(posts, i);
        if (post_time(post) < since && !json_is_true(json_object_get(post, "pinned")))
            return false;
    }
    return true;
}

static struct verdict no_posts(const struct bench *bench)
{
    struct verdict verdict = untold(bench);
    const char *reason = json_string_value(json_object_get(bench->judged->reading, "posts_reason"));
    if (reason != NULL)
        verdict.reason = reason;
    return verdict;
}

static struct verdict judge_fresh(struct bench *bench)
{
    const json_t *posts = json_object_get(bench->judged->reading, "posts");
    if (posts == NULL)
        return no_posts(bench);
    int64_t last = 0;
    for (size_t i = 0; i < json_array_size(posts); i++) {
        const json_t *post = json_array_get(posts, i);
        if (is_own(post) && post_time(post) > last)
            last = post_time(post);
    }
    int days = parameter(bench, "FRESH", "days_most");
    const char *name = subject_text(bench, "name");
    int64_t since = calendar_back(bench->judged->calendar, name == NULL ? "" : name, bench->judged->now, days);
    struct verdict verdict = last >= since                         ? verdict_of(PASSED, "as_required")
                             : may_hide_posts(bench, posts, since) ? verdict_of(UNKNOWN, "posts_not_shown")
                             : last == 0                           ? verdict_of(FAILED, "no_own_posts")
                                                                   : verdict_of(FAILED, "last_post_old");
    if (last > 0)
        add_text(&verdict, "last_post", clock_print(bench->pool, last));
    add_text(&verdict, "since", clock_print(bench->pool, since));
    add_number(&verdict, "days_most", days);
    return verdict;
}

static int count_own(const json_t *posts, int64_t from, int64_t until)
{
    int count = 0;
    for (size_t i = 0; i < json_array_size(posts); i++) {
        const json_t *post = json_array_get(posts, i);
        int64_t at = post_time(post);
        count += is_own(post) && at >= from && (at < until || until == 0);
    }
    return count;
}

static struct verdict judge_freq(struct bench *bench)
{
    const json_t *posts = json_object_get(bench->judged->reading, "posts");
    if (posts == NULL)
        return no_posts(bench);
    int least = parameter(bench, "FREQ", "posts_least");
    int days = parameter(bench, "FREQ", "days");
    const char *name = subject_text(bench, "name");
    struct verdict verdict = verdict_of(PASSED, "as_required");
    json_t *counts = json_array();
    int64_t until = bench->judged->now;
    for (int week = 0; week < parameter(bench, "FREQ", "weeks"); week++) {
        int64_t since = calendar_back(bench->judged->calendar, name == NULL ? "" : name, until, days);
        int count = count_own(posts, since, week == 0 ? 0 : until); /* a clock a little ahead of ours loses no post */
        json_array_append_new(counts, json_integer(count));
        if (count < least && verdict.result == PASSED) {
            bool hidden = may_hide_posts(bench, posts, since);
            verdict.result = hidden ? UNKNOWN : FAILED;
            verdict.reason = hidden ? "posts_not_shown" : "posts_few";
        }
        until = since;
    }
    json_object_set_new(verdict.facts, "posts", counts);
    add_number(&verdict, "posts_least", least);
    add_number(&verdict, "days", days);
    return verdict;
}

/* wall: 0 off, 1 open, 2 limited (all may comment), 3 closed. A post's can_post speaks of our token's user, so only its
 * "yes" counts. */
static struct verdict judge_comm(struct bench *bench)
{
    const json_t *wall = value_of(bench, "wall");
    const json_t *posts = json_object_get(bench->judged->reading, "posts");
    size_t seen = (size_t)parameter(bench, "COMM", "posts");
    for (size_t i = 0; i < json_array_size(posts) && i < seen; i++)
        if (json_is_true(json_object_get(json_array_get(posts, i), "comments")))
            return verdict_of(PASSED, "as_required");
    if (wall == NULL)
        return untold(bench);
    json_int_t kind = json_integer_value(wall);
    struct verdict verdict =
        kind == 0 || kind == 3 ? verdict_of(FAILED, "comments_closed") : verdict_of(PASSED, "as_required");
    add_number(&verdict, "wall", kind);
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

static struct verdict judge_link(struct bench *bench)
{
    const json_t *links = json_object_get(bench->judged->reading, "links");
    const json_t *mentions = json_object_get(bench->judged->reading, "mentions");
    const json_t *accounts = json_object_get(bench->judged->subject, "accounts");
    if (strcmp(reading_state(bench->judged->reading), "present") != 0)
        return untold(bench);
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
    add_number(&verdict, "links", (json_int_t)json_array_size(links));
    return verdict;
}

/* ---- POSW ---- */

/* What is wrong with a link to «Госуслуги. Решаем вместе»; NULL when nothing is. */
static const char *pos_defect(struct bench *bench, const char *url)
{
    const char *ogrn = subject_text(bench, "ogrn");
    const char *campaign = strstr(url, "utm_campaign=");
    if (strstr(url, "%20") != NULL || strchr(url, ' ') != NULL)
        return "pos_link_blanks";
    if (contains(bench, url, "(reg-code|mun-code|=ogrn|=id(&|$)|\\{|\\})"))
        return "pos_link_template_words";
    if (contains(bench, url, "/form") && !contains(bench, url, "[?&]opaid=[0-9]+"))
        return "pos_link_without_body";
    if (contains(bench, url, "/org-activities") && !contains(bench, url, "[?&](reg_code|mun_code|opaid)=[0-9]+"))
        return "pos_link_without_body";
    if (ogrn != NULL && campaign != NULL && strncmp(campaign + strlen("utm_campaign="), ogrn, strlen(ogrn)) != 0)
        return "pos_link_other_ogrn";
    return NULL;
}

/* The menu of a community. */
static struct verdict judge_pos_links(struct bench *bench, const json_t *urls)
{
    int least = parameter(bench, "POSW", "links_least");
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
    add_number(&verdict, "links", sound);
    add_number(&verdict, "links_least", least);
    json_object_set_new(verdict.facts, "spoiled", spoiled);
    return verdict;
}

/* The widget of a site stands on three legs. */
static struct verdict judge_posw(struct bench *bench)
{
    static const char *const legs[] = {"pos_script", "pos_frame", "pos_call"};
    const json_t *urls = value_of(bench, "menu_links");
    if (urls != NULL)
        return judge_pos_links(bench, urls);
    if (value_of(bench, legs[0]) == NULL)
        return untold(bench);
    struct verdict verdict = verdict_of(PASSED, "as_required");
    int standing = 0;
    for (size_t i = 0; i < sizeof legs / sizeof *legs; i++) {
        const json_t *leg = value_of(bench, legs[i]);
        standing += json_is_true(leg);
        json_object_set_new(verdict.facts, legs[i], json_boolean(json_is_true(leg)));
    }
    if (standing < (int)(sizeof legs / sizeof *legs)) {
        verdict.result = FAILED;
        verdict.reason = standing == 0 ? "pos_widget_missing" : "pos_widget_incomplete";
    }
    return verdict;
}

/* ---- the table ---- */

static const struct {
    const char *check;
    struct verdict (*judge)(struct bench *bench);
} table[] = {
    {"EXIST", judge_exist}, {"NAME", judge_name}, {"DESC", judge_desc}, {"CONT", judge_cont},   {"SITE", judge_site},
    {"LOOK", judge_look},   {"GOS", judge_gos},   {"POSW", judge_posw}, {"FRESH", judge_fresh}, {"FREQ", judge_freq},
    {"COMM", judge_comm},   {"MSG", judge_msg},   {"LINK", judge_link},
};

/* What only a token tells, and no token was there. */
static bool lacks_token(const struct verdict *verdict, const char *tells, const json_t *reading)
{
    return verdict->result == UNKNOWN && strcmp(verdict->reason, "not_told") == 0 && strcmp(tells, "token") == 0 &&
           !text_equal(json_string_value(json_object_get(reading, "source")), "api");
}

json_t *judge(const struct judge_case *judged)
{
    struct bench bench = {.judged = judged, .pool = pool_new()};
    json_t *verdicts = json_array();
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        const char *tells = network_tells(judged->network, table[i].check);
        if (tells == NULL)
            continue;
        struct verdict verdict =
            strcmp(tells, "cannot") == 0 ? verdict_of(UNKNOWN, "network_cannot_tell") : table[i].judge(&bench);
        if (lacks_token(&verdict, tells, judged->reading))
            verdict.reason = "needs_token";
        json_array_append_new(verdicts, json_pack("{s:s, s:s, s:s, s:o}", "check", table[i].check, "result",
                                                  result_names[verdict.result], "reason", verdict.reason, "facts",
                                                  verdict.facts));
    }
    pool_free(bench.pool);
    return verdicts;
}

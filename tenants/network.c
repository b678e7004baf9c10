/* network.c: reads the network files, checks them against their schema and compiles their address rules. */
#include "veha/document.h"
#include "veha/text.h"

#include "check.h"
#include "network_rules.h"
#include "probe/probe.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    GROUPS_MOST = 32,     /* in one another, in a pattern */
    UNFOLDED_MOST = 10000 /* parts of a pattern, repetitions counted */
};

static const struct document_member file_members[] = {
    {"code", 's', true},   {"version", 'i', true}, {"title", 's', true},    {"address", 'o', true},
    {"checks", 'o', true}, {"limits", 'o', true},  {"requests", 'a', true}, {"html", 'o', true},
    {"feed", 'o', false},  {"api", 'o', false},    {"breaker", 'o', false}, {0},
};

static const struct document_member address_members[] = {
    {"url", 's', true},           {"any_host", 'b', false}, {"hosts", 'a', false},         {"subdomains", 'a', false},
    {"refuse_hosts", 'o', false}, {"bare", 'a', false},     {"subdomain_key", 's', false}, {"redirect", 'o', false},
    {"numbered", 's', false},     {"scheme", 'o', false},   {"rules", 'a', true},          {0},
};

static const struct document_member rule_members[] = {
    {"path", 's', true}, {"query", 's', false}, {"key", 's', false}, {"refuse", 's', false}, {0},
};
static const struct document_member bare_members[] = {{"text", 's', true}, {"key", 's', true}, {0}};
static const struct document_member redirect_members[] = {{"path", 's', true}, {"parameter", 's', true}, {0}};
static const struct document_member scheme_members[] = {
    {"name", 's', true},
    {"host", 's', true},
    {"parameter", 's', true},
    {0},
};
static const struct document_member limit_members[] = {
    {"per_second", 'i', true}, {"concurrent", 'i', true}, {"batch", 'i', false}, {"daily", 'o', false}, {0},
};
static const struct document_member breaker_members[] = {
    {"window_minutes", 'i', false},
    {"looks_least", 'i', false},
    {"looks_most", 'i', false},
    {"opens_percent", 'i', false},
    {"closes_percent", 'i', false},
    {"again_minutes", 'i', false},
    {0},
};
static const struct document_member request_members[] = {
    {"name", 's', true},  {"url", 's', false},     {"method", 's', false},
    {"fact", 's', false}, {"times", 'i', false},   {"after", 'a', false},
    {"keep", 's', false}, {"private", 'b', false}, {0},
};
static const struct document_member html_members[] = {
    {"states", 'a', true},        {"facts", 'o', true},     {"posts", 'o', false},  {"links", 's', false},
    {"links_within", 'b', false}, {"mentions", 's', false}, {"widget", 's', false}, {0},
};
static const struct document_member state_members[] = {
    {"url", 's', false},  {"status", 'a', false}, {"name", 's', false},  {"xpath", 's', false},
    {"state", 's', true}, {"reason", 's', false}, {"facts", 'b', false}, {0},
};
static const struct document_member fact_members[] = {
    {"xpath", 's', true},
    {"as", 's', true},
    {"empty_when", 's', false},
    {0},
};
static const struct document_member post_members[] = {
    {"known", 's', true}, {"whole", 's', false}, {"each", 's', true},    {"at", 's', true},
    {"as", 's', false},   {"own", 's', true},    {"pinned", 's', false}, {0},
};
static const struct document_member error_members[] = {
    {"codes", 'a', true},  {"text", 's', false},  {"state", 's', false}, {"reason", 's', true},
    {"alarm", 'b', false}, {"pause", 'i', false}, {"page", 'b', false},  {0},
};
static const struct document_member api_state_members[] = {
    {"pointer", 's', true}, {"match", 's', true}, {"state", 's', true}, {"reason", 's', true}, {0},
};
static const struct document_member api_fact_members[] = {
    {"pointers", 'a', true},      {"as", 's', true},        {"member", 's', false},
    {"else_pointer", 's', false}, {"else_not", 's', false}, {0},
};

static const char *const codes[] = {
    "address_unreadable",
    "address_other_network",
    "address_person",
    "address_share_link",
    "address_post",
    "address_service",
    "address_email",
    "address_short_link",
    "address_invitation",
    "address_bot",
    NULL,
};
static const char *const states[] = {
    "present",    "missing",       "closed",     "blocked",     "withheld", "throttled",
    "challenged", "not_community", "unfamiliar", "unreachable", NULL,
};
static const char *const tells[] = {"tells", "cannot", "token", "shows", NULL};
static const char *const html_kinds[] = {"text", "prose", "count",  "flag", "flag_if_true",
                                         "link", "links", "moment", "feed", NULL};
static const char *const api_kinds[] = {
    "text", "prose", "number", "flag", "filled", "list", "id", "milliseconds", NULL,
};

/* What every step of the loading needs. */
struct loading {
    struct document *document;
    struct pool *pool;
    struct network *network;
};

static bool is_one_of(const char *const *words, const char *word)
{
    for (; word != NULL && *words != NULL; words++)
        if (strcmp(*words, word) == 0)
            return true;
    return false;
}

bool network_state_known(const char *state)
{
    return is_one_of(states, state);
}

static void want_word(struct loading *loading, const char *pointer, const char *const *words, const char *word)
{
    if (!is_one_of(words, word))
        document_mistake(loading->document, loading->pool, pointer, "\"%s\" is not known here",
                         word == NULL ? "" : word);
}

static void release_regex(void *regex)
{
    regfree(regex);
}

/* A set in brackets, from its `[` to its last character. */
static const char *end_of_set(const char *at)
{
    const char *first = at[1] == '^' ? at + 2 : at + 1;
    const char *end = *first == '\0' ? NULL : strchr(first + 1, ']');
    return end == NULL ? at : end;
}

/* How often what stands before is repeated: "{2,9}" is 9, and "+" is made of two copies. */
static double repetition(const char *at, const char **end)
{
    char *rest = (char *)(uintptr_t)at;
    *end = at;
    if (*at == '+')
        return 2;
    unsigned long least = strtoul(at + 1, &rest, 10);
    unsigned long most = *rest == ',' ? strtoul(rest + 1, &rest, 10) : least;
    *end = *rest == '}' ? rest : at;
    return (double)(most > least ? most : least);
}

/* To how many parts a pattern unfolds: regcomp() copies what is repeated, and repetitions within one another multiply.
 */
static double unfolded(const char *pattern)
{
    double parts[GROUPS_MOST + 1] = {0};
    double last = 0, all = 0;
    size_t depth = 0;
    for (const char *at = pattern; *at != '\0' && depth < GROUPS_MOST; at++) {
        if (*at == '(') {
            parts[++depth] = 0;
        } else if (*at == '{' || *at == '+') {
            double times = repetition(at, &at);
            parts[depth] += times > 1 ? last * (times - 1) : 0;
            last *= times > 1 ? times : 1;
        } else {
            last = *at == ')' && depth > 0 ? parts[depth--] : 1;
            parts[depth] += last;
            at = *at == '[' ? end_of_set(at) : *at == '\\' && at[1] != '\0' ? at + 1 : at;
        }
    }
    for (size_t i = 0; i <= depth; i++)
        all += parts[i];
    return depth == GROUPS_MOST ? UNFOLDED_MOST + 1 : all;
}

/* NULL after noting the mistake; NULL also for a text that is not there. */
static regex_t *compile(struct loading *loading, const char *pointer, const char *text)
{
    if (text == NULL)
        return NULL;
    if (unfolded(text) > UNFOLDED_MOST) {
        document_mistake(loading->document, loading->pool, pointer, "the pattern repeats too much within itself");
        return NULL;
    }
    regex_t *regex = pool_alloc(loading->pool, sizeof *regex);
    int error = regcomp(regex, text, REG_EXTENDED);
    if (error == 0)
        return pool_adopt(loading->pool, regex, release_regex);
    char reason[128];
    regerror(error, regex, reason, sizeof reason);
    document_mistake(loading->document, loading->pool, pointer, "%s", reason);
    return NULL;
}

static const char *text_of(const json_t *object, const char *member)
{
    return json_string_value(json_object_get(object, member));
}

/* The texts of an array, ended by NULL; an empty list where there is none. */
static const char *const *texts_of(struct loading *loading, const char *pointer, const json_t *array)
{
    size_t count = json_array_size(array);
    const char **texts = pool_alloc(loading->pool, (count + 1) * sizeof *texts);
    for (size_t i = 0; i < count; i++) {
        texts[i] = json_string_value(json_array_get(array, i));
        if (texts[i] == NULL) {
            document_mistake(loading->document, loading->pool, pool_print(loading->pool, "%s/%zu", pointer, i),
                             "must be text");
            texts[i] = "";
        }
    }
    return texts;
}

static void read_rule(struct loading *loading, const char *pointer, struct address_rule *rule)
{
    const json_t *object = document_object(loading->document, loading->pool, pointer, rule_members);
    rule->path = compile(loading, pointer, text_of(object, "path"));
    rule->query = compile(loading, pointer, text_of(object, "query"));
    rule->key = text_of(object, "key");
    rule->refuse = text_of(object, "refuse");
    if (object != NULL && (rule->key == NULL) == (rule->refuse == NULL))
        document_mistake(loading->document, loading->pool, pointer, "a rule has either a key or a refusal");
    if (rule->refuse != NULL)
        want_word(loading, pointer, codes, rule->refuse);
}

static void read_bare(struct loading *loading, const char *pointer, struct address_rule *rule)
{
    const json_t *object = document_object(loading->document, loading->pool, pointer, bare_members);
    rule->path = compile(loading, pointer, text_of(object, "text"));
    rule->key = text_of(object, "key");
}

typedef void read_element(struct loading *loading, const char *pointer, struct address_rule *rule);

static const struct address_rule *read_rules(struct loading *loading, const json_t *address, const char *member,
                                             read_element *read, size_t *count)
{
    const json_t *array = json_object_get(address, member);
    *count = json_array_size(array);
    struct address_rule *rules = pool_alloc(loading->pool, (*count + 1) * sizeof *rules);
    for (size_t i = 0; i < *count; i++)
        read(loading, pool_print(loading->pool, "/address/%s/%zu", member, i), &rules[i]);
    return rules;
}

static void read_refused(struct loading *loading, const json_t *address)
{
    struct network *network = loading->network;
    json_t *listed = json_object_get(address, "refuse_hosts");
    struct address_host *hosts = pool_alloc(loading->pool, (json_object_size(listed) + 1) * sizeof *hosts);
    const char *host;
    json_t *code;
    json_object_foreach(listed, host, code)
    {
        hosts[network->refused_count++] = (struct address_host){host, json_string_value(code)};
        want_word(loading, pool_print(loading->pool, "/address/refuse_hosts/%s", host), codes, json_string_value(code));
    }
    network->refused = hosts;
}

static void read_address(struct loading *loading)
{
    struct network *network = loading->network;
    const json_t *address = document_object(loading->document, loading->pool, "/address", address_members);
    network->url = text_of(address, "url");
    network->any_host = json_is_true(json_object_get(address, "any_host"));
    network->hosts = texts_of(loading, "/address/hosts", json_object_get(address, "hosts"));
    network->subdomains = texts_of(loading, "/address/subdomains", json_object_get(address, "subdomains"));
    network->subdomain_key = compile(loading, "/address/subdomain_key", text_of(address, "subdomain_key"));
    network->numbered = compile(loading, "/address/numbered", text_of(address, "numbered"));
    read_refused(loading, address);
    network->rules = read_rules(loading, address, "rules", read_rule, &network->rule_count);
    network->bare = read_rules(loading, address, "bare", read_bare, &network->bare_count);
    if (json_object_get(address, "redirect") != NULL) {
        const json_t *redirect =
            document_object(loading->document, loading->pool, "/address/redirect", redirect_members);
        network->redirect = compile(loading, "/address/redirect/path", text_of(redirect, "path"));
        network->redirect_parameter = text_of(redirect, "parameter");
    }
    if (json_object_get(address, "scheme") != NULL) {
        const json_t *scheme = document_object(loading->document, loading->pool, "/address/scheme", scheme_members);
        network->scheme = text_of(scheme, "name");
        network->scheme_host = text_of(scheme, "host");
        network->scheme_parameter = text_of(scheme, "parameter");
    }
    if (network->url != NULL && strstr(network->url, "{key}") == NULL)
        document_mistake(loading->document, loading->pool, "/address/url", "must hold {key}");
    if (address != NULL && !network->any_host && network->hosts[0] == NULL)
        document_mistake(loading->document, loading->pool, "/address", "either hosts or any_host is needed");
}

static void check_table(struct loading *loading)
{
    json_t *table = json_object_get(loading->network->document, "checks");
    const char *check;
    json_t *word;
    json_object_foreach(table, check, word)
    {
        const char *pointer = pool_print(loading->pool, "/checks/%s", check);
        const struct check_rule *rule = check_find(check);
        if (rule == NULL || rule->by_person)
            document_mistake(loading->document, loading->pool, pointer, "\"%s\" is not known here", check);
        want_word(loading, pointer, tells, json_string_value(word));
    }
}

/* Each element of the array at pointer is an object of these members; its states, where it names one, are known. */
static void check_list(struct loading *loading, const char *pointer, const json_t *array,
                       const struct document_member *members)
{
    for (size_t i = 0; i < json_array_size(array); i++) {
        const char *place = pool_print(loading->pool, "%s/%zu", pointer, i);
        const json_t *object = document_object(loading->document, loading->pool, place, members);
        const char *state = text_of(object, "state");
        const char *keep = text_of(object, "keep");
        if (state != NULL)
            want_word(loading, pool_print(loading->pool, "%s/state", place), states, state);
        if (keep != NULL)
            want_word(loading, pool_print(loading->pool, "%s/keep", place), states, keep);
        compile(loading, place, text_of(object, "match"));
        compile(loading, place, text_of(object, "text"));
        compile(loading, place, state == NULL ? NULL : text_of(object, "url")); /* of a request they are no patterns */
        compile(loading, place, state == NULL ? NULL : text_of(object, "name"));
    }
}

static void check_facts(struct loading *loading, const char *pointer, json_t *facts,
                        const struct document_member *members, const char *const *kinds)
{
    const char *name;
    json_t *fact;
    json_object_foreach(facts, name, fact)
    {
        const char *place = pool_print(loading->pool, "%s/%s", pointer, name);
        document_object(loading->document, loading->pool, place, members);
        want_word(loading, pool_print(loading->pool, "%s/as", place), kinds, text_of(fact, "as"));
        compile(loading, place, text_of(fact, "else_not"));
    }
}

/* A request asks an address of the account, a method of the network's API, or an address that was told as a fact. */
static void check_request(struct loading *loading, const char *pointer, const json_t *request,
                          const struct probe *probe)
{
    const char *url = text_of(request, "url");
    const char *method = text_of(request, "method");
    const json_t *after = json_object_get(request, "after");
    const char *fact = text_of(request, "fact");
    if ((url != NULL) + (method != NULL) + (fact != NULL) != 1)
        document_mistake(loading->document, loading->pool, pointer, "a request has either a url or a method");
    if (url != NULL && strstr(url, "{key}") == NULL)
        document_mistake(loading->document, loading->pool, pool_print(loading->pool, "%s/url", pointer),
                         "must hold {key}");
    if (method != NULL && (probe == NULL || !is_one_of(probe->methods, method)))
        document_mistake(loading->document, loading->pool, pool_print(loading->pool, "%s/method", pointer),
                         "\"%s\" is no method of the API", method);
    for (size_t i = 0; i < json_array_size(after); i++) {
        const char *state = json_string_value(json_array_get(after, i));
        if (!text_equal(state, "nothing"))
            want_word(loading, pool_print(loading->pool, "%s/after/%zu", pointer, i), states, state);
    }
}

/* Pointers are plain: "/name/name". */
static void check_pointer(struct loading *loading, const char *place, const json_t *pointer)
{
    const char *text = json_string_value(pointer);
    if (pointer != NULL && (text == NULL || text[0] != '/' || text[1] == '\0'))
        document_mistake(loading->document, loading->pool, place, "must be a JSON pointer, \"/name\"");
}

/* A table of states by what lies at a pointer. */
static void check_api_states(struct loading *loading, const char *pointer, const json_t *lines)
{
    check_list(loading, pointer, lines, api_state_members);
    for (size_t i = 0; i < json_array_size(lines); i++)
        check_pointer(loading, pool_print(loading->pool, "%s/%zu/pointer", pointer, i),
                      json_object_get(json_array_get(lines, i), "pointer"));
}

static void check_api_facts(struct loading *loading, json_t *facts)
{
    const char *name;
    json_t *fact;
    check_facts(loading, "/api/facts", facts, api_fact_members, api_kinds);
    json_object_foreach(facts, name, fact)
    {
        const json_t *pointers = json_object_get(fact, "pointers");
        const char *place = pool_print(loading->pool, "/api/facts/%s", name);
        check_pointer(loading, pool_print(loading->pool, "%s/else_pointer", place),
                      json_object_get(fact, "else_pointer"));
        for (size_t i = 0; i < json_array_size(pointers); i++)
            check_pointer(loading, pool_print(loading->pool, "%s/pointers/%zu", place, i), json_array_get(pointers, i));
    }
}

static void check_errors(struct loading *loading, const json_t *errors)
{
    check_list(loading, "/api/errors", errors, error_members);
    for (size_t i = 0; i < json_array_size(errors); i++) {
        const json_t *listed = json_object_get(json_array_get(errors, i), "codes");
        for (size_t j = 0; j < json_array_size(listed); j++)
            if (!json_is_integer(json_array_get(listed, j)))
                document_mistake(loading->document, loading->pool,
                                 pool_print(loading->pool, "/api/errors/%zu/codes/%zu", i, j), "must be an integer");
    }
}

static const struct probe *check_api(struct loading *loading, const json_t *api)
{
    const char *kind = text_of(api, "kind");
    const struct probe *probe = probe_find(kind);
    if (api == NULL)
        return NULL;
    if (probe == NULL) {
        document_mistake(loading->document, loading->pool, kind == NULL ? "/api" : "/api/kind",
                         "\"%s\" is no kind of API", kind == NULL ? "" : kind);
        return NULL;
    }
    document_object(loading->document, loading->pool, "/api", probe->members);
    check_errors(loading, json_object_get(api, "errors"));
    check_api_states(loading, "/api/states", json_object_get(api, "states"));
    check_api_states(loading, "/api/names", json_object_get(api, "names"));
    check_api_facts(loading, json_object_get(api, "facts"));
    return probe;
}

static void check_requests(struct loading *loading, const json_t *requests, const struct probe *probe)
{
    check_list(loading, "/requests", requests, request_members);
    for (size_t i = 0; i < json_array_size(requests); i++)
        check_request(loading, pool_print(loading->pool, "/requests/%zu", i), json_array_get(requests, i), probe);
}

static void want_count(struct loading *loading, const char *pointer, const json_t *number)
{
    if (json_is_integer(number) && json_integer_value(number) < 0)
        document_mistake(loading->document, loading->pool, pointer, "must be 0 or more");
}

static void check_limits(struct loading *loading)
{
    const json_t *limits = document_object(loading->document, loading->pool, "/limits", limit_members);
    json_t *daily = json_object_get(limits, "daily");
    const char *method;
    json_t *most;
    want_count(loading, "/limits/per_second", json_object_get(limits, "per_second"));
    want_count(loading, "/limits/concurrent", json_object_get(limits, "concurrent"));
    want_count(loading, "/limits/batch", json_object_get(limits, "batch"));
    json_object_foreach(daily, method, most)
    {
        const char *pointer = pool_print(loading->pool, "/limits/daily/%s", method);
        if (!json_is_integer(most))
            document_mistake(loading->document, loading->pool, pointer, "must be a whole number");
        want_count(loading, pointer, most);
    }
}

/* A time is ISO 8601 or RFC 822, or as people write it. */
static void check_posts(struct loading *loading, const char *pointer)
{
    const json_t *posts = document_object(loading->document, loading->pool, pointer, post_members);
    const char *kind = text_of(posts, "as");
    if (kind != NULL && strcmp(kind, "moment") != 0)
        document_mistake(loading->document, loading->pool, pool_print(loading->pool, "%s/as", pointer),
                         "\"%s\" is not known here", kind);
}

/* What each number of the breaker may be; the database remembers runs for three hours. */
static const struct {
    const char *name;
    json_int_t least, most, standard;
} breaker_bounds[] = {
    {"window_minutes", 10, 180, 180}, {"looks_least", 6, 200, 12},   {"looks_most", 6, 500, 24},
    {"opens_percent", 50, 100, 60},   {"closes_percent", 1, 50, 25}, {"again_minutes", 1, 60, 5},
};

static json_int_t breaker_number(const json_t *breaker, size_t which)
{
    const json_t *number = json_object_get(breaker, breaker_bounds[which].name);
    return number == NULL ? breaker_bounds[which].standard : json_integer_value(number);
}

/* What the file leaves out is as breaker_rule_of() of the database has it. */
static void check_breaker(struct loading *loading)
{
    enum { LOOKS_LEAST = 1, LOOKS_MOST, OPENS, CLOSES };
    if (json_object_get(loading->network->document, "breaker") == NULL)
        return;
    const json_t *breaker = document_object(loading->document, loading->pool, "/breaker", breaker_members);
    for (size_t i = 0; i < sizeof breaker_bounds / sizeof *breaker_bounds; i++) {
        json_int_t number = breaker_number(breaker, i);
        if (number < breaker_bounds[i].least || number > breaker_bounds[i].most)
            document_mistake(loading->document, loading->pool,
                             pool_print(loading->pool, "/breaker/%s", breaker_bounds[i].name),
                             "must be from %" JSON_INTEGER_FORMAT " to %" JSON_INTEGER_FORMAT, breaker_bounds[i].least,
                             breaker_bounds[i].most);
    }
    if (breaker_number(breaker, LOOKS_MOST) < breaker_number(breaker, LOOKS_LEAST))
        document_mistake(loading->document, loading->pool, "/breaker", "looks_most is less than looks_least");
    if (breaker_number(breaker, CLOSES) >= breaker_number(breaker, OPENS))
        document_mistake(loading->document, loading->pool, "/breaker", "it must close at less than it opens at");
}

static void check_reading(struct loading *loading)
{
    const json_t *root = loading->network->document;
    const struct probe *probe = check_api(loading, json_object_get(root, "api"));
    check_requests(loading, json_object_get(root, "requests"), probe);
    const json_t *html = document_object(loading->document, loading->pool, "/html", html_members);
    check_list(loading, "/html/states", json_object_get(html, "states"), state_members);
    check_facts(loading, "/html/facts", json_object_get(html, "facts"), fact_members, html_kinds);
    if (json_object_get(html, "posts") != NULL)
        check_posts(loading, "/html/posts");
    if (json_object_get(root, "feed") != NULL)
        check_posts(loading, "/feed");
    check_limits(loading);
}

/* NULL after printing the mistakes. */
static struct network *read_file(struct pool *pool, const char *path)
{
    struct loading loading = {.document = document_read(pool, path), .pool = pool};
    if (loading.document->root != NULL) {
        loading.network = pool_alloc(pool, sizeof *loading.network);
        loading.network->document = loading.document->root;
        document_object(loading.document, pool, "", file_members);
        loading.network->code = text_of(loading.document->root, "code");
        loading.network->version = (int)json_integer_value(json_object_get(loading.document->root, "version"));
        read_address(&loading);
        check_table(&loading);
        check_breaker(&loading);
        check_reading(&loading);
    }
    return document_sound(loading.document) ? loading.network : NULL;
}

static void release_glob(void *found)
{
    globfree(found);
}

struct network_set *network_load(const char *directory)
{
    struct pool *pool = pool_new();
    struct network_set *set = pool_alloc(pool, sizeof *set);
    set->pool = pool;
    glob_t *found = pool_adopt(pool, pool_alloc(pool, sizeof *found), release_glob);
    const char *pattern = pool_print(pool, "%s/*.json", directory);
    if (glob(pattern, 0, NULL, found) != 0) {
        fprintf(stderr, "%s: holds no network files\n", directory);
        pool_free(pool);
        return NULL;
    }
    set->networks = pool_alloc(pool, found->gl_pathc * sizeof *set->networks);
    bool sound = true;
    for (size_t i = 0; i < found->gl_pathc; i++) {
        struct network *network = read_file(pool, found->gl_pathv[i]);
        if (network != NULL && network_find(set, network->code) != NULL) {
            fprintf(stderr, "%s:1: the code \"%s\" is taken by another file\n", found->gl_pathv[i], network->code);
            network = NULL;
        }
        sound = sound && network != NULL;
        if (network != NULL)
            set->networks[set->count++] = network;
    }
    if (sound)
        return set;
    pool_free(pool);
    return NULL;
}

void network_set_free(struct network_set *set)
{
    if (set != NULL)
        pool_free(set->pool);
}

size_t network_count(const struct network_set *set)
{
    return set->count;
}

const struct network *network_at(const struct network_set *set, size_t number)
{
    return set->networks[number];
}

const struct network *network_find(const struct network_set *set, const char *code)
{
    for (size_t i = 0; i < set->count; i++)
        if (text_equal(set->networks[i]->code, code))
            return set->networks[i];
    return NULL;
}

const char *network_code(const struct network *network)
{
    return network->code;
}

int network_version(const struct network *network)
{
    return network->version;
}

const json_t *network_document(const struct network *network)
{
    return network->document;
}

const char *network_tells(const struct network *network, const char *check)
{
    return text_of(json_object_get(network->document, "checks"), check);
}

bool network_may_be_same(const struct network *network, const char *one, const char *two)
{
    if (strcmp(one, two) == 0)
        return true;
    return network->numbered != NULL &&
           (regexec(network->numbered, one, 0, NULL, 0) == 0) != (regexec(network->numbered, two, 0, NULL, 0) == 0);
}

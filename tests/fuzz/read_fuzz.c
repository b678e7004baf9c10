/*
 * read_fuzz.c: the first byte picks the network, the second how it answered, the rest is its answer: a page, extracted
 * in this process as the confined child does, or answers of one of the APIs, parted by form feeds.
 *
 * Whatever comes: no crash, and every verdict has a result and a reason.
 */
#include "veha/network.h"
#include "veha/text.h"

#include "tenants/probe/probe.h"
#include "tenants/probe/vk_share.h"
#include "tenants/verify/confine.h"
#include "tenants/verify/extract.h"
#include "tenants/verify/judge.h"
#include "tenants/verify/moment.h"

#include <locale.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static struct network_set *networks;
static struct extractor *extractor;

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    setlocale(LC_CTYPE, "C.UTF-8");
    networks = network_load("templates/networks");
    extractor = networks == NULL ? NULL : extractor_new(networks);
    return extractor == NULL ? (abort(), 1) : 0;
}

static size_t number_of(const struct network *network)
{
    size_t number = 0;
    while (network_at(networks, number) != network)
        number++;
    return number;
}

/* In place of the confined child's, which a fuzzer could not look into. */
json_t *reader_extract(struct reader *reader, const struct network *network, const char *html, size_t length)
{
    (void)reader;
    return extractor_run(extractor, number_of(network), html, length);
}

json_t *reader_extract_feed(struct reader *reader, const struct network *network, const char *xml, size_t length)
{
    (void)reader;
    return extractor_run_feed(extractor, number_of(network), xml, length);
}

static void judge_reading(const struct network *network, const json_t *reading)
{
    json_t *subject =
        json_pack("{s:s, s:s, s:s}", "name", "ШКОЛА № 4", "site_host", "a.example", "ogrn", "1022800507982");
    const struct judge_case judged = {
        .networks = networks, .network = network, .reading = reading, .subject = subject, .now = 1800000000};
    json_t *verdicts = judge(&judged);
    for (size_t i = 0; i < json_array_size(verdicts); i++) {
        const char *reason = json_string_value(json_object_get(json_array_get(verdicts, i), "reason"));
        if (reason == NULL || *reason == '\0')
            abort();
    }
    json_decref(verdicts);
    json_decref(subject);
}

static const struct {
    const char *fault, *url, *type;
    long status;
} manners[] = {
    {NULL, "https://school.example/", "text/html; charset=windows-1251", 200},
    {NULL, "https://t.me/s/school", "text/html", 200},
    {NULL, "https://vk.com/429.html", NULL, 200},
    {NULL, "https://school.example/showcaptcha", "text/plain", 404},
    {NULL, "https://school.example/", "application/json", 200},
    {NULL, "https://school.example/", "text/html; charset=utf-8", 503},
    {NULL, "https://school.example/", "text/html", 502},
    {"timeout", "https://school.example/", NULL, 0},
};

enum { MANNERS = sizeof manners / sizeof *manners };

static struct answer answer_of(size_t manner, const char *bytes, size_t size)
{
    return (struct answer){.fault = manners[manner].fault,
                           .status = manners[manner].status,
                           .url = manners[manner].url,
                           .content_type = manners[manner].type,
                           .bytes = bytes,
                           .length = size};
}

/* A page, and the same bytes as a feed and as a moment that people wrote. */
static void read_as_page(struct pool *pool, size_t network, const struct answer *answer)
{
    int64_t at;
    json_t *feed = reading_new("present", NULL);
    json_t *reading = read_page(NULL, networks, network_at(networks, network), answer);
    if (reading_state(reading) == NULL)
        abort();
    reading_fact(feed, "feed", json_string(answer->url), "page");
    read_feed(NULL, network_at(networks, network), answer, feed);
    moment_read(pool, answer->bytes, 1800000000, 3 * 3600, &at);
    judge_reading(network_at(networks, network), reading);
    judge_reading(network_at(networks, network), feed);
    json_decref(reading);
    json_decref(feed);
}

static const struct {
    const char *network, *key;
} accounts[] = {
    {"vk", "club1"}, {"ok", "group/70000002429207"}, {"ok", "school.one"}, {"max", "school_one"}, {"vk", "school"}};

enum { ACCOUNTS = sizeof accounts / sizeof *accounts };

/* The next part of what came; the last one again and again. */
static struct answer next_answer(struct answer *rest)
{
    struct answer next = *rest;
    const char *end = memchr(rest->bytes, '\f', rest->length);
    if (end == NULL)
        return next;
    next.length = (size_t)(end - rest->bytes);
    rest->bytes = end + 1;
    rest->length -= next.length + 1;
    return next;
}

static void read_api(struct pool *pool, size_t account, struct answer answer)
{
    static const struct look_setting settings[] = {
        {"vk", "token", "t"},        {"vk", "api", "https://api.example"},  {"ok", "application_key", "k"},
        {"ok", "access_token", "t"}, {"ok", "session_secret", "s"},         {"ok", "api", "https://api.example"},
        {"max", "token", "t"},       {"max", "api", "https://api.example"}, {0}};
    const struct look_tools tools = {.networks = networks, .settings = settings};
    const struct network *network = network_find(networks, accounts[account].network);
    const char *kind = json_string_value(json_object_get(json_object_get(network_document(network), "api"), "kind"));
    struct probe_look look = {
        .pool = pool, .tools = &tools, .network = network, .probe = probe_find(kind), .key = accounts[account].key};
    const json_t *requests = json_object_get(network_document(network), "requests");
    if (strcmp(kind, "max") == 0) { /* its page told the number of the channel */
        look.reading = reading_new("unfamiliar", "needs_token");
        reading_fact(look.reading, "channel", json_string("9007199254740993"), "page");
    }
    for (size_t i = 0; i < json_array_size(requests); i++) {
        struct look_request request;
        const json_t *line = json_array_get(requests, i);
        const char *method = json_string_value(json_object_get(line, "method"));
        const char *after = json_string_value(json_array_get(json_object_get(line, "after"), 0));
        bool posts = after != NULL && strcmp(after, "present") == 0;
        bool present = look.reading != NULL && strcmp(reading_state(look.reading), "present") == 0;
        json_int_t times = json_integer_value(json_object_get(line, "times"));
        if (method == NULL || posts != present)
            continue;
        for (look.turn = 0; look.turn < (times > 1 ? times : 1); look.turn++) {
            if (!look.probe->ask(&look, method, &request))
                break;
            const struct answer next = next_answer(&answer);
            look.probe->read(&look, method, &next);
        }
    }
    if (look.reading != NULL)
        judge_reading(look.network, look.reading);
    json_decref(look.reading);
}

/* An answer for many communities at once, parted. */
static void split_batch(struct pool *pool, const struct answer *answer)
{
    static const char *const ids[] = {"1", "school", "970000001"};
    const char *own[3];
    if (vk_split(pool, answer, ids, 3, own) && own[0] != NULL && strchr(own[0], '{') == NULL)
        abort();
    vk_refuses(answer);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    if (size < 2)
        return 0;
    struct pool *pool = pool_new();
    const char *text = pool_copy_length(pool, (const char *)bytes + 2, size - 2);
    const struct answer answer = answer_of(bytes[1] % MANNERS, text, size - 2);
    size_t network = bytes[0] % (network_count(networks) + ACCOUNTS);
    if (network < network_count(networks))
        read_as_page(pool, network, &answer);
    else
        read_api(pool, network - network_count(networks), answer);
    if (network == network_count(networks))
        split_batch(pool, &answer);
    pool_free(pool);
    return 0;
}

/*
 * read_fuzz.c: the first byte picks the network, the rest is its answer: a page and a feed through the extractor as the
 * confined child runs it, or an answer of one of the APIs.
 *
 * Whatever comes: no crash, and every verdict has a result and a reason.
 */
#include "veha/network.h"
#include "veha/text.h"

#include "tenants/probe/probe.h"
#include "tenants/verify/charset.h"
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

static void extract_page(struct pool *pool, size_t network, const char *bytes, size_t size)
{
    size_t length;
    const char *charset;
    const char *html = charset_convert(pool, bytes, size, NULL, &length, &charset);
    json_t *result = extractor_run(extractor, network, html, length);
    int64_t at;
    moment_read(pool, html, 1800000000, 3 * 3600, &at);
    json_t *feed = extractor_run_feed(extractor, network, html, length);
    if (!json_is_object(result) || !json_is_object(feed))
        abort();
    json_decref(result);
    json_decref(feed);
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
    const char *network, *key;
} accounts[] = {{"vk", "club1"}, {"ok", "group/70000002429207"}, {"ok", "school.one"}, {"max", "school_one"}};

enum { ACCOUNTS = sizeof accounts / sizeof *accounts };

/* The same bytes as the answer to all that is asked of the API; the first method tells the account, the rest its posts.
 */
static void read_api(struct pool *pool, size_t account, const char *bytes, size_t size)
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
    const struct answer answer = {.status = 200, .url = "https://api.example", .bytes = bytes, .length = size};
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
        if (method != NULL && posts == present && look.probe->ask(&look, method, &request))
            look.probe->read(&look, method, &answer);
    }
    if (look.reading != NULL)
        judge_reading(look.network, look.reading);
    json_decref(look.reading);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    if (size == 0)
        return 0;
    struct pool *pool = pool_new();
    const char *answer = pool_copy_length(pool, (const char *)bytes + 1, size - 1);
    size_t network = bytes[0] % (network_count(networks) + ACCOUNTS);
    if (network < network_count(networks))
        extract_page(pool, network, answer, size - 1);
    else
        read_api(pool, network - network_count(networks), answer, size - 1);
    pool_free(pool);
    return 0;
}

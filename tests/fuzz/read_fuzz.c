/*
 * read_fuzz.c: the first byte picks the network, the rest is its answer: a page through the extractor as the confined
 * child runs it, and an answer of the ВКонтакте API.
 *
 * Whatever comes: no crash, and every verdict has a result and a reason.
 */
#include "veha/network.h"
#include "veha/text.h"

#include "tenants/probe/probe.h"
#include "tenants/verify/charset.h"
#include "tenants/verify/extract.h"
#include "tenants/verify/judge.h"

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
    if (!json_is_object(result))
        abort();
    json_decref(result);
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

/* The answer to groups.getById, then the same bytes as the answer to wall.get. */
static void read_api(struct pool *pool, const char *bytes, size_t size)
{
    const struct look_tools tools = {.networks = networks, .vk_token = "token", .vk_api = "https://api.vk.com/method"};
    struct probe_look look = {.pool = pool, .tools = &tools, .network = network_find(networks, "vk"), .key = "club1"};
    const struct answer answer = {.status = 200, .url = "https://api.vk.com/method", .bytes = bytes, .length = size};
    probe_vk.read(&look, "groups.getById", &answer);
    if (look.reading != NULL && strcmp(reading_state(look.reading), "present") == 0)
        probe_vk.read(&look, "wall.get", &answer);
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
    size_t network = bytes[0] % (network_count(networks) + 1);
    if (network < network_count(networks))
        extract_page(pool, network, answer, size - 1);
    else
        read_api(pool, answer, size - 1);
    pool_free(pool);
    return 0;
}

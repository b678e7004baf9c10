/* account.c: brings an account's address, in any spelling, into its one form before SQL sees it. */
#include "account.h"

#include "veha/config.h"
#include "veha/network.h"
#include "veha/qr.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static struct network_set *networks;

bool account_load(const struct config *config)
{
    struct pool *pool = pool_new();
    struct network_set *fresh =
        network_load(pool_print(pool, "%s/networks", config_text(config, "templates", "directory")));
    pool_free(pool);
    if (fresh == NULL) {
        return false;
    }
    network_set_free(networks);
    networks = fresh;
    return true;
}

const struct network_set *account_networks(void)
{
    return networks;
}

void account_canonicalise(struct request *request)
{
    struct network_address address;
    const char *code =
        network_address_read(networks, NULL, request_pool(request), request_argument(request, "address"), &address);

    if (code != NULL) {
        struct fault *fault = NULL;
        fault_add(request_pool(request), &fault, "address", code);
        request_fault(request, fault);
        return;
    }
    /* Copied, for a reload may free the networks while the request waits. */
    request_argument_set(request, "network", pool_copy(request_pool(request), network_code(address.network)));
    request_argument_set(request, "key", address.key);
    request_argument_set(request, "url", address.url);
    request_run(request);
}

/* The one form of an address, "@name" being one of whatever network; NULL when the words are none. */
static const char *address_of(struct request *request, const char *words, const char **network)
{
    struct network_address address;

    if (words != NULL && *words == '@')
        return words + 1;
    if (words == NULL || network_address_read(networks, NULL, request_pool(request), words, &address) != NULL)
        return NULL;
    *network = pool_copy(request_pool(request), network_code(address.network));
    return address.key;
}

void account_search(struct request *request)
{
    const char *network = NULL;

    request_argument_set(request, "address", address_of(request, request_argument(request, "search"), &network));
    request_run(request);
}

void account_find(struct request *request)
{
    const char *network = NULL;

    request_argument_set(request, "address", address_of(request, request_argument(request, "q"), &network));
    request_argument_set(request, "network", network);
    request_run(request);
}

/* ---- the poster ---- */

/* Addresses are bounded far below what a code holds. */
static const char *draw_poster(struct request *request, const json_t *told, unsigned *size)
{
    const json_t *url = json_object_get(json_object_get(told, "account"), "url");
    return qr_path(request_pool(request), json_string_value(url), size);
}

static void on_poster(void *data, const struct unit_result *result)
{
    struct request *request = data;
    json_t *told = request_document(request, result);
    unsigned size = 0;

    if (told == NULL)
        return;
    const char *path = request_wants_html(request) ? draw_poster(request, told, &size) : NULL;
    if (path != NULL)
        json_object_set_new(told, "qr", json_pack("{s:i, s:s}", "size", (int)size, "path", path));
    char *text = pool_adopt(request_pool(request), json_dumps(told, JSON_COMPACT), free);
    request_reply(request, 200, text, strlen(text));
}

void account_poster(struct request *request)
{
    request_run_to(request, on_poster, request);
}

static void on_poster_svg(void *data, const struct unit_result *result)
{
    struct request *request = data;
    struct pool *pool = request_pool(request);
    const json_t *told = request_document(request, result);
    unsigned size = 0;

    if (told == NULL)
        return;
    const char *path = draw_poster(request, told, &size);
    const char *drawing =
        pool_print(pool,
                   "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %u %u\"><path fill=\"#fff\" "
                   "d=\"M0 0h%uv%uH0z\"/><path d=\"%s\"/></svg>\n",
                   size, size, size, size, path == NULL ? "" : path);
    request_set_header(request, "content-disposition",
                       pool_print(pool, "attachment; filename=\"qr-%s.svg\"", request_argument(request, "account")));
    request_reply_bytes(request, 200, "image/svg+xml", drawing, strlen(drawing));
}

/* Under no representation of its own: the document is asked for as the page does. */
void account_poster_svg(struct request *request)
{
    const char *const values[] = {request_argument(request, "id"), request_argument(request, "account")};
    const struct unit_statement statement = {.query = query_find("account_qr"), .values = values};
    const struct unit_request unit = {.lane = LANE_READ, .statements = &statement, .statement_count = 1};
    request_unit(request, &unit, on_poster_svg, request);
}

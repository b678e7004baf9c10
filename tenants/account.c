/* account.c: brings an account's address, in any spelling, into its one form before SQL sees it. */
#include "account.h"

#include "veha/config.h"
#include "veha/network.h"

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

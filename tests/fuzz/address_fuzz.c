/*
 * address_fuzz.c reads whatever comes as an address, of any network and of each, and as a link.
 *
 * What is accepted must be stable: its own URL reads as the same account again, and its host is a name, never a number.
 */
#include "veha/network.h"
#include "veha/text.h"

#include <locale.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static struct network_set *networks;

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    setlocale(LC_CTYPE, "C.UTF-8");
    networks = network_load("templates/networks");
    return networks == NULL ? (abort(), 1) : 0;
}

static void check_account(struct pool *pool, const struct network_address *first)
{
    struct network_address second;
    if (*first->key == '\0' || strpbrk(first->key, " \t\r\n#") != NULL)
        abort();
    if (network_address_read(networks, NULL, pool, first->url, &second) != NULL)
        abort();
    if (second.network != first->network || strcmp(second.key, first->key) != 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct pool *pool = pool_new();
    struct network_address address;
    const char *text = pool_copy_length(pool, (const char *)bytes, size);
    if (network_address_read(networks, NULL, pool, text, &address) == NULL)
        check_account(pool, &address);
    for (size_t i = 0; i < network_count(networks); i++) {
        if (network_address_read(networks, network_at(networks, i), pool, text, &address) != NULL)
            continue;
        if (address.network != network_at(networks, i))
            abort();
        check_account(pool, &address);
    }
    if (network_link_read(networks, pool, text, &address) == NULL)
        check_account(pool, &address);
    pool_free(pool);
    return 0;
}

/*
 * network_fuzz.c: the bytes are a network file, loaded as the program does: what is wrong with it is told, never a
 * crash, and one that is sound compiles and reads addresses.
 *
 * Its authors are a region's own people, so what only a hostile author would write into a pattern (counted repeats
 * within repeats, which the C library expands) is left out.
 */
#include "veha/network.h"
#include "veha/text.h"

#include "tenants/verify/extract.h"

#include <ctype.h>
#include <locale.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { GROUPS_MOST = 200, REPEATS_MOST = 5000 };

static char folder[64];
static char file[96];

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void remove_folder(void)
{
    unlink(file);
    rmdir(folder);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    setlocale(LC_CTYPE, "C.UTF-8");
    snprintf(folder, sizeof folder, "%s/veha-fuzz-XXXXXX", access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    if (mkdtemp(folder) == NULL)
        abort();
    snprintf(file, sizeof file, "%s/fuzz.json", folder);
    atexit(remove_folder);
    stderr =
        fopen("/dev/null", "w"); /* mistakes are told there; what the fuzzer and the sanitizers say goes elsewhere */
    return stderr == NULL ? (abort(), 1) : 0;
}

/* The largest number of a counted repeat, "{3,31}"; 1 when it is none. */
static unsigned long repeat_at(const char *at)
{
    char *rest;
    if (!isdigit((unsigned char)*at))
        return 1;
    unsigned long least = strtoul(at, &rest, 10);
    unsigned long most = *rest == ',' && isdigit((unsigned char)rest[1]) ? strtoul(rest + 1, NULL, 10) : least;
    return most > 1 ? most : 1;
}

/* Of each text of the file, the product of its counted repeats. */
static bool is_modest(const char *text)
{
    size_t groups = 0;
    unsigned long product = 1;
    for (; *text != '\0'; text++) {
        groups += *text == '(';
        product = *text == '"' ? 1 : *text == '{' ? product * repeat_at(text + 1) : product;
        if (groups > GROUPS_MOST || product > REPEATS_MOST)
            return false;
    }
    return true;
}

static void use(const struct network_set *networks)
{
    static const char *const texts[] = {"https://vk.com/club1", "@school", "school.example/a", "tg://resolve?domain=a"};
    struct pool *pool = pool_new();
    struct network_address address;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        network_address_read(networks, NULL, pool, texts[i], &address);
        network_address_read(networks, network_at(networks, 0), pool, texts[i], &address);
        network_link_read(networks, pool, texts[i], &address);
    }
    network_tells(network_at(networks, 0), "EXIST");
    network_may_be_same(network_at(networks, 0), "club1", "school");
    extractor_free(extractor_new(networks));
    pool_free(pool);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct pool *pool = pool_new();
    bool modest = is_modest(pool_copy_length(pool, (const char *)bytes, size));
    pool_free(pool);
    if (!modest)
        return 0;
    FILE *out = fopen(file, "w");
    if (out == NULL || fwrite(bytes, 1, size, out) != size || fclose(out) != 0)
        abort();
    struct network_set *networks = network_load(folder);
    if (networks != NULL)
        use(networks);
    network_set_free(networks);
    return 0;
}

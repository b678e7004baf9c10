/* check_config.c: veha check-config reads the configuration and what it names, and tells every mistake. */
#include "veha/network.h"
#include "veha/roadmap.h"

#include "command.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Files and folders that must be readable when they are set. */
static const struct {
    const char *section;
    const char *key;
} readable[] = {
    {"web", "certificate"}, {"web", "key"},        {"web", "assets"},
    {"tokens", "keys"},     {"verify", "ca_file"}, {"templates", "directory"},
};

static unsigned check_paths(const struct config *config)
{
    unsigned mistakes = 0;
    for (size_t i = 0; i < sizeof readable / sizeof readable[0]; i++) {
        const char *path = config_text(config, readable[i].section, readable[i].key);
        if (*path == '\0' || access(path, R_OK) == 0)
            continue;
        fprintf(stderr, "[%s] %s: %s cannot be read\n", readable[i].section, readable[i].key, path);
        mistakes++;
    }
    return mistakes;
}

/* The loaders print every mistake themselves. */
static unsigned check_templates(struct pool *pool, const struct config *config)
{
    const char *directory = config_text(config, "templates", "directory");
    struct network_set *networks = network_load(pool_print(pool, "%s/networks", directory));
    if (networks == NULL)
        return 1;
    bool sound = roadmap_load(pool, pool_print(pool, "%s/roadmaps", directory), networks) != NULL;
    network_set_free(networks);
    return sound ? 0 : 1;
}

int command_check_config(int argc, char **argv)
{
    struct pool *pool = pool_new();
    struct config *config = command_config(pool, &argc, argv);
    int status = EXIT_FAILURE;
    if (config != NULL && argc > 1) {
        status = command_usage(argv[0], "[--config FILE]");
    } else if (config != NULL && check_paths(config) + check_templates(pool, config) == 0) {
        puts("The configuration is sound.");
        status = EXIT_SUCCESS;
    }
    pool_free(pool);
    return status;
}

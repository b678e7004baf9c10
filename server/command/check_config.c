/* check_config.c: veha check-config reads the configuration and what it names, and tells every mistake. */
#include "veha/clock.h"
#include "veha/network.h"
#include "veha/roadmap.h"
#include "veha/rubric.h"

#include "command.h"
#include "tenants/verify/calendar.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char *unreadable(const char *path)
{
    return access(path, R_OK) == 0 ? NULL : "names a file or folder that cannot be read";
}

static const char *unknown_zone(const char *zone)
{
    return clock_knows_zone(zone) ? NULL : "names no time zone";
}

/* What must be set before the program can serve, and what is wrong with it when it is set (NULL: anything will do). */
static const struct {
    const char *section;
    const char *key;
    bool needed;
    const char *(*wrong)(const char *value);
} checks[] = {
    {"region", "code", true, NULL},
    {"region", "name", true, NULL},
    {"region", "timezone", true, unknown_zone},
    {"region", "deadline", true, NULL},
    {"web", "certificate", true, unreadable},
    {"web", "key", true, unreadable},
    {"web", "assets", true, unreadable},
    {"tokens", "keys", true, unreadable},
    {"templates", "directory", true, unreadable},
    {"verify", "ca_file", false, unreadable},
    {"mail", "ca_file", false, unreadable},
    {"mail", "directory", false, unreadable},
};

static const char *objection(const struct config *config, size_t check)
{
    const char *value = config_text(config, checks[check].section, checks[check].key);
    if (*value == '\0')
        return checks[check].needed ? "is not set" : NULL;
    return checks[check].wrong == NULL ? NULL : checks[check].wrong(value);
}

static unsigned check_values(const struct config *config)
{
    unsigned mistakes = 0;
    for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++) {
        const char *reason = objection(config, i);
        if (reason == NULL)
            continue;
        fprintf(stderr, "[%s] %s %s\n", checks[i].section, checks[i].key, reason);
        mistakes++;
    }
    return mistakes;
}

/* Requests to Одноклассники are signed by a whole set of keys, or not at all. */
static unsigned check_ok_keys(const struct config *config)
{
    bool key = *config_text(config, "ok", "application_key") != '\0';
    bool token = *config_text(config, "ok", "access_token") != '\0';
    bool secret = *config_text(config, "ok", "session_secret") != '\0' ||
                  *config_text(config, "ok", "application_secret") != '\0';
    if (key == token && token == secret)
        return 0;
    fputs("[ok] application_key, access_token and one of session_secret and application_secret go together\n", stderr);
    return 1;
}

/* The loaders print every mistake themselves; calendars are read in any zone, for the region's is told of above. */
static unsigned check_templates(struct pool *pool, const struct config *config)
{
    const char *directory = config_text(config, "templates", "directory");
    struct network_set *networks = network_load(pool_print(pool, "%s/networks", directory));
    if (networks == NULL)
        return 1;
    bool sound = roadmap_load(pool, pool_print(pool, "%s/roadmaps", directory), networks) != NULL;
    sound = rubric_load(pool, pool_print(pool, "%s/rubrics", directory)) != NULL && sound;
    sound = calendar_load(pool, pool_print(pool, "%s/calendars", directory), "UTC") != NULL && sound;
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
    } else if (config != NULL && check_values(config) + check_ok_keys(config) + check_templates(pool, config) == 0) {
        puts("The configuration is sound.");
        status = EXIT_SUCCESS;
    }
    pool_free(pool);
    return status;
}

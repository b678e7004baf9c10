/* verify.c: `veha verify` looks at accounts and records what it sees; with --replay it judges again what was seen. */
#include "veha/text.h"

#include "command.h"
#include "tenants/verify/loop.h"
#include "tenants/verify/replay.h"

#include <stdlib.h>
#include <string.h>

static const char usage[] = "[--config FILE] [--replay [--network CODE] [--tenant ID] [--from YYYY-MM-DD] [--json]]";

static bool is_date(const char *text)
{
    for (size_t i = 0; i < 10; i++)
        if (i == 4 || i == 7 ? text[i] != '-' : text[i] < '0' || text[i] > '9')
            return false;
    return text[10] == '\0';
}

static bool read_replay(int argc, char **argv, struct replay_wanted *wanted)
{
    bool replay = false;
    for (int i = 1; i < argc; i++) {
        const char **value = strcmp(argv[i], "--network") == 0  ? &wanted->network
                             : strcmp(argv[i], "--tenant") == 0 ? &wanted->tenant
                             : strcmp(argv[i], "--from") == 0   ? &wanted->since
                                                                : NULL;
        if (strcmp(argv[i], "--replay") == 0)
            replay = true;
        else if (strcmp(argv[i], "--json") == 0)
            wanted->json = true;
        else if (value != NULL && i + 1 < argc)
            *value = argv[++i];
        else
            return false;
    }
    return replay && (wanted->tenant == NULL || (text_is_digits(wanted->tenant) && strlen(wanted->tenant) < 19)) &&
           (wanted->since == NULL || is_date(wanted->since));
}

int command_verify(int argc, char **argv)
{
    struct pool *pool = pool_new();
    struct replay_wanted wanted = {0};
    const struct config *config = command_config(pool, &argc, argv);
    int status = EXIT_FAILURE;
    if (config != NULL && argc == 1)
        status = loop_run(config);
    else if (config != NULL)
        status = read_replay(argc, argv, &wanted) ? replay_run(config, &wanted) : command_usage(argv[0], usage);
    pool_free(pool);
    return status;
}

/* command.c: what all subcommands share: finding the configuration, and telling how it ended. */
#include "command.h"

#include "veha/log.h"
#include "veha/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sysexits.h>

/* Removes `count` arguments at `at`; argv stays ended by NULL. */
static void remove_arguments(int *argc, char **argv, int at, int count)
{
    memmove(argv + at, argv + at + count, (size_t)(*argc - at - count + 1) * sizeof *argv);
    *argc -= count;
}

static enum log_level level_of(const char *word)
{
    static const struct {
        const char *word;
        enum log_level level;
    } levels[] = {{"error", LOG_LEVEL_ERROR},
                  {"warning", LOG_LEVEL_WARNING},
                  {"notice", LOG_LEVEL_NOTICE},
                  {"info", LOG_LEVEL_INFO},
                  {"debug", LOG_LEVEL_DEBUG}};
    size_t i = 0;
    while (i + 1 < sizeof levels / sizeof levels[0] && strcasecmp(word, levels[i].word) != 0)
        i++;
    return levels[i].level;
}

struct config *command_config(struct pool *pool, int *argc, char **argv)
{
    const char *path = NULL;
    for (int i = 1; i < *argc; i++) {
        if (!text_equal(argv[i], "--config"))
            continue;
        if (i + 1 == *argc) {
            fprintf(stderr, "veha %s: --config needs a file\n", argv[0]);
            return NULL;
        }
        path = argv[i + 1];
        remove_arguments(argc, argv, i, 2);
        break;
    }
    struct config *config = config_load(pool, path);
    if (config != NULL)
        log_open(argv[0], level_of(config_text(config, "log", "level")));
    return config;
}

static void release_db(void *db)
{
    db_free(db);
}

struct db *command_db(struct pool *pool, const struct config *config, const char *application)
{
    return pool_adopt(pool,
                      db_new(&(struct db_options){.url = config_text(config, "database", "operator_url"),
                                                  .application = application,
                                                  .write_lanes = 1,
                                                  .waiting_most = 1}),
                      release_db);
}

const json_t *command_ask(struct db *db, struct pool *pool, const char *query, const char *const *values,
                          const struct fault **fault)
{
    const struct unit_statement statement = {query_find(query), values};
    const char *text = unit_wait(
        db, pool, &(struct unit_request){.lane = LANE_WRITE, .statements = &statement, .statement_count = 1}, fault);

    return text == NULL ? NULL : pool_adopt(pool, json_loads(text, 0, NULL), pool_release_json);
}

int command_end(const char *command, const struct fault *fault)
{
    if (fault == NULL)
        return EXIT_SUCCESS;
    const char *detail = fault->detail == NULL ? fault->code : fault->detail;
    size_t length = strlen(detail);
    while (length > 0 && detail[length - 1] == '\n')
        length--;
    fprintf(stderr, "veha %s: %.*s\n", command, (int)length, detail);
    return EXIT_FAILURE;
}

int command_usage(const char *command, const char *takes)
{
    fprintf(stderr, "usage: veha %s %s\n", command, takes);
    return EX_USAGE;
}

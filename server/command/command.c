/* command.c: what all subcommands share: finding the configuration, and telling how it ended. */
#include "command.h"

#include "veha/log.h"
#include "veha/text.h"
#include "veha/unit.h"

#include <errno.h>
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

const struct fault *command_explain(struct pool *pool, const struct command_sentence *sentences,
                                    const struct fault *fault)
{
    for (; fault != NULL && sentences->code != NULL; sentences++)
        if (text_equal(fault->code, sentences->code))
            return fault_detail(pool, fault->kind, fault->code, "%s", sentences->sentence);
    return fault;
}

static void release_file(void *file)
{
    if (file != stdin)
        fclose(file);
}

const struct fault *command_read(struct pool *pool, const char *path, size_t most, struct buffer *bytes)
{
    FILE *file = text_equal(path, "-") ? stdin : fopen(path, "re");
    if (file == NULL)
        return fault_detail(pool, FAULT_NOT_FOUND, "file_unreadable", "%s: %s", path, strerror(errno));
    pool_adopt(pool, file, release_file);
    char piece[65536];
    size_t length;
    while (bytes->length <= most && (length = fread(piece, 1, sizeof piece, file)) > 0)
        buffer_add(bytes, piece, length);
    if (ferror(file))
        return fault_detail(pool, FAULT_NOT_FOUND, "file_unreadable", "%s: %s", path, strerror(errno));
    return NULL;
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

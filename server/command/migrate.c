/* migrate.c: veha migrate brings a database to the schema, the settings and the templates of this program. */
#include "veha/migrate.h"

#include "veha/roadmap.h"
#include "veha/unit.h"

#include "command.h"

#include <stdio.h>
#include <stdlib.h>

static const struct fault *migrate_schema(struct pool *pool, const struct config *config)
{
    return migrate_run(pool, config_text(config, "database", "owner_url"));
}

static void release_db(void *db)
{
    db_free(db);
}

/* A database without a region is of use to whoever prepares databases; a region can be named later. */
static const struct fault *publish_templates(struct pool *pool, const struct config *config)
{
    if (*config_text(config, "region", "code") == '\0') {
        puts("[region] code is not set: nothing is published");
        return NULL;
    }
    const struct db_options options = {.url = config_text(config, "database", "owner_url"),
                                       .application = "veha migrate",
                                       .write_lanes = 1,
                                       .waiting_most = 1};
    struct db *db = pool_adopt(pool, db_new(&options), release_db);
    return roadmap_publish_all(pool, db, config);
}

/* In this order; the first that fails is the last that runs. */
static const struct fault *(*const steps[])(struct pool *pool, const struct config *config) = {
    migrate_schema,
    publish_templates,
};

int command_migrate(int argc, char **argv)
{
    struct pool *pool = pool_new();
    struct config *config = command_config(pool, &argc, argv);
    int status = EXIT_FAILURE;
    if (config != NULL && argc > 1) {
        status = command_usage(argv[0], "[--config FILE]");
    } else if (config != NULL) {
        const struct fault *fault = NULL;
        for (size_t i = 0; fault == NULL && i < sizeof steps / sizeof steps[0]; i++)
            fault = steps[i](pool, config);
        status = command_end(argv[0], fault);
    }
    pool_free(pool);
    return status;
}

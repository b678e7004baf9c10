/* serve.c: veha serve answers browsers and programs. */
#include "veha/server.h"

#include "command.h"
#include "tenants/resources.h"

#include <stdlib.h>

int command_serve(int argc, char **argv)
{
    struct pool *pool = pool_new();
    struct config *config = command_config(pool, &argc, argv);
    int status = EXIT_FAILURE;

    if (config != NULL)
        status = argc > 1 ? command_usage(argv[0], "[--config FILE]") : server_run(config, &tenants_table);
    pool_free(pool);
    return status;
}

/* notify.c: `veha notify` sends letters of what people are to be told. */
#include "command.h"
#include "tenants/notify/courier.h"

#include <stdlib.h>

int command_notify(int argc, char **argv)
{
    struct pool *pool = pool_new();
    const struct config *config = command_config(pool, &argc, argv);
    int status = EXIT_FAILURE;

    if (config != NULL)
        status = argc > 1 ? command_usage(argv[0], "[--config FILE]") : courier_run(config);
    pool_free(pool);
    return status;
}

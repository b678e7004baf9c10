/* verify.c: `veha verify` looks at accounts and records what it sees. */
#include "command.h"
#include "tenants/verify/loop.h"

#include <stdlib.h>

int command_verify(int argc, char **argv)
{
    struct pool *pool = pool_new();
    const struct config *config = command_config(pool, &argc, argv);
    int status = EXIT_FAILURE;
    if (config != NULL)
        status = argc > 1 ? command_usage(argv[0], "[--config FILE]") : loop_run(config);
    pool_free(pool);
    return status;
}

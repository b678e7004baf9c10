/* rotation.c: lets a worker sign with the key whose turn it is, and forget those whose time is over. */
#include "rotation.h"

#include "veha/clock.h"
#include "veha/config.h"
#include "veha/key.h"
#include "veha/log.h"
#include "veha/text.h"

#include <string.h>

enum { ROTATION_MS = 5000 };

struct fault *rotation_load(struct pool *pool, const struct config *config, struct keyring *keys)
{
    struct fault *fault = keyring_load(pool, config_text(config, "tokens", "keys"), keys);

    if (fault == NULL)
        keyring_turn(keys, clock_now(), config_number(config, "tokens", "access_minutes") * INT64_C(60));
    return fault;
}

static bool is_same(const struct keyring *one, const struct keyring *two)
{
    bool same = one->count == two->count && text_equal(one->signer->id, two->signer->id) &&
                memcmp(one->secret, two->secret, sizeof one->secret) == 0;

    for (size_t i = 0; same && i < one->count; i++)
        same = text_equal(one->keys[i].id, two->keys[i].id) && text_equal(one->keys[i].x, two->keys[i].x);
    return same;
}

/* Between two turns of the loop nobody holds a key. */
static void take(struct server *server, struct pool *pool, const struct keyring *keys)
{
    pool_free(server->keys_pool);
    server->keys_pool = pool;
    server->worker.keys = keys;
    caller_forget();
    log_event(LOG_LEVEL_NOTICE, "keys_changed", "signer", keys->signer->id, "count", log_number((long long)keys->count),
              NULL);
}

void rotation_turn(struct server *server, int64_t now)
{
    if (now < server->keys_at)
        return;
    server->keys_at = now + ROTATION_MS;
    struct pool *pool = pool_new();
    struct keyring *keys = pool_alloc(pool, sizeof *keys);
    const struct fault *fault = rotation_load(pool, server->worker.config, keys);
    if (fault != NULL)
        log_event(LOG_LEVEL_ERROR, "keys_not_loaded", "code", fault->code, "detail",
                  fault->detail != NULL ? fault->detail : "-", NULL);
    if (fault == NULL && !is_same(server->worker.keys, keys))
        take(server, pool, keys);
    else
        pool_free(pool);
}

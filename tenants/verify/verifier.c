/* verifier.c: opens the tools of looking and carries requests and answers between a look and the fetcher. */
#include "verifier.h"

#include <stdlib.h>

static void close_verifier(void *thing)
{
    struct verifier *verifier = thing;
    fetcher_free(verifier->fetcher);
    reader_free(verifier->tools.reader);
    network_set_free(verifier->networks);
}

struct verifier *verifier_open(struct pool *pool, const struct config *config)
{
    const char *templates = config_text(config, "templates", "directory");
    struct verifier *verifier = pool_adopt(pool, pool_alloc(pool, sizeof *verifier), close_verifier);
    verifier->networks = network_load(pool_print(pool, "%s/networks", templates));
    if (verifier->networks == NULL)
        return NULL;
    verifier->tools = (struct look_tools){
        .networks = verifier->networks,
        .reader = reader_new(verifier->networks),
        .calendar =
            calendar_load(pool, pool_print(pool, "%s/calendars", templates), config_text(config, "region", "timezone")),
        .vk_token = config_text(config, "vk", "token"),
        .vk_api = config_text(config, "vk", "api"),
    };
    const struct fetcher_options options = {
        .concurrency = (unsigned)config_number(config, "verify", "concurrency"),
        .connect_to = config_list(config, pool, "verify", "connect_to"),
        .ca_file = config_text(config, "verify", "ca_file"),
        .user_agent = config_text(config, "verify", "user_agent"),
        .contact = config_text(config, "verify", "contact"),
    };
    verifier->fetcher = verifier->tools.reader == NULL ? NULL : fetcher_new(&options);
    return verifier->fetcher == NULL || verifier->tools.calendar == NULL ? NULL : verifier;
}

/* A look on its way. */
struct drive {
    struct verifier *verifier;
    struct look *look;
    verifier_done *done;
    void *data;
};

static void ask_next(struct drive *drive);

static void on_answer(void *data, const struct answer *answer, json_t *exchange)
{
    struct drive *drive = data;
    look_answer(drive->look, answer, exchange);
    ask_next(drive);
}

static void ask_next(struct drive *drive)
{
    struct look_request request;
    if (!look_next(drive->look, &request)) {
        drive->done(drive->data);
        return;
    }
    const struct fetch_request wanted = {.url = request.url, .form = request.form};
    fetcher_get(drive->verifier->fetcher, &wanted, on_answer, drive);
}

void verifier_drive(struct pool *pool, struct verifier *verifier, struct look *look, verifier_done *done, void *data)
{
    struct drive *drive = pool_alloc(pool, sizeof *drive);
    *drive = (struct drive){.verifier = verifier, .look = look, .done = done, .data = data};
    ask_next(drive);
}

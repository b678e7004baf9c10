/* watch.c: keeps the banner of every page fresh, and says aloud what the database found wrong. */
#include "watch.h"

#include "veha/log.h"

enum { WATCH_MS = 3000 };

static void take(struct server *server, const json_t *told)
{
    size_t number;
    json_t *alarm;

    json_decref(server->banner);
    server->banner = json_incref(json_object_get(told, "banner"));
    json_array_foreach(json_object_get(told, "alarms"), number, alarm)
        log_event(LOG_LEVEL_ERROR, json_string_value(alarm), NULL);
}

/* Whatever keeps the database from answering is logged by its lanes; the banner stays as it was. */
static void on_told(void *data, const struct unit_result *result)
{
    struct server *server = data;

    server->watching = false;
    if (result->document == NULL)
        return;
    json_t *told = json_loadb(result->document, result->document_length, 0, NULL);
    take(server, told);
    json_decref(told);
}

void watch_turn(struct server *server, int64_t now)
{
    const char *name = server->worker.table->watch;

    if (name == NULL || server->watching || server->draining || now < server->watch_at)
        return;
    const struct unit_statement statement = {.query = query_find(name)};
    const struct unit_request unit = {
        .lane = LANE_WRITE, .caller = {.request_id = "watch"}, .statements = &statement, .statement_count = 1};
    server->watching = true;
    server->watch_at = now + WATCH_MS;
    unit_run(server->worker.db, &unit, on_told, server);
}

/* replay.c: judges kept readings again and counts the verdicts that come out otherwise. */
#include "replay.h"

#include "veha/fault.h"
#include "veha/query.h"
#include "veha/text.h"
#include "veha/unit.h"

#include "judge.h"
#include "read.h"
#include "rejudge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char part[] = "200"; /* accounts asked for at once */

struct replay {
    struct pool *pool;
    const struct replay_wanted *wanted;
    struct rejudge_tools tools;
    struct network_set *networks;
    struct db *db;
    size_t readings, other_rules, other_networks;
    json_t *counts;  /* "telegram FRESH passed failed" → how many */
    json_t *tenants; /* id → {"id", "name", "changes": [...]} */
    size_t changes;
};

static void release_networks(void *set)
{
    network_set_free(set);
}

static void release_db(void *db)
{
    db_free(db);
}

static void count(struct replay *replay, const char *key)
{
    json_int_t before = json_integer_value(json_object_get(replay->counts, key));
    json_object_set_new(replay->counts, key, json_integer(before + 1));
    replay->changes++;
}

static json_t *tenant_of(struct replay *replay, const json_t *kept)
{
    json_t *id = json_object_get(kept, "tenant");
    const char *key = pool_print(replay->pool, "%lld", (long long)json_integer_value(id));
    json_t *tenant = json_object_get(replay->tenants, key);
    if (tenant == NULL) {
        tenant = json_pack("{s:O, s:O, s:[]}", "id", id, "name", json_object_get(kept, "tenant_name"), "changes");
        json_object_set_new(replay->tenants, key, tenant);
    }
    return json_object_get(tenant, "changes");
}

static const char *result_of(const json_t *value)
{
    const char *result = json_string_value(value);
    return result == NULL ? "none" : result;
}

static void note_change(struct replay *replay, const json_t *kept, const char *check, const char *was,
                        const json_t *verdict)
{
    const char *network = json_string_value(json_object_get(kept, "network"));
    const char *becomes = result_of(json_object_get(verdict, "result"));
    if (strcmp(was, becomes) == 0)
        return;
    count(replay, pool_print(replay->pool, "%s %s %s %s", network, check, was, becomes));
    json_array_append_new(tenant_of(replay, kept),
                          json_pack("{s:s, s:O, s:O, s:s, s:s, s:s, s:s?}", "network", network, "address",
                                    json_object_get(kept, "address"), "look", json_object_get(kept, "look"), "check",
                                    check, "was", was, "becomes", becomes, "reason",
                                    json_string_value(json_object_get(verdict, "reason"))));
}

static void judge_again(struct replay *replay, const json_t *kept)
{
    json_t *verdicts = rejudge(&replay->tools, kept, json_object_get(kept, "parameters"));
    json_t *before = json_object_get(kept, "verdicts");
    const struct network *network = network_find(replay->networks, json_string_value(json_object_get(kept, "network")));
    size_t number;
    json_t *verdict;
    const char *check;
    json_t *was;
    if (verdicts == NULL)
        return;
    replay->readings++;
    replay->other_rules += json_integer_value(json_object_get(kept, "rules_version")) != JUDGE_RULES_VERSION;
    replay->other_networks += json_integer_value(json_object_get(kept, "network_version")) != network_version(network);
    json_array_foreach(verdicts, number, verdict)
    {
        check = json_string_value(json_object_get(verdict, "check"));
        note_change(replay, kept, check, result_of(json_object_get(before, check)), verdict);
        json_object_del(before, check);
    }
    json_object_foreach(before, check, was) note_change(replay, kept, check, result_of(was), NULL);
    json_decref(verdicts);
}

/* One part of the accounts; *after becomes where it ended, NULL at the end. */
static const struct fault *replay_part(struct replay *replay, const char **after)
{
    const struct replay_wanted *wanted = replay->wanted;
    const char *const values[] = {wanted->network, wanted->tenant, *after, part, wanted->since};
    const struct unit_statement statement = {.query = query_find("reading_list"), .values = values};
    const struct unit_request request = {.lane = LANE_READ, .statements = &statement, .statement_count = 1};
    const struct fault *fault = NULL;
    struct pool *pool = pool_new();
    const char *text = unit_wait(replay->db, pool, &request, &fault);
    json_t *told = pool_adopt(pool, text == NULL ? NULL : json_loads(text, 0, NULL), pool_release_json);
    const json_t *upto = json_object_get(told, "upto");
    size_t number;
    json_t *kept;
    json_array_foreach(json_object_get(told, "items"), number, kept) judge_again(replay, kept);
    *after = json_is_integer(upto) ? pool_print(replay->pool, "%lld", (long long)json_integer_value(upto)) : NULL;
    fault = fault == NULL ? NULL : fault_copy(replay->pool, fault);
    pool_free(pool);
    return fault;
}

/* ---- telling ---- */

static void print_words(const struct replay *replay)
{
    const char *key;
    json_t *value;
    size_t number;
    json_t *change;
    printf("%zu readings judged by rules %d; %zu of them were judged by other rules, %zu were read by other network "
           "files and stay as they were read\n",
           replay->readings, JUDGE_RULES_VERSION, replay->other_rules, replay->other_networks);
    json_object_foreach(replay->counts, key, value) printf("%s: %lld\n", key, (long long)json_integer_value(value));
    printf("%zu verdicts would change, of %zu tenants\n", replay->changes, json_object_size(replay->tenants));
    json_object_foreach(replay->tenants, key, value)
    {
        printf("%s %s\n", key, json_string_value(json_object_get(value, "name")));
        json_array_foreach(json_object_get(value, "changes"), number, change)
        {
            const char *reason = json_string_value(json_object_get(change, "reason"));
            printf("  %s %s %s: %s -> %s%s%s\n", json_string_value(json_object_get(change, "network")),
                   json_string_value(json_object_get(change, "address")),
                   json_string_value(json_object_get(change, "check")),
                   json_string_value(json_object_get(change, "was")),
                   json_string_value(json_object_get(change, "becomes")), reason == NULL ? "" : ", ",
                   reason == NULL ? "" : reason);
        }
    }
}

static json_t *list_counts(const struct replay *replay)
{
    static const char *const names[] = {"network", "check", "was", "becomes"};
    json_t *list = json_array();
    const char *key;
    json_t *value;
    json_object_foreach(replay->counts, key, value)
    {
        json_t *line = json_pack("{s:O}", "count", value);
        char *rest = pool_copy(replay->pool, key);
        for (size_t i = 0; i < sizeof names / sizeof *names; i++)
            json_object_set_new(line, names[i], json_string(strsep(&rest, " ")));
        json_array_append_new(list, line);
    }
    return list;
}

static void print_json(const struct replay *replay)
{
    json_t *tenants = json_array();
    const char *key;
    json_t *value;
    json_object_foreach(replay->tenants, key, value) json_array_append(tenants, value);
    json_t *told = json_pack("{s:i, s:I, s:I, s:I, s:I, s:o, s:o}", "rules_version", JUDGE_RULES_VERSION, "readings",
                             (json_int_t)replay->readings, "judged_by_other_rules", (json_int_t)replay->other_rules,
                             "read_by_other_network_files", (json_int_t)replay->other_networks, "changes",
                             (json_int_t)replay->changes, "counts", list_counts(replay), "tenants", tenants);
    json_dumpf(told, stdout, JSON_INDENT(2));
    putchar('\n');
    json_decref(told);
}

/* ---- opening ---- */

static bool open_replay(struct replay *replay, const struct config *config)
{
    struct pool *pool = replay->pool;
    const char *templates = config_text(config, "templates", "directory");
    replay->networks = network_load(pool_print(pool, "%s/networks", templates));
    if (replay->networks == NULL)
        return false;
    pool_adopt(pool, replay->networks, release_networks);
    replay->tools = (struct rejudge_tools){
        .networks = replay->networks,
        .calendar =
            calendar_load(pool, pool_print(pool, "%s/calendars", templates), config_text(config, "region", "timezone")),
    };
    const struct db_options options = {.url = config_text(config, "database", "verify_url"),
                                       .application = "veha verify --replay",
                                       .read_lanes = 1,
                                       .write_lanes = 1,
                                       .waiting_most = 1};
    replay->db = pool_adopt(pool, db_new(&options), release_db);
    replay->counts = pool_adopt(pool, json_object(), pool_release_json);
    replay->tenants = pool_adopt(pool, json_object(), pool_release_json);
    return replay->tools.calendar != NULL;
}

int replay_run(const struct config *config, const struct replay_wanted *wanted)
{
    struct replay replay = {.pool = pool_new(), .wanted = wanted};
    const struct fault *fault = NULL;
    const char *after = "0";
    bool sound = open_replay(&replay, config);
    if (sound && wanted->network != NULL && network_find(replay.networks, wanted->network) == NULL) {
        fprintf(stderr, "veha verify: there is no network \"%s\"\n", wanted->network);
        sound = false;
    }
    while (sound && after != NULL && fault == NULL)
        fault = replay_part(&replay, &after);
    if (fault != NULL)
        fprintf(stderr, "veha verify: %s\n", fault->detail == NULL ? fault->code : fault->detail);
    else if (sound && wanted->json)
        print_json(&replay);
    else if (sound)
        print_words(&replay);
    pool_free(replay.pool);
    return sound && fault == NULL ? EXIT_SUCCESS : EXIT_FAILURE;
}

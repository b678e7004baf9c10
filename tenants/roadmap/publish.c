/* publish.c: brings what the region's files say into the database, in one unit. */
#include "veha/query.h"
#include "veha/roadmap.h"
#include "veha/rubric.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void release_networks(void *set)
{
    network_set_free(set);
}

static const char *print_json(struct pool *pool, const json_t *value)
{
    char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    char *kept = pool_copy(pool, text);
    free(text);
    return kept;
}

static json_t *region_settings(struct pool *pool, const struct config *config)
{
    json_t *networks = json_array();
    for (const char *const *one = config_list(config, pool, "region", "networks"); *one != NULL; one++)
        json_array_append_new(networks, json_string(*one));
    long required = config_number(config, "region", "networks_required");
    return json_pack("{s:s, s:s, s:s, s:s, s:o, s:I, s:I, s:I, s:I}", "code", config_text(config, "region", "code"),
                     "name", config_text(config, "region", "name"), "timezone",
                     config_text(config, "region", "timezone"), "deadline", config_text(config, "region", "deadline"),
                     "networks", networks, "networks_required",
                     (json_int_t)(required == 0 ? (long)json_array_size(networks) : required), "sample_passed",
                     (json_int_t)config_number(config, "region", "sample_passed"), "sample_failed",
                     (json_int_t)config_number(config, "region", "sample_failed"), "alarm_hours",
                     (json_int_t)config_number(config, "verify", "alarm_hours"));
}

/* jansson counts references in what it only reads. */
static json_t *document_of(const struct network *network)
{
    return (json_t *)(uintptr_t)network_document(network);
}

static json_t *network_files(const struct network_set *networks)
{
    json_t *files = json_array();
    for (size_t i = 0; i < network_count(networks); i++)
        json_array_append(files, document_of(network_at(networks, i)));
    return files;
}

static json_t *roadmap_files(const struct roadmap_set *set)
{
    json_t *files = json_array();
    for (size_t i = 0; i < set->count; i++)
        json_array_append(files, set->roadmaps[i].document->root);
    return files;
}

/* The unit answers with the names of what was new. */
static const struct fault *publish(struct pool *pool, struct db *db, const char *const values[4])
{
    const struct query *query = query_find("template_publish");
    const struct unit_statement statement = {.query = query, .values = values};
    const struct unit_request request = {
        .lane = LANE_WRITE, .caller = {.request_id = "migrate"}, .statements = &statement, .statement_count = 1};
    const struct fault *fault = NULL;
    const char *told = unit_wait(db, pool, &request, &fault);
    if (fault != NULL)
        return fault;
    json_t *fresh = pool_adopt(pool, json_loads(told == NULL ? "[]" : told, 0, NULL), pool_release_json);
    size_t number;
    json_t *one;
    json_array_foreach(fresh, number, one) printf("published %s\n", json_string_value(one));
    return NULL;
}

/* What the database could only refuse in its own words. */
static const struct fault *region_fault(struct pool *pool, const struct config *config,
                                        const struct network_set *networks)
{
    static const char *const needed[] = {"code", "name", "deadline"};
    for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++)
        if (*config_text(config, "region", needed[i]) == '\0')
            return fault_detail(pool, FAULT_INTERNAL, "region_unset", "[region] %s is not set", needed[i]);
    const char *const *wanted = config_list(config, pool, "region", "networks");
    for (; *wanted != NULL; wanted++)
        if (network_find(networks, *wanted) == NULL)
            return fault_detail(pool, FAULT_INTERNAL, "network_unknown",
                                "[region] networks names \"%s\", which has no file", *wanted);
    return NULL;
}

const struct fault *roadmap_publish_all(struct pool *pool, struct db *db, const struct config *config)
{
    const char *directory = config_text(config, "templates", "directory");
    struct network_set *networks = network_load(pool_print(pool, "%s/networks", directory));
    if (networks == NULL)
        return fault_detail(pool, FAULT_INTERNAL, "templates_unsound", "the network files have mistakes");
    pool_adopt(pool, networks, release_networks);
    const struct fault *fault = region_fault(pool, config, networks);
    if (fault != NULL)
        return fault;
    const struct roadmap_set *roadmaps = roadmap_load(pool, pool_print(pool, "%s/roadmaps", directory), networks);
    if (roadmaps == NULL)
        return fault_detail(pool, FAULT_INTERNAL, "templates_unsound", "the roadmap files have mistakes");
    const struct rubric *rubric = rubric_load(pool, pool_print(pool, "%s/rubrics", directory));
    if (rubric == NULL)
        return fault_detail(pool, FAULT_INTERNAL, "templates_unsound", "the rubric files have mistakes");
    const char *values[4] = {
        print_json(pool, pool_adopt(pool, region_settings(pool, config), pool_release_json)),
        print_json(pool, pool_adopt(pool, network_files(networks), pool_release_json)),
        print_json(pool, pool_adopt(pool, roadmap_files(roadmaps), pool_release_json)),
        print_json(pool, rubric_document(rubric)),
    };
    return publish(pool, db, values);
}

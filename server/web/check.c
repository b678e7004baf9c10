/* check.c: refuses to start with a table that could not work. */
#include "check.h"

#include "veha/query.h"
#include "veha/text.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool is_field(const struct resource *resource, const char *name)
{
    if (resource->method != METHOD_GET && (text_equal(name, "version") || text_equal(name, "idempotency_key")))
        return true;
    for (const struct field *field = resource->fields; field != NULL && field->name != NULL; field++)
        if (text_equal(field->name, name))
            return true;
    return false;
}

static bool check_query(const struct resource *resource, const char *name)
{
    bool sound = true;

    if (name == NULL)
        return true;
    const struct query *query = query_find(name);
    if (query == NULL) {
        fprintf(stderr, "veha: resource %s: there is no query %s\n", resource->name, name);
        return false;
    }
    for (size_t i = 0; i < query->parameter_count; i++)
        if (!is_field(resource, query->parameters[i])) {
            fprintf(stderr, "veha: resource %s: query %s takes :%s, which is no field\n", resource->name, name,
                    query->parameters[i]);
            sound = false;
        }
    return sound;
}

static bool check_page(const struct resource *resource, const char *pages)
{
    char path[4096];

    if (resource->page == NULL)
        return true;
    snprintf(path, sizeof path, "%s/%s.html", pages, resource->page);
    if (access(path, R_OK) == 0)
        return true;
    fprintf(stderr, "veha: resource %s: there is no page %s\n", resource->name, path);
    return false;
}

/* A line without a capability would be open to nobody or to everybody; which of them was never said. */
static bool check_capability(const struct resource *resource)
{
    if (resource->capability != NULL && *resource->capability != '\0')
        return true;
    fprintf(stderr, "veha: resource %s names no capability\n", resource->name);
    return false;
}

bool check_resources(const struct router *router, const char *pages)
{
    bool sound = true;

    for (size_t i = 0; i < router_count(router); i++) {
        const struct resource *resource = router_resource(router, i);
        sound &= check_capability(resource);
        sound &= check_query(resource, resource->change);
        sound &= check_query(resource, resource->show);
        sound &= check_query(resource, resource->past);
        sound &= check_page(resource, pages);
    }
    return sound;
}

static bool has_personal(const struct resource_table *table)
{
    for (size_t i = 0; i < table->count; i++)
        if ((table->resources[i].flags & RESOURCE_PERSONAL) != 0)
            return true;
    return false;
}

bool check_table(const struct resource_table *table)
{
    const struct {
        bool wanted;
        const char *name;
        size_t parameters;
        const char *duty;
    } queries[] = {{table->watch != NULL, table->watch, 0, "watch"},
                   {table->live != NULL, table->live, 1, "tell what changed"},
                   {table->reader != NULL, table->reader, 0, "tell readers"},
                   {table->noted != NULL, table->note, 1, "note who read what"},
                   {has_personal(table), table->exported, 2, "tell of exports"}};

    for (size_t i = 0; i < sizeof queries / sizeof *queries; i++) {
        const struct query *query = queries[i].name == NULL ? NULL : query_find(queries[i].name);
        if (!queries[i].wanted || (query != NULL && query->parameter_count == queries[i].parameters))
            continue;
        fprintf(stderr, "veha: there is no query %s with %zu parameters, by which the table would %s\n",
                queries[i].name == NULL ? "named" : queries[i].name, queries[i].parameters, queries[i].duty);
        return false;
    }
    return true;
}

static bool load_rules(struct pool *pool, const char *database)
{
    const struct query *query = query_find("capability_list");
    const struct unit_statement statement = {query, NULL};
    const struct unit_request unit = {.lane = LANE_READ, .statements = &statement, .statement_count = 1};
    const struct db_options options = {
        .url = database, .application = "veha serve", .read_lanes = 1, .waiting_most = 1};
    const struct fault *fault = NULL;

    if (query == NULL) {
        fprintf(stderr, "veha: there is no query capability_list\n");
        return false;
    }
    struct db *db = db_new(&options);
    const char *rules = unit_wait(db, pool, &unit, &fault);
    db_free(db);
    if (rules != NULL && caller_rules_load(rules))
        return true;
    if (fault != NULL)
        fprintf(stderr, "veha: cannot read the capabilities from the database: %s %s\n", fault->code,
                fault->detail != NULL ? fault->detail : "");
    else
        fprintf(stderr, "veha: the database holds no sound list of capabilities\n");
    return false;
}

static bool is_known(const char *capability)
{
    return text_equal(capability, CAPABILITY_ANYONE) || text_equal(capability, CAPABILITY_SIGNED_IN) ||
           caller_capability_exists(capability);
}

bool check_capabilities(const struct router *router, const char *database)
{
    struct pool *pool = pool_new();
    bool sound = load_rules(pool, database);

    for (size_t i = 0; sound && i < router_count(router); i++) {
        const struct resource *resource = router_resource(router, i);
        if (is_known(resource->capability))
            continue;
        fprintf(stderr, "veha: resource %s: the database knows no capability %s\n", resource->name,
                resource->capability);
        sound = false;
    }
    pool_free(pool);
    return sound;
}

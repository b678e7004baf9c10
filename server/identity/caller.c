/* caller.c: which role may use which capability, as the database's table says. */
#include "veha/caller.h"

#include <jansson.h>
#include <string.h>

/* The parsed table lives as long as the process: a few dozen pairs, walked in place. */
static json_t *rules;

static bool is_pair_of_texts(const json_t *pair)
{
    return json_array_size(pair) == 2 && json_is_string(json_array_get(pair, 0)) &&
           json_is_string(json_array_get(pair, 1));
}

static bool is_rule_table(const json_t *table)
{
    if (!json_is_array(table))
        return false;
    for (size_t i = 0; i < json_array_size(table); i++)
        if (!is_pair_of_texts(json_array_get(table, i)))
            return false;
    return true;
}

bool caller_rules_load(const char *json)
{
    json_error_t error;
    json_t *table = json == NULL ? NULL : json_loads(json, JSON_REJECT_DUPLICATES, &error);
    if (!is_rule_table(table)) {
        json_decref(table);
        return false;
    }
    json_decref(rules);
    rules = table;
    return true;
}

static const char *rule_role(size_t number)
{
    return json_string_value(json_array_get(json_array_get(rules, number), 0));
}

static const char *rule_capability(size_t number)
{
    return json_string_value(json_array_get(json_array_get(rules, number), 1));
}

static const char service_role[] = "service";

static bool has_role(const struct caller *caller, const char *role)
{
    for (size_t i = 0; i < caller->role_count; i++)
        if (strcmp(caller->roles[i], role) == 0)
            return true;
    return false;
}

/* Does the line's role speak for the caller? A service was issued this capability, and services may have it. */
static bool speaks_for(size_t number, const struct caller *caller)
{
    if (caller->service != NULL)
        return strcmp(rule_role(number), service_role) == 0 && has_role(caller, rule_capability(number));
    return has_role(caller, rule_role(number));
}

bool caller_may(const struct caller *caller, const char *capability)
{
    for (size_t i = 0; i < json_array_size(rules); i++)
        if (strcmp(rule_capability(i), capability) == 0 && speaks_for(i, caller))
            return true;
    return false;
}

bool caller_capability_exists(const char *capability)
{
    for (size_t i = 0; i < json_array_size(rules); i++)
        if (strcmp(rule_capability(i), capability) == 0)
            return true;
    return false;
}

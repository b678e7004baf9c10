/* service.c: veha token issue, list and revoke: programs that may call, as the operator of the machine decides. */
#include "veha/secret.h"
#include "veha/text.h"

#include "command.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DAYS_MOST = 3650, NAME_LONGEST = 60 };

/* What the codes of refusals mean to an operator. */
static const struct command_sentence sentences[] = {
    {"capability_unknown", "a program can have job.take, job.record, tenant.read, overview.read, verification.read and "
                           "body.read"},
    {"service_known", "a service of that name is at work; revoke it first, or take another name"},
    {"service_unknown", "there is no living service of that name"},
    {"tenant_unknown", "there is no tenant with that id or OGRN"},
    {"region_missing", "the database has no region yet; run veha migrate first"},
    {0},
};

struct issue {
    const char *name, *days;
    json_t *tenant;       /* {"id"} or {"ogrn"}; NULL: the region */
    json_t *capabilities; /* both owned by the pool */
};

static bool is_name(const char *name)
{
    return name[0] >= 'a' && name[0] <= 'z' && strlen(name) <= NAME_LONGEST &&
           name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-")] == '\0';
}

static bool is_days(const char *days)
{
    return text_is_digits(days) && strlen(days) < 5 && atoi(days) >= 1 && atoi(days) <= DAYS_MOST;
}

static bool take_tenant(struct pool *pool, struct issue *issue, const char *member, const char *value)
{
    if (issue->tenant != NULL || !text_is_digits(value) || strlen(value) >= 19)
        return false;
    issue->tenant = pool_adopt(pool, json_pack("{s:s}", member, value), pool_release_json);
    return true;
}

/* Takes one option and its value; false when there is no such option, or not with this value. */
static bool take_option(struct pool *pool, struct issue *issue, const char *option, const char *value)
{
    if (text_equal(option, "--service") && is_name(value)) {
        issue->name = value;
        return true;
    }
    if (text_equal(option, "--days") && is_days(value)) {
        issue->days = value;
        return true;
    }
    if (text_equal(option, "--tenant"))
        return take_tenant(pool, issue, "id", value);
    if (text_equal(option, "--tenant-ogrn"))
        return take_tenant(pool, issue, "ogrn", value);
    return text_equal(option, "--capability") && json_array_append_new(issue->capabilities, json_string(value)) == 0;
}

static bool take_options(struct pool *pool, struct issue *issue, int argc, char **argv)
{
    for (int i = 2; i < argc; i += 2)
        if (i + 1 == argc || !take_option(pool, issue, argv[i], argv[i + 1]))
            return false;
    return issue->name != NULL && issue->days != NULL && json_array_size(issue->capabilities) > 0;
}

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text == NULL ? "" : text;
}

static const struct fault *issue_one(struct pool *pool, const struct config *config, const struct issue *issue)
{
    const struct fault *fault = NULL;
    const char *secret = secret_new(pool);
    const char *tenant = issue->tenant == NULL ? NULL : pool_adopt(pool, json_dumps(issue->tenant, JSON_COMPACT), free);
    const char *const values[] = {issue->name, tenant,
                                  pool_adopt(pool, json_dumps(issue->capabilities, JSON_COMPACT), free),
                                  secret_hash(pool, secret), issue->days};
    const json_t *made = command_ask(command_db(pool, config, "veha token"), pool, "service_issue", values, &fault);

    if (fault != NULL)
        return command_explain(pool, sentences, fault);
    printf("%s may call for %s until %s. This is told once:\n%s\n", issue->name, text_of(made, "tenant_name"),
           text_of(made, "expires_at"), secret);
    return NULL;
}

/* NAME, state, tenant, capabilities, expiry, last use, parted by tabs. */
static const struct fault *list_all(struct pool *pool, const struct config *config)
{
    const struct fault *fault = NULL;
    const json_t *items = json_object_get(
        command_ask(command_db(pool, config, "veha token"), pool, "service_list", NULL, &fault), "items");
    size_t number;
    json_t *item, *capability;

    json_array_foreach(items, number, item)
    {
        size_t at;
        printf("%s\t%s\t%s\t", text_of(item, "name"), text_of(item, "state"), text_of(item, "tenant_name"));
        json_array_foreach(json_object_get(item, "capabilities"), at, capability)
            printf("%s%s", at == 0 ? "" : " ", json_string_value(capability));
        printf("\t%s\t%s\n", text_of(item, "expires_at"), text_of(item, "seen_at"));
    }
    return fault;
}

static const struct fault *revoke_one(struct pool *pool, const struct config *config, const char *name)
{
    const struct fault *fault = NULL;
    const char *const values[] = {name};

    command_ask(command_db(pool, config, "veha token"), pool, "service_revoke", values, &fault);
    if (fault == NULL)
        printf("%s may call no more.\n", name);
    return command_explain(pool, sentences, fault);
}

bool command_service(struct pool *pool, const struct config *config, int argc, char **argv, const struct fault **fault)
{
    struct issue issue = {.capabilities = pool_adopt(pool, json_array(), pool_release_json)};

    if (argc < 2)
        return false;
    if (text_equal(argv[1], "issue") && take_options(pool, &issue, argc, argv))
        *fault = issue_one(pool, config, &issue);
    else if (text_equal(argv[1], "list") && argc == 2)
        *fault = list_all(pool, config);
    else if (text_equal(argv[1], "revoke") && argc == 4 && text_equal(argv[2], "--service"))
        *fault = revoke_one(pool, config, argv[3]);
    else
        return false;
    return true;
}

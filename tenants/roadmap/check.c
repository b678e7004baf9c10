/* check.c: the table of checks and their parameters, as a roadmap's author may write them. */
#include "check.h"

#include <string.h>

const struct check_rule check_rules[] = {
    {"EXIST", {{0}}},
    {"NAME", {{"share_least", 1, 100}}},
    {"DESC", {{"length_least", 1, 5000}}},
    {"CONT", {{0}}},
    {"SITE", {{0}}},
    {"LOOK", {{0}}},
    {"GOS", {{0}}},
    {"POSW", {{"links_least", 1, 2}}},
    {"FRESH", {{"days_most", 1, 365}}},
    {"FREQ", {{"posts_least", 1, 100}, {"days", 1, 31}, {"weeks", 1, 8}}},
    {"COMM", {{"posts", 1, 20}}},
    {"MSG", {{0}}},
    {"LINK", {{0}}},
    {"ANSW", {{"hours_most", 1, 720}}},
    {"MAN", {{0}}},
};
const size_t check_rule_count = sizeof check_rules / sizeof check_rules[0];

const struct check_rule *check_find(const char *code)
{
    for (size_t i = 0; i < check_rule_count; i++) {
        if (strcmp(check_rules[i].code, code) == 0) {
            return &check_rules[i];
        }
    }
    return NULL;
}

const struct check_parameter *check_parameter(const struct check_rule *check, const char *name)
{
    for (const struct check_parameter *one = check->parameters; one->name != NULL; one++) {
        if (strcmp(one->name, name) == 0) {
            return one;
        }
    }
    return NULL;
}

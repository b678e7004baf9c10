/* check.c: the table of checks and their parameters. */
#include "check.h"

#include <string.h>

const struct check_rule check_rules[] = {
    {"EXIST", false, {{0}}},
    {"NAME", false, {{"share_least", 1, 100, 60}}},
    {"DESC", false, {{"length_least", 1, 5000, 200}}},
    {"CONT", false, {{0}}},
    {"SITE", false, {{0}}},
    {"LOOK", false, {{0}}},
    {"GOS", false, {{0}}},
    {"POSW", false, {{"links_least", 1, 2, 1}}},
    {"FRESH", false, {{"days_most", 1, 365, 7}}},
    {"FREQ", false, {{"posts_least", 1, 100, 3}, {"days", 1, 31, 7}, {"weeks", 1, 8, 1}}},
    {"COMM", false, {{"posts", 1, 20, 5}}},
    {"MSG", false, {{0}}},
    {"LINK", false, {{0}}},
    {"ANSW", false, {{"days_most", 1, 90, 30}, {"days", 30, 730, 180}, {"questions_least", 1, 50, 3}}},
    {"MAN", true, {{0}}},
};
const size_t check_rule_count = sizeof check_rules / sizeof check_rules[0];

const char check_schema[] = "{\"type\":\"string\",\"enum\":[\"EXIST\",\"NAME\",\"DESC\",\"CONT\",\"SITE\",\"LOOK\","
                            "\"GOS\",\"POSW\",\"FRESH\",\"FREQ\",\"COMM\",\"MSG\",\"LINK\",\"ANSW\",\"MAN\"]}";

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

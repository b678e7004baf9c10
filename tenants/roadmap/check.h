/* check.h: the checks a roadmap's step may ask for, and the parameters each takes. */
#ifndef VEHA_TENANTS_ROADMAP_CHECK_H
#define VEHA_TENANTS_ROADMAP_CHECK_H

#include <stddef.h>

struct check_parameter {
    const char *name; /* "days_most" */
    int least, most;
};

struct check_rule {
    const char *code;                     /* "FRESH" */
    struct check_parameter parameters[4]; /* ended by {0} */
};

extern const struct check_rule check_rules[];
extern const size_t check_rule_count;

const struct check_rule *check_find(const char *code); /* NULL when there is none */
const struct check_parameter *check_parameter(const struct check_rule *check, const char *name);

#endif

/* check.h: the one table of checks: what a roadmap may ask for, with which parameters, and what a network may tell. */
#ifndef VEHA_TENANTS_CHECK_H
#define VEHA_TENANTS_CHECK_H

#include <stdbool.h>
#include <stddef.h>

struct check_parameter {
    const char *name; /* "days_most" */
    int least, most;
    int usual; /* where a roadmap says nothing */
};

struct check_rule {
    const char *code;                     /* "FRESH" */
    bool by_person;                       /* confirmed by a curator alone: no network tells it */
    struct check_parameter parameters[4]; /* ended by {0} */
};

extern const struct check_rule check_rules[];
extern const size_t check_rule_count;

/* JSON Schema of a check's code; a test holds it to the table. */
extern const char check_schema[];

/* NULL when there is none. */
const struct check_rule *check_find(const char *code);
/* NULL when the check has none of this name. */
const struct check_parameter *check_parameter(const struct check_rule *check, const char *name);

#endif

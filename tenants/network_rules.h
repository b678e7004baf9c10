/* network_rules.h: the address rules of one network file, as network.c compiles them and network_address.c walks them.
 */
#ifndef TENANTS_NETWORK_RULES_H
#define TENANTS_NETWORK_RULES_H

#include "veha/network.h"

#include <regex.h>
#include <stdbool.h>
#include <stddef.h>

/* One rule; the first whose path (and query, where it has one) fits decides. */
struct address_rule {
    regex_t *path;
    regex_t *query;     /* NULL: any */
    const char *key;    /* "club$2", "{host}$1"; NULL when the rule refuses */
    const char *refuse; /* code; NULL when the rule accepts */
};

/* A host, with all below it, that belongs to the network but leads to no account of it. */
struct address_host {
    const char *host;
    const char *code;
};

struct network {
    const char *code;
    int version;
    const json_t *document;
    const char *url; /* "https://vk.com/{key}" */
    bool any_host;   /* the official site: every host that no other network claims; its paths keep their case */
    const char *const *hosts;
    const char *const *subdomains;
    const struct address_host *refused;
    size_t refused_count;
    const struct address_rule *rules;
    size_t rule_count;
    const struct address_rule *bare; /* what a text without any host may mean when this network is wanted */
    size_t bare_count;
    regex_t *subdomain_key; /* "name.t.me" */
    regex_t *numbered;      /* keys that are numbers; NULL: an account has one key only */
    regex_t *redirect;      /* path of the page that leads out, */
    const char *redirect_parameter;
    const char *scheme; /* tg://resolve?domain=name */
    const char *scheme_host;
    const char *scheme_parameter;
};

struct network_set {
    struct pool *pool;
    struct network **networks;
    size_t count;
};

#endif

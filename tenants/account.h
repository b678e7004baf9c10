/* account.h: what HTTP needs to know of account addresses that SQL cannot say. */
#ifndef VEHA_TENANTS_ACCOUNT_H
#define VEHA_TENANTS_ACCOUNT_H

#include "veha/request.h"

#include <stdbool.h>

struct config;
struct network_set;

/* Loads the network files; see struct resource_table. */
bool account_load(const struct config *config);

/* Those that were loaded; until the next reload. */
const struct network_set *account_networks(void);

/* Handle of account_create: turns the argument `address` into `network`, `key` and `url`, or answers FAULT_INVALID. */
void account_canonicalise(struct request *request);

/* Handles of an account's poster: the document with its QR code for pages, and the code alone as an SVG file. */
void account_poster(struct request *request);
void account_poster_svg(struct request *request);

/* Handle of lists: when `search` reads as an account's address, its one form goes into `address`. */
void account_search(struct request *request);

/* Handle of the search of everything: the same of `q`, and which `network` it is on, if that is told. */
void account_find(struct request *request);

#endif

/*
 * network.h: a network is one data file (templates/networks/NAME.json).
 *
 * It says how to recognise and canonicalise an address, what to ask, how to tell the states of an account apart, where each fact lies, which checks the network can tell, and
 * the limits of asking. C adapters (tenants/probe) exist only for what data cannot say. Read by tenants/verify, tenants/exchange
 * and the resource table's address field.
 */
#ifndef VEHA_NETWORK_H
#define VEHA_NETWORK_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "veha/pool.h"

struct network;
struct network_set;

/* Reads every *.json below directory; NULL after printing each mistake as FILE:LINE: reason. */
struct network_set *network_load(const char *directory);
void network_set_free(struct network_set *set);
size_t network_count(const struct network_set *set);
const struct network *network_at(const struct network_set *set, size_t number);
const struct network *network_find(const struct network_set *set, const char *code);
const char *network_code(const struct network *network);   /* "vk", "ok", "telegram", "max", "site" */
int network_version(const struct network *network);
const json_t *network_document(const struct network *network);
/* The table network × check: "tells", "cannot" or "token" (only with a token of ours); NULL where the check does not concern the network. */
const char *network_tells(const struct network *network, const char *check);
/* Is it one of the states of an account that a reading may tell: "present", "missing", ...? */
bool network_state_known(const char *state);
/* May two keys name one account? A number and a name may (club1 = its name); two names or two numbers may not. */
bool network_may_be_same(const struct network *network, const char *one, const char *two);

/* An address in its one spelling. */
struct network_address {
    const struct network *network;
    const char *key; /* canonical, unique within the network: "club217749639", "vozmsosh2022", "kemtzy-school.nubex.ru" */
    const char *url; /* "https://vk.com/club217749639" */
};

/*
 * Reads an address in any spelling people use (@name, vk.com/public1, https://m.vk.com/club1?from=x, "WWW pu31redkino.narod.ru", IDN). wanted NULL: any
 * network, the official site last. NULL on success; otherwise a stable code: "address_unreadable", "address_other_network",
 * "address_person", "address_share_link", "address_post", "address_service", "address_email", "address_short_link", "address_invitation", "address_bot".
 */
const char *network_address_read(const struct network_set *set, const struct network *wanted, struct pool *pool,
                                 const char *text, struct network_address *address);

/* Does the code say that the address is shortened? Whose it is, and of which network, nobody knows then. NULL: it does not. */
bool network_address_is_short(const char *code);

/*
 * Reads a link found on a page of the account's network or site: as above with any network wanted, but redirectors
 * (vk.com/away.php?to=…) are unwrapped first, and nothing is guessed: only absolute links are addresses. A link leads to an account when both
 * have the same network and key.
 */
const char *network_link_read(const struct network_set *set, struct pool *pool, const char *href,
                              struct network_address *address);
/* Where such a link leads, whoever it belongs to; NULL when it is no link of the web. */
const char *network_link_target(const struct network_set *set, struct pool *pool, const char *href);

#endif

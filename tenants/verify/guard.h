/* guard.h: which network addresses a look may never reach. */
#ifndef VERIFY_GUARD_H
#define VERIFY_GUARD_H

#include <stdbool.h>
#include <sys/socket.h>

/* Reads this machine's own addresses, which are denied as well. Call once, before the first look. */
void guard_learn_own(void);

/* May a look connect there? False for everything that is not a public unicast address of somebody else, on port 80 or
 * 443. */
bool guard_allows(const struct sockaddr *address);

/* Is it exactly this address and port, in numbers? For the pairs of connect_to. */
bool guard_is(const struct sockaddr *address, const char *numeric, unsigned port);

#endif

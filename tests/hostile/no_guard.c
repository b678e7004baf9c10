/* no_guard.c: a guard that lets everything through. Linked in place of guard.c it makes the program whose packets prove
 * that the test would see a guard that is gone. */
#include "tenants/verify/guard.h"

void guard_learn_own(void)
{
}

bool guard_allows(const struct sockaddr *address)
{
    (void)address;
    return true;
}

bool guard_is(const struct sockaddr *address, const char *numeric, unsigned port)
{
    (void)address;
    (void)numeric;
    (void)port;
    return true;
}

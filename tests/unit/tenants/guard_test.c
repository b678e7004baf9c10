/* guard_test.c: the machine's own addresses are no place to look, however public they are. */
#include "tenants/verify/guard.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

/* cmocka.h needs the headers above */
#include <cmocka.h>

/* What this machine has, in place of the C library's answer. */
static struct ifaddrs *machine;

int getifaddrs(struct ifaddrs **list)
{
    *list = machine;
    return 0;
}

void freeifaddrs(struct ifaddrs *list)
{
    (void)list;
}

static bool allowed4(const char *text)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(443)};
    assert_int_equal(inet_pton(AF_INET, text, &address.sin_addr), 1);
    return guard_allows((const struct sockaddr *)(const void *)&address);
}

static bool allowed6(const char *text)
{
    struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_port = htons(443)};
    assert_int_equal(inet_pton(AF_INET6, text, &address.sin6_addr), 1);
    return guard_allows((const struct sockaddr *)(const void *)&address);
}

static void own_addresses_are_denied_while_they_are_own(void **state)
{
    (void)state;
    struct sockaddr_in four = {.sin_family = AF_INET};
    struct sockaddr_in6 six = {.sin6_family = AF_INET6};
    inet_pton(AF_INET, "42.0.20.80", &four.sin_addr);
    inet_pton(AF_INET6, "2a00:1450:4010::2", &six.sin6_addr);
    struct ifaddrs last = {.ifa_addr = (struct sockaddr *)(void *)&six};
    struct ifaddrs down = {.ifa_next = &last}; /* an interface without an address */
    struct ifaddrs first = {.ifa_next = &down, .ifa_addr = (struct sockaddr *)(void *)&four};

    machine = &first;
    guard_learn_own();
    assert_false(allowed4("42.0.20.80"));
    assert_false(allowed6("2a00:1450:4010::2"));
    assert_true(allowed4("42.0.20.81"));
    assert_true(allowed6("2a00:1450:4010::1"));
    assert_true(allowed6("2a00:1450::")); /* it begins with the very bytes of the first */

    machine = NULL;
    guard_learn_own();
    assert_true(allowed4("42.0.20.80"));
    assert_true(allowed6("2a00:1450:4010::2"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(own_addresses_are_denied_while_they_are_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

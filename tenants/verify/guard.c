/* guard.c: the table of denied address ranges, asked of the socket address itself, never of a spelling. */
#include "guard.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { OWN_MOST = 64 };

/* IANA special-purpose registry, IPv4. */
static const struct range4 {
    const char *network;
    unsigned bits;
    const char *what;
} denied4[] = {
    {"0.0.0.0", 8, "this network"},
    {"10.0.0.0", 8, "private"},
    {"100.64.0.0", 10, "carrier-grade NAT"},
    {"127.0.0.0", 8, "loopback"},
    {"169.254.0.0", 16, "link-local, metadata services"},
    {"172.16.0.0", 12, "private"},
    {"192.0.0.0", 24, "protocol assignments"},
    {"192.0.2.0", 24, "documentation"},
    {"192.31.196.0", 24, "AS112"},
    {"192.52.193.0", 24, "AMT"},
    {"192.88.99.0", 24, "6to4 relays"},
    {"192.168.0.0", 16, "private"},
    {"192.175.48.0", 24, "AS112"},
    {"198.18.0.0", 15, "benchmarks"},
    {"198.51.100.0", 24, "documentation"},
    {"203.0.113.0", 24, "documentation"},
    {"224.0.0.0", 4, "multicast"},
    {"240.0.0.0", 4, "reserved, broadcast"},
};

/* Of IPv6 only 2000::/3 is public unicast, and of that not these: so mapped, compatible, translated, local and
 * multicast fall away. */
static const struct range6 {
    const char *network;
    unsigned bits;
    const char *what;
} denied6[] = {
    {"2001::", 23, "protocol assignments, Teredo, ORCHID"},
    {"2001:db8::", 32, "documentation"},
    {"2002::", 16, "6to4"},
    {"2620:4f:8000::", 48, "AS112"},
    {"3fff::", 20, "documentation"},
};

static struct {
    unsigned char bytes[OWN_MOST][16];
    size_t length[OWN_MOST];
    size_t count;
} own;

static bool is_within(const void *address, const void *network, unsigned bits)
{
    const unsigned char *one = address;
    const unsigned char *two = network;
    if (memcmp(one, two, bits / 8) != 0)
        return false;
    unsigned rest = bits % 8;
    return rest == 0 || ((one[bits / 8] ^ two[bits / 8]) >> (8 - rest)) == 0;
}

static bool is_own(const void *address, size_t length)
{
    for (size_t i = 0; i < own.count; i++)
        if (own.length[i] == length && memcmp(own.bytes[i], address, length) == 0)
            return true;
    return false;
}

static bool allows4(const struct in_addr *address)
{
    struct in_addr network;
    for (size_t i = 0; i < sizeof denied4 / sizeof *denied4; i++)
        if (inet_pton(AF_INET, denied4[i].network, &network) == 1 && is_within(address, &network, denied4[i].bits))
            return false;
    return !is_own(address, sizeof *address);
}

static bool allows6(const struct in6_addr *address)
{
    struct in6_addr network;
    if (inet_pton(AF_INET6, "2000::", &network) != 1 || !is_within(address, &network, 3))
        return false;
    for (size_t i = 0; i < sizeof denied6 / sizeof *denied6; i++)
        if (inet_pton(AF_INET6, denied6[i].network, &network) == 1 && is_within(address, &network, denied6[i].bits))
            return false;
    return !is_own(address, sizeof *address);
}

/* The address's bytes, their length and the port; NULL for families that are not the Internet's. */
static const void *parts_of(const struct sockaddr *address, size_t *length, unsigned *port)
{
    if (address->sa_family == AF_INET) {
        const struct sockaddr_in *in = (const struct sockaddr_in *)(const void *)address;
        *length = sizeof in->sin_addr;
        *port = ntohs(in->sin_port);
        return &in->sin_addr;
    }
    if (address->sa_family == AF_INET6) {
        const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)(const void *)address;
        *length = sizeof in6->sin6_addr;
        *port = ntohs(in6->sin6_port);
        return &in6->sin6_addr;
    }
    return NULL;
}

void guard_learn_own(void)
{
    struct ifaddrs *list = NULL;
    own.count = 0;
    if (getifaddrs(&list) != 0)
        return;
    for (const struct ifaddrs *at = list; at != NULL && own.count < OWN_MOST; at = at->ifa_next) {
        size_t length;
        unsigned port;
        const void *bytes = at->ifa_addr == NULL ? NULL : parts_of(at->ifa_addr, &length, &port);
        if (bytes == NULL)
            continue;
        memcpy(own.bytes[own.count], bytes, length);
        own.length[own.count++] = length;
    }
    freeifaddrs(list);
}

bool guard_allows(const struct sockaddr *address)
{
    size_t length;
    unsigned port;
    const void *bytes = parts_of(address, &length, &port);
    if (bytes == NULL || (port != 80 && port != 443))
        return false;
    return length == sizeof(struct in_addr) ? allows4(bytes) : allows6(bytes);
}

bool guard_is(const struct sockaddr *address, const char *numeric, unsigned port)
{
    size_t length;
    unsigned actual;
    unsigned char wanted[16];
    const void *bytes = parts_of(address, &length, &actual);
    return bytes != NULL && actual == port && inet_pton(address->sa_family, numeric, wanted) == 1 &&
           memcmp(bytes, wanted, length) == 0;
}

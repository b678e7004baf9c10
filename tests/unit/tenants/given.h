/* given.h: what tests of the domain are given: the networks' files, and the reader with its confined child. */
#ifndef VEHA_TEST_GIVEN_H
#define VEHA_TEST_GIVEN_H

#include "veha/network.h"

#include "tenants/verify/read.h"

#include <stddef.h>

static struct network_set *networks;
static struct reader *reader;

static inline int open_networks(void **state)
{
    (void)state;
    networks = network_load("templates/networks");
    return networks == NULL ? -1 : 0;
}

static inline int close_networks(void **state)
{
    (void)state;
    network_set_free(networks);
    return 0;
}

static inline int open_reader(void **state)
{
    if (open_networks(state) == 0)
        reader = reader_new(networks);
    return reader == NULL ? -1 : 0;
}

static inline int close_reader(void **state)
{
    reader_free(reader);
    return close_networks(state);
}

#endif

/* listen.h: the sockets and the TLS that connections come through. */
#ifndef VEHA_WEB_LISTEN_H
#define VEHA_WEB_LISTEN_H

#include "veha/config.h"
#include "veha/pool.h"

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>

enum { LISTEN_MAX = 16 };

struct listen_sockets {
    int descriptors[LISTEN_MAX];
    size_t count;
};

/*
 * Opens "ADDRESS:PORT" and "[ADDRESS]:PORT", in the master, so that no connection is refused while workers come and go.
 * An IPv6 address on a machine without IPv6 is passed over as long as another remains. False after printing why.
 */
bool listen_open(struct pool *pool, const char *const *addresses, struct listen_sockets *sockets);

/* TLS 1.3 with ALPN h2 and http/1.1; NULL after printing why. */
SSL_CTX *listen_tls(const struct config *config);

#endif

/* listen.c: opens listening sockets and sets up TLS. */
#include "listen.h"

#include "veha/log.h"

#include <errno.h>
#include <fcntl.h>
#include <h2o.h>
#include <netdb.h>
#include <openssl/err.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Parts "[::1]:8443" at its last colon. */
static bool split_address(struct pool *pool, const char *text, const char **host, const char **port)
{
    const char *colon = strrchr(text, ':');
    size_t length = colon == NULL ? 0 : (size_t)(colon - text);

    if (colon == NULL || colon[1] == '\0')
        return false;
    if (length >= 2 && text[0] == '[' && colon[-1] == ']')
        *host = pool_copy_length(pool, text + 1, length - 2);
    else
        *host = length == 0 ? NULL : pool_copy_length(pool, text, length);
    *port = colon + 1;
    return true;
}

static int open_socket(const struct addrinfo *address)
{
    const int on = 1;
    int descriptor = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (descriptor < 0)
        return -1;
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (address->ai_family == AF_INET6)
        setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    if (bind(descriptor, address->ai_addr, address->ai_addrlen) == 0 && listen(descriptor, SOMAXCONN) == 0)
        return descriptor;
    int problem = errno;
    close(descriptor);
    errno = problem;
    return -1;
}

static bool open_one(struct pool *pool, const char *text, struct listen_sockets *sockets)
{
    const struct addrinfo hints = {.ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV,
                                   .ai_socktype = SOCK_STREAM};
    struct addrinfo *address = NULL;
    const char *host, *port;

    if (sockets->count == LISTEN_MAX || !split_address(pool, text, &host, &port) ||
        getaddrinfo(host, port, &hints, &address) != 0) {
        fprintf(stderr, "veha: [web] listen: \"%s\" is no ADDRESS:PORT\n", text);
        return false;
    }
    int descriptor = open_socket(address);
    bool without =
        descriptor < 0 && address->ai_family == AF_INET6 && (errno == EADDRNOTAVAIL || errno == EAFNOSUPPORT);
    freeaddrinfo(address);
    if (descriptor >= 0)
        sockets->descriptors[sockets->count++] = descriptor;
    else if (without)
        log_event(LOG_LEVEL_WARNING, "address_absent", "address", text, NULL);
    else
        fprintf(stderr, "veha: cannot listen on %s: %s\n", text, strerror(errno));
    return descriptor >= 0 || without;
}

bool listen_open(struct pool *pool, const char *const *addresses, struct listen_sockets *sockets)
{
    *sockets = (struct listen_sockets){0};
    for (; *addresses != NULL; addresses++)
        if (!open_one(pool, *addresses, sockets))
            return false;
    if (sockets->count == 0)
        fprintf(stderr, "veha: [web] listen names no address of this machine\n");
    return sockets->count > 0;
}

static void print_tls_problem(const char *what, const char *path)
{
    fprintf(stderr, "veha: %s \"%s\": %s\n", what, path, ERR_reason_error_string(ERR_peek_last_error()));
    ERR_clear_error();
}

static bool load_pair(SSL_CTX *tls, const char *certificate, const char *key)
{
    if (SSL_CTX_use_certificate_chain_file(tls, certificate) != 1) {
        print_tls_problem("the certificate", certificate);
        return false;
    }
    if (SSL_CTX_use_PrivateKey_file(tls, key, SSL_FILETYPE_PEM) != 1) {
        print_tls_problem("the certificate's key", key);
        return false;
    }
    return true;
}

SSL_CTX *listen_tls(const struct config *config)
{
    static char h2[] = "h2", http1[] = "http/1.1"; /* the library's vectors are not const */
    static const h2o_iovec_t protocols[] = {{h2, sizeof h2 - 1}, {http1, sizeof http1 - 1}, {NULL, 0}};
    SSL_CTX *tls = SSL_CTX_new(TLS_server_method());

    if (tls == NULL || !load_pair(tls, config_text(config, "web", "certificate"), config_text(config, "web", "key"))) {
        SSL_CTX_free(tls);
        return NULL;
    }
    SSL_CTX_set_min_proto_version(tls, TLS1_3_VERSION);
    SSL_CTX_set_mode(tls, SSL_MODE_RELEASE_BUFFERS);
    h2o_ssl_register_alpn_protocols(tls, protocols);
    return tls;
}

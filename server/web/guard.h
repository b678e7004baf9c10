/*
 * guard.h: budgets of connections, kept outside of the HTTP library, which does not defend itself.
 *
 * Every accepted socket is charged to its address before it is linked. A walk, made twice a second, shuts down the
 * sockets that are over a budget; the library then notices the end by itself, so nothing of it is freed under its feet.
 */
#ifndef VEHA_WEB_GUARD_H
#define VEHA_WEB_GUARD_H

#include <h2o.h>
#include <stdbool.h>
#include <stdint.h>

struct guard;
struct guard_connection;

/* One request in flight on a connection; lives inside the request. */
struct guard_ticket {
    struct guard_connection *connection;
    struct guard_ticket *next, *previous;
    int64_t begun_at;    /* clock_monotonic_ms */
    int64_t turn_at;     /* since when it is our turn, or the reader's, with this part of the answer */
    int64_t answered_at; /* 0: not yet */
    bool standing;       /* its answer goes on until somebody ends it: it has no age */
};

enum {
    GUARD_WALK_MS = 500,
    GUARD_HEADERS_MAX = 100,
    GUARD_BODY_MAX = 64 * 1024 * 1024, /* of a body that still gets an answer: HTTP/2 has none for what it cuts off */
};

struct guard *guard_new(void);

/* Charges a new socket. false: over budget, and the caller closes it. */
bool guard_accept(struct guard *guard, h2o_socket_t *socket);

/* A request begins, with so many bytes of body: false when its connection has been shut down, and it deserves no work.
 */
bool guard_begin(h2o_socket_t *socket, size_t body, struct guard_ticket *ticket);
/* The address of its connection: IPv4 in the mapped form, of IPv6 the /64 that a customer has. */
const struct in6_addr *guard_address(const struct guard_ticket *ticket);
/* The answer is handed to the library, which may need long to send it. */
void guard_answered(struct guard_ticket *ticket);
/* What was handed over has been taken, and the next part of the answer is ours to give. */
void guard_resume(struct guard_ticket *ticket);
/* The answer goes on in parts: nothing of it waits for its reader until guard_answered is called again. */
void guard_stands(struct guard_ticket *ticket);
void guard_end(struct guard_ticket *ticket);
/* Shuts the request's connection down. */
void guard_cut(struct guard_ticket *ticket, const char *reason);

void guard_walk(struct guard *guard, int64_t now);
/* For a drain: shuts down the connections that have no request in flight. */
void guard_close_idle(struct guard *guard);
size_t guard_count(const struct guard *guard);

#endif

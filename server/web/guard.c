/* guard.c: charges connections and shuts down the ones over their budgets. */
#include "guard.h"

#include "veha/clock.h"
#include "veha/log.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum {
    BUCKETS = 1024,
    PER_ADDRESS_MAX = 1024,                       /* connections of one address; a town may sit behind one */
    WINDOW_MS = 15000,                            /* progress is judged over this long */
    SENT_LEAST = 4096,                            /* bytes that a reader with data waiting must take in a window */
    RECEIVED_LEAST = 16384,                       /* bytes that a body on its way must bring in a window */
    RECEIVED_MOST = GUARD_BODY_MAX + 1024 * 1024, /* bytes received without a request having begun */
    HEAD_MOST = 64 * 1024,                        /* of them, what a request may take beside its body */
    HELD_MOST = 192 * 1024 * 1024,                /* the same of all connections of a worker */
    WAITED_LEAST_MS = 5000,                       /* what was sent this moment waits for nobody */
    AGE_MAX_MS = 120000,                          /* of a request in flight, or of one part of an answer */
    RESETS_MAX = 100                              /* requests given up before their answer, in a window */
};

/* States: OPEN → CUT (shut down, waiting for the library to notice) → gone (on_close). */
struct guard_connection {
    struct guard *guard;
    h2o_socket_t *socket;
    struct guard_connection *next, *previous;               /* all */
    struct guard_connection *bucket_next, **bucket_pointer; /* of one hash of address */
    struct in6_addr address;
    struct guard_ticket tickets; /* ring of requests in flight; the longest turn first */
    bool cut;
    /* The running window. */
    int64_t window_at;
    uint64_t window_sent, window_received;
    unsigned window_begun, window_resets;
    uint64_t received_begun; /* bytes received that belong to requests which have begun */
    int64_t clear_at;        /* when a walk last found nothing of ours waiting */
};

struct guard {
    struct guard_connection connections; /* ring */
    struct guard_connection *buckets[BUCKETS];
    size_t count;
};

struct traffic {
    uint64_t sent, received;
    bool waiting; /* bytes of ours lie unsent or unacknowledged */
};

struct guard *guard_new(void)
{
    struct guard *guard = calloc(1, sizeof *guard);
    if (guard == NULL)
        abort();
    guard->connections.next = guard->connections.previous = &guard->connections;
    return guard;
}

size_t guard_count(const struct guard *guard)
{
    return guard->count;
}

/* IPv4 addresses in their mapped form, so that both kinds are counted alike; an IPv6 customer has a /64. */
static struct in6_addr peer_address(h2o_socket_t *socket)
{
    struct sockaddr_storage name = {0};
    struct in6_addr address = {0};

    if (h2o_socket_getpeername(socket, (void *)&name) == 0)
        return address;
    if (name.ss_family == AF_INET6)
        memcpy(&address, &((struct sockaddr_in6 *)(void *)&name)->sin6_addr, sizeof address);
    if (name.ss_family == AF_INET) {
        memset(address.s6_addr + 10, 0xff, 2);
        memcpy(address.s6_addr + 12, &((struct sockaddr_in *)(void *)&name)->sin_addr, 4);
    } else if (!IN6_IS_ADDR_V4MAPPED(&address)) {
        memset(address.s6_addr + 8, 0, 8);
    }
    return address;
}

static struct guard_connection **bucket_of(struct guard *guard, const struct in6_addr *address)
{
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < sizeof address->s6_addr; i++)
        hash = (hash ^ address->s6_addr[i]) * 16777619u;
    return &guard->buckets[hash % BUCKETS];
}

static bool address_full(struct guard_connection *const *bucket, const struct in6_addr *address)
{
    unsigned count = 0;
    for (const struct guard_connection *at = *bucket; at != NULL; at = at->bucket_next)
        count += memcmp(&at->address, address, sizeof *address) == 0;
    return count >= PER_ADDRESS_MAX;
}

static void on_close(void *data)
{
    struct guard_connection *connection = data;

    connection->next->previous = connection->previous;
    connection->previous->next = connection->next;
    *connection->bucket_pointer = connection->bucket_next;
    if (connection->bucket_next != NULL)
        connection->bucket_next->bucket_pointer = connection->bucket_pointer;
    connection->guard->count--;
    free(connection);
}

bool guard_accept(struct guard *guard, h2o_socket_t *socket)
{
    struct in6_addr address = peer_address(socket);
    struct guard_connection **bucket = bucket_of(guard, &address);

    if (address_full(bucket, &address))
        return false;
    struct guard_connection *connection = calloc(1, sizeof *connection);
    if (connection == NULL)
        return false;
    connection->guard = guard;
    connection->socket = socket;
    connection->address = address;
    connection->tickets.next = connection->tickets.previous = &connection->tickets;
    connection->window_at = connection->clear_at = clock_monotonic_ms();

    connection->previous = guard->connections.previous;
    connection->next = &guard->connections;
    connection->previous->next = connection->next->previous = connection;
    connection->bucket_next = *bucket;
    connection->bucket_pointer = bucket;
    if (*bucket != NULL)
        (*bucket)->bucket_pointer = &connection->bucket_next;
    *bucket = connection;
    guard->count++;
    socket->on_close.cb = on_close;
    socket->on_close.data = connection;
    return true;
}

static void cut(struct guard_connection *connection, const char *reason)
{
    if (connection->cut)
        return;
    connection->cut = true;
    shutdown(h2o_socket_get_fd(connection->socket), SHUT_RDWR);
    log_event(LOG_LEVEL_NOTICE, "connection_cut", "reason", reason, NULL);
}

static struct traffic traffic_of(const struct guard_connection *connection)
{
    struct tcp_info info = {0};
    socklen_t length = sizeof info;

    getsockopt(h2o_socket_get_fd(connection->socket), IPPROTO_TCP, TCP_INFO, &info, &length);
    return (struct traffic){info.tcpi_bytes_acked, info.tcpi_bytes_received,
                            info.tcpi_notsent_bytes > 0 || info.tcpi_unacked > 0};
}

/* The ring holds first whose turn has lasted longest. */
static void join_ring(struct guard_ticket *ring, struct guard_ticket *ticket)
{
    ticket->turn_at = clock_monotonic_ms();
    ticket->previous = ring->previous;
    ticket->next = ring;
    ticket->previous->next = ring->previous = ticket;
}

static void leave_ring(struct guard_ticket *ticket)
{
    ticket->next->previous = ticket->previous;
    ticket->previous->next = ticket->next;
}

bool guard_begin(h2o_socket_t *socket, size_t body, struct guard_ticket *ticket)
{
    struct guard_connection *connection = socket->on_close.data;
    struct guard_ticket *ring = &connection->tickets;

    ticket->connection = connection;
    ticket->begun_at = clock_monotonic_ms();
    join_ring(ring, ticket);
    connection->window_begun++;
    connection->received_begun += body + HEAD_MOST;
    return !connection->cut;
}

const struct in6_addr *guard_address(const struct guard_ticket *ticket)
{
    return &ticket->connection->address;
}

void guard_end(struct guard_ticket *ticket)
{
    struct guard_connection *connection = ticket->connection;

    leave_ring(ticket);
    if (ticket->answered_at == 0 && !ticket->standing && ++connection->window_resets > RESETS_MAX)
        cut(connection, "resets");
}

void guard_answered(struct guard_ticket *ticket)
{
    ticket->answered_at = clock_monotonic_ms();
}

void guard_resume(struct guard_ticket *ticket)
{
    leave_ring(ticket);
    join_ring(&ticket->connection->tickets, ticket);
    ticket->answered_at = 0;
}

void guard_stands(struct guard_ticket *ticket)
{
    ticket->standing = true;
    ticket->answered_at = 0;
}

void guard_cut(struct guard_ticket *ticket, const char *reason)
{
    cut(ticket->connection, reason);
}

/* An answer that the library still holds after a whole window waits for its reader: HTTP/2 windows do not show in the
 * socket. */
static bool answer_held(const struct guard_connection *connection, int64_t before)
{
    for (const struct guard_ticket *at = connection->tickets.next; at != &connection->tickets; at = at->next)
        if (at->answered_at != 0 && at->answered_at < before)
            return true;
    return false;
}

static bool in_flight(const struct guard_connection *connection)
{
    return connection->tickets.next != &connection->tickets;
}

static bool too_old(const struct guard_connection *connection, int64_t now)
{
    for (const struct guard_ticket *at = connection->tickets.next; at != &connection->tickets; at = at->next)
        if (!at->standing)
            return now - at->turn_at > AGE_MAX_MS;
    return false;
}

/* Once a window: has what must move moved? */
static const char *judge_window(struct guard_connection *connection, const struct traffic *traffic, int64_t now)
{
    uint64_t sent = traffic->sent - connection->window_sent;
    uint64_t received = traffic->received - connection->window_received;
    bool waits = now - connection->clear_at >= WAITED_LEAST_MS;

    if ((waits || answer_held(connection, connection->window_at)) && sent < SENT_LEAST)
        return "reader_stalled";
    if (!in_flight(connection) && connection->window_begun == 0 && received > 0 && received < RECEIVED_LEAST)
        return "request_drips";
    return NULL;
}

static void next_window(struct guard_connection *connection, const struct traffic *traffic, int64_t now)
{
    connection->window_at = now;
    connection->window_sent = traffic->sent;
    connection->window_received = traffic->received;
    connection->window_begun = connection->window_resets = 0;
}

/* Returns the bytes of bodies on their way. */
static uint64_t walk_one(struct guard_connection *connection, int64_t now)
{
    struct traffic traffic = traffic_of(connection);
    const char *reason = NULL;

    if (!traffic.waiting)
        connection->clear_at = now;
    if (too_old(connection, now))
        reason = "request_age";
    if (connection->received_begun > traffic.received)
        connection->received_begun = traffic.received;
    if (traffic.received - connection->received_begun > RECEIVED_MOST)
        reason = "no_request"; /* a flood of frames that ask for nothing */
    if (reason == NULL && now - connection->window_at >= WINDOW_MS) {
        reason = judge_window(connection, &traffic, now);
        next_window(connection, &traffic, now);
    }
    if (reason != NULL)
        cut(connection, reason);
    return connection->cut ? 0 : traffic.received - connection->received_begun;
}

void guard_walk(struct guard *guard, int64_t now)
{
    struct guard_connection *largest = NULL;
    uint64_t held = 0, most = 0;

    for (struct guard_connection *at = guard->connections.next; at != &guard->connections; at = at->next) {
        uint64_t holds = at->cut ? 0 : walk_one(at, now);
        held += holds;
        if (holds > most) {
            most = holds;
            largest = at;
        }
    }
    if (held > HELD_MOST)
        cut(largest, "bodies");
}

void guard_close_idle(struct guard *guard)
{
    for (struct guard_connection *at = guard->connections.next; at != &guard->connections; at = at->next)
        if (!in_flight(at) && !traffic_of(at).waiting)
            cut(at, "drain");
}

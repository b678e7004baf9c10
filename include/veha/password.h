/*
 * password.h: Argon2id (libsodium, 64 MiB, 2 passes) in a small pool of threads.
 *
 * At most max(1, min(4, cores / 2)) hashes run at once on a host: worker processes share slots made by password_prepare in their master. Threads
 * run at low priority; answers come back through a descriptor the owner's loop watches.
 */
#ifndef VEHA_PASSWORD_H
#define VEHA_PASSWORD_H

#include <stdbool.h>

#include "veha/pool.h"

enum { PASSWORD_SHORTEST = 12, PASSWORD_LONGEST = 128 }; /* Unicode code points */

void password_prepare(void); /* in the master, before it forks: shared slots */

/* A stable fault code, or NULL when the password will do ("password_short", "password_long", "password_common", "not_utf8"). */
const char *password_weakness(const char *password);

/* Blocking, for commands. The encoded hash lives in pool. */
const char *password_hash(struct pool *pool, const char *password);

struct password_queue;
typedef void password_done(void *data, bool right);
struct password_queue *password_queue_new(void);
void password_queue_free(struct password_queue *queue);
int password_queue_descriptor(const struct password_queue *queue); /* readable: call password_queue_step */
void password_queue_step(struct password_queue *queue);
/* hash NULL: an unknown name; takes the same time and is never right. Returns a ticket for password_forget, or NULL when the queue is full. */
struct password_ticket *password_verify(struct password_queue *queue, const char *password, const char *hash,
                                        password_done *done, void *data);
/* The encoded hash of a new password; it lives as long as the callback. NULL: 64 MiB could not be had. Ticket and queue as above. */
typedef void password_made(void *data, const char *hash);
struct password_ticket *password_make(struct password_queue *queue, const char *password, password_made *made, void *data);
void password_forget(struct password_ticket *ticket); /* done or made will not be called */

#endif

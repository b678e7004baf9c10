/* mail.h: hands messages to a mail server, or leaves them in a folder. */
#ifndef VEHA_NOTIFY_MAIL_H
#define VEHA_NOTIFY_MAIL_H

#include "veha/config.h"
#include "veha/pool.h"

#include <stddef.h>

struct mail;

/* MAIL_FAILED: another try may do. MAIL_REFUSED: the server said 5xx of this letter, and will again. */
enum mail_outcome { MAIL_SENT, MAIL_FAILED, MAIL_REFUSED };

struct mail_message {
    const char *name; /* of the file, without an ending; the same letter has the same name */
    const char *from, *to;
    const char *bytes;
    size_t length;
};

/* By [mail]; lives in pool. NULL after printing what is missing. */
struct mail *mail_open(struct pool *pool, const struct config *config);

/* Blocks, for at most half a minute. *said: the server's last words, or what went wrong, in pool. */
enum mail_outcome mail_send(struct mail *mail, struct pool *pool, const struct mail_message *message,
                            const char **said);

#endif

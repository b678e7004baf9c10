/*
 * log.h: structured log lines.
 *
 * One line an event: to the journal (sd_journal_sendv) where standard error is connected to it, otherwise to standard error as
 * `TIME LEVEL EVENT key=value ...` with values quoted where they need it. Never a password, token, or text of a request.
 */
#ifndef VEHA_LOG_H
#define VEHA_LOG_H

enum log_level { LOG_LEVEL_ERROR = 3, LOG_LEVEL_WARNING = 4, LOG_LEVEL_NOTICE = 5, LOG_LEVEL_INFO = 6, LOG_LEVEL_DEBUG = 7 };

void log_open(const char *program, enum log_level most); /* program: "serve", "verify", ... */

/* Pairs of key and value (both const char *), ended by NULL: log_event(LOG_LEVEL_INFO, "look_done", "network", "vk", NULL). */
void log_event(enum log_level level, const char *event, ...) __attribute__((sentinel));

/* A numeric value for the list above, in a small rotating buffer: valid until 8 further calls in the same thread. */
const char *log_number(long long number);

#endif

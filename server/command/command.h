/* command.h: the subcommands of veha, and what they share. */
#ifndef VEHA_COMMAND_H
#define VEHA_COMMAND_H

#include "veha/config.h"
#include "veha/fault.h"
#include "veha/pool.h"
#include "veha/text.h"
#include "veha/unit.h"

#include <jansson.h>
#include <stdbool.h>

#define VEHA_VERSION "0.1.0"

/* Each returns the exit status of the program; argv[0] is the subcommand's name. */
int command_migrate(int argc, char **argv);
int command_serve(int argc, char **argv);
int command_import(int argc, char **argv);
int command_invite(int argc, char **argv);
int command_check_config(int argc, char **argv);
int command_token(int argc, char **argv);
int command_user(int argc, char **argv);
int command_audit(int argc, char **argv);
int command_probe(int argc, char **argv);
int command_verify(int argc, char **argv);
int command_notify(int argc, char **argv);

/*
 * Takes "--config FILE" out of the arguments (*argc shrinks), reads that file or the standard one, and opens the log
 * under the command's name. NULL after printing why.
 */
struct config *command_config(struct pool *pool, int *argc, char **argv);

/* A connection to the database under the operator's rights, in the pool. application: its name there. */
struct db *command_db(struct pool *pool, const struct config *config, const char *application);

/* The document of one query, in the pool; NULL with *fault set when it failed, NULL without when there is none. */
const json_t *command_ask(struct db *db, struct pool *pool, const char *query, const char *const *values,
                          const struct fault **fault);

/* What the code of a refusal means to an operator. */
struct command_sentence {
    const char *code;
    const char *sentence;
};

/* The fault with its sentence, where the list (ended by {0}) has one. */
const struct fault *command_explain(struct pool *pool, const struct command_sentence *sentences,
                                    const struct fault *fault);

/* `veha token issue`, `list` and `revoke`; false when the arguments are none of these. */
bool command_service(struct pool *pool, const struct config *config, int argc, char **argv, const struct fault **fault);

/* Reads a file into bytes, "-" being standard input; not much more than `most` bytes, for one more is enough to know.
 * NULL, or file_unreadable. */
const struct fault *command_read(struct pool *pool, const char *path, size_t most, struct buffer *bytes);

/* Prints the fault on one line and returns EXIT_FAILURE; NULL is EXIT_SUCCESS. */
int command_end(const char *command, const struct fault *fault);

/* Prints "veha COMMAND: what it takes" and returns EX_USAGE. */
int command_usage(const char *command, const char *takes);

#endif

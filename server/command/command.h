/* command.h: the subcommands of veha, and what they share. */
#ifndef VEHA_COMMAND_H
#define VEHA_COMMAND_H

#include "veha/config.h"
#include "veha/fault.h"
#include "veha/pool.h"

#define VEHA_VERSION "0.1.0"

/* Each returns the exit status of the program; argv[0] is the subcommand's name. */
int command_migrate(int argc, char **argv);
int command_serve(int argc, char **argv);
int command_import(int argc, char **argv);
int command_check_config(int argc, char **argv);
int command_token(int argc, char **argv);
int command_user(int argc, char **argv);
int command_probe(int argc, char **argv);
int command_verify(int argc, char **argv);

/*
 * Takes "--config FILE" out of the arguments (*argc shrinks), reads that file or the standard one, and opens the log under the
 * command's name. NULL after printing why.
 */
struct config *command_config(struct pool *pool, int *argc, char **argv);

/* Prints the fault on one line and returns EXIT_FAILURE; NULL is EXIT_SUCCESS. */
int command_end(const char *command, const struct fault *fault);

/* Prints "veha COMMAND: what it takes" and returns EX_USAGE. */
int command_usage(const char *command, const char *takes);

#endif

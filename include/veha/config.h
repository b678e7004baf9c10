/*
 * config.h: one INI file a region, with conf.d beside it, every key overridable as VEHA_<SECTION>_<KEY>.
 *
 * The table of keys (config.c) says for each section and key its default, its kind and one sentence of help; an unknown key or
 * a value of the wrong kind is a fault with file and line. A value "@/path" of a secret is read from that file; relative
 * paths are relative to the file that names them.
 */
#ifndef VEHA_CONFIG_H
#define VEHA_CONFIG_H

#include <stdbool.h>

#include "veha/pool.h"

struct config;

/*
 * Reads path (NULL: $VEHA_CONFIG, else /etc/veha/veha.conf). On fault prints every mistake to standard error, one
 * sentence each as FILE:LINE: ..., and returns NULL.
 */
struct config *config_load(struct pool *pool, const char *path);

/* The value or its default; never NULL (an unset key without default is ""). An unknown key ends the process. */
const char *config_text(const struct config *config, const char *section, const char *key);
long config_number(const struct config *config, const char *section, const char *key);
bool config_switch(const struct config *config, const char *section, const char *key); /* yes or no */

/* The whitespace- or comma-separated parts of a list value, ended by NULL, in the pool. */
const char *const *config_list(const struct config *config, struct pool *pool, const char *section, const char *key);

/* The values of all secrets that are set, ended by NULL, in the pool: what must not be shown or kept anywhere. */
const char *const *config_secrets(const struct config *config, struct pool *pool);

#endif

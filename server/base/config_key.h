/* config_key.h: the table of keys, and what a loaded configuration looks like inside. */
#ifndef VEHA_CONFIG_KEY_H
#define VEHA_CONFIG_KEY_H

#include "veha/config.h"

#include <stddef.h>

enum config_kind {
    CONFIG_TEXT,
    CONFIG_NUMBER, /* a whole number, 0 or more */
    CONFIG_COUNT,  /* a whole number, 1 or more */
    CONFIG_HOURS,  /* FROM-TO, hours of a day */
    CONFIG_DATE,   /* YYYY-MM-DD */
    CONFIG_SWITCH, /* yes or no */
    CONFIG_LEVEL,  /* error, warning, notice, info, debug */
    CONFIG_LIST,   /* parted by white space or commas */
    CONFIG_PATH,   /* of a file or folder; relative to the file that names it */
    CONFIG_SECRET  /* "@PATH" stands for the text of that file */
};

struct config_key {
    const char *section;
    const char *key;
    enum config_kind kind;
    const char *standard; /* the default; "" for none */
    const char *help;
};

extern const struct config_key config_keys[];
extern const size_t config_key_count;

struct config {
    const char **values; /* one a key; never NULL after loading */
};

/* config_key_count where there is none. */
size_t config_find(const char *section, const char *key);

/* NULL when value fits the kind, otherwise what it must be ("must be a whole number"). */
const char *config_objection(enum config_kind kind, const char *value);

#endif

/*
 * template_part.h: what compiling a template leaves for its rendering.
 *
 * A compiled template is one flat array of nodes in the order of its text. A section knows the number of the node
 * behind its last inner one, so rendering needs no tree.
 */
#ifndef VEHA_TEMPLATE_PART_H
#define VEHA_TEMPLATE_PART_H

#include "veha/locale.h"
#include "veha/pool.h"
#include "veha/text.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum {
    SECTIONS_MOST = 32, /* sections open at once in one file */
    DEPTH_MOST = 64,    /* sections and partials within each other while rendering */
    WORK_MOST =
        10000000,      /* nodes and looked up names of one page: partials that call themselves twice would never end */
    INDENT_MOST = 256, /* white space before the lines of partials within each other */
    BYTES_MOST = 32 << 20,     /* of one page */
    ARGUMENTS_MOST = 3,        /* of one formatter */
    FILE_LENGTH_MOST = 1 << 20 /* of one template */
};

/* A dotted name. No parts at all is ".", the current value. */
struct path {
    const char *const *parts;
    size_t count;
};

struct render;

struct argument {
    const char *text; /* a word or the rest of the tag */
    struct path path; /* of a name */
};

struct formatter {
    const char *name;
    const char *signature; /* a letter an argument: n name in the context, w word, t the rest of the tag */
    void (*write)(struct render *render, const struct argument *arguments, struct buffer *out); /* unescaped */
};

enum node_kind { NODE_TEXT, NODE_VALUE, NODE_RAW, NODE_SECTION, NODE_INVERTED, NODE_PARTIAL, NODE_FORMAT };

struct compiled;

struct node {
    enum node_kind kind;
    unsigned line;
    const char *text; /* literal text, name of a partial; the name of a section */
    size_t length;
    struct path path;
    size_t next;                    /* sections: the node behind the last inner one */
    const char *indent;             /* partials: white space before a tag alone in its line; "" when not alone; */
    const struct compiled *partial; /* NULL: there is none */
    const struct formatter *format;
    const struct argument *arguments;
};

struct compiled {
    const char *name;
    const char *file; /* for mistakes */
    bool plain;       /* plain text: nothing is escaped */
    struct node *nodes;
    size_t count;
};

struct mistake {
    unsigned line; /* 0: there was none */
    const char *reason;
};

/* unescaped: the names that {{{ }}} and {{& }} may show, ended by NULL; NULL: any name. What is returned lives in pool;
 * NULL on mistake. */
struct compiled *template_compile(struct pool *pool, const char *text, size_t length, const char *const *unescaped,
                                  struct mistake *mistake);

/* Splits a dotted name; false when it is none. */
bool template_path(struct pool *pool, const char *text, size_t length, struct path *path);

/* Renders into out, which is appended to; false when a limit was met, with *reason. */
bool template_write(const struct compiled *compiled, const json_t *data, const struct locale *locale,
                    const json_t *assets, struct buffer *out, const char **reason);

/* For formatters. Values are found as {{name}} finds them; NULL: there is none. */
const json_t *render_value(struct render *render, const struct path *path);
const json_t *render_value_named(struct render *render, const char *name, size_t length);
const struct locale *render_locale(const struct render *render);
const json_t *render_assets(const struct render *render);

/* The text {{name}} would show, before escaping. */
void template_plain(const json_t *value, struct buffer *out);

/* The words of a code with their places filled; what is no code stands as it is. */
void template_code_words(struct render *render, const char *context, const char *code, struct buffer *out);

const struct formatter *template_formatter(const char *name, size_t length);

#endif

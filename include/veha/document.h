/*
 * document.h: JSON files written by people (roadmaps, networks, calendars), read so that every mistake has a place.
 *
 * A document keeps its text beside the parsed tree, so that a mistake found later can still be told as FILE:LINE: reason.
 */
#ifndef VEHA_DOCUMENT_H
#define VEHA_DOCUMENT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "veha/pool.h"

struct document {
    const char *path;
    const char *text;
    json_t *root; /* an object; owned by the pool */
    struct document_mistake {
        unsigned line; /* 1-based */
        const char *pointer; /* "" for the whole */
        const char *code;    /* for programs, and for people in their own language */
        const char *reason;
    } *mistakes;
    size_t mistake_count;
};

/*
 * Reads and parses; a file that is unreadable, is not JSON, repeats a key or whose root is no object gives a document with root NULL
 * and one mistake.
 */
struct document *document_read(struct pool *pool, const char *path);
struct document *document_parse(struct pool *pool, const char *path, const char *text, size_t length);

/* Notes a mistake at a JSON pointer (RFC 6901: "/steps/3/offset"); the line is that of the value, or of its nearest ancestor. */
void document_mistake(struct document *document, struct pool *pool, const char *pointer, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* The same with a code of its own; document_mistake's is "mistake". */
void document_fault(struct document *document, struct pool *pool, const char *pointer, const char *code, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* One member an object may have. */
struct document_member {
    const char *name;
    char type; /* s string, i integer, n number, b boolean, a array, o object */
    bool required;
};

/*
 * Checks the object at pointer against members (ended by {0}): notes unknown, missing and wrongly typed members. Returns the
 * object, or NULL where there is none.
 */
const json_t *document_object(struct document *document, struct pool *pool, const char *pointer,
                              const struct document_member *members);

/* Prints all mistakes as FILE:LINE: reason to standard error; true when there were none. */
bool document_sound(const struct document *document);

#endif

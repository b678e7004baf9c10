/*
 * pool.h: memory that dies together.
 *
 * A pool belongs to one request, job or command. What is allocated from it, and every foreign thing adopted by it,
 * is released when the pool is freed, in the reverse order of its acquisition. Running out of memory ends the process
 * (one worker of several; its master starts another), so nothing here returns NULL.
 */
#ifndef VEHA_POOL_H
#define VEHA_POOL_H

#include <stdarg.h>
#include <stddef.h>

struct pool;

struct pool *pool_new(void);
void pool_free(struct pool *pool); /* NULL is legal */

/* Zeroed memory, aligned for any type. */
void *pool_alloc(struct pool *pool, size_t size);

char *pool_copy(struct pool *pool, const char *text); /* NULL stays NULL */
char *pool_copy_length(struct pool *pool, const char *bytes, size_t length); /* adds a terminating NUL */
char *pool_print(struct pool *pool, const char *format, ...) __attribute__((format(printf, 2, 3)));
char *pool_print_list(struct pool *pool, const char *format, va_list arguments) __attribute__((format(printf, 2, 0)));

/*
 * Ties a thing to the pool on the line that obtained it: release(thing) is called when the pool dies. NULL is passed
 * through and not adopted. Returns thing.
 */
void *pool_adopt(struct pool *pool, void *thing, void (*release)(void *thing));
void pool_release_json(void *json); /* for pool_adopt(): json_decref() of jansson */

#endif

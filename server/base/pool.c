/* pool.c: bump allocation in blocks, and a list of adopted things released in reverse order. */
#include "veha/pool.h"

#include "memory.h"

#include <jansson.h>
#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef VEHA_SANITIZE
enum { BLOCK_SIZE = 0 }; /* every allocation gets a block of its own, so that the sanitizer sees overruns */
#else
enum { BLOCK_SIZE = 4096 - 64 }; /* leaves room for the headers of block and malloc in one page */
#endif

struct block {
    struct block *next;
    size_t size;
    size_t used;
    alignas(max_align_t) unsigned char bytes[];
};

struct adopted {
    struct adopted *next;
    void *thing;
    void (*release)(void *thing);
};

struct pool {
    struct block *blocks;
    struct adopted *adopted;
};

struct pool *pool_new(void)
{
    struct pool *pool = memory_resize(NULL, sizeof *pool);
    *pool = (struct pool){0};
    return pool;
}

void pool_free(struct pool *pool)
{
    if (pool == NULL)
        return;
    while (pool->adopted != NULL) {
        struct adopted *last = pool->adopted;
        pool->adopted = last->next;
        last->release(last->thing);
    }
    while (pool->blocks != NULL) {
        struct block *block = pool->blocks;
        pool->blocks = block->next;
        free(block);
    }
    free(pool);
}

static struct block *block_new(struct pool *pool, size_t needed)
{
    size_t size = needed > (size_t)BLOCK_SIZE ? needed : (size_t)BLOCK_SIZE;
    struct block *block = memory_resize(NULL, sizeof *block + size);
    block->size = size;
    block->used = 0;
    /* A large thing must not hide what is left in the block at the head. */
    if (size > (size_t)BLOCK_SIZE && pool->blocks != NULL) {
        block->next = pool->blocks->next;
        pool->blocks->next = block;
    } else {
        block->next = pool->blocks;
        pool->blocks = block;
    }
    return block;
}

void *pool_alloc(struct pool *pool, size_t size)
{
    const size_t step = alignof(max_align_t);
    if (size > SIZE_MAX / 2)
        size = SIZE_MAX / 2; /* no allocator grants that, so it ends as any other lack of memory */
    size_t needed = size == 0 ? step : (size + step - 1) / step * step;
    struct block *block = pool->blocks;
    if (block == NULL || block->size - block->used < needed) {
#ifdef VEHA_SANITIZE
        needed = size == 0 ? 1 : size;
#endif
        block = block_new(pool, needed);
    }
    void *bytes = block->bytes + block->used;
    block->used += needed;
    return memset(bytes, 0, needed);
}

char *pool_copy_length(struct pool *pool, const char *bytes, size_t length)
{
    char *copy = pool_alloc(pool, length + 1);
    if (length > 0)
        memcpy(copy, bytes, length);
    return copy;
}

char *pool_copy(struct pool *pool, const char *text)
{
    return text == NULL ? NULL : pool_copy_length(pool, text, strlen(text));
}

char *pool_print_list(struct pool *pool, const char *format, va_list arguments)
{
    va_list again;
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    size_t size = length < 0 ? 1 : (size_t)length + 1;
    char *text = pool_alloc(pool, size);
    vsnprintf(text, size, format, again);
    va_end(again);
    return text;
}

char *pool_print(struct pool *pool, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *text = pool_print_list(pool, format, arguments);
    va_end(arguments);
    return text;
}

void *pool_adopt(struct pool *pool, void *thing, void (*release)(void *thing))
{
    if (thing == NULL)
        return NULL;
    struct adopted *adopted = pool_alloc(pool, sizeof *adopted);
    *adopted = (struct adopted){.next = pool->adopted, .thing = thing, .release = release};
    pool->adopted = adopted;
    return thing;
}

void pool_release_json(void *json)
{
    json_decref(json);
}

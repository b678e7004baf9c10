/* memory.h: what happens when there is no memory left, said once for pools and buffers. */
#ifndef VEHA_MEMORY_H
#define VEHA_MEMORY_H

#include <stddef.h>

/* As realloc, but a failure ends the process. size is never 0. */
void *memory_resize(void *block, size_t size);

#endif

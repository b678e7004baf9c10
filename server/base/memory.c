/* memory.c: ends the process when memory runs out. */
#include "memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

void *memory_resize(void *block, size_t size)
{
    void *resized = realloc(block, size);
    if (resized != NULL)
        return resized;
    /* _Exit: handlers registered with atexit would want memory too. */
    fputs("veha: out of memory\n", stderr);
    _Exit(EX_OSERR);
}

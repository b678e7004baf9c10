/* scratch.h: a fresh folder for keys, gone when the test ends. */
#ifndef VEHA_TEST_SCRATCH_H
#define VEHA_TEST_SCRATCH_H

#include "veha/key.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static inline char *scratch_new(void)
{
    const char *base = getenv("TMPDIR");
    char *path = NULL;
    if (asprintf(&path, "%s/veha-keys-XXXXXX", base != NULL ? base : "/tmp") < 0 || mkdtemp(path) == NULL)
        abort();
    return path;
}

static inline void scratch_free(char *path)
{
    DIR *directory = opendir(path);
    for (struct dirent *entry = readdir(directory); entry != NULL; entry = readdir(directory))
        if (entry->d_name[0] != '.')
            unlinkat(dirfd(directory), entry->d_name, 0);
    closedir(directory);
    rmdir(path);
    free(path);
}

#endif

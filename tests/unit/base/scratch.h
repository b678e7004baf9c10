/* scratch.h: a folder for files of one test, and what a program prints on standard error. */
#ifndef VEHA_TEST_SCRATCH_H
#define VEHA_TEST_SCRATCH_H

#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* cmocka.h needs those above. */
#include <cmocka.h>

static char scratch_folder[64];

static inline int scratch_make(void **state)
{
    (void)state;
    snprintf(scratch_folder, sizeof scratch_folder, "/tmp/veha-scratch-XXXXXX");
    return mkdtemp(scratch_folder) == NULL;
}

static inline int scratch_unlink(const char *path, const struct stat *status, int type, struct FTW *place)
{
    (void)status, (void)type, (void)place;
    return remove(path);
}

static inline int scratch_remove(void **state)
{
    (void)state;
    return nftw(scratch_folder, scratch_unlink, 8, FTW_DEPTH | FTW_PHYS);
}

/* Writes a file below the folder, with the folders it needs; answers its path in a buffer that the next call uses
 * again. */
static inline const char *scratch_write(const char *name, const char *text)
{
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", scratch_folder, name);
    char *slash = strrchr(path, '/');
    *slash = '\0';
    mkdir(path, 0700);
    *slash = '/';
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
    return path;
}

static int scratch_saved_stderr = -1;

/* Standard error goes into a file until scratch_printed. */
static inline void scratch_listen(void)
{
    char path[256];
    snprintf(path, sizeof path, "%s/stderr", scratch_folder);
    int file = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(file >= 0);
    scratch_saved_stderr = dup(STDERR_FILENO);
    assert_true(dup2(file, STDERR_FILENO) >= 0);
    close(file);
}

/* What was printed since scratch_listen, with the scratch folder's name cut out. */
static inline const char *scratch_printed(void)
{
    static char text[65536];
    fflush(stderr);
    lseek(STDERR_FILENO, 0, SEEK_SET);
    ssize_t length = read(STDERR_FILENO, text, sizeof text - 1);
    dup2(scratch_saved_stderr, STDERR_FILENO);
    close(scratch_saved_stderr);
    text[length < 0 ? 0 : length] = '\0';
    char prefix[80];
    size_t cut = (size_t)snprintf(prefix, sizeof prefix, "%s/", scratch_folder);
    for (char *at = text; (at = strstr(at, prefix)) != NULL;)
        memmove(at, at + cut, strlen(at + cut) + 1);
    return text;
}

#endif

/* config_load.c: reads the file, its conf.d and the environment, and tells every mistake with its place. */
#include "veha/text.h"

#include "config_key.h"

#include <ctype.h>
#include <errno.h>
#include <glob.h>
#include <ini.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern char **environ;

enum { SECRET_MOST = 65536 };

/* Where the last value of a key came from: a later source replaces it, the same line's continuation adds to it. */
struct origin {
    const char *place; /* "FILE:LINE" or "VEHA_SECTION_KEY" */
    const char *file;  /* the address of the path in use, to tell a second mention in one file */
    const char *directory;
    struct buffer more; /* what continues the line */
};

struct load {
    struct pool *pool;
    struct config *config;
    struct origin *origins;
    const char *path;
    const char *directory;
    FILE *file;
    unsigned line;
    bool continued; /* the line began with white space: inih then repeats the name before */
    unsigned mistakes;
};

__attribute__((format(printf, 3, 4))) static void object(struct load *load, const char *place, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "%s: %s\n", place, pool_print_list(load->pool, format, arguments));
    va_end(arguments);
    load->mistakes++;
}

static const char *here(const struct load *load)
{
    return pool_print(load->pool, "%s:%u", load->path, load->line);
}

static const char *resolve(const struct load *load, const char *directory, const char *path)
{
    return *path == '/' || *path == '\0' ? path : pool_print(load->pool, "%s/%s", directory, path);
}

static void release_file(void *file)
{
    fclose(file);
}

/* The text of a secret's file, without the line end an editor leaves. */
static const char *read_secret(struct load *load, const struct origin *origin, const char *path)
{
    struct pool *reading = pool_new();
    FILE *file = pool_adopt(reading, fopen(path, "re"), release_file);
    char *text = pool_alloc(load->pool, SECRET_MOST);
    size_t length = file == NULL ? 0 : fread(text, 1, SECRET_MOST - 1, file);
    if (file == NULL || ferror(file))
        object(load, origin->place, "%s cannot be read: %s", path, strerror(errno));
    else if (!feof(file))
        object(load, origin->place, "%s is too long for a secret", path);
    pool_free(reading);
    while (length > 0 && isspace((unsigned char)text[length - 1]))
        text[--length] = '\0';
    return text;
}

static void set(struct load *load, size_t key, const struct origin *origin, const char *value)
{
    buffer_free(&load->origins[key].more);
    load->config->values[key] = value;
    load->origins[key] = *origin;
}

/* One line of a file, as inih calls it; its own return value would only say "stop". */
static int on_value(void *data, const char *section, const char *name, const char *value)
{
    struct load *load = data;
    size_t key = config_find(section, name);
    if (key == config_key_count) {
        if (*section == '\0')
            object(load, here(load), "\"%s\" stands before any [section]", name);
        else
            object(load, here(load), "unknown key \"%s\" in [%s]", name, section);
        return 1;
    }
    struct origin *before = &load->origins[key];
    struct origin origin = {.place = here(load), .file = load->path, .directory = load->directory};
    if (load->continued && before->file == load->path)
        buffer_print(&before->more, " %s", value);
    else if (before->file == load->path)
        object(load, origin.place, "\"%s\" is given twice, first at %s", name, before->place);
    else
        set(load, key, &origin, pool_copy(load->pool, value));
    return 1;
}

/* Counts lines, which Debian's inih does not tell its callers. */
static char *read_line(char *line, int size, void *data)
{
    struct load *load = data;
    if (fgets(line, size, load->file) == NULL)
        return NULL;
    load->line++;
    load->continued = *line == ' ' || *line == '\t';
    size_t length = strlen(line);
    if (length + 1 == (size_t)size && line[length - 1] != '\n') {
        object(load, here(load), "the line is too long");
        for (int byte = 0; byte != '\n' && byte != EOF;)
            byte = fgetc(load->file);
    }
    return line;
}

static void read_file(struct load *load, const char *path)
{
    struct pool *reading = pool_new();
    const char *slash = strrchr(path, '/');
    load->path = pool_copy(load->pool, path);
    load->directory = slash == NULL ? "." : pool_copy_length(load->pool, path, (size_t)(slash - path));
    load->line = 0;
    load->file = pool_adopt(reading, fopen(path, "re"), release_file);
    if (load->file == NULL) {
        object(load, path, "cannot be read: %s", strerror(errno));
    } else {
        int wrong_line = ini_parse_stream(read_line, load, on_value, load);
        if (ferror(load->file))
            object(load, path, "cannot be read: %s", strerror(errno));
        else if (wrong_line > 0)
            object(load, pool_print(load->pool, "%s:%d", path, wrong_line), "neither a [section] nor a key = value");
    }
    pool_free(reading);
}

static void release_glob(void *found)
{
    globfree(found);
}

/* conf.d beside the file, in the order of the names. */
static void read_additions(struct load *load)
{
    struct pool *reading = pool_new();
    glob_t found = {0};
    const char *pattern = pool_print(reading, "%s/conf.d/*.conf", load->directory);
    pool_adopt(reading, &found, release_glob);
    if (glob(pattern, 0, NULL, &found) == 0)
        for (size_t i = 0; i < found.gl_pathc; i++)
            read_file(load, found.gl_pathv[i]);
    pool_free(reading);
}

static bool is_section(const char *name, size_t length)
{
    for (size_t i = 0; i < config_key_count; i++)
        if (strlen(config_keys[i].section) == length && strncasecmp(config_keys[i].section, name, length) == 0)
            return true;
    return false;
}

/* VEHA_<SECTION>_<KEY>; a variable of a known section with an unknown key is a slip, any other VEHA_ name is not ours
 * to judge. */
static void read_variable(struct load *load, const char *variable)
{
    const char *equals = strchr(variable, '=');
    if (!text_starts(variable, "VEHA_") || equals == NULL)
        return;
    char *name = pool_copy_length(load->pool, variable, (size_t)(equals - variable));
    const char *section = name + strlen("VEHA_");
    const char *bar = strchr(section, '_');
    if (bar == NULL || !is_section(section, (size_t)(bar - section)))
        return;
    const char *only = pool_copy_length(load->pool, section, (size_t)(bar - section));
    size_t key = config_find(only, bar + 1);
    if (key == config_key_count)
        object(load, name, "there is no such key");
    else
        set(load, key, &(struct origin){.place = name, .directory = "."}, pool_copy(load->pool, equals + 1));
}

/* Checks what each key ended up with, and turns paths and secrets into what they stand for. */
static void settle(struct load *load, size_t key)
{
    const struct config_key *known = &config_keys[key];
    struct origin *origin = &load->origins[key];
    const char **value = &load->config->values[key];
    if (*value == NULL) {
        *value = known->standard;
        return;
    }
    if (origin->more.length > 0)
        *value = pool_print(load->pool, "%s%s", *value, origin->more.bytes);
    buffer_free(&origin->more);
    const char *objection = config_objection(known->kind, *value);
    if (objection != NULL)
        object(load, origin->place, "\"%s\" %s", known->key, objection);
    else if (known->kind == CONFIG_PATH)
        *value = resolve(load, origin->directory, *value);
    else if (known->kind == CONFIG_SECRET && **value == '@')
        *value = read_secret(load, origin, resolve(load, origin->directory, *value + 1));
}

struct config *config_load(struct pool *pool, const char *path)
{
    if (path == NULL)
        path = getenv("VEHA_CONFIG");
    if (path == NULL || *path == '\0')
        path = "/etc/veha/veha.conf";
    ini_max_line = 8192;
    struct config *config = pool_alloc(pool, sizeof *config);
    config->values = pool_alloc(pool, config_key_count * sizeof *config->values);
    struct load load = {.pool = pool, .config = config};
    load.origins = pool_alloc(pool, config_key_count * sizeof *load.origins);
    read_file(&load, path);
    read_additions(&load);
    for (char **variable = environ; *variable != NULL; variable++)
        read_variable(&load, *variable);
    for (size_t key = 0; key < config_key_count; key++)
        settle(&load, key);
    return load.mistakes == 0 ? config : NULL;
}

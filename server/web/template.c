/* template.c keeps the compiled templates of a folder and finds the one a page asks for. */
#include "veha/template.h"

#include "veha/log.h"

#include "template_part.h"

#include <errno.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct template_set {
    struct pool *pool;
    struct compiled *templates; /* sorted by name */
    size_t count, capacity;
    json_t *assets;
};

static int compare_names(const void *one, const void *two)
{
    return strcmp(((const struct compiled *)one)->name, ((const struct compiled *)two)->name);
}

static const struct compiled *find_template(const struct template_set *set, const char *name)
{
    struct compiled wanted = {.name = name};
    return set->count ? bsearch(&wanted, set->templates, set->count, sizeof wanted, compare_names) : NULL;
}

static void add_template(struct template_set *set, const char *name, const char *file, const struct compiled *compiled)
{
    if (set->count == set->capacity) {
        set->capacity = set->capacity ? set->capacity * 2 : 32;
        set->templates = realloc(set->templates, set->capacity * sizeof *set->templates);
        if (!set->templates)
            abort();
    }
    struct compiled *added = &set->templates[set->count++];
    *added = *compiled;
    added->name = name;
    added->file = file;
}

static bool complain(const char *file, unsigned line, const char *reason)
{
    fprintf(stderr, "%s:%u: %s\n", file, line, reason);
    return false;
}

static char *read_file(struct pool *pool, const char *path, size_t *length)
{
    FILE *file = fopen(path, "rbe");
    if (!file)
        return NULL;
    char *text = pool_alloc(pool, FILE_LENGTH_MOST + 1);
    *length = fread(text, 1, FILE_LENGTH_MOST + 1, file);
    bool whole = !ferror(file);
    fclose(file);
    return whole ? text : NULL;
}

static bool load_file(struct template_set *set, const char *path, const char *name, bool plain,
                      const char *const *unescaped)
{
    struct pool *scratch = pool_new();
    size_t length = 0;
    const char *text = read_file(scratch, path, &length);
    struct mistake mistake = {1, text ? "the file is too long or not UTF-8" : strerror(errno)};
    struct compiled *compiled = NULL;
    if (text && length <= FILE_LENGTH_MOST && text_is_utf8(text, length))
        compiled = template_compile(set->pool, text, length, unescaped, &mistake);
    pool_free(scratch);
    if (!compiled)
        return complain(path, mistake.line, mistake.reason);
    compiled->plain = plain;
    add_template(set, name, pool_copy(set->pool, path), compiled);
    return true;
}

/* Pages, and letters of plain text. */
static const struct ending {
    const char *text;
    bool plain;
} endings[] = {{".html", false}, {".txt", true}};

static const struct ending *ending_of(const char *path, size_t length)
{
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        size_t tail = strlen(endings[i].text);
        if (length > tail && strcmp(path + length - tail, endings[i].text) == 0)
            return &endings[i];
    }
    return NULL;
}

static bool load_entry(struct template_set *set, const FTSENT *entry, size_t root, const char *const *unescaped)
{
    size_t length = entry->fts_pathlen;
    if (entry->fts_info == FTS_DNR || entry->fts_info == FTS_ERR || entry->fts_info == FTS_NS)
        return complain(entry->fts_path, 1, strerror(entry->fts_errno));
    const struct ending *ending =
        entry->fts_info != FTS_F || length <= root ? NULL : ending_of(entry->fts_path + root, length - root);
    if (ending == NULL)
        return true;
    const char *name = entry->fts_path + root;
    name += *name == '/';
    name = pool_copy_length(set->pool, name, strlen(name) - strlen(ending->text));
    return load_file(set, entry->fts_path, name, ending->plain, unescaped);
}

static bool load_all(struct template_set *set, const char *directory, const char *const *unescaped)
{
    char *roots[] = {pool_copy(set->pool, directory), NULL};
    FTS *walk = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
    if (!walk)
        return complain(directory, 1, strerror(errno));
    bool sound = true;
    for (FTSENT *entry; (entry = fts_read(walk)) != NULL;)
        sound &= load_entry(set, entry, strlen(directory), unescaped);
    fts_close(walk);
    if (set->count > 0)
        qsort(set->templates, set->count, sizeof *set->templates, compare_names);
    return sound;
}

/* Partials may call each other in circles, so they are found once all are compiled. */
static bool link_partials(struct template_set *set, bool all_wanted)
{
    bool sound = true;
    for (size_t i = 0; i < set->count; i++)
        for (size_t j = 0; j < set->templates[i].count; j++) {
            struct node *node = &set->templates[i].nodes[j];
            if (node->kind != NODE_PARTIAL)
                continue;
            node->partial = find_template(set, node->text);
            if (!node->partial && all_wanted)
                sound = complain(set->templates[i].file, node->line, "there is no such partial");
        }
    return sound;
}

static struct template_set *set_new(void)
{
    struct pool *pool = pool_new();
    struct template_set *set = pool_alloc(pool, sizeof *set);
    set->pool = pool;
    return set;
}

struct template_set *template_load(const char *directory, const char *const *unescaped)
{
    static const char *const nothing[] = {NULL};
    struct template_set *set = set_new();
    bool sound = load_all(set, directory, unescaped ? unescaped : nothing);
    if (sound && link_partials(set, true))
        return set;
    template_free(set);
    return NULL;
}

bool template_use_assets(struct template_set *set, const json_t *manifest)
{
    bool sound = true;
    json_decref(set->assets);
    set->assets = json_deep_copy(manifest);
    for (size_t i = 0; i < set->count; i++)
        for (size_t j = 0; j < set->templates[i].count; j++) {
            const struct node *node = &set->templates[i].nodes[j];
            if (node->kind == NODE_FORMAT && strcmp(node->format->name, "asset") == 0 &&
                !json_object_get(set->assets, node->arguments[0].text))
                sound = complain(set->templates[i].file, node->line, "there is no such asset");
        }
    return sound;
}

void template_free(struct template_set *set)
{
    if (!set)
        return;
    json_decref(set->assets);
    free(set->templates);
    pool_free(set->pool);
}

bool template_render(const struct template_set *set, const char *page, const json_t *data, const struct locale *locale,
                     struct buffer *out)
{
    const struct compiled *compiled = find_template(set, page);
    const char *reason = "there is no such page";
    if (compiled && template_write(compiled, data, locale, set->assets, out, &reason))
        return true;
    log_event(LOG_LEVEL_ERROR, "template_failed", "page", page, "reason", reason, NULL);
    return false;
}

static bool compile_given(struct template_set *set, const char *name, const char *text, const char *const *unescaped,
                          const char **reason)
{
    struct mistake mistake;
    const struct compiled *compiled = template_compile(set->pool, text, strlen(text), unescaped, &mistake);
    *reason = mistake.reason;
    if (compiled)
        add_template(set, name, name, compiled);
    return compiled != NULL;
}

char *template_expand(struct pool *pool, const char *text, const json_t *partials, const json_t *data,
                      const struct locale *locale, bool unescaped_allowed, const char **reason)
{
    static const char *const nothing[] = {NULL};
    const char *const *unescaped = unescaped_allowed ? NULL : nothing;
    struct template_set *set = set_new();
    struct buffer out = {0};
    char *expanded = NULL;
    bool sound = compile_given(set, "", text, unescaped, reason);
    json_t *named = (json_t *)(uintptr_t)partials; /* iterating over a constant object changes nothing */
    for (void *i = json_object_iter(named); i && sound; i = json_object_iter_next(named, i))
        sound = compile_given(set, json_object_iter_key(i), json_string_value(json_object_iter_value(i)), unescaped,
                              reason);
    if (sound) {
        qsort(set->templates, set->count, sizeof *set->templates, compare_names);
        link_partials(set, false);
        sound = template_write(find_template(set, ""), data, locale, NULL, &out, reason);
    }
    if (sound)
        expanded = pool_copy_length(pool, out.length ? out.bytes : "", out.length);
    buffer_free(&out);
    template_free(set);
    return expanded;
}

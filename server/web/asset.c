/* asset.c: reads the browser's files into memory, each in its codings. */
#include "asset.h"

#include "veha/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct asset_set {
    struct asset *assets;
    size_t count;
    json_t *manifest;
};

static bool read_file(struct pool *pool, const char *path, struct asset_body *body)
{
    FILE *file = fopen(path, "rb");
    long length;

    if (file == NULL)
        return false;
    bool fine = fseek(file, 0, SEEK_END) == 0 && (length = ftell(file)) >= 0 && fseek(file, 0, SEEK_SET) == 0;
    if (fine) {
        char *bytes = pool_alloc(pool, (size_t)length + 1);
        fine = fread(bytes, 1, (size_t)length, file) == (size_t)length;
        *body = (struct asset_body){bytes, (size_t)length};
    }
    fclose(file);
    return fine;
}

static bool read_asset(struct pool *pool, const char *directory, const json_t *entry, struct asset *asset)
{
    asset->name = json_string_value(json_object_get(entry, "file"));
    asset->type = json_string_value(json_object_get(entry, "type"));
    if (asset->name == NULL || asset->type == NULL ||
        !read_file(pool, pool_print(pool, "%s/%s", directory, asset->name), &asset->plain))
        return false;
    read_file(pool, pool_print(pool, "%s/%s.br", directory, asset->name), &asset->brotli);
    read_file(pool, pool_print(pool, "%s/%s.gz", directory, asset->name), &asset->gzip);
    return true;
}

const struct asset_set *asset_load(struct pool *pool, const char *directory)
{
    const char *path = pool_print(pool, "%s/manifest.json", directory);
    json_error_t error;
    struct asset_set *set = pool_alloc(pool, sizeof *set);
    const char *name;
    json_t *entry;

    set->manifest = pool_adopt(pool, json_load_file(path, 0, &error), pool_release_json);
    if (!json_is_object(set->manifest)) {
        fprintf(stderr, "%s: %s\n", path, set->manifest == NULL ? error.text : "is no object");
        return NULL;
    }
    set->assets = pool_alloc(pool, (json_object_size(set->manifest) + 1) * sizeof *set->assets);
    json_object_foreach(set->manifest, name, entry) if (!read_asset(pool, directory, entry, &set->assets[set->count++]))
    {
        fprintf(stderr, "%s: the file of %s cannot be read\n", path, name);
        return NULL;
    }
    return set;
}

const json_t *asset_manifest(const struct asset_set *set)
{
    return set->manifest;
}

const struct asset *asset_find(const struct asset_set *set, const char *name)
{
    for (size_t i = 0; i < set->count; i++)
        if (text_equal(set->assets[i].name, name))
            return &set->assets[i];
    return NULL;
}

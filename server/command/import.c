/* import.c: veha import brings a register from a CSV file into the tree of tenants, and tells what became of each row.
 */
#include "veha/import.h"

#include "veha/locale.h"

#include "command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct wishes {
    const char *path;
    bool dry_run;
    bool json;
};

static bool read_arguments(int argc, char **argv, struct wishes *wishes)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--dry-run") == 0)
            wishes->dry_run = true;
        else if (strcmp(argv[i], "--json") == 0)
            wishes->json = true;
        else if (wishes->path == NULL && (argv[i][0] != '-' || argv[i][1] == '\0'))
            wishes->path = argv[i];
        else
            return false;
    }
    return wishes->path != NULL;
}

/* ---- the file ---- */

static void release_buffer(void *buffer)
{
    buffer_free(buffer);
}

/* ---- what is told ---- */

static const char *code_text(const struct locale *locale, const char *code)
{
    const char *text = locale_code(locale, "fault", code);
    return text == NULL ? code : text;
}

static void print_note(const struct locale *locale, const json_t *note)
{
    const char *column = json_string_value(json_object_get(note, "column"));
    const char *value = json_string_value(json_object_get(note, "value"));
    printf("  %s %lld", locale_text(locale, "line"), (long long)json_integer_value(json_object_get(note, "line")));
    if (*column != '\0')
        printf(", «%s»", column);
    if (*value != '\0')
        printf(", «%s»", value);
    printf(": %s", code_text(locale, json_string_value(json_object_get(note, "code"))));
    if (json_is_false(json_object_get(note, "refused")))
        printf(" %s", locale_text(locale, "The rest of the row went in."));
    putchar('\n');
}

static void print_notes(const struct locale *locale, const char *title, const json_t *notes)
{
    if (json_array_size(notes) == 0)
        return;
    printf("\n%s: %zu\n", title, json_array_size(notes));
    size_t number;
    json_t *note;
    json_array_foreach(notes, number, note) print_note(locale, note);
}

static void print_summary(const struct locale *locale, const json_t *summary)
{
    const struct {
        const char *member;
        const char *label;
    } counts[] = {{"rows", locale_text(locale, "Rows read")},         {"added", locale_text(locale, "Added")},
                  {"changed", locale_text(locale, "Changed")},        {"unchanged", locale_text(locale, "Unchanged")},
                  {"repeated", locale_text(locale, "Repeated")},      {"refused", locale_text(locale, "Refused")},
                  {"founders", locale_text(locale, "Founders added")}};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
        printf("%s: %lld\n", counts[i].label,
               (long long)json_integer_value(json_object_get(summary, counts[i].member)));
    print_notes(locale, locale_text(locale, "Errors"), json_object_get(summary, "errors"));
    print_notes(locale, locale_text(locale, "Notices"), json_object_get(summary, "notices"));
    json_int_t untold = json_integer_value(json_object_get(summary, "untold"));
    if (untold > 0)
        printf("\n%s: %lld\n", locale_text(locale, "Not shown"), (long long)untold);
    if (json_is_true(json_object_get(summary, "dry_run")))
        printf("\n%s\n", locale_text(locale, "This was a trial: nothing was kept."));
}

static void print_fault(const struct locale *locale, const struct wishes *wishes, const struct fault *fault)
{
    fprintf(stderr, "veha import: %s: %s", wishes->path, code_text(locale, fault->code));
    for (size_t i = 0; i < fault->field_count; i++)
        fprintf(stderr, "%s«%s»", i == 0 ? ": " : ", ", fault->fields[i].field);
    fputc('\n', stderr);
    if (fault->detail != NULL && *fault->detail != '\0')
        fprintf(stderr, "  %s\n", fault->detail);
}

static void print_fault_json(const struct fault *fault)
{
    json_t *fields = json_array();
    for (size_t i = 0; i < fault->field_count; i++)
        json_array_append_new(fields,
                              json_pack("{s:s, s:s}", "column", fault->fields[i].field, "code", fault->fields[i].code));
    json_t *told = json_pack("{s:{s:s, s:o}}", "fault", "code", fault->code, "fields", fields);
    json_dumpf(told, stdout, JSON_INDENT(2));
    putchar('\n');
    json_decref(told);
}

/* ---- the command ---- */

static void release_networks(void *networks)
{
    network_set_free(networks);
}

static void release_db(void *db)
{
    db_free(db);
}

static void release_locales(void *locales)
{
    locale_set_free(locales);
}

static const struct fault *import(struct pool *pool, const struct config *config, const struct wishes *wishes,
                                  json_t **summary)
{
    const char *directory = pool_print(pool, "%s/networks", config_text(config, "templates", "directory"));
    struct network_set *networks = pool_adopt(pool, network_load(directory), release_networks);
    if (networks == NULL)
        return fault_detail(pool, FAULT_INTERNAL, "templates_unsound", "the network files have mistakes");
    struct buffer *bytes = pool_adopt(pool, pool_alloc(pool, sizeof *bytes), release_buffer);
    const struct fault *fault = command_read(pool, wishes->path, IMPORT_LARGEST, bytes);
    if (fault != NULL)
        return fault;
    const struct db_options reached = {.url = config_text(config, "database", "operator_url"),
                                       .application = "veha import",
                                       .write_lanes = 1,
                                       .waiting_most = 1};
    struct db *db = pool_adopt(pool, db_new(&reached), release_db);
    const struct import_options options = {
        .networks = networks, .region = config_text(config, "region", "name"), .dry_run = wishes->dry_run};
    return import_run(pool, db, &options, bytes->length == 0 ? "" : bytes->bytes, bytes->length, summary);
}

/* Where the catalogues are not installed, codes and English words must do. */
static const struct locale *find_locale(struct pool *pool, const struct config *config)
{
    const char *directory = pool_print(pool, "%s/../locales", config_text(config, "web", "assets"));
    struct locale_set *locales =
        access(directory, R_OK) == 0 ? locale_load(directory, config_text(config, "region", "timezone")) : NULL;
    pool_adopt(pool, locales, release_locales);
    return locale_find(locales, locales == NULL ? "en" : "ru");
}

static int run(struct pool *pool, const struct config *config, const struct wishes *wishes)
{
    const struct locale *locale = find_locale(pool, config);
    json_t *summary = NULL;
    const struct fault *fault = import(pool, config, wishes, &summary);
    if (fault != NULL && wishes->json)
        print_fault_json(fault);
    if (fault != NULL) {
        print_fault(locale, wishes, fault);
        return EXIT_FAILURE;
    }
    if (wishes->json) {
        json_dumpf(summary, stdout, JSON_INDENT(2));
        putchar('\n');
    } else {
        print_summary(locale, summary);
    }
    return EXIT_SUCCESS;
}

int command_import(int argc, char **argv)
{
    struct pool *pool = pool_new();
    struct config *config = command_config(pool, &argc, argv);
    struct wishes wishes = {0};
    int status = EXIT_FAILURE;
    if (config != NULL && !read_arguments(argc, argv, &wishes))
        status = command_usage(argv[0], "FILE.csv [--dry-run] [--json] [--config FILE]");
    else if (config != NULL)
        status = run(pool, config, &wishes);
    pool_free(pool);
    return status;
}

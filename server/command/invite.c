/* invite.c: veha invite brings people in by a table, as the operator of the machine, and tells what became of each row.
 */
#include "veha/invitation.h"
#include "veha/locale.h"
#include "veha/people.h"
#include "veha/query.h"
#include "veha/unit.h"

#include "command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct wishes {
    const char *path;
    bool links; /* print the link of each invitation */
};

static bool read_arguments(int argc, char **argv, struct wishes *wishes)
{
    for (int i = 1; i < argc; i++) {
        if (text_equal(argv[i], "--links"))
            wishes->links = true;
        else if (wishes->path == NULL && (argv[i][0] != '-' || argv[i][1] == '\0'))
            wishes->path = argv[i];
        else
            return false;
    }
    return wishes->path != NULL;
}

static void release_buffer(void *buffer)
{
    buffer_free(buffer);
}

static void release_db(void *db)
{
    db_free(db);
}

static void release_locales(void *locales)
{
    locale_set_free(locales);
}

/* Each row gets its link; the database gets the token's hash, and the link for its letter. */
static void add_links(struct pool *pool, const struct config *config, json_t *rows)
{
    size_t number;
    json_t *row;

    json_array_foreach(rows, number, row)
    {
        const char *token = invitation_token(pool, NULL, NULL);
        json_object_set_new(row, "hash", json_string(invitation_hash(pool, token)));
        json_object_set_new(row, "link",
                            json_string(invitation_link(pool, config_text(config, "web", "public_url"), token)));
    }
}

/* What the database tells of the rows; NULL with *fault set. */
static json_t *apply(struct pool *pool, const struct config *config, const json_t *rows, const struct fault **fault)
{
    struct db *db = pool_adopt(pool,
                               db_new(&(struct db_options){.url = config_text(config, "database", "operator_url"),
                                                           .application = "veha invite",
                                                           .write_lanes = 1,
                                                           .waiting_most = 1}),
                               release_db);
    const char *days = pool_print(pool, "%ld", config_number(config, "tokens", "invitation_days"));
    const char *const values[] = {pool_adopt(pool, json_dumps(rows, JSON_COMPACT), free), days};
    const struct unit_statement statements[] = {{query_find("invitation_import"), values},
                                                {query_find("invitation_made"), NULL}};
    const char *text = unit_wait(
        db, pool, &(struct unit_request){.lane = LANE_WRITE, .statements = statements, .statement_count = 2}, fault);

    return text == NULL ? NULL : pool_adopt(pool, json_loads(text, 0, NULL), pool_release_json);
}

/* ---- what is told ---- */

/* Where the catalogues are not installed, codes and English words must do. */
static const struct locale *find_locale(struct pool *pool, const struct config *config)
{
    const char *directory = pool_print(pool, "%s/../locales", config_text(config, "web", "assets"));
    struct locale_set *locales =
        access(directory, R_OK) == 0 ? locale_load(directory, config_text(config, "region", "timezone")) : NULL;
    pool_adopt(pool, locales, release_locales);
    return locale_find(locales, locales == NULL ? "en" : "ru");
}

static const char *text_of(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

static const char *words(const struct locale *locale, const char *context, const char *code)
{
    const char *text = locale_code(locale, context, code);
    return text == NULL ? code : text;
}

static void print_error(const struct locale *locale, const json_t *error)
{
    printf("  %s %lld, %s", locale_text(locale, "line"), (long long)json_integer_value(json_object_get(error, "line")),
           words(locale, "field", text_of(error, "column")));
    if (*text_of(error, "value") != '\0')
        printf(", «%s»", text_of(error, "value"));
    printf(": %s\n", words(locale, "fault", text_of(error, "code")));
}

static void print_summary(const struct locale *locale, const json_t *summary)
{
    const struct {
        const char *member;
        const char *label;
    } counts[] = {{"rows", locale_text(locale, "Rows read")},
                  {"added", locale_text(locale, "Invited")},
                  {"changed", locale_text(locale, "Got new places at once")},
                  {"unchanged", locale_text(locale, "Unchanged")},
                  {"refused", locale_text(locale, "Refused")}};
    size_t number;
    json_t *error;

    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
        printf("%s: %lld\n", counts[i].label,
               (long long)json_integer_value(json_object_get(summary, counts[i].member)));
    json_array_foreach(json_object_get(summary, "errors"), number, error) print_error(locale, error);
}

static void print_links(const json_t *items, const json_t *rows)
{
    size_t at;
    json_t *item;

    json_array_foreach(items, at, item)
    {
        size_t number = (size_t)json_integer_value(json_object_get(item, "number"));
        printf("%s\t%s\n", text_of(item, "login"), text_of(json_array_get(rows, number - 1), "link"));
    }
}

/* ---- the command ---- */

static const struct fault *invite(struct pool *pool, const struct config *config, const struct wishes *wishes)
{
    struct buffer *bytes = pool_adopt(pool, pool_alloc(pool, sizeof *bytes), release_buffer);
    const struct locale *locale = find_locale(pool, config);
    struct people read;
    const struct fault *fault = command_read(pool, wishes->path, PEOPLE_LARGEST, bytes);

    if (fault == NULL)
        fault = people_read(pool, bytes->length == 0 ? "" : bytes->bytes, bytes->length, &read);
    if (fault != NULL && fault->detail == NULL)
        return fault_detail(pool, fault->kind, fault->code, "%s: %s", wishes->path,
                            words(locale, "fault", fault->field_count > 0 ? fault->fields[0].code : fault->code));
    if (fault != NULL)
        return fault;
    add_links(pool, config, read.rows);
    const json_t *made = apply(pool, config, read.rows, &fault);
    if (fault != NULL)
        return fault;
    print_summary(locale, people_summary(pool, &read, json_object_get(made, "rows")));
    if (wishes->links)
        print_links(json_object_get(made, "items"), read.rows);
    return NULL;
}

int command_invite(int argc, char **argv)
{
    struct pool *pool = pool_new();
    const struct config *config = command_config(pool, &argc, argv);
    struct wishes wishes = {0};
    int status = EXIT_FAILURE;

    if (config != NULL && !read_arguments(argc, argv, &wishes))
        status = command_usage(argv[0], "FILE.csv [--links] [--config FILE]");
    else if (config != NULL)
        status = command_end(argv[0], invite(pool, config, &wishes));
    pool_free(pool);
    return status;
}

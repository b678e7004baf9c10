/* import.c: brings the good rows of a register into the database, founders before those below them, and sums up what
 * became of all. */
#include "veha/import.h"

#include "register.h"

#include <stdlib.h>
#include <string.h>

enum {
    BATCH_ROWS = 100, /* a unit well below the time a write may take */
    TRIES = 100       /* of a unit that another change of the tree held up for 200 ms */
};

struct applying {
    struct pool *pool;
    struct db *db;
    const struct import_options *options;
    struct import_register *read;
    struct register_row **rows; /* the good ones, by depth */
    size_t count;
    json_int_t added, changed, unchanged;
    json_t *founders; /* names as members: each counts once */
};

static void release_buffer(void *buffer)
{
    buffer_free(buffer);
}

/* ---- order ---- */

static int compare_depth(const void *one, const void *other)
{
    const struct register_row *a = *(struct register_row *const *)one;
    const struct register_row *b = *(struct register_row *const *)other;
    if (a->depth != b->depth)
        return a->depth < b->depth ? -1 : 1;
    return a->line < b->line ? -1 : a->line > b->line;
}

static void order_rows(struct applying *applying)
{
    const struct import_register *read = applying->read;
    applying->rows = pool_alloc(applying->pool, (read->row_count + 1) * sizeof *applying->rows);
    for (size_t i = 0; i < read->row_count; i++)
        if (!read->rows[i]->refused)
            applying->rows[applying->count++] = read->rows[i];
    qsort(applying->rows, applying->count, sizeof *applying->rows, compare_depth);
}

/* ---- one batch ---- */

static void print_rows(struct register_row *const *rows, size_t count, struct buffer *out)
{
    buffer_text(out, "[");
    for (size_t i = 0; i < count; i++) {
        buffer_text(out, i == 0 ? "" : ",");
        register_print_row(rows[i], out);
    }
    buffer_text(out, "]");
}

/* Nothing stays of a dry run, so each of its batches brings the founders it stands on, those of the least depth first.
 */
static void print_founders(struct register_row *const *rows, size_t count, struct pool *scratch, struct buffer *out)
{
    if (count == 0 || rows[0]->depth == 0)
        return;
    struct register_row **above = pool_alloc(scratch, count * sizeof *above);
    for (size_t i = 0; i < count; i++)
        above[i] = rows[i]->above;
    qsort(above, count, sizeof *above, compare_depth);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || above[kept - 1] != above[i])
            above[kept++] = above[i];
    print_founders(above, kept, scratch, out);
    print_rows(above, kept, out);
    buffer_text(out, ",");
}

/* Another change of the tree holds its lock no longer than a unit lasts: the batch is simply sent again. */
static const char *run_batch(struct applying *applying, struct pool *scratch, const char *batches,
                             const struct fault **fault)
{
    const char *values[] = {batches, applying->options->dry_run ? "false" : "true"};
    const struct unit_statement statement = {.query = query_find("import_rows"), .values = values};
    const struct unit_request request = {
        .lane = LANE_WRITE, .caller = {.request_id = "import"}, .statements = &statement, .statement_count = 1};
    const char *document = NULL;
    for (unsigned tried = 0; tried < TRIES; tried++) {
        *fault = NULL;
        document = unit_wait(applying->db, scratch, &request, fault);
        if (*fault == NULL || strcmp((*fault)->code, "busy") != 0)
            break;
    }
    if (*fault != NULL)
        *fault = fault_copy(applying->pool, *fault);
    return document;
}

static struct register_row *row_of_line(const struct applying *applying, unsigned line)
{
    const struct import_register *read = applying->read;
    size_t low = 0;
    size_t high = read->row_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (read->rows[middle]->line < line)
            low = middle + 1;
        else
            high = middle;
    }
    return low < read->row_count ? read->rows[low] : NULL;
}

static const struct {
    const char *name;
    enum column columns[3]; /* the first that the file has is to blame */
} blamed[] = {
    {"ogrn", {COLUMN_OGRN, COLUMN_INN, COLUMN_NAME}},
    {"inn", {COLUMN_INN, COLUMN_OGRN, COLUMN_NAME}},
    {"name", {COLUMN_NAME, COLUMN_NAME, COLUMN_NAME}},
    {"founder", {COLUMN_FOUNDER, COLUMN_FOUNDER_OGRN, COLUMN_FOUNDER_INN}},
    {"vk", {COLUMN_VK, COLUMN_ACCOUNTS, COLUMN_ACCOUNTS}},
    {"ok", {COLUMN_OK, COLUMN_ACCOUNTS, COLUMN_ACCOUNTS}},
    {"telegram", {COLUMN_TELEGRAM, COLUMN_ACCOUNTS, COLUMN_ACCOUNTS}},
    {"max", {COLUMN_MAX, COLUMN_ACCOUNTS, COLUMN_ACCOUNTS}},
    {"site", {COLUMN_SITE, COLUMN_ACCOUNTS, COLUMN_ACCOUNTS}},
};

static const char *title_of(const struct import_register *read, const char *name)
{
    for (size_t i = 0; i < sizeof blamed / sizeof blamed[0]; i++)
        for (size_t j = 0; j < 3 && strcmp(blamed[i].name, name) == 0; j++)
            if (read->titles[blamed[i].columns[j]] != NULL)
                return read->titles[blamed[i].columns[j]];
    return "";
}

static const char *value_of(const struct register_row *row, const char *name)
{
    if (strcmp(name, "founder") == 0)
        return row->founder.name != NULL   ? row->founder.name
               : row->founder.ogrn != NULL ? row->founder.ogrn
                                           : row->founder.inn;
    if (strcmp(name, "inn") == 0 && row->inn != NULL)
        return row->inn;
    return strcmp(name, "name") == 0 || row->ogrn == NULL ? row->name : row->ogrn;
}

/* What only the database knew: a number of a closed organisation, an unknown founder. */
static void take_notes(struct applying *applying, const json_t *told, enum note_kind kind)
{
    size_t number;
    json_t *one;
    json_array_foreach(told, number, one)
    {
        unsigned line = (unsigned)json_integer_value(json_object_get(one, "line"));
        const char *name = json_string_value(json_object_get(one, "column"));
        const char *value = json_string_value(json_object_get(one, "value"));
        struct register_row *row = row_of_line(applying, line);
        if (row == NULL || name == NULL)
            continue;
        register_note(applying->read, row, kind, line, title_of(applying->read, name),
                      pool_copy(applying->pool, json_string_value(json_object_get(one, "code"))),
                      value != NULL ? value : value_of(row, name));
    }
}

static const struct fault *take_result(struct applying *applying, struct pool *scratch, const char *document)
{
    json_t *result = document == NULL ? NULL : pool_adopt(scratch, json_loads(document, 0, NULL), pool_release_json);
    if (result == NULL)
        return fault_detail(applying->pool, FAULT_INTERNAL, "internal", "import_rows answered nothing readable");
    applying->added += json_integer_value(json_object_get(result, "added"));
    applying->changed += json_integer_value(json_object_get(result, "changed"));
    applying->unchanged += json_integer_value(json_object_get(result, "unchanged"));
    size_t number;
    json_t *founder;
    json_array_foreach(json_object_get(result, "founders"), number, founder)
        json_object_set_new(applying->founders, name_fold(scratch, json_string_value(founder)), json_true());
    take_notes(applying, json_object_get(result, "errors"), NOTE_ROW);
    take_notes(applying, json_object_get(result, "notices"), NOTE_NOTICE);
    return NULL;
}

static const struct fault *apply_batch(struct applying *applying, size_t first, size_t count)
{
    struct pool *scratch = pool_new();
    struct buffer *batches = pool_adopt(scratch, pool_alloc(scratch, sizeof *batches), release_buffer);
    buffer_text(batches, "[");
    if (applying->options->dry_run)
        print_founders(applying->rows + first, count, scratch, batches);
    print_rows(applying->rows + first, count, batches);
    buffer_text(batches, "]");
    const struct fault *fault = NULL;
    const char *document = run_batch(applying, scratch, batches->bytes, &fault);
    if (fault == NULL)
        fault = take_result(applying, scratch, document);
    pool_free(scratch);
    return fault;
}

/* Batches never mix depths: a founder is in the database before what stands below it. */
static const struct fault *apply(struct applying *applying)
{
    const struct fault *fault = NULL;
    for (size_t first = 0; first < applying->count && fault == NULL;) {
        size_t count = 1;
        while (count < BATCH_ROWS && first + count < applying->count &&
               applying->rows[first + count]->depth == applying->rows[first]->depth)
            count++;
        fault = apply_batch(applying, first, count);
        first += count;
    }
    return fault;
}

/* ---- the summary ---- */

static int compare_notes(const void *one, const void *other)
{
    const struct note *a = one;
    const struct note *b = other;
    return a->line < b->line ? -1 : a->line > b->line;
}

static json_t *print_notes(const struct import_register *read, bool errors)
{
    json_t *list = json_array();
    for (size_t i = 0; i < read->note_count; i++) {
        const struct note *note = &read->notes[i];
        if ((note->kind != NOTE_NOTICE) != errors)
            continue;
        json_t *one = json_pack("{s:I, s:s, s:s, s:s}", "line", (json_int_t)note->line, "column", note->column, "code",
                                note->code, "value", note->value);
        if (errors)
            json_object_set_new(one, "refused", json_boolean(note->kind == NOTE_ROW));
        json_array_append_new(list, one);
    }
    return list;
}

static json_t *sum_up(const struct applying *applying)
{
    struct import_register *read = applying->read;
    if (read->note_count > 0)
        qsort(read->notes, read->note_count, sizeof *read->notes, compare_notes);
    return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:b, s:o, s:o, s:I}", "rows", (json_int_t)read->rows_told,
                     "added", applying->added, "changed", applying->changed, "unchanged", applying->unchanged,
                     "repeated", (json_int_t)read->repeated, "refused", (json_int_t)read->refused, "founders",
                     (json_int_t)json_object_size(applying->founders), "dry_run", applying->options->dry_run, "errors",
                     print_notes(read, true), "notices", print_notes(read, false), "untold", (json_int_t)read->untold);
}

const struct fault *import_run(struct pool *pool, struct db *db, const struct import_options *options,
                               const char *bytes, size_t length, json_t **summary)
{
    struct import_register read;
    if (length > IMPORT_LARGEST)
        return fault_new(pool, FAULT_TOO_LARGE, "too_large");
    const struct fault *fault = register_read(pool, options, bytes, length, &read);
    if (fault != NULL)
        return fault;
    register_settle(&read);
    struct applying applying = {.pool = pool,
                                .db = db,
                                .options = options,
                                .read = &read,
                                .founders = pool_adopt(pool, json_object(), pool_release_json)};
    order_rows(&applying);
    fault = apply(&applying);
    if (fault == NULL)
        *summary = pool_adopt(pool, sum_up(&applying), pool_release_json);
    return fault;
}

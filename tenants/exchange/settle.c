/* settle.c: what only the whole file can tell: repeated rows, founders that are rows themselves, own parents and loops.
 */
#include "register.h"

#include <stdlib.h>
#include <string.h>

enum { DEPTH_MOST = 16 };

/* Rows sorted by one of their texts, the earlier line first among equals. */
struct listing {
    struct register_row **rows;
    size_t count;
    const char *(*key)(const struct register_row *row);
};

static const char *key_ogrn(const struct register_row *row)
{
    return row->ogrn;
}

static const char *key_inn(const struct register_row *row)
{
    return row->inn;
}

static const char *key_without_numbers(const struct register_row *row)
{
    return row->key;
}

static const char *key_name(const struct register_row *row)
{
    return row->folded;
}

static const char *key_short_name(const struct register_row *row)
{
    return row->folded_short;
}

static int compare_rows(const void *one, const void *other, void *data)
{
    const struct listing *listing = data;
    const struct register_row *a = *(struct register_row *const *)one;
    const struct register_row *b = *(struct register_row *const *)other;
    int order = strcmp(listing->key(a), listing->key(b));
    return order != 0 ? order : a->line < b->line ? -1 : 1;
}

static struct listing list_rows(const struct import_register *read, const char *(*key)(const struct register_row *row))
{
    struct listing listing = {.key = key, .rows = pool_alloc(read->pool, (read->row_count + 1) * sizeof *listing.rows)};
    for (size_t i = 0; i < read->row_count; i++)
        if (!read->rows[i]->refused && key(read->rows[i]) != NULL)
            listing.rows[listing.count++] = read->rows[i];
    qsort_r(listing.rows, listing.count, sizeof *listing.rows, compare_rows, &listing);
    return listing;
}

/* The number of the first row whose key is not below the wanted one. */
static size_t first_at_least(const struct listing *listing, const char *wanted)
{
    size_t low = 0;
    size_t high = listing->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(listing->key(listing->rows[middle]), wanted) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* ---- the same organisation twice ---- */

/* What the two rows say, their lines aside. */
static bool say_the_same(const struct register_row *one, const struct register_row *other)
{
    struct buffer texts[2] = {{0}, {0}};
    struct register_row copies[2] = {*one, *other};
    for (size_t i = 0; i < 2; i++) {
        copies[i].line = 0;
        register_print_row(&copies[i], &texts[i]);
    }
    bool same = strcmp(texts[0].bytes, texts[1].bytes) == 0;
    buffer_free(&texts[0]);
    buffer_free(&texts[1]);
    return same;
}

/* The first of equals stays; a later one that says the same is dropped, another one is an error. */
static void refuse_repeated(struct import_register *read, struct register_row *first, struct register_row *later,
                            enum column column, const char *code, const char *value)
{
    bool same = say_the_same(first, later);
    register_note(read, later, same ? NOTE_NOTICE : NOTE_ROW, later->line, read->titles[column],
                  same ? "row_repeated" : code, value);
    if (same) {
        later->refused = true;
        later->repeats = true;
        read->repeated++;
    }
}

static void check_repeated(struct import_register *read, const struct listing *listing, enum column column,
                           const char *code)
{
    for (size_t i = 0, first = 0; i < listing->count; i++) {
        struct register_row *row = listing->rows[i];
        if (strcmp(listing->key(listing->rows[first]), listing->key(row)) != 0 || listing->rows[first]->refused)
            first = i;
        if (first != i && !row->refused)
            refuse_repeated(read, listing->rows[first], row, column, code,
                            column == COLUMN_NAME ? row->name : listing->key(row));
    }
}

/* Rows without numbers are told apart by their name and founder. */
static void set_keys(struct import_register *read)
{
    for (size_t i = 0; i < read->row_count; i++) {
        struct register_row *row = read->rows[i];
        const struct founder *founder = &row->founder;
        if (!row->refused && row->ogrn == NULL && row->inn == NULL)
            row->key = pool_print(read->pool, "%s\n%s\n%s\n%s", row->folded,
                                  founder->name == NULL ? "" : name_fold(read->pool, founder->name),
                                  founder->ogrn == NULL ? "" : founder->ogrn, founder->inn == NULL ? "" : founder->inn);
    }
}

/* ---- founders that are rows ---- */

static struct register_row *find_one(const struct listing *listing, const char *wanted)
{
    for (size_t i = first_at_least(listing, wanted); i < listing->count; i++) {
        if (strcmp(listing->key(listing->rows[i]), wanted) != 0)
            return NULL;
        if (!listing->rows[i]->refused)
            return listing->rows[i];
    }
    return NULL;
}

/* The first row of that folded name; *several when more than one has it. */
static struct register_row *find_name(const struct listing *names, const char *folded, bool *several)
{
    size_t first = first_at_least(names, folded);
    if (first == names->count || strcmp(names->key(names->rows[first]), folded) != 0)
        return NULL;
    *several = first + 1 < names->count && strcmp(names->key(names->rows[first + 1]), folded) == 0;
    return names->rows[first];
}

static enum column founder_column(const struct import_register *read, const struct register_row *row)
{
    return row->founder.ogrn != NULL && read->titles[COLUMN_FOUNDER] == NULL ? COLUMN_FOUNDER_OGRN : COLUMN_FOUNDER;
}

static void refuse_founder(struct import_register *read, struct register_row *row, const char *code)
{
    enum column column = founder_column(read, row);
    register_note(read, row, NOTE_ROW, row->line, read->titles[column] == NULL ? "" : read->titles[column], code,
                  row->founder.name != NULL ? row->founder.name : row->founder.ogrn);
}

/* The rows by all that a founder may be called. */
struct listings {
    struct listing ogrns;
    struct listing inns;
    struct listing names;
    struct listing short_names; /* asked when nobody has the full name */
};

static void find_founder(struct import_register *read, struct register_row *row, const struct listings *by)
{
    const struct founder *founder = &row->founder;
    bool several = false;
    if (founder->ogrn != NULL)
        row->above = find_one(&by->ogrns, founder->ogrn);
    else if (founder->inn != NULL)
        row->above = find_one(&by->inns, founder->inn);
    else if (founder->name != NULL) {
        const char *folded = name_fold(read->pool, founder->name);
        row->above = find_name(&by->names, folded, &several);
        if (row->above == NULL)
            row->above = find_name(&by->short_names, folded, &several);
    }
    if (row->above == row)
        refuse_founder(read, row, "parent_self");
    else if (several)
        refuse_founder(read, row, "parent_ambiguous");
}

/* ---- depth and loops: each row has one founder at most, so a chain is walked up until it ends, or bites itself ----
 */

enum { DEPTH_UNKNOWN = 0, DEPTH_WALKED = 1, DEPTH_FIRST = 2 };

/* Sets the depth of the row and of all above it; marks[] holds depth + DEPTH_FIRST once known. */
static void settle_chain(struct import_register *read, struct register_row *row, struct register_row **chain)
{
    size_t length = 0;
    struct register_row *at = row;
    while (at != NULL && !at->refused && at->depth == DEPTH_UNKNOWN) {
        at->depth = DEPTH_WALKED;
        chain[length++] = at;
        at = at->above;
    }
    if (at != NULL && !at->refused && at->depth == DEPTH_WALKED) {
        /* From `at` on, the chain is a loop. */
        size_t first = 0;
        while (chain[first] != at)
            first++;
        for (size_t i = first; i < length; i++)
            refuse_founder(read, chain[i], "parent_loop");
    }
    while (length > 0) {
        struct register_row *below = chain[--length];
        struct register_row *above = below->above;
        /* A founder whose row stayed out is known by its name, as one that has no row is. */
        if (above != NULL && above->refused && !above->repeats)
            below->above = above = NULL;
        below->depth = above == NULL ? DEPTH_FIRST : above->depth + 1;
        if (!below->refused && below->depth > DEPTH_FIRST + DEPTH_MOST)
            refuse_founder(read, below, "tree_too_deep");
    }
}

static void settle_depths(struct import_register *read)
{
    struct register_row **chain = pool_alloc(read->pool, (read->row_count + 1) * sizeof *chain);
    for (size_t i = 0; i < read->row_count; i++)
        if (!read->rows[i]->refused)
            settle_chain(read, read->rows[i], chain);
    for (size_t i = 0; i < read->row_count; i++)
        if (read->rows[i]->depth >= DEPTH_FIRST)
            read->rows[i]->depth -= DEPTH_FIRST;
}

/* A row that others name as their founder is what they say a founder of theirs is. */
static void settle_kinds(struct import_register *read)
{
    for (size_t i = 0; i < read->row_count; i++) {
        struct register_row *row = read->rows[i];
        if (!row->refused && row->above != NULL && row->above->kind == NULL)
            row->above->kind = row->founder.kind;
    }
}

void register_settle(struct import_register *read)
{
    struct listings by = {.ogrns = list_rows(read, key_ogrn)};
    check_repeated(read, &by.ogrns, COLUMN_OGRN, "ogrn_repeated");
    by.inns = list_rows(read, key_inn);
    check_repeated(read, &by.inns, COLUMN_INN, "inn_repeated");
    set_keys(read);
    struct listing unnumbered = list_rows(read, key_without_numbers);
    check_repeated(read, &unnumbered, COLUMN_NAME, "name_repeated");
    by.names = list_rows(read, key_name);
    by.short_names = list_rows(read, key_short_name);
    for (size_t i = 0; i < read->row_count; i++)
        if (!read->rows[i]->refused)
            find_founder(read, read->rows[i], &by);
    settle_depths(read);
    settle_kinds(read);
}

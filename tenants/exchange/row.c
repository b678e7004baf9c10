/* row.c: reads the cells of one row: numbers with check digits, names, founder, spheres, ground, flags and addresses.
 */
#include "row.h"

#include "../field.h"

#include <stdlib.h>
#include <string.h>

enum { NAME_LONGEST = 1000, TEXT_LONGEST = 4000 };

struct cells {
    struct import_register *read;
    const struct import_options *options;
    struct layout *layout;
    struct pool *scratch;
    const struct sheet_row *row;
    struct register_row *made; /* in read->pool */
};

/* ---- single cells ---- */

static const char *const none_words[] = {
    "0",          "-",           "–",          "—",          "нет",          "не имеется",
    "--",         "---",         "нет.",       "не имеет",   "нет страницы", "нет сайта",
    "нет группы", "отсутствует", "не ведется", "не создана", "не создан",    "не требуется",
    "н/д",        "нет данных"};

/* What people write where there is nothing to write. */
static bool is_none(struct pool *pool, const char *text)
{
    const char *folded = text_fold(pool, text);
    for (size_t i = 0; i < sizeof none_words / sizeof none_words[0]; i++)
        if (strcmp(none_words[i], folded) == 0)
            return true;
    return *folded == '\0';
}

/* ="1026900000000" is how spreadsheets are made to keep a number's digits. */
static const char *without_formula(struct pool *pool, char *text)
{
    size_t length = strlen(text);
    if (length < 3 || !text_starts(text, "=\"") || text[length - 1] != '"' ||
        strchr(text + 2, '"') != text + length - 1)
        return text;
    text[length - 1] = '\0';
    return text_tidy(pool, text + 2);
}

/* The tidy text of a column; NULL when there is no such column or nothing in it. */
static const char *cell(const struct cells *cells, enum column column)
{
    size_t number = cells->layout->cell[column];
    if (number >= cells->row->count)
        return NULL;
    const char *text = without_formula(cells->scratch, text_tidy(cells->scratch, cells->row->cells[number]));
    return *text == '\0' ? NULL : text;
}

static const char *said(const struct cells *cells, enum column column)
{
    const char *text = cell(cells, column);
    return text == NULL || is_none(cells->scratch, text) ? NULL : text;
}

static void note(const struct cells *cells, enum note_kind kind, enum column column, const char *code,
                 const char *value)
{
    const char *title = cells->read->titles[column];
    register_note(cells->read, cells->made, kind, cells->row->line, title == NULL ? "" : title, code, value);
}

static const char *keep(const struct cells *cells, const char *text)
{
    return pool_copy(cells->read->pool, text);
}

/* A text no longer than the database's and the pages' limit; a longer one is told and left out. */
static const char *kept_text(const struct cells *cells, enum column column, size_t longest)
{
    const char *text = said(cells, column);
    if (text != NULL && text_length(text) > longest) {
        note(cells, NOTE_CELL, column, "too_long", text);
        return NULL;
    }
    return keep(cells, text);
}

static const char *number(const struct cells *cells, enum column column, const struct field_type *type,
                          enum note_kind wrong)
{
    const char *text = said(cells, column);
    const char *canonical = NULL;
    const char *code = text == NULL ? NULL : type->read(cells->scratch, text, &canonical);
    /* A spreadsheet took it for a number; the check digits vouch for the zero. */
    if (text_equal(code, "inn_zero_lost")) {
        note(cells, NOTE_NOTICE, column, "inn_zero_restored", text);
        return keep(cells, canonical);
    }
    if (code != NULL)
        note(cells, wrong, column, code, text);
    return code == NULL ? keep(cells, canonical) : NULL;
}

/* ---- who it is ---- */

static void read_identity(const struct cells *cells)
{
    struct register_row *row = cells->made;
    const char *name = said(cells, COLUMN_NAME);
    if (name == NULL)
        note(cells, NOTE_ROW, COLUMN_NAME, "required", cell(cells, COLUMN_NAME));
    else if (text_length(name) > NAME_LONGEST)
        note(cells, NOTE_ROW, COLUMN_NAME, "too_long", name);
    row->name = keep(cells, name == NULL ? "" : name);
    row->folded = name_fold(cells->read->pool, row->name);
    row->short_name = kept_text(cells, COLUMN_SHORT_NAME, NAME_LONGEST);
    row->folded_short = row->short_name == NULL ? NULL : name_fold(cells->read->pool, row->short_name);
    row->ogrn = number(cells, COLUMN_OGRN, &field_ogrn, NOTE_ROW);
    row->inn = number(cells, COLUMN_INN, &field_inn, NOTE_ROW);
}

/* Words of registers and what they make of a founder or of the row itself. */
struct word {
    const char *word;
    const char *kind;
};

static const struct word levels[] = {{"регион", "agency"},
                                     {"региональный", "agency"},
                                     {"министерство", "agency"},
                                     {"ведомство", "agency"},
                                     {"роив", "agency"},
                                     {"иогв", "agency"},
                                     {"оив", "agency"},
                                     {"департамент", "agency"},
                                     {"мо", "municipality"},
                                     {"муниципалитет", "municipality"},
                                     {"муниципальный", "municipality"},
                                     {"муниципальное образование", "municipality"},
                                     {"омсу", "municipality"},
                                     {"городской округ", "municipality"},
                                     {"муниципальный округ", "municipality"},
                                     {"муниципальный район", "municipality"},
                                     {"район", "municipality"},
                                     {NULL, NULL}};

static const struct word kinds[] = {{"организация", "organisation"},
                                    {"учреждение", "organisation"},
                                    {"подведомственная организация", "organisation"},
                                    {"филиал", "organisation"},
                                    {"ведомство", "agency"},
                                    {"министерство", "agency"},
                                    {"орган власти", "agency"},
                                    {"роив", "agency"},
                                    {"иогв", "agency"},
                                    {"муниципалитет", "municipality"},
                                    {"администрация", "municipality"},
                                    {"омсу", "municipality"},
                                    {NULL, NULL}};

/* What parts of a founder's name make of it when the register does not say its level; the first that fits decides, and
 * none of them makes an agency. */
static const struct word name_parts[] = {{"министерств", "agency"},
                                         {"правительств", "agency"},
                                         {"губернатор", "agency"},
                                         {"администрация главы республики", "agency"},
                                         {"администрац", "municipality"},
                                         {"мэри", "municipality"},
                                         {"учрежден", "organisation"},
                                         {"предприят", "organisation"},
                                         {"школа", "organisation"},
                                         {"детский сад", "organisation"},
                                         {"гимнази", "organisation"},
                                         {"лицей", "organisation"},
                                         {"больниц", "organisation"},
                                         {"поликлиник", "organisation"},
                                         {"мбоу", "organisation"},
                                         {"мкоу", "organisation"},
                                         {"маоу", "organisation"},
                                         {"гбоу", "organisation"},
                                         {"гбпоу", "organisation"},
                                         {"мбдоу", "organisation"},
                                         {"мадоу", "organisation"},
                                         {"мкдоу", "organisation"},
                                         {"гбуз", "organisation"},
                                         {"муниципалитет", "municipality"},
                                         {"муниципальное образование", "municipality"},
                                         {"муниципального образования", "municipality"},
                                         {"район", "municipality"},
                                         {"городско", "municipality"},
                                         {"сельсовет", "municipality"},
                                         {"сельский", "municipality"},
                                         {"поселен", "municipality"},
                                         {"округ", "municipality"},
                                         {"города ", "municipality"},
                                         {"г. ", "municipality"},
                                         {NULL, "agency"}};

static const char *word_kind(struct pool *pool, const struct word *words, const char *text)
{
    const char *folded = text_fold(pool, text);
    while (words->word != NULL && strcmp(words->word, folded) != 0)
        words++;
    return words->kind;
}

static const char *guess_kind(struct pool *pool, const char *founder)
{
    const char *folded = name_fold(pool, founder);
    const struct word *part = name_parts;
    while (part->word != NULL && strstr(folded, part->word) == NULL)
        part++;
    return part->kind;
}

static const char *founder_kind(const struct cells *cells, const char *name)
{
    const char *level = said(cells, COLUMN_LEVEL);
    const char *kind = level == NULL ? NULL : word_kind(cells->scratch, levels, level);
    if (level != NULL && kind == NULL)
        note(cells, NOTE_CELL, COLUMN_LEVEL, "level_unknown", level);
    return kind != NULL ? kind : name != NULL ? guess_kind(cells->scratch, name) : NULL;
}

static void read_founder(const struct cells *cells)
{
    struct founder *founder = &cells->made->founder;
    const char *name = said(cells, COLUMN_FOUNDER);
    if (name != NULL && text_length(name) > NAME_LONGEST) {
        note(cells, NOTE_ROW, COLUMN_FOUNDER, "too_long", name);
        return;
    }
    /* A founder with a wrong number can still be found by its name. */
    enum note_kind wrong = name == NULL ? NOTE_ROW : NOTE_CELL;
    founder->name = keep(cells, name);
    founder->ogrn = number(cells, COLUMN_FOUNDER_OGRN, &field_ogrn, wrong);
    founder->inn = number(cells, COLUMN_FOUNDER_INN, &field_inn, wrong);
    founder->kind = founder_kind(cells, name);
}

static void read_kind(const struct cells *cells)
{
    const char *kind = said(cells, COLUMN_KIND);
    if (kind == NULL)
        return;
    cells->made->kind = word_kind(cells->scratch, kinds, kind);
    if (cells->made->kind == NULL)
        note(cells, NOTE_CELL, COLUMN_KIND, "kind_unknown", kind);
}

/* ---- what it does ---- */

static const char *const categories[] = {"флагманский", "активный", "визитка", "не учитывается"};

/* A category in the register's own spelling; NULL when it is none. */
static const char *find_category(struct pool *pool, const char *text)
{
    const char *folded = text_fold(pool, text);
    for (size_t i = 0; i < sizeof categories / sizeof categories[0]; i++)
        if (strcmp(categories[i], folded) == 0)
            return categories[i];
    return NULL;
}

/* Some registers write the category under "Статус". A category of no register is kept as it stands. */
static void read_category(const struct cells *cells)
{
    const char *category = kept_text(cells, COLUMN_CATEGORY, NAME_LONGEST);
    const char *known = category == NULL ? NULL : find_category(cells->scratch, category);
    const char *status = category == NULL ? said(cells, COLUMN_STATUS) : NULL;
    if (status != NULL)
        known = find_category(cells->scratch, status);
    cells->made->category = known != NULL ? known : category;
}

static void read_spheres(const struct cells *cells)
{
    static const enum column columns[] = {COLUMN_SPHERE_1, COLUMN_SPHERE_2, COLUMN_SPHERE_3};
    struct register_row *row = cells->made;
    for (size_t i = 0; i < 3; i++) {
        const char *sphere = kept_text(cells, columns[i], NAME_LONGEST);
        bool known = sphere == NULL;
        for (size_t j = 0; j < row->sphere_count; j++)
            known = known || strcmp(row->spheres[j], sphere) == 0;
        if (!known)
            row->spheres[row->sphere_count++] = sphere;
    }
}

/* ---- what else the register says ---- */

static const struct word flags[] = {{"да", "true"},
                                    {"есть", "true"},
                                    {"назначен", "true"},
                                    {"подтверждена", "true"},
                                    {"+", "true"},
                                    {"1", "true"},
                                    {"v", "true"},
                                    {"истина", "true"},
                                    {"true", "true"},
                                    {"нет", "false"},
                                    {"не назначен", "false"},
                                    {"не подтверждена", "false"},
                                    {"-", "false"},
                                    {"–", "false"},
                                    {"—", "false"},
                                    {"0", "false"},
                                    {"ложь", "false"},
                                    {"false", "false"},
                                    {NULL, NULL}};

static void add_member(struct buffer *out, const char *name, const char *json, size_t length)
{
    buffer_print(out, "%s\"%s\":", out->length == 1 ? "" : ",", name);
    buffer_add(out, json, length);
}

static void add_flag(const struct cells *cells, struct buffer *out, enum column column)
{
    const char *text = cell(cells, column);
    const char *flag = text == NULL ? NULL : word_kind(cells->scratch, flags, text);
    /* Where "is a responsible person appointed" is answered with who, somebody is. */
    if (flag == NULL && text != NULL && column == COLUMN_RESPONSIBLE)
        flag = "true";
    if (flag != NULL)
        add_member(out, column_name(column), flag, strlen(flag));
    else if (text != NULL)
        note(cells, NOTE_CELL, column, "flag_unreadable", text);
}

static void add_text(const struct cells *cells, struct buffer *out, enum column column)
{
    const char *text = kept_text(cells, column, TEXT_LONGEST);
    if (text == NULL)
        return;
    struct buffer quoted = {0};
    buffer_json(&quoted, text, strlen(text));
    add_member(out, column_name(column), quoted.bytes, quoted.length);
    buffer_free(&quoted);
}

static void read_detail(const struct cells *cells)
{
    static const enum column kept[] = {COLUMN_LEVEL,        COLUMN_STATUS,         COLUMN_KPP,
                                       COLUMN_POST_ADDRESS, COLUMN_PHONE,          COLUMN_EMAIL,
                                       COLUMN_COMMENT,      COLUMN_GROUND_COMMENT, COLUMN_VK_ID};
    struct buffer detail = {0};
    buffer_text(&detail, "{");
    add_flag(cells, &detail, COLUMN_RESPONSIBLE);
    add_flag(cells, &detail, COLUMN_CONFIRMED);
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++)
        add_text(cells, &detail, kept[i]);
    buffer_text(&detail, "}");
    cells->made->detail = keep(cells, detail.bytes);
    buffer_free(&detail);
}

/* ---- addresses ---- */

static const struct {
    enum column column;
    const char *network; /* NULL: any */
} address_columns[] = {{COLUMN_VK, "vk"},   {COLUMN_OK, "ok"},     {COLUMN_TELEGRAM, "telegram"},
                       {COLUMN_MAX, "max"}, {COLUMN_SITE, "site"}, {COLUMN_ACCOUNTS, NULL}};

enum { ACCOUNTS_MOST = 32 };

struct addresses {
    const struct cells *cells;
    enum column column;
    const struct network *wanted;
    struct account found[ACCOUNTS_MOST];
    size_t count;
};

static void add_account(struct addresses *addresses, const struct network_address *address, const char *spelling)
{
    const char *network = network_code(address->network);
    for (size_t i = 0; i < addresses->count; i++)
        if (strcmp(addresses->found[i].network, network) == 0 && strcmp(addresses->found[i].address, address->key) == 0)
            return;
    if (addresses->count == ACCOUNTS_MOST) {
        note(addresses->cells, NOTE_CELL, addresses->column, "too_many_addresses", spelling);
        return;
    }
    addresses->found[addresses->count++] = (struct account){.network = network,
                                                            .address = keep(addresses->cells, address->key),
                                                            .url = keep(addresses->cells, address->url),
                                                            .spelling = keep(addresses->cells, spelling)};
}

/* An address that stands in another social network's column is that network's; NULL when it was read. */
static const char *read_address(struct addresses *addresses, const char *text)
{
    const struct cells *cells = addresses->cells;
    struct network_address address;
    const char *code =
        network_address_read(cells->options->networks, addresses->wanted, cells->scratch, text, &address);
    if (code == NULL) {
        add_account(addresses, &address, text);
        return NULL;
    }
    if (strcmp(code, "address_other_network") != 0 ||
        network_address_read(cells->options->networks, NULL, cells->scratch, text, &address) != NULL ||
        strcmp(network_code(address.network), "site") == 0)
        return code;
    note(cells, NOTE_NOTICE, addresses->column, "address_of_other_column", text);
    add_account(addresses, &address, text);
    return NULL;
}

static bool looks_like_address(const char *word)
{
    return strpbrk(word, "./@") != NULL && word[strspn(word, "./@")] != '\0';
}

/* A piece that is no address as a whole may be several, or one with words around it. */
static void read_words(struct addresses *addresses, char *piece, const char *code)
{
    const struct cells *cells = addresses->cells;
    char *whole = pool_copy(cells->scratch, piece);
    char *rest;
    bool any = false;
    for (char *word = strtok_r(piece, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest)) {
        if (!looks_like_address(word))
            continue;
        const char *wrong = read_address(addresses, word);
        if (wrong != NULL)
            note(cells, NOTE_CELL, addresses->column, wrong, word);
        any = true;
    }
    if (!any)
        note(cells, NOTE_CELL, addresses->column, code, whole);
}

static void read_address_cell(struct addresses *addresses)
{
    const struct cells *cells = addresses->cells;
    const char *text = said(cells, addresses->column);
    char *rest;
    char *copy = pool_copy(cells->scratch, text == NULL ? "" : text);
    for (char *piece = strtok_r(copy, ",;|", &rest); piece != NULL; piece = strtok_r(NULL, ",;|", &rest)) {
        char *tidy = text_tidy(cells->scratch, piece);
        if (is_none(cells->scratch, tidy))
            continue;
        const char *code = read_address(addresses, tidy);
        if (code != NULL)
            read_words(addresses, tidy, code);
    }
}

static void read_accounts(const struct cells *cells)
{
    struct addresses addresses = {.cells = cells};
    for (size_t i = 0; i < sizeof address_columns / sizeof address_columns[0]; i++) {
        const char *network = address_columns[i].network;
        addresses.column = address_columns[i].column;
        addresses.wanted = network == NULL ? NULL : network_find(cells->options->networks, network);
        if (network == NULL || addresses.wanted != NULL)
            read_address_cell(&addresses);
    }
    struct register_row *row = cells->made;
    row->account_count = addresses.count;
    row->accounts = pool_alloc(cells->read->pool, (addresses.count + 1) * sizeof *row->accounts);
    memcpy(row->accounts, addresses.found, addresses.count * sizeof *row->accounts);
}

/* ---- the row ---- */

static bool has_text_beyond(struct pool *scratch, const struct sheet_row *row, size_t width)
{
    for (size_t i = width; i < row->count; i++)
        if (*text_tidy(scratch, row->cells[i]) != '\0')
            return true;
    return row->too_wide;
}

/* Merged titles leave columns without one; what stands there is told once. */
static void check_untitled(const struct cells *cells)
{
    for (size_t i = 0; i < cells->layout->width && i < cells->row->count; i++) {
        const char *text = cells->layout->untitled[i] ? text_tidy(cells->scratch, cells->row->cells[i]) : "";
        if (*text == '\0')
            continue;
        cells->layout->untitled[i] = false;
        register_note(cells->read, NULL, NOTE_NOTICE, cells->row->line, "", "column_untitled", text);
    }
}

static void check_region(const struct cells *cells)
{
    const char *region = said(cells, COLUMN_REGION);
    if (region == NULL || cells->options->region == NULL)
        return;
    if (strcmp(name_fold(cells->scratch, region), name_fold(cells->scratch, cells->options->region)) != 0)
        note(cells, NOTE_NOTICE, COLUMN_REGION, "other_region", region);
}

void row_read(struct import_register *read, const struct import_options *options, struct layout *layout,
              struct pool *scratch, const struct sheet_row *cells)
{
    struct register_row *row = pool_alloc(read->pool, sizeof *row);
    row->line = cells->line;
    const struct cells all = {
        .read = read, .options = options, .layout = layout, .scratch = scratch, .row = cells, .made = row};
    read->rows[read->row_count++] = row;
    if (cells->hiding)
        register_note(read, row, NOTE_ROW, cells->line, "", "quote_open", NULL);
    else if (!cells->ended && cells->count < layout->width)
        register_note(read, row, NOTE_ROW, cells->line, "", "row_cut", cells->cells[0]);
    else if (!cells->readable)
        register_note(read, row, NOTE_ROW, cells->line, "", "not_utf8", cells->cells[0]);
    else if (has_text_beyond(scratch, cells, layout->width))
        register_note(read, row, NOTE_ROW, cells->line, "", "row_too_wide", cells->cells[0]);
    if (row->refused)
        return;
    read_identity(&all);
    read_founder(&all);
    if (!row->refused && row->ogrn == NULL && row->inn == NULL && row->founder.name == NULL &&
        row->founder.ogrn == NULL && row->founder.inn == NULL)
        note(&all, NOTE_ROW, COLUMN_OGRN, "numbers_missing", row->name);
    if (row->refused)
        return;
    read_kind(&all);
    read_category(&all);
    read_spheres(&all);
    row->ground = kept_text(&all, COLUMN_GROUND, TEXT_LONGEST);
    read_accounts(&all);
    read_detail(&all);
    check_region(&all);
    check_untitled(&all);
}

/* import_test.c: what a register's file says, and what is told of it, before the database is asked. */
#include "../../../tenants/exchange/register.h"
#include "../../../tenants/exchange/sheet.h"
#include "given.h"

#include <iconv.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* cmocka.h needs those above. */
#include <cmocka.h>

static struct import_register read_;

#define TITLES "Полное наименование объекта;ОГРН;ИНН;Учредитель;ОГРН учредителя\n"
#define ONE "1026901606610"
#define TWO "1026901949051"
#define THREE "1025700696383"

static const struct fault *read_text(struct pool *pool, const char *text)
{
    const struct import_options options = {.networks = networks, .region = "Тверская область"};
    const struct fault *fault = register_read(pool, &options, text, strlen(text), &read_);
    if (fault == NULL)
        register_settle(&read_);
    return fault;
}

/* "3 ОГРН ogrn_length" of each note, one a line; refusals of rows begin with !, left-out cells with ~. */
static const char *notes(struct pool *pool)
{
    const char *all = "";
    for (size_t i = 0; i < read_.note_count; i++) {
        const struct note *note = &read_.notes[i];
        all = pool_print(pool, "%s%s%s%u %s %s", all, i == 0 ? "" : "\n",
                         note->kind == NOTE_ROW    ? "!"
                         : note->kind == NOTE_CELL ? "~"
                                                   : "",
                         note->line, note->column, note->code);
    }
    return all;
}

static const struct register_row *row_at(unsigned line)
{
    for (size_t i = 0; i < read_.row_count; i++)
        if (read_.rows[i]->line == line)
            return read_.rows[i];
    fail_msg("there is no row at line %u", line);
    return NULL;
}

/* ---- how it was saved ---- */

static const char *converted(struct pool *pool, const char *text, size_t *length)
{
    iconv_t converter = iconv_open("WINDOWS-1251", "UTF-8");
    size_t left = strlen(text), room = left;
    char *in = pool_copy(pool, text);
    char *bytes = pool_alloc(pool, room + 1);
    char *out = bytes;
    assert_int_equal(iconv(converter, &in, &left, &out, &room), 0);
    iconv_close(converter);
    *length = (size_t)(out - bytes);
    return bytes;
}

/* Every way of saving the same table says the same. */
static void test_ways_of_saving(void **state)
{
    struct pool *pool = *state;
    static const struct {
        const char *delimiter, *end;
        bool marked, old;
    } ways[] = {{";", "\n", false, false},  {",", "\r\n", false, false}, {"\t", "\n", true, false},
                {";", "\r\n", true, false}, {";", "\r\n", false, true},  {",", "\n", false, true},
                {";", "\r", false, false}};
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        const char *d = ways[i].delimiter;
        const char *text = pool_print(pool,
                                      "%sИНН%sОГРН%sполное  НАИМЕНОВАНИЕ объекта%s"
                                      "6907006968%s" ONE "%s\"МБОУ \"\"Школа № 1\"\", село%sКемцы\"%s",
                                      ways[i].marked ? "\xEF\xBB\xBF" : "", d, d, ways[i].end, d, d, d, ways[i].end);
        size_t length = strlen(text);
        if (ways[i].old)
            text = converted(pool, text, &length);
        const struct import_options options = {.networks = networks};
        assert_null(register_read(pool, &options, text, length, &read_));
        assert_string_equal(notes(pool), "");
        assert_int_equal(read_.row_count, 1);
        assert_string_equal(read_.rows[0]->ogrn, ONE);
        assert_string_equal(read_.rows[0]->inn, "6907006968");
        const char *expected = strcmp(d, "\t") == 0 ? "МБОУ \"Школа № 1\", село Кемцы"
                                                    : pool_print(pool, "МБОУ \"Школа № 1\", село%sКемцы", d);
        assert_string_equal(read_.rows[0]->name, expected);
    }
}

static void test_foreign_files(void **state)
{
    struct pool *pool = *state;
    static const struct {
        const char *bytes;
        size_t length;
        const char *code;
    } files[] = {{"PK\x03\x04....", 8, "file_spreadsheet"},
                 {"\xD0\xCF\x11\xE0\xA1", 5, "file_spreadsheet"},
                 {"\xFF\xFE\x1E\x04", 4, "file_utf16"},
                 {"a;b\0c", 5, "file_not_text"},
                 {"", 0, "file_empty"},
                 {"\xEF\xBB\xBF", 3, "file_empty"},
                 {"\n\n;;\n", 5, "file_empty"},
                 {"{\"rows\": []}", 12, "columns_missing"}};
    const struct import_options options = {.networks = networks};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        const struct fault *fault = register_read(pool, &options, files[i].bytes, files[i].length, &read_);
        assert_non_null(fault);
        assert_string_equal(fault->code, files[i].code);
    }
}

static void test_missing_columns(void **state)
{
    struct pool *pool = *state;
    const struct fault *fault = read_text(pool, "Полное наименование;Учредитель\nШкола;Округ\n");
    assert_string_equal(fault->code, "columns_missing");
    assert_int_equal(fault->field_count, 1);
    assert_string_equal(fault->fields[0].field, "ОГРН");
    fault = read_text(pool, "ОГРН;Учредитель\n" ONE ";Округ\n");
    assert_int_equal(fault->field_count, 1);
    assert_string_equal(fault->fields[0].field, "Полное наименование");
    assert_int_equal(read_text(pool, "a;b\n1;2\n")->field_count, 2);
}

/* A heading in ASCII says nothing of the alphabet. */
static void test_wrong_byte_below_a_heading(void **state)
{
    struct pool *pool = *state;
    assert_null(read_text(pool, "2022;;\nНаименование;ОГРН\nШкола;" ONE "\nСа\xFFд;" TWO "\n"));
    assert_string_equal(notes(pool), "!4  not_utf8");
    assert_string_equal(row_at(3)->name, "Школа");
}

/* A column without a title is told once there is something in it; white space is nothing, below titles and beyond. */
static void test_untitled(void **state)
{
    struct pool *pool = *state;
    assert_null(read_text(pool, "Наименование;ОГРН;;ВК;\nШкола;" ONE "; ;;\n ;;\u00a0;;\nСад;" TWO ";vk.com/a;;; \n"
                                "Лицей;" THREE ";vk.com/b;;x\n"));
    assert_string_equal(notes(pool), "4  column_untitled\n5  column_untitled");
    assert_int_equal(read_.row_count, 3);
    assert_int_equal(read_.refused, 0);
}

/* Addresses hold more commas than the rows hold semicolons. */
static void test_commas_inside(void **state)
{
    struct pool *pool = *state;
    assert_null(read_text(pool, "Наименование;ОГРН;Адрес\nШкола;" ONE ";170000, обл., г. Тверь, ул. Мира, д. 1\n"));
    assert_string_equal(notes(pool), "");
    assert_string_equal(row_at(2)->ogrn, ONE);
    assert_string_equal(read_text(pool, "Название, адрес;Учредитель\nа,б,в;г\n")->code, "columns_missing");
}

/* Titles may stand below a heading, in any order; unknown and repeated ones are told, a second title row is skipped. */
static void test_titles(void **state)
{
    struct pool *pool = *state;
    assert_null(read_text(pool,
                          "Реестр организаций;;;\n;;;\nЦвет;№;ОГРН;\"Наименование\nорганизации\";ОГРН\n"
                          "синий;1;" ONE ";Школа;\nЦвет;№;ОГРН;Наименование организации;ОГРН\nбелый;2;" TWO ";Сад;\n"));
    assert_string_equal(notes(pool), "3 Цвет column_unknown\n3 ОГРН column_repeated\n6  titles_repeated");
    assert_int_equal(read_.row_count, 2);
    assert_string_equal(row_at(5)->name, "Школа");
    assert_string_equal(row_at(7)->name, "Сад");
}

/* ---- rows ---- */

static const struct {
    const char *rows;
    const char *told;
} bad_rows[] = {
    {"Школа;1026901606611;;;\n", "!2 ОГРН ogrn_check_digit"},
    {"Школа;1,02690E+12;;;\n", "!2 ОГРН ogrn_rounded"},
    {"Школа;" ONE ";690700696;;\n", "!2 ИНН inn_length"},
    {"Школа;" ONE ";278000229;;\n", "2 ИНН inn_zero_restored"},
    {";" ONE ";;;\n", "!2 Полное наименование объекта required"},
    {"Школа;;;;\n", "!2 ОГРН numbers_missing"},
    {"Школа;-;нет;;\n", "!2 ОГРН numbers_missing"},
    {"Школа;" ONE ";;;;лишнее\n", "!2  row_too_wide"},
    {"Шк\xFFола;" ONE ";;;\n", "!2  not_utf8"},
    /* the same twice; another thing under the same number; a later line is to blame */
    {"Школа;" ONE ";;;\nШкола;" ONE ";;;\n", "3 ОГРН row_repeated"},
    {"Школа;" ONE ";;;\nСад;" ONE ";;;\n", "!3 ОГРН ogrn_repeated"},
    {"Школа;;6907006968;;\nСад;;6907006968;;\n", "!3 ИНН inn_repeated"},
    {"Филиал;;;Школа;\nФилиал;;;Школа;\n", "3 Полное наименование объекта row_repeated"},
    {"Филиал;;;Школа;\nФилиал;;;«ШКОЛА»;\n", "!3 Полное наименование объекта name_repeated"},
    /* the tree */
    {"Школа;" ONE ";;«ШКОЛА»;\n", "!2 Учредитель parent_self"},
    {"Школа;" ONE ";;;" ONE "\n", "!2 Учредитель parent_self"},
    {"А;" ONE ";;Б;\nБ;" TWO ";;В;\nВ;" THREE ";;А;\n",
     "!2 Учредитель parent_loop\n!3 Учредитель parent_loop\n!4 Учредитель parent_loop"},
    {"А;" ONE ";;;\nА;" TWO ";;;\nШкола;" THREE ";;А;\n", "!4 Учредитель parent_ambiguous"},
    {"Школа;" ONE ";;;1026901949050\n", "!2 ОГРН учредителя ogrn_check_digit"},
    {"Школа;" ONE ";;Округ;1026901949050\n", "~2 ОГРН учредителя ogrn_check_digit"},
    /* a quote that is not closed where its cell ends costs its own line, whatever closes it later; so does half a file
     */
    {"Школа;" ONE ";;;\n\"Сад;" TWO ";;;\nЕщё;" THREE ";;;\n", "!3  quote_open"},
    {"Школа;" ONE ";;;\n\"Сад \"Ёлка\"\";" TWO ";;;\n\"Сад \"Липа\"\";" THREE ";;;\n",
     "!3  quote_open\n!4  quote_open"},
    {"\"Сад;" ONE ";;;\nЕщё;" TWO ";\"\";;\nШкола;" THREE ";;;\n", "!2  quote_open"},
    {"Сад;" ONE ";;\"Отдел;\nЕщё;" TWO ";;\"Отдел\";\nШкола;" THREE ";;;\n", "!2  quote_open"},
    {"Школа;" ONE ";;;\n\"Сад;" TWO, "!3  quote_open"},
    {"Школа;" ONE ";;;\nСад;" TWO ";;Управл", "!3  row_cut"},
    {"Школа;" ONE ";;;\nСад;" TWO ";;Управление;", ""},
};

static void test_bad_rows(void **state)
{
    struct pool *pool = *state;
    for (size_t i = 0; i < sizeof bad_rows / sizeof bad_rows[0]; i++) {
        assert_null(read_text(pool, pool_print(pool, TITLES "%s", bad_rows[i].rows)));
        assert_string_equal(notes(pool), bad_rows[i].told);
        size_t in = 0;
        for (size_t j = 0; j < read_.row_count; j++)
            in += !read_.rows[j]->refused;
        assert_int_equal(in + read_.refused + read_.repeated, read_.rows_told);
    }
}

/* The ways in which spreadsheets are made to keep digits. */
static void test_kept_digits(void **state)
{
    struct pool *pool = *state;
    assert_null(read_text(pool, TITLES "Школа;=\"" ONE "\";\"=\"\"6907006968\"\"\";;\nСад;'" TWO ";=\"\";;\n"));
    assert_string_equal(notes(pool), "");
    assert_string_equal(row_at(2)->ogrn, ONE);
    assert_string_equal(row_at(2)->inn, "6907006968");
    assert_string_equal(row_at(3)->ogrn, TWO);
    assert_null(row_at(3)->inn);
    assert_null(read_text(pool, TITLES "Школа;" ONE ";278000229;;\n"));
    assert_string_equal(row_at(2)->inn, "0278000229");
}

/* A cell is cut, a row refused, and the reading goes on. */
static void test_endless_cell(void **state)
{
    struct pool *pool = *state;
    struct buffer text = {0};
    buffer_text(&text, TITLES "\"");
    for (int i = 0; i < 20000; i++)
        buffer_text(&text, "Я\n");
    buffer_text(&text, "\";" ONE ";;;\nШкола;" TWO ";;;\n");
    assert_null(read_text(pool, text.bytes));
    buffer_free(&text);
    assert_string_equal(notes(pool), "!2  row_too_wide");
    assert_string_equal(row_at(20003)->ogrn, TWO);
}

/* A founder that has a row is found by it, whatever its quotes and case; the order of lines does not matter. */
static void test_tree(void **state)
{
    struct pool *pool = *state;
    assert_null(read_text(pool, TITLES "Школа;" ONE ";;УПРАВЛЕНИЕ «ОБРАЗОВАНИЯ»;\n"
                                       "Управление \"образования\";" TWO ";;Администрация района;\n"
                                       "Филиал;;;;" ONE "\n"));
    assert_string_equal(notes(pool), "");
    assert_int_equal(row_at(3)->depth, 0);
    assert_int_equal(row_at(2)->depth, 1);
    assert_int_equal(row_at(4)->depth, 2);
    assert_ptr_equal(row_at(4)->above, row_at(2));
    assert_string_equal(row_at(3)->kind, "agency");
    assert_string_equal(row_at(3)->founder.kind, "municipality");
}

/* A founder may be called by its short name, unless that is somebody's full one. */
static void test_short_names(void **state)
{
    struct pool *pool = *state;
    assert_null(read_text(pool, "Наименование;Краткое наименование;ОГРН;Учредитель\nШкола;Ш;" ONE ";МИНОБР\n"
                                "Министерство образования;«Минобр»;" TWO ";\nШ;;" THREE ";\nФилиал;;;Ш\n"));
    assert_string_equal(notes(pool), "");
    assert_ptr_equal(row_at(2)->above, row_at(3));
    assert_ptr_equal(row_at(5)->above, row_at(4));
}

static const struct {
    const char *founder, *kind;
} founders[] = {
    {"Министерство сельского хозяйства области", "agency"},
    {"Министерство по делам муниципальных образований", "agency"},
    {"Департамент муниципального развития", "agency"},
    {"Администрация Губернатора области", "agency"},
    {"Правительство Амурской области", "agency"},
    {"Комитет культуры", "agency"},
    {"Администрация Кемского муниципального округа", "municipality"},
    {"Управление образования администрации г. Кемь", "municipality"},
    {"Департамент образования городского округа Кемь", "municipality"},
    {"Кемский район", "municipality"},
    {"Муниципальное образование «Кемь»", "municipality"},
    {"Совет депутатов Кемского сельского поселения", "municipality"},
    {"МБОУ «Школа № 8» Кемского района", "organisation"},
    {"Муниципальное бюджетное учреждение «Дом культуры» Кемского района", "organisation"},
};

/* Where the register does not say the level of a founder, its name does. */
static void test_founder_kinds(void **state)
{
    struct pool *pool = *state;
    for (size_t i = 0; i < sizeof founders / sizeof founders[0]; i++) {
        assert_null(read_text(pool, pool_print(pool, TITLES "Школа;" ONE ";;%s;\n", founders[i].founder)));
        assert_string_equal(row_at(2)->founder.kind, founders[i].kind);
    }
}

/* A founder whose own row stayed out is known by its name. */
static void test_refused_founder(void **state)
{
    struct pool *pool = *state;
    assert_null(read_text(pool, TITLES "Управление;1026901949050;;;\nШкола;" ONE ";;Управление;\n"));
    assert_string_equal(notes(pool), "!2 ОГРН ogrn_check_digit");
    assert_false(row_at(3)->refused);
    assert_null(row_at(3)->above);
    assert_string_equal(row_at(3)->founder.name, "Управление");
}

static void test_too_deep(void **state)
{
    struct pool *pool = *state;
    struct buffer text = {0};
    buffer_text(&text, TITLES);
    for (int i = 0; i < 5000; i++)
        buffer_print(&text, "Н%d;;;Н%d;\n", i, i + 1);
    assert_null(read_text(pool, text.bytes));
    buffer_free(&text);
    assert_int_equal(read_.refused, 5000 / 18); /* each refused one lets the chain below it begin anew */
    assert_string_equal(read_.notes[0].code, "tree_too_deep");
}

/* ---- addresses ---- */

static const struct {
    const char *vk, *site;
    const char *found; /* network:address, parted by spaces */
    const char *told;
} addresses[] = {
    {"https://vk.com/club211791527", "", "vk:club211791527", ""},
    {"@vozmsosh2022", "", "vk:vozmsosh2022", ""},
    {"https://m.vk.com/public1?from=x, vk.com/club2 vk.ru/club3;\nvk.com/club2", "", "vk:club1 vk:club2 vk:club3", ""},
    {"0", "-", "", ""},
    {"нет", "—", "", ""},
    {"Нет страницы", "нет.", "", ""},
    {"", "WWW pu31redkino.narod.ru", "site:pu31redkino.narod.ru", ""},
    {"", "http://school1-555.ucoz.ru/", "site:school1-555.ucoz.ru", ""},
    {"", "kemtzy@yandex.ru", "", "~2 Сайт address_email"},
    {"vk.com/id1", "", "", "~2 ВК address_person"},
    {"https://t.me/kemtzy", "", "telegram:kemtzy", "2 ВК address_of_other_column"},
    {"страница: vk.com/club7 (основная)", "", "vk:club7", ""},
    {"", "school.ru/ vk.com/club7", "site:school.ru vk:club7", "2 Сайт address_of_other_column"},
    {"", "http://school.ru/ school2.ru/news", "site:school.ru site:school2.ru/news", ""},
    {"vk.com/club7/ / vk.com/club8|vk.com/club9", "", "vk:club7 vk:club8 vk:club9", ""},
    {"будет позже", "", "", "~2 ВК address_unreadable"},
};

static void test_addresses(void **state)
{
    struct pool *pool = *state;
    for (size_t i = 0; i < sizeof addresses / sizeof addresses[0]; i++) {
        assert_null(read_text(pool, pool_print(pool, "Наименование,ОГРН,ВК,Сайт\nШкола," ONE ",\"%s\",\"%s\"\n",
                                               addresses[i].vk, addresses[i].site)));
        const struct register_row *row = row_at(2);
        const char *found = "";
        for (size_t j = 0; j < row->account_count; j++)
            found = pool_print(pool, "%s%s%s:%s", found, j == 0 ? "" : " ", row->accounts[j].network,
                               row->accounts[j].address);
        if (strcmp(found, addresses[i].found) != 0 || strcmp(notes(pool), addresses[i].told) != 0)
            fail_msg("\"%s\" \"%s\": %s (%s)", addresses[i].vk, addresses[i].site, found, notes(pool));
    }
}

/* ---- the rest of a row, as the database gets it ---- */

static void test_printed_row(void **state)
{
    struct pool *pool = *state;
    assert_null(read_text(pool, "Регион;Назначен ответственный;Страница подтверждена;Официальная страница не ведется "
                                "на основании;Полное наименование "
                                "объекта;ОГРН;Статус;Комментарий;Учредитель;Уровень;Сфера 1;Сфера 2;Сфера 3\n"
                                "Тверская область;Иванова;нет;Ликвидация;Школа;" ONE
                                ";Активный;\"Смотри \"\"Устав\"\"\";Округ;МО;Школы;;Школы\n"));
    assert_string_equal(notes(pool), "");
    struct buffer text = {0};
    register_print_row(row_at(2), &text);
    assert_string_equal(
        text.bytes,
        "{\"line\":2,\"name\":\"Школа\",\"ogrn\":\"" ONE "\",\"founder_name\":\"Округ\",\"founder_kind\":"
        "\"municipality\",\"category\":\"активный\",\"ground\":\"Ликвидация\",\"spheres\":[\"Школы\"],\"accounts\":[],"
        "\"detail\":{\"responsible\":true,\"confirmed\":false,\"level\":\"МО\",\"status\":\"Активный\","
        "\"comment\":\"Смотри \\\"Устав\\\"\"}}");
    buffer_free(&text);
}

/* A category is one word however it is written; one that no register has stays as it is. */
static void test_categories(void **state)
{
    struct pool *pool = *state;
    assert_null(read_text(pool, "Наименование;ОГРН;Категория;Статус\nА;" ONE ";ФЛАГМАНСКИЙ;визитка\nБ;" TWO
                                ";;Не учитывается\nВ;" THREE ";Особый;\n"));
    assert_string_equal(row_at(2)->category, "флагманский");
    assert_string_equal(row_at(3)->category, "не учитывается");
    assert_string_equal(row_at(4)->category, "Особый");
}

static void test_notices_of_cells(void **state)
{
    struct pool *pool = *state;
    assert_null(read_text(pool, "Регион;Полное наименование;ОГРН;Уровень;Вид объекта;Страница подтверждена\n"
                                "Амурская область;Школа;" ONE ";планета;корабль;может быть\n"));
    assert_string_equal(notes(pool), "~2 Уровень level_unknown\n~2 Вид объекта kind_unknown\n~2 Страница подтверждена "
                                     "flag_unreadable\n2 Регион other_region");
    assert_false(row_at(2)->refused);
}

/* The list of notes is bounded, the counting is not. */
static void test_many_notes(void **state)
{
    struct pool *pool = *state;
    struct buffer text = {0};
    buffer_text(&text, TITLES);
    for (int i = 0; i < IMPORT_NOTES_MOST + 5; i++)
        buffer_text(&text, "Школа;1;;;\n");
    assert_null(read_text(pool, text.bytes));
    buffer_free(&text);
    assert_int_equal(read_.note_count, IMPORT_NOTES_MOST);
    assert_int_equal(read_.untold, 5);
    assert_int_equal(read_.refused, IMPORT_NOTES_MOST + 5);
}

/* ---- sheets ---- */

struct seen {
    unsigned lines[8];
    size_t rows;
    size_t stop_after;
};

static enum sheet_answer on_row(void *data, struct pool *pool, const struct sheet_row *row)
{
    (void)pool;
    struct seen *seen = data;
    seen->lines[seen->rows++] = row->line;
    return seen->rows != seen->stop_after ? SHEET_ON : SHEET_STOP;
}

static void test_lines(void **state)
{
    struct pool *pool = *state;
    struct seen seen = {0};
    static const char text[] = "a;b\n\n\n\"c\nc\";d\r\n;;\n  \ne;f";
    assert_null(sheet_read(pool, text, strlen(text), ';', on_row, &seen));
    assert_int_equal(seen.rows, 3);
    assert_int_equal(seen.lines[0], 1);
    assert_int_equal(seen.lines[1], 4);
    assert_int_equal(seen.lines[2], 8);
}

static void test_stop(void **state)
{
    struct pool *pool = *state;
    struct seen seen = {.stop_after = 1};
    static const char text[] = "a\nb\nc\n\"d";
    assert_null(sheet_read(pool, text, strlen(text), ';', on_row, &seen));
    assert_int_equal(seen.rows, 1);
}

static int setup(void **state)
{
    *state = pool_new();
    return 0;
}

static int teardown(void **state)
{
    pool_free(*state);
    return 0;
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_ways_of_saving),
        TEST(test_foreign_files),
        TEST(test_missing_columns),
        TEST(test_commas_inside),
        TEST(test_untitled),
        TEST(test_wrong_byte_below_a_heading),
        TEST(test_titles),
        TEST(test_bad_rows),
        TEST(test_endless_cell),
        TEST(test_kept_digits),
        TEST(test_tree),
        TEST(test_founder_kinds),
        TEST(test_short_names),
        TEST(test_refused_founder),
        TEST(test_too_deep),
        TEST(test_addresses),
        TEST(test_printed_row),
        TEST(test_notices_of_cells),
        TEST(test_categories),
        TEST(test_many_notes),
        TEST(test_lines),
        TEST(test_stop),
    };
    return cmocka_run_group_tests(tests, open_networks, close_networks);
}

/* locale_test.c checks what readers of each language see, and that no message is left untranslated. */
#include "veha/locale.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* cmocka.h needs those above. */
#include <cmocka.h>

static char folder[] = "/tmp/locale_test.XXXXXX";
static struct locale_set *set;
static const struct locale *russian, *english;

static void compile_catalogue(const char *name)
{
    char command[256];
    snprintf(command, sizeof command, "msgfmt -o %s/%s.mo templates/locales/%s.po", folder, name, name);
    assert_int_equal(system(command), 0);
}

static int compile_catalogues(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(folder));
    compile_catalogue("ru");
    compile_catalogue("en");
    set = locale_load(folder, "Europe/Moscow");
    assert_non_null(set);
    russian = locale_find(set, "ru");
    english = locale_find(set, "en");
    return 0;
}

static int remove_catalogues(void **state)
{
    (void)state;
    locale_set_free(set);
    static const char *const names[] = {"ru", "en"};
    char path[64];
    for (size_t i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/%s.mo", folder, names[i]);
        unlink(path);
    }
    assert_int_equal(rmdir(folder), 0);
    return 0;
}

typedef void write_text(const struct locale *locale, const char *text, struct buffer *out);

static void assert_written(write_text *write, const struct locale *locale, const char *text, const char *expected)
{
    struct buffer out = {0};
    write(locale, text, &out);
    assert_string_equal(out.bytes, expected);
    buffer_free(&out);
}

static void dates_stand_in_the_genitive(void **state)
{
    (void)state;
    assert_written(locale_date, russian, "2022-12-01", "1\u00a0декабря 2022\u00a0г.");
    assert_written(locale_date, english, "2022-12-01", "1\u00a0December 2022");
    assert_written(locale_date, russian, "2022-02-30", "2022-02-30");
    assert_written(locale_date, russian, "soon", "soon");
}

static void moments_are_those_of_the_region(void **state)
{
    (void)state;
    assert_written(locale_moment, russian, "2022-11-30T21:05:00Z", "1\u00a0декабря 2022\u00a0г., 00:05");
    assert_written(locale_moment, english, "2022-11-30T21:05:00+00:00", "1\u00a0December 2022, 00:05");
    assert_written(locale_date, russian, "2022-11-30T21:05:00Z", "1\u00a0декабря 2022\u00a0г.");
    assert_written(locale_moment, russian, "2022-12-01", "1\u00a0декабря 2022\u00a0г.");
    assert_written(locale_moment, russian, "yesterday", "yesterday");
}

static void assert_number(const struct locale *locale, double number, int decimals, const char *expected)
{
    struct buffer out = {0};
    locale_number(locale, number, decimals, &out);
    assert_string_equal(out.bytes, expected);
    buffer_free(&out);
}

static void numbers_are_grouped(void **state)
{
    (void)state;
    assert_number(russian, 1547, 0, "1547");
    assert_number(russian, 12345, 0, "12\u00a0345");
    assert_number(russian, 1234567.25, 1, "1\u00a0234\u00a0567,2");
    assert_number(russian, -5.5, 1, "−5,5");
    assert_number(russian, -0.01, 1, "0,0");
    assert_number(english, 1547, 0, "1,547");
    assert_number(english, 0.5, 2, "0.50");
}

static void assert_percent(const struct locale *locale, double share, const char *expected)
{
    struct buffer out = {0};
    locale_percent(locale, share, &out);
    assert_string_equal(out.bytes, expected);
    buffer_free(&out);
}

static void less_than_all_is_never_a_hundred_percent(void **state)
{
    (void)state;
    assert_percent(russian, 0.534, "53,4\u00a0%");
    assert_percent(russian, 0.5, "50\u00a0%");
    assert_percent(russian, 1, "100\u00a0%");
    assert_percent(russian, 0.99999, "99,9\u00a0%");
    assert_percent(russian, 0, "0\u00a0%");
    assert_percent(english, 0.534, "53.4%");
}

static void russian_has_three_plurals(void **state)
{
    (void)state;
    static const struct {
        int64_t number;
        const char *expected;
    } rows[] = {{1, "%d подписчик"},   {2, "%d подписчика"},   {5, "%d подписчиков"},
                {0, "%d подписчиков"}, {11, "%d подписчиков"}, {14, "%d подписчиков"},
                {21, "%d подписчик"},  {104, "%d подписчика"}, {111, "%d подписчиков"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_string_equal(locale_plural(russian, "%d subscriber", "%d subscribers", rows[i].number),
                            rows[i].expected);
    assert_string_equal(locale_plural(english, "%d subscriber", "%d subscribers", 1), "%d subscriber");
    assert_string_equal(locale_plural(english, "%d subscriber", "%d subscribers", 0), "%d subscribers");
    assert_string_equal(locale_plural(russian, "%d unknown thing", "%d unknown things", 2), "%d unknown things");
}

static void codes_are_told_by_their_context(void **state)
{
    (void)state;
    assert_string_equal(locale_code(russian, "step.status", "verified"), "Подтверждено");
    assert_string_equal(locale_code(english, "step.status", "verified"), "Confirmed");
    assert_null(locale_code(russian, "step.status", "no_such_status"));
    assert_null(locale_code(russian, "no.such.context", "verified"));
    assert_string_equal(locale_text(russian, "Sign in"), "Войти");
    assert_string_equal(locale_text(english, "Sign in"), "Sign in");
    assert_string_equal(locale_text(russian, "Nobody has translated this"), "Nobody has translated this");
    assert_string_equal(locale_text(russian, ""), "");
}

static void the_reader_chooses_the_language(void **state)
{
    (void)state;
    static const struct {
        const char *header, *expected;
    } rows[] = {{"en", "en"},
                {"en-GB,en;q=0.9,ru;q=0.8", "en"},
                {"ru-RU,ru;q=0.9,en-US;q=0.8,en;q=0.7", "ru"},
                {"de, fr;q=0.9", "ru"},
                {"de, en;q=0.1", "en"},
                {"ru;q=0.5, en;q=0.75", "en"},
                {"en;q=0", "ru"},
                {"*", "ru"},
                {",,;q=;=", "ru"},
                {"", "ru"},
                {NULL, "ru"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_string_equal(locale_name(locale_accept(set, rows[i].header)), rows[i].expected);
    assert_string_equal(locale_name(locale_find(set, "de")), "ru");
    assert_string_equal(locale_name(locale_find(set, NULL)), "ru");
}

/* Loads a folder whose ru.mo holds the first `length` bytes given. */
static struct locale_set *load_bytes(const char *bytes, size_t length)
{
    char inner[64], path[80];
    snprintf(inner, sizeof inner, "%s/inner", folder);
    snprintf(path, sizeof path, "%s/ru.mo", inner);
    assert_true(mkdir(inner, 0700) == 0 || errno == EEXIST);
    FILE *file = fopen(path, "wbe");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    fclose(file);
    struct locale_set *loaded = locale_load(inner, "Europe/Moscow");
    unlink(path);
    rmdir(inner);
    return loaded;
}

static void a_broken_catalogue_is_refused(void **state)
{
    (void)state;
    static char bytes[1 << 20];
    char path[64];
    snprintf(path, sizeof path, "%s/ru.mo", folder);
    FILE *file = fopen(path, "rbe");
    assert_non_null(file);
    size_t length = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    for (size_t cut = 0; cut < length; cut += 1 + cut / 8)
        assert_null(load_bytes(bytes, cut));
    bytes[0] ^= 1;
    assert_null(load_bytes(bytes, length));
    bytes[0] ^= 1;
    bytes[11] = 0x7f; /* far more messages than fit */
    assert_null(load_bytes(bytes, length));
}

static void unknown_zones_and_missing_catalogues_are_refused(void **state)
{
    (void)state;
    assert_null(locale_load(folder, "Europe/Atlantis"));
    assert_null(locale_load(folder, "../../etc/passwd"));
    assert_null(locale_load(folder, ""));
    assert_null(locale_load("/nonexistent", "Europe/Moscow"));
    assert_null(locale_load("/usr/share/zoneinfo", "Europe/Moscow"));
}

static void every_message_is_translated(void **state)
{
    (void)state;
    assert_int_equal(system("deploy/messages --check templates/locales/ru.po templates/locales/en.po >&2"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dates_stand_in_the_genitive),
        cmocka_unit_test(moments_are_those_of_the_region),
        cmocka_unit_test(numbers_are_grouped),
        cmocka_unit_test(less_than_all_is_never_a_hundred_percent),
        cmocka_unit_test(russian_has_three_plurals),
        cmocka_unit_test(codes_are_told_by_their_context),
        cmocka_unit_test(the_reader_chooses_the_language),
        cmocka_unit_test(a_broken_catalogue_is_refused),
        cmocka_unit_test(unknown_zones_and_missing_catalogues_are_refused),
        cmocka_unit_test(every_message_is_translated),
    };
    return cmocka_run_group_tests(tests, compile_catalogues, remove_catalogues);
}

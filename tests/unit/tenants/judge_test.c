/* judge_test.c: names as readers compare them, counting back over holidays, and the edges of the checks. */
#include "veha/clock.h"
#include "veha/text.h"

#include "tenants/check.h"
#include "tenants/verify/calendar.h"
#include "tenants/verify/judge.h"
#include "tenants/verify/name.h"
#include "tenants/verify/read.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* cmocka.h needs the headers above */
#include <cmocka.h>

static struct network_set *networks;

/* ---- names ---- */

struct names {
    const char *shown;
    const char *name;
    const char *short_name;
    int least, most; /* the share must lie between */
    bool number_differs;
};

static const struct names names[] = {
    {"МИНИСТЕРСТВО ЗДРАВООХРАНЕНИЯ", "Министерство здравоохранения", NULL, 100, 100, false},
    {"Администрация поселка Редкино", "Администрация посёлка Редкино", NULL, 100, 100, false},
    {"Школа №4 г. Осташков", "МУНИЦИПАЛЬНОЕ БЮДЖЕТНОЕ ОБЩЕОБРАЗОВАТЕЛЬНОЕ УЧРЕЖДЕНИЕ \"ШКОЛА № 4\" Г. ОСТАШКОВА", NULL,
     100, 100, false},
    {"Школа № 5", "МУНИЦИПАЛЬНОЕ УЧРЕЖДЕНИЕ \"ШКОЛА № 4\"", NULL, 0, 100, true},
    {"СОШ № 4", "МУНИЦИПАЛЬНОЕ УЧРЕЖДЕНИЕ СРЕДНЯЯ ОБЩЕОБРАЗОВАТЕЛЬНАЯ ШКОЛА № 4", NULL, 100, 100, false},
    {"ДК Мечта", "МУНИЦИПАЛЬНОЕ УЧРЕЖДЕНИЕ КУЛЬТУРЫ \"ДОМ КУЛЬТУРЫ \"МЕЧТА\"", NULL, 100, 100, false},
    {"Детский сад «Росинка»", "МБДОУ ДЕТСКИЙ САД № 10 \"РОСИНКА\"", NULL, 60, 90, false},
    {"Управление соцзащиты населения", "УПРАВЛЕНИЕ СОЦИАЛЬНОЙ ЗАЩИТЫ НАСЕЛЕНИЯ", NULL, 100, 100, false},
    {"Министерство с/х области", "МИНИСТЕРСТВО СЕЛЬСКОГО ХОЗЯЙСТВА АМУРСКОЙ ОБЛАСТИ", NULL, 60, 90, false},
    {"ГОСУДАРСТВЕННОЕ БЮДЖЕТНОЕ УЧРЕЖДЕНИЕ", "ГОСУДАРСТВЕННОЕ БЮДЖЕТНОЕ УЧРЕЖДЕНИЕ \"ПРИЮТ ДЛЯ ДЕТЕЙ\"", NULL, 0, 0,
     false},
    {"Подслушано Осташков", "АДМИНИСТРАЦИЯ ОСТАШКОВСКОГО РАЙОНА", NULL, 0, 59, false},
    {"ГБУ АО «Родник»", "АДМИНИСТРАЦИЯ ОГОДЖИНСКОГО СЕЛЬСОВЕТА", NULL, 0, 0, false},
    {"ГБУ АО «Родник»", "УЧРЕЖДЕНИЕ АМУРСКОЙ ОБЛАСТИ \"ЗЕЙСКИЙ ЦЕНТР \"РОДНИК\"", NULL, 50, 50, false},
    {"Росинка", "МУНИЦИПАЛЬНОЕ УЧРЕЖДЕНИЕ ДЕТСКИЙ САД № 10 \"РОСИНКА\"", NULL, 0, 59, false},
    {"Росинка", "МУНИЦИПАЛЬНОЕ УЧРЕЖДЕНИЕ ДЕТСКИЙ САД № 10 \"РОСИНКА\"", "Росинка", 100, 100, false},
    {"Управление образования", "УПРАВЛЕНИЕ ОБРАЗОВАНИЯ АДМИНИСТРАЦИИ КОНАКОВСКОГО РАЙОНА", "Управление образования",
     100, 100, false},
    /* kinds of bodies in their short forms, on either side */
    {"МАДОУ д/с №12", "УЧРЕЖДЕНИЕ \"ДЕТСКИЙ САД № 12\"", NULL, 100, 100, false},
    {"Школа № 5 Твери", "МБОУ СОШ № 5 г. Твери", NULL, 100, 100, false},
    {"Школа № 5", "МБОУ СОШ № 5", NULL, 100, 100, false},
    {"Больница № 5", "МБОУ СОШ № 5", NULL, 0, 59, false},
    {"Осташковская центральная районная больница", "ГБУЗ \"ОСТАШКОВСКАЯ ЦРБ\"", NULL, 100, 100, false},
    {"Роддом № 2", "ГБУЗ \"РОДИЛЬНЫЙ ДОМ № 2\"", NULL, 100, 100, false},
    {"Минздрав Тверской области", "МИНИСТЕРСТВО ЗДРАВООХРАНЕНИЯ ТВЕРСКОЙ ОБЛАСТИ", NULL, 100, 100, false},
    {"Минобрнауки Тверской области", "МИНИСТЕРСТВО ОБРАЗОВАНИЯ И НАУКИ ТВЕРСКОЙ ОБЛАСТИ", NULL, 100, 100, false},
    {"Минздрав Тверской области", "МИНИСТЕРСТВО ОБРАЗОВАНИЯ ТВЕРСКОЙ ОБЛАСТИ", NULL, 0, 59, false},
    /* whom a body honours */
    {"Школа №1 Осташков",
     "УЧРЕЖДЕНИЕ \"СРЕДНЯЯ ОБЩЕОБРАЗОВАТЕЛЬНАЯ ШКОЛА № 1 ИМЕНИ ГЕРОЯ СОВЕТСКОГО СОЮЗА А.С. ПУШКИНА\"", NULL, 60, 90,
     false},
    {"Школа № 2 им. А.С. Пушкина", "УЧРЕЖДЕНИЕ \"СРЕДНЯЯ ШКОЛА № 1 ИМЕНИ А.С. ПУШКИНА\"", NULL, 0, 100, true},
    {"Лицей имени А.С. Пушкина", "МБОУ \"ЛИЦЕЙ ИМЕНИ АЛЕКСАНДРА СЕРГЕЕВИЧА ПУШКИНА\"", NULL, 100, 100, false},
    {"Лицей", "МБОУ \"ЛИЦЕЙ ИМЕНИ АЛЕКСАНДРА СЕРГЕЕВИЧА ПУШКИНА\"", NULL, 0, 59, false},
    {"Колледж А.Н. Коняева", "УЧРЕЖДЕНИЕ \"ТВЕРСКОЙ КОЛЛЕДЖ ИМ. А.Н. КОНЯЕВА\"", NULL, 60, 90, false},
    /* numbers that number nothing */
    {"Детский сад «Ромашка» 6+", "УЧРЕЖДЕНИЕ ДЕТСКИЙ САД № 5 \"РОМАШКА\"", NULL, 60, 90, false},
    {"Дом культуры Победы 2026", "УЧРЕЖДЕНИЕ \"ДОМ КУЛЬТУРЫ ИМЕНИ 30-ЛЕТИЯ ПОБЕДЫ\"", NULL, 60, 100, false},
    {"Детский сад № 05", "УЧРЕЖДЕНИЕ \"ДЕТСКИЙ САД № 5\"", NULL, 100, 100, false},
    /* a slip of the keyboard: the first two letters are Latin */
    {"МОУ COШ №5", "УЧРЕЖДЕНИЕ \"СРЕДНЯЯ ОБЩЕОБРАЗОВАТЕЛЬНАЯ ШКОЛА № 5\"", NULL, 100, 100, false},
    {"Дума города Твери", "ТВЕРСКАЯ ГОРОДСКАЯ ДУМА", NULL, 100, 100, false},
    /* brands, everyday speech, ordinals: and not what only looks like them */
    {"Мои документы", "МНОГОФУНКЦИОНАЛЬНЫЙ ЦЕНТР ПРЕДОСТАВЛЕНИЯ ГОСУДАРСТВЕННЫХ И МУНИЦИПАЛЬНЫХ УСЛУГ", NULL, 100, 100,
     false},
    {"Мои документы | Кимры", "ФИЛИАЛ ГАУ \"МФЦ\" В Г. КИМРЫ", NULL, 60, 100, false},
    {"Мои документы", "ШКОЛА № 4", NULL, 0, 0, false},
    {"Мои документы", "ЦЕНТР СОЦИАЛЬНЫХ УСЛУГ НАСЕЛЕНИЮ", NULL, 0, 0, false},
    {"Документы", "МНОГОФУНКЦИОНАЛЬНЫЙ ЦЕНТР ПРЕДОСТАВЛЕНИЯ УСЛУГ", NULL, 0, 0, false},
    {"7-я горбольница", "ГОРОДСКАЯ КЛИНИЧЕСКАЯ БОЛЬНИЦА № 7", NULL, 60, 100, false},
    {"6-я горбольница", "ГОРОДСКАЯ КЛИНИЧЕСКАЯ БОЛЬНИЦА № 7", NULL, 0, 100, true},
    {"7-я горбольница", "ГОРОДСКАЯ ДЕТСКАЯ БОЛЬНИЦА № 7", NULL, 0, 59, false},
    {"7-я горбольница", "ДЕТСКИЙ САД № 7", NULL, 0, 59, false},
    {"Первая школа", "СРЕДНЯЯ ШКОЛА № 1", NULL, 60, 100, false},
    {"Первая школа", "МУНИЦИПАЛЬНОЕ УЧРЕЖДЕНИЕ \"ШКОЛА № 1\"", NULL, 100, 100, false},
    {"Школа № 1", "УЧРЕЖДЕНИЕ \"ПЕРВАЯ ШКОЛА\"", NULL, 100, 100, false},
    {"Вторая школа Твери", "ШКОЛА № 1 ГОРОДА ТВЕРИ", NULL, 0, 100, true},
    {"Тверская вторая школа", "ШКОЛА № 1 ГОРОДА ТВЕРИ", NULL, 0, 100, true},
    {"Второй лицей", "ЛИЦЕЙ № 1", NULL, 0, 100, true},
    {"Второй лицей", "ЛИЦЕЙ № 2", NULL, 100, 100, false},
    {"Школа № 17", "ШКОЛА № 1", NULL, 0, 100, true},
    {"Школа № 1", "ШКОЛА № 17", NULL, 0, 100, true},
    {"Школа второй ступени № 5", "ШКОЛА № 5", NULL, 100, 100, false},
    {"Школа первого президента", "ШКОЛА № 3", NULL, 0, 59, false},
    {"Первомайская школа", "ШКОЛА № 1", NULL, 0, 59, false},
    {"Пятница", "ШКОЛА № 5", NULL, 0, 0, false},
    {"", "ШКОЛА", NULL, 0, 0, false},
    {"Школа", "", NULL, 0, 0, false},
    {"«»\"", "\"\"", NULL, 0, 0, false},
};

static void compares_names_as_a_reader_would(void **state)
{
    (void)state;
    unsigned wrong = 0;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct pool *pool = pool_new();
        struct name_match match;
        name_compare(pool, names[i].shown, names[i].name, names[i].short_name, &match);
        if (match.share < names[i].least || match.share > names[i].most ||
            match.number_differs != names[i].number_differs) {
            print_error("«%s» / «%s»: %d %%\n", names[i].shown, names[i].name, match.share);
            wrong++;
        }
        pool_free(pool);
    }
    assert_int_equal(wrong, 0);
}

/* ---- the calendar ---- */

static int64_t moment(const char *text)
{
    int64_t at;
    assert_true(clock_read(text, &at));
    return at;
}

static void counts_back_over_holidays(void **state)
{
    (void)state;
    struct pool *pool = pool_new();
    const struct calendar *calendar = calendar_load(pool, "templates/calendars", "Europe/Moscow");
    assert_non_null(calendar);
    /* an ordinary week */
    assert_int_equal(calendar_back(calendar, "Управа", moment("2026-03-20T12:00:00Z"), 7),
                     moment("2026-03-13T12:00:00Z"));
    assert_int_equal(calendar_back(NULL, "Управа", moment("2026-01-14T12:00:00Z"), 7), moment("2026-01-07T12:00:00Z"));
    /* twelve days of New Year do not count */
    assert_int_equal(calendar_back(calendar, "Управа", moment("2026-01-14T12:00:00Z"), 7),
                     moment("2025-12-26T12:00:00Z"));
    /* summer is a pause for schools only */
    assert_int_equal(calendar_back(calendar, "ШКОЛА № 4", moment("2026-08-30T12:00:00Z"), 7),
                     moment("2026-05-25T12:00:00Z"));
    assert_int_equal(calendar_back(calendar, "Управа", moment("2026-08-30T12:00:00Z"), 7),
                     moment("2026-08-23T12:00:00Z"));
    assert_int_equal(calendar_back(calendar, "МБОУ \"СРЕДНЯЯ ШКОЛА № 4\"", moment("2026-08-30T12:00:00Z"), 7),
                     moment("2026-05-25T12:00:00Z"));
    assert_int_equal(calendar_back(calendar, "УЧРЕЖДЕНИЕ «ГИМНАЗИЯ»", moment("2026-08-30T12:00:00Z"), 7),
                     moment("2026-05-25T12:00:00Z"));
    assert_int_equal(calendar_back(calendar, "МБОУ \"СОШ № 4\"", moment("2026-08-30T12:00:00Z"), 7),
                     moment("2026-05-25T12:00:00Z"));
    static const char *const schools[] = {"МБОУ СОШ№7",       "МОУ-СОШ № 3",  "МБОУ \"СОШ\"", "МОУ «С(К)ОШ № 1»",
                                          "МБОУ прогимназия", "МОУ УСОШ № 1", "СШ № 2",       "МБОУ НШ"};
    for (size_t i = 0; i < sizeof schools / sizeof *schools; i++)
        assert_int_equal(calendar_back(calendar, schools[i], moment("2026-08-30T12:00:00Z"), 7),
                         moment("2026-05-25T12:00:00Z"));
    assert_int_equal(calendar_back(calendar, "ШКОЛА № 4", moment("2026-04-06T12:00:00Z"), 7),
                     moment("2026-03-21T12:00:00Z"));
    assert_int_equal(calendar_back(calendar, "ДЮСШ № 1", moment("2026-08-30T12:00:00Z"), 7),
                     moment("2026-08-23T12:00:00Z"));
    /* a kindergarten («дошкольное») works through it */
    assert_int_equal(calendar_back(calendar, "ДОШКОЛЬНОЕ УЧРЕЖДЕНИЕ ДЕТСКИЙ САД", moment("2026-08-30T12:00:00Z"), 7),
                     moment("2026-08-23T12:00:00Z"));
    /* every holiday of the year is one: three days of February do not count */
    assert_int_equal(calendar_back(calendar, "Управа", moment("2026-02-27T12:00:00Z"), 7),
                     moment("2026-02-17T12:00:00Z"));
    assert_int_equal(calendar_back(calendar, "Управа", moment("2026-06-17T12:00:00Z"), 7),
                     moment("2026-06-07T12:00:00Z"));
    assert_int_equal(calendar_back(calendar, "Управа", moment("2026-11-06T12:00:00Z"), 7),
                     moment("2026-10-29T12:00:00Z"));
    pool_free(pool);
}

static void days_begin_where_the_region_lives(void **state)
{
    (void)state;
    struct pool *pool = pool_new();
    const struct calendar *far = calendar_load(pool, "templates/calendars", "Asia/Vladivostok");
    const struct calendar *moscow = calendar_load(pool, "templates/calendars", "Europe/Moscow");
    int64_t evening = moment("2026-05-04T16:00:00Z"); /* a day before: May 3 in Moscow, May 4 in Vladivostok */
    assert_int_equal(calendar_back(far, "Управа", evening, 1), evening - 86400);
    assert_true(calendar_back(moscow, "Управа", evening, 1) < evening - 86400);
    pool_free(pool);
}

/* ---- checks ---- */

static json_t *present(void)
{
    json_t *reading = reading_new("present", NULL);
    json_object_set_new(reading, "source", json_string("api"));
    return reading;
}

/* "result reason" of one check; takes the reading and the subject over. */
static const char *verdict_on(struct pool *pool, const char *network, const char *check, json_t *reading,
                              json_t *subject, const char *now)
{
    const struct judge_case judged = {
        .networks = networks,
        .network = network_find(networks, network),
        .reading = reading,
        .subject = subject,
        .now = moment(now),
    };
    const char *outcome = "";
    json_t *verdicts = judge(&judged);
    for (size_t i = 0; i < json_array_size(verdicts); i++) {
        const json_t *verdict = json_array_get(verdicts, i);
        if (strcmp(json_string_value(json_object_get(verdict, "check")), check) == 0)
            outcome = pool_print(pool, "%s %s", json_string_value(json_object_get(verdict, "result")),
                                 json_string_value(json_object_get(verdict, "reason")));
    }
    json_decref(verdicts);
    json_decref(reading);
    json_decref(subject);
    return outcome;
}

static const char *fresh_after(struct pool *pool, const char *last, const char *now)
{
    json_t *reading = present();
    json_object_set_new(reading, "posts", json_pack("[{s:s, s:b}]", "at", last, "own", 1));
    json_object_set_new(reading, "posts_whole", json_true());
    return verdict_on(pool, "vk", "FRESH", reading, json_pack("{s:s}", "name", "Управа"), now);
}

static void a_post_is_fresh_for_seven_days_to_the_second(void **state)
{
    (void)state;
    struct pool *pool = pool_new();
    assert_string_equal(fresh_after(pool, "2026-03-10T12:00:00Z", "2026-03-17T12:00:00Z"), "passed as_required");
    assert_string_equal(fresh_after(pool, "2026-03-10T12:00:00Z", "2026-03-17T12:00:01Z"), "failed last_post_old");
    assert_string_equal(fresh_after(pool, "2026-03-18T12:00:00Z", "2026-03-17T12:00:00Z"),
                        "passed as_required"); /* their clock is ahead */
    pool_free(pool);
}

static const char *described(struct pool *pool, const char *description)
{
    json_t *reading = present();
    reading_fact(reading, "description", json_string(description), "test");
    return verdict_on(pool, "vk", "DESC", reading, json_object(), "2026-03-17T12:00:00Z");
}

static void a_description_has_200_characters_and_an_aim(void **state)
{
    (void)state;
    struct pool *pool = pool_new();
    struct buffer text = {0};
    buffer_text(&text, "Задачи");
    for (int i = 0; i < 193; i++)
        buffer_text(&text, "я");
    assert_string_equal(described(pool, text.bytes), "failed description_short"); /* 199 */
    buffer_text(&text, "я");
    assert_string_equal(described(pool, text.bytes), "passed as_required"); /* 200 */
    memcpy(text.bytes, "Прицел", strlen("Прицел"));
    assert_string_equal(described(pool, text.bytes), "failed description_without_aims");
    assert_string_equal(described(pool, ""), "failed description_empty");
    buffer_free(&text);
    pool_free(pool);
}

/* What people write of their contacts; the phone, the e-mail or the address that a line is not about is whole. */
static const struct {
    const char *description, *outcome;
} contacts[] = {
    {"ул. Мира, a@b.ru, 8 (4822) 32‑10‑15", "passed as_required"},
    {"ул. Мира, a@b.ru, +7(4822)321015, доб. 3", "passed as_required"},
    {"ул. Мира, a@b.ru, тел/факс: 8(48-251)2-15-43", "passed as_required"},
    {"ул. Мира, a@b.ru, телефоны: 32-10-15, 32-10-16", "passed as_required"},
    {"ул. Мира, a@b.ru, приёмная: 2-15-43", "passed as_required"},
    {"ул. Мира, a@b.ru, т. 2-15-43", "passed as_required"},
    {"ул. Мира, a@b.ru, ☎ 321015", "passed as_required"},
    {"ул. Мира, a@b.ru, 8/4822/32-10-15", "unknown contacts_unclear"},
    {"ул. Мира, a@b.ru, 2-15-43", "unknown contacts_unclear"},
    {"ул. Мира, a@b.ru, (251) 2-15-43", "unknown contacts_unclear"},
    {"ул. Мира, a@b.ru, 9157007070", "unknown contacts_unclear"},
    {"ул. Мира, a@b.ru, тел. 112", "unknown contacts_unclear"},
    {"ул. Мира, a@b.ru, ИНН 6901012345, ОГРН 1026900512345", "failed contacts_missing"},
    {"ул. Мира, a@b.ru, 8:30-17:30, с 01.09.2020 по 31.12.2021", "failed contacts_missing"},
    {"ул. Мира, a@b.ru, наш телеграм: 450 снимков и т. д. 15000 учеников", "failed contacts_missing"},
    {"ул. Мира, школа@тверь.рф, тел. 32-10-15", "unknown contacts_unclear"},
    {"ул. Мира, school7 (собака) mail.ru, тел. 32-10-15", "unknown contacts_unclear"},
    {"ул. Мира, мы в сети: @school7, тел. 32-10-15", "failed contacts_missing"},
    {"170100, Тверь, Советская, 34/2\na@b.ru\nтел. 321015", "passed as_required"},
    {"с. Тургиново, дом 15, a@b.ru, тел. 32-10-15", "passed as_required"},
    {"Тверь, Советская, 34\na@b.ru\nтел. 32-10-15", "unknown contacts_unclear"},
    {"с. Тургиново a@b.ru, тел. 32-10-15", "unknown contacts_unclear"},
    {"Электронный адрес: school7@mail.ru, тел. 32-10-15", "unknown contacts_unclear"},
    {"Дом культуры. 12 кружков, 3 студии и т.д. a@b.ru, тел. 32-10-15", "failed contacts_missing"},
    {"Школа № 7 города Твери. Учим 25 лет. a@b.ru, тел. 8 (4822) 32-10-15", "failed contacts_missing"},
    {"", "failed contacts_missing"},
};

static void contacts_are_read_as_people_write_them(void **state)
{
    (void)state;
    struct pool *pool = pool_new();
    for (size_t i = 0; i < sizeof contacts / sizeof *contacts; i++) {
        json_t *reading = present();
        reading_fact(reading, "description", json_string(contacts[i].description), "test");
        reading_fact(reading, "contacts", json_pack("[{s:i}]", "user_id", 1), "test");
        const char *outcome = verdict_on(pool, "vk", "CONT", reading, json_object(), "2026-03-17T12:00:00Z");
        if (strcmp(outcome, contacts[i].outcome) != 0)
            fail_msg("%s: %s, expected %s", contacts[i].description, outcome, contacts[i].outcome);
    }
    pool_free(pool);
}

static const char *named(struct pool *pool, const char *shown, const char *name)
{
    json_t *reading = present();
    reading_fact(reading, "name", json_string(shown), "test");
    return verdict_on(pool, "vk", "NAME", reading, json_pack("{s:s}", "name", name), "2026-03-17T12:00:00Z");
}

/* The name of the land is neither the administration's nor a wrong one. */
static void a_land_is_not_its_administration(void **state)
{
    (void)state;
    struct pool *pool = pool_new();
    const char *name = "АДМИНИСТРАЦИЯ КИМРСКОГО МУНИЦИПАЛЬНОГО ОКРУГА";
    assert_string_equal(named(pool, "Кимрский муниципальный округ", name), "unknown name_of_territory");
    assert_string_equal(named(pool, "Администрация Кимрского округа", name), "passed as_required");
    assert_string_equal(named(pool, "Подслушано Кимрский муниципальный округ", name), "unknown name_of_territory");
    assert_string_equal(named(pool, "Кимры", name), "failed name_differs");
    assert_string_equal(named(pool, "Калязинский муниципальный округ", name), "failed name_differs");
    assert_string_equal(named(pool, "Муниципальный округ", name), "failed name_differs");
    assert_string_equal(named(pool, "Кимрский муниципальный округ", "ШКОЛА № 4 КИМРСКОГО МУНИЦИПАЛЬНОГО ОКРУГА"),
                        "failed name_differs");
    pool_free(pool);
}

/* Without a short name in the register, a title that may be one is not accused; another body's is. */
static void what_may_be_a_short_name_is_unknown(void **state)
{
    (void)state;
    static const char school[] = "МОУ СРЕДНЯЯ ОБЩЕОБРАЗОВАТЕЛЬНАЯ ШКОЛА № 7 ГОРОДА РЖЕВА";
    static const char kindergarten[] = "ДЕТСКИЙ САД № 5 ОБЩЕРАЗВИВАЮЩЕГО ВИДА С ПРИОРИТЕТНЫМ РАЗВИТИЕМ РЕЧИ ДЕТЕЙ";
    static const char village[] = "ШКОЛА ИМЕНИ ГЕРОЯ СОВЕТСКОГО СОЮЗА И.И. ИВАНОВА СЕЛА ПОКРОВСКОЕ ОРЛОВСКОГО РАЙОНА";
    static const char department[] = "ОТДЕЛ ОБРАЗОВАНИЯ АДМИНИСТРАЦИИ ОСТАШКОВСКОГО РАЙОНА";
    static const char settlement[] =
        "АДМИНИСТРАЦИЯ ГОРОДСКОГО ПОСЕЛЕНИЯ ПОСЕЛОК РЕДКИНО КОНАКОВСКОГО РАЙОНА ТВЕРСКОЙ ОБЛАСТИ";
    static const char museum[] = "ФИЛИАЛ ГБУК \"ТВЕРСКОЙ ОБЪЕДИНЕННЫЙ МУЗЕЙ\" ОСТАШКОВСКИЙ КРАЕВЕДЧЕСКИЙ МУЗЕЙ";
    static const char maybe[] = "unknown short_name_not_registered";
    static const char differs[] = "failed name_differs";
    static const char number[] = "failed name_number_differs";
    static const char passed[] = "passed as_required";
    static const struct {
        const char *shown, *name, *outcome;
    } cases[] = {
        {"Школа №7", school, maybe},
        {"Школа 7", school, maybe},
        {"Тверская школа №7", school, maybe},
        {"Школа №8", school, number},
        {"Школа 8", school, number},
        {"МОУ 8", school, number},
        {"8-я школа", school, number},
        {"Детский сад № 7", school, differs},
        {"Музыкальная школа № 7", school, differs},
        {"Школа искусств № 7", school, differs},
        {"Школа", school, differs},
        {"Ржев", school, differs},
        {"Подслушано Ржев 69", school, differs},
        {"Администрация города Ржева", school, differs},
        {"МБДОУ №5", kindergarten, maybe},
        {"МБДОУ №6", kindergarten, number},
        {"Детский сад", kindergarten, differs},
        {"Покровская школа | Официальная страница", village, maybe},
        {"Покровская больница", village, differs},
        {"Семеновская школа", village, differs},
        {"Отдел образования", department, maybe},
        {"Отдел культуры", department, differs},
        {"Администрация Осташковского района", department, differs},
        {"Администрация Редкино", settlement, maybe},
        {"Администрация Конаковского района", settlement, differs},
        {"Осташковский краеведческий музей", museum, maybe},
        {"Ржевский краеведческий музей", museum, differs},
        {"Музей", museum, differs},
        /* short forms, either way */
        {"УО Конаковского района", "УПРАВЛЕНИЕ ОБРАЗОВАНИЯ АДМИНИСТРАЦИИ КОНАКОВСКОГО РАЙОНА", passed},
        {"ЦО №48", "ЦЕНТР ОБРАЗОВАНИЯ № 47", number},
        {"СОШ № 2", "ШКОЛА № 2", passed},
        {"СОШ № 2", "СПОРТИВНАЯ ШКОЛА № 2", differs},
        {"СОШ № 2", "ДЕТСКАЯ МУЗЫКАЛЬНАЯ ШКОЛА № 2", differs},
        {"ЦРБ Осташков", "ДЕТСКАЯ БИБЛИОТЕКА ОСТАШКОВА", differs},
        /* lands of two words */
        {"Администрация Красного Холма", "АДМИНИСТРАЦИЯ КРАСНОХОЛМСКОГО ОКРУГА", passed},
        {"Западнодвинская школа № 1", "СОШ № 1 ГОРОДА ЗАПАДНАЯ ДВИНА", passed},
        {"Администрация Кесовой Горы", "АДМИНИСТРАЦИЯ КЕСОВОГОРСКОГО ОКРУГА", passed},
        {"Администрация Удомли", "АДМИНИСТРАЦИЯ УДОМЕЛЬСКОГО ОКРУГА", passed},
        {"Администрация Белого", "АДМИНИСТРАЦИЯ БЕЛЬСКОГО ОКРУГА", "unknown name_of_territory"},
        {"Администрация Калязина", "АДМИНИСТРАЦИЯ КАЛИНИНСКОГО ОКРУГА", differs},
        {"Администрация Калязина", "АДМИНИСТРАЦИЯ КИМРСКОГО ОКРУГА", differs},
    };
    unsigned wrong = 0;
    struct pool *pool = pool_new();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *outcome = named(pool, cases[i].shown, cases[i].name);
        if (strcmp(outcome, cases[i].outcome) == 0)
            continue;
        print_error("«%s» / «%s»: %s\n", cases[i].shown, cases[i].name, outcome);
        wrong++;
    }
    pool_free(pool);
    assert_int_equal(wrong, 0);
}

/* Only what is seen may fail: an account that cannot be read fails nothing but, perhaps, its existence. */
static void what_was_not_seen_is_unknown(void **state)
{
    (void)state;
    static const char *const states[] = {"missing",     "blocked",  "throttled", "challenged",    "unfamiliar",
                                         "unreachable", "withheld", "closed",    "not_community", "present"};
    json_t *subject = json_pack("{s:s, s:s, s:[{s:s, s:s}]}", "name", "Управа", "site_host", "a.example", "accounts",
                                "network", "vk", "address", "club1");
    for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
        for (size_t j = 0; j < network_count(networks); j++) {
            json_t *reading = reading_new(states[i], NULL);
            const struct judge_case judged = {
                .networks = networks, .network = network_at(networks, j), .reading = reading, .subject = subject};
            json_t *verdicts = judge(&judged);
            size_t number;
            json_t *verdict;
            json_array_foreach(verdicts, number, verdict)
            {
                const char *check = json_string_value(json_object_get(verdict, "check"));
                const char *result = json_string_value(json_object_get(verdict, "result"));
                bool link =
                    strcmp(check, "LINK") == 0 && strcmp(states[i], "present") == 0; /* no links were on the page */
                if (strcmp(check, "EXIST") != 0 && !link)
                    assert_string_equal(result, "unknown");
                assert_true(*json_string_value(json_object_get(verdict, "reason")) != '\0');
            }
            json_decref(verdicts);
            json_decref(reading);
        }
    }
    json_decref(subject);
}

/* Three questions, asked and answered at these moments ("": not yet). */
static const char *answered(struct pool *pool, const char *asked[3], const char *replies[3], const char *now)
{
    json_t *reading = present();
    json_t *questions = json_array();
    for (int i = 0; i < 3; i++) {
        json_t *question = json_pack("{s:s}", "at", asked[i]);
        if (*replies[i] != '\0')
            json_object_set_new(question, "answered", json_string(replies[i]));
        json_array_append_new(questions, question);
    }
    reading_fact(reading, "questions", questions, "test");
    return verdict_on(pool, "vk", "ANSW", reading, json_object(), now);
}

static void the_median_answer_may_take_thirty_days(void **state)
{
    (void)state;
    struct pool *pool = pool_new();
    const char *asked[] = {"2026-03-01T12:00:00Z", "2026-03-01T12:00:00Z", "2026-03-01T12:00:00Z"};
    const char *none[] = {"", "", ""};
    const char *some[] = {"2026-03-02T12:00:00Z", "2026-03-31T12:00:00Z", ""};
    assert_string_equal(answered(pool, asked, none, "2026-03-31T12:00:00Z"), "passed as_required");
    assert_string_equal(answered(pool, asked, none, "2026-03-31T12:00:01Z"), "failed questions_unanswered");
    assert_string_equal(answered(pool, asked, some, "2026-06-01T12:00:00Z"), "passed as_required");
    some[1] = "2026-03-31T12:00:01Z";
    assert_string_equal(answered(pool, asked, some, "2026-06-01T12:00:00Z"), "failed answers_late");
    /* what was asked half a year ago, or by a clock ahead of ours, is left out */
    assert_string_equal(answered(pool, asked, none, "2026-08-28T12:00:00Z"), "failed questions_unanswered");
    assert_string_equal(answered(pool, asked, none, "2026-08-28T12:00:01Z"), "unknown no_questions_seen");
    assert_string_equal(answered(pool, asked, none, "2026-02-28T12:00:00Z"), "unknown no_questions_seen");
    pool_free(pool);
}

/* Every check of the table that is not a person's is judged, and by nobody twice. */
static void every_check_has_a_judge(void **state)
{
    (void)state;
    size_t judged = 0;
    for (size_t i = 0; i < check_rule_count; i++) {
        size_t told = 0;
        for (size_t j = 0; j < network_count(networks); j++) {
            json_t *reading = present();
            const struct judge_case given = {
                .networks = networks, .network = network_at(networks, j), .reading = reading};
            json_t *verdicts = judge(&given);
            for (size_t k = 0; k < json_array_size(verdicts); k++)
                told += strcmp(json_string_value(json_object_get(json_array_get(verdicts, k), "check")),
                               check_rules[i].code) == 0;
            size_t wanted = network_tells(given.network, check_rules[i].code) != NULL;
            judged += wanted;
            told -= wanted;
            json_decref(verdicts);
            json_decref(reading);
        }
        assert_int_equal(told, 0);
    }
    assert_true(judged > 0);
}

static void judging_twice_gives_the_same(void **state)
{
    (void)state;
    json_t *reading = present();
    json_t *subject = json_pack("{s:s}", "name", "ШКОЛА № 4");
    reading_fact(reading, "name", json_string("Школа № 4"), "test");
    const struct judge_case judged = {.networks = networks,
                                      .network = network_find(networks, "vk"),
                                      .reading = reading,
                                      .subject = subject,
                                      .now = 1};
    json_t *first = judge(&judged);
    json_t *second = judge(&judged);
    assert_true(json_equal(first, second));
    assert_true(json_array_size(first) > 5);
    json_decref(first);
    json_decref(second);
    json_decref(reading);
    json_decref(subject);
}

static int load_networks(void **state)
{
    (void)state;
    networks = network_load("templates/networks");
    return networks == NULL ? -1 : 0;
}

static int free_networks(void **state)
{
    (void)state;
    network_set_free(networks);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(compares_names_as_a_reader_would),
        cmocka_unit_test(counts_back_over_holidays),
        cmocka_unit_test(days_begin_where_the_region_lives),
        cmocka_unit_test(a_post_is_fresh_for_seven_days_to_the_second),
        cmocka_unit_test(a_description_has_200_characters_and_an_aim),
        cmocka_unit_test(contacts_are_read_as_people_write_them),
        cmocka_unit_test(a_land_is_not_its_administration),
        cmocka_unit_test(what_may_be_a_short_name_is_unknown),
        cmocka_unit_test(what_was_not_seen_is_unknown),
        cmocka_unit_test(the_median_answer_may_take_thirty_days),
        cmocka_unit_test(every_check_has_a_judge),
        cmocka_unit_test(judging_twice_gives_the_same),
    };
    setlocale(LC_CTYPE, "C.UTF-8"); /* as the program does */
    return cmocka_run_group_tests(tests, load_networks, free_networks);
}

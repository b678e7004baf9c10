/* question_test.c: what people write below posts, and which of it asks something. */
#include "veha/pool.h"

#include "tenants/verify/question.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* cmocka.h needs the headers above */
#include <cmocka.h>

static const struct {
    const char *text;
    bool asked;
} said[] = {
    {"Когда начнётся запись", true},
    {"КОГДА ЖЕ?", true},
    {"а почему закрыто", true},
    {"Добрый день, подскажите номер", true},
    {"«Сколько» стоит обед", true},
    {"❗️Примите меры", true},
    {"Прошу отремонтировать дорогу", true},
    {"Нет ли свободных мест", true},
    {"Вода будет?", true},
    {"Вода будет?)", true},
    {"[id1|Анна], а где это", true},
    {"Спасибо!", false},
    {"Поздравляем коллектив 🎉", false},
    {"https://vk.com/feed?w=wall-1_2", false},
    {"Никогда не забудем", false}, /* «когда» within a word */
    {"Негде", false},
    {"", false},
    {"?", true},
    {"\xD0", false}, /* a letter cut in half */
};

static void tells_questions_from_thanks(void **state)
{
    (void)state;
    unsigned wrong = 0;
    for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
        struct pool *pool = pool_new();
        if (question_asked(pool, said[i].text) != said[i].asked) {
            print_error("«%s»\n", said[i].text);
            wrong++;
        }
        pool_free(pool);
    }
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(tells_questions_from_thanks)};
    setlocale(LC_CTYPE, "C.UTF-8"); /* as the program does */
    return cmocka_run_group_tests(tests, NULL, NULL);
}

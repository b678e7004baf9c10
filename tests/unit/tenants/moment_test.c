/* moment_test.c: dates as people read them, at the ends of years, of February and of the country. */
#include "veha/clock.h"

#include "tenants/verify/moment.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* cmocka.h needs the headers above */
#include <cmocka.h>

enum { HOUR = 3600, KALININGRAD = 2 * HOUR, MOSCOW = 3 * HOUR, KAMCHATKA = 12 * HOUR };

static const struct {
    const char *text;
    const char *now; /* NULL: not known */
    int zone;
    const char *at; /* NULL: it is no date */
} dates[] = {
    {"вчера в 14:05", "2026-03-17T12:00:00Z", MOSCOW, "2026-03-16T11:05:00Z"},
    {"сегодня в 9:01", "2026-03-17T12:00:00Z", MOSCOW, "2026-03-17T06:01:00Z"},
    {"Сегодня, 09:01", "2026-03-17T12:00:00Z", MOSCOW, "2026-03-17T06:01:00Z"},
    {"позавчера в 0:00", "2026-03-17T12:00:00Z", MOSCOW, "2026-03-14T21:00:00Z"},
    {"вчера", "2026-03-17T12:00:00Z", MOSCOW, "2026-03-16T20:59:59Z"},
    {"сегодня", "2026-03-17T12:00:00Z", MOSCOW, "2026-03-17T12:00:00Z"},
    /* the day is that of the region */
    {"сегодня в 1:00", "2026-03-17T22:30:00Z", MOSCOW, "2026-03-17T22:00:00Z"},
    {"вчера в 23:00", "2026-03-17T22:30:00Z", MOSCOW, "2026-03-17T20:00:00Z"},
    {"вчера в 23:00", "2026-03-17T22:30:00Z", 0, "2026-03-16T23:00:00Z"},
    {"сегодня в 0:30", "2026-12-31T12:45:00Z", KAMCHATKA, "2026-12-31T12:30:00Z"},
    {"вчера в 23:59", "2026-12-31T12:45:00Z", KAMCHATKA, "2026-12-31T11:59:00Z"},
    {"вчера в 23:59", "2026-12-31T22:00:00Z", KALININGRAD, "2026-12-31T21:59:00Z"},
    /* without a year: the latest such day that is not in the future */
    {"12 мая", "2026-05-12T12:00:00Z", MOSCOW, "2026-05-12T12:00:00Z"},
    {"12 мая", "2026-05-11T12:00:00Z", MOSCOW, "2025-05-12T20:59:59Z"},
    {"3 дек в 18:00", "2026-03-17T12:00:00Z", MOSCOW, "2025-12-03T15:00:00Z"},
    {"31 дек. в 23:50", "2026-01-01T00:10:00Z", MOSCOW, "2025-12-31T20:50:00Z"},
    {"1 янв в 0:05", "2025-12-31T21:10:00Z", MOSCOW, "2025-12-31T21:05:00Z"}, /* the year is new there already */
    {"1 янв в 0:05", "2025-12-31T20:50:00Z", MOSCOW, "2024-12-31T21:05:00Z"}, /* and here it is not */
    {"31 декабря", "2026-12-30T12:00:00Z", MOSCOW, "2025-12-31T20:59:59Z"},
    {"29 февраля в 10:00", "2026-03-17T12:00:00Z", MOSCOW, "2024-02-29T07:00:00Z"},
    {"29 февраля в 10:00", "2024-02-28T12:00:00Z", MOSCOW, "2020-02-29T07:00:00Z"},
    {"29 февраля", "2103-03-01T12:00:00Z", MOSCOW, "2096-02-29T20:59:59Z"}, /* 2100 has none */
    /* with a year */
    {"29 февраля 2024", NULL, MOSCOW, "2024-02-29T20:59:59Z"},
    {"29 февраля 2026", "2026-03-17T12:00:00Z", MOSCOW, NULL},
    {"12 мая 2024 г. в 14:05", NULL, MOSCOW, "2024-05-12T11:05:00Z"},
    {"12 мая 2024 года", NULL, MOSCOW, "2024-05-12T20:59:59Z"},
    {"12.05.2024 14:05", NULL, MOSCOW, "2024-05-12T11:05:00Z"},
    {"12.05.24", NULL, MOSCOW, "2024-05-12T20:59:59Z"},
    {"2024-05-12 14:05:30", NULL, MOSCOW, "2024-05-12T11:05:30Z"},
    {"2024-05-12T14:05:30", NULL, MOSCOW, "2024-05-12T11:05:30Z"},
    {"2024-05-12T14:05:30+03:00", NULL, KAMCHATKA, "2024-05-12T11:05:30Z"},
    {"Wed, 02 Sep 2026 20:15:00 +0300", NULL, KAMCHATKA, "2026-09-02T17:15:00Z"},
    {"7 марта 2027 в 10:00", "2026-03-17T12:00:00Z", MOSCOW, "2027-03-07T07:00:00Z"}, /* said to be so */
    /* a while ago */
    {"только что", "2026-03-17T12:00:00Z", MOSCOW, "2026-03-17T12:00:00Z"},
    {"5 минут назад", "2026-03-17T12:00:00Z", MOSCOW, "2026-03-17T11:55:00Z"},
    {"час назад", "2026-03-17T12:00:00Z", MOSCOW, "2026-03-17T11:00:00Z"},
    {"2 часа назад", "2026-01-01T00:30:00Z", MOSCOW, "2025-12-31T22:30:00Z"},
    {"3 дня назад", "2026-03-02T12:00:00Z", MOSCOW, "2026-02-27T12:00:00Z"},
    /* needs a now that is not known */
    {"вчера в 14:05", NULL, MOSCOW, NULL},
    {"12 мая", NULL, MOSCOW, NULL},
    {"5 минут назад", NULL, MOSCOW, NULL},
    /* no dates */
    {"", "2026-03-17T12:00:00Z", MOSCOW, NULL},
    {"31 апреля", "2026-03-17T12:00:00Z", MOSCOW, NULL},
    {"0 мая", "2026-03-17T12:00:00Z", MOSCOW, NULL},
    {"12 мая в 24:00", "2026-03-17T12:00:00Z", MOSCOW, NULL},
    {"12 мая в 14:60", "2026-03-17T12:00:00Z", MOSCOW, NULL},
    {"сегодня в полдень", "2026-03-17T12:00:00Z", MOSCOW, NULL},
    {"12 майонез", "2026-03-17T12:00:00Z", MOSCOW, NULL},
    {"12 ма", "2026-03-17T12:00:00Z", MOSCOW, NULL},
    {"99.99.2024", "2026-03-17T12:00:00Z", MOSCOW, NULL},
    {"99999999999 мая", "2026-03-17T12:00:00Z", MOSCOW, NULL},
    {"12 мая 2024 14:05 и ещё", "2026-03-17T12:00:00Z", MOSCOW, NULL},
    {"назад", "2026-03-17T12:00:00Z", MOSCOW, NULL},
    {"в", "2026-03-17T12:00:00Z", MOSCOW, NULL},
    {"завтра в 14:05", "2026-03-17T12:00:00Z", MOSCOW, NULL},
};

static void reads_dates_as_people_do(void **state)
{
    (void)state;
    unsigned wrong = 0;
    for (size_t i = 0; i < sizeof dates / sizeof *dates; i++) {
        struct pool *pool = pool_new();
        int64_t now = 0;
        int64_t at = 0;
        assert_true(dates[i].now == NULL || clock_read(dates[i].now, &now));
        bool read = moment_read(pool, dates[i].text, now, dates[i].zone, &at);
        const char *told = read ? clock_print(pool, at) : "nothing";
        if (strcmp(told, dates[i].at == NULL ? "nothing" : dates[i].at) != 0) {
            print_error("«%s»: %s, expected %s\n", dates[i].text, told, dates[i].at);
            wrong++;
        }
        pool_free(pool);
    }
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(reads_dates_as_people_do)};
    setlocale(LC_CTYPE, "C.UTF-8"); /* as the program does */
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* moment.c: reads dates in Russian words and digits. */
#include "moment.h"

#include "veha/clock.h"
#include "veha/text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { MINUTE = 60, HOUR = 3600, DAY = 86400, WORDS_MOST = 8 };

/* The words of a text; "14:05" and "12.05.2026" are one each. */
struct words {
    const char *list[WORDS_MOST];
    size_t count, at;
};

struct day {
    int year; /* 0: not said */
    int month, day;
};

/* ---- days ---- */

static bool is_leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int days_of(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

static bool is_day(const struct day *day)
{
    return day->year >= 1970 && day->year <= 2200 && day->month >= 1 && day->month <= 12 && day->day >= 1 &&
           day->day <= days_of(day->year, day->month);
}

/* Days since 1970 (Howard Hinnant's days_from_civil). */
static int64_t number_of(const struct day *day)
{
    int64_t year = day->month <= 2 ? day->year - 1 : day->year;
    int64_t era = year / 400;
    int64_t of_era = year - era * 400;
    int64_t of_year = (153 * (day->month + (day->month > 2 ? -3 : 9)) + 2) / 5 + day->day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

/* The latest day of this name up to `today`; 29 February may lie eight years back. */
static bool complete(struct day *day, int64_t today)
{
    if (day->year != 0)
        return is_day(day);
    for (day->year = (int)(1970 + today / 365); day->year > (int)(1970 + today / 365) - 12; day->year--)
        if (is_day(day) && number_of(day) <= today)
            return true;
    return false;
}

/* ---- words ---- */

static void split(struct pool *pool, const char *text, struct words *words)
{
    char *rest = text_fold(pool, text_tidy(pool, text));
    for (char *word; words->count < WORDS_MOST && (word = strsep(&rest, " ,")) != NULL;)
        if (*word != '\0')
            words->list[words->count++] = word;
}

static const char *peek(const struct words *words)
{
    return words->at < words->count ? words->list[words->at] : "";
}

static bool take(struct words *words, const char *word)
{
    if (strcmp(peek(words), word) != 0)
        return false;
    words->at++;
    return true;
}

/* One to four digits, and what follows them. */
static bool take_number(const char **text, int *number)
{
    char *end = NULL;
    size_t digits = strspn(*text, "0123456789");
    *number = digits == 0 || digits > 4 ? 0 : (int)strtol(*text, &end, 10);
    *text = end == NULL ? *text : end;
    return end != NULL;
}

static bool read_number(const char *word, int *number)
{
    return take_number(&word, number) && *word == '\0';
}

/* "14:05", "9:01:30"; nothing more may follow. */
static bool read_hour(const char *word, int *seconds)
{
    int hour = 0;
    int minute = 0;
    int second = 0;
    bool sound = take_number(&word, &hour) && *word++ == ':' && take_number(&word, &minute);
    if (sound && *word == ':')
        sound = take_number((word++, &word), &second);
    *seconds = hour * HOUR + minute * MINUTE + second;
    return sound && *word == '\0' && hour < 24 && minute < 60 && second < 60;
}

/* «мая», «дек», «дек.»: three letters or more of the month. */
static bool read_month(const char *word, int *month)
{
    static const char *const months[] = {"января", "февраля", "марта",    "апреля",  "мая",    "июня",
                                         "июля",   "августа", "сентября", "октября", "ноября", "декабря"};
    size_t length = strlen(word);
    length -= length > 0 && word[length - 1] == '.';
    for (int i = 0; i < 12; i++) {
        if (length >= strlen("мая") && strncmp(months[i], word, length) == 0) {
            *month = i + 1;
            return true;
        }
    }
    return false;
}

/* "12.05.2026", "12.05.26", "2026-05-12" */
static bool read_figures(const char *word, struct day *day)
{
    int parts[3];
    char mark = strchr(word, '.') != NULL ? '.' : '-';
    for (int i = 0; i < 3; i++)
        if (!take_number(&word, &parts[i]) || *word++ != (i < 2 ? mark : '\0'))
            return false;
    bool backwards = parts[0] > 31;
    *day = (struct day){backwards ? parts[0] : parts[2], parts[1], backwards ? parts[2] : parts[0]};
    day->year += day->year < 100 ? 2000 : 0;
    return mark == '.' || backwards;
}

/* ---- whole dates ---- */

static const struct {
    const char *word;
    int back; /* days */
} near[] = {{"сегодня", 0}, {"вчера", 1}, {"позавчера", 2}};

static const struct {
    const char *stem;
    int seconds;
} spans[] = {{"секунд", 1}, {"сек", 1}, {"минут", MINUTE}, {"мин", MINUTE}, {"час", HOUR}, {"ден", DAY}, {"дн", DAY}};

/* «только что», «5 минут назад», «час назад» */
static bool read_ago(struct words *words, int64_t now, int64_t *at)
{
    int number = 1;
    *at = now;
    if (words->count == 2 && take(words, "только"))
        return take(words, "что");
    if (words->count == 3 && !read_number(words->list[words->at++], &number))
        return false;
    for (size_t i = 0; i < sizeof spans / sizeof *spans; i++)
        if (text_starts(peek(words), spans[i].stem) && words->at + 2 == words->count) {
            words->at++;
            *at = now - (int64_t)number * spans[i].seconds;
            return take(words, "назад");
        }
    return false;
}

/* The day by name, in figures, or as «12 мая [2026 [г.|года]]». */
static bool read_day(struct words *words, int64_t today, int64_t *number)
{
    struct day day = {0};
    for (size_t i = 0; i < sizeof near / sizeof *near; i++)
        if (take(words, near[i].word)) {
            *number = today - near[i].back;
            return true;
        }
    if (read_figures(peek(words), &day)) {
        words->at++;
    } else {
        if (words->count < 2 || !read_number(words->list[0], &day.day) || !read_month(words->list[1], &day.month))
            return false;
        words->at = 2;
        if (strlen(peek(words)) == 4 && read_number(peek(words), &day.year))
            words->at++;
        if (day.year != 0 && !take(words, "г.") && !take(words, "года"))
            take(words, "г");
    }
    if (day.year == 0 && today == 0)
        return false;
    *number = complete(&day, today) ? number_of(&day) : 0;
    return *number != 0;
}

/* False where something else follows; -1: no hour was said. */
static bool read_rest(struct words *words, int *seconds)
{
    *seconds = -1;
    take(words, "в");
    if (words->at == words->count)
        return true;
    return read_hour(words->list[words->at++], seconds) && words->at == words->count;
}

/* "2026-05-12T14:05:00", which says no zone. */
static bool read_iso(struct pool *pool, const char *text, int zone, int64_t *at)
{
    if (strlen(text) < strlen("2026-05-12T14:05") || text[10] != 'T')
        return false;
    bool read = clock_read(pool_print(pool, "%sZ", text), at);
    *at -= zone;
    return read;
}

bool moment_read(struct pool *pool, const char *text, int64_t now, int zone, int64_t *at)
{
    struct words words = {0};
    struct words again;
    int64_t today = now == 0 ? 0 : (now + zone) / DAY;
    int64_t day;
    int seconds;
    text = text_tidy(pool, text);
    if (clock_read(text, at) || read_iso(pool, text, zone, at))
        return true;
    split(pool, text, &words);
    again = words;
    if (words.count == 0)
        return false;
    if (now != 0 && read_ago(&again, now, at))
        return true;
    bool named = strspn(words.list[0], "0123456789") == 0;
    if ((named && now == 0) || !read_day(&words, today, &day) || !read_rest(&words, &seconds))
        return false;
    *at = day * DAY - zone + (seconds < 0 ? DAY - 1 : seconds);
    if (seconds < 0 && now != 0 && *at > now && day <= today)
        *at = now;
    return true;
}

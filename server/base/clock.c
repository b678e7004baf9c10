/* clock.c: the time, the time that tests set, and the reading and printing of both. */
#include "veha/clock.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* What VEHA_CLOCK_FILE said when it was last read, and how to see that it changed. */
struct set_clock {
    struct timespec changed;
    ino_t inode;
    bool valid;
    int64_t seconds;
};

static bool read_clock_file(const char *path, int64_t *seconds)
{
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return false;
    char text[64] = "";
    size_t length = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    while (length > 0 && isspace((unsigned char)text[length - 1]))
        text[--length] = '\0';
    return clock_read(text, seconds);
}

/* A file caught half written keeps the time it said before. */
static bool set_time(int64_t *seconds)
{
    static _Thread_local struct set_clock known;
    const char *path = getenv("VEHA_CLOCK_FILE");
    struct stat status;
    if (path == NULL || *path == '\0' || stat(path, &status) != 0)
        return false;
    bool same = known.valid && known.inode == status.st_ino && known.changed.tv_sec == status.st_mtim.tv_sec &&
                known.changed.tv_nsec == status.st_mtim.tv_nsec;
    if (!same && read_clock_file(path, &known.seconds)) {
        known.valid = true;
        known.inode = status.st_ino;
        known.changed = status.st_mtim;
    }
    *seconds = known.seconds;
    return known.valid;
}

int64_t clock_now(void)
{
    int64_t seconds;
    return set_time(&seconds) ? seconds : (int64_t)time(NULL);
}

bool clock_is_set(void)
{
    int64_t seconds;
    return set_time(&seconds);
}

int64_t clock_monotonic_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

char *clock_print(struct pool *pool, int64_t seconds)
{
    time_t moment = (time_t)seconds;
    struct tm parts;
    if (gmtime_r(&moment, &parts) == NULL)
        return pool_copy(pool, "");
    return pool_print(pool, "%04d-%02d-%02dT%02d:%02d:%02dZ", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday,
                      parts.tm_hour, parts.tm_min, parts.tm_sec);
}

struct moment {
    int year, month, day, hour, minute, second;
    int zone; /* seconds east of Greenwich */
};

/* Exactly `digits` digits off *text. */
static bool take_digits(const char **text, int digits, int *number)
{
    *number = 0;
    for (int i = 0; i < digits; i++, (*text)++) {
        if (!isdigit((unsigned char)**text))
            return false;
        *number = *number * 10 + (**text - '0');
    }
    return true;
}

static bool take_letter(const char **text, char letter)
{
    if (**text != letter)
        return false;
    (*text)++;
    return true;
}

/* hh:mm[:ss[.fraction]] */
static bool take_time(const char **text, struct moment *moment)
{
    if (!take_digits(text, 2, &moment->hour) || !take_letter(text, ':') || !take_digits(text, 2, &moment->minute))
        return false;
    if (!take_letter(text, ':'))
        return true;
    if (!take_digits(text, 2, &moment->second))
        return false;
    if (take_letter(text, '.'))
        while (isdigit((unsigned char)**text))
            (*text)++;
    return true;
}

/* +03:00, +0300 or +03 */
static bool take_offset(const char **text, struct moment *moment)
{
    int sign = **text == '-' ? -1 : 1, hours, minutes = 0;
    if (**text != '+' && **text != '-')
        return false;
    (*text)++;
    if (!take_digits(text, 2, &hours))
        return false;
    bool colon = take_letter(text, ':');
    if ((colon || **text != '\0') && !take_digits(text, 2, &minutes))
        return false;
    moment->zone = sign * (hours * 3600 + minutes * 60);
    return hours <= 14 && minutes < 60;
}

static bool read_iso(const char *text, struct moment *moment)
{
    if (!take_digits(&text, 4, &moment->year) || !take_letter(&text, '-') || !take_digits(&text, 2, &moment->month) ||
        !take_letter(&text, '-') || !take_digits(&text, 2, &moment->day))
        return false;
    if (*text == '\0')
        return true;
    if (!take_letter(&text, 'T') && !take_letter(&text, ' '))
        return false;
    if (!take_time(&text, moment))
        return false;
    return (take_letter(&text, 'Z') || take_offset(&text, moment)) && *text == '\0';
}

static bool take_month(const char **text, int *month)
{
    static const char names[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    for (int i = 0; i < 12; i++)
        if (strncasecmp(*text, names[i], 3) == 0) {
            *month = i + 1;
            *text += 3;
            return true;
        }
    return false;
}

/* RFC 822 names a few zones; all but UT and GMT are American. */
static bool take_zone(const char **text, struct moment *moment)
{
    static const struct {
        const char *name;
        int hours;
    } zones[] = {{"GMT", 0},  {"UTC", 0},  {"UT", 0},   {"Z", 0},    {"EST", -5}, {"EDT", -4},
                 {"CST", -6}, {"CDT", -5}, {"MST", -7}, {"MDT", -6}, {"PST", -8}, {"PDT", -7}};
    for (size_t i = 0; i < sizeof zones / sizeof zones[0]; i++)
        if (strcmp(*text, zones[i].name) == 0) {
            moment->zone = zones[i].hours * 3600;
            *text += strlen(zones[i].name);
            return true;
        }
    return take_offset(text, moment);
}

static void skip_spaces(const char **text)
{
    while (**text == ' ')
        (*text)++;
}

/* [Sun, ]22 Nov 2026 12:00[:00] +0300; the year may have two digits. */
static bool read_mail(const char *text, struct moment *moment)
{
    const char *comma = strchr(text, ',');
    if (comma != NULL)
        text = comma + 1;
    skip_spaces(&text);
    if (!take_digits(&text, isdigit((unsigned char)text[0]) && isdigit((unsigned char)text[1]) ? 2 : 1, &moment->day))
        return false;
    skip_spaces(&text);
    if (!take_month(&text, &moment->month))
        return false;
    skip_spaces(&text);
    int digits = (int)strspn(text, "0123456789");
    if ((digits != 2 && digits != 4) || !take_digits(&text, digits, &moment->year))
        return false;
    if (digits == 2)
        moment->year += moment->year < 50 ? 2000 : 1900;
    skip_spaces(&text);
    if (!take_time(&text, moment))
        return false;
    skip_spaces(&text);
    return take_zone(&text, moment) && *text == '\0';
}

bool clock_read(const char *text, int64_t *seconds)
{
    struct moment moment = {0};
    if (!read_iso(text, &moment)) {
        moment = (struct moment){0};
        if (!read_mail(text, &moment))
            return false;
    }
    struct tm day = {.tm_year = moment.year - 1900, .tm_mon = moment.month - 1, .tm_mday = moment.day};
    time_t midnight = timegm(&day);
    /* timegm mends 31 February into March: what it had to mend was no date. Second 60 is a leap second. */
    bool real = day.tm_mday == moment.day && day.tm_mon == moment.month - 1 && day.tm_year == moment.year - 1900;
    if (!real || moment.hour > 23 || moment.minute > 59 || moment.second > 60)
        return false;
    int after = moment.hour * 3600 + moment.minute * 60 + moment.second - moment.zone;
    *seconds = (int64_t)midnight + after;
    return true;
}

bool clock_knows_zone(const char *zone)
{
    struct stat file;
    char path[256];
    int length = snprintf(path, sizeof path, "/usr/share/zoneinfo/%s", zone);
    return *zone != '\0' && strstr(zone, "..") == NULL && length > 0 && (size_t)length < sizeof path &&
           stat(path, &file) == 0 && S_ISREG(file.st_mode) && access(path, R_OK) == 0;
}

/* locale.c reads gettext catalogues and writes dates and numbers as the readers of a language expect them. */
#include "veha/locale.h"

#include "veha/clock.h"
#include "veha/log.h"

#include "memory.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define NBSP "\u00a0"

enum { LOCALES_MOST = 8, CATALOGUE_MOST = 8 << 20, MISSING_MOST = 64, DATE_LENGTH = 10 /* 2022-12-01 */ };

/* What differs between languages beyond their catalogues. */
struct language {
    const char *name;
    bool source; /* its sentences are the msgids themselves */
    unsigned (*plural)(uint64_t number);
    const char *months[12];
    const char *day_month, *month_year, *year_end, *date_time; /* what stands between and behind */
    const char *thousands, *point, *minus, *percent;
    uint64_t grouped_from; /* smaller numbers stay in one piece */
};

struct catalogue {
    unsigned char *bytes;
    size_t length;
    uint32_t count, ids, texts; /* number of messages; where the two tables begin */
};

struct locale {
    const struct language *language;
    struct catalogue catalogue;
    const char *missing[MISSING_MOST]; /* msgids already logged */
    size_t missing_count;
};

struct locale_set {
    struct locale *locales[LOCALES_MOST];
    size_t count;
};

static unsigned plural_english(uint64_t number)
{
    return number != 1;
}

static unsigned plural_russian(uint64_t number)
{
    if (number % 10 == 1 && number % 100 != 11)
        return 0;
    if (number % 10 >= 2 && number % 10 <= 4 && (number % 100 < 12 || number % 100 > 14))
        return 1;
    return 2;
}

static const struct language languages[] = {
    {
        .name = "ru",
        .plural = plural_russian,
        .months = {"января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября", "октября",
                   "ноября", "декабря"},
        .day_month = NBSP,
        .month_year = " ",
        .year_end = NBSP "г.",
        .date_time = ", ",
        .thousands = NBSP,
        .point = ",",
        .minus = "−",
        .percent = NBSP "%",
        .grouped_from = 10000,
    },
    {
        .name = "en",
        .source = true,
        .plural = plural_english,
        .months = {"January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
                   "November", "December"},
        .day_month = NBSP,
        .month_year = " ",
        .year_end = "",
        .date_time = ", ",
        .thousands = ",",
        .point = ".",
        .minus = "−",
        .percent = "%",
        .grouped_from = 1000,
    },
};

static const struct language *find_language(const char *name)
{
    for (size_t i = 0; i < sizeof languages / sizeof *languages; i++)
        if (strcmp(languages[i].name, name) == 0)
            return &languages[i];
    return NULL;
}

/* Catalogue files: a header, two tables of (length, offset), and the strings, each ended by NUL; msgids are sorted. */

static uint32_t read_word(const struct catalogue *catalogue, size_t offset)
{
    uint32_t word;
    memcpy(&word, catalogue->bytes + offset, sizeof word);
    return word;
}

static bool string_is_inside(const struct catalogue *catalogue, size_t entry)
{
    size_t length = read_word(catalogue, entry), offset = read_word(catalogue, entry + 4);
    return offset < catalogue->length && length < catalogue->length - offset && catalogue->bytes[offset + length] == 0;
}

static bool catalogue_is_sound(struct catalogue *catalogue)
{
    if (catalogue->length < 28 || read_word(catalogue, 0) != 0x950412de || read_word(catalogue, 4) >> 16 > 1)
        return false;
    catalogue->count = read_word(catalogue, 8);
    catalogue->ids = read_word(catalogue, 12);
    catalogue->texts = read_word(catalogue, 16);
    size_t table = (size_t)catalogue->count * 8;
    if (catalogue->ids > catalogue->length || table > catalogue->length - catalogue->ids ||
        catalogue->texts > catalogue->length || table > catalogue->length - catalogue->texts)
        return false;
    for (size_t i = 0; i < catalogue->count; i++)
        if (!string_is_inside(catalogue, catalogue->ids + i * 8) ||
            !string_is_inside(catalogue, catalogue->texts + i * 8))
            return false;
    return true;
}

static bool catalogue_read(struct catalogue *catalogue, const char *path)
{
    FILE *file = fopen(path, "rbe");
    if (!file)
        return false;
    catalogue->bytes = memory_resize(NULL, CATALOGUE_MOST);
    catalogue->length = fread(catalogue->bytes, 1, CATALOGUE_MOST, file);
    bool whole = feof(file) && !ferror(file);
    fclose(file);
    if (whole && catalogue_is_sound(catalogue)) {
        catalogue->bytes = memory_resize(catalogue->bytes, catalogue->length);
        return true;
    }
    free(catalogue->bytes);
    errno = EINVAL;
    return false;
}

static const char *catalogue_string(const struct catalogue *catalogue, uint32_t table, size_t number, size_t *length)
{
    *length = read_word(catalogue, table + number * 8);
    return (const char *)catalogue->bytes + read_word(catalogue, table + number * 8 + 4);
}

/* The translation of a msgid (of a plural one: its first form), with its length including all forms. */
static const char *catalogue_find(const struct catalogue *catalogue, const char *id, size_t *length)
{
    size_t low = 0, high = catalogue->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2, unused;
        int order = strcmp(id, catalogue_string(catalogue, catalogue->ids, middle, &unused));
        if (order == 0)
            return catalogue_string(catalogue, catalogue->texts, middle, length);
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

static bool refuse(const char *path, const char *reason)
{
    fprintf(stderr, "%s:1: %s\n", path, reason);
    return false;
}

/* Named by its file: ru.mo. */
static bool load_locale(struct locale_set *set, const char *directory, const char *file)
{
    size_t length = strlen(file);
    if (length <= 3 || strcmp(file + length - 3, ".mo") != 0)
        return true;
    struct pool *pool = pool_new();
    const char *path = pool_print(pool, "%s/%s", directory, file);
    const struct language *language = find_language(pool_copy_length(pool, file, length - 3));
    struct catalogue catalogue = {0};
    bool sound = true;
    if (!language || set->count == LOCALES_MOST)
        sound = refuse(path, "nothing is known of this language");
    else if (!catalogue_read(&catalogue, path))
        sound = refuse(path, "this is not a readable catalogue");
    pool_free(pool);
    if (!sound)
        return false;
    struct locale *locale = memory_resize(NULL, sizeof *locale);
    *locale = (struct locale){.language = language, .catalogue = catalogue};
    set->locales[set->count++] = locale;
    return true;
}

static bool load_all(struct locale_set *set, const char *directory)
{
    DIR *folder = opendir(directory);
    if (!folder)
        return refuse(directory, strerror(errno));
    bool sound = true;
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;)
        sound &= load_locale(set, directory, entry->d_name);
    closedir(folder);
    if (sound && strcmp(locale_name(locale_find(set, "ru")), "ru") != 0)
        sound = refuse(directory, "there is no ru.mo");
    return sound;
}

static bool use_timezone(const char *zone)
{
    if (!clock_knows_zone(zone)) {
        fprintf(stderr, "there is no time zone %s\n", zone);
        return false;
    }
    setenv("TZ", zone, 1);
    tzset();
    return true;
}

struct locale_set *locale_load(const char *directory, const char *zone)
{
    struct locale_set *set = memory_resize(NULL, sizeof *set);
    *set = (struct locale_set){0};
    if (load_all(set, directory) && use_timezone(zone))
        return set;
    locale_set_free(set);
    return NULL;
}

void locale_set_free(struct locale_set *set)
{
    if (!set)
        return;
    for (size_t i = 0; i < set->count; i++) {
        free(set->locales[i]->catalogue.bytes);
        free(set->locales[i]);
    }
    free(set);
}

static const struct locale *find_exactly(const struct locale_set *set, const char *name, size_t length)
{
    for (size_t i = 0; set && i < set->count; i++) {
        const char *known = set->locales[i]->language->name;
        if (strlen(known) == length && strncasecmp(known, name, length) == 0)
            return set->locales[i];
    }
    return NULL;
}

const struct locale *locale_find(const struct locale_set *set, const char *name)
{
    static const struct locale none = {.language = &languages[1]};
    const struct locale *locale = name ? find_exactly(set, name, strlen(name)) : NULL;
    if (!locale)
        locale = find_exactly(set, "ru", 2);
    return locale ? locale : &none;
}

/* The weight of one range of the header: 1 unless ;q= says less. */
static double range_weight(const char *range, size_t length)
{
    const char *q = memmem(range, length, "q=", 2);
    if (!q || q + 2 == range + length)
        return 1;
    double weight = q[2] == '1' ? 1 : 0, digit = 0.1;
    for (const char *at = q + 4; weight < 1 && at < range + length && *at >= '0' && *at <= '9'; at++, digit /= 10)
        weight += digit * (*at - '0');
    return weight;
}

const struct locale *locale_accept(const struct locale_set *set, const char *accept_language)
{
    const struct locale *best = NULL;
    double best_weight = 0;
    for (const char *range = accept_language ? accept_language : ""; *range;) {
        range += strspn(range, " \t,");
        size_t length = strcspn(range, ",");
        double weight = range_weight(range, length);
        const struct locale *locale = find_exactly(set, range, strcspn(range, "-;, \t"));
        if (locale && weight > best_weight) {
            best = locale;
            best_weight = weight;
        }
        range += length;
    }
    return best ? best : locale_find(set, "ru");
}

const char *locale_name(const struct locale *locale)
{
    return locale->language->name;
}

/*
 * Each missing message is told once; msgids are static or belong to templates, so that their addresses serve as
 * names. The list is a cache, hence the only thing that changes in a loaded locale.
 */
static void log_missing(const struct locale *locale, const char *msgid)
{
    struct locale *kept = (struct locale *)(uintptr_t)locale;
    for (size_t i = 0; i < kept->missing_count; i++)
        if (kept->missing[i] == msgid)
            return;
    if (kept->missing_count == MISSING_MOST)
        return;
    kept->missing[kept->missing_count++] = msgid;
    log_event(LOG_LEVEL_WARNING, "message_missing", "locale", locale->language->name, "message", msgid, NULL);
}

const char *locale_text(const struct locale *locale, const char *msgid)
{
    size_t length;
    const char *text = *msgid ? catalogue_find(&locale->catalogue, msgid, &length) : msgid;
    if (text)
        return text;
    if (!locale->language->source)
        log_missing(locale, msgid);
    return msgid;
}

const char *locale_code(const struct locale *locale, const char *context, const char *code)
{
    char id[256];
    size_t length;
    int size = snprintf(id, sizeof id, "%s\004%s", context, code);
    if (size < 0 || (size_t)size >= sizeof id)
        return NULL;
    return catalogue_find(&locale->catalogue, id, &length);
}

const char *locale_plural(const struct locale *locale, const char *msgid, const char *msgid_plural, int64_t number)
{
    size_t length;
    uint64_t absolute = number < 0 ? -(uint64_t)number : (uint64_t)number;
    const char *form = catalogue_find(&locale->catalogue, msgid, &length);
    if (!form) {
        if (!locale->language->source)
            log_missing(locale, msgid_plural);
        return plural_english(absolute) ? msgid_plural : msgid;
    }
    const char *end = form + length;
    for (unsigned skip = locale->language->plural(absolute); skip > 0; skip--) {
        const char *next = form + strlen(form) + 1;
        if (next >= end)
            break;
        form = next;
    }
    return form;
}

/* A date has no time zone; a moment is that of the region's. False when iso is neither. */
static bool read_local(const char *iso, struct tm *local)
{
    int64_t seconds;
    if (!clock_read(iso, &seconds))
        return false;
    time_t time = (time_t)seconds;
    return (strlen(iso) == DATE_LENGTH ? gmtime_r(&time, local) : localtime_r(&time, local)) != NULL;
}

static void write_date(const struct language *language, const struct tm *date, struct buffer *out)
{
    buffer_print(out, "%d%s%s%s%d%s", date->tm_mday, language->day_month, language->months[date->tm_mon],
                 language->month_year, date->tm_year + 1900, language->year_end);
}

void locale_date(const struct locale *locale, const char *iso, struct buffer *out)
{
    struct tm local = {0};
    if (read_local(iso, &local))
        write_date(locale->language, &local, out);
    else
        buffer_text(out, iso);
}

void locale_moment(const struct locale *locale, const char *iso, struct buffer *out)
{
    struct tm local = {0};
    locale_date(locale, iso, out);
    if (strlen(iso) != DATE_LENGTH && read_local(iso, &local))
        buffer_print(out, "%s%02d:%02d", locale->language->date_time, local.tm_hour, local.tm_min);
}

void locale_number(const struct locale *locale, double number, int decimals, struct buffer *out)
{
    const struct language *language = locale->language;
    char digits[400];
    snprintf(digits, sizeof digits, "%.*f", decimals < 0 ? 0 : decimals > 9 ? 9 : decimals, fabs(number));
    size_t whole = strspn(digits, "0123456789");
    bool zero = digits[strspn(digits, "0.")] == '\0';
    if (number < 0 && !zero)
        buffer_text(out, language->minus);
    for (size_t i = 0; i < whole; i++) {
        if (i > 0 && (whole - i) % 3 == 0 && fabs(number) >= (double)language->grouped_from)
            buffer_text(out, language->thousands);
        buffer_add(out, &digits[i], 1);
    }
    if (digits[whole]) {
        buffer_text(out, language->point);
        buffer_text(out, digits + whole + 1);
    }
}

/* One decimal where it says something: 53,4 % but 50 %; what is less than all never becomes 100 %. */
void locale_percent(const struct locale *locale, double share, struct buffer *out)
{
    double tenths = round(share * 1000);
    if (tenths >= 1000 && share < 1)
        tenths = 999;
    locale_number(locale, tenths / 10, fmod(tenths, 10) == 0 ? 0 : 1, out);
    buffer_text(out, locale->language->percent);
}

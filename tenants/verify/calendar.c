/* calendar.c: reads the calendars and counts back over their pauses. */
#include "calendar.h"

#include "veha/clock.h"
#include "veha/document.h"
#include "veha/text.h"

#include <glob.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { DAY = 86400, BACK_MOST = 400 /* days */ };

static const struct document_member file_members[] = {
    {"version", 'i', true}, {"title", 's', true}, {"pauses", 'a', true}, {0}};
static const struct document_member pause_members[] = {
    {"from", 's', true}, {"to", 's', true}, {"title", 's', true}, {"name", 's', false}, {0},
};

struct pause {
    int64_t from, until; /* the first second, and the first second after */
    regex_t *name;       /* NULL: for everybody; otherwise for names that fit, folded */
};

struct calendar {
    struct pause *pauses;
    size_t count;
    int64_t offset; /* seconds east of Greenwich */
};

/* The zones of Russia know no summer time, so one offset serves all dates. */
static int64_t zone_offset(struct pool *pool, const char *zone)
{
    const char *kept = pool_copy(pool, getenv("TZ"));
    time_t now = (time_t)clock_now();
    struct tm local;
    setenv("TZ", zone, 1);
    tzset();
    localtime_r(&now, &local);
    if (kept == NULL)
        unsetenv("TZ");
    else
        setenv("TZ", kept, 1);
    tzset();
    return local.tm_gmtoff;
}

static void release_regex(void *regex)
{
    regfree(regex);
}

static void read_pause(struct document *document, struct pool *pool, const char *pointer, int64_t offset,
                       struct pause *pause)
{
    const json_t *object = document_object(document, pool, pointer, pause_members);
    const char *from = json_string_value(json_object_get(object, "from"));
    const char *to = json_string_value(json_object_get(object, "to"));
    const char *name = json_string_value(json_object_get(object, "name"));
    if (from != NULL && to != NULL &&
        (!clock_read(from, &pause->from) || !clock_read(to, &pause->until) || pause->until < pause->from))
        document_mistake(document, pool, pointer, "from and to must be dates in their order");
    pause->from -= offset;
    pause->until += DAY - offset;
    if (name == NULL)
        return;
    pause->name = pool_alloc(pool, sizeof *pause->name);
    if (regcomp(pause->name, name, REG_EXTENDED | REG_NOSUB) == 0)
        pool_adopt(pool, pause->name, release_regex);
    else
        document_mistake(document, pool, pointer, "name must be a pattern");
}

static bool read_file(struct pool *pool, const char *path, struct calendar *calendar)
{
    struct document *document = document_read(pool, path);
    if (document->root != NULL) {
        document_object(document, pool, "", file_members);
        size_t more = json_array_size(json_object_get(document->root, "pauses"));
        struct pause *grown = pool_alloc(pool, (calendar->count + more + 1) * sizeof *grown);
        if (calendar->count > 0)
            memcpy(grown, calendar->pauses, calendar->count * sizeof *grown);
        calendar->pauses = grown;
        for (size_t i = 0; i < more; i++)
            read_pause(document, pool, pool_print(pool, "/pauses/%zu", i), calendar->offset, &grown[calendar->count++]);
    }
    return document_sound(document);
}

const struct calendar *calendar_load(struct pool *pool, const char *directory, const char *zone)
{
    struct calendar *calendar = pool_alloc(pool, sizeof *calendar);
    if (!clock_knows_zone(zone)) {
        fprintf(stderr, "there is no time zone %s\n", zone);
        return NULL;
    }
    calendar->offset = zone_offset(pool, zone);
    glob_t found;
    bool sound = true;
    if (glob(pool_print(pool, "%s/*.json", directory), 0, NULL, &found) != 0)
        return calendar; /* a region may keep none */
    for (size_t i = 0; i < found.gl_pathc; i++)
        sound = read_file(pool, found.gl_pathv[i], calendar) && sound;
    globfree(&found);
    return sound ? calendar : NULL;
}

int calendar_zone(const struct calendar *calendar)
{
    return calendar == NULL ? 0 : (int)calendar->offset;
}

static bool is_paused(const struct calendar *calendar, const char *folded, int64_t at)
{
    for (size_t i = 0; i < calendar->count; i++) {
        const struct pause *pause = &calendar->pauses[i];
        if (at >= pause->from && at < pause->until &&
            (pause->name == NULL || regexec(pause->name, folded, 0, NULL, 0) == 0))
            return true;
    }
    return false;
}

int64_t calendar_back(const struct calendar *calendar, const char *name, int64_t until, int days)
{
    if (calendar == NULL)
        return until - (int64_t)days * DAY;
    struct pool *pool = pool_new();
    const char *folded = text_fold(pool, name);
    int64_t at = until;
    for (int walked = 0; days > 0 && walked < BACK_MOST; walked++) {
        at -= DAY;
        days -= !is_paused(calendar, folded, at);
    }
    pool_free(pool);
    return at;
}

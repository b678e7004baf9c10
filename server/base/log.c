/* log.c: one line an event, to the journal or to standard error. */
#include "veha/log.h"

#include "veha/clock.h"
#include "veha/text.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <systemd/sd-journal.h>
#include <time.h>
#include <unistd.h>

enum { PAIRS_MAX = 24, NUMBERS = 8 };

static const char *program = "veha";
static enum log_level most = LOG_LEVEL_INFO;
static bool to_journal;

/* systemd says in JOURNAL_STREAM which device and inode it connected; a redirected standard error has others. */
static bool journal_is_connected(void)
{
    const char *stream = getenv("JOURNAL_STREAM");
    struct stat status;
    unsigned long long device, inode;
    if (stream == NULL || sscanf(stream, "%llu:%llu", &device, &inode) != 2 || fstat(STDERR_FILENO, &status) != 0)
        return false;
    return status.st_dev == device && status.st_ino == inode;
}

void log_open(const char *name, enum log_level level)
{
    program = name;
    most = level;
    to_journal = journal_is_connected();
}

static void add_value(struct buffer *line, const char *value)
{
    bool plain = *value != '\0';
    for (const char *at = value; *at != '\0' && plain; at++)
        plain = (unsigned char)*at > ' ' && *at != '"' && *at != '=' && *at != '\\' && *at != 0x7F;
    if (plain)
        buffer_text(line, value);
    else
        buffer_json(line, value, strlen(value));
}

static void add_pairs(struct buffer *line, const char *const (*pairs)[2], size_t count)
{
    for (size_t i = 0; i < count; i++) {
        buffer_print(line, " %s=", pairs[i][0]);
        add_value(line, pairs[i][1]);
    }
}

static void write_stderr(enum log_level level, const char *event, const char *const (*pairs)[2], size_t count)
{
    static const char *const levels[] = {[LOG_LEVEL_ERROR] = "error",
                                         [LOG_LEVEL_WARNING] = "warning",
                                         [LOG_LEVEL_NOTICE] = "notice",
                                         [LOG_LEVEL_INFO] = "info",
                                         [LOG_LEVEL_DEBUG] = "debug"};
    struct buffer line = {0};
    time_t now = (time_t)clock_now();
    struct tm parts;
    char moment[32];
    strftime(moment, sizeof moment, "%FT%TZ", gmtime_r(&now, &parts));
    buffer_print(&line, "%s %s %s", moment, levels[level], event);
    add_pairs(&line, pairs, count);
    buffer_text(&line, "\n");
    /* One write, so that lines of several processes never mix; a log that cannot be written is nobody's to report. */
    ssize_t written = write(STDERR_FILENO, line.bytes, line.length);
    (void)written;
    buffer_free(&line);
}

/* Fields of our own carry the prefix VEHA_, which keeps them clear of the journal's. */
static void add_journal_field(struct buffer *fields, size_t ends[], size_t *count, const char *key, const char *value)
{
    buffer_text(fields, "VEHA_");
    for (const char *at = key; *at != '\0'; at++) {
        char letter = isalnum((unsigned char)*at) ? (char)toupper((unsigned char)*at) : '_';
        buffer_add(fields, &letter, 1);
    }
    buffer_text(fields, "=");
    buffer_text(fields, value);
    ends[(*count)++] = fields->length;
}

static void write_journal(enum log_level level, const char *event, const char *const (*pairs)[2], size_t count)
{
    struct buffer fields = {0};
    size_t ends[PAIRS_MAX + 4], parts = 0;
    buffer_print(&fields, "MESSAGE=%s", event);
    add_pairs(&fields, pairs, count);
    ends[parts++] = fields.length;
    buffer_print(&fields, "PRIORITY=%d", level);
    ends[parts++] = fields.length;
    buffer_print(&fields, "SYSLOG_IDENTIFIER=veha-%s", program);
    ends[parts++] = fields.length;
    add_journal_field(&fields, ends, &parts, "event", event);
    for (size_t i = 0; i < count; i++)
        add_journal_field(&fields, ends, &parts, pairs[i][0], pairs[i][1]);

    struct iovec vectors[PAIRS_MAX + 4];
    for (size_t i = 0, start = 0; i < parts; start = ends[i++])
        vectors[i] = (struct iovec){.iov_base = fields.bytes + start, .iov_len = ends[i] - start};
    sd_journal_sendv(vectors, (int)parts);
    buffer_free(&fields);
}

void log_event(enum log_level level, const char *event, ...)
{
    if (level > most)
        return;
    const char *pairs[PAIRS_MAX][2];
    size_t count = 0;
    va_list arguments;
    va_start(arguments, event);
    for (const char *key; count < PAIRS_MAX && (key = va_arg(arguments, const char *)) != NULL;) {
        const char *value = va_arg(arguments, const char *);
        if (value == NULL)
            continue;
        pairs[count][0] = key;
        pairs[count++][1] = value;
    }
    va_end(arguments);
    const char *const(*read_only)[2] = (const char *const(*)[2])pairs;
    if (to_journal)
        write_journal(level, event, read_only, count);
    else
        write_stderr(level, event, read_only, count);
}

const char *log_number(long long number)
{
    static _Thread_local char texts[NUMBERS][24];
    static _Thread_local unsigned next;
    char *text = texts[next++ % NUMBERS];
    snprintf(text, sizeof texts[0], "%lld", number);
    return text;
}

/* file_kind.c: the frames of four kinds of files, walked without decoding anything; names made harmless. */
#include "file_kind.h"

#include "veha/text.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

enum { NAME_LONGEST = 200 };

struct bytes {
    const unsigned char *at;
    size_t length;
};

enum outcome { OTHER, BROKEN, SOUND };

static bool starts(struct bytes bytes, const char *mark, size_t length)
{
    return bytes.length >= length && memcmp(bytes.at, mark, length) == 0;
}

static bool holds(struct bytes bytes, const char *mark, size_t length)
{
    return memmem(bytes.at, bytes.length, mark, length) != NULL;
}

static struct bytes skip(struct bytes bytes, size_t length)
{
    return (struct bytes){bytes.at + length, bytes.length - length};
}

static uint32_t big_endian(const unsigned char *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static uint32_t little_endian(const unsigned char *at)
{
    return (uint32_t)at[3] << 24 | (uint32_t)at[2] << 16 | (uint32_t)at[1] << 8 | at[0];
}

static bool is_blank(unsigned char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

/* Scanners and old programs leave a byte order mark or empty lines before the header; anything else there could make
 * another reader take the file for something else. */
static enum outcome sniff_pdf(struct bytes bytes)
{
    static const char mark[] = "\xEF\xBB\xBF";

    if (starts(bytes, mark, 3))
        bytes = skip(bytes, 3);
    while (bytes.length > 0 && is_blank((unsigned char)bytes.at[0]))
        bytes = skip(bytes, 1);
    if (!starts(bytes, "%PDF-1.", 7) && !starts(bytes, "%PDF-2.", 7))
        return OTHER;
    return holds(bytes, "%%EOF", 5) ? SOUND : BROKEN;
}

/* Chunks of length, name, data and sum, from IHDR to IEND. */
static enum outcome sniff_png(struct bytes bytes)
{
    enum { AROUND = 12 };
    bool first = true;

    if (!starts(bytes, "\x89PNG\r\n\x1a\n", 8))
        return OTHER;
    for (bytes = skip(bytes, 8); bytes.length >= AROUND; first = false) {
        size_t length = big_endian(bytes.at);
        if (first && (length != 13 || memcmp(bytes.at + 4, "IHDR", 4) != 0))
            return BROKEN;
        if (length > bytes.length - AROUND)
            return BROKEN;
        if (memcmp(bytes.at + 4, "IEND", 4) == 0)
            return SOUND;
        bytes = skip(bytes, length + AROUND);
    }
    return BROKEN;
}

/* Segments of marker and length up to the first scan, behind which the end must be marked somewhere: cameras put more
 * behind it. */
static enum outcome sniff_jpeg(struct bytes bytes)
{
    enum { SCAN = 0xDA };

    if (!starts(bytes, "\xFF\xD8\xFF", 3))
        return OTHER;
    for (bytes = skip(bytes, 2); bytes.length >= 4 && bytes.at[0] == 0xFF;) {
        if (bytes.at[1] == 0xFF) { /* a marker may be padded */
            bytes = skip(bytes, 1);
            continue;
        }
        size_t length = (size_t)bytes.at[2] << 8 | bytes.at[3];
        if (length < 2 || length > bytes.length - 2)
            return BROKEN;
        bool scan = bytes.at[1] == SCAN;
        bytes = skip(bytes, length + 2);
        if (scan)
            return holds(bytes, "\xFF\xD9", 2) ? SOUND : BROKEN;
    }
    return BROKEN;
}

static enum outcome sniff_webp(struct bytes bytes)
{
    enum { HEAD = 20 };

    if (bytes.length < 12 || !starts(bytes, "RIFF", 4) || memcmp(bytes.at + 8, "WEBP", 4) != 0)
        return OTHER;
    size_t length = little_endian(bytes.at + 4);
    if (length < HEAD - 8 || length > bytes.length - 8)
        return BROKEN;
    struct bytes chunk = skip(bytes, 12);
    bool known = starts(chunk, "VP8 ", 4) || starts(chunk, "VP8L", 4) || starts(chunk, "VP8X", 4);
    return known && little_endian(chunk.at + 4) <= length - (HEAD - 8) ? SOUND : BROKEN;
}

static const struct file_kind {
    const char *code;
    enum outcome (*sniff)(struct bytes bytes);
    const char *ends[3]; /* the first is the one that is added */
    bool shown;          /* inside a page */
} kinds[] = {
    {"pdf", sniff_pdf, {".pdf"}, false},
    {"png", sniff_png, {".png"}, true},
    {"jpeg", sniff_jpeg, {".jpg", ".jpeg"}, true},
    {"webp", sniff_webp, {".webp"}, true},
};

enum { KINDS = sizeof kinds / sizeof *kinds };

const char *file_kind_sniff(const char *bytes, size_t length, const char **kind)
{
    for (size_t i = 0; i < KINDS; i++) {
        enum outcome outcome = kinds[i].sniff((struct bytes){(const unsigned char *)bytes, length});
        if (outcome == BROKEN)
            return "file_broken";
        if (outcome == SOUND) {
            *kind = kinds[i].code;
            return NULL;
        }
    }
    return "file_kind_unknown";
}

static const struct file_kind *find(const char *code)
{
    size_t i = 0;
    while (i + 1 < KINDS && strcmp(kinds[i].code, code) != 0)
        i++;
    return &kinds[i];
}

/* Bytes of the UTF-8 of what cannot be seen or turns text round: U+00AD, U+061C, U+180E, U+200B to U+200F, U+202A to
 * U+202E, U+2060 to U+206F, U+FEFF; 0 for anything else. */
static size_t unseen(const unsigned char *at)
{
    if (at[0] == 0xC2 && at[1] == 0xAD)
        return 2;
    if (at[0] == 0xD8 && at[1] == 0x9C)
        return 2;
    if ((at[0] == 0xE1 && at[1] == 0xA0 && at[2] == 0x8E) || (at[0] == 0xEF && at[1] == 0xBB && at[2] == 0xBF))
        return 3;
    if (at[0] != 0xE2)
        return 0;
    bool mark = at[1] == 0x80 && ((at[2] >= 0x8B && at[2] <= 0x8F) || (at[2] >= 0xAA && at[2] <= 0xAE));
    return mark || (at[1] == 0x81 && at[2] >= 0xA0 && at[2] <= 0xAF) ? 3 : 0;
}

/* Behind the last folder, without what cannot be seen; what no folder could hold becomes a line. */
static char *clean(struct pool *pool, const char *name)
{
    const char *start = name;
    for (const char *at = name; *at != '\0'; at++)
        start = *at == '/' || *at == '\\' ? at + 1 : start;
    char *out = pool_alloc(pool, strlen(start) + 1), *end = out;
    while (*start != '\0') {
        size_t length = unseen((const unsigned char *)start);
        if (length == 0)
            *end++ = strchr("<>:\"|?*", *start) != NULL ? '_' : *start;
        start += length == 0 ? 1 : length;
    }
    char *tidy = text_tidy(pool, out);
    while (*tidy == '.' || *tidy == ' ')
        tidy++;
    for (size_t length = strlen(tidy); length > 0 && (tidy[length - 1] == '.' || tidy[length - 1] == ' '); length--)
        tidy[length - 1] = '\0';
    return tidy;
}

static const char *known_end(const struct file_kind *kind, const char *name)
{
    size_t length = strlen(name);

    for (size_t i = 0; i < sizeof kind->ends / sizeof *kind->ends && kind->ends[i] != NULL; i++) {
        size_t end = strlen(kind->ends[i]);
        if (length > end && strcasecmp(name + length - end, kind->ends[i]) == 0)
            return name + length - end;
    }
    return NULL;
}

/* The first so many characters. */
static size_t first_characters(const char *text, size_t most)
{
    size_t at = 0;
    for (size_t seen = 0; text[at] != '\0'; at++) {
        seen += ((unsigned char)text[at] & 0xC0) != 0x80;
        if (seen > most)
            break;
    }
    return at;
}

const char *file_kind_name(struct pool *pool, const char *kind, const char *name)
{
    const struct file_kind *found = find(kind);
    char *tidy = clean(pool, name);
    const char *end = known_end(found, tidy);

    if (*tidy == '\0')
        return pool_print(pool, "file%s", found->ends[0]);
    if (end == NULL)
        end = found->ends[0];
    else
        tidy = pool_copy_length(pool, tidy, (size_t)(end - tidy));
    size_t length = first_characters(tidy, NAME_LONGEST - strlen(end));
    return pool_print(pool, "%.*s%s", (int)length, tidy, end);
}

const char *file_kind_disposition(struct pool *pool, const char *kind, const char *name)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._";
    const char *way = find(kind)->shown ? "inline" : "attachment";
    struct buffer out = {0};

    buffer_print(&out, "%s; filename=\"", way);
    for (const unsigned char *at = (const unsigned char *)name; *at != '\0'; at++)
        if ((*at & 0xC0) != 0x80) /* a character of several bytes becomes one line */
            buffer_add(&out, *at < 0x80 && strchr(plain, *at) != NULL ? (const char *)at : "_", 1);
    buffer_text(&out, "\"; filename*=UTF-8''");
    for (const unsigned char *at = (const unsigned char *)name; *at != '\0'; at++)
        if (*at < 0x80 && strchr(plain, *at) != NULL)
            buffer_add(&out, (const char *)at, 1);
        else
            buffer_print(&out, "%%%02X", *at);
    const char *text = pool_copy(pool, out.bytes);
    buffer_free(&out);
    return text;
}

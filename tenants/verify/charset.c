/* charset.c: decides a body's character set and turns the body into UTF-8. */
#include "charset.h"

#include "veha/text.h"

#include <ctype.h>
#include <iconv.h>
#include <stdint.h>
#include <string.h>

enum { PRESCAN = 4096, LABEL = 32 };

/* Labels as servers and pages write them, and the name iconv knows; a set that is a subset of another takes the wider
 * one. */
static const struct label {
    const char *label;
    const char *name;
} labels[] = {
    {"utf-8", "utf-8"},           {"utf8", "utf-8"},          {"windows-1251", "windows-1251"},
    {"win-1251", "windows-1251"}, {"cp1251", "windows-1251"}, {"cp-1251", "windows-1251"},
    {"x-cp1251", "windows-1251"}, {"1251", "windows-1251"},   {"koi8-r", "koi8-r"},
    {"koi8-u", "koi8-u"},         {"koi8", "koi8-r"},         {"iso-8859-5", "iso-8859-5"},
    {"cp866", "cp866"},           {"ibm866", "cp866"},        {"utf-16le", "utf-16le"},
    {"utf-16be", "utf-16be"},
};

static const struct mark {
    const char *bytes;
    size_t length;
    const char *name;
} marks[] = {
    {"\xEF\xBB\xBF", 3, "utf-8"},
    {"\xFF\xFE", 2, "utf-16le"},
    {"\xFE\xFF", 2, "utf-16be"},
};

/* The known name of the label that follows "charset=" at `at`; NULL when it is none of ours. */
static const char *read_label(const char *at, const char *end)
{
    char label[LABEL + 1];
    size_t length = 0;
    while (at < end && (isspace((unsigned char)*at) || *at == '=' || *at == '"' || *at == '\''))
        at++;
    while (at < end && length < LABEL && (isalnum((unsigned char)*at) || *at == '-' || *at == '_'))
        label[length++] = (char)(*at == '_' ? '-' : tolower((unsigned char)*at)), at++;
    label[length] = '\0';
    for (size_t i = 0; i < sizeof labels / sizeof *labels; i++)
        if (strcmp(labels[i].label, label) == 0)
            return labels[i].name;
    return NULL;
}

/* The first known label after the word "charset" in the text; NULL when there is none. */
static const char *find_label(const char *text, size_t length)
{
    static const char word[] = "charset";
    const char *end = text + length;
    for (const char *at = text; (size_t)(end - at) > sizeof word; at++) {
        if (strncasecmp(at, word, sizeof word - 1) != 0)
            continue;
        const char *name = read_label(at + sizeof word - 1, end);
        if (name != NULL)
            return name;
    }
    return NULL;
}

/* Well-formed sequences of several bytes and bytes that fit none, of text that calls itself UTF-8. */
static void count_sequences(const char *bytes, size_t length, size_t *sound, size_t *broken)
{
    *sound = *broken = 0;
    for (size_t i = 0; i < length;) {
        unsigned char lead = (unsigned char)bytes[i];
        size_t size = lead < 0x80 ? 1 : lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
        if (size == 1) {
            i++;
        } else if (i + size <= length && text_is_utf8(bytes + i, size)) {
            (*sound)++;
            i += size;
        } else {
            (*broken)++;
            i++;
        }
    }
}

static bool has_high_bytes(const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)bytes[i] >= 0x80)
            return true;
    return false;
}

/*
 * Pages that say windows-1251 and are UTF-8 are common, the other way round is rare and does not parse: so the bytes
 * are believed first. A page that says UTF-8 and is so but for a few bytes (cut short, one pasted word) stays UTF-8.
 */
static const char *decide(const char *bytes, size_t length, const char *content_type)
{
    const char *declared = content_type == NULL ? NULL : find_label(content_type, strlen(content_type));
    if (declared == NULL)
        declared = find_label(bytes, length < PRESCAN ? length : PRESCAN);
    bool wide = declared != NULL && text_starts(declared, "utf-16");
    if (!has_high_bytes(bytes, length))
        return "utf-8";
    size_t sound;
    size_t broken;
    count_sequences(bytes, length, &sound, &broken);
    if (broken == 0 || (text_equal(declared, "utf-8") && sound > 4 * broken))
        return "utf-8";
    return declared == NULL || wide || strcmp(declared, "utf-8") == 0 ? "windows-1251" : declared;
}

/* One bad byte costs one U+FFFD, never the rest of the text. */
static void convert(iconv_t converter, char *from, size_t left, struct buffer *out)
{
    char piece[4096];
    while (left > 0) {
        char *to = piece;
        size_t room = sizeof piece;
        size_t outcome = iconv(converter, &from, &left, &to, &room);
        buffer_add(out, piece, (size_t)(to - piece));
        if (outcome == (size_t)-1 && to == piece) {
            buffer_text(out, "\uFFFD");
            from++, left--;
        }
    }
}

static char *mend_utf8(struct pool *pool, const char *bytes, size_t length)
{
    struct buffer mended = {0};
    for (size_t i = 0; i < length;) {
        unsigned char lead = (unsigned char)bytes[i];
        size_t size = lead < 0x80 ? 1 : lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
        bool sound = i + size <= length && text_is_utf8(bytes + i, size);
        if (sound)
            buffer_add(&mended, bytes + i, size);
        else
            buffer_text(&mended, lead == '\0' ? " " : "\uFFFD");
        i += sound ? size : 1;
    }
    char *copy = pool_copy_length(pool, mended.bytes == NULL ? "" : mended.bytes, mended.length);
    buffer_free(&mended);
    return copy;
}

char *charset_convert(struct pool *pool, const char *bytes, size_t length, const char *content_type, size_t *converted,
                      const char **name)
{
    *name = NULL;
    for (size_t i = 0; *name == NULL && i < sizeof marks / sizeof *marks; i++) {
        if (length >= marks[i].length && memcmp(bytes, marks[i].bytes, marks[i].length) == 0) {
            *name = marks[i].name;
            bytes += marks[i].length;
            length -= marks[i].length;
        }
    }
    if (*name == NULL)
        *name = decide(bytes, length, content_type);
    struct buffer out = {0};
    iconv_t converter = strcmp(*name, "utf-8") == 0 ? (iconv_t)-1 : iconv_open("utf-8", *name);
    if (converter != (iconv_t)-1) {
        convert(converter, (char *)(uintptr_t)bytes, length, &out); /* iconv does not write there; its type is old */
        iconv_close(converter);
        bytes = out.bytes == NULL ? "" : out.bytes;
        length = out.length;
    }
    char *text = mend_utf8(pool, bytes, length);
    *converted = strlen(text);
    buffer_free(&out);
    return text;
}

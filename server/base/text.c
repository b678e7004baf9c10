/* text.c: growing buffers, UTF-8, tidying and folding of names, hashes and random text. */
#include "veha/text.h"

#include "memory.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void buffer_reserve(struct buffer *buffer, size_t more)
{
    size_t needed = buffer->length + more + 1;
    if (needed <= buffer->capacity)
        return;
    size_t capacity = buffer->capacity == 0 ? 256 : buffer->capacity;
    while (capacity < needed)
        capacity *= 2;
    buffer->bytes = memory_resize(buffer->bytes, capacity);
    buffer->capacity = capacity;
}

void buffer_add(struct buffer *buffer, const char *bytes, size_t length)
{
    buffer_reserve(buffer, length);
    if (length > 0)
        memcpy(buffer->bytes + buffer->length, bytes, length);
    buffer->length += length;
    buffer->bytes[buffer->length] = '\0';
}

void buffer_text(struct buffer *buffer, const char *text)
{
    buffer_add(buffer, text, strlen(text));
}

void buffer_print(struct buffer *buffer, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length < 0)
        return;
    buffer_reserve(buffer, (size_t)length);
    va_start(arguments, format);
    vsnprintf(buffer->bytes + buffer->length, (size_t)length + 1, format, arguments);
    va_end(arguments);
    buffer->length += (size_t)length;
}

/* Copies runs of harmless bytes at once; escape answers what stands for a byte, or NULL for itself. */
static void add_escaped(struct buffer *buffer, const char *bytes, size_t length, const char *(*escape)(unsigned char))
{
    size_t start = 0;
    for (size_t i = 0; i < length; i++) {
        const char *instead = escape((unsigned char)bytes[i]);
        if (instead == NULL)
            continue;
        buffer_add(buffer, bytes + start, i - start);
        buffer_text(buffer, instead);
        start = i + 1;
    }
    buffer_add(buffer, bytes + start, length - start);
}

static const char *escape_html(unsigned char byte)
{
    static const char *const instead[128] = {
        ['&'] = "&amp;", ['<'] = "&lt;", ['>'] = "&gt;", ['"'] = "&quot;", ['\''] = "&#39;",
    };
    return byte < 128 ? instead[byte] : NULL;
}

static const char *escape_json(unsigned char byte)
{
    static const char *const control[32] = {
        "\\u0000", "\\u0001", "\\u0002", "\\u0003", "\\u0004", "\\u0005", "\\u0006", "\\u0007",
        "\\b",     "\\t",     "\\n",     "\\u000b", "\\f",     "\\r",     "\\u000e", "\\u000f",
        "\\u0010", "\\u0011", "\\u0012", "\\u0013", "\\u0014", "\\u0015", "\\u0016", "\\u0017",
        "\\u0018", "\\u0019", "\\u001a", "\\u001b", "\\u001c", "\\u001d", "\\u001e", "\\u001f",
    };
    if (byte < 32)
        return control[byte];
    return byte == '"' ? "\\\"" : byte == '\\' ? "\\\\" : NULL;
}

void buffer_html(struct buffer *buffer, const char *bytes, size_t length)
{
    add_escaped(buffer, bytes, length, escape_html);
}

void buffer_json(struct buffer *buffer, const char *bytes, size_t length)
{
    buffer_add(buffer, "\"", 1);
    add_escaped(buffer, bytes, length, escape_json);
    buffer_add(buffer, "\"", 1);
}

void buffer_clear(struct buffer *buffer)
{
    buffer->length = 0;
    if (buffer->bytes != NULL)
        buffer->bytes[0] = '\0';
}

void buffer_free(struct buffer *buffer)
{
    free(buffer->bytes);
    *buffer = (struct buffer){0};
}

/* Length of the well-formed sequence at bytes (RFC 3629, table 3-7 of Unicode), 0 where there is none; *point is its
 * value. */
static size_t sequence_length(const unsigned char *bytes, size_t length, uint32_t *point)
{
    unsigned char first = bytes[0];
    if (first < 0x80) {
        *point = first;
        return 1;
    }
    size_t size = first >= 0xC2 && first <= 0xDF   ? 2
                  : (first & 0xF0) == 0xE0         ? 3
                  : first >= 0xF0 && first <= 0xF4 ? 4
                                                   : 0;
    if (size == 0 || size > length)
        return 0;
    uint32_t value = first & (0x7Fu >> size);
    for (size_t i = 1; i < size; i++) {
        if ((bytes[i] & 0xC0) != 0x80)
            return 0;
        value = value << 6 | (bytes[i] & 0x3Fu);
    }
    bool overlong = (size == 3 && value < 0x800) || (size == 4 && value < 0x10000);
    if (overlong || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF))
        return 0;
    *point = value;
    return size;
}

bool text_is_utf8(const char *bytes, size_t length)
{
    const unsigned char *at = (const unsigned char *)bytes;
    const unsigned char *end = at + length;
    while (at < end) {
        uint32_t point;
        size_t size = sequence_length(at, (size_t)(end - at), &point);
        if (size == 0 || point == 0)
            return false;
        at += size;
    }
    return true;
}

size_t text_length(const char *text)
{
    size_t length = 0;
    for (; *text != '\0'; text++)
        length += ((unsigned char)*text & 0xC0) != 0x80;
    return length;
}

/* Takes the next code point off *text; a byte that begins no sequence counts as U+FFFD. */
static uint32_t next_point(const char **text)
{
    uint32_t point;
    size_t size = sequence_length((const unsigned char *)*text, strnlen(*text, 4), &point);
    *text += size == 0 ? 1 : size;
    return size == 0 ? 0xFFFD : point;
}

static void add_point(struct buffer *buffer, uint32_t point)
{
    char bytes[4];
    size_t length = 0;
    if (point < 0x80) {
        bytes[length++] = (char)point;
    } else if (point < 0x800) {
        bytes[length++] = (char)(0xC0 | point >> 6);
        bytes[length++] = (char)(0x80 | (point & 0x3F));
    } else if (point < 0x10000) {
        bytes[length++] = (char)(0xE0 | point >> 12);
        bytes[length++] = (char)(0x80 | (point >> 6 & 0x3F));
        bytes[length++] = (char)(0x80 | (point & 0x3F));
    } else {
        bytes[length++] = (char)(0xF0 | point >> 18);
        bytes[length++] = (char)(0x80 | (point >> 12 & 0x3F));
        bytes[length++] = (char)(0x80 | (point >> 6 & 0x3F));
        bytes[length++] = (char)(0x80 | (point & 0x3F));
    }
    buffer_add(buffer, bytes, length);
}

/* Hands a finished buffer over to the pool. */
static char *into_pool(struct pool *pool, struct buffer *buffer)
{
    char *text = pool_copy_length(pool, buffer->bytes, buffer->length);
    buffer_free(buffer);
    return text;
}

/* Unicode's White_Space, the control characters, the invisible ones that would let an empty name look filled in, and
 * those that would turn round what stands after a name. */
static bool is_blank(uint32_t point)
{
    static const struct {
        uint32_t first, last;
    } blanks[] = {{0x00, 0x20},     {0x7F, 0xA0},     {0x061C, 0x061C}, {0x115F, 0x1160},
                  {0x1680, 0x1680}, {0x180E, 0x180E}, {0x2000, 0x200B}, {0x200E, 0x200F},
                  {0x2028, 0x202F}, {0x205F, 0x2064}, {0x2066, 0x2069}, {0x2800, 0x2800},
                  {0x3000, 0x3000}, {0x3164, 0x3164}, {0xFEFF, 0xFEFF}, {0xFFA0, 0xFFA0}};

    for (size_t i = 0; i < sizeof blanks / sizeof *blanks && blanks[i].first <= point; i++)
        if (point <= blanks[i].last)
            return true;
    return false;
}

char *text_tidy(struct pool *pool, const char *text)
{
    struct buffer tidy = {0};
    bool parted = false;
    while (*text != '\0') {
        uint32_t point = next_point(&text);
        if (is_blank(point)) {
            parted = tidy.length > 0;
            continue;
        }
        if (parted)
            buffer_add(&tidy, " ", 1);
        parted = false;
        add_point(&tidy, point);
    }
    return into_pool(pool, &tidy);
}

static uint32_t lower(uint32_t point)
{
    if (point == 0x0401 || point == 0x0451)
        return 0x0435; /* ё is written е as often as not */
    if ((point >= 'A' && point <= 'Z') || (point >= 0xC0 && point <= 0xDE && point != 0xD7))
        return point + 0x20;
    if (point >= 0x0410 && point <= 0x042F)
        return point + 0x20;
    if (point >= 0x0400 && point <= 0x040F)
        return point + 0x50;
    bool paired = (point >= 0x0100 && point <= 0x0137) || (point >= 0x014A && point <= 0x0177) ||
                  (point >= 0x0460 && point <= 0x0481) || (point >= 0x048A && point <= 0x04BF) ||
                  (point >= 0x04D0 && point <= 0x052F);
    return paired ? point | 1 : point;
}

char *text_fold(struct pool *pool, const char *text)
{
    struct buffer folded = {0};
    uint32_t held = 0; /* one point waits, because a combining mark may follow it (text typed on a Mac is decomposed) */
    while (*text != '\0') {
        uint32_t point = lower(next_point(&text));
        if (point == 0x0306 && held == 0x0438) {
            held = 0x0439; /* и + breve = й */
            continue;
        }
        if (point == 0x0308 && held == 0x0435)
            continue; /* е + diaeresis = ё, folded to е */
        if (held != 0)
            add_point(&folded, held);
        held = point;
    }
    if (held != 0)
        add_point(&folded, held);
    return into_pool(pool, &folded);
}

bool text_equal(const char *one, const char *two)
{
    if (one == NULL || two == NULL)
        return one == two;
    return strcmp(one, two) == 0;
}

bool text_starts(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool text_is_digits(const char *text)
{
    return *text != '\0' && text[strspn(text, "0123456789")] == '\0';
}

char *text_from_cp1251(struct pool *pool, const char *bytes, size_t length)
{
    /* 0x80–0xBF; what follows is А–я in one run. */
    static const uint16_t upper[64] = {
        0x0402, 0x0403, 0x201A, 0x0453, 0x201E, 0x2026, 0x2020, 0x2021, 0x20AC, 0x2030, 0x0409, 0x2039, 0x040A,
        0x040C, 0x040B, 0x040F, 0x0452, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0xFFFD, 0x2122,
        0x0459, 0x203A, 0x045A, 0x045C, 0x045B, 0x045F, 0x00A0, 0x040E, 0x045E, 0x0408, 0x00A4, 0x0490, 0x00A6,
        0x00A7, 0x0401, 0x00A9, 0x0404, 0x00AB, 0x00AC, 0x00AD, 0x00AE, 0x0407, 0x00B0, 0x00B1, 0x0406, 0x0456,
        0x0491, 0x00B5, 0x00B6, 0x00B7, 0x0451, 0x2116, 0x0454, 0x00BB, 0x0458, 0x0405, 0x0455, 0x0457,
    };
    struct buffer text = {0};
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)bytes[i];
        add_point(&text, byte < 0x80 ? byte : byte < 0xC0 ? upper[byte - 0x80] : 0x0410u + (byte - 0xC0u));
    }
    return into_pool(pool, &text);
}

void text_hash(const void *bytes, size_t length, char hash[33])
{
    unsigned char digest[crypto_generichash_BYTES_MIN];
    _Static_assert(sizeof digest == 16, "BLAKE2b-128");
    crypto_generichash(digest, sizeof digest, bytes, length, NULL, 0);
    sodium_bin2hex(hash, 33, digest, sizeof digest);
}

char *text_random(struct pool *pool, size_t size)
{
    unsigned char *bytes = pool_alloc(pool, size);
    randombytes_buf(bytes, size);
    size_t length = sodium_base64_encoded_len(size, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    char *text = pool_alloc(pool, length);
    sodium_bin2base64(text, length, bytes, size, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    return text;
}

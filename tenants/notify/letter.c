/* letter.c: writes the header fields and the body of a message. */
#include "letter.h"

#include "veha/text.h"

#include <ctype.h>
#include <idn2.h>
#include <sodium.h>
#include <string.h>
#include <time.h>

enum {
    ADDRESS_LONGEST = 254,
    LOCAL_LONGEST = 64,
    LINE_LONGEST = 76,      /* of encoded text (RFC 2045, RFC 2047) */
    WORD_AROUND = 12,       /* "=?UTF-8?B?" and "?=" */
    BASE64_LINE_BYTES = 57, /* 76 characters */
};

/* ---- addresses ---- */

static const char atom[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-/=?^_`{|}~";
static const char host[] = "abcdefghijklmnopqrstuvwxyz0123456789-";

/* Runs of these letters, parted by single dots. */
static bool is_dotted(const char *text, size_t length, const char *letters)
{
    for (size_t at = 0;; at++) {
        size_t run = strspn(text + at, letters);
        if (run == 0 || at + run > length)
            return false;
        at += run;
        if (at == length)
            return true;
        if (text[at] != '.')
            return false;
    }
}

static void release_domain(void *domain)
{
    idn2_free(domain);
}

/* Before its mapping, which drops some of what is none of a domain's. */
static bool is_domain(const char *text)
{
    for (const char *at = text; *at != '\0'; at++)
        if ((unsigned char)*at < 0x80 && *at != '.' && strchr(host, tolower((unsigned char)*at)) == NULL)
            return false;
    return true;
}

static const char *ascii_domain(struct pool *pool, const char *domain)
{
    char *ascii = NULL;
    if (!is_domain(domain) ||
        idn2_to_ascii_8z(domain, &ascii, IDN2_NONTRANSITIONAL | IDN2_USE_STD3_ASCII_RULES) != IDN2_OK)
        return NULL;
    return pool_adopt(pool, ascii, release_domain);
}

const char *letter_address(struct pool *pool, const char *text)
{
    const char *at = strchr(text, '@');
    size_t local = at == NULL ? 0 : (size_t)(at - text);
    if (local == 0 || local > LOCAL_LONGEST || !is_dotted(text, local, atom))
        return NULL;
    const char *domain = ascii_domain(pool, at + 1);
    if (domain == NULL || !is_dotted(domain, strlen(domain), host) || local + 1 + strlen(domain) > ADDRESS_LONGEST)
        return NULL;
    return pool_print(pool, "%.*s@%s", (int)local, text, domain);
}

const char *letter_sender(struct pool *pool, const char *text, const char **name)
{
    const char *open = strrchr(text, '<');
    *name = NULL;
    if (open == NULL)
        return letter_address(pool, text_tidy(pool, text));
    size_t length = strlen(open);
    while (length > 1 && open[length - 1] == ' ')
        length--;
    if (open[length - 1] != '>')
        return NULL;
    char *words = text_tidy(pool, pool_copy_length(pool, text, (size_t)(open - text)));
    size_t end = strlen(words);
    if (end >= 2 && words[0] == '"' && words[end - 1] == '"') {
        words[end - 1] = '\0';
        words++;
    }
    *name = words;
    return letter_address(pool, pool_copy_length(pool, open + 1, length - 2));
}

/* ---- header fields ---- */

static const char *base64_of(struct pool *pool, const char *bytes, size_t length)
{
    size_t room = sodium_base64_ENCODED_LEN(length, sodium_base64_VARIANT_ORIGINAL);
    return sodium_bin2base64(pool_alloc(pool, room), room, (const unsigned char *)bytes, length,
                             sodium_base64_VARIANT_ORIGINAL);
}

/* May stand in a field as it is: printable ASCII that nobody takes for an encoded word, and short enough for its line.
 */
static bool is_plain(const char *text, size_t before)
{
    for (const char *at = text; *at != '\0'; at++)
        if ((unsigned char)*at < 0x20 || (unsigned char)*at > 0x7e)
            return false;
    return strstr(text, "=?") == NULL && before + strlen(text) <= LINE_LONGEST;
}

/* How many bytes of text go into an encoded word behind `before` characters: whole characters (RFC 2047, 5); 0: none
 * fits. */
static size_t word_length(const char *text, size_t before)
{
    size_t room = before + WORD_AROUND > LINE_LONGEST ? 0 : (LINE_LONGEST - before - WORD_AROUND) / 4 * 3;
    size_t length = strlen(text);
    if (length <= room)
        return length;
    length = room;
    while (length > 0 && ((unsigned char)text[length] & 0xc0) == 0x80)
        length--;
    return length;
}

/* Encoded words, the first of which stands behind `before` characters. */
static void add_words(struct pool *pool, struct buffer *out, const char *text, size_t before)
{
    while (*text != '\0') {
        size_t length = word_length(text, before);
        if (length > 0)
            buffer_print(out, "=?UTF-8?B?%s?=", base64_of(pool, text, length));
        text += length;
        if (*text != '\0')
            buffer_text(out, "\r\n ");
        before = 1;
    }
}

static void add_text_field(struct pool *pool, struct buffer *out, const char *name, const char *text)
{
    const char *tidy = text_tidy(pool, text);
    size_t before = strlen(name) + 2;
    buffer_print(out, "%s: ", name);
    if (is_plain(tidy, before))
        buffer_text(out, tidy);
    else
        add_words(pool, out, tidy, before);
    buffer_text(out, "\r\n");
}

/* A name is always encoded: what would need quotes needs no second way. */
static void add_address_field(struct pool *pool, struct buffer *out, const char *field, const char *name,
                              const char *address)
{
    const char *tidy = text_tidy(pool, name == NULL ? "" : name);
    buffer_print(out, "%s: ", field);
    if (*tidy != '\0') {
        add_words(pool, out, tidy, strlen(field) + 2);
        buffer_print(out, "\r\n <%s>\r\n", address);
    } else {
        buffer_print(out, "%s\r\n", address);
    }
}

/* RFC 5322, 3.3: never in the words of a locale. */
static void add_date(struct buffer *out, int64_t at)
{
    static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    time_t seconds = (time_t)at;
    struct tm moment;
    gmtime_r(&seconds, &moment);
    buffer_print(out, "Date: %s, %02d %s %04d %02d:%02d:%02d +0000\r\n", days[moment.tm_wday], moment.tm_mday,
                 months[moment.tm_mon], moment.tm_year + 1900, moment.tm_hour, moment.tm_min, moment.tm_sec);
}

/* ---- the body ---- */

/* As mail has it: every line end is CRLF, no control characters. */
static void add_lines(struct buffer *out, const char *text)
{
    for (const char *at = text; *at != '\0'; at++) {
        if (*at == '\n')
            buffer_text(out, "\r\n");
        else if ((unsigned char)*at >= 0x20 || *at == '\t')
            buffer_add(out, at, 1);
    }
}

static void add_base64(struct pool *pool, struct buffer *out, const struct buffer *body)
{
    for (size_t at = 0; at < body->length; at += BASE64_LINE_BYTES) {
        size_t left = body->length - at;
        buffer_print(out, "%s\r\n",
                     base64_of(pool, body->bytes + at, left < BASE64_LINE_BYTES ? left : (size_t)BASE64_LINE_BYTES));
    }
}

static bool is_line_end(const char *at)
{
    return at[0] == '\0' || (at[0] == '\r' && at[1] == '\n');
}

/* RFC 2045, 6.7: white space may not end a line, and no line is longer than 76. */
static void add_quoted_printable(struct buffer *out, const struct buffer *body)
{
    size_t column = 0;
    for (const char *at = body->bytes, *end = at + body->length; at < end; at++) {
        if (is_line_end(at)) {
            buffer_text(out, "\r\n");
            column = 0;
            at++;
            continue;
        }
        unsigned char byte = (unsigned char)*at;
        bool space = byte == ' ' || byte == '\t';
        bool plain = byte != '=' && byte <= 0x7e && (!space || !is_line_end(at + 1)) && (byte > 0x20 || space);
        if (column + (plain ? 1 : 3) > LINE_LONGEST - 1) {
            buffer_text(out, "=\r\n");
            column = 0;
        }
        buffer_print(out, plain ? "%c" : "=%02X", byte);
        column += plain ? 1 : 3;
    }
    if (column > 0)
        buffer_text(out, "\r\n");
}

/* Whichever is shorter: Latin text stays legible, Cyrillic does not grow threefold. */
static void add_body(struct pool *pool, struct buffer *out, const char *text)
{
    struct buffer body = {0}, quoted = {0}, packed = {0};
    add_lines(&body, text);
    add_quoted_printable(&quoted, &body);
    add_base64(pool, &packed, &body);
    bool legible = quoted.length <= packed.length;
    buffer_print(out, "Content-Transfer-Encoding: %s\r\n\r\n", legible ? "quoted-printable" : "base64");
    const struct buffer *chosen = legible ? &quoted : &packed;
    if (chosen->length > 0)
        buffer_add(out, chosen->bytes, chosen->length);
    buffer_free(&body);
    buffer_free(&quoted);
    buffer_free(&packed);
}

const char *letter_write(struct pool *pool, const struct letter *letter, size_t *length)
{
    struct buffer out = {0};
    add_date(&out, letter->at);
    add_address_field(pool, &out, "From", letter->from_name, letter->from);
    add_address_field(pool, &out, "To", letter->to_name, letter->to);
    add_text_field(pool, &out, "Subject", letter->subject);
    buffer_print(&out, "Message-ID: <%s@%s>\r\n", letter->message, strchr(letter->from, '@') + 1);
    buffer_text(&out, "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n");
    buffer_print(&out, "Content-Language: %s\r\nContent-Type: text/plain; charset=utf-8\r\n", letter->locale);
    add_body(pool, &out, letter->text);
    const char *bytes = pool_copy_length(pool, out.bytes, out.length);
    *length = out.length;
    buffer_free(&out);
    return bytes;
}

/* multipart.c: finds the parts of a form between their boundaries, and reads the heads of the parts. */
#include "multipart.h"

#include <string.h>
#include <strings.h>

static const char media[] = "multipart/form-data";

/* What is left to read. */
struct text {
    const char *at, *end;
};

static size_t left(const struct text *text)
{
    return (size_t)(text->end - text->at);
}

static bool take(struct text *text, const char *expected)
{
    size_t length = strlen(expected);

    if (left(text) < length || memcmp(text->at, expected, length) != 0)
        return false;
    text->at += length;
    return true;
}

static void skip_space(struct text *text)
{
    while (text->at < text->end && (*text->at == ' ' || *text->at == '\t'))
        text->at++;
}

static bool is_token(char c)
{
    return c > ' ' && c < 0x7f && strchr("()<>@,;:\\\"/[]?={}", c) == NULL;
}

static struct text take_token(struct text *text)
{
    struct text token = {text->at, text->at};

    while (token.end < text->end && is_token(*token.end))
        token.end++;
    text->at = token.end;
    return token;
}

static bool is_word(const struct text *text, const char *word)
{
    return left(text) == strlen(word) && strncasecmp(text->at, word, left(text)) == 0;
}

/* The end of a quoted string whose first quote was taken; a quote behind a backslash is none. */
static bool take_quoted(struct text *text, struct text *value)
{
    value->at = text->at;
    for (; text->at < text->end; text->at++) {
        if (text->at[0] == '\\' && left(text) > 1 && text->at[1] == '"')
            text->at++;
        else if (text->at[0] == '"')
            break;
    }
    value->end = text->at;
    return take(text, "\"");
}

/* One "; name=value" of a header field. */
static bool take_parameter(struct text *text, struct text *name, struct text *value)
{
    skip_space(text);
    if (!take(text, ";"))
        return false;
    skip_space(text);
    *name = take_token(text);
    if (left(name) == 0 || !take(text, "="))
        return false;
    if (take(text, "\""))
        return take_quoted(text, value);
    *value = take_token(text);
    return left(value) > 0;
}

static bool boundary_sound(const struct text *boundary)
{
    enum { LONGEST = 70 };
    static const char other[] = "'()+_,-./:=? ";

    for (const char *at = boundary->at; at < boundary->end; at++) {
        bool plain = (*at >= '0' && *at <= '9') || (*at >= 'A' && *at <= 'Z') || (*at >= 'a' && *at <= 'z');
        if (!plain && (*at == '\0' || strchr(other, *at) == NULL))
            return false;
    }
    return left(boundary) > 0 && left(boundary) <= LONGEST && boundary->end[-1] != ' ';
}

bool multipart_is(const char *content_type)
{
    struct text type = {content_type, content_type + strcspn(content_type, "; \t")};
    return is_word(&type, media);
}

/* The delimiter: a line's end, two hyphens and the boundary. */
static const char *delimiter_of(struct pool *pool, const char *content_type)
{
    struct text rest = {content_type + strlen(media), content_type + strlen(content_type)};
    struct text name, value, boundary = {NULL, NULL};

    while (left(&rest) > 0) {
        if (!take_parameter(&rest, &name, &value))
            return NULL;
        if (!is_word(&name, "boundary"))
            continue;
        if (boundary.at != NULL)
            return NULL;
        boundary = value;
    }
    if (boundary.at == NULL || !boundary_sound(&boundary))
        return NULL;
    return pool_print(pool, "\r\n--%.*s", (int)left(&boundary), boundary.at);
}

/* What browsers write for what would end a name. */
static const char *unescape(struct pool *pool, const struct text *text, size_t *length)
{
    static const struct {
        const char *written, *meant;
    } escapes[] = {{"%22", "\""}, {"%0D", "\r"}, {"%0A", "\n"}, {"\\\"", "\""}};
    char *out = pool_alloc(pool, left(text) + 1);
    struct text rest = *text;
    size_t used = 0;

    while (left(&rest) > 0) {
        size_t i = 0;
        while (i < sizeof escapes / sizeof *escapes && !take(&rest, escapes[i].written))
            i++;
        out[used++] = i < sizeof escapes / sizeof *escapes ? *escapes[i].meant : *rest.at++;
    }
    *length = used;
    return out;
}

/* form-data; name="..."; filename="...", each once. */
static bool read_disposition(struct pool *pool, struct text line, struct multipart_part *part)
{
    struct text word, value;

    skip_space(&line);
    word = take_token(&line);
    if (part->name != NULL || !is_word(&word, "form-data"))
        return false;
    while (left(&line) > 0) {
        if (!take_parameter(&line, &word, &value))
            return false;
        if (is_word(&word, "name") && part->name == NULL)
            part->name = unescape(pool, &value, &part->name_length);
        else if (is_word(&word, "filename") && part->file == NULL)
            part->file = unescape(pool, &value, &part->file_length);
        else
            return false;
    }
    return part->name != NULL;
}

static bool keeps_bytes(struct text encoding)
{
    skip_space(&encoding);
    return is_word(&encoding, "binary") || is_word(&encoding, "8bit") || is_word(&encoding, "7bit");
}

static bool read_line(struct pool *pool, struct text line, struct multipart_part *part)
{
    struct text name = take_token(&line);

    if (left(&name) == 0 || !take(&line, ":"))
        return false;
    for (const char *at = line.at; at < line.end; at++)
        if ((unsigned char)*at < ' ' && *at != '\t')
            return false;
    if (is_word(&name, "content-disposition"))
        return read_disposition(pool, line, part);
    return !is_word(&name, "content-transfer-encoding") || keeps_bytes(line);
}

/* The lines of a part's header, up to the empty one. */
static bool read_head(struct pool *pool, struct text *text, struct multipart_part *part)
{
    const char *last = left(text) > MULTIPART_HEAD_MAX ? text->at + MULTIPART_HEAD_MAX : text->end;

    while (!take(text, "\r\n")) {
        const char *end = memmem(text->at, (size_t)(last - text->at), "\r\n", 2);
        if (end == NULL || !read_line(pool, (struct text){text->at, end}, part))
            return false;
        text->at = end + 2;
    }
    return part->name != NULL;
}

static bool read_part(struct pool *pool, struct text *text, const char *delimiter, struct multipart_part *part)
{
    *part = (struct multipart_part){0};
    if (!read_head(pool, text, part))
        return false;
    const char *end = memmem(text->at, left(text), delimiter, strlen(delimiter));
    if (end == NULL)
        return false;
    part->value = text->at;
    part->value_length = (size_t)(end - text->at);
    text->at = end + strlen(delimiter);
    return true;
}

bool multipart_read(struct pool *pool, const char *content_type, const char *body, size_t length,
                    struct multipart *form)
{
    const char *delimiter = delimiter_of(pool, content_type);
    struct text text = {body, body + length};

    *form = (struct multipart){0};
    if (delimiter == NULL || !take(&text, delimiter + 2))
        return false;
    form->parts = pool_alloc(pool, MULTIPART_PARTS_MAX * sizeof *form->parts);
    while (!take(&text, "--")) {
        if (form->count == MULTIPART_PARTS_MAX || !take(&text, "\r\n") ||
            !read_part(pool, &text, delimiter, &form->parts[form->count++]))
            return false;
    }
    return left(&text) == 0 || (take(&text, "\r\n") && left(&text) == 0);
}

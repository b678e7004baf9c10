/* field.c: the kinds of value every program needs; the domain adds its own. */
#include "field.h"

#include "veha/text.h"

#include <ctype.h>
#include <curl/curl.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static bool whole_number(const char *text, int64_t least, int64_t most)
{
    if (!text_is_digits(text) || strlen(text) > 19)
        return false;
    errno = 0;
    unsigned long long number = strtoull(text, NULL, 10);
    return errno == 0 && number <= (unsigned long long)most && (int64_t)number >= least;
}

/* "007" and "7" are one id: SQL and idempotency hashes must see one spelling. */
static const char *without_zeros(struct pool *pool, const char *text)
{
    while (text[0] == '0' && text[1] != '\0')
        text++;
    return pool_copy(pool, text);
}

static const char *read_id(struct pool *pool, const char *text, const char **canonical)
{
    if (!whole_number(text, 1, INT64_MAX))
        return "not_an_id";
    *canonical = without_zeros(pool, text);
    return NULL;
}

static const char *read_version(struct pool *pool, const char *text, const char **canonical)
{
    if (!whole_number(text, 0, INT64_MAX))
        return "not_a_version";
    *canonical = without_zeros(pool, text);
    return NULL;
}

static const char *read_limit(struct pool *pool, const char *text, const char **canonical)
{
    if (!whole_number(text, 1, 200))
        return "limit_out_of_range";
    *canonical = without_zeros(pool, text);
    return NULL;
}

static const char *read_format(struct pool *pool, const char *text, const char **canonical)
{
    *canonical = text_tidy(pool, text);
    return text_equal(*canonical, "csv") || text_equal(*canonical, "xlsx") ? NULL : "format_unknown";
}

static const char *read_text(struct pool *pool, const char *text, const char **canonical)
{
    *canonical = text_tidy(pool, text);
    return **canonical == '\0' ? "required" : NULL;
}

/* U+202A to U+202E and U+2066 to U+2069 turn round what stands after them, up to the end of the paragraph. */
static bool turns_text(const unsigned char *at)
{
    if (at[0] != 0xE2)
        return false;
    return (at[1] == 0x80 && at[2] >= 0xAA && at[2] <= 0xAE) || (at[1] == 0x81 && at[2] >= 0xA6 && at[2] <= 0xA9);
}

/* U+00A0, which pages put into what they show. */
static bool is_hard_space(const unsigned char *at)
{
    return at[0] == 0xC2 && at[1] == 0xA0;
}

/* Control characters other than line ends and tabs are dropped; line ends become \n, and a hard space a plain one;
 * nothing but space is no prose. */
static const char *read_prose(struct pool *pool, const char *text, const char **canonical)
{
    char *out = pool_alloc(pool, strlen(text) + 1);
    size_t length = 0;

    for (const unsigned char *in = (const unsigned char *)text; *in != '\0'; in++) {
        if (*in == '\r' && in[1] == '\n')
            continue;
        if (turns_text(in)) {
            in += 2;
        } else if (is_hard_space(in)) {
            in++;
            out[length++] = ' ';
        } else if (*in == '\r') {
            out[length++] = '\n';
        } else if (*in == '\n' || *in == '\t' || (*in >= 0x20 && *in != 0x7f)) {
            out[length++] = (char)*in;
        }
    }
    while (length > 0 && isspace((unsigned char)out[length - 1]))
        length--;
    out[length] = '\0';
    *canonical = out;
    return *text_tidy(pool, out) == '\0' ? "required" : NULL;
}

static const char *read_flag(struct pool *pool, const char *text, const char **canonical)
{
    (void)pool;
    static const struct {
        const char *typed, *meant;
    } words[] = {{"true", "true"}, {"false", "false"}, {"on", "true"}, {"1", "true"}, {"0", "false"}};

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (text_equal(text, words[i].typed)) {
            *canonical = words[i].meant;
            return NULL;
        }
    return "not_a_flag";
}

static const char *read_cursor(struct pool *pool, const char *text, const char **canonical)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    if (text[strspn(text, allowed)] != '\0')
        return "not_a_cursor";
    *canonical = pool_copy(pool, text);
    return NULL;
}

static const char *read_date(struct pool *pool, const char *text, const char **canonical)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    if (strlen(text) != 10 || text[4] != '-' || text[7] != '-')
        return "not_a_date";
    for (size_t i = 0; i < 10; i++)
        if (i != 4 && i != 7 && !isdigit((unsigned char)text[i]))
            return "not_a_date";

    int year = atoi(text), month = atoi(text + 5), day = atoi(text + 8);
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    if (year < 1900 || month < 1 || month > 12 || day < 1 || day > days[month - 1] + (leap && month == 2))
        return "not_a_date";
    *canonical = pool_copy(pool, text);
    return NULL;
}

static const char *read_secret(struct pool *pool, const char *text, const char **canonical)
{
    *canonical = pool_copy(pool, text);
    return NULL;
}

static const char *url_part(CURLU *url, CURLUPart part, struct pool *pool)
{
    char *text = NULL;
    if (curl_url_get(url, part, &text, 0) != CURLUE_OK)
        return NULL;
    const char *copy = pool_copy(pool, text);
    curl_free(text);
    return copy;
}

static void release_url(void *url)
{
    curl_url_cleanup(url);
}

static const char *read_url(struct pool *pool, const char *text, const char **canonical)
{
    CURLU *url = pool_adopt(pool, curl_url(), release_url);
    const char *tidy = text_tidy(pool, text);

    if (strpbrk(tidy, " \\") != NULL || curl_url_set(url, CURLUPART_URL, tidy, 0) != CURLUE_OK)
        return "not_a_url";
    const char *scheme = url_part(url, CURLUPART_SCHEME, pool);
    if (!text_equal(scheme, "http") && !text_equal(scheme, "https"))
        return "url_scheme";
    if (url_part(url, CURLUPART_USER, pool) != NULL || url_part(url, CURLUPART_PASSWORD, pool) != NULL)
        return "url_credentials";
    *canonical = url_part(url, CURLUPART_URL, pool);
    return *canonical == NULL ? "not_a_url" : NULL;
}

const struct field_type field_id = {
    "id", "{\"type\":\"integer\",\"minimum\":1,\"maximum\":9223372036854775807,\"format\":\"int64\"}", read_id};
const struct field_type field_text = {"text", "{\"type\":\"string\",\"minLength\":1,\"maxLength\":200}", read_text};
const struct field_type field_prose = {"prose", "{\"type\":\"string\",\"minLength\":1,\"maxLength\":4000}", read_prose};
const struct field_type field_flag_ = {"flag", "{\"type\":\"boolean\"}", read_flag};
const struct field_type field_version = {
    "version", "{\"type\":\"integer\",\"minimum\":0,\"maximum\":9223372036854775807,\"format\":\"int64\"}",
    read_version};
const struct field_type field_cursor = {
    "cursor", "{\"type\":\"string\",\"pattern\":\"^[A-Za-z0-9_-]+$\",\"maxLength\":400}", read_cursor};
const struct field_type field_format = {"format", "{\"type\":\"string\",\"enum\":[\"csv\",\"xlsx\"]}", read_format};
const struct field_type field_limit = {"limit", "{\"type\":\"integer\",\"minimum\":1,\"maximum\":200}", read_limit};
const struct field_type field_date = {"date", "{\"type\":\"string\",\"format\":\"date\",\"maxLength\":10}", read_date};
const struct field_type field_secret = {
    "secret", "{\"type\":\"string\",\"format\":\"password\",\"minLength\":1,\"maxLength\":1000}", read_secret};
const struct field_type field_url = {"url", "{\"type\":\"string\",\"format\":\"uri\",\"maxLength\":2000}", read_url};

/* A file is read by args.c: as text it is of the wrong type. */
static const char *read_upload(struct pool *pool, const char *text, const char **canonical)
{
    (void)pool;
    (void)text;
    (void)canonical;
    return "wrong_type";
}

const struct field_type field_upload = {
    "upload", "{\"type\":\"string\",\"contentMediaType\":\"application/octet-stream\"}", read_upload};

/* The text after "NAME": in a schema, or NULL: schemas are our own constants, written without inner objects of that
 * name. */
static const char *schema_member(const char *schema, const char *quoted)
{
    const char *found = strstr(schema, quoted);
    if (found == NULL)
        return NULL;
    found += strlen(quoted);
    return found + strspn(found, " :");
}

enum field_kind field_kind(const struct field_type *type)
{
    static const struct {
        const char *word;
        enum field_kind kind;
    } kinds[] = {{"\"integer\"", FIELD_INTEGER},
                 {"\"number\"", FIELD_NUMBER},
                 {"\"boolean\"", FIELD_BOOLEAN},
                 {"\"object\"", FIELD_OBJECT},
                 {"\"string\"", FIELD_STRING}};
    const char *word = schema_member(type->schema, "\"type\"");

    for (size_t i = 0; word != NULL && i < sizeof kinds / sizeof *kinds; i++)
        if (text_starts(word, kinds[i].word))
            return kinds[i].kind;
    return FIELD_STRING;
}

size_t field_longest(const struct field *field)
{
    enum { USUAL = 200 };
    const char *most = schema_member(field->type->schema, "\"maxLength\"");

    if (field->longest != 0)
        return field->longest;
    return most != NULL ? strtoul(most, NULL, 10) : USUAL;
}

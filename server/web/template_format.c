/* template_format.c is the table of formatters: what {{@name ...}} can say beyond the values themselves. */
#include "template_part.h"

#include <string.h>

static const char *string_of(struct render *render, const struct argument *argument)
{
    return json_string_value(render_value(render, &argument->path));
}

/* {name@context}: a code in words. */
static void write_code_place(struct render *render, const char *place, size_t name, size_t length, struct buffer *out)
{
    struct pool *pool = pool_new();
    const char *code = json_string_value(render_value_named(render, place, name));
    if (code)
        template_code_words(render, pool_copy_length(pool, place + name + 1, length - name - 1), code, out);
    pool_free(pool);
}

/* {name}, {name@context}, or {name:formatter}, the formatter being one of a single name. */
static void write_place(struct render *render, const char *place, size_t length, struct buffer *out)
{
    const char *at = memchr(place, '@', length);
    if (at) {
        write_code_place(render, place, (size_t)(at - place), length, out);
        return;
    }
    const char *colon = memchr(place, ':', length);
    size_t name = colon ? (size_t)(colon - place) : length;
    const json_t *value = render_value_named(render, place, name);
    if (!colon) {
        template_plain(value, out);
        return;
    }
    const struct formatter *formatter = template_formatter(colon + 1, length - name - 1);
    if (!formatter || strcmp(formatter->signature, "n") != 0)
        return;
    struct pool *pool = pool_new();
    struct argument argument = {0};
    if (template_path(pool, place, name, &argument.path))
        formatter->write(render, &argument, out);
    pool_free(pool);
}

static void write_sentence(struct render *render, const char *sentence, struct buffer *out)
{
    for (const char *open; (open = strchr(sentence, '{')) != NULL;) {
        const char *close = strchr(open, '}');
        if (!close)
            break;
        buffer_add(out, sentence, (size_t)(open - sentence));
        write_place(render, open + 1, (size_t)(close - open) - 1, out);
        sentence = close + 1;
    }
    buffer_text(out, sentence);
}

/* What is no code of the catalogue came from people: its braces are no places. */
void template_code_words(struct render *render, const char *context, const char *code, struct buffer *out)
{
    const char *words = locale_code(render_locale(render), context, code);
    if (words)
        write_sentence(render, words, out);
    else
        buffer_text(out, code);
}

static void write_t(struct render *render, const struct argument *arguments, struct buffer *out)
{
    write_sentence(render, locale_text(render_locale(render), arguments[0].text), out);
}

static void write_code(struct render *render, const struct argument *arguments, struct buffer *out)
{
    const char *code = string_of(render, &arguments[1]);
    if (code)
        template_code_words(render, arguments[0].text, code, out);
}

/* The number's place is %d: gettext's tools then check that no translation loses it. */
static void write_count(struct render *render, const struct argument *arguments, struct buffer *out)
{
    const json_t *value = render_value(render, &arguments[0].path);
    const char *bar = strchr(arguments[1].text, '|');
    if (!json_is_integer(value) || !bar)
        return;
    struct pool *pool = pool_new();
    const char *one = pool_copy_length(pool, arguments[1].text, (size_t)(bar - arguments[1].text));
    json_int_t number = json_integer_value(value);
    const char *sentence = locale_plural(render_locale(render), one, bar + 1, number);
    const char *place = strstr(sentence, "%d");
    if (place) {
        buffer_add(out, sentence, (size_t)(place - sentence));
        locale_number(render_locale(render), (double)number, 0, out);
        sentence = place + 2;
    }
    write_sentence(render, sentence, out);
    pool_free(pool);
}

static void write_date(struct render *render, const struct argument *arguments, struct buffer *out)
{
    const char *date = string_of(render, &arguments[0]);
    if (date)
        locale_date(render_locale(render), date, out);
}

static void write_moment(struct render *render, const struct argument *arguments, struct buffer *out)
{
    const char *moment = string_of(render, &arguments[0]);
    if (moment)
        locale_moment(render_locale(render), moment, out);
}

static void write_number(struct render *render, const struct argument *arguments, struct buffer *out)
{
    const json_t *value = render_value(render, &arguments[0].path);
    if (json_is_integer(value))
        locale_number(render_locale(render), (double)json_integer_value(value), 0, out);
    else if (json_is_real(value))
        locale_number(render_locale(render), json_real_value(value), 1, out);
}

/* How far something went: with its sign, a minus as people print it. */
static void write_shift(struct render *render, const struct argument *arguments, struct buffer *out)
{
    const json_t *value = render_value(render, &arguments[0].path);
    if (!json_is_integer(value))
        return;
    json_int_t shift = json_integer_value(value);
    buffer_text(out, shift > 0 ? "+" : shift < 0 ? "−" : "");
    locale_number(render_locale(render), (double)(shift < 0 ? -shift : shift), 0, out);
}

static void write_percent(struct render *render, const struct argument *arguments, struct buffer *out)
{
    const json_t *value = render_value(render, &arguments[0].path);
    if (json_is_number(value))
        locale_percent(render_locale(render), json_number_value(value), out);
}

/* So many bytes, as people count files: in kilobytes, and from one on in megabytes. */
static void write_size(struct render *render, const struct argument *arguments, struct buffer *out)
{
    static const struct {
        double bytes;
        const char *code;
    } sizes[] = {{1024, "kilobyte"}, {1024 * 1024, "megabyte"}};
    const json_t *value = render_value(render, &arguments[0].path);
    if (!json_is_integer(value))
        return;
    double bytes = (double)json_integer_value(value);
    size_t size = bytes >= sizes[1].bytes;
    double number = bytes / sizes[size].bytes;
    bool tenths = size == 1 && number < 9.95;
    locale_number(render_locale(render), number < 1 ? 1 : number, tenths, out);
    buffer_text(out, "\u00a0");
    template_code_words(render, "size", sizes[size].code, out);
}

static void write_asset(struct render *render, const struct argument *arguments, struct buffer *out)
{
    const json_t *asset = json_object_get(render_assets(render), arguments[0].text);
    const char *file = json_string_value(json_object_get(asset, "file"));
    buffer_text(out, "/assets/");
    buffer_text(out, file ? file : arguments[0].text);
}

/* Numbers and flags are compared by the text they would show. */
static void write_if_equal(struct render *render, const json_t *value, const char *wanted, const char *text,
                           struct buffer *out)
{
    struct buffer plain = {0};
    template_plain(value, &plain);
    if (plain.length > 0 && strcmp(plain.bytes, wanted) == 0)
        write_sentence(render, text, out);
    buffer_free(&plain);
}

static void write_when(struct render *render, const struct argument *arguments, struct buffer *out)
{
    write_if_equal(render, render_value(render, &arguments[0].path), arguments[1].text, arguments[2].text, out);
}

static void write_same(struct render *render, const struct argument *arguments, struct buffer *out)
{
    struct buffer wanted = {0};
    template_plain(render_value(render, &arguments[1].path), &wanted);
    if (wanted.length > 0)
        write_if_equal(render, render_value(render, &arguments[0].path), wanted.bytes, arguments[2].text, out);
    buffer_free(&wanted);
}

static void write_url(struct render *render, const struct argument *arguments, struct buffer *out)
{
    static const char kept[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    struct buffer plain = {0};
    template_plain(render_value(render, &arguments[0].path), &plain);
    for (size_t i = 0; i < plain.length; i++) {
        char c = plain.bytes[i];
        if (c && strchr(kept, c))
            buffer_add(out, &c, 1);
        else
            buffer_print(out, "%%%02X", (unsigned char)c);
    }
    buffer_free(&plain);
}

/* Addresses come from strangers: nothing but the web may stand in a link. */
static void write_link(struct render *render, const struct argument *arguments, struct buffer *out)
{
    const char *url = string_of(render, &arguments[0]);
    if (url && (text_starts(url, "https://") || text_starts(url, "http://")))
        buffer_text(out, url);
}

static const struct formatter formatters[] = {
    {"t", "t", write_t},
    {"code", "wn", write_code},
    {"count", "nt", write_count},
    {"date", "n", write_date},
    {"moment", "n", write_moment},
    {"number", "n", write_number},
    {"percent", "n", write_percent},
    {"shift", "n", write_shift},
    {"size", "n", write_size},
    {"asset", "w", write_asset},
    {"when", "nwt", write_when},
    {"same", "nnt", write_same},
    {"url", "n", write_url},
    {"link", "n", write_link},
};

const struct formatter *template_formatter(const char *name, size_t length)
{
    for (size_t i = 0; i < sizeof formatters / sizeof *formatters; i++)
        if (strlen(formatters[i].name) == length && memcmp(formatters[i].name, name, length) == 0)
            return &formatters[i];
    return NULL;
}

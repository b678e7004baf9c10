/* template_compile.c turns the text of one template into its flat array of nodes, or into a mistake with its line. */
#include "template_part.h"

#include <stdlib.h>
#include <string.h>

struct tag {
    char kind;        /* the sigil; 'v' for a plain name, '{' for a triple one */
    const char *body; /* trimmed, without the sigil */
    size_t length;
    size_t start, end; /* of the whole tag in the text */
};

struct compiler {
    struct pool *pool;
    const char *text;
    size_t length;
    size_t at;      /* everything before is compiled */
    size_t counted; /* line is the line of this place */
    unsigned line;
    const char *open, *close; /* delimiters, not NUL-terminated */
    size_t open_length, close_length;
    const char *const *unescaped;
    struct node *nodes;
    size_t count, capacity;
    size_t sections[SECTIONS_MOST];
    size_t section_count;
    struct mistake *mistake;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool is_space(char c)
{
    return is_blank(c) || c == '\r' || c == '\n';
}

static bool refuse(struct compiler *compiler, unsigned line, const char *reason)
{
    *compiler->mistake = (struct mistake){line, reason};
    return false;
}

static struct node *add_node(struct compiler *compiler, enum node_kind kind)
{
    if (compiler->count == compiler->capacity) {
        compiler->capacity = compiler->capacity ? compiler->capacity * 2 : 64;
        compiler->nodes = realloc(compiler->nodes, compiler->capacity * sizeof *compiler->nodes);
        if (!compiler->nodes)
            abort();
    }
    struct node *node = &compiler->nodes[compiler->count++];
    *node = (struct node){.kind = kind, .line = compiler->line};
    return node;
}

static void add_text(struct compiler *compiler, size_t from, size_t to)
{
    if (from >= to)
        return;
    struct node *node = add_node(compiler, NODE_TEXT);
    node->text = compiler->text + from;
    node->length = to - from;
}

static void trim(const char **text, size_t *length)
{
    while (*length && is_space(**text))
        (*text)++, (*length)--;
    while (*length && is_space((*text)[*length - 1]))
        (*length)--;
}

bool template_path(struct pool *pool, const char *text, size_t length, struct path *path)
{
    *path = (struct path){0};
    if (length == 1 && *text == '.')
        return true;
    size_t count = 1;
    for (size_t i = 0; i < length; i++) {
        if (is_space(text[i]) || text[i] == '\0')
            return false;
        count += text[i] == '.';
    }
    const char **parts = pool_alloc(pool, count * sizeof *parts);
    for (size_t i = 0; i < count; i++) {
        const char *dot = memchr(text, '.', length);
        size_t part = dot ? (size_t)(dot - text) : length;
        if (part == 0)
            return false;
        parts[i] = pool_copy_length(pool, text, part);
        text += part + 1;
        length -= dot ? part + 1 : part;
    }
    *path = (struct path){parts, count};
    return true;
}

/* Where the closing delimiter stands; a lead ('}' or '=') must come right before it. NULL: nowhere. */
static const char *find_close(const struct compiler *compiler, const char *body, char lead)
{
    const char *from = body;
    const char *end = compiler->text + compiler->length;
    while (from < end) {
        const char *close = memmem(from, (size_t)(end - from), compiler->close, compiler->close_length);
        if (!close || !lead || (close > body && close[-1] == lead))
            return close;
        from = close + 1;
    }
    return NULL;
}

/* A sentence may end in a place: the tag {{@t Hello {name}}} closes with its last two braces. */
static const char *skip_place(const struct compiler *compiler, const char *close)
{
    const char *end = compiler->text + compiler->length - compiler->close_length;
    while (close < end && memcmp(close + 1, compiler->close, compiler->close_length) == 0)
        close++;
    return close;
}

static bool read_tag(struct compiler *compiler, const char *start, struct tag *tag)
{
    const char *body = start + compiler->open_length;
    const char *end = compiler->text + compiler->length;
    char sigil = body < end && *body && strchr("#^/>!=&@{", *body) ? *body : 'v';
    char lead = sigil == '{' ? '}' : sigil == '=' ? '=' : '\0';
    body += sigil != 'v';
    const char *close = find_close(compiler, body, lead);
    if (!close)
        return refuse(compiler, compiler->line, "the tag is never closed");
    if (sigil == '@')
        close = skip_place(compiler, close);
    *tag = (struct tag){.kind = sigil, .body = body, .length = (size_t)(close - body) - (lead != '\0')};
    tag->start = (size_t)(start - compiler->text);
    tag->end = (size_t)(close - compiler->text) + compiler->close_length;
    trim(&tag->body, &tag->length);
    return true;
}

/* A tag that shows nothing and stands alone in its line takes the line with it. */
static bool is_alone(const struct compiler *compiler, const struct tag *tag, size_t *line_start, size_t *line_end)
{
    if (!strchr("#^/>!=", tag->kind))
        return false;
    size_t from = tag->start, to = tag->end;
    while (from > compiler->at && is_blank(compiler->text[from - 1]))
        from--;
    if (from > 0 && compiler->text[from - 1] != '\n')
        return false;
    while (to < compiler->length && is_blank(compiler->text[to]))
        to++;
    if (to + 1 < compiler->length && compiler->text[to] == '\r' && compiler->text[to + 1] == '\n')
        to++;
    if (to < compiler->length && compiler->text[to] != '\n')
        return false;
    *line_start = from;
    *line_end = to < compiler->length ? to + 1 : to;
    return true;
}

static bool add_value(struct compiler *compiler, const struct tag *tag)
{
    struct path path;
    if (!template_path(compiler->pool, tag->body, tag->length, &path))
        return refuse(compiler, compiler->line, "this is not a name");
    struct node *node = add_node(compiler, tag->kind == 'v' ? NODE_VALUE : NODE_RAW);
    node->path = path;
    if (tag->kind == 'v' || !compiler->unescaped)
        return true;
    for (const char *const *name = compiler->unescaped; *name; name++)
        if (strlen(*name) == tag->length && memcmp(*name, tag->body, tag->length) == 0)
            return true;
    return refuse(compiler, compiler->line, "this name may not be shown unescaped");
}

static bool open_section(struct compiler *compiler, const struct tag *tag)
{
    if (compiler->section_count == SECTIONS_MOST)
        return refuse(compiler, compiler->line, "too many sections within each other");
    struct path path;
    if (!template_path(compiler->pool, tag->body, tag->length, &path))
        return refuse(compiler, compiler->line, "this is not a name");
    compiler->sections[compiler->section_count++] = compiler->count;
    struct node *node = add_node(compiler, tag->kind == '#' ? NODE_SECTION : NODE_INVERTED);
    node->path = path;
    node->text = tag->body;
    node->length = tag->length;
    return true;
}

static bool close_section(struct compiler *compiler, const struct tag *tag)
{
    if (compiler->section_count == 0)
        return refuse(compiler, compiler->line, "this closes a section that was never opened");
    struct node *node = &compiler->nodes[compiler->sections[--compiler->section_count]];
    if (node->length != tag->length || memcmp(node->text, tag->body, tag->length) != 0)
        return refuse(compiler, compiler->line, "this closes another section than the one opened last");
    node->next = compiler->count;
    return true;
}

static bool add_partial(struct compiler *compiler, const struct tag *tag, const char *indent, size_t indent_length)
{
    if (tag->length == 0)
        return refuse(compiler, compiler->line, "the partial has no name");
    struct node *node = add_node(compiler, NODE_PARTIAL);
    node->text = pool_copy_length(compiler->pool, tag->body, tag->length);
    node->length = tag->length;
    node->indent = pool_copy_length(compiler->pool, indent, indent_length);
    return true;
}

static bool set_delimiters(struct compiler *compiler, const struct tag *tag)
{
    size_t open = 0, gap;
    while (open < tag->length && !is_space(tag->body[open]))
        open++;
    gap = open;
    while (gap < tag->length && is_space(tag->body[gap]))
        gap++;
    for (size_t i = gap; i < tag->length; i++)
        if (is_space(tag->body[i]) || tag->body[i] == '=')
            return refuse(compiler, compiler->line, "delimiters are two words without spaces and =");
    if (open == 0 || gap == tag->length || memchr(tag->body, '=', open))
        return refuse(compiler, compiler->line, "delimiters are two words without spaces and =");
    compiler->open = tag->body;
    compiler->open_length = open;
    compiler->close = tag->body + gap;
    compiler->close_length = tag->length - gap;
    return true;
}

/* Takes the next word off the front of *text. */
static size_t take_word(const char **text, size_t *length, const char **word)
{
    trim(text, length);
    size_t size = 0;
    while (size < *length && !is_space((*text)[size]))
        size++;
    *word = *text;
    *text += size;
    *length -= size;
    return size;
}

static bool read_argument(struct compiler *compiler, char kind, const char **text, size_t *length,
                          struct argument *argument)
{
    const char *word;
    size_t size;
    if (kind == 't') {
        trim(text, length);
        word = *text;
        size = *length;
        *length = 0;
    } else {
        size = take_word(text, length, &word);
    }
    if (size == 0)
        return false;
    argument->text = pool_copy_length(compiler->pool, word, size);
    return kind != 'n' || template_path(compiler->pool, word, size, &argument->path);
}

static bool add_format(struct compiler *compiler, const struct tag *tag)
{
    const char *text = tag->body, *name;
    size_t length = tag->length;
    size_t size = take_word(&text, &length, &name);
    const struct formatter *formatter = template_formatter(name, size);
    if (!formatter)
        return refuse(compiler, compiler->line, "there is no such formatter");
    struct argument *arguments = pool_alloc(compiler->pool, ARGUMENTS_MOST * sizeof *arguments);
    for (size_t i = 0; formatter->signature[i]; i++)
        if (!read_argument(compiler, formatter->signature[i], &text, &length, &arguments[i]))
            return refuse(compiler, compiler->line, "the formatter lacks an argument");
    trim(&text, &length);
    if (length > 0)
        return refuse(compiler, compiler->line, "the formatter takes fewer arguments");
    struct node *node = add_node(compiler, NODE_FORMAT);
    node->format = formatter;
    node->arguments = arguments;
    return true;
}

static bool add_tag(struct compiler *compiler, const struct tag *tag, const char *indent, size_t indent_length)
{
    switch (tag->kind) {
    case '#':
    case '^':
        return open_section(compiler, tag);
    case '/':
        return close_section(compiler, tag);
    case '>':
        return add_partial(compiler, tag, indent, indent_length);
    case '=':
        return set_delimiters(compiler, tag);
    case '@':
        return add_format(compiler, tag);
    case '!':
        return true;
    default:
        return add_value(compiler, tag);
    }
}

static void count_lines(struct compiler *compiler, size_t to)
{
    for (; compiler->counted < to; compiler->counted++)
        compiler->line += compiler->text[compiler->counted] == '\n';
}

static bool compile_all(struct compiler *compiler)
{
    while (compiler->at < compiler->length) {
        const char *start = memmem(compiler->text + compiler->at, compiler->length - compiler->at, compiler->open,
                                   compiler->open_length);
        if (!start)
            break;
        count_lines(compiler, (size_t)(start - compiler->text));
        struct tag tag;
        if (!read_tag(compiler, start, &tag))
            return false;
        size_t from = tag.start, to = tag.end;
        bool alone = is_alone(compiler, &tag, &from, &to);
        add_text(compiler, compiler->at, from);
        if (!add_tag(compiler, &tag, compiler->text + from, alone ? tag.start - from : 0))
            return false;
        compiler->at = to;
    }
    add_text(compiler, compiler->at, compiler->length);
    if (compiler->section_count > 0)
        return refuse(compiler, compiler->nodes[compiler->sections[compiler->section_count - 1]].line,
                      "the section is never closed");
    return true;
}

struct compiled *template_compile(struct pool *pool, const char *text, size_t length, const char *const *unescaped,
                                  struct mistake *mistake)
{
    *mistake = (struct mistake){0};
    struct compiler compiler = {
        .pool = pool,
        .text = pool_copy_length(pool, text, length),
        .length = length,
        .line = 1,
        .open = "{{",
        .open_length = 2,
        .close = "}}",
        .close_length = 2,
        .unescaped = unescaped,
        .mistake = mistake,
    };
    struct compiled *compiled = NULL;
    if (compile_all(&compiler)) {
        compiled = pool_alloc(pool, sizeof *compiled);
        compiled->count = compiler.count;
        compiled->nodes = pool_alloc(pool, (compiler.count + 1) * sizeof *compiled->nodes);
        if (compiler.count > 0)
            memcpy(compiled->nodes, compiler.nodes, compiler.count * sizeof *compiled->nodes);
    }
    free(compiler.nodes);
    return compiled;
}

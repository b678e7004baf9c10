/* template_render.c writes a compiled template with the values of one JSON document. */
#include "veha/template.h"

#include "template_part.h"

#include <string.h>

struct render {
    const json_t *stack[DEPTH_MOST + 1]; /* the context: names are looked for from the last to the first */
    size_t height;
    size_t nesting; /* sections and partials being rendered */
    size_t work;    /* nodes written and contexts searched so far */
    size_t start;   /* length of out when we began */
    const struct locale *locale;
    const json_t *assets;
    bool plain; /* nothing is escaped */
    struct buffer *out;
    struct buffer scratch; /* of a formatter, before escaping */
    struct buffer indent;  /* of all partials within each other */
    size_t indent_from;    /* what counts of it: an inline partial starts anew */
    bool line_start;       /* the indent is still to be written */
    const char *reason;
};

const struct locale *render_locale(const struct render *render)
{
    return render->locale;
}

const json_t *render_assets(const struct render *render)
{
    return render->assets;
}

const json_t *render_value(struct render *render, const struct path *path)
{
    if (path->count == 0)
        return render->stack[render->height - 1];
    const json_t *value = NULL;
    render->work += render->height;
    for (size_t i = render->height; i > 0 && !value; i--)
        value = json_object_get(render->stack[i - 1], path->parts[0]);
    for (size_t i = 1; i < path->count && value; i++)
        value = json_object_get(value, path->parts[i]);
    return value;
}

const json_t *render_value_named(struct render *render, const char *name, size_t length)
{
    if (length == 1 && *name == '.')
        return render->stack[render->height - 1];
    const json_t *value = NULL;
    render->work += render->height;
    const char *dot = memchr(name, '.', length);
    size_t part = dot ? (size_t)(dot - name) : length;
    for (size_t i = render->height; i > 0 && !value; i--)
        value = json_object_getn(render->stack[i - 1], name, part);
    while (dot && value) {
        length -= part + 1;
        name += part + 1;
        dot = memchr(name, '.', length);
        part = dot ? (size_t)(dot - name) : length;
        value = json_object_getn(value, name, part);
    }
    return value;
}

void template_plain(const json_t *value, struct buffer *out)
{
    if (json_is_string(value))
        buffer_add(out, json_string_value(value), json_string_length(value));
    else if (json_is_integer(value))
        buffer_print(out, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    else if (json_is_real(value))
        buffer_print(out, "%.15g", json_real_value(value));
    else if (json_is_boolean(value))
        buffer_text(out, json_is_true(value) ? "true" : "false");
}

static bool is_false(const json_t *value)
{
    switch (value ? json_typeof(value) : JSON_NULL) {
    case JSON_NULL:
    case JSON_FALSE:
        return true;
    case JSON_ARRAY:
        return json_array_size(value) == 0;
    case JSON_STRING:
        return json_string_length(value) == 0;
    case JSON_INTEGER:
        return json_integer_value(value) == 0;
    default:
        return false;
    }
}

static bool refuse(struct render *render, const char *reason)
{
    render->reason = reason;
    return false;
}

/* Written before whatever begins a line of a partial's text. */
static void write_indent(struct render *render)
{
    if (render->line_start && render->indent.length > render->indent_from)
        buffer_add(render->out, render->indent.bytes + render->indent_from,
                   render->indent.length - render->indent_from);
    render->line_start = false;
}

static void write_text(struct render *render, const char *text, size_t length)
{
    if (render->indent.length == render->indent_from) {
        buffer_add(render->out, text, length);
        return;
    }
    while (length > 0) {
        const char *newline = memchr(text, '\n', length);
        size_t size = newline ? (size_t)(newline - text) + 1 : length;
        write_indent(render);
        buffer_add(render->out, text, size);
        render->line_start = newline != NULL;
        text += size;
        length -= size;
    }
}

/* Names and notes hold «№ 5» as people type it; no line shall end between the two. Where texts and prose come back from
 * a form, it is a plain space again (field.c). */
static void write_html(struct buffer *out, const char *bytes, size_t length)
{
    static const char sign[] = "№ ";
    const char *end = bytes + length, *found;

    while ((found = memmem(bytes, (size_t)(end - bytes), sign, sizeof sign - 1)) != NULL) {
        buffer_html(out, bytes, (size_t)(found - bytes));
        buffer_text(out, "№\u00a0");
        bytes = found + sizeof sign - 1;
    }
    buffer_html(out, bytes, (size_t)(end - bytes));
}

static void write_escaped(struct render *render, const char *bytes, size_t length)
{
    if (render->plain)
        buffer_add(render->out, bytes, length);
    else
        write_html(render->out, bytes, length);
}

static void write_value(struct render *render, const struct node *node)
{
    write_indent(render);
    const json_t *value = render_value(render, &node->path);
    if (node->kind == NODE_RAW) {
        template_plain(value, render->out);
    } else if (json_is_string(value)) {
        write_escaped(render, json_string_value(value), json_string_length(value));
    } else {
        template_plain(value, render->out); /* digits, true and false need no escaping */
    }
}

static void write_format(struct render *render, const struct node *node)
{
    write_indent(render);
    buffer_clear(&render->scratch);
    node->format->write(render, node->arguments, &render->scratch);
    if (render->scratch.length > 0)
        write_escaped(render, render->scratch.bytes, render->scratch.length);
}

static bool write_nodes(struct render *render, const struct compiled *compiled, size_t from, size_t to);

static bool write_inside(struct render *render, const struct compiled *compiled, size_t number, const json_t *value)
{
    render->stack[render->height++] = value;
    bool written = write_nodes(render, compiled, number + 1, compiled->nodes[number].next);
    render->height--;
    return written;
}

static bool write_section(struct render *render, const struct compiled *compiled, size_t number)
{
    const struct node *node = &compiled->nodes[number];
    const json_t *value = render_value(render, &node->path);
    if (is_false(value) != (node->kind == NODE_INVERTED))
        return true;
    if (node->kind == NODE_INVERTED)
        return write_nodes(render, compiled, number + 1, node->next);
    if (!json_is_array(value))
        return write_inside(render, compiled, number, value);
    for (size_t i = 0; i < json_array_size(value); i++)
        if (!write_inside(render, compiled, number, json_array_get(value, i)))
            return false;
    return true;
}

static bool write_partial(struct render *render, const struct node *node)
{
    if (!node->partial)
        return true;
    size_t length = render->indent.length, from = render->indent_from;
    if (length - from + strlen(node->indent) > INDENT_MOST)
        return refuse(render, "partials are indented too far");
    if (*node->indent) {
        buffer_text(&render->indent, node->indent);
        render->line_start = true;
    } else {
        write_indent(render);
        render->indent_from = length;
    }
    bool written = write_nodes(render, node->partial, 0, node->partial->count);
    render->indent.length = length;
    render->indent_from = from;
    return written;
}

static bool write_node(struct render *render, const struct compiled *compiled, size_t number)
{
    const struct node *node = &compiled->nodes[number];
    switch (node->kind) {
    case NODE_TEXT:
        write_text(render, node->text, node->length);
        return true;
    case NODE_VALUE:
    case NODE_RAW:
        write_value(render, node);
        return true;
    case NODE_FORMAT:
        write_format(render, node);
        return true;
    case NODE_PARTIAL:
        return write_partial(render, node);
    default:
        return write_section(render, compiled, number);
    }
}

/* Every node and every round of a section costs one. */
static bool charge(struct render *render)
{
    if (++render->work > WORK_MOST || render->out->length - render->start > BYTES_MOST)
        return refuse(render, "the page does not end");
    return true;
}

static bool write_nodes(struct render *render, const struct compiled *compiled, size_t from, size_t to)
{
    if (render->nesting == DEPTH_MOST)
        return refuse(render, "sections and partials stand too deep within each other");
    render->nesting++;
    bool written = charge(render);
    for (size_t i = from; i < to && written; i++) {
        const struct node *node = &compiled->nodes[i];
        written = charge(render) && write_node(render, compiled, i);
        if (node->kind == NODE_SECTION || node->kind == NODE_INVERTED)
            i = node->next - 1;
    }
    render->nesting--;
    return written;
}

bool template_write(const struct compiled *compiled, const json_t *data, const struct locale *locale,
                    const json_t *assets, struct buffer *out, const char **reason)
{
    struct render render = {
        .locale = locale, .assets = assets, .plain = compiled->plain, .out = out, .start = out->length};
    render.stack[render.height++] = data;
    bool written = write_nodes(&render, compiled, 0, compiled->count);
    buffer_free(&render.scratch);
    buffer_free(&render.indent);
    *reason = render.reason;
    return written;
}

void template_code(const struct locale *locale, const char *context, const char *code, const json_t *data,
                   struct buffer *out)
{
    struct render render = {.locale = locale, .plain = true, .out = out};

    render.stack[render.height++] = data;
    template_code_words(&render, context, code, out);
}

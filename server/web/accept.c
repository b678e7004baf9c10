/* accept.c: weighs what a client accepts against what there is to give. */
#include "accept.h"

#include "veha/text.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The media types each representation answers to, most exact first; problems are JSON to whoever asks for JSON. */
static const char *const media[][5] = {
    [REPRESENTATION_JSON] = {"application/json", "application/problem+json", "application/*", "*/*"},
    [REPRESENTATION_HTML] = {"text/html", "application/xhtml+xml", "text/*", "*/*"},
    [REPRESENTATION_TABLE] = {"text/csv", "text/*", "*/*"},
    [REPRESENTATION_SHEET] = {"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
};

static bool same(const char *text, size_t length, const char *word)
{
    return strlen(word) == length && strncasecmp(text, word, length) == 0;
}

/* Thousandths: strtod would heed the locale. */
static int weight_read(const char *text, size_t length)
{
    int weight = 0, scale = 1000;

    for (size_t i = 0; i < length && scale > 0; i++) {
        if (text[i] == '.' && i == 1)
            continue;
        if (text[i] < '0' || text[i] > '9')
            break;
        weight += (text[i] - '0') * scale;
        scale /= 10;
    }
    return weight > 1000 ? 1000 : weight;
}

/* The weight of an item's parameters ";q=0.5"; 1000 without. */
static int item_weight(const char *item, size_t length)
{
    for (size_t i = 0; i + 2 < length; i++)
        if (item[i] == ';') {
            size_t at = i + 1 + strspn(item + i + 1, " \t");
            if (at + 2 <= length && (item[at] == 'q' || item[at] == 'Q') && item[at + 1] == '=')
                return weight_read(item + at + 2, length - at - 2);
        }
    return 1000;
}

/* The weight of the header's item that names word; -1 when none does. */
static int list_weight(const char *list, const char *word)
{
    while (*list != '\0') {
        list += strspn(list, ", \t");
        size_t length = strcspn(list, ",");
        size_t name = strcspn(list, ",; \t");
        if (name > 0 && same(list, name, word))
            return item_weight(list, length);
        list += length;
    }
    return -1;
}

static int representation_weight(const char *accept, enum representation representation)
{
    for (const char *const *type = media[representation]; *type != NULL; type++) {
        int weight = list_weight(accept, *type);
        if (weight >= 0)
            return weight;
    }
    return 0;
}

static bool offers(const struct resource *resource, enum representation representation)
{
    switch (representation) {
    case REPRESENTATION_JSON:
        return (resource->flags & RESOURCE_PAGE_ONLY) == 0;
    case REPRESENTATION_HTML:
        return (resource->flags & RESOURCE_DATA_ONLY) == 0 &&
               (resource->page != NULL || resource->media != NULL ||
                resource->method != METHOD_GET); /* a file is for people, too */
    case REPRESENTATION_TABLE:
    case REPRESENTATION_SHEET:
        return (resource->flags & RESOURCE_TABLE) != 0;
    default:
        return false;
    }
}

enum representation accept_choose(const char *accept, const struct resource *resource)
{
    enum representation best = REPRESENTATION_NONE;
    int best_weight = 0;

    /* Where there is but one, nobody chooses: a picture, whose faults are for programs, or a file that a link names. */
    if (resource->page != NULL && resource->media != NULL)
        return REPRESENTATION_JSON;
    if ((resource->flags & RESOURCE_TABLE) != 0 && resource->media != NULL)
        return REPRESENTATION_TABLE;
    for (enum representation i = REPRESENTATION_JSON; i < REPRESENTATION_NONE; i++) {
        if (!offers(resource, i))
            continue;
        int weight = accept == NULL ? 1000 : representation_weight(accept, i);
        if (i == REPRESENTATION_JSON && (resource->flags & RESOURCE_LIVE) != 0 && accept_stream(accept))
            weight = 1000; /* the same document, again and again */
        if (weight > best_weight) {
            best = i;
            best_weight = weight;
        }
    }
    return best;
}

enum representation accept_format(const char *format)
{
    if (text_equal(format, "csv"))
        return REPRESENTATION_TABLE;
    return text_equal(format, "xlsx") ? REPRESENTATION_SHEET : REPRESENTATION_NONE;
}

bool accept_stream(const char *accept)
{
    return accept != NULL && list_weight(accept, "text/event-stream") > 0;
}

bool accept_html(const char *accept)
{
    return accept != NULL &&
           representation_weight(accept, REPRESENTATION_HTML) > representation_weight(accept, REPRESENTATION_JSON);
}

bool accept_coding(const char *accept_encoding, const char *coding)
{
    return accept_encoding != NULL && list_weight(accept_encoding, coding) > 0;
}

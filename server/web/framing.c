/* framing.c: reads the head of an HTTP/1 request once more, strictly. */
#include "framing.h"

#include <string.h>
#include <strings.h>

struct counts {
    unsigned host, length, encoding;
};

static bool named(const char *line, size_t name_length, const char *name)
{
    return strlen(name) == name_length && strncasecmp(line, name, name_length) == 0;
}

static bool field_sound(const char *line, size_t length, struct counts *counts)
{
    const char *colon = memchr(line, ':', length);

    if (colon == NULL || colon == line || *line == ' ' || *line == '\t' || colon[-1] == ' ' || colon[-1] == '\t' ||
        memchr(line, '\r', length) != NULL || memchr(line, '\0', length) != NULL)
        return false;
    size_t name_length = (size_t)(colon - line);
    counts->host += named(line, name_length, "host");
    counts->length += named(line, name_length, "content-length");
    counts->encoding += named(line, name_length, "transfer-encoding");
    return true;
}

bool framing_sound(const char *bytes, size_t length)
{
    struct counts counts = {0};
    const char *end = bytes + length;

    for (bool first = true;; first = false) {
        const char *feed = memchr(bytes, '\n', (size_t)(end - bytes));
        if (feed == NULL || feed == bytes || feed[-1] != '\r')
            return false;
        size_t line = (size_t)(feed - bytes) - 1;
        if (line == 0)
            return !first && counts.host == 1 && counts.length + counts.encoding <= 1;
        if (!first && !field_sound(bytes, line, &counts))
            return false;
        bytes = feed + 1;
    }
}

/* etag.c: makes and compares entity tags. */
#include "etag.h"

#include "veha/text.h"

#include <ctype.h>
#include <string.h>

static const char *skip_string(const char *at, const char *end)
{
    for (at++; at < end && *at != '"'; at++)
        if (*at == '\\')
            at++;
    return at < end ? at + 1 : end;
}

/*
 * The digits of the top-level member "version", found without building a tree: parsing would cost more than all else
 * about a hot read.
 */
static const char *find_version(const char *document, size_t length, size_t *digits)
{
    static const char name[] = "\"version\"";
    const char *end = document + length;
    unsigned depth = 0;

    for (const char *at = document; at < end;) {
        if (*at != '"') {
            depth += *at == '{' || *at == '[';
            depth -= *at == '}' || *at == ']';
            at++;
            continue;
        }
        const char *next = skip_string(at, end);
        bool named = depth == 1 && (size_t)(next - at) == strlen(name) && memcmp(at, name, strlen(name)) == 0;
        at = next;
        while (named && at < end && (*at == ':' || *at == ' '))
            at++;
        for (*digits = 0; named && at + *digits < end && isdigit((unsigned char)at[*digits]);)
            (*digits)++;
        if (named && *digits > 0)
            return at;
    }
    return NULL;
}

const char *etag_of(struct pool *pool, const char *document, size_t length, char representation)
{
    size_t digits = 0;
    const char *version = find_version(document, length, &digits);
    char hash[33];

    text_hash(document, length, hash);
    return pool_print(pool, "\"%.*s.%.16s-%c\"", version == NULL ? 0 : (int)digits, version == NULL ? "" : version,
                      hash, representation);
}

bool etag_listed(const char *list, const char *tag)
{
    size_t length = strlen(tag);

    while (*list != '\0') {
        list += strspn(list, ", \t");
        if (*list == '*')
            return true;
        if (list[0] == 'W' && list[1] == '/')
            list += 2;
        if (strncmp(list, tag, length) == 0 && strchr(", \t", list[length]) != NULL)
            return true;
        list += strcspn(list, ",");
    }
    return false;
}

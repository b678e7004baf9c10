/* judge_bench.c: what the checks share: facts, parameters, words, and the making of verdicts. */
#include "judge_bench.h"

#include "veha/text.h"

#include "read.h"
#include "tenants/check.h"

#include <ctype.h>
#include <regex.h>
#include <string.h>

int bench_parameter(const struct bench *bench, const char *check, const char *name)
{
    const json_t *given = json_object_get(json_object_get(bench->judged->parameters, check), name);
    const struct check_rule *rule = check_find(check);
    const struct check_parameter *usual = rule == NULL ? NULL : check_parameter(rule, name);
    if (json_is_integer(given))
        return (int)json_integer_value(given);
    return usual == NULL ? 0 : usual->usual;
}

struct verdict verdict_of(enum result result, const char *reason)
{
    return (struct verdict){.result = result, .reason = reason, .facts = json_object()};
}

struct verdict bench_untold(const struct bench *bench)
{
    const char *state = reading_state(bench->judged->reading);
    return verdict_of(UNKNOWN,
                      strcmp(state, "present") == 0 ? "not_told" : pool_print(bench->pool, "account_%s", state));
}

const json_t *bench_value(const struct bench *bench, const char *fact)
{
    return reading_value(bench->judged->reading, fact);
}

const char *bench_text(const struct bench *bench, const char *fact)
{
    return json_string_value(bench_value(bench, fact));
}

const char *bench_subject(const struct bench *bench, const char *member)
{
    const char *text = json_string_value(json_object_get(bench->judged->subject, member));
    return text == NULL || *text == '\0' ? NULL : text;
}

void verdict_text(struct verdict *verdict, const char *name, const char *text)
{
    if (text != NULL)
        json_object_set_new(verdict->facts, name, json_string(text));
}

void verdict_number(struct verdict *verdict, const char *name, json_int_t number)
{
    json_object_set_new(verdict->facts, name, json_integer(number));
}

bool bench_fits(struct bench *bench, const char *text, const char *pattern)
{
    regex_t regex;
    if (text == NULL || regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB) != 0)
        return false;
    bool found = regexec(&regex, text_fold(bench->pool, text), 0, NULL, 0) == 0;
    regfree(&regex);
    return found;
}

bool bench_network_has(const struct bench *bench, const char *fact)
{
    const json_t *root = network_document(bench->judged->network);
    return json_object_get(json_object_get(json_object_get(root, "api"), "facts"), fact) != NULL ||
           json_object_get(json_object_get(json_object_get(root, "html"), "facts"), fact) != NULL;
}

/* Is the character of several bytes before `at` no Cyrillic letter (a quote, a dash, a picture)? */
static bool is_mark(const char *text, const char *at)
{
    const char *lead = at - 1;
    while (lead > text && ((unsigned char)*lead & 0xC0) == 0x80)
        lead--;
    return (unsigned char)*lead >= 0x80 && ((unsigned char)*lead < 0xD0 || (unsigned char)*lead > 0xD3);
}

/* Ranges of Cyrillic in a POSIX pattern depend on the locale, so stems are looked for by hand. */
bool bench_says(struct bench *bench, const char *text, const char *const *stems)
{
    const char *folded = text == NULL ? "" : text_fold(bench->pool, text);
    for (; *stems != NULL; stems++)
        for (const char *at = folded; (at = strstr(at, *stems)) != NULL; at++)
            if (at == folded || ((unsigned char)at[-1] < 0x80 && !isalpha((unsigned char)at[-1])) ||
                is_mark(folded, at))
                return true;
    return false;
}

/* question.c: looks for the words with which people ask. */
#include "question.h"

#include "veha/text.h"

#include <ctype.h>
#include <string.h>

/* Whole words, and, with a star, beginnings of words. */
static const char *const asking[] = {
    "когда",      "почему",  "зачем",    "сколько",  "подскажите", "подскажи",  "скажите",  "объясните", "ответьте",
    "прошу*",     "просим",  "просьба",  "помогите", "примите",    "разберит*", "жалоб*",   "жалуюсь",   "обращаюсь",
    "обращаемся", "требую*", "куда",     "где",      "почините",   "уберите",   "сделайте", "можно ли",  "будет ли",
    "есть ли",    "нет ли",  "уточните", "поясните", "доколе",     NULL,
};

/* Latin, Cyrillic, or a digit; quotes, dashes and pictures are of several bytes, too. */
static bool is_letter(const char *lead)
{
    unsigned char byte = (unsigned char)*lead;
    return byte < 0x80 ? isalnum(byte) : byte >= 0xD0 && byte <= 0xD3;
}

static bool follows_letter(const char *text, const char *at)
{
    const char *lead = at;
    while (lead > text && ((unsigned char)*--lead & 0xC0) == 0x80)
        ;
    return lead < at && is_letter(lead);
}

/* A mark within an address («wall?w=1») asks nothing. */
static bool has_mark(const char *text)
{
    for (const char *at = text; (at = strchr(at, '?')) != NULL; at++)
        if (!isalnum((unsigned char)at[1]))
            return true;
    return false;
}

/* Does the word stand in the text by itself, or, with a star, at the beginning of one? */
static bool is_said(const char *folded, const char *word)
{
    size_t length = strcspn(word, "*");
    bool whole = word[length] == '\0';
    for (const char *at = folded; *at != '\0'; at++) {
        if (strncmp(at, word, length) == 0 && !follows_letter(folded, at) && (!whole || !is_letter(at + length)))
            return true;
    }
    return false;
}

bool question_asked(struct pool *pool, const char *text)
{
    const char *folded = text_fold(pool, text);
    if (has_mark(folded))
        return true;
    for (const char *const *word = asking; *word != NULL; word++)
        if (is_said(folded, *word))
            return true;
    return false;
}

/* name_words.h: the words of a name: numbers, forms of the law, what honours somebody, what tells one from another. */
#ifndef VERIFY_NAME_WORDS_H
#define VERIFY_NAME_WORDS_H

#include "veha/pool.h"

#include <stdbool.h>
#include <stddef.h>

enum { WORDS_MOST = 64, WORD_BYTES = 96 };

struct word {
    char text[WORD_BYTES]; /* folded */
    bool number;
    bool silent;
    bool significant;
    bool form;      /* of the law, in letters: «МБОУ» */
    bool adjective; /* in the form of a name: «музыкальная» */
    bool upper;     /* written in capitals */
    bool dotted;    /* a full stop follows: perhaps cut short */
    bool honour; /* of whom or what the body bears the name: «имени Героя Советского Союза А. С. Пушкина» */
    bool passing; /* a number that numbers nothing: an age («6+», «80 лет»), a year */
    bool marked;  /* a number after «№», or an ordinal */
    bool said;    /* by the other name */
};

struct words {
    struct word list[WORDS_MOST];
    size_t count;
};

/* In bytes, of the letter that begins here. */
size_t letter_size(const char *at);

/* Number of equal letters at the start of both. */
size_t common_letters(const char *one, const char *two);

/* Lists end with NULL. */
bool begins_with_any(const char *text, const char *const *list);
bool is_any(const char *text, const char *const *list);

/* More words than WORDS_MOST are left out. */
void words_split(struct pool *pool, const char *text, struct words *words);

#endif

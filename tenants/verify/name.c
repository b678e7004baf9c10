/* name.c: compares names as a reader would: by their significant words, in whatever form they are written. */
#include "name.h"

#include "veha/text.h"

#include <string.h>

enum { WORDS_MOST = 64, WORD_BYTES = 96, LETTERS_MOST = 40 };

/* Words (or their beginnings) that say what kind of body it is by law, or what kind of place: they tell nobody apart.
 */
static const char *const common[] = {
    "государственн",
    "муниципальн",
    "бюджетн",
    "автономн",
    "казенн",
    "унитарн",
    "учрежден",
    "предприят",
    "федеральн",
    "областн",
    "краев",
    "краевое",
    "общеобразовательн",
    "образовательн",
    "дошкольн",
    "образован",
    "района",
    "район",
    "округ",
    "област",
    "край",
    "края",
    "республик",
    "город",
    "сельск",
    "поселен",
    "поселок",
    "поселк",
    "деревн",
    "село",
    "села",
    "станиц",
    "межрайонн",
    "зато",
    "пгт",
    "обществ",

    "ответственност",
    NULL,
};
/* «сельского хозяйства», «образования и науки» are names, not places: before these words the former do count. */
static const char *const naming[] = {"хозяйств", "наук", "развит", "спорт", NULL};
/* A body that governs: its «образования», «городского хозяйства» are its very subject. */
static const char *const governing[] = {"министерств", "департамент", "управлен", "комитет",
                                        "отдел",       "агентств",    "служб",    NULL};
/* Words without meaning of their own. */
static const char *const silent[] = {"и",   "в",     "во",  "на", "по", "с",   "со", "для", "из", "от",
                                     "без", "при",   "о",   "об", "г",  "гор", "п",  "пос", "д",  "ст",
                                     "им",  "имени", "обл", "мо", "м",  "р",   "н",  "т",   "x",  NULL};

struct word {
    char text[WORD_BYTES]; /* folded */
    bool number;
    bool silent;
    bool significant;
    bool upper;  /* written in capitals */
    bool dotted; /* a full stop follows: perhaps cut short */
    bool said;
};

struct words {
    struct word list[WORDS_MOST];
    size_t count;
};

/* ---- letters ---- */

static size_t letter_size(const char *at)
{
    unsigned char lead = (unsigned char)*at;
    return lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
}

static bool is_digit(const char *at)
{
    return *at >= '0' && *at <= '9';
}

/* Latin and Cyrillic letters of folded or unfolded text. */
static bool is_letter(const char *at)
{
    unsigned char lead = (unsigned char)*at;
    return (lead >= 'a' && lead <= 'z') || (lead >= 'A' && lead <= 'Z') || (lead >= 0xD0 && lead <= 0xD3);
}

/* Number of equal letters at the start of both. */
static size_t common_letters(const char *one, const char *two)
{
    size_t letters = 0;
    while (*one != '\0' && letter_size(one) == letter_size(two) && memcmp(one, two, letter_size(one)) == 0) {
        one += letter_size(one);
        two += letter_size(two);
        letters++;
    }
    return letters;
}

/* ---- words ---- */

static bool begins_with_any(const char *text, const char *const *list)
{
    for (; *list != NULL; list++)
        if (text_starts(text, *list))
            return true;
    return false;
}

static bool is_any(const char *text, const char *const *list)
{
    for (; *list != NULL; list++)
        if (strcmp(text, *list) == 0)
            return true;
    return false;
}

static void add_word(struct pool *pool, struct words *words, const char *from, size_t length)
{
    if (words->count == WORDS_MOST || length >= WORD_BYTES)
        return;
    struct word *word = &words->list[words->count++];
    *word = (struct word){.number = is_digit(from), .dotted = from[length] == '.'};
    const char *copy = pool_copy_length(pool, from, length);
    const char *folded = text_fold(pool, copy);
    snprintf(word->text, sizeof word->text, "%s", folded);
    word->upper =
        strcmp(copy, folded) != 0 && common_letters(copy, folded) == 0 &&
        (length <= letter_size(copy) || common_letters(copy + letter_size(copy), folded + letter_size(folded)) == 0);
    word->silent = is_any(word->text, silent);
}

static void mark_significant(struct words *words)
{
    bool governs = false;
    for (size_t i = 0; i < words->count; i++)
        governs = governs || begins_with_any(words->list[i].text, governing);
    size_t count = 0;
    for (size_t i = 0; i < words->count; i++) {
        struct word *word = &words->list[i];
        bool subject = (i + 1 < words->count && begins_with_any(words->list[i + 1].text, naming)) ||
                       (governs && text_starts(word->text, "образован"));
        word->significant = !word->silent && (subject || !begins_with_any(word->text, common));
        count += word->significant;
    }
    if (count > 0)
        return;
    for (size_t i = 0; i < words->count; i++) /* a name of common words only is still a name */
        words->list[i].significant = !words->list[i].silent;
}

static void split(struct pool *pool, const char *text, struct words *words)
{
    words->count = 0;
    while (*text != '\0') {
        size_t length = 0;
        bool digits = is_digit(text);
        while (text[length] != '\0' && (digits ? is_digit(text + length) : is_letter(text + length)))
            length += letter_size(text + length);
        if (length > 0)
            add_word(pool, words, text, length);
        text += length > 0 ? length : letter_size(text);
    }
    mark_significant(words);
}

/* ---- one word against another ---- */

/* The same word in another case, number or derived form. */
static bool same_word(const char *one, const char *two)
{
    size_t same = common_letters(one, two);
    size_t longer = text_length(one) > text_length(two) ? text_length(one) : text_length(two);
    size_t shorter = text_length(one) + text_length(two) - longer;
    if (same == longer)
        return true;
    if (same >= 5 && 2 * same >= longer)
        return true;
    if (same >= 4)
        return longer - same <= 3;
    return same == 3 && longer - same <= 2 && shorter >= 3;
}

static bool says_word(const struct word *shown, const struct word *word)
{
    if (shown->number || word->number)
        return shown->number == word->number && strcmp(shown->text, word->text) == 0;
    if (shown->dotted && text_length(shown->text) >= 3 && text_starts(word->text, shown->text))
        return true;
    return same_word(shown->text, word->text);
}

/* «ГБУ АО»: two letters ending in «о» are a region's or a district's, not any two words that happen to begin so. */
static bool is_misled(const struct word *shown, const struct words *words, size_t from)
{
    static const char *const places[] = {"област", "округ", NULL};
    if (text_length(shown->text) != 2 || strcmp(shown->text + letter_size(shown->text), "о") != 0)
        return false;
    return from + 1 >= words->count || !begins_with_any(words->list[from + 1].text, places);
}

/* «КЦСОН»: the letters are initials of words that follow each other; silent words may be left out. */
static bool says_initials(const struct word *shown, struct words *words, size_t from)
{
    size_t at = from;
    const char *letter = shown->text;
    for (; *letter != '\0' && at < words->count; at++) {
        const char *text = words->list[at].text;
        if (letter_size(letter) == letter_size(text) && memcmp(letter, text, letter_size(letter)) == 0)
            letter += letter_size(letter);
        else if (!words->list[at].silent || at == from)
            return false;
    }
    if (*letter != '\0' || is_misled(shown, words, from))
        return false;
    for (size_t i = from; i < at; i++)
        words->list[i].said = true;
    return true;
}

/* «соцзащиты»: the beginning of one word, then the next word. */
static bool says_compound(const struct word *shown, const struct word *first, const struct word *second)
{
    size_t same = common_letters(shown->text, first->text);
    if (same < 3 || first->number || second->number)
        return false;
    const char *rest = shown->text;
    for (size_t i = 0; i < same; i++)
        rest += letter_size(rest);
    return text_length(rest) >= 4 && same_word(rest, second->text);
}

static void say(const struct word *shown, struct words *words)
{
    if (shown->silent)
        return;
    bool found = false;
    for (size_t i = 0; i < words->count; i++) {
        if (!says_word(shown, &words->list[i]))
            continue;
        words->list[i].said = true;
        found = true;
    }
    size_t letters = text_length(shown->text);
    bool short_form = !shown->number && letters <= 10 && (letters >= 3 || (letters == 2 && shown->upper));
    for (size_t i = 0; !found && short_form && i < words->count; i++)
        found = says_initials(shown, words, i);
    for (size_t i = 0; !found && i + 1 < words->count; i++) {
        if (!says_compound(shown, &words->list[i], &words->list[i + 1]))
            continue;
        words->list[i].said = words->list[i + 1].said = true;
        found = true;
    }
}

static bool numbers_differ(const struct words *shown, const struct words *words)
{
    bool any_shown = false;
    bool any = false;
    for (size_t i = 0; i < shown->count; i++)
        any_shown = any_shown || shown->list[i].number;
    for (size_t i = 0; i < words->count; i++) {
        any = any || words->list[i].number;
        if (words->list[i].number && words->list[i].said)
            return false;
    }
    return any && any_shown;
}

/* ---- one form of the name ---- */

static void release_json(void *json)
{
    json_decref(json);
}

static size_t count_significant(const struct words *words)
{
    size_t count = 0;
    for (size_t i = 0; i < words->count; i++)
        count += words->list[i].significant;
    return count;
}

static void compare_form(struct pool *pool, const struct words *shown, const char *form, struct name_match *best)
{
    struct words *words = pool_alloc(pool, sizeof *words);
    split(pool, form, words);
    for (size_t i = 0; i < shown->count; i++)
        say(&shown->list[i], words);
    size_t significant = count_significant(words);
    size_t said = 0;
    json_t *missing = pool_adopt(pool, json_array(), release_json);
    for (size_t i = 0; i < words->count; i++) {
        if (!words->list[i].significant)
            continue;
        said += words->list[i].said;
        if (!words->list[i].said)
            json_array_append_new(missing, json_string(words->list[i].text));
    }
    int share = significant == 0 ? 0 : (int)(100 * said / significant);
    if (best->form != NULL && share <= best->share)
        return;
    *best = (struct name_match){
        .share = share, .form = form, .missing = missing, .number_differs = numbers_differ(shown, words)};
}

/* ---- quotes ---- */

static size_t quote_size(const char *at)
{
    static const char *const quotes[] = {"\"", "«", "»", "“", "”", "„", NULL};
    for (const char *const *quote = quotes; *quote != NULL; quote++)
        if (text_starts(at, *quote))
            return strlen(*quote);
    return 0;
}

/* From after the first quote to before the last; NULL when there are no two. */
static const char *quoted_part(struct pool *pool, const char *name)
{
    const char *first = NULL;
    const char *last = NULL;
    for (const char *at = name; *at != '\0'; at += letter_size(at)) {
        size_t size = quote_size(at);
        if (size > 0 && first == NULL)
            first = at + size;
        else if (size > 0)
            last = at;
    }
    if (first == NULL)
        return NULL;
    return last == NULL || last < first ? first : pool_copy_length(pool, first, (size_t)(last - first));
}

/* What stands in the innermost quotes; NULL when there are none. */
static const char *proper_name(struct pool *pool, const char *name)
{
    const char *inner = quoted_part(pool, name);
    for (const char *next = inner; next != NULL; next = quoted_part(pool, next))
        inner = next;
    return inner;
}

static bool says_all(struct pool *pool, const struct words *shown, const char *form)
{
    struct name_match match = {0};
    compare_form(pool, shown, form, &match);
    return match.share == 100;
}

void name_compare(struct pool *pool, const char *shown, const char *name, const char *short_name,
                  struct name_match *match)
{
    struct words *words = pool_alloc(pool, sizeof *words);
    split(pool, shown, words);
    *match = (struct name_match){0};
    if (short_name != NULL && *short_name != '\0')
        compare_form(pool, words, short_name, match);
    compare_form(pool, words, name, match);
    const char *quoted = quoted_part(pool, name);
    if (quoted != NULL) {
        struct words *own = pool_alloc(pool, sizeof *own);
        split(pool, quoted, own);
        if (count_significant(own) >= 2) /* «Росинка» alone names a hundred kindergartens */
            compare_form(pool, words, quoted, match);
        const char *proper = proper_name(pool, name);
        match->proper_name_said = strcmp(proper, quoted) == 0 ? false : says_all(pool, words, proper);
        if (count_significant(own) == 1)
            match->proper_name_said = says_all(pool, words, quoted);
    }
}

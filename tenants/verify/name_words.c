/* name_words.c: reads a name into words as people hear them, and tells which of them count. */
#include "name_words.h"

#include "veha/text.h"

#include <stdio.h>
#include <string.h>

enum { ENDING_BYTES = 4 /* two letters */ };

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
    "официальн",
    "страниц",
    NULL,
};
/* «сельского хозяйства», «образования и науки» are names, not places: before these words the former do count. */
static const char *const naming[] = {"хозяйств", "наук", "развит", "спорт", NULL};
/* A body that governs: its «образования», «городского хозяйства» are its very subject. */
static const char *const governing[] = {"министерств", "департамент", "управлен", "комитет",
                                        "отдел",       "агентств",    "служб",    NULL};
/* Legal forms in their initials: they tell nobody apart either. */
static const char *const forms[] = {
    "мбоу",  "моу",  "маоу", "мкоу", "мобу",  "мбдоу", "мдоу",  "мадоу", "мкдоу", "мбудо", "маудо", "мкудо", "мудо",
    "муз",   "мбуз", "гбуз", "гкуз", "гауз",  "гуз",   "огбуз", "кгбуз", "гбу",   "гку",   "гау",   "гу",    "огбу",
    "огку",  "кгбу", "кгку", "фгбу", "фгбоу", "фку",   "гбоу",  "гбпоу", "гапоу", "гкоу",  "гаоу",  "мбу",   "мку",
    "мау",   "му",   "мбук", "мкук", "маук",  "мук",   "гбук",  "гаук",  "гкук",  "гбусо", "гкусо", "гаусо", "гбусон",
    "мбусо", "муп",  "мкп",  "гуп",  "фгуп",  "оао",   "ооо",   "пао",   "ано",   NULL,
};
/* Latin letters that look like Cyrillic ones: in a word with Cyrillic they are a slip of the keyboard. */
static const struct {
    char latin;
    const char *cyrillic;
} twins[] = {
    {'a', "а"}, {'b', "в"}, {'c', "с"}, {'e', "е"}, {'h', "н"}, {'k', "к"},
    {'m', "м"}, {'o', "о"}, {'p', "р"}, {'t', "т"}, {'x', "х"}, {'y', "у"},
};
/* «Первая школа» is «Школа № 1». */
static const char *const ordinals[] = {"перв",  "втор",  "трет",  "четверт", "пят", "шест",
                                       "седьм", "восьм", "девят", "десят",   NULL};
/* Of the body itself: «первая», «третий»; */
static const char *const own_endings[] = {"ая", "ый", "ое", "ья", "ий", "ье", NULL};
/* and of something of it, but where the word stands first: «второй ступени», «Второй лицей». */
static const char *const other_endings[] = {"ой", "ого", "ом", "ому", "ую", "ым", "ей", "ьей", "ьего", "ьем", NULL};
/* Words without meaning of their own. */
static const char *const silent[] = {"и",   "в",     "во",  "на", "по", "с",   "со", "для", "из", "от",
                                     "без", "при",   "о",   "об", "г",  "гор", "п",  "пос", "д",  "ст",
                                     "им",  "имени", "обл", "мо", "м",  "р",   "н",  "т",   "x",  NULL};

/* ---- letters ---- */

size_t letter_size(const char *at)
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

size_t common_letters(const char *one, const char *two)
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

bool begins_with_any(const char *text, const char *const *list)
{
    for (; *list != NULL; list++)
        if (text_starts(text, *list))
            return true;
    return false;
}

bool is_any(const char *text, const char *const *list)
{
    for (; *list != NULL; list++)
        if (strcmp(text, *list) == 0)
            return true;
    return false;
}

/* One spelling of a folded word: no Latin among Cyrillic, no zeros before a number. */
static const char *plain_word(struct pool *pool, const char *folded)
{
    struct buffer plain = {0};
    bool cyrillic = false;
    for (const char *at = folded; *at != '\0'; at++)
        cyrillic = cyrillic || (unsigned char)*at >= 0xD0;
    folded += is_digit(folded) && strspn(folded, "0") < strlen(folded) ? strspn(folded, "0") : 0;
    for (const char *at = folded; *at != '\0'; at++) {
        size_t twin = 0;
        while (twin < sizeof twins / sizeof *twins && twins[twin].latin != *at)
            twin++;
        if (cyrillic && twin < sizeof twins / sizeof *twins)
            buffer_text(&plain, twins[twin].cyrillic);
        else
            buffer_add(&plain, at, 1);
    }
    char *copy = pool_copy(pool, plain.bytes == NULL ? "" : plain.bytes);
    buffer_free(&plain);
    return copy;
}

/* «первая» becomes the number 1. In another case it numbers nothing unless it stands first. */
static void read_ordinal(struct word *word, bool first)
{
    for (int i = 0; ordinals[i] != NULL && !word->number; i++) {
        const char *ending = word->text + strlen(ordinals[i]);
        if (!text_starts(word->text, ordinals[i]) || (!is_any(ending, own_endings) && !is_any(ending, other_endings)))
            continue;
        word->passing = !first && is_any(ending, other_endings);
        word->number = true;
        word->marked = true;
        snprintf(word->text, sizeof word->text, "%d", i + 1);
    }
}

static void add_word(struct pool *pool, struct words *words, const char *from, size_t length)
{
    if (words->count == WORDS_MOST || length >= WORD_BYTES / 2)
        return;
    struct word *word = &words->list[words->count++];
    *word = (struct word){.number = is_digit(from), .dotted = from[length] == '.', .passing = from[length] == '+'};
    const char *copy = pool_copy_length(pool, from, length);
    const char *folded = text_fold(pool, copy);
    snprintf(word->text, sizeof word->text, "%s", plain_word(pool, folded));
    word->upper =
        strcmp(copy, folded) != 0 && common_letters(copy, folded) == 0 &&
        (length <= letter_size(copy) || common_letters(copy + letter_size(copy), folded + letter_size(folded)) == 0);
    word->silent = is_any(word->text, silent) || (!word->number && length == letter_size(from));
    size_t bytes = strlen(word->text);
    word->form = is_any(word->text, forms);
    word->adjective = is_any(word->text + (bytes < ENDING_BYTES ? 0 : bytes - ENDING_BYTES), own_endings);
    read_ordinal(word, words->count == 1);
}

/* «6+», «80 лет», «2026»: and whose name the body bears, from «имени» to a number of its own. */
static void mark_passing(struct words *words)
{
    bool honour = false;
    for (size_t i = 0; i < words->count; i++) {
        struct word *word = &words->list[i];
        bool years = i + 1 < words->count && text_starts(words->list[i + 1].text, "лет");
        bool year = word->number && strlen(word->text) == 4 && (word->text[0] == '1' || word->text[0] == '2');
        word->passing = word->number && (word->passing || years || year);
        honour = honour && (!word->number || word->passing);
        word->honour = honour;
        honour = honour || strcmp(word->text, "им") == 0 || strcmp(word->text, "имени") == 0;
    }
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
        word->significant = !word->silent && !word->form && (subject || !begins_with_any(word->text, common));
        count += word->significant;
    }
    if (count > 0)
        return;
    for (size_t i = 0; i < words->count; i++) /* a name of common words only is still a name */
        words->list[i].significant = !words->list[i].silent;
}

/* «д/с»: the length of two Cyrillic letters parted by a slash, of which the first is `length` long; 0: none. */
static size_t parted_length(const char *text, size_t length)
{
    const char *second = text + length + 1;
    if (length != 2 || text[length] != '/' || (unsigned char)*second < 0xD0 || !is_letter(second))
        return 0;
    return is_letter(second + length) ? 0 : 2 * length + 1;
}

/* Letters that can only be initials, whatever their case. */
static void add_initials(struct pool *pool, struct words *words, const char *letters)
{
    size_t before = words->count;
    add_word(pool, words, letters, strlen(letters));
    if (words->count > before)
        words->list[before].upper = true;
}

static bool is_number_sign(const char *text, size_t length)
{
    return text_starts(text, "№") || *text == '#' || (length == 1 && strchr("Nn", *text) != NULL);
}

void words_split(struct pool *pool, const char *text, struct words *words)
{
    bool marked = false;
    words->count = 0;
    while (*text != '\0') {
        size_t length = 0;
        bool digits = is_digit(text);
        while (text[length] != '\0' && (digits ? is_digit(text + length) : is_letter(text + length)))
            length += letter_size(text + length);
        size_t parted = parted_length(text, length);
        if (parted > 0)
            add_initials(pool, words, pool_print(pool, "%.*s%.*s", (int)length, text, (int)length, text + length + 1));
        else if (length > 0)
            add_word(pool, words, text, length);
        if (length > 0 && words->count > 0)
            words->list[words->count - 1].marked |= marked;
        marked = is_number_sign(text, length) || (marked && length == 0);
        text += parted > 0 ? parted : length > 0 ? length : letter_size(text);
    }
    mark_passing(words);
    mark_significant(words);
}

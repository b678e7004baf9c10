/* name.c: compares names as a reader would: by their significant words, in whatever form they are written. */
#include "name.h"

#include "veha/text.h"

#include "name_words.h"

#include <string.h>

/* Short forms of kinds of bodies, and the word by which people call them: «СОШ № 5» is «Школа № 5». */
static const struct {
    const char *letters;
    const char *stem;
} kinds[] = {
    {"сош", "школ"},    {"оош", "школ"},    {"нош", "школ"},      {"сш", "школ"},     {"нш", "школ"},
    {"дюсш", "спорт"},  {"дс", "сад"},      {"црб", "больниц"},   {"цгб", "больниц"}, {"гкб", "больниц"},
    {"окб", "больниц"}, {"дгб", "больниц"}, {"гб", "больниц"},    {"рб", "больниц"},  {"сдк", "культур"},
    {"рдк", "культур"}, {"гдк", "культур"}, {"цбс", "библиотек"}, {"доу", "сад"},     {"мбдоу", "сад"},
    {"мдоу", "сад"},    {"мадоу", "сад"},   {"мкдоу", "сад"},
};
/* Beside the kind they make another of it: «СОШ» is no musical school, «ЦРБ» no veterinary hospital. */
static const char *const specials[] = {"музыкальн", "спорт", "искусств",  "художествен", "вечерн",
                                       "олимпийск", "психи", "инфекцион", "ветеринар",   NULL};
/* What a body may be, at the end of a word («горбольница») but for three letters: «школьный» is no school. */
static const char *const bodies[] = {
    "школ",        "сад",       "гимнази",   "лицей",       "лицея",    "колледж",    "техникум",  "училищ",
    "институт",    "академи",   "интернат",  "университет", "больниц",  "поликлиник", "диспансер", "госпитал",
    "амбулатори",  "музе",      "библиотек", "театр",       "клуб",     "центр",      "дом",       "двор",
    "приют",       "пансионат", "архив",     "администрац", "совет",    "дум",        "собран",    "министерств",
    "департамент", "управлен",  "комитет",   "отдел",       "агентств", "служб",      "инспекц",   NULL,
};
/* «7-я», «7-й». */
static const char *const number_endings[] = {"я", "й", "е", "ая", "ый", "ое", NULL};
/* What a compound leaves out: «горбольница» is the «Городская клиническая больница». */
static const char *const epithets[] = {"клиническ", "центральн", "средн", NULL};
/* How a place belongs to what is named after it: «Ржевский», «Пеновский», «Ельнинская»; three letters may follow. */
static const char *const belonging[] = {"ск", "вск", "овск", "евск", "инск", "енск", "анск", "ельск", NULL};
/* The brand of a kind of bodies, and the stems of what the law calls them. */
static const struct {
    const char *said[3];
    const char *meant[6];
} brands[] = {
    {{"мои", "документы", NULL}, {"многофункциональн", "центр", "предоставлен", "услуг", "мфц", NULL}},
};

/* ---- one word against another ---- */

/* «Тверь», «тверская»: beyond their common letters one has an ending, the other a suffix of belonging. */
static bool is_derived(const char *one, const char *two, size_t same)
{
    for (; same > 0; same--) {
        one += letter_size(one);
        two += letter_size(two);
    }
    const char *ending = text_length(one) < text_length(two) ? one : two;
    const char *suffix = ending == one ? two : one;
    bool belongs = false;
    for (const char *const *with = belonging; text_length(ending) <= 2 && *with != NULL; with++)
        belongs = belongs || (text_starts(suffix, *with) && text_length(suffix) <= text_length(*with) + 3);
    return belongs;
}

/* The same word in another case, number or derived form. */
static bool same_word(const char *one, const char *two)
{
    size_t same = common_letters(one, two);
    size_t longer = text_length(one) > text_length(two) ? text_length(one) : text_length(two);
    size_t shorter = text_length(one) + text_length(two) - longer;
    if (same == longer || (same >= 4 && is_derived(one, two, same)))
        return true;
    if (same >= 5 && 2 * same >= longer)
        return true;
    if (same >= 4)
        return longer - same <= 3;
    return same == 3 && longer - same <= 2 && shorter >= 3;
}

/* «СОШ» is short for a school. */
static bool is_short_for(const struct word *letters, const struct word *word)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(letters->text, kinds[i].letters) == 0 && text_starts(word->text, kinds[i].stem))
            return true;
    return false;
}

/* A kind of body as a word or in letters; those of a legal form say it, too. */
static bool is_body(const struct word *word)
{
    for (const char *const *body = bodies; *body != NULL; body++) {
        const char *at = strstr(word->text, *body);
        if (at != NULL && text_length(at + strlen(*body)) <= 3)
            return true;
    }
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(word->text, kinds[i].letters) == 0)
            return true;
    return word->form;
}

static bool says_word(const struct word *shown, const struct word *word)
{
    if (shown->number || word->number)
        return shown->number == word->number && strcmp(shown->text, word->text) == 0;
    if (shown->dotted && text_length(shown->text) >= 3 && text_starts(word->text, shown->text))
        return true;
    return is_short_for(word, shown) || same_word(shown->text, word->text);
}

/* «ГБУ АО», «ЦО № 47»: two letters ending in «о» are a region's, a district's or what educates, not any two words that
 * happen to begin so. */
static bool is_misled(const struct word *shown, const struct words *words, size_t from)
{
    static const char *const places[] = {"област", "округ", "образован", NULL};
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

/* «соцзащиты», «минобрнауки», «роддом», «западнодвинский»: beginnings of words that follow each other, silent ones
 * aside, perhaps joined by a letter, and the last may be whole. Marks them; `parts` counts those found before. */
static bool says_compound(const char *rest, struct words *words, size_t from, int parts)
{
    while (from < words->count &&
           (words->list[from].silent || (parts > 0 && begins_with_any(words->list[from].text, epithets))))
        from++;
    if (from >= words->count || words->list[from].number)
        return false;
    struct word *word = &words->list[from];
    size_t same = common_letters(rest, word->text);
    bool last =
        parts > 0 && same >= 3 &&
        (same >= 4 || text_length(rest) == same || same_word(rest, word->text) || is_derived(rest, word->text, same));
    const char *next = rest;
    for (size_t i = 0; i < same; i++)
        next += letter_size(next);
    const char *joined = text_starts(next, "о") || text_starts(next, "е") ? next + letter_size(next) : next;
    if (!last && (same < 3 || text_length(joined) < 3 ||
                  (!says_compound(next, words, from + 1, parts + 1) &&
                   (joined == next || !says_compound(joined, words, from + 1, parts + 1)))))
        return false;
    word->said = true;
    return true;
}

/* «А. С. Пушкина»: initials of whom the body honours. */
static void say_initial(const struct word *shown, struct words *words)
{
    for (size_t i = 0; i < words->count; i++)
        if (words->list[i].honour && text_starts(words->list[i].text, shown->text))
            words->list[i].said = true;
}

/* The word that is not silent before (step -1) or after (step 1); NULL when there is none. */
static const struct word *word_beside(const struct words *words, size_t from, int step)
{
    for (size_t i = from + (size_t)step; i < words->count; i += (size_t)step)
        if (!words->list[i].silent)
            return &words->list[i];
    return NULL;
}

/* «СОШ» says «школа», but no musical one. */
static bool says_kind(const struct word *letters, const struct words *words, size_t at)
{
    const struct word *before = word_beside(words, at, -1);
    const struct word *after = word_beside(words, at, 1);
    return is_short_for(letters, &words->list[at]) && (before == NULL || !begins_with_any(before->text, specials)) &&
           (after == NULL || !begins_with_any(after->text, specials));
}

static void say(struct word *shown, struct words *words)
{
    shown->said = false;
    if (shown->silent && shown->upper && shown->dotted)
        say_initial(shown, words);
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
    for (size_t i = 0; !found && !shown->number && i + 1 < words->count; i++)
        found = !words->list[i].silent && says_compound(shown->text, words, i, 0);
    for (size_t i = 0; !found && i < words->count; i++) {
        found = says_kind(shown, words, i);
        words->list[i].said = words->list[i].said || found;
    }
    shown->said = found;
}

static bool holds_word(const struct words *words, const char *text)
{
    for (size_t i = 0; i < words->count; i++)
        if (strcmp(words->list[i].text, text) == 0)
            return true;
    return false;
}

/* «Мои документы» say «многофункциональный центр предоставления услуг», where the register holds one. */
static void say_brand(const struct words *shown, struct words *words)
{
    for (size_t i = 0; i < sizeof brands / sizeof *brands; i++) {
        bool said = true;
        bool meant = false;
        for (const char *const *word = brands[i].said; *word != NULL; word++)
            said = said && holds_word(shown, *word);
        for (size_t j = 0; j < words->count; j++)
            meant = meant || text_starts(words->list[j].text, brands[i].meant[0]) ||
                    strcmp(words->list[j].text, "мфц") == 0;
        for (size_t j = 0; said && meant && j < words->count; j++)
            words->list[j].said = words->list[j].said || begins_with_any(words->list[j].text, brands[i].meant);
    }
}

/* A short word that says nothing begins as this one does: «Белый», «Бельский». */
static bool begins_alike(const struct words *shown, const struct word *word)
{
    for (size_t i = 0; i < shown->count; i++) {
        const struct word *other = &shown->list[i];
        if (other->significant && !other->said && common_letters(other->text, word->text) >= 3 &&
            text_length(other->text) <= 6)
            return true;
    }
    return false;
}

/* «Кимрский муниципальный округ» for its administration: the land is named with its kind, and only who governs it is
 * not. Nor is «Администрация Белого» known to be that of another land. */
static bool says_territory(const struct words *shown, const struct words *words)
{
    static const char *const kinds_of_land[] = {"округ", "район", "поселен", "город", "област", "край", NULL};
    bool governed = false;
    bool governs = false;
    bool alike = true;
    bool land = false;
    bool rest = true;
    for (size_t i = 0; i < words->count; i++) {
        const struct word *word = &words->list[i];
        if (text_starts(word->text, "администрац") && !word->said)
            governed = true;
        else if (text_starts(word->text, "администрац"))
            governs = true;
        else if (begins_with_any(word->text, kinds_of_land) && !word->significant)
            land = land || word->said;
        else if (!word->said && word->significant) {
            rest = false;
            alike = alike && begins_alike(shown, word);
        }
    }
    return (governed && land && rest) || (governs && alike);
}

/* The register's «ЦРБ» and «Западнодвинский», said in full. */
static void say_in_full(struct words *shown, struct words *words)
{
    for (size_t i = 0; i < words->count; i++) {
        struct word *word = &words->list[i];
        bool letters = word->upper && !word->number && text_length(word->text) >= 2 && text_length(word->text) <= 6;
        for (size_t j = 0; letters && !word->said && j < shown->count; j++)
            word->said = says_initials(word, shown, j);
        for (size_t j = 0; !word->said && !word->number && j + 1 < shown->count; j++)
            word->said = !shown->list[j].silent && says_compound(word->text, shown, j, 0);
    }
}

/* «№ 5», «7-я», «СОШ 5»: not the number of a house or of a region. */
static bool numbers_body(const struct words *words, size_t at)
{
    const struct word *word = &words->list[at];
    const struct word *before = word_beside(words, at, -1);
    const struct word *after = word_beside(words, at, 1);
    if (!word->number || word->passing)
        return false;
    return word->marked || (at + 1 < words->count && is_any(word[1].text, number_endings)) ||
           (before != NULL && is_body(before)) || (after != NULL && is_body(after));
}

static bool has_number(const struct words *words)
{
    for (size_t i = 0; i < words->count; i++)
        if (words->list[i].number && !words->list[i].passing)
            return true;
    return false;
}

static bool says_number(const struct words *words)
{
    for (size_t i = 0; i < words->count; i++)
        if (words->list[i].number && words->list[i].said)
            return true;
    return false;
}

static bool numbers_differ(const struct words *shown, const struct words *words)
{
    bool numbered = false;
    for (size_t i = 0; i < shown->count; i++)
        numbered = numbered || numbers_body(shown, i);
    return numbered && has_number(words) && !says_number(words);
}

/* ---- what may be a short name ---- */

/* The first word that says what body it is, where a legal form does not; and of an administration its own land: what
 * follows is the land around. */
static bool says_head(const struct words *words)
{
    size_t at = 0;
    while (at < words->count && (!is_body(&words->list[at]) || words->list[at].form))
        at++;
    if (at == words->count)
        return true;
    bool governs = text_starts(words->list[at].text, "администрац");
    for (size_t i = at + 1; governs && i < words->count; i++)
        if (words->list[i].significant)
            return words->list[at].said && words->list[i].said;
    return words->list[at].said;
}

/* «Музыкальная школа № 7»: another kind of school; «Ржевская» may say no more than where it is. */
static bool is_otherwise(const struct word *word)
{
    if (!word->significant || word->said || begins_with_any(word->text, epithets))
        return false;
    bool of_place = strstr(word->text, "ск") != NULL || strstr(word->text, "цк") != NULL;
    return begins_with_any(word->text, specials) || (word->adjective && !of_place);
}

/* Kind and number agree, whatever follows; or nothing else is said than what the name says, of the same body. */
static bool may_be_short(const struct words *shown, const struct words *words)
{
    bool numbered = false;
    bool otherwise = false;
    bool all = true;
    size_t significant = 0;
    for (size_t i = 0; i < shown->count; i++) {
        const struct word *word = &shown->list[i];
        numbered = numbered || (numbers_body(shown, i) && word->said);
        otherwise = otherwise || (!numbered && is_otherwise(word));
        all = all && (word->said || !word->significant || word->passing);
        significant += word->significant && word->said;
    }
    all = all && significant >= 2 && (!has_number(words) || says_number(words));
    return says_head(words) && ((numbered && !otherwise) || all);
}

/* ---- one form of the name ---- */

static size_t count_significant(const struct words *words)
{
    size_t count = 0;
    for (size_t i = 0; i < words->count; i++)
        count += words->list[i].significant;
    return count;
}

/* The share of significant words that are said; without those that honour somebody, 0 where too few others are left. */
static int share_said(struct pool *pool, const struct words *words, bool with_honour, size_t *counted, json_t **missing)
{
    size_t significant = 0;
    size_t said = 0;
    *missing = pool_adopt(pool, json_array(), pool_release_json);
    for (size_t i = 0; i < words->count; i++) {
        const struct word *word = &words->list[i];
        if (!word->significant || (word->honour && !with_honour))
            continue;
        significant++;
        said += word->said;
        if (!word->said)
            json_array_append_new(*missing, json_string(word->text));
    }
    *counted = significant;
    return significant < (with_honour ? 1 : 2) ? 0 : (int)(100 * said / significant);
}

/* Whom a body honours is left unsaid in everyday speech: what counts is the better of both. */
static void compare_form(struct pool *pool, struct words *shown, const char *form, struct name_match *best)
{
    struct words *words = pool_alloc(pool, sizeof *words);
    words_split(pool, form, words);
    for (size_t i = 0; i < shown->count; i++)
        say(&shown->list[i], words);
    say_in_full(shown, words);
    say_brand(shown, words);
    best->territory_said = best->territory_said || says_territory(shown, words);
    best->may_be_short = best->may_be_short || may_be_short(shown, words);
    for (int with_honour = 1; with_honour >= 0; with_honour--) {
        json_t *missing;
        size_t counted;
        int share = share_said(pool, words, with_honour == 1, &counted, &missing);
        if (best->form != NULL && share <= best->share)
            continue;
        best->share = share;
        best->words = counted;
        best->form = form;
        best->missing = missing;
        best->number_differs = numbers_differ(shown, words);
    }
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

static bool says_all(struct pool *pool, struct words *shown, const char *form)
{
    struct name_match match = {0};
    compare_form(pool, shown, form, &match);
    return match.share == 100;
}

void name_compare(struct pool *pool, const char *shown, const char *name, const char *short_name,
                  struct name_match *match)
{
    struct words *words = pool_alloc(pool, sizeof *words);
    words_split(pool, shown, words);
    *match = (struct name_match){0};
    if (short_name != NULL && *short_name != '\0')
        compare_form(pool, words, short_name, match);
    compare_form(pool, words, name, match);
    const char *quoted = quoted_part(pool, name);
    if (quoted == NULL)
        return;
    struct words *own = pool_alloc(pool, sizeof *own);
    words_split(pool, quoted, own);
    bool alone = count_significant(own) == 1; /* «Росинка» alone names a hundred kindergartens */
    if (count_significant(own) >= 2)
        compare_form(pool, words, quoted, match);
    const char *proper = alone ? quoted : proper_name(pool, name);
    if (alone || strcmp(proper, quoted) != 0)
        match->may_be_short = match->may_be_short || says_all(pool, words, proper);
}

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
/* Legal forms in their initials: they tell nobody apart either. */
static const char *const forms[] = {
    "мбоу",  "моу",  "маоу", "мкоу", "мобу",  "мбдоу", "мдоу",  "мадоу", "мкдоу", "мбудо", "маудо", "мкудо", "мудо",
    "муз",   "мбуз", "гбуз", "гкуз", "гауз",  "гуз",   "огбуз", "кгбуз", "гбу",   "гку",   "гау",   "гу",    "огбу",
    "огку",  "кгбу", "кгку", "фгбу", "фгбоу", "фку",   "гбоу",  "гбпоу", "гапоу", "гкоу",  "гаоу",  "мбу",   "мку",
    "мау",   "му",   "мбук", "мкук", "маук",  "мук",   "гбук",  "гаук",  "гкук",  "гбусо", "гкусо", "гаусо", "гбусон",
    "мбусо", "муп",  "мкп",  "гуп",  "фгуп",  "оао",   "ооо",   "пао",   "ано",   NULL,
};
/* Short forms of kinds of bodies, and the word by which people call them: «СОШ № 5» is «Школа № 5». */
static const struct {
    const char *letters;
    const char *stem;
} kinds[] = {
    {"сош", "школ"},    {"оош", "школ"},    {"нош", "школ"},      {"сш", "школ"},     {"нш", "школ"},
    {"дюсш", "спорт"},  {"дс", "сад"},      {"црб", "больниц"},   {"цгб", "больниц"}, {"гкб", "больниц"},
    {"окб", "больниц"}, {"дгб", "больниц"}, {"гб", "больниц"},    {"рб", "больниц"},  {"сдк", "культур"},
    {"рдк", "культур"}, {"гдк", "культур"}, {"цбс", "библиотек"},
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
/* What a compound leaves out: «горбольница» is the «Городская клиническая больница». */
static const char *const epithets[] = {"клиническ", "центральн", NULL};
/* The brand of a kind of bodies, and the stems of what the law calls them. */
static const struct {
    const char *said[3];
    const char *meant[6];
} brands[] = {
    {{"мои", "документы", NULL}, {"многофункциональн", "центр", "предоставлен", "услуг", "мфц", NULL}},
};
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
    bool honour; /* of whom or what the body bears the name: «имени Героя Советского Союза А. С. Пушкина» */
    bool passing; /* a number that numbers nothing: an age («6+», «80 лет»), a year */
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
        word->significant =
            !word->silent && !is_any(word->text, forms) && (subject || !begins_with_any(word->text, common));
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

static void split(struct pool *pool, const char *text, struct words *words)
{
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
        text += parted > 0 ? parted : length > 0 ? length : letter_size(text);
    }
    mark_passing(words);
    mark_significant(words);
}

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
    return text_length(ending) <= 2 && text_starts(suffix, "ск") && text_length(suffix) <= 5;
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

static bool says_word(const struct word *shown, const struct word *word)
{
    if (shown->number || word->number)
        return shown->number == word->number && strcmp(shown->text, word->text) == 0;
    if (shown->dotted && text_length(shown->text) >= 3 && text_starts(word->text, shown->text))
        return true;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(word->text, kinds[i].letters) == 0 && text_starts(shown->text, kinds[i].stem))
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

/* «соцзащиты», «минобрнауки», «роддом»: beginnings of words that follow each other, silent ones aside, and the last may
 * be whole. Marks them; `parts` counts those found before. */
static bool says_compound(const char *rest, struct words *words, size_t from, int parts)
{
    while (from < words->count &&
           (words->list[from].silent || (parts > 0 && begins_with_any(words->list[from].text, epithets))))
        from++;
    if (from >= words->count || words->list[from].number)
        return false;
    struct word *word = &words->list[from];
    size_t same = common_letters(rest, word->text);
    bool last = parts > 0 && same >= 3 && (text_length(rest) == same || same_word(rest, word->text));
    const char *next = rest;
    for (size_t i = 0; i < same; i++)
        next += letter_size(next);
    if (!last && (same < 3 || text_length(next) < 3 || !says_compound(next, words, from + 1, parts + 1)))
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

static void say(const struct word *shown, struct words *words)
{
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

/* «Кимрский муниципальный округ» for its administration: the land is named with its kind, and only who governs it is
 * not. */
static bool says_territory(const struct words *words)
{
    static const char *const kinds_of_land[] = {"округ", "район", "поселен", "город", "област", "край", NULL};
    bool governed = false;
    bool land = false;
    bool rest = true;
    for (size_t i = 0; i < words->count; i++) {
        const struct word *word = &words->list[i];
        if (text_starts(word->text, "администрац") && !word->said)
            governed = true;
        else if (begins_with_any(word->text, kinds_of_land) && !word->significant)
            land = land || word->said;
        else
            rest = rest && (word->said || !word->significant);
    }
    return governed && land && rest;
}

/* The register's «ЦРБ», said in full. */
static void say_in_full(struct words *shown, struct words *words)
{
    for (size_t i = 0; i < words->count; i++) {
        struct word *word = &words->list[i];
        bool letters = word->upper && !word->number && text_length(word->text) >= 2 && text_length(word->text) <= 6;
        for (size_t j = 0; letters && !word->said && j < shown->count; j++)
            word->said = says_initials(word, shown, j);
    }
}

static bool numbers_differ(const struct words *shown, const struct words *words)
{
    bool any_shown = false;
    bool any = false;
    for (size_t i = 0; i < shown->count; i++)
        any_shown = any_shown || (shown->list[i].number && !shown->list[i].passing);
    for (size_t i = 0; i < words->count; i++) {
        any = any || (words->list[i].number && !words->list[i].passing);
        if (words->list[i].number && words->list[i].said)
            return false;
    }
    return any && any_shown;
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
    split(pool, form, words);
    for (size_t i = 0; i < shown->count; i++)
        say(&shown->list[i], words);
    say_in_full(shown, words);
    say_brand(shown, words);
    bool territory = says_territory(words);
    for (int with_honour = 1; with_honour >= 0; with_honour--) {
        json_t *missing;
        size_t counted;
        int share = share_said(pool, words, with_honour == 1, &counted, &missing);
        territory = territory || best->territory_said;
        if (best->form == NULL || share > best->share)
            *best = (struct name_match){.share = share,
                                        .words = counted,
                                        .form = form,
                                        .missing = missing,
                                        .number_differs = numbers_differ(shown, words)};
        best->territory_said = territory;
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

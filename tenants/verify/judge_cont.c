/* judge_cont.c: the check of contacts: a phone, an e-mail and an address in fields of their own, or in what people
 * write. Whoever writes as nobody foresaw is not accused: what may be a phone or an address is unclear. */
#include "veha/text.h"

#include "judge_bench.h"

#include <ctype.h>
#include <string.h>

enum said { ABSENT, PERHAPS, SAID };

static enum said better(enum said one, enum said two)
{
    return one > two ? one : two;
}

/* ---- words ---- */

/* The first byte of the character before `at`; `text` itself at the beginning. */
static const char *lead_before(const char *text, const char *at)
{
    while (at > text && ((unsigned char)*--at & 0xC0) == 0x80)
        ;
    return at;
}

/* Latin or Cyrillic; quotes, dashes and pictures are of several bytes, too. */
static bool is_letter(const char *lead)
{
    unsigned char byte = (unsigned char)*lead;
    return isalpha(byte) || (byte >= 0xD0 && byte <= 0xD3);
}

static size_t character_size(const char *at)
{
    size_t size = 1;
    while (((unsigned char)at[size] & 0xC0) == 0x80)
        size++;
    return size;
}

/* The next place before `end` where a word begins with the stem; NULL: none. */
static const char *find_stem(const char *text, const char *from, const char *end, const char *stem)
{
    size_t length = strlen(stem);
    for (const char *at = from; (at = memmem(at, (size_t)(end - at), stem, length)) != NULL; at++)
        if (at == text || !is_letter(lead_before(text, at)))
            return at;
    return NULL;
}

static bool is_digit(char byte)
{
    return isdigit((unsigned char)byte) != 0;
}

static bool begins_number(const char *text, const char *at)
{
    return is_digit(*at) && (at == text || (!isalnum((unsigned char)at[-1]) && at[-1] != '_'));
}

/* ---- the phone ---- */

/* What parts the groups of a number: the more unusual the mark, the less it is a phone. */
enum gap { TIGHT, USUAL, STRANGE, NO_GAP };

enum { DIGITS_MOST = 11, GAP_MOST = 4, WORD_REACH = 48 };

static enum gap gap_kind(const char *at)
{
    static const char *const tight[] = {" ", "-", "\u00a0", "\u2009", "\u202f", "‐", "‑", "‒", "–", "—", "−", NULL};
    for (const char *const *mark = tight; *mark != NULL; mark++)
        if (text_starts(at, *mark))
            return TIGHT;
    if (*at == '\0' || is_digit(*at) || is_letter(at) || strchr("\n,;:+@", *at) != NULL)
        return NO_GAP;
    return strchr("().", *at) != NULL ? USUAL : STRANGE;
}

/* The marks between two groups of digits; NULL: no other group follows. */
static const char *cross_gap(const char *at, enum gap *widest)
{
    for (int marks = 0; !is_digit(*at); marks++) {
        enum gap kind = gap_kind(at);
        if (kind == NO_GAP || marks == GAP_MOST)
            return NULL;
        *widest = kind > *widest ? kind : *widest;
        at += character_size(at);
    }
    return at;
}

/* Does what stands before the number say what it is: within reach, and with no other number between? */
static bool is_behind(const char *text, const char *number, const char *const *stems)
{
    const char *from = number;
    while (from > text && !is_digit(from[-1]) && number - from < WORD_REACH)
        from--;
    for (; *stems != NULL; stems++)
        if (find_stem(text, from, number, *stems) != NULL)
            return true;
    return false;
}

static const char *const phone_stems[] = {"тел.", "тел:",   "тел ",        "тел/",      "телефон", "тлф",
                                          "факс", "приемн", "регистратур", "диспетчер", "звон",    "tel",
                                          "☎",    "📞",      "📱",           NULL};
static const char *const account_stems[] = {"инн", "огрн", "кпп", "бик", "окпо", "р/с", "счет", NULL};

/* «т. 2-15-43», where nothing but blanks stands between: «и т. д.» names no phone. */
static bool is_behind_letter(const char *text, const char *number)
{
    const char *at = number;
    while (at > text && at[-1] == ' ')
        at--;
    if (at > text && (at[-1] == '.' || at[-1] == ':'))
        at--;
    const char *letter = lead_before(text, at);
    return text_starts(letter, "т") && (letter == text || !is_letter(lead_before(text, letter)));
}

/* Digits that were met so far, group by group. */
struct digits {
    char text[DIGITS_MOST];
    size_t count, first, longest, last, groups;
    enum gap widest;
};

static enum said weigh_whole(const struct digits *digits, bool plus, bool named)
{
    bool prefixed = digits->count == DIGITS_MOST && (digits->text[0] == '7' || digits->text[0] == '8');
    char code = digits->text[prefixed ? 1 : 0];
    if ((!prefixed && digits->count != DIGITS_MOST - 1) || (!plus && strchr("3489", code) == NULL))
        return ABSENT;
    bool grouped = prefixed ? digits->first == 1 || digits->first > 3 : digits->first > 2;
    bool plain = digits->widest < STRANGE && digits->longest > 2 && grouped;
    return plus || (plain && (prefixed || digits->groups > 1 || named)) ? SAID : PERHAPS;
}

/* A number within the town, or with the code of a district before it. */
static enum said weigh_local(const struct digits *digits, bool named)
{
    bool local = digits->count >= 5 && digits->count <= 7;
    bool district = digits->count == 8 || digits->count == 9;
    bool usual = digits->groups > 2 && digits->last == 2 && digits->widest < STRANGE;
    if (named && local && digits->widest == TIGHT)
        return SAID;
    if (named)
        return digits->count > 1 && digits->count < DIGITS_MOST - 1 ? PERHAPS : ABSENT;
    return usual && (district || (local && digits->longest < 4 && digits->widest == TIGHT)) ? PERHAPS : ABSENT;
}

/* What the number that begins here is worth, to the end of any of its groups. */
static enum said weigh_number(const char *text, const char *at)
{
    struct digits digits = {0};
    enum said best = ABSENT;
    bool plus = at > text && at[-1] == '+';
    bool named = is_behind(text, at, phone_stems) || is_behind_letter(text, at);
    if (is_behind(text, at, account_stems))
        return ABSENT;
    while (at != NULL) {
        size_t size = strspn(at, "0123456789");
        if (digits.count + size > DIGITS_MOST)
            break;
        memcpy(digits.text + digits.count, at, size);
        digits.count += size;
        digits.first = digits.groups++ == 0 ? size : digits.first;
        digits.longest = size > digits.longest ? size : digits.longest;
        digits.last = size;
        best = better(best, better(weigh_whole(&digits, plus, named), weigh_local(&digits, named)));
        at = cross_gap(at + size, &digits.widest);
    }
    return best;
}

static enum said says_phone(const char *text)
{
    enum said best = ABSENT;
    for (const char *at = text; *at != '\0'; at++)
        if (begins_number(text, at))
            best = better(best, weigh_number(text, at));
    return best;
}

/* ---- the address ---- */

enum { HOUSE_REACH = 100 };

/* Digits of a house: few of them, and no part of a word, a phone, a time, a percentage. */
static bool is_house(const char *text, const char *at)
{
    size_t size = strspn(at, "0123456789");
    const char *after = at + size;
    if (at > text && (is_digit(at[-1]) || strchr("-+:_@", at[-1]) != NULL || is_letter(lead_before(text, at))))
        return false;
    if (size == 0 || size > 3 || *after == '%' || (*after == '.' && is_digit(after[1])))
        return false;
    after += strspn(after, " ()-:+");
    return !is_digit(*after);
}

static bool has_house(const char *text, const char *from)
{
    for (const char *at = from; *at != '\0' && at - from < HOUSE_REACH; at++)
        if (is_digit(*at) && (at == from || !is_digit(at[-1])) && is_house(text, at))
            return true;
    return false;
}

/* How much a word tells of an address. */
enum sign {
    STREET,   /* enough by itself */
    NUMBERED, /* a street where a house follows, or another thing */
    PLACE,    /* an address where a house follows, or one of a village without numbers */
    LETTER,   /* the same of one letter, before a name: «с. Тургиново» */
    HOUSE,    /* one, where a number follows at once */
};

static const struct address_word {
    const char *stem;
    enum sign sign;
} address_words[] = {
    {"ул.", STREET},        {"ул ", STREET},      {"улиц", STREET},    {"просп", STREET},     {"пр-т", STREET},
    {"пр-кт", STREET},      {"пр-д", STREET},     {"пер.", STREET},    {"переул", STREET},    {"площад", STREET},
    {"пл.", STREET},        {"шоссе", STREET},    {"наб.", STREET},    {"набереж", STREET},   {"мкр", STREET},
    {"микрорайон", STREET}, {"бульвар", STREET},  {"б-р", STREET},     {"кв-л", STREET},      {"пр.", NUMBERED},
    {"проезд", NUMBERED},   {"тракт", NUMBERED},  {"тупик", NUMBERED}, {"квартал", NUMBERED}, {"алле", NUMBERED},
    {"линия", NUMBERED},    {"адрес", PLACE},     {"индекс", PLACE},   {"пос.", PLACE},       {"поселок", PLACE},
    {"дер.", PLACE},        {"деревня ", PLACE},  {"село ", PLACE},    {"пгт", PLACE},        {"станица ", PLACE},
    {"хутор ", PLACE},      {"находимся", PLACE}, {"с.", LETTER},      {"п.", LETTER},        {"д.", LETTER},
    {"х.", LETTER},         {"дом ", HOUSE},      {"д.", HOUSE},
};

/* Is the letter that of «и т.д.», «и т. п.»? */
static bool is_and_so_on(const char *text, const char *at)
{
    while (at > text && at[-1] == ' ')
        at--;
    return at > text && at[-1] == '.' && is_behind_letter(text, at);
}

static enum said weigh_word(const char *text, const char *at, const struct address_word *word)
{
    const char *next = at + strlen(word->stem);
    next += strspn(next, " ");
    if (word->sign == STREET)
        return SAID;
    if (word->sign == HOUSE)
        return is_digit(*next) && is_house(text, next) ? SAID : ABSENT;
    if (word->sign == LETTER && (!is_letter(next) || is_and_so_on(text, at)))
        return ABSENT;
    return has_house(text, next) ? SAID : word->sign == NUMBERED ? ABSENT : PERHAPS;
}

static enum said says_address_word(const char *text)
{
    enum said best = ABSENT;
    const char *end = text + strlen(text);
    for (size_t i = 0; i < sizeof address_words / sizeof *address_words; i++)
        for (const char *at = text; (at = find_stem(text, at, end, address_words[i].stem)) != NULL; at++)
            best = better(best, weigh_word(text, at, &address_words[i]));
    return best;
}

/* «170100, Тверь, Советская 34» */
static enum said weigh_postcode(const char *text, const char *at)
{
    const char *end = at + strspn(at, "0123456789");
    const char *name = end + strspn(end, ", ");
    if (end - at != 6 || *at < '1' || *at > '6' || name == end || !is_letter(name) ||
        is_behind(text, at, phone_stems) || is_behind_letter(text, at) || is_behind(text, at, account_stems))
        return ABSENT;
    return has_house(text, name) ? SAID : PERHAPS;
}

/* «Советская, 34» at the end of a line or of a part of it. */
static enum said weigh_bare_house(const char *text, const char *at)
{
    const char *end = at + strspn(at, "0123456789");
    const char *before = at;
    while (before > text && strchr(" ,", before[-1]) != NULL)
        before--;
    bool ends = *end == '\0' || strchr("\n,.;)", *end) != NULL;
    bool named = before < at && before > text && is_letter(lead_before(text, before));
    return ends && named && is_house(text, at) ? PERHAPS : ABSENT;
}

static enum said says_address(const char *text)
{
    enum said best = says_address_word(text);
    for (const char *at = text; *at != '\0'; at++)
        if (begins_number(text, at))
            best = better(best, better(weigh_postcode(text, at), weigh_bare_house(text, at)));
    return best;
}

/* ---- the check ---- */

/* Fields of people's cards, and what stands in their descriptions. */
static bool has_contact(const json_t *contacts, const char *member)
{
    for (size_t i = 0; i < json_array_size(contacts); i++) {
        const char *text = json_string_value(json_object_get(json_array_get(contacts, i), member));
        if (text != NULL && *text != '\0')
            return true;
    }
    return false;
}

static const char *written_words(struct bench *bench, const char *description, const json_t *contacts)
{
    const char *words = description == NULL ? "" : description;
    for (size_t i = 0; i < json_array_size(contacts); i++) {
        const char *text = json_string_value(json_object_get(json_array_get(contacts, i), "desc"));
        if (text != NULL)
            words = pool_print(bench->pool, "%s\n%s", words, text);
    }
    return text_fold(bench->pool, words);
}

/* «школа@тверь.рф», «school7 @ mail.ru», «school7(собака)mail.ru» */
static enum said says_email(struct bench *bench, const char *words)
{
    static const char *const dogs[] = {"собака", "(at)", "[at]", NULL};
    if (bench_fits(bench, words, "[a-z0-9._-]+@[a-z0-9.-]+\\.[a-z]{2,}"))
        return SAID;
    return bench_says(bench, words, dogs) ||
                   bench_fits(bench, words, "[^[:space:]] ?@ ?[^[:space:]]+\\.[^[:space:][:punct:]]{2,}")
               ? PERHAPS
               : ABSENT;
}

static enum said in_field(bool filled, enum said words)
{
    return filled ? SAID : words;
}

static bool is_filled(const char *text)
{
    return text != NULL && *text != '\0';
}

struct verdict judge_cont(struct bench *bench)
{
    const char *description = bench_text(bench, "description");
    const json_t *contacts = bench_value(bench, "contacts");
    if (description == NULL && contacts == NULL)
        return bench_untold(bench);
    const char *words = written_words(bench, description, contacts);
    const struct {
        const char *name;
        enum said said;
    } parts[] = {
        {"phone", in_field(has_contact(contacts, "phone") || is_filled(bench_text(bench, "phone")), says_phone(words))},
        {"email", in_field(has_contact(contacts, "email"), says_email(bench, words))},
        {"address", in_field(is_filled(bench_text(bench, "address")), says_address(words))},
    };
    json_t *lists[] = {[ABSENT] = json_array(), [PERHAPS] = json_array()};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (parts[i].said != SAID)
            json_array_append_new(lists[parts[i].said], json_string(parts[i].name));
    bool missing = json_array_size(lists[ABSENT]) > 0;
    bool unclear = json_array_size(lists[PERHAPS]) > 0;
    struct verdict verdict =
        !missing && !unclear                      ? verdict_of(PASSED, "as_required")
        : !missing                                ? verdict_of(UNKNOWN, "contacts_unclear")
        : contacts != NULL && description != NULL ? verdict_of(FAILED, "contacts_missing")
        : bench_network_has(bench, "contacts")
            ? verdict_of(UNKNOWN, "not_told")
            : verdict_of(UNKNOWN, "no_field"); /* no place for them but a description of 255 characters */
    json_object_set_new(verdict.facts, "missing", lists[ABSENT]);
    if (unclear)
        json_object_set(verdict.facts, "doubtful", lists[PERHAPS]);
    json_decref(lists[PERHAPS]);
    return verdict;
}

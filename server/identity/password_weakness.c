/* password_weakness.c: refuses passwords that are too short, too long, or among the first that anybody would try. */
#include "veha/password.h"
#include "veha/text.h"

#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zxcvbn.h>

/*
 * The common passwords, words, names, keyboard walks, repetitions, sequences and dates are those of the package
 * libzxcvbn0, whose estimate counts the guesses an attacker who knows them would need. It knows nothing of Cyrillic, so
 * a password is first written in Latin, in two ways: by the key of each letter («привет» is ghbdtn, as people who forget
 * to switch type it anyway), with the Russian words of the package hunspell-ru that stand in it added to the dictionary
 * for this one question; and by the letter's place in the alphabet. Without hunspell-ru only the words are missing.
 */
static const double FEWEST_BITS = 30; /* a billion guesses, a lock-out's work of many years */
static const char russian_words[] = "/usr/share/hunspell/ru_RU.dic";

enum { WORDS_MOST = 64, WORD_SHORTEST = 4, KEY_LONGEST = 4 * PASSWORD_LONGEST + 1 };

/* What stands for the letters а … я and ё. */
struct typing {
    const char *letters;
    const char *yo;
};

static const struct typing by_key = {"f,dult;pbqrkvyjghcnea[wxio]sm'.z", "`"}; /* ЙЦУКЕН */
static const struct typing by_order = {"abcdefghijklmnopqrstuvwxyz012345", ""}; /* абвгд is abcde, with ё or without */

/* Decodes one code point of valid UTF-8. */
static unsigned next_point(const char **text)
{
    const unsigned char *byte = (const unsigned char *)*text;
    size_t size = byte[0] < 0x80 ? 1 : byte[0] < 0xe0 ? 2 : byte[0] < 0xf0 ? 3 : 4;
    unsigned point = size == 1 ? byte[0] : byte[0] & (0xffu >> (size + 1));
    for (size_t i = 1; i < size; i++)
        point = point << 6 | (byte[i] & 0x3f);
    *text += size;
    return point;
}

/* Writes text, which ends at end, in lower-case Latin; what is neither Latin nor Russian stays as it is. */
static size_t type_latin(const struct typing *typing, const char *text, const char *end, char *keys)
{
    size_t length = 0;
    while (text < end) {
        const char *start = text;
        unsigned point = next_point(&text);
        unsigned lower = point >= 0x410 && point <= 0x42f ? point + 0x20 : point == 0x401 ? 0x451 : point;
        if (lower >= 0x430 && lower <= 0x44f)
            keys[length++] = typing->letters[lower - 0x430];
        else if (lower == 0x451)
            length = (size_t)(stpcpy(keys + length, typing->yo) - keys);
        else
            for (; start < text; start++)
                keys[length++] = *start >= 'A' && *start <= 'Z' ? (char)(*start + 32) : *start;
    }
    keys[length] = '\0';
    return length;
}

struct dictionary {
    const char *bytes;
    size_t size;
};

static struct dictionary dictionary_open(const char *path)
{
    struct dictionary dictionary = {0};
    struct stat status;
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor >= 0 && fstat(descriptor, &status) == 0 && status.st_size > 0) {
        void *bytes = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, descriptor, 0);
        if (bytes != MAP_FAILED)
            dictionary = (struct dictionary){bytes, (size_t)status.st_size};
    }
    if (descriptor >= 0)
        close(descriptor);
    return dictionary;
}

static void dictionary_close(struct dictionary dictionary)
{
    if (dictionary.bytes != NULL)
        munmap((void *)(uintptr_t)dictionary.bytes, dictionary.size);
}

/* The word of one line of a hunspell dictionary, «слово/FLAGS», typed on Latin keys. Its length, 0 when it does not
 * count. */
static size_t word_of_line(const char *line, const char *end, char *keys)
{
    const char *flags = memchr(line, '/', (size_t)(end - line));
    const char *stop = flags != NULL ? flags : end;
    size_t size = (size_t)(stop - line);
    if (size == 0 || (signed char)line[0] > 0 || size > PASSWORD_LONGEST || !text_is_utf8(line, size))
        return 0;
    size_t length = type_latin(&by_key, line, stop, keys);
    return length >= WORD_SHORTEST ? length : 0;
}

/* Fills words with the Russian words that stand in the password, both as typed on Latin keys; ended by NULL. */
static void find_words(const char *password_keys, const char **words)
{
    struct dictionary dictionary = dictionary_open(russian_words);
    size_t count = 0;
    char keys[KEY_LONGEST];
    for (const char *line = dictionary.bytes, *all = line + dictionary.size, *end; line < all && count < WORDS_MOST;
         line = end + 1) {
        end = memchr(line, '\n', (size_t)(all - line));
        if (end == NULL)
            end = all;
        if (word_of_line(line, end, keys) > 0 && strstr(password_keys, keys) != NULL)
            words[count++] = strdup(keys);
    }
    words[count] = NULL;
    dictionary_close(dictionary);
}

static bool is_common(const char *password)
{
    const char *words[WORDS_MOST + 1];
    char keys[KEY_LONGEST];
    const char *end = password + strlen(password);
    type_latin(&by_order, password, end, keys);
    double bits_by_order = ZxcvbnMatch(keys, NULL, NULL);
    type_latin(&by_key, password, end, keys);
    find_words(keys, words);
    double bits_by_key = ZxcvbnMatch(keys, words, NULL);
    for (size_t i = 0; words[i] != NULL; i++)
        free((void *)(uintptr_t)words[i]);
    sodium_memzero(keys, sizeof keys);
    return bits_by_order < FEWEST_BITS || bits_by_key < FEWEST_BITS;
}

static bool is_not_utf8(const char *password)
{
    return !text_is_utf8(password, strlen(password));
}

static bool is_short(const char *password)
{
    return text_length(password) < PASSWORD_SHORTEST;
}

static bool is_long(const char *password)
{
    return text_length(password) > PASSWORD_LONGEST;
}

static const struct {
    bool (*applies)(const char *password); /* may rely on those above it */
    const char *code;
} weaknesses[] = {
    {is_not_utf8, "not_utf8"},
    {is_short, "password_short"},
    {is_long, "password_long"},
    {is_common, "password_common"},
};

const char *password_weakness(const char *password)
{
    for (size_t i = 0; i < sizeof weaknesses / sizeof weaknesses[0]; i++)
        if (weaknesses[i].applies(password))
            return weaknesses[i].code;
    return NULL;
}

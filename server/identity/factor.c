/* factor.c: seals the secrets of authenticators, and makes recovery codes and their hashes. */
#include "veha/factor.h"

#include <sodium.h>
#include <string.h>

enum { CODE_LENGTH = 12, CODE_GROUP = 4, VARIANT = sodium_base64_VARIANT_URLSAFE_NO_PADDING };

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/* Purposes differ, so that no key serves for two things. */
static void derive(unsigned char key[32], const struct keyring *keys, const char *purpose, const char *person)
{
    crypto_generichash_state state;

    crypto_generichash_init(&state, keys->sealing, sizeof keys->sealing, 32);
    crypto_generichash_update(&state, (const unsigned char *)purpose, strlen(purpose) + 1);
    crypto_generichash_update(&state, (const unsigned char *)person, strlen(person));
    crypto_generichash_final(&state, key, 32);
}

const char *factor_seal(struct pool *pool, const struct keyring *keys, const char *person,
                        const struct totp_secret *secret)
{
    unsigned char key[crypto_secretbox_KEYBYTES];
    unsigned char box[crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES + TOTP_SECRET_LONGEST];
    size_t size = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES + secret->length;
    size_t room = sodium_base64_ENCODED_LEN(size, VARIANT);

    derive(key, keys, "veha factor 1", person);
    randombytes_buf(box, crypto_secretbox_NONCEBYTES);
    crypto_secretbox_easy(box + crypto_secretbox_NONCEBYTES, secret->bytes, secret->length, box, key);
    sodium_memzero(key, sizeof key);
    return sodium_bin2base64(pool_alloc(pool, room), room, box, size, VARIANT);
}

bool factor_open(const struct keyring *keys, const char *person, const char *sealed, struct totp_secret *secret)
{
    unsigned char key[crypto_secretbox_KEYBYTES];
    unsigned char box[crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES + TOTP_SECRET_LONGEST];
    size_t size = 0, overhead = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES;

    *secret = (struct totp_secret){0};
    if (sodium_base642bin(box, sizeof box, sealed, strlen(sealed), NULL, &size, NULL, VARIANT) != 0 ||
        size < overhead + TOTP_SECRET_SHORTEST)
        return false;
    derive(key, keys, "veha factor 1", person);
    bool opened = crypto_secretbox_open_easy(secret->bytes, box + crypto_secretbox_NONCEBYTES,
                                             size - crypto_secretbox_NONCEBYTES, box, key) == 0;
    sodium_memzero(key, sizeof key);
    secret->length = opened ? size - overhead : 0;
    return opened;
}

const char *recovery_new(struct pool *pool)
{
    char *code = pool_alloc(pool, CODE_LENGTH + CODE_LENGTH / CODE_GROUP), *end = code;

    for (size_t i = 0; i < CODE_LENGTH; i++) {
        if (i > 0 && i % CODE_GROUP == 0)
            *end++ = '-';
        *end++ = letters[randombytes_uniform(sizeof letters - 1)];
    }
    return code;
}

/* The code without what people put between; false when it is none. */
static bool read_code(const char *text, char code[CODE_LENGTH + 1])
{
    size_t count = 0;

    for (; *text != '\0'; text++) {
        char letter = (char)(*text >= 'a' && *text <= 'z' ? *text - 'a' + 'A' : *text);
        if (letter == ' ' || letter == '-')
            continue;
        if (strchr(letters, letter) == NULL || count == CODE_LENGTH)
            return false;
        code[count++] = letter;
    }
    code[count] = '\0';
    return count == CODE_LENGTH;
}

const char *recovery_hash(struct pool *pool, const struct keyring *keys, const char *person, const char *text)
{
    unsigned char key[32], hash[32];
    char code[CODE_LENGTH + 1];

    if (!read_code(text, code))
        return NULL;
    derive(key, keys, "veha recovery 1", person);
    crypto_generichash(hash, sizeof hash, (const unsigned char *)code, CODE_LENGTH, key, sizeof key);
    sodium_memzero(key, sizeof key);
    return sodium_bin2hex(pool_alloc(pool, 2 * sizeof hash + 1), 2 * sizeof hash + 1, hash, sizeof hash);
}

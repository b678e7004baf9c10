/* totp.c: makes and recognises the codes of authenticators. */
#include "veha/totp.h"

#include "veha/text.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MODULUS = 1000000, BASE32_BITS = 5, HASH_SIZE = 20 };

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

void totp_secret_new(struct totp_secret *secret)
{
    *secret = (struct totp_secret){.length = TOTP_SECRET_SIZE};
    randombytes_buf(secret->bytes, secret->length);
}

static int digit_of(char letter)
{
    const char upper = (char)(letter >= 'a' && letter <= 'z' ? letter - 'a' + 'A' : letter);
    const char *at = upper == '\0' ? NULL : strchr(alphabet, upper);
    return at == NULL ? -1 : (int)(at - alphabet);
}

bool totp_secret_read(const char *text, struct totp_secret *secret)
{
    unsigned bits = 0, held = 0;

    *secret = (struct totp_secret){0};
    for (; *text != '\0'; text++) {
        if (*text == ' ')
            continue;
        int digit = digit_of(*text);
        if (digit < 0 || secret->length == TOTP_SECRET_LONGEST)
            return false;
        bits = (bits << BASE32_BITS | (unsigned)digit) & 0xfff;
        held += BASE32_BITS;
        if (held >= 8) {
            held -= 8;
            secret->bytes[secret->length++] = (unsigned char)(bits >> held);
        }
    }
    return secret->length >= TOTP_SECRET_SHORTEST;
}

const char *totp_secret_print(struct pool *pool, const struct totp_secret *secret)
{
    char *text = pool_alloc(pool, secret->length * 8 / BASE32_BITS + 2), *end = text;
    unsigned bits = 0, held = 0;

    for (size_t i = 0; i < secret->length; i++) {
        bits = (bits << 8 | secret->bytes[i]) & 0xfff;
        for (held += 8; held >= BASE32_BITS; held -= BASE32_BITS)
            *end++ = alphabet[bits >> (held - BASE32_BITS) & 31];
    }
    if (held > 0)
        *end++ = alphabet[bits << (BASE32_BITS - held) & 31];
    return text;
}

uint32_t totp_code(const struct totp_secret *secret, int64_t step)
{
    unsigned char message[8], hash[HASH_SIZE];
    unsigned size = sizeof hash;

    for (size_t i = 0; i < sizeof message; i++)
        message[i] = (unsigned char)((uint64_t)step >> (8 * (sizeof message - 1 - i)));
    if (HMAC(EVP_sha1(), secret->bytes, (int)secret->length, message, sizeof message, hash, &size) == NULL)
        abort();
    const unsigned char *part = hash + (hash[HASH_SIZE - 1] & 15); /* RFC 4226, 5.3 */
    uint32_t number = (uint32_t)(part[0] & 0x7f) << 24 | (uint32_t)part[1] << 16 | (uint32_t)part[2] << 8 | part[3];
    return number % MODULUS;
}

/* Six digits without the spaces that people put between; false when it is anything else. */
static bool read_digits(const char *text, char digits[TOTP_DIGITS + 1])
{
    size_t count = 0;

    for (; *text != '\0'; text++) {
        if (*text == ' ')
            continue;
        if (*text < '0' || *text > '9' || count == TOTP_DIGITS)
            return false;
        digits[count++] = *text;
    }
    digits[count] = '\0';
    return count == TOTP_DIGITS;
}

int64_t totp_step_of(const struct totp_secret *secret, const char *text, int64_t now)
{
    char given[TOTP_DIGITS + 1], right[TOTP_DIGITS + 1];
    int64_t here = now / TOTP_STEP_SECONDS, found = -1;

    if (!read_digits(text, given))
        return -1;
    for (int64_t step = here - 1; step <= here + 1; step++) {
        snprintf(right, sizeof right, "%06u", totp_code(secret, step) % MODULUS);
        if (sodium_memcmp(given, right, TOTP_DIGITS) == 0)
            found = step;
    }
    return found;
}

static void add_encoded(struct buffer *out, const char *text)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

    for (; *text != '\0'; text++)
        if (strchr(plain, *text) != NULL)
            buffer_add(out, text, 1);
        else
            buffer_print(out, "%%%02X", (unsigned char)*text);
}

const char *totp_address(struct pool *pool, const struct totp_secret *secret, const char *issuer, const char *login)
{
    struct buffer out = {0};

    buffer_text(&out, "otpauth://totp/");
    add_encoded(&out, issuer);
    buffer_text(&out, ":");
    add_encoded(&out, login);
    buffer_print(&out, "?secret=%s&issuer=", totp_secret_print(pool, secret));
    add_encoded(&out, issuer);
    const char *address = pool_copy_length(pool, out.bytes, out.length);
    buffer_free(&out);
    return address;
}

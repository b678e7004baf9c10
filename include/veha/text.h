/* text.h: growing byte buffers and the few questions one asks of UTF-8 text. */
#ifndef VEHA_TEXT_H
#define VEHA_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "veha/pool.h"

/* A growing buffer owned by whoever holds it; bytes is always NUL-terminated after the first append. Start with {0}. */
struct buffer {
    char *bytes;
    size_t length;
    size_t capacity;
};

void buffer_add(struct buffer *buffer, const char *bytes, size_t length);
void buffer_text(struct buffer *buffer, const char *text);
void buffer_print(struct buffer *buffer, const char *format, ...) __attribute__((format(printf, 2, 3)));
void buffer_html(struct buffer *buffer, const char *bytes, size_t length); /* escapes & < > " ' */
void buffer_json(struct buffer *buffer, const char *bytes, size_t length); /* a JSON string with its quotes */
void buffer_clear(struct buffer *buffer);                                  /* keeps the memory */
void buffer_free(struct buffer *buffer);

/* Valid UTF-8 (RFC 3629), no NUL inside. */
bool text_is_utf8(const char *bytes, size_t length);

/* Number of code points of valid UTF-8. */
size_t text_length(const char *text);

/* A copy without leading, trailing and doubled white space of any Unicode kind; control characters become spaces. */
char *text_tidy(struct pool *pool, const char *text);

/* Lower case for Latin and Cyrillic, ё → е; for comparing names and addresses. */
char *text_fold(struct pool *pool, const char *text);

bool text_equal(const char *one, const char *two); /* NULL equals NULL */
bool text_starts(const char *text, const char *prefix);
bool text_is_digits(const char *text); /* at least one, ASCII only */

/* windows-1251 → UTF-8; undefined bytes become U+FFFD. */
char *text_from_cp1251(struct pool *pool, const char *bytes, size_t length);

/* Lower-case hexadecimal of BLAKE2b-128 of the bytes: 32 characters and NUL, for ETags and body hashes. */
void text_hash(const void *bytes, size_t length, char hash[33]);

/* size random bytes from the system as base64url without padding, in the pool. */
char *text_random(struct pool *pool, size_t size);

#endif

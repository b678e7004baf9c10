/* csrf.c: tokens of forms, and the questions a change must answer before it is made. */
#include "csrf.h"

#include "veha/key.h"
#include "veha/text.h"

#include "exchange.h"

#include <sodium.h>
#include <string.h>

enum { TOKEN_SIZE = 32, SEED_SIZE = 24, SEED_SECONDS = 12 * 60 * 60 };

static const char seed_cookie[] = "__Host-csrf";

/* What a token is bound to. The two must never give the same token for the same text. */
static const char of_session[] = "veha csrf session ";
static const char of_seed[] = "veha csrf seed ";

static const char *token_of(struct request *request, const char *purpose, const char *text)
{
    const struct keyring *keys = request_worker(request)->keys;
    unsigned char hash[TOKEN_SIZE];
    crypto_generichash_state state;
    size_t room = sodium_base64_ENCODED_LEN(TOKEN_SIZE, sodium_base64_VARIANT_URLSAFE_NO_PADDING);

    crypto_generichash_init(&state, keys->secret, sizeof keys->secret, sizeof hash);
    crypto_generichash_update(&state, (const unsigned char *)purpose, strlen(purpose));
    crypto_generichash_update(&state, (const unsigned char *)text, strlen(text));
    crypto_generichash_final(&state, hash, sizeof hash);
    return sodium_bin2base64(pool_alloc(request_pool(request), room), room, hash, sizeof hash,
                             sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

const char *csrf_token(struct request *request)
{
    const struct caller *caller = request_caller(request);

    if (caller->proof == CALLER_COOKIE)
        return token_of(request, of_session, caller->session);
    const char *seed = request_cookie(request, seed_cookie);
    if (seed == NULL || *seed == '\0') {
        seed = text_random(request_pool(request), SEED_SIZE);
        request_set_cookie(request, seed_cookie, seed, SEED_SECONDS);
    }
    return token_of(request, of_seed, seed);
}

/* Sent from a page of ours, as far as the browser tells: under the public address, or the one it used to reach us. */
static bool is_same_origin(struct request *request)
{
    const char *site = request_header(request, "sec-fetch-site");
    const char *origin = request_header(request, "origin");
    const h2o_iovec_t authority = request->h2o->input.authority;

    if (site != NULL && !text_equal(site, "same-origin") && !text_equal(site, "none"))
        return false;
    if (origin == NULL || text_equal(origin, request->server->origin))
        return true;
    return text_starts(origin, "https://") && strlen(origin + 8) == authority.len &&
           memcmp(origin + 8, authority.base, authority.len) == 0;
}

static bool is_equal(const char *given, const char *right)
{
    return strlen(given) == strlen(right) && sodium_memcmp(given, right, strlen(right)) == 0;
}

/* A sign-in form may have been opened before its reader signed in elsewhere: the token of its cookie still proves it
 * ours. */
static bool is_token_right(struct request *request)
{
    const struct caller *caller = request_caller(request);
    const char *field = request_argument(request, "csrf");
    const char *given = field != NULL ? field : request_header(request, "x-csrf-token");
    const char *seed = request_cookie(request, seed_cookie);

    if (given == NULL)
        return false;
    if (caller->proof == CALLER_COOKIE && is_equal(given, token_of(request, of_session, caller->session)))
        return true;
    return seed != NULL && *seed != '\0' && is_equal(given, token_of(request, of_seed, seed));
}

bool csrf_valid(struct request *request)
{
    enum caller_proof proof = request_caller(request)->proof;

    if (proof == CALLER_BEARER)
        return true;
    if (!is_same_origin(request))
        return false;
    /* Without a session and without a form nothing comes along by itself: other sites cannot send JSON without asking.
     */
    return (proof == CALLER_NOBODY && !request_is_form(request)) || is_token_right(request);
}

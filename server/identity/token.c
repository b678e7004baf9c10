/* token.c: issues and reads ES256 access tokens; what libjwt would let pass is refused before and after it by tables.
 */
#include "veha/token.h"

#include "veha/text.h"

#include <errno.h>
#include <jansson.h>
#include <jwt.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum {
    TOKEN_LONGEST = 8192,
    TOKEN_SEGMENTS = 3,
    SIGNATURE_SIZE = 64, /* r and s of P-256, 32 bytes each */
    ROLES_MOST = 64,
    SCOPE_MOST = 1024,
    TEXT_LONGEST = 1024
};

static const char algorithm[] = "ES256";
static const char token_type[] = "JWT";

static void release_jwt(void *jwt)
{
    jwt_free(jwt);
}

/* ------------------------------------------------------------------------------------------------------------------ */

static json_t *text_list(const char *const *texts)
{
    json_t *list = json_array();
    for (size_t i = 0; texts != NULL && texts[i] != NULL; i++)
        json_array_append_new(list, json_string(texts[i]));
    return list;
}

static json_t *payload_of_service(const struct token_rules *rules, const struct token_claims *claims)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:o, s:I, s:I, s:I}", "iss", rules->issuer, "aud",
                     rules->service_audience, "sub", claims->service, "jti", claims->id, "name", claims->name,
                     "capabilities", text_list(claims->capabilities), "iat", (json_int_t)claims->issued_at, "nbf",
                     (json_int_t)claims->issued_at, "exp", (json_int_t)claims->expires_at);
}

static json_t *payload(const struct token_rules *rules, const struct token_claims *claims)
{
    if (claims->service != NULL)
        return payload_of_service(rules, claims);
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:I, s:I, s:I}", "iss", rules->issuer, "aud",
                     rules->audience, "sub", claims->person, "sid", claims->session, "jti", claims->id, "name",
                     claims->name, "locale", claims->locale, "roles", text_list(claims->roles), "scope",
                     text_list(claims->scope), "iat", (json_int_t)claims->issued_at, "nbf",
                     (json_int_t)claims->issued_at, "exp", (json_int_t)claims->expires_at);
}

const char *token_issue(struct pool *pool, const struct keyring *keys, const struct token_rules *rules,
                        const struct token_claims *claims)
{
    const struct key *key = keys->signer;
    json_t *grants = pool_adopt(pool, payload(rules, claims), pool_release_json);
    char *dump = grants == NULL ? NULL : json_dumps(grants, JSON_COMPACT);
    jwt_t *jwt = NULL;
    if (dump == NULL || jwt_new(&jwt) != 0)
        abort(); /* claims come from our own database: only missing memory or a broken program leads here */
    pool_adopt(pool, dump, free);
    pool_adopt(pool, jwt, release_jwt);
    if (jwt_add_grants_json(jwt, dump) != 0 || jwt_add_header(jwt, "kid", key->id) != 0 ||
        jwt_set_alg(jwt, JWT_ALG_ES256, (const unsigned char *)key->private_pem, (int)key->private_length) != 0)
        abort();
    char *text = jwt_encode_str(jwt);
    if (text == NULL)
        abort();
    return pool_adopt(pool, text, free);
}

/* ------------------------------------------------------------------------------------------------------------------ */

struct segment {
    const char *text;
    size_t length;
    const unsigned char *bytes; /* decoded */
    size_t size;
};

static struct fault *refuse(struct pool *pool, const char *code)
{
    return fault_new(pool, FAULT_UNSIGNED, code);
}

/* Three non-empty parts between two dots, and nothing more. */
static bool split(const char *text, size_t length, struct segment segments[TOKEN_SEGMENTS])
{
    const char *start = text, *end = text + length;
    for (size_t i = 0; i < TOKEN_SEGMENTS; i++) {
        const char *dot = memchr(start, '.', (size_t)(end - start));
        bool last = i == TOKEN_SEGMENTS - 1;
        if (last != (dot == NULL))
            return false;
        segments[i].text = start;
        segments[i].length = (size_t)((last ? end : dot) - start);
        start = last ? end : dot + 1;
    }
    return true;
}

/* libsodium refuses padding, foreign characters and unused bits that are not zero: one token has one spelling. */
static bool decode(struct pool *pool, struct segment *segment)
{
    unsigned char *bytes = pool_alloc(pool, segment->length + 1);
    if (segment->length == 0 || sodium_base642bin(bytes, segment->length, segment->text, segment->length, NULL,
                                                  &segment->size, NULL, sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0)
        return false;
    segment->bytes = bytes;
    return true;
}

/* An object without repeated members, or NULL. */
static json_t *parse_object(struct pool *pool, const struct segment *segment)
{
    json_error_t error;
    json_t *value =
        pool_adopt(pool, json_loadb((const char *)segment->bytes, segment->size, JSON_REJECT_DUPLICATES, &error),
                   pool_release_json);
    return json_is_object(value) ? value : NULL;
}

static bool is_text(const json_t *value, const char *wanted)
{
    return json_is_string(value) && strlen(wanted) == json_string_length(value) &&
           strcmp(json_string_value(value), wanted) == 0;
}

/* The header is exactly {alg, kid, typ}: no place for jwk, jku, x5u, crit, b64. What is wrong with it; NULL: nothing.
 */
static const char *header_defect(const json_t *header)
{
    if (header == NULL)
        return "token_malformed";
    if (!is_text(json_object_get(header, "alg"), algorithm))
        return "token_algorithm";
    if (!is_text(json_object_get(header, "typ"), token_type) || json_object_size(header) != 3)
        return "token_header";
    return NULL;
}

static const struct key *find_key(const struct keyring *keys, const json_t *header)
{
    const json_t *id = json_object_get(header, "kid");
    return json_is_string(id) ? keyring_find(keys, json_string_value(id), json_string_length(id)) : NULL;
}

static bool is_signed(struct pool *pool, const char *text, const struct key *key)
{
    jwt_t *jwt = NULL;
    if (key->public_length == 0 || /* to libjwt an empty key means: do not verify */
        jwt_decode(&jwt, text, (const unsigned char *)key->public_pem, (int)key->public_length) != 0 || jwt == NULL)
        return false;
    pool_adopt(pool, jwt, release_jwt);
    return jwt_get_alg(jwt) == JWT_ALG_ES256;
}

/* ------------------------------------------------------------------------------------------------------------------ */
/* Claims: one line a demand; the first one unmet names the fault. */

struct judging {
    const struct token_rules *rules;
    int64_t now;
};

typedef bool demand(const json_t *value, const struct judging *judging);

static bool is_issuer(const json_t *value, const struct judging *judging)
{
    return is_text(value, judging->rules->issuer);
}

static bool is_audience(const json_t *value, const struct judging *judging)
{
    return is_text(value, judging->rules->audience);
}

static bool is_service_audience(const json_t *value, const struct judging *judging)
{
    return judging->rules->service_audience != NULL && is_text(value, judging->rules->service_audience);
}

/* Seconds since 1970: a whole number, no fraction, no text. */
static bool is_moment(const json_t *value, const struct judging *judging)
{
    (void)judging;
    return json_is_integer(value) && json_integer_value(value) > 0;
}

static bool is_ahead(const json_t *value, const struct judging *judging)
{
    return json_integer_value(value) > judging->now;
}

static bool has_come(const json_t *value, const struct judging *judging)
{
    return json_integer_value(value) <= judging->now + judging->rules->leeway;
}

/* What a bigint column takes: 1 … 2^63-1 in its only spelling. */
static bool is_id(const json_t *value, const struct judging *judging)
{
    (void)judging;
    const char *text = json_string_value(value);
    if (text == NULL || strlen(text) != json_string_length(value) || !text_is_digits(text) || text[0] == '0')
        return false;
    errno = 0;
    (void)strtoll(text, NULL, 10);
    return errno == 0;
}

static bool is_short_text(const json_t *value, const struct judging *judging)
{
    (void)judging;
    size_t length = json_string_length(value);
    return json_is_string(value) && length > 0 && length <= TEXT_LONGEST && strlen(json_string_value(value)) == length;
}

static bool is_text_list(const json_t *value, size_t most, const struct judging *judging)
{
    if (!json_is_array(value) || json_array_size(value) > most)
        return false;
    for (size_t i = 0; i < json_array_size(value); i++)
        if (!is_short_text(json_array_get(value, i), judging))
            return false;
    return true;
}

static bool is_role_list(const json_t *value, const struct judging *judging)
{
    return is_text_list(value, ROLES_MOST, judging);
}

static bool is_scope_list(const json_t *value, const struct judging *judging)
{
    return is_text_list(value, SCOPE_MOST, judging);
}

static const struct demand_line {
    const char *claim;
    demand *met; /* a missing claim is NULL, which no demand accepts */
    const char *code;
} demands_of_all[] = {
    {"iss", is_issuer, "token_issuer"},
    {"exp", is_moment, "token_times"},
    {"nbf", is_moment, "token_times"},
    {"iat", is_moment, "token_times"},
    {"exp", is_ahead, "token_expired"},
    {"nbf", has_come, "token_early"},
    {"iat", has_come, "token_early"},
    {"jti", is_short_text, "token_id"},
    {"name", is_short_text, "token_name"},
    {0},
};

static const struct demand_line demands_of_person[] = {
    {"aud", is_audience, "token_audience"},
    {"sub", is_id, "token_person"},
    {"sid", is_id, "token_session"},
    {"locale", is_short_text, "token_locale"},
    {"roles", is_role_list, "token_roles"},
    {"scope", is_scope_list, "token_scope"},
    {0},
};

/* Its audience is what it was known by. */
static const struct demand_line demands_of_service[] = {
    {"sub", is_id, "token_service"},
    {"capabilities", is_role_list, "token_capabilities"},
    {0},
};

static const char *unmet_demand(const struct demand_line *line, const json_t *claims, const struct judging *judging)
{
    for (; line->claim != NULL; line++)
        if (!line->met(json_object_get(claims, line->claim), judging))
            return line->code;
    return NULL;
}

static const char *claim_text(struct pool *pool, const json_t *claims, const char *name)
{
    return pool_copy(pool, json_string_value(json_object_get(claims, name)));
}

static int64_t claim_number(const json_t *claims, const char *name)
{
    return json_integer_value(json_object_get(claims, name));
}

static const char *const *claim_list(struct pool *pool, const json_t *claims, const char *name)
{
    const json_t *list = json_object_get(claims, name);
    size_t count = json_array_size(list);
    const char **texts = pool_alloc(pool, (count + 1) * sizeof *texts);
    for (size_t i = 0; i < count; i++)
        texts[i] = pool_copy(pool, json_string_value(json_array_get(list, i)));
    return texts;
}

static void fill_service(struct pool *pool, const json_t *json, struct token_claims *claims)
{
    *claims = (struct token_claims){
        .service = claim_text(pool, json, "sub"),
        .name = claim_text(pool, json, "name"),
        .id = claim_text(pool, json, "jti"),
        .capabilities = claim_list(pool, json, "capabilities"),
        .issued_at = claim_number(json, "iat"),
        .expires_at = claim_number(json, "exp"),
    };
}

static void fill_person(struct pool *pool, const json_t *json, struct token_claims *claims)
{
    *claims = (struct token_claims){
        .person = claim_text(pool, json, "sub"),
        .session = claim_text(pool, json, "sid"),
        .name = claim_text(pool, json, "name"),
        .locale = claim_text(pool, json, "locale"),
        .id = claim_text(pool, json, "jti"),
        .roles = claim_list(pool, json, "roles"),
        .scope = claim_list(pool, json, "scope"),
        .issued_at = claim_number(json, "iat"),
        .expires_at = claim_number(json, "exp"),
    };
}

struct fault *token_read(struct pool *pool, const struct keyring *keys, const struct token_rules *rules,
                         const char *text, size_t length, int64_t now, struct token_claims *claims)
{
    struct segment segments[TOKEN_SEGMENTS] = {0};
    if (length > TOKEN_LONGEST)
        return refuse(pool, "token_long");
    if (!split(text, length, segments))
        return refuse(pool, "token_malformed");
    for (size_t i = 0; i < TOKEN_SEGMENTS; i++)
        if (!decode(pool, &segments[i]))
            return refuse(pool, "token_malformed");
    const json_t *header = parse_object(pool, &segments[0]);
    const char *code = header_defect(header);
    if (code != NULL)
        return refuse(pool, code);
    const struct key *key = find_key(keys, header);
    if (key == NULL)
        return refuse(pool, "token_key");
    if (segments[2].size != SIGNATURE_SIZE || !is_signed(pool, pool_copy_length(pool, text, length), key))
        return refuse(pool, "token_signature");

    const json_t *json = parse_object(pool, &segments[1]);
    if (json == NULL)
        return refuse(pool, "token_malformed");
    /* The audience says whose it is; whatever is neither's fails as a person's. */
    const struct judging judging = {.rules = rules, .now = now};
    bool of_service = is_service_audience(json_object_get(json, "aud"), &judging);
    code = unmet_demand(demands_of_all, json, &judging);
    if (code == NULL)
        code = unmet_demand(of_service ? demands_of_service : demands_of_person, json, &judging);
    if (code != NULL)
        return refuse(pool, code);
    (of_service ? fill_service : fill_person)(pool, json, claims);
    return NULL;
}

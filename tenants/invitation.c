/* invitation.c: makes the tokens of invitations, gives the database their hashes, and shows the links once, with QR
 * codes on pages. */
#include "invitation.h"

#include "veha/config.h"
#include "veha/invitation.h"
#include "veha/people.h"
#include "veha/qr.h"
#include "veha/text.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* The tokens of one request by their number, from 1; an import's table, if it is one. */
struct inviting {
    struct request *request;
    const char **tokens;
    size_t token_count;
    struct people *people; /* NULL: no import */
};

static const char *link_of(struct request *request, const char *token)
{
    return invitation_link(request_pool(request), config_text(request_worker(request)->config, "web", "public_url"),
                           token);
}

/* A request that comes again under its key makes the tokens it made before. */
static const char *make_token(struct request *request, size_t number)
{
    struct pool *pool = request_pool(request);
    const char *key = request_argument(request, "idempotency_key");
    const char *seed = key == NULL ? NULL : pool_print(pool, "%s %zu %s", request_caller(request)->person, number, key);

    return invitation_token(pool, request_worker(request)->keys, seed);
}

static struct inviting *inviting_new(struct request *request, size_t count)
{
    struct inviting *inviting = pool_alloc(request_pool(request), sizeof *inviting);

    *inviting = (struct inviting){.request = request, .token_count = count};
    inviting->tokens = pool_alloc(request_pool(request), (count + 1) * sizeof *inviting->tokens);
    for (size_t i = 0; i < count; i++)
        inviting->tokens[i] = make_token(request, i + 1);
    return inviting;
}

/* ---- the answer ---- */

static void add_qr(struct request *request, json_t *item, const char *link)
{
    unsigned size = 0;
    const char *path = qr_path(request_pool(request), link, &size);

    if (path != NULL)
        json_object_set_new(item, "qr", json_pack("{s:i, s:s}", "size", (int)size, "path", path));
}

static void add_link(const struct inviting *inviting, json_t *item)
{
    size_t number = (size_t)json_integer_value(json_object_get(item, "number"));

    json_object_del(item, "number");
    if (number == 0 || number > inviting->token_count)
        return;
    const char *link = link_of(inviting->request, inviting->tokens[number - 1]);
    json_object_set_new(item, "link", json_string(link));
    if (request_wants_html(inviting->request))
        add_qr(inviting->request, item, link);
}

static void answer(struct inviting *inviting, json_t *document)
{
    struct request *request = inviting->request;
    size_t number;
    json_t *item;

    json_array_foreach(json_object_get(document, "items"), number, item) add_link(inviting, item);
    if (inviting->people != NULL)
        json_object_set(document, "summary",
                        people_summary(request_pool(request), inviting->people, json_object_get(document, "rows")));
    json_object_del(document, "rows");
    char *text = pool_adopt(request_pool(request), json_dumps(document, JSON_COMPACT), free);
    request_reply(request, request_wants_html(request) ? 200 : 201, text, strlen(text));
}

static void on_invited(void *data, const struct unit_result *result)
{
    struct inviting *inviting = data;
    struct request *request = inviting->request;
    struct pool *pool = request_pool(request);

    if (result->fault != NULL) {
        request_fault(request, fault_copy(pool, result->fault));
        return;
    }
    if (result->replayed)
        request_set_header(request, "idempotency-replayed", "true");
    answer(inviting,
           pool_adopt(pool, json_loadb(result->document, result->document_length, 0, NULL), pool_release_json));
}

static void run(struct inviting *inviting)
{
    struct request *request = inviting->request;

    request_argument_set(request, "days",
                         pool_print(request_pool(request), "%ld",
                                    config_number(request_worker(request)->config, "tokens", "invitation_days")));
    request_run_to(request, on_invited, inviting);
}

/* ---- what is asked ---- */

void invitation_create(struct request *request)
{
    struct inviting *inviting = inviting_new(request, 1);

    request_argument_set(request, "hash", invitation_hash(request_pool(request), inviting->tokens[0]));
    request_argument_set(request, "link", link_of(request, inviting->tokens[0]));
    run(inviting);
}

static void set_json(struct request *request, const char *name, const json_t *value)
{
    request_argument_set(request, name, pool_adopt(request_pool(request), json_dumps(value, JSON_COMPACT), free));
}

/* Tokens for these invitations; letters with them when they are mailed. */
static void renew(struct request *request, const json_t *ids, bool mailed)
{
    struct pool *pool = request_pool(request);
    struct inviting *inviting = inviting_new(request, json_array_size(ids));
    json_t *wanted = pool_adopt(pool, json_array(), pool_release_json);
    size_t number;
    json_t *id;

    json_array_foreach(ids, number, id)
    {
        const char *token = inviting->tokens[number];
        json_array_append_new(wanted, json_pack("{s:O, s:s, s:s?}", "id", id, "hash", invitation_hash(pool, token),
                                                "link", mailed ? link_of(request, token) : NULL));
    }
    set_json(request, "wanted", wanted);
    run(inviting);
}

void invitation_resend(struct request *request)
{
    const char *id = request_argument(request, "id");
    renew(request,
          pool_adopt(request_pool(request), json_pack("[I]", (json_int_t)strtoll(id, NULL, 10)), pool_release_json),
          true);
}

void invitation_print(struct request *request)
{
    const char *ids = request_argument(request, "invitations");
    renew(request, pool_adopt(request_pool(request), json_loads(ids, 0, NULL), pool_release_json), false);
}

/* Columns that are missing and files of another kind are mistakes of the one field there is. */
static const struct fault *table_fault(struct pool *pool, const struct fault *wrong)
{
    struct fault *fault = NULL;

    fault_add(pool, &fault, "table", wrong->field_count > 0 ? wrong->fields[0].code : wrong->code);
    return fault;
}

void invitation_import(struct request *request)
{
    struct pool *pool = request_pool(request);
    const char *table = request_argument(request, "table");
    struct people *people = pool_alloc(pool, sizeof *people);
    const struct fault *wrong = people_read(pool, table, strlen(table), people);
    size_t number;
    json_t *row;

    if (wrong != NULL) {
        request_fault(request, table_fault(pool, wrong));
        return;
    }
    struct inviting *inviting = inviting_new(request, json_array_size(people->rows));
    inviting->people = people;
    json_array_foreach(people->rows, number, row)
    {
        json_object_set_new(row, "hash", json_string(invitation_hash(pool, inviting->tokens[number])));
        json_object_set_new(row, "link", json_string(link_of(request, inviting->tokens[number])));
    }
    set_json(request, "rows", people->rows);
    run(inviting);
}

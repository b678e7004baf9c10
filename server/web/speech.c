/* speech.c: the language in which pages and letters come, and the choosing of it. */
#include "speech.h"

#include "veha/text.h"

#include "exchange.h"
#include "session.h"
#include "session_grant.h"

#include <jansson.h>

enum { KEPT_SECONDS = 365 * 24 * 60 * 60 };

static const char cookie[] = "__Host-locale";

const struct locale *speech_of(struct request *request)
{
    const struct locale_set *locales = request->server->locales;
    const char *chosen = request_cookie(request, cookie);

    return chosen != NULL ? locale_find(locales, chosen)
                          : locale_accept(locales, request_header(request, "accept-language"));
}

static const char *read_locale(struct pool *pool, const char *text, const char **canonical)
{
    static const char *const known[] = {"ru", "en"};

    (void)pool;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (text_equal(text, known[i])) {
            *canonical = known[i];
            return NULL;
        }
    return "locale_unknown";
}

static const struct field_type field_locale = {"locale", "{\"type\":\"string\",\"enum\":[\"ru\",\"en\"]}", read_locale};

/* The cookie outlives the session: the page on which somebody signs in again is theirs already. */
static void answer(struct request *request)
{
    const char *locale = request_argument(request, "locale"), *next = request_argument(request, "next");

    request_set_cookie(request, cookie, locale, KEPT_SECONDS);
    if (request_is_form(request))
        request_see_other(request, next != NULL ? next : "/");
    else
        session_reply(request, 200, json_pack("{s:s}", "locale", locale));
}

/* The access token tells the language, too: the next page gets another by the refresh token. */
static void on_kept(void *data, const struct unit_result *result)
{
    struct request *request = data;

    if (request_document(request, result) == NULL)
        return;
    if (request_caller(request)->proof == CALLER_COOKIE)
        session_forget_access(request);
    answer(request);
}

static void choose(struct request *request)
{
    const char *const values[] = {request_argument(request, "locale")};

    if (request_caller(request)->person != NULL)
        session_query(request, LANE_WRITE, "person_speak", values, on_kept, request);
    else
        answer(request);
}

static void show(struct request *request)
{
    session_reply(request, 200,
                  json_pack("{s:s, s:s?}", "locale", request->locale, "next", request_argument(request, "next")));
}

static const struct field show_fields[] = {
    {"next", FIELD_QUERY, &session_next, FIELD_OPTIONAL, 1000, "Where to go on to"},
    {0},
};

static const struct field choose_fields[] = {
    {"locale", FIELD_BODY, &field_locale, 0, 0, "ru or en"},
    {"next", FIELD_BODY, &session_next, FIELD_OPTIONAL, 1000, "Where a form goes on to: a path of this service"},
    {0},
};

static const struct resource resources[] = {
    {.name = "locale_show",
     .method = METHOD_GET,
     .path = "/session/locale",
     .capability = CAPABILITY_ANYONE,
     .summary = "In which language the caller is answered",
     .fields = show_fields,
     .handle = show,
     .page = "locale",
     .flags = RESOURCE_UNFINISHED | RESOURCE_BEFORE_NOTICE},
    {.name = "locale_choose",
     .method = METHOD_POST,
     .path = "/session/locale",
     .capability = CAPABILITY_ANYONE,
     .summary = "Choose another: for pages and letters of who is signed in, for this browser of whoever else",
     .fields = choose_fields,
     .handle = choose,
     .see_other = "/session/locale",
     .flags = RESOURCE_NO_KEY | RESOURCE_UNFINISHED | RESOURCE_BEFORE_NOTICE},
};

const struct resource_table speech_table = {.resources = resources, .count = sizeof resources / sizeof *resources};

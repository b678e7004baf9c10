/* reply.c: hands answers to the library in the representation the client asked for. */
#include "veha/log.h"

#include "etag.h"
#include "exchange.h"
#include "form.h"
#include "note.h"
#include "paint.h"
#include "problem.h"
#include "table.h"

#include <stdlib.h>
#include <string.h>

/* What every answer says to browsers and caches. */
static const struct {
    const char *name, *value;
} everywhere[] = {
    {"strict-transport-security", "max-age=31536000"},
    {"x-content-type-options", "nosniff"},
    {"referrer-policy", "same-origin"},
    {"cross-origin-opener-policy", "same-origin"},
    {"cross-origin-resource-policy", "same-origin"},
};

/* And what it says instead where others may use it: as data of their own, or as a picture in their pages. */
static const struct {
    const char *name, *value;
} of_public[] = {
    {"cross-origin-resource-policy", "cross-origin"},
    {"access-control-allow-origin", "*"},
};

static const char type_json[] = "application/json";
static const char type_problem[] = "application/problem+json";
static const char type_html[] = "text/html; charset=utf-8";
static const char type_table[] = "text/csv; charset=utf-8";
static const char type_sheet[] = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

static bool has_header(const struct request *request, const char *name)
{
    return h2o_find_header_by_str(&request->h2o->res.headers, name, strlen(name), -1) != -1;
}

static void add_header(struct request *request, const char *name, const char *value)
{
    h2o_req_t *h2o = request->h2o;
    h2o_add_header_by_str(&h2o->pool, &h2o->res.headers, name, strlen(name), 1, NULL, value, strlen(value));
}

/* Header values are ours, but some hold what a client sent: a control character would end the header. */
static const char *header_value(struct pool *pool, const char *text)
{
    char *value = pool_copy(pool, text);
    for (char *at = value; *at != '\0'; at++)
        if ((unsigned char)*at < 0x20 || *at == 0x7f)
            *at = ' ';
    return value;
}

void request_set_header(struct request *request, const char *name, const char *value)
{
    add_header(request, pool_copy(request->pool, name), header_value(request->pool, value));
}

void request_set_cookie(struct request *request, const char *name, const char *value, long max_age)
{
    add_header(request, "set-cookie",
               header_value(request->pool,
                            pool_print(request->pool, "%s=%s; Path=/; Max-Age=%ld; Secure; HttpOnly; SameSite=Lax",
                                       name, value, max_age)));
}

static void add_rates(struct request *request)
{
    const char *policy = rate_policy(request->pool, &request->rates);

    if (policy == NULL)
        return;
    add_header(request, "ratelimit-policy", policy);
    add_header(request, "ratelimit", rate_state(request->pool, &request->rates));
}

static bool is_public(const struct request *request)
{
    return request->resource != NULL && (request->resource->flags & RESOURCE_PUBLIC) != 0;
}

bool reply_is_shared(const struct request *request)
{
    return is_public(request) && request->caller->proof == CALLER_NOBODY && request->problem == NULL;
}

/* Only a good answer is kept, and none that sets a cookie. */
static void add_public(struct request *request, bool page)
{
    for (size_t i = 0; !page && i < sizeof of_public / sizeof *of_public; i++)
        add_header(request, of_public[i].name, of_public[i].value);
    if (!reply_is_shared(request) || has_header(request, "set-cookie"))
        return;
    add_header(request, "cache-control", "public, max-age=60");
    if (!page)
        add_header(request, "vary", "Accept");
}

static void add_common_headers(struct request *request)
{
    for (size_t i = 0; i < sizeof everywhere / sizeof *everywhere; i++)
        if (!has_header(request, everywhere[i].name)) /* a file has a stricter policy than a page */
            add_header(request, everywhere[i].name, everywhere[i].value);
    if (!has_header(request, "content-security-policy"))
        add_header(request, "content-security-policy", request->server->policy);
    add_header(request, "x-request-id", request->id);
    add_rates(request);
    if (!has_header(request, "vary"))
        add_header(request, "vary",
                   "Accept, Accept-Encoding, Accept-Language, Cookie, Authorization, HX-Request, HX-Request-Type, "
                   "Sec-Fetch-Site");
    /* What is signed in, or carries a form's secrets, is nobody else's: it must not come back by a Back button either.
     */
    if (!has_header(request, "cache-control"))
        add_header(request, "cache-control", "no-store");
}

static void send_bytes(struct request *request, int status, const char *body, size_t length)
{
    static h2o_generator_t generator = {NULL, NULL};
    h2o_req_t *h2o = request->h2o;
    h2o_iovec_t part = h2o_iovec_init(body, length);
    bool bodiless = status == 304 || status == 204;

    request->state = REQUEST_ANSWERED;
    guard_answered(&request->ticket);
    h2o->res.status = status;
    h2o->res.reason = ""; /* optional since RFC 7230 */
    h2o->res.content_length = bodiless ? SIZE_MAX : length;
    h2o_start_response(h2o, &generator);
    bool silent = bodiless || length == 0 || strcmp(request->method, "HEAD") == 0;
    h2o_send(h2o, silent ? NULL : &part, silent ? 0 : 1, H2O_SEND_STATE_FINAL);
}

void reply_send(struct request *request, int status, const char *type, const char *body, size_t length)
{
    if (type != NULL)
        add_header(request, "content-type", type);
    add_common_headers(request);
    send_bytes(request, status, body, length);
}

void reply_begin(struct request *request, const char *type, h2o_generator_t *generator)
{
    h2o_req_t *h2o = request->h2o;

    add_header(request, "content-type", type);
    add_common_headers(request);
    request->state = REQUEST_ANSWERED;
    guard_stands(&request->ticket);
    h2o->res.status = 200;
    h2o->res.reason = "";
    h2o->res.content_length = SIZE_MAX;
    h2o_start_response(h2o, generator);
}

void reply_asset(struct request *request)
{
    const struct asset *asset = asset_find(request->server->assets, request->path + strlen(ASSET_PREFIX));
    const char *codings = request_header(request, "accept-encoding");

    if (asset == NULL) {
        request_fault(request, fault_new(request->pool, FAULT_NOT_FOUND, NULL));
        return;
    }
    if (strcmp(request->method, "GET") != 0 && strcmp(request->method, "HEAD") != 0) {
        request_set_header(request, "allow", "GET, HEAD");
        request_fault(request, fault_new(request->pool, FAULT_METHOD, NULL));
        return;
    }
    const struct asset_body *body = &asset->plain;
    if (asset->brotli.bytes != NULL && accept_coding(codings, "br")) {
        body = &asset->brotli;
        add_header(request, "content-encoding", "br");
    } else if (asset->gzip.bytes != NULL && accept_coding(codings, "gzip")) {
        body = &asset->gzip;
        add_header(request, "content-encoding", "gzip");
    }
    add_header(request, "vary", "Accept-Encoding");
    add_header(request, "cache-control", "public, max-age=31536000, immutable");
    reply_send(request, 200, asset->type, body->bytes, body->length);
}

/* Pages differ with every rendering (keys of forms), so only data carries a tag. */
static bool unchanged(struct request *request, const char *document, size_t length, char representation)
{
    const char *asked = request_header(request, "if-none-match");
    const char *tag = etag_of(request->pool, document, length, representation);

    add_header(request, "etag", tag);
    return asked != NULL && etag_listed(asked, tag);
}

void request_reply_bytes(struct request *request, int status, const char *type, const char *bytes, size_t length)
{
    note_read(request);
    if (unchanged(request, bytes, length, 'b') && status == 200 && request->resource->method == METHOD_GET)
        reply_send(request, 304, NULL, "", 0);
    else
        reply_send(request, status, pool_copy(request->pool, type), pool_copy_length(request->pool, bytes, length),
                   length);
}

/* A page for all has a tag; another differs with every rendering, by the keys of its forms. */
static void reply_html(struct request *request, int status, const char *page, size_t length)
{
    size_t packed_length = length;
    const char *packed = paint_pack(request, page, &packed_length);

    if (reply_is_shared(request) && unchanged(request, page, length, packed == page ? 'h' : 'g'))
        reply_send(request, 304, NULL, "", 0);
    else
        reply_send(request, status, type_html, packed, packed_length);
}

static struct request *of_parts(h2o_generator_t *generator)
{
    return (struct request *)(void *)((char *)generator - offsetof(struct request, parts.generator));
}

static void on_proceed(h2o_generator_t *generator, h2o_req_t *h2o)
{
    struct request *request = of_parts(generator);

    (void)h2o;
    guard_resume(&request->ticket);
    request->parts.next(request, request->parts.data);
}

static void on_stop(h2o_generator_t *generator, h2o_req_t *h2o)
{
    (void)h2o;
    of_parts(generator)->parts.broken = true;
}

void request_reply_parts(struct request *request, const char *type, const char *tag, size_t length, request_next *next,
                         void *data)
{
    const char *asked = request_header(request, "if-none-match");
    h2o_req_t *h2o = request->h2o;

    note_read(request);
    add_header(request, "etag", pool_copy(request->pool, tag));
    if (asked != NULL && etag_listed(asked, tag)) {
        reply_send(request, 304, NULL, "", 0);
        return;
    }
    add_header(request, "content-type", pool_copy(request->pool, type));
    add_common_headers(request);
    request->state = REQUEST_ANSWERED;
    request->parts = (struct parts){.generator = {on_proceed, on_stop}, .next = next, .data = data, .left = length};
    h2o->res.status = 200;
    h2o->res.reason = "";
    h2o->res.content_length = length;
    h2o_start_response(h2o, &request->parts.generator);
    if (strcmp(request->method, "HEAD") == 0) {
        guard_answered(&request->ticket);
        h2o_send(h2o, NULL, 0, H2O_SEND_STATE_FINAL);
        return;
    }
    next(request, data);
}

void request_part(struct request *request, const char *bytes, size_t length)
{
    struct parts *parts = &request->parts;
    bool sound = length > 0 && length <= parts->left;
    h2o_iovec_t part = h2o_iovec_init(bytes, length);

    if (parts->broken)
        return;
    guard_answered(&request->ticket);
    parts->left -= sound ? length : 0;
    h2o_send(request->h2o, &part, sound ? 1 : 0,
             !sound             ? H2O_SEND_STATE_ERROR
             : parts->left == 0 ? H2O_SEND_STATE_FINAL
                                : H2O_SEND_STATE_IN_PROGRESS);
}

static void reply_json(struct request *request, int status, const char *document, size_t length)
{
    if (is_public(request))
        add_public(request, false);
    if (unchanged(request, document, length, 'j') && status == 200 && request->resource->method == METHOD_GET)
        reply_send(request, 304, NULL, "", 0);
    else
        reply_send(request, status, type_json, pool_copy_length(request->pool, document, length), length);
}

static json_t *parse(struct request *request, const char *document, size_t length)
{
    return pool_adopt(request->pool, json_loadb(document, length, JSON_DECODE_ANY, NULL), pool_release_json);
}

void reply_next(struct request *request, const char *next)
{
    const char *rest = "";

    for (const char *at = request->query; *at != '\0';) {
        size_t length = strcspn(at, "&");
        if (!text_starts(at, "cursor="))
            rest = pool_print(request->pool, "%s&%.*s", rest, (int)length, at);
        at += length + (at[length] == '&');
    }
    request_set_header(request, "link",
                       pool_print(request->pool, "<%s?cursor=%s%s>; rel=\"next\"", request->path, next, rest));
}

void reply_table(struct request *request, struct table *table, const char *seen, size_t length)
{
    bool sheet = request->representation == REPRESENTATION_SHEET;
    const char *bytes;
    size_t size;

    note_read(request);
    if (is_public(request))
        add_public(request, false);
    /* What is in the reader's words has no tag, like a page. */
    if (!sheet && unchanged(request, seen, length, 't')) {
        reply_send(request, 304, NULL, "", 0);
        return;
    }
    if (!table_end(table, &bytes, &size)) {
        request_fault(request, fault_detail(request->pool, FAULT_INTERNAL, NULL, "%s cannot be written",
                                            request->resource->name));
        return;
    }
    add_header(
        request, "content-disposition",
        pool_print(request->pool, "attachment; filename=\"%s.%s\"", request->resource->name, sheet ? "xlsx" : "csv"));
    reply_send(request, 200, sheet ? type_sheet : type_table, bytes, size);
}

static void reply_page(struct request *request, int status, const char *document, size_t length)
{
    size_t page_length;
    const char *page = page_render(request, request->resource->page, parse(request, document, length), &page_length);

    if (page == NULL) {
        request_fault(request, fault_detail(request->pool, FAULT_INTERNAL, NULL, "page %s", request->resource->page));
        return;
    }
    if (is_public(request))
        add_public(request, true);
    reply_html(request, request->problem != NULL ? fault_type(request->problem->kind)->status : status, page,
               page_length);
}

/* A picture for pages elsewhere: it can ask for nothing and run nothing, whoever opens it by itself. */
static void reply_picture(struct request *request, const char *document, size_t length)
{
    size_t picture_length;

    request->locale = "ru"; /* all who look at a page get the same */
    const char *picture =
        page_render(request, request->resource->page, parse(request, document, length), &picture_length);

    if (picture == NULL) {
        request_fault(request, fault_detail(request->pool, FAULT_INTERNAL, NULL, "page %s", request->resource->page));
        return;
    }
    add_header(request, "content-security-policy", "default-src 'none'; sandbox");
    add_public(request, false);
    if (unchanged(request, picture, picture_length, 'p'))
        reply_send(request, 304, NULL, "", 0);
    else
        reply_send(request, 200, request->resource->media, picture, picture_length);
}

void request_reply(struct request *request, int status, const char *document, size_t length)
{
    if (request_is_table(request)) {
        walk_reply(request, document, length);
        return;
    }
    note_read(request);
    if (request->resource->page != NULL && request->resource->media != NULL)
        reply_picture(request, document, length);
    else if (request->representation == REPRESENTATION_HTML && request->resource->page != NULL)
        reply_page(request, status, document, length);
    else
        reply_json(request, status, document, length);
}

void request_see_other(struct request *request, const char *location)
{
    add_header(request, "location", header_value(request->pool, location == NULL ? "/" : location));
    reply_send(request, 303, NULL, "", 0);
}

static void log_fault(const struct request *request, const struct fault *fault)
{
    bool ours = fault->kind == FAULT_INTERNAL;

    if (ours || fault->detail != NULL)
        log_event(ours ? LOG_LEVEL_ERROR : LOG_LEVEL_NOTICE, "request_fault", "id", request->id, "code", fault->code,
                  "detail", fault->detail != NULL ? fault->detail : "-", NULL);
}

/* A wrong password is a fault of the sign-in form itself; anything else that lacks a session leads to that form. */
static bool needs_session(const struct request *request)
{
    return request->resource != NULL && strcmp(request->resource->capability, CAPABILITY_ANYONE) != 0;
}

/* Leads to what comes first, and from there on to where somebody wants to be: here, or after a form at the beginning.
 */
static void see_first(struct request *request, const char *first)
{
    const char *here = request->path;

    if (strcmp(request->method, "GET") != 0 && strcmp(request->method, "HEAD") != 0)
        here = "/";
    else if (request->query[0] != '\0')
        here = pool_print(request->pool, "%s?%s", request->path, request->query);
    request_see_other(request, pool_print(request->pool, "%s?next=%s", first, form_encode(request->pool, here)));
}

/* Nobody gets to any page before the second factor that is asked for and the notice about personal data; a change that
 * was on its way is not made. NULL: nothing comes first. */
static const char *first_page(const struct request *request, const struct fault *fault)
{
    static const struct {
        const char *code, *page;
    } firsts[] = {{"factor_required", "/session/security"}, {"privacy_unread", "/privacy"}};

    for (size_t i = 0; request->representation == REPRESENTATION_HTML && i < sizeof firsts / sizeof *firsts; i++)
        if (strcmp(fault->code, firsts[i].code) == 0)
            return firsts[i].page;
    return NULL;
}

static void add_fault_headers(struct request *request, const struct fault *fault)
{
    if (fault->kind == FAULT_UNSIGNED)
        add_header(request, "www-authenticate", "Bearer realm=\"veha\"");
    bool limited = fault->kind == FAULT_TOO_MANY && request->rates.wait > 0;
    if (limited)
        add_header(request, "retry-after", pool_print(request->pool, "%ld", request->rates.wait));
    else if (fault->kind == FAULT_UNAVAILABLE || fault->kind == FAULT_UNSURE || fault->kind == FAULT_TOO_MANY)
        add_header(request, "retry-after", "2");
}

static void reply_problem(struct request *request, const struct fault *fault)
{
    const struct locale *locale = locale_find(request->server->locales, request->locale);
    int status = fault_type(fault->kind)->status;
    size_t length = 0;
    const char *page = NULL;

    add_fault_headers(request, fault);
    add_header(request, "content-language", request->locale);
    if (request->representation == REPRESENTATION_HTML) {
        request->problem = fault;
        page = page_render(request, "problem", NULL, &length);
    }
    if (page != NULL) {
        reply_html(request, status, page, length);
        return;
    }
    json_t *problem = pool_adopt(request->pool, problem_new(fault, locale, request->id), pool_release_json);
    char *text = pool_adopt(request->pool, json_dumps(problem, JSON_COMPACT), free);
    reply_send(request, status, type_problem, text, strlen(text));
}

/* States: a fault of the page shown again must not show it again. Whoever followed a link to a file reads a page. */
void request_fault(struct request *request, const struct fault *fault)
{
    log_fault(request, fault);
    if (request->resource != NULL && request_is_table(request) && accept_html(request_header(request, "accept")))
        request->representation = REPRESENTATION_HTML;
    if (request->problem != NULL) {
        reply_problem(request, request->problem);
        return;
    }
    if (request->representation == REPRESENTATION_HTML && fault->kind == FAULT_UNSIGNED && needs_session(request)) {
        see_first(request, "/session");
        return;
    }
    if (first_page(request, fault) != NULL) {
        see_first(request, first_page(request, fault));
        return;
    }
    if (!again_show(request, fault))
        reply_problem(request, fault);
}

json_t *request_document(struct request *request, const struct unit_result *result)
{
    if (result->fault != NULL)
        request_fault(request, fault_copy(request->pool, result->fault));
    else if (result->document == NULL)
        request_fault(request, fault_new(request->pool, FAULT_NOT_FOUND, NULL));
    else
        return pool_adopt(request->pool, json_loadb(result->document, result->document_length, 0, NULL),
                          pool_release_json);
    return NULL;
}

static const char *member_text(struct request *request, const json_t *document, const char *name)
{
    const json_t *value = json_object_get(document, name);

    if (json_is_string(value))
        return json_string_value(value);
    return json_is_integer(value) ? pool_print(request->pool, "%" JSON_INTEGER_FORMAT, json_integer_value(value))
                                  : NULL;
}

/* NULL when one of its places has no value. */
static const char *expand_one(struct request *request, const char *pattern, const json_t *document)
{
    struct buffer out = {0};
    const char *expanded = NULL;

    for (;;) {
        size_t plain = strcspn(pattern, "{");
        buffer_add(&out, pattern, plain);
        pattern += plain;
        if (*pattern == '\0') {
            expanded = pool_copy(request->pool, out.bytes);
            break;
        }
        size_t length = strcspn(pattern, "}");
        const char *name = pool_copy_length(request->pool, pattern + 1, length - 1);
        bool whole = *name == '+';
        const char *value =
            *name == '.' ? member_text(request, document, name + 1) : args_value(&request->args, name + whole);
        if (value == NULL)
            break;
        buffer_text(&out, whole ? value : form_encode(request->pool, value));
        pattern += length + 1;
    }
    buffer_free(&out);
    return expanded;
}

const char *reply_expand(struct request *request, const char *patterns, const json_t *document)
{
    char *rest = pool_copy(request->pool, patterns);
    const char *expanded = NULL;

    for (const char *one; expanded == NULL && (one = strsep(&rest, "|")) != NULL;)
        expanded = expand_one(request, one, document);
    return expanded;
}

/* request.c: the life of a request, from its first byte read to the one place where it is disposed of. */
#include "veha/clock.h"
#include "veha/log.h"

#include "csrf.h"
#include "exchange.h"
#include "form.h"
#include "framing.h"
#include "live.h"
#include "service.h"
#include "session.h"
#include "session_grant.h"
#include "speech.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* What stands in the log: the pattern in place of a path that holds a secret. */
static const char *logged_path(const struct request *request)
{
    enum { SHOWN = 200 };
    const struct field *field = request->route.resource == NULL ? NULL : request->route.resource->fields;

    for (; field != NULL && field->name != NULL; field++)
        if (field->place == FIELD_PATH && (field->flags & FIELD_SECRET) != 0)
            return request->route.resource->path;
    return strlen(request->path) <= SHOWN ? request->path : pool_copy_length(request->pool, request->path, SHOWN);
}

static void log_access(const struct request *request)
{
    bool answered = request->state == REQUEST_ANSWERED;

    log_event(LOG_LEVEL_INFO, "request", "id", request->id, "method", request->method, "path", logged_path(request),
              "resource", request->resource != NULL ? request->resource->name : "-", "status",
              answered ? log_number(request->h2o->res.status) : "gone", "bytes",
              log_number((long long)request->h2o->bytes_sent), "ms",
              log_number(clock_monotonic_ms() - request->ticket.begun_at), "person",
              request->caller->person != NULL ? request->caller->person : "-", "service",
              request->caller->service != NULL ? request->caller->service : "-", NULL);
}

/* The only end of a request, whether it was answered or its client left: nothing may call back into it after this. */
static void on_dispose(void *data)
{
    struct request *request = data;

    while (request->holds.previous != &request->holds) {
        struct hold *hold = request->holds.previous;
        hold->previous->next = hold->next;
        hold->next->previous = hold->previous;
        hold->release(hold->thing);
    }
    if (request->id != NULL)
        log_access(request);
    guard_end(&request->ticket);
    pool_free(request->pool);
}

static struct request *request_new(struct server *server, h2o_req_t *h2o)
{
    static const struct caller nobody = {.proof = CALLER_NOBODY};
    struct request *request = h2o_mem_alloc_shared(&h2o->pool, sizeof *request, on_dispose);

    *request = (struct request){.h2o = h2o, .server = server, .pool = pool_new(), .caller = &nobody};
    request->holds.next = request->holds.previous = &request->holds;
    return request;
}

static void hold_link(struct request *request, struct hold *hold)
{
    hold->request = request;
    hold->next = &request->holds;
    hold->previous = request->holds.previous;
    hold->previous->next = hold->next->previous = hold;
}

void request_hold(struct request *request, void *thing, void (*release)(void *thing))
{
    struct hold *hold = pool_alloc(request->pool, sizeof *hold);

    hold->thing = thing;
    hold->release = release;
    hold_link(request, hold);
}

static void release_unit(void *unit)
{
    unit_abandon(unit);
}

/* Every unit asks the database whether the caller's session or service stands: it may have ended on another worker or
 * host. When only the token tells of roles that are no more, the session goes on: its refresh token gets another. */
static void heed_end(struct request *request, const struct fault *fault)
{
    bool cookie = request->caller->proof == CALLER_COOKIE;

    if (fault == NULL || fault->kind != FAULT_UNSIGNED)
        return;
    if (request->caller->service != NULL)
        caller_end_service(request->caller->service);
    if (request->caller->session == NULL)
        return;
    if (text_equal(fault->code, "token_stale")) {
        if (cookie)
            session_forget_access(request);
        return;
    }
    caller_end(request->caller->session);
    if (cookie)
        session_forget_cookies(request);
}

static void on_unit_done(void *data, const struct unit_result *result)
{
    struct hold *hold = data;

    hold->previous->next = hold->next;
    hold->next->previous = hold->previous;
    heed_end(hold->request, result->fault);
    hold->done(hold->data, result);
}

const char *request_peer(struct request *request)
{
    struct sockaddr_storage name;
    socklen_t length = request->h2o->conn->callbacks->get_peername(request->h2o->conn, (void *)&name);
    char host[NI_MAXHOST];
    size_t written = length == 0 ? SIZE_MAX : h2o_socket_getnumerichost((void *)&name, length, host);

    return written == SIZE_MAX ? NULL : pool_copy_length(request->pool, host, written);
}

/* As person.roles holds them; NULL when nobody is signed in. */
static const char *roles_text(struct pool *pool, const struct caller *caller)
{
    const char *text = caller->session == NULL ? NULL : "";

    for (size_t i = 0; text != NULL && i < caller->role_count; i++)
        text = pool_print(pool, i == 0 ? "%s%s" : "%s %s", text, caller->roles[i]);
    return text;
}

void request_unit(struct request *request, const struct unit_request *unit, unit_done *done, void *data)
{
    struct unit_request asked = *unit;
    struct hold *hold = pool_alloc(request->pool, sizeof *hold);

    asked.caller = (struct unit_caller){.person = request->caller->person,
                                        .session = request->caller->session,
                                        .service = request->caller->service,
                                        .request_id = request->id,
                                        .address = request_peer(request),
                                        .roles = roles_text(request->pool, request->caller),
                                        .unfinished = (request->resource->flags & RESOURCE_UNFINISHED) != 0,
                                        .before_notice = (request->resource->flags & RESOURCE_BEFORE_NOTICE) != 0};
    hold->release = release_unit;
    hold->done = done;
    hold->data = data;
    hold->thing = unit_run(request->server->worker.db, &asked, on_unit_done, hold);
    hold_link(request, hold);
}

static bool has_reader(const struct request *request)
{
    const struct resource *resource = request->resource;

    return request->server->worker.table->reader != NULL && request->representation == REPRESENTATION_HTML &&
           resource->method == METHOD_GET && resource->page != NULL && resource->show != NULL &&
           request->caller->proof != CALLER_NOBODY;
}

/* A change is done: a form goes on to where its outcome is seen, a program gets the new representation. */
static void answer_change(struct request *request, const struct unit_result *result)
{
    const struct resource *resource = request->resource;
    json_t *document = json_loadb(result->document, result->document_length, JSON_DECODE_ANY, NULL);
    pool_adopt(request->pool, document, pool_release_json);

    if (request->representation == REPRESENTATION_HTML && resource->see_other != NULL) {
        request_see_other(request, reply_expand(request, resource->see_other, document));
        return;
    }
    if (result->replayed)
        request_set_header(request, "idempotency-replayed", "true");
    const char *location = resource->created == NULL ? NULL : reply_expand(request, resource->created, document);
    if (location != NULL)
        request_set_header(request, "location", location);
    int made = (resource->flags & RESOURCE_LATER) != 0 ? 202 : 201;
    request_reply(request, location != NULL ? made : 200, result->document, result->document_length);
}

/* A page may have found the one place that was meant. */
static const char *leads_on(struct request *request, const struct unit_result *result)
{
    if (request->representation != REPRESENTATION_HTML || request->resource->see_other == NULL)
        return NULL;
    json_t *document = json_loadb(result->document, result->document_length, JSON_DECODE_ANY, NULL);
    pool_adopt(request->pool, document, pool_release_json);
    return reply_expand(request, request->resource->see_other, document);
}

static void answer_show(struct request *request, const struct unit_result *result)
{
    const char *location = leads_on(request, result);

    if (location != NULL)
        request_see_other(request, location);
    else
        request_reply(request, 200, result->document, result->document_length);
}

/* The statement before the last tells every page of its reader. */
static void take_reader(struct request *request, const struct unit_result *result)
{
    if (result->fault == NULL && has_reader(request) && result->documents[0] != NULL)
        request->reader =
            pool_adopt(request->pool, json_loads(result->documents[0], JSON_DECODE_ANY, NULL), pool_release_json);
}

static void on_run_done(void *data, const struct unit_result *result)
{
    struct request *request = data;

    take_reader(request, result);
    if (result->fault != NULL)
        request_fault(request, fault_copy(request->pool, result->fault));
    else if (result->document == NULL)
        request_fault(request, fault_new(request->pool, FAULT_NOT_FOUND, NULL));
    else if (request->resource->method == METHOD_GET)
        answer_show(request, result);
    else
        answer_change(request, result);
}

static struct unit_statement statement_of(struct request *request, const char *name)
{
    const struct query *query = query_find(name);
    const char **values = pool_alloc(request->pool, (query->parameter_count + 1) * sizeof *values);

    for (size_t i = 0; i < query->parameter_count; i++)
        values[i] = args_value(&request->args, query->parameters[i]);
    return (struct unit_statement){query, values};
}

bool request_is_table(const struct request *request)
{
    return (request->representation == REPRESENTATION_TABLE || request->representation == REPRESENTATION_SHEET) &&
           request->resource->method == METHOD_GET;
}

/* Do people's data begin to leave as a table? */
static bool is_export(const struct request *request)
{
    return request_is_table(request) && (request->resource->flags & RESOURCE_PERSONAL) != 0 && !walk_is_on(request);
}

static struct unit_statement export_statement(struct request *request)
{
    const struct query *query = query_find(request->server->worker.table->exported);
    const char **values = pool_alloc(request->pool, (query->parameter_count + 1) * sizeof *values);

    for (size_t i = 0; i < query->parameter_count; i++)
        values[i] = strcmp(query->parameters[i], "resource") == 0 ? request->resource->name
                                                                  : args_value(&request->args, query->parameters[i]);
    return (struct unit_statement){query, values};
}

/* Today is not over: it is shown as it is now. */
static bool is_past(struct request *request)
{
    const char *day = args_value(&request->args, "as_of");
    time_t now = (time_t)clock_now();
    char today[sizeof "2026-11-22"];
    struct tm local;

    return day != NULL && localtime_r(&now, &local) != NULL && strftime(today, sizeof today, "%Y-%m-%d", &local) != 0 &&
           strcmp(day, today) != 0;
}

static const char *shown(struct request *request)
{
    const struct resource *resource = request->resource;
    return resource->past != NULL && is_past(request) ? resource->past : resource->show;
}

/* Histories are read like a report. */
static bool is_slow(struct request *request)
{
    return (request->resource->flags & RESOURCE_SLOW) != 0 || is_past(request);
}

static enum lane_kind lane_of(struct request *request)
{
    if (request->resource->method != METHOD_GET || is_export(request))
        return LANE_WRITE;
    return is_slow(request) ? LANE_SLOW : LANE_READ;
}

void request_run_to(struct request *request, unit_done *done, void *data)
{
    const struct resource *resource = request->resource;
    struct unit_statement statements[2];
    struct unit_request unit = {.lane = lane_of(request), .slow = is_slow(request), .statements = statements};

    if (is_export(request))
        statements[unit.statement_count++] = export_statement(request);
    if (resource->change != NULL)
        statements[unit.statement_count++] = statement_of(request, resource->change);
    if (has_reader(request))
        statements[unit.statement_count++] = statement_of(request, request->server->worker.table->reader);
    if (resource->show != NULL)
        statements[unit.statement_count++] = statement_of(request, shown(request));
    if (resource->method != METHOD_GET && (resource->flags & RESOURCE_NO_KEY) == 0) {
        unit.idempotency_key = args_value(&request->args, "idempotency_key");
        unit.idempotency_use = unit.idempotency_key == NULL ? NULL : args_use(request->pool, resource, &request->args);
    }
    request_unit(request, &unit, done, data);
}

void request_run(struct request *request)
{
    if (request->resource->change == NULL && request->resource->show == NULL)
        request_reply(request, 200, "null", 4);
    else if (request_is_table(request))
        walk_run(request);
    else
        request_run_to(request, on_run_done, request);
}

static const struct fault *authorise(struct request *request)
{
    const char *capability = request->resource->capability;

    if (strcmp(capability, CAPABILITY_ANYONE) == 0)
        return NULL;
    if (request->caller->proof == CALLER_NOBODY)
        return fault_new(request->pool, FAULT_UNSIGNED, NULL);
    bool allowed = strcmp(capability, CAPABILITY_SIGNED_IN) == 0 ? request->caller->person != NULL
                                                                 : caller_may(request->caller, capability);
    if (allowed)
        return NULL;
    return fault_new(request->pool, FAULT_FORBIDDEN, NULL);
}

static void on_still_forbidden(void *data, const struct unit_result *result)
{
    struct request *request = data;
    bool stands = result->fault == NULL;

    request_fault(request,
                  stands ? fault_new(request->pool, FAULT_FORBIDDEN, NULL) : fault_copy(request->pool, result->fault));
}

/* The token's roles lack what is wanted, and perhaps the person was given it since: the database knows, and a stale
 * token is renewed rather than refused. */
static void forbid(struct request *request)
{
    const struct unit_statement statement = {.query = query_find("session_show")};
    request_unit(request, &(struct unit_request){.lane = LANE_READ, .statements = &statement, .statement_count = 1},
                 on_still_forbidden, request);
}

static void release_upload(void *slot)
{
    *(const struct request **)slot = NULL;
}

/* On its way to the database a file lies in memory some times over: a few at once are enough, and one of a caller. */
static const struct fault *take_upload(struct request *request)
{
    const struct request **uploading = request->server->uploading, **slot = NULL;

    for (size_t i = 0; i < UPLOADS_MOST; i++) {
        if (uploading[i] == NULL)
            slot = &uploading[i];
        else if (uploading[i]->state != REQUEST_ANSWERED &&
                 text_equal(uploading[i]->caller->person, request->caller->person))
            return fault_new(request->pool, FAULT_TOO_MANY, "upload_running");
    }
    if (slot == NULL)
        return fault_new(request->pool, FAULT_UNAVAILABLE, "busy");
    *slot = request;
    request_hold(request, slot, release_upload);
    args_hash_upload(request->pool, &request->args);
    return NULL;
}

void request_go(struct request *request)
{
    const struct fault *fault = authorise(request);

    if (fault != NULL && fault->kind == FAULT_FORBIDDEN && request->problem == NULL) {
        request->state = REQUEST_RUNNING;
        forbid(request);
        return;
    }
    if (fault == NULL && request->problem == NULL && request->resource->method != METHOD_GET && !csrf_valid(request))
        fault = fault_new(request->pool, FAULT_FORBIDDEN, "csrf");
    if (fault == NULL)
        fault = request->args_fault;
    if (fault == NULL && request->args.upload.field != NULL)
        fault = take_upload(request);
    request->state = REQUEST_RUNNING;
    if (fault != NULL)
        request_fault(request, fault);
    else if (request->resource->handle != NULL)
        request->resource->handle(request);
    else
        request_run(request);
}

/* Copied, for a reload may free the catalogue while the request waits. */
static void take_locale(struct request *request, const struct locale *locale)
{
    request->locale = pool_copy(request->pool, locale_name(locale));
}

void request_signed(struct request *request, const struct caller *caller)
{
    request->caller = caller;
    if (caller->locale != NULL)
        take_locale(request, locale_find(request->server->locales, caller->locale));
    if (caller->proof != CALLER_NOBODY && !rate_take_caller(request->server->rate, caller, &request->rates)) {
        request_fault(request, fault_new(request->pool, FAULT_TOO_MANY, "rate_limited"));
        return;
    }
    if (caller->service != NULL)
        service_note(request, caller);
    request_go(request);
}

/* Method, path and query as our own terminated text: the library's lie in a buffer that moves. False when they are not
 * text. */
static bool take_line(struct request *request)
{
    const h2o_iovec_t path = request->h2o->input.path, method = request->h2o->input.method;
    const char *mark = memchr(path.base, '?', path.len);
    size_t length = mark == NULL ? path.len : (size_t)(mark - path.base);

    request->method = pool_copy_length(request->pool, method.base, method.len);
    request->path = pool_copy_length(request->pool, path.base, length);
    request->query = mark == NULL ? "" : pool_copy_length(request->pool, mark + 1, path.len - length - 1);
    return memchr(path.base, '\0', path.len) == NULL;
}

static bool head_sound(const struct request *request)
{
    const h2o_req_t *h2o = request->h2o;

    if (h2o->version >= 0x200)
        return true;
    const h2o_buffer_t *input = h2o->conn->callbacks->get_socket(h2o->conn)->input;
    return framing_sound(input->bytes, input->size);
}

static const struct fault *check_head(struct request *request)
{
    bool line_sound = take_line(request);

    if (!head_sound(request)) {
        request->h2o->http1_is_persistent = 0; /* what follows may not be what it seems */
        return fault_new(request->pool, FAULT_BAD_REQUEST, "ambiguous_framing");
    }
    if (request->h2o->headers.size > GUARD_HEADERS_MAX)
        return fault_new(request->pool, FAULT_BAD_REQUEST, "too_many_header_fields");
    return line_sound ? NULL : fault_new(request->pool, FAULT_BAD_REQUEST, "bad_path");
}

static const struct fault *check_route(struct request *request)
{
    struct route *route = &request->route;

    route_match(request->server->router, request->pool, request->method, request->path, route);
    switch (route->outcome) {
    case ROUTE_NO_METHOD:
        request_set_header(request, "allow", route->allow);
        return fault_new(request->pool, FAULT_METHOD, NULL);
    case ROUTE_MALFORMED:
        return fault_new(request->pool, FAULT_BAD_REQUEST, "bad_path");
    case ROUTE_NOWHERE:
        return fault_new(request->pool, FAULT_NOT_FOUND, NULL);
    default:
        return NULL;
    }
}

static bool takes_version(const struct resource *resource)
{
    const struct query *query = resource->change == NULL ? NULL : query_find(resource->change);

    for (size_t i = 0; query != NULL && i < query->parameter_count; i++)
        if (strcmp(query->parameters[i], "version") == 0)
            return true;
    return false;
}

/* A change that knows no version cannot find that it is the one its client saw: it must not go on as if it were. */
static const struct fault *check_precondition(struct request *request)
{
    const char *if_match = request_header(request, "if-match");

    if (if_match == NULL || strcmp(if_match, "*") == 0 || request->resource->method == METHOD_GET ||
        takes_version(request->resource))
        return NULL;
    return fault_new(request->pool, FAULT_STALE, "stale");
}

static void read_arguments(struct request *request)
{
    struct args_source source = {.route = &request->route,
                                 .query = request->query,
                                 .query_length = strlen(request->query),
                                 .content_type = request_header(request, "content-type"),
                                 .body = request->h2o->entity.base,
                                 .body_length = request->h2o->entity.len,
                                 .if_match = request_header(request, "if-match"),
                                 .idempotency_key = request_header(request, "idempotency-key")};

    request->args_fault = args_read(request->pool, request->resource, &source, &request->args);
    if (request->args_fault == NULL)
        request->args_fault = check_precondition(request);
}

static void redirect_slash(struct request *request)
{
    const char *mark = request->query[0] == '\0' ? "" : "?";

    request_set_header(request, "location",
                       pool_print(request->pool, "%s%s%s", request->route.canonical, mark, request->query));
    reply_send(request, 308, NULL, "", 0);
}

static void route_request(struct request *request)
{
    const char *accept = request_header(request, "accept");
    const struct fault *fault = check_route(request);

    if (fault != NULL) {
        request_fault(request, fault);
        return;
    }
    if (request->route.outcome == ROUTE_SLASH) {
        redirect_slash(request);
        return;
    }
    request->resource = request->route.resource;
    enum representation chosen = accept_choose(accept, request->resource);
    if (chosen == REPRESENTATION_NONE) {
        request_fault(request, fault_new(request->pool, FAULT_NOT_ACCEPTABLE, NULL));
        return;
    }
    request->representation = chosen;
    read_arguments(request);
    enum representation wanted = accept_format(args_value(&request->args, "format"));
    if (wanted != REPRESENTATION_NONE)
        request->representation = wanted;
    request->state = REQUEST_SIGNING;
    session_sign(request);
}

int request_begin(struct server *server, h2o_req_t *h2o)
{
    struct request *request = request_new(server, h2o);

    if (!guard_begin(h2o->conn->callbacks->get_socket(h2o->conn), h2o->entity.len, &request->ticket))
        return 0; /* the socket is shut down; the library finds out with its next read */
    request->id = text_random(request->pool, 12);
    request->live_number = live_number(server->live);
    const struct fault *fault = check_head(request);
    const char *accept = request_header(request, "accept");
    take_locale(request, speech_of(request));
    request->representation = accept_html(accept) ? REPRESENTATION_HTML : REPRESENTATION_JSON;
    if (server->draining)
        h2o->http1_is_persistent = 0;
    bool of_assets = fault == NULL && text_starts(request->path, ASSET_PREFIX);
    bool allowed = of_assets || rate_take_address(server->rate, guard_address(&request->ticket), &request->rates);
    if (fault == NULL && !allowed)
        fault = fault_new(request->pool, FAULT_TOO_MANY, "rate_limited");
    if (fault != NULL)
        request_fault(request, fault);
    else if (of_assets)
        reply_asset(request);
    else
        route_request(request);
    return 0;
}

struct pool *request_pool(const struct request *request)
{
    return request->pool;
}

struct worker *request_worker(const struct request *request)
{
    return &request->server->worker;
}

const struct caller *request_caller(const struct request *request)
{
    return request->caller;
}

const char *request_header(const struct request *request, const char *name)
{
    const h2o_headers_t *headers = &request->h2o->headers;
    ssize_t found = h2o_find_header_by_str(headers, name, strlen(name), -1);

    if (found == -1)
        return NULL;
    const h2o_iovec_t value = headers->entries[found].value;
    return pool_copy_length(request->pool, value.base, value.len);
}

/* The value of NAME=VALUE among the cookies of one header field; NULL when it is not there. */
static const char *cookie_in(struct pool *pool, h2o_iovec_t field, const char *name)
{
    size_t name_length = strlen(name);

    for (const char *at = field.base, *end = at + field.len; at < end;) {
        const char *semicolon = memchr(at, ';', (size_t)(end - at));
        const char *stop = semicolon == NULL ? end : semicolon;
        while (at < stop && *at == ' ')
            at++;
        if ((size_t)(stop - at) > name_length && memcmp(at, name, name_length) == 0 && at[name_length] == '=')
            return pool_copy_length(pool, at + name_length + 1, (size_t)(stop - at) - name_length - 1);
        at = stop + 1;
    }
    return NULL;
}

/* HTTP/2 may bring each cookie as a field of its own. */
const char *request_cookie(const struct request *request, const char *name)
{
    const h2o_headers_t *headers = &request->h2o->headers;
    const char *value = NULL;

    for (ssize_t at = -1; value == NULL && (at = h2o_find_header(headers, H2O_TOKEN_COOKIE, at)) != -1;)
        value = cookie_in(request->pool, headers->entries[at].value, name);
    return value;
}

bool request_is_form(const struct request *request)
{
    return request->args.form;
}

bool request_wants_html(const struct request *request)
{
    return request->representation == REPRESENTATION_HTML;
}

const struct upload *request_upload(const struct request *request)
{
    return request->args.upload.field == NULL ? NULL : &request->args.upload;
}

const char *request_argument(const struct request *request, const char *name)
{
    return args_value(&request->args, name);
}

void request_argument_set(struct request *request, const char *name, const char *value)
{
    args_set(request->pool, &request->args, name, value);
}

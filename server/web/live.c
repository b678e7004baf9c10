/* live.c: keeps the latest changes, and streams of server-sent events that are told of them. */
#include "live.h"

#include "veha/clock.h"
#include "veha/log.h"
#include "veha/text.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum {
    CHANGES_MOST = 2048, /* kept; who asks for older ones is told that everything changed */
    ABOVE_MOST = 12,     /* a tenant and those above it */
    STEP_SIZE = 48,
    TENANTS_MOST = 100, /* named in one message; beyond that, everything changed */
    CALLER_MOST = 16,   /* streams of one caller: pages in sight, and some that nobody has noticed to be gone */
    POLL_MS = 1000,     /* and so the most a stream is told: once in so long */
    WALK_MS = 250,
    BEAT_MS = 20000,
    CHECK_MOST_MS = 50000, /* so that the answer is there in time */
    CONFIRMED_MS = 60000,  /* a stream whose caller could not be asked for so long ends */
    DRAIN_MS = 1000,
    RETRY_LEAST_MS = 2000,
    RETRY_SPREAD_MS = 3000
};

struct change {
    int64_t number, tenant;
    int64_t above[ABOVE_MOST]; /* the tenant itself first; ended by 0 */
    char step[STEP_SIZE];      /* "": none, or one with a longer name */
};

/* What somebody wants to hear, and may. */
struct interest {
    int64_t tenant, within; /* 0: any */
    const char *step;       /* NULL: any */
    int64_t *roots;         /* only below these */
    size_t root_count;
};

/* States: OPENING (the scope is asked for) → IDLE ⇄ SENDING (the library holds `message`) → ENDED. Ends when its client
 * leaves, too: then release() finds it in any of them. */
struct stream {
    h2o_generator_t generator; /* first: the library gives it back */
    struct stream *next, *previous;
    struct request *request;
    enum { STREAM_OPENING, STREAM_IDLE, STREAM_SENDING, STREAM_ENDED } state;
    struct interest interest;
    int64_t told; /* the last number it was told; -1: it does not know what it missed */
    int64_t sent_at, checked_at;
    bool checking; /* the database is asked for its caller */
    bool ending;   /* as soon as the library gives the message back */
    char *message;
};

struct live {
    struct change *changes; /* ring of CHANGES_MOST, oldest at first */
    size_t first, count;
    int64_t floor;  /* all changes after it are kept */
    int64_t number; /* the last link read; -1: none yet */
    int64_t region; /* the last that concerns everybody */
    bool asking;
    int64_t ask_at, walk_at;
    struct stream streams; /* ring */
    size_t stream_count, streams_most;
    int64_t check_ms;
};

struct live *live_new(long streams_most, long check_seconds)
{
    struct live *live = calloc(1, sizeof *live);

    if (live == NULL || (live->changes = calloc(CHANGES_MOST, sizeof *live->changes)) == NULL)
        abort();
    live->number = -1;
    live->streams_most = (size_t)streams_most;
    live->check_ms = check_seconds * 1000 < CHECK_MOST_MS ? check_seconds * 1000 : CHECK_MOST_MS;
    live->streams.next = live->streams.previous = &live->streams;
    return live;
}

int64_t live_number(const struct live *live)
{
    return live->number > 0 ? live->number : 0;
}

/* ------------------------------------------------------------------------------------------------------------------ */
/* What changed, for one who listens. */

static const struct change *change_at(const struct live *live, size_t number)
{
    return &live->changes[(live->first + number) % CHANGES_MOST];
}

static bool lies_below(const struct change *change, int64_t tenant)
{
    for (size_t i = 0; i < ABOVE_MOST && change->above[i] != 0; i++)
        if (change->above[i] == tenant)
            return true;
    return false;
}

static bool concerns(const struct interest *interest, const struct change *change)
{
    if ((interest->tenant != 0 && interest->tenant != change->tenant) ||
        (interest->within != 0 && !lies_below(change, interest->within)) ||
        (interest->step != NULL && change->step[0] != '\0' && strcmp(interest->step, change->step) != 0))
        return false;
    for (size_t i = 0; i < interest->root_count; i++)
        if (lies_below(change, interest->roots[i]))
            return true;
    return false;
}

static bool lists(const json_t *tenants, int64_t tenant)
{
    size_t number;
    json_t *one;

    json_array_foreach(tenants, number, one) if (json_integer_value(one) == tenant) return true;
    return false;
}

/* The tenants that changed after a number, once each; NULL when they are too many to name. */
static json_t *tenants_after(const struct live *live, const struct interest *interest, int64_t after)
{
    json_t *tenants = json_array();

    for (size_t i = live->count; i > 0 && change_at(live, i - 1)->number > after; i--) {
        const struct change *change = change_at(live, i - 1);
        if (!concerns(interest, change) || lists(tenants, change->tenant))
            continue;
        if (json_array_size(tenants) == TENANTS_MOST) {
            json_decref(tenants);
            return NULL;
        }
        json_array_append_new(tenants, json_integer(change->tenant));
    }
    return tenants;
}

/* Whoever knows nothing, what is not kept any more, or a number of another chain (the database was restored), cannot be
 * told what was missed. */
static bool is_lost(const struct live *live, int64_t after)
{
    return after < live->floor || after > live->number;
}

/* {"number", "everything", "region", "tenants"}; *any: there is something to tell. */
static json_t *news_after(const struct live *live, const struct interest *interest, int64_t after, bool *any)
{
    json_t *tenants = is_lost(live, after) ? NULL : tenants_after(live, interest, after);
    bool everything = tenants == NULL, region = everything || live->region > after;

    *any = everything || region || json_array_size(tenants) > 0;
    return json_pack("{s:I, s:b, s:b, s:o}", "number", (json_int_t)live->number, "everything", everything, "region",
                     region, "tenants", everything ? json_array() : tenants);
}

/* ------------------------------------------------------------------------------------------------------------------ */
/* Streams. */

static void stream_unlink(struct live *live, struct stream *stream)
{
    stream->next->previous = stream->previous;
    stream->previous->next = stream->next;
    live->stream_count--;
}

/* The request dies. */
static void release(void *thing)
{
    struct stream *stream = thing;

    if (stream->state != STREAM_ENDED)
        stream_unlink(stream->request->server->live, stream);
    free(stream->message);
    free(stream->interest.roots);
}

static void stream_send(struct stream *stream, struct buffer *text)
{
    h2o_iovec_t part = h2o_iovec_init(text->bytes, text->length);

    stream->state = STREAM_SENDING;
    stream->message = text->bytes;
    stream->sent_at = clock_monotonic_ms();
    guard_answered(&stream->request->ticket);
    h2o_send(stream->request->h2o, &part, 1, H2O_SEND_STATE_IN_PROGRESS);
}

/* Now, or when the library gives back what it holds. */
static void stream_end(struct stream *stream)
{
    stream->ending = true;
    if (stream->state != STREAM_IDLE)
        return;
    stream_unlink(stream->request->server->live, stream);
    stream->state = STREAM_ENDED;
    guard_answered(&stream->request->ticket);
    h2o_send(stream->request->h2o, NULL, 0, H2O_SEND_STATE_FINAL);
}

/* An event without data moves the browser's Last-Event-ID, and no script hears of it. */
static void print_beat(const struct live *live, struct buffer *text)
{
    buffer_print(text, "id: %" PRId64 "\n\n", live->number);
}

static void print_news(const json_t *news, struct buffer *text)
{
    char *data = json_dumps(news, JSON_COMPACT);

    buffer_print(text, "id: %" JSON_INTEGER_FORMAT "\nevent: change\ndata: ",
                 json_integer_value(json_object_get(news, "number")));
    buffer_text(text, data);
    buffer_text(text, "\n\n");
    free(data);
}

/* Tells what came since, or after a while of nothing that the stream stands. */
static void stream_tell(struct stream *stream)
{
    struct live *live = stream->request->server->live;
    struct buffer text = {0};
    bool any = false;

    if (stream->state != STREAM_IDLE)
        return;
    if (stream->told != live->number) {
        json_t *news = news_after(live, &stream->interest, stream->told, &any);
        if (any)
            print_news(news, &text);
        json_decref(news);
        stream->told = live->number;
    }
    if (!any && clock_monotonic_ms() - stream->sent_at >= BEAT_MS)
        print_beat(live, &text);
    if (text.length > 0)
        stream_send(stream, &text);
}

static void on_proceed(h2o_generator_t *generator, h2o_req_t *h2o)
{
    struct stream *stream = (void *)generator;

    (void)h2o;
    free(stream->message);
    stream->message = NULL;
    stream->state = STREAM_IDLE;
    guard_stands(&stream->request->ticket);
    if (stream->ending)
        stream_end(stream);
    else
        stream_tell(stream);
}

/* Streams of one worker are opened again one after another. */
static void print_hello(const struct stream *stream, struct buffer *text)
{
    buffer_print(text, "retry: %u\n", RETRY_LEAST_MS + randombytes_uniform(RETRY_SPREAD_MS));
    if (stream->told >= 0)
        buffer_print(text, "id: %" PRId64 "\n", stream->told);
    buffer_text(text, "\n");
}

static void stream_begin(struct stream *stream)
{
    struct buffer text = {0};

    stream->generator.proceed = on_proceed;
    reply_begin(stream->request, "text/event-stream", &stream->generator);
    print_hello(stream, &text);
    stream_send(stream, &text);
}

/* ------------------------------------------------------------------------------------------------------------------ */
/* Who listens, and what they may hear. */

static int64_t number_of(const char *text)
{
    return text == NULL ? 0 : strtoll(text, NULL, 10);
}

static void take_scope(struct interest *interest, const struct unit_result *result)
{
    json_t *scope = json_loadb(result->document, result->document_length, 0, NULL);
    const json_t *roots = json_object_get(scope, "roots");
    size_t number;
    json_t *root;

    free(interest->roots);
    interest->root_count = 0;
    interest->roots = calloc(json_array_size(roots) + 1, sizeof *interest->roots);
    if (interest->roots == NULL)
        abort();
    json_array_foreach(roots, number, root) interest->roots[interest->root_count++] = json_integer_value(root);
    json_decref(scope);
}

static struct interest interest_of(struct request *request)
{
    return (struct interest){.tenant = number_of(request_argument(request, "tenant")),
                             .within = number_of(request_argument(request, "within")),
                             .step = request_argument(request, "step")};
}

/* What a browser remembers of its stream is newer than what stands in its address; -1: nothing, or no number. */
static int64_t after_of(struct request *request)
{
    const char *text = request_header(request, "last-event-id");

    if (text == NULL || *text == '\0' || !text_is_digits(text))
        text = request_argument(request, "after");
    return text == NULL ? -1 : strtoll(text, NULL, 10);
}

/* The scope came, or why there is none; false: the request is answered. */
static bool is_heard(struct request *request, const struct unit_result *result)
{
    struct pool *pool = request_pool(request);

    if (result->fault != NULL)
        request_fault(request, fault_copy(pool, result->fault));
    else if (result->document == NULL)
        request_fault(request, fault_new(pool, FAULT_NOT_FOUND, NULL));
    else if (request->server->live->number < 0 || request->server->draining)
        request_fault(request, fault_new(pool, FAULT_UNAVAILABLE, "database_unavailable"));
    else
        return true;
    return false;
}

/* A program asks once. */
static void on_asked(void *data, const struct unit_result *result)
{
    struct request *request = data;
    const struct live *live = request->server->live;
    struct interest interest = interest_of(request);
    bool any = false;

    if (!is_heard(request, result))
        return;
    take_scope(&interest, result);
    int64_t after = after_of(request);
    json_t *news = news_after(live, &interest, after < 0 ? live->number : after, &any);
    char *text = json_dumps(news, JSON_COMPACT);
    request_reply(request, 200, text, strlen(text));
    free(text);
    json_decref(news);
    free(interest.roots);
}

static void on_opened(void *data, const struct unit_result *result)
{
    struct stream *stream = data;
    struct live *live = stream->request->server->live;

    if (!is_heard(stream->request, result)) {
        stream_unlink(live, stream);
        stream->state = STREAM_ENDED;
        return;
    }
    take_scope(&stream->interest, result);
    stream->checked_at = clock_monotonic_ms();
    stream->told = after_of(stream->request);
    if (stream->told < 0)
        stream->told = live->number;
    if (is_lost(live, stream->told))
        stream->told = -1;
    stream_begin(stream);
}

/* A database that is away comes back; whatever else it says ends the stream, and opening another tells why. */
static void on_checked(void *data, const struct unit_result *result)
{
    struct stream *stream = data;
    const struct fault *fault = result->fault;

    stream->checking = false;
    if (fault != NULL && (fault->kind == FAULT_UNAVAILABLE || fault->kind == FAULT_UNSURE))
        return;
    if (fault != NULL || result->document == NULL) {
        stream_end(stream);
        return;
    }
    take_scope(&stream->interest, result);
    stream->checked_at = clock_monotonic_ms();
}

static const char *caller_key(const struct caller *caller)
{
    return caller->person != NULL ? caller->person : caller->service;
}

static size_t streams_of(const struct live *live, const struct caller *caller)
{
    size_t count = 0;

    for (const struct stream *at = live->streams.next; at != &live->streams; at = at->next) {
        const struct caller *other = at->request->caller;
        count +=
            (other->person != NULL) == (caller->person != NULL) && text_equal(caller_key(other), caller_key(caller));
    }
    return count;
}

static const struct fault *charge(struct request *request)
{
    const struct live *live = request->server->live;

    if (live->stream_count >= live->streams_most)
        return fault_new(request->pool, FAULT_UNAVAILABLE, "too_many_streams");
    if (streams_of(live, request->caller) >= CALLER_MOST)
        return fault_new(request->pool, FAULT_TOO_MANY, "too_many_streams");
    return NULL;
}

static void stream_open(struct request *request)
{
    struct live *live = request->server->live;
    const struct fault *fault = charge(request);

    if (fault != NULL) {
        request_fault(request, fault);
        return;
    }
    struct stream *stream = pool_alloc(request->pool, sizeof *stream);
    stream->request = request;
    stream->interest = interest_of(request);
    stream->next = &live->streams;
    stream->previous = live->streams.previous;
    stream->next->previous = stream->previous->next = stream;
    live->stream_count++;
    request_hold(request, stream, release);
    request_run_to(request, on_opened, stream);
}

void request_follow(struct request *request)
{
    bool streams = strcmp(request->method, "GET") == 0 && accept_stream(request_header(request, "accept"));

    if (streams)
        stream_open(request);
    else
        request_run_to(request, on_asked, request);
}

/* ------------------------------------------------------------------------------------------------------------------ */
/* The worker's turn. */

static void keep(struct live *live, const json_t *told)
{
    const json_t *above = json_object_get(told, "above");
    const char *step = json_string_value(json_object_get(told, "step"));
    struct change *change = &live->changes[(live->first + live->count) % CHANGES_MOST];

    if (live->count == CHANGES_MOST) {
        live->floor = change->number;
        live->first = (live->first + 1) % CHANGES_MOST;
    } else {
        live->count++;
    }
    *change = (struct change){.number = json_integer_value(json_object_get(told, "number")),
                              .tenant = json_integer_value(json_object_get(told, "tenant"))};
    for (size_t i = 0; i < ABOVE_MOST && i < json_array_size(above); i++)
        change->above[i] = json_integer_value(json_array_get(above, i));
    if (step != NULL && strlen(step) < STEP_SIZE)
        memcpy(change->step, step, strlen(step) + 1);
}

static void forget(struct live *live, int64_t after)
{
    live->count = 0;
    live->floor = after;
    live->region = 0;
}

static void take_changes(struct live *live, const json_t *told)
{
    int64_t after = json_integer_value(json_object_get(told, "after"));
    int64_t number = json_integer_value(json_object_get(told, "number"));
    const json_t *region = json_object_get(told, "region");
    size_t at;
    json_t *change;

    if (live->number < 0 || after < live->number) /* the first answer, or the database was restored */
        forget(live, after);
    json_array_foreach(json_object_get(told, "changes"), at, change) keep(live, change);
    if (json_is_integer(region))
        live->region = json_integer_value(region);
    live->number = number;
}

/* Whatever keeps the database from answering is logged by its lanes. */
static void on_told(void *data, const struct unit_result *result)
{
    struct live *live = data;
    int64_t before = live->number;

    live->asking = false;
    if (result->document == NULL)
        return;
    json_t *told = json_loadb(result->document, result->document_length, 0, NULL);
    take_changes(live, told);
    json_decref(told);
    if (live->number == before)
        return;
    for (struct stream *at = live->streams.next, *next; at != &live->streams; at = next) {
        next = at->next;
        stream_tell(at);
    }
}

static void ask(struct server *server, int64_t now)
{
    struct live *live = server->live;
    const char *name = server->worker.table->live;

    if (name == NULL || live->asking || server->draining || now < live->ask_at)
        return;
    char since[24];
    const char *const values[] = {live->number < 0 ? NULL : since};
    const struct unit_statement statement = {query_find(name), values};
    const struct unit_request unit = {
        .lane = LANE_READ, .caller = {.request_id = "live"}, .statements = &statement, .statement_count = 1};
    snprintf(since, sizeof since, "%" PRId64, live->number);
    live->asking = true;
    live->ask_at = now + POLL_MS;
    unit_run(server->worker.db, &unit, on_told, live);
}

static void drain_one(struct stream *stream, int64_t now)
{
    if (stream->state == STREAM_SENDING && now - stream->sent_at >= DRAIN_MS)
        guard_cut(&stream->request->ticket, "drain"); /* it does not read what it has been told before */
    else if (stream->state != STREAM_OPENING)
        stream_end(stream);
}

static void walk_one(struct live *live, struct stream *stream, int64_t now)
{
    const struct caller *caller = stream->request->caller;

    if (stream->state == STREAM_OPENING || stream->ending)
        return;
    if (now - stream->checked_at >= CONFIRMED_MS || clock_now() >= caller->expires_at) {
        stream_end(stream);
        return;
    }
    if (!stream->checking && now - stream->checked_at >= live->check_ms) {
        stream->checking = true;
        request_run_to(stream->request, on_checked, stream);
    }
    stream_tell(stream);
}

void live_turn(struct server *server, int64_t now)
{
    struct live *live = server->live;

    ask(server, now);
    if (now < live->walk_at)
        return;
    live->walk_at = now + WALK_MS;
    for (struct stream *at = live->streams.next, *next; at != &live->streams; at = next) {
        next = at->next;
        if (server->draining)
            drain_one(at, now);
        else
            walk_one(live, at, now);
    }
}

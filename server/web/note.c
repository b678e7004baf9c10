/* note.c: gathers who read what, and hands it to the database once a second. */
#include "note.h"

#include "veha/clock.h"
#include "veha/log.h"
#include "veha/text.h"

#include "exchange.h"

#include <stdlib.h>
#include <string.h>

enum {
    NOTES_MOST = 4096,      /* different reads in one batch */
    SLOTS = 2 * NOTES_MOST, /* so that a search ends soon; a power of two */
    NOTE_MS = 1000,
    NUMBER_SIZE = 20, /* digits of a bigint */
    ADDRESS_SIZE = 64
};

struct note {
    int64_t at; /* seconds */
    const struct resource *resource;
    char thing[NUMBER_SIZE], person[NUMBER_SIZE], session[NUMBER_SIZE];
    char address[ADDRESS_SIZE]; /* "": unknown */
};

struct batch {
    size_t count;
    struct note notes[NOTES_MOST];
    uint16_t slots[SLOTS]; /* 1 + index of a note, by its hash; 0: free */
};

/* States of a batch: filling → waiting (`waiting` points to it; a unit may be on its way) → filling, empty. */
struct notes {
    struct batch batches[2];
    struct batch *filling, *waiting;
    bool asked; /* the unit of `waiting` is on its way */
    int64_t turn_at;
    size_t lost;
};

struct notes *notes_new(void)
{
    struct notes *notes = calloc(1, sizeof *notes);
    if (notes == NULL)
        abort();
    notes->filling = &notes->batches[0];
    return notes;
}

bool note_idle(const struct server *server)
{
    return server->notes->waiting == NULL && server->notes->filling->count == 0;
}

/* FNV-1a over what tells two notes apart. */
static size_t slot_of(const struct note *note)
{
    const char *const texts[] = {note->thing, note->person, note->session, note->resource->name};
    uint32_t hash = 2166136261u;

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        for (const char *at = texts[i];; at++) {
            hash = (hash ^ (unsigned char)*at) * 16777619u;
            if (*at == '\0')
                break;
        }
    return hash % SLOTS;
}

static bool note_same(const struct note *one, const struct note *other)
{
    return one->at == other->at && one->resource == other->resource && text_equal(one->thing, other->thing) &&
           text_equal(one->person, other->person) && text_equal(one->session, other->session);
}

/* False when there is no room for it. */
static bool batch_add(struct batch *batch, const struct note *note)
{
    size_t slot = slot_of(note);

    for (; batch->slots[slot] != 0; slot = (slot + 1) % SLOTS)
        if (note_same(&batch->notes[batch->slots[slot] - 1], note))
            return true;
    if (batch->count == NOTES_MOST)
        return false;
    batch->notes[batch->count++] = *note;
    batch->slots[slot] = (uint16_t)batch->count;
    return true;
}

static void batch_clear(struct batch *batch)
{
    batch->count = 0;
    memset(batch->slots, 0, sizeof batch->slots);
}

/* ------------------------------------------------------------------------------------------------------------------ */

static json_t *note_json(const struct note *note, struct pool *pool)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s*}", "tenant", note->thing, "at", clock_print(pool, note->at),
                     "person", note->person, "session", note->session, "resource", note->resource->name, "address",
                     note->address[0] == '\0' ? NULL : note->address);
}

static char *batch_json(const struct batch *batch)
{
    struct pool *pool = pool_new();
    json_t *list = json_array();

    for (size_t i = 0; i < batch->count; i++)
        json_array_append_new(list, note_json(&batch->notes[i], pool));
    char *text = json_dumps(list, JSON_COMPACT);
    json_decref(list);
    pool_free(pool);
    return text;
}

/* A database that is away comes back: only what it looked at and refused is given up. */
static void on_noted(void *data, const struct unit_result *result)
{
    struct notes *notes = data;
    const struct fault *fault = result->fault;

    notes->asked = false;
    if (fault != NULL && (fault->kind == FAULT_UNAVAILABLE || fault->kind == FAULT_UNSURE))
        return;
    if (fault != NULL)
        log_event(LOG_LEVEL_ERROR, "reads_not_noted", "count", log_number((long long)notes->waiting->count), "fault",
                  fault->code, NULL);
    batch_clear(notes->waiting);
    notes->waiting = NULL;
}

static void hand_over(struct server *server)
{
    struct notes *notes = server->notes;
    char *batch = batch_json(notes->waiting);
    const char *const values[] = {batch};
    const struct unit_statement statement = {query_find(server->worker.table->note), values};
    const struct unit_request unit = {
        .lane = LANE_WRITE, .caller = {.request_id = "notes"}, .statements = &statement, .statement_count = 1};

    notes->asked = true;
    unit_run(server->worker.db, &unit, on_noted, notes);
    free(batch);
}

/* The filling batch begins to wait, and the other one is filled. */
static void swap(struct notes *notes)
{
    notes->waiting = notes->filling;
    notes->filling = notes->waiting == notes->batches ? notes->batches + 1 : notes->batches;
}

void note_turn(struct server *server, int64_t now)
{
    struct notes *notes = server->notes;

    if (now < notes->turn_at && !server->draining)
        return;
    if (notes->lost > 0)
        log_event(LOG_LEVEL_ERROR, "reads_not_noted", "count", log_number((long long)notes->lost), "fault", "too_many",
                  NULL);
    notes->lost = 0;
    if (notes->asked)
        return;
    if (notes->waiting == NULL && notes->filling->count > 0)
        swap(notes);
    if (notes->waiting == NULL)
        return;
    notes->turn_at = now + NOTE_MS;
    hand_over(server);
}

/* ------------------------------------------------------------------------------------------------------------------ */

static bool is_noted(const struct request *request)
{
    const char *noted = request->server->worker.table->noted;
    size_t length = noted == NULL ? 0 : strlen(noted);

    return length > 0 && request->resource->method == METHOD_GET && request->caller->session != NULL &&
           strncmp(request->resource->path, noted, length) == 0 && strchr("/", request->resource->path[length]) != NULL;
}

/* False when it does not fit, which would be another's number. */
static bool keep_text(char *place, size_t size, const char *text)
{
    size_t length = text == NULL ? 0 : strlen(text);

    if (length >= size)
        return false;
    memcpy(place, text == NULL ? "" : text, length);
    place[length] = '\0';
    return true;
}

void note_read(struct request *request)
{
    struct notes *notes = request->server->notes;
    struct note note = {.at = clock_now(), .resource = request->resource};

    if (!is_noted(request))
        return;
    bool whole = keep_text(note.thing, sizeof note.thing, args_value(&request->args, "id")) &&
                 keep_text(note.person, sizeof note.person, request->caller->person) &&
                 keep_text(note.session, sizeof note.session, request->caller->session) &&
                 keep_text(note.address, sizeof note.address, request_peer(request));
    if (whole && batch_add(notes->filling, &note))
        return;
    if (notes->waiting == NULL) {
        swap(notes);
        batch_add(notes->filling, &note);
    } else {
        notes->lost++;
    }
}

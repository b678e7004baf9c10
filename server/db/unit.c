/* unit.c: the life of a unit: what it sends, what its results mean, how it ends. */
#include "veha/unit.h"

#include "veha/log.h"
#include "veha/text.h"

#include "inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ENTER                                                                                                          \
    "veha.enter($1::bigint, $2::bigint, $3::text, $4::inet, $5::timestamptz, $6::text, $7::boolean, $8::bigint, "      \
    "$9::boolean)"

/* The statements of the machinery itself, prepared like any other. */
enum built_in { ENTER_READ, ENTER_WRITE, KEY_BEGIN, KEY_KEEP, KEY_ANSWER, BUILT_INS };

static const struct query built_in[BUILT_INS] = {
    [ENTER_READ] = {"unit.enter_read", "select " ENTER ", set_config('transaction_read_only', 'on', true)", NULL, 9},
    [ENTER_WRITE] = {"unit.enter_write", "select " ENTER, NULL, 9},
    [KEY_BEGIN] = {"unit.key_begin", "select veha.idempotency_begin($1::text, $2::text)", NULL, 2},
    [KEY_KEEP] = {"unit.key_keep", "select veha.idempotency_keep($1::text, $2::text)", NULL, 2},
    [KEY_ANSWER] = {"unit.key_answer", "select veha.idempotency_answer($1::text)", NULL, 1},
};

/* What undoes a transaction that has not failed: an error, because ROLLBACK has no place in a pipeline. */
static const char refuse_missing[] =
    "do $$ begin raise exception using errcode = 'VH404', message = 'not_found'; end $$";

size_t statement_count(void)
{
    return query_count + BUILT_INS;
}

size_t statement_index(const struct query *query)
{
    uintptr_t address = (uintptr_t)query, own = (uintptr_t)built_in, table = (uintptr_t)query_table;
    if (address >= own && address < own + sizeof built_in)
        return query_count + (address - own) / sizeof *query;
    size_t index = (address - table) / sizeof *query;
    if (address >= table && index < query_count)
        return index;
    fprintf(stderr, "veha: the query %s is not in the table\n", query->name);
    abort();
}

void unit_list_append(struct unit_list *list, struct unit *unit)
{
    unit->list = list;
    unit->next = NULL;
    unit->previous = list->last;
    *(list->last == NULL ? &list->first : &list->last->next) = unit;
    list->last = unit;
    list->count++;
}

void unit_list_prepend(struct unit_list *list, struct unit *unit)
{
    unit->list = list;
    unit->previous = NULL;
    unit->next = list->first;
    *(list->first == NULL ? &list->last : &list->first->previous) = unit;
    list->first = unit;
    list->count++;
}

void unit_list_remove(struct unit *unit)
{
    struct unit_list *list = unit->list;
    *(unit->previous == NULL ? &list->first : &unit->previous->next) = unit->next;
    *(unit->next == NULL ? &list->last : &unit->next->previous) = unit->previous;
    unit->next = unit->previous = NULL;
    unit->list = NULL;
    list->count--;
}

static void copy_request(struct unit *unit, const struct unit_request *request)
{
    struct pool *pool = unit->pool;
    const struct unit_caller *caller = &request->caller;
    const char *scope[] = {caller->person,
                           caller->session,
                           caller->request_id,
                           caller->address,
                           clock_is_set() ? clock_print(pool, clock_now()) : NULL,
                           caller->roles,
                           caller->unfinished ? "true" : NULL,
                           caller->service,
                           caller->before_notice ? "true" : NULL};
    for (size_t i = 0; i < sizeof scope / sizeof scope[0]; i++)
        unit->scope[i] = pool_copy(pool, scope[i]);
    if (request->lane == LANE_WRITE) {
        unit->key = pool_copy(pool, request->idempotency_key);
        unit->use = pool_copy(pool, request->idempotency_use);
    }
    unit->statement_count = request->statement_count;
    unit->statements = pool_alloc(pool, request->statement_count * sizeof *unit->statements);
    unit->documents = pool_alloc(pool, request->statement_count * sizeof *unit->documents);
    for (size_t i = 0; i < request->statement_count; i++) {
        const struct unit_statement *from = &request->statements[i];
        const char **values = pool_alloc(pool, from->query->parameter_count * sizeof *values);
        for (size_t value = 0; value < from->query->parameter_count; value++)
            values[value] = pool_copy(pool, from->values[value]);
        unit->statements[i] = (struct unit_statement){.query = from->query, .values = values};
    }
    unit->preparing = pool_alloc(pool, (request->statement_count + BUILT_INS) * sizeof(const struct query *));
}

static bool has_lane(const struct db *db, enum lane_kind kind)
{
    for (size_t i = 0; i < db->lane_count; i++)
        if (db->lanes[i].kind == kind)
            return true;
    return false;
}

/* The kind of lane that takes units of this kind: its own, or the nearest one the db has. */
static bool choose_lane(const struct db *db, enum lane_kind wanted, enum lane_kind *chosen)
{
    static const enum lane_kind choices[LANE_KINDS][LANE_KINDS] = {
        [LANE_READ] = {LANE_READ, LANE_SLOW, LANE_WRITE},
        [LANE_SLOW] = {LANE_SLOW, LANE_READ, LANE_WRITE},
        [LANE_WRITE] = {LANE_WRITE, LANE_WRITE, LANE_WRITE},
    };
    for (size_t choice = 0; choice < LANE_KINDS; choice++)
        if (has_lane(db, choices[wanted][choice])) {
            *chosen = choices[wanted][choice];
            return true;
        }
    return false;
}

/* Makes the unit WAITING until its time is over, and answers the queue it is to join. */
static struct unit_list *wait_in(struct unit *unit, enum lane_kind lane)
{
    unit->state = UNIT_WAITING;
    unit->replaying = unit->replay_wanted = false;
    if (unit->expires_at < unit->db->expire_at)
        unit->db->expire_at = unit->expires_at;
    return &unit->db->waiting[lane];
}

static int64_t patience(const struct unit *unit)
{
    return clock_monotonic_ms() + lane_limits[unit->lane].waiting_ms;
}

struct unit *unit_run(struct db *db, const struct unit_request *request, unit_done *done, void *data)
{
    struct pool *pool = pool_new();
    struct unit *unit = pool_alloc(pool, sizeof *unit);
    *unit = (struct unit){.db = db, .pool = pool, .kind = request->lane, .done = done, .data = data};
    unit->lane = request->slow && has_lane(db, LANE_SLOW) ? LANE_SLOW : request->lane;
    unit->expires_at = patience(unit);
    copy_request(unit, request);
    size_t waiting = 0;
    for (size_t kind = 0; kind < LANE_KINDS; kind++)
        waiting += db->waiting[kind].count;
    enum lane_kind lane;
    if (!choose_lane(db, unit->lane, &lane))
        unit_end(unit,
                 fault_detail(pool, FAULT_INTERNAL, NULL, "no lane for a %s unit", lane_limits[request->lane].name));
    else if (waiting >= db->waiting_most)
        unit_end(unit, fault_detail(pool, FAULT_UNAVAILABLE, "busy", "%zu units are waiting", waiting));
    else
        unit_list_append(wait_in(unit, lane), unit);
    return unit;
}

void unit_abandon(struct unit *unit)
{
    unit->done = NULL;
    if (unit->state != UNIT_WAITING)
        return;
    /* Nothing was sent, so there is nothing to wait for. */
    unit_list_remove(unit);
    pool_free(unit->pool);
}

void unit_end(struct unit *unit, const struct fault *fault)
{
    unit->state = UNIT_ENDED;
    unit->fault = fault;
    unit_list_append(&unit->db->ended, unit);
}

void unit_finish(struct unit *unit)
{
    unit->state = UNIT_ENDED;
    struct unit_result result = {.fault = unit->fault, .documents = unit->documents, .replayed = unit->replaying};
    if (unit->fault == NULL && unit->statement_count > 0) {
        result.document = unit->documents[unit->statement_count - 1];
        result.document_length = unit->document_length;
    }
    if (unit->done != NULL)
        unit->done(unit->data, &result);
    pool_free(unit->pool);
}

/* Does somebody look at the results before the transaction may be committed? */
static bool needs_word(const struct unit *unit)
{
    return unit->kind == LANE_WRITE && !unit->replaying && (unit->key != NULL || unit->statement_count > 1);
}

/* Where the results of the unit's own statements begin: after the scope, and the key's claim. */
static size_t first_statement(const struct unit *unit)
{
    return unit->key != NULL && !unit->replaying ? 2 : 1;
}

static const struct query *scope_statement(const struct unit *unit)
{
    return &built_in[unit->kind == LANE_WRITE ? ENTER_WRITE : ENTER_READ];
}

static void prepare(struct unit *unit, struct lane *lane, const struct query *query)
{
    if (lane->prepared[statement_index(query)])
        return;
    lane_prepare(lane, query);
    unit->preparing[unit->preparing_count++] = query;
}

/*
 * Statements are prepared when a lane first needs them: a start or a return of the database costs nothing for the many
 * that are not used at once. They go ahead in the same write, with a Sync of their own: a Prepare that fails then
 * spoils neither the units before it nor those after it.
 */
static void prepare_missing(struct unit *unit, struct lane *lane)
{
    unit->preparing_count = 0;
    prepare(unit, lane, scope_statement(unit));
    if (unit->replaying) {
        prepare(unit, lane, &built_in[KEY_ANSWER]);
    } else {
        if (unit->key != NULL) {
            prepare(unit, lane, &built_in[KEY_BEGIN]);
            prepare(unit, lane, &built_in[KEY_KEEP]);
        }
        for (size_t i = 0; i < unit->statement_count; i++)
            prepare(unit, lane, unit->statements[i].query);
    }
    if (unit->preparing_count > 0)
        lane_sync(lane);
}

static void send(struct unit *unit, struct lane *lane, const struct query *query, const char *const *values)
{
    lane_send(lane, query, values);
    unit->sent++;
}

static void sync(struct unit *unit, struct lane *lane)
{
    unit->sync_sent = true;
    lane_sync(lane);
}

static void send_statements(struct unit *unit, struct lane *lane)
{
    if (unit->replaying) {
        send(unit, lane, &built_in[KEY_ANSWER], (const char *const[]){unit->key});
        return;
    }
    if (unit->key != NULL)
        send(unit, lane, &built_in[KEY_BEGIN], (const char *const[]){unit->key, unit->use});
    for (size_t i = 0; i < unit->statement_count; i++)
        send(unit, lane, unit->statements[i].query, unit->statements[i].values);
}

void unit_start(struct unit *unit, struct lane *lane)
{
    if (lane->flying.count == 0)
        lane->progress_at = clock_monotonic_ms();
    unit_list_append(&lane->flying, unit);
    unit->sent = unit->received = 0;
    unit->sync_sent = false;
    unit->fault = NULL;
    prepare_missing(unit, lane);
    unit->state = unit->preparing_count > 0 ? UNIT_PREPARING : UNIT_SENT;
    send(unit, lane, scope_statement(unit), unit->scope);
    send_statements(unit, lane);
    if (needs_word(unit))
        lane_request_flush(lane);
    else
        sync(unit, lane);
}

/* A refusal of our own may name the field that it is about. */
static const struct fault *fault_of(struct pool *pool, const PGresult *result)
{
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *field = PQresultErrorField(result, PG_DIAG_COLUMN_NAME);
    struct fault *fault =
        fault_sqlstate(pool, state == NULL ? "" : state, PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY),
                       PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL));
    if (field != NULL && text_starts(state, "VH")) {
        const char *code = fault->code;
        if (fault->kind == FAULT_INVALID)
            fault = NULL; /* as the faults of fields that are read */
        fault_add(pool, &fault, pool_copy(pool, field), code);
    }
    return fault;
}

/* Only the first error counts: what follows it in the same transaction is its echo. */
static void note_error(struct unit *unit, const PGresult *result)
{
    if (unit->fault != NULL || PQresultStatus(result) != PGRES_FATAL_ERROR)
        return;
    unit->fault = fault_of(unit->pool, result);
    unit->replay_wanted = text_equal(PQresultErrorField(result, PG_DIAG_SQLSTATE), "VH208");
}

static void on_prepared(struct unit *unit, struct lane *lane, const PGresult *result)
{
    const struct query *query = unit->preparing[unit->received++];
    if (PQresultStatus(result) == PGRES_COMMAND_OK)
        return;
    lane->prepared[statement_index(query)] = false;
    note_error(unit, result);
    if (PQresultStatus(result) == PGRES_FATAL_ERROR)
        log_event(LOG_LEVEL_ERROR, "prepare_failed", "query", query->name, "reason",
                  PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY), NULL);
}

static void release_result(void *result)
{
    PQclear(result);
}

/* Keeps the document of a statement; the result lives as long as the unit. */
static void keep_document(struct unit *unit, size_t statement, PGresult *result)
{
    pool_adopt(unit->pool, result, release_result);
    bool row = PQntuples(result) > 0 && PQnfields(result) > 0 && !PQgetisnull(result, 0, 0);
    unit->documents[statement] = row ? PQgetvalue(result, 0, 0) : NULL;
    unit->document_length = row ? (size_t)PQgetlength(result, 0, 0) : 0;
}

/* Of several statements each must answer. One that only shows what was changed finds nothing when its caller lost the
 * right to it meanwhile. */
static bool lacks_document(const struct unit *unit)
{
    bool lacks = false;
    for (size_t i = 0; unit->statement_count > 1 && i < unit->statement_count; i++)
        lacks = lacks || unit->documents[i] == NULL;
    return lacks;
}

/* Every statement of a write has answered, or one has failed: now its transaction may end. */
static void give_word(struct unit *unit, struct lane *lane)
{
    if (unit->fault == NULL && lacks_document(unit)) {
        lane_send_text(lane, refuse_missing);
        unit->sent++;
    } else if (unit->fault == NULL && unit->key != NULL) {
        unit->state = UNIT_KEEPING;
        const char *document = unit->documents[unit->statement_count - 1];
        send(unit, lane, &built_in[KEY_KEEP], (const char *const[]){unit->key, document});
    }
    sync(unit, lane);
}

void unit_on_result(struct unit *unit, struct lane *lane, PGresult *result)
{
    if (unit->state == UNIT_PREPARING) {
        on_prepared(unit, lane, result);
        PQclear(result);
        return;
    }
    note_error(unit, result);
    size_t first = first_statement(unit), at = unit->received++;
    bool own = at >= first && at < first + (unit->replaying ? 1 : unit->statement_count);
    if (own && PQresultStatus(result) == PGRES_TUPLES_OK)
        keep_document(unit, unit->replaying ? unit->statement_count - 1 : at - first, result);
    else
        PQclear(result);
    if (!unit->sync_sent && unit->received == unit->sent)
        give_word(unit, lane);
}

/* What an undone transaction returned proves nothing. */
static void forget_documents(struct unit *unit)
{
    for (size_t i = 0; i < unit->statement_count; i++)
        unit->documents[i] = NULL;
}

/* Undone by what others did at the same moment (a row they held, a deadlock): worth another try, behind those who wait,
 * until it has waited as long as any unit may. */
static bool try_again(struct unit *unit, enum lane_kind lane)
{
    if (unit->fault == NULL || !text_equal(unit->fault->code, "busy") || unit->done == NULL ||
        clock_monotonic_ms() >= unit->expires_at)
        return false;
    unit_list_append(wait_in(unit, lane), unit);
    return true;
}

void unit_on_sync(struct unit *unit, struct lane *lane)
{
    if (unit->state == UNIT_PREPARING) {
        unit->state = UNIT_SENT;
        unit->received = 0;
        return;
    }
    unit_list_remove(unit);
    if (unit->fault != NULL)
        forget_documents(unit);
    if (unit->replay_wanted && !unit->replaying) {
        unit->replaying = true;
        unit_start(unit, lane);
        return;
    }
    if (!try_again(unit, lane->kind))
        unit_finish(unit);
}

/* Nothing can have been committed by a unit that only reads, or whose Sync never left. It is tried again; more than
 * once, for when a server goes, the other lanes may be dead as well and nobody has noticed yet. */
void unit_on_loss(struct unit *unit, const char *why)
{
    struct db *db = unit->db;
    bool harmless = unit->kind != LANE_WRITE || unit->replaying || !unit->sync_sent;
    enum lane_kind lane;
    if (harmless && unit->losses < LOSSES_MOST && unit->done != NULL && choose_lane(db, unit->lane, &lane)) {
        unit->losses++;
        unit->expires_at = patience(unit);
        forget_documents(unit);
        unit_list_prepend(wait_in(unit, lane), unit);
        return;
    }
    unit_end(unit, harmless ? fault_detail(unit->pool, FAULT_UNAVAILABLE, "database_unavailable", "%s", why)
                            : fault_detail(unit->pool, FAULT_UNSURE, NULL, "%s", why));
}

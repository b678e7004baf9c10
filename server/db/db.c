/* db.c: the lanes of a process, the units waiting for them, and the small loop for commands that have none. */
#include "inside.h"

#include <poll.h>

struct db *db_new(const struct db_options *options)
{
    struct pool *pool = pool_new();
    struct db *db = pool_alloc(pool, sizeof *db);
    *db = (struct db){.pool = pool, .waiting_most = options->waiting_most, .expire_at = INT64_MAX};
    db->url = pool_copy(pool, options->url);
    db->application = pool_copy(pool, options->application == NULL ? "veha" : options->application);
    const unsigned counts[LANE_KINDS] = {
        [LANE_READ] = options->read_lanes, [LANE_WRITE] = options->write_lanes, [LANE_SLOW] = options->slow_lanes};
    for (size_t kind = 0; kind < LANE_KINDS; kind++)
        db->lane_count += counts[kind];
    db->lanes = pool_alloc(pool, db->lane_count * sizeof *db->lanes);
    db->polled = pool_alloc(pool, db->lane_count * sizeof *db->polled);
    size_t number = 0;
    for (size_t kind = 0; kind < LANE_KINDS; kind++)
        for (unsigned i = 0; i < counts[kind]; i++, number++)
            lane_open(&db->lanes[number], db, (enum lane_kind)kind, number);
    return db;
}

static void end_waiting(struct db *db, struct unit *unit, const char *code)
{
    unit_list_remove(unit);
    unit_end(unit, fault_detail(unit->pool, FAULT_UNAVAILABLE, code, "no lane was free; last trouble: %s",
                                db->trouble[0] == '\0' ? "none" : db->trouble));
}

static void finish_ended(struct db *db)
{
    while (db->ended.first != NULL) {
        struct unit *unit = db->ended.first;
        unit_list_remove(unit);
        unit_finish(unit);
    }
}

void db_free(struct db *db)
{
    if (db == NULL)
        return;
    for (size_t i = 0; i < db->lane_count; i++) {
        struct lane *lane = &db->lanes[i];
        for (struct unit *unit = lane->flying.first; unit != NULL; unit = unit->next)
            unit->losses = LOSSES_MOST;
        lane_close(lane);
    }
    for (size_t kind = 0; kind < LANE_KINDS; kind++)
        while (db->waiting[kind].first != NULL)
            end_waiting(db, db->waiting[kind].first, "database_unavailable");
    finish_ended(db);
    pool_free(db->pool);
}

size_t db_lane_count(const struct db *db)
{
    return db->lane_count;
}

struct lane *db_lane(const struct db *db, size_t number)
{
    return &db->lanes[number];
}

bool db_ready(const struct db *db)
{
    for (size_t i = 0; i < db->lane_count; i++)
        if (db->lanes[i].state != LANE_READY)
            return false;
    return true;
}

static bool any_ready(const struct db *db, enum lane_kind kind)
{
    for (size_t i = 0; i < db->lane_count; i++)
        if (db->lanes[i].kind == kind && db->lanes[i].state == LANE_READY)
            return true;
    return false;
}

static void expire(struct db *db)
{
    int64_t now = clock_monotonic_ms(), soonest = INT64_MAX;
    if (now < db->expire_at)
        return;
    for (size_t kind = 0; kind < LANE_KINDS; kind++)
        for (struct unit *unit = db->waiting[kind].first, *next; unit != NULL; unit = next) {
            next = unit->next;
            if (unit->expires_at <= now)
                end_waiting(db, unit, any_ready(db, (enum lane_kind)kind) ? "busy" : "database_unavailable");
            else if (unit->expires_at < soonest)
                soonest = unit->expires_at;
        }
    db->expire_at = soonest;
}

static void dispatch(struct db *db, struct lane *lane)
{
    struct unit_list *waiting = &db->waiting[lane->kind];
    bool any = false;
    while (lane->state == LANE_READY && !lane->failing && waiting->first != NULL &&
           lane->flying.count < lane_limits[lane->kind].in_flight) {
        struct unit *unit = waiting->first;
        unit_list_remove(unit);
        unit_start(unit, lane);
        any = true;
    }
    if (any)
        lane_flush(lane);
}

void db_pump(struct db *db)
{
    expire(db);
    for (size_t i = 0; i < db->lane_count; i++)
        dispatch(db, &db->lanes[i]);
    finish_ended(db);
}

int db_timeout(const struct db *db)
{
    if (db->ended.first != NULL)
        return 0;
    if (db->expire_at == INT64_MAX)
        return -1;
    int64_t left = db->expire_at - clock_monotonic_ms();
    return left < 0 ? 0 : (int)left;
}

void db_flush(struct db *db)
{
    db_pump(db);
}

static int shorter(int one, int two)
{
    return one < 0 ? two : two < 0 ? one : one < two ? one : two;
}

void db_wait(struct db *db, int timeout_ms)
{
    db_pump(db);
    for (size_t i = 0; i < db->lane_count; i++) {
        const struct lane *lane = &db->lanes[i];
        bool writes = lane_wants_write(lane);
        bool reads = lane->state == LANE_READY || !writes;
        db->polled[i] = (struct pollfd){.fd = lane_descriptor(lane),
                                        .events = (short)((writes ? POLLOUT : 0) | (reads ? POLLIN : 0))};
        timeout_ms = shorter(timeout_ms, lane_timeout(lane));
    }
    poll(db->polled, db->lane_count, timeout_ms);
    for (size_t i = 0; i < db->lane_count; i++)
        lane_step(&db->lanes[i]);
}

/* What unit_wait waits for. */
struct waited {
    struct pool *pool;
    bool ended;
    const char *document;
    const struct fault *fault;
};

static void on_waited(void *data, const struct unit_result *result)
{
    struct waited *waited = data;
    waited->ended = true;
    if (result->document != NULL)
        waited->document = pool_copy_length(waited->pool, result->document, result->document_length);
    if (result->fault != NULL)
        waited->fault = fault_copy(waited->pool, result->fault);
}

const char *unit_wait(struct db *db, struct pool *pool, const struct unit_request *request, const struct fault **fault)
{
    struct waited waited = {.pool = pool};
    unit_run(db, request, on_waited, &waited);
    while (!waited.ended)
        db_wait(db, -1);
    *fault = waited.fault;
    return waited.document;
}

/* lane.c: one connection: opening, sending, reading, losing and reopening it. */
#include "veha/lane.h"

#include "veha/log.h"

#include "inside.h"

#include <poll.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

enum {
    CONNECT_MS = 10000,
    FIRST_PAUSE_MS = 100,
    PAUSE_MOST_MS = 5000,
    SILENCE_MS =
        5000, /* beyond statement_timeout: then it is not the statement that is slow, but the connection that is dead */
    EMPTY_MOST = 4 /* answers of nothing in a row; libpq gives one between two statements */
};

const struct lane_limits lane_limits[LANE_KINDS] = {
    [LANE_READ] = {"read", 5000, 1000, 3000, 64},
    [LANE_WRITE] = {"write", 10000, 200, 3000, 1},
    [LANE_SLOW] = {"slow", 60000, 1000, 60000, 1},
};

static void on_notice(void *data, const char *message)
{
    const struct lane *lane = data;
    log_event(LOG_LEVEL_DEBUG, "database_notice", "lane", log_number((long long)lane->number), "message", message,
              NULL);
}

static void close_connection(struct lane *lane)
{
    PQfinish(lane->connection);
    lane->connection = NULL;
    lane->descriptor = -1;
    lane->generation++;
    lane->state = LANE_CLOSED;
    lane->wants_write = false;
    lane->failing = false;
    memset(lane->prepared, 0, statement_count() * sizeof *lane->prepared);
}

/* Growing, and spread so that all lanes of all workers do not come back in the same instant. */
static int64_t reconnect_pause(unsigned failures)
{
    if (failures == 0)
        return 0;
    unsigned doublings = failures - 1 < 6 ? failures - 1 : 6;
    int64_t pause = (int64_t)FIRST_PAUSE_MS << doublings;
    if (pause > PAUSE_MOST_MS)
        pause = PAUSE_MOST_MS;
    return pause * 3 / 4 + (int64_t)randombytes_uniform((uint32_t)pause / 4);
}

/* From the last to the first, because those tried again go to the head of the queue. */
static void release_flying(struct lane *lane)
{
    while (lane->flying.last != NULL) {
        struct unit *unit = lane->flying.last;
        unit_list_remove(unit);
        unit_on_loss(unit, lane->db->trouble);
    }
}

void lane_lose(struct lane *lane, const char *why)
{
    struct db *db = lane->db;
    snprintf(db->trouble, sizeof db->trouble, "%.*s", (int)strcspn(why, "\n"), why);
    log_event(LOG_LEVEL_WARNING, lane->state == LANE_READY ? "lane_lost" : "lane_not_connected", "lane",
              lane_limits[lane->kind].name, "number", log_number((long long)lane->number), "reason", db->trouble, NULL);
    /* A connection that worked is reopened at once; one that did not open waits longer each time. */
    lane->failures = lane->state == LANE_READY ? 0 : lane->failures + 1;
    close_connection(lane);
    lane->act_at = clock_monotonic_ms() + reconnect_pause(lane->failures);
    release_flying(lane);
}

void lane_close(struct lane *lane)
{
    if (lane->connection == NULL)
        return;
    close_connection(lane);
    release_flying(lane);
}

static void lose_connection(struct lane *lane)
{
    /* libpq frees its message with the connection. */
    char why[sizeof lane->db->trouble];
    snprintf(why, sizeof why, "%s", PQerrorMessage(lane->connection));
    lane_lose(lane, why[0] == '\0' ? "connection lost" : why);
}

/* PQconnectPoll moves from host to host, and each has a socket of its own. */
static void note_descriptor(struct lane *lane)
{
    int descriptor = PQsocket(lane->connection);
    if (descriptor != lane->descriptor)
        lane->generation++;
    lane->descriptor = descriptor;
}

static void connect_start(struct lane *lane)
{
    const struct lane_limits *limits = &lane_limits[lane->kind];
    char settings[256];
    snprintf(settings, sizeof settings,
             "-c statement_timeout=%lld -c lock_timeout=%lld -c idle_in_transaction_session_timeout=10000",
             (long long)limits->statement_ms, (long long)limits->lock_ms);
    const char *const words[] = {
        "dbname",          "application_name",    "options",          "client_encoding",  "target_session_attrs",
        "keepalives_idle", "keepalives_interval", "keepalives_count", "tcp_user_timeout", NULL};
    const char *const values[] = {
        lane->db->url, lane->db->application, settings, "UTF8", "read-write", "10", "5", "3", "10000", NULL};
    lane->connection = PQconnectStartParams(words, values, 1);
    lane->state = LANE_CONNECTING;
    lane->polling = PGRES_POLLING_WRITING;
    lane->act_at = clock_monotonic_ms() + CONNECT_MS;
    if (lane->connection == NULL)
        lane_lose(lane, "out of memory");
    else if (PQstatus(lane->connection) == CONNECTION_BAD)
        lose_connection(lane);
    else
        note_descriptor(lane);
}

static void on_connected(struct lane *lane)
{
    PQsetNoticeProcessor(lane->connection, on_notice, lane);
    if (PQsetnonblocking(lane->connection, 1) != 0 || PQenterPipelineMode(lane->connection) != 1) {
        lose_connection(lane);
        return;
    }
    lane->state = LANE_READY;
    /* The first time is nothing to tell; a return is. */
    bool returned = lane->failures > 0 || lane->opened;
    lane->failures = 0;
    lane->opened = true;
    log_event(returned ? LOG_LEVEL_NOTICE : LOG_LEVEL_DEBUG, "lane_ready", "lane", lane_limits[lane->kind].name,
              "number", log_number((long long)lane->number), NULL);
}

static void connect_step(struct lane *lane)
{
    /* PQconnectPoll may block when it is called before its socket is ready, and anybody may call lane_step at any time.
     */
    struct pollfd ready = {.fd = lane->descriptor, .events = lane->polling == PGRES_POLLING_WRITING ? POLLOUT : POLLIN};
    if (poll(&ready, 1, 0) <= 0) {
        if (clock_monotonic_ms() >= lane->act_at)
            lane_lose(lane, "the server does not answer");
        return;
    }
    lane->polling = PQconnectPoll(lane->connection);
    note_descriptor(lane);
    if (lane->polling == PGRES_POLLING_FAILED)
        lose_connection(lane);
    else if (lane->polling == PGRES_POLLING_OK)
        on_connected(lane);
}

/* A FATAL from the server is about the connection, not about the unit it happened to hit. */
static bool ends_connection(const PGresult *result)
{
    const char *severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);
    return PQresultStatus(result) == PGRES_FATAL_ERROR &&
           (severity == NULL || strcmp(severity, "FATAL") == 0 || strcmp(severity, "PANIC") == 0);
}

static void on_result(struct lane *lane, PGresult *result)
{
    lane->progress_at = clock_monotonic_ms();
    if (ends_connection(result)) {
        char why[sizeof lane->db->trouble];
        snprintf(why, sizeof why, "%s", PQresultErrorMessage(result));
        PQclear(result);
        lane_lose(lane, why);
    } else if (PQresultStatus(result) == PGRES_PIPELINE_SYNC) {
        PQclear(result);
        unit_on_sync(lane->flying.first, lane);
    } else {
        unit_on_result(lane->flying.first, lane, result);
    }
}

static void read_results(struct lane *lane)
{
    if (PQconsumeInput(lane->connection) != 1) {
        lose_connection(lane);
        return;
    }
    unsigned empty = 0;
    while (lane->state == LANE_READY && lane->flying.count > 0 && !PQisBusy(lane->connection)) {
        PGresult *result = PQgetResult(lane->connection);
        if (result != NULL) {
            empty = 0;
            on_result(lane, result);
        } else if (++empty > EMPTY_MOST) {
            lane_lose(lane, "fewer results than statements");
        }
    }
    if (lane->state == LANE_READY && PQstatus(lane->connection) == CONNECTION_BAD)
        lose_connection(lane);
}

void lane_flush(struct lane *lane)
{
    if (lane->state != LANE_READY)
        return;
    int left = PQflush(lane->connection);
    lane->wants_write = left > 0;
    if (left < 0 || lane->failing)
        lose_connection(lane);
}

static bool is_silent(const struct lane *lane)
{
    return lane->flying.count > 0 &&
           clock_monotonic_ms() - lane->progress_at > lane_limits[lane->kind].statement_ms + SILENCE_MS;
}

void lane_step(struct lane *lane)
{
    if (lane->state == LANE_CLOSED && clock_monotonic_ms() >= lane->act_at)
        connect_start(lane);
    else if (lane->state == LANE_CONNECTING)
        connect_step(lane);
    else if (lane->state == LANE_READY)
        read_results(lane);
    if (lane->state == LANE_READY && is_silent(lane))
        lane_lose(lane, "the server stopped answering");
    lane_flush(lane);
    db_pump(lane->db);
}

void lane_open(struct lane *lane, struct db *db, enum lane_kind kind, size_t number)
{
    *lane = (struct lane){.db = db, .kind = kind, .number = number, .descriptor = -1};
    lane->prepared = pool_alloc(db->pool, statement_count() * sizeof *lane->prepared);
}

bool lane_prepare(struct lane *lane, const struct query *query)
{
    lane->failing = lane->failing || PQsendPrepare(lane->connection, query->name, query->text, 0, NULL) != 1;
    lane->prepared[statement_index(query)] = !lane->failing;
    return !lane->failing;
}

bool lane_send(struct lane *lane, const struct query *query, const char *const *values)
{
    lane->failing = lane->failing || PQsendQueryPrepared(lane->connection, query->name, (int)query->parameter_count,
                                                         values, NULL, NULL, 0) != 1;
    return !lane->failing;
}

bool lane_send_text(struct lane *lane, const char *text)
{
    lane->failing = lane->failing || PQsendQueryParams(lane->connection, text, 0, NULL, NULL, NULL, NULL, 0) != 1;
    return !lane->failing;
}

bool lane_request_flush(struct lane *lane)
{
    lane->failing = lane->failing || PQsendFlushRequest(lane->connection) != 1;
    return !lane->failing;
}

bool lane_sync(struct lane *lane)
{
    lane->failing = lane->failing || PQpipelineSync(lane->connection) != 1;
    return !lane->failing;
}

int lane_descriptor(const struct lane *lane)
{
    return lane->descriptor;
}

unsigned lane_generation(const struct lane *lane)
{
    return lane->generation;
}

bool lane_wants_write(const struct lane *lane)
{
    return lane->state == LANE_CONNECTING ? lane->polling == PGRES_POLLING_WRITING : lane->wants_write;
}

int lane_timeout(const struct lane *lane)
{
    int64_t act_at = -1;
    if (lane->state != LANE_READY)
        act_at = lane->act_at;
    else if (lane->flying.count > 0)
        act_at = lane->progress_at + lane_limits[lane->kind].statement_ms + SILENCE_MS + 1;
    int of_db = db_timeout(lane->db);
    if (act_at < 0)
        return of_db;
    int64_t left = act_at - clock_monotonic_ms();
    int own = left < 0 ? 0 : (int)left;
    return of_db >= 0 && of_db < own ? of_db : own;
}

/*
 * unit.h: the only way to reach the database.
 *
 * A unit is scope + statements + Sync on one pipelined connection: one implicit transaction. The scope statement tells PostgreSQL who is asking
 * (veha.enter: caller, session, request id, address, and the time when clock_is_set); row security does the rest. A
 * unit is acknowledged only at Sync: rows that came earlier prove nothing.
 *
 * States of a unit: WAITING (queued in the db, no lane yet) → [PREPARING: statements new to the lane go ahead] → SENT → [KEEPING: the
 * document goes back as the stored answer of an Idempotency-Key] → ENDED. A unit whose asker left runs to its end if it was sent, is
 * forgotten if it was not, and nobody is called. One that cannot have been committed is tried again when its connection
 * dies, or when others held a row of it; one that may have been ends with FAULT_UNSURE.
 */
#ifndef VEHA_UNIT_H
#define VEHA_UNIT_H

#include <stdbool.h>
#include <stddef.h>

#include "veha/fault.h"
#include "veha/lane.h"
#include "veha/pool.h"
#include "veha/query.h"

struct db;
struct unit;

struct db_options {
    const char *url;         /* libpq connection string or URI; several hosts allowed */
    const char *application; /* application_name: "veha serve" */
    unsigned read_lanes;     /* 0 or 1 */
    unsigned write_lanes;
    unsigned slow_lanes; /* 0 or 1 */
    unsigned waiting_most; /* units waiting for a lane beyond this many are refused with FAULT_UNAVAILABLE */
};

struct db *db_new(const struct db_options *options); /* connects lazily: on the first lane_step */
void db_free(struct db *db);                         /* outstanding units end with FAULT_UNSURE or FAULT_UNAVAILABLE */

size_t db_lane_count(const struct db *db);
struct lane *db_lane(const struct db *db, size_t number);
bool db_ready(const struct db *db); /* every lane is READY */
void db_flush(struct db *db);       /* once per loop turn: sends what was queued since */

/* Who asks, as PostgreSQL will hear it. NULL members become SQL NULL. */
struct unit_caller {
    const char *person;     /* id as text; NULL: nobody is signed in */
    const char *session;    /* session id as text */
    const char *service;    /* id of a program as text; NULL: none asks */
    const char *request_id; /* correlates logs and events */
    const char *address;    /* client address as text */
    const char *roles;      /* those the token told, parted by spaces; other ones than the person has make the unit fail ("token_stale") */
    bool unfinished;        /* a session whose second factor is missing may do this, too */
    bool before_notice;     /* what is asked may come before the caller has acknowledged the notice about personal data */
};

struct unit_statement {
    const struct query *query;   /* of query_table */
    const char *const *values; /* one per query->parameters, text form, NULL is SQL NULL; copied by unit_run */
};

struct unit_request {
    enum lane_kind lane;         /* LANE_READ and LANE_SLOW run read-only, on another lane if the db has none of the kind */
    bool slow;                   /* a change that may take as long as a report: of LANE_WRITE, on the slow lane where there is one */
    struct unit_caller caller;   /* copied */
    const struct unit_statement *statements;
    size_t statement_count;
    const char *idempotency_key; /* NULL: none. Otherwise the answer is stored under it in the same transaction, */
    const char *idempotency_use; /* with what it is for (resource name and hash of the arguments): another use is 409 */
};

struct unit_result {
    const struct fault *fault;  /* NULL: success; lives as long as the callback */
    const char *document;       /* first column of the last statement's first row; NULL: it returned no row */
    size_t document_length;
    const char *const *documents; /* the same of each statement, in order; NULL entries: no row */
    bool replayed;              /* the stored answer of an Idempotency-Key */
};

/*
 * Of a write unit of several statements one that returns no row ends the unit with FAULT_NOT_FOUND, undone.
 * done is never called before unit_run has returned, and exactly once unless the unit is abandoned.
 */
typedef void unit_done(void *data, const struct unit_result *result);
struct unit *unit_run(struct db *db, const struct unit_request *request, unit_done *done, void *data);

/* The asker dies before the answer: done will not be called. */
void unit_abandon(struct unit *unit);

/*
 * For commands without a loop: runs one unit and waits for it. The document is copied into pool; NULL with *fault set on failure,
 * NULL with *fault NULL when there was no row.
 */
const char *unit_wait(struct db *db, struct pool *pool, const struct unit_request *request, const struct fault **fault);

/* Steps all lanes, waiting at most timeout_ms for one of them to have something to do. */
void db_wait(struct db *db, int timeout_ms);

#endif

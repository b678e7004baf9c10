/* inside.h: what lanes, units and the db know of one another. */
#ifndef VEHA_DB_INSIDE_H
#define VEHA_DB_INSIDE_H

#include "veha/clock.h"
#include "veha/unit.h"

#include <libpq-fe.h>
#include <stdint.h>

enum { LANE_KINDS = LANE_SLOW + 1, LOSSES_MOST = 3 };

/* A doubly linked list, so that a unit can leave it from the middle. */
struct unit_list {
    struct unit *first;
    struct unit *last;
    size_t count;
};

void unit_list_append(struct unit_list *list, struct unit *unit);
void unit_list_prepend(struct unit_list *list, struct unit *unit);
void unit_list_remove(struct unit *unit);

/* Limits of a kind of lane. */
struct lane_limits {
    const char *name;
    int64_t statement_ms; /* statement_timeout */
    int64_t lock_ms;      /* lock_timeout */
    int64_t waiting_ms;   /* a unit waits no longer than this for a lane */
    size_t in_flight;     /* units on one lane at once */
};
extern const struct lane_limits lane_limits[LANE_KINDS];

enum lane_state { LANE_CLOSED, LANE_CONNECTING, LANE_READY };

struct lane {
    struct db *db;
    enum lane_kind kind;
    size_t number;
    enum lane_state state;
    PGconn *connection;
    PostgresPollingStatusType polling; /* what CONNECTING waits for */
    int descriptor;
    unsigned generation;
    bool opened;         /* at least once */
    unsigned failures;   /* in a row, for the pauses */
    int64_t act_at;      /* CLOSED: when to connect; CONNECTING: when to give up */
    int64_t progress_at; /* when a result last came, or the first unit was sent */
    bool wants_write;
    bool failing;            /* a send failed: the connection is given up at the end of the step */
    bool *prepared;          /* by statement_index */
    struct unit_list flying; /* in the order of their results */
};

/* The states are told in unit.h. PREPARING is the first part of SENT: prepares of statements new to the lane, with a
 * Sync of their own. */
enum unit_state { UNIT_WAITING, UNIT_PREPARING, UNIT_SENT, UNIT_KEEPING, UNIT_ENDED };

struct unit {
    struct unit *next;
    struct unit *previous;
    struct unit_list *list;
    struct db *db;
    struct pool *pool;
    enum unit_state state;
    enum lane_kind kind; /* what was asked for: decides read-only */
    enum lane_kind lane; /* where it would like to run: whose limits it is held to */
    unit_done *done;     /* NULL: abandoned */
    void *data;
    int64_t expires_at; /* WAITING no longer than this */
    unsigned losses;    /* connections that died under it */

    const char *scope[9]; /* the parameters of veha.enter */
    const char *key;      /* NULL: none */
    const char *use;
    struct unit_statement *statements;
    size_t statement_count;

    const struct query **preparing; /* statements whose Prepare went ahead of this unit */
    size_t preparing_count;
    size_t sent;     /* statements of this transaction */
    size_t received; /* their results */
    bool sync_sent;
    bool replaying; /* this transaction only fetches the stored answer */

    const struct fault *fault; /* the first that happened */
    bool replay_wanted;
    const char **documents;
    size_t document_length; /* of the last one */
};

struct db {
    struct pool *pool;
    const char *url;
    const char *application;
    size_t waiting_most;
    struct lane *lanes;
    size_t lane_count;
    struct unit_list waiting[LANE_KINDS]; /* by the kind of lane that will take them */
    struct unit_list ended;               /* ended without a Sync; their callbacks run in db_pump */
    int64_t expire_at;                    /* no waiting unit expires before */
    struct pollfd *polled;                /* one a lane, for db_wait */
    char trouble[256];                    /* why the last connection failed */
};

/* db.c: ends what waited too long, hands waiting units to free lanes, calls back what ended. Callbacks run here. */
void db_pump(struct db *db);
/* db.c: milliseconds until db_pump is wanted, -1 for never. */
int db_timeout(const struct db *db);

/* lane.c: all false when the connection is gone (lane->failing is then set). */
bool lane_prepare(struct lane *lane, const struct query *query);
bool lane_send(struct lane *lane, const struct query *query, const char *const *values);
bool lane_send_text(struct lane *lane, const char *text);
bool lane_request_flush(struct lane *lane);
bool lane_sync(struct lane *lane);
void lane_open(struct lane *lane, struct db *db, enum lane_kind kind, size_t number);
/* lane.c: gives the connection up; each flying unit is tried again or ends. */
void lane_lose(struct lane *lane, const char *why);
/* lane.c: the same when the program ends: nothing is told. */
void lane_close(struct lane *lane);
void lane_flush(struct lane *lane);

/* unit.c */
size_t statement_count(void);                      /* of queries and the built-in statements */
size_t statement_index(const struct query *query); /* its place in lane->prepared */
void unit_start(struct unit *unit, struct lane *lane);
void unit_on_result(struct unit *unit, struct lane *lane, PGresult *result); /* takes the result over */
void unit_on_sync(struct unit *unit, struct lane *lane);
void unit_on_loss(struct unit *unit, const char *why);
void unit_end(struct unit *unit, const struct fault *fault); /* later, by db_pump */
void unit_finish(struct unit *unit);                         /* now: calls back and frees */

#endif

/* loop.c: one loop that moves looks from the queue through the networks into the database. */
#include "loop.h"

#include "veha/clock.h"
#include "veha/log.h"
#include "veha/process.h"
#include "veha/query.h"
#include "veha/text.h"
#include "veha/unit.h"

#include "verifier.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    TAKE_PAUSE_MS = 500,     /* between two questions for work when there was none */
    TROUBLE_PAUSE_MS = 2000, /* after the database refused */
    SCHEDULE_PAUSE_MS = 5000,
    SCHEDULE_MOST = 5000,
    DRAIN_MS = 25000,
    ATTEMPTS_MOST = 3, /* looks that saw nothing are tried again so many times before that is what is recorded */
    AGAIN_SECONDS = 30,
    LANES_MOST = 4,
    ASKED_ROOM = 8, /* looks somebody waits for, held beside a full load */
};

struct loop {
    struct verifier *verifier;
    struct db *db;
    char worker[128];
    const char *lease;
    const char *every;
    long room; /* jobs held at once */
    struct job *jobs;
    long job_count;
    bool taking;
    bool stopping;
    int64_t take_at, schedule_at, stop_at; /* monotonic */
};

/* A look held under a lease. States: LOOKING → SAVING → (the database refused) SAVING … → gone. */
struct job {
    struct job *next, **link;
    struct loop *loop;
    struct pool *pool;
    const char *id, *fence;
    json_t *given; /* what job_take told */
    struct look *look;
    const char *outcome;  /* query to run: job_record or job_return */
    const char *document; /* of job_record, */
    const char *after;    /* or seconds of job_return */
    int64_t save_at;      /* monotonic; 0: not waiting */
    int64_t lease_end;
};

/* ---- saving ---- */

static void drop_job(struct job *job)
{
    *job->link = job->next;
    if (job->next != NULL)
        job->next->link = job->link;
    job->loop->job_count--;
    job->loop->take_at = 0; /* there is room */
    pool_free(job->pool);
}

static void on_saved(void *data, const struct unit_result *result)
{
    struct job *job = data;
    if (result->fault == NULL) {
        drop_job(job);
        return;
    }
    log_event(LOG_LEVEL_WARNING, "look_not_saved", "job", job->id, "fault", result->fault->code, "detail",
              result->fault->detail == NULL ? "" : result->fault->detail, NULL);
    bool may_pass = result->fault->kind == FAULT_UNAVAILABLE || result->fault->kind == FAULT_UNSURE;
    if (may_pass && clock_monotonic_ms() < job->lease_end)
        job->save_at = clock_monotonic_ms() + TROUBLE_PAUSE_MS; /* the fence makes a second try harmless */
    else
        drop_job(job); /* the lease runs out, and somebody takes it again */
}

static void save(struct job *job)
{
    const struct query *query = query_find(job->outcome);
    const char *values[QUERY_PARAMETERS_MAX] = {0};
    for (size_t i = 0; i < query->parameter_count; i++) {
        const char *name = query->parameters[i];
        values[i] = strcmp(name, "id") == 0      ? job->id
                    : strcmp(name, "fence") == 0 ? job->fence
                    : strcmp(name, "seen") == 0  ? job->document
                                                 : job->after;
    }
    const struct unit_statement statement = {.query = query, .values = values};
    const struct unit_request request = {.lane = LANE_WRITE, .statements = &statement, .statement_count = 1};
    job->save_at = 0;
    unit_run(job->loop->db, &request, on_saved, job);
}

static void give_back(struct job *job, long seconds)
{
    job->outcome = "job_return";
    job->after = pool_print(job->pool, "%ld", seconds);
    save(job);
}

/* ---- looking ---- */

static void release_text(void *text)
{
    free(text);
}

static void release_json(void *json)
{
    json_decref(json);
}

static void tell_look(const struct job *job)
{
    const json_t *reading = look_reading(job->look);
    const char *reason = json_string_value(json_object_get(reading, "reason"));
    log_event(LOG_LEVEL_INFO, "look_done", "job", job->id, "network",
              json_string_value(json_object_get(job->given, "network")), "address",
              json_string_value(json_object_get(job->given, "address")), "state", reading_state(reading), "reason",
              reason == NULL ? "" : reason, NULL);
    if (look_alarm(job->look))
        log_event(LOG_LEVEL_ERROR, "network_token_refused", "network",
                  json_string_value(json_object_get(job->given, "network")), NULL);
}

static bool saw_nothing(const char *state)
{
    return strcmp(state, "throttled") == 0 || strcmp(state, "unreachable") == 0;
}

static void on_looked(void *data)
{
    struct job *job = data;
    json_int_t attempts = json_integer_value(json_object_get(job->given, "attempts"));
    tell_look(job);
    if (saw_nothing(reading_state(look_reading(job->look))) && attempts < ATTEMPTS_MOST) {
        long pause = look_pause(job->look);
        give_back(job, pause > 0 ? pause : AGAIN_SECONDS * (long)attempts);
        return;
    }
    json_t *result = look_result(job->look, json_object_get(job->given, "subject"),
                                 json_object_get(job->given, "parameters"), clock_now());
    job->outcome = "job_record";
    job->document = pool_adopt(job->pool, json_dumps(result, JSON_COMPACT), release_text);
    json_decref(result);
    save(job);
}

static const char *number_text(struct pool *pool, const json_t *object, const char *member)
{
    return pool_print(pool, "%lld", (long long)json_integer_value(json_object_get(object, member)));
}

static void start_job(struct loop *loop, json_t *given)
{
    struct pool *pool = pool_new();
    struct job *job = pool_alloc(pool, sizeof *job);
    *job = (struct job){.next = loop->jobs, .link = &loop->jobs, .loop = loop, .pool = pool};
    if (job->next != NULL)
        job->next->link = &job->next;
    loop->jobs = job;
    loop->job_count++;
    job->given = pool_adopt(pool, json_incref(given), release_json);
    job->id = number_text(pool, given, "id");
    job->fence = number_text(pool, given, "fence");
    job->lease_end = clock_monotonic_ms() + 1000 * strtol(loop->lease, NULL, 10);
    const char *code = json_string_value(json_object_get(given, "network"));
    const struct network *network = network_find(loop->verifier->networks, code);
    if (network == NULL) {
        log_event(LOG_LEVEL_ERROR, "network_unknown", "network", code == NULL ? "" : code, NULL);
        give_back(job, 86400);
        return;
    }
    job->look = look_new(pool, &loop->verifier->tools, network, json_string_value(json_object_get(given, "address")));
    const struct verifier_errand errand = {
        .network = network,
        .look = job->look,
        .urgent = json_is_true(json_object_get(given, "on_demand")),
        .done = on_looked,
        .data = job,
    };
    verifier_drive(pool, loop->verifier, &errand);
}

/* ---- taking ---- */

static void on_taken(void *data, const struct unit_result *result)
{
    struct loop *loop = data;
    loop->taking = false;
    if (result->fault != NULL) {
        log_event(LOG_LEVEL_WARNING, "looks_not_taken", "fault", result->fault->code, "detail",
                  result->fault->detail == NULL ? "" : result->fault->detail, NULL);
        loop->take_at = clock_monotonic_ms() + TROUBLE_PAUSE_MS;
        return;
    }
    json_t *root = json_loadb(result->document, result->document_length, 0, NULL);
    json_t *items = json_object_get(root, "items");
    for (size_t i = 0; i < json_array_size(items); i++)
        start_job(loop, json_array_get(items, i));
    loop->take_at = json_array_size(items) > 0 ? 0 : clock_monotonic_ms() + TAKE_PAUSE_MS;
    json_decref(root);
}

static void run_query(struct loop *loop, const char *name, const char *const *values, unit_done *done)
{
    const struct unit_statement statement = {.query = query_find(name), .values = values};
    const struct unit_request request = {.lane = LANE_WRITE, .statements = &statement, .statement_count = 1};
    unit_run(loop->db, &request, done, loop);
}

static void take(struct loop *loop)
{
    char most[24];
    bool full = loop->job_count >= loop->room;
    snprintf(most, sizeof most, "%ld", loop->room + (full ? ASKED_ROOM : 0) - loop->job_count);
    const char *const values[] = {loop->worker, most, loop->lease, full ? "true" : "false"};
    loop->taking = true;
    run_query(loop, "job_take", values, on_taken);
}

static void on_scheduled(void *data, const struct unit_result *result)
{
    (void)data;
    if (result->fault != NULL)
        log_event(LOG_LEVEL_WARNING, "looks_not_scheduled", "fault", result->fault->code, NULL);
}

static void schedule(struct loop *loop)
{
    char most[24];
    snprintf(most, sizeof most, "%d", SCHEDULE_MOST);
    const char *const values[] = {loop->every, most};
    loop->schedule_at = clock_monotonic_ms() + SCHEDULE_PAUSE_MS;
    run_query(loop, "job_schedule", values, on_scheduled);
}

/* ---- the loop ---- */

static void do_what_is_due(struct loop *loop)
{
    int64_t now = clock_monotonic_ms();
    struct job *next;
    for (struct job *job = loop->jobs; job != NULL; job = next) {
        next = job->next;
        if (job->save_at != 0 && job->save_at <= now)
            save(job);
    }
    if (loop->stopping)
        return;
    if (loop->schedule_at <= now)
        schedule(loop);
    if (!loop->taking && loop->take_at <= now && loop->job_count < loop->room + ASKED_ROOM)
        take(loop);
}

static void read_signals(struct loop *loop, int signals)
{
    for (int signal; (signal = process_signal_read(signals)) != 0;) {
        if (signal == SIGHUP || loop->stopping)
            continue;
        log_event(LOG_LEVEL_NOTICE, "verify_stopping", "looks", log_number(loop->job_count), NULL);
        loop->stopping = true;
        loop->stop_at = clock_monotonic_ms() + DRAIN_MS;
    }
}

/* How long the loop may sleep: a lane or a job may want its turn sooner than the next question for work. */
static int sleep_ms(const struct loop *loop)
{
    int timeout = TAKE_PAUSE_MS;
    for (size_t i = 0; i < db_lane_count(loop->db); i++) {
        int wanted = lane_timeout(db_lane(loop->db, i));
        if (wanted >= 0 && wanted < timeout)
            timeout = wanted;
    }
    return timeout;
}

static void turn(struct loop *loop, int signals)
{
    struct curl_waitfd watched[LANES_MOST + 1] = {{.fd = signals, .events = CURL_WAIT_POLLIN}};
    unsigned count = 1;
    do_what_is_due(loop);
    db_flush(loop->db);
    for (size_t i = 0; i < db_lane_count(loop->db) && count <= LANES_MOST; i++) {
        const struct lane *lane = db_lane(loop->db, i);
        if (lane_descriptor(lane) < 0)
            continue;
        short events = (short)(CURL_WAIT_POLLIN | (lane_wants_write(lane) ? CURL_WAIT_POLLOUT : 0));
        watched[count++] = (struct curl_waitfd){.fd = lane_descriptor(lane), .events = events};
    }
    verifier_turn(loop->verifier, watched, count, sleep_ms(loop));
    for (size_t i = 0; i < db_lane_count(loop->db); i++)
        lane_step(db_lane(loop->db, i));
    read_signals(loop, signals);
}

static bool is_over(const struct loop *loop)
{
    return loop->stopping && ((loop->job_count == 0 && !loop->taking) || clock_monotonic_ms() > loop->stop_at);
}

int loop_run(const struct config *config)
{
    static const int signals[] = {SIGTERM, SIGINT, SIGHUP, 0};
    struct pool *pool = pool_new();
    struct loop *loop = pool_alloc(pool, sizeof *loop);
    char host[64] = "";
    gethostname(host, sizeof host - 1);
    *loop = (struct loop){
        .verifier = verifier_open(pool, config), /* forks, so it comes first */
        .lease = config_text(config, "verify", "lease_seconds"),
        .every = config_text(config, "verify", "every_hours"),
        .room = 2 * config_number(config, "verify", "concurrency"),
    };
    if (loop->verifier == NULL) {
        pool_free(pool);
        return EXIT_FAILURE;
    }
    snprintf(loop->worker, sizeof loop->worker, "%s:%ld", host, (long)getpid());
    const struct db_options options = {
        .url = config_text(config, "database", "verify_url"),
        .application = "veha verify",
        .write_lanes = 2,
        .waiting_most = 1000,
    };
    loop->db = db_new(&options);
    int descriptor = process_signals(signals);
    log_event(LOG_LEVEL_NOTICE, "verify_ready", "worker", loop->worker, NULL);
    process_ready();
    while (!is_over(loop))
        turn(loop, descriptor);
    close(descriptor);
    db_free(loop->db);         /* tells the jobs whose saving is under way, so it goes before them */
    while (loop->jobs != NULL) /* their leases run out by themselves */
        drop_job(loop->jobs);
    pool_free(pool);
    return EXIT_SUCCESS;
}

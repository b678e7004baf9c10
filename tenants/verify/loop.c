/* loop.c: one loop that moves looks from the queue through the networks into the database. */
#include "loop.h"

#include "veha/clock.h"
#include "veha/log.h"
#include "veha/process.h"
#include "veha/query.h"
#include "veha/text.h"
#include "veha/unit.h"

#include "chores.h"
#include "trial.h"
#include "verifier.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    TAKE_PAUSE_MS = 500,     /* between two questions for work when there was none */
    TROUBLE_PAUSE_MS = 2000, /* after the database refused */
    BEAT_PAUSE_MS = 10000,
    DRAIN_MS = 25000,
    ATTEMPTS_MOST = 3, /* looks of the sweep that saw nothing are tried again before that is what is recorded */
    AGAIN_SECONDS = 30,
    BATCH_LEAST = 32,
    BATCH_MOST = 64,
    SAVING_LANES = 2,
    LANES = SAVING_LANES + 1, /* a network's budget is not to wait until looks are saved */
    ASKED_ROOM = 8,           /* looks somebody waits for, held beside a full load */
    BATCH_BYTES = 4 << 20,
};

struct loop {
    struct verifier *verifier;
    struct budget_keeper keeper;
    struct db *db;
    struct chores *chores;
    struct trials *trials;
    char worker[128];
    char host[64];
    const char *lease;
    const char *quiet;
    long room; /* jobs held at once */
    struct job *jobs;
    long job_count;
    unsigned saving; /* batches under way */
    bool taking;
    bool keeping;
    bool beating;
    bool stopping;
    int64_t take_at, ask_at, stop_at, beat_at, keep_at; /* monotonic */
};

/*
 * A look held under a lease. States: LOOKING → READY (with its document) → SAVING, many at once → gone, or READY again
 * when the database refused. A look that saw nothing goes LOOKING → RETURNING → gone.
 */
struct job {
    struct job *next, **link;
    struct loop *loop;
    struct pool *pool;
    const char *id, *fence;
    json_t *given; /* what job_take told */
    struct look *look;
    const char *document; /* {"id", "fence", "seen"}; NULL: still LOOKING */
    bool saving;
    bool alone;      /* was in company that was refused: the fault is found by saving each by itself */
    int64_t save_at; /* monotonic; not before */
    int64_t lease_end;
};

/* ---- saving ---- */

struct batch {
    struct loop *loop;
    size_t count;
    struct job *jobs[BATCH_MOST];
};

static void drop_job(struct job *job)
{
    *job->link = job->next;
    if (job->next != NULL)
        job->next->link = job->link;
    job->loop->job_count--;
    job->loop->take_at = 0; /* there is room */
    pool_free(job->pool);
}

/* The database refused: a try later, a try alone, or, for what is at fault itself, none. */
static void refuse_job(struct job *job, bool may_pass, bool was_alone)
{
    job->saving = false;
    job->alone = true;
    job->save_at = may_pass ? clock_monotonic_ms() + TROUBLE_PAUSE_MS : 0;
    bool held = clock_monotonic_ms() < job->lease_end; /* the fence makes a second try harmless */
    if (!held || (was_alone && !may_pass))
        drop_job(job); /* the lease runs out, and somebody takes it again */
}

static void on_saved(void *data, const struct unit_result *result)
{
    struct batch *batch = data;
    const struct fault *fault = result->fault;
    batch->loop->saving--;
    if (fault != NULL)
        log_event(LOG_LEVEL_WARNING, "looks_not_saved", "looks", log_number((long long)batch->count), "fault",
                  fault->code, "detail", fault->detail == NULL ? "" : fault->detail, NULL);
    for (size_t i = 0; i < batch->count; i++) {
        if (fault == NULL)
            drop_job(batch->jobs[i]);
        else
            refuse_job(batch->jobs[i], fault->kind == FAULT_UNAVAILABLE || fault->kind == FAULT_UNSURE,
                       batch->count == 1);
    }
    free(batch);
}

static void run_query(struct loop *loop, const char *name, const char *const *values, unit_done *done, void *data)
{
    const struct unit_statement statement = {.query = query_find(name), .values = values};
    const struct unit_request request = {.lane = LANE_WRITE, .statements = &statement, .statement_count = 1};
    unit_run(loop->db, &request, done, data);
}

static bool is_ready(const struct job *job, int64_t now)
{
    return job->document != NULL && !job->saving && job->save_at <= now;
}

/* One batch is always under way; a second starts when enough has come together: the more at once, the cheaper each. */
static bool may_save(const struct loop *loop, int64_t now)
{
    size_t ready = 0;
    for (const struct job *job = loop->jobs; job != NULL; job = job->next)
        ready += is_ready(job, now);
    return ready > 0 && (loop->saving == 0 || (loop->saving < SAVING_LANES && ready >= BATCH_LEAST));
}

static void save_ready(struct loop *loop)
{
    int64_t now = clock_monotonic_ms();
    if (!may_save(loop, now))
        return;
    struct batch *batch = calloc(1, sizeof *batch);
    struct buffer looks = {0};
    if (batch == NULL)
        abort();
    batch->loop = loop;
    for (struct job *job = loop->jobs; job != NULL && batch->count < BATCH_MOST && looks.length < BATCH_BYTES;
         job = job->next) {
        if (!is_ready(job, now) || (job->alone && batch->count > 0))
            continue;
        buffer_print(&looks, "%s%s", batch->count == 0 ? "[" : ",", job->document);
        batch->jobs[batch->count++] = job;
        job->saving = true;
        if (job->alone)
            break;
    }
    buffer_text(&looks, "]");
    const char *const values[] = {looks.bytes};
    loop->saving++;
    run_query(loop, "job_record", values, on_saved, batch);
    buffer_free(&looks);
}

static void on_returned(void *data, const struct unit_result *result)
{
    struct job *job = data;
    if (result->fault != NULL)
        log_event(LOG_LEVEL_WARNING, "look_not_returned", "job", job->id, "fault", result->fault->code, NULL);
    drop_job(job); /* were it not returned, its lease would run out */
}

/* Up to half as long again, by its number: what was put back together does not come back together. */
static long spread(const struct job *job, long seconds)
{
    return seconds + seconds * (strtol(job->id, NULL, 10) * 7919 % 1000) / 2000;
}

static void give_back(struct job *job, long seconds, bool tried)
{
    const char *after = pool_print(job->pool, "%ld", spread(job, seconds));
    const char *const values[] = {job->id, job->fence, after, tried ? "true" : "false"};
    run_query(job->loop, "job_return", values, on_returned, job);
}

/* ---- looking ---- */

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

static void on_looked(void *data, long held)
{
    struct job *job = data;
    if (held > 0) {
        give_back(job, held, false);
        return;
    }
    json_int_t attempts = json_integer_value(json_object_get(job->given, "attempts"));
    tell_look(job);
    bool waited_for = json_is_true(json_object_get(job->given, "on_demand"));
    if (saw_nothing(reading_state(look_reading(job->look))) && attempts < ATTEMPTS_MOST && !waited_for) {
        long pause = look_pause(job->look);
        give_back(job, pause > 0 ? pause : AGAIN_SECONDS * (long)attempts, true);
        return;
    }
    json_t *seen = look_result(job->look, json_object_get(job->given, "subject"),
                               json_object_get(job->given, "parameters"), clock_now());
    json_object_set_new(seen, "alarm", json_boolean(look_alarm(job->look)));
    json_t *document = json_pack("{s:O, s:O, s:o}", "id", json_object_get(job->given, "id"), "fence",
                                 json_object_get(job->given, "fence"), "seen", seen);
    job->document = pool_adopt(job->pool, json_dumps(document, JSON_COMPACT), free);
    json_decref(document);
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
    job->given = pool_adopt(pool, json_incref(given), pool_release_json);
    job->id = number_text(pool, given, "id");
    job->fence = number_text(pool, given, "fence");
    job->lease_end = clock_monotonic_ms() + 1000 * strtol(loop->lease, NULL, 10);
    const char *code = json_string_value(json_object_get(given, "network"));
    const struct network *network = network_find(loop->verifier->networks, code);
    if (network == NULL) {
        log_event(LOG_LEVEL_ERROR, "network_unknown", "network", code == NULL ? "" : code, NULL);
        give_back(job, 86400, true);
        return;
    }
    job->look = look_new(pool, &loop->verifier->tools, network, json_string_value(json_object_get(given, "address")));
    const struct verifier_errand errand = {
        .network = network,
        .look = job->look,
        .urgent = json_is_true(json_object_get(given, "on_demand")),
        .host = json_string_value(json_object_get(given, "host")),
        .paused = (long)json_integer_value(json_object_get(given, "paused")),
        .done = on_looked,
        .data = job,
    };
    verifier_drive(pool, loop->verifier, &errand);
}

/* ---- keeping ---- */

static void on_kept(void *data, const struct unit_result *result)
{
    struct loop *loop = data;
    loop->keeping = false;
    if (result->fault != NULL)
        log_event(LOG_LEVEL_WARNING, "leases_not_kept", "fault", result->fault->code, NULL);
}

/* A look may wait at a network's gate for longer than a lease: what is held is kept, three times a lease. */
static void keep_leases(struct loop *loop, int64_t now)
{
    struct buffer held = {0};
    int64_t lease_ms = 1000 * strtol(loop->lease, NULL, 10);
    if (loop->keeping || loop->keep_at > now || loop->jobs == NULL)
        return;
    for (struct job *job = loop->jobs; job != NULL; job = job->next) {
        buffer_print(&held, "%s{\"id\": %s, \"fence\": %s}", held.length == 0 ? "[" : ", ", job->id, job->fence);
        job->lease_end = now + lease_ms;
    }
    buffer_text(&held, "]");
    const char *const values[] = {held.bytes, loop->lease};
    loop->keeping = true;
    loop->keep_at = now + lease_ms / 3;
    run_query(loop, "job_keep", values, on_kept, loop);
    buffer_free(&held);
}

/* ---- the budgets of the networks, kept in the database for all workers ---- */

static void on_reserved(void *data, const struct unit_result *result)
{
    struct budget *budget = data;
    json_t *granted = result->fault == NULL ? json_loadb(result->document, result->document_length, 0, NULL) : NULL;
    if (result->fault != NULL)
        log_event(LOG_LEVEL_WARNING, "budget_not_reserved", "network", budget_network(budget), "fault",
                  result->fault->code, NULL);
    budget_grant(budget, granted);
    json_decref(granted);
}

static void reserve(void *data, struct budget *budget, long every_ms, long slots, const char *wanted)
{
    struct loop *loop = data;
    char every[24], most[24];
    snprintf(every, sizeof every, "%ld", every_ms);
    snprintf(most, sizeof most, "%ld", slots);
    const char *const values[] = {budget_network(budget), budget_holder(budget), every, most, wanted};
    run_query(loop, "budget_take", values, on_reserved, budget);
}

static void on_paused(void *data, const struct unit_result *result)
{
    (void)data;
    if (result->fault != NULL)
        log_event(LOG_LEVEL_WARNING, "pause_not_kept", "fault", result->fault->code, NULL);
}

static void keep_pause(void *data, const char *network, const char *holder, const char *method, long seconds,
                       const char *reason)
{
    struct loop *loop = data;
    char text[24];
    snprintf(text, sizeof text, "%ld", seconds);
    const char *const values[] = {network, holder, method, text, reason};
    bool token = strcmp(reason, "token") == 0;
    const char *event = token ? "network_token_refused" : seconds == 0 ? "network_token_accepted" : "network_paused";
    log_event(token ? LOG_LEVEL_ERROR : LOG_LEVEL_NOTICE, event, "network", network, "holder", holder, "method",
              method == NULL ? "" : method, "seconds", text, "reason", reason, NULL);
    run_query(loop, "budget_pause", values, on_paused, loop);
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

/* A load at a time, for each question costs; beside a full load only what somebody waits for, and that seldom. */
static void take(struct loop *loop, int64_t now)
{
    char most[24];
    bool full = loop->room - loop->job_count < loop->room / 4;
    if (loop->taking || (full ? loop->ask_at : loop->take_at) > now || loop->job_count >= loop->room + ASKED_ROOM)
        return;
    snprintf(most, sizeof most, "%ld", loop->room + (full ? ASKED_ROOM : 0) - loop->job_count);
    const char *const values[] = {loop->worker, most, loop->lease, full ? "true" : "false", loop->quiet};
    loop->taking = true;
    loop->ask_at = now + TAKE_PAUSE_MS;
    run_query(loop, "job_take", values, on_taken, loop);
}

/* There are new looks: who asked a moment ago was told that there was nothing. */
static void wake(void *data)
{
    struct loop *loop = data;
    loop->take_at = 0;
}

/* ---- saying that this worker lives ---- */

static void on_beaten(void *data, const struct unit_result *result)
{
    struct loop *loop = data;
    loop->beating = false;
    if (result->fault != NULL)
        log_event(LOG_LEVEL_WARNING, "worker_not_seen", "fault", result->fault->code, NULL);
    else
        loop->take_at = 0; /* it may have queued looks */
}

static void beat(struct loop *loop, int64_t now)
{
    char looks[24];
    if (loop->beating || loop->beat_at > now)
        return;
    snprintf(looks, sizeof looks, "%ld", loop->job_count);
    const char *const values[] = {loop->worker, loop->host, looks, loop->stopping ? "true" : "false"};
    loop->beating = true;
    loop->beat_at = loop->stopping ? INT64_MAX : now + BEAT_PAUSE_MS; /* it leaves once */
    run_query(loop, "worker_beat", values, on_beaten, loop);
}

/* ---- the loop ---- */

static void do_what_is_due(struct loop *loop)
{
    int64_t now = clock_monotonic_ms();
    save_ready(loop);
    beat(loop, now);
    keep_leases(loop, now);
    if (loop->stopping)
        return;
    chores_turn(loop->chores, now);
    trials_turn(loop->trials, now);
    take(loop, now);
}

static void read_signals(struct loop *loop, int signals)
{
    for (int signal; (signal = process_signal_read(signals)) != 0;) {
        if (signal == SIGHUP || loop->stopping)
            continue;
        log_event(LOG_LEVEL_NOTICE, "verify_stopping", "looks", log_number(loop->job_count), NULL);
        loop->stopping = true;
        loop->beat_at = 0;
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
    struct curl_waitfd watched[LANES + 1] = {{.fd = signals, .events = CURL_WAIT_POLLIN}};
    unsigned count = 1;
    do_what_is_due(loop);
    db_flush(loop->db);
    for (size_t i = 0; i < db_lane_count(loop->db) && count <= LANES; i++) {
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

/* It said that it leaves, or nobody hears it. */
static bool has_left(const struct loop *loop)
{
    bool said = loop->beat_at == INT64_MAX && !loop->beating;
    return said || clock_monotonic_ms() > loop->stop_at - DRAIN_MS + TROUBLE_PAUSE_MS;
}

static bool is_over(const struct loop *loop)
{
    return loop->stopping && ((loop->job_count == 0 && !loop->taking && !trials_busy(loop->trials) && has_left(loop)) ||
                              clock_monotonic_ms() > loop->stop_at);
}

int loop_run(const struct config *config)
{
    static const int signals[] = {SIGTERM, SIGINT, SIGHUP, 0};
    struct pool *pool = pool_new();
    struct loop *loop = pool_alloc(pool, sizeof *loop);
    *loop = (struct loop){
        .keeper = {.data = loop, .reserve = reserve, .pause = keep_pause},
        .lease = config_text(config, "verify", "lease_seconds"),
        .quiet = config_text(config, "verify", "quiet_hours"),
        .room = 2 * config_number(config, "verify", "concurrency"),
    };
    loop->verifier = verifier_open(pool, config, &loop->keeper); /* forks, so it comes first */
    if (loop->verifier == NULL) {
        pool_free(pool);
        return EXIT_FAILURE;
    }
    loop->verifier->tools.evidence.bodies = config_number(config, "verify", "bodies_days") > 0;
    gethostname(loop->host, sizeof loop->host - 1);
    snprintf(loop->worker, sizeof loop->worker, "%s:%ld", loop->host, (long)getpid());
    const struct db_options options = {
        .url = config_text(config, "database", "verify_url"),
        .application = "veha verify",
        .write_lanes = LANES,
        .waiting_most = 1000,
    };
    loop->db = db_new(&options);
    loop->chores = chores_new(pool, loop->db, config, wake, loop);
    const struct trials_options trials = {
        .tools = {.networks = loop->verifier->networks, .calendar = loop->verifier->tools.calendar},
        .worker = loop->worker,
        .lease = loop->lease,
    };
    loop->trials = trials_new(pool, loop->db, &trials);
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

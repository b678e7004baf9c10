/* verifier.c: opens the tools of looking and carries requests and answers between looks and the fetcher. */
#include "verifier.h"

#include "veha/clock.h"
#include "veha/text.h"

#include "tenants/probe/probe.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

enum {
    PATIENCE_MS = 5000, /* a look waits so long at a gate that is paused; longer ones are put back */
    TOKENS_MOST = 32,
    TOKEN_SECONDS = 600, /* a token that was refused is tried again after that */
    REFUSAL_MOST = 4096, /* bytes of an answer that refuses one */
};

/* A look on its way: WAITING at its network's gate with a request → ASKED, perhaps in company → … → done. */
struct drive {
    struct drive *next; /* at the gate */
    struct pool *pool;
    struct verifier_gate *gate;
    struct verifier_errand errand;
    struct look_request request;
    bool alone; /* in company nothing was heard of it */
    int heeded; /* the pause that an error asked for before */
};

struct queue {
    struct drive *first, **last;
};

/* What one network allows: so many requests at once, and so many a second of each budget. */
struct verifier_gate {
    struct verifier *verifier;
    struct queue queues[2]; /* [1]: somebody waits for it; each in its order */
    long waiting;
    long concurrent, batch_most;
    long asked; /* not yet answered */
    struct budget *pages;
    const char *const *tokens;
    struct budget *budgets[TOKENS_MOST]; /* one a token */
    size_t token_count;
};

/* Requests that went as one. */
struct asking {
    struct verifier_gate *gate;
    struct budget *budget;
    size_t count;
    struct drive *drives[];
};

static void enqueue(struct drive *drive)
{
    struct queue *queue = &drive->gate->queues[drive->errand.urgent];
    drive->next = NULL;
    *queue->last = drive;
    queue->last = &drive->next;
    drive->gate->waiting++;
}

static struct drive *dequeue(struct verifier_gate *gate, struct queue *queue, struct drive **link)
{
    struct drive *drive = *link;
    *link = drive->next;
    if (*link == NULL)
        queue->last = link;
    gate->waiting--;
    return drive;
}

static void ask_next(struct drive *drive)
{
    drive->alone = false;
    if (look_next(drive->errand.look, &drive->request))
        enqueue(drive);
    else
        drive->errand.done(drive->errand.data, 0);
}

/* ---- what an answer says of the budget ---- */

/* A stranger's host has no budget of its own; the database remembers its wish. */
static void pause_host(struct drive *drive, long seconds)
{
    const struct budget_keeper *keeper = drive->gate->verifier->keeper;
    if (keeper != NULL && drive->errand.host != NULL)
        keeper->pause(keeper->data, network_code(drive->errand.network), drive->errand.host, NULL, seconds,
                      "too_many_requests");
}

static void heed_retry(struct asking *asking, const struct answer *answer)
{
    if (answer->retry_after <= 0 || (answer->status != 429 && answer->status != 503))
        return;
    if (asking->drives[0]->errand.host != NULL)
        pause_host(asking->drives[0], answer->retry_after);
    else
        budget_pause(asking->budget, NULL, answer->retry_after, "too_many_requests");
}

/* The table of errors may ask for a pause; a day's quota that the network counts otherwise ends one method only. */
static void heed_error(struct drive *drive, struct budget *budget)
{
    const json_t *reading = look_reading(drive->errand.look);
    const char *posts = json_string_value(json_object_get(reading, "posts_reason"));
    const char *why = json_string_value(json_object_get(reading, "reason"));
    bool quota = text_equal(posts, "daily_quota");
    int pause = look_pause(drive->errand.look);
    if (pause > drive->heeded || (pause > 0 && quota))
        budget_pause(budget, quota ? drive->request.method : NULL, pause,
                     quota         ? "daily_quota"
                     : why == NULL ? "too_many_requests"
                                   : why);
    drive->heeded = pause;
}

/* May the request be asked with another token than the one that was refused? */
static bool has_other_token(const struct verifier_gate *gate, const struct budget *refused)
{
    for (size_t i = 0; i < gate->token_count; i++)
        if (gate->budgets[i] != refused && !budget_is_paused(gate->budgets[i]))
            return true;
    return false;
}

static bool is_refused(const struct asking *asking, const struct answer *answer)
{
    const struct look_request *request = &asking->drives[0]->request;
    return request->token != NULL && request->refuses != NULL && answer->length < REFUSAL_MOST &&
           request->refuses(answer);
}

/* ---- answers ---- */

static void answer_drive(struct drive *drive, struct budget *budget, const struct answer *answer, json_t *exchange)
{
    look_answer(drive->errand.look, answer, exchange);
    heed_error(drive, budget);
    ask_next(drive);
}

/* Each gets the answer it would have got by itself, and its evidence says how many asked together; what was not heard
 * of is asked alone. */
static void part_answer(struct asking *asking, const struct answer *answer, json_t *exchange)
{
    struct pool *pool = pool_new();
    const char **ids = pool_alloc(pool, asking->count * sizeof *ids);
    const char **own = pool_alloc(pool, asking->count * sizeof *own);
    for (size_t i = 0; i < asking->count; i++)
        ids[i] = asking->drives[i]->request.id;
    bool parted = asking->drives[0]->request.split(pool, answer, ids, asking->count, own);
    json_object_set_new(exchange, "batch", json_integer((json_int_t)asking->count));
    for (size_t i = asking->count; i-- > 0;) { /* the first last: the company lives in its pool */
        struct drive *drive = asking->drives[i];
        struct answer mine = *answer;
        if (parted && own[i] == NULL) {
            drive->alone = true;
            enqueue(drive);
            continue;
        }
        mine.bytes = parted ? own[i] : answer->bytes;
        mine.length = parted ? strlen(own[i]) : answer->length;
        answer_drive(drive, asking->budget, &mine, json_deep_copy(exchange));
    }
    json_decref(exchange);
    pool_free(pool);
}

static void on_answer(void *data, const struct answer *answer, json_t *exchange)
{
    struct asking *asking = data;
    asking->gate->asked--;
    heed_retry(asking, answer);
    bool refused = is_refused(asking, answer);
    if (refused)
        budget_pause(asking->budget, NULL, TOKEN_SECONDS, "token");
    else if (asking->drives[0]->request.token != NULL && answer->fault == NULL)
        budget_forgive(asking->budget);
    if (refused && has_other_token(asking->gate, asking->budget)) {
        for (size_t i = 0; i < asking->count; i++)
            enqueue(asking->drives[i]);
        json_decref(exchange);
    } else if (asking->count == 1) {
        answer_drive(asking->drives[0], asking->budget, answer, exchange);
    } else {
        part_answer(asking, answer, exchange);
    }
}

/* ---- the gate ---- */

/* What a gate says to a request: go, with this budget and token; or what stands in the way, and for how long. */
struct choice {
    enum budget_word word;
    struct budget *budget;
    const char *token; /* NULL: none */
    int ms;
};

static struct choice choose_budget(const struct verifier_gate *gate, const struct drive *drive)
{
    const struct look_request *request = &drive->request;
    bool urgent = drive->errand.urgent;
    struct choice best = {.word = BUDGET_PAUSED, .budget = gate->pages, .ms = (int)(1000 * drive->errand.paused)};
    if (drive->errand.paused > 0)
        return best;
    if (request->method == NULL || gate->token_count == 0) {
        best.word = budget_ask(gate->pages, request->method, urgent, gate->waiting, &best.ms);
        return best;
    }
    for (size_t i = 0; i < gate->token_count; i++) {
        struct choice choice = {.budget = gate->budgets[i], .token = gate->tokens[i]};
        choice.word = budget_ask(choice.budget, request->method, urgent, gate->waiting, &choice.ms);
        if (i == 0 || choice.word < best.word || (choice.word == best.word && choice.ms < best.ms))
            best = choice;
        if (best.word == BUDGET_GO)
            break;
    }
    return best;
}

/*
 * A request that cannot be asked now. Without a token the page may tell; of a used up quota the look goes on without
 * what the method tells; a pause is waited for in the queue, unless somebody waits for the look or half of it is known.
 */
static void turn_away(struct drive *drive, const struct choice *choice)
{
    bool refused = choice->word == BUDGET_PAUSED && strcmp(budget_reason(choice->budget), "token") == 0;
    bool begun = look_reading(drive->errand.look) != NULL;
    struct answer answer = {.url = drive->request.url, .bytes = ""};
    if (refused && !begun) {
        ask_next(drive);
        return;
    }
    if (choice->word == BUDGET_PAUSED && !begun && !drive->errand.urgent) {
        drive->errand.done(drive->errand.data, choice->ms / 1000 + 1);
        return;
    }
    answer.fault = choice->word == BUDGET_SPENT ? "daily_quota" : refused ? "token" : "too_many_requests";
    look_answer(drive->errand.look, &answer, NULL);
    ask_next(drive);
}

static bool may_join(const struct drive *drive, const struct drive *first)
{
    const struct look_request *one = &first->request, *other = &drive->request;
    return !drive->alone && other->join != NULL && text_equal(one->join, other->join) &&
           text_equal(one->url, other->url) && text_equal(one->form, other->form);
}

/* Those at the gate that may go in one request with the first: nobody who is waited for waits for company. */
static void gather(struct asking *asking, size_t most)
{
    struct drive *first = asking->drives[0];
    struct queue *queue = &asking->gate->queues[0];
    if (first->errand.urgent || first->alone || first->request.join == NULL)
        return;
    for (struct drive **link = &queue->first; *link != NULL && asking->count < most;) {
        if (may_join(*link, first))
            asking->drives[asking->count++] = dequeue(asking->gate, queue, link);
        else
            link = &(*link)->next;
    }
}

static void fill_form(const struct asking *asking, const struct choice *choice, struct buffer *form)
{
    const struct look_request *request = &asking->drives[0]->request;
    buffer_text(form, request->form);
    if (request->join != NULL)
        buffer_print(form, "&%s=%s", request->join, request->id);
    for (size_t i = 1; i < asking->count; i++)
        buffer_print(form, ",%s", asking->drives[i]->request.id);
    if (request->token == NULL || choice->token == NULL)
        return;
    char *token = curl_easy_escape(NULL, choice->token, 0);
    buffer_print(form, "&%s=%s", request->token, token);
    curl_free(token);
}

static void send_request(struct drive *first, const struct choice *choice)
{
    struct verifier_gate *gate = first->gate;
    size_t most = gate->batch_most > 1 ? (size_t)gate->batch_most : 1;
    struct asking *asking = pool_alloc(first->pool, sizeof *asking + most * sizeof(struct drive *));
    *asking = (struct asking){.gate = gate, .budget = choice->budget, .count = 1};
    asking->drives[0] = first;
    gather(asking, most);
    struct buffer form = {0};
    if (first->request.form != NULL)
        fill_form(asking, choice, &form);
    const struct fetch_request wanted = {
        .url = first->request.url,
        .form = form.bytes,
        .authorization = first->request.authorization,
        .urgent = first->errand.urgent,
    };
    gate->asked++;
    fetcher_get(gate->verifier->fetcher, &wanted, on_answer, asking);
    buffer_free(&form);
}

static bool is_open(const struct verifier_gate *gate)
{
    long most = budget_share(gate->token_count > 0 ? gate->budgets[0] : gate->pages, gate->concurrent);
    return most == 0 || gate->asked < most;
}

/* Lets through what may go now; returns the milliseconds until more may, or most. */
static int pass_queue(struct verifier_gate *gate, struct queue *queue, int most)
{
    for (struct drive **link = &queue->first; *link != NULL && is_open(gate);) {
        const struct choice choice = choose_budget(gate, *link);
        if (choice.word == BUDGET_WAIT || (choice.word == BUDGET_PAUSED && choice.ms <= PATIENCE_MS)) {
            most = choice.ms < most ? choice.ms : most;
            link = &(*link)->next;
            continue;
        }
        struct drive *drive = dequeue(gate, queue, link);
        if (choice.word == BUDGET_GO)
            send_request(drive, &choice);
        else
            turn_away(drive, &choice);
        link = &queue->first; /* others may have gone along */
    }
    return most;
}

static char *fingerprint(struct pool *pool, const char *token)
{
    char hash[33];
    text_hash(token, strlen(token), hash);
    return pool_copy_length(pool, hash, 16);
}

static void open_gate(struct pool *pool, struct verifier *verifier, const struct config *config, size_t number)
{
    struct verifier_gate *gate = &verifier->gates[number];
    const struct network *network = network_at(verifier->networks, number);
    const json_t *limits = json_object_get(network_document(network), "limits");
    *gate = (struct verifier_gate){
        .verifier = verifier,
        .concurrent = (long)json_integer_value(json_object_get(limits, "concurrent")),
        .batch_most = (long)json_integer_value(json_object_get(limits, "batch")),
        .pages = budget_new(pool, network, "", verifier->keeper),
    };
    for (size_t i = 0; i < 2; i++)
        gate->queues[i].last = &gate->queues[i].first;
    const json_t *kind = json_object_get(json_object_get(network_document(network), "api"), "kind");
    gate->tokens = probe_tokens(probe_find(json_string_value(kind)), config, pool);
    for (; gate->tokens[gate->token_count] != NULL && gate->token_count < TOKENS_MOST; gate->token_count++)
        gate->budgets[gate->token_count] =
            budget_new(pool, network, fingerprint(pool, gate->tokens[gate->token_count]), verifier->keeper);
}

static struct verifier_gate *gate_of(struct verifier *verifier, const struct network *network)
{
    size_t number = 0;
    while (network_at(verifier->networks, number) != network)
        number++;
    return &verifier->gates[number];
}

void verifier_drive(struct pool *pool, struct verifier *verifier, const struct verifier_errand *errand)
{
    struct drive *drive = pool_alloc(pool, sizeof *drive);
    *drive = (struct drive){.pool = pool, .gate = gate_of(verifier, errand->network), .errand = *errand};
    ask_next(drive);
}

void verifier_turn(struct verifier *verifier, struct curl_waitfd *extra, unsigned extra_count, int timeout_ms)
{
    for (size_t i = 0; i < network_count(verifier->networks); i++)
        for (int urgent = 1; urgent >= 0; urgent--)
            timeout_ms = pass_queue(&verifier->gates[i], &verifier->gates[i].queues[urgent], timeout_ms);
    fetcher_poll(verifier->fetcher, extra, extra_count, timeout_ms);
}

/* ---- opening ---- */

static void close_verifier(void *thing)
{
    struct verifier *verifier = thing;
    fetcher_free(verifier->fetcher);
    reader_free(verifier->tools.reader);
    network_set_free(verifier->networks);
}

/* The keys of every kind of API. */
static const struct look_setting *read_settings(struct pool *pool, const struct config *config)
{
    size_t count = 0;
    for (size_t i = 0; probes[i] != NULL; i++)
        for (size_t j = 0; probes[i]->settings[j] != NULL; j++)
            count++;
    struct look_setting *settings = pool_alloc(pool, (count + 1) * sizeof *settings);
    struct look_setting *next = settings;
    for (size_t i = 0; probes[i] != NULL; i++)
        for (const char *const *key = probes[i]->settings; *key != NULL; key++)
            *next++ = (struct look_setting){probes[i]->kind, *key, config_text(config, probes[i]->kind, *key)};
    return settings;
}

struct verifier *verifier_open(struct pool *pool, const struct config *config, const struct budget_keeper *keeper)
{
    const char *templates = config_text(config, "templates", "directory");
    struct verifier *verifier = pool_adopt(pool, pool_alloc(pool, sizeof *verifier), close_verifier);
    verifier->keeper = keeper;
    verifier->networks = network_load(pool_print(pool, "%s/networks", templates));
    if (verifier->networks == NULL)
        return NULL;
    verifier->tools = (struct look_tools){
        .networks = verifier->networks,
        .reader = reader_new(verifier->networks),
        .calendar =
            calendar_load(pool, pool_print(pool, "%s/calendars", templates), config_text(config, "region", "timezone")),
        .settings = read_settings(pool, config),
        .evidence = {.secrets = evidence_secrets(pool, config)},
        .rubric = rubric_load(pool, pool_print(pool, "%s/rubrics", templates)),
    };
    const struct fetcher_options options = {
        .concurrency = (unsigned)config_number(config, "verify", "concurrency"),
        .connect_to = config_list(config, pool, "verify", "connect_to"),
        .ca_file = config_text(config, "verify", "ca_file"),
        .user_agent = config_text(config, "verify", "user_agent"),
        .contact = config_text(config, "verify", "contact"),
    };
    verifier->gates = pool_alloc(pool, network_count(verifier->networks) * sizeof *verifier->gates);
    for (size_t i = 0; i < network_count(verifier->networks); i++)
        open_gate(pool, verifier, config, i);
    verifier->fetcher = verifier->tools.reader == NULL ? NULL : fetcher_new(&options);
    bool sound = verifier->tools.calendar != NULL && verifier->tools.rubric != NULL;
    return verifier->fetcher == NULL || !sound ? NULL : verifier;
}

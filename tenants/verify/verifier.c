/* verifier.c: opens the tools of looking and carries requests and answers between a look and the fetcher. */
#include "verifier.h"

#include "veha/clock.h"

#include "tenants/probe/probe.h"

#include <stdlib.h>

/* A look on its way: WAITING at its network's gate with a request → ASKED → … → done. */
struct drive {
    struct drive *next; /* at the gate */
    struct verifier_gate *gate;
    struct verifier_errand errand;
    struct look_request request;
};

/* Lets through so many requests a second and so many at once; 0: as many as come. */
struct verifier_gate {
    struct drive *first, **last;
    int64_t open_at; /* on the monotonic clock */
    long per_second, concurrent;
    long asked; /* not yet answered */
};

static void ask_next(struct drive *drive)
{
    if (!look_next(drive->errand.look, &drive->request)) {
        drive->errand.done(drive->errand.data);
        return;
    }
    struct verifier_gate *gate = drive->gate;
    struct drive **place = drive->errand.urgent ? &gate->first : gate->last;
    drive->next = *place;
    *place = drive;
    if (drive->next == NULL)
        gate->last = &drive->next;
}

static void on_answer(void *data, const struct answer *answer, json_t *exchange)
{
    struct drive *drive = data;
    drive->gate->asked--;
    look_answer(drive->errand.look, answer, exchange);
    ask_next(drive);
}

/* Lets through what may go now; returns the milliseconds until more may, or most. */
static int pass_gate(struct verifier *verifier, struct verifier_gate *gate, int most)
{
    int64_t now = clock_monotonic_ms();
    while (gate->first != NULL && (gate->concurrent == 0 || gate->asked < gate->concurrent)) {
        if (gate->open_at > now)
            return gate->open_at - now < most ? (int)(gate->open_at - now) : most;
        struct drive *drive = gate->first;
        gate->first = drive->next;
        if (gate->first == NULL)
            gate->last = &gate->first;
        gate->asked++;
        gate->open_at = gate->per_second == 0 ? 0 : now + 1000 / gate->per_second;
        const struct fetch_request wanted = {
            .url = drive->request.url,
            .form = drive->request.form,
            .authorization = drive->request.authorization,
            .urgent = drive->errand.urgent,
        };
        fetcher_get(verifier->fetcher, &wanted, on_answer, drive);
    }
    return most;
}

static struct verifier_gate *make_gates(struct pool *pool, const struct network_set *networks)
{
    struct verifier_gate *gates = pool_alloc(pool, (network_count(networks) + 1) * sizeof *gates);
    for (size_t i = 0; i < network_count(networks); i++) {
        const json_t *limits = json_object_get(network_document(network_at(networks, i)), "limits");
        gates[i].last = &gates[i].first;
        gates[i].per_second = (long)json_integer_value(json_object_get(limits, "per_second"));
        gates[i].concurrent = (long)json_integer_value(json_object_get(limits, "concurrent"));
    }
    return gates;
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
    *drive = (struct drive){.gate = gate_of(verifier, errand->network), .errand = *errand};
    ask_next(drive);
}

void verifier_turn(struct verifier *verifier, struct curl_waitfd *extra, unsigned extra_count, int timeout_ms)
{
    for (size_t i = 0; i < network_count(verifier->networks); i++)
        timeout_ms = pass_gate(verifier, &verifier->gates[i], timeout_ms);
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

struct verifier *verifier_open(struct pool *pool, const struct config *config)
{
    const char *templates = config_text(config, "templates", "directory");
    struct verifier *verifier = pool_adopt(pool, pool_alloc(pool, sizeof *verifier), close_verifier);
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
    verifier->gates = make_gates(pool, verifier->networks);
    verifier->fetcher = verifier->tools.reader == NULL ? NULL : fetcher_new(&options);
    bool sound = verifier->tools.calendar != NULL && verifier->tools.rubric != NULL;
    return verifier->fetcher == NULL || !sound ? NULL : verifier;
}

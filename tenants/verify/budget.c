/* budget.c: counts the slots and grants in hand, and asks for more before they run out. */
#include "budget.h"

#include "veha/clock.h"
#include "veha/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SECOND_MS = 1100,    /* what leaves evenly does not arrive evenly: a second of ours is a tenth longer, */
    LATE_MS = 100,       /* and a slot that much late is gone */
    ASK_AGAIN_MS = 2000, /* after a pause or a refusal: it may have been shortened, the day may be another */
    SPENT_MS = 5000,
    GRANT_MS = 60000, /* a grant belongs to a day; it is not kept over midnight for long */
    PAUSE_MOST = 21600,
    CHUNK_MOST = 16,
    SLOT_ROOM = 2 * CHUNK_MOST,
    REASON_ROOM = 64,
};

/* A method with a daily quota: grants for what is urgent, [1], and for the rest, [0]. */
struct quota {
    const char *method;
    long most;
    long grants[2];
    int64_t good_until[2], spent_until[2];
    long wanted[2];
};

struct budget {
    const struct budget_keeper *keeper;
    const char *network;
    const char *holder;
    long every_ms; /* 0: any pace */
    long chunk;
    int64_t slots[SLOT_ROOM]; /* those in hand, the next first; monotonic, as all moments here */
    long slot_count;
    int64_t open_at; /* without a keeper: the next slot */
    int64_t paused_until, ask_at;
    struct quota *quotas;
    size_t quota_count;
    size_t asked_quota; /* which of them the reservation under way asks for, and for whom */
    bool asked_urgent;
    bool asking;
    long workers;  /* that share what may be asked at once */
    bool outdated; /* what the reservation under way brings was overtaken by a pause */
    char reason[REASON_ROOM];
};

static long at_least(long number, long least)
{
    return number < least ? least : number;
}

static void read_quotas(struct pool *pool, struct budget *budget, json_t *daily)
{
    const char *method;
    json_t *most;
    budget->quotas = pool_alloc(pool, (json_object_size(daily) + 1) * sizeof *budget->quotas);
    json_object_foreach(daily, method, most) budget->quotas[budget->quota_count++] =
        (struct quota){.method = method, .most = (long)json_integer_value(most)};
}

struct budget *budget_new(struct pool *pool, const struct network *network, const char *holder,
                          const struct budget_keeper *keeper)
{
    const json_t *limits = json_object_get(network_document(network), "limits");
    long per_second = (long)json_integer_value(json_object_get(limits, "per_second"));
    struct budget *budget = pool_alloc(pool, sizeof *budget);
    *budget = (struct budget){
        .keeper = keeper,
        .network = network_code(network),
        .holder = pool_copy(pool, holder),
        .every_ms = per_second == 0 || per_second > SECOND_MS ? 0 : (SECOND_MS + per_second - 1) / per_second,
        .chunk = per_second > SECOND_MS    ? 0
                 : per_second > CHUNK_MOST ? CHUNK_MOST
                                           : per_second,
    };
    read_quotas(pool, budget, json_object_get(limits, "daily"));
    return budget;
}

const char *budget_network(const struct budget *budget)
{
    return budget->network;
}

const char *budget_holder(const struct budget *budget)
{
    return budget->holder;
}

long budget_share(const struct budget *budget, long whole)
{
    return whole == 0 || budget->workers == 0 ? whole : at_least(whole / budget->workers, 1);
}

bool budget_is_paused(const struct budget *budget)
{
    return budget->paused_until > clock_monotonic_ms();
}

const char *budget_reason(const struct budget *budget)
{
    return budget->reason;
}

/* NULL: the method has no daily quota. */
static struct quota *find_quota(const struct budget *budget, const char *method)
{
    for (size_t i = 0; method != NULL && i < budget->quota_count; i++)
        if (strcmp(budget->quotas[i].method, method) == 0)
            return &budget->quotas[i];
    return NULL;
}

/* Asks for a chunk, with grants for one method: the one that lacks them now. */
static void reserve(struct budget *budget, const struct quota *quota, bool urgent, long waiting, int64_t now)
{
    char wanted[128] = "{}";
    long slots = budget->chunk == 0 ? 0 : at_least(waiting - budget->slot_count, 1);
    if (budget->asking || budget->keeper == NULL || budget->ask_at > now)
        return;
    slots = slots > budget->chunk ? budget->chunk : slots;
    if (quota != NULL) {
        long want = budget->chunk == 0 ? at_least(waiting, 1) : budget->chunk;
        want = want > waiting ? at_least(waiting, 1) : want;
        budget->asked_quota = (size_t)(quota - budget->quotas);
        budget->asked_urgent = urgent;
        snprintf(wanted, sizeof wanted, "{\"%.60s\": {\"want\": %ld, \"most\": %ld}}", quota->method, want,
                 urgent ? quota->most : quota->most - quota->most / 10);
        if (budget->slot_count > 0) /* those in hand will do */
            slots = 0;
    } else {
        budget->asked_quota = budget->quota_count;
    }
    budget->asking = true;
    budget->keeper->reserve(budget->keeper->data, budget, budget->every_ms, slots, wanted);
}

static void take_grants(struct budget *budget, const json_t *granted, int64_t now)
{
    if (budget->asked_quota >= budget->quota_count)
        return;
    struct quota *quota = &budget->quotas[budget->asked_quota];
    long count = (long)json_integer_value(json_object_get(json_object_get(granted, "granted"), quota->method));
    quota->grants[budget->asked_urgent] += count;
    quota->good_until[budget->asked_urgent] = now + GRANT_MS;
    if (count == 0)
        quota->spent_until[budget->asked_urgent] = now + SPENT_MS;
}

void budget_grant(struct budget *budget, const json_t *granted)
{
    int64_t now = clock_monotonic_ms();
    long slots = (long)json_integer_value(json_object_get(granted, "slots"));
    long paused = (long)json_integer_value(json_object_get(granted, "paused"));
    const char *reason = json_string_value(json_object_get(granted, "reason"));
    budget->asking = false;
    if (budget->outdated) {
        budget->outdated = false;
        return;
    }
    if (granted == NULL || paused > 0) {
        budget->ask_at = now + ASK_AGAIN_MS;
        budget->paused_until = paused > 0 ? now + 1000 * (int64_t)paused : budget->paused_until;
        snprintf(budget->reason, sizeof budget->reason, "%s", reason == NULL ? "" : reason);
        return;
    }
    budget->paused_until = 0;
    budget->workers = (long)json_integer_value(json_object_get(granted, "workers"));
    int64_t open = now + (int64_t)json_integer_value(json_object_get(granted, "open_ms"));
    for (long i = 0; i < slots && budget->slot_count < SLOT_ROOM; i++)
        budget->slots[budget->slot_count++] = open + i * budget->every_ms;
    take_grants(budget, granted, now);
}

static void drop_slot(struct budget *budget)
{
    budget->slot_count--;
    memmove(budget->slots, budget->slots + 1, (size_t)budget->slot_count * sizeof *budget->slots);
}

/* Slots whose time has passed are somebody else's now. */
static void drop_late(struct budget *budget, int64_t now)
{
    while (budget->slot_count > 0 && budget->slots[0] + LATE_MS < now)
        drop_slot(budget);
}

/* Without a database one slot is always in hand, at our own pace. */
static void grant_ourselves(struct budget *budget, struct quota *quota, bool urgent, int64_t now)
{
    if (budget->keeper != NULL)
        return;
    if (budget->slot_count == 0 && budget->every_ms > 0) {
        budget->open_at = budget->open_at < now ? now : budget->open_at;
        budget->slots[budget->slot_count++] = budget->open_at;
        budget->open_at += budget->every_ms;
    }
    if (quota != NULL) {
        quota->grants[urgent] = 1;
        quota->good_until[urgent] = now + GRANT_MS;
    }
}

/* Is a grant of the quota in hand? Otherwise some are asked for. */
static enum budget_word ask_quota(struct budget *budget, struct quota *quota, bool urgent, long waiting, int64_t now)
{
    if (quota == NULL)
        return BUDGET_GO;
    if (quota->spent_until[urgent] > now)
        return BUDGET_SPENT;
    if (quota->good_until[urgent] < now)
        quota->grants[urgent] = 0;
    if (quota->grants[urgent] > 0)
        return BUDGET_GO;
    reserve(budget, quota, urgent, waiting, now);
    return BUDGET_WAIT;
}

static enum budget_word ask_slot(struct budget *budget, long waiting, int64_t now, int *ms)
{
    if (budget->every_ms == 0)
        return BUDGET_GO;
    if (budget->slot_count < waiting)
        reserve(budget, NULL, false, waiting, now);
    if (budget->slot_count == 0)
        return BUDGET_WAIT;
    if (budget->slots[0] > now) {
        *ms = (int)(budget->slots[0] - now);
        return BUDGET_WAIT;
    }
    return BUDGET_GO;
}

enum budget_word budget_ask(struct budget *budget, const char *method, bool urgent, long waiting, int *ms)
{
    int64_t now = clock_monotonic_ms();
    struct quota *quota = find_quota(budget, method);
    *ms = ASK_AGAIN_MS;
    drop_late(budget, now);
    grant_ourselves(budget, quota, urgent, now);
    if (budget->paused_until > now) {
        *ms = budget->paused_until - now > 1000L * PAUSE_MOST ? 1000 * PAUSE_MOST : (int)(budget->paused_until - now);
        reserve(budget, NULL, false, 0, now); /* is it still? Tests move the clock, and operators mend */
        return BUDGET_PAUSED;
    }
    enum budget_word word = ask_quota(budget, quota, urgent, waiting, now);
    if (word != BUDGET_GO)
        return word;
    word = ask_slot(budget, waiting, now, ms);
    if (word != BUDGET_GO)
        return word;
    if (budget->every_ms > 0)
        drop_slot(budget);
    if (quota != NULL)
        quota->grants[urgent]--;
    return BUDGET_GO;
}

void budget_forgive(struct budget *budget)
{
    if (strcmp(budget->reason, "token") != 0)
        return;
    budget->reason[0] = '\0';
    if (budget->keeper != NULL)
        budget->keeper->pause(budget->keeper->data, budget->network, budget->holder, NULL, 0, "");
}

void budget_pause(struct budget *budget, const char *method, long seconds, const char *reason)
{
    int64_t now = clock_monotonic_ms();
    struct quota *quota = find_quota(budget, method);
    seconds = seconds > PAUSE_MOST ? PAUSE_MOST : seconds;
    if (quota == NULL && budget->paused_until >= now + 1000 * (int64_t)seconds - 1000)
        return; /* others of the same answer said so */
    if (quota != NULL) {
        quota->grants[0] = quota->grants[1] = 0;
        quota->spent_until[0] = quota->spent_until[1] = now + (seconds * 1000 > SPENT_MS ? SPENT_MS : seconds * 1000);
    } else {
        budget->slot_count = 0;
        budget->outdated = budget->asking;
        budget->paused_until = now + 1000 * (int64_t)seconds;
        budget->ask_at = now + ASK_AGAIN_MS;
        snprintf(budget->reason, sizeof budget->reason, "%s", reason);
    }
    if (budget->keeper != NULL)
        budget->keeper->pause(budget->keeper->data, budget->network, budget->holder, quota == NULL ? NULL : method,
                              seconds, reason);
}

/* look.c: walks a network file's list of requests and keeps what came. */
#include "look.h"

#include "veha/text.h"

#include "judge.h"
#include "rating.h"
#include "tenants/probe/probe.h"

#include <curl/curl.h>
#include <string.h>

struct look {
    struct probe_look seen;
    const json_t *requests; /* of the network file */
    size_t step;            /* the next of them */
    const json_t *asked;    /* the one whose answer is awaited */
    json_t *exchanges;
    struct evidence *evidence;
};

static void release_look(void *thing)
{
    struct look *look = thing;
    json_decref(look->seen.reading);
    json_decref(look->exchanges);
}

struct look *look_new(struct pool *pool, const struct look_tools *tools, const struct network *network, const char *key)
{
    struct look *look = pool_adopt(pool, pool_alloc(pool, sizeof *look), release_look);
    look->seen = (struct probe_look){.pool = pool, .tools = tools, .network = network, .key = pool_copy(pool, key)};
    look->requests = json_object_get(network_document(network), "requests");
    look->exchanges = json_array();
    look->evidence = evidence_new(pool, &tools->evidence);
    const json_t *api = json_object_get(network_document(network), "api");
    look->seen.probe = probe_find(json_string_value(json_object_get(api, "kind")));
    return look;
}

/* Is the request wanted after what is known so far? "nothing" stands for no reading yet. */
static bool is_wanted(const struct look *look, const json_t *request)
{
    const json_t *after = json_object_get(request, "after");
    const char *state = look->seen.reading == NULL ? "nothing" : reading_state(look->seen.reading);
    for (size_t i = 0; i < json_array_size(after); i++)
        if (text_equal(json_string_value(json_array_get(after, i)), state))
            return true;
    return after == NULL;
}

static const char *fill_url(const struct look *look, const char *pattern)
{
    const char *place = strstr(pattern, "{key}");
    return pool_print(look->seen.pool, "%.*s%s%s", (int)(place - pattern), pattern, look->seen.key,
                      place + strlen("{key}"));
}

/* A line is asked once, or as many times as it says. */
static bool has_turns(const struct look *look, const json_t *line)
{
    const json_t *times = json_object_get(line, "times");
    return look->seen.turn < (times == NULL ? 1 : (int)json_integer_value(times));
}

/* False: this line cannot be asked. */
static bool fill_request(struct look *look, const json_t *line, struct look_request *request)
{
    const char *method = json_string_value(json_object_get(line, "method"));
    *request = (struct look_request){.name = json_string_value(json_object_get(line, "name")), .method = method};
    if (method != NULL)
        return look->seen.probe != NULL && look->seen.probe->ask(&look->seen, method, request);
    const char *fact = json_string_value(json_object_get(line, "fact"));
    request->url = fact != NULL ? json_string_value(reading_value(look->seen.reading, fact))
                                : fill_url(look, json_string_value(json_object_get(line, "url")));
    return request->url != NULL;
}

bool look_next(struct look *look, struct look_request *request)
{
    for (; look->step < json_array_size(look->requests); look->step++, look->seen.turn = 0) {
        const json_t *line = json_array_get(look->requests, look->step);
        if (!is_wanted(look, line) || !has_turns(look, line) || !fill_request(look, line, request))
            continue;
        look->asked = line;
        look->seen.turn++;
        return true;
    }
    return false;
}

void look_answer(struct look *look, const struct answer *answer, json_t *exchange)
{
    const char *method = json_string_value(json_object_get(look->asked, "method"));
    if (json_is_true(json_object_get(look->asked, "private")))
        evidence_add_private(look->evidence, answer, exchange);
    else
        evidence_add(look->evidence, answer, exchange);
    if (exchange != NULL) {
        json_object_set(exchange, "name", json_object_get(look->asked, "name"));
        json_array_append_new(look->exchanges, exchange);
    }
    if (method != NULL) {
        look->seen.probe->read(&look->seen, method, answer);
        return;
    }
    struct answer here = *answer;
    here.zone = calendar_zone(look->seen.tools->calendar);
    if (json_object_get(look->asked, "fact") != NULL) {
        read_feed(look->seen.tools->reader, look->seen.network, &here, look->seen.reading);
        return;
    }
    json_t *reading = read_page(look->seen.tools->reader, look->seen.tools->networks, look->seen.network, &here);
    const char *keep = json_string_value(json_object_get(look->asked, "keep"));
    if (keep != NULL && strcmp(reading_state(reading), keep) != 0) { /* a second opinion that knows no better */
        json_decref(reading);
        return;
    }
    json_decref(look->seen.reading);
    look->seen.reading = reading;
    json_object_set_new(reading, "source", json_string("page"));
}

const json_t *look_reading(const struct look *look)
{
    return look->seen.reading;
}

int look_pause(const struct look *look)
{
    return look->seen.pause;
}

bool look_alarm(const struct look *look)
{
    return look->seen.alarm;
}

json_t *look_judged(const struct look_tools *tools, const struct network *network, json_t *reading,
                    const json_t *subject, const json_t *parameters, int64_t now)
{
    const struct judge_case judged = {
        .networks = tools->networks,
        .network = network,
        .reading = reading,
        .subject = subject,
        .parameters = parameters,
        .now = now,
        .calendar = tools->calendar,
    };
    json_t *rating = tools->rubric == NULL ? NULL : rating_compute(tools->rubric, &judged);
    return json_pack("{s:s, s:O, s:i, s:i, s:O?, s:O?, s:o, s:o?}", "state", reading_state(reading), "reading", reading,
                     "network_version", network_version(network), "rules_version", JUDGE_RULES_VERSION, "title",
                     reading_value(reading, "name"), "audience", reading_value(reading, "members"), "verdicts",
                     judge(&judged), "rating", rating);
}

json_t *look_result(const struct look *look, const json_t *subject, const json_t *parameters, int64_t now)
{
    const struct probe_look *seen = &look->seen;
    json_t *result = look_judged(seen->tools, seen->network, seen->reading, subject, parameters, now);
    json_object_set(result, "requests", look->exchanges);
    json_object_set_new(result, "body_hash", json_pack("s?", evidence_hash(look->evidence)));
    json_object_set(result, "bodies", evidence_bodies(look->evidence));
    return result;
}

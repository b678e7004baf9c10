/* rating.c: adds up what is known of an account by a rubric's parts. */
#include "rating.h"

#include "veha/text.h"

#include "read.h"

#include <string.h>

enum { NOT_TOLD = -1 };

static const char *text_of(const json_t *object, const char *member)
{
    return json_string_value(json_object_get(object, member));
}

/* Of a list of weeks the last one, which stands first. */
static const json_t *number_of(const json_t *value)
{
    return json_is_array(value) ? json_array_get(value, 0) : value;
}

/* The first step the number is over; none: zero. */
static int points_for(const json_t *steps, const json_t *number)
{
    if (!json_is_number(number))
        return NOT_TOLD;
    for (size_t i = 0; i < json_array_size(steps); i++) {
        const json_t *step = json_array_get(steps, i);
        if (json_number_value(number) > json_number_value(json_object_get(step, "over")))
            return (int)json_integer_value(json_object_get(step, "points"));
    }
    return 0;
}

static int points_by_check(const struct judge_case *judged, const json_t *part, const char *check, int most)
{
    json_t *verdict = judge_check(judged, check);
    const char *result = text_of(verdict, "result");
    const char *fact = text_of(part, "fact");
    bool passed = text_equal(result, "passed");
    int points = NOT_TOLD;
    if (passed && fact == NULL)
        points = most;
    else if (fact != NULL && (passed || text_equal(result, "failed")))
        points = points_for(json_object_get(part, "steps"),
                            number_of(json_object_get(json_object_get(verdict, "facts"), fact)));
    else if (text_equal(result, "failed") && !json_is_true(json_object_get(part, "proves_only")))
        points = 0;
    json_decref(verdict);
    return points;
}

static int points_by_fact(const struct judge_case *judged, const json_t *part, const char *fact, int most)
{
    const json_t *value = reading_value(judged->reading, fact);
    const json_t *steps = json_object_get(part, "steps");
    if (steps != NULL)
        return points_for(steps, value);
    return json_is_boolean(value) ? json_is_true(value) ? most : 0 : NOT_TOLD;
}

static int points_of(const struct judge_case *judged, const json_t *part, int most)
{
    const char *check = text_of(part, "check");
    const char *fact = text_of(part, "fact");
    if (check != NULL)
        return points_by_check(judged, part, check, most);
    return fact == NULL ? NOT_TOLD : points_by_fact(judged, part, fact, most);
}

static bool rates(const json_t *document, const struct network *network)
{
    const json_t *networks = json_object_get(document, "networks");
    for (size_t i = 0; i < json_array_size(networks); i++)
        if (text_equal(json_string_value(json_array_get(networks, i)), network_code(network)))
            return true;
    return false;
}

/* Zones stand from the highest down, and the last begins at nothing. */
static const char *zone_of(const json_t *document, int points, int possible)
{
    const json_t *zones = json_object_get(document, "zones");
    size_t i = 0;
    while (i + 1 < json_array_size(zones) &&
           100 * points < possible * (int)json_integer_value(json_object_get(json_array_get(zones, i), "from")))
        i++;
    return text_of(json_array_get(zones, i), "zone");
}

json_t *rating_compute(const struct rubric *rubric, const struct judge_case *judged)
{
    const json_t *document = rubric_document(rubric);
    const json_t *list = json_object_get(document, "parts");
    struct judge_case by_rubric = *judged;
    by_rubric.parameters = json_object_get(document, "parameters");
    if (!rates(document, judged->network))
        return NULL;
    int points = 0;
    int possible = 0;
    json_t *parts = json_array();
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *part = json_array_get(list, i);
        int most = (int)json_integer_value(json_object_get(part, "points"));
        int given = points_of(&by_rubric, part, most);
        points += given == NOT_TOLD ? 0 : given;
        possible += given == NOT_TOLD ? 0 : most;
        json_array_append_new(parts, json_pack("{s:s, s:i, s:b, s:o}", "part", text_of(part, "part"), "most", most,
                                               "known", given != NOT_TOLD, "points",
                                               given == NOT_TOLD ? json_null() : json_integer(given)));
    }
    if (possible > 0)
        return json_pack("{s:s, s:O, s:i, s:i, s:s, s:o}", "rubric", text_of(document, "code"), "version",
                         json_object_get(document, "version"), "points", points, "possible", possible, "zone",
                         zone_of(document, points, possible), "parts", parts);
    json_decref(parts);
    return NULL;
}

/* rejudge.c: lays a kept reading before the judge. */
#include "rejudge.h"

#include "veha/clock.h"

#include "judge.h"

json_t *rejudge(const struct rejudge_tools *tools, const json_t *kept, const json_t *parameters)
{
    const char *at = json_string_value(json_object_get(kept, "at"));
    struct judge_case judged = {
        .networks = tools->networks,
        .network = network_find(tools->networks, json_string_value(json_object_get(kept, "network"))),
        .reading = json_object_get(kept, "reading"),
        .subject = json_object_get(kept, "subject"),
        .parameters = parameters,
        .calendar = tools->calendar,
    };
    if (judged.network == NULL || at == NULL || !clock_read(at, &judged.now))
        return NULL;
    return judge(&judged);
}

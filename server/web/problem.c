/* problem.c: puts a fault into words and into an RFC 9457 object. */
#include "problem.h"

#include <string.h>

/* A code without words is shown as it is rather than hidden: programs still understand it. */
static json_t *words(const struct locale *locale, const char *code)
{
    const char *text = locale_code(locale, "fault", code);
    return json_string(text != NULL ? text : code);
}

/* A fault that is nothing but its kind has a title already: its detail is a sentence of its own. */
static json_t *detail(const struct fault *fault, const struct locale *locale, const char *title)
{
    bool plain = strcmp(fault->code, title) == 0;
    const char *text = plain ? locale_code(locale, "problem.detail", title) : NULL;
    return text != NULL ? json_string(text) : words(locale, fault->code);
}

static json_t *field_errors(const struct fault *fault, const struct locale *locale)
{
    json_t *errors = json_array();

    for (size_t i = 0; i < fault->field_count; i++) {
        json_t *error = json_object();
        json_object_set_new(error, "field", json_string(fault->fields[i].field));
        if (fault->fields[i].pointer != NULL)
            json_object_set_new(error, "pointer", json_sprintf("#%s", fault->fields[i].pointer));
        json_object_set_new(error, "code", json_string(fault->fields[i].code));
        json_object_set_new(error, "detail", words(locale, fault->fields[i].code));
        json_array_append_new(errors, error);
    }
    return errors;
}

json_t *problem_new(const struct fault *fault, const struct locale *locale, const char *request_id)
{
    const struct fault_type *type = fault_type(fault->kind);
    json_t *problem = json_object();

    json_object_set_new(problem, "type", json_string(type->type));
    json_object_set_new(problem, "title", words(locale, type->code));
    json_object_set_new(problem, "status", json_integer(type->status));
    json_object_set_new(problem, "detail", detail(fault, locale, type->code));
    json_object_set_new(problem, "code", json_string(fault->code));
    json_object_set_new(problem, "request_id", json_string(request_id));
    if (fault->field_count > 0)
        json_object_set_new(problem, "errors", field_errors(fault, locale));
    return problem;
}

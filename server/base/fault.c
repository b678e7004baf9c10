/* fault.c: the tables kind → HTTP answer and SQLSTATE → fault. */
#include "veha/fault.h"

#include <stdio.h>
#include <string.h>

static const struct fault_type types[] = {
    [FAULT_BAD_REQUEST] = {400, "/problems/bad-request", "bad_request"},
    [FAULT_UNSIGNED] = {401, "/problems/unsigned", "unsigned"},
    [FAULT_FORBIDDEN] = {403, "/problems/forbidden", "forbidden"},
    [FAULT_NOT_FOUND] = {404, "/problems/not-found", "not_found"},
    [FAULT_METHOD] = {405, "/problems/method", "method_not_allowed"},
    [FAULT_NOT_ACCEPTABLE] = {406, "/problems/not-acceptable", "not_acceptable"},
    [FAULT_CONFLICT] = {409, "/problems/conflict", "conflict"},
    [FAULT_STALE] = {412, "/problems/stale", "stale"},
    [FAULT_TOO_LARGE] = {413, "/problems/too-large", "too_large"},
    [FAULT_MEDIA_TYPE] = {415, "/problems/media-type", "media_type"},
    [FAULT_INVALID] = {422, "/problems/invalid", "invalid"},
    [FAULT_TOO_MANY] = {429, "/problems/too-many", "too_many"},
    [FAULT_INTERNAL] = {500, "/problems/internal", "internal"},
    [FAULT_UNAVAILABLE] = {503, "/problems/unavailable", "unavailable"},
    [FAULT_UNSURE] = {503, "/problems/unsure", "unsure"},
};

/* The first line whose state is a prefix decides, so exact states stand above their class. */
static const struct {
    const char *state;
    enum fault_kind kind;
    const char *code;
} states[] = {
    {"22", FAULT_INVALID, "invalid_value"},
    {"23503", FAULT_CONFLICT, "broken_reference"},
    {"23505", FAULT_CONFLICT, "already_exists"},
    {"23P01", FAULT_CONFLICT, "overlapping"},
    {"23", FAULT_INVALID, "invalid_value"},
    {"25006", FAULT_INTERNAL, "write_in_read_unit"},
    {"40", FAULT_UNAVAILABLE, "busy"}, /* serialisation failure, deadlock: undone, worth another try */
    {"42501", FAULT_FORBIDDEN, "forbidden"},
    {"53", FAULT_UNAVAILABLE, "database_overloaded"},
    {"55P03", FAULT_UNAVAILABLE, "busy"},     /* lock_timeout */
    {"57014", FAULT_UNAVAILABLE, "too_slow"}, /* statement_timeout */
    {"57", FAULT_UNAVAILABLE, "database_unavailable"},
    {"58", FAULT_UNAVAILABLE, "database_unavailable"},
    {"08", FAULT_UNAVAILABLE, "database_unavailable"},
};

enum { KINDS = sizeof types / sizeof types[0], STATES = sizeof states / sizeof states[0] };

const struct fault_type *fault_type(enum fault_kind kind)
{
    return &types[kind];
}

struct fault *fault_new(struct pool *pool, enum fault_kind kind, const char *code)
{
    struct fault *fault = pool_alloc(pool, sizeof *fault);
    fault->kind = kind;
    fault->code = code == NULL ? types[kind].code : pool_copy(pool, code);
    return fault;
}

struct fault *fault_detail(struct pool *pool, enum fault_kind kind, const char *code, const char *format, ...)
{
    struct fault *fault = fault_new(pool, kind, code);
    va_list arguments;
    va_start(arguments, format);
    fault->detail = pool_print_list(pool, format, arguments);
    va_end(arguments);
    return fault;
}

void fault_add(struct pool *pool, struct fault **fault, const char *field, const char *code)
{
    fault_point(pool, fault, field, NULL, code);
}

void fault_point(struct pool *pool, struct fault **fault, const char *field, const char *pointer, const char *code)
{
    if (*fault == NULL)
        *fault = fault_new(pool, FAULT_INVALID, "invalid_fields");
    size_t count = (*fault)->field_count;
    struct fault_field *fields = pool_alloc(pool, (count + 1) * sizeof *fields);
    if (count > 0)
        memcpy(fields, (*fault)->fields, count * sizeof *fields);
    fields[count] = (struct fault_field){
        .field = pool_copy(pool, field), .code = pool_copy(pool, code), .pointer = pool_copy(pool, pointer)};
    (*fault)->fields = fields;
    (*fault)->field_count = count + 1;
}

struct fault *fault_copy(struct pool *pool, const struct fault *fault)
{
    struct fault *copy = fault_new(pool, fault->kind, fault->code);
    copy->detail = pool_copy(pool, fault->detail);
    copy->fields = pool_alloc(pool, (fault->field_count + 1) * sizeof *copy->fields);
    for (size_t i = 0; i < fault->field_count; i++)
        copy->fields[copy->field_count++] =
            (struct fault_field){pool_copy(pool, fault->fields[i].field), pool_copy(pool, fault->fields[i].code),
                                 pool_copy(pool, fault->fields[i].pointer)};
    return copy;
}

/* The project's own class: the digits are the HTTP status, the message is the code. */
static struct fault *own_fault(struct pool *pool, const char *sqlstate, const char *message)
{
    int status = 0;
    if (sscanf(sqlstate, "VH%3d", &status) != 1)
        return NULL;
    for (size_t kind = 0; kind < KINDS; kind++)
        if (types[kind].status == status)
            return fault_new(pool, (enum fault_kind)kind, message);
    return NULL;
}

struct fault *fault_sqlstate(struct pool *pool, const char *sqlstate, const char *message, const char *detail)
{
    struct fault *fault = own_fault(pool, sqlstate, message);
    for (size_t line = 0; fault == NULL && line < STATES; line++)
        if (strncmp(sqlstate, states[line].state, strlen(states[line].state)) == 0)
            fault = fault_new(pool, states[line].kind, states[line].code);
    if (fault == NULL)
        fault = fault_new(pool, FAULT_INTERNAL, NULL);
    fault->detail = pool_print(pool, "%s %s%s%s", sqlstate, message == NULL ? "" : message, detail == NULL ? "" : ": ",
                               detail == NULL ? "" : detail);
    return fault;
}

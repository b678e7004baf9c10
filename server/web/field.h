/* field.h: what a field's JSON Schema says of its kind and length, for the argument reader and OpenAPI. */
#ifndef VEHA_WEB_FIELD_H
#define VEHA_WEB_FIELD_H

#include "veha/resource.h"

enum field_kind { FIELD_STRING, FIELD_INTEGER, FIELD_NUMBER, FIELD_BOOLEAN, FIELD_OBJECT };

enum field_kind field_kind(const struct field_type *type);

/* In code points: the field's own limit, else the schema's maxLength, else 200. */
size_t field_longest(const struct field *field);

#endif

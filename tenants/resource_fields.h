/* resource_fields.h: fields that resources of every kind read. */
#ifndef VEHA_TENANTS_RESOURCE_FIELDS_H
#define VEHA_TENANTS_RESOURCE_FIELDS_H

#include "veha/resource.h"

#include "field.h"

#define TENANT_URL "/tenants/{id}"

#define TENANT                                                                                                         \
    {                                                                                                                  \
        "id", FIELD_PATH, &field_id, 0, 0, "The tenant"                                                                \
    }
/* What changes a tenant shows it as it is now. */
#define NOW                                                                                                            \
    {                                                                                                                  \
        "as_of", FIELD_MADE, &field_date, FIELD_OPTIONAL, 0, NULL                                                      \
    }
#define AS_OF                                                                                                          \
    {                                                                                                                  \
        "as_of", FIELD_QUERY, &field_date, FIELD_OPTIONAL, 0, "As it was at the end of this day"                       \
    }
#define VERSION                                                                                                        \
    {                                                                                                                  \
        "version", FIELD_BODY, &field_version, FIELD_OPTIONAL, 0,                                                      \
            "The version this change was made from; If-Match says the same"                                            \
    }
#define REASON                                                                                                         \
    {                                                                                                                  \
        "reason", FIELD_BODY, &field_reason, 0, 2000, "Why; kept with the event"                                       \
    }
#define PAGE                                                                                                           \
    {"cursor", FIELD_QUERY, &field_cursor, FIELD_OPTIONAL, 2000, "Where the page before ended: its `next`"},           \
    {                                                                                                                  \
        "limit", FIELD_QUERY, &field_limit, FIELD_OPTIONAL, 0, "How many at most"                                      \
    }

#endif

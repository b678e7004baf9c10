/* privacy.c: the notice about personal data: what is kept of a person, and that it was read. */
#include "privacy.h"

static const struct field accept_fields[] = {
    {"notice", FIELD_BODY, &field_id, 0, 0, "The version of the notice that was read"},
    {0},
};

static const struct resource resources[] = {
    {.name = "privacy_show",
     .method = METHOD_GET,
     .path = "/privacy",
     .capability = CAPABILITY_SIGNED_IN,
     .summary = "The notice about personal data: what is kept of the caller, and why",
     .show = "privacy_show",
     .page = "privacy",
     .flags = RESOURCE_BEFORE_NOTICE},
    {.name = "privacy_accept",
     .method = METHOD_POST,
     .path = "/privacy",
     .capability = CAPABILITY_SIGNED_IN,
     .summary = "Say that the notice was read; nothing else is open before",
     .fields = accept_fields,
     .change = "privacy_accept",
     .show = "privacy_show",
     .see_other = "/",
     .flags = RESOURCE_BEFORE_NOTICE},
};

const struct resource_table privacy_table = {.resources = resources, .count = sizeof resources / sizeof *resources};

/* public_resources.c: what everybody may read: the region's open data, help, and the parts of pages. */
#include "design.h"
#include "public.h"
#include "resource_fields.h"
#include "resources.h"

#define PUBLIC_TENANT_URL "/public/tenants/{id}"
#define MEDIA_TABLE "text/csv"
/* Whoever is half signed in is no worse off than nobody. */
#define PUBLIC (RESOURCE_PUBLIC | RESOURCE_BEFORE_NOTICE | RESOURCE_UNFINISHED)

static const struct field fields_none[] = {{0}};

static const struct field fields_list[] = {
    {"search", FIELD_QUERY, &field_text, FIELD_OPTIONAL, 200,
     "Words of a name, an account's address, or an ИНН or ОГРН"},
    {"address", FIELD_MADE, &field_text, FIELD_OPTIONAL, 0, NULL},
    PAGE,
    {0},
};

static const struct field fields_tenant[] = {{"id", FIELD_PATH, &field_id, 0, 0, "The organisation"}, {0}};

static const struct resource resources[] = {
    {
        .name = "public_show",
        .method = METHOD_GET,
        .path = "/public",
        .capability = CAPABILITY_ANYONE,
        .summary = "How many organisations keep official pages: of the region, by network, by agency",
        .fields = fields_none,
        .handle = public_count,
        .show = "public_show",
        .page = "public",
        .flags = PUBLIC | RESOURCE_SLOW,
    },
    {
        .name = "public_coverage",
        .method = METHOD_GET,
        .path = "/public.csv",
        .capability = CAPABILITY_ANYONE,
        .summary = "The same by agency, as a table",
        .fields = fields_none,
        .handle = public_count,
        .show = "public_show",
        .media = MEDIA_TABLE,
        .flags = PUBLIC | RESOURCE_SLOW | RESOURCE_TABLE,
    },
    {
        .name = "public_list",
        .method = METHOD_GET,
        .path = "/public/tenants",
        .capability = CAPABILITY_ANYONE,
        .summary = "Organisations and their official accounts, by name",
        .fields = fields_list,
        .handle = public_search,
        .show = "public_list",
        .page = "public_list",
        .flags = PUBLIC,
    },
    {
        .name = "public_data",
        .method = METHOD_GET,
        .path = "/public/tenants.json",
        .capability = CAPABILITY_ANYONE,
        .summary = "The same, for a link",
        .fields = fields_list,
        .handle = public_search,
        .show = "public_list",
        .flags = PUBLIC | RESOURCE_DATA_ONLY,
    },
    {
        .name = "public_account_list",
        .method = METHOD_GET,
        .path = "/public/tenants.csv",
        .capability = CAPABILITY_ANYONE,
        .summary = "The same as a table, a line an account; the header Link names the next part",
        .fields = fields_list,
        .handle = public_search,
        .show = "public_account_list",
        .media = MEDIA_TABLE,
        .flags = PUBLIC | RESOURCE_TABLE,
    },
    {
        .name = "public_tenant",
        .method = METHOD_GET,
        .path = PUBLIC_TENANT_URL,
        .capability = CAPABILITY_ANYONE,
        .summary = "An organisation and its official accounts",
        .fields = fields_tenant,
        .handle = public_open,
        .show = "public_tenant",
        .page = "public_tenant",
        .flags = PUBLIC,
    },
    {
        .name = "public_badge",
        .method = METHOD_GET,
        .path = PUBLIC_TENANT_URL "/badge.svg",
        .capability = CAPABILITY_ANYONE,
        .summary = "A badge of an organisation for pages elsewhere",
        .fields = fields_tenant,
        .handle = public_open,
        .show = "public_badge",
        .page = "public_badge",
        .media = "image/svg+xml",
        .flags = PUBLIC,
    },
    {
        .name = "help_show",
        .method = METHOD_GET,
        .path = "/help",
        .capability = CAPABILITY_ANYONE,
        .summary = "What to do first, what the signs mean and whom to ask, by role",
        .fields = fields_none,
        .show = "help_show",
        .page = "help",
        .flags = RESOURCE_BEFORE_NOTICE | RESOURCE_UNFINISHED,
    },
    {
        .name = "design_show",
        .method = METHOD_GET,
        .path = "/design",
        .capability = CAPABILITY_ANYONE,
        .summary = "Every part of pages in every state, where [web] design is on",
        .fields = fields_none,
        .handle = design_show,
        .page = "design",
    },
};

const struct resource_table public_table = {.resources = resources, .count = sizeof resources / sizeof *resources};

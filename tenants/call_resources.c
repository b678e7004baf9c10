/* call_resources.c: the table of what HTTP can do with calls, reminders, what is done to many at once, and kept
 * filters. */
#include "field.h"
#include "resource_fields.h"
#include "resources.h"

#define TENANTS                                                                                                        \
    {                                                                                                                  \
        "tenants", FIELD_BODY, &field_id, FIELD_MANY, 0, "The organisations, 200 at most"                              \
    }
#define BRANCH_AND_KEY                                                                                                 \
    {"branch", FIELD_PATH, &field_branch, 0, 0, "open, keep or exempt"},                                               \
    {                                                                                                                  \
        "key", FIELD_PATH, &field_step_key, 0, 0, "The step's key in the roadmap"                                      \
    }

static const struct field fields_none[] = {{0}};

static const struct field fields_risk_list[] = {
    {"within", FIELD_QUERY, &field_id, FIELD_OPTIONAL, 0, "Only the subtree of this tenant"},
    {"network", FIELD_QUERY, &field_network, FIELD_OPTIONAL, 0, "Has an account on this network"},
    {"branch", FIELD_QUERY, &field_branch, FIELD_OPTIONAL, 0, "open, keep or exempt"},
    {"standing", FIELD_QUERY, &field_standing, FIELD_OPTIONAL, 0,
     "overdue, contradicted, returned, waiting, contested or without_account"},
    {"assigned", FIELD_QUERY, &field_assigned, FIELD_OPTIONAL, 0, "Who sees to them: me, or nobody"},
    {"called", FIELD_QUERY, &field_called, FIELD_OPTIONAL, 0,
     "recently (within a week), not_recently, or promised until a day that is to come"},
    AS_OF,
    {"noted", FIELD_QUERY, &field_id, FIELD_OPTIONAL, 0, "Whose call was just noted"},
    PAGE,
    {0},
};

static const struct field fields_call_list[] = {TENANT, PAGE, {0}};

static const struct field fields_call_note[] = {
    TENANT,
    {"outcome", FIELD_BODY, &field_call_outcome, 0, 0, "reached, no_answer, promised or refused"},
    {"note", FIELD_BODY, &field_prose, FIELD_OPTIONAL, 2000, "What was said"},
    {"again_on", FIELD_BODY, &field_date, FIELD_OPTIONAL, 0, "The day to call again; of a promise, until when"},
    {"cursor", FIELD_MADE, &field_cursor, FIELD_OPTIONAL, 0, NULL},
    {"limit", FIELD_MADE, &field_limit, FIELD_OPTIONAL, 0, NULL},
    VERSION,
    {"list", FIELD_BODY, &field_filter, FIELD_OPTIONAL, 2000, "The filters of the list that the form stands in"},
    {0},
};

static const struct field fields_chosen[] = {
    {"tenants", FIELD_QUERY, &field_id, FIELD_OPTIONAL | FIELD_MANY, 0, "The organisations, 200 at most"},
    {"chosen", FIELD_QUERY, &field_flag_, FIELD_OPTIONAL, 0, "They are all that is to be chosen: one at least"},
    {"list", FIELD_QUERY, &field_filter, FIELD_OPTIONAL, 2000, "The filters of the list they were chosen in"},
    {0},
};

static const struct field fields_bulk_remind[] = {
    TENANTS,
    {"words", FIELD_BODY, &field_prose, FIELD_OPTIONAL, 2000, "What to say beside the next step"},
    {0},
};

static const struct field fields_bulk_assign[] = {
    TENANTS,
    {"person", FIELD_BODY, &field_id, FIELD_OPTIONAL, 0, "Who sees to them; nobody when left out"},
    {0},
};

static const struct field fields_bulk_return[] = {
    TENANTS,
    {"step", FIELD_BODY, &field_step_key, 0, 0, "The step of each"},
    REASON,
    {0},
};

static const struct field fields_bulk[] = {{"id", FIELD_PATH, &field_id, 0, 0, "What was done"}, {0}};

static const struct field fields_claim_list[] = {
    BRANCH_AND_KEY,
    {"from", FIELD_QUERY, &field_id, FIELD_OPTIONAL, 0, "The organisation one came from"},
    {"tenants", FIELD_QUERY, &field_id, FIELD_OPTIONAL | FIELD_MANY, 0, "Those chosen so far, 200 at most"},
    {"chosen", FIELD_QUERY, &field_flag_, FIELD_OPTIONAL, 0, "They are all that is to be chosen: one at least"},
    {0},
};

static const struct field fields_bulk_claim[] = {
    BRANCH_AND_KEY,
    {"tenants", FIELD_BODY, &field_held_tenant, FIELD_MANY, 0,
     "TENANT, or TENANT.VERSION of its step as it was read; 200 at most"},
    {"note", FIELD_BODY, &field_prose, FIELD_OPTIONAL, 4000, "What was done"},
    {"link", FIELD_BODY, &field_url, FIELD_OPTIONAL, 1000, "Where it can be seen"},
    {0},
};

static const struct field fields_filter_save[] = {
    {"name", FIELD_BODY, &field_text, 0, 60, "What the filter is called"},
    {"path", FIELD_BODY, &field_path, 0, 200, "The page it belongs to"},
    {"query", FIELD_BODY, &field_filter, FIELD_OPTIONAL, 2000, "The page's query"},
    {0},
};

static const struct field fields_filter_remove[] = {{"id", FIELD_PATH, &field_id, 0, 0, "The filter"}, {0}};

#define CLAIMS_URL "/steps/{branch}/{key}"

static const struct resource resources[] = {
    {
        .name = "risk_list",
        .method = METHOD_GET,
        .path = "/calls",
        .capability = "call.keep",
        .summary = "Whom to call and why, the greatest risk first",
        .fields = fields_risk_list,
        .show = "risk_list",
        .past = "risk_past",
        .page = "calls",
        .flags = RESOURCE_SLOW,
    },
    {
        .name = "call_list",
        .method = METHOD_GET,
        .path = TENANT_URL "/calls",
        .capability = "call.keep",
        .summary = "The calls to one organisation, newest first",
        .fields = fields_call_list,
        .show = "call_list",
        .page = "tenant_calls",
    },
    {
        .name = "call_note",
        .method = METHOD_POST,
        .path = TENANT_URL "/calls",
        .capability = "call.keep",
        .summary = "Note how a call went",
        .fields = fields_call_note,
        .change = "call_note",
        .show = "call_list",
        .see_other = "/calls?{+list}&noted={id}|" TENANT_URL "/calls",
    },
    {
        .name = "chosen_show",
        .method = METHOD_GET,
        .path = "/calls/chosen",
        .capability = "call.keep",
        .summary = "Organisations chosen in a list, and what may be done to all of them",
        .fields = fields_chosen,
        .show = "chosen_show",
        .page = "chosen",
        .flags = RESOURCE_CHOSEN,
    },
    {
        .name = "bulk_remind",
        .method = METHOD_POST,
        .path = "/calls/remind",
        .capability = "call.keep",
        .summary = "Remind the specialists of many organisations, once a day each",
        .fields = fields_bulk_remind,
        .change = "bulk_remind",
        .show = "bulk_made",
        .see_other = "/bulks/{.id}",
    },
    {
        .name = "bulk_assign",
        .method = METHOD_POST,
        .path = "/calls/assign",
        .capability = "call.keep",
        .summary = "Say who sees to many organisations",
        .fields = fields_bulk_assign,
        .change = "bulk_assign",
        .show = "bulk_made",
        .see_other = "/bulks/{.id}",
    },
    {
        .name = "bulk_return",
        .method = METHOD_POST,
        .path = "/calls/return",
        .capability = "step.decide",
        .summary = "Return one step of many organisations with one reason",
        .fields = fields_bulk_return,
        .change = "bulk_return",
        .show = "bulk_made",
        .see_other = "/bulks/{.id}",
    },
    {
        .name = "bulk_show",
        .method = METHOD_GET,
        .path = "/bulks/{id}",
        .capability = CAPABILITY_SIGNED_IN,
        .summary = "What became of each organisation that the caller did something to at once",
        .fields = fields_bulk,
        .show = "bulk_show",
        .page = "bulk",
    },
    {
        .name = "claim_list",
        .method = METHOD_GET,
        .path = CLAIMS_URL,
        .capability = "step.claim",
        .summary = "One step in all of a specialist's organisations",
        .fields = fields_claim_list,
        .show = "claim_list",
        .page = "claims",
        .flags = RESOURCE_CHOSEN,
    },
    {
        .name = "bulk_claim",
        .method = METHOD_POST,
        .path = CLAIMS_URL,
        .capability = "step.claim",
        .summary = "Tick one step in many organisations, all of them or none",
        .fields = fields_bulk_claim,
        .change = "bulk_claim",
        .show = "bulk_made",
        .see_other = "/bulks/{.id}|" CLAIMS_URL,
    },
    {
        .name = "filter_list",
        .method = METHOD_GET,
        .path = "/filters",
        .capability = CAPABILITY_SIGNED_IN,
        .summary = "The caller's own filters, by name",
        .fields = fields_none,
        .show = "filter_list",
        .page = "filters",
    },
    {
        .name = "filter_save",
        .method = METHOD_POST,
        .path = "/filters",
        .capability = CAPABILITY_SIGNED_IN,
        .summary = "Keep a filter under a name; the same name again changes it",
        .fields = fields_filter_save,
        .change = "filter_save",
        .show = "filter_list",
        .see_other = "{+path}?{+query}|{+path}",
    },
    {
        .name = "filter_remove",
        .method = METHOD_POST,
        .path = "/filters/{id}/remove",
        .capability = CAPABILITY_SIGNED_IN,
        .summary = "Forget a filter",
        .fields = fields_filter_remove,
        .change = "filter_remove",
        .show = "filter_list",
        .see_other = "/filters",
    },
};

const struct resource_table call_table = {
    .resources = resources, .count = sizeof resources / sizeof *resources, .beside = &public_table};

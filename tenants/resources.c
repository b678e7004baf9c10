/* resources.c: the first table of what HTTP can do with tenants, their accounts and looks, and the region; others stand
 * beside it. */
#include "resources.h"

#include "account.h"
#include "body.h"
#include "design.h"
#include "field.h"
#include "job.h"
#include "resource_fields.h"
#include "trial.h"

static const struct field fields_none[] = {{0}};

static const struct field fields_workplace[] = {
    {"tenant", FIELD_QUERY, &field_id, FIELD_OPTIONAL, 0, "Only this one of the own organisations"},
    {"status", FIELD_QUERY, &field_step_status, FIELD_OPTIONAL, 0, "Only steps of this status, up to 200 of them"},
    {0},
};

static const struct field fields_overview[] = {
    {"within", FIELD_QUERY, &field_id, FIELD_OPTIONAL, 0, "Only the subtree of this tenant"},
    AS_OF,
    {0},
};

static const struct field fields_difference[] = {
    {"from", FIELD_QUERY, &field_date, FIELD_OPTIONAL, 0, "The earlier day, at its end; a week back"},
    {"to", FIELD_QUERY, &field_date, FIELD_OPTIONAL, 0, "The later day, at its end; today"},
    {"direction", FIELD_QUERY, &field_direction, FIELD_OPTIONAL, 0, "risen or fallen; risen"},
    {"within", FIELD_QUERY, &field_id, FIELD_OPTIONAL, 0, "Only the subtree of this tenant"},
    PAGE,
    {0},
};

static const struct field fields_matrix[] = {
    {"within", FIELD_QUERY, &field_id, FIELD_OPTIONAL, 0, "Only the subtree of this tenant"},
    {"branch", FIELD_QUERY, &field_branch, FIELD_OPTIONAL, 0, "open, keep or exempt; the one most follow"},
    {"search", FIELD_QUERY, &field_text, FIELD_OPTIONAL, 200,
     "Words of a name, an account's address, or an ИНН or ОГРН"},
    {"step", FIELD_QUERY, &field_step_key, FIELD_OPTIONAL, 0, "The step that `status` and `overdue` speak of; any"},
    {"status", FIELD_QUERY, &field_step_status, FIELD_OPTIONAL, 0, "Has a step of this status"},
    {"overdue", FIELD_QUERY, &field_flag_, FIELD_OPTIONAL, 0, "Has an overdue step"},
    AS_OF,
    {"address", FIELD_MADE, &field_text, FIELD_OPTIONAL, 0, NULL},
    PAGE,
    {0},
};

static const struct field fields_live[] = {
    {"tenant", FIELD_QUERY, &field_id, FIELD_OPTIONAL, 0, "Only of this tenant"},
    {"step", FIELD_QUERY, &field_step_key, FIELD_OPTIONAL, 0, "Only what concerns this step, or no single one"},
    {"within", FIELD_QUERY, &field_id, FIELD_OPTIONAL, 0, "Only of the subtree of this tenant"},
    {"after", FIELD_QUERY, &field_version, FIELD_OPTIONAL, 0, "The last number known; Last-Event-ID says the same"},
    {0},
};

static const struct field fields_tenant_list[] = {
    {"search", FIELD_QUERY, &field_text, FIELD_OPTIONAL, 200,
     "Words of a name, an account's address, or an ИНН or ОГРН"},
    {"kind", FIELD_QUERY, &field_tenant_kind, FIELD_OPTIONAL, 0, "agency, municipality or organisation"},
    {"branch", FIELD_QUERY, &field_branch, FIELD_OPTIONAL, 0, "open, keep or exempt"},
    {"network", FIELD_QUERY, &field_network, FIELD_OPTIONAL, 0, "Has an account on this network"},
    {"parent", FIELD_QUERY, &field_id, FIELD_OPTIONAL, 0, "Only below this tenant"},
    {"standing", FIELD_QUERY, &field_standing, FIELD_OPTIONAL, 0,
     "overdue, contradicted, returned, waiting, contested or without_account"},
    {"closed", FIELD_QUERY, &field_flag_, FIELD_OPTIONAL, 0, "The closed ones instead"},
    AS_OF,
    {"address", FIELD_MADE, &field_text, FIELD_OPTIONAL, 0, NULL},
    PAGE,
    {0},
};

static const struct field fields_search[] = {
    {"q", FIELD_QUERY, &field_text, FIELD_OPTIONAL, 200, "Words, an ИНН or ОГРН, or an account's address"},
    {"network", FIELD_MADE, &field_network, FIELD_OPTIONAL, 0, NULL},
    {"address", FIELD_MADE, &field_text, FIELD_OPTIONAL, 0, NULL},
    {0},
};

static const struct field fields_tenant_create[] = {
    {"parent", FIELD_BODY, &field_id, 0, 0, "The tenant above"},
    {"kind", FIELD_BODY, &field_tenant_kind, 0, 0, "agency, municipality or organisation"},
    {"name", FIELD_BODY, &field_text, 0, 1000, "Full name"},
    {"short_name", FIELD_BODY, &field_text, FIELD_OPTIONAL, 500, "Short name"},
    {"inn", FIELD_BODY, &field_inn, FIELD_OPTIONAL, 0, "ИНН"},
    {"ogrn", FIELD_BODY, &field_ogrn, FIELD_OPTIONAL, 0, "ОГРН"},
    {0},
};

static const struct field fields_tenant[] = {TENANT, {0}};
static const struct field fields_tenant_then[] = {TENANT, AS_OF, {0}};

static const struct field fields_tenant_rename[] = {
    TENANT,
    {"name", FIELD_BODY, &field_text, 0, 1000, "Full name"},
    {"short_name", FIELD_BODY, &field_text, FIELD_OPTIONAL, 500, "Short name"},
    REASON,
    VERSION,
    NOW,
    {0},
};

static const struct field fields_tenant_mend[] = {
    TENANT,
    {"inn", FIELD_BODY, &field_inn, FIELD_OPTIONAL, 0, "ИНН"},
    {"ogrn", FIELD_BODY, &field_ogrn, FIELD_OPTIONAL, 0, "ОГРН"},
    REASON,
    VERSION,
    NOW,
    {0},
};

static const struct field fields_tenant_move[] = {
    TENANT, {"parent", FIELD_BODY, &field_id, 0, 0, "The new tenant above"}, REASON, VERSION, NOW, {0},
};

static const struct field fields_tenant_merge[] = {
    TENANT, {"into", FIELD_BODY, &field_id, 0, 0, "The tenant that goes on"}, REASON, VERSION, NOW, {0},
};

static const struct field fields_tenant_reason[] = {TENANT, REASON, VERSION, NOW, {0}};

static const struct field fields_tenant_page[] = {TENANT, PAGE, {0}};

static const struct field fields_audit[] = {
    TENANT,
    {"deed", FIELD_QUERY, &field_deed, FIELD_OPTIONAL, 0, "read or change; both"},
    {"person", FIELD_QUERY, &field_id, FIELD_OPTIONAL, 0, "Only what this person did"},
    {"since", FIELD_QUERY, &field_date, FIELD_OPTIONAL, 0, "The first day, in the region's time"},
    {"until", FIELD_QUERY, &field_date, FIELD_OPTIONAL, 0, "The last day"},
    PAGE,
    {0},
};

static const struct field fields_account_create[] = {
    TENANT,
    {"address", FIELD_BODY, &field_account, 0, 500, "The account's address in any spelling"},
    {"network", FIELD_MADE, &field_network, FIELD_OPTIONAL, 0, NULL},
    {"key", FIELD_MADE, &field_text, FIELD_OPTIONAL, 0, NULL},
    {"url", FIELD_MADE, &field_url, FIELD_OPTIONAL, 0, NULL},
    VERSION,
    NOW,
    {0},
};

static const struct field fields_preview_request[] = {
    TENANT,
    {"address", FIELD_BODY, &field_account, 0, 500, "The address in any spelling"},
    {"network", FIELD_MADE, &field_network, FIELD_OPTIONAL, 0, NULL},
    {"key", FIELD_MADE, &field_text, FIELD_OPTIONAL, 0, NULL},
    {"url", FIELD_MADE, &field_url, FIELD_OPTIONAL, 0, NULL},
    {0},
};

static const struct field fields_preview[] = {
    TENANT,
    {"preview", FIELD_PATH, &field_id, 0, 0, "The preview"},
    {0},
};

static const struct field fields_account_poster[] = {
    TENANT,
    {"account", FIELD_PATH, &field_id, 0, 0, "The account"},
    {0},
};

static const struct field fields_account_remove[] = {
    TENANT, {"account", FIELD_PATH, &field_id, 0, 0, "The account"}, REASON, VERSION, NOW, {0},
};

static const struct field fields_look_list[] = {
    TENANT,
    {"account", FIELD_QUERY, &field_id, FIELD_OPTIONAL, 0, "Only looks at this account"},
    PAGE,
    {0},
};

static const struct field fields_look_request[] = {
    TENANT, {"account", FIELD_QUERY, &field_id, FIELD_OPTIONAL, 0, "Only looks at this account"}, PAGE, VERSION, {0},
};

#define LOOK                                                                                                           \
    {                                                                                                                  \
        "look", FIELD_PATH, &field_id, 0, 0, "The look"                                                                \
    }

static const struct field fields_look[] = {TENANT, LOOK, {0}};

static const struct field fields_look_body[] = {
    TENANT,
    LOOK,
    {"request", FIELD_QUERY, &field_id, FIELD_OPTIONAL, 0, "Which request of the look, from 1: its `number`"},
    {0},
};

static const struct field fields_trial_create[] = {
    {"branch", FIELD_PATH, &field_branch, 0, 0, "open, keep or exempt"},
    {"roadmap", FIELD_BODY, &field_roadmap, 0, 0, "The candidate, as a file of templates/roadmaps"},
    {"within", FIELD_BODY, &field_id, FIELD_OPTIONAL, 0, "Only the subtree of this tenant"},
    {0},
};

static const struct field fields_trial[] = {{"id", FIELD_PATH, &field_id, 0, 0, "The trial"}, PAGE, {0}};

static const struct field fields_job_lease[] = {
    {"network", FIELD_BODY, &field_network, FIELD_OPTIONAL | FIELD_MANY, 0, "Only accounts on these networks"},
    {"most", FIELD_BODY, &field_job_most, FIELD_OPTIONAL, 0, "How many looks at most; 10"},
    {"lease", FIELD_MADE, &field_text, FIELD_OPTIONAL, 0, NULL},
    {"quiet", FIELD_MADE, &field_text, FIELD_OPTIONAL, 0, NULL},
    {0},
};

static const struct field fields_job_result[] = {
    {"id", FIELD_PATH, &field_id, 0, 0, "The look's job"},
    {"fence", FIELD_BODY, &field_fence, 0, 0, "The fence that came with the job"},
    {"reading", FIELD_BODY, &field_reading, 0, 0, "What was seen: state, source, facts, posts, links"},
    {"requests", FIELD_BODY, &field_exchange, FIELD_OPTIONAL | FIELD_MANY, 0, "What was asked, and what came"},
    {"seen", FIELD_MADE, &field_text, FIELD_OPTIONAL, 0, NULL},
    {0},
};

static const struct field fields_page[] = {PAGE, {0}};

static const struct field fields_inbox_read[] = {
    {"notice", FIELD_BODY, &field_id, FIELD_OPTIONAL, 0, "Only this one"},
    {"cursor", FIELD_MADE, &field_cursor, FIELD_OPTIONAL, 0, NULL},
    {"limit", FIELD_MADE, &field_limit, FIELD_OPTIONAL, 0, NULL},
    {0},
};

static const struct resource resources[] = {
    /* Reading */
    {
        .name = "workplace_show",
        .method = METHOD_GET,
        .path = "/",
        .capability = CAPABILITY_SIGNED_IN,
        .summary = "Own organisations and tasks, most urgent first",
        .fields = fields_workplace,
        .show = "workplace_show",
        .page = "workplace",
    },
    {
        .name = "overview_show",
        .method = METHOD_GET,
        .path = "/overview",
        .capability = "overview.read",
        .summary = "What was reported and what was seen, counted apart",
        .fields = fields_overview,
        .show = "overview_show",
        .page = "overview",
        .flags = RESOURCE_SLOW,
    },
    {
        .name = "difference_list",
        .method = METHOD_GET,
        .path = "/difference",
        .capability = "overview.read",
        .summary = "Organisations by what changed between two days, those that rose or those that fell",
        .fields = fields_difference,
        .show = "difference_list",
        .page = "difference",
        .flags = RESOURCE_TABLE | RESOURCE_SLOW,
    },
    {
        .name = "matrix_show",
        .method = METHOD_GET,
        .path = "/matrix",
        .capability = "overview.read",
        .summary = "The steps of a branch: how far each part of the tree is, and each organisation by name",
        .fields = fields_matrix,
        .handle = account_search,
        .show = "matrix_show",
        .past = "matrix_past",
        .page = "matrix",
        .columns = "id name short_name inn ogrn parent.name overdue overdue_steps",
        .flags = RESOURCE_SLOW | RESOURCE_TABLE,
    },
    {
        .name = "live_show",
        .method = METHOD_GET,
        .path = "/live",
        .capability = "tenant.read",
        .summary = "Which organisations changed after a number, and with text/event-stream which change from now on",
        .fields = fields_live,
        .show = "live_show",
        .handle = request_follow,
        .flags = RESOURCE_DATA_ONLY | RESOURCE_LIVE,
    },
    {
        .name = "inbox_list",
        .method = METHOD_GET,
        .path = "/inbox",
        .capability = CAPABILITY_SIGNED_IN,
        .summary = "What the caller was told, newest first",
        .fields = fields_page,
        .show = "inbox_list",
        .page = "inbox",
    },
    {
        .name = "inbox_read",
        .method = METHOD_POST,
        .path = "/inbox/read",
        .capability = CAPABILITY_SIGNED_IN,
        .summary = "Mark one of it, or all, as read",
        .fields = fields_inbox_read,
        .change = "inbox_read",
        .show = "inbox_list",
        .see_other = "/inbox",
    },
    {
        .name = "network_list",
        .method = METHOD_GET,
        .path = "/networks",
        .capability = CAPABILITY_SIGNED_IN,
        .summary = "Which checks each network can tell",
        .fields = fields_none,
        .show = "network_list",
        .page = "networks",
    },
    {
        .name = "tenant_list",
        .method = METHOD_GET,
        .path = "/tenants",
        .capability = "tenant.read",
        .summary = "Tenants in scope, by name",
        .fields = fields_tenant_list,
        .handle = account_search,
        .show = "tenant_list",
        .page = "tenants",
        .columns = "id name short_name kind:tenant.kind inn ogrn category parent.name branch:branch "
                   "accounts.*.network:network steps.total steps.reported steps.seen steps.confirmed "
                   "steps.contradicted steps.returned steps.overdue closed_at",
        .flags = RESOURCE_TABLE,
    },
    {
        .name = "search_list",
        .method = METHOD_GET,
        .path = "/search",
        .capability = "tenant.read",
        .summary = "What is found by words, numbers or an address: organisations, people the caller manages, own steps",
        .fields = fields_search,
        .handle = account_find,
        .show = "search_list",
        .page = "search",
        .see_other = "/tenants/{.exact}",
        .flags = RESOURCE_SLOW,
    },
    {
        .name = "tenant_show",
        .method = METHOD_GET,
        .path = TENANT_URL,
        .capability = "tenant.read",
        .summary = "A tenant with its accounts and roadmap",
        .fields = fields_tenant_then,
        .show = "tenant_show",
        .page = "tenant",
    },
    {
        .name = "tenant_edit",
        .method = METHOD_GET,
        .path = TENANT_URL "/edit",
        .capability = "tenant.change",
        .summary = "What can be changed of a tenant, and where it could go",
        .fields = fields_tenant,
        .show = "tenant_edit",
        .page = "tenant_edit",
    },
    {
        .name = "tenant_history",
        .method = METHOD_GET,
        .path = TENANT_URL "/history",
        .capability = "tenant.read",
        .summary = "What happened to a tenant, newest first",
        .fields = fields_tenant_page,
        .show = "tenant_history",
        .page = "tenant_history",
        .columns = "at kind:event step_title account.network:network account.address reason who whom heir",
        .flags = RESOURCE_TABLE | RESOURCE_PERSONAL,
    },
    {
        .name = "audit_list",
        .method = METHOD_GET,
        .path = TENANT_URL "/audit",
        .capability = "audit.read",
        .summary = "Who read and who changed a tenant, when and from where, newest first",
        .fields = fields_audit,
        .show = "audit_list",
        .page = "audit",
        .columns = "at who actor:actor address resource:read kind:event step_title account.network:network "
                   "account.address reason",
        .flags = RESOURCE_TABLE | RESOURCE_PERSONAL,
    },
    {
        .name = "roadmap_show",
        .method = METHOD_GET,
        .path = TENANT_URL "/roadmap",
        .capability = "tenant.read",
        .summary = "A tenant's roadmap, step by step",
        .fields = fields_tenant_then,
        .show = "roadmap_show",
        .page = "roadmap",
    },
    {
        .name = "look_list",
        .method = METHOD_GET,
        .path = TENANT_URL "/looks",
        .capability = "tenant.read",
        .summary = "Looks at a tenant's accounts, newest first, and those still to come",
        .fields = fields_look_list,
        .show = "look_list",
        .page = "looks",
        .columns = "at account.network:network account.address state:account.state "
                   "verdicts.*.check:check.short verdicts.*.result:verdict rating",
        .flags = RESOURCE_TABLE,
    },
    {
        .name = "look_show",
        .method = METHOD_GET,
        .path = TENANT_URL "/looks/{look}",
        .capability = "tenant.read",
        .summary = "All that is kept of one look: what was asked, what came, what it means",
        .fields = fields_look,
        .show = "look_show",
        .page = "look",
    },
    {
        .name = "look_body",
        .method = METHOD_GET,
        .path = TENANT_URL "/looks/{look}/body",
        .capability = "body.read",
        .summary = "The bytes that a look read, as long as they are kept; an attachment",
        .fields = fields_look_body,
        .handle = body_download,
        .media = "application/octet-stream",
    },
    /* Roadmaps that are not published yet */
    {
        .name = "roadmap_list",
        .method = METHOD_GET,
        .path = "/roadmaps",
        .capability = "roadmap.try",
        .summary = "The roadmaps that are published, and the newest trials of others",
        .fields = fields_none,
        .show = "roadmap_list",
        .page = "roadmaps",
    },
    {
        .name = "trial_create",
        .method = METHOD_POST,
        .path = "/roadmaps/{branch}/dry-run",
        .capability = "roadmap.try",
        .summary = "Ask what a roadmap would change, before it is published",
        .fields = fields_trial_create,
        .handle = trial_read,
        .change = "trial_create",
        .show = "trial_made",
        .see_other = "/trials/{.id}",
        .created = "/trials/{.id}",
        .flags = RESOURCE_LATER,
    },
    {
        .name = "trial_show",
        .method = METHOD_GET,
        .path = "/trials/{id}",
        .capability = "roadmap.try",
        .summary = "How many steps of how many tenants a roadmap would change, and which",
        .fields = fields_trial,
        .show = "trial_show",
        .page = "trial",
        .columns = "tenant.name steps.*.title steps.*.was:step.status steps.*.becomes:step.status",
        .flags = RESOURCE_TABLE,
    },
    {
        .name = "verification_show",
        .method = METHOD_GET,
        .path = "/verification",
        .capability = "verification.read",
        .summary = "How verification fares: what is wrong, the queue, the workers, each network",
        .fields = fields_none,
        .show = "verification_show",
        .page = "verification",
        .flags = RESOURCE_SLOW,
    },
    /* A tenant's life */
    {
        .name = "tenant_create",
        .method = METHOD_POST,
        .path = "/tenants",
        .capability = "tenant.move",
        .summary = "Add a tenant below another",
        .fields = fields_tenant_create,
        .change = "tenant_create",
        .show = "tenant_made",
        .see_other = "/tenants/{.id}",
        .created = "/tenants/{.id}",
        .flags = RESOURCE_SLOW,
    },
    {
        .name = "tenant_rename",
        .method = METHOD_POST,
        .path = TENANT_URL "/rename",
        .capability = "tenant.change",
        .summary = "Give a tenant another name",
        .fields = fields_tenant_rename,
        .change = "tenant_rename",
        .show = "tenant_show",
        .see_other = TENANT_URL,
    },
    {
        .name = "tenant_mend",
        .method = METHOD_POST,
        .path = TENANT_URL "/mend",
        .capability = "tenant.change",
        .summary = "Mend a wrong ИНН or ОГРН",
        .fields = fields_tenant_mend,
        .change = "tenant_mend",
        .show = "tenant_show",
        .see_other = TENANT_URL,
    },
    {
        .name = "tenant_move",
        .method = METHOD_POST,
        .path = TENANT_URL "/move",
        .capability = "tenant.move",
        .summary = "Move a tenant and all below it",
        .fields = fields_tenant_move,
        .change = "tenant_move",
        .show = "tenant_show",
        .see_other = TENANT_URL,
        .flags = RESOURCE_SLOW,
    },
    {
        .name = "tenant_merge",
        .method = METHOD_POST,
        .path = TENANT_URL "/merge",
        .capability = "tenant.move",
        .summary = "Merge a tenant into another",
        .fields = fields_tenant_merge,
        .change = "tenant_merge",
        .show = "tenant_show",
        .see_other = TENANT_URL,
    },
    {
        .name = "tenant_close",
        .method = METHOD_POST,
        .path = TENANT_URL "/close",
        .capability = "tenant.move",
        .summary = "Close a tenant",
        .fields = fields_tenant_reason,
        .change = "tenant_close",
        .show = "tenant_show",
        .see_other = TENANT_URL,
    },
    {
        .name = "tenant_reopen",
        .method = METHOD_POST,
        .path = TENANT_URL "/reopen",
        .capability = "tenant.move",
        .summary = "Open a closed tenant again",
        .fields = fields_tenant_reason,
        .change = "tenant_reopen",
        .show = "tenant_show",
        .see_other = TENANT_URL,
    },
    /* Accounts and looks */
    {
        .name = "account_create",
        .method = METHOD_POST,
        .path = TENANT_URL "/accounts",
        .capability = "account.change",
        .summary = "Register an account by its address",
        .fields = fields_account_create,
        .handle = account_canonicalise,
        .change = "account_create",
        .show = "tenant_show",
        .see_other = TENANT_URL,
        .created = TENANT_URL,
    },
    {
        .name = "preview_request",
        .method = METHOD_POST,
        .path = TENANT_URL "/accounts/preview",
        .capability = "account.change",
        .summary = "Ask what an address is, before it is registered",
        .fields = fields_preview_request,
        .handle = account_canonicalise,
        .change = "preview_request",
        .show = "preview_made",
        .see_other = TENANT_URL "/previews/{.id}",
        .created = TENANT_URL "/previews/{.id}",
        .flags = RESOURCE_LATER,
    },
    {
        .name = "preview_show",
        .method = METHOD_GET,
        .path = TENANT_URL "/previews/{preview}",
        .capability = "account.change",
        .summary = "What an address is, as far as it has been looked at; kept for a day",
        .fields = fields_preview,
        .show = "preview_show",
        .page = "preview",
    },
    {
        .name = "account_qr",
        .method = METHOD_GET,
        .path = TENANT_URL "/accounts/{account}/qr",
        .capability = "tenant.read",
        .summary = "An account as a poster tells it; pages draw its QR code",
        .fields = fields_account_poster,
        .handle = account_poster,
        .show = "account_qr",
        .page = "account_qr",
    },
    {
        .name = "account_qr_svg",
        .method = METHOD_GET,
        .path = TENANT_URL "/accounts/{account}/qr.svg",
        .capability = "tenant.read",
        .summary = "The QR code of an account as a drawing; an attachment",
        .fields = fields_account_poster,
        .handle = account_poster_svg,
        .media = "image/svg+xml",
    },
    {
        .name = "account_remove",
        .method = METHOD_POST,
        .path = TENANT_URL "/accounts/{account}/remove",
        .capability = "account.change",
        .summary = "End an account's registration",
        .fields = fields_account_remove,
        .change = "account_remove",
        .show = "tenant_show",
        .see_other = TENANT_URL,
    },
    {
        .name = "look_request",
        .method = METHOD_POST,
        .path = TENANT_URL "/looks",
        .capability = "look.request",
        .summary = "Look at every account of a tenant now",
        .fields = fields_look_request,
        .change = "look_request",
        .show = "look_list",
        .see_other = TENANT_URL,
    },
    /* Looks that programs make outside the house */
    {
        .name = "job_lease",
        .method = METHOD_POST,
        .path = "/jobs/take",
        .capability = "job.take",
        .summary = "Take looks that are due; each is the caller's until its lease runs out",
        .fields = fields_job_lease,
        .handle = job_lease,
        .show = "job_lease",
        .flags = RESOURCE_DATA_ONLY,
    },
    {
        .name = "job_result",
        .method = METHOD_POST,
        .path = "/jobs/{id}/result",
        .capability = "job.record",
        .summary = "Say what was seen, once; the rules of the house judge it",
        .fields = fields_job_result,
        .handle = job_result,
        .show = "job_result",
        .flags = RESOURCE_DATA_ONLY,
    },
    {
        .name = "reliability_show",
        .method = METHOD_GET,
        .path = "/reliability",
        .capability = "overview.read",
        .summary = "How far each check on each network can be trusted",
        .fields = fields_none,
        .show = "reliability_show",
        .page = "reliability",
        .columns = "network_title check:check tells:tells looks unknown unknown_share blocked blocked_share "
                   "claims in_time in_time_share sampled unclear accepted rejected",
        .flags = RESOURCE_SLOW | RESOURCE_TABLE,
    },
};

static bool load(const struct config *config)
{
    return account_load(config) && job_load(config) && design_load(config);
}

const struct resource_table tenants_table = {
    .resources = resources,
    .count = sizeof resources / sizeof *resources,
    .title = "Веха",
    .version = "0.1.0",
    .watch = "verification_watch",
    .live = "live_changes",
    .noted = TENANT_URL,
    .note = "access_note",
    .exported = "export_note",
    .reader = "reader_show",
    .load = load,
    .beside = &step_table,
};

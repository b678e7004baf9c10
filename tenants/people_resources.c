/* people_resources.c: the table of what HTTP can do with people, their memberships and invitations. */
#include "field.h"
#include "invitation.h"
#include "resource_fields.h"
#include "resources.h"

#define PERSON                                                                                                         \
    {                                                                                                                  \
        "id", FIELD_PATH, &field_id, 0, 0, "The person"                                                                \
    }
#define INVITATION                                                                                                     \
    {                                                                                                                  \
        "id", FIELD_PATH, &field_id, 0, 0, "The invitation"                                                            \
    }
#define DAYS                                                                                                           \
    {                                                                                                                  \
        "days", FIELD_MADE, &field_text, FIELD_OPTIONAL, 0, NULL                                                       \
    }

static const struct field fields_person_list[] = {
    {"search", FIELD_QUERY, &field_text, FIELD_OPTIONAL, 200, "Part of a name or login"},
    {"state", FIELD_QUERY, &field_person_state, FIELD_OPTIONAL, 0,
     "active, invited, expired, idle, locked or disabled"},
    {"role", FIELD_QUERY, &field_role, FIELD_OPTIONAL, 0, "Who has this role somewhere in scope"},
    {"within", FIELD_QUERY, &field_id, FIELD_OPTIONAL, 0, "Who works in the subtree of this tenant"},
    PAGE,
    {0},
};

static const struct field fields_person[] = {PERSON, {0}};
static const struct field fields_person_reason[] = {PERSON, REASON, VERSION, {0}};
static const struct field fields_person_unlock[] = {PERSON, VERSION, {0}};

static const struct field fields_person_hand_over[] = {
    PERSON, {"to", FIELD_BODY, &field_text, 0, 200, "The login of who takes over; somebody in the caller's scope"},
    REASON, VERSION,
    {0},
};

static const struct field fields_membership_add[] = {
    PERSON,
    {"role", FIELD_BODY, &field_role, 0, 0, "A role below the caller's own"},
    {"tenant", FIELD_BODY, &field_id, FIELD_OPTIONAL, 0, "Where, with all below it"},
    {"organisation", FIELD_BODY, &field_organisation, FIELD_OPTIONAL, 0, "Or its ОГРН or ИНН"},
    VERSION,
    {0},
};

static const struct field fields_membership_end[] = {
    PERSON, {"membership", FIELD_PATH, &field_id, 0, 0, "The membership"}, REASON, VERSION, {0},
};

static const struct field fields_invitation_list[] = {PAGE, {0}};

static const struct field fields_invitation_create[] = {
    {"name", FIELD_BODY, &field_text, 0, 200, "Family name and first names"},
    {"login", FIELD_BODY, &field_login, 0, 200,
     "The name for signing in; when it is an e-mail address, a letter goes there"},
    {"role", FIELD_BODY, &field_role, 0, 0, "A role below the caller's own"},
    {"tenants", FIELD_BODY, &field_id, FIELD_OPTIONAL | FIELD_MANY, 0, "Where, each with all below it"},
    {"organisations", FIELD_BODY, &field_organisation, FIELD_OPTIONAL | FIELD_MANY, 0,
     "And organisations by ОГРН or ИНН"},
    {"hash", FIELD_MADE, &field_text, FIELD_OPTIONAL, 0, NULL},
    {"link", FIELD_MADE, &field_text, FIELD_OPTIONAL, 0, NULL},
    DAYS,
    {0},
};

static const struct field fields_invitation_import[] = {
    {"table", FIELD_BODY, &field_table, 0, 300000,
     "Rows of a spreadsheet, the first one their titles: name, login or e-mail, role, ОГРН or ИНН"},
    {"rows", FIELD_MADE, &field_text, FIELD_OPTIONAL, 0, NULL},
    DAYS,
    {0},
};

static const struct field fields_invitation_resend[] = {
    INVITATION, {"wanted", FIELD_MADE, &field_text, FIELD_OPTIONAL, 0, NULL}, DAYS, VERSION, {0},
};

static const struct field fields_invitation_revoke[] = {INVITATION, REASON, VERSION, {0}};

static const struct field fields_invitation_print[] = {
    {"invitations", FIELD_BODY, &field_id, FIELD_MANY, 0,
     "The invitations; links given before are good for nothing afterwards"},
    {"wanted", FIELD_MADE, &field_text, FIELD_OPTIONAL, 0, NULL},
    DAYS,
    {0},
};

#define PERSON_URL "/people/{id}"

static const struct resource resources[] = {
    {
        .name = "person_list",
        .method = METHOD_GET,
        .path = "/people",
        .capability = "person.manage",
        .summary = "The people who work in scope and those who are invited, by name",
        .fields = fields_person_list,
        .show = "person_list",
        .page = "people",
        .flags = RESOURCE_SLOW | RESOURCE_TABLE,
    },
    {
        .name = "person_show",
        .method = METHOD_GET,
        .path = PERSON_URL,
        .capability = "person.manage",
        .summary = "A person, as far as they work in scope",
        .fields = fields_person,
        .show = "person_show",
        .page = "person",
    },
    {
        .name = "person_disable",
        .method = METHOD_POST,
        .path = PERSON_URL "/disable",
        .capability = "person.manage",
        .summary = "Shut a person out; all their sessions end at once",
        .fields = fields_person_reason,
        .change = "person_disable",
        .show = "person_show",
        .see_other = PERSON_URL,
    },
    {
        .name = "person_enable",
        .method = METHOD_POST,
        .path = PERSON_URL "/enable",
        .capability = "person.manage",
        .summary = "Let in again whoever was disabled or idle",
        .fields = fields_person_reason,
        .change = "person_enable",
        .show = "person_show",
        .see_other = PERSON_URL,
    },
    {
        .name = "person_unlock",
        .method = METHOD_POST,
        .path = PERSON_URL "/unlock",
        .capability = "person.manage",
        .summary = "Forgive the attempts to sign in that lock a person out",
        .fields = fields_person_unlock,
        .change = "person_unlock",
        .show = "person_show",
        .see_other = PERSON_URL,
    },
    {
        .name = "person_hand_over",
        .method = METHOD_POST,
        .path = PERSON_URL "/hand-over",
        .capability = "person.manage",
        .summary = "Give all that a person does in scope to another",
        .fields = fields_person_hand_over,
        .change = "person_hand_over",
        .show = "person_left",
        .see_other = "/people?search={to}",
    },
    {
        .name = "membership_add",
        .method = METHOD_POST,
        .path = PERSON_URL "/memberships",
        .capability = "person.manage",
        .summary = "Give a person a role at a tenant and all below it",
        .fields = fields_membership_add,
        .change = "membership_add",
        .show = "person_show",
        .see_other = PERSON_URL,
    },
    {
        .name = "membership_end",
        .method = METHOD_POST,
        .path = PERSON_URL "/memberships/{membership}/end",
        .capability = "person.manage",
        .summary = "Take a role away",
        .fields = fields_membership_end,
        .change = "membership_end",
        .show = "person_left",
        .see_other = "/people",
    },
    {
        .name = "invitation_list",
        .method = METHOD_GET,
        .path = "/invitations",
        .capability = "person.manage",
        .summary = "Invitations that wait, newest first",
        .fields = fields_invitation_list,
        .show = "invitation_list",
        .page = "invitations",
        .flags = RESOURCE_TABLE,
    },
    {
        .name = "invitation_create",
        .method = METHOD_POST,
        .path = "/invitations",
        .capability = "person.manage",
        .summary = "Invite somebody; the answer alone has the link",
        .fields = fields_invitation_create,
        .handle = invitation_create,
        .change = "invitation_create",
        .show = "invitation_made",
        .page = "invitation_sheet",
        .see_other = "/invitations",
    },
    {
        .name = "invitation_import",
        .method = METHOD_POST,
        .path = "/invitations/import",
        .capability = "person.manage",
        .summary = "Invite many by a table; bad rows are told, the others go in, again changes nothing",
        .fields = fields_invitation_import,
        .handle = invitation_import,
        .change = "invitation_import",
        .show = "invitation_made",
        .page = "invitation_sheet",
        .see_other = "/invitations",
    },
    {
        .name = "invitation_print",
        .method = METHOD_POST,
        .path = "/invitations/sheet",
        .capability = "person.manage",
        .summary = "New links for a sheet of paper, in place of those given before",
        .fields = fields_invitation_print,
        .handle = invitation_print,
        .change = "invitation_renew",
        .show = "invitation_made",
        .page = "invitation_sheet",
        .see_other = "/invitations",
    },
    {
        .name = "invitation_resend",
        .method = METHOD_POST,
        .path = "/invitations/{id}/resend",
        .capability = "person.manage",
        .summary = "A new link and letter in place of the one before",
        .fields = fields_invitation_resend,
        .handle = invitation_resend,
        .change = "invitation_renew",
        .show = "invitation_made",
        .page = "invitation_sheet",
        .see_other = "/invitations",
    },
    {
        .name = "invitation_revoke",
        .method = METHOD_POST,
        .path = "/invitations/{id}/revoke",
        .capability = "person.manage",
        .summary = "Take an invitation back",
        .fields = fields_invitation_revoke,
        .change = "invitation_revoke",
        .show = "invitation_made",
        .see_other = "/invitations",
    },
};

const struct resource_table people_table = {
    .resources = resources,
    .count = sizeof resources / sizeof *resources,
    .beside = &public_table,
};

/* step_resources.c: the table of what HTTP can do with steps: ticks, evidence, words about them, due dates, and the
 * queue of what waits for a decision. */
#include "field.h"
#include "file.h"
#include "resource_fields.h"
#include "resources.h"

#define STEP                                                                                                           \
    {                                                                                                                  \
        "key", FIELD_PATH, &field_step_key, 0, 0, "The step's key in the roadmap"                                      \
    }
/* Where a form of the queue came from, so that it leads to the next one. */
#define FROM_QUEUE                                                                                                     \
    {"queue", FIELD_BODY, &field_queue, FIELD_OPTIONAL, 0, "The queue to return to"},                                  \
        {"network", FIELD_BODY, &field_network, FIELD_OPTIONAL, 0, "Its filter"},                                      \
    {                                                                                                                  \
        "after", FIELD_BODY, &field_cursor, FIELD_OPTIONAL, 2000, "The place in it: the `cursor` of what was decided"  \
    }

static const struct field fields_step[] = {TENANT, STEP, {0}};
static const struct field fields_step_then[] = {TENANT, STEP, AS_OF, {0}};

static const struct field fields_step_claim[] = {
    TENANT,
    STEP,
    {"note", FIELD_BODY, &field_prose, FIELD_OPTIONAL, 4000, "What was done"},
    {"link", FIELD_BODY, &field_url, FIELD_OPTIONAL, 1000, "Where it can be seen"},
    VERSION,
    {0},
};

/* Beside what a tick takes: where the form leads, when somebody wants to send it at once. */
static const struct field fields_step_draft[] = {
    TENANT,
    STEP,
    {"note", FIELD_BODY, &field_prose, FIELD_OPTIONAL, 4000, "What was done"},
    {"link", FIELD_BODY, &field_url, FIELD_OPTIONAL, 1000, "Where it can be seen"},
    {"then", FIELD_BODY, &field_draft_then, FIELD_OPTIONAL, 0, "check: a form leads on to what would be sent"},
    VERSION,
    {0},
};

static const struct field fields_step_send[] = {TENANT, STEP, VERSION, {0}};

static const struct field fields_step_comment[] = {
    TENANT, STEP, {"comment", FIELD_BODY, &field_reason, 0, 2000, "What the other side is to read"}, VERSION, {0},
};

static const struct field fields_comment_withdraw[] = {
    TENANT, STEP, {"comment", FIELD_PATH, &field_id, 0, 0, "The comment"}, VERSION, {0},
};

static const struct field fields_step_withdraw[] = {
    TENANT, STEP, {"reason", FIELD_BODY, &field_prose, FIELD_OPTIONAL, 2000, "Why"}, VERSION, {0},
};

static const struct field fields_file_add[] = {
    TENANT,
    STEP,
    {"file", FIELD_BODY, &field_upload, 0, FILE_BYTES_MAX, "PDF, PNG, JPEG or WebP, of 10 MB at most"},
    {"kind", FIELD_MADE, &field_text, FIELD_OPTIONAL, 0, NULL},
    {"name", FIELD_MADE, &field_text, FIELD_OPTIONAL, 0, NULL},
    {"content", FIELD_MADE, &field_text, FIELD_OPTIONAL, 0, NULL},
    VERSION,
    {0},
};

#define FILE_OF_STEP                                                                                                   \
    {                                                                                                                  \
        "file", FIELD_PATH, &field_id, 0, 0, "The file"                                                                \
    }

static const struct field fields_file[] = {TENANT, STEP, FILE_OF_STEP, {0}};

static const struct field fields_file_remove[] = {
    TENANT, STEP, FILE_OF_STEP, {"reason", FIELD_BODY, &field_prose, FIELD_OPTIONAL, 2000, "Why"}, VERSION, {0},
};

static const struct field fields_file_restore[] = {TENANT, STEP, FILE_OF_STEP, VERSION, {0}};

static const struct field fields_step_decide[] = {
    TENANT,
    STEP,
    {"word", FIELD_BODY, &field_decision, 0, 0, "confirmed or returned"},
    REASON,
    {"until", FIELD_BODY, &field_date, FIELD_OPTIONAL, 0, "The last day a confirmation holds"},
    VERSION,
    FROM_QUEUE,
    {0},
};

static const struct field fields_step_due_show[] = {
    TENANT,
    STEP,
    {"due_on", FIELD_QUERY, &field_date, FIELD_OPTIONAL, 0, "The day that is tried"},
    {0},
};

static const struct field fields_step_due[] = {
    TENANT,
    STEP,
    {"due_on", FIELD_BODY, &field_date, FIELD_OPTIONAL, 0, "The new due date; the roadmap's own again"},
    REASON,
    VERSION,
    {0},
};

static const struct field fields_deadline_show[] = {
    {"deadline", FIELD_QUERY, &field_date, FIELD_OPTIONAL, 0, "The day that is tried"},
    {0},
};

static const struct field fields_deadline_change[] = {
    {"deadline", FIELD_BODY, &field_date, 0, 0, "The new deadline"},
    REASON,
    VERSION,
    {0},
};

static const struct field fields_step_dispute[] = {
    TENANT,
    STEP,
    {"reason", FIELD_BODY, &field_reason, 0, 2000, "Why what the look says is not so"},
    {"link", FIELD_BODY, &field_url, FIELD_OPTIONAL, 1000, "Where it can be seen"},
    VERSION,
    {0},
};

static const struct field fields_dispute_decide[] = {
    TENANT,
    STEP,
    {"outcome", FIELD_BODY, &field_outcome, 0, 0, "accepted or rejected"},
    REASON,
    {"until", FIELD_BODY, &field_date, FIELD_OPTIONAL, 0, "The last day an acceptance holds"},
    VERSION,
    FROM_QUEUE,
    {0},
};

static const struct field fields_sample_answer[] = {
    TENANT,
    {"sample", FIELD_PATH, &field_id, 0, 0, "The sample"},
    {"answer", FIELD_BODY, &field_answer, 0, 0, "agreed, disagreed or unclear"},
    {"note", FIELD_BODY, &field_prose, FIELD_OPTIONAL, 2000, "What is really so; wanted of who disagrees"},
    VERSION,
    FROM_QUEUE,
    NOW,
    {0},
};

static const struct field fields_decision_undo[] = {
    TENANT,
    STEP,
    VERSION,
    {"queue", FIELD_BODY, &field_queue, FIELD_OPTIONAL, 0, "The queue to return to"},
    {"network", FIELD_BODY, &field_network, FIELD_OPTIONAL, 0, "Its filter"},
    {0},
};

static const struct field fields_sample_undo[] = {
    TENANT,
    {"sample", FIELD_PATH, &field_id, 0, 0, "The sample"},
    VERSION,
    {"queue", FIELD_BODY, &field_queue, FIELD_OPTIONAL, 0, "The queue to return to"},
    {"network", FIELD_BODY, &field_network, FIELD_OPTIONAL, 0, "Its filter"},
    {0},
};

static const struct field fields_queue[] = {
    {"queue", FIELD_QUERY, &field_queue, FIELD_OPTIONAL, 0,
     "contradiction, dispute, sample, unknown, answered or returned; the first of which something waits"},
    {"network", FIELD_QUERY, &field_network, FIELD_OPTIONAL, 0, "Only what an account on this network says"},
    AS_OF,
    PAGE,
    {0},
};

#define STEP_URL "/tenants/{id}/steps/{key}"
/* Back to the queue, at what is undecided again. */
#define UNDONE_URL "/queue?queue={queue}&network={network}&cursor={.cursor}|/queue?queue={queue}&cursor={.cursor}|"
/* Back to the queue, at what comes next, when the form came from there. */
#define QUEUE_URL "/queue?queue={queue}&network={network}&cursor={after}|/queue?queue={queue}&cursor={after}|"

static const struct resource resources[] = {
    /* Reading */
    {
        .name = "step_show",
        .method = METHOD_GET,
        .path = STEP_URL,
        .capability = "tenant.read",
        .summary = "What a step asks, what was reported, what was seen",
        .fields = fields_step_then,
        .show = "step_show",
        .past = "step_past",
        .page = "step",
    },
    {
        .name = "step_history",
        .method = METHOD_GET,
        .path = STEP_URL "/history",
        .capability = "tenant.read",
        .summary = "All that was ever true and said of a step, newest first",
        .fields = fields_step,
        .show = "step_history",
        .page = "step_history",
    },
    {
        .name = "step_check",
        .method = METHOD_GET,
        .path = STEP_URL "/check",
        .capability = "step.claim",
        .summary = "What a draft would send",
        .fields = fields_step,
        .show = "step_show",
        .page = "step_check",
    },
    /* Steps */
    {
        .name = "step_claim",
        .method = METHOD_POST,
        .path = STEP_URL "/claim",
        .capability = "step.claim",
        .summary = "Tick a step; a curator's tick is recorded as made on behalf",
        .fields = fields_step_claim,
        .change = "step_claim",
        .show = "step_show",
        .see_other = STEP_URL,
    },
    {
        .name = "step_draft",
        .method = METHOD_POST,
        .path = STEP_URL "/draft",
        .capability = "step.claim",
        .summary = "Keep evidence without ticking",
        .fields = fields_step_draft,
        .change = "step_draft",
        .show = "step_show",
        .see_other = STEP_URL "/{then}|" STEP_URL,
    },
    {
        .name = "step_send",
        .method = METHOD_POST,
        .path = STEP_URL "/check",
        .capability = "step.claim",
        .summary = "Tick a step with what its draft holds",
        .fields = fields_step_send,
        .change = "step_send",
        .show = "step_show",
        .see_other = STEP_URL,
    },
    {
        .name = "step_withdraw",
        .method = METHOD_POST,
        .path = STEP_URL "/withdraw",
        .capability = "step.claim",
        .summary = "Take a tick back",
        .fields = fields_step_withdraw,
        .change = "step_withdraw",
        .show = "step_show",
        .see_other = STEP_URL,
    },
    {
        .name = "file_add",
        .method = METHOD_POST,
        .path = STEP_URL "/files",
        .capability = "step.claim",
        .summary = "Add a file to the evidence of a step",
        .fields = fields_file_add,
        .change = "file_add",
        .show = "file_made",
        .handle = file_upload,
        .see_other = STEP_URL "#files",
        .created = STEP_URL "/files/{.id}",
    },
    {
        .name = "file_show",
        .method = METHOD_GET,
        .path = STEP_URL "/files/{file}",
        .capability = "tenant.read",
        .summary = "The bytes of a file: a picture, or an attachment",
        .fields = fields_file,
        .handle = file_download,
        .media = "*/*",
    },
    {
        .name = "file_remove",
        .method = METHOD_POST,
        .path = STEP_URL "/files/{file}/remove",
        .capability = "step.claim",
        .summary = "Take a file out of the evidence; what was claimed with it keeps it",
        .fields = fields_file_remove,
        .change = "file_remove",
        .show = "file_made",
        .see_other = STEP_URL "#files",
    },
    {
        .name = "file_restore",
        .method = METHOD_POST,
        .path = STEP_URL "/files/{file}/restore",
        .capability = "step.claim",
        .summary = "Put a removed file back",
        .fields = fields_file_restore,
        .change = "file_restore",
        .show = "file_made",
        .see_other = STEP_URL "#files",
        .created = STEP_URL "/files/{.id}",
    },
    {
        .name = "step_decide",
        .method = METHOD_POST,
        .path = STEP_URL "/decision",
        .capability = "step.decide",
        .summary = "Confirm or return a step, with a reason",
        .fields = fields_step_decide,
        .change = "step_decide",
        .show = "step_show",
        .see_other = QUEUE_URL STEP_URL,
    },
    {
        .name = "decision_undo",
        .method = METHOD_POST,
        .path = STEP_URL "/decision/undo",
        .capability = "step.decide",
        .summary = "Take one's own last word on a step back, within ten minutes, if nothing was done about it since",
        .fields = fields_decision_undo,
        .change = "decision_undo",
        .show = "decision_undone",
        .see_other = UNDONE_URL STEP_URL,
    },
    /* Comments */
    {
        .name = "step_comment",
        .method = METHOD_POST,
        .path = STEP_URL "/comments",
        .capability = "step.comment",
        .summary = "Write to the other side about a step",
        .fields = fields_step_comment,
        .change = "step_comment",
        .show = "step_show",
        .see_other = STEP_URL "#comments",
    },
    {
        .name = "comment_withdraw",
        .method = METHOD_POST,
        .path = STEP_URL "/comments/{comment}/withdraw",
        .capability = "step.comment",
        .summary = "Take an own comment back while it is new",
        .fields = fields_comment_withdraw,
        .change = "comment_withdraw",
        .show = "step_show",
        .see_other = STEP_URL "#comments",
    },
    /* Due dates */
    {
        .name = "step_due_show",
        .method = METHOD_GET,
        .path = STEP_URL "/due",
        .capability = "step.decide",
        .summary = "A step's due date, and what another one would move",
        .fields = fields_step_due_show,
        .show = "step_due_show",
        .page = "step_due",
    },
    {
        .name = "step_due",
        .method = METHOD_POST,
        .path = STEP_URL "/due",
        .capability = "step.decide",
        .summary = "Give a step a due date of its own, or the roadmap's again",
        .fields = fields_step_due,
        .change = "step_due",
        .show = "step_show",
        .see_other = STEP_URL,
    },
    {
        .name = "deadline_show",
        .method = METHOD_GET,
        .path = "/deadline",
        .capability = "deadline.change",
        .summary = "The region's deadline, and what another one would move",
        .fields = fields_deadline_show,
        .show = "deadline_show",
        .page = "deadline",
        .flags = RESOURCE_SLOW,
    },
    {
        .name = "deadline_change",
        .method = METHOD_POST,
        .path = "/deadline",
        .capability = "deadline.change",
        .summary = "Move the region's deadline, and all due dates that follow from it",
        .fields = fields_deadline_change,
        .change = "deadline_change",
        .show = "deadline_show",
        .see_other = "/deadline",
        .flags = RESOURCE_SLOW,
    },
    /* Disputes and samples */
    {
        .name = "step_dispute",
        .method = METHOD_POST,
        .path = STEP_URL "/dispute",
        .capability = "step.dispute",
        .summary = "Contest what a look says of a step",
        .fields = fields_step_dispute,
        .change = "step_dispute",
        .show = "step_show",
        .see_other = STEP_URL,
    },
    {
        .name = "dispute_withdraw",
        .method = METHOD_POST,
        .path = STEP_URL "/dispute/withdraw",
        .capability = "step.dispute",
        .summary = "Take a dispute back",
        .fields = fields_step_withdraw,
        .change = "dispute_withdraw",
        .show = "step_show",
        .see_other = STEP_URL,
    },
    {
        .name = "dispute_decide",
        .method = METHOD_POST,
        .path = STEP_URL "/dispute/decision",
        .capability = "step.decide",
        .summary = "Accept a dispute, which confirms the step, or reject it, with a reason",
        .fields = fields_dispute_decide,
        .change = "dispute_decide",
        .show = "step_show",
        .see_other = QUEUE_URL STEP_URL,
    },
    {
        .name = "queue_list",
        .method = METHOD_GET,
        .path = "/queue",
        .capability = "step.decide",
        .summary = "What waits for a curator's word, one kind at a time",
        .fields = fields_queue,
        .show = "queue_list",
        .past = "queue_past",
        .page = "queue",
        .flags = RESOURCE_SLOW,
    },
    {
        .name = "sample_answer",
        .method = METHOD_POST,
        .path = TENANT_URL "/samples/{sample}",
        .capability = "step.decide",
        .summary = "Say whether what the machine said of a page is so",
        .fields = fields_sample_answer,
        .change = "sample_answer",
        .show = "tenant_show",
        .see_other = QUEUE_URL TENANT_URL,
    },
    {
        .name = "sample_undo",
        .method = METHOD_POST,
        .path = TENANT_URL "/samples/{sample}/undo",
        .capability = "step.decide",
        .summary = "Take one's own answer to a sample back, within ten minutes",
        .fields = fields_sample_undo,
        .change = "sample_undo",
        .show = "sample_undone",
        .see_other = UNDONE_URL TENANT_URL,
    },
};

const struct resource_table step_table = {
    .resources = resources, .count = sizeof resources / sizeof *resources, .beside = &people_table};

/* field.c: reads the domain's own kinds of value: numbers with check digits, listed codes, addresses, reasons. */
#include "field.h"

#include "veha/text.h"

#include "check.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Digits only, without the spaces people put between them and the apostrophe a spreadsheet puts before them. */
static char *compact(struct pool *pool, const char *text)
{
    char *compacted = text_tidy(pool, text);
    char *out = compacted;
    const char *in = compacted;
    if (*in == '\'') {
        in++;
    }
    for (; *in != '\0'; in++) {
        if (*in != ' ') {
            *out++ = *in;
        }
    }
    *out = '\0';
    return compacted;
}

/* ---- ИНН: weighted sums modulo 11, the last digit of the remainder (order ММВ-7-6/435@). ---- */

static const int inn_weights_10[] = {2, 4, 10, 3, 5, 9, 4, 6, 8};
static const int inn_weights_11[] = {7, 2, 4, 10, 3, 5, 9, 4, 6, 8};
static const int inn_weights_12[] = {3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8};

static bool weighs(const char *digits, const int *weights, size_t count)
{
    int sum = 0;
    for (size_t i = 0; i < count; i++) {
        sum += (digits[i] - '0') * weights[i];
    }
    return sum % 11 % 10 == digits[count] - '0';
}

/* Zeros alone satisfy every sum. */
static bool all_zeros(const char *digits)
{
    return digits[strspn(digits, "0")] == '\0';
}

static bool inn_sound(const char *inn, size_t length)
{
    if (all_zeros(inn)) {
        return false;
    }
    return length == 10 ? weighs(inn, inn_weights_10, 9)
                        : weighs(inn, inn_weights_11, 10) && weighs(inn, inn_weights_12, 11);
}

static const char *read_inn(struct pool *pool, const char *text, const char **canonical)
{
    char *inn = compact(pool, text);
    size_t length = strlen(inn);
    if (length == 0) {
        return "required";
    }
    if (!text_is_digits(inn)) {
        return "inn_digits";
    }
    if (length == 9 || length == 11) {
        *canonical = pool_print(pool, "0%s", inn);
        return inn_sound(*canonical, length + 1) ? "inn_zero_lost" : "inn_length";
    }
    if (length != 10 && length != 12) {
        return "inn_length";
    }
    if (!inn_sound(inn, length)) {
        return "inn_check_digit";
    }
    *canonical = inn;
    return NULL;
}

/* ---- ОГРН: the number without its last digit, modulo 11 (13 digits) or 13 (15 digits, ОГРНИП). ---- */

static bool ogrn_sound(const char *ogrn, size_t length)
{
    int modulus = length == 13 ? 11 : 13;
    int rest = 0;
    for (size_t i = 0; i + 1 < length; i++) {
        rest = (rest * 10 + ogrn[i] - '0') % modulus;
    }
    return ogrn[0] != '0' && rest % 10 == ogrn[length - 1] - '0';
}

/* "1,0728E+12": a spreadsheet showed the number and lost its digits. */
static bool is_rounded(const char *text)
{
    size_t mantissa = strspn(text, "0123456789.,");
    if (mantissa == 0 || (text[mantissa] != 'E' && text[mantissa] != 'e')) {
        return false;
    }
    const char *exponent = text + mantissa + 1;
    exponent += *exponent == '+';
    return text_is_digits(exponent);
}

static const char *read_ogrn(struct pool *pool, const char *text, const char **canonical)
{
    char *ogrn = compact(pool, text);
    size_t length = strlen(ogrn);
    if (length == 0) {
        return "required";
    }
    if (!text_is_digits(ogrn)) {
        return is_rounded(ogrn) ? "ogrn_rounded" : "ogrn_digits";
    }
    if (length != 13 && length != 15) {
        return "ogrn_length";
    }
    if (!ogrn_sound(ogrn, length)) {
        return "ogrn_check_digit";
    }
    *canonical = ogrn;
    return NULL;
}

/* ---- codes ---- */

enum { CODE_LONGEST = 40 };

/* A lower-case English word with underscores: what keys and codes of data files look like. */
static bool is_code(const char *text)
{
    size_t length = strlen(text);
    return length > 0 && length <= CODE_LONGEST && text[0] >= 'a' && text[0] <= 'z' &&
           text[strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_")] == '\0';
}

static const char *read_step_key(struct pool *pool, const char *text, const char **canonical)
{
    const char *key = text_tidy(pool, text);
    if (!is_code(key)) {
        return "step_key_unreadable";
    }
    *canonical = key;
    return NULL;
}

static const char *read_network(struct pool *pool, const char *text, const char **canonical)
{
    const char *code = text_tidy(pool, text);
    if (!is_code(code)) {
        return "network_unreadable";
    }
    *canonical = code;
    return NULL;
}

/* The closed lists (of kinds, those that people make: the region is there from the start); each also stands in its
 * type's schema below, and a test holds the two together. */
static const char *const tenant_kinds[] = {"agency", "municipality", "organisation", NULL};
static const char *const roles[] = {"region_admin", "curator", "coordinator", "specialist", "observer", NULL};
static const char *const decisions[] = {"confirmed", "returned", NULL};
static const char *const outcomes[] = {"accepted", "rejected", NULL};
static const char *const answers[] = {"agreed", "disagreed", "unclear", NULL};
static const char *const deeds[] = {"read", "change", NULL};
static const char *const directions[] = {"risen", "fallen", NULL};
static const char *const queues[] = {"contradiction", "dispute", "sample", "unknown", "answered", "returned", NULL};
static const char *const draft_thens[] = {"check", NULL};
static const char *const person_states[] = {"active", "invited", "expired", "idle", "locked", "disabled", NULL};
static const char *const branches[] = {"open", "keep", "exempt", NULL};
static const char *const step_statuses[] = {"not_started",  "in_progress", "claimed",        "verified",
                                            "contradicted", "returned",    "not_applicable", NULL};
static const char *const standings[] = {"overdue",   "contradicted",    "returned", "waiting",
                                        "contested", "without_account", NULL};

static const char *const call_outcomes[] = {"reached", "no_answer", "promised", "refused", NULL};
static const char *const called[] = {"recently", "not_recently", "promised", NULL};
static const char *const assigned[] = {"me", "nobody", NULL};

static const char *read_listed(struct pool *pool, const char *text, const char *const *list, const char *unknown,
                               const char **canonical)
{
    const char *wanted = text_tidy(pool, text);
    for (; *list != NULL; list++) {
        if (strcasecmp(*list, wanted) == 0) {
            *canonical = *list;
            return NULL;
        }
    }
    return *wanted == '\0' ? "required" : unknown;
}

static const char *read_check(struct pool *pool, const char *text, const char **canonical)
{
    const char *wanted = text_tidy(pool, text);
    for (size_t i = 0; i < check_rule_count; i++) {
        if (strcasecmp(check_rules[i].code, wanted) == 0) {
            *canonical = check_rules[i].code;
            return NULL;
        }
    }
    return *wanted == '\0' ? "required" : "check_unknown";
}

static const char *read_tenant_kind(struct pool *pool, const char *text, const char **canonical)
{
    return read_listed(pool, text, tenant_kinds, "tenant_kind_unknown", canonical);
}

static const char *read_role(struct pool *pool, const char *text, const char **canonical)
{
    return read_listed(pool, text, roles, "role_unknown", canonical);
}

static const char *read_decision(struct pool *pool, const char *text, const char **canonical)
{
    return read_listed(pool, text, decisions, "decision_unknown", canonical);
}

static const char *read_outcome(struct pool *pool, const char *text, const char **canonical)
{
    return read_listed(pool, text, outcomes, "outcome_unknown", canonical);
}

static const char *read_answer(struct pool *pool, const char *text, const char **canonical)
{
    return read_listed(pool, text, answers, "answer_unknown", canonical);
}

static const char *read_queue(struct pool *pool, const char *text, const char **canonical)
{
    return read_listed(pool, text, queues, "queue_unknown", canonical);
}

static const char *read_direction(struct pool *pool, const char *text, const char **canonical)
{
    return read_listed(pool, text, directions, "direction_unknown", canonical);
}

static const char *read_step_status(struct pool *pool, const char *text, const char **canonical)
{
    return read_listed(pool, text, step_statuses, "step_status_unknown", canonical);
}

static const char *read_draft_then(struct pool *pool, const char *text, const char **canonical)
{
    return read_listed(pool, text, draft_thens, "draft_then_unknown", canonical);
}

static const char *read_deed(struct pool *pool, const char *text, const char **canonical)
{
    return read_listed(pool, text, deeds, "deed_unknown", canonical);
}

static const char *read_person_state(struct pool *pool, const char *text, const char **canonical)
{
    return read_listed(pool, text, person_states, "person_state_unknown", canonical);
}

static const char *read_branch(struct pool *pool, const char *text, const char **canonical)
{
    return read_listed(pool, text, branches, "branch_unknown", canonical);
}

static const char *read_standing(struct pool *pool, const char *text, const char **canonical)
{
    return read_listed(pool, text, standings, "standing_unknown", canonical);
}

static const char *read_call_outcome(struct pool *pool, const char *text, const char **canonical)
{
    return read_listed(pool, text, call_outcomes, "call_outcome_unknown", canonical);
}

static const char *read_called(struct pool *pool, const char *text, const char **canonical)
{
    return read_listed(pool, text, called, "called_unknown", canonical);
}

static const char *read_assigned(struct pool *pool, const char *text, const char **canonical)
{
    return read_listed(pool, text, assigned, "assigned_unknown", canonical);
}

/* ---- lists and what is chosen in them ---- */

/* A whole number from `least` on that SQL's type of so many digits holds, without zeros before it. */
static bool is_number(const char *text, size_t length, char least, size_t longest)
{
    return length > 0 && length <= longest && strspn(text, "0123456789") >= length &&
           (text[0] >= '1' || (length == 1 && text[0] >= least));
}

static const char *read_held_tenant(struct pool *pool, const char *text, const char **canonical)
{
    enum { ID_DIGITS = 18, VERSION_DIGITS = 9 };
    const char *held = text_tidy(pool, text);
    size_t length = strcspn(held, ".");
    if (*held == '\0') {
        return "required";
    }
    if (!is_number(held, length, '1', ID_DIGITS) ||
        (held[length] == '.' && !is_number(held + length + 1, strlen(held + length + 1), '0', VERSION_DIGITS))) {
        return "tenant_unreadable";
    }
    *canonical = held;
    return NULL;
}

/* Both are put into links as they are: nothing in them may lead out of here or be more than it seems. */
static const char *read_path(struct pool *pool, const char *text, const char **canonical)
{
    const char *path = text_tidy(pool, text);
    if (*path == '\0') {
        return "required";
    }
    if (path[0] != '/' || path[1] == '/' || path[strspn(path, "abcdefghijklmnopqrstuvwxyz_/-")] != '\0') {
        return "path_unreadable";
    }
    *canonical = path;
    return NULL;
}

static const char *read_filter(struct pool *pool, const char *text, const char **canonical)
{
    const char *filter = text_tidy(pool, text);
    if (*filter == '\0') {
        return "required";
    }
    if (filter[strspn(filter, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~%+*=&")] != '\0') {
        return "filter_unreadable";
    }
    *canonical = filter;
    return NULL;
}

/* ---- people ---- */

/* NAME@HOST.DOMAIN, as far as letters can be sent there; whether they arrive is for the mail to say. */
static bool is_address(const char *text)
{
    const char *at = strchr(text, '@');
    const char *dot = at == NULL ? NULL : strrchr(at, '.');
    return at != NULL && at > text && strchr(at + 1, '@') == NULL && dot != NULL && dot > at + 1 && dot[1] != '\0' &&
           strpbrk(text, "<>\"(),:;[]\\") == NULL;
}

static const char *read_login(struct pool *pool, const char *text, const char **canonical)
{
    const char *login = text_tidy(pool, text);
    if (*login == '\0') {
        return "required";
    }
    if (strchr(login, ' ') != NULL || text_length(login) > 200 || (strchr(login, '@') != NULL && !is_address(login))) {
        return "login_unreadable";
    }
    *canonical = login;
    return NULL;
}

static const char *read_organisation(struct pool *pool, const char *text, const char **canonical)
{
    enum { INN_LONGEST = 12 };
    const char *number = compact(pool, text);
    const char *code =
        strlen(number) <= INN_LONGEST ? read_inn(pool, number, canonical) : read_ogrn(pool, number, canonical);
    if (text_equal(code, "inn_length") || text_equal(code, "ogrn_length"))
        return "organisation_length"; /* nobody knows which of both was meant */
    return text_equal(code, "inn_zero_lost") ? NULL : code;
}

/* ---- text ---- */

static const char *read_account(struct pool *pool, const char *text, const char **canonical)
{
    const char *address = text_tidy(pool, text);
    if (*address == '\0') {
        return "required";
    }
    *canonical = address;
    return NULL;
}

static const char *read_reason(struct pool *pool, const char *text, const char **canonical)
{
    const char *tidy = text_tidy(pool, text);
    if (*tidy == '\0') {
        return "required";
    }
    return field_prose.read(pool, text, canonical);
}

const struct field_type field_inn = {
    .name = "inn", .schema = "{\"type\":\"string\",\"pattern\":\"^([0-9]{10}|[0-9]{12})$\"}", .read = read_inn};

const struct field_type field_ogrn = {
    .name = "ogrn", .schema = "{\"type\":\"string\",\"pattern\":\"^([0-9]{13}|[0-9]{15})$\"}", .read = read_ogrn};

const struct field_type field_step_key = {.name = "step_key",
                                          .schema = "{\"type\":\"string\",\"pattern\":\"^[a-z][a-z0-9_]{0,39}$\"}",
                                          .read = read_step_key};

const struct field_type field_network = {
    .name = "network", .schema = "{\"type\":\"string\",\"pattern\":\"^[a-z][a-z0-9_]{0,39}$\"}", .read = read_network};

const struct field_type field_check = {.name = "check", .schema = check_schema, .read = read_check};

const struct field_type field_account = {
    .name = "account", .schema = "{\"type\":\"string\",\"minLength\":1}", .read = read_account};

const struct field_type field_tenant_kind = {
    .name = "tenant_kind",
    .schema = "{\"type\":\"string\",\"enum\":[\"agency\",\"municipality\",\"organisation\"]}",
    .read = read_tenant_kind};

const struct field_type field_role = {
    .name = "role",
    .schema =
        "{\"type\":\"string\",\"enum\":[\"region_admin\",\"curator\",\"coordinator\",\"specialist\",\"observer\"]}",
    .read = read_role};

const struct field_type field_login = {
    .name = "login", .schema = "{\"type\":\"string\",\"minLength\":1,\"maxLength\":200}", .read = read_login};

const struct field_type field_organisation = {
    .name = "organisation",
    .schema = "{\"type\":\"string\",\"pattern\":\"^([0-9]{10}|[0-9]{12}|[0-9]{13}|[0-9]{15})$\"}",
    .read = read_organisation};

const struct field_type field_person_state = {
    .name = "person_state",
    .schema = "{\"type\":\"string\",\"enum\":[\"active\",\"invited\",\"expired\",\"idle\",\"locked\",\"disabled\"]}",
    .read = read_person_state};

/* As it is: a tab parts cells, and a handle reads it. */
static const char *read_table(struct pool *pool, const char *text, const char **canonical)
{
    *canonical = text;
    return *text_tidy(pool, text) == '\0' ? "required" : NULL;
}

const struct field_type field_table = {
    .name = "table", .schema = "{\"type\":\"string\",\"minLength\":1}", .read = read_table};

const struct field_type field_reason = {
    .name = "reason", .schema = "{\"type\":\"string\",\"minLength\":1}", .read = read_reason};

const struct field_type field_decision = {
    .name = "decision", .schema = "{\"type\":\"string\",\"enum\":[\"confirmed\",\"returned\"]}", .read = read_decision};

const struct field_type field_outcome = {
    .name = "outcome", .schema = "{\"type\":\"string\",\"enum\":[\"accepted\",\"rejected\"]}", .read = read_outcome};

const struct field_type field_answer = {.name = "answer",
                                        .schema =
                                            "{\"type\":\"string\",\"enum\":[\"agreed\",\"disagreed\",\"unclear\"]}",
                                        .read = read_answer};

const struct field_type field_queue = {.name = "queue",
                                       .schema = "{\"type\":\"string\",\"enum\":[\"contradiction\",\"dispute\","
                                                 "\"sample\",\"unknown\",\"answered\",\"returned\"]}",
                                       .read = read_queue};

const struct field_type field_direction = {
    .name = "direction", .schema = "{\"type\":\"string\",\"enum\":[\"risen\",\"fallen\"]}", .read = read_direction};

const struct field_type field_step_status = {
    .name = "step_status",
    .schema =
        "{\"type\":\"string\",\"enum\":[\"not_started\",\"in_progress\",\"claimed\",\"verified\",\"contradicted\","
        "\"returned\",\"not_applicable\"]}",
    .read = read_step_status};

const struct field_type field_draft_then = {
    .name = "draft_then", .schema = "{\"type\":\"string\",\"enum\":[\"check\"]}", .read = read_draft_then};

const struct field_type field_deed = {
    .name = "deed", .schema = "{\"type\":\"string\",\"enum\":[\"read\",\"change\"]}", .read = read_deed};

const struct field_type field_branch = {
    .name = "branch", .schema = "{\"type\":\"string\",\"enum\":[\"open\",\"keep\",\"exempt\"]}", .read = read_branch};

const struct field_type field_standing = {
    .name = "standing",
    .schema = "{\"type\":\"string\",\"enum\":[\"overdue\",\"contradicted\",\"returned\",\"waiting\",\"contested\","
              "\"without_account\"]}",
    .read = read_standing};

const struct field_type field_call_outcome = {
    .name = "call_outcome",
    .schema = "{\"type\":\"string\",\"enum\":[\"reached\",\"no_answer\",\"promised\",\"refused\"]}",
    .read = read_call_outcome};

const struct field_type field_called = {
    .name = "called",
    .schema = "{\"type\":\"string\",\"enum\":[\"recently\",\"not_recently\",\"promised\"]}",
    .read = read_called};

const struct field_type field_assigned = {
    .name = "assigned", .schema = "{\"type\":\"string\",\"enum\":[\"me\",\"nobody\"]}", .read = read_assigned};

const struct field_type field_held_tenant = {
    .name = "held_tenant",
    .schema = "{\"type\":\"string\",\"pattern\":\"^[1-9][0-9]{0,17}([.](0|[1-9][0-9]{0,8}))?$\"}",
    .read = read_held_tenant};

const struct field_type field_path = {
    .name = "path",
    .schema = "{\"type\":\"string\",\"pattern\":\"^/([a-z_-][a-z_/-]*)?$\",\"maxLength\":200}",
    .read = read_path};

const struct field_type field_filter = {
    .name = "filter",
    .schema = "{\"type\":\"string\",\"pattern\":\"^[A-Za-z0-9._~%+*=&-]+$\",\"maxLength\":2000}",
    .read = read_filter};

/* A form sends its text, a program the object itself; parsing is for the one who knows what it must hold. */
static const char *read_object(struct pool *pool, const char *text, const char **canonical)
{
    (void)pool;
    *canonical = text;
    return *text == '\0' ? "required" : NULL;
}

const struct field_type field_roadmap = {.name = "roadmap", .schema = "{\"type\":\"object\"}", .read = read_object};

const struct field_type field_reading = {.name = "reading", .schema = "{\"type\":\"object\"}", .read = read_object};

const struct field_type field_exchange = {.name = "exchange", .schema = "{\"type\":\"object\"}", .read = read_object};

/* ---- small numbers ---- */

static const char *read_number(struct pool *pool, const char *text, long most, const char **canonical)
{
    const char *tidy = text_tidy(pool, text);
    if (!text_is_digits(tidy)) {
        return *tidy == '\0' ? "required" : "not_a_number";
    }
    if (strlen(tidy) > 10 || strtol(tidy, NULL, 10) < 1 || strtol(tidy, NULL, 10) > most) {
        return "out_of_range";
    }
    *canonical = pool_print(pool, "%ld", strtol(tidy, NULL, 10));
    return NULL;
}

static const char *read_job_most(struct pool *pool, const char *text, const char **canonical)
{
    return read_number(pool, text, 50, canonical);
}

static const char *read_fence(struct pool *pool, const char *text, const char **canonical)
{
    return read_number(pool, text, INT32_MAX, canonical);
}

const struct field_type field_job_most = {
    .name = "job_most", .schema = "{\"type\":\"integer\",\"minimum\":1,\"maximum\":50}", .read = read_job_most};

const struct field_type field_fence = {
    .name = "fence", .schema = "{\"type\":\"integer\",\"minimum\":1,\"maximum\":2147483647}", .read = read_fence};
